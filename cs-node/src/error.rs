//! Errors of the core as JavaScript errors.
//!
//! Each is an `Error` with `code`, `kind`, `context` and `issues`; so are rejections of promises.

use cs_core::error::{Issue, Level};
use napi::bindgen_prelude::{JsObjectValue, JsValue, Object};
use napi::{Env, Status};
use serde_json::{Map, Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whatever can end a call early.
#[derive(Debug)]
pub enum Failure {
    /// The core refused.
    Core(cs_core::Error),
    /// JavaScript threw, or a value was not what the glue promises.
    Napi(napi::Error),
    /// A defect: the core or this crate panicked.
    Panic(String),
    /// The caller does not want the result any more.
    Cancelled,
}

impl From<cs_core::Error> for Failure {
    fn from(error: cs_core::Error) -> Self {
        Self::Core(error)
    }
}

impl From<Issue> for Failure {
    fn from(issue: Issue) -> Self {
        Self::Core(issue.into())
    }
}

impl From<napi::Error> for Failure {
    fn from(error: napi::Error) -> Self {
        Self::Napi(error)
    }
}

impl From<Failure> for napi::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Core(error) => Self::new(Status::GenericFailure, error.to_string()),
            Failure::Napi(error) => error,
            Failure::Panic(said) => Self::new(Status::GenericFailure, format!("internal error: {said}")),
            Failure::Cancelled => Self::new(Status::Cancelled, "the operation was aborted".to_owned()),
        }
    }
}

/// Runs `work`; a panic becomes an error, because it must never cross into Node.
pub(crate) fn guard<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let said = text.or_else(|| payload.downcast_ref::<String>().cloned());
        Err(Failure::Panic(said.unwrap_or_else(|| "unknown panic".to_owned())))
    })
}

/// Runs the body of an exported function: what fails is thrown as the package documents it.
pub(crate) fn call<T>(env: &Env, work: impl FnOnce() -> Result<T, Failure>) -> napi::Result<T> {
    guard(work).map_err(|failure| thrown(env, failure))
}

/// The JavaScript error of a failure.
pub(crate) fn thrown(env: &Env, failure: Failure) -> napi::Error {
    let fields = match &failure {
        Failure::Core(error) => fields_of(error),
        Failure::Panic(_) => Some([
            ("code", json!("internal_error")),
            ("kind", json!("internal")),
            ("context", json!({})),
            ("issues", json!([])),
        ]),
        Failure::Napi(_) | Failure::Cancelled => None,
    };
    let error = napi::Error::from(failure);
    let Some(fields) = fields else { return error };
    decorate(env, &error, fields).unwrap_or(error)
}

type Fields = [(&'static str, Value); 4];

fn fields_of(error: &cs_core::Error) -> Option<Fields> {
    Some([
        ("code", json!(error.code().as_str())),
        ("kind", json!(error.kind().as_str())),
        ("context", camel_case(serde_json::to_value(error.context()).ok()?)),
        ("issues", issues(error.issues())),
    ])
}

/// An error object with the fields set, kept by reference so that it is thrown as it is.
fn decorate(env: &Env, error: &napi::Error, fields: Fields) -> napi::Result<napi::Error> {
    let plain = napi::Error::new(error.status, error.reason.clone());
    let mut object: Object<'_> = env.create_error(plain)?;
    for (name, value) in fields {
        object.set_named_property(name, value)?;
    }
    Ok(napi::Error::from(object.to_unknown()))
}

/// Issues as plain objects, each with its sentence.
pub(crate) fn issues(issues: &[Issue]) -> Value {
    issues.iter().map(issue_object).collect()
}

fn issue_object(issue: &Issue) -> Value {
    let level = if issue.level == Level::Warning { "warning" } else { "error" };
    let mut object = Map::new();
    object.insert("level".into(), json!(level));
    object.insert("code".into(), json!(issue.code.as_str()));
    object.insert("message".into(), json!(issue.message()));
    if let Some(Value::Object(context)) = serde_json::to_value(&issue.context).ok().map(camel_case) {
        object.extend(context);
    }
    Value::Object(object)
}

/// The same object with its keys spelled as JavaScript spells them.
fn camel_case(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    Value::Object(map.into_iter().map(|(key, value)| (to_camel(&key), value)).collect())
}

fn to_camel(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut out, word| {
        let mut letters = word.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
        out
    })
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure() {
        let failure = guard(|| -> Result<(), Failure> { panic!("broken {}", 7) });
        assert!(matches!(failure, Err(Failure::Panic(said)) if said == "broken 7"));
    }

    #[test]
    fn keys_are_spelled_in_camel_case() {
        assert_eq!(to_camel("row_count"), "rowCount");
        assert_eq!(to_camel("path"), "path");
    }
}
