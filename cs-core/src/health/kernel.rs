//! The inner loop: one block of rows, column at a time.
//!
//! The same code runs for a block of rows and for one account, so both give the same bits. It is
//! written without branches on values, as loops that do one thing, so that the compiler vectorises it;
//! no multiply-add is fused, so AVX2, SSE2 and other platforms agree.

mod fault;
mod fold;
mod lines;
mod source;

pub(super) use fault::{Faults, Marks};
pub(super) use fold::{add as fold_add, finished as fold_finish, rounded, start as fold_start, unrounded};
pub(super) use source::{Finding, age, describe_rule, is_expired, segment};

use super::compile::{DimensionPlan, ItemPlan, Plan, Step};
use super::document::Aggregate;
use super::explain::State;
use crate::calendar::{Date, Zone};
use crate::table::Column;

/// Rows in a block: four pages of a column, so that reading ahead pays, while the sums stay in the
/// nearest caches (measured: 512 rows take a sixth longer).
pub(super) const BLOCK: usize = 2048;

/// Where the columns of a plan's inputs come from.
pub(super) trait Inputs {
    fn column(&self, input: usize) -> Column<'_>;
}

/// What scoring needs beside card and rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Only read when the card asks for ages, which requires it.
    pub(super) as_of: Date,
    /// The same, if it was given.
    pub(super) day: Option<Date>,
    pub(super) zone: Option<Zone>,
}

/// Running sums of one level of dimensions, per row of the block.
#[derive(Debug)]
struct Level {
    /// Over what has points: Σ weight · points; or the least, the greatest, or Σ weight · logarithm.
    sum: Vec<f64>,
    /// Σ weight, over what has points.
    scored: Vec<f64>,
    /// Σ weight, over what has a usable value.
    covered: Vec<f64>,
    /// Σ weight, over what applies.
    counting: Vec<f64>,
}

impl Level {
    fn new(rows: usize) -> Self {
        let zeros = || vec![0.0; rows];
        Self { sum: zeros(), scored: zeros(), covered: zeros(), counting: zeros() }
    }

    #[inline(always)]
    fn clear(&mut self, rows: usize, aggregate: Aggregate, simple: bool) {
        self.sum[..rows].fill(fold::start(aggregate));
        self.scored[..rows].fill(0.0);
        if !simple {
            self.covered[..rows].fill(0.0);
            self.counting[..rows].fill(0.0);
        }
    }
}

/// Working columns of a block, and its results.
#[derive(Debug)]
pub(super) struct Scratch {
    x: Vec<f64>,
    /// The second number of a ratio or a change.
    other: Vec<f64>,
    /// Days since a conditional item was observed.
    ages: Vec<f64>,
    mask: Vec<bool>,
    points: Vec<f64>,
    /// Counting weight of a conditional item.
    weights: Vec<f64>,
    states: Vec<State>,
    levels: Vec<Level>,
    /// Score of each row; NaN where there is none.
    pub(super) score: Vec<f64>,
    /// The same, however little is covered; only kept with a trace.
    pub(super) uncut: Vec<f64>,
    /// Coverage of each row; NaN where nothing applies.
    pub(super) coverage: Vec<f64>,
    /// Score of each top dimension.
    pub(super) tops: Vec<Vec<f64>>,
    /// Which rows have data in error.
    pub(super) marks: Marks,
    /// What each item did, where asked for.
    pub(super) trace: Option<Trace>,
}

impl Scratch {
    /// Working columns for blocks of up to `rows` rows.
    pub(super) fn new(plan: &Plan, rows: usize) -> Self {
        let zeros = || vec![0.0; rows];
        Self {
            x: zeros(),
            other: zeros(),
            ages: zeros(),
            mask: vec![false; rows],
            points: zeros(),
            weights: zeros(),
            states: vec![State::Present; rows],
            levels: (0..plan.levels).map(|_| Level::new(rows)).collect(),
            score: zeros(),
            uncut: Vec::new(),
            coverage: zeros(),
            tops: plan.tops().map(|_| zeros()).collect(),
            marks: Marks::new(rows),
            trace: None,
        }
    }

