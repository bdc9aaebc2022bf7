//! The checked simulation: the only thing that draws.

use super::document::Document;
use super::life::Lives;
use super::model::Model;
use super::read;
use super::tables::{self, Name};
use crate::calendar::Date;
use crate::document::{self, Reader};
use crate::error::{Code, Error, Issue, Result};
use crate::table::ResultTable;
use serde_json::Value;
use std::ops::Range;
use std::sync::Arc;

/// The newest version of the simulation format that this library reads.
pub const SCHEMA_VERSION: u64 = 1;

/// A checked simulation with its content hash. Cloning is cheap.
///
/// # Tables
/// - `accounts`, a row each: `account`, `segment`, `owner`, `country`, `joined`.
/// - `subscriptions`, a row for each stretch of unchanged terms: `account`, `subscription`, `product` (the plan), `start`,
///   `end` (null while it runs), `amount` (of a seat for one interval), `currency`, `interval`, `interval_count`, `quantity`
///   (the seats), `kind`, `status` (`active` or `trial`), `requested_at` (of those who left), `reason` (of losses, where it is
///   given), `segment`, `owner`.
/// - `contracts`, a row for each term of a yearly subscription: `account`, `contract`, `due`, `amount`, `currency`, `closed_at`,
///   `outcome`, `renewed_amount`, `notice_days`, `auto_renew` (0 or 1), `cancel_requested_at`, `product`, `segment`, `owner`.
/// - `activity`, a row for each day on which an account was active: `account`, `date`.
/// - `usage`, a row for each month at whose end an account paid: `account`, `month` (its last day), and the items.
/// - `truth`, a row each: `account`, `segment`, `plan` (the first), `joined`, `paid_from`, `health` and `health_end` (in the
///   first and last month that it paid for), `churn_probability` (of a month, at the first health), `months` (whose end the
///   book has seen), `upgrades`, `downgrades`, `churns`, `churned_on`, `reason` and `returned_on` (of the first time), `live`.
/// - `hazards`, a row for each month that was paid for and whose end the book has seen: `account`, `month` (of the account,
///   from 0), `from`, `to`, `segment`, `plan`, `health`, `churn_probability` (at `to`; 0 where the account could not leave),
///   `churned`.
///
/// # Examples
/// Whoever leaves does so on a day that the truth knows.
/// ```
/// use cs_core::simulate::Simulation;
/// let book = Simulation::from_json(r#"{"accounts": 50, "seed": 3, "reactivation": {"probability": 0}}"#)?;
/// let truth = book.table("truth", 0..50)?;
/// let left = (0..50).filter(|row| truth.column("churned_on").and_then(|c| c.date(*row)).is_some()).count();
/// let live = (0..50).filter(|row| truth.column("live").and_then(|c| c.whole(*row)) == Some(1)).count();
/// let never = (0..50).filter(|row| truth.column("paid_from").and_then(|c| c.date(*row)).is_none()).count();
/// assert_eq!(left + live + never, 50);
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Simulation {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    document: Document,
    json: String,
    hash: String,
    warnings: Vec<Issue>,
    model: Model,
}

