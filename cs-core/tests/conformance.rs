//! Runs the conformance vectors; see `vectors/README.md`.
//!
//! With `VECTORS_WRITE=1` expected numbers that agree with the computed ones to 1e-12 are rewritten to
//! their last bit; anything further off stays an error.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Holder, options_of};
use cs_core::health::{Book, FlowOptions, Operation, ProjectOptions};
use cs_core::table::Tables;
use cs_core::table::{ResultColumn, ResultTable, Table};
use cs_core::{Error, Scorecard};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const ABOUT: [&str; 16] = [
    "name",
    "card",
    "card_text",
    "preset",
    "template",
    "fitted",
    "other",
    "call",
    "table",
    "tables",
    "previous",
    "overrides",
    "options",
    "readings",
    "expect",
    "only",
];

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/health");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    files
}

fn load(case: &Value) -> Result<Scorecard, Error> {
    if let Some(name) = case["preset"].as_str() {
        return fitted(Scorecard::preset(name)?, &case["fitted"]);
    }
    if let Some(name) = case["template"].as_str() {
        return Scorecard::template(name);
    }
    match &case["card_text"] {
        Value::Null => Scorecard::from_value(&case["card"]),
        text => {
            let body = text["text"].as_str().unwrap();
            match text["format"].as_str().unwrap() {
                "json" => Scorecard::from_json(body),
                "yaml" => Scorecard::from_yaml(body),
                "toml" => Scorecard::from_toml(body),
                other => panic!("unknown format {other}"),
            }
        }
    }
}

/// The card with these knots in the `quantile` curves of its items.
fn fitted(card: Scorecard, knots: &Value) -> Result<Scorecard, Error> {
    let Some(knots) = knots.as_object() else { return Ok(card) };
    let mut document: Value = serde_json::from_str(card.to_json()).unwrap();
    for dimension in document["dimensions"].as_array_mut().unwrap() {
        for item in dimension["items"].as_array_mut().unwrap() {
            if let Some(knots) = knots.get(item["id"].as_str().unwrap()) {
                item["curve"]["quantile"]["fitted"] = knots.clone();
            }
        }
    }
    Scorecard::from_value(&document)
}

/// A cell of the tables that were given, through which rows count.
fn input(tables: &[Table<'_>], name: &str, row: usize) -> Option<String> {
    let mut row = row;
    for table in tables {
        if row < table.rows() {
            return table.column(name).unwrap().display(row);
        }
        row -= table.rows();
    }
    panic!("no row {row} in what was given")
}

/// A column of a result as JSON, the account read from the tables that were given.
fn values(result: &ResultTable, tables: &[Table<'_>], name: &str) -> Result<Value, String> {
    let column = result.column(name).ok_or_else(|| format!("no result column {name}"))?;
    let cell = |row| match column {
        ResultColumn::Input { column, rows } => json!(input(tables, column, rows.row(row))),
        _ => column.json(row).unwrap(),
    };
    Ok((0..result.rows()).map(cell).collect())
}

fn same_bits(a: &Value, b: &Value) -> bool {
    match (a.as_array(), b.as_array()) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_bits(a, b)),
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.to_bits() == b.to_bits(),
            _ => a == b,
        },
    }
}

fn nearly(a: &Value, b: &Value) -> bool {
    match (a.as_array(), b.as_array()) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| nearly(a, b)),
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(1.0),
            _ => a == b,
        },
    }
}

