//! Ids of rows as dense numbers, in the order in which they first appear.

use super::Stack;
use super::ids::{hash, id, id_at};

/// Numbers the distinct ids of a column; memory grows with them and not with the rows.
#[derive(Debug)]
pub(crate) struct Interner<'a> {
    rows: Stack<'a>,
    /// A slot is empty (0) or holds number + 1.
    slots: Vec<u32>,
    firsts: Vec<u32>,
    hasher: foldhash::fast::FixedState,
}

impl<'a> Interner<'a> {
    pub(crate) fn new(rows: Stack<'a>) -> Self {
        let hasher = foldhash::fast::FixedState::with_seed(0x6373);
        Self { rows, slots: vec![0; 1 << 10], firsts: Vec::new(), hasher }
    }

    /// The number of the id in a row, counting through all batches.
    #[inline]
    pub(crate) fn intern(&mut self, row: usize) -> u32 {
        let (column, local) = self.rows.place(row);
        let wanted = id(column, local);
        let mask = self.slots.len() - 1;
        let mut slot = hash(&self.hasher, wanted) as usize & mask;
        loop {
            let entry = self.slots[slot];
            if entry == 0 {
                return self.add(slot, row);
            }
            if id_at(&self.rows, self.firsts[entry as usize - 1] as usize) == wanted {
                return entry - 1;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn add(&mut self, slot: usize, row: usize) -> u32 {
        self.firsts.push(row as u32); // a table has fewer rows than 2³¹
        self.slots[slot] = self.firsts.len() as u32;
        if self.firsts.len() * 2 > self.slots.len() {
            self.grow();
        }
        self.firsts.len() as u32 - 1
    }

    fn grow(&mut self) {
        let mut slots = vec![0u32; self.slots.len() * 4];
        let mask = slots.len() - 1;
        for (number, first) in self.firsts.iter().enumerate() {
            let mut slot = hash(&self.hasher, id_at(&self.rows, *first as usize)) as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = number as u32 + 1;
        }
        self.slots = slots;
    }

    /// How many ids there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.firsts.len()
    }

    /// The first row of each id.
    #[cfg(test)]
    pub(crate) fn firsts(&self) -> &[u32] {
        &self.firsts
    }

    /// The id of a number as text.
    pub(crate) fn display(&self, number: u32) -> Option<String> {
        let (column, row) = self.rows.place(*self.firsts.get(number as usize)? as usize);
        column.display(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_in_order() {
        let ids: Vec<i64> = (0..5_000).map(|i| (i * 7_919) % 1_009).collect();
        let mut interner = Interner::new(Stack::new(&[ids[..3_000].into(), ids[3_000..].into()]));
        let mut known: Vec<i64> = Vec::new();
        for (row, id) in ids.iter().enumerate() {
            let number = interner.intern(row) as usize;
            if number == known.len() {
                known.push(*id);
            }
            assert_eq!(known[number], *id);
        }
        assert_eq!((interner.len(), interner.firsts().len(), known.len()), (1_009, 1_009, 1_009));
        assert_eq!(interner.display(1), Some(ids[1].to_string()));
    }
}
