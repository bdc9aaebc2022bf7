//! Periods: what a table has a row for.

use super::fiscal::out_of_range;
use super::{Date, Fiscal, Month};
use crate::error::{Code, Issue, Result, suggest};

/// A kind of period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum PeriodKind {
    /// A day, `2024-01-31`.
    Day,
    /// A week from Monday on, `2024-W05`, numbered as ISO 8601 does.
    Week,
    /// A calendar month, `2024-01`.
    #[default]
    Month,
    /// Three calendar months, `2024-Q1`.
    Quarter,
    /// A calendar year, `2024`.
    Year,
    /// A twelfth of a fiscal year, `FY2024-P01`.
    FiscalMonth,
    /// A quarter of a fiscal year, `FY2024-Q1`.
    FiscalQuarter,
    /// A fiscal year, `FY2024`.
    FiscalYear,
}

/// A period: the days from `from` to before `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Its name, such as `2024-01`.
    pub label: String,
    /// The first day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
}

/// The most periods that a table may have.
const MOST: usize = 100_000;

impl PeriodKind {
    /// All, with their names.
    pub const NAMED: [(&'static str, Self); 8] = [
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
        ("fiscal_month", Self::FiscalMonth),
        ("fiscal_quarter", Self::FiscalQuarter),
        ("fiscal_year", Self::FiscalYear),
    ];

    /// Reads a name.
    ///
    /// # Errors
    /// `unknown_choice`.
    pub fn parse(name: &str) -> Result<Self> {
        let known = Self::NAMED.iter().find(|(known, _)| *known == name);
        known.map(|(_, kind)| *kind).ok_or_else(|| {
            let help = suggest(name, Self::NAMED.iter().map(|(known, _)| *known));
            Issue::new(Code::UnknownChoice).path("period").value(format!("{name:?}")).help(help).into()
        })
    }
}

impl Fiscal {
    /// The period in which a day falls.
    ///
    /// # Errors
    /// `date_out_of_range` at the ends of the calendar.
    ///
    /// # Examples
    /// ```
    /// use cs_core::calendar::{Date, Fiscal, NameBy, PeriodKind};
    /// let japan = Fiscal::Months { start_month: 4, name_by: NameBy::Start };
    /// let day = Date::parse("2025-02-10")?;
    /// assert_eq!(japan.period_of(PeriodKind::FiscalQuarter, day)?.label, "FY2024-Q4");
    /// assert_eq!(japan.period_of(PeriodKind::Week, day)?.label, "2025-W07");
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn period_of(&self, kind: PeriodKind, date: Date) -> Result<Period> {
        self.find(kind, date).ok_or_else(|| out_of_range(date).into())
    }

    /// The periods that hold the days from one to before another, in order.
    ///
    /// # Errors
    /// `invalid_period` unless `from` lies before `to`; `too_many_entries` for more than 100,000;
    /// `date_out_of_range`.
    pub fn periods(&self, kind: PeriodKind, from: Date, to: Date) -> Result<Vec<Period>> {
        if from >= to {
            let issue = Issue::new(Code::InvalidPeriod).value(format!("{from} to {to}"));
            return Err(issue.expected("`from` before `to`").into());
        }
        let mut periods = Vec::new();
        let mut day = from;
        while day < to {
            if periods.len() == MOST {
                return Err(Issue::new(Code::TooManyEntries).expected(format!("at most {MOST} periods")).into());
            }
            let period = self.period_of(kind, day)?;
            day = period.to;
            periods.push(period);
        }
        Ok(periods)
    }

    fn find(&self, kind: PeriodKind, date: Date) -> Option<Period> {
        match kind {
            PeriodKind::Day => {
                date.parts()?;
                Some(Period { label: date.to_string(), from: date, to: Date::from_days(date.days().checked_add(1)?) })
            }
            PeriodKind::Week => week(date),
            PeriodKind::Month => months(date, 1, |year, month| format!("{year:04}-{month:02}")),
            PeriodKind::Quarter => months(date, 3, |year, month| format!("{year:04}-Q{}", month / 3 + 1)),
            PeriodKind::Year => months(date, 12, |year, _| format!("{year:04}")),
            PeriodKind::FiscalMonth => self.part(date, 1, |year, part| format!("FY{year:04}-P{:02}", part + 1)),
            PeriodKind::FiscalQuarter => self.part(date, 3, |year, part| format!("FY{year:04}-Q{}", part + 1)),
            PeriodKind::FiscalYear => self.part(date, 12, |year, _| format!("FY{year:04}")),
        }
    }

