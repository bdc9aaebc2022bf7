//! A block of accounts from data to score, tier and state: who is scored how, and what comes after the mean.

use crate::calendar::Date;
use crate::health::compile::{Change, Program, Rule};
use crate::health::document::Hysteresis;
use crate::health::kernel::{BLOCK, Block, Faults, Finding, Inputs, Marks, Run, Scratch, evaluate, rounded};
use crate::health::tier::{Held, NONE, advance, band};

/// The statuses of a row, by code.
pub(in crate::health) const STATUSES: [&str; 5] = ["scored", "insufficient_data", "invalid", "grace", "frozen"];
pub(in crate::health) const SCORED: u8 = 0;
pub(in crate::health) const INSUFFICIENT: u8 = 1;
pub(in crate::health) const INVALID: u8 = 2;
pub(in crate::health) const GRACE: u8 = 3;
pub(in crate::health) const FROZEN: u8 = 4;

/// The plan of an account that is not scored.
pub(in crate::health) const NO_PLAN: u8 = u8::MAX;

/// What people decided for an account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::health) struct Decision {
    /// NaN where only the tier is set.
    pub(in crate::health) points: f64,
    /// [`NONE`] where the points are set.
    pub(in crate::health) tier: u8,
}

impl Decision {
    pub(in crate::health) const NO: Self = Self { points: f64::NAN, tier: NONE };

    pub(in crate::health) fn is_made(self) -> bool {
        self.tier != NONE || !self.points.is_nan()
    }
}

/// What becomes of each account of a block.
#[derive(Debug)]
pub(in crate::health) struct Work {
    /// The plan that scores each row; [`NO_PLAN`] where it is frozen.
    pub(in crate::health) plan_of: Vec<u8>,
    /// Where each row stands in the columns of its plan.
    pub(in crate::health) place: Vec<u32>,
    /// Rows of the table, and their places in the block, by plan.
    groups: Vec<(Vec<u32>, Vec<u32>)>,
    mask: Vec<bool>,
    pub(in crate::health) score: Vec<f64>,
    /// Before adjustments.
    pub(in crate::health) raw: Vec<f64>,
    pub(in crate::health) coverage: Vec<f64>,
    pub(in crate::health) tops: Vec<Vec<f64>>,
    pub(in crate::health) tier: Vec<u8>,
    forced: Vec<u8>,
    pub(in crate::health) status: Vec<u8>,
    /// Which adjustments changed what, by bits.
    pub(in crate::health) fired: Vec<u128>,
    pub(in crate::health) before: Vec<Held>,
    pub(in crate::health) after: Vec<Held>,
    pub(in crate::health) decided: Vec<Decision>,
    pub(in crate::health) marks: Marks,
    grace: Vec<bool>,
}

impl Work {
    /// Room for blocks of up to so many rows.
    pub(in crate::health) fn new(program: &Program, rows: usize) -> Self {
        Self {
            plan_of: vec![0; rows],
            place: vec![0; rows],
            groups: program.plans.iter().map(|_| (Vec::new(), Vec::new())).collect(),
            mask: vec![false; rows],
            score: vec![0.0; rows],
            raw: vec![0.0; rows],
            coverage: vec![0.0; rows],
            tops: program.base().tops().map(|_| vec![0.0; rows]).collect(),
            tier: vec![0; rows],
            forced: vec![NONE; rows],
            status: vec![0; rows],
            fired: vec![0; rows],
            before: vec![Held::NEW; rows],
            after: vec![Held::NEW; rows],
            decided: vec![Decision::NO; rows],
            marks: Marks::new(rows),
            grace: vec![false; rows],
        }
    }

    /// Whether a row's data was evaluated and is not in error.
    pub(in crate::health) fn counts(&self, i: usize) -> bool {
        self.plan_of[i] != NO_PLAN && !(self.marks.any && self.marks.first[i] > 0)
    }
}

/// Working columns of each plan.
pub(in crate::health) type Scratches = Vec<Scratch>;

/// Working columns for every plan of a card.
pub(in crate::health) fn scratches(program: &Program, rows: usize, traced: bool) -> Scratches {
    let rows = rows.min(BLOCK);
    let one = |plan| if traced { Scratch::with_trace(plan, rows) } else { Scratch::new(plan, rows) };
    program.plans.iter().map(one).collect()
}

/// Scores a block whose earlier states and decisions already stand in `work`.
pub(in crate::health) fn settle<I: Inputs>(
    program: &Program,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    scratches: &mut Scratches,
    work: &mut Work,
    faults: &mut Faults,
) {
    work.marks.clear();
    classify(program, inputs, block, run, work, faults);
    score(program, inputs, block, run, scratches, work, faults);
    adjust(program, inputs, block, run, work, faults);
    let rows = block.rows;
    for i in 0..rows {
        work.status[i] = status(work, i);
    }
    decide(program, work, rows);
    tiers(program, run.day, work, rows);
}

