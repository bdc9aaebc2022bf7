//! Laws of comparing, on random cards and books.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use cs_core::health::{Book, CompareOptions};
use cs_core::table::{Column, ResultColumn, ResultTable, Table};
use cs_core::{ScoreOptions, Scorecard};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Splitmix: all that is random in a case follows from one seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// What cards may have.
#[derive(Clone, Copy)]
struct Kinds {
    aggregates: bool,
    rounding: bool,
    /// Variants, adjustments and frozen accounts.
    rules: bool,
    states: bool,
}

const ALL: Kinds = Kinds { aggregates: true, rounding: true, rules: true, states: true };

struct Maker<'r> {
    random: &'r mut Random,
    kinds: Kinds,
    scale: [f64; 2],
    items: usize,
    dimensions: usize,
}

impl Maker<'_> {
    /// Points that are exact, and often the same or the worst.
    fn points(&mut self) -> f64 {
        let [worst, best] = self.scale;
        if self.random.chance(20) { worst } else { worst + (best - worst) * self.random.below(9) as f64 / 8.0 }
    }

    fn curve(&mut self) -> Json {
        let points: Vec<Json> = [0, 8, 16].into_iter().map(|x| json!([x, self.points()])).collect();
        json!({ "points": points })
    }

    fn item(&mut self, first: bool) -> Json {
        let id = format!("x{}", self.items);
        self.items += 1;
        let weight = if first || self.random.chance(85) { 1 + self.random.below(4) } else { 0 };
        let mut item = json!({"id": id, "curve": self.curve(), "weight": weight});
        if self.kinds.states && self.random.chance(30) {
            let points = self.points();
            item["missing"] = [json!("neutral"), json!("worst"), json!("best"), json!({"points": points})]
                [self.random.below(4)]
            .clone();
        }
        if self.kinds.states && self.random.chance(25) {
            item["applies_when"] = json!({"column": "c", "ge": 3});
        }
        item
    }

    fn aggregate(&mut self, out: &mut Json) {
        if self.kinds.aggregates {
            let [worst, best] = self.scale;
            let start = self.points();
            let limits = json!({"sum": {"start": start, "min": worst, "max": (worst + best) / 2.0}});
            let all = [json!("mean"), json!("min"), json!("max"), json!("geometric"), json!("sum"), limits];
            out["aggregate"] = all[self.random.below(all.len())].clone();
        }
        if self.kinds.rounding && self.random.chance(30) {
            out["rounding"] = json!({"decimals": self.random.below(2), "mode": "half_up"});
        }
    }

    fn dimension(&mut self, level: usize) -> Json {
        let mut out = json!({"id": format!("d{}", self.dimensions), "weight": 1 + self.random.below(4)});
        self.dimensions += 1;
        self.aggregate(&mut out);
        let nested = if level < 3 { self.random.below(3 - level) } else { 0 };
        let inner: Vec<Json> = (0..nested).map(|_| self.dimension(level + 1)).collect();
        if !inner.is_empty() {
            out["dimensions"] = json!(inner);
        }
        let items: Vec<Json> = (0..1 + self.random.below(4)).map(|i| self.item(i == 0)).collect();
        out["items"] = json!(items);
        out
    }

    fn card(&mut self) -> Json {
        let dimensions: Vec<Json> = (0..1 + self.random.below(3)).map(|_| self.dimension(0)).collect();
        let [worst, best] = self.scale;
        let mut card = json!({
            "schema_version": 1, "scorecard": "law", "account": "id", "scale": self.scale, "dimensions": dimensions,
            "min_coverage": if self.random.chance(50) { 0.0 } else { 0.4 },
            "tiers": [{"id": "low", "from": worst}, {"id": "high", "from": (worst + best) / 2.0}],
        });
        self.aggregate(&mut card);
        if self.kinds.rules {
            self.rules(&mut card);
        }
        card
    }

    fn rules(&mut self, card: &mut Json) {
        let (points, floor) = (self.points(), self.points());
        let reason = json!({"en": "why"});
        card["adjustments"] = json!([
            {"id": "a", "when": {"column": "c", "lt": 4}, "multiply": 0.5, "reason": reason},
            {"id": "b", "when": {"column": "c", "gt": 1}, "cap": points, "reason": reason},
            {"id": "c", "when": {"column": "x0", "gt": 9}, "add": 0.3, "reason": reason},
            {"id": "d", "when": {"column": "x0", "lt": 3}, "floor": floor, "reason": reason},
            {"id": "e", "when": {"column": "c", "eq": 5}, "force_tier": "low", "reason": reason},
        ]);
        if self.random.chance(60) {
            let (weight, curve) = (self.random.below(6), self.curve());
            let dimension = 1 + self.random.below(6);
            card["variants"] = json!([
                {"id": "v", "when": {"column": "c", "ge": 6}, "weights": {"d0": dimension}, "curves": {"x0": curve}},
                {"id": "w", "when": {"column": "x0", "ge": 12}, "weights": {format!("x{}", self.items - 1): weight}},
            ]);
        }
        if self.random.chance(30) {
            card["frozen_when"] = json!({"column": "c", "eq": 8});
        }
    }
}

