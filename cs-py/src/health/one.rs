//! One account at a time.

use crate::document;
use crate::error::{Failure, Result, guard};
use crate::table::{Frame, one_value};
use cs_core::health::{Include, OnError, One, ScoreOptions, Scorecard};
use cs_core::table::{Column, Table, Value, Values};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Scores one account at a time, from any number of threads.
///
/// What an account is called is only handed back: that no two are alike is for tables to check.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct Scorer {
    /// Those that no call uses; one that runs has taken its own, so no lock is held while Python runs.
    idle: Mutex<Vec<cs_core::health::Scorer>>,
    card: Scorecard,
    options: ScoreOptions,
    /// Names of the columns in the caller's mapping, in the order of the card's columns.
    names: Vec<Py<PyString>>,
    account: Option<Py<PyString>>,
    /// Names of the result columns that were selected.
    selected: Option<Vec<String>>,
    /// Whether results are asked for that only a table has.
    tabled: bool,
    /// The card without its account, for what single values cannot say.
    bare: OnceLock<(Scorecard, ScoreOptions)>,
}

impl Scorer {
    pub(super) fn new(py: Python<'_>, card: &Scorecard, options: ScoreOptions) -> Result<Self> {
        let name = |name: &str| {
            let mapped = options.columns.get(name).map_or(name, String::as_str);
            PyString::intern(py, mapped).unbind()
        };
        let scorer = card.scorer(&options)?;
        let results = result_names(card, &options)?;
        let own = card.output_columns();
        let plain = |name: &String| own.contains(name) || name.starts_with("error_");
        let account = card.account().map(|account| options.columns.get(account).map_or(account, String::as_str));
        Ok(Self {
            tabled: !results.iter().all(|name| plain(name) || account == Some(name.as_str())),
            idle: Mutex::new(vec![scorer]),
            card: card.clone(),
            names: card.columns().into_iter().map(name).collect(),
            account: card.account().map(name),
            selected: options.select.is_some().then_some(results),
            bare: OnceLock::new(),
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

    /// Adds the results; `false` for values that only a table can hold.
    fn by_values(&self, objects: &[Bound<'_, PyAny>], results: &Bound<'_, PyDict>) -> Result<bool> {
        let mut values: Vec<Value<'_>> = Vec::with_capacity(objects.len());
        for object in objects {
            match one_value(object)? {
                Some(value) => values.push(value),
                // as many as there are: their number is what the core looks at first
                None if objects.len() != self.names.len() => values.push(Value::Null),
                None => return Ok(false),
            }
        }
        let idle = self.idle().pop();
        let mut scorer = idle.map_or_else(|| self.card.scorer(&self.options), Ok)?;
        let scored = scorer.score(&values).map_err(Failure::from);
        let filled = scored.and_then(|one| Ok(self.fill(results, &one)?));
        self.idle().push(scorer);
        filled.map(|()| true)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<cs_core::health::Scorer>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fill(&self, dict: &Bound<'_, PyDict>, one: &One<'_>) -> PyResult<()> {
        let py = dict.py();
        dict.set_item(intern!(py, "score"), one.score)?;
        if !self.card.document().tiers.is_empty() {
            dict.set_item(intern!(py, "tier"), one.tier)?;
        }
        dict.set_item(intern!(py, "status"), one.status)?;
        dict.set_item(intern!(py, "coverage"), one.coverage)?;
        for (name, score) in one.dimensions() {
            dict.set_item(name, score)?;
        }
        if self.options.on_error == OnError::Null {
            dict.set_item(intern!(py, "error_code"), one.error.map(|(code, _)| code.as_str()))?;
            dict.set_item(intern!(py, "error_item"), one.error.map(|(_, item)| item))?;
        }
        Ok(())
    }

    /// Adds the results of a table of this one row.
    fn by_table(&self, row: &Bound<'_, PyDict>, results: &Bound<'_, PyDict>) -> Result<()> {
        let py = row.py();
        let (card, options) = self.bare()?;
        let wanted = options.input_columns(card);
        let (columns, others) = (PyList::empty(py), PyList::empty(py));
        for item in row.items().iter() {
            let (name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            match name.extract::<String>() {
                Ok(text) if wanted.contains(&text) => columns.append((name, PyList::new(py, [value])?))?,
                _ => others.append(name)?,
            }
        }
        let table = Frame::import(&columns, &others)?;
        let scored = table.with_table(|table| Ok(card.score(table, options)?))?;
        for (name, column) in scored.columns() {
            let value = column.json(0).unwrap_or_default();
            results.set_item(name, document::to_python(py, &value)?)?;
        }
        Ok(())
    }

    /// The account as a dict, from its values or else as it was given.
    fn row<'py>(
        &self,
        account: &Bound<'py, PyAny>,
        objects: Option<Vec<Bound<'py, PyAny>>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let row = PyDict::new(account.py());
        match objects {
            Some(objects) => {
                self.names.iter().zip(objects).try_for_each(|(name, value)| row.set_item(name, value))?;
            }
            None => row.update(account.cast::<PyMapping>()?)?,
        }
        Ok(row)
    }

    /// The card and the options without the account and the selection.
    fn bare(&self) -> Result<&(Scorecard, ScoreOptions)> {
        if let Some(bare) = self.bare.get() {
            return Ok(bare);
        }
        let mut document = cs_core::document::from_json(self.card.to_json())?;
        if let Some(fields) = document.as_object_mut() {
            fields.remove("account");
        }
        let card = Scorecard::from_value(&document)?;
        let mut options = ScoreOptions { select: None, ..self.options.clone() };
        if self.selected.is_some() {
            options.include = Include::ALL.to_vec();
        }
        options.columns.retain(|name, _| card.columns().contains(&name.as_str()));
        Ok(self.bare.get_or_init(|| (card, options)))
    }

    fn score<'py>(&self, account: &Bound<'py, PyAny>) -> Result<Bound<'py, PyDict>> {
        let py = account.py();
        let results = PyDict::new(py);
        if let Some(name) = self.account.as_ref().filter(|_| is_mapping(account))
            && let Some(value) = entry(account, name)?
        {
            results.set_item(name.bind(py), value)?;
        }
        let objects = self.values(account)?;
        let done = match &objects {
            Some(objects) if !self.tabled => self.by_values(objects, &results)?,
            _ => false,
        };
        if !done {
            self.by_table(&self.row(account, objects)?, &results)?;
        }
        let Some(selected) = &self.selected else { return Ok(results) };
        let picked = PyDict::new(py);
        for name in selected {
            if let Some(value) = results.get_item(name)? {
                picked.set_item(name, value)?;
            }
        }
        Ok(picked)
    }
}

/// The names of the result columns; the core checks the options against the card.
fn result_names(card: &Scorecard, options: &ScoreOptions) -> Result<Vec<String>> {
    let inputs = options.input_columns(card);
    let empty = inputs.iter().map(|name| (name.as_str(), Column::all_valid(Values::Null(0))));
    let result = card.score(&Table::new(empty)?, options)?;
    Ok(result.into_columns().into_iter().map(|(name, _)| name).collect())
}

#[pymethods]
impl Scorer {
    /// Scores one account.
    fn __call__<'py>(&self, account: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        guard(|| self.score(account))
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