/// Compares the columns that are expected; rewrites their last bits when asked.
fn compare(expected: &mut Value, result: &ResultTable, tables: &[Table<'_>], write: bool) -> Result<(), String> {
    for (name, wanted) in expected.as_object_mut().unwrap() {
        let got = values(result, tables, name)?;
        if same_bits(&got, wanted) {
            continue;
        }
        if write && nearly(&got, wanted) {
            *wanted = got;
            continue;
        }
        return Err(format!("column {name}: expected {wanted}, got {got}"));
    }
    Ok(())
}

fn compare_error(expected: &Value, error: &Error) -> Result<(), String> {
    let context = error.context();
    let codes: Vec<&str> = error.issues().iter().map(|issue| issue.code.as_str()).collect();
    let got = json!({
        "code": error.code().as_str(), "kind": error.kind().as_str(), "column": context.column, "item": context.item,
        "path": context.path, "rows": context.rows, "row_count": context.row_count, "codes": codes,
        "value": context.value, "expected": context.expected, "help": context.help,
    });
    for (key, wanted) in expected.as_object().unwrap() {
        if &got[key] != wanted {
            return Err(format!("error {key}: expected {wanted}, got {} ({error})", got[key]));
        }
    }
    Ok(())
}

/// Every way to score a table gives the same bits.
fn same_in_every_way(card: &Scorecard, case: &Value, table: &Table<'_>) -> Result<(), String> {
    let options = options_of(&case["options"]).unwrap();
    if options.select.is_some() || options.rows.is_some() || table.rows() == 0 {
        return Ok(());
    }
    let all = card.score(table, &options).map_err(|e| e.to_string())?;
    let mut threads = options.clone();
    threads.threads = 2;
    if card.score(table, &threads).map_err(|e| e.to_string())? != all {
        return Err("two threads give another result".into());
    }
    let rows: Vec<Holder> = (0..table.rows()).map(|row| Holder::of_row(&case["table"], row)).collect();
    let batches: Vec<Table<'_>> = rows.iter().map(Holder::table).collect();
    let batched = card.score_batches(&batches, &options).map_err(|e| e.to_string())?;
    if batched != all {
        return Err(format!("row by row: {batched:?}, at once: {all:?}"));
    }
    for row in 0..table.rows() {
        one_by_one(card, &options, table, &all, row)?;
    }
    Ok(())
}

fn one_by_one(
    card: &Scorecard,
    options: &cs_core::ScoreOptions,
    table: &Table<'_>,
    all: &ResultTable,
    row: usize,
) -> Result<(), String> {
    let names: Vec<String> =
        card.columns().into_iter().map(|c| options.columns.get(c).cloned().unwrap_or_else(|| c.to_owned())).collect();
    let Some(texts) = common::row_values(table, &names, row, options.zone) else { return Ok(()) };
    let row_values: Vec<cs_core::table::Value<'_>> = texts.iter().map(common::OwnedValue::value).collect();
    let mut scorer = card.scorer(options).map_err(|e| e.to_string())?;
    let one = scorer.score(&row_values).map_err(|e| e.to_string())?;
    let mut pairs = vec![("score", json!(one.score)), ("status", json!(one.status)), ("coverage", json!(one.coverage))];
    if all.column("tier").is_some() {
        pairs.push(("tier", json!(one.tier)));
    }
    pairs.extend(one.dimensions().map(|(id, score)| (id, json!(score))));
    for (name, got) in pairs {
        let wanted = all.column(name).unwrap().json(row).unwrap();
        if !same_bits(&got, &wanted) {
            return Err(format!("row {row} alone: {name} is {got}, at once it is {wanted}"));
        }
    }
    Ok(())
}

/// The content hashes of the cards of a case: its own, and that of the other.
struct Hashes {
    own: String,
    other: String,
}

impl Hashes {
    fn of(case: &Value) -> Self {
        let hash = |card: Result<Scorecard, Error>| card.map_or(String::new(), |card| card.hash().to_owned());
        let other = case.get("other").map_or(String::new(), |other| hash(Scorecard::from_value(other)));
        Self { own: hash(load(case)), other }
    }

    /// Puts them where a vector says `$hash` and `$other_hash`.
    fn put(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text == "$hash" => json!(self.own),
            Value::String(text) if text == "$other_hash" => json!(self.other),
            Value::Array(list) => list.iter().map(|v| self.put(v)).collect(),
            Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), self.put(v))).collect()),
            other => other.clone(),
        }
    }
}

/// Whether a vector names a hash, so that what is expected cannot be rewritten.
fn names_hash(expect: &Value) -> bool {
    let text = expect.to_string();
    text.contains("$hash") || text.contains("$other_hash")
}

