"""Recurring revenue: a book of customers in, MRR, movements, retention, cohorts and renewals out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, Unpack, cast

from customer_success import _frames, _policy
from customer_success._core import Policy
from customer_success._options import given

if TYPE_CHECKING:
    import datetime

    from customer_success._policy import RevenuePolicy

__all__ = ["Periods", "Reading", "Revenue"]

FrameT = TypeVar("FrameT")

_BOOKS = ("subscriptions", "invoices", "snapshots", "movements", "activity", "contracts")


class Reading(TypedDict, total=False):
    """How a book is read: the same for all shapes; what is left out is the core's to decide.

    Attributes:
        policy: A `RevenuePolicy`, its document, or the name of a preset.
        rates: A frame of exchange rates: `currency`, `date`, `rate`.
        merges: A frame of merged accounts: `from`, `to`, `date`.
        contracts: A frame of contracts, for renewals.
        probabilities: A frame of probabilities of renewal: a column of the contracts, and `probability`.
        horizon: The day from which on nothing is known.
        as_of: The day on which it is known; with a column `recorded_at`, what was recorded later is left out.
        zone: The zone whose calendar decides the day of a moment.
        columns: Our names of columns → the frame's.
        float_scale: How many decimals amounts in floats are rounded to; without it floats are refused.
        integers: Whether whole numbers are `"minor"` units (the default) or `"major"` ones.
        history_start: The day from which on the data is complete.
    """

    policy: RevenuePolicy | Mapping[str, Any] | str | None
    rates: Any
    merges: Any
    contracts: Any
    probabilities: Any
    horizon: str | datetime.date | None
    as_of: str | datetime.date | None
    zone: str | None
    columns: Mapping[str, str] | None
    float_scale: int | None
    integers: str | None
    history_start: str | datetime.date | None


class Periods(TypedDict, total=False):
    """Which periods a table has.

    Attributes:
        period: `"day"`, `"week"`, `"month"` (the default), `"quarter"`, `"year"`, `"fiscal_month"`,
            `"fiscal_quarter"` or `"fiscal_year"`.
        from_: The first day; by default that of the data.
        to: The day after the last; by default the horizon.
        by: Columns to break down by.
    """

    period: str | None
    from_: str | datetime.date | None
    to: str | datetime.date | None
    by: Sequence[str] | None


class Revenue(Generic[FrameT]):
    """A book of customers, and how it is counted: made by one of the `from_` methods.

    It holds the frames that it was given, without a copy, and computes when asked. Tables are of the kind of the
    frame: money is exact (decimals), days are dates, accounts are counted in whole numbers.

    Examples:
        100 a month and, from March on, 1,200 a year, which is 100 a month:

        >>> import customer_success as cs
        >>> rev = cs.Revenue.from_subscriptions({
        ...     "account": ["a", "b"], "start": ["2024-01-10", "2024-03-01"], "end": ["2024-04-01", None],
        ...     "amount": ["100", "1200"], "interval": ["month", "year"], "currency": ["USD", "USD"],
        ... }, horizon="2024-05-01", policy={"schema_version": 1, "policy": "all", "history_complete": True})
        >>> bridge = rev.bridge()
        >>> bridge["period"]
        ['2024-01', '2024-02', '2024-03', '2024-04']
        >>> [str(x) for x in bridge["new"]], [str(x) for x in bridge["churn"]]
        (['100.00', '0.00', '100.00', '0.00'], ['0.00', '0.00', '0.00', '-100.00'])
    """

    __slots__ = ("_book", "_policy", "_reading", "_tables")

    _book: str
    _policy: Policy
    _reading: dict[str, Any]
    _tables: dict[str, Any]

    def __init__(self) -> None:
        raise TypeError("use Revenue.from_subscriptions, from_invoices, from_snapshots, from_movements or others")

    @classmethod
    def from_subscriptions(cls, frame: FrameT, **reading: Unpack[Reading]) -> Revenue[FrameT]:
        """A book of subscription periods.

        Args:
            frame: `account`, `start`, `end` (null while open), `amount` per interval, `interval` (`"day"`,
                `"week"`, `"month"`, `"quarter"`, `"year"`); also read where there: `interval_count`, `quantity`,
                `currency`, `subscription`, `product`, `parent`, `discount_amount`, `discount_percent`,
                `discount_until`, `kind`, `status`, `requested_at`, `reason`, `recorded_at`.
            **reading: See `Reading`. An open subscription needs `horizon`.

        Raises:
            Error: The policy is none. What is wrong with the frame is raised by the methods.
        """
        return _made("subscriptions", frame, reading)

    @classmethod
    def from_invoices(cls, frame: FrameT, **reading: Unpack[Reading]) -> Revenue[FrameT]:
        """A book of invoice lines with service periods.

        Args:
            frame: `account`, `service_start`, `service_end` (the day after the last), `amount`; also read: `tax`,
                `kind`, `currency`, `subscription`, `product`, `parent`, `reason`, `recorded_at`.
            **reading: See `Reading`.
        """
        return _made("invoices", frame, reading)

    @classmethod
    def from_snapshots(cls, frame: FrameT, **reading: Unpack[Reading]) -> Revenue[FrameT]:
        """A book of account-months: what each account pays in each month. A missing month is zero.

        Args:
            frame: `account`, `month` (any day of it, or a text such as `2024-01`), `mrr`; also read: `currency`,
                `subscription`, `product`, `parent`, `reason`, `recorded_at`.
            **reading: See `Reading`.

        Examples:
            >>> import customer_success as cs
            >>> rev = cs.Revenue.from_snapshots({
            ...     "account": ["a", "b", "a"], "month": ["2024-01", "2024-01", "2024-02"], "mrr": ["10", "5", "12"],
            ... }, policy={"schema_version": 1, "policy": "yen", "currency": "JPY"})
            >>> bridge = rev.bridge()
            >>> [str(x) for x in bridge["expansion"]], [str(x) for x in bridge["churn"]]
            (['0', '2'], ['0', '-5'])
        """
        return _made("snapshots", frame, reading)

    @classmethod
    def from_movements(cls, frame: FrameT, **reading: Unpack[Reading]) -> Revenue[FrameT]:
        """A book of movements: signed changes of MRR.

        Args:
            frame: `account`, `date`, `delta`; also read: `kind`, `currency`, `subscription`, `product`, `reason`,
                `recorded_at`.
            **reading: See `Reading`; `horizon` is needed.
        """
        return _made("movements", frame, reading)

    @classmethod
    def from_activity(cls, frame: FrameT, **reading: Unpack[Reading]) -> Revenue[FrameT]:
        """A log of activity, for `cohorts` alone.

        Args:
            frame: `account` and `date`: one row each time that an account was active.
            **reading: See `Reading`.

        Examples:
            Of two accounts that began in January one is back in February:

            >>> import customer_success as cs
            >>> log = {"account": [1, 2, 1], "date": ["2024-01-03", "2024-01-09", "2024-02-20"]}
            >>> cohorts = cs.Revenue.from_activity(log, horizon="2024-03-01").cohorts()
            >>> cohorts["age"], cohorts["retention"]
            ([0, 1], [1.0, 0.5])
        """
        return _made("activity", frame, reading)

    @classmethod
    def from_contracts(cls, frame: FrameT, **reading: Unpack[Reading]) -> Revenue[FrameT]:
        """A list of contracts, for `renewals`, `renewal_calendar` and `forecast` alone.

        Args:
            frame: `account`, `contract`, `due`, `amount`; also read: `currency`, `closed_at`, `outcome`
                (`"renewed"`, `"lost"`, null while open), `renewed_amount`, `notice_days`, `auto_renew`,
                `cancel_requested_at`, `probability`, `recorded_at`.
            **reading: See `Reading`; `as_of` is needed.
        """
        return _made("contracts", frame, reading)

    @property
    def policy(self) -> RevenuePolicy:
        """How the book is counted."""
        return _policy.public(self._policy)

    def mrr(self, *, at: Sequence[str | datetime.date] | None = None, **periods: Unpack[Periods]) -> FrameT:
        """MRR and paying accounts in each period, at the instant that the policy's `boundary` names.

        Args:
            at: Days, instead of periods.
            **periods: See `Periods`.

        Returns:
            `period`, `from`, `to` (or `date`), `currency`, the columns of `by`, `mrr`, `accounts`.
        """
        return self._run("mrr", {"at": at, **periods})

    def bridge(self, **periods: Unpack[Periods]) -> FrameT:
        """From opening to closing: what was won, grew, shrank and was lost in each period.

        Each row adds up exactly: opening + new + reactivation + expansion + contraction + churn + transfer + fx =
        closing; losses are negative. The first period of the data has no movements, unless the policy says
        `history_complete`.

        Args:
            **periods: See `Periods`. With `by`, what an account moves from one value to another is `transfer`.

        Returns:
            `period`, `from`, `to`, `currency`, the columns of `by`, the amounts above, and `…_accounts`.
        """
        return self._run("bridge", periods)

    def reasons(self, **periods: Unpack[Periods]) -> FrameT:
        """Churn and contraction by reason.

        Returns:
            `period`, `from`, `to`, `currency`, the columns of `by`, `reason`, `churn`, `churn_accounts`,
            `contraction`, `contraction_accounts`.
        """
        return self._run("reasons", periods)

    def metrics(self, **periods: Unpack[Periods]) -> FrameT:
        """The figures of each period.

        Returns:
            `mrr`, `arr`, `accounts`, `arpa`, `net_new_mrr`, `growth`, `quick_ratio`, `gross_mrr_churn`,
            `net_mrr_churn`, `logo_churn`, `recurring_share`; what is undefined is null, and its `…_reason` says why.
        """
        return self._run("metrics", periods)

    def retention(self, *, window: int | str | None = None, **periods: Unpack[Periods]) -> FrameT:
        """Net and gross revenue retention and logo retention over a window that ends with each period.

        Args:
            window: Months, 12 by default; `"whole"` for one row from `from_` to `to`.
            **periods: See `Periods`. With `by`, accounts count under their value at the start.

        Returns:
            `from`, `to`, `currency`, the columns of `by`; for each of `net_revenue_retention`,
            `gross_revenue_retention`, `logo_retention`, `logo_churn` the value, `…_numerator`, `…_denominator`
            and `…_reason`; and `warnings`.
        """
        return self._run("retention", {"window": window, **periods})

    def phase(
        self, *, window: int | None = None, confidence: float | None = None, **periods: Unpack[Periods]
    ) -> FrameT:
        """The phase of the business, growth, mature or decline, with its evidence.

        Args:
            window: How many of the last periods count, 12 by default.
            confidence: Of the intervals, 0.9 by default.
            **periods: See `Periods`.

        Returns:
            One row per currency: `phase`, `phase_reason`, `periods`, and for `churn_rate`, `new_rate` and `net_rate`
            the mean and the slope with their intervals.
        """
        return self._run("phase", {"window": window, "confidence": confidence, **periods})

    def cohorts(
        self,
        *,
        measure: str | None = None,
        kind: str | None = None,
        censoring: str | None = None,
        active: str | None = None,
        cohort_by: str | None = None,
        ages: int | None = None,
        table: str | None = None,
        **periods: Unpack[Periods],
    ) -> FrameT:
        """Who is still there, or what is still paid, by the period of the first payment and by age.

        Args:
            measure: `"logos"` (the default) or `"revenue"`.
            kind: `"bounded"` (the default): active in just that period; `"unbounded"`: in that or a later one;
                `"rolling"`: the same, with a choice of `censoring`.
            censoring: For rolling cohorts `"mask"` (the default) or `"product_limit"`.
            active: `"closing"` (the default): live at the end of the period; `"any"`: on some day of it.
            cohort_by: `"first_paid"` (the default), or a column of dates.
            ages: The highest age.
            table: `"triangle"` (the default) or `"means"` over the cohorts by age.
            **periods: See `Periods`.

        Returns:
            `cohort`, `from`, the columns of `by`, `age`, `size`, `retained`, `retention`, `retention_reason`; a cell
            that lies beyond the horizon is null, with the reason `immature`. For means: `age`, `cohorts`,
            `pooled_mean`, `simple_mean` and what they are made of.
        """
        options = {
            "measure": measure,
            "kind": kind,
            "censoring": censoring,
            "active": active,
            "cohort_by": cohort_by,
            "ages": ages,
            "table": table,
        }
        return self._run("cohorts", {**options, **periods})

    def renewals(self, **periods: Unpack[Periods]) -> FrameT:
        """What became of the contracts that were due in each period.

        Returns:
            `due_contracts`, `due`; contracts and amounts that were renewed `on_time`, `early` or `late`, were `lost`
            or are `open`; `uplift`, `downsell`; `gross_renewal_rate`, `net_renewal_rate`, `renewal_rate_by_count`.
        """
        return self._run("renewals", periods)

    def renewal_calendar(self, *, lead_days: Sequence[int] | None = None) -> FrameT:
        """The open contracts that will be due, in the order of their days.

        Args:
            lead_days: How far ahead, in steps; 180, 90, 60 and 30 by default.

        Returns:
            `account`, `contract`, `due`, `days_to_due`, `lead_days`, `amount`, `currency`, `auto_renew`,
            `notice_by`, `days_to_notice`, `cancel_requested`.
        """
        return self._run("renewal_calendar", {"lead_days": lead_days})

    def forecast(
        self,
        *,
        probability: str | None = None,
        probability_by: str | None = None,
        confidence: float | None = None,
        method: str | None = None,
        **periods: Unpack[Periods],
    ) -> FrameT:
        """What the contracts that are due will bring, with an interval.

        Args:
            probability: The one probability of renewal, as text, where neither the contracts nor `probabilities`
                have one.
            probability_by: The column of the contracts whose value has a probability in `probabilities`.
            confidence: Of the interval, 0.9 by default.
            method: `"auto"` (the default), `"exact"` or `"normal"`.
            **periods: See `Periods`: the days on which contracts are due.

        Returns:
            `contracts`, `due`, `won`, `committed`, `open`, `lost`, `expected`, `low`, `high`, the same by count, and
            `method`. Nothing exceeds what is due; what was won beyond that is `upsell`.
        """
        options = {
            "probability": probability,
            "probability_by": probability_by,
            "confidence": confidence,
            "method": method,
        }
        return self._run("forecast", {**options, **periods})

    def accounts(self, of: str, cell: Mapping[str, Any] | None = None, **options: Any) -> FrameT:
        """The accounts behind a cell of another table.

        Args:
            of: `"bridge"`, `"retention"` or `"cohorts"`.
            cell: What the cell is: `{"period": "2024-03", "label": "churn"}`, and columns of `by`; for retention
                `{"to": …}`, for cohorts `{"cohort": …, "age": …}`.
            **options: Those with which the table was made.

        Returns:
            The caller's own account column, the cell, and what each account contributes.
        """
        return self._run("accounts", {"of": of, "cell": cell, **options})

    def _run(self, operation: str, options: Mapping[str, Any]) -> FrameT:
        known = given({**self._reading, **options})
        if "from_" in known:
            known["from"] = known.pop("from_")
        wanted = self._policy.wanted(operation, known)
        frames = {role: _frames.of(data, wanted[role]) for role, data in self._tables.items() if role in wanted}
        tables = [(role, *_frames.read_exact(frame, wanted[role])) for role, frame in frames.items()]
        result = self._policy.run(operation, tables, known)
        frame = frames.get(self._book) or next(iter(frames.values()))
        return cast(FrameT, frame.build(result, _frames.taken(frame), None))

    def __repr__(self) -> str:
        return f"<Revenue of {self._book} by {self._policy.id} {self._policy.hash[:12]}>"


def _made(book: str, frame: FrameT, reading: Mapping[str, Any]) -> Revenue[FrameT]:
    made: Revenue[FrameT] = Revenue.__new__(Revenue)
    rest = dict(reading)
    made._policy = _policy.native(rest.pop("policy", None))  # pyright: ignore[reportPrivateUsage]
    beside = {role: rest.pop(role, None) for role in ("rates", "merges", "contracts", "probabilities")}
    made._book, made._reading = book, given(rest)  # pyright: ignore[reportPrivateUsage]
    made._tables = {**given(beside), book: frame}  # pyright: ignore[reportPrivateUsage]
    return made
