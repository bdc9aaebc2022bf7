"""Frames in, the same kind out.

Each class below knows one kind of frame: the names of its columns, how a column is handed to the
compiled part, and how a result becomes such a frame. No frame library is imported here: the caller's
own object brings it.

A column is handed over as an Arrow producer, an object with the buffer protocol, a list, or a tagged
tuple (see `tagged_column` in `src/table.rs`).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from customer_success import _columns
from customer_success._core import Column, ResultFrame

HASH = "customer_success.card_hash"


class Frame(Protocol):
    """What every kind of frame can do."""

    names: list[str]
    earlier: Any

    def column(self, index: int) -> Any:
        """The column at this place, as the compiled part takes it."""
        ...

    def build(self, result: ResultFrame, aligned: bool) -> Any:
        """The result as a frame of this kind; `aligned` when it has the rows of this frame."""
        ...


def read(frame: Frame, wanted: Iterable[str]) -> tuple[list[tuple[str, Any]], list[str]]:
    """The wanted columns of a frame, and the names of all others.

    The other names are only handed over when a wanted one is missing: the message suggests from them.
    """
    wanted = set(wanted)
    columns = [(name, frame.column(i)) for i, name in enumerate(frame.names) if name in wanted]
    missing = wanted.difference(frame.names)
    named = (name for name in dict.fromkeys(frame.names) if name and name not in wanted)
    return columns, list(named) if missing else []


def of(data: Any, wanted: Sequence[str]) -> Frame:
    """The frame that an object is."""
    roots = {cls.__module__.partition(".")[0] for cls in type(data).__mro__}
    name = type(data).__name__
    if name == "LazyFrame":
        raise TypeError("a LazyFrame holds no data yet: call .collect() first")
    if "polars" in roots and hasattr(data, "get_columns"):
        return _Polars(data)
    if "pandas" in roots and hasattr(data, "columns"):
        return _Pandas(data)
    if "pyarrow" in roots and hasattr(data, "schema"):
        return _pyarrow(data)
    if roots & {"duckdb", "_duckdb"} and hasattr(data, "project"):
        return _DuckDB(data, wanted)
    if "narwhals" in roots and hasattr(data, "to_native"):
        return _Narwhals(of(data.to_native(), wanted))
    if isinstance(data, Mapping):
        return _Columns(data)
    if isinstance(data, list | tuple):
        return _Rows(data, wanted)
    if hasattr(data, "__arrow_c_stream__") and not roots & {"polars", "pandas", "pyarrow", "narwhals"}:
        pyarrow = _columns.import_pyarrow()
        with contextlib.suppress(pyarrow.ArrowInvalid):  # a stream of single columns
            return _pyarrow(pyarrow.RecordBatchReader.from_stream(data).read_all())
    raise TypeError(
        f"{name} is not a frame: give a polars or pandas DataFrame, a pyarrow Table, a DuckDB relation, "
        "a dict of columns or a list of dicts"
    )


class _Frame:
    """What all kinds of frame have in common."""

    # what a result of two frames was made of besides this one: its rows come first
    earlier: Any = None

    def own(self, name: str) -> Any:
        """The caller's own column of a name."""
        raise NotImplementedError

    def source(self, column: Column) -> Any:
        """The rows of the caller's own column that stand in a result."""
        own = self.own(cast(str, column.source))
        if self.earlier is not None:
            own = _columns.stacked(self.earlier.own(column.source), own)
        return _columns.taken(own, column)


class _Polars(_Frame):
    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.names: list[str] = frame.columns

    def own(self, name: str) -> Any:
        return self.frame.get_column(name)

    def column(self, index: int) -> Any:
        return _columns.from_polars(self.frame.to_series(index))

    def build(self, result: ResultFrame, aligned: bool) -> Any:
        return sys.modules["polars"].DataFrame(
            [
                self.source(column).alias(name)
                if column.kind == "input"
                else _columns.to_polars(name, column)
                for name, column in zip(result.names, result.columns, strict=True)
            ]
        )


class _Pandas(_Frame):
    def __init__(self, frame: Any) -> None:
        self.frame = frame
        # labels that are no texts cannot be asked for
        self.names = [name if isinstance(name, str) else "" for name in frame.columns]

    def own(self, name: str) -> Any:
        return self.frame[name]

    def column(self, index: int) -> Any:
        return _columns.from_pandas(self.frame.iloc[:, index])

    def build(self, result: ResultFrame, aligned: bool) -> Any:
        data = {
            name: self._aligned(self.source(column), aligned)
            if column.kind == "input"
            else _columns.to_pandas(column)
            for name, column in zip(result.names, result.columns, strict=True)
        }
        index = self.frame.index if aligned else None
        built = sys.modules["pandas"].DataFrame(data, index=index, copy=False)
        built.attrs[HASH] = result.card_hash
        return built

    def _aligned(self, series: Any, aligned: bool) -> Any:
        return series if aligned else series.reset_index(drop=True)


