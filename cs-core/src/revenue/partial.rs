//! Aggregates of parts of a book, which merge.

mod held;

use super::RevenuePolicy;
use super::book::Book;
use super::bridge::{BridgeOptions, BridgeSums, Grid};
use super::cohort::{self, CohortOptions, CohortSums};
use super::document::{Policy, RoundAt};
use super::operation::{Operation, distinct};
use super::options::{BookOptions, PeriodOptions};
use super::retention::{RetentionOptions, RetentionSums};
use crate::error::{Code, Error, Issue, Result};
use crate::table::{ResultTable, Tables};
use held::Held;
use serde_json::{Map, Value, json};

/// Sums of a part of a book: of a bridge, a retention table or cohorts.
///
/// Parts that hold different customers merge in any order to what one pass over all of them gives, to the last bit: the sums
/// are whole numbers. A part cannot know from when to when the others reach, so the options must say it.
///
/// # Examples
/// ```
/// use cs_core::revenue::{Operation, Partial, RevenuePolicy};
/// use cs_core::table::{Column, Table, Tables};
/// let policy = RevenuePolicy::from_json(r#"{"schema_version": 1, "policy": "yen", "currency": "JPY"}"#)?;
/// let options = serde_json::json!({"from": "2024-01-01", "to": "2024-03-01", "horizon": "2024-03-01",
///                                  "history_start": "2024-01-01"});
/// let part = |account: &'static str| {
///     let mut partial = Partial::new(&policy, Operation::Bridge, &options)?;
///     let rows = [account];
///     let book = Table::new([
///         ("account", Column::from(&rows[..])),
///         ("month", Column::from(&["2024-01"][..])),
///         ("mrr", Column::from(&["7"][..])),
///     ])?;
///     partial.update(&Tables::new([("snapshots", vec![book])]))?;
///     Ok::<_, cs_core::Error>(partial)
/// };
/// let mut both = part("a")?;
/// both.merge(&part("b")?)?;
/// let bridge = both.finish()?;
/// assert_eq!(bridge.column("churn").and_then(|column| column.decimal(1)).as_deref(), Some("-14"));
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Partial {
    policy: RevenuePolicy,
    operation: Operation,
    options: Value,
    sums: Sums,
    held: Held,
}

#[derive(Debug, Clone)]
enum Sums {
    Bridge(Box<BridgeOptions>, Grid, BridgeSums),
    Retention(Box<RetentionOptions>, RetentionSums),
    Cohorts(Box<CohortOptions>, CohortSums),
}

impl Partial {
    /// A partial of nothing yet, of a bridge, retention or cohorts.
    ///
    /// # Errors
    /// Those of the options; `missing_field` unless they give `from`, `to`, `horizon` and, where the policy does not say
    /// `history_complete`, `history_start`; `unsupported_in_partial` for other operations, and where the whole book is rounded.
    pub fn new(policy: &RevenuePolicy, operation: Operation, options: &Value) -> Result<Self> {
        let document = policy.document();
        if document.rounding.at == RoundAt::Total {
            return Err(Issue::new(Code::UnsupportedInPartial).path("rounding.at").value("total").into());
        }
        let sums = match operation {
            Operation::Bridge => {
                let mut options = BridgeOptions::from_value(options)?;
                options.book.part = true;
                check(document, &options.book, &options.periods, true)?;
                let grid = Grid::new(document, &empty(&options.book, &options.periods), &options.periods)?;
                // The first period of the data is that of the history.
                let grid = grid.starting(document, options.book.history_start);
                let sums = BridgeSums::new(grid.shown().len());
                Sums::Bridge(Box::new(options), grid, sums)
            }
            Operation::Retention => {
                let mut options = RetentionOptions::from_value(options)?;
                options.book.part = true;
                check(document, &options.book, &options.periods, true)?;
                let windows = options.windows(policy, &empty(&options.book, &options.periods))?;
                Sums::Retention(Box::new(options), RetentionSums::new(windows))
            }
            Operation::Cohorts => {
                let mut options = CohortOptions::from_value(options)?;
                options.book.part = true;
                check(document, &options.book, &options.periods, false)?;
                let sums = CohortSums::new();
                Sums::Cohorts(Box::new(options), sums)
            }
            _ => {
                let issue = Issue::new(Code::UnsupportedInPartial).value(operation.name());
                return Err(issue.expected("bridge, retention, cohorts").into());
            }
        };
        Ok(Self { policy: policy.clone(), operation, options: options.clone(), sums, held: Held::default() })
    }

