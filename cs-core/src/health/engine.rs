//! Scoring tables: binding, blocks, threads, results.

mod output;
mod overrides;
mod previous;
mod settle;

pub(super) use output::{Outputs, result_name};
pub(super) use overrides::{OVERRIDE_COLUMNS, Overrides};
pub(super) use previous::{Previous, STATE_COLUMNS};
pub(super) use settle::{
    Decision, FROZEN, GRACE, NO_PLAN, SCORED, STATUSES, Scratches, Work, changed, scratches, settle, steps,
};

use super::bind::{Bound, bind};
use super::compile::Program;
use super::kernel::{BLOCK, Block, Faults, Run, evaluate};
use super::read::clashes_with_results;
use super::tier::Held;
use super::{Book, Include, OnError, ScoreOptions, Scorecard};
use crate::calendar::Date;
use crate::error::{Code, Error, Issue, Result, suggest};
use crate::table::unique::check_accounts;
use crate::table::{Column, MAX_ROWS, ResultTable, Table};
use output::Slices;

/// Rows that one thread takes at a time: whole blocks, so that threads do not change what a block is.
const CHUNK: usize = 16 * BLOCK;

/// The run's settings; an error when the card asks for ages and `as_of` is not given, or is not fitted.
pub(super) fn run(program: &Program, options: &ScoreOptions) -> Result<Run> {
    if let Some(item) = &program.unfitted {
        let issue = Issue::new(Code::QuantileNotFitted).item(item.as_str());
        return Err(issue.help("fit the card to a book first").into());
    }
    if let (Some(asks), None) = (program.asks_for_as_of(), options.as_of) {
        let issue = Issue::new(Code::AsOfRequired).item(asks).path("as_of");
        return Err(issue.help("give the day of the score, such as as_of = 2026-10-31").into());
    }
    Ok(Run { as_of: options.as_of.unwrap_or(Date::from_days(0)), day: options.as_of, zone: options.zone })
}

