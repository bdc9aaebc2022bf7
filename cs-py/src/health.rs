//! Scorecards and scoring.

use crate::document;
use crate::error::{Failure, Result, issues};
use crate::table::{Frame, ResultFrame, one_value};
use cs_core::health::{OnError, One, ScoreOptions, Scorecard};
use cs_core::table::Value;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString};

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
        let document = document::to_value(document)?;
        Self::of(Scorecard::from_value(&document))
    }

    #[staticmethod]
    fn from_json(text: &str) -> PyResult<Self> {
        Self::of(Scorecard::from_json(text))
    }

    #[staticmethod]
    fn from_yaml(text: &str) -> PyResult<Self> {
        Self::of(Scorecard::from_yaml(text))
    }

    #[staticmethod]
    fn from_toml(text: &str) -> PyResult<Self> {
        Self::of(Scorecard::from_toml(text))
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
        let document = cs_core::document::from_json(self.card.to_json()).map_err(Failure::from)?;
        document::to_python(py, &document)
    }

    fn html(&self) -> String {
        self.card.html()
    }

    fn summary(&self) -> String {
        self.card.summary()
    }

    /// The columns that a table must have.
    fn input_columns(&self, options: &Bound<'_, PyDict>) -> PyResult<Vec<String>> {
        Ok(read_options(options)?.input_columns(&self.card))
    }

    /// Scores `(name, column)` pairs; `others` are the names of columns that were left behind.
    fn score(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyList>,
        others: Vec<String>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<ResultFrame> {
        let options = read_options(options)?;
        let frame = Frame::import(columns, others)?;
        py.check_signals()?;
        let result = py.detach(|| frame.with_tables(|tables| Ok(self.card.score_batches(tables, &options)?)))?;
        py.check_signals()?;
        ResultFrame::new(py, result)
    }

    /// Explains the same.
    fn explain(
        &self,
        py: Python<'_>,
        columns: &Bound<'_, PyList>,
        others: Vec<String>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<ResultFrame> {
        let options = read_options(options)?;
        let frame = Frame::import(columns, others)?;
        py.check_signals()?;
        let result = py.detach(|| frame.with_tables(|tables| Ok(self.card.explain_batches(tables, &options)?)))?;
        py.check_signals()?;
        ResultFrame::new(py, result)
    }

    /// Something that scores one account at a time.
    fn scorer(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Scorer> {
        Ok(Scorer::new(py, &self.card, read_options(options)?)?)
    }
}

impl Card {
    fn of(card: cs_core::Result<Scorecard>) -> PyResult<Self> {
        Ok(Self { card: card.map_err(Failure::from)? })
    }

    pub(crate) fn card(&self) -> &Scorecard {
        &self.card
    }
}

/// Options as the core reads them.
fn read_options(options: &Bound<'_, PyDict>) -> Result<ScoreOptions> {
    Ok(ScoreOptions::from_value(&document::to_value(options)?)?)
}

/// Every issue of a document given as a dict.
#[pyfunction]
pub(crate) fn check<'py>(py: Python<'py>, document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match document::to_value(document) {
        Ok(document) => issues(py, &Scorecard::check(&document)),
        Err(Failure::Core(error)) => issues(py, error.issues()),
        Err(failure) => Err(failure.into()),
    }
}

/// Every issue of a document given as text in `json`, `yaml` or `toml`.
#[pyfunction]
pub(crate) fn check_text<'py>(py: Python<'py>, text: &str, form: &str) -> PyResult<Bound<'py, PyAny>> {
    let found = match form {
        "yaml" => Scorecard::check_yaml(text),
        "toml" => Scorecard::check_toml(text),
        _ => Scorecard::check_json(text),
    };
    issues(py, &found)
}

/// The JSON Schema of scorecards.
#[pyfunction]
pub(crate) fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    document::to_python(py, &Scorecard::schema())
}

/// Scores one account at a time.
#[pyclass(module = "customer_success._core")]
pub(crate) struct Scorer {
    scorer: cs_core::health::Scorer,
    card: Scorecard,
    options: ScoreOptions,
    /// Names of the columns in the caller's mapping, in the order of the card's columns.
    names: Vec<Py<PyString>>,
    account: Option<Py<PyString>>,
}

impl Scorer {
    fn new(py: Python<'_>, card: &Scorecard, options: ScoreOptions) -> Result<Self> {
        let name = |name: &str| {
            let mapped = options.columns.get(name).map_or(name, String::as_str);
            PyString::intern(py, mapped).unbind()
        };
        Ok(Self {
            scorer: card.scorer(&options)?,
            card: card.clone(),
            names: card.columns().into_iter().map(name).collect(),
            account: card.account().map(name),
            options,
        })
    }

