"""A second, independent way behind every formula of the health vectors.

It follows the rules as they are written down, row by row and with exact fractions, and shares nothing with
the library: no blocks, no compiled curves, no floats until the comparison. `python reference.py` runs every
case that expects `scores`, an `explanation` or a `hash`, and every error that lies in the data; it exits with
1 and a list when one disagrees. It needs nothing but the standard library.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import re
import struct
import sys
import tomllib
import zoneinfo
from collections.abc import Iterator
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
Row = dict[str, Any]

TOLERANCE = Fraction(1, 10**12)
DATA_CODES = frozenset(
    [
        "infinite_value",
        "zero_denominator",
        "date_after_as_of",
        "unknown_category",
        "invalid_flag",
        "invalid_date",
        "value_outside_scale",
        "duplicate_account",
        "null_account",
    ]
)


class FaultError(Exception):
    """A value in error: its code and column."""

    def __init__(self, code: str, column: str) -> None:
        super().__init__(code)
        self.code = code
        self.column = column


class Bad(NamedTuple):
    """A fault, where it was found."""

    row: int
    order: int
    code: str
    column: str
    item: str


class RaisedError(Exception):
    """Scoring was refused: all faults, in the order in which they are reported."""

    def __init__(self, faults: list[Bad]) -> None:
        super().__init__()
        self.faults = faults


# --- Data ------------------------------------------------------------------------------------------------


class Moment(NamedTuple):
    """A moment in UTC and the zone of its column."""

    utc: datetime.datetime
    zone: str


class Whole(int):
    """A number of an integer column, which a map may read as a category."""


def zone_of(name: str) -> datetime.tzinfo:
    """The zone of a name or of an offset such as `+09:00`."""
    offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)?", name)
    if offset is None:
        return datetime.UTC if name in ("UTC", "Z") else zoneinfo.ZoneInfo(name)
    minutes = int(offset[2]) * 60 + int(offset[3] or 0)
    return datetime.timezone(datetime.timedelta(minutes=-minutes if offset[1] == "-" else minutes))


def cell(column: Json, value: Any) -> Any:
    """A cell of a vector's table: None when missing, an infinite float, or an exact value."""
    if value is None or value == "nan" or column["type"] == "null":
        return None
    match column["type"]:
        case "f64" | "f32" if value in ("inf", "-inf"):
            return float(value)
        case "f32":
            return Fraction(struct.unpack("f", struct.pack("f", float(value)))[0])
        case "f64" | "decimal":
            return Fraction(value)
        case "i64":
            return Whole(value)
        case "date":
            return datetime.date.fromisoformat(value)
        case "timestamp":
            return Moment(datetime.datetime.fromisoformat(value), column.get("zone", "UTC"))
        case _:
            return value


def day_of(value: Any, column: str, zone: str | None) -> datetime.date:
    """The calendar day of a cell: a timestamp's in the option's zone, or else in its column's own."""
    if isinstance(value, Moment):
        return value.utc.astimezone(zone_of(zone or value.zone)).date()
    if isinstance(value, datetime.date):
        return value
    wall_clock = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d*)?)?)?"
    try:
        if re.fullmatch(wall_clock, value, re.ASCII):
            return datetime.date.fromisoformat(value[:10])
    except ValueError:
        pass
    raise FaultError("invalid_date", column)


