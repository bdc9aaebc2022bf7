//! The rows of the result: what each item would need, ranked.

use super::solve::{Case, Found, Needed, Reason, Solver};
use crate::health::Scorecard;
use crate::health::engine::{Session, result_name};
use crate::table::{InputRows, ResultColumn, ResultTable, Texts, Words};
use std::cmp::Ordering;

/// The columns of the result.
pub(super) fn columns(card: &Scorecard) -> Vec<String> {
    let own = [
        "tier",
        "next_tier",
        "item",
        "rank",
        "value",
        "needed",
        "needed_value",
        "points",
        "needed_points",
        "cost",
        "reason",
    ];
    card.account().into_iter().chain(own).map(str::to_owned).collect()
}

/// The columns of the result while they are filled.
pub(super) struct Rows {
    accounts: Vec<u32>,
    tier: Words,
    next_tier: Words,
    item: Words,
    rank: Vec<f64>,
    value: Texts,
    needed: Texts,
    needed_value: Vec<f64>,
    points: Vec<f64>,
    needed_points: Vec<f64>,
    cost: Vec<f64>,
    reason: Words,
    /// Per item.
    costs: Vec<Option<f64>>,
    span: f64,
    starts: Vec<usize>,
    /// The items of the account at hand.
    answers: Vec<Answer>,
}

struct Answer {
    item: usize,
    found: Result<Found, Reason>,
    cost: f64,
    /// Whether the cost is a share of the scale while others have costs of their own.
    uncosted: bool,
}

impl Answer {
    /// The cheapest first, then those that cannot.
    fn order(&self, other: &Self) -> Ordering {
        let key = |answer: &Self| (answer.found.is_err(), answer.uncosted);
        key(self).cmp(&key(other)).then(self.cost.total_cmp(&other.cost)).then(self.item.cmp(&other.item))
    }
}

impl Rows {
    pub(super) fn new(session: &Session<'_>, costs: Vec<Option<f64>>) -> Self {
        let program = session.program;
        let [worst, best] = program.scale;
        let ids = program.items().iter().map(|item| item.id.clone()).collect();
        Self {
            accounts: Vec::new(),
            tier: Words::new(program.tiers.clone(), 0),
            next_tier: Words::new(program.tiers.clone(), 0),
            item: Words::new(ids, 0),
            rank: Vec::new(),
            value: Texts::default(),
            needed: Texts::default(),
            needed_value: Vec::new(),
            points: Vec::new(),
            needed_points: Vec::new(),
            cost: Vec::new(),
            reason: Words::new(Reason::NAMES.map(str::to_owned).to_vec(), 0),
            costs,
            span: best - worst,
            starts: session.starts.clone(),
            answers: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Adds the rows of an account.
    pub(super) fn take(&mut self, solver: &mut Solver, case: &Case<'_>) {
        solver.begin(case);
        let mut answers = std::mem::take(&mut self.answers);
        answers.clear();
        answers.extend((0..self.costs.len()).map(|item| self.answer(solver, case, item)));
        answers.sort_by(Answer::order);
        for (place, answer) in answers.iter().enumerate() {
            self.push(case, answer, place + 1);
        }
        self.answers = answers;
    }

    fn answer(&self, solver: &mut Solver, case: &Case<'_>, item: usize) -> Answer {
        let found = solver.solve(case, item);
        let cost = found.map_or(f64::NAN, |found| self.cost(case, item, found));
        // Without a single cost all are alike.
        Answer { item, found, cost, uncosted: self.costs[item].is_none() }
    }

    fn cost(&self, case: &Case<'_>, item: usize, (needed, needed_points): Found) -> f64 {
        let value = case.value(item);
        let Some(unit) = self.costs[item] else {
            let points = case.points(item);
            let points = if points.is_nan() { case.worst() } else { points };
            return ((needed_points - points) / self.span).max(0.0);
        };
        let units = match needed {
            Needed::Number(needed) if value.is_nan() => needed.abs(),
            Needed::Number(needed) => (needed - value).abs(),
            Needed::Flag(set) if f64::from(u8::from(set)) == value => 0.0,
            Needed::Same => 0.0,
            Needed::Flag(_) | Needed::Category(_) => 1.0,
        };
        (unit * units).min(f64::MAX)
    }

    fn push(&mut self, case: &Case<'_>, answer: &Answer, rank: usize) {
        let (account, item) = (&case.account, answer.item);
        let found = answer.found.ok();
        self.accounts.push((self.starts[account.batch] + account.row) as u32);
        self.tier.push(Some(usize::from(account.tier)));
        self.next_tier.push(Some(usize::from(account.tier) + 1));
        self.item.push(Some(item));
        self.rank.push(found.map_or(f64::NAN, |_| rank as f64));
        self.value.push_with(|out| case.write_value(item, out));
        self.needed.push_with(|out| found.is_some_and(|(needed, _)| case.write_needed(item, needed, out)));
        self.needed_value.push(match found {
            Some((Needed::Number(x), _)) => x,
            Some((Needed::Flag(set), _)) => f64::from(u8::from(set)),
            _ => f64::NAN,
        });
        self.points.push(case.points(item));
        self.needed_points.push(found.map_or(f64::NAN, |(_, points)| points));
        self.cost.push(answer.cost);
        self.reason.push(answer.found.err().map(|reason| reason as usize));
    }

    pub(super) fn into_table(self, session: &Session<'_>, names: &[String]) -> ResultTable {
        let (card, options) = (session.card, session.options);
        let rows = self.len();
        let mut all = vec![
            ("tier", self.tier.into_column()),
            ("next_tier", self.next_tier.into_column()),
            ("item", self.item.into_column()),
            ("rank", ResultColumn::from_nan(self.rank)),
            ("value", ResultColumn::Text(self.value)),
            ("needed", ResultColumn::Text(self.needed)),
            ("needed_value", ResultColumn::from_nan(self.needed_value)),
            ("points", ResultColumn::from_nan(self.points)),
            ("needed_points", ResultColumn::from_nan(self.needed_points)),
            ("cost", ResultColumn::from_nan(self.cost)),
            ("reason", self.reason.into_column()),
        ];
        if let Some(name) = card.account() {
            let column = options.table_name(name).to_owned();
            all.push((name, ResultColumn::Input { column, rows: InputRows::Take(self.accounts) }));
        }
        let chosen = names.iter().filter_map(|name| {
            let at = all.iter().position(|(other, _)| other == name)?;
            Some((result_name(card, name, options), all.swap_remove(at).1))
        });
        ResultTable::new(chosen.collect(), rows, card.hash())
    }
}
