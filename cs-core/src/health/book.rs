//! What is scored: the accounts, and what is known of them beside their data.

use crate::table::Table;

/// A book of accounts: their data, what was before, and what people decided by hand.
///
/// Each part may come in batches, which count as one table.
///
/// # Examples
/// ```
/// use cs_core::health::Book;
/// use cs_core::table::{Column, Table};
/// let ids = ["a", "b"];
/// let data = Table::new([("id", Column::from(&ids[..]))])?;
/// let book = Book::new(std::slice::from_ref(&data));
/// assert_eq!(book.data.len(), 1);
/// assert!(book.previous.is_empty());
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Book<'a> {
    /// The columns that the card reads, a row per account.
    pub data: &'a [Table<'a>],
    /// An earlier result with its state columns, matched by account; accounts that are not in it are new.
    pub previous: &'a [Table<'a>],
    /// Scores and tiers that are set by hand: the account, `points` or `tier`, `note`, `author` and `expires_on`.
    pub overrides: &'a [Table<'a>],
}

impl<'a> Book<'a> {
    /// Accounts of which nothing is known beside their data.
    pub fn new(data: &'a [Table<'a>]) -> Self {
        Self { data, previous: &[], overrides: &[] }
    }

    /// The same with an earlier result.
    pub fn with_previous(self, previous: &'a [Table<'a>]) -> Self {
        Self { previous, ..self }
    }

    /// The same with overrides.
    pub fn with_overrides(self, overrides: &'a [Table<'a>]) -> Self {
        Self { overrides, ..self }
    }

    /// Rows of the data.
    pub fn rows(&self) -> usize {
        self.data.iter().map(Table::rows).sum()
    }
}
