//! Cohorts of a log of activity.
//!
//! The periods in which an account was active are the bits of a word. One pass over the rows sets them, in memory as large
//! as the accounts and not as the rows; then each account is counted once. A table with more periods than a word has bits
//! takes several words, or, where these would be larger than the rows, sorts the rows.

use super::super::book::{Field, Rows};
use super::super::bridge::Place;
use super::super::document::Policy;
use super::log::{Block, Log, check_dates};
use super::options::CohortOptions;
use super::sums::{Calendar, CohortSums, Counts};
use super::{Member, ones};
use crate::calendar::Date;
use crate::error::{Code, Issue, Result};
use crate::table::Tables;
use std::collections::HashMap;

/// No row yet.
const NONE: u64 = u64::MAX;

/// Adds the accounts of a log.
///
/// # Errors
/// Those of [`Accounts::read`].
pub(super) fn add(sums: &mut CohortSums, policy: &Policy, tables: &Tables<'_>, options: &CohortOptions) -> Result<()> {
    let rows = Rows::new("activity", tables.get("activity"), &options.book)?;
    let accounts = Accounts::read(policy, &rows, options, !options.periods.by.is_empty())?;
    let mut tally = Tally::new(options, &accounts);
    accounts.each(|number, cohort, active| {
        if let Some(counts) = tally.counts(cohort, || accounts.first_row(number)) {
            active.tell(counts, cohort);
        }
    });
    tally.finish(sums);
    sums.reach(accounts.horizon);
    Ok(())
}

/// Calls with each account of a log whose cohort is asked for; returns the caller's name of the account column.
///
/// # Errors
/// Those of [`Accounts::read`].
pub(super) fn each(
    policy: &Policy,
    tables: &Tables<'_>,
    options: &CohortOptions,
    mut call: impl FnMut(&Member<'_>),
) -> Result<String> {
    let rows = Rows::new("activity", tables.get("activity"), &options.book)?;
    let accounts = Accounts::read(policy, &rows, options, true)?;
    let mut ages = Vec::new();
    accounts.each(|number, cohort, active| {
        let Some(period) = accounts.calendar.periods.get(cohort).filter(|period| options.wants(period)) else { return };
        let row = accounts.first_row(number);
        let keys: Vec<Option<String>> = accounts.keys.iter().map(|field| field.display(row)).collect();
        ages.clear();
        active.each_age(cohort, |age| ages.push((age, 0)));
        let place = Place::new((String::new(), 0), &keys);
        call(&Member { row: row as u32, place, period, ages: &ages });
    });
    Ok(accounts.name)
}

/// The accounts of a log, and when they were active.
struct Accounts<'a> {
    name: String,
    keys: Vec<Field<'a>>,
    calendar: Calendar,
    horizon: i32,
    active: Active,
    /// The day that a column gives each account, where one decides the cohort.
    given: Option<Vec<Option<i32>>>,
    /// The earliest row of each account below its day, where it is needed.
    firsts: Vec<u64>,
}

impl<'a> Accounts<'a> {
    /// Reads a log; first rows are found where they are needed.
    ///
    /// # Errors
    /// What is wrong with the rows; `horizon_before_data`; those of periods.
    fn read(policy: &Policy, rows: &Rows<'a>, options: &CohortOptions, need_firsts: bool) -> Result<Self> {
        let (account, date) = (rows.need("account")?, rows.need("date")?);
        let keys = options.periods.by.iter().map(|name| rows.need(name)).collect::<Result<Vec<_>>>()?;
        let cohort_by = options.cohort_by.as_ref().map(|name| rows.need(name)).transpose()?;
        let mut log = Log::read(rows, &account, &date, options.book.zone)?;
        let extent = log.extent();
        let after = extent.map_or(0, |(_, last)| last.saturating_add(1));
        let horizon = options.book.horizon.map_or(after, Date::days);
        let first = extent.map_or(horizon, |(first, _)| first);
        if first >= horizon && extent.is_some() && !options.book.part {
            let issue = Issue::new(Code::HorizonBeforeData).path("horizon").value(Date::from_days(horizon));
            return Err(issue.expected(format!("a day after {}", Date::from_days(first))).into());
        }
        let given = match &cohort_by {
            Some(field) => {
                check_dates(rows, field)?;
                Some(given(field, &mut log, horizon))
            }
            None => None,
        };
        // A cohort may be older than all activity.
        let earliest = given.iter().flatten().flatten().copied().fold(first, i32::min);
        let calendar = Calendar::new(&policy.calendar, options, earliest, horizon)?;
        let active = Active::of(&mut log, &calendar, horizon);
        let firsts = if need_firsts { firsts(&mut log, horizon) } else { Vec::new() };
        Ok(Self { name: account.name, keys, calendar, horizon, active, given, firsts })
    }

