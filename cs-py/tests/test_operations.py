"""All that a card does, on every kind of frame; the guides work the numbers out by hand."""

from __future__ import annotations

import array
import copy
import datetime
import json
import pickle
import threading
from collections.abc import Callable
from typing import Any

import customer_success as cs
import pytest
from conftest import library

DOCUMENT: dict[str, Any] = {
    "schema_version": 1,
    "scorecard": "field_service",
    "account": "account",
    "dimensions": [
        {
            "id": "usage",
            "weight": 60,
            "items": [
                {"id": "logins", "curve": {"points": [[0, 0], [20, 100]]}},
                {
                    "id": "seats_in_use",
                    "source": {"ratio": ["active", "bought"]},
                    "curve": {"points": [[0, 0], [0.8, 100]]},
                },
            ],
        },
        {
            "id": "support",
            "weight": 40,
            "items": [{"id": "tickets", "curve": {"linear": {"from": [0, 100], "to": [16, 0]}}}],
        },
    ],
    "tiers": [{"id": "at_risk", "from": 0}, {"id": "watch", "from": 40}, {"id": "healthy", "from": 60}],
    "adjustments": [
        {
            "id": "unpaid",
            "when": {"column": "overdue_days", "gt": 60},
            "cap": 39,
            "reason": {"en": "Invoice overdue"},
        }
    ],
}
NAMES = ["Acme", "Birch", "Cedar", "Dune", "Edda", "Fjord", "Gale"]
BEFORE: dict[str, list[Any]] = {
    "account": NAMES[:6],
    "logins": [15, 20, 16, 15, 10, 2],
    "active": [4, 4, 8, 4, 4, 2],
    "bought": [10, 10, 10, 10, 10, 10],
    "tickets": [8, 0, 4, 8, 8, 12],
    "overdue_days": [0, 0, 0, 0, 0, 0],
}
AFTER: dict[str, list[Any]] = {
    "account": [*NAMES[:5], "Gale"],
    "logins": [5, 20, 16, None, 10, 10],
    "active": [4, None, 8, None, 4, 8],
    "bought": [10, 10, 10, 10, 10, 10],
    "tickets": [4, 0, 4, 8, 8, 2],
    "overdue_days": [0, 0, 75, 0, 0, 0],
}
COMPARED = {
    "account": ["Acme", "Acme", "Birch", "Cedar", "Dune"],
    "cause": ["item_value", "item_value", "item_state", "adjustment", "status"],
    "item": ["logins", "tickets", "seats_in_use", "unpaid", None],
    "contribution": [-15.0, 10.0, 15.0, -45.0, None],
}
CHANGED = {
    "account": ["Acme", "Birch", "Cedar", "Dune", "Gale", "Fjord"],
    "change": ["score", "score", "tier", "status", "entered", "left"],
    "score_before": [57.5, 85.0, 84.0, 57.5, None, 20.5],
    "score_after": [52.5, 100.0, 39.0, None, 80.0, None],
    "tier_after": ["watch", "healthy", "at_risk", None, "healthy", None],
}
HELD: dict[str, Any] = {
    "schema_version": 1,
    "scorecard": "steady_tiers",
    "account": "account",
    "dimensions": [{"id": "health", "items": [{"id": "reading", "curve": {"manual": {}}}]}],
    "tiers": DOCUMENT["tiers"],
    "hysteresis": {"down": {"margin": 3, "dwell": 2}},
}
STATE = ["state_card", "state_tier", "state_candidate", "state_streak", "state_score", "state_as_of"]


@pytest.fixture(scope="module")
def card() -> cs.Scorecard:
    return cs.Scorecard(DOCUMENT)


@pytest.fixture(scope="module")
def other() -> cs.Scorecard:
    document = copy.deepcopy(DOCUMENT)
    document["dimensions"][1]["weight"] = 60
    return cs.Scorecard(document)


@pytest.fixture(scope="module")
def held() -> cs.Scorecard:
    return cs.Scorecard(HELD)


# Kinds of frame ---------------------------------------------------------------------------------------------


