//! What a flow cannot be made of: results, tiers, options and JSON that are in error.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use cs_core::error::Code;
use cs_core::health::{Flow, FlowOptions, ProjectOptions, Start};
use cs_core::table::{Column, Table};
use serde_json::{Value as Json, json};

const TIERS: [&str; 3] = ["Lv1", "Lv2", "Lv3"];

fn tiers(count: usize) -> Vec<String> {
    TIERS[..count].iter().map(ToString::to_string).collect()
}

/// A result: accounts with their tier and their value.
fn side<'a>(accounts: &'a [i64], tiers: &'a [&'a str], values: &'a [f64]) -> Table<'a> {
    Table::new([("id", Column::from(accounts)), ("tier", Column::from(tiers)), ("mrr", Column::from(values))]).unwrap()
}

/// Of two accounts in Lv1, one rises and one leaves; with values.
fn valued() -> Flow {
    let before = side(&[1, 2], &["Lv1", "Lv1"], &[10.0, 20.0]);
    let after = side(&[1], &["Lv2"], &[15.0]);
    Flow::from_results(&tiers(2), &[before], &[after], &FlowOptions::new("id").value("mrr")).unwrap()
}

/// The same without values.
fn counted() -> Flow {
    let before = side(&[1, 2], &["Lv1", "Lv1"], &[10.0, 20.0]);
    Flow::from_results(&tiers(2), &[before], &[side(&[1], &["Lv2"], &[15.0])], &FlowOptions::new("id")).unwrap()
}

fn code_of(before: &Table<'_>, after: &Table<'_>, options: &FlowOptions) -> (Code, Option<String>, Vec<u64>) {
    let result = Flow::from_results(&tiers(3), std::slice::from_ref(before), std::slice::from_ref(after), options);
    let error = result.unwrap_err();
    (error.code(), error.context().path.clone(), error.context().rows.clone())
}

#[test]
fn bad_results_are_errors_with_rows() {
    let options = FlowOptions::new("id").value("mrr");
    let good = side(&[1, 2], &["Lv1", "Lv2"], &[1.0, 2.0]);
    let twice = side(&[1, 2, 1], &TIERS, &[1.0; 3]);
    let path = |role: &str| Some(role.to_owned());
    assert_eq!(code_of(&twice, &good, &options), (Code::DuplicateAccount, path("before"), vec![2]));
    assert_eq!(code_of(&good, &twice, &options), (Code::DuplicateAccount, path("after"), vec![2]));
    let infinite = side(&[1, 2], &["Lv1", "Lv2"], &[1.0, f64::NEG_INFINITY]);
    assert_eq!(code_of(&good, &infinite, &options), (Code::InfiniteValue, path("after"), vec![1]));
    let huge = side(&[1, 2], &["Lv1", "Lv1"], &[f64::MAX, f64::MAX]);
    assert_eq!(code_of(&huge, &side(&[], &[], &[]), &options).0, Code::InfiniteValue);
    let unknown = ["Lv1", "lv2", "gold", "lv2"];
    let ids = [1.0, 2.0, 3.0, 4.0];
    let table = Table::new([("id", Column::from(&ids[..])), ("tier", Column::from(&unknown[..]))]).unwrap();
    let plain = FlowOptions::new("id");
    assert_eq!(code_of(&table, &good, &plain), (Code::UnknownTier, path("before"), vec![1, 2, 3]));
    assert_eq!(code_of(&good, &table, &options).0, Code::UnknownColumn, "no `mrr` there");
    assert_eq!(code_of(&good, &good, &FlowOptions::new("account")).0, Code::UnknownColumn);
    let texts = Table::new([("id", Column::from(&["1", "2"][..])), ("tier", Column::from(&["Lv1", "Lv1"][..]))]);
    assert_eq!(code_of(&good, &texts.unwrap(), &plain).0, Code::WrongColumnType);
    let numbers = Table::new([("id", Column::from(&ids[..])), ("tier", Column::from(&ids[..]))]).unwrap();
    assert_eq!(code_of(&good, &numbers, &plain).0, Code::WrongColumnType);
    let null = Table::new([("id", Column::from(&[1.0, f64::NAN][..])), ("tier", Column::from(&["Lv1", "Lv1"][..]))]);
    assert_eq!(code_of(&null.unwrap(), &good, &plain), (Code::NullAccount, path("before"), vec![1]));
    // A column of nulls has no type; a frame may make floats of it.
    let nulls = [f64::NAN; 4];
    let untiered = Table::new([("id", Column::from(&ids[..])), ("tier", Column::from(&nulls[..]))]).unwrap();
    let flow = Flow::from_results(&tiers(3), &[good], &[untiered], &plain).unwrap();
    assert_eq!((flow.accounts("Lv1", "none"), flow.accounts("entered", "none")), (Some(1), Some(2)));
    assert_eq!(flow.accounts("left", "none"), None);
}

