//! Random cards that use everything a card can say, and books for them, as JSON.
//!
//! Both are drawn from a list of whole numbers, so that a failing case shrinks to a short list of small ones.

#![allow(dead_code, clippy::unwrap_used)]

use serde_json::{Map, Value as Json, json};
use std::cell::Cell;

/// The day of the score.
pub const AS_OF: &str = "2026-10-31";

/// Choices one after another; 0 when they are used up.
pub struct Draw<'a> {
    choices: &'a [u32],
    at: Cell<usize>,
}

impl<'a> Draw<'a> {
    pub fn new(choices: &'a [u32]) -> Self {
        Self { choices, at: Cell::new(0) }
    }

    pub fn below(&self, n: usize) -> usize {
        let at = self.at.replace(self.at.get() + 1);
        self.choices.get(at).map_or(0, |choice| *choice as usize) % n
    }

    /// True in so many of a hundred cases.
    pub fn chance(&self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub fn one<T: Clone>(&self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// One of a thousand and one numbers from `low` to `high`, both of them among these.
    pub fn number(&self, low: f64, high: f64) -> f64 {
        (low + (high - low) * self.below(1001) as f64 / 1000.0).clamp(low, high)
    }

    fn day(&self) -> String {
        format!("202{}-{:02}-{:02}", 4 + self.below(3), 1 + self.below(10), 1 + self.below(28))
    }
}

/// What the parts of a card are drawn with.
struct Drafter<'a> {
    draw: &'a Draw<'a>,
    scale: [f64; 2],
    ids: Cell<usize>,
}

const NUMBERS: [&str; 4] = ["n0", "n1", "n2", "n3"];
const DATES: [&str; 2] = ["t0", "t1"];
const TIERS: [&str; 4] = ["Lv1", "Lv2", "Lv3", "Lv4"];

/// A card; every field may be there.
pub fn card(draw: &Draw<'_>) -> Json {
    let scale = draw.one(&[[0.0, 100.0], [-5.0, 5.0], [0.1, 0.7], [1.0, 10.0]]);
    let drafter = Drafter { draw, scale, ids: Cell::new(0) };
    let dimensions: Vec<Json> = (0..1 + draw.below(4)).map(|_| drafter.dimension(0)).collect();
    let mut card = json!({
        "schema_version": 1, "scorecard": "law", "account": "id", "scale": scale, "dimensions": dimensions,
        "aggregate": drafter.aggregate(), "min_coverage": draw.one(&[0.0, 0.5, 0.9]),
    });
    if draw.chance(30) {
        card["rounding"] = drafter.rounding();
    }
    if draw.chance(80) {
        drafter.add_tiers(&mut card);
    }
    if draw.chance(40) {
        card["variants"] = (0..1 + draw.below(2)).map(|at| drafter.variant(at, &card)).collect();
    }
    if draw.chance(40) {
        card["grace"] = json!({"since": "t1", "days": draw.one(&[0, 90, 400])});
    }
    if draw.chance(30) {
        card["frozen_when"] = json!({"column": "c1", "eq": "left"});
    }
    if draw.chance(60) {
        let tiers = card.get("tiers").is_some();
        card["adjustments"] = (0..1 + draw.below(4)).map(|at| drafter.adjustment(at, tiers)).collect();
    }
    card
}

impl Drafter<'_> {
    fn id(&self, letter: char) -> String {
        format!("{letter}{}", self.ids.replace(self.ids.get() + 1))
    }

    fn weight(&self) -> f64 {
        self.draw.one(&[1.0, 2.5, 0.1, 7.0, 1.0 / 3.0])
    }

    fn aggregate(&self) -> Json {
        let [worst, best] = self.scale;
        match self.draw.below(8) {
            0..=2 => json!("mean"),
            3 => json!("min"),
            4 => json!("max"),
            5 => json!("geometric"),
            6 => json!("sum"),
            _ => {
                let inner = |share: f64| worst + (best - worst) * share;
                json!({"sum": {"start": self.draw.number(-9.0, 9.0), "min": inner(0.13), "max": inner(0.87)}})
            }
        }
    }

    fn rounding(&self) -> Json {
        json!({"decimals": self.draw.below(3), "mode": self.draw.one(&["half_even", "half_up"])})
    }

