//! Ids of accounts: what makes two equal, and a hash table of the rows that hold them.
//!
//! The table is open and of `u32`: the row in the low bits, a fingerprint of the hash in the rest, so
//! that texts are compared only where they are almost surely equal. For a million ids that is 8 MB.

use super::{Column, Stack, Values};
use std::hash::{BuildHasher, Hasher};

/// Fixed, so that a run is the same everywhere; a chosen collision only makes the search slower.
const SEED: u64 = 0x5eed_c0de;

/// What makes two ids equal: their bytes or their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Id<'a> {
    Number(i128),
    Text(&'a [u8]),
}

/// The id in one row. Floats that are whole equal whole numbers; categories equal texts.
#[inline]
pub(crate) fn id<'a>(column: &Column<'a>, row: usize) -> Id<'a> {
    match column.values() {
        Values::Text(text) => Id::Text(text.get(row)),
        Values::Dictionary(dictionary) => Id::Text(dictionary.get(row).unwrap_or(&[])),
        Values::Int(ints) => Id::Number(ints.get(row)),
        Values::F64(values) => float(values[row]),
        Values::F32(values) => float(f64::from(values[row])),
        Values::Date(values) => Id::Number(i128::from(values[row])),
        Values::Timestamp { values, .. } | Values::Duration { values, .. } => Id::Number(i128::from(values[row])),
        Values::Decimal { values, .. } => Id::Number(values[row]),
        Values::Bool(bools) => Id::Number(i128::from(bools.get(row))),
        Values::Null(_) => Id::Text(&[]),
    }
}

/// The id in a row that counts through all batches.
#[inline]
pub(super) fn id_at<'a>(accounts: &Stack<'a>, row: usize) -> Id<'a> {
    let (column, row) = accounts.place(row);
    id(column, row)
}

/// Whether a row holds this id; a null holds none.
#[inline]
pub(super) fn holds(accounts: &Stack<'_>, row: usize, wanted: Id<'_>) -> bool {
    let (column, row) = accounts.place(row);
    id(column, row) == wanted && !column.is_null(row)
}

/// The id of a float: its number where it is whole, so that −0 is 0; else its bits, below all numbers.
#[inline]
fn float<'a>(x: f64) -> Id<'a> {
    let whole = x as i64;
    // 2⁶³ is whole, but not in 64 bits.
    if whole as f64 == x && whole != i64::MAX { Id::Number(i128::from(whole)) } else { large_or_broken(x) }
}

fn large_or_broken<'a>(x: f64) -> Id<'a> {
    /// 2¹²⁶; floats from 2⁶³ on are all whole.
    const FITS: f64 = 8.507_059_173_023_462e37;
    let large = (9.2e18..FITS).contains(&x.abs());
    Id::Number(if large { x as i128 } else { i128::MIN + i128::from(x.to_bits()) })
}

/// The type of an account column, in words, with what else must agree: unit or scale.
pub(super) fn kind(column: &Column<'_>) -> (&'static str, i64) {
    match column.values() {
        Values::Dictionary(_) => ("texts", 0),
        Values::Decimal { scale, .. } => ("decimals", i64::from(scale)),
        Values::Timestamp { unit, .. } => ("timestamps", unit.per_second()),
        Values::Duration { unit, .. } => ("durations", unit.per_second()),
        values => (values.type_name(), 0),
    }
}

/// A hash table of rows, by the ids that they hold.
#[derive(Debug)]
pub(super) struct Slots {
    /// A slot is empty (0) or holds row + 1 in the low bits and the fingerprint above them.
    table: Vec<u32>,
    row_mask: u32,
    hasher: foldhash::fast::FixedState,
}

/// Where an id would stand in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    slot: usize,
    fingerprint: u32,
}

impl Slots {
    /// A table with room for so many rows, at most [`MAX_ROWS`](super::MAX_ROWS).
    pub(super) fn new(rows: usize) -> Self {
        let bits = usize::BITS - rows.leading_zeros(); // rows < 2^bits, and MAX_ROWS < 2^31
        let slots = 1usize << (bits + 1).min(32);
        let row_mask = ((1u64 << bits) - 1) as u32;
        let hasher = foldhash::fast::FixedState::with_seed(SEED);
        Self { table: vec![0; slots], row_mask, hasher }
    }

    /// The row that holds this id, or the gap where it would stand.
    #[inline]
    pub(super) fn find(&self, accounts: &Stack<'_>, id: Id<'_>) -> Result<usize, Gap> {
        let hash = hash(&self.hasher, id);
        let fingerprint = ((hash >> 32) as u32) & !self.row_mask;
        let mut slot = hash as usize & (self.table.len() - 1);
        loop {
            let entry = self.table[slot];
            if entry == 0 {
                return Err(Gap { slot, fingerprint });
            }
            let row = (entry & self.row_mask) as usize - 1;
            if entry & !self.row_mask == fingerprint && id_at(accounts, row) == id {
                return Ok(row);
            }
            // At least half of the slots are empty, so the search ends.
            slot = (slot + 1) & (self.table.len() - 1);
        }
    }

    /// Puts a row into the gap that was found for its id.
    #[inline]
    pub(super) fn fill(&mut self, gap: Gap, row: usize) {
        self.table[gap.slot] = gap.fingerprint | (row as u32 + 1);
    }
}

#[inline]
pub(super) fn hash(state: &foldhash::fast::FixedState, id: Id<'_>) -> u64 {
    let mut hasher = state.build_hasher();
    match id {
        Id::Number(number) => hasher.write_u128(number as u128),
        Id::Text(text) => hasher.write(text),
    }
    hasher.finish()
}
