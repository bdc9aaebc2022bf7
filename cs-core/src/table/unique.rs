//! Finding an account that stands in two rows.
//!
//! Ids that rise strictly cannot repeat, which one pass sees. Else each id goes into a hash table.

use super::ids::{Slots, id_at, kind};
use super::{Column, Stack, Values, each_width};
use crate::error::{Code, Issue, LISTED_ROWS};

/// The first finding among the account columns of all batches: a null account, or one that stands in
/// two rows. Rows count through all batches.
pub(crate) fn check_accounts(name: &str, batches: &[Column<'_>]) -> Option<Issue> {
    null_account(name, batches).or_else(|| mixed_accounts(name, batches)).or_else(|| {
        if batches.iter().all(|column| rises(column)) && batches.len() == 1 {
            return None;
        }
        duplicate_account(name, &Stack::new(batches))
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

fn duplicate_account(name: &str, accounts: &Stack<'_>) -> Option<Issue> {
    let mut first = Vec::new();
    let mut count = 0;
    let mut value = None;
    find_duplicates(accounts, |earlier, later| {
        count += 1;
        if value.is_none() {
            value = Some((earlier, show(accounts, later)));
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

/// The account in a row as a message shows it: texts in quotes.
fn show(accounts: &Stack<'_>, row: usize) -> String {
    let (column, row) = accounts.place(row);
    match column.text(row) {
        Some(text) => format!("{:?}", String::from_utf8_lossy(text)),
        None => column.display(row).unwrap_or_default(),
    }
}

/// Calls `found(earlier, later)` for each row whose id stands in an earlier row.
fn find_duplicates(accounts: &Stack<'_>, mut found: impl FnMut(usize, usize)) {
    let mut slots = Slots::new(accounts.rows());
    for row in 0..accounts.rows() {
        match slots.find(accounts, id_at(accounts, row)) {
            Ok(earlier) => found(earlier, row),
            Err(gap) => slots.fill(gap, row),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn duplicates(batches: &[Column<'_>]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        find_duplicates(&Stack::new(batches), |a, b| out.push((a, b)));
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

    #[test]
    fn a_repeated_account_is_shown_as_it_stands() {
        let shown = |column: Column<'_>| check_accounts("id", &[column]).unwrap().context.value.unwrap();
        assert_eq!(shown([2.5, 2.5][..].into()), "2.5, which row 0 has already");
        assert_eq!(shown([7i64, 7][..].into()), "7, which row 0 has already");
        assert_eq!(shown(["a", "a"][..].into()), "\"a\", which row 0 has already");
    }
}
