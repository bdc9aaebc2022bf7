//! The examples of the how-to pages, in Rust.
#![allow(missing_docs)]

use cs_core::health::{Book, CompareOptions, FlowOptions, Include, NextTierOptions, ProjectOptions, WhatIfOptions};
use cs_core::revenue::{Operation, Partial, RevenuePolicy};
use cs_core::simulate::Simulation;
use cs_core::table::{Bitmap, Column, ResultColumn, ResultTable, Table, Tables, Text, Values};
use cs_core::{Result, ScoreOptions, Scorecard};
use serde_json::json;

const CARD: &str = "
schema_version: 1
scorecard: field_service
account: account
dimensions:
  - id: usage
    weight: 60
    items:
      - {id: logins, curve: {points: [[0, 0], [20, 100]]}}
      - {id: seats_in_use, source: {ratio: [active, bought]}, curve: {points: [[0, 0], [0.8, 100]]}}
  - id: support
    weight: 40
    items:
      - {id: tickets, curve: {linear: {from: [0, 100], to: [16, 0]}}}
tiers: [{id: at_risk, from: 0}, {id: watch, from: 40}, {id: healthy, from: 60}]
";

const ACCOUNTS: [&str; 3] = ["Acme", "Birch", "Cedar"];

/// The three accounts; null is NaN.
fn book<'a>(columns: &'a [[f64; 3]; 4]) -> Result<Table<'a>> {
    let [logins, active, bought, tickets] = columns;
    Table::new([
        ("account", Column::from(&ACCOUNTS[..])),
        ("logins", Column::from(&logins[..])),
        ("active", Column::from(&active[..])),
        ("bought", Column::from(&bought[..])),
        ("tickets", Column::from(&tickets[..])),
    ])
}

/// The numbers of a column.
fn numbers<'a>(result: &'a ResultTable, name: &str) -> &'a [f64] {
    result.column(name).and_then(ResultColumn::numbers).unwrap_or_default()
}

/// The text in a row of a column.
fn text<'a>(result: &'a ResultTable, name: &str, row: usize) -> &'a str {
    result.column(name).and_then(|column| column.text(row)).unwrap_or("-")
}

/// The amount in a row of a column.
fn amount(result: &ResultTable, name: &str, row: usize) -> String {
    result.column(name).and_then(|column| column.decimal(row)).unwrap_or_else(|| "-".to_owned())
}

/// The sum of a column of whole numbers.
fn total(result: &ResultTable, name: &str) -> i64 {
    (0..result.rows()).filter_map(|row| result.column(name)?.whole(row)).sum()
}

fn why_did_it_change(card: &Scorecard) -> Result<()> {
    let before = [[15.0, 20.0, 16.0], [4.0, 4.0, 8.0], [10.0; 3], [8.0, 0.0, 4.0]];
    let after = [[5.0, 20.0, 16.0], [4.0, f64::NAN, 8.0], [10.0; 3], [4.0, 0.0, 4.0]];
    let (before, after) = (book(&before)?, book(&after)?);
    // --8<-- [start:why]
    let options = CompareOptions::default();
    let (then, now) = (std::slice::from_ref(&before), std::slice::from_ref(&after));
    let comparison = card.compare(Book::new(then), Book::new(now), None, &options)?;
    for (row, contribution) in numbers(&comparison, "contribution").iter().enumerate() {
        let (cause, item) = (text(&comparison, "cause", row), text(&comparison, "item", row));
        println!("{cause} {item} {contribution:+.1}");
    }
    // --8<-- [end:why]
    assert_eq!(numbers(&comparison, "contribution"), [-15.0, 10.0, 15.0]);
    Ok(())
}

