"""Cards and frames that several tests use."""

from __future__ import annotations

import importlib
from typing import Any

import customer_success as cs
import pytest

CARD: dict[str, Any] = {
    "schema_version": 1,
    "scorecard": "test_card",
    "account": "account_id",
    "dimensions": [
        {
            "id": "usage",
            "weight": 60,
            "items": [
                {"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 2},
                {
                    "id": "seats",
                    "source": {"ratio": ["active", "bought"]},
                    "curve": {"points": [[0, 0], [0.8, 100]]},
                    "weight": 1,
                },
                {"id": "sso", "curve": {"flag": {"set": 100, "unset": 0}}, "weight": 1},
            ],
        },
        {
            "id": "relation",
            "weight": 40,
            "items": [
                {
                    "id": "last_call",
                    "source": {"days_since": "last_call_on"},
                    "curve": {"recency": {"half_life_days": 14}},
                    "weight": 1,
                },
                {"id": "plan", "curve": {"map": {"free": 20, "pro": 70, "default": 0}}, "weight": 1},
            ],
        },
    ],
    "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 40}, {"id": "Lv3", "from": 65}],
}

# One item on one column, for tests of a single column type.
NUMBER: dict[str, Any] = {
    "schema_version": 1,
    "scorecard": "one_number",
    "dimensions": [
        {
            "id": "d",
            "weight": 1,
            "items": [{"id": "x", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}],
        }
    ],
    "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 50}],
}


def one_item(**item: Any) -> cs.Scorecard:
    """The card of one number with another item."""
    document = {
        **NUMBER,
        "dimensions": [{"id": "d", "weight": 1, "items": [{"id": "x", "weight": 1, **item}]}],
    }
    return cs.Scorecard(document)


ROWS: dict[str, list[Any]] = {
    "account_id": ["a", "b", "c", "d", "e"],
    "logins": [4.0, None, 9.5, 0.0, 12.25],
    "active": [4, 9, None, 0, 7],
    "bought": [10, 10, 10, 0, 10],
    "sso": [True, False, None, True, False],
    "last_call_on": ["2026-10-31", "2026-10-17", None, "2026-01-01", "2026-10-30"],
    "plan": ["free", "pro", None, "other", "pro"],
}
AS_OF = "2026-10-31"


@pytest.fixture(scope="session")
def card() -> cs.Scorecard:
    return cs.Scorecard(CARD)


@pytest.fixture(scope="session")
def number() -> cs.Scorecard:
    return cs.Scorecard(NUMBER)


def library(name: str) -> Any:
    """A frame library, or a skipped test: the second environment has pandas 2 and nothing else."""
    try:
        return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"{name} is not installed")
