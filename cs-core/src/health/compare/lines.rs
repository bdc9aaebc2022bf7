//! The lines of a comparison, account by account.

use super::books::Pair;
use super::tree::{Corner, Split};
use crate::health::Scorecard;
use crate::health::compile::{Input, Program};
use crate::health::engine::{FROZEN, STATUSES, steps};
use crate::health::explain::{State, override_change, says, write_value};
use crate::health::kernel::Inputs;
use crate::table::{Column, ResultColumn, Texts, Words};

/// The causes, by code.
const CAUSES: [&str; 8] =
    ["item_value", "item_state", "card", "adjustment", "override", "rounding", "frozen", "status"];
const VALUE: usize = 0;
const STATE: usize = 1;
const CARD: usize = 2;
const ADJUSTMENT: usize = 3;
const OVERRIDE: usize = 4;
const ROUNDING: usize = 5;
const KEPT: usize = 6;
const STATUS: usize = 7;

/// Parts of the scale that are the last bits of floats, and no change.
const NOTHING: f64 = 1e-12;
/// Parts of the scale up to which the lines of an account may be off.
const TOLERANCE: f64 = 1e-9;

/// The columns of a comparison while they are filled.
pub(super) struct Lines {
    accounts: Vec<u32>,
    cause: Words,
    item: Words,
    /// Only written where they are wanted.
    before: Option<Texts>,
    after: Option<Texts>,
    contribution: Vec<f64>,
    /// Per plan of the card before, and of the card after where it is another.
    splits: [Vec<Split>; 2],
    /// The item before that each item after is; then the items that are only before.
    items: Vec<Match>,
    /// The same for the adjustments.
    adjustments: Vec<Match>,
    /// How the plans are called.
    names: [Vec<String>; 2],
    same_card: bool,
    span: f64,
    texts: [Vec<u8>; 2],
}

/// A line while it is written.
struct Line<'a> {
    cause: usize,
    item: Option<usize>,
    before: Option<&'a str>,
    after: Option<&'a str>,
    contribution: f64,
}

/// The numbers that an item or an adjustment has in the card before and in the card after.
type Match = (Option<usize>, Option<usize>);

/// Ids of both cards by number, in the order after and then before.
fn matched(before: &[&str], after: &[&str]) -> Vec<Match> {
    let both = after.iter().enumerate().map(|(at, id)| (before.iter().position(|other| other == id), Some(at)));
    let gone = before.iter().enumerate().filter(|(_, id)| !after.contains(id)).map(|(at, _)| (Some(at), None));
    both.chain(gone).collect()
}

