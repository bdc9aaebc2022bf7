"""The class itself: loading, identity, single accounts, threads."""

from __future__ import annotations

import datetime
import doctest
import json
import pickle
import random
import subprocess
import sys
import threading
import time
from types import MappingProxyType
from typing import Any

import customer_success as cs
import pytest
from conftest import AS_OF, CARD, NUMBER, ROWS, library
from customer_success import _columns, _errors, _flow, _frames, _options, _scorecard, chart


def test_one_card_in_every_format(tmp_path: Any, card: cs.Scorecard) -> None:
    text = json.dumps(CARD)
    assert cs.Scorecard.from_json(text).hash == card.hash
    assert cs.Scorecard.from_yaml(text).hash == card.hash  # JSON is YAML
    for suffix in ("yaml", "yml", "json"):
        path = tmp_path / f"card.{suffix}"
        path.write_text(text, encoding="utf-8")
        assert cs.Scorecard.load(path) == card
        assert cs.check(str(path)) == []
    toml = """
schema_version = 1
scorecard = "one_number"
tiers = [{ id = "low", from = 0 }, { id = "high", from = 50 }]
[[dimensions]]
id = "d"
weight = 1
items = [{ id = "x", curve = { points = [[0, 0], [10, 100]] }, weight = 1 }]
"""
    path = tmp_path / "card.toml"
    path.write_text(toml, encoding="utf-8")
    assert cs.Scorecard.load(path) == cs.Scorecard(NUMBER)


def test_identity(card: cs.Scorecard) -> None:
    assert len(card.hash) == 64
    assert card.id == "test_card"
    assert card == cs.Scorecard(CARD)
    assert hash(card) == hash(cs.Scorecard(CARD))
    assert card != cs.Scorecard(NUMBER)
    assert card != "test_card"
    assert pickle.loads(pickle.dumps(card)) == card
    assert cs.Scorecard(card.to_dict()) == card
    assert json.loads(card.to_json()) == card.to_dict()
    assert "test_card" in repr(card)
    assert "<" in card._repr_html_()
    assert str(card)
    assert cs.Scorecard(MappingProxyType(CARD)) == card


def test_what_a_card_says_of_itself(card: cs.Scorecard) -> None:
    assert card.account == "account_id"
    assert card.columns == ["logins", "active", "bought", "sso", "last_call_on", "plan"]
    assert card.output_columns == list(card.score(ROWS, as_of=AS_OF))
    assert card.warnings == []
    assert "properties" in cs.schema()


def test_schema_accepts_the_cards(card: cs.Scorecard) -> None:
    jsonschema = library("jsonschema")
    for document in (CARD, NUMBER, card.to_dict()):
        jsonschema.validate(document, cs.schema())


def values_of(row: int) -> dict[str, Any]:
    return {name: values[row] for name, values in ROWS.items()}


def test_one_is_the_row_of_many(card: cs.Scorecard) -> None:
    scores = card.score(ROWS, as_of=AS_OF)
    scorer = card.scorer(as_of=AS_OF)
    for row in range(5):
        wanted = {name: values[row] for name, values in scores.items()}
        values = values_of(row)
        assert scorer(values) == wanted
        assert card.score_one(values, as_of=AS_OF) == wanted
        assert scorer(MappingProxyType(values)) == wanted
        del wanted["account_id"]
        by_position = [values[name] for name in card.columns]
        assert scorer(by_position) == scorer(tuple(by_position)) == wanted
        assert scorer({**values, "account_id": 7}) == {"account_id": 7, **wanted}
        selected = card.score_one(values, as_of=AS_OF, select=["tier"])
        assert selected == {"tier": wanted["tier"]}


def test_values_that_only_columns_have(card: cs.Scorecard) -> None:
    moment = datetime.datetime(2026, 10, 30, 20, tzinfo=datetime.UTC)
    values = {**values_of(0), "last_call_on": moment}
    row = {name: [value] for name, value in values.items()}
    for zone in (None, "Asia/Tokyo", "+09:00"):
        wanted = {name: column[0] for name, column in card.score(row, as_of=AS_OF, zone=zone).items()}
        assert card.score_one(values, as_of=AS_OF, zone=zone) == wanted
    np = library("numpy")
    values = {
        **values_of(0),
        "logins": np.float32(4),
        "active": np.int8(4),
        "sso": np.bool_(True),
        "plan": np.str_("free"),
    }
    assert card.score_one(values, as_of=AS_OF) == card.score_one(values_of(0), as_of=AS_OF)