class _Arrow(_Frame):
    """A pyarrow Table, and what is made from one."""

    def __init__(self, table: Any, finish: Callable[[Any], Any]) -> None:
        self.table = table
        self.names: list[str] = table.schema.names
        self.finish = finish

    def own(self, name: str) -> Any:
        return self.table.column(name)

    def column(self, index: int) -> Any:
        return _columns.from_pyarrow(self.table.column(index))

    def build(self, result: ResultFrame, aligned: bool) -> Any:
        pyarrow = _columns.import_pyarrow()
        arrays = [
            self.source(column) if column.kind == "input" else pyarrow.array(column)
            for column in result.columns
        ]
        table = pyarrow.table(arrays, names=result.names, metadata={HASH: result.card_hash})
        return self.finish(table)


def _pyarrow(data: Any) -> _Arrow:
    pyarrow = _columns.import_pyarrow()
    if isinstance(data, pyarrow.RecordBatchReader):
        return _Arrow(data.read_all(), lambda table: table.to_reader())
    if isinstance(data, pyarrow.RecordBatch):
        return _Arrow(pyarrow.Table.from_batches([data]), _one_batch)
    return _Arrow(data, lambda table: table)


def _one_batch(table: Any) -> Any:
    arrays = [_columns.joined(table.column(i)) for i in range(table.num_columns)]
    return sys.modules["pyarrow"].RecordBatch.from_arrays(arrays, schema=table.schema)


class _DuckDB(_Frame):
    """A relation: the columns needed are computed once; the result is a relation over its Arrow table."""

    def __init__(self, relation: Any, wanted: Sequence[str]) -> None:
        names = cast(list[str], relation.columns)
        have = [name for name in names if name in set(wanted)]
        quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in have)
        _columns.import_pyarrow()
        self.arrow = _Arrow(
            (relation.project(quoted) if have else relation.limit(0)).to_arrow_table(),
            sys.modules["duckdb"].from_arrow,
        )
        self.names = [*have, *(name for name in names if name not in set(have))]

    def own(self, name: str) -> Any:
        return self.arrow.own(name)

    def column(self, index: int) -> Any:
        return self.arrow.column(index)

    def build(self, result: ResultFrame, aligned: bool) -> Any:
        self.arrow.earlier = self.earlier
        return self.arrow.build(result, aligned)


class _Narwhals(_Frame):
    """A wrapped frame."""

    def __init__(self, native: Frame) -> None:
        self.native = native
        self.names = native.names

    def own(self, name: str) -> Any:
        return self.native.own(name)

    def column(self, index: int) -> Any:
        return self.native.column(index)

    def build(self, result: ResultFrame, aligned: bool) -> Any:
        self.native.earlier = self.earlier
        return sys.modules["narwhals"].from_native(self.native.build(result, aligned), eager_only=True)


class _Columns(_Frame):
    """A dict of columns; the result's columns are of the kind of the first that is no plain list."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.columns = columns
        self.names = list(columns)

    def own(self, name: str) -> Any:
        return self.columns[name]

    def column(self, index: int) -> Any:
        name = self.names[index]
        return _columns.from_any(name, self.columns[name])

    def build(self, result: ResultFrame, aligned: bool) -> dict[str, Any]:
        kind = _columns.kind_of(self.columns.values())
        return {
            name: self.source(column) if column.kind == "input" else _columns.to_kind(kind, name, column)
            for name, column in zip(result.names, cast(list[Any], result.columns), strict=True)
        }


class _Rows(_Frame):
    """A list of dicts, one per row; a key that a row lacks is missing there."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> None:
        self.rows = rows
        for i, row in enumerate(rows):
            if not isinstance(row, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"row {i} is a {type(row).__name__}, not a dict")
        names = dict.fromkeys(name for row in rows for name in row)
        # without a row nothing is known about the columns, so none is missing
        self.names = list(names) if rows else list(wanted)

    def own(self, name: str) -> Any:
        return [row.get(name) for row in self.rows]

    def column(self, index: int) -> Any:
        return self.own(self.names[index])

    def build(self, result: ResultFrame, aligned: bool) -> list[dict[str, Any]]:
        columns: list[list[Any]] = [
            self.source(column) if column.kind == "input" else column.tolist() for column in result.columns
        ]
        return [dict(zip(result.names, row, strict=True)) for row in zip(*columns, strict=True)]
