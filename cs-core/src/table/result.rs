//! Results: tables that own their columns.

use serde_json::{Map, Value as Json, json};

/// An owned column of a result.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ResultColumn {
    /// A column of the table that was given: bindings hand back what they were given, exactly.
    Input {
        /// Its name in the table.
        column: String,
        /// How often each of its rows stands in the result, one after another: once in scores, once per
        /// item in explanations.
        times: usize,
    },
    /// Numbers; null where the bitmap (least significant bit first) is false, and the value there is
    /// NaN.
    Number {
        /// One value per row.
        values: Vec<f64>,
        /// Which values are not null; `None` when all are.
        validity: Option<Vec<u8>>,
    },
    /// Few distinct texts, as codes into a list of words.
    Label(Labels),
    /// Texts.
    Text(Vec<Option<String>>),
}

impl PartialEq for ResultColumn {
    /// Numbers are equal when their bits are, so that nulls, which are NaN, equal themselves.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Input { column: a, times: n }, Self::Input { column: b, times: m }) => a == b && n == m,
            (Self::Label(a), Self::Label(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Number { values: a, validity: nulls }, Self::Number { values: b, validity: other }) => {
                nulls == other && a.iter().map(|x| x.to_bits()).eq(b.iter().map(|x| x.to_bits()))
            }
            _ => false,
        }
    }
}

/// Texts as codes into a list of words.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// One code per row; where null, 0.
    pub codes: Vec<u8>,
    /// Which rows are not null, as bits; `None` when all are.
    pub validity: Option<Vec<u8>>,
    /// The words; at most 255.
    pub words: Vec<String>,
}

impl Labels {
    /// The word of a row; `None` when null.
    pub fn get(&self, row: usize) -> Option<&str> {
        let valid = bit(self.validity.as_deref(), row);
        let code = self.codes.get(row).filter(|_| valid)?;
        self.words.get(usize::from(*code)).map(String::as_str)
    }
}

/// Bit `row` of a validity bitmap; true when there is none.
fn bit(validity: Option<&[u8]>, row: usize) -> bool {
    validity.is_none_or(|bytes| bytes.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1))
}

impl ResultColumn {
    /// The row as JSON; `None` for a column of the input, which the result does not hold.
    pub fn json(&self, row: usize) -> Option<Json> {
        match self {
            Self::Input { .. } => None,
            Self::Number { values, validity } => Some(match values.get(row) {
                Some(&x) if bit(validity.as_deref(), row) => json!(x),
                _ => Json::Null,
            }),
            Self::Label(labels) => Some(json!(labels.get(row))),
            Self::Text(texts) => Some(json!(texts.get(row))),
        }
    }

    /// The numbers of a number column, NaN where null.
    pub fn numbers(&self) -> Option<&[f64]> {
        match self {
            Self::Number { values, .. } => Some(values),
            _ => None,
        }
    }

    /// The text in a row of a label or text column.
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Label(labels) => labels.get(row),
            Self::Text(texts) => texts.get(row)?.as_deref(),
            _ => None,
        }
    }

    /// A number column from values in which NaN stands for null.
    pub(crate) fn from_nan(values: Vec<f64>) -> Self {
        let validity = pack(&values, |x| !x.is_nan());
        Self::Number { values, validity }
    }
}

/// Packs a test of each value into bits; `None` when all hold.
pub(crate) fn pack<T>(values: &[T], holds: impl Fn(&T) -> bool) -> Option<Vec<u8>> {
    let byte = |chunk: &[T]| chunk.iter().enumerate().fold(0u8, |byte, (i, x)| byte | u8::from(holds(x)) << i);
    let bytes: Vec<u8> = values.chunks(8).map(byte).collect();
    let all = values.chunks(8).zip(&bytes).all(|(chunk, &byte)| byte.count_ones() as usize == chunk.len());
    (!all).then_some(bytes)
}

/// A result: named columns of one length, and what they were made with.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultTable {
    columns: Vec<(String, ResultColumn)>,
    rows: usize,
    card_hash: String,
}

impl ResultTable {
    pub(crate) fn new(columns: Vec<(String, ResultColumn)>, rows: usize, card_hash: &str) -> Self {
        Self { columns, rows, card_hash: card_hash.into() }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns in order.
    pub fn columns(&self) -> &[(String, ResultColumn)] {
        &self.columns
    }

    /// The columns in order, by value.
    pub fn into_columns(self) -> Vec<(String, ResultColumn)> {
        self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&ResultColumn> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, column)| column)
    }

    /// The content hash of the card that made the result.
    pub fn card_hash(&self) -> &str {
        &self.card_hash
    }

    /// The result as JSON: an object of lists; columns of the input are read from `input`.
    pub fn to_json(&self, input: impl Fn(&str, usize) -> Option<String>) -> Json {
        let list = |column: &ResultColumn| -> Json {
            let cell = |row| match column {
                ResultColumn::Input { column, times } => json!(input(column, row / times.max(&1))),
                _ => column.json(row).unwrap_or(Json::Null),
            };
            (0..self.rows).map(cell).collect()
        };
        Json::Object(self.columns.iter().map(|(name, column)| (name.clone(), list(column))).collect::<Map<_, _>>())
    }
}
