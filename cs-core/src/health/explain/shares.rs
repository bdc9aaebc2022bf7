//! How much of a score each part made: Euler's theorem, from the card down.
//!
//! All ways to put parts together but the sum are homogeneous of degree one in the heights above the worst
//! score, so the heights times their derivatives add up to the height of the whole. A sum adds its start; what
//! its limits and rounding change is told apart.

use crate::health::compile::Plan;
use crate::health::document::Aggregate;
use crate::health::kernel::{Trace, unrounded};

/// The shares of one account.
#[derive(Debug, Default)]
pub(in crate::health) struct Shares {
    /// Per dimension: its share of the score.
    share: Vec<f64>,
    /// Per dimension: by how much the score rises with its points.
    slope: Vec<f64>,
    /// Per dimension, and last the card: the weight of the parts that are the least or the greatest.
    ties: Vec<f64>,
    /// Per dimension, and last the card: its points before rounding, and before limits.
    points: Vec<[f64; 2]>,
    /// The worst score and what sums begin with.
    pub(in crate::health) baseline: f64,
    /// What the rounding of dimensions changed.
    pub(in crate::health) rounding: f64,
    /// What the limits of sums changed, by dimension; `None` is the card.
    pub(in crate::health) limits: Vec<(Option<usize>, f64)>,
}

/// The share of the score that an item has, and what it contributes.
#[derive(Debug, Clone, Copy)]
pub(in crate::health) struct Part {
    pub(in crate::health) share: f64,
    pub(in crate::health) contribution: f64,
}

impl Shares {
    pub(in crate::health) fn new(plan: &Plan) -> Self {
        let dimensions = plan.dimensions.len();
        Self {
            share: vec![0.0; dimensions],
            slope: vec![0.0; dimensions],
            ties: vec![0.0; dimensions + 1],
            points: vec![[0.0; 2]; dimensions + 1],
            baseline: 0.0,
            rounding: 0.0,
            limits: Vec::new(),
        }
    }

    /// Works out the shares of all dimensions for a row of a traced block.
    pub(in crate::health) fn find(&mut self, plan: &Plan, trace: &Trace, row: usize) {
        if plan.plain {
            return self.find_plain(plan, trace, row);
        }
        self.nodes(plan, trace, row);
        self.count_ties(plan, trace, row);
        let [worst, _] = plan.scale;
        self.limits.clear();
        self.rounding = 0.0;
        self.baseline = worst;
        self.node(plan, plan.dimensions.len(), None, 1.0);
        // Parents stand before their parts.
        for (index, dimension) in plan.dimensions.iter().enumerate() {
            let above = dimension.parent.unwrap_or(plan.dimensions.len());
            let (share, slope) = match dimension.parent {
                Some(parent) => (self.share[parent], self.slope[parent]),
                None => (1.0, 1.0),
            };
            let scored = dimension.parent.map_or(trace.card[row], |parent| trace.scored[parent][row]);
            let aggregate = aggregate_of(plan, above);
            let points = trace.points_of[index][row];
            let weight = if points.is_nan() { 0.0 } else { dimension.weight };
            let part = self.part(aggregate, above, weight, points, scored, worst);
            let height = points - worst;
            self.share[index] = share * part.share;
            self.slope[index] = match aggregate {
                Aggregate::Geometric if height > 0.0 => slope * part.contribution / height,
                Aggregate::Geometric => 0.0,
                _ => slope * part.share,
            };
            if aggregate.is_sum() && weight > 0.0 {
                self.baseline += slope * weight * worst;
            }
            if !points.is_nan() {
                self.node(plan, index, Some(index), self.slope[index]);
                if dimension.rounding.is_some() {
                    self.rounding += self.slope[index] * (points - self.points[index][0]);
                }
            }
        }
    }