def rows_of(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def chunked(columns: dict[str, list[Any]]) -> Any:
    pa = library("pyarrow")
    table = pa.table(columns)
    return pa.concat_tables([table.slice(0, 2), table.slice(2)])


def numpy_columns(columns: dict[str, list[Any]]) -> dict[str, Any]:
    np = library("numpy")
    numbers = {name: np.array(values, dtype="f8") for name, values in columns.items() if name != "account"}
    return {"account": np.array(columns["account"]), **numbers}


KINDS: dict[str, Callable[[Any], Any]] = {
    "lists": dict,
    "rows": rows_of,
    "numpy": numpy_columns,
    "polars": lambda columns: library("polars").DataFrame(columns),
    "pandas": lambda columns: library("pandas").DataFrame(columns, index=range(7, 7 + len(columns["account"]))),
    "pyarrow": lambda columns: library("pyarrow").table(columns),
    "chunked": chunked,
    "reader": lambda columns: library("pyarrow").table(columns).to_reader(),
    "duckdb": lambda columns: library("duckdb").from_arrow(library("pyarrow").table(columns)),
    "narwhals": lambda columns: library("narwhals").from_native(library("polars").DataFrame(columns)),
}


def plain(frame: Any) -> dict[str, list[Any]]:
    """Any frame as lists with None for null."""
    if isinstance(frame, list):
        names = list(frame[0]) if frame else []
        return {name: [row[name] for row in frame] for name in names}
    for method in ("to_native", "to_arrow_table", "read_all"):
        if hasattr(frame, method):
            return plain(getattr(frame, method)())
    if hasattr(frame, "to_pydict"):
        return frame.to_pydict()
    if hasattr(frame, "get_columns"):
        return frame.to_dict(as_series=False)
    lists = {name: list(frame[name]) for name in (frame.columns if hasattr(frame, "columns") else frame)}
    return {name: [None if v is None or v != v else v for v in values] for name, values in lists.items()}


def agrees(frame: Any, wanted: dict[str, list[Any]]) -> None:
    found = plain(frame)
    assert {name: found[name] for name in wanted} == {
        name: [pytest.approx(v) if isinstance(v, float) else v for v in values] for name, values in wanted.items()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_operation_on_every_kind(kind: str, card: cs.Scorecard, other: cs.Scorecard) -> None:
    make = KINDS[kind]
    like = type(make(BEFORE))
    agrees(card.compare(make(BEFORE), make(AFTER)), COMPARED)
    scores = [card.score(make(book)) for book in (BEFORE, AFTER)]
    if kind == "reader":
        scores = [frame.read_all() for frame in scores]
    changed = card.changes(*scores)
    agrees(changed, CHANGED)
    fitted = card.fit(make(BEFORE))
    assert fitted == card  # it has no quantile curves
    steps = card.next_tier(make(BEFORE), costs={"logins": 2})
    assert set(plain(steps)["account"]) == {"Acme", "Dune", "Edda", "Fjord"}
    moves = card.what_if(other, make(BEFORE), value="overdue_days")
    assert sum(plain(moves)["accounts"]) == 6
    drivers = card.drivers(make(BEFORE))
    assert plain(drivers)["next_tier"] == ["watch"] * 3 + ["healthy"] * 3
    why = card.explain(make(BEFORE), rows=[4, 0])
    assert plain(why)["account"] == ["Edda"] * 3 + ["Acme"] * 3
    for result in (changed, steps, moves, drivers, why):
        assert kind == "reader" or type(result) is like


@pytest.mark.parametrize("after", KINDS)
@pytest.mark.parametrize("before", ["lists", "rows", "numpy", "polars", "pandas", "chunked", "duckdb"])
def test_two_frames_of_two_kinds(before: str, after: str, card: cs.Scorecard) -> None:
    first, second = KINDS[before](BEFORE), KINDS[after](AFTER)
    agrees(card.compare(first, second), COMPARED)
    scores = card.score(KINDS[before](BEFORE)), card.score(KINDS[after](AFTER))
    if after == "reader":
        scores = scores[0], scores[1].read_all()
    moved = card.changes(*scores)
    assert type(moved) is type(scores[1])
    agrees(moved, CHANGED)
    flow = card.tier_flow(*scores)
    assert type(flow.matrix()) is type(scores[0])
    assert sum(plain(flow.matrix())["accounts"]) == 7


@pytest.mark.parametrize("kind", ["lists", "numpy", "polars", "pandas", "pyarrow"])
def test_accounts_of_any_type(kind: str, card: cs.Scorecard) -> None:
    """The accounts come back as they were, of the type that they had."""
    if kind != "lists":
        library(kind)
    numbers = [{**book, "account": [10 + NAMES.index(name) for name in book["account"]]} for book in (BEFORE, AFTER)]
    before, after = map(KINDS[kind], numbers)
    moved = card.changes(card.score(before), card.score(after))
    agrees(moved, {**CHANGED, "account": [10, 11, 12, 13, 16, 15]})
    compared = card.compare(before, after)
    for result in (moved, compared):
        assert type(result["account"]) is type(after["account"])
        assert kind == "lists" or _type_of(result["account"]) == _type_of(after["account"])


def _type_of(column: Any) -> Any:
    return column.dtype if hasattr(column, "dtype") else column.type


def test_types_of_accounts_that_differ(card: cs.Scorecard) -> None:
    pl, pd, pa = library("polars"), library("pandas"), library("pyarrow")

    def scores(book: dict[str, Any], account: Any, frame: Any) -> Any:
        return frame({**card.score(book), "account": account(book["account"])})

    for first, second in (
        (pl.String, pl.Categorical),
        (pl.Categorical, pl.String),
        (pl.Enum(NAMES), pl.String),
        (pl.Enum(NAMES), pl.Enum(sorted(NAMES, reverse=True))),
        (pl.Categorical, pl.Categorical),
    ):
        before = scores(BEFORE, lambda names, to=first: pl.Series(names, dtype=to), pl.DataFrame)
        after = scores(AFTER, lambda names, to=second: pl.Series(names, dtype=to), pl.DataFrame)
        agrees(card.changes(before, after), CHANGED)
    for first, second in (
        ("category", "category"),
        ("category", object),
        (object, "category"),
        ("string", object),
    ):
        before = scores(BEFORE, lambda names, to=first: pd.Series(names, dtype=to), pd.DataFrame)
        after = scores(AFTER, lambda names, to=second: pd.Series(names, dtype=to), pd.DataFrame)
        agrees(card.changes(before, after), CHANGED)
    kinds = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
    for first in kinds:
        for second in kinds:
            before = scores(BEFORE, lambda names, to=first: pa.array(names, to), pa.table)
            after = scores(AFTER, lambda names, to=second: pa.array(names, to), pa.table)
            agrees(card.changes(before, after), CHANGED)
    ints = [(pl.Int16, pl.Int64), (pl.UInt8, pl.Int32)]
    for first, second in ints:
        before = scores(BEFORE, lambda n, to=first: pl.Series([NAMES.index(x) for x in n], dtype=to), pl.DataFrame)
        after = scores(AFTER, lambda n, to=second: pl.Series([NAMES.index(x) for x in n], dtype=to), pl.DataFrame)
        assert card.changes(before, after)["account"].to_list() == [0, 1, 2, 3, 6, 5]


@pytest.mark.parametrize("kind", ["lists", "rows", "numpy", "polars", "pandas", "pyarrow"])
def test_books_without_accounts(kind: str, card: cs.Scorecard) -> None:
    """All left, all entered, or there was nobody."""
    make = KINDS[kind]
    none = {name: values[:0] for name, values in BEFORE.items()}
    nobody, all_of_them = card.score(make(none)), card.score(make(BEFORE))
    agrees(card.changes(nobody, all_of_them), {"account": NAMES[:6], "change": ["entered"] * 6})
    if kind != "rows":  # without a row nothing is known about columns
        agrees(card.changes(all_of_them, nobody), {"account": NAMES[:6], "change": ["left"] * 6})
        assert not plain(card.changes(nobody, nobody))["account"]
    assert not plain(card.compare(make(none), make(AFTER))).get("account")


def test_pandas_indexes(card: cs.Scorecard) -> None:
    pd = library("pandas")
    frame = pd.DataFrame(BEFORE, index=list("uvwxyz"))
    assert list(card.score(frame, rows=[4, 0]).index) == ["y", "u"]
    assert list(card.score(frame, rows=[4, 0])["account"]) == ["Edda", "Acme"]
    assert list(card.score(frame, rows=[4, 0], select=["score"]).index) == ["y", "u"]
    assert list(card.score(frame, rows=[]).index) == []
    for result in (
        card.compare(frame, frame.iloc[::-1]),
        card.changes(card.score(frame), card.score(frame)[1:]),
    ):
        assert list(result.index) == list(range(len(result)))
    moved = card.changes(card.score(frame), card.score(frame[1:]))
    assert list(moved["account"]) == ["Acme"]
    assert isinstance(moved["change"].dtype, pd.CategoricalDtype)
    scores = card.score(frame)
    scores.loc["u", "account"] = "Other"
    assert frame.loc["u", "account"] == "Acme"


# Earlier results --------------------------------------------------------------------------------------------

DAYS = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
READINGS = {
    "Acme": [62.0, 56.0, 55.0, 70.0],
    "Birch": [20.0, 41.0, 36.0, None],
    "Cedar": [62.0, 56.0, 61.0, 56.0],
}
TIERS = [
    ["healthy", "at_risk", "healthy"],
    ["healthy", "watch", "healthy"],
    ["watch", "watch", "healthy"],
    ["healthy", None, "healthy"],
]


def reading(at: int) -> dict[str, list[Any]]:
    return {"account": list(READINGS), "reading": [readings[at] for readings in READINGS.values()]}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "reader"])
