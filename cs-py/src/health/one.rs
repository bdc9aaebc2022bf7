//! One account at a time.

use crate::document;
use crate::error::{Failure, Result, guard};
use crate::table::{Frame, one_value, with_frames};
use cs_core::health::{One, Operation, ScoreOptions, Scorecard, TierState};
use cs_core::table::Tables;
use cs_core::table::{Column, ResultColumn, Table, Value, Values};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyString};
use serde_json::Value as Json;
use std::sync::{Mutex, PoisonError};

/// Scores one account at a time, from any number of threads.
///
/// What an account is called is only handed back: that no two are alike is for tables to check.
#[pyclass(module = "customer_success._core", frozen)]
pub(crate) struct Scorer {
    /// Those that no call uses; one that runs has taken its own, so no lock is held while Python runs.
    idle: Mutex<Vec<cs_core::health::Scorer>>,
    card: Scorecard,
    options: ScoreOptions,
    /// The options as they were given.
    given: Json,
    /// Names of the columns in the caller's mapping, in the order of the card's columns.
    names: Vec<Py<PyString>>,
    account: Option<Py<PyString>>,
    /// Whether the account column is also one of those that the card reads.
    reads_account: bool,
    /// The results wanted, in order.
    fields: Vec<(Py<PyString>, Field)>,
    /// Whether the state is among them.
    keeps_state: bool,
}

/// A result of an account.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Field {
    Account,
    Score,
    Tier,
    Status,
    Coverage,
    Dimension(usize),
    RawScore,
    Variant,
    Adjustments,
    State(State),
    ErrorCode,
    ErrorItem,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Card,
    Tier,
    Candidate,
    Streak,
    Score,
    AsOf,
}

impl Field {
    const NAMED: [(&'static str, Self); 15] = [
        ("score", Self::Score),
        ("tier", Self::Tier),
        ("status", Self::Status),
        ("coverage", Self::Coverage),
        ("raw_score", Self::RawScore),
        ("variant", Self::Variant),
        ("adjustments", Self::Adjustments),
        ("state_card", Self::State(State::Card)),
        ("state_tier", Self::State(State::Tier)),
        ("state_candidate", Self::State(State::Candidate)),
        ("state_streak", Self::State(State::Streak)),
        ("state_score", Self::State(State::Score)),
        ("state_as_of", Self::State(State::AsOf)),
        ("error_code", Self::ErrorCode),
        ("error_item", Self::ErrorItem),
    ];

    /// The field that a column of a result holds.
    fn of(name: &str, column: &ResultColumn, card: &Scorecard) -> Option<Self> {
        if matches!(column, ResultColumn::Input { .. }) {
            return Some(Self::Account);
        }
        let named = Self::NAMED.iter().find(|(known, _)| *known == name).map(|(_, field)| *field);
        let dimension = || card.document().dimensions.iter().position(|dimension| dimension.id == name);
        named.or_else(|| dimension().map(Self::Dimension))
    }

    /// Its value; that of the account is the caller's.
    fn value<'py>(self, py: Python<'py>, one: &One<'_>, state: Option<&TierState>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Account => Ok(py.None().into_bound(py)),
            Self::Score => one.score.into_bound_py_any(py),
            Self::Tier => one.tier.into_bound_py_any(py),
            Self::Status => one.status.into_bound_py_any(py),
            Self::Coverage => one.coverage.into_bound_py_any(py),
            Self::Dimension(at) => one.dimensions().nth(at).and_then(|(_, score)| score).into_bound_py_any(py),
            Self::RawScore => one.raw_score.into_bound_py_any(py),
            Self::Variant => one.variant.into_bound_py_any(py),
            Self::Adjustments => {
                let fired: Vec<&str> = one.adjustments().collect();
                (!fired.is_empty()).then(|| fired.join(", ")).into_bound_py_any(py)
            }
            Self::State(part) => part.value(py, state),
            Self::ErrorCode => one.error.map(|(code, _)| code.as_str()).into_bound_py_any(py),
            Self::ErrorItem => one.error.map(|(_, item)| item).into_bound_py_any(py),
        }
    }
}

