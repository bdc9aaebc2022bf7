//! What a simulation promises: the same rows everywhere, and the probabilities that its document states.

use super::Simulation;
use crate::document::sha256;
use crate::revenue::{Operation, RevenuePolicy};
use crate::table::{ResultTable, Tables};
use serde_json::{Value, json};
use std::collections::HashMap;

const MANY: u64 = 20_000;

fn book(document: Value) -> Simulation {
    Simulation::from_value(&document).unwrap()
}

fn all(book: &Simulation, name: &str) -> ResultTable {
    book.table(name, 0..book.accounts()).unwrap()
}

fn rows(table: &ResultTable) -> Value {
    table.to_json(|_, _| None)
}

fn whole(table: &ResultTable, name: &str) -> Vec<i64> {
    (0..table.rows()).map(|row| table.column(name).unwrap().whole(row).unwrap()).collect()
}

fn numbers<'a>(table: &'a ResultTable, name: &str) -> &'a [f64] {
    table.column(name).unwrap().numbers().unwrap()
}

fn text<'a>(table: &'a ResultTable, name: &str, row: usize) -> Option<&'a str> {
    table.column(name).unwrap().text(row)
}

fn day(table: &ResultTable, name: &str, row: usize) -> Option<i32> {
    table.column(name).unwrap().date(row).map(crate::calendar::Date::days)
}

/// The sum of squared deviations over expectations.
fn chi_square(observed: &[f64], expected: &[f64]) -> f64 {
    observed.iter().zip(expected).map(|(o, e)| (o - e) * (o - e) / e).sum()
}

