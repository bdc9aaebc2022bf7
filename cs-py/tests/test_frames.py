"""Every kind of frame and column in, the same kind out."""

from __future__ import annotations

import array
import datetime
import decimal
from typing import Any

import customer_success as cs
import pytest
from conftest import AS_OF, CARD, ROWS, library, one_item

WANTED_COLUMNS = ["account_id", "score", "tier", "status", "coverage", "usage", "relation"]
UTC = datetime.UTC


@pytest.fixture(scope="module")
def expected(card: cs.Scorecard) -> dict[str, list[Any]]:
    return card.score(ROWS, as_of=AS_OF)


def plain(frame: Any) -> dict[str, list[Any]]:
    """A result as lists with None for null."""
    if hasattr(frame, "to_pydict"):
        return frame.to_pydict()
    if hasattr(frame, "get_columns"):
        return frame.to_dict(as_series=False)
    names = list(frame.columns) if hasattr(frame, "columns") else list(frame)
    columns = {name: frame[name] for name in names}
    lists = {name: c.to_pylist() if hasattr(c, "to_pylist") else list(c) for name, c in columns.items()}
    return {name: [None if v is None or v != v else v for v in values] for name, values in lists.items()}


# What comes back ----------------------------------------------------------------------------------------


def test_lists(expected: dict[str, list[Any]]) -> None:
    assert list(expected) == WANTED_COLUMNS
    assert expected["account_id"] == ROWS["account_id"]
    # a: logins 40, seats 50, sso 100 → (2·40 + 50 + 100)/4 = 57.5; call today 100, free 20 → 60
    assert expected["usage"][0] == 57.5
    assert expected["relation"][0] == 60.0
    assert expected["score"][0] == pytest.approx(0.6 * 57.5 + 0.4 * 60)
    assert expected["tier"][0] == "Lv2"


