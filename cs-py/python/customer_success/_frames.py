"""Frames in, the same kind out.

Each class below knows one kind of frame: the names of its columns, how a column is handed to the
compiled part, and how a result becomes such a frame. No frame library is imported here: the caller's
own object brings it.

A column is handed over as an Arrow producer, an object with the buffer protocol, a list, or a tagged
tuple (see `tagged_column` in `src/table.rs`).
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from customer_success import _columns
from customer_success._core import Column, ResultFrame

HASH = "customer_success.card_hash"

Own = Callable[[Column], Any]
"""The caller's own column that stands in a result."""


class Build(Protocol):
    """Makes a result a frame of some kind; pickles, and holds no data."""

    def __call__(self, result: ResultFrame, own: Own, index: Any) -> Any:
        """The frame; `index` is that of pandas, or `None` for a fresh one."""
        ...


class Frame(Protocol):
    """What every kind of frame can do."""

    names: list[str]
    build: Build

    def column(self, index: int) -> Any:
        """The column at this place, as the compiled part takes it."""
        ...

    def own(self, name: str) -> Any:
        """The column of this name, as the caller has it."""
        ...

    def index(self, rows: Any) -> Any:
        """The labels of these rows, or of all, where this kind of frame has such."""
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


def read_exact(frame: Frame, wanted: Iterable[str]) -> tuple[list[tuple[str, Any]], list[str]]:
    """The same with decimals to their last digit, where a column of them is a list."""
    columns, others = read(frame, wanted)
    return [(name, _columns.exact(column)) for name, column in columns], others


def taken(frame: Frame) -> Own:
    """The columns of a result that are rows of a frame."""
    return lambda column: _columns.taken(frame.own(cast(str, column.source)), column)


def taken_of_two(before: Frame, after: Frame) -> Own:
    """The same where rows count through one frame and then through another."""

    def own(column: Column) -> Any:
        name = cast(str, column.source)
        return _columns.taken_of_two(before.own(name), after.own(name), column)

    return own


def none(column: Column) -> Any:
    """For results that have no column of the caller's."""
    raise LookupError(column.source)


def of(data: Any, wanted: Sequence[str]) -> Frame:
    """The frame that an object is."""
    if isinstance(data, _Polars | _Pandas | _Arrow | _Narwhals | _Columns | _Rows):
        return data
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
        return _duckdb(data, wanted)
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


class _Polars:
    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self.names: list[str] = frame.columns
        self.build: Build = build_polars

    def column(self, index: int) -> Any:
        return _columns.from_polars(self.frame.to_series(index))

    def own(self, name: str) -> Any:
        return self.frame.get_column(name)

    def index(self, rows: Any) -> Any:
        return None


def build_polars(result: ResultFrame, own: Own, index: Any) -> Any:
    return _columns.library("polars").DataFrame(
        [
            own(column).alias(name) if column.kind == "input" else _columns.to_polars(name, column)
            for name, column in zip(result.names, result.columns, strict=True)
        ]
    )


class _Pandas:
    def __init__(self, frame: Any) -> None:
        self.frame = frame
        # labels that are no texts cannot be asked for
        self.names = [name if isinstance(name, str) else "" for name in frame.columns]
        self.build: Build = build_pandas

    def column(self, index: int) -> Any:
        return _columns.from_pandas(self.frame.iloc[:, index])

    def own(self, name: str) -> Any:
        return self.frame[name]

    def index(self, rows: Any) -> Any:
        index = self.frame.index
        return index if rows is None else index.take(_columns.library("numpy").asarray(rows, dtype="int64"))


def build_pandas(result: ResultFrame, own: Own, index: Any) -> Any:
    def made(column: Column) -> Any:
        if column.kind != "input":
            return _columns.to_pandas(column)
        whole = column.whole
        series = own(column)
        if index is None:
            return series.reset_index(drop=True) if whole else series
        # writing to the result must not reach the caller's own: pandas 3 copies when that happens
        return series.copy(deep=_columns.pandas_before_3()) if whole else series.array

    data = {name: made(column) for name, column in zip(result.names, result.columns, strict=True)}
    built = _columns.library("pandas").DataFrame(data, index=index, copy=False)
    built.attrs[HASH] = result.card_hash
    return built


