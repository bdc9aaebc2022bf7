//! Sums that lose nothing worth a penny.

/// A sum with the part that rounding took from it (Neumaier's compensated summation).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sum {
    pub(super) sum: f64,
    pub(super) rest: f64,
}

impl Sum {
    /// Adds a number.
    pub(super) fn add(&mut self, x: f64) {
        let total = self.sum + x;
        // The smaller of the two is the one that lost digits.
        self.rest += if self.sum.abs() >= x.abs() { (self.sum - total) + x } else { (x - total) + self.sum };
        self.sum = total;
    }

    /// Adds a sum: both its parts.
    pub(super) fn merge(&mut self, other: Self) {
        self.add(other.sum);
        self.rest += other.rest;
    }

    /// The sum, rounded once.
    pub(super) fn value(self) -> f64 {
        self.sum + self.rest
    }

    /// The sum of sums.
    pub(super) fn of(sums: impl IntoIterator<Item = Self>) -> Self {
        sums.into_iter().fold(Self::default(), |mut all, sum| {
            all.merge(sum);
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_beside_large_ones_are_kept() {
        let numbers = [1e16, 1.0, -1e16, 1.0, 1e100, 3.0, -1e100];
        let mut sum = Sum::default();
        numbers.iter().for_each(|&x| sum.add(x));
        assert_eq!(sum.value(), 5.0);
        let part = |numbers: &[f64]| {
            numbers.iter().fold(Sum::default(), |mut sum, &x| {
                sum.add(x);
                sum
            })
        };
        assert_eq!(Sum::of([part(&[1e16, 1.0, 1.0]), part(&[-1e16, 1.0])]).value(), 3.0);
    }
}
