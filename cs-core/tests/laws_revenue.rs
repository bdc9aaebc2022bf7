//! Laws that every bridge must obey, on random books; labels beside a reading of the rules day by day.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use cs_core::calendar::Date;
use cs_core::revenue::{Operation, Partial, RevenuePolicy};
use cs_core::table::{Column, ResultTable, Table, Tables, Values};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A subscription: account, first day, length, amount a month, product. Days count from 1 January 2024.
type Line = (usize, i32, i32, i64, usize);

/// 1 January to 1 July 2024.
const DAYS: i32 = 182;
const MONTHS: [i32; 7] = [0, 31, 60, 91, 121, 152, 182];
const LABELS: [&str; 5] = ["new", "reactivation", "expansion", "contraction", "churn"];

fn origin() -> i32 {
    Date::parse("2024-01-01").unwrap().days()
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (0usize..4, 0..DAYS - 5, 1i32..90, prop_oneof![Just(0i64), 1i64..5, Just(7)], 0usize..3);
    prop::collection::vec(line, 1..14)
}

fn policy(netting: &str, min_gap: &str, max_gap: Option<&str>, free: bool) -> RevenuePolicy {
    let document = json!({
        "schema_version": 1, "policy": "laws", "currency": "JPY", "netting": netting,
        "reactivation": {"min_gap": min_gap, "max_gap": max_gap},
        // Where nothing is netted, what is free does not move.
        "free_accounts": if free && netting != "none" { "count" } else { "exclude" },
    });
    RevenuePolicy::from_value(&document).unwrap()
}

fn policies() -> impl Strategy<Value = (RevenuePolicy, i32, Option<i32>, bool)> {
    (0usize..3, prop_oneof![Just(0i32), 1..60], prop::option::of(1i32..90), any::<bool>()).prop_map(
        |(netting, least, most, free)| {
            let netting = ["period", "day", "none"][netting];
            let most_text = most.map(|days| format!("{days} days"));
            (policy(netting, &format!("{least} days"), most_text.as_deref(), free), least, most, free)
        },
    )
}

/// The columns of some lines.
struct Columns {
    accounts: Vec<String>,
    products: Vec<String>,
    starts: Vec<i32>,
    ends: Vec<i32>,
    amounts: Vec<i64>,
    intervals: Vec<&'static str>,
}

impl Columns {
    fn new(lines: &[Line]) -> Self {
        Self {
            accounts: lines.iter().map(|line| format!("account {}", line.0)).collect(),
            products: lines.iter().map(|line| ["basic", "plus", "pro"][line.4].to_owned()).collect(),
            starts: lines.iter().map(|line| origin() + line.1).collect(),
            ends: lines.iter().map(|line| origin() + line.1 + line.2).collect(),
            amounts: lines.iter().map(|line| line.3).collect(),
            intervals: vec!["month"; lines.len()],
        }
    }

    fn table(&self, rows: std::ops::Range<usize>) -> Table<'_> {
        Table::new([
            ("account", Column::from(&self.accounts[rows.clone()])),
            ("product", Column::from(&self.products[rows.clone()])),
            ("start", Column::all_valid(Values::Date(&self.starts[rows.clone()]))),
            ("end", Column::all_valid(Values::Date(&self.ends[rows.clone()]))),
            ("amount", Column::from(&self.amounts[rows.clone()])),
            ("interval", Column::from(&self.intervals[rows])),
        ])
        .unwrap()
    }

    fn tables(&self) -> Tables<'_> {
        self.part(0..self.accounts.len())
    }

    fn part(&self, rows: std::ops::Range<usize>) -> Tables<'_> {
        Tables::new([("subscriptions", vec![self.table(rows)])])
    }
}

/// All that a part has to know.
fn options(by: &[&str]) -> Value {
    json!({"from": "2024-01-01", "to": "2024-07-01", "horizon": "2024-07-01", "history_start": "2024-01-01", "by": by})
}

fn bridge(policy: &RevenuePolicy, lines: &[Line], by: &[&str]) -> ResultTable {
    policy.run(Operation::Bridge, &Columns::new(lines).tables(), &options(by)).unwrap()
}

fn money(table: &ResultTable, name: &str, row: usize) -> i128 {
    table.column(name).unwrap().decimal(row).unwrap().parse().unwrap()
}

fn count(table: &ResultTable, name: &str, row: usize) -> i64 {
    table.column(name).unwrap().whole(row).unwrap()
}

