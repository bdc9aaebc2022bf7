//! Rows in any order, brought into that of accounts.
//!
//! Each row becomes eight bytes, its month above its amount, that are put where the rows of its account belong. Rows of
//! some accounts at a time would need less memory, but more passes.

#![allow(clippy::unnecessary_cast)] // one text for all widths

use super::decode::{Batch, Block, Source};
use super::machine::{Machine, Rules};
use crate::table::{Interner, Ints, Stack, Values, each_width};
use std::ops::Range;

/// The bits of an amount in a packed row; larger ones are left to the general path.
const AMOUNT_BITS: u32 = 48;

/// Reads all rows into the machine; `None` where one account has two rows for a month, or something is not plain.
pub(super) fn run<const FREE: bool>(source: &Source<'_>, rules: &Rules, machine: &mut Machine<FREE>) -> Option<()> {
    let mut numbers = Numbers::new(source);
    let mut ids: Vec<u32> = Vec::new();
    let mut counts: Vec<u32> = Vec::new();
    let mut start = 0;
    source.each_block(|batch, rows| {
        start += numbers.read(batch, rows, start, &mut ids)?;
        for id in &ids {
            let id = *id as usize;
            if id >= counts.len() {
                counts.resize((id + 1).next_power_of_two(), 0);
            }
            counts[id] += 1;
        }
        Some(())
    })?;
    let packed = pack(source, &mut numbers, &mut counts)?;
    // Now each count is where the rows of its account end.
    let mut slots = Slots::new(rules.months.max(source.months()));
    let mut from = 0;
    for to in counts {
        let rows = packed.get(from..to as usize)?;
        from = to as usize;
        if !rows.is_empty() {
            slots.tell(rows, rules.months, machine)?;
        }
    }
    Some(())
}

/// The rows packed, account by account. Counts of rows become ends of accounts.
fn pack(source: &Source<'_>, numbers: &mut Numbers<'_>, counts: &mut [u32]) -> Option<Vec<u64>> {
    let mut start = 0u32;
    for count in counts.iter_mut() {
        start += std::mem::replace(count, start);
    }
    let mut packed = vec![0u64; source.rows()];
    let mut block = Block::default();
    let mut ids: Vec<u32> = Vec::new();
    let mut row = 0;
    source.each_block(|batch, rows| {
        row += numbers.read(batch, rows.clone(), row, &mut ids)?;
        source.read(batch, rows, &mut block)?;
        let largest = block.amounts.iter().fold(0, |largest, amount| largest | amount);
        if largest >> AMOUNT_BITS != 0 {
            return None;
        }
        for ((id, month), amount) in ids.iter().zip(&block.months).zip(&block.amounts) {
            let place = counts.get_mut(*id as usize)?;
            *packed.get_mut(*place as usize)? = u64::from(*month) << AMOUNT_BITS | *amount as u64;
            *place += 1;
        }
        Some(())
    })?;
    Some(packed)
}

/// The rows of one account by month.
struct Slots {
    amounts: Vec<i64>,
    filled: Vec<u64>,
    sorted: Vec<u64>,
}

impl Slots {
    fn new(months: usize) -> Self {
        Self { amounts: vec![0; months], filled: vec![0; months.div_ceil(64)], sorted: Vec::new() }
    }

    fn tell<const FREE: bool>(&mut self, rows: &[u64], months: usize, machine: &mut Machine<FREE>) -> Option<()> {
        let amount = |row: u64| (row & ((1 << AMOUNT_BITS) - 1)) as i64;
        if self.filled.len() > 4 {
            // Few rows in many months are sorted faster than they are put into slots.
            self.sorted.clear();
            self.sorted.extend_from_slice(rows);
            self.sorted.sort_unstable();
            if self.sorted.windows(2).any(|pair| pair[0] >> AMOUNT_BITS == pair[1] >> AMOUNT_BITS) {
                return None;
            }
            for row in &self.sorted {
                let month = (row >> AMOUNT_BITS) as usize;
                if month < months {
                    machine.row(month as i32, amount(*row));
                }
            }
            machine.end();
            return Some(());
        }
        let mut twice = 0;
        for row in rows {
            let month = (row >> AMOUNT_BITS) as usize;
            let word = self.filled.get_mut(month / 64)?;
            twice |= *word & 1 << (month % 64);
            *word |= 1 << (month % 64);
            *self.amounts.get_mut(month)? = amount(*row);
        }
        if twice != 0 {
            return None;
        }
        for (at, word) in self.filled.iter_mut().enumerate() {
            while *word != 0 {
                let month = at * 64 + word.trailing_zeros() as usize;
                *word &= *word - 1;
                if month < months {
                    machine.row(month as i32, self.amounts[month]);
                }
            }
        }
        machine.end();
        Some(())
    }
}

