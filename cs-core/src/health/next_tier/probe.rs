//! Items whose column is read elsewhere too: what a value does is found by scoring the account with it.

use super::inverse::Shape;
use super::reach::Steps;
use crate::health::compile::{Input, Plan, Program};
use crate::health::engine::{Decision, GRACE, SCORED, Scratches, Session, Work, scratches, settle};
use crate::health::kernel::{Block, Faults, Inputs};
use crate::health::predicate::{Condition, Constant};
use crate::health::tier::Held;
use crate::table::{Bools, Column, Text, Values};

/// The column that an item reads as it is.
pub(super) fn own_input(source: &Input) -> Option<usize> {
    match source {
        Input::Number(input) | Input::Flag(input) | Input::Category(input, _) => Some(*input),
        _ => None,
    }
}

fn reads(source: &Input, input: usize) -> bool {
    match source {
        Input::Number(a) | Input::Flag(a) | Input::Category(a, _) | Input::DaysSince(a) | Input::DaysUntil(a) => {
            *a == input
        }
        Input::Ratio(a, b) | Input::Change(a, b) => *a == input || *b == input,
        Input::CountTrue(all) => all.contains(&input),
    }
}

/// All conditions of a card.
fn conditions(program: &Program) -> impl Iterator<Item = &Condition> {
    let items = program.plans.iter().flat_map(|plan| &plan.items);
    let of_items = items.flat_map(|item| item.applies.iter().chain(&item.opted_out));
    program.rules().map(|rule| &rule.when).chain(of_items)
}

/// Whether anything but the item itself reads its column.
fn is_shared(program: &Program, item: usize, input: usize) -> bool {
    let by_condition = |condition: &Condition| {
        let mut found = false;
        condition.tests(&mut |other, _| found |= other == input);
        found
    };
    let by_item = |plan: &Plan| {
        plan.items.iter().enumerate().any(|(at, other)| {
            (at != item && reads(&other.source, input))
                || other.freshness.as_ref().is_some_and(|freshness| freshness.observed_at == input)
                || other.ranks.as_ref().is_some_and(|ranks| ranks.by.as_ref().is_some_and(|(by, _)| *by == input))
        })
    };
    conditions(program).any(by_condition)
        || program.plans.iter().any(by_item)
        || program.grace.as_ref().is_some_and(|grace| grace.since == input)
}

/// Where what a column does may change, if more than the item itself reads it.
pub(super) fn shared_starts(program: &Program, shapes: &[Vec<Shape>], plan: usize, item: usize) -> Option<Vec<f64>> {
    let input = own_input(&program.plans[plan].items[item].source)?;
    if !is_shared(program, item, input) {
        return None;
    }
    let mut starts = Vec::new();
    for (plan, shapes) in program.plans.iter().zip(shapes) {
        for (other, shape) in plan.items.iter().zip(shapes) {
            if own_input(&other.source) == Some(input) {
                starts.extend(&shape.starts);
                starts.extend(other.ranks.iter().flat_map(|ranks| ranks.all_knots()).map(|knot| knot[0]));
            }
        }
    }
    for condition in conditions(program) {
        condition.tests(&mut |other, test| {
            if other == input {
                let numbers = test.constants().into_iter().filter_map(|constant| match constant {
                    Constant::Number(x) => Some(*x),
                    _ => None,
                });
                // The constant is a piece of its own.
                starts.extend(numbers.flat_map(|x| [x, x.next_up()]));
            }
        });
    }
    starts.sort_by(f64::total_cmp);
    starts.dedup();
    Some(starts)
}

/// Where an account stands, and what it has to reach.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) batch: usize,
    pub(super) row: usize,
    pub(super) before: Held,
    pub(super) tier: u8,
    /// How far past the edge of the next tier the score must be.
    pub(super) margin: f64,
}

/// Scores single accounts with one column replaced.
pub(super) struct Probe {
    scratches: Scratches,
    work: Work,
    numbers: Vec<f64>,
    flags: Vec<bool>,
    texts: Vec<String>,
}

/// The inputs of a batch with one of them replaced.
struct Replaced<'a, I> {
    inputs: &'a I,
    input: usize,
    column: Column<'a>,
}

impl<I: Inputs> Inputs for Replaced<'_, I> {
    fn column(&self, input: usize) -> Column<'_> {
        if input == self.input { self.column } else { self.inputs.column(input) }
    }
}

impl Probe {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            scratches: scratches(program, 1, true),
            work: Work::new(program, 1),
            numbers: Vec::new(),
            flags: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// The points of an item if its column held this number and the account then reached the next tier.
    pub(super) fn number(&mut self, session: &Session<'_>, account: &Account, item: usize, x: f64) -> Option<f64> {
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.resize(numbers.len().max(account.row + 1), f64::NAN);
        numbers[account.row] = x;
        let points = self.reaches(session, account, item, Column::all_valid(Values::F64(&numbers)));
        self.numbers = numbers;
        points
    }

    /// The same for a flag.
    pub(super) fn flag(&mut self, session: &Session<'_>, account: &Account, item: usize, set: bool) -> Option<f64> {
        let mut flags = std::mem::take(&mut self.flags);
        flags.resize(flags.len().max(account.row + 1), false);
        flags[account.row] = set;
        let points = self.reaches(session, account, item, Column::all_valid(Values::Bool(Bools::Flags(&flags))));
        self.flags = flags;
        points
    }

    /// The same for a category.
    pub(super) fn text(&mut self, session: &Session<'_>, account: &Account, item: usize, text: &[u8]) -> Option<f64> {
        let mut texts = std::mem::take(&mut self.texts);
        texts.resize(texts.len().max(account.row + 1), String::new());
        texts[account.row] = String::from_utf8_lossy(text).into_owned();
        let points = self.reaches(session, account, item, Column::all_valid(Values::Text(Text::Strings(&texts))));
        self.texts = texts;
        points
    }

    fn reaches(&mut self, session: &Session<'_>, account: &Account, item: usize, column: Column<'_>) -> Option<f64> {
        let program = session.program;
        let input = own_input(&program.items()[item].source)?;
        let inputs = Replaced { inputs: &session.bound[account.batch], input, column };
        let offset = session.starts[account.batch];
        let block = Block { start: account.row, rows: 1, offset, picks: None };
        let Self { scratches, work, .. } = self;
        work.before[0] = account.before;
        work.decided[0] = Decision::NO;
        settle(program, &inputs, block, session.run, scratches, work, &mut Faults::default());
        if !matches!(work.status[0], SCORED | GRACE) {
            return None;
        }
        let plan = usize::from(work.plan_of[0]);
        let next = usize::from(account.tier) + 1;
        let reached = match Steps::new(program, work.fired[0]).forced() {
            Some(forced) => forced >= next,
            None => work.score[0] >= program.plans[plan].edges[next] + account.margin,
        };
        let trace = scratches[plan].trace.as_ref()?;
        reached.then(|| trace.points[item][work.place[0] as usize])
    }
}
