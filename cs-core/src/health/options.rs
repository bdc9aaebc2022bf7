//! Options of scoring.

use crate::calendar::{Date, Zone};
use crate::document::{Fields, Node, Reader};
use crate::error::{Code, Issue, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// What happens to rows whose data is in error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnError {
    /// The call fails, naming the rows; nothing is returned.
    #[default]
    Raise,
    /// The rows get no score, the status `invalid`, and the code and item in columns of their own.
    Null,
}

/// What happens to overrides that have run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Expired {
    /// They are left out.
    #[default]
    Ignore,
    /// The call fails with `override_expired`, naming the rows.
    Raise,
}

/// Result columns that are there on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Include {
    /// `raw_score`: the score before adjustments and overrides.
    RawScore,
    /// `variant`: the id of the variant that scored the account; null for the card itself.
    Variant,
    /// `adjustments`: the ids of those that counted, joined by commas.
    Adjustments,
    /// `state_card`, `state_tier`, `state_candidate`, `state_streak`, `state_score`, `state_as_of`: what the next
    /// call takes as the earlier result.
    State,
}

impl Include {
    /// All, in the order of their columns.
    pub const ALL: [Self; 4] = [Self::RawScore, Self::Variant, Self::Adjustments, Self::State];

    const NAMED: [(&'static str, Self); 4] = [
        ("raw_score", Self::RawScore),
        ("variant", Self::Variant),
        ("adjustments", Self::Adjustments),
        ("state", Self::State),
    ];

    /// The columns that it stands for.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::RawScore => &["raw_score"],
            Self::Variant => &["variant"],
            Self::Adjustments => &["adjustments"],
            Self::State => &super::engine::STATE_COLUMNS,
        }
    }
}

/// Options of scoring; the default is right for a card that asks for no ages.
///
/// # Examples
/// ```
/// use cs_core::{ScoreOptions, calendar::Date};
/// let options = ScoreOptions { as_of: Date::new(2026, 10, 31), ..ScoreOptions::default() };
/// assert_eq!(options, ScoreOptions::from_value(&serde_json::json!({"as_of": "2026-10-31"}))?);
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreOptions {
    /// The day of the score, from which ages are counted.
    pub as_of: Option<Date>,
    /// The zone whose calendar decides the day of a moment; by default the column's own.
    pub zone: Option<Zone>,
    /// What happens to rows whose data is in error; by default the call fails.
    pub on_error: OnError,
    /// Where the table names a column otherwise than the card: card's name → table's name.
    pub columns: BTreeMap<String, String>,
    /// The result columns wanted, in order; by default all but those that [`Include`] lists.
    pub select: Option<Vec<String>>,
    /// Result columns wanted beside those that are there by default.
    pub include: Vec<Include>,
    /// Score only these rows, counted through all batches, in this order: for data of which little has changed.
    /// Their results are the same to the bit as in a full run.
    pub rows: Option<Vec<u32>>,
    /// Hashes of other cards whose tier states may be taken over.
    pub accept_state_of: Vec<String>,
    /// What happens to overrides that have run out.
    pub expired_overrides: Expired,
    /// Threads to use with the feature `parallel`; 0 for all cores, by default 1. The result is the
    /// same for any number.
    pub threads: usize,
}

impl Default for ScoreOptions {
    fn default() -> Self {
        Self {
            as_of: None,
            zone: None,
            on_error: OnError::Raise,
            columns: BTreeMap::new(),
            select: None,
            include: Vec::new(),
            rows: None,
            accept_state_of: Vec::new(),
            expired_overrides: Expired::Ignore,
            threads: 1,
        }
    }
}

impl ScoreOptions {
    /// Reads options from a loose object, as the bindings pass them.
    ///
    /// # Errors
    /// All issues at once: `unknown_field`, `wrong_type`, `invalid_date`, `unknown_zone`, `unknown_choice`.
    pub fn from_value(value: &Value) -> Result<Self> {
        Reader::options(value, read)
    }

    /// Only scores have columns on request: elsewhere they would silently be left out.
    pub(crate) fn refuse_include(&self) -> Result<()> {
        if self.include.is_empty() {
            return Ok(());
        }
        Err(Issue::new(Code::UnknownField).path("include").help("only scores have these columns").into())
    }

    /// The table's name of a column of the card.
    pub(crate) fn table_name<'a>(&'a self, column: &'a str) -> &'a str {
        self.columns.get(column).map_or(column, String::as_str)
    }

    /// The names, in the table, of all columns that the card needs: its inputs, and first the account.
    pub fn input_columns(&self, card: &super::Scorecard) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for column in card.account().into_iter().chain(card.columns()) {
            let name = self.table_name(column);
            if !names.iter().any(|n| n == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

/// The fields that options of scoring have.
pub(super) const FIELDS: [&str; 10] = [
    "as_of",
    "zone",
    "on_error",
    "columns",
    "select",
    "include",
    "rows",
    "accept_state_of",
    "expired_overrides",
    "threads",
];

fn read(node: &Node<'_>) -> Option<ScoreOptions> {
    read_fields(&node.fields(&FIELDS)?)
}

/// Reads the options of scoring among other fields.
pub(super) fn read_fields(fields: &Fields<'_>) -> Option<ScoreOptions> {
    let mut options = ScoreOptions::default();
    if let Some(node) = fields.get("as_of") {
        options.as_of = parsed(&node, Date::parse);
    }
    if let Some(node) = fields.get("zone") {
        options.zone = parsed(&node, Zone::parse);
    }
    if let Some(node) = fields.get("on_error") {
        options.on_error = node.choice(&[("raise", OnError::Raise), ("null", OnError::Null)])?;
    }
    if let Some(node) = fields.get("columns").filter(|node| !node.value().as_object().is_some_and(|m| m.is_empty())) {
        let pairs = node.entries()?.into_iter().map(|(name, n)| Some((name.to_owned(), n.text()?.to_owned())));
        options.columns = pairs.collect::<Option<_>>()?;
    }
    if let Some(node) = fields.get("select") {
        options.select = node.list()?.iter().map(|n| n.text().map(str::to_owned)).collect();
    }
    if let Some(node) = fields.get("include") {
        options.include = node.elements()?.iter().map(|n| n.choice(&Include::NAMED)).collect::<Option<_>>()?;
    }
    if let Some(node) = fields.get("rows") {
        options.rows = Some(node.wholes_in(0, i32::MAX as u32)?);
    }
    if let Some(node) = fields.get("accept_state_of") {
        options.accept_state_of =
            node.elements()?.iter().map(|n| n.text().map(str::to_owned)).collect::<Option<_>>()?;
    }
    if let Some(node) = fields.get("expired_overrides") {
        options.expired_overrides = node.choice(&[("ignore", Expired::Ignore), ("raise", Expired::Raise)])?;
    }
    if let Some(node) = fields.get("threads") {
        options.threads = node.whole_in(0, 1024)? as usize;
    }
    Some(options)
}

/// A text that is parsed further; its issue is reported at the node.
pub(super) fn parsed<T>(node: &Node<'_>, parse: impl Fn(&str) -> Result<T>) -> Option<T> {
    parse(node.text()?).map_err(|error| error.issues().iter().for_each(|issue| node.report(issue.clone()))).ok()
}
