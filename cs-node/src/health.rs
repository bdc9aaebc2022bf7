//! Scorecards: the class behind `Scorecard`, what it does with tables, and doing so off the event loop.

mod flow;
mod one;
mod work;

use crate::document;
use crate::error::{Failure, call, issues};
use crate::result::NativeResult;
use crate::table::{Batch, Role, by_role, read_batches, read_roles, tables};
use cs_core::health::Operation;
use cs_core::{ScoreOptions, Scorecard};
use flow::{NativeFlow, flow_options};
use napi::bindgen_prelude::{AsyncTask, Object, Unknown};
use napi::{Env, ValueType};
use napi_derive::napi;
use one::NativeScorer;
use serde_json::Value;
pub(crate) use work::{Cancel, Wanted};
use work::{Fit, Run};

/// A scorecard, checked.
#[napi(js_name = "Scorecard")]
pub struct NativeScorecard {
    card: Scorecard,
}

#[napi]
impl NativeScorecard {
    /// Reads a card from a text in `json`, `yaml` or `toml`, or from a `value`.
    #[napi(factory)]
    pub fn read(env: &Env, format: String, document: Unknown<'_>) -> napi::Result<Self> {
        call(env, || {
            let card = match (format.as_str(), document.get_type()?) {
                ("json", ValueType::String) => Scorecard::from_json(&document::text(document)?)?,
                ("yaml", ValueType::String) => Scorecard::from_yaml(&document::text(document)?)?,
                ("toml", ValueType::String) => Scorecard::from_toml(&document::text(document)?)?,
                _ => Scorecard::from_value(&document::to_json(document)?)?,
            };
            Ok(Self::new(card))
        })
    }

    /// The card of this name that comes with the library.
    #[napi(factory)]
    pub fn preset(env: &Env, name: String) -> napi::Result<Self> {
        call(env, || Ok(Self::new(Scorecard::preset(&name)?)))
    }

    /// The empty card of this name that comes with the library.
    #[napi(factory)]
    pub fn template(env: &Env, name: String) -> napi::Result<Self> {
        call(env, || Ok(Self::new(Scorecard::template(&name)?)))
    }

