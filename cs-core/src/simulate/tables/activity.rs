//! `activity`: the days on which an account was active, while it was on trial or paid.

use super::{Ids, Rows, days, named};
use crate::simulate::document::Document;
use crate::simulate::life::{Life, Lives, chance};
use crate::simulate::random::Stream;
use crate::table::ResultColumn;

/// Draws the active days of accounts.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActiveDays(Stream);

impl ActiveDays {
    pub(super) fn new(document: &Document) -> Self {
        Self(Stream::new(document.seed, "activity"))
    }

    /// The active days of an account, in order.
    pub(super) fn of(self, lives: &Lives<'_>, life: &Life, out: &mut Vec<i32>) {
        out.clear();
        let model = lives.model;
        if life.trial {
            let end = life.paid_from(model).unwrap_or(model.horizon());
            self.stretch(lives, life, life.joined..end, 0, out);
        }
        for month in life.spans.iter().flat_map(|span| span.from..span.to) {
            let days = life.day(model, month)..life.day(model, month + 1).min(model.horizon());
            self.stretch(lives, life, days, month, out);
        }
    }

    /// The active days of a stretch with the health of one month; each day has a draw of its own.
    fn stretch(self, lives: &Lives<'_>, life: &Life, days: std::ops::Range<i32>, month: u32, out: &mut Vec<i32>) {
        let activity = lives.document.activity;
        let health = life.health.get(month as usize).copied().unwrap_or_default();
        let rate = activity.daily * libm::exp(activity.effect * health - activity.effect * activity.effect / 2.0);
        let (chance, draws) = (chance(rate), self.0.account(life.account));
        let first = lives.model.first(0);
        out.extend(days.filter(|day| draws.uniform((day - first) as u64) < chance));
    }
}

#[derive(Debug)]
pub(super) struct Activity {
    draws: ActiveDays,
    active: Vec<i32>,
    account: Ids,
    date: Vec<i32>,
}

impl Activity {
    pub(super) fn new(document: &Document) -> Self {
        Self { draws: ActiveDays::new(document), active: Vec::new(), account: Ids::default(), date: Vec::new() }
    }
}

impl Rows for Activity {
    fn add(&mut self, lives: &Lives<'_>, life: &Life) {
        self.draws.of(lives, life, &mut self.active);
        self.active.iter().for_each(|_| self.account.account(life.account));
        self.date.extend_from_slice(&self.active);
    }

    fn rows(&self) -> usize {
        self.date.len()
    }

    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)> {
        named([("account", ResultColumn::Text(self.account.0)), ("date", days(self.date))])
    }
}
