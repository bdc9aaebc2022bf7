//! How the change of a whole is split among its parts: one rule for each way to put parts together.
//!
//! All rules treat the parts alike whatever their order, and change sign when the days change places.

use crate::health::document::Aggregate;

/// A part on both days: its weight in the whole, 0 where it has no points, and its points.
#[derive(Debug, Clone, Copy)]
pub(super) struct Two {
    pub(super) weight: [f64; 2],
    pub(super) points: [f64; 2],
}

/// What a part did to the whole, and how that goes on to the parts of the part.
///
/// A part with points on both days changed the whole by `slope` times the change of its points; one with points on
/// one day only pulled it by `slope` times the distance of its points from `reference`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pull {
    pub(super) amount: f64,
    pub(super) slope: f64,
    pub(super) reference: f64,
}

impl Two {
    fn is_in(&self, day: usize) -> bool {
        self.weight[day] > 0.0
    }

    /// Whether it counted as much on both days.
    fn stayed(&self) -> bool {
        self.is_in(0) && self.weight[0] == self.weight[1]
    }

    fn change(&self) -> f64 {
        self.points[1] - self.points[0]
    }

    /// The pull of which only the amount is known.
    fn pull(&self, amount: f64) -> Pull {
        match (self.is_in(0), self.is_in(1)) {
            (true, true) => {
                let slope = if self.change() == 0.0 { 0.0 } else { amount / self.change() };
                Pull { amount, slope, reference: 0.0 }
            }
            (false, true) => Pull { amount, slope: 1.0, reference: self.points[1] - amount },
            (true, false) => Pull { amount, slope: 1.0, reference: self.points[0] + amount },
            (false, false) => Pull::default(),
        }
    }
}

/// Splits the change of a whole among its parts. `whole` has, per day, its points before rounding, and those that
/// it would have without limits.
pub(super) fn split(
    aggregate: Aggregate,
    [worst, best]: [f64; 2],
    parts: &[Two],
    whole: [[f64; 2]; 2],
    room: &mut Room,
    out: &mut Vec<Pull>,
) {
    out.clear();
    let points = [whole[0][0], whole[1][0]];
    match aggregate {
        Aggregate::Mean => mean(parts, points, |points| points, out),
        Aggregate::Min => extreme(parts, points, 1.0, best, room, out),
        Aggregate::Max => extreme(parts, points, -1.0, -worst, room, out),
        Aggregate::Geometric => geometric(parts, points.map(|points| points - worst), worst, out),
        Aggregate::Sum { .. } => sum(parts, whole, out),
    }
}

fn total(parts: &[Two], day: usize) -> f64 {
    parts.iter().map(|part| part.weight[day]).sum()
}

/// A mean of values of the points, as `whole` is: who stayed gets the change of its value times the mean of its shares, who came
/// or went its distance from the level of those who stayed.
fn mean(parts: &[Two], whole: [f64; 2], value: impl Fn(f64) -> f64, out: &mut Vec<Pull>) {
    let totals = [total(parts, 0), total(parts, 1)];
    let (mut weight, mut sum) = (0.0, 0.0);
    for part in parts.iter().filter(|part| part.stayed()) {
        weight += part.weight[0];
        sum += part.weight[0] * (value(part.points[0]) / 2.0 + value(part.points[1]) / 2.0);
    }
    let level = if weight > 0.0 { sum / weight } else { whole[0] / 2.0 + whole[1] / 2.0 };
    let share = 0.5 / totals[0] + 0.5 / totals[1];
    out.extend(parts.iter().map(|part| {
        if part.stayed() {
            let slope = part.weight[0] * share;
            let amount = slope * (value(part.points[1]) - value(part.points[0]));
            return Pull { amount, slope, reference: level };
        }
        let share = |day: usize| if part.is_in(day) { part.weight[day] / totals[day] } else { 0.0 };
        let pull = |day: usize| if part.is_in(day) { share(day) * (value(part.points[day]) - level) } else { 0.0 };
        Pull { amount: pull(1) - pull(0), slope: share(0).max(share(1)), reference: level }
    }));
}

