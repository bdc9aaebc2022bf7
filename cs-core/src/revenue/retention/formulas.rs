//! The formulas of retention, other than that of a cohort.

use super::super::book::Book;
use super::super::bridge::{BridgeRow, BridgeSums, Grid, Label, Place};
use super::super::document::{GrossFormula, LogoFormula, NetFormula, Netting, Policy};
use super::super::metrics::{Rate, rate};
use super::cohort::{Cohort, cohort};
use crate::calendar::{Date, Period};
use crate::error::{Code, Issue, Result};
use crate::money::quotient;
use serde_json::{Value, json};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// A rate with what it is made of, where it is a quotient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub(super) rate: Rate,
    pub(super) parts: Option<(i128, i128)>,
}

/// What the formulas of one window need, for one place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Evidence {
    pub(super) cohort: Cohort,
    pub(super) months: Vec<Cohort>,
    pub(super) monthly: Vec<BridgeRow>,
    pub(super) daily: Vec<BridgeRow>,
}

/// Which evidence a policy asks for, beside the cohort.
pub(super) fn wants(policy: &Policy) -> (bool, bool, bool) {
    let formulas = &policy.retention;
    let months = matches!(formulas.net, NetFormula::CompoundedMonthly | NetFormula::TrailingMean)
        || matches!(formulas.gross, GrossFormula::CompoundedMonthly | GrossFormula::TrailingMean)
        || matches!(formulas.logo, LogoFormula::CompoundedMonthly | LogoFormula::TrailingMean);
    let monthly = matches!(formulas.net, NetFormula::Events | NetFormula::EventsWithReactivation)
        || formulas.gross == GrossFormula::Events
        || formulas.logo == LogoFormula::Events;
    let daily = formulas.net == NetFormula::Daily
        || formulas.gross == GrossFormula::Daily
        || formulas.logo == LogoFormula::Daily;
    (months, monthly, daily)
}

/// Finds the evidence of windows, which share most of it.
pub(super) struct Finder<'b> {
    policy: &'b Policy,
    book: &'b Book,
    /// What became of those who were live at the start of a step.
    cohorts: HashMap<(i32, i32), BTreeMap<Place, Cohort>>,
    /// The first day of all windows, and the movements of each day from there on.
    first: i32,
    daily: BTreeMap<Place, Vec<BridgeRow>>,
}

impl<'b> Finder<'b> {
    /// # Errors
    /// Those of bridges.
    pub(super) fn new(policy: &'b Policy, book: &'b Book, windows: &[(i32, i32)]) -> Result<Self> {
        let first = windows.iter().map(|window| window.0).min().unwrap_or(0);
        let end = windows.iter().map(|window| window.1).max().unwrap_or(0);
        let mut daily = BTreeMap::new();
        if wants(policy).2 {
            let days: Vec<(i32, i32)> = (first..end).map(|day| (day, day + 1)).collect();
            // What happens on a day is netted, whatever is netted elsewhere.
            let by_day = Policy { netting: Netting::Period, ..policy.clone() };
            daily = bridge(&by_day, book, &days)?;
        }
        Ok(Self { policy, book, cohorts: HashMap::new(), first, daily })
    }

    /// The evidence of a window, by place.
    ///
    /// # Errors
    /// Those of cohorts and bridges.
    pub(super) fn find(&mut self, window: (i32, i32)) -> Result<BTreeMap<Place, Evidence>> {
        let mut found: BTreeMap<Place, Evidence> = BTreeMap::new();
        for (place, cohort) in self.cohort(window)? {
            found.entry(place.clone()).or_default().cohort = *cohort;
        }
        let (months, monthly, _) = wants(self.policy);
        let steps = if months || monthly { months_of(window)? } else { Vec::new() };
        for (at, step) in steps.iter().enumerate().filter(|_| months) {
            for (place, cohort) in self.cohort(*step)? {
                let own = &mut found.entry(place.clone()).or_default().months;
                own.resize(steps.len(), Cohort::default());
                own[at] = *cohort;
            }
        }
        if monthly {
            for (place, rows) in bridge(self.policy, self.book, &steps)? {
                found.entry(place).or_default().monthly = rows;
            }
        }
        let days = (window.0 - self.first) as usize..(window.1 - self.first) as usize;
        for (place, rows) in &self.daily {
            let rows = rows.get(days.clone()).unwrap_or_default();
            if rows.iter().any(|row| *row != BridgeRow::default()) {
                found.entry(place.clone()).or_default().daily = rows.to_vec();
            }
        }
        Ok(found)
    }