@pytest.mark.parametrize("earlier", [kind for kind in KINDS if kind != "numpy"])
def test_previous_of_any_kind(kind: str, earlier: str, held: cs.Scorecard) -> None:
    make, state = KINDS[kind], None
    for at, day in enumerate(DAYS):
        previous = None if state is None else KINDS[earlier](state)
        scores = held.score(make(reading(at)), as_of=day, previous=previous, include=["state"])
        state = {name: values for name, values in plain(scores).items() if name in ("account", *STATE)}
        assert plain(scores)["tier"] == TIERS[at]


def pandas_trips() -> dict[str, Callable[[Any, Any], Any]]:
    def parquet(frame: Any, path: Any) -> Any:
        library("pyarrow")
        frame.to_parquet(path / "state.parquet")
        return library("pandas").read_parquet(path / "state.parquet")

    def csv(frame: Any, path: Any) -> Any:
        frame.to_csv(path / "state.csv", index=False)
        return library("pandas").read_csv(path / "state.csv")

    def dated(frame: Any, path: Any) -> Any:
        return frame.assign(state_as_of=library("pandas").to_datetime(frame["state_as_of"]))

    return {
        "as it is": lambda frame, path: frame,
        "parquet": parquet,
        "csv": csv,
        "dates": dated,
        "lists": lambda frame, path: frame.to_dict("list"),
        "records": lambda frame, path: frame.to_dict("records"),
        "json": lambda frame, path: json.loads(frame.to_json(orient="records")),
        "pickle": lambda frame, path: pickle.loads(pickle.dumps(frame)),
        "objects": lambda frame, path: frame.astype(object),
        "nullable": lambda frame, path: frame.convert_dtypes(),
        "shuffled": lambda frame, path: frame.iloc[::-1],
        "filtered": lambda frame, path: frame[frame["account"] != "nobody"],
    }


