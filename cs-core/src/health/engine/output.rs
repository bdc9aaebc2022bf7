//! The columns of scores.

use super::settle::{INSUFFICIENT, INVALID, SCORED, STATUSES, Work};
use super::{Held, Session};
use crate::calendar::Date;
use crate::health::compile::Program;
use crate::health::kernel::{Faults, Scratch};
use crate::health::tier::{NONE, band};
use crate::health::{ScoreOptions, Scorecard};
use crate::table::{InputRows, Labels, ResultColumn, ResultTable, Texts, pack};
use std::collections::HashMap;

/// Columns of the result while they are filled; those that are not wanted are `None`.
#[derive(Default)]
pub(in crate::health) struct Outputs {
    score: Option<Vec<f64>>,
    tier: Option<Vec<u8>>,
    status: Option<Vec<u8>>,
    coverage: Option<Vec<f64>>,
    tops: Vec<Option<Vec<f64>>>,
    raw: Option<Vec<f64>>,
    plan: Option<Vec<u8>>,
    fired: Option<Vec<u128>>,
    state: Option<Vec<Held>>,
}

/// The rows of the outputs that one chunk fills.
#[derive(Default)]
pub(super) struct Slices<'a> {
    score: Option<&'a mut [f64]>,
    tier: Option<&'a mut [u8]>,
    status: Option<&'a mut [u8]>,
    coverage: Option<&'a mut [f64]>,
    tops: Vec<Option<&'a mut [f64]>>,
    raw: Option<&'a mut [f64]>,
    plan: Option<&'a mut [u8]>,
    fired: Option<&'a mut [u128]>,
    state: Option<&'a mut [Held]>,
}

/// Cuts the first `rows` off a slice that is wanted.
fn cut<'a, T>(slice: &mut Option<&'a mut [T]>, rows: usize) -> Option<&'a mut [T]> {
    let (head, tail) = slice.take()?.split_at_mut(rows);
    *slice = Some(tail);
    Some(head)
}

/// Copies into the rows from `at` on, if they are wanted.
fn copy<T: Copy>(out: &mut Option<&mut [T]>, at: usize, from: &[T]) {
    if let Some(out) = out {
        out[at..at + from.len()].copy_from_slice(from);
    }
}

impl<'a> Slices<'a> {
    pub(super) fn cut(&mut self, rows: usize) -> Self {
        Self {
            score: cut(&mut self.score, rows),
            tier: cut(&mut self.tier, rows),
            status: cut(&mut self.status, rows),
            coverage: cut(&mut self.coverage, rows),
            tops: self.tops.iter_mut().map(|top| cut(top, rows)).collect(),
            raw: cut(&mut self.raw, rows),
            plan: cut(&mut self.plan, rows),
            fired: cut(&mut self.fired, rows),
            state: cut(&mut self.state, rows),
        }
    }

    /// Copies the results of a block that starts at `at`.
    pub(super) fn take(&mut self, work: &Work, at: usize, rows: usize) {
        copy(&mut self.score, at, &work.score[..rows]);
        copy(&mut self.tier, at, &work.tier[..rows]);
        copy(&mut self.status, at, &work.status[..rows]);
        copy(&mut self.coverage, at, &work.coverage[..rows]);
        for (out, top) in self.tops.iter_mut().zip(&work.tops) {
            copy(out, at, &top[..rows]);
        }
        copy(&mut self.raw, at, &work.raw[..rows]);
        copy(&mut self.plan, at, &work.plan_of[..rows]);
        copy(&mut self.fired, at, &work.fired[..rows]);
        copy(&mut self.state, at, &work.after[..rows]);
    }

