//! One book in two systems of tiers.

use super::tables::{MATRIX, long};
use super::{Cell, ENTERED, LEFT, Move, NONE, Valued, check_sums};
use crate::error::Result;
use crate::table::ResultTable;

/// Counts of the accounts of one book, and sums of their value, by the tier in one system and the tier in another.
#[derive(Debug)]
pub(in crate::health) struct Cross {
    from: Vec<String>,
    to: Vec<String>,
    valued: Valued,
    /// Row by row: from each tier, `none`, `entered`; to each tier, `none`, `left`.
    cells: Vec<Cell>,
}

impl Cross {
    /// The columns of the matrix.
    pub(in crate::health) const COLUMNS: [&str; 5] = MATRIX;

    pub(in crate::health) fn new(from: Vec<String>, to: Vec<String>, valued: bool) -> Self {
        let cells = vec![Cell::default(); (from.len() + 2) * (to.len() + 2)];
        Self { from, to, valued: Valued { before: valued, after: valued }, cells }
    }

    /// Adds an account by its places among the tiers, where `None` is no tier, and its value, NaN where unknown.
    pub(in crate::health) fn add(&mut self, from: Option<usize>, to: Option<usize>, value: f64) {
        let (from, to) = (from.unwrap_or(self.from.len()), to.unwrap_or(self.to.len()));
        let place = self.place(from, to);
        if let Some(cell) = self.cells.get_mut(place) {
            cell.add(Move { from, to, value_before: value, value_after: value });
        }
    }

    /// The matrix, as [`Flow::matrix`](super::Flow::matrix); nobody enters or leaves.
    ///
    /// # Errors
    /// `infinite_value` for sums beyond the range of floats.
    pub(in crate::health) fn matrix(&self, card_hash: &str) -> Result<ResultTable> {
        check_sums(&self.cells)?;
        let cell = |from, to| self.cells.get(self.place(from, to)).copied().unwrap_or_default();
        Ok(long(&places(&self.from, ENTERED), &places(&self.to, LEFT), self.valued, cell, card_hash))
    }

    fn place(&self, from: usize, to: usize) -> usize {
        from * (self.to.len() + 2) + to
    }
}

fn places<'a>(tiers: &'a [String], outside: &'a str) -> Vec<&'a str> {
    tiers.iter().map(String::as_str).chain([NONE, outside]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tiers_may_differ_in_number() {
        let tiers = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
        let mut cross = Cross::new(tiers(&["low", "high"]), tiers(&["all"]), true);
        cross.add(Some(0), Some(0), 10.0);
        cross.add(Some(1), None, 5.0);
        cross.add(Some(1), None, f64::NAN);
        let matrix = cross.matrix("hash").unwrap().to_json(|_, _| None);
        assert_eq!(matrix["from"].as_array().unwrap().len(), 4 * 3 - 1);
        assert_eq!(
            matrix["to"].as_array().unwrap()[..6],
            [json!("all"), json!("none"), json!("left"), json!("all"), json!("none"), json!("left")]
        );
        assert_eq!(matrix["accounts"], json!([1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        assert_eq!(matrix["value_before"][4], json!(5.0));
        assert_eq!(matrix["value_after"], matrix["value_before"]);
        cross.add(Some(0), Some(0), f64::MAX);
        cross.add(Some(0), Some(0), f64::MAX);
        assert!(cross.matrix("").is_err());
    }
}