    /// So many of the twelve parts of a fiscal year.
    fn part(&self, date: Date, size: usize, label: impl Fn(i32, usize) -> String) -> Option<Period> {
        let year = self.year_of(date)?;
        let month = year.starts.iter().rposition(|start| *start <= date)?;
        let part = month / size;
        let (from, to) = (*year.starts.get(part * size)?, *year.starts.get((part + 1) * size)?);
        Some(Period { label: label(year.name, part), from, to })
    }
}

/// So many calendar months of a year.
fn months(date: Date, size: i32, label: impl Fn(i32, u32) -> String) -> Option<Period> {
    let month = Month::of(date)?;
    let (year, number) = month.parts();
    let first = month.plus(-((number as i32 - 1) % size));
    Some(Period { label: label(year, first.parts().1), from: first.first_day()?, to: first.plus(size).first_day()? })
}

/// The ISO week: the first of a year is the one with its first Thursday.
fn week(date: Date) -> Option<Period> {
    let monday = date.days().checked_sub((date.days().checked_add(3)?).rem_euclid(7))?;
    let thursday = Date::from_days(monday.checked_add(3)?);
    let (year, ..) = thursday.parts()?;
    let number = thursday.days_since(Date::new(year, 1, 1)?) / 7 + 1;
    let (from, to) = (Date::from_days(monday), Date::from_days(monday.checked_add(7)?));
    Some(Period { label: format!("{year:04}-W{number:02}"), from, to })
}

#[cfg(test)]
mod tests {
    use super::super::{EndRule, NameBy, Weekday, Weeks};
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn labels(fiscal: Fiscal, kind: PeriodKind, from: &str, to: &str) -> Vec<String> {
        fiscal.periods(kind, day(from), day(to)).unwrap().into_iter().map(|period| period.label).collect()
    }

    #[test]
    fn calendar_periods_have_their_usual_names() {
        let plain = Fiscal::default();
        assert_eq!(labels(plain, PeriodKind::Month, "2023-12-31", "2024-02-01"), ["2023-12", "2024-01"]);
        assert_eq!(labels(plain, PeriodKind::Quarter, "2024-03-31", "2024-04-02"), ["2024-Q1", "2024-Q2"]);
        // ISO 8601: 1 January 2021 is in week 53 of 2020, 31 December 2024 in week 1 of 2025.
        assert_eq!(labels(plain, PeriodKind::Week, "2021-01-01", "2021-01-05"), ["2020-W53", "2021-W01"]);
        assert_eq!(labels(plain, PeriodKind::Week, "2024-12-31", "2025-01-01"), ["2025-W01"]);
        assert_eq!(labels(plain, PeriodKind::FiscalYear, "2024-05-01", "2024-05-02"), ["FY2024"]);
        assert_eq!(
            plain.periods(PeriodKind::Day, day("2024-01-02"), day("2024-01-02")).unwrap_err().code(),
            Code::InvalidPeriod
        );
        let error = plain.periods(PeriodKind::Day, day("0001-01-01"), day("2024-01-02")).unwrap_err();
        assert_eq!(error.code(), Code::TooManyEntries);
    }

    #[test]
    fn periods_of_every_kind_tile_the_days() {
        let weekly = |weeks, rule| Fiscal::Weeks {
            weeks,
            year_end_month: 12,
            weekday: Weekday::Sunday,
            rule,
            name_by: NameBy::End,
        };
        let calendars = [
            Fiscal::default(),
            Fiscal::Months { start_month: 4, name_by: NameBy::End },
            weekly(Weeks::W445, EndRule::Last),
            weekly(Weeks::W544, EndRule::Nearest),
        ];
        for fiscal in calendars {
            for (name, kind) in PeriodKind::NAMED {
                let periods = fiscal.periods(kind, day("2019-06-15"), day("2026-02-01")).unwrap();
                assert!(periods[0].from <= day("2019-06-15") && periods.iter().all(|p| p.from < p.to), "{name}");
                assert!(
                    periods.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].label != pair[1].label),
                    "{name}"
                );
                for period in periods {
                    let last = Date::from_days(period.to.days() - 1);
                    assert_eq!(fiscal.period_of(kind, last).unwrap(), period, "{name}");
                }
            }
        }
    }
}
