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
from customer_success._partial import Partial
from customer_success._policy import RevenuePolicy, check_policy, policy_schema
from customer_success._revenue import Revenue
from customer_success._scalars import (
    add_months,
    annual_churn,
    currency_exponent,
    monthly_amount,
    monthly_churn,
    period_of,
    periods,
    round_money,
    split_money,
)
from customer_success._scorecard import Scorecard, Scorer, check, schema
from customer_success._simulation import Simulation

__all__ = [
    "Error",
    "InvalidDataError",
    "InvalidDocumentError",
    "Issue",
    "Issues",
    "NotConvergedError",
    "NotEnoughDataError",
    "OutOfRangeError",
    "Partial",
    "Revenue",
    "RevenuePolicy",
    "Scorecard",
    "Scorer",
    "Simulation",
    "TierFlow",
    "UnknownColumnError",
    "UnsupportedError",
    "__version__",
    "add_months",
    "annual_churn",
    "chart",
    "check",
    "check_policy",
    "currency_exponent",
    "monthly_amount",
    "monthly_churn",
    "period_of",
    "periods",
    "policy_schema",
    "round_money",
    "schema",
    "split_money",
    "tier_flow",
]
