//! Account by account, month by month: comparing each month with the one before.

use super::super::sums::BridgeRow;
use crate::calendar::Month;
use crate::revenue::document::Reactivation;

/// What the machine has to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) reactivation: Reactivation,
    /// So many months are known.
    pub(super) months: usize,
    /// The month that is number 0.
    pub(super) first: Month,
}

/// What happens to an amount.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    amount: i128,
    count: i64,
}

impl Sum {
    #[inline]
    fn add(&mut self, amount: i64) {
        self.amount += i128::from(amount);
        self.count += 1;
    }

    #[inline]
    fn take(&mut self, amount: i64) {
        self.amount -= i128::from(amount);
        self.count += 1;
    }
}

/// What happens in one month.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// Accounts that become live, less those that are so no longer.
    live: i64,
    new: Sum,
    reactivation: Sum,
    expansion: Sum,
    contraction: Sum,
    churn: Sum,
}

/// The sums of all months, and where the account stands that is being read. With `FREE` a row makes live, be it of nothing.
#[derive(Debug)]
pub(super) struct Machine<const FREE: bool> {
    sums: Vec<Sums>,
    /// The first day of each month, and of the one after the last.
    days: Vec<i32>,
    reactivation: Reactivation,
    /// The month of the last row; −1 before the first.
    month: i32,
    /// The amount then.
    amount: i64,
    live: bool,
    was_live: bool,
    /// When the account was last lost, and what it paid before.
    lost: i32,
    lost_amount: i64,
}

impl<const FREE: bool> Machine<FREE> {
    pub(super) fn new(rules: &Rules) -> Option<Self> {
        let day = |month: usize| Some(rules.first.plus(i32::try_from(month).ok()?).first_day()?.days());
        Some(Self {
            sums: vec![Sums::default(); rules.months + 1],
            days: (0..=rules.months).map(day).collect::<Option<_>>()?,
            reactivation: rules.reactivation,
            month: -1,
            amount: 0,
            live: false,
            was_live: false,
            lost: -1,
            lost_amount: 0,
        })
    }

    /// The account has no further rows.
    #[inline]
    pub(super) fn end(&mut self) {
        if self.live {
            self.lose(self.month + 1);
        }
        if self.lost >= 0 {
            // Who does not come back has churned. What happens after the last month is not known.
            self.sums[self.lost as usize].churn.take(self.lost_amount);
            self.lost = -1;
        }
        self.month = -1;
        self.amount = 0;
        self.live = false;
        self.was_live = false;
    }

    /// The account has had rows of one amount, month by month, up to this one.
    #[inline]
    pub(super) fn reach(&mut self, month: i32) {
        self.month = month;
    }

    /// The next row of the account, in a later month than the last. One of the same amount in the month after the last need
    /// not be told, as long as [`Self::reach`] is: it moves nothing.
    #[inline]
    pub(super) fn row(&mut self, month: i32, amount: i64) {
        let live = FREE || amount > 0;
        let sums = &mut self.sums[month as usize];
        if self.live && live && month == self.month + 1 {
            let change = amount - self.amount;
            if change > 0 {
                sums.expansion.add(change);
            } else if change < 0 {
                sums.contraction.add(change);
            }
        } else {
            self.turn(month, amount, live);
        }
        self.month = month;
        self.amount = amount;
        self.live = live;
    }

    /// The account comes or goes, or there is a gap.
    #[cold]
    fn turn(&mut self, month: i32, amount: i64, live: bool) {
        if self.live {
            self.lose(self.month + 1);
        }
        if !live {
            return;
        }
        let sums = &mut self.sums[month as usize];
        sums.live += 1;
        if !self.was_live {
            sums.new.add(amount);
            self.was_live = true;
            return;
        }
        let (gone, back) = (self.days[self.lost.max(0) as usize], self.days[month as usize]);
        let (short, long) = (self.reactivation.min_gap.exceeds(gone, back), self.reactivation.max_gap);
        if short {
            sums.expansion.add(amount);
        } else if long.is_some_and(|gap| gap.is_exceeded(gone, back)) {
            sums.new.add(amount);
        } else {
            sums.reactivation.add(amount);
        }
        let loss = &mut self.sums[self.lost.max(0) as usize];
        let lost = if short { &mut loss.contraction } else { &mut loss.churn };
        lost.take(self.lost_amount);
        self.lost = -1;
    }

    /// The account is live no longer; what that is called depends on when it comes back.
    #[inline]
    fn lose(&mut self, month: i32) {
        self.sums[month as usize].live -= 1;
        self.lost = month;
        self.lost_amount = self.amount;
        self.live = false;
    }

    /// What is paid at the end of each month: all that moved until then.
    pub(super) fn closings(&self) -> Vec<Sum> {
        let mut closing = Sum::default();
        let close = |sums: &Sums| {
            let moved = [sums.new, sums.reactivation, sums.expansion, sums.contraction, sums.churn];
            closing.amount += moved.iter().map(|sum| sum.amount).sum::<i128>();
            closing.count += sums.live;
            closing
        };
        self.sums.iter().map(close).collect()
    }

    /// The row of a month, by the closings of all; one before the first is of nothing.
    pub(super) fn row_in(&self, closings: &[Sum], month: i32, opening_only: bool) -> BridgeRow {
        let mut row = BridgeRow::default();
        let of = |month: i32| usize::try_from(month).ok().and_then(|at| closings.get(at)).copied();
        let place = usize::try_from(month).ok();
        let (Some(sums), Some(closing)) = (place.and_then(|at| self.sums.get(at)), of(month)) else { return row };
        let opening = if opening_only { closing } else { of(month - 1).unwrap_or_default() };
        let moved = [sums.new, sums.reactivation, sums.expansion, sums.contraction, sums.churn];
        let moved = if opening_only { [Sum::default(); 5] } else { moved };
        for (at, sum) in std::iter::once(opening).chain(moved).enumerate() {
            row.amounts[at] = sum.amount;
            row.counts[at] = sum.count;
        }
        row.amounts[8] = closing.amount;
        row.counts[8] = closing.count;
        row
    }
}