/// How often something happened, against the sum of its probabilities: in standard errors.
fn deviation(happened: impl Iterator<Item = (f64, bool)>) -> (f64, f64) {
    let (mut events, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for (probability, event) in happened {
        events += f64::from(u8::from(event));
        expected += probability;
        variance += probability * (1.0 - probability);
    }
    ((events - expected) / f64::sqrt(variance), events)
}

#[test]
fn every_table_is_the_same_everywhere() {
    let book = book(json!({"accounts": 300, "seed": 20_240_229}));
    let prints: Vec<String> = Simulation::table_names()
        .iter()
        .map(|name| format!("{name} {}", &sha256(&rows(&all(&book, name)).to_string())[..16]))
        .collect();
    assert_eq!(prints, FINGERPRINTS, "the rows of a seed must never change");
}

const FINGERPRINTS: [&str; 7] = [
    "accounts 847d850b0e861410",
    "subscriptions dddb3c38e88bca25",
    "contracts 8a2f6ddf0ca588eb",
    "activity 71d618897db3d9e3",
    "usage 27ac630531c7affa",
    "truth 166257ea5398b30c",
    "hazards b2ff09d8ab64a568",
];

#[test]
fn parts_are_the_whole_and_larger_books_begin_alike() {
    let (small, large) = (book(json!({"accounts": 101})), book(json!({"accounts": 5_000_000})));
    for name in Simulation::table_names() {
        let whole = rows(&all(&small, name));
        for cuts in [vec![0, 101], vec![0, 1, 2, 50, 101], vec![0, 40, 40, 100, 101]] {
            let mut joined: HashMap<String, Vec<Value>> = HashMap::new();
            for pair in cuts.windows(2) {
                let part = rows(&large.table(name, pair[0]..pair[1]).unwrap());
                for (column, values) in part.as_object().unwrap() {
                    joined.entry(column.clone()).or_default().extend(values.as_array().unwrap().iter().cloned());
                }
            }
            assert_eq!(json!(joined), whole, "{name} in parts {cuts:?}");
        }
        let streamed: usize = small.stream(name, 17).unwrap().map(|part| part.unwrap().rows()).sum();
        assert_eq!(streamed, all(&small, name).rows());
    }
    let last = large.table("accounts", 4_999_999..5_000_000).unwrap();
    assert_eq!(text(&last, "account", 0), Some("a-5000000"));
}

#[test]
fn what_a_table_is_made_of_changes_no_other() {
    let (plain, other) = (
        book(json!({"accounts": 200})),
        book(json!({"accounts": 200,
            "activity": {"daily": 1.0}, "owners": [{"id": "zoe"}], "countries": [{"id": "FR"}],
            "usage": [{"id": "incidents", "measure": "count"}, {"id": "nps", "measure": "score", "missing": 0.6}]})),
    );
    for name in ["subscriptions", "contracts", "truth", "hazards"] {
        let (mut a, mut b) = (rows(&all(&plain, name)), rows(&all(&other, name)));
        for table in [&mut a, &mut b] {
            table.as_object_mut().unwrap().remove("owner");
        }
        assert_eq!(a, b, "{name}");
    }
    // An item keeps its values when others come before it.
    let nps = |book: &Simulation| rows(&all(book, "usage"))["nps"].clone();
    assert_eq!(nps(&plain), nps(&other));
    // Other chances of an upgrade leave the days on which accounts join as they are.
    let joined = |book: &Simulation| rows(&all(book, "accounts"))["joined"].clone();
    assert_eq!(joined(&plain), joined(&book(json!({"accounts": 200, "upgrade": 0.5}))));
}

#[test]
fn accounts_leave_as_often_as_the_truth_says() {
    let book = book(json!({"accounts": MANY, "seed": 5}));
    let hazards = all(&book, "hazards");
    let (probability, churned) = (numbers(&hazards, "churn_probability"), whole(&hazards, "churned"));
    let health = numbers(&hazards, "health");
    let with = |holds: &dyn Fn(usize) -> bool| {
        let rows = (0..hazards.rows()).filter(|row| holds(*row) && probability[*row] > 0.0);
        deviation(rows.map(|row| (probability[row], churned[row] == 1)))
    };
    for segment in ["small", "middle", "large"] {
        for plan in ["basic", "pro", "basic_yearly", "pro_yearly"] {
            let (z, events) = with(&|row| {
                text(&hazards, "segment", row) == Some(segment) && text(&hazards, "plan", row) == Some(plan)
            });
            assert!(z.abs() < 4.0 && events > 20.0, "{segment} {plan}: {z} standard errors over {events} events");
        }
    }
    for band in [-2.5, -1.5, -0.5, 0.5, 1.5] {
        let (z, events) = with(&|row| (band..band + 1.0).contains(&health[row].clamp(-2.5, 2.4)));
        assert!(z.abs() < 4.0 && events > 50.0, "health from {band}: {z} standard errors over {events} events");
    }
    let (z, events) = with(&|_| true);
    assert!(z.abs() < 4.0 && events > 3000.0, "all: {z} standard errors over {events} events");
    assert!(probability.iter().zip(&churned).all(|(p, c)| *p > 0.0 || *c == 0), "only at a renewal");
    // The probability is the one of the formula, from the health of the month.
    for row in (0..hazards.rows()).filter(|row| text(&hazards, "plan", *row) == Some("basic")) {
        let churn = match text(&hazards, "segment", row) {
            Some("small") => 0.03f64,
            Some("middle") => 0.015,
            _ => 0.006,
        };
        let hazard = -(1.0 - churn).ln() * (-0.8 * health[row] - 0.32).exp();
        assert!((probability[row] - (1.0 - (-hazard).exp())).abs() < 1e-12);
    }
}

#[test]
fn the_mean_account_of_a_segment_leaves_as_often_as_the_document_says() {
    // Without effects of health and joining, each month of a monthly plan is a draw with the probability of the segment.
    let book = book(json!({"accounts": MANY, "opening": 1, "months": 24, "health": {"effect": 0}, "upgrade": 0.04,
        "downgrade": 0.02, "reactivation": {"probability": 0.1, "gap": [3, 5]},
        "segments": [{"id": "only", "churn": 0.03, "seats": [5, 50]}],
        "plans": [{"id": "low", "monthly": "10"}, {"id": "high", "monthly": "20"}]}));
    let hazards = all(&book, "hazards");
    assert!(numbers(&hazards, "churn_probability").iter().all(|p| (p - 0.03).abs() < 1e-15));
    let months = hazards.rows() as f64;
    let (z, _) = deviation(whole(&hazards, "churned").iter().map(|churned| (0.03, *churned == 1)));
    assert!(z.abs() < 4.0, "churn: {z}");
    let truth = all(&book, "truth");
    let sum = |name: &str| whole(&truth, name).iter().sum::<i64>() as f64;
    assert_eq!(sum("months"), months);
    // Of the months that end without a loss, 4 in 100 bring an upgrade, and 2 in 100 of the others a downgrade, which takes
    // more than one seat on the low plan, as all but a few accounts have.
    let stayed = months - sum("churns");
    let z = |events: f64, p: f64, of: f64| (events - p * of) / (p * (1.0 - p) * of).sqrt();
    assert!(z(sum("upgrades"), 0.04, stayed).abs() < 4.0, "{}", z(sum("upgrades"), 0.04, stayed));
    let others = stayed - sum("upgrades");
    assert!(z(sum("downgrades"), 0.02, others).abs() < 4.0, "{}", z(sum("downgrades"), 0.02, others));
    // Three draws with a tenth each bring back those who left long enough before the end.
    let horizon = book.horizon().days();
    let (mut left, mut back) = (0.0, 0.0);
    for row in 0..truth.rows() {
        let Some(gone) = day(&truth, "churned_on", row).filter(|gone| *gone < horizon - 6 * 31) else { continue };
        left += 1.0;
        let Some(returned) = day(&truth, "returned_on", row) else { continue };
        back += 1.0;
        assert!((89..=153).contains(&(returned - gone)), "a gap of {} days", returned - gone);
    }
    let p = 1.0 - 0.9f64.powi(3);
    assert!(z(back, p, left).abs() < 4.0, "{}", z(back, p, left));
}

#[test]
fn yearly_plans_end_at_renewals_and_the_first_is_the_hardest() {
    let book = book(json!({"accounts": MANY, "opening": 0, "months": 60, "health": {"effect": 0}, "growth": 0,
        "trial": {"share": 0}, "reactivation": {"probability": 0}, "upgrade": 0, "downgrade": 0.01, "first_renewal": 2,
        "segments": [{"id": "only", "churn": 0.01, "seats": [100, 100]}],
        "plans": [{"id": "year", "monthly": "10", "interval": "year"}]}));
    let hazards = all(&book, "hazards");
    let (month, churned) = (whole(&hazards, "month"), whole(&hazards, "churned"));
    let probability = numbers(&hazards, "churn_probability");
    // 1 − 0.99^24 at the first renewal, 1 − 0.99^12 at each further one, nothing between.
    for (row, month) in month.iter().enumerate() {
        let due = if month % 12 != 11 { 0.0 } else { 1.0 - 0.99f64.powi(if *month == 11 { 24 } else { 12 }) };
        assert!((probability[row] - due).abs() < 1e-12);
    }
    let rows = (0..hazards.rows()).filter(|row| month[*row] == 11).map(|row| (probability[row], churned[row] == 1));
    let (z, events) = deviation(rows);
    assert!(z.abs() < 4.0 && events > 1000.0, "{z}");
    // A downgrade waits for the renewal, with twelve months' probability.
    let truth = all(&book, "truth");
    let downgrades = whole(&truth, "downgrades").iter().sum::<i64>() as f64;
    let renewed = (0..hazards.rows()).filter(|row| probability[*row] > 0.0 && churned[*row] == 0).count() as f64;
    let p = 1.0 - 0.99f64.powi(12);
    assert!(((downgrades - p * renewed) / (p * (1.0 - p) * renewed).sqrt()).abs() < 4.0);
}

#[test]
fn choices_are_drawn_by_weight() {
    let book = book(json!({"accounts": MANY, "seed": 11}));
    let (truth, accounts) = (all(&book, "truth"), all(&book, "accounts"));
    let share = |table: &ResultTable, name: &str, ids: &[(&str, f64)]| {
        let mut counts = vec![0.0; ids.len()];
        for row in 0..table.rows() {
            if let Some(at) = text(table, name, row).and_then(|id| ids.iter().position(|(known, _)| *known == id)) {
                counts[at] += 1.0;
            }
        }
        let (all, weights) = (counts.iter().sum::<f64>(), ids.iter().map(|(_, weight)| weight).sum::<f64>());
        let expected: Vec<f64> = ids.iter().map(|(_, weight)| all * weight / weights).collect();
        chi_square(&counts, &expected)
    };
    // The quantiles of chi-square at 0.9999 with 1, 2, 3 and 4 degrees are 15.1, 18.4, 21.1, 23.5.
    let reasons =
        [("price", 30.0), ("competitor", 20.0), ("missing_feature", 15.0), ("low_use", 25.0), ("closed_down", 10.0)];
    assert!(share(&truth, "reason", &reasons) < 23.5);
    assert!(share(&truth, "segment", &[("small", 6.0), ("middle", 3.0), ("large", 1.0)]) < 18.4);
    let plans = [("basic", 4.0), ("pro", 2.0), ("basic_yearly", 2.0), ("pro_yearly", 2.0)];
    assert!(share(&truth, "plan", &plans) < 21.1);
    assert!(share(&accounts, "country", &[("JP", 5.0), ("US", 3.0), ("DE", 2.0)]) < 18.4);
    let owners = ["aoki", "baba", "chiba", "doi"].map(|id| (id, 1.0));
    assert!(share(&accounts, "owner", &owners) < 21.1);
    // A tenth of the losses have no reason in the book.
    let subscriptions = all(&book, "subscriptions");
    let lost = (0..subscriptions.rows()).filter(|row| day(&subscriptions, "requested_at", *row).is_some());
    let (z, _) = deviation(lost.map(|row| (0.9, text(&subscriptions, "reason", row).is_some())));
    assert!(z.abs() < 4.0, "{z}");
    // 30 of 100 are there on the first day.
    let first = crate::calendar::Date::parse(&book.document().from).unwrap().days();
    let (z, _) = deviation((0..accounts.rows()).map(|row| (0.3, day(&accounts, "joined", row) == Some(first))));
    assert!(z.abs() < 4.0, "{z}");
}

#[test]
fn health_is_standard_normal_and_persists() {
    let book = book(json!({"accounts": MANY, "health": {"effect": 0, "persistence": 0.9}}));
    let hazards = all(&book, "hazards");
    let (month, health) = (whole(&hazards, "month"), numbers(&hazards, "health"));
    let (mut pairs, mut product) = (0.0, 0.0);
    for row in 1..hazards.rows() {
        if month[row] == 1 && month[row - 1] == 0 {
            pairs += 1.0;
            product += health[row] * health[row - 1];
        }
    }
    // The variance of a product of two standard normals with correlation r is 1 + r².
    assert!((product / pairs - 0.9).abs() < 4.0 * (1.81f64 / pairs).sqrt(), "{}", product / pairs);
    let truth = all(&book, "truth");
    let start = numbers(&truth, "health");
    assert!((start.iter().sum::<f64>() / MANY as f64).abs() < 4.0 / (MANY as f64).sqrt());
    let variance = start.iter().map(|z| z * z).sum::<f64>() / MANY as f64;
    assert!((variance - 1.0).abs() < 4.0 * (2.0 / MANY as f64).sqrt());
}

#[test]
fn usage_has_a_signal_of_health() {
    let book = book(json!({"accounts": 4000, "health": {"persistence": 1}, "seed": 2}));
    let (usage, truth) = (all(&book, "usage"), all(&book, "truth"));
    let health: HashMap<&str, f64> =
        (0..truth.rows()).map(|row| (text(&truth, "account", row).unwrap(), numbers(&truth, "health")[row])).collect();
    let correlation = |value: &dyn Fn(usize) -> Option<f64>| {
        let pairs: Vec<(f64, f64)> = (0..usage.rows())
            .filter_map(|row| Some((health[text(&usage, "account", row).unwrap()], value(row)?)))
            .collect();
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / pairs.len() as f64;
        let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
        let product = mean(&|p| (p.0 - x) * (p.1 - y));
        product / (mean(&|p| (p.0 - x).powi(2)) * mean(&|p| (p.1 - y).powi(2))).sqrt()
    };
    let int = |name: &str, row: usize| usage.column(name).unwrap().whole(row).map(|n| n as f64);
    // Noise hides some of it, and none of the signs.
    let seats = correlation(&|row| Some(int("active_seats", row)? / int("purchased_seats", row)?));
    let tickets = correlation(&|row| int("tickets_per_month", row));
    let nps = correlation(&|row| int("nps", row));
    let days = correlation(&|row| Some(f64::from(day(&usage, "month", row)? - day(&usage, "last_login_on", row)?)));
    assert!(seats > 0.5 && nps > 0.4 && tickets < -0.15 && days < -0.2, "{seats} {nps} {tickets} {days}");
    let answered = (0..usage.rows()).map(|row| (0.4, int("nps", row).is_some()));
    assert!(deviation(answered).0.abs() < 4.0);
    assert!((0..usage.rows()).all(|row| int("active_seats", row) <= int("purchased_seats", row)));
}

#[test]
fn the_tables_tell_one_story() {
    let book = book(json!({"accounts": 2000, "seed": 9}));
    let (subscriptions, truth) = (all(&book, "subscriptions"), all(&book, "truth"));
    let (activity, usage) = (all(&book, "activity"), all(&book, "usage"));
    let horizon = book.horizon().days();
    let mut spans: HashMap<&str, Vec<(i32, i32)>> = HashMap::new();
    for row in 0..subscriptions.rows() {
        let (start, end) = (day(&subscriptions, "start", row).unwrap(), day(&subscriptions, "end", row));
        assert!(start < end.unwrap_or(horizon) && end.is_none_or(|end| end < horizon));
        let asked = day(&subscriptions, "requested_at", row);
        assert!(asked.is_none_or(|asked| start <= asked && Some(asked) <= end));
        spans.entry(text(&subscriptions, "account", row).unwrap()).or_default().push((start, end.unwrap_or(horizon)));
    }
    for row in 0..truth.rows() {
        let spans = &spans[text(&truth, "account", row).unwrap()];
        assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "stretches follow each other");
        assert_eq!(spans[0].0, day(&truth, "joined", row).unwrap());
        let (gone, back) = (day(&truth, "churned_on", row), day(&truth, "returned_on", row));
        let gap = spans.windows(2).find(|pair| pair[0].1 < pair[1].0).map(|pair| (pair[0].1, pair[1].0));
        assert_eq!(gap, gone.zip(back));
        let live = spans.last().unwrap().1 == horizon && day(&truth, "paid_from", row).is_some();
        assert_eq!(truth.column("live").unwrap().whole(row), Some(live.into()));
    }
    let covered = |account: &str, day: i32| spans[account].iter().any(|(from, to)| (*from..*to).contains(&day));
    let mut active: HashMap<&str, Vec<i32>> = HashMap::new();
    for row in 0..activity.rows() {
        let (account, date) = (text(&activity, "account", row).unwrap(), day(&activity, "date", row).unwrap());
        assert!(covered(account, date));
        active.entry(account).or_default().push(date);
    }
    assert!(active.values().all(|days| days.is_sorted_by(|a, b| a < b)));
    for row in 0..usage.rows() {
        let (account, month) = (text(&usage, "account", row).unwrap(), day(&usage, "month", row).unwrap());
        assert!(covered(account, month));
        let last = active.get(account).and_then(|days| days.iter().rev().find(|day| **day <= month).copied());
        assert_eq!(day(&usage, "last_login_on", row), last);
    }
}

