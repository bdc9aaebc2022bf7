//! Laws that every card and every table must obey, on random ones.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use cs_core::table::{Bitmap, Column, ResultTable, Table, Value, Values};
use cs_core::{ScoreOptions, Scorecard};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// A curve of one of the numeric kinds, and whether it never falls.
fn curve() -> impl Strategy<Value = (Json, bool)> {
    let xs = || prop::collection::btree_set(-1000i32..1000, 2..8);
    let lines = (xs(), prop::collection::vec(0.0..=100.0f64, 8), any::<bool>()).prop_map(|(xs, mut ys, rising)| {
        if rising {
            ys.sort_by(f64::total_cmp);
        }
        let knots: Vec<Json> = xs.iter().zip(&ys).map(|(x, y)| json!([f64::from(*x) / 7.0, y])).collect();
        (json!({ "points": knots }), rising)
    });
    let bands = (xs(), prop::collection::vec(0.0..=100.0f64, 8), any::<bool>()).prop_map(|(xs, mut ys, rising)| {
        if rising {
            ys.sort_by(f64::total_cmp);
        }
        let bands: Vec<Json> =
            xs.iter().zip(&ys).map(|(x, y)| json!({"from": f64::from(*x) / 7.0, "points": y})).collect();
        (json!({ "bands": bands }), rising)
    });
    let linear = (-100.0..0.0f64, 0.0..=100.0f64, 1.0..100.0f64, 0.0..=100.0f64, 0usize..3).prop_map(
        |(x0, y0, x1, y1, outside)| {
            let outside = ["clamp", "zero", "exclude"][outside];
            (json!({"linear": {"from": [x0, y0], "to": [x1, y1], "outside": outside}}), outside == "clamp" && y0 <= y1)
        },
    );
    let recency = (0.5..500.0f64).prop_map(|days| (json!({"recency": {"half_life_days": days}}), false));
    let range = (-50.0..0.0f64, 0.1..20.0f64, 0.0..20.0f64, 0.1..20.0f64).prop_map(|(a, b, c, d)| {
        let edges = json!({"zero_below": a, "full_from": a + b, "full_to": a + b + c, "zero_above": a + b + c + d});
        (json!({ "range": edges }), false)
    });
    prop_oneof![4 => lines, 2 => bands, 2 => linear, 1 => recency, 1 => range]
}

fn missing() -> impl Strategy<Value = Json> {
    prop_oneof![
        4 => Just(json!("exclude")),
        1 => Just(json!("neutral")),
        1 => Just(json!("worst")),
        1 => Just(json!("best")),
        1 => (0.0..=100.0f64).prop_map(|points| json!({ "points": points })),
    ]
}

/// An item without its id: curve, weight, rule for missing values, and whether it applies conditionally.
fn item() -> impl Strategy<Value = (Json, bool)> {
    (curve(), prop_oneof![Just(0.0), 0.01..100.0f64], missing(), prop::bool::weighted(0.2)).prop_map(
        |((curve, rising), weight, missing, conditional)| {
            let mut item = json!({"curve": curve, "weight": weight, "missing": missing});
            if conditional {
                item["applies_when"] = json!({"column": "c", "ge": 0});
            }
            (item, rising && !conditional)
        },
    )
}

/// A card of up to 4 dimensions of up to 5 items, one of them nested, and which items rise.
fn card() -> impl Strategy<Value = (Json, Vec<(String, bool)>)> {
    let dimension = (prop::collection::vec(item(), 1..5), 0.01..100.0f64);
    (prop::collection::vec(dimension, 1..5), any::<bool>(), 0.0..=1.0f64).prop_map(|(dimensions, nest, coverage)| {
        let mut rising = Vec::new();
        let mut list: Vec<Json> = Vec::new();
        for (d, (items, weight)) in dimensions.into_iter().enumerate() {
            let mut out = Vec::new();
            for (i, (mut item, rises)) in items.into_iter().enumerate() {
                let id = format!("x{d}_{i}");
                item["id"] = json!(id);
                rising.push((id, rises));
                out.push(item);
            }
            // At least one weight must count.
            if out.iter().all(|item| item["weight"] == 0.0) {
                out[0]["weight"] = json!(1);
            }
            list.push(json!({"id": format!("d{d}"), "weight": weight, "items": out}));
        }
        if nest && list.len() > 1 {
            let inner = list.pop().unwrap();
            list[0]["dimensions"] = json!([inner]);
        }
        let tiers = json!([{"id": "low", "from": 0}, {"id": "mid", "from": 40}, {"id": "high", "from": 70}]);
        let card = json!({"schema_version": 1, "scorecard": "law", "dimensions": list, "tiers": tiers,
                          "min_coverage": if coverage < 0.7 { 0.0 } else { coverage }});
        (card, rising)
    })
}

