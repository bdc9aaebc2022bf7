//! Fiscal calendars.

use super::{Date, Month};
use crate::document::Node;
use crate::error::{Code, Issue};
use serde::Serialize;

/// Which year a fiscal year is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum NameBy {
    /// The year in which it starts: the Japanese fiscal year 2024 starts in April 2024.
    #[default]
    Start,
    /// The year in which it ends.
    End,
}

/// How the weeks of a quarter are put into months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Weeks {
    /// Four, four and five weeks.
    #[serde(rename = "4-4-5")]
    W445,
    /// Four, five and four weeks, as in retail.
    #[serde(rename = "4-5-4")]
    W454,
    /// Five, four and four weeks.
    #[serde(rename = "5-4-4")]
    W544,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)] // the names say it all
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// On which of the weekdays near the end of the month a fiscal year ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum EndRule {
    /// On the last one in the month.
    #[default]
    Last,
    /// On the one nearest to the month's last day, which may lie in the next month.
    Nearest,
}

/// A fiscal calendar: years of whole months, or of 52 or 53 weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Fiscal {
    /// Years of twelve calendar months.
    Months {
        /// The month, 1 to 12, in which the year starts: 4 in Japan.
        #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 12), default = "january"))]
        start_month: u32,
        /// Which year it is named by.
        #[cfg_attr(feature = "schema", schemars(default))]
        name_by: NameBy,
    },
    /// Years of 52 or 53 weeks.
    Weeks {
        /// How the weeks of a quarter are put into months.
        weeks: Weeks,
        /// The month, 1 to 12, at whose end the year ends.
        #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 12)))]
        year_end_month: u32,
        /// The weekday on which it ends.
        weekday: Weekday,
        /// On which of these weekdays.
        #[cfg_attr(feature = "schema", schemars(default))]
        rule: EndRule,
        /// Which year it is named by.
        #[cfg_attr(feature = "schema", schemars(default))]
        name_by: NameBy,
    },
}

#[cfg(feature = "schema")]
fn january() -> u32 {
    1
}

impl Default for Fiscal {
    fn default() -> Self {
        Self::Months { start_month: 1, name_by: NameBy::Start }
    }
}

/// One fiscal year: its name, its first day, and where each of its twelve months begins, with the day after the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FiscalYear {
    pub(super) name: i32,
    pub(super) starts: Vec<Date>,
}

