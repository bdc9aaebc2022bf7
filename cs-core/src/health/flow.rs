//! How a book of accounts moves between tiers, from one result to the next.

mod count;
mod cross;
mod json;
mod options;
mod project;
mod steady;
mod sum;
mod tables;

pub(super) use cross::Cross;
pub use options::{FlowOptions, ProjectOptions, Start};

use crate::error::{Code, Error, Issue, Result};
use crate::table::{ResultTable, Table};
use serde::{Deserialize, Serialize};
use sum::Sum;

/// The newest version of a flow's JSON that this library reads.
const SCHEMA_VERSION: u64 = 1;

/// The most tiers, as many as a scorecard has at most.
const MOST_TIERS: usize = 12;

/// The names of what is no tier: in the book without one, and not in the book before or after.
const NONE: &str = "none";
const ENTERED: &str = "entered";
const LEFT: &str = "left";

/// Counts of accounts, and sums of their value, by the tier before and the tier after.
///
/// A flow is a partial: flows of parts of a book merge to the flow of the book, if both rows of an
/// account are in one part. As JSON it can be kept and merged later.
///
/// # Examples
/// Of three accounts in Lv1, one rises, one stays and one leaves; one enters.
/// ```
/// use cs_core::health::{Flow, FlowOptions, ProjectOptions};
/// use cs_core::table::{Column, Table};
/// let before = Table::new([
///     ("id", Column::from(&["a", "b", "c", "d"][..])),
///     ("tier", Column::from(&["Lv1", "Lv1", "Lv1", "Lv2"][..])),
/// ])?;
/// let after = Table::new([
///     ("id", Column::from(&["a", "b", "d", "e"][..])),
///     ("tier", Column::from(&["Lv2", "Lv1", "Lv2", "Lv1"][..])),
/// ])?;
/// let tiers = ["Lv1".to_owned(), "Lv2".to_owned()];
/// let flow = Flow::from_results(&tiers, &[before], &[after], &FlowOptions::new("id"))?;
/// assert_eq!(flow.accounts("Lv1", "Lv2"), Some(1));
/// assert_eq!(flow.accounts("Lv1", "left"), Some(1));
/// assert_eq!(flow.accounts("entered", "Lv1"), Some(1));
/// // Now two are in each tier. After one more such period: 2 · 1/3 in Lv1, 2 + 2 · 1/3 in Lv2, 2 · 1/3 have left.
/// let book = flow.project(1, &ProjectOptions::default())?;
/// assert_eq!(book.column("accounts").and_then(|c| c.numbers()), Some(&[2.0, 2.0, 0.0, 2.0 / 3.0, 8.0 / 3.0, 2.0 / 3.0][..]));
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "json::Document", try_from = "serde_json::Value")]
pub struct Flow {
    card_hash: String,
    tiers: Vec<String>,
    valued: Valued,
    /// Row by row: from each tier, `none`, `entered`; to each tier, `none`, `left`.
    cells: Vec<Cell>,
}

/// Which values are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Valued {
    before: bool,
    after: bool,
}

/// The accounts that went one way.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Cell {
    accounts: u64,
    value_before: Sum,
    value_after: Sum,
    /// The value gained by the accounts whose value is known on both sides, and how many they are.
    gain: Sum,
    gains: u64,
}

/// One account: where it was and went, by place among the tiers, `none`, and `entered` or `left`; its
/// values, NaN where unknown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) value_before: f64,
    pub(super) value_after: f64,
}

