//! Ranks among the accounts that a card was fitted to.

use super::{DEFAULT, bounded_rise};
use crate::health::compile::Categories;
use crate::health::document::{Better, Quantile};
use std::collections::BTreeMap;

/// The quantiles of a curve as points, by segment.
#[derive(Debug)]
pub(in crate::health) struct Ranks {
    /// The input that tells the segment, and where each segment's knots stand.
    pub(in crate::health) by: Option<(usize, Categories)>,
    knots: Vec<Vec<[f64; 2]>>,
}

impl Ranks {
    /// `None` when the curve is not fitted.
    pub(in crate::health) fn new(curve: &Quantile, by: Option<usize>, [worst, best]: [f64; 2]) -> Option<Self> {
        let fitted = curve.fitted.as_ref()?;
        let (start, end) = match curve.better {
            Better::Higher => (worst, best),
            Better::Lower => (best, worst),
        };
        let rise = bounded_rise(start, end, [worst, best]);
        let points = |rank: f64| start + rise * rank;
        // The first knots are those of all segments that are not listed.
        let first = fitted.get(DEFAULT)?;
        let listed: Vec<_> = fitted.iter().filter(|(name, _)| *name != DEFAULT).collect();
        let places: BTreeMap<String, f64> =
            listed.iter().enumerate().map(|(at, (name, _))| ((*name).clone(), (at + 1) as f64)).collect();
        let all = std::iter::once(first).chain(listed.into_iter().map(|(_, knots)| knots));
        let knots = all.map(|knots| knots.iter().map(|&[x, rank]| [x, points(rank)]).collect()).collect();
        Some(Self { by: by.map(|by| (by, Categories::new(&places))), knots })
    }

    /// The number of a segment's knots; that of the default for a segment that is not listed.
    #[inline]
    pub(in crate::health) fn place(found: Option<f64>) -> usize {
        found.map_or(0, |place| place as usize)
    }

    pub(in crate::health) fn knots(&self, place: usize) -> &[[f64; 2]] {
        self.knots.get(place).map_or(&[], Vec::as_slice)
    }

    /// The knots of all segments.
    pub(in crate::health) fn all_knots(&self) -> impl Iterator<Item = &[f64; 2]> {
        self.knots.iter().flatten()
    }

    /// The points of a value among the knots of a segment.
    #[inline]
    pub(in crate::health) fn points(&self, place: usize, x: f64) -> f64 {
        let knots = self.knots(place);
        let after = knots.partition_point(|knot| knot[0] <= x);
        match (after.checked_sub(1).map(|at| knots[at]), knots.get(after)) {
            (Some([x0, y0]), Some(&[x1, y1])) => {
                let y = y0 + (y1 - y0) * ((x - x0) / (x1 - x0));
                // Rounding must not carry it past the next knot.
                if (y1 > y0) == (y > y1) { y1 } else { y }
            }
            (Some([_, y]), None) | (None, Some(&[_, y])) => y,
            (None, None) => f64::NAN,
        }
    }
}