/// Working memory of [`extreme`].
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Heights that some part has, and whether after; sorted.
    heights: Vec<(f64, bool)>,
    /// At each height: what one that rises, and one that falls, has gathered below.
    gathered: Vec<(f64, [f64; 2])>,
}

/// The least of the parts, by Shapley values; with sign −1 the greatest, upside down.
///
/// At a height, r parts rise past it and f fall below it. As long as no part is below on both days, the mean over
/// all orders is (r − 1)!·f!/(r + f)! for each that rises and −r!·(f − 1)!/(r + f)! for each that falls. A part
/// without points is above everything.
fn extreme(parts: &[Two], whole: [f64; 2], sign: f64, top: f64, room: &mut Room, out: &mut Vec<Pull>) {
    let height = |part: &Two, day: usize| if part.is_in(day) { sign * part.points[day] } else { f64::INFINITY };
    let highest = |part: &Two| height(part, 0).max(height(part, 1));
    let top = parts.iter().map(highest).fold(top, f64::min);
    room.heights.clear();
    let both = parts.iter().flat_map(|part| [(height(part, 0), false), (height(part, 1), true)]);
    room.heights.extend(both.filter(|(height, _)| *height < top));
    room.gather();
    let [rising, falling] = room.at(top);
    // Those that stand where the whole stands on both days, without moving.
    let still = |part: &&Two| whole[0] == whole[1] && part.stayed() && part.points == whole;
    let ties: f64 = parts.iter().filter(still).map(|part| part.weight[0]).sum();
    out.extend(parts.iter().map(|part| {
        let [before, after] = [height(part, 0), height(part, 1)];
        let amount = match (before < top, after < top) {
            (true, _) => rising - room.at(before)[0],
            (_, true) => room.at(after)[1] - falling,
            _ => 0.0,
        };
        let mut pull = part.pull(sign * amount);
        if part.is_in(0) && part.is_in(1) {
            // The last bits must not become a factor.
            pull.slope = if still(&part) { part.weight[0] / ties } else { pull.slope.clamp(0.0, 1.0) };
        }
        pull
    }));
}

impl Room {
    /// Adds up from the lowest height.
    fn gather(&mut self) {
        self.heights.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        self.gathered.clear();
        let (mut counts, mut sums, mut last) = ([0u32; 2], [0.0; 2], f64::NEG_INFINITY);
        for &(height, after) in &self.heights {
            if height > last {
                if counts != [0, 0] {
                    add(&mut sums, counts, height - last);
                }
                self.gathered.push((height, sums));
                last = height;
            }
            counts[usize::from(after)] += 1;
        }
        // What lies above the last height counts up to where it is asked for.
        self.gathered.push((f64::INFINITY, if counts == [0, 0] { [0.0; 2] } else { weights(counts) }));
    }

    /// What has gathered up to a height.
    fn at(&self, height: f64) -> [f64; 2] {
        let above = self.gathered.partition_point(|(known, _)| *known <= height);
        let Some(&(from, sums)) = above.checked_sub(1).and_then(|at| self.gathered.get(at)) else { return [0.0; 2] };
        match self.gathered.get(above) {
            Some(&(next, each)) if next == f64::INFINITY && height > from => {
                [sums[0] + each[0] * (height - from), sums[1] + each[1] * (height - from)]
            }
            _ => sums,
        }
    }
}

fn add(sums: &mut [f64; 2], counts: [u32; 2], length: f64) {
    let [rising, falling] = weights(counts);
    sums[0] += rising * length;
    sums[1] += falling * length;
}

