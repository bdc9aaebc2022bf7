//! A triangle of cohorts as a heat map.

use super::super::{SCHEMA, tooltip};
use super::words::word;
use super::{amount, columns};
use crate::error::Result;
use crate::table::Table;
use serde_json::{Value, json};

/// How much of each cohort was there at each age: darker is more; what is not known yet is empty.
///
/// `cohorts` is a triangle of cohorts; it needs the columns `cohort`, `age`, `size`, `retained` and `retention`. Cells without a
/// retention are left out. `language` picks the words: `en` or `ja`.
///
/// # Errors
/// `unknown_column`, `infinite_value`, `invalid_amount`.
///
/// # Examples
/// ```
/// use cs_core::{chart, table::{Column, Table}};
/// let triangle = Table::new([
///     ("cohort", Column::from(&["2024-01", "2024-01", "2024-02", "2024-02"][..])),
///     ("age", Column::from(&[0, 1, 0, 1][..])),
///     ("size", Column::from(&[4, 4, 2, 2][..])),
///     ("retained", Column::from(&[4.0, 3.0, 2.0, f64::NAN][..])),
///     ("retention", Column::from(&[1.0, 0.75, 1.0, f64::NAN][..])),
/// ])?;
/// let picture = chart::cohort_heat_map(&triangle, None)?;
/// let cells = &picture["data"]["values"];
/// assert_eq!((cells[1]["retention"].as_f64(), cells.as_array().map(Vec::len)), (Some(0.75), Some(3)));
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn cohort_heat_map(cohorts: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let names = ["cohort", "age", "size", "retained", "retention"];
    let [cohort, age, size, retained, retention] = columns(cohorts, names)?;
    let mut values = Vec::with_capacity(cohorts.rows());
    for row in 0..cohorts.rows() {
        let (Some(cohort), Some(age)) = (cohort.display(row), age.number(row)) else { continue };
        let Some(share) = amount(retention, "retention", row)? else { continue };
        values.push(json!({
            "cohort": cohort, "age": age, "retention": share,
            "size": amount(size, "size", row)?, "retained": amount(retained, "retained", row)?,
        }));
    }
    let tooltip = tooltip(&[("cohort", ""), ("age", "d"), ("size", ","), ("retained", ","), ("retention", ".1%")]);
    Ok(json!({
        "$schema": SCHEMA,
        "title": word("cohorts", language),
        "width": {"step": 36}, "height": {"step": 22},
        "data": {"values": values},
        "encoding": {
            "x": {"field": "age", "type": "ordinal", "title": word("age", language),
                  "axis": {"labelAngle": 0, "orient": "top"}},
            "y": {"field": "cohort", "type": "nominal", "sort": null, "title": word("cohort", language)},
        },
        "layer": [
            {"mark": {"type": "rect"},
             "encoding": {"color": {"field": "retention", "type": "quantitative", "title": word("retention", language),
                                    "scale": {"scheme": "teals", "domainMin": 0}, "legend": {"format": ".0%"}},
                          "tooltip": tooltip}},
            {"mark": {"type": "text", "fontSize": 10},
             "encoding": {"text": {"field": "retention", "type": "quantitative", "format": ".0%"},
                          "color": {"condition": {"test": "datum.retention > 0.6", "value": "white"}, "value": "#2c3e50"}}},
        ],
    }))
}