/// A card that can be read; what random limits forbid is made again.
fn card(random: &mut Random, kinds: Kinds) -> Json {
    loop {
        let scale = if random.chance(60) { [0.0, 100.0] } else { [-5.0, 5.0] };
        let made = Maker { random: &mut *random, kinds, scale, items: 0, dimensions: 0 }.card();
        match Scorecard::from_value(&made) {
            Ok(_) => return made,
            Err(error) => assert!(error.to_string().contains("weight"), "{error}"),
        }
    }
}

fn each(node: &mut Json, then: &mut impl FnMut(&mut Json)) {
    then(node);
    if let Some(list) = node.get_mut("dimensions").and_then(Json::as_array_mut) {
        list.iter_mut().for_each(|inner| each(inner, then));
    }
}

/// The same card with its parts in another order.
fn shuffled(card: &Json, random: &mut Random) -> Json {
    let mut card = card.clone();
    each(&mut card, &mut |node| {
        for name in ["dimensions", "items"] {
            if let Some(list) = node.get_mut(name).and_then(Json::as_array_mut) {
                random.shuffle(list);
            }
        }
    });
    card
}

/// A card like this one: other weights, one item fewer, another aggregate.
fn changed(card: &Json, random: &mut Random) -> Json {
    let mut other = card.clone();
    each(&mut other, &mut |node| {
        if let Some(list) = node.get_mut("items").and_then(Json::as_array_mut) {
            if list.len() > 1 && random.chance(30) && list[list.len() - 1]["id"] != "x0" {
                list.pop();
            }
            list[0]["weight"] = json!(1 + random.below(5));
        }
        if random.chance(20) {
            node["aggregate"] = json!(["mean", "min", "geometric"][random.below(3)]);
        }
    });
    other["scorecard"] = json!("other");
    other["variants"] = json!([]);
    other
}

/// Accounts with a value of each column, NaN where it is missing.
#[derive(Clone)]
struct Days {
    ids: Vec<String>,
    columns: Vec<(String, Vec<f64>)>,
    /// Overrides: accounts and points.
    overrides: (Vec<String>, Vec<f64>),
}

const COLUMNS: usize = 48;

