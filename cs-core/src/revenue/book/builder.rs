//! Collecting lines, whatever the shape they come in.

use super::super::document::{Inclusion, Level, MixedCurrencies, Negative, Overlaps, Policy};
use super::super::options::BookOptions;
use super::keys::Keys;
use super::rows::{Faults, Field, Rows};
use super::{Billed, Book, Line, NO_REASON, Rates, Unit};
use crate::calendar::Date;
use crate::error::{Code, Issue, Result};
use crate::money::{Currency, Ratio};
use crate::table::Interner;
use std::collections::{BTreeMap, HashMap};

/// What a row says of itself, beside its amount.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) unit: u32,
    pub(super) group: u32,
    /// The subscription and product, whose periods should not overlap; 0 where nobody asks.
    pub(super) series: u32,
    pub(super) currency: u32,
    pub(super) key: u32,
    pub(super) reason: u32,
    pub(super) row: u32,
}

/// Things by number, in the order in which they appear.
type Numbered<K> = HashMap<K, u32, foldhash::fast::FixedState>;

/// The kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Recurring,
    Usage,
    OneOff,
    Setup,
    Credit,
}

/// Collects the lines of a book.
pub(super) struct Builder<'a> {
    pub(super) policy: &'a Policy,
    pub(super) options: &'a BookOptions,
    pub(super) faults: Faults,
    account: Field<'a>,
    accounts: Interner<'a>,
    parent: Option<(Field<'a>, Interner<'a>)>,
    subscription: Option<(Field<'a>, Interner<'a>)>,
    product: Option<(Field<'a>, Interner<'a>)>,
    currency: Option<(Field<'a>, Interner<'a>)>,
    kind: Option<Field<'a>>,
    reason: Option<Field<'a>>,
    recorded: Option<Field<'a>>,
    currencies: Vec<(Currency, u8)>,
    /// What the distinct texts of the currency column are.
    codes: Vec<Option<u32>>,
    keys: Keys<'a>,
    reasons: Vec<String>,
    known_reasons: HashMap<Vec<u8>, u32>,
    /// Units by account, where an account is one.
    by_account: Vec<u32>,
    /// Other units by what makes them one.
    units: Numbered<(u8, u32, u32, u32)>,
    groups: Numbered<(u32, u32)>,
    series: Numbered<(u32, u32, u32)>,
    needs_series: bool,
    rows: Vec<u32>,
    lines: Vec<Line>,
    exact: Option<Vec<Ratio>>,
    billed: Vec<Billed>,
    has_rates: bool,
    /// A line that does not end.
    open: Option<usize>,
    latest: i32,
}

fn interned<'a>(rows: &Rows<'a>, name: &str) -> Option<(Field<'a>, Interner<'a>)> {
    rows.get(name).map(|field| {
        let interner = Interner::new(field.stack());
        (field, interner)
    })
}

