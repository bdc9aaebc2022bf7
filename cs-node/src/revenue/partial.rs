//! Aggregates of parts of a book.

use super::NativePolicy;
use crate::document;
use crate::error::call;
use crate::result::NativeResult;
use crate::table::{by_role, read_roles};
use cs_core::revenue::{Operation, Partial};
use napi::Env;
use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;
use serde_json::Value;

/// Sums of a part of a book.
#[napi(js_name = "Partial")]
pub struct NativePartial {
    partial: Partial,
}

#[napi]
impl NativePartial {
    /// A partial of nothing yet.
    #[napi(factory)]
    pub fn of(env: &Env, policy: &NativePolicy, operation: String, options: Option<Unknown<'_>>) -> napi::Result<Self> {
        call(env, || {
            let (operation, options) = (Operation::parse(&operation)?, document::options(options)?);
            Ok(Self { partial: Partial::new(&policy.policy, operation, &options)? })
        })
    }

    /// Reads a partial from JSON text.
    #[napi(factory)]
    pub fn from_json(env: &Env, text: Unknown<'_>) -> napi::Result<Self> {
        call(env, || Ok(Self { partial: Partial::from_json(&document::text(text)?)? }))
    }

    /// The partial as JSON text.
    #[napi]
    pub fn to_json(&self, env: &Env) -> napi::Result<String> {
        call(env, || Ok(self.partial.to_json()?))
    }

    /// The columns that the tables of each role may be asked for; the account first.
    #[napi]
    pub fn wanted_columns(&self, env: &Env) -> napi::Result<Value> {
        call(env, || {
            let wanted = self.partial.wanted_columns()?;
            Ok(wanted.into_iter().map(|(role, columns)| (role.to_owned(), Value::from(columns))).collect())
        })
    }

    /// Adds whole units, or with `grouped` rows that are grouped by account.
    #[napi]
    pub fn update<'env>(&mut self, env: &'env Env, tables: Vec<Object<'env>>, grouped: bool) -> napi::Result<()> {
        call(env, || {
            // SAFETY: no JavaScript runs until the core has returned, and the glue copies what other
            // threads could write to (shared memory).
            let roles = unsafe { read_roles(tables) }?;
            let tables = by_role(&roles)?;
            if grouped {
                self.partial.update_sorted(&tables)?
            } else {
                self.partial.update(&tables)?
            }
            Ok(())
        })
    }

    /// The sums of this part and another.
    #[napi]
    pub fn merged(&self, env: &Env, other: &NativePartial) -> napi::Result<NativePartial> {
        call(env, || {
            let mut partial = self.partial.clone();
            partial.merge(&other.partial)?;
            Ok(Self { partial })
        })
    }

    /// The table.
    #[napi]
    pub fn finish(&self, env: &Env) -> napi::Result<NativeResult> {
        call(env, || Ok(NativeResult::new(self.partial.finish()?)))
    }
}
