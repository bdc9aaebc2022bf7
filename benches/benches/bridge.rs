//! The MRR bridge of ten million account-months: sorted by account, by month, and in no order.
//!
//! A well-written frame expression (shift over accounts, compare, aggregate) takes about 0.55 s for the sorted table.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cs_core::calendar::Date;
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::table::{Column, Table, Tables, Text, Values};
use serde_json::json;
use std::hint::black_box;

const ACCOUNTS: usize = 400_000;
const MONTHS: usize = 25;
/// Accounts start in the first so many months.
const STARTS: u64 = 12;

#[derive(Clone, Copy)]
struct Row {
    account: i64,
    day: i32,
    amount: i64,
}

/// The mixing step of SplitMix64.
fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Each account has 25 months from some month on, of which it misses one in fifty, and changes what it pays in one of ten.
fn rows() -> Vec<Row> {
    let first = Date::parse("2022-01-01").unwrap();
    let days: Vec<i32> = (0..80).map(|month| first.plus_months(month).unwrap().days()).collect();
    let mut rows = Vec::with_capacity(ACCOUNTS * MONTHS);
    for account in 0..ACCOUNTS as u64 {
        let mut month = (mixed(account) % STARTS) as usize;
        let mut amount = 1_000 + (mixed(account ^ 0xabcd) % 90) as i64 * 100;
        for step in 0..MONTHS as u64 {
            let dice = mixed(account * 64 + step);
            amount += if dice.is_multiple_of(10) { (dice >> 32) as i64 % 5 * 100 - 200 } else { 0 };
            rows.push(Row { account: account as i64 * 1_000_003, day: days[month], amount: amount.max(100) });
            month += 1 + usize::from(dice % 50 == 7);
        }
    }
    rows
}

/// The columns of a book in some layouts.
struct Book {
    ids: Vec<i64>,
    days: Vec<i32>,
    amounts: Vec<i64>,
    decimals: Vec<i128>,
    views: Vec<[u8; 16]>,
}

impl Book {
    fn new(rows: &[Row]) -> Self {
        let view = |row: &Row| {
            let mut view = [0u8; 16];
            view[0] = 10;
            view[4..14].copy_from_slice(format!("C{:09}", row.account / 1_000_003).as_bytes());
            view
        };
        Self {
            ids: rows.iter().map(|row| row.account).collect(),
            days: rows.iter().map(|row| row.day).collect(),
            amounts: rows.iter().map(|row| row.amount).collect(),
            decimals: rows.iter().map(|row| i128::from(row.amount)).collect(),
            views: rows.iter().map(view).collect(),
        }
    }

    fn table(&self, texts: bool, decimals: bool) -> Table<'_> {
        let account = if texts {
            Column::all_valid(Values::Text(Text::Views { views: &self.views, buffers: &[] }))
        } else {
            Column::from(&self.ids[..])
        };
        let mrr = if decimals {
            Column::all_valid(Values::Decimal { values: &self.decimals, scale: 2 })
        } else {
            Column::from(&self.amounts[..])
        };
        let month = Column::all_valid(Values::Date(&self.days));
        Table::new([("account", account), ("month", month), ("mrr", mrr)]).unwrap()
    }
}

fn bridge(c: &mut Criterion) {
    let policy =
        RevenuePolicy::from_value(&json!({"schema_version": 1, "policy": "bench", "currency": "USD"})).unwrap();
    let sorted = rows();
    let mut by_month = sorted.clone();
    by_month.sort_by_key(|row| row.day);
    let mut shuffled = sorted.clone();
    for at in (1..shuffled.len()).rev() {
        shuffled.swap(at, (mixed(at as u64) % (at as u64 + 1)) as usize);
    }
    let mut group = c.benchmark_group("bridge of 10M account-months");
    group.throughput(Throughput::Elements(sorted.len() as u64)).sample_size(10);
    for (name, rows) in [("sorted", &sorted), ("by month", &by_month), ("shuffled", &shuffled)] {
        let book = Book::new(rows);
        for (kind, texts, decimals) in [("whole numbers", false, false), ("texts, decimals", true, true)] {
            let tables = Tables::new([("snapshots", vec![book.table(texts, decimals)])]);
            group.bench_function(format!("{name}, {kind}"), |b| {
                b.iter(|| policy.run(Operation::Bridge, black_box(&tables), &json!({})).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, bridge);
criterion_main!(benches);
