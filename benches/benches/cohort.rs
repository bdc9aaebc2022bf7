//! The triangle of cohorts of ten million rows of activity of half a million accounts, in no order.
//!
//! `benches/python/bench_cohort.py` counts the same rows beside numpy, DuckDB and polars.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::table::{Column, Table, Tables, Text, TimeUnit, Values};
use serde_json::{Value, json};
use std::hint::black_box;

const ROWS: u64 = 10_000_000;
const USERS: u64 = 500_000;
const FIRST_DAY: i32 = 18_993; // 2022-01-01
const DAYS: u64 = 1_096; // three years

/// The mixing step of SplitMix64.
fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The columns of a log in some layouts.
struct Log {
    users: Vec<i64>,
    sparse: Vec<i64>,
    views: Vec<[u8; 16]>,
    days: Vec<i32>,
    moments: Vec<i64>,
    plans: Vec<i64>,
}

impl Log {
    fn new() -> Self {
        let dice: Vec<u64> = (0..ROWS).map(mixed).collect();
        let users: Vec<i64> = dice.iter().map(|dice| (dice % USERS) as i64).collect();
        let day = |(user, dice): (&i64, &u64)| {
            let own = mixed(*user as u64 + (1 << 40));
            let joined = own % DAYS;
            let stayed = (own >> 20) % (DAYS - joined) + 1;
            (joined + (dice >> 32) % stayed) as i32 + FIRST_DAY
        };
        let days: Vec<i32> = users.iter().zip(&dice).map(day).collect();
        let second = |row: u64| (mixed(row + (1 << 41)) % 86_400) as i64;
        let moments = (0..ROWS).zip(&days).map(|(row, day)| (i64::from(*day) * 86_400 + second(row)) * 1_000_000);
        let view = |user: &i64| {
            let mut view = [0u8; 16];
            view[0] = 12;
            view[4..].copy_from_slice(format!("user{user:08}").as_bytes());
            view
        };
        Self {
            sparse: users.iter().map(|user| user * 1_000_003).collect(),
            views: users.iter().map(view).collect(),
            plans: users.iter().map(|user| user % 4).collect(),
            moments: moments.collect(),
            users,
            days,
        }
    }
}

fn cohorts(c: &mut Criterion) {
    let policy = RevenuePolicy::from_value(&json!({"schema_version": 1, "policy": "bench"})).unwrap();
    let log = Log::new();
    let texts = Column::all_valid(Values::Text(Text::Views { views: &log.views, buffers: &[] }));
    let moments = Values::Timestamp { values: &log.moments, unit: TimeUnit::Microsecond, zone: None };
    let (days, moments) = (Column::all_valid(Values::Date(&log.days)), Column::all_valid(moments));
    let plans = Column::from(&log.plans[..]);
    let monthly = json!({"horizon": "2025-01-01"});
    let with = |more: Value| {
        let mut options = monthly.clone();
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        options
    };
    let lines = [
        ("close ids, days", Column::from(&log.users[..]), days, monthly.clone()),
        ("close ids, moments", Column::from(&log.users[..]), moments, monthly.clone()),
        ("sparse ids, days", Column::from(&log.sparse[..]), days, monthly.clone()),
        ("texts, days", texts, days, monthly.clone()),
        ("close ids, days, weeks", Column::from(&log.users[..]), days, with(json!({"period": "week"}))),
        ("close ids, days, by day", Column::from(&log.users[..]), days, with(json!({"period": "day", "ages": 30}))),
        ("close ids, days, four plans", Column::from(&log.users[..]), days, with(json!({"by": ["plan"]}))),
    ];
    let mut group = c.benchmark_group("cohorts of 10M rows");
    group.throughput(Throughput::Elements(ROWS)).sample_size(10);
    for (name, account, date, options) in lines {
        let table = Table::new([("account", account), ("date", date), ("plan", plans)]).unwrap();
        let tables = Tables::new([("activity", vec![table])]);
        group.bench_function(name, |b| {
            b.iter(|| policy.run(Operation::Cohorts, black_box(&tables), &options).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, cohorts);
criterion_main!(benches);
