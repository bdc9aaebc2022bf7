//! Pictures of revenue: bridges, MRR, cohorts, retention and renewals.

mod cohorts;
mod movements;
mod renewals;
mod retention;
mod waterfall;
mod words;

pub use cohorts::cohort_heat_map;
pub use movements::{mrr_movements, mrr_stack};
pub use renewals::renewal_calendar;
pub use retention::retention_lines;
pub use waterfall::bridge_waterfall;

use super::{finite, need};
use crate::error::{Code, Issue, Result, suggest};
use crate::table::{Column, Table};
use serde_json::Value;

/// What draws a chart of a revenue table, in a language.
type Draw = fn(&Table<'_>, Option<&str>) -> Result<Value>;

/// The charts of revenue tables by name, as the bindings call them.
const CHARTS: [(&str, Draw); 6] = [
    ("bridge_waterfall", bridge_waterfall),
    ("mrr_movements", mrr_movements),
    ("mrr_stack", mrr_stack),
    ("cohort_heat_map", cohort_heat_map),
    ("retention_lines", retention_lines),
    ("renewal_calendar", renewal_calendar),
];

/// The chart of a revenue table by its name: that of the function that draws it.
///
/// # Errors
/// `unknown_choice` for another name, and those of the chart.
///
/// # Examples
/// ```
/// use cs_core::{chart, table::{Column, Table}};
/// let rates = Table::new([
///     ("to", Column::from(&["2025-01-01"][..])),
///     ("net_revenue_retention", Column::from(&[1.05][..])),
///     ("gross_revenue_retention", Column::from(&[0.9][..])),
///     ("logo_retention", Column::from(&[0.85][..])),
/// ])?;
/// let picture = chart::revenue("retention_lines", &rates, None)?;
/// assert_eq!(picture["data"]["values"][0]["value"], 1.05);
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn revenue(name: &str, table: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let known = CHARTS.iter().find(|(known, _)| *known == name);
    let (_, draw) = known.ok_or_else(|| {
        let help = suggest(name, CHARTS.iter().map(|(known, _)| *known));
        Issue::new(Code::UnknownChoice).path("chart").value(format!("{name:?}")).help(help)
    })?;
    draw(table, language)
}

/// An amount in a row: a number, or the text of a decimal, as results are in languages without decimals.
fn amount(column: Column<'_>, name: &str, row: usize) -> Result<Option<f64>> {
    match column.text(row) {
        None => finite(column, name, row),
        Some([]) => Ok(None),
        Some(text) => {
            let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
            let issue = || Issue::new(Code::InvalidAmount).column(name).rows([row as u64], 1);
            number.filter(|number| number.is_finite()).map(Some).ok_or_else(|| issue().into())
        }
    }
}

/// What stands in a column of texts or days, if the table has it.
fn said(table: &Table<'_>, name: &str, row: usize) -> Option<String> {
    table.column(name).and_then(|column| column.display(row)).filter(|text| !text.is_empty())
}

/// The columns of these names.
fn columns<'a, const N: usize>(table: &Table<'a>, names: [&str; N]) -> Result<[Column<'a>; N]> {
    let mut found = [Column::all_valid(crate::table::Values::Null(0)); N];
    for (column, name) in found.iter_mut().zip(names) {
        *column = need(table, name)?;
    }
    Ok(found)
}
