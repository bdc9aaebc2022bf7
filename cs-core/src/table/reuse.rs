//! Results as data.

use super::{Bitmap, Column, Dictionary, Ints, ResultColumn, ResultTable, Table, Text, Values};
use crate::error::{Code, Issue, Result};

impl ResultTable {
    /// The result as a table to compute with, borrowed.
    ///
    /// # Errors
    /// `unsupported_column_type` when a column is that of the input, which the result does not hold.
    ///
    /// # Examples
    /// ```
    /// use cs_core::{revenue::{Operation, RevenuePolicy}, simulate::Simulation, table::Tables};
    /// let book = Simulation::from_json(r#"{"accounts": 100, "from": "2024-01-01", "months": 12}"#)?;
    /// let subscriptions = book.table("subscriptions", 0..100)?;
    /// let tables = Tables::new([("subscriptions", vec![subscriptions.as_table()?])]);
    /// let options = serde_json::json!({"horizon": book.horizon().to_string()});
    /// let bridge = RevenuePolicy::preset("default")?.run(Operation::Bridge, &tables, &options)?;
    /// assert_eq!(bridge.rows(), 12);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn as_table(&self) -> Result<Table<'_>> {
        let columns = self.columns().iter().map(|(name, column)| Ok((name.as_str(), as_column(name, column)?)));
        let (names, columns): (Vec<_>, Vec<_>) = columns.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        Table::with_rows(names.into_iter().map(Into::into).collect(), columns, self.rows())
    }
}

fn as_column<'a>(name: &str, column: &'a ResultColumn) -> Result<Column<'a>> {
    let (values, validity) = match column {
        ResultColumn::Input { .. } => {
            let issue = Issue::new(Code::UnsupportedColumnType).column(name);
            return Err(issue.help("take the column from the table that was given").into());
        }
        ResultColumn::Number { values, validity } => (Values::F64(values), validity.as_deref()),
        ResultColumn::Label(labels) => {
            let (keys, words) = (Ints::U8(&labels.codes), Text::Strings(&labels.words));
            (Values::Dictionary(Dictionary { keys, words, words_validity: None }), labels.validity.as_deref())
        }
        ResultColumn::Text(texts) => {
            let text = Text::Offsets64 { offsets: &texts.offsets, bytes: &texts.bytes };
            (Values::Text(text), Some(texts.validity.as_slice()))
        }
        ResultColumn::Int { values, validity } => (Values::Int(Ints::I64(values)), validity.as_deref()),
        ResultColumn::Date { values, validity } => (Values::Date(values), validity.as_deref()),
        ResultColumn::Decimal { values, scale, validity } => {
            let scale = i8::try_from(*scale).unwrap_or(i8::MAX);
            (Values::Decimal { values, scale }, validity.as_deref())
        }
    };
    let bits = validity.map(|bytes| Bitmap::new(bytes, 0, values.len())).transpose()?;
    Column::new(values, bits)
}
