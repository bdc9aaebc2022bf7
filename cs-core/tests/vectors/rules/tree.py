"""Items and dimensions of one account: states, points, coverage, and what each adds to the score."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from rules.curves import Setting, age, drifted, points, raw
from rules.data import FaultError, Json, Row, check_values, holds


class Judged(NamedTuple):
    """What an item is for one account."""

    state: str
    value: Any
    points: Fraction | None
    fault: FaultError | None = None

    @property
    def counts(self) -> bool:
        """Whether its weight counts for coverage."""
        return self.state not in ("not_applicable", "opted_out")

    @property
    def covered(self) -> bool:
        """Whether it has a usable value."""
        return self.state in ("present", "stale")


def replacement(item: Json, setting: Setting) -> Fraction | None:
    """The points of a missing or expired value."""
    match item.get("missing", "exclude"):
        case "exclude":
            return None
        case "neutral":
            return (setting.worst + setting.best) / 2
        case "worst":
            return setting.worst
        case "best":
            return setting.best
        case fixed:
            return Fraction(fixed["points"])


def judge(item: Json, row: Row, setting: Setting, *, free: bool) -> Judged:
    """State, value and points of an item."""

    def peek() -> Any:
        try:
            return raw(item, row, setting)
        except FaultError:
            return None

    try:
        for name in ("applies_when", "opted_out_when"):
            check_values(item.get(name, {}), row, setting.zone)
    except FaultError as fault:
        return Judged("invalid", None, None, fault)
    if "applies_when" in item and not holds(item["applies_when"], row, setting.zone):
        return Judged("not_applicable", peek(), None)
    if "opted_out_when" in item and holds(item["opted_out_when"], row, setting.zone):
        return Judged("opted_out", peek(), None)
    x = None
    try:
        days = age(row, item["observed_at"], setting) if "observed_at" in item else None
        x = raw(item, row, setting)
        if x is None:
            return Judged("missing", None, replacement(item, setting))
        if days is not None and days > item.get("expire_after_days", math.inf):
            return Judged("expired", x, replacement(item, setting))
        given = points(item, x, row, setting, free=free)
        if given is None:
            return Judged("missing", x, replacement(item, setting))
        stale = days is not None and days > item.get("warn_after_days", math.inf)
        return Judged("stale" if stale else "present", x, drifted(item, given, days, setting))
    except FaultError as fault:
        return Judged("invalid", x, None, fault)


class Part(NamedTuple):
    """An item or dimension of one account with its points and coverage."""

    id: str
    weight: Fraction
    points: Fraction | None
    coverage: Fraction | None
    parts: list[Part]
    judged: Judged | None = None
    aggregate: str = "mean"
    start: Fraction = Fraction(0)  # of a sum
    limit: Fraction = Fraction(0)  # what the limits of a sum changed
    rounding: Fraction = Fraction(0)  # what rounding changed

    @property
    def counted(self) -> list[Part]:
        """Its parts that have points and weight."""
        return [part for part in self.parts if part.points is not None and part.weight > 0]


def mean(parts: list[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """The weighted mean of those that have a number; None when no weight is left."""
    having = [(weight, number) for weight, number in parts if number is not None]
    total = sum(weight for weight, _ in having)
    return sum((weight * number for weight, number in having), Fraction(0)) / total if total else None


# --- Aggregates ------------------------------------------------------------------------------------------


def whole_root(number: int, degree: int) -> int | None:
    """The root of a whole number, if it is whole."""
    low, high = 0, 1 << (number.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**degree < number else (low, middle)
    return low if low**degree == number else None


def power(base: Fraction, exponent: Fraction) -> Decimal:
    """A power with a fraction as its exponent, to fifty digits."""
    context = Context(prec=50)
    number = context.divide(Decimal(base.numerator), Decimal(base.denominator))
    return context.power(number, context.divide(Decimal(exponent.numerator), Decimal(exponent.denominator)))


def geometric(parts: list[tuple[Fraction, Fraction]]) -> Fraction:
    """The geometric mean of weights and heights from 0 to 1: exact where it is a fraction."""
    if any(height == 0 for _, height in parts):
        return Fraction(0)
    total = sum((weight for weight, _ in parts), Fraction(0))
    shares = [(weight / total, height) for weight, height in parts]
    degree = math.lcm(*(share.denominator for share, _ in shares))
    product = math.prod((height ** int(share * degree) for share, height in shares), start=Fraction(1))
    above, below = whole_root(product.numerator, degree), whole_root(product.denominator, degree)
    if above is not None and below is not None:
        return Fraction(above, below)
    return Fraction(math.prod((power(height, share) for share, height in shares), start=Decimal(1)))


def sum_of(owner: Json, setting: Setting) -> tuple[Fraction, Fraction, Fraction]:
    """Start and limits of a sum."""
    fields: Json = {} if owner["aggregate"] == "sum" else owner["aggregate"]["sum"]
    start, least, most = fields.get("start", 0), fields.get("min", setting.worst), fields.get("max", setting.best)
    return Fraction(start), Fraction(least), Fraction(most)


def kind_of(owner: Json) -> str:
    """The kind of an aggregate."""
    given: str | Json = owner.get("aggregate", "mean")
    return given if isinstance(given, str) else "sum"


def rounded(number: Fraction, rounding: Json | None) -> Fraction:
    """A number after rounding: to the even neighbour at a tie, or with `half_up` away from zero."""
    if rounding is None:
        return number
    unit = 10 ** rounding.get("decimals", 0)
    if rounding.get("mode", "half_even") == "half_even":
        return Fraction(round(number * unit), unit)
    size = math.floor(abs(number) * unit + Fraction(1, 2))
    return Fraction(-size if number < 0 else size, unit)


def combine(name: str, owner: Json, parts: list[Part], setting: Setting, rounding: Json | None) -> Part:
    """Parts as one: the aggregate of their points, and the mean of their coverage."""
    kind = kind_of(owner)
    weight = Fraction(owner.get("weight", 1))
    coverage = mean([(part.weight, part.coverage) for part in parts])
    whole = Part(name, weight, None, coverage, parts, None, kind)
    having = [(part.weight, part.points) for part in whole.counted if part.points is not None]
    if not having:
        return whole
    start = limit = Fraction(0)
    match kind:
        case "mean":
            found = sum((w * p for w, p in having), Fraction(0)) / sum(w for w, _ in having)
        case "min":
            found = min(p for _, p in having)
        case "max":
            found = max(p for _, p in having)
        case "geometric":
            span = setting.best - setting.worst
            found = setting.worst + span * geometric([(w, (p - setting.worst) / span) for w, p in having])
        case _:
            start, least, most = sum_of(owner, setting)
            free = sum((w * p for w, p in having), start)
            found = min(max(free, least), most)
            limit = found - free
    result = found if rounding is None else min(max(rounded(found, rounding), setting.worst), setting.best)
    return whole._replace(points=result, start=start, limit=limit, rounding=result - found)


def measure(dimension: Json, row: Row, setting: Setting) -> Part:
    """A dimension of one account: its inner dimensions first, then its items."""
    parts = [measure(inner, row, setting) for inner in dimension.get("dimensions", [])]
    for item in dimension.get("items", []):
        judged = judge(item, row, setting, free=kind_of(dimension) == "sum")
        coverage = Fraction(judged.covered) if judged.counts else None
        parts.append(Part(item["id"], Fraction(item.get("weight", 1)), judged.points, coverage, [], judged))
    return combine(dimension.get("id", ""), dimension, parts, setting, dimension.get("rounding"))


# --- What adds up to the score ---------------------------------------------------------------------------


class Line(NamedTuple):
    """One line of an explanation: what it adds to the score."""

    line: str
    dimension: str | None
    part: Part
    share: Fraction
    contribution: Fraction


def shares(whole: Part) -> list[Fraction]:
    """The share of each part in the points of its owner, after redistribution."""
    counted = whole.counted
    if whole.aggregate in ("min", "max"):
        counted = [part for part in counted if part.points == extreme(whole)]
    total = Fraction(1) if whole.aggregate == "sum" else sum((part.weight for part in counted), Fraction(0))
    return [part.weight / total if any(part is one for one in counted) else Fraction(0) for part in whole.parts]


def extreme(whole: Part) -> Fraction:
    """The least or the greatest points."""
    every = [part.points for part in whole.counted if part.points is not None]
    return min(every) if whole.aggregate == "min" else max(every)


def lines(
    part: Part, worst: Fraction, share: Fraction, factor: Fraction, base: Fraction, dimension: str | None
) -> Iterator[Line]:
    """The lines whose contributions sum to `factor` times the points of a part above `base`."""
    if part.judged is not None:
        added = factor * (part.points - base) if part.points is not None else Fraction(0)
        yield Line("item", dimension, part, share, added)
        return
    name = part.id or None
    inside = shares(part)
    floor = Fraction(0) if part.aggregate == "sum" else worst
    for inner, inner_share in zip(part.parts, inside, strict=True):
        inner_factor = factor * inner_share
        if part.aggregate == "geometric" and inner_share and inner.points is not None and part.points is not None:
            height = part.points - part.rounding - worst
            inner_factor = inner_factor * height / (inner.points - worst) if height else Fraction(0)
        yield from lines(inner, worst, share * inner_share, inner_factor, floor, name)
    if part.points is None:
        return
    beginning = part.start if part.aggregate == "sum" else worst
    yield Line("baseline", None, part, share, factor * (beginning - base))
    yield Line("limit", name, part, share, factor * part.limit)
    yield Line("rounding", None, part, share, factor * part.rounding)
