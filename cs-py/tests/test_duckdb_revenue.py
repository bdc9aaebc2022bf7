"""Bridges, retention and cohorts against plain SQL, which shares no line of code with the core.

The SQL knows the default policy only: customers are accounts, movements are netted over the month, amounts of a
year are a twelfth of it a month, rounded half to even, and the first month of the data is opening only.
"""

from __future__ import annotations

import datetime
import random
from decimal import Decimal
from typing import Any

import customer_success as cs
import pytest
from conftest import library

HISTORY = datetime.date(2022, 1, 1)
HORIZON = datetime.date(2024, 7, 1)
ACCOUNTS = 2_000
LABELS = ("new", "reactivation", "expansion", "contraction", "churn")
POLICY = {"schema_version": 1, "policy": "plain", "currency": "USD"}

# Lines of the book: what is paid a month, in cents, from a day up to another.
LINES_OF_SUBSCRIPTIONS = """
create table lines as
with exact as (
    select account, segment, cast(start as date) as start, cast("end" as date) as stop,
        cast(cast(amount as decimal(18, 2)) * 100 as bigint) as cents,
        case "interval" when 'year' then 12 else 1 end as n
    from book
)
select account, segment, start, least(coalesce(stop, $horizon), $horizon) as stop,
    cents // n + case when 2 * (cents % n) > n or (2 * (cents % n) = n and (cents // n) % 2 = 1)
        then 1 else 0 end as mrr
from exact
where start < $horizon
"""

LINES_OF_SNAPSHOTS = """
create table lines as
select account, segment, cast(month || '-01' as date) as start,
    cast(cast(month || '-01' as date) + interval 1 month as date) as stop,
    cast(cast(mrr as decimal(18, 2)) * 100 as bigint) as mrr
from book
"""

# MRR of each account just before the first of each month, the horizon included.
STATES = """
create table months as
select cast(day as date) as a, cast(day + interval 1 month as date) as b
from generate_series($history::timestamp, $horizon::timestamp - interval 1 month, interval 1 month) as t(day);

create table states as
with days as (select a as day from months union select b from months),
    accounts as (select account, min(segment) as segment, min(start) as first from lines group by account)
select account, accounts.segment, first, day,
    coalesce((select sum(mrr) from lines
              where lines.account = accounts.account and start < day and stop >= day), 0)::bigint as mrr
from accounts cross join days;
"""

BRIDGE = """
with steps as (
    select a, x.segment, x.first, x.mrr as opening, y.mrr as closing,
        case when a = $history then 'none'
             when x.mrr = 0 and y.mrr > 0 then case when x.first < a then 'reactivation' else 'new' end
             when x.mrr > 0 and y.mrr = 0 then 'churn'
             when y.mrr > x.mrr then 'expansion'
             when y.mrr < x.mrr then 'contraction'
             else 'none' end as label
    from months
    join states as x on x.day = a
    join states as y on y.day = b and y.account = x.account
)
select strftime(a, '%Y-%m') as period, {key} as segment,
    sum(case when a = $history then closing else opening end)::bigint as opening,
    {labels},
    sum(closing)::bigint as closing,
    count(*) filter (case when a = $history then closing else opening end > 0) as opening_accounts,
    {counts},
    count(*) filter (closing > 0) as closing_accounts
from steps group by all order by all
""".replace(
    "{labels}",
    ", ".join(
        f"coalesce(sum(closing - opening) filter (label = '{label}'), 0)::bigint as \"{label}\"" for label in LABELS
    ),
).replace("{counts}", ", ".join(f"count(*) filter (label = '{label}') as {label}_accounts" for label in LABELS))

RETENTION = """
select cast(b - to_months($window) as date) as "from", b as "to",
    sum(x.mrr)::bigint as denominator, sum(y.mrr)::bigint as net, sum(least(x.mrr, y.mrr))::bigint as gross,
    count(*) as accounts, count(*) filter (y.mrr > 0) as still
from months
join states as x on x.day = cast(b - to_months($window) as date) and x.mrr > 0
join states as y on y.day = b and y.account = x.account
where cast(b - to_months($window) as date) > $history
group by b order by b
"""

COHORTS = """
with sizes as (select date_trunc('month', first)::date as cohort, account from states group by all)
select strftime(cohort, '%Y-%m') as cohort, date_diff('month', cohort, a)::bigint as age,
    count(*) as size, count(*) filter (mrr > 0) as retained
from sizes join months on a >= cohort join states on day = b and states.account = sizes.account
group by sizes.cohort, a order by all
"""


