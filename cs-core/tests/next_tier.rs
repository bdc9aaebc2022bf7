//! Laws of `next_tier`: what it says is enough is enough, anything nearer is not, and what cannot, cannot.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use cs_core::health::{Book, NextTierOptions, Scorer, TierState};
use cs_core::table::{Bools, Column, ResultTable, Table, Text, Value, Values};
use cs_core::{ScoreOptions, Scorecard};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// What an item's column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Number,
    /// The value is the points.
    Manual,
    /// Values outside the line are left out.
    Excluding,
    Flag,
    Category,
}

const WORDS: [&str; 4] = ["bad", "fair", "good", "other"];

/// Rising numbers without two that nearly meet.
fn xs() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::btree_set(-200i32..200, 2..6).prop_map(|xs| xs.into_iter().map(|x| f64::from(x) / 2.0).collect())
}

fn points() -> impl Strategy<Value = f64> {
    prop_oneof![(0u32..=20).prop_map(|p| f64::from(p) * 5.0), 0.0..=100.0f64]
}

fn curve() -> impl Strategy<Value = (Json, Kind)> {
    let ys = || prop::collection::vec(points(), 6);
    let lines = (xs(), ys()).prop_map(|(xs, ys)| {
        (json!({ "points": xs.iter().zip(&ys).map(|(x, y)| json!([x, y])).collect::<Vec<_>>() }), Kind::Number)
    });
    let bands = (xs(), ys()).prop_map(|(xs, ys)| {
        let bands: Vec<Json> = xs.iter().zip(&ys).map(|(x, y)| json!({"from": x, "points": y})).collect();
        (json!({ "bands": bands }), Kind::Number)
    });
    let linear = (xs(), ys(), 0usize..3).prop_map(|(xs, ys, outside)| {
        let kind = if outside == 2 { Kind::Excluding } else { Kind::Number };
        let outside = ["clamp", "zero", "exclude"][outside];
        (json!({"linear": {"from": [xs[0], ys[0]], "to": [xs[1], ys[1]], "outside": outside}}), kind)
    });
    let range = (-50i32..0, 1i32..20, 0i32..20, 1i32..20).prop_map(|(a, b, c, d)| {
        let edges = json!({"zero_below": a, "full_from": a + b, "full_to": a + b + c, "zero_above": a + b + c + d});
        (json!({ "range": edges }), Kind::Number)
    });
    let half_life = (1u32..60).prop_map(|days| (json!({"recency": {"half_life_days": days}}), Kind::Number));
    let saturate = (1u32..60).prop_map(|half| (json!({"saturate": {"half": half}}), Kind::Number));
    let quantile = (xs(), any::<bool>()).prop_map(|(xs, higher)| {
        let n = xs.len() as f64;
        let knots: Vec<Json> = xs.iter().enumerate().map(|(at, x)| json!([x, (at as f64 + 0.5) / n])).collect();
        let better = if higher { "higher" } else { "lower" };
        (json!({"quantile": {"better": better, "fitted": {"default": knots}}}), Kind::Number)
    });
    let flag =
        (points(), points()).prop_map(|(set, unset)| (json!({"flag": {"set": set, "unset": unset}}), Kind::Flag));
    let map = (points(), points(), points(), points())
        .prop_map(|(a, b, c, d)| (json!({"map": {"bad": a, "fair": b, "good": c, "default": d}}), Kind::Category));
    let manual = Just((json!({"manual": {}}), Kind::Manual));
    prop_oneof![3 => lines, 2 => bands, 2 => linear, 1 => range, 1 => half_life, 2 => saturate, 2 => quantile,
                1 => flag, 1 => map, 1 => manual]
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 6 => (1u32..10).prop_map(f64::from), 3 => 0.01..50.0f64]
}

fn aggregate() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => Just(json!("mean")),
        1 => Just(json!("min")),
        1 => Just(json!("max")),
        1 => Just(json!("geometric")),
        1 => (0u32..30, 60u32..=100).prop_map(|(start, max)| json!({"sum": {"start": start, "min": 0, "max": max}})),
    ]
}