fn next_tier(card: &Scorecard) -> Result<()> {
    let data = [[5.0, 5.0, 20.0], [4.0, 2.0, 8.0], [10.0; 3], [4.0, 16.0, 0.0]];
    let data = book(&data)?;
    // --8<-- [start:next]
    let mut options = NextTierOptions::default();
    options.costs =
        [("logins", 2.0), ("seats_in_use", 60.0), ("tickets", 3.0)].map(|(id, cost)| (id.into(), cost)).into();
    let steps = card.next_tier(Book::new(std::slice::from_ref(&data)), &options)?;
    for row in 0..steps.rows() {
        println!("{} {} → {}", text(&steps, "item", row), text(&steps, "value", row), text(&steps, "needed", row));
    }
    // --8<-- [end:next]
    assert_eq!((text(&steps, "item", 0), text(&steps, "needed", 0)), ("tickets", "1"));
    Ok(())
}

fn what_if(card: &Scorecard) -> Result<()> {
    let data = [[5.0, 20.0, 20.0], [4.0, 4.0, 4.0], [10.0; 3], [4.0, 8.0, 10.0]];
    let data = book(&data)?;
    // --8<-- [start:what_if]
    let other = Scorecard::from_yaml(&CARD.replace("weight: 40", "weight: 60"))?;
    let moves = card.what_if(&other, Book::new(std::slice::from_ref(&data)), &WhatIfOptions::default())?;
    for (row, accounts) in numbers(&moves, "accounts").iter().enumerate().filter(|(_, accounts)| **accounts > 0.0) {
        println!("{} → {}: {accounts}", text(&moves, "from", row), text(&moves, "to", row));
    }
    // --8<-- [end:what_if]
    assert_eq!(numbers(&moves, "accounts").iter().sum::<f64>(), 3.0);
    Ok(())
}

fn tiers_that_hold() -> Result<()> {
    // --8<-- [start:tiers]
    let card = Scorecard::from_yaml(
        "
schema_version: 1
scorecard: steady_tiers
dimensions:
  - {id: health, items: [{id: reading, curve: {manual: {}}}]}
tiers: [{id: at_risk, from: 0}, {id: watch, from: 40}, {id: healthy, from: 60}]
hysteresis: {up: {margin: 0, dwell: 1}, down: {margin: 3, dwell: 2}}
",
    )?;
    let mut scorer = card.scorer(&ScoreOptions::default())?;
    let mut state = scorer.score(&[62.0.into()])?.state();
    for reading in [59.0, 61.0, 56.0, 58.0, 55.0, 54.0] {
        let one = scorer.score_after(&[reading.into()], &state)?;
        println!("{reading} {}", one.tier.unwrap_or("-"));
        state = one.state();
    }
    // --8<-- [end:tiers]
    assert_eq!(state.tier.as_deref(), Some("watch"));
    Ok(())
}

fn flow(card: &Scorecard) -> Result<()> {
    // --8<-- [start:flow]
    let accounts = ["Acme", "Birch", "Cedar", "Dune"];
    let results = |tiers: &'static [&'static str]| {
        Table::new([("account", Column::from(&accounts[..])), ("tier", Column::from(tiers))])
    };
    let before = results(&["at_risk", "at_risk", "watch", "healthy"])?;
    let after = results(&["at_risk", "watch", "watch", "healthy"])?;
    let (then, now) = (std::slice::from_ref(&before), std::slice::from_ref(&after));
    let flow = card.tier_flow(then, now, &FlowOptions::default())?;
    let summary = flow.summary();
    println!("promoted: {:?}", numbers(&summary, "promoted"));
    let projected = flow.project(4, &ProjectOptions::default())?;
    println!("{} rows", projected.rows());
    // --8<-- [end:flow]
    assert_eq!(numbers(&summary, "promoted"), [1.0, 0.0, 0.0]);
    Ok(())
}

fn big_books(card: &Scorecard) -> Result<()> {
    let data = [[5.0, 20.0, 20.0], [4.0, 4.0, 4.0], [10.0; 3], [4.0, 8.0, 10.0]];
    let data = book(&data)?;
    // --8<-- [start:big]
    let all = card.score(&data, &ScoreOptions { threads: 0, ..ScoreOptions::default() })?;
    let changed = ScoreOptions { rows: Some(vec![2, 0]), include: vec![Include::RawScore], ..ScoreOptions::default() };
    let fresh = card.score(&data, &changed)?;
    assert_eq!(numbers(&fresh, "score")[0].to_bits(), numbers(&all, "score")[2].to_bits());
    // --8<-- [end:big]
    Ok(())
}

