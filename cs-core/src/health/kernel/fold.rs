//! How the points of parts become one number, step by step.

use crate::health::document::{Aggregate, Mode, Rounding};

/// A height above the worst score, as a share of it, that is rounding and no height.
const NOTHING: f64 = 1e-15;

/// What a running sum begins with.
#[inline(always)]
pub(in crate::health) fn start(aggregate: Aggregate) -> f64 {
    match aggregate {
        Aggregate::Min => f64::INFINITY,
        Aggregate::Max => f64::NEG_INFINITY,
        Aggregate::Mean | Aggregate::Geometric | Aggregate::Sum { .. } => 0.0,
    }
}

/// Adds the points of a part; a part of weight 0 adds nothing.
#[inline(always)]
pub(in crate::health) fn add(aggregate: Aggregate, sum: &mut f64, weight: f64, points: f64, [worst, best]: [f64; 2]) {
    let counts = weight > 0.0;
    *sum = match aggregate {
        Aggregate::Mean | Aggregate::Sum { .. } => *sum + if counts { weight * points } else { 0.0 },
        Aggregate::Min => {
            if counts & (points < *sum) {
                points
            } else {
                *sum
            }
        }
        Aggregate::Max => {
            if counts & (points > *sum) {
                points
            } else {
                *sum
            }
        }
        // Without points or weight there is no logarithm to take.
        Aggregate::Geometric if counts => *sum + weight * libm::log((points - worst) / (best - worst)),
        Aggregate::Geometric => *sum,
    };
}

/// The points that the running sums of all rows come to; NaN where no weight is in the score.
#[inline(always)]
pub(super) fn finish(aggregate: Aggregate, sums: &[f64], weights: &[f64], scale: [f64; 2], points: &mut [f64]) {
    let all = points.iter_mut().zip(sums.iter().zip(weights));
    match aggregate {
        Aggregate::Mean => all.for_each(|(p, (&sum, &weight))| *p = mean(sum, weight, scale)),
        _ => all.for_each(|(p, (&sum, &weight))| *p = finished(aggregate, sum, weight, scale)),
    }
}

/// The points that a running sum comes to; NaN where no weight is in the score.
#[inline(always)]
pub(in crate::health) fn finished(aggregate: Aggregate, sum: f64, weight: f64, scale: [f64; 2]) -> f64 {
    let [worst, best] = scale;
    let points = match aggregate {
        Aggregate::Mean => return mean(sum, weight, scale),
        Aggregate::Min | Aggregate::Max => sum,
        Aggregate::Geometric => clamped(worst + (best - worst) * libm::exp(sum / weight), scale),
        Aggregate::Sum { start, min, max } => clamped(start + sum, [min, max]),
    };
    if weight > 0.0 { points } else { f64::NAN }
}

/// The points before rounding, and those that a sum would have without its limits.
pub(in crate::health) fn unrounded(aggregate: Aggregate, sum: f64, weight: f64, scale: [f64; 2]) -> [f64; 2] {
    let points = finished(aggregate, sum, weight, scale);
    match aggregate {
        Aggregate::Sum { start, .. } => [points, start + sum],
        _ => [points, points],
    }
}

/// The weighted mean, kept on the scale.
#[inline(always)]
fn mean(sum: f64, weight: f64, scale: [f64; 2]) -> f64 {
    // Rounding may carry the quotient past the scale by one unit in the last place, or just off the worst score where
    // all parts are at it: in a geometric mean that would be far from nothing.
    let [worst, _] = scale;
    let mean = clamped(sum / weight, scale);
    let mean = if mean - worst <= NOTHING * worst.abs() { worst } else { mean };
    if weight > 0.0 { mean } else { f64::NAN }
}

#[inline(always)]
fn clamped(x: f64, [low, high]: [f64; 2]) -> f64 {
    let x = if x > high { high } else { x };
    if x < low { low } else { x }
}

/// A number with so many digits behind the point; NaN stays NaN.
#[inline]
pub(in crate::health) fn rounded(x: f64, Rounding { decimals, mode }: Rounding) -> f64 {
    const POWERS: [f64; 7] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
    let power = POWERS[usize::from(decimals.min(6))];
    let scaled = x * power;
    // Beyond 2^53 there is nothing behind the point.
    if scaled.abs() >= 9_007_199_254_740_992.0 {
        return x;
    }
    let whole = match mode {
        Mode::HalfEven => libm::rint(scaled),
        Mode::HalfUp => libm::round(scaled),
    };
    // Never −0.
    whole / power + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_where_the_mode_says() {
        let half_even = Rounding { decimals: 0, mode: Mode::HalfEven };
        let half_up = Rounding { decimals: 0, mode: Mode::HalfUp };
        assert_eq!([0.5, 1.5, 2.5, -2.5].map(|x| rounded(x, half_even)), [0.0, 2.0, 2.0, -2.0]);
        assert_eq!([0.5, 1.5, 2.5, -2.5].map(|x| rounded(x, half_up)), [1.0, 2.0, 3.0, -3.0]);
        assert!([-0.4, -0.0].iter().all(|x| rounded(*x, half_up).is_sign_positive()));
        assert_eq!(rounded(12.345_678, Rounding { decimals: 3, mode: Mode::HalfEven }), 12.346);
        assert!(rounded(f64::NAN, half_up).is_nan());
        assert_eq!(rounded(1e300, Rounding { decimals: 6, mode: Mode::HalfUp }), 1e300);
    }
}