@pytest.mark.parametrize("trip", pandas_trips())
@pytest.mark.parametrize("kind", ["pandas", "lists"])
def test_pandas_state_there_and_back(trip: str, kind: str, held: cs.Scorecard, tmp_path: Any) -> None:
    pd = library("pandas")
    state = None
    for at, day in enumerate(DAYS):
        scores = held.score(KINDS[kind](reading(at)), as_of=day, previous=state, include=["state"])
        assert plain(scores)["tier"] == TIERS[at]
        frame = scores if kind == "pandas" else pd.DataFrame(scores)
        state = pandas_trips()[trip](frame, tmp_path)


@pytest.mark.parametrize("trip", ["parquet", "ipc", "csv", "dicts", "dates", "lists"])
def test_polars_state_there_and_back(trip: str, held: cs.Scorecard, tmp_path: Any) -> None:
    pl = library("polars")

    def taken(frame: Any) -> Any:
        if trip == "dates":
            return frame.with_columns(pl.col("state_as_of").cast(pl.String).str.to_date())
        if trip in ("dicts", "lists"):
            return frame.to_dicts() if trip == "dicts" else frame.to_dict(as_series=False)
        path = tmp_path / f"state.{trip}"
        getattr(frame, f"write_{trip}")(path)
        return getattr(pl, f"read_{trip}")(path)

    state = None
    for at, day in enumerate(DAYS):
        scores = held.score(KINDS["polars"](reading(at)), as_of=day, previous=state, include=["state"])
        assert plain(scores)["tier"] == TIERS[at]
        state = taken(scores)


def test_results_of_days_stack(held: cs.Scorecard) -> None:
    """A history is one frame, of which the last day is the earlier result."""
    pl, pd, pa = library("polars"), library("pandas"), library("pyarrow")
    for kind, stack in (("polars", pl.concat), ("pandas", pd.concat), ("pyarrow", pa.concat_tables)):
        history, state = [], None
        for at, day in enumerate(DAYS):
            bad = {"account": ["Dune"], "reading": [101.0 if at else float("inf")]}
            book = {name: values + bad[name] for name, values in reading(at).items()}
            state = held.score(KINDS[kind](book), as_of=day, previous=state, include=["state"], on_error="null")
            history.append(state)
        stacked = plain(stack(history))
        assert stacked["state_as_of"][::4] == DAYS
        assert set(stacked["error_code"]) == {None, "infinite_value", "value_outside_scale"}
        assert stacked["tier"] == [tier for tiers in TIERS for tier in [*tiers, None]]


def test_first_readings_without_a_tier(held: cs.Scorecard) -> None:
    """A book of which nothing is known yet is an earlier result as well."""
    unknown: dict[str, list[Any]] = {"account": ["Acme"], "reading": [None]}
    for kind in ("lists", "rows", "polars", "pandas", "pyarrow"):
        if kind not in ("lists", "rows"):
            library(kind)
        state = held.score(KINDS[kind](unknown), as_of=DAYS[0], include=["state"])
        assert plain(state)["state_tier"] == [None]
        again = held.score(KINDS[kind](unknown), as_of=DAYS[1], previous=state, include=["state"])
        assert plain(again)["state_streak"] == [None]
        scores = held.score(KINDS[kind]({"account": ["Acme"], "reading": [50.0]}), as_of=DAYS[1], previous=again)
        assert plain(scores)["tier"] == ["watch"]


def test_states_that_are_refused(held: cs.Scorecard, card: cs.Scorecard) -> None:
    book = reading(0)
    state = held.score(book, as_of="2026-03-31", include=["state"])
    renamed = cs.Scorecard({**HELD, "labels": {"en": "Steady"}})
    lone = cs.Scorecard({name: value for name, value in HELD.items() if name != "account"})
    for call, code in (
        (lambda: renamed.score(book, as_of="2026-04-30", previous=state), "state_of_other_card"),
        (lambda: held.score(book, as_of="2026-02-28", previous=state), "state_after_as_of"),
        (lambda: held.score(book, previous={**state, "state_streak": [0.5] * 3}), "invalid_state"),
        (lambda: held.score(book, previous={"account": ["Acme"]}), "unknown_column"),
        (lambda: held.score(book, previous={**state, "account": ["Acme"] * 3}), "duplicate_account"),
        (
            lambda: held.score(book, previous={**state, "state_tier": [object()] * 3}),
            "unsupported_column_type",
        ),
        (lambda: lone.score(book, previous=state), "missing_field"),
    ):
        with pytest.raises(cs.Error) as caught:
            call()
        assert code in [issue.code for issue in caught.value.issues]
    taken_over = renamed.score(book, as_of="2026-04-30", previous=state, accept_state_of=[held.hash])
    assert taken_over["tier"] == TIERS[0]
    with pytest.raises(TypeError, match="frame"):
        held.score(book, previous=3)
    with pytest.raises(TypeError):
        held.score_one({"reading": 3}, previous=[1])  # pyright: ignore[reportArgumentType]


