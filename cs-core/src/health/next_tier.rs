//! What it takes to reach the next tier.

mod inverse;
mod probe;
mod reach;
mod rows;
mod search;
mod solve;

use super::engine::{GRACE, SCORED, Session, Work, check_rows, choose, picks, runs, scratches};
use super::kernel::{BLOCK, Faults};
use super::options::{FIELDS, read_fields};
use super::{Book, ScoreOptions, Scorecard};
use crate::document::{Node, Reader};
use crate::error::{Code, Error, Issue, Result, suggest};
use crate::table::ResultTable;
use rows::Rows;
use serde_json::Value;
use solve::{Case, Solver};
use std::collections::BTreeMap;

/// Options of [`Scorecard::next_tier`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct NextTierOptions {
    /// How the accounts are scored.
    pub scoring: ScoreOptions,
    /// What one unit of an item's raw value costs, by item id.
    pub costs: BTreeMap<String, f64>,
}

impl NextTierOptions {
    /// Reads options from a loose object: `costs` and those of scoring.
    ///
    /// # Errors
    /// As [`ScoreOptions::from_value`].
    pub fn from_value(value: &Value) -> Result<Self> {
        Reader::options(value, read)
    }
}

fn read(node: &Node<'_>) -> Option<NextTierOptions> {
    let known: Vec<&str> = FIELDS.into_iter().chain(["costs"]).collect();
    let fields = node.fields(&known)?;
    let scoring = read_fields(&fields)?;
    let costs = fields.get("costs").map_or(Some(BTreeMap::new()), |node| {
        let read = |(id, n): (&str, Node<'_>)| Some((id.to_owned(), n.number_in(0.0, 1e300)?));
        node.entries()?.into_iter().map(read).collect()
    });
    Some(NextTierOptions { scoring, costs: costs? })
}

impl Scorecard {
    /// What it would take to reach the next tier: for every account that has a score and a tier below the top one, and
    /// for each item alone, the raw value that would do it if all else stayed as it is.
    ///
    /// Columns: the account; `tier` and `next_tier`; `item`; `rank` (1 for the cheapest; null where the item cannot);
    /// `value`, the raw value as text, and `needed`, the one nearest to it that would do; `needed_value`, the same as
    /// a number (null for categories); `points` now and `needed_points`, those that the needed value gives; `cost`;
    /// and `reason`, why the item cannot: `out_of_reach` (no value is enough), `capped` (an adjustment holds the score
    /// below the next tier), `forced` and `overridden` (the tier does not follow from the score), `expired` (a value
    /// alone does not help, it must be a new one), `not_applicable`, `opted_out`, or `weight_zero`. The rows of an
    /// account are sorted by rank, those that cannot stand last in the order of the card. Accounts in the top tier,
    /// frozen ones, and those without a score or a tier have no rows.
    ///
    /// * *Which value.* A value that is missing may be supplied, and brings its weight with it; then it is the least
    ///   value that does, or on a falling curve the greatest. Days and counts are whole numbers. Of several categories
    ///   the one with the fewest points is taken. A value that its curve excludes is none.
    /// * *What is replaced.* Where the item reads a column as it is, the column is replaced, with all that this does to
    ///   conditions and to other items that read it too. Of a ratio, a change, days or a count the value is replaced:
    ///   which of its columns would move cannot be known.
    /// * *Hysteresis.* The value that is needed carries the score past the edge by the upward margin. The tier then
    ///   follows after as many readings as the dwell says.
    ///
    /// # Formula
    /// The score needed is the lower bound of the next tier plus the upward margin. From it the way leads back through
    /// rounding and adjustments to the score before them, then down the tree: in a mean with weights wᵢ an item that is
    /// to lift it to S needs (S · Σ wᵢ − Σ other wᵢpᵢ) / w points, in a sum (S − start − Σ other wᵢpᵢ) / w, in a minimum
    /// or maximum S; in a geometric mean the mean of logarithms is solved the same way. Last, the curve is inverted.
    /// Each value is checked by computing the score with it.
    ///
    /// With c the cost of an item's unit, the cost is c · |needed − value|, for a missing value c · |needed|, and for
    /// flags and categories c. Items without a cost are ranked after those with one, by the rise of their points as a
    /// share of the scale, (needed_points − points) / (best − worst), where no points count as the worst score. Ties
    /// are ranked in the order of the card.
    ///
    /// # Errors
    /// As [`Scorecard::score_book`]; and `unknown_id` for an item in `costs` that the card does not have.
    ///
    /// # Examples
    /// 5 of 20 log-ins give 25 points, 4 tickets of 16 give 75; with weights 60 and 40 the score is 45. For 60 log-ins
    /// need 50 points, which are 10 log-ins; tickets would need 112.5 points and cannot do it alone.
    /// ```
    /// use cs_core::health::{Book, NextTierOptions};
    /// use cs_core::{Scorecard, table::{Column, Table}};
    /// let card = Scorecard::from_json(r#"{
    ///   "schema_version": 1, "scorecard": "demo", "dimensions": [{"id": "use", "items": [
    ///     {"id": "logins", "weight": 60, "curve": {"points": [[0, 0], [20, 100]]}},
    ///     {"id": "tickets", "weight": 40, "curve": {"linear": {"from": [0, 100], "to": [16, 0]}}}]}],
    ///   "tiers": [{"id": "watch", "from": 0}, {"id": "healthy", "from": 60}]
    /// }"#)?;
    /// let table = Table::new([("logins", Column::from(&[5.0][..])), ("tickets", Column::from(&[4.0][..]))])?;
    /// let steps = card.next_tier(Book::new(std::slice::from_ref(&table)), &NextTierOptions::default())?;
    /// assert_eq!(steps.column("item").and_then(|c| c.text(0)), Some("logins"));
    /// assert_eq!(steps.column("needed").and_then(|c| c.text(0)), Some("10"));
    /// assert_eq!(steps.column("reason").and_then(|c| c.text(1)), Some("out_of_reach"));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn next_tier(&self, book: Book<'_>, options: &NextTierOptions) -> Result<ResultTable> {
        let costs = costs(self, options)?;
        let scoring = &options.scoring;
        let names = choose(rows::columns(self), scoring)?;
        let session = Session::new(self, book, scoring)?;
        let program = session.program;
        scoring.refuse_include()?;
        let picks = picks(&session)?;
        let mut scratches = scratches(program, session.rows, true);
        let mut work = Work::new(program, session.rows.min(BLOCK));
        let mut faults = Faults::default();
        let mut solver = Solver::new(&session);
        let mut rows = Rows::new(&session, costs);
        for run in runs(&session, picks.as_ref()) {
            let batch = run.batch;
            for at in (0..run.rows).step_by(BLOCK) {
                let block = run.block(at, session.starts[batch]);
                let size = block.rows;
                session.settle(batch, block, &mut scratches, &mut work, &mut faults);
                for i in (0..size).filter(|&i| can_rise(&work, i, program.tiers.len())) {
                    let Some(trace) = &scratches[usize::from(work.plan_of[i])].trace else { continue };
                    let case = Case::new(&session, trace, &work, i, batch, block.row(i));
                    rows.take(&mut solver, &case);
                }
                check_rows(rows.len())?;
            }
        }
        session.raise(&mut faults)?;
        Ok(rows.into_table(&session, &names))
    }
}

/// Whether an account has a score, and a tier below the top one.
fn can_rise(work: &Work, i: usize, tiers: usize) -> bool {
    let scored = matches!(work.status[i], SCORED | GRACE) && !work.score[i].is_nan();
    scored && usize::from(work.tier[i]) + 1 < tiers
}

/// The cost of each item's unit, in the order of the card.
fn costs(card: &Scorecard, options: &NextTierOptions) -> Result<Vec<Option<f64>>> {
    let items = card.program().items();
    let unknown = options.costs.keys().filter(|id| !items.iter().any(|item| item.id == **id));
    let issue = |id: &String| {
        let help = suggest(id, items.iter().map(|item| item.id.as_str()));
        Issue::new(Code::UnknownId).path(format!("costs.{id}")).value(format!("{id:?}")).help(help)
    };
    match Error::from_issues(unknown.map(issue).collect()) {
        Some(error) => Err(error),
        None => Ok(items.iter().map(|item| options.costs.get(&item.id).copied()).collect()),
    }
}

#[cfg(test)]
mod tests;
