//! MRR at instants.

use super::RevenuePolicy;
use super::book::Book;
use super::bridge::{Convert, Grid, Place, clusters, frame};
use super::document::{Boundary, Policy, RoundAt};
use super::options::{BOOK_FIELDS, BookOptions, PERIOD_FIELDS, PeriodOptions};
use super::timeline::{Cell, State, Timelines, add};
use crate::calendar::Date;
use crate::document::Reader;
use crate::error::Result;
use crate::table::{ResultColumn, ResultTable, Tables, Texts};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

#[derive(Debug, Clone, Default)]
struct MrrOptions {
    book: BookOptions,
    periods: PeriodOptions,
    at: Option<Vec<Date>>,
}

fn read(value: &Value) -> Result<MrrOptions> {
    Reader::options(value, |node| {
        let fields = node.fields(&[&BOOK_FIELDS[..], &PERIOD_FIELDS[..], &["at"]].concat())?;
        let day = |node: &crate::document::Node<'_>| {
            let found = Date::parse(node.text()?);
            found.map_err(|error| error.issues().iter().for_each(|issue| node.report(issue.clone()))).ok()
        };
        let at = fields.get("at").and_then(|node| Some(node.list()?.iter().filter_map(day).collect()));
        Some(MrrOptions { book: BookOptions::read(&fields), periods: PeriodOptions::read(&fields), at })
    })
}

/// MRR and live customers of one place.
type Sums = BTreeMap<Place, Vec<(i128, i64, bool)>>;

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = read(options)?;
    let document = policy.document();
    let book = Book::read(document, tables, &options.book, &options.periods.by)?;
    let grid = Grid::new(document, &book, &options.periods)?;
    let dates: Option<Vec<i32>> =
        options.at.map(|at| at.iter().map(|date| date.days()).filter(|day| *day < book.horizon).collect());
    let instants: Vec<(i32, i32)> = match &dates {
        Some(days) => days.iter().map(|day| (*day, *day)).collect(),
        None => grid
            .shown()
            .iter()
            .map(|period| instant(document.boundary, period.from.days(), period.to.days() - 1))
            .collect(),
    };
    let mut sums = sum(document, &book, &instants)?;
    if sums.is_empty() && options.periods.by.is_empty() && !book.units.is_empty() {
        // Nobody pays: that is nothing, and not unknown.
        let convert = Convert::new(document, &book);
        let nothing = vec![(0, 0, false); instants.len()];
        sums.extend(
            (0..book.currencies.len() as u32).map(|at| (Place::new(convert.currency(at), &[]), nothing.clone())),
        );
    }
    let rows: Vec<(usize, &Place, &(i128, i64, bool))> = (0..instants.len())
        .flat_map(|at| sums.iter().filter_map(move |(place, sums)| Some((at, place, sums.get(at)?))))
        .collect();
    let mut columns = frame(&grid, &options.periods.by, rows.iter().map(|(at, place, _)| (*at, *place)));
    if let Some(days) = dates {
        columns.drain(..3);
        let date = rows.iter().map(|(at, ..)| days.get(*at).copied());
        columns.insert(0, ("date".to_owned(), ResultColumn::dates(date)));
    }
    let scale = sums.keys().map(|place| place.scale).max().unwrap_or(0);
    let scaled = rows
        .iter()
        .map(|(_, place, (sum, _, missing))| (!missing).then(|| sum * 10i128.pow(u32::from(scale - place.scale))));
    columns.push(("mrr".to_owned(), ResultColumn::decimals(scaled, scale)));
    columns.push(("accounts".to_owned(), ResultColumn::ints(rows.iter().map(|(.., (_, count, _))| Some(*count)))));
    if document.fx.is_some() {
        let reason = rows.iter().map(|(.., (_, _, missing))| missing.then_some("missing_rate"));
        columns.push(("reason".to_owned(), ResultColumn::Text(reason.collect::<Texts>())));
    }
    Ok(ResultTable::new(columns, rows.len(), policy.hash()))
}

/// The days between which the last amount in force counts; one day, unless any overlap does.
fn instant(boundary: Boundary, first: i32, last: i32) -> (i32, i32) {
    match boundary {
        Boundary::First => (first, first),
        Boundary::Last => (last, last),
        Boundary::Overlap => (first, last),
    }
}

