//! Scoring tables: binding, blocks, threads, results.

use super::bind::{Bound, bind};
use super::compile::Plan;
use super::kernel::{BLOCK, Block, Faults, Run, Scratch, evaluate};
use super::read::clashes_with_results;
use super::{OnError, ScoreOptions, Scorecard};
use crate::calendar::Date;
use crate::error::{Code, Error, Issue, Result, suggest};
use crate::table::unique::check_accounts;
use crate::table::{Column, InputRows, Labels, MAX_ROWS, ResultColumn, ResultTable, Table, pack};

/// The statuses of a row, by code.
pub(super) const STATUSES: [&str; 3] = ["scored", "insufficient_data", "invalid"];
const SCORED: u8 = 0;
const INSUFFICIENT: u8 = 1;
const INVALID: u8 = 2;

/// Rows that one thread takes at a time: whole blocks, so that threads do not change what a block is.
const CHUNK: usize = 16 * BLOCK;

/// The run's settings; an error when the card asks for ages and `as_of` is not given.
pub(super) fn run(plan: &Plan, options: &ScoreOptions) -> Result<Run> {
    let asks = plan.items.iter().find(|item| item.needs_as_of());
    if let (Some(item), None) = (asks, options.as_of) {
        let issue = Issue::new(Code::AsOfRequired).item(item.id.as_str()).path("as_of");
        return Err(issue.help("give the day of the score, such as as_of = 2026-10-31").into());
    }
    Ok(Run { as_of: options.as_of.unwrap_or(Date::from_days(0)), zone: options.zone })
}

/// The tier of a score, by number; rows without a score have none.
#[inline]
pub(super) fn tier(edges: &[f64], score: f64) -> u8 {
    // The first tier holds whatever is below its edge, so only the others are counted.
    edges.iter().skip(1).fold(0, |tier, &edge| tier + u8::from(score >= edge))
}

#[inline]
pub(super) fn status(score: f64, failed: bool) -> u8 {
    if failed {
        INVALID
    } else if score.is_nan() {
        INSUFFICIENT
    } else {
        SCORED
    }
}

/// The account columns of all batches, checked: none is null and none stands twice.
pub(super) fn accounts<'a>(card: &Scorecard, batches: &[Table<'a>], options: &ScoreOptions) -> Result<Vec<Column<'a>>> {
    let Some(account) = card.account() else { return Ok(Vec::new()) };
    let name = options.table_name(account);
    let find = |table: &Table<'a>| table.column(name).ok_or_else(|| Error::from(table.unknown_column(name)));
    let columns: Vec<Column<'a>> = batches.iter().map(find).collect::<Result<_>>()?;
    match check_accounts(name, &columns) {
        Some(issue) => Err(issue.into()),
        None => Ok(columns),
    }
}

/// Binds every batch; the error of the first that does not fit.
pub(super) fn bind_all<'a>(plan: &Plan, batches: &[Table<'a>], options: &ScoreOptions) -> Result<Vec<Bound<'a>>> {
    batches.iter().map(|table| bind(plan, table, options)).collect()
}

/// Turns the errors found into one error, unless rows in error are to be null.
pub(super) fn raise(plan: &Plan, faults: &mut Faults, options: &ScoreOptions) -> Result<()> {
    if options.on_error == OnError::Null || faults.list.is_empty() {
        return Ok(());
    }
    let issues = std::mem::take(faults).into_issues(plan, |input| options.table_name(&plan.inputs[input]));
    Error::from_issues(issues).map_or(Ok(()), Err)
}

/// The account's name in the table must not be that of another column of the result.
pub(super) fn check_account_name(card: &Scorecard, options: &ScoreOptions) -> Result<()> {
    let Some((account, name)) = card.account().map(|account| (account, options.table_name(account))) else {
        return Ok(());
    };
    if !clashes_with_results(name, card.document()) {
        return Ok(());
    }
    let issue = Issue::new(Code::ReservedId).path(format!("columns.{account}")).value(format!("{name:?}"));
    Err(issue.help("the results have a column of that name: rename the account column in the table").into())
}

