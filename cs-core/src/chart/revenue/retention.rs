//! Retention rates over time.

use super::super::{SCHEMA, need, tooltip};
use super::words::word;
use super::{amount, said};
use crate::error::Result;
use crate::table::Table;
use serde_json::{Value, json};

/// The rates, with their colours.
const RATES: [(&str, &str); 3] =
    [("net_revenue_retention", "#16a085"), ("gross_revenue_retention", "#2980b9"), ("logo_retention", "#8e44ad")];

/// Net and gross revenue retention and logo retention as lines over the ends of their windows.
///
/// `retention` is a retention table; it needs the columns `to`, `net_revenue_retention`, `gross_revenue_retention` and
/// `logo_retention`; of several currencies there is a panel for each. What is undefined is a gap. The dashed line is 100 %.
/// `language` picks the words: `en` or `ja`.
///
/// # Errors
/// `unknown_column`, `infinite_value`.
///
/// # Examples
/// See [`revenue`](super::revenue).
pub fn retention_lines(retention: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let to = need(retention, "to")?;
    let columns = RATES.iter().map(|(name, _)| Ok((*name, need(retention, name)?))).collect::<Result<Vec<_>>>()?;
    let mut values = Vec::with_capacity(3 * retention.rows());
    for row in 0..retention.rows() {
        let Some(to) = to.display(row) else { continue };
        let currency = said(retention, "currency", row);
        for (name, column) in &columns {
            let value = amount(*column, name, row)?;
            values.push(json!({"to": to, "currency": currency, "line": word(name, language), "value": value}));
        }
    }
    let domain: Vec<&str> = RATES.iter().map(|(name, _)| word(name, language)).collect();
    let range: Vec<&str> = RATES.iter().map(|(_, color)| *color).collect();
    let lines = json!({
        "width": 480, "height": 260,
        "layer": [
            {"mark": {"type": "rule", "color": "#95a5a6", "strokeDash": [4, 3]}, "encoding": {"y": {"datum": 1}}},
            {"mark": {"type": "line", "strokeWidth": 2, "point": {"size": 30}},
             "encoding": {
                "x": {"field": "to", "type": "temporal", "title": word("window_end", language)},
                "y": {"field": "value", "type": "quantitative", "title": null, "axis": {"format": ".0%"},
                      "scale": {"zero": false}},
                "color": {"field": "line", "type": "nominal", "title": null, "scale": {"domain": domain, "range": range}},
                "tooltip": tooltip(&[("line", ""), ("to", ""), ("value", ".2%")]),
             }},
        ],
    });
    let several = values.iter().any(|value| value["currency"] != values[0]["currency"]);
    let mut chart = json!({"$schema": SCHEMA, "title": word("rates", language), "data": {"values": values}});
    if several {
        chart["facet"] = json!({"row": {"field": "currency", "type": "nominal", "title": null}});
        chart["spec"] = lines;
    } else {
        for (name, part) in lines.as_object().into_iter().flatten() {
            chart[name] = part.clone();
        }
    }
    Ok(chart)
}
