//! One item at a time, with numbers worked out by hand.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::table::{Column, Table};
use serde_json::json;

/// A card of one item that must reach so many points.
fn card(item: Value, edge: f64) -> Scorecard {
    let mut item = item;
    item["id"] = json!("x");
    let tiers = json!([{"id": "low", "from": 0}, {"id": "high", "from": edge}]);
    Scorecard::from_value(&json!({"schema_version": 1, "scorecard": "one", "min_coverage": 0, "tiers": tiers,
        "dimensions": [{"id": "d", "items": [item, {"id": "rest", "weight": 0, "curve": {"manual": {}}}]}]}))
    .unwrap()
}

fn run(card: &Scorecard, columns: &[(&str, f64)], options: &Value) -> ResultTable {
    let columns: Vec<(&str, [f64; 1])> =
        columns.iter().chain(&[("rest", 0.0)]).map(|(name, x)| (*name, [*x])).collect();
    let table = Table::new(columns.iter().map(|(name, x)| (*name, Column::from(&x[..])))).unwrap();
    let options = NextTierOptions::from_value(options).unwrap();
    card.next_tier(Book::new(std::slice::from_ref(&table)), &options).unwrap()
}

/// The text of what item x needs, or why it cannot.
fn answer(result: &ResultTable) -> String {
    let line = (0..result.rows()).find(|&line| result.column("item").unwrap().text(line) == Some("x")).unwrap();
    let text = |name: &str| result.column(name).unwrap().text(line).map(str::to_owned);
    text("needed").or(text("reason")).unwrap()
}

/// What a value needs on a curve to give so many points.
fn needed(curve: Value, from: f64, points: f64) -> String {
    answer(&run(&card(json!({"curve": curve}), points), &[("x", from)], &json!({})))
}

/// The same where there is no value, which counts as the worst score until there is one.
fn supplied(curve: Value, points: f64) -> String {
    answer(&run(&card(json!({"curve": curve, "missing": "worst"}), points), &[("x", f64::NAN)], &json!({})))
}

#[test]
fn bands_are_entered_at_their_edges() {
    let rising = json!({"bands": [{"from": 0, "points": 0}, {"from": 10, "points": 50}, {"from": 20, "points": 80}]});
    assert_eq!(needed(rising.clone(), 5.0, 40.0), "10");
    assert_eq!(needed(rising.clone(), 5.0, 70.0), "20");
    assert_eq!(needed(rising.clone(), 5.0, 81.0), "out_of_reach");
    assert_eq!(supplied(rising, 50.0), "10");
    let falling = json!({"bands": [{"from": 0, "points": 100}, {"from": 5, "points": 50}, {"from": 10, "points": 0}]});
    // Just below 5: the band of 50 begins there.
    assert_eq!(needed(falling.clone(), 7.0, 60.0), 5.0_f64.next_down().to_string());
    assert_eq!(needed(falling, 12.0, 50.0), 10.0_f64.next_down().to_string());
}

#[test]
fn lines_are_followed_in_either_direction() {
    assert_eq!(needed(json!({"points": [[0, 0], [20, 100]]}), 5.0, 70.0), "14");
    let valley = json!({"points": [[0, 100], [10, 0], [20, 100]]});
    assert_eq!(needed(valley.clone(), 8.0, 70.0), "3");
    assert_eq!(needed(valley.clone(), 12.0, 70.0), "17");
    // As far either way: the greater one.
    assert_eq!(needed(valley, 10.0, 70.0), "17");
    // 16 − 10 · 0.7, and 0.7 of the way from 0 to 1.
    let range = json!({"range": {"zero_below": 0, "full_from": 1, "full_to": 6, "zero_above": 16}});
    assert_eq!(needed(range.clone(), 10.0, 70.0), "9");
    assert_eq!(needed(range.clone(), 0.2, 70.0), "0.7");
    assert_eq!(supplied(range, 70.0), "0.7");
    assert_eq!(needed(json!({"points": [[0, 0], [20, 69]]}), 5.0, 70.0), "out_of_reach");
}

#[test]
fn from_nowhere_a_rising_line_gives_the_least_and_a_falling_one_the_greatest() {
    assert_eq!(supplied(json!({"points": [[0, 0], [20, 100]]}), 70.0), "14");
    assert_eq!(supplied(json!({"points": [[0, 100], [20, 0]]}), 70.0), "6");
    assert_eq!(supplied(json!({"points": [[-20, 0], [0, 100]]}), 70.0), "-6");
}

#[test]
fn beyond_a_linear_curve_there_may_be_nothing() {
    let linear = |outside: &str| json!({"linear": {"from": [0, 100], "to": [16, 0], "outside": outside}});
    for outside in ["clamp", "zero"] {
        assert_eq!(needed(linear(outside), 20.0, 60.0), "6.4");
    }
    // A value beyond the end is not left out as one that is needed: it is replaced by one within.
    let excluded = card(json!({"curve": linear("exclude"), "missing": "worst"}), 60.0);
    assert_eq!(answer(&run(&excluded, &[("x", 20.0)], &json!({}))), "6.4");
    // Below 0 it would be the worst again.
    assert_eq!(needed(linear("zero"), -3.0, 60.0), "0");
}

