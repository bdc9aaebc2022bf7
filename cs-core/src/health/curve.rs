//! Curves: reading them from a card, compiling them, and turning values into points.

mod ranks;
mod read;

pub(super) use ranks::Ranks;
pub(super) use read::{Scope, read};

use super::document::{Curve, Outside, Recency};
use std::collections::HashMap;
use std::sync::Arc;

/// The key of a map that stands for all other categories.
pub(super) const DEFAULT: &str = "default";

/// One straight piece: it adds nothing before `x0`, and all of its rise once past its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    x0: f64,
    slope: f64,
    least: f64,
    most: f64,
}

impl Segment {
    /// A segment that rises by nothing.
    pub(super) const LEVEL: Self = Self { x0: 0.0, slope: 0.0, least: 0.0, most: 0.0 };

    #[inline(always)]
    pub(super) fn rise(&self, x: f64) -> f64 {
        let rise = self.slope * (x - self.x0);
        let rise = if rise > self.least { rise } else { self.least };
        if rise < self.most { rise } else { self.most }
    }
}

/// A curve as the kernel evaluates it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Compiled {
    /// The value is the points.
    Same,
    /// `start` plus the rises of the segments.
    Lines { start: f64, segments: Vec<Segment> },
    /// `start`, then the points of each edge that is reached.
    Steps { start: f64, edges: Vec<(f64, f64)> },
    /// As the lines within `from..=to`, else `outside`; NaN there means missing.
    Within { start: f64, segment: Segment, from: f64, to: f64, outside: f64 },
    /// The worst score plus `span` halved every `half_life` days; whole days are looked up.
    HalfLife { worst: f64, span: f64, days: HalfLife },
    /// The worst score plus `span` times x / (x + half).
    Saturate { worst: f64, span: f64, half: f64 },
    /// Two values.
    Flag { set: f64, unset: f64 },
}

impl Compiled {
    pub(super) fn new(curve: &Curve, scale: [f64; 2], half_lives: &mut HalfLives) -> Self {
        let [worst, best] = scale;
        // Never past the best score, however the sum is rounded.
        let span = bounded_rise(worst, best, scale);
        match curve {
            // Categories come as points; ranks are looked up by `Ranks`.
            Curve::Manual {} | Curve::Map(_) | Curve::Quantile(_) => Self::Same,
            Curve::Saturate { half } => Self::Saturate { worst, span, half: *half },
            Curve::Points(knots) | Curve::Recency(Recency::Points(knots)) => Self::lines(knots),
            Curve::Range { zero_below, full_from, full_to, zero_above } => {
                let mut knots = vec![[*zero_below, worst], [*full_from, best], [*full_to, best], [*zero_above, worst]];
                knots.dedup_by(|a, b| a[0] == b[0]);
                Self::lines(&knots)
            }
            Curve::Bands(bands) => Self::Steps {
                start: bands.first().map_or(worst, |band| band.points),
                edges: bands.iter().skip(1).map(|band| (band.from, band.points)).collect(),
            },
            Curve::Linear { from, to, outside: Outside::Clamp } => Self::lines(&[*from, *to]),
            Curve::Linear { from, to, outside } => {
                let outside = if *outside == Outside::Zero { worst } else { f64::NAN };
                let (start, segments) = segments(&[*from, *to]);
                // A level line has no segment.
                let segment = segments.first().copied().unwrap_or(Segment::LEVEL);
                Self::Within { start, segment, from: from[0], to: to[0], outside }
            }
            Curve::Recency(Recency::HalfLifeDays(days)) => Self::HalfLife { worst, span, days: half_lives.get(*days) },
            Curve::Flag { set, unset } => Self::Flag { set: *set, unset: *unset },
        }
    }

    fn lines(knots: &[[f64; 2]]) -> Self {
        let (start, segments) = segments(knots);
        Self::Lines { start, segments }
    }

    /// Turns values into points. Where the value is NaN the points mean nothing.
    #[inline(always)]
    pub(super) fn apply(&self, x: &[f64], points: &mut [f64]) {
        match self {
            Self::Same => points.copy_from_slice(x),
            Self::Lines { start, segments } => lines(*start, segments, x, points),
            Self::Steps { start, edges } => {
                points.fill(*start);
                for &(edge, step) in edges {
                    for (p, &x) in points.iter_mut().zip(x) {
                        *p = if x >= edge { step } else { *p };
                    }
                }
            }
            Self::Within { start, segment, from, to, outside } => {
                for (p, &x) in points.iter_mut().zip(x) {
                    let on_line = *start + segment.rise(x);
                    let inside = (x >= *from) & (x <= *to);
                    *p = if inside { on_line } else { *outside };
                }
            }
            Self::HalfLife { worst, span, days } => {
                for (p, &x) in points.iter_mut().zip(x) {
                    *p = *worst + *span * days.left(x);
                }
            }
            Self::Saturate { worst, span, half } => {
                for (p, &x) in points.iter_mut().zip(x) {
                    let x = if x > 0.0 { x } else { 0.0 };
                    // Beyond this all the same, and the sum stays finite.
                    let x = if x < f64::MAX / 2.0 { x } else { f64::MAX / 2.0 };
                    *p = *worst + *span * (x / (x + *half));
                }
            }
            Self::Flag { set, unset } => {
                for (p, &x) in points.iter_mut().zip(x) {
                    *p = if x == 0.0 { *unset } else { *set };
                }
            }
        }
    }
}