    fn cohort(&mut self, step: (i32, i32)) -> Result<&BTreeMap<Place, Cohort>> {
        Ok(match self.cohorts.entry(step) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(cohort(self.policy, self.book, step)?),
        })
    }
}

/// The months of a window, counted back from its end; the first may be shorter.
fn months_of((from, to): (i32, i32)) -> Result<Vec<(i32, i32)>> {
    let end = Date::from_days(to);
    let mut edges = vec![to];
    for months in 1.. {
        let start = end.plus_months(-months).ok_or_else(|| Issue::new(Code::DateOutOfRange).value(end))?.days();
        edges.push(start.max(from));
        if start <= from {
            break;
        }
    }
    edges.reverse();
    Ok(edges.windows(2).map(|pair| (pair[0], pair[1])).filter(|(from, to)| from < to).collect())
}

fn bridge(policy: &Policy, book: &Book, steps: &[(i32, i32)]) -> Result<BTreeMap<Place, Vec<BridgeRow>>> {
    let day = Date::from_days;
    let periods: Vec<Period> =
        steps.iter().map(|(from, to)| Period { label: String::new(), from: day(*from), to: day(*to) }).collect();
    let grid = Grid::of(policy, book, periods);
    let mut sums = BridgeSums::new(steps.len());
    sums.add_book(policy, book, &grid)?;
    Ok(sums.rows)
}

impl Evidence {
    /// The largest sum, whatever its sign.
    pub(super) fn largest(&self) -> u128 {
        let cohorts = std::iter::once(&self.cohort).chain(&self.months);
        let amounts = cohorts.flat_map(|cohort| [cohort.start, cohort.end, cohort.kept]);
        let moved = self.monthly.iter().chain(&self.daily).flat_map(|row| row.amounts);
        amounts.chain(moved).map(i128::unsigned_abs).max().unwrap_or(0)
    }

    /// The evidence as JSON.
    pub(super) fn to_value(&self) -> Value {
        let rows = |rows: &[BridgeRow]| rows.iter().map(BridgeRow::to_value).collect::<Vec<_>>();
        let months: Vec<Value> = self.months.iter().map(|month| month.to_value()).collect();
        json!([self.cohort.to_value(), months, rows(&self.monthly), rows(&self.daily)])
    }

    pub(super) fn of_value(value: &Value) -> Option<Self> {
        let rows = |at: usize| value[at].as_array()?.iter().map(BridgeRow::of_value).collect::<Option<Vec<_>>>();
        Some(Self {
            cohort: Cohort::of_value(&value[0])?,
            months: value[1].as_array()?.iter().map(Cohort::of_value).collect::<Option<_>>()?,
            monthly: rows(2)?,
            daily: rows(3)?,
        })
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.cohort.merge(&other.cohort);
        let cohorts = other.months.len().max(self.months.len());
        self.months.resize(cohorts, Cohort::default());
        self.months.iter_mut().zip(&other.months).for_each(|(sum, part)| sum.merge(part));
        for (own, others) in [(&mut self.monthly, &other.monthly), (&mut self.daily, &other.daily)] {
            own.resize(own.len().max(others.len()), BridgeRow::default());
            own.iter_mut().zip(others).for_each(|(sum, part)| sum.merge(part));
        }
    }

    fn money(&self, numerator: i128, denominator: i128) -> Figure {
        let reason = if self.cohort.live == 0 { "empty_cohort" } else { "zero_start" };
        if self.cohort.missing {
            return Figure { rate: Err("missing_rate"), parts: None };
        }
        Figure { rate: rate(numerator, denominator, reason), parts: Some((numerator, denominator)) }
    }

    fn accounts(&self, numerator: i64, denominator: i64) -> Figure {
        let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
        Figure { rate: rate(numerator, denominator, "empty_cohort"), parts: Some((numerator, denominator)) }
    }

    /// Net revenue retention.
    pub(super) fn net(&self, formula: NetFormula) -> Figure {
        let cohort = &self.cohort;
        let events = |labels: &[Label]| self.events(labels);
        match formula {
            NetFormula::Cohort => self.money(cohort.end, cohort.start),
            NetFormula::Events => events(&[Label::Expansion, Label::Contraction, Label::Churn]),
            NetFormula::EventsWithReactivation => {
                events(&[Label::Reactivation, Label::Expansion, Label::Contraction, Label::Churn])
            }
            NetFormula::CompoundedMonthly => self.compounded(|month| month.money(month.cohort.end, month.cohort.start)),
            NetFormula::TrailingMean => self.mean(|month| month.money(month.cohort.end, month.cohort.start)),
            NetFormula::Daily => self.daily(&[Label::Expansion, Label::Contraction, Label::Churn]),
        }
    }

