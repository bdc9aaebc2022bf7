//! Two books side by side: the rows that hold the same account, and what each card makes of both.

use super::lines::{Lines, same_text};
use super::tree::Corner;
use crate::error::{Code, Error, Result};
use crate::health::ScoreOptions;
use crate::health::bind::{Bound, bind};
use crate::health::compile::{Input, Program};
use crate::health::engine::{NO_PLAN, Scratches, Session, Work, run, scratches};
use crate::health::kernel::{Block, Faults, Inputs, Run, Scratch, evaluate};
use crate::table::matching::Matcher;

/// Pairs that are scored at once: fewer rows than in a block of scores, since what was done with each item is kept.
const PAIRS: usize = 512;

/// The names of the two days, for messages and options.
pub(super) const DAYS: [&str; 2] = ["before", "after"];

/// Says which of the two books an error is about.
pub(super) fn about(error: Error, day: usize) -> Error {
    let issues = error.issues().iter().cloned().map(|mut issue| {
        let name = DAYS[day];
        if issue.code == Code::AsOfRequired {
            issue.context.path = Some(format!("as_of_{name}"));
            return issue.help(format!("give the day, such as as_of_{name} = 2026-10-31"));
        }
        if issue.context.row_count > 0 || issue.code == Code::UnknownColumn {
            let book = format!("this is the book {name}");
            let help = issue.context.help.take();
            return issue.help(help.map_or(book.clone(), |help| format!("{help}; {book}")));
        }
        issue
    });
    Error::from_issues(issues.collect()).unwrap_or(error)
}

/// What scores one of the books.
struct Side<'a> {
    session: &'a Session<'a>,
    scratches: Scratches,
    work: Work,
    faults: Faults,
    /// The card of this book reading the other book; none where there is one card.
    beyond: Option<Vec<Bound<'a>>>,
    /// How it reads the other book.
    run: Run,
    cross: Cross,
}

/// Accounts of one book under the plans by which those of the other are scored.
struct Cross {
    scratches: Vec<Option<Scratch>>,
    /// The places of the pairs that each plan evaluates, and their rows.
    groups: Vec<(Vec<usize>, Vec<u32>)>,
    /// Where each pair of the block stands in the columns of its plan.
    place: Vec<usize>,
    faults: Faults,
}

impl Cross {
    fn new(program: &Program) -> Self {
        Self {
            scratches: program.plans.iter().map(|_| None).collect(),
            groups: vec![(Vec::new(), Vec::new()); program.plans.len()],
            place: Vec::new(),
            faults: Faults::default(),
        }
    }

    /// Evaluates rows of the other book; `plan_of` says by which plan each pair of a block is, if any.
    fn evaluate(
        &mut self,
        program: &Program,
        inputs: &Bound<'_>,
        (rows, offset): (&[u32], usize),
        run: Run,
        plan_of: impl Fn(usize) -> Option<usize>,
    ) {
        self.groups.iter_mut().for_each(|(places, rows)| {
            places.clear();
            rows.clear();
        });
        self.place.clear();
        self.place.resize(rows.len(), 0);
        for (i, &row) in rows.iter().enumerate() {
            if let Some((places, rows)) = plan_of(i).and_then(|plan| self.groups.get_mut(plan)) {
                self.place[i] = places.len();
                places.push(i);
                rows.push(row);
            }
        }
        for (at, (_, rows)) in self.groups.iter().enumerate().filter(|(_, (_, rows))| !rows.is_empty()) {
            let plan = &program.plans[at];
            let scratch = self.scratches[at].get_or_insert_with(|| Scratch::with_trace(plan, PAIRS));
            evaluate(plan, inputs, block(rows, offset), run, scratch, &mut self.faults);
        }
    }
}

/// Rows of a table as a block: a range where they follow each other, which is read faster.
fn block(rows: &[u32], offset: usize) -> Block<'_> {
    let start = rows.first().map_or(0, |&row| row as usize);
    let follow = rows.iter().enumerate().all(|(i, &row)| row as usize == start + i);
    Block { start, rows: rows.len(), offset, picks: (!follow).then_some(rows) }
}

/// Pairs of rows, all of one batch before and one batch after.
struct Pairs {
    batches: [usize; 2],
    rows: [Vec<u32>; 2],
}

