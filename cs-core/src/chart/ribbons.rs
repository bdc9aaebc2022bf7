//! A flow as ribbons between two columns.

use super::flow::Flow;
use super::places::Places;
use super::{SCHEMA, title, tooltip};
use crate::error::Result;
use crate::health::Scorecard;
use crate::table::Table;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Pixels that all accounts take, and those between two places of a column.
const HEIGHT: f64 = 300.0;
const GAP: f64 = 12.0;

/// The width of a column, as a share of the picture.
const WIDE: f64 = 0.03;

/// Pieces of a curve.
const STEPS: u32 = 24;

/// Who moved from which tier to which: the tiers before and after, stacked, with a ribbon for each move.
///
/// `matrix` is as for [`flow_matrix`](super::flow_matrix): it needs the columns `from`, `to` and `accounts`.
/// The best tier is on top; a ribbon has the colour of where it comes from, and is as thick as it has accounts.
/// The data has one row per ribbon and column; the curves are drawn by the document's own transforms.
/// `language` picks the labels.
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
///     ("to", Column::from(&["Lv1", "Lv2", "Lv2"][..])),
///     ("accounts", Column::from(&[6.0, 2.0, 1.0][..])),
/// ])?;
/// let chart = chart::flow_bars(&card, &matrix, None)?;
/// let places = &chart["datasets"]["places"]; // Lv1 and Lv2 before, then Lv1 and Lv2 after
/// assert_eq!((&places[0]["accounts"], &places[2]["accounts"]), (&8.0.into(), &6.0.into()));
/// assert_eq!(chart["datasets"]["ribbons"][1]["accounts"], 2.0);
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn flow_bars(card: &Scorecard, matrix: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let mut flow = Flow::read(card, matrix, language)?;
    flow.cells.retain(|_, accounts| *accounts > 0.0);
    let total: f64 = flow.cells.values().sum();
    let gap = total / HEIGHT * GAP;
    let mut before = Stack::new(&flow.places, flow.sums(|(from, _)| from), gap);
    let mut after = Stack::new(&flow.places, flow.sums(|(_, to)| to), gap);
    let top = before.top.max(after.top);
    before.rise((top - before.top) / 2.0);
    after.rise((top - after.top) / 2.0);
    let mut nodes = before.nodes(&flow.places, total, [0.0, WIDE]);
    nodes.extend(after.nodes(&flow.places, total, [1.0 - WIDE, 1.0]));
    let ribbons = ribbons(&flow, before, after);
    let color = flow.places.color("from", 0..flow.places.all.len());
    Ok(draw(title(card, language), color, [nodes, ribbons], [top, total]))
}

/// Places one above the other.
struct Stack {
    /// Place, lower end and accounts, from the bottom up.
    parts: Vec<(usize, f64, f64)>,
    top: f64,
}

impl Stack {
    fn new(places: &Places, sums: BTreeMap<usize, f64>, gap: f64) -> Self {
        let mut parts = Vec::with_capacity(sums.len());
        let mut top = 0.0;
        for place in upward(places) {
            let Some(&accounts) = sums.get(&place) else { continue };
            let from = if parts.is_empty() { 0.0 } else { top + gap };
            parts.push((place, from, accounts));
            top = from + accounts;
        }
        Self { parts, top }
    }

    fn rise(&mut self, by: f64) {
        self.parts.iter_mut().for_each(|(_, from, _)| *from += by);
    }

    fn nodes(&self, places: &Places, total: f64, [left, right]: [f64; 2]) -> Vec<Value> {
        let node = |&(place, from, accounts): &(usize, f64, f64)| {
            json!({
                "place": places.name(place), "accounts": accounts, "share": accounts / total,
                "x": left, "x2": right, "y": from, "y2": from + accounts,
            })
        };
        self.parts.iter().map(node).collect()
    }

    /// Takes so many accounts of a place from the bottom, and says where they begin.
    fn take(&mut self, place: usize, accounts: f64) -> f64 {
        let Some((_, from, _)) = self.parts.iter_mut().find(|(other, ..)| *other == place) else { return 0.0 };
        *from += accounts;
        *from - accounts
    }
}