/// MRR of an account on each day, and whether it is live.
fn days(lines: &[Line], account: usize, free: bool) -> (Vec<i128>, Vec<bool>) {
    let own: Vec<&Line> = lines.iter().filter(|line| line.0 == account).collect();
    let on = |day: i32| own.iter().filter(move |line| line.1 <= day && day < line.1 + line.2);
    let mrr: Vec<i128> = (0..DAYS).map(|day| on(day).map(|line| i128::from(line.3)).sum()).collect();
    let live = (0..DAYS).map(|day| if free { on(day).count() > 0 } else { mrr[day as usize] > 0 }).collect();
    (mrr, live)
}

/// The label of the change between the ends of two days, read off the days.
fn label(
    (mrr, live): (&[i128], &[bool]),
    before: i32,
    after: i32,
    least: i32,
    most: Option<i32>,
) -> Option<&'static str> {
    let is = |day: i32| day >= 0 && live[day as usize];
    match (is(before), is(after)) {
        (false, true) => {
            let Some(last) = (0..=before).rev().find(|day| is(*day)) else { return Some("new") };
            let back = (0..=after).rev().take_while(|day| is(*day)).last().unwrap();
            let gap = back - (last + 1);
            Some(match () {
                () if gap < least => "expansion",
                () if most.is_some_and(|most| gap > most) => "new",
                () => "reactivation",
            })
        }
        (true, false) => {
            let gone = (before..DAYS).find(|day| !is(*day)).unwrap();
            let back = (after + 1..DAYS).find(|day| is(*day));
            Some(if back.is_some_and(|back| back - gone < least) { "contraction" } else { "churn" })
        }
        _ => {
            let at = |day: i32| if day < 0 { 0 } else { mrr[day as usize] };
            match at(after) - at(before) {
                0 => None,
                change if change > 0 => Some("expansion"),
                _ => Some("contraction"),
            }
        }
    }
}