/// The ids of what is matched.
fn ids_of<'a>(matched: &'a [Match], ids: [Vec<&'a str>; 2]) -> impl Iterator<Item = String> + 'a {
    matched.iter().map(move |&(before, after)| {
        let id = after.map(|at| ids[1][at]).or(before.map(|at| ids[0][at]));
        id.unwrap_or_default().to_owned()
    })
}

fn items_of(program: &Program) -> Vec<&str> {
    program.items().iter().map(|item| item.id.as_str()).collect()
}

fn adjustments_of(program: &Program) -> Vec<&str> {
    program.adjustments.iter().map(|adjustment| adjustment.id.as_str()).collect()
}

/// The card's id, and behind a stroke that of the variant.
fn names_of(card: &Scorecard) -> Vec<String> {
    let variants = card.document().variants.iter().map(|variant| format!("{}/{}", card.id(), variant.id));
    std::iter::once(card.id().to_owned()).chain(variants).collect()
}

impl Lines {
    pub(super) fn new(before: &Scorecard, after: &Scorecard, names: &[String], rows: usize) -> Self {
        let programs = [before.program(), after.program()];
        let same_card = before == after;
        let items = matched(&items_of(programs[0]), &items_of(programs[1]));
        let adjustments = matched(&adjustments_of(programs[0]), &adjustments_of(programs[1]));
        let words = ids_of(&items, programs.map(items_of)).chain(ids_of(&adjustments, programs.map(adjustments_of)));
        let words = words.collect();
        let texts = |name: &str| names.iter().any(|wanted| wanted == name).then(|| Texts::with_capacity(rows));
        let splits = |program: &Program| program.plans.iter().map(Split::new).collect();
        Self {
            accounts: Vec::with_capacity(rows),
            cause: Words::new(CAUSES.map(str::to_owned).to_vec(), rows),
            item: Words::new(words, rows),
            before: texts("before"),
            after: texts("after"),
            contribution: Vec::with_capacity(rows),
            splits: programs.map(splits),
            items,
            adjustments,
            names: [before, after].map(names_of),
            same_card,
            span: programs.iter().map(|program| program.scale[1] - program.scale[0]).fold(0.0, f64::max),
            texts: [Vec::new(), Vec::new()],
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.contribution.len()
    }

    /// Writes the lines of an account.
    pub(super) fn take(&mut self, pair: &Pair<'_>) {
        let first = self.rows();
        let scores = pair.works.map(|work| work.score[pair.i]);
        let statuses = pair.works.map(|work| work.status[pair.i]);
        let change = scores[1] - scores[0];
        let [before, after] = statuses.map(|status| STATUSES.get(usize::from(status)).copied());
        if change.is_nan() {
            if statuses[0] != statuses[1] {
                self.push(&Line { before, after, ..Line::new(STATUS, f64::NAN) });
            }
        } else if statuses.contains(&FROZEN) {
            self.push_if_moved(&Line { before, after, ..Line::new(KEPT, change) });
        } else if pair.works.iter().any(|work| work.raw[pair.i].is_nan()) {
            self.take_override(pair, change);
        } else {
            self.take_scored(pair);
            self.settle(first, change);
        }
        self.accounts.resize(self.rows(), pair.account as u32);
    }

    fn push(&mut self, line: &Line<'_>) {
        self.cause.push(Some(line.cause));
        self.item.push(line.item);
        self.before.iter_mut().for_each(|texts| texts.push(line.before));
        self.after.iter_mut().for_each(|texts| texts.push(line.after));
        self.contribution.push(line.contribution);
    }

    /// Whether a contribution is more than the last bits of a float.
    fn counts(&self, contribution: f64) -> bool {
        contribution.abs() > NOTHING * self.span
    }

    fn push_if_moved(&mut self, line: &Line<'_>) {
        if self.counts(line.contribution) || line.before != line.after {
            self.push(line);
        }
    }

    /// Puts what the last bits lack where it cannot be seen: on the greatest line.
    fn settle(&mut self, first: usize, change: f64) {
        let lines = &mut self.contribution[first..];
        let missing = change - lines.iter().sum::<f64>();
        debug_assert!(missing.abs() <= TOLERANCE * self.span, "{missing} is missing");
        if missing.abs() <= TOLERANCE * self.span
            && let Some(greatest) = lines.iter_mut().max_by(|a, b| a.abs().total_cmp(&b.abs()))
            && *greatest != 0.0
        {
            *greatest += missing;
        }
    }

    fn take_scored(&mut self, pair: &Pair<'_>) {
        let rounding = self.take_items(pair);
        let before = self.after_items(pair, 0);
        let after = self.after_items(pair, 1);
        self.take_adjustments(pair, &before, &after);
        self.take_override(pair, after.decided - before.decided);
        self.push_if_moved(&Line::new(ROUNDING, rounding + after.rounding - before.rounding));
    }

    fn take_override(&mut self, pair: &Pair<'_>, contribution: f64) {
        let [before, after] = [0, 1].map(|day| {
            let is_made = pair.works[day].decided[pair.i].is_made();
            pair.sessions[day].note(pair.batches[day], pair.rows[day]).filter(|_| is_made)
        });
        self.push_if_moved(&Line { before, after, ..Line::new(OVERRIDE, contribution) });
    }

    fn after_items(&self, pair: &Pair<'_>, day: usize) -> After {
        let (program, work, i) = (pair.sessions[day].program, pair.works[day], pair.i);
        let (steps, score) = steps(program, work.fired[i], work.raw[i]);
        let decided = override_change(work.decided[i], score);
        let rounding = if program.rounding.is_some() { work.score[i] - (score + decided) } else { 0.0 };
        After { steps, decided, rounding }
    }

    fn take_adjustments(&mut self, pair: &Pair<'_>, before: &After, after: &After) {
        if before.steps.is_empty() && after.steps.is_empty() {
            return;
        }
        for at in 0..self.adjustments.len() {
            let (old, new) = self.adjustments[at];
            let step = |steps: &[(usize, f64)], index: Option<usize>| {
                steps.iter().find(|(step, _)| Some(*step) == index).map(|&(_, amount)| amount)
            };
            let text = |day: usize, index: Option<usize>| {
                let program: &Program = pair.sessions[day].program;
                index.and_then(|at| program.adjustments.get(at)).map(|a| says(a.change, &program.tiers))
            };
            let amounts = [step(&before.steps, old), step(&after.steps, new)];
            let texts = [text(0, old.filter(|_| amounts[0].is_some())), text(1, new.filter(|_| amounts[1].is_some()))];
            let contribution = amounts[1].unwrap_or(0.0) - amounts[0].unwrap_or(0.0);
            let [before, after] = texts.each_ref().map(Option::as_deref);
            let item = Some(self.items.len() + at);
            self.push_if_moved(&Line { item, before, after, ..Line::new(ADJUSTMENT, contribution) });
        }
    }

    /// Writes the lines of items and of the card; gives what the rounding of dimensions did.
    fn take_items(&mut self, pair: &Pair<'_>) -> f64 {
        let [Some(before), Some(after)] = &pair.own else { return 0.0 };
        if pair.still {
            return 0.0;
        }
        let plans = pair.works.map(|work| usize::from(work.plan_of[pair.i]));
        if self.same_card && plans[0] == plans[1] {
            return self.take_one_plan(before, after, plans[0]);
        }
        match &pair.beyond {
            [Some(old), Some(new)] => self.take_two_plans([before, old], [new, after], plans),
            _ => 0.0,
        }
    }

    fn take_one_plan(&mut self, before: &Corner<'_>, after: &Corner<'_>, plan: usize) -> f64 {
        let Some(split) = self.splits[0].get_mut(plan) else { return 0.0 };
        split.find([before, after]);
        let rounding = split.rounding;
        for index in 0..before.plan.items.len() {
            let contribution = self.splits[0][plan].items[index];
            let days = [(before, index), (after, index)];
            let of_item = Of { days, changed: has_changed(days), states: changed_states(days) };
            self.take_item(index, contribution, &of_item);
        }
        rounding
    }

    /// `old` is both days under the plan before, `new` under the plan after.
    fn take_two_plans(&mut self, old: [&Corner<'_>; 2], new: [&Corner<'_>; 2], plans: [usize; 2]) -> f64 {
        let known = old.iter().chain(&new).all(|corner| !corner.raw.is_nan());
        let mut rounding = 0.0;
        if known {
            for (day, corners) in [old, new].into_iter().enumerate() {
                self.splits[day][plans[day]].find(corners);
                rounding += self.splits[day][plans[day]].rounding / 2.0;
            }
        }
        for at in 0..self.items.len() {
            let (before, after) = self.items[at];
            let half = |day: usize, item: Option<usize>| {
                item.filter(|_| known).map_or(0.0, |item| self.splits[day][plans[day]].items[item] / 2.0)
            };
            let contribution = half(0, before) + half(1, after);
            let under = [before.map(|item| (old, item)), after.map(|item| (new, item))];
            if let Some(of_item) = Of::new(under) {
                self.take_item(at, contribution, &of_item);
            }
        }
        let whole = new[1].raw - old[0].raw;
        let card = if known { (new[0].raw - old[0].raw) / 2.0 + (new[1].raw - old[1].raw) / 2.0 } else { whole };
        let [before, after] = [0, 1].map(|day| self.names[day][plans[day]].clone());
        self.push_if_moved(&Line { before: Some(&before), after: Some(&after), ..Line::new(CARD, card) });
        rounding
    }

    fn take_item(&mut self, item: usize, contribution: f64, of_item: &Of<'_, '_>) {
        if let Some(states) = of_item.states {
            let [before, after] = states.map(|state| Some(state.as_str()));
            return self.push(&Line { item: Some(item), before, after, ..Line::new(STATE, contribution) });
        }
        if !of_item.changed && !self.counts(contribution) {
            return;
        }
        let mut texts = std::mem::take(&mut self.texts);
        let is_wanted = self.before.is_some() || self.after.is_some();
        let [before, after] = if is_wanted { of_item.write(&mut texts) } else { [None, None] };
        self.push(&Line { item: Some(item), before, after, ..Line::new(VALUE, contribution) });
        self.texts = texts;
    }

    pub(super) fn into_columns(self) -> (Vec<u32>, Vec<(String, ResultColumn)>) {
        let columns = vec![
            ("cause".into(), self.cause.into_column()),
            ("item".into(), self.item.into_column()),
            ("before".into(), ResultColumn::Text(self.before.unwrap_or_default())),
            ("after".into(), ResultColumn::Text(self.after.unwrap_or_default())),
            ("contribution".into(), ResultColumn::from_nan(self.contribution)),
        ];
        (self.accounts, columns)
    }
}

/// What came after the items on one day.
struct After {
    /// What each adjustment that counted changed.
    steps: Vec<(usize, f64)>,
    /// What the override changed.
    decided: f64,
    /// What rounding the score changed.
    rounding: f64,
}

impl Line<'_> {
    fn new(cause: usize, contribution: f64) -> Self {
        Self { cause, item: None, before: None, after: None, contribution }
    }
}

/// An item on both days, and where it stands in the plan of each.
struct Of<'c, 'a> {
    days: [(&'c Corner<'a>, usize); 2],
    /// Whether its value changed under one plan.
    changed: bool,
    /// Its states, where they changed under one plan.
    states: Option<[State; 2]>,
}

impl<'c, 'a> Of<'c, 'a> {
    /// Both days under the plan before, and both under the plan after, where the item stands in it.
    fn new(under: [Option<([&'c Corner<'a>; 2], usize)>; 2]) -> Option<Self> {
        let [before, after] = under.map(|plan| plan.map(|(days, item)| days.map(|day| (day, item))));
        let days = match (before, after) {
            (Some([old, _]), Some([_, new])) => [old, new],
            (Some(days), None) | (None, Some(days)) => days,
            (None, None) => return None,
        };
        let plans = || before.into_iter().chain(after);
        // What the two days show comes first, if it says that there was a change at all.
        let shown = plans().any(|days| changed_states(days).is_some()).then_some(days);
        let states = shown.into_iter().chain(plans()).find_map(changed_states);
        Some(Self { days, changed: plans().any(has_changed), states })
    }

    /// Writes the raw values of both days.
    fn write<'t>(&self, texts: &'t mut [Vec<u8>; 2]) -> [Option<&'t str>; 2] {
        let mut day = 0;
        texts.each_mut().map(|text| {
            let (corner, item) = self.days[day];
            day += 1;
            text_of(corner, item, text)
        })
    }
}

