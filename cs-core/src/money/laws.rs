//! Laws of exact money, on random amounts.

use super::{Ratio, Rounding, split};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0u32..=12).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

/// Decimals that are ties or near ties at two places more often than chance would have it.
fn near_ties() -> impl Strategy<Value = Decimal> {
    (-100_000i64..100_000, -1i64..=1).prop_map(|(half, off)| Decimal::new((half * 10 + 5) * 1000 + off, 6))
}

fn small() -> impl Strategy<Value = (i128, i128)> {
    (-1_000_000i128..1_000_000, 1i128..1_000_000)
}

/// Fractions of all sizes, so far apart at most that a float in between is a rational here.
fn large() -> impl Strategy<Value = (i128, i128)> {
    (any::<i128>(), any::<i128>(), 0u32..=66, 0u32..=66).prop_map(|(num, den, a, b)| {
        let den = ((den >> 1).unsigned_abs() as i128 >> b).max(1);
        (num >> a.max(1), den)
    })
}

/// The float as a rational, and the midpoints to its neighbours.
fn around(size: f64) -> Option<[Ratio; 3]> {
    let power = (size.to_bits() >> 52) as i32 - 1075;
    let mantissa = i128::from(size.to_bits() & ((1 << 52) - 1) | 1 << 52);
    // In quarters: the neighbour below a power of two is half as far away.
    let below = if mantissa == 1 << 52 { 1 } else { 2 };
    let made = |quarters: i128| match power - 2 {
        shift @ 0..=70 => quarters.checked_shl(shift as u32).map(Ratio::integer),
        shift @ -120..0 => Ratio::new(quarters, 1 << -shift),
        _ => None,
    };
    Some([made(mantissa * 4 - below)?, made(mantissa * 4)?, made(mantissa * 4 + 2)?])
}

