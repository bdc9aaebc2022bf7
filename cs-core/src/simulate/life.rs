//! What happens to one account: all of it comes from the stream `life`, which no table's own draws touch.
//!
//! Time is counted in months of the account, from the day on which it began to pay; month k begins k anchored months later.

use super::document::{Document, Interval};
use super::model::{MOST_SEATS, Model};
use super::random::Draws;

/// Numbers of the draws that an account makes once.
mod once {
    pub(super) const SEGMENT: u64 = 0;
    pub(super) const PLAN: u64 = 1;
    pub(super) const SEATS: u64 = 2;
    pub(super) const OPENING: u64 = 3;
    pub(super) const JOIN_MONTH: u64 = 4;
    pub(super) const JOIN_DAY: u64 = 5;
    pub(super) const TRIAL: u64 = 6;
    pub(super) const HEALTH: u64 = 7;
    pub(super) const TERM: u64 = 8;
}

/// Numbers of the draws that it makes each month, counted from those of the month.
mod monthly {
    pub(super) const FIRST: u64 = 64;
    pub(super) const EACH: u64 = 16;
    pub(super) const HEALTH: u64 = 0;
    pub(super) const CHURN: u64 = 1;
    pub(super) const UPGRADE: u64 = 2;
    pub(super) const DOWNGRADE: u64 = 3;
    pub(super) const RETURN: u64 = 4;
    pub(super) const REASON: u64 = 5;
    pub(super) const PLAN_CHANGE: u64 = 6;
    pub(super) const SEATS: u64 = 7;
    pub(super) const GIVEN: u64 = 8;
}

/// What a subscription consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub plan: usize,
    pub seats: u32,
}

/// Why a stretch of unchanged terms ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It had not, when the book ends.
    Open,
    Upgrade,
    Downgrade,
    Churn,
}

/// A stretch of months in which the terms did not change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// Which of the account's subscriptions, from 1.
    pub subscription: u32,
    pub terms: Terms,
    /// The first month.
    pub from: u32,
    /// The month at whose beginning it ended; for open ones, the last month that begins in the book, and one.
    pub to: u32,
    pub end: End,
    /// Why it ended, for losses.
    pub reason: Option<usize>,
    /// Whether the book says why.
    pub given: bool,
}

/// A yearly contract.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contract {
    pub due: u32,
    /// When it began, in months; negative where that was before the book.
    pub from: i32,
    pub terms: Terms,
    pub outcome: Outcome,
}

/// How a contract went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Open,
    Renewed(Terms),
    Lost,
}

/// A month that an account paid for and whose end the book has seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exposure {
    pub month: u32,
    pub terms: Terms,
    /// The hazard at its end; 0 where the account could not leave.
    pub hazard: f64,
    pub churned: bool,
}

/// The life of one account. One is made and filled again for each account, so that nothing is allocated for each.
#[derive(Debug, Default)]
pub(super) struct Life {
    pub account: u64,
    pub segment: usize,
    /// The first day, be it of a trial.
    pub joined: i32,
    /// Whether the account begins with a trial.
    pub trial: bool,
    /// What it begins with.
    pub first: Option<Terms>,
    /// The month of the book, and the day in it counted from 0, on which it began to pay.
    pub start: (u32, u32),
    pub spans: Vec<Span>,
    pub contracts: Vec<Contract>,
    pub exposures: Vec<Exposure>,
    /// The health in each month of the account, as far as it was needed.
    pub health: Vec<f64>,
}

impl Life {
    /// The day on which a month of the account begins.
    #[inline]
    pub(super) fn day(&self, model: &Model, month: u32) -> i32 {
        model.anchored(self.start.0 + month, self.start.1)
    }

    /// The day on which it began to pay; `None` when it does not before the book ends.
    pub(super) fn paid_from(&self, model: &Model) -> Option<i32> {
        Some(self.day(model, 0)).filter(|_| !self.spans.is_empty())
    }
}

/// Draws lives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lives<'a> {
    pub document: &'a Document,
    pub model: &'a Model,
}

