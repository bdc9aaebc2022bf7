"""Vectors against the rules."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from rules.data import Json, RaisedError, shown
from rules.documents import card_of, exact_json, hash_of
from rules.run import Run

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
        "quantile_not_fitted",
        "override_without_note",
        "override_expired",
        "invalid_override",
        "state_of_other_card",
        "state_after_as_of",
        "invalid_state",
    ]
)
TABLES = ("scores", "explanation")


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


def readings_of(case: Json) -> list[Json]:
    """The readings of a case: most have one, which is the case itself."""
    shared = {name: value for name, value in case.items() if name != "readings"}
    return [{**shared, **reading} for reading in case["readings"]] if "readings" in case else [case]


def computable(expect: Json) -> bool:
    """Whether the rules of computing say what is expected here."""
    error = expect.get("error", {})
    return (error.get("code") in DATA_CODES and "path" not in error) or bool(expect.keys() & {*TABLES, "hash"})


def carried(run: Run) -> Json:
    """The state columns of a reading, as the `previous` of the next."""
    found = {**run.account_column(), **run.included("state")}
    numbers = ("state_streak", "state_score")
    return {name: {"type": "f64" if name in numbers else "text", "values": values} for name, values in found.items()}


def hash_mismatches(card: Json | None, wanted: str, hashes: set[str]) -> list[str]:
    """What is wrong with the hash of a card."""
    if card is None:
        return [] if wanted in hashes else ["no card that can be read has this hash"]
    hashes.add(hash_of(card))
    return [] if hash_of(card) == wanted else [f"the hash is {hash_of(card)} by the rules"]


def reading_mismatches(run: Run, expect: Json) -> list[str]:
    """What differs between the tables of a run and what is expected of them."""
    span = max(run.setting.best - run.setting.worst, Fraction(1))
    found = run.scores() if "scores" in expect else run.explanation()
    table: Json = expect["scores" if "scores" in expect else "explanation"]
    wanted = {
        name: [run.hash if name == "state_card" and value == "$hash" else value for value in values]
        for name, values in table.items()
    }
    wrong = list(table_mismatches(found, wanted, span))
    if "columns" in expect and list(found) != expect["columns"]:
        wrong.append(f"the columns are {list(found)} by the rules, {expect['columns']} in the vector")
    return wrong


def case_mismatches(case: Json, hashes: set[str]) -> list[str]:
    """What is wrong with one case; empty when it agrees or lies outside the rules of computing."""
    if "call" in case:
        return []
    readings = readings_of(case)
    if not all(computable(reading["expect"]) for reading in readings):
        return []
    card = card_of(case)
    if "hash" in readings[0]["expect"]:
        return hash_mismatches(card, readings[0]["expect"]["hash"], hashes)
    if card is None:
        return ["the card cannot be read"]
    wrong: list[str] = []
    previous: Json = {}
    for reading in readings:
        run, raised = outcome(card, {**previous, **reading})
        if "error" in reading["expect"]:
            columns = reading.get("options", {}).get("columns", {})
            wrong += error_mismatches(reading["expect"]["error"], raised, columns)
        elif run is None:
            wrong += [f"by the rules this is the error {bad.code}" for bad in raised.faults] if raised else []
        else:
            wrong += reading_mismatches(run, reading["expect"])
        previous = {"previous": carried(run)} if run is not None and "readings" in case else {}
    return wrong


def all_cases(folder: Path) -> Iterator[tuple[str, Json]]:
    """Every case with the name of its file."""
    for path in sorted(folder.glob("*.json")):
        for case in exact_json(path.read_text("utf-8"))["cases"]:
            yield path.name, case


def check_folder(folder: Path) -> int:
    """Checks the vectors of a folder, and prints what disagrees; the number is the exit code."""
    hashes: set[str] = set()
    cases = list(all_cases(folder))
    wrong = [f"{name}: {case['name']}: {what}" for name, case in cases for what in case_mismatches(case, hashes)]
    computed = sum(all(computable(reading["expect"]) for reading in readings_of(case)) for _, case in cases)
    print("\n".join([*wrong, f"{len(cases)} cases, {computed} of them computed here, {len(wrong)} mismatches"]))
    return 1 if wrong or not cases else 0
