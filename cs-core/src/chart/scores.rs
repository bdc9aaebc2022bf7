//! Pictures of scores: their distribution, and the shares of tiers.

use super::places::{NONE, Places};
use super::{SCHEMA, need, title};
use crate::error::Result;
use crate::health::Scorecard;
use crate::table::{Column, Table};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Bars in a distribution.
const BINS: usize = 20;

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
    let tiers = Tiers::new(card, scores, language)?;
    let [worst, best] = card.document().scale;
    let width = (best - worst) / BINS as f64;
    let mut counts: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for row in 0..scores.rows() {
        let Some(score) = score.number(row) else { continue };
        let bin = (((score - worst) / width) as usize).min(BINS - 1);
        *counts.entry((bin, tiers.of(row))).or_default() += 1;
    }
    let bin = |(&(bin, tier), accounts): (&(usize, usize), &u64)| {
        let from = worst + width * bin as f64;
        json!({"from": from, "to": from + width, "tier": tiers.places.name(tier), "accounts": accounts})
    };
    Ok(json!({
        "$schema": SCHEMA,
        "title": title(card, language),
        "width": 480, "height": 240,
        "data": {"values": counts.iter().map(bin).collect::<Vec<_>>()},
        "mark": {"type": "bar", "tooltip": true},
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "bin": {"binned": true, "step": width},
                  "scale": {"domain": [worst, best]}, "title": "score"},
            "x2": {"field": "to"},
            "y": {"field": "accounts", "type": "quantitative", "stack": "zero", "title": "accounts"},
            "color": tiers.color(),
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
///
/// # Examples
/// ```
/// use cs_core::{Scorecard, chart, table::{Column, Table}};
/// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
///   {"id": "use", "items": [{"id": "nps", "curve": {"manual": {}}}]}],
///   "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 40}]}"#)?;
/// let tiers = ["Lv2", "Lv1", "Lv2", "Lv2"];
/// let table = Table::new([("tier", Column::from(&tiers[..]))])?;
/// let chart = chart::tier_shares(&card, &table, None)?;
/// assert_eq!(chart["data"]["values"][1]["share"], 0.75); // three of four are in Lv2
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn tier_shares(card: &Scorecard, scores: &Table<'_>, language: Option<&str>) -> Result<Value> {
    need(scores, "tier")?;
    let tiers = Tiers::new(card, scores, language)?;
    let mut counts: BTreeMap<usize, u64> = (0..tiers.places.tiers).map(|tier| (tier, 0)).collect();
    for row in 0..scores.rows() {
        *counts.entry(tiers.of(row)).or_default() += 1;
    }
    let total = scores.rows().max(1) as f64;
    let bar = |(&tier, &accounts): (&usize, &u64)| json!({"tier": tiers.places.name(tier), "accounts": accounts, "share": accounts as f64 / total});
    let values: Vec<Value> = counts.iter().map(bar).collect();
    let order: Vec<&Value> = values.iter().map(|value| &value["tier"]).collect();
    Ok(json!({
        "$schema": SCHEMA,
        "title": title(card, language),
        "width": 480, "height": {"step": 36},
        "data": {"values": values},
        "encoding": {
            "y": {"field": "tier", "type": "nominal", "sort": order, "title": null},
            "x": {"field": "accounts", "type": "quantitative", "title": "accounts"},
        },
        "layer": [
            {"mark": {"type": "bar", "tooltip": true}, "encoding": {"color": tiers.color()}},
            {"mark": {"type": "text", "align": "left", "dx": 4},
             "encoding": {"text": {"field": "share", "type": "quantitative", "format": ".1%"}}},
        ],
    }))
}

/// The card's tiers, and behind them none; and the column that names the tier of each row.
struct Tiers<'t> {
    places: Places,
    column: Option<Column<'t>>,
}

impl<'t> Tiers<'t> {
    fn new(card: &Scorecard, scores: &Table<'t>, language: Option<&str>) -> Result<Self> {
        let places = Places::new(card, language, &[NONE]);
        let column = if places.tiers == 0 { None } else { Some(need(scores, "tier")?) };
        Ok(Self { places, column })
    }

    /// The tier of a row; what is no tier of the card stands last.
    fn of(&self, row: usize) -> usize {
        let place = self.column.and_then(|column| self.places.find(column.text(row)?));
        place.unwrap_or(self.places.tiers)
    }

    fn color(&self) -> Value {
        let mut color = self.places.color("tier", 0..self.places.all.len());
        color["legend"] = if self.places.tiers == 0 { Value::Null } else { json!({}) };
        color
    }
}
