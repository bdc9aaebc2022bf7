//! One account at a time.

use super::bind::{check_types, unknown_names};
use super::engine::{self, STATUSES};
use super::kernel::{Block, Faults, Inputs, Run, Scratch, evaluate};
use super::{OnError, ScoreOptions, Scorecard};
use crate::error::{Code, Error, Issue, Result};
use crate::table::{Column, Value};

/// Scores one account at a time, with working space of its own: no allocation unless data is in error.
///
/// # Examples
/// ```
/// use cs_core::{ScoreOptions, Scorecard};
/// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
///   {"id": "use", "items": [{"id": "logins", "curve": {"points": [[0, 0], [20, 100]]}}]}]}"#)?;
/// let mut scorer = card.scorer(&ScoreOptions::default())?;
/// assert_eq!(card.columns(), ["logins"]);
/// assert_eq!(scorer.score(&[5.0.into()])?.score, Some(25.0));
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Scorer {
    card: Scorecard,
    run: Run,
    on_error: OnError,
    /// The inputs' names in the caller's data.
    names: Vec<String>,
    scratch: Scratch,
}

/// The score of one account.
#[derive(Debug, Clone, Copy)]
pub struct One<'a> {
    /// The score on the card's scale; `None` when the status is not `scored`.
    pub score: Option<f64>,
    /// The tier's id.
    pub tier: Option<&'a str>,
    /// `scored`, `insufficient_data` or `invalid`.
    pub status: &'static str,
    /// Share of the weight with a usable value, 0 to 1; `None` when nothing applies.
    pub coverage: Option<f64>,
    /// With [`OnError::Null`], what was wrong: code and item.
    pub error: Option<(Code, &'a str)>,
    scorer: &'a Scorer,
}

impl<'a> One<'a> {
    /// The top dimensions and their scores, in the order of the card.
    pub fn dimensions(&self) -> impl Iterator<Item = (&'a str, Option<f64>)> + use<'a> {
        let tops = self.scorer.card.document().dimensions.iter();
        tops.zip(&self.scorer.scratch.tops).map(|(dimension, values)| (dimension.id.as_str(), number(values[0])))
    }
}

fn number(x: f64) -> Option<f64> {
    (!x.is_nan()).then_some(x)
}

/// The values of one account as columns of one row.
struct Row<'a>(&'a [Value<'a>]);

impl Inputs for Row<'_> {
    #[inline]
    fn column(&self, input: usize) -> Column<'_> {
        self.0[input].column()
    }
}

impl Scorer {
    pub(super) fn new(card: Scorecard, options: &ScoreOptions) -> Result<Self> {
        let run = engine::run(card.plan(), options)?;
        if let Some(error) = Error::from_issues(unknown_names(card.plan(), options)) {
            return Err(error);
        }
        let scratch = Scratch::new(card.plan(), 1);
        let names = card.columns().into_iter().map(|name| options.table_name(name).to_owned()).collect();
        Ok(Self { card, run, on_error: options.on_error, names, scratch })
    }

    /// The card.
    pub fn card(&self) -> &Scorecard {
        &self.card
    }

    /// Scores one account, whose values stand in the order of [`Scorecard::columns`].
    ///
    /// # Errors
    /// `wrong_number_of_values`, and those of [`Scorecard::score`] about types and values.
    pub fn score(&mut self, values: &[Value<'_>]) -> Result<One<'_>> {
        let plan = self.card.plan();
        if values.len() != plan.inputs.len() {
            let issue = Issue::new(Code::WrongNumberOfValues).value(values.len());
            return Err(issue.expected(format!("{}: {}", plan.inputs.len(), self.names.join(", "))).into());
        }
        let row = Row(values);
        if let Some(error) = Error::from_issues(check_types(plan, &row, |input| self.names[input].as_str())) {
            return Err(error);
        }
        let mut faults = Faults::default();
        let block = Block { start: 0, rows: 1, offset: 0 };
        evaluate(plan, &row, block, self.run, &mut self.scratch, &mut faults);
        let first = faults.list.first().map(|fault| (fault.code, fault.item));
        if first.is_some() && self.on_error == OnError::Raise {
            let issues = faults.into_issues(plan, |input| self.names[input].as_str());
            return Err(Error::from_issues(issues).unwrap_or_else(|| Issue::new(Code::InfiniteValue).into()));
        }
        Ok(self.result(first))
    }

    fn result(&self, error: Option<(Code, usize)>) -> One<'_> {
        let plan = self.card.plan();
        let score = self.scratch.score[0];
        let status = engine::status(score, error.is_some());
        let tiers = &self.card.document().tiers;
        let tier = usize::from(engine::tier(&plan.edges, score));
        One {
            score: number(score),
            tier: number(score).and_then(|_| tiers.get(tier)).map(|tier| tier.id.as_str()),
            status: STATUSES[usize::from(status)],
            coverage: number(self.scratch.coverage[0]),
            error: error.map(|(code, item)| (code, plan.items[item].id.as_str())),
            scorer: self,
        }
    }
}
