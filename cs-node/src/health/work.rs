//! Work on a thread of the pool, on a copy of the data.

use super::NativeScorecard;
use crate::error::{Failure, guard, thrown};
use crate::result::NativeResult;
use crate::table::{Batch, Role, by_role, tables};
use cs_core::health::Operation;
use cs_core::table::ResultTable;
use cs_core::{ScoreOptions, Scorecard};
use napi::Env;
use napi::bindgen_prelude::Task;
use napi_derive::napi;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Whether a result is still wanted.
#[derive(Default)]
pub(crate) struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// Until the flag is set; always without one.
    pub(crate) fn until(cancel: Option<&Cancel>) -> Self {
        Self(cancel.map(|cancel| Arc::clone(&cancel.flag)).unwrap_or_default())
    }

    // The failure travels as a value: only the event loop can make a JavaScript error with its fields.
    pub(crate) fn work<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> napi::Result<Result<T, Failure>> {
        if self.0.load(Ordering::Relaxed) {
            return Ok(Err(Failure::Cancelled));
        }
        Ok(guard(work))
    }
}

/// An operation of a card.
pub struct Run {
    pub(super) card: Scorecard,
    pub(super) operation: Operation,
    pub(super) other: Option<Scorecard>,
    pub(super) tables: Vec<Role<'static>>,
    pub(super) options: Value,
    pub(super) wanted: Wanted,
}

impl Task for Run {
    type Output = Result<ResultTable, Failure>;
    type JsValue = NativeResult;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        self.wanted.work(|| {
            let tables = by_role(&self.tables)?;
            Ok(self.card.run(self.operation, self.other.as_ref(), &tables, &self.options)?)
        })
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map(NativeResult::new).map_err(|failure| thrown(&env, failure))
    }
}

/// Fitting a card to a book.
pub struct Fit {
    pub(super) card: Scorecard,
    pub(super) batches: Vec<Batch<'static>>,
    pub(super) options: ScoreOptions,
    pub(super) wanted: Wanted,
}

impl Task for Fit {
    type Output = Result<Scorecard, Failure>;
    type JsValue = NativeScorecard;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        self.wanted.work(|| Ok(self.card.fit(&tables(&self.batches)?, &self.options)?))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map(NativeScorecard::new).map_err(|failure| thrown(&env, failure))
    }
}