#[test]
fn tiers_and_options_are_checked() {
    let code = |tiers: &[&str]| {
        let tiers: Vec<String> = tiers.iter().map(ToString::to_string).collect();
        Flow::from_results(&tiers, &[], &[], &FlowOptions::new("id")).unwrap_err().code()
    };
    assert_eq!(code(&[]), Code::EmptyList);
    assert_eq!(code(&["a"; 13]), Code::TooManyEntries);
    assert_eq!(code(&["a", "b", "a"]), Code::DuplicateId);
    assert_eq!(code(&["a", "left"]), Code::ReservedId);
    let code = |value: Json| FlowOptions::from_value(&value).unwrap_err().code();
    assert_eq!(code(json!({"account": 1})), Code::WrongType);
    assert_eq!(code(json!({"account": "id", "valeu": "mrr"})), Code::UnknownField);
    assert_eq!(code(json!([])), Code::WrongType);
    // A card may name the account column; without one the options must.
    let nameless = Flow::from_results(&tiers(1), &[], &[], &FlowOptions::from_value(&json!({})).unwrap()).unwrap_err();
    assert_eq!((nameless.code(), nameless.context().path.as_deref()), (Code::MissingField, Some("account")));
    let options = FlowOptions::from_value(&json!({"account": "id", "value": "mrr", "value_before": null})).unwrap();
    assert_eq!(options, FlowOptions::new("id").value("mrr"));
    let options = FlowOptions::from_value(&json!({"account": "id", "value_after": "mrr"})).unwrap();
    assert_eq!((options.value_before, options.value_after.as_deref()), (None, Some("mrr")));
    let code = |value: Json| ProjectOptions::from_value(&value).unwrap_err().code();
    assert_eq!(code(json!({"interval": 1})), Code::NumberOutOfRange);
    assert_eq!(code(json!({"interval": "wide"})), Code::WrongType);
    assert_eq!(code(json!({"entering": 1})), Code::WrongType);
    assert_eq!(code(json!({"enter": true})), Code::UnknownField);
    assert_eq!(code(json!({"start": "today"})), Code::UnknownChoice);
    let opening = ProjectOptions { start: Start::Opening, ..ProjectOptions::default() };
    assert_eq!(ProjectOptions::from_value(&json!({"start": "opening"})).unwrap(), opening);
    let flow = valued();
    for interval in [0.0, 1.0, -3.0, f64::NAN] {
        let options = ProjectOptions { interval, ..ProjectOptions::default() };
        assert_eq!(flow.project(1, &options).unwrap_err().code(), Code::NumberOutOfRange);
    }
    assert_eq!(flow.project(1001, &ProjectOptions::default()).unwrap_err().code(), Code::NumberOutOfRange);
}

#[test]
fn only_flows_of_one_kind_merge() {
    let error = valued().merge(&Flow::from_results(&tiers(1), &[], &[], &FlowOptions::new("id")).unwrap()).unwrap_err();
    assert_eq!((error.code(), error.context().path.as_deref()), (Code::UnknownTier, Some("tiers")));
    assert_eq!(valued().merge(&counted()).unwrap_err().code(), Code::MissingField);
    let twice = valued().with_card_hash("a").merge(&valued().with_card_hash("a")).unwrap();
    assert_eq!((twice.card_hash(), twice.accounts("Lv1", "Lv2")), ("a", Some(2)));
    assert_eq!(valued().with_card_hash("a").merge(&valued()).unwrap().card_hash(), "");
}

#[test]
fn json_that_is_no_flow() {
    let code = |text: &str| Flow::from_json(text).unwrap_err().code();
    let with =
        |moves: &str| format!(r#"{{"schema_version": 1, "tiers": ["Lv1"], "value_before": true, "moves": [{moves}]}}"#);
    assert_eq!(code("{"), Code::DocumentSyntax);
    assert_eq!(code("{}"), Code::MissingField);
    assert_eq!(code(r#"{"schema_version": 2, "tiers": ["Lv1"], "moves": []}"#), Code::UnsupportedSchemaVersion);
    assert_eq!(code(r#"{"schema_version": 1, "tiers": ["none"], "moves": []}"#), Code::ReservedId);
    let cell = r#"{"from": "Lv1", "to": "left", "accounts": 2, "value_before": [3, 0]}"#;
    assert_eq!(code(&with(&format!("{cell}, {cell}"))), Code::DuplicateId);
    assert_eq!(code(&with(r#"{"from": "Lv1", "to": "left", "accounts": 2}"#)), Code::MissingField);
    assert_eq!(code(&with(&cell.replace('2', "2.5"))), Code::WrongType);
    assert_eq!(code(&with(&cell.replace('2', "-2"))), Code::NumberOutOfRange);
    assert_eq!(code(&with(&cell.replace("left", "entered"))), Code::UnknownTier);
    assert_eq!(code(&with(&cell.replace("Lv1", "entered"))), Code::UnknownChoice);
    assert_eq!(code(&with(&cell.replace("}", r#", "value_after": [1, 0]}"#))), Code::UnknownField);
    assert_eq!(code(&with(&cell.replace("[3, 0]", "[1e308, 1e308]"))), Code::InfiniteValue);
    // Serde reads and writes the same.
    let flow = valued();
    let text = serde_json::to_string(&flow).unwrap();
    assert_eq!(text, flow.to_json());
    assert_eq!(serde_json::from_str::<Flow>(&text).unwrap(), flow);
    let error = serde_json::from_str::<Flow>(r#"{"schema_version": 1}"#).unwrap_err();
    assert!(error.to_string().contains("missing_field"), "{error}");
}