impl Lives<'_> {
    /// Fills in the life of an account.
    pub(super) fn draw(&self, account: u64, life: &mut Life) {
        let draws = self.model.life.account(account);
        life.account = account;
        life.segment = self.model.by_segment.pick(draws.uniform(once::SEGMENT));
        life.spans.clear();
        life.contracts.clear();
        life.exposures.clear();
        life.health.clear();
        let segment = &self.model.segments[life.segment];
        let terms = Terms {
            plan: segment.plans.pick(draws.uniform(once::PLAN)),
            seats: draws.whole(once::SEATS, segment.seats[0], segment.seats[1]),
        };
        life.first = Some(terms);
        life.health.push(draws.normal(once::HEALTH));
        let opening = draws.uniform(once::OPENING) < self.document.opening;
        self.join(draws, opening, life);
        if self.model.anchored(life.start.0, life.start.1) < self.model.horizon() {
            Months::new(self, draws, life, terms, opening).live();
        }
    }

    /// The days on which the account joins and begins to pay.
    fn join(&self, draws: Draws, opening: bool, life: &mut Life) {
        life.trial = false;
        life.start = (0, 0);
        if opening {
            life.joined = self.model.first(0);
            return;
        }
        let month = self.model.joining.pick(draws.uniform(once::JOIN_MONTH)) as u32;
        let day = draws.whole(once::JOIN_DAY, 0, self.model.days_of(month) - 1);
        life.joined = self.model.anchored(month, day);
        life.start = (month, day);
        let trial = self.document.trial;
        if draws.uniform(once::TRIAL) < trial.share {
            life.trial = true;
            life.start = self.model.month_of(life.joined + trial.days as i32);
        }
    }

    /// The share by which the hazard of an account differs from the mean, by its health.
    #[inline]
    fn relative(&self, health: f64) -> f64 {
        let effect = self.document.health.effect;
        libm::exp(-effect * health - effect * effect / 2.0)
    }

    /// The hazard of a month by segment and health.
    pub(super) fn hazard(&self, segment: usize, health: f64) -> f64 {
        self.model.segments[segment].hazard * self.relative(health)
    }
}

/// Goes through the months of one account.
struct Months<'a> {
    lives: &'a Lives<'a>,
    draws: Draws,
    life: &'a mut Life,
    terms: Terms,
    subscription: u32,
    /// Where the present stretch, and the present contract, began.
    span_from: u32,
    contract_from: i32,
    /// The month at whose beginning the present term ends.
    due: u32,
    /// Whether the subscription has not been renewed yet.
    first_term: bool,
    /// The hazards of the term so far, summed.
    hazard: f64,
}

impl<'a> Months<'a> {
    fn new(lives: &'a Lives<'a>, draws: Draws, life: &'a mut Life, terms: Terms, opening: bool) -> Self {
        let length = lives.model.plans[terms.plan].interval.months();
        // Those who are there on the first day are somewhere in their term, and have renewed before.
        let due = if opening { draws.whole(once::TERM, 1, length) } else { length };
        let contract_from = due as i32 - length as i32;
        // What the book has not seen of the term was as the first day is.
        let before = f64::from(length - due);
        let health = life.health.last().copied().unwrap_or_default();
        let hazard = before * lives.hazard(life.segment, health);
        Self {
            lives,
            draws,
            life,
            terms,
            subscription: 1,
            span_from: 0,
            contract_from,
            due,
            first_term: !opening,
            hazard,
        }
    }

    fn draw(&self, month: u32, number: u64) -> f64 {
        self.draws.uniform(monthly::FIRST + monthly::EACH * u64::from(month) + number)
    }

    /// All months, until the book ends or the account has left for good.
    fn live(mut self) {
        let mut month = 0;
        while self.pays(&mut month) && self.is_away(&mut month) {}
    }

    /// The health of the next month.
    fn step(&mut self, month: u32) {
        let now = self.life.health.last().copied().unwrap_or_default();
        let number = monthly::FIRST + monthly::EACH * u64::from(month) + monthly::HEALTH;
        let stirred = self.lives.model.stir * self.draws.normal(number);
        self.life.health.push(self.lives.document.health.persistence * now + stirred);
    }

    fn is_known(&self, month: u32) -> bool {
        self.life.day(self.lives.model, month) < self.lives.model.horizon()
    }

    /// Goes through months that are paid for; true when the account then left, `month` being the first without it.
    fn pays(&mut self, month: &mut u32) -> bool {
        loop {
            let health = self.life.health.last().copied().unwrap_or_default();
            self.hazard += self.lives.hazard(self.life.segment, health);
            let next = *month + 1;
            if !self.is_known(next) {
                self.end_of_book(next);
                return false;
            }
            let churned = self.end_of_month(*month);
            *month = next;
            if churned {
                self.leave(next);
                return true;
            }
            self.change(next);
            self.step(next);
        }
    }

    /// Whether the account leaves at the end of a month; if so, and if not, the book has seen it.
    fn end_of_month(&mut self, month: u32) -> bool {
        let renewing = month + 1 == self.due;
        let hazard = if renewing { self.at_renewal() } else { 0.0 };
        let draw = self.draw(month + 1, monthly::CHURN);
        // 1 − exp(−h) is below h, so most months need no exponential.
        let churned = draw < hazard && draw < chance(hazard);
        self.life.exposures.push(Exposure { month, terms: self.terms, hazard, churned });
        churned
    }

    fn at_renewal(&self) -> f64 {
        let yearly = self.lives.model.plans[self.terms.plan].interval == Interval::Year;
        let factor = if yearly && self.first_term { self.lives.document.first_renewal } else { 1.0 };
        self.hazard * factor
    }

