"""Checks that the examples of README.md are those that the tests run; with --write, puts them there."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = {"python": "quickstart.py", "js": "quickstart.mjs", "rust": "quickstart.rs", "text": "quickstart.txt"}


def with_examples(readme: str) -> str:
    """The README with each example as it stands in docs/examples."""
    for language, name in EXAMPLES.items():
        text = (ROOT / "docs" / "examples" / name).read_text(encoding="utf-8")
        block = re.compile(rf"(?<=```{language}\n).*?(?=```)", re.DOTALL)
        if len(block.findall(readme)) != 1:
            sys.exit(f"README.md must have exactly one block of {language}")
        readme = block.sub(lambda _, text=text: text, readme)
    return readme


def main() -> None:
    """Compares, or writes."""
    path = ROOT / "README.md"
    readme = path.read_text(encoding="utf-8")
    wanted = with_examples(readme)
    if "--write" in sys.argv[1:]:
        path.write_text(wanted, encoding="utf-8")
    elif readme != wanted:
        sys.exit("the examples in README.md differ from docs/examples: run .ci/check_readme.py --write")


main()
