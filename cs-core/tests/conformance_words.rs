//! Runs the vectors of single figures, `vectors/money` and `vectors/calendar`; see `vectors/README.md`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cs_core::Error;
use cs_core::scalar::call;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const FIELDS: [&str; 5] = ["name", "call", "options", "expect", "only"];

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    files
}

/// Whether a value is what is expected: numbers to the bit, or within a tolerance where one is stated.
fn same(found: &Value, wanted: &Value, tolerance: Option<f64>) -> bool {
    match (found, wanted) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, tolerance)),
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            tolerance.map_or(a.to_bits() == b.to_bits(), |tolerance| (a - b).abs() <= tolerance)
        }
        _ => found == wanted,
    }
}

fn compare_error(wanted: &Value, error: &Error) -> Result<(), String> {
    let context = error.context();
    let codes: Vec<&str> = error.issues().iter().map(|issue| issue.code.as_str()).collect();
    let found = json!({"code": error.code().as_str(), "kind": error.kind().as_str(), "path": context.path, "codes": codes,
        "value": context.value, "expected": context.expected, "help": context.help});
    for (key, wanted) in wanted.as_object().unwrap() {
        if &found[key] != wanted {
            return Err(format!("error {key}: expected {wanted}, got {} ({error})", found[key]));
        }
    }
    Ok(())
}

fn run(case: &Value) -> Result<(), String> {
    if let Some(strange) = case.as_object().unwrap().keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(format!("unknown field {strange}"));
    }
    let expect = &case["expect"];
    let found = call(case["call"].as_str().unwrap(), &case["options"]);
    match (expect.get("value"), expect.get("error"), found) {
        (Some(wanted), None, Ok(found)) => {
            let tolerance = expect.get("tolerance").and_then(Value::as_f64);
            let right = same(&found, wanted, tolerance);
            right.then_some(()).ok_or_else(|| format!("expected {wanted}, got {found}"))
        }
        (None, Some(wanted), Err(error)) => compare_error(wanted, &error),
        (Some(_), None, Err(error)) => Err(format!("unexpected error: {error}")),
        (None, Some(wanted), Ok(found)) => Err(format!("expected the error {wanted}, got {found}")),
        _ => Err("a case expects either `value` or `error`".into()),
    }
}

#[test]
fn vectors_of_figures_hold() {
    let (mut failures, mut names, mut calls) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for file in ["money", "calendar"].into_iter().flat_map(files) {
        let place = file.file_name().unwrap().to_string_lossy().into_owned();
        let vectors: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        assert!(vectors["about"].is_string(), "{place} says what it is about");
        for case in vectors["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            assert!(names.insert(format!("{place}: {name}")), "{place}: two cases are called {name:?}");
            calls.insert(case["call"].as_str().unwrap().to_owned());
            if case.get("only").is_some_and(|only| !only.as_array().unwrap().contains(&json!("rust"))) {
                continue;
            }
            if let Err(failure) = run(case) {
                failures.push(format!("{place}: {name}: {failure}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {} fail:\n{}", failures.len(), names.len(), failures.join("\n"));
    let known = [
        "add_months",
        "annual_churn",
        "currency_exponent",
        "monthly_amount",
        "monthly_churn",
        "period_of",
        "periods",
        "round_money",
        "split_money",
    ];
    assert!(known.iter().all(|name| calls.contains(*name)), "some figure has no vector: {calls:?}");
}
