//! Retention rates between two instants.

mod cohort;
mod formulas;
mod table;

pub(super) use cohort::each;
pub(super) use table::RetentionSums;

use super::RevenuePolicy;
use super::book::Book;
use super::bridge::Grid;
use super::options::{BOOK_FIELDS, BookOptions, PERIOD_FIELDS, PeriodOptions};
use crate::calendar::Date;
use crate::document::Reader;
use crate::error::{Code, Issue, Result};
use crate::table::{ResultTable, Tables};
use serde_json::Value;

/// Options of retention.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RetentionOptions {
    pub(super) book: BookOptions,
    pub(super) periods: PeriodOptions,
    window: Window,
}

/// From when to when a customer is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    Months(u32),
    Whole,
}

impl Default for Window {
    fn default() -> Self {
        Self::Months(12)
    }
}

impl RetentionOptions {
    pub(super) fn from_value(value: &Value) -> Result<Self> {
        Reader::options(value, |node| {
            let fields = node.fields(&[&BOOK_FIELDS[..], &PERIOD_FIELDS[..], &["window"]].concat())?;
            let window = fields.get("window").and_then(|node| match node.value() {
                Value::String(_) => node.choice(&[("whole", Window::Whole)]),
                _ => node.whole_in(1, 1_200).map(Window::Months),
            });
            let (book, periods) = (BookOptions::read(&fields), PeriodOptions::read(&fields));
            Some(Self { book, periods, window: window.unwrap_or_default() })
        })
    }

    /// The first day and the day after the last of each window.
    ///
    /// # Errors
    /// `date_out_of_range`, and those of periods.
    pub(super) fn windows(&self, policy: &RevenuePolicy, book: &Book) -> Result<Vec<(i32, i32)>> {
        let day = |date: Option<Date>| date.map(Date::days);
        let Window::Months(months) = self.window else {
            let from = day(self.periods.from).unwrap_or(book.history_start);
            let to = day(self.periods.to)
                .map_or(book.horizon, |to| if book.lines.is_empty() { to } else { to.min(book.horizon) });
            return Ok(if from < to { vec![(from, to)] } else { Vec::new() });
        };
        let grid = Grid::new(policy.document(), book, &self.periods)?;
        let mut windows = Vec::with_capacity(grid.shown().len());
        for period in grid.shown() {
            let back = period.to.plus_months(-(months as i32));
            let start = back.ok_or_else(|| Issue::new(Code::DateOutOfRange).value(period.to))?.days();
            // Before the data there is nobody to keep; such a row is only there when it is asked for.
            if self.periods.from.is_some() || start > book.history_start {
                windows.push((start, period.to.days()));
            }
        }
        Ok(windows)
    }
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = RetentionOptions::from_value(options)?;
    let book = Book::read(policy.document(), tables, &options.book, &options.periods.by)?;
    let windows = options.windows(policy, &book)?;
    let mut sums = RetentionSums::new(windows);
    sums.add_book(policy.document(), &book)?;
    sums.ensure_row(policy.document(), &options.periods);
    Ok(sums.table(policy, &options.periods.by))
}
