//! What a flow comes to in the end: periods until churn, and the book that stays as it is.

use super::Flow;
use super::project::Chain;
use super::tables::label;
use crate::table::{ResultColumn, ResultTable, Texts};

const NEVER_LEAVES: &str = "never_leaves";
const EMPTY_TIER: &str = "empty_tier";

/// A number for each tier, or the reason why there is none.
type Answers = Vec<Result<f64, &'static str>>;

pub(super) fn steady(flow: &Flow) -> ResultTable {
    let chain = Chain::of(flow);
    let ways = Ways::of(&chain);
    let codes = (0..chain.tiers).map(|tier| tier as u8).collect();
    let mut columns = vec![("tier".to_owned(), label(codes, flow.tiers.iter()))];
    for (name, answers) in
        [("expected_periods_to_churn", periods(&chain, &ways)), ("steady_accounts", accounts(&chain, &ways))]
    {
        let reasons: Texts = answers.iter().map(|answer| answer.err()).collect();
        let numbers = answers.into_iter().map(|answer| answer.unwrap_or(f64::NAN)).collect();
        columns.push((name.to_owned(), ResultColumn::from_nan(numbers)));
        columns.push((format!("{name}_reason"), ResultColumn::Text(reasons)));
    }
    ResultTable::new(columns, chain.tiers, flow.card_hash())
}

/// Which places can be reached from which, in any number of periods.
struct Ways {
    reach: Vec<Vec<bool>>,
    /// Tiers of which no account was seen.
    empty: Vec<bool>,
    /// Tiers from which accounts come back for ever.
    closed: Vec<bool>,
}

impl Ways {
    fn of(chain: &Chain) -> Self {
        let tiers = chain.tiers;
        let mut reach: Vec<Vec<bool>> =
            chain.counts.iter().map(|row| row.iter().map(|count| *count > 0.0).collect()).collect();
        reach.iter_mut().enumerate().for_each(|(tier, row)| row[tier] = true);
        for by in 0..tiers {
            for from in (0..tiers).filter(|&from| from != by) {
                if reach[from][by] {
                    let (target, source) = (reach[from].clone(), &reach[by]);
                    reach[from] = target.iter().zip(source).map(|(a, b)| *a || *b).collect();
                }
            }
        }
        let empty: Vec<bool> = chain.moves.iter().map(|moves| *moves == 0.0).collect();
        // Nothing that can be reached leads anywhere from which there is no way back.
        let closed = |from: usize| {
            !empty[from] && !reach[from][tiers] && (0..tiers).all(|to| !reach[from][to] || reach[to][from])
        };
        let closed = (0..tiers).map(closed).collect();
        Self { reach, empty, closed }
    }

    /// Whether any of the marked tiers can be reached.
    fn meets(&self, from: usize, marked: &[bool]) -> bool {
        marked.iter().zip(&self.reach[from]).any(|(marked, reached)| *marked && *reached)
    }
}

/// Σ_b ((I − Q)⁻¹)_ab: the solution t of (I − Q)·t = 1, each row times its accounts so that the matrix is
/// of whole numbers.
fn periods(chain: &Chain, ways: &Ways) -> Answers {
    let reason = |tier: usize| {
        if ways.meets(tier, &ways.closed) {
            Some(NEVER_LEAVES)
        } else if ways.meets(tier, &ways.empty) {
            Some(EMPTY_TIER)
        } else {
            None
        }
    };
    let reasons: Vec<Option<&str>> = (0..chain.tiers).map(reason).collect();
    let known: Vec<usize> = (0..chain.tiers).filter(|&tier| reasons[tier].is_none()).collect();
    let row = |&a: &usize| -> Vec<f64> { known.iter().map(|&b| entry(chain, a, b)).collect() };
    let moves = known.iter().map(|&tier| chain.moves[tier]).collect();
    let solved = solve(known.iter().map(row).collect(), moves);
    answers(reasons, &known, solved)
}

/// e·(I − Q)⁻¹: the solution x of x·(I − Q) = e, found as y with x_a = y_a·n_a.
fn accounts(chain: &Chain, ways: &Ways) -> Answers {
    let unknown = (0..chain.tiers).any(|tier| chain.entering[tier] > 0.0 && ways.meets(tier, &ways.empty));
    let reason = |tier: usize| {
        if ways.closed[tier] {
            Some(NEVER_LEAVES)
        } else if unknown || ways.empty[tier] {
            Some(EMPTY_TIER)
        } else {
            None
        }
    };
    let reasons: Vec<Option<&str>> = (0..chain.tiers).map(reason).collect();
    let known: Vec<usize> = (0..chain.tiers).filter(|&tier| reasons[tier].is_none()).collect();
    let row = |&b: &usize| -> Vec<f64> { known.iter().map(|&a| entry(chain, a, b)).collect() };
    let entering = known.iter().map(|&tier| chain.entering[tier]).collect();
    let solved = solve(known.iter().map(row).collect(), entering);
    let solved = solved.map(|y| y.iter().zip(&known).map(|(y, &tier)| y * chain.moves[tier]).collect());
    answers(reasons, &known, solved)
}

/// The entry of (I − Q) in the row of a, times the accounts of a.
fn entry(chain: &Chain, a: usize, b: usize) -> f64 {
    if a == b { chain.moves[a] - chain.counts[a][a] } else { -chain.counts[a][b] }
}

/// The solution at its places, and the reasons at the others.
fn answers(reasons: Vec<Option<&'static str>>, known: &[usize], solved: Option<Vec<f64>>) -> Answers {
    let answer = |(tier, reason): (usize, Option<&'static str>)| match reason {
        Some(reason) => Err(reason),
        None => {
            let at = known.iter().position(|&other| other == tier);
            at.zip(solved.as_ref()).and_then(|(at, solved)| solved.get(at).copied()).ok_or(NEVER_LEAVES)
        }
    };
    reasons.into_iter().enumerate().map(answer).collect()
}

/// Solves a·x = b by Gaussian elimination with partial pivoting; `None` when a is singular.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let size = b.len();
    for step in 0..size {
        let pivot = (step..size).max_by(|&i, &j| a[i][step].abs().total_cmp(&a[j][step].abs()))?;
        if a[pivot][step] == 0.0 {
            return None;
        }
        a.swap(step, pivot);
        b.swap(step, pivot);
        let (top, below) = a.split_at_mut(step + 1);
        let top = &top[step];
        let (value, rest) = b[step..].split_first_mut()?;
        for (row, other) in below.iter_mut().zip(rest) {
            let factor = row[step] / top[step];
            row.iter_mut().zip(top).skip(step).for_each(|(x, y)| *x -= factor * y);
            *other -= factor * *value;
        }
    }
    for step in (0..size).rev() {
        let sum: f64 = (step + 1..size).map(|i| a[step][i] * b[i]).sum();
        b[step] = (b[step] - sum) / a[step][step];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_that_need_a_pivot() {
        let a = vec![vec![0.0, 2.0, 1.0], vec![1.0, 0.0, 0.0], vec![3.0, 0.0, 1.0]];
        assert_eq!(solve(a, vec![7.0, 1.0, 6.0]), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(solve(vec![vec![1.0, 1.0], vec![1.0, 1.0]], vec![1.0, 2.0]), None);
        assert_eq!(solve(Vec::new(), Vec::new()), Some(Vec::new()));
    }
}
