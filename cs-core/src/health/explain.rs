//! Explaining scores: what each item added.

use super::compile::{Input, Plan};
use super::engine::{accounts, bind_all, check_account_name, check_rows, choose, raise, result_name, run};
use super::kernel::{BLOCK, Block, Faults, Inputs, Scratch, Trace, evaluate};
use super::{ScoreOptions, Scorecard};
use crate::error::Result;
use crate::table::{InputRows, Labels, ResultColumn, ResultTable, Table};

/// What a value is, for the score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// A fresh value.
    Present,
    /// A value older than `warn_after_days`.
    Stale,
    /// A value older than `expire_after_days`; it counts as missing.
    Expired,
    /// Null or NaN.
    Missing,
    /// The item does not apply to the account.
    NotApplicable,
    /// The account has opted out of the item.
    OptedOut,
    /// The value is in error.
    Invalid,
}

impl State {
    /// All states, in the order of their codes.
    pub const ALL: [Self; 7] =
        [Self::Present, Self::Stale, Self::Expired, Self::Missing, Self::NotApplicable, Self::OptedOut, Self::Invalid];

    /// The state in snake_case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Stale => "stale",
            Self::Expired => "expired",
            Self::Missing => "missing",
            Self::NotApplicable => "not_applicable",
            Self::OptedOut => "opted_out",
            Self::Invalid => "invalid",
        }
    }

    /// Whether the item's weight counts for coverage.
    pub fn counts(self) -> bool {
        !matches!(self, Self::NotApplicable | Self::OptedOut)
    }
}

/// The lines of an explanation, column by column.
struct Lines {
    value: Vec<Option<String>>,
    state: Vec<u8>,
    points: Vec<f64>,
    weight: Vec<f64>,
    effective_weight: Vec<f64>,
    contribution: Vec<f64>,
}

pub(super) fn explain(
    card: &Scorecard,
    plan: &Plan,
    batches: &[Table<'_>],
    options: &ScoreOptions,
) -> Result<ResultTable> {
    let run = run(plan, options)?;
    check_account_name(card, options)?;
    let names = choose(columns(card), options)?;
    let total: usize = batches.iter().map(Table::rows).sum();
    check_rows(total.saturating_mul(plan.items.len()))?;
    let bound = bind_all(plan, batches, options)?;
    accounts(card, batches, options)?;
    let mut scratch = Scratch::with_trace(plan, BLOCK);
    let mut faults = Faults::default();
    let mut lines = Lines::new(total * plan.items.len());
    let mut offset = 0;
    for (table, inputs) in batches.iter().zip(&bound) {
        for start in (0..table.rows()).step_by(BLOCK) {
            let block = Block { start, rows: BLOCK.min(table.rows() - start), offset };
            evaluate(plan, inputs, block, run, &mut scratch, &mut faults);
            lines.take(plan, inputs, block, &scratch);
        }
        offset += table.rows();
    }
    raise(plan, &mut faults, options)?;
    let mut all = Vec::new();
    if let Some(name) = card.account() {
        let column = options.table_name(name).to_owned();
        all.push((name.to_owned(), ResultColumn::Input { column, rows: InputRows::Repeat(plan.items.len()) }));
    }
    all.extend(lines.into_columns(plan, total));
    let chosen = names.iter().filter_map(|name| {
        let at = all.iter().position(|(other, _)| other == name)?;
        Some((result_name(card, name, options), all.swap_remove(at).1))
    });
    Ok(ResultTable::new(chosen.collect(), total * plan.items.len(), card.hash()))
}

/// The columns of an explanation.
fn columns(card: &Scorecard) -> Vec<String> {
    let lines = ["dimension", "item", "line", "value", "state", "points", "weight", "effective_weight", "contribution"];
    card.account().into_iter().chain(lines).map(str::to_owned).collect()
}

impl Lines {
    fn new(rows: usize) -> Self {
        let floats = || Vec::with_capacity(rows);
        Self {
            value: Vec::with_capacity(rows),
            state: Vec::with_capacity(rows),
            points: floats(),
            weight: floats(),
            effective_weight: floats(),
            contribution: floats(),
        }
    }

    /// Takes the lines of a block, account by account.
    fn take(&mut self, plan: &Plan, inputs: &impl Inputs, block: Block, scratch: &Scratch) {
        let Some(trace) = &scratch.trace else { return };
        let mut shares = vec![0.0; plan.dimensions.len()];
        for row in 0..block.rows {
            dimension_shares(plan, trace, row, &mut shares);
            let scored = !scratch.score[row].is_nan();
            for (index, item) in plan.items.iter().enumerate() {
                let points = trace.points[index][row];
                let share = trace.weights[index][row] / trace.scored[item.dimension][row] * shares[item.dimension];
                // A dimension without any points has no weight to share.
                let share = if share.is_nan() { 0.0 } else { share };
                let contribution = if points.is_nan() { 0.0 } else { share * points };
                self.value.push(value_text(&item.source, inputs, block.start + row, trace.values[index][row]));
                self.state.push(trace.states[index][row] as u8);
                self.points.push(points);
                self.weight.push(item.card_weight);
                self.effective_weight.push(if scored { share } else { f64::NAN });
                self.contribution.push(if scored { contribution } else { f64::NAN });
            }
        }
    }

    fn into_columns(self, plan: &Plan, accounts: usize) -> Vec<(String, ResultColumn)> {
        let repeat = |words: Vec<String>| -> ResultColumn {
            let rows = words.iter().cloned().map(Some).collect::<Vec<_>>();
            ResultColumn::Text(rows.iter().cycle().take(rows.len() * accounts).map(Option::as_ref).collect())
        };
        let dimensions = plan.items.iter().map(|item| plan.dimensions[item.dimension].id.clone()).collect();
        let items = plan.items.iter().map(|item| item.id.clone()).collect();
        let states = State::ALL.map(|state| state.as_str().to_owned()).to_vec();
        let label = |codes, words| ResultColumn::Label(Labels { codes, validity: None, words });
        let lines = vec![0; plan.items.len() * accounts];
        vec![
            ("dimension".into(), repeat(dimensions)),
            ("item".into(), repeat(items)),
            ("line".into(), label(lines, vec!["item".into()])),
            ("value".into(), ResultColumn::Text(self.value.into_iter().collect())),
            ("state".into(), label(self.state, states)),
            ("points".into(), ResultColumn::from_nan(self.points)),
            ("weight".into(), ResultColumn::from_nan(self.weight)),
            ("effective_weight".into(), ResultColumn::from_nan(self.effective_weight)),
            ("contribution".into(), ResultColumn::from_nan(self.contribution)),
        ]
    }
}

/// The share of the score that each dimension has, after redistribution.
fn dimension_shares(plan: &Plan, trace: &Trace, row: usize, shares: &mut [f64]) {
    // Parents stand before their parts.
    for (index, dimension) in plan.dimensions.iter().enumerate() {
        let has = trace.scored[index][row] > 0.0;
        let (total, of) = match dimension.parent {
            Some(parent) => (trace.scored[parent][row], shares[parent]),
            None => (trace.card[row], 1.0),
        };
        shares[index] = if has && total > 0.0 { dimension.weight / total * of } else { 0.0 };
    }
}

/// The raw value as text: what stands in the column, or what the source computed.
fn value_text(source: &Input, inputs: &impl Inputs, row: usize, x: f64) -> Option<String> {
    match source {
        Input::Number(input) | Input::Flag(input) | Input::Category(input, _) => inputs.column(*input).display(row),
        _ => x.is_finite().then(|| x.to_string()),
    }
}
