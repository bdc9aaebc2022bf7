//! Results: tables that own their columns.

use crate::calendar::Date;
use serde_json::{Map, Value as Json, json};

/// An owned column of a result.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ResultColumn {
    /// A column of the table that was given: bindings hand back what they were given, exactly.
    Input {
        /// Its name in the table.
        column: String,
        /// Which of its rows stand in the result.
        rows: InputRows,
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
    Text(Texts),
    /// Whole numbers; 0 where null.
    Int {
        /// One value per row.
        values: Vec<i64>,
        /// Which values are not null, as bits (least significant first); `None` when all are.
        validity: Option<Vec<u8>>,
    },
    /// Days since 1970-01-01; 0 where null.
    Date {
        /// One value per row.
        values: Vec<i32>,
        /// Which values are not null, as bits; `None` when all are.
        validity: Option<Vec<u8>>,
    },
    /// Exact decimals: each is its integer divided by 10^scale; 0 where null.
    Decimal {
        /// The integers.
        values: Vec<i128>,
        /// Digits behind the point.
        scale: u8,
        /// Which values are not null, as bits; `None` when all are.
        validity: Option<Vec<u8>>,
    },
}

/// Which rows of the input stand in a result, in order.
///
/// Where a result is made of two tables, rows count through the first and then through the second.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InputRows {
    /// Each once.
    Each,
    /// Each so many times, one after another.
    Repeat(usize),
    /// These.
    Take(Vec<u32>),
}

impl InputRows {
    /// The row of the input that stands in a row of the result.
    pub fn row(&self, row: usize) -> usize {
        match self {
            Self::Each => row,
            Self::Repeat(times) => row / times.max(&1),
            Self::Take(rows) => rows.get(row).map_or(0, |&row| row as usize),
        }
    }
}

/// Texts one after another, some of them null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Where each text begins in `bytes`, and where the last ends: one entry more than there are texts.
    pub offsets: Vec<i64>,
    /// All texts, in UTF-8.
    pub bytes: Vec<u8>,
    /// Which texts are not null, as bits (least significant first).
    pub validity: Vec<u8>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { offsets: vec![0], bytes: Vec::new(), validity: Vec::new() }
    }
}

impl Texts {
    /// Room for so many texts.
    pub(crate) fn with_capacity(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { offsets, bytes: Vec::with_capacity(8 * rows), validity: Vec::with_capacity(rows / 8 + 1) }
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text in a row; `None` when null.
    pub fn get(&self, row: usize) -> Option<&str> {
        let (from, to) = (self.offsets.get(row)?, self.offsets.get(row + 1)?);
        let valid = bit(Some(&self.validity), row);
        let bytes = self.bytes.get(*from as usize..*to as usize).filter(|_| valid)?;
        std::str::from_utf8(bytes).ok()
    }

    /// All texts in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Adds a text.
    pub(crate) fn push(&mut self, text: Option<&str>) {
        self.bytes.extend_from_slice(text.unwrap_or("").as_bytes());
        self.end(text.is_some());
    }

    /// Adds the text that `write` appends to the bytes; null where it says `false`.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) {
        let valid = write(&mut self.bytes);
        self.end(valid);
    }

    fn end(&mut self, valid: bool) {
        let row = self.len();
        if row.is_multiple_of(8) {
            self.validity.push(0);
        }
        if let Some(last) = self.validity.last_mut() {
            *last |= u8::from(valid) << (row % 8);
        }
        self.offsets.push(self.bytes.len() as i64);
    }
}

/// A column of known words while it is filled: labels where the words are few, else texts.
#[derive(Debug)]
pub(crate) struct Words {
    words: Vec<String>,
    codes: Vec<u8>,
    /// Used where a byte cannot number the words.
    texts: Option<Texts>,
    any_null: bool,
}

impl Words {
    const NULL: u8 = u8::MAX;

    pub(crate) fn new(words: Vec<String>, rows: usize) -> Self {
        let few = words.len() <= usize::from(Self::NULL);
        let texts = (!few).then(|| Texts::with_capacity(rows));
        Self { codes: Vec::with_capacity(if few { rows } else { 0 }), words, texts, any_null: false }
    }

    /// Adds a word by its number.
    #[inline]
    pub(crate) fn push(&mut self, word: Option<usize>) {
        if let Some(texts) = &mut self.texts {
            return texts.push(word.and_then(|word| self.words.get(word)).map(String::as_str));
        }
        self.any_null |= word.is_none();
        self.codes.push(word.map_or(Self::NULL, |word| word as u8));
    }

    /// Adds several words by their numbers.
    pub(crate) fn extend(&mut self, words: &[usize]) {
        if self.texts.is_some() {
            return words.iter().for_each(|word| self.push(Some(*word)));
        }
        self.codes.extend(words.iter().map(|word| *word as u8));
    }

    pub(crate) fn into_column(mut self) -> ResultColumn {
        if let Some(texts) = self.texts {
            return ResultColumn::Text(texts);
        }
        let validity = self.any_null.then(|| pack(&self.codes, |code| *code != Self::NULL)).flatten();
        if validity.is_some() {
            self.codes.iter_mut().for_each(|code| *code = if *code == Self::NULL { 0 } else { *code });
        }
        ResultColumn::Label(Labels { codes: self.codes, validity, words: self.words })
    }
}

impl<T: AsRef<str>> FromIterator<Option<T>> for Texts {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text.as_ref().map(AsRef::as_ref)));
        all
    }
}

