//! The sums of a bridge, by period, currency and key.

use super::super::book::Book;
use super::super::document::Policy;
use super::super::options::PeriodOptions;
use super::super::timeline::State;
use super::convert::Convert;
use super::label::{LABELS, Label};
use super::share::shares;
use super::walk::{Grid, Movement, Sink, Walk};
use crate::error::{Code, Issue, Result};
use crate::table::{ResultColumn, ResultTable, Texts};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// The amounts of a row, in their order.
pub(in crate::revenue) const AMOUNTS: [&str; 9] =
    ["opening", "new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx", "closing"];

/// The counts of a row, in their order.
const COUNTS: [&str; 9] = [
    "opening_accounts",
    "new_accounts",
    "reactivation_accounts",
    "expansion_accounts",
    "contraction_accounts",
    "churn_accounts",
    "transfer_in_accounts",
    "transfer_out_accounts",
    "closing_accounts",
];

const OPENING: usize = 0;
const TRANSFER: usize = 6;
const TRANSFER_OUT: usize = 7;
const FX: usize = 7;
const CLOSING: usize = 8;

/// One row of a bridge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::revenue) struct BridgeRow {
    pub(in crate::revenue) amounts: [i128; 9],
    pub(in crate::revenue) counts: [i64; 9],
    /// A rate was missing.
    pub(in crate::revenue) missing: bool,
}

impl BridgeRow {
    pub(in crate::revenue) fn merge(&mut self, other: &Self) {
        self.amounts.iter_mut().zip(other.amounts).for_each(|(sum, part)| *sum += part);
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, part)| *sum = sum.saturating_add(part));
        self.missing |= other.missing;
    }

    /// The row as JSON; sums are texts, since JSON has no whole numbers of their size.
    pub(in crate::revenue) fn to_value(&self) -> Value {
        json!([self.amounts.iter().map(i128::to_string).collect::<Vec<_>>(), self.counts, self.missing])
    }

    pub(in crate::revenue) fn of_value(value: &Value) -> Option<Self> {
        let amounts: Vec<i128> =
            value[0].as_array()?.iter().map(|text| text.as_str()?.parse().ok()).collect::<Option<_>>()?;
        let counts: Vec<i64> = value[1].as_array()?.iter().map(Value::as_i64).collect::<Option<_>>()?;
        Some(Self { amounts: amounts.try_into().ok()?, counts: counts.try_into().ok()?, missing: value[2].as_bool()? })
    }

    /// An amount by its label.
    pub(in crate::revenue) fn of(&self, label: Label) -> i128 {
        self.amounts[place(label)]
    }

    /// How many customers have a label.
    pub(in crate::revenue) fn count(&self, label: Label) -> i64 {
        self.counts[place(label)]
    }

    pub(in crate::revenue) fn opening(&self) -> i128 {
        self.amounts[OPENING]
    }

    pub(in crate::revenue) fn closing(&self) -> i128 {
        self.amounts[CLOSING]
    }

    pub(in crate::revenue) fn opening_accounts(&self) -> i64 {
        self.counts[OPENING]
    }

    pub(in crate::revenue) fn closing_accounts(&self) -> i64 {
        self.counts[CLOSING]
    }
}

fn place(label: Label) -> usize {
    1 + LABELS.iter().position(|(_, other)| *other == label).unwrap_or(0)
}

/// A currency, the scale of its amounts, and the values of a key; keys in the order of texts, null last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::revenue) struct Place {
    pub(in crate::revenue) currency: String,
    pub(in crate::revenue) scale: u8,
    /// With `false` before a text and `true` before null, so that null comes last.
    pub(in crate::revenue) keys: Vec<(bool, String)>,
}

impl Place {
    pub(in crate::revenue) fn new(currency: (String, u8), keys: &[Option<String>]) -> Self {
        let (currency, scale) = currency;
        let keys = keys.iter().map(|key| (key.is_none(), key.clone().unwrap_or_default())).collect();
        Self { currency, scale, keys }
    }

