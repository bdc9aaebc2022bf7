//! One account and one item: what it would take.

use super::inverse::{Here, Shape};
use super::probe::{Account, Probe, own_input, shared_starts};
use super::reach::{Steps, Tree};
use super::search::Line;
use crate::calendar::Date;
use crate::health::Scorecard;
use crate::health::bind::Bound;
use crate::health::compile::{Categories, Input, ItemPlan, Program};
use crate::health::curve::{Compiled, DEFAULT};
use crate::health::document::{Curve, Dimension, Document};
use crate::health::engine::{Session, Work};
use crate::health::explain::State;
use crate::health::kernel::{Inputs, Trace, is_expired};
use crate::table::{Column, Values};

/// Why an item cannot do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    OutOfReach,
    Capped,
    Forced,
    Overridden,
    Expired,
    NotApplicable,
    OptedOut,
    WeightZero,
}

impl Reason {
    /// In the order of their codes.
    pub(super) const NAMES: [&str; 8] =
        ["out_of_reach", "capped", "forced", "overridden", "expired", "not_applicable", "opted_out", "weight_zero"];
}

/// A value that would do it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Needed {
    Number(f64),
    Flag(bool),
    /// The number of a category among those listed; after the last the one that stands for all others.
    Category(usize),
    /// The category that is there.
    Same,
}

/// A value that would do it, and the points that it gives.
pub(super) type Found = (Needed, f64);

/// One way to score, prepared for going back.
struct Back {
    tree: Tree,
    shapes: Vec<Shape>,
    /// Per item: where what its column does may change, if more than the item itself reads it.
    shared: Vec<Option<Vec<f64>>>,
}

/// Goes back from tiers to values.
pub(super) struct Solver {
    plans: Vec<Back>,
    probe: Probe,
}

/// An account at hand.
pub(super) struct Case<'a> {
    session: &'a Session<'a>,
    trace: &'a Trace,
    pub(super) account: Account,
    pub(super) plan: usize,
    /// Where the account stands in the trace.
    pub(super) at: usize,
    steps: Steps<'a>,
    /// What the score must be.
    target: f64,
    /// What it must be before adjustments, or why that is not enough.
    raw: Result<f64, Reason>,
    overridden: bool,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        session: &'a Session<'a>,
        trace: &'a Trace,
        work: &Work,
        i: usize,
        batch: usize,
        row: usize,
    ) -> Self {
        let program = session.program;
        let (tier, plan) = (work.tier[i], usize::from(work.plan_of[i]));
        let margin = program.hysteresis.map_or(0.0, |hysteresis| hysteresis.up.margin);
        let steps = Steps::new(program, work.fired[i]);
        let target = program.plans[plan].edges[usize::from(tier) + 1] + margin;
        let raw = match steps.forced() {
            Some(_) => Err(Reason::Forced),
            None => steps.least(target).map_err(|capped| if capped { Reason::Capped } else { Reason::OutOfReach }),
        };
        Self {
            session,
            trace,
            account: Account { batch, row, before: work.before[i], tier, margin },
            plan,
            at: work.place[i] as usize,
            steps,
            target,
            raw,
            overridden: work.decided[i].is_made(),
        }
    }

    pub(super) fn item(&self, index: usize) -> &'a ItemPlan {
        &self.session.program.plans[self.plan].items[index]
    }

    fn inputs(&self) -> &'a Bound<'a> {
        &self.session.bound[self.account.batch]
    }

    /// The points of an item; NaN where it has none.
    pub(super) fn points(&self, index: usize) -> f64 {
        self.trace.points[index][self.at]
    }

    /// The worst score.
    pub(super) fn worst(&self) -> f64 {
        self.session.program.scale[0]
    }

    /// The value of an item; of a category its points.
    pub(super) fn value(&self, index: usize) -> f64 {
        self.trace.values[index][self.at]
    }

    pub(super) fn write_value(&self, index: usize, out: &mut Vec<u8>) -> bool {
        let source = &self.item(index).source;
        crate::health::explain::write_value(source, self.inputs(), self.account.row, self.value(index), out)
    }

    /// The column that an item reads as it is.
    fn column(&self, index: usize) -> Option<Column<'a>> {
        let inputs = self.inputs();
        own_input(&self.item(index).source).map(|input| inputs.column(input))
    }

    /// Writes a value as the item's column would hold it.
    pub(super) fn write_needed(&self, index: usize, needed: Needed, out: &mut Vec<u8>) -> bool {
        let booleans = |column: Column<'_>| matches!(column.values(), Values::Bool(_) | Values::Null(_));
        match (needed, &self.item(index).source) {
            (Needed::Number(x), _) => crate::table::write_number(x, out),
            (Needed::Flag(set), _) => {
                let [no, yes]: [&[u8]; 2] =
                    if self.column(index).is_some_and(booleans) { [b"false", b"true"] } else { [b"0", b"1"] };
                out.extend_from_slice(if set { yes } else { no });
            }
            (Needed::Category(at), Input::Category(_, categories)) => {
                let listed = categories.listed().nth(at).map(|(text, _)| text);
                out.extend_from_slice(listed.unwrap_or(DEFAULT.as_bytes()));
            }
            _ => return self.write_value(index, out),
        }
        true
    }
}

