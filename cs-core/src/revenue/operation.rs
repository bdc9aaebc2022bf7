//! The one door for bindings: an operation by name, tables by role, loose options.

use super::bridge::BridgeOptions;
use super::cohort::CohortOptions;
use super::options::BookOptions;
use super::retention::RetentionOptions;
use super::{RevenuePolicy, accounts, bridge, cohort, metrics, mrr, phase, reasons, renewal, retention};
use crate::error::{Code, Issue, Result, suggest};
use crate::table::{ResultTable, Tables};
use serde_json::Value;

/// What is asked of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// MRR and live customers, by period or on days.
    Mrr,
    /// From opening to closing, by period.
    Bridge,
    /// The customers behind a cell of another table.
    Accounts,
    /// Losses by reason.
    Reasons,
    /// Net and gross revenue retention and logo retention.
    Retention,
    /// ARR, ARPA, growth, quick ratio, churn rates.
    Metrics,
    /// Growth, maturity or decline, with the evidence.
    Phase,
    /// Who is still there, or what is still paid, by age.
    Cohorts,
    /// What became of contracts that were due.
    Renewals,
    /// The contracts that will be due.
    RenewalCalendar,
    /// What contracts that are due will bring.
    Forecast,
}

/// The columns that the tables of each role may have.
const COLUMNS: [(&str, &[&str]); 8] = [
    (
        "subscriptions",
        &[
            "account",
            "start",
            "end",
            "amount",
            "interval",
            "interval_count",
            "quantity",
            "currency",
            "subscription",
            "product",
            "parent",
            "discount_amount",
            "discount_percent",
            "discount_until",
            "kind",
            "status",
            "requested_at",
            "reason",
            "recorded_at",
        ],
    ),
    (
        "invoices",
        &[
            "account",
            "service_start",
            "service_end",
            "amount",
            "tax",
            "kind",
            "currency",
            "subscription",
            "product",
            "parent",
            "reason",
            "recorded_at",
        ],
    ),
    (
        "snapshots",
        &["account", "month", "mrr", "currency", "subscription", "product", "parent", "kind", "reason", "recorded_at"],
    ),
    (
        "movements",
        &["account", "date", "delta", "kind", "currency", "subscription", "product", "parent", "reason", "recorded_at"],
    ),
    ("rates", &["currency", "date", "rate"]),
    ("merges", &["from", "to", "date"]),
    ("activity", &["account", "date"]),
    (
        "contracts",
        &[
            "account",
            "contract",
            "due",
            "amount",
            "currency",
            "closed_at",
            "outcome",
            "renewed_amount",
            "notice_days",
            "auto_renew",
            "cancel_requested_at",
            "probability",
            "recorded_at",
        ],
    ),
];

const BOOK_ROLES: [&str; 6] = ["subscriptions", "invoices", "snapshots", "movements", "rates", "merges"];
const COHORT_ROLES: [&str; 7] = ["subscriptions", "invoices", "snapshots", "movements", "activity", "rates", "merges"];

impl Operation {
    /// All, with their names.
    pub const NAMED: [(&'static str, Self); 11] = [
        ("mrr", Self::Mrr),
        ("bridge", Self::Bridge),
        ("accounts", Self::Accounts),
        ("reasons", Self::Reasons),
        ("retention", Self::Retention),
        ("metrics", Self::Metrics),
        ("phase", Self::Phase),
        ("cohorts", Self::Cohorts),
        ("renewals", Self::Renewals),
        ("renewal_calendar", Self::RenewalCalendar),
        ("forecast", Self::Forecast),
    ];

    /// Reads a name.
    ///
    /// # Errors
    /// `unknown_choice`.
    pub fn parse(name: &str) -> Result<Self> {
        let known = Self::NAMED.iter().find(|(known, _)| *known == name);
        known.map(|(_, operation)| *operation).ok_or_else(|| {
            let help = suggest(name, Self::NAMED.iter().map(|(known, _)| *known));
            Issue::new(Code::UnknownChoice).value(format!("{name:?}")).help(help).into()
        })
    }

    /// The name.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, operation)| *operation == self).map_or("", |(name, _)| name)
    }

    /// The roles that its tables may have.
    pub fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Renewals | Self::RenewalCalendar => &["contracts"],
            Self::Forecast => &["contracts", "probabilities"],
            Self::Cohorts | Self::Accounts => &COHORT_ROLES,
            _ => &BOOK_ROLES,
        }
    }
}