/// The tables of a call by role, in batches of so many rows; all at once where that is not given.
fn roles(case: &Value, batch: Option<usize>) -> Vec<(String, Vec<Holder>)> {
    let none = serde_json::Map::new();
    let tables = case["tables"].as_object().unwrap_or(&none);
    let cut = |table: &Value| match (batch, rows_of(table)) {
        (Some(batch), rows) if rows > 0 => {
            (0..rows).step_by(batch).map(|from| Holder::of_rows(table, from..rows.min(from + batch))).collect()
        }
        _ => vec![Holder::of(table)],
    };
    tables.iter().map(|(role, table)| (role.clone(), cut(table))).collect()
}

fn rows_of(table: &Value) -> usize {
    let first = table.as_object().and_then(|columns| columns.values().next());
    first.map_or(0, |column| column["values"].as_array().unwrap().len())
}

/// One of the tables of a flow.
fn flow(card: &Scorecard, tables: &Tables<'_>, options: &Value) -> Result<ResultTable, Error> {
    let mut counting = options.as_object().unwrap().clone();
    let (of_table, periods) = (counting.remove("table"), counting.remove("periods"));
    let mut projecting = serde_json::Map::new();
    for name in ["interval", "entering", "start"] {
        projecting.extend(counting.remove(name).map(|value| (name.to_owned(), value)));
    }
    let counting = FlowOptions::from_value(&Value::Object(counting))?;
    let flow = card.tier_flow(tables.get("before"), tables.get("after"), &counting)?;
    match of_table.as_ref().and_then(Value::as_str) {
        Some("matrix") => Ok(flow.matrix()),
        Some("summary") => Ok(flow.summary()),
        Some("steady") => Ok(flow.steady()),
        Some("project") => {
            let periods = periods.and_then(|periods| periods.as_u64()).expect("periods") as usize;
            flow.project(periods, &ProjectOptions::from_value(&Value::Object(projecting))?)
        }
        other => panic!("a flow has no table {other:?}"),
    }
}

/// A case of fitting: the card that comes out, by its hash; in batches the same.
fn fit(case: &Value) -> Result<(), String> {
    let options = options_of(&case["options"]);
    for batch in [None, Some(1)] {
        let holders = roles(case, batch);
        let data: Vec<Table<'_>> = holders.iter().flat_map(|(_, list)| list.iter().map(Holder::table)).collect();
        let card = load(case).and_then(|card| card.fit(&data, options.as_ref().map_err(Clone::clone)?));
        match (card, case["expect"].get("error")) {
            (Err(error), Some(wanted)) => compare_error(wanted, &error)?,
            (Err(error), None) => return Err(error.to_string()),
            (Ok(card), Some(wanted)) => return Err(format!("expected the error {wanted}, got {}", card.to_json())),
            (Ok(card), None) => {
                let wanted = Scorecard::from_value(&case["expect"]["card"]).map_err(|e| e.to_string())?;
                if wanted.hash() != card.hash() {
                    return Err(format!("expected {}, got {}", wanted.to_json(), card.to_json()));
                }
            }
        }
    }
    Ok(())
}

