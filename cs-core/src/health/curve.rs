//! Curves: reading them from a card, compiling them, and turning values into points.

use super::document::{Band, Curve, Outside, Recency};
use crate::document::Node;
use crate::error::{Code, Issue};

/// x of knots stay within this, so that differences of them stay finite.
const LARGEST_X: f64 = 1e300;

/// Reads a curve whose points must lie on the scale.
pub(super) fn read(node: &Node<'_>, scale: [f64; 2]) -> Option<Curve> {
    const KNOWN: [&str; 8] = ["bands", "points", "linear", "range", "recency", "flag", "map", "manual"];
    let (name, value) = node.fields(&KNOWN)?.only(&KNOWN)?;
    match name {
        "bands" => bands(&value, scale).map(Curve::Bands),
        "points" => knots(&value, scale).map(Curve::Points),
        "linear" => linear(&value, scale),
        "range" => range(&value, scale),
        "recency" => recency(&value, scale).map(Curve::Recency),
        "flag" => flag(&value, scale),
        "map" => map(&value, scale),
        _ => value.fields(&[]).map(|_| Curve::Manual {}),
    }
}

/// The points, if they lie on the scale.
pub(super) fn points_on_scale(node: &Node<'_>, points: f64, [low, high]: [f64; 2]) -> Option<f64> {
    if (low..=high).contains(&points) {
        return Some(points);
    }
    node.report(Issue::new(Code::PointsOutsideScale).value(points).expected(format!("{low} to {high}")));
    None
}

fn x_in_range(node: &Node<'_>, x: f64) -> Option<f64> {
    if x.abs() <= LARGEST_X {
        return Some(x);
    }
    node.report(Issue::new(Code::NumberOutOfRange).value(x).expected(format!("−{LARGEST_X:e} to {LARGEST_X:e}")));
    None
}

/// A number that is an x: any finite number of sensible size.
fn x(node: &Node<'_>) -> Option<f64> {
    x_in_range(node, node.number()?)
}

fn knot(node: &Node<'_>, scale: [f64; 2]) -> Option<[f64; 2]> {
    let [x, y] = node.pair()?;
    Some([x_in_range(node, x)?, points_on_scale(node, y, scale)?])
}

/// Whether the second point lies to the right of the first, far enough for a finite slope.
fn further_right(a: [f64; 2], b: [f64; 2]) -> bool {
    b[0] > a[0] && ((b[1] - a[1]) / (b[0] - a[0])).is_finite()
}

fn unordered(node: &Node<'_>, x: f64, before: f64) {
    node.report(Issue::new(Code::PointsUnordered).value(x).expected(format!("an x above {before}")));
}

fn knots(node: &Node<'_>, scale: [f64; 2]) -> Option<Vec<[f64; 2]>> {
    let list = node.list()?;
    if list.len() < 2 {
        node.report(Issue::new(Code::EmptyList).value("one point").expected("at least two"));
        return None;
    }
    let read: Vec<Option<[f64; 2]>> = list.iter().map(|n| knot(n, scale)).collect();
    let knots = read.into_iter().collect::<Option<Vec<_>>>()?;
    let mut rising = true;
    for (pair, node) in knots.windows(2).zip(&list[1..]) {
        if !further_right(pair[0], pair[1]) {
            unordered(node, pair[1][0], pair[0][0]);
            rising = false;
        }
    }
    rising.then_some(knots)
}

fn bands(node: &Node<'_>, scale: [f64; 2]) -> Option<Vec<Band>> {
    let list = node.list()?;
    let read: Vec<Option<Band>> = list.iter().map(|n| band(n, scale)).collect();
    let bands = read.into_iter().collect::<Option<Vec<_>>>()?;
    let mut good = true;
    for (i, band) in bands.iter().enumerate() {
        if let Some(code) = band_fault(band, bands.get(i + 1)) {
            list[i].report(band_issue(code, band, bands.get(i + 1)));
            good = false;
        }
    }
    good.then_some(bands)
}

fn band(node: &Node<'_>, scale: [f64; 2]) -> Option<Band> {
    let fields = node.fields(&["from", "to", "points"])?;
    let from = fields.need("from").and_then(|n| x(&n));
    let to = fields.get("to").map_or(Some(None), |n| x(&n).map(Some));
    let points = fields.need("points").and_then(|n| points_on_scale(&n, n.number()?, scale));
    Some(Band { from: from?, to: to?, points: points? })
}

fn band_fault(band: &Band, next: Option<&Band>) -> Option<Code> {
    if band.to.is_some_and(|to| to <= band.from) || next.is_some_and(|next| next.from <= band.from) {
        return Some(Code::BandsUnordered);
    }
    let (to, next) = (band.to?, next?.from);
    if to < next {
        Some(Code::BandsGap)
    } else if to > next {
        Some(Code::BandsOverlap)
    } else {
        None
    }
}

fn band_issue(code: Code, band: &Band, next: Option<&Band>) -> Issue {
    let next = next.map_or(String::new(), |next| format!("; the next starts at {}", next.from));
    let to = band.to.map_or(String::new(), |to| format!(" to {to}"));
    Issue::new(code)
        .value(format!("a band from {}{to}{next}", band.from))
        .expected("each band to end where the next starts")
}

