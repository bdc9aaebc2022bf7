"""A synthetic book of customers with known truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from customer_success import _core, _frames
from customer_success._options import given

__all__ = ["Simulation"]

_INTO: dict[str, _frames.Build] = {
    "dict": _frames.build_lists,
    "polars": _frames.build_polars,
    "pandas": _frames.build_pandas,
    "pyarrow": _frames.build_arrow,
}


class Simulation:
    """A synthetic book of customers, and the truth that made it; the same seed gives the same book everywhere.

    Args:
        document: The simulation as a dict; what is left out has its default.
        **fields: Fields of the document by name, such as `accounts=1_000, seed=7`.

    Raises:
        InvalidDocumentError: The document is no simulation.

    Examples:
        >>> import customer_success as cs
        >>> book = cs.Simulation(accounts=100, seed=7)
        >>> subscriptions = book.table("subscriptions")
        >>> len(set(subscriptions["account"]))
        100
    """

    __slots__ = ("_simulation",)

    _simulation: _core.Simulation

    def __init__(self, document: Mapping[str, Any] | None = None, **fields: Any) -> None:
        self._simulation = _core.Simulation({**(document or {}), **given(fields)})

    @staticmethod
    def tables() -> list[str]:
        """The names of the tables."""
        return _core.Simulation.tables()

    @property
    def accounts(self) -> int:
        """How many accounts the book has."""
        return self._simulation.accounts

    @property
    def hash(self) -> str:
        """The content hash of the document."""
        return self._simulation.hash

    def to_json(self) -> str:
        """The canonical JSON of the document with all defaults filled."""
        return self._simulation.to_json()

    def table(self, name: str, *, accounts: tuple[int, int] | None = None, into: str = "dict") -> Any:
        """A table of the book.

        Args:
            name: One of `tables()`.
            accounts: The first account and the one after the last, counted from 0; by default all.
            into: `"dict"` (of lists), `"polars"`, `"pandas"` or `"pyarrow"`.

        Raises:
            Error: There is no such table, or the accounts lie outside the book.
            ValueError: `into` is none of these.
        """
        if into not in _INTO:
            raise ValueError(f"into is {into!r}, none of {', '.join(_INTO)}")
        first, end = accounts or (0, self.accounts)
        return _INTO[into](self._simulation.table(name, first, end), _frames.none, None)

    def stream(self, name: str, *, accounts: int = 10_000, into: str = "dict") -> Iterator[Any]:
        """The same in parts of so many accounts, for books larger than memory.

        Args:
            name: One of `tables()`.
            accounts: How many accounts a part has.
            into: As for `table`.
        """
        for first in range(0, self.accounts, accounts):
            yield self.table(name, accounts=(first, min(first + accounts, self.accounts)), into=into)

    def __repr__(self) -> str:
        return f"<Simulation of {self.accounts} accounts {self.hash[:12]}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.to_json(),)


def _restored(text: str) -> Simulation:
    made = Simulation.__new__(Simulation)
    made._simulation = _core.Simulation.from_json(text)  # pyright: ignore[reportPrivateUsage]
    return made
