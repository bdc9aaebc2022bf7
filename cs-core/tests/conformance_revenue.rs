//! The conformance vectors of revenue; the same files run in Python and Node.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Holder;
use cs_core::error::{Error, Issue, Level};
use cs_core::revenue::{Operation, Partial, RevenuePolicy};
use cs_core::table::{ResultColumn, ResultTable, Table, Tables};
use serde_json::{Value, json};
use std::path::Path;

fn files(folder: &str) -> Vec<(String, Value)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    files.iter().map(read).collect()
}

fn policy(case: &Value) -> Result<RevenuePolicy, Error> {
    if let Some(name) = case["preset"].as_str() {
        return RevenuePolicy::preset(name);
    }
    match &case["policy"] {
        Value::Null => Ok(RevenuePolicy::default()),
        document => RevenuePolicy::from_value(document),
    }
}

/// The tables of a case, whole or in batches of one row.
struct Given(Vec<(String, Vec<Holder>)>);

impl Given {
    fn new(tables: &Value, by_row: bool) -> Self {
        let empty = serde_json::Map::new();
        let roles = tables.as_object().unwrap_or(&empty).iter();
        Self(roles.map(|(role, table)| (role.clone(), batches(table, by_row))).collect())
    }

    fn tables(&self) -> Tables<'_> {
        let roles: Vec<(String, Vec<Table<'_>>)> =
            self.0.iter().map(|(role, holders)| (role.clone(), holders.iter().map(Holder::table).collect())).collect();
        Tables::new(roles)
    }
}

fn batches(table: &Value, by_row: bool) -> Vec<Holder> {
    let rows = table
        .as_object()
        .and_then(|table| table.values().next())
        .map_or(0, |column| column["values"].as_array().map_or(0, Vec::len));
    if by_row && rows > 1 { (0..rows).map(|row| Holder::of_row(table, row)).collect() } else { vec![Holder::of(table)] }
}

/// A column as JSON; accounts are read back from the book.
fn values(result: &ResultTable, tables: &Value, name: &str) -> Result<Value, String> {
    let column = result.column(name).ok_or_else(|| format!("no result column {name}"))?;
    let own = |column: &str, row: usize| {
        let books = ["subscriptions", "invoices", "snapshots", "movements", "activity", "contracts"];
        let book = books.iter().find_map(|role| tables.get(role)).unwrap();
        book[column]["values"][row].clone()
    };
    let cell = |row| match column {
        ResultColumn::Input { column, rows } => own(column, rows.row(row)),
        _ => column.json(row).unwrap(),
    };
    Ok((0..result.rows()).map(cell).collect())
}

fn same(a: &Value, b: &Value, tolerance: f64) -> bool {
    match (a.as_array(), b.as_array()) {
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, tolerance)),
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) if tolerance > 0.0 => (a - b).abs() <= tolerance * b.abs().max(1.0),
            (Some(a), Some(b)) => a.to_bits() == b.to_bits(),
            _ => a == b,
        },
    }
}

fn compare(expect: &Value, result: &ResultTable, tables: &Value) -> Result<(), String> {
    let tolerance = expect["tolerance"].as_f64().unwrap_or(0.0);
    if let Some(columns) = expect["columns"].as_array() {
        let got: Vec<Value> = result.columns().iter().map(|(name, _)| json!(name)).collect();
        if got != *columns {
            return Err(format!("columns {got:?}"));
        }
    }
    for (name, wanted) in expect["result"].as_object().unwrap() {
        let got = values(result, tables, name)?;
        if !same(&got, wanted, tolerance) {
            return Err(format!("column {name}: expected {wanted}, got {got}"));
        }
    }
    Ok(())
}

