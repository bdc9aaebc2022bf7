//! Account-months block by block: where accounts change, months as numbers, amounts in minor units.

use super::machine::{Machine, Rules};
use crate::calendar::{Date, Month, Zone};
use crate::money::{AmountReader, Amounts};
use crate::revenue::options::BookOptions;
use crate::table::{Column, Id, Ints, Text, Values, each_width, ends, id, mark_changes, wide};
use std::ops::Range;

/// Rows that are read at a time: what is read of them stays in the nearest cache.
const BLOCK: usize = 2_048;

/// How the rows stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By account, and there by month, each once.
    Sorted,
    /// In another order.
    Unsorted,
    /// Something in them is not plain.
    Strange,
}

/// One batch of a table of snapshots.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    pub(super) accounts: Column<'a>,
    months: Column<'a>,
    amounts: Column<'a>,
    reader: AmountReader<'a>,
}

/// A table of snapshots without nulls.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) batches: Vec<Batch<'a>>,
    zone: Option<Zone>,
    plain_ints: bool,
    scale: u8,
    exponent: u8,
    first: Month,
    last: Month,
    /// The first day of the first month, and the number of the month of each day from there on.
    start: i32,
    month_of_day: Vec<u16>,
}

/// What was read of some rows.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// Whether a row has another account than the row before.
    pub(super) changes: Vec<bool>,
    pub(super) months: Vec<u16>,
    /// Whether something happens in a row.
    events: Vec<bool>,
}

impl<'a> Source<'a> {
    /// Columns of all batches; `None` where there are nulls, or months that are none or too far apart.
    pub(super) fn new(
        accounts: Vec<Column<'a>>,
        months: Vec<Column<'a>>,
        amounts: Vec<Column<'a>>,
        options: &BookOptions,
        (scale, exponent): (u8, u8),
    ) -> Option<Self> {
        let how: Amounts = options.amounts;
        let mut batches = Vec::with_capacity(accounts.len());
        for ((accounts, months), amounts) in accounts.into_iter().zip(months).zip(amounts) {
            if [accounts, months, amounts].iter().any(Column::has_nulls) {
                return None;
            }
            batches.push(Batch { accounts, months, amounts, reader: AmountReader::new(amounts, how).ok()? });
        }
        let plain_ints = !how.integers_major && scale == exponent;
        let first = Month::of(Date::from_days(0))?;
        let mut source = Self {
            batches,
            zone: options.zone,
            plain_ints,
            scale,
            exponent,
            first,
            last: first,
            start: 0,
            month_of_day: Vec::new(),
        };
        (source.first, source.last) = source.find_extent()?;
        source.start = source.first.first_day()?.days();
        let months = source.last.months_since(source.first);
        if !(0..super::MOST_MONTHS).contains(&months) {
            return None;
        }
        for month in 0..=months {
            let days = source.first.plus(month).days();
            source.month_of_day.extend((0..days).map(|_| month as u16));
        }
        Some(source)
    }

    /// The first and the last month of the data.
    pub(super) fn extent(&self) -> (Month, Month) {
        (self.first, self.last)
    }

    /// So many months lie between the first row and the last.
    pub(super) fn months(&self) -> usize {
        usize::try_from(self.last.months_since(self.first)).unwrap_or(0) + 1
    }

    pub(super) fn rows(&self) -> usize {
        self.batches.iter().map(|batch| batch.accounts.len()).sum()
    }

    fn find_extent(&self) -> Option<(Month, Month)> {
        let mut extent: Option<(Month, Month)> = None;
        let mut add = |month: Month| {
            extent = Some(extent.map_or((month, month), |(first, last)| (first.min(month), last.max(month))));
        };
        for batch in &self.batches {
            if let Values::Date(days) = batch.months.values() {
                let Some((first, last)) = ends(days) else { continue };
                [first, last].into_iter().try_for_each(|day| Month::of(Date::from_days(day)).map(&mut add))?;
                continue;
            }
            let mut known: Option<Month> = None;
            for row in 0..batch.months.len() {
                let month = self.month(&batch.months, row)?;
                if known != Some(month) {
                    add(month);
                    known = Some(month);
                }
            }
        }
        extent
    }