/// Who is frozen, new, or scored by which variant.
fn classify<I: Inputs>(
    program: &Program,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    work: &mut Work,
    faults: &mut Faults,
) {
    let rows = block.rows;
    work.plan_of[..rows].fill(0);
    if let Some(rule) = &program.frozen {
        holds(rule, inputs, block, run, work, faults);
        for i in 0..rows {
            work.plan_of[i] = if work.mask[i] { NO_PLAN } else { 0 };
        }
    }
    for (at, rule) in program.variants.iter().enumerate() {
        holds(rule, inputs, block, run, work, faults);
        for i in 0..rows {
            if work.mask[i] && work.plan_of[i] == 0 {
                work.plan_of[i] = at as u8 + 1;
            }
        }
    }
    if let Some(grace) = &program.grace {
        let column = inputs.column(grace.since);
        for i in 0..rows {
            work.grace[i] = false;
            if work.plan_of[i] == NO_PLAN {
                continue;
            }
            match column.day(block.row(i), run.zone) {
                Ok(None) => {}
                Ok(Some(day)) if day <= run.as_of => work.grace[i] = (run.as_of.days_since(day) as f64) < grace.days,
                found => {
                    let code = found.err().unwrap_or(crate::error::Code::DateAfterAsOf);
                    note(grace.subject, Finding { code, input: grace.since }, inputs, block, run, i, work, faults);
                }
            }
        }
    }
}

/// Fills the mask with the rows for which a condition holds; values in error are noted, except where the
/// account is frozen.
fn holds<I: Inputs>(rule: &Rule, inputs: &I, block: Block<'_>, run: Run, work: &mut Work, faults: &mut Faults) {
    let bad = rule.when.fill(inputs, block, run.zone, &mut work.mask[..block.rows]);
    if !bad {
        return;
    }
    for i in 0..block.rows {
        if work.plan_of[i] == NO_PLAN {
            continue;
        }
        if let Some((input, code)) = rule.when.fault(inputs, block.row(i), run.zone) {
            note(rule.subject, Finding { code, input }, inputs, block, run, i, work, faults);
            work.mask[i] = false;
        }
    }
}

#[cold]
#[allow(clippy::too_many_arguments)]
fn note<I: Inputs>(
    subject: usize,
    finding: Finding,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    i: usize,
    work: &mut Work,
    faults: &mut Faults,
) {
    let row = block.row(i);
    let describe = || crate::health::kernel::describe_rule(&inputs.column(finding.input), row, run, finding.code);
    let number = faults.note(subject, finding, row + block.offset, describe);
    work.marks.mark(i, number);
}

/// Evaluates each row by its plan, and gathers the results.
fn score<I: Inputs>(
    program: &Program,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    scratches: &mut Scratches,
    work: &mut Work,
    faults: &mut Faults,
) {
    let rows = block.rows;
    let first = work.plan_of[0];
    if first != NO_PLAN && work.plan_of[..rows].iter().all(|plan| *plan == first) {
        let scratch = &mut scratches[usize::from(first)];
        evaluate(&program.plans[usize::from(first)], inputs, block, run, scratch, faults);
        (0..rows).for_each(|i| work.place[i] = i as u32);
        take_all(scratch, work, rows);
        return;
    }
    group(block, work);
    for (at, scratch) in scratches.iter_mut().enumerate() {
        let (picks, places) = &work.groups[at];
        if picks.is_empty() {
            continue;
        }
        let picked = Block { rows: picks.len(), picks: Some(picks), ..block };
        evaluate(&program.plans[at], inputs, picked, run, scratch, faults);
        scatter(scratch, places, &mut work.raw, &mut work.coverage, &mut work.tops, &mut work.marks);
    }
}

/// Sorts the rows of a block by plan; rows without one get no score.
fn group(block: Block<'_>, work: &mut Work) {
    work.groups.iter_mut().for_each(|(picks, places)| {
        picks.clear();
        places.clear();
    });
    for i in 0..block.rows {
        match work.groups.get_mut(usize::from(work.plan_of[i])) {
            Some((picks, places)) => {
                work.place[i] = picks.len() as u32;
                picks.push(block.row(i) as u32);
                places.push(i as u32);
            }
            None => {
                work.raw[i] = f64::NAN;
                work.coverage[i] = f64::NAN;
                work.tops.iter_mut().for_each(|top| top[i] = f64::NAN);
            }
        }
    }
}

fn take_all(scratch: &Scratch, work: &mut Work, rows: usize) {
    work.raw[..rows].copy_from_slice(&scratch.score[..rows]);
    work.coverage[..rows].copy_from_slice(&scratch.coverage[..rows]);
    for (out, top) in work.tops.iter_mut().zip(&scratch.tops) {
        out[..rows].copy_from_slice(&top[..rows]);
    }
    if scratch.marks.any {
        work.marks.merge(&scratch.marks, 0..rows as u32);
    }
}

fn scatter(
    scratch: &Scratch,
    places: &[u32],
    raw: &mut [f64],
    coverage: &mut [f64],
    tops: &mut [Vec<f64>],
    marks: &mut Marks,
) {
    for (i, &place) in places.iter().enumerate() {
        raw[place as usize] = scratch.score[i];
        coverage[place as usize] = scratch.coverage[i];
    }
    for (out, top) in tops.iter_mut().zip(&scratch.tops) {
        places.iter().zip(top).for_each(|(&place, &x)| out[place as usize] = x);
    }
    if scratch.marks.any {
        marks.merge(&scratch.marks, places.iter().copied());
    }
}