def test_streams_with_what_is_known(held: cs.Scorecard) -> None:
    """Earlier results and overrides are given whole, even where they can be read only once."""
    pa = library("pyarrow")
    state = pa.table(held.score(reading(0), as_of=DAYS[0], include=["state"]))
    overrides = pa.table({"account": ["Cedar"], "points": [10.0], "note": ["They have left"]})
    whole = held.score(reading(1), as_of=DAYS[1], previous=state, overrides=overrides)
    parts = [{name: values[at : at + 1] for name, values in reading(1).items()} for at in range(3)]
    known = {"previous": state.to_reader(), "overrides": overrides.to_reader()}
    found = list(held.score_stream(parts, as_of=DAYS[1], **known))
    assert [one["tier"][0] for one in found] == whole["tier"] == ["healthy", "watch", "at_risk"]
    known = {"previous": state.to_reader(), "overrides": overrides.to_reader()}
    lines = list(held.explain_stream(parts, as_of=DAYS[1], **known))
    assert [part["line"] for part in lines] == [["item"], ["item"], ["item", "override"]]


# Overrides --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "numpy"])
@pytest.mark.parametrize("date", [str, datetime.date.fromisoformat])
def test_overrides_of_any_kind(kind: str, date: Any, held: cs.Scorecard) -> None:
    table = {
        "account": ["Acme", "Birch", "nobody"],
        "points": [None, 90.0, 5.0],
        "tier": ["at_risk", None, None],
        "note": ["They talk to a rival", "Signed", "Not in the data"],
        "expires_on": [date("2026-10-31"), None, None],
    }
    book, make = reading(0), KINDS[kind]
    for day, tiers in (("2026-10-31", ["at_risk", "healthy", "healthy"]), ("2026-11-01", ["healthy"] * 3)):
        scores = held.score(book, as_of=day, overrides=make(table))
        assert scores["tier"] == tiers
        assert scores["score"] == [62.0, 90.0, 62.0]
    with pytest.raises(cs.InvalidDataError) as caught:
        held.score(book, as_of="2026-11-01", overrides=make(table), expired_overrides="raise")
    assert caught.value.code == "override_expired"
    why = held.explain(book, as_of="2026-10-31", overrides=make(table))
    assert (why["line"][-2], why["value"][-2]) == ("override", "Signed")


def test_comparing_with_what_is_known(held: cs.Scorecard) -> None:
    first = held.score(reading(0), as_of=DAYS[0], include=["state"])
    overrides = {"account": ["Acme"], "points": [50.0], "note": ["A gift"]}
    why = held.compare(
        reading(0),
        reading(1),
        as_of_before=DAYS[0],
        as_of_after=datetime.date.fromisoformat(DAYS[1]),
        previous_after=first,
        overrides_after=overrides,
    )
    rows = {(account, cause) for account, cause in zip(why["account"], why["cause"], strict=True)}
    assert ("Acme", "override") in rows
    sums = dict.fromkeys(READINGS, 0.0)
    for account, contribution in zip(why["account"], why["contribution"], strict=True):
        sums[account] += contribution
    assert sums == {"Acme": -12.0, "Birch": 21.0, "Cedar": -6.0}


# Rows -------------------------------------------------------------------------------------------------------


def test_rows_of_any_kind(card: cs.Scorecard) -> None:
    wanted = card.score({name: [values[4], values[1]] for name, values in BEFORE.items()})
    given: list[Any] = [[4, 1], (4, 1), range(4, 0, -3), array.array("i", [4, 1]), array.array("B", [4, 1])]
    for name, make in {
        "numpy": lambda lib: [lib.array([4, 1], dtype=t) for t in ("i1", "u2", "i8", "u8")],
        "pandas": lambda lib: [lib.Series([4, 1]), lib.Index([4, 1]), lib.array([4, 1], dtype="Int64")],
        "polars": lambda lib: [lib.Series([4, 1]), lib.Series([4, 1], dtype=lib.UInt8)],
        "pyarrow": lambda lib: [lib.array([4, 1]), lib.chunked_array([[4], [1]])],
    }.items():
        given += make(library(name))
    given.append(list(library("numpy").array([4, 1])))
    for rows in given:
        assert card.score(BEFORE, rows=rows) == wanted
        frame = library("pandas").DataFrame(BEFORE)
        assert list(card.score(frame, rows=rows).index) == [4, 1]
    many = list(range(300_000, 0, -1))  # more than a document may have values
    book = {"account": range(300_001), "reading": [n % 100 for n in range(300_001)]}
    assert cs.Scorecard(HELD).score(book, rows=many)["score"] == [float(n % 100) for n in many]


