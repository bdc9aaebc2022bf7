//! Movements and MRR over many periods, as stacked bars.

use super::super::{SCHEMA, need, tooltip};
use super::words::word;
use super::{amount, said};
use crate::error::Result;
use crate::table::Table;
use serde_json::{Value, json};

/// The movements in the order of the stack, with their colours.
const MOVEMENTS: [(&str, &str); 7] = [
    ("new", "#27ae60"),
    ("reactivation", "#1abc9c"),
    ("expansion", "#82e0aa"),
    ("contraction", "#f5b7b1"),
    ("churn", "#c0392b"),
    ("transfer", "#7f8c8d"),
    ("fx", "#b2babb"),
];

/// What was won and lost in each period: gains stacked above zero, losses below.
///
/// `bridge` is a bridge with the columns `period`, `new`, `reactivation`, `expansion`, `contraction`, `churn`, `transfer` and
/// `fx`; of several currencies there is a panel for each. `language` picks the words: `en` or `ja`.
///
/// # Errors
/// `unknown_column`, `infinite_value`, `invalid_amount`.
///
/// # Examples
/// ```
/// use cs_core::{chart, table::{Column, Table}};
/// let names = ["new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx"];
/// let amounts = [[30.0], [0.0], [5.0], [0.0], [-20.0], [0.0], [0.0]];
/// let mut columns = vec![("period", Column::from(&["2024-01"][..]))];
/// columns.extend(names.into_iter().zip(amounts.iter().map(|amount| Column::from(&amount[..]))));
/// let picture = chart::mrr_movements(&Table::new(columns)?, None)?;
/// // What is nothing is left out.
/// assert_eq!(picture["data"]["values"].as_array().map(Vec::len), Some(3));
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn mrr_movements(bridge: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let period = need(bridge, "period")?;
    let columns = MOVEMENTS.iter().map(|(name, _)| Ok((*name, need(bridge, name)?))).collect::<Result<Vec<_>>>()?;
    let mut values = Vec::new();
    for row in 0..bridge.rows() {
        let Some(period) = period.display(row) else { continue };
        let currency = said(bridge, "currency", row);
        for (place, (name, column)) in columns.iter().enumerate() {
            let Some(change) = amount(*column, name, row)?.filter(|change| *change != 0.0) else { continue };
            values.push(json!({"period": period, "currency": currency, "line": word(name, language), "place": place,
                               "amount": change}));
        }
    }
    let domain: Vec<&str> = MOVEMENTS.iter().map(|(name, _)| word(name, language)).collect();
    let range: Vec<&str> = MOVEMENTS.iter().map(|(_, color)| *color).collect();
    let color = json!({"field": "line", "type": "nominal", "title": null, "sort": domain,
                       "scale": {"domain": domain, "range": range}});
    Ok(stack(word("movements", language), language, color, values))
}

/// The MRR of each period, stacked by the values of a column that the table was broken down by.
///
/// `mrr` is a table of MRR or a bridge: it needs `period` and `mrr`, or `closing` in its place. The first column of texts behind
/// `currency` that is none of the library's own is the one that is stacked by; without one there is a single bar for each
/// period. `language` picks the words: `en` or `ja`.
///
/// # Errors
/// `unknown_column`, `infinite_value`, `invalid_amount`.
///
/// # Examples
/// ```
/// use cs_core::{chart, table::{Column, Table}};
/// let table = Table::new([
///     ("period", Column::from(&["2024-01", "2024-01"][..])),
///     ("currency", Column::from(&["USD", "USD"][..])),
///     ("segment", Column::from(&["large", "small"][..])),
///     ("mrr", Column::from(&["70.00", "30.00"][..])),
/// ])?;
/// let picture = chart::mrr_stack(&table, None)?;
/// assert_eq!(picture["data"]["values"][1]["line"], "small");
/// assert_eq!(picture["data"]["values"][1]["amount"], 30.0);
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn mrr_stack(mrr: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let period = need(mrr, "period")?;
    let name = if mrr.column("mrr").is_none() && mrr.column("closing").is_some() { "closing" } else { "mrr" };
    let column = need(mrr, name)?;
    let key = key_column(mrr);
    let mut values = Vec::new();
    for row in 0..mrr.rows() {
        let (Some(period), Some(amount)) = (period.display(row), amount(column, name, row)?) else { continue };
        let line = key.map_or_else(|| Some(word("mrr", language).to_owned()), |key| said(mrr, key, row));
        let line = line.unwrap_or_else(|| "–".to_owned());
        values.push(json!({"period": period, "currency": said(mrr, "currency", row), "line": line, "place": 0,
                           "amount": amount}));
    }
    let color = json!({"field": "line", "type": "nominal", "title": key, "scale": {"scheme": "tableau10"}});
    Ok(stack(word("mrr", language), language, color, values))
}

/// The column that a table was broken down by: the one after `currency`, unless that is a figure.
fn key_column<'a>(table: &'a Table<'_>) -> Option<&'a str> {
    let behind = table.names().skip_while(|name| *name != "currency").nth(1)?;
    (!["opening", "mrr", "closing"].contains(&behind)).then_some(behind)
}

fn stack(title: &str, language: Option<&str>, color: Value, values: Vec<Value>) -> Value {
    let several = values.iter().any(|value| value["currency"] != values[0]["currency"]);
    let mut encoding = json!({
        "x": {"field": "period", "type": "nominal", "title": word("period", language), "sort": null},
        "y": {"field": "amount", "type": "quantitative", "aggregate": "sum", "title": values.first().map(|v| &v["currency"]),
              "axis": {"format": "~s"}},
        "color": color,
        "order": {"field": "place", "type": "quantitative"},
        "tooltip": tooltip(&[("period", ""), ("line", ""), ("amount", ",")]),
    });
    if several {
        encoding["row"] = json!({"field": "currency", "type": "nominal", "title": null});
        encoding["y"]["title"] = Value::Null;
    }
    let resolve = if several { json!({"scale": {"y": "independent"}}) } else { json!({}) };
    json!({
        "$schema": SCHEMA,
        "title": title,
        "width": {"step": 26}, "height": 260,
        "data": {"values": values},
        "mark": {"type": "bar"},
        "encoding": encoding,
        "resolve": resolve,
    })
}
