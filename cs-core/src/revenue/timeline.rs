//! The MRR of one unit as a step function.

use super::book::{Book, Line};
use super::document::{FreeAccounts, Gap, Policy, RoundAt};
use crate::calendar::Date;
use crate::error::{Code, Issue, Result};
use crate::money::Ratio;
use std::collections::HashMap;

/// MRR of one currency and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) currency: u32,
    pub(super) key: u32,
    /// Sums of 64-bit amounts, which have room here.
    pub(super) minor: i128,
}

/// What a unit pays on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    /// By currency and key; none is zero, unless free customers count.
    pub(super) cells: Vec<Cell>,
    pub(super) live: bool,
}

impl State {
    /// The sum over keys, of one currency.
    pub(super) fn total(&self) -> i128 {
        self.cells.iter().map(|cell| cell.minor).sum()
    }

    /// The state of both.
    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut cells = self.cells.clone();
        other.cells.iter().for_each(|cell| add(&mut cells, *cell));
        Self { cells, live: self.live || other.live }
    }
}

/// Adds to the cell of the same currency and key.
pub(super) fn add(cells: &mut Vec<Cell>, cell: Cell) {
    let place = (cell.currency, cell.key);
    match cells.binary_search_by_key(&place, |cell| (cell.currency, cell.key)) {
        Ok(at) => cells[at].minor += cell.minor,
        Err(at) => cells.insert(at, cell),
    }
}

/// The amounts of units where the book is rounded as a whole: by day, then by unit and currency.
type Totals = HashMap<i32, HashMap<(u32, u32), i64>>;

/// Reads states of units off their lines.
#[derive(Debug)]
pub(super) struct Timelines<'a> {
    pub(super) policy: &'a Policy,
    pub(super) book: &'a Book,
    totals: Option<Totals>,
}

impl<'a> Timelines<'a> {
    /// States of a book; where it is rounded as a whole, they are asked for on these days only.
    ///
    /// # Errors
    /// `amount_too_large`.
    pub(super) fn new(policy: &'a Policy, book: &'a Book, days: &[i32]) -> Result<Self> {
        let mut timelines = Self { policy, book, totals: None };
        if policy.rounding.at == RoundAt::Total {
            let totals = days.iter().map(|day| Ok((*day, timelines.round_whole(*day)?)));
            timelines.totals = Some(totals.collect::<Result<_>>()?);
        }
        Ok(timelines)
    }

    /// What a unit pays on a day.
    pub(super) fn at(&self, unit: u32, day: i32) -> State {
        let lines = self.book.lines_of(unit);
        let end = lines.partition_point(|line| line.start <= day);
        let in_force = || lines.iter().take(end).filter(move |line| day < line.end);
        let counts_free = self.policy.free_accounts == FreeAccounts::Count;
        let mut cells = Vec::new();
        match &self.book.exact {
            None => in_force().for_each(|line| {
                add(&mut cells, Cell { currency: line.currency, key: line.key, minor: i128::from(line.minor) });
            }),
            Some(exact) => self.rounded_sums(unit, day, exact, in_force(), &mut cells),
        }
        if !counts_free {
            cells.retain(|cell| cell.minor != 0);
        }
        let live =
            if counts_free { !cells.is_empty() } else { cells.iter().any(|cell| cell.minor > 0) && pays(&cells) };
        State { cells, live }
    }