pub(super) fn score(
    card: &Scorecard,
    plan: &Plan,
    batches: &[Table<'_>],
    options: &ScoreOptions,
) -> Result<ResultTable> {
    let run = run(plan, options)?;
    check_account_name(card, options)?;
    let names = selected(card, options)?;
    let rows = batches.iter().map(Table::rows).sum();
    check_rows(rows)?;
    let bound = bind_all(plan, batches, options)?;
    accounts(card, batches, options)?;
    let mut outputs = Outputs::new(plan, &names, rows);
    let mut faults = run_all(plan, &bound, batches, run, &mut outputs, options);
    raise(plan, &mut faults, options)?;
    Ok(outputs.into_table(card, plan, &names, &faults, rows, options))
}

pub(super) fn check_rows(rows: usize) -> Result<()> {
    if rows <= MAX_ROWS {
        return Ok(());
    }
    Err(Issue::new(Code::TooManyRows).value(rows).expected(format!("at most {MAX_ROWS}")).into())
}

/// The result columns wanted.
fn selected(card: &Scorecard, options: &ScoreOptions) -> Result<Vec<String>> {
    let mut known = card.output_columns();
    if options.on_error == OnError::Null {
        known.extend(["error_code".to_owned(), "error_item".to_owned()]);
    }
    choose(known, options)
}

/// Those of the known columns that are wanted, in the order wanted.
pub(super) fn choose(known: Vec<String>, options: &ScoreOptions) -> Result<Vec<String>> {
    let Some(select) = &options.select else { return Ok(known) };
    let unknown = select.iter().enumerate().filter(|(_, name)| !known.contains(name));
    let issue = |(i, name): (usize, &String)| {
        let help = suggest(name, known.iter().map(String::as_str));
        Issue::new(Code::UnknownChoice).path(format!("select[{i}]")).value(format!("{name:?}")).help(help)
    };
    let issues: Vec<Issue> = unknown.map(issue).collect();
    let mut seen = std::collections::HashSet::new();
    match (Error::from_issues(issues), select.iter().find(|name| !seen.insert(name.as_str()))) {
        (Some(error), _) => Err(error),
        (None, Some(twice)) => Err(Issue::new(Code::DuplicateColumn).path("select").column(twice).into()),
        (None, None) => Ok(select.clone()),
    }
}

/// Columns of the result while they are filled; those that are not wanted are `None`.
#[derive(Default)]
struct Outputs {
    score: Option<Vec<f64>>,
    tier: Option<Vec<u8>>,
    status: Option<Vec<u8>>,
    coverage: Option<Vec<f64>>,
    tops: Vec<Option<Vec<f64>>>,
}

/// The rows of the outputs that one chunk fills.
#[derive(Default)]
struct Slices<'a> {
    score: Option<&'a mut [f64]>,
    tier: Option<&'a mut [u8]>,
    status: Option<&'a mut [u8]>,
    coverage: Option<&'a mut [f64]>,
    tops: Vec<Option<&'a mut [f64]>>,
}

/// Cuts the first `rows` off a slice that is wanted.
fn cut<'a, T>(slice: &mut Option<&'a mut [T]>, rows: usize) -> Option<&'a mut [T]> {
    let (head, tail) = slice.take()?.split_at_mut(rows);
    *slice = Some(tail);
    Some(head)
}

impl<'a> Slices<'a> {
    fn cut(&mut self, rows: usize) -> Self {
        Self {
            score: cut(&mut self.score, rows),
            tier: cut(&mut self.tier, rows),
            status: cut(&mut self.status, rows),
            coverage: cut(&mut self.coverage, rows),
            tops: self.tops.iter_mut().map(|top| cut(top, rows)).collect(),
        }
    }

    /// Copies the results of a block that starts at `at`.
    fn take(&mut self, plan: &Plan, scratch: &Scratch, at: usize, rows: usize) {
        let range = at..at + rows;
        let scores = &scratch.score[..rows];
        if let Some(out) = &mut self.score {
            out[range.clone()].copy_from_slice(scores);
        }
        if let Some(out) = &mut self.tier {
            out[range.clone()].iter_mut().zip(scores).for_each(|(out, &score)| *out = tier(&plan.edges, score));
        }
        if let Some(out) = &mut self.status {
            let failed = scores.iter().zip(&scratch.marks.first);
            out[range.clone()].iter_mut().zip(failed).for_each(|(out, (&score, &failed))| {
                *out = status(score, scratch.marks.any && failed > 0);
            });
        }
        if let Some(out) = &mut self.coverage {
            out[range.clone()].copy_from_slice(&scratch.coverage[..rows]);
        }
        for (out, top) in self.tops.iter_mut().zip(&scratch.tops) {
            if let Some(out) = out {
                out[range.clone()].copy_from_slice(&top[..rows]);
            }
        }
    }
}

impl Outputs {
    fn new(plan: &Plan, names: &[String], rows: usize) -> Self {
        let wanted = |name: &str| names.iter().any(|n| n == name);
        let floats = |name: &str| wanted(name).then(|| vec![0.0; rows]);
        let codes = |name: &str| wanted(name).then(|| vec![0; rows]);
        Self {
            // The tier's nulls are those of the score.
            score: (wanted("score") || wanted("tier")).then(|| vec![0.0; rows]),
            tier: codes("tier"),
            status: codes("status"),
            coverage: floats("coverage"),
            tops: plan.tops().map(|top| floats(&top.id)).collect(),
        }
    }

