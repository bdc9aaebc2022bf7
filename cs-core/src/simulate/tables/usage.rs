//! `usage`: a row for each month at whose end the account paid, with what is measured then.

use super::activity::ActiveDays;
use super::{Ids, Rows, days};
use crate::simulate::document::{Document, Measure, UsageItem};
use crate::simulate::life::{Life, Lives, Span};
use crate::simulate::random::{Draws, Stream};
use crate::table::ResultColumn;

#[derive(Debug)]
pub(super) struct Usage {
    active_days: ActiveDays,
    active: Vec<i32>,
    account: Ids,
    month: Vec<i32>,
    items: Vec<Item>,
}

/// A column of the table; its draws are its own, so that further items do not change it.
#[derive(Debug)]
struct Item {
    item: UsageItem,
    draws: Stream,
    cells: Cells,
}

#[derive(Debug)]
enum Cells {
    Dates(Vec<Option<i32>>),
    Whole(Vec<Option<i64>>),
}

/// The month of an account that is measured.
struct Reading<'a> {
    life: &'a Life,
    span: &'a Span,
    /// The month of the book.
    month: u32,
    health: f64,
    last_active: Option<i32>,
}

impl Usage {
    pub(super) fn new(document: &Document) -> Self {
        let item = |item: &UsageItem| Item {
            item: item.clone(),
            draws: Stream::new(document.seed, &format!("usage:{}", item.id)),
            cells: match item.measure {
                Measure::LastActive => Cells::Dates(Vec::new()),
                _ => Cells::Whole(Vec::new()),
            },
        };
        Self {
            active_days: ActiveDays::new(document),
            active: Vec::new(),
            account: Ids::default(),
            month: Vec::new(),
            items: document.usage.iter().map(item).collect(),
        }
    }
}

impl Rows for Usage {
    fn add(&mut self, lives: &Lives<'_>, life: &Life) {
        if self.items.iter().any(|item| item.item.measure == Measure::LastActive) {
            self.active_days.of(lives, life, &mut self.active);
        }
        for span in &life.spans {
            for of_account in span.from..span.to {
                let month = life.start.0 + of_account;
                let end = lives.model.first(month + 1) - 1;
                let known = self.active.partition_point(|day| *day <= end);
                let last_active = known.checked_sub(1).and_then(|at| self.active.get(at)).copied();
                let health = life.health.get(of_account as usize).copied().unwrap_or_default();
                let reading = Reading { life, span, month, health, last_active };
                self.account.account(life.account);
                self.month.push(end);
                self.items.iter_mut().for_each(|item| item.push(&reading));
            }
        }
    }

    fn rows(&self) -> usize {
        self.month.len()
    }

    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)> {
        let mut columns = super::named([("account", ResultColumn::Text(self.account.0)), ("month", days(self.month))]);
        columns.extend(self.items.into_iter().map(|item| {
            let column = match item.cells {
                Cells::Dates(dates) => ResultColumn::dates(dates),
                Cells::Whole(values) => ResultColumn::ints(values),
            };
            (item.item.id, column)
        }));
        columns
    }
}

impl Item {
    fn push(&mut self, reading: &Reading<'_>) {
        let draws = self.draws.account(reading.life.account);
        let number = 2 * u64::from(reading.month);
        let known = draws.uniform(number + 1) >= self.item.missing;
        match &mut self.cells {
            Cells::Dates(dates) => dates.push(reading.last_active.filter(|_| known)),
            Cells::Whole(values) => values.push(known.then(|| self.item.whole(reading, draws, number))),
        }
    }
}

impl UsageItem {
    fn whole(&self, reading: &Reading<'_>, draws: Draws, number: u64) -> i64 {
        let seats = reading.span.terms.seats;
        let (mean, effect, noise) =
            (self.mean.unwrap_or_default(), self.effect.unwrap_or_default(), self.noise.unwrap_or_default());
        let moved = || effect * reading.health + noise * draws.normal(number);
        match self.measure {
            Measure::LastActive | Measure::Seats => seats.into(),
            Measure::ActiveSeats => {
                let odds = mean / (1.0 - mean) * libm::exp(moved().clamp(-500.0, 500.0));
                nearest(f64::from(seats) * (odds / (1.0 + odds))).clamp(0, seats.into())
            }
            Measure::Count => {
                let mean = mean * libm::exp(effect * reading.health - effect * effect / 2.0);
                draws.poisson(number, mean).into()
            }
            Measure::Score => {
                let [low, high] = self.range.unwrap_or([0, 10]);
                nearest(mean + moved()).clamp(low.into(), high.into())
            }
        }
    }
}

/// The nearest whole number, halves up.
fn nearest(x: f64) -> i64 {
    (x + 0.5).floor() as i64
}
