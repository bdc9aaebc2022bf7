"""Recurring revenue as others would count it, as well as we could: what was tried and lost is named where it lost.

The peers are told what ours finds out for itself: the order of the rows, that no month of an account is there twice,
that every month is named by its last day, and that the periods of one account do not overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import polars as pl
import revenue_books as books

LABELS = ["new", "reactivation", "expansion", "contraction", "churn"]
MOST_DAYS = 31
"""Between the last days of two months that follow each other there are at most so many days."""

Run = Callable[[], Any]


def connect(frame: pl.DataFrame, threads: int) -> duckdb.DuckDBPyConnection:
    """The frame as a table `book` of DuckDB's own, in the same order. Slower: scanning Arrow."""
    connection = duckdb.connect(config={"threads": threads})
    connection.register("given", frame.to_arrow())
    connection.execute("create table book as select * from given")
    connection.unregister("given")
    return connection


# --- bridge ---------------------------------------------------------------------------------------------------------


def finished(sums: Any) -> np.ndarray:
    """The bridge of sums by month and label: opening, movements and closing, in cents and then in accounts, by month.

    What is there in the first month is its opening. The closing needs no pass over all rows: it is what all months
    have added up to.
    """
    if not isinstance(sums, pl.DataFrame):
        sums = pl.from_arrow(sums)
    month = sums["month"].to_physical().replace_strict(books.MONTH_ENDS, np.arange(books.SNAPSHOTS)).to_numpy()
    label = sums["label"].to_numpy()
    bridge = np.zeros((books.SNAPSHOTS, 2, 1 + len(LABELS) + 1), np.int64)
    bridge[month, 0, label + 1] = sums["amount"].to_numpy()
    bridge[month, 1, label + 1] = sums["accounts"].to_numpy()
    signs = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, -1]])
    moved = (bridge[:, :, 1:-1] * signs).sum(2)
    bridge[:, :, -1] = moved.cumsum(0)
    bridge[:, :, 0] = bridge[:, :, -1] - moved
    bridge[0, :, 0] = bridge[0, :, -1]
    bridge[0, :, 1:-1] = 0
    return bridge.reshape(books.SNAPSHOTS, -1)


def _sums_of_changes(row: pl.DataFrame, before: pl.DataFrame, end: pl.DataFrame, last: Any) -> pl.DataFrame:
    """Sums by month and label of the rows that are not as the row before, of the rows before them, and of the last."""
    both = pl.concat([row, before.select(pl.all().name.prefix("p_"))], how="horizontal")
    same = (pl.col("account") == pl.col("p_account")).fill_null(False)
    step = pl.col("month").to_physical() - pl.col("p_month").to_physical()
    follows = same & (step <= MOST_DAYS)
    delta = pl.col("mrr") - pl.col("p_mrr")
    label = pl.when(follows & (delta > 0)).then(2).when(follows).then(3).when(same).then(1).otherwise(0)
    gains = both.lazy().select(
        "month", label.alias("label"), pl.when(follows).then(delta).otherwise("mrr").alias("amount")
    )
    gone = both.lazy().filter(~follows).select("p_month", "p_mrr")
    ends = end.lazy().select(pl.col("month").alias("p_month"), pl.col("mrr").alias("p_mrr"))
    losses = (
        pl.concat([gone, ends])
        .filter(pl.col("p_month") < last)
        .select(
            (pl.col("p_month") + pl.duration(days=1)).dt.month_end().alias("month"),
            pl.lit(4).alias("label"),
            (-pl.col("p_mrr")).alias("amount"),
        )
    )
    sums = pl.concat([gains, losses]).group_by("month", "label")
    return sums.agg(pl.col("amount").sum(), pl.len().alias("accounts")).collect()


def polars_sorted(frame: pl.DataFrame) -> Run:
    """Finds the rows that are not as the row before, by shifting three columns; all else is done with these few.

    Slower: the shifted columns in a frame (half as slow again on the streaming engine, twice in memory); slices instead
    of shifts.
    """
    changed = (
        pl.col("account").ne_missing(pl.col("account").shift(1))
        | (pl.col("mrr") != pl.col("mrr").shift(1))
        | (pl.col("month").to_physical() - pl.col("month").to_physical().shift(1) > MOST_DAYS)
    )

    def run() -> pl.DataFrame:
        at = frame.lazy().select(changed.fill_null(True).arg_true()).collect().to_series()
        before = frame[at.slice(1) - 1]
        nothing = before.clear(1)
        return _sums_of_changes(frame[at], pl.concat([nothing, before]), frame.tail(1), frame["month"].max())

    return run


