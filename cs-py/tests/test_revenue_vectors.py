"""The conformance vectors of revenue, money and the calendar, through every kind of frame."""

from __future__ import annotations

import datetime
import decimal
import json
import math
from typing import Any

import customer_success as cs
import pytest
from test_vectors import KINDS, VECTORS, listed

BOOKS = {
    "subscriptions": cs.Revenue.from_subscriptions,
    "invoices": cs.Revenue.from_invoices,
    "snapshots": cs.Revenue.from_snapshots,
    "movements": cs.Revenue.from_movements,
    "activity": cs.Revenue.from_activity,
    "contracts": cs.Revenue.from_contracts,
}
BESIDE = ("rates", "merges", "contracts", "probabilities")
READING = ("columns", "zone", "horizon", "as_of", "float_scale", "integers", "history_start")


def cases(*folders: str) -> list[Any]:
    found = []
    for folder in folders:
        for path in sorted((VECTORS / folder).glob("*.json")):
            for case in json.loads(path.read_text("utf-8"))["cases"]:
                if "python" in case.get("only", ["python"]):
                    found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    return found


def policy_of(case: dict[str, Any]) -> Any:
    if "preset" in case:
        return cs.RevenuePolicy.preset(case["preset"])
    if "policy_text" in case:
        text = case["policy_text"]
        return getattr(cs.RevenuePolicy, f"from_{text['format']}")(text["text"])
    return cs.RevenuePolicy(case["policy"]) if "policy" in case else None


def options_of(case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of reading, and those of the call."""
    options = dict(case.get("options", {}))
    reading = {name: options.pop(name) for name in READING if name in options}
    if "from" in options:
        options["from_"] = options.pop("from")
    return reading, options


def written(cell: Any) -> Any:
    """A cell as vectors write it."""
    if isinstance(cell, decimal.Decimal):
        return f"{cell:f}"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, datetime.date) else cell


def plain(frame: Any) -> dict[str, list[Any]]:
    """A result as lists; pandas has its own nulls for whole numbers."""
    if hasattr(frame, "iloc"):
        known = {name: frame[name].isna().tolist() for name in frame.columns}
        return {
            name: [None if null else cell for cell, null in zip(frame[name].tolist(), known[name], strict=True)]
            for name in frame.columns
        }
    return listed(frame)


def close(found: Any, wanted: Any, tolerance: float) -> bool:
    if isinstance(wanted, float | int) and isinstance(found, float | int) and tolerance:
        return math.isclose(found, wanted, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(wanted, float | int) and isinstance(found, float | int) and not isinstance(wanted, bool):
        return float(found).hex() == float(wanted).hex()
    return (str(found) if isinstance(wanted, str) else found) == wanted


def compare(frame: Any, expect: dict[str, Any]) -> None:
    found = {name: [written(cell) for cell in cells] for name, cells in plain(frame).items()}
    if "columns" in expect:
        assert list(found) == expect["columns"]
    tolerance = expect.get("tolerance", 0.0)
    for name, wanted in expect["result"].items():
        assert len(found[name]) == len(wanted), f"{name}: {found[name]} instead of {wanted}"
        pairs = zip(found[name], wanted, strict=True)
        assert all(close(a, b, tolerance) for a, b in pairs), f"{name}: {found[name]} instead of {wanted}"


def check_error(error: cs.Error, wanted: dict[str, Any]) -> None:
    issue = error.issues[0]
    found = {
        "code": error.code,
        "column": issue.column,
        "path": issue.path,
        "rows": list(issue.rows or []),
        "row_count": issue.row_count,
        "codes": [each.code for each in error.issues],
    }
    assert {name: found[name] for name in wanted if name in found} == {k: v for k, v in wanted.items() if k in found}


def call(case: dict[str, Any], make: Any) -> Any:
    tables = {role: make(table) for role, table in case.get("tables", {}).items()}
    reading, options = options_of(case)
    book = next((role for role in BOOKS if role in tables and role != "contracts"), "contracts")
    beside = {role: table for role, table in tables.items() if role in BESIDE and role != book}
    rev = BOOKS[book](tables.get(book, {}), policy=policy_of(case), **beside, **reading)
    if case["call"] == "accounts":
        return rev.accounts(options.pop("of"), options.pop("cell", None), **options)
    return getattr(rev, case["call"])(**options)


def parts(case: dict[str, Any], make: Any) -> list[cs.Partial]:
    made = []
    for tables in case["parts"]:
        frames = {role: make(table) for role, table in tables.items()}
        book = next(role for role in BOOKS if role in frames)
        reading, options = options_of(case)
        partial = cs.Partial(case["call"], book, policy=policy_of(case), **reading, **options)
        partial.update(frames.pop(book), **frames)
        made.append(partial)
    return made


def run(case: dict[str, Any], make: Any) -> None:
    expect = case["expect"]
    if "issues" in expect:
        found = cs.check_policy(case["policy"])
        wanted = [{"level": i["level"], "code": i["code"], "path": i.get("path")} for i in expect["issues"]]
        assert [{"level": i.level, "code": i.code, "path": i.path} for i in found] == wanted
    elif "hash" in expect:
        assert policy_of(case).hash == expect["hash"]
    elif "error" in expect:
        with pytest.raises(cs.Error) as raised:
            parts(case, make) if "parts" in case else call(case, make)
        check_error(raised.value, expect["error"])
    elif "parts" in case:
        for made in (parts(case, make), parts(case, make)[::-1]):
            whole = made[0]
            for other in made[1:]:
                whole = whole.merge(cs.Partial.from_json(other.to_json(), other._book))
            compare(whole.finish(), expect)
    else:
        compare(call(case, make), expect)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", cases("revenue"))
def test_revenue(case: dict[str, Any], kind: str) -> None:
    run(case, KINDS[kind])


@pytest.mark.parametrize("case", cases("money", "calendar"))
def test_scalars(case: dict[str, Any]) -> None:
    from customer_success import _core

    expect = case["expect"]
    if "error" in expect:
        with pytest.raises(cs.Error) as raised:
            _core.scalar(case["call"], case["options"])
        check_error(raised.value, expect["error"])
        return
    found, wanted = _core.scalar(case["call"], case["options"]), expect["value"]
    if isinstance(wanted, float):
        assert close(found, wanted, expect.get("tolerance", 0.0))
    else:
        assert found == wanted


def test_there_are_vectors() -> None:
    assert len(cases("revenue", "money", "calendar")) >= 120
