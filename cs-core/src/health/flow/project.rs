//! The book in the next periods: a Markov chain with its intervals.

use super::tables::label;
use super::{Flow, LEFT, ProjectOptions, Start};
use crate::error::{Code, Issue, Result};
use crate::stat::lower_quantile;
use crate::table::{ResultColumn, ResultTable};

/// The most periods of one projection.
const MOST_PERIODS: usize = 1000;

/// The counts between tiers as a chain; the place behind the tiers is `left`.
pub(super) struct Chain {
    /// How many tiers there are, and the place of `left`.
    pub(super) tiers: usize,
    /// Accounts from each tier to each tier and `left`.
    pub(super) counts: Vec<Vec<f64>>,
    /// The sum of each row: the accounts that were seen to move or stay.
    pub(super) moves: Vec<f64>,
    /// Accounts that entered into each tier.
    pub(super) entering: Vec<f64>,
}

impl Chain {
    pub(super) fn of(flow: &Flow) -> Self {
        let tiers = flow.tiers.len();
        let row = |from: usize| -> Vec<f64> {
            (0..tiers).chain([flow.outside()]).map(|to| flow.cell(from, to).accounts as f64).collect()
        };
        let counts: Vec<Vec<f64>> = (0..tiers).map(row).collect();
        let moves = counts.iter().map(|row| row.iter().sum()).collect();
        let entering = (0..tiers).map(|to| flow.cell(flow.outside(), to).accounts as f64).collect();
        Self { tiers, counts, moves, entering }
    }

    /// The shares that go each way; `left` stays where it is, and a tier without accounts goes nowhere.
    fn shares(&self) -> Matrix {
        let mut shares = Matrix::zero(self.tiers + 1);
        for (from, (row, moves)) in self.counts.iter().zip(&self.moves).enumerate() {
            for (to, count) in row.iter().enumerate().filter(|_| *moves > 0.0) {
                *shares.at(from, to) = count / moves;
            }
        }
        *shares.at(self.tiers, self.tiers) = 1.0;
        shares
    }
}

/// A square matrix.
#[derive(Debug, Clone)]
struct Matrix {
    size: usize,
    cells: Vec<f64>,
}

impl Matrix {
    fn zero(size: usize) -> Self {
        Self { size, cells: vec![0.0; size * size] }
    }

    fn identity(size: usize) -> Self {
        let mut matrix = Self::zero(size);
        (0..size).for_each(|i| *matrix.at(i, i) = 1.0);
        matrix
    }

    fn at(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.cells[row * self.size + column]
    }

    fn get(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    /// A row vector times this matrix.
    fn apply(&self, vector: &[f64]) -> Vec<f64> {
        let column = |j| vector.iter().enumerate().map(|(i, x)| x * self.get(i, j)).sum();
        (0..self.size).map(column).collect()
    }

    fn times(&self, right: &Self) -> Self {
        let cells = self.cells.chunks(self.size).flat_map(|row| right.apply(row)).collect();
        Self { size: self.size, cells }
    }
}

/// The state of a projection after some periods.
struct Walk<'a> {
    chain: &'a Chain,
    shares: Matrix,
    /// The book in period 0.
    start: Vec<f64>,
    entering: Option<Vec<f64>>,
    /// The expected book, and the part of it that has entered on the way.
    book: Vec<f64>,
    entered: Vec<f64>,
    /// Pⁿ.
    power: Matrix,
    /// For each tier a the matrix of d_ab by b and j: how the book in j changes with p_ab.
    slopes: Vec<Matrix>,
}

impl<'a> Walk<'a> {
    fn new(chain: &'a Chain, start: Vec<f64>, entering: bool) -> Self {
        let size = chain.tiers + 1;
        Self {
            chain,
            shares: chain.shares(),
            book: start.clone(),
            start,
            entering: entering.then(|| chain.entering.clone()),
            entered: vec![0.0; size],
            power: Matrix::identity(size),
            slopes: vec![Matrix::zero(size); chain.tiers],
        }
    }

    /// The first tier that has accounts of which nobody knows where they go.
    fn unknown(&self) -> Option<usize> {
        (0..self.chain.tiers).find(|&tier| self.book[tier] > 0.0 && self.chain.moves[tier] == 0.0)
    }

