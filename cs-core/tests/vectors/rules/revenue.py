"""Recurring revenue worked out day by day, in exact fractions: plain enough to be seen right, and slow.

Written from the rules and not from the library. It knows subscription periods, snapshots and movements in one currency
per customer, and bridges netted by period, retention of a cohort, MRR and logo cohorts.
"""

from __future__ import annotations

import calendar
import datetime
from fractions import Fraction
from typing import Any

Day = int
EXPONENTS = {"JPY": 0, "KRW": 0, "KWD": 3, "USD": 2, "EUR": 2}


def day(text: str) -> Day:
    return datetime.date.fromisoformat(text[:10] if len(text) > 7 else text + "-01").toordinal()


def iso(number: Day) -> str:
    return datetime.date.fromordinal(number).isoformat()


def add_months(number: Day, months: int) -> Day:
    date = datetime.date.fromordinal(number)
    index = date.year * 12 + date.month - 1 + months
    year, month = divmod(index, 12)
    return datetime.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1])).toordinal()


def rounded(amount: Fraction, scale: int, mode: str) -> int:
    """To whole units of 10^-scale."""
    scaled = amount * 10**scale
    floor, rest = scaled.numerator // scaled.denominator, scaled - scaled.numerator // scaled.denominator
    if rest == Fraction(1, 2):
        return floor + (floor % 2 if mode == "half_even" else int(scaled > 0))
    return floor + int(rest > Fraction(1, 2))


def text(minor: int, scale: int) -> str:
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(scale + 1, "0")
    return sign + (digits if scale == 0 else f"{digits[:-scale]}.{digits[-scale:]}")


def rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    names = list(table)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*(table[n]["values"] for n in names), strict=True)]


class Line:
    def __init__(self, unit: Any, start: Day, end: Day, minor: int, row: dict[str, Any], currency: str) -> None:
        self.unit, self.start, self.end, self.minor, self.row, self.currency = unit, start, end, minor, row, currency


FACTORS = {"day": Fraction(365, 12), "week": Fraction(52, 12), "month": Fraction(1), "year": Fraction(1, 12)}


