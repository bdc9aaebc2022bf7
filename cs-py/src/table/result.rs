//! Results out: columns that are handed over without a copy, once.

use super::arrow;
use crate::error::{Failure, Result, guard};
use arrow_array::types::UInt8Type;
use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array, LargeStringArray, UInt8Array,
    UInt32Array,
};
use arrow_buffer::{BooleanBuffer, Buffer as ArrowBuffer, NullBuffer, OffsetBuffer};
use cs_core::table::{InputRows, Labels, ResultColumn, ResultTable};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use std::ffi::{CStr, c_int, c_void};
use std::sync::Arc;

/// The columns of a result.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct ResultFrame {
    #[pyo3(get)]
    names: Vec<String>,
    #[pyo3(get)]
    columns: Vec<Py<Column>>,
    #[pyo3(get)]
    rows: usize,
    #[pyo3(get)]
    card_hash: String,
}

impl ResultFrame {
    pub(crate) fn new(py: Python<'_>, table: ResultTable) -> PyResult<Self> {
        let (rows, card_hash) = (table.rows(), table.card_hash().to_owned());
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        for (name, column) in table.into_columns() {
            names.push(name);
            columns.push(Py::new(py, Column { data: Some(column), rows, bare: false })?);
        }
        Ok(Self { names, columns, rows, card_hash })
    }
}

/// One column of a result.
#[pyclass(module = "customer_success._core")]
pub(crate) struct Column {
    data: Option<ResultColumn>,
    rows: usize,
    /// Whether Arrow gets the bare codes of labels.
    bare: bool,
}

impl Column {
    fn data(&self) -> PyResult<&ResultColumn> {
        self.data.as_ref().ok_or_else(handed_over)
    }

    fn take(&mut self) -> PyResult<ResultColumn> {
        self.data.take().ok_or_else(handed_over)
    }
}

fn handed_over() -> PyErr {
    PyRuntimeError::new_err("the column was already handed over")
}