def polars_all_rows(frame: pl.DataFrame) -> Run:
    """As most would write it: shifts in both directions, and sums of all rows by month."""
    account, month, mrr = pl.col("account"), pl.col("month"), pl.col("mrr")
    day = month.to_physical()
    same = (account == account.shift(1)).fill_null(False)
    follows = same & (day - day.shift(1) <= MOST_DAYS)
    stays = ((account == account.shift(-1)) & (day.shift(-1) - day <= MOST_DAYS)).fill_null(False)
    delta = mrr - mrr.shift(1)
    cases = [~same, same & ~follows, follows & (delta > 0), follows & (delta < 0), ~stays]
    amounts = [mrr, mrr, delta, delta, -mrr]
    rows = frame.lazy().select(
        "month", *(pl.when(c).then(a).alias(str(i)) for i, (c, a) in enumerate(zip(cases, amounts, strict=True)))
    )
    query = rows.group_by("month").agg(
        *(pl.col(str(i)).sum().alias(f"amount{i}") for i in range(len(cases))),
        *(pl.col(str(i)).count().alias(f"accounts{i}") for i in range(len(cases))),
    )

    def run() -> pl.DataFrame:
        wide = query.collect()
        last = wide["month"].max()
        parts = [wide.select("month", label=pl.lit(i), amount=f"amount{i}", accounts=f"accounts{i}") for i in range(5)]
        parts[4] = (
            parts[4].filter(pl.col("month") < last).with_columns(pl.col("month").dt.offset_by("1d").dt.month_end())
        )
        return pl.concat(parts)

    return run


