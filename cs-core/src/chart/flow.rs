//! The matrix of a flow, as it is read, and as a heat map.

use super::places::{ENTERED, LEFT, NONE, Places};
use super::{DOWN, SCHEMA, UP, finite, need, title, tooltip};
use crate::error::Result;
use crate::health::Scorecard;
use crate::table::Table;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of moves and their colours.
const MOVES: [(&str, &str); 6] = [
    ("promoted", UP),
    ("stayed", "#2980b9"),
    ("demoted", DOWN),
    ("entered", "#8e44ad"),
    ("left", "#5d6d7e"),
    ("—", "#95a5a6"),
];

/// How many accounts went from one place to another.
pub(super) struct Flow {
    pub(super) places: Places,
    /// By number of the places from and to; no cell twice, none is negative.
    pub(super) cells: BTreeMap<(usize, usize), f64>,
}

impl Flow {
    pub(super) fn read(card: &Scorecard, matrix: &Table<'_>, language: Option<&str>) -> Result<Self> {
        let (from, to, accounts) = (need(matrix, "from")?, need(matrix, "to")?, need(matrix, "accounts")?);
        let mut places = Places::new(card, language, &[NONE, ENTERED, LEFT]);
        let mut cells = BTreeMap::new();
        for row in 0..matrix.rows() {
            let mut place = |id: Option<String>| places.find_or_add(id.as_deref().unwrap_or(NONE.0));
            let cell = (place(from.display(row)), place(to.display(row)));
            *cells.entry(cell).or_insert(0.0) += finite(accounts, "accounts", row)?.unwrap_or(0.0).max(0.0);
        }
        Ok(Self { places, cells })
    }

    /// How many accounts each place had before, or has after.
    pub(super) fn sums(&self, side: impl Fn((usize, usize)) -> usize) -> BTreeMap<usize, f64> {
        let mut sums = BTreeMap::new();
        for (&cell, accounts) in &self.cells {
            *sums.entry(side(cell)).or_insert(0.0) += accounts;
        }
        sums
    }

    /// What kind of move it is.
    pub(super) fn way(&self, (from, to): (usize, usize)) -> &'static str {
        let is = |place: usize, beside: &str| !self.places.is_tier(place) && self.places.all[place].id == beside;
        if is(from, ENTERED.0) {
            "entered"
        } else if is(to, LEFT.0) {
            "left"
        } else if from == to {
            "stayed"
        } else if self.places.is_tier(from) && self.places.is_tier(to) {
            if to > from { "promoted" } else { "demoted" }
        } else {
            NONE.1
        }
    }
}

/// Who moved from which tier to which: a heat map of a flow's matrix, with counts.
///
/// `matrix` needs the columns `from`, `to` and `accounts`; beside the tiers, `from` may be `none` (without a
/// tier, shown as “—”) or `entered`, and `to` may be `none` or `left`. Tiers run from worst to best, so who
/// stayed is on the diagonal, promotions are right of it and demotions left. The colour says which kind of
/// move it is; the stronger, the larger its share of the row. Rows and columns beside the tiers are left out
/// where they have no accounts. `language` picks the labels.
///
/// # Errors
/// `unknown_column`, `infinite_value`.
///
/// # Examples
/// ```
/// use cs_core::{Scorecard, chart, table::{Column, Table}};
/// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
///   {"id": "use", "items": [{"id": "nps", "curve": {"manual": {}}}]}],
///   "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 40}]}"#)?;
/// let matrix = Table::new([
///     ("from", Column::from(&["Lv1", "Lv1", "Lv2"][..])),
///     ("to", Column::from(&["Lv1", "Lv2", "left"][..])),
///     ("accounts", Column::from(&[6.0, 2.0, 1.0][..])),
/// ])?;
/// let chart = chart::flow_matrix(&card, &matrix, None)?;
/// let promoted = &chart["data"]["values"][1];
/// assert_eq!((&promoted["move"], &promoted["share"]), (&"promoted".into(), &0.25.into())); // 2 of 8
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn flow_matrix(card: &Scorecard, matrix: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let flow = Flow::read(card, matrix, language)?;
    let (before, after) = (flow.sums(|(from, _)| from), flow.sums(|(_, to)| to));
    // Tiers stand even where nobody is.
    let shown = |sums: &BTreeMap<usize, f64>| -> BTreeSet<usize> {
        let full = sums.iter().filter(|&(_, &accounts)| accounts > 0.0).map(|(&place, _)| place);
        (0..flow.places.tiers).chain(full).collect()
    };
    let (rows, columns) = (shown(&before), shown(&after));
    let cells = flow.cells.iter().filter(|((from, to), _)| rows.contains(from) && columns.contains(to));
    let values: Vec<Value> = cells
        .map(|(&(from, to), &accounts)| {
            let of = before.get(&from).copied().filter(|&of| of > 0.0);
            json!({
                "from": flow.places.name(from), "to": flow.places.name(to), "accounts": accounts,
                "share": of.map(|of| accounts / of), "move": flow.way((from, to)),
            })
        })
        .collect();
    let names = |places: &BTreeSet<usize>| -> Vec<&str> { places.iter().map(|&p| flow.places.name(p)).collect() };
    Ok(heat_map(title(card, language), &names(&rows), &names(&columns), values))
}

fn heat_map(title: &str, rows: &[&str], columns: &[&str], values: Vec<Value>) -> Value {
    let (moves, colors): (Vec<&str>, Vec<&str>) =
        MOVES.iter().copied().filter(|(way, _)| values.iter().any(|cell| cell["move"] == *way)).unzip();
    // A legend without entries has no size.
    let legend = if moves.is_empty() { Value::Null } else { json!({}) };
    let axis =
        |orient| json!({"orient": orient, "domain": false, "ticks": false, "labelAngle": 0, "labelFontSize": 12});
    let dark = json!({"test": "datum.share > 0.55", "value": "white"});
    let faint = json!({"test": "datum.accounts == 0", "value": "#bdc3c7"});
    json!({
        "$schema": SCHEMA,
        "title": title,
        "width": {"step": 80}, "height": {"step": 44},
        "data": {"values": values},
        "encoding": {
            "y": {"field": "from", "type": "nominal", "scale": {"domain": rows}, "title": "before", "axis": axis("left")},
            "x": {"field": "to", "type": "nominal", "scale": {"domain": columns}, "title": "after", "axis": axis("top")},
            "tooltip": tooltip(&[("from", ""), ("to", ""), ("move", ""), ("accounts", ",.10~g"), ("share", ".1%")]),
        },
        "layer": [
            {"mark": {"type": "rect", "stroke": "white", "strokeWidth": 2}, "encoding": {
                "color": {"field": "move", "type": "nominal", "title": null, "legend": legend,
                          "scale": {"domain": moves, "range": colors}},
                "opacity": {"field": "share", "type": "quantitative", "legend": null,
                            "scale": {"domain": [0, 1], "range": [0.1, 1]}}}},
            {"mark": {"type": "text", "fontSize": 13}, "encoding": {
                "text": {"field": "accounts", "type": "quantitative", "format": ",.10~g"},
                "color": {"condition": [faint, dark], "value": "#2c3e50"}}},
        ],
    })
}