#[pymethods]
impl Column {
    /// `input`, `number`, `label`, `text`, `int`, `date` or `decimal`.
    #[getter]
    fn kind(&self) -> PyResult<&'static str> {
        Ok(match self.data()? {
            ResultColumn::Input { .. } => "input",
            ResultColumn::Number { .. } => "number",
            ResultColumn::Label(_) => "label",
            ResultColumn::Int { .. } => "int",
            ResultColumn::Date { .. } => "date",
            ResultColumn::Decimal { .. } => "decimal",
            _ => "text",
        })
    }

    /// Whether some values are null, for whole numbers and dates.
    #[getter]
    fn nulls(&self) -> PyResult<bool> {
        Ok(match self.data()? {
            ResultColumn::Int { validity, .. } | ResultColumn::Date { validity, .. } => validity.is_some(),
            _ => false,
        })
    }

    /// The name of the caller's own column, for `input`.
    #[getter]
    fn source(&self) -> PyResult<Option<String>> {
        Ok(match self.data()? {
            ResultColumn::Input { column, .. } => Some(column.clone()),
            _ => None,
        })
    }

    /// Whether the caller's own column stands in the result as it is.
    #[getter]
    fn whole(&self) -> PyResult<bool> {
        Ok(matches!(self.data()?, ResultColumn::Input { rows: InputRows::Each, .. }))
    }

    /// The words that labels point into.
    #[getter]
    fn words(&self) -> PyResult<Vec<String>> {
        Ok(match self.data()? {
            ResultColumn::Label(labels) => labels.words.clone(),
            _ => Vec::new(),
        })
    }

    /// For `input`, the rows as counted from row `first` on, taken over; `None` when some row stands before it.
    fn counted_from(&mut self, first: u32) -> PyResult<Option<Self>> {
        let ResultColumn::Input { rows: InputRows::Take(taken), .. } = self.data()? else { return Ok(None) };
        if taken.iter().any(|&row| row < first) {
            return Ok(None);
        }
        let ResultColumn::Input { column, rows: InputRows::Take(mut taken) } = self.take()? else { return Ok(None) };
        taken.iter_mut().for_each(|row| *row -= first);
        let data = Some(ResultColumn::Input { column, rows: InputRows::Take(taken) });
        Ok(Some(Self { data, rows: self.rows, bare: false }))
    }

    /// The values as Python objects.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (rows, column) = (0..self.rows, self.data()?);
        Ok(match column {
            ResultColumn::Number { values, .. } => {
                let number = |&x: &f64| if x.is_nan() { None } else { Some(x) };
                PyList::new(py, values.iter().map(number))?.into_any()
            }
            ResultColumn::Label(labels) => {
                PyList::new(py, rows.map(|row| labels.get(row)).collect::<Vec<_>>())?.into_any()
            }
            ResultColumn::Text(texts) => PyList::new(py, texts.iter())?.into_any(),
            ResultColumn::Input { rows: taken, .. } => {
                PyList::new(py, rows.map(|row| taken.row(row)).collect::<Vec<_>>())?.into_any()
            }
            ResultColumn::Int { .. } => {
                PyList::new(py, rows.map(|row| column.whole(row)).collect::<Vec<_>>())?.into_any()
            }
            ResultColumn::Date { .. } => {
                let day = |row| column.date(row).map(|day| to_date(py, day)).transpose();
                PyList::new(py, rows.map(day).collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            ResultColumn::Decimal { .. } => {
                let class = py.import("decimal")?.getattr("Decimal")?;
                let made = |row| column.decimal(row).map(|text| class.call1((text,))).transpose();
                PyList::new(py, rows.map(made).collect::<PyResult<Vec<_>>>()?)?.into_any()
            }
            _ => return Err(PyTypeError::new_err("this column has no values")),
        })
    }

    /// Numbers as f64 (NaN where null), labels as codes (−1 where null), rows of the input, whole numbers and days as
    /// i64 (days that are null as NumPy's not-a-time); hands them over.
    fn buffer(&mut self) -> PyResult<Buffer> {
        let rows = self.rows;
        Ok(match self.take()? {
            ResultColumn::Input { rows: taken, .. } => {
                Buffer { data: Data::Rows((0..rows).map(|row| taken.row(row) as i64).collect()) }
            }
            ResultColumn::Number { values, .. } => Buffer { data: Data::Numbers(values) },
            ResultColumn::Label(labels) => Buffer { data: Data::Codes(signed(&labels)) },
            ResultColumn::Int { values, .. } => Buffer { data: Data::Rows(values) },
            column @ ResultColumn::Date { .. } => {
                let day = |row| column.date(row).map_or(i64::MIN, |day| i64::from(day.days()));
                Buffer { data: Data::Rows((0..rows).map(day).collect()) }
            }
            _ => return Err(PyTypeError::new_err("texts have no buffer")),
        })
    }

    /// Labels whose Arrow array is their codes alone; takes the labels over.
    fn codes(&mut self) -> PyResult<Self> {
        Ok(Self { data: Some(self.take()?), rows: self.rows, bare: true })
    }

    /// The column as an Arrow array, for `input` the rows of the caller's own column; hands it over.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &mut self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        drop(requested_schema); // a wish that producers may ignore
        guard(|| arrow::export(py, &array(self.take()?, self.rows, self.bare)?))
    }
}

