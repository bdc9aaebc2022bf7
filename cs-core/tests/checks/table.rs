//! Tables from raw buffers: whatever offsets, keys, views and bits say, reading them is safe.

use super::bytes::Bytes;
use super::data::as_of;
use super::results::{same_rows, scores_hold};
use super::structured::explained;
use cs_core::calendar::Zone;
use cs_core::health::{Book, Include, NextTierOptions, OnError};
use cs_core::table::{Bitmap, Bools, Column, Dictionary, Ints, Table, Text, TimeUnit, Values};
use cs_core::{ScoreOptions, Scorecard};
use std::slice::from_ref;
use std::sync::LazyLock;

/// Cards that read columns in every way.
static CARDS: LazyLock<Vec<Scorecard>> = LazyLock::new(|| {
    let item = |id: &str, source: &str, curve: &str| {
        format!(r#"{{"id": "x{id}", "source": {source}, "curve": {curve}, "missing": "neutral"}}"#)
    };
    let card = |items: &[String], more: &str| {
        let items = items.join(",");
        let text = format!(
            r#"{{"schema_version": 1, "scorecard": "raw", "account": "account", "min_coverage": 0,
            "dimensions": [{{"id": "g", "items": [{items}]}}],
            "tiers": [{{"id": "low", "from": 0}}, {{"id": "high", "from": 50}}]{more}}}"#
        );
        Scorecard::from_json(&text).unwrap()
    };
    let lines = r#"{"points": [[0, 0], [10, 100]]}"#;
    let ranks = r#"{"quantile": {"by": "q", "fitted": {"default": [[0, 0.1], [9, 0.9]], "a": [[1, 0.5]]}}}"#;
    let of = |column: &str| format!(r#"{{"column": "{column}"}}"#);
    let plain = [
        item("0", &of("p"), lines),
        item("1", &of("q"), r#"{"map": {"a": 100, "7": 50, "default": 0}}"#),
        item("2", &of("r"), r#"{"flag": {}}"#),
        item("3", r#"{"days_since": "s"}"#, r#"{"recency": {"half_life_days": 7}}"#),
    ];
    let other = [
        item("0", r#"{"ratio": ["p", "r"]}"#, lines),
        item("1", r#"{"change": ["p", "s"]}"#, ranks),
        item("2", r#"{"count_true": ["r", "s"]}"#, lines),
        item("3", &of("p"), r#"{"manual": {}}"#),
    ];
    let rules = r#", "frozen_when": {"column": "q", "in": ["b", "c"]},
        "adjustments": [{"id": "a", "when": {"column": "s", "lt": "2026-01-01"}, "cap": 40, "reason": {"en": "old"}},
                        {"id": "b", "when": {"not": {"column": "p", "ge": 5}}, "add": 3, "reason": {"en": "low"}}]"#;
    vec![card(&plain, ""), card(&other, ""), card(&plain, rules), card(&plain[..1], ""), card(&plain[1..3], "")]
});

/// Buffers of all widths, made of the same bytes.
struct Buffers<'a> {
    bytes: &'a [u8],
    i16: Vec<i16>,
    i32: Vec<i32>,
    i64: Vec<i64>,
    i128: Vec<i128>,
    f32: Vec<f32>,
    f64: Vec<f64>,
    views: Vec<[u8; 16]>,
    texts: [&'a [u8]; 2],
}

impl<'a> Buffers<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        fn cut<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
            bytes.as_chunks().0.iter().map(|chunk| read(*chunk)).collect()
        }
        Self {
            bytes,
            i16: cut(bytes, i16::from_le_bytes),
            i32: cut(bytes, i32::from_le_bytes),
            i64: cut(bytes, i64::from_le_bytes),
            i128: cut(bytes, i128::from_le_bytes),
            f32: cut(bytes, f32::from_le_bytes),
            f64: cut(bytes, f64::from_le_bytes),
            views: cut(bytes, |view| view),
            texts: [b"a text of more than twelve bytes", bytes],
        }
    }

    /// So many rows of a column, of any type.
    fn column(&self, choices: &mut Bytes<'_>, rows: usize) -> Option<Column<'_>> {
        fn first<T>(values: &[T], rows: usize) -> &[T] {
            &values[..rows.min(values.len())]
        }
        let unit =
            choices.pick(&[TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]);
        let zone = [None, Zone::parse("-11:30").ok(), Zone::parse("Asia/Tokyo").ok()][choices.below(3)];
        let text = match choices.below(4) {
            0 => Text::Offsets32 { offsets: first(&self.i32, rows + 1), bytes: self.bytes },
            1 => Text::Offsets64 { offsets: first(&self.i64, rows + 1), bytes: self.bytes },
            2 => Text::Views { views: first(&self.views, rows), buffers: &self.texts },
            _ => Text::Strs(first(&["a", "b", "7", "", "2026-01-01", "c", "0", "z"], rows)),
        };
        let keys = match choices.below(4) {
            0 => Ints::I16(first(&self.i16, rows)),
            1 => Ints::I32(first(&self.i32, rows)),
            2 => Ints::I64(first(&self.i64, rows)),
            _ => Ints::U8(first(self.bytes, rows)),
        };
        let words = Bitmap::new(self.bytes, choices.below(9), text.len());
        let values = match choices.below(13) {
            0 => Values::F64(first(&self.f64, rows)),
            1 => Values::F32(first(&self.f32, rows)),
            2 => Values::Int(keys),
            3 => Values::Bool(Bools::Bits(Bitmap::new(self.bytes, choices.below(20), rows).ok()?)),
            4 => Values::Bool(Bools::Bytes(first(self.bytes, rows))),
            5 | 6 => Values::Text(text),
            7 | 8 => Values::Dictionary(Dictionary { keys, words: text, words_validity: words.ok() }),
            9 => Values::Date(first(&self.i32, rows)),
            10 => Values::Timestamp { values: first(&self.i64, rows), unit, zone },
            11 => Values::Duration { values: first(&self.i64, rows), unit },
            _ => Values::Decimal { values: first(&self.i128, rows), scale: choices.byte() as i8 },
        };
        let bits = Bitmap::new(self.bytes, choices.below(70), rows).ok().filter(|_| choices.one_in(2));
        Column::new(values, bits).ok()
    }
}

/// Reads raw buffers as columns and scores them.
pub fn table(bytes: &[u8]) {
    let mut choices = Bytes::new(bytes);
    let card = &CARDS[choices.below(CARDS.len())];
    let rows = choices.below(9);
    let options = ScoreOptions {
        as_of: as_of(&mut choices),
        on_error: if choices.one_in(4) { OnError::Raise } else { OnError::Null },
        include: vec![Include::RawScore, Include::Adjustments, Include::State],
        ..ScoreOptions::default()
    };
    let numbered = choices.one_in(2);
    let (head, tail) = bytes.split_at(bytes.len().min(40));
    let mut choices = Bytes::new(&head[head.len().min(8)..]);
    let buffers = Buffers::new(tail);
    let ids: Vec<i64> = (0..rows as i64).collect();
    let mut columns = Vec::new();
    for name in ["account", "p", "q", "r", "s"] {
        let column = if name == "account" && numbered {
            Some(Column::from(&ids[..]))
        } else {
            buffers.column(&mut choices, rows)
        };
        let Some(column) = column else { return };
        for row in 0..rows + 2 {
            _ = (column.is_null(row), column.number(row), column.text(row), column.display(row), column.day(row, None));
        }
        columns.push((name, column));
    }
    let Ok(table) = Table::new(columns) else { return };
    let book = Book::new(from_ref(&table));
    let scoring = ScoreOptions { include: Vec::new(), ..options.clone() };
    match choices.below(8) {
        0 => scored_and_explained(card, book, &options),
        1 => _ = card.drivers(book, &scoring),
        2 => _ = card.fit(from_ref(&table), &scoring),
        3 => {
            let mut next = NextTierOptions::default();
            next.scoring = scoring;
            _ = card.next_tier(book, &next);
        }
        // As what was before, and as what was decided.
        4 => _ = card.score_book(book.with_overrides(from_ref(&table)).with_previous(from_ref(&table)), &options),
        _ => {
            if let Ok(result) = card.score_book(book, &options) {
                scores_hold(card, &result);
            }
        }
    }
}

fn scored_and_explained(card: &Scorecard, book: Book<'_>, options: &ScoreOptions) {
    let lines = card.explain_book(book, &ScoreOptions { include: Vec::new(), ..options.clone() });
    let result = card.score_book(book, options);
    assert_eq!(result.as_ref().err(), lines.as_ref().err());
    let (Ok(result), Ok(lines)) = (result, lines) else { return };
    scores_hold(card, &result);
    explained(card, &result, &lines);
    let back: Vec<usize> = (0..result.rows()).rev().collect();
    let wanted = ScoreOptions { rows: Some(back.iter().map(|row| *row as u32).collect()), ..options.clone() };
    same_rows(&card.score_book(book, &wanted).expect("rows of a table that is scored"), &result, &back);
}
