"""Scorecards: a document in, scores out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack, overload

from customer_success import _columns, _core, _frames
from customer_success._core import Card, Scorer
from customer_success._flow import TierFlow

if TYPE_CHECKING:
    import datetime
    import os

    from customer_success._errors import Issues

__all__ = ["Options", "Scorecard", "Scorer", "TierFlow", "check", "schema"]

FrameT = TypeVar("FrameT")


class _Common(TypedDict, total=False):
    """The options that all operations have."""

    zone: str | None
    on_error: str | None
    columns: Mapping[str, str] | None
    select: Sequence[str] | None
    include: Sequence[str] | None
    rows: Any
    accept_state_of: Sequence[str] | None
    expired_overrides: str | None
    threads: int | None


class Options(_Common, total=False):
    """The options of scoring; one that is not given, or `None`, takes the core's default."""

    as_of: str | datetime.date | None


class CompareOptions(_Common, total=False):
    """The options of comparing: each side has a day of its own."""

    as_of_before: str | datetime.date | None
    as_of_after: str | datetime.date | None


class NextTierOptions(Options, total=False):
    """The options of `next_tier`: those of scoring, and what a unit of an item's raw value costs."""

    costs: Mapping[str, float] | None


class WhatIfOptions(Options, total=False):
    """The options of `what_if`: those of scoring, and the column that holds what an account is worth."""

    value: str | None


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
    def preset(cls, name: str) -> Scorecard:
        """A card that is ready to be used or changed, such as `"dear"`; `presets` lists them.

        Raises:
            InvalidDocumentError: There is no such preset (`unknown_choice`).

        Examples:
            >>> import customer_success as cs
            >>> cs.Scorecard.preset("dear").id
            'dear'
        """
        return cls._of(Card.preset(name))

    @classmethod
    def template(cls, name: str) -> Scorecard:
        """An empty card to fill, such as `"aiueo"`; `templates` lists them.

        Raises:
            InvalidDocumentError: There is no such template (`unknown_choice`).
        """
        return cls._of(Card.template(name))

    @staticmethod
    def presets() -> dict[str, str]:
        """The names of the presets, and what each is."""
        return dict(Card.presets())

    @staticmethod
    def templates() -> dict[str, str]:
        """The names of the templates, and what each is."""
        return dict(Card.templates())

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
    def score(
        self, frame: Any, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]
    ) -> Any:
        """Scores every row of a frame; a frame of the same kind comes back, in the same order.

        The result has the account column under its own name, `score` (on the card's scale), `tier`,
        `status` (`scored`, `grace`, `frozen`, `insufficient_data`, `invalid`), `coverage` (0 to 1) and one
        column per top dimension; those of `include`; with `on_error="null"` also `error_code` and
        `error_item`.

        Args:
            frame: A polars or pandas DataFrame, a pyarrow Table, RecordBatch or RecordBatchReader, a
                DuckDB relation, a dict of columns (lists, arrays, Series) or a list of dicts. Columns
                that the card does not use are not looked at. A polars LazyFrame must be collected.
            previous: An earlier result that was made with `include=["state"]`, in any kind of frame: tiers
                then
                hold as the card's `hysteresis` says, and frozen accounts keep their score. Matched by
                account.
            overrides: Scores and tiers set by hand, in any kind of frame: the account, `points` or `tier`,
                `note`,
                and if you like `author` and `expires_on` (the override holds through that day).
            **options: `as_of`, the day of the score, as ISO text or a date; `zone`, the zone whose
                calendar decides the day of timestamps, such as `"Asia/Tokyo"` or `"+09:00"`; `on_error`,
                `"raise"` or `"null"`; `columns`, a dict from the card's column names to the frame's;
                `select`, the result columns wanted; `include`, result columns beside those that are there by
                default: `"raw_score"` (before adjustments), `"variant"`, `"adjustments"`, `"state"`; `rows`,
                    the
                numbers of the rows to score, for a frame of which little has changed: a list, a range or an
                array;
                `accept_state_of`, hashes of other cards whose state may be taken over; `expired_overrides`,
                `"ignore"` or `"raise"`; `threads`, 0 for all cores. The result does not depend on `threads`
                nor
                on how the frame is chunked.

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
        return self._run("score", {"data": frame, "previous": previous, "overrides": overrides}, options)

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
    def explain(
        self, frame: Any, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]
    ) -> Any:
        """Explains every score: a long frame with one row per account and item.

        Beside the lines of items there are lines for `baseline`, `limit`, `rounding`, each `adjustment` that
        counted, `override` and `frozen`, where there is such a thing.

        Args:
            frame: As for `score`; filter it to the accounts of interest first.
            previous: As for `score`.
            overrides: As for `score`.
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
        return self._run("explain", {"data": frame, "previous": previous, "overrides": overrides}, options)

    def _run(
        self,
        operation: str,
        frames: Mapping[str, Any],
        options: Mapping[str, Any],
        other: Scorecard | None = None,
        like: str = "data",
        pair: str | None = None,
    ) -> Any:
        """Does something with frames by role; the result is a frame like that of a role.

        The rows of a `pair` come before those of the frame that the result is like.
        """
        given = _given(options)
        rows = given.pop("rows", None)
        second = None if other is None else other._card
        read: dict[str, _frames.Frame] = {}
        tables: list[tuple[str, list[tuple[str, Any]], list[str]]] = []
        for role, wanted in self._card.wanted(operation, given, second):
            if frames.get(role) is not None:
                read[role] = _frames.of(frames[role], wanted)
                tables.append((role, *_frames.read(read[role], wanted)))
        result = self._card.run(operation, tables, given, second, _rows(rows))
        frame = read[like]
        frame.earlier = read[pair] if pair else None
        return frame.build(result, aligned=operation == "score" and rows is None)

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
        """Says what changed each score between two frames of the same accounts, or two cards.

        One line per account and cause that moved: `item_value`, `item_state`, `card` (another card or
        variant),
        `adjustment`, `override`, `rounding`, `frozen`, `status`. The contributions of an account sum to the
        change of its score within 1e-9 of the scale; accounts that are in one frame only are left out.

        Args:
            before: The earlier data, in any kind of frame.
            after: The later data.
            other: The card that scores `after`, where it is another one.
            previous_before: The earlier result that `before` was scored with.
            previous_after: The earlier result that `after` was scored with.
            overrides_before: The overrides of `before`.
            overrides_after: The overrides of `after`.
            **options: As for `score`, but `as_of_before` and `as_of_after` instead of `as_of`.

        Returns:
            A frame like `after`: the account, `cause`, `item`, `before`, `after` (texts) and `contribution`.

        Raises:
            Error: As for `score`.

        Examples:
            Ten log-ins more are 50 points more:

            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [20, 100]]}}]}]})
            >>> why = card.compare({"id": ["a"], "logins": [5]}, {"id": ["a"], "logins": [15]})
            >>> why["cause"], why["before"], why["after"], why["contribution"]
            (['item_value'], ['5'], ['15'], [50.0])
        """
        frames = {
            "before": before,
            "after": after,
            "previous_before": previous_before,
            "previous_after": previous_after,
            "overrides_before": overrides_before,
            "overrides_after": overrides_after,
        }
        return self._run("compare", frames, options, other, like="after", pair="before")

    @overload
    def next_tier(
        self,
        frame: Mapping[str, Any],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[NextTierOptions],
    ) -> dict[str, Any]: ...
    @overload
    def next_tier(
        self,
        frame: Sequence[Mapping[str, Any]],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[NextTierOptions],
    ) -> list[dict[str, Any]]: ...
    @overload
    def next_tier(
        self,
        frame: FrameT,
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[NextTierOptions],
    ) -> FrameT: ...
    def next_tier(
        self, frame: Any, *, previous: Any = None, overrides: Any = None, **options: Unpack[NextTierOptions]
    ) -> Any:
        """Says which raw value of each item alone would bring an account to the next tier, cheapest first.

        Args:
            frame: As for `score`.
            previous: As for `score`.
            overrides: As for `score`.
            **options: As for `score`, and `costs`, what a unit of an item's raw value costs, by item; by
                default
                the rise in points is what counts.

        Returns:
            A frame of the same kind: the account, `tier`, `next_tier`, `item`, `rank` (1 is the cheapest),
            `value`,
            `needed` (text), `needed_value`, `points`, `needed_points`, `cost` and `reason` (why an item
            cannot do it).

        Raises:
            Error: As for `score`, and `unknown_id` for a cost of an item that the card does not have.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "items": [
            ...         {"id": "logins", "curve": {"points": [[0, 0], [20, 100]]}}]}],
            ...     "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}]})
            >>> steps = card.next_tier({"id": ["a"], "logins": [5]})
            >>> steps["item"], steps["needed_value"], steps["needed_points"]
            (['logins'], [12.0], [60.0])
        """
        return self._run("next_tier", {"data": frame, "previous": previous, "overrides": overrides}, options)

    @overload
    def what_if(
        self,
        other: Scorecard,
        frame: Mapping[str, Any],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[WhatIfOptions],
    ) -> dict[str, Any]: ...
    @overload
    def what_if(
        self,
        other: Scorecard,
        frame: Sequence[Mapping[str, Any]],
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[WhatIfOptions],
    ) -> list[dict[str, Any]]: ...
    @overload
    def what_if(
        self,
        other: Scorecard,
        frame: FrameT,
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[WhatIfOptions],
    ) -> FrameT: ...
    def what_if(
        self,
        other: Scorecard,
        frame: Any,
        *,
        previous: Any = None,
        overrides: Any = None,
        **options: Unpack[WhatIfOptions],
    ) -> Any:
        """Counts how the book would move between tiers under another card.

        Args:
            other: The other card.
            frame: As for `score`.
            previous: As for `score`, for this card.
            overrides: As for `score`.
            **options: As for `score`, and `value`, the column that holds what an account is worth, such as
                its
                recurring revenue.

        Returns:
            A frame of the same kind: `from` (the tier under this card), `to` (under the other), `accounts`,
            `value_before`, `value_after`; all combinations, in the order of the tiers.

        Raises:
            Error: As for `score`.
        """
        frames = {"data": frame, "previous": previous, "overrides": overrides}
        return self._run("what_if", frames, options, other)

    @overload
    def changes(
        self, before: Any, after: Mapping[str, Any], **options: Unpack[Options]
    ) -> dict[str, Any]: ...
    @overload
    def changes(
        self, before: Any, after: Sequence[Mapping[str, Any]], **options: Unpack[Options]
    ) -> list[dict[str, Any]]: ...
    @overload
    def changes(self, before: Any, after: FrameT, **options: Unpack[Options]) -> FrameT: ...
    def changes(self, before: Any, after: Any, **options: Unpack[Options]) -> Any:
        """Lists the accounts whose score, tier or status changed between two results, as a feed.

        Args:
            before: The earlier result of `score`, in any kind of frame.
            after: The later result.
            **options: `columns`, where the results name the account otherwise than the card.

        Returns:
            A frame like `after`: the account, `change` (the gravest of `entered`, `left`, `status`, `tier`,
            `score`), and `score`, `tier` and `status`, each `_before` and `_after`.

        Raises:
            Error: A result lacks a column, or has an account twice.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example", "account": "id",
            ...     "dimensions": [{"id": "usage", "items": [{"id": "x", "curve": {"manual": {}}}]}]})
            >>> before = card.score({"id": ["a", "b"], "x": [10, 20]})
            >>> feed = card.changes(before, card.score({"id": ["b", "c"], "x": [25, 50]}))
            >>> feed["id"], feed["change"]
            (['b', 'c', 'a'], ['score', 'entered', 'left'])
        """
        return self._run("changes", {"before": before, "after": after}, options, like="after", pair="before")

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
    def drivers(
        self, frame: Any, *, previous: Any = None, overrides: Any = None, **options: Unpack[Options]
    ) -> Any:
        """Ranks, per tier, the items that tell its accounts from those of the next tier.

        Args:
            frame: As for `score`.
            previous: As for `score`.
            overrides: As for `score`.
            **options: As for `score`.

        Returns:
            A frame of the same kind: `tier`, `next_tier`, `item`, `rank`, `accounts`, `next_accounts`,
            `median`,
            `next_median` (points), `share_below` (the share of the tier's accounts below the next tier's
            median)
            and `effect_size` (Cliff's delta, −1 to 1).

        Raises:
            Error: As for `score`.
        """
        return self._run("drivers", {"data": frame, "previous": previous, "overrides": overrides}, options)

    def fit(self, frame: Any, **options: Unpack[Options]) -> Scorecard:
        """The card with its quantile curves fitted to a book, per segment where they ask for it.

        Args:
            frame: As for `score`.
            **options: As for `score`.

        Returns:
            A new card, with another hash.

        Raises:
            NotEnoughDataError: An item has fewer than two different values (`too_few_values`).
            Error: As for `score`.

        Examples:
            >>> import customer_success as cs
            >>> card = cs.Scorecard({
            ...     "schema_version": 1, "scorecard": "example",
            ...     "dimensions": [{"id": "usage", "items": [{"id": "x", "curve": {"quantile": {}}}]}]})
            >>> card.fit({"x": [1, 2, 3, 4]}).score_one({"x": 2})["score"]
            37.5
        """
        given = _given(options)
        wanted = dict(self._card.wanted("score", given))["data"]
        columns, others = _frames.read(_frames.of(frame, wanted), wanted)
        return Scorecard._of(self._card.fit(columns, others, given))

    def tier_flow(
        self,
        before: Any,
        after: Any,
        *,
        value: str | None = None,
        value_before: str | None = None,
        value_after: str | None = None,
    ) -> TierFlow:
        """Counts how accounts moved between the tiers of two results, and with what value.

        Args:
            before: The earlier result of `score`, in any kind of frame, with a column of values if you like.
            after: The later result.
            value: The column in both frames that holds what an account is worth, such as its recurring
                revenue.
            value_before: The same, where `before` names it otherwise.
            value_after: The same, where `after` names it otherwise.

        Returns:
            The flow, whose tables are frames like `before`.

        Raises:
            Error: A frame lacks a column, has an account twice, or a tier that the card does not have.
        """
        options = {"value": value, "value_before": value_before, "value_after": value_after}
        account = self.account
        return TierFlow.of(
            self._card.tier_flow, account, before, after, _given({"account": account, **options})
        )

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

    def explain_stream(self, frames: Iterable[FrameT], **options: Unpack[Options]) -> Iterator[FrameT]:
        """Explains frame after frame, for more lines than memory holds; Ctrl-C stops between two frames.

        Args:
            frames: As for `score_stream`.
            **options: As for `score`.

        Yields:
            One explanation per frame, of its kind.

        Raises:
            Error: As for `score`; row numbers count within the frame.
        """
        for frame in frames:
            yield self.explain(frame, **options)

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
            previous: Its earlier result, made with `include=["state"]`.
            override: What was decided by hand: `points` or `tier`, `note`, and if you like `expires_on`.
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
        if previous is None and override is None:
            return self._card.scorer(_given(options))(account)
        values = account if isinstance(account, Mapping) else dict(zip(self.columns, account, strict=False))
        return self._one_row(values, previous, override, options)

    def _one_row(
        self,
        account: Mapping[str, Any],
        previous: Mapping[str, Any] | None,
        override: Mapping[str, Any] | None,
        options: Options,
    ) -> dict[str, Any]:
        """Scores a table of one account, which is the same in all of its rows, whatever it is called."""
        wanted = dict(self._card.wanted("score", _given(options)))
        name = wanted["data"][0] if self.account is not None else None
        key = {} if name is None else {name: account.get(name, "")}
        row = self.score(
            [{**account, **key}],
            previous=None if previous is None else [{**previous, **key}],
            overrides=None if override is None else [{**override, **key}],
            **options,
        )[0]
        return row if name is None or name in account else {k: v for k, v in row.items() if k != name}

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


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given: what is left out is the core's to decide."""
    return {name: value for name, value in options.items() if value is not None}


def _rows(rows: Any) -> Any:
    """Numbers of rows as a column."""
    return None if rows is None else _columns.from_any("rows", rows)


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