impl Days {
    fn new(random: &mut Random, kinds: Kinds, scale: &Json) -> Self {
        let mut ids: Vec<String> = (0..14).map(|id| format!("a{id}")).collect();
        random.shuffle(&mut ids);
        ids.truncate(10);
        let names = (0..COLUMNS).map(|x| format!("x{x}")).chain(["c".to_owned()]);
        let mut cell = || if kinds.states && random.chance(20) { f64::NAN } else { random.below(9) as f64 * 2.0 };
        let columns = names.map(|name| (name, ids.iter().map(|_| cell()).collect())).collect();
        let mut days = Self { overrides: (Vec::new(), Vec::new()), ids, columns };
        days.columns.last_mut().unwrap().1.iter_mut().for_each(|c| *c = random.below(9) as f64);
        if kinds.rules {
            let who: Vec<String> = days.ids.iter().filter(|_| random.chance(20)).cloned().collect();
            let (worst, best) = (scale[0].as_f64().unwrap(), scale[1].as_f64().unwrap());
            let points = who.iter().map(|_| worst + (best - worst) * random.below(17) as f64 / 16.0).collect();
            days.overrides = (who, points);
        }
        days
    }

    /// Most accounts as they were, with some values changed.
    fn later(&self, random: &mut Random) -> Self {
        let mut days = self.clone();
        for (_, column) in &mut days.columns {
            for x in column.iter_mut() {
                if random.chance(30) {
                    *x = random.below(9) as f64 * 2.0;
                }
            }
        }
        days
    }

    fn table(&self) -> Table<'_> {
        let columns = self.columns.iter().map(|(name, values)| (name.as_str(), Column::from(&values[..])));
        Table::new(std::iter::once(("id", Column::from(&self.ids[..]))).chain(columns)).unwrap()
    }

    fn decided<'a>(&'a self, notes: &'a [&'a str]) -> Table<'a> {
        let (ids, points) = &self.overrides;
        let notes = Column::from(&notes[..ids.len()]);
        Table::new([("id", Column::from(&ids[..])), ("points", Column::from(&points[..])), ("note", notes)]).unwrap()
    }
}

const NOTES: [&str; 16] = ["known better"; 16];

type Lines = BTreeMap<(String, String, String), f64>;

/// The contributions by account, cause and item.
fn lines_of(result: &ResultTable, ids: &[String], after: &[String]) -> Lines {
    let ResultColumn::Input { rows, .. } = result.column("id").unwrap() else { panic!("no account") };
    let text = |name: &str, row| result.column(name).unwrap().text(row).unwrap_or("").to_owned();
    let all: Vec<&String> = ids.iter().chain(after).collect();
    let mut lines = Lines::new();
    for (row, x) in result.column("contribution").unwrap().numbers().unwrap().iter().enumerate() {
        let key = (all[rows.row(row)].clone(), text("cause", row), text("item", row));
        assert!(lines.insert(key, *x).is_none(), "two lines of one cause");
    }
    lines
}

fn compare(card: &Scorecard, other: Option<&Scorecard>, before: &Days, after: &Days) -> Lines {
    let tables = [before.table(), before.decided(&NOTES), after.table(), after.decided(&NOTES)];
    let [first, decided, second, last] = tables.each_ref().map(std::slice::from_ref);
    let (first, second) = (Book::new(first).with_overrides(decided), Book::new(second).with_overrides(last));
    let result = card.compare(first, second, other, &CompareOptions::default()).unwrap();
    lines_of(&result, &before.ids, &after.ids)
}

/// Scores and statuses by account.
fn scores(card: &Scorecard, days: &Days) -> BTreeMap<String, (f64, String)> {
    let tables = [days.table(), days.decided(&NOTES)];
    let [data, decided] = tables.each_ref().map(std::slice::from_ref);
    let result = card.score_book(Book::new(data).with_overrides(decided), &ScoreOptions::default()).unwrap();
    let scores = result.column("score").unwrap().numbers().unwrap();
    let status = |row| result.column("status").unwrap().text(row).unwrap().to_owned();
    days.ids.iter().enumerate().map(|(row, id)| (id.clone(), (scores[row], status(row)))).collect()
}

fn span(card: &Scorecard) -> f64 {
    card.document().scale[1] - card.document().scale[0]
}

