"""Bad documents and bad data: a stable code, a place, and nothing half done."""

from __future__ import annotations

import copy
import datetime
import math
import pickle
from typing import Any

import customer_success as cs
import pytest
from conftest import AS_OF, CARD, NUMBER, ROWS, library, one_item

CLASSES = {
    cs.InvalidDocumentError: ValueError,
    cs.InvalidDataError: ValueError,
    cs.UnknownColumnError: KeyError,
    cs.OutOfRangeError: OverflowError,
    cs.NotEnoughDataError: ValueError,
    cs.NotConvergedError: ArithmeticError,
    cs.UnsupportedError: NotImplementedError,
}


def changed(path: list[Any], value: Any, card: dict[str, Any] = NUMBER) -> dict[str, Any]:
    """The card with one place changed."""
    card = copy.deepcopy(card)
    at: Any = card
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return card


def refused(document: Any) -> cs.InvalidDocumentError:
    with pytest.raises(cs.InvalidDocumentError) as caught:
        cs.Scorecard(document)
    assert [issue.code for issue in cs.check(document) if issue.level == "error"] == [
        issue.code for issue in caught.value.issues if issue.level == "error"
    ]
    return caught.value


@pytest.mark.parametrize(("ours", "builtin"), CLASSES.items())
def test_classes(ours: type[cs.Error], builtin: type[Exception]) -> None:
    assert issubclass(ours, cs.Error)
    assert issubclass(ours, builtin)
    error = ours("a message", "some_code", "invalid_data", cs.Issues())
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.code, again.kind) == (
        ours,
        "a message",
        "some_code",
        "invalid_data",
    )


def test_an_error_says_everything() -> None:
    error = refused(changed(["dimensions", 0, "items", 0, "wieght"], 1))
    issue = next(issue for issue in error.issues if issue.code == "unknown_field")
    assert error.kind == "invalid_document"
    assert issue.level == "error"
    assert issue.path == "dimensions[0].items[0].wieght"
    assert "weight" in str(issue.help)
    assert issue.code in str(error)
    assert issue.message in str(error)
    assert pickle.loads(pickle.dumps(error)).issues == error.issues
    assert "unknown_field" in error.issues._repr_html_()
    assert cs.Issues()._repr_html_() == "<p>No issues.</p>"


ITEM = ["dimensions", 0, "items", 0]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ([*ITEM, "weight"], "heavy", "wrong_type"),
        ([*ITEM, "weight"], -1, "negative_weight"),
        ([*ITEM, "weight"], 0, "all_weights_zero"),
        ([*ITEM, "weight"], math.nan, "number_out_of_range"),
        ([*ITEM, "weight"], math.inf, "number_out_of_range"),
        ([*ITEM, "weight"], object(), "wrong_type"),
        ([*ITEM, "weight"], {1j: 1}, "wrong_type"),
        ([*ITEM, "curve"], {"points": [[5, 0], [1, 100]]}, "points_unordered"),
        (
            [*ITEM, "curve"],
            {"bands": [{"from": 0, "to": 1, "points": 0}, {"from": 2, "points": 9}]},
            "bands_gap",
        ),
        (
            [*ITEM, "curve"],
            {"bands": [{"from": 0, "to": 3, "points": 0}, {"from": 2, "points": 9}]},
            "bands_overlap",
        ),
        (["schema_version"], 99, "unsupported_schema_version"),
        (["tiers"], [{"id": "a", "from": 50}, {"id": "b", "from": 0}], "tiers_unordered"),
    ],
)
def test_bad_cards(path: list[Any], value: Any, code: str) -> None:
    error = refused(changed(path, value))
    assert code in [issue.code for issue in error.issues]


def test_all_issues_at_once() -> None:
    card = changed([*ITEM, "weight"], -1)
    card["colour"] = "red"
    assert {"negative_weight", "unknown_field"} <= {issue.code for issue in refused(card).issues}


def test_a_hostile_dict() -> None:
    deep: Any = 1
    for _ in range(10_000):
        deep = [deep]
    assert refused(changed(["dimensions"], deep)).code == "document_too_deep"
    cycle: dict[str, Any] = {}
    cycle["cycle"] = cycle
    assert refused(cycle).code == "document_too_deep"
    assert refused(changed(["dimensions"], [0] * 1_000_000)).code == "document_too_complex"
    # unwinding 10 000 lists at once would exhaust Python's own stack
    while isinstance(deep, list):
        deep = deep[0]