/// What is left after some days, when half is lost every so many.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HalfLife {
    half_life: f64,
    /// Of whole days from 0 on: the same numbers, computed before. Empty if the card has too many half-lives.
    whole: Arc<[f64]>,
}

/// The half-lives of a card, whose tables are made once each.
#[derive(Debug, Default)]
pub(super) struct HalfLives(HashMap<u64, Arc<[f64]>>);

impl HalfLives {
    /// Tables of 8 KiB: more than a card has use for, and not enough to fill the memory.
    const MOST: usize = 128;

    pub(super) fn get(&mut self, half_life: f64) -> HalfLife {
        let room = self.0.len() < Self::MOST;
        let table = self.0.entry(half_life.to_bits()).or_insert_with(|| {
            let days = if room { HalfLife::WHOLE_DAYS } else { 0 };
            (0..days).map(|day| HalfLife::exact(f64::from(day), half_life)).collect()
        });
        HalfLife { half_life, whole: Arc::clone(table) }
    }
}

impl HalfLife {
    const WHOLE_DAYS: u32 = 1024;

    pub(super) fn half_life(&self) -> f64 {
        self.half_life
    }

    fn exact(days: f64, half_life: f64) -> f64 {
        libm::exp2(-(days / half_life))
    }

    /// The share that is left, 1 for today and the future.
    #[inline(always)]
    pub(super) fn left(&self, days: f64) -> f64 {
        let days = if days > 0.0 { days } else { 0.0 };
        let day = days as usize;
        match self.whole.get(day) {
            Some(left) if day as f64 == days => *left,
            _ => Self::exact(days, self.half_life),
        }
    }
}

/// The sum of the rises. Common numbers of segments run in one pass over the values.
#[inline(always)]
fn lines(start: f64, segments: &[Segment], x: &[f64], points: &mut [f64]) {
    match segments {
        [] => points.fill(start),
        [a] => points.iter_mut().zip(x).for_each(|(p, &x)| *p = start + a.rise(x)),
        [a, b] => points.iter_mut().zip(x).for_each(|(p, &x)| *p = start + a.rise(x) + b.rise(x)),
        [a, b, c] => points.iter_mut().zip(x).for_each(|(p, &x)| *p = start + a.rise(x) + b.rise(x) + c.rise(x)),
        _ => {
            points.fill(start);
            for segment in segments {
                points.iter_mut().zip(x).for_each(|(p, &x)| *p += segment.rise(x));
            }
        }
    }
}

/// The segments between knots, flat ones left out, and the points before the first.
///
/// Each slope is chosen so that the rise of its segment is reached at the knot's x. So the curve meets
/// whole-numbered knots exactly and all others to the last bits, never leaves the range of its knots,
/// and where it rises it never falls by a rounding error, since every operation in it is monotone.
fn segments(knots: &[[f64; 2]]) -> (f64, Vec<Segment>) {
    let start = knots.first().map_or(0.0, |knot| knot[1]);
    let bounds = knots.iter().fold([start, start], |[low, high], knot| [low.min(knot[1]), high.max(knot[1])]);
    let mut sum = start;
    let mut segments = Vec::new();
    for pair in knots.windows(2) {
        let ([x0, _], [x1, y1]) = (pair[0], pair[1]);
        let rise = bounded_rise(sum, y1, bounds);
        sum += rise;
        if rise != 0.0 {
            let slope = reaching_slope(rise, x1 - x0);
            segments.push(Segment { x0, slope, least: rise.min(0.0), most: rise.max(0.0) });
        }
    }
    (start, segments)
}

/// A number that added to `from` gives `to`, or comes nearest without leaving the bounds.
pub(super) fn bounded_rise(from: f64, to: f64, [low, high]: [f64; 2]) -> f64 {
    let rise = to - from;
    let near = [rise, rise.next_up(), rise.next_down()];
    let inside = near.into_iter().filter(|r| (low..=high).contains(&(from + r)));
    inside.min_by(|a, b| (from + a - to).abs().total_cmp(&(from + b - to).abs())).unwrap_or(rise)
}

