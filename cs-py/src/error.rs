//! Errors of the core as Python exceptions.
//!
//! The classes live in `customer_success/_errors.py`, named by [`ErrorKind::python_class`].
//!
//! [`ErrorKind::python_class`]: cs_core::error::ErrorKind::python_class

use crate::document;
use cs_core::error::{Error, Issue, Level};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whatever can end a call early.
pub(crate) enum Failure {
    /// The core refused.
    Core(Error),
    /// Python raised.
    Python(PyErr),
    /// A defect: the core or this crate panicked.
    Panic(String),
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<Issue> for Failure {
    fn from(issue: Issue) -> Self {
        Self::Core(issue.into())
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Python(error) => error,
            Failure::Core(error) => Python::attach(|py| exception(py, &error).unwrap_or_else(|raised| raised)),
            Failure::Panic(said) => Python::attach(|py| internal(py, &said).unwrap_or_else(|raised| raised)),
        }
    }
}

/// Runs the body of an exported function: what fails is raised, and a panic is raised as an error.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T>) -> PyResult<T> {
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let said = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Err(Failure::Panic(said.unwrap_or_else(|| "unknown panic".to_owned())))
    });
    Ok(done?)
}

fn internal(py: Python<'_>, said: &str) -> PyResult<PyErr> {
    let module = py.import("customer_success._errors")?;
    let message = format!("internal error: {said} [internal_error]");
    let issues = module.getattr("Issues")?.call0()?;
    let made = module.getattr("make_exception")?.call1(("Error", "internal_error", "internal", message, issues))?;
    Ok(PyErr::from_value(made))
}

/// The Python exception of an error.
fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let make = py.import("customer_success._errors")?.getattr("make_exception")?;
    let issues = issues(py, error.issues())?;
    let kind = error.kind();
    let made = make.call1((kind.python_class(), error.code().as_str(), kind.as_str(), error.to_string(), issues))?;
    Ok(PyErr::from_value(made))
}

/// Issues as a list of `customer_success.Issue`.
pub(crate) fn issues<'py>(py: Python<'py>, issues: &[Issue]) -> PyResult<Bound<'py, PyAny>> {
    let module = py.import("customer_success._errors")?;
    let class = module.getattr("Issue")?;
    let list = PyList::empty(py);
    for issue in issues {
        list.append(class.call1(arguments(py, issue)?)?)?;
    }
    module.getattr("Issues")?.call1((list,))
}

fn arguments<'py>(py: Python<'py>, issue: &Issue) -> PyResult<(&'static str, &'static str, String, Bound<'py, PyAny>)> {
    let level = if issue.level == Level::Warning { "warning" } else { "error" };
    let context = match serde_json::to_value(&issue.context) {
        Ok(context) => document::to_python(py, &context)?,
        Err(_) => PyDict::new(py).into_any(), // strings and numbers always serialise
    };
    Ok((level, issue.code.as_str(), issue.message(), context))
}
