//! Vega-Lite documents of results.

use crate::document;
use crate::error::{Failure, guard};
use crate::health::Card;
use crate::table::Frame;
use cs_core::chart as charts;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// The chart of this name for `(name, column)` pairs, of which every column comes in one chunk.
#[pyfunction]
pub(crate) fn chart<'py>(
    py: Python<'py>,
    name: &str,
    card: &Card,
    columns: &Bound<'py, PyList>,
    others: &Bound<'py, PyList>,
    language: Option<&Bound<'py, PyString>>,
) -> PyResult<Bound<'py, PyAny>> {
    let draw = match name {
        "score_distribution" => charts::score_distribution,
        "tier_shares" => charts::tier_shares,
        "contributions" => charts::contributions,
        "change_waterfall" => charts::change_waterfall,
        "flow_matrix" => charts::flow_matrix,
        "flow_bars" => charts::flow_bars,
        "projection" => charts::projection,
        "level_drivers" => charts::level_drivers,
        _ => return Err(PyValueError::new_err(format!("there is no chart `{name}`"))),
    };
    guard(|| {
        let language = language.map(|text| document::unicode(text, "language")).transpose()?;
        let frame = Frame::import(columns, others)?;
        let spec = frame.with_table(|table| draw(card.card(), table, language).map_err(Failure::from))?;
        Ok(document::to_python(py, &spec)?)
    })
}

/// The chart of a revenue table by its name.
#[pyfunction]
pub(crate) fn revenue_chart<'py>(
    py: Python<'py>,
    name: &str,
    columns: &Bound<'py, PyList>,
    others: &Bound<'py, PyList>,
    language: Option<&Bound<'py, PyString>>,
) -> PyResult<Bound<'py, PyAny>> {
    guard(|| {
        let language = language.map(|text| document::unicode(text, "language")).transpose()?;
        let frame = Frame::import(columns, others)?;
        let spec = frame.with_table(|table| charts::revenue(name, table, language).map_err(Failure::from))?;
        Ok(document::to_python(py, &spec)?)
    })
}
