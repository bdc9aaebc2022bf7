//! From opening to closing: the movements of recurring revenue.

mod convert;
mod fast;
mod label;
mod share;
mod sums;
mod walk;

pub(super) use convert::Convert;
pub(super) use label::{LABELS, Label};
pub(super) use share::shares;
pub(super) use sums::{BridgeRow, BridgeSums, Place, frame, in_results, key_order};
pub(super) use walk::{Grid, Movement, Sink, Walk, clusters, groups};

use super::RevenuePolicy;
use super::book::Book;
use super::options::{BOOK_FIELDS, BookOptions, PERIOD_FIELDS, PeriodOptions};
use crate::document::Reader;
use crate::error::Result;
use crate::table::{ResultTable, Tables};
use serde_json::Value;

/// Options of bridges.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct BridgeOptions {
    pub(super) book: BookOptions,
    pub(super) periods: PeriodOptions,
}

impl BridgeOptions {
    pub(super) fn from_value(value: &Value) -> Result<Self> {
        Reader::options(value, |node| {
            let fields = node.fields(&[&BOOK_FIELDS[..], &PERIOD_FIELDS[..]].concat())?;
            Some(Self { book: BookOptions::read(&fields), periods: PeriodOptions::read(&fields) })
        })
    }
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = BridgeOptions::from_value(options)?;
    let (sums, grid) = sums(policy, tables, &options)?;
    Ok(sums.table(&grid, &options.periods.by, policy.hash()))
}

/// The sums of a bridge, and the periods that they are of.
pub(super) fn sums(policy: &RevenuePolicy, tables: &Tables<'_>, options: &BridgeOptions) -> Result<(BridgeSums, Grid)> {
    let document = policy.document();
    if let Some(found) = fast::sums(document, tables, options)? {
        return Ok(found);
    }
    let book = Book::read(document, tables, &options.book, &options.periods.by)?;
    let grid = Grid::new(document, &book, &options.periods)?;
    let mut sums = BridgeSums::new(grid.shown().len());
    sums.add_book(document, &book, &grid)?;
    sums.ensure_row(document, &options.periods);
    Ok((sums, grid))
}
