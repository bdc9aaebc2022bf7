//! Charts: what they count, their order, colours and names, and which tables they refuse.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use cs_core::error::{Code, Result};
use cs_core::table::{Column, Table};
use cs_core::{Scorecard, chart};
use serde_json::{Value, json};

type Chart = fn(&Scorecard, &Table<'_>, Option<&str>) -> Result<Value>;

const CHANGE: [&str; 5] = ["cause", "item", "contribution", "before", "after"];
const FLOW: [&str; 3] = ["from", "to", "accounts"];
const PROJECTION: [&str; 5] = ["period", "tier", "accounts", "low", "high"];
const DRIVERS: [&str; 5] = ["tier", "next_tier", "item", "effect_size", "share_below"];
const EXPLANATION: [&str; 6] = ["item", "contribution", "points", "effective_weight", "state", "value"];

/// Every chart with the columns that it needs.
const CHARTS: [(Chart, &[&str]); 8] = [
    (chart::score_distribution, &["score", "tier"]),
    (chart::tier_shares, &["tier"]),
    (chart::contributions, &EXPLANATION),
    (chart::change_waterfall, &CHANGE),
    (chart::flow_matrix, &FLOW),
    (chart::flow_bars, &FLOW),
    (chart::projection, &PROJECTION),
    (chart::level_drivers, &DRIVERS),
];

/// Two items that read alike in English, and three tiers of which the last has its own colour.
fn card() -> Scorecard {
    let item = |id: &str, en: &str| json!({"id": id, "labels": {"en": en}, "curve": {"manual": {}}});
    let card = json!({
        "schema_version": 1, "scorecard": "demo", "labels": {"en": "Health", "ja": "健全度"},
        "dimensions": [
            {"id": "use", "items": [item("logins", "Activity"), item("seats", "Seats")]},
            {"id": "relation", "items": [item("calls", "Activity")]},
        ],
        "tiers": [
            {"id": "Lv1", "from": 0, "labels": {"en": "At risk", "ja": "要注意"}},
            {"id": "Lv2", "from": 40},
            {"id": "Lv3", "from": 65, "color": "#0000ff"},
        ],
    });
    Scorecard::from_json(&card.to_string()).unwrap()
}

/// A table of JSON rows: columns of numbers or of texts; null is NaN or the empty text.
struct Rows(Vec<(String, Cells)>);

enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

fn rows(names: &[&str], rows: &[Value]) -> Rows {
    let column = |(at, name): (usize, &&str)| {
        let cells = if rows.iter().any(|row| row[at].is_string()) {
            Cells::Texts(rows.iter().map(|row| row[at].as_str().unwrap_or_default().to_owned()).collect())
        } else {
            Cells::Numbers(rows.iter().map(|row| row[at].as_f64().unwrap_or(f64::NAN)).collect())
        };
        ((*name).to_owned(), cells)
    };
    Rows(names.iter().enumerate().map(column).collect())
}

impl Rows {
    fn table(&self) -> Table<'_> {
        Table::new(self.0.iter().map(|(name, cells)| match cells {
            Cells::Numbers(numbers) => (name.as_str(), Column::from(&numbers[..])),
            Cells::Texts(texts) => (name.as_str(), Column::from(&texts[..])),
        }))
        .unwrap()
    }
}

fn draw(chart: Chart, names: &[&str], lines: &[Value], language: Option<&str>) -> Value {
    chart(&card(), &rows(names, lines).table(), language).unwrap()
}

/// One field of all rows.
fn field(values: &Value, name: &str) -> Vec<Value> {
    values.as_array().unwrap().iter().map(|row| row[name].clone()).collect()
}

#[test]
fn every_chart_refuses_a_table_that_lacks_a_column() {
    for (chart, names) in CHARTS {
        for lacking in names {
            let others: Vec<&str> = names.iter().copied().filter(|name| name != lacking).collect();
            let error = chart(&card(), &rows(&others, &[]).table(), None).unwrap_err();
            assert_eq!((error.code(), error.context().column.as_deref()), (Code::UnknownColumn, Some(*lacking)));
        }
    }
}

#[test]
fn every_chart_has_a_picture_of_an_empty_table() {
    for (chart, names) in CHARTS {
        let picture = draw(chart, names, &[], Some("ja"));
        assert_eq!(picture["$schema"], "https://vega.github.io/schema/vega-lite/v6.json");
        let title = if picture["title"].is_object() { &picture["title"]["text"] } else { &picture["title"] };
        assert_eq!(title, "健全度");
        assert!(!picture.to_string().contains("NaN"), "{picture}");
    }
}

