//! Tables of all shapes as one list of lines: what a unit pays a month, from when to when.

mod beside;
mod builder;
mod invoices;
mod keys;
mod movements;
mod rows;
mod snapshots;
mod subscriptions;

pub(super) use beside::Rates;
pub(super) use rows::{Faults, Field, Rows};

use super::document::{Policy, RoundAt};
use super::options::BookOptions;
use crate::error::{Code, Issue, Result};
use crate::money::{Currency, Ratio};
use crate::table::Tables;
use builder::Builder;

/// The roles that are a book.
pub(super) const BOOKS: [&str; 4] = ["subscriptions", "invoices", "snapshots", "movements"];

/// No reason.
pub(super) const NO_REASON: u32 = u32::MAX;

/// What is paid a month over some days: `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    pub(super) unit: u32,
    /// The subscription within the unit, whose lines are rounded together.
    pub(super) group: u32,
    pub(super) start: i32,
    pub(super) end: i32,
    /// Rounded for itself, in units of the currency's scale.
    pub(super) minor: i64,
    pub(super) currency: u32,
    pub(super) key: u32,
    pub(super) reason: u32,
    /// The row that it comes from.
    pub(super) row: u32,
}

/// A customer: its lines, and the first row in which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) lines: std::ops::Range<usize>,
    pub(super) row: u32,
}

/// Something billed that is not recurring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Billed {
    pub(super) start: i32,
    pub(super) minor: i64,
    pub(super) currency: u32,
    pub(super) key: u32,
}

/// A book of customers, read.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) role: &'static str,
    /// By unit, start, row.
    pub(super) lines: Vec<Line>,
    pub(super) units: Vec<Unit>,
    /// What each line is before rounding, in major units; only where rounding sums before it rounds.
    pub(super) exact: Option<Vec<Ratio>>,
    /// By code, each with the scale of its amounts.
    pub(super) currencies: Vec<(Currency, u8)>,
    /// The values of `by` for each key.
    pub(super) keys: Vec<Vec<Option<String>>>,
    pub(super) reasons: Vec<String>,
    pub(super) history_start: i32,
    pub(super) horizon: i32,
    pub(super) billed: Vec<Billed>,
    pub(super) rates: Option<Rates>,
    /// Which unit became part of which, and when.
    pub(super) merges: Vec<(u32, u32, i32)>,
    /// The caller's name of the account column.
    pub(super) account: String,
}

impl Book {
    /// Reads the one book among the tables.
    pub(super) fn read(policy: &Policy, tables: &Tables<'_>, options: &BookOptions, by: &[String]) -> Result<Self> {
        let given: Vec<&'static str> = BOOKS.into_iter().filter(|role| tables.has(role)).collect();
        let [role] = given[..] else {
            let issue = Issue::new(Code::BookRequired).value(if given.is_empty() {
                "none".to_owned()
            } else {
                given.join(", ")
            });
            return Err(issue.expected(format!("one of {}", BOOKS.join(", "))).into());
        };
        let rows = Rows::new(role, tables.get(role), options)?;
        let rates = Rates::read(policy, tables, options)?;
        let mut builder = Builder::new(policy, options, &rows, by, rates.is_some())?;
        match role {
            "subscriptions" => subscriptions::read(&mut builder, &rows)?,
            "invoices" => invoices::read(&mut builder, &rows)?,
            "snapshots" => snapshots::read(&mut builder, &rows)?,
            _ => movements::read(&mut builder, &rows)?,
        }
        let mut book = builder.finish(role, rates)?;
        book.merges = beside::merges(policy, &book, tables, options, &rows)?;
        Ok(book)
    }

    /// A book of nobody.
    pub(super) fn empty(history_start: i32, horizon: i32) -> Self {
        Self {
            role: "subscriptions",
            lines: Vec::new(),
            units: Vec::new(),
            exact: None,
            currencies: Vec::new(),
            keys: Vec::new(),
            reasons: Vec::new(),
            history_start,
            horizon,
            billed: Vec::new(),
            rates: None,
            merges: Vec::new(),
            account: String::new(),
        }
    }

    /// The lines of a unit.
    pub(super) fn lines_of(&self, unit: u32) -> &[Line] {
        let range = self.units.get(unit as usize).map_or(0..0, |unit| unit.lines.clone());
        self.lines.get(range).unwrap_or_default()
    }

    /// Whether the sums of some lines are rounded, and not each line for itself.
    pub(super) fn rounds_sums(policy: &Policy, has_subscriptions: bool) -> bool {
        match policy.rounding.at {
            RoundAt::Line => false,
            RoundAt::Subscription => has_subscriptions,
            RoundAt::Account | RoundAt::Total => true,
        }
    }
}
