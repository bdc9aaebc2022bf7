//! Kernel and single account, beside a pass that only reads.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use cs_benches::{ITEMS, card, column, read_all};
use cs_core::table::{Bitmap, Column, Table, Value, Values};
use cs_core::{ScoreOptions, Scorecard};
use std::hint::black_box;

const ROWS: usize = 1_000_000;

fn names() -> Vec<String> {
    (0..ITEMS).map(|i| format!("x{i}")).collect()
}

fn book(c: &mut Criterion) {
    let columns: Vec<Vec<f64>> = (0..ITEMS).map(|item| column(item, ROWS)).collect();
    let masks: Vec<Vec<u8>> = columns.iter().map(|column| mask(column)).collect();
    let names = names();
    let plain = || names.iter().zip(&columns).map(|(name, column)| (name.as_str(), Column::from(&column[..])));
    let table = Table::new(plain()).unwrap();
    let masked = Table::new(names.iter().zip(columns.iter().zip(&masks)).map(|(name, (column, mask))| {
        let bits = Bitmap::new(mask, 0, ROWS).unwrap();
        (name.as_str(), Column::new(Values::F64(column), Some(bits)).unwrap())
    }))
    .unwrap();
    let card = card(None).unwrap();
    let options = |threads| ScoreOptions {
        select: Some(vec!["score".into(), "tier".into()]),
        threads,
        ..ScoreOptions::default()
    };
    let mut group = c.benchmark_group("1M accounts x 20 items");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20);
    group.bench_function("read only", |b| b.iter(|| read_all(black_box(&columns))));
    group.bench_function("score, NaN", |b| b.iter(|| card.score(black_box(&table), &options(1)).unwrap()));
    group.bench_function("score, bitmaps", |b| b.iter(|| card.score(black_box(&masked), &options(1)).unwrap()));
    group.bench_function("score, 2 threads", |b| b.iter(|| card.score(black_box(&table), &options(2)).unwrap()));
    group.finish();
}

fn mask(column: &[f64]) -> Vec<u8> {
    let byte = |chunk: &[f64]| chunk.iter().enumerate().fold(0, |byte, (i, x)| byte | u8::from(!x.is_nan()) << i);
    column.chunks(8).map(byte).collect()
}

fn ids(c: &mut Criterion) {
    // A shuffled order: ids that rise are found to be distinct without a table.
    let ids: Vec<String> = (0..ROWS as u64).map(|i| format!("acct-{:08}", i * 7_919 % ROWS as u64)).collect();
    let x = vec![50.0; ROWS];
    let item = serde_json::json!([{"id": "d", "items": [{"id": "x", "curve": {"manual": {}}}]}]);
    let document = serde_json::json!({"schema_version": 1, "scorecard": "ids", "account": "id", "dimensions": item});
    let with_ids = Scorecard::from_value(&document).unwrap();
    let table = Table::new([("id", Column::from(&ids[..])), ("x", Column::from(&x[..]))]).unwrap();
    let mut group = c.benchmark_group("1M text ids");
    group.sample_size(20);
    group.bench_function("none twice", |b| {
        b.iter(|| with_ids.score(black_box(&table), &ScoreOptions::default()).unwrap());
    });
    group.finish();
}

fn one(c: &mut Criterion) {
    let card = card(None).unwrap();
    let mut scorer = card.scorer(&ScoreOptions::default()).unwrap();
    let values: Vec<Value<'_>> = (0..ITEMS).map(|item| Value::from(column(item, 1)[0])).collect();
    let mut group = c.benchmark_group("one account, 20 items");
    group.bench_function("score and tier", |b| {
        b.iter(|| {
            let one = scorer.score(black_box(&values)).unwrap();
            (one.score, one.tier.map(str::len))
        });
    });
    group.bench_function("card from JSON", |b| {
        let text = card.to_json();
        b.iter_batched(|| text, |text| Scorecard::from_json(text).unwrap(), BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, book, ids, one);
criterion_main!(benches);
