//! Pictures of results, as Vega-Lite v6 documents.
//!
//! Each function gives a whole document with its data inside, already counted: a million scores make a
//! picture of a few hundred numbers. Python wraps it as an altair chart, Node hands it to vega-embed.

use crate::error::{Code, Issue};
use crate::error::{Result, suggest};
use crate::health::{Scorecard, Tier};
use crate::table::{Column, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v6.json";

/// Colours of tiers that name none, from worst to best.
const COLORS: [&str; 12] = [
    "#c0392b", "#e67e22", "#f1c40f", "#27ae60", "#16a085", "#2980b9", "#34495e", "#8e44ad", "#7f8c8d", "#d35400",
    "#2c3e50", "#95a5a6",
];

/// Bars in a distribution.
const BINS: usize = 20;

/// What stands for accounts without a tier.
const NONE: &str = "—";
const NONE_COLOR: &str = "#bdc3c7";

/// How scores are distributed: a histogram of 20 equal bins over the scale, coloured by tier.
///
/// `scores` is a result of [`Scorecard::score`]: it needs the column `score`, and `tier` if the card has
/// tiers. Accounts without a score are left out. `language` picks the labels.
///
/// # Errors
/// `unknown_column`.
///
/// # Examples
/// ```
/// use cs_core::{Scorecard, chart, table::{Column, Table}};
/// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
///   {"id": "use", "items": [{"id": "nps", "curve": {"manual": {}}}]}]}"#)?;
/// let scores = [12.0, 13.0, 99.0];
/// let table = Table::new([("score", Column::from(&scores[..]))])?;
/// let chart = chart::score_distribution(&card, &table, None)?;
/// assert_eq!(chart["data"]["values"][0]["accounts"], 2); // 12 and 13 are both in 10 to 15
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn score_distribution(card: &Scorecard, scores: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let score = need(scores, "score")?;
    let tiers = tiers(card, scores)?;
    let [worst, best] = card.document().scale;
    let width = (best - worst) / BINS as f64;
    let mut counts: BTreeMap<(usize, Option<usize>), u64> = BTreeMap::new();
    for row in 0..scores.rows() {
        let Some(score) = score.number(row) else { continue };
        let bin = (((score - worst) / width) as usize).min(BINS - 1);
        *counts.entry((bin, tiers.of(row))).or_default() += 1;
    }
    let bin = |((bin, tier), accounts): (&(usize, Option<usize>), &u64)| {
        let from = worst + width * *bin as f64;
        json!({"from": from, "to": from + width, "tier": tiers.label(*tier, language), "accounts": accounts})
    };
    Ok(json!({
        "$schema": SCHEMA,
        "title": label(&card.document().labels, card.id(), language),
        "width": 480, "height": 240,
        "data": {"values": counts.iter().map(bin).collect::<Vec<_>>()},
        "mark": {"type": "bar", "tooltip": true},
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "bin": {"binned": true, "step": width},
                  "scale": {"domain": [worst, best]}, "title": "score"},
            "x2": {"field": "to"},
            "y": {"field": "accounts", "type": "quantitative", "stack": "zero", "title": "accounts"},
            "color": tiers.color(language),
        },
    }))
}

/// How the accounts are shared out among the tiers: one bar per tier, with count and share.
///
/// `scores` is a result of [`Scorecard::score`] with the column `tier`; accounts without a tier stand
/// under “—”. `language` picks the labels.
///
/// # Errors
/// `unknown_column`.
pub fn tier_shares(card: &Scorecard, scores: &Table<'_>, language: Option<&str>) -> Result<Value> {
    need(scores, "tier")?;
    let tiers = tiers(card, scores)?;
    let mut counts: BTreeMap<usize, u64> = (0..tiers.all.len()).map(|tier| (tier, 0)).collect();
    for row in 0..scores.rows() {
        // Those without a tier come last.
        *counts.entry(tiers.of(row).unwrap_or(tiers.all.len())).or_default() += 1;
    }
    let total = scores.rows().max(1) as f64;
    let bar = |(&tier, &accounts): (&usize, &u64)| {
        let tier = tiers.label((tier < tiers.all.len()).then_some(tier), language);
        json!({"tier": tier, "accounts": accounts, "share": accounts as f64 / total})
    };
    let values: Vec<Value> = counts.iter().map(bar).collect();
    let order: Vec<&Value> = values.iter().map(|value| &value["tier"]).collect();
    Ok(json!({
        "$schema": SCHEMA,
        "title": label(&card.document().labels, card.id(), language),
        "width": 480, "height": {"step": 36},
        "data": {"values": values},
        "encoding": {
            "y": {"field": "tier", "type": "nominal", "sort": order, "title": null},
            "x": {"field": "accounts", "type": "quantitative", "title": "accounts"},
        },
        "layer": [
            {"mark": {"type": "bar", "tooltip": true}, "encoding": {"color": tiers.color(language)}},
            {"mark": {"type": "text", "align": "left", "dx": 4},
             "encoding": {"text": {"field": "share", "type": "quantitative", "format": ".1%"}}},
        ],
    }))
}

