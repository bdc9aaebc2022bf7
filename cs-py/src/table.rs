//! Columns in: whatever frames are made of becomes Arrow arrays, and those the core's views.
//!
//! Arrow arrays are the one common form, because they can borrow: buffers of NumPy and of Arrow
//! producers enter without a copy. Columns may come in chunks that do not line up; they are cut where
//! any of them ends, and never joined.

mod arrow;
mod buffer;
mod list;
mod result;
mod view;

pub(crate) use list::one as one_value;
pub(crate) use result::{Buffer, Column, ResultFrame};

use crate::error::{Failure, Result};
use arrow_array::{Array, ArrayRef, NullArray};
use cs_core::error::{Code, Issue};
use cs_core::table::{self, Table, Values};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::borrow::Cow;
use std::sync::Arc;

/// A column: its chunks, of which none is empty unless it is the only one.
type Chunks = Vec<ArrayRef>;

/// Named columns, imported.
pub(crate) struct Frame {
    names: Vec<String>,
    columns: Vec<Chunks>,
    /// Names of columns that were not imported; the core suggests from them.
    others: Vec<String>,
}

impl Frame {
    /// Imports `(name, column)` pairs. Of the other names only those that are texts can be suggested.
    pub(crate) fn import(columns: &Bound<'_, PyList>, others: &Bound<'_, PyList>) -> Result<Self> {
        let others = others.iter().filter_map(|name| name.extract().ok()).collect();
        let mut frame = Self { names: Vec::new(), columns: Vec::new(), others };
        for pair in columns.iter() {
            let (name, object): (String, Bound<'_, PyAny>) = pair.extract()?;
            let chunks = chunks(&object).map_err(|failure| named(failure, &name))?;
            frame.columns.push(chunks);
            frame.names.push(name);
        }
        Ok(frame)
    }

    /// Calls `use_tables` with one table per batch.
    pub(crate) fn with_tables<R>(&self, use_tables: impl FnOnce(&[Table<'_>]) -> Result<R>) -> Result<R> {
        with_frames(std::slice::from_ref(self), |frames| use_tables(frames.first().map_or(&[], Vec::as_slice)))
    }

    /// Calls `use_table` with the one table of a frame whose columns come in one chunk each.
    pub(crate) fn with_table<R>(&self, use_table: impl FnOnce(&Table<'_>) -> Result<R>) -> Result<R> {
        self.with_tables(|tables| match tables {
            [table] => use_table(table),
            _ => Err(Issue::new(Code::MalformedColumn).expected("columns in one chunk").into()),
        })
    }

    /// The core says which column is too short.
    fn check_lengths(&self) -> Result<()> {
        let length = |chunks: &Chunks| chunks.iter().map(|array| array.len()).sum::<usize>();
        let nulls = |chunks| table::Column::all_valid(Values::Null(length(chunks)));
        Table::new(self.names.iter().map(String::as_str).zip(self.columns.iter().map(nulls)))?;
        Ok(())
    }

    /// The arrays of each batch, cut where any column has a new chunk.
    fn batches(&self) -> Vec<Vec<ArrayRef>> {
        if self.columns.iter().all(|chunks| chunks.len() == 1) {
            return vec![self.columns.iter().map(|chunks| chunks[0].clone()).collect()];
        }
        let ends = self.ends();
        let mut cursors: Vec<Cursor<'_>> =
            self.columns.iter().map(|chunks| Cursor { chunks, at: 0, used: 0 }).collect();
        let mut from = 0;
        let mut batches = Vec::with_capacity(ends.len());
        for end in ends {
            batches.push(cursors.iter_mut().filter_map(|cursor| cursor.take(end - from)).collect());
            from = end;
        }
        batches
    }

    /// Every row at which some chunk ends, in order; one empty batch when there are no rows.
    fn ends(&self) -> Vec<usize> {
        let mut ends: Vec<usize> = Vec::new();
        for chunks in &self.columns {
            let sum = |end: &mut usize, array: &ArrayRef| {
                *end += array.len();
                Some(*end)
            };
            ends.extend(chunks.iter().scan(0, sum));
        }
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    fn table<'a>(&'a self, batch: &'a [ArrayRef], buffers: &'a [Vec<&'a [u8]>]) -> Result<Table<'a>> {
        let rows = batch.first().map_or(0, |array| array.len());
        let mut names: Vec<Cow<'a, str>> = self.names.iter().map(|name| Cow::from(name.as_str())).collect();
        let mut columns = Vec::with_capacity(names.len());
        for ((name, array), buffers) in self.names.iter().zip(batch).zip(buffers) {
            columns.push(view::column(array, buffers).map_err(|failure| named(failure, name))?);
        }
        names.extend(self.others.iter().map(|name| Cow::from(name.as_str())));
        columns.extend(self.others.iter().map(|_| table::Column::all_valid(Values::Null(rows))));
        Ok(Table::with_rows(names, columns, rows)?)
    }
}

/// Calls `use_tables` with the tables of each frame, one per batch.
pub(crate) fn with_frames<R>(frames: &[Frame], use_tables: impl FnOnce(Vec<Vec<Table<'_>>>) -> Result<R>) -> Result<R> {
    frames.iter().try_for_each(Frame::check_lengths)?;
    let cut: Vec<(&Frame, Vec<ArrayRef>, usize)> = (0..)
        .zip(frames)
        .flat_map(|(at, frame)| frame.batches().into_iter().map(move |batch| (frame, batch, at)))
        .collect();
    let buffers: Vec<Vec<Vec<&[u8]>>> =
        cut.iter().map(|(_, batch, _)| batch.iter().map(view::data_buffers).collect()).collect();
    let mut tables: Vec<Vec<Table<'_>>> = frames.iter().map(|_| Vec::new()).collect();
    for ((frame, batch, at), buffers) in cut.iter().zip(&buffers) {
        tables[*at].push(frame.table(batch, buffers)?);
    }
    use_tables(tables)
}

/// A place in the chunks of one column.
struct Cursor<'a> {
    chunks: &'a Chunks,
    at: usize,
    used: usize,
}

impl Cursor<'_> {
    /// The next `rows` rows, which lie in one chunk.
    fn take(&mut self, rows: usize) -> Option<ArrayRef> {
        let array = self.chunks.get(self.at)?;
        let slice = array.slice(self.used, rows.min(array.len() - self.used));
        self.used += rows;
        if self.used >= array.len() {
            (self.at, self.used) = (self.at + 1, 0);
        }
        Some(slice)
    }
}

/// Imports one column: a tagged tuple, a list, an Arrow producer or a buffer.
fn chunks(object: &Bound<'_, PyAny>) -> Result<Chunks> {
    if let Ok(tagged) = object.cast::<PyTuple>() {
        return Ok(vec![tagged_column(tagged)?]);
    }
    if let Ok(list) = object.cast::<PyList>() {
        return Ok(vec![list::column(list)?]);
    }
    if object.hasattr("__arrow_c_stream__")? {
        return arrow::stream(object);
    }
    if object.hasattr("__arrow_c_array__")? {
        return Ok(vec![arrow::array(object)?]);
    }
    if let Some(array) = buffer::column(object)? {
        return Ok(vec![array]);
    }
    // A buffer in another byte order or with gaps, or any other sequence.
    let items = if object.hasattr("tolist")? { object.call_method0("tolist")? } else { object.clone() };
    match items.try_iter() {
        Ok(items) => Ok(vec![list::column(&PyList::new(object.py(), items.collect::<PyResult<Vec<_>>>()?)?)?]),
        Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => {
            Err(unsupported(&object.get_type().name()?.to_string()).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// Columns that need a word beside their buffers; see `_frames.py`, which makes them.
fn tagged_column(tagged: &Bound<'_, PyTuple>) -> Result<ArrayRef> {
    let tag: String = tagged.get_item(0)?.extract()?;
    let values = tagged.get_item(1)?;
    match tag.as_str() {
        "timestamp" => {
            let (step, zone) = (tagged.get_item(3)?.extract()?, tagged.get_item(4)?.extract()?);
            buffer::timestamps(&values, &text(tagged, 2)?, step, zone)
        }
        "duration" => buffer::durations(&values, &text(tagged, 2)?, tagged.get_item(3)?.extract()?),
        "masked" => buffer::masked(&values, &tagged.get_item(2)?),
        "categories" => buffer::categories(&values, &single(chunks(&tagged.get_item(2)?)?)),
        "nulls" => Ok(Arc::new(NullArray::new(values.extract()?))),
        _ => Err(unsupported(&text(tagged, 2)?).into()),
    }
}

fn text(tagged: &Bound<'_, PyTuple>, index: usize) -> Result<String> {
    Ok(tagged.get_item(index)?.extract()?)
}

fn single(chunks: Chunks) -> ArrayRef {
    chunks.into_iter().next().unwrap_or_else(|| Arc::new(NullArray::new(0)))
}

/// The type cannot be read at all.
fn unsupported(name: &str) -> Issue {
    let expected = "numbers, booleans, texts, categories, dates, timestamps, durations or decimals";
    Issue::new(Code::UnsupportedColumnType).value(name).expected(expected)
}

/// Names the column in an error that does not know it yet.
fn named(failure: Failure, name: &str) -> Failure {
    let Failure::Core(error) = failure else { return failure };
    match error.issues() {
        [issue] if issue.context.column.is_none() => issue.clone().column(name).into(),
        _ => Failure::Core(error),
    }
}