/// A book that is ready to be scored: bound, checked, and matched with what is known beside its data.
pub(super) struct Session<'a> {
    pub(super) card: &'a Scorecard,
    pub(super) program: &'a Program,
    pub(super) options: &'a ScoreOptions,
    pub(super) run: Run,
    pub(super) batches: &'a [Table<'a>],
    pub(super) bound: Vec<Bound<'a>>,
    /// The account column of each batch; none when the card names none.
    pub(super) accounts: Vec<Column<'a>>,
    previous: Option<Previous<'a>>,
    overrides: Option<Overrides<'a>>,
    /// Where each batch starts.
    pub(super) starts: Vec<usize>,
    pub(super) rows: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(card: &'a Scorecard, book: Book<'a>, options: &'a ScoreOptions) -> Result<Self> {
        let program = card.program();
        let run = run(program, options)?;
        check_account_name(card, options)?;
        let rows = book.rows();
        check_rows(rows)?;
        let bound = book.data.iter().map(|table| bind(program, table, options)).collect::<Result<Vec<_>>>()?;
        let accounts = accounts(card, book.data, options)?;
        let previous = Previous::new(card, book.previous, options)?;
        let overrides = Overrides::new(card, book.overrides, options)?;
        let name = card.account().map_or("", |account| options.table_name(account));
        previous.iter().try_for_each(|previous| previous.accepts(name, &accounts))?;
        overrides.iter().try_for_each(|overrides| overrides.accepts(name, &accounts))?;
        let starts = starts(book.data);
        Ok(Self { card, program, options, run, batches: book.data, bound, accounts, previous, overrides, starts, rows })
    }

    /// Whether every account is scored in one way, and nothing is known of it beside its data.
    fn is_plain(&self) -> bool {
        self.program.is_plain()
            && self.previous.is_none()
            && self.overrides.is_none()
            && self.options.include.is_empty()
            && self.options.select.as_ref().is_none_or(|names| {
                let on_request =
                    |name: &String| Include::ALL.into_iter().any(|include| include.columns().contains(&name.as_str()));
                !names.iter().any(on_request)
            })
    }

    /// Looks up what was before and what was decided for the accounts of a block.
    fn recall(&self, batch: usize, block: Block<'_>, work: &mut Work, faults: &mut Faults) {
        let Some(account) = self.accounts.get(batch) else { return };
        if let Some(previous) = &self.previous {
            let mut hint = block.row(0) + block.offset;
            for i in 0..block.rows {
                let found = previous.find(account, block.row(i), hint);
                hint = found.map_or(hint, |row| row as usize) + 1;
                work.before[i] = found.map_or(Held::NEW, |row| previous.state(row, &self.program.tiers, faults));
            }
        }
        if let Some(overrides) = &self.overrides {
            for i in 0..block.rows {
                work.decided[i] = overrides.find(account, block.row(i));
            }
        }
    }

    /// Why an account's score was set by hand.
    pub(super) fn note(&self, batch: usize, row: usize) -> Option<&str> {
        self.overrides.as_ref()?.note(self.accounts.get(batch)?, row)
    }

    /// Scores a block with all that is known of its accounts.
    pub(super) fn settle(
        &self,
        batch: usize,
        block: Block<'_>,
        scratches: &mut Scratches,
        work: &mut Work,
        faults: &mut Faults,
    ) {
        self.recall(batch, block, work, faults);
        settle(self.program, &self.bound[batch], block, self.run, scratches, work, faults);
    }

    /// Goes through all rows, or those that are picked, block by block: the batch, and the rows in it.
    pub(super) fn each_block(&self, mut take: impl FnMut(usize, Block<'_>)) -> Result<()> {
        if let Some(picks) = picks(self)? {
            for (batch, rows, _) in &picks.runs {
                for rows in rows.chunks(BLOCK) {
                    let offset = self.starts[*batch];
                    take(*batch, Block { start: 0, rows: rows.len(), offset, picks: Some(rows) });
                }
            }
            return Ok(());
        }
        for (batch, (table, &offset)) in self.batches.iter().zip(&self.starts).enumerate() {
            for start in (0..table.rows()).step_by(BLOCK) {
                take(batch, Block { start, rows: BLOCK.min(table.rows() - start), offset, picks: None });
            }
        }
        Ok(())
    }

    /// Turns the errors found into one error, unless rows in error are to be null.
    pub(super) fn raise(&self, faults: &mut Faults) -> Result<()> {
        raise(self.program, faults, self.options)
    }
}

/// Turns the errors found into one error, unless rows in error are to be null; errors beside the data are never null.
pub(super) fn raise(program: &Program, faults: &mut Faults, options: &ScoreOptions) -> Result<()> {
    if let Some(error) = Error::from_issues(std::mem::take(&mut faults.beside)) {
        return Err(error);
    }
    if options.on_error == OnError::Null || faults.list.is_empty() {
        return Ok(());
    }
    let issues = std::mem::take(faults).into_issues(program, |input| options.table_name(&program.inputs()[input]));
    Error::from_issues(issues).map_or(Ok(()), Err)
}

/// Where each table starts, when rows count through all of them.
pub(super) fn starts(tables: &[Table<'_>]) -> Vec<usize> {
    let start = |end: &mut usize, table: &Table<'_>| {
        let start = *end;
        *end += table.rows();
        Some(start)
    };
    tables.iter().scan(0, start).collect()
}

/// The account columns of all batches, checked: none is null and none stands twice. When only some rows are scored,
/// only they are checked, by whoever scored the others.
fn accounts<'a>(card: &Scorecard, batches: &[Table<'a>], options: &ScoreOptions) -> Result<Vec<Column<'a>>> {
    let Some(account) = card.account() else { return Ok(Vec::new()) };
    let name = options.table_name(account);
    let find = |table: &Table<'a>| table.column(name).ok_or_else(|| Error::from(table.unknown_column(name)));
    let columns: Vec<Column<'a>> = batches.iter().map(find).collect::<Result<_>>()?;
    if options.rows.is_some() {
        return Ok(columns);
    }
    match check_accounts(name, &columns) {
        Some(issue) => Err(issue.into()),
        None => Ok(columns),
    }
}