impl<'a> Side<'a> {
    fn new(session: &'a Session<'a>, other: &Session<'a>, day: usize, rows: usize) -> Result<Self> {
        let program = session.program;
        let is_other = session.card != other.card;
        let beyond = is_other.then(|| {
            other.batches.iter().map(|table| bind(program, table, session.options)).collect::<Result<Vec<_>>>()
        });
        let options = ScoreOptions { as_of: other.options.as_of, ..session.options.clone() };
        Ok(Self {
            session,
            scratches: scratches(program, rows, true),
            work: Work::new(program, rows),
            faults: Faults::default(),
            beyond: beyond.transpose().map_err(|error| about(error, 1 - day))?,
            run: run(program, &options).map_err(|error| about(error, 1 - day))?,
            cross: Cross::new(program),
        })
    }

    fn settle(&mut self, batch: usize, rows: &[u32]) {
        let block = block(rows, self.session.starts[batch]);
        self.session.settle(batch, block, &mut self.scratches, &mut self.work, &mut self.faults);
    }

    /// The account at a place of the block, as its own plan sees it.
    fn corner<'s>(&'s self, batch: usize, row: u32, i: usize) -> Option<Corner<'s>> {
        let plan = usize::from(self.work.plan_of[i]);
        let trace = self.scratches.get(plan)?.trace.as_ref()?;
        let (at, inputs) = (self.work.place[i] as usize, &self.session.bound[batch]);
        let plan = &self.session.program.plans[plan];
        Some(Corner { plan, trace, at, inputs, row: row as usize, raw: self.work.raw[i] })
    }

    /// The row of the other book that is paired with this one, as the plan of this one sees it.
    fn beyond<'s>(&'s self, other: &'s Self, batch: usize, row: u32, i: usize) -> Option<Corner<'s>> {
        let plan = usize::from(self.work.plan_of[i]);
        let (scratch, at) = (self.cross.scratches.get(plan)?.as_ref()?, self.cross.place[i]);
        let failed = scratch.marks.any && scratch.marks.first[at] > 0;
        let raw = if failed { f64::NAN } else { scratch.uncut[at] };
        let inputs = &self.beyond.as_ref().unwrap_or(&other.session.bound)[batch];
        let plan = &self.session.program.plans[plan];
        Some(Corner { plan, trace: scratch.trace.as_ref()?, at, inputs, row: row as usize, raw })
    }
}

/// Compares the accounts that stand in both books.
pub(super) fn compare(before: &Session<'_>, after: &Session<'_>, lines: &mut Lines) -> Result<()> {
    let name = before.card.account().map_or("", |account| before.options.table_name(account));
    let matcher = Matcher::new(name, &before.accounts)?;
    matcher.accepts(name, &after.accounts)?;
    let rows = before.rows.min(after.rows).min(PAIRS);
    let mut sides = [Side::new(before, after, 0, rows)?, Side::new(after, before, 1, rows)?];
    let mut pairs = Pairs { batches: [0, 0], rows: [Vec::with_capacity(rows), Vec::with_capacity(rows)] };
    let mut hint = 0;
    for (batch, account) in after.accounts.iter().enumerate() {
        for row in 0..account.len() {
            let Some(found) = matcher.find(account, row, hint) else { continue };
            hint = found as usize + 1;
            let own = before.starts.partition_point(|&start| start <= found as usize).saturating_sub(1);
            if pairs.batches != [own, batch] || pairs.rows[0].len() == PAIRS {
                take(&mut sides, &mut pairs, lines);
                pairs.batches = [own, batch];
            }
            pairs.rows[0].push(found - before.starts[own] as u32);
            pairs.rows[1].push(row as u32);
        }
    }
    take(&mut sides, &mut pairs, lines);
    for (day, side) in sides.iter_mut().enumerate() {
        side.session.raise(&mut side.faults).map_err(|error| about(error, day))?;
    }
    // One card with several variants has read both books already, in its own way.
    for (day, side) in sides.iter_mut().enumerate().filter(|(_, side)| side.beyond.is_some()) {
        side.session.raise(&mut side.cross.faults).map_err(|error| about(error, 1 - day))?;
    }
    Ok(())
}