/// Rows of values, `None` where missing.
type Rows = Vec<Vec<Option<f64>>>;

fn cell() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![1 => Just(None), 6 => (-150.0..150.0f64).prop_map(Some), 1 => (-1000i32..1000).prop_map(|x| Some(f64::from(x) / 7.0))]
}

fn rows(columns: usize, most: usize) -> impl Strategy<Value = Rows> {
    prop::collection::vec(prop::collection::vec(cell(), columns), 1..most)
}

fn card_and_rows(most: usize) -> impl Strategy<Value = (Scorecard, Vec<(String, bool)>, Rows)> {
    card().prop_flat_map(move |(card, rising)| {
        let card = Scorecard::from_value(&card).expect("the card is good");
        let columns = card.columns().len();
        rows(columns, most).prop_map(move |rows| (card.clone(), rising.clone(), rows))
    })
}

/// The columns of rows; missing as NaN.
fn columns(rows: &[Vec<Option<f64>>], count: usize) -> Vec<Vec<f64>> {
    (0..count).map(|c| rows.iter().map(|row| row[c].unwrap_or(f64::NAN)).collect()).collect()
}

fn table<'a>(card: &'a Scorecard, columns: &'a [Vec<f64>]) -> Table<'a> {
    Table::new(card.columns().into_iter().zip(columns.iter().map(|c| Column::from(&c[..])))).unwrap()
}

fn score(card: &Scorecard, rows: &[Vec<Option<f64>>]) -> ResultTable {
    let columns = columns(rows, card.columns().len());
    card.score(&table(card, &columns), &ScoreOptions::default()).unwrap()
}

fn scores(result: &ResultTable) -> &[f64] {
    result.column("score").unwrap().numbers().unwrap()
}

