//! What a book is broken down by: the values of columns as one number per combination.

use super::rows::{Field, Rows};
use crate::error::Result;
use crate::table::Interner;
use std::collections::HashMap;

/// Numbers the combinations of values of some columns.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    columns: Vec<(Field<'a>, Interner<'a>)>,
    known: HashMap<Vec<u32>, u32>,
    values: Vec<Vec<Option<String>>>,
}

const NULL: u32 = u32::MAX;

impl<'a> Keys<'a> {
    pub(super) fn new(rows: &Rows<'a>, by: &[String]) -> Result<Self> {
        let column = |name: &String| {
            // The currency in which a customer is billed, where results are in another.
            let own = if name == "billing_currency" { rows.get("currency") } else { None };
            let field = own.map_or_else(|| rows.need(name), Ok)?;
            let interner = Interner::new(field.stack());
            Ok((field, interner))
        };
        Ok(Self { columns: by.iter().map(column).collect::<Result<_>>()?, known: HashMap::new(), values: Vec::new() })
    }

    /// The number of the combination in a row.
    pub(super) fn of(&mut self, row: usize) -> u32 {
        if self.columns.is_empty() {
            if self.values.is_empty() {
                self.values.push(Vec::new());
            }
            return 0;
        }
        let ids: Vec<u32> = self
            .columns
            .iter_mut()
            .map(|(field, interner)| if field.is_null(row) { NULL } else { interner.intern(row) })
            .collect();
        if let Some(key) = self.known.get(&ids) {
            return *key;
        }
        let shown = ids.iter().zip(&self.columns).map(
            |(id, (_, interner))| {
                if *id == NULL { None } else { interner.display(*id) }
            },
        );
        self.values.push(shown.collect());
        let key = self.values.len() as u32 - 1;
        self.known.insert(ids, key);
        key
    }

    pub(super) fn into_values(self) -> Vec<Vec<Option<String>>> {
        self.values
    }
}