    fn dimension(&self, depth: usize) -> Json {
        let aggregate = self.aggregate();
        let in_sum = aggregate == "sum" || aggregate.is_object();
        let mut items: Vec<Json> = (0..1 + self.draw.below(4)).map(|_| self.item(in_sum)).collect();
        if items.len() > 1 && self.draw.chance(20) {
            items[1]["weight"] = json!(0);
        }
        let mut dimension =
            json!({"id": self.id('d'), "weight": self.weight(), "aggregate": aggregate, "items": items});
        if self.draw.chance(25) {
            dimension["rounding"] = self.rounding();
        }
        if depth < 2 && self.draw.chance(30) {
            dimension["dimensions"] = json!([self.dimension(depth + 1)]);
        }
        dimension
    }

    /// Points that an item may have.
    fn points(&self, in_sum: bool) -> f64 {
        let [low, high] = if in_sum { [-50.0, 50.0] } else { self.scale };
        self.draw.number(low, high)
    }

    fn item(&self, in_sum: bool) -> Json {
        let (source, curve) = self.source_and_curve(in_sum);
        let mut item = json!({"id": self.id('x'), "source": source, "curve": curve, "weight": self.weight()});
        match self.draw.below(8) {
            0..=3 => {}
            4 => item["missing"] = json!("neutral"),
            5 => item["missing"] = json!("worst"),
            6 => item["missing"] = json!("best"),
            _ => item["missing"] = json!({"points": self.points(in_sum)}),
        }
        if self.draw.chance(30) {
            item["observed_at"] = json!(self.draw.one(&DATES));
            item["warn_after_days"] = json!(120);
            item["expire_after_days"] = json!(self.draw.one(&[120, 600]));
            if self.draw.chance(60) {
                item["curve"]["decay"] =
                    json!({"half_life_days": self.draw.number(1.0, 700.0), "toward": self.toward(in_sum)});
            }
        }
        if self.draw.chance(20) {
            item["applies_when"] = self.predicate(1);
        }
        if self.draw.chance(10) {
            item["opted_out_when"] = self.predicate(0);
        }
        item
    }

    fn toward(&self, in_sum: bool) -> Json {
        match self.draw.below(4) {
            0 => json!("neutral"),
            1 => json!("worst"),
            2 => json!("best"),
            _ => json!({"points": self.points(in_sum)}),
        }
    }

    fn source_and_curve(&self, in_sum: bool) -> (Json, Json) {
        let date = self.draw.one(&DATES);
        match self.draw.below(12) {
            0 => (json!({"days_since": date}), json!({"recency": {"half_life_days": self.draw.number(1.0, 900.0)}})),
            1 => {
                let knots = json!([[0, self.points(in_sum)], [30, self.points(in_sum)], [400, self.points(in_sum)]]);
                (json!({"days_since": date}), json!({"recency": {"points": knots}}))
            }
            2 => {
                let flag = json!({"set": self.points(in_sum), "unset": self.points(in_sum)});
                (json!({"column": self.draw.one(&["f0", "f1"])}), json!({ "flag": flag }))
            }
            3 => {
                let map = json!({"a": self.points(in_sum), "b": self.points(in_sum), "default": self.points(in_sum)});
                (json!({"column": self.draw.one(&["c0", "c1"])}), json!({ "map": map }))
            }
            4 => (json!({"column": "m0"}), json!({"manual": {}})),
            _ => (self.source(), self.curve(in_sum)),
        }
    }

    fn source(&self) -> Json {
        let number = self.draw.one(&NUMBERS);
        match self.draw.below(8) {
            0..=3 => json!({ "column": number }),
            4 => json!({"ratio": [number, "p0"]}),
            5 => json!({"change": [number, "n1"]}),
            6 => json!({"days_until": "u0"}),
            _ => json!({"count_true": ["f0", "f1"]}),
        }
    }

