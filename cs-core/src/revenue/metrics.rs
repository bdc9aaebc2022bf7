//! The figures of a period: ARR, ARPA, growth, quick ratio, churn rates.

use super::RevenuePolicy;
use super::book::Book;
use super::bridge::{BridgeOptions, BridgeRow, BridgeSums, Convert, Grid, Label, Place, frame};
use super::timeline::{Cell, State};
use crate::error::Result;
use crate::money::quotient;
use crate::table::{ResultColumn, ResultTable, Tables, Texts};
use serde_json::Value;
use std::collections::BTreeMap;

/// A rate, or why there is none.
pub(super) type Rate = Result<f64, &'static str>;

/// A quotient, unless the denominator is nothing.
pub(super) fn rate(numerator: i128, denominator: i128, reason: &'static str) -> Rate {
    if denominator == 0 { Err(reason) } else { Ok(quotient(numerator, denominator)) }
}

/// A column of rates and one of reasons.
pub(super) fn rate_columns(name: &str, rates: impl Iterator<Item = Rate> + Clone) -> [(String, ResultColumn); 2] {
    let values = rates.clone().map(|rate| rate.unwrap_or(f64::NAN)).collect();
    let reasons = rates.map(|rate| rate.err()).collect::<Texts>();
    [(name.to_owned(), ResultColumn::from_nan(values)), (format!("{name}_reason"), ResultColumn::Text(reasons))]
}

/// The rates, each with what it is of a row.
const RATES: [(&str, fn(&BridgeRow) -> Rate); 5] = [
    ("growth", |row| rate(net_new(row), row.opening(), "zero_start")),
    ("quick_ratio", |row| rate(won(row), -lost(row), "no_losses")),
    ("gross_mrr_churn", |row| rate(-lost(row), row.opening(), "zero_start")),
    ("net_mrr_churn", |row| rate(-lost(row) - row.of(Label::Expansion), row.opening(), "zero_start")),
    ("logo_churn", |row| rate(i128::from(row.count(Label::Churn)), i128::from(row.opening_accounts()), "empty_cohort")),
];

fn won(row: &BridgeRow) -> i128 {
    row.of(Label::New) + row.of(Label::Reactivation) + row.of(Label::Expansion)
}

fn lost(row: &BridgeRow) -> i128 {
    row.of(Label::Contraction) + row.of(Label::Churn)
}

pub(super) fn net_new(row: &BridgeRow) -> i128 {
    won(row) + lost(row)
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = BridgeOptions::from_value(options)?;
    let (document, by) = (policy.document(), &options.periods.by);
    let book = Book::read(document, tables, &options.book, by)?;
    let grid = Grid::new(document, &book, &options.periods)?;
    let mut sums = BridgeSums::new(grid.shown().len());
    sums.add_book(document, &book, &grid)?;
    sums.ensure_row(document, &options.periods);
    let billed = billed(&book, &Convert::new(document, &book), &grid)?;
    let all = (0..grid.shown().len())
        .flat_map(|period| sums.rows.iter().filter_map(move |(place, rows)| Some((period, place, rows.get(period)?))));
    let rows: Vec<(usize, &Place, &BridgeRow)> = all.collect();
    let mut columns = frame(&grid, by, rows.iter().map(|(period, place, _)| (*period, *place)));
    let scale = sums.rows.keys().map(|place| place.scale).max().unwrap_or(0);
    let mut money = |name: &str, of: &dyn Fn(&BridgeRow) -> i128| {
        let scaled = rows
            .iter()
            .map(|(_, place, row)| (!row.missing).then(|| of(row) * 10i128.pow(u32::from(scale - place.scale))));
        columns.push((name.to_owned(), ResultColumn::decimals(scaled, scale)));
    };
    money("mrr", &|row| row.closing());
    money("arr", &|row| row.closing() * 12);
    columns
        .push(("accounts".to_owned(), ResultColumn::ints(rows.iter().map(|(.., row)| Some(row.closing_accounts())))));
    let arpa = rows.iter().map(|(_, place, row)| {
        let accounts = i128::from(row.closing_accounts()) * 10i128.pow(u32::from(place.scale));
        known(row, rate(row.closing(), accounts, "empty_cohort"))
    });
    columns.extend(rate_columns("arpa", arpa));
    let scaled = rows
        .iter()
        .map(|(_, place, row)| (!row.missing).then(|| net_new(row) * 10i128.pow(u32::from(scale - place.scale))));
    columns.push(("net_new_mrr".to_owned(), ResultColumn::decimals(scaled, scale)));
    for (name, of) in RATES {
        columns.extend(rate_columns(name, rows.iter().map(|(.., row)| known(row, of(row)))));
    }
    let share = rows.iter().map(|(period, place, row)| {
        let other = billed.get(&(*period, (*place).clone())).copied().unwrap_or(0);
        known(row, rate(row.closing(), row.closing() + other, "zero_start"))
    });
    columns.extend(rate_columns("recurring_share", share));
    Ok(ResultTable::new(columns, rows.len(), policy.hash()))
}

/// A rate of amounts that are known.
fn known(row: &BridgeRow, rate: Rate) -> Rate {
    if row.missing { Err("missing_rate") } else { rate }
}

/// What was billed in each period and does not recur, at the rates of its days.
fn billed(book: &Book, convert: &Convert<'_>, grid: &Grid) -> Result<BTreeMap<(usize, Place), i128>> {
    let mut sums = BTreeMap::new();
    for billed in &book.billed {
        let at = grid.shown().partition_point(|period| period.to.days() <= billed.start);
        if grid.shown().get(at).is_none_or(|period| period.from.days() > billed.start) {
            continue;
        }
        let cell = Cell { currency: billed.currency, key: billed.key, minor: i128::from(billed.minor) };
        let Some(state) = convert.at(&State { cells: vec![cell], live: false }, billed.start)? else { continue };
        for cell in state.cells {
            let keys = book.keys.get(cell.key as usize).map_or(&[][..], Vec::as_slice);
            *sums.entry((at, Place::new(convert.currency(cell.currency), keys))).or_insert(0) += cell.minor;
        }
    }
    Ok(sums)
}
