//! Laws of readers: a book is the same however its columns are typed, and whatever stands in them is read or refused.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Holder;
use cs_core::calendar::Date;
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::table::{ResultTable, Tables};
use proptest::prelude::*;
use serde_json::{Value, json};

const BASE: i32 = 19_358; // 2023-01-01

/// A subscription: account, start and length in days, cents, interval.
type Row = (usize, i32, Option<i32>, i64, &'static str);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let interval = prop::sample::select(vec!["day", "week", "month", "quarter", "year"]);
    let row = (0usize..5, 0..300, prop::option::of(1..200), 0i64..1_000_000, interval);
    prop::collection::vec(row, 1..12)
}

fn text(day: i32) -> Value {
    json!(Date::from_days(day).to_string())
}

fn subscriptions(rows: &[Row], amount: &Value, dates: &str, ids: &str) -> Holder {
    let column = |cell: &dyn Fn(&Row) -> Value| rows.iter().map(cell).collect::<Vec<Value>>();
    let typed = |kind: &str, values: Vec<Value>| json!({"type": kind, "values": values});
    Holder::of(&json!({
        "account": typed(ids, column(&|row| if ids == "i64" { json!(row.0) } else { json!(row.0.to_string()) })),
        "start": typed(dates, column(&|row| text(BASE + row.1))),
        "end": typed(dates, column(&|row| row.2.map_or(Value::Null, |days| text(BASE + row.1 + days)))),
        "amount": amount,
        "interval": typed("text", column(&|row| json!(row.4))),
    }))
}

fn policy() -> RevenuePolicy {
    RevenuePolicy::from_value(&json!({"schema_version": 1, "policy": "laws", "currency": "USD"})).unwrap()
}

fn shown(table: &ResultTable, but: &str) -> Vec<(String, Vec<Value>)> {
    let values = |name: &str| (0..table.rows()).map(|row| table.column(name).unwrap().json(row).unwrap()).collect();
    table.columns().iter().filter(|(name, _)| name != but).map(|(name, _)| (name.clone(), values(name))).collect()
}

fn mrr(holder: &Holder, options: &Value) -> ResultTable {
    let tables = Tables::new([("subscriptions", vec![holder.table()])]);
    policy().run(Operation::Mrr, &tables, options).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_book_is_the_same_however_its_columns_are_typed(rows in rows()) {
        let decimal = |cents: i64| format!("{}.{:02}", cents / 100, cents % 100);
        let amounts = [
            json!({"type": "text", "values": rows.iter().map(|row| json!(decimal(row.3))).collect::<Vec<_>>()}),
            json!({"type": "i64", "values": rows.iter().map(|row| json!(row.3)).collect::<Vec<_>>()}),
            json!({"type": "f64", "values": rows.iter().map(|row| json!(row.3 as f64 / 100.0)).collect::<Vec<_>>()}),
        ];
        let options = json!({"horizon": "2024-06-01", "float_scale": 2});
        let first = shown(&mrr(&subscriptions(&rows, &amounts[0], "date", "text"), &options), "");
        for amount in &amounts {
            for (dates, ids) in [("date", "text"), ("text", "text"), ("date", "i64"), ("text", "i64")] {
                let found = shown(&mrr(&subscriptions(&rows, amount, dates, ids), &options), "");
                prop_assert_eq!(&found, &first);
            }
        }
    }

    #[test]
    fn instants_in_any_order_are_those_of_a_day_by_itself(rows in rows(), days in prop::collection::vec(0..500, 1..8)) {
        let amount = json!({"type": "i64", "values": rows.iter().map(|row| json!(row.3)).collect::<Vec<_>>()});
        let holder = subscriptions(&rows, &amount, "date", "text");
        let at = |days: &[i32]| -> Vec<Value> { days.iter().map(|day| text(BASE + day)).collect() };
        let all = mrr(&holder, &json!({"horizon": "2024-06-01", "at": at(&days)}));
        for (row, day) in days.iter().enumerate() {
            let one = mrr(&holder, &json!({"horizon": "2024-06-01", "at": at(&[*day])}));
            for name in ["date", "mrr", "accounts"] {
                prop_assert_eq!(all.column(name).unwrap().json(row), one.column(name).unwrap().json(0));
            }
        }
    }

    #[test]
    fn whatever_stands_in_a_book_is_read_or_refused(
        cells in prop::collection::vec((0usize..4, 0usize..12), 1..10),
        role in prop::sample::select(vec!["subscriptions", "snapshots", "invoices", "movements", "contracts", "activity"]),
    ) {
        const WORDS: [&str; 12] = ["", "a", "2024-01-01", "2024-13-01", "9999-12-31", "0001-01-01", "1e9", "-5", "month",
            "99999999999999999999999999999999999999", "0.001", "\u{2028}"];
        let names = ["account", "subscription", "contract", "start", "end", "due", "date", "day", "month", "period_start",
            "period_end", "amount", "delta", "mrr", "interval", "outcome", "closed_at", "renewed_amount"];
        let columns: serde_json::Map<String, Value> = names.iter().enumerate().map(|(at, name)| {
            let cell = |(shift, word): &(usize, usize)| match (at + shift) % 5 {
                0 => Value::Null,
                _ => json!(WORDS[(word + at * shift) % WORDS.len()]),
            };
            ((*name).to_owned(), json!({"type": "text", "values": cells.iter().map(cell).collect::<Vec<_>>()}))
        }).collect();
        let holder = Holder::of(&Value::Object(columns));
        for operation in [Operation::Mrr, Operation::Bridge, Operation::Retention, Operation::Cohorts, Operation::Renewals] {
            let tables = Tables::new([(role, vec![holder.table()])]);
            if let Err(error) = policy().run(operation, &tables, &json!({"horizon": "2024-06-01"})) {
                let issues = error.issues();
                prop_assert!(!issues.is_empty());
                prop_assert!(issues.iter().all(|issue| issue.context.rows.iter().all(|row| (*row as usize) < cells.len())));
            }
        }
    }
}