    /// Calls with each account that has a cohort, the number of its period, and when the account was active.
    fn each(&self, mut call: impl FnMut(usize, usize, Periods<'_>)) {
        self.active.each(|number, first, active| {
            let cohort = match &self.given {
                Some(days) => days.get(number).copied().flatten().and_then(|day| self.calendar.of(day)),
                None => Some(first),
            };
            if let Some(cohort) = cohort {
                call(number, cohort, active);
            }
        });
    }

    /// The row in which an account was active first.
    fn first_row(&self, number: usize) -> usize {
        self.firsts.get(number).map_or(0, |first| (first & u64::from(u32::MAX)) as usize)
    }
}

/// The periods in which each account was active.
enum Active {
    /// A word for each account.
    Word(Vec<u64>),
    /// So many words for each.
    Words(usize, Vec<u64>),
    /// Account and period, in order, each once.
    Pairs(Vec<u64>),
}

/// The periods of one account.
#[derive(Clone, Copy)]
enum Periods<'a> {
    Word(u64),
    Words(&'a [u64]),
    Pairs(&'a [u64]),
}

impl Active {
    fn of(log: &mut Log<'_>, calendar: &Calendar, horizon: i32) -> Self {
        if calendar.periods.len() <= 64 {
            return Self::Word(words(log, calendar, horizon));
        }
        let words = calendar.periods.len().div_ceil(64);
        let mut accounts = 0;
        let mut rows: Vec<u64> = Vec::with_capacity(log.rows());
        each_active(log, calendar, horizon, |len, number, period| {
            accounts = len;
            rows.push(u64::from(number) << 32 | u64::from(period));
        });
        if accounts.saturating_mul(words) > rows.len() {
            rows.sort_unstable();
            rows.dedup();
            return Self::Pairs(rows);
        }
        let mut bits = vec![0u64; accounts * words];
        for row in rows {
            let (number, period) = ((row >> 32) as usize, row as u32 as usize);
            bits[number * words + period / 64] |= 1 << (period % 64);
        }
        Self::Words(words, bits)
    }

    /// Calls with each account that was active, and the first of its periods.
    fn each(&self, mut call: impl FnMut(usize, usize, Periods<'_>)) {
        match self {
            Self::Word(bits) => {
                for (number, bits) in bits.iter().enumerate().filter(|(_, bits)| **bits != 0) {
                    call(number, bits.trailing_zeros() as usize, Periods::Word(*bits));
                }
            }
            Self::Words(words, bits) => {
                for (number, own) in bits.chunks(*words).enumerate() {
                    if let Some(at) = own.iter().position(|word| *word != 0) {
                        call(number, at * 64 + own[at].trailing_zeros() as usize, Periods::Words(own));
                    }
                }
            }
            Self::Pairs(rows) => {
                for own in rows.chunk_by(|a, b| a >> 32 == b >> 32) {
                    let first = own.first().map_or(0, |row| *row as u32);
                    call((own[0] >> 32) as usize, first as usize, Periods::Pairs(own));
                }
            }
        }
    }
}

impl Periods<'_> {
    /// Counts an account at its ages from a cohort's period on.
    fn tell(self, counts: &mut Counts, cohort: usize) {
        if let Self::Word(bits) = self {
            // Fewer than 64 periods lie before a cohort.
            return counts.add_bits(bits >> cohort);
        }
        let mut last = None;
        self.each_age(cohort, |age| {
            counts.add_active(age);
            last = Some(age);
        });
        counts.add_last(last);
    }

    /// Calls with the ages, from a cohort's period on, at which the account was active.
    fn each_age(self, cohort: usize, mut call: impl FnMut(usize)) {
        let mut at = |period: usize| period.checked_sub(cohort).map_or((), &mut call);
        match self {
            Self::Word(bits) => ones(bits).for_each(&mut at),
            Self::Words(words) => {
                words.iter().enumerate().for_each(|(place, word)| ones(*word).for_each(|bit| at(place * 64 + bit)));
            }
            Self::Pairs(rows) => rows.iter().for_each(|row| at(*row as u32 as usize)),
        }
    }
}

/// A word for each account. This loop is what a log of millions of rows spends its time in; putting rows by parts of the
/// accounts first, so that their words stay in a nearer cache, made it slower.
fn words(log: &mut Log<'_>, calendar: &Calendar, horizon: i32) -> Vec<u64> {
    let (first, places) = calendar.before(horizon);
    let mut bits: Vec<u64> = Vec::new();
    log.each_block(|block| {
        if bits.len() < block.len {
            bits.resize(block.len.next_power_of_two(), 0);
        }
        let words = bits.as_mut_slice();
        for (number, day) in block.accounts.iter().zip(block.days) {
            // A day before the first wraps to one far beyond the last.
            let place = day.wrapping_sub(first) as u32 as usize;
            if let (Some(period), Some(word)) = (places.get(place), words.get_mut(*number as usize)) {
                *word |= 1 << (period & 63);
            }
        }
    });
    bits
}

/// Calls with each row that is known before the horizon: how many accounts there are up to it, which it is, and the period.
fn each_active(log: &mut Log<'_>, calendar: &Calendar, horizon: i32, mut call: impl FnMut(usize, u32, u32)) {
    let (first, places) = calendar.before(horizon);
    log.each_block(|Block { accounts, days, len, .. }| {
        for (number, day) in accounts.iter().zip(days) {
            if let Some(period) = places.get(day.wrapping_sub(first) as u32 as usize) {
                call(len, *number, *period);
            }
        }
    });
}

/// The earliest row of each account: its day above its place, so that the first of a day comes first.
fn firsts(log: &mut Log<'_>, horizon: i32) -> Vec<u64> {
    let mut firsts: Vec<u64> = Vec::new();
    log.each_block(|Block { start, accounts, days, len }| {
        firsts.resize(len.max(firsts.len()), NONE);
        for (at, (number, day)) in accounts.iter().zip(days).enumerate().filter(|(_, (_, day))| **day < horizon) {
            // A table has fewer rows than 2³¹.
            let packed = (i64::from(*day) - i64::from(i32::MIN)) as u64;
            if let Some(first) = firsts.get_mut(*number as usize) {
                *first = (*first).min(packed << 32 | (start + at) as u64);
            }
        }
    });
    firsts
}

/// The earliest date that the column gives each account in rows that are known.
fn given(field: &Field<'_>, log: &mut Log<'_>, horizon: i32) -> Vec<Option<i32>> {
    let mut given: Vec<Option<i32>> = Vec::new();
    log.each_block(|Block { start, accounts, days, len }| {
        given.resize(len.max(given.len()), None);
        for (at, (number, day)) in accounts.iter().zip(days).enumerate() {
            if *day >= horizon {
                continue;
            }
            let own = field.day(start + at).ok().flatten();
            if let (Some(known), Some(own)) = (given.get_mut(*number as usize), own) {
                *known = Some(known.map_or(own, |known| known.min(own)));
            }
        }
    });
    given
}

/// Counts by key and cohort, before they go where they add up.
struct Tally<'t, 'a> {
    accounts: &'t Accounts<'a>,
    /// Which cohorts are wanted.
    wanted: Vec<bool>,
    known: HashMap<Vec<Option<String>>, usize>,
    counts: Vec<Vec<Counts>>,
}

impl<'t, 'a> Tally<'t, 'a> {
    fn new(options: &CohortOptions, accounts: &'t Accounts<'a>) -> Self {
        let wanted = accounts.calendar.periods.iter().map(|period| options.wants(period)).collect();
        Self { accounts, wanted, known: HashMap::new(), counts: Vec::new() }
    }

    /// Where an account of a cohort is counted that has its keys in this row.
    fn counts(&mut self, cohort: usize, row: impl FnOnce() -> usize) -> Option<&mut Counts> {
        self.wanted.get(cohort).filter(|wanted| **wanted)?;
        let keys = &self.accounts.keys;
        let key = if keys.is_empty() && !self.counts.is_empty() {
            0
        } else {
            let row = row();
            let shown: Vec<Option<String>> = keys.iter().map(|field| field.display(row)).collect();
            let next = self.known.len();
            *self.known.entry(shown).or_insert(next)
        };
        if self.counts.len() <= key {
            self.counts.resize_with(key + 1, || vec![Counts::default(); self.wanted.len()]);
        }
        self.counts.get_mut(key)?.get_mut(cohort)
    }

    fn finish(self, sums: &mut CohortSums) {
        for (keys, key) in &self.known {
            let place = Place::new((String::new(), 0), keys);
            let Some(cohorts) = self.counts.get(*key) else { continue };
            let periods = &self.accounts.calendar.periods;
            for (counts, period) in cohorts.iter().zip(periods).filter(|(counts, _)| counts.size > 0) {
                sums.counts(&place, period.from.days()).merge(counts);
            }
        }
    }
}
