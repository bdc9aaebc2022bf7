//! The flow as tables: the matrix and the summary.

use super::super::render::escape;
use super::{Cell, ENTERED, Flow, LEFT, Sum, Valued};
use crate::table::{Labels, ResultColumn, ResultTable};
use std::fmt::Write;

pub(super) fn label(codes: Vec<u8>, words: impl Iterator<Item = impl Into<String>>) -> ResultColumn {
    ResultColumn::Label(Labels { codes, validity: None, words: words.map(Into::into).collect() })
}

pub(super) fn matrix(flow: &Flow) -> ResultTable {
    let names = |outside| flow.names(outside).collect::<Vec<_>>();
    long(&names(ENTERED), &names(LEFT), flow.valued, |i, j| flow.cell(i, j), flow.card_hash())
}

/// The columns of a matrix in long form.
pub(super) const MATRIX: [&str; 5] = ["from", "to", "accounts", "value_before", "value_after"];

/// A matrix in long form: all ways in order, but that from outside to outside, which is none.
pub(super) fn long(
    from: &[&str],
    to: &[&str],
    valued: Valued,
    cell: impl Fn(usize, usize) -> Cell,
    card_hash: &str,
) -> ResultTable {
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    let mut numbers = [Vec::new(), Vec::new(), Vec::new()];
    for way in 0..from.len() * to.len() - 1 {
        let (i, j) = (way / to.len(), way % to.len());
        let cell = cell(i, j);
        starts.push(i as u8);
        ends.push(j as u8);
        let values =
            [cell.accounts as f64, given(valued.before, cell.value_before), given(valued.after, cell.value_after)];
        numbers.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
    let rows = starts.len();
    let words = [label(starts, from.iter().copied()), label(ends, to.iter().copied())];
    let columns = words.into_iter().chain(numbers.map(ResultColumn::from_nan));
    ResultTable::new(MATRIX.map(str::to_owned).into_iter().zip(columns).collect(), rows, card_hash)
}

fn given(given: bool, sum: Sum) -> f64 {
    if given { sum.value() } else { f64::NAN }
}

/// The columns of the summary, in order, beside the tier.
const SUMMARY: [&str; 17] = [
    "opening",
    "stayed",
    "promoted",
    "demoted",
    "untiered",
    "left",
    "entered",
    "closing",
    "promotion_rate",
    "demotion_rate",
    "churn_rate",
    "stay_rate",
    "expected_dwell",
    "value_opening",
    "value_closing",
    "value_left",
    "value_per_promotion",
];

pub(super) fn summary(flow: &Flow) -> ResultTable {
    let mut columns: [Vec<f64>; 17] = Default::default();
    for tier in 0..flow.tiers.len() {
        columns.iter_mut().zip(tier_summary(flow, tier)).for_each(|(column, value)| column.push(value));
    }
    let codes = (0..flow.tiers.len()).map(|tier| tier as u8).collect();
    let tiers = ("tier".to_owned(), label(codes, flow.tiers.iter()));
    let numbers =
        SUMMARY.iter().zip(columns).map(|(name, values)| ((*name).to_owned(), ResultColumn::from_nan(values)));
    ResultTable::new(std::iter::once(tiers).chain(numbers).collect(), flow.tiers.len(), flow.card_hash())
}

/// One row of the summary; undefined cells are NaN.
fn tier_summary(flow: &Flow, tier: usize) -> [f64; 17] {
    let row = |to: usize| flow.cell(tier, to);
    let all = 0..=flow.outside();
    let count = |cells: &mut dyn Iterator<Item = Cell>| cells.map(|cell| cell.accounts).sum::<u64>() as f64;
    let opening = count(&mut all.clone().map(row));
    let [stayed, untiered, left] = [tier, flow.none(), flow.outside()].map(|to| row(to).accounts as f64);
    let promoted = count(&mut (tier + 1..flow.none()).map(row));
    let demoted = count(&mut (0..tier).map(row));
    let entered = flow.cell(flow.outside(), tier).accounts as f64;
    let closing = count(&mut all.clone().map(|from| flow.cell(from, tier)));
    let gone = opening - stayed;
    [
        opening,
        stayed,
        promoted,
        demoted,
        untiered,
        left,
        entered,
        closing,
        ratio(promoted, opening),
        ratio(demoted, opening),
        ratio(left, opening),
        ratio(stayed, opening),
        ratio(opening, gone),
        given(flow.valued.before, Sum::of(all.clone().map(|to| row(to).value_before))),
        given(flow.valued.after, Sum::of(all.map(|from| flow.cell(from, tier).value_after))),
        given(flow.valued.before, row(flow.outside()).value_before),
        gain_per_promotion(flow, tier),
    ]
}

fn gain_per_promotion(flow: &Flow, tier: usize) -> f64 {
    let promoted = || (tier + 1..flow.none()).map(|to| flow.cell(tier, to));
    let gains: u64 = promoted().map(|cell| cell.gains).sum();
    ratio(Sum::of(promoted().map(|cell| cell.gain)).value(), gains as f64)
}

/// NaN, which is null, over 0.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator == 0.0 { f64::NAN } else { numerator / denominator }
}

pub(super) fn html(flow: &Flow) -> String {
    let mut out = String::from("<div class=\"customer-success\"><table><thead><tr><th>from \\ to</th>");
    for to in flow.names(LEFT) {
        let _ = write!(out, "<th>{}</th>", escape(to));
    }
    out.push_str("</tr></thead><tbody>");
    for (i, from) in flow.names(ENTERED).enumerate() {
        let _ = write!(out, "<tr><th style=\"text-align:left\">{}</th>", escape(from));
        for j in 0..=flow.outside() {
            let outside = i == flow.outside() && j == i;
            let text = if outside { String::new() } else { flow.cell(i, j).accounts.to_string() };
            let _ = write!(out, "<td style=\"text-align:right\">{text}</td>");
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}
