//! Results as JavaScript objects, their buffers handed over without a copy.

use cs_core::table::{InputRows, ResultColumn, ResultTable};
use napi::bindgen_prelude::{Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;

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
    pub(crate) fn new(table: ResultTable) -> Self {
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
            ResultColumn::Int { values, validity } => {
                // Counts: exact in a float up to 2^53.
                let values: Vec<f64> = values.into_iter().map(|n| n as f64).collect();
                Self { numbers: Some(values.into()), valid: validity.map(Into::into), ..empty }
            }
            column @ ResultColumn::Date { .. } => {
                Self { texts: Some((0..rows).map(|row| Some(column.date(row)?.to_string())).collect()), ..empty }
            }
            column @ ResultColumn::Decimal { .. } => {
                Self { texts: Some((0..rows).map(|row| column.decimal(row)).collect()), ..empty }
            }
            ResultColumn::Text(texts) => {
                Self { texts: Some(texts.iter().map(|text| text.map(str::to_owned)).collect()), ..empty }
            }
            _ => empty,
        }
    }
}