/// The lines of each account sum to what scoring says.
fn check_sums(
    lines: &Lines,
    before: &BTreeMap<String, (f64, String)>,
    after: &BTreeMap<String, (f64, String)>,
    span: f64,
) {
    for (id, (new, status)) in after {
        let own: Vec<_> = lines.iter().filter(|((account, ..), _)| account == id).collect();
        let Some((old, was)) = before.get(id) else {
            assert!(own.is_empty(), "{id} is in one book only");
            continue;
        };
        if old.is_nan() || new.is_nan() {
            assert_eq!(own.len(), usize::from(was != status), "{own:?}");
            assert!(own.iter().all(|((_, cause, _), x)| cause == "status" && x.is_nan()));
            continue;
        }
        let sum: f64 = own.iter().map(|(_, x)| **x).sum();
        assert!((sum - (new - old)).abs() <= 1e-9 * span, "{id}: {sum} is not {new} - {old}: {own:?}");
    }
}

fn same(a: &Lines, b: &Lines, sign: f64, span: f64) {
    for key in a.keys().chain(b.keys()) {
        let (x, y) = (a.get(key).copied().unwrap_or(0.0), sign * b.get(key).copied().unwrap_or(0.0));
        assert!(x.is_nan() && y.is_nan() || (x - y).abs() <= 1e-9 * span, "{key:?}: {x} and {y}");
    }
}

struct Case {
    random: Random,
    json: Json,
    card: Scorecard,
    before: Days,
    after: Days,
}

fn case(seed: u64, kinds: Kinds) -> Case {
    let mut random = Random(seed);
    let json = card(&mut random, kinds);
    let before = Days::new(&mut random, kinds, &json["scale"]);
    let after =
        if random.chance(70) { before.later(&mut random) } else { Days::new(&mut random, kinds, &json["scale"]) };
    Case { card: Scorecard::from_value(&json).unwrap(), random, json, before, after }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn lines_sum_to_the_change_of_the_score(seed in any::<u64>()) {
        let Case { card, before, after, .. } = case(seed, ALL);
        let lines = compare(&card, None, &before, &after);
        check_sums(&lines, &scores(&card, &before), &scores(&card, &after), span(&card));
    }

    #[test]
    fn between_two_cards_too(seed in any::<u64>()) {
        let Case { mut random, json, card, before, after } = case(seed, ALL);
        let Ok(other) = Scorecard::from_value(&changed(&json, &mut random)) else { return Ok(()) };
        let lines = compare(&card, Some(&other), &before, &after);
        check_sums(&lines, &scores(&card, &before), &scores(&other, &after), span(&card));
        same(&lines, &compare(&other, Some(&card), &after, &before), -1.0, span(&card));
        let still = compare(&card, Some(&other), &before, &before);
        prop_assert!(still.keys().all(|(_, cause, _)| !cause.starts_with("item")), "{:?}", still);
    }

    #[test]
    fn the_order_of_items_does_not_matter(seed in any::<u64>()) {
        let Case { mut random, json, card, before, after } = case(seed, Kinds { rounding: false, ..ALL });
        let other = Scorecard::from_value(&shuffled(&json, &mut random)).unwrap();
        let (one, two) = (compare(&card, None, &before, &after), compare(&other, None, &before, &after));
        same(&one, &two, 1.0, span(&card));
    }

    #[test]
    fn the_way_back_is_the_same_with_the_opposite_sign(seed in any::<u64>()) {
        let Case { card, before, after, .. } = case(seed, ALL);
        same(&compare(&card, None, &before, &after), &compare(&card, None, &after, &before), -1.0, span(&card));
    }

    #[test]
    fn identical_books_have_no_lines(seed in any::<u64>()) {
        let Case { card, before, .. } = case(seed, ALL);
        prop_assert!(compare(&card, None, &before, &before).is_empty());
    }

    #[test]
    fn in_means_a_line_is_effective_weight_times_points(seed in any::<u64>()) {
        let kinds = Kinds { aggregates: false, rounding: false, rules: false, states: false };
        let Case { card, before, after, .. } = case(seed, kinds);
        let lines = compare(&card, None, &before, &after);
        let explain = |days: &Days| {
            let result = card.explain(&days.table(), &ScoreOptions::default()).unwrap();
            let items = result.rows() / days.ids.len();
            let numbers = |name: &str| result.column(name).unwrap().numbers().unwrap().to_vec();
            let (weights, points) = (numbers("effective_weight"), numbers("points"));
            (0..result.rows()).map(|row| {
                let item = result.column("item").unwrap().text(row).map(str::to_owned);
                ((days.ids[row / items].clone(), item), (weights[row], points[row]))
            }).filter_map(|((id, item), found)| Some(((id, item?), found))).collect::<BTreeMap<_, _>>()
        };
        let (old, new) = (explain(&before), explain(&after));
        for ((id, item), (weight, points)) in &new {
            let Some((_, earlier)) = old.get(&(id.clone(), item.clone())) else { continue };
            let key = (id.clone(), "item_value".to_owned(), item.clone());
            let line = lines.get(&key).copied().unwrap_or(0.0);
            prop_assert!((line - weight * (points - earlier)).abs() <= 1e-9 * span(&card), "{key:?}: {line}");
        }
    }
}

