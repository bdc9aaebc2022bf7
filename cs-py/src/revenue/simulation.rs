//! A synthetic book.

use crate::document;
use crate::error::{Result, guard};
use crate::table::ResultFrame;
use cs_core::simulate;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A synthetic book that was checked.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct Simulation {
    simulation: simulate::Simulation,
}

#[pymethods]
impl Simulation {
    /// Reads a dict.
    #[new]
    fn new(document: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(|| Self::of(simulate::Simulation::from_value(&document::to_value(document)?)))
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(simulate::Simulation::from_json(document::source(text)?)))
    }

    #[getter]
    fn hash(&self) -> &str {
        self.simulation.hash()
    }

    #[getter]
    fn accounts(&self) -> u64 {
        self.simulation.accounts()
    }

    fn to_json(&self) -> &str {
        self.simulation.to_json()
    }

    #[staticmethod]
    fn tables() -> Vec<&'static str> {
        simulate::Simulation::table_names().to_vec()
    }

    /// The rows of some accounts in the table of this name.
    fn table(&self, py: Python<'_>, name: &Bound<'_, PyString>, first: u64, end: u64) -> PyResult<ResultFrame> {
        guard(|| {
            let name = document::unicode(name, "name")?;
            let result = py.detach(|| self.simulation.table(name, first..end))?;
            Ok(ResultFrame::new(py, result)?)
        })
    }
}

impl Simulation {
    fn of(simulation: cs_core::Result<simulate::Simulation>) -> Result<Self> {
        Ok(Self { simulation: simulation? })
    }
}