#[test]
fn a_bridge_of_the_book_closes_and_has_every_movement() {
    let book = book(json!({"accounts": 3000}));
    let subscriptions = all(&book, "subscriptions");
    let tables = Tables::new([("subscriptions", vec![subscriptions.as_table().unwrap()])]);
    let policy = RevenuePolicy::preset("default").unwrap();
    let run = |operation, more: Value| {
        let mut options = json!({"horizon": book.horizon().to_string()});
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        policy.run(operation, &tables, &options).unwrap()
    };
    let bridge = run(Operation::Bridge, json!({"by": ["segment"]}));
    let cents = |name: &str, row: usize| -> i128 {
        bridge.column(name).unwrap().decimal(row).unwrap().replace('.', "").parse().unwrap()
    };
    let movements = ["new", "reactivation", "expansion", "contraction", "churn"];
    let mut totals = [0; 5];
    for row in 0..bridge.rows() {
        let moved: i128 = movements.iter().map(|name| cents(name, row)).sum();
        assert_eq!(cents("opening", row) + moved + cents("transfer", row), cents("closing", row));
        assert_eq!(cents("transfer", row), 0, "accounts keep their segment");
        totals.iter_mut().zip(movements).for_each(|(total, name)| *total += cents(name, row));
    }
    assert_eq!(bridge.rows(), 36 * 3);
    assert!(totals[..3].iter().all(|sum| *sum > 0) && totals[3..].iter().all(|sum| *sum < 0), "{totals:?}");
    // Accounts churn and come back as often as the truth says; the first month is opening only.
    let truth = all(&book, "truth");
    let sum = |table: &ResultTable, name: &str| whole(table, name).iter().sum::<i64>();
    assert_eq!(sum(&bridge, "churn_accounts"), sum(&truth, "churns"));
    let back = whole(&truth, "churns").into_iter().zip(whole(&truth, "live")).map(|(churns, live)| churns - 1 + live);
    let paid = (0..truth.rows()).map(|row| day(&truth, "paid_from", row).is_some());
    let returns: i64 = back.zip(paid).map(|(back, paid)| if paid { back } else { 0 }).sum();
    assert_eq!(sum(&bridge, "reactivation_accounts"), returns);
    let reasons = run(Operation::Reasons, json!({}));
    let given: Vec<Option<&str>> = (0..reasons.rows()).map(|row| text(&reasons, "reason", row)).collect();
    for reason in ["price", "competitor", "missing_feature", "low_use", "closed_down"] {
        assert!(given.contains(&Some(reason)), "{reason}");
    }
    assert!(given.contains(&None));
    assert_eq!(sum(&reasons, "churn_accounts"), sum(&truth, "churns"));
}