    /// Means alone need only weights.
    fn find_plain(&mut self, plan: &Plan, trace: &Trace, row: usize) {
        self.baseline = plan.scale[0];
        for (index, dimension) in plan.dimensions.iter().enumerate() {
            let has = trace.scored[index][row] > 0.0;
            let (total, of) = match dimension.parent {
                Some(parent) => (trace.scored[parent][row], self.share[parent]),
                None => (trace.card[row], 1.0),
            };
            self.share[index] = if has && total > 0.0 { dimension.weight / total * of } else { 0.0 };
        }
    }

    /// The points of every dimension and of the card, before rounding and before limits.
    fn nodes(&mut self, plan: &Plan, trace: &Trace, row: usize) {
        for (index, dimension) in plan.dimensions.iter().enumerate() {
            let (sum, scored) = (trace.sums[index][row], trace.scored[index][row]);
            self.points[index] = unrounded(dimension.aggregate, sum, scored, plan.scale);
        }
        let card = plan.dimensions.len();
        self.points[card] = unrounded(plan.aggregate, trace.card_sum[row], trace.card[row], plan.scale);
    }

    /// What a dimension, or the card, adds beside its parts.
    fn node(&mut self, plan: &Plan, at: usize, dimension: Option<usize>, slope: f64) {
        if let Aggregate::Sum { start, .. } = aggregate_of(plan, at) {
            self.baseline += slope * (start - plan.scale[0]);
            let [points, unlimited] = self.points[at];
            let change = slope * (points - unlimited);
            if change != 0.0 {
                self.limits.push((dimension, change));
            }
        }
    }

    fn count_ties(&mut self, plan: &Plan, trace: &Trace, row: usize) {
        self.ties.fill(0.0);
        for (index, dimension) in plan.dimensions.iter().enumerate() {
            let above = dimension.parent.unwrap_or(plan.dimensions.len());
            if trace.points_of[index][row] == self.points[above][0] {
                self.ties[above] += dimension.weight;
            }
        }
        for (index, item) in plan.items.iter().enumerate() {
            if trace.points[index][row] == self.points[item.dimension][0] {
                self.ties[item.dimension] += trace.weights[index][row];
            }
        }
    }

    /// The share of a part in the dimension at `at`, and what it contributes to that dimension's height.
    fn part(&self, aggregate: Aggregate, at: usize, weight: f64, points: f64, scored: f64, worst: f64) -> Part {
        if weight <= 0.0 || points.is_nan() {
            return Part { share: 0.0, contribution: 0.0 };
        }
        let [whole, _] = self.points[at];
        let share = match aggregate {
            Aggregate::Mean | Aggregate::Geometric => weight / scored,
            Aggregate::Min | Aggregate::Max if points == whole => weight / self.ties[at],
            Aggregate::Min | Aggregate::Max => 0.0,
            Aggregate::Sum { .. } => weight,
        };
        let height = match aggregate {
            Aggregate::Geometric => whole - worst,
            Aggregate::Sum { .. } => points,
            _ => points - worst,
        };
        Part { share, contribution: share * height }
    }

    /// The share of an item in the score, and what it contributes.
    #[inline]
    pub(in crate::health) fn item(&self, plan: &Plan, trace: &Trace, index: usize, row: usize) -> Part {
        let item = &plan.items[index];
        let dimension = item.dimension;
        let (points, weight) = (trace.points[index][row], trace.weights[index][row]);
        let [worst, _] = plan.scale;
        if plan.plain {
            let share = weight / trace.scored[dimension][row] * self.share[dimension];
            // A dimension without any points has no weight to share.
            let share = if share.is_nan() { 0.0 } else { share };
            return Part { share, contribution: if points.is_nan() { 0.0 } else { share * (points - worst) } };
        }
        let aggregate = plan.dimensions[dimension].aggregate;
        let part = self.part(aggregate, dimension, weight, points, trace.scored[dimension][row], worst);
        Part { share: self.share[dimension] * part.share, contribution: self.slope[dimension] * part.contribution }
    }
}

/// How the parts of a dimension are put together; the card stands after the last.
fn aggregate_of(plan: &Plan, at: usize) -> Aggregate {
    plan.dimensions.get(at).map_or(plan.aggregate, |dimension| dimension.aggregate)
}