    /// The values by position; `None` where the mapping lacks one of them.
    fn values<'py>(&self, account: &Bound<'py, PyAny>) -> PyResult<Option<Vec<Bound<'py, PyAny>>>> {
        if !is_mapping(account) {
            return account.try_iter()?.collect::<PyResult<Vec<_>>>().map(Some);
        }
        let mut values = Vec::with_capacity(self.names.len());
        for name in &self.names {
            match entry(account, name)? {
                Some(value) => values.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(values))
    }

    /// The account scored as a table of one row, for what single values cannot say.
    fn by_table<'py>(&self, account: &Bound<'py, PyAny>) -> Result<Bound<'py, PyDict>> {
        let py = account.py();
        let row = self.row(account)?;
        let wanted = self.options.input_columns(&self.card);
        let columns = PyList::empty(py);
        let mut others = Vec::new();
        for (name, value) in row.iter() {
            match name.extract::<String>() {
                Ok(name) if wanted.contains(&name) => columns.append((name, PyList::new(py, [value])?))?,
                Ok(name) => others.push(name),
                Err(_) => {} // a key that is no text names no column
            }
        }
        if let Some(name) = self.account.as_ref().filter(|name| !row.contains(name.bind(py)).unwrap_or(true)) {
            columns.append((name.bind(py), PyList::new(py, [""])?))?;
        }
        let result =
            Frame::import(&columns, others)?.with_table(|table| Ok(self.card.score(table, &self.options)?))?;
        let dict = PyDict::new(py);
        for (name, column) in result.columns() {
            match column.json(0) {
                Some(value) => dict.set_item(name, document::to_python(py, &value)?)?,
                None => {
                    if let Some(value) = row.get_item(name)? {
                        dict.set_item(name, value)?;
                    }
                }
            }
        }
        Ok(dict)
    }

    /// The account as a dict, whatever it was given as.
    fn row<'py>(&self, account: &Bound<'py, PyAny>) -> Result<Bound<'py, PyDict>> {
        let py = account.py();
        if let Ok(dict) = account.cast::<PyDict>() {
            return Ok(dict.clone());
        }
        let row = PyDict::new(py);
        if let Ok(mapping) = account.cast::<PyMapping>() {
            row.update(mapping)?;
            return Ok(row);
        }
        for (name, value) in self.names.iter().zip(account.try_iter()?) {
            row.set_item(name, value?)?;
        }
        Ok(row)
    }
}

#[pymethods]
impl Scorer {
    /// Scores one account.
    fn __call__<'py>(&mut self, account: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let py = account.py();
        // the single form of the core always gives all results
        let Some(objects) = self.values(account)?.filter(|_| self.options.select.is_none()) else {
            return Ok(self.by_table(account)?);
        };
        let mut values: Vec<Value<'_>> = Vec::with_capacity(objects.len());
        for object in &objects {
            match one_value(object)? {
                Some(value) => values.push(value),
                None => return Ok(self.by_table(account)?),
            }
        }
        let one = self.scorer.score(&values).map_err(Failure::from)?;
        let dict = PyDict::new(py);
        if let Some(name) = self.account.as_ref().filter(|_| is_mapping(account))
            && let Some(value) = entry(account, name)?
        {
            dict.set_item(name.bind(py), value)?;
        }
        fill(&dict, &one, !self.card.document().tiers.is_empty())?;
        if self.options.on_error == OnError::Null {
            dict.set_item(intern!(py, "error_code"), one.error.map(|(code, _)| code.as_str()))?;
            dict.set_item(intern!(py, "error_item"), one.error.map(|(_, item)| item))?;
        }
        Ok(dict)
    }
}

fn is_mapping(account: &Bound<'_, PyAny>) -> bool {
    account.is_instance_of::<PyDict>() || account.cast::<PyMapping>().is_ok()
}

/// The value of a key, if it is there.
fn entry<'py>(account: &Bound<'py, PyAny>, name: &Py<PyString>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = name.bind(account.py());
    if let Ok(dict) = account.cast::<PyDict>() {
        return dict.get_item(name);
    }
    if account.contains(name)? { account.get_item(name).map(Some) } else { Ok(None) }
}

fn fill(dict: &Bound<'_, PyDict>, one: &One<'_>, tiers: bool) -> PyResult<()> {
    let py = dict.py();
    dict.set_item(intern!(py, "score"), one.score)?;
    if tiers {
        dict.set_item(intern!(py, "tier"), one.tier)?;
    }
    dict.set_item(intern!(py, "status"), one.status)?;
    dict.set_item(intern!(py, "coverage"), one.coverage)?;
    for (name, score) in one.dimensions() {
        dict.set_item(name, score)?;
    }
    Ok(())
}
