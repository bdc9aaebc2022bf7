//! Values to points to sums in one pass, for curves of a few straight lines: the common case.
//!
//! The operations are those of `Compiled::apply` and `add`, in the same order, so the bits are the same.

use super::Level;
use crate::health::curve::{Compiled, Segment};

/// Adds the points of all values; says whether a value was infinite. `None` for other curves: nothing is
/// done.
#[inline(always)]
pub(super) fn add(level: &mut Level, x: &[f64], curve: &Compiled, weight: f64) -> Option<bool> {
    let Compiled::Lines { start, segments } = curve else { return None };
    Some(match segments.as_slice() {
        [a] => add_few(level, x, *start, [*a], weight),
        [a, b] => add_few(level, x, *start, [*a, *b], weight),
        [a, b, c] => add_few(level, x, *start, [*a, *b, *c], weight),
        [a, b, c, d] => add_few(level, x, *start, [*a, *b, *c, *d], weight),
        _ => return None,
    })
}

#[inline(always)]
fn add_few<const N: usize>(level: &mut Level, x: &[f64], start: f64, lines: [Segment; N], weight: f64) -> bool {
    let mut any_infinite = 0;
    let sums = level.sum.iter_mut().zip(&mut level.scored);
    for ((sum, scored), &x) in sums.zip(x) {
        let points = lines.iter().fold(start, |points, line| points + line.rise(x));
        let has = all_ones(!x.is_nan());
        *sum += masked(weight * points, has);
        *scored += masked(weight, has);
        any_infinite |= all_ones(x.abs().to_bits() == f64::INFINITY.to_bits());
    }
    any_infinite != 0
}

/// A truth as the mask that vector comparisons give, so that the compiler keeps it one.
#[inline(always)]
fn all_ones(truth: bool) -> u64 {
    if truth { u64::MAX } else { 0 }
}

/// The number where the mask is set, else 0.
#[inline(always)]
fn masked(x: f64, mask: u64) -> f64 {
    f64::from_bits(x.to_bits() & mask)
}