    /// The same where nothing but the card decides on a row.
    pub(super) fn take_plain(&mut self, program: &Program, scratch: &Scratch, work: &mut Work, at: usize, rows: usize) {
        let scores = &scratch.score[..rows];
        let edges = &program.base().edges;
        if self.tier.is_some() {
            let none = edges.is_empty();
            for (tier, &score) in work.tier.iter_mut().zip(scores) {
                *tier = if none | score.is_nan() { NONE } else { band(edges, score) };
            }
            copy(&mut self.tier, at, &work.tier[..rows]);
        }
        if self.status.is_some() {
            let marks = &scratch.marks;
            for ((status, &score), &failed) in work.status.iter_mut().zip(scores).zip(&marks.first) {
                *status = if marks.any && failed > 0 {
                    INVALID
                } else if score.is_nan() {
                    INSUFFICIENT
                } else {
                    SCORED
                };
            }
            copy(&mut self.status, at, &work.status[..rows]);
        }
        copy(&mut self.score, at, scores);
        copy(&mut self.coverage, at, &scratch.coverage[..rows]);
        for (out, top) in self.tops.iter_mut().zip(&scratch.tops) {
            copy(out, at, &top[..rows]);
        }
    }
}

impl Outputs {
    pub(in crate::health) fn new(program: &Program, names: &[String], rows: usize) -> Self {
        let wanted = |name: &str| names.iter().any(|n| n == name);
        let floats = |name: &str| wanted(name).then(|| vec![0.0; rows]);
        let codes = |name: &str| wanted(name).then(|| vec![0; rows]);
        let state = super::STATE_COLUMNS.iter().any(|name| wanted(name));
        Self {
            score: floats("score"),
            tier: codes("tier"),
            status: codes("status"),
            coverage: floats("coverage"),
            tops: program.base().tops().map(|top| floats(&top.id)).collect(),
            raw: floats("raw_score"),
            plan: codes("variant"),
            fired: wanted("adjustments").then(|| vec![0; rows]),
            state: state.then(|| vec![Held::NEW; rows]),
        }
    }

    pub(super) fn slices(&mut self) -> Slices<'_> {
        Slices {
            score: self.score.as_deref_mut(),
            tier: self.tier.as_deref_mut(),
            status: self.status.as_deref_mut(),
            coverage: self.coverage.as_deref_mut(),
            tops: self.tops.iter_mut().map(Option::as_deref_mut).collect(),
            raw: self.raw.as_deref_mut(),
            plan: self.plan.as_deref_mut(),
            fired: self.fired.as_deref_mut(),
            state: self.state.as_deref_mut(),
        }
    }

    pub(super) fn into_table(
        mut self,
        session: &Session<'_>,
        names: &[String],
        faults: &Faults,
        rows: usize,
    ) -> ResultTable {
        let (card, program, options) = (session.card, session.program, session.options);
        let column =
            |name: &String| Some((result_name(card, name, options), self.column(name, session, faults, rows)?));
        let columns = names.iter().filter_map(column).collect();
        debug_assert!(program.tiers.len() < usize::from(NONE));
        ResultTable::new(columns, rows, card.hash())
    }

    fn column(&mut self, name: &str, session: &Session<'_>, faults: &Faults, rows: usize) -> Option<ResultColumn> {
        let (program, options) = (session.program, session.options);
        match name {
            "score" => self.score.take().map(ResultColumn::from_nan),
            "tier" => self.tier.take().map(|codes| label(codes, &program.tiers)),
            "status" => self.status.take().map(|codes| {
                let words = STATUSES.map(str::to_owned).to_vec();
                ResultColumn::Label(Labels { codes, validity: None, words })
            }),
            "coverage" => self.coverage.take().map(ResultColumn::from_nan),
            "raw_score" => self.raw.take().map(ResultColumn::from_nan),
            "variant" => self.plan.take().map(|plans| variants(plans, session.card)),
            "adjustments" => self.fired.take().map(|fired| adjustments(&fired, program)),
            "error_code" => Some(error_column(faults, rows, |code, _| code.as_str().to_owned())),
            "error_item" => Some(error_column(faults, rows, |_, item| program.subject(item).to_owned())),
            name if super::STATE_COLUMNS.contains(&name) => {
                self.state.as_ref().map(|held| state_column(name, held, session))
            }
            name => match program.base().tops().position(|top| top.id == name) {
                Some(top) => self.tops[top].take().map(ResultColumn::from_nan),
                None => {
                    let rows = options.rows.clone().map_or(InputRows::Each, InputRows::Take);
                    Some(ResultColumn::Input { column: options.table_name(name).to_owned(), rows })
                }
            },
        }
    }
}