@pytest.mark.parametrize("rows", [[-1], [6], [0.5], ["a"], [True], [None], "01", 3, [2**70], {"a": 1}, [[1]]])
def test_rows_that_are_none(rows: Any, card: cs.Scorecard) -> None:
    with pytest.raises(cs.Error) as caught:
        card.score(BEFORE, rows=rows)
    assert (caught.value.context.get("path") or "").startswith("rows")


# Flows ------------------------------------------------------------------------------------------------------

MOVES = [
    ("at_risk", "at_risk", 5),
    ("at_risk", "watch", 3),
    ("at_risk", None, 2),
    ("watch", "at_risk", 4),
    ("watch", "watch", 12),
    ("watch", "healthy", 3),
    ("watch", None, 1),
    ("healthy", "watch", 2),
    ("healthy", "healthy", 18),
    (None, "watch", 4),
]
WORTH = {"at_risk": 80.0, "watch": 100.0, "healthy": 150.0}
FLOW_KINDS = [kind for kind in KINDS if kind != "numpy"]


def side(at: int, accounts: range = range(1000)) -> dict[str, list[Any]]:
    pairs = [move[:2] for move in MOVES for _ in range(move[2])]
    known = [(n, pair[at]) for n, pair in enumerate(pairs) if pair[at] is not None and n in accounts]
    return {
        "account": [n for n, _ in known],
        "tier": [tier for _, tier in known],
        "mrr": [WORTH[str(tier)] for _, tier in known],
    }


@pytest.mark.parametrize("kind", FLOW_KINDS)
def test_flows_of_every_kind(kind: str, card: cs.Scorecard) -> None:
    make = KINDS[kind]
    flow = card.tier_flow(make(side(0)), make(side(1)), value="mrr")
    assert (flow.tiers, flow.card_hash) == (["at_risk", "watch", "healthy"], card.hash)
    summary = flow.summary()
    assert type(summary) is type(make(side(0)))
    agrees(
        summary,
        {
            "tier": ["at_risk", "watch", "healthy"],
            "opening": [10.0, 20.0, 20.0],
            "closing": [9.0, 21.0, 21.0],
            "promotion_rate": [0.3, 0.15, 0.0],
            "expected_dwell": [2.0, 2.5, 10.0],
            "value_per_promotion": [20.0, 50.0, None],
        },
    )
    ways = plain(flow.matrix())
    counted = zip(ways["from"], ways["to"], ways["accounts"], strict=True)
    none = {(None, "from"): "entered", (None, "to"): "left"}
    wanted = {(none.get((a, "from"), a), none.get((b, "to"), b)): n for a, b, n in MOVES}
    assert {(a, b): n for a, b, n in counted if n} == wanted
    ahead = plain(flow.project(12, interval=0.9, entering=False))
    assert ahead["accounts"][:8] == pytest.approx([9, 21, 21, 0, 8.7, 17.4, 22.05, 2.85])
    assert ahead["low"][4:6] == pytest.approx([3.2, 10.5], abs=0.05)
    assert plain(flow.project(0, start="opening"))["accounts"] == [10.0, 20.0, 20.0, 0.0]
    assert plain(flow.steady())["expected_periods_to_churn"] == pytest.approx([15.4, 22.3, 32.3], abs=0.05)
    if kind == "reader":
        return
    again = pickle.loads(pickle.dumps(flow))
    assert again == copy.copy(flow) == copy.deepcopy(flow) == flow
    assert type(again.summary()) is type(summary)
    assert plain(again.summary()) == plain(flow.summary())


def test_flows_add_up(card: cs.Scorecard) -> None:
    whole = card.tier_flow(side(0), side(1), value_before="mrr", value_after="mrr")
    parts = [
        card.tier_flow(side(0, part), side(1, part), value="mrr")
        for part in (range(20), range(20, 35), range(35, 1000))
    ]
    merged = parts[0].merge(parts[1]).merge(parts[2])
    assert merged == whole
    assert hash(merged) == hash(whole)
    assert merged != parts[0]
    assert merged != "a flow"
    assert merged.summary() == whole.summary()
    read = cs.TierFlow.from_json(whole.to_json())
    assert read == whole
    assert read.matrix() == whole.matrix()
    assert isinstance(parts[0].merge(read).matrix(), dict)
    assert json.loads(whole.to_json())["schema_version"] == 1
    assert repr(whole) == "<TierFlow between at_risk, watch, healthy>"
    assert "<table" in whole._repr_html_()


def test_flows_without_a_card(card: cs.Scorecard) -> None:
    tiers = ["at_risk", "watch", "healthy"]
    flow = cs.tier_flow(side(0), side(1), tiers=tiers, account="account")
    assert flow.card_hash == ""
    assert flow.summary()["opening"] == [10.0, 20.0, 20.0]
    assert flow.summary()["value_opening"] == [None] * 3
    assert cs.tier_flow(side(0), side(1), tiers=card) == card.tier_flow(side(0), side(1))
    renamed = [{"Kunde" if name == "account" else name: v for name, v in side(at).items()} for at in (0, 1)]
    assert card.tier_flow(*renamed, account="Kunde") == card.tier_flow(side(0), side(1))


