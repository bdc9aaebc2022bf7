//! The accounts behind a cell of a bridge, a retention table or a cohort triangle.

use super::RevenuePolicy;
use super::book::Book;
use super::bridge::{BridgeOptions, Convert, Grid, LABELS, Movement, Place, Sink, Walk, in_results, key_order, shares};
use super::cohort::{CohortOptions, Kind, Measure, each as each_of_cohorts};
use super::options::BookOptions;
use super::retention::{RetentionOptions, each};
use super::timeline::State;
use crate::document::Reader;
use crate::error::{Code, Issue, Result};
use crate::table::{InputRows, ResultColumn, ResultTable, Tables, Texts};
use serde_json::{Map, Value};

/// Which table, which cell, and the options of the table.
struct Wanted {
    of: Of,
    cell: Map<String, Value>,
    rest: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Bridge,
    Retention,
    Cohorts,
}

fn split(options: &Value) -> Result<Wanted> {
    let mut rest = options.as_object().cloned().unwrap_or_default();
    let own = serde_json::json!({"of": rest.remove("of"), "cell": rest.remove("cell")});
    let found = Reader::options(&own, |node| {
        let fields = node.fields(&["of", "cell"])?;
        let words = [("bridge", Of::Bridge), ("retention", Of::Retention), ("cohorts", Of::Cohorts)];
        let of = fields.need("of").and_then(|node| node.choice(&words));
        let cell = fields.get("cell").map(|node| match node.value() {
            Value::Object(map) => Some(map.clone()),
            _ => {
                node.wrong_type("an object");
                None
            }
        });
        Some(Some((of?, cell.flatten().unwrap_or_default())))
    })?;
    let (of, cell) = found.ok_or_else(|| Issue::new(Code::MissingField).path("of"))?;
    Ok(Wanted { of, cell, rest: Value::Object(rest) })
}

/// How the book is read, and the columns that are read beside its own.
pub(super) fn reads(options: &Value) -> Result<(BookOptions, Vec<String>)> {
    let wanted = split(options)?;
    match wanted.of {
        Of::Bridge => BridgeOptions::from_value(&wanted.rest).map(|options| (options.book, options.periods.by)),
        Of::Retention => RetentionOptions::from_value(&wanted.rest).map(|options| (options.book, options.periods.by)),
        Of::Cohorts => {
            let options = CohortOptions::from_value(&wanted.rest)?;
            Ok((options.book, options.periods.by.into_iter().chain(options.cohort_by).collect()))
        }
    }
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let wanted = split(options)?;
    match wanted.of {
        Of::Bridge => of_bridge(policy, tables, &wanted),
        Of::Retention => of_retention(policy, tables, &wanted),
        Of::Cohorts => of_cohorts(policy, tables, &wanted),
    }
}

/// One account in a cell.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    row: u32,
    period: usize,
    place: Place,
    label: &'static str,
    opening: i128,
    delta: i128,
    closing: i128,
}

/// Refuses fields of a cell that the table does not have.
fn check_cell(cell: &Map<String, Value>, known: &[&str], by: &[String]) -> Result<()> {
    let all: Vec<&str> = known.iter().copied().chain(by.iter().map(String::as_str)).collect();
    match cell.keys().find(|name| !all.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let help = crate::error::suggest(name, all.iter().copied());
            Err(Issue::new(Code::UnknownField).path(format!("cell.{name}")).help(help).into())
        }
    }
}

/// Refuses a text in a cell that its column cannot have.
fn check_word<'w>(cell: &Map<String, Value>, name: &str, known: impl Iterator<Item = &'w str> + Clone) -> Result<()> {
    let Some(word) = cell.get(name).and_then(Value::as_str) else { return Ok(()) };
    if known.clone().any(|known| known == word) {
        return Ok(());
    }
    let help = crate::error::suggest(word, known);
    let issue = Issue::new(Code::UnknownChoice).path(format!("cell.{name}")).value(format!("{word:?}"));
    Err(issue.help(help).into())
}