/// The curves of all items in the order of a plan.
fn curves(document: &Document) -> Vec<&Curve> {
    fn visit<'a>(dimensions: &'a [Dimension], out: &mut Vec<&'a Curve>) {
        for dimension in dimensions {
            visit(&dimension.dimensions, out);
            out.extend(dimension.items.iter().map(|item| &item.curve.kind));
        }
    }
    let mut out = Vec::new();
    visit(&document.dimensions, &mut out);
    out
}

fn shapes(card: &Scorecard, program: &Program, as_of: Date) -> Vec<Vec<Shape>> {
    let document = card.document();
    let variants = document.variants.iter().map(|variant| document.with_variant(variant));
    let documents = std::iter::once(document.clone()).chain(variants);
    let of_plan = |(document, plan): (Document, &crate::health::compile::Plan)| {
        plan.items.iter().zip(curves(&document)).map(|(item, curve)| Shape::new(item, curve, as_of)).collect()
    };
    documents.zip(&program.plans).map(of_plan).collect()
}

impl Solver {
    pub(super) fn new(session: &Session<'_>) -> Self {
        let program = session.program;
        let shapes = shapes(session.card, program, session.run.as_of);
        let shared = |plan: usize| -> Vec<Option<Vec<f64>>> {
            (0..program.items().len()).map(|item| shared_starts(program, &shapes, plan, item)).collect()
        };
        let shared: Vec<_> = (0..program.plans.len()).map(shared).collect();
        let plans = program.plans.iter().zip(shapes).zip(shared);
        let back = |((plan, shapes), shared)| Back { tree: Tree::new(plan), shapes, shared };
        Self { plans: plans.map(back).collect(), probe: Probe::new(program) }
    }

    /// Prepares for the items of an account.
    pub(super) fn begin(&mut self, case: &Case<'_>) {
        let plan = &case.session.program.plans[case.plan];
        self.plans[case.plan].tree.fill(plan, case.trace, case.at);
    }

    /// What one item alone would need.
    pub(super) fn solve(&mut self, case: &Case<'_>, index: usize) -> Result<Found, Reason> {
        if case.overridden {
            return Err(Reason::Overridden);
        }
        let back = &self.plans[case.plan];
        if let Some(starts) = &back.shared[index] {
            let shape = &back.shapes[index];
            let found = probed(&mut self.probe, case, index, shape, starts);
            return found.ok_or_else(|| back.solve(case, index).err().unwrap_or(Reason::OutOfReach));
        }
        back.solve(case, index)
    }
}

impl Back {
    fn solve(&self, case: &Case<'_>, index: usize) -> Result<Found, Reason> {
        let item = case.item(index);
        if case.steps.forced().is_some() {
            return Err(Reason::Forced);
        }
        let missing = match case.trace.states[index][case.at] {
            State::NotApplicable => return Err(Reason::NotApplicable),
            State::OptedOut => return Err(Reason::OptedOut),
            State::Expired => return Err(Reason::Expired),
            state => state == State::Missing,
        };
        // A value that is not there may have a date: what is put in its place is as old as that.
        if missing && is_expired(item, case.inputs(), case.account.row, case.session.run) {
            return Err(Reason::Expired);
        }
        if self.tree.is_weightless(index, item.weight) {
            return Err(Reason::WeightZero);
        }
        let mut points = self.tree.required(index, item.weight, case.raw?).ok_or(Reason::OutOfReach)?;
        let here = Here::new(item, case.inputs(), case.account.row, case.session.run);
        // Where rounding leaves it a hair short, a hair more is asked for.
        for hair in [0, 1, 4, 16, 64, 256] {
            points = (0..hair).fold(points, |points, _| points.next_up());
            let found = self.inverse(case, index, &here, points).ok_or(Reason::OutOfReach)?;
            let raw = self.tree.score(index, item.weight, found.1);
            if case.steps.after(raw) >= case.target {
                return Ok(found);
            }
        }
        Err(Reason::OutOfReach)
    }

