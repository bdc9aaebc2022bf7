//! One column of several batches.

use super::Column;

/// The columns of one name in all batches, addressed by a row that counts through them.
#[derive(Debug)]
pub(crate) struct Stack<'a> {
    batches: Vec<Column<'a>>,
    starts: Vec<usize>,
    rows: usize,
}

impl<'a> Stack<'a> {
    pub(crate) fn new(batches: &[Column<'a>]) -> Self {
        let mut rows = 0;
        let starts = batches.iter().map(|column| {
            let start = rows;
            rows += column.len();
            start
        });
        let starts = starts.collect();
        Self { batches: batches.to_vec(), starts, rows }
    }

    /// The rows of all batches.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, batch by batch.
    pub(crate) fn batches(&self) -> &[Column<'a>] {
        &self.batches
    }

    /// The column that a row stands in, and its place there.
    #[inline]
    pub(crate) fn place(&self, row: usize) -> (&Column<'a>, usize) {
        if let [column] = self.batches.as_slice() {
            return (column, row);
        }
        let batch = self.starts.partition_point(|&start| start <= row).saturating_sub(1);
        (&self.batches[batch], row - self.starts[batch])
    }

    /// The text in a row, of texts and categories.
    #[inline]
    pub(crate) fn text(&self, row: usize) -> Option<&'a [u8]> {
        let (column, row) = self.place(row);
        column.text(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_count_through_batches() {
        let stack = Stack::new(&[["a", "b"][..].into(), [""; 0][..].into(), ["c"][..].into()]);
        let texts: Vec<_> = (0..stack.rows()).filter_map(|row| stack.text(row)).collect();
        assert_eq!(texts, [b"a", b"b", b"c"]);
        assert_eq!(stack.batches().len(), 3);
    }
}