impl RevenuePolicy {
    /// Does something with tables and loose options, as the bindings pass them.
    ///
    /// # Errors
    /// Those of the options, of a role that the operation does not have (`unknown_field`), and of the operation itself, each
    /// with its column and rows where it is about data.
    ///
    /// # Examples
    /// One customer comes in January, and pays more from February on.
    /// ```
    /// use cs_core::revenue::{Operation, RevenuePolicy};
    /// use cs_core::table::{Column, Table, Tables};
    /// let policy = RevenuePolicy::from_json(
    ///     r#"{"schema_version": 1, "policy": "all", "currency": "JPY", "history_complete": true}"#,
    /// )?;
    /// let book = Table::new([
    ///     ("account", Column::from(&["a", "a"][..])),
    ///     ("month", Column::from(&["2024-01", "2024-02"][..])),
    ///     ("mrr", Column::from(&["100", "130"][..])),
    /// ])?;
    /// let tables = Tables::new([("snapshots", vec![book])]);
    /// let bridge = policy.run(Operation::Bridge, &tables, &serde_json::json!({}))?;
    /// let cell = |name: &str, row| bridge.column(name).and_then(|column| column.decimal(row));
    /// assert_eq!((cell("new", 0).as_deref(), cell("expansion", 1).as_deref()), (Some("100"), Some("30")));
    /// assert_eq!(cell("closing", 1).as_deref(), Some("130"));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn run(&self, operation: Operation, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
        tables.check_roles(operation.roles())?;
        distinct(self.compute(operation, tables, options)?)
    }

    fn compute(&self, operation: Operation, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
        match operation {
            Operation::Mrr => mrr::run(self, tables, options),
            Operation::Bridge => bridge::run(self, tables, options),
            Operation::Accounts => accounts::run(self, tables, options),
            Operation::Reasons => reasons::run(self, tables, options),
            Operation::Retention => retention::run(self, tables, options),
            Operation::Metrics => metrics::run(self, tables, options),
            Operation::Phase => phase::run(self, tables, options),
            Operation::Cohorts => cohort::run(self, tables, options),
            Operation::Renewals => renewal::renewals(self, tables, options),
            Operation::RenewalCalendar => renewal::calendar(self, tables, options),
            Operation::Forecast => renewal::forecast(self, tables, options),
        }
    }

    /// The columns that the tables of each role may be asked for, under their names in those tables, the account first; what
    /// is not among them is never read.
    ///
    /// # Errors
    /// Those of the options.
    pub fn wanted_columns(&self, operation: Operation, options: &Value) -> Result<Vec<(&'static str, Vec<String>)>> {
        let (book, extra, probabilities) = match operation {
            Operation::Retention => {
                let options = RetentionOptions::from_value(options)?;
                (options.book, options.periods.by, Vec::new())
            }
            Operation::Cohorts => {
                let options = CohortOptions::from_value(options)?;
                let extra = options.periods.by.into_iter().chain(options.cohort_by).collect();
                (options.book, extra, Vec::new())
            }
            Operation::Renewals | Operation::RenewalCalendar | Operation::Forecast => {
                let (book, by, probability_by) = renewal::reads(operation, options)?;
                let probabilities = probability_by.iter().cloned().chain(["probability".to_owned()]).collect();
                (book, by.into_iter().chain(probability_by).collect(), probabilities)
            }
            Operation::Accounts => {
                let (book, extra) = accounts::reads(options)?;
                (book, extra, Vec::new())
            }
            Operation::Mrr | Operation::Metrics | Operation::Phase | Operation::Bridge | Operation::Reasons => {
                let (book, by) = by_of(operation, options)?;
                (book, by, Vec::new())
            }
        };
        let of_role = |role: &'static str| match COLUMNS.iter().find(|(known, _)| *known == role) {
            None => (role, probabilities.clone()),
            Some((_, names)) if matches!(role, "rates" | "merges") => {
                (role, names.iter().map(|name| (*name).to_owned()).collect())
            }
            Some((_, names)) => {
                let mut wanted: Vec<String> = Vec::with_capacity(names.len() + extra.len());
                let own =
                    names.iter().copied().chain(extra.iter().map(String::as_str)).map(|name| book.table_name(name));
                for name in own {
                    if !wanted.iter().any(|known| known == name) {
                        wanted.push(name.to_owned());
                    }
                }
                (role, wanted)
            }
        };
        Ok(operation.roles().iter().map(|role| of_role(role)).collect())
    }
}

/// A table whose columns have names of their own: what it is broken down by may be called like one of its figures.
///
/// # Errors
/// `reserved_id`.
pub(super) fn distinct(table: ResultTable) -> Result<ResultTable> {
    let names = || table.columns().iter().map(|(name, _)| name.as_str());
    let twice = names().enumerate().find(|(at, name)| names().take(*at).any(|other| other == *name));
    let twice = twice.map(|(_, name)| name.to_owned());
    match twice {
        None => Ok(table),
        Some(name) => {
            let issue = Issue::new(Code::ReservedId).path("by").value(format!("{name:?}"));
            Err(issue.help("the result has a column of that name: rename yours, or map it by `columns`").into())
        }
    }
}

fn by_of(operation: Operation, options: &Value) -> Result<(BookOptions, Vec<String>)> {
    match operation {
        Operation::Mrr => mrr::reads(options),
        Operation::Phase => phase::reads(options),
        _ => BridgeOptions::from_value(options).map(|options| (options.book, options.periods.by)),
    }
}