/// The mean over all orders of what one of r that rise, and one of f that fall, does alone.
fn weights([r, f]: [u32; 2]) -> [f64; 2] {
    let all = f64::from(r) + f64::from(f);
    let ways = (1..=r.min(f)).fold(1.0, |ways, k| ways * (all - f64::from(k) + 1.0) / f64::from(k));
    [r, f].map(|count| if count > 0 { 1.0 / (f64::from(count) * ways) } else { 0.0 })
}

/// The mean of two numbers that turns a difference of logarithms into a difference.
fn logarithmic_mean(a: f64, b: f64) -> f64 {
    let change = b - a;
    if change == 0.0 {
        a
    } else if change.abs() < 0.5 * a {
        change / libm::log1p(change / a)
    } else {
        change / (libm::log(b) - libm::log(a))
    }
}

/// A geometric mean: the rule of the mean for the logarithms of the heights.
fn geometric(parts: &[Two], heights: [f64; 2], worst: f64, out: &mut Vec<Pull>) {
    match heights.map(|height| height > 0.0) {
        [true, true] => logarithms(parts, heights, worst, out),
        [false, false] => out.extend(parts.iter().map(|_| Pull::default())),
        [before, _] => zeros(parts, usize::from(before), heights[1] - heights[0], worst, out),
    }
}

fn logarithms(parts: &[Two], heights: [f64; 2], worst: f64, out: &mut Vec<Pull>) {
    mean(parts, heights.map(libm::log), |points| libm::log(points - worst), out);
    let factor = logarithmic_mean(heights[0], heights[1]);
    for (part, pull) in parts.iter().zip(out) {
        let height = |day: usize| part.points[day] - worst;
        let level = libm::exp(pull.reference);
        let own = match (part.is_in(0), part.is_in(1)) {
            (true, true) => logarithmic_mean(height(0), height(1)),
            (true, false) => logarithmic_mean(height(0), level),
            (false, true) => logarithmic_mean(height(1), level),
            (false, false) => continue,
        };
        *pull = Pull { amount: factor * pull.amount, slope: factor * pull.slope / own, reference: worst + level };
    }
}

/// One day is at the worst: the change belongs to those that are there on that day, by weight.
fn zeros(parts: &[Two], day: usize, change: f64, worst: f64, out: &mut Vec<Pull>) {
    let is_zero = |part: &Two| part.is_in(day) && part.points[day] <= worst;
    // A product of small numbers may be 0 without any of them being.
    let any = parts.iter().any(is_zero);
    let counts = |part: &Two| if any { is_zero(part) } else { part.is_in(day) };
    let total: f64 = parts.iter().filter(|part| counts(part)).map(|part| part.weight[day]).sum();
    let share = |part: &Two| if counts(part) { part.weight[day] / total } else { 0.0 };
    out.extend(parts.iter().map(|part| part.pull(change * share(part))));
}

/// A sum: what each part added, scaled where the limits cut.
fn sum(parts: &[Two], whole: [[f64; 2]; 2], out: &mut Vec<Pull>) {
    let is_cut = whole.iter().any(|[points, unlimited]| points != unlimited);
    let [change, unlimited] = [0, 1].map(|at| whole[1][at] - whole[0][at]);
    let factor = match is_cut {
        false => 1.0,
        true if unlimited == 0.0 => 0.0,
        true => (change / unlimited).clamp(0.0, 1.0),
    };
    out.extend(parts.iter().map(|part| {
        let added = |day: usize| if part.is_in(day) { part.weight[day] * part.points[day] } else { 0.0 };
        let amount = if part.stayed() { part.weight[0] * part.change() } else { added(1) - added(0) };
        Pull { amount: factor * amount, slope: factor * part.weight[0].max(part.weight[1]), reference: 0.0 }
    }));
}

