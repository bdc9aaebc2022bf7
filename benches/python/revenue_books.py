"""The books of the revenue benchmarks: account-months, a log of activity, and subscription periods.

All numbers come from the mixing step of SplitMix64, so that every run and every machine has the same.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

ACCOUNT_MONTHS = 10_000_000
ACTIVITY = 10_000_000
PERIODS = 5_000_000

USERS_PER_ROW = 1 / 20  # half a million users of ten million rows
FIRST_DAY = 18_993  # 2022-01-01
DAYS = 1_096  # three years
MONTHS = 36
FIRST_MONTH = 2022 * 12 + 1
HORIZON = "2025-01-01"

SNAPSHOTS = 25
ID_STEP = 1_000_003
INTERVALS = ["month", "quarter", "year"]


def dice(count: int, seed: int) -> np.ndarray:
    """Numbers of 64 bits, by place and seed."""
    return mixed(np.arange(count, dtype=np.uint64) + (np.uint64(seed) << np.uint64(40)))


def mixed(numbers: np.ndarray) -> np.ndarray:
    """The mixing step of SplitMix64."""
    with np.errstate(over="ignore"):
        z = numbers.astype(np.uint64) + np.uint64(1)
        z *= np.uint64(0x9E37_79B9_7F4A_7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
        return z ^ (z >> np.uint64(31))


def below(numbers: np.ndarray, bound: int) -> np.ndarray:
    """Dice as whole numbers from 0 to before `bound`."""
    return (numbers % np.uint64(bound)).astype(np.int64)


def ends_of_months(first: str, count: int) -> np.ndarray:
    """Last days of months, as days since 1970."""
    starts = np.datetime64(first, "M") + np.arange(1, count + 1)
    return starts.astype("datetime64[D]").astype(np.int32) - np.int32(1)


MONTH_ENDS = ends_of_months("2023-01", SNAPSHOTS)
"""The days of the snapshots."""
INSTANTS = ends_of_months("2022-01", MONTHS)
"""The days on which MRR is wanted."""


def account_months(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Accounts (0, 1, 2, …), last days of months and cents of some account-months, sorted by account and month.

    Of 25 months: one account in seven starts after the first; each month one in 67 changes what it pays, one in 200
    leaves, and one in 25 of those that left is back.
    """
    accounts = rows // SNAPSHOTS * 6 // 5 + 1
    first = dice(accounts, 1)
    start = np.where(first % np.uint64(7) == 0, below(first >> np.uint64(8), SNAPSHOTS - 1) + 1, 0)
    amount = 1_000 + below(first >> np.uint64(32), 90) * 100
    live = np.zeros(accounts, bool)
    there = np.empty((accounts, SNAPSHOTS), bool)
    paid = np.empty((accounts, SNAPSHOTS), np.int64)
    for month in range(SNAPSHOTS):
        own = dice(accounts, 2 + month)
        begun = start == month
        left = live & (own % np.uint64(200) == 0)
        back = ~live & (start < month) & (own % np.uint64(25) == 0)
        live = (live & ~left) | back | begun
        moves = (own >> np.uint64(16)) % np.uint64(67) == 0
        amount = np.maximum(amount + moves * (below(own >> np.uint64(32), 9) - 4) * 250, 100)
        there[:, month], paid[:, month] = live, amount
    account, month = (places[:rows] for places in np.nonzero(there))
    assert len(account) == rows, "too few accounts"
    return account, MONTH_ENDS[month], paid[there][:rows]


def snapshots(rows: int, ids: str, order: str) -> Any:
    """Account-months as a polars frame: ids `close`, `spread` or `text`, order `sorted` or `shuffled`."""
    import polars as pl

    account, month, mrr = account_months(rows)
    if order == "shuffled":
        places = np.argsort(dice(rows, 60))
        account, month, mrr = account[places], month[places], mrr[places]
    return pl.DataFrame(
        {"account": _ids(account, ids, "acct-"), "month": pl.Series(month).cast(pl.Date), "mrr": pl.Series(mrr)}
    ).rechunk()


def _ids(numbers: np.ndarray, kind: str, prefix: str) -> Any:
    import polars as pl

    if kind == "text":
        digits = pl.Series(numbers).cast(pl.String).str.zfill(7)
        return pl.select(pl.format(prefix + "{}", digits)).to_series()
    return pl.Series(numbers * (ID_STEP if kind == "spread" else 1))


def activity(rows: int, ids: str) -> Any:
    """A log of activity as a polars frame, in no order: a user is active somewhere between joining and leaving.

    Of the numbers that users have every one is in use; ids are `close` or `text`.
    """
    import polars as pl

    thrown = mixed(np.arange(rows))
    users = below(thrown, max(int(rows * USERS_PER_ROW), 1))
    own = mixed(users.astype(np.uint64) + np.uint64(1 << 40))
    joined = own % np.uint64(DAYS)
    stayed = (own >> np.uint64(20)) % (np.uint64(DAYS) - joined) + np.uint64(1)
    days = (joined + (thrown >> np.uint64(32)) % stayed).astype(np.int32) + np.int32(FIRST_DAY)
    return pl.DataFrame({"account": _ids(users, ids, "user-"), "date": pl.Series(days).cast(pl.Date)}).rechunk()


def subscriptions(rows: int) -> Any:
    """Subscription periods as a polars frame, in the order of their starts.

    An account has up to four, one after the other, some with a gap between; the last is open in one of two. Amounts in
    cents are divisible by 12, so that a month of a quarter or a year is whole and no rounding is needed.
    """
    import polars as pl

    accounts = rows // 4 + 1
    account = np.repeat(np.arange(accounts), 4)[:rows]
    own = dice(rows, 70)
    length = 20 + below(own, 420)
    gap = np.where((own >> np.uint64(9)) % np.uint64(5) == 0, below(own >> np.uint64(12), 90), 0)
    place = np.arange(rows) % 4
    spans = np.zeros((accounts, 4), np.int64)
    spans.reshape(-1)[:rows] = length + gap
    before = (np.cumsum(spans, axis=1) - spans).reshape(-1)[:rows]
    start = FIRST_DAY - 400 + below(dice(accounts, 71), 1_000)[account] + before
    last = np.append(account[1:] != account[:-1], True) | (place == 3)
    end = pl.Series((start + length).astype(np.int32)).cast(pl.Date)
    still = pl.Series(last & ((own >> np.uint64(20)) % np.uint64(2) == 0))
    interval = pl.Series(below(own >> np.uint64(24), 6)).replace_strict(
        range(6), ["month"] * 3 + ["quarter"] + ["year"] * 2
    )
    # a start on or beyond the horizon is in the book as well: a contract that is signed
    frame = pl.DataFrame(
        {
            "account": pl.Series(account),
            "start": pl.Series(start.astype(np.int32)).cast(pl.Date),
            "end": end.zip_with(~still, pl.Series([None], dtype=pl.Date).new_from_index(0, rows)),
            "amount": pl.Series((100 + below(own >> np.uint64(40), 900)) * 12),
            "interval": interval,
        }
    )
    return frame.sort("start", maintain_order=True).rechunk()


assert all(28 <= after - before <= 31 for before, after in pairwise(MONTH_ENDS.tolist()))