#[test]
fn infinity_is_refused() {
    let refused = |chart: Chart, names: &[&str], row: Value, column: &str| {
        let mut table = rows(names, &[row.clone(), row]);
        let cells = table.0.iter_mut().find(|(name, _)| name == column).map(|(_, cells)| cells);
        *cells.unwrap() = Cells::Numbers(vec![1.0, f64::INFINITY]);
        let error = chart(&card(), &table.table(), None).unwrap_err();
        assert_eq!((error.code(), &error.context().rows[..]), (Code::InfiniteValue, &[1][..]));
    };
    refused(chart::change_waterfall, &CHANGE, json!(["item_value", "logins", 1, "", ""]), "contribution");
    refused(chart::flow_matrix, &FLOW, json!(["Lv1", "Lv2", 1]), "accounts");
    refused(chart::flow_bars, &FLOW, json!(["Lv1", "Lv2", 1]), "accounts");
    refused(chart::projection, &PROJECTION, json!([1, "Lv1", 1, 1, 1]), "accounts");
    refused(chart::level_drivers, &DRIVERS, json!(["Lv1", "Lv2", "logins", 1, 1]), "effect_size");
}

#[test]
fn a_waterfall_runs_from_zero_to_the_whole_change() {
    let lines = [
        json!(["item_value", "seats", 2.5, "3", "5"]),
        json!(["item_value", "logins", -4, "9", "1"]),
        json!(["item_state", "calls", 8, "missing", "present"]),
        json!(["adjustment", "red_flag", -20, "", "cap 39"]),
        json!(["rounding", "", 0.5, "", ""]),
        json!(["status", "", null, "scored", "invalid"]),
    ];
    let picture = draw(chart::change_waterfall, &CHANGE, &lines, None);
    let bars = &picture["data"]["values"];
    let names = ["red_flag (adjustment)", "Activity (calls) (item state)", "Activity (logins)", "Seats", "rounding"];
    assert_eq!(field(bars, "line")[..5], names.map(Value::from));
    assert_eq!(field(bars, "start"), [0.0, -20.0, -12.0, -16.0, -13.5, 0.0].map(Value::from));
    assert_eq!(field(bars, "end"), [-20.0, -12.0, -16.0, -13.5, -13.0, -13.0].map(Value::from));
    assert_eq!(field(bars, "way"), ["down", "up", "down", "up", "up", "total"].map(Value::from));
    assert_eq!(field(bars, "next")[..5], field(bars, "line")[1..]);
    assert_eq!((&bars[3]["before"], &bars[3]["after"]), (&json!("3"), &json!("5")));
    assert_eq!(picture["encoding"]["y"]["sort"], Value::from(field(bars, "line")));
    let color = &picture["layer"][1]["encoding"]["color"]["scale"];
    assert_eq!(color["range"], json!(["#27ae60", "#c0392b", "#34495e"]));
    assert_eq!(picture["layer"][2]["encoding"]["text"]["format"], "+,.1f");
}

/// The flow of 20 accounts, and of four that entered.
fn flow() -> Vec<Value> {
    vec![
        json!(["Lv1", "Lv1", 4]),
        json!(["Lv1", "Lv3", 1]),
        json!(["Lv1", "left", 3]),
        json!(["Lv2", "Lv1", 2]),
        json!(["Lv2", "none", 2]),
        json!(["Lv3", "Lv3", 6]),
        json!(["Lv3", "none", 0]),
        json!(["none", "Lv2", 2]),
        json!(["entered", "Lv2", 4]),
    ]
}

#[test]
fn a_matrix_tells_moves_and_shares() {
    let picture = draw(chart::flow_matrix, &FLOW, &flow(), None);
    let cells = &picture["data"]["values"];
    let cell = |from: &str, to: &str| {
        let found = cells.as_array().unwrap().iter().find(|cell| cell["from"] == from && cell["to"] == to);
        let cell = found.unwrap_or_else(|| panic!("{from} to {to}"));
        json!([cell["accounts"], cell["share"], cell["move"]])
    };
    assert_eq!(cell("At risk", "At risk"), json!([4.0, 0.5, "stayed"]));
    assert_eq!(cell("At risk", "Lv3"), json!([1.0, 0.125, "promoted"]));
    assert_eq!(cell("At risk", "left"), json!([3.0, 0.375, "left"]));
    assert_eq!(cell("Lv2", "At risk"), json!([2.0, 0.5, "demoted"]));
    assert_eq!(cell("Lv3", "—"), json!([0.0, 0.0, "—"]));
    assert_eq!(cell("entered", "Lv2"), json!([4.0, 1.0, "entered"]));
    assert_eq!(cells.as_array().unwrap().len(), 9);
    let domain = |channel: &str| picture["encoding"][channel]["scale"]["domain"].clone();
    assert_eq!(domain("y"), json!(["At risk", "Lv2", "Lv3", "—", "entered"]));
    assert_eq!(domain("x"), json!(["At risk", "Lv2", "Lv3", "—", "left"]));
    let moves = &picture["layer"][0]["encoding"]["color"]["scale"];
    assert_eq!(moves["domain"], json!(["promoted", "stayed", "demoted", "entered", "left", "—"]));
    assert_eq!(moves["range"][0], "#27ae60");
    assert_eq!(moves["range"][2], "#c0392b");
}

