//! A picture of the periods to come.

use super::places::{LEFT, Places};
use super::{SCHEMA, finite, need, title, tooltip};
use crate::error::Result;
use crate::health::Scorecard;
use crate::table::Table;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many accounts each tier will have: a line per tier over the periods, with its interval as a band.
///
/// `projection` is the projection of a flow; it needs the columns `period`, `tier`, `accounts`, `low` and
/// `high`. Those who left are a grey line. Rows without a period are left out; where `low` or `high` is null
/// the line has no band. `language` picks the labels.
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
/// let projection = Table::new([
///     ("period", Column::from(&[0, 1][..])),
///     ("tier", Column::from(&["Lv2", "Lv2"][..])),
///     ("accounts", Column::from(&[10.0, 8.0][..])),
///     ("low", Column::from(&[10.0, 6.5][..])),
///     ("high", Column::from(&[10.0, 9.5][..])),
/// ])?;
/// let chart = chart::projection(&card, &projection, None)?;
/// assert_eq!(chart["data"]["values"][1]["low"], 6.5);
/// assert_eq!(chart["encoding"]["color"]["scale"]["range"][0], "#e67e22"); // the second tier's
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn projection(card: &Scorecard, projection: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let column = |name| need(projection, name);
    let (period, tier, accounts) = (column("period")?, column("tier")?, column("accounts")?);
    let (low, high) = (column("low")?, column("high")?);
    let mut places = Places::new(card, language, &[LEFT]);
    let mut shown = BTreeSet::new();
    let mut values = Vec::with_capacity(projection.rows());
    for row in 0..projection.rows() {
        let (Some(period), Some(tier)) = (period.number(row), tier.display(row)) else { continue };
        let place = places.find_or_add(&tier);
        shown.insert(place);
        values.push(json!({
            "period": period, "tier": places.name(place), "accounts": finite(accounts, "accounts", row)?,
            "low": low.number(row), "high": high.number(row),
        }));
    }
    Ok(draw(title(card, language), places.color("tier", shown), values))
}

fn draw(title: &str, mut color: Value, values: Vec<Value>) -> Value {
    // The legend shows the lines, not the pale bands; without entries it has no size.
    let legend = json!({"symbolOpacity": 1, "symbolType": "stroke", "symbolStrokeWidth": 3});
    color["legend"] = if values.is_empty() { Value::Null } else { legend };
    let axis = json!({"format": "d", "tickMinStep": 1, "grid": false});
    let number = |field| json!({"field": field, "type": "quantitative", "title": "accounts"});
    let tooltip = tooltip(&[("tier", ""), ("period", "d"), ("accounts", ",.1f"), ("low", ",.1f"), ("high", ",.1f")]);
    json!({
        "$schema": SCHEMA,
        "title": title,
        "width": 480, "height": 280,
        "data": {"values": values},
        "encoding": {
            "x": {"field": "period", "type": "quantitative", "title": "period", "axis": axis, "scale": {"nice": false}},
            "color": color,
        },
        "layer": [
            {"mark": {"type": "area", "opacity": 0.15}, "transform": [{"filter": "datum.low != null && datum.high != null"}],
             "encoding": {"y": {"field": "low", "type": "quantitative", "stack": null, "title": "accounts"},
                          "y2": {"field": "high"}}},
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"y": number("accounts")}},
            {"mark": {"type": "point", "filled": true, "opacity": 1, "size": 36},
             "encoding": {"y": number("accounts"), "tooltip": tooltip}},
        ],
    })
}
