//! The example of the README, in Rust.
use cs_core::table::{Column, ResultColumn, Table};
use cs_core::{ScoreOptions, Scorecard};

fn main() -> cs_core::Result<()> {
    let card = Scorecard::from_yaml(
        "
schema_version: 1
scorecard: quickstart
account: account
dimensions:
  - {id: usage, weight: 60, items: [{id: logins, curve: {points: [[0, 0], [20, 100]]}}]}
  - {id: support, weight: 40, items: [{id: tickets, curve: {linear: {from: [0, 100], to: [16, 0]}}}]}
tiers: [{id: at_risk, from: 0}, {id: healthy, from: 60}]
",
    )?;
    let accounts = ["Acme", "Birch", "Cedar"];
    let table = Table::new([
        ("account", Column::from(&accounts[..])),
        ("logins", Column::from(&[5.0, 18.0, 14.0][..])),
        ("tickets", Column::from(&[8.0, 0.0, f64::NAN][..])),
    ])?;
    let scores = card.score(&table, &ScoreOptions::default())?;
    let numbers = scores.column("score").and_then(ResultColumn::numbers).unwrap_or_default();
    for (row, (account, score)) in accounts.iter().zip(numbers).enumerate() {
        let tier = scores.column("tier").and_then(|column| column.text(row)).unwrap_or("-");
        println!("{account} {score:.1} {tier}");
    }
    Ok(())
}