fn check_error(wanted: &Value, error: &Error) -> Result<(), String> {
    let context = error.context();
    let codes: Vec<&str> = error.issues().iter().map(|issue| issue.code.as_str()).collect();
    let got = json!({
        "code": error.code().as_str(), "column": context.column, "path": context.path, "rows": context.rows,
        "row_count": context.row_count, "codes": codes,
    });
    for (name, wanted) in wanted.as_object().unwrap() {
        if got[name] != *wanted {
            return Err(format!("{name}: expected {wanted}, got {} ({error})", got[name]));
        }
    }
    Ok(())
}

fn check_issues(wanted: &Value, found: &[Issue]) -> Result<(), String> {
    let level = |issue: &Issue| if issue.level == Level::Error { "error" } else { "warning" };
    let found: Vec<Value> = found
        .iter()
        .map(|issue| json!({"level": level(issue), "code": issue.code.as_str(), "path": issue.context.path}))
        .collect();
    if json!(found) == *wanted { Ok(()) } else { Err(format!("issues {found:?}")) }
}

fn parts(case: &Value, policy: &RevenuePolicy, operation: Operation) -> Result<Vec<Partial>, Error> {
    let part = |tables: &Value| {
        let mut partial = Partial::new(policy, operation, &options(case))?;
        partial.update(&Given::new(tables, false).tables())?;
        // What is kept and read again is the same.
        Partial::from_json(&partial.to_json()?)
    };
    case["parts"].as_array().unwrap().iter().map(part).collect()
}

fn options(case: &Value) -> Value {
    if case["options"].is_null() { json!({}) } else { case["options"].clone() }
}

fn run(case: &Value) -> Result<(), String> {
    let expect = &case["expect"];
    if !expect["issues"].is_null() {
        return check_issues(&expect["issues"], &RevenuePolicy::check(&case["policy"]));
    }
    let policy = match (policy(case), &expect["error"]) {
        (Ok(policy), _) => policy,
        (Err(error), Value::Null) => return Err(error.to_string()),
        (Err(error), wanted) => return check_error(wanted, &error),
    };
    if let Some(hash) = expect["hash"].as_str() {
        return if policy.hash() == hash { Ok(()) } else { Err(policy.hash().to_owned()) };
    }
    let operation = Operation::parse(case["call"].as_str().unwrap()).unwrap();
    if !case["parts"].is_null() {
        let made = parts(case, &policy, operation).map_err(|error| error.to_string())?;
        for backwards in [false, true] {
            let mut parts = made.clone();
            if backwards {
                parts.reverse();
            }
            let mut whole = parts.remove(0);
            parts.iter().try_for_each(|part| whole.merge(part)).map_err(|error| error.to_string())?;
            compare(expect, &whole.finish().map_err(|error| error.to_string())?, &json!({}))?;
        }
        return Ok(());
    }
    for by_row in [false, true] {
        let given = Given::new(&case["tables"], by_row);
        match (policy.run(operation, &given.tables(), &options(case)), &expect["error"]) {
            (Ok(result), Value::Null) => compare(expect, &result, &case["tables"])?,
            (Ok(_), _) => return Err("there is no error".to_owned()),
            (Err(error), Value::Null) => return Err(error.to_string()),
            (Err(error), wanted) => check_error(wanted, &error)?,
        }
        let wanted = policy.wanted_columns(operation, &options(case));
        if expect["error"].is_null() {
            let wanted = wanted.map_err(|error| error.to_string())?;
            assert!(given.0.iter().all(|(role, _)| wanted.iter().any(|(known, _)| known == role)));
        }
    }
    Ok(())
}

fn all(folder: &str, run: impl Fn(&Value) -> Result<(), String>) -> usize {
    let (mut count, mut failures, mut names) = (0, Vec::new(), std::collections::HashSet::new());
    for (file, vectors) in files(folder) {
        for case in vectors["cases"].as_array().unwrap() {
            count += 1;
            let name = case["name"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "{name} stands twice");
            if let Err(failure) = run(case) {
                failures.push(format!("{file}: {name}: {failure}"));
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    count
}

#[test]
fn vectors_of_revenue() {
    assert!(all("revenue", run) >= 200);
}