fn sum(policy: &Policy, book: &Book, instants: &[(i32, i32)]) -> Result<Sums> {
    let convert = Convert::new(policy, book);
    let days: Vec<i32> = instants.iter().map(|(_, day)| *day).collect();
    let timelines = Timelines::new(policy, book, &days)?;
    let mut found = Found { instants: instants.len(), steps: HashMap::new(), sums: HashMap::new() };
    // Where a state does not depend on the instant at which it is looked at, each counts once for all its instants.
    let constant = !convert.converts() && policy.rounding.at != RoundAt::Total;
    let in_steps = constant && days.is_sorted() && instants.iter().all(|(first, last)| first == last);
    for cluster in clusters(book) {
        if let ([unit], true) = (&cluster[..], in_steps) {
            found.add_steps(&timelines, *unit, &days);
            continue;
        }
        for (at, (first, last)) in instants.iter().enumerate() {
            let own = |unit: &u32| {
                if first == last { timelines.at(*unit, *last) } else { latest(&timelines, *unit, *first, *last) }
            };
            let state = cluster.iter().map(own).fold(State::default(), |a, b| a.plus(&b));
            if state.cells.is_empty() {
                continue;
            }
            let converted = convert.at(&state, *last)?;
            found.add(at, converted.as_ref().unwrap_or(&state), converted.is_none());
        }
    }
    Ok(found.by_place(&convert))
}

/// Sums by currency and key.
struct Found {
    instants: usize,
    /// What comes at an instant, less what goes.
    steps: HashMap<(u32, u32), Vec<(i128, i64)>>,
    sums: HashMap<(u32, u32), Vec<(i128, i64, bool)>>,
}

/// Whether a customer counts in a cell of what it pays.
fn counts(state: &State, cell: &Cell) -> bool {
    state.live && (cell.minor > 0 || state.cells.len() == 1)
}

impl Found {
    /// Adds a unit from each of its changes to the next.
    fn add_steps(&mut self, timelines: &Timelines<'_>, unit: u32, days: &[i32]) {
        for pair in timelines.changes(unit).windows(2) {
            let place = |change: i32| days.partition_point(|day| *day < change);
            let (from, to) = (place(pair[0]), place(pair[1]));
            if from == to {
                continue;
            }
            let state = timelines.at(unit, pair[0]);
            for cell in &state.cells {
                let room = self.instants + 1;
                let steps = self.steps.entry((cell.currency, cell.key)).or_insert_with(|| vec![(0, 0); room]);
                let count = i64::from(counts(&state, cell));
                steps[from].0 += cell.minor;
                steps[from].1 += count;
                steps[to].0 -= cell.minor;
                steps[to].1 -= count;
            }
        }
    }

    /// Adds what a customer pays at one instant; where a rate was missing it is known that it does.
    fn add(&mut self, at: usize, state: &State, missing: bool) {
        for cell in &state.cells {
            let place = (if missing { 0 } else { cell.currency }, cell.key);
            let known = self.sums.entry(place).or_insert_with(|| vec![(0, 0, false); self.instants]);
            let Some(sum) = known.get_mut(at) else { continue };
            sum.0 += cell.minor;
            sum.1 += i64::from(counts(state, cell));
            sum.2 |= missing;
        }
    }

    fn by_place(mut self, convert: &Convert<'_>) -> Sums {
        for (place, steps) in self.steps {
            let sums = self.sums.entry(place).or_insert_with(|| vec![(0, 0, false); self.instants]);
            let mut now = (0, 0);
            for (sum, step) in sums.iter_mut().zip(steps) {
                now = (now.0 + step.0, now.1 + step.1);
                sum.0 += now.0;
                sum.1 += now.1;
            }
        }
        let keys = |key: u32| convert.book().keys.get(key as usize).map_or(&[][..], Vec::as_slice);
        let place = |(currency, key): (u32, u32)| Place::new(convert.currency(currency), keys(key));
        self.sums.into_iter().map(|(at, sums)| (place(at), sums)).collect()
    }
}

/// What a unit paid last within some days, subscription by subscription.
fn latest(timelines: &Timelines<'_>, unit: u32, first: i32, last: i32) -> State {
    let lines = timelines.book.lines_of(unit).iter().filter(|line| line.start <= last && line.end > first);
    let mut groups: BTreeMap<u32, Vec<&super::book::Line>> = BTreeMap::new();
    lines.for_each(|line| groups.entry(line.group).or_default().push(line));
    let mut cells = Vec::new();
    for lines in groups.into_values() {
        // The day on which something of it was in force last.
        let day = lines.iter().map(|line| line.end.min(last + 1) - 1).max().unwrap_or(last);
        for line in lines.iter().filter(|line| line.start <= day && day < line.end) {
            add(&mut cells, Cell { currency: line.currency, key: line.key, minor: i128::from(line.minor) });
        }
    }
    cells.retain(|cell| cell.minor != 0);
    let live = cells.iter().any(|cell| cell.minor > 0);
    State { cells, live }
}

/// How the book is read, and the columns that are read beside its own.
pub(super) fn reads(options: &Value) -> Result<(BookOptions, Vec<String>)> {
    read(options).map(|options| (options.book, options.periods.by))
}
