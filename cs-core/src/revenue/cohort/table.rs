//! Triangles and their means.

use super::super::RevenuePolicy;
use super::super::bridge::Place;
use super::super::metrics::{Rate, rate, rate_columns};
use super::options::{CohortOptions, Kind, Measure};
use super::sums::{CohortSums, Counts};
use crate::calendar::{Date, Period};
use crate::error::Result;
use crate::table::{ResultColumn, ResultTable, Texts};
use std::collections::BTreeMap;

/// A cohort with the end of each of its ages.
struct Cohort<'a> {
    place: &'a Place,
    period: Period,
    counts: &'a Counts,
    /// How many ages are complete.
    mature: usize,
}

/// A cell of a triangle.
struct Cell {
    size: i128,
    retained: Option<i128>,
    rate: Rate,
}

impl CohortSums {
    /// The triangle or its means.
    ///
    /// # Errors
    /// Those of periods.
    pub(in crate::revenue) fn table(&self, policy: &RevenuePolicy, options: &CohortOptions) -> Result<ResultTable> {
        let cohorts = self.cohorts(policy, options)?;
        let widest = cohorts.iter().map(|cohort| cohort.mature).max().unwrap_or(0);
        let ages = options.ages.map_or(widest, |ages| widest.min(ages + 1));
        let columns = if options.means { means(&cohorts, options, ages) } else { triangle(&cohorts, options, ages) };
        let rows = columns.1;
        Ok(ResultTable::new(columns.0, rows, policy.hash()))
    }

    fn cohorts<'a>(&'a self, policy: &RevenuePolicy, options: &CohortOptions) -> Result<Vec<Cohort<'a>>> {
        let (calendar, kind) = (&policy.document().calendar, options.periods.kind);
        let mut mature: BTreeMap<i32, usize> = BTreeMap::new();
        let mut cohorts = Vec::new();
        for (place, rows) in &self.rows {
            for (start, counts) in rows {
                let period = calendar.period_of(kind, Date::from_days(*start))?;
                let mature = match mature.get(start) {
                    Some(known) => *known,
                    None => {
                        let all = calendar.periods(kind, period.from, Date::from_days(self.horizon).max(period.to))?;
                        let complete = all.iter().filter(|period| period.to.days() <= self.horizon).count();
                        mature.insert(*start, complete);
                        complete
                    }
                };
                cohorts.push(Cohort { place, period, counts, mature });
            }
        }
        Ok(cohorts)
    }
}

/// The figures of a cohort at an age.
fn cell(cohort: &Cohort<'_>, options: &CohortOptions, age: usize) -> Cell {
    let counts = cohort.counts;
    let revenue = options.measure == Measure::Revenue;
    let size = if revenue { counts.revenue.first().copied().unwrap_or(0) } else { i128::from(counts.size) };
    if age >= cohort.mature {
        return Cell { size, retained: None, rate: Err("immature") };
    }
    if options.product_limit {
        return Cell { size, retained: None, rate: product_limit(&[cohort], age) };
    }
    let retained = retained(counts, options, age);
    let reason = if revenue && counts.size > 0 { "zero_start" } else { "empty_cohort" };
    Cell { size, retained: Some(retained), rate: rate(retained, size, reason) }
}

fn retained(counts: &Counts, options: &CohortOptions, age: usize) -> i128 {
    match (options.measure, options.kind) {
        (Measure::Revenue, _) => counts.revenue.get(age).copied().unwrap_or(0),
        (_, Kind::Bounded) => i128::from(counts.active.get(age).copied().unwrap_or(0)),
        _ => i128::from(counts.lasting(age as i64)),
    }
}

/// Kaplan and Meier's product limit: who is last active at an age leaves at the next, and who cannot be seen any more is
/// censored.
fn product_limit(cohorts: &[&Cohort<'_>], age: usize) -> Rate {
    let mut kept = 1.0;
    for k in 0..=age {
        let old = cohorts.iter().filter(|cohort| cohort.mature > k);
        let (at_risk, gone) = old.fold((0, 0), |(at_risk, gone), cohort| {
            let lasting = cohort.counts.lasting(k as i64 - 1);
            (at_risk + lasting, gone + lasting - cohort.counts.lasting(k as i64))
        });
        if at_risk == 0 {
            // Nobody is left to be seen: what is known stays.
            return if k == 0 {
                Err("empty_cohort")
            } else if kept == 0.0 {
                Ok(0.0)
            } else {
                Err("immature")
            };
        }
        kept *= 1.0 - gone as f64 / at_risk as f64;
    }
    Ok(kept)
}

type Columns = Vec<(String, ResultColumn)>;

fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ResultColumn {
    ResultColumn::Text(values.collect::<Texts>())
}

fn keys<'p>(columns: &mut Columns, options: &CohortOptions, places: &(impl Iterator<Item = &'p Place> + Clone)) {
    for (at, name) in options.periods.by.iter().enumerate() {
        columns.push((name.clone(), texts(places.clone().map(|place| place.key(at)))));
    }
    if options.measure == Measure::Revenue {
        columns.push(("currency".to_owned(), texts(places.clone().map(|place| Some(place.currency.as_str())))));
    }
}

