//! Laws of cards that use everything a card can say, on random cards and books.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod common;

use common::rich::{self, AS_OF, Draw};
use common::{Holder, OwnedValue};
use cs_core::calendar::Date;
use cs_core::error::Code;
use cs_core::health::{Book, OnError};
use cs_core::table::{ResultColumn, ResultTable, Table, Value};
use cs_core::{ScoreOptions, Scorecard};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

/// The day of the second reading.
const NEXT: &str = "2026-11-30";

fn choices() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 0..1500)
}

/// The same options without the columns that only scores have.
fn bare(options: &ScoreOptions) -> ScoreOptions {
    ScoreOptions { include: Vec::new(), ..options.clone() }
}

fn options(as_of: &str) -> ScoreOptions {
    let include = json!(["raw_score", "variant", "adjustments", "state"]);
    ScoreOptions::from_value(&json!({"as_of": as_of, "include": include})).unwrap()
}

/// Tables as JSON: data, and what stands beside it.
#[derive(Clone)]
struct Tables {
    data: Json,
    previous: Option<Json>,
    overrides: Option<Json>,
}

impl Tables {
    fn new(data: Json) -> Self {
        Self { data, previous: None, overrides: None }
    }

    /// Calls `run` with the book.
    fn with<T>(&self, run: impl FnOnce(Book<'_>) -> T) -> T {
        let holders = [Some(&self.data), self.previous.as_ref(), self.overrides.as_ref()];
        let holders = holders.map(|table| table.map(Holder::of));
        let [data, previous, overrides] = holders.each_ref().map(|h| h.iter().map(Holder::table).collect::<Vec<_>>());
        run(Book::new(&data).with_previous(&previous).with_overrides(&overrides))
    }

    fn score(&self, card: &Scorecard, options: &ScoreOptions) -> ResultTable {
        self.with(|book| card.score_book(book, options)).unwrap_or_else(|e| panic!("{e}\n{}", card.to_json()))
    }

    fn rows(&self) -> usize {
        self.data["id"]["values"].as_array().unwrap().len()
    }
}

/// The state columns of a result, as the earlier result of the next reading.
fn state_of(result: &ResultTable, accounts: &Json) -> Json {
    let mut table = Map::from_iter([("id".to_owned(), accounts.clone())]);
    for (name, column) in result.columns().iter().filter(|(name, _)| name.starts_with("state_")) {
        let kind = if matches!(column, ResultColumn::Number { .. }) { "f64" } else { "text" };
        let values: Vec<Json> = (0..result.rows()).map(|row| column.json(row).unwrap()).collect();
        table.insert(name.clone(), json!({"type": kind, "values": values}));
    }
    Json::Object(table)
}

/// Every column of the result but the account, row by row.
fn by_row(result: &ResultTable) -> Vec<Vec<String>> {
    let columns = || result.columns().iter().filter(|(_, column)| !matches!(column, ResultColumn::Input { .. }));
    // JSON tells floats apart to the bit.
    (0..result.rows()).map(|row| columns().map(|(_, c)| c.json(row).unwrap().to_string()).collect()).collect()
}

fn numbers(result: &ResultTable, name: &str) -> Vec<f64> {
    result.column(name).unwrap().numbers().unwrap().to_vec()
}

fn text<'a>(result: &'a ResultTable, name: &str, row: usize) -> Option<&'a str> {
    result.column(name).and_then(|column| column.text(row))
}

/// A card with a book of two readings: the second knows the first, and some decisions.
struct Case {
    json: Json,
    card: Scorecard,
    first: Tables,
    second: Tables,
}

fn case(choices: &[u32]) -> Case {
    let draw = Draw::new(choices);
    let json = rich::card(&draw);
    let card = Scorecard::from_value(&json).unwrap_or_else(|e| panic!("{e}\n{json}"));
    let rows = 1 + draw.below(20);
    let first = Tables::new(rich::data(&draw, &json, rows));
    let state = state_of(&first.score(&card, &options(AS_OF)), &first.data["id"]);
    // Some accounts are new, and some have left.
    let stay: Vec<usize> = (0..rows).filter(|_| !draw.chance(20)).collect();
    let second = Tables {
        data: rich::data(&draw, &json, rows),
        previous: Some(rich::taken(&state, &stay)),
        overrides: draw.chance(60).then(|| rich::overrides(&draw, &json, rows)),
    };
    Case { json, card, first, second }
}

