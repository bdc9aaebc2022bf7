//! The ids of a column as small numbers, block by block.
//!
//! Unlike an [`Interner`], which looks back into the column, the tables here hold what they compare with, so that a row
//! costs one look into memory that is as large as the ids and not as the rows.

#![allow(clippy::unnecessary_cast)] // one text for all widths

use super::{Column, Dictionary, Interner, Ints, Stack, Values, each_width, ends, wide};
use std::hash::{BuildHasher, Hasher};
use std::hint::black_box;
use std::ops::Range;

/// So far apart may whole numbers lie that are counted without a table.
const CLOSE: i128 = 1 << 22;

/// Fixed, so that a run is the same everywhere; a chosen collision only makes the search slower.
const SEED: u64 = 0x6e75;

/// Rows whose slots are looked at before any of them is compared. A comparison waits for its slot, and a wrong guess of how
/// it ends throws away what was begun behind it; looks alone wait for memory together.
const AHEAD: usize = 64;

/// No number yet.
const NONE: u32 = u32::MAX;

/// Numbers the distinct ids of a column of several batches. An id has one number, however often it is read.
#[derive(Debug)]
pub(crate) struct Numbers<'a> {
    batches: Vec<Column<'a>>,
    how: How<'a>,
    len: usize,
}

#[derive(Debug)]
enum How<'a> {
    /// Whole numbers that are close together, less the least; some may not occur.
    Close(i64),
    Whole(Whole),
    Named(Named),
    Other(Interner<'a>),
}

impl<'a> Numbers<'a> {
    pub(crate) fn new(column: Stack<'a>) -> Self {
        let batches = column.batches().to_vec();
        let texts = |column: &Column<'_>| matches!(column.values(), Values::Text(_) | Values::Dictionary(_));
        let (how, len) = if batches.iter().all(texts) {
            (How::Named(Named::new()), 0)
        } else {
            match extent(&batches) {
                None => (How::Other(Interner::new(column)), 0),
                Some((least, most)) if most - least < CLOSE => (How::Close(least as i64), (most - least + 1) as usize),
                Some(_) => (How::Whole(Whole::new()), 0),
            }
        };
        Self { batches, how, len }
    }

    /// All numbers that were handed out are below this one.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The numbers of some rows of a batch, the first of which is so far down in all batches.
    pub(crate) fn read(&mut self, batch: usize, rows: Range<usize>, start: usize, out: &mut Vec<u32>) {
        out.clear();
        let Some(column) = self.batches.get(batch) else { return };
        match (&mut self.how, column.values()) {
            (How::Close(least), Values::Int(ints)) => {
                let least = *least;
                each_width!(ints, values => {
                    let values = values.get(rows).unwrap_or_default();
                    wide(|| out.extend(values.iter().map(|value| (*value as i64).wrapping_sub(least) as u32)));
                });
            }
            (How::Whole(table), Values::Int(ints)) => {
                each_width!(ints, values => {
                    for values in values.get(rows).unwrap_or_default().chunks(AHEAD) {
                        table.touch(values.iter().map(|value| *value as i64));
                        out.extend(values.iter().map(|value| table.number(*value as i64)));
                    }
                });
                self.len = table.len as usize;
            }
            (How::Named(table), Values::Text(text)) => {
                for from in rows.clone().step_by(AHEAD) {
                    let rows = from..rows.end.min(from + AHEAD);
                    table.look_ahead(rows.clone().map(|row| text.get(row)));
                    out.extend(rows.enumerate().map(|(at, row)| {
                        let hash = table.ahead.get(at).copied().unwrap_or(0);
                        table.hashed(hash, text.get(row))
                    }));
                }
                self.len = table.ends.len();
            }
            (How::Named(table), Values::Dictionary(dictionary)) => {
                table.enter(batch, dictionary.words.len());
                out.extend(rows.map(|row| table.word(&dictionary, row)));
                self.len = table.ends.len();
            }
            (How::Other(table), _) => {
                out.extend((start..start + rows.len()).map(|row| table.intern(row)));
                self.len = out.iter().fold(self.len, |len, number| len.max(*number as usize + 1));
            }
            // The batches are those that the kind was chosen by.
            _ => {}
        }
    }
}

