//! Cards that are as costly as the limits let them be.

use serde_json::{Value as Json, json};

/// The cards by name.
pub fn cards() -> Vec<(&'static str, Json)> {
    let variants = |count: usize| -> Vec<Json> {
        let variant = |number| json!({"id": format!("v{number}"), "when": {"column": "n", "eq": number}});
        (0..count).map(variant).collect()
    };
    let long = |number: usize| format!("x{number:_>63}");
    let days = |number: usize| json!({"recency": {"half_life_days": 1 + number}});
    let with = |mut card: Json, field: &str, value: Json| {
        card[field] = value;
        card
    };
    let words = |count: usize| -> Vec<Json> { (0..count).map(|word| json!(format!("word number {word}"))).collect() };
    let asks = |words: Vec<Json>| json!({"column": "t", "in": words});
    let deep = (0..29).fold(json!({"column": "n", "ge": 5}), |inner, level| match level % 3 {
        0 => json!({ "not": inner }),
        1 => json!({ "all": [inner] }),
        _ => json!({ "any": [inner] }),
    });
    let wide: Vec<Json> = (0..10_000).map(|n| json!({"column": "n", "ge": n})).collect();
    let adjustment = |number: usize| {
        let parts: Vec<Json> = (0..450).map(|n| json!({"column": "n", "ge": n})).collect();
        json!({"id": format!("a{number}"), "when": {"all": parts}, "add": 1, "reason": {"en": "big"}})
    };
    let knots: Vec<[f64; 2]> = (0..9_000).map(|n| [f64::from(n), f64::from(n) / 9_000.0]).collect();
    let segments: serde_json::Map<String, Json> = ["default", "a", "b", "c", "d", "e", "f"]
        .map(|segment| (segment.to_owned(), json!(knots)))
        .into_iter()
        .collect();
    let ranks = json!({"quantile": {"by": "t", "fitted": segments}});
    let points: Vec<[f64; 2]> = (0..9_500).map(|n| [f64::from(n), f64::from(n % 100)]).collect();
    let categories: serde_json::Map<String, Json> =
        (0..9_500).map(|word| (format!("word number {word}"), json!(word % 100))).collect();
    let categories =
        categories.into_iter().chain([("default".to_owned(), json!(0))]).collect::<serde_json::Map<_, _>>();
    let nested = (0..7).fold(
        json!({"id": "g7", "items": [item("x".into(), manual())]}),
        |inner, level| json!({"id": format!("g{level}"), "dimensions": [inner], "aggregate": "geometric"}),
    );
    let asking = |number: usize, count: usize| {
        let mut item = item(format!("x{number}"), json!({"points": [[0, 0], [9, 100]]}));
        item["applies_when"] = asks(words(count));
        item
    };
    vec![
        (
            "items and variants",
            with(card((0..10_000).map(|n| item(long(n), days(n))).collect()), "variants", variants(20).into()),
        ),
        (
            "conditions and variants",
            with(card((0..19).map(|n| asking(n, 9_500)).collect()), "variants", variants(9).into()),
        ),
        (
            "categories and variants",
            with(
                card((0..19).map(|n| item(format!("x{n}"), json!({"map": categories}))).collect()),
                "variants",
                variants(9).into(),
            ),
        ),
        (
            "points and variants",
            with(
                card((0..6).map(|n| item(format!("x{n}"), json!({"points": points}))).collect()),
                "variants",
                variants(9).into(),
            ),
        ),
        ("ranks and variants", with(card(vec![item("x".into(), ranks)]), "variants", variants(9).into())),
        ("a deep condition", with(card(vec![item("x".into(), manual())]), "frozen_when", deep)),
        ("a wide condition", with(card(vec![item("x".into(), manual())]), "frozen_when", json!({ "all": wide }))),
        (
            "100 adjustments",
            with(card(vec![item("x".into(), manual())]), "adjustments", (0..100).map(adjustment).collect()),
        ),
        ("nested dimensions", with(card(vec![item("y".into(), manual())]), "dimensions", json!([nested]))),
        (
            "200 dimensions",
            with(
                card(vec![]),
                "dimensions",
                (0..200)
                    .map(|n| json!({"id": format!("g{n}"), "aggregate": "min", "items": [item(long(n), manual())]}))
                    .collect(),
            ),
        ),
    ]
}

fn manual() -> Json {
    json!({"manual": {}})
}

fn item(id: String, curve: Json) -> Json {
    let column = if curve.get("map").is_some() { "t" } else { "n" };
    json!({"id": id, "source": {"column": column}, "curve": curve})
}

fn card(items: Vec<Json>) -> Json {
    json!({"schema_version": 1, "scorecard": "hostile", "account": "account",
        "dimensions": [{"id": "g", "items": items}], "tiers": [{"id": "low", "from": 0}, {"id": "high", "from": 50}]})
}
