//! Cohorts: who is still there, and what is still paid, by age.

mod activity;
mod book;
mod options;
mod sums;
mod table;

pub(super) use options::CohortOptions;
pub(super) use sums::CohortSums;

use super::RevenuePolicy;
use super::book::Book;
use crate::error::Result;
use crate::table::{ResultTable, Tables};
use options::Measure;
use serde_json::Value;

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = CohortOptions::from_value(options)?;
    let mut sums = CohortSums::new(&options);
    add(&mut sums, policy, tables, &options)?;
    sums.table(policy, &options)
}

/// Adds the customers of some tables.
pub(super) fn add(
    sums: &mut CohortSums,
    policy: &RevenuePolicy,
    tables: &Tables<'_>,
    options: &CohortOptions,
) -> Result<()> {
    if tables.has("activity") {
        options.refuse_revenue()?;
        return activity::add(sums, policy.document(), tables, options);
    }
    let book = Book::read(policy.document(), tables, &options.book, &options.periods.by)?;
    book::add(sums, policy.document(), &book, tables, options, options.measure == Measure::Revenue)
}