/// Scores, tiers, statuses and dimensions of a result say the same.
fn check_result(case: &Case, tables: &Tables, result: &ResultTable) -> Result<(), TestCaseError> {
    let document = case.card.document();
    let [worst, best] = document.scale;
    let on_scale = |x: &f64| x.is_nan() || (worst..=best).contains(x);
    let tops = document.dimensions.iter().map(|d| d.id.as_str());
    for name in ["score", "raw_score"].into_iter().chain(tops.clone()) {
        let values = numbers(result, name);
        prop_assert!(values.iter().all(on_scale), "{name}: {values:?}");
    }
    let (scores, raw, coverage) = (numbers(result, "score"), numbers(result, "raw_score"), numbers(result, "coverage"));
    prop_assert!(coverage.iter().all(|x| x.is_nan() || (0.0..=1.0).contains(x)), "{coverage:?}");
    let kept = kept_tiers(tables);
    for row in 0..result.rows() {
        let (status, score) = (text(result, "status", row).unwrap(), scores[row]);
        let tier = text(result, "tier", row);
        match status {
            "scored" | "grace" => {
                prop_assert!(!score.is_nan());
                prop_assert_eq!(tier.is_some(), !document.tiers.is_empty());
                prop_assert!(raw[row].is_nan() || coverage[row] >= document.min_coverage - 1e-12);
            }
            "insufficient_data" => prop_assert!(score.is_nan() && raw[row].is_nan()),
            "frozen" => {
                prop_assert!(raw[row].is_nan() && coverage[row].is_nan());
                prop_assert!(tops.clone().all(|name| numbers(result, name)[row].is_nan()));
                prop_assert_eq!(tier.map(str::to_owned), kept(row));
            }
            other => return Err(TestCaseError::fail(format!("status {other}"))),
        }
    }
    Ok(())
}