    /// The value of a key.
    pub(in crate::revenue) fn key(&self, at: usize) -> Option<&str> {
        self.keys.get(at).filter(|(null, _)| !null).map(|(_, text)| text.as_str())
    }
}

/// The sums of a bridge: rows of all periods for each place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::revenue) struct BridgeSums {
    periods: usize,
    pub(in crate::revenue) rows: BTreeMap<Place, Vec<BridgeRow>>,
}

impl BridgeSums {
    pub(in crate::revenue) fn new(periods: usize) -> Self {
        Self { periods, rows: BTreeMap::new() }
    }

    /// Adds all customers of a book.
    ///
    /// # Errors
    /// `missing_rate`, `amount_too_large`, `unsupported_option`.
    pub(in crate::revenue) fn add_book(&mut self, policy: &Policy, book: &Book, grid: &Grid) -> Result<()> {
        let convert = Convert::new(policy, book);
        let mut local = Local { convert, grid, order: key_order(book), periods: self.periods, rows: HashMap::new() };
        Walk::new(policy, book, grid)?.tell(&mut local)?;
        for ((currency, key), rows) in local.rows {
            let keys = book.keys.get(key as usize).map_or(&[][..], Vec::as_slice);
            self.add_rows(Place::new(convert.currency(currency), keys), &rows);
        }
        Ok(())
    }

    /// Adds rows of all periods.
    pub(in crate::revenue) fn add_rows(&mut self, place: Place, rows: &[BridgeRow]) {
        if rows.iter().all(|row| *row == BridgeRow::default()) {
            return;
        }
        let known = self.rows.entry(place).or_insert_with(|| vec![BridgeRow::default(); self.periods]);
        known.iter_mut().zip(rows).for_each(|(sum, part)| sum.merge(part));
    }

    /// A book of nobody has rows of zeros, where its currency and its periods are known.
    pub(in crate::revenue) fn ensure_row(&mut self, policy: &Policy, options: &PeriodOptions) {
        let currency = policy.fx.map(|fx| fx.currency).or(policy.currency);
        if let Some(currency) = currency.filter(|_| self.rows.is_empty() && options.by.is_empty()) {
            let scale = policy.rounding.scale.unwrap_or(currency.exponent());
            let place = Place::new((currency.code().to_owned(), scale), &[]);
            self.rows.insert(place, vec![BridgeRow::default(); self.periods]);
        }
    }

    /// Adds the sums of another part.
    pub(in crate::revenue) fn merge(&mut self, other: &Self) {
        other.rows.iter().for_each(|(place, rows)| self.add_rows(place.clone(), rows));
    }

    /// The largest sum, whatever its sign.
    pub(in crate::revenue) fn largest(&self) -> u128 {
        let rows = self.rows.values().flatten();
        rows.flat_map(|row| row.amounts.iter().map(|n| n.unsigned_abs())).max().unwrap_or(0)
    }

    /// The sums as JSON: a list of places and their rows.
    pub(in crate::revenue) fn to_value(&self) -> Value {
        self.rows
            .iter()
            .map(|(place, rows)| json!([place, rows.iter().map(BridgeRow::to_value).collect::<Vec<_>>()]))
            .collect()
    }

    /// Reads the sums from their JSON.
    ///
    /// # Errors
    /// `wrong_type`.
    pub(in crate::revenue) fn read_value(&mut self, value: &Value) -> Result<()> {
        let wrong = || Issue::new(Code::WrongType).path("sums").expected("the sums of a partial");
        for entry in value.as_array().ok_or_else(wrong)? {
            let place: Place = serde_json::from_value(entry[0].clone()).map_err(|_| wrong())?;
            let rows: Option<Vec<BridgeRow>> =
                entry[1].as_array().and_then(|rows| rows.iter().map(BridgeRow::of_value).collect());
            let rows = rows
                .filter(|rows| rows.len() == self.periods && place.scale <= 9 && !self.rows.contains_key(&place))
                .ok_or_else(wrong)?;
            self.add_rows(place, &rows);
        }
        Ok(())
    }

