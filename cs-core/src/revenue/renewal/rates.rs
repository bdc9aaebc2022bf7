//! What became of the contracts that were due.

use super::super::RevenuePolicy;
use super::super::bridge::Place;
use super::super::document::Timing;
use super::super::metrics::{Rate, rate};
use super::contracts::{Contract, Outcome, read};
use super::options::RenewalOptions;
use crate::calendar::{Date, Period};
use crate::error::Result;
use crate::table::{ResultColumn, ResultTable, Tables, Texts};
use std::collections::BTreeMap;

const BUCKETS: [&str; 5] = ["on_time", "early", "late", "lost", "open"];

/// The sums of a period and place.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    due: (i64, i128),
    buckets: [(i64, i128); 5],
    uplift: i128,
    downsell: i128,
    /// Renewed in the sense of the timing: contracts, no more than was due, and all.
    renewed: (i64, i128, i128),
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &RenewalOptions) -> Result<ResultTable> {
    let as_of = options.as_of()?;
    let document = policy.document();
    let (contracts, _) = read(document, tables, options, as_of)?;
    let timing = document.renewals.timing;
    let periods = periods(policy, options, &contracts, timing)?;
    let place = |day: i32| {
        let at = periods.partition_point(|period| period.to.days() <= day);
        periods.get(at).filter(|period| period.from.days() <= day).map(|_| at)
    };
    let mut sums: BTreeMap<(usize, Place), Sums> = BTreeMap::new();
    for contract in &contracts {
        let minor = i128::from(contract.minor);
        if let Some(at) = place(contract.due) {
            let sum = sums.entry((at, contract.place.clone())).or_default();
            sum.due.0 += 1;
            sum.due.1 += minor;
            let bucket = &mut sum.buckets[bucket(contract, document.renewals.grace_days as i32)];
            bucket.0 += 1;
            bucket.1 += minor;
        }
        let counted = match timing {
            Timing::Scheduled => contract.due,
            Timing::Closed => contract.closed.unwrap_or(contract.due),
        };
        if let Some(at) = place(counted).filter(|_| contract.outcome == Outcome::Renewed) {
            let sum = sums.entry((at, contract.place.clone())).or_default();
            let renewed = i128::from(contract.renewed);
            sum.uplift += (renewed - minor).max(0);
            sum.downsell += (renewed - minor).min(0);
            sum.renewed.0 += 1;
            sum.renewed.1 += renewed.min(minor);
            sum.renewed.2 += renewed;
        }
    }
    Ok(table(policy, options, &periods, &sums))
}

/// The periods asked for, or those in which something is due or closed.
fn periods(
    policy: &RevenuePolicy,
    options: &RenewalOptions,
    contracts: &[Contract],
    timing: Timing,
) -> Result<Vec<Period>> {
    let days = contracts.iter().flat_map(|contract| {
        let closed = contract.closed.filter(|_| timing == Timing::Closed);
        [Some(contract.due), closed].into_iter().flatten()
    });
    let first = options.periods.from.or_else(|| days.clone().min().map(Date::from_days));
    let end = options.periods.to.or_else(|| days.max().map(|day| Date::from_days(day.saturating_add(1))));
    match first.zip(end).filter(|(first, end)| first < end) {
        Some((first, end)) => policy.document().calendar.periods(options.periods.kind, first, end),
        None => Ok(Vec::new()),
    }
}

fn bucket(contract: &Contract, grace: i32) -> usize {
    match (contract.outcome, contract.closed) {
        (Outcome::Lost, _) => 3,
        (Outcome::Open, _) => 4,
        (Outcome::Renewed, Some(closed)) if closed < contract.due => 1,
        (Outcome::Renewed, Some(closed)) if closed > contract.due.saturating_add(grace) => 2,
        (Outcome::Renewed, _) => 0,
    }
}

type Row<'a> = (usize, &'a Place, &'a Sums);

/// A rate, with what it is made of.
fn renewal(sums: &Sums, of: i128) -> (Rate, i128, i128) {
    let reason = if sums.due.0 == 0 { "empty_cohort" } else { "zero_start" };
    (rate(of, sums.due.1, reason), of, sums.due.1)
}