impl Cell {
    fn add(&mut self, step: Move) {
        self.accounts += 1;
        let (before, after) = (step.value_before, step.value_after);
        if !before.is_nan() {
            self.value_before.add(before);
        }
        if !after.is_nan() {
            self.value_after.add(after);
        }
        if !before.is_nan() && !after.is_nan() {
            self.gain.add(after - before);
            self.gains += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.accounts = self.accounts.saturating_add(other.accounts);
        self.gains = self.gains.saturating_add(other.gains);
        self.value_before.merge(other.value_before);
        self.value_after.merge(other.value_after);
        self.gain.merge(other.gain);
    }
}

impl Flow {
    /// Counts the flow between two results of scoring, each in any number of batches.
    ///
    /// `tiers` are the ids of the tiers from worst to best. The account column and the texts of `tier`
    /// are read, and the value columns that the options name. A null tier counts as `none`: in the book
    /// without a tier. A null value is left out of the sums.
    ///
    /// # Errors
    /// * `duplicate_account`, `null_account`, `unknown_tier` and `infinite_value` with the rows; sums beyond the
    ///   range of floats are `infinite_value` too;
    /// * `unknown_column`, `wrong_column_type`, `too_many_rows`; all with the role `before` or `after` as path;
    /// * `missing_field` when the options name no account column;
    /// * `empty_list`, `too_many_entries` (more than 12), `duplicate_id` and `reserved_id` (`none`,
    ///   `entered`, `left`) for the tiers.
    pub fn from_results(
        tiers: &[String],
        before: &[Table<'_>],
        after: &[Table<'_>],
        options: &FlowOptions,
    ) -> Result<Self> {
        count::count(tiers, before, after, options)
    }

    /// A flow of nothing yet, to which [`add`](Self::add) adds accounts.
    pub(super) fn empty(tiers: &[String], values: [bool; 2]) -> Result<Self> {
        let issues = check_tiers(tiers);
        if let Some(error) = Error::from_issues(issues) {
            return Err(error);
        }
        let [before, after] = values;
        let cells = vec![Cell::default(); (tiers.len() + 2) * (tiers.len() + 2)];
        Ok(Self { card_hash: String::new(), tiers: tiers.to_vec(), valued: Valued { before, after }, cells })
    }

    /// Adds one account.
    pub(super) fn add(&mut self, step: Move) {
        let place = self.place(step.from, step.to);
        if let Some(cell) = self.cells.get_mut(place) {
            cell.add(step);
        }
    }

    /// The flow, if its sums lie within the range of floats.
    pub(super) fn finite(self) -> Result<Self> {
        check_sums(&self.cells)?;
        Ok(self)
    }

    /// The same flow, made with the card of this hash.
    pub fn with_card_hash(mut self, hash: impl Into<String>) -> Self {
        self.card_hash = hash.into();
        self
    }

    /// The content hash of the card whose results these are; empty when it is not known.
    pub fn card_hash(&self) -> &str {
        &self.card_hash
    }

    /// The ids of the tiers, from worst to best.
    pub fn tiers(&self) -> &[String] {
        &self.tiers
    }

    /// How many accounts went from one place (a tier, `none`, `entered`) to another (a tier, `none`,
    /// `left`); `None` when there is no such place.
    pub fn accounts(&self, from: &str, to: &str) -> Option<u64> {
        let place = |name: &str, outside| self.names(outside).position(|other| other == name);
        let (from, to) = (place(from, ENTERED)?, place(to, LEFT)?);
        Some(self.cell(from, to).accounts)
    }

    /// Adds the flow of another part of the book.
    ///
    /// Counts do not depend on the order in which parts are merged; sums of values only in their last
    /// digits. The hash of the card stays if both parts have the same, and is empty otherwise.
    ///
    /// # Errors
    /// `unknown_tier` when the tiers differ; `missing_field` when only one of the two has values;
    /// `infinite_value` for sums beyond the range of floats.
    ///
    /// # Examples
    /// 2 of 3 that stayed and 1 of 5 that stayed are 3 of 8.
    /// ```
    /// use cs_core::health::Flow;
    /// let part = |stay: u64, left: u64| Flow::from_json(&format!(r#"{{"schema_version": 1, "tiers": ["Lv1"],
    ///     "moves": [{{"from": "Lv1", "to": "Lv1", "accounts": {stay}}}, {{"from": "Lv1", "to": "left", "accounts": {left}}}]}}"#));
    /// let flow = part(2, 1)?.merge(&part(1, 4)?)?;
    /// assert_eq!((flow.accounts("Lv1", "Lv1"), flow.accounts("Lv1", "left")), (Some(3), Some(5)));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn merge(mut self, other: &Self) -> Result<Self> {
        if self.tiers != other.tiers {
            let issue = Issue::new(Code::UnknownTier).path("tiers").value(other.tiers.join(", "));
            return Err(issue.expected(self.tiers.join(", ")).into());
        }
        if self.valued != other.valued {
            let path = if self.valued.before == other.valued.before { "value_after" } else { "value_before" };
            return Err(Issue::new(Code::MissingField).path(path).expected("values in both flows, or in none").into());
        }
        if self.card_hash != other.card_hash {
            self.card_hash.clear();
        }
        self.cells.iter_mut().zip(&other.cells).for_each(|(cell, other)| cell.merge(other));
        self.finite()
    }

    /// The flow as JSON, with `schema_version`.
    pub fn to_json(&self) -> String {
        json::write(self)
    }

    /// Reads a flow from its JSON.
    ///
    /// # Errors
    /// `document_syntax` and the limits of documents; `unknown_field`, `missing_field`, `wrong_type` and the like
    /// with the path; `unsupported_schema_version`.
    ///
    /// # Examples
    /// ```
    /// use cs_core::health::Flow;
    /// let text = r#"{"schema_version": 1, "tiers": ["Lv1"], "moves": [{"from": "Lv1", "to": "left", "accounts": 4}]}"#;
    /// let flow = Flow::from_json(text)?;
    /// assert_eq!(flow.accounts("Lv1", "left"), Some(4));
    /// assert_eq!(Flow::from_json(&flow.to_json())?, flow);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        json::read(&crate::document::from_json(text)?)
    }

