//! Scores and tiers that are set by hand.

use super::account_columns;
use super::settle::Decision;
use crate::calendar::{Date, Zone};
use crate::error::{Code, Error, Issue, LISTED_ROWS, Result};
use crate::health::tier::NONE;
use crate::health::{Expired, ScoreOptions, Scorecard};
use crate::table::matching::Matcher;
use crate::table::{Column, Table, Values};

/// The columns of a table of overrides, beside the account.
pub(in crate::health) const OVERRIDE_COLUMNS: [&str; 5] = ["points", "tier", "note", "author", "expires_on"];

/// The overrides in force.
pub(in crate::health) struct Overrides<'a> {
    matcher: Matcher<'a>,
    /// By the first row of each account: what is decided, and why.
    decisions: Vec<(Decision, String)>,
}

/// What is wrong with some rows of the table.
struct Found {
    issue: Issue,
    rows: Vec<u64>,
    count: u64,
}

impl<'a> Overrides<'a> {
    /// Reads and checks all rows.
    ///
    /// # Errors
    /// `override_without_note`, `invalid_override`, `override_expired`, `as_of_required`, `null_account`,
    /// `duplicate_account`, `unknown_column`.
    pub(in crate::health) fn new(
        card: &Scorecard,
        tables: &[Table<'a>],
        options: &ScoreOptions,
    ) -> Result<Option<Self>> {
        if tables.iter().all(|table| table.rows() == 0) {
            return Ok(None);
        }
        let (name, accounts) = account_columns(card, tables, options, "overrides")?;
        let matcher = Matcher::new(&name, &accounts)?;
        let mut all = Self { decisions: vec![(Decision::NO, String::new()); matcher.rows()], matcher };
        let mut found = Vec::new();
        let mut start = 0;
        for (table, account) in tables.iter().zip(&accounts) {
            let reader = Reader::new(card, table, options)?;
            for row in 0..table.rows() {
                if let Err(error) = all.take(&reader, &name, account, row, start + row) {
                    error.issues().iter().for_each(|issue| note(&mut found, issue, (start + row) as u64));
                }
            }
            start += table.rows();
        }
        let issues = found.into_iter().map(|f| f.issue.rows(f.rows, f.count)).collect();
        Error::from_issues(issues).map_or(Ok(Some(all)), Err)
    }

    fn take(&mut self, reader: &Reader<'_>, name: &str, account: &Column<'_>, row: usize, number: usize) -> Result<()> {
        if account.is_null(row) {
            return Err(Issue::new(Code::NullAccount).column(name).into());
        }
        let Some((decision, note)) = reader.read(row)? else { return Ok(()) };
        // The first row of the account, wherever this one stands.
        let first = self.place(account, row).unwrap_or(number);
        let place = &mut self.decisions[first];
        if place.0.is_made() {
            let help = "keep one override in force for each account";
            return Err(Issue::new(Code::DuplicateAccount).column(name).help(help).into());
        }
        *place = (decision, note);
        Ok(())
    }

    pub(in crate::health) fn accepts(&self, name: &str, columns: &[Column<'_>]) -> Result<()> {
        self.matcher.accepts(name, columns)
    }

    /// What is decided for an account.
    #[inline]
    pub(in crate::health) fn find(&self, account: &Column<'_>, row: usize) -> Decision {
        self.place(account, row).map_or(Decision::NO, |at| self.decisions[at].0)
    }

    /// Why.
    pub(in crate::health) fn note(&self, account: &Column<'_>, row: usize) -> Option<&str> {
        self.place(account, row).map(|at| self.decisions[at].1.as_str())
    }

    fn place(&self, account: &Column<'_>, row: usize) -> Option<usize> {
        self.matcher.find(account, row, usize::MAX).map(|at| at as usize)
    }
}

/// A column without a single value may be of any type.
fn check_type(
    name: &str,
    column: Option<Column<'_>>,
    fits: impl Fn(&Values<'_>) -> bool,
    expected: &str,
) -> Result<()> {
    let Some(column) = column.filter(|column| !fits(&column.values()) && !column.is_all_null()) else { return Ok(()) };
    let issue = Issue::new(Code::WrongColumnType).column(name).value(column.values().type_name());
    Err(issue.expected(expected).into())
}

fn note(found: &mut Vec<Found>, issue: &Issue, row: u64) {
    match found.iter_mut().find(|f| f.issue.code == issue.code && f.issue.context.column == issue.context.column) {
        Some(known) => {
            known.count += 1;
            if known.rows.len() < LISTED_ROWS {
                known.rows.push(row);
            }
        }
        None => found.push(Found { issue: issue.clone(), rows: vec![row], count: 1 }),
    }
}

/// The columns of one batch of overrides.
struct Reader<'a> {
    points: Option<Column<'a>>,
    tier: Option<Column<'a>>,
    note: Column<'a>,
    expires_on: Option<Column<'a>>,
    as_of: Option<Date>,
    zone: Option<Zone>,
    refuses_expired: bool,
    scale: [f64; 2],
    tiers: &'a [String],
}

impl<'a> Reader<'a> {
    fn new(card: &'a Scorecard, table: &Table<'a>, options: &ScoreOptions) -> Result<Self> {
        let note = table.column("note").ok_or_else(|| {
            Error::from(Issue::new(Code::UnknownColumn).column("note").help("every override says why, in a note"))
        })?;
        let (points, tier) = (table.column("points"), table.column("tier"));
        if points.is_none() && tier.is_none() {
            let help = "overrides set `points` or a `tier`";
            return Err(Issue::new(Code::UnknownColumn).column("points").help(help).into());
        }
        let number = |values: &Values<'_>| {
            matches!(values, Values::F64(_) | Values::F32(_) | Values::Int(_) | Values::Decimal { .. })
        };
        let text = |values: &Values<'_>| matches!(values, Values::Text(_) | Values::Dictionary(_));
        check_type("points", points, number, "numbers")?;
        check_type("tier", tier, text, "texts")?;
        let expires_on = table.column("expires_on");
        let day = |values: &Values<'_>| {
            matches!(values, Values::Date(_) | Values::Timestamp { .. } | Values::Text(_) | Values::Dictionary(_))
        };
        check_type("expires_on", expires_on, day, "dates, timestamps, or texts such as 2026-10-31")?;
        let dated = expires_on.is_some_and(|column| !column.is_all_null());
        if dated && options.as_of.is_none() {
            let issue = Issue::new(Code::AsOfRequired).path("as_of").column("expires_on");
            return Err(issue.help("give the day of the score, such as as_of = 2026-10-31").into());
        }
        let program = card.program();
        Ok(Self {
            points,
            tier,
            note,
            expires_on,
            as_of: options.as_of,
            zone: options.zone,
            refuses_expired: options.expired_overrides == Expired::Raise,
            scale: program.scale,
            tiers: &program.tiers,
        })
    }