class Sql:
    """The tables of a book in plain SQL."""

    def __init__(self, book: dict[str, list[Any]], lines: str, horizon: datetime.date = HORIZON) -> None:
        duckdb, pa = library("duckdb"), library("pyarrow")
        self.connection = duckdb.connect()
        self.days = {"history": HISTORY, "horizon": horizon}
        self.connection.register("book", pa.table(book))
        self.connection.execute(lines, {"horizon": horizon} if "$horizon" in lines else None)
        months, states = STATES.split(";\n\n")
        self.connection.execute(months, self.days)
        self.connection.execute(states)

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        found = self.connection.execute(query, {"history": HISTORY, **values} if "$history" in query else None)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def bridge(self, key: str = "null") -> list[dict[str, Any]]:
        return self.rows(BRIDGE.replace("{key}", key))

    def retention(self, window: int) -> list[dict[str, Any]]:
        return self.rows(RETENTION, window=window)

    def cohorts(self) -> list[dict[str, Any]]:
        return self.rows(COHORTS)


def synthetic() -> dict[str, list[Any]]:
    """Customers who come, grow, shrink, pay by month or by year, leave, and now and then come back."""
    dice = random.Random(20240701)
    book: dict[str, list[Any]] = {
        name: [] for name in ("account", "start", "end", "amount", "interval", "currency", "segment")
    }
    span = (HORIZON - HISTORY).days
    for number in range(ACCOUNTS):
        day = 0 if number == 0 else dice.randrange(span)
        segment = dice.choice(["small", "medium", "large"])
        cents = dice.randrange(500, 50_000)
        while True:
            year = dice.random() < 0.3
            length = dice.choice([30, 45, 90, 180, 365]) + dice.randrange(20)
            # Some go on without an end, some end after the horizon.
            open_ended = dice.random() < 0.15
            amount = Decimal(cents * (10 if year else 1)) / 100
            start, end = HISTORY + datetime.timedelta(day), HISTORY + datetime.timedelta(day + length)
            row = (
                f"a{number}",
                start.isoformat(),
                None if open_ended else end.isoformat(),
                f"{amount:.2f}",
                "year" if year else "month",
                "USD",
                segment,
            )
            for column, cell in zip(book.values(), row, strict=True):
                column.append(cell)
            day += length
            if open_ended or dice.random() < 0.3:
                break
            if dice.random() < 0.4:
                day += dice.randrange(1, 120)
            if day >= span:
                break
            cents = max(100, int(cents * dice.choice([0.5, 0.8, 1, 1, 1.25, 2])))
    return book


def monthly(sql: Sql) -> dict[str, list[Any]]:
    """The same customers as snapshots: what they pay at the end of each month."""
    rows = sql.rows(
        "select account, segment, strftime(day - interval 1 day, '%Y-%m') as month, mrr from states "
        f"where mrr > 0 and day > date '{HISTORY}' order by account, day"
    )
    return {
        "account": [row["account"] for row in rows],
        "month": [row["month"] for row in rows],
        "mrr": [f"{Decimal(row['mrr']) / 100:.2f}" for row in rows],
        "currency": ["USD"] * len(rows),
        "segment": [row["segment"] for row in rows],
    }


def cents(amounts: list[Any]) -> list[int]:
    return [int(amount * 100) for amount in amounts]


def same_bridge(table: dict[str, list[Any]], rows: list[dict[str, Any]], by: bool = False) -> None:
    # Months in which nothing of a segment was there are rows of zeros in both.
    assert table["period"] == [row["period"] for row in rows]
    if by:
        assert table["segment"] == [row["segment"] for row in rows]
    for name in ("opening", *LABELS, "closing"):
        assert cents(table[name]) == [row[name] for row in rows], name
    for name in ("transfer", "fx"):
        assert not any(table[name])
    for name in ("opening", *LABELS, "closing"):
        assert list(table[f"{name}_accounts"]) == [row[f"{name}_accounts"] for row in rows], name


def same_retention(table: dict[str, list[Any]], rows: list[dict[str, Any]]) -> None:
    assert table["from"] == [row["from"] for row in rows]
    assert table["to"] == [row["to"] for row in rows]
    for figure, part in (("net_revenue_retention", "net"), ("gross_revenue_retention", "gross")):
        assert cents(table[f"{figure}_numerator"]) == [row[part] for row in rows]
        assert cents(table[f"{figure}_denominator"]) == [row["denominator"] for row in rows]
        assert table[figure] == [row[part] / row["denominator"] for row in rows]
    assert list(table["logo_retention_numerator"]) == [row["still"] for row in rows]
    assert list(table["logo_retention_denominator"]) == [row["accounts"] for row in rows]
    assert table["logo_retention"] == [row["still"] / row["accounts"] for row in rows]
    assert table["logo_churn"] == [(row["accounts"] - row["still"]) / row["accounts"] for row in rows]