/// The account columns of tables that are given beside the data, and their name.
fn account_columns<'a>(
    card: &Scorecard,
    tables: &[Table<'a>],
    options: &ScoreOptions,
    role: &str,
) -> Result<(String, Vec<Column<'a>>)> {
    let Some(account) = card.account() else {
        let issue = Issue::new(Code::MissingField).path("account");
        return Err(issue.help(format!("the card must name the account column, by which `{role}` is matched")).into());
    };
    let name = options.table_name(account);
    let find = |table: &Table<'a>| table.column(name).ok_or_else(|| Error::from(table.unknown_column(name)));
    Ok((name.to_owned(), tables.iter().map(find).collect::<Result<_>>()?))
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

pub(super) fn score(card: &Scorecard, book: Book<'_>, options: &ScoreOptions) -> Result<ResultTable> {
    let names = selected(card, options)?;
    let session = Session::new(card, book, options)?;
    let picks = picks(&session)?;
    let rows = picks.as_ref().map_or(session.rows, |picks| picks.len);
    let mut outputs = Outputs::new(session.program, &names, rows);
    let mut faults = run_all(&session, picks.as_ref(), &mut outputs);
    session.raise(&mut faults)?;
    Ok(outputs.into_table(&session, &names, &faults, rows))
}

pub(super) fn check_rows(rows: usize) -> Result<()> {
    if rows <= MAX_ROWS {
        return Ok(());
    }
    Err(Issue::new(Code::TooManyRows).value(rows).expected(format!("at most {MAX_ROWS}")).into())
}

/// The rows that are to be scored, in runs that lie in one batch each.
pub(super) struct Picks {
    /// The batch, the rows within it, and where the run starts in the result.
    runs: Vec<(usize, Vec<u32>, usize)>,
    pub(super) len: usize,
}

/// Rows of one batch that follow each other in the result.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) batch: usize,
    start: usize,
    pub(super) rows: usize,
    /// The rows one by one, if they are picked.
    picks: Option<&'a [u32]>,
    /// Where the first stands in the result.
    place: usize,
}

impl<'a> Rows<'a> {
    /// The block that begins at a place of the run.
    pub(super) fn block(&self, at: usize, offset: usize) -> Block<'a> {
        let rows = BLOCK.min(self.rows - at);
        Block { start: self.start + at, rows, offset, picks: self.picks.map(|picks| &picks[at..at + rows]) }
    }
}

/// All rows, or those that are picked, in runs of whole blocks.
pub(super) fn runs<'a>(session: &Session<'_>, picks: Option<&'a Picks>) -> Vec<Rows<'a>> {
    if let Some(picks) = picks {
        let run = |(batch, rows, place): &'a (usize, Vec<u32>, usize)| Rows {
            batch: *batch,
            start: 0,
            rows: rows.len(),
            picks: Some(rows),
            place: *place,
        };
        return picks.runs.iter().map(run).collect();
    }
    let mut runs = Vec::new();
    for (batch, (table, offset)) in session.batches.iter().zip(&session.starts).enumerate() {
        for start in (0..table.rows()).step_by(CHUNK) {
            let rows = CHUNK.min(table.rows() - start);
            runs.push(Rows { batch, start, rows, picks: None, place: offset + start });
        }
    }
    runs
}

pub(super) fn picks(session: &Session<'_>) -> Result<Option<Picks>> {
    let Some(wanted) = &session.options.rows else { return Ok(None) };
    if let Some(at) = wanted.iter().position(|&row| row as usize >= session.rows) {
        let issue = Issue::new(Code::NumberOutOfRange).path(format!("rows[{at}]")).value(wanted[at]);
        return Err(issue.expected(format!("a row of the data, below {}", session.rows)).into());
    }
    let mut seen = vec![0u64; session.rows.div_ceil(64)];
    for (at, &row) in wanted.iter().enumerate() {
        let (word, bit) = (row as usize / 64, 1 << (row % 64));
        if seen[word] & bit != 0 {
            let issue = Issue::new(Code::DuplicateAccount).path(format!("rows[{at}]")).value(row);
            return Err(issue.expected("each row once").into());
        }
        seen[word] |= bit;
    }
    let mut runs: Vec<(usize, Vec<u32>, usize)> = Vec::new();
    for (place, &row) in wanted.iter().enumerate() {
        let batch = session.starts.partition_point(|&start| start <= row as usize).saturating_sub(1);
        let own = row - session.starts[batch] as u32;
        match runs.last_mut().filter(|(last, rows, _)| *last == batch && rows.len() < CHUNK) {
            Some((_, rows, _)) => rows.push(own),
            None => runs.push((batch, vec![own], place)),
        }
    }
    Ok(Some(Picks { runs, len: wanted.len() }))
}

