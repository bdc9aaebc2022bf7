//! Documents: reading text within limits, and the canonical form that is hashed.
//!
//! A document is read in two steps. Text in JSON, YAML or TOML becomes a tree of values, within
//! [limits](LIMITS); then a reader walks the tree and reports everything that is wrong with it at once.

mod reader;
mod strict;

pub(crate) use reader::{Fields, Node, Reader};

use crate::error::{Code, Error, Issue, Result};
use serde::Serialize;
use serde_json::Value;

/// Bounds on documents, so that a hostile one costs little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of text.
    pub bytes: usize,
    /// Levels of nesting.
    pub depth: usize,
    /// Values in all, counting what YAML aliases expand to.
    pub values: usize,
    /// Entries in one list of a card: items, points, bands, categories, conditions.
    pub entries: usize,
}

/// The limits in force: 4 MiB, 64 levels, 200 000 values, 10 000 entries.
pub const LIMITS: Limits = Limits { bytes: 4 << 20, depth: 64, values: 200_000, entries: 10_000 };

/// Reads JSON text into values.
///
/// # Errors
/// `document_syntax`, or what [`check_limits`] finds.
pub fn from_json(text: &str) -> Result<Value> {
    check_size(text)?;
    // serde_json itself stops at 128 levels; the scan names the limit instead.
    if nesting_of_json(text) > LIMITS.depth {
        return Err(too_deep().into());
    }
    let strict: strict::Strict = serde_json::from_str(text).map_err(|error| syntax("JSON", &error))?;
    let value = strict.0;
    check_limits(&value)?;
    Ok(value)
}

/// Reads YAML 1.2 text into values: only `true` and `false` are booleans, so `NO` stays a text.
///
/// # Errors
/// `document_syntax`, or what [`check_limits`] finds.
#[cfg(feature = "yaml")]
pub fn from_yaml(text: &str) -> Result<Value> {
    check_size(text)?;
    let value = yaml::read(text)?;
    check_limits(&value)?;
    Ok(value)
}

/// Reads TOML text into values.
///
/// # Errors
/// `document_syntax`, or what [`check_limits`] finds.
#[cfg(feature = "toml")]
pub fn from_toml(text: &str) -> Result<Value> {
    check_size(text)?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let deep = error.message().contains("recursion");
        if deep { too_deep() } else { syntax("TOML", &error) }
    })?;
    let value = from_toml_value(toml::Value::Table(table))?;
    check_limits(&value)?;
    Ok(value)
}

/// A TOML value as JSON: dates as texts; infinities and NaN, which JSON lacks, are refused.
#[cfg(feature = "toml")]
fn from_toml_value(value: toml::Value) -> Result<Value> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) if number.is_finite() => number.into(),
        toml::Value::Float(number) => return Err(syntax("TOML", &number).expected("a finite number").into()),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(list) => Value::Array(list.into_iter().map(from_toml_value).collect::<Result<_>>()?),
        toml::Value::Table(table) => {
            let entry = |(key, value)| Ok((key, from_toml_value(value)?));
            Value::Object(table.into_iter().map(entry).collect::<Result<_>>()?)
        }
    })
}

#[cfg(feature = "yaml")]
mod yaml {
    use super::{Code, Issue, LIMITS, Result, Value, syntax, too_deep};
    use serde_saphyr::{budget, options};

    pub(super) fn read(text: &str) -> Result<Value> {
        let options = options! {
            strict_booleans: true,
            with_snippet: false,
            budget: budget! {
                max_depth: LIMITS.depth,
                max_nodes: LIMITS.values,
            },
        };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| issue(&error).into())
    }

    fn issue(error: &serde_saphyr::Error) -> Issue {
        let said = error.to_string();
        if said.contains("depth") || said.contains("recursion") {
            return too_deep();
        }
        if said.contains("budget") || said.contains("alias") || said.contains("limit") {
            return Issue::new(Code::DocumentTooComplex).value(said);
        }
        syntax("YAML", error)
    }
}

fn check_size(text: &str) -> Result<()> {
    if text.len() <= LIMITS.bytes {
        return Ok(());
    }
    let issue = Issue::new(Code::DocumentTooLarge).value(format!("{} bytes", text.len()));
    Err(issue.expected(format!("at most {} bytes", LIMITS.bytes)).into())
}

fn too_deep() -> Issue {
    Issue::new(Code::DocumentTooDeep).expected(format!("at most {} levels", LIMITS.depth))
}

fn syntax(format: &str, error: &dyn std::fmt::Display) -> Issue {
    Issue::new(Code::DocumentSyntax).value(error).expected(format!("valid {format}"))
}

/// The deepest nesting of brackets outside strings.
fn nesting_of_json(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Checks depth and number of values of a tree that was not read from text.
///
/// # Errors
/// `document_too_deep`, `document_too_complex`.
pub fn check_limits(value: &Value) -> Result<()> {
    let mut values = 0;
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        values += 1;
        if depth > LIMITS.depth {
            return Err(too_deep().into());
        }
        if values > LIMITS.values {
            let issue = Issue::new(Code::DocumentTooComplex).expected(format!("at most {} values", LIMITS.values));
            return Err(issue.into());
        }
        match value {
            Value::Array(list) => open.extend(list.iter().map(|v| (v, depth + 1))),
            Value::Object(map) => open.extend(map.values().map(|v| (v, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}

/// The values in a tree, of which each list and object is one.
pub(crate) fn values(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(values).sum(),
        Value::Object(map) => map.values().map(values).sum(),
        _ => 0,
    }
}

/// The canonical JSON (RFC 8785) of a document.
pub(crate) fn canonical(document: &impl Serialize) -> Result<String> {
    serde_json_canonicalizer::to_string(document)
        .map_err(|error| Error::from(Issue::new(Code::DocumentSyntax).value(error)))
}

/// The SHA-256 of a text, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    hmac_sha256::Hash::hash(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
