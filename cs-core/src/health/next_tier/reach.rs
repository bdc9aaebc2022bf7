//! From the score that is wanted down to the points that one item needs.

use super::inverse::LARGEST;
use super::search::{Grid, boundary};
use crate::health::compile::{Change, Plan, Program};
use crate::health::document::{Aggregate, Rounding};
use crate::health::engine::changed;
use crate::health::kernel::{Trace, fold_add, fold_finish, fold_start, rounded};
use std::ops::Range;

/// What stands between the score that the dimensions make and the one that counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Steps<'a> {
    program: &'a Program,
    /// The adjustments that fired, by bits.
    fired: u128,
}

impl<'a> Steps<'a> {
    pub(super) fn new(program: &'a Program, fired: u128) -> Self {
        Self { program, fired }
    }

    fn changes(&self) -> impl DoubleEndedIterator<Item = Change> + 'a {
        let fired = self.fired;
        let all = self.program.adjustments.iter().enumerate();
        all.filter(move |(at, _)| fired >> at & 1 == 1).map(|(_, adjustment)| adjustment.change)
    }

    /// The tier that the last of them forces.
    pub(super) fn forced(&self) -> Option<usize> {
        self.changes().rev().find_map(|change| match change {
            Change::Force(tier) => Some(tier),
            _ => None,
        })
    }

    /// The score after adjustments and rounding.
    pub(super) fn after(&self, raw: f64) -> f64 {
        self.applied(raw, true)
    }

    /// The same, with caps or without.
    fn applied(&self, raw: f64, caps: bool) -> f64 {
        let scale = self.program.scale;
        let applied = |change: &Change| caps || !matches!(change, Change::Cap(_));
        let score = self.changes().filter(applied).fold(raw, |score, change| match change {
            Change::Force(_) => score,
            change => changed(change, score, scale),
        });
        match self.program.rounding {
            Some(rounding) => rounded(score, rounding).clamp(scale[0], scale[1]),
            None => score,
        }
    }

    /// The least score before adjustments that ends at `target` or above; `Err` says whether a cap is in the way.
    pub(super) fn least(&self, target: f64) -> Result<f64, bool> {
        let [worst, best] = self.program.scale;
        if self.after(worst) >= target {
            return Ok(worst);
        }
        if self.after(best) < target {
            return Err(self.applied(best, false) >= target);
        }
        if self.fired == 0 && self.program.rounding.is_none() {
            return Ok(target);
        }
        let rounding = self.program.rounding.map_or(target, |rounding| unrounded(target, rounding));
        let guess = self.changes().rev().fold(rounding, |score, change| match change {
            Change::Add(points) => score - points,
            Change::Multiply(factor) => worst + (score - worst) / factor,
            _ => score,
        });
        Ok(boundary(Grid::Floats, worst, best, guess, |raw| self.after(raw) >= target))
    }
}

/// About the least number that rounds to `x` or above.
fn unrounded(x: f64, rounding: Rounding) -> f64 {
    let power = 10f64.powi(i32::from(rounding.decimals));
    (libm::ceil(x * power) - 0.5) / power
}

/// A dimension, or the card.
#[derive(Debug)]
struct Node {
    /// Where its parts stand.
    parts: Range<usize>,
    aggregate: Aggregate,
    rounding: Option<Rounding>,
    /// Its weight beside its siblings.
    weight: f64,
    /// The node above, and its own place among the parts there.
    above: Option<(usize, usize)>,
}

/// Points and weights of all parts of one account, so that one can be replaced.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// What each part is: a dimension, or an item.
    sources: Vec<Part>,
    /// Weight and points of each part.
    parts: Vec<[f64; 2]>,
    /// Per item: its dimension, and its place among all parts.
    items: Vec<(usize, usize)>,
    scale: [f64; 2],
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Dimension(usize),
    Item(usize),
}

impl Tree {
    pub(super) fn new(plan: &Plan) -> Self {
        let card = plan.dimensions.len();
        let mut tree = Self {
            nodes: Vec::with_capacity(card + 1),
            sources: Vec::new(),
            parts: Vec::new(),
            items: vec![(0, 0); plan.items.len()],
            scale: plan.scale,
        };
        let mut places = vec![0; card];
        for at in 0..=card {
            let start = tree.sources.len();
            let own = if at == card { None } else { Some(at) };
            // As the kernel adds them: dimensions first, then items.
            for inner in (0..card).filter(|inner| plan.dimensions[*inner].parent == own) {
                places[inner] = tree.sources.len();
                tree.sources.push(Part::Dimension(inner));
            }
            for item in (0..plan.items.len()).filter(|item| Some(plan.items[*item].dimension) == own) {
                tree.items[item] = (at, tree.sources.len());
                tree.sources.push(Part::Item(item));
            }
            let dimension = plan.dimensions.get(at);
            tree.nodes.push(Node {
                parts: start..tree.sources.len(),
                aggregate: dimension.map_or(plan.aggregate, |dimension| dimension.aggregate),
                rounding: dimension.and_then(|dimension| dimension.rounding),
                weight: dimension.map_or(0.0, |dimension| dimension.weight),
                above: None,
            });
        }
        for (at, dimension) in plan.dimensions.iter().enumerate() {
            tree.nodes[at].above = Some((dimension.parent.unwrap_or(card), places[at]));
        }
        tree.parts = vec![[0.0; 2]; tree.sources.len()];
        tree
    }