/// What each item added to the score of one account: a bar per item, the largest first, with its state.
///
/// `explanation` is the part of a result of [`Scorecard::explain`] that belongs to one account; it
/// needs the columns `item`, `contribution`, `points`, `effective_weight`, `state` and `value`.
///
/// # Errors
/// `unknown_column`.
pub fn contributions(card: &Scorecard, explanation: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let column = |name| need(explanation, name);
    let (item, state, value) = (column("item")?, column("state")?, column("value")?);
    let (points, weight, contribution) = (column("points")?, column("effective_weight")?, column("contribution")?);
    let labels: BTreeMap<&str, &str> = card
        .walk()
        .into_iter()
        .flat_map(|(_, dimension)| &dimension.items)
        .map(|item| (item.id.as_str(), label(&item.labels, &item.id, language)))
        .collect();
    let bar = |row: usize| {
        let id = item.display(row).unwrap_or_default();
        json!({
            "item": labels.get(id.as_str()).copied().unwrap_or(&id),
            "contribution": contribution.number(row),
            "points": points.number(row),
            "effective_weight": weight.number(row),
            "lost": weight.number(row).zip(contribution.number(row)).map(|(w, c)| w * card.document().scale[1] - c),
            "state": state.display(row),
            "value": value.display(row),
        })
    };
    let values: Vec<Value> = (0..explanation.rows()).map(bar).collect();
    let sort = json!({"field": "contribution", "order": "descending"});
    let tooltip: Vec<Value> = ["item", "value", "state", "points", "effective_weight", "contribution", "lost"]
        .iter()
        .map(|field| json!({"field": field}))
        .collect();
    Ok(json!({
        "$schema": SCHEMA,
        "title": label(&card.document().labels, card.id(), language),
        "width": 480, "height": {"step": 22},
        "data": {"values": values},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "item", "type": "nominal", "sort": sort, "title": null},
            "x": {"field": "contribution", "type": "quantitative", "title": "contribution to the score"},
            "color": {"field": "points", "type": "quantitative", "title": "points",
                      "scale": {"domain": card.document().scale, "scheme": "redyellowgreen"}},
            "tooltip": tooltip,
        },
    }))
}

/// The label in a language, in English, or the id.
fn label<'a>(labels: &'a BTreeMap<String, String>, id: &'a str, language: Option<&str>) -> &'a str {
    labels.get(language.unwrap_or("en")).or_else(|| labels.get("en")).map_or(id, String::as_str)
}

fn need<'a>(table: &Table<'a>, name: &str) -> Result<Column<'a>> {
    table.column(name).ok_or_else(|| {
        let help = format!("a result has it by default; {}", suggest(name, table.names()));
        Issue::new(Code::UnknownColumn).column(name).help(help).into()
    })
}

/// The card's tiers and the column that names the tier of each row.
struct Tiers<'c, 't> {
    all: &'c [Tier],
    column: Option<Column<'t>>,
}

fn tiers<'c, 't>(card: &'c Scorecard, scores: &Table<'t>) -> Result<Tiers<'c, 't>> {
    let all = card.document().tiers.as_slice();
    let column = if all.is_empty() { None } else { Some(need(scores, "tier")?) };
    Ok(Tiers { all, column })
}

impl Tiers<'_, '_> {
    fn of(&self, row: usize) -> Option<usize> {
        let text = self.column?.text(row)?;
        self.all.iter().position(|tier| tier.id.as_bytes() == text)
    }

    fn label(&self, tier: Option<usize>, language: Option<&str>) -> &str {
        tier.and_then(|tier| self.all.get(tier)).map_or(NONE, |tier| label(&tier.labels, &tier.id, language))
    }

    /// The colour channel: each tier in its own colour, in order.
    fn color(&self, language: Option<&str>) -> Value {
        let color = |(i, tier): (usize, &Tier)| tier.color.clone().unwrap_or_else(|| COLORS[i % COLORS.len()].into());
        let mut names: Vec<&str> = (0..self.all.len()).map(|tier| self.label(Some(tier), language)).collect();
        let mut colors: Vec<String> = self.all.iter().enumerate().map(color).collect();
        names.push(NONE);
        colors.push(NONE_COLOR.into());
        json!({"field": "tier", "type": "nominal", "title": null, "scale": {"domain": names, "range": colors},
               "legend": if self.all.is_empty() { Value::Null } else { json!({}) }})
    }
}
