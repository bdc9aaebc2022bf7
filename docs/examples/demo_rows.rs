//! Scores the rows that `demo.py` wrote, and leaves the results where `demo.py` compares them.
//!
//! Arguments: the card in YAML, the rows as a JSON object of columns, and where the results go: `OUT.f64` gets the
//! scores as little-endian doubles, NaN where there is none; `OUT.json` gets the tiers and the statuses.
use cs_core::table::{Column, ResultColumn, Table};
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

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [card, rows, out] = arguments.as_slice() else { return Err("usage: demo_rows CARD.yaml ROWS.json OUT".into()) };
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
    Ok(())
}
