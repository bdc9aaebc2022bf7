//! Where on the number line a condition begins to hold.

/// The values that a number may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grid {
    /// All floats.
    Floats,
    /// Whole numbers.
    Whole,
}

impl Grid {
    /// The place of a value among all, so that neighbours are 1 apart.
    fn key(self, x: f64) -> i64 {
        match self {
            Self::Whole => x as i64,
            Self::Floats => mirrored(x.to_bits() as i64),
        }
    }

    fn value(self, key: i64) -> f64 {
        match self {
            Self::Whole => key as f64,
            // No negative zero.
            Self::Floats => f64::from_bits(mirrored(key) as u64) + 0.0,
        }
    }

    /// The least value from `x` on.
    fn from(self, x: f64) -> f64 {
        if self == Self::Whole { x.ceil() } else { x }
    }

    /// The greatest value up to `x`.
    fn up_to(self, x: f64) -> f64 {
        if self == Self::Whole { x.floor() } else { x }
    }
}

/// Bits of floats in the order of their values, and back.
fn mirrored(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The value nearest to `bad` at which a condition holds that holds at `good` and, between the two, from some
/// value on. The guess is looked at first.
pub(super) fn boundary(grid: Grid, bad: f64, good: f64, guess: f64, mut holds: impl FnMut(f64) -> bool) -> f64 {
    let (from, to) = (grid.key(bad), grid.key(good));
    let at = |d: u64| grid.value(if to > from { from.wrapping_add(d as i64) } else { from.wrapping_sub(d as i64) });
    // Steps away from `bad`: it does not hold at `low`, and it does at `high`.
    let (mut low, mut high) = (0u64, from.abs_diff(to));
    let inside = if to > from { bad < guess && guess < good } else { good < guess && guess < bad };
    if inside {
        let start = grid.key(guess).abs_diff(from).clamp(low + 1, high.max(1));
        gallop(start, &mut low, &mut high, |d| holds(at(d)));
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(at(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    at(high)
}

/// Closes in on the boundary in growing steps from a guess.
fn gallop(start: u64, low: &mut u64, high: &mut u64, mut holds: impl FnMut(u64) -> bool) {
    let mut step = 1;
    let first = holds(start);
    *(if first { &mut *high } else { &mut *low }) = start;
    while *high - *low > 1 {
        let next = if first { high.saturating_sub(step) } else { low.saturating_add(step) };
        if next <= *low || next >= *high {
            return;
        }
        let here = holds(next);
        *(if here { &mut *high } else { &mut *low }) = next;
        if here != first {
            return;
        }
        step = step.saturating_mul(4);
    }
}

/// The number of at most six decimals that lies a few bits beyond `x`, if there is one and the condition holds
/// there: 10 for 9.999999999999998.
fn tidied(x: f64, mut holds: impl FnMut(f64) -> bool) -> f64 {
    let scaled = x * 1e6;
    if scaled.abs() >= 9_007_199_254_740_992.0 {
        return x;
    }
    let tidy = libm::rint(scaled) / 1e6 + 0.0;
    let near = (tidy - x).abs() <= 1e-14 * x.abs().max(1.0);
    if near && tidy != x && holds(tidy) { tidy } else { x }
}

/// A line cut into pieces, on each of which what is asked rises or falls throughout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Where each piece but the first starts, in rising order.
    pub(super) starts: &'a [f64],
    pub(super) domain: [f64; 2],
    pub(super) grid: Grid,
}

impl Line<'_> {
    /// The ends of a piece; `None` when it holds no value.
    fn piece(&self, at: usize) -> Option<[f64; 2]> {
        let [low, high] = self.domain;
        let from = at.checked_sub(1).map_or(low, |before| self.starts[before].max(low));
        let to = self.starts.get(at).map_or(high, |next| next.next_down().min(high));
        let (from, to) = (self.grid.from(from), self.grid.up_to(to));
        (from <= to).then_some([from, to])
    }

    /// The value nearest to `from` at which the condition holds; without one, the least value that does, or where
    /// it holds from the start the last of those.
    ///
    /// `guess` is given the two ends between which the condition begins to hold.
    pub(super) fn nearest(
        &self,
        from: Option<f64>,
        holds: &mut impl FnMut(f64) -> bool,
        guess: &impl Fn(f64, f64) -> f64,
    ) -> Option<f64> {
        let [low, high] = self.domain;
        let Some(from) = from else { return self.first(holds, guess) };
        let x = self.grid.from(from.clamp(low, high));
        if holds(x) {
            return Some(x);
        }
        let at = self.starts.partition_point(|&start| start <= x);
        let above = self.upward(at, x, holds, guess);
        let below = self.downward(at, x, above.map_or(f64::INFINITY, |above| above - x), holds, guess);
        match (below, above) {
            (Some(below), Some(above)) => Some(if x - below < above - x { below } else { above }),
            (below, above) => below.or(above),
        }
    }

    /// The value nearest to `bad` at which the condition holds, a tidy one if it is as good as that.
    fn between(
        &self,
        bad: f64,
        good: f64,
        holds: &mut impl FnMut(f64) -> bool,
        guess: &impl Fn(f64, f64) -> f64,
    ) -> f64 {
        let found = boundary(self.grid, bad, good, guess(bad, good), &mut *holds);
        if self.grid == Grid::Floats { tidied(found, holds) } else { found }
    }

    /// The first value above `x`, in its piece or later, at which the condition holds.
    fn upward(
        &self,
        piece: usize,
        x: f64,
        holds: &mut impl FnMut(f64) -> bool,
        guess: &impl Fn(f64, f64) -> f64,
    ) -> Option<f64> {
        for at in piece..=self.starts.len() {
            let Some([mut near, far]) = self.piece(at) else { continue };
            if at == piece {
                near = x;
            } else if holds(near) {
                return Some(near);
            }
            if far > near && holds(far) {
                return Some(self.between(near, far, holds, guess));
            }
        }
        None
    }

    /// The same below, as long as it is less than `most` away.
    fn downward(
        &self,
        piece: usize,
        x: f64,
        most: f64,
        holds: &mut impl FnMut(f64) -> bool,
        guess: &impl Fn(f64, f64) -> f64,
    ) -> Option<f64> {
        for at in (0..=piece).rev() {
            let Some([far, mut near]) = self.piece(at) else { continue };
            if at == piece {
                near = x;
            } else if x - near >= most {
                return None;
            } else if holds(near) {
                return Some(near);
            }
            if far < near && holds(far) {
                return Some(self.between(near, far, holds, guess));
            }
        }
        None
    }

    /// The value for an account that has none.
    fn first(&self, holds: &mut impl FnMut(f64) -> bool, guess: &impl Fn(f64, f64) -> f64) -> Option<f64> {
        let start = (0..=self.starts.len()).find_map(|at| Some((at, self.piece(at)?[0])));
        let (first, x) = start?;
        if !holds(x) {
            return self.upward(first, x, holds, guess);
        }
        // It holds from the start: the last value before it no longer does.
        let mut last = x;
        for at in first..=self.starts.len() {
            let Some([near, far]) = self.piece(at) else { continue };
            if at > first && !holds(near) {
                return Some(last);
            }
            if !holds(far) {
                return Some(self.between(far, near, holds, guess));
            }
            last = far;
        }
        let [low, high] = self.domain;
        Some(self.grid.from(0.0_f64.clamp(low, high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_values() {
        let values = [f64::MIN, -1.0, -1e-300, 0.0, 1e-300, 0.5, 7.0, f64::MAX];
        let keys = values.map(|x| Grid::Floats.key(x));
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(values.map(|x| Grid::Floats.value(Grid::Floats.key(x))), values);
    }

    #[test]
    fn the_boundary_is_found_with_and_without_a_guess() {
        for guess in [f64::NAN, 2.0, 0.4, 0.3, 0.300_000_000_000_000_04, -5.0] {
            assert_eq!(boundary(Grid::Floats, -1e300, 1e300, guess, |x| x >= 0.3), 0.3, "{guess}");
            assert_eq!(boundary(Grid::Floats, 1e300, -1e300, guess, |x| x <= 0.3), 0.3, "{guess}");
            assert_eq!(boundary(Grid::Whole, 0.0, 100.0, guess, |x| x >= 17.2), 18.0, "{guess}");
        }
        assert_eq!(boundary(Grid::Floats, 1.0, 2.0, 1.5, |x| x >= 2.0), 2.0);
    }

    #[test]
    fn a_number_of_few_decimals_is_preferred_to_its_neighbours() {
        let least = 10.0_f64.next_down().next_down();
        assert_eq!(tidied(least, |x| x >= least), 10.0);
        // Not where the condition does not hold there.
        assert_eq!(tidied(10.0_f64.next_down(), |x| x < 10.0), 10.0_f64.next_down());
    }

    /// The nearest x for which |x − 5| ≤ 1 or x ≥ 20.
    fn nearest(from: Option<f64>, grid: Grid) -> Option<f64> {
        let line = Line { starts: &[5.0, 20.0], domain: [-1e300, 1e300], grid };
        line.nearest(from, &mut |x| (x - 5.0).abs() <= 1.0 || x >= 20.0, &|_, _| f64::NAN)
    }

    #[test]
    fn the_nearest_value_is_found_in_either_direction() {
        assert_eq!(nearest(Some(0.0), Grid::Floats), Some(4.0));
        assert_eq!(nearest(Some(5.5), Grid::Floats), Some(5.5));
        assert_eq!(nearest(Some(8.0), Grid::Floats), Some(6.0));
        assert_eq!(nearest(Some(13.5), Grid::Floats), Some(20.0));
        assert_eq!(nearest(Some(30.0), Grid::Whole), Some(30.0));
        assert_eq!(nearest(None, Grid::Floats), Some(4.0));
    }

    #[test]
    fn from_nowhere_a_falling_condition_gives_the_greatest_value() {
        let line = |starts| Line { starts, domain: [-1e300, 1e300], grid: Grid::Floats };
        let none = |_, _| f64::NAN;
        assert_eq!(line(&[0.0, 16.0]).nearest(None, &mut |x| x <= 6.0, &none), Some(6.0));
        assert_eq!(line(&[0.0, 16.0]).nearest(None, &mut |x| x < 16.0, &none), Some(16.0_f64.next_down()));
        assert_eq!(line(&[0.0, 16.0]).nearest(None, &mut |_| true, &none), Some(0.0));
        assert_eq!(line(&[0.0, 16.0]).nearest(None, &mut |_| false, &none), None);
    }
}