/// The places from the bottom up: those beside the tiers, then the tiers from worst to best.
fn upward(places: &Places) -> impl Iterator<Item = usize> + Clone {
    (places.tiers..places.all.len()).rev().chain(0..places.tiers)
}

/// One row per ribbon: where its lower edge begins and ends, and how thick it is.
fn ribbons(flow: &Flow, mut before: Stack, mut after: Stack) -> Vec<Value> {
    let mut rows = Vec::with_capacity(flow.cells.len());
    let sums = flow.sums(|(from, _)| from);
    for from in upward(&flow.places) {
        for to in upward(&flow.places) {
            let Some(&accounts) = flow.cells.get(&(from, to)) else { continue };
            rows.push(json!({
                "from": flow.places.name(from), "to": flow.places.name(to), "move": flow.way((from, to)),
                "accounts": accounts, "share": sums.get(&from).map(|of| accounts / of),
                "start": before.take(from, accounts), "end": after.take(to, accounts),
            }));
        }
    }
    rows
}

fn draw(title: &str, mut color: Value, [nodes, ribbons]: [Vec<Value>; 2], [top, total]: [f64; 2]) -> Value {
    color["legend"] = Value::Null;
    let mut of_place = color.clone();
    of_place["field"] = "place".into();
    let (height, top) = if total > 0.0 { ((top / total * HEIGHT).round(), top) } else { (HEIGHT, 1.0) };
    let y = json!({"field": "y", "type": "quantitative", "axis": null, "stack": null,
                   "scale": {"domain": [0.0, top], "nice": false}});
    let heads = json!({"values": [0, 1], "labelExpr": "datum.value == 0 ? 'before' : 'after'", "orient": "top",
                       "labelFontSize": 12, "domain": false, "ticks": false, "grid": false});
    let x = json!({"field": "x", "type": "quantitative", "title": null, "axis": heads,
                   "scale": {"domain": [0, 1], "nice": false}});
    let (number, share) = (("accounts", ",.10~g"), ("share", ".1%"));
    json!({
        "$schema": SCHEMA,
        "title": title,
        "width": 420, "height": height,
        "datasets": {"places": nodes, "ribbons": ribbons},
        "config": {"view": {"stroke": null}},
        "layer": [
            {"data": {"name": "ribbons"}, "transform": curve(), "mark": {"type": "area", "opacity": 0.45},
             "encoding": {"x": x, "y": y, "y2": {"field": "y2"}, "color": color, "detail": [{"field": "to"}],
                          "tooltip": tooltip(&[("from", ""), ("to", ""), ("move", ""), number, share])}},
            {"data": {"name": "places"}, "mark": "rect",
             "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "color": of_place,
                          "tooltip": tooltip(&[("place", ""), number, share])}},
            names("datum.x == 0", "x", "right", -8),
            names("datum.x > 0", "x2", "left", 8),
        ],
    })
}

/// The transforms that make points of a smooth curve from each row of ribbons.
fn curve() -> Value {
    json!([
        {"calculate": format!("sequence({STEPS} + 1)"), "as": "step"},
        {"flatten": ["step"]},
        {"calculate": format!("datum.step / {STEPS}"), "as": "t"},
        {"calculate": format!("{WIDE} + (1 - 2 * {WIDE}) * datum.t"), "as": "x"},
        {"calculate": "datum.start + (datum.end - datum.start) * datum.t * datum.t * (3 - 2 * datum.t)", "as": "y"},
        {"calculate": "datum.y + datum.accounts", "as": "y2"},
    ])
}

/// The names of the places of one column, with what they have, beside it.
fn names(column: &str, x: &str, align: &str, dx: i32) -> Value {
    json!({
        "data": {"name": "places"},
        "transform": [
            {"filter": column},
            {"calculate": "datum.place + '  ' + format(datum.accounts, ',.10~g')", "as": "name"},
            {"calculate": "(datum.y + datum.y2) / 2", "as": "middle"},
        ],
        "mark": {"type": "text", "align": align, "dx": dx, "fontSize": 12, "color": "#2c3e50"},
        "encoding": {
            "x": {"field": x, "type": "quantitative"},
            "y": {"field": "middle", "type": "quantitative"},
            "text": {"field": "name"},
        },
    })
}