/// All orders of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let insert = |at: usize| move |order: &Vec<usize>| [&order[..at], &[count - 1], &order[at..]].concat();
    (0..count).flat_map(|at| shorter.iter().map(insert(at)).collect::<Vec<_>>()).collect()
}

/// The mean over all orders of what each part changes when it moves from one day to the other.
fn shapley(before: &[f64], after: &[f64], whole: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let all = orders(before.len());
    let mut sums = vec![0.0; before.len()];
    for order in &all {
        let mut now = before.to_vec();
        for &part in order {
            let earlier = whole(&now);
            now[part] = after[part];
            sums[part] += whole(&now) - earlier;
        }
    }
    sums.iter().map(|sum| sum / all.len() as f64).collect()
}

fn extreme_card(least: bool, parts: usize) -> Scorecard {
    let items: Vec<Json> = (0..parts).map(|i| json!({"id": format!("x{i}"), "curve": {"manual": {}}})).collect();
    let name = if least { "min" } else { "max" };
    let dimensions = json!([{"id": "d", "aggregate": name, "items": items}]);
    let card =
        json!({"schema_version": 1, "scorecard": "s", "account": "id", "min_coverage": 0, "dimensions": dimensions});
    Scorecard::from_value(&card).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn least_and_greatest_are_shapley_values(
        least in any::<bool>(),
        parts in prop::collection::vec((prop::option::weighted(0.8, 0u8..=10), prop::option::weighted(0.8, 0u8..=10)), 1..=6),
    ) {
        let day = |day: usize| -> Vec<f64> {
            parts.iter().map(|part| [part.0, part.1][day].map_or(f64::NAN, |x| f64::from(x) * 10.0)).collect()
        };
        let (before, after) = (day(0), day(1));
        if before.iter().all(|x| x.is_nan()) || after.iter().all(|x| x.is_nan()) {
            return Ok(());
        }
        // Without points a part is out of the way, and without any part the whole is at the far end.
        let whole = |now: &[f64]| if least {
            now.iter().copied().fold(100.0, f64::min)
        } else {
            now.iter().copied().fold(0.0, f64::max)
        };
        let days = |values: &[f64]| Days {
            ids: vec!["a".into()],
            columns: values.iter().enumerate().map(|(i, x)| (format!("x{i}"), vec![*x])).collect(),
            overrides: (Vec::new(), Vec::new()),
        };
        let lines = compare(&extreme_card(least, parts.len()), None, &days(&before), &days(&after));
        for (part, expected) in shapley(&before, &after, whole).into_iter().enumerate() {
            let own = lines.iter().find(|((_, _, item), _)| *item == format!("x{part}"));
            let found = own.map_or(0.0, |(_, x)| *x);
            prop_assert!((found - expected).abs() <= 1e-9, "x{part}: {found}, by all orders {expected}; {lines:?}");
        }
    }
}