fn number(column: &mut Option<(Field<'_>, Interner<'_>)>, row: usize) -> Option<u32> {
    column.as_mut().filter(|(field, _)| !field.is_null(row)).map(|(_, interner)| interner.intern(row))
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        policy: &'a Policy,
        options: &'a BookOptions,
        rows: &Rows<'a>,
        by: &[String],
        has_rates: bool,
    ) -> Result<Self> {
        let account = rows.need("account")?;
        let accounts = Interner::new(account.stack());
        let parent = if policy.level == Level::Parent { interned(rows, "parent") } else { None };
        let subscription = interned(rows, "subscription");
        let exact = Book::rounds_sums(policy, subscription.is_some()).then(Vec::new);
        Ok(Self {
            policy,
            options,
            faults: Faults::default(),
            account,
            accounts,
            parent,
            product: interned(rows, "product"),
            currency: interned(rows, "currency"),
            kind: rows.get("kind"),
            reason: rows.get("reason"),
            recorded: rows.get("recorded_at"),
            currencies: Vec::new(),
            codes: Vec::new(),
            keys: Keys::new(rows, by)?,
            reasons: Vec::new(),
            known_reasons: HashMap::new(),
            by_account: Vec::new(),
            units: Numbered::default(),
            groups: Numbered::default(),
            series: Numbered::default(),
            needs_series: policy.overlaps == Overlaps::Reject || rows.role == "movements",
            rows: Vec::new(),
            lines: Vec::new(),
            billed: Vec::new(),
            has_rates,
            open: None,
            latest: i32::MIN,
            subscription,
            exact,
        })
    }

    /// Which rows count under `as_of`: of those that are the same by `identity` the one recorded last.
    pub(super) fn known(&mut self, rows: usize, mut identity: impl FnMut(&mut Self, usize) -> [i64; 2]) -> Vec<u32> {
        let Some(recorded) = self.recorded.take() else { return (0..rows as u32).collect() };
        let as_of = self.options.as_of.map_or(i32::MAX, Date::days);
        let mut latest: BTreeMap<([i64; 5], u32), (i32, u32)> = BTreeMap::new();
        for row in 0..rows {
            let day = match recorded.day(row) {
                Ok(Some(day)) => day,
                Ok(None) => {
                    self.faults.at(Code::MissingDate, &recorded, row, "the day on which it was recorded");
                    continue;
                }
                Err(code) => {
                    self.faults.at(code, &recorded, row, "a date");
                    continue;
                }
            };
            if day > as_of || self.account.is_null(row) {
                continue;
            }
            let [a, b] = identity(self, row);
            let account = i64::from(self.accounts.intern(row));
            let part = |number: Option<u32>| number.map_or(-1, i64::from);
            let (subscription, product) = (number(&mut self.subscription, row), number(&mut self.product, row));
            let place = ([account, part(subscription), part(product), a, b], 0);
            let known = latest.entry(place).or_insert((day, row as u32));
            if day >= known.0 {
                *known = (day, row as u32);
            }
        }
        let mut rows: Vec<u32> = latest.into_values().map(|(_, row)| row).collect();
        rows.sort_unstable();
        rows
    }

    /// What a row is about; `None` when it is wrong.
    pub(super) fn entry(&mut self, row: usize) -> Option<Entry> {
        if self.account.is_null(row) {
            self.faults.add(Code::NullAccount, &self.account.name, row, None, "");
            return None;
        }
        let currency = self.currency(row)?;
        let account = self.accounts.intern(row);
        let subscription = number(&mut self.subscription, row);
        let product = number(&mut self.product, row);
        let part = |number: Option<u32>| number.map_or(u32::MAX, |number| number);
        let apart =
            if self.policy.mixed_currencies == MixedCurrencies::Separate && !self.has_rates { currency } else { 0 };
        let place = match (self.policy.level, number(&mut self.parent, row)) {
            (Level::Account, _) => (0, account, 0, apart),
            (Level::Parent, None) => (0, account, 0, apart),
            (Level::Parent, Some(parent)) => (1, parent, 0, apart),
            (Level::Subscription, _) => {
                let own = if self.subscription.is_some() { part(subscription) } else { part(product) };
                (2, account, own, apart)
            }
        };
        let next = self.rows.len() as u32;
        let unit = if place.0 == 0 && apart == 0 {
            let number = account as usize;
            if self.by_account.len() <= number {
                self.by_account.resize((number + 1).next_power_of_two(), u32::MAX);
            }
            let unit = &mut self.by_account[number];
            if *unit == u32::MAX {
                *unit = next;
            }
            *unit
        } else {
            *self.units.entry(place).or_insert(next)
        };
        if unit == next {
            self.rows.push(row as u32);
        }
        // Without a subscription each row is rounded for itself.
        let group = if self.subscription.is_some() {
            let next = self.groups.len() as u32;
            *self.groups.entry((account, part(subscription))).or_insert(next)
        } else {
            row as u32
        };
        let series = if self.needs_series {
            let next = self.series.len() as u32;
            *self.series.entry((account, part(subscription), part(product))).or_insert(next)
        } else {
            0
        };
        let key = self.keys.of(row);
        let reason = self.reason(row);
        Some(Entry { unit, group, series, currency, key, reason, row: row as u32 })
    }

    fn currency(&mut self, row: usize) -> Option<u32> {
        let Some((field, interner)) = &mut self.currency else {
            let Some(currency) = self.policy.currency else {
                self.faults.add(
                    Code::UnknownCurrency,
                    "currency",
                    row,
                    None,
                    "a column `currency`, or one in the policy",
                );
                return None;
            };
            return Some(place_of(&mut self.currencies, self.policy, currency));
        };
        if field.is_null(row) {
            match self.policy.currency {
                Some(currency) => return Some(place_of(&mut self.currencies, self.policy, currency)),
                None => self.faults.at(Code::UnknownCurrency, field, row, "a code of ISO 4217"),
            }
            return None;
        }
        let number = interner.intern(row) as usize;
        if number == self.codes.len() {
            let currency = field.text(row).and_then(|code| self.policy.currencies.get(code));
            self.codes.push(currency.map(|currency| place_of(&mut self.currencies, self.policy, currency)));
        }
        let found = self.codes.get(number).copied().flatten();
        if found.is_none() {
            self.faults.at(
                Code::UnknownCurrency,
                field,
                row,
                "a code of ISO 4217, or one of the policy's `currencies`",
            );
        }
        found
    }

    fn reason(&mut self, row: usize) -> u32 {
        let Some(field) = &self.reason else { return NO_REASON };
        if field.is_null(row) {
            return NO_REASON;
        }
        let text = field.text(row).map_or_else(|| field.display(row).unwrap_or_default().into_bytes(), <[u8]>::to_vec);
        if let Some(known) = self.known_reasons.get(&text) {
            return *known;
        }
        let shown = String::from_utf8_lossy(&text).into_owned();
        if let Some(list) = &self.policy.reasons
            && !list.contains(&shown)
        {
            self.faults.at(Code::UnknownReason, field, row, &list.join(", "));
            return NO_REASON;
        }
        self.reasons.push(shown);
        let number = self.reasons.len() as u32 - 1;
        self.known_reasons.insert(text, number);
        number
    }

    /// The kind of a row; `None` when it is wrong.
    pub(super) fn kind(&mut self, row: usize) -> Option<Kind> {
        let Some(field) = self.kind.as_ref().filter(|field| !field.is_null(row)) else { return Some(Kind::Recurring) };
        match field.text(row) {
            Some(b"recurring") => Some(Kind::Recurring),
            Some(b"usage") => Some(Kind::Usage),
            Some(b"one_off") => Some(Kind::OneOff),
            Some(b"setup") => Some(Kind::Setup),
            Some(b"credit") => Some(Kind::Credit),
            _ => {
                self.faults.at(Code::UnknownKind, field, row, "recurring, usage, one_off, setup, credit");
                None
            }
        }
    }

    /// Whether rows of a kind count.
    pub(super) fn counts(&self, kind: Kind) -> bool {
        let kinds = &self.policy.kinds;
        match kind {
            Kind::Recurring => true,
            Kind::Usage => kinds.usage == Inclusion::Include,
            Kind::OneOff => kinds.one_off == Inclusion::Include,
            Kind::Setup => kinds.setup == Inclusion::Include,
            Kind::Credit => kinds.credit == Inclusion::Include,
        }
    }

    /// The decimals of a currency by the standard, and those that its amounts have here.
    pub(super) fn scales(&self, currency: u32) -> (u8, u8) {
        self.currencies.get(currency as usize).map_or((0, 0), |(currency, scale)| (currency.exponent(), *scale))
    }

    /// Refuses a recurring amount below zero, unless the policy allows it.
    pub(super) fn refuses(&mut self, negative: bool, kind: Kind, field: &Field<'_>, row: usize) -> bool {
        let refused = negative && kind == Kind::Recurring && self.policy.negative == Negative::Error;
        if refused {
            self.faults.at(Code::NegativeAmount, field, row, "an amount from 0 on");
        }
        refused
    }

    /// Adds what is paid a month from `start` to before `end`; the horizon cuts it.
    pub(super) fn push(&mut self, entry: Entry, start: i32, end: Option<i32>, amount: Ratio, field: &Field<'_>) {
        let (_, scale) = self.scales(entry.currency);
        let minor = amount.rounded(scale, self.policy.rounding.mode).and_then(|minor| i64::try_from(minor).ok());
        match minor {
            None => self.faults.at(Code::AmountTooLarge, field, entry.row as usize, FITS),
            Some(minor) => self.push_minor(entry, start, end, minor, Some(amount)),
        }
    }

    /// The same with an amount that is rounded already.
    pub(super) fn push_minor(&mut self, entry: Entry, start: i32, end: Option<i32>, minor: i64, amount: Option<Ratio>) {
        if end.is_none() {
            self.open.get_or_insert(entry.row as usize);
        }
        self.latest = self.latest.max(end.unwrap_or(start));
        let Entry { unit, group, currency, key, reason, row, .. } = entry;
        self.lines.push(Line { unit, group, start, end: end.unwrap_or(i32::MAX), minor, currency, key, reason, row });
        if let Some(exact) = &mut self.exact {
            let scale = self.currencies.get(currency as usize).map_or(0, |(_, scale)| *scale);
            let whole = || Ratio::new(i128::from(minor), 10i128.pow(u32::from(scale)));
            exact.push(amount.or_else(whole).unwrap_or(Ratio::ZERO));
        }
    }

    /// Adds something billed that does not recur.
    pub(super) fn bill(&mut self, entry: Entry, start: i32, amount: Option<Ratio>, field: &Field<'_>) {
        let (_, scale) = self.scales(entry.currency);
        let minor = amount.and_then(|amount| amount.rounded(scale, self.policy.rounding.mode));
        match minor.and_then(|minor| i64::try_from(minor).ok()) {
            Some(minor) => self.billed.push(Billed { start, minor, currency: entry.currency, key: entry.key }),
            None => self.faults.at(Code::AmountTooLarge, field, entry.row as usize, FITS),
        }
    }

    /// The book of all lines.
    pub(super) fn finish(mut self, role: &'static str, rates: Option<Rates>) -> Result<Book> {
        std::mem::take(&mut self.faults).check("")?;
        let needs_horizon = self.options.horizon.is_none() && (self.open.is_some() || role == "movements");
        if needs_horizon && !self.lines.is_empty() {
            let mut issue = Issue::new(Code::HorizonRequired).path("horizon");
            if let Some(row) = self.open {
                issue = issue.rows([row as u64], 1);
            }
            return Err(issue.expected("the day from which on nothing is known").into());
        }
        let horizon = self.options.horizon.map_or(if self.lines.is_empty() { 0 } else { self.latest }, Date::days);
        let first = self.lines.iter().map(|line| line.start).min();
        if let Some(first) = first.filter(|first| *first >= horizon && !self.options.part) {
            let issue = Issue::new(Code::HorizonBeforeData).path("horizon").value(Date::from_days(horizon));
            return Err(issue.expected(format!("a day after {}", Date::from_days(first))).into());
        }
        let history_start = self.options.history_start.map(Date::days).or(first).unwrap_or(horizon);
        self.check_currencies()?;
        let (lines, exact) = self.sorted(horizon);
        let units = units(&lines, &self.rows);
        if let Some(exact) = &exact {
            check_sums(&units, &lines, exact, &self.currencies)?;
        }
        Ok(Book {
            role,
            lines,
            units,
            exact,
            currencies: self.currencies,
            keys: self.keys.into_values(),
            reasons: self.reasons,
            history_start,
            horizon,
            billed: self.billed,
            rates,
            merges: Vec::new(),
            account: self.account.name,
        })
    }

    /// A unit has one currency, unless there are rates.
    fn check_currencies(&self) -> Result<()> {
        if self.has_rates || self.currencies.len() < 2 {
            return Ok(());
        }
        let mut first: Vec<u32> = vec![u32::MAX; self.rows.len()];
        let mut faults = Faults::default();
        let name = self.currency.as_ref().map_or("currency", |(field, _)| field.name.as_str());
        for line in &self.lines {
            let Some(known) = first.get_mut(line.unit as usize) else { continue };
            if *known == u32::MAX {
                *known = line.currency;
            } else if *known != line.currency {
                let code = self.currencies.get(line.currency as usize).map(|(currency, _)| currency.code().to_owned());
                let expected = "one currency per customer, rates, or `mixed_currencies: separate`";
                faults.add(Code::MixedCurrencies, name, line.row as usize, code, expected);
            }
        }
        faults.check("")
    }

    /// The lines by unit, start and row, cut at the horizon; currencies by their codes.
    fn sorted(&mut self, horizon: i32) -> (Vec<Line>, Option<Vec<Ratio>>) {
        let mut order: Vec<u32> = (0..self.currencies.len() as u32).collect();
        order.sort_by_key(|place| self.currencies.get(*place as usize).map(|(currency, _)| *currency));
        let mut places = vec![0u32; order.len()];
        for (new, old) in order.iter().enumerate() {
            places[*old as usize] = new as u32;
        }
        self.currencies.sort();
        let move_to = |currency: &mut u32| *currency = places.get(*currency as usize).copied().unwrap_or(0);
        self.billed.iter_mut().for_each(|billed| move_to(&mut billed.currency));
        let mut lines = std::mem::take(&mut self.lines);
        for line in &mut lines {
            move_to(&mut line.currency);
            line.end = line.end.min(horizon);
        }
        let by = |line: &Line| (line.unit, line.start, line.row, line.end);
        match self.exact.take() {
            None => {
                lines.retain(|line| line.start < line.end);
                if !lines.is_sorted_by_key(by) {
                    lines.sort_by_key(by);
                }
                (lines, None)
            }
            Some(exact) => {
                let mut both: Vec<(Line, Ratio)> = lines.into_iter().zip(exact).collect();
                both.retain(|(line, _)| line.start < line.end);
                both.sort_by_key(|(line, _)| by(line));
                let (lines, exact): (Vec<Line>, Vec<Ratio>) = both.into_iter().unzip();
                // Where each line is whole, so is every sum of them.
                let whole = lines.iter().zip(&exact).all(|(line, exact)| {
                    let scale = self.currencies.get(line.currency as usize).map_or(0, |(_, scale)| *scale);
                    exact.exactly(scale) == Some(i128::from(line.minor))
                });
                (lines, (!whole).then_some(exact))
            }
        }
    }
}

