//! `truth` and `hazards`: what made the book, which no book knows.

use super::{Ids, Rows, days, named, numbers, of_choices, of_plans, of_segments, whole};
use crate::simulate::document::Document;
use crate::simulate::life::{End, Life, Lives, chance};
use crate::table::{ResultColumn, Words};

/// One row for each account.
#[derive(Debug)]
pub(super) struct Truth {
    account: Ids,
    segment: Words,
    plan: Words,
    joined: Vec<i32>,
    paid_from: Vec<Option<i32>>,
    health: Vec<f64>,
    health_end: Vec<f64>,
    churn_probability: Vec<f64>,
    months: Vec<i64>,
    upgrades: Vec<i64>,
    downgrades: Vec<i64>,
    churns: Vec<i64>,
    churned_on: Vec<Option<i32>>,
    reason: Words,
    returned_on: Vec<Option<i32>>,
    live: Vec<i64>,
}

impl Truth {
    pub(super) fn new(document: &Document) -> Self {
        Self {
            account: Ids::default(),
            segment: of_segments(&document.segments),
            plan: of_plans(&document.plans),
            joined: Vec::new(),
            paid_from: Vec::new(),
            health: Vec::new(),
            health_end: Vec::new(),
            churn_probability: Vec::new(),
            months: Vec::new(),
            upgrades: Vec::new(),
            downgrades: Vec::new(),
            churns: Vec::new(),
            churned_on: Vec::new(),
            reason: of_choices(&document.reasons),
            returned_on: Vec::new(),
            live: Vec::new(),
        }
    }
}

impl Rows for Truth {
    fn add(&mut self, lives: &Lives<'_>, life: &Life) {
        let model = lives.model;
        let first = life.health.first().copied().unwrap_or_default();
        let count = |end: End| life.spans.iter().filter(|span| span.end == end).count() as i64;
        let loss = life.spans.iter().find(|span| span.end == End::Churn);
        let last = life.spans.last().map_or(0, |span| span.to - 1);
        let back = life.spans.iter().find(|span| span.subscription > 1);
        self.account.account(life.account);
        self.segment.push(Some(life.segment));
        self.plan.push(life.first.map(|terms| terms.plan));
        self.joined.push(life.joined);
        self.paid_from.push(life.paid_from(model));
        self.health.push(first);
        self.health_end.push(life.health.get(last as usize).copied().unwrap_or(first));
        self.churn_probability.push(chance(lives.hazard(life.segment, first)));
        self.months.push(life.exposures.len() as i64);
        self.upgrades.push(count(End::Upgrade));
        self.downgrades.push(count(End::Downgrade));
        self.churns.push(count(End::Churn));
        self.churned_on.push(loss.map(|span| life.day(model, span.to)));
        self.reason.push(loss.and_then(|span| span.reason));
        self.returned_on.push(back.map(|span| life.day(model, span.from)));
        self.live.push(count(End::Open));
    }

    fn rows(&self) -> usize {
        self.joined.len()
    }

    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)> {
        named([
            ("account", ResultColumn::Text(self.account.0)),
            ("segment", self.segment.into_column()),
            ("plan", self.plan.into_column()),
            ("joined", days(self.joined)),
            ("paid_from", ResultColumn::dates(self.paid_from)),
            ("health", numbers(self.health)),
            ("health_end", numbers(self.health_end)),
            ("churn_probability", numbers(self.churn_probability)),
            ("months", whole(self.months)),
            ("upgrades", whole(self.upgrades)),
            ("downgrades", whole(self.downgrades)),
            ("churns", whole(self.churns)),
            ("churned_on", ResultColumn::dates(self.churned_on)),
            ("reason", self.reason.into_column()),
            ("returned_on", ResultColumn::dates(self.returned_on)),
            ("live", whole(self.live)),
        ])
    }
}

/// One row for each month of an account whose end the book has seen.
#[derive(Debug)]
pub(super) struct Hazards {
    account: Ids,
    month: Vec<i64>,
    from: Vec<i32>,
    to: Vec<i32>,
    segment: Words,
    plan: Words,
    health: Vec<f64>,
    churn_probability: Vec<f64>,
    churned: Vec<i64>,
}

impl Hazards {
    pub(super) fn new(document: &Document) -> Self {
        Self {
            account: Ids::default(),
            month: Vec::new(),
            from: Vec::new(),
            to: Vec::new(),
            segment: of_segments(&document.segments),
            plan: of_plans(&document.plans),
            health: Vec::new(),
            churn_probability: Vec::new(),
            churned: Vec::new(),
        }
    }
}

impl Rows for Hazards {
    fn add(&mut self, lives: &Lives<'_>, life: &Life) {
        for exposure in &life.exposures {
            self.account.account(life.account);
            self.month.push(exposure.month.into());
            self.from.push(life.day(lives.model, exposure.month));
            self.to.push(life.day(lives.model, exposure.month + 1));
            self.segment.push(Some(life.segment));
            self.plan.push(Some(exposure.terms.plan));
            self.health.push(life.health.get(exposure.month as usize).copied().unwrap_or_default());
            self.churn_probability.push(chance(exposure.hazard));
            self.churned.push(exposure.churned.into());
        }
    }

    fn rows(&self) -> usize {
        self.month.len()
    }

    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)> {
        named([
            ("account", ResultColumn::Text(self.account.0)),
            ("month", whole(self.month)),
            ("from", days(self.from)),
            ("to", days(self.to)),
            ("segment", self.segment.into_column()),
            ("plan", self.plan.into_column()),
            ("health", numbers(self.health)),
            ("churn_probability", numbers(self.churn_probability)),
            ("churned", whole(self.churned)),
        ])
    }
}