def test_polars(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    pl = library("polars")
    frame = pl.DataFrame(ROWS)
    scores = card.score(frame, as_of=AS_OF)
    assert isinstance(scores, pl.DataFrame)
    assert plain(scores) == expected
    assert scores["tier"].dtype == pl.Enum(["Lv1", "Lv2", "Lv3"])
    assert scores["score"].dtype == pl.Float64
    with pytest.raises(TypeError, match="collect"):
        card.score(frame.lazy(), as_of=AS_OF)


def test_pandas(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    pd = library("pandas")
    frame = pd.DataFrame(ROWS, index=[7, 3, 5, 1, 9])
    scores = card.score(frame, as_of=AS_OF)
    assert isinstance(scores, pd.DataFrame)
    assert plain(scores) == expected
    assert list(scores.index) == [7, 3, 5, 1, 9]
    assert scores["score"].dtype == "float64"
    assert isinstance(scores["tier"].dtype, pd.CategoricalDtype)
    assert list(scores["tier"].cat.categories) == ["Lv1", "Lv2", "Lv3"]
    assert scores.attrs["customer_success.card_hash"] == card.hash
    scores.loc[3, "score"] = 1.0  # the columns are the caller's to write to
    assert scores["score"].iloc[1] == 1.0
    assert scores["account_id"].dtype == frame["account_id"].dtype


def test_pandas_indexes_and_names(card: cs.Scorecard) -> None:
    pd = library("pandas")
    frame = pd.DataFrame(ROWS, index=pd.MultiIndex.from_product([["x"], range(5)], names=["k", "n"]))
    frame[3] = 0  # a column whose name is no text
    scores = card.score(frame, as_of=AS_OF)
    assert scores.index.names == ["k", "n"]
    why = card.explain(frame, as_of=AS_OF)
    assert len(why) >= 25
    assert list(why.index[:3]) == [0, 1, 2]


def test_pandas_duplicate_column(card: cs.Scorecard) -> None:
    pd = library("pandas")
    frame = pd.DataFrame(ROWS)
    frame = pd.concat([frame, frame[["logins"]]], axis=1)
    with pytest.raises(cs.InvalidDataError) as caught:
        card.score(frame, as_of=AS_OF)
    assert caught.value.code == "duplicate_column"


def test_pyarrow(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    pa = library("pyarrow")
    table = pa.table(ROWS)
    scores = card.score(table, as_of=AS_OF)
    assert isinstance(scores, pa.Table)
    assert plain(scores) == expected
    assert scores.schema.metadata == {b"customer_success.card_hash": card.hash.encode()}
    scores.validate(full=True)
    batch = card.score(table.to_batches()[0], as_of=AS_OF)
    assert isinstance(batch, pa.RecordBatch)
    assert plain(batch) == expected
    reader = card.score(table.to_reader(max_chunksize=2), as_of=AS_OF)
    assert isinstance(reader, pa.RecordBatchReader)
    assert plain(reader.read_all()) == expected


def test_duckdb(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    duckdb, pa = library("duckdb"), library("pyarrow")
    connection = duckdb.connect()
    connection.register("facts", pa.table({**ROWS, "unused": [object.__name__] * 5}))
    scores = card.score(connection.sql("select * from facts"), as_of=AS_OF)
    assert isinstance(scores, duckdb.DuckDBPyRelation)
    assert plain(scores.to_arrow_table()) == expected
    with pytest.raises(cs.UnknownColumnError, match="login_count"):
        card.score(connection.sql("select * rename (logins as login_count) from facts"), as_of=AS_OF)


def test_narwhals(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    nw = library("narwhals")
    for name in ("polars", "pandas", "pyarrow"):
        lib = library(name)
        native = lib.table(ROWS) if name == "pyarrow" else lib.DataFrame(ROWS)
        scores = card.score(nw.from_native(native), as_of=AS_OF)
        assert isinstance(scores, nw.DataFrame)
        assert plain(scores.to_native()) == expected


def test_rows(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    rows = [dict(zip(ROWS, values, strict=True)) for values in zip(*ROWS.values(), strict=True)]
    scores = card.score(rows, as_of=AS_OF)
    assert isinstance(scores, list)
    assert scores == [dict(zip(expected, values, strict=True)) for values in zip(*expected.values(), strict=True)]
    assert card.score([], as_of=AS_OF) == []


@pytest.mark.parametrize("name", ["numpy", "polars", "pandas", "pyarrow"])
def test_dict_of(name: str, card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    lib = library(name)
    make = {"numpy": lambda v: lib.array(v, dtype=object)}.get(name) or getattr(lib, "Series", None) or lib.array
    columns = {key: make(values) for key, values in ROWS.items()}
    scores = card.score(columns, as_of=AS_OF)
    assert isinstance(scores, dict)
    assert {type(scores["tier"]), type(scores["score"])} <= {
        type(columns["logins"]),
        *([lib.Array, lib.DoubleArray, lib.DictionaryArray] if name == "pyarrow" else []),
    }
    assert plain(scores) == expected
    mixed = card.score({**columns, "account_id": ROWS["account_id"]}, as_of=AS_OF)
    assert type(mixed["score"]) is type(scores["score"])
    assert mixed["account_id"] is ROWS["account_id"]


def test_any_arrow_producer(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    pa = library("pyarrow")

    class Producer:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return pa.table(ROWS).__arrow_c_stream__(requested_schema)

    assert plain(card.score(Producer(), as_of=AS_OF)) == expected


@pytest.mark.parametrize("strange", [3, "text", object(), {1, 2}, None])
def test_what_is_no_frame(strange: Any, card: cs.Scorecard) -> None:
    with pytest.raises(TypeError, match=r"frame|row"):
        card.score(strange, as_of=AS_OF)
    with pytest.raises(TypeError, match="score_one"):
        card.score({name: values[0] for name, values in ROWS.items()}, as_of=AS_OF)


# What goes in ------------------------------------------------------------------------------------------

NUMBERS = [0.0, 2.0, None, 7.0, 10.0]
POINTS = [0.0, 20.0, None, 70.0, 100.0]


def polars_dtypes() -> list[str]:
    floats = ["Float32", "Float64"]
    return (
        floats
        + [f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)]
        + ["Decimal(9, 2)", "Decimal(38, 0)"]
    )


@pytest.mark.parametrize("dtype", polars_dtypes())
def test_polars_numbers(dtype: str, number: cs.Scorecard) -> None:
    pl = library("polars")
    kind = eval(f"pl.{dtype}", {"pl": pl})
    frame = pl.DataFrame({"x": pl.Series(NUMBERS).cast(kind)})
    assert number.score(frame)["score"].to_list() == POINTS
    for start in range(5):  # bitmaps that start at any bit
        assert number.score(frame[start:])["score"].to_list() == POINTS[start:]


@pytest.mark.parametrize("kind", ["f4", "f8", "f2", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">f8", ">i4", "g"])
def test_numpy_numbers(kind: str, number: cs.Scorecard) -> None:
    np = library("numpy")
    values = np.array([0, 2, 7, 10], dtype=kind)
    wanted = [0.0, 20.0, 70.0, 100.0]
    assert number.score({"x": values})["score"].tolist() == wanted
    assert number.score({"x": np.repeat(values, 3)[::3]})["score"].tolist() == wanted
    assert number.score({"x": values[::-1]})["score"].tolist() == wanted[::-1]
    pd = library("pandas")
    if kind != "g":
        assert (
            number.score(pd.DataFrame({"x": values.astype(values.dtype.newbyteorder("="))}))["score"].tolist() == wanted
        )


@pytest.mark.parametrize(
    "dtype", ["Int8", "Int64", "UInt16", "Float32", "Float64", "int64[pyarrow]", "double[pyarrow]", object]
)
def test_pandas_numbers(dtype: Any, number: cs.Scorecard) -> None:
    pd = library("pandas")
    if "pyarrow" in str(dtype):
        library("pyarrow")
    series = (
        pd.Series(NUMBERS).astype("Int64").astype(dtype) if dtype is not object else pd.Series(NUMBERS, dtype=object)
    )
    for start in range(5):
        assert plain(number.score(pd.DataFrame({"x": series[start:]})))["score"] == POINTS[start:]


def test_pandas_block_of_columns(number: cs.Scorecard) -> None:
    pd, np = library("pandas"), library("numpy")
    block = np.array([[0.0, 1], [2, 3], [np.nan, 5]])
    frame = pd.DataFrame(block, columns=["x", "y"])
    assert plain(number.score(frame))["score"] == [0.0, 20.0, None]


def test_buffers(number: cs.Scorecard) -> None:
    for values in (
        array.array("d", [0, 2]),
        array.array("i", [0, 2]),
        memoryview(b"\x00\x02"),
        range(0, 4, 2),
        (0, 2),
    ):
        assert number.score({"x": values})["score"] == [0.0, 20.0]
    assert number.score({"x": memoryview(b"\x00\x09\x02\x09")[::2]})["score"] == [0.0, 20.0]
    np = library("numpy")
    masked = np.ma.masked_array([0.0, 2.0, 9.0], mask=[False, False, True])
    assert plain(number.score({"x": masked}))["score"] == [0.0, 20.0, None]


@pytest.mark.parametrize(
    "values",
    [[0, 2.0, None], [decimal.Decimal(0), decimal.Decimal("2.0"), None], [0, 2, float("nan")]],
)
def test_lists_of_numbers(values: list[Any], number: cs.Scorecard) -> None:
    assert number.score({"x": values})["score"] == [0.0, 20.0, None]


def test_pandas_missing_values(number: cs.Scorecard) -> None:
    pd = library("pandas")
    assert number.score({"x": [0, pd.NA, pd.NaT, None, 2]})["score"] == [0.0, None, None, None, 20.0]


FLAGS = [True, None, False, True]
FLAG_POINTS = [100.0, None, 0.0, 100.0]


def flags(kind: str) -> Any:
    name, _, dtype = kind.partition(":")
    if name == "list":
        return {"x": FLAGS}
    lib = library(name)
    if name == "pandas":
        if "pyarrow" in dtype:
            library("pyarrow")
        return lib.DataFrame({"x": lib.Series(FLAGS, dtype=dtype)})
    return lib.DataFrame({"x": FLAGS}) if name == "polars" else lib.table({"x": FLAGS})


@pytest.mark.parametrize(
    "kind", ["list", "pandas:boolean", "pandas:object", "pandas:bool[pyarrow]", "polars", "pyarrow"]
)
def test_flags(kind: str) -> None:
    card = one_item(curve={"flag": {"set": 100, "unset": 0}})
    frame = flags(kind)
    assert plain(card.score(frame))["score"] == FLAG_POINTS
    if kind in ("polars", "pyarrow"):
        assert plain(card.score(frame[1:] if kind == "polars" else frame.slice(1)))["score"] == FLAG_POINTS[1:]


def test_numpy_flags() -> None:
    np, card = library("numpy"), one_item(curve={"flag": {"set": 100, "unset": 0}})
    assert card.score({"x": np.array([True, False])})["score"].tolist() == [100.0, 0.0]


LONG = "a category of more than twelve bytes"
WORDS = ["pro", None, LONG, "other"]
WORD_POINTS = [70.0, None, 40.0, 0.0]


def words(kind: str) -> Any:
    name, _, dtype = kind.partition(":")
    if name == "list":
        return {"x": WORDS}
    lib = library(name)
    if name == "pandas":
        if "pyarrow" in dtype:
            library("pyarrow")
        if dtype == "str" and lib.__version__ < "3":
            pytest.skip("pandas 3 has this dtype")
        return lib.DataFrame({"x": lib.Series(WORDS, dtype=dtype)})
    if name == "polars":
        kinds = {"": lib.String, "cat": lib.Categorical, "enum": lib.Enum(["other", "pro", LONG])}
        return lib.DataFrame({"x": lib.Series(WORDS, dtype=kinds[dtype])})
    kinds = {"large": lib.large_string(), "view": lib.string_view(), "": lib.string()}
    array = lib.array(WORDS, kinds.get(dtype, lib.string()))
    return lib.table({"x": array.dictionary_encode() if dtype == "dict" else array})


WORD_KINDS = [
    "list",
    *(f"pandas:{dtype}" for dtype in ("object", "category", "string[python]", "string[pyarrow]", "str")),
    *(f"polars{dtype}" for dtype in ("", ":cat", ":enum")),
    *(f"pyarrow{dtype}" for dtype in ("", ":large", ":view", ":dict")),
]


@pytest.mark.parametrize("kind", WORD_KINDS)
def test_words(kind: str) -> None:
    card = one_item(curve={"map": {"pro": 70, LONG: 40, "default": 0}})
    frame = words(kind)
    assert plain(card.score(frame))["score"] == WORD_POINTS
    sliced = {
        "list": lambda: {"x": WORDS[1:]},
        "pyarrow": lambda: frame.slice(1),
        "pandas": lambda: frame.iloc[1:],
    }
    assert plain(card.score(sliced.get(kind.partition(":")[0], lambda: frame[1:])()))["score"] == WORD_POINTS[1:]


def test_categories_of_nothing() -> None:
    card = one_item(curve={"map": {"pro": 70, "default": 0}})
    pd = library("pandas")
    assert plain(card.score(pd.DataFrame({"x": pd.Categorical([None, None])})))["score"] == [None, None]
    assert plain(card.score(pd.DataFrame({"x": pd.Categorical([])})))["score"] == []
    pa = library("pyarrow")
    empty = pa.DictionaryArray.from_arrays(pa.array([None, None], pa.int8()), pa.array([], pa.string()))
    assert plain(card.score(pa.table({"x": empty})))["score"] == [None, None]
    nothing = pa.DictionaryArray.from_arrays(pa.array([None, None], pa.int8()), pa.nulls(1))
    assert plain(card.score(pa.table({"x": nothing})))["score"] == [None, None]


def test_categories_of_numbers(number: cs.Scorecard) -> None:
    pd = library("pandas")
    frame = pd.DataFrame({"x": pd.Categorical([2, None, 0])})
    assert plain(number.score(frame))["score"] == [20.0, None, 0.0]
    pa = library("pyarrow")
    table = pa.table({"x": pa.array([2, None, 0]).dictionary_encode()})
    assert plain(number.score(table))["score"] == [20.0, None, 0.0]


# 20:00 UTC on 31 October is 1 November in Tokyo.
DATE, TIME = datetime.date(2026, 10, 31), datetime.datetime(2026, 10, 31, 20)
MOMENT = datetime.datetime(2026, 10, 31, 20, tzinfo=UTC)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))


def ages(frame: Any, **options: Any) -> list[Any]:
    """The days of `last` before 2 November, as points."""
    card = one_item(source={"days_since": "last"}, curve={"points": [[0, 0], [100, 100]]})
    return plain(card.score(frame, as_of="2026-11-02", **options))["score"]


def test_lists_of_days() -> None:
    for value in (DATE, TIME, MOMENT, "2026-10-31", "2026-10-31T20:00"):
        assert ages({"last": [value, None]}) == [2.0, None]
    assert ages({"last": [MOMENT.astimezone(TOKYO), None]}) == [1.0, None]
    assert ages({"last": [MOMENT, None]}, zone="+09:00") == [1.0, None]
    assert ages({"last": [TIME]}, zone="+09:00") == [2.0]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_pandas_days(unit: str) -> None:
    pd = library("pandas")
    naive = pd.Series([TIME, None], dtype=f"datetime64[{unit}]")
    assert ages(pd.DataFrame({"last": naive})) == [2.0, None]
    aware = naive.dt.tz_localize("UTC")
    assert ages(pd.DataFrame({"last": aware})) == [2.0, None]
    assert ages(pd.DataFrame({"last": aware.dt.tz_convert(TOKYO)})) == [1.0, None]
    assert ages(pd.DataFrame({"last": aware.dt.tz_convert("Asia/Tokyo")})) == [1.0, None]
    assert ages(pd.DataFrame({"last": aware}), zone="Asia/Tokyo") == [1.0, None]
    assert ages(pd.DataFrame({"last": pd.Series([DATE, None], dtype=object)})) == [2.0, None]


@pytest.mark.parametrize("unit", ["D", "h", "s", "ns", "M"])
def test_numpy_days(unit: str) -> None:
    np = library("numpy")
    values = np.array(["2026-10-31", "NaT"], dtype="M8[D]").astype(f"M8[{unit}]")
    assert ages({"last": values}) == [32.0 if unit == "M" else 2.0, None]


def test_polars_days() -> None:
    pl = library("polars")
    for values in (pl.Series([DATE, None]), pl.Series([TIME, None])):
        assert ages(pl.DataFrame({"last": values})) == [2.0, None]
    for unit in ("ms", "us", "ns"):
        aware = pl.Series([MOMENT, None]).dt.cast_time_unit(unit)
        assert ages(pl.DataFrame({"last": aware})) == [2.0, None]
        assert ages(pl.DataFrame({"last": aware.dt.convert_time_zone("Asia/Tokyo")})) == [1.0, None]


def test_pyarrow_days() -> None:
    pa = library("pyarrow")
    for kind in (pa.date32(), pa.date64()):
        assert ages(pa.table({"last": pa.array([DATE, None], kind)})) == [2.0, None]
    for unit in ("s", "ms", "us", "ns"):
        assert ages(pa.table({"last": pa.array([TIME, None], pa.timestamp(unit))})) == [2.0, None]
    assert ages(pa.table({"last": pa.array([MOMENT, None], pa.timestamp("us", "+09:00"))})) == [1.0, None]


def test_durations(number: cs.Scorecard) -> None:
    days = [datetime.timedelta(days=2), None]
    assert number.score({"x": days})["score"] == [20.0, None]
    pd = library("pandas")
    for unit in ("s", "ms", "us", "ns"):
        assert plain(number.score(pd.DataFrame({"x": pd.Series(days, dtype=f"timedelta64[{unit}]")})))["score"] == [
            20.0,
            None,
        ]
    assert plain(number.score(library("polars").DataFrame({"x": days})))["score"] == [20.0, None]
    assert plain(number.score(library("pyarrow").table({"x": days})))["score"] == [20.0, None]


def test_columns_of_nulls(number: cs.Scorecard) -> None:
    assert number.score({"x": [None, None]})["status"] == ["insufficient_data"] * 2
    np, pd = library("numpy"), library("pandas")
    assert plain(number.score(pd.DataFrame({"x": [None, None]})))["score"] == [None, None]
    assert plain(number.score({"x": np.array([np.nan, np.nan])}))["score"] == [None, None]
    assert plain(number.score(library("polars").DataFrame({"x": [None, None]})))["score"] == [None, None]
    assert plain(number.score(library("pyarrow").table({"x": [None, None]})))["score"] == [None, None]


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"x": [[1], [2]]},
        lambda: {"x": [b"a"]},
        lambda: library("pandas").DataFrame({"x": library("pandas").period_range("2026", periods=2)}),
        lambda: {"x": library("numpy").array([1j])},
        lambda: {"x": library("numpy").zeros((2, 2))},
        lambda: library("polars").DataFrame({"x": [[1]]}),
        lambda: library("polars").DataFrame({"x": [datetime.time(1)]}),
        lambda: library("pyarrow").table({"x": [{"a": 1}]}),
        lambda: library("pyarrow").table({"x": [b"a"]}),
    ],
)
def test_types_that_cannot_be_read(make: Any, number: cs.Scorecard) -> None:
    with pytest.raises(cs.UnsupportedError) as caught:
        number.score(make())
    assert caught.value.code == "unsupported_column_type"
    assert caught.value.context["column"] == "x"


# Batches -------------------------------------------------------------------------------------------------


def test_chunks_that_do_not_line_up(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    pa = library("pyarrow")
    for cut in range(6):
        other = 5 - cut
        columns = {
            name: pa.chunked_array([pa.array(v).slice(0, c), pa.array(v).slice(c)])
            for (name, v), c in zip(ROWS.items(), [cut, other, 2, cut, 1, other, 3], strict=True)
        }
        assert plain(card.score(pa.table(columns), as_of=AS_OF)) == expected
        assert plain(card.score(columns, as_of=AS_OF)) == expected


def test_explanation_of_chunks(card: cs.Scorecard) -> None:
    pa = library("pyarrow")
    table = pa.table(ROWS)
    parts = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    assert card.explain(parts, as_of=AS_OF) == card.explain(table, as_of=AS_OF)
    pl = library("polars")
    frame = pl.DataFrame(ROWS)
    parts = pl.concat([frame[:2], frame[2:]], rechunk=False)
    assert card.explain(parts, as_of=AS_OF).equals(card.explain(frame, as_of=AS_OF))


def test_stream(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    pa = library("pyarrow")
    batches = pa.table(ROWS).to_batches(max_chunksize=2)
    scores = list(card.score_stream(batches, as_of=AS_OF))
    assert [batch.num_rows for batch in scores] == [2, 2, 1]
    assert plain(pa.Table.from_batches(scores)) == expected


@pytest.mark.parametrize("name", ["polars", "pandas", "pyarrow"])
def test_empty(name: str, card: cs.Scorecard) -> None:
    lib = library(name)
    frame = lib.table(ROWS).slice(0, 0) if name == "pyarrow" else lib.DataFrame(ROWS)[:0]
    scores = card.score(frame, as_of=AS_OF)
    assert list(plain(scores)) == WANTED_COLUMNS
    assert len(scores) == 0
    assert len(card.explain(frame, as_of=AS_OF)) == 0
    if name == "pyarrow":
        assert len(card.score(frame.schema.empty_table(), as_of=AS_OF)) == 0
        no_batches = lib.Table.from_batches([], frame.schema)
        assert len(card.score(no_batches, as_of=AS_OF)) == 0


def test_mapped_and_selected_columns(card: cs.Scorecard, expected: dict[str, list[Any]]) -> None:
    renamed = {"Kunde" if name == "account_id" else name: values for name, values in ROWS.items()}
    renamed["x y"] = renamed.pop("logins")
    mapping = {"account_id": "Kunde", "logins": "x y"}
    scores = card.score(renamed, as_of=AS_OF, columns=mapping)
    assert scores["score"] == expected["score"]
    assert scores["Kunde"] == ROWS["account_id"]
    assert list(card.score(ROWS, as_of=AS_OF, select=["tier", "score"])) == ["tier", "score"]
    one = {name: values[0] for name, values in renamed.items()}
    assert card.score_one(one, as_of=AS_OF, columns=mapping)["score"] == expected["score"][0]


def test_nothing_is_copied(number: cs.Scorecard) -> None:
    """The memory of a result is the engine's own, and the account column is the caller's."""
    np, pl, pa = library("numpy"), library("polars"), library("pyarrow")
    frame = pl.DataFrame(ROWS)
    account = cs.Scorecard(CARD).score(frame, as_of=AS_OF)["account_id"]
    address = [pa.chunked_array(s).chunk(0).buffers()[1].address for s in (account, frame["account_id"])]
    assert address[0] == address[1]
    score = number.score({"x": np.array([1.0, 2.0])})["score"]
    assert not score.flags.owndata
    assert score.flags.writeable