impl Fiscal {
    const WEEKDAYS: [(&'static str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];

    /// Reads the field `calendar` of a policy.
    pub(crate) fn read(node: &Node<'_>) -> Option<Self> {
        let by_weeks = node.value().get("weeks").is_some_and(|weeks| !weeks.is_null());
        let names: &[&str] = if by_weeks {
            &["weeks", "year_end_month", "weekday", "rule", "name_by"]
        } else {
            &["start_month", "name_by"]
        };
        let fields = node.fields(names)?;
        let name_by = match fields.get("name_by") {
            Some(node) => node.choice(&[("start", NameBy::Start), ("end", NameBy::End)])?,
            None => NameBy::Start,
        };
        if !by_weeks {
            let start_month = fields.get("start_month").map_or(Some(1), |node| node.whole_in(1, 12))?;
            return Some(Self::Months { start_month, name_by });
        }
        let patterns = [("4-4-5", Weeks::W445), ("4-5-4", Weeks::W454), ("5-4-4", Weeks::W544)];
        let weeks = fields.need("weeks").and_then(|node| node.choice(&patterns));
        let year_end_month = fields.need("year_end_month").and_then(|node| node.whole_in(1, 12));
        let weekday = fields.need("weekday").and_then(|node| node.choice(&Self::WEEKDAYS));
        let rule = match fields.get("rule") {
            Some(node) => node.choice(&[("last", EndRule::Last), ("nearest", EndRule::Nearest)])?,
            None => EndRule::Last,
        };
        Some(Self::Weeks { weeks: weeks?, year_end_month: year_end_month?, weekday: weekday?, rule, name_by })
    }

    /// The fiscal year in which a day falls.
    pub(super) fn year_of(&self, date: Date) -> Option<FiscalYear> {
        let (year, ..) = date.parts()?;
        // A year that ends in this calendar year, the next, or the one before holds the day.
        let years = [year - 1, year, year + 1].into_iter().filter_map(|year| self.year_ending(year));
        years.into_iter().find(|year| {
            let (first, end) = (year.starts.first(), year.starts.last());
            first.is_some_and(|first| *first <= date) && end.is_some_and(|end| date < *end)
        })
    }

    /// The fiscal year whose last month belongs to a calendar year.
    fn year_ending(&self, year: i32) -> Option<FiscalYear> {
        match *self {
            Self::Months { start_month, name_by } => {
                // Starting in January it ends in the year in which it starts.
                let first = if start_month == 1 { Month::new(year, 1)? } else { Month::new(year - 1, start_month)? };
                let name = if name_by == NameBy::End { year } else { first.parts().0 };
                Some(FiscalYear { name, starts: (0..=12).map(|n| first.plus(n).first_day()).collect::<Option<_>>()? })
            }
            Self::Weeks { weeks, year_end_month, weekday, rule, name_by } => {
                let first = year_end(year - 1, year_end_month, weekday, rule)?;
                let end = year_end(year, year_end_month, weekday, rule)?;
                // By the first of its twelve nominal months: its first day may lie in the month before, and a name that
                // went by the day would then stand for two years.
                let start = Month::new(year, year_end_month)?.plus(-11).parts().0;
                let name = if name_by == NameBy::End { year } else { start };
                Some(FiscalYear { name, starts: month_starts(first, end, weeks) })
            }
        }
    }
}

/// The day after the last of the fiscal year that ends with a month.
fn year_end(year: i32, month: u32, weekday: Weekday, rule: EndRule) -> Option<Date> {
    let last = Month::new(year, month)?.plus(1).first_day()?.days() - 1;
    // 1970-01-01 was a Thursday, the fourth day from Monday.
    let of_last = (last + 3).rem_euclid(7);
    let back = (of_last - weekday as i32).rem_euclid(7);
    let end = match rule {
        EndRule::Last => last - back,
        EndRule::Nearest if back <= 3 => last - back,
        EndRule::Nearest => last - back + 7,
    };
    Some(Date::from_days(end + 1))
}

/// Where the months begin; a 53rd week belongs to the last.
fn month_starts(first: Date, end: Date, weeks: Weeks) -> Vec<Date> {
    let quarter = match weeks {
        Weeks::W445 => [4, 4, 5],
        Weeks::W454 => [4, 5, 4],
        Weeks::W544 => [5, 4, 4],
    };
    let mut day = first.days();
    let mut starts: Vec<Date> = (0..12)
        .map(|month| {
            let start = day;
            day += 7 * quarter[month % 3];
            Date::from_days(start)
        })
        .collect();
    starts.push(end);
    starts
}

/// The issue of a day beyond the calendar.
pub(super) fn out_of_range(date: Date) -> Issue {
    Issue::new(Code::DateOutOfRange).value(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retail(rule: EndRule) -> Fiscal {
        let (weeks, name_by) = (Weeks::W454, NameBy::Start);
        Fiscal::Weeks { weeks, year_end_month: 1, weekday: Weekday::Saturday, rule, name_by }
    }

    fn year(fiscal: Fiscal, day: &str) -> (i32, String, i64) {
        let year = fiscal.year_of(Date::parse(day).unwrap()).unwrap();
        let (first, end) = (year.starts[0], year.starts[12]);
        (year.name, first.to_string(), end.days_since(first) / 7)
    }

    #[test]
    fn retail_years_are_those_that_are_published() {
        // National Retail Federation, https://www.nrf.com/resources/4-5-4-calendar: 53 weeks in the fiscal years 2012, 2017
        // and 2023; that of 2023 ended on 3 February 2024, so it began on 29 January 2023.
        let fiscal = retail(EndRule::Nearest);
        assert_eq!(year(fiscal, "2024-02-03"), (2023, "2023-01-29".to_owned(), 53));
        assert_eq!(year(fiscal, "2024-02-04"), (2024, "2024-02-04".to_owned(), 52));
        assert_eq!(year(fiscal, "2018-02-03"), (2017, "2017-01-29".to_owned(), 53));
        let long = |name: &i32| year(fiscal, &format!("{name}-07-01")).2 == 53;
        assert_eq!((2007..2024).filter(long).collect::<Vec<_>>(), [2012, 2017, 2023]);
    }

    #[test]
    fn the_last_weekday_is_not_the_nearest() {
        // 31 January 2024 was a Wednesday: the last Saturday of the month was the 27th, the nearest 3 February.
        assert_eq!(year(retail(EndRule::Last), "2024-01-28").1, "2024-01-28");
        assert_eq!(year(retail(EndRule::Nearest), "2024-01-28").1, "2023-01-29");
    }

    #[test]
    fn years_are_named_without_gap_or_double() {
        // Years that end on the last Saturday of December begin between 26 December and 1 January.
        let (weeks, weekday, name_by) = (Weeks::W445, Weekday::Saturday, NameBy::Start);
        for rule in [EndRule::Last, EndRule::Nearest] {
            let fiscal = Fiscal::Weeks { weeks, year_end_month: 12, weekday, rule, name_by };
            for name in 2000..2060 {
                let middle = Date::new(name, 7, 1).unwrap();
                assert_eq!(fiscal.year_of(middle).unwrap().name, name);
            }
        }
        let last = Fiscal::Weeks { weeks, year_end_month: 12, weekday, rule: EndRule::Last, name_by };
        assert_eq!(year(last, "2021-12-26"), (2022, "2021-12-26".to_owned(), 53));
        assert_eq!(year(last, "2023-01-01"), (2023, "2023-01-01".to_owned(), 52));
    }

    #[test]
    fn a_japanese_year_starts_in_april() {
        let fiscal = Fiscal::Months { start_month: 4, name_by: NameBy::Start };
        let found = |day| fiscal.year_of(Date::parse(day).unwrap()).unwrap().name;
        assert_eq!((found("2024-03-31"), found("2024-04-01"), found("2025-03-31")), (2023, 2024, 2024));
        let by_end = Fiscal::Months { start_month: 4, name_by: NameBy::End };
        assert_eq!(by_end.year_of(Date::parse("2024-04-01").unwrap()).unwrap().name, 2025);
    }
}