/// The least steep slope, near `rise / run`, whose product with `run` reaches `rise`.
fn reaching_slope(rise: f64, run: f64) -> f64 {
    let mut slope = rise / run;
    for _ in 0..4 {
        if (slope * run).abs() >= rise.abs() {
            break;
        }
        slope = if rise > 0.0 { slope.next_up() } else { slope.next_down() };
    }
    slope
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(curve: &Curve, x: f64) -> f64 {
        let mut points = [0.0];
        Compiled::new(curve, [0.0, 100.0], &mut HalfLives::default()).apply(&[x], &mut points);
        points[0]
    }

    #[test]
    fn lines_meet_their_knots_and_stay_between_them() {
        // Decimal knots that binary fractions cannot hold.
        let knots = vec![[0.1, 0.3], [0.3, 33.3], [0.7, 7.1], [1.9, 99.9], [2.3, 99.9], [7.7, 100.0]];
        let curve = Curve::Points(knots.clone());
        for [x, y] in knots {
            // Sums of numbers up to 100: the last bit is 1.4e-14.
            assert!((at(&curve, x) - y).abs() <= 3e-14, "at {x}: {}", at(&curve, x));
        }
        assert_eq!([at(&curve, -1e300), at(&curve, 1e308)], [0.3, 100.0]);
        let whole = vec![[0.1, 3.0], [0.3, 97.0], [0.7, 11.0], [1.9, 100.0]];
        for [x, y] in whole.clone() {
            assert_eq!(at(&Curve::Points(whole.clone()), x).to_bits(), y.to_bits(), "at {x}");
        }
    }

    #[test]
    fn range_is_a_trapezoid_and_may_be_a_triangle() {
        let curve = Curve::Range { zero_below: 0.0, full_from: 1.0, full_to: 5.0, zero_above: 16.0 };
        assert_eq!(
            [0.0, 0.5, 1.0, 3.0, 5.0, 16.0, 99.0].map(|x| at(&curve, x)),
            [0.0, 50.0, 100.0, 100.0, 100.0, 0.0, 0.0]
        );
        // (16 − 10.5) / 11 of the way down; the slope is no binary fraction.
        assert!((at(&curve, 10.5) - 50.0).abs() < 2e-14);
        let peak = Curve::Range { zero_below: 0.0, full_from: 2.0, full_to: 2.0, zero_above: 4.0 };
        assert_eq!([1.0, 2.0, 3.0].map(|x| at(&peak, x)), [50.0, 100.0, 50.0]);
    }

    #[test]
    fn half_life_halves() {
        let curve = Curve::Recency(Recency::HalfLifeDays(14.0));
        assert_eq!([0.0, 14.0, 28.0, 42.0, -3.0].map(|x| at(&curve, x)), [100.0, 50.0, 25.0, 12.5, 100.0]);
    }

    #[test]
    fn saturation_is_half_at_half() {
        let curve = Curve::Saturate { half: 12.0 };
        assert_eq!([-5.0, 0.0, 12.0, 36.0].map(|x| at(&curve, x)), [0.0, 0.0, 50.0, 75.0]);
        assert_eq!([1e300, f64::MAX].map(|x| at(&curve, x)), [100.0, 100.0]);
    }

    #[test]
    fn decimal_scales_are_not_left() {
        let curves = [
            Curve::Saturate { half: 1e-3 },
            Curve::Recency(Recency::HalfLifeDays(14.0)),
            Curve::Recency(Recency::HalfLifeDays(1e300)),
        ];
        for scale in (1..2000).map(|i| [f64::from(i) * -0.37, f64::from(i % 89) * 0.13]) {
            for (curve, x) in curves.iter().zip([1e300, 0.0, 0.0]) {
                let mut points = [0.0];
                Compiled::new(curve, scale, &mut HalfLives::default()).apply(&[x], &mut points);
                assert!((scale[0]..=scale[1]).contains(&points[0]), "{points:?} on {scale:?}");
            }
        }
    }

    #[test]
    fn whole_days_are_looked_up_to_the_same_bits() {
        let mut half_lives = HalfLives::default();
        // The second table of many is shared, and the last ones are empty.
        let all: Vec<HalfLife> = (0..1000).map(|i| half_lives.get(f64::from(i % 500) + 13.7)).collect();
        for (i, half_life) in [(0, 13.7), (500, 13.7), (499, 512.7)] {
            for day in [0.0, 1.0, 1023.0, 1024.0, 5000.0, 2.5] {
                let exact: f64 = libm::exp2(-(day / half_life));
                assert_eq!(all[i].left(day).to_bits(), exact.to_bits(), "{day}");
            }
        }
        assert_eq!((all[0].whole.len(), all[499].whole.len()), (1024, 0));
    }

    #[test]
    fn linear_outside() {
        let linear = |outside| Curve::Linear { from: [0.0, 20.0], to: [10.0, 80.0], outside };
        assert_eq!([-1.0, 5.0, 11.0].map(|x| at(&linear(Outside::Clamp), x)), [20.0, 50.0, 80.0]);
        assert_eq!([-1.0, 5.0, 11.0].map(|x| at(&linear(Outside::Zero), x)), [0.0, 50.0, 0.0]);
        assert!(at(&linear(Outside::Exclude), 11.0).is_nan());
        let level = Curve::Linear { from: [0.0, 20.0], to: [10.0, 20.0], outside: Outside::Zero };
        assert_eq!([5.0, 11.0].map(|x| at(&level, x)), [20.0, 0.0]);
    }
}
