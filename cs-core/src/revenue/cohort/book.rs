//! Cohorts of the customers of a book.

use super::super::book::{Book, Field, Line, Rows};
use super::super::bridge::{Convert, Place, clusters};
use super::super::document::Policy;
use super::super::timeline::{State, Timelines};
use super::Member;
use super::log::check_dates;
use super::options::{CohortOptions, Measure};
use super::sums::Calendar;
use crate::calendar::Date;
use crate::error::{Code, Issue, Result};
use crate::table::Tables;

/// Calls with each customer of a book whose cohort is asked for.
///
/// # Errors
/// Those of periods; `missing_rate`, also where the policy lets it be null.
pub(super) fn each(
    policy: &Policy,
    book: &Book,
    tables: &Tables<'_>,
    options: &CohortOptions,
    mut call: impl FnMut(&Member<'_>),
) -> Result<()> {
    let rows = Rows::new(book.role, tables.get(book.role), &options.book)?;
    let cohort_by = options.cohort_by.as_ref().map(|name| rows.need(name)).transpose()?;
    let first = book.lines.iter().map(|line| line.start).min().unwrap_or(book.horizon);
    if let Some(field) = &cohort_by {
        check_dates(&rows, field)?;
    }
    // A cohort may be older than all that is known of revenue.
    let all: Vec<&Line> = book.lines.iter().collect();
    let first = cohort_by.as_ref().and_then(|field| earliest(field, &all)).map_or(first, |day| day.min(first));
    let calendar = Calendar::new(&policy.calendar, options, first, book.horizon)?;
    let closings: Vec<i32> = calendar.periods.iter().map(|period| period.to.days().min(book.horizon) - 1).collect();
    let timelines = Timelines::new(policy, book, &closings)?;
    let convert = Convert::new(policy, book);
    for units in clusters(book) {
        let spans: Vec<(i32, i32)> = units.iter().flat_map(|unit| timelines.spans(*unit)).collect();
        let mut lines: Vec<&Line> = units.iter().flat_map(|unit| book.lines_of(*unit)).collect();
        lines.sort_by_key(|line| (line.start, line.row));
        let (Some(start), Some(line)) = (spans.iter().map(|(start, _)| *start).min(), lines.first()) else { continue };
        let given = cohort_by.as_ref().map(|field| earliest(field, &lines));
        let Some(cohort) = given.unwrap_or(Some(start)).and_then(|day| calendar.of(day)) else { continue };
        let Some(period) = calendar.periods.get(cohort).filter(|period| options.wants(period)) else { continue };
        let mut ages = Vec::new();
        let live_from = calendar.of(start).unwrap_or(cohort);
        for (place, (closing, period)) in closings.iter().zip(&calendar.periods).enumerate().skip(cohort.max(live_from))
        {
            let from = if options.any_day { period.from.days() } else { *closing };
            if !spans.iter().any(|(start, end)| *start <= *closing && *end > from) {
                continue;
            }
            let paid = match options.measure {
                Measure::Logos => 0,
                Measure::Revenue => {
                    let on = |unit: &u32| timelines.at(*unit, *closing);
                    let state = units.iter().map(on).fold(State::default(), |a, b| a.plus(&b));
                    // At the rate of the cohort's own period: what exchange rates do is not retention.
                    paid(&convert, &state, closings[cohort])?
                }
            };
            ages.push((place - cohort, paid));
        }
        let keys = book.keys.get(line.key as usize).map_or(&[][..], Vec::as_slice);
        let currency = match options.measure {
            Measure::Logos => (String::new(), 0),
            Measure::Revenue => convert.currency(line.currency),
        };
        let unit = units.first().copied().unwrap_or(0);
        let row = book.units.get(unit as usize).map_or(0, |unit| unit.row);
        call(&Member { row, place: Place::new(currency, keys), period, ages: &ages });
    }
    Ok(())
}

/// The earliest date that a column gives some lines.
fn earliest(field: &Field<'_>, lines: &[&Line]) -> Option<i32> {
    lines.iter().filter_map(|line| field.day(line.row as usize).ok().flatten()).min()
}

/// What a customer pays in the currency of the results.
fn paid(convert: &Convert<'_>, state: &State, day: i32) -> Result<i128> {
    let converted = convert.at(state, day)?;
    let missing = || Issue::new(Code::MissingRate).path("rates").value(Date::from_days(day));
    Ok(converted.ok_or_else(missing)?.total())
}