/// The least and the greatest number; `None` unless all batches are whole numbers that 64 bits tell apart.
fn extent(batches: &[Column<'_>]) -> Option<(i128, i128)> {
    let mut extent: Option<(i128, i128)> = None;
    let mut unsigned = None;
    for column in batches {
        let Values::Int(ints) = column.values() else { return None };
        let own = matches!(ints, Ints::U64(_));
        if *unsigned.get_or_insert(own) != own {
            return None;
        }
        let ends = each_width!(ints, values => {
            ends(values).map(|(low, high)| (i128::from(low), i128::from(high)))
        });
        let Some((low, high)) = ends else { continue };
        extent = Some(extent.map_or((low, high), |(least, most)| (least.min(low), most.max(high))));
    }
    extent
}

/// An open hash table of whole numbers.
#[derive(Debug)]
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

    /// Brings the slots of some ids into the cache.
    #[inline]
    fn touch(&self, ids: impl Iterator<Item = i64>) {
        let mask = self.slots.len() - 1;
        black_box(ids.fold(0, |seen, id| seen ^ self.slots[Self::slot(id, mask)].1));
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
            // At least half of the slots are empty, so the search ends.
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, slot: usize, id: i64) -> u32 {
        self.len += 1; // a table has fewer rows than 2³¹
        self.slots[slot] = (id, self.len);
        if self.len as usize * 2 > self.slots.len() {
            let mut slots = vec![(0, 0); self.slots.len() * 2];
            let mask = slots.len() - 1;
            for (id, number) in self.slots.iter().filter(|(_, number)| *number != 0) {
                let mut slot = Self::slot(*id, mask);
                while slots[slot].1 != 0 {
                    slot = (slot + 1) & mask;
                }
                slots[slot] = (*id, *number);
            }
            self.slots = slots;
        }
        self.len - 1
    }
}

/// An open hash table of texts, which it keeps one after another.
#[derive(Debug)]
struct Named {
    /// A slot is empty (0) or holds the upper half of the hash above number + 1.
    slots: Vec<u64>,
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<usize>,
    hasher: foldhash::fast::FixedState,
    /// The batch of categories that is read, and the numbers of its words.
    batch: usize,
    words: Vec<u32>,
    /// The hashes of the texts that come next.
    ahead: Vec<u64>,
}

const UPPER: u64 = 0xffff_ffff_0000_0000;

impl Named {
    fn new() -> Self {
        let hasher = foldhash::fast::FixedState::with_seed(SEED);
        let (bytes, ends, words, ahead) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { slots: vec![0; 1 << 12], bytes, ends, hasher, batch: usize::MAX, words, ahead }
    }