    pub(super) fn with_trace(plan: &Plan, rows: usize) -> Self {
        let columns = |n: usize| (0..n).map(|_| vec![0.0; rows]).collect();
        let trace = Trace {
            points: columns(plan.items.len()),
            weights: columns(plan.items.len()),
            states: plan.items.iter().map(|_| vec![State::Present; rows]).collect(),
            values: columns(plan.items.len()),
            scored: columns(plan.dimensions.len()),
            sums: columns(plan.dimensions.len()),
            points_of: columns(plan.dimensions.len()),
            card: vec![0.0; rows],
            card_sum: vec![0.0; rows],
        };
        Self { trace: Some(trace), uncut: vec![0.0; rows], ..Self::new(plan, rows) }
    }
}

/// What each item and dimension did in a block.
#[derive(Debug)]
pub(super) struct Trace {
    /// Per item: points in the score; NaN where it has none.
    pub(super) points: Vec<Vec<f64>>,
    /// Per item: its weight in the score, before it is divided by that of its siblings.
    pub(super) weights: Vec<Vec<f64>>,
    pub(super) states: Vec<Vec<State>>,
    /// Per item: the value that its source gave, whatever its state; infinite where in error.
    pub(super) values: Vec<Vec<f64>>,
    /// Per dimension: the weight of its parts that are in the score.
    pub(super) scored: Vec<Vec<f64>>,
    /// Per dimension: the running sum at its end.
    pub(super) sums: Vec<Vec<f64>>,
    /// Per dimension: its points, rounded; NaN where it has none.
    pub(super) points_of: Vec<Vec<f64>>,
    /// The weight of the top dimensions that are in the score.
    pub(super) card: Vec<f64>,
    /// The running sum of the card at its end.
    pub(super) card_sum: Vec<f64>,
}

/// Some rows of a table: so many from `start` on, or those that are picked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) start: usize,
    pub(super) rows: usize,
    /// What to add to a row of the table to get the row of the run.
    pub(super) offset: usize,
    /// The rows one by one, where they do not simply follow each other.
    pub(super) picks: Option<&'a [u32]>,
}

impl Block<'_> {
    /// The row of the table that stands at a place of the block.
    #[inline(always)]
    pub(super) fn row(&self, i: usize) -> usize {
        match self.picks {
            None => self.start + i,
            Some(picks) => picks[i] as usize,
        }
    }
}

/// Evaluates a block: scores, coverage and dimensions into `scratch`, errors into `faults`.
pub(super) fn evaluate<I: Inputs>(
    plan: &Plan,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    scratch: &mut Scratch,
    faults: &mut Faults,
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[target_feature(enable = "avx2")]
        fn with_avx2<I: Inputs>(
            plan: &Plan,
            inputs: &I,
            block: Block<'_>,
            run: Run,
            scratch: &mut Scratch,
            faults: &mut Faults,
        ) {
            body(plan, inputs, block, run, scratch, faults);
        }
        // SAFETY: the processor has AVX2, as just asked; the function is the same code as below.
        #[allow(unsafe_code)]
        return unsafe { with_avx2(plan, inputs, block, run, scratch, faults) };
    }
    body(plan, inputs, block, run, scratch, faults);
}

#[inline(always)]
fn body<I: Inputs>(plan: &Plan, inputs: &I, block: Block<'_>, run: Run, scratch: &mut Scratch, faults: &mut Faults) {
    scratch.levels[0].clear(block.rows, plan.aggregate, false);
    scratch.marks.clear();
    for step in &plan.steps {
        match *step {
            Step::Open(index) => {
                let dimension = &plan.dimensions[index];
                scratch.levels[dimension.level].clear(block.rows, dimension.aggregate, dimension.is_simple());
            }
            Step::Item(index, level) => item(plan, index, level, inputs, block, run, scratch, faults),
            Step::Close(index) => close(plan, index, block.rows, scratch),
        }
    }
    finish(plan, block.rows, scratch);
}

