"""The cells of a vector's tables, and conditions over them."""

from __future__ import annotations

import datetime
import re
import struct
import zoneinfo
from fractions import Fraction
from typing import Any, NamedTuple

Json = dict[str, Any]
Row = dict[str, Any]


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


def rows_of(table: Json) -> list[Row]:
    """The rows of a vector's table."""
    count = len(next(iter(table.values()))["values"]) if table else 0
    return [{name: cell(column, column["values"][at]) for name, column in table.items()} for at in range(count)]
