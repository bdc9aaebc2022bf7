"""A second, independent way behind every formula of the vectors.

It follows the rules as they are written down, row by row and with exact fractions, and shares nothing with
the library: no blocks, no compiled curves, no floats until the comparison. The rules are in the folder `rules`
beside this file. `python reference.py` runs every case that expects `scores`, an `explanation` or a `hash`,
chains of readings, and every error that lies in the data or in the tables beside it, and every figure of money and
time that has a value; it exits with 1 and a list when one disagrees. It needs nothing but the standard library.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rules.compare import check_folder
from rules.figures import check_figures
from rules.revenue import check_folder as check_revenue

if __name__ == "__main__":
    vectors = Path(__file__).parent
    health = check_folder(vectors / "health")
    revenue = check_revenue(vectors / "revenue")
    sys.exit(check_figures([vectors / "money", vectors / "calendar"]) or health or revenue)
