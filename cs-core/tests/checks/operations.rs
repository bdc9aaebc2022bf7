//! Two days, two cards: all that a card does with them works or says what is wrong, and adds up.

use super::bytes::Bytes;
use super::cards;
use super::data::{Owner, as_of, as_table};
use super::results::{near, numbers, scores_hold, sums, text};
use super::structured::{decisions, options};
use cs_core::Scorecard;
use cs_core::health::{
    Book, CompareOptions, Flow, FlowOptions, Include, NextTierOptions, ProjectOptions, ScoreOptions, Start,
    WhatIfOptions,
};
use cs_core::table::{ResultTable, Table};
use std::slice::from_ref;

/// Runs all operations on what the bytes choose; bytes that are JSON are read as a flow.
pub fn operations(bytes: &[u8]) {
    if let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.starts_with('{')) {
        if let Ok(flow) = Flow::from_json(text) {
            flow_holds(&flow, &mut Bytes::new(bytes));
        }
        return;
    }
    let bytes = &mut Bytes::new(bytes);
    let Ok(card) = Scorecard::from_value(&cards::card(bytes, true)) else { return };
    let second = if bytes.one_in(2) { Scorecard::from_value(&cards::card(bytes, true)).ok() } else { None };
    let other = second.as_ref().unwrap_or(&card);
    let mut names = card.columns();
    names.extend(other.columns().into_iter().filter(|name| !card.columns().contains(name)));
    let (rows, shift, more) = (bytes.below(8), bytes.below(3), bytes.below(8));
    let owners = [Owner::random(bytes, &names, 0, rows), Owner::random(bytes, &names, shift, more)];
    let decided = bytes.one_in(3).then(|| decisions(bytes, &card));
    let (data, decided) = (owners.each_ref().map(Owner::table), decided.as_ref().map(Owner::table));
    let [before, after] = [0, 1].map(|day| {
        Book::new(from_ref(&data[day])).with_overrides(decided.as_ref().filter(|_| day == 1).map_or(&[], from_ref))
    });
    let mut scoring = options(bytes);
    let days = [scoring.as_of, as_of(bytes)];
    compared(&card, other, [before, after], days, &scoring);
    scoring.include = vec![Include::State];
    if let Ok(fitted) = card.fit(before.data, &ScoreOptions { include: Vec::new(), ..scoring.clone() }) {
        assert_eq!(Scorecard::from_json(fitted.to_json()).as_ref().map(Scorecard::hash), Ok(fitted.hash()));
        _ = fitted.score_book(before, &scoring);
    }
    let results = [
        card.score_book(before, &scoring),
        other.score_book(after, &ScoreOptions { as_of: days[1], ..scoring.clone() }),
    ];
    scoring.include = Vec::new();
    let mut next = NextTierOptions::default();
    next.scoring = scoring.clone();
    if bytes.one_in(2) {
        next.costs = [("x1".to_owned(), 2.0)].into();
    }
    if let (Ok(steps), Ok(scores)) = (card.next_tier(after, &next), card.score_book(after, &scoring)) {
        next_tiers_hold(&card, &steps, &scores);
    }
    if let Ok(drivers) = card.drivers(after, &scoring) {
        shares_hold(&drivers);
    }
    let mut what_if = WhatIfOptions::default();
    what_if.scoring = scoring;
    what_if.value = bytes.one_in(2).then(|| "n0".to_owned());
    if let Ok(moves) = card.what_if(other, before, &what_if) {
        let accounts: f64 = numbers(&moves, "accounts").iter().sum();
        assert_eq!(accounts, rows as f64);
    }
    if let [Ok(old), Ok(new)] = &results
        && let (Some(old), Some(new)) = (as_table(old, &data[0]), as_table(new, &data[1]))
    {
        if let Ok(changes) = card.changes(from_ref(&old), from_ref(&new), &ScoreOptions::default()) {
            assert!(changes.rows() <= old.rows() + new.rows());
        }
        flowed(bytes, &card, &old, &new);
    }
}