    fn leave(&mut self, month: u32) {
        let reason = self.lives.model.reasons.pick(self.draw(month, monthly::REASON));
        self.end_span(month, End::Churn, Some(reason));
        self.end_contract(month, Outcome::Lost);
        self.hazard = 0.0;
    }

    /// An upgrade or downgrade at the beginning of a month, and the renewal where one is due.
    fn change(&mut self, month: u32) {
        let renewing = month == self.due;
        let before = self.terms;
        let document = self.lives.document;
        let shrink = if renewing { self.over_the_term(document.downgrade) } else { 0.0 };
        let (end, terms) = if self.draw(month, monthly::UPGRADE) < document.upgrade {
            (End::Upgrade, self.upgraded(month))
        } else if self.draw(month, monthly::DOWNGRADE) < shrink {
            (End::Downgrade, self.downgraded(month))
        } else {
            (End::Open, before)
        };
        if terms != before {
            let lost = end == End::Downgrade;
            let reason = lost.then(|| self.lives.model.reasons.pick(self.draw(month, monthly::REASON)));
            self.end_span(month, end, reason);
        }
        if renewing {
            self.end_contract(month, Outcome::Renewed(terms));
            self.contract_from = month as i32;
            self.due = month + self.lives.model.plans[terms.plan].interval.months();
            self.first_term = false;
            self.hazard = 0.0;
        }
        self.terms = terms;
    }

    /// A monthly probability over the months of the present term.
    fn over_the_term(&self, monthly: f64) -> f64 {
        let months = self.lives.model.plans[self.terms.plan].interval.months();
        1.0 - (0..months).fold(1.0, |stays, _| stays * (1.0 - monthly))
    }

    fn upgraded(&self, month: u32) -> Terms {
        let Terms { plan, seats } = self.terms;
        let above = self.lives.model.plans[plan].above;
        if let Some(plan) = above.filter(|_| self.draw(month, monthly::PLAN_CHANGE) < self.lives.document.plan_change) {
            return Terms { plan, seats };
        }
        Terms { plan, seats: (seats + self.some_of(seats, month)).min(MOST_SEATS) }
    }

    fn downgraded(&self, month: u32) -> Terms {
        let Terms { plan, seats } = self.terms;
        let below = self.lives.model.plans[plan].below;
        let by_plan = seats == 1 || self.draw(month, monthly::PLAN_CHANGE) < self.lives.document.plan_change;
        if let Some(plan) = below.filter(|_| by_plan) {
            return Terms { plan, seats };
        }
        Terms { plan, seats: seats.saturating_sub(self.some_of(seats, month)).max(1) }
    }

    /// From a tenth to a half of the seats, and at least one.
    fn some_of(&self, seats: u32, month: u32) -> u32 {
        let number = monthly::FIRST + monthly::EACH * u64::from(month) + monthly::SEATS;
        (seats * self.draws.whole(number, 10, 50) / 100).max(1)
    }

    /// Goes through months of absence; true when the account comes back at the beginning of `month`.
    fn is_away(&mut self, month: &mut u32) -> bool {
        let gone = *month;
        let [shortest, longest] = self.lives.document.reactivation.gap;
        loop {
            let gap = *month - gone;
            if gap > longest || !self.is_known(*month) {
                return false;
            }
            self.step(*month);
            if gap >= shortest && self.draw(*month, monthly::RETURN) < self.lives.document.reactivation.probability {
                self.come_back(*month);
                return true;
            }
            *month += 1;
        }
    }

    fn come_back(&mut self, month: u32) {
        self.subscription += 1;
        self.span_from = month;
        self.contract_from = month as i32;
        self.due = month + self.lives.model.plans[self.terms.plan].interval.months();
        self.first_term = true;
    }

    fn end_of_book(&mut self, next: u32) {
        self.end_span(next, End::Open, None);
        self.end_contract(self.due, Outcome::Open);
    }

    fn end_span(&mut self, month: u32, end: End, reason: Option<usize>) {
        let given = reason.is_some() && self.draw(month, monthly::GIVEN) < self.lives.document.reason_given;
        let (subscription, terms, from) = (self.subscription, self.terms, self.span_from);
        self.life.spans.push(Span { subscription, terms, from, to: month, end, reason, given });
        self.span_from = month;
    }

    fn end_contract(&mut self, due: u32, outcome: Outcome) {
        if self.lives.model.plans[self.terms.plan].interval == Interval::Year {
            let (from, terms) = (self.contract_from, self.terms);
            self.life.contracts.push(Contract { due, from, terms, outcome });
        }
    }
}

/// The probability of an event of this hazard.
pub(super) fn chance(hazard: f64) -> f64 {
    -libm::expm1(-hazard)
}