/// Adds one item to the level of its dimension.
#[inline(always)]
#[allow(clippy::too_many_arguments)] // they are the kernel's state; a struct would only rename them
fn item<I: Inputs>(
    plan: &Plan,
    index: usize,
    level: usize,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    scratch: &mut Scratch,
    faults: &mut Faults,
) {
    let item = &plan.items[index];
    let rows = block.rows;
    let Scratch { x, other, ages, mask, points, weights, states, levels, marks, trace, .. } = scratch;
    let (x, points, weights, states) = (&mut x[..rows], &mut points[..rows], &mut weights[..rows], &mut states[..rows]);
    let conditional = item.is_conditional();
    if conditional {
        let clean = source::judge_all(item, inputs, block, run, states, &mut ages[..rows], &mut mask[..rows]);
        if clean {
            weigh(states, item.weight, weights);
        } else {
            judge(item, index, inputs, block, run, states, weights, marks, faults);
        }
    }
    // A plain column of floats is read where it lies; everything else is first made one.
    let mut plain =
        source::plain(item, inputs, block).filter(|_| !(conditional || item.manual.is_some() || item.excludes));
    if plain.is_none() {
        source::fill(item, inputs, block, run, x, &mut other[..rows]);
    }
    if let Some(trace) = trace {
        trace.values[index][..rows].copy_from_slice(plain.unwrap_or(x));
    }
    if conditional {
        hide(states, x);
    }
    let dimension = &plan.dimensions[item.dimension];
    let simple = !conditional && item.fill.is_none() && dimension.is_simple();
    if simple
        && trace.is_none()
        && item.ranks.is_none()
        && !item.excludes
        && let Some(any_infinite) = lines::add(&mut levels[level], plain.unwrap_or(x), &item.curve, item.weight)
    {
        if any_infinite {
            fail(item, index, inputs, block, run, plain.unwrap_or(x), marks, faults);
        }
        return;
    }
    // Rows in error are marked, and have no value from here on.
    if source::has_infinite(plain.unwrap_or(x)) {
        if let Some(values) = plain.take() {
            x.copy_from_slice(values);
        }
        fail(item, index, inputs, block, run, x, marks, faults);
        x.iter_mut().filter(|x| x.is_infinite()).for_each(|x| *x = f64::NAN);
    }
    match &item.ranks {
        Some(ranks) => source::rank(ranks, inputs, block, plain.unwrap_or(x), points),
        None => item.curve.apply(plain.unwrap_or(x), points),
    }
    if let Some(drift) = &item.decay {
        source::drift(drift, &ages[..rows], points);
    }
    if item.excludes {
        exclude(points, x);
    }
    let values: &[f64] = plain.unwrap_or(x);
    if simple {
        add(&mut levels[level], values, points, item.weight);
    } else {
        let aggregate = dimension.aggregate;
        add_conditional(
            &mut levels[level],
            values,
            points,
            item,
            conditional.then_some(weights),
            aggregate,
            plan.scale,
        );
    }
    if let Some(trace) = trace {
        record(trace, index, item, values, points, conditional.then_some((weights, states)), marks);
    }
}

/// Adds points to a level in which covered weight is weight in the score.
#[inline(always)]
fn add(level: &mut Level, x: &[f64], points: &[f64], weight: f64) {
    let sums = level.sum.iter_mut().zip(&mut level.scored);
    for ((sum, scored), (&x, &points)) in sums.zip(x.iter().zip(points)) {
        let has = !x.is_nan();
        *sum += if has { weight * points } else { 0.0 };
        *scored += if has { weight } else { 0.0 };
    }
}

/// Adds points, keeping covered and counting weight apart.
#[inline(always)]
fn add_conditional(
    level: &mut Level,
    x: &[f64],
    points: &mut [f64],
    item: &ItemPlan,
    weights: Option<&mut [f64]>,
    aggregate: Aggregate,
    scale: [f64; 2],
) {
    let fill = item.fill.unwrap_or(0.0);
    let fills = item.fill.is_some();
    match weights {
        None if aggregate.is_mean() => {
            let sums = level.sum.iter_mut().zip(&mut level.scored).zip(&mut level.covered).zip(&mut level.counting);
            for ((((sum, scored), covered), counting), (&x, &points)) in sums.zip(x.iter().zip(&*points)) {
                let weight = item.weight;
                let has = !x.is_nan();
                let value = if has { points } else { fill };
                let in_score = if has | fills { weight } else { 0.0 };
                *sum += in_score * value;
                *scored += in_score;
                *covered += if has { weight } else { 0.0 };
                *counting += weight;
            }
        }
        Some(weights) if aggregate.is_mean() => {
            let sums = level.sum.iter_mut().zip(&mut level.scored).zip(&mut level.covered).zip(&mut level.counting);
            for ((((sum, scored), covered), counting), ((&x, &points), &weight)) in
                sums.zip(x.iter().zip(&*points).zip(&*weights))
            {
                let has = !x.is_nan();
                let value = if has { points } else { fill };
                let in_score = if has | fills { weight } else { 0.0 };
                *sum += in_score * value;
                *scored += in_score;
                *covered += if has { weight } else { 0.0 };
                *counting += weight;
            }
        }
        weights => {
            for row in 0..x.len() {
                let weight = weights.as_ref().map_or(item.weight, |weights| weights[row]);
                let has = !x[row].is_nan();
                let value = if has { points[row] } else { fill };
                let in_score = if has | fills { weight } else { 0.0 };
                fold::add(aggregate, &mut level.sum[row], in_score, value, scale);
                level.scored[row] += in_score;
                level.covered[row] += if has { weight } else { 0.0 };
                level.counting[row] += weight;
            }
        }
    }
}