    #[inline]
    fn hash(&self, text: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text);
        hasher.finish()
    }

    #[inline]
    fn text(&self, number: usize) -> &[u8] {
        let from = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.bytes[from..self.ends[number]]
    }

    /// Hashes some texts, and brings their slots and what they are compared with into the cache.
    #[inline]
    fn look_ahead<'t>(&mut self, texts: impl Iterator<Item = &'t [u8]>) {
        let mut ahead = std::mem::take(&mut self.ahead);
        ahead.clear();
        ahead.extend(texts.map(|text| self.hash(text)));
        let mask = self.slots.len() - 1;
        let number = |hash: &u64| (self.slots[*hash as usize & mask] as u32 as usize).wrapping_sub(1);
        let end = |hash: &u64| self.ends.get(number(hash)).copied().unwrap_or(0);
        black_box(ahead.iter().fold(0, |seen, hash| seen ^ self.bytes.get(end(hash)).copied().unwrap_or(0)));
        self.ahead = ahead;
    }

    #[inline]
    fn number(&mut self, text: &[u8]) -> u32 {
        self.hashed(self.hash(text), text)
    }

    #[inline]
    fn hashed(&mut self, hash: u64, text: &[u8]) -> u32 {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return self.add(slot, hash, text);
            }
            let number = entry as u32 - 1;
            if entry & UPPER == hash & UPPER && self.text(number as usize) == text {
                return number;
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, slot: usize, hash: u64, text: &[u8]) -> u32 {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.slots[slot] = hash & UPPER | self.ends.len() as u64;
        if self.ends.len() * 2 > self.slots.len() {
            let mut slots = vec![0u64; self.slots.len() * 2];
            let mask = slots.len() - 1;
            for number in 0..self.ends.len() {
                let hash = self.hash(self.text(number));
                let mut slot = hash as usize & mask;
                while slots[slot] != 0 {
                    slot = (slot + 1) & mask;
                }
                slots[slot] = hash & UPPER | (number as u64 + 1);
            }
            self.slots = slots;
        }
        self.ends.len() as u32 - 1
    }

    /// Forgets the words of another batch.
    fn enter(&mut self, batch: usize, words: usize) {
        if self.batch != batch {
            self.batch = batch;
            self.words.clear();
            self.words.resize(words, NONE);
        }
    }

    #[inline]
    fn word(&mut self, dictionary: &Dictionary<'_>, row: usize) -> u32 {
        let key = usize::try_from(dictionary.keys.get(row)).unwrap_or(usize::MAX);
        match self.words.get(key) {
            Some(&number) if number != NONE => number,
            _ => {
                let number = self.number(dictionary.get(row).unwrap_or_default());
                if let Some(word) = self.words.get_mut(key) {
                    *word = number;
                }
                number
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Text;

    /// Numbers of all rows, read in blocks of three.
    fn numbers(batches: &[Column<'_>]) -> (Vec<u32>, usize) {
        let mut numbers = Numbers::new(Stack::new(batches));
        let (mut all, mut block, mut start) = (Vec::new(), Vec::new(), 0);
        for (batch, column) in batches.iter().enumerate() {
            for from in (0..column.len()).step_by(3) {
                let rows = from..(from + 3).min(column.len());
                numbers.read(batch, rows, start + from, &mut block);
                all.extend_from_slice(&block);
            }
            start += column.len();
        }
        (all, numbers.len())
    }

    /// Two rows have one number just where they have one id.
    fn check<T: PartialEq>(batches: &[Column<'_>], ids: &[T]) {
        let (found, len) = numbers(batches);
        assert_eq!(found.len(), ids.len());
        assert!(found.iter().all(|number| (*number as usize) < len));
        let mut firsts: Vec<(u32, &T)> = Vec::new();
        for (number, id) in found.iter().zip(ids) {
            match firsts.iter().find(|(known, other)| known == number || *other == id) {
                Some((known, other)) => assert!(known == number && *other == id),
                None => firsts.push((*number, id)),
            }
        }
    }

    #[test]
    fn equal_ids_have_equal_numbers() {
        let close: Vec<i64> = (0..500).map(|i| (i * 7) % 53 - 20).collect();
        check(&[close[..200].into(), close[200..].into()], &close);
        let far: Vec<i64> = (0..20_000i64).map(|i| ((i * 7) % 7_001).wrapping_mul(0x1234_5678_9abc_def1)).collect();
        let (found, len) = numbers(&[far[..].into()]);
        let mut known = std::collections::HashMap::new();
        assert!(far.iter().zip(&found).all(|(id, number)| *known.entry(id).or_insert(number) == number));
        assert_eq!((known.len(), len), (7_001, 7_001));
    }

    #[test]
    fn texts_and_categories_meet() {
        let texts: Vec<String> = (0..30).map(|i| format!("a rather long account {}", i * 5 % 11)).collect();
        let words: Vec<String> = texts.iter().rev().take(11).cloned().collect();
        let keys: Vec<i32> = vec![3, 3, 0, 10, 7];
        let categories = Dictionary { keys: Ints::I32(&keys), words: Text::Strings(&words), words_validity: None };
        let batches =
            [Column::all_valid(Values::Text(Text::Strings(&texts))), Column::all_valid(Values::Dictionary(categories))];
        let more = keys.iter().map(|key| words[*key as usize].clone());
        check(&batches, &texts.iter().cloned().chain(more).collect::<Vec<_>>());
    }

    #[test]
    fn ids_of_other_types_are_told_apart() {
        let (ints, large) = ([-1i64, 3], [u64::MAX, 3]);
        // −1 and 2⁶⁴ − 1 share their bits.
        let batches = [Column::from(&ints[..]), Column::all_valid(Values::Int(Ints::U64(&large)))];
        check(&batches, &[-1i128, 3, i128::from(u64::MAX), 3]);
        let floats = [1.0, 2.5, 1.0, -0.0, 0.0];
        check(&[Column::from(&floats[..])], &floats);
    }
}
