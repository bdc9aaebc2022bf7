"""The book that every benchmark scores: the card and the numbers of `benches/src/lib.rs`."""

from __future__ import annotations

from typing import Any

import numpy as np

ITEMS = 20
DIMENSIONS = 4
PER_DIMENSION = ITEMS // DIMENSIONS
NAMES = [f"x{item}" for item in range(ITEMS)]
DIMENSION_WEIGHTS = [20.0, 30.0, 40.0, 10.0]
TIERS = [("Lv1", 0), ("Lv2", 40), ("Lv3", 50), ("Lv4", 60)]
MIN_COVERAGE = 0.5


def points(item: int) -> list[list[float]]:
    """The four points of an item's curve."""
    shift = float(item % 5)
    return [[shift, 0.0], [20.0 + shift, 40.0], [60.0 + shift, 80.0], [90.0 + shift, 100.0]]


def weight(item: int) -> float:
    """The weight of an item in its dimension."""
    return float(1 + item % 4)


def dimensions() -> list[tuple[float, range]]:
    """Weight and items of each dimension."""
    return [(w, range(d * PER_DIMENSION, (d + 1) * PER_DIMENSION)) for d, w in enumerate(DIMENSION_WEIGHTS)]


def card(account: str | None = None) -> dict[str, Any]:
    """The card as a document."""
    document: dict[str, Any] = {
        "schema_version": 1,
        "scorecard": "bench",
        "dimensions": [
            {
                "id": f"d{d}",
                "weight": w,
                "items": [{"id": NAMES[i], "weight": weight(i), "curve": {"points": points(i)}} for i in items],
            }
            for d, (w, items) in enumerate(dimensions())
        ],
        "tiers": [{"id": name, "from": low} for name, low in TIERS],
    }
    return document | {"account": account} if account else document


def card_of_ids(account: str | None) -> dict[str, Any]:
    """A card of one item, beside which looking for duplicate accounts shows."""
    items = [{"id": "x", "curve": {"manual": {}}}]
    document = {"schema_version": 1, "scorecard": "ids", "dimensions": [{"id": "d", "items": items}]}
    return document | {"account": account} if account else document


def column(item: int, rows: int, missing: int = 1) -> np.ndarray:
    """Numbers from 0 to 100, of which `missing` in 20 are NaN: the mixing step of SplitMix64."""
    with np.errstate(over="ignore"):
        z = np.arange(rows, dtype=np.uint64) * np.uint64(ITEMS) + np.uint64(item + 1)
        z *= np.uint64(0x9E37_79B9_7F4A_7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
        z ^= z >> np.uint64(31)
    x = (z >> np.uint64(11)).astype(np.float64) / 2.0**53 * 100.0
    x[z % np.uint64(20) < missing] = np.nan
    return x


def columns(rows: int, missing: int = 1) -> dict[str, np.ndarray]:
    """All columns by name."""
    return {name: column(item, rows, missing) for item, name in enumerate(NAMES)}


def ids(rows: int) -> list[str]:
    """Texts that are all different, in a shuffled order: ids that rise need no table to be told apart."""
    return [f"acct-{i * 7_919 % rows:08}" for i in range(rows)]
