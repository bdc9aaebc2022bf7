//! The contracts to come.

use super::super::{SCHEMA, tooltip};
use super::words::word;
use super::{amount, columns, said};
use crate::error::Result;
use crate::table::Table;
use serde_json::{Value, json};

/// What comes up for renewal, month by month, by how far it lies ahead: the amounts due, stacked.
///
/// `calendar` is a renewal calendar; it needs the columns `contract`, `due`, `days_to_due`, `lead_days` and `amount`; of several
/// currencies there is a panel for each. `language` picks the words: `en` or `ja`.
///
/// # Errors
/// `unknown_column`, `infinite_value`, `invalid_amount`.
///
/// # Examples
/// ```
/// use cs_core::{chart, table::{Column, Table}};
/// let calendar = Table::new([
///     ("contract", Column::from(&["c-1", "c-2"][..])),
///     ("due", Column::from(&["2026-12-10", "2027-02-01"][..])),
///     ("days_to_due", Column::from(&[12, 65][..])),
///     ("lead_days", Column::from(&[30, 90][..])),
///     ("amount", Column::from(&["1200", "500"][..])),
/// ])?;
/// let picture = chart::renewal_calendar(&calendar, None)?;
/// assert_eq!(picture["data"]["values"][1]["month"], "2027-02");
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn renewal_calendar(calendar: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let names = ["contract", "due", "days_to_due", "lead_days", "amount"];
    let [contract, due, days, lead, amounts] = columns(calendar, names)?;
    let mut values = Vec::with_capacity(calendar.rows());
    for row in 0..calendar.rows() {
        let (Some(due), Some(amount)) = (due.display(row), amount(amounts, "amount", row)?) else { continue };
        let month = due.get(..7).unwrap_or(&due).to_owned();
        values.push(json!({
            "contract": contract.display(row), "due": due, "month": month, "amount": amount,
            "days": days.number(row), "lead": lead.number(row), "currency": said(calendar, "currency", row),
        }));
    }
    let several = values.iter().any(|value| value["currency"] != values[0]["currency"]);
    let tooltip = tooltip(&[("contract", ""), ("due", ""), ("days", "d"), ("amount", ",")]);
    let mut encoding = json!({
        "x": {"field": "month", "type": "nominal", "title": word("due", language), "axis": {"labelAngle": 0}},
        "y": {"field": "amount", "type": "quantitative", "title": word("amount", language), "axis": {"format": "~s"}},
        "color": {"field": "lead", "type": "ordinal", "title": word("lead_days", language),
                  "scale": {"scheme": "orangered", "reverse": true}},
        "order": {"field": "days", "type": "quantitative"},
        "tooltip": tooltip,
    });
    if several {
        encoding["row"] = json!({"field": "currency", "type": "nominal", "title": null});
    }
    Ok(json!({
        "$schema": SCHEMA,
        "title": word("renewals", language),
        "width": {"step": 48}, "height": 240,
        "data": {"values": values},
        "mark": {"type": "bar", "stroke": "white", "strokeWidth": 0.5},
        "encoding": encoding,
    }))
}