fn rounding() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => Just(Json::Null),
        1 => (0u32..3, any::<bool>())
            .prop_map(|(decimals, even)| json!({"decimals": decimals, "mode": if even { "half_even" } else { "half_up" }})),
    ]
}

fn missing() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => Just(json!("exclude")),
        1 => Just(json!("worst")),
        1 => Just(json!("neutral")),
        1 => points().prop_map(|points| json!({ "points": points })),
    ]
}

fn item() -> impl Strategy<Value = (Json, Kind)> {
    (curve(), weight(), missing(), 0u32..10).prop_map(|((curve, kind), weight, missing, condition)| {
        let mut item = json!({"curve": curve, "weight": weight, "missing": missing});
        match condition {
            0 => item["applies_when"] = json!({"column": "r", "ge": 0}),
            1 => item["opted_out_when"] = json!({"column": "r", "gt": 50}),
            _ => {}
        }
        (item, kind)
    })
}

type Shape = (Vec<(Json, Kind)>, f64, Json, Json);

fn dimension() -> impl Strategy<Value = Shape> {
    (prop::collection::vec(item(), 1..4), weight(), aggregate(), rounding())
}

fn adjustment() -> impl Strategy<Value = Json> {
    let action = prop_oneof![
        points().prop_map(|points| json!({"cap": points})),
        points().prop_map(|points| json!({"floor": points / 2.0})),
        (-20i32..20).prop_map(|points| json!({"add": points})),
        (1u32..8).prop_map(|factor| json!({"multiply": f64::from(factor) / 4.0})),
        Just(json!({"force_tier": "low"})),
    ];
    // Only now and then does a rule look at an item's own column.
    let column = prop_oneof![6 => Just("r"), 1 => Just("x0_0")];
    (action, column, -80i32..80).prop_map(|(mut action, column, at)| {
        action["when"] = json!({"column": column, "lt": at});
        action["reason"] = json!({"en": "why"});
        action
    })
}

/// A rounding that is none is not written.
fn with_rounding(mut object: Json, rounding: Json) -> Json {
    if !rounding.is_null() {
        object["rounding"] = rounding;
    }
    object
}

#[derive(Clone)]
struct Made {
    card: Scorecard,
    /// The items' ids and kinds, in order.
    items: Vec<(String, Kind)>,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.card.to_json())
    }
}

/// Dimensions, whether the last is put into the first, and what the card has beside them.
type Parts = (Vec<Shape>, bool, Json, Json, Vec<Json>, Option<(u32, u32)>);

fn made((shapes, nest, card_aggregate, card_rounding, adjustments, margin): Parts) -> Option<Made> {
    let mut items = Vec::new();
    let mut list: Vec<Json> = Vec::new();
    for (d, (parts, weight, aggregate, rounding)) in shapes.into_iter().enumerate() {
        let mut out = Vec::new();
        for (i, (mut item, kind)) in parts.into_iter().enumerate() {
            let id = format!("x{d}_{i}");
            item["id"] = json!(id);
            items.push((id, kind));
            out.push(item);
        }
        let dimension = json!({"id": format!("d{d}"), "weight": weight, "aggregate": aggregate, "items": out});
        list.push(with_rounding(dimension, rounding));
    }
    if nest && list.len() > 1 {
        let inner = list.pop().unwrap();
        list[0]["dimensions"] = json!([inner]);
    }
    let mut adjustments = adjustments;
    let numeric = items[0].1 != Kind::Flag && items[0].1 != Kind::Category;
    adjustments.retain(|adjustment| numeric || adjustment["when"]["column"] == "r");
    for (at, adjustment) in adjustments.iter_mut().enumerate() {
        adjustment["id"] = json!(format!("a{at}"));
    }
    let tiers = json!([{"id": "low", "from": 0}, {"id": "mid", "from": 40}, {"id": "high", "from": 70}]);
    let mut card = json!({"schema_version": 1, "scorecard": "law", "dimensions": list, "tiers": tiers,
                          "min_coverage": 0, "aggregate": card_aggregate, "adjustments": adjustments});
    if let Some((up, down)) = margin {
        card["hysteresis"] = json!({"up": {"margin": up}, "down": {"margin": down}});
    }
    // Weights that are all 0 are refused.
    Scorecard::from_value(&with_rounding(card, card_rounding)).ok().map(|card| Made { card, items })
}