    /// Where the accounts went: one row for each way, in the order of the tiers.
    ///
    /// Columns: `from` (the tiers, `none`, `entered`), `to` (the tiers, `none`, `left`), `accounts`,
    /// `value_before`, `value_after`. The rows of a tier sum to its opening book. Values are null when
    /// their column was not given.
    ///
    /// # Examples
    /// With one tier: Lv1 → Lv1, → none, → left; none → Lv1, → none, → left; entered → Lv1, → none.
    /// ```
    /// use cs_core::health::Flow;
    /// let flow = Flow::from_json(r#"{"schema_version": 1, "tiers": ["Lv1"], "moves": []}"#)?;
    /// assert_eq!(flow.matrix().rows(), 8);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn matrix(&self) -> ResultTable {
        tables::matrix(self)
    }

    /// What became of each tier, one row per tier.
    ///
    /// Columns: `tier`, `opening`, `stayed`, `promoted`, `demoted`, `untiered`, `left`, `entered` (into this
    /// tier), `closing`, `promotion_rate`, `demotion_rate`, `churn_rate`, `stay_rate`, `expected_dwell`,
    /// `value_opening`, `value_closing`, `value_left`, `value_per_promotion`.
    ///
    /// # Formula
    /// Rates are over `opening`, and null when that is 0. `expected_dwell` is 1/(1 − stay_rate) periods,
    /// null when nobody went elsewhere. `closing` counts all that are in the tier afterwards, from
    /// wherever. `value_per_promotion` is the mean of value_after − value_before over the promoted
    /// accounts whose two values are known.
    ///
    /// # Examples
    /// Of 10 accounts, 6 stay, 3 rise and 1 leaves: the rates are 0.6, 0.3 and 0.1, and the dwell
    /// 1/(1 − 0.6) = 2.5 periods.
    /// ```
    /// use cs_core::health::Flow;
    /// let flow = Flow::from_json(r#"{"schema_version": 1, "tiers": ["Lv1", "Lv2"], "moves": [
    ///     {"from": "Lv1", "to": "Lv1", "accounts": 6}, {"from": "Lv1", "to": "Lv2", "accounts": 3},
    ///     {"from": "Lv1", "to": "left", "accounts": 1}]}"#)?;
    /// let dwell = flow.summary().column("expected_dwell").and_then(|c| c.numbers()).map(|n| n[0]);
    /// assert_eq!(dwell, Some(2.5));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn summary(&self) -> ResultTable {
        tables::summary(self)
    }

    /// The book in each of the next periods, if accounts go on moving as they did.
    ///
    /// Columns: `period` (0 is the closing book), `tier` (the tiers, `left`), `accounts` (expected), `low`, `high`.
    ///
    /// # Formula
    /// A Markov chain in which `left` is final: p_ab = c_ab / n_a, with c_ab the accounts that went from a
    /// to b and n_a = Σ_b c_ab. Accounts without a tier are no part of the chain: those that went to
    /// `none` are left out of n_a, as if they had moved like the others of their tier. The expected book
    /// after n periods is x_n = x₀·Pⁿ, with x₀ the closing book, or by option the opening one; with `entering`, x_n = x_{n−1}·P + e, with e
    /// the accounts that were seen to enter each tier.
    ///
    /// The interval is x ± z·√variance, with z the quantile of the normal distribution, and not below 0. The
    /// variance has two parts. Process: each account moves by chance, Σ_i x₀ᵢ q_ij (1 − q_ij) with q = Pⁿ;
    /// accounts that enter arrive by a Poisson process, so those that are in j by then vary by their
    /// expectation. Estimation: the shares p are themselves known from n_a accounts only; by the
    /// delta method Σ_a (1/n_a) [Σ_b p_ab d_ab² − (Σ_b p_ab d_ab)²], with
    /// d_ab = Σ_k x_k,a (P^{n−1−k})_bj, the sum over k < n, as the change of the expectation with p_ab.
    /// How many accounts enter is taken as known.
    ///
    /// # Errors
    /// `empty_tier` when accounts reach a tier from which no account was seen to move or stay; `number_out_of_range`
    /// for more than 1000 periods, or an interval that is not between 0 and 1.
    ///
    /// # Examples
    /// Of 100 accounts, 90 stay and 10 leave. Of these 90, 90·0.9² = 72.9 are expected after two periods. The
    /// process varies by 90·0.81·0.19 = 13.851. With d = 90·0.9 + 81·1 = 162 for staying and 0 for leaving, the
    /// estimation varies by (0.9·162² − (0.9·162)²)/100 = 23.6196; together 37.4706, so the interval at
    /// 90 % is 72.9 ± 1.6449·6.1213.
    /// ```
    /// use cs_core::health::{Flow, ProjectOptions};
    /// let flow = Flow::from_json(r#"{"schema_version": 1, "tiers": ["Lv1"], "moves": [
    ///     {"from": "Lv1", "to": "Lv1", "accounts": 90}, {"from": "Lv1", "to": "left", "accounts": 10}]}"#)?;
    /// let book = flow.project(2, &ProjectOptions::default())?;
    /// let low = book.column("low").and_then(|c| c.numbers()).map(|n| n[4]);
    /// assert!((low.unwrap_or_default() - (72.9 - 1.6448536269514722 * 37.4706f64.sqrt())).abs() < 1e-9);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn project(&self, periods: usize, options: &ProjectOptions) -> Result<ResultTable> {
        project::project(self, periods, options)
    }

    /// What the flow comes to in the end, one row per tier.
    ///
    /// Columns: `tier`, `expected_periods_to_churn`, `expected_periods_to_churn_reason`, `steady_accounts`,
    /// `steady_accounts_reason`.
    ///
    /// # Formula
    /// With Q the part of P between tiers (see [`project`](Self::project)), an account in tier a has
    /// Σ_b ((I − Q)⁻¹)_ab periods before it leaves. If as many accounts enter in each period as were seen to,
    /// e·(I − Q)⁻¹ is the book at which as many leave as enter.
    ///
    /// The first is null with the reason `never_leaves` when an account of the tier may come where nobody
    /// leaves, the second when the tier is such a place. The reason is `empty_tier` when the answer depends
    /// on a tier from which no account was seen to move or stay.
    ///
    /// # Examples
    /// Of 10 accounts, 8 stay and 2 leave: 1/0.2 = 5 periods. If 3 enter in each period, the book settles
    /// at 3·5 = 15, of which 20 % leave and 3 enter.
    /// ```
    /// use cs_core::health::Flow;
    /// let flow = Flow::from_json(r#"{"schema_version": 1, "tiers": ["Lv1"], "moves": [
    ///     {"from": "Lv1", "to": "Lv1", "accounts": 8}, {"from": "Lv1", "to": "left", "accounts": 2},
    ///     {"from": "entered", "to": "Lv1", "accounts": 3}]}"#)?;
    /// let steady = flow.steady();
    /// let first = |name| steady.column(name).and_then(|c| c.numbers()).map(|n| n[0]);
    /// assert_eq!((first("expected_periods_to_churn"), first("steady_accounts")), (Some(5.0), Some(15.0)));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn steady(&self) -> ResultTable {
        steady::steady(self)
    }

    /// The matrix as an HTML table, for notebooks.
    ///
    /// # Examples
    /// ```
    /// use cs_core::health::Flow;
    /// let flow = Flow::from_json(r#"{"schema_version": 1, "tiers": ["<b>"], "moves": []}"#)?;
    /// assert!(flow.html().contains("<th>&lt;b&gt;</th>"));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn html(&self) -> String {
        tables::html(self)
    }

    /// The names of the places: the tiers, `none`, and the given word for outside the book.
    fn names<'a>(&'a self, outside: &'a str) -> impl Iterator<Item = &'a str> {
        self.tiers.iter().map(String::as_str).chain([NONE, outside])
    }

    /// The place of `none`; that of `entered` or `left` is the next.
    fn none(&self) -> usize {
        self.tiers.len()
    }

    /// The place of `entered` or `left`.
    fn outside(&self) -> usize {
        self.tiers.len() + 1
    }

    fn place(&self, from: usize, to: usize) -> usize {
        from * (self.tiers.len() + 2) + to
    }

    fn cell(&self, from: usize, to: usize) -> Cell {
        self.cells.get(self.place(from, to)).copied().unwrap_or_default()
    }
}

