"""Checks that the example in the README stands there as the tested files have it."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
readme = (ROOT / "README.md").read_text("utf-8")
stale = [
    file.name
    for file in sorted((ROOT / "docs" / "examples").glob("quickstart.*"))
    if file.read_text("utf-8").strip() not in readme
]
if stale:
    sys.exit(f"README.md does not show these files of docs/examples as they are: {', '.join(stale)}")
print("the README shows the tested examples")
