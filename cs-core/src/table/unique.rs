//! Finding an account that stands in two rows.
//!
//! Ids that rise strictly cannot repeat, which one pass sees. Else each id goes into an open hash
//! table of `u32`: the row in the low bits, a fingerprint of the hash in the rest, so that texts are
//! compared only where they are almost surely equal. For a million ids that is 8 MB.

use super::{Column, Values, each_width};
use crate::error::{Code, Issue, LISTED_ROWS};
use std::hash::{BuildHasher, Hasher};

/// Fixed, so that a run is the same everywhere; a chosen collision only makes the search slower.
const SEED: u64 = 0x5eed_c0de;

/// What makes two ids equal: their bytes or their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Id<'a> {
    Number(i128),
    Text(&'a [u8]),
}

/// The account columns of all batches, addressed by a row that counts through them.
struct Accounts<'a> {
    batches: &'a [Column<'a>],
    starts: Vec<usize>,
}

impl<'a> Accounts<'a> {
    fn new(batches: &'a [Column<'a>]) -> Self {
        let starts = batches.iter().scan(0, |end, column| {
            let start = *end;
            *end += column.len();
            Some(start)
        });
        Self { batches, starts: starts.collect() }
    }

    #[inline]
    fn id(&self, row: usize) -> Id<'a> {
        if let [column] = self.batches {
            return id(column, row);
        }
        let batch = self.starts.partition_point(|&start| start <= row).saturating_sub(1);
        id(&self.batches[batch], row - self.starts[batch])
    }
}

/// The id in one row; floats by their bits, with −0 as 0.
#[inline]
fn id<'a>(column: &Column<'a>, row: usize) -> Id<'a> {
    match column.values() {
        Values::Text(text) => Id::Text(text.get(row)),
        Values::Dictionary(dictionary) => Id::Text(dictionary.get(row).unwrap_or(&[])),
        Values::Int(ints) => Id::Number(ints.get(row)),
        Values::F64(values) => Id::Number(i128::from((values[row] + 0.0).to_bits())),
        Values::F32(values) => Id::Number(i128::from((f64::from(values[row]) + 0.0).to_bits())),
        Values::Date(values) => Id::Number(i128::from(values[row])),
        Values::Timestamp { values, .. } | Values::Duration { values, .. } => Id::Number(i128::from(values[row])),
        Values::Decimal { values, .. } => Id::Number(values[row]),
        Values::Bool(bools) => Id::Number(i128::from(bools.get(row))),
        Values::Null(_) => Id::Text(&[]),
    }
}