/// Lets the adjustments change the scores, in order.
fn adjust<I: Inputs>(program: &Program, inputs: &I, block: Block<'_>, run: Run, work: &mut Work, faults: &mut Faults) {
    let rows = block.rows;
    let (raw, score) = (&work.raw[..rows], &mut work.score[..rows]);
    score.copy_from_slice(raw);
    work.forced[..rows].fill(NONE);
    work.fired[..rows].fill(0);
    for (at, adjustment) in program.adjustments.iter().enumerate() {
        holds(&adjustment.rule, inputs, block, run, work, faults);
        for i in 0..rows {
            let score = work.score[i];
            if !work.mask[i] || score.is_nan() {
                continue;
            }
            work.fired[i] |= 1 << at;
            match adjustment.change {
                Change::Force(tier) => work.forced[i] = tier as u8,
                change => work.score[i] = changed(change, score, program.scale),
            }
        }
    }
    if work.marks.any {
        for i in (0..rows).filter(|&i| work.marks.first[i] > 0) {
            work.raw[i] = f64::NAN;
            work.score[i] = f64::NAN;
            work.fired[i] = 0;
            work.coverage[i] = f64::NAN;
            work.tops.iter_mut().for_each(|top| top[i] = f64::NAN);
        }
    }
}

/// A score after one adjustment, kept on the scale.
pub(in crate::health) fn changed(change: Change, score: f64, [worst, best]: [f64; 2]) -> f64 {
    let score = match change {
        Change::Cap(points) => score.min(points),
        Change::Floor(points) => score.max(points),
        Change::Add(points) => score + points,
        Change::Multiply(factor) => worst + (score - worst) * factor,
        Change::Force(_) => score,
    };
    score.clamp(worst, best)
}

/// What each of the adjustments that counted changed, in order, and the score after them.
pub(in crate::health) fn steps(program: &Program, fired: u128, raw: f64) -> (Vec<(usize, f64)>, f64) {
    let mut score = raw;
    let mut steps = Vec::new();
    if fired == 0 {
        return (steps, score);
    }
    for (at, adjustment) in program.adjustments.iter().enumerate().filter(|(at, _)| fired >> at & 1 == 1) {
        let after = changed(adjustment.change, score, program.scale);
        steps.push((at, after - score));
        score = after;
    }
    (steps, score)
}

fn status(work: &Work, i: usize) -> u8 {
    if work.marks.any && work.marks.first[i] > 0 {
        INVALID
    } else if work.plan_of[i] == NO_PLAN {
        FROZEN
    } else if work.score[i].is_nan() && work.decided[i].points.is_nan() {
        INSUFFICIENT
    } else if work.grace[i] {
        GRACE
    } else {
        SCORED
    }
}

/// Lets what people decided stand above what was computed; then rounds.
fn decide(program: &Program, work: &mut Work, rows: usize) {
    for i in 0..rows {
        match work.status[i] {
            INVALID => continue,
            FROZEN => {
                work.score[i] = work.before[i].score;
                continue;
            }
            _ => {}
        }
        let decision = work.decided[i];
        if !decision.points.is_nan() {
            work.score[i] = decision.points;
        }
        if let Some(rounding) = program.rounding {
            let [worst, best] = program.scale;
            work.score[i] = rounded(work.score[i], rounding).clamp(worst, best);
        }
    }
}

/// The tiers, and what is kept for next time.
fn tiers(program: &Program, day: Option<Date>, work: &mut Work, rows: usize) {
    let none = program.tiers.is_empty();
    let hysteresis = program.hysteresis.unwrap_or_default();
    for i in 0..rows {
        let (before, status) = (work.before[i], work.status[i]);
        let (tier, after) = match status {
            FROZEN => (before.tier, before),
            INVALID => (NONE, before),
            _ => {
                let edges = program.plans.get(usize::from(work.plan_of[i])).map_or(&[][..], |plan| &plan.edges);
                read(edges, hysteresis, work, i, day, none)
            }
        };
        work.tier[i] = tier;
        work.after[i] = after;
    }
}

/// The tier of an account that is neither frozen nor in error, and its state.
fn read(edges: &[f64], hysteresis: Hysteresis, work: &Work, i: usize, day: Option<Date>, none: bool) -> (u8, Held) {
    let (before, score, decision) = (work.before[i], work.score[i], work.decided[i]);
    if decision.tier != NONE {
        let after = if score.is_nan() { before } else { Held::at(decision.tier, score, day) };
        return (decision.tier, after);
    }
    if score.is_nan() {
        return (NONE, before);
    }
    let after = if none {
        Held::at(NONE, score, day)
    } else if decision.is_made() {
        Held::at(band(edges, score), score, day)
    } else if work.forced[i] != NONE {
        Held::at(work.forced[i], score, day)
    } else {
        advance(edges, hysteresis, before, score, day)
    };
    (after.tier, after)
}
