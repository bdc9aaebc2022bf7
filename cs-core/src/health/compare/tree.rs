//! The change of a score, split from the card down to its items.

use super::rules::{Pull, Room, Two, lone, split};
use crate::health::bind::Bound;
use crate::health::compile::Plan;
use crate::health::document::Aggregate;
use crate::health::explain::State;
use crate::health::kernel::{Trace, unrounded};

/// A part of a dimension or of the card, by number.
#[derive(Debug, Clone, Copy)]
enum Part {
    Dimension(usize),
    Item(usize),
}

/// The parts of each dimension, and last those of the card.
#[derive(Debug)]
pub(super) struct Tree {
    parts: Vec<Vec<Part>>,
}

impl Tree {
    pub(super) fn new(plan: &Plan) -> Self {
        let card = plan.dimensions.len();
        let mut parts = vec![Vec::new(); card + 1];
        for (index, dimension) in plan.dimensions.iter().enumerate() {
            parts[dimension.parent.unwrap_or(card)].push(Part::Dimension(index));
        }
        for (index, item) in plan.items.iter().enumerate() {
            parts[item.dimension].push(Part::Item(index));
        }
        Self { parts }
    }
}

/// An account on a day, as a plan sees it.
#[derive(Clone, Copy)]
pub(super) struct Corner<'a> {
    pub(super) plan: &'a Plan,
    pub(super) trace: &'a Trace,
    /// Its place in the trace.
    pub(super) at: usize,
    pub(super) inputs: &'a Bound<'a>,
    /// Its row in the inputs.
    pub(super) row: usize,
    /// The score before adjustments; NaN where nothing has points, or the data is in error.
    pub(super) raw: f64,
}

impl Corner<'_> {
    pub(super) fn state(&self, item: usize) -> State {
        self.trace.states[item][self.at]
    }

    pub(super) fn value(&self, item: usize) -> f64 {
        self.trace.values[item][self.at]
    }

    /// The weight of a part in its whole, 0 where it has no points; and its points.
    fn part(&self, part: Part) -> (f64, f64) {
        let (weight, points) = match part {
            Part::Item(index) => (self.trace.weights[index][self.at], self.trace.points[index][self.at]),
            Part::Dimension(index) => (self.plan.dimensions[index].weight, self.trace.points_of[index][self.at]),
        };
        if points.is_nan() { (0.0, 0.0) } else { (weight, points) }
    }

    /// The points of a dimension, or of the card, before rounding; and those without limits.
    fn whole(&self, node: usize) -> [f64; 2] {
        let (trace, at) = (self.trace, self.at);
        let (sum, weight) = match trace.sums.get(node) {
            Some(sums) => (sums[at], trace.scored[node][at]),
            None => (trace.card_sum[at], trace.card[at]),
        };
        unrounded(aggregate_of(self.plan, node), sum, weight, self.plan.scale)
    }

    /// What rounding changed in the points of a dimension; 0 for the card.
    fn rounding(&self, node: usize) -> f64 {
        match self.plan.dimensions.get(node).and_then(|dimension| dimension.rounding) {
            Some(_) => self.trace.points_of[node][self.at] - self.whole(node)[0],
            None => 0.0,
        }
    }
}

/// How the parts of a dimension are put together; the card stands after the last.
fn aggregate_of(plan: &Plan, node: usize) -> Aggregate {
    plan.dimensions.get(node).map_or(plan.aggregate, |dimension| dimension.aggregate)
}

/// How what a dimension did to the score goes on to its parts.
#[derive(Debug, Clone, Copy)]
enum Hand {
    /// It did nothing.
    Nothing,
    /// It has points on both days: so much of their change.
    Both(f64),
    /// It has points on one day: so much of their distance from a reference.
    One { day: usize, slope: f64, reference: f64 },
}

impl Hand {
    fn new(part: &Two, pull: &Pull, slope: f64) -> Self {
        let slope = slope * pull.slope;
        match part.weight.map(|weight| weight > 0.0) {
            [true, true] => Self::Both(slope),
            [false, false] => Self::Nothing,
            [before, _] => Self::One { day: usize::from(!before), slope, reference: pull.reference },
        }
    }
}

