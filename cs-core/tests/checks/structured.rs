//! Cards and tables that mostly fit together: scoring and explaining either work or say what is wrong.

use super::bytes::Bytes;
use super::data::{Owned, Owner, Store, accounts, as_of, as_table, row};
use super::results::{near, numbers, same_rows, scores_hold, sums, text};
use super::{cards, document};
use cs_core::health::{Book, Expired, Include, OnError};
use cs_core::table::{ResultTable, Table};
use cs_core::{ScoreOptions, Scorecard};
use std::slice::from_ref;

/// Scores and explains what the bytes choose.
pub fn structured(bytes: &[u8]) {
    let bytes = &mut Bytes::new(bytes);
    let value = cards::card(bytes, false);
    let read = Scorecard::from_value(&value);
    if bytes.one_in(8) {
        document::reads(read.clone(), || Scorecard::check(&value));
    }
    let Ok(card) = read else { return };
    let rows = bytes.below(12);
    let owner = Owner::random(bytes, &card.columns(), 0, rows);
    let data = owner.table();
    let options = options(bytes);
    let overrides = bytes.one_in(3).then(|| decisions(bytes, &card));
    let overrides = overrides.as_ref().map(Owner::table);
    // An earlier result of the same accounts, or one that is made up.
    let made_up = bytes.one_in(4).then(|| previous(bytes, &card, rows));
    let first = (made_up.is_none() && bytes.one_in(3)).then(|| {
        let options = ScoreOptions { as_of: as_of(bytes), include: vec![Include::State], ..options.clone() };
        card.score(&data, &options).ok()
    });
    let first = first.flatten();
    let earlier = made_up.as_ref().map(Owner::table);
    let earlier = earlier.or_else(|| first.as_ref().and_then(|result| as_table(result, &data)));
    let book = Book::new(from_ref(&data)).with_previous(earlier.as_slice()).with_overrides(overrides.as_slice());
    scored(bytes, &card, &owner, book, &options);
}

pub fn options(bytes: &mut Bytes<'_>) -> ScoreOptions {
    ScoreOptions {
        as_of: as_of(bytes),
        on_error: if bytes.one_in(2) { OnError::Null } else { OnError::Raise },
        include: vec![Include::RawScore, Include::Variant, Include::Adjustments, Include::State],
        expired_overrides: if bytes.one_in(8) { Expired::Raise } else { Expired::Ignore },
        ..ScoreOptions::default()
    }
}

fn scored(bytes: &mut Bytes<'_>, card: &Scorecard, owner: &Owner, book: Book<'_>, options: &ScoreOptions) {
    let result = card.score_book(book, options);
    let lines = card.explain_book(book, &ScoreOptions { include: Vec::new(), ..options.clone() });
    assert_eq!(result.as_ref().err(), lines.as_ref().err());
    let Ok(result) = result else { return };
    scores_hold(card, &result);
    if let Ok(lines) = lines {
        explained(card, &result, &lines);
    }
    match bytes.below(4) {
        0 => {
            let cut = bytes.below(result.rows() + 1);
            let parts = [owner.slice(0..cut), owner.slice(cut..result.rows())];
            let tables = parts.each_ref().map(Owner::table);
            let batches = Book::new(&tables).with_previous(book.previous).with_overrides(book.overrides);
            assert_eq!(card.score_book(batches, options).as_ref(), Ok(&result));
        }
        1 => {
            let rows: Vec<usize> = (0..result.rows()).rev().filter(|_| !bytes.one_in(3)).collect();
            let wanted = ScoreOptions { rows: Some(rows.iter().map(|row| *row as u32).collect()), ..options.clone() };
            same_rows(&card.score_book(book, &wanted).expect("some rows of a book that is scored"), &result, &rows);
        }
        2 if book.previous.is_empty() && book.overrides.is_empty() => one_by_one(card, &book.data[0], &result, options),
        _ => {}
    }
}

/// The lines of each account sum to its score.
pub fn explained(card: &Scorecard, result: &ResultTable, lines: &ResultTable) {
    let scores = numbers(result, "score");
    for (row, sum) in sums(lines, "account", result.rows()).into_iter().enumerate() {
        match sum {
            // A tier that is set by hand has a line, even without a score.
            Some((0.0, 0.0)) | None if scores[row].is_nan() => {}
            Some(sum) => assert!(near(card, sum, scores[row]), "{sum:?} is not {}", scores[row]),
            None => panic!("a score without lines"),
        }
    }
}