fn bits(result: &ResultTable) -> String {
    format!("{:?}", result.columns())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn scores_and_coverage_stay_in_bounds((card, _, rows) in card_and_rows(40)) {
        let result = score(&card, &rows);
        for name in ["score", "d0"] {
            let values = result.column(name).unwrap().numbers().unwrap();
            prop_assert!(values.iter().all(|x| x.is_nan() || (0.0..=100.0).contains(x)));
        }
        let coverage = result.column("coverage").unwrap().numbers().unwrap();
        prop_assert!(coverage.iter().all(|x| x.is_nan() || (0.0..=1.0).contains(x)));
        for (row, (score, coverage)) in scores(&result).iter().zip(coverage).enumerate() {
            let scored = result.column("status").unwrap().text(row) == Some("scored");
            prop_assert_eq!(scored, !score.is_nan());
            prop_assert!(!scored || *coverage >= card.document().min_coverage);
            prop_assert_eq!(result.column("tier").unwrap().text(row).is_some(), scored);
        }
    }

    #[test]
    fn the_canonical_form_is_the_same_card((card, _) in card()) {
        let card = Scorecard::from_value(&card).unwrap();
        let again = Scorecard::from_json(card.to_json()).unwrap();
        prop_assert_eq!(again.to_json(), card.to_json());
        prop_assert_eq!(again.hash(), card.hash());
    }

    #[test]
    fn a_greater_value_never_lowers_the_score_where_the_curve_rises(
        (card, rising, rows) in card_and_rows(20), more in 0.0..300.0f64,
    ) {
        let names: Vec<String> = card.columns().iter().map(ToString::to_string).collect();
        for (id, _) in rising.iter().filter(|(_, rises)| *rises) {
            let at = names.iter().position(|name| name == id).unwrap();
            let raised: Rows = rows.iter().map(|row| {
                let mut row = row.clone();
                row[at] = row[at].map(|x| x + more);
                row
            }).collect();
            let (before, after) = (score(&card, &rows), score(&card, &raised));
            for (before, after) in scores(&before).iter().zip(scores(&after)) {
                // Points are exactly monotone; the division by the weights may round either way.
                prop_assert!(before.is_nan() && after.is_nan() || *after >= *before - 1e-12);
            }
        }
    }

    #[test]
    fn contributions_sum_to_the_score((card, _, rows) in card_and_rows(20)) {
        let result = score(&card, &rows);
        let columns = columns(&rows, card.columns().len());
        let lines = card.explain(&table(&card, &columns), &ScoreOptions::default()).unwrap();
        let items = lines.rows() / rows.len();
        let numbers = |name: &str| lines.column(name).unwrap().numbers().unwrap().to_vec();
        let (contributions, weights) = (numbers("contribution"), numbers("effective_weight"));
        for (row, score) in scores(&result).iter().enumerate() {
            let range = row * items..(row + 1) * items;
            if score.is_nan() {
                prop_assert!(contributions[range].iter().all(|x| x.is_nan()));
                continue;
            }
            let sum: f64 = contributions[range.clone()].iter().sum();
            prop_assert!((sum - score).abs() <= 1e-9 * 100.0, "{sum} is not {score}");
            let total: f64 = weights[range].iter().sum();
            prop_assert!((total - 1.0).abs() <= 1e-12);
        }
    }

    #[test]
    fn batch_is_one_by_one_is_chunks_is_bitmaps(
        (card, _, rows) in card_and_rows(40), cut in 0.0..1.0f64, offset in 0usize..17,
    ) {
        let options = ScoreOptions::default();
        let all = columns(&rows, card.columns().len());
        let whole = card.score(&table(&card, &all), &options).unwrap();
        // Two batches.
        let at = (cut * rows.len() as f64) as usize;
        let (head, tail) = (columns(&rows[..at], all.len()), columns(&rows[at..], all.len()));
        let batches = [table(&card, &head), table(&card, &tail)];
        prop_assert_eq!(bits(&card.score_batches(&batches, &options).unwrap()), bits(&whole));
        // Nulls by bitmap at any offset, over values that are not NaN.
        let masks: Vec<Vec<u8>> = all.iter().map(|column| mask(column, offset)).collect();
        let filled: Vec<Vec<f64>> =
            all.iter().map(|c| c.iter().map(|x| if x.is_nan() { 12_345.0 } else { *x }).collect()).collect();
        let masked = card.columns().into_iter().zip(filled.iter().zip(&masks)).map(|(name, (column, mask))| {
            let bits = Bitmap::new(mask, offset, column.len()).unwrap();
            (name, Column::new(Values::F64(column), Some(bits)).unwrap())
        });
        let masked = Table::new(masked).unwrap();
        prop_assert_eq!(bits(&card.score(&masked, &options).unwrap()), bits(&whole));
        // One account at a time.
        let mut scorer = card.scorer(&options).unwrap();
        for (row, expected) in rows.iter().zip(scores(&whole)) {
            let values: Vec<Value<'_>> = row.iter().map(|x| Value::from(*x)).collect();
            let one = scorer.score(&values).unwrap();
            prop_assert_eq!(one.score.map(f64::to_bits), (!expected.is_nan()).then(|| expected.to_bits()));
        }
    }
}

fn mask(column: &[f64], offset: usize) -> Vec<u8> {
    let valid: Vec<bool> = (0..offset).map(|i| i % 2 == 0).chain(column.iter().map(|x| !x.is_nan())).collect();
    valid.chunks(8).map(|c| c.iter().enumerate().fold(0, |byte, (i, &bit)| byte | u8::from(bit) << i)).collect()
}

