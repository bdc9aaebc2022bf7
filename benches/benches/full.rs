//! A card that uses everything, beside the plain card over as many items; explanations, and few rows of many.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cs_benches::{ITEMS, card, column, full};
use cs_core::calendar::Date;
use cs_core::health::{Book, CompareOptions, Include};
use cs_core::table::{Bitmap, Column, Dictionary, Ints, ResultColumn, ResultTable, Table, Text, Values};
use cs_core::{ScoreOptions, Scorecard};
use std::hint::black_box;

const ROWS: usize = 1_000_000;
/// Accounts that are explained at a time, where the lines of all would fill the memory.
const PART: usize = 10_000;

fn options() -> ScoreOptions {
    ScoreOptions { as_of: Some(Date::parse(full::AS_OF).unwrap()), ..ScoreOptions::default() }
}

/// A result as a table, with the ids of the book.
fn as_table<'a>(result: &'a ResultTable, book: &Table<'a>, words: &'a [Vec<&'a str>]) -> Table<'a> {
    let column = |((name, column), words): (&'a (String, ResultColumn), &'a Vec<&'a str>)| {
        let made = match column {
            ResultColumn::Input { .. } => book.column("id").unwrap(),
            ResultColumn::Number { values, .. } => Column::from(&values[..]),
            ResultColumn::Label(labels) => {
                let keys = Ints::U8(&labels.codes);
                let dictionary = Dictionary { keys, words: Text::Strs(words), words_validity: None };
                let validity = labels.validity.as_ref().map(|bits| Bitmap::new(bits, 0, result.rows()).unwrap());
                Column::new(Values::Dictionary(dictionary), validity).unwrap()
            }
            _ => Column::all_valid(Values::Null(result.rows())),
        };
        (name.as_str(), made)
    };
    Table::new(result.columns().iter().zip(words).map(column)).unwrap()
}

fn words(result: &ResultTable) -> Vec<Vec<&str>> {
    let mut all = Vec::new();
    for (_, column) in result.columns() {
        all.push(match column {
            ResultColumn::Label(labels) => labels.words.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        });
    }
    all
}

fn book(c: &mut Criterion) {
    let plain_columns: Vec<Vec<f64>> = (0..ITEMS).map(|item| column(item, ROWS)).collect();
    let names: Vec<String> = (0..ITEMS).map(|i| format!("x{i}")).collect();
    let plain_table =
        Table::new(names.iter().zip(&plain_columns).map(|(n, c)| (n.as_str(), Column::from(&c[..])))).unwrap();
    let plain = card(None).unwrap();
    let full_card = Scorecard::from_value(&full::card_document()).unwrap();
    let data = full::Book::new(ROWS, 0.0);
    let table = [data.table().unwrap()];
    let state = ScoreOptions { include: vec![Include::State], ..options() };
    let earlier = full_card.score(&table[0], &state).unwrap();
    let earlier_words = words(&earlier);
    let previous = [as_table(&earlier, &table[0], &earlier_words)];
    let with_state = || Book::new(&table).with_previous(&previous);
    let mut group = c.benchmark_group("1M accounts x 20 items, full card");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(10);
    group.bench_function("plain card", |b| {
        b.iter(|| plain.score(black_box(&plain_table), &ScoreOptions::default()).unwrap())
    });
    group.bench_function("full card", |b| b.iter(|| full_card.score(black_box(&table[0]), &options()).unwrap()));
    group.bench_function("full card, earlier state in and out", |b| {
        b.iter(|| full_card.score_book(black_box(with_state()), &state).unwrap());
    });
    let some = ScoreOptions { rows: Some((0..ROWS as u32).step_by(100).collect()), ..options() };
    group.bench_function("full card, 1 % of the rows", |b| {
        b.iter(|| full_card.score(black_box(&table[0]), &some).unwrap())
    });
    group.bench_function("explain", |b| b.iter(|| full_card.explain(black_box(&table[0]), &options()).unwrap()));
    group.bench_function("explain, plain card", |b| {
        b.iter(|| plain.explain(black_box(&plain_table), &ScoreOptions::default()).unwrap())
    });
    let parts: Vec<Table<'_>> =
        (0..ROWS).step_by(PART).map(|at| data.part(at..(at + PART).min(ROWS)).unwrap()).collect();
    group.bench_function("explain, streamed in parts of 10,000", |b| {
        b.iter(|| {
            parts.iter().map(|part| full_card.explain(black_box(part), &options()).unwrap().rows()).sum::<usize>()
        });
    });
    let later = full::Book::new(ROWS, 2.0);
    let later = [later.table().unwrap()];
    let options = || {
        let mut options = CompareOptions::default();
        (options.as_of_before, options.as_of_after) = (self::options().as_of, self::options().as_of);
        options
    };
    group.bench_function("two scores", |b| {
        b.iter(|| {
            let before = full_card.score(black_box(&table[0]), &self::options()).unwrap();
            (before, full_card.score(black_box(&later[0]), &self::options()).unwrap())
        });
    });
    group.bench_function("compare, nothing moved", |b| {
        b.iter(|| full_card.compare(Book::new(black_box(&table)), Book::new(&table), None, &options()).unwrap());
    });
    group.bench_function("compare, all moved", |b| {
        b.iter(|| full_card.compare(Book::new(black_box(&table)), Book::new(&later), None, &options()).unwrap());
    });
    group.finish();
}

criterion_group!(benches, book);
criterion_main!(benches);
