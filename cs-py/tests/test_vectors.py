"""The conformance vectors of the core, through every kind of frame."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import functools
import json
import math
import pathlib
import struct
import zoneinfo
from typing import Any

import customer_success as cs
import pytest
from conftest import library

VECTORS = pathlib.Path(__file__).parents[2] / "cs-core" / "tests" / "vectors"
FLOATS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def cases() -> list[Any]:
    found = []
    for path in sorted(VECTORS.glob("health/*.json")):
        for case in json.loads(path.read_text("utf-8"))["cases"]:
            if "python" in case.get("only", ["python"]):
                found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    return found


def tzinfo(zone: str) -> datetime.tzinfo | None:
    if zone[0] in "+-":
        return datetime.datetime.fromisoformat(f"2026-01-01T00:00{zone}").tzinfo
    return zoneinfo.ZoneInfo(zone)


def value(column: dict[str, Any], cell: Any) -> Any:
    kind = column["type"]
    if cell is None:
        return None
    if kind in ("f64", "f32"):
        number = FLOATS[cell] if isinstance(cell, str) else float(cell)
        return number if kind == "f64" else struct.unpack("f", struct.pack("f", number))[0]
    if kind == "date":
        return datetime.date.fromisoformat(cell)
    if kind == "timestamp":
        moment = datetime.datetime.fromisoformat(cell.replace("Z", "+00:00"))
        return moment.astimezone(tzinfo(column.get("zone", "UTC")))
    if kind == "decimal":
        return decimal.Decimal(cell)
    return cell


def arrow_type(pa: Any, column: dict[str, Any]) -> Any:
    simple = {
        "f64": pa.float64(),
        "f32": pa.float32(),
        "i64": pa.int64(),
        "bool": pa.bool_(),
        "text": pa.string(),
        "date": pa.date32(),
        "null": pa.null(),
        "dictionary": pa.dictionary(pa.int32(), pa.string()),
    }
    if column["type"] == "timestamp":
        return pa.timestamp("us", tz=column.get("zone", "UTC"))
    if column["type"] == "decimal":
        return pa.decimal128(38, column.get("scale", 2))
    return simple[column["type"]]


def pyarrow_table(table: dict[str, Any]) -> Any:
    pa = library("pyarrow")
    arrays = {
        name: pa.array([value(column, v) for v in column["values"]], type=arrow_type(pa, column))
        for name, column in table.items()
    }
    return pa.table(arrays)


def chunked_table(table: dict[str, Any]) -> Any:
    pa = library("pyarrow")
    whole = pyarrow_table(table)
    cut = whole.num_rows // 2
    return pa.concat_tables([whole.slice(0, cut), whole.slice(cut)]) if cut else whole


def polars_frame(table: dict[str, Any]) -> Any:
    return library("polars").from_arrow(pyarrow_table(table))


def pandas_series(pd: Any, column: dict[str, Any]) -> Any:
    kind, cells = column["type"], column["values"]
    values = [value(column, cell) for cell in cells]
    if kind == "f64" or kind == "f32":
        return pd.Series(values, dtype="float64" if kind == "f64" else "float32")
    if kind == "i64":
        return pd.Series(values, dtype="Int64" if None in values else "int64")
    if kind == "bool":
        return pd.Series(values, dtype="boolean" if None in values else "bool")
    if kind == "dictionary":
        return pd.Series(pd.Categorical(values))
    if kind == "timestamp":
        return pd.to_datetime(pd.Series(values, dtype=object), utc=True).dt.tz_convert(
            tzinfo(column.get("zone", "UTC"))
        )
    if kind in ("null", "date", "decimal"):
        return pd.Series(values, dtype=object)
    return pd.Series(values)


def pandas_frame(table: dict[str, Any]) -> Any:
    pd = library("pandas")
    return pd.DataFrame({name: pandas_series(pd, column) for name, column in table.items()})


def lists(table: dict[str, Any]) -> Any:
    return {name: [value(c, v) for v in c["values"]] for name, c in table.items()}


def listed(frame: Any) -> dict[str, list[Any]]:
    """Any result as lists with None for null."""
    if hasattr(frame, "to_pydict"):
        return frame.to_pydict()
    if hasattr(frame, "get_columns"):
        return frame.to_dict(as_series=False)
    columns = {name: list(frame[name]) for name in (frame.columns if hasattr(frame, "columns") else frame)}
    return {name: [None if v is None or v != v else v for v in values] for name, values in columns.items()}


KINDS = {
    "lists": lists,
    "pandas": pandas_frame,
    "pyarrow": pyarrow_table,
    "chunked": chunked_table,
    "polars": polars_frame,
}


def load(case: dict[str, Any]) -> cs.Scorecard:
    if "preset" in case:
        return fitted(cs.Scorecard.preset(case["preset"]), case.get("fitted", {}))
    if "template" in case:
        return cs.Scorecard.template(case["template"])
    if "card" in case:
        return cs.Scorecard(case["card"])
    text = case["card_text"]
    return getattr(cs.Scorecard, f"from_{text['format']}")(text["text"])


def fitted(card: cs.Scorecard, knots: dict[str, Any]) -> cs.Scorecard:
    """The card with these knots in the quantile curves of its items."""
    if not knots:
        return card
    document = card.to_dict()
    for dimension in document["dimensions"]:
        for item in dimension["items"]:
            if item["id"] in knots:
                item["curve"]["quantile"]["fitted"] = knots[item["id"]]
    return cs.Scorecard(document)


def hashes(case: dict[str, Any]) -> dict[str, str]:
    """What `$hash` and `$other_hash` stand for."""
    found = {}
    with contextlib.suppress(cs.Error):
        found["$hash"] = load(case).hash
    if "other" in case:
        found["$other_hash"] = cs.Scorecard(case["other"]).hash
    return found


def filled(given: Any, words: dict[str, str]) -> Any:
    """The same with hashes put in."""
    if isinstance(given, str):
        return words.get(given, given)
    if isinstance(given, list):
        return [filled(part, words) for part in given]
    if isinstance(given, dict):
        return {name: filled(part, words) for name, part in given.items()}
    return given


def same_bits(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, str) and isinstance(found, float):
        wanted = FLOATS[wanted]
    if isinstance(wanted, int | float) and isinstance(found, int | float) and not isinstance(wanted, bool):
        return float(found).hex() == float(wanted).hex()
    if isinstance(wanted, str) and not isinstance(found, str | None):
        return str(found) == wanted  # accounts are written as texts
    return found == wanted


def compare(found: dict[str, list[Any]], wanted: dict[str, Any]) -> None:
    if "columns" in wanted and isinstance(wanted["columns"], list):
        assert list(found) == wanted["columns"]
    for name, cells in wanted.items():
        if name == "columns":
            continue
        assert len(found[name]) == len(cells), name
        for row, (a, b) in enumerate(zip(found[name], cells, strict=True)):
            assert same_bits(a, b), f"{name}[{row}]: {a!r} instead of {b!r}"


def beside(case: dict[str, Any], kind: str) -> dict[str, Any]:
    """What is given beside the data."""
    return {role: KINDS[kind](case[role]) for role in ("previous", "overrides") if role in case}


def run(case: dict[str, Any], kind: str, card: cs.Scorecard | None = None) -> Any:
    card = card or load(case)
    if "hash" in case["expect"]:
        return card.hash
    if "call" in case:
        return called(card, case, kind)
    frame = KINDS[kind](case.get("table", {}))
    method = card.explain if "explanation" in case["expect"] else card.score
    return listed(method(frame, **beside(case, kind), **case.get("options", {})))


def called(card: cs.Scorecard, case: dict[str, Any], kind: str) -> Any:
    """Any other operation, by the roles of its tables."""
    frames = {role: KINDS[kind](table) for role, table in case["tables"].items()}
    options = dict(case.get("options", {}))
    call = case["call"]
    if call == "fit":
        return card.fit(frames["data"], **options)
    if call == "flow":
        return flow(card, frames, options)
    names = {"before": "before", "after": "after"} if "after" in frames else {"data": "frame"}
    arguments = [frames.pop(role) for role in names]
    if call == "what_if":
        arguments.insert(0, cs.Scorecard(case["other"]) if "other" in case else None)
    elif "other" in case:
        options["other"] = cs.Scorecard(case["other"])
    return listed(getattr(card, call)(*arguments, **frames, **options))


def flow(card: cs.Scorecard, frames: dict[str, Any], options: dict[str, Any]) -> Any:
    table, periods = options.pop("table"), options.pop("periods", 0)
    projection = {name: options.pop(name) for name in ("interval", "entering", "start") if name in options}
    counted = card.tier_flow(frames["before"], frames["after"], **options)
    assert cs.tier_flow(frames["before"], frames["after"], tiers=card, **options) == counted
    return listed(counted.project(periods, **projection) if table == "project" else getattr(counted, table)())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", cases())
def test_vector(case: dict[str, Any], kind: str) -> None:
    case = filled(case, hashes(case))
    expect = case.get("expect", {})
    if "readings" in case:
        check_readings(case, kind)
    elif "issues" in expect:
        check_issues(case)
    elif "error" in expect:
        check_error(case, kind)
    elif "hash" in expect:
        assert run(case, kind) == expect["hash"]
    elif "card" in expect:
        assert run(case, kind).hash == cs.Scorecard(expect["card"]).hash
    else:
        wanted = next(expect[name] for name in ("scores", "explanation", "result") if name in expect)
        compare(run(case, kind), wanted)


def check_readings(case: dict[str, Any], kind: str) -> None:
    """Each reading takes the result of the one before as it is."""
    card, previous = load(case), None
    for reading in case["readings"]:
        frame = KINDS[kind](reading["table"])
        options = {"previous": previous, **beside(reading, kind), **reading.get("options", {})}
        if "error" in reading["expect"]:
            fails(reading["expect"]["error"], functools.partial(card.score, frame, **options))
            previous = None
        else:
            previous = card.score(frame, **options)
            compare(listed(previous), reading["expect"]["scores"])


def check_issues(case: dict[str, Any]) -> None:
    if "card" in case:
        found = cs.check(case["card"])
    elif "card_text" not in case:
        found = load(case).warnings
    else:
        text = case["card_text"]
        found = cs._core.check_text(text["text"], text["format"])
    wanted = case["expect"]["issues"]
    assert [{key: getattr(issue, key) for key in w} for issue, w in zip(found, wanted, strict=True)] == wanted


def check_error(case: dict[str, Any], kind: str) -> None:
    fails(case["expect"]["error"], functools.partial(run, case, kind))


def fails(wanted: dict[str, Any], call: Any) -> None:
    with pytest.raises(cs.Error) as caught:
        call()
    error = caught.value
    codes = [issue.code for issue in error.issues]
    found = {**error.context, "code": error.code, "kind": error.kind, "codes": codes}
    for key, expected in wanted.items():
        assert found.get(key) == expected, key


def rows_of(table: dict[str, Any]) -> list[dict[str, Any]]:
    columns = lists(table)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@pytest.mark.parametrize("case", cases())
def test_one_at_a_time(case: dict[str, Any]) -> None:
    """Every row alone, with what is known of it, gives what it gives in its table."""
    case = filled(case, hashes(case))
    options = case.get("options", {})
    if "scores" not in case.get("expect", {}) or {"select", "rows"} & set(options):
        pytest.skip("nothing to score one at a time")
    card = load(case)
    wanted = listed(card.score(lists(case["table"]), **beside(case, "lists"), **options))
    name = options.get("columns", {}).get(card.account, card.account)
    scorer = card.scorer(**options)
    known = {key: rows_of(case.get(role, {})) for key, role in (("previous", "previous"), ("override", "overrides"))}
    for row, account in enumerate(rows_of(case["table"])):
        own = {key: [one for one in rows if one[name] == account[name]] for key, rows in known.items()}
        if len(own["override"]) > 1:
            continue  # one of them has expired
        found = scorer(account, **{key: rows[0] for key, rows in own.items() if rows})
        assert list(found) == [column for column in wanted if column != name or name in account]
        for column, value in found.items():
            assert same_bits(value, wanted[column][row]), f"{column}[{row}]"


# The schema ----------------------------------------------------------------------------------------------

STRUCTURAL = ("unknown_field", "missing_field", "wrong_type")

# Wrong cards that the schema takes, and why.
LAXER = {
    "a mapping of a name that the card does not use": "the card is fine, the option is wrong",
    "a date of observation without a limit of age": "one field needs another",
    "a limit of age without a date of observation": "one field needs another",
    "decay without a date of observation": "one field needs another",
    "hysteresis without tiers": "one field needs another",
    "quantile fitted without a default": "a mapping of segments, of which one has a name that is fixed",
    "a list of constants of mixed types": "each constant alone is of a type that is fine",
    "an order of booleans": "a constant is of one type for every comparison",
}
# Cards that load and that the schema refuses, and why.
STRICTER = {
    "a field that is null is as if it were not there": "an editor should not suggest null",
}


@functools.cache
def validator() -> Any:
    return library("jsonschema").Draft202012Validator(cs.schema())


def codes_of(case: dict[str, Any]) -> list[str]:
    expect = case.get("expect", {})
    if "issues" in expect:
        return [issue["code"] for issue in expect["issues"] if issue["level"] == "error"]
    error = expect.get("error", {})
    return [*error.get("codes", []), *([error["code"]] if "code" in error else [])]


def loads(document: Any) -> bool:
    try:
        cs.Scorecard(document)
    except cs.Error:
        return False
    return True


def test_exceptions_are_vectors() -> None:
    assert {*LAXER, *STRICTER} <= {case.values[0]["name"] for case in cases()}


@pytest.mark.parametrize("case", [case for case in cases() if "card" in case.values[0]])
def test_schema(case: dict[str, Any]) -> None:
    """The schema takes what loads, and refuses what is built wrongly."""
    wrong = [error.message for error in validator().iter_errors(case["card"])]
    if case["name"] in LAXER:
        assert not wrong
    elif case["name"] in STRICTER:
        assert wrong
    elif loads(case["card"]):
        assert not wrong
    elif set(STRUCTURAL).intersection(codes_of(case)):
        assert wrong