/// Whole numbers make a table of any size quickly: a Weyl sequence.
fn sequence(rows: usize, seed: u64) -> Vec<f64> {
    let step = |i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed << 40) >> 40) as f64 / 1e4;
    (0..rows as u64).map(|i| if i % 19 == seed % 19 { f64::NAN } else { step(i) - 600.0 }).collect()
}

fn large_card() -> Scorecard {
    let items: Vec<Json> = (0..6)
        .map(|i| json!({"id": format!("x{i}"), "weight": i + 1, "curve": {"points": [[-400 + 13 * i, 5], [0, 31.7], [300, 99]]}}))
        .collect();
    let card = json!({"schema_version": 1, "scorecard": "large", "dimensions": [
        {"id": "a", "weight": 3, "items": items[..3]}, {"id": "b", "weight": 7.7, "items": items[3..]}]});
    Scorecard::from_value(&card).unwrap()
}

#[test]
fn threads_and_chunks_do_not_change_a_bit() {
    let card = large_card();
    // More than three chunks of 32,768 rows, and not a multiple of anything.
    let rows = 3 * 32_768 + 4_321;
    let all: Vec<Vec<f64>> = (0..6).map(|seed| sequence(rows, seed)).collect();
    let whole = card.score(&table(&card, &all), &ScoreOptions::default()).unwrap();
    for threads in [0, 2, 3, 7] {
        let options = ScoreOptions { threads, ..ScoreOptions::default() };
        assert_eq!(bits(&card.score(&table(&card, &all), &options).unwrap()), bits(&whole), "{threads} threads");
    }
    let parts: Vec<Vec<Vec<f64>>> = [0, 1, 511, 1_025, 40_000, rows]
        .windows(2)
        .map(|cut| all.iter().map(|column| column[cut[0]..cut[1]].to_vec()).collect())
        .collect();
    let batches: Vec<Table<'_>> = parts.iter().map(|part| table(&card, part)).collect();
    assert_eq!(bits(&card.score_batches(&batches, &ScoreOptions::default()).unwrap()), bits(&whole));
}

#[test]
fn errors_do_not_depend_on_threads_or_chunks() {
    let card = large_card();
    let rows = 2 * 32_768 + 77;
    let mut all: Vec<Vec<f64>> = (0..6).map(|seed| sequence(rows, seed)).collect();
    for row in [5, 600, 33_000, 40_000, 65_000, 65_600] {
        all[3][row] = f64::INFINITY;
    }
    all[1][65_601] = f64::NEG_INFINITY;
    let fail = |threads| {
        let options = ScoreOptions { threads, ..ScoreOptions::default() };
        card.score(&table(&card, &all), &options).unwrap_err()
    };
    let error = fail(1);
    assert_eq!(fail(3), error);
    // In the order of the card's items: x1 before x3.
    assert_eq!(error.context().column.as_deref(), Some("x1"));
    assert_eq!(error.context().rows, [65_601]);
    let second = &error.issues()[1].context;
    assert_eq!((second.rows.as_slice(), second.row_count), (&[5, 600, 33_000, 40_000, 65_000][..], 6));
}

#[test]
fn redistribution_gives_the_weight_to_the_siblings() {
    let dimension = |(i, weight): (usize, u32)| json!({"id": format!("d{i}"), "weight": weight, "items": [{"id": format!("x{i}"), "curve": {"manual": {}}}]});
    let dimensions: Vec<Json> = [25, 50, 10, 5, 10].into_iter().enumerate().map(dimension).collect();
    let card = json!({"schema_version": 1, "scorecard": "r", "dimensions": dimensions, "min_coverage": 0});
    let card = Scorecard::from_value(&card).unwrap();
    let all: Vec<Vec<f64>> = [50.0, f64::NAN, 50.0, 50.0, 50.0].iter().map(|x| vec![*x]).collect();
    let lines = card.explain(&table(&card, &all), &ScoreOptions::default()).unwrap();
    let weights = lines.column("effective_weight").unwrap().numbers().unwrap();
    assert_eq!(weights, [0.5, 0.0, 0.2, 0.1, 0.2]);
}