    fn advance(&mut self) {
        for (slopes, &accounts) in self.slopes.iter_mut().zip(&self.book) {
            *slopes = self.shares.times(slopes);
            (0..slopes.size).for_each(|b| *slopes.at(b, b) += accounts);
        }
        self.power = self.power.times(&self.shares);
        self.book = self.shares.apply(&self.book);
        self.entered = self.shares.apply(&self.entered);
        for (tier, more) in self.entering.iter().flatten().enumerate() {
            self.book[tier] += more;
            self.entered[tier] += more;
        }
    }

    /// The variance of the accounts in a tier or in `left`.
    fn variance(&self, to: usize) -> f64 {
        self.process(to) + self.estimation(to)
    }

    /// What chance adds: the first accounts go one way or another, and the others arrive by chance.
    fn process(&self, to: usize) -> f64 {
        let moved = |(from, accounts): (usize, &f64)| {
            let share = self.power.get(from, to);
            accounts * share * (1.0 - share)
        };
        self.start.iter().enumerate().map(moved).sum::<f64>().max(0.0) + self.entered[to]
    }

    /// What it adds that the shares are known from so many accounts only.
    fn estimation(&self, to: usize) -> f64 {
        let tier = |(from, slopes): (usize, &Matrix)| {
            let ways = || (0..slopes.size).map(|b| (self.shares.get(from, b), slopes.get(b, to)));
            // About the mean, so that ways of one slope add nothing.
            let mean: f64 = ways().map(|(share, slope)| share * slope).sum();
            let variance: f64 = ways().map(|(share, slope)| share * (slope - mean) * (slope - mean)).sum();
            let moves = self.chain.moves[from];
            if moves > 0.0 { variance / moves } else { 0.0 }
        };
        self.slopes.iter().enumerate().map(tier).sum()
    }
}

pub(super) fn project(flow: &Flow, periods: usize, options: &ProjectOptions) -> Result<ResultTable> {
    if let Some(issue) = options.issue() {
        return Err(issue.into());
    }
    if periods > MOST_PERIODS {
        let issue = Issue::new(Code::NumberOutOfRange).path("periods").value(periods);
        return Err(issue.expected(format!("at most {MOST_PERIODS}")).into());
    }
    let chain = Chain::of(flow);
    let quantile = -lower_quantile((1.0 - options.interval) / 2.0);
    let mut walk = Walk::new(&chain, book(flow, options.start), options.entering);
    let mut lines = Lines::default();
    for period in 0..=periods {
        if period > 0 {
            if let Some(tier) = walk.unknown() {
                return Err(empty_tier(&flow.tiers[tier], period));
            }
            walk.advance();
        }
        lines.take(period, &walk, quantile);
    }
    Ok(lines.into_table(flow))
}

/// The book by tier with which the projection begins; nobody has left yet.
fn book(flow: &Flow, start: Start) -> Vec<f64> {
    let accounts = |tier: usize, other: usize| match start {
        Start::Closing => flow.cell(other, tier).accounts,
        Start::Opening => flow.cell(tier, other).accounts,
    };
    let sum = |tier: usize| (0..=flow.outside()).map(|other| accounts(tier, other)).sum::<u64>() as f64;
    (0..flow.tiers.len()).map(sum).chain([0.0]).collect()
}

fn empty_tier(tier: &str, period: usize) -> crate::error::Error {
    let issue =
        Issue::new(Code::EmptyTier).path("periods").value(format!("{tier:?} with accounts before period {period}"));
    issue.help("take results that lie further apart, or more accounts").into()
}

/// The lines of a projection, column by column.
#[derive(Default)]
struct Lines {
    periods: Vec<f64>,
    tiers: Vec<u8>,
    accounts: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Lines {
    fn take(&mut self, period: usize, walk: &Walk<'_>, quantile: f64) {
        for (tier, &accounts) in walk.book.iter().enumerate() {
            let width = quantile * walk.variance(tier).sqrt();
            self.periods.push(period as f64);
            self.tiers.push(tier as u8);
            self.accounts.push(accounts);
            self.low.push((accounts - width).max(0.0));
            self.high.push(accounts + width);
        }
    }

    fn into_table(self, flow: &Flow) -> ResultTable {
        let rows = self.tiers.len();
        let tiers = flow.tiers.iter().map(String::as_str).chain([LEFT]);
        let columns = vec![
            ("period".into(), ResultColumn::from_nan(self.periods)),
            ("tier".into(), label(self.tiers, tiers)),
            ("accounts".into(), ResultColumn::from_nan(self.accounts)),
            ("low".into(), ResultColumn::from_nan(self.low)),
            ("high".into(), ResultColumn::from_nan(self.high)),
        ];
        ResultTable::new(columns, rows, flow.card_hash())
    }
}
