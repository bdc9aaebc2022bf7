"""Runs every notebook of the docs from top to bottom; with `--write` it keeps what they show.

A notebook that raises is an error; what it shows is not compared, since pictures carry versions.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Runs all notebooks."""
    for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": ROOT}}).execute()
        if "--write" in sys.argv:
            for cell in notebook.cells:
                cell.get("metadata", {}).pop("execution", None)
            nbformat.write(notebook, path)
        print(f"{path.relative_to(ROOT)} runs")


if __name__ == "__main__":
    main()