/// Whether a text is the one that the cell names, if it names one.
fn fits(cell: &Map<String, Value>, name: &str, text: Option<&str>) -> bool {
    match cell.get(name) {
        None => true,
        Some(Value::Null) => text.is_none(),
        Some(Value::String(wanted)) => text == Some(wanted.as_str()),
        Some(other) => text == Some(other.to_string().as_str()),
    }
}

fn fits_place(cell: &Map<String, Value>, place: &Place, by: &[String]) -> bool {
    fits(cell, "currency", Some(&place.currency))
        && by.iter().enumerate().all(|(at, name)| fits(cell, name, place.key(at)))
}

struct Listing<'a> {
    book: &'a Book,
    convert: Convert<'a>,
    grid: &'a Grid,
    order: Vec<u32>,
    cell: &'a Map<String, Value>,
    by: &'a [String],
    lines: Vec<Line>,
}

impl Listing<'_> {
    fn days(&self, period: usize) -> (i32, i32) {
        let shown = self.grid.shown().get(period);
        shown.map_or((0, 0), |period| (period.from.days() - 1, period.to.days() - 1))
    }

    fn wants(&self, period: usize) -> bool {
        fits(self.cell, "period", self.grid.shown().get(period).map(|period| period.label.as_str()))
    }

    fn push(&mut self, unit: u32, line: Line) {
        if fits(self.cell, "label", Some(line.label)) && fits_place(self.cell, &line.place, self.by) {
            let row = self.book.units.get(unit as usize).map_or(0, |unit| unit.row);
            self.lines.push(Line { row, ..line });
        }
    }

    fn place(&self, currency: u32, key: u32) -> Place {
        let keys = self.book.keys.get(key as usize).map_or(&[][..], Vec::as_slice);
        Place::new(self.convert.currency(currency), keys)
    }
}

impl Sink for Listing<'_> {
    fn period(&mut self, units: &[u32], period: usize, opening: &State, closing: &State) -> Result<()> {
        let Some(period) = self.grid.place(period).filter(|period| self.wants(*period)) else { return Ok(()) };
        // The edges are listed where they are asked for by name.
        let label = match self.cell.get("label").and_then(Value::as_str) {
            Some("opening") => "opening",
            Some("closing") => "closing",
            _ => return Ok(()),
        };
        let (open_day, close_day) = self.days(period);
        let states = (self.convert.at(opening, open_day)?, self.convert.at(closing, close_day)?);
        let (Some(first), Some(last)) = states else { return Ok(()) };
        let own = if label == "opening" { &first } else { &last };
        let amount = |state: &State, key: u32| {
            state.cells.iter().filter(|cell| cell.key == key).map(|cell| cell.minor).sum::<i128>()
        };
        let unit = units.first().copied().unwrap_or(0);
        for cell in own.cells.clone() {
            let (opening, closing) = (amount(&first, cell.key), amount(&last, cell.key));
            let place = self.place(cell.currency, cell.key);
            self.push(unit, Line { row: 0, period, place, label, opening, delta: closing - opening, closing });
        }
        Ok(())
    }

    fn movement(&mut self, movement: &Movement<'_>) -> Result<()> {
        let Some(period) = self.grid.place(movement.period).filter(|period| self.wants(*period)) else { return Ok(()) };
        let (open_day, close_day) = self.days(period);
        let day = self.convert.movement_day(open_day, close_day);
        let states = (self.convert.at(movement.before, day)?, self.convert.at(movement.after, day)?);
        let (Some(before), Some(after)) = states else { return Ok(()) };
        let label = in_results(movement, &before, &after).name();
        let currency = before.cells.first().or(after.cells.first()).map_or(0, |cell| cell.currency);
        let parts = shares(&before, &after, &self.order);
        let appears = before.live != after.live;
        let unit = movement.units.first().copied().unwrap_or(0);
        for part in parts {
            let (opening, closing) = (part.before, part.after);
            let place = self.place(currency, part.key);
            if part.moved != 0 || appears {
                let line = Line { row: 0, period, place: place.clone(), label, opening, delta: part.moved, closing };
                self.push(unit, line);
            }
            let transfer = closing - opening - part.moved;
            if transfer != 0 {
                self.push(unit, Line { row: 0, period, place, label: "transfer", opening, delta: transfer, closing });
            }
        }
        Ok(())
    }
}

