"""Scorecards: a document in, scores out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, overload

from customer_success import _core, _frames
from customer_success._core import Card, Scorer

if TYPE_CHECKING:
    import datetime
    import os

    from customer_success._errors import Issues

__all__ = ["Options", "Scorecard", "Scorer", "check", "schema"]

FrameT = TypeVar("FrameT")


class Options(TypedDict, total=False):
    """The options of scoring; one that is not given, or `None`, takes the core's default."""

    as_of: str | datetime.date | None
    zone: str | None
    on_error: str | None
    columns: Mapping[str, str] | None
    select: Sequence[str] | None
    threads: int | None


class Scorecard:
    """A scorecard that was checked: it scores, explains, and has a content hash.

    Args:
        document: The scorecard as a dict, spelled as in YAML or JSON.

    Raises:
        InvalidDocumentError: The document is not a scorecard; `issues` lists everything that is wrong.

    Examples:
        Two of five log-ins are 40 of 100 points:

        >>> import customer_success as cs
        >>> card = cs.Scorecard.from_yaml('''
        ... schema_version: 1
        ... scorecard: example
        ... account: account_id
        ... dimensions:
        ...   - id: usage
        ...     weight: 1
        ...     items:
        ...       - {id: logins, curve: {points: [[0, 0], [5, 100]]}, weight: 1}
        ... tiers: [{id: low, from: 0}, {id: high, from: 60}]
        ... ''')
        >>> card.score_one({"logins": 2})["score"]
        40.0
    """

    __slots__ = ("_card",)

    _card: Card

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._card = Card(document)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Scorecard:
        """Reads a scorecard from a file in UTF-8, as its suffix says: `.yaml`, `.yml`, `.json`, `.toml`.

        Raises:
            InvalidDocumentError: The document is not a scorecard.
            OSError: The file cannot be read.
            ValueError: The suffix is none of these.
        """
        text, form = _read(path)
        return {"yaml": cls.from_yaml, "json": cls.from_json, "toml": cls.from_toml}[form](text)

    @classmethod
    def from_yaml(cls, text: str) -> Scorecard:
        """Reads a scorecard from YAML 1.2 text, in which `NO` is a text and only `true` is true.

        Raises:
            InvalidDocumentError: As for `Scorecard`, and `document_syntax`, `document_too_large`,
                `document_too_deep`, `document_too_complex`.
        """
        return cls._of(Card.from_yaml(text))

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Reads a scorecard from JSON text.

        Raises:
            InvalidDocumentError: As for `from_yaml`.
        """
        return cls._of(Card.from_json(text))

    @classmethod
    def from_toml(cls, text: str) -> Scorecard:
        """Reads a scorecard from TOML text.

        Raises:
            InvalidDocumentError: As for `from_yaml`.
        """
        return cls._of(Card.from_toml(text))

    @classmethod
    def _of(cls, card: Card) -> Scorecard:
        made = cls.__new__(cls)
        made._card = card
        return made

    @overload
    def score(self, frame: Mapping[str, Any], **options: Unpack[Options]) -> dict[str, Any]: ...
    @overload
    def score(
        self, frame: Sequence[Mapping[str, Any]], **options: Unpack[Options]
    ) -> list[dict[str, Any]]: ...
    @overload
    def score(self, frame: FrameT, **options: Unpack[Options]) -> FrameT: ...
    def score(self, frame: Any, **options: Unpack[Options]) -> Any:
        """Scores every row of a frame; a frame of the same kind comes back, in the same order.

        The result has the account column under its own name, `score` (on the card's scale), `tier`,
        `status` (`scored`, `insufficient_data`, `invalid`), `coverage` (0 to 1) and one column per top
        dimension; with `on_error="null"` also `error_code` and `error_item`.

        Args:
            frame: A polars or pandas DataFrame, a pyarrow Table, RecordBatch or RecordBatchReader, a
                DuckDB relation, a dict of columns (lists, arrays, Series) or a list of dicts. Columns
                that the card does not use are not looked at. A polars LazyFrame must be collected.
            **options: `as_of`, the day of the score, as ISO text or a date; `zone`, the zone whose
                calendar decides the day of timestamps, such as `"Asia/Tokyo"` or `"+09:00"`; `on_error`,
                `"raise"` or `"null"`; `columns`, a dict from the card's column names to the frame's;
                `select`, the result columns wanted; `threads`, 0 for all cores. The result does not
                depend on `threads` nor on how the frame is chunked.

        Returns:
            A frame of the same kind. pandas keeps the index, has float64 with NaN for null, and
            Categoricals for tier and status; polars has Enums; a DuckDB relation comes back as a relation
            of the default connection over an Arrow table. The card's hash stands in the metadata of
            Arrow tables and in the `attrs` of pandas, as `customer_success.card_hash`.

        Raises:
            UnknownColumnError: The frame lacks a column (`unknown_column`).
            InvalidDataError: The data cannot be scored: `wrong_column_type`, `mixed_types`,
                `infinite_value`, `zero_denominator`, `date_after_as_of`, `duplicate_account` and others;
                `context` names the column and the first rows.
            InvalidDocumentError: An option is wrong, or `as_of` is needed (`as_of_required`).
            UnsupportedError: A column's type cannot be read (`unsupported_column_type`).

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "seats", "source": {"ratio": ["active", "bought"]},
            ...          "curve": {"points": [[0, 0], [0.8, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> scores = card.score({"id": ["a", "b"], "active": [4, 9], "bought": [10, 10]})
            >>> scores["score"], scores["tier"]
            ([50.0, 100.0], ['low', 'high'])
        """
        return self._run(frame, _given(options), explain=False)

    @overload
    def explain(self, frame: Mapping[str, Any], **options: Unpack[Options]) -> dict[str, Any]: ...
    @overload
    def explain(
        self, frame: Sequence[Mapping[str, Any]], **options: Unpack[Options]
    ) -> list[dict[str, Any]]: ...
    @overload
    def explain(self, frame: FrameT, **options: Unpack[Options]) -> FrameT: ...
    def explain(self, frame: Any, **options: Unpack[Options]) -> Any:
        """Explains every score: a long frame with one row per account and item.

        Args:
            frame: As for `score`; filter it to the accounts of interest first.
            **options: As for `score`.

        Returns:
            A frame of the same kind with the account as it was given, `dimension`, `item`, `line`, `value`
            (text), `state`, `points`, `weight`, `effective_weight` and `contribution`; in pandas with a fresh
            index. The contributions of an account sum to its score within 1e-9 of the scale.

        Raises:
            Error: As for `score`.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 3},
            ...         {"id": "seats", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> why = card.explain({"id": ["a"], "logins": [10], "seats": [2]})
            >>> why["item"], why["contribution"]
            (['logins', 'seats'], [75.0, 5.0])
        """
        return self._run(frame, _given(options), explain=True)

    def _run(self, data: Any, options: dict[str, Any], explain: bool) -> Any:
        wanted = self._card.input_columns(options)
        frame = _frames.of(data, wanted)
        columns, others = _frames.read(frame, wanted)
        run = self._card.explain if explain else self._card.score
        return frame.build(run(columns, others, options), not explain)

    def score_stream(self, frames: Iterable[FrameT], **options: Unpack[Options]) -> Iterator[FrameT]:
        """Scores frame after frame, for data larger than memory; Ctrl-C stops between two frames.

        Accounts must be unique within a frame; a repetition across frames is not noticed.

        Args:
            frames: Any iterable of frames, such as the batches of a pyarrow dataset.
            **options: As for `score`.

        Yields:
            One result per frame, of its kind.

        Raises:
            Error: As for `score`; row numbers count within the frame.
        """
        for frame in frames:
            yield self.score(frame, **options)

    def score_one(
        self, account: Mapping[str, Any] | Sequence[Any], **options: Unpack[Options]
    ) -> dict[str, Any]:
        """Scores one account: the same numbers as `score` for a frame of one row, to the bit.

        For many single accounts make a `scorer` once.

        Args:
            account: A mapping from column names to values, or the values alone, in the order of `columns`.
                What names the account is handed back as it is, or left out where it is not there.
            **options: As for `score`.

        Returns:
            The result columns by name; `None` is null.

        Raises:
            Error: As for `score`; `wrong_number_of_values` for values that do not fit `columns`.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> card.score_one({"logins": 7})["tier"], card.score_one([7])["tier"]
            ('high', 'high')
        """
        return self._card.scorer(_given(options))(account)

    def scorer(self, **options: Unpack[Options]) -> Scorer:
        """Something to call with one account after another, a few microseconds each.

        Args:
            **options: As for `score`.

        Returns:
            A callable that takes and returns what `score_one` does; threads may share it.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> score = card.scorer()
            >>> [score({"logins": n})["score"] for n in (1, 2)]
            [10.0, 20.0]
        """
        return self._card.scorer(_given(options))

    @property
    def id(self) -> str:
        """The id of the scorecard."""
        return self._card.id

    @property
    def hash(self) -> str:
        """The content hash: 64 hexadecimal digits that change when the meaning of the card does."""
        return self._card.hash

    @property
    def warnings(self) -> Issues:
        """What is probably not meant as it is written."""
        return self._card.warnings

    @property
    def account(self) -> str | None:
        """The column that names the account, if the card names one."""
        return self._card.account

    @property
    def columns(self) -> list[str]:
        """The input columns, in the order of positional values, without the account."""
        return self._card.columns

    @property
    def output_columns(self) -> list[str]:
        """The columns of a result."""
        return self._card.output_columns

    def to_json(self) -> str:
        """The canonical JSON of the card with all defaults filled; reading it gives the same hash."""
        return self._card.to_json()

    def to_dict(self) -> dict[str, Any]:
        """The same as a dict."""
        return self._card.to_dict()

    def __repr__(self) -> str:
        return f"<Scorecard {self.id} {self.hash[:12]}>"

    def __str__(self) -> str:
        return self._card.summary()

    def _repr_html_(self) -> str:
        return self._card.html()

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, Scorecard) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __reduce__(self) -> tuple[Any, ...]:
        return Scorecard.from_json, (self.to_json(),)


def _given(options: Options) -> dict[str, Any]:
    """The options that were given: what is left out is the core's to decide."""
    return {name: value for name, value in options.items() if value is not None}


def _read(path: str | os.PathLike[str]) -> tuple[str, str]:
    name = str(path).lower()
    for suffix, form in ((".yaml", "yaml"), (".yml", "yaml"), (".json", "json"), (".toml", "toml")):
        if name.endswith(suffix):
            # bytes that are no UTF-8 become surrogates, which the compiled part reports
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                return file.read(), form
    raise ValueError(f"{str(path)!r} ends in none of .yaml, .yml, .json, .toml")


def check(document: Mapping[str, Any] | str | os.PathLike[str]) -> Issues:
    """Finds everything that is wrong with a scorecard, and what is doubtful; never raises for its content.

    Args:
        document: A dict, or the path of a file (`.yaml`, `.yml`, `.json`, `.toml`).

    Returns:
        All issues, errors and warnings; empty when the card is fine. The list shows as a table in Jupyter.

    Examples:
        >>> import customer_success as cs
        >>> [issue.code for issue in cs.check({"schema_version": 1, "scorecrad": "x"})][0]
        'unknown_field'
    """
    if isinstance(document, Mapping):
        return _core.check(document)
    return _core.check_text(*_read(document))


def schema() -> dict[str, Any]:
    """The JSON Schema of scorecards, for editors and validators.

    Examples:
        >>> import customer_success as cs
        >>> "properties" in cs.schema()
        True
    """
    return _core.schema()