fn array(column: ResultColumn, rows: usize, bare: bool) -> Result<ArrayRef> {
    Ok(match column {
        // the core has no more rows than an i32 counts
        ResultColumn::Input { rows: InputRows::Take(taken), .. } => Arc::new(UInt32Array::from(taken)),
        ResultColumn::Input { rows: taken, .. } => {
            Arc::new(UInt32Array::from_iter_values((0..rows).map(|row| taken.row(row) as u32)))
        }
        ResultColumn::Number { values, validity } => {
            let nulls = validity.map(|bytes| nulls(bytes, values.len()));
            Arc::new(Float64Array::new(values.into(), nulls))
        }
        ResultColumn::Text(texts) => {
            let nulls = nulls(texts.validity, texts.offsets.len() - 1);
            let offsets = OffsetBuffer::new(texts.offsets.into());
            Arc::new(LargeStringArray::try_new(offsets, texts.bytes.into(), Some(nulls)).map_err(arrow::refused)?)
        }
        ResultColumn::Label(labels) => {
            let nulls = labels.validity.map(|bytes| nulls(bytes, labels.codes.len()));
            let codes = UInt8Array::new(labels.codes.into(), nulls);
            if bare {
                return Ok(Arc::new(codes));
            }
            let words: ArrayRef = Arc::new(arrow_array::StringArray::from(labels.words));
            Arc::new(DictionaryArray::<UInt8Type>::try_new(codes, words).map_err(arrow::refused)?)
        }
        ResultColumn::Int { values, validity } => {
            let nulls = validity.map(|bytes| nulls(bytes, values.len()));
            Arc::new(Int64Array::new(values.into(), nulls))
        }
        ResultColumn::Date { values, validity } => {
            let nulls = validity.map(|bytes| nulls(bytes, values.len()));
            Arc::new(Date32Array::new(values.into(), nulls))
        }
        ResultColumn::Decimal { values, scale, validity } => {
            let nulls = validity.map(|bytes| nulls(bytes, values.len()));
            let decimals = Decimal128Array::new(values.into(), nulls);
            Arc::new(decimals.with_precision_and_scale(38, scale as i8).map_err(arrow::refused)?)
        }
        _ => return Err(Failure::Python(PyTypeError::new_err("this column has no Arrow array"))),
    })
}

fn to_date(py: Python<'_>, day: cs_core::calendar::Date) -> PyResult<Bound<'_, PyAny>> {
    // 1970-01-01 is day 719,163 of Python's calendar.
    py.import("datetime")?.getattr("date")?.call_method1("fromordinal", (i64::from(day.days()) + 719_163,))
}

fn nulls(bytes: Vec<u8>, rows: usize) -> NullBuffer {
    NullBuffer::new(BooleanBuffer::new(ArrowBuffer::from_vec(bytes), 0, rows))
}

/// The codes as pandas has them.
fn signed(labels: &Labels) -> Vec<i16> {
    let code = |row: usize| if labels.get(row).is_some() { i16::from(labels.codes[row]) } else { -1 };
    (0..labels.codes.len()).map(code).collect()
}

/// Memory that NumPy may look at and write to: the only owner is whoever holds this.
#[pyclass(module = "customer_success._core")]
pub(crate) struct Buffer {
    data: Data,
}

enum Data {
    Numbers(Vec<f64>),
    Codes(Vec<i16>),
    Rows(Vec<i64>),
}

#[pymethods]
impl Buffer {
    /// Exports the memory as one writable dimension.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, _flags: c_int) -> PyResult<()> {
        let (pointer, rows, item, format): (*mut c_void, usize, usize, &'static CStr) = match &mut slf.borrow_mut().data
        {
            Data::Numbers(values) => (values.as_mut_ptr().cast(), values.len(), 8, c"d"),
            Data::Codes(codes) => (codes.as_mut_ptr().cast(), codes.len(), 2, c"h"),
            Data::Rows(rows) => (rows.as_mut_ptr().cast(), rows.len(), 8, c"q"),
        };
        let shape = Box::into_raw(Box::new([rows as ffi::Py_ssize_t, item as ffi::Py_ssize_t]));
        // SAFETY: Python hands in a view to fill. The memory belongs to a Vec that is never touched
        // from Rust again and lives as long as `slf`, which the view holds. `shape` (rows, then
        // stride) is freed by `__releasebuffer__`.
        unsafe {
            (*view).buf = pointer;
            (*view).len = (rows * item) as ffi::Py_ssize_t;
            (*view).itemsize = item as ffi::Py_ssize_t;
            (*view).readonly = 0;
            (*view).format = format.as_ptr().cast_mut();
            (*view).ndim = 1;
            (*view).shape = shape.cast();
            (*view).strides = shape.cast::<ffi::Py_ssize_t>().add(1);
            (*view).suboffsets = std::ptr::null_mut();
            (*view).internal = shape.cast();
            (*view).obj = slf.into_any().into_ptr();
        }
        Ok(())
    }

    /// Frees what [`Buffer::__getbuffer__`] allocated.
    unsafe fn __releasebuffer__(&self, view: *mut ffi::Py_buffer) {
        // SAFETY: `internal` is the box that `__getbuffer__` leaked into this view.
        drop(unsafe { Box::from_raw((*view).internal.cast::<[ffi::Py_ssize_t; 2]>()) });
    }
}
