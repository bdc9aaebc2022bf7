//! Laws of fitting, of drivers and of another card, on random books.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use cs_core::health::{Book, Curve, WhatIfOptions};
use cs_core::table::{Column, ResultTable, Table};
use cs_core::{ScoreOptions, Scorecard};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

type Knots = Vec<[f64; 2]>;

/// A value, often one of few, and a segment.
fn row() -> impl Strategy<Value = (f64, i64)> {
    let value = prop_oneof![
        1 => Just(f64::NAN),
        6 => (-9i32..9).prop_map(|x| f64::from(x) / 7.0),
        2 => -50.0..50.0f64,
    ];
    (value, 0..4i64)
}

/// A book with at least two distinct values.
fn rows(most: usize) -> impl Strategy<Value = Vec<(f64, i64)>> {
    prop::collection::vec(row(), 0..most).prop_map(|mut rows| {
        rows.extend([(0.25, 0), (0.5, 1)]);
        rows
    })
}

struct Columns {
    x: Vec<f64>,
    plan: Vec<i64>,
}

impl Columns {
    fn new(rows: &[(f64, i64)]) -> Self {
        Self { x: rows.iter().map(|row| row.0).collect(), plan: rows.iter().map(|row| row.1).collect() }
    }

    fn table(&self) -> Table<'_> {
        Table::new([("x", Column::from(&self.x[..])), ("plan", Column::from(&self.plan[..]))]).unwrap()
    }
}

fn ranked(quantile: &Json) -> Scorecard {
    let item = json!({"id": "x", "curve": {"quantile": quantile}});
    let card = json!({"schema_version": 1, "scorecard": "law", "min_coverage": 0,
                      "dimensions": [{"id": "d", "items": [item]}]});
    Scorecard::from_value(&card).unwrap()
}

fn fit(card: &Scorecard, rows: &[(f64, i64)]) -> Scorecard {
    card.fit(&[Columns::new(rows).table()], &ScoreOptions::default()).unwrap()
}

fn knots(card: &Scorecard) -> BTreeMap<String, Knots> {
    match &card.document().dimensions[0].items[0].curve.kind {
        Curve::Quantile(quantile) => quantile.fitted.clone().unwrap(),
        other => panic!("{other:?} is no quantile curve"),
    }
}

/// The mid-rank of a value, counted one by one.
fn mid_rank(values: &[f64], x: f64) -> f64 {
    let count = |holds: &dyn Fn(f64) -> bool| values.iter().filter(|y| holds(**y)).count() as f64;
    (count(&|y| y < x) + count(&|y| y == x) / 2.0) / count(&|y| !y.is_nan())
}