impl Simulation {
    /// Reads a simulation from JSON text.
    ///
    /// # Errors
    /// `document_syntax`, `document_too_large`, `document_too_deep`, `document_too_complex`; or all that is wrong with it at
    /// once, see [`Simulation::check`].
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let book = Simulation::from_json("{}")?;
    /// assert_eq!((book.id(), book.accounts(), book.document().months), ("default", 1000, 36));
    /// assert_eq!(book.document().plans[0].monthly, "15.00");
    /// // The prices that it comes with have the digits of the currency.
    /// assert_eq!(Simulation::from_json(r#"{"currency": "JPY"}"#)?.document().plans[0].monthly, "1500");
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_value(&document::from_json(text)?)
    }

    /// Reads a simulation from YAML text.
    ///
    /// # Errors
    /// As [`Simulation::from_json`].
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let yaml = "accounts: 10\nplans: [{id: pro, monthly: '20'}]";
    /// let json = r#"{"accounts": 10, "plans": [{"id": "pro", "monthly": "20.00"}]}"#;
    /// assert_eq!(Simulation::from_yaml(yaml)?.hash(), Simulation::from_json(json)?.hash());
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self> {
        Self::from_value(&document::from_yaml(text)?)
    }

    /// Reads a simulation from TOML text.
    ///
    /// # Errors
    /// As [`Simulation::from_json`].
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// assert_eq!(Simulation::from_toml("seed = 7")?, Simulation::from_json(r#"{"seed": 7}"#)?);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::from_value(&document::from_toml(text)?)
    }

    /// Reads a simulation from a tree of values.
    ///
    /// # Errors
    /// All that is wrong with it at once, see [`Simulation::check`].
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let book = Simulation::from_value(&serde_json::json!({"accounts": 1_000_000}))?;
    /// assert_eq!(book.accounts(), 1_000_000);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn from_value(value: &Value) -> Result<Self> {
        document::check_limits(value)?;
        let reader = Reader::default();
        let document = read::document(&reader.root(value)).filter(|_| !reader.has_errors());
        let issues = reader.into_issues();
        let Some(document) = document else {
            return Err(Error::from_issues(issues).unwrap_or_else(|| Issue::new(Code::WrongType).into()));
        };
        let json = document::canonical(&document)?;
        let model = Model::new(&document);
        Ok(Self { inner: Arc::new(Inner { hash: document::sha256(&json), json, document, warnings: issues, model }) })
    }

    /// Everything that is wrong or doubtful in a simulation, errors first; empty when it is fine.
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let issues = Simulation::check(&serde_json::json!({"acounts": 10, "plans": [{"id": "pro", "monthly": "1.005"}]}));
    /// let found: Vec<_> = issues.iter().map(|i| (i.code.as_str(), i.context.path.as_deref())).collect();
    /// assert_eq!(found, [("unknown_field", Some("acounts")), ("amount_too_precise", Some("plans[0].monthly"))]);
    /// ```
    pub fn check(value: &Value) -> Vec<Issue> {
        issues(Self::from_value(value))
    }

    /// As [`Simulation::check`], from JSON text.
    pub fn check_json(text: &str) -> Vec<Issue> {
        issues(Self::from_json(text))
    }

    /// As [`Simulation::check`], from YAML text.
    #[cfg(feature = "yaml")]
    pub fn check_yaml(text: &str) -> Vec<Issue> {
        issues(Self::from_yaml(text))
    }

    /// As [`Simulation::check`], from TOML text.
    #[cfg(feature = "toml")]
    pub fn check_toml(text: &str) -> Vec<Issue> {
        issues(Self::from_toml(text))
    }

    /// The JSON Schema (draft 2020-12) of simulations.
    #[cfg(feature = "schema")]
    pub fn schema() -> Value {
        schemars::schema_for!(Document).to_value()
    }

    /// The content hash: the SHA-256 of [`Simulation::to_json`], in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.inner.hash
    }

    /// The simulation's id.
    pub fn id(&self) -> &str {
        &self.inner.document.simulation
    }

    /// The document with all defaults filled in.
    pub fn document(&self) -> &Document {
        &self.inner.document
    }

    /// The document as canonical JSON (RFC 8785) with all defaults filled in.
    pub fn to_json(&self) -> &str {
        &self.inner.json
    }

    /// What is doubtful in the simulation.
    pub fn warnings(&self) -> &[Issue] {
        &self.inner.warnings
    }

    /// The number of accounts.
    pub fn accounts(&self) -> u64 {
        self.inner.document.accounts
    }

    /// The day after the last of the book: the horizon of its subscriptions.
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let book = Simulation::from_json(r#"{"from": "2024-04-01", "months": 12}"#)?;
    /// assert_eq!(book.horizon().to_string(), "2025-04-01");
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn horizon(&self) -> Date {
        Date::from_days(self.inner.model.horizon())
    }

    /// The names of the tables.
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let names = ["accounts", "subscriptions", "contracts", "activity", "usage", "truth", "hazards"];
    /// assert_eq!(Simulation::table_names(), names);
    /// ```
    pub fn table_names() -> &'static [&'static str] {
        &tables::TABLES
    }

    /// The rows of some accounts, counted from 0, in one of the [tables](Simulation#tables).
    ///
    /// The rows of an account depend on nothing but the document without `accounts`, and on the account's number.
    ///
    /// # Errors
    /// `unknown_choice` for a name that is no table; `number_out_of_range` for accounts beyond those of the document;
    /// `too_many_rows`.
    ///
    /// # Examples
    /// Two parts are the whole, and a larger book begins with the same accounts.
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let (small, large) = (Simulation::from_json(r#"{"accounts": 10}"#)?, Simulation::from_json("{}")?);
    /// let joined = |book: &Simulation, accounts: std::ops::Range<u64>| -> cs_core::Result<Vec<_>> {
    ///     let table = book.table("accounts", accounts)?;
    ///     Ok((0..table.rows()).map(|row| table.column("joined").and_then(|c| c.date(row))).collect())
    /// };
    /// assert_eq!(joined(&small, 0..10)?, [joined(&large, 0..4)?, joined(&large, 4..10)?].concat());
    /// assert!(small.table("accounts", 0..11).is_err());
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn table(&self, name: &str, accounts: Range<u64>) -> Result<ResultTable> {
        self.fill(Name::parse(name)?, accounts)
    }

    /// As [`Simulation::table`], for the accounts from `from` to before `to`.
    ///
    /// # Errors
    /// As [`Simulation::table`].
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let book = Simulation::from_json("{}")?;
    /// assert_eq!(book.run("truth", 0, 5)?, book.table("truth", 0..5)?);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn run(&self, name: &str, from: u64, to: u64) -> Result<ResultTable> {
        self.table(name, from..to)
    }

    /// A table in parts of so many accounts, each made when it is asked for: a book of any size in the memory of one part.
    ///
    /// # Errors
    /// As [`Simulation::table`]; `number_out_of_range` for parts of no accounts.
    ///
    /// # Examples
    /// ```
    /// use cs_core::simulate::Simulation;
    /// let book = Simulation::from_json("{}")?;
    /// let parts: Vec<usize> = book.stream("accounts", 400)?.map(|part| part.map(|p| p.rows())).collect::<Result<_, _>>()?;
    /// assert_eq!(parts, [400, 400, 200]);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn stream(&self, name: &str, accounts: u64) -> Result<Parts> {
        if accounts == 0 {
            return Err(Issue::new(Code::NumberOutOfRange).path("accounts").value(0).expected("at least 1").into());
        }
        Ok(Parts { simulation: self.clone(), name: Name::parse(name)?, next: 0, each: accounts })
    }

    fn fill(&self, name: Name, accounts: Range<u64>) -> Result<ResultTable> {
        let out_of_range = |path: &str, value: u64, expected: String| {
            Issue::new(Code::NumberOutOfRange).path(path).value(value).expected(expected)
        };
        if accounts.end > self.accounts() {
            return Err(out_of_range("to", accounts.end, format!("at most {} accounts", self.accounts())).into());
        }
        if accounts.start > accounts.end {
            return Err(out_of_range("from", accounts.start, format!("at most {}", accounts.end)).into());
        }
        let lives = Lives { document: &self.inner.document, model: &self.inner.model };
        let (columns, rows) = tables::fill(name, &lives, accounts)?;
        Ok(ResultTable::new(columns, rows, self.hash()))
    }
}

/// The parts of a table, as [`Simulation::stream`] makes them.
#[derive(Debug, Clone)]
pub struct Parts {
    simulation: Simulation,
    name: Name,
    next: u64,
    each: u64,
}

impl Iterator for Parts {
    type Item = Result<ResultTable>;

    fn next(&mut self) -> Option<Self::Item> {
        let (from, all) = (self.next, self.simulation.accounts());
        if from >= all {
            return None;
        }
        let part = self.simulation.fill(self.name, from..from.saturating_add(self.each).min(all));
        // What went wrong once would go wrong again.
        self.next = if part.is_ok() { from.saturating_add(self.each) } else { all };
        Some(part)
    }
}

impl PartialEq for Simulation {
    /// Simulations are equal when their contents are.
    fn eq(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for Simulation {}

impl serde::Serialize for Simulation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Simulation {
    /// Reads and checks a simulation: what is wrong with it is the message.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}

fn issues(read: Result<Simulation>) -> Vec<Issue> {
    match read {
        Ok(simulation) => simulation.warnings().to_vec(),
        Err(error) => error.issues().to_vec(),
    }
}
