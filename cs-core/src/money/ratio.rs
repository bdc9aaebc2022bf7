//! Exact rationals.

use super::Rounding;
use std::cmp::Ordering;

/// A rational in lowest terms; the denominator is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    pub(crate) const ZERO: Self = Self { num: 0, den: 1 };
    pub(crate) const ONE: Self = Self { num: 1, den: 1 };

    /// A quotient; `None` over 0, or where a sign cannot be turned.
    pub(crate) fn new(num: i128, den: i128) -> Option<Self> {
        if den == 1 {
            return Some(Self { num, den });
        }
        if den == 0 {
            return None;
        }
        let (num, den) = if den < 0 { (num.checked_neg()?, den.checked_neg()?) } else { (num, den) };
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs());
        if divisor == 1 {
            return Some(Self { num, den });
        }
        let divisor = i128::try_from(divisor).ok()?;
        Some(Self { num: num / divisor, den: den / divisor })
    }

    pub(crate) fn integer(num: i128) -> Self {
        Self { num, den: 1 }
    }

    pub(crate) fn num(self) -> i128 {
        self.num
    }

    pub(crate) fn den(self) -> i128 {
        self.den
    }

    /// Reads `12`, `-12.50` or `52/12`; no exponents, no spaces.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        if let Some(slash) = text.iter().position(|byte| *byte == b'/') {
            let (num, den) = (Self::parse_decimal(&text[..slash])?, Self::parse_decimal(&text[slash + 1..])?);
            return num.div(den);
        }
        Self::parse_decimal(text)
    }

    /// Reads `12` or `-12.50`.
    pub(crate) fn parse_decimal(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (mut num, mut den, mut point, mut seen) = (0i128, 1i128, false, false);
        for byte in digits {
            match byte {
                b'.' if !point && seen => point = true,
                b'0'..=b'9' => {
                    num = num.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                    den = if point { den.checked_mul(10)? } else { den };
                    seen = true;
                }
                _ => return None,
            }
        }
        if !seen || digits.last() == Some(&b'.') {
            return None;
        }
        Self::new(if negative { -num } else { num }, den)
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        if self.den == other.den {
            return Self::new(self.num.checked_add(other.num)?, self.den);
        }
        // Over the least common denominator, so that sums of many stay small.
        let common = i128::try_from(gcd(self.den.unsigned_abs(), other.den.unsigned_abs())).ok()?;
        let (left, right) = (other.den / common, self.den / common);
        let num = self.num.checked_mul(left)?.checked_add(other.num.checked_mul(right)?)?;
        Self::new(num, self.den.checked_mul(left)?)
    }

    pub(crate) fn abs(self) -> Option<Self> {
        Some(Self { num: self.num.checked_abs()?, den: self.den })
    }

    pub(crate) fn sub(self, other: Self) -> Option<Self> {
        self.add(Self { num: other.num.checked_neg()?, den: other.den })
    }

    pub(crate) fn mul(self, other: Self) -> Option<Self> {
        if other == Self::ONE {
            return Some(self);
        }
        // Crosswise first, so that products stay small.
        let a = Self::new(self.num, other.den)?;
        let b = Self::new(other.num, self.den)?;
        Self::new(a.num.checked_mul(b.num)?, a.den.checked_mul(b.den)?)
    }

    pub(crate) fn div(self, other: Self) -> Option<Self> {
        self.mul(Self::new(other.den, other.num)?)
    }

    /// Whole numbers in the proportions of rationals.
    pub(crate) fn whole(all: &[Self]) -> Option<Vec<i128>> {
        let common = all.iter().try_fold(1i128, |common, ratio| {
            let shared = i128::try_from(gcd(common.unsigned_abs(), ratio.den.unsigned_abs())).ok()?;
            common.checked_mul(ratio.den / shared)
        })?;
        all.iter().map(|ratio| ratio.num.checked_mul(common / ratio.den)).collect()
    }

    /// The whole number nearest to the rational times 10^scale.
    pub(crate) fn rounded(self, scale: u8, rounding: Rounding) -> Option<i128> {
        let num = self.num.checked_mul(10i128.checked_pow(u32::from(scale))?)?;
        if self.den == 1 {
            return Some(num);
        }
        let (floor, rest) = (num.div_euclid(self.den), num.rem_euclid(self.den));
        let up = match rest.cmp(&(self.den - rest)) {
            Ordering::Less => false,
            Ordering::Greater => true,
            // Away from zero is up only above it.
            Ordering::Equal if rounding == Rounding::HalfUp => num > 0,
            Ordering::Equal => floor % 2 != 0,
        };
        floor.checked_add(i128::from(up))
    }

    /// The rational times 10^scale, where that is whole.
    pub(crate) fn exactly(self, scale: u8) -> Option<i128> {
        let power = 10i128.checked_pow(u32::from(scale))?;
        (power % self.den == 0).then(|| self.num.checked_mul(power / self.den))?
    }

    /// The nearest float; ties to even.
    pub(crate) fn to_f64(self) -> f64 {
        const EXACT: u128 = 1 << 53;
        let (num, den) = (self.num.unsigned_abs(), self.den.unsigned_abs());
        let size = if num <= EXACT && den <= EXACT {
            // Both are floats, and a division of floats is rounded correctly.
            num as f64 / den as f64
        } else {
            divided(num, den)
        };
        if self.num < 0 { -size } else { size }
    }
}