    /// Adds the rows of whole customers, in any order; none of them may come again in another update.
    ///
    /// # Errors
    /// What is wrong with the rows; the partial stays as it was.
    pub fn update(&mut self, tables: &Tables<'_>) -> Result<()> {
        tables.check_roles(self.operation.roles())?;
        let document = self.policy.document();
        match &mut self.sums {
            Sums::Bridge(options, grid, sums) => {
                let book = Book::read(document, tables, &options.book, &options.periods.by)?;
                let mut part = BridgeSums::new(grid.shown().len());
                part.add_book(document, &book, grid)?;
                merged(sums, |sums| sums.merge(&part), BridgeSums::largest)?;
            }
            Sums::Retention(options, sums) => {
                let book = Book::read(document, tables, &options.book, &options.periods.by)?;
                let mut part = sums.emptied();
                part.add_book(document, &book)?;
                merged(sums, |sums| sums.merge(&part), RetentionSums::largest)?;
            }
            Sums::Cohorts(options, sums) => {
                let mut part = CohortSums::new();
                cohort::add(&mut part, &self.policy, tables, options)?;
                merged(sums, |sums| sums.merge(&part), CohortSums::largest)?;
            }
        }
        Ok(())
    }

    /// Adds another part, of other customers.
    ///
    /// # Errors
    /// `partial_mismatch` unless both have one policy, operation and options.
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        let same = self.policy.hash() == other.policy.hash()
            && self.operation == other.operation
            && self.options == other.options;
        let other = other.complete()?;
        match (&mut self.sums, &other.sums) {
            (Sums::Bridge(_, _, sums), Sums::Bridge(_, _, part)) if same => {
                merged(sums, |sums| sums.merge(part), BridgeSums::largest)
            }
            (Sums::Retention(_, sums), Sums::Retention(_, part)) if same => {
                merged(sums, |sums| sums.merge(part), RetentionSums::largest)
            }
            (Sums::Cohorts(_, sums), Sums::Cohorts(_, part)) if same => {
                merged(sums, |sums| sums.merge(part), CohortSums::largest)
            }
            _ => Err(Issue::new(Code::PartialMismatch).expected("one policy, operation and options").into()),
        }
    }

    /// The table of all that was added; it may be asked for again after more updates.
    ///
    /// # Errors
    /// Those of periods; `reserved_id`.
    pub fn finish(&self) -> Result<ResultTable> {
        let document = self.policy.document();
        let whole = self.complete()?;
        let table = match &whole.sums {
            Sums::Bridge(options, grid, sums) => {
                let mut sums = sums.clone();
                sums.ensure_row(document, &options.periods);
                sums.table(grid, &options.periods.by, self.policy.hash())
            }
            Sums::Retention(options, sums) => {
                let mut sums = sums.clone();
                sums.ensure_row(document, &options.periods);
                sums.table(&self.policy, &options.periods.by)
            }
            Sums::Cohorts(options, sums) => sums.table(&self.policy, options)?,
        };
        distinct(table)
    }

    /// The columns that the tables of each role may be asked for, the account first.
    ///
    /// # Errors
    /// None, once the partial is made.
    pub fn wanted_columns(&self) -> Result<Vec<(&'static str, Vec<String>)>> {
        self.policy.wanted_columns(self.operation, &self.options)
    }

    /// The partial as JSON, with `schema_version`, its policy and options.
    ///
    /// # Errors
    /// None that is known.
    pub fn to_json(&self) -> Result<String> {
        let whole = self.complete()?;
        let sums = match &whole.sums {
            Sums::Bridge(_, _, sums) => sums.to_value(),
            Sums::Retention(_, sums) => sums.to_value(),
            Sums::Cohorts(_, sums) => sums.to_value(),
        };
        let policy = crate::document::from_json(self.policy.to_json())?;
        let whole = json!({"schema_version": 1, "operation": self.operation.name(), "policy": policy,
                           "options": self.options, "sums": sums});
        Ok(whole.to_string())
    }

    /// Reads a partial from its JSON.
    ///
    /// # Errors
    /// `document_syntax`; `missing_field`, `wrong_type` and the like; those of [`Partial::new`].
    pub fn from_json(text: &str) -> Result<Self> {
        // Sums may be longer than documents that are written by hand.
        let syntax = |error: serde_json::Error| Error::from(Issue::new(Code::DocumentSyntax).value(error));
        let whole: Map<String, Value> = serde_json::from_str(text).map_err(syntax)?;
        let need = |name: &str| whole.get(name).ok_or_else(|| Error::from(Issue::new(Code::MissingField).path(name)));
        if need("schema_version")? != 1 {
            return Err(Issue::new(Code::UnsupportedSchemaVersion).path("schema_version").expected(1).into());
        }
        let policy = RevenuePolicy::from_value(need("policy")?)?;
        let operation = Operation::parse(need("operation")?.as_str().unwrap_or_default())?;
        let mut partial = Self::new(&policy, operation, need("options")?)?;
        let sums = need("sums")?;
        match &mut partial.sums {
            Sums::Bridge(_, _, own) => own.read_value(sums)?,
            Sums::Retention(_, own) => own.read_value(sums)?,
            Sums::Cohorts(_, own) => own.read_value(sums)?,
        }
        // Only what can be merged is read.
        let mut empty = Self::new(&policy, operation, need("options")?)?;
        empty.merge(&partial)?;
        Ok(partial)
    }
}

