//! Documents and options: JavaScript values as loose JSON, which the core then reads.

use crate::error::Failure;
use cs_core::document::LIMITS;
use cs_core::error::{Code, Issue};
use napi::ValueType;
use napi::bindgen_prelude::{Array, BigInt, FromNapiValue, JsObjectValue, JsValue, Object, Unknown};
use serde_json::{Map, Number, Value};

/// A JavaScript value as JSON.
///
/// What JSON cannot say (NaN, functions, symbols) becomes a text that names it, so that the core
/// reports a wrong type at its path. Reading stops one step beyond the core's limits on depth and
/// number of values: even an object that contains itself comes to an end, and the core then refuses it.
pub(crate) fn to_json(value: Unknown<'_>) -> Result<Value, Failure> {
    Ok(Reader { left: LIMITS.values + 1 }.read(value, 0)?.unwrap_or(Value::Null))
}

/// An options object: as [`to_json`], with its own keys as the core spells them (`asOf` is `as_of`); the
/// keys of what is in it, such as names of columns, stay as they are.
///
/// The limits of documents hold for all of it but `rows`, which may be as many as the data has.
pub(crate) fn options(value: Option<Unknown<'_>>) -> Result<Value, Failure> {
    let Some(value) = value else { return Ok(Value::Object(Map::new())) };
    let mut reader = Reader { left: LIMITS.values + 1 + rows_in(value)? };
    let read = reader.read(value, 0)?.unwrap_or(Value::Null);
    if reader.left == 0 {
        let issue = Issue::new(Code::DocumentTooComplex);
        return Err(issue.expected(format!("at most {} values beside `rows`", LIMITS.values)).into());
    }
    Ok(match read {
        Value::Null => Value::Object(Map::new()),
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (to_snake(&key), value)).collect()),
        other => other,
    })
}

/// How many rows the options list.
fn rows_in(options: Unknown<'_>) -> Result<usize, Failure> {
    if options.get_type()? != ValueType::Object {
        return Ok(0);
    }
    let options: Object<'_> = get(options)?;
    if !options.has_own_property("rows")? {
        return Ok(0);
    }
    let rows: Unknown<'_> = options.get_named_property("rows")?;
    Ok(if rows.is_array()? { get::<Array<'_>>(rows)?.len() as usize } else { 0 })
}

fn to_snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 2);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

struct Reader {
    left: usize,
}

impl Reader {
    /// `None` for what is undefined, which objects leave out.
    fn read(&mut self, value: Unknown<'_>, depth: usize) -> Result<Option<Value>, Failure> {
        self.left = self.left.saturating_sub(1);
        Ok(Some(match value.get_type()? {
            ValueType::Undefined => return Ok(None),
            ValueType::Null => Value::Null,
            ValueType::Boolean => Value::Bool(get(value)?),
            ValueType::Number => number(get(value)?),
            ValueType::String => Value::String(get(value)?),
            ValueType::BigInt => bigint(&get(value)?),
            ValueType::Object => return self.object(value, depth).map(Some),
            other => Value::String(format!("a JavaScript {other}")),
        }))
    }

    fn object(&mut self, value: Unknown<'_>, depth: usize) -> Result<Value, Failure> {
        if value.is_date()? {
            // A moment is no day yet: written out, the core says what it expects instead.
            return Ok(Value::String(value.coerce_to_string()?.into_utf8()?.into_owned()?));
        }
        // The core allows `depth` levels; one more shows it that there are too many.
        if depth > LIMITS.depth {
            return Ok(Value::Null);
        }
        if value.is_array()? { self.list(&get(value)?, depth) } else { self.map(&get(value)?, depth) }
    }

    fn list(&mut self, array: &Array<'_>, depth: usize) -> Result<Value, Failure> {
        let mut list = Vec::new();
        for index in 0..array.len() {
            if self.left == 0 {
                break;
            }
            let item = match array.get::<Unknown<'_>>(index)? {
                Some(item) => self.read(item, depth + 1)?,
                None => None,
            };
            list.push(item.unwrap_or(Value::Null));
        }
        Ok(Value::Array(list))
    }

    fn map(&mut self, object: &Object<'_>, depth: usize) -> Result<Value, Failure> {
        let mut map = Map::new();
        for key in Object::keys(object)? {
            if self.left == 0 {
                break;
            }
            if !object.has_own_property(&key)? {
                continue;
            }
            let item: Unknown<'_> = object.get_named_property(&key)?;
            if let Some(item) = self.read(item, depth + 1)? {
                map.insert(key, item);
            }
        }
        Ok(Value::Object(map))
    }
}

/// The value as a type that its kind was already checked to be.
pub(crate) fn get<T: FromNapiValue>(value: Unknown<'_>) -> napi::Result<T> {
    // SAFETY: conversion itself checks the kind again; `value` is a live handle of its environment.
    unsafe { value.cast() }
}

/// A number: whole ones as integers, as JSON text would have them.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
}

fn bigint(value: &BigInt) -> Value {
    let (number, exact) = value.get_i64();
    if exact { Value::from(number) } else { Value::String("a bigint beyond 64 bits".into()) }
}

/// A JavaScript string as text.
pub(crate) fn text(value: Unknown<'_>) -> Result<String, Failure> {
    Ok(get(value)?)
}
