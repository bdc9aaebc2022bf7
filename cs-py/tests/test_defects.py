"""Values and objects that must neither be misread nor break the call."""

from __future__ import annotations

import ctypes
import datetime
import decimal
import fractions
import pickle
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import customer_success as cs
import pytest
from conftest import AS_OF, NUMBER, ROWS, library, one_item


def refused(call: Any) -> cs.Error:
    with pytest.raises(cs.Error) as caught:
        call()
    assert type(caught.value) is not cs.Error
    return caught.value


# What is missing, and what is not -----------------------------------------------------------------------


class Unequal:
    def __eq__(self, other: object) -> bool:
        raise KeyboardInterrupt

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def test_objects_are_not_missing(number: cs.Scorecard) -> None:
    np = library("numpy")
    for strange in (np.array([1.0, 2.0]), np.array([1.0]), np.array(1.0), Unequal(), object(), 1j, b"a", [1]):
        error = refused(lambda strange=strange: number.score({"x": [3.0, strange, 2.0, strange]}))
        assert error.code == "unsupported_column_type"
        assert (error.context["column"], error.context["rows"]) == ("x", [1, 3])
        error = refused(lambda strange=strange: number.score_one({"x": strange}))
        assert (error.code, error.context["column"]) == ("unsupported_column_type", "x")


def test_what_is_missing(number: cs.Scorecard) -> None:
    np, pd = library("numpy"), library("pandas")
    missing = [
        None,
        float("nan"),
        np.float32("nan"),
        np.datetime64("NaT"),
        np.timedelta64("NaT"),
        np.ma.masked,
    ]
    missing += [pd.NA, pd.NaT, decimal.Decimal("NaN"), decimal.Decimal("sNaN")]
    assert number.score({"x": [*missing, 2]})["score"] == [*[None] * len(missing), 20.0]
    for value in missing:
        assert number.score_one({"x": value})["score"] is None


def test_what_python_raises_is_raised(number: cs.Scorecard) -> None:
    class Zone(datetime.tzinfo):
        def utcoffset(self, dt: Any) -> Any:
            raise KeyboardInterrupt

        def __str__(self) -> str:
            return "UTC"

    class Column:
        def __len__(self) -> int:
            return 1

        def tolist(self) -> list[Any]:
            raise KeyboardInterrupt

    for strange in ([datetime.datetime(2026, 1, 1, tzinfo=Zone())], Column()):
        with pytest.raises(KeyboardInterrupt):
            number.score({"x": strange})


def test_masks() -> None:
    np, pd = library("numpy"), library("pandas")
    card = one_item(source={"days_since": "d"}, curve={"points": [[0, 0], [100, 100]]})
    days = np.array(["2026-10-29", "NaT", "2026-10-28"], dtype="M8[D]")
    for mask, wanted in (([False, False, True], [2.0, None, None]), ([False] * 3, [2.0, None, 3.0])):
        for unit in ("D", "s", "ns"):
            masked = np.ma.masked_array(days.astype(f"M8[{unit}]"), mask=mask)
            score = card.score({"d": masked}, as_of="2026-10-31")["score"]
            assert [None if x != x else x for x in score.tolist()] == wanted
    objects = np.ma.masked_array([2, "never", 4], mask=[False, True, False], dtype=object)
    score = cs.Scorecard(NUMBER).score({"x": objects})["score"]
    assert [None if x != x else x for x in score.tolist()] == [20.0, None, 40.0]
    assert pd.isna(cs.Scorecard(NUMBER).score({"x": pd.array([None, 2], dtype="Int64")})["score"][0])


# Times ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["Y", "M", "W", "D", "h", "m", "s"])
def test_far_times_do_not_wrap(unit: str) -> None:
    np = library("numpy")
    card = one_item(source={"days_since": "d"}, curve={"points": [[0, 0], [100, 100]]})
    for count in (2**62, -(2**62), 2**57):
        far = np.array([0, count], dtype="i8").view(f"M8[{unit}]")
        error = refused(lambda far=far: card.score({"d": far}, as_of="2026-10-31"))
        assert error.code == "date_out_of_range"
        assert (error.context["column"], error.context["rows"]) == ("d", [1])


