//! Facts as columns: the only door for data.
//!
//! A [`Table`] is a set of named [`Column`]s of one length. A column borrows its values and an
//! optional validity bitmap, so that Rust slices, Arrow buffers, NumPy arrays and typed arrays enter
//! without a copy. Results leave as a [`ResultTable`], which owns its columns.
//!
//! # Examples
//! ```
//! use cs_core::table::{Column, Table};
//! let logins = [12.0, 0.0, 3.5];
//! let table = Table::new([("logins", Column::from(&logins[..]))])?;
//! assert_eq!(table.rows(), 3);
//! # Ok::<(), cs_core::Error>(())
//! ```

mod bitmap;
mod column;
mod ids;
mod interner;
pub(crate) mod matching;
mod numbers;
mod owned;
mod result;
mod reuse;
mod stack;
mod tables;
mod text;
pub(crate) mod unique;
mod value;
mod wide;

pub use bitmap::Bitmap;
pub(crate) use column::each_width;
pub(crate) use column::write_number;
pub use column::{Bools, Column, Dictionary, Ints, TimeUnit, Values};
pub(crate) use ids::{Id, id};
pub(crate) use interner::Interner;
pub(crate) use numbers::Numbers;
pub(crate) use owned::OwnedTable;
pub use result::{InputRows, Labels, ResultColumn, ResultTable, Texts};
pub(crate) use result::{Words, pack, write_decimal};
pub(crate) use stack::Stack;
pub use tables::Tables;
pub use text::Text;
pub use value::Value;
pub(crate) use wide::{ends, mark_changes, wide};

use crate::error::{Code, Error, Issue, Result, suggest};
use std::borrow::Cow;

/// The most rows that one table, or all batches of one call, may have.
pub const MAX_ROWS: usize = i32::MAX as usize;

/// Named columns of one length.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    names: Vec<Cow<'a, str>>,
    columns: Vec<Column<'a>>,
    rows: usize,
}

impl<'a> Table<'a> {
    /// Makes a table of named columns.
    ///
    /// # Errors
    /// `unequal_lengths` when columns differ in length, `duplicate_column` when a name stands twice,
    /// `too_many_rows` above [`MAX_ROWS`].
    pub fn new<N: Into<Cow<'a, str>>>(columns: impl IntoIterator<Item = (N, Column<'a>)>) -> Result<Self> {
        let (names, columns): (Vec<Cow<'a, str>>, Vec<_>) =
            columns.into_iter().map(|(name, column)| (name.into(), column)).unzip();
        let rows = columns.first().map_or(0, Column::len);
        Self::with_rows(names, columns, rows)
    }

    /// Makes a table that has `rows` rows even without columns.
    ///
    /// # Errors
    /// As [`Table::new`].
    pub fn with_rows(names: Vec<Cow<'a, str>>, columns: Vec<Column<'a>>, rows: usize) -> Result<Self> {
        let mut issues = Vec::new();
        if names.len() != columns.len() {
            let value = format!("{} names of {} columns", names.len(), columns.len());
            issues.push(Issue::new(Code::UnequalLengths).value(value));
        }
        let mut seen = std::collections::HashSet::new();
        for (name, column) in names.iter().zip(&columns) {
            if column.len() != rows {
                issues.push(
                    Issue::new(Code::UnequalLengths)
                        .column(name.as_ref())
                        .value(format!("{} rows", column.len()))
                        .expected(format!("{rows} rows, as in column `{}`", names[0])),
                );
            }
            if !seen.insert(name.as_ref()) {
                issues.push(Issue::new(Code::DuplicateColumn).column(name.as_ref()));
            }
        }
        if rows > MAX_ROWS {
            issues.push(Issue::new(Code::TooManyRows).value(rows).expected(format!("at most {MAX_ROWS}")));
        }
        match Error::from_issues(issues) {
            Some(error) => Err(error),
            None => Ok(Self { names, columns, rows }),
        }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The column names in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.names.iter().map(Cow::as_ref)
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<Column<'a>> {
        self.names.iter().position(|n| n == name).map(|i| self.columns[i])
    }

    /// The columns by name, for looking up many.
    pub(crate) fn places(&self) -> std::collections::HashMap<&str, Column<'a>> {
        self.names().zip(self.columns.iter().copied()).collect()
    }

    /// The issue of a column that is not there, with the nearest name.
    pub(crate) fn unknown_column(&self, name: &str) -> Issue {
        Issue::new(Code::UnknownColumn).column(name).help(suggest(name, self.names()))
    }
}
