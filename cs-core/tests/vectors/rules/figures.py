"""Single figures by the rules: money in exact fractions, days by the calendar of the standard library."""

from __future__ import annotations

import calendar
import datetime as dt
import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

Options = dict[str, Any]
Period = dict[str, str]

# ISO 4217 as far as the vectors go; the rest has two decimals.
EXPONENTS = {"JPY": 0, "KRW": 0, "XAU": 0, "ITL": 0, "KWD": 3, "CLF": 4}
MONTHS_WORTH = {"day": "365/12", "week": "52/12", "month": "1", "year": "1/12"}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAY = dt.timedelta(days=1)


def exponent(options: Options) -> int:
    """The decimals of a currency."""
    code = options["currency"]
    return options.get("currencies", {}).get(code, EXPONENTS.get(code, 2))


def scale_of(options: Options) -> int:
    """The decimals that are asked for."""
    return options.get("scale", exponent(options))


def rounded(amount: Fraction, scale: int, mode: str) -> int:
    """Units of 10^-scale."""
    scaled = amount * 10**scale
    if mode == "half_even":
        return round(scaled)
    size = math.floor(abs(scaled) + Fraction(1, 2))
    return -size if scaled < 0 else size


def written(minor: int, scale: int) -> str:
    """Units of 10^-scale as a decimal."""
    digits = str(abs(minor)).rjust(scale + 1, "0")
    whole, part = digits[: len(digits) - scale], digits[len(digits) - scale :]
    return ("-" if minor < 0 else "") + whole + ("." + part if scale else "")


def round_money(options: Options) -> str:
    """The amount at the scale."""
    scale = scale_of(options)
    return written(rounded(Fraction(options["amount"]), scale, options.get("mode", "half_even")), scale)


def split_money(options: Options) -> list[str]:
    """Shares rounded down, then unit by unit to who is furthest below its share."""
    scale = scale_of(options)
    amount = Fraction(options["amount"]) * 10**scale
    weights = [Fraction(weight) for weight in options["weights"]]
    shares = [abs(amount) * weight / sum(weights) for weight in weights]
    parts = [math.floor(share) for share in shares]
    given = set[int]()
    while sum(parts) < abs(amount):
        left = [n for n in range(len(parts)) if n not in given]
        place = max(left, key=lambda n: (shares[n] - parts[n], -n))
        parts[place] += 1
        given.add(place)
    return [written(-part if amount < 0 else part, scale) for part in parts]


def monthly_amount(options: Options) -> str:
    """amount * quantity * months' worth / count, rounded as the policy says."""
    policy = options.get("policy", {})
    worth = MONTHS_WORTH | policy.get("normalise", {})
    interval, count = options["interval"], options.get("interval_count", 1)
    factor = Fraction(worth["month"]) / 3 if interval == "quarter" else Fraction(worth[interval])
    amount = Fraction(options["amount"]) * Fraction(options.get("quantity", 1)) * factor / count
    rounding = policy.get("rounding", {})
    scale = rounding.get("scale", exponent({"currency": policy.get("currency")} | options))
    return written(rounded(amount, scale, rounding.get("mode", "half_even")), scale)


def add_months(options: Options) -> str:
    """The same day so many months on, or the month's last."""
    date = dt.date.fromisoformat(options["date"][:10])
    year, month = divmod(date.year * 12 + date.month - 1 + options["months"], 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(date.day, last)).isoformat()


def first_of(year: int, month: int) -> dt.date:
    """The first of a month, counted on beyond the twelfth."""
    return dt.date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def year_end(year: int, rule: Options) -> dt.date:
    """The last day of the fiscal year of weeks that ends with a month of a year."""
    last = first_of(year, rule["year_end_month"] + 1) - DAY
    reach = range(-6, 1) if rule.get("rule", "last") == "last" else range(-3, 4)
    ends = [last + n * DAY for n in reach]
    return next(day for day in ends if WEEKDAYS[day.weekday()] == rule["weekday"])