def test_units_of_numpy(number: cs.Scorecard) -> None:
    np = library("numpy")
    card = one_item(source={"days_since": "d"}, curve={"points": [[0, 0], [1000, 100]]})

    def ages(values: Any) -> list[Any]:
        score = card.score({"d": values}, as_of="2026-11-02")["score"]
        return [None if x != x else round(x * 10) for x in score.tolist()]

    for dtype, age in (
        ("Y", 305),
        ("M", 32),
        ("W", 4),
        ("D", 2),
        ("2D", 2),
        ("25s", 2),
        ("ns", 2),
        ("7us", 2),
    ):
        values = np.array(["2026-10-31", "NaT"], dtype="M8[D]").astype(f"M8[{dtype}]")
        assert ages(values) == [(np.datetime64("2026-11-02") - values[0].astype("M8[D]")).astype(int), None]
        assert ages(values)[0] in (age, age + 1)
    assert ages(np.array(["1969-12-31T23"], dtype="M8[h]").astype("M8[ps]")) == [1000]
    far = np.array([2**62], dtype="m8[D]")
    assert refused(lambda: number.score({"x": far})).code == "date_out_of_range"
    assert number.score({"x": np.array([1, 2], dtype="m8[2D]")})["score"].tolist() == [20.0, 40.0]


def test_scalars_of_numpy(number: cs.Scorecard) -> None:
    np = library("numpy")
    card = one_item(source={"days_since": "d"}, curve={"points": [[0, 0], [100, 100]]})
    near = [
        np.datetime64("2026-10-29"),
        np.datetime64("2026-10-28T07", "h"),
        np.datetime64("2026-10-27", "ns"),
    ]
    assert card.score({"d": near}, as_of="2026-10-31")["score"] == [2.0, 3.0, 4.0]
    for far in (np.datetime64(2**40, "D"), np.datetime64(2**62, "D"), np.datetime64("20000-01-01")):
        error = refused(lambda far=far: card.score({"d": [None, far]}, as_of="2026-10-31"))
        assert (error.code, error.context["rows"]) == ("unsupported_column_type", [1])
    for strange in (np.timedelta64(1, "Y"), np.timedelta64(1, "M"), np.timedelta64(2**62, "D")):
        assert refused(lambda strange=strange: number.score({"x": [strange]})).code == "unsupported_column_type"
    assert number.score({"x": [np.timedelta64(2, "D")]})["score"] == [20.0]


# Arrow ----------------------------------------------------------------------------------------------------


def test_released_arrays(number: cs.Scorecard) -> None:
    pa = library("pyarrow")

    class Once:
        def __init__(self) -> None:
            self.capsules = pa.array([1.0, 2.0]).__arrow_c_array__()

        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return self.capsules

    column = Once()
    assert number.score({"x": column})["score"] == [10.0, 20.0]
    error = refused(lambda: number.score({"x": column}))
    assert (error.code, error.context["column"]) == ("malformed_column", "x")
    taken = Once()
    pa.array(taken)  # takes the schema as well
    assert refused(lambda: number.score({"x": taken})).code == "malformed_column"

    class Stream:
        def __init__(self) -> None:
            self.capsule = pa.chunked_array([[1.0, 2.0]]).__arrow_c_stream__()

        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return self.capsule

    stream = Stream()
    assert number.score({"x": stream})["score"] == [10.0, 20.0]
    assert refused(lambda: number.score({"x": stream})).code == "malformed_column"


def test_a_series_is_no_frame(number: cs.Scorecard) -> None:
    pl, pd, pa, nw = (library(name) for name in ("polars", "pandas", "pyarrow", "narwhals"))

    class Stream:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return pa.chunked_array([[1.0]]).__arrow_c_stream__(requested_schema)

    series = [pl.Series("x", [1.0]), pd.Series([1.0]), pa.array([1.0]), pa.chunked_array([[1.0]]), Stream()]
    for strange in (*series, nw.from_native(series[0], series_only=True)):
        with pytest.raises(TypeError, match=r"is not a frame: give"):
            number.score(strange)


# Single accounts ------------------------------------------------------------------------------------------