/// Splits the distance of a whole that is there on one day only from a reference among its parts.
pub(super) fn lone(
    aggregate: Aggregate,
    worst: f64,
    parts: &[Two],
    day: usize,
    whole: f64,
    reference: f64,
    out: &mut Vec<Pull>,
) {
    out.clear();
    let total = total(parts, day);
    let points = |part: &Two| if part.is_in(day) { part.points[day] } else { 0.0 };
    let at = |part: &Two, slope: f64, reference: f64| {
        let slope = if part.is_in(day) { slope } else { 0.0 };
        Pull { amount: slope * (points(part) - reference), slope, reference }
    };
    match aggregate {
        Aggregate::Mean => out.extend(parts.iter().map(|part| at(part, part.weight[day] / total, reference))),
        Aggregate::Min | Aggregate::Max => {
            let is_it = |part: &&Two| part.is_in(day) && part.points[day] == whole;
            let ties: f64 = parts.iter().filter(is_it).map(|part| part.weight[day]).sum();
            let share = |part: &Two| if is_it(&part) { part.weight[day] / ties } else { 0.0 };
            out.extend(parts.iter().map(|part| at(part, share(part), reference)));
        }
        Aggregate::Geometric if whole > worst && reference > worst => {
            let factor = logarithmic_mean(whole - worst, reference - worst) / total;
            let own = |part: &Two| logarithmic_mean(part.points[day] - worst, reference - worst);
            let slope = |part: &Two| if part.is_in(day) { factor * part.weight[day] / own(part) } else { 0.0 };
            out.extend(parts.iter().map(|part| at(part, slope(part), reference)));
        }
        Aggregate::Geometric => {
            zeros(parts, day, whole - reference, worst, out);
            // Only this day counts, whatever the part did on the other.
            for (part, pull) in parts.iter().zip(out) {
                *pull = Pull { slope: 1.0, reference: points(part) - pull.amount, ..*pull };
            }
        }
        Aggregate::Sum { .. } => {
            let added: f64 = parts.iter().map(|part| part.weight[day] * points(part)).sum();
            // The start and what the limits cut go with the weights.
            let beside = (added - whole + reference) / total;
            out.extend(parts.iter().map(|part| at(part, part.weight[day], beside)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Weight and points before and after; NaN where there are none.
    fn parts(all: &[(f64, f64, f64)]) -> Vec<Two> {
        let two = |&(weight, before, after): &(f64, f64, f64)| {
            let weigh = |points: f64| if points.is_nan() { 0.0 } else { weight };
            Two { weight: [weigh(before), weigh(after)], points: [before, after] }
        };
        all.iter().map(two).collect()
    }

    fn amounts(aggregate: Aggregate, parts: &[Two], whole: [f64; 2]) -> Vec<f64> {
        let mut out = Vec::new();
        let whole = whole.map(|points| [points, points]);
        split(aggregate, [0.0, 100.0], parts, whole, &mut Room::default(), &mut out);
        out.iter().map(|pull| pull.amount).collect()
    }

    #[test]
    fn a_mean_hands_out_what_each_did() {
        // 1·20·½(½ + 1) = 15, and −(20 − 50)/2 = 15 for the one that went.
        let all = parts(&[(1.0, 40.0, 60.0), (1.0, 20.0, f64::NAN)]);
        assert_eq!(amounts(Aggregate::Mean, &all, [30.0, 60.0]), [15.0, 15.0]);
    }

    #[test]
    fn the_least_is_shared_by_shapley_values() {
        let all = parts(&[(1.0, 20.0, 70.0), (5.0, 60.0, 40.0)]);
        assert_eq!(amounts(Aggregate::Min, &all, [20.0, 40.0]), [30.0, -10.0]);
        let all = parts(&[(1.0, 80.0, 30.0), (5.0, 40.0, 60.0)]);
        assert_eq!(amounts(Aggregate::Max, &all, [80.0, 60.0]), [-30.0, 10.0]);
        // Below 40 two of three rise: 1 alone, then 2, 3 at once.
        let all = parts(&[(1.0, 10.0, 40.0), (1.0, 20.0, 40.0), (1.0, 30.0, 40.0)]);
        let third = 10.0 / 3.0;
        let close = |a: &f64, b: &f64| (a - b).abs() < 1e-12;
        let found = amounts(Aggregate::Min, &all, [10.0, 40.0]);
        assert!(found.iter().zip(&[15.0 + third, 5.0 + third, third]).all(|(a, b)| close(a, b)), "{found:?}");
    }

    #[test]
    fn orders_are_counted() {
        // 0!·0!/1!, 0!·1!/2!, 1!·1!/3! for each that rises and −1!·… for each that falls.
        assert_eq!(weights([1, 0]), [1.0, 0.0]);
        assert_eq!(weights([1, 1]), [0.5, 0.5]);
        assert_eq!(weights([2, 1]), [1.0 / 6.0, 1.0 / 3.0]);
        assert_eq!(weights([0, 3]), [0.0, 1.0 / 3.0]);
        let [rising, falling] = weights([900, 900]);
        assert_eq!((rising, falling), (0.0, 0.0), "too many orders for a float: nothing is left to share");
    }

    #[test]
    fn a_zero_takes_the_change_of_a_geometric_mean() {
        let all = parts(&[(1.0, 0.0, 81.0), (3.0, 0.0, 81.0), (1.0, 50.0, 50.0)]);
        assert_eq!(amounts(Aggregate::Geometric, &all, [0.0, 60.0]), [15.0, 45.0, 0.0]);
        assert_eq!(amounts(Aggregate::Geometric, &all, [0.0, 0.0]), [0.0; 3]);
    }

    #[test]
    fn the_logarithmic_mean_lies_between() {
        assert_eq!(logarithmic_mean(50.0, 50.0), 50.0);
        assert!((logarithmic_mean(25.0, 100.0) - 75.0 / 4f64.ln()).abs() < 1e-12);
        assert!((logarithmic_mean(100.0, 25.0) - 75.0 / 4f64.ln()).abs() < 1e-12);
        let near = logarithmic_mean(50.0, 50.0 + 1e-9);
        assert!((near - 50.0 - 0.5e-9).abs() < 1e-13, "{near}");
    }

    #[test]
    fn limits_leave_a_part_of_the_change() {
        let all = parts(&[(1.0, 5.0, 25.0), (1.0, 0.0, 10.0)]);
        let mut out = Vec::new();
        let sum = Aggregate::Sum { start: 90.0, min: 0.0, max: 100.0 };
        split(sum, [0.0, 100.0], &all, [[95.0, 95.0], [100.0, 125.0]], &mut Room::default(), &mut out);
        let found: Vec<f64> = out.iter().map(|pull| pull.amount * 6.0).collect();
        assert!((found[0] - 20.0).abs() < 1e-12 && (found[1] - 10.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_is_there_on_one_day_shares_its_distance() {
        let all = parts(&[(1.0, f64::NAN, 40.0), (3.0, f64::NAN, 100.0)]);
        let shared = |aggregate, whole: f64, reference: f64| -> (Vec<f64>, f64) {
            let mut out = Vec::new();
            lone(aggregate, 0.0, &all, 1, whole, reference, &mut out);
            (out.iter().map(|pull| pull.amount).collect(), whole - reference)
        };
        assert_eq!(shared(Aggregate::Mean, 85.0, 60.0), (vec![-5.0, 30.0], 25.0));
        assert_eq!(shared(Aggregate::Min, 40.0, 60.0), (vec![-20.0, 0.0], -20.0));
        assert_eq!(shared(Aggregate::Max, 100.0, 60.0), (vec![0.0, 40.0], 40.0));
        let whole = 100.0 * 0.4f64.powf(0.25);
        for (found, distance) in [
            shared(Aggregate::Geometric, whole, 60.0),
            shared(Aggregate::Geometric, whole, 0.0),
            shared(Aggregate::Sum { start: 5.0, min: 0.0, max: 100.0 }, 100.0, 60.0),
        ] {
            assert!((found.iter().sum::<f64>() - distance).abs() < 1e-12, "{found:?} are not {distance}");
        }
    }
}