    /// A curve for numbers.
    fn curve(&self, in_sum: bool) -> Json {
        let points = || self.points(in_sum);
        match self.draw.below(7) {
            0 => json!({"points": [[-31.7, points()], [0, points()], [12.3, points()]]}),
            1 => {
                let band = |from: f64| json!({"from": from, "points": points()});
                json!({"bands": [band(-10.0), band(0.5), band(20.0)]})
            }
            2 => {
                let outside = self.draw.one(&["clamp", "zero", "exclude"]);
                json!({"linear": {"from": [-20, points()], "to": [33.3, points()], "outside": outside}})
            }
            3 => json!({"range": {"zero_below": -9, "full_from": 1, "full_to": 5.5, "zero_above": 40}}),
            4 => json!({"saturate": {"half": self.draw.number(0.1, 30.0)}}),
            5 => json!({"points": (0..7).map(|i| json!([i * 7 - 20, points()])).collect::<Vec<_>>()}),
            _ => {
                let knots = |from: f64| json!([[from, 0], [from + 11.0, 0.37], [from + 30.5, 1]]);
                let mut quantile =
                    json!({"better": self.draw.one(&["higher", "lower"]), "fitted": {"default": knots(-20.0)}});
                if self.draw.chance(60) {
                    quantile["by"] = json!("c0");
                    quantile["fitted"]["a"] = knots(3.0);
                    quantile["fitted"]["b"] = json!([[2, 0.5]]);
                }
                json!({ "quantile": quantile })
            }
        }
    }

    fn predicate(&self, depth: usize) -> Json {
        let number = self.draw.one(&NUMBERS);
        let category = self.draw.one(&["c0", "c1"]);
        let kinds = if depth == 0 { 8 } else { 11 };
        match self.draw.below(kinds) {
            0 => json!({"column": number, "ge": self.draw.number(-50.0, 50.0)}),
            1 => json!({"column": category, "eq": "a"}),
            2 => json!({"column": category, "ne": "b"}),
            3 => json!({"column": category, "in": ["a", "c"]}),
            4 => json!({"column": "f0", "eq": true}),
            5 => json!({"column": self.draw.one(&DATES), "lt": self.draw.day()}),
            6 => json!({"column": number, "is_null": self.draw.chance(50)}),
            7 => json!({"column": number, "between": [-20, self.draw.number(-20.0, 50.0)]}),
            8 => json!({"not": self.predicate(depth - 1)}),
            9 => json!({"all": [self.predicate(depth - 1), self.predicate(depth - 1)]}),
            _ => json!({"any": [self.predicate(depth - 1), self.predicate(depth - 1)]}),
        }
    }

    fn add_tiers(&self, card: &mut Json) {
        let [worst, best] = self.scale;
        let count = 2 + self.draw.below(3);
        let from = |at: usize| if at == 0 { worst } else { worst + (best - worst) * at as f64 / count as f64 };
        card["tiers"] = (0..count).map(|at| json!({"id": TIERS[at], "from": from(at)})).collect();
        if self.draw.chance(60) {
            let widest = (best - worst) / count as f64 * 0.6;
            let margin = || json!({"margin": self.draw.number(0.0, widest), "dwell": 1 + self.draw.below(3)});
            card["hysteresis"] = json!({"up": margin(), "down": margin()});
        }
    }

    fn variant(&self, at: usize, card: &Json) -> Json {
        let mut variant = json!({"id": format!("v{at}"), "when": self.predicate(1)});
        let dimension = &card["dimensions"][0];
        let item = &dimension["items"][0];
        if self.draw.chance(70) {
            variant["weights"] =
                json!({dimension["id"].as_str().unwrap(): self.weight(), item["id"].as_str().unwrap(): self.weight()});
        }
        let numeric = ["points", "bands", "linear", "range", "saturate", "quantile"];
        if numeric.iter().any(|kind| item["curve"].get(kind).is_some()) {
            variant["curves"] = json!({item["id"].as_str().unwrap(): self.curve(false)});
        }
        if let Some(second) = card.get("tiers").filter(|_| self.draw.chance(40)).map(|tiers| &tiers[1]) {
            let [worst, _] = self.scale;
            let from = second["from"].as_f64().unwrap();
            variant["tiers"] = json!({"Lv2": from - (from - worst) * 0.2});
        }
        variant
    }

    fn adjustment(&self, at: usize, tiers: bool) -> Json {
        let [worst, best] = self.scale;
        let mut adjustment = json!({"id": format!("a{at}"), "when": self.predicate(1), "reason": {"en": "a reason"}});
        match self.draw.below(if tiers { 5 } else { 4 }) {
            0 => adjustment["cap"] = json!(self.points(false)),
            1 => adjustment["floor"] = json!(self.points(false)),
            2 => adjustment["add"] = json!(self.draw.number(worst - best, best - worst)),
            3 => adjustment["multiply"] = json!(self.draw.number(0.0, 2.0)),
            _ => adjustment["force_tier"] = json!(self.draw.one(&["Lv1", "Lv2"])),
        }
        adjustment
    }
}

