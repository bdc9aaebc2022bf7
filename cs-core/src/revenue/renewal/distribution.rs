//! Sums of independent renewals.

use crate::stat::lower_quantile;

/// What one contract brings, with its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chance {
    pub(super) probability: f64,
    pub(super) minor: i64,
}

/// The limits of what is computed exactly: units of the greatest common divisor, and steps in all.
const MOST_UNITS: i128 = 1_000_000;
const MOST_STEPS: i128 = 500_000_000;

/// Rounding must not move a quantile that a probability meets exactly.
const ALLOWANCE: f64 = 1e-12;

/// What is less probable than this cannot move a quantile, however many contracts there are.
const NEGLIGIBLE: f64 = 1e-40;

/// The probabilities of `first` and of the numbers after it; all others are negligible.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Distribution {
    first: usize,
    parts: Vec<f64>,
}

/// The distribution of how many renew.
///
/// # Formula
/// The Poisson-binomial distribution by convolution, one contract after another. Negligible tails are cut off on the way:
/// n contracts take some n^1.5 steps, where all of n² would be too many for a large book.
pub(super) fn counts(chances: &[Chance]) -> Distribution {
    let mut distribution = Distribution { first: 0, parts: vec![1.0] };
    for chance in chances {
        step(&mut distribution.parts, chance.probability, 1);
        distribution.trim();
    }
    distribution
}

/// The distribution of what they bring, in units of the greatest common divisor, and that divisor; `None` where it is too large.
pub(super) fn values(chances: &[Chance]) -> Option<(Distribution, i64)> {
    let divisor = chances.iter().fold(0i64, |divisor, chance| gcd(divisor, chance.minor));
    let mut distribution = Distribution { first: 0, parts: vec![1.0] };
    if divisor == 0 {
        return Some((distribution, 1));
    }
    let units: i128 = chances.iter().map(|chance| i128::from(chance.minor / divisor)).sum();
    if units > MOST_UNITS || units * chances.len() as i128 > MOST_STEPS {
        return None;
    }
    for chance in chances {
        step(&mut distribution.parts, chance.probability, (chance.minor / divisor) as usize);
    }
    Some((distribution, divisor))
}

/// Adds a contract that brings so many units or none.
fn step(parts: &mut Vec<f64>, probability: f64, units: usize) {
    if units == 0 {
        return;
    }
    let length = parts.len() + units;
    parts.resize(length, 0.0);
    // Downwards, so that what stands `units` below is still that of before.
    for at in (units..length).rev() {
        parts[at] = parts[at] * (1.0 - probability) + parts[at - units] * probability;
    }
    for part in parts.iter_mut().take(units) {
        *part *= 1.0 - probability;
    }
}

impl Distribution {
    fn trim(&mut self) {
        let tail = self.parts.iter().rev().take_while(|part| **part < NEGLIGIBLE).count();
        self.parts.truncate(self.parts.len() - tail);
        let head = self.parts.iter().take_while(|part| **part < NEGLIGIBLE).count();
        self.parts.drain(..head);
        self.first += head;
    }

    /// The smallest number up to which the distribution has the probability.
    pub(super) fn quantile(&self, probability: f64) -> usize {
        if probability <= ALLOWANCE {
            return 0;
        }
        let (mut sum, mut lost) = (0.0f64, 0.0);
        for (at, part) in self.parts.iter().enumerate() {
            // Neumaier's sum: a million terms must not add up to more than the allowance.
            let next = sum + part;
            lost += if sum >= *part { (sum - next) + part } else { (part - next) + sum };
            sum = next;
            if sum + lost >= probability - ALLOWANCE {
                return self.first + at;
            }
        }
        self.first + self.parts.len().saturating_sub(1)
    }
}

