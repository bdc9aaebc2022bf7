//! Revenue policies: the class behind `Revenue` and `RevenuePolicy`, and single figures.

mod partial;
mod simulation;

use crate::document;
use crate::error::{Failure, thrown};
use crate::error::{call, issues};
use crate::health::{Cancel, Wanted};
use crate::result::NativeResult;
use crate::table::{Role, by_role, read_roles};
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::table::ResultTable;
use napi::bindgen_prelude::{AsyncTask, Object, Task, Unknown};
use napi::{Env, ValueType};
use napi_derive::napi;
use serde_json::Value;

/// A revenue policy, checked.
#[napi(js_name = "Policy")]
pub struct NativePolicy {
    policy: RevenuePolicy,
}

#[napi]
impl NativePolicy {
    /// Reads a policy from a text in `json`, `yaml` or `toml`, or from a `value`.
    #[napi(factory)]
    pub fn read(env: &Env, format: String, document: Unknown<'_>) -> napi::Result<Self> {
        call(env, || {
            let policy = match (format.as_str(), document.get_type()?) {
                ("json", ValueType::String) => RevenuePolicy::from_json(&document::text(document)?)?,
                ("yaml", ValueType::String) => RevenuePolicy::from_yaml(&document::text(document)?)?,
                ("toml", ValueType::String) => RevenuePolicy::from_toml(&document::text(document)?)?,
                _ => RevenuePolicy::from_value(&document::to_json(document)?)?,
            };
            Ok(Self { policy })
        })
    }

    /// The policy that holds when none is given.
    #[napi(factory)]
    pub fn standard() -> Self {
        Self { policy: RevenuePolicy::default() }
    }

    /// The policy of this name that comes with the library.
    #[napi(factory)]
    pub fn preset(env: &Env, name: String) -> napi::Result<Self> {
        call(env, || Ok(Self { policy: RevenuePolicy::preset(&name)? }))
    }

    /// The names that `preset` takes.
    #[napi]
    pub fn preset_names() -> Vec<&'static str> {
        RevenuePolicy::preset_names()
    }

    /// What a preset reproduces.
    #[napi]
    pub fn preset_about(env: &Env, name: String) -> napi::Result<&'static str> {
        call(env, || Ok(RevenuePolicy::preset_about(&name)?))
    }

    /// All issues of a policy, given as for `read`.
    #[napi]
    pub fn check(env: &Env, format: String, document: Unknown<'_>) -> napi::Result<Value> {
        call(env, || {
            let found = match (format.as_str(), document.get_type()?) {
                ("json", ValueType::String) => RevenuePolicy::check_json(&document::text(document)?),
                ("yaml", ValueType::String) => RevenuePolicy::check_yaml(&document::text(document)?),
                ("toml", ValueType::String) => RevenuePolicy::check_toml(&document::text(document)?),
                _ => RevenuePolicy::check(&document::to_json(document)?),
            };
            Ok(issues(&found))
        })
    }

    /// The JSON Schema of policies, as JSON text.
    #[napi]
    pub fn schema() -> String {
        RevenuePolicy::schema().to_string()
    }

    /// The content hash.
    #[napi(getter)]
    pub fn hash(&self) -> &str {
        self.policy.hash()
    }

    /// The policy's id.
    #[napi(getter)]
    pub fn id(&self) -> &str {
        self.policy.id()
    }

    /// The canonical JSON text, with all defaults filled in.
    #[napi(getter)]
    pub fn json(&self) -> &str {
        self.policy.to_json()
    }

    /// What is doubtful in the policy.
    #[napi(getter)]
    pub fn warnings(&self) -> Value {
        issues(self.policy.warnings())
    }

    /// The columns that the tables of each role may be asked for; the account first.
    #[napi]
    pub fn wanted_columns(&self, env: &Env, operation: String, options: Option<Unknown<'_>>) -> napi::Result<Value> {
        call(env, || {
            let (operation, options) = (Operation::parse(&operation)?, document::options(options)?);
            let wanted = self.policy.wanted_columns(operation, &options)?;
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
    ) -> napi::Result<NativeResult> {
        call(env, || {
            // Options first: reading them may run a getter of the caller's.
            let (operation, options) = (Operation::parse(&operation)?, document::options(options)?);
            // SAFETY: no JavaScript runs until the core has returned, and the glue copies what other
            // threads could write to (shared memory).
            let roles = unsafe { read_roles(tables) }?;
            Ok(NativeResult::new(self.policy.run(operation, &by_role(&roles)?, &options)?))
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
        cancel: Option<&Cancel>,
    ) -> napi::Result<AsyncTask<RunPolicy>> {
        call(env, || {
            let (operation, options) = (Operation::parse(&operation)?, document::options(options)?);
            // SAFETY: no JavaScript runs until the tables are owned, in the same expression.
            let tables = unsafe { read_roles(tables) }?.into_iter().map(Role::into_owned).collect();
            let policy = self.policy.clone();
            Ok(AsyncTask::new(RunPolicy { policy, operation, tables, options, wanted: Wanted::until(cancel) }))
        })
    }
}

/// An operation of a policy.
pub struct RunPolicy {
    policy: RevenuePolicy,
    operation: Operation,
    tables: Vec<Role<'static>>,
    options: Value,
    wanted: Wanted,
}

impl Task for RunPolicy {
    type Output = Result<ResultTable, Failure>;
    type JsValue = NativeResult;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        self.wanted.work(|| Ok(self.policy.run(self.operation, &by_role(&self.tables)?, &self.options)?))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map(NativeResult::new).map_err(|failure| thrown(&env, failure))
    }
}

/// A single figure by its name.
#[napi]
pub fn scalar(env: &Env, name: String, options: Option<Unknown<'_>>) -> napi::Result<Value> {
    call(env, || Ok(cs_core::scalar::call(&name, &document::options(options)?)?))
}
