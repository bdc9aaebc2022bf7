"""Single figures: one amount, one date, one rate."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from customer_success import _core
from customer_success._options import given

if TYPE_CHECKING:
    from customer_success._policy import RevenuePolicy

__all__ = [
    "add_months",
    "annual_churn",
    "currency_exponent",
    "monthly_amount",
    "monthly_churn",
    "period_of",
    "periods",
    "round_money",
    "split_money",
]


def _call(name: str, **options: Any) -> Any:
    return _core.scalar(name, given(options))


def _text(amount: Decimal | str | int) -> Any:
    # A float is left as it is: the core refuses it.
    if isinstance(amount, Decimal):
        return format(amount, "f")
    return str(amount) if isinstance(amount, int) and not isinstance(amount, bool) else amount


def currency_exponent(currency: str, *, currencies: Mapping[str, int] | None = None) -> int:
    """How many decimals a currency has, by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD.

    Args:
        currency: The code.
        currencies: Exponents that take precedence.

    Raises:
        InvalidDataError: There is no such currency (`unknown_currency`).

    Examples:
        >>> import customer_success as cs
        >>> [cs.currency_exponent(code) for code in ("USD", "JPY", "KWD")]
        [2, 0, 3]
    """
    return _call("currency_exponent", currency=currency, currencies=currencies)


def round_money(
    amount: Decimal | str | int, currency: str, *, mode: str | None = None, scale: int | None = None
) -> Decimal:
    """An amount rounded to the decimals of its currency.

    Args:
        amount: In major units; a float is refused.
        currency: The code.
        mode: `"half_even"` (the default) or `"half_up"`, at ties.
        scale: Decimals, instead of the currency's.

    Raises:
        Error: `invalid_amount`, `unknown_currency`, `amount_too_large`.

    Examples:
        A tie tells the modes apart:

        >>> import customer_success as cs
        >>> cs.round_money("2.345", "USD"), cs.round_money("2.345", "USD", mode="half_up")
        (Decimal('2.34'), Decimal('2.35'))
    """
    return Decimal(_call("round_money", amount=_text(amount), currency=currency, mode=mode, scale=scale))


def split_money(
    amount: Decimal | str | int,
    weights: Sequence[Decimal | str | int],
    currency: str,
    *,
    scale: int | None = None,
) -> list[Decimal]:
    """Parts of an amount in proportion to weights, which sum to the amount exactly.

    The method of the largest remainder: all are rounded down, and what is left goes, unit by unit, to those that
    lost most; of equals to the earlier.

    Args:
        amount: In major units; a float is refused.
        weights: From 0 on, not all 0.
        currency: The code; its decimals are the unit.
        scale: Decimals, instead of the currency's.

    Raises:
        Error: `invalid_amount`, `amount_too_precise`, `unknown_currency`, `all_weights_zero`, `negative_weight`.

    Examples:
        >>> import customer_success as cs
        >>> cs.split_money("100", [1, 1, 1], "JPY")
        [Decimal('34'), Decimal('33'), Decimal('33')]
    """
    parts = _call(
        "split_money",
        amount=_text(amount),
        weights=[_text(weight) for weight in weights],
        currency=currency,
        scale=scale,
    )
    return [Decimal(part) for part in parts]


def monthly_amount(
    amount: Decimal | str | int,
    interval: str,
    *,
    interval_count: int | None = None,
    quantity: Decimal | str | int | None = None,
    currency: str | None = None,
    policy: RevenuePolicy | Mapping[str, Any] | str | None = None,
) -> Decimal:
    """What an amount per interval is a month.

    Args:
        amount: Per interval, in major units; a float is refused.
        interval: `"day"`, `"week"`, `"month"`, `"quarter"` or `"year"`.
        interval_count: So many intervals per amount; 1 by default.
        quantity: How many are bought; 1 by default.
        currency: The code; by default that of the policy.
        policy: As for `Revenue`: it says how many months an interval is.

    Raises:
        Error: `unknown_interval`, `invalid_amount`, `unknown_currency`.

    Examples:
        300 for 3 months, 50 for 2 weeks, 5,499 a year:

        >>> import customer_success as cs
        >>> cs.monthly_amount("300", "month", interval_count=3, currency="USD")
        Decimal('100.00')
        >>> cs.monthly_amount("50", "week", interval_count=2, currency="USD")
        Decimal('108.33')
        >>> cs.monthly_amount("5499", "year", currency="USD")
        Decimal('458.25')
    """
    from customer_success import _policy

    document = None if policy is None else _policy.public(_policy.native(policy)).to_dict()
    monthly = _call(
        "monthly_amount",
        amount=_text(amount),
        interval=interval,
        interval_count=interval_count,
        quantity=None if quantity is None else _text(quantity),
        currency=currency,
        policy=document,
    )
    return Decimal(monthly)


def add_months(date: str | datetime.date, months: int) -> datetime.date:
    """The day so many months after a date: the same day, or the month's last.

    Args:
        date: A date, or its text.
        months: May be negative.

    Raises:
        Error: `invalid_date`, `date_out_of_range`.

    Examples:
        >>> import customer_success as cs
        >>> cs.add_months("2024-01-31", 1), cs.add_months("2024-01-31", 2)
        (datetime.date(2024, 2, 29), datetime.date(2024, 3, 31))
    """
    return datetime.date.fromisoformat(_call("add_months", date=date, months=months))


def _period(period: Mapping[str, str]) -> dict[str, Any]:
    day = datetime.date.fromisoformat
    return {"period": period["period"], "from": day(period["from"]), "to": day(period["to"])}


def periods(
    period: str,
    from_: str | datetime.date,
    to: str | datetime.date,
    *,
    calendar: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The periods that hold the days from one date to another.

    Args:
        period: A kind of period, as for `Periods`.
        from_: The first day.
        to: The day after the last.
        calendar: A fiscal calendar, as in a policy.

    Returns:
        Dicts of `period` (the label), `from` and `to` (the day after the last).

    Raises:
        InvalidDocumentError: The kind or the calendar is unknown, or the window is empty (`invalid_period`).

    Examples:
        A Japanese fiscal year begins in April:

        >>> import customer_success as cs
        >>> years = cs.periods("fiscal_year", "2024-04-01", "2025-04-01", calendar={"start_month": 4})
        >>> [(year["period"], year["from"].isoformat()) for year in years]
        [('FY2024', '2024-04-01')]
    """
    return [_period(found) for found in _call("periods", period=period, **{"from": from_}, to=to, calendar=calendar)]


