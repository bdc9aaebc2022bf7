//! Rows in any order, brought into that of accounts and months.
//!
//! Each row becomes eight bytes – the number of its account above its month above its amount –, which are sorted.

use super::decode::{Block, Source};
use super::machine::{Machine, Rules};
use crate::table::{Numbers, Stack};

/// So many bits hold all numbers below this one.
fn bits(count: usize) -> u32 {
    usize::BITS - count.leading_zeros()
}

/// Reads all rows into the machine; `None` where one account has two rows for a month, or the parts of a row are too large
/// for eight bytes: with ten million rows of ten years, an amount has room up to 2³³ minor units.
pub(super) fn run<const FREE: bool>(source: &Source<'_>, rules: &Rules, machine: &mut Machine<FREE>) -> Option<()> {
    let accounts: Vec<_> = source.batches.iter().map(|batch| batch.accounts).collect();
    let mut numbers = Numbers::new(Stack::new(&accounts));
    let month_bits = bits(source.months());
    let amount_bits = u64::BITS.checked_sub(bits(source.rows().max(numbers.len())) + month_bits)?;
    let mut packed: Vec<u64> = Vec::with_capacity(source.rows());
    let (mut block, mut ids, mut buffer) = (Block::default(), Vec::new(), Vec::new());
    source.each_block(|place, batch, rows| {
        numbers.read(place, rows.clone(), packed.len(), &mut ids);
        let amounts = source.read(batch, rows, &mut block.months, &mut buffer)?;
        let largest = amounts.iter().fold(0, |largest, amount| largest | amount);
        if largest.checked_shr(amount_bits).unwrap_or(0) != 0 {
            return None;
        }
        let parts = ids.iter().zip(&block.months).zip(amounts);
        packed.extend(parts.map(|((id, month), amount)| {
            (u64::from(*id) << month_bits | u64::from(*month)) << amount_bits | *amount as u64
        }));
        Some(())
    })?;
    packed.sort_unstable();
    let mask = (1 << amount_bits) - 1;
    let (mut last, months) = (u64::MAX, rules.months as u64);
    for row in packed {
        let place = row >> amount_bits;
        if place == last {
            return None;
        }
        if place >> month_bits != last >> month_bits {
            machine.end();
        }
        last = place;
        let month = place & ((1 << month_bits) - 1);
        if month < months {
            machine.row(month as i32, (row & mask) as i64);
        }
    }
    machine.end();
    Some(())
}