fn recurring_revenue() -> Result<()> {
    // --8<-- [start:bridge]
    let months = Table::new([
        ("account", Column::from(&["a", "a", "b", "c"][..])),
        ("month", Column::from(&["2024-01", "2024-02", "2024-01", "2024-02"][..])),
        ("mrr", Column::from(&["100", "130", "50", "20"][..])),
    ])?;
    let document = json!({"schema_version": 1, "policy": "ours", "currency": "JPY", "history_complete": true});
    let policy = RevenuePolicy::from_value(&document)?;
    let bridge = policy.run(Operation::Bridge, &Tables::new([("snapshots", vec![months])]), &json!({}))?;
    // opening 150, new 20, expansion 30, churn -50, closing 150
    for name in ["opening", "new", "expansion", "churn", "closing"] {
        println!("{name} {}", amount(&bridge, name, 1));
    }
    // --8<-- [end:bridge]
    assert_eq!((amount(&bridge, "churn", 1), amount(&bridge, "closing", 1)), ("-50".to_owned(), "150".to_owned()));
    let months = |accounts: &'static [&'static str], months, amounts| {
        Table::new([("account", accounts), ("month", months), ("mrr", amounts)].map(|(id, texts)| (id, texts.into())))
    };
    let first = months(&["a", "a"], &["2024-01", "2024-02"], &["100", "130"])?;
    let rest = months(&["b", "c"], &["2024-01", "2024-02"], &["50", "20"])?;
    // --8<-- [start:parts]
    let options = json!({"from": "2024-01-01", "to": "2024-03-01", "horizon": "2024-03-01"});
    let part = |rows| {
        let mut part = Partial::new(&policy, Operation::Bridge, &options)?;
        part.update(&Tables::new([("snapshots", vec![rows])]))?;
        Ok::<_, cs_core::Error>(part)
    };
    let mut whole = part(first)?;
    whole.merge(&part(rest)?)?;
    assert_eq!(whole.finish()?, bridge);
    // --8<-- [end:parts]
    Ok(())
}

fn renewals() -> Result<()> {
    // --8<-- [start:contracts]
    // Where the bit of a row is 0, its value is null; the first row has the last bit.
    let some = |texts, bits| Column::new(Values::Text(Text::Strs(texts)), Some(Bitmap::new(bits, 0, 5)?));
    let contracts = Table::new([
        ("account", Column::from(&["Acme", "Birch", "Cedar", "Dune", "Edda"][..])),
        ("contract", Column::from(&["k-1", "k-2", "k-3", "k-4", "k-5"][..])),
        ("due", Column::from(&["2024-03-31", "2024-03-15", "2024-05-15", "2024-06-01", "2024-06-30"][..])),
        ("amount", Column::from(&["12000", "3000", "1000", "500", "200"][..])),
        ("outcome", some(&["renewed", "lost", "", "", ""], &[0b00011])?),
        ("closed_at", some(&["2024-03-20", "2024-03-15", "", "", ""], &[0b00011])?),
        ("renewed_amount", some(&["13200", "", "", "", ""], &[0b00001])?),
        ("notice_days", Column::from(&[30_i64; 5][..])),
        ("probability", Column::from(&[0.9, 0.9, 0.9, 0.8, 0.5][..])),
    ])?;
    let tables = Tables::new([("contracts", vec![contracts])]);
    let policy = RevenuePolicy::from_value(&json!({"schema_version": 1, "policy": "ours", "currency": "JPY"}))?;
    // --8<-- [end:contracts]
    // --8<-- [start:renewals]
    let options = json!({"as_of": "2024-04-01", "period": "quarter"});
    let renewals = policy.run(Operation::Renewals, &tables, &options)?;
    assert_eq!((text(&renewals, "period", 0), amount(&renewals, "due", 0)), ("2024-Q1", "15000".to_owned()));
    assert_eq!(numbers(&renewals, "gross_renewal_rate"), [0.8, 0.0]);
    assert_eq!(numbers(&renewals, "net_renewal_rate"), [0.88, 0.0]);
    // --8<-- [end:renewals]
    // --8<-- [start:calendar]
    let calendar = policy.run(Operation::RenewalCalendar, &tables, &json!({"as_of": "2024-04-01"}))?;
    for row in 0..calendar.rows() {
        let days = calendar.column("days_to_due").and_then(|column| column.whole(row));
        println!("{} {} {days:?}", text(&calendar, "contract", row), amount(&calendar, "amount", row));
    }
    // --8<-- [end:calendar]
    assert_eq!((calendar.rows(), text(&calendar, "contract", 0)), (3, "k-3"));
    // --8<-- [start:forecast]
    let options = json!({"as_of": "2024-04-01", "period": "quarter", "from": "2024-04-01"});
    let forecast = policy.run(Operation::Forecast, &tables, &options)?;
    assert_eq!(numbers(&forecast, "expected"), [1400.0]);
    assert_eq!((amount(&forecast, "low", 0), amount(&forecast, "high", 0)), ("500".to_owned(), "1700".to_owned()));
    // --8<-- [end:forecast]
    Ok(())
}

