//! `contracts`: a row for each term of a yearly subscription.

use super::{Facts, Ids, Rows, days, named, of_choices, of_plans, of_segments, whole, words};
use crate::simulate::document::Document;
use crate::simulate::life::{Contract, Life, Lives, Outcome, Terms};
use crate::simulate::model::{Model, exponent};
use crate::simulate::random::{Draws, Stream};
use crate::table::{ResultColumn, Words};

/// Days of notice that contracts ask for.
const NOTICES: [i32; 3] = [30, 60, 90];

/// Numbers of the draws of an account, and those of each of its contracts.
const AUTO_RENEW: u64 = 0;
const NOTICE: u64 = 1;
const FIRST: u64 = 4;
const EACH: u64 = 4;

#[derive(Debug)]
pub(super) struct Contracts {
    facts: Facts,
    draws: Stream,
    scale: u8,
    account: Ids,
    contract: Ids,
    due: Vec<i32>,
    amount: Vec<i128>,
    currency: Words,
    closed_at: Vec<Option<i32>>,
    outcome: Words,
    renewed_amount: Vec<Option<i128>>,
    notice_days: Vec<i64>,
    auto_renew: Vec<i64>,
    cancel_requested_at: Vec<Option<i32>>,
    product: Words,
    segment: Words,
    owner: Words,
}

impl Contracts {
    pub(super) fn new(document: &Document) -> Self {
        Self {
            facts: Facts::new(document),
            draws: Stream::new(document.seed, "contracts"),
            scale: exponent(&document.currency).unwrap_or_default(),
            account: Ids::default(),
            contract: Ids::default(),
            due: Vec::new(),
            amount: Vec::new(),
            currency: words([document.currency.as_str()]),
            closed_at: Vec::new(),
            outcome: words(["renewed", "lost"]),
            renewed_amount: Vec::new(),
            notice_days: Vec::new(),
            auto_renew: Vec::new(),
            cancel_requested_at: Vec::new(),
            product: of_plans(&document.plans),
            segment: of_segments(&document.segments),
            owner: of_choices(&document.owners),
        }
    }
}

/// How and when a contract was closed, as far as the book has seen it.
struct Closing {
    at: Option<i32>,
    cancelled: Option<i32>,
}

impl Closing {
    /// Those that renew by themselves do it on the day; those that lose them are told before the notice runs out. All others
    /// are closed somewhere around the day.
    fn new(draws: Draws, number: usize, contract: &Contract, due: i32, notice: i32, auto_renew: bool) -> Self {
        let first = FIRST + EACH * number as u64;
        match contract.outcome {
            Outcome::Open => Self { at: None, cancelled: None },
            Outcome::Renewed(_) if auto_renew => Self { at: Some(due), cancelled: None },
            Outcome::Renewed(_) => {
                let at = due - 45 + draws.whole(first, 0, 60) as i32;
                Self { at: Some(at), cancelled: None }
            }
            Outcome::Lost if auto_renew => {
                let at = due - notice - draws.whole(first, 0, 29) as i32;
                Self { at: Some(at), cancelled: Some(at) }
            }
            Outcome::Lost => Self { at: Some(due - draws.whole(first, 0, 60) as i32), cancelled: None },
        }
    }

    /// Neither before the contract began nor after the book ends.
    fn seen(self, began: i32, horizon: i32) -> Self {
        let seen = |day: Option<i32>| day.map(|day| day.max(began)).filter(|day| *day < horizon);
        Self { at: seen(self.at), cancelled: seen(self.cancelled) }
    }
}

/// What a year of the terms costs.
fn yearly(model: &Model, terms: Terms) -> i128 {
    i128::from(model.plans[terms.plan].amount) * i128::from(terms.seats)
}

impl Contracts {
    fn push(&mut self, lives: &Lives<'_>, life: &Life, number: usize, contract: &Contract) {
        let (model, draws) = (lives.model, self.draws.account(life.account));
        let auto_renew = draws.uniform(AUTO_RENEW) < 0.5;
        let notice = NOTICES[draws.whole(NOTICE, 0, 2) as usize];
        let due = life.day(model, contract.due);
        // A term that began before the book is cut where the book begins.
        let began = life.day(model, contract.from.max(0) as u32);
        let closing = Closing::new(draws, number, contract, due, notice, auto_renew).seen(began, model.horizon());
        self.account.account(life.account);
        self.contract.push(b'c', life.account, Some(number as u32 + 1));
        self.due.push(due);
        self.amount.push(yearly(model, contract.terms));
        self.currency.push(Some(0));
        self.closed_at.push(closing.at);
        let (outcome, renewed) = match contract.outcome {
            Outcome::Renewed(terms) => (Some(0), Some(yearly(model, terms))),
            Outcome::Lost => (Some(1), None),
            Outcome::Open => (None, None),
        };
        self.outcome.push(outcome.filter(|_| closing.at.is_some()));
        self.renewed_amount.push(renewed.filter(|_| closing.at.is_some()));
        self.notice_days.push(notice.into());
        self.auto_renew.push(auto_renew.into());
        self.cancel_requested_at.push(closing.cancelled);
        self.product.push(Some(contract.terms.plan));
        self.segment.push(Some(life.segment));
        self.owner.push(Some(self.facts.owner(lives, life.account)));
    }
}

impl Rows for Contracts {
    fn add(&mut self, lives: &Lives<'_>, life: &Life) {
        for (number, contract) in life.contracts.iter().enumerate() {
            self.push(lives, life, number, contract);
        }
    }

    fn rows(&self) -> usize {
        self.due.len()
    }

    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)> {
        let scale = self.scale;
        named([
            ("account", ResultColumn::Text(self.account.0)),
            ("contract", ResultColumn::Text(self.contract.0)),
            ("due", days(self.due)),
            ("amount", ResultColumn::Decimal { values: self.amount, scale, validity: None }),
            ("currency", self.currency.into_column()),
            ("closed_at", ResultColumn::dates(self.closed_at)),
            ("outcome", self.outcome.into_column()),
            ("renewed_amount", ResultColumn::decimals(self.renewed_amount, scale)),
            ("notice_days", whole(self.notice_days)),
            ("auto_renew", whole(self.auto_renew)),
            ("cancel_requested_at", ResultColumn::dates(self.cancel_requested_at)),
            ("product", self.product.into_column()),
            ("segment", self.segment.into_column()),
            ("owner", self.owner.into_column()),
        ])
    }
}
