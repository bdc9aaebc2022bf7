//! Explaining scores: what each item added.

mod lines;
mod shares;

pub(super) use lines::{override_change, says, write_value};

use super::engine::{Session, Work, check_rows, choose, picks, result_name, runs, scratches};
use super::kernel::{BLOCK, Faults};
use super::{Book, ScoreOptions, Scorecard};
use crate::error::Result;
use crate::table::{InputRows, ResultColumn, ResultTable};
use lines::Lines;

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
    /// The account is frozen: its values are not looked at.
    Frozen,
}

impl State {
    /// All states, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::Present,
        Self::Stale,
        Self::Expired,
        Self::Missing,
        Self::NotApplicable,
        Self::OptedOut,
        Self::Invalid,
        Self::Frozen,
    ];

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
            Self::Frozen => "frozen",
        }
    }

    /// Whether the item's weight counts for coverage.
    pub fn counts(self) -> bool {
        !matches!(self, Self::NotApplicable | Self::OptedOut)
    }
}

pub(super) fn explain(card: &Scorecard, book: Book<'_>, options: &ScoreOptions) -> Result<ResultTable> {
    let names = choose(columns(card), options)?;
    options.refuse_include()?;
    let session = Session::new(card, book, options)?;
    let program = session.program;
    let items = program.items().len();
    let picks = picks(&session)?;
    let accounts = picks.as_ref().map_or(session.rows, |picks| picks.len);
    check_rows(accounts.saturating_mul(items))?;
    let mut scratches = scratches(program, accounts, true);
    let mut work = Work::new(program, accounts.min(BLOCK));
    let mut faults = Faults::default();
    let mut lines = Lines::new(program, &names, accounts);
    for run in runs(&session, picks.as_ref()) {
        for at in (0..run.rows).step_by(BLOCK) {
            let block = run.block(at, session.starts[run.batch]);
            session.settle(run.batch, block, &mut scratches, &mut work, &mut faults);
            lines.take(&session, run.batch, block, &scratches, &work);
        }
    }
    session.raise(&mut faults)?;
    let rows = lines.rows();
    check_rows(rows)?;
    let mut all = Vec::new();
    let taken = match &options.rows {
        None if rows == session.rows * items => InputRows::Repeat(items),
        None => InputRows::Take(lines.accounts()),
        Some(wanted) => InputRows::Take(lines.accounts().into_iter().map(|at| wanted[at as usize]).collect()),
    };
    if let Some(name) = card.account() {
        let column = options.table_name(name).to_owned();
        all.push((name.to_owned(), ResultColumn::Input { column, rows: taken }));
    }
    all.extend(lines.into_columns());
    let chosen = names.iter().filter_map(|name| {
        let at = all.iter().position(|(other, _)| other == name)?;
        Some((result_name(card, name, options), all.swap_remove(at).1))
    });
    Ok(ResultTable::new(chosen.collect(), rows, card.hash()))
}

/// The columns of an explanation.
fn columns(card: &Scorecard) -> Vec<String> {
    let lines = ["dimension", "item", "line", "value", "state", "points", "weight", "effective_weight", "contribution"];
    card.account().into_iter().chain(lines).map(str::to_owned).collect()
}
