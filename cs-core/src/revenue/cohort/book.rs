//! Cohorts of the customers of a book.

use super::super::book::{Book, Rows};
use super::super::bridge::Place;
use super::super::document::Policy;
use super::super::timeline::Timelines;
use super::options::CohortOptions;
use super::sums::{Calendar, CohortSums};
use crate::error::Result;
use crate::table::Tables;

pub(super) fn add(
    sums: &mut CohortSums,
    policy: &Policy,
    book: &Book,
    tables: &Tables<'_>,
    options: &CohortOptions,
    revenue: bool,
) -> Result<()> {
    sums.horizon = sums.horizon.max(book.horizon);
    let rows = Rows::new(book.role, tables.get(book.role), &options.book)?;
    let cohort_by = options.cohort_by.as_ref().map(|name| rows.need(name)).transpose()?;
    let first = book.lines.iter().map(|line| line.start).min().unwrap_or(book.horizon);
    let calendar = Calendar::new(&policy.calendar, options, first, book.horizon)?;
    let closings: Vec<i32> = calendar.periods.iter().map(|period| period.to.days().min(book.horizon) - 1).collect();
    let timelines = Timelines::new(policy, book, &closings)?;
    for unit in 0..book.units.len() as u32 {
        let spans = timelines.spans(unit);
        let lines = book.lines_of(unit);
        let (Some((start, _)), Some(line)) = (spans.first(), lines.first()) else { continue };
        let given =
            cohort_by.as_ref().map(|field| lines.iter().find_map(|line| field.day(line.row as usize).ok().flatten()));
        let Some(cohort) = given.unwrap_or(Some(*start)).and_then(|day| calendar.of(day)) else { continue };
        let Some(period) = calendar.periods.get(cohort).filter(|period| sums.wants(period)) else { continue };
        let keys = book.keys.get(line.key as usize).map_or(&[][..], Vec::as_slice);
        let known = book.currencies.get(line.currency as usize).filter(|_| revenue);
        let currency =
            known.map_or_else(|| (String::new(), 0), |(currency, scale)| (currency.code().to_owned(), *scale));
        let active =
            closings.iter().zip(&calendar.periods).enumerate().skip(cohort).filter_map(|(place, (closing, period))| {
                let from = if options.any_day { period.from.days() } else { *closing };
                let live = spans.iter().any(|(start, end)| *start <= *closing && *end > from);
                let paid = || timelines.at(unit, *closing).total();
                live.then(|| (place - cohort, if revenue { i64::try_from(paid()).unwrap_or(i64::MAX) } else { 0 }))
            });
        let start = period.from;
        sums.counts(&Place::new(currency, keys), start).add(active);
    }
    Ok(())
}
