//! The lines of an explanation, column by column.

use super::State;
use super::shares::Shares;
use crate::health::compile::{Change, Input, Program};
use crate::health::engine::{Decision, FROZEN, NO_PLAN, Scratches, Session, Work, steps};
use crate::health::kernel::{Block, Inputs, Trace};
use crate::table::{ResultColumn, Texts, Words};

/// The kinds of line, by code.
const KINDS: [&str; 7] = ["item", "baseline", "limit", "rounding", "adjustment", "override", "frozen"];
const ITEM: usize = 0;
const BASELINE: usize = 1;
const LIMIT: usize = 2;
const ROUNDING: usize = 3;
const ADJUSTMENT: usize = 4;
const OVERRIDE: usize = 5;
const KEPT: usize = 6;

/// The columns of an explanation while they are filled.
pub(super) struct Lines {
    /// Lines of each account, in order.
    counts: Vec<u32>,
    dimension: Words,
    item: Words,
    line: Words,
    /// Only written where it is wanted.
    value: Option<Texts>,
    state: Words,
    points: Vec<f64>,
    weight: Vec<f64>,
    effective_weight: Vec<f64>,
    contribution: Vec<f64>,
    shares: Vec<Shares>,
    /// Of all items in order: dimension, number and kind of line, and by plan the weight.
    dimensions: Vec<usize>,
    numbers: Vec<usize>,
    kinds: Vec<usize>,
    weights: Vec<Vec<f64>>,
    /// How many items there are: adjustments are named after them.
    items: usize,
}

/// A line that is no item.
struct Extra<'a> {
    kind: usize,
    dimension: Option<usize>,
    item: Option<usize>,
    value: Option<&'a str>,
    contribution: f64,
}