    /// The value that gives at least these points, and the points that it gives.
    fn inverse(&self, case: &Case<'_>, index: usize, here: &Here, points: f64) -> Option<Found> {
        let item = case.item(index);
        let present = case.value(index);
        match (&item.source, &item.curve) {
            (Input::Category(_, categories), _) => {
                if here.drifted(item, present) >= points {
                    return Some((Needed::Same, here.drifted(item, present)));
                }
                let all = choices(categories, &case.column(index)?);
                let good = all.map(|(at, p)| (at, here.drifted(item, p))).filter(|(_, p)| *p >= points);
                fewest(good)
            }
            (Input::Flag(_), Compiled::Flag { .. }) => {
                let of = |set: bool| here.points(item, f64::from(u8::from(set)));
                if !present.is_nan() && here.points(item, present) >= points {
                    return Some((Needed::Flag(present != 0.0), here.points(item, present)));
                }
                let good = [true, false].into_iter().map(|set| (set, of(set))).filter(|(_, p)| *p >= points);
                let least = good.reduce(|a, b| if b.1 < a.1 { b } else { a });
                least.map(|(set, points)| (Needed::Flag(set), points))
            }
            _ => {
                let from = (!present.is_nan()).then_some(present);
                let x = here.nearest(item, &self.shapes[index], from, points)?;
                Some((Needed::Number(x), here.points(item, x)))
            }
        }
    }
}

/// The categories that a column could hold, by number, with their points.
fn choices<'a>(categories: &'a Categories, column: &Column<'_>) -> impl Iterator<Item = (usize, f64)> + use<'a> {
    let (booleans, numbers) = match column.values() {
        Values::Bool(_) => (true, false),
        Values::Int(_) | Values::F64(_) | Values::F32(_) => (false, true),
        _ => (false, false),
    };
    let fits = move |text: &[u8]| match (booleans, numbers) {
        (true, _) => matches!(text, b"true" | b"false"),
        (_, true) => Categories::is_number(text),
        _ => true,
    };
    let listed = categories.listed().enumerate().filter(move |(_, (text, _))| fits(text));
    let listed = listed.map(|(at, (_, points))| (at, points));
    // What is not listed has no number that could be named.
    let other = categories.default().filter(|_| !booleans && !numbers);
    listed.chain(other.map(|points| (categories.listed().count(), points)))
}

fn fewest(good: impl Iterator<Item = (usize, f64)>) -> Option<Found> {
    let least = good.reduce(|a, b| if b.1 < a.1 { b } else { a });
    least.map(|(at, points)| (Needed::Category(at), points))
}

/// The same where a column is read elsewhere too: each value is tried on the whole account.
fn probed(probe: &mut Probe, case: &Case<'_>, index: usize, shape: &Shape, starts: &[f64]) -> Option<Found> {
    let item = case.item(index);
    let (session, account) = (case.session, &case.account);
    let present = case.value(index);
    match &item.source {
        Input::Number(_) => {
            let line = Line { starts, domain: shape.domain, grid: shape.grid };
            let from = (!present.is_nan()).then_some(present);
            let mut holds = |x| probe.number(session, account, index, x).is_some();
            let x = line.nearest(from, &mut holds, &|near, far| near / 2.0 + far / 2.0)?;
            Some((Needed::Number(x), probe.number(session, account, index, x)?))
        }
        Input::Flag(_) => {
            let booleans = matches!(case.column(index)?.values(), Values::Bool(_) | Values::Null(_));
            let mut of = |set: bool| {
                let points = match booleans {
                    true => probe.flag(session, account, index, set),
                    false => probe.number(session, account, index, f64::from(u8::from(set))),
                };
                points.map(|points| (Needed::Flag(set), points))
            };
            if !present.is_nan()
                && let Some(found) = of(present != 0.0)
            {
                return Some(found);
            }
            of(true).or_else(|| of(false))
        }
        Input::Category(_, categories) => {
            let column = case.column(index)?;
            let mut own = Vec::new();
            if !present.is_nan()
                && case.write_value(index, &mut own)
                && let Some(points) = probed_text(probe, case, index, &column, &own)
            {
                return Some((Needed::Same, points));
            }
            let text = |at: usize| categories.listed().nth(at).map_or(DEFAULT.as_bytes(), |(text, _)| text);
            let all = choices(categories, &column);
            fewest(all.filter_map(|(at, _)| Some((at, probed_text(probe, case, index, &column, text(at))?))))
        }
        _ => None,
    }
}

/// Tries a category as the column would hold it.
fn probed_text(probe: &mut Probe, case: &Case<'_>, index: usize, column: &Column<'_>, text: &[u8]) -> Option<f64> {
    let (session, account) = (case.session, &case.account);
    match column.values() {
        Values::Bool(_) => probe.flag(session, account, index, text == b"true"),
        Values::Int(_) | Values::F64(_) | Values::F32(_) => {
            probe.number(session, account, index, std::str::from_utf8(text).ok()?.parse().ok()?)
        }
        _ => probe.text(session, account, index, text),
    }
}
