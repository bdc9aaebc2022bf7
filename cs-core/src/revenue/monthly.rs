//! What an amount per interval is a month.

use super::RevenuePolicy;
use super::document::Normalise;
use crate::error::{Code, Issue, Result};
use crate::money::Ratio;
use crate::table::write_decimal;

/// The intervals at which amounts recur.
pub(super) const INTERVALS: [&str; 5] = ["day", "week", "month", "quarter", "year"];

impl Normalise {
    /// How many months' worth one interval is; `None` for an unknown one.
    pub(super) fn factor(&self, interval: &[u8]) -> Option<Ratio> {
        match interval {
            b"day" => Some(self.day),
            b"week" => Some(self.week),
            b"month" => Some(self.month),
            b"quarter" => self.month.div(Ratio::integer(3)),
            b"year" => Some(self.year),
            _ => None,
        }
    }
}

impl RevenuePolicy {
    /// What an amount per interval is a month, as text with the decimals of its currency.
    ///
    /// Amount and quantity are decimal texts; without a currency it is the policy's.
    ///
    /// # Formula
    /// amount × quantity × factor ÷ count, with the policy's factor: 1 for a month, 1/12 for a year, 52/12 for a week, 365/12
    /// for a day; rounded as the policy says.
    ///
    /// # Errors
    /// `invalid_amount`, `invalid_quantity`, `unknown_interval`, `unknown_currency`, `amount_too_large`.
    ///
    /// # Examples
    /// ```
    /// use cs_core::revenue::RevenuePolicy;
    /// let policy = RevenuePolicy::default();
    /// assert_eq!(policy.monthly_amount("300", "month", 3, "1", Some("USD"))?, "100.00");
    /// assert_eq!(policy.monthly_amount("50", "week", 2, "1", Some("USD"))?, "108.33");
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn monthly_amount(
        &self,
        amount: &str,
        interval: &str,
        count: u32,
        quantity: &str,
        currency: Option<&str>,
    ) -> Result<String> {
        let decimal = |text: &str, path: &str, code| {
            Ratio::parse_decimal(text.as_bytes()).ok_or_else(|| Issue::new(code).path(path).value(format!("{text:?}")))
        };
        let amount = decimal(amount, "amount", Code::InvalidAmount)?;
        let quantity = decimal(quantity, "quantity", Code::InvalidQuantity)?;
        self.monthly(amount, interval, count, quantity, currency)
    }

    /// As [`RevenuePolicy::monthly_amount`], of what is read.
    pub(crate) fn monthly(
        &self,
        amount: Ratio,
        interval: &str,
        count: u32,
        quantity: Ratio,
        currency: Option<&str>,
    ) -> Result<String> {
        let policy = self.document();
        let unknown = |code: Option<&str>| {
            let issue = Issue::new(Code::UnknownCurrency).path("currency");
            issue.value(code.map_or_else(|| "none".to_owned(), |code| format!("{code:?}")))
        };
        let currency = match currency {
            Some(code) => policy.currencies.get(code.as_bytes()).ok_or_else(|| unknown(Some(code)))?,
            None => policy.currency.ok_or_else(|| unknown(None))?,
        };
        let factor = policy.normalise.factor(interval.as_bytes()).ok_or_else(|| {
            let issue = Issue::new(Code::UnknownInterval).path("interval").value(format!("{interval:?}"));
            issue.expected(INTERVALS.join(", "))
        })?;
        if count == 0 {
            return Err(Issue::new(Code::InvalidQuantity)
                .path("interval_count")
                .value(0)
                .expected("at least 1")
                .into());
        }
        if quantity < Ratio::ZERO {
            return Err(Issue::new(Code::InvalidQuantity).path("quantity").expected("0 or more").into());
        }
        let scale = policy.rounding.scale.unwrap_or(currency.exponent());
        let monthly = monthly(amount, quantity, factor, i128::from(count));
        let minor = monthly.and_then(|monthly| monthly.rounded(scale, policy.rounding.mode));
        let minor = minor.ok_or_else(|| Issue::new(Code::AmountTooLarge).path("amount"))?;
        Ok(write_decimal(minor, scale))
    }
}

/// amount × quantity × factor ÷ count.
#[inline]
pub(super) fn monthly(amount: Ratio, quantity: Ratio, factor: Ratio, count: i128) -> Option<Ratio> {
    amount.mul(quantity)?.mul(factor)?.div(Ratio::integer(count))
}