def test_flows_that_are_refused(card: cs.Scorecard) -> None:
    tiers = ["at_risk", "watch", "healthy"]
    first, second = side(0), side(1)
    one = cs.tier_flow(first, second, tiers=tiers, account="account")
    calls: list[tuple[Callable[[], Any], str, str | None]] = [
        (lambda: cs.tier_flow(first, second, tiers=tiers), "missing_field", "account"),
        (lambda: cs.tier_flow(first, second, tiers="at_risk", account="account"), "wrong_type", "tiers"),
        (lambda: cs.tier_flow(first, second, tiers=[1], account="account"), "wrong_type", "tiers"),  # type: ignore
        (lambda: cs.tier_flow(first, second, tiers=["at_risk"], account="account"), "unknown_tier", "before"),
        (
            lambda: card.tier_flow(first, {"account": [1, 1], "tier": ["watch"] * 2}),
            "duplicate_account",
            "after",
        ),
        (lambda: card.tier_flow({"account": [1]}, second), "unknown_column", "before"),
        (
            lambda: card.tier_flow({"account": [1], "tier": [object()]}, second),
            "unsupported_column_type",
            "before",
        ),
        (lambda: card.tier_flow(first, second, value="value"), "unknown_column", "before"),
        (lambda: one.project(-1), "number_out_of_range", "periods"),
        (lambda: one.project(1.5), "number_out_of_range", "periods"),  # type: ignore
        (lambda: one.project(10**9), "number_out_of_range", "periods"),
        (lambda: one.project(1, interval=1.0), "number_out_of_range", "interval"),
        (lambda: one.project(1, start="middle"), "unknown_choice", "start"),
        (lambda: one.merge(card.tier_flow(first, second, value="mrr")), "missing_field", "value_before"),
        (lambda: cs.TierFlow.from_json("{}"), "missing_field", None),
        (lambda: cs.TierFlow.from_json("["), "document_syntax", None),
        (lambda: cs.Scorecard({**DOCUMENT, "tiers": []}).tier_flow(first, second), "missing_field", "tiers"),
    ]
    for call, code, path in calls:
        with pytest.raises(cs.Error) as caught:
            call()
        assert caught.value.code == code
        assert path is None or caught.value.context.get("path") == path
    with pytest.raises(TypeError, match=r"TierFlow\.from_json"):
        cs.TierFlow()
    with pytest.raises(TypeError):
        one.merge({})  # type: ignore


# Single accounts --------------------------------------------------------------------------------------------


def test_one_account_from_reading_to_reading(held: cs.Scorecard) -> None:
    """By values, by tables of one row, and as one of many: the same."""
    scorer = held.scorer(as_of=DAYS[0], include=["state", "raw_score", "variant", "adjustments"])
    state: dict[str, Any] | None = None
    previous = None
    for at, day in enumerate(DAYS):
        include = ["state", "raw_score", "variant", "adjustments"]
        scores = held.score(reading(at), as_of=day, previous=previous, include=include)
        facts = {"account": "Acme", "reading": READINGS["Acme"][at]}
        one = held.score_one(facts, as_of=day, previous=state, include=include)
        assert one == {name: values[0] for name, values in scores.items()}
        by_place = held.score_one([facts["reading"]], as_of=day, previous=state, include=include)
        assert by_place == {name: value for name, value in one.items() if name != "account"}
        assert list(scorer(facts)) == list(one)
        selected = held.score_one(facts, as_of=day, previous=state, select=["state_tier", "account"])
        assert list(selected.items()) == [("state_tier", TIERS[at][0]), ("account", "Acme")]
        previous, state = scores, one
    assert scorer({"account": "Acme", "reading": None})["state_streak"] is None


def test_one_account_with_an_override(held: cs.Scorecard) -> None:
    override = {"tier": "at_risk", "note": "They talk to a rival", "expires_on": datetime.date(2026, 10, 31)}
    facts = {"account": "Acme", "reading": 62.0}
    assert held.score_one(facts, as_of="2026-10-31", override=override)["tier"] == "at_risk"
    assert held.score_one(facts, as_of="2026-11-01", override=override)["tier"] == "healthy"
    points = {"account": "somebody else", "points": 50, "tier": None, "note": "x", "author": None}
    one = held.score_one(facts, override=points)
    assert (one["score"], one["tier"], one["account"]) == (50.0, "watch", "Acme")
    with pytest.raises(cs.InvalidDataError) as caught:
        held.score_one(facts, override={"points": 50, "note": " "})
    assert caught.value.code == "override_without_note"
    with pytest.raises(cs.Error) as wrong:
        held.score_one([1.0, 2.0], override=points)
    assert wrong.value.code == "wrong_number_of_values"
    lone = cs.Scorecard({name: value for name, value in HELD.items() if name != "account"})
    with pytest.raises(cs.Error) as none:
        lone.score_one(facts, override=points)
    assert (none.value.code, none.value.context["path"]) == ("missing_field", "account")