/// Scores pairs of rows and writes down what changed.
fn take(sides: &mut [Side<'_>; 2], pairs: &mut Pairs, lines: &mut Lines) {
    if pairs.rows[0].is_empty() {
        return;
    }
    for (day, side) in sides.iter_mut().enumerate() {
        side.settle(pairs.batches[day], &pairs.rows[day]);
    }
    cross(sides, pairs);
    let still = still(sides, pairs);
    let [before, after] = sides;
    for (i, (&row, &other)) in pairs.rows[0].iter().zip(&pairs.rows[1]).enumerate() {
        let [batch, last] = pairs.batches;
        let differ = differ(before, after, i);
        lines.take(&Pair {
            sessions: [before.session, after.session],
            works: [&before.work, &after.work],
            batches: pairs.batches,
            rows: [row as usize, other as usize],
            account: before.session.rows + after.session.starts[last] + other as usize,
            i,
            still: still[i],
            own: [before.corner(batch, row, i), after.corner(last, other, i)],
            beyond: [
                differ.then(|| before.beyond(after, last, other, i)).flatten(),
                differ.then(|| after.beyond(before, batch, row, i)).flatten(),
            ],
        });
    }
    pairs.rows.iter_mut().for_each(Vec::clear);
}

/// Whether a pair has a score on both days, by different plans.
fn differ(before: &Side<'_>, after: &Side<'_>, i: usize) -> bool {
    let plans = [before.work.plan_of[i], after.work.plan_of[i]];
    let scored = !before.work.raw[i].is_nan() && !after.work.raw[i].is_nan() && !plans.contains(&NO_PLAN);
    scored && (before.beyond.is_some() || plans[0] != plans[1])
}

/// For which pairs a plan saw the same on both days: found column by column, since most accounts move little.
fn still(sides: &[Side<'_>; 2], pairs: &Pairs) -> Vec<bool> {
    let [before, after] = sides;
    let rows = pairs.rows[0].len();
    let plans = before.work.plan_of.iter().zip(&after.work.plan_of).take(rows);
    if before.beyond.is_some() {
        return vec![false; rows];
    }
    let mut still: Vec<bool> = plans.map(|(a, b)| a == b).collect();
    for (at, plan) in before.session.program.plans.iter().enumerate() {
        let own: Vec<usize> = (0..rows).filter(|&i| still[i] && usize::from(before.work.plan_of[i]) == at).collect();
        let traces = [before, after].map(|side| side.scratches.get(at).and_then(|scratch| scratch.trace.as_ref()));
        let [Some(old), Some(new)] = traces else { continue };
        let place = |side: &Side<'_>, i: usize| side.work.place[i] as usize;
        for (index, item) in plan.items.iter().enumerate() {
            let pairs_of = [
                (&old.points[index], &new.points[index]),
                (&old.weights[index], &new.weights[index]),
                (&old.values[index], &new.values[index]),
            ];
            for (old, new) in pairs_of {
                own.iter().for_each(|&i| {
                    still[i] &= old[place(before, i)].to_bits() == new[place(after, i)].to_bits();
                });
            }
            let (old, new) = (&old.states[index], &new.states[index]);
            own.iter().for_each(|&i| still[i] &= old[place(before, i)] == new[place(after, i)]);
            if let Input::Category(input, _) = item.source {
                let cell = |day: usize, i: usize| {
                    let side = &sides[day];
                    (side.session.bound[pairs.batches[day]].column(input), pairs.rows[day][i] as usize)
                };
                own.iter().for_each(|&i| still[i] = still[i] && same_text(cell(0, i), cell(1, i)));
            }
        }
    }
    still
}

/// Evaluates the pairs whose plans differ with the plan of the other day.
fn cross(sides: &mut [Side<'_>; 2], pairs: &Pairs) {
    let differs: Vec<bool> = (0..pairs.rows[0].len()).map(|i| differ(&sides[0], &sides[1], i)).collect();
    if !differs.contains(&true) {
        return;
    }
    for day in [0, 1] {
        let other = 1 - day;
        let (batch, rows) = (pairs.batches[other], &pairs.rows[other]);
        let (session, offset) = (sides[other].session, sides[other].session.starts[batch]);
        let Side { session: own, work, beyond, run, cross, .. } = &mut sides[day];
        let inputs = &beyond.as_ref().unwrap_or(&session.bound)[batch];
        let plan_of = |i: usize| differs[i].then(|| usize::from(work.plan_of[i]));
        cross.evaluate(own.program, inputs, (rows, offset), *run, plan_of);
    }
}

/// An account that stands in both books.
pub(super) struct Pair<'a> {
    pub(super) sessions: [&'a Session<'a>; 2],
    pub(super) works: [&'a Work; 2],
    pub(super) batches: [usize; 2],
    pub(super) rows: [usize; 2],
    /// Its row in the book after, counting on from those before.
    pub(super) account: usize,
    /// Its place in the block.
    pub(super) i: usize,
    /// Whether its items did the same by the same plan on both days.
    pub(super) still: bool,
    /// Each day by its own plan; none where the account is frozen.
    pub(super) own: [Option<Corner<'a>>; 2],
    /// Where the plans differ: the day after by the plan of the day before, and the other way round.
    pub(super) beyond: [Option<Corner<'a>>; 2],
}