    /// What a row decides, and why; `None` when it has expired.
    fn read(&self, row: usize) -> Result<Option<(Decision, String)>> {
        let note = self.note.display(row).unwrap_or_default();
        if note.trim().is_empty() {
            let issue = Issue::new(Code::OverrideWithoutNote).column("note");
            return Err(issue.expected("why the override was made").into());
        }
        if let Some(day) = self.expiry(row)?
            && self.as_of.is_some_and(|as_of| day < as_of)
        {
            if self.refuses_expired {
                return Err(Issue::new(Code::OverrideExpired).column("expires_on").value(day).into());
            }
            return Ok(None);
        }
        self.decision(row).map(|decision| Some((decision, note)))
    }

    fn expiry(&self, row: usize) -> Result<Option<Date>> {
        let Some(column) = self.expires_on else { return Ok(None) };
        column.day(row, self.zone).map_err(|code| {
            let found = column.display(row).unwrap_or_default();
            let issue = Issue::new(code).column("expires_on").value(format!("{found:?}"));
            issue.expected("a date such as 2026-10-31").into()
        })
    }

    fn decision(&self, row: usize) -> Result<Decision> {
        let points = self.points.filter(|column| !column.is_null(row));
        let tier = self.tier.filter(|column| !column.is_null(row));
        let wrong = |column: &str, found: Option<String>, expected: String| -> Error {
            let issue = Issue::new(Code::InvalidOverride).column(column).expected(expected);
            match found {
                Some(found) => issue.value(found),
                None => issue,
            }
            .into()
        };
        match (points, tier) {
            (Some(column), None) => {
                let [worst, best] = self.scale;
                let points = column.number(row).filter(|points| (worst..=best).contains(points));
                let points =
                    points.ok_or_else(|| wrong("points", column.display(row), format!("{worst} to {best}")))?;
                Ok(Decision { points, tier: NONE })
            }
            (None, Some(column)) => {
                let known = |id: &String| column.text(row) == Some(id.as_bytes());
                let tier = self.tiers.iter().position(known);
                let expected = || format!("a tier of the card: {}", self.tiers.join(", "));
                let tier = tier.ok_or_else(|| wrong("tier", column.display(row), expected()))?;
                Ok(Decision { points: f64::NAN, tier: tier as u8 })
            }
            (Some(_), Some(_)) => Err(wrong("points", Some("both points and a tier".into()), "one of them".into())),
            (None, None) => Err(wrong("points", None, "points or a tier".into())),
        }
    }
}