/// Adds a finished dimension to its parent.
#[inline(always)]
fn close(plan: &Plan, index: usize, rows: usize, scratch: &mut Scratch) {
    let dimension = &plan.dimensions[index];
    let (parents, own) = scratch.levels.split_at_mut(dimension.level);
    let (Some(parent), Some(own)) = (parents.last_mut(), own.first_mut()) else { return };
    let points = &mut scratch.points[..rows];
    fold::finish(dimension.aggregate, &own.sum, &own.scored, plan.scale, points);
    if let Some(rounding) = dimension.rounding {
        let [worst, best] = plan.scale;
        points.iter_mut().for_each(|p| *p = rounded(*p, rounding).clamp(worst, best));
    }
    let above = dimension.parent.map_or(plan.aggregate, |parent| plan.dimensions[parent].aggregate);
    add_dimension(parent, points, dimension.weight, above, plan.scale);
    cover(dimension, parent, own, rows);
    if let Some(top) = dimension.top {
        scratch.tops[top][..rows].copy_from_slice(points);
    }
    if let Some(trace) = &mut scratch.trace {
        trace.scored[index][..rows].copy_from_slice(&own.scored[..rows]);
        trace.sums[index][..rows].copy_from_slice(&own.sum[..rows]);
        trace.points_of[index][..rows].copy_from_slice(points);
    }
}

/// Adds the points of a dimension to its parent.
#[inline(always)]
fn add_dimension(parent: &mut Level, points: &[f64], weight: f64, aggregate: Aggregate, scale: [f64; 2]) {
    let sums = parent.sum.iter_mut().zip(&mut parent.scored).zip(points);
    if aggregate.is_mean() {
        for ((sum, scored), &p) in sums {
            let has = !p.is_nan();
            *sum += if has { weight * p } else { 0.0 };
            *scored += if has { weight } else { 0.0 };
        }
        return;
    }
    for ((sum, scored), &p) in sums {
        let in_score = if p.is_nan() { 0.0 } else { weight };
        fold::add(aggregate, sum, in_score, p, scale);
        *scored += in_score;
    }
}

/// Adds the coverage of a dimension to its parent.
#[inline(always)]
fn cover(dimension: &DimensionPlan, parent: &mut Level, own: &Level, rows: usize) {
    let weight = dimension.weight;
    let covered: &[f64] = if dimension.covered_is_scored { &own.scored } else { &own.covered };
    if let Some(counting) = dimension.counting {
        for ((sum, total), &covered) in parent.covered.iter_mut().zip(&mut parent.counting).zip(&covered[..rows]) {
            *sum += weight * (covered / counting);
            *total += weight;
        }
    } else {
        let parts = covered[..rows].iter().zip(&own.counting);
        for ((sum, total), (&covered, &counting)) in parent.covered.iter_mut().zip(&mut parent.counting).zip(parts) {
            let counts = counting > 0.0;
            *sum += if counts { weight * (covered / counting) } else { 0.0 };
            *total += if counts { weight } else { 0.0 };
        }
    }
}

