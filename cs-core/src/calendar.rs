//! Days, months, periods, fiscal calendars, `as_of` and time zones.
//!
//! Nothing here reads a clock: the day of computation is always an argument. Windows are half-open: their last day is the
//! one before `to`.

mod fiscal;
mod month;
mod period;

pub use fiscal::{EndRule, Fiscal, NameBy, Weekday, Weeks};
pub use month::Month;
pub use period::{Period, PeriodKind};

use crate::document::Node;
use crate::error::{Code, Error, Issue, Result};
use chrono::{Datelike, NaiveDate, TimeDelta};
use std::fmt;

/// Days between 0001-01-01 (chrono's day 1) and 1970-01-01.
const EPOCH: i32 = 719_163;

/// A calendar day (proleptic Gregorian), as the number of days since 1970-01-01.
///
/// # Examples
/// ```
/// use cs_core::calendar::Date;
/// let day = Date::parse("2024-03-01")?;
/// assert_eq!(day.days_since(Date::parse("2024-02-28")?), 2); // a leap year
/// assert_eq!(day.to_string(), "2024-03-01");
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(i32);

impl Date {
    /// The day that lies `days` after 1970-01-01.
    pub const fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// The number of days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The day of a year, month (1 to 12) and day (1 to 31); `None` when there is no such day.
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self::from_chrono)
    }

    /// Reads `YYYY-MM-DD`; a time of day after `T` or a space is allowed and dropped when it has no
    /// offset.
    ///
    /// # Errors
    /// `invalid_date` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_bytes(text.as_bytes()).ok_or_else(|| {
            Issue::new(Code::InvalidDate).value(format!("{text:?}")).expected("a date such as 2026-10-31").into()
        })
    }

    /// Reads a date in a document; what is wrong is reported.
    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        let report = |error: Error| error.issues().iter().for_each(|issue| node.report(issue.clone()));
        Self::parse(node.text()?).map_err(report).ok()
    }

    pub(crate) fn parse_bytes(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let number = |range: std::ops::Range<usize>| {
            date[range].iter().try_fold(0u32, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
        };
        let separated = date[4] == b'-' && date[7] == b'-';
        let date = Self::new(number(0..4)? as i32, number(5..7)?, number(8..10)?)?;
        (separated && is_wall_clock(rest)).then_some(date)
    }

    /// How many days this day lies after `earlier`; negative when before.
    pub fn days_since(self, earlier: Self) -> i64 {
        i64::from(self.0) - i64::from(earlier.0)
    }

    /// The day of a timestamp of `per_second` units since 1970-01-01T00:00, in the zone for a moment,
    /// as it stands for a wall-clock time (`zone` is `None`).
    pub(crate) fn of_timestamp(value: i64, per_second: i64, zone: Option<Zone>) -> Option<Self> {
        let seconds = value.div_euclid(per_second);
        let offset = zone.map_or(Some(0), |zone| zone.offset_seconds(seconds))?;
        let days = seconds.checked_add(i64::from(offset))?.div_euclid(86_400);
        i32::try_from(days).ok().map(Self)
    }

    pub(crate) fn days_ref(&self) -> &i32 {
        &self.0
    }

    fn from_chrono(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - EPOCH)
    }

    fn to_chrono(self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(self.0.checked_add(EPOCH)?)
    }
}