/// The columns that cards read, for so many accounts.
pub fn data(draw: &Draw<'_>, card: &Json, rows: usize) -> Json {
    let [worst, best] = [0, 1].map(|end| card["scale"][end].as_f64().unwrap());
    let column = |kind: &str, nulls: usize, value: &dyn Fn() -> Json| {
        let cell = || if draw.chance(nulls) { Json::Null } else { value() };
        json!({"type": kind, "values": (0..rows).map(|_| cell()).collect::<Vec<_>>()})
    };
    let number = || json!(draw.number(-50.0, 50.0));
    let word = || json!(draw.one(&["a", "b", "c", "left"]));
    let mut table = Map::new();
    let mut add = |name: &str, column: Json| table.insert(name.into(), column);
    add("id", json!({"type": "text", "values": (0..rows).map(|row| format!("k{row}")).collect::<Vec<_>>()}));
    // Nulls by NaN, by bitmap, and none.
    add("n0", column("f64", 10, &|| if draw.chance(15) { json!("nan") } else { number() }));
    add("n1", column("f64", 0, &number));
    add("n2", column("i64", 20, &|| json!(draw.below(90) as i64 - 45)));
    add("n3", column("f32", 0, &|| if draw.chance(15) { json!("nan") } else { number() }));
    add("p0", column("f64", 10, &|| json!(draw.number(0.5, 20.0))));
    add("m0", column("f64", 20, &|| json!(draw.number(worst, best))));
    add("f0", column("bool", 20, &|| json!(draw.chance(50))));
    add("f1", column("f64", 20, &|| json!(draw.below(2))));
    add("c0", column("dictionary", 20, &word));
    add("c1", column("text", 20, &word));
    add("t0", column("date", 20, &|| json!(draw.day())));
    add("t1", column("text", 20, &|| json!(draw.day())));
    add("u0", column("timestamp", 20, &|| json!(format!("{}T12:00:00Z", draw.day()))));
    Json::Object(table)
}

/// Overrides for some of the accounts, one of them for none and some of them expired.
pub fn overrides(draw: &Draw<'_>, card: &Json, rows: usize) -> Json {
    let [worst, best] = [0, 1].map(|end| card["scale"][end].as_f64().unwrap());
    let accounts: Vec<String> = (0..rows).filter(|_| draw.chance(25)).map(|row| format!("k{row}")).collect();
    let accounts: Vec<String> = accounts.into_iter().chain(["nobody".to_owned()]).collect();
    let tiered = card.get("tiers").is_some();
    let decisions: Vec<(Json, Json)> = accounts
        .iter()
        .map(|_| match tiered && draw.chance(50) {
            true => (Json::Null, json!(draw.one(&["Lv1", "Lv2"]))),
            false => (json!(draw.number(worst, best)), Json::Null),
        })
        .collect();
    let ends = accounts.iter().map(|_| draw.one(&[Json::Null, json!("2026-10-30"), json!(AS_OF)]));
    json!({
        "id": {"type": "text", "values": accounts},
        "points": {"type": "f64", "values": decisions.iter().map(|(points, _)| points).collect::<Vec<_>>()},
        "tier": {"type": "text", "values": decisions.iter().map(|(_, tier)| tier).collect::<Vec<_>>()},
        "note": {"type": "text", "values": vec!["known better"; decisions.len()]},
        "expires_on": {"type": "date", "values": ends.collect::<Vec<_>>()},
    })
}

/// The rows of a table in another order, or only some of them.
pub fn taken(table: &Json, rows: &[usize]) -> Json {
    let take = |column: &Json| {
        let mut column = column.clone();
        column["values"] = rows.iter().map(|&row| column["values"][row].clone()).collect();
        column
    };
    table.as_object().unwrap().iter().map(|(name, column)| (name.clone(), take(column))).collect::<Map<_, _>>().into()
}

/// Numbers below `n`, shuffled.
pub fn shuffled(draw: &Draw<'_>, n: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..n).collect();
    (1..n).for_each(|at| all.swap(at, draw.below(at + 1)));
    all
}