class Book:
    """The lines of a case, and what is known on each day."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.policy = case.get("policy", {})
        self.options = case.get("options", {})
        rounding = self.policy.get("rounding", {})
        self.mode = rounding.get("mode", "half_even")
        self.scale = rounding.get("scale")
        tables = case["tables"]
        role = next(iter(tables))
        self.lines: list[Line] = getattr(self, role)(rows(tables[role]))
        horizon = self.options.get("horizon")
        self.horizon = day(horizon) if horizon else max(line.end for line in self.lines)
        for line in self.lines:
            line.end = min(line.end, self.horizon)
        self.lines = [line for line in self.lines if line.start < line.end]
        self.start = min(line.start for line in self.lines)
        self.units = list(dict.fromkeys(line.unit for line in self.lines))
        self.by = self.options.get("by", [])

    def currency(self, row: dict[str, Any]) -> str:
        return row.get("currency") or self.policy["currency"]

    def scale_of(self, currency: str) -> int:
        return self.scale if self.scale is not None else EXPONENTS[currency]

    def unit(self, row: dict[str, Any]) -> Any:
        level = self.policy.get("level", "account")
        if level == "subscription":
            return row["account"], row.get("subscription")
        return row.get("parent") or row["account"] if level == "parent" else row["account"]

    def line(self, row: dict[str, Any], start: Day, end: Day, amount: Fraction) -> Line:
        currency = self.currency(row)
        minor = rounded(amount, self.scale_of(currency), self.mode)
        return Line(self.unit(row), start, end, minor, row, currency)

    def subscriptions(self, given: list[dict[str, Any]]) -> list[Line]:
        factors = dict(FACTORS)
        for interval, factor in self.policy.get("normalise", {}).items():
            factors[interval] = Fraction(factor)
        factors["quarter"] = factors["month"] / 3
        far = day("9999-01-01")
        lines = []
        for row in given:
            kind = row.get("kind") or "recurring"
            counts = kind == "recurring" or self.policy.get("kinds", {}).get(kind) == "include"
            if row.get("status") == "trial" or not counts:
                continue
            if row.get("status") == "paused" and self.policy.get("paused", "zero") == "zero":
                continue
            start, end = day(row["start"]), day(row["end"]) if row.get("end") else far
            cancellation = self.policy.get("cancellation", "service_end")
            if cancellation == "day_after" and row.get("end"):
                end += 1
            if cancellation == "request" and row.get("requested_at"):
                end = max(start, min(end, day(row["requested_at"])))
            grace = self.policy.get("past_due_grace_days")
            if row.get("status") == "past_due" and grace is not None:
                end = min(end, start + grace)
            rate = Fraction(row.get("quantity") or 1) * factors[row["interval"]] / int(row.get("interval_count") or 1)
            amount = Fraction(row["amount"])
            off = amount * (1 - Fraction(row.get("discount_percent") or 0) / 100) - Fraction(
                row.get("discount_amount") or 0
            )
            until = day(row["discount_until"]) if row.get("discount_until") else far
            if self.policy.get("discounts", "apply") == "ignore" or off == amount or until <= start:
                lines.append(self.line(row, start, end, amount * rate))
            else:
                lines.append(self.line(row, start, min(end, until), max(off, Fraction(0)) * rate))
                if until < end:
                    lines.append(self.line(row, until, end, amount * rate))
        return lines

    def snapshots(self, given: list[dict[str, Any]]) -> list[Line]:
        first = [day(row["month"][:7]) for row in given]
        return [
            self.line(row, start, add_months(start, 1), Fraction(row["mrr"]))
            for row, start in zip(given, first, strict=True)
        ]

    def movements(self, given: list[dict[str, Any]]) -> list[Line]:
        lines, far = [], day("9999-01-01")
        for account in dict.fromkeys(row["account"] for row in given):
            own = sorted((row for row in given if row["account"] == account), key=lambda row: row["date"])
            running = Fraction(0)
            for at, row in enumerate(own):
                running += Fraction(row["delta"])
                end = day(own[at + 1]["date"]) if at + 1 < len(own) else far
                if running:
                    lines.append(self.line(row, day(row["date"]), end, running))
        return lines

    # What is so on a day --------------------------------------------------------------------------------------------

    def keys(self, unit: Any, number: Day) -> dict[tuple[Any, ...], int]:
        """MRR by the values of `by`."""
        found: dict[tuple[Any, ...], int] = {}
        for line in self.lines:
            if line.unit == unit and line.start <= number < line.end:
                key = tuple(line.row.get(name) for name in self.by)
                found[key] = found.get(key, 0) + line.minor
        return {key: minor for key, minor in found.items() if minor}

    def mrr(self, unit: Any, number: Day) -> int:
        return sum(self.keys(unit, number).values())

    def live(self, unit: Any, number: Day) -> bool:
        if self.policy.get("free_accounts") == "count":
            return any(line.unit == unit and line.start <= number < line.end for line in self.lines)
        return self.mrr(unit, number) > 0

    def currency_of(self, unit: Any) -> str:
        return next(line.currency for line in self.lines if line.unit == unit)


def period_starts(book: Book) -> list[tuple[str, Day, Day]]:
    """The months (or years, quarters) from the data's first to the horizon."""
    kind = book.options.get("period", "month")
    size = {"month": 1, "quarter": 3, "year": 12}[kind]
    lower = min(book.start, day(book.options["from"])) if "from" in book.options else book.start
    date = datetime.date.fromordinal(lower)
    at = datetime.date(date.year, (date.month - 1) // size * size + 1, 1).toordinal()
    found = []
    while at < book.horizon:
        date = datetime.date.fromordinal(at)
        label = {1: f"{date.year}-{date.month:02}", 3: f"{date.year}-Q{(date.month + 2) // 3}", 12: f"{date.year}"}[
            size
        ]
        end = add_months(at, size)
        found.append((label, at, min(end, book.horizon)))
        at = end
    return found


def gap(text: str | None, gone: Day) -> Day:
    """The day on which a gap of this length ends."""
    count, unit = (text or "0 days").split()
    return gone + int(count) if unit.startswith("day") else add_months(gone, int(count))


def label(book: Book, unit: Any, before: Day, after: Day) -> str | None:
    """The label of the change of a customer between two days."""
    was, is_ = book.live(unit, before), book.live(unit, after)
    rules = book.policy.get("reactivation", {})
    if not was and is_:
        lived = [d for d in range(book.start, before + 1) if book.live(unit, d)]
        if not lived:
            return "new"
        gone = lived[-1] + 1
        back = after
        while book.live(unit, back - 1):
            back -= 1
        if back < gap(rules.get("min_gap"), gone):
            return "expansion"
        if rules.get("max_gap") and back > gap(rules["max_gap"], gone):
            return "new"
        return "reactivation"
    if was and not is_:
        gone = before
        while book.live(unit, gone):
            gone += 1
        later = [d for d in range(after + 1, book.horizon) if book.live(unit, d)]
        return "contraction" if later and later[0] < gap(rules.get("min_gap"), gone) else "churn"
    change = book.mrr(unit, after) - book.mrr(unit, before)
    return None if change == 0 else "expansion" if change > 0 else "contraction"


def split(total: int, weights: list[int]) -> list[int]:
    """The largest remainder, ties to the earlier."""
    whole = sum(weights)
    shares = [Fraction(abs(total) * weight, whole) for weight in weights]
    parts = [share.numerator // share.denominator for share in shares]
    order = sorted(range(len(parts)), key=lambda i: (-(shares[i] - parts[i]), i))
    for i in order[: abs(total) - sum(parts)]:
        parts[i] += 1
    return [part if total >= 0 else -part for part in parts]


AMOUNTS = ["opening", "new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx", "closing"]


def order_of(key: tuple[Any, ...]) -> list[tuple[bool, str]]:
    return [(part is None, part or "") for part in key]


def bridge(case: dict[str, Any]) -> dict[str, list[Any]]:
    book = Book(case)
    periods = period_starts(book)
    complete = book.policy.get("history_complete", False)
    table: dict[tuple[str, tuple[Any, ...]], dict[str, dict[str, int]]] = {}

    def row(currency: str, key: tuple[Any, ...], period: str) -> dict[str, int]:
        return table.setdefault((currency, key), {}).setdefault(period, dict.fromkeys(AMOUNTS, 0))

    shown = [
        (name, start, end)
        for name, start, end in periods
        if ("from" not in book.options or end > day(book.options["from"]))
        and ("to" not in book.options or start < day(book.options["to"]))
    ]
    for name, start, end in shown:
        opening_only = not complete and start <= book.start < end
        for unit in book.units:
            currency = book.currency_of(unit)
            m0, m1 = book.keys(unit, start - 1), book.keys(unit, end - 1)
            if opening_only:
                m0 = m1
            for key, minor in m0.items():
                row(currency, key, name)["opening"] += minor
            for key, minor in m1.items():
                row(currency, key, name)["closing"] += minor
            keys = sorted({*m0, *m1}, key=order_of)
            moved = [m1.get(key, 0) - m0.get(key, 0) for key in keys]
            change = sum(moved)
            if opening_only or not keys or not any(moved):
                continue
            called = label(book, unit, start - 1, end - 1) or "expansion"
            sign = 1 if change >= 0 else -1
            shares = split(change, [max(0, m * sign) for m in moved]) if change else [0] * len(moved)
            for key, whole, share in zip(keys, moved, shares, strict=True):
                row(currency, key, name)[called] += share
                row(currency, key, name)["transfer"] += whole - share
    if not table and not book.by:
        table[book.policy["currency"], ()] = {}
    places = sorted(table, key=lambda place: (place[0], order_of(place[1])))
    scale = max((book.scale_of(currency) for currency, _ in places), default=0)
    out: dict[str, list[Any]] = {name: [] for name in ["period", "currency", *book.by, *AMOUNTS]}
    for name, _, _ in shown:
        for currency, key in places:
            found = table[currency, key].get(name, dict.fromkeys(AMOUNTS, 0))
            out["period"].append(name)
            out["currency"].append(currency)
            for by, part in zip(book.by, key, strict=True):
                out[by].append(part)
            own = book.scale_of(currency)
            for amount in AMOUNTS:
                out[amount].append(text(found[amount] * 10 ** (scale - own), scale))
    return out


def retention(case: dict[str, Any]) -> dict[str, list[Any]]:
    book = Book(case)
    months = book.options.get("window", 12)
    out: dict[str, list[Any]] = {}
    for _, start, end in period_starts(book):
        first = add_months(end, -months)
        if ("from" in book.options and end <= day(book.options["from"])) or (
            "to" in book.options and start >= day(book.options["to"])
        ):
            continue
        if "from" not in book.options and first <= book.start:
            continue
        alive = [unit for unit in book.units if book.live(unit, first - 1)]
        m0 = {unit: book.mrr(unit, first - 1) for unit in alive}
        m1 = {unit: book.mrr(unit, end - 1) for unit in alive}
        scale = max(book.scale_of(book.currency_of(unit)) for unit in book.units)
        still = sum(book.live(unit, end - 1) for unit in alive)
        base = sum(m0.values())

        def rate(numerator: int, denominator: int) -> float | None:
            return float(Fraction(numerator, denominator)) if denominator else None

        kept = sum(min(m0[unit], m1[unit]) for unit in alive)
        found = {
            "from": iso(first),
            "to": iso(end),
            "net_revenue_retention": rate(sum(m1.values()), base),
            "net_revenue_retention_numerator": text(sum(m1.values()), scale),
            "gross_revenue_retention": rate(kept, base),
            "gross_revenue_retention_denominator": text(base, scale),
            "logo_retention": rate(still, len(alive)),
            "logo_churn": rate(len(alive) - still, len(alive)),
            "logo_churn_numerator": len(alive) - still,
            "logo_retention_reason": None if alive else "empty_cohort",
        }
        for name, value in found.items():
            out.setdefault(name, []).append(value)
    return out


def mrr(case: dict[str, Any]) -> dict[str, list[Any]]:
    book = Book(case)
    boundary = book.policy.get("boundary", "first")
    out: dict[str, list[Any]] = {"period": [], "mrr": [], "accounts": []}
    scale = max(book.scale_of(line.currency) for line in book.lines)
    for name, start, end in period_starts(book):
        total = count = 0
        for unit in book.units:
            if boundary == "overlap":
                days = [d for d in range(start, end) if book.mrr(unit, d)]
                found = book.mrr(unit, days[-1]) if days else 0
            else:
                found = book.mrr(unit, start if boundary == "first" else end - 1)
            total, count = total + found, count + int(found > 0)
        out["period"].append(name)
        out["mrr"].append(text(total, scale))
        out["accounts"].append(count)
    if not any(out["accounts"]):
        return out
    return out


def cohorts(case: dict[str, Any]) -> dict[str, list[Any]]:
    """Logo cohorts of a book or of activity, bounded, unbounded and rolling under a mask."""
    options = case.get("options", {})
    activity = case["tables"].get("activity")
    if activity:
        given = rows(activity)
        seen: dict[Any, set[Day]] = {}
        for row in given:
            seen.setdefault(row["account"], set()).add(day(row["date"]))
        horizon = day(options["horizon"]) if "horizon" in options else max(max(days) for days in seen.values()) + 1
        seen = {unit: {d for d in days if d < horizon} for unit, days in seen.items()}
        start = min(min(days) for days in seen.values() if days)
        firsts = {unit: min(days) for unit, days in seen.items() if days}
    else:
        book = Book(case)
        horizon, start = book.horizon, book.start
        seen = {unit: {d for d in range(start, horizon) if book.live(unit, d)} for unit in book.units}
        firsts = {unit: min(days) for unit, days in seen.items() if days}
    size = {"month": 1, "quarter": 3, "year": 12}[options.get("period", "month")]
    date = datetime.date.fromordinal(start)
    at = datetime.date(date.year, (date.month - 1) // size * size + 1, 1).toordinal()
    periods = []
    while at < horizon:
        periods.append((at, add_months(at, size)))
        at = add_months(at, size)
    out: dict[str, list[Any]] = {
        name: [] for name in ["cohort", "age", "size", "retained", "retention", "retention_reason"]
    }
    widths = {}
    for place, (first, last) in enumerate(periods):
        if any(first <= f < last for f in firsts.values()):
            widths[place] = sum(end <= horizon for _, end in periods[place:])
    for place in widths:
        first, last = periods[place]
        members = [unit for unit, f in firsts.items() if first <= f < last]

        def active(unit: Any, period: tuple[Day, Day]) -> bool:
            if activity or options.get("active") == "any":
                return any(period[0] <= d < period[1] for d in seen[unit])
            return min(period[1], horizon) - 1 in seen[unit]

        date = datetime.date.fromordinal(first)
        name = {1: f"{date.year}-{date.month:02}", 3: f"{date.year}-Q{(date.month + 2) // 3}", 12: f"{date.year}"}[size]
        for age in range(max(widths.values())):
            mature = age < widths[place]
            later = (
                periods[place + age : place + age + 1]
                if options.get("kind", "bounded") == "bounded"
                else periods[place + age :]
            )
            kept = sum(any(active(unit, period) for period in later) for unit in members)
            out["cohort"].append(name)
            out["age"].append(age)
            out["size"].append(len(members))
            out["retained"].append(kept if mature else None)
            out["retention"].append(float(Fraction(kept, len(members))) if mature else None)
            out["retention_reason"].append(None if mature else "immature")
    return out


CALLS = {"bridge": bridge, "retention": retention, "mrr": mrr, "cohorts": cohorts}


def computes(case: dict[str, Any]) -> bool:
    """Whether this reference knows what the case asks for."""
    known = {
        "schema_version",
        "policy",
        "currency",
        "history_complete",
        "reactivation",
        "level",
        "rounding",
        "normalise",
    }
    known |= {"boundary", "cancellation", "paused", "free_accounts", "discounts", "past_due_grace_days", "kinds"}
    options = {"horizon", "period", "from", "to", "by", "window", "kind", "active"}
    tables = set(case.get("tables", {}))
    columns = [column for table in case.get("tables", {}).values() for column in table.values()]
    return (
        case.get("call") in CALLS
        and "result" in case["expect"]
        and len(tables) == 1
        and tables <= {"subscriptions", "snapshots", "movements", "activity"}
        and set(case.get("policy", {})) <= known
        and case.get("policy", {}).get("rounding", {}).get("at", "line") == "line"
        and set(case.get("options", {})) <= options
        and not (case["call"] == "retention" and case["options"].get("by"))
        and "recorded_at" not in next(iter(case["tables"].values()))
        and all(column["values"] and column["type"] in ("text", "date") for column in columns)
        and not {"one_off", "setup"} & set(case.get("policy", {}).get("kinds", {}))
        and case.get("options", {}).get("window") != "whole"
    )


def compute(case: dict[str, Any]) -> dict[str, list[Any]]:
    return CALLS[case["call"]](case)


def close(found: Any, wanted: Any) -> bool:
    return (
        found == wanted if not isinstance(wanted, float) else found is not None and float(found).hex() == wanted.hex()
    )


def check_folder(folder: Any) -> int:
    """Works out every case that it knows; says which disagree, and returns how many."""
    import json

    known = wrong = 0
    for path in sorted(folder.glob("*.json")):
        for case in json.loads(path.read_text("utf-8"))["cases"]:
            if not computes(case):
                continue
            known += 1
            found = compute(case)
            for name, wanted in case["expect"]["result"].items():
                if name in found and not all(map(close, found[name], wanted)):
                    wrong += 1
                    print(f"{path.stem}: {case['name']}: {name}: {found[name]} instead of {wanted}")
    print(f"{known} cases of revenue, {wrong} mismatches")
    return wrong
