"""Documents in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def read_file(path: str | os.PathLike[str]) -> tuple[str, str]:
    """The text of a file, and its format by its suffix."""
    name = str(path).lower()
    for suffix, form in ((".yaml", "yaml"), (".yml", "yaml"), (".json", "json"), (".toml", "toml")):
        if name.endswith(suffix):
            # bytes that are no UTF-8 become surrogates, which the compiled part reports
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                return file.read(), form
    raise ValueError(f"{str(path)!r} ends in none of .yaml, .yml, .json, .toml")
