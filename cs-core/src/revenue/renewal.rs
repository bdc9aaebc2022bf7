//! Renewals: what is due, what came of it, what to expect.

mod contracts;
mod distribution;
mod forecast;
mod options;
mod rates;
mod upcoming;

use super::RevenuePolicy;
use super::operation::Operation;
use super::options::BookOptions;
use crate::error::Result;
use crate::table::{ResultTable, Tables};
use options::{RenewalOptions, read};
use serde_json::Value;

pub(super) fn renewals(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    rates::run(policy, tables, &read(Operation::Renewals, options)?)
}

pub(super) fn calendar(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    upcoming::run(policy, tables, &read(Operation::RenewalCalendar, options)?)
}

pub(super) fn forecast(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    forecast::run(policy, tables, &read(Operation::Forecast, options)?)
}

/// How contracts are read, the columns read beside their own, and the column that probabilities go by.
pub(super) fn reads(operation: Operation, options: &Value) -> Result<(BookOptions, Vec<String>, Option<String>)> {
    let RenewalOptions { book, periods, probability_by, .. } = read(operation, options)?;
    Ok((book, periods.by, probability_by))
}
