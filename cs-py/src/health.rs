//! Scorecards and scoring.

mod flow;
mod one;

pub(crate) use flow::Flow;
pub(crate) use one::Scorer;

use crate::document;
use crate::error::{Failure, Result, guard, issues};
use crate::table::{Frame, ResultFrame};
use cs_core::error::Issue;
use cs_core::health::{FlowOptions, Operation, ScoreOptions, Scorecard, Tables};
use cs_core::table::Table;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde_json::Value as Json;

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

    /// The names of the presets, and what each is.
    #[staticmethod]
    fn presets() -> PyResult<Vec<(&'static str, &'static str)>> {
        guard(|| Ok(abouts(Scorecard::preset_names())?))
    }

    /// The names of the templates, and what each is.
    #[staticmethod]
    fn templates() -> PyResult<Vec<(&'static str, &'static str)>> {
        guard(|| Ok(abouts(Scorecard::template_names())?))
    }

    /// The columns that the tables of each role may be asked for; the account first.
    #[pyo3(signature = (operation, options, other=None))]
    fn wanted(
        &self,
        operation: &str,
        options: &Bound<'_, PyDict>,
        other: Option<&Self>,
    ) -> PyResult<Vec<(&'static str, Vec<String>)>> {
        guard(|| {
            let (operation, options) = (Operation::parse(operation)?, document::to_value(options)?);
            Ok(self.card.wanted_columns(operation, other.map(Self::card), &options)?)
        })
    }

    /// Does something with tables, each a role, its `(name, column)` pairs, and the names that were left behind;
    /// `rows` are the rows to score, as any column of whole numbers.
    #[pyo3(signature = (operation, tables, options, other=None, rows=None))]
    fn run(
        &self,
        py: Python<'_>,
        operation: &str,
        tables: Vec<(String, Bound<'_, PyList>, Bound<'_, PyList>)>,
        options: &Bound<'_, PyDict>,
        other: Option<&Self>,
        rows: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<ResultFrame> {
        guard(|| {
            let (operation, mut options) = (Operation::parse(operation)?, document::to_value(options)?);
            if let (Some(rows), Some(fields)) = (rows, options.as_object_mut()) {
                fields.insert("rows".to_owned(), numbers(rows)?);
            }
            let frames = tables.iter().map(|(role, columns, others)| Ok((role, Frame::import(columns, others)?)));
            let frames = frames.collect::<Result<Vec<_>>>()?;
            py.check_signals()?;
            let other = other.map(Self::card);
            let work = |tables: &Tables<'_>| Ok(self.card.run(operation, other, tables, &options)?);
            let result = py.detach(|| with_roles(&frames, Vec::new(), work))?;
            py.check_signals()?;
            Ok(ResultFrame::new(py, result)?)
        })
    }

    /// The card fitted to a table.
    fn fit(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyList>,
        others: &Bound<'_, PyList>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        guard(|| {
            let options = read_options(options)?;
            let frame = Frame::import(columns, others)?;
            Ok(Self { card: py.detach(|| frame.with_tables(|tables| Ok(self.card.fit(tables, &options)?)))? })
        })
    }

    /// How accounts moved between two results.
    fn tier_flow(
        &self,
        py: Python<'_>,
        before: (Bound<'_, PyList>, Bound<'_, PyList>),
        after: (Bound<'_, PyList>, Bound<'_, PyList>),
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Flow> {
        guard(|| {
            let options = FlowOptions::from_value(&document::to_value(options)?)?;
            flow::count(py, &before, &after, |before, after| Ok(self.card.tier_flow(before, after, &options)?))
        })
    }

    /// Something that scores one account at a time.
    fn scorer(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Scorer> {
        guard(|| Scorer::new(py, &self.card, read_options(options)?))
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

fn abouts(names: Vec<&'static str>) -> cs_core::Result<Vec<(&'static str, &'static str)>> {
    names.into_iter().map(|name| Ok((name, Scorecard::preset_about(name)?))).collect()
}

/// Calls `work` with the tables of all roles.
fn with_roles<R>(
    frames: &[(&String, Frame)],
    done: Vec<(String, Vec<Table<'_>>)>,
    work: impl FnOnce(&Tables<'_>) -> Result<R>,
) -> Result<R> {
    let Some(((role, frame), rest)) = frames.split_first() else { return work(&Tables::new(done)) };
    frame.with_tables(|tables| {
        // Those of before live longer than these.
        let mut all: Vec<(String, Vec<Table<'_>>)> = done;
        all.push(((*role).clone(), tables.to_vec()));
        with_roles(rest, all, work)
    })
}

/// A column of numbers as the core's options have them; what they may be is for the core to say.
fn numbers(rows: &Bound<'_, PyAny>) -> Result<Json> {
    let py = rows.py();
    let columns = PyList::new(py, [("rows", rows)])?;
    Frame::import(&columns, &PyList::empty(py))?.with_tables(|tables| {
        let columns = tables.iter().filter_map(|table| table.column("rows"));
        let all =
            columns.flat_map(|column| (0..column.len()).map(move |row| column.number(row).map_or(Json::Null, whole)));
        Ok(all.collect())
    })
}

/// A whole number as such.
fn whole(x: f64) -> Json {
    if x.trunc() == x && x.abs() < 9e15 { Json::from(x as i64) } else { Json::from(x) }
}

/// Options as the core reads them.
fn read_options(options: &Bound<'_, PyDict>) -> Result<ScoreOptions> {
    Ok(ScoreOptions::from_value(&document::to_value(options)?)?)
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

/// What was found, or what kept the document from being read.
fn found<'py>(py: Python<'py>, checked: Result<Vec<Issue>>) -> Result<Bound<'py, PyAny>> {
    match checked {
        Ok(found) => Ok(issues(py, &found)?),
        Err(Failure::Core(error)) => Ok(issues(py, error.issues())?),
        Err(failure) => Err(failure),
    }
}

/// The JSON Schema of scorecards.
#[pyfunction]
pub(crate) fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    guard(|| Ok(document::to_python(py, &Scorecard::schema())?))
}