fn of_bridge(policy: &RevenuePolicy, tables: &Tables<'_>, wanted: &Wanted) -> Result<ResultTable> {
    let options = BridgeOptions::from_value(&wanted.rest)?;
    let (document, by) = (policy.document(), &options.periods.by);
    check_cell(&wanted.cell, &["period", "currency", "label"], by)?;
    let book = Book::read(document, tables, &options.book, by)?;
    let grid = Grid::new(document, &book, &options.periods)?;
    let labels = LABELS.iter().map(|(name, _)| *name).chain(["transfer", "opening", "closing"]);
    check_word(&wanted.cell, "label", labels)?;
    check_word(&wanted.cell, "period", grid.shown().iter().map(|period| period.label.as_str()))?;
    let convert = Convert::new(document, &book);
    let (order, cell) = (key_order(&book), &wanted.cell);
    let mut listing = Listing { book: &book, convert, grid: &grid, order, cell, by, lines: Vec::new() };
    Walk::new(document, &book, &grid)?.tell(&mut listing)?;
    let mut lines = listing.lines;
    lines.sort_by(|a, b| {
        a.period.cmp(&b.period).then(a.row.cmp(&b.row)).then(a.place.cmp(&b.place)).then(a.label.cmp(b.label))
    });
    let mut columns = account(&book.account, lines.iter().map(|line| line.row));
    let label = lines.iter().map(|line| grid.shown().get(line.period).map(|period| period.label.as_str()));
    columns.push(("period".to_owned(), ResultColumn::Text(label.collect::<Texts>())));
    places(&mut columns, by, lines.iter().map(|line| &line.place));
    columns
        .push(("label".to_owned(), ResultColumn::Text(lines.iter().map(|line| Some(line.label)).collect::<Texts>())));
    let amounts: [(&str, fn(&Line) -> i128); 3] =
        [("opening", |line| line.opening), ("delta", |line| line.delta), ("closing", |line| line.closing)];
    for (name, of) in amounts {
        columns.push((name.to_owned(), money(lines.iter().map(|line| (line.place.scale, of(line))))));
    }
    Ok(ResultTable::new(columns, lines.len(), policy.hash()))
}

fn of_retention(policy: &RevenuePolicy, tables: &Tables<'_>, wanted: &Wanted) -> Result<ResultTable> {
    let options = RetentionOptions::from_value(&wanted.rest)?;
    let (document, by) = (policy.document(), &options.periods.by);
    check_cell(&wanted.cell, &["from", "to", "currency"], by)?;
    let book = Book::read(document, tables, &options.book, by)?;
    let day = |days| crate::calendar::Date::from_days(days).to_string();
    let mut lines = Vec::new();
    for (from, to) in options.windows(policy, &book)? {
        if !fits(&wanted.cell, "from", Some(&day(from))) || !fits(&wanted.cell, "to", Some(&day(to))) {
            continue;
        }
        each(document, &book, (from, to), |unit, place, line, _, still| {
            let row = book.units.get(unit as usize).map_or(0, |unit| unit.row);
            if let Some(line) = line.filter(|_| fits_place(&wanted.cell, &place, by)) {
                lines.push((from, to, row, place, line, still));
            }
        })?;
    }
    lines.sort_by(|a, b| (a.0, a.1, a.2).cmp(&(b.0, b.1, b.2)).then(a.3.cmp(&b.3)));
    let mut columns = account(&book.account, lines.iter().map(|line| line.2));
    columns.push(("from".to_owned(), ResultColumn::dates(lines.iter().map(|line| Some(line.0)))));
    columns.push(("to".to_owned(), ResultColumn::dates(lines.iter().map(|line| Some(line.1)))));
    places(&mut columns, by, lines.iter().map(|line| &line.3));
    columns.push(("opening".to_owned(), money(lines.iter().map(|line| (line.3.scale, line.4.start)))));
    columns.push(("closing".to_owned(), money(lines.iter().map(|line| (line.3.scale, line.4.end)))));
    columns.push(("kept".to_owned(), money(lines.iter().map(|line| (line.3.scale, line.4.kept)))));
    columns.push(("live".to_owned(), ResultColumn::ints(lines.iter().map(|line| Some(i64::from(line.5))))));
    Ok(ResultTable::new(columns, lines.len(), policy.hash()))
}