def period_of(date: str | datetime.date, period: str, *, calendar: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The period that holds a day.

    Args:
        date: The day.
        period: A kind of period, as for `Periods`.
        calendar: A fiscal calendar, as in a policy.

    Examples:
        >>> import customer_success as cs
        >>> cs.period_of("2024-02-10", "quarter")["period"]
        '2024-Q1'
    """
    return _period(_call("period_of", date=date, period=period, calendar=calendar))


def monthly_churn(renewal_rate: float, term_months: int) -> float:
    """The monthly churn that a renewal rate over a term comes to: 1 − R^(1/term).

    Args:
        renewal_rate: From 0 to 1.
        term_months: Months from one renewal to the next.

    Examples:
        >>> import customer_success as cs
        >>> round(cs.monthly_churn(0.8, 12), 6)
        0.018423
    """
    return _call("monthly_churn", renewal_rate=renewal_rate, term_months=term_months)


def annual_churn(monthly_churn: float) -> float:
    """The annual churn that a monthly one comes to: 1 − (1 − c)^12.

    Args:
        monthly_churn: From 0 to 1.

    Examples:
        >>> import customer_success as cs
        >>> round(cs.annual_churn(0.02), 6)
        0.215283
    """
    return _call("annual_churn", monthly_churn=monthly_churn)
