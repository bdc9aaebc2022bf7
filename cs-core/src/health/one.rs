//! One account at a time.

use super::bind::{check_types, unknown_names};
use super::engine::{self, Decision, STATUSES, Scratches, Work};
use super::kernel::{Block, Faults, Inputs, Run};
use super::tier::{self, Held, NONE, TierState};
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
    /// Hashes of other cards whose states are taken over.
    accepted: Vec<String>,
    /// The inputs' names in the caller's data.
    names: Vec<String>,
    scratches: Scratches,
    work: Work,
}

/// The score of one account.
#[derive(Debug, Clone, Copy)]
pub struct One<'a> {
    /// The score on the card's scale; `None` when the status is not `scored`.
    pub score: Option<f64>,
    /// The tier's id.
    pub tier: Option<&'a str>,
    /// `scored`, `grace`, `frozen`, `insufficient_data` or `invalid`.
    pub status: &'static str,
    /// Share of the weight with a usable value, 0 to 1; `None` when nothing applies.
    pub coverage: Option<f64>,
    /// The score before adjustments.
    pub raw_score: Option<f64>,
    /// The id of the variant that scored the account; `None` for the card itself.
    pub variant: Option<&'a str>,
    /// With [`OnError::Null`], what was wrong: code and item.
    pub error: Option<(Code, &'a str)>,
    scorer: &'a Scorer,
}

impl<'a> One<'a> {
    /// The top dimensions and their scores, in the order of the card.
    pub fn dimensions(&self) -> impl Iterator<Item = (&'a str, Option<f64>)> + use<'a> {
        let tops = self.scorer.card.document().dimensions.iter();
        let values = self.scorer.work.tops.iter();
        tops.zip(values).map(|(dimension, values)| (dimension.id.as_str(), number(values[0])))
    }

    /// The ids of the adjustments that counted, in the order of the card.
    pub fn adjustments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let fired = self.scorer.work.fired[0];
        let all = self.scorer.card.document().adjustments.iter().enumerate();
        all.filter(move |(at, _)| fired >> at & 1 == 1).map(|(_, adjustment)| adjustment.id.as_str())
    }

    /// What the next reading of this account takes as its earlier state.
    pub fn state(&self) -> TierState {
        let tiers = &self.scorer.card.program().tiers;
        let held = self.scorer.work.after[0];
        let id = |number: u8| tiers.get(usize::from(number)).cloned();
        TierState {
            card: self.scorer.card.hash().to_owned(),
            tier: id(held.tier),
            candidate: id(held.candidate),
            streak: held.streak,
            score: number(held.score),
            as_of: held.as_of,
        }
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
        let program = card.program();
        let run = engine::run(program, options)?;
        if let Some(error) = Error::from_issues(unknown_names(program, options)) {
            return Err(error);
        }
        let scratches = engine::scratches(program, 1, false);
        let work = Work::new(program, 1);
        let names = card.columns().into_iter().map(|name| options.table_name(name).to_owned()).collect();
        let accepted = options.accept_state_of.clone();
        Ok(Self { card, run, on_error: options.on_error, accepted, names, scratches, work })
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
        self.reading(values, Held::NEW)
    }

    /// Scores one account whose last reading is known: its tier holds as the card's hysteresis says.
    ///
    /// # Errors
    /// Those of [`Scorer::score`], and `state_of_other_card`, `state_after_as_of`, `invalid_state`.
    ///
    /// # Examples
    /// A tier falls only after two readings below its edge:
    /// ```
    /// use cs_core::{ScoreOptions, Scorecard};
    /// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo",
    ///   "dimensions": [{"id": "use", "items": [{"id": "x", "curve": {"manual": {}}}]}],
    ///   "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 50}],
    ///   "hysteresis": {"down": {"dwell": 2}}}"#)?;
    /// let mut scorer = card.scorer(&ScoreOptions::default())?;
    /// let first = scorer.score(&[60.0.into()])?.state();
    /// let second = scorer.score_after(&[40.0.into()], &first)?.state();
    /// assert_eq!((second.tier.as_deref(), second.streak), (Some("high"), 1));
    /// assert_eq!(scorer.score_after(&[40.0.into()], &second)?.tier, Some("low"));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn score_after(&mut self, values: &[Value<'_>], before: &TierState) -> Result<One<'_>> {
        if before.card != self.card.hash() && !self.accepted.contains(&before.card) {
            let issue = Issue::new(Code::StateOfOtherCard).value(&before.card);
            return Err(issue.expected(format!("that of this card, {}", self.card.hash())).into());
        }
        if let (Some(then), Some(now)) = (before.as_of, self.run.day)
            && then > now
        {
            return Err(Issue::new(Code::StateAfterAsOf).value(then).expected(format!("a day up to {now}")).into());
        }
        let held = tier::numbered(before, &self.card.program().tiers)?;
        self.reading(values, held)
    }

    fn reading(&mut self, values: &[Value<'_>], before: Held) -> Result<One<'_>> {
        let program = self.card.program();
        if values.len() != program.inputs().len() {
            let issue = Issue::new(Code::WrongNumberOfValues).value(values.len());
            return Err(issue.expected(format!("{}: {}", program.inputs().len(), self.names.join(", "))).into());
        }
        let row = Row(values);
        if let Some(error) = Error::from_issues(check_types(program, &row, |input| self.names[input].as_str())) {
            return Err(error);
        }
        let mut faults = Faults::default();
        let block = Block { start: 0, rows: 1, offset: 0, picks: None };
        self.work.before[0] = before;
        self.work.decided[0] = Decision::NO;
        engine::settle(program, &row, block, self.run, &mut self.scratches, &mut self.work, &mut faults);
        let first = faults.list.first().map(|fault| (fault.code, fault.item));
        if first.is_some() && self.on_error == OnError::Raise {
            let issues = faults.into_issues(program, |input| self.names[input].as_str());
            return Err(Error::from_issues(issues).unwrap_or_else(|| Issue::new(Code::InfiniteValue).into()));
        }
        Ok(self.result(first))
    }

    fn result(&self, error: Option<(Code, usize)>) -> One<'_> {
        let (program, work) = (self.card.program(), &self.work);
        let tier = Some(work.tier[0]).filter(|tier| *tier != NONE);
        let variants = &self.card.document().variants;
        let variant = usize::from(work.plan_of[0]).checked_sub(1).and_then(|at| variants.get(at));
        One {
            score: number(work.score[0]),
            tier: tier.and_then(|tier| program.tiers.get(usize::from(tier))).map(String::as_str),
            status: STATUSES[usize::from(work.status[0])],
            coverage: number(work.coverage[0]),
            raw_score: number(work.raw[0]),
            variant: variant.map(|variant| variant.id.as_str()),
            error: error.map(|(code, item)| (code, program.subject(item))),
            scorer: self,
        }
    }
}