/// Runs an operation with tables by role, and hands on the result and the tables through which its rows count.
fn call<T>(case: &Value, batch: Option<usize>, then: impl FnOnce(Result<ResultTable, Error>, &[Table<'_>]) -> T) -> T {
    let holders = roles(case, batch);
    let tables: Vec<(String, Vec<Table<'_>>)> =
        holders.iter().map(|(role, list)| (role.clone(), list.iter().map(Holder::table).collect())).collect();
    let tables = Tables::new(tables);
    let counted: Vec<Table<'_>> =
        ["data", "before", "after"].iter().flat_map(|role| tables.get(role).to_vec()).collect();
    let options = if case["options"].is_null() { json!({}) } else { case["options"].clone() };
    let result = load(case).and_then(|card| {
        let other = case.get("other").map(Scorecard::from_value).transpose()?;
        match case["call"].as_str().unwrap() {
            "flow" => flow(&card, &tables, &options),
            name => card.run(Operation::parse(name)?, other.as_ref(), &tables, &options),
        }
    });
    then(result, &counted)
}

/// A case that names its operation.
fn called(case: &Value, expect: &mut Value, write: bool) -> Result<(), String> {
    let whole = call(case, None, |outcome, tables| match (outcome, expect.get("error").cloned()) {
        (Err(error), Some(wanted)) => compare_error(&wanted, &error).map(|()| None),
        (Err(error), None) => Err(error.to_string()),
        (Ok(_), Some(wanted)) => Err(format!("expected the error {wanted}, got a result")),
        (Ok(result), None) => {
            check_columns(expect, &result)?;
            compare(expect.get_mut("result").expect("result"), &result, tables, write)?;
            Ok(Some(result))
        }
    })?;
    let Some(whole) = whole else { return Ok(()) };
    call(case, Some(1), |outcome, _| match outcome {
        Ok(batched) if batched == whole => Ok(()),
        Ok(batched) => Err(format!("row by row: {batched:?}, at once: {whole:?}")),
        Err(error) => Err(format!("row by row: {error}")),
    })
}

/// A table that a case may give beside its data.
fn beside(case: &Value, role: &str) -> Option<Holder> {
    case.get(role).map(Holder::of)
}

/// One reading: what `expect` says of a card and its tables.
fn reading(card: &Value, case: &Value, expect: &mut Value, write: bool) -> Result<(), String> {
    let holder = Holder::of(&case["table"]);
    let table = holder.table();
    let (previous, overrides) = (beside(case, "previous"), beside(case, "overrides"));
    let previous: Vec<Table<'_>> = previous.iter().map(Holder::table).collect();
    let overrides: Vec<Table<'_>> = overrides.iter().map(Holder::table).collect();
    let book = Book::new(std::slice::from_ref(&table)).with_previous(&previous).with_overrides(&overrides);
    let outcome = load(card).and_then(|card| {
        let options = options_of(&case["options"])?;
        let explain = expect.get("explanation").is_some();
        let result = if explain { card.explain_book(book, &options) } else { card.score_book(book, &options) };
        Ok((result?, card))
    });
    match (outcome, expect.get("error").cloned()) {
        (Err(error), Some(wanted)) => compare_error(&wanted, &error),
        (Err(error), None) => Err(error.to_string()),
        (Ok(_), Some(wanted)) => Err(format!("expected the error {wanted}, got a result")),
        (Ok((result, card)), None) => {
            check_columns(expect, &result)?;
            match expect.get_mut("explanation") {
                Some(wanted) => compare(wanted, &result, std::slice::from_ref(&table), write),
                None => {
                    let wanted = expect.get_mut("scores").expect("scores");
                    compare(wanted, &result, std::slice::from_ref(&table), write)?;
                    if previous.is_empty() && overrides.is_empty() {
                        same_in_every_way(&card, case, &table)?;
                    }
                    Ok(())
                }
            }
        }
    }
}

fn check_columns(expect: &Value, result: &ResultTable) -> Result<(), String> {
    let Some(columns) = expect.get("columns") else { return Ok(()) };
    let got: Vec<&str> = result.columns().iter().map(|(name, _)| name.as_str()).collect();
    if columns == &json!(got) { Ok(()) } else { Err(format!("expected the columns {columns}, got {got:?}")) }
}

/// Readings of one card, each with the state that the one before left.
fn readings(case: &Value, readings: &mut [Value], hashes: &Hashes, write: bool) -> Result<(), String> {
    let mut previous: Option<Value> = None;
    for (at, one) in readings.iter_mut().enumerate() {
        let mut given = hashes.put(one);
        if let Some(previous) = previous.take() {
            given["previous"] = previous;
        }
        let mut expect = hashes.put(&one["expect"]);
        reading(case, &given, &mut expect, write).map_err(|what| format!("reading {at}: {what}"))?;
        if write && !names_hash(&one["expect"]) {
            one["expect"] = expect;
        }
        previous = Some(state_of(case, &given)?);
    }
    Ok(())
}

/// The account and the state columns of a result, as the table of the next reading.
fn state_of(case: &Value, given: &Value) -> Result<Value, String> {
    let card = load(case).map_err(|e| e.to_string())?;
    let (holder, previous, overrides) =
        (Holder::of(&given["table"]), beside(given, "previous"), beside(given, "overrides"));
    let table = holder.table();
    let previous: Vec<Table<'_>> = previous.iter().map(Holder::table).collect();
    let overrides: Vec<Table<'_>> = overrides.iter().map(Holder::table).collect();
    let book = Book::new(std::slice::from_ref(&table)).with_previous(&previous).with_overrides(&overrides);
    let options = options_of(&given["options"]).unwrap();
    let Ok(result) = card.score_book(book, &options) else { return Ok(Value::Null) };
    let mut out = serde_json::Map::new();
    for (name, column) in result.columns() {
        let kind = match column {
            ResultColumn::Number { .. } => "f64",
            _ => "text",
        };
        if matches!(column, ResultColumn::Input { .. }) || name.starts_with("state_") {
            let list = values(&result, std::slice::from_ref(&table), name)?;
            out.insert(name.clone(), json!({"type": kind, "values": list}));
        }
    }
    Ok(Value::Object(out))
}

fn run(case: &mut Value, write: bool) -> Result<(), String> {
    if let Some(field) = case.as_object().unwrap().keys().find(|key| !ABOUT.contains(&key.as_str())) {
        return Err(format!("unknown field {field}"));
    }
    let hashes = Hashes::of(case);
    let frozen = hashes.put(case);
    if let Some(list) = case.get_mut("readings") {
        return readings(&frozen, list.as_array_mut().unwrap(), &hashes, write);
    }
    if let Some(wanted) = frozen["expect"].get("issues") {
        let issues = match frozen.get("card") {
            Some(card) => Scorecard::check(card),
            None => load(&frozen).map_or_else(|e| e.issues().to_vec(), |card| card.warnings().to_vec()),
        };
        let got: Vec<Value> =
            issues.iter().map(|i| json!({"level": i.level, "code": i.code, "path": i.context.path})).collect();
        return if wanted == &json!(got) { Ok(()) } else { Err(format!("expected {wanted}, got {}", json!(got))) };
    }
    if let Some(wanted) = frozen["expect"].get("hash") {
        let card = load(&frozen).map_err(|e| e.to_string())?;
        return if wanted == card.hash() { Ok(()) } else { Err(format!("the hash is {}", card.hash())) };
    }
    let mut expect = frozen["expect"].clone();
    if frozen["call"] == "fit" {
        fit(&frozen)?;
    } else if frozen.get("call").is_some() {
        called(&frozen, &mut expect, write)?;
    } else {
        reading(&frozen, &frozen, &mut expect, write)?;
    }
    if write && !names_hash(&case["expect"]) {
        case["expect"] = expect;
    }
    Ok(())
}

#[test]
fn vectors() {
    let write = std::env::var("VECTORS_WRITE").is_ok();
    let (mut count, mut failures) = (0, Vec::new());
    let mut names = std::collections::HashSet::new();
    for path in files() {
        let mut file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let before = file.clone();
        for case in file["cases"].as_array_mut().unwrap() {
            let name = case["name"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "two cases are named {name:?}");
            if case.get("only").is_some_and(|only| !only.as_array().unwrap().contains(&json!("rust"))) {
                continue;
            }
            count += 1;
            if let Err(what) = run(case, write) {
                failures.push(format!("{}: {name}: {what}", path.file_name().unwrap().display()));
            }
        }
        if write && file != before {
            let text = serde_json::to_string_pretty(&file).unwrap();
            std::fs::write(&path, text + "\n").unwrap();
        }
    }
    println!("{count} vectors");
    assert!(failures.is_empty(), "{} of {count} vectors fail:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= 60, "only {count} vectors were found");
}