impl PartialEq for ResultColumn {
    /// Numbers are equal when their bits are, so that nulls, which are NaN, equal themselves.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Input { column: a, rows: n }, Self::Input { column: b, rows: m }) => a == b && n == m,
            (Self::Label(a), Self::Label(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Int { values: a, validity: n }, Self::Int { values: b, validity: m }) => a == b && n == m,
            (Self::Date { values: a, validity: n }, Self::Date { values: b, validity: m }) => a == b && n == m,
            (
                Self::Decimal { values: a, scale, validity: n },
                Self::Decimal { values: b, scale: other, validity: m },
            ) => a == b && scale == other && n == m,
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

/// The value of a row, unless it is null.
fn valid<T: Copy>(values: &[T], validity: &Option<Vec<u8>>, row: usize) -> Option<T> {
    values.get(row).copied().filter(|_| bit(validity.as_deref(), row))
}

/// The integer over 10^scale as text, with `scale` digits behind the point.
pub(crate) fn write_decimal(value: i128, scale: u8) -> String {
    let width = usize::from(scale) + 1;
    let digits = format!("{:0>width$}", value.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let (sign, point) = (if value < 0 { "-" } else { "" }, if scale == 0 { "" } else { "." });
    format!("{sign}{whole}{point}{fraction}")
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
            Self::Int { .. } => Some(json!(self.whole(row))),
            Self::Date { .. } => Some(json!(self.date(row).map(|day| day.to_string()))),
            Self::Decimal { .. } => Some(json!(self.decimal(row))),
        }
    }

    /// The whole number in a row of a column of whole numbers; `None` when null.
    pub fn whole(&self, row: usize) -> Option<i64> {
        match self {
            Self::Int { values, validity } => valid(values, validity, row),
            _ => None,
        }
    }

    /// The day in a row of a column of dates; `None` when null.
    pub fn date(&self, row: usize) -> Option<Date> {
        match self {
            Self::Date { values, validity } => valid(values, validity, row).map(Date::from_days),
            _ => None,
        }
    }

    /// The decimal in a row as text with all its digits, such as `-12.50`; `None` when null.
    pub fn decimal(&self, row: usize) -> Option<String> {
        match self {
            Self::Decimal { values, scale, validity } => valid(values, validity, row).map(|n| write_decimal(n, *scale)),
            _ => None,
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
            Self::Text(texts) => texts.get(row),
            _ => None,
        }
    }

    /// Whole numbers, some of which may be null.
    pub(crate) fn ints(values: impl IntoIterator<Item = Option<i64>>) -> Self {
        let (values, validity) = optional(values);
        Self::Int { values, validity }
    }

    /// Days, some of which may be null.
    pub(crate) fn dates(values: impl IntoIterator<Item = Option<i32>>) -> Self {
        let (values, validity) = optional(values);
        Self::Date { values, validity }
    }

    /// Decimals of one scale, some of which may be null.
    pub(crate) fn decimals(values: impl IntoIterator<Item = Option<i128>>, scale: u8) -> Self {
        let (values, validity) = optional(values);
        Self::Decimal { values, scale, validity }
    }

    /// A number column from values in which NaN stands for null.
    pub(crate) fn from_nan(values: Vec<f64>) -> Self {
        let validity = pack(&values, |x| !x.is_nan());
        Self::Number { values, validity }
    }
}

/// Values with those that are null as the default, and which are not null.
fn optional<T: Copy + Default>(values: impl IntoIterator<Item = Option<T>>) -> (Vec<T>, Option<Vec<u8>>) {
    let values: Vec<Option<T>> = values.into_iter().collect();
    let validity = pack(&values, Option::is_some);
    (values.into_iter().map(Option::unwrap_or_default).collect(), validity)
}

/// Packs a test of each value into bits; `None` when all hold.
pub(crate) fn pack<T>(values: &[T], holds: impl Fn(&T) -> bool) -> Option<Vec<u8>> {
    let (eights, rest) = values.as_chunks::<8>();
    let mut bytes = Vec::with_capacity(values.len().div_ceil(8));
    // Eight of a kind at a time, so that the compiler compares them at once.
    bytes.extend(eights.iter().map(|eight| (0..8).fold(0u8, |byte, i| byte | u8::from(holds(&eight[i])) << i)));
    let all = bytes.iter().all(|byte| *byte == u8::MAX);
    if !rest.is_empty() {
        let byte = rest.iter().enumerate().fold(0u8, |byte, (i, x)| byte | u8::from(holds(x)) << i);
        bytes.push(byte);
        return (!all || byte.count_ones() as usize != rest.len()).then_some(bytes);
    }
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

    /// The columns of these names, in this order.
    pub(crate) fn chosen(mut self, names: &[String]) -> Self {
        let mut take = |name: &String| {
            let at = self.columns.iter().position(|(other, _)| other == name)?;
            Some(self.columns.swap_remove(at))
        };
        self.columns = names.iter().filter_map(&mut take).collect();
        self
    }

    /// The content hash of the card that made the result.
    pub fn card_hash(&self) -> &str {
        &self.card_hash
    }

    /// The result as JSON: an object of lists; columns of the input are read from `input`.
    pub fn to_json(&self, input: impl Fn(&str, usize) -> Option<String>) -> Json {
        let list = |column: &ResultColumn| -> Json {
            let cell = |row| match column {
                ResultColumn::Input { column, rows } => json!(input(column, rows.row(row))),
                _ => column.json(row).unwrap_or(Json::Null),
            };
            (0..self.rows).map(cell).collect()
        };
        Json::Object(self.columns.iter().map(|(name, column)| (name.clone(), list(column))).collect::<Map<_, _>>())
    }
}
