//! The bridge of one window as a waterfall.

use super::super::{DOWN, SAME, SCHEMA, UP, need, tooltip};
use super::words::word;
use super::{amount, said};
use crate::error::{Code, Issue, Result};
use crate::table::Table;
use serde_json::{Value, json};

/// The bars between opening and closing.
const MOVEMENTS: [&str; 7] = ["new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx"];

/// Where the MRR went: a bar for the opening, one for each kind of movement, and one for the closing.
///
/// `bridge` is a bridge, whole or in part; it needs the columns `opening`, `new`, `reactivation`, `expansion`, `contraction`,
/// `churn`, `transfer`, `fx` and `closing`. Of several periods the movements are summed from the first opening to the last
/// closing, so the rows must be of one currency and, where the bridge is broken down, of one key. Movements that are nothing
/// throughout are left out. `language` picks the words: `en` or `ja`.
///
/// # Errors
/// `unknown_column`, `infinite_value`, `invalid_amount`; `mixed_currencies` for rows of several currencies.
///
/// # Examples
/// ```
/// use cs_core::{chart, table::{Column, Table}};
/// let names = ["opening", "new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx", "closing"];
/// let amounts = [[100.0], [30.0], [0.0], [0.0], [0.0], [-20.0], [0.0], [0.0], [110.0]];
/// let bridge = Table::new(names.into_iter().zip(amounts.iter().map(|amount| Column::from(&amount[..]))))?;
/// let picture = chart::bridge_waterfall(&bridge, None)?;
/// let bars = picture["data"]["values"].as_array().map_or(&[][..], Vec::as_slice);
/// assert_eq!(bars.len(), 4); // opening, new, churn, closing
/// assert_eq!((&bars[2]["start"], &bars[2]["end"]), (&130.0.into(), &110.0.into()));
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn bridge_waterfall(bridge: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let currency = one_currency(bridge)?;
    let rows = bridge.rows();
    let (opening, closing) = (need(bridge, "opening")?, need(bridge, "closing")?);
    let first = if rows == 0 { None } else { amount(opening, "opening", 0)? }.unwrap_or(0.0);
    let last = if rows == 0 { None } else { amount(closing, "closing", rows - 1)? }.unwrap_or(0.0);
    let mut bars = vec![bar(word("opening", language), 0.0, first, "total")];
    let mut end = first;
    for name in MOVEMENTS {
        let column = need(bridge, name)?;
        let (mut change, mut moved) = (0.0, false);
        for row in 0..rows {
            let step = amount(column, name, row)?.unwrap_or(0.0);
            change += step;
            moved |= step != 0.0;
        }
        if moved {
            bars.push(bar(word(name, language), end, end + change, if change < 0.0 { "down" } else { "up" }));
            end += change;
        }
    }
    bars.push(bar(word("closing", language), 0.0, last, "total"));
    Ok(draw(&title(bridge, language), currency, bars))
}

/// The currency of all rows, if the table has the column.
fn one_currency(bridge: &Table<'_>) -> Result<Option<String>> {
    let first = said(bridge, "currency", 0);
    let other = (1..bridge.rows()).find(|&row| said(bridge, "currency", row) != first);
    match other {
        None => Ok(first),
        Some(row) => {
            let issue = Issue::new(Code::MixedCurrencies).column("currency").rows([row as u64], 1);
            Err(issue.help("draw one currency at a time").into())
        }
    }
}

/// "Where the MRR went, 2024-01 – 2024-12".
fn title(bridge: &Table<'_>, language: Option<&str>) -> String {
    let about = word("bridge", language);
    let periods = (said(bridge, "period", 0), bridge.rows().checked_sub(1).and_then(|row| said(bridge, "period", row)));
    match periods {
        (Some(first), Some(last)) if first == last => format!("{about}, {first}"),
        (Some(first), Some(last)) => format!("{about}, {first} – {last}"),
        _ => about.to_owned(),
    }
}

fn bar(line: &str, start: f64, end: f64, way: &str) -> Value {
    json!({"line": line, "start": start, "end": end, "amount": if way == "total" { end } else { end - start }, "way": way})
}

fn draw(title: &str, currency: Option<String>, mut bars: Vec<Value>) -> Value {
    let order: Vec<Value> = bars.iter().map(|bar| bar["line"].clone()).collect();
    for (bar, next) in bars.iter_mut().zip(order.iter().skip(1)) {
        bar["next"] = next.clone();
    }
    let way = json!({"field": "way", "type": "nominal", "legend": null,
                     "scale": {"domain": ["up", "down", "total"], "range": [UP, DOWN, SAME]}});
    let axis = json!({"format": "~s"});
    let tooltip = tooltip(&[("line", ""), ("amount", ",")]);
    json!({
        "$schema": SCHEMA,
        "title": title,
        "width": {"step": 64}, "height": 300,
        "data": {"values": bars},
        "transform": [{"calculate": "max(datum.start, datum.end)", "as": "top"}],
        "encoding": {"x": {"field": "line", "type": "nominal", "sort": order, "title": null,
                           "axis": {"labelAngle": 0}, "scale": {"paddingInner": 0.25}}},
        "layer": [
            {"mark": {"type": "rule", "color": "#95a5a6", "strokeDash": [2, 2]},
             "transform": [{"filter": "datum.next != null"}],
             "encoding": {"y": {"field": "end", "type": "quantitative"}, "x2": {"field": "next"}}},
            {"mark": {"type": "bar"},
             "encoding": {"y": {"field": "start", "type": "quantitative", "title": currency.unwrap_or_default(), "axis": axis},
                          "y2": {"field": "end"}, "color": way, "tooltip": tooltip}},
            {"mark": {"type": "text", "baseline": "bottom", "dy": -3},
             "encoding": {"y": {"field": "top", "type": "quantitative"},
                          "text": {"field": "amount", "type": "quantitative", "format": ",.3~s"}}},
        ],
    })
}