/// The result columns wanted.
fn selected(card: &Scorecard, options: &ScoreOptions) -> Result<Vec<String>> {
    let mut known = card.output_columns();
    let on_request =
        Include::ALL.into_iter().filter(|include| options.select.is_some() || options.include.contains(include));
    known.extend(on_request.flat_map(|include| include.columns()).map(|name| (*name).to_owned()));
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

/// Rows that are scored in one go, and where their results go.
struct Chunk<'a> {
    run: Rows<'a>,
    out: Slices<'a>,
}

fn chunks<'a>(session: &Session<'_>, picks: Option<&'a Picks>, mut out: Slices<'a>) -> Vec<Chunk<'a>> {
    runs(session, picks).into_iter().map(|run| Chunk { run, out: out.cut(run.rows) }).collect()
}

fn run_all(session: &Session<'_>, picks: Option<&Picks>, outputs: &mut Outputs) -> Faults {
    let chunks = chunks(session, picks, outputs.slices());
    let mut all = Faults::default();
    for faults in run_chunks(chunks, session) {
        all.append(faults);
    }
    all
}

#[cfg(feature = "parallel")]
fn run_chunks(chunks: Vec<Chunk<'_>>, session: &Session<'_>) -> Vec<Faults> {
    use rayon::prelude::*;
    let threads = session.options.threads;
    if threads == 1 || chunks.len() < 2 {
        return run_in_turn(chunks, session);
    }
    // A pool of its own: no global state, and no more threads than asked for.
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(threads).build() else {
        return run_in_turn(chunks, session);
    };
    let tools = || Tools::new(session.program, BLOCK);
    pool.install(|| chunks.into_par_iter().map_init(tools, |tools, chunk| run_chunk(chunk, session, tools)).collect())
}

#[cfg(not(feature = "parallel"))]
fn run_chunks(chunks: Vec<Chunk<'_>>, session: &Session<'_>) -> Vec<Faults> {
    run_in_turn(chunks, session)
}

fn run_in_turn(chunks: Vec<Chunk<'_>>, session: &Session<'_>) -> Vec<Faults> {
    let longest = chunks.iter().map(|chunk| chunk.run.rows).max().unwrap_or(0);
    let mut tools = Tools::new(session.program, longest.min(BLOCK));
    chunks.into_iter().map(|chunk| run_chunk(chunk, session, &mut tools)).collect()
}

/// What one thread works with.
struct Tools {
    scratches: Scratches,
    work: Work,
}

impl Tools {
    fn new(program: &Program, rows: usize) -> Self {
        Self { scratches: scratches(program, rows, false), work: Work::new(program, rows) }
    }
}

fn run_chunk(mut chunk: Chunk<'_>, session: &Session<'_>, tools: &mut Tools) -> Faults {
    let mut faults = Faults::default();
    let plain = session.is_plain();
    let Tools { scratches, work } = tools;
    let run = chunk.run;
    for at in (0..run.rows).step_by(BLOCK) {
        let block = run.block(at, session.starts[run.batch]);
        let (rows, place) = (block.rows, run.place + at);
        if plain {
            let plan = session.program.base();
            evaluate(plan, &session.bound[run.batch], block, session.run, &mut scratches[0], &mut faults);
            chunk.out.take_plain(session.program, &scratches[0], work, at, rows);
            faults.keep_rows(&scratches[0].marks, rows, |i| place + i);
        } else {
            session.settle(run.batch, block, scratches, work, &mut faults);
            chunk.out.take(work, at, rows);
            faults.keep_rows(&work.marks, rows, |i| place + i);
        }
    }
    faults
}