fn card() -> impl Strategy<Value = Made> {
    let margin = prop::option::weighted(0.3, (0u32..8, 0u32..8));
    let adjustments = prop::collection::vec(adjustment(), 0..3);
    let parts = (prop::collection::vec(dimension(), 1..4), any::<bool>(), aggregate(), rounding(), adjustments, margin);
    parts.prop_filter_map("the card is good", made)
}

/// A number for every column: made a flag, a category or a value on the scale where that is due.
fn cell() -> impl Strategy<Value = Option<f64>> {
    let whole = (-60i32..60).prop_map(|x| Some(f64::from(x)));
    prop_oneof![1 => Just(None), 3 => (-110.0..110.0f64).prop_map(Some), 3 => whole]
}

fn value_of(kind: Kind, cell: Option<f64>) -> Value<'static> {
    let Some(x) = cell else { return Value::Null };
    match kind {
        Kind::Number | Kind::Excluding => x.into(),
        Kind::Manual => x.abs().min(100.0).into(),
        Kind::Flag => (x > 0.0).into(),
        Kind::Category => WORDS[(x.abs() as usize) % WORDS.len()].into(),
    }
}

/// The values of one account in the order of the card's columns.
fn row(made: &Made, cells: &[Option<f64>]) -> Vec<Value<'static>> {
    let kind = |name: &str| made.items.iter().find(|(id, _)| id == name).map_or(Kind::Number, |(_, kind)| *kind);
    made.card.columns().into_iter().zip(cells).map(|(name, cell)| value_of(kind(name), *cell)).collect()
}