def shown(value: Any) -> str | None:
    """A value as explanations write it."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return str(value)
        case Fraction():
            return str(value.numerator) if value.denominator == 1 else repr(float(value))
        case Moment():
            return value.utc.astimezone(zone_of(value.zone)).date().isoformat()
        case _:
            return str(value)


# --- Conditions ------------------------------------------------------------------------------------------


def holds(condition: Json, row: Row, zone: str | None) -> bool:
    """Whether a condition holds; what is missing satisfies no comparison, only `is_null`."""
    if "all" in condition:
        return all(holds(part, row, zone) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, row, zone) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], row, zone)
    value = row[condition["column"]]
    [(name, constant)] = ((name, c) for name, c in condition.items() if name != "column")
    if name == "is_null":
        return (value is None) is constant
    if value is None:
        return False
    if isinstance(value, Moment | datetime.date):
        value = day_of(value, condition["column"], zone).isoformat()

    match name:
        case "eq":
            return value == constant
        case "ne":
            return value != constant
        case "in":
            return value in constant
        case "lt":
            return value < constant
        case "le":
            return value <= constant
        case "gt":
            return value > constant
        case "ge":
            return value >= constant
        case _:
            return constant[0] <= value <= constant[1]


def check_values(condition: Json, row: Row, zone: str | None) -> None:
    """Raises for infinities, and for texts in an order of dates that are no dates, wherever they stand."""
    for group in ("all", "any"):
        for part in condition.get(group, []):
            check_values(part, row, zone)
    if "not" in condition:
        check_values(condition["not"], row, zone)
    if "column" in condition and "is_null" not in condition and isinstance(row[condition["column"]], float):
        raise FaultError("infinite_value", condition["column"])
    constants = [condition[name] for name in ("lt", "le", "gt", "ge") if name in condition]
    constants += condition.get("between", [])
    if any(isinstance(constant, str) for constant in constants):
        value = row[condition["column"]]
        if value is not None:
            day_of(value, condition["column"], zone)


# --- Sources and curves ----------------------------------------------------------------------------------


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


def points(item: Json, x: Any, setting: Setting) -> Fraction | None:
    """The points of a value; None where the curve excludes it."""
    worst, best = setting.worst, setting.best
    column = next(iter(item.get("source", {"column": item["id"]}).values()))
    [(kind, curve)] = item["curve"].items()
    match kind:
        case "manual":
            if not worst <= x <= best:
                raise FaultError("value_outside_scale", column)
            return Fraction(x)
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


# --- Items and dimensions --------------------------------------------------------------------------------


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


def judge(item: Json, row: Row, setting: Setting) -> Judged:
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
        given = points(item, x, setting)
        if given is None:
            return Judged("missing", x, replacement(item, setting))
        stale = days is not None and days > item.get("warn_after_days", math.inf)
        return Judged("stale" if stale else "present", x, given)
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


def mean(parts: list[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """The weighted mean of those that have a number; None when no weight is left."""
    having = [(weight, number) for weight, number in parts if number is not None]
    total = sum(weight for weight, _ in having)
    return sum((weight * number for weight, number in having), Fraction(0)) / total if total else None


def measure(dimension: Json, row: Row, setting: Setting) -> Part:
    """A dimension of one account: its inner dimensions first, then its items."""
    parts = [measure(inner, row, setting) for inner in dimension.get("dimensions", [])]
    for item in dimension.get("items", []):
        judged = judge(item, row, setting)
        coverage = Fraction(judged.covered) if judged.counts else None
        parts.append(Part(item["id"], Fraction(item.get("weight", 1)), judged.points, coverage, [], judged))
    return combine(dimension.get("id", ""), Fraction(dimension.get("weight", 1)), parts)


def combine(name: str, weight: Fraction, parts: list[Part]) -> Part:
    """Parts as one: the mean of their points, and of their coverage."""
    score = mean([(part.weight, part.points) for part in parts])
    coverage = mean([(part.weight, part.coverage) for part in parts])
    return Part(name, weight, score, coverage, parts)


def leaves(part: Part, share: Fraction, dimension: str = "") -> Iterator[tuple[str, Part, Fraction]]:
    """Every item with its dimension and its share of the score after redistribution."""
    if part.judged is not None:
        yield dimension, part, share
        return
    total = sum(inner.weight for inner in part.parts if inner.points is not None)
    for inner in part.parts:
        has = inner.points is not None and total > 0
        yield from leaves(inner, share * inner.weight / total if has else Fraction(0), part.id)


# --- Whole cases -----------------------------------------------------------------------------------------


def items_of(dimensions: list[Json]) -> Iterator[Json]:
    """All items in the order of the card."""
    for dimension in dimensions:
        yield from items_of(dimension.get("dimensions", []))
        yield from dimension.get("items", [])


def account_faults(card: Json, rows: list[Row]) -> None:
    """Raises when an account is missing or stands in two rows."""
    if (account := card.get("account")) is None:
        return
    seen: set[Any] = set()
    for code in ("null_account", "duplicate_account"):
        found = []
        for number, row in enumerate(rows):
            name = row[account]
            if name is None if code == "null_account" else name in seen:
                found.append(Bad(number, 0, code, account, ""))
            if code == "duplicate_account":
                seen.add(name)
        if found:
            raise RaisedError(found)


class Run:
    """A case: its card, rows and options."""

    def __init__(self, card: Json, case: Json) -> None:
        """Reads the rows under the names of the card."""
        self.card = card
        self.options: Json = case.get("options", {})
        self.mapping: dict[str, str] = self.options.get("columns", {})
        table: Json = case.get("table", {})
        count = len(next(iter(table.values()))["values"]) if table else 0
        given = [{name: cell(c, c["values"][i]) for name, c in table.items()} for i in range(count)]
        self.rows = [{**row, **{ours: row[theirs] for ours, theirs in self.mapping.items()}} for row in given]
        worst, best = card.get("scale", [0, 100])
        as_of = datetime.date.fromisoformat(self.options.get("as_of", "1970-01-01"))
        self.setting = Setting(Fraction(worst), Fraction(best), as_of, self.options.get("zone"))
        account_faults(card, self.rows)
        self.measured = [self.whole(row) for row in self.rows]
        self.faults = [list(self.row_faults(number)) for number in range(count)]
        if any(self.faults) and self.options.get("on_error", "raise") == "raise":
            found = [bad for faults in self.faults for bad in faults]
            raise RaisedError(sorted(found, key=lambda bad: bad.order))

    def whole(self, row: Row) -> Part:
        """The card as one part."""
        return combine("", Fraction(1), [measure(d, row, self.setting) for d in self.card["dimensions"]])

    def row_faults(self, number: int) -> Iterator[Bad]:
        """What is wrong in a row, in the order of the items."""
        for order, (_, part, _) in enumerate(leaves(self.measured[number], Fraction(1))):
            if part.judged is not None and (fault := part.judged.fault) is not None:
                yield Bad(number, order, fault.code, fault.column, part.id)

    def score(self, number: int) -> Fraction | None:
        """The score of a row, if its coverage suffices and nothing is in error."""
        part = self.measured[number]
        enough = part.coverage is not None and part.coverage >= self.card.get("min_coverage", Fraction(1, 2))
        return part.points if enough and not self.faults[number] else None

    def tier(self, score: Fraction | None) -> str | None:
        """The last tier that the score reaches."""
        reached = [t["id"] for t in self.card.get("tiers", []) if score is not None and score >= t["from"]]
        return reached[-1] if reached else None

    def scores(self) -> dict[str, list[Any]]:
        """The table of scores."""
        account: str | None = self.card.get("account")
        out: dict[str, list[Any]] = {}
        if account is not None:
            out[self.mapping.get(account, account)] = [shown(row[account]) for row in self.rows]
        numbers = range(len(self.rows))
        score = [self.score(number) for number in numbers]
        failed = [bool(faults) for faults in self.faults]
        out["score"] = score
        if self.card.get("tiers"):
            out["tier"] = [self.tier(s) for s in score]
        had = ["insufficient_data" if s is None else "scored" for s in score]
        out["status"] = ["invalid" if failed[n] else had[n] for n in numbers]
        out["coverage"] = [None if failed[n] else self.measured[n].coverage for n in numbers]
        for at, dimension in enumerate(self.card["dimensions"]):
            tops = [None if failed[n] else self.measured[n].parts[at].points for n in numbers]
            out[dimension["id"]] = tops
        if self.options.get("on_error") == "null":
            out["error_code"] = [faults[0].code if faults else None for faults in self.faults]
            out["error_item"] = [faults[0].item if faults else None for faults in self.faults]
        select: list[str] | None = self.options.get("select")
        if select is None:
            return out
        names = [self.mapping.get(name, name) for name in select]
        return {name: out[name] for name in names}

    def explanation(self) -> dict[str, list[Any]]:
        """The table of explanations: one line per account and item."""
        account: str | None = self.card.get("account")
        own = [] if account is None else [self.mapping.get(account, account)]
        rest = ["dimension", "item", "line", "value", "state"]
        rest += ["points", "weight", "effective_weight", "contribution"]
        out: dict[str, list[Any]] = {name: [] for name in own + rest}
        items = {item["id"]: item for item in items_of(self.card["dimensions"])}
        for number, row in enumerate(self.rows):
            scored = self.score(number) is not None
            for dimension, part, share in leaves(self.measured[number], Fraction(1)):
                if part.judged is None:
                    continue
                source = items[part.id].get("source", {"column": part.id})
                value = row[source["column"]] if "column" in source else part.judged.value
                contribution = share * part.points if part.points is not None else Fraction(0)
                cells = [
                    dimension,
                    part.id,
                    "item",
                    shown(value),
                    part.judged.state,
                    part.points,
                    part.weight,
                    share if scored else None,
                    contribution if scored else None,
                ]
                cells = [shown(row[str(account)]) for _ in own] + cells
                for column, found in zip(out.values(), cells, strict=True):
                    column.append(found)
        select: list[str] | None = self.options.get("select")
        if select is None:
            return out
        return {name: out[name] for name in (self.mapping.get(name, name) for name in select)}


# --- Documents -------------------------------------------------------------------------------------------


def exact_json(text: str) -> Any:
    """JSON whose numbers are what is written, not the nearest floats."""
    return json.loads(text, parse_float=Fraction)


FLOW = re.compile(
    r"""
    \s*(?:\#[^\n]*)?                                      # a comment
    ( "(?:[^"\\]|\\.)*" | '[^']*' | [\[\]{},] | :(?=\s)   # quoted text, a mark
    | [^\s\[\]{},:](?:[^\[\]{},:\n\#]|:(?!\s))* )        # plain text
    """,
    re.VERBOSE,
)


def plain(word: str) -> Any:
    """A YAML 1.2 scalar: only `true` and `false` are booleans."""
    if word[0] in "\"'":
        return json.loads(word) if word[0] == '"' else word[1:-1]
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    if re.fullmatch(r"-?\d+\.\d+", word):
        return Fraction(word)
    return {"true": True, "false": False, "null": None, "~": None}.get(word, word)


def flow(tokens: list[str]) -> Any:
    """Reads one node of YAML's flow style, taking its tokens off the front."""
    token = tokens.pop(0)
    if token == "[":
        out: list[Any] = []
        while tokens[0] != "]":
            out.append(flow(tokens))
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return out
    if token == "{":
        fields: Json = {}
        while tokens[0] != "}":
            key = tokens.pop(0).strip()
            tokens.pop(0)  # the colon
            fields[key.strip("\"'")] = flow(tokens)
            if tokens[0] == ",":
                tokens.pop(0)
        tokens.pop(0)
        return fields
    return plain(token.strip())


def simple_yaml(text: str) -> Json | None:
    """YAML whose top is in block style and all else in flow style; None when it is not of that kind."""
    fields = {}
    for entry in re.split(r"\n(?=\S)", text.strip()):
        key, _, rest = entry.partition(":")
        if not rest.strip() or rest.lstrip()[0] in "-&*|>" or re.match(r"\n\s+\S+:\s", rest):
            return None
        fields[key] = flow(FLOW.findall(rest))
    return fields


def texts_of_dates(value: Any) -> Any:
    """The same tree with dates as texts."""
    match value:
        case dict():
            return {name: texts_of_dates(inner) for name, inner in value.items()}
        case list():
            return [texts_of_dates(inner) for inner in value]
        case datetime.date():
            return value.isoformat()
        case _:
            return value


def card_of(case: Json) -> Json | None:
    """The card of a case; None when this program cannot read its text."""
    if "card" in case:
        return case["card"]
    text = case["card_text"]["text"]
    match case["card_text"]["format"]:
        case "json":
            return exact_json(text)
        case "toml":
            return texts_of_dates(tomllib.loads(text, parse_float=Fraction))
        case _:
            return simple_yaml(text)


def filled(item: Json, scale: list[Any]) -> Json:
    """An item with its defaults."""
    [(kind, curve)] = item["curve"].items()
    if kind == "linear":
        curve = {"outside": "clamp", **curve}
    if kind == "flag":
        curve = {"set": scale[1], "unset": scale[0], **curve}
    defaults = {"labels": {}, "source": {"column": item["id"]}, "weight": 1, "missing": "exclude"}
    return {**defaults, **item, "curve": {kind: curve}}


def complete(card: Json) -> Json:
    """The card with all defaults; a field that is null is as if it were not there."""
    card = {name: value for name, value in card.items() if value is not None}
    scale = card.get("scale", [0, 100])

    def dimension(given: Json) -> Json:
        out: Json = {"labels": {}, "weight": 1, "aggregate": "mean", **given}
        out["dimensions"] = [dimension(inner) for inner in given.get("dimensions", [])]
        out["items"] = [filled(item, scale) for item in given.get("items", [])]
        return out

    out: Json = {"labels": {}, "scale": scale, "min_coverage": Fraction(1, 2), **card}
    out["dimensions"] = [dimension(given) for given in card["dimensions"]]
    out["tiers"] = [{"labels": {}, **tier} for tier in card.get("tiers", [])]
    return out


def canonical(value: Any) -> str:
    """Canonical JSON (RFC 8785), for the numbers and names that vectors use."""
    match value:
        case dict():
            fields = sorted(value.items(), key=lambda field: field[0].encode("utf-16-be"))
            return "{" + ",".join(f"{canonical(k)}:{canonical(v)}" for k, v in fields) + "}"
        case list():
            return "[" + ",".join(map(canonical, value)) + "]"
        case Fraction():
            return shown(value) or ""
        case _:
            return json.dumps(value, ensure_ascii=False)


def hash_of(card: Json) -> str:
    """The content hash: SHA-256 of the canonical JSON with defaults filled."""
    return hashlib.sha256(canonical(complete(card)).encode()).hexdigest()


# --- Comparing -------------------------------------------------------------------------------------------


def differs(found: Any, wanted: Any, span: Fraction) -> bool:
    """Whether a cell is not what is expected: numbers to 1e-12 of the scale, all else exactly."""
    if isinstance(found, Fraction) and isinstance(wanted, int | Fraction):
        return abs(found - Fraction(wanted)) > TOLERANCE * span
    return found != wanted


def table_mismatches(found: dict[str, list[Any]], wanted: Json, span: Fraction) -> Iterator[str]:
    """What differs between a result and what is expected of it."""
    for name, cells in wanted.items():
        if name not in found:
            yield f"there is no column {name}"
        elif len(found[name]) != len(cells):
            yield f"{name} has {len(found[name])} rows instead of {len(cells)}"
        else:
            for row, (a, b) in enumerate(zip(found[name], cells, strict=True)):
                if differs(a, b, span):
                    yield f"{name}[{row}] is {shown(a)} by the rules, {shown(b)} in the vector"


def error_mismatches(wanted: Json, raised: RaisedError | None, run_columns: dict[str, str]) -> Iterator[str]:
    """What differs between an error in the data and what is expected of it."""
    if raised is None:
        yield f"by the rules there is no {wanted['code']}"
        return
    first = raised.faults[0]
    same = [f.row for f in raised.faults if f[1:] == first[1:]]
    kinds = dict.fromkeys((f.order, f.code, f.column) for f in raised.faults)
    found = {
        "code": first.code,
        "item": first.item or None,
        "column": run_columns.get(first.column, first.column),
        "rows": same[:5],
        "row_count": len(same),
        "codes": [code for _, code, _ in kinds],
    }
    for key, expected in wanted.items():
        if key in found and found[key] != expected:
            yield f"error {key} is {found[key]} by the rules, {expected} in the vector"


def outcome(card: Json, case: Json) -> tuple[Run | None, RaisedError | None]:
    """A run of the case, or why it is refused."""
    try:
        return Run(card, case), None
    except RaisedError as raised:
        return None, raised


def case_mismatches(case: Json, hashes: set[str]) -> list[str]:
    """What is wrong with one case; empty when it agrees or lies outside the rules of computing."""
    expect = case["expect"]
    error = expect.get("error", {})
    about_data = error.get("code") in DATA_CODES and "path" not in error
    if not about_data and not expect.keys() & {"scores", "explanation", "hash"}:
        return []
    card = card_of(case)
    if "hash" in expect:
        if card is None:
            return [] if expect["hash"] in hashes else ["no card that can be read has this hash"]
        hashes.add(hash_of(card))
        return [] if hash_of(card) == expect["hash"] else [f"the hash is {hash_of(card)} by the rules"]
    if card is None:
        return ["the card cannot be read"]
    run, raised = outcome(card, case)
    if about_data:
        return list(error_mismatches(error, raised, case.get("options", {}).get("columns", {})))
    if run is None:
        return [f"by the rules this is the error {bad.code}" for bad in raised.faults] if raised else []
    span = max(run.setting.best - run.setting.worst, Fraction(1))
    found = run.scores() if "scores" in expect else run.explanation()
    wrong = list(table_mismatches(found, expect.get("scores", expect.get("explanation")), span))
    if "columns" in expect and list(found) != expect["columns"]:
        wrong.append(f"the columns are {list(found)} by the rules, {expect['columns']} in the vector")
    return wrong


def check_all(folder: str | Path) -> list[str]:
    """Every mismatch between the rules and the vectors of a folder, one sentence each."""
    out = []
    hashes: set[str] = set()
    files = sorted(Path(folder).glob("*.json"))
    if not files:
        return [f"there are no vectors in {folder}"]
    for path in files:
        for case in exact_json(path.read_text("utf-8"))["cases"]:
            out += [f"{path.name}: {case['name']}: {what}" for what in case_mismatches(case, hashes)]
    return out


def main() -> int:
    """Checks the vectors beside this file."""
    folder = Path(__file__).parent / "health"
    cases = [case for path in folder.glob("*.json") for case in exact_json(path.read_text("utf-8"))["cases"]]
    computed = sum(bool(case["expect"].keys() & {"scores", "explanation", "hash"}) for case in cases)
    wrong = check_all(folder)
    summary = f"{len(cases)} cases, {computed} of them computed here, {len(wrong)} mismatches"
    print("\n".join([*wrong, summary]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