/// The first finding among the account columns of all batches: a null account, or one that stands in
/// two rows. Rows count through all batches.
pub(crate) fn check_accounts(name: &str, batches: &[Column<'_>]) -> Option<Issue> {
    let rows = batches.iter().map(Column::len).sum();
    null_account(name, batches).or_else(|| mixed_accounts(name, batches)).or_else(|| {
        if batches.iter().all(|column| rises(column)) && batches.len() == 1 {
            return None;
        }
        duplicate_account(name, &Accounts::new(batches), rows)
    })
}

fn null_account(name: &str, batches: &[Column<'_>]) -> Option<Issue> {
    let mut found = (Vec::new(), 0);
    let mut start = 0;
    for column in batches {
        let nullable = column.validity().is_some()
            || matches!(column.values(), Values::F64(_) | Values::F32(_) | Values::Dictionary(_) | Values::Null(_));
        if nullable {
            for row in (0..column.len()).filter(|&row| column.is_null(row)) {
                found.1 += 1;
                if found.0.len() < LISTED_ROWS {
                    found.0.push((start + row) as u64);
                }
            }
        }
        start += column.len();
    }
    (found.1 > 0).then(|| {
        Issue::new(Code::NullAccount)
            .column(name)
            .rows(found.0, found.1)
            .help("give every row an account, or leave the row out")
    })
}

/// Batches whose accounts are of different types cannot be told apart: 1 and 1.0, or 1.00 and 100.
fn mixed_accounts(name: &str, batches: &[Column<'_>]) -> Option<Issue> {
    let kind = |column: &Column<'_>| match column.values() {
        Values::Dictionary(_) => ("texts", 0),
        Values::Decimal { scale, .. } => ("decimals", i64::from(scale)),
        Values::Timestamp { unit, .. } => ("timestamps", unit.per_second()),
        Values::Duration { unit, .. } => ("durations", unit.per_second()),
        values => (values.type_name(), 0),
    };
    let mut filled = batches.iter().filter(|column| !column.is_empty());
    let first = kind(filled.next()?);
    let other = filled.map(kind).find(|other| *other != first)?;
    let expected = format!("{}, of one unit and scale, as in the first batch", first.0);
    Some(Issue::new(Code::WrongColumnType).column(name).value(other.0).expected(expected))
}

/// Whether the ids of a column rise strictly.
fn rises(column: &Column<'_>) -> bool {
    match column.values() {
        Values::Int(ints) => each_width!(ints, slice => slice.is_sorted_by(|a, b| a < b)),
        Values::Text(text) => (1..text.len()).all(|row| text.get(row - 1) < text.get(row)),
        _ => false,
    }
}

fn duplicate_account(name: &str, accounts: &Accounts<'_>, rows: usize) -> Option<Issue> {
    let mut first = Vec::new();
    let mut count = 0;
    let mut value = None;
    find_duplicates(accounts, rows, |earlier, later| {
        count += 1;
        if value.is_none() {
            value = Some((earlier, show(accounts.id(later))));
        }
        if first.len() < LISTED_ROWS {
            first.push(later as u64);
        }
    });
    let (earlier, text) = value?;
    Some(
        Issue::new(Code::DuplicateAccount)
            .column(name)
            .rows(first, count)
            .value(format!("{text}, which row {earlier} has already"))
            .help("a score is per account: aggregate the rows of an account first"),
    )
}

fn show(id: Id<'_>) -> String {
    match id {
        Id::Number(number) => number.to_string(),
        Id::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
    }
}

/// Calls `found(earlier, later)` for each row whose id stands in an earlier row.
fn find_duplicates(accounts: &Accounts<'_>, rows: usize, mut found: impl FnMut(usize, usize)) {
    let bits = usize::BITS - rows.leading_zeros(); // rows < 2^bits, and MAX_ROWS < 2^31
    let slots = 1usize << (bits + 1).min(32);
    let row_mask = ((1u64 << bits) - 1) as u32;
    let hasher = foldhash::fast::FixedState::with_seed(SEED);
    // A slot is empty (0) or holds row + 1 in the low bits and the fingerprint above them.
    let mut table = vec![0u32; slots];
    for row in 0..rows {
        let id = accounts.id(row);
        let hash = hash(&hasher, id);
        let fingerprint = ((hash >> 32) as u32) & !row_mask;
        let mut slot = hash as usize & (slots - 1);
        loop {
            let entry = table[slot];
            if entry == 0 {
                table[slot] = fingerprint | (row as u32 + 1);
                break;
            }
            let earlier = (entry & row_mask) as usize - 1;
            if entry & !row_mask == fingerprint && accounts.id(earlier) == id {
                found(earlier, row);
                break;
            }
            slot = (slot + 1) & (slots - 1);
        }
    }
}

#[inline]
fn hash(state: &foldhash::fast::FixedState, id: Id<'_>) -> u64 {
    let mut hasher = state.build_hasher();
    match id {
        Id::Number(number) => hasher.write_u128(number as u128),
        Id::Text(text) => hasher.write(text),
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn duplicates(batches: &[Column<'_>]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        let rows = batches.iter().map(Column::len).sum();
        find_duplicates(&Accounts::new(batches), rows, |a, b| out.push((a, b)));
        out
    }

    #[test]
    fn finds_what_a_map_finds() {
        // A small multiplicative walk makes ids with repeats, in no order.
        let ids: Vec<i64> = (0..5_000u64).map(|i| (i.wrapping_mul(2_654_435_761) % 3_000) as i64).collect();
        let mut seen = HashMap::new();
        let expected: Vec<(usize, usize)> = ids
            .iter()
            .enumerate()
            .filter_map(|(row, id)| match seen.entry(*id) {
                std::collections::hash_map::Entry::Occupied(first) => Some((*first.get(), row)),
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(row);
                    None
                }
            })
            .collect();
        assert!(!expected.is_empty());
        assert_eq!(duplicates(&[ids[..].into()]), expected);
        let texts: Vec<String> = ids.iter().map(|id| format!("account number {id}")).collect();
        assert_eq!(duplicates(&[texts[..].into()]), expected);
        assert_eq!(duplicates(&[ids[..1_234].into(), ids[1_234..1_234].into(), ids[1_234..].into()]), expected);
    }

    #[test]
    fn sizes_around_powers_of_two() {
        for rows in (0..70).chain([127, 128, 129, 1023, 1024, 1025]) {
            let ids: Vec<i64> = (0..rows).rev().collect();
            assert!(check_accounts("id", &[ids[..].into()]).is_none(), "{rows}");
            if rows > 1 {
                let mut ids = ids;
                let last = ids.len() - 1;
                ids[last] = ids[0];
                let issue = check_accounts("id", &[ids[..].into()]).unwrap();
                assert_eq!((issue.code, &issue.context.rows[..]), (Code::DuplicateAccount, &[last as u64][..]));
            }
        }
    }

    #[test]
    fn zero_and_minus_zero_are_one_account() {
        let ids = [0.0, -0.0];
        assert!(check_accounts("id", &[ids[..].into()]).is_some());
    }
}