impl State {
    fn value<'py>(self, py: Python<'py>, state: Option<&TierState>) -> PyResult<Bound<'py, PyAny>> {
        let Some(state) = state else { return Ok(py.None().into_bound(py)) };
        let is_new = state.tier.is_none() && state.score.is_none();
        match self {
            Self::Card => state.card.as_str().into_bound_py_any(py),
            Self::Tier => state.tier.as_deref().into_bound_py_any(py),
            Self::Candidate => state.candidate.as_deref().into_bound_py_any(py),
            Self::Streak => (!is_new).then(|| f64::from(state.streak)).into_bound_py_any(py),
            Self::Score => state.score.into_bound_py_any(py),
            Self::AsOf => state.as_of.map(|day| day.to_string()).into_bound_py_any(py),
        }
    }
}

impl Scorer {
    pub(super) fn new(py: Python<'_>, card: &Scorecard, given: Json) -> Result<Self> {
        let options = ScoreOptions::from_value(&given)?;
        let in_table = |name: &str| options.columns.get(name).map_or(name, String::as_str).to_owned();
        let name = |name: &str| PyString::intern(py, &in_table(name)).unbind();
        let is_account = |name: &&str| Some(in_table(name)) == card.account().map(in_table);
        let scorer = card.scorer(&options)?;
        let fields = fields(py, card, &options)?;
        Ok(Self {
            idle: Mutex::new(vec![scorer]),
            card: card.clone(),
            names: card.columns().into_iter().map(name).collect(),
            account: card.account().map(name),
            reads_account: card.columns().iter().any(is_account),
            keeps_state: fields.iter().any(|(_, field)| matches!(field, Field::State(_))),
            fields,
            options,
            given,
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

    /// The results of these values; `None` for values that only a table can hold.
    fn by_values<'py>(
        &self,
        py: Python<'py>,
        objects: &[Bound<'py, PyAny>],
        called: Option<&Bound<'py, PyAny>>,
    ) -> Result<Option<Bound<'py, PyDict>>> {
        let mut values: Vec<Value<'_>> = Vec::with_capacity(objects.len());
        for object in objects {
            match one_value(object)? {
                Some(value) => values.push(value),
                // as many as there are: their number is what the core looks at first
                None if objects.len() != self.names.len() => values.push(Value::Null),
                None => return Ok(None),
            }
        }
        let idle = self.idle().pop();
        let mut scorer = idle.map_or_else(|| self.card.scorer(&self.options), Ok)?;
        let scored = scorer.score(&values).map_err(Failure::from);
        let filled = scored.and_then(|one| Ok(self.filled(py, &one, called)?));
        self.idle().push(scorer);
        filled.map(Some)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<cs_core::health::Scorer>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn filled<'py>(
        &self,
        py: Python<'py>,
        one: &One<'_>,
        called: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        let state = self.keeps_state.then(|| one.state());
        for (name, field) in &self.fields {
            match (field, called) {
                (Field::Account, Some(called)) => dict.set_item(name.bind(py), called)?,
                (Field::Account, None) => {}
                (field, _) => dict.set_item(name.bind(py), field.value(py, one, state.as_ref())?)?,
            }
        }
        Ok(dict)
    }

    /// The results of tables of one row each.
    fn by_tables<'py>(
        &self,
        row: &Bound<'py, PyDict>,
        called: Option<&Bound<'py, PyAny>>,
        beside: [Option<&Bound<'py, PyMapping>>; 2],
    ) -> Result<Bound<'py, PyDict>> {
        let py = row.py();
        let account = self.account_in(row)?;
        let mut roles: Vec<(&str, Frame)> = Vec::new();
        for (role, wanted) in self.card.wanted_columns(Operation::Score, None, &self.given)? {
            let given = match role {
                "data" => row.clone(),
                "previous" => copied(py, beside[0])?,
                _ => copied(py, beside[1])?,
            };
            if role == "data" || !given.is_empty() {
                if let Some((name, value)) = &account {
                    given.set_item(name, value)?;
                }
                roles.push((role, one_row(&given, &wanted)?));
            }
        }
        let (roles, frames): (Vec<&str>, Vec<Frame>) = roles.into_iter().unzip();
        let scored = with_frames(&frames, |batches| {
            Ok(self.card.run(Operation::Score, None, &Tables::new(roles.into_iter().zip(batches)), &self.given)?)
        })?;
        let results = PyDict::new(py);
        for (name, column) in scored.columns() {
            match (column.json(0), called) {
                (Some(value), _) => results.set_item(name, document::to_python(py, &value)?)?,
                (None, Some(called)) => results.set_item(name, called)?,
                (None, None) => {}
            }
        }
        Ok(results)
    }

    /// What the account is called in all tables: some text, unless the card reads the column.
    fn account_in<'py>(&self, row: &Bound<'py, PyDict>) -> PyResult<Option<(Py<PyString>, Bound<'py, PyAny>)>> {
        let py = row.py();
        let Some(account) = &self.account else { return Ok(None) };
        let name = account.bind(py);
        let value = if self.reads_account { row.get_item(name)? } else { Some(PyString::new(py, "").into_any()) };
        Ok(value.map(|value| (account.clone_ref(py), value)))
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

    fn score<'py>(
        &self,
        account: &Bound<'py, PyAny>,
        previous: Option<&Bound<'py, PyMapping>>,
        decided: Option<&Bound<'py, PyMapping>>,
    ) -> Result<Bound<'py, PyDict>> {
        let called = match &self.account {
            Some(name) if is_mapping(account) => entry(account, name)?,
            _ => None,
        };
        let objects = self.values(account)?;
        let fits = objects.as_ref().is_none_or(|objects| objects.len() == self.names.len());
        if (previous.is_none() && decided.is_none() || !fits)
            && let Some(objects) = &objects
            && let Some(results) = self.by_values(account.py(), objects, called.as_ref())?
        {
            return Ok(results);
        }
        self.by_tables(&self.row(account, objects)?, called.as_ref(), [previous, decided])
    }
}