#[test]
fn contracts_go_into_renewals() {
    let book = book(json!({"accounts": 2000, "currency": "JPY"}));
    let contracts = all(&book, "contracts");
    let tables = Tables::new([("contracts", vec![contracts.as_table().unwrap()])]);
    let policy = RevenuePolicy::preset("default").unwrap();
    let options = json!({"as_of": "2025-07-01", "horizon": book.horizon().to_string()});
    let renewals = policy.run(Operation::Renewals, &tables, &options).unwrap();
    let sum = |name: &str| whole(&renewals, name).iter().sum::<i64>();
    for bucket in ["on_time", "early", "late", "lost", "open"] {
        assert!(sum(&format!("{bucket}_contracts")) > 0, "{bucket}");
    }
    let calendar = policy.run(Operation::RenewalCalendar, &tables, &options).unwrap();
    assert!(calendar.rows() > 20);
    // A contract is lost where its account leaves, and nowhere else.
    let truth = all(&book, "truth");
    let lost = (0..contracts.rows()).filter(|row| text(&contracts, "outcome", *row) == Some("lost")).count() as i64;
    let yearly =
        (0..truth.rows()).filter(|row| text(&truth, "plan", *row).is_some_and(|plan| plan.ends_with("yearly")));
    let churns = whole(&truth, "churns");
    assert_eq!(lost, yearly.map(|row| churns[row]).sum::<i64>());
}

