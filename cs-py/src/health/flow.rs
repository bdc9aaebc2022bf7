//! Flows between tiers.

use crate::document;
use crate::error::{Result, guard};
use crate::table::{Frame, ResultFrame};
use cs_core::health::{FlowOptions, ProjectOptions};
use cs_core::table::Table;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

/// How accounts moved between tiers.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct Flow {
    flow: cs_core::health::Flow,
}

/// The `(name, column)` pairs of a table, and the names that were left behind.
type Given<'py> = (Bound<'py, PyList>, Bound<'py, PyList>);

/// Counts the moves between two tables.
pub(super) fn count(
    py: Python<'_>,
    before: &Given<'_>,
    after: &Given<'_>,
    work: impl FnOnce(&[Table<'_>], &[Table<'_>]) -> Result<cs_core::health::Flow> + Send,
) -> Result<Flow> {
    let before = Frame::import(&before.0, &before.1)?;
    let after = Frame::import(&after.0, &after.1)?;
    let flow = py.detach(|| before.with_tables(|before| after.with_tables(|after| work(before, after))))?;
    Ok(Flow { flow })
}

#[pymethods]
impl Flow {
    /// Counts the moves between tiers whose ids are given from the worst to the best.
    #[staticmethod]
    fn from_results(
        py: Python<'_>,
        tiers: Vec<String>,
        before: Given<'_>,
        after: Given<'_>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        guard(|| {
            let options = FlowOptions::from_value(&document::to_value(options)?)?;
            let count_all = |before: &[Table<'_>], after: &[Table<'_>]| {
                Ok(cs_core::health::Flow::from_results(&tiers, before, after, &options)?)
            };
            count(py, &before, &after, count_all)
        })
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Ok(Self { flow: cs_core::health::Flow::from_json(document::source(text)?)? }))
    }

    fn to_json(&self) -> PyResult<String> {
        guard(|| Ok(self.flow.to_json()))
    }

    fn merge(&self, other: &Self) -> PyResult<Self> {
        guard(|| Ok(Self { flow: self.flow.clone().merge(&other.flow)? }))
    }

    #[getter]
    fn tiers(&self) -> Vec<String> {
        self.flow.tiers().to_vec()
    }

    #[getter]
    fn card_hash(&self) -> &str {
        self.flow.card_hash()
    }

    fn html(&self) -> PyResult<String> {
        guard(|| Ok(self.flow.html()))
    }

    fn matrix(&self, py: Python<'_>) -> PyResult<ResultFrame> {
        guard(|| Ok(ResultFrame::new(py, self.flow.matrix())?))
    }

    fn summary(&self, py: Python<'_>) -> PyResult<ResultFrame> {
        guard(|| Ok(ResultFrame::new(py, self.flow.summary())?))
    }

    fn steady(&self, py: Python<'_>) -> PyResult<ResultFrame> {
        guard(|| Ok(ResultFrame::new(py, self.flow.steady())?))
    }

    fn project(&self, py: Python<'_>, periods: usize, options: &Bound<'_, PyDict>) -> PyResult<ResultFrame> {
        guard(|| {
            let options = ProjectOptions::from_value(&document::to_value(options)?)?;
            let projected = py.detach(|| self.flow.project(periods, &options))?;
            Ok(ResultFrame::new(py, projected)?)
        })
    }
}