/// Accounts as small numbers.
enum Numbers<'a> {
    /// Whole numbers that are close together, less the least.
    Close { least: i128 },
    /// Whole numbers in a hash table.
    Whole(Whole),
    /// Anything else.
    Other(Interner<'a>),
}

/// So many numbers at most are counted without a table.
const CLOSE: i128 = 1 << 22;

impl<'a> Numbers<'a> {
    fn new(source: &Source<'a>) -> Self {
        let mut extent: Option<(i128, i128)> = None;
        for batch in &source.batches {
            let Values::Int(ints) = batch.accounts.values() else {
                let columns: Vec<_> = source.batches.iter().map(|batch| batch.accounts).collect();
                return Self::Other(Interner::new(Stack::new(&columns)));
            };
            let own = each_width!(ints, values => {
                values.iter().min().zip(values.iter().max()).map(|(a, b)| (i128::from(*a), i128::from(*b)))
            });
            let Some((low, high)) = own else { continue };
            extent = Some(extent.map_or((low, high), |(least, most)| (least.min(low), most.max(high))));
        }
        match extent {
            Some((least, most)) if most - least < CLOSE => Self::Close { least },
            _ => Self::Whole(Whole::new()),
        }
    }

    /// The numbers of some rows, the first of which is so far down in the table; how many there are.
    fn read(&mut self, batch: &Batch<'_>, rows: Range<usize>, start: usize, ids: &mut Vec<u32>) -> Option<usize> {
        ids.clear();
        let count = rows.len();
        match self {
            Self::Other(interner) => ids.extend((start..start + count).map(|row| interner.intern(row))),
            Self::Close { least } => {
                let Values::Int(ints) = batch.accounts.values() else { return None };
                let least = *least as i64;
                match ints {
                    // The common type without a detour.
                    Ints::I64(values) => {
                        ids.extend(values.get(rows)?.iter().map(|value| value.wrapping_sub(least) as u32));
                    }
                    _ => each_width!(ints, values => {
                        ids.extend(values.get(rows)?.iter().map(|value| (*value as i64).wrapping_sub(least) as u32));
                    }),
                }
            }
            Self::Whole(table) => {
                let Values::Int(ints) = batch.accounts.values() else { return None };
                each_width!(ints, values => {
                    ids.extend(values.get(rows)?.iter().map(|value| table.number(*value as i64)));
                });
            }
        }
        Some(count)
    }
}

/// An open hash table of whole numbers. Those of different types that share 64 bits, −1 and 2⁶⁴ − 1, do not meet: the
/// batches of one column are of one type, or the general path tells them apart.
struct Whole {
    /// A slot is empty (number 0) or holds an id and its number + 1.
    slots: Vec<(i64, u32)>,
    len: u32,
}

impl Whole {
    fn new() -> Self {
        Self { slots: vec![(0, 0); 1 << 12], len: 0 }
    }

    #[inline]
    fn slot(id: i64, mask: usize) -> usize {
        // The high half of a product depends on all bits.
        let product = u128::from(id as u64 ^ 0x9e37_79b9_7f4a_7c15) * 0xa076_1d64_78bd_642f;
        ((product >> 64) as usize ^ product as usize) & mask
    }

    #[inline]
    fn number(&mut self, id: i64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut slot = Self::slot(id, mask);
        loop {
            let (known, number) = self.slots[slot];
            if number == 0 {
                return self.add(slot, id);
            }
            if known == id {
                return number - 1;
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, slot: usize, id: i64) -> u32 {
        self.len += 1;
        self.slots[slot] = (id, self.len);
        let number = self.len - 1;
        if self.len as usize * 2 > self.slots.len() {
            let old = std::mem::take(&mut self.slots);
            let mut slots = vec![(0, 0); old.len() * 2];
            let mask = slots.len() - 1;
            for (id, number) in old.into_iter().filter(|(_, number)| *number != 0) {
                let mut slot = Self::slot(id, mask);
                while slots[slot].1 != 0 {
                    slot = (slot + 1) & mask;
                }
                slots[slot] = (id, number);
            }
            self.slots = slots;
        }
        number
    }
}