def polars_shuffled(frame: pl.DataFrame) -> Run:
    """Sorts rows packed into one number, eight bytes where they fit and sixteen otherwise, and then as `polars_sorted`.

    Texts are packed as their hash; that no two of them have the same is seen from the texts, which are sorted along.
    Slower: sorting by two columns (four times), sorting by a packed account and month with the amount beside, grouping
    by account with sorted lists, dense ranks or categories of the texts, joins from month to month.
    """
    text = frame.schema["account"] == pl.String

    def run() -> pl.DataFrame:
        low = frame.select(pl.col("month", "mrr").min().to_physical(), *_ids(text, "min")).row(0)
        high = frame.select(pl.col("month", "mrr").max().to_physical(), *_ids(text, "max")).row(0)
        # with room for one month between an account's last day and the next one's first
        days, cents, ids = (
            (b - a + room).bit_length() for a, b, room in zip(low, high, [MOST_DAYS + 1, 0, 0], strict=True)
        )
        kind = pl.Int64 if days + cents + ids <= 63 else pl.Int128
        assert days + cents + ids <= 127
        key = (pl.col("account").hash() if text else pl.col("account")).cast(kind) - low[2]
        key = key * (1 << (days + cents))
        key += (pl.col("month").to_physical().cast(kind) - low[0]) * (1 << cents) + (pl.col("mrr").cast(kind) - low[1])
        packed = frame.lazy().select(key.alias("key"), *(["account"] if text else [])).sort("key")
        step = pl.col("key") - pl.col("key").shift(1)
        unchanged = pl.any_horizontal(step == (day << cents) for day in range(28, MOST_DAYS + 1))
        rows = packed.collect()
        if text:
            other = pl.col("account") != pl.col("account").shift(1)
            clash = other & (step < (1 << (days + cents)))  # more than a month of one account apart, or a clash
            changed, suspects = rows.lazy().select(~unchanged.fill_null(False), clash.fill_null(False)).collect()
        else:
            changed = rows.lazy().select(~unchanged.fill_null(False)).collect().to_series()
        at = changed.arg_true()

        def unpacked(part: pl.DataFrame) -> pl.DataFrame:
            rest = pl.col("key") % (1 << (days + cents))
            day = (rest // (1 << cents) + low[0]).cast(pl.Int32).cast(pl.Date)
            account = pl.col("account") if text else pl.col("key") // (1 << (days + cents))
            return part.select(
                account.alias("account"), day.alias("month"), (rest % (1 << cents) + low[1]).cast(pl.Int64).alias("mrr")
            )

        if text:
            hashes = pl.col("key") // (1 << (days + cents))
            pairs = rows[suspects.arg_true()].select(hashes), rows[suspects.arg_true() - 1].select(hashes)
            assert not (pairs[0].to_series() == pairs[1].to_series()).any(), "two texts have one hash"
        before = unpacked(rows[at.slice(1) - 1])
        last = pl.Series([high[0]], dtype=pl.Int32).cast(pl.Date)[0]
        return _sums_of_changes(unpacked(rows[at]), pl.concat([before.clear(1), before]), unpacked(rows.tail(1)), last)

    return run


def _ids(text: bool, end: str) -> list[pl.Expr]:
    if text:
        return [pl.lit(0 if end == "min" else 2**64 - 1, dtype=pl.UInt64).alias("account")]
    return [getattr(pl.col("account"), end)()]


def duckdb_bridge(frame: pl.DataFrame, threads: int, order: str) -> Run:
    """`lag` over the rows as they stand, which streams; shuffled ones are sorted first.

    Slower: a window by account and month (seven times for sorted rows, a fifth for the shuffled), lists by account.
    """
    connection = connect(frame, threads)
    rows = "book" if order == "sorted" else "(from book order by account, month)"
    sql = f"""
        with few as materialized (
            select *, coalesce(p_account = account, false) as same, same and month - p_month <= {MOST_DAYS} as follows
            from (
                select account, month, mrr, lag(account) over () as p_account, lag(month) over () as p_month,
                       lag(mrr) over () as p_mrr
                from {rows})
            where not follows or mrr <> p_mrr
        ), gains as (
            select month, case when not same then 0 when not follows then 1 when mrr > p_mrr then 2 else 3 end as label,
                   case when follows then mrr - p_mrr else mrr end as amount
            from few
        ), gone as (
            select p_month as month, p_mrr as mrr from few where not follows and p_month is not null
            union all (select month, mrr from book order by account desc, month desc limit 1)
        ), losses as (
            select last_day(month + 1) as month, 4 as label, -mrr as amount
            from gone where month < (select max(month) from book)
        )
        select month, label, sum(amount)::bigint as amount, count(*) as accounts
        from (from gains union all from losses) group by month, label
    """
    return lambda: connection.execute(sql).to_arrow_table()


# --- cohorts --------------------------------------------------------------------------------------------------------


def triangle(result: Any) -> np.ndarray:
    """Counts by cohort and age."""
    if isinstance(result, np.ndarray):
        return result
    if not isinstance(result, pl.DataFrame):
        result = pl.from_arrow(result)
    counts = np.zeros((books.MONTHS, books.MONTHS), np.int64)
    counts[result["cohort"].to_numpy(), result["age"].to_numpy()] = result["n"].to_numpy()
    return counts


def _month_of_day() -> np.ndarray:
    days = np.arange(books.FIRST_DAY, books.FIRST_DAY + books.DAYS).astype("datetime64[D]")
    return (days.astype("datetime64[M]").astype(np.int64) + 1970 * 12 + 1 - books.FIRST_MONTH).astype(np.uint8)


def numpy_cohorts(frame: pl.DataFrame, block: int = 65_536) -> Run:
    """A byte for each user and month, set by scattered writes of blocks that fit the cache; then counts of each cohort.

    Users are whole numbers in a dense range, which the other lines do not know. Slower: whole columns at once,
    `np.unique` of packed pairs, `np.bitwise_or.at` of words.
    """
    users, days = frame["account"].to_numpy(), frame["date"].to_physical().to_numpy()
    table = _month_of_day()

    def run() -> np.ndarray:
        active = np.zeros((int(users.max()) + 1, books.MONTHS), bool)
        flat = active.reshape(-1)
        for start in range(0, len(users), block):
            part = slice(start, start + block)
            place = users[part] * books.MONTHS
            place += table[days[part] - books.FIRST_DAY]
            flat[place] = True
        cohorts = active.argmax(1)
        seen = active[np.arange(len(active)), cohorts]
        counts = np.zeros((books.MONTHS, books.MONTHS), np.int64)
        for cohort in range(books.MONTHS):
            own = active[seen & (cohorts == cohort)]
            counts[cohort, : books.MONTHS - cohort] = own[:, cohort:].sum(0)
        return counts

    return run


def polars_cohorts(frame: pl.DataFrame) -> Run:
    """Months of each user as bits, folded in one grouping; then one row per bit of each pattern.

    Slower: distinct pairs of user and month with the first month of each user over them; the streaming engine.
    """
    day = pl.col("date").to_physical() - books.FIRST_DAY
    powers = pl.lit(pl.Series(np.int64(1) << _month_of_day().astype(np.int64)))
    bit = pl.col("bits")
    ages = pl.DataFrame({"month": range(books.MONTHS), "power": [1 << place for place in range(books.MONTHS)]}).lazy()
    query = (
        frame.lazy()
        .select("account", powers.gather(day).alias("bit"))
        .group_by("account")
        .agg(pl.col("bit").bitwise_or().alias("bits"))
        .group_by("bits")
        .agg(pl.len().cast(pl.Int64).alias("users"))
        .with_columns(pl.col("bits").bitwise_trailing_zeros().cast(pl.Int64).alias("cohort"))
        .join(ages, how="cross")
        .filter((bit & pl.col("power")) != 0)
        .group_by("cohort", (pl.col("month") - pl.col("cohort")).alias("age"))
        .agg(pl.col("users").sum().alias("n"))
    )
    return lambda: query.collect()


def duckdb_cohorts(frame: pl.DataFrame, threads: int) -> Run:
    """The same in SQL. Slower: `datediff`."""
    sql = f"""
        with users as (
            select bit_or(1::bigint << (date_part('year', date) * 12 + date_part('month', date)
                                        - {books.FIRST_MONTH})::bigint) as bits
            from book group by account
        ), cohorts as (
            select bits, log2(bits & -bits)::bigint as cohort, count(*) as n from users group by bits
        )
        select cohort, age, sum(n)::bigint as n
        from cohorts, range({books.MONTHS}) as ages(age)
        where cohort + age < {books.MONTHS} and (bits >> (cohort + age)) & 1 = 1
        group by all
    """
    connection = connect(frame, threads)
    return lambda: connection.execute(sql).to_arrow_table()


# --- MRR ------------------------------------------------------------------------------------------------------------


def levels(result: Any) -> np.ndarray:
    """Cents and accounts at each instant, from what begins and ends before each."""
    if not isinstance(result, pl.DataFrame):
        result = pl.from_arrow(result)
    moved = np.zeros((2, books.MONTHS + 1), np.int64)
    moved[:, result["at"].to_numpy()] = result["mrr"].to_numpy(), result["accounts"].to_numpy()
    return moved[:, : books.MONTHS].cumsum(1).T


def _instant_of_day(first: int, last: int) -> tuple[int, np.ndarray]:
    """From a day on, the first instant on or after each day."""
    return first, np.searchsorted(books.INSTANTS, np.arange(first, last + 1)).astype(np.int8)


def polars_mrr(frame: pl.DataFrame) -> Run:
    """Events at the next instant, by a table of days; sums of those by instant.

    Not tried: `search_sorted` of the days, and a join of periods and instants, which has a row for each of a period's
    instants.
    """
    start, end = pl.col("start").to_physical(), pl.col("end").to_physical()
    lazy = frame.lazy()
    whole = (
        pl.when(pl.col("interval") == "month")
        .then("amount")
        .when(pl.col("interval") == "year")
        .then(pl.col("amount") // 12)
        .otherwise(pl.col("amount") // 3)
    )

    def run() -> pl.DataFrame:
        ends = frame.select(
            pl.min_horizontal(start.min(), end.min()).alias("low"),
            pl.max_horizontal(start.max(), end.max()).alias("high"),
        )
        first, table = _instant_of_day(*ends.row(0))
        at = pl.lit(pl.Series(table))
        rows = lazy.select(begins=at.gather(start - first), ends=at.gather(end - first), mrr=whole)
        totals = pl.col("mrr").sum(), pl.len().cast(pl.Int64).alias("accounts")
        begun, ended = pl.collect_all(
            [
                rows.group_by(at="begins").agg(totals),
                rows.filter(pl.col("ends").is_not_null()).group_by(at="ends").agg(totals),
            ]
        )
        both = pl.concat([begun, ended.with_columns(-pl.col("mrr", "accounts"))])
        return both.group_by("at").agg(pl.col("mrr", "accounts").sum())

    return run


def duckdb_mrr(frame: pl.DataFrame, threads: int) -> Run:
    """The same in SQL: as all instants are ends of months, the next one is the month's."""
    connection = connect(frame, threads)
    first = books.FIRST_MONTH

    def at(day: str) -> str:
        month = f"(date_part('year', {day}) * 12 + date_part('month', {day}) - {first})"
        return f"greatest(0, least({books.MONTHS}, {month}))"

    sql = f"""
        with periods as (
            select {at("start")} as begins, case when "end" is not null then {at('"end"')} end as ends,
                   case interval when 'month' then amount when 'year' then amount // 12 else amount // 3 end as mrr
            from book
        ), pairs as (
            select begins, ends, sum(mrr)::bigint as mrr, count(*) as accounts from periods group by all
        )
        select instant as "at", sum(mrr)::bigint as mrr, sum(accounts)::bigint as accounts
        from (select begins as instant, mrr, accounts from pairs
              union all select ends, -mrr, -accounts from pairs where ends is not null)
        group by instant
    """
    return lambda: connection.execute(sql).to_arrow_table()
