//! What sets each tier apart from the next.

use super::places::Places;
use super::{Lines, SCHEMA, finite, need, title, tooltip};
use crate::error::Result;
use crate::health::Scorecard;
use crate::table::Table;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Which items set each tier apart from the next: a panel per tier, a bar per item, the strongest first.
///
/// `drivers` needs the columns `tier`, `next_tier`, `item`, `effect_size` and `share_below`. An effect of 1
/// says that every account of the next tier has more points in the item than every account of this one, 0
/// that they do not differ. The tooltip says which share of the tier is below the next tier's median. Items
/// without an effect size are left out. `language` picks the labels.
///
/// # Errors
/// `unknown_column`, `infinite_value`.
///
/// # Examples
/// ```
/// use cs_core::{Scorecard, chart, table::{Column, Table}};
/// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
///   {"id": "use", "items": [{"id": "nps", "curve": {"manual": {}}}, {"id": "seats", "curve": {"manual": {}}}]}],
///   "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 40}]}"#)?;
/// let drivers = Table::new([
///     ("tier", Column::from(&["Lv1", "Lv1"][..])),
///     ("next_tier", Column::from(&["Lv2", "Lv2"][..])),
///     ("item", Column::from(&["nps", "seats"][..])),
///     ("effect_size", Column::from(&[0.25, 0.75][..])),
///     ("share_below", Column::from(&[0.5, 0.9][..])),
/// ])?;
/// let panel = &chart::level_drivers(&card, &drivers, None)?["vconcat"][0];
/// assert_eq!(panel["title"]["text"], "Lv1 → Lv2");
/// assert_eq!(panel["data"]["values"][0]["item"], "seats"); // 0.75 before 0.25
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn level_drivers(card: &Scorecard, drivers: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let column = |name| need(drivers, name);
    let (tier, next, item) = (column("tier")?, column("next_tier")?, column("item")?);
    let (effect, below) = (column("effect_size")?, column("share_below")?);
    let lines = Lines::new(card, language);
    let mut places = Places::new(card, language, &[]);
    let mut panels: BTreeMap<(usize, usize), Vec<Bar>> = BTreeMap::new();
    for row in 0..drivers.rows() {
        let (Some(tier), Some(next)) = (tier.display(row), next.display(row)) else { continue };
        let panel = panels.entry((places.find_or_add(&tier), places.find_or_add(&next))).or_default();
        let Some(effect) = finite(effect, "effect_size", row)? else { continue };
        let item = lines.item(&item.display(row).unwrap_or_default());
        panel.push(Bar { item, effect, below: below.number(row) });
    }
    let least = panels.values().flatten().map(|bar| bar.effect).fold(0.0, f64::min);
    let domain = [(least * 10.0).floor() / 10.0, 1.0];
    let panels: Vec<Value> = panels.into_iter().map(|(between, bars)| panel(&places, between, bars, domain)).collect();
    Ok(json!({
        "$schema": SCHEMA,
        "title": {"text": title(card, language), "anchor": "middle"},
        "vconcat": panels,
        "bounds": "flush", "spacing": 60,
        "config": {"view": {"stroke": null}},
    }))
}

/// One item of one tier.
struct Bar {
    item: String,
    effect: f64,
    below: Option<f64>,
}

/// The bars of one tier, against the next.
fn panel(places: &Places, (tier, next): (usize, usize), mut bars: Vec<Bar>, domain: [f64; 2]) -> Value {
    bars.sort_by(|a, b| b.effect.total_cmp(&a.effect));
    let (tier_name, next_name) = (places.name(tier), places.name(next));
    let value = |bar: &Bar| {
        json!({"tier": tier_name, "next_tier": next_name, "item": bar.item,
               "effect_size": bar.effect, "share_below": bar.below})
    };
    let values: Vec<Value> = bars.iter().map(value).collect();
    let order: Vec<&str> = bars.iter().map(|bar| bar.item.as_str()).collect();
    let fields = [("tier", ""), ("next_tier", ""), ("item", ""), ("effect_size", ".2f"), ("share_below", ".1%")];
    json!({
        "title": {"text": format!("{tier_name} → {next_name}"), "anchor": "start", "fontSize": 12},
        "width": 480, "height": {"step": 20},
        "data": {"values": values},
        "transform": [{"calculate": "max(0, datum.effect_size)", "as": "right"}],
        "encoding": {"y": {"field": "item", "type": "nominal", "sort": order, "title": null, "scale": {"paddingInner": 0.2},
                           "axis": {"domain": false, "ticks": false, "labelLimit": 260}}},
        "layer": [
            {"mark": {"type": "bar", "color": places.all[tier].color},
             "encoding": {"x": {"field": "effect_size", "type": "quantitative", "title": "effect size",
                                "scale": {"domain": domain}},
                          "tooltip": tooltip(&fields)}},
            {"mark": {"type": "text", "align": "left", "dx": 4, "color": "#2c3e50"},
             "encoding": {"x": {"field": "right", "type": "quantitative"},
                          "text": {"field": "effect_size", "type": "quantitative", "format": ".2f"}}},
        ],
    })
}
