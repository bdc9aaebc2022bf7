//! Cohorts: who is still there, and what is still paid, by age.

mod activity;
mod book;
mod log;
mod options;
mod sums;
mod table;

pub(super) use options::{CohortOptions, Kind, Measure};
pub(super) use sums::CohortSums;

use super::RevenuePolicy;
use super::book::Book;
use super::bridge::Place;
use crate::calendar::Period;
use crate::error::Result;
use crate::table::{ResultTable, Tables};
use serde_json::Value;

/// A customer of a cohort: where it stands, its cohort's period, and what it paid at each age at which it was active.
pub(super) struct Member<'m> {
    pub(super) row: u32,
    pub(super) place: Place,
    pub(super) period: &'m Period,
    pub(super) ages: &'m [(usize, i128)],
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = CohortOptions::from_value(options)?;
    let mut sums = CohortSums::new();
    add(&mut sums, policy, tables, &options)?;
    sums.table(policy, &options)
}

/// Adds the customers of some tables.
///
/// # Errors
/// Those of [`each`].
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
    book::each(policy.document(), &book, tables, options, |member| sums.add(member))?;
    sums.reach(book.horizon);
    Ok(())
}

/// Calls with each customer whose cohort is asked for; returns the caller's name of the account column.
///
/// # Errors
/// What is wrong with the rows; `unsupported_option` for revenue of a log of activity; those of periods and rates.
pub(super) fn each(
    policy: &RevenuePolicy,
    tables: &Tables<'_>,
    options: &CohortOptions,
    call: impl FnMut(&Member<'_>),
) -> Result<String> {
    if tables.has("activity") {
        options.refuse_revenue()?;
        return activity::each(policy.document(), tables, options, call);
    }
    let book = Book::read(policy.document(), tables, &options.book, &options.periods.by)?;
    book::each(policy.document(), &book, tables, options, call)?;
    Ok(book.account)
}

/// The places of the bits that are set.
fn ones(word: u64) -> impl Iterator<Item = usize> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
        rest &= rest - 1;
        Some(bit)
    })
}
