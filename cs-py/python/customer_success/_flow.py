"""Flows between tiers: who moved, with what value, and where the book goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from customer_success import _frames
from customer_success._core import Flow

if TYPE_CHECKING:
    from customer_success._scorecard import Scorecard

__all__ = ["TierFlow", "tier_flow"]


class TierFlow:
    """How accounts moved between tiers from one result to the next.

    Made by `Scorecard.tier_flow` and `tier_flow`. Flows of parts of a book add up by `merge`.

    Examples:
        One of two accounts was promoted:

        >>> import customer_success as cs
        >>> before = {"account": ["a", "b"], "tier": ["low", "low"]}
        >>> after = {"account": ["a", "b"], "tier": ["low", "high"]}
        >>> flow = cs.tier_flow(before, after, tiers=["low", "high"], account="account")
        >>> flow.summary()["promotion_rate"]
        [0.5, None]
    """

    __slots__ = ("_flow", "_like")

    _flow: Flow
    _like: Any

    @classmethod
    def of(
        cls,
        count: Callable[..., Flow],
        account: str | None,
        before: Any,
        after: Any,
        options: dict[str, Any],
    ) -> TierFlow:
        """Counts the moves between two frames; not for callers."""
        values = [options.get("value"), options.get("value_before"), options.get("value_after")]
        wanted = [name for name in (account, options.get("account"), "tier", *values) if name is not None]
        earlier, later = _frames.of(before, wanted), _frames.of(after, wanted)
        return cls._of(count(_frames.read(earlier, wanted), _frames.read(later, wanted), options), earlier)

    @classmethod
    def _of(cls, flow: Flow, like: Any) -> TierFlow:
        made = cls.__new__(cls)
        made._flow, made._like = flow, like
        return made

    @classmethod
    def from_json(cls, text: str) -> TierFlow:
        """Reads a flow that `to_json` wrote; its tables are dicts of lists.

        Raises:
            InvalidDocumentError: The text is no flow.
        """
        return cls._of(Flow.from_json(text), _frames.of({}, []))

    def to_json(self) -> str:
        """The flow as JSON text, to be kept or merged elsewhere."""
        return self._flow.to_json()

    def merge(self, other: TierFlow) -> TierFlow:
        """The flow of both parts of a book.

        Raises:
            Error: The flows are of different tiers.
        """
        return TierFlow._of(self._flow.merge(other._flow), self._like)

    @property
    def tiers(self) -> list[str]:
        """The ids of the tiers, from the worst to the best."""
        return self._flow.tiers

    def matrix(self) -> Any:
        """Accounts and value by where they came from and where they went.

        Returns:
            A frame like the first result: `from` (tiers, `none` without a tier, `entered`), `to` (tiers,
            `none`,
            `left`), `accounts`, `value_before`, `value_after`. The rows of a tier sum to the opening book.
        """
        return self._like.build(self._flow.matrix(), False)

    def summary(self) -> Any:
        """What happened to each tier.

        Returns:
            A frame like the first result, a row per tier: `opening`, `stayed`, `promoted`, `demoted`,
            `untiered`,
            `left`, `entered`, `closing`, the rates over the opening accounts, `expected_dwell` in periods,
            and
            values with `value_per_promotion`.
        """
        return self._like.build(self._flow.summary(), False)

    def project(
        self,
        periods: int,
        *,
        interval: float | None = None,
        entering: bool | None = None,
        start: str | None = None,
    ) -> Any:
        """The book in the next periods, if accounts go on moving as they did: a Markov chain.

        Args:
            periods: How many, up to 1000.
            interval: The probability of the interval, 0.9 by default.
            entering: Whether as many accounts enter in each period as were observed.
            start: `"closing"` (default) or `"opening"`: the book that period 0 is.

        Returns:
            A frame like the first result: `period`, `tier` (with `left`), `accounts`, `low`, `high`.

        Raises:
            NotEnoughDataError: A tier that is reached has no observed accounts (`empty_tier`).
        """
        options = {"interval": interval, "entering": entering, "start": start}
        given = {name: value for name, value in options.items() if value is not None}
        return self._like.build(self._flow.project(periods, given), False)

    def steady(self) -> Any:
        """Where it all ends: periods until an account leaves, and the book that entering accounts keep up.

        Returns:
            A frame like the first result: `tier`, `expected_periods_to_churn`, `steady_accounts`, each with
            its
            `_reason` where there is none.
        """
        return self._like.build(self._flow.steady(), False)

    def __repr__(self) -> str:
        return f"<TierFlow {' < '.join(self.tiers)}>"

    def _repr_html_(self) -> str:
        return self._flow.html()

    def __reduce__(self) -> tuple[Any, ...]:
        return TierFlow.from_json, (self.to_json(),)


def tier_flow(
    before: Any,
    after: Any,
    *,
    tiers: Scorecard | Sequence[str],
    account: str | None = None,
    value: str | None = None,
    value_before: str | None = None,
    value_after: str | None = None,
) -> TierFlow:
    """Counts how accounts moved between the tiers of two frames.

    Args:
        before: Accounts and their `tier`, in any kind of frame.
        after: The same, later.
        tiers: The card that scored, or the ids of the tiers from the worst to the best.
        account: The column that names the account; not needed where a card is given.
        value: The column in both frames that holds what an account is worth.
        value_before: The same, where `before` names it otherwise.
        value_after: The same, where `after` names it otherwise.

    Returns:
        The flow, whose tables are frames like `before`.

    Raises:
        Error: A frame lacks a column, has an account twice, or an unknown tier (`unknown_tier`).
    """
    if not isinstance(tiers, Sequence):
        return tiers.tier_flow(before, after, value=value, value_before=value_before, value_after=value_after)
    options = {"account": account, "value": value, "value_before": value_before, "value_after": value_after}
    given = {name: option for name, option in options.items() if option is not None}
    names = list(tiers)

    def count(*arguments: Any) -> Flow:
        return Flow.from_results(names, *arguments)

    return TierFlow.of(count, account, before, after, given)