/// The tier that the earlier result holds for each row.
fn kept_tiers(tables: &Tables) -> impl Fn(usize) -> Option<String> + '_ {
    move |row| {
        let previous = tables.previous.as_ref()?;
        let at = previous["id"]["values"].as_array()?.iter().position(|id| *id == tables.data["id"]["values"][row])?;
        previous["state_tier"]["values"][at].as_str().map(str::to_owned)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn scores_tiers_and_statuses_agree(choices in choices()) {
        let case = case(&choices);
        for (tables, day) in [(&case.first, AS_OF), (&case.second, NEXT)] {
            check_result(&case, tables, &tables.score(&case.card, &options(day)))?;
        }
    }

    #[test]
    fn the_lines_of_an_account_sum_to_its_score(choices in choices()) {
        let case = case(&choices);
        let [worst, best] = case.card.document().scale;
        for (tables, day) in [(&case.first, AS_OF), (&case.second, NEXT)] {
            let options = options(day);
            let scores = numbers(&tables.score(&case.card, &options), "score");
            let lines = tables.with(|book| case.card.explain_book(book, &bare(&options))).unwrap();
            let ResultColumn::Input { rows, .. } = lines.column("id").unwrap() else { panic!("no account") };
            let mut sums = vec![f64::NAN; scores.len()];
            let contributions = numbers(&lines, "contribution").into_iter().enumerate();
            for (line, contribution) in contributions.filter(|(_, contribution)| !contribution.is_nan()) {
                let sum = &mut sums[rows.row(line)];
                *sum = if sum.is_nan() { contribution } else { *sum + contribution };
            }
            for (sum, score) in sums.iter().zip(&scores) {
                // An override of a tier alone has a line, but makes no score.
                let near = (sum - score).abs() <= 1e-9 * (best - worst);
                prop_assert!(score.is_nan() || near, "{} is not {}", sum, score);
            }
        }
    }

    #[test]
    fn every_way_to_score_gives_the_same_bits(choices in choices(), cut in 0.0..1.0f64) {
        let case = case(&choices);
        let Case { card, second: tables, .. } = &case;
        let options = options(NEXT);
        let whole = by_row(&tables.score(card, &options));
        let rows = tables.rows();
        let draw = Draw::new(&choices[choices.len() / 2..]);

        let two = ScoreOptions { threads: 2, ..options.clone() };
        prop_assert_eq!(&by_row(&tables.score(card, &two)), &whole);

        let at = (cut * rows as f64) as usize;
        let parts = [(0..at).collect::<Vec<_>>(), Vec::new(), (at..rows).collect()];
        let holders = parts.each_ref().map(|part| Holder::of(&rich::taken(&tables.data, part)));
        let batches = holders.each_ref().map(Holder::table);
        let batched = |options: &ScoreOptions| {
            tables.with(|book| {
                let batched = Book::new(&batches).with_previous(book.previous).with_overrides(book.overrides);
                card.score_book(batched, options)
            }).unwrap()
        };
        prop_assert_eq!(&by_row(&batched(&options)), &whole);

        // Some rows in any order, of one table and of batches.
        let some: Vec<usize> = rich::shuffled(&draw, rows).into_iter().take(1 + draw.below(rows)).collect();
        let wanted: Vec<Vec<String>> = some.iter().map(|&row| whole[row].clone()).collect();
        let picked = ScoreOptions { rows: Some(some.iter().map(|&row| row as u32).collect()), ..options.clone() };
        prop_assert_eq!(&by_row(&tables.score(card, &picked)), &wanted);
        prop_assert_eq!(&by_row(&batched(&picked)), &wanted);

        // All rows in another order, and so the earlier result.
        let order = rich::shuffled(&draw, rows);
        let mut moved = tables.clone();
        moved.data = rich::taken(&tables.data, &order);
        let previous = tables.previous.as_ref().unwrap();
        let order_before = rich::shuffled(&draw, previous["id"]["values"].as_array().unwrap().len());
        moved.previous = Some(rich::taken(previous, &order_before));
        let wanted: Vec<Vec<String>> = order.iter().map(|&row| whole[row].clone()).collect();
        prop_assert_eq!(by_row(&moved.score(card, &options)), wanted);
    }

    #[test]
    fn one_account_at_a_time_gives_the_same_bits(choices in choices()) {
        let case = case(&choices);
        let Case { card, first, second, .. } = &case;
        let accounts = &first.data["id"];
        let before = first.score(card, &options(AS_OF));
        let after = Tables { previous: Some(state_of(&before, accounts)), overrides: None, ..second.clone() };
        let after = after.score(card, &options(NEXT));
        let (mut one, mut next) = (card.scorer(&options(AS_OF)).unwrap(), card.scorer(&options(NEXT)).unwrap());
        let readings = values(card, first).into_iter().zip(values(card, second));
        for (row, (now, then)) in readings.enumerate() {
            let [now, then] = [&now, &then].map(|row| row.iter().map(OwnedValue::value).collect::<Vec<Value<'_>>>());
            let state = one.score(&now).unwrap().state();
            let one = next.score_after(&then, &state).unwrap();
            let floats = [
                ("score", one.score), ("raw_score", one.raw_score), ("coverage", one.coverage),
                ("state_score", one.state().score),
            ];
            for (name, got) in floats {
                let wanted = numbers(&after, name)[row];
                prop_assert_eq!(got.map(f64::to_bits), (!wanted.is_nan()).then(|| wanted.to_bits()), "{}", name);
            }
            let state = one.state();
            let fired = one.adjustments().collect::<Vec<_>>().join(", ");
            let texts = [
                ("status", Some(one.status)), ("variant", one.variant), ("tier", one.tier),
                ("state_tier", state.tier.as_deref()), ("state_candidate", state.candidate.as_deref()),
                ("adjustments", Some(fired.as_str()).filter(|ids| !ids.is_empty())),
            ];
            for (name, got) in texts {
                prop_assert_eq!(got, text(&after, name, row), "{}", name);
            }
        }
    }

    #[test]
    fn what_changes_nothing_changes_no_bit(choices in choices()) {
        let case = case(&choices);
        let options = options(NEXT);
        let wanted = by_row(&Tables { previous: None, ..case.second.clone() }.score(&case.card, &options));
        let again = Scorecard::from_json(case.card.to_json()).unwrap();
        prop_assert_eq!(again.to_json(), case.card.to_json());
        let never = json!({"column": "n1", "gt": 1e9});
        let mut unused = case.json.clone();
        let id = case.json["dimensions"][0]["id"].as_str().unwrap();
        push(&mut unused, "variants", json!({"id": "never", "when": never, "weights": {id: 3}}));
        let mut unheld = case.json.clone();
        push(&mut unheld, "adjustments", json!({"id": "never", "when": never, "cap": 0.5, "reason": {"en": "never"}}));
        if unheld["scale"][0].as_f64().unwrap() > 0.5 {
            unheld = case.json.clone();
        }
        let mut past = case.json.clone();
        if past.get("grace").is_none() {
            past["grace"] = json!({"since": "t0", "days": 0});
        }
        for json in [case.json.clone(), unused, unheld, past] {
            let card = Scorecard::from_value(&json).unwrap();
            let result = Tables { previous: None, ..case.second.clone() }.score(&card, &options);
            prop_assert_eq!(but_hash(by_row(&result)), but_hash(wanted.clone()));
        }
    }

    #[test]
    fn rows_in_error_change_no_other_row(choices in choices(), bad in prop::collection::vec(0usize..20, 1..4)) {
        let case = case(&choices);
        let options = ScoreOptions { on_error: OnError::Null, ..options(NEXT) };
        let whole = case.second.score(&case.card, &options);
        let mut broken = case.second.clone();
        let rows = broken.rows();
        let bad: Vec<usize> = bad.into_iter().map(|row| row % rows).collect();
        for &row in &bad {
            broken.data["n1"]["values"][row] = json!("inf");
            broken.data["t0"]["values"][row] = json!("2027-01-01");
        }
        let result = broken.score(&case.card, &options);
        let (before, after) = (by_row(&whole), by_row(&result));
        for row in 0..rows {
            if !bad.contains(&row) {
                prop_assert_eq!(&after[row], &before[row]);
            }
            let invalid = text(&result, "status", row) == Some("invalid");
            prop_assert_eq!(invalid, text(&result, "error_code", row).is_some());
            prop_assert_eq!(invalid, text(&result, "error_item", row).is_some());
            if invalid {
                prop_assert!(numbers(&result, "score")[row].is_nan() && text(&result, "tier", row).is_none());
            }
        }
        // Explanations of the same rows; and one error for all of them.
        broken.with(|book| case.card.explain_book(book, &bare(&options))).unwrap();
        let raising = ScoreOptions { on_error: OnError::Raise, ..options };
        let score = broken.with(|book| case.card.score_book(book, &raising));
        let explanation = broken.with(|book| case.card.explain_book(book, &bare(&raising)));
        let any = (0..rows).any(|row| text(&result, "status", row) == Some("invalid"));
        prop_assert_eq!(score.is_err(), any);
        prop_assert_eq!(score.err(), explanation.err());
    }
}

/// Rows without the hash of the card, which is longer than all else.
fn but_hash(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows.iter_mut().for_each(|row| row.retain(|cell| cell.len() < 64));
    rows
}

fn push(card: &mut Json, list: &str, entry: Json) {
    let mut all = card.get(list).and_then(Json::as_array).cloned().unwrap_or_default();
    all.push(entry);
    card[list] = json!(all);
}

/// The values of each account in the order of the card's columns.
fn values(card: &Scorecard, tables: &Tables) -> Vec<Vec<OwnedValue>> {
    let holder = Holder::of(&tables.data);
    let table = holder.table();
    let names: Vec<String> = card.columns().into_iter().map(str::to_owned).collect();
    (0..tables.rows()).map(|row| common::row_values(&table, &names, row, None).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn blocks_do_not_change_a_bit(choices in choices()) {
        let case = case(&choices);
        let small = case.second.rows();
        // More than two blocks, in which the variants alternate.
        let rows = 2 * 2048 + 77;
        let order: Vec<usize> = (0..rows).map(|row| row * 7 % small).collect();
        let mut data = rich::taken(&case.second.data, &order);
        data["id"]["values"] = (0..rows).map(|row| json!(format!("k{row}"))).collect();
        let options = options(NEXT);
        let alone = Tables { previous: None, overrides: None, ..case.second.clone() }.score(&case.card, &options);
        let alone = by_row(&alone);
        let result = by_row(&Tables::new(data.clone()).score(&case.card, &options));
        prop_assert!(result.iter().zip(&order).all(|(row, &from)| row == &alone[from]));
        let picked: Vec<u32> = (0..rows as u32).rev().step_by(3).collect();
        let some = ScoreOptions { rows: Some(picked.clone()), ..options };
        let some = by_row(&Tables::new(data).score(&case.card, &some));
        prop_assert!(some.iter().zip(&picked).all(|(row, &at)| row == &result[at as usize]));
    }
}

// --- aggregates and adjustments -------------------------------------------------------------------------

/// A card of manual items under one aggregate.
fn aggregate_card(aggregate: &Json, weights: &[f64], scale: [f64; 2]) -> Scorecard {
    let item = |(at, weight)| json!({"id": format!("x{at}"), "curve": {"manual": {}}, "weight": weight});
    let items: Vec<Json> = weights.iter().enumerate().map(item).collect();
    let card = json!({"schema_version": 1, "scorecard": "law", "scale": scale, "min_coverage": 0,
        "dimensions": [{"id": "d", "aggregate": aggregate, "items": items}]});
    Scorecard::from_value(&card).unwrap()
}

fn score_of(card: &Scorecard, points: &[f64]) -> f64 {
    let values: Vec<Value<'_>> = points.iter().map(|x| Value::from(*x)).collect();
    card.scorer(&ScoreOptions::default()).unwrap().score(&values).unwrap().score.unwrap_or(f64::NAN)
}

fn parts() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    let part = (0.0..=100.0f64, prop_oneof![Just(1.0), 0.01..50.0f64]);
    prop::collection::vec(part, 1..7).prop_map(|parts| parts.into_iter().unzip())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn aggregates_are_in_order((points, weights) in parts()) {
        let of = |aggregate: &str| score_of(&aggregate_card(&json!(aggregate), &weights, [0.0, 100.0]), &points);
        let [least, geometric, mean, greatest] = ["min", "geometric", "mean", "max"].map(of);
        prop_assert!(least <= geometric + 1e-11 && geometric <= mean + 1e-11 && mean <= greatest + 1e-11);
        prop_assert_eq!(least, points.iter().copied().fold(f64::INFINITY, f64::min));
        prop_assert_eq!(greatest, points.iter().copied().fold(0.0, f64::max));
        // A sum that is not cut is the mean times the weight.
        let sum = score_of(&aggregate_card(&json!("sum"), &weights, [0.0, 1e9]), &points);
        prop_assert!((sum - mean * weights.iter().sum::<f64>()).abs() <= 1e-9 * sum.max(1.0));
    }

    #[test]
    fn aggregates_are_homogeneous((points, weights) in parts(), times in 0.0..=1.0f64) {
        for aggregate in ["min", "max", "mean", "geometric"] {
            let card = aggregate_card(&json!(aggregate), &weights, [0.0, 100.0]);
            let scaled: Vec<f64> = points.iter().map(|p| p * times).collect();
            prop_assert!((score_of(&card, &scaled) - times * score_of(&card, &points)).abs() <= 1e-11, "{}", aggregate);
        }
    }

    #[test]
    fn adjustments_act_one_after_another(
        start in -5.0..=5.0f64, chain in prop::collection::vec((0usize..4, -10.0..10.0f64), 0..6),
    ) {
        let [worst, best] = [-5.0, 5.0];
        let mut card = json!({"schema_version": 1, "scorecard": "law", "scale": [worst, best],
            "dimensions": [{"id": "d", "items": [{"id": "x", "curve": {"manual": {}}}]}]});
        let (mut score, mut steps) = (start, Vec::new());
        for (at, (kind, number)) in chain.into_iter().enumerate() {
            let before = score;
            let (name, number) = match kind {
                0 => ("cap", number / 2.0),
                1 => ("floor", number / 2.0),
                2 => ("add", number),
                _ => ("multiply", number.abs() / 4.0),
            };
            score = match kind {
                0 => before.min(number),
                1 => before.max(number),
                2 => (before + number).clamp(worst, best),
                _ => (worst + (before - worst) * number).clamp(worst, best),
            };
            prop_assert!(kind != 0 || score <= before && score <= number);
            prop_assert!(kind != 1 || score >= before && score >= number);
            let when = json!({"column": "x", "is_null": false});
            steps.push(json!({"id": format!("a{at}"), "when": when, "reason": {"en": "x"}, name: number}));
        }
        card["adjustments"] = json!(steps);
        prop_assert_eq!(score_of(&Scorecard::from_value(&card).unwrap(), &[start]), score);
    }
}

// --- tiers that hold ------------------------------------------------------------------------------------

const EDGES: [f64; 3] = [40.0, 65.0, 85.0];
const TIERS: [&str; 4] = ["Lv1", "Lv2", "Lv3", "Lv4"];

#[derive(Debug, Clone, Copy)]
struct Side {
    margin: f64,
    dwell: usize,
}

fn side() -> impl Strategy<Value = Side> {
    (prop_oneof![Just(0.0), 0.0..14.9f64], 1usize..4).prop_map(|(margin, dwell)| Side { margin, dwell })
}

fn hysteresis_card(up: Side, down: Side) -> Scorecard {
    let side = |side: Side| json!({"margin": side.margin, "dwell": side.dwell});
    let tiers: Vec<Json> =
        TIERS.iter().zip([0.0].iter().chain(&EDGES)).map(|(id, from)| json!({"id": id, "from": from})).collect();
    Scorecard::from_value(&json!({"schema_version": 1, "scorecard": "law", "account": "id", "tiers": tiers,
        "hysteresis": {"up": side(up), "down": side(down)},
        "dimensions": [{"id": "d", "items": [{"id": "x", "curve": {"manual": {}}}]}]}))
    .unwrap()
}

/// The rule of the tiers in plain words: where a chain of readings, each of another day, leads.
///
/// A reading wants to move up when the score is past an edge above by the margin, and down when it is below an edge
/// under the tier by the margin. The tier moves when so many readings in a row wanted the same way; as far as the least
/// eager of them.
fn chain(up: Side, down: Side, scores: &[f64]) -> Vec<usize> {
    let mut tier = None;
    let mut wants: Vec<usize> = Vec::new();
    let step = |score: &f64| {
        let at = tier.unwrap_or_else(|| EDGES.iter().filter(|edge| score >= edge).count());
        let higher = (at..3).filter(|&k| *score >= EDGES[k] + up.margin).count();
        let lower = (0..at).filter(|&k| *score < EDGES[k] - down.margin).count();
        let goal = at + higher - lower;
        if goal == at || wants.iter().any(|&want| (want > at) != (goal > at)) {
            wants.clear();
        }
        if goal != at {
            wants.push(goal);
        }
        let dwell = if goal > at { up.dwell } else { down.dwell };
        let moved = goal != at && wants.len() >= dwell;
        let nearest = wants.iter().copied().min_by_key(|want| want.abs_diff(at));
        if moved {
            wants.clear();
        }
        let now = if moved { nearest.unwrap() } else { at };
        tier = Some(now);
        now
    };
    scores.iter().map(step).collect()
}

fn readings() -> impl Strategy<Value = Vec<f64>> {
    // Often on an edge or near one.
    let near = prop::sample::select(vec![40.0, 65.0, 85.0, 37.0, 68.0, 0.0, 100.0]);
    prop::collection::vec(prop_oneof![0.0..=100.0f64, near], 1..25)
}

fn on_day(day: usize) -> ScoreOptions {
    let as_of = Date::parse("2026-01-01").unwrap().days() + day as i32;
    ScoreOptions { as_of: Some(Date::from_days(as_of)), ..ScoreOptions::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_chain_of_readings_follows_the_rule(up in side(), down in side(), scores in readings()) {
        let card = hysteresis_card(up, down);
        let wanted = chain(up, down, &scores);
        let mut state = None;
        for (day, (score, wanted)) in scores.iter().zip(wanted).enumerate() {
            let values = [Value::from(*score)];
            let mut scorer = card.scorer(&on_day(day)).unwrap();
            let (tier, after) = {
                let one = match &state {
                    None => scorer.score(&values),
                    Some(state) => scorer.score_after(&values, state),
                }.unwrap();
                (one.tier, one.state())
            };
            prop_assert_eq!(tier, Some(TIERS[wanted]), "reading {}", day);
            prop_assert_eq!(after.tier.as_deref(), tier);
            // The same day again changes nothing, however often.
            prop_assert_eq!(scorer.score_after(&values, &after).unwrap().state(), after.clone());
            state = Some(after);
        }
    }

    #[test]
    fn without_margin_and_dwell_the_tier_is_the_band(scores in readings()) {
        let at_once = Side { margin: 0.0, dwell: 1 };
        let card = hysteresis_card(at_once, at_once);
        let mut scorer = card.scorer(&ScoreOptions::default()).unwrap();
        let mut state = scorer.score(&[50.0.into()]).unwrap().state();
        for score in scores {
            let band = EDGES.iter().filter(|edge| score >= **edge).count();
            let one = scorer.score_after(&[score.into()], &state).unwrap();
            prop_assert_eq!(one.tier, Some(TIERS[band]));
            state = one.state();
        }
    }

    #[test]
    fn a_tier_moves_only_when_a_reading_passed_the_edge(up in side(), down in side(), scores in readings()) {
        let tiers = chain(up, down, &scores);
        for (at, pair) in tiers.windows(2).enumerate() {
            let score = scores[at + 1];
            prop_assert!(pair[1] <= pair[0] || score >= EDGES[pair[1] - 1] + up.margin);
            prop_assert!(pair[1] >= pair[0] || score < EDGES[pair[1]] - down.margin);
        }
    }
}

#[test]
fn one_account_may_come_from_another_card() {
    let side = Side { margin: 0.0, dwell: 2 };
    let (old, new) = (hysteresis_card(side, side), hysteresis_card(side, Side { margin: 1.0, dwell: 2 }));
    let state = old.scorer(&on_day(0)).unwrap().score(&[70.0.into()]).unwrap().state();
    let mut strict = new.scorer(&on_day(1)).unwrap();
    assert_eq!(strict.score_after(&[50.0.into()], &state).unwrap_err().code(), Code::StateOfOtherCard);
    let accepting = ScoreOptions { accept_state_of: vec![old.hash().to_owned()], ..on_day(1) };
    let mut lenient = new.scorer(&accepting).unwrap();
    assert_eq!(lenient.score_after(&[50.0.into()], &state).unwrap().tier, Some("Lv3"));
}

#[test]
fn threads_do_not_change_a_bit_of_a_rich_card() {
    // A card with variants, adjustments, hysteresis and sums: the first that the draw gives.
    let wanted = |json: &Json| {
        ["variants", "adjustments", "hysteresis", "frozen_when"].iter().all(|field| json.get(field).is_some())
    };
    let choices = |seed: u64| -> Vec<u32> {
        let step = |i: u64| ((i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(seed << 32) >> 32) as u32;
        (0..4000).map(|i| step(i * i + seed)).collect()
    };
    let choices = (0..200).map(choices).find(|choices| wanted(&rich::card(&Draw::new(choices)))).unwrap();
    let case = case(&choices);
    let small = case.second.rows();
    let rows = 2 * 32_768 + 77;
    let order: Vec<usize> = (0..rows).map(|row| row * 7 % small).collect();
    let mut data = rich::taken(&case.second.data, &order);
    data["id"]["values"] = (0..rows).map(|row| json!(format!("k{row}"))).collect();
    let tables = Tables { data, ..case.second.clone() };
    let holder = Holder::of(&tables.data);
    let table: Table<'_> = holder.table();
    let beside = [tables.previous.as_ref(), tables.overrides.as_ref()].map(|table| table.map(Holder::of));
    let [previous, overrides] = beside.each_ref().map(|h| h.iter().map(Holder::table).collect::<Vec<_>>());
    let book = Book::new(std::slice::from_ref(&table)).with_previous(&previous).with_overrides(&overrides);
    let score = |threads| case.card.score_book(book, &ScoreOptions { threads, ..options(NEXT) }).unwrap();
    let one = score(1);
    for threads in [0, 2, 3] {
        assert!(score(threads) == one, "{threads} threads");
    }
}