@pytest.mark.parametrize("read", [cs.Scorecard.from_json, cs.Scorecard.from_yaml, cs.Scorecard.from_toml])
def test_hostile_texts(read: Any) -> None:
    with pytest.raises(cs.InvalidDocumentError) as caught:
        read("x" * 100_000_000)
    assert caught.value.code == "document_too_large"
    key = "a = " if read == cs.Scorecard.from_toml else ""
    with pytest.raises(cs.InvalidDocumentError) as caught:
        read(key + "[" * 10_000 + "]" * 10_000)
    # the YAML parser counts its own recursion first
    assert caught.value.code in ("document_too_deep", "document_too_complex")


def test_an_alias_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(cs.InvalidDocumentError) as caught:
        cs.Scorecard.from_yaml("\n".join(lines))
    assert caught.value.code == "document_too_complex"


def test_an_untyped_no() -> None:
    """`NO` is a text in YAML 1.2: the Norwegian map key keeps its name."""
    text = """
schema_version: 1
scorecard: norway
dimensions:
  - id: d
    weight: 1
    items:
      - {id: country, curve: {map: {NO: 80, SE: 20, default: 0}}, weight: 1}
tiers: [{id: low, from: 0}, {id: high, from: 50}]
"""
    assert cs.Scorecard.from_yaml(text).score({"country": ["NO", "SE", "false"]})["score"] == [
        80.0,
        20.0,
        0.0,
    ]
    with pytest.raises(cs.InvalidDocumentError):
        cs.Scorecard.from_yaml(text.replace("weight: 1}", "weight: NO}"))


def scoring(card: cs.Scorecard, columns: Any, **options: Any) -> cs.Error:
    with pytest.raises(cs.Error) as caught:
        card.score(columns, **options)
    return caught.value


def test_unknown_column(card: cs.Scorecard) -> None:
    for lib, make in (("builtins", dict), ("polars", None), ("pandas", None), ("pyarrow", None)):
        columns = {"login" if name == "logins" else name: values for name, values in ROWS.items()}
        module = library(lib)
        frame = make(columns) if make else (module.table if lib == "pyarrow" else module.DataFrame)(columns)
        error = scoring(card, frame, as_of=AS_OF)
        assert isinstance(error, cs.UnknownColumnError)
        assert isinstance(error, KeyError)
        assert (error.code, error.context["column"]) == ("unknown_column", "logins")
        assert "`login`" in str(error)
        assert not str(error).startswith(("'", '"'))
    with pytest.raises(cs.UnknownColumnError, match="login"):
        card.score_one({name: values[0] for name, values in columns.items()}, as_of=AS_OF)
    with pytest.raises(cs.UnknownColumnError):
        card.score({}, as_of=AS_OF)


def test_mixed_types(number: cs.Scorecard) -> None:
    pd = library("pandas")
    for frame in ({"x": [1, "a", 2, "b"]}, pd.DataFrame({"x": [1, "a", 2, "b"]})):
        error = scoring(number, frame)
        assert (error.code, error.context["column"], error.context["rows"]) == ("mixed_types", "x", [1, 3])
        assert error.context["row_count"] == 2
    assert number.score({"x": [1, 2.5, None]})["score"] == [10.0, 25.0, None]


def test_wrong_column_type(number: cs.Scorecard) -> None:
    assert scoring(number, {"x": ["a", "b"]}).code == "wrong_column_type"


@pytest.mark.parametrize("infinity", [math.inf, -math.inf])
def test_infinity(infinity: float, number: cs.Scorecard) -> None:
    error = scoring(number, {"x": [1.0, infinity, 2.0, infinity]})
    assert error.code == "infinite_value"
    assert (error.context["column"], error.context["rows"], error.context["row_count"]) == ("x", [1, 3], 2)
    scores = number.score({"x": [1.0, infinity]}, on_error="null")
    assert scores["score"] == [10.0, None]
    assert scores["status"] == ["scored", "invalid"]
    assert scores["error_code"] == [None, "infinite_value"]
    assert scores["error_item"] == [None, "x"]
    with pytest.raises(cs.InvalidDataError):
        number.score_one({"x": infinity})
    one = number.score_one({"x": infinity}, on_error="null")
    assert {name: values[1] for name, values in scores.items()} == one