#[test]
fn a_matrix_leaves_out_what_is_empty_beside_the_tiers_and_adds_up_cells_that_stand_twice() {
    let lines = [
        json!(["Lv1", "Lv1", 4]),
        json!(["Lv1", "Lv1", 1]),
        json!(["entered", "Lv1", 0]),
        json!(["Lv1", "left", 0]),
        json!(["Lv9", "Lv1", 5]),
    ];
    let picture = draw(chart::flow_matrix, &FLOW, &lines, Some("ja"));
    assert_eq!(picture["encoding"]["y"]["scale"]["domain"], json!(["要注意", "Lv2", "Lv3", "Lv9"]));
    assert_eq!(picture["encoding"]["x"]["scale"]["domain"], json!(["要注意", "Lv2", "Lv3"]));
    assert_eq!(field(&picture["data"]["values"], "accounts"), [5.0, 5.0].map(Value::from));
}

#[test]
fn ribbons_join_columns_of_one_size() {
    let picture = draw(chart::flow_bars, &FLOW, &flow(), None);
    let (places, ribbons) = (&picture["datasets"]["places"], &picture["datasets"]["ribbons"]);
    let names = ["entered", "—", "At risk", "Lv2", "Lv3", "left", "—", "At risk", "Lv2", "Lv3"];
    assert_eq!(field(places, "place"), names.map(Value::from));
    let accounts: Vec<f64> = field(places, "accounts").iter().map(|n| n.as_f64().unwrap()).collect();
    assert_eq!(accounts, [4.0, 2.0, 8.0, 4.0, 6.0, 3.0, 2.0, 6.0, 6.0, 7.0]);
    assert_eq!((accounts[..5].iter().sum(), accounts[5..].iter().sum()), (24.0, 24.0));
    assert_eq!(ribbons.as_array().unwrap().len(), 8, "none for nobody");
    // The ribbons of a place lie in it without gaps: from its lower end to its upper.
    for (end, key, column) in [("start", "from", 0..5), ("end", "to", 5..10)] {
        for place in column.map(|at| &places[at]) {
            let mut edge = place["y"].as_f64().unwrap();
            for ribbon in ribbons.as_array().unwrap().iter().filter(|ribbon| ribbon[key] == place["place"]) {
                assert!((ribbon[end].as_f64().unwrap() - edge).abs() < 1e-9, "{ribbon} at {edge}");
                edge += ribbon["accounts"].as_f64().unwrap();
            }
            assert!((edge - place["y2"].as_f64().unwrap()).abs() < 1e-9, "{place}");
        }
    }
    // 12 pixels between five places, beside the 300 of the accounts.
    assert_eq!(picture["height"], 348.0);
    let color = &picture["layer"][0]["encoding"]["color"]["scale"];
    assert_eq!(color["domain"], json!(["At risk", "Lv2", "Lv3", "—", "entered", "left"]));
    assert_eq!(color["range"][2], "#0000ff");
}

#[test]
fn columns_of_unequal_length_stand_in_the_middle() {
    let lines = [json!(["Lv1", "Lv1", 50]), json!(["Lv1", "Lv2", 50])];
    let picture = draw(chart::flow_bars, &FLOW, &lines, None);
    let places = &picture["datasets"]["places"];
    // The gap is 12 of 300 pixels for 100 accounts: 4, half of it below the one place before.
    assert_eq!(field(places, "y"), [2.0, 0.0, 54.0].map(Value::from));
    assert_eq!(field(places, "y2"), [102.0, 50.0, 104.0].map(Value::from));
    assert_eq!(picture["height"], 312.0);
}