def random_book(rows: int) -> dict[str, list[Any]]:
    rng = random.Random(7)

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.05 else value

    day = datetime.date.fromisoformat(AS_OF)
    return {
        "account_id": [f"account {n}" for n in range(rows)],
        "logins": [maybe(rng.uniform(-1, 12)) for _ in range(rows)],
        "active": [maybe(rng.randrange(20)) for _ in range(rows)],
        "bought": [rng.randrange(1, 20) for _ in range(rows)],
        "sso": [maybe(rng.random() < 0.5) for _ in range(rows)],
        "last_call_on": [maybe(day - datetime.timedelta(days=rng.randrange(400))) for _ in range(rows)],
        "plan": [maybe(rng.choice(["free", "pro", "other"])) for _ in range(rows)],
    }


def test_same_bits_by_every_path(card: cs.Scorecard) -> None:
    pa = library("pyarrow")
    rows = 20_000
    book = random_book(rows)
    table = pa.table(book)
    whole = card.score(table, as_of=AS_OF)
    for threads in (1, 2, 5, 0):
        assert card.score(table, as_of=AS_OF, threads=threads).equals(whole)
    rng = random.Random(3)
    for _ in range(3):
        cuts = sorted(rng.sample(range(1, rows), 9))
        parts = [table.slice(a, b - a) for a, b in zip([0, *cuts], [*cuts, rows], strict=True)]
        chunked = pa.concat_tables(parts)
        assert chunked.column(0).num_chunks == 10
        assert card.score(chunked, as_of=AS_OF, threads=2).equals(whole)
    odd = table.slice(13, 1001)
    assert card.score(odd, as_of=AS_OF).combine_chunks().equals(whole.slice(13, 1001).combine_chunks())
    scorer, listed = card.scorer(as_of=AS_OF), whole.to_pydict()
    for row in range(0, rows, 37):
        one = scorer({name: values[row] for name, values in book.items()})
        assert one == {name: values[row] for name, values in listed.items()}


def test_contributions_sum_to_the_score(card: cs.Scorecard) -> None:
    book = random_book(500)
    scores = dict(zip(book["account_id"], card.score(book, as_of=AS_OF)["score"], strict=True))
    why = card.explain(book, as_of=AS_OF)
    sums: dict[str, float] = {}
    for account, contribution in zip(why["account_id"], why["contribution"], strict=True):
        sums[account] = sums.get(account, 0.0) + (contribution or 0.0)
    for account, score in scores.items():
        if score is not None:
            assert sums[account] == pytest.approx(score, abs=1e-7)


def test_other_threads_run_meanwhile(number: cs.Scorecard) -> None:
    np = library("numpy")
    frame = {"x": np.random.default_rng(1).uniform(0, 10, 3_000_000)}
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0002)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        deadline = time.perf_counter() + 20
        progress = 0
        while not progress and time.perf_counter() < deadline:
            start = time.perf_counter()
            number._card.run("score", [("data", [("x", frame["x"])], [])], {"select": ["score"]})
            end = time.perf_counter()
            # well inside the call, where a held interpreter would let nobody run
            margin = (end - start) / 5
            progress = sum(start + margin < t < end - margin for t in list(ticks))
    finally:
        done.set()
        thread.join()
    assert progress