/// Codes into words, null where [`NONE`].
fn label(mut codes: Vec<u8>, words: &[String]) -> ResultColumn {
    let validity = pack(&codes, |code| *code != NONE);
    if validity.is_some() {
        codes.iter_mut().for_each(|code| *code = if *code == NONE { 0 } else { *code });
    }
    ResultColumn::Label(Labels { codes, validity, words: words.to_vec() })
}

fn variants(mut plans: Vec<u8>, card: &Scorecard) -> ResultColumn {
    // The card itself, and accounts that were not scored, have no variant.
    plans.iter_mut().for_each(|plan| *plan = plan.checked_sub(1).filter(|at| *at < NONE - 1).unwrap_or(NONE));
    let words: Vec<String> = card.document().variants.iter().map(|variant| variant.id.clone()).collect();
    label(plans, &words)
}

fn adjustments(fired: &[u128], program: &Program) -> ResultColumn {
    // Few combinations occur: each is written once.
    let mut known: HashMap<u128, String> = HashMap::new();
    let mut texts = Texts::with_capacity(fired.len());
    for &bits in fired {
        if bits == 0 {
            texts.push(None);
            continue;
        }
        let text = known.entry(bits).or_insert_with(|| {
            let ids = program.adjustments.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
            ids.map(|(_, adjustment)| adjustment.id.as_str()).collect::<Vec<_>>().join(", ")
        });
        texts.push(Some(text));
    }
    ResultColumn::Text(texts)
}

fn state_column(name: &str, held: &[Held], session: &Session<'_>) -> ResultColumn {
    let tiers = &session.program.tiers;
    match name {
        "state_card" => label(vec![0; held.len()], &[session.card.hash().to_owned()]),
        "state_tier" => label(held.iter().map(|held| held.tier).collect(), tiers),
        "state_candidate" => label(held.iter().map(|held| held.candidate).collect(), tiers),
        "state_streak" => {
            let streak = |held: &Held| if held.is_new() { f64::NAN } else { f64::from(held.streak) };
            ResultColumn::from_nan(held.iter().map(streak).collect())
        }
        "state_score" => ResultColumn::from_nan(held.iter().map(|held| held.score).collect()),
        _ => days(held.iter().map(|held| held.as_of)),
    }
}

/// Days as texts: as labels, where there are few.
fn days(days: impl Iterator<Item = Option<Date>> + Clone) -> ResultColumn {
    let mut places: HashMap<Date, u8> = HashMap::new();
    let mut words = Vec::new();
    let mut codes = Vec::new();
    let mut last = None;
    for day in days.clone() {
        let Some(date) = day else {
            codes.push(NONE);
            continue;
        };
        // Most days are the one before.
        let code = match last {
            Some((known, code)) if known == date => code,
            _ => match places.get(&date) {
                Some(code) => *code,
                None if words.len() < usize::from(NONE) => {
                    let code = words.len() as u8;
                    words.push(date.to_string());
                    places.insert(date, code);
                    code
                }
                None => return ResultColumn::Text(days.map(|day| day.map(|day| day.to_string())).collect()),
            },
        };
        last = Some((date, code));
        codes.push(code);
    }
    label(codes, &words)
}

/// The account stands under the name that it has in the table.
pub(in crate::health) fn result_name(card: &Scorecard, name: &str, options: &ScoreOptions) -> String {
    if card.account() == Some(name) { options.table_name(name).to_owned() } else { name.to_owned() }
}

fn error_column(faults: &Faults, rows: usize, text: impl Fn(crate::error::Code, usize) -> String) -> ResultColumn {
    let mut texts = vec![None; rows];
    for &(row, code, item) in &faults.rows {
        texts[row] = Some(text(code, item));
    }
    ResultColumn::Text(texts.into_iter().collect())
}
