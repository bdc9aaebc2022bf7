"""The mathematics of customer success: health scores, tiers, and the reason for every number.

A scorecard is a plain document; `Scorecard` checks it and scores frames of customers with it: polars,
pandas, pyarrow, DuckDB or a dict of columns in, the same kind out.

Examples:
    >>> import customer_success as cs
    >>> card = cs.Scorecard(
    ...     {
    ...         "schema_version": 1,
    ...         "scorecard": "example",
    ...         "account": "account_id",
    ...         "dimensions": [
    ...             {
    ...                 "id": "usage",
    ...                 "weight": 1,
    ...                 "items": [{"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}, "weight": 1}],
    ...             }
    ...         ],
    ...         "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 50}],
    ...     }
    ... )
    >>> scores = card.score({"account_id": ["a", "b"], "logins": [4.0, 9.0]})
    >>> scores["score"], scores["tier"]
    ([40.0, 90.0], ['Lv1', 'Lv2'])
"""

from customer_success import chart
from customer_success._core import __version__
from customer_success._errors import (
    Error,
    InvalidDataError,
    InvalidDocumentError,
    Issue,
    Issues,
    NotConvergedError,
    NotEnoughDataError,
    OutOfRangeError,
    UnknownColumnError,
    UnsupportedError,
)
from customer_success._flow import TierFlow, tier_flow
from customer_success._scorecard import Scorecard, Scorer, check, schema

__all__ = [
    "Error",
    "InvalidDataError",
    "InvalidDocumentError",
    "Issue",
    "Issues",
    "NotConvergedError",
    "NotEnoughDataError",
    "OutOfRangeError",
    "Scorecard",
    "Scorer",
    "TierFlow",
    "UnknownColumnError",
    "UnsupportedError",
    "__version__",
    "chart",
    "check",
    "schema",
    "tier_flow",
]