/// The card's own level: score and coverage.
#[inline(always)]
fn finish(plan: &Plan, rows: usize, scratch: &mut Scratch) {
    let card = &scratch.levels[0];
    let least = plan.min_coverage;
    let score = &mut scratch.score[..rows];
    fold::finish(plan.aggregate, &card.sum, &card.scored, plan.scale, score);
    if let Some(trace) = &mut scratch.trace {
        trace.card[..rows].copy_from_slice(&card.scored[..rows]);
        trace.card_sum[..rows].copy_from_slice(&card.sum[..rows]);
        scratch.uncut[..rows].copy_from_slice(score);
    }
    let counts = card.covered.iter().zip(&card.counting);
    for ((score, coverage), (&covered, &counting)) in score.iter_mut().zip(&mut scratch.coverage).zip(counts) {
        let share = covered / counting; // 0/0 is NaN: nothing applies
        *score = if share >= least { *score } else { f64::NAN };
        *coverage = share;
    }
    if scratch.marks.any {
        for row in 0..rows {
            if scratch.marks.first[row] > 0 {
                scratch.score[row] = f64::NAN;
                scratch.coverage[row] = f64::NAN;
                scratch.tops.iter_mut().for_each(|top| top[row] = f64::NAN);
            }
        }
    }
}

/// Where the curve gave nothing, there is no value.
#[inline(never)]
fn exclude(points: &[f64], x: &mut [f64]) {
    for (x, p) in x.iter_mut().zip(points) {
        *x = if p.is_nan() { f64::NAN } else { *x };
    }
}

/// The state that conditions and age give each row, and its counting weight.
#[inline(never)]
#[allow(clippy::too_many_arguments)]
fn judge<I: Inputs>(
    item: &ItemPlan,
    index: usize,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    states: &mut [State],
    weights: &mut [f64],
    marks: &mut Marks,
    faults: &mut Faults,
) {
    for i in 0..block.rows {
        let row = block.row(i);
        states[i] = source::judge(item, inputs, row, run).unwrap_or_else(|finding| {
            let describe = || source::describe(item, inputs, row, run, finding);
            let number = faults.note(index, finding, row + block.offset, describe);
            marks.mark(i, number);
            State::Invalid
        });
        weights[i] = if states[i].counts() { item.weight } else { 0.0 };
    }
}

/// The counting weights of an item by its states.
#[inline(always)]
fn weigh(states: &[State], weight: f64, weights: &mut [f64]) {
    for (out, state) in weights.iter_mut().zip(states) {
        *out = if state.counts() { weight } else { 0.0 };
    }
}

/// Takes away the values of rows in which the item has none.
#[inline(never)]
fn hide(states: &mut [State], x: &mut [f64]) {
    for (state, x) in states.iter_mut().zip(x) {
        if x.is_nan() && matches!(state, State::Present | State::Stale | State::Expired) {
            *state = State::Missing;
        }
        // An expired value counts as missing, but one in error is still an error.
        let kept = matches!(state, State::Present | State::Stale) || *state == State::Expired && x.is_infinite();
        if !kept {
            *x = f64::NAN;
        }
    }
}

/// Finds out what is wrong with the values that are infinite.
#[inline(never)]
#[cold]
#[allow(clippy::too_many_arguments)]
fn fail<I: Inputs>(
    item: &ItemPlan,
    index: usize,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    x: &[f64],
    marks: &mut Marks,
    faults: &mut Faults,
) {
    for (i, _) in x.iter().enumerate().filter(|(_, x)| x.is_infinite()) {
        let row = block.row(i);
        let finding = source::diagnose(item, inputs, row, run);
        let describe = || source::describe(item, inputs, row, run, finding);
        let number = faults.note(index, finding, row + block.offset, describe);
        marks.mark(i, number);
    }
}

/// Keeps what the item did.
#[inline(never)]
fn record(
    trace: &mut Trace,
    index: usize,
    item: &ItemPlan,
    x: &[f64],
    points: &[f64],
    conditional: Option<(&mut [f64], &mut [State])>,
    marks: &mut Marks,
) {
    for i in 0..x.len() {
        let has = !x[i].is_nan();
        let counting = conditional.as_ref().map_or(item.weight, |(weights, _)| weights[i]);
        let judged = conditional.as_ref().map_or(State::Present, |(_, states)| states[i]);
        let state = match judged {
            _ if std::mem::take(&mut marks.item[i]) => State::Invalid,
            // The curve may have excluded a value that was there.
            State::Present | State::Stale if !has => State::Missing,
            judged => judged,
        };
        let filled = item.fill.filter(|_| matches!(state, State::Missing | State::Expired));
        trace.states[index][i] = state;
        trace.points[index][i] = if has { points[i] } else { filled.unwrap_or(f64::NAN) };
        trace.weights[index][i] = if has || item.fill.is_some() { counting } else { 0.0 };
    }
}
