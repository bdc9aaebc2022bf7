//! The examples of the how-to pages, in Rust.
#![allow(missing_docs)]

use cs_core::health::{Book, CompareOptions, FlowOptions, Include, NextTierOptions, ProjectOptions, WhatIfOptions};
use cs_core::table::{Column, ResultColumn, ResultTable, Table};
use cs_core::{Result, ScoreOptions, Scorecard};

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

fn main() -> Result<()> {
    let card = Scorecard::from_yaml(CARD)?;
    why_did_it_change(&card)?;
    next_tier(&card)?;
    what_if(&card)?;
    tiers_that_hold()?;
    flow(&card)?;
    big_books(&card)
}