fn table(
    policy: &RevenuePolicy,
    options: &RenewalOptions,
    periods: &[Period],
    sums: &BTreeMap<(usize, Place), Sums>,
) -> ResultTable {
    let rows: Vec<Row<'_>> = sums.iter().map(|((at, place), sums)| (*at, place, sums)).collect();
    let scale = rows.iter().map(|(_, place, _)| place.scale).max().unwrap_or(0);
    let mut columns = frame(periods, &options.periods.by, &rows);
    let mut money = |name: String, of: &dyn Fn(&Sums) -> i128| {
        let scaled = rows.iter().map(|(_, place, sums)| Some(of(sums) * 10i128.pow(u32::from(scale - place.scale))));
        columns.push((name, ResultColumn::decimals(scaled, scale)));
    };
    money("due".to_owned(), &|sums| sums.due.1);
    for (at, name) in BUCKETS.iter().enumerate() {
        money((*name).to_owned(), &|sums| sums.buckets[at].1);
    }
    money("uplift".to_owned(), &|sums| sums.uplift);
    money("downsell".to_owned(), &|sums| sums.downsell);
    let mut count = |name: String, of: &dyn Fn(&Sums) -> i64| {
        columns.push((name, ResultColumn::ints(rows.iter().map(|(.., sums)| Some(of(sums))))));
    };
    count("due_contracts".to_owned(), &|sums| sums.due.0);
    for (at, name) in BUCKETS.iter().enumerate() {
        count(format!("{name}_contracts"), &|sums| sums.buckets[at].0);
    }
    let texts =
        |rates: &mut dyn Iterator<Item = Rate>| ResultColumn::Text(rates.map(|rate| rate.err()).collect::<Texts>());
    for (name, of) in [
        ("gross_renewal_rate", (|sums| sums.renewed.1) as fn(&Sums) -> i128),
        ("net_renewal_rate", |sums| sums.renewed.2),
    ] {
        let figures: Vec<(u8, (Rate, i128, i128))> =
            rows.iter().map(|(_, place, sums)| (place.scale, renewal(sums, of(sums)))).collect();
        let values = figures.iter().map(|(_, (rate, ..))| rate.unwrap_or(f64::NAN)).collect();
        columns.push((name.to_owned(), ResultColumn::from_nan(values)));
        let scaled = |n: i128, own: u8| Some(n * 10i128.pow(u32::from(scale - own)));
        let numerators = figures.iter().map(|(own, (_, n, _))| scaled(*n, *own));
        columns.push((format!("{name}_numerator"), ResultColumn::decimals(numerators, scale)));
        let denominators = figures.iter().map(|(own, (.., n))| scaled(*n, *own));
        columns.push((format!("{name}_denominator"), ResultColumn::decimals(denominators, scale)));
        columns.push((format!("{name}_reason"), texts(&mut figures.iter().map(|(_, (rate, ..))| *rate))));
    }
    let by_count =
        rows.iter().map(|(.., sums)| rate(i128::from(sums.renewed.0), i128::from(sums.due.0), "empty_cohort"));
    let values = by_count.clone().map(|rate| rate.unwrap_or(f64::NAN)).collect();
    columns.push(("renewal_rate_by_count".to_owned(), ResultColumn::from_nan(values)));
    let parts = [("numerator", (|sums| sums.renewed.0) as fn(&Sums) -> i64), ("denominator", |sums| sums.due.0)];
    for (part, of) in parts {
        let counts = rows.iter().map(|(.., sums)| Some(of(sums)));
        columns.push((format!("renewal_rate_by_count_{part}"), ResultColumn::ints(counts)));
    }
    columns.push(("renewal_rate_by_count_reason".to_owned(), texts(&mut by_count.clone())));
    let warnings = rows.iter().map(|(.., sums)| {
        let above = |rate: Rate| rate.is_ok_and(|rate| rate > 1.0);
        above(renewal(sums, sums.renewed.1).0).then_some("gross_renewal_rate_above_one")
    });
    columns.push(("warnings".to_owned(), ResultColumn::Text(warnings.collect::<Texts>())));
    ResultTable::new(columns, rows.len(), policy.hash())
}

/// The columns that say what a row is of.
fn frame(periods: &[Period], by: &[String], rows: &[Row<'_>]) -> Vec<(String, ResultColumn)> {
    let period = |at: &usize| periods.get(*at);
    let label = rows.iter().map(|(at, ..)| period(at).map(|period| period.label.as_str()));
    let mut columns = vec![
        ("period".to_owned(), ResultColumn::Text(label.collect::<Texts>())),
        ("from".to_owned(), ResultColumn::dates(rows.iter().map(|(at, ..)| period(at).map(|p| p.from.days())))),
        ("to".to_owned(), ResultColumn::dates(rows.iter().map(|(at, ..)| period(at).map(|p| p.to.days())))),
    ];
    let currency = rows.iter().map(|(_, place, _)| Some(place.currency.as_str()));
    columns.push(("currency".to_owned(), ResultColumn::Text(currency.collect::<Texts>())));
    for (at, name) in by.iter().enumerate() {
        let keys = rows.iter().map(|(_, place, _)| place.key(at));
        columns.push((name.clone(), ResultColumn::Text(keys.collect::<Texts>())));
    }
    columns
}
