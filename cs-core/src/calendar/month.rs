//! Months, and arithmetic that starts from an anchor.

use super::Date;
use crate::error::{Code, Issue, Result};
use chrono::{Datelike, NaiveDate};
use std::fmt;

/// A calendar month.
///
/// # Examples
/// ```
/// use cs_core::calendar::{Date, Month};
/// let february = Month::of(Date::parse("2024-02-29")?).ok_or(cs_core::error::Issue::new(cs_core::error::Code::InvalidMonth))?;
/// assert_eq!(february.to_string(), "2024-02");
/// assert_eq!(february.plus(11).to_string(), "2025-01");
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(i32);

impl Month {
    /// The month of a year, 1 to 12; `None` when there is no such month.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        let month = i32::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
        let index = year.checked_mul(12)?.checked_add(month - 1)?;
        Some(Self(index)).filter(|month| month.first_day().is_some())
    }

    /// The month in which a day falls; `None` beyond the calendar.
    pub fn of(date: Date) -> Option<Self> {
        let (year, month, _) = date.parts()?;
        Self::new(year, month)
    }

    /// Reads `2024-01`.
    ///
    /// # Errors
    /// `invalid_month`.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_bytes(text.as_bytes()).ok_or_else(|| {
            Issue::new(Code::InvalidMonth).value(format!("{text:?}")).expected("a month such as 2026-10").into()
        })
    }

    /// Reads `2024-01`, or a date of that month.
    pub(crate) fn parse_bytes(text: &[u8]) -> Option<Self> {
        if text.len() != 7 {
            return Self::of(Date::parse_bytes(text)?);
        }
        let mut whole = [0u8; 10];
        whole[..7].copy_from_slice(text);
        whole[7..].copy_from_slice(b"-01");
        Self::of(Date::parse_bytes(&whole)?)
    }

    /// The month so many months later.
    pub fn plus(self, months: i32) -> Self {
        Self(self.0.saturating_add(months))
    }

    /// How many months this one lies after `earlier`.
    pub fn months_since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The year, and the month from 1 to 12.
    pub fn parts(self) -> (i32, u32) {
        (self.0.div_euclid(12), self.0.rem_euclid(12) as u32 + 1)
    }

    /// The first day; `None` beyond the calendar.
    pub fn first_day(self) -> Option<Date> {
        let (year, month) = self.parts();
        Date::new(year, month, 1)
    }

    /// The days that it has; 0 beyond the calendar.
    pub fn days(self) -> u32 {
        let next = self.plus(1).first_day().zip(self.first_day());
        next.map_or(0, |(next, first)| next.days_since(first) as u32)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.parts();
        write!(f, "{year:04}-{month:02}")
    }
}

impl Date {
    /// The year, the month from 1 to 12, and the day from 1 to 31; `None` beyond the calendar.
    pub fn parts(self) -> Option<(i32, u32, u32)> {
        let date: NaiveDate = self.to_chrono()?;
        Some((date.year(), date.month(), date.day()))
    }

    /// The day so many months later: the same day of that month, or its last.
    ///
    /// Always start from the anchor: two steps of one month are not one step of two.
    ///
    /// # Examples
    /// ```
    /// use cs_core::calendar::Date;
    /// let end = Date::parse("2024-01-31")?;
    /// let months = [1, 2, 13].map(|n| end.plus_months(n).map(|day| day.to_string()));
    /// assert_eq!(months, ["2024-02-29", "2024-03-31", "2025-02-28"].map(|day| Some(day.to_owned())));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn plus_months(self, months: i32) -> Option<Self> {
        let (_, _, day) = self.parts()?;
        let month = Month(Month::of(self)?.0.checked_add(months)?);
        let (year, number) = month.parts();
        month.first_day()?;
        Self::new(year, number, day.min(month.days()))
    }

    /// How many whole months, counted from this day, end exactly on another; `None` when none do.
    ///
    /// # Examples
    /// ```
    /// use cs_core::calendar::Date;
    /// let start = Date::parse("2024-01-31")?;
    /// assert_eq!(start.months_until(Date::parse("2024-02-29")?), Some(1));
    /// assert_eq!(start.months_until(Date::parse("2024-03-01")?), None);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn months_until(self, later: Self) -> Option<i32> {
        let months = Month::of(later)?.months_since(Month::of(self)?);
        (self.plus_months(months)? == later).then_some(months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_read_and_count() {
        for text in ["2024-01", "1999-12", "0001-06"] {
            assert_eq!(Month::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Month::parse("2024-02-29").unwrap(), Month::parse("2024-02").unwrap());
        for text in ["2024-13", "2024-00", "24-01", "2024/01", "2024-1", "2024-02-30", ""] {
            assert!(Month::parse(text).is_err(), "{text}");
        }
        let [a, b] = ["2023-11", "2024-02"].map(|text| Month::parse(text).unwrap());
        assert_eq!((b.months_since(a), a.plus(3), b.days()), (3, b, 29));
        assert_eq!(Month::new(0, 13), None);
    }

    #[test]
    fn steps_are_counted_from_the_anchor() {
        let anchor = Date::parse("2023-10-31").unwrap();
        let days: Vec<u32> = (0..6).map(|n| anchor.plus_months(n).unwrap().parts().unwrap().2).collect();
        assert_eq!(days, [31, 30, 31, 31, 29, 31]);
        assert_eq!(anchor.plus_months(-8).unwrap().to_string(), "2023-02-28");
        assert_eq!(anchor.plus_months(i32::MAX), None);
    }
}