fn scores(card: &Scorecard, rows: &[(f64, i64)]) -> Vec<f64> {
    let result = card.score(&Columns::new(rows).table(), &ScoreOptions::default()).unwrap();
    result.column("score").unwrap().numbers().unwrap().to_vec()
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.filter(|x| !x.is_nan()).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_value_of_the_book_has_its_mid_rank(rows in rows(60)) {
        let fitted = fit(&ranked(&json!({})), &rows);
        let all: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let knots = &knots(&fitted)["default"];
        let mut distinct: Vec<f64> = all.iter().copied().filter(|x| !x.is_nan()).collect();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        prop_assert_eq!(knots.iter().map(|knot| knot[0]).collect::<Vec<_>>(), distinct);
        for [x, rank] in knots {
            prop_assert_eq!(*rank, mid_rank(&all, *x));
            prop_assert!((0.0..=1.0).contains(rank));
        }
        prop_assert!(knots.windows(2).all(|pair| pair[0][1] < pair[1][1]));
        let middle = mean(scores(&fitted, &rows).into_iter()).unwrap();
        prop_assert!((middle - 50.0).abs() < 1e-9, "the mean of the book is {middle}");
    }

    #[test]
    fn segments_have_ranks_among_their_own((rows, lower) in (rows(60), any::<bool>())) {
        let better = if lower { "lower" } else { "higher" };
        let fitted = fit(&ranked(&json!({"by": "plan", "better": better})), &rows);
        let knots = knots(&fitted);
        let scores = scores(&fitted, &rows);
        for plan in 0..4 {
            let own: Vec<f64> = rows.iter().filter(|row| row.1 == plan).map(|row| row.0).collect();
            let name = plan.to_string();
            let known = own.iter().find(|x| !x.is_nan());
            let varied = known.is_some_and(|first| own.iter().any(|x| !x.is_nan() && x != first));
            prop_assert_eq!(knots.contains_key(&name), varied);
            for [x, rank] in knots.get(&name).into_iter().flatten() {
                prop_assert_eq!(*rank, mid_rank(&own, *x));
            }
            if varied {
                let of_plan = rows.iter().zip(&scores).filter(|(row, _)| row.1 == plan).map(|(_, score)| *score);
                prop_assert!((mean(of_plan).unwrap() - 50.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_fit_does_not_depend_on_order_or_batches(
        (rows, order) in rows(40).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())), cut in 0.0..1.0f64,
    ) {
        let card = ranked(&json!({"by": "plan"}));
        let whole = fit(&card, &rows);
        prop_assert_eq!(fit(&card, &order), whole.clone());
        let at = (cut * rows.len() as f64) as usize;
        let parts = [Columns::new(&rows[..at]), Columns::new(&rows[at..])];
        let batches = [parts[0].table(), parts[1].table()];
        prop_assert_eq!(card.fit(&batches, &ScoreOptions::default()).unwrap(), whole.clone());
        // And fitting again to the same book changes nothing.
        prop_assert_eq!(fit(&whole, &rows), whole);
    }

    #[test]
    fn of_very_many_values_some_have_a_knot(values in prop::collection::vec(-1000.0..1000.0f64, 102..400)) {
        let rows: Vec<(f64, i64)> = values.iter().map(|x| (*x, 0)).collect();
        let knots = &knots(&fit(&ranked(&json!({})), &rows))["default"];
        prop_assert_eq!(knots.len(), 101);
        let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
        prop_assert_eq!((knots[0][0], knots[100][0]), (least, most));
        for [x, rank] in knots {
            prop_assert_eq!(*rank, mid_rank(&values, *x));
        }
        prop_assert!(knots.windows(2).all(|pair| pair[0][0] < pair[1][0] && pair[0][1] < pair[1][1]));
    }
}

/// A card of two dimensions and three items, one of which counts for nothing, with three tiers.
fn tiered(edges: [u32; 2], weight: u32, missing: &str) -> Scorecard {
    let item = |id: &str, weight: u32| json!({"id": id, "weight": weight, "missing": missing, "curve": {"manual": {}}});
    let card = json!({"schema_version": 1, "scorecard": "law", "min_coverage": 0.4, "dimensions": [
        {"id": "d", "weight": weight, "items": [item("a", 1), item("b", 2)]}, {"id": "e", "items": [item("c", 1), item("n", 0)]}],
        "tiers": [{"id": "low", "from": 0}, {"id": "mid", "from": edges[0]}, {"id": "top", "from": edges[1]}]});
    Scorecard::from_value(&card).unwrap()
}

/// Points of four items, often equal or missing.
fn points(most: usize) -> impl Strategy<Value = Vec<[f64; 4]>> {
    let cell = prop_oneof![1 => Just(f64::NAN), 4 => (0u32..=10).prop_map(|x| f64::from(x * 10)), 2 => 0.0..=100.0f64];
    prop::collection::vec([cell.clone(), cell.clone(), cell.clone(), cell], 0..most)
}

const ITEMS: [&str; 4] = ["a", "b", "c", "n"];
const TIERS: [&str; 3] = ["low", "mid", "top"];

fn of_points(rows: &[[f64; 4]]) -> Vec<Vec<f64>> {
    (0..4).map(|item| rows.iter().map(|row| row[item]).collect()).collect()
}

fn table<'a>(columns: &'a [Vec<f64>], values: &'a [f64]) -> Table<'a> {
    let items = ITEMS.into_iter().zip(columns.iter().map(|column| Column::from(&column[..])));
    Table::new(items.chain([("mrr", Column::from(values))])).unwrap()
}

fn numbers(table: &ResultTable, name: &str) -> Vec<f64> {
    table.column(name).unwrap().numbers().unwrap().to_vec()
}

fn median(mut points: Vec<f64>) -> f64 {
    points.sort_by(f64::total_cmp);
    match points.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => points[n / 2],
        n => (points[n / 2 - 1] + points[n / 2]) / 2.0,
    }
}

fn same(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn drivers_are_what_counting_pairs_gives(
        rows in points(30), weight in 1u32..5, missing in prop_oneof![Just("exclude"), Just("worst")], cut in 0.0..1.0f64,
    ) {
        let card = tiered([40, 60], weight, missing);
        let (columns, values) = (of_points(&rows), vec![0.0; rows.len()]);
        let data = [table(&columns, &values)];
        let options = ScoreOptions::default();
        let drivers = card.drivers(Book::new(&data), &options).unwrap();
        prop_assert_eq!(drivers.rows(), 2 * ITEMS.len());
        let scores = card.score(&data[0], &options).unwrap();
        let lines = card.explain(&data[0], &options).unwrap();
        let of_lines = numbers(&lines, "points");
        let tier_of = |row: usize| scores.column("tier").unwrap().text(row).map(str::to_owned);
        let of_tier = |tier: &str, item: &str| -> Vec<f64> {
            let at = ITEMS.iter().position(|other| *other == item).unwrap();
            let in_tier = (0..rows.len()).filter(|row| tier_of(*row).as_deref() == Some(tier));
            in_tier.map(|row| of_lines[row * ITEMS.len() + at]).filter(|points| !points.is_nan()).collect()
        };
        let text = |name: &str, row: usize| drivers.column(name).unwrap().text(row).unwrap();
        let effects = numbers(&drivers, "effect_size");
        for row in 0..drivers.rows() {
            let (tier, next, item) = (text("tier", row), text("next_tier", row), text("item", row));
            prop_assert_eq!((tier, next), (TIERS[row / 4], TIERS[row / 4 + 1]));
            let (own, next) = (of_tier(tier, item), of_tier(next, item));
            let pairs: Vec<(f64, f64)> = own.iter().flat_map(|x| next.iter().map(move |y| (*x, *y))).collect();
            let more = pairs.iter().filter(|(x, y)| y > x).count() as f64;
            let less = pairs.iter().filter(|(x, y)| y < x).count() as f64;
            let below = own.iter().filter(|x| **x < median(next.clone())).count() as f64;
            let share = if next.is_empty() { f64::NAN } else { below / own.len() as f64 };
            for (name, expected) in [
                ("rank", (row % 4 + 1) as f64),
                ("accounts", own.len() as f64),
                ("next_accounts", next.len() as f64),
                ("median", median(own)),
                ("next_median", median(next)),
                ("share_below", share),
                ("effect_size", (more - less) / pairs.len() as f64),
            ] {
                let found = numbers(&drivers, name)[row];
                prop_assert!(same(found, expected), "{name} of {item} in {tier}: {found}, counted {expected}");
            }
        }
        for effects in effects.chunks(4) {
            prop_assert!(effects.windows(2).all(|pair| pair[0] >= pair[1] || pair[1].is_nan()), "{effects:?}");
        }
        // In any batches.
        let at = (cut * rows.len() as f64) as usize;
        let (head, tail) = (of_points(&rows[..at]), of_points(&rows[at..]));
        let parts = [table(&head, &values[..at]), table(&tail, &values[at..])];
        prop_assert_eq!(card.drivers(Book::new(&parts), &options).unwrap(), drivers);
    }

    #[test]
    fn another_card_moves_accounts_and_loses_none(
        rows in points(30), edges in prop::sample::select(vec![[40, 60], [50, 90], [10, 20]]), seed in 0u32..9,
    ) {
        let (card, other) = (tiered([40, 60], 1, "exclude"), tiered(edges, 3, "worst"));
        let columns = of_points(&rows);
        let values: Vec<f64> = (0..rows.len() as u32).map(|row| f64::from(row * 7 % (seed + 2))).collect();
        let data = [table(&columns, &values)];
        let options = WhatIfOptions::from_value(&json!({"value": "mrr"})).unwrap();
        let tiers = |card: &Scorecard| -> Vec<String> {
            let scores = card.score(&data[0], &ScoreOptions::default()).unwrap();
            (0..rows.len()).map(|row| scores.column("tier").unwrap().text(row).unwrap_or("none").to_owned()).collect()
        };
        for other in [&card, &other] {
            let moves = card.what_if(other, Book::new(&data), &options).unwrap();
            let (before, after) = (tiers(&card), tiers(other));
            prop_assert_eq!(moves.rows(), 5 * 5 - 1);
            for row in 0..moves.rows() {
                let text = |name: &str| moves.column(name).unwrap().text(row).unwrap();
                let (from, to) = (text("from"), text("to"));
                let gone: Vec<usize> = (0..rows.len()).filter(|at| before[*at] == from && after[*at] == to).collect();
                prop_assert_eq!(numbers(&moves, "accounts")[row], gone.len() as f64);
                let value: f64 = gone.iter().map(|at| values[*at]).sum();
                prop_assert_eq!(numbers(&moves, "value_before")[row], value);
                prop_assert_eq!(numbers(&moves, "value_after")[row], value);
                prop_assert!(other != &card || from == to || gone.is_empty(), "from {from} to {to} under one card");
            }
            prop_assert_eq!(numbers(&moves, "accounts").iter().sum::<f64>(), rows.len() as f64);
            prop_assert_eq!(numbers(&moves, "value_after").iter().sum::<f64>(), values.iter().sum::<f64>());
        }
    }
}

/// The card of the pages on flow and on another card; `support` is the weight of its second dimension.
fn field_service(support: u32, with_seats: bool) -> Scorecard {
    let mut usage = vec![json!({"id": "logins", "curve": {"points": [[0, 0], [20, 100]]}})];
    if with_seats {
        let curve = json!({"points": [[0, 0], [0.8, 100]]});
        usage.push(json!({"id": "seats_in_use", "source": {"ratio": ["active", "bought"]}, "curve": curve}));
    }
    let tickets = json!({"id": "tickets", "curve": {"linear": {"from": [0, 100], "to": [16, 0]}}});
    let card = json!({"schema_version": 1, "scorecard": "field_service", "account": "account", "dimensions": [
        {"id": "usage", "weight": 60, "items": usage}, {"id": "support", "weight": support, "items": [tickets]}],
        "tiers": [{"id": "at_risk", "from": 0}, {"id": "watch", "from": 40}, {"id": "healthy", "from": 60}]});
    Scorecard::from_value(&card).unwrap()
}

#[test]
fn drivers_are_those_of_the_page_on_flow() {
    // The tier afterwards, by account: 5 + 3 + 2 at risk and so on; none where the account has left.
    let moves = [
        (Some((3.0, 8.0)), 5),
        (Some((9.0, 6.0)), 3),
        (None, 2),
        (Some((3.0, 8.0)), 4),
        (Some((9.0, 6.0)), 12),
        (Some((16.0, 4.0)), 3),
        (None, 1),
        (Some((9.0, 6.0)), 2),
        (Some((16.0, 4.0)), 18),
        (Some((9.0, 6.0)), 4),
    ];
    let all: Vec<Option<(f64, f64)>> = moves.iter().flat_map(|(typical, n)| vec![*typical; *n]).collect();
    let rows: Vec<(usize, (f64, f64))> =
        all.iter().enumerate().filter_map(|(at, typical)| Some((at, (*typical)?))).collect();
    let accounts: Vec<i64> = rows.iter().map(|(at, _)| *at as i64).collect();
    let logins: Vec<f64> = rows.iter().map(|(at, (logins, _))| logins + (at % 3) as f64).collect();
    let tickets: Vec<f64> = rows.iter().map(|(at, (_, tickets))| tickets + (at % 5) as f64).collect();
    let data = [Table::new([
        ("account", Column::from(&accounts[..])),
        ("logins", Column::from(&logins[..])),
        ("tickets", Column::from(&tickets[..])),
    ])
    .unwrap()];
    let drivers = field_service(40, false).drivers(Book::new(&data), &ScoreOptions::default()).unwrap();
    let lines: Vec<(&str, &str)> = (0..drivers.rows())
        .map(|row| ["tier", "item"].map(|name| drivers.column(name).unwrap().text(row).unwrap()).into())
        .collect();
    assert_eq!(lines, [("at_risk", "logins"), ("at_risk", "tickets"), ("watch", "logins"), ("watch", "tickets")]);
    assert_eq!(numbers(&drivers, "accounts"), [9.0, 9.0, 21.0, 21.0]);
    assert_eq!(numbers(&drivers, "next_accounts"), [21.0; 4]);
    let rounded =
        |name: &str| -> Vec<f64> { numbers(&drivers, name).iter().map(|x| (x * 100.0).round() / 100.0).collect() };
    assert_eq!(rounded("median"), [20.0, 37.5, 50.0, 56.25]);
    assert_eq!(rounded("next_median"), [50.0, 56.25, 85.0, 62.5]);
    assert_eq!(rounded("share_below"), [1.0, 1.0, 1.0, 0.71]);
    assert_eq!(rounded("effect_size"), [1.0, 0.7, 1.0, 0.5]);
}

#[test]
fn moves_are_those_of_the_page_on_another_card() {
    let columns = [
        ("logins", [5.0, 20.0, 20.0, 0.0, 2.0]),
        ("active", [4.0, 4.0, 4.0, 2.0, 2.0]),
        ("bought", [10.0; 5]),
        ("tickets", [4.0, 8.0, 10.0, 4.0, 14.0]),
        ("mrr", [500.0, 700.0, 900.0, 300.0, 200.0]),
    ];
    let accounts = ["Acme", "Birch", "Cedar", "Dune", "Edda"];
    let numbers_of = columns.iter().map(|(name, values)| (*name, Column::from(&values[..])));
    let data = [Table::new([("account", Column::from(&accounts[..]))].into_iter().chain(numbers_of)).unwrap()];
    let options = WhatIfOptions::from_value(&json!({"value": "mrr"})).unwrap();
    let moves = field_service(40, true).what_if(&field_service(60, true), Book::new(&data), &options).unwrap();
    let text = |name: &str, row: usize| moves.column(name).unwrap().text(row).unwrap().to_owned();
    let (counts, values) = (numbers(&moves, "accounts"), numbers(&moves, "value_after"));
    let gone = (0..moves.rows()).filter(|row| counts[*row] > 0.0);
    let lines: Vec<_> = gone.map(|row| (text("from", row), text("to", row), counts[row], values[row])).collect();
    let line = |from: &str, to: &str, value: f64| (from.to_owned(), to.to_owned(), 1.0, value);
    let expected = [
        line("at_risk", "at_risk", 200.0),
        line("at_risk", "watch", 300.0),
        line("watch", "watch", 500.0),
        line("healthy", "watch", 900.0),
        line("healthy", "healthy", 700.0),
    ];
    assert_eq!(lines, expected);
}
