"""Runs the Python or Node blocks of the how-to pages, page by page, as a reader would who types them one after another.

python check_docs.py python|node PAGE...
"""

import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FENCE = {"python": "python", "node": "js"}
TAB = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, fence: str) -> str:
    """All blocks of one language, in order."""
    found = (match for match in TAB.finditer(page.read_text("utf-8")) if match["language"] == fence)
    return "\n".join(textwrap.dedent(match["code"]) for match in found)


def run(language: str, code: str) -> subprocess.CompletedProcess:
    """Runs a page; Node resolves the package beside the examples."""
    if language == "python":
        return subprocess.run([sys.executable, "-"], input=code, text=True, capture_output=True, check=False)
    with tempfile.NamedTemporaryFile("w", suffix=".mjs", dir=ROOT / "docs" / "examples", encoding="utf-8") as file:
        file.write(code)
        file.flush()
        return subprocess.run(["node", file.name], text=True, capture_output=True, check=False)


def main() -> None:
    """Runs every page, and names those that fail."""
    language, *pages = sys.argv[1:]
    failed = 0
    for page in map(Path, pages):
        code = blocks(page, FENCE[language])
        if not code.strip():
            continue
        done = run(language, code)
        if done.returncode:
            failed += 1
            print(f"{page}: the {language} blocks fail\n{done.stderr[-2000:]}", file=sys.stderr)
    if failed:
        sys.exit(f"{failed} of {len(pages)} pages fail in {language}")
    print(f"the {language} blocks of {len(pages)} pages run")


if __name__ == "__main__":
    main()