    fn slices(&mut self) -> Slices<'_> {
        Slices {
            score: self.score.as_deref_mut(),
            tier: self.tier.as_deref_mut(),
            status: self.status.as_deref_mut(),
            coverage: self.coverage.as_deref_mut(),
            tops: self.tops.iter_mut().map(Option::as_deref_mut).collect(),
        }
    }

    fn into_table(
        mut self,
        card: &Scorecard,
        plan: &Plan,
        names: &[String],
        faults: &Faults,
        rows: usize,
        options: &ScoreOptions,
    ) -> ResultTable {
        let validity = self.score.as_deref().and_then(|scores| pack(scores, |x| !x.is_nan()));
        let words = |words: &mut dyn Iterator<Item = &str>| words.map(str::to_owned).collect::<Vec<_>>();
        let mut column = |name: &String| match name.as_str() {
            "score" => self.score.take().map(|values| ResultColumn::Number { values, validity: validity.clone() }),
            "tier" => self.tier.take().map(|codes| {
                let words = words(&mut card.document().tiers.iter().map(|tier| tier.id.as_str()));
                ResultColumn::Label(Labels { codes, validity: validity.clone(), words })
            }),
            "status" => self.status.take().map(|codes| {
                ResultColumn::Label(Labels { codes, validity: None, words: words(&mut STATUSES.into_iter()) })
            }),
            "coverage" => self.coverage.take().map(ResultColumn::from_nan),
            "error_code" => Some(error_column(faults, rows, |code, _| code.as_str().to_owned())),
            "error_item" => Some(error_column(faults, rows, |_, item| plan.items[item].id.clone())),
            name => match plan.tops().position(|top| top.id == name) {
                Some(top) => self.tops[top].take().map(ResultColumn::from_nan),
                None => {
                    Some(ResultColumn::Input { column: options.table_name(name).to_owned(), rows: InputRows::Each })
                }
            },
        };
        let columns = names.iter().filter_map(|name| Some((result_name(card, name, options), column(name)?))).collect();
        ResultTable::new(columns, rows, card.hash())
    }
}

/// The account stands under the name that it has in the table.
pub(super) fn result_name(card: &Scorecard, name: &str, options: &ScoreOptions) -> String {
    if card.account() == Some(name) { options.table_name(name).to_owned() } else { name.to_owned() }
}

fn error_column(faults: &Faults, rows: usize, text: impl Fn(Code, usize) -> String) -> ResultColumn {
    let mut texts = vec![None; rows];
    for &(row, code, item) in &faults.rows {
        texts[row] = Some(text(code, item));
    }
    ResultColumn::Text(texts.into_iter().collect())
}

/// Rows of one batch that are scored in one go.
struct Chunk<'a> {
    batch: usize,
    start: usize,
    rows: usize,
    offset: usize,
    out: Slices<'a>,
}

fn chunks<'a>(batches: &[Table<'_>], mut out: Slices<'a>) -> Vec<Chunk<'a>> {
    let mut chunks = Vec::new();
    let mut offset = 0;
    for (batch, table) in batches.iter().enumerate() {
        for start in (0..table.rows()).step_by(CHUNK) {
            let rows = CHUNK.min(table.rows() - start);
            chunks.push(Chunk { batch, start, rows, offset, out: out.cut(rows) });
        }
        offset += table.rows();
    }
    chunks
}

fn run_all(
    plan: &Plan,
    bound: &[Bound<'_>],
    batches: &[Table<'_>],
    run: Run,
    outputs: &mut Outputs,
    options: &ScoreOptions,
) -> Faults {
    let chunks = chunks(batches, outputs.slices());
    let mut all = Faults::default();
    for faults in run_chunks(chunks, options.threads, plan, bound, run) {
        all.append(faults);
    }
    all
}

#[cfg(feature = "parallel")]
fn run_chunks(chunks: Vec<Chunk<'_>>, threads: usize, plan: &Plan, bound: &[Bound<'_>], run: Run) -> Vec<Faults> {
    use rayon::prelude::*;
    if threads == 1 || chunks.len() < 2 {
        return run_in_turn(chunks, plan, bound, run);
    }
    // A pool of its own: no global state, and no more threads than asked for.
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else {
        return run_in_turn(chunks, plan, bound, run);
    };
    let scratch = || Scratch::new(plan, BLOCK);
    pool.install(|| {
        chunks.into_par_iter().map_init(scratch, |scratch, chunk| run_chunk(chunk, plan, bound, run, scratch)).collect()
    })
}

#[cfg(not(feature = "parallel"))]
fn run_chunks(chunks: Vec<Chunk<'_>>, _threads: usize, plan: &Plan, bound: &[Bound<'_>], run: Run) -> Vec<Faults> {
    run_in_turn(chunks, plan, bound, run)
}

fn run_in_turn(chunks: Vec<Chunk<'_>>, plan: &Plan, bound: &[Bound<'_>], run: Run) -> Vec<Faults> {
    let mut scratch = Scratch::new(plan, BLOCK);
    chunks.into_iter().map(|chunk| run_chunk(chunk, plan, bound, run, &mut scratch)).collect()
}

fn run_chunk(mut chunk: Chunk<'_>, plan: &Plan, bound: &[Bound<'_>], run: Run, scratch: &mut Scratch) -> Faults {
    let mut faults = Faults::default();
    for at in (0..chunk.rows).step_by(BLOCK) {
        let rows = BLOCK.min(chunk.rows - at);
        let block = Block { start: chunk.start + at, rows, offset: chunk.offset };
        evaluate(plan, &bound[chunk.batch], block, run, scratch, &mut faults);
        chunk.out.take(plan, scratch, at, rows);
        faults.keep_rows(scratch, block);
    }
    faults
}