#[test]
fn documents_read_back_and_tell_all_that_is_wrong() {
    let default = Simulation::from_json("{}").unwrap();
    assert_eq!(Simulation::from_json(default.to_json()).unwrap().to_json(), default.to_json());
    let full = book(json!({"segments": [{"id": "a", "plans": {"pro": 1}}], "labels": {"ja": "例"},
        "usage": [{"id": "x", "measure": "score", "range": [-5, 5]}, {"id": "y", "measure": "count", "mean": 4}]}));
    assert_eq!(Simulation::from_json(full.to_json()).unwrap(), full);
    assert!(book(json!({"usage": []})).table("usage", 0..10).unwrap().columns().len() == 2);
    let wrong = json!({"schema_version": 2, "seed": -1, "accounts": 1.5, "from": "2024-01-02", "months": 0,
        "currency": "ABC", "opening": 2, "trial": {"day": 3},
        "segments": [{"id": "a", "churn": 1}, {"id": "a2", "seats": [5, 2], "plans": {"por": 1}}, {"id": "a2"}, {"id": "a2"}],
        "plans": [{"id": "pro", "monthly": 12.5}, {"id": "free", "monthly": "-1"}],
        "reactivation": {"gap": [0, 3]}, "reasons": [{"id": "x", "weight": 0}], "owners": [{"id": "x", "weight": -1}],
        "usage": [{"id": "month", "measure": "seats"}, {"id": "q", "measure": "seats", "mean": 1}, {"id": "n", "measure": "sum"}]});
    let found: Vec<(String, String)> = Simulation::check(&wrong)
        .iter()
        .map(|issue| (issue.code.to_string(), issue.context.path.clone().unwrap_or_default()))
        .collect();
    let expected = [
        ("unsupported_schema_version", "schema_version"),
        ("number_out_of_range", "seed"),
        ("wrong_type", "accounts"),
        ("invalid_date", "from"),
        ("number_out_of_range", "months"),
        ("unknown_currency", "currency"),
        ("number_out_of_range", "opening"),
        ("unknown_field", "trial.day"),
        ("wrong_type", "plans[0].monthly"),
        ("invalid_amount", "plans[1].monthly"),
        ("number_out_of_range", "segments[0].churn"),
        ("number_out_of_range", "segments[1].seats"),
        ("duplicate_id", "segments[3]"),
        ("number_out_of_range", "reactivation.gap"),
        ("all_weights_zero", "reasons"),
        ("negative_weight", "owners[0].weight"),
        ("reserved_id", "usage[0].id"),
        ("unknown_field", "usage[1].mean"),
        ("unknown_choice", "usage[2].measure"),
    ];
    let expected: Vec<(String, String)> = expected.map(|(code, path)| (code.into(), path.into())).into();
    assert_eq!(found, expected);
    let unknown = Simulation::check(&json!({"segments": [{"id": "a", "plans": {"por": 1}}]}));
    assert_eq!(unknown[0].context.help.as_deref(), Some("did you mean `pro`?"));
}