/// Amounts and numbers of movements by month and label.
type Sums = BTreeMap<(usize, &'static str), (i128, i64)>;

fn by_hand(lines: &[Line], by_day: bool, least: i32, most: Option<i32>, free: bool) -> Sums {
    let mut sums = Sums::new();
    for account in 0..4 {
        let (mrr, live) = days(lines, account, free);
        let at = |day: i32| if day < 0 { 0 } else { mrr[day as usize] };
        // The first month is opening only.
        for month in 1..6 {
            let steps: Vec<(i32, i32)> = if by_day {
                (MONTHS[month]..MONTHS[month + 1]).map(|day| (day - 1, day)).collect()
            } else {
                vec![(MONTHS[month] - 1, MONTHS[month + 1] - 1)]
            };
            for (before, after) in steps {
                if let Some(label) = label((&mrr, &live), before, after, least, most) {
                    let sum = sums.entry((month, label)).or_default();
                    sum.0 += at(after) - at(before);
                    sum.1 += 1;
                }
            }
        }
    }
    sums
}

fn netting(policy: &RevenuePolicy) -> String {
    let document: Value = serde_json::from_str(policy.to_json()).unwrap();
    document["netting"].as_str().unwrap().to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_row_closes_and_the_next_opens_where_it_closed(
        lines in lines(),
        (policy, ..) in policies(),
        keyed in any::<bool>(),
    ) {
        let by: &[&str] = if keyed { &["product"] } else { &[] };
        let table = bridge(&policy, &lines, by);
        let mut closed: BTreeMap<(Option<String>, Option<String>), (i128, i64)> = BTreeMap::new();
        for row in 0..table.rows() {
            let sum: i128 = ["opening", "transfer", "fx"].iter().chain(&LABELS).map(|name| money(&table, name, row)).sum();
            prop_assert_eq!(sum, money(&table, "closing", row));
            let text = |name: &str| table.column(name).and_then(|column| column.text(row)).map(str::to_owned);
            let place = (text("currency"), text("product"));
            let opening = (money(&table, "opening", row), count(&table, "opening_accounts", row));
            if let Some(closed) = closed.get(&place) {
                prop_assert_eq!(*closed, opening);
            }
            closed.insert(place, (money(&table, "closing", row), count(&table, "closing_accounts", row)));
        }
    }

    #[test]
    fn labels_are_those_of_the_days(lines in lines(), by_day in any::<bool>(), least in prop_oneof![Just(0i32), 1..60],
                                    most in prop::option::of(1i32..90), free in any::<bool>()) {
        let netting = if by_day { "day" } else { "period" };
        let most_text = most.map(|days| format!("{days} days"));
        let policy = policy(netting, &format!("{least} days"), most_text.as_deref(), free);
        let table = bridge(&policy, &lines, &[]);
        let expected = by_hand(&lines, by_day, least, most, free);
        for month in 0..table.rows() {
            for name in LABELS {
                let expected = expected.get(&(month, name)).copied().unwrap_or_default();
                let found = (money(&table, name, month), count(&table, &format!("{name}_accounts"), month));
                prop_assert_eq!(found, expected, "{} in month {}", name, month);
            }
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing(lines in lines(), (policy, ..) in policies(), turn in 0usize..14) {
        // Line by line the order of rows says which of two on one day comes first.
        prop_assume!(netting(&policy) != "none");
        let mut turned = lines.clone();
        turned.rotate_left(turn % lines.len());
        turned.reverse();
        prop_assert_eq!(bridge(&policy, &lines, &["product"]), bridge(&policy, &turned, &["product"]));
    }

    #[test]
    fn keys_sum_to_the_whole(lines in lines(), (policy, ..) in policies()) {
        let (whole, keyed) = (bridge(&policy, &lines, &[]), bridge(&policy, &lines, &["product"]));
        let mut sums: BTreeMap<(String, &str), i128> = BTreeMap::new();
        let names: Vec<&str> = ["opening", "closing", "transfer"].into_iter().chain(LABELS).collect();
        for row in 0..keyed.rows() {
            let period = keyed.column("period").unwrap().text(row).unwrap().to_owned();
            for name in &names {
                *sums.entry((period.clone(), *name)).or_default() += money(&keyed, name, row);
            }
        }
        for row in 0..whole.rows() {
            let period = whole.column("period").unwrap().text(row).unwrap().to_owned();
            for name in &names {
                let sum = sums.get(&(period.clone(), *name)).copied().unwrap_or_default();
                prop_assert_eq!(sum, money(&whole, name, row), "{} in {}", name, period);
            }
            prop_assert_eq!(sums.get(&(period, "transfer")).copied().unwrap_or_default(), 0);
        }
    }

    #[test]
    fn parts_in_any_order_are_one_pass(lines in lines(), (policy, ..) in policies(), cut in 0usize..5, json in any::<bool>()) {
        let mut lines = lines;
        lines.sort();
        let options = options(&["product"]);
        let columns = Columns::new(&lines);
        let at = lines.partition_point(|line| line.0 < cut);
        let part = |rows: std::ops::Range<usize>| {
            let mut partial = Partial::new(&policy, Operation::Bridge, &options).unwrap();
            partial.update(&columns.part(rows)).unwrap();
            if json { Partial::from_json(&partial.to_json().unwrap()).unwrap() } else { partial }
        };
        let one = policy.run(Operation::Bridge, &columns.tables(), &options).unwrap();
        for mut parts in [[part(0..at), part(at..lines.len())], [part(at..lines.len()), part(0..at)]] {
            let second = parts[1].clone();
            parts[0].merge(&second).unwrap();
            prop_assert_eq!(parts[0].finish().unwrap(), one.clone());
        }
    }

    #[test]
    fn a_sorted_stream_is_one_pass(lines in lines(), (policy, ..) in policies(), batch in 1usize..5, operation in 0usize..3) {
        let operation = [Operation::Bridge, Operation::Retention, Operation::Cohorts][operation];
        let mut lines = lines;
        lines.sort();
        let mut options = options(&[]);
        match operation {
            Operation::Retention => options["window"] = json!(2),
            Operation::Cohorts => {
                let fields = options.as_object_mut().unwrap();
                fields.retain(|name, _| matches!(name.as_str(), "horizon" | "history_start"));
            }
            _ => {}
        }
        let columns = Columns::new(&lines);
        let mut partial = Partial::new(&policy, operation, &options).unwrap();
        for from in (0..lines.len()).step_by(batch) {
            partial.update_sorted(&columns.part(from..lines.len().min(from + batch))).unwrap();
        }
        let one = policy.run(operation, &columns.tables(), &options).unwrap();
        prop_assert_eq!(partial.finish().unwrap(), one.clone());
        // As JSON, and merged into nothing, the last account counts too.
        let mut nothing = Partial::new(&policy, operation, &options).unwrap();
        nothing.merge(&Partial::from_json(&partial.to_json().unwrap()).unwrap()).unwrap();
        prop_assert_eq!(nothing.finish().unwrap(), one);
    }
}

#[test]
fn rows_of_a_stream_count_through_its_calls() {
    let columns = Columns::new(&[(0, 0, 10, 5, 0), (1, 0, 10, 5, 0), (1, 20, -3, 5, 0), (2, 0, 5, 1, 0)]);
    let policy = policy("period", "0 days", None, false);
    let mut partial = Partial::new(&policy, Operation::Bridge, &options(&[])).unwrap();
    partial.update_sorted(&columns.part(0..2)).unwrap();
    // Account 1 is complete, and wrong in its second row, when account 2 begins.
    let before = partial.to_json().unwrap();
    let error = partial.update_sorted(&columns.part(2..4)).unwrap_err();
    assert_eq!((error.code().as_str(), error.context().rows.as_slice()), ("end_before_start", &[2][..]));
    assert_eq!(partial.to_json().unwrap(), before);
}
