//! Scorecards and scoring.

mod flow;
mod one;

pub(crate) use flow::Flow;
pub(crate) use one::Scorer;

use crate::call::{Given, detached, found, import};
use crate::document;
use crate::error::{Result, guard, issues};
use crate::table::{Frame, ResultFrame, with_frames};
use cs_core::health::{Operation, ScoreOptions, Scorecard};
use cs_core::table::Tables;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

/// A scorecard that was checked.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct Card {
    card: Scorecard,
}

#[pymethods]
impl Card {
    /// Reads a dict.
    #[new]
    fn new(document: &Bound<'_, PyAny>) -> PyResult<Self> {
        guard(|| Self::of(Scorecard::from_value(&document::to_value(document)?)))
    }

    #[staticmethod]
    fn from_json(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(Scorecard::from_json(document::source(text)?)))
    }

    #[staticmethod]
    fn from_yaml(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(Scorecard::from_yaml(document::source(text)?)))
    }

    #[staticmethod]
    fn from_toml(text: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(Scorecard::from_toml(document::source(text)?)))
    }

    #[getter]
    fn hash(&self) -> &str {
        self.card.hash()
    }

    #[getter]
    fn id(&self) -> &str {
        self.card.id()
    }

    #[getter]
    fn account(&self) -> Option<&str> {
        self.card.account()
    }

    #[getter]
    fn columns(&self) -> Vec<&str> {
        self.card.columns()
    }

    #[getter]
    fn output_columns(&self) -> Vec<String> {
        self.card.output_columns()
    }

    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        issues(py, self.card.warnings())
    }

    fn to_json(&self) -> &str {
        self.card.to_json()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(|| Ok(document::to_python(py, &cs_core::document::from_json(self.card.to_json())?)?))
    }

    fn html(&self) -> PyResult<String> {
        guard(|| Ok(self.card.html()))
    }

    fn summary(&self) -> PyResult<String> {
        guard(|| Ok(self.card.summary()))
    }

    #[staticmethod]
    fn preset(name: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(Scorecard::preset(document::unicode(name, "name")?)))
    }

    #[staticmethod]
    fn template(name: &Bound<'_, PyString>) -> PyResult<Self> {
        guard(|| Self::of(Scorecard::template(document::unicode(name, "name")?)))
    }

    /// What each preset is, by its name.
    #[staticmethod]
    fn presets(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        guard(|| about(py, Scorecard::preset_names()))
    }

    /// What each template is, by its name.
    #[staticmethod]
    fn templates(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        guard(|| about(py, Scorecard::template_names()))
    }

    /// The columns that the tables of each role may be asked for; which rows are wanted does not matter.
    #[pyo3(signature = (operation, options, other=None))]
    fn wanted<'py>(
        &self,
        operation: &str,
        options: &Bound<'py, PyDict>,
        other: Option<&Card>,
    ) -> PyResult<Bound<'py, PyDict>> {
        guard(|| {
            let (roles, options) = (PyDict::new(options.py()), document::to_options_but_rows(options)?);
            let other = other.map(Self::card);
            let wanted = self.card.wanted_columns(Operation::parse(operation)?, other, &options)?;
            wanted.into_iter().try_for_each(|(role, columns)| roles.set_item(role, columns))?;
            Ok(roles)
        })
    }

    /// Does something with tables.
    #[pyo3(signature = (operation, tables, options, other=None))]
    fn run(
        &self,
        py: Python<'_>,
        operation: &str,
        tables: Vec<Given<'_>>,
        options: &Bound<'_, PyDict>,
        other: Option<&Card>,
    ) -> PyResult<ResultFrame> {
        guard(|| {
            let operation = Operation::parse(operation)?;
            let options = document::to_options(options)?;
            let frames: Vec<Frame> = tables.iter().map(import).collect::<Result<_>>()?;
            let roles: Vec<&str> = tables.iter().map(|(role, ..)| role.as_str()).collect();
            let (card, other) = (&self.card, other.map(Self::card));
            let result = detached(py, || {
                with_frames(&frames, |batches| {
                    let tables = Tables::new(roles.into_iter().zip(batches));
                    Ok(card.run(operation, other, &tables, &options)?)
                })
            })?;
            Ok(ResultFrame::new(py, result)?)
        })
    }

    /// The card with its quantile curves fitted to a table.
    fn fit(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyList>,
        others: &Bound<'_, PyList>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        guard(|| {
            let options = ScoreOptions::from_value(&document::to_options(options)?)?;
            let frame = Frame::import(columns, others)?;
            detached(py, || frame.with_tables(|tables| Self::of(self.card.fit(tables, &options))))
        })
    }

    /// Something that scores one account at a time.
    fn scorer(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Scorer> {
        guard(|| Scorer::new(py, &self.card, document::to_options(options)?))
    }
}

impl Card {
    fn of(card: cs_core::Result<Scorecard>) -> Result<Self> {
        Ok(Self { card: card? })
    }

    pub(crate) fn card(&self) -> &Scorecard {
        &self.card
    }
}

fn about<'py>(py: Python<'py>, names: Vec<&'static str>) -> Result<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    for name in names {
        all.set_item(name, Scorecard::preset_about(name)?)?;
    }
    Ok(all)
}

/// Every issue of a document given as a dict.
#[pyfunction]
pub(crate) fn check<'py>(py: Python<'py>, document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    guard(|| found(py, document::to_value(document).map(|document| Scorecard::check(&document))))
}

/// Every issue of a document given as text in `json`, `yaml` or `toml`.
#[pyfunction]
pub(crate) fn check_text<'py>(py: Python<'py>, text: &Bound<'py, PyString>, form: &str) -> PyResult<Bound<'py, PyAny>> {
    let check = match form {
        "yaml" => Scorecard::check_yaml,
        "toml" => Scorecard::check_toml,
        _ => Scorecard::check_json,
    };
    guard(|| found(py, document::source(text).map(check)))
}

/// The JSON Schema of scorecards.
#[pyfunction]
pub(crate) fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    guard(|| Ok(document::to_python(py, &Scorecard::schema())?))
}