/// The lines of each account sum to the change of its score.
fn compared(
    card: &Scorecard,
    other: &Scorecard,
    books: [Book<'_>; 2],
    days: [Option<cs_core::calendar::Date>; 2],
    scoring: &ScoreOptions,
) {
    let mut options = CompareOptions::default();
    (options.as_of_before, options.as_of_after) = (days[0], days[1]);
    options.scoring = ScoreOptions { include: Vec::new(), ..scoring.clone() };
    let day = |card: &Scorecard, day: usize| {
        let options = ScoreOptions { as_of: days[day], include: Vec::new(), ..scoring.clone() };
        card.score_book(books[day], &options)
    };
    let lines = card.compare(books[0], books[1], Some(other), &options);
    let (Ok(before), Ok(after), Ok(lines)) = (day(card, 0), day(other, 1), lines) else { return };
    scores_hold(card, &before);
    scores_hold(other, &after);
    let all = sums(&lines, "account", before.rows() + after.rows());
    for (row, score) in numbers(&after, "score").iter().enumerate() {
        let Some(sum) = all.get(before.rows() + row).copied().flatten() else { continue };
        let account = books[1].data[0].column("account").and_then(|column| column.display(row));
        let old = books[0].data[0].column("account");
        let old = (0..before.rows()).find(|row| old.and_then(|column| column.display(*row)) == account);
        let change = score - numbers(&before, "score")[old.expect("an account of both days")];
        assert!(near(card, sum, change) || near(other, sum, change), "{sum:?} is not {change}");
    }
}

/// Ranks count from 1, and what is needed comes with its points.
fn next_tiers_hold(card: &Scorecard, steps: &ResultTable, scores: &ResultTable) {
    let tiers = &card.document().tiers;
    let [worst, best] = card.document().scale;
    assert!(steps.rows() <= scores.rows() * card.columns().len().max(1) * 20);
    for row in 0..steps.rows() {
        let place = |name| tiers.iter().position(|tier| Some(tier.id.as_str()) == text(steps, name, row));
        assert_eq!(place("next_tier"), place("tier").map(|tier| tier + 1));
        assert_eq!(numbers(steps, "rank")[row].is_nan(), text(steps, "reason", row).is_some());
        assert_eq!(text(steps, "needed", row).is_none(), text(steps, "reason", row).is_some());
        let needed = numbers(steps, "needed_points")[row];
        assert!(needed.is_nan() || worst.is_finite() && best.is_finite() && needed.is_finite());
    }
}

fn shares_hold(drivers: &ResultTable) {
    let share =
        |name: &str, low: f64| numbers(drivers, name).iter().all(|share| share.is_nan() || (low..=1.0).contains(share));
    assert!(share("share_below", 0.0) && share("effect_size", -1.0));
}

fn flowed(bytes: &mut Bytes<'_>, card: &Scorecard, before: &Table<'_>, after: &Table<'_>) {
    let tiers: Vec<String> = card.document().tiers.iter().map(|tier| tier.id.clone()).collect();
    let mut options = FlowOptions::new("account");
    if bytes.one_in(2) {
        options = options.value("score");
    }
    let Ok(flow) = Flow::from_results(&tiers, from_ref(before), from_ref(after), &options) else { return };
    flow_holds(&flow, bytes);
    let accounts: f64 = numbers(&flow.matrix(), "accounts").iter().sum();
    assert!(accounts >= before.rows().max(after.rows()) as f64);
}

/// A flow reads back, merges, adds up, and its projections are never below 0.
fn flow_holds(flow: &Flow, bytes: &mut Bytes<'_>) {
    assert_eq!(Flow::from_json(&flow.to_json()).as_ref(), Ok(flow));
    if let Ok(both) = flow.clone().merge(flow) {
        let (once, twice) = (flow.matrix(), both.matrix());
        let doubled = numbers(&once, "accounts").iter().zip(numbers(&twice, "accounts"));
        doubled.for_each(|(once, twice)| assert!((2.0 * once - twice).abs() <= 1e-9 * twice));
    }
    let summary = flow.summary();
    for name in ["promotion_rate", "demotion_rate", "churn_rate", "stay_rate"] {
        assert!(numbers(&summary, name).iter().all(|rate| rate.is_nan() || (0.0..=1.0).contains(rate)), "{name}");
    }
    let options = ProjectOptions {
        entering: bytes.one_in(2),
        start: if bytes.one_in(2) { Start::Opening } else { Start::Closing },
        interval: bytes.between([0.01, 0.99]),
    };
    if let Ok(book) = flow.project(bytes.below(12), &options) {
        let columns = ["low", "accounts", "high"].map(|name| numbers(&book, name));
        for row in 0..book.rows() {
            let [low, accounts, high] = columns.map(|column| column[row]);
            assert!(0.0 <= low && low <= accounts && accounts <= high, "{low} {accounts} {high}");
        }
    }
    let steady = flow.steady();
    assert!(numbers(&steady, "steady_accounts").iter().all(|accounts| accounts.is_nan() || *accounts >= -1e-9));
    assert!(!flow.html().is_empty());
}
