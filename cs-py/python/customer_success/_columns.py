"""Columns of the frame libraries, in and out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from customer_success._core import Column


def _root(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


# In -------------------------------------------------------------------------------------------------


def from_any(name: str, values: Any) -> Any:
    """A column of a dict."""
    root = _root(values)
    if isinstance(values, list):
        return values
    if root == "numpy" and hasattr(values, "dtype"):
        return from_numpy(values)
    if root == "pandas":
        return from_pandas(sys.modules["pandas"].Series(values))
    if root == "polars" and hasattr(values, "to_list"):
        return from_polars(values)
    if root == "pyarrow":
        return from_pyarrow(values)
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        return values
    if isinstance(values, str | bytes) or not hasattr(values, "__len__"):
        raise TypeError(f"column {name!r} is a single {type(values).__name__}; score_one takes single values")
    return list(values) if isinstance(values, tuple | range) else values


def from_polars(series: Any) -> Any:
    """A polars Series; all but two dtypes speak Arrow as others read it."""
    dtype = str(series.dtype)
    if dtype == "Null":
        return "nulls", len(series)
    return series.to_list() if dtype == "Object" else series


def from_numpy(array: Any) -> Any:
    """A NumPy array: its own memory wherever the buffer protocol can show it."""
    numpy = sys.modules["numpy"]
    if array.ndim != 1:
        return "unsupported", None, f"{array.ndim}-dimensional array"
    if isinstance(array, numpy.ma.MaskedArray):
        if array.dtype.kind in "OUT":
            return array.tolist()
        mask = numpy.ma.getmaskarray(array)
        return "masked", from_numpy(numpy.ascontiguousarray(array.filled())), numpy.ascontiguousarray(mask)
    kind = array.dtype.kind
    if kind in "Mm":
        return _from_numpy_times(array)
    if kind in "OUT":
        return array.tolist()
    if kind not in "fiub":
        return "unsupported", None, str(array.dtype)
    if kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype("f4" if array.dtype.itemsize == 2 else "f8")
    # a copy only where there are gaps or another byte order
    return numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))


def _from_numpy_times(array: Any) -> Any:
    numpy = sys.modules["numpy"]
    tag = "timestamp" if array.dtype.kind == "M" else "duration"
    unit, step = numpy.datetime_data(array.dtype)
    if unit == "generic":
        return "nulls", len(array)
    if unit in "YM" and tag == "duration":
        return "unsupported", None, str(array.dtype)
    array = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    counts = array.view("i8")
    return (tag, counts, unit, step, None) if tag == "timestamp" else (tag, counts, unit, step)


def from_pandas(series: Any) -> Any:
    """A pandas Series of any dtype."""
    dtype = series.dtype
    name = type(dtype).__name__
    if type(dtype).__module__.startswith("numpy"):
        return from_numpy(series.to_numpy())
    if name == "ArrowDtype" or getattr(dtype, "storage", None) in ("pyarrow", "pyarrow_numpy"):
        return from_pyarrow(series.array.__arrow_array__())
    if name == "CategoricalDtype":
        return _from_categorical(series)
    if name == "DatetimeTZDtype":
        utc = series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        return "timestamp", from_numpy(utc)[1], dtype.unit, 1, _zone(dtype.tz)
    if hasattr(dtype, "numpy_dtype") and dtype.kind in "iufb":
        array, mask = series.array, series.isna().to_numpy()
        return "masked", from_numpy(array.to_numpy(dtype=dtype.numpy_dtype, na_value=0)), mask
    if name == "SparseDtype":
        return from_numpy(series.array.to_dense())
    if name == "StringDtype":
        return series.astype(object).tolist()
    return "unsupported", None, str(dtype)


def _from_categorical(series: Any) -> Any:
    words = series.cat.categories.tolist()
    if all(isinstance(word, str) for word in words):
        return "categories", from_numpy(series.cat.codes.to_numpy()), words
    return series.astype(object).tolist()


def _zone(tz: Any) -> str:
    """The name of a zone; Python writes fixed offsets as `UTC+09:00`."""
    name = str(getattr(tz, "zone", None) or tz)
    return name[3:] if name.startswith("UTC") and len(name) > 3 else name


def from_pyarrow(array: Any) -> Any:
    """A pyarrow Array or ChunkedArray, in a type that the compiled part reads."""
    pyarrow = sys.modules["pyarrow"]
    types, kind = pyarrow.types, array.type
    if isinstance(kind, pyarrow.BaseExtensionType):
        return from_pyarrow(array.cast(kind.storage_type))
    if types.is_dictionary(kind) and not _is_text(types, kind.value_type):
        return from_pyarrow(array.cast(kind.value_type))
    if types.is_float16(kind):
        return array.cast(pyarrow.float32())
    if types.is_decimal(kind) and not types.is_decimal128(kind) and kind.precision <= 38:
        return array.cast(pyarrow.decimal128(kind.precision, kind.scale))
    return array


def _is_text(types: Any, kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def joined(array: Any) -> Any:
    """The one array of a pyarrow ChunkedArray."""
    array = array.combine_chunks() if hasattr(array, "combine_chunks") else array
    if hasattr(array, "num_chunks"):  # large data stays chunked even so
        return array.chunk(0) if array.num_chunks == 1 else sys.modules["pyarrow"].concat_arrays(array.chunks)
    return array


def in_one_chunk(column: Any) -> Any:
    """The column without gaps between chunks, for what is computed over whole columns."""
    root = _root(column)
    if root == "polars":
        return column.rechunk()
    if root == "pyarrow":
        return joined(column)
    return column


def exact(column: Any) -> Any:
    """A list of decimals as texts, in which all their digits arrive."""
    if not isinstance(column, list):
        return column
    values = cast("list[Any]", column)
    if not any(isinstance(value, Decimal) for value in values):
        return values
    return [format(value, "f") if isinstance(value, Decimal) else value for value in values]


# Out ------------------------------------------------------------------------------------------------


def taken(values: Any, column: Column) -> Any:
    """The rows of a column of the caller that stand in the result; the column as it is when all do."""
    if column.whole:
        return values
    root = _root(values)
    if root == "numpy":
        return values[_memory(column)]
    if root == "pandas":
        rows = values.take(_memory(column))
        return rows.reset_index(drop=True) if hasattr(rows, "reset_index") else rows
    if root == "polars":
        return values.gather(library("polars").Series(column))
    if root == "pyarrow":
        return _taken(values, sys.modules["pyarrow"].array(column))
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        return _taken(_read_arrow(values), import_pyarrow().array(column))
    return [values[row] for row in column.tolist()]


def taken_of_two(before: Any, after: Any, column: Column) -> Any:
    """The same where rows count through one column and then through another; of the kind of the second."""
    counted = column.counted_from(len(before))
    return taken(_one_after_another(before, after), column) if counted is None else taken(after, counted)


def _one_after_another(before: Any, after: Any) -> Any:
    root = _root(after)
    if _root(before) != root:
        before = _like(root, _listed(before))
    if root == "polars":
        return _polars_concat(before, after)
    if root == "pandas":
        pandas = library("pandas")
        parts = [part for part in map(pandas.Series, (before, after)) if len(part)]
        return pandas.concat(parts, ignore_index=True) if parts else pandas.Series(after)
    if root == "numpy":
        numpy = library("numpy")
        masked = any(isinstance(part, numpy.ma.MaskedArray) for part in (before, after))
        return (numpy.ma if masked else numpy).concatenate([before, after])
    if root == "pyarrow":
        return _pyarrow_concat(before, after)
    return [*_listed(before), *_listed(after)]


def _listed(values: Any) -> list[Any]:
    for method in ("tolist", "to_list", "to_pylist"):
        if hasattr(values, method):
            return getattr(values, method)()
    if hasattr(values, "__arrow_c_stream__") or hasattr(values, "__arrow_c_array__"):
        return _read_arrow(values).to_pylist()
    return list(values)


def _like(root: str, values: list[Any]) -> Any:
    """A list as a column of a library."""
    if root == "polars":
        return library("polars").Series(values)
    if root == "pandas":
        return library("pandas").Series(values)
    if root == "numpy":
        return library("numpy").array(values)
    return library("pyarrow").array(values) if root == "pyarrow" else values


def _polars_concat(before: Any, after: Any) -> Any:
    polars = library("polars")
    words = (polars.String, polars.Categorical, polars.Enum)
    if before.dtype != after.dtype and all(part.dtype in words for part in (before, after)):
        before, after = before.cast(polars.String), after.cast(polars.String)
    frames = [part.alias("").to_frame() for part in (before, after)]
    return polars.concat(frames, how="vertical_relaxed").to_series()


def _pyarrow_concat(before: Any, after: Any) -> Any:
    pyarrow = library("pyarrow")
    parts = [before, after]
    if before.type != after.type:
        parts = [_plain_texts(pyarrow, part) for part in parts]
    tables = [pyarrow.table([part], names=[""]) for part in parts]
    return pyarrow.concat_tables(tables, promote_options="permissive").column(0)


def _plain_texts(pyarrow: Any, array: Any) -> Any:
    """Texts in the one form that all others can be made into; other columns as they are."""
    kind = array.type.value_type if pyarrow.types.is_dictionary(array.type) else array.type
    return array.cast(pyarrow.large_string() if _is_text(pyarrow.types, kind) else kind)


def _read_arrow(values: Any) -> Any:
    pyarrow = import_pyarrow()
    return (pyarrow.chunked_array if hasattr(values, "__arrow_c_stream__") else pyarrow.array)(values)


def _taken(array: Any, rows: Any) -> Any:
    """The rows of a pyarrow array; it has no `take` for views."""
    pyarrow = sys.modules["pyarrow"]
    if pyarrow.types.is_string_view(array.type):
        return array.cast(pyarrow.large_string()).take(rows).cast(array.type)
    return array.take(rows)


# columns whose words come from the day or the data and not from the card: Enums of them could not be stacked
OPEN = {"state_card", "state_as_of", "error_code", "error_item"}


def to_polars(name: str, column: Column) -> Any:
    """A polars Series; labels become an Enum of the card's own words, or else a Categorical."""
    polars = library("polars")
    if column.kind != "label" or name in OPEN:
        return polars.Series(name, column).alias(name)
    enum = polars.Enum(column.words)
    codes = polars.Series(name, column.codes())
    cat = codes.cat
    return (cat.to(enum) if hasattr(cat, "to") else codes.cast(enum)).alias(name)


