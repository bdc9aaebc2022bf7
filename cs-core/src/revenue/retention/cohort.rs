//! Those live at the start of a window, and what became of them.

use super::super::book::Book;
use super::super::bridge::{Convert, Place, clusters};
use super::super::document::Policy;
use super::super::timeline::{State, Timelines};
use crate::error::Result;
use crate::money::split;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Sums over the customers live at the start of a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::revenue) struct Cohort {
    /// MRR at the start.
    pub(in crate::revenue) start: i128,
    /// MRR at the end, of the same customers.
    pub(in crate::revenue) end: i128,
    /// The lesser of start and end of each.
    pub(in crate::revenue) kept: i128,
    /// How many there were.
    pub(in crate::revenue) live: i64,
    /// How many of them are live at the end.
    pub(in crate::revenue) still: i64,
    /// A rate was missing.
    pub(in crate::revenue) missing: bool,
}

impl Cohort {
    /// The sums as JSON; amounts are texts, since JSON has no whole numbers of their size.
    pub(in crate::revenue) fn to_value(self) -> Value {
        let text = |amount: i128| amount.to_string();
        json!([text(self.start), text(self.end), text(self.kept), self.live, self.still, self.missing])
    }

    pub(in crate::revenue) fn of_value(value: &Value) -> Option<Self> {
        let amount = |at: usize| value[at].as_str()?.parse().ok();
        Some(Self {
            start: amount(0)?,
            end: amount(1)?,
            kept: amount(2)?,
            live: value[3].as_i64()?,
            still: value[4].as_i64()?,
            missing: value[5].as_bool()?,
        })
    }

    pub(in crate::revenue) fn merge(&mut self, other: &Self) {
        self.start += other.start;
        self.end += other.end;
        self.kept += other.kept;
        self.live = self.live.saturating_add(other.live);
        self.still = self.still.saturating_add(other.still);
        self.missing |= other.missing;
    }
}

/// A customer by a key of its start: what it paid, what it pays, and the lesser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::revenue) struct Kept {
    pub(in crate::revenue) key: u32,
    pub(in crate::revenue) start: i128,
    pub(in crate::revenue) end: i128,
    pub(in crate::revenue) kept: i128,
}

/// A customer by the keys that it had at the start. What moves between keys stays with them.
pub(in crate::revenue) fn kept(before: &State, after: &State) -> Vec<Kept> {
    let change = after.total() - before.total();
    let at = |key: u32| after.cells.iter().filter(|cell| cell.key == key).map(|cell| cell.minor).sum::<i128>();
    let starts: Vec<(u32, i128)> = before.cells.iter().map(|cell| (cell.key, cell.minor)).collect();
    let falls: Vec<i128> = starts.iter().map(|(key, start)| (start - at(*key)).max(0)).collect();
    let rises: Vec<i128> = starts.iter().map(|(key, start)| (at(*key) - start).max(0)).collect();
    let own: Vec<i128> = starts.iter().map(|(_, start)| (*start).max(0)).collect();
    let share = |total: i128, weights: &[i128]| {
        if starts.len() == 1 { Some(vec![total]) } else { split(total, weights) }
    };
    let moved = if change < 0 { share(change, &falls) } else { share(change, &rises).or_else(|| share(change, &own)) };
    // Where there is nothing to go by, the first has it.
    let moved = moved.unwrap_or_else(|| (0..starts.len()).map(|at| if at == 0 { change } else { 0 }).collect());
    let line = |((key, start), moved): (&(u32, i128), i128)| Kept {
        key: *key,
        start: *start,
        end: start + moved,
        kept: start + moved.min(0),
    };
    starts.iter().zip(moved).map(line).collect()
}

/// The sums of a window, by place.
///
/// # Errors
/// `missing_rate`, `amount_too_large`.
pub(in crate::revenue) fn cohort(
    policy: &Policy,
    book: &Book,
    (from, to): (i32, i32),
) -> Result<BTreeMap<Place, Cohort>> {
    let mut sums = BTreeMap::new();
    each(policy, book, (from, to), |_, place, line, live, still| {
        let sum: &mut Cohort = sums.entry(place).or_default();
        let Some(line) = line else {
            sum.missing = true;
            return;
        };
        sum.start += line.start;
        sum.end += line.end;
        sum.kept += line.kept;
        sum.live += i64::from(live);
        sum.still += i64::from(live && still);
    })?;
    Ok(sums)
}

/// Calls with each customer that was live at the start, for each of its keys: its first unit, its place, its amounts (none
/// where a rate is missing), whether it counts there, and whether it is live at the end.
///
/// # Errors
/// `missing_rate`, `amount_too_large`.
pub(in crate::revenue) fn each(
    policy: &Policy,
    book: &Book,
    (from, to): (i32, i32),
    mut call: impl FnMut(u32, Place, Option<Kept>, bool, bool),
) -> Result<()> {
    let convert = Convert::new(policy, book);
    let timelines = Timelines::new(policy, book, &[from - 1, to - 1])?;
    let day = convert.movement_day(from - 1, to - 1);
    for cluster in clusters(book) {
        for units in joined(book, &cluster, to - 1) {
            let on = |day| units.iter().map(|unit| timelines.at(*unit, day)).fold(State::default(), |a, b| a.plus(&b));
            let before = on(from - 1);
            if !before.live {
                continue;
            }
            let after = on(to - 1);
            let place = |currency, key: u32| {
                let keys = book.keys.get(key as usize).map_or(&[][..], Vec::as_slice);
                Place::new(convert.currency(currency), keys)
            };
            let unit = units.first().copied().unwrap_or(0);
            let (Some(first), Some(last)) = (convert.at(&before, day)?, convert.at(&after, day)?) else {
                for cell in &before.cells {
                    call(unit, place(0, cell.key), None, true, after.live);
                }
                continue;
            };
            let currency = first.cells.first().map_or(0, |cell| cell.currency);
            let alone = first.cells.len() == 1;
            for line in kept(&first, &last) {
                call(unit, place(currency, line.key), Some(line), alone || line.start > 0, after.live);
            }
        }
    }
    Ok(())
}

/// The units of a cluster that are one customer by a day.
fn joined(book: &Book, cluster: &[u32], day: i32) -> Vec<Vec<u32>> {
    let groups = super::super::bridge::groups(book, cluster, day);
    groups.into_iter().map(|group| group.into_iter().map(|member| cluster[member]).collect()).collect()
}