def test_the_account_of_one_is_only_handed_back(card: cs.Scorecard) -> None:
    values = {name: column[0] for name, column in ROWS.items()}
    moment = datetime.datetime(2026, 10, 31, tzinfo=datetime.UTC)
    for account in (None, "a", 7, object(), float("nan")):
        for last_call in (AS_OF, moment):
            facts = {**values, "account_id": account, "last_call_on": last_call}
            whole = card.score_one(facts, as_of=AS_OF)
            assert whole["account_id"] is account
            assert whole["score"] == card.score(ROWS, as_of=AS_OF)["score"][0]
            picked = card.score_one(facts, as_of=AS_OF, select=["tier", "account_id"])
            assert list(picked) == ["tier", "account_id"]
            assert picked == {"tier": whole["tier"], "account_id": account}
            del facts["account_id"]
            assert card.score_one(facts, as_of=AS_OF) == {n: v for n, v in whole.items() if n != "account_id"}
            assert card.score_one(facts, as_of=AS_OF, select=["tier"]) == {"tier": whole["tier"]}
    mapped = {**values, "Kunde": None, "last_call_on": moment}
    del mapped["account_id"]
    options: dict[str, Any] = {"as_of": AS_OF, "columns": {"account_id": "Kunde"}}
    assert card.score_one(mapped, **options)["Kunde"] is None
    assert refused(lambda: card.score_one(values, as_of=AS_OF, select=["scores"])).code == "unknown_choice"
    assert refused(lambda: card.score_one(values, as_of=AS_OF, columns={"xx": "x"})).code == "unknown_field"


def test_an_account_that_is_also_a_fact() -> None:
    document = {**NUMBER, "account": "x"}
    card = cs.Scorecard(document)
    assert card.score_one({"x": 2})["score"] == 20.0
    assert card.score_one({"x": 2**64})["score"] == 100.0
    for options in ({}, {"select": ["x", "score"]}):
        assert card.score_one({"x": None}, **options)["score"] is None


def test_positions_by_every_path() -> None:
    card = one_item(source={"days_since": "d"}, curve={"points": [[0, 0], [100, 100]]})
    moment = datetime.datetime(2026, 10, 29, tzinfo=datetime.UTC)
    assert card.score_one([moment], as_of="2026-10-31")["score"] == 2.0
    assert card.score_one(iter([moment]), as_of="2026-10-31")["score"] == 2.0  # pyright: ignore[reportArgumentType]
    for values in ([], [moment, moment], [1, moment]):
        error = refused(lambda values=values: card.score_one(values, as_of="2026-10-31"))
        assert error.code == "wrong_number_of_values"


class Slow(Mapping[str, Any]):
    """Lets other threads run, and itself scores, while it is read."""

    def __init__(self, values: dict[str, Any], score: Any = None) -> None:
        self.values_by_name, self.score = values, score

    def __getitem__(self, name: str) -> Any:
        time.sleep(0.0005)
        if self.score:
            self.score(self.values_by_name)
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)


def test_threads_share_a_scorer(card: cs.Scorecard) -> None:
    wanted = card.score(ROWS, as_of=AS_OF)
    rows = [{name: column[row] for name, column in ROWS.items()} for row in range(5)]
    scorer = card.scorer(as_of=AS_OF)
    wrong: list[Any] = []

    def work(row: int) -> None:
        try:
            for _ in range(20):
                score = scorer(Slow(rows[row], scorer))
                if any(score[name] != wanted[name][row] for name in wanted):
                    wrong.append(score)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(n % 5,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# What Python's own errors would be ------------------------------------------------------------------------

HUGE, SURROGATE = 10**400, "a\ud800"


@pytest.mark.parametrize("value", [HUGE, -HUGE, fractions.Fraction(HUGE), fractions.Fraction(HUGE, 3), SURROGATE])
def test_values_beyond_all_columns(value: Any, number: cs.Scorecard) -> None:
    for rows in ([value], [None, value, value]):
        error = refused(lambda rows=rows: number.score({"x": rows}))
        assert error.code == "unsupported_column_type"
        assert error.context["column"] == "x"
        assert error.context["rows"] == [row for row, cell in enumerate(rows) if cell is value]
    assert refused(lambda: number.score_one({"x": value})).code == "unsupported_column_type"
    assert refused(lambda: number.score_one([value])).code == "unsupported_column_type"


def changed(place: str, value: Any) -> dict[str, Any]:
    """The card of one number with something else in one place."""
    item: dict[str, Any] = {"id": "x", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}
    document = {**NUMBER, "dimensions": [{"id": "d", "weight": 1, "items": [item]}]}
    (item if place in item else document)[place] = value
    return document


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("weight", HUGE, "number_out_of_range"),
        ("weight", -HUGE, "number_out_of_range"),
        ("weight", fractions.Fraction(HUGE), "wrong_type"),
        ("scorecard", SURROGATE, "wrong_type"),
        ("labels", {SURROGATE: "x"}, "wrong_type"),
        ("labels", {10**5000: "x"}, "wrong_type"),
    ],
)
def test_documents_of_strange_values(place: str, value: Any, code: str) -> None:
    document = changed(place, value)
    error = refused(lambda: cs.Scorecard(document))
    assert error.code == code
    assert error.context["path"].endswith(place)
    assert [issue.code for issue in cs.check(document)] == [code]


