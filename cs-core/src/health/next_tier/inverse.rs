//! Curves the other way round: from points to the nearest value that gives them.

use super::search::{Grid, Line};
use crate::calendar::Date;
use crate::health::compile::{Input, ItemPlan};
use crate::health::curve::Compiled;
use crate::health::document::{Band, Curve, Recency};
use crate::health::kernel::{self, Inputs, Run};

/// Points that lie in a sum may be anywhere; searching ends here.
pub(super) const LARGEST: f64 = 1e15;

/// The days from 0001-01-01 and to 9999-12-31 around 1970-01-01: dates that can be written.
const WRITTEN_DAYS: [i64; 2] = [-719_162, 2_932_896];

/// What is known of an item's curve, for going back from points to values.
#[derive(Debug)]
pub(super) struct Shape {
    /// Where the curve turns or jumps; those of ranks depend on the segment.
    pub(super) starts: Vec<f64>,
    pub(super) domain: [f64; 2],
    pub(super) grid: Grid,
}

/// What an account's row adds to the curve of an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here {
    segment: usize,
    /// Days since the value was observed, if it decays.
    age: Option<f64>,
}

impl Here {
    pub(super) fn new(item: &ItemPlan, inputs: &impl Inputs, row: usize, run: Run) -> Self {
        let segment = item.ranks.as_ref().map_or(0, |ranks| kernel::segment(ranks, inputs, row));
        let decays = item.decay.is_some();
        Self { segment, age: if decays { kernel::age(item, inputs, row, run) } else { None } }
    }

    /// The points that a value gives; NaN where the curve has none for it.
    #[inline]
    pub(super) fn points(&self, item: &ItemPlan, x: f64) -> f64 {
        let mut points = [0.0];
        match &item.ranks {
            Some(ranks) => points[0] = ranks.points(self.segment, x),
            None => item.curve.apply(&[x], &mut points),
        }
        self.drifted(item, points[0])
    }

    /// What is left of points.
    #[inline]
    pub(super) fn drifted(&self, item: &ItemPlan, points: f64) -> f64 {
        match (&item.decay, self.age) {
            (Some(drift), Some(age)) => drift.after(points, age),
            _ => points,
        }
    }

    /// About the points from which these would be left.
    fn before_drift(&self, item: &ItemPlan, points: f64) -> f64 {
        match (&item.decay, self.age) {
            (Some(drift), Some(age)) => drift.target + (points - drift.target) / drift.days.left(age),
            _ => points,
        }
    }

    /// The value nearest to `from` that gives at least these points.
    pub(super) fn nearest(&self, item: &ItemPlan, shape: &Shape, from: Option<f64>, points: f64) -> Option<f64> {
        let knots: Vec<f64>;
        let starts = match &item.ranks {
            None => &shape.starts,
            Some(ranks) => {
                knots = ranks.knots(self.segment).iter().map(|knot| knot[0]).collect();
                &knots
            }
        };
        let line = Line { starts, domain: shape.domain, grid: shape.grid };
        let guess = |near, far| self.guess(item, points, near, far);
        line.nearest(from, &mut |x| self.points(item, x) >= points, &guess)
    }

    /// About where between two ends the curve reaches these points.
    fn guess(&self, item: &ItemPlan, points: f64, near: f64, far: f64) -> f64 {
        match &item.curve {
            Compiled::HalfLife { worst, span, days } if item.ranks.is_none() => {
                -days.half_life() * libm::log2((self.before_drift(item, points) - worst) / span)
            }
            Compiled::Saturate { worst, span, half } if item.ranks.is_none() => {
                let share = (self.before_drift(item, points) - worst) / span;
                half * share / (1.0 - share)
            }
            Compiled::Same if item.ranks.is_none() => self.before_drift(item, points),
            _ => {
                let [low, high] = [near, far].map(|x| self.points(item, x));
                near + (points - low) / (high - low) * (far - near)
            }
        }
    }
}

impl Shape {
    pub(super) fn new(item: &ItemPlan, curve: &Curve, as_of: Date) -> Self {
        let (domain, grid) = domain(item, as_of);
        let [low, high] = domain;
        let domain = match curve {
            // Beyond this the best score would be reached by rounding alone.
            Curve::Saturate { half } => [low, high.min(half * 2f64.powi(50)).max(low)],
            _ => domain,
        };
        Self { starts: starts(curve), domain, grid }
    }
}

/// The values that a source can give.
fn domain(item: &ItemPlan, as_of: Date) -> ([f64; 2], Grid) {
    let [first, last] = WRITTEN_DAYS.map(|day| (day - i64::from(as_of.days())) as f64);
    match &item.source {
        Input::DaysSince(_) => ([0.0, -first], Grid::Whole),
        Input::DaysUntil(_) => ([first, last], Grid::Whole),
        Input::CountTrue(flags) => ([0.0, flags.len() as f64], Grid::Whole),
        Input::Number(_) if item.manual.is_some() => (item.manual.unwrap_or_default(), Grid::Floats),
        _ if matches!(item.curve, Compiled::Same) && item.ranks.is_none() => ([-LARGEST, LARGEST], Grid::Floats),
        _ => ([f64::MIN, f64::MAX], Grid::Floats),
    }
}

/// Where a curve turns or jumps.
fn starts(curve: &Curve) -> Vec<f64> {
    let of_knots = |knots: &[[f64; 2]]| knots.iter().map(|knot| knot[0]).collect();
    match curve {
        Curve::Points(knots) | Curve::Recency(Recency::Points(knots)) => of_knots(knots),
        Curve::Bands(bands) => bands.iter().skip(1).map(|band: &Band| band.from).collect(),
        // Both ends belong to the line.
        Curve::Linear { from, to, .. } => vec![from[0], to[0].next_up()],
        Curve::Range { zero_below, full_from, full_to, zero_above } => {
            let mut starts = vec![*zero_below, *full_from, *full_to, *zero_above];
            starts.dedup();
            starts
        }
        Curve::Recency(Recency::HalfLifeDays(_)) | Curve::Saturate { .. } => vec![0.0],
        Curve::Flag { .. } | Curve::Map(_) | Curve::Manual {} | Curve::Quantile(_) => Vec::new(),
    }
}