def test_one_account_of_a_pandas_result(held: cs.Scorecard) -> None:
    """A row of a frame is an earlier result too, with its NaN and its numpy numbers."""
    pd = library("pandas")
    scores = held.score(pd.DataFrame(reading(0)), as_of=DAYS[0], include=["state"])
    previous = scores.iloc[0].to_dict()
    facts = {"reading": READINGS["Acme"][1]}
    one = held.score_one(facts, as_of=DAYS[1], previous=previous, include=["state"])
    assert (one["tier"], one["state_candidate"], one["state_streak"]) == ("healthy", "watch", 1.0)


def test_what_only_tables_hold_keeps_its_card(card: cs.Scorecard) -> None:
    """A state made from a value that only a column can hold is of the card itself."""
    facts = {name: values[0] for name, values in BEFORE.items()}
    one = card.score_one({**facts, "overdue_days": 2**64}, include=["state"])
    assert (one["state_card"], one["score"], one["account"]) == (card.hash, 39.0, "Acme")


# Fits, presets, threads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_fits_of_every_kind(kind: str) -> None:
    document = {**DOCUMENT, "adjustments": [], "tiers": []}
    document["dimensions"] = [{"id": "use", "items": [{"id": "logins", "curve": {"quantile": {}}}]}]
    card = cs.Scorecard(document)
    assert [issue.code for issue in card.warnings] == ["quantile_not_fitted"]
    fitted = card.fit(KINDS[kind](BEFORE))
    assert fitted.hash != card.hash
    assert not fitted.warnings
    # of 2, 10, 15, 15, 16, 20 two are below 15 and two equal it: (2 + 2/2)/6
    assert fitted.score_one({"logins": 15})["score"] == 50.0
    with pytest.raises(cs.Error) as caught:
        card.score(KINDS[kind](BEFORE))
    assert caught.value.code == "quantile_not_fitted"
    with pytest.raises(cs.NotEnoughDataError):
        card.fit(KINDS[kind]({name: values[:1] for name, values in BEFORE.items()}))


def test_presets() -> None:
    for name, about in cs.Scorecard.presets().items():
        assert cs.Scorecard.preset(name).id
        assert about.endswith(".")
    assert list(cs.Scorecard.templates()) == ["aiueo"]
    with pytest.raises(cs.InvalidDocumentError, match="did you mean `dear`"):
        cs.Scorecard.preset("daer")
    with pytest.raises(cs.InvalidDocumentError):
        cs.Scorecard.template("dear")


def test_cards_that_are_none(card: cs.Scorecard) -> None:
    for strange in (DOCUMENT, "card", card._card):
        with pytest.raises(TypeError, match="not a Scorecard"):
            card.what_if(strange, BEFORE)  # type: ignore
        with pytest.raises(TypeError, match="not a Scorecard"):
            card.compare(BEFORE, AFTER, other=strange)  # type: ignore
    with pytest.raises(cs.Error) as caught:
        card.score(BEFORE, costs={})  # type: ignore
    assert (caught.value.code, caught.value.context["path"]) == ("unknown_field", "costs")
    with pytest.raises(cs.UnsupportedError) as unread:
        card.compare({**BEFORE, "logins": [object()] * 6}, AFTER)
    assert (unread.value.context["path"], unread.value.context["column"]) == ("before", "logins")
    with pytest.raises(TypeError, match="frame"):
        card.changes(None, card.score(BEFORE))


def test_another_card(card: cs.Scorecard, other: cs.Scorecard) -> None:
    why = card.compare(BEFORE, AFTER, other=other)
    acme = [
        (c, i, x)
        for a, c, i, x in zip(*(why[k] for k in ("account", "cause", "item", "contribution")), strict=True)
        if a == "Acme"
    ]
    assert [(cause, item) for cause, item, _ in acme] == [
        ("item_value", "logins"),
        ("item_value", "tickets"),
        ("card", None),
    ]
    assert [x for *_, x in acme] == pytest.approx([-13.75, 11.25, 1.25])


def test_threads_at_once(card: cs.Scorecard, other: cs.Scorecard) -> None:
    """Cards and flows are shared by threads."""
    flow = card.tier_flow(side(0), side(1))
    calls: list[Callable[[], Any]] = [
        lambda: card.compare(BEFORE, AFTER),
        lambda: card.next_tier(BEFORE),
        lambda: card.what_if(other, BEFORE),
        lambda: card.changes(card.score(BEFORE), card.score(AFTER)),
        lambda: card.drivers(BEFORE, threads=2),
        lambda: flow.project(5),
        lambda: flow.merge(flow).summary(),
    ]
    wanted = [call() for call in calls]
    wrong: list[Any] = []

    def work(first: int) -> None:
        for at in range(first, first + 40):
            found = calls[at % len(calls)]()
            if found != wanted[at % len(calls)]:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