/// Amounts of revenue as decimals, counts of customers as whole numbers.
fn amounts(
    values: impl Iterator<Item = (u8, Option<i128>)> + Clone,
    options: &CohortOptions,
    scale: u8,
) -> ResultColumn {
    match options.measure {
        Measure::Revenue => {
            ResultColumn::decimals(values.map(|(own, n)| n.map(|n| n * 10i128.pow(u32::from(scale - own)))), scale)
        }
        Measure::Logos => ResultColumn::ints(values.map(|(_, n)| n.and_then(|n| i64::try_from(n).ok()))),
    }
}

fn triangle(cohorts: &[Cohort<'_>], options: &CohortOptions, ages: usize) -> (Columns, usize) {
    let mut order: Vec<&Cohort<'_>> = cohorts.iter().collect();
    order.sort_by(|a, b| a.period.from.cmp(&b.period.from).then(a.place.cmp(b.place)));
    let cells: Vec<(&Cohort<'_>, usize, Cell)> =
        order.iter().flat_map(|cohort| (0..ages).map(|age| (*cohort, age, cell(cohort, options, age)))).collect();
    let rows = cells.iter();
    let mut columns: Columns = vec![
        ("cohort".to_owned(), texts(rows.clone().map(|(cohort, ..)| Some(cohort.period.label.as_str())))),
        ("from".to_owned(), ResultColumn::dates(rows.clone().map(|(cohort, ..)| Some(cohort.period.from.days())))),
    ];
    keys(&mut columns, options, &rows.clone().map(|(cohort, ..)| cohort.place));
    let scale = cohorts.iter().map(|cohort| cohort.place.scale).max().unwrap_or(0);
    columns.push(("age".to_owned(), ResultColumn::ints(rows.clone().map(|(_, age, _)| Some(*age as i64)))));
    let size = rows.clone().map(|(cohort, _, cell)| (cohort.place.scale, Some(cell.size)));
    columns.push(("size".to_owned(), amounts(size, options, scale)));
    let retained = rows.clone().map(|(cohort, _, cell)| (cohort.place.scale, cell.retained));
    columns.push(("retained".to_owned(), amounts(retained, options, scale)));
    columns.extend(rate_columns("retention", rows.map(|(.., cell)| cell.rate)));
    (columns, cells.len())
}

/// One row of means.
struct Mean<'a> {
    place: &'a Place,
    age: usize,
    cohorts: usize,
    parts: Option<(i128, i128)>,
    pooled: Rate,
    simple: Rate,
}

fn means(cohorts: &[Cohort<'_>], options: &CohortOptions, ages: usize) -> (Columns, usize) {
    let mut by_place: BTreeMap<&Place, Vec<&Cohort<'_>>> = BTreeMap::new();
    cohorts.iter().for_each(|cohort| by_place.entry(cohort.place).or_default().push(cohort));
    let rows: Vec<Mean<'_>> =
        by_place.iter().flat_map(|(place, own)| (0..ages).map(|age| mean(place, own, options, age))).collect();
    let mut columns: Columns = Vec::new();
    keys(&mut columns, options, &rows.iter().map(|row| row.place));
    let scale = cohorts.iter().map(|cohort| cohort.place.scale).max().unwrap_or(0);
    columns.push(("age".to_owned(), ResultColumn::ints(rows.iter().map(|row| Some(row.age as i64)))));
    columns.push(("cohorts".to_owned(), ResultColumn::ints(rows.iter().map(|row| Some(row.cohorts as i64)))));
    let [pooled, reason] = rate_columns("pooled_mean", rows.iter().map(|row| row.pooled));
    columns.push(pooled);
    let part = |pick: fn((i128, i128)) -> i128| rows.iter().map(move |row| (row.place.scale, row.parts.map(pick)));
    columns.push(("pooled_numerator".to_owned(), amounts(part(|parts| parts.0), options, scale)));
    columns.push(("pooled_denominator".to_owned(), amounts(part(|parts| parts.1), options, scale)));
    columns.push(reason);
    columns.extend(rate_columns("simple_mean", rows.iter().map(|row| row.simple)));
    (columns, rows.len())
}

fn mean<'a>(place: &'a Place, cohorts: &[&Cohort<'_>], options: &CohortOptions, age: usize) -> Mean<'a> {
    let mature: Vec<&&Cohort<'_>> = cohorts.iter().filter(|cohort| age < cohort.mature).collect();
    let cells: Vec<Cell> = mature.iter().map(|cohort| cell(cohort, options, age)).collect();
    let rates: Vec<f64> = cells.iter().filter(|cell| cell.size > 0).filter_map(|cell| cell.rate.ok()).collect();
    let reason = if mature.is_empty() { "immature" } else { "empty_cohort" };
    let simple = if rates.is_empty() { Err(reason) } else { Ok(rates.iter().sum::<f64>() / rates.len() as f64) };
    let parts = (!options.product_limit).then(|| {
        let retained = cells.iter().filter_map(|cell| cell.retained).sum();
        (retained, cells.iter().map(|cell| cell.size).sum::<i128>())
    });
    let pooled = match parts {
        Some((_, 0)) if mature.is_empty() => Err("immature"),
        Some((retained, size)) => {
            rate(retained, size, if options.measure == Measure::Revenue { "zero_start" } else { "empty_cohort" })
        }
        None => product_limit(cohorts, age),
    };
    Mean { place, age, cohorts: mature.len(), parts: parts.filter(|_| !mature.is_empty()), pooled, simple }
}
