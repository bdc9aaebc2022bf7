"""Where did the MRR go: the part of `make demo` about recurring revenue.

The book is simulated: 4,000 accounts over two years from one seed. Every language makes it anew from the same document
and counts it by the same policy; only the document is handed over, and every value must be the same to the bit.
"""

import json
import numbers
import struct
import sys
from pathlib import Path
from typing import NamedTuple

import customer_success as cs
import pandas as pd

DOCUMENT = {"simulation": "demo", "accounts": 4000, "seed": 7, "from": "2024-01-01", "months": 24}
# The day after the last that the book covers: what happens from then on is not known.
HORIZON = "2026-01-01"
MOVEMENTS = ["new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx"]
SHOWN = ["opening", "new", "reactivation", "expansion", "contraction", "churn", "closing"]
RATES = {
    "net_revenue_retention": "Net revenue retention",
    "gross_revenue_retention": "Gross revenue retention",
    "logo_retention": "Logo retention",
}


class Counted(NamedTuple):
    """A simulated book, and what was counted in it."""

    book: cs.Simulation
    revenue: cs.Revenue[pd.DataFrame]
    bridge: pd.DataFrame
    retention: pd.DataFrame

    @property
    def year(self) -> pd.DataFrame:
        """The bridge of the last twelve months."""
        return self.bridge.tail(12)


def count() -> Counted:
    """Makes the book and counts it; stops when it does not add up."""
    book = cs.Simulation(DOCUMENT)
    revenue = cs.Revenue.from_subscriptions(book.table("subscriptions", into="pandas"), horizon=HORIZON)
    counted = Counted(book, revenue, revenue.bridge(), revenue.retention())
    check(counted)
    return counted


def check(counted: Counted) -> None:
    """Each month must lead to the next to the last cent, and those who left must be those whom the truth knows."""
    bridge = counted.bridge
    wrong = bridge["period"][bridge[["opening", *MOVEMENTS]].sum(axis="columns") != bridge["closing"]]
    if len(wrong):
        sys.exit(f"demo: the bridge does not add up in {', '.join(wrong)}")
    if bridge["opening"].tolist()[1:] != bridge["closing"].tolist()[:-1]:
        sys.exit("demo: a month does not open where the last one closed")
    left, known = bridge["churn_accounts"].sum(), counted.book.table("truth", into="pandas")["churns"].sum()
    if left != known:
        sys.exit(f"demo: the bridge has {left} losses, and the truth {known}")


def with_sum(bridge: pd.DataFrame) -> pd.DataFrame:
    """The rows of a bridge, and one for all: its movements are summed, its ends those of the first and the last row."""
    total = {"period": "all", **{name: bridge[name].sum() for name in MOVEMENTS}}
    total |= {"opening": bridge["opening"].iloc[0], "closing": bridge["closing"].iloc[-1]}
    return pd.concat([bridge[["period", *SHOWN]], pd.DataFrame([total])[["period", *SHOWN]]])


def rates(counted: Counted) -> pd.DataFrame:
    """Retention over the last twelve months, with what each rate is made of."""
    last = counted.retention.iloc[-1]
    parts = ["", "_numerator", "_denominator"]
    lines = [[title, *(last[name + part] for part in parts)] for name, title in RATES.items()]
    return pd.DataFrame(lines, columns=["figure", "value", "numerator", "denominator"])


def print_revenue(counted: Counted) -> None:
    """The bridge of the last year and its retention for the terminal."""
    book, policy = counted.book, counted.revenue.policy
    print(f"\nwhere did the MRR go? a simulated book of {book.accounts:,} accounts ({book.hash[:12]}),")
    print(f"counted by the policy {policy.id} ({policy.hash[:12]}); every row adds up to the last cent")
    print(f"  {'month':<9}" + "".join(f"{name:>14}" for name in SHOWN))
    for row in with_sum(counted.year).itertuples():
        print(f"  {row.period:<9}" + "".join(f"{getattr(row, name):>14,.2f}" for name in SHOWN))
    last = counted.retention.iloc[-1]
    print(f"  of those who were there on {last['from']:%Y-%m-%d}, on {last['to']:%Y-%m-%d}:")
    for row in rates(counted).itertuples():
        print(f"    {row.figure:<25}{row.value:>7.1%}{row.numerator:>16,} of {row.denominator:,}")


def pictures(counted: Counted) -> dict[str, dict]:
    """The charts of the page, by the id of their place."""
    revenue = counted.revenue
    cohorts = revenue.cohorts(measure="revenue", period="quarter")
    # Who was there on the first day began at some earlier day, which nobody knows.
    began = cohorts[cohorts["from"] > cohorts["from"].min()]
    return {
        "waterfall": cs.chart.bridge_waterfall(counted.year).spec,
        "stack": cs.chart.mrr_stack(revenue.bridge(by=["segment"])).spec,
        "movements": cs.chart.mrr_movements(counted.bridge).spec,
        "cohorts": cs.chart.cohort_heat_map(began).spec,
    }


# --- the other languages ----------------------------------------------------------------------------------------------


def write_book(path: Path) -> None:
    """Writes what the other languages need to make and count the same book."""
    path.write_text(json.dumps({"simulation": DOCUMENT, "horizon": HORIZON}), "utf-8")


def cell(value: object) -> str | None:
    """A value as the others write it: a number by the 16 hexadecimal digits of its double, the rest as text."""
    if pd.isna(value):
        return None
    if isinstance(value, numbers.Real):
        return struct.pack(">d", value).hex()
    return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)


def mine(counted: Counted) -> dict[str, object]:
    """What Python found, in the form in which the other languages leave it."""

    def table(frame: pd.DataFrame) -> dict[str, list[str | None]]:
        return {name: [cell(value) for value in frame[name].tolist()] for name in frame}

    hashes = {"book": counted.book.hash, "policy": counted.revenue.policy.hash}
    return {"hashes": hashes, "bridge": table(counted.bridge), "retention": table(counted.retention)}


def values(counted: Counted) -> int:
    """How many values are compared."""
    return counted.bridge.size + counted.retention.size


def differences(counted: Counted, path: Path) -> list[str]:
    """What another language counted differently; empty when every bit agrees."""
    ours, theirs = mine(counted), json.loads(path.read_text("utf-8"))
    found = [
        f"the hash of the {name} differs" for name, text in ours["hashes"].items() if theirs["hashes"][name] != text
    ]
    for part in ("bridge", "retention"):
        if ours[part].keys() != theirs[part].keys():
            found.append(f"the {part} has other columns")
        found += [f"{part}: {name} differs" for name, column in ours[part].items() if theirs[part].get(name) != column]
    return found