    /// The month in a row, of any type of column.
    #[inline]
    fn month(&self, column: &Column<'_>, row: usize) -> Option<Month> {
        match column.text(row) {
            Some(text) => short_month(text).or_else(|| Month::parse_bytes(text)),
            None => Month::of(column.day(row, self.zone).ok().flatten()?),
        }
    }

    /// Calls with all rows, block by block, and the place of their batch; stops where `call` gives nothing.
    pub(super) fn each_block(&self, mut call: impl FnMut(usize, &Batch<'a>, Range<usize>) -> Option<()>) -> Option<()> {
        for (place, batch) in self.batches.iter().enumerate() {
            let rows = batch.accounts.len();
            for from in (0..rows).step_by(BLOCK) {
                call(place, batch, from..rows.min(from + BLOCK))?;
            }
        }
        Some(())
    }

    /// Reads months and amounts of some rows, the latter where they lie or into a buffer.
    pub(super) fn read<'b>(
        &self,
        batch: &Batch<'b>,
        rows: Range<usize>,
        months: &mut Vec<u16>,
        buffer: &'b mut Vec<i64>,
    ) -> Option<&'b [i64]> {
        self.read_months(&batch.months, rows.clone(), months)?;
        let amounts = match batch.amounts.values() {
            Values::Int(Ints::I64(values)) if self.plain_ints => values.get(rows)?,
            _ => {
                self.read_amounts(batch, rows, buffer)?;
                buffer
            }
        };
        // The sign of all at once.
        let signs = wide(|| amounts.iter().fold(0i64, |signs, amount| signs | amount));
        (signs >= 0).then_some(amounts)
    }

    fn read_months(&self, column: &Column<'_>, rows: Range<usize>, months: &mut Vec<u16>) -> Option<()> {
        months.clear();
        if let Values::Date(days) = column.values() {
            let numbers = &self.month_of_day;
            // All days were seen when the extent was found.
            let number = |day: &i32| numbers.get(day.wrapping_sub(self.start) as usize).copied().unwrap_or(u16::MAX);
            months.extend(days.get(rows)?.iter().map(number));
            return Some(());
        }
        for row in rows {
            let month = self.month(column, row)?;
            months.push(u16::try_from(month.months_since(self.first)).ok()?);
        }
        Some(())
    }

    /// Amounts in minor units; nothing where one is too large or too precise.
    fn read_amounts(&self, batch: &Batch<'_>, rows: Range<usize>, amounts: &mut Vec<i64>) -> Option<()> {
        amounts.clear();
        match batch.amounts.values() {
            Values::Decimal { values, scale } if u8::try_from(scale).is_ok_and(|scale| scale <= self.scale) => {
                let more = u32::from(self.scale - scale.unsigned_abs());
                let factor = 10i64.checked_pow(more)?;
                let values = values.get(rows)?;
                let most = i128::from(i64::MAX / factor);
                if values.iter().any(|value| *value > most || *value < 0) {
                    return None;
                }
                amounts.extend(values.iter().map(|value| *value as i64 * factor));
            }
            _ => {
                for row in rows {
                    amounts.push(batch.reader.minor(row, self.scale, self.exponent).ok().flatten()?);
                }
            }
        }
        Some(())
    }

    /// Reads all rows into the machine as they stand, as long as they are in order.
    pub(super) fn sorted<const FREE: bool>(&self, rules: &Rules, machine: &mut Machine<FREE>) -> Order {
        let mut block = Block::default();
        let (mut last_id, mut last_month, mut buffer) = (None, i32::MIN, Vec::new());
        let mut order = Order::Sorted;
        let read = self.each_block(|_, batch, rows| {
            let sorted = changes(&batch.accounts, rows.clone(), &mut last_id, &mut block.changes);
            if sorted {
                let amounts = self.read(batch, rows, &mut block.months, &mut buffer)?;
                if block.tell(amounts, rules.months as i32, &mut last_month, machine) {
                    return Some(());
                }
            }
            order = Order::Unsorted;
            None
        });
        machine.end();
        if read.is_none() && order == Order::Sorted { Order::Strange } else { order }
    }
}