def fiscal_months(year: int, rule: Options) -> tuple[int, list[dt.date]]:
    """The name of the fiscal year that ends in a year, and where its months begin and it ends."""
    by_end = rule.get("name_by", "start") == "end"
    if "weeks" in rule:
        starts = [year_end(year - 1, rule) + DAY]
        for weeks in [int(n) for n in rule["weeks"].split("-")] * 4:
            starts.append(starts[-1] + 7 * weeks * DAY)
        starts[-1] = year_end(year, rule) + DAY
        start = year if rule["year_end_month"] == 12 else year - 1
    else:
        month = rule.get("start_month", 1)
        start = year if month == 1 else year - 1
        starts = [first_of(start, month + n) for n in range(13)]
    return (year if by_end else start), starts


def period(kind: str, date: dt.date, rule: Options) -> Period:
    """The period that holds a day."""
    if kind.startswith("fiscal_"):
        years = [fiscal_months(date.year + n, rule) for n in (-1, 0, 1)]
        name, starts = next(year for year in years if year[1][0] <= date < year[1][-1])
        size = {"fiscal_month": 1, "fiscal_quarter": 3, "fiscal_year": 12}[kind]
        part = (max(n for n in range(12) if starts[n] <= date)) // size
        tail = {1: f"-P{part + 1:02}", 3: f"-Q{part + 1}", 12: ""}[size]
        label, start, end = f"FY{name}{tail}", starts[part * size], starts[(part + 1) * size]
    elif kind == "week":
        year, week, weekday = date.isocalendar()
        start = date - (weekday - 1) * DAY
        label, end = f"{year}-W{week:02}", start + 7 * DAY
    elif kind == "day":
        label, start, end = date.isoformat(), date, date + DAY
    else:
        size = {"month": 1, "quarter": 3, "year": 12}[kind]
        month = (date.month - 1) // size * size + 1
        start, end = first_of(date.year, month), first_of(date.year, month + size)
        label = {1: f"{date.year}-{month:02}", 3: f"{date.year}-Q{month // 3 + 1}", 12: f"{date.year}"}[size]
    return {"period": label, "from": start.isoformat(), "to": end.isoformat()}


def period_of(options: Options) -> Period:
    """The period that holds a day."""
    return period(options["period"], dt.date.fromisoformat(options["date"]), options.get("calendar", {}))


def periods(options: Options) -> list[Period]:
    """Day by day, each period once."""
    day, end = dt.date.fromisoformat(options["from"]), dt.date.fromisoformat(options["to"])
    found: list[Period] = []
    while day < end:
        this = period(options["period"], day, options.get("calendar", {}))
        if this not in found:
            found.append(this)
        day += DAY
    return found


FIGURES: dict[str, Callable[[Options], Any]] = {
    "currency_exponent": exponent,
    "round_money": round_money,
    "split_money": split_money,
    "monthly_amount": monthly_amount,
    "add_months": add_months,
    "periods": periods,
    "period_of": period_of,
    "monthly_churn": lambda options: 1 - options["renewal_rate"] ** (1 / options["term_months"]),
    "annual_churn": lambda options: 1 - (1 - options["monthly_churn"]) ** 12,
}


def mismatches(folder: Path) -> Iterator[tuple[str, bool]]:
    """Each case that expects a value, and whether it is that of the rules."""
    for file in sorted(folder.glob("*.json")):
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]:
            expect = case["expect"]
            if "value" not in expect:
                continue
            found = FIGURES[case["call"]](case["options"])
            if isinstance(found, float):
                same = abs(found - expect["value"]) <= expect.get("tolerance", 1e-15)
            else:
                same = found == expect["value"]
            yield f"{folder.name}/{file.name}: {case['name']}: {found!r} by the rules", same


def check_figures(folders: list[Path]) -> int:
    """Prints what disagrees; 1 when anything does."""
    results = [result for folder in folders for result in mismatches(folder)]
    wrong = [line for line, same in results if not same]
    print("\n".join([*wrong, f"{len(results)} figures checked, {len(wrong)} disagree"]))
    return 1 if wrong else 0