    /// Gross revenue retention.
    pub(super) fn gross(&self, formula: GrossFormula) -> Figure {
        let cohort = &self.cohort;
        match formula {
            GrossFormula::AccountMin => self.money(cohort.kept, cohort.start),
            GrossFormula::AggregateMin => self.money(cohort.end.min(cohort.start), cohort.start),
            GrossFormula::Events => self.events(&[Label::Contraction, Label::Churn]),
            GrossFormula::CompoundedMonthly => {
                self.compounded(|month| month.money(month.cohort.kept, month.cohort.start))
            }
            GrossFormula::TrailingMean => self.mean(|month| month.money(month.cohort.kept, month.cohort.start)),
            GrossFormula::Daily => self.daily(&[Label::Contraction, Label::Churn]),
        }
    }

    /// Logo retention.
    pub(super) fn logo(&self, formula: LogoFormula) -> Figure {
        match formula {
            LogoFormula::Cohort => self.accounts(self.cohort.still, self.cohort.live),
            LogoFormula::Events => {
                let opening = self.monthly.first().map_or(0, BridgeRow::opening_accounts);
                let churned: i64 = self.monthly.iter().map(|row| row.count(Label::Churn)).sum();
                self.accounts(opening - churned, opening)
            }
            LogoFormula::CompoundedMonthly => {
                self.compounded(|month| month.accounts(month.cohort.still, month.cohort.live))
            }
            LogoFormula::TrailingMean => self.mean(|month| month.accounts(month.cohort.still, month.cohort.live)),
            LogoFormula::Daily => {
                let lost = |row: &BridgeRow| (-i128::from(row.count(Label::Churn)), i128::from(row.opening_accounts()));
                self.sum_of_days(lost)
            }
        }
    }

    /// The opening and some of the movements of all customers, over the opening.
    fn events(&self, labels: &[Label]) -> Figure {
        let opening = self.monthly.first().map_or(0, BridgeRow::opening);
        let moved: i128 = self.monthly.iter().flat_map(|row| labels.iter().map(|label| row.of(*label))).sum();
        if self.monthly.iter().any(|row| row.missing) {
            return Figure { rate: Err("missing_rate"), parts: None };
        }
        let live = self.monthly.first().is_some_and(|row| row.opening_accounts() > 0);
        let reason = if live { "zero_start" } else { "empty_cohort" };
        Figure { rate: rate(opening + moved, opening, reason), parts: Some((opening + moved, opening)) }
    }

    fn of_months(&self, of: impl Fn(&Self) -> Figure) -> Result<Vec<f64>, &'static str> {
        let month = |cohort: &Cohort| of(&Self { cohort: *cohort, ..Self::default() }).rate;
        if self.months.is_empty() { Err("empty_cohort") } else { self.months.iter().map(month).collect() }
    }

    fn compounded(&self, of: impl Fn(&Self) -> Figure) -> Figure {
        let product = self.of_months(of).map(|months| months.iter().product());
        Figure { rate: product, parts: None }
    }

    /// The mean of the last twelve months.
    fn mean(&self, of: impl Fn(&Self) -> Figure) -> Figure {
        let mean = self.of_months(of).map(|months| {
            let last = &months[months.len().saturating_sub(12)..];
            last.iter().sum::<f64>() / last.len() as f64
        });
        Figure { rate: mean, parts: None }
    }

    fn daily(&self, labels: &[Label]) -> Figure {
        if self.daily.iter().any(|row| row.missing) {
            return Figure { rate: Err("missing_rate"), parts: None };
        }
        self.sum_of_days(|row| (labels.iter().map(|label| row.of(*label)).sum(), row.opening()))
    }

    /// One and the sum of what moved each day over what there was before.
    fn sum_of_days(&self, of: impl Fn(&BridgeRow) -> (i128, i128)) -> Figure {
        let days: Vec<(i128, i128)> = self.daily.iter().map(of).filter(|(_, before)| *before > 0).collect();
        if days.is_empty() {
            return Figure { rate: Err("empty_cohort"), parts: None };
        }
        let sum: f64 = days.into_iter().map(|(moved, before)| quotient(moved, before)).sum();
        Figure { rate: Ok(1.0 + sum), parts: None }
    }
}