/// The interval of what they bring by its mean and variance, within what is possible.
pub(super) fn normal(chances: &[Chance], confidence: f64) -> (f64, f64) {
    let amount = |chance: &Chance| chance.minor as f64;
    let mean: f64 = chances.iter().map(|chance| chance.probability * amount(chance)).sum();
    let variance: f64 = chances
        .iter()
        .map(|chance| chance.probability * (1.0 - chance.probability) * amount(chance) * amount(chance))
        .sum();
    let most: f64 = chances.iter().map(amount).sum();
    let tail = (1.0 - confidence) / 2.0;
    let reach = if tail > 0.0 { -lower_quantile(tail) * libm::sqrt(variance) } else { f64::INFINITY };
    ((mean - reach).max(0.0), (mean + reach).min(most))
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chances() -> Vec<Chance> {
        [(0.9, 300), (0.5, 1200), (0.25, 450), (0.8, 600), (1.0, 150), (0.0, 900)]
            .map(|(probability, minor)| Chance { probability, minor })
            .to_vec()
    }

    /// The probability of each outcome, by going through all of them.
    fn brute(chances: &[Chance], of: impl Fn(u32) -> usize, length: usize) -> Vec<f64> {
        let mut all = vec![0.0; length];
        for outcome in 0..1u32 << chances.len() {
            let chance = |(at, chance): (usize, &Chance)| {
                if outcome >> at & 1 == 1 { chance.probability } else { 1.0 - chance.probability }
            };
            all[of(outcome)] += chances.iter().enumerate().map(chance).product::<f64>();
        }
        all
    }

    #[test]
    fn distributions_are_those_of_all_outcomes() {
        let chances = chances();
        let found = counts(&chances);
        let wanted = brute(&chances, |outcome| outcome.count_ones() as usize, chances.len() + 1);
        // One renews for certain and one does not: there are 1 to 5.
        assert_eq!((found.first, found.parts.len()), (1, 5));
        assert!(found.parts.iter().zip(&wanted[1..]).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?} {wanted:?}");
        let (found, divisor) = values(&chances).unwrap();
        let found = found.parts;
        assert_eq!((divisor, found.len()), (150, 25)); // 3600 in units of 150, and nothing
        let units = |outcome: u32| {
            (0..chances.len()).filter(|at| outcome >> at & 1 == 1).map(|at| (chances[at].minor / 150) as usize).sum()
        };
        let wanted = brute(&chances, units, found.len());
        assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-15));
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_chances_are_binomial() {
        let distribution = counts(&[Chance { probability: 0.5, minor: 1 }; 4]);
        assert_eq!(distribution.parts, [1.0, 4.0, 6.0, 4.0, 1.0].map(|ways| ways / 16.0));
        assert_eq!([0.05, 0.3125, 0.5, 0.95].map(|p| distribution.quantile(p)), [0, 1, 2, 4]);
        assert_eq!([0.0, 1.0].map(|p| distribution.quantile(p)), [0, 4]);
    }

    #[test]
    fn what_is_cut_off_is_negligible() {
        let chances: Vec<Chance> =
            (0..4_000).map(|n| Chance { probability: f64::from(n % 10 + 1) / 12.0, minor: 1 }).collect();
        let cut = counts(&chances);
        assert!(cut.first > 0 && cut.parts.len() < 1_500, "{} {}", cut.first, cut.parts.len());
        assert!((cut.parts.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let mut whole = Distribution { first: 0, parts: vec![1.0] };
        for chance in &chances {
            step(&mut whole.parts, chance.probability, 1);
        }
        assert!(cut.parts.iter().zip(&whole.parts[cut.first..]).all(|(a, b)| (a - b).abs() < 1e-18));
        for n in 0..=1_000 {
            let p = f64::from(n) / 1_000.0;
            assert_eq!(cut.quantile(p), whole.quantile(p), "{p}");
        }
    }

    #[test]
    fn what_is_too_large_is_left_to_the_normal() {
        let many = vec![Chance { probability: 0.5, minor: 1_000_003 }, Chance { probability: 0.5, minor: 1_000_000 }];
        assert_eq!(values(&many), None);
        // 10,000 equal contracts: 5,000 ± 1.6449 · 50.
        let equal = vec![Chance { probability: 0.5, minor: 1 }; 10_000];
        let (low, high) = normal(&equal, 0.9);
        assert!((low - (5000.0 - 82.2427)).abs() < 1e-3 && (high - (5000.0 + 82.2427)).abs() < 1e-3);
        let exact = counts(&equal);
        let (a, b) = (exact.quantile(0.05) as f64, exact.quantile(0.95) as f64);
        assert!((low - a).abs() <= 1.0 && (high - b).abs() <= 1.0);
    }
}
