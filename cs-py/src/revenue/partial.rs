//! Aggregates of parts of a book.

use super::Policy;
use crate::call::{Given, detached, import};
use crate::document;
use crate::error::{Result, guard};
use crate::table::{Frame, ResultFrame, with_frames};
use cs_core::revenue::{self, Operation};
use cs_core::table::Tables;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// Sums of a part of a book.
#[pyclass(module = "customer_success._core")]
pub(crate) struct Partial {
    partial: revenue::Partial,
}

#[pymethods]
impl Partial {
    #[new]
    fn new(policy: &Policy, operation: &str, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        guard(|| {
            let (operation, options) = (Operation::parse(operation)?, document::to_options(options)?);
            Ok(Self { partial: revenue::Partial::new(&policy.policy, operation, &options)? })
        })
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Ok(Self { partial: revenue::Partial::from_json(document::source(text)?)? }))
    }

    fn to_json(&self) -> PyResult<String> {
        guard(|| Ok(self.partial.to_json()?))
    }

    /// The columns that the tables of each role may be asked for; an empty list stands for all.
    fn wanted<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        guard(|| {
            let roles = PyDict::new(py);
            let wanted = self.partial.wanted_columns()?;
            wanted.into_iter().try_for_each(|(role, columns)| roles.set_item(role, columns))?;
            Ok(roles)
        })
    }

    /// Adds whole units, or with `grouped` rows that are grouped by account.
    fn update(&mut self, py: Python<'_>, tables: Vec<Given<'_>>, grouped: bool) -> PyResult<()> {
        guard(|| {
            let frames: Vec<Frame> = tables.iter().map(import).collect::<Result<_>>()?;
            let roles: Vec<&str> = tables.iter().map(|(role, ..)| role.as_str()).collect();
            let partial = &mut self.partial;
            detached(py, || {
                with_frames(&frames, |batches| {
                    let tables = Tables::new(roles.into_iter().zip(batches));
                    if grouped {
                        partial.update_sorted(&tables)?
                    } else {
                        partial.update(&tables)?
                    }
                    Ok(())
                })
            })
        })
    }

    /// Adds another part.
    fn merge(&mut self, other: &Partial) -> PyResult<()> {
        guard(|| Ok(self.partial.merge(&other.partial)?))
    }

    fn finish(&self, py: Python<'_>) -> PyResult<ResultFrame> {
        guard(|| Ok(ResultFrame::new(py, self.partial.finish()?)?))
    }

    fn copy(&self) -> Self {
        Self { partial: self.partial.clone() }
    }
}
