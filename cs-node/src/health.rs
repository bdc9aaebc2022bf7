//! Scorecards: the class behind `Scorecard`, results, and scoring off the event loop.

mod one;

use crate::document;
use crate::error::{Failure, call, guard, issues, thrown};
use crate::table::{Batch, read_batches, tables};
use cs_core::table::{InputRows, ResultColumn, ResultTable};
use cs_core::{ScoreOptions, Scorecard};
use napi::bindgen_prelude::{AsyncTask, Float64Array, Object, Task, Uint8Array, Uint32Array, Unknown};
use napi::{Env, ValueType};
use napi_derive::napi;
use one::NativeScorer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
            Ok(Self { card })
        })
    }

    /// All issues of a card, given as for `read`.
    #[napi]
    pub fn check(env: &Env, format: String, document: Unknown<'_>) -> napi::Result<serde_json::Value> {
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
    pub fn warnings(&self) -> serde_json::Value {
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

    /// The columns that the data must have under these options.
    #[napi]
    pub fn input_columns(&self, env: &Env, options: Option<Unknown<'_>>) -> napi::Result<Vec<String>> {
        call(env, || Ok(read_options(options)?.input_columns(&self.card)))
    }

    /// Scores or explains the batches at once.
    #[napi]
    pub fn run_sync<'env>(
        &self,
        env: &'env Env,
        explain: bool,
        batches: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
    ) -> napi::Result<NativeResult> {
        call(env, || {
            // Options first: reading them may run a getter of the caller's.
            let options = read_options(options)?;
            // SAFETY: no JavaScript runs until the core has returned, and the glue copies what other
            // threads could write to (shared memory).
            let batches = unsafe { read_batches(batches) }?;
            Ok(NativeResult::new(run(&self.card, explain, &batches, &options)?))
        })
    }

    /// Scores or explains a copy of the batches off the event loop.
    #[napi]
    pub fn run<'env>(
        &self,
        env: &'env Env,
        explain: bool,
        batches: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
        cancel: Option<&Cancel>,
    ) -> napi::Result<AsyncTask<Run>> {
        call(env, || {
            let options = read_options(options)?;
            // SAFETY: no JavaScript runs until the batches are owned, in the same expression.
            let batches = unsafe { read_batches(batches) }?.into_iter().map(Batch::into_owned).collect();
            let cancelled = cancel.map(|cancel| Arc::clone(&cancel.flag)).unwrap_or_default();
            Ok(AsyncTask::new(Run { card: self.card.clone(), explain, batches, options, cancelled }))
        })
    }

    /// Prepares to score one account at a time.
    #[napi]
    pub fn scorer(&self, env: &Env, options: Option<Unknown<'_>>) -> napi::Result<NativeScorer> {
        call(env, || NativeScorer::new(&self.card, &read_options(options)?))
    }
}

impl NativeScorecard {
    /// The card itself.
    pub(crate) fn card(&self) -> &Scorecard {
        &self.card
    }
}

fn read_options(options: Option<Unknown<'_>>) -> Result<ScoreOptions, Failure> {
    Ok(ScoreOptions::from_value(&document::options(options)?)?)
}

fn run(card: &Scorecard, explain: bool, batches: &[Batch<'_>], options: &ScoreOptions) -> Result<ResultTable, Failure> {
    let tables = tables(batches)?;
    Ok(if explain { card.explain_batches(&tables, options) } else { card.score_batches(&tables, options) }?)
}

/// Says that a result is not wanted any more.
#[napi]
#[derive(Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
}

#[napi]
impl Cancel {
    /// A flag that is not set.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets it: work that has not begun will not begin.
    #[napi]
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }
}

/// Scoring or explaining on a thread of the pool.
pub struct Run {
    card: Scorecard,
    explain: bool,
    batches: Vec<Batch<'static>>,
    options: ScoreOptions,
    cancelled: Arc<AtomicBool>,
}

impl Task for Run {
    // The failure travels as a value: only the event loop can make a JavaScript error with its fields.
    type Output = Result<ResultTable, Failure>;
    type JsValue = NativeResult;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Ok(Err(Failure::Cancelled));
        }
        Ok(guard(|| run(&self.card, self.explain, &self.batches, &self.options)))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map(NativeResult::new).map_err(|failure| thrown(&env, failure))
    }
}

/// A result, its buffers handed over without a copy.
#[napi(object, object_from_js = false)]
pub struct NativeResult {
    /// Rows.
    pub rows: u32,
    /// The content hash of the card.
    pub card_hash: String,
    /// The columns in order.
    pub columns: Vec<NativeColumn>,
}

/// A column of a result: the fields of one kind are set.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct NativeColumn {
    /// Its name.
    pub name: String,
    /// The column of the input that stands here.
    pub input: Option<String>,
    /// The rows of the input that stand here; absent when each does.
    pub rows: Option<Uint32Array>,
    /// Numbers, NaN where null.
    pub numbers: Option<Float64Array>,
    /// Codes of labels into `words`.
    pub codes: Option<Uint8Array>,
    /// The words of labels.
    pub words: Option<Vec<String>>,
    /// Texts.
    pub texts: Option<Vec<Option<String>>>,
    /// Which numbers or labels are not null, as bits; absent when all are.
    pub valid: Option<Uint8Array>,
}

impl NativeResult {
    fn new(table: ResultTable) -> Self {
        let rows = u32::try_from(table.rows()).unwrap_or(u32::MAX);
        let card_hash = table.card_hash().to_owned();
        let count = table.rows();
        let column = |(name, column)| NativeColumn::new(name, column, count);
        Self { rows, card_hash, columns: table.into_columns().into_iter().map(column).collect() }
    }
}

impl NativeColumn {
    fn new(name: String, column: ResultColumn, rows: usize) -> Self {
        let empty = Self { name, ..Self::default() };
        match column {
            ResultColumn::Input { column, rows: taken } => {
                let taken = match taken {
                    InputRows::Each => None,
                    InputRows::Take(taken) => Some(taken),
                    taken => Some((0..rows).map(|row| taken.row(row) as u32).collect()),
                };
                Self { input: Some(column), rows: taken.map(Into::into), ..empty }
            }
            ResultColumn::Number { values, validity } => {
                Self { numbers: Some(values.into()), valid: validity.map(Into::into), ..empty }
            }
            ResultColumn::Label(labels) => Self {
                codes: Some(labels.codes.into()),
                words: Some(labels.words),
                valid: labels.validity.map(Into::into),
                ..empty
            },
            ResultColumn::Text(texts) => {
                Self { texts: Some(texts.iter().map(|text| text.map(str::to_owned)).collect()), ..empty }
            }
            _ => empty,
        }
    }
}
