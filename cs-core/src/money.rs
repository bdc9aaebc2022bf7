//! Exact money: currencies, rationals, rounding, and parts that sum to the whole.
//!
//! Columns hold whole minor units, sums are i128, and what is divided stays a rational until the rounding that a policy names.
//! No float is on the way.

mod amounts;
mod currency;
#[cfg(test)]
mod laws;
mod ratio;
mod withdrawn;

pub(crate) use amounts::{AmountReader, Amounts, read_text};
pub(crate) use currency::Currencies;
pub use currency::Currency;
pub(crate) use ratio::Ratio;

use crate::error::{Code, Issue, Result};
use rust_decimal::Decimal;
use serde::Serialize;

/// What happens to a tie when an amount is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Rounding {
    /// To the even neighbour: 2.345 is 2.34, 2.355 is 2.36.
    #[default]
    HalfEven,
    /// Away from zero: 2.345 is 2.35, −2.345 is −2.35.
    HalfUp,
}

impl Rounding {
    pub(crate) const NAMED: [(&'static str, Self); 2] = [("half_even", Self::HalfEven), ("half_up", Self::HalfUp)];
}

/// Parts of a total in proportion to weights, which sum to the total exactly: the method of the largest remainder.
///
/// Each part is its exact share rounded toward zero; the units that are left go one by one to the parts with the largest
/// remainders, of equals to the earlier. `None` when the weights sum to nothing or beyond i128, or one is negative.
pub(crate) fn split(total: i128, weights: &[i128]) -> Option<Vec<i128>> {
    let sum = weights.iter().try_fold(0i128, |sum, weight| sum.checked_add(*weight).filter(|_| *weight >= 0))?;
    if sum == 0 {
        return None;
    }
    let size = total.checked_abs()?;
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = size;
    for (place, weight) in weights.iter().enumerate() {
        let (part, remainder) = share(size, *weight, sum);
        left -= part;
        parts.push(part);
        remainders.push((remainder, place));
    }
    remainders.sort_unstable_by(|(a, i), (b, j)| b.cmp(a).then(i.cmp(j)));
    for (_, place) in remainders.iter().take(usize::try_from(left).ok()?) {
        parts[*place] += 1;
    }
    if total < 0 {
        parts.iter_mut().for_each(|part| *part = -*part);
    }
    Some(parts)
}

/// size × weight ÷ sum and what remains, for 0 ≤ size and 0 ≤ weight ≤ sum, sum above 0.
fn share(size: i128, weight: i128, sum: i128) -> (i128, i128) {
    if let Some(product) = size.checked_mul(weight) {
        return (product / sum, product % sum);
    }
    // The product has no room, but its quotient has: it is not above the size. So bit by bit, from the highest.
    let (sum, weight) = (sum.unsigned_abs(), weight.unsigned_abs());
    let (mut part, mut remainder) = (0i128, 0u128);
    for bit in (0..127).rev() {
        (part, remainder) = (part * 2, remainder * 2);
        for more in [0, if size >> bit & 1 == 1 { weight } else { 0 }] {
            remainder += more;
            if remainder >= sum {
                (part, remainder) = (part + 1, remainder - sum);
            }
        }
    }
    (part, remainder as i128)
}

/// A quotient of whole numbers as the nearest float; the denominator is not 0.
pub(crate) fn quotient(numerator: i128, denominator: i128) -> f64 {
    Ratio::new(numerator, denominator).map_or(f64::NAN, Ratio::to_f64)
}

/// An amount rounded to the decimals of its currency.
///
/// # Errors
/// `unknown_currency`; `amount_too_large` beyond 28 digits.
///
/// # Examples
/// A tie tells the modes apart.
/// ```
/// use cs_core::money::{Rounding, round};
/// let amount = "2.345".parse().unwrap();
/// assert_eq!(round(amount, "USD", Rounding::HalfEven)?.to_string(), "2.34");
/// assert_eq!(round(amount, "USD", Rounding::HalfUp)?.to_string(), "2.35");
/// assert_eq!(round(amount, "JPY", Rounding::HalfUp)?.to_string(), "2");
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn round(amount: Decimal, currency: &str, rounding: Rounding) -> Result<Decimal> {
    let currency = Currency::parse(currency)?;
    let rounded = of_decimal(amount).and_then(|exact| exact.rounded(currency.exponent(), rounding));
    let made = rounded.and_then(|minor| Decimal::try_from_i128_with_scale(minor, u32::from(currency.exponent())).ok());
    made.ok_or_else(|| Issue::new(Code::AmountTooLarge).value(amount).into())
}

/// Parts of an amount in proportion to weights, in minor units of its currency, which sum to the amount exactly.
///
/// # Formula
/// The largest remainder (Hamilton's method): shares rounded down, and the units left over go to the largest remainders, of
/// equals to the earlier.
///
/// # Errors
/// `unknown_currency`; `amount_too_precise` when the amount has more decimals than the currency; `negative_weight`;
/// `all_weights_zero`; `amount_too_large`.
///
/// # Examples
/// ```
/// use cs_core::money::split_amount;
/// let parts = split_amount("100".parse().unwrap(), "JPY", &[1, 1, 1])?;
/// assert_eq!(parts.iter().map(ToString::to_string).collect::<Vec<_>>(), ["34", "33", "33"]);
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn split_amount(amount: Decimal, currency: &str, weights: &[i64]) -> Result<Vec<Decimal>> {
    let currency = Currency::parse(currency)?;
    let scale = currency.exponent();
    let too_large = || Issue::new(Code::AmountTooLarge).value(amount);
    let minor = of_decimal(amount).ok_or_else(too_large)?.exactly(scale);
    let minor = minor.ok_or_else(|| Issue::new(Code::AmountTooPrecise).value(amount).expected(decimals(scale)))?;
    let weights: Vec<i128> = weights.iter().map(|weight| i128::from(*weight)).collect();
    check_weights(&weights)?;
    let parts = split(minor, &weights).ok_or_else(too_large)?;
    let made = |part| Decimal::try_from_i128_with_scale(part, u32::from(scale)).map_err(|_| too_large().into());
    parts.into_iter().map(made).collect()
}

/// Weights are zero or more, and not all zero.
pub(crate) fn check_weights(weights: &[i128]) -> Result<()> {
    if let Some(place) = weights.iter().position(|weight| *weight < 0) {
        return Err(Issue::new(Code::NegativeWeight).path(format!("weights[{place}]")).into());
    }
    if weights.iter().all(|weight| *weight == 0) {
        return Err(Issue::new(Code::AllWeightsZero).path("weights").into());
    }
    Ok(())
}

/// "at most 2 decimals".
pub(crate) fn decimals(scale: u8) -> String {
    match scale {
        0 => "no decimals".to_owned(),
        1 => "at most 1 decimal".to_owned(),
        _ => format!("at most {scale} decimals"),
    }
}

/// What an amount should have been that has a fault of this code.
pub(crate) fn expected(fault: Code, scale: u8) -> String {
    match fault {
        Code::AmountTooPrecise => decimals(scale),
        Code::AmountTooLarge => "an amount of 64 bits of minor units".to_owned(),
        _ => "an amount such as 12.50".to_owned(),
    }
}

fn of_decimal(amount: Decimal) -> Option<Ratio> {
    Ratio::new(amount.mantissa(), 10i128.checked_pow(amount.scale())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_and_ties_go_to_the_earlier() {
        assert_eq!(split(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(split(-100, &[1, 1, 1]), Some(vec![-34, -33, -33]));
        assert_eq!(split(5, &[0, 3, 2]), Some(vec![0, 3, 2]));
        // Shares 0.7, 0.7, 0.6: the first two remainders get the two units.
        assert_eq!(split(2, &[7, 7, 6]), Some(vec![1, 1, 0]));
        assert_eq!(split(0, &[1, 2]), Some(vec![0, 0]));
        assert_eq!(split(1, &[0, 0]), None);
        assert_eq!(split(1, &[-1, 2]), None);
        assert_eq!(split(1, &[]), None);
        assert_eq!(split(1, &[i128::MAX, 1]), None);
    }

    #[test]
    fn shares_of_large_totals_have_room() {
        // 2^127 − 1 is 1 more than a multiple of 3: the remainders are 2 and 1 of 3.
        let third = i128::MAX / 3;
        assert_eq!(split(i128::MAX, &[2, 1]), Some(vec![2 * third + 1, third]));
        assert_eq!(split(i128::MAX, &[i128::MAX - 1, 1]), Some(vec![i128::MAX - 1, 1]));
        assert_eq!(split(-i128::MAX, &[i128::MAX]), Some(vec![-i128::MAX]));
        let size = 1 << 90;
        let slow = share(size << 30, 5 << 20, 12 << 20);
        let fast = share(size, 5, 12);
        assert_eq!(slow.0, (fast.0 << 30) + ((fast.1 << 30) / 12));
    }
}