/// Whether what follows a date is nothing, or a time of day without an offset.
fn is_wall_clock(rest: &[u8]) -> bool {
    let Some((separator, time)) = rest.split_first() else { return true };
    let (clock, fraction) = time.split_at(time.len().min(8));
    let parts: Vec<&[u8]> = clock.split(|&c| c == b':').collect();
    let in_range = |(part, limit): (&&[u8], u8)| match part {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => (tens - b'0') * 10 + (ones - b'0') < limit,
        _ => false,
    };
    let well_formed = matches!(parts.len(), 2 | 3) && parts.iter().zip([24, 60, 60]).all(in_range);
    let fraction_fits = match fraction {
        [] => true,
        [b'.', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    matches!(separator, b'T' | b' ') && well_formed && fraction_fits
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_chrono() {
            Some(date) => write!(f, "{date:?}"), // chrono's Debug is ISO 8601
            None => write!(f, "day {} after 1970-01-01", self.0),
        }
    }
}

/// The zone whose calendar decides on which day a moment falls.
///
/// # Examples
/// ```
/// use cs_core::calendar::Zone;
/// assert_eq!(Zone::parse("+05:30")?.offset_seconds(0), Some(19_800));
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Offset(i32),
    #[cfg(feature = "tz")]
    Named(chrono_tz::Tz),
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Kind::Offset(0));

    /// Reads `UTC`, `Z`, an offset (`+09:00`, `+0900`, `-08`), or, with the feature `tz`, a name such
    /// as `Asia/Tokyo`.
    ///
    /// # Errors
    /// `unknown_zone`, or `feature_missing` for a name in a build without `tz`.
    pub fn parse(text: &str) -> Result<Self> {
        if matches!(text, "UTC" | "Z" | "utc" | "Etc/UTC") {
            return Ok(Self::UTC);
        }
        if let Some(seconds) = parse_offset(text) {
            return Ok(Self(Kind::Offset(seconds)));
        }
        Self::named(text)
    }

    #[cfg(feature = "tz")]
    fn named(text: &str) -> Result<Self> {
        text.parse().map(|tz| Self(Kind::Named(tz))).map_err(|_| unknown_zone(text).into())
    }

    #[cfg(not(feature = "tz"))]
    fn named(text: &str) -> Result<Self> {
        if text.contains('/') {
            let issue = Issue::new(Code::FeatureMissing).value(format!("the zone {text:?}"));
            return Err(issue.help("build with the feature `tz`, or give an offset such as +09:00").into());
        }
        Err(unknown_zone(text).into())
    }

    /// The zone's offset from UTC in seconds at a moment, given in seconds since 1970-01-01T00:00Z;
    /// `None` beyond the calendar.
    pub fn offset_seconds(self, moment: i64) -> Option<i32> {
        match self.0 {
            Kind::Offset(seconds) => Some(seconds),
            #[cfg(feature = "tz")]
            Kind::Named(tz) => {
                use chrono::{DateTime, Offset, TimeZone};
                let utc = DateTime::from_timestamp(moment, 0)?.naive_utc();
                Some(tz.offset_from_utc_datetime(&utc).fix().local_minus_utc())
            }
        }
        .filter(|_| TimeDelta::try_seconds(moment).is_some())
    }

    /// The offset in seconds of a zone that has one for all times.
    pub(crate) fn fixed_offset(self) -> Option<i32> {
        match self.0 {
            Kind::Offset(seconds) => Some(seconds),
            #[cfg(feature = "tz")]
            Kind::Named(_) => None,
        }
    }
}

fn unknown_zone(text: &str) -> Issue {
    Issue::new(Code::UnknownZone)
        .value(format!("{text:?}"))
        .expected("UTC, an offset such as +09:00, or a name such as Asia/Tokyo")
}

/// Reads `+09:00`, `+0900` or `+09` as seconds.
fn parse_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 if digits.is_ascii() => digits.split_at(2),
        5 => digits.split_once(':').filter(|(hours, _)| hours.len() == 2)?,
        _ => return None,
    };
    let number = |text: &str| text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse::<i32>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn dates_read_and_write() {
        assert_eq!(day("1970-01-01").days(), 0);
        assert_eq!(day("2000-03-01").days(), 11_017); // a known count, `date -d 2000-03-01 +%s` / 86400
        assert_eq!(day("1969-12-31").days(), -1);
        for text in ["2024-02-29", "1582-10-15", "9999-12-31"] {
            assert_eq!(day(text).to_string(), text);
        }
        assert_eq!(day("2024-02-29T23:59:59.5"), day("2024-02-29"));
        assert_eq!(day("2024-02-29 08:00"), day("2024-02-29"));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024/01/01",
            "24-01-01",
            "2024-1-1",
            "2024-01-01T",
            "2024-01-01T25",
            "2024-01-01 99:99",
            "2024-01-01T24:00",
            "2024-01-01T00:00:60",
            "2024-01-01T00:00:00Z",
            "2024-01-01T00:00+09:00",
            "2024-01-0１",
            "日本語日本語",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn offsets_read() {
        for (text, seconds) in [("+09:00", 32_400), ("-0330", -12_600), ("+00", 0), ("UTC", 0)] {
            assert_eq!(Zone::parse(text).unwrap().offset_seconds(0), Some(seconds), "{text}");
        }
        for text in ["", "+9", "+24:00", "+09:60", "09:00", "Mars/Base", "+0９", "+あ"] {
            assert!(Zone::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_before_the_epoch_round_down() {
        assert_eq!(Date::of_timestamp(-1, 1_000, Some(Zone::UTC)), Some(day("1969-12-31")));
        assert_eq!(Date::of_timestamp(i64::MAX, 1, None), None);
    }

    #[cfg(feature = "tz")]
    #[test]
    fn named_zones_know_summer_time() {
        let zone = Zone::parse("America/New_York").unwrap();
        // 04:30Z is 00:30 in New York in summer (UTC−4) and 23:30 the day before in winter (UTC−5).
        let at = |text: &str| i64::from(day(text).days()) * 86_400 + 4 * 3600 + 1800;
        assert_eq!(Date::of_timestamp(at("2026-07-04"), 1, Some(zone)), Some(day("2026-07-04")));
        assert_eq!(Date::of_timestamp(at("2026-01-04"), 1, Some(zone)), Some(day("2026-01-03")));
    }
}