impl Lines {
    pub(super) fn new(program: &Program, names: &[String], accounts: usize) -> Self {
        let items = program.items();
        // Room for what stands beside the items too: what is never written costs nothing, growing would copy all.
        let rows = accounts * (items.len() + program.adjustments.len() + 3);
        let floats = || Vec::with_capacity(rows);
        let ids = items.iter().map(|item| item.id.clone());
        let ids = ids.chain(program.adjustments.iter().map(|adjustment| adjustment.id.clone())).collect();
        let dimensions = program.base().dimensions.iter().map(|dimension| dimension.id.clone()).collect();
        Self {
            counts: Vec::with_capacity(accounts),
            dimension: Words::new(dimensions, rows),
            item: Words::new(ids, rows),
            line: Words::new(KINDS.map(str::to_owned).to_vec(), rows),
            value: names.iter().any(|name| name == "value").then(|| Texts::with_capacity(rows)),
            state: Words::new(State::ALL.map(|state| state.as_str().to_owned()).to_vec(), rows),
            points: floats(),
            weight: floats(),
            effective_weight: floats(),
            contribution: floats(),
            shares: program.plans.iter().map(Shares::new).collect(),
            dimensions: items.iter().map(|item| item.dimension).collect(),
            numbers: (0..items.len()).collect(),
            kinds: vec![ITEM; items.len()],
            weights: program.plans.iter().map(|p| p.items.iter().map(|item| item.card_weight).collect()).collect(),
            items: items.len(),
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.points.len()
    }

    /// Dimension, item and kind of all items of an account.
    fn names_of_items(&mut self) {
        self.dimension.extend(&self.dimensions);
        self.item.extend(&self.numbers);
        self.line.extend(&self.kinds);
    }

    /// The account of each line.
    pub(super) fn accounts(&self) -> Vec<u32> {
        let each = self.counts.iter().enumerate();
        each.flat_map(|(account, &lines)| std::iter::repeat_n(account as u32, lines as usize)).collect()
    }

    /// Takes the lines of a block, account by account.
    pub(super) fn take(
        &mut self,
        session: &Session<'_>,
        batch: usize,
        block: Block<'_>,
        scratches: &Scratches,
        work: &Work,
    ) {
        for i in 0..block.rows {
            let before = self.points.len();
            match work.plan_of[i] {
                NO_PLAN => self.take_frozen(session.program, work, i),
                plan => {
                    let plan = usize::from(plan);
                    if let Some(trace) = &scratches[plan].trace {
                        self.take_scored(session, batch, block, trace, work, plan, i);
                    }
                }
            }
            self.counts.push((self.points.len() - before) as u32);
        }
    }

    #[allow(clippy::too_many_arguments)] // one account's place in the block, and what is known there
    fn take_scored(
        &mut self,
        session: &Session<'_>,
        batch: usize,
        block: Block<'_>,
        trace: &Trace,
        work: &Work,
        plan: usize,
        i: usize,
    ) {
        let (program, inputs) = (session.program, &session.bound[batch]);
        let (row, at) = (block.row(i), work.place[i] as usize);
        let scored = !work.raw[i].is_nan();
        let mut shares = std::mem::take(&mut self.shares[plan]);
        let plan_of = &program.plans[plan];
        shares.find(plan_of, trace, at);
        self.names_of_items();
        self.weight.extend_from_slice(&self.weights[plan]);
        for (index, item) in plan_of.items.iter().enumerate() {
            let part = shares.item(plan_of, trace, index, at);
            if let Some(value) = &mut self.value {
                value.push_with(|out| write_value(&item.source, inputs, row, trace.values[index][at], out));
            }
            self.state.push(Some(trace.states[index][at] as usize));
            self.points.push(trace.points[index][at]);
            self.effective_weight.push(if scored { part.share } else { f64::NAN });
            self.contribution.push(if scored { part.contribution } else { f64::NAN });
        }
        if scored {
            self.take_beside(&shares);
        }
        let rounding = if scored { shares.rounding } else { 0.0 };
        self.shares[plan] = shares;
        self.take_after(session, batch, row, work, i, rounding);
    }

    /// The worst score, starts of sums, and limits.
    fn take_beside(&mut self, shares: &Shares) {
        if shares.baseline != 0.0 {
            self.extra(&Extra { contribution: shares.baseline, ..Extra::new(BASELINE) });
        }
        for &(dimension, contribution) in &shares.limits {
            self.extra(&Extra { dimension, contribution, ..Extra::new(LIMIT) });
        }
    }

    /// What came after the score was computed.
    fn take_after(&mut self, session: &Session<'_>, batch: usize, row: usize, work: &Work, i: usize, rounding: f64) {
        let program = session.program;
        let (fired, decision) = (work.fired[i], work.decided[i]);
        let valid = work.marks.first[i] == 0 || !work.marks.any;
        if !valid {
            return;
        }
        let (steps, score) = steps(program, fired, work.raw[i]);
        let decided = decision.is_made().then(|| if decision.points.is_nan() { score } else { decision.points });
        let unrounded = decided.unwrap_or(score);
        let own = if program.rounding.is_some() && !unrounded.is_nan() { work.score[i] - unrounded } else { 0.0 };
        let rounding = rounding + own;
        if rounding != 0.0 {
            self.extra(&Extra { contribution: rounding, ..Extra::new(ROUNDING) });
        }
        for (at, contribution) in steps {
            let item = Some(self.items + at);
            let value = says(program.adjustments[at].change, &program.tiers);
            self.extra(&Extra { item, value: Some(&value), contribution, ..Extra::new(ADJUSTMENT) });
        }
        if decision.is_made() {
            let contribution = override_change(decision, score);
            self.extra(&Extra { value: session.note(batch, row), contribution, ..Extra::new(OVERRIDE) });
        }
    }

    /// An account whose score is kept.
    fn take_frozen(&mut self, program: &Program, work: &Work, i: usize) {
        self.names_of_items();
        for item in program.items() {
            if let Some(value) = &mut self.value {
                value.push(None);
            }
            self.state.push(Some(State::Frozen as usize));
            self.points.push(f64::NAN);
            self.weight.push(item.card_weight);
            self.effective_weight.push(f64::NAN);
            self.contribution.push(f64::NAN);
        }
        debug_assert_eq!(work.status[i], FROZEN);
        self.extra(&Extra { contribution: work.score[i], ..Extra::new(KEPT) });
    }

    fn extra(&mut self, extra: &Extra<'_>) {
        self.dimension.push(extra.dimension);
        self.item.push(extra.item);
        self.line.push(Some(extra.kind));
        if let Some(value) = &mut self.value {
            value.push(extra.value);
        }
        self.state.push(None);
        self.points.push(f64::NAN);
        self.weight.push(f64::NAN);
        self.effective_weight.push(f64::NAN);
        self.contribution.push(extra.contribution);
    }

    pub(super) fn into_columns(self) -> Vec<(String, ResultColumn)> {
        vec![
            ("dimension".into(), self.dimension.into_column()),
            ("item".into(), self.item.into_column()),
            ("line".into(), self.line.into_column()),
            ("value".into(), ResultColumn::Text(self.value.unwrap_or_default())),
            ("state".into(), self.state.into_column()),
            ("points".into(), ResultColumn::from_nan(self.points)),
            ("weight".into(), ResultColumn::from_nan(self.weight)),
            ("effective_weight".into(), ResultColumn::from_nan(self.effective_weight)),
            ("contribution".into(), ResultColumn::from_nan(self.contribution)),
        ]
    }
}

impl Extra<'_> {
    fn new(kind: usize) -> Self {
        Self { kind, dimension: None, item: None, value: None, contribution: 0.0 }
    }
}

/// What an override changed: all of the score where there was none.
pub(in crate::health) fn override_change(decision: Decision, score: f64) -> f64 {
    match (decision.points.is_nan(), score.is_nan()) {
        (true, _) => 0.0,
        (false, true) => decision.points,
        (false, false) => decision.points - score,
    }
}

/// An adjustment in a few words.
pub(in crate::health) fn says(change: Change, tiers: &[String]) -> String {
    match change {
        Change::Cap(points) => format!("cap {points}"),
        Change::Floor(points) => format!("floor {points}"),
        Change::Add(points) => format!("add {points}"),
        Change::Multiply(factor) => format!("multiply {factor}"),
        Change::Force(tier) => format!("force_tier {}", tiers.get(tier).map_or("", String::as_str)),
    }
}

/// Writes the raw value as text: what stands in the column, or what the source computed.
pub(in crate::health) fn write_value(
    source: &Input,
    inputs: &impl Inputs,
    row: usize,
    x: f64,
    out: &mut Vec<u8>,
) -> bool {
    match source {
        Input::Number(input) | Input::Flag(input) | Input::Category(input, _) => inputs.column(*input).write(row, out),
        _ if x.is_finite() => {
            crate::table::write_number(x, out);
            true
        }
        _ => false,
    }
}