    /// The names that `preset` takes.
    #[napi]
    pub fn preset_names() -> Vec<&'static str> {
        Scorecard::preset_names()
    }

    /// The names that `template` takes.
    #[napi]
    pub fn template_names() -> Vec<&'static str> {
        Scorecard::template_names()
    }

    /// What a preset or a template is, in a sentence.
    #[napi]
    pub fn preset_about(env: &Env, name: String) -> napi::Result<&'static str> {
        call(env, || Ok(Scorecard::preset_about(&name)?))
    }

    /// All issues of a card, given as for `read`.
    #[napi]
    pub fn check(env: &Env, format: String, document: Unknown<'_>) -> napi::Result<Value> {
        call(env, || {
            let found = match (format.as_str(), document.get_type()?) {
                ("json", ValueType::String) => Scorecard::check_json(&document::text(document)?),
                ("yaml", ValueType::String) => Scorecard::check_yaml(&document::text(document)?),
                ("toml", ValueType::String) => Scorecard::check_toml(&document::text(document)?),
                _ => Scorecard::check(&document::to_json(document)?),
            };
            Ok(issues(&found))
        })
    }

    /// The JSON Schema of scorecards, as JSON text.
    #[napi]
    pub fn schema() -> String {
        Scorecard::schema().to_string()
    }

    /// The content hash.
    #[napi(getter)]
    pub fn hash(&self) -> &str {
        self.card.hash()
    }

    /// The card's id.
    #[napi(getter)]
    pub fn id(&self) -> &str {
        self.card.id()
    }

    /// The canonical JSON text, with all defaults filled in.
    #[napi(getter)]
    pub fn json(&self) -> &str {
        self.card.to_json()
    }

    /// What is doubtful in the card.
    #[napi(getter)]
    pub fn warnings(&self) -> Value {
        issues(self.card.warnings())
    }

    /// The account column, if the card names one.
    #[napi(getter)]
    pub fn account(&self) -> Option<&str> {
        self.card.account()
    }

    /// The columns that the card reads, in the order of positional scoring.
    #[napi(getter)]
    pub fn columns(&self) -> Vec<String> {
        self.card.columns().into_iter().map(str::to_owned).collect()
    }

    /// The columns of scores.
    #[napi(getter)]
    pub fn output_columns(&self) -> Vec<String> {
        self.card.output_columns()
    }

    /// The columns that the tables of each role may be asked for, under their names there; the account first.
    #[napi]
    pub fn wanted_columns(
        &self,
        env: &Env,
        operation: String,
        options: Option<Unknown<'_>>,
        other: Option<&NativeScorecard>,
    ) -> napi::Result<Value> {
        call(env, || {
            let (operation, options) = (Operation::parse(&operation)?, document::options(options)?);
            let wanted = self.card.wanted_columns(operation, other.map(Self::card), &options)?;
            Ok(wanted.into_iter().map(|(role, columns)| (role.to_owned(), Value::from(columns))).collect())
        })
    }

    /// Does something with tables, each `{role, batches}`, at once.
    #[napi]
    pub fn run_sync<'env>(
        &self,
        env: &'env Env,
        operation: String,
        tables: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
        other: Option<&NativeScorecard>,
    ) -> napi::Result<NativeResult> {
        call(env, || {
            // Options first: reading them may run a getter of the caller's.
            let (operation, options) = (Operation::parse(&operation)?, document::options(options)?);
            // SAFETY: no JavaScript runs until the core has returned, and the glue copies what other
            // threads could write to (shared memory).
            let roles = unsafe { read_roles(tables) }?;
            let result = self.card.run(operation, other.map(Self::card), &by_role(&roles)?, &options)?;
            Ok(NativeResult::new(result))
        })
    }

    /// Does something with a copy of the tables off the event loop.
    #[napi]
    pub fn run<'env>(
        &self,
        env: &'env Env,
        operation: String,
        tables: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
        other: Option<&NativeScorecard>,
        cancel: Option<&Cancel>,
    ) -> napi::Result<AsyncTask<Run>> {
        call(env, || {
            let (operation, options) = (Operation::parse(&operation)?, document::options(options)?);
            // SAFETY: no JavaScript runs until the tables are owned, in the same expression.
            let tables = unsafe { read_roles(tables) }?.into_iter().map(Role::into_owned).collect();
            let (card, other) = (self.card.clone(), other.map(|other| other.card.clone()));
            Ok(AsyncTask::new(Run { card, operation, other, tables, options, wanted: Wanted::until(cancel) }))
        })
    }

    /// The card fitted to the batches, at once.
    #[napi]
    pub fn fit_sync<'env>(
        &self,
        env: &'env Env,
        batches: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
    ) -> napi::Result<Self> {
        call(env, || {
            let options = score_options(options)?;
            // SAFETY: as in `run_sync`.
            let batches = unsafe { read_batches(batches) }?;
            Ok(Self::new(self.card.fit(&tables(&batches)?, &options)?))
        })
    }

    /// The card fitted to a copy of the batches, off the event loop.
    #[napi]
    pub fn fit<'env>(
        &self,
        env: &'env Env,
        batches: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
        cancel: Option<&Cancel>,
    ) -> napi::Result<AsyncTask<Fit>> {
        call(env, || {
            let options = score_options(options)?;
            // SAFETY: as in `run`.
            let batches = unsafe { read_batches(batches) }?.into_iter().map(Batch::into_owned).collect();
            Ok(AsyncTask::new(Fit { card: self.card.clone(), batches, options, wanted: Wanted::until(cancel) }))
        })
    }

    /// Counts how accounts moved between two results.
    #[napi]
    pub fn tier_flow<'env>(
        &self,
        env: &'env Env,
        before: Vec<Object<'env>>,
        after: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
    ) -> napi::Result<NativeFlow> {
        call(env, || {
            let options = flow_options(options)?;
            // SAFETY: as in `run_sync`.
            let (before, after) = unsafe { (read_batches(before)?, read_batches(after)?) };
            Ok(NativeFlow::new(self.card.tier_flow(&tables(&before)?, &tables(&after)?, &options)?))
        })
    }

    /// Prepares to score one account at a time.
    #[napi]
    pub fn scorer(&self, env: &Env, options: Option<Unknown<'_>>) -> napi::Result<NativeScorer> {
        call(env, || NativeScorer::new(&self.card, &score_options(options)?))
    }
}

impl NativeScorecard {
    pub(super) fn new(card: Scorecard) -> Self {
        Self { card }
    }

    /// The card itself.
    pub(crate) fn card(&self) -> &Scorecard {
        &self.card
    }
}

fn score_options(options: Option<Unknown<'_>>) -> Result<ScoreOptions, Failure> {
    Ok(ScoreOptions::from_value(&document::options(options)?)?)
}