/// What an amount must fit into.
const FITS: &str = "an amount of 64 bits of minor units";

/// The exact sums of a unit have room: whatever part of its lines is in force, it is no more than all of them.
fn check_sums(units: &[Unit], lines: &[Line], exact: &[Ratio], currencies: &[(Currency, u8)]) -> Result<()> {
    let widest = currencies.iter().map(|(_, scale)| *scale).max().unwrap_or(0);
    let sum = |unit: &Unit| {
        let parts = exact.get(unit.lines.clone())?;
        let sum = parts.iter().try_fold(Ratio::ZERO, |sum, part| sum.add(part.abs()?))?;
        sum.rounded(widest, crate::money::Rounding::HalfEven)
    };
    let mut faults = Faults::default();
    for unit in units.iter().filter(|unit| sum(unit).is_none()) {
        let row = lines.get(unit.lines.start).map_or(unit.row, |line| line.row);
        faults.add(Code::AmountTooLarge, "amount", row as usize, None, "amounts whose exact sum has 38 digits at most");
    }
    faults.check("")
}

/// The place of a currency among those of the book.
fn place_of(currencies: &mut Vec<(Currency, u8)>, policy: &Policy, currency: Currency) -> u32 {
    let place = currencies.iter().position(|(known, _)| *known == currency);
    place.unwrap_or_else(|| {
        currencies.push((currency, policy.rounding.scale.unwrap_or(currency.exponent())));
        currencies.len() - 1
    }) as u32
}

/// Where the lines of each unit are.
fn units(lines: &[Line], rows: &[u32]) -> Vec<Unit> {
    let mut units = Vec::with_capacity(rows.len());
    let mut at = 0;
    for (unit, row) in rows.iter().enumerate() {
        let from = at;
        while lines.get(at).is_some_and(|line| line.unit as usize == unit) {
            at += 1;
        }
        units.push(Unit { lines: from..at, row: *row });
    }
    units
}