/// More than all rows of a table with the largest amounts come to; with it the widest scale and a year have room.
const LARGEST: u128 = 10u128.pow(28);

/// Merges, unless the sums then are too large; if so they stay as they were.
fn merged<T: Clone>(sums: &mut T, merge: impl FnOnce(&mut T), largest: impl Fn(&T) -> u128) -> Result<()> {
    let mut whole = sums.clone();
    merge(&mut whole);
    if largest(&whole) > LARGEST {
        return Err(Issue::new(Code::AmountTooLarge).path("sums").into());
    }
    *sums = whole;
    Ok(())
}

/// What a part cannot know must be said.
fn check(policy: &Policy, book: &BookOptions, periods: &PeriodOptions, windows: bool) -> Result<()> {
    let mut issues = Vec::new();
    let mut need = |there: bool, name: &str| {
        if !there {
            issues.push(Issue::new(Code::MissingField).path(name).expected("a day, which a part cannot know"));
        }
    };
    need(periods.from.is_some() || !windows, "from");
    need(periods.to.is_some() || !windows, "to");
    need(book.horizon.is_some(), "horizon");
    need(book.history_start.is_some() || policy.history_complete || !windows, "history_start");
    Error::from_issues(issues).map_or(Ok(()), Err)
}

/// A book of nobody, with the days that the options say.
fn empty(book: &BookOptions, periods: &PeriodOptions) -> Book {
    let day = |date: Option<crate::calendar::Date>| date.map(crate::calendar::Date::days);
    let horizon = day(book.horizon).unwrap_or(0);
    let start = day(book.history_start).or(day(periods.from)).unwrap_or(horizon);
    Book::empty(start, horizon)
}
