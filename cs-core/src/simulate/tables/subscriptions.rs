//! `subscriptions`: a row for each stretch of unchanged terms.

use super::{Facts, Ids, Rows, days, named, of_choices, of_plans, of_segments, whole, words};
use crate::simulate::document::{Document, Interval};
use crate::simulate::life::{End, Life, Lives, Span, Terms};
use crate::simulate::model::exponent;
use crate::simulate::random::Stream;
use crate::table::{ResultColumn, Words};

/// How long before the end a cancellation is asked for, at most.
const NOTICE: u32 = 30;

#[derive(Debug)]
pub(super) struct Subscriptions {
    facts: Facts,
    draws: Stream,
    scale: u8,
    account: Ids,
    subscription: Ids,
    product: Words,
    start: Vec<i32>,
    end: Vec<Option<i32>>,
    amount: Vec<i128>,
    currency: Words,
    interval: Words,
    quantity: Vec<i64>,
    kind: Words,
    status: Words,
    requested_at: Vec<Option<i32>>,
    reason: Words,
    segment: Words,
    owner: Words,
}

impl Subscriptions {
    pub(super) fn new(document: &Document) -> Self {
        Self {
            facts: Facts::new(document),
            draws: Stream::new(document.seed, "subscriptions"),
            scale: exponent(&document.currency).unwrap_or_default(),
            account: Ids::default(),
            subscription: Ids::default(),
            product: of_plans(&document.plans),
            start: Vec::new(),
            end: Vec::new(),
            amount: Vec::new(),
            currency: words([document.currency.as_str()]),
            interval: words([Interval::Month.as_str(), Interval::Year.as_str()]),
            quantity: Vec::new(),
            kind: words(["recurring"]),
            status: words(["active", "trial"]),
            requested_at: Vec::new(),
            reason: of_choices(&document.reasons),
            segment: of_segments(&document.segments),
            owner: of_choices(&document.owners),
        }
    }

    /// What each row says of the subscription itself.
    fn terms(&mut self, lives: &Lives<'_>, life: &Life, subscription: u32, terms: Terms, owner: usize) {
        let plan = &lives.model.plans[terms.plan];
        self.account.account(life.account);
        self.subscription.push(b's', life.account, Some(subscription));
        self.product.push(Some(terms.plan));
        self.amount.push(plan.amount.into());
        self.currency.push(Some(0));
        self.interval.push(Some(usize::from(plan.interval == Interval::Year)));
        self.quantity.push(terms.seats.into());
        self.kind.push(Some(0));
        self.segment.push(Some(life.segment));
        self.owner.push(Some(owner));
    }

    fn dates(&mut self, start: i32, end: Option<i32>, requested_at: Option<i32>) {
        self.start.push(start);
        self.end.push(end);
        self.requested_at.push(requested_at);
    }

    fn span(&mut self, lives: &Lives<'_>, life: &Life, number: usize, span: &Span, owner: usize) {
        self.terms(lives, life, span.subscription, span.terms, owner);
        let start = life.day(lives.model, span.from);
        let end = Some(life.day(lives.model, span.to)).filter(|_| span.end != End::Open);
        let asked = |end: i32| {
            let before = self.draws.account(life.account).whole(number as u64, 0, NOTICE);
            (end - before as i32).max(start)
        };
        let requested_at = end.filter(|_| span.end == End::Churn).map(asked);
        self.dates(start, end, requested_at);
        self.status.push(Some(0));
        self.reason.push(span.reason.filter(|_| span.given));
    }
}

impl Rows for Subscriptions {
    fn add(&mut self, lives: &Lives<'_>, life: &Life) {
        let owner = self.facts.owner(lives, life.account);
        if let Some(terms) = life.first.filter(|_| life.trial) {
            self.terms(lives, life, 1, terms, owner);
            self.dates(life.joined, life.paid_from(lives.model), None);
            self.status.push(Some(1));
            self.reason.push(None);
        }
        for (number, span) in life.spans.iter().enumerate() {
            self.span(lives, life, number, span, owner);
        }
    }

    fn rows(&self) -> usize {
        self.account.len()
    }

    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)> {
        let interval_count = vec![1; self.start.len()];
        let scale = self.scale;
        named([
            ("account", ResultColumn::Text(self.account.0)),
            ("subscription", ResultColumn::Text(self.subscription.0)),
            ("product", self.product.into_column()),
            ("start", days(self.start)),
            ("end", ResultColumn::dates(self.end)),
            ("amount", ResultColumn::Decimal { values: self.amount, scale, validity: None }),
            ("currency", self.currency.into_column()),
            ("interval", self.interval.into_column()),
            ("interval_count", whole(interval_count)),
            ("quantity", whole(self.quantity)),
            ("kind", self.kind.into_column()),
            ("status", self.status.into_column()),
            ("requested_at", ResultColumn::dates(self.requested_at)),
            ("reason", self.reason.into_column()),
            ("segment", self.segment.into_column()),
            ("owner", self.owner.into_column()),
        ])
    }
}
