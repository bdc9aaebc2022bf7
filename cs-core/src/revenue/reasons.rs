//! Losses by reason.

use super::RevenuePolicy;
use super::book::{Book, NO_REASON};
use super::bridge::{
    BridgeOptions, Convert, Grid, Label, Movement, Place, Sink, Walk, frame, in_results, key_order, shares,
};
use super::timeline::State;
use crate::error::Result;
use crate::table::{ResultColumn, ResultTable, Tables, Texts};
use serde_json::Value;
use std::collections::BTreeMap;

/// Churn and contraction, and how many customers each.
type Losses = [(i128, i64); 2];

struct Reasons<'a> {
    book: &'a Book,
    convert: Convert<'a>,
    grid: &'a Grid,
    order: Vec<u32>,
    rows: BTreeMap<(usize, Place, (bool, String)), Losses>,
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = BridgeOptions::from_value(options)?;
    let document = policy.document();
    let by = &options.periods.by;
    let book = Book::read(document, tables, &options.book, by)?;
    let grid = Grid::new(document, &book, &options.periods)?;
    let convert = Convert::new(document, &book);
    let mut reasons = Reasons { book: &book, convert, grid: &grid, order: key_order(&book), rows: BTreeMap::new() };
    Walk::new(document, &book, &grid)?.tell(&mut reasons)?;
    let rows: Vec<_> = reasons.rows.into_iter().collect();
    let mut columns = frame(&grid, by, rows.iter().map(|((period, place, _), _)| (*period, place)));
    let reason = rows.iter().map(|((.., (null, text)), _)| (!null).then(|| text.clone()));
    columns.push(("reason".to_owned(), ResultColumn::Text(reason.collect::<Texts>())));
    let scale = rows.iter().map(|((_, place, _), _)| place.scale).max().unwrap_or(0);
    for (at, name) in ["churn", "contraction"].into_iter().enumerate() {
        let amounts =
            rows.iter().map(|((_, place, _), losses)| Some(losses[at].0 * 10i128.pow(u32::from(scale - place.scale))));
        columns.push((name.to_owned(), ResultColumn::decimals(amounts, scale)));
        let counts = rows.iter().map(|(_, losses)| Some(losses[at].1));
        columns.push((format!("{name}_accounts"), ResultColumn::ints(counts)));
    }
    Ok(ResultTable::new(columns, rows.len(), policy.hash()))
}

impl Reasons<'_> {
    /// The reason of the line that ended last within the days, if one has a reason.
    fn reason(&self, movement: &Movement<'_>) -> (bool, String) {
        let (after, up_to) = movement.days;
        let lines = movement.units.iter().flat_map(|unit| self.book.lines_of(*unit));
        let ended = lines.filter(|line| line.reason != NO_REASON && line.end > after && line.end <= up_to);
        let last = ended.max_by_key(|line| (line.end, line.row));
        let text = last.and_then(|line| self.book.reasons.get(line.reason as usize));
        (text.is_none(), text.cloned().unwrap_or_default())
    }
}

impl Sink for Reasons<'_> {
    fn period(&mut self, _: &[u32], _: usize, _: &State, _: &State) -> Result<()> {
        Ok(())
    }

    fn movement(&mut self, movement: &Movement<'_>) -> Result<()> {
        let Some(period) = self.grid.place(movement.period) else { return Ok(()) };
        let Some((open_day, close_day)) =
            self.grid.shown().get(period).map(|period| (period.from.days() - 1, period.to.days() - 1))
        else {
            return Ok(());
        };
        let day = self.convert.movement_day(open_day, close_day);
        let states = (self.convert.at(movement.before, day)?, self.convert.at(movement.after, day)?);
        let (Some(before), Some(after)) = states else { return Ok(()) };
        let place = match in_results(movement, &before, &after) {
            Label::Churn => 0,
            Label::Contraction => 1,
            _ => return Ok(()),
        };
        let currency = before.cells.first().map_or(0, |cell| cell.currency);
        let parts = shares(&before, &after, &self.order);
        let alone = parts.len() == 1;
        for part in parts.into_iter().filter(|part| alone || part.moved != 0 || place == 0) {
            let keys = self.book.keys.get(part.key as usize).map_or(&[][..], Vec::as_slice);
            let at = (period, Place::new(self.convert.currency(currency), keys), self.reason(movement));
            let losses = self.rows.entry(at).or_default();
            losses[place].0 += part.moved;
            losses[place].1 += 1;
        }
        Ok(())
    }
}