fn one_by_one(card: &Scorecard, data: &Table<'_>, result: &ResultTable, options: &ScoreOptions) {
    let Ok(mut scorer) = card.scorer(options) else { return };
    let names = card.columns();
    for at in 0..result.rows() {
        let Some(values) = row(data, &names, at, None) else { continue };
        let Ok(one) = scorer.score(&values) else { continue };
        let number = |x: f64| (!x.is_nan()).then_some(x.to_bits());
        assert_eq!(one.score.map(f64::to_bits), number(numbers(result, "score")[at]), "row {at}");
        assert_eq!(one.coverage.map(f64::to_bits), number(numbers(result, "coverage")[at]), "row {at}");
        assert_eq!(Some(one.status), text(result, "status", at));
        assert_eq!(one.tier, text(result, "tier", at));
        assert_eq!(one.variant, text(result, "variant", at));
    }
}

/// Decisions for some accounts.
pub fn decisions(bytes: &mut Bytes<'_>, card: &Scorecard) -> Owner {
    let rows = bytes.below(4);
    let scale = card.document().scale;
    let tiers = &card.document().tiers;
    let (mut points, mut names) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let in_points = tiers.is_empty() || bytes.one_in(2);
        points.push(if in_points { bytes.between(scale) } else { f64::NAN });
        names.push(if in_points { 0 } else { 1 + bytes.below(tiers.len()) as i8 });
    }
    if bytes.one_in(30) {
        points.iter_mut().for_each(|points| *points = bytes.number());
    }
    let ids: Vec<String> = names
        .iter()
        .map(|at| tiers.get(*at as usize - usize::from(*at > 0)))
        .map(|t| t.map_or("?".into(), |t| t.id.clone()))
        .collect();
    let notes = (0..rows).map(|_| if bytes.one_in(60) { " " } else { "agreed" }).collect();
    let first = bytes.below(4);
    let mut columns = vec![
        ("account".into(), accounts(bytes, first, rows)),
        ("points".into(), Owned::new(Store::F64(points))),
        ("note".into(), Owned::new(Store::Strs(notes))),
    ];
    let valid = names.iter().enumerate().fold(vec![0u8; rows.div_ceil(8)], |mut bits, (row, at)| {
        bits[row / 8] |= u8::from(*at > 0) << (row % 8);
        bits
    });
    columns.push(("tier".into(), Owned::new(Store::Strings(ids)).valid(valid)));
    if bytes.one_in(2) {
        columns.push(("expires_on".into(), Owned::new(Store::Dates((0..rows).map(|_| bytes.day()).collect()))));
    }
    Owner::new(columns, rows)
}

/// An earlier result that was never computed.
fn previous(bytes: &mut Bytes<'_>, card: &Scorecard, rows: usize) -> Owner {
    let tiers = &card.document().tiers;
    let id = |bytes: &mut Bytes<'_>| {
        let at = bytes.below(tiers.len() + 1);
        tiers.get(at).map_or_else(|| "Lv0".to_owned(), |tier| tier.id.clone())
    };
    let scale = card.document().scale;
    let of = |make: &mut dyn FnMut() -> String| Owned::new(Store::Strings((0..rows).map(|_| make()).collect()));
    let hash = if bytes.one_in(20) { "another".to_owned() } else { card.hash().to_owned() };
    let columns = vec![
        ("account".into(), accounts(bytes, 0, rows)),
        ("state_card".into(), of(&mut || hash.clone())),
        ("state_tier".into(), of(&mut || id(bytes))),
        ("state_candidate".into(), of(&mut || id(bytes)).with_nulls(bytes)),
        ("state_streak".into(), Owned::new(Store::F64((0..rows).map(|_| f64::from(bytes.byte() % 4)).collect()))),
        ("state_score".into(), Owned::new(Store::F64((0..rows).map(|_| bytes.between(scale)).collect()))),
        (
            "state_as_of".into(),
            Owned::new(Store::Dates((0..rows).map(|_| 20_454 + i32::from(bytes.byte() % 70)).collect())),
        ),
    ];
    Owner::new(columns, rows)
}
