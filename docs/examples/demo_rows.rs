//! Scores the rows that `demo.py` wrote and counts the book that it describes, and leaves the results where `demo.py`
//! compares them.
//!
//! Arguments: the card in YAML, the rows as a JSON object of columns, a JSON object with a simulation and its horizon, and
//! where the results go: `OUT.f64` gets the scores as little-endian doubles, NaN where there is none; `OUT.json` gets the
//! tiers and the statuses; `OUT.revenue.json` gets the bridge and the retention of the simulated book, numbers by the 16
//! hexadecimal digits of their doubles, the rest as texts.
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::simulate::Simulation;
use cs_core::table::{Column, ResultColumn, ResultTable, Table, Tables};
use cs_core::{ScoreOptions, Scorecard};
use serde_json::{Map, Value, json};
use std::error::Error;

/// A column of the file: numbers with NaN for null, or texts.
enum Owned {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

impl Owned {
    fn read(values: &[Value]) -> Self {
        if values.iter().all(Value::is_string) {
            Self::Texts(values.iter().filter_map(Value::as_str).map(String::from).collect())
        } else {
            Self::Numbers(values.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect())
        }
    }

    fn column(&self) -> Column<'_> {
        match self {
            Self::Numbers(numbers) => Column::from(&numbers[..]),
            Self::Texts(texts) => Column::from(&texts[..]),
        }
    }
}

/// A cell as `demo.py` compares it.
fn cell(column: &ResultColumn, row: usize) -> Value {
    let number = match column.numbers() {
        Some(numbers) => numbers.get(row).copied().filter(|number| !number.is_nan()),
        None => column.whole(row).map(|whole| whole as f64),
    };
    match number {
        Some(number) => json!(format!("{:016x}", number.to_bits())),
        None => column.json(row).unwrap_or(Value::Null),
    }
}

/// All cells by column.
fn cells(table: &ResultTable) -> Map<String, Value> {
    let column = |column: &ResultColumn| (0..table.rows()).map(|row| cell(column, row)).collect::<Value>();
    table.columns().iter().map(|(name, values)| (name.clone(), column(values))).collect()
}

/// Makes the book and counts it.
fn count(book: &Value) -> Result<Value, Box<dyn Error>> {
    let simulation = Simulation::from_json(&book["simulation"].to_string())?;
    let subscriptions = simulation.table("subscriptions", 0..simulation.accounts())?;
    let tables = Tables::new([("subscriptions", vec![subscriptions.as_table()?])]);
    let policy = RevenuePolicy::preset("default")?;
    let options = json!({"horizon": book["horizon"]});
    Ok(json!({
        "hashes": {"book": simulation.hash(), "policy": policy.hash()},
        "bridge": cells(&policy.run(Operation::Bridge, &tables, &options)?),
        "retention": cells(&policy.run(Operation::Retention, &tables, &options)?),
    }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [card, rows, book, out] = arguments.as_slice() else {
        return Err("usage: demo_rows CARD.yaml ROWS.json BOOK.json OUT".into());
    };
    let card = Scorecard::from_yaml(&std::fs::read_to_string(card)?)?;
    let rows: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(rows)?)?;
    let columns: Vec<(&str, Owned)> = rows
        .iter()
        .map(|(name, values)| (name.as_str(), Owned::read(values.as_array().map_or(&[], Vec::as_slice))))
        .collect();

    let table = Table::new(columns.iter().map(|(name, column)| (*name, column.column())))?;
    let scores = card.score(&table, &ScoreOptions::default())?;

    let numbers = scores.column("score").and_then(ResultColumn::numbers).ok_or("no scores")?;
    let bytes: Vec<u8> = numbers.iter().flat_map(|score| score.to_le_bytes()).collect();
    std::fs::write(format!("{out}.f64"), bytes)?;
    let texts = |name: &str| -> Vec<Option<&str>> {
        (0..scores.rows()).map(|row| scores.column(name).and_then(|column| column.text(row))).collect()
    };
    std::fs::write(format!("{out}.json"), json!({"tier": texts("tier"), "status": texts("status")}).to_string())?;

    let book: Value = serde_json::from_str(&std::fs::read_to_string(book)?)?;
    std::fs::write(format!("{out}.revenue.json"), count(&book)?.to_string())?;
    Ok(())
}
