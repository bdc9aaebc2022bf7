//! A synthetic book.

use crate::document;
use crate::error::call;
use crate::result::NativeResult;
use cs_core::error::{Code, Issue};
use cs_core::simulate::Simulation;
use napi::Env;
use napi::bindgen_prelude::Unknown;
use napi_derive::napi;
use serde_json::Value;

/// A synthetic book, checked.
#[napi(js_name = "Simulation")]
pub struct NativeSimulation {
    simulation: Simulation,
}

#[napi]
impl NativeSimulation {
    /// Reads a simulation from a value.
    #[napi(factory)]
    pub fn read(env: &Env, document: Unknown<'_>) -> napi::Result<Self> {
        call(env, || Ok(Self { simulation: Simulation::from_value(&document::options(Some(document))?)? }))
    }

    /// The names of the tables.
    #[napi]
    pub fn table_names() -> Vec<&'static str> {
        Simulation::table_names().to_vec()
    }

    /// How many accounts the book has.
    #[napi(getter)]
    pub fn accounts(&self) -> f64 {
        self.simulation.accounts() as f64
    }

    /// The content hash.
    #[napi(getter)]
    pub fn hash(&self) -> &str {
        self.simulation.hash()
    }

    /// The canonical JSON text.
    #[napi(getter)]
    pub fn json(&self) -> &str {
        self.simulation.to_json()
    }

    /// The rows of the accounts from `first` to before `end` in the table of this name.
    #[napi]
    pub fn table(&self, env: &Env, name: String, first: Unknown<'_>, end: Unknown<'_>) -> napi::Result<NativeResult> {
        call(env, || {
            let (first, end) = (account(&document::to_json(first)?, "from")?, account(&document::to_json(end)?, "to")?);
            Ok(NativeResult::new(self.simulation.table(&name, first..end)?))
        })
    }
}

/// The number of an account; whether there is one is the core's to say.
fn account(given: &Value, path: &str) -> cs_core::Result<u64> {
    let issue = || Issue::new(Code::WrongType).path(path).value(given).expected("a whole number from 0");
    given.as_u64().ok_or_else(|| issue().into())
}
