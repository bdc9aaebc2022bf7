"""Aggregates of parts of a book: for streams larger than memory, threads and Spark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from customer_success import _core, _frames, _policy
from customer_success._options import given

if TYPE_CHECKING:
    from customer_success._policy import RevenuePolicy

__all__ = ["Partial"]


class Partial:
    """Sums of a part of a book, which merge: a bridge, a retention table or cohorts.

    `update` takes the rows of whole accounts, in any order; parts merge in any order; `finish` gives the table that
    one pass over everything would have given, to the last bit. It is a few kilobytes of JSON, and pickles.

    Args:
        operation: `"bridge"`, `"retention"` or `"cohorts"`.
        book: The shape of the frames: `"subscriptions"`, `"invoices"`, `"snapshots"`, `"movements"` or `"activity"`.
        policy: As for `Revenue`.
        **options: Those of the operation and of reading. `from_`, `to`, `horizon` are needed, and `history_start`
            unless the policy says `history_complete`: a part cannot know them.

    Raises:
        InvalidDocumentError: An option is missing or wrong.

    Examples:
        >>> import customer_success as cs
        >>> yen = cs.RevenuePolicy({"schema_version": 1, "policy": "yen", "currency": "JPY"})
        >>> def part(account):
        ...     partial = cs.Partial("bridge", "snapshots", policy=yen, from_="2024-01-01", to="2024-03-01",
        ...         horizon="2024-03-01", history_start="2024-01-01")
        ...     partial.update({"account": [account], "month": ["2024-01"], "mrr": ["7"]})
        ...     return partial
        >>> bridge = part("a").merge(part("b")).finish()
        >>> [str(x) for x in bridge["opening"]], [str(x) for x in bridge["churn"]]
        (['14', '14'], ['0', '-14'])
    """

    __slots__ = ("_book", "_build", "_partial")

    _book: str
    _build: _frames.Build
    _partial: _core.Partial

    def __init__(
        self,
        operation: str,
        book: str,
        *,
        policy: RevenuePolicy | Mapping[str, Any] | str | None = None,
        **options: Any,
    ) -> None:
        known = given(options)
        if "from_" in known:
            known["from"] = known.pop("from_")
        self._book, self._build = book, _frames.build_lists
        self._partial = _core.Partial(_policy.native(policy), operation, known)

    @classmethod
    def from_json(cls, text: str, book: str) -> Partial:
        """Reads a partial from the JSON that `to_json` wrote.

        Raises:
            InvalidDocumentError: The text is no partial.
        """
        return _made(_core.Partial.from_json(text), book, _frames.build_lists)

    def to_json(self) -> str:
        """The partial as JSON, to be kept and merged later."""
        return self._partial.to_json()

    def update(self, frame: Any, *, rates: Any = None, merges: Any = None) -> None:
        """Adds the rows of whole accounts, in any order; no account may come again in another update.

        Args:
            frame: A frame of the shape that `book` names.
            rates: Exchange rates, as for `Revenue`.
            merges: Merged accounts, as for `Revenue`.

        Raises:
            Error: The frame is wrong; the partial stays as it was.
        """
        self._update(frame, {"rates": rates, "merges": merges}, False)

    def update_sorted(self, frame: Any, *, rates: Any = None, merges: Any = None) -> None:
        """Adds the next rows of a stream that is grouped by account: the last account may go on in the next frame.

        Args:
            frame: As for `update`.
            rates: As for `update`.
            merges: As for `update`.

        Raises:
            Error: The frame is wrong; the partial stays as it was.
        """
        self._update(frame, {"rates": rates, "merges": merges}, True)

    def _update(self, frame: Any, beside: Mapping[str, Any], grouped: bool) -> None:
        wanted = self._partial.wanted()
        frames = {role: _frames.of(data, wanted[role]) for role, data in {self._book: frame, **given(beside)}.items()}
        tables = [(role, *_frames.read_exact(data, wanted[role])) for role, data in frames.items()]
        self._partial.update(tables, grouped)
        self._build = frames[self._book].build

    def merge(self, other: Partial) -> Partial:
        """The sums of this part and another.

        Returns:
            A new partial; the two stay as they are.

        Raises:
            InvalidDocumentError: The parts were made with another policy, operation or options (`partial_mismatch`).
        """
        if not isinstance(other, Partial):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"the other part is a {type(other).__name__}, not a Partial")
        both = self._partial.copy()
        both.merge(other._partial)
        return _made(both, self._book, self._build)

    def finish(self) -> Any:
        """The table, of the kind of the last frame; it may be asked for again after more updates."""
        return self._build(self._partial.finish(), _frames.none, None)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.to_json(), self._book, self._build)


def _made(partial: _core.Partial, book: str, build: _frames.Build) -> Partial:
    made = Partial.__new__(Partial)
    made._partial, made._book, made._build = partial, book, build  # pyright: ignore[reportPrivateUsage]
    return made


def _restored(text: str, book: str, build: _frames.Build) -> Partial:
    return _made(_core.Partial.from_json(text), book, build)