fn linear(node: &Node<'_>, scale: [f64; 2]) -> Option<Curve> {
    let fields = node.fields(&["from", "to", "outside"])?;
    let from = fields.need("from").and_then(|n| knot(&n, scale));
    let to_node = fields.need("to");
    let to = to_node.as_ref().and_then(|n| knot(n, scale));
    let outside = fields.get("outside").map_or(Some(Outside::Clamp), |n| {
        n.choice(&[("clamp", Outside::Clamp), ("zero", Outside::Zero), ("exclude", Outside::Exclude)])
    });
    let (from, to, outside) = (from?, to?, outside?);
    if !further_right(from, to) {
        unordered(&to_node?, to[0], from[0]);
        return None;
    }
    Some(Curve::Linear { from, to, outside })
}

fn range(node: &Node<'_>, scale: [f64; 2]) -> Option<Curve> {
    let [worst, best] = scale.map(|bound| bound.clamp(-LARGEST_X, LARGEST_X));
    let fields = node.fields(&["zero_below", "full_from", "full_to", "zero_above"])?;
    let number = |name| fields.need(name).and_then(|n| x(&n));
    let edges = [number("zero_below"), number("full_from"), number("full_to"), number("zero_above")];
    let [Some(zero_below), Some(full_from), Some(full_to), Some(zero_above)] = edges else { return None };
    let edges_rise = |a: f64, b: f64| further_right([a, worst], [b, best]);
    if !(edges_rise(zero_below, full_from) && full_from <= full_to && edges_rise(full_to, zero_above)) {
        let got = format!("{zero_below}, {full_from}, {full_to}, {zero_above}");
        let expected = "zero_below < full_from ≤ full_to < zero_above";
        node.report(Issue::new(Code::PointsUnordered).value(got).expected(expected));
        return None;
    }
    Some(Curve::Range { zero_below, full_from, full_to, zero_above })
}

fn recency(node: &Node<'_>, scale: [f64; 2]) -> Option<Recency> {
    const KNOWN: [&str; 2] = ["half_life_days", "points"];
    let (name, value) = node.fields(&KNOWN)?.only(&KNOWN)?;
    if name == "points" {
        knots(&value, scale).map(Recency::Points)
    } else {
        value.positive().map(Recency::HalfLifeDays)
    }
}

fn flag(node: &Node<'_>, scale: [f64; 2]) -> Option<Curve> {
    let fields = node.fields(&["set", "unset"])?;
    let points = |name, default| {
        fields.get(name).map_or(Some(default), |n| n.number().and_then(|points| points_on_scale(&n, points, scale)))
    };
    let (set, unset) = (points("set", scale[1]), points("unset", scale[0]));
    Some(Curve::Flag { set: set?, unset: unset? })
}

fn map(node: &Node<'_>, scale: [f64; 2]) -> Option<Curve> {
    let entries = node.entries()?;
    let points = |n: &Node<'_>| n.number().and_then(|points| points_on_scale(n, points, scale));
    let read: Vec<Option<(String, f64)>> =
        entries.iter().map(|(name, n)| Some(((*name).to_owned(), points(n)?))).collect();
    let map = read.into_iter().collect::<Option<std::collections::BTreeMap<_, _>>>()?;
    if !map.contains_key(DEFAULT) {
        let help = "any other category will be an error; add `default` to give it points";
        node.report(Issue::new(Code::MapWithoutDefault).warning().help(help));
    }
    Some(Curve::Map(map))
}

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
    /// The worst score plus `span` halved every `half_life` days.
    HalfLife { worst: f64, span: f64, half_life: f64 },
    /// Two values.
    Flag { set: f64, unset: f64 },
}

impl Compiled {
    pub(super) fn new(curve: &Curve, [worst, best]: [f64; 2]) -> Self {
        match curve {
            Curve::Manual {} | Curve::Map(_) => Self::Same,
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
            Curve::Recency(Recency::HalfLifeDays(days)) => {
                Self::HalfLife { worst, span: best - worst, half_life: *days }
            }
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
            Self::HalfLife { worst, span, half_life } => {
                for (p, &days) in points.iter_mut().zip(x) {
                    let days = if days > 0.0 { days } else { 0.0 };
                    *p = *worst + *span * libm::exp2(-(days / *half_life));
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
fn bounded_rise(from: f64, to: f64, [low, high]: [f64; 2]) -> f64 {
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
        Compiled::new(curve, [0.0, 100.0]).apply(&[x], &mut points);
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
    fn linear_outside() {
        let linear = |outside| Curve::Linear { from: [0.0, 20.0], to: [10.0, 80.0], outside };
        assert_eq!([-1.0, 5.0, 11.0].map(|x| at(&linear(Outside::Clamp), x)), [20.0, 50.0, 80.0]);
        assert_eq!([-1.0, 5.0, 11.0].map(|x| at(&linear(Outside::Zero), x)), [0.0, 50.0, 0.0]);
        assert!(at(&linear(Outside::Exclude), 11.0).is_nan());
        let level = Curve::Linear { from: [0.0, 20.0], to: [10.0, 20.0], outside: Outside::Zero };
        assert_eq!([5.0, 11.0].map(|x| at(&level, x)), [20.0, 0.0]);
    }
}