/// The results wanted, as the core gives them for a table without rows; it checks the options against the card.
fn fields(py: Python<'_>, card: &Scorecard, options: &ScoreOptions) -> Result<Vec<(Py<PyString>, Field)>> {
    let inputs = options.input_columns(card);
    let empty = inputs.iter().map(|name| (name.as_str(), Column::all_valid(Values::Null(0))));
    let result = card.score(&Table::new(empty)?, options)?;
    let field = |(name, column): &(String, ResultColumn)| {
        Field::of(name, column, card).map(|field| (PyString::intern(py, name).unbind(), field))
    };
    Ok(result.columns().iter().filter_map(field).collect())
}

/// A row as a table of the columns wanted.
fn one_row(row: &Bound<'_, PyDict>, wanted: &[String]) -> Result<Frame> {
    let py = row.py();
    let (columns, others) = (PyList::empty(py), PyList::empty(py));
    for (name, value) in row {
        match name.extract::<String>() {
            Ok(text) if wanted.contains(&text) => columns.append((name, PyList::new(py, [value])?))?,
            _ => others.append(name)?,
        }
    }
    Frame::import(&columns, &others)
}

fn copied<'py>(py: Python<'py>, mapping: Option<&Bound<'py, PyMapping>>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    mapping.map_or(Ok(()), |mapping| dict.update(mapping))?;
    Ok(dict)
}

#[pymethods]
impl Scorer {
    /// Scores one account, of which an earlier result and an override may be known.
    #[pyo3(signature = (account, *, previous=None, r#override=None))]
    fn __call__<'py>(
        &self,
        account: &Bound<'py, PyAny>,
        previous: Option<&Bound<'py, PyMapping>>,
        r#override: Option<&Bound<'py, PyMapping>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        guard(|| self.score(account, previous, r#override))
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
