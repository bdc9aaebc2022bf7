//! The checked scorecard: the only thing that computes.

use super::compile::Program;
use super::document::{Dimension, Document};
use super::{Book, Flow, FlowOptions, ScoreOptions, Scorer, read};
use crate::document::{self, Reader};
use crate::error::{Code, Error, Issue, Result};
use crate::table::{ResultTable, Table};
use serde_json::Value;
use std::sync::Arc;

/// The newest version of the scorecard format that this library reads.
pub const SCHEMA_VERSION: u64 = 1;

/// A checked scorecard with its content hash. Cloning is cheap.
///
/// # Examples
/// Two items of weights 60 and 40: 12 of 20 seats give 80 points, no log-in 0, so 0.6·80 + 0.4·0 = 48.
/// ```
/// use cs_core::{ScoreOptions, Scorecard, table::{Column, Table}};
/// let card = Scorecard::from_json(r#"{
///   "schema_version": 1, "scorecard": "demo", "account": "id",
///   "dimensions": [{"id": "use", "items": [
///     {"id": "seats", "source": {"ratio": ["active", "bought"]}, "weight": 60,
///      "curve": {"points": [[0, 0], [0.3, 40], [0.75, 100]]}},
///     {"id": "logins", "curve": {"bands": [{"from": 0, "points": 0}, {"from": 5, "points": 100}]}, "weight": 40}]}],
///   "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 40}]
/// }"#)?;
/// let (active, bought, logins) = ([12.0], [20.0], [0.0]);
/// let table = Table::new([
///     ("id", Column::from(&["a"][..])),
///     ("active", Column::from(&active[..])),
///     ("bought", Column::from(&bought[..])),
///     ("logins", Column::from(&logins[..])),
/// ])?;
/// let scores = card.score(&table, &ScoreOptions::default())?;
/// let score = scores.column("score").and_then(|c| c.numbers()).map(|s| s[0]);
/// assert!((score.unwrap_or_default() - 48.0).abs() < 1e-12);
/// assert_eq!(scores.column("tier").and_then(|c| c.text(0)), Some("Lv2"));
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Scorecard {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    document: Document,
    json: String,
    hash: String,
    warnings: Vec<Issue>,
    program: Program,
}