class _Arrow:
    """A pyarrow Table, and what is made from one."""

    def __init__(self, table: Any, finish: Callable[[Any], Any] | None = None) -> None:
        self.table = table
        self.names: list[str] = table.schema.names
        self.build: Build = functools.partial(build_arrow, finish=finish) if finish else build_arrow

    def column(self, index: int) -> Any:
        return _columns.from_pyarrow(self.table.column(index))

    def own(self, name: str) -> Any:
        return self.table.column(name)

    def index(self, rows: Any) -> Any:
        return None


def build_arrow(result: ResultFrame, own: Own, index: Any, finish: Callable[[Any], Any] | None = None) -> Any:
    pyarrow = _columns.import_pyarrow()
    arrays = [own(column) if column.kind == "input" else pyarrow.array(column) for column in result.columns]
    table = pyarrow.table(arrays, names=result.names, metadata={HASH: result.card_hash})
    return finish(table) if finish else table


def _pyarrow(data: Any) -> _Arrow:
    pyarrow = _columns.import_pyarrow()
    if isinstance(data, pyarrow.RecordBatchReader):
        return _Arrow(data.read_all(), _reader)
    if isinstance(data, pyarrow.RecordBatch):
        return _Arrow(pyarrow.Table.from_batches([data]), _one_batch)
    return _Arrow(data)


def _reader(table: Any) -> Any:
    return table.to_reader()


def _one_batch(table: Any) -> Any:
    arrays = [_columns.joined(table.column(i)) for i in range(table.num_columns)]
    return sys.modules["pyarrow"].RecordBatch.from_arrays(arrays, schema=table.schema)


def _duckdb(relation: Any, wanted: Sequence[str]) -> _Arrow:
    """A relation: the columns needed are computed once; the result is a relation over its Arrow table."""
    names = cast(list[str], relation.columns)
    have = [name for name in names if name in set(wanted)]
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in have)
    _columns.import_pyarrow()
    projected = relation.project(quoted) if have else relation.limit(0)
    frame = _Arrow(projected.to_arrow_table(), _relation)
    frame.names = [*have, *(name for name in names if name not in set(have))]
    return frame


def _relation(table: Any) -> Any:
    return _columns.library("duckdb").from_arrow(table)


class _Narwhals:
    """A wrapped frame."""

    def __init__(self, native: Frame) -> None:
        self.native = native
        self.names = native.names
        self.build: Build = functools.partial(_build_narwhals, native=native.build)

    def column(self, index: int) -> Any:
        return self.native.column(index)

    def own(self, name: str) -> Any:
        return self.native.own(name)

    def index(self, rows: Any) -> Any:
        return self.native.index(rows)


def _build_narwhals(result: ResultFrame, own: Own, index: Any, native: Build) -> Any:
    return _columns.library("narwhals").from_native(native(result, own, index), eager_only=True)


class _Columns:
    """A dict of columns; the result's columns are of the kind of the first that is no plain list."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.columns = columns
        self.names = list(columns)
        self.build: Build = functools.partial(_build_columns, kind=_columns.kind_of(columns.values()))

    def column(self, index: int) -> Any:
        name = self.names[index]
        return _columns.from_any(name, self.columns[name])

    def own(self, name: str) -> Any:
        return self.columns[name]

    def index(self, rows: Any) -> Any:
        return None


def build_lists(result: ResultFrame, own: Own, index: Any) -> dict[str, Any]:
    """The result as a dict of lists."""
    return _build_columns(result, own, index, "builtins")


def _build_columns(result: ResultFrame, own: Own, index: Any, kind: str) -> dict[str, Any]:
    return {
        name: own(column) if column.kind == "input" else _columns.to_kind(kind, name, column)
        for name, column in zip(result.names, result.columns, strict=True)
    }


class _Rows:
    """A list of dicts, one per row; a key that a row lacks is missing there."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> None:
        self.rows = rows
        for i, row in enumerate(rows):
            if not isinstance(row, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"row {i} is a {type(row).__name__}, not a dict")
        names = dict.fromkeys(name for row in rows for name in row)
        # without a row nothing is known about the columns, so none is missing
        self.names = list(names) if rows else list(wanted)
        self.build: Build = _build_rows

    def column(self, index: int) -> Any:
        return self.own(self.names[index])

    def own(self, name: str) -> Any:
        return [row.get(name) for row in self.rows]

    def index(self, rows: Any) -> Any:
        return None


def _build_rows(result: ResultFrame, own: Own, index: Any) -> list[dict[str, Any]]:
    columns: list[list[Any]] = [
        list(own(column)) if column.kind == "input" else column.tolist() for column in result.columns
    ]
    return [dict(zip(result.names, row, strict=True)) for row in zip(*columns, strict=True)]
