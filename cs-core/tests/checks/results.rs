//! What results must obey.

use cs_core::Scorecard;
use cs_core::table::{InputRows, ResultColumn, ResultTable};

/// The numbers of a column; NaN where null.
pub fn numbers<'a>(result: &'a ResultTable, name: &str) -> &'a [f64] {
    result.column(name).and_then(ResultColumn::numbers).unwrap_or_else(|| panic!("no column {name}"))
}

pub fn text<'a>(result: &'a ResultTable, name: &str, row: usize) -> Option<&'a str> {
    result.column(name).and_then(|column| column.text(row))
}

/// Every score on the scale, every share a share, a tier only beside a score.
pub fn scores_hold(card: &Scorecard, result: &ResultTable) {
    let [worst, best] = card.document().scale;
    let (scores, coverage) = (numbers(result, "score"), numbers(result, "coverage"));
    for row in 0..result.rows() {
        let status = text(result, "status", row).expect("a status");
        let score = scores[row];
        match status {
            // A frozen account keeps a score that came with the data.
            "frozen" => continue,
            "scored" | "grace" => assert!((worst..=best).contains(&score), "{score} is not on {worst} to {best}"),
            _ => assert!(score.is_nan(), "a score of {score} with {status}"),
        }
        assert!(coverage[row].is_nan() || (0.0..=1.0).contains(&coverage[row]), "coverage {}", coverage[row]);
    }
}

/// What the lines of each account sum to, and how great they are in all; rows of accounts count as in the input.
pub fn sums(lines: &ResultTable, account: &str, accounts: usize) -> Vec<Option<(f64, f64)>> {
    let Some(ResultColumn::Input { rows, .. }) = lines.column(account) else { return Vec::new() };
    let mut sums = vec![None; accounts];
    for (line, contribution) in numbers(lines, "contribution").iter().enumerate() {
        let place: &mut Option<(f64, f64)> = &mut sums[InputRows::row(rows, line)];
        if !contribution.is_nan() {
            let (sum, size) = place.unwrap_or_default();
            *place = Some((sum + contribution, size + contribution.abs()));
        }
    }
    sums
}

/// Within 1e-9 of the scale; where great numbers cancel, within their last digits.
pub fn near(card: &Scorecard, (sum, size): (f64, f64), expected: f64) -> bool {
    let [worst, best] = card.document().scale;
    (sum - expected).abs() <= 1e-9 * (best - worst) + 1e-11 * (size + worst.abs() + best.abs())
}

/// Whether the rows of a result are these rows of another, to the bit; what a result takes from its input aside.
pub fn same_rows(part: &ResultTable, whole: &ResultTable, rows: &[usize]) {
    assert_eq!(part.rows(), rows.len());
    for ((name, a), (_, b)) in part.columns().iter().zip(whole.columns()) {
        for (at, row) in rows.iter().enumerate() {
            match (a.numbers(), b.numbers()) {
                (Some(a), Some(b)) => assert_eq!(a[at].to_bits(), b[*row].to_bits(), "{name} in row {row}"),
                _ => assert_eq!(a.text(at), b.text(*row), "{name} in row {row}"),
            }
        }
    }
}