/// Sums beyond the range of floats are an error.
fn check_sums(cells: &[Cell]) -> Result<()> {
    let bad = |sum: fn(&Cell) -> Sum| cells.iter().any(|cell| !sum(cell).value().is_finite());
    let column = if bad(|cell| cell.value_before) {
        "value_before"
    } else if bad(|cell| cell.value_after) || bad(|cell| cell.gain) {
        "value_after"
    } else {
        return Ok(());
    };
    let issue = Issue::new(Code::InfiniteValue).path(column);
    Err(issue.value("a sum beyond the range of floats").into())
}

fn check_tiers(tiers: &[String]) -> Vec<Issue> {
    let mut issues = Vec::new();
    if tiers.is_empty() {
        issues.push(Issue::new(Code::EmptyList).path("tiers").expected("the ids of the tiers, from worst to best"));
    } else if tiers.len() > MOST_TIERS {
        let issue = Issue::new(Code::TooManyEntries).path("tiers").value(tiers.len());
        issues.push(issue.expected(format!("at most {MOST_TIERS}")));
    }
    for (i, tier) in tiers.iter().enumerate().take(MOST_TIERS) {
        let code = if [NONE, ENTERED, LEFT].contains(&tier.as_str()) {
            Code::ReservedId
        } else if tiers[..i].contains(tier) {
            Code::DuplicateId
        } else {
            continue;
        };
        issues.push(Issue::new(code).path(format!("tiers[{i}]")).value(format!("{tier:?}")));
    }
    issues
}