def test_ctrl_c() -> None:
    script = """
import os, signal, threading, customer_success as cs, sys
card = cs.Scorecard({"schema_version": 1, "scorecard": "s", "dimensions": [{"id": "d", "weight": 1, "items":
    [{"id": "x", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}]}],
    "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 50}]})
def forever():
    while True:
        yield {"x": [1.0] * 10_000}
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    for scores in card.score_stream(forever()):
        pass
except KeyboardInterrupt:
    print("stopped")
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert run.stdout.strip() == "stopped", run.stderr


def test_import_is_light() -> None:
    script = "import sys, customer_success; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    heavy = {
        "numpy",
        "pandas",
        "polars",
        "pyarrow",
        "duckdb",
        "narwhals",
        "altair",
        "dataclasses",
        "inspect",
        "json",
    }
    assert not heavy & set(run.stdout.split())


def test_buffers_outlive_their_columns(number: cs.Scorecard) -> None:
    np = library("numpy")
    score = number.score({"x": np.array([1.0, 2.0])})["score"]
    view = memoryview(score)
    del score
    assert view.tolist() == [10.0, 20.0]
    result = number._card.run("score", [("data", [("x", [1.0])], [])], {})
    column = result.columns[result.names.index("score")]
    column.buffer()
    with pytest.raises(RuntimeError, match="handed over"):
        column.tolist()


@pytest.mark.parametrize("module", [cs, _columns, _errors, _flow, _frames, _options, _scorecard, chart])
def test_docstrings(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_charts(card: cs.Scorecard) -> None:
    scores = card.score(ROWS, as_of=AS_OF)
    one = {name: values[:1] for name, values in ROWS.items()}
    why = card.explain(one, as_of=AS_OF)
    altair = library("altair")
    for drawn in (
        chart.score_distribution(card, scores),
        chart.tier_shares(card, scores),
        chart.contributions(card, why),
    ):
        assert isinstance(drawn, altair.TopLevelMixin)
        assert drawn.spec["$schema"].endswith("vega-lite/v6.json")
        assert drawn.to_dict()
    frame = library("pandas").DataFrame(ROWS)
    assert chart.tier_shares(card, card.score(frame, as_of=AS_OF)).spec == chart.tier_shares(card, scores).spec


# Tables of each chart, as rows of plain Python.
CHART_TABLES: dict[str, list[dict[str, Any]]] = {
    "change_waterfall": [
        {"cause": "item_value", "item": "logins", "contribution": 5.0, "before": "3", "after": "7"},
        {"cause": "item_state", "item": "plan", "contribution": -15.0, "before": "stale", "after": "missing"},
        {"cause": "status", "item": None, "contribution": None, "before": "scored", "after": "invalid"},
    ],
    "flow_matrix": [
        {"from": "Lv1", "to": "Lv1", "accounts": 6},
        {"from": "Lv1", "to": "Lv2", "accounts": 2},
        {"from": "Lv3", "to": "left", "accounts": 1},
        {"from": "entered", "to": "Lv2", "accounts": 3},
    ],
    "projection": [
        {"period": 0, "tier": "Lv3", "accounts": 10.0, "low": 10.0, "high": 10.0},
        {"period": 1, "tier": "Lv3", "accounts": 8.0, "low": 6.5, "high": 9.5},
        {"period": 1, "tier": "left", "accounts": 2.0, "low": 0.5, "high": 3.5},
    ],
    "level_drivers": [
        {"tier": "Lv1", "next_tier": "Lv2", "item": "logins", "effect_size": 0.25, "share_below": 0.5},
        {"tier": "Lv1", "next_tier": "Lv2", "item": "plan", "effect_size": 0.75, "share_below": 0.9},
        {"tier": "Lv2", "next_tier": "Lv3", "item": "sso", "effect_size": -0.5, "share_below": None},
    ],
}
CHART_TABLES["flow_bars"] = CHART_TABLES["flow_matrix"]


@pytest.mark.parametrize("name", sorted(CHART_TABLES))
def test_charts_of_tables(card: cs.Scorecard, name: str) -> None:
    altair = library("altair")
    draw, rows = getattr(chart, name), CHART_TABLES[name]
    drawn = draw(card, rows)
    assert isinstance(drawn, altair.TopLevelMixin)
    assert drawn.spec["$schema"].endswith("vega-lite/v6.json")
    assert drawn.to_dict()  # against the schema of Vega-Lite
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    for frame in (columns, library("pandas").DataFrame(columns), library("polars").DataFrame(columns)):
        assert draw(card, frame).spec == drawn.spec
    for lacking in columns:
        with pytest.raises(cs.UnknownColumnError) as caught:
            draw(card, {key: values for key, values in columns.items() if key != lacking})
        assert caught.value.context["column"] == lacking
    empty = {key: list[Any]() for key in columns}
    assert draw(card, empty, language="ja").to_dict()


def test_what_charts_of_tables_say(card: cs.Scorecard) -> None:
    def spec(name: str) -> dict[str, Any]:
        return getattr(chart, name)(card, CHART_TABLES[name]).spec

    bars = spec("change_waterfall")["data"]["values"]
    assert [bar["line"] for bar in bars] == ["plan (item state)", "logins", "change of the score"]
    assert [bar["end"] for bar in bars] == [-15, -10, -10]
    cells = spec("flow_matrix")["data"]["values"]
    assert [cell["move"] for cell in cells] == ["stayed", "promoted", "left", "entered"]
    assert cells[1]["share"] == 0.25
    places = spec("flow_bars")["datasets"]["places"]
    assert [place["accounts"] for place in places] == [3, 8, 1, 1, 6, 5]
    assert spec("projection")["encoding"]["color"]["scale"]["domain"] == ["Lv3", "left"]
    panels = spec("level_drivers")["vconcat"]
    assert [panel["title"]["text"] for panel in panels] == ["Lv1 → Lv2", "Lv2 → Lv3"]
    assert [bar["item"] for bar in panels[0]["data"]["values"]] == ["plan", "logins"]


def test_charts_without_altair(card: cs.Scorecard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "altair", None)
    drawn = chart.tier_shares(card, card.score(ROWS, as_of=AS_OF), language="ja")
    assert isinstance(drawn, chart.VegaLite)
    assert drawn.to_dict() is drawn.spec
    assert set(drawn._repr_mimebundle_()) == {"application/vnd.vegalite.v6+json", "text/plain"}
