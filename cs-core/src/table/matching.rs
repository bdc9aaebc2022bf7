//! Finding the row of another table that holds the same account.
//!
//! Tables of two days mostly have one order, so the row after the last match is looked at first. Only
//! where that fails are the ids hashed, once.

use super::ids::{Slots, holds, id, kind};
use super::{Column, MAX_ROWS, Stack, Values};
use crate::error::{Code, Issue, Result};
use std::sync::OnceLock;

/// The account columns of one set of batches, in which accounts of other tables are found.
#[derive(Debug)]
pub(crate) struct Matcher<'a> {
    accounts: Stack<'a>,
    slots: OnceLock<Slots>,
}

impl<'a> Matcher<'a> {
    /// Takes the account columns, one per batch; no account should stand in two rows.
    ///
    /// # Errors
    /// `wrong_column_type` when the batches differ in type, so that their accounts cannot be compared;
    /// `too_many_rows` above [`MAX_ROWS`].
    pub(crate) fn new(name: &str, batches: &[Column<'a>]) -> Result<Self> {
        let matcher = Self { accounts: Stack::new(batches), slots: OnceLock::new() };
        if matcher.rows() > MAX_ROWS {
            let issue = Issue::new(Code::TooManyRows).value(matcher.rows());
            return Err(issue.expected(format!("at most {MAX_ROWS}")).into());
        }
        matcher.accepts(name, batches)?;
        Ok(matcher)
    }

    /// Checks that accounts of these columns can be found here.
    ///
    /// Whole numbers and floats can, and so can texts and categories.
    ///
    /// # Errors
    /// `wrong_column_type` when the accounts are of another type, such as texts where numbers are.
    pub(crate) fn accepts(&self, name: &str, columns: &[Column<'_>]) -> Result<()> {
        let Some(own) = self.accounts.batches().iter().find_map(family) else { return Ok(()) };
        let Some(other) = columns.iter().filter_map(family).find(|other| *other != own) else { return Ok(()) };
        let expected = format!("{}, as the accounts that they are matched with", own.0);
        Err(Issue::new(Code::WrongColumnType).column(name).value(other.0).expected(expected).into())
    }

    /// The row, counting through all batches, that holds the account of `column[row]`.
    ///
    /// The hinted row is looked at first: pass the row after the last match, so that tables of one order
    /// need no hash. A null matches nothing.
    #[inline]
    pub(crate) fn find(&self, column: &Column<'_>, row: usize, hint: usize) -> Option<u32> {
        if row >= column.len() || column.is_null(row) {
            return None;
        }
        let wanted = id(column, row);
        if hint < self.accounts.rows() && holds(&self.accounts, hint, wanted) {
            return u32::try_from(hint).ok();
        }
        let slots = self.slots.get_or_init(|| self.hash_all());
        slots.find(&self.accounts, wanted).ok().and_then(|row| u32::try_from(row).ok())
    }

    /// The rows of all batches.
    pub(crate) fn rows(&self) -> usize {
        self.accounts.rows()
    }

    fn hash_all(&self) -> Slots {
        let mut slots = Slots::new(self.accounts.rows());
        let mut start = 0;
        for column in self.accounts.batches() {
            for row in (0..column.len()).filter(|&row| !column.is_null(row)) {
                if let Err(gap) = slots.find(&self.accounts, id(column, row)) {
                    slots.fill(gap, start + row);
                }
            }
            start += column.len();
        }
        slots
    }
}

/// What kind of id a column holds; `None` when it holds no value.
fn family(column: &Column<'_>) -> Option<(&'static str, i64)> {
    match column.values() {
        _ if column.is_empty() => None,
        Values::Null(_) => None,
        Values::Int(_) | Values::F64(_) | Values::F32(_) | Values::Decimal { scale: 0, .. } => Some(("numbers", 0)),
        _ => Some(kind(column)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Bitmap, Dictionary, Ints, Text};
    use std::collections::HashMap;

    /// The matches of a column, each hinted with the row after the last one.
    fn matches(matcher: &Matcher<'_>, columns: &[Column<'_>]) -> Vec<Option<u32>> {
        let mut hint = 0;
        let mut find = |column: &Column<'_>, row| {
            let found = matcher.find(column, row, hint);
            hint = found.map_or(hint, |row| row as usize + 1);
            found
        };
        columns.iter().flat_map(|column| (0..column.len()).map(|row| find(column, row)).collect::<Vec<_>>()).collect()
    }

    fn hashed(matcher: &Matcher<'_>) -> bool {
        matcher.slots.get().is_some()
    }

    /// Distinct numbers in no order: a multiplicative walk through the 32-bit numbers.
    fn shuffled(count: u64) -> Vec<i64> {
        (0..count).map(|i| (i.wrapping_mul(2_654_435_761) % (1 << 32)) as i64).collect()
    }

    #[test]
    fn one_order_needs_no_hash() {
        let ids = shuffled(1_000);
        let matcher = Matcher::new("id", &[ids[..].into()]).unwrap();
        assert_eq!(matches(&matcher, &[ids[..].into()]), (0..1_000).map(Some).collect::<Vec<_>>());
        assert!(!hashed(&matcher));
        assert_eq!(matcher.rows(), 1_000);
    }

    #[test]
    fn finds_what_a_map_finds() {
        let before = shuffled(5_000);
        let rows: HashMap<i64, u32> = before.iter().zip(0..).map(|(id, row)| (*id, row)).collect();
        // Another order, every third account new.
        let after: Vec<i64> = before.iter().rev().map(|id| if id % 3 == 0 { -1 - id } else { *id }).collect();
        let expected: Vec<Option<u32>> = after.iter().map(|id| rows.get(id).copied()).collect();
        assert!(expected.iter().any(Option::is_none));
        let text = |ids: &[i64]| ids.iter().map(|id| format!("account number {id}")).collect::<Vec<_>>();
        let float = |ids: &[i64]| ids.iter().map(|&id| id as f64).collect::<Vec<_>>();
        let (texts, floats) = ((text(&before), text(&after)), (float(&before), float(&after)));
        for (before, after) in [
            (Column::from(&before[..]), Column::from(&after[..])),
            (Column::from(&texts.0[..]), Column::from(&texts.1[..])),
            (Column::from(&floats.0[..]), Column::from(&floats.1[..])),
            (Column::from(&before[..]), Column::from(&floats.1[..])),
            (Column::from(&floats.0[..]), Column::from(&after[..])),
        ] {
            let matcher = Matcher::new("id", &[before]).unwrap();
            matcher.accepts("id", &[after]).unwrap();
            assert_eq!(matches(&matcher, &[after]), expected);
            assert!(hashed(&matcher));
        }
    }

    #[test]
    fn rows_count_through_batches() {
        let ids = shuffled(1_000);
        let floats: Vec<f64> = ids[300..].iter().map(|&id| id as f64).collect();
        let matcher = Matcher::new("id", &[ids[..300].into(), ids[..0].into(), floats[..].into()]).unwrap();
        let expected: Vec<Option<u32>> = (0..1_000).map(Some).collect();
        assert_eq!(matches(&matcher, &[ids[..7].into(), ids[7..].into()]), expected);
        assert!(!hashed(&matcher));
        let back: Vec<i64> = ids.iter().rev().copied().collect();
        assert_eq!(matches(&matcher, &[back[..].into()]), expected.into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn categories_match_texts_and_nulls_match_nothing() {
        let keys = [2i32, 0, -1, 1];
        let words = Text::Strs(&["a", "b", ""]);
        let dictionary = Dictionary { keys: Ints::I32(&keys), words, words_validity: None };
        let categories = Column::all_valid(Values::Dictionary(dictionary));
        let matcher = Matcher::new("id", &[categories]).unwrap();
        let texts = Column::from(&["b", "a", "c", ""][..]);
        assert_eq!(matches(&matcher, &[texts]), [Some(3), Some(1), None, Some(0)]);
        let back = Matcher::new("id", &[texts]).unwrap();
        assert_eq!(matches(&back, &[categories]), [Some(3), Some(1), None, Some(0)]);
        // A null among texts, although its bytes would match.
        let text = Values::Text(Text::Strs(&["a", "b"]));
        let column = Column::new(text, Some(Bitmap::new(&[0b10], 0, 2).unwrap())).unwrap();
        let matcher = Matcher::new("id", &[column]).unwrap();
        assert_eq!(matches(&matcher, &[Column::from(&["a", "b"][..])]), [None, Some(1)]);
        assert_eq!(matches(&matcher, &[column]), [None, Some(1)]);
        assert_eq!(matcher.find(&column, 9, 0), None);
    }

    #[test]
    fn floats_match_the_numbers_that_they_are() {
        let floats = [-0.0, 2.5, f64::NAN, 3.0, (1u64 << 63) as f64, f64::INFINITY, 1e300];
        let matcher = Matcher::new("id", &[floats[..].into()]).unwrap();
        let large = [0u64, 1 << 63, 3, i64::MAX as u64, 2];
        let ints = Column::all_valid(Values::Int(Ints::U64(&large)));
        assert_eq!(matches(&matcher, &[ints]), [Some(0), Some(4), Some(3), None, None]);
        let decimals = Column::all_valid(Values::Decimal { values: &[3, 25], scale: 0 });
        matcher.accepts("id", &[decimals]).unwrap();
        assert_eq!(matches(&matcher, &[decimals]), [Some(3), None]);
        let again = matches(&matcher, &[floats[..].into()]);
        assert_eq!(again, [Some(0), Some(1), None, Some(3), Some(4), Some(5), Some(6)]);
        let singles = Column::all_valid(Values::F32(&[2.5, 3.0, 4.0]));
        assert_eq!(matches(&matcher, &[singles]), [Some(1), Some(3), None]);
    }

    #[test]
    fn accounts_of_different_types_are_refused() {
        let (numbers, texts) = (Column::from(&[1i64, 2][..]), Column::from(&["1", "2"][..]));
        let error = Matcher::new("id", &[numbers, texts]).unwrap_err();
        assert_eq!((error.code(), error.context().column.as_deref()), (Code::WrongColumnType, Some("id")));
        let matcher = Matcher::new("id", &[numbers]).unwrap();
        assert_eq!(matcher.accepts("id", &[texts]).unwrap_err().code(), Code::WrongColumnType);
        let decimals = Column::all_valid(Values::Decimal { values: &[100], scale: 2 });
        assert!(matcher.accepts("id", &[decimals]).is_err(), "1.00 is not told from 100");
        // What holds no value has no type.
        matcher.accepts("id", &[Column::all_valid(Values::Null(3)), Column::from(&[""; 0][..])]).unwrap();
        let empty = Matcher::new("id", &[]).unwrap();
        empty.accepts("id", &[texts]).unwrap();
        assert_eq!(matches(&empty, &[texts]), [None, None]);
    }
}