def test_division_by_zero() -> None:
    card = one_item(source={"ratio": ["a", "b"]}, curve={"points": [[0, 0], [1, 100]]})
    columns = {"a": [1, 0, 3], "b": [2, 0, 0]}
    error = scoring(card, columns)
    assert (error.code, error.context["rows"]) == ("zero_denominator", [2])
    assert card.score(columns, on_error="null")["score"] == [50.0, None, None]
    assert card.score(columns, on_error="null")["status"] == ["scored", "insufficient_data", "invalid"]


def test_duplicate_account(card: cs.Scorecard) -> None:
    columns = {**ROWS, "account_id": ["a", "b", "a", "d", "e"]}
    for on_error in ("raise", "null"):
        error = scoring(card, columns, as_of=AS_OF, on_error=on_error)
        assert error.code == "duplicate_account"
        assert 2 in error.context["rows"]


def test_dates() -> None:
    card = one_item(source={"days_since": "d"}, curve={"recency": {"half_life_days": 14}})
    assert scoring(card, {"d": ["2026-11-01"]}, as_of="2026-10-31").code == "date_after_as_of"
    assert scoring(card, {"d": ["2026-10-01"]}).code == "as_of_required"
    assert scoring(card, {"d": ["yesterday"]}, as_of="2026-10-31").code == "invalid_date"
    for wrong in ("31.10.2026", 20261031, "2026-10-31T10:00Z"):
        assert scoring(card, {"d": ["2026-10-01"]}, as_of=wrong).code in ("invalid_date", "wrong_type")


def test_as_of_is_any_date() -> None:
    card = one_item(source={"days_since": "d"}, curve={"points": [[0, 0], [100, 100]]})
    pd = library("pandas")
    day = datetime.date(2026, 10, 31)
    midnight = datetime.datetime(2026, 10, 31)
    for as_of in ("2026-10-31", day, midnight, pd.Timestamp("2026-10-31")):
        assert card.score({"d": ["2026-10-29"]}, as_of=as_of)["score"] == [2.0]
    aware = datetime.datetime(2026, 10, 31, tzinfo=datetime.UTC)
    assert scoring(card, {"d": ["2026-10-29"]}, as_of=aware).code == "invalid_date"


def test_wrong_options(number: cs.Scorecard) -> None:
    columns = {"x": [1]}
    assert scoring(number, columns, asof="2026-10-31").code == "unknown_field"
    assert scoring(number, columns, on_error="ignore").code == "unknown_choice"
    assert scoring(number, columns, zone="Mars/Base").code == "unknown_zone"
    assert scoring(number, columns, threads="all").code == "wrong_type"
    assert scoring(number, columns, select=["scores"]).code.startswith("unknown")


def test_lengths(number: cs.Scorecard, card: cs.Scorecard) -> None:
    error = scoring(card, {**ROWS, "logins": [1.0]}, as_of=AS_OF)
    assert error.code == "unequal_lengths"
    with pytest.raises(cs.InvalidDataError) as caught:
        number.score_one([1, 2])
    assert caught.value.code == "wrong_number_of_values"


def test_unknown_category() -> None:
    card = one_item(curve={"map": {"pro": 70}})
    assert [issue.code for issue in card.warnings] == ["map_without_default"]
    error = scoring(card, {"x": ["pro", "free"]})
    assert (error.code, error.context["rows"]) == ("unknown_category", [1])


def test_files(tmp_path: Any) -> None:
    path = tmp_path / "card.txt"
    path.write_text("{}")
    with pytest.raises(ValueError, match="ends in none"):
        cs.Scorecard.load(path)
    with pytest.raises(FileNotFoundError):
        cs.Scorecard.load(tmp_path / "none.yaml")
    bad = tmp_path / "card.yaml"
    bad.write_text("a: [")
    assert [issue.code for issue in cs.check(bad)] == ["document_syntax"]


def test_nothing_partial(number: cs.Scorecard) -> None:
    """An error in the last row of the last chunk leaves no result behind."""
    pa = library("pyarrow")
    chunks = pa.chunked_array([[1.0, 2.0], [3.0, math.inf]])
    error = scoring(number, pa.table({"x": chunks}))
    assert error.context["rows"] == [3]


def test_the_card_of_the_tests_is_fine() -> None:
    assert cs.check(CARD) == []
