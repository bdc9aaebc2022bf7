//! Revenue policies, what they do with tables, and partials.

mod partial;
mod simulation;

pub(crate) use partial::Partial;
pub(crate) use simulation::Simulation;

use crate::call::{Given, detached, found, import};
use crate::document;
use crate::error::{Result, guard, issues};
use crate::table::{Frame, ResultFrame, with_frames};
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::table::Tables;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// A revenue policy that was checked.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct Policy {
    policy: RevenuePolicy,
}

#[pymethods]
impl Policy {
    /// Reads a dict.
    #[new]
    fn new(document: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(|| Self::of(RevenuePolicy::from_value(&document::to_value(document)?)))
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(RevenuePolicy::from_json(document::source(text)?)))
    }

    #[staticmethod]
    fn from_yaml(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(RevenuePolicy::from_yaml(document::source(text)?)))
    }

    #[staticmethod]
    fn from_toml(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(RevenuePolicy::from_toml(document::source(text)?)))
    }

    /// The policy that holds when none is given.
    #[staticmethod]
    fn standard() -> PyResult<Self> {
        guard(|| Ok(Self { policy: RevenuePolicy::default() }))
    }

    #[staticmethod]
    fn preset(name: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(RevenuePolicy::preset(document::unicode(name, "name")?)))
    }

    /// What each preset is, by its name.
    #[staticmethod]
    fn presets(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        guard(|| {
            let all = PyDict::new(py);
            for name in RevenuePolicy::preset_names() {
                all.set_item(name, RevenuePolicy::preset_about(name)?)?;
            }
            Ok(all)
        })
    }

    #[getter]
    fn hash(&self) -> &str {
        self.policy.hash()
    }

    #[getter]
    fn id(&self) -> &str {
        self.policy.id()
    }

    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        issues(py, self.policy.warnings())
    }

    fn to_json(&self) -> &str {
        self.policy.to_json()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(|| Ok(document::to_python(py, &cs_core::document::from_json(self.policy.to_json())?)?))
    }

    /// The columns that the tables of each role may be asked for; an empty list stands for all.
    fn wanted<'py>(&self, operation: &str, options: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
        guard(|| {
            let roles = PyDict::new(options.py());
            let wanted = self.policy.wanted_columns(Operation::parse(operation)?, &document::to_options(options)?)?;
            wanted.into_iter().try_for_each(|(role, columns)| roles.set_item(role, columns))?;
            Ok(roles)
        })
    }

    /// Does something with tables.
    fn run(
        &self,
        py: Python<'_>,
        operation: &str,
        tables: Vec<Given<'_>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<ResultFrame> {
        guard(|| {
            let operation = Operation::parse(operation)?;
            let options = document::to_options(options)?;
            let frames: Vec<Frame> = tables.iter().map(import).collect::<Result<_>>()?;
            let roles: Vec<&str> = tables.iter().map(|(role, ..)| role.as_str()).collect();
            let result = detached(py, || {
                with_frames(&frames, |batches| {
                    let tables = Tables::new(roles.into_iter().zip(batches));
                    Ok(self.policy.run(operation, &tables, &options)?)
                })
            })?;
            Ok(ResultFrame::new(py, result)?)
        })
    }
}

impl Policy {
    fn of(policy: cs_core::Result<RevenuePolicy>) -> Result<Self> {
        Ok(Self { policy: policy? })
    }
}

/// Every issue of a policy given as a dict.
#[pyfunction]
pub(crate) fn check_policy<'py>(py: Python<'py>, document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    guard(|| found(py, document::to_value(document).map(|document| RevenuePolicy::check(&document))))
}

/// Every issue of a policy given as text in `json`, `yaml` or `toml`.
#[pyfunction]
pub(crate) fn check_policy_text<'py>(
    py: Python<'py>,
    text: &Bound<'py, PyString>,
    form: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let check = match form {
        "yaml" => RevenuePolicy::check_yaml,
        "toml" => RevenuePolicy::check_toml,
        _ => RevenuePolicy::check_json,
    };
    guard(|| found(py, document::source(text).map(check)))
}

/// The JSON Schema of revenue policies.
#[pyfunction]
pub(crate) fn policy_schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    guard(|| Ok(document::to_python(py, &RevenuePolicy::schema())?))
}

/// A single figure by its name.
#[pyfunction]
pub(crate) fn scalar<'py>(py: Python<'py>, name: &str, options: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
    guard(|| Ok(document::to_python(py, &cs_core::scalar::call(name, &document::to_options(options)?)?)?))
}