impl Block {
    /// Tells the machine of the rows in which something happens: most are as the one before, a month later. `false` where
    /// a row is of a month that is not after that of the row before.
    fn tell<const FREE: bool>(
        &mut self,
        amounts: &[i64],
        months: i32,
        last_month: &mut i32,
        machine: &mut Machine<FREE>,
    ) -> bool {
        self.events.clear();
        self.events.extend_from_slice(&self.changes);
        mark_changes(amounts, &mut self.events);
        let pairs = self.months.iter().zip(self.months.iter().skip(1));
        let marks = self.events.iter_mut().skip(1).zip(pairs);
        wide(|| marks.for_each(|(mark, (before, month))| *mark |= *month != before.wrapping_add(1)));
        if let Some(first) = self.events.first_mut() {
            *first = true;
        }
        // What lies beyond the horizon is not told, and is not between what is.
        let beyond = self.months.iter().fold(0, |most, month| most.max(*month)) as i32 >= months;
        if beyond {
            self.events.fill(true);
        }
        for at in marked(&self.events) {
            let (month, amount) = (i32::from(self.months[at]), amounts[at]);
            let before = if at == 0 { *last_month } else { i32::from(self.months[at - 1]) };
            if at > 0 && !beyond {
                machine.reach(before);
            }
            if self.changes[at] {
                machine.end();
            } else if month <= before {
                return false;
            }
            if month < months {
                machine.row(month, amount);
            }
        }
        if let Some(month) = self.months.last() {
            *last_month = i32::from(*month);
            if !beyond {
                machine.reach(*last_month);
            }
        }
        true
    }
}

/// The places that are marked; of most eight that follow each other none is.
fn marked(marks: &[bool]) -> impl Iterator<Item = usize> {
    let eights = marks.chunks(8).enumerate().filter(|(_, eight)| **eight != [false; 8]);
    eights.flat_map(|(at, eight)| (at * 8..).zip(eight).filter(|(_, mark)| **mark).map(|(at, _)| at))
}

/// Reads `2026-10`.
fn short_month(text: &[u8]) -> Option<Month> {
    let [a, b, c, d, b'-', e, f] = text else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
    let year = digit(a)? * 1000 + digit(b)? * 100 + digit(c)? * 10 + digit(d)?;
    Month::new(year, u32::try_from(digit(e)? * 10 + digit(f)?).ok()?)
}

/// Sets where the account is another than in the row before; `false` where one comes after a greater one.
fn changes<'a>(column: &Column<'a>, rows: Range<usize>, last: &mut Option<Id<'a>>, changes: &mut Vec<bool>) -> bool {
    changes.clear();
    let (from, to) = (rows.start, rows.end);
    let first = id(column, from);
    let before = last.replace(id(column, to - 1));
    changes.push(before != Some(first));
    if before.is_some_and(|before| !in_order(before, first)) {
        return false;
    }
    match column.values() {
        Values::Int(ints) => each_width!(ints, values => {
            let Some(values) = values.get(rows) else { return false };
            changes.resize(values.len(), false);
            mark_changes(values, changes);
            let order = |at: &usize| *at == 0 || values.get(at - 1) <= values.get(*at);
            marked(changes).all(|at| order(&at))
        }),
        Values::Text(Text::Views { views, .. }) => {
            let Some(views) = views.get(rows) else { return false };
            changes.resize(views.len(), false);
            mark_changes(views, changes);
            // A text of up to twelve bytes stands in its view; a longer one may stand in two places.
            let short = wide(|| views.iter().fold(true, |short, view| short & (view[0] <= 12 && view[1..4] == [0; 3])));
            let ids = |at: usize| (id(column, from + at - 1), id(column, from + at));
            if short {
                return marked(changes).filter(|at| *at > 0).map(ids).all(|(a, b)| in_order(a, b));
            }
            let mut sorted = true;
            for (at, change) in changes.iter_mut().enumerate().skip(1) {
                let (a, b) = ids(at);
                *change = a != b;
                sorted &= in_order(a, b);
            }
            sorted
        }
        _ => {
            let mut sorted = true;
            let mut a = first;
            for row in from + 1..to {
                let b = id(column, row);
                let change = a != b;
                changes.push(change);
                sorted &= !change || in_order(a, b);
                a = b;
            }
            sorted
        }
    }
}

fn in_order(a: Id<'_>, b: Id<'_>) -> bool {
    match (a, b) {
        (Id::Number(a), Id::Number(b)) => a <= b,
        (Id::Text(a), Id::Text(b)) => a <= b,
        // Different batches may have different types.
        _ => false,
    }
}