def same_cohorts(table: dict[str, list[Any]], rows: list[dict[str, Any]]) -> None:
    cells = zip(table["cohort"], table["age"], table["size"], table["retained"], table["retention_reason"], strict=True)
    mature = []
    for cohort, age, size, retained, reason in cells:
        if reason == "immature":
            assert retained is None
        else:
            mature.append({"cohort": cohort, "age": age, "size": size, "retained": retained})
    assert mature == rows


def same(rev: Any, sql: Sql) -> None:
    same_bridge(rev.bridge(), sql.bridge())
    same_bridge(rev.bridge(by=["segment"]), sql.bridge("segment"), by=True)
    same_retention(rev.retention(), sql.retention(12))
    same_retention(rev.retention(window=3), sql.retention(3))
    same_cohorts(rev.cohorts(), sql.cohorts())


def test_the_sql_gives_numbers_counted_by_hand() -> None:
    # a pays 100.00 and then 150.00; b pays 1,000.30 a year, 83.36 a month; it leaves in March and is back in May;
    # c starts in the middle of February and is gone in the middle of March.
    book = {
        "account": ["a", "a", "b", "b", "c"],
        "start": ["2022-01-01", "2022-03-10", "2022-01-05", "2022-05-02", "2022-02-15"],
        "end": ["2022-03-10", None, "2022-03-20", "2022-09-01", "2022-03-15"],
        "amount": ["100.00", "150.00", "1000.30", "1000.30", "40.00"],
        "interval": ["month", "month", "year", "year", "month"],
        "segment": ["s", "s", "t", "t", "t"],
    }
    sql = Sql(book, LINES_OF_SUBSCRIPTIONS, datetime.date(2022, 6, 1))
    names = ("opening", *LABELS, "closing", "opening_accounts", "closing_accounts")
    assert {row["period"]: tuple(row[name] for name in names) for row in sql.bridge()} == {
        "2022-01": (18336, 0, 0, 0, 0, 0, 18336, 2, 2),
        "2022-02": (18336, 4000, 0, 0, 0, 0, 22336, 2, 3),
        "2022-03": (22336, 0, 0, 5000, 0, -12336, 15000, 3, 1),
        "2022-04": (15000, 0, 0, 0, 0, 0, 15000, 1, 1),
        "2022-05": (15000, 0, 8336, 0, 0, 0, 23336, 1, 2),
    }
    counts = [sum(row[f"{label}_accounts"] for row in sql.bridge()) for label in LABELS]
    assert counts == [1, 1, 1, 0, 2]
    # From the end of February to that of May: a 100.00 → 150.00 since March, b 83.36 → 83.36, c 40.00 → 0.
    assert sql.retention(3)[-1] == {
        "from": datetime.date(2022, 3, 1),
        "to": datetime.date(2022, 6, 1),
        "denominator": 22336,
        "net": 23336,
        "gross": 18336,
        "accounts": 3,
        "still": 2,
    }
    assert [(row["cohort"], row["age"], row["size"], row["retained"]) for row in sql.cohorts()] == [
        ("2022-01", 0, 2, 2),
        ("2022-01", 1, 2, 2),
        ("2022-01", 2, 2, 1),
        ("2022-01", 3, 2, 1),
        ("2022-01", 4, 2, 2),
        ("2022-02", 0, 1, 1),
        ("2022-02", 1, 1, 0),
        ("2022-02", 2, 1, 0),
        ("2022-02", 3, 1, 0),
    ]
    assert {row["segment"]: row["closing"] for row in sql.bridge("segment")[-2:]} == {"s": 15000, "t": 8336}


@pytest.fixture(scope="module")
def book() -> dict[str, list[Any]]:
    return synthetic()


def test_subscriptions(book: dict[str, list[Any]]) -> None:
    sql = Sql(book, LINES_OF_SUBSCRIPTIONS)
    same(cs.Revenue.from_subscriptions(book, policy=POLICY, horizon=HORIZON), sql)


def test_snapshots(book: dict[str, list[Any]]) -> None:
    months = monthly(Sql(book, LINES_OF_SUBSCRIPTIONS))
    sql = Sql(months, LINES_OF_SNAPSHOTS)
    same(cs.Revenue.from_snapshots(months, policy=POLICY, horizon=HORIZON), sql)