    /// Sums first, then rounds, by subscription or unit; what is rounded is spread over the keys.
    fn rounded_sums<'l>(
        &self,
        unit: u32,
        day: i32,
        exact: &[Ratio],
        lines: impl Iterator<Item = &'l Line>,
        cells: &mut Vec<Cell>,
    ) {
        let first = self.book.units.get(unit as usize).map_or(0, |unit| unit.lines.start);
        let all = self.book.lines_of(unit);
        let place = |line: &Line| all.iter().position(|other| std::ptr::eq(other, line)).unwrap_or(0) + first;
        let by_group = self.policy.rounding.at == RoundAt::Subscription;
        let mut groups: Vec<((u32, u32), Vec<(u32, Ratio)>)> = Vec::new();
        for line in lines {
            let id = (if by_group { line.group } else { 0 }, line.currency);
            let amount = exact.get(place(line)).copied().unwrap_or(Ratio::ZERO);
            match groups.iter_mut().find(|(known, _)| *known == id) {
                Some((_, parts)) => parts.push((line.key, amount)),
                None => groups.push((id, vec![(line.key, amount)])),
            }
        }
        for ((_, currency), parts) in groups {
            let scale = self.scale(currency);
            let total = self.totals.as_ref().and_then(|totals| totals.get(&day)?.get(&(unit, currency)).copied());
            let rounded = total.map(i128::from).or_else(|| sum(&parts)?.rounded(scale, self.policy.rounding.mode));
            for (key, minor) in spread(rounded.unwrap_or(0), &parts, scale) {
                add(cells, Cell { currency, key, minor });
            }
        }
    }

    fn scale(&self, currency: u32) -> u8 {
        self.book.currencies.get(currency as usize).map_or(0, |(_, scale)| *scale)
    }

    /// The book on a day rounded as a whole, and spread over the units by largest remainder.
    fn round_whole(&self, day: i32) -> Result<HashMap<(u32, u32), i64>> {
        let Some(exact) = &self.book.exact else { return Ok(HashMap::new()) };
        let too_large = || Issue::new(Code::AmountTooLarge).value(Date::from_days(day));
        let mut by_currency: Vec<Vec<(u32, Ratio)>> = vec![Vec::new(); self.book.currencies.len()];
        for (line, amount) in self.book.lines.iter().zip(exact).filter(|(line, _)| line.start <= day && day < line.end)
        {
            let Some(units) = by_currency.get_mut(line.currency as usize) else { continue };
            match units.last_mut().filter(|(unit, _)| *unit == line.unit) {
                Some((_, sum)) => *sum = sum.add(*amount).ok_or_else(too_large)?,
                None => units.push((line.unit, *amount)),
            }
        }
        let mut rounded = HashMap::new();
        for (currency, units) in by_currency.into_iter().enumerate() {
            let scale = self.scale(currency as u32);
            let total =
                sum(&units).and_then(|sum| sum.rounded(scale, self.policy.rounding.mode)).ok_or_else(too_large)?;
            for (unit, minor) in spread_by_floor(total, &units, scale).ok_or_else(too_large)? {
                rounded.insert((unit, currency as u32), i64::try_from(minor).map_err(|_| too_large())?);
            }
        }
        Ok(rounded)
    }

    /// The days between which a unit was live: each from the first day to the day after the last.
    pub(super) fn spans(&self, unit: u32) -> Vec<(i32, i32)> {
        let days = self.changes(unit);
        let mut spans: Vec<(i32, i32)> = Vec::new();
        for pair in days.windows(2) {
            let [from, to] = *pair else { continue };
            if !self.live(unit, from) {
                continue;
            }
            match spans.last_mut().filter(|(_, end)| *end == from) {
                Some((_, end)) => *end = to,
                None => spans.push((from, to)),
            }
        }
        spans
    }

    /// Whether a unit is live on a day, whatever the rounding of the whole book.
    fn live(&self, unit: u32, day: i32) -> bool {
        if self.policy.rounding.at != RoundAt::Total {
            return self.at(unit, day).live;
        }
        let lines = self.book.lines_of(unit).iter().filter(|line| line.start <= day && day < line.end);
        match self.policy.free_accounts {
            FreeAccounts::Count => lines.count() > 0,
            FreeAccounts::Exclude => lines.map(|line| i128::from(line.minor)).sum::<i128>() > 0,
        }
    }

    /// The days on which lines of a unit start or end, in order.
    pub(super) fn changes(&self, unit: u32) -> Vec<i32> {
        let mut days: Vec<i32> = self.book.lines_of(unit).iter().flat_map(|line| [line.start, line.end]).collect();
        days.sort_unstable();
        days.dedup();
        days
    }
}

/// Whether the sum of some currency is above zero.
fn pays(cells: &[Cell]) -> bool {
    let mut sums: Vec<(u32, i128)> = Vec::with_capacity(1);
    for cell in cells {
        match sums.last_mut().filter(|(currency, _)| *currency == cell.currency) {
            Some((_, sum)) => *sum += cell.minor,
            None => sums.push((cell.currency, cell.minor)),
        }
    }
    sums.iter().any(|(_, sum)| *sum > 0)
}

fn sum(parts: &[(u32, Ratio)]) -> Option<Ratio> {
    parts.iter().try_fold(Ratio::ZERO, |sum, (_, part)| sum.add(*part))
}

/// A rounded sum over the keys of its parts, in proportion to what they are exactly.
fn spread(total: i128, parts: &[(u32, Ratio)], scale: u8) -> Vec<(u32, i128)> {
    let mut keys: Vec<(u32, Ratio)> = Vec::new();
    for (key, amount) in parts {
        match keys.iter_mut().find(|(known, _)| known == key) {
            Some((_, sum)) => *sum = sum.add(*amount).unwrap_or(*sum),
            None => keys.push((*key, *amount)),
        }
    }
    keys.sort_by_key(|(key, _)| *key);
    if let [(key, _)] = keys[..] {
        return vec![(key, total)];
    }
    // Where there is no room to be exact, the first has it.
    spread_by_floor(total, &keys, scale).unwrap_or_else(|| {
        keys.iter().enumerate().map(|(at, (key, _))| (*key, if at == 0 { total } else { 0 })).collect()
    })
}

/// A rounded sum over its parts, of whatever sign: each rounded down, and the rest to the largest remainders.
pub(super) fn spread_by_floor(total: i128, units: &[(u32, Ratio)], scale: u8) -> Option<Vec<(u32, i128)>> {
    let power = 10i128.checked_pow(u32::from(scale))?;
    let mut parts = Vec::with_capacity(units.len());
    let mut rests = Vec::with_capacity(units.len());
    for (place, (unit, amount)) in units.iter().enumerate() {
        let scaled = amount.mul(Ratio::integer(power))?;
        let floor = scaled.num().div_euclid(scaled.den());
        rests.push((scaled.sub(Ratio::integer(floor))?, place));
        parts.push((*unit, floor));
    }
    let left = total - parts.iter().map(|(_, part)| part).sum::<i128>();
    rests.sort_by(|(a, i), (b, j)| b.cmp(a).then(i.cmp(j)));
    for (_, place) in rests.iter().take(usize::try_from(left).ok()?) {
        parts[*place].1 += 1;
    }
    Some(parts)
}

impl Gap {
    /// Whether the time from one day to another is shorter.
    pub(super) fn exceeds(self, gone: i32, back: i32) -> bool {
        self.end(gone).is_none_or(|end| end > back)
    }

    /// Whether the time from one day to another is longer.
    pub(super) fn is_exceeded(self, gone: i32, back: i32) -> bool {
        self.end(gone).is_some_and(|end| end < back)
    }

    fn end(self, gone: i32) -> Option<i32> {
        match self {
            Self::Days(days) => gone.checked_add(i32::try_from(days).ok()?),
            Self::Months(months) => Date::from_days(gone).plus_months(i32::try_from(months).ok()?).map(Date::days),
        }
    }
}