/// A quotient bit by bit, with two bits more than a float has and one that says whether anything is left.
fn divided(num: u128, den: u128) -> f64 {
    let (mut whole, mut rest, mut shift) = (num / den, num % den, 0i32);
    // The denominator is below 2^127, so a doubled rest has room. A whole number of 56 bits is long enough.
    while whole < (1 << 56) && rest != 0 {
        rest *= 2;
        whole = whole * 2 + u128::from(rest >= den);
        rest -= if rest >= den { den } else { 0 };
        shift += 1;
    }
    let sticky = if rest != 0 { whole | 1 } else { whole };
    libm::scalbn(sticky as f64, -shift)
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        // By continued fractions, so that nothing overflows.
        let (mut a, mut b, mut turned) = (*self, *other, false);
        loop {
            let (p, q) = (a.num.div_euclid(a.den), b.num.div_euclid(b.den));
            let (r, s) = (a.num.rem_euclid(a.den), b.num.rem_euclid(b.den));
            let found = match p.cmp(&q) {
                Ordering::Equal if r == 0 || s == 0 => r.cmp(&s),
                Ordering::Equal => {
                    (a, b) = (Self { num: a.den, den: r }, Self { num: b.den, den: s });
                    turned = !turned;
                    continue;
                }
                other => other,
            };
            return if turned { found.reverse() } else { found };
        }
    }
}

/// The greatest common divisor; 1 for two zeros.
fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        // Divisions of 64 bits are several times as fast, and amounts rarely need more.
        if let (Ok(mut small), Ok(mut other)) = (u64::try_from(a), u64::try_from(b)) {
            while other != 0 {
                (small, other) = (other, small % other);
            }
            return u128::from(small);
        }
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(text: &str) -> Ratio {
        Ratio::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn texts_read_exactly() {
        assert_eq!(ratio("12.50"), Ratio { num: 25, den: 2 });
        assert_eq!(ratio("-0.004"), Ratio { num: -1, den: 250 });
        assert_eq!(ratio("52/12"), Ratio { num: 13, den: 3 });
        assert_eq!(ratio("4.33"), Ratio { num: 433, den: 100 });
        for text in ["", "-", ".5", "5.", "1e3", "1,000", "1 ", "1/0", "1/2/3", "０", "--1", "NaN"] {
            assert_eq!(Ratio::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Ratio::parse("9".repeat(40).as_bytes()), None);
    }

    #[test]
    fn ties_tell_the_modes_apart() {
        for (text, even, up) in [("2.345", 234, 235), ("2.355", 236, 236), ("-2.345", -234, -235), ("2.346", 235, 235)]
        {
            assert_eq!(ratio(text).rounded(2, Rounding::HalfEven), Some(even), "{text}");
            assert_eq!(ratio(text).rounded(2, Rounding::HalfUp), Some(up), "{text}");
        }
        assert_eq!(ratio("1/3").rounded(3, Rounding::HalfEven), Some(333));
        assert_eq!(ratio("-2/3").rounded(0, Rounding::HalfEven), Some(-1));
        assert_eq!(ratio("1.50").exactly(1), Some(15));
        assert_eq!(ratio("1.55").exactly(1), None);
    }

    #[test]
    fn arithmetic_is_exact_and_orders() {
        let third = ratio("1/3");
        assert_eq!(third.add(third).and_then(|x| x.add(third)), Some(Ratio::ONE));
        assert_eq!(ratio("0.1").add(ratio("0.2")), Some(ratio("0.3")));
        assert_eq!(ratio("1/6").sub(ratio("1/2")), Some(ratio("-1/3")));
        assert_eq!(ratio("2/3").mul(ratio("9/4")), Some(ratio("3/2")));
        let mut some = [ratio("1/3"), ratio("-5"), ratio("0.3334"), ratio("0.333"), ratio("7/2"), Ratio::ZERO];
        some.sort();
        assert_eq!(some, ["-5", "0", "0.333", "1/3", "0.3334", "7/2"].map(ratio));
        let big = Ratio::new(i128::MAX, i128::MAX - 1).unwrap();
        assert!(big > Ratio::ONE && big < ratio("1.000001"));
    }

    #[test]
    fn proportions_become_whole() {
        assert_eq!(Ratio::whole(&["0.5", "0.75", "2"].map(ratio)), Some(vec![2, 3, 8]));
        assert_eq!(Ratio::whole(&[]), Some(vec![]));
        let far = Ratio::new(1, i128::MAX).unwrap();
        assert_eq!(Ratio::whole(&[far, ratio("0.5")]), None);
    }

    #[test]
    fn floats_are_the_nearest() {
        assert_eq!(ratio("1/3").to_f64(), 1.0 / 3.0);
        assert_eq!(ratio("-0.1").to_f64(), -0.1);
        // 2^53 + 1 lies between two floats, and goes to the even one; a hair more goes up.
        assert_eq!(Ratio::integer((1 << 53) + 1).to_f64(), 9_007_199_254_740_992.0);
        assert_eq!(Ratio::new(((1i128 << 53) + 1) * 1000 + 1, 1000).unwrap().to_f64(), 9_007_199_254_740_994.0);
        assert_eq!(Ratio::new(1, (1i128 << 100) + 1).unwrap().to_f64(), libm::exp2(-100.0));
        assert_eq!(Ratio::new(i128::MAX, 3).unwrap().to_f64(), 1.701_411_834_604_692_3e38 / 3.0);
    }
}
