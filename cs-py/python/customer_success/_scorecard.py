"""Scorecards: a document in, scores out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from customer_success import _core, _flow, _frames
from customer_success._core import Card, ResultFrame, Scorer
from customer_success._documents import read_file
from customer_success._options import (
    ChangesOptions,
    CompareOptions,
    FlowOptions,
    Options,
    given,
)

if TYPE_CHECKING:
    import os

    from customer_success._errors import Issues

__all__ = ["Scorecard", "Scorer", "check", "schema"]

FrameT = TypeVar("FrameT")


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
        text, form = read_file(path)
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
    def preset(cls, name: str) -> Scorecard:
        """A scorecard that comes with the package, to start from; `presets` lists them.

        Raises:
            InvalidDocumentError: There is no such preset (`unknown_choice`).

        Examples:
            >>> import customer_success as cs
            >>> document = cs.Scorecard.preset("dear").to_dict()
            >>> [dimension["id"] for dimension in document["dimensions"]]
            ['deployment', 'engagement', 'adoption', 'roi', 'experience']
        """
        return cls._of(Card.preset(name))

    @classmethod
    def template(cls, name: str) -> Scorecard:
        """An empty scorecard of a shape that teams use, to be filled in; `templates` lists them.

        Raises:
            InvalidDocumentError: There is no such template (`unknown_choice`).

        Examples:
            >>> import customer_success as cs
            >>> document = cs.Scorecard.template("aiueo").to_dict()
            >>> [dimension["id"] for dimension in document["dimensions"]]
            ['a', 'i', 'u', 'e', 'o']
        """
        return cls._of(Card.template(name))

    @staticmethod
    def presets() -> dict[str, str]:
        """The names that `preset` takes, and what each card is, in a sentence.

        Examples:
            >>> import customer_success as cs
            >>> cs.Scorecard.presets()["rfm"].partition(";")[0]
            'Recency, frequency and monetary value as ranks within a book'
        """
        return Card.presets()

    @staticmethod
    def templates() -> dict[str, str]:
        """The names that `template` takes, and what each card is, in a sentence.

        Examples:
            >>> import customer_success as cs
            >>> list(cs.Scorecard.templates())
            ['aiueo']
        """
        return Card.templates()

    @classmethod
    def _of(cls, card: Card) -> Scorecard:
        made = cls.__new__(cls)
        made._card = card
        return made

    @overload
    def score(
        self,
        frame: Mapping[str, Any],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> dict[str, Any]: ...
    @overload
    def score(
        self,
        frame: Sequence[Mapping[str, Any]],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> list[dict[str, Any]]: ...
    @overload
    def score(
        self, frame: FrameT, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]
    ) -> FrameT: ...
    def score(self, frame: Any, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]) -> Any:
        """Scores every row of a frame; a frame of the same kind comes back, in the same order.

        The result has the account column under its own name, `score` (on the card's scale), `tier`,
        `status` (`scored`, `grace`, `frozen`, `insufficient_data`, `invalid`), `coverage` (0 to 1) and one
        column per top dimension; with `include` more, and with `on_error="null"` also `error_code` and
        `error_item`.

        Args:
            frame: A polars or pandas DataFrame, a pyarrow Table, RecordBatch or RecordBatchReader, a
                DuckDB relation, a dict of columns (lists, arrays, Series) or a list of dicts. Columns
                that the card does not use are not looked at. A polars LazyFrame must be collected.
            previous: An earlier result with `include=["state"]`, for tiers that hold. Rows are matched by
                account, those of other accounts ignored; it may be another kind of frame, and may have been
                to a file and back.
            overrides: A frame of what was decided by hand: the account, `points` or `tier`, `note`, and if
                there are such `author` and `expires_on`, the last day on which it holds. It too may be
                another kind of frame.
            **options: `as_of`, the day of the score, as ISO text or a date; `zone`, the zone whose
                calendar decides the day of timestamps, such as `"Asia/Tokyo"` or `"+09:00"`; `on_error`,
                `"raise"` or `"null"`; `columns`, a dict from the card's column names to the frame's;
                `select`, the result columns wanted; `include`, those wanted beside the usual ones:
                `"raw_score"`, `"variant"`, `"adjustments"`, `"state"`; `rows`, row numbers counted from 0, to
                score only these, in this order, as a list, a range or any array; `accept_state_of`, hashes
                of other cards whose states may be taken over; `expired_overrides`, `"ignore"` or `"raise"`;
                `threads`, 0 for all cores. The result does not depend on `threads` nor on how the frame is
                chunked.

        Returns:
            A frame of the same kind. pandas keeps the index, has float64 with NaN for null, and
            Categoricals for tier and status; polars has Enums; a DuckDB relation comes back as a relation
            of the default connection over an Arrow table. The card's hash stands in the metadata of
            Arrow tables and in the `attrs` of pandas, as `customer_success.card_hash`.

        Raises:
            UnknownColumnError: The frame lacks a column (`unknown_column`).
            InvalidDataError: The data cannot be scored: `wrong_column_type`, `mixed_types`,
                `infinite_value`, `zero_denominator`, `date_after_as_of`, `duplicate_account` and others;
                `context` names the column and the first rows. Of the earlier result `state_of_other_card`,
                `state_after_as_of`, `invalid_state`; of overrides `override_without_note`,
                `invalid_override`, `override_expired`.
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

            A tier that falls only after two readings below its edge:

            >>> document = {**card.to_dict(), "hysteresis": {"down": {"dwell": 2}}}
            >>> card, scores = cs.Scorecard(document), None
            >>> for active in (6, 4, 4):
            ...     book = {"id": ["a"], "active": [active], "bought": [10]}
            ...     scores = card.score(book, previous=scores, include=["state"])
            ...     print(scores["score"], scores["tier"])
            [75.0] ['high']
            [50.0] ['high']
            [50.0] ['low']
        """
        return self._run("score", frame, {"previous": previous, "overrides": overrides}, options)

    @overload
    def explain(
        self,
        frame: Mapping[str, Any],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> dict[str, Any]: ...
    @overload
    def explain(
        self,
        frame: Sequence[Mapping[str, Any]],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> list[dict[str, Any]]: ...
    @overload
    def explain(
        self, frame: FrameT, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]
    ) -> FrameT: ...
    def explain(self, frame: Any, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]) -> Any:
        """Explains every score: a long frame with one row per account and item, and per rule that counted.

        Args:
            frame: As for `score`; filter it to the accounts of interest first, or list their `rows`.
            previous: As for `score`.
            overrides: As for `score`.
            **options: As for `score`.

        Returns:
            A frame of the same kind with the account as it was given, `dimension`, `item`, `line` (`item`,
            `baseline`, `limit`, `rounding`, `adjustment`, `override`, `frozen`), `value` (text), `state`,
            `points`, `weight`, `effective_weight` and `contribution`; in pandas with a fresh index. The
            contributions of an account sum to its score within 1e-9 of the scale.

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
        return self._run("explain", frame, {"previous": previous, "overrides": overrides}, options)

    def score_stream(
        self,
        frames: Iterable[FrameT],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> Iterator[FrameT]:
        """Scores frame after frame, for data larger than memory; Ctrl-C stops between two frames.

        Accounts must be unique within a frame; a repetition across frames is not noticed.

        Args:
            frames: Any iterable of frames, such as the batches of a pyarrow dataset.
            previous: As for `score`, for all frames together.
            overrides: As for `score`, for all frames together.
            **options: As for `score`.

        Yields:
            One result per frame, of its kind.

        Raises:
            Error: As for `score`; row numbers count within the frame.
        """
        return self._stream("score", frames, {"previous": previous, "overrides": overrides}, options)

    def explain_stream(
        self,
        frames: Iterable[FrameT],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> Iterator[FrameT]:
        """Explains frame after frame, as `score_stream` scores them.

        Args:
            frames: Any iterable of frames.
            previous: As for `score`, for all frames together.
            overrides: As for `score`, for all frames together.
            **options: As for `score`.

        Yields:
            One explanation per frame, of its kind.

        Raises:
            Error: As for `score`; row numbers count within the frame.
        """
        return self._stream("explain", frames, {"previous": previous, "overrides": overrides}, options)

    @overload
    def compare(
        self,
        before: Any,
        after: Mapping[str, Any],
        *,
        other: Scorecard | None = None,
        previous_before: Any = None,
        previous_after: Any = None,
        overrides_before: Any = None,
        overrides_after: Any = None,
        **options: Unpack[CompareOptions],
    ) -> dict[str, Any]: ...
    @overload
    def compare(
        self,
        before: Any,
        after: Sequence[Mapping[str, Any]],
        *,
        other: Scorecard | None = None,
        previous_before: Any = None,
        previous_after: Any = None,
        overrides_before: Any = None,
        overrides_after: Any = None,
        **options: Unpack[CompareOptions],
    ) -> list[dict[str, Any]]: ...
    @overload
    def compare(
        self,
        before: Any,
        after: FrameT,
        *,
        other: Scorecard | None = None,
        previous_before: Any = None,
        previous_after: Any = None,
        overrides_before: Any = None,
        overrides_after: Any = None,
        **options: Unpack[CompareOptions],
    ) -> FrameT: ...
    def compare(
        self,
        before: Any,
        after: Any,
        *,
        other: Scorecard | None = None,
        previous_before: Any = None,
        previous_after: Any = None,
        overrides_before: Any = None,
        overrides_after: Any = None,
        **options: Unpack[CompareOptions],
    ) -> Any:
        """Says why scores changed, from one frame of data to the next, or from one card to another.

        Args:
            before: A frame as for `score`.
            after: The same later; it may be another kind of frame. Only accounts in both are looked at.
            other: The card of `after`, where it is not this one.
            previous_before: The earlier result for `before`, as for `score`.
            previous_after: The earlier result for `after`.
            overrides_before: The overrides for `before`, as for `score`.
            overrides_after: The overrides for `after`.
            **options: `as_of_before` and `as_of_after`, the days of both; `zone`, `on_error`, `columns`,
                `select`, `accept_state_of`, `expired_overrides` and `threads` as for `score`.

        Returns:
            A frame of the kind of `after`, with one row per account and cause that moved: the account,
            `cause` (`item_value`, `item_state`, `card`, `adjustment`, `override`, `rounding`, `frozen`,
            `status`), `item`, `before` and `after` (texts), `contribution`. The contributions of an account
            sum to the change of its score within 1e-9 of the scale.

        Raises:
            Error: As for `score`.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 3},
            ...         {"id": "seats", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}]})
            >>> before = {"id": ["a"], "logins": [6], "seats": [2]}
            >>> why = card.compare(before, {"id": ["a"], "logins": [4], "seats": [10]})
            >>> why["item"], why["contribution"]
            (['logins', 'seats'], [-15.0, 20.0])
        """
        beside = {
            "previous_before": previous_before,
            "previous_after": previous_after,
            "overrides_before": overrides_before,
            "overrides_after": overrides_after,
        }
        return self._run_two("compare", before, after, beside, options, other)

    @overload
    def changes(self, before: Any, after: Mapping[str, Any], **options: Unpack[ChangesOptions]) -> dict[str, Any]: ...
    @overload
    def changes(
        self, before: Any, after: Sequence[Mapping[str, Any]], **options: Unpack[ChangesOptions]
    ) -> list[dict[str, Any]]: ...
    @overload
    def changes(self, before: Any, after: FrameT, **options: Unpack[ChangesOptions]) -> FrameT: ...
    def changes(self, before: Any, after: Any, **options: Unpack[ChangesOptions]) -> Any:
        """The accounts whose score, tier or status differs between two results of `score`.

        Args:
            before: A result of `score`, of this card or another.
            after: A later one; it may be another kind of frame.
            **options: `columns`, where the account column has another name than in the card; `select`, the
                columns wanted.

        Returns:
            A frame of the kind of `after`: the account, `change`, and `score`, `tier` and `status`, each with
            `_before` and `_after`. `change` is the gravest of `entered` or `left`, `status`, `tier`, `score`.

        Raises:
            InvalidDataError: `duplicate_account`, `null_account` and others; the path says in which.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}]})
            >>> before = card.score({"id": ["a", "b"], "logins": [6, 2]})
            >>> moved = card.changes(before, card.score({"id": ["b", "c"], "logins": [3, 4]}))
            >>> moved["id"], moved["change"], moved["score_after"]
            (['b', 'c', 'a'], ['score', 'entered', 'left'], [30.0, 40.0, None])
        """
        return self._run_two("changes", before, after, {}, options)

    @overload
    def next_tier(
        self,
        frame: Mapping[str, Any],
        *,
        previous: Any = None,
        overrides: Any = None,
        costs: Mapping[str, float] | None = None,
        **options: Unpack[Options],
    ) -> dict[str, Any]: ...
    @overload
    def next_tier(
        self,
        frame: Sequence[Mapping[str, Any]],
        *,
        previous: Any = None,
        overrides: Any = None,
        costs: Mapping[str, float] | None = None,
        **options: Unpack[Options],
    ) -> list[dict[str, Any]]: ...
    @overload
    def next_tier(
        self,
        frame: FrameT,
        *,
        previous: Any = None,
        overrides: Any = None,
        costs: Mapping[str, float] | None = None,
        **options: Unpack[Options],
    ) -> FrameT: ...
    def next_tier(
        self,
        frame: Any,
        *,
        previous: Any = None,
        overrides: Any = None,
        costs: Mapping[str, float] | None = None,
        **options: Unpack[Options],
    ) -> Any:
        """What each item alone would need for the account to reach the next tier.

        Args:
            frame: As for `score`.
            previous: As for `score`.
            overrides: As for `score`.
            costs: What one unit of an item's raw value costs, by item.
            **options: As for `score`.

        Returns:
            A frame of the same kind with one row per account and item: the account, `tier`, `next_tier`,
            `item`, `rank` (1 is the cheapest), `value` and `needed` (texts), `needed_value`, `points`,
            `needed_points`, `cost`, and `reason` where the item cannot. Accounts in the top tier or without
            one have no rows.

        Raises:
            Error: As for `score`; `missing_field` for a card without tiers.

        Examples:
            40 points more at half of the weight take 80 points, 8 log-ins more:

            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1},
            ...         {"id": "seats", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 75}]})
            >>> steps = card.next_tier({"id": ["a"], "logins": [1], "seats": [6]}, costs={"logins": 2})
            >>> steps["item"], steps["needed_value"], steps["cost"]
            (['logins', 'seats'], [9.0, None], [16.0, None])
        """
        beside = {"previous": previous, "overrides": overrides}
        return self._run("next_tier", frame, beside, {**options, "costs": costs})

    @overload
    def what_if(
        self,
        other: Scorecard,
        frame: Mapping[str, Any],
        *,
        previous: Any = None,
        overrides: Any = None,
        value: str | None = None,
        **options: Unpack[Options],
    ) -> dict[str, Any]: ...
    @overload
    def what_if(
        self,
        other: Scorecard,
        frame: Sequence[Mapping[str, Any]],
        *,
        previous: Any = None,
        overrides: Any = None,
        value: str | None = None,
        **options: Unpack[Options],
    ) -> list[dict[str, Any]]: ...
    @overload
    def what_if(
        self,
        other: Scorecard,
        frame: FrameT,
        *,
        previous: Any = None,
        overrides: Any = None,
        value: str | None = None,
        **options: Unpack[Options],
    ) -> FrameT: ...
    def what_if(
        self,
        other: Scorecard,
        frame: Any,
        *,
        previous: Any = None,
        overrides: Any = None,
        value: str | None = None,
        **options: Unpack[Options],
    ) -> Any:
        """How many accounts would go from which tier to which under another card, and what they are worth.

        Args:
            other: The other card; its tiers have the same ids.
            frame: As for `score`, with the columns that either card reads.
            previous: As for `score`.
            overrides: As for `score`.
            value: The column that says what each account is worth, such as its recurring revenue.
            **options: As for `score`.

        Returns:
            A frame of the same kind: `from` (the tier under this card), `to` (under the other), `accounts`,
            `value_before`, `value_after`; all combinations, as in `TierFlow.matrix`.

        Raises:
            Error: As for `score`; `unknown_tier` where the tiers differ.

        Examples:
            >>> import customer_success as cs
            >>> document = {
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]}
            >>> card = cs.Scorecard(document)
            >>> document["tiers"][1]["from"] = 50
            >>> moves = card.what_if(cs.Scorecard(document), {"id": ["a", "b"], "logins": [5, 7]})
            >>> [way for way in zip(moves["from"], moves["to"], moves["accounts"]) if way[2]]
            [('low', 'high', 1.0), ('high', 'high', 1.0)]
        """
        beside = {"previous": previous, "overrides": overrides}
        return self._run("what_if", frame, beside, {**options, "value": value}, other)

    @overload
    def drivers(
        self,
        frame: Mapping[str, Any],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> dict[str, Any]: ...
    @overload
    def drivers(
        self,
        frame: Sequence[Mapping[str, Any]],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[Options],
    ) -> list[dict[str, Any]]: ...
    @overload
    def drivers(
        self, frame: FrameT, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]
    ) -> FrameT: ...
    def drivers(self, frame: Any, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]) -> Any:
        """Which items tell the accounts of one tier from those of the next.

        Args:
            frame: As for `score`.
            previous: As for `score`.
            overrides: As for `score`.
            **options: As for `score`.

        Returns:
            A frame of the same kind with one row per tier and item: `tier`, `next_tier`, `item`, `rank` (1 is
            the strongest), `accounts`, `next_accounts`, `median` and `next_median` (points), `share_below`
            (of the tier's accounts, below the next tier's median), `effect_size` (Cliff's delta, −1 to 1).

        Raises:
            Error: As for `score`; `missing_field` for a card without tiers.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> drivers = card.drivers({"id": ["a", "b", "c"], "logins": [5, 7, 9]})
            >>> drivers["median"], drivers["next_median"], drivers["effect_size"]
            ([50.0], [80.0], [1.0])
        """
        return self._run("drivers", frame, {"previous": previous, "overrides": overrides}, options)

    def fit(self, frame: Any, **options: Unpack[Options]) -> Scorecard:
        """Fits the card's quantile curves to a book: a new card in which ranks are written down.

        Args:
            frame: A frame as for `score`.
            **options: As for `score`.

        Returns:
            The fitted card, with a hash of its own.

        Raises:
            Error: As for `score`; `too_few_values` when an item has fewer than two distinct values.

        Examples:
            Of the values 1, 2, 2 and 5, one is below 2 and two are equal: its rank is (1 + 2/2)/4 = 0.5.

            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "items": [{"id": "seats", "curve": {"quantile": {}}}]}]})
            >>> fitted = card.fit({"id": ["a", "b", "c", "d"], "seats": [5, 2, 1, 2]})
            >>> fitted.score_one({"seats": 2})["score"]
            50.0
        """
        known = given(options)
        wanted = self._card.wanted("score", known)["data"]
        columns, others = _frames.read(_frames.of(frame, wanted), wanted)
        return Scorecard._of(self._card.fit(columns, others, known))

    @overload
    def tier_flow(
        self, before: Mapping[str, Any], after: Any, **options: Unpack[FlowOptions]
    ) -> _flow.TierFlow[dict[str, Any]]: ...
    @overload
    def tier_flow(
        self, before: Sequence[Mapping[str, Any]], after: Any, **options: Unpack[FlowOptions]
    ) -> _flow.TierFlow[list[dict[str, Any]]]: ...
    @overload
    def tier_flow(self, before: FrameT, after: Any, **options: Unpack[FlowOptions]) -> _flow.TierFlow[FrameT]: ...
    def tier_flow(self, before: Any, after: Any, **options: Unpack[FlowOptions]) -> _flow.TierFlow[Any]:
        """Counts how accounts moved between the card's tiers, from one result of `score` to the next.

        Args:
            before: A result of `score`: the account and `tier`, and where wanted a value.
            after: A later one; it may be another kind of frame.
            **options: `account`, where the account column has another name than in the card; `value`, the
                column with the recurring value in both, or `value_before` and `value_after`.

        Returns:
            The flow; its tables are frames of the kind of `before`.

        Raises:
            InvalidDataError: `duplicate_account`, `null_account`, `unknown_tier` and others; the path of the
                issue says whether in `before` or in `after`.
            InvalidDocumentError: The card has no tiers or no account column (`missing_field`).

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> before = card.score({"id": ["a", "b"], "logins": [5, 7]})
            >>> flow = card.tier_flow(before, card.score({"id": ["a", "b"], "logins": [8, 9]}))
            >>> flow.summary()["promoted"]
            [1.0, 0.0]
        """
        return _flow.count(before, after, options, self._card, None)

    def _run(
        self,
        operation: str,
        data: Any,
        beside: Mapping[str, Any],
        options: Mapping[str, Any],
        other: Scorecard | None = None,
    ) -> Any:
        """What an operation makes of a frame of data; the result has its rows, if it is a score."""
        frames, result = self._result(operation, {"data": data}, beside, options, other)
        frame = frames["data"]
        index = frame.index(options.get("rows")) if operation == "score" else None
        return frame.build(result, _frames.taken(frame), index)

    def _run_two(
        self,
        operation: str,
        before: Any,
        after: Any,
        beside: Mapping[str, Any],
        options: Mapping[str, Any],
        other: Scorecard | None = None,
    ) -> Any:
        """What an operation makes of two frames, of the kind of the second."""
        data = {"before": before, "after": after}
        frames, result = self._result(operation, data, beside, options, other)
        before, after = frames["before"], frames["after"]
        return after.build(result, _frames.taken_of_two(before, after), None)

    def _stream(
        self, operation: str, frames: Iterable[Any], beside: Mapping[str, Any], options: Mapping[str, Any]
    ) -> Iterator[Any]:
        # what can be read only once, such as a stream, is read once
        wanted = self._card.wanted(operation, given(options))
        known = {role: data if data is None else _frames.of(data, wanted[role]) for role, data in beside.items()}
        for frame in frames:
            yield self._run(operation, frame, known, options)

    def _result(
        self,
        operation: str,
        data: Mapping[str, Any],
        beside: Mapping[str, Any],
        options: Mapping[str, Any],
        other: Scorecard | None,
    ) -> tuple[dict[str, _frames.Frame], ResultFrame]:
        """The frames by role, beside the data only those that were given, and what is made of them."""
        known, second = given(options), _native(other)
        wanted = self._card.wanted(operation, known, second)
        frames = {role: _frames.of(frame, wanted[role]) for role, frame in {**data, **given(beside)}.items()}
        tables = [(role, *_frames.read(frame, wanted[role])) for role, frame in frames.items()]
        return frames, self._card.run(operation, tables, known, second)

    def score_one(
        self,
        account: Mapping[str, Any] | Sequence[Any],
        *,
        previous: Mapping[str, Any] | None = None,
        override: Mapping[str, Any] | None = None,
        **options: Unpack[Options],
    ) -> dict[str, Any]:
        """Scores one account: the same numbers as `score` for a frame of one row, to the bit.

        For many single accounts make a `scorer` once.

        Args:
            account: A mapping from column names to values, or the values alone, in the order of `columns`.
                What names the account is handed back as it is, or left out where it is not there.
            previous: An earlier result of this account with `include=["state"]`.
            override: What was decided by hand: `points` or `tier`, `note`, and if there are such `author`
                and `expires_on`.
            **options: As for `score`.

        Returns:
            The result columns by name; `None` is null.

        Raises:
            Error: As for `score`; `wrong_number_of_values` for values that do not fit `columns`.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "weight": 1, "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> card.score_one({"logins": 7})["tier"], card.score_one([7])["tier"]
            ('high', 'high')
            >>> card.score_one([7], override={"tier": "low", "note": "They have given notice"})["tier"]
            'low'
        """
        return self._card.scorer(given(options))(account, previous=previous, override=override)

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
        return self._card.scorer(given(options))

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


def _native(other: Scorecard | None) -> Card | None:
    if other is None or isinstance(other, Scorecard):  # pyright: ignore[reportUnnecessaryIsInstance]
        return other if other is None else other._card  # pyright: ignore[reportPrivateUsage]
    raise TypeError(f"the other card is a {type(other).__name__}, not a Scorecard")


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
    return _core.check_text(*read_file(document))


def schema() -> dict[str, Any]:
    """The JSON Schema of scorecards, for editors and validators.

    Examples:
        >>> import customer_success as cs
        >>> "properties" in cs.schema()
        True
    """
    return _core.schema()