fn simulating_a_book() -> Result<()> {
    // --8<-- [start:simulation]
    let book = Simulation::from_json(r#"{"accounts": 1000, "seed": 7}"#)?;
    let subscriptions = book.table("subscriptions", 0..1000)?;
    assert_eq!(text(&subscriptions, "account", 0), "a-000001");
    // --8<-- [end:simulation]
    // --8<-- [start:simulated_bridge]
    let tables = Tables::new([("subscriptions", vec![subscriptions.as_table()?])]);
    let options = json!({"horizon": "2026-01-01"});
    let bridge = RevenuePolicy::preset("default")?.run(Operation::Bridge, &tables, &options)?;
    let truth = book.table("truth", 0..1000)?;
    assert_eq!(total(&bridge, "churn_accounts"), total(&truth, "churns"));
    // --8<-- [end:simulated_bridge]
    // --8<-- [start:calibration]
    let hazards = book.table("hazards", 0..1000)?;
    let (chances, left) = (numbers(&hazards, "churn_probability"), total(&hazards, "churned") as f64);
    let spread = chances.iter().map(|p| p * (1.0 - p)).sum::<f64>().sqrt();
    assert!((left - chances.iter().sum::<f64>()).abs() < 4.0 * spread);
    // --8<-- [end:calibration]
    // --8<-- [start:clinics]
    let clinics = Simulation::from_yaml(
        "
accounts: 500
seed: 11
from: 2024-04-01
months: 24
currency: JPY
segments:
  - {id: clinic, share: 8, churn: 0.02, seats: [1, 10]}
  - {id: hospital, share: 2, churn: 0.005, seats: [50, 300], plans: {yearly: 1}}
plans:
  - {id: monthly, monthly: '3000'}
  - {id: yearly, monthly: '2500', interval: year}
reasons: [{id: price, weight: 2}, {id: retired}]
usage:
  - {id: last_login_on, measure: last_active}
  - {id: incidents, measure: count, mean: 0.5, effect: -0.5}
",
    )?;
    let rows = clinics.table("subscriptions", 0..500)?;
    assert!((0..rows.rows()).all(|row| text(&rows, "currency", row) == "JPY"));
    // --8<-- [end:clinics]
    // --8<-- [start:stream]
    let large = Simulation::from_json(r#"{"accounts": 50000, "seed": 7}"#)?;
    let mut rows = 0;
    for part in large.stream("subscriptions", 10_000)? {
        rows += part?.rows();
    }

    let few = large.table("subscriptions", 0..1000)?;
    assert_eq!(few.columns(), subscriptions.columns());
    // --8<-- [end:stream]
    assert!(rows > few.rows());
    Ok(())
}

fn main() -> Result<()> {
    let card = Scorecard::from_yaml(CARD)?;
    why_did_it_change(&card)?;
    next_tier(&card)?;
    what_if(&card)?;
    tiers_that_hold()?;
    flow(&card)?;
    big_books(&card)?;
    recurring_revenue()?;
    renewals()?;
    simulating_a_book()
}