impl Scorecard {
    /// Reads a card from JSON text.
    ///
    /// # Errors
    /// `document_syntax`, `document_too_large`, `document_too_deep`, `document_too_complex`; or all that
    /// is wrong with the card at once, see [`Scorecard::check`].
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_value(&document::from_json(text)?)
    }

    /// Reads a card from YAML text.
    ///
    /// # Errors
    /// As [`Scorecard::from_json`].
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self> {
        Self::from_value(&document::from_yaml(text)?)
    }

    /// Reads a card from TOML text.
    ///
    /// # Errors
    /// As [`Scorecard::from_json`].
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::from_value(&document::from_toml(text)?)
    }

    /// Reads a card from a tree of values.
    ///
    /// # Errors
    /// All that is wrong with the card at once, see [`Scorecard::check`].
    pub fn from_value(value: &Value) -> Result<Self> {
        document::check_limits(value)?;
        let reader = Reader::default();
        let document = read::card(&reader.root(value)).filter(|_| !reader.has_errors());
        let issues = reader.into_issues();
        let Some(document) = document else {
            return Err(Error::from_issues(issues).unwrap_or_else(|| Issue::new(Code::WrongType).into()));
        };
        let json = document::canonical(&document)?;
        let program = Program::new(&document);
        Ok(Self { inner: Arc::new(Inner { hash: document::sha256(&json), json, document, warnings: issues, program }) })
    }

    /// Everything that is wrong or doubtful in a card, errors first; empty when it is fine.
    ///
    /// # Examples
    /// ```
    /// use cs_core::Scorecard;
    /// let issues = Scorecard::check(&serde_json::json!({"schema_version": 1, "scorecard": "x", "dimensons": []}));
    /// let found: Vec<_> = issues.iter().map(|i| (i.code.as_str(), i.context.path.as_deref())).collect();
    /// assert_eq!(found, [("unknown_field", Some("dimensons")), ("missing_field", Some("dimensions"))]);
    /// ```
    pub fn check(value: &Value) -> Vec<Issue> {
        issues(Self::from_value(value))
    }

    /// As [`Scorecard::check`], from JSON text.
    pub fn check_json(text: &str) -> Vec<Issue> {
        issues(Self::from_json(text))
    }

    /// As [`Scorecard::check`], from YAML text.
    #[cfg(feature = "yaml")]
    pub fn check_yaml(text: &str) -> Vec<Issue> {
        issues(Self::from_yaml(text))
    }

    /// As [`Scorecard::check`], from TOML text.
    #[cfg(feature = "toml")]
    pub fn check_toml(text: &str) -> Vec<Issue> {
        issues(Self::from_toml(text))
    }

    /// The JSON Schema (draft 2020-12) of scorecards.
    #[cfg(feature = "schema")]
    pub fn schema() -> Value {
        schemars::schema_for!(Document).to_value()
    }

    /// The content hash: the SHA-256 of [`Scorecard::to_json`], in hexadecimal. The JSON, YAML and TOML
    /// of one card hash alike.
    pub fn hash(&self) -> &str {
        &self.inner.hash
    }

    /// The card's id.
    pub fn id(&self) -> &str {
        &self.inner.document.scorecard
    }

    /// The document with all defaults filled in.
    pub fn document(&self) -> &Document {
        &self.inner.document
    }

    /// The document as canonical JSON (RFC 8785) with all defaults filled in.
    pub fn to_json(&self) -> &str {
        &self.inner.json
    }

    /// What is doubtful in the card.
    pub fn warnings(&self) -> &[Issue] {
        &self.inner.warnings
    }

    /// The column that names the account, if the card names one.
    pub fn account(&self) -> Option<&str> {
        self.inner.document.account.as_deref()
    }

    /// The columns that the card reads, without the account, in the order of [`Scorer::score`].
    pub fn columns(&self) -> Vec<&str> {
        self.inner.program.inputs().iter().map(String::as_str).collect()
    }

    /// The columns that [`Scorecard::score`] returns by default.
    pub fn output_columns(&self) -> Vec<String> {
        let document = self.document();
        let tier = (!document.tiers.is_empty()).then_some("tier");
        let fixed = self.account().into_iter().chain(["score"]).chain(tier).chain(["status", "coverage"]);
        fixed.chain(document.dimensions.iter().map(|d| d.id.as_str())).map(str::to_owned).collect()
    }

    /// Scores every row of a table.
    ///
    /// Columns of the result: the account under its own name, `score` (on the card's scale), `tier` (if
    /// the card has tiers), `status` (`scored`, `insufficient_data`, `invalid`), `coverage` (0 to 1), and
    /// one per top dimension; with [`OnError::Null`](super::OnError::Null) also `error_code` and
    /// `error_item`. Where there is no score, `score` and `tier` are null.
    ///
    /// # Errors
    /// `unknown_column`, `wrong_column_type`, `as_of_required`, `null_account`, `duplicate_account`; and,
    /// unless `on_error` is null, `infinite_value`, `zero_denominator`, `date_after_as_of`,
    /// `unknown_category`, `invalid_flag`, `invalid_date`, `date_out_of_range`, `value_outside_scale`:
    /// each with its column and the first rows, counted from 0.
    pub fn score(&self, table: &Table<'_>, options: &ScoreOptions) -> Result<ResultTable> {
        self.score_batches(std::slice::from_ref(table), options)
    }

    /// Scores the rows of several tables as if they were one; rows count through all of them.
    ///
    /// # Errors
    /// As [`Scorecard::score`].
    pub fn score_batches(&self, batches: &[Table<'_>], options: &ScoreOptions) -> Result<ResultTable> {
        self.score_book(Book::new(batches), options)
    }

    /// Scores a book: the accounts with what was before and what was decided by hand.
    ///
    /// # Errors
    /// As [`Scorecard::score`]; about the earlier result `state_of_other_card`, `state_after_as_of`,
    /// `invalid_state`; about overrides `override_without_note`, `invalid_override`, `override_expired`.
    pub fn score_book(&self, book: Book<'_>, options: &ScoreOptions) -> Result<ResultTable> {
        super::engine::score(self, book, options)
    }

    /// Explains every score: one row per account and item, in the order of the card.
    ///
    /// Columns: the account, `dimension` and `item` (ids), `line` (`item`), `value` (the raw value as
    /// text), `state`, `points`, `weight` (as in the card), `effective_weight` (share of the score, after
    /// redistribution), `contribution`. The contributions of an account sum to its score.
    ///
    /// # Errors
    /// As [`Scorecard::score`].
    pub fn explain(&self, table: &Table<'_>, options: &ScoreOptions) -> Result<ResultTable> {
        self.explain_batches(std::slice::from_ref(table), options)
    }

    /// Explains the rows of several tables as if they were one; rows count through all of them.
    ///
    /// # Errors
    /// As [`Scorecard::score`].
    pub fn explain_batches(&self, batches: &[Table<'_>], options: &ScoreOptions) -> Result<ResultTable> {
        self.explain_book(Book::new(batches), options)
    }

    /// Explains a book: the accounts with what was before and what was decided by hand.
    ///
    /// # Errors
    /// As [`Scorecard::score_book`].
    pub fn explain_book(&self, book: Book<'_>, options: &ScoreOptions) -> Result<ResultTable> {
        super::explain::explain(self, book, options)
    }

    /// The accounts whose score, tier or status differs between two results of scoring: a feed for whatever acts on it.
    ///
    /// The columns `score` and `status` of both are read, and `tier` if the results have it. The result: the account,
    /// `change`, and `score`, `tier` and `status`, each with `_before` and `_after`. `change` names the gravest thing that
    /// happened: `entered` or `left`, then `status`, `tier`, `score`. Accounts of `after` stand in their order, then those
    /// that left in the order of `before`. In the account column, rows count through `before` and then `after`.
    ///
    /// Of the options, `columns` says what the account column is called, and `select` chooses columns.
    ///
    /// # Errors
    /// `missing_field` with the path `account` when the card names no account column; `unknown_column`,
    /// `wrong_column_type`, `null_account`, `duplicate_account`, `infinite_value` with the role, `before` or `after`, as
    /// path; `reserved_id` when the account column has the name of another column of the result.
    ///
    /// # Examples
    /// ```
    /// use cs_core::{ScoreOptions, Scorecard, table::{Column, Table}};
    /// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "account": "id",
    ///     "dimensions": [{"id": "use", "items": [{"id": "points", "curve": {"manual": {}}}]}]}"#)?;
    /// let result = |ids: &'static [&str], scores: &'static [f64]| Table::new([("id", Column::from(ids)),
    ///     ("score", Column::from(scores)), ("status", Column::from(&["scored", "scored"][..]))]);
    /// let (before, after) = (result(&["a", "b"], &[50.0, 60.0])?, result(&["b", "c"], &[65.0, 10.0])?);
    /// let changes = card.changes(&[before], &[after], &ScoreOptions::default())?;
    /// let change: Vec<_> = (0..3).map(|row| changes.column("change").and_then(|c| c.text(row))).collect();
    /// assert_eq!(change, [Some("score"), Some("entered"), Some("left")]);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn changes(&self, before: &[Table<'_>], after: &[Table<'_>], options: &ScoreOptions) -> Result<ResultTable> {
        options.refuse_include()?;
        let account = options.table_name(self.named_account()?);
        let changes = super::changes::changes(account, before, after, self.hash())?;
        let known = changes.columns().iter().map(|(name, _)| name.clone()).collect();
        let names = super::engine::choose(known, options)?;
        Ok(changes.chosen(&names))
    }

    /// How the accounts moved between the card's tiers, from one result of scoring to the next.
    ///
    /// The account column is the card's, unless the options name another. See [`Flow::from_results`].
    ///
    /// # Errors
    /// As [`Flow::from_results`]; `missing_field` with the path `tiers` when the card has none, with the path `account` when
    /// neither the card nor the options name an account column.
    ///
    /// # Examples
    /// ```
    /// use cs_core::{Scorecard, health::FlowOptions, table::{Column, Table}};
    /// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "account": "id",
    ///     "dimensions": [{"id": "use", "items": [{"id": "points", "curve": {"manual": {}}}]}],
    ///     "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 50}]}"#)?;
    /// let result = |tiers: &'static [&str]| Table::new([("id", Column::from(&["a", "b"][..])), ("tier", Column::from(tiers))]);
    /// let flow = card.tier_flow(&[result(&["Lv1", "Lv2"])?], &[result(&["Lv2", "Lv2"])?], &FlowOptions::default())?;
    /// assert_eq!((flow.accounts("Lv1", "Lv2"), flow.accounts("Lv2", "Lv2")), (Some(1), Some(1)));
    /// assert_eq!(flow.card_hash(), card.hash());
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn tier_flow(&self, before: &[Table<'_>], after: &[Table<'_>], options: &FlowOptions) -> Result<Flow> {
        let tiers = self.tier_ids("tiers")?;
        let mut options = options.clone();
        if options.account.is_none() {
            options.account = Some(self.named_account()?.to_owned());
        }
        Ok(Flow::from_results(&tiers, before, after, &options)?.with_card_hash(self.hash()))
    }

    /// The account column, by which results are matched.
    fn named_account(&self) -> Result<&str> {
        self.account().ok_or_else(|| {
            let issue = Issue::new(Code::MissingField).path("account");
            issue.help("the card must name the account column, by which results are matched").into()
        })
    }

    /// Prepares to score one account at a time, without allocating for each.
    ///
    /// # Errors
    /// `as_of_required`.
    pub fn scorer(&self, options: &ScoreOptions) -> Result<Scorer> {
        Scorer::new(self.clone(), options)
    }

    /// A table of the card's dimensions, items and tiers in HTML, for notebooks.
    pub fn html(&self) -> String {
        super::render::html(self)
    }

    /// The card's dimensions, items and tiers as text.
    pub fn summary(&self) -> String {
        super::render::summary(self)
    }

    pub(super) fn program(&self) -> &Program {
        &self.inner.program
    }

    /// All dimensions, depth first, with their level from 0.
    pub(crate) fn walk(&self) -> Vec<(usize, &Dimension)> {
        fn visit<'a>(dimensions: &'a [Dimension], level: usize, out: &mut Vec<(usize, &'a Dimension)>) {
            for dimension in dimensions {
                out.push((level, dimension));
                visit(&dimension.dimensions, level + 1, out);
            }
        }
        let mut out = Vec::new();
        visit(&self.document().dimensions, 0, &mut out);
        out
    }
}

impl PartialEq for Scorecard {
    /// Cards are equal when their contents are.
    fn eq(&self, other: &Self) -> bool {
        self.hash() == other.hash()
    }
}

impl Eq for Scorecard {}

impl serde::Serialize for Scorecard {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document().serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Scorecard {
    /// Reads and checks a card: what is wrong with it is the message.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}

fn issues(read: Result<Scorecard>) -> Vec<Issue> {
    match read {
        Ok(card) => card.warnings().to_vec(),
        Err(error) => error.issues().to_vec(),
    }
}
