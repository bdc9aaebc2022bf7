"""Where raw values come from, and how curves make points of them."""

from __future__ import annotations

import datetime
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from rules.data import FaultError, Json, Row, day_of, shown


class Setting(NamedTuple):
    """What beside card and row a score depends on."""

    worst: Fraction
    best: Fraction
    as_of: datetime.date
    zone: str | None


def age(row: Row, column: str, setting: Setting) -> int | None:
    """Days from a date to `as_of`; a later date is a data error."""
    if row[column] is None:
        return None
    days = (setting.as_of - day_of(row[column], column, setting.zone)).days
    if days < 0:
        raise FaultError("date_after_as_of", column)
    return days


def finite(row: Row, column: str) -> Any:
    """The cell, which must not be infinite."""
    if isinstance(row[column], float):
        raise FaultError("infinite_value", column)
    return row[column]


def flag(row: Row, column: str) -> int | None:
    """A flag as 0 or 1."""
    value = finite(row, column)
    if value is not None and value not in (0, 1):
        raise FaultError("invalid_flag", column)
    return None if value is None else int(value)


def raw(item: Json, row: Row, setting: Setting) -> Any:
    """The raw value of an item; None when missing."""
    [(name, of)] = item.get("source", {"column": item["id"]}).items()
    match name:
        case "column":
            return flag(row, of) if "flag" in item["curve"] else finite(row, of)
        case "days_since":
            return age(row, of, setting)
        case "days_until":
            return None if row[of] is None else (day_of(row[of], of, setting.zone) - setting.as_of).days
        case "change":
            now, earlier = (finite(row, column) for column in of)
            return None if now is None or earlier is None else Fraction(now) - Fraction(earlier)
        case "count_true":
            known = [f for f in (flag(row, column) for column in of) if f is not None]
            return sum(known) if known else None
        case _:
            above, below = (finite(row, column) for column in of)
            if above is None or below is None or above == below == 0:
                return None
            if below == 0:
                raise FaultError("zero_denominator", of[1])
            return Fraction(above) / Fraction(below)


def line(knots: list[list[Any]], x: Any) -> Fraction:
    """Straight lines through the knots, constant beyond both ends."""
    if x <= knots[0][0]:
        return Fraction(knots[0][1])
    for (x0, y0), (x1, y1) in pairwise(knots):
        if x <= x1:
            return Fraction(y0) + Fraction(y1 - y0) * Fraction(x - x0) / Fraction(x1 - x0)
    return Fraction(knots[-1][1])


def halved(days: Fraction, half_life: Fraction) -> Fraction:
    """The number 2 to the power of −days / half_life."""
    halvings = days / half_life
    if halvings.denominator == 1:
        return Fraction(1, 2**halvings.numerator)
    context = Context(prec=50)
    power = context.divide(Decimal(-halvings.numerator), Decimal(halvings.denominator))
    return Fraction(context.power(Decimal(2), power))


def rank(curve: Json, row: Row, x: Any) -> Fraction:
    """The rank of a value among those of its segment, or of all where the segment is not listed."""
    segment = shown(row[curve["by"]]) if "by" in curve else None
    fitted = curve["fitted"]
    return line(fitted.get(segment, fitted["default"]) if segment else fitted["default"], x)


def goal_of_decay(toward: Any, setting: Setting) -> Fraction:
    """The points towards which an old reading drifts."""
    match toward:
        case "neutral":
            return (setting.worst + setting.best) / 2
        case "worst":
            return setting.worst
        case "best":
            return setting.best
        case fixed:
            return Fraction(fixed["points"])


def drifted(item: Json, given: Fraction, days: int | None, setting: Setting) -> Fraction:
    """Points after decay; as they are where there is none, or no date of observation."""
    decay = item["curve"].get("decay")
    if decay is None or days is None:
        return given
    goal = goal_of_decay(decay.get("toward", "neutral"), setting)
    return goal + (given - goal) * halved(Fraction(days), Fraction(decay["half_life_days"]))


def points(item: Json, x: Any, row: Row, setting: Setting, *, free: bool) -> Fraction | None:
    """The points of a value, before decay; None where the curve excludes it. Points of a sum are free of the scale."""
    worst, best = setting.worst, setting.best
    column = next(iter(item.get("source", {"column": item["id"]}).values()))
    [(kind, curve)] = ((kind, curve) for kind, curve in item["curve"].items() if kind != "decay")
    match kind:
        case "manual":
            low, high = (-(10**12), 10**12) if free else (worst, best)
            if not low <= x <= high:
                raise FaultError("value_outside_scale", column)
            return Fraction(x)
        case "saturate":
            half, amount = Fraction(curve["half"]), max(Fraction(x), Fraction(0))
            return worst + (best - worst) * amount / (amount + half)
        case "quantile":
            share = rank(curve, row, x)
            return best - (best - worst) * share if curve.get("better") == "lower" else worst + (best - worst) * share
        case "bands":
            reached = [band for band in curve if band["from"] <= x]
            return Fraction((reached or curve)[-1 if reached else 0]["points"])
        case "points":
            return line(curve, x)
        case "linear":
            outside = curve.get("outside", "clamp")
            if outside == "clamp" or curve["from"][0] <= x <= curve["to"][0]:
                return line([curve["from"], curve["to"]], x)
            return worst if outside == "zero" else None
        case "range":
            if x <= curve["zero_below"] or x >= curve["zero_above"]:
                return worst
            if x < curve["full_from"]:
                return line([[curve["zero_below"], worst], [curve["full_from"], best]], x)
            if x <= curve["full_to"]:
                return best
            return line([[curve["full_to"], best], [curve["zero_above"], worst]], x)
        case "recency" if "points" in curve:
            return line(curve["points"], x)
        case "recency":
            days = Fraction(max(x, 0))
            return worst + (best - worst) * halved(days, Fraction(curve["half_life_days"]))
        case "flag":
            return Fraction(curve.get("set", best) if x else curve.get("unset", worst))
        case "map":
            word = shown(x) or ""
            if word in curve and word != "default":
                return Fraction(curve[word])
            if "default" in curve:
                return Fraction(curve["default"])
            raise FaultError("unknown_category", column)
        case _:
            raise ValueError(f"unknown curve {kind}")