    /// Takes over the points of an account.
    pub(super) fn fill(&mut self, plan: &Plan, trace: &Trace, row: usize) {
        for (part, source) in self.parts.iter_mut().zip(&self.sources) {
            *part = match *source {
                Part::Item(item) => [trace.weights[item][row], trace.points[item][row]],
                Part::Dimension(inner) => {
                    let points = trace.points_of[inner][row];
                    [if points.is_nan() { 0.0 } else { plan.dimensions[inner].weight }, points]
                }
            };
        }
    }

    /// Whether an item, or a dimension that it is in, has the weight 0.
    pub(super) fn is_weightless(&self, item: usize, weight: f64) -> bool {
        let mut at = self.items[item].0;
        let mut none = weight <= 0.0;
        while let Some((above, _)) = self.nodes[at].above {
            none |= self.nodes[at].weight <= 0.0;
            at = above;
        }
        none
    }

    /// The running sum and weight of a node, with one part replaced.
    #[inline]
    fn folded(&self, node: &Node, place: usize, replaced: [f64; 2]) -> [f64; 2] {
        let (mut sum, mut scored) = (fold_start(node.aggregate), 0.0);
        for at in node.parts.clone() {
            let [weight, points] = if at == place { replaced } else { self.parts[at] };
            fold_add(node.aggregate, &mut sum, weight, points, self.scale);
            scored += weight;
        }
        [sum, scored]
    }

    /// The score, before adjustments, if an item had these points.
    pub(super) fn score(&self, item: usize, weight: f64, points: f64) -> f64 {
        let (mut at, mut place) = self.items[item];
        let mut replaced = [weight, points];
        loop {
            let node = &self.nodes[at];
            let [sum, scored] = self.folded(node, place, replaced);
            let points = fold_finish(node.aggregate, sum, scored, self.scale);
            let Some((above, own)) = node.above else { return points };
            let [worst, best] = self.scale;
            let points = node.rounding.map_or(points, |rounding| rounded(points, rounding).clamp(worst, best));
            replaced = [if points.is_nan() { 0.0 } else { node.weight }, points];
            (at, place) = (above, own);
        }
    }

    /// The least points of an item with which the score is at least `raw`.
    pub(super) fn required(&self, item: usize, weight: f64, raw: f64) -> Option<f64> {
        let [low, high] = match self.nodes[self.items[item].0].aggregate {
            Aggregate::Sum { .. } => [-LARGEST, LARGEST],
            _ => self.scale,
        };
        let reaches = |points: f64| self.score(item, weight, points) >= raw;
        if reaches(low) {
            return Some(low);
        }
        if !reaches(high) {
            return None;
        }
        let guess = self.guess(self.items[item].0, self.items[item].1, weight, raw);
        Some(boundary(Grid::Floats, low, high, guess, reaches))
    }

    /// About the points that a part needs for the score to be `raw`.
    fn guess(&self, at: usize, place: usize, weight: f64, raw: f64) -> f64 {
        let node = &self.nodes[at];
        let wanted = match node.above {
            None => raw,
            Some((above, own)) => {
                let wanted = self.guess(above, own, node.weight, raw);
                node.rounding.map_or(wanted, |rounding| unrounded(wanted, rounding))
            }
        };
        let [worst, best] = self.scale;
        // The part itself adds nothing here.
        let [sum, others] = self.folded(node, place, [0.0, f64::NAN]);
        match node.aggregate {
            Aggregate::Mean => (wanted * (others + weight) - sum) / weight,
            Aggregate::Min | Aggregate::Max => wanted,
            Aggregate::Geometric => {
                let height = libm::log((wanted - worst) / (best - worst));
                worst + (best - worst) * libm::exp((height * (others + weight) - sum) / weight)
            }
            Aggregate::Sum { start, .. } => (wanted - start - sum) / weight,
        }
    }
}
