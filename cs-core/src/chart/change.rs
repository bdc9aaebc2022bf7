//! A picture of one comparison.

use super::{DOWN, Lines, SAME, SCHEMA, UP, finite, need, points_format, title, tooltip};
use crate::error::Result;
use crate::health::Scorecard;
use crate::table::Table;
use serde_json::{Value, json};

/// The last bar.
const TOTAL: &str = "change of the score";

/// Why the score of one account moved: a bar per cause, the largest first, each from where the one before it
/// ended; the last bar is the whole change.
///
/// `comparison` is the part of a comparison of two scores that belongs to one account; it needs the columns
/// `cause`, `item`, `contribution`, `before` and `after`. Zero is the score before. Lines without a
/// contribution, such as a score that ceased to be, are left out. `language` picks the labels.
///
/// # Errors
/// `unknown_column`, `infinite_value`.
///
/// # Examples
/// ```
/// use cs_core::{Scorecard, chart, table::{Column, Table}};
/// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
///   {"id": "use", "items": [{"id": "nps", "curve": {"manual": {}}}, {"id": "seats", "curve": {"manual": {}}}]}]}"#)?;
/// let comparison = Table::new([
///     ("cause", Column::from(&["item_value", "item_value"][..])),
///     ("item", Column::from(&["nps", "seats"][..])),
///     ("before", Column::from(&["30", "80"][..])),
///     ("after", Column::from(&["40", "50"][..])),
///     ("contribution", Column::from(&[5.0, -15.0][..])),
/// ])?;
/// let chart = chart::change_waterfall(&card, &comparison, None)?;
/// let bars = chart["data"]["values"].as_array().map_or(&[][..], Vec::as_slice);
/// assert_eq!((&bars[0]["line"], &bars[0]["end"]), (&"seats".into(), &(-15.0).into()));
/// assert_eq!((&bars[1]["line"], &bars[1]["end"]), (&"nps".into(), &(-10.0).into())); // up 5 from −15
/// assert_eq!((&bars[2]["start"], &bars[2]["end"]), (&0.0.into(), &(-10.0).into())); // in all
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn change_waterfall(card: &Scorecard, comparison: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let column = |name| need(comparison, name);
    let (cause, item, contribution) = (column("cause")?, column("item")?, column("contribution")?);
    let (before, after) = (column("before")?, column("after")?);
    let lines = Lines::new(card, language);
    let mut moved = Vec::with_capacity(comparison.rows());
    for row in 0..comparison.rows() {
        moved.extend(finite(contribution, "contribution", row)?.map(|change| (row, change)));
    }
    moved.sort_by(|(_, a): &(usize, f64), (_, b)| b.abs().total_cmp(&a.abs()));
    let mut end = 0.0;
    let mut bars: Vec<Value> = Vec::with_capacity(moved.len() + 1);
    for (row, change) in moved {
        let start = end;
        end += change;
        bars.push(json!({
            "line": lines.line(item.display(row), cause.display(row), "item_value"),
            "start": start, "end": end, "contribution": change, "way": if change < 0.0 { "down" } else { "up" },
            "before": before.display(row), "after": after.display(row),
        }));
    }
    bars.push(json!({"line": TOTAL, "start": 0.0, "end": end, "contribution": end, "way": "total"}));
    Ok(draw(title(card, language), bars, &format!("+{}", points_format(card))))
}

fn draw(title: &str, mut bars: Vec<Value>, format: &str) -> Value {
    let order: Vec<Value> = bars.iter().map(|bar| bar["line"].clone()).collect();
    for (bar, next) in bars.iter_mut().zip(order.iter().skip(1)) {
        bar["next"] = next.clone();
    }
    let way = json!({"field": "way", "type": "nominal", "legend": null,
                     "scale": {"domain": ["up", "down", "total"], "range": [UP, DOWN, SAME]}});
    let text = json!({"field": "contribution", "type": "quantitative", "format": format});
    let tooltip = tooltip(&[("line", ""), ("before", ""), ("after", ""), ("contribution", format)]);
    // The number stands behind the higher end, whichever way the bar runs.
    let right = "max(datum.start, datum.end)";
    json!({
        "$schema": SCHEMA,
        "title": title,
        "width": 480, "height": {"step": 24},
        "data": {"values": bars},
        "transform": [{"calculate": right, "as": "right"}],
        "encoding": {"y": {"field": "line", "type": "nominal", "sort": order, "title": null, "scale": {"paddingInner": 0.2},
                           "axis": {"labelLimit": 260}}},
        "layer": [
            {"mark": {"type": "rule", "color": "#95a5a6", "strokeDash": [2, 2]},
             "transform": [{"filter": "datum.next != null"}],
             "encoding": {"x": {"field": "end", "type": "quantitative"}, "y2": {"field": "next"}}},
            {"mark": {"type": "bar"},
             "encoding": {"x": {"field": "start", "type": "quantitative", "title": "points since the score before"},
                          "x2": {"field": "end"}, "color": way, "tooltip": tooltip}},
            {"mark": {"type": "text", "align": "left", "dx": 4},
             "encoding": {"x": {"field": "right", "type": "quantitative"}, "text": text}},
        ],
    })
}