/// The change of the scores of a plan, account by account.
#[derive(Debug)]
pub(super) struct Split {
    tree: Tree,
    /// By how much each item changed the score.
    pub(super) items: Vec<f64>,
    /// By how much the rounding of dimensions did.
    pub(super) rounding: f64,
    /// Per dimension, and last the card.
    hands: Vec<Hand>,
    /// Whether any item below moved.
    moved: Vec<bool>,
    parts: Vec<Two>,
    pulls: Vec<Pull>,
    room: Room,
}

impl Split {
    pub(super) fn new(plan: &Plan) -> Self {
        let nodes = plan.dimensions.len() + 1;
        Self {
            tree: Tree::new(plan),
            items: vec![0.0; plan.items.len()],
            rounding: 0.0,
            hands: vec![Hand::Nothing; nodes],
            moved: vec![false; nodes],
            parts: Vec::new(),
            pulls: Vec::new(),
            room: Room::default(),
        }
    }

    /// Splits the change between two days under one plan, on both of which there are points.
    pub(super) fn find(&mut self, days: [&Corner<'_>; 2]) {
        let plan = days[0].plan;
        let card = plan.dimensions.len();
        self.items.fill(0.0);
        self.rounding = 0.0;
        self.find_moved(days);
        self.hands.fill(Hand::Nothing);
        self.hands[card] = Hand::Both(1.0);
        // Parents stand before their parts.
        for node in std::iter::once(card).chain(0..card) {
            if !self.moved[node] {
                continue;
            }
            match self.hands[node] {
                Hand::Nothing => {}
                Hand::Both(slope) => self.both(node, slope, days),
                Hand::One { day, slope, reference } => self.one(node, day, slope, reference, days),
            }
        }
    }

    fn find_moved(&mut self, days: [&Corner<'_>; 2]) {
        let plan = days[0].plan;
        let card = plan.dimensions.len();
        self.moved.fill(false);
        for (index, item) in plan.items.iter().enumerate() {
            self.moved[item.dimension] |= days[0].part(Part::Item(index)) != days[1].part(Part::Item(index));
        }
        for (index, dimension) in plan.dimensions.iter().enumerate().rev() {
            self.moved[dimension.parent.unwrap_or(card)] |= self.moved[index];
        }
    }

    fn gather(&mut self, node: usize, days: [&Corner<'_>; 2]) {
        let two = |part: &Part| {
            let [(w0, p0), (w1, p1)] = days.map(|day| day.part(*part));
            Two { weight: [w0, w1], points: [p0, p1] }
        };
        self.parts.clear();
        self.parts.extend(self.tree.parts[node].iter().map(two));
    }

    fn both(&mut self, node: usize, slope: f64, days: [&Corner<'_>; 2]) {
        let plan = days[0].plan;
        self.gather(node, days);
        let whole = days.map(|day| day.whole(node));
        split(aggregate_of(plan, node), plan.scale, &self.parts, whole, &mut self.room, &mut self.pulls);
        self.rounding += slope * (days[1].rounding(node) - days[0].rounding(node));
        self.hand_on(node, slope, slope);
    }

    fn one(&mut self, node: usize, day: usize, slope: f64, reference: f64, days: [&Corner<'_>; 2]) {
        let plan = days[0].plan;
        self.gather(node, days);
        let whole = days[day].whole(node)[0];
        lone(aggregate_of(plan, node), plan.scale[0], &self.parts, day, whole, reference, &mut self.pulls);
        let sign = if day == 1 { 1.0 } else { -1.0 };
        self.rounding += sign * slope * days[day].rounding(node);
        self.hand_on(node, sign * slope, slope);
    }

    /// Gives items what they did, and dimensions what they hand on.
    fn hand_on(&mut self, node: usize, factor: f64, slope: f64) {
        for (part, (two, pull)) in self.tree.parts[node].iter().zip(self.parts.iter().zip(&self.pulls)) {
            match *part {
                Part::Item(index) => self.items[index] = factor * pull.amount,
                Part::Dimension(index) => self.hands[index] = Hand::new(two, pull, slope),
            }
        }
    }
}
