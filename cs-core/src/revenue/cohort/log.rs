//! The rows of a log of activity, block by block: who, and on which day.

use super::super::book::{Faults, Field, Rows};
use crate::calendar::Zone;
use crate::error::{Code, Result};
use crate::table::{Column, Numbers, TimeUnit, Values, ends};
use std::borrow::Cow;

/// Rows that are read at a time: what is read of them stays in the nearest cache.
const BLOCK: usize = 2_048;

/// A log without nulls.
#[derive(Debug)]
pub(super) struct Log<'a> {
    accounts: Numbers<'a>,
    /// The days of each batch.
    days: Vec<Cow<'a, [i32]>>,
    block: Vec<u32>,
}

/// Some rows that follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'b> {
    /// The place of the first among all rows.
    pub(super) start: usize,
    pub(super) accounts: &'b [u32],
    pub(super) days: &'b [i32],
    /// All numbers of accounts up to here are below this one.
    pub(super) len: usize,
}

impl<'a> Log<'a> {
    /// Reads the days of all rows.
    ///
    /// # Errors
    /// `null_account`, `missing_date`, `invalid_date`, `date_out_of_range`.
    pub(super) fn read(rows: &Rows<'_>, account: &Field<'a>, date: &Field<'a>, zone: Option<Zone>) -> Result<Self> {
        let (accounts, dates) = (account.stack(), date.stack());
        let plain = |column: &Column<'a>| plain_days(column, zone);
        let known: Option<Vec<Cow<'a, [i32]>>> = dates.batches().iter().map(plain).collect();
        let days = match known.filter(|_| !accounts.batches().iter().any(Column::has_nulls)) {
            Some(days) => days,
            None => {
                let mut all = all_days(rows, account, date)?;
                let mut batches = Vec::new();
                for column in dates.batches().iter().rev() {
                    batches.push(Cow::Owned(all.split_off(all.len().saturating_sub(column.len()))));
                }
                batches.reverse();
                batches
            }
        };
        Ok(Self { accounts: Numbers::new(accounts), days, block: Vec::new() })
    }

    /// The first and the last day.
    pub(super) fn extent(&self) -> Option<(i32, i32)> {
        let batches = self.days.iter().filter_map(|days| ends(days));
        batches.reduce(|(first, last), (low, high)| (first.min(low), last.max(high)))
    }

    pub(super) fn rows(&self) -> usize {
        self.days.iter().map(|days| days.len()).sum()
    }

    /// Calls with all rows in their order.
    pub(super) fn each_block(&mut self, mut call: impl FnMut(Block<'_>)) {
        let mut start = 0;
        for (batch, days) in self.days.iter().enumerate() {
            for (at, days) in days.chunks(BLOCK).enumerate() {
                let from = at * BLOCK;
                self.accounts.read(batch, from..from + days.len(), start, &mut self.block);
                call(Block { start, accounts: &self.block, days, len: self.accounts.len() });
                start += days.len();
            }
        }
    }
}

/// The days of a column that has no nulls and needs no look at each value by itself.
fn plain_days<'a>(column: &Column<'a>, zone: Option<Zone>) -> Option<Cow<'a, [i32]>> {
    if column.has_nulls() {
        return None;
    }
    match column.values() {
        Values::Date(days) => Some(Cow::Borrowed(days)),
        Values::Timestamp { values, unit, zone: own } => {
            // A wall-clock time has no zone, and stays as it stands.
            let offset = own.map_or(Some(0), |own| zone.unwrap_or(own).fixed_offset())?;
            let days = match unit {
                TimeUnit::Second => days_of::<1>(values, offset),
                TimeUnit::Millisecond => days_of::<1_000>(values, offset),
                TimeUnit::Microsecond => days_of::<1_000_000>(values, offset),
                TimeUnit::Nanosecond => days_of::<1_000_000_000>(values, offset),
            };
            days.map(Cow::Owned)
        }
        _ => None,
    }
}

/// The days of moments; `None` where one lies beyond the calendar. A known unit spares the division.
fn days_of<const PER_SECOND: i64>(moments: &[i64], offset: i32) -> Option<Vec<i32>> {
    let shift = i64::from(offset) * PER_SECOND;
    let mut fits = true;
    let day = |moment: &i64| {
        let (local, beyond) = moment.overflowing_add(shift);
        let day = local.div_euclid(PER_SECOND * 86_400);
        fits &= !beyond & (i64::from(day as i32) == day);
        day as i32
    };
    let days = moments.iter().map(day).collect();
    fits.then_some(days)
}

/// The day of each row, looked at one by one.
fn all_days(rows: &Rows<'_>, account: &Field<'_>, date: &Field<'_>) -> Result<Vec<i32>> {
    let mut faults = Faults::default();
    let mut days = Vec::with_capacity(rows.rows);
    for row in 0..rows.rows {
        if account.is_null(row) {
            faults.add(Code::NullAccount, &account.name, row, None, "");
        }
        match date.day(row) {
            Ok(Some(day)) => days.push(day),
            Ok(None) if date.is_null(row) => faults.add(Code::MissingDate, &date.name, row, None, "a date"),
            found => faults.at(found.err().unwrap_or(Code::InvalidDate), date, row, "a date such as 2026-10-31"),
        }
    }
    faults.check("")?;
    Ok(days)
}

/// Refuses what is neither null nor a date.
///
/// # Errors
/// `invalid_date`, `date_out_of_range`.
pub(super) fn check_dates(rows: &Rows<'_>, field: &Field<'_>) -> Result<()> {
    let mut faults = Faults::default();
    for row in 0..rows.rows {
        match field.day(row) {
            Ok(Some(_)) => {}
            Ok(None) if field.is_null(row) => {}
            found => faults.at(found.err().unwrap_or(Code::InvalidDate), field, row, "a date such as 2026-10-31"),
        }
    }
    faults.check("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Date;

    #[test]
    fn days_of_moments_are_those_of_the_calendar() {
        let moments: Vec<i64> = (-40..40).map(|i| i * 6_131_000_003).chain([0, -1, 1]).collect();
        for (name, offset) in [("UTC", 0), ("+09:00", 32_400), ("-03:30", -12_600)] {
            let zone = Zone::parse(name).unwrap();
            let of = |per_second| -> Vec<i32> {
                let day = |moment: &i64| Date::of_timestamp(*moment, per_second, Some(zone)).unwrap().days();
                moments.iter().map(day).collect()
            };
            assert_eq!(days_of::<1_000>(&moments, offset).unwrap(), of(1_000));
            assert_eq!(days_of::<1_000_000>(&moments, offset).unwrap(), of(1_000_000));
            assert_eq!(days_of::<1_000_000_000>(&moments, offset).unwrap(), of(1_000_000_000));
        }
        assert_eq!(days_of::<1>(&[i64::MAX], 0), None);
        assert_eq!(days_of::<1>(&[i64::MAX - 5], 3_600), None);
        assert_eq!(days_of::<1>(&[-86_401], 0), Some(vec![-2]));
    }
}