#[test]
fn a_projection_has_lines_with_bands() {
    let lines = [
        json!([0, "Lv3", 10, 10, 10]),
        json!([0, "left", 0, 0, 0]),
        json!([1, "Lv3", 8, 6.5, 9.5]),
        json!([1, "left", 2, 0.5, null]),
        json!([null, "Lv1", 2, 0.5, 1]),
    ];
    let picture = draw(chart::projection, &PROJECTION, &lines, None);
    let values = &picture["data"]["values"];
    assert_eq!(field(values, "accounts"), [10.0, 0.0, 8.0, 2.0].map(Value::from));
    assert_eq!((&values[2]["low"], &values[2]["high"], &values[3]["high"]), (&json!(6.5), &json!(9.5), &Value::Null));
    let color = &picture["encoding"]["color"]["scale"];
    assert_eq!(color, &json!({"domain": ["Lv3", "left"], "range": ["#0000ff", "#95a5a6"]}));
}

#[test]
fn drivers_are_sorted_within_their_tier() {
    let lines = [
        json!(["Lv2", "Lv3", "seats", 0.1, 0.5]),
        json!(["Lv1", "Lv2", "logins", 0.2, 0.6]),
        json!(["Lv1", "Lv2", "calls", 0.7, 0.9]),
        json!(["Lv1", "Lv2", "seats", null, null]),
        json!(["Lv2", "Lv3", "calls", -0.25, 0.4]),
    ];
    let picture = draw(chart::level_drivers, &DRIVERS, &lines, None);
    let panels = &picture["vconcat"];
    assert_eq!(
        field(panels, "title"),
        [
            json!({"text": "At risk → Lv2", "anchor": "start", "fontSize": 12}),
            json!({"text": "Lv2 → Lv3", "anchor": "start", "fontSize": 12}),
        ]
    );
    assert_eq!(field(&panels[0]["data"]["values"], "item"), ["Activity (calls)", "Activity (logins)"].map(Value::from));
    assert_eq!(field(&panels[0]["data"]["values"], "share_below"), [0.9, 0.6].map(Value::from));
    assert_eq!(field(&panels[1]["data"]["values"], "effect_size"), [0.1, -0.25].map(Value::from));
    let bars = &panels[1]["layer"][0];
    assert_eq!(bars["mark"]["color"], "#e67e22");
    assert_eq!(bars["encoding"]["x"]["scale"]["domain"], json!([-0.3, 1.0]));
}

#[test]
fn contributions_name_lines_that_are_no_items() {
    let names = [&EXPLANATION[..], &["line"]].concat();
    let lines = [
        json!(["seats", 30, 60, 0.5, "present", "5", "item"]),
        json!(["red_flag", -6, null, null, "", "cap 24", "adjustment"]),
        json!(["", 1, null, null, "", "", "baseline"]),
    ];
    let picture = draw(chart::contributions, &names, &lines, None);
    assert_eq!(
        field(&picture["data"]["values"], "item"),
        ["Seats", "red_flag (adjustment)", "baseline"].map(Value::from)
    );
    assert_eq!(field(&picture["data"]["values"], "lost"), [json!(20.0), Value::Null, Value::Null]);
}

#[test]
fn names_that_read_alike_or_are_taken_have_their_id() {
    let tier = |id: &str, from: f64, en: &str| json!({"id": id, "from": from, "labels": {"en": en}});
    let card = json!({
        "schema_version": 1, "scorecard": "demo",
        "dimensions": [{"id": "d", "items": [{"id": "x", "curve": {"manual": {}}}]}],
        "tiers": [tier("a", 0.0, "low"), tier("b", 20.0, "low"), tier("c", 40.0, "left")],
    });
    let card = Scorecard::from_json(&card.to_string()).unwrap();
    let table = rows(&FLOW, &[json!(["c", "left", 1])]);
    let picture = chart::flow_matrix(&card, &table.table(), None).unwrap();
    assert_eq!(picture["encoding"]["x"]["scale"]["domain"], json!(["low (a)", "low (b)", "left (c)", "left"]));
    assert_eq!(picture["encoding"]["y"]["scale"]["domain"], json!(["low (a)", "low (b)", "left (c)"]));
}

// --- revenue ---------------------------------------------------------------------------------------------------------