fn next_tier(made: &Made, row: &[Value<'static>], options: &NextTierOptions) -> ResultTable {
    let kind = |name: &str| made.items.iter().find(|(id, _)| id == name).map(|(_, kind)| *kind);
    // Columns of one row that own their values.
    let texts: Vec<[&str; 1]> = row.iter().map(|v| if let Value::Text(text) = v { [*text] } else { [""] }).collect();
    let flags: Vec<[bool; 1]> = row.iter().map(|v| [*v == Value::Bool(true)]).collect();
    let floats: Vec<[f64; 1]> = row.iter().map(|v| if let Value::Number(x) = v { [*x] } else { [f64::NAN] }).collect();
    let column = |(at, name): (usize, &'static str)| -> Column<'_> {
        match kind(name) {
            _ if row[at] == Value::Null && matches!(kind(name), Some(Kind::Flag | Kind::Category)) => {
                Column::new(Values::Null(1), None).unwrap()
            }
            Some(Kind::Flag) => Column::new(Values::Bool(Bools::Flags(&flags[at])), None).unwrap(),
            Some(Kind::Category) => Column::new(Values::Text(Text::Strs(&texts[at])), None).unwrap(),
            _ => Column::from(&floats[at][..]),
        }
    };
    let names: Vec<&'static str> =
        made.card.columns().into_iter().map(|name| -> &'static str { name.to_owned().leak() }).collect();
    let table = Table::new(names.iter().copied().enumerate().map(|(at, name)| (name, column((at, name))))).unwrap();
    made.card.next_tier(Book::new(std::slice::from_ref(&table)), options).unwrap()
}

const TIERS: [&str; 3] = ["low", "mid", "high"];

fn number_of(tier: Option<&str>) -> Option<usize> {
    TIERS.iter().position(|id| Some(*id) == tier)
}

/// Whether the account would be in this tier or above with one value replaced.
fn reaches(
    scorer: &mut Scorer,
    row: &[Value<'static>],
    state: &TierState,
    at: usize,
    value: Value<'static>,
    next: usize,
) -> bool {
    let mut row = row.to_vec();
    row[at] = value;
    number_of(scorer.score_after(&row, state).unwrap().tier).is_some_and(|tier| tier >= next)
}

fn grid(kind: Kind) -> Vec<Value<'static>> {
    match kind {
        Kind::Number => (-60..=60).map(|x| Value::from(f64::from(x) * 2.5)).collect(),
        Kind::Manual => (0..=40).map(|x| Value::from(f64::from(x) * 2.5)).collect(),
        // A value that is left out may well lift a score; it is none that is needed.
        Kind::Excluding => Vec::new(),
        Kind::Flag => vec![true.into(), false.into()],
        Kind::Category => WORDS.iter().map(|word| (*word).into()).collect(),
    }
}

fn needed_of(kind: Kind, result: &ResultTable, line: usize) -> Option<Value<'static>> {
    let text = result.column("needed").unwrap().text(line)?;
    let number = result.column("needed_value").unwrap().numbers().unwrap()[line];
    Some(match kind {
        Kind::Category => {
            Value::Text(if text == "default" { "default" } else { WORDS.iter().find(|w| **w == text).unwrap() })
        }
        Kind::Flag => {
            assert_eq!(text, if number == 1.0 { "true" } else { "false" });
            (number == 1.0).into()
        }
        _ => {
            assert_eq!(text.parse::<f64>().unwrap(), number);
            number.into()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn what_is_needed_is_enough_and_nothing_nearer_is(
        (made, cells) in card().prop_flat_map(|made| {
            let columns = made.card.columns().len();
            (Just(made), prop::collection::vec(cell(), columns))
        }),
        nearer in 0.0..0.999_999f64,
    ) {
        let row = row(&made, &cells);
        let mut scorer = made.card.scorer(&ScoreOptions::default()).unwrap();
        let first = scorer.score(&row).unwrap();
        let (tier, state) = (number_of(first.tier), first.state());
        let result = next_tier(&made, &row, &NextTierOptions::default());
        let Some(next) = tier.map(|tier| tier + 1).filter(|next| *next < TIERS.len()) else {
            prop_assert_eq!(result.rows(), 0);
            return Ok(());
        };
        prop_assert_eq!(result.rows(), made.items.len());
        let columns: Vec<String> = made.card.columns().iter().map(ToString::to_string).collect();
        let [ranks, costs] = ["rank", "cost"].map(|name| result.column(name).unwrap().numbers().unwrap().to_vec());
        for line in 0..result.rows() {
            let id = result.column("item").unwrap().text(line).unwrap();
            let kind = made.items.iter().find(|(item, _)| item == id).unwrap().1;
            let at = columns.iter().position(|name| name == id).unwrap();
            prop_assert_eq!(result.column("next_tier").unwrap().text(line), Some(TIERS[next]));
            let reason = result.column("reason").unwrap().text(line);
            match needed_of(kind, &result, line) {
                Some(needed) => {
                    prop_assert_eq!(ranks[line], line as f64 + 1.0);
                    prop_assert!(line == 0 || costs[line - 1] <= costs[line]);
                    prop_assert_eq!(reason, None);
                    prop_assert!(reaches(&mut scorer, &row, &state, at, needed, next), "{id} to {needed:?}");
                    if let (Value::Number(x), Value::Number(needed)) = (row[at], needed)
                        && kind != Kind::Excluding
                        && needed != x
                    {
                        let nearer = x + (needed - x) * nearer;
                        // One bit away there is nothing between.
                        let reached = nearer != needed && reaches(&mut scorer, &row, &state, at, nearer.into(), next);
                        prop_assert!(!reached, "{id} to {nearer}");
                    }
                }
                None => {
                    prop_assert!(ranks[line].is_nan() && reason.is_some());
                    for value in grid(kind) {
                        prop_assert!(!reaches(&mut scorer, &row, &state, at, value, next), "{id} to {value:?}: {reason:?}");
                    }
                }
            }
        }
    }
}
