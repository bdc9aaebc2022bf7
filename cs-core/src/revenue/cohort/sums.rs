//! What a triangle is made of: whole numbers that add up.

use super::super::bridge::Place;
use super::options::CohortOptions;
use crate::calendar::{Date, Fiscal, Period};
use crate::error::{Code, Issue, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One cohort of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::revenue) struct Counts {
    /// Customers.
    pub(super) size: i64,
    /// Customers active at each age.
    pub(super) active: Vec<i64>,
    /// Customers by the age at which they were active last: first those who never were, then age 0 and on.
    pub(super) lasts: Vec<i64>,
    /// MRR at each age.
    pub(super) revenue: Vec<i128>,
}

fn at<T: Copy + Default>(list: &mut Vec<T>, place: usize) -> &mut T {
    if list.len() <= place {
        list.resize(place + 1, T::default());
    }
    &mut list[place]
}

impl Counts {
    /// Adds a customer with the ages at which it was active, in order, and what it paid then.
    pub(super) fn add(&mut self, ages: impl Iterator<Item = (usize, i64)>) {
        self.size += 1;
        let mut last = None;
        for (age, minor) in ages {
            *at(&mut self.active, age) += 1;
            *at(&mut self.revenue, age) += i128::from(minor);
            last = Some(age);
        }
        *at(&mut self.lasts, last.map_or(0, |age| age + 1)) += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.size += other.size;
        other.active.iter().enumerate().for_each(|(place, n)| *at(&mut self.active, place) += n);
        other.lasts.iter().enumerate().for_each(|(place, n)| *at(&mut self.lasts, place) += n);
        other.revenue.iter().enumerate().for_each(|(place, n)| *at(&mut self.revenue, place) += n);
    }

    /// Customers whose last active age is this one or later; age −1 stands for all.
    pub(super) fn lasting(&self, age: i64) -> i64 {
        let from = usize::try_from(age + 1).unwrap_or(0);
        self.lasts.iter().skip(from).sum()
    }
}

/// The sums of cohorts: by place, then by the first day of the cohort's period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::revenue) struct CohortSums {
    pub(super) rows: BTreeMap<Place, BTreeMap<i32, Counts>>,
    pub(super) horizon: i32,
    options: Wanted,
}

/// The periods that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wanted {
    from: Option<i32>,
    to: Option<i32>,
}

impl CohortSums {
    pub(in crate::revenue) fn new(options: &CohortOptions) -> Self {
        let day = |date: Option<Date>| date.map(Date::days);
        let window = Wanted { from: day(options.periods.from), to: day(options.periods.to) };
        Self { rows: BTreeMap::new(), horizon: i32::MIN, options: window }
    }

    /// Whether cohorts of a period are wanted.
    pub(super) fn wants(&self, period: &Period) -> bool {
        self.options.from.is_none_or(|from| period.to.days() > from)
            && self.options.to.is_none_or(|to| period.from.days() < to)
    }

    pub(super) fn counts(&mut self, place: &Place, start: Date) -> &mut Counts {
        self.rows.entry(place.clone()).or_default().entry(start.days()).or_default()
    }

    /// The sums as JSON: the horizon, and a list of places and their cohorts.
    pub(in crate::revenue) fn to_value(&self) -> Value {
        let counts = |counts: &Counts| {
            let revenue: Vec<String> = counts.revenue.iter().map(i128::to_string).collect();
            json!([counts.size, counts.active, counts.lasts, revenue])
        };
        let cohorts = |rows: &BTreeMap<i32, Counts>| -> Vec<Value> {
            rows.iter().map(|(start, own)| json!([start, counts(own)])).collect()
        };
        let rows: Vec<Value> = self.rows.iter().map(|(place, rows)| json!([place, cohorts(rows)])).collect();
        json!([self.horizon, rows])
    }

    /// Reads the sums from their JSON.
    ///
    /// # Errors
    /// `wrong_type`.
    pub(in crate::revenue) fn read_value(&mut self, value: &Value) -> Result<()> {
        let wrong = || Issue::new(Code::WrongType).path("sums").expected("the sums of a partial");
        let wholes = |value: &Value| value.as_array()?.iter().map(Value::as_i64).collect::<Option<Vec<i64>>>();
        let counts = |value: &Value| {
            let revenue = value[3].as_array()?.iter().map(|text| text.as_str()?.parse().ok()).collect::<Option<_>>()?;
            Some(Counts { size: value[0].as_i64()?, active: wholes(&value[1])?, lasts: wholes(&value[2])?, revenue })
        };
        let day = |value: &Value| value.as_i64().and_then(|day| i32::try_from(day).ok());
        self.horizon = day(&value[0]).ok_or_else(wrong)?;
        for entry in value[1].as_array().ok_or_else(wrong)? {
            let place: Place = serde_json::from_value(entry[0].clone()).map_err(|_| wrong())?;
            let cohort = |pair: &Value| Some((day(&pair[0])?, counts(&pair[1])?));
            let cohorts: Option<BTreeMap<i32, Counts>> =
                entry[1].as_array().and_then(|all| all.iter().map(cohort).collect());
            self.rows.insert(place, cohorts.ok_or_else(wrong)?);
        }
        Ok(())
    }

    /// Adds the sums of another part.
    pub(in crate::revenue) fn merge(&mut self, other: &Self) {
        self.horizon = self.horizon.max(other.horizon);
        for (place, cohorts) in &other.rows {
            let own = self.rows.entry(place.clone()).or_default();
            for (start, counts) in cohorts {
                own.entry(*start).or_default().merge(counts);
            }
        }
    }
}

/// Periods by day: which one a day is in.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) periods: Vec<Period>,
    first_day: i32,
    by_day: Vec<u32>,
}

impl Calendar {
    /// The periods from a day to before another.
    ///
    /// # Errors
    /// Those of periods.
    pub(super) fn new(fiscal: &Fiscal, options: &CohortOptions, first: i32, end: i32) -> Result<Self> {
        if first >= end {
            return Ok(Self { periods: Vec::new(), first_day: first, by_day: Vec::new() });
        }
        let periods = fiscal.periods(options.periods.kind, Date::from_days(first), Date::from_days(end))?;
        let first_day = periods.first().map_or(first, |period| period.from.days());
        let by_day = (0u32..)
            .zip(&periods)
            .flat_map(|(place, period)| (period.from.days()..period.to.days()).map(move |_| place));
        Ok(Self { first_day, by_day: by_day.collect(), periods })
    }

    /// The period of a day, if it lies in one.
    #[inline]
    pub(super) fn of(&self, day: i32) -> Option<usize> {
        let place = usize::try_from(i64::from(day) - i64::from(self.first_day)).ok()?;
        self.by_day.get(place).map(|period| *period as usize)
    }
}