proptest! {
    #[test]
    fn rounding_is_that_of_decimals(amount in prop_oneof![decimal(), near_ties()], scale in 0u8..=6) {
        let exact = Ratio::parse(amount.to_string().as_bytes()).unwrap();
        let modes = [
            (Rounding::HalfEven, RoundingStrategy::MidpointNearestEven),
            (Rounding::HalfUp, RoundingStrategy::MidpointAwayFromZero),
        ];
        for (rounding, strategy) in modes {
            let mut wanted = amount.round_dp_with_strategy(u32::from(scale), strategy);
            // What has fewer decimals already only gets zeros.
            let zeros = 10i128.pow(u32::from(scale) - wanted.scale());
            wanted.set_scale(0).unwrap();
            prop_assert_eq!(exact.rounded(scale, rounding), Some(wanted.mantissa() * zeros));
        }
    }

    #[test]
    fn rounding_of_fractions_is_the_nearest((num, den) in small(), scale in 0u8..=3) {
        let exact = Ratio::new(num, den).unwrap();
        let power = 10i128.pow(u32::from(scale));
        let [even, up] = [Rounding::HalfEven, Rounding::HalfUp].map(|mode| exact.rounded(scale, mode).unwrap());
        for found in [even, up] {
            // |num × 10^scale ÷ den − found| ≤ ½
            prop_assert!((2 * (num * power - found * den)).abs() <= den);
        }
        let tie = (2 * (num * power - even * den)).abs() == den;
        let holds = if tie { even % 2 == 0 && up.abs() == (num * power / den).abs() + 1 } else { even == up };
        prop_assert!(holds);
    }

    #[test]
    fn arithmetic_is_that_of_fractions((a, b) in small(), (c, d) in small()) {
        let (x, y) = (Ratio::new(a, b).unwrap(), Ratio::new(c, d).unwrap());
        let is = |found: Option<Ratio>, num: i128, den: i128| found.is_some_and(|r| r.num() * den == num * r.den() && r.den() > 0);
        prop_assert!(is(x.add(y), a * d + c * b, b * d));
        prop_assert!(is(x.sub(y), a * d - c * b, b * d));
        prop_assert!(is(x.mul(y), a * c, b * d));
        let divides = if c == 0 { x.div(y).is_none() } else { is(x.div(y), a * d, b * c) };
        prop_assert!(divides);
        prop_assert_eq!(x.cmp(&y), (a * d).cmp(&(c * b)));
        prop_assert_eq!(x == y, a * d == c * b);
    }

    #[test]
    fn floats_are_the_nearest((num, den) in prop_oneof![small(), large()]) {
        let exact = Ratio::new(num, den).unwrap();
        let float = exact.to_f64();
        prop_assert_eq!(float == 0.0, num == 0);
        prop_assert!(num == 0 || (float < 0.0) == (num < 0));
        let size = Ratio::new(num.abs(), den).unwrap();
        let Some([below, _, above]) = around(float.abs()).filter(|_| num != 0) else { return Ok(()) };
        let even = float.to_bits() % 2 == 0;
        let near = if even { below <= size && size <= above } else { below < size && size < above };
        prop_assert!(near);
    }

    #[test]
    fn floats_of_floats_are_themselves(mantissa in 1i128 << 52..1 << 53, shift in 0u32..=60, nudge in -1i128..=1) {
        // A hair off a midpoint must go to the right side, and the midpoint itself to the even neighbour.
        let half = (2 * mantissa + 1) << shift;
        let (below, above) = (mantissa as f64, (mantissa + 1) as f64);
        let even = if mantissa % 2 == 0 { below } else { above };
        let wanted = [below, even, above][(nudge + 1) as usize];
        let found = Ratio::new((half << 1) + nudge, 4 << shift).unwrap().to_f64();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn parts_sum_and_lie_near_their_share(
        total in prop_oneof![-1000i128..1000, any::<i64>().prop_map(i128::from), any::<i128>()],
        weights in prop::collection::vec(prop_oneof![0i128..5, 0i128..1_000_000, any::<i64>().prop_map(|w| i128::from(w).abs())], 1..12),
    ) {
        let sum: i128 = weights.iter().sum();
        prop_assume!(sum > 0 && total != i128::MIN);
        let parts = split(total, &weights).unwrap();
        prop_assert_eq!(parts.iter().sum::<i128>(), total);
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!(*weight > 0 || *part == 0);
            prop_assert!(part.signum() * total.signum() >= 0);
            // Within one unit of the exact share: where it is small enough to be said without division.
            if let (Some(share), Some(made)) = (total.checked_mul(*weight), part.checked_mul(sum)) {
                prop_assert!((share - made).abs() < sum);
            }
            // And by halves of the quotient where it is not.
            let exact = (*weight as f64 / sum as f64) * total as f64;
            prop_assert!((*part as f64 - exact).abs() <= 1.0 + exact.abs() * 1e-12);
        }
        let mirrored: Vec<i128> = split(-total, &weights).unwrap().iter().map(|part| -part).collect();
        prop_assert_eq!(&mirrored, &parts);
    }

    #[test]
    fn parts_do_not_depend_on_the_order(
        total in -100_000i128..100_000,
        weights in prop::collection::vec(0i128..20, 1..10).prop_filter("some weight", |all| all.iter().any(|w| *w > 0)),
        seed in any::<prop::sample::Index>(),
    ) {
        let sorted = |weights: &[i128]| {
            let mut pairs: Vec<(i128, i128)> = weights.iter().copied().zip(split(total, weights).unwrap()).collect();
            pairs.sort();
            pairs
        };
        // Of unequal weights with equal remainders the earlier comes first; without such the order says nothing.
        let sum: i128 = weights.iter().sum();
        let remainder = |weight: &i128| (total * weight).rem_euclid(sum);
        let unlike = |a: &i128| weights.iter().all(|b| a == b || remainder(a) != remainder(b));
        if weights.iter().all(unlike) {
            let mut turned = weights.clone();
            turned.rotate_left(seed.index(weights.len()));
            prop_assert_eq!(sorted(&weights), sorted(&turned));
            turned.reverse();
            prop_assert_eq!(sorted(&weights), sorted(&turned));
        }
        // A heavier weight never gets less.
        let pairs = sorted(&weights);
        prop_assert!(total < 0 || pairs.is_sorted_by_key(|(_, part)| *part));
    }

    #[test]
    fn no_text_is_read_as_what_it_is_not(text in "[-+]?[0-9]{0,4}[.]?[0-9]{0,3}[ e/]?[0-9]?") {
        if let Some(found) = Ratio::parse_decimal(text.as_bytes()) {
            let wanted: Decimal = text.parse().unwrap();
            prop_assert_eq!(found, super::of_decimal(wanted).unwrap());
        }
    }
}
