"""Flows between tiers: counts that add up, and the tables made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Unpack, cast, overload

from customer_success import _frames
from customer_success._core import Card, Flow, ResultFrame
from customer_success._options import FlowOptions, given

if TYPE_CHECKING:
    from customer_success._scorecard import Scorecard

__all__ = ["TierFlow", "tier_flow"]

FrameT = TypeVar("FrameT")
KindT = TypeVar("KindT")


class TierFlow(Generic[FrameT]):
    """How the accounts of a book moved between tiers: made by `Scorecard.tier_flow` or `tier_flow`.

    It holds counts and sums only, so flows of parts of a book `merge` to the flow of the book. Its tables are
    frames of the kind that the first result was, or dicts of lists when it is read from JSON. It pickles.

    Examples:
        >>> import customer_success as cs
        >>> before = {"id": ["a", "b", "c"], "tier": ["low", "low", "high"]}
        >>> after = {"id": ["a", "b", "d"], "tier": ["low", "high", "low"]}
        >>> flow = cs.tier_flow(before, after, tiers=["low", "high"], account="id")
        >>> flow
        <TierFlow between low, high>
        >>> summary = flow.summary()
        >>> summary["stayed"], summary["promoted"], summary["left"], summary["entered"]
        ([1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0])
    """

    __slots__ = ("_build", "_flow")

    _flow: Flow
    _build: _frames.Build

    def __init__(self) -> None:
        raise TypeError("use Scorecard.tier_flow, tier_flow or TierFlow.from_json")

    @classmethod
    def from_json(cls, text: str) -> TierFlow[dict[str, list[Any]]]:
        """Reads a flow from the JSON that `to_json` wrote.

        Raises:
            InvalidDocumentError: The text is no flow.
        """
        return _made(Flow.from_json(text), _frames.build_lists)

    def to_json(self) -> str:
        """The flow as JSON, to be kept and merged later."""
        return self._flow.to_json()

    @property
    def tiers(self) -> list[str]:
        """The ids of the tiers, from worst to best."""
        return self._flow.tiers

    @property
    def card_hash(self) -> str:
        """The content hash of the card whose results these are; empty when it is not known."""
        return self._flow.card_hash

    def merge(self, other: TierFlow[Any]) -> TierFlow[FrameT]:
        """The flow of this part of a book and another, split by account.

        Args:
            other: The flow of the other part; both rows of an account must be in one part.

        Returns:
            A new flow; the two stay as they are.

        Raises:
            Error: The flows have other tiers (`unknown_tier`), or only one has values (`missing_field`).

        Examples:
            >>> import customer_success as cs
            >>> part = {"id": ["a"], "tier": ["low"]}, {"id": ["a"], "tier": ["high"]}
            >>> other = {"id": ["b"], "tier": ["low"]}, {"id": ["b"], "tier": ["low"]}
            >>> first, second = (cs.tier_flow(*p, tiers=["low", "high"], account="id") for p in (part, other))
            >>> first.merge(second).summary()["promotion_rate"]
            [0.5, None]
        """
        if not isinstance(other, TierFlow):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"the other part is a {type(other).__name__}, not a TierFlow")
        return _made(self._flow.merge(other._flow), self._build)

    def matrix(self) -> FrameT:
        """Where the accounts went: one row for each way, in the order of the tiers.

        Returns:
            `from` (the tiers, `entered`, and `none` for those in the book without a tier), `to` (the tiers,
            `none`, `left`), `accounts`, `value_before`, `value_after`. The rows of a tier add up to its
            opening book.
        """
        return self._table(self._flow.matrix())

    def summary(self) -> FrameT:
        """What became of each tier.

        Returns:
            One row per tier: `tier`, `opening`, `stayed`, `promoted`, `demoted`, `untiered`, `left`,
            `entered`, `closing`; `promotion_rate`, `demotion_rate`, `churn_rate` and `stay_rate` over the
            opening book; `expected_dwell`, 1/(1 − stay_rate) periods; `value_opening`, `value_closing`,
            `value_left` and `value_per_promotion`.
        """
        return self._table(self._flow.summary())

    def project(
        self,
        periods: int,
        *,
        interval: float | None = None,
        entering: bool | None = None,
        start: str | None = None,
    ) -> FrameT:
        """The book in each of the next periods, if accounts go on moving as they did.

        Args:
            periods: How many, at most 1000.
            interval: How probable it is that a count lies from `low` to `high`; 0.9 by default.
            entering: Whether as many accounts as were observed enter in each period; by default none do.
            start: The book in period 0: `"closing"`, the default, or `"opening"`.

        Returns:
            `period` (0 is the book that it begins with), `tier` (the tiers, `left`), `accounts` (expected),
            `low`, `high`.

        Raises:
            NotEnoughDataError: Accounts reach a tier from which none was seen to start (`empty_tier`).
            Error: `number_out_of_range` for the periods or the interval.

        Examples:
            Of four accounts one leaves, and of the three that remain another quarter is expected to:

            >>> import customer_success as cs
            >>> before = {"id": [1, 2, 3, 4], "tier": ["only"] * 4}
            >>> after = {"id": [1, 2, 3], "tier": ["only"] * 3}
            >>> ahead = cs.tier_flow(before, after, tiers=["only"], account="id").project(1)
            >>> ahead["tier"], ahead["accounts"]
            (['only', 'left', 'only', 'left'], [3.0, 0.0, 2.25, 0.75])
        """
        options = given({"interval": interval, "entering": entering, "start": start})
        return self._table(self._flow.project(periods, options))

    def steady(self) -> FrameT:
        """What the flow comes to in the end.

        Returns:
            One row per tier: `tier`, `expected_periods_to_churn` and `steady_accounts`, each with a
            `…_reason` where it is null: `never_leaves` or `empty_tier`.

        Examples:
            Of four accounts one leaves: an account stays for 1/0.25 periods.

            >>> import customer_success as cs
            >>> before = {"id": [1, 2, 3, 4], "tier": ["only"] * 4}
            >>> after = {"id": [1, 2, 3], "tier": ["only"] * 3}
            >>> flow = cs.tier_flow(before, after, tiers=["only"], account="id")
            >>> flow.steady()["expected_periods_to_churn"]
            [4.0]
        """
        return self._table(self._flow.steady())

    def _table(self, result: ResultFrame) -> FrameT:
        return cast(FrameT, self._build(result, _frames.none, None))

    def __repr__(self) -> str:
        return f"<TierFlow between {', '.join(self.tiers)}>"

    def _repr_html_(self) -> str:
        return self._flow.html()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TierFlow):
            return NotImplemented
        return self.to_json() == cast(TierFlow[Any], other).to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.to_json(), self._build)


def _made(flow: Flow, build: _frames.Build) -> TierFlow[Any]:
    made: TierFlow[Any] = TierFlow.__new__(TierFlow)
    made._flow, made._build = flow, build  # pyright: ignore[reportPrivateUsage]
    return made


def _restored(text: str, build: _frames.Build) -> TierFlow[Any]:
    return _made(Flow.from_json(text), build)


def count(
    before: Any, after: Any, options: Mapping[str, Any], card: Card | None, tiers: Sequence[str] | None
) -> TierFlow[Any]:
    """The flow between two results, by the tiers of a card or by those listed."""
    options = given(options)
    wanted = Flow.wanted(options, card)
    frames = [_frames.of(data, names) for data, names in zip((before, after), wanted, strict=True)]
    read = [_frames.read(frame, names) for frame, names in zip(frames, wanted, strict=True)]
    flow = Flow.count(("before", *read[0]), ("after", *read[1]), options, card, tiers)
    return _made(flow, frames[0].build)


@overload
def tier_flow(
    before: Mapping[str, Any], after: Any, *, tiers: Sequence[str] | Scorecard, **options: Unpack[FlowOptions]
) -> TierFlow[dict[str, Any]]: ...
@overload
def tier_flow(
    before: Sequence[Mapping[str, Any]],
    after: Any,
    *,
    tiers: Sequence[str] | Scorecard,
    **options: Unpack[FlowOptions],
) -> TierFlow[list[dict[str, Any]]]: ...
@overload
def tier_flow(
    before: KindT, after: Any, *, tiers: Sequence[str] | Scorecard, **options: Unpack[FlowOptions]
) -> TierFlow[KindT]: ...
def tier_flow(
    before: Any, after: Any, *, tiers: Sequence[str] | Scorecard, **options: Unpack[FlowOptions]
) -> TierFlow[Any]:
    """Counts how accounts moved between tiers, from one table of tiers to the next; no card is needed.

    Args:
        before: A frame with the account and `tier`, such as a result of `Scorecard.score`.
        after: The same later; it may be another kind of frame.
        tiers: The ids of the tiers from worst to best, or the card that has them.
        **options: `account`, the account column in both, by default the card's; `value`, the column with the
            recurring value in both, or `value_before` and `value_after`.

    Returns:
        The flow; its tables are frames of the kind of `before`.

    Raises:
        InvalidDataError: `duplicate_account`, `null_account`, `unknown_tier` and others; the path of the
            issue says whether in `before` or in `after`.
        InvalidDocumentError: The tiers or the options are wrong, or the account column is not known.

    Examples:
        >>> import customer_success as cs
        >>> before = {"id": ["a", "b"], "tier": ["low", "low"], "mrr": [100, 50]}
        >>> after = {"id": ["a"], "tier": ["high"], "mrr": [120]}
        >>> flow = cs.tier_flow(before, after, tiers=["low", "high"], account="id", value="mrr")
        >>> summary = flow.summary()
        >>> summary["promotion_rate"][0], summary["value_left"][0], summary["value_per_promotion"][0]
        (0.5, 50.0, 20.0)
    """
    from customer_success._scorecard import Scorecard

    if isinstance(tiers, Scorecard):
        return count(before, after, options, tiers._card, None)  # pyright: ignore[reportPrivateUsage]
    return count(before, after, options, None, tiers)