def to_numpy(column: Column) -> Any:
    """A NumPy array: numbers as float64 with NaN for null, days as datetime64, all else as objects."""
    numpy = library("numpy")
    if column.kind == "number":
        return _memory(column)
    if column.kind == "int" and not column.nulls:
        return _memory(column)
    if column.kind == "date":
        return _memory(column).view("datetime64[D]")
    if column.kind == "label":
        # code −1 takes the last word
        return numpy.array([*column.words, None], dtype=object)[_memory(column)]
    values = column.tolist()
    array = numpy.empty(len(values), dtype=object)
    array[:] = values
    return array


def _memory(column: Column) -> Any:
    """The column's own memory as a NumPy array that can be written to."""
    buffer: Any = column.buffer()
    return library("numpy").asarray(memoryview(buffer))


def to_pandas(column: Column) -> Any:
    """Something that a pandas DataFrame takes as a column without a copy."""
    pandas = library("pandas")
    if column.kind == "label":
        words = column.words
        codes = _memory(column)
        return pandas.Categorical.from_codes(codes, categories=pandas.Index(words, dtype=_text_dtype()))
    if column.kind == "text":
        return pandas.array(column.tolist(), dtype=_text_dtype())
    if column.kind == "int" and column.nulls:
        return pandas.array(column.tolist(), dtype="Int64")
    if column.kind == "date":
        return to_numpy(column).astype("datetime64[s]")
    return to_numpy(column)


def _text_dtype() -> Any:
    return object if pandas_before_3() else "str"


def pandas_before_3() -> bool:
    """Whether pandas has objects for texts, and columns that share memory when they should not."""
    return int(library("pandas").__version__.partition(".")[0]) < 3


def kind_of(columns: Iterable[Any]) -> str:
    """The library of the first column that is no plain list."""
    return next((root for root in map(_root, columns) if root != "builtins"), "builtins")


def to_kind(root: str, name: str, column: Column) -> Any:
    """The column as a library has it; a list for all others."""
    if root == "numpy":
        return to_numpy(column)
    if root == "polars":
        return to_polars(name, column)
    if root == "pandas":
        return library("pandas").Series(to_pandas(column), name=name)
    if root == "pyarrow":
        return sys.modules["pyarrow"].array(column)
    return column.tolist()


def library(name: str) -> Any:
    """A frame library: the caller's own object has brought it, or a result that was pickled names it."""
    return sys.modules.get(name) or importlib.import_module(name)


def import_pyarrow() -> Any:
    """Pyarrow, through which some kinds of frame are read."""
    try:
        return library("pyarrow")
    except ImportError as error:
        raise ImportError("this kind of frame is read through pyarrow: install customer-success[frames]") from error
