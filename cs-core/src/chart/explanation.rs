//! A picture of one explanation.

use super::{Lines, SAME, SCHEMA, need, title};
use crate::error::Result;
use crate::health::Scorecard;
use crate::table::Table;
use serde_json::{Value, json};

/// What each item added to the score of one account: a bar per item, the largest first, with its state.
///
/// `explanation` is the part of a result of [`Scorecard::explain`] that belongs to one account; it
/// needs the columns `item`, `contribution`, `points`, `effective_weight`, `state` and `value`. Where it has
/// the column `line`, lines that are no items say what they are. `language` picks the labels.
///
/// # Errors
/// `unknown_column`.
///
/// # Examples
/// ```
/// use cs_core::{ScoreOptions, Scorecard, chart, table::{Column, Table}};
/// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
///   {"id": "use", "items": [{"id": "nps", "curve": {"manual": {}}, "labels": {"en": "Answers"}}]}]}"#)?;
/// # let (items, states, values) = (["nps"], ["present"], ["80"]);
/// # let (numbers, weights) = ([80.0], [1.0]);
/// let explanation = Table::new([
///     ("item", Column::from(&items[..])), // and so on: a result of `explain`
/// #   ("state", Column::from(&states[..])), ("value", Column::from(&values[..])),
/// #   ("points", Column::from(&numbers[..])), ("contribution", Column::from(&numbers[..])),
/// #   ("effective_weight", Column::from(&weights[..])),
/// ])?;
/// let chart = chart::contributions(&card, &explanation, None)?;
/// let bar = &chart["data"]["values"][0];
/// assert_eq!((&bar["item"], &bar["lost"]), (&"Answers".into(), &20.0.into())); // 80 of 100 points
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn contributions(card: &Scorecard, explanation: &Table<'_>, language: Option<&str>) -> Result<Value> {
    let column = |name| need(explanation, name);
    let (item, state, value) = (column("item")?, column("state")?, column("value")?);
    let (points, weight, contribution) = (column("points")?, column("effective_weight")?, column("contribution")?);
    let line = explanation.column("line");
    let lines = Lines::new(card, language);
    let bar = |row: usize| {
        json!({
            "item": lines.line(item.display(row), line.and_then(|line| line.display(row)), "item"),
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
        "title": title(card, language),
        "width": 480, "height": {"step": 22},
        "data": {"values": values},
        // Lines without points, such as adjustments, have a colour of their own.
        "mark": {"type": "bar", "invalid": "show"},
        "config": {"scale": {"invalid": {"color": {"value": SAME}}}},
        "encoding": {
            "y": {"field": "item", "type": "nominal", "sort": sort, "title": null},
            "x": {"field": "contribution", "type": "quantitative", "title": "contribution to the score"},
            "color": {"field": "points", "type": "quantitative", "title": "points",
                      "scale": {"domain": card.document().scale, "scheme": "redyellowgreen"}},
            "tooltip": tooltip,
        },
    }))
}
