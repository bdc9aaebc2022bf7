//! Flows between tiers.

use super::NativeScorecard;
use crate::document;
use crate::error::{Failure, call};
use crate::result::NativeResult;
use crate::table::{read_batches, tables};
use cs_core::error::{Code, Issue};
use cs_core::health::{Flow, FlowOptions, ProjectOptions};
use napi::bindgen_prelude::{Object, Unknown};
use napi::{Env, ValueType};
use napi_derive::napi;
use serde_json::Value;

/// Counts of accounts by the tier before and the tier after.
#[napi(js_name = "Flow")]
pub struct NativeFlow {
    flow: Flow,
}

#[napi]
impl NativeFlow {
    /// The columns of `before` and of `after` that are read under these options, for a card or without one.
    #[napi]
    pub fn wanted_columns(
        env: &Env,
        options: Option<Unknown<'_>>,
        card: Option<&NativeScorecard>,
    ) -> napi::Result<Vec<Vec<String>>> {
        call(env, || {
            let options = flow_options(options)?;
            let account = options.account.or_else(|| card?.card().account().map(str::to_owned));
            let side = |value: Option<String>| {
                let mut names: Vec<String> = Vec::new();
                for name in account.clone().into_iter().chain(["tier".to_owned()]).chain(value) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                names
            };
            Ok(vec![side(options.value_before), side(options.value_after)])
        })
    }

    /// Counts how accounts moved between two results, by the ids of the tiers from worst to best.
    #[napi(factory)]
    pub fn from_results<'env>(
        env: &'env Env,
        tiers: Unknown<'env>,
        before: Vec<Object<'env>>,
        after: Vec<Object<'env>>,
        options: Option<Unknown<'env>>,
    ) -> napi::Result<Self> {
        call(env, || {
            let (tiers, options) = (read_tiers(tiers)?, flow_options(options)?);
            // SAFETY: no JavaScript runs until the core has returned, and the glue copies what other
            // threads could write to (shared memory).
            let (before, after) = unsafe { (read_batches(before)?, read_batches(after)?) };
            Ok(Self::new(Flow::from_results(&tiers, &tables(&before)?, &tables(&after)?, &options)?))
        })
    }

    /// Reads a flow from JSON text or a value.
    #[napi(factory)]
    pub fn from_json(env: &Env, document: Unknown<'_>) -> napi::Result<Self> {
        call(env, || {
            let flow = match document.get_type()? {
                ValueType::String => Flow::from_json(&document::text(document)?)?,
                _ => Flow::from_json(&document::to_json(document)?.to_string())?,
            };
            Ok(Self::new(flow))
        })
    }

    /// The flow as JSON text.
    #[napi(getter)]
    pub fn json(&self) -> String {
        self.flow.to_json()
    }

    /// The matrix as an HTML table.
    #[napi]
    pub fn html(&self) -> String {
        self.flow.html()
    }

    /// Where the accounts went.
    #[napi]
    pub fn matrix(&self) -> NativeResult {
        NativeResult::new(self.flow.matrix())
    }

    /// What became of each tier.
    #[napi]
    pub fn summary(&self) -> NativeResult {
        NativeResult::new(self.flow.summary())
    }

    /// The book in each of the next periods.
    #[napi]
    pub fn project(&self, env: &Env, periods: Unknown<'_>, options: Option<Unknown<'_>>) -> napi::Result<NativeResult> {
        call(env, || {
            let options = ProjectOptions::from_value(&document::options(options)?)?;
            let periods = read_periods(&document::to_json(periods)?)?;
            Ok(NativeResult::new(self.flow.project(periods, &options)?))
        })
    }

    /// What the flow comes to in the end.
    #[napi]
    pub fn steady(&self) -> NativeResult {
        NativeResult::new(self.flow.steady())
    }

    /// The flow of this part of a book and another.
    #[napi]
    pub fn merge(&self, env: &Env, other: &NativeFlow) -> napi::Result<Self> {
        call(env, || Ok(Self::new(self.flow.clone().merge(&other.flow)?)))
    }
}

impl NativeFlow {
    pub(super) fn new(flow: Flow) -> Self {
        Self { flow }
    }
}

pub(super) fn flow_options(options: Option<Unknown<'_>>) -> Result<FlowOptions, Failure> {
    Ok(FlowOptions::from_value(&document::options(options)?)?)
}

fn read_tiers(tiers: Unknown<'_>) -> Result<Vec<String>, Failure> {
    let given = document::to_json(tiers)?;
    let list: Option<Vec<String>> =
        given.as_array().and_then(|ids| ids.iter().map(|id| id.as_str().map(str::to_owned)).collect());
    Ok(list.ok_or_else(|| {
        let issue = Issue::new(Code::WrongType).path("tiers").value(given);
        issue.expected("the ids of the tiers, from worst to best")
    })?)
}

/// A number of periods; whether it is too many is the core's to say.
fn read_periods(given: &Value) -> Result<usize, Failure> {
    if let Some(periods) = given.as_u64() {
        return Ok(usize::try_from(periods).unwrap_or(usize::MAX));
    }
    let code = if given.is_i64() { Code::NumberOutOfRange } else { Code::WrongType };
    Err(Issue::new(code).path("periods").value(given).expected("a whole number from 0").into())
}
