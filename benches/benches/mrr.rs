//! MRR at 36 month ends of five million subscription periods of 1.25 million accounts.
//!
//! `benches/python/bench_revenue.py mrr` does the same beside polars and DuckDB.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::table::{Column, Table, Tables};
use serde_json::json;
use std::hint::black_box;

const ACCOUNTS: i64 = 1_250_000;
const PERIODS: i64 = 4;
const FIRST_DAY: i32 = 18_993; // 2022-01-01

/// Each account has four periods, one after another, of a month, a quarter or a year.
fn mrr(c: &mut Criterion) {
    let intervals = ["month", "quarter", "year"];
    let (mut ids, mut starts, mut ends, mut amounts, mut words) = (vec![], vec![], vec![], vec![], vec![]);
    for account in 0..ACCOUNTS {
        for period in 0..PERIODS {
            let start = FIRST_DAY + (account % 90) as i32 + period as i32 * 240;
            ids.push(account);
            starts.push(start);
            ends.push(start + 200 + (account % 41) as i32);
            amounts.push((account % 50 + period + 1) * 1_200);
            words.push(intervals[((account + period) % 3) as usize]);
        }
    }
    let table = Table::new([
        ("account", Column::from(&ids[..])),
        ("start", Column::all_valid(cs_core::table::Values::Date(&starts))),
        ("end", Column::all_valid(cs_core::table::Values::Date(&ends))),
        ("amount", Column::from(&amounts[..])),
        ("interval", Column::from(&words[..])),
    ])
    .unwrap();
    let tables = Tables::new([("subscriptions", vec![table])]);
    let policy =
        RevenuePolicy::from_value(&json!({"schema_version": 1, "policy": "bench", "currency": "USD"})).unwrap();
    let options = json!({"from": "2022-01-01", "to": "2025-01-01", "horizon": "2025-01-01"});
    let mut group = c.benchmark_group("MRR of 5M periods");
    group.throughput(Throughput::Elements(ids.len() as u64)).sample_size(10);
    group.bench_function("36 instants", |b| {
        b.iter(|| policy.run(Operation::Mrr, black_box(&tables), &options).unwrap());
    });
    group.finish();
}

criterion_group!(benches, mrr);
criterion_main!(benches);