fn of_cohorts(policy: &RevenuePolicy, tables: &Tables<'_>, wanted: &Wanted) -> Result<ResultTable> {
    let options = CohortOptions::from_value(&wanted.rest)?;
    let by = &options.periods.by;
    check_cell(&wanted.cell, &["cohort", "age", "currency"], by)?;
    let mut lines: Vec<(u32, i32, String, Place, usize, i128)> = Vec::new();
    let name = each_of_cohorts(policy, tables, &options, |member| {
        let label = &member.period.label;
        if !fits(&wanted.cell, "cohort", Some(label)) || !fits_place(&wanted.cell, &member.place, by) {
            return;
        }
        // Who is active later counts as retained until then, but where cohorts are bounded.
        let until_last = || (0..=member.ages.last().map_or(0, |(age, _)| *age)).map(|age| (age, 0)).collect::<Vec<_>>();
        let bounded = options.kind == Kind::Bounded || member.ages.is_empty();
        let ages = if bounded { member.ages.to_vec() } else { until_last() };
        for (age, paid) in ages.into_iter().filter(|(age, _)| fits(&wanted.cell, "age", Some(&age.to_string()))) {
            let (start, place) = (member.period.from.days(), member.place.clone());
            lines.push((member.row, start, label.clone(), place, age, paid));
        }
    })?;
    lines.sort_by_key(|line| (line.1, line.4, line.0));
    let mut columns = account(&name, lines.iter().map(|line| line.0));
    let cohort = lines.iter().map(|line| Some(line.2.as_str())).collect::<Texts>();
    columns.push(("cohort".to_owned(), ResultColumn::Text(cohort)));
    let revenue = options.measure == Measure::Revenue;
    let mut keys = Vec::new();
    places(&mut keys, by, lines.iter().map(|line| &line.3));
    // Customers are counted whatever they pay in.
    columns.extend(keys.into_iter().filter(|(name, _)| revenue || name != "currency"));
    columns.push(("age".to_owned(), ResultColumn::ints(lines.iter().map(|line| Some(line.4 as i64)))));
    let retained = if revenue {
        money(lines.iter().map(|line| (line.3.scale, line.5)))
    } else {
        ResultColumn::ints(lines.iter().map(|_| Some(1)))
    };
    columns.push(("retained".to_owned(), retained));
    Ok(ResultTable::new(columns, lines.len(), policy.hash()))
}

type Columns = Vec<(String, ResultColumn)>;

/// The caller's own accounts.
fn account(name: &str, rows: impl Iterator<Item = u32>) -> Columns {
    let column = name.to_owned();
    vec![(name.to_owned(), ResultColumn::Input { column, rows: InputRows::Take(rows.collect()) })]
}

fn places<'p>(columns: &mut Columns, by: &[String], places: impl Iterator<Item = &'p Place> + Clone) {
    let currency = places.clone().map(|place| Some(place.currency.as_str())).collect::<Texts>();
    columns.push(("currency".to_owned(), ResultColumn::Text(currency)));
    for (at, name) in by.iter().enumerate() {
        let keys = places.clone().map(|place| place.key(at)).collect::<Texts>();
        columns.push((name.clone(), ResultColumn::Text(keys)));
    }
}

/// Amounts of several scales as one column.
fn money(amounts: impl Iterator<Item = (u8, i128)> + Clone) -> ResultColumn {
    let scale = amounts.clone().map(|(scale, _)| scale).max().unwrap_or(0);
    ResultColumn::decimals(amounts.map(|(own, n)| Some(n * 10i128.pow(u32::from(scale - own)))), scale)
}