    /// The bridge as a table.
    pub(in crate::revenue) fn table(&self, grid: &Grid, by: &[String], hash: &str) -> ResultTable {
        let rows: Vec<(usize, &Place, &BridgeRow)> = (0..self.periods)
            .flat_map(|period| {
                self.rows.iter().filter_map(move |(place, rows)| Some((period, place, rows.get(period)?)))
            })
            .collect();
        let scale = self.rows.keys().map(|place| place.scale).max().unwrap_or(0);
        let mut columns = frame(grid, by, rows.iter().map(|(period, place, _)| (*period, *place)));
        for (at, name) in AMOUNTS.iter().enumerate() {
            let scaled = rows.iter().map(|(_, place, row)| {
                (!row.missing).then(|| row.amounts[at] * 10i128.pow(u32::from(scale - place.scale)))
            });
            columns.push(((*name).to_owned(), ResultColumn::decimals(scaled, scale)));
        }
        for (at, name) in COUNTS.iter().enumerate() {
            let counts = rows.iter().map(|(_, _, row)| Some(row.counts[at]));
            columns.push(((*name).to_owned(), ResultColumn::ints(counts)));
        }
        let reason = rows.iter().map(|(_, _, row)| row.missing.then_some("missing_rate"));
        columns.push(("reason".to_owned(), ResultColumn::Text(reason.collect::<Texts>())));
        ResultTable::new(columns, rows.len(), hash)
    }
}

/// The columns that say what a row is of: period, from, to, currency, keys.
pub(in crate::revenue) fn frame<'p>(
    grid: &Grid,
    by: &[String],
    rows: impl Iterator<Item = (usize, &'p Place)> + Clone,
) -> Vec<(String, ResultColumn)> {
    let period = |at: usize| grid.shown().get(at);
    let texts = |of: &mut dyn Iterator<Item = Option<String>>| ResultColumn::Text(of.collect::<Texts>());
    let days = |of: &dyn Fn(&crate::calendar::Period) -> i32| {
        ResultColumn::dates(rows.clone().map(|(at, _)| period(at).map(of)))
    };
    let mut columns = vec![
        ("period".to_owned(), texts(&mut rows.clone().map(|(at, _)| period(at).map(|period| period.label.clone())))),
        ("from".to_owned(), days(&|period| period.from.days())),
        ("to".to_owned(), days(&|period| period.to.days())),
        ("currency".to_owned(), texts(&mut rows.clone().map(|(_, place)| Some(place.currency.clone())))),
    ];
    for (at, name) in by.iter().enumerate() {
        let keys = &mut rows.clone().map(|(_, place)| place.key(at).map(str::to_owned));
        columns.push((name.clone(), texts(keys)));
    }
    columns
}

