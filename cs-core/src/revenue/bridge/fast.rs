//! Bridges of plain account-months, straight from the columns.
//!
//! The common book of snapshots has one row per account and month, one currency, and periods that are months. Then a bridge
//! needs no lines and no states: one pass in the order of accounts compares each month with the one before. Rows that are
//! sorted by account and month are read as they stand; others are first brought into that order as packed months and
//! amounts, eight bytes a row.
//!
//! What is not plain, and whatever is wrong with the data, is left to the general path, which gives the same sums.

mod decode;
mod machine;
mod order;

use super::super::document::{FreeAccounts, Level, Netting, Policy};
use super::super::options::BookOptions;
use super::sums::{BridgeRow, BridgeSums, Place};
use super::{BridgeOptions, Grid};
use crate::calendar::{Date, Month};
use crate::error::Result;
use crate::money::Currency;
use crate::table::{Column, Table, Tables, Values, each_width};
use decode::Source;
use machine::{Machine, Rules};

/// The most months that a table may span to be read here: 400 years.
const MOST_MONTHS: i32 = 4_800;

/// The sums of a bridge, and the periods that they are of; `None` where the book is not plain.
///
/// # Errors
/// Those of the periods.
pub(super) fn sums(
    policy: &Policy,
    tables: &Tables<'_>,
    options: &BridgeOptions,
) -> Result<Option<(BridgeSums, Grid)>> {
    let plain = Plain::find(policy, tables, &options.book).filter(|_| options.periods.by.is_empty());
    let Some(plain) = plain else { return Ok(None) };
    let Some(span) = plain.span(&options.book) else { return Ok(None) };
    let grid = Grid::spanning(policy, span.history_start, span.horizon, &options.periods)?;
    if !span.are_months(&grid) {
        return Ok(None);
    }
    let rules = Rules { reactivation: policy.reactivation, months: span.months(), first: span.first };
    let complete = policy.history_complete;
    let rows = if policy.free_accounts == FreeAccounts::Count {
        plain.run::<true>(&rules).map(|machine| rows(&machine, &span, &grid, complete))
    } else {
        plain.run::<false>(&rules).map(|machine| rows(&machine, &span, &grid, complete))
    };
    let Some(rows) = rows else { return Ok(None) };
    let mut sums = BridgeSums::new(grid.shown().len());
    let place = Place::new((plain.currency.code().to_owned(), plain.scale), &[]);
    sums.add_rows(place, &rows);
    sums.ensure_row(policy, &options.periods);
    Ok(Some((sums, grid)))
}

/// The months that a table spans.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: Month,
    /// The last month of which something is known before the horizon.
    last: Month,
    history_start: i32,
    horizon: i32,
}

impl Span {
    fn months(&self) -> usize {
        usize::try_from(self.last.months_since(self.first)).unwrap_or(0) + 1
    }

    /// Whether each period is a calendar month, but for the end that the horizon cuts.
    fn are_months(&self, grid: &Grid) -> bool {
        grid.all().iter().all(|period| {
            let Some(month) = Month::of(period.from) else { return false };
            let ends = month.plus(1).first_day().map_or(i32::MAX, Date::days).min(self.horizon);
            month.first_day() == Some(period.from) && period.to.days() == ends
        })
    }
}

/// A book of snapshots that is read straight from its columns.
struct Plain<'a> {
    source: Source<'a>,
    currency: Currency,
    scale: u8,
}

/// A column of all batches; `None` where one lacks it.
fn stacked<'a>(tables: &'a [Table<'a>], options: &BookOptions, name: &str) -> Option<Vec<Column<'a>>> {
    tables.iter().map(|table| table.column(options.table_name(name))).collect()
}

impl<'a> Plain<'a> {
    fn find(policy: &Policy, tables: &'a Tables<'a>, options: &BookOptions) -> Option<Self> {
        let alone = ["subscriptions", "invoices", "movements", "rates", "merges"].iter().all(|role| !tables.has(role));
        let batches = tables.get("snapshots");
        let has = |name: &str| batches.iter().any(|table| table.column(options.table_name(name)).is_some());
        let plain = ["subscription", "product", "recorded_at"].iter().all(|name| !has(name))
            && (policy.reasons.is_none() || !has("reason"))
            && policy.level == Level::Account
            && policy.netting == Netting::Period;
        if !alone || !plain || batches.iter().all(|table| table.rows() == 0) {
            return None;
        }
        let currency = match stacked(batches, options, "currency") {
            None if has("currency") => return None,
            None => policy.currency?,
            Some(columns) => policy.currencies.get(constant(&columns)?)?,
        };
        let scale = policy.rounding.scale.unwrap_or(currency.exponent());
        let [accounts, months, amounts] = ["account", "month", "mrr"].map(|name| stacked(batches, options, name));
        let source = Source::new(accounts?, months?, amounts?, options, (scale, currency.exponent()))?;
        Some(Self { source, currency, scale })
    }

    fn span(&self, options: &BookOptions) -> Option<Span> {
        let (first, last) = self.source.extent();
        let end = last.plus(1).first_day()?.days();
        let horizon = options.horizon.map_or(end, Date::days);
        let start = first.first_day()?.days();
        let last = last.min(Month::of(Date::from_days(horizon.checked_sub(1)?))?);
        let history_start = options.history_start.map_or(start, Date::days);
        let fits = start < horizon && (0..MOST_MONTHS).contains(&last.months_since(first));
        fits.then_some(Span { first, last, history_start, horizon })
    }

    /// Reads all rows in the order of accounts and months; `None` where something is not plain.
    fn run<const FREE: bool>(&self, rules: &Rules) -> Option<Machine<FREE>> {
        let mut machine = Machine::new(rules)?;
        match self.source.sorted(rules, &mut machine) {
            decode::Order::Sorted => Some(machine),
            decode::Order::Strange => None,
            decode::Order::Unsorted => {
                let mut machine = Machine::new(rules)?;
                order::run(&self.source, rules, &mut machine)?;
                Some(machine)
            }
        }
    }
}

/// The one text of a column; `None` where it has nulls, several texts or none.
fn constant<'a>(columns: &[Column<'a>]) -> Option<&'a [u8]> {
    let mut known: Option<&[u8]> = None;
    for column in columns {
        if let Values::Dictionary(dictionary) = column.values()
            && column.validity().is_none()
            && dictionary.words_validity.is_none()
            && dictionary.words.len() == 1
            && each_width!(dictionary.keys, keys => keys.iter().all(|key| *key == 0))
        {
            let word = dictionary.words.get(0);
            if known.is_some_and(|known| known != word) {
                return None;
            }
            known = Some(word);
            continue;
        }
        for row in 0..column.len() {
            let text = column.text(row)?;
            if *known.get_or_insert(text) != text {
                return None;
            }
        }
    }
    known
}

/// The rows of the periods that are shown.
fn rows<const FREE: bool>(machine: &Machine<FREE>, span: &Span, grid: &Grid, complete: bool) -> Vec<BridgeRow> {
    let closings = machine.closings();
    let row = |period: &crate::calendar::Period| {
        let month = Month::of(period.from).map_or(-1, |month| month.months_since(span.first));
        let opening_only = !complete && (period.from.days()..period.to.days()).contains(&span.history_start);
        machine.row_in(&closings, month, opening_only)
    };
    grid.shown().iter().map(row).collect()
}

#[cfg(test)]
mod tests;
