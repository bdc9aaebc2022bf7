//! Tables from the JSON of vectors, for several test programs.

#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod rich;

use cs_core::calendar::{Date, Zone};
use cs_core::table::{Bitmap, Bools, Column, Dictionary, Ints, Table, Text, TimeUnit, Value, Values};
use cs_core::{Result, ScoreOptions};
use serde_json::{Value as Json, json};

/// Owns the values of one column.
pub enum Owned {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
    Text(Vec<String>),
    Dictionary(Vec<i32>, Vec<String>),
    Date(Vec<i32>),
    Timestamp(Vec<i64>, Zone),
    Decimal(Vec<i128>, i8),
    Null(usize),
}

/// Owns the columns of a table.
pub struct Holder {
    columns: Vec<(String, Owned, Vec<u8>)>,
    rows: usize,
}

impl Holder {
    pub fn of(table: &Json) -> Self {
        Self::with(table, |values| values.clone())
    }

    /// One row of the table.
    pub fn of_row(table: &Json, row: usize) -> Self {
        Self::of_rows(table, row..row + 1)
    }

    /// Some rows of the table.
    pub fn of_rows(table: &Json, rows: std::ops::Range<usize>) -> Self {
        Self::with(table, |values| values[rows.clone()].to_vec())
    }

    fn with(table: &Json, pick: impl Fn(&Vec<Json>) -> Vec<Json>) -> Self {
        let empty = serde_json::Map::new();
        let map = table.as_object().unwrap_or(&empty);
        let mut rows = 0;
        let columns = map
            .iter()
            .map(|(name, column)| {
                let values = pick(column["values"].as_array().unwrap());
                rows = values.len();
                let valid: Vec<bool> = values.iter().map(|v| !v.is_null()).collect();
                // An odd bit offset, so that every vector tests one.
                let bits: Vec<bool> = [false; 3].into_iter().chain(valid).collect();
                let bytes = bits.chunks(8).map(|c| c.iter().enumerate().fold(0, |b, (i, &v)| b | u8::from(v) << i));
                (name.clone(), owned(column, &values), bytes.collect())
            })
            .collect();
        Self { columns, rows }
    }

    pub fn table(&self) -> Table<'_> {
        let columns = self.columns.iter().map(|(name, owned, bits)| {
            let bits = Bitmap::new(bits, 3, self.rows).unwrap();
            let validity = (bits.count_false() > 0).then_some(bits);
            (name.as_str(), Column::new(owned.values(), validity).unwrap())
        });
        Table::new(columns).unwrap()
    }
}

fn owned(column: &Json, values: &[Json]) -> Owned {
    let float = |v: &Json| match v.as_str() {
        Some("inf") => f64::INFINITY,
        Some("-inf") => f64::NEG_INFINITY,
        Some("nan") => f64::NAN,
        _ => v.as_f64().unwrap_or(0.0),
    };
    let text = |v: &Json| v.as_str().unwrap_or("").to_owned();
    let day = |v: &Json| v.as_str().map_or(0, |text| Date::parse(text).unwrap().days());
    match column["type"].as_str().unwrap() {
        "f64" => Owned::F64(values.iter().map(float).collect()),
        "f32" => Owned::F32(values.iter().map(|v| float(v) as f32).collect()),
        "i64" => Owned::I64(values.iter().map(|v| v.as_i64().unwrap_or(0)).collect()),
        "bool" => Owned::Bool(values.iter().map(|v| v.as_bool().unwrap_or(false)).collect()),
        "text" => Owned::Text(values.iter().map(text).collect()),
        "date" => Owned::Date(values.iter().map(day).collect()),
        "null" => Owned::Null(values.len()),
        "dictionary" => {
            let mut words: Vec<String> = values.iter().filter(|v| !v.is_null()).map(text).collect();
            words.sort();
            words.dedup();
            let key = |v: &Json| words.iter().position(|w| Some(w.as_str()) == v.as_str()).unwrap_or(0) as i32;
            Owned::Dictionary(values.iter().map(key).collect(), words.clone())
        }
        "timestamp" => {
            let zone = column["zone"].as_str().map_or(Zone::UTC, |zone| Zone::parse(zone).unwrap());
            Owned::Timestamp(values.iter().map(|v| v.as_str().map_or(0, moment)).collect(), zone)
        }
        "decimal" => {
            let scale = column["scale"].as_u64().unwrap() as usize;
            Owned::Decimal(values.iter().map(|v| v.as_str().map_or(0, |t| decimal(t, scale))).collect(), scale as i8)
        }
        other => panic!("unknown type {other}"),
    }
}

/// Milliseconds of a moment such as `2026-10-31T20:00:00Z`.
fn moment(text: &str) -> i64 {
    let (day, time) = text.strip_suffix('Z').unwrap().split_once('T').unwrap();
    let parts: Vec<i64> = time.split(':').map(|p| p.parse().unwrap()).collect();
    let seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    (i64::from(Date::parse(day).unwrap().days()) * 86_400 + seconds) * 1000
}

fn decimal(text: &str, scale: usize) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<scale$}").parse().unwrap()
}

impl Owned {
    fn values(&self) -> Values<'_> {
        match self {
            Self::F64(v) => Values::F64(v),
            Self::F32(v) => Values::F32(v),
            Self::I64(v) => Values::Int(Ints::I64(v)),
            Self::Bool(v) => Values::Bool(Bools::Flags(v)),
            Self::Text(v) => Values::Text(Text::Strings(v)),
            Self::Dictionary(keys, words) => Values::Dictionary(Dictionary {
                keys: Ints::I32(keys),
                words: Text::Strings(words),
                words_validity: None,
            }),
            Self::Date(v) => Values::Date(v),
            Self::Timestamp(v, zone) => Values::Timestamp { values: v, unit: TimeUnit::Millisecond, zone: Some(*zone) },
            Self::Decimal(v, scale) => Values::Decimal { values: v, scale: *scale },
            Self::Null(rows) => Values::Null(*rows),
        }
    }
}

pub fn options_of(options: &Json) -> Result<ScoreOptions> {
    ScoreOptions::from_value(if options.is_null() { &EMPTY } else { options })
}

static EMPTY: std::sync::LazyLock<Json> = std::sync::LazyLock::new(|| json!({}));

/// A value of one account that owns its text.
pub enum OwnedValue {
    Null,
    Bool(bool),
    Number(f64),
    Int(i64),
    Text(String),
    Date(Date),
}

impl OwnedValue {
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(v) => (*v).into(),
            Self::Number(v) => (*v).into(),
            Self::Int(v) => (*v).into(),
            Self::Text(v) => v.as_str().into(),
            Self::Date(v) => (*v).into(),
        }
    }
}

/// The values of one row, by the names of the table.
pub fn row_values(table: &Table<'_>, names: &[String], row: usize, zone: Option<Zone>) -> Option<Vec<OwnedValue>> {
    names
        .iter()
        .map(|name| {
            let column = table.column(name)?;
            if column.is_null(row) {
                return Some(OwnedValue::Null);
            }
            Some(match column.values() {
                Values::Bool(bools) => OwnedValue::Bool(bools.get(row)),
                Values::Int(ints) => OwnedValue::Int(i64::try_from(ints.get(row)).ok()?),
                Values::Text(_) | Values::Dictionary(_) => OwnedValue::Text(column.display(row)?),
                Values::Date(_) | Values::Timestamp { .. } => OwnedValue::Date(column.day(row, zone).ok()??),
                _ => OwnedValue::Number(column.number(row)?),
            })
        })
        .collect()
}
