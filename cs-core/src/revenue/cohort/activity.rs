//! Cohorts of a log of activity.

use super::super::book::{Faults, Rows};
use super::super::bridge::Place;
use super::super::document::Policy;
use super::options::CohortOptions;
use super::sums::{Calendar, CohortSums};
use crate::calendar::Date;
use crate::error::{Code, Issue, Result};
use crate::table::{Interner, Tables};

/// The periods in which each account was active, as bits.
struct Bits {
    words: usize,
    bits: Vec<u64>,
}

pub(super) fn add(sums: &mut CohortSums, policy: &Policy, tables: &Tables<'_>, options: &CohortOptions) -> Result<()> {
    let rows = Rows::new("activity", tables.get("activity"), &options.book)?;
    let (account, date) = (rows.need("account")?, rows.need("date")?);
    let keys = options.periods.by.iter().map(|name| rows.need(name)).collect::<Result<Vec<_>>>()?;
    let cohort_by = options.cohort_by.as_ref().map(|name| rows.need(name)).transpose()?;
    let days = days(&rows, &account, &date)?;
    let horizon = options.book.horizon.map_or_else(|| days.iter().max().map_or(0, |day| day + 1), Date::days);
    let first = days.iter().copied().min().unwrap_or(horizon);
    if first >= horizon && !days.is_empty() {
        let issue = Issue::new(Code::HorizonBeforeData).path("horizon").value(Date::from_days(horizon));
        return Err(issue.expected(format!("a day after {}", Date::from_days(first))).into());
    }
    sums.horizon = sums.horizon.max(horizon);
    let calendar = Calendar::new(&policy.calendar, options, first, horizon)?;
    let mut accounts = Interner::new(account.stack());
    let mut bits = Bits { words: calendar.periods.len().div_ceil(64).max(1), bits: Vec::new() };
    let mut starts: Vec<(i32, u32)> = Vec::new();
    for (row, day) in days.iter().enumerate() {
        let Some(period) = calendar.of(*day).filter(|_| *day < horizon) else { continue };
        let number = accounts.intern(row) as usize;
        if number == starts.len() {
            starts.push((*day, row as u32));
            bits.bits.resize(bits.bits.len() + bits.words, 0);
        }
        if *day < starts[number].0 {
            starts[number] = (*day, row as u32);
        }
        bits.bits[number * bits.words + period / 64] |= 1 << (period % 64);
    }
    let given = cohort_by.map(|field| given(&field, &mut accounts, &starts, days.len()));
    for (number, (day, row)) in starts.iter().enumerate() {
        let day = match &given {
            Some(days) => days.get(number).copied().flatten(),
            None => Some(*day),
        };
        let Some(cohort) = day.and_then(|day| calendar.of(day)) else { continue };
        if !sums.wants(&calendar.periods[cohort]) {
            continue;
        }
        let shown: Vec<Option<String>> = keys.iter().map(|field| field.display(*row as usize)).collect();
        let place = Place::new((String::new(), 0), &shown);
        let start = calendar.periods[cohort].from;
        sums.counts(&place, start).add(bits.ages(number, cohort));
    }
    Ok(())
}

impl Bits {
    /// The ages from a cohort's period on at which an account was active.
    fn ages(&self, number: usize, cohort: usize) -> impl Iterator<Item = (usize, i64)> {
        let own = &self.bits[number * self.words..(number + 1) * self.words];
        own.iter()
            .enumerate()
            .flat_map(move |(place, word)| {
                let mut rest = *word;
                std::iter::from_fn(move || {
                    let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                    rest &= rest - 1;
                    Some(place * 64 + bit)
                })
            })
            .filter_map(move |period| Some((period.checked_sub(cohort)?, 0)))
    }
}

/// The day of each row.
fn days(
    rows: &Rows<'_>,
    account: &super::super::book::Field<'_>,
    date: &super::super::book::Field<'_>,
) -> Result<Vec<i32>> {
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

/// The first date that the column gives each account.
fn given(
    field: &super::super::book::Field<'_>,
    accounts: &mut Interner<'_>,
    starts: &[(i32, u32)],
    rows: usize,
) -> Vec<Option<i32>> {
    let mut days = vec![None; starts.len()];
    for row in 0..rows {
        let number = accounts.intern(row) as usize;
        if let Some(day) = days.get_mut(number).filter(|day| day.is_none()) {
            *day = field.day(row).ok().flatten();
        }
    }
    days
}