/// The raw value of an item as an explanation writes it.
fn text_of<'t>(corner: &Corner<'_>, item: usize, text: &'t mut Vec<u8>) -> Option<&'t str> {
    text.clear();
    let source = &corner.plan.items[item].source;
    let known = write_value(source, corner.inputs, corner.row, corner.value(item), text);
    std::str::from_utf8(text).ok().filter(|_| known)
}

/// The states of an item, if it has a value on one day only, or lacks it for another reason.
fn changed_states(days: [(&Corner<'_>, usize); 2]) -> Option<[State; 2]> {
    let states = days.map(|(day, item)| day.state(item));
    let kinds = states.map(|state| if state == State::Stale { State::Present } else { state });
    (kinds[0] != kinds[1]).then_some(states)
}

/// Whether the raw value of an item changed.
fn has_changed(days: [(&Corner<'_>, usize); 2]) -> bool {
    let [x, y] = days.map(|(day, item)| day.value(item));
    if x != y && !(x.is_nan() && y.is_nan()) {
        return true;
    }
    // Two categories may have the same points.
    let [Some(before), Some(after)] = days.map(|(day, item)| match day.plan.items[item].source {
        Input::Category(input, _) => Some((day.inputs.column(input), day.row)),
        _ => None,
    }) else {
        return false;
    };
    !same_text(before, after)
}

/// Whether two cells hold the same text, or are both null.
pub(super) fn same_text((a, row): (Column<'_>, usize), (b, other): (Column<'_>, usize)) -> bool {
    match (a.text(row), b.text(other)) {
        (Some(a), Some(b)) => a == b,
        _ => a.display(row) == b.display(other),
    }
}