const BRIDGE: [&str; 11] = [
    "period",
    "currency",
    "opening",
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "transfer",
    "fx",
    "closing",
];
const MOVES: [&str; 8] = ["period", "new", "reactivation", "expansion", "contraction", "churn", "transfer", "fx"];
const TRIANGLE: [&str; 5] = ["cohort", "age", "size", "retained", "retention"];
const RATES: [&str; 4] = ["to", "net_revenue_retention", "gross_revenue_retention", "logo_retention"];
const CALENDAR: [&str; 5] = ["contract", "due", "days_to_due", "lead_days", "amount"];

/// Every chart of revenue with the columns that it needs.
const REVENUE: [(&str, &[&str]); 6] = [
    ("bridge_waterfall", BRIDGE.split_at(2).1),
    ("mrr_movements", &MOVES),
    ("mrr_stack", &["period", "mrr"]),
    ("cohort_heat_map", &TRIANGLE),
    ("retention_lines", &RATES),
    ("renewal_calendar", &CALENDAR),
];

fn bridge() -> Vec<Value> {
    vec![
        json!(["2024-01", "USD", "100.00", "30.00", "0.00", "5.00", "0.00", "-20.00", "0.00", "0.00", "115.00"]),
        json!(["2024-02", "USD", "115.00", "0.00", "7.00", "0.00", "-2.00", "-10.00", "0.00", "0.00", "110.00"]),
    ]
}

#[test]
fn revenue_charts_need_their_columns_and_draw_nothing_of_nothing() {
    for (name, columns) in REVENUE {
        for missing in columns {
            let kept: Vec<&str> = columns.iter().filter(|column| *column != missing).copied().collect();
            let error = chart::revenue(name, &rows(&kept, &[]).table(), None).unwrap_err();
            assert_eq!(
                (error.code(), error.context().column.as_deref()),
                (Code::UnknownColumn, Some(*missing)),
                "{name}"
            );
        }
        let empty = chart::revenue(name, &rows(columns, &[]).table(), None).unwrap();
        assert!(empty["data"]["values"].is_array(), "{name}");
    }
    assert_eq!(chart::revenue("pie", &rows(&[], &[]).table(), None).unwrap_err().code(), Code::UnknownChoice);
}

#[test]
fn a_waterfall_runs_from_the_first_opening_to_the_last_closing() {
    let drawn = chart::bridge_waterfall(&rows(&BRIDGE, &bridge()).table(), None).unwrap();
    let bars = drawn["data"]["values"].as_array().unwrap();
    let lines: Vec<&str> = bars.iter().map(|bar| bar["line"].as_str().unwrap()).collect();
    assert_eq!(lines, ["opening", "new", "reactivation", "expansion", "contraction", "churn", "closing"]);
    // 100 + 30 + 7 + 5 − 2 − 30 = 110: each bar begins where the one before it ended.
    let ends: Vec<f64> = bars.iter().map(|bar| bar["end"].as_f64().unwrap()).collect();
    assert_eq!(ends, [100.0, 130.0, 137.0, 142.0, 140.0, 110.0, 110.0]);
    let starts: Vec<f64> = bars.iter().map(|bar| bar["start"].as_f64().unwrap()).collect();
    assert_eq!(starts, [0.0, 100.0, 130.0, 137.0, 142.0, 140.0, 0.0]);
    assert_eq!(drawn["title"], "Where the MRR went, 2024-01 – 2024-02");
    let japanese = chart::bridge_waterfall(&rows(&BRIDGE, &bridge()).table(), Some("ja")).unwrap();
    assert_eq!(japanese["data"]["values"][5]["line"], "解約");
}

#[test]
fn a_waterfall_is_of_one_currency() {
    let mut lines = bridge();
    lines[1][1] = json!("EUR");
    let error = chart::bridge_waterfall(&rows(&BRIDGE, &lines).table(), None).unwrap_err();
    assert_eq!((error.code(), &error.context().rows[..]), (Code::MixedCurrencies, &[1][..]));
    // Movements get a panel for each.
    let drawn = chart::mrr_movements(&rows(&BRIDGE, &lines).table(), None).unwrap();
    assert_eq!(drawn["encoding"]["row"]["field"], "currency");
}

#[test]
fn movements_that_are_nothing_are_left_out_and_amounts_must_be_numbers() {
    let drawn = chart::mrr_movements(&rows(&BRIDGE, &bridge()).table(), None).unwrap();
    assert_eq!(drawn["data"]["values"].as_array().unwrap().len(), 6);
    let mut lines = bridge();
    lines[1][3] = json!("many");
    let error = chart::mrr_movements(&rows(&BRIDGE, &lines).table(), None).unwrap_err();
    assert_eq!((error.code(), error.context().column.as_deref()), (Code::InvalidAmount, Some("new")));
}