/// The place of each key in the order of texts.
pub(in crate::revenue) fn key_order(book: &Book) -> Vec<u32> {
    let mut keys: Vec<u32> = (0..book.keys.len() as u32).collect();
    let shown = |key: &u32| {
        let keys = book.keys.get(*key as usize).map_or(&[][..], Vec::as_slice);
        keys.iter().map(|key| (key.is_none(), key.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    keys.sort_by_key(shown);
    let mut order = vec![0; keys.len()];
    for (place, key) in keys.iter().enumerate() {
        order[*key as usize] = place as u32;
    }
    order
}

/// The sums of one book, by its own numbers of currencies and keys.
struct Local<'a> {
    convert: Convert<'a>,
    grid: &'a Grid,
    order: Vec<u32>,
    periods: usize,
    rows: HashMap<(u32, u32), Vec<BridgeRow>>,
}

impl Local<'_> {
    fn row(&mut self, currency: u32, key: u32, period: usize) -> &mut BridgeRow {
        let periods = self.periods;
        let rows = self.rows.entry((currency, key)).or_insert_with(|| vec![BridgeRow::default(); periods]);
        &mut rows[period]
    }

    /// The keys of a state whose rate is missing have no figures.
    fn mark(&mut self, states: [&State; 2], period: usize) {
        for cell in states.into_iter().flat_map(|state| &state.cells) {
            self.row(0, cell.key, period).missing = true;
        }
    }

    fn days(&self, period: usize) -> (i32, i32) {
        let shown = self.grid.shown().get(period);
        shown.map_or((0, 0), |period| (period.from.days() - 1, period.to.days() - 1))
    }
}

/// The label of a movement in the currency of the results, in which a customer of several may move the other way.
pub(in crate::revenue) fn in_results(movement: &Movement<'_>, before: &State, after: &State) -> Label {
    match movement.label {
        Label::Expansion | Label::Contraction if before.live == after.live && after.total() != before.total() => {
            if after.total() > before.total() {
                Label::Expansion
            } else {
                Label::Contraction
            }
        }
        label => label,
    }
}

impl Sink for Local<'_> {
    fn period(&mut self, _: &[u32], period: usize, opening: &State, closing: &State) -> Result<()> {
        let Some(period) = self.grid.place(period) else { return Ok(()) };
        let (open_day, close_day) = self.days(period);
        // Where there is one state only, it has the rates of the end.
        let first_day = if std::ptr::eq(opening, closing) { close_day } else { open_day };
        let states = (self.convert.at(opening, first_day)?, self.convert.at(closing, close_day)?);
        let (Some(first), Some(last)) = states else {
            self.mark([opening, closing], period);
            return Ok(());
        };
        for (state, at, sign) in [(&first, OPENING, -1), (&last, CLOSING, 1)] {
            for cell in &state.cells {
                let counts = state.live && (cell.minor > 0 || state.cells.len() == 1);
                let converts = self.convert.converts();
                let row = self.row(cell.currency, cell.key, period);
                row.amounts[at] += cell.minor;
                row.counts[at] += i64::from(counts);
                // What movements do not explain is the exchange rates.
                row.amounts[FX] += if converts { sign * cell.minor } else { 0 };
            }
        }
        Ok(())
    }

    fn movement(&mut self, movement: &Movement<'_>) -> Result<()> {
        let Some(period) = self.grid.place(movement.period) else { return Ok(()) };
        let (open_day, close_day) = self.days(period);
        let day = self.convert.movement_day(open_day, close_day);
        let states = (self.convert.at(movement.before, day)?, self.convert.at(movement.after, day)?);
        let (Some(before), Some(after)) = states else {
            self.mark([movement.before, movement.after], period);
            return Ok(());
        };
        let currency = before.cells.first().or(after.cells.first()).map_or(0, |cell| cell.currency);
        let label = in_results(movement, &before, &after);
        let order = std::mem::take(&mut self.order);
        let parts = shares(&before, &after, &order);
        self.order = order;
        let alone = parts.len() == 1;
        let converts = self.convert.converts();
        let appears = before.live != after.live;
        for part in parts {
            let row = self.row(currency, part.key, period);
            let transfer = part.after - part.before - part.moved;
            row.amounts[place(label)] += part.moved;
            row.amounts[TRANSFER] += transfer;
            row.amounts[FX] -= if converts { part.after - part.before } else { 0 };
            if alone || appears || part.moved != 0 {
                row.counts[place(label)] += i64::from(alone || part.moved != 0 || appears);
            }
            if !alone && !appears {
                row.counts[TRANSFER] += i64::from(part.before <= 0 && part.after > 0);
                row.counts[TRANSFER_OUT] += i64::from(part.before > 0 && part.after <= 0);
            }
        }
        Ok(())
    }
}
