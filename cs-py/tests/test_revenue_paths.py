"""Plain books of account-months are read from their columns; with a constant product they take the general path.

The books are longer than the blocks in which columns are read, and stand in every order and layout.
"""

from __future__ import annotations

import datetime

import customer_success as cs
import numpy as np
import pytest

pl = pytest.importorskip("polars")


def book(rng: np.random.Generator) -> pl.DataFrame:
    """Account-months with changes, gaps, free months and ends, sorted by account and month."""
    months = [datetime.date(2022 + at // 12, at % 12 + 1, 1 + int(rng.integers(0, 28))) for at in range(30)]
    rows = []
    for account in range(int(rng.integers(400, 800))):
        cents = int(rng.integers(0, 5)) * 100
        for at in range(int(rng.integers(0, 12)), 30):
            luck = rng.random()
            cents = int(rng.integers(0, 6)) * 100 if luck < 0.05 else cents
            if luck > 0.93:
                continue
            if luck > 0.90:
                break
            rows.append((account, months[at], cents))
    return pl.DataFrame(rows, schema=["account", "month", "mrr"], orient="row")


LAYOUTS = {
    "sorted": lambda frame: frame,
    "far apart": lambda frame: frame.with_columns(pl.col("account") * 1_000_003),
    "short texts": lambda frame: frame.with_columns(pl.col("account").cast(pl.String).str.zfill(9)),
    "long texts": lambda frame: frame.with_columns("account number " + pl.col("account").cast(pl.String).str.zfill(9)),
    "chunks": lambda frame: pl.concat([frame[:1000], frame[1000:3500], frame[3500:]], rechunk=False),
    "shuffled": lambda frame: frame.sample(fraction=1, shuffle=True, seed=3),
    "shuffled, far apart": lambda frame: LAYOUTS["shuffled"](LAYOUTS["far apart"](frame)),
    "shuffled, texts": lambda frame: LAYOUTS["shuffled"](LAYOUTS["long texts"](frame)),
}
POLICIES = [
    {},
    {"history_complete": True, "reactivation": {"min_gap": "2 months", "max_gap": "5 months"}},
    {"history_complete": True, "free_accounts": "count"},
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("switches", POLICIES, ids=["default", "gaps", "free"])
@pytest.mark.parametrize("horizon", [None, "2024-01-01", "2023-09-17"])
def test_both_paths_give_one_bridge(layout: str, switches: dict, horizon: str | None) -> None:
    """Every column of the bridge is the same, whichever path the rows take."""
    frame = LAYOUTS[layout](book(np.random.default_rng(len(layout))))
    assert frame.height > 2_048
    policy = cs.RevenuePolicy({"schema_version": 1, "policy": "paths", "currency": "USD", **switches})
    options = {} if horizon is None else {"horizon": horizon}
    plain = cs.Revenue.from_snapshots(frame, policy=policy, **options).bridge()
    general = cs.Revenue.from_snapshots(frame.with_columns(product=pl.lit("x")), policy=policy, **options).bridge()
    assert plain.equals(general)
    assert plain["expansion_accounts"].sum() > 10
