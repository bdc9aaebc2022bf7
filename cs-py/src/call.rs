//! What calls of all rooms have in common: tables by role, and letting go of the interpreter.

use crate::error::{Failure, Result, issues};
use crate::table::Frame;
use cs_core::error::Issue;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// A table by its role: `(name, column)` pairs, and the names of columns that were left behind.
pub(crate) type Given<'py> = (String, Bound<'py, PyList>, Bound<'py, PyList>);

/// A table of a role; what is wrong with it names the role, unless it is the data.
pub(crate) fn import((role, columns, others): &Given<'_>) -> Result<Frame> {
    Frame::import(columns, others).map_err(|failure| match failure {
        Failure::Core(error) if role != "data" => {
            let issues = error.issues().iter().cloned().map(|issue| issue.path(role.as_str()));
            cs_core::Error::from_issues(issues.collect()).map_or(Failure::Core(error), Failure::Core)
        }
        failure => failure,
    })
}

/// Lets other threads run while the core works; Ctrl-C counts before and after.
pub(crate) fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    py.check_signals()?;
    let done = py.detach(work)?;
    py.check_signals()?;
    Ok(done)
}

/// What was found, or what kept the document from being read.
pub(crate) fn found<'py>(py: Python<'py>, checked: Result<Vec<Issue>>) -> Result<Bound<'py, PyAny>> {
    match checked {
        Ok(found) => Ok(issues(py, &found)?),
        Err(Failure::Core(error)) => Ok(issues(py, error.issues())?),
        Err(failure) => Err(failure),
    }
}