#[test]
fn calls_that_cannot_be_are_refused() {
    let book = book(json!({"accounts": 10}));
    let code = |result: crate::Result<ResultTable>| result.unwrap_err().code().as_str();
    assert_eq!(code(book.table("subscription", 0..1)), "unknown_choice");
    assert_eq!(code(book.table("usage", 0..11)), "number_out_of_range");
    assert_eq!(code(book.run("usage", 5, 4)), "number_out_of_range");
    assert_eq!(book.stream("usage", 0).unwrap_err().code().as_str(), "number_out_of_range");
    assert_eq!(book.table("usage", 10..10).unwrap().rows(), 0);
}

#[cfg(feature = "schema")]
#[test]
fn the_schema_has_every_field_and_its_default() {
    let schema = Simulation::schema();
    let document: Value = serde_json::from_str(Simulation::from_json("{}").unwrap().to_json()).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let names = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(names(properties), names(document.as_object().unwrap()));
    for (name, value) in document.as_object().unwrap() {
        let given = &properties[name]["default"];
        let same = given == value || given.as_f64().is_some_and(|x| Some(x) == value.as_f64());
        assert!(same || value.is_array() || value.is_object(), "{name}: {given} and {value}");
        assert!(!given.is_null(), "{name}");
    }
    assert!(schema.get("required").is_none());
}

#[test]
fn the_edges_of_documents_draw() {
    for document in [
        json!({"accounts": 50, "months": 1}),
        json!({"accounts": 50, "months": 600, "from": "2999-12-01"}),
        json!({"accounts": 50, "opening": 1, "months": 600, "health": {"persistence": 0, "effect": -3}, "upgrade": 1}),
        json!({"accounts": 50, "trial": {"share": 1, "days": 90}, "months": 2, "from": "1900-01-01"}),
        json!({"accounts": 50, "downgrade": 1, "upgrade": 0, "reactivation": {"probability": 1, "gap": [1, 600]}}),
        json!({"accounts": 50, "segments": [{"id": "a", "churn": 0.99, "seats": [100_000, 100_000]}], "currency": "KWD",
            "plans": [{"id": "a", "monthly": "1000000000.000", "interval": "year"}], "upgrade": 1}),
    ] {
        let book = book(document.clone());
        for name in Simulation::table_names() {
            let _ = all(&book, name);
        }
        let subscriptions = all(&book, "subscriptions");
        assert!(subscriptions.rows() >= 50, "{document}");
    }
}