#[test]
fn days_are_whole_where_they_come_from_dates() {
    let recency = json!({"recency": {"half_life_days": 30}});
    assert_eq!(needed(recency.clone(), 60.0, 50.0), "30");
    // 30 · log2(100 / 70) = 15.4371…
    let from_column: f64 = needed(recency.clone(), 60.0, 70.0).parse().unwrap();
    assert!((from_column - 15.437_195).abs() < 1e-6);
    let dated = card(json!({"source": {"days_since": "day"}, "curve": recency}), 70.0);
    let days = [Some("2026-09-01"), None].map(|day| {
        let (text, rest) = ([day.unwrap_or("")], [0.0]);
        let bits = [u8::from(day.is_some())];
        let validity = crate::table::Bitmap::new(&bits, 0, 1).unwrap();
        let text = crate::table::Values::Text(crate::table::Text::Strs(&text));
        let day = Column::new(text, Some(validity)).unwrap();
        let table = Table::new([("day", day), ("rest", Column::from(&rest[..]))]).unwrap();
        let options = NextTierOptions::from_value(&json!({"as_of": "2026-10-31"})).unwrap();
        let result = dated.next_tier(Book::new(std::slice::from_ref(&table)), &options).unwrap();
        (result.rows() > 0).then(|| answer(&result))
    });
    // An account of which nothing is known has no score.
    assert_eq!(days, [Some("15".to_owned()), None]);
}

#[test]
fn saturation_comes_near_the_best_and_never_reaches_it() {
    let saturate = json!({"saturate": {"half": 12}});
    assert_eq!(needed(saturate.clone(), 12.0, 75.0), "36");
    assert_eq!(needed(saturate.clone(), -7.0, 50.0), "12");
    assert_eq!(needed(saturate, 12.0, 100.0), "out_of_reach");
}

#[test]
fn quantiles_are_lines_between_their_knots() {
    let knots = json!([[0, 0.1], [10, 0.5], [20, 0.9]]);
    let quantile = |better: &str| json!({"quantile": {"better": better, "fitted": {"default": knots}}});
    assert_eq!(needed(quantile("higher"), 5.0, 70.0), "15");
    assert_eq!(needed(quantile("lower"), 15.0, 70.0), "5");
    assert_eq!(needed(quantile("higher"), 5.0, 91.0), "out_of_reach");
}

#[test]
fn flags_and_points_are_what_they_are() {
    assert_eq!(needed(json!({"flag": {"set": 80, "unset": 20}}), 0.0, 70.0), "1");
    assert_eq!(needed(json!({"flag": {"set": 0, "unset": 100}}), 1.0, 70.0), "0");
    assert_eq!(needed(json!({"flag": {"set": 80, "unset": 20}}), 0.0, 81.0), "out_of_reach");
    assert_eq!(needed(json!({"manual": {}}), 30.0, 70.0), "70");
    assert_eq!(supplied(json!({"manual": {}}), 70.0), "70");
}

#[test]
fn counts_ratios_and_changes_are_values_of_their_own() {
    let line = |to: f64| json!({"points": [[0, 0], [to, 100]]});
    let count = card(json!({"source": {"count_true": ["a", "b", "c", "d"]}, "curve": line(4.0)}), 70.0);
    let flags = [("a", 1.0), ("b", 0.0), ("c", 0.0), ("d", 0.0)];
    assert_eq!(answer(&run(&count, &flags, &json!({}))), "3");
    let ratio = card(json!({"source": {"ratio": ["a", "b"]}, "curve": line(0.8)}), 70.0);
    assert_eq!(answer(&run(&ratio, &[("a", 4.0), ("b", 10.0)], &json!({}))), "0.56");
    let change = card(json!({"source": {"change": ["a", "b"]}, "curve": line(10.0)}), 70.0);
    assert_eq!(answer(&run(&change, &[("a", 4.0), ("b", 2.0)], &json!({}))), "7");
    let beyond = card(json!({"source": {"count_true": ["a", "b"]}, "curve": line(4.0)}), 70.0);
    assert_eq!(answer(&run(&beyond, &flags[..2], &json!({}))), "out_of_reach");
}

#[test]
fn costs_count_units_and_rank_before_shares() {
    let document = json!({"schema_version": 1, "scorecard": "costs", "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 60}],
        "dimensions": [{"id": "d", "items": [
            {"id": "a", "curve": {"points": [[0, 0], [10, 100]]}},
            {"id": "x", "curve": {"points": [[0, 0], [100, 100]]}}]}]});
    let card = Scorecard::from_value(&document).unwrap();
    let table = |options: Value| {
        let columns = [("a", [4.0]), ("x", [60.0])];
        let table = Table::new(columns.iter().map(|(name, x)| (*name, Column::from(&x[..])))).unwrap();
        let options = NextTierOptions::from_value(&options).unwrap();
        let result = card.next_tier(Book::new(std::slice::from_ref(&table)), &options).unwrap();
        let cost = result.column("cost").unwrap().numbers().unwrap().to_vec();
        let items: Vec<String> =
            (0..2).map(|line| result.column("item").unwrap().text(line).unwrap().to_owned()).collect();
        (items, cost)
    };
    // a is at 40 and x at 60: each must rise by 20 points, which are 2 and 20 units.
    assert_eq!(table(json!({})), (vec!["a".into(), "x".into()], vec![0.2, 0.2]));
    assert_eq!(table(json!({"costs": {"a": 15, "x": 1}})), (vec!["x".into(), "a".into()], vec![20.0, 30.0]));
    assert_eq!(table(json!({"costs": {"x": 1}})), (vec!["x".into(), "a".into()], vec![20.0, 0.2]));
}
