"""The caller's own accounts come back exactly, and none is taken for another."""

from __future__ import annotations

import datetime
import decimal
import fractions
from typing import Any

import customer_success as cs
import pytest
from conftest import NUMBER, library

CARD: dict[str, Any] = {
    **NUMBER,
    "account": "id",
    "dimensions": [
        {
            "id": "d",
            "weight": 1,
            "items": [{"id": item, "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1} for item in ("x", "y", "z")],
        }
    ],
}
DAY = datetime.date(2026, 10, 31)
TIME = datetime.datetime(2026, 10, 31, 20, 0, 0, 1)
MICRO = datetime.timedelta(microseconds=1)
ACCOUNTS: dict[str, list[Any]] = {
    "u64": [2**63 + 1, 2**63 + 2],
    "i64": [-(2**63), 2**63 - 1],
    "text": ["a", "a text of more than twelve bytes"],
    "date": [DAY, DAY + datetime.timedelta(days=1)],
    "time": [TIME, TIME + MICRO],
    "moment": [TIME.replace(tzinfo=datetime.UTC), (TIME + MICRO).replace(tzinfo=datetime.UTC)],
    "duration": [MICRO, 2 * MICRO],
    "decimal": [decimal.Decimal("12345678901234567890.12"), decimal.Decimal("12345678901234567891.12")],
}


@pytest.fixture(scope="module")
def accounts() -> cs.Scorecard:
    return cs.Scorecard(CARD)


def columns_of(kind: str) -> dict[str, list[Any]]:
    return {"id": ACCOUNTS[kind], **{item: [2.0, 4.0] for item in ("x", "y", "z")}}


def arrow_table(pa: Any, kind: str) -> Any:
    ids = pa.array(ACCOUNTS[kind], pa.uint64() if kind == "u64" else None)
    return pa.table({**columns_of("text"), "id": ids})


def thrice(values: list[Any]) -> list[Any]:
    return [value for value in values for _ in range(3)]


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_lists_and_rows(kind: str, accounts: cs.Scorecard) -> None:
    if kind == "decimal":
        pytest.skip("decimals in lists are read as floats, in which these two are one")
    columns = columns_of(kind)
    assert accounts.score(columns)["id"] is columns["id"]
    why = accounts.explain(columns)
    assert why["id"] == thrice(columns["id"])
    assert why["item"] == ["x", "y", "z"] * 2
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    assert [row["id"] for row in accounts.score(rows)] == columns["id"]
    assert [row["id"] for row in accounts.explain(rows)] == why["id"]
    assert accounts.explain({**columns, "id": tuple(columns["id"])})["id"] == why["id"]


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_polars(kind: str, accounts: cs.Scorecard) -> None:
    pl = library("polars")
    frame = pl.DataFrame(columns_of(kind))
    for chunked in (frame, pl.concat([frame[:1], frame[1:]], rechunk=False)):
        assert accounts.score(chunked)["id"].equals(frame["id"], check_dtypes=True)
        why = accounts.explain(chunked)
        assert why["id"].dtype == frame["id"].dtype
        assert why["id"].to_list() == thrice(ACCOUNTS[kind])
    why = accounts.explain(frame.to_dict())
    assert isinstance(why["id"], pl.Series)
    assert why["id"].to_list() == thrice(ACCOUNTS[kind])


def test_polars_categories_and_objects(accounts: cs.Scorecard) -> None:
    pl = library("polars")
    frame = pl.DataFrame(columns_of("text"))
    for dtype in (pl.Categorical, pl.Enum(ACCOUNTS["text"]), pl.Object):
        series = pl.Series("id", ACCOUNTS["text"], dtype=dtype)
        why = accounts.explain(frame.with_columns(series))["id"]
        assert why.dtype == dtype
        assert why.to_list() == thrice(ACCOUNTS["text"])


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_pandas(kind: str, accounts: cs.Scorecard) -> None:
    pd = library("pandas")
    frame = pd.DataFrame(columns_of(kind), index=[7, 7])
    if kind == "decimal":
        frame["id"] = frame["id"].astype(pd.ArrowDtype(library("pyarrow").decimal128(22, 2)))
    scores = accounts.score(frame)
    assert scores["id"].equals(frame["id"])
    assert list(scores.index) == [7, 7]
    why = accounts.explain(frame)
    assert why["id"].dtype == frame["id"].dtype
    assert list(why["id"]) == thrice(list(frame["id"]))
    assert why.index.equals(pd.RangeIndex(6))
    series = accounts.explain({name: frame[name] for name in frame})["id"]
    assert series.dtype == frame["id"].dtype
    assert list(series) == thrice(list(frame["id"]))
    assert series.index.equals(pd.RangeIndex(6))


def test_pandas_with_one_item() -> None:
    pd = library("pandas")
    card = cs.Scorecard({**NUMBER, "account": "id"})
    frame = pd.DataFrame({"id": ["a", "b"], "x": [2.0, 4.0]}, index=[7, 3])
    why = card.explain(frame)
    assert why.index.equals(pd.RangeIndex(2))
    assert list(why["id"]) == ["a", "b"]
    assert list(why["points"]) == [20.0, 40.0]


def test_pandas_extension_types(accounts: cs.Scorecard) -> None:
    pd = library("pandas")
    for dtype, values in (("UInt64", ACCOUNTS["u64"]), ("category", ["b", "a"]), ("string", ["b", "a"])):
        frame = pd.DataFrame({**columns_of("text"), "id": pd.Series(values, dtype=dtype)})
        why = accounts.explain(frame)["id"]
        assert why.dtype == frame["id"].dtype
        assert why.tolist() == thrice(values)


@pytest.mark.parametrize("kind", ACCOUNTS)
def test_pyarrow(kind: str, accounts: cs.Scorecard) -> None:
    pa = library("pyarrow")
    table = arrow_table(pa, kind)
    for chunked in (table, pa.concat_tables([table.slice(0, 1), table.slice(1)])):
        assert accounts.score(chunked)["id"] == table["id"]
        why = accounts.explain(chunked)
        assert why["id"].type == table["id"].type
        assert why["id"].to_pylist() == thrice(table["id"].to_pylist())
        why.validate(full=True)
    assert accounts.explain(table.to_batches()[0]).to_pydict() == why.to_pydict()
    array = accounts.explain({name: table[name].chunk(0) for name in table.column_names})["id"]
    assert array.to_pylist() == thrice(table["id"].to_pylist())


def test_pyarrow_views_and_dictionaries(accounts: cs.Scorecard) -> None:
    pa = library("pyarrow")
    for kind in (pa.string_view(), pa.dictionary(pa.int8(), pa.string())):
        table = pa.table({**columns_of("text"), "id": pa.array(ACCOUNTS["text"]).cast(kind)})
        why = accounts.explain(table)["id"]
        assert why.type == kind
        assert why.to_pylist() == thrice(ACCOUNTS["text"])


@pytest.mark.parametrize("kind", ["u64", "i64", "text", "time", "duration"])
def test_numpy(kind: str, accounts: cs.Scorecard) -> None:
    np = library("numpy")
    dtype = {"u64": "u8", "time": "M8[us]", "duration": "m8[us]"}.get(kind)
    columns = {name: np.array(values) for name, values in columns_of(kind).items()}
    columns["id"] = np.array(ACCOUNTS[kind], dtype=dtype)
    assert accounts.score(columns)["id"] is columns["id"]
    why = accounts.explain(columns)["id"]
    assert why.dtype == columns["id"].dtype
    assert why.tolist() == thrice(ACCOUNTS[kind])


def test_other_arrow_producers(accounts: cs.Scorecard) -> None:
    pa = library("pyarrow")

    class Producer:
        def __init__(self, values: Any) -> None:
            self.values = values

        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return self.values.__arrow_c_array__(requested_schema)

    table = arrow_table(pa, "u64")
    why = accounts.explain({name: Producer(table[name].chunk(0)) for name in table.column_names})
    assert why["id"].to_pylist() == thrice(ACCOUNTS["u64"])


def test_duckdb_and_narwhals(accounts: cs.Scorecard) -> None:
    duckdb, pa, nw = library("duckdb"), library("pyarrow"), library("narwhals")
    table = pa.table(columns_of("decimal"))
    connection = duckdb.connect()
    connection.register("facts", table)
    why = accounts.explain(connection.sql("select * from facts"))
    assert [row[0] for row in why.fetchall()] == thrice(ACCOUNTS["decimal"])
    assert accounts.explain(nw.from_native(table))["id"].to_list() == thrice(ACCOUNTS["decimal"])


# Accounts that are not the same -------------------------------------------------------------------------


BIG = 12345678901234567890123


@pytest.mark.parametrize(
    "ids",
    [
        [2**63 + 1, 2**63 + 2],
        [2**63 + 1, 5, 2**63 + 2],
        [-1, 2**63 + 1, 2**63 + 2],
        [-(2**63) - 1, -(2**63) - 2],
        [10**37 + 1, 10**37 + 2],
        [decimal.Decimal(BIG), decimal.Decimal(BIG + 1)],
        [decimal.Decimal("9007199254740993.0"), decimal.Decimal("9007199254740992"), 1],
        [fractions.Fraction(BIG), fractions.Fraction(BIG + 1)],
        [TIME, TIME + MICRO, TIME.replace(hour=3)],
    ],
)
def test_different_accounts(ids: list[Any], accounts: cs.Scorecard) -> None:
    columns = {"id": ids, **{item: [1.0] * len(ids) for item in ("x", "y", "z")}}
    assert accounts.score(columns)["id"] is ids
    with pytest.raises(cs.InvalidDataError) as caught:
        accounts.score({**columns, "id": [*ids[:-1], ids[0]]})
    assert caught.value.code == "duplicate_account"


def test_numbers_too_large_for_any_column(accounts: cs.Scorecard, number: cs.Scorecard) -> None:
    for ids in ([1, 10**39, 10**39 + 1], [1, 10**400, 10**400]):
        with pytest.raises(cs.UnsupportedError) as caught:
            accounts.score({"id": ids, **{item: [1.0] * 3 for item in ("x", "y", "z")}})
        assert caught.value.code == "unsupported_column_type"
        assert (caught.value.context["column"], caught.value.context["rows"]) == ("id", [1, 2])
    # beside fractions whole numbers are floats, as ever
    assert number.score({"x": [10**39, 2.5, 2**63]})["score"] == [100.0, 25.0, 100.0]
    assert number.score({"x": [2**63, 2**64, -(2**70), 2]})["score"] == [100.0, 100.0, 0.0, 20.0]
    for large in (2**63, 2**64, -(2**70)):
        assert number.score_one({"x": large})["score"] == number.score({"x": [large]})["score"][0]
