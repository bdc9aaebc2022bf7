//! Pictures of results, as Vega-Lite v6 documents.
//!
//! Each function gives a whole document with its data inside, already counted: a million scores make a
//! picture of a few hundred numbers. Python wraps it as an altair chart, Node hands it to vega-embed.
//!
//! | chart | shows | reads |
//! |---|---|---|
//! | [`score_distribution`] | how many accounts have which score | scores |
//! | [`tier_shares`] | how many accounts each tier has | scores |
//! | [`contributions`] | what made the score of one account | its explanation |
//! | [`change_waterfall`] | what moved the score of one account | its comparison |
//! | [`flow_matrix`], [`flow_bars`] | who moved from which tier to which | the matrix of a flow |
//! | [`projection`] | the tiers in the periods to come | the projection of a flow |
//! | [`level_drivers`] | what sets each tier apart from the next | drivers |
//! | [`bridge_waterfall`] | from opening to closing MRR | a bridge |
//! | [`mrr_movements`] | what was won and lost in each period | a bridge |
//! | [`mrr_stack`] | MRR by period, stacked by a key | MRR, or a bridge |
//! | [`cohort_heat_map`] | how much of each cohort is left by age | a triangle of cohorts |
//! | [`retention_lines`] | NRR, GRR and logo retention over time | retention |
//! | [`renewal_calendar`] | what comes up for renewal | a renewal calendar |
//!
//! A chart reads its columns by name and ignores all others. Tiers and items have the names that the card
//! gives them in a language, else in English, else their ids; where two would read alike, the id stands
//! behind the name.

mod change;
mod drivers;
mod explanation;
mod flow;
mod places;
mod projection;
mod revenue;
mod ribbons;
mod scores;

pub use change::change_waterfall;
pub use drivers::level_drivers;
pub use explanation::contributions;
pub use flow::flow_matrix;
pub use projection::projection;
pub use revenue::{
    bridge_waterfall, cohort_heat_map, mrr_movements, mrr_stack, renewal_calendar, retention_lines, revenue,
};
pub use ribbons::flow_bars;
pub use scores::{score_distribution, tier_shares};

use crate::error::{Code, Issue};
use crate::error::{Result, suggest};
use crate::health::Scorecard;
use crate::table::{Column, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v6.json";

/// Better, worse, and neither.
const UP: &str = "#27ae60";
const DOWN: &str = "#c0392b";
const SAME: &str = "#34495e";

/// The label in a language, in English, or the id.
fn label<'a>(labels: &'a BTreeMap<String, String>, id: &'a str, language: Option<&str>) -> &'a str {
    labels.get(language.unwrap_or("en")).or_else(|| labels.get("en")).map_or(id, String::as_str)
}

/// The card's own name.
fn title<'a>(card: &'a Scorecard, language: Option<&str>) -> &'a str {
    label(&card.document().labels, card.id(), language)
}

fn need<'a>(table: &Table<'a>, name: &str) -> Result<Column<'a>> {
    table.column(name).ok_or_else(|| {
        let help = format!("a result has it by default; {}", suggest(name, table.names()));
        Issue::new(Code::UnknownColumn).column(name).help(help).into()
    })
}

/// The number in a row; a picture has no place for infinity.
fn finite(column: Column<'_>, name: &str, row: usize) -> Result<Option<f64>> {
    let number = column.number(row);
    if number.is_some_and(f64::is_infinite) {
        return Err(Issue::new(Code::InfiniteValue).column(name).rows([row as u64], 1).into());
    }
    Ok(number)
}

/// The names of things that have ids and labels: those that read alike, or like a name that is taken, have
/// the id behind them.
fn distinct<'a>(
    things: impl Iterator<Item = (&'a str, &'a BTreeMap<String, String>)>,
    taken: &[&str],
    language: Option<&str>,
) -> Vec<(&'a str, String)> {
    let named: Vec<(&str, &str)> = things.map(|(id, labels)| (id, label(labels, id, language))).collect();
    let alike = |name: &str| taken.contains(&name) || named.iter().filter(|(_, other)| *other == name).count() > 1;
    let name = |id: &str, name: &str| if alike(name) { format!("{name} ({id})") } else { name.to_owned() };
    named.iter().map(|&(id, label)| (id, name(id, label))).collect()
}

/// The names of the card's items, and of the other lines of explanations and comparisons.
struct Lines<'c>(BTreeMap<&'c str, String>);

impl<'c> Lines<'c> {
    fn new(card: &'c Scorecard, language: Option<&str>) -> Self {
        let items = card.walk().into_iter().flat_map(|(_, dimension)| &dimension.items);
        Self(distinct(items.map(|item| (item.id.as_str(), &item.labels)), &[], language).into_iter().collect())
    }

    fn item(&self, id: &str) -> String {
        self.0.get(id).map_or(id, String::as_str).to_owned()
    }

    /// The name of a line: the item's own where the line is simply about it, else with the kind of line.
    fn line(&self, item: Option<String>, kind: Option<String>, simple: &str) -> String {
        let kind = kind.as_deref().filter(|&kind| kind != simple).map(|kind| kind.replace('_', " "));
        match (item.filter(|id| !id.is_empty()).map(|id| self.item(&id)), kind) {
            (Some(item), Some(kind)) => format!("{item} ({kind})"),
            (item, kind) => item.or(kind).unwrap_or_default(),
        }
    }
}

/// The d3 format of points on the card's scale: three digits or so.
fn points_format(card: &Scorecard) -> String {
    let [worst, best] = card.document().scale;
    let decimals = (3.0 - (best - worst).abs().log10().floor()).clamp(0.0, 6.0);
    format!(",.{decimals}f")
}

/// A tooltip of fields; a format may stand behind the name.
fn tooltip(fields: &[(&str, &str)]) -> Value {
    let line = |&(field, format): &(&str, &str)| match format {
        "" => json!({"field": field, "type": "nominal"}),
        _ => json!({"field": field, "type": "quantitative", "format": format}),
    };
    fields.iter().map(line).collect()
}
