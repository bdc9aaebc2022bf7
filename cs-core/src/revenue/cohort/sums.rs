//! What a triangle is made of: whole numbers that add up.

use super::super::bridge::Place;
use super::options::CohortOptions;
use super::{Member, ones};
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
    fn add(&mut self, ages: &[(usize, i128)]) {
        for (age, minor) in ages {
            self.add_active(*age);
            *at(&mut self.revenue, *age) += minor;
        }
        self.add_last(ages.last().map(|(age, _)| *age));
    }

    /// A customer was active at an age.
    pub(super) fn add_active(&mut self, age: usize) {
        *at(&mut self.active, age) += 1;
    }

    /// A customer was active last at an age, or never.
    pub(super) fn add_last(&mut self, age: Option<usize>) {
        self.size += 1;
        *at(&mut self.lasts, age.map_or(0, |age| age + 1)) += 1;
    }

    /// Adds a customer that was active at the ages whose bits are set.
    pub(super) fn add_bits(&mut self, bits: u64) {
        let width = u64::BITS.saturating_sub(bits.leading_zeros()) as usize;
        self.add_last(width.checked_sub(1));
        if self.active.len() < width {
            self.active.resize(width, 0);
        }
        for age in ones(bits) {
            if let Some(active) = self.active.get_mut(age) {
                *active += 1;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        let add = |own: &mut Vec<i64>, part: &[i64]| {
            for (place, n) in part.iter().enumerate() {
                let sum = at(own, place);
                *sum = sum.saturating_add(*n);
            }
        };
        self.size = self.size.saturating_add(other.size);
        add(&mut self.active, &other.active);
        add(&mut self.lasts, &other.lasts);
        other.revenue.iter().enumerate().for_each(|(place, n)| *at(&mut self.revenue, place) += n);
    }

    /// Customers whose last active age is this one or later; age −1 stands for all.
    pub(super) fn lasting(&self, age: i64) -> i64 {
        let from = usize::try_from(age + 1).unwrap_or(0);
        self.lasts.iter().skip(from).fold(0, |sum, n| i64::saturating_add(sum, *n))
    }
}

/// The sums of cohorts: by place, then by the first day of the cohort's period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::revenue) struct CohortSums {
    pub(super) rows: BTreeMap<Place, BTreeMap<i32, Counts>>,
    pub(super) horizon: i32,
}

impl CohortSums {
    pub(in crate::revenue) fn new() -> Self {
        Self { rows: BTreeMap::new(), horizon: i32::MIN }
    }

    /// Adds a customer.
    pub(super) fn add(&mut self, member: &Member<'_>) {
        self.counts(&member.place, member.period.from.days()).add(member.ages);
    }

    /// Where the cohort of a place is counted that starts on a day.
    pub(super) fn counts(&mut self, place: &Place, start: i32) -> &mut Counts {
        self.rows.entry(place.clone()).or_default().entry(start).or_default()
    }

    /// The data is known up to this day.
    pub(super) fn reach(&mut self, horizon: i32) {
        self.horizon = self.horizon.max(horizon);
    }

    /// The largest sum, whatever its sign.
    pub(in crate::revenue) fn largest(&self) -> u128 {
        let counts = self.rows.values().flat_map(BTreeMap::values);
        counts.flat_map(|counts| counts.revenue.iter().map(|n| n.unsigned_abs())).max().unwrap_or(0)
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
            if place.scale > 9 {
                return Err(wrong().into());
            }
            let cohort = |pair: &Value| Some((day(&pair[0])?, counts(&pair[1])?));
            let cohorts: Option<BTreeMap<i32, Counts>> =
                entry[1].as_array().and_then(|all| all.iter().map(cohort).collect());
            if self.rows.insert(place, cohorts.ok_or_else(wrong)?).is_some() {
                return Err(wrong().into());
            }
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

    /// The first day, and the number of the period of each day from there to before the horizon.
    pub(super) fn before(&self, horizon: i32) -> (i32, &[u32]) {
        let days = usize::try_from(i64::from(horizon) - i64::from(self.first_day)).unwrap_or(0);
        (self.first_day, self.by_day.get(..days).unwrap_or(&self.by_day))
    }

    /// The period of a day, if it lies in one.
    #[inline]
    pub(super) fn of(&self, day: i32) -> Option<usize> {
        let place = usize::try_from(i64::from(day) - i64::from(self.first_day)).ok()?;
        self.by_day.get(place).map(|period| *period as usize)
    }
}