def test_paths_of_strange_values() -> None:
    class Path:
        def __fspath__(self) -> Any:
            return self

    assert [issue.code for issue in cs.check(changed("scorecard", Path()))] == ["wrong_type"]


def test_texts_with_surrogates(tmp_path: Any, number: cs.Scorecard) -> None:
    for read in (cs.Scorecard.from_json, cs.Scorecard.from_yaml, cs.Scorecard.from_toml):
        assert refused(lambda read=read: read(SURROGATE)).code == "document_syntax"
    for suffix in ("json", "yaml", "toml"):
        path = tmp_path / f"card.{suffix}"
        path.write_bytes(b'{"scorecard": "\xff"}')
        assert [issue.code for issue in cs.check(path)] == ["document_syntax"]
        assert refused(lambda path=path: cs.Scorecard.load(path)).code == "document_syntax"
    for options in ({"as_of": SURROGATE}, {"select": [SURROGATE]}, {"columns": {"x": SURROGATE}}):
        assert refused(lambda options=options: number.score({"x": [1]}, **options)).code == "wrong_type"
    scores = number.score({"x": [1.0]})
    assert refused(lambda: cs.chart.tier_shares(number, scores, language=SURROGATE)).code == "wrong_type"


def test_other_columns_need_no_name(card: cs.Scorecard) -> None:
    pd = library("pandas")
    columns = {name: values for name, values in ROWS.items() if name != "logins"}
    strange = {3: [0] * 5, "": [0] * 5, SURROGATE: [0] * 5, None: [0] * 5}
    rows = [dict(zip(columns, row, strict=True)) | {"": 0, 3: 0} for row in zip(*columns.values(), strict=True)]
    for frame in (pd.DataFrame({**columns, **dict.fromkeys([3, ""], 0)}), {**columns, **strange}, rows):
        error = refused(lambda frame=frame: card.score(frame, as_of=AS_OF))
        assert error.code == "unknown_column"
        assert "``" not in str(error)
        assert "plan" in str(error)
    one = {name: values[0] for name, values in (columns | strange).items()}
    error = refused(lambda: card.score_one(one, as_of=AS_OF))
    assert error.code == "unknown_column"
    assert "``" not in str(error)
    short = one_item(curve={"points": [[0, 0], [1, 1]]}, source={"column": "x"})
    assert "``" not in str(refused(lambda: short.score({"": [1.0]})))


def test_a_panic_is_an_error(number: cs.Scorecard) -> None:
    """A schema without a format, which no producer makes, is more than the reader of Arrow checks."""
    pa = library("pyarrow")
    release = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(lambda schema: None)
    schema = (ctypes.c_void_p * 9)()
    schema[7] = ctypes.cast(release, ctypes.c_void_p).value
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

    class Column:
        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return new(schema, b"arrow_schema", None), pa.array([1.0]).__arrow_c_array__()[1]

    with pytest.raises(cs.Error) as caught:
        number.score({"x": Column()})
    error = caught.value
    assert type(error) is cs.Error
    assert (error.code, error.kind, error.issues) == ("internal_error", "internal", [])
    assert "internal_error" in str(error)
    assert pickle.loads(pickle.dumps(error)).code == error.code
    assert number.score({"x": [1.0]})["score"] == [10.0]
