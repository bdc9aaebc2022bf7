//! From columns to the values that curves are given.
//!
//! A value in error is written as infinity, which no good value is; `diagnose` then says what is wrong.

use super::{Block, Inputs, Run};
use crate::error::Code;
use crate::health::compile::{Categories, Drift, Input, ItemPlan};
use crate::health::curve::Ranks;
use crate::health::explain::State;
use crate::health::predicate::Condition;
use crate::table::{Bitmap, Column, Dictionary, Values, each_width};

/// What is wrong with one value, and in which column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::health) struct Finding {
    pub(in crate::health) code: Code,
    pub(in crate::health) input: usize,
}

/// The block's values, if the item reads a column of floats without nulls as it is.
#[inline(always)]
pub(super) fn plain<'a, I: Inputs>(item: &ItemPlan, inputs: &'a I, block: Block<'_>) -> Option<&'a [f64]> {
    let (Input::Number(input), None) = (&item.source, block.picks) else { return None };
    let column = inputs.column(*input);
    match (column.values(), column.validity()) {
        (Values::F64(values), None) => values.get(block.start..block.start + block.rows),
        _ => None,
    }
}

/// Whether a value is infinite.
#[inline(always)]
pub(super) fn has_infinite(x: &[f64]) -> bool {
    x.iter().fold(false, |any, x| any | (x.abs() == f64::INFINITY))
}

/// Fills `x` with the item's values; NaN where missing, infinite where in error.
#[inline(always)]
pub(super) fn fill<I: Inputs>(
    item: &ItemPlan,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    x: &mut [f64],
    other: &mut [f64],
) {
    read(item, inputs, block, run, x, other);
    if let Some([worst, best]) = item.manual {
        x.iter_mut().for_each(|x| *x = if (*x < worst) | (*x > best) { f64::INFINITY } else { *x });
    }
}

/// The same, wherever the values lie.
#[inline(always)]
fn read<I: Inputs>(item: &ItemPlan, inputs: &I, block: Block<'_>, run: Run, x: &mut [f64], other: &mut [f64]) {
    match &item.source {
        Input::Number(input) => numbers(&inputs.column(*input), block, x),
        Input::Ratio(a, b) => {
            numbers(&inputs.column(*a), block, x);
            numbers(&inputs.column(*b), block, other);
            combine(x, other, |a, b| a / b);
        }
        Input::Change(now, earlier) => {
            numbers(&inputs.column(*now), block, x);
            numbers(&inputs.column(*earlier), block, other);
            combine(x, other, |now, earlier| now - earlier);
        }
        Input::Flag(input) => flags(&inputs.column(*input), block, x),
        Input::CountTrue(all) => count_true(all, inputs, block, x),
        Input::DaysSince(input) => days_since(&inputs.column(*input), block, run, x),
        Input::DaysUntil(input) => days_until(&inputs.column(*input), block, run, x),
        Input::Category(input, categories) => category_points(&inputs.column(*input), categories, block, x),
    }
}

/// Numbers of any type; NaN where null.
#[inline(always)]
fn numbers(column: &Column<'_>, block: Block<'_>, x: &mut [f64]) {
    if let Some(picks) = block.picks {
        return picked(column, picks, x);
    }
    let start = block.start;
    let rows = start..start + x.len();
    match column.values() {
        Values::F64(values) => match (values.get(rows), column.validity()) {
            (Some(values), Some(bits)) => nulls_to_nan(values, bits, start, x),
            (Some(values), None) => x.copy_from_slice(values),
            (None, _) => x.fill(f64::NAN),
        },
        Values::Int(ints) if column.validity().is_none() => each_width!(ints, values => {
            values.get(rows).unwrap_or(&[]).iter().zip(x).for_each(|(&n, x)| *x = n as f64);
        }),
        _ => each(x, block, |row| column.number(row).unwrap_or(f64::NAN)),
    }
}

/// The numbers of rows that are picked.
#[inline(always)]
fn picked(column: &Column<'_>, picks: &[u32], x: &mut [f64]) {
    let Values::F64(values) = column.values() else {
        x.iter_mut().zip(picks).for_each(|(x, &row)| *x = column.number(row as usize).unwrap_or(f64::NAN));
        return;
    };
    for (x, &row) in x.iter_mut().zip(picks) {
        *x = values.get(row as usize).copied().unwrap_or(f64::NAN);
    }
    if let Some(bits) = column.validity() {
        x.iter_mut().zip(picks).for_each(|(x, &row)| *x = if bits.get(row as usize) { *x } else { f64::NAN });
    }
}

/// One value after another.
#[inline(always)]
fn each(x: &mut [f64], block: Block<'_>, value: impl Fn(usize) -> f64) {
    match block.picks {
        None => x.iter_mut().enumerate().for_each(|(i, x)| *x = value(block.start + i)),
        Some(picks) => x.iter_mut().zip(picks).for_each(|(x, &row)| *x = value(row as usize)),
    }
}

/// For each byte of validity, what to OR into eight floats: nothing, or all ones, which is a NaN.
static NULLS: [[u64; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte][bit] = if byte >> bit & 1 == 1 { 0 } else { u64::MAX };
            bit += 1;
        }
        byte += 1;
    }
    table
};

#[inline(always)]
fn nulls_to_nan(values: &[f64], bits: Bitmap<'_>, start: usize, x: &mut [f64]) {
    for (i, (x, values)) in x.chunks_mut(8).zip(values.chunks(8)).enumerate() {
        let masks = &NULLS[usize::from(bits.byte(start + 8 * i))];
        for ((x, value), mask) in x.iter_mut().zip(values).zip(masks) {
            *x = f64::from_bits(value.to_bits() | mask);
        }
    }
}

/// Two numbers as one; what is infinite in either must not vanish in the result.
#[inline(always)]
fn combine(x: &mut [f64], other: &[f64], two: impl Fn(f64, f64) -> f64) {
    for (x, &b) in x.iter_mut().zip(other) {
        let infinite = (x.abs() == f64::INFINITY) | (b.abs() == f64::INFINITY);
        let one = two(*x, b);
        *x = if infinite { f64::INFINITY } else { one };
    }
}

/// A flag as 0 or 1; NaN where null, infinite where it is another number.
#[inline]
fn flag(column: &Column<'_>, row: usize) -> f64 {
    match column.number(row) {
        None => f64::NAN,
        Some(x) if x == 0.0 || x == 1.0 => x,
        Some(_) => f64::INFINITY,
    }
}

#[inline(never)]
fn flags(column: &Column<'_>, block: Block<'_>, x: &mut [f64]) {
    match (column.values(), column.validity()) {
        (Values::Bool(bools), None) => each(x, block, |row| f64::from(u8::from(bools.get(row)))),
        _ => each(x, block, |row| flag(column, row)),
    }
}

/// Null flags count as not set, unless all are null.
#[inline(never)]
fn count_true<I: Inputs>(all: &[usize], inputs: &I, block: Block<'_>, x: &mut [f64]) {
    x.fill(f64::NAN);
    for &input in all {
        let column = inputs.column(input);
        for (i, x) in x.iter_mut().enumerate() {
            let flag = flag(&column, block.row(i));
            *x = if flag.is_nan() {
                *x
            } else if x.is_nan() {
                flag
            } else {
                *x + flag
            };
        }
    }
}

/// Days from a date to `as_of`; NaN where there is none, infinite where it is later or no date.
#[inline(always)]
pub(super) fn days_since(column: &Column<'_>, block: Block<'_>, run: Run, x: &mut [f64]) {
    if let (Values::Date(days), None) = (column.values(), column.validity()) {
        let as_of = run.as_of.days();
        return each(x, block, |row| match days.get(row) {
            Some(&day) if day <= as_of => f64::from(as_of) - f64::from(day),
            _ => f64::INFINITY,
        });
    }
    days_of_any(column, block, run, x);
}

#[inline(never)]
fn days_of_any(column: &Column<'_>, block: Block<'_>, run: Run, x: &mut [f64]) {
    each(x, block, |row| match column.day(row, run.zone) {
        Ok(None) => f64::NAN,
        Ok(Some(day)) if day <= run.as_of => run.as_of.days_since(day) as f64,
        _ => f64::INFINITY,
    });
}

#[inline(never)]
fn days_until(column: &Column<'_>, block: Block<'_>, run: Run, x: &mut [f64]) {
    each(x, block, |row| match column.day(row, run.zone) {
        Ok(None) => f64::NAN,
        Ok(Some(day)) => day.days_since(run.as_of) as f64,
        Err(_) => f64::INFINITY,
    });
}

/// The points of values by the quantiles of each row's segment; where the value is NaN they mean nothing.
#[inline(never)]
pub(super) fn rank<I: Inputs>(ranks: &Ranks, inputs: &I, block: Block<'_>, x: &[f64], points: &mut [f64]) {
    let Some((by, segments)) = &ranks.by else {
        points.iter_mut().zip(x).for_each(|(p, &x)| *p = ranks.points(0, x));
        return;
    };
    let column = inputs.column(*by);
    if let Values::Dictionary(dictionary) = column.values()
        && dictionary.words.len() <= 256
        && column.validity().is_none()
    {
        return rank_words(ranks, &dictionary, segments, block, x, points);
    }
    for (i, (p, &x)) in points.iter_mut().zip(x).enumerate() {
        let row = block.row(i);
        let found = if column.is_null(row) { None } else { category(&column, segments, row) };
        *p = ranks.points(Ranks::place(found), x);
    }
}

/// The same, the words of a dictionary each looked up once.
#[allow(clippy::unnecessary_fallible_conversions)] // keys of any width
fn rank_words(
    ranks: &Ranks,
    dictionary: &Dictionary<'_>,
    segments: &Categories,
    block: Block<'_>,
    x: &[f64],
    points: &mut [f64],
) {
    let word = |word| match dictionary.words_validity.is_none_or(|bits| bits.get(word)) {
        true => Ranks::place(segments.text(dictionary.words.get(word))),
        false => 0,
    };
    let places: Vec<usize> = (0..dictionary.words.len()).map(word).collect();
    each_width!(dictionary.keys, keys => for (i, (p, &x)) in points.iter_mut().zip(x).enumerate() {
        let key = keys.get(block.row(i)).and_then(|&key| usize::try_from(key).ok());
        *p = ranks.points(key.and_then(|key| places.get(key)).copied().unwrap_or(0), x);
    });
}

/// Lets the points of old readings drift; rows without a date keep theirs.
#[inline(never)]
pub(super) fn drift(drift: &Drift, ages: &[f64], points: &mut [f64]) {
    for (p, &age) in points.iter_mut().zip(ages) {
        if !age.is_nan() {
            *p = drift.after(*p, age);
        }
    }
}

/// How many days ago an item was observed; none where that is not known.
pub(in crate::health) fn age<I: Inputs>(item: &ItemPlan, inputs: &I, row: usize, run: Run) -> Option<f64> {
    let freshness = item.freshness.as_ref()?;
    let day = inputs.column(freshness.observed_at).day(row, run.zone).ok()??;
    Some(run.as_of.days_since(day) as f64)
}

/// Whether a value would count as missing in this row because of its age.
pub(in crate::health) fn is_expired<I: Inputs>(item: &ItemPlan, inputs: &I, row: usize, run: Run) -> bool {
    age_state(item, inputs, row, run) == Ok(State::Expired)
}

/// Where the knots of a row's segment stand.
pub(in crate::health) fn segment<I: Inputs>(ranks: &Ranks, inputs: &I, row: usize) -> usize {
    let Some((by, segments)) = &ranks.by else { return 0 };
    let column = inputs.column(*by);
    if column.is_null(row) { 0 } else { Ranks::place(category(&column, segments, row)) }
}

#[inline(never)]
fn category_points(column: &Column<'_>, categories: &Categories, block: Block<'_>, x: &mut [f64]) {
    if let Values::Dictionary(dictionary) = column.values()
        && dictionary.words.len() <= 256
    {
        return word_points(column, &dictionary, categories, block, x);
    }
    each(x, block, |row| {
        if column.is_null(row) {
            return f64::NAN;
        }
        category(column, categories, row).unwrap_or(f64::INFINITY)
    });
}

/// The points of the words of a dictionary, each looked up once.
#[allow(clippy::unnecessary_fallible_conversions)] // keys of any width
fn word_points(
    column: &Column<'_>,
    dictionary: &Dictionary<'_>,
    categories: &Categories,
    block: Block<'_>,
    x: &mut [f64],
) {
    let word = |word| match dictionary.words_validity.is_none_or(|bits| bits.get(word)) {
        true => categories.text(dictionary.words.get(word)).unwrap_or(f64::INFINITY),
        false => f64::NAN,
    };
    let points: Vec<f64> = (0..dictionary.words.len()).map(word).collect();
    each_width!(dictionary.keys, keys => each(x, block, |row| {
        let key = keys.get(row).and_then(|&key| usize::try_from(key).ok());
        key.and_then(|key| points.get(key)).copied().unwrap_or(f64::NAN)
    }));
    if let Some(bits) = column.validity() {
        x.iter_mut().enumerate().for_each(|(i, x)| *x = if bits.get(block.row(i)) { *x } else { f64::NAN });
    }
}

/// The points of the category in a row that is not null.
#[inline]
fn category(column: &Column<'_>, categories: &Categories, row: usize) -> Option<f64> {
    match column.values() {
        Values::Int(ints) => categories.number(ints.get(row)),
        Values::Bool(bools) => categories.text(if bools.get(row) { b"true" } else { b"false" }),
        Values::F64(_) | Values::F32(_) => column.number(row).and_then(|x| categories.float(x)),
        _ => column.text(row).and_then(|text| categories.text(text)),
    }
}

/// The states that conditions and age give an item in a block without a value in error, and its ages; `false` where
/// some value may be in error, which [`judge`] then finds row by row.
#[inline(never)]
pub(super) fn judge_all<I: Inputs>(
    item: &ItemPlan,
    inputs: &I,
    block: Block<'_>,
    run: Run,
    states: &mut [State],
    ages: &mut [f64],
    mask: &mut [bool],
) -> bool {
    let mut bad = false;
    states.fill(State::Present);
    if let Some(applies) = &item.applies {
        bad |= applies.fill(inputs, block, run.zone, mask);
        states.iter_mut().zip(&*mask).for_each(|(s, &m)| *s = if m { *s } else { State::NotApplicable });
    }
    if let Some(opted_out) = &item.opted_out {
        bad |= opted_out.fill(inputs, block, run.zone, mask);
        let out = |(s, &m): (&mut State, &bool)| *s = if m & (*s == State::Present) { State::OptedOut } else { *s };
        states.iter_mut().zip(&*mask).for_each(out);
    }
    if let Some(freshness) = &item.freshness {
        days_since(&inputs.column(freshness.observed_at), block, run, ages);
        for (state, &age) in states.iter_mut().zip(&*ages) {
            let present = *state == State::Present;
            bad |= present & (age == f64::INFINITY);
            *state = match present {
                true if age > freshness.expire_after => State::Expired,
                true if age > freshness.warn_after => State::Stale,
                _ => *state,
            };
        }
    }
    !bad
}

/// The state that conditions and age give an item; the value itself is looked at later.
pub(super) fn judge<I: Inputs>(item: &ItemPlan, inputs: &I, row: usize, run: Run) -> Result<State, Finding> {
    for condition in [&item.applies, &item.opted_out].into_iter().flatten() {
        if let Some((input, code)) = condition.fault(inputs, row, run.zone) {
            return Err(Finding { code, input });
        }
    }
    let holds = |condition: &Option<Condition>| condition.as_ref().map(|c| c.holds(inputs, row, run.zone));
    if holds(&item.applies) == Some(false) {
        return Ok(State::NotApplicable);
    }
    if holds(&item.opted_out) == Some(true) {
        return Ok(State::OptedOut);
    }
    age_state(item, inputs, row, run)
}

/// The state that an item's age gives it.
fn age_state<I: Inputs>(item: &ItemPlan, inputs: &I, row: usize, run: Run) -> Result<State, Finding> {
    let Some(freshness) = &item.freshness else { return Ok(State::Present) };
    let column = inputs.column(freshness.observed_at);
    let day = match column.day(row, run.zone) {
        Ok(None) => return Ok(State::Present),
        Ok(Some(day)) if day <= run.as_of => day,
        _ => return Err(date_finding(&column, freshness.observed_at, row, run)),
    };
    let age = run.as_of.days_since(day) as f64;
    Ok(if age > freshness.expire_after {
        State::Expired
    } else if age > freshness.warn_after {
        State::Stale
    } else {
        State::Present
    })
}

fn date_finding(column: &Column<'_>, input: usize, row: usize, run: Run) -> Finding {
    let code = column.day(row, run.zone).err().unwrap_or(Code::DateAfterAsOf);
    Finding { code, input }
}

/// What is wrong with a value that `fill` made infinite.
#[cold]
pub(super) fn diagnose<I: Inputs>(item: &ItemPlan, inputs: &I, row: usize, run: Run) -> Finding {
    let infinite = |input: usize| inputs.column(input).number(row).is_some_and(f64::is_infinite);
    let finding = |code, input: &usize| Finding { code, input: *input };
    let flag_finding = |input: &usize| {
        let code = if infinite(*input) { Code::InfiniteValue } else { Code::InvalidFlag };
        finding(code, input)
    };
    if item.manual.is_some() && value(item, inputs, row, run).is_finite() {
        return Finding { code: Code::ValueOutsideScale, input: first_input(&item.source) };
    }
    match &item.source {
        Input::Number(input) => finding(Code::InfiniteValue, input),
        Input::Ratio(a, _) if infinite(*a) => finding(Code::InfiniteValue, a),
        Input::Ratio(_, b) if infinite(*b) => finding(Code::InfiniteValue, b),
        Input::Ratio(_, b) if inputs.column(*b).number(row) == Some(0.0) => finding(Code::ZeroDenominator, b),
        Input::Ratio(a, _) => finding(Code::InfiniteValue, a),
        Input::Flag(input) => flag_finding(input),
        Input::CountTrue(all) => {
            let bad = all.iter().find(|&&input| flag(&inputs.column(input), row).is_infinite());
            flag_finding(bad.unwrap_or(&all[0]))
        }
        Input::Change(a, _) if infinite(*a) => finding(Code::InfiniteValue, a),
        Input::Change(_, b) => finding(Code::InfiniteValue, b),
        Input::DaysSince(input) | Input::DaysUntil(input) => date_finding(&inputs.column(*input), *input, row, run),
        Input::Category(input, _) if infinite(*input) => finding(Code::InfiniteValue, input),
        Input::Category(input, _) => finding(Code::UnknownCategory, input),
    }
}

/// The value that an item has in a row, wherever it lies; infinite where it is in error.
#[cold]
fn value<I: Inputs>(item: &ItemPlan, inputs: &I, row: usize, run: Run) -> f64 {
    let (mut x, mut other) = ([f64::NAN], [f64::NAN]);
    read(item, inputs, Block { start: row, rows: 1, offset: 0, picks: None }, run, &mut x, &mut other);
    x[0]
}

/// The column that a value outside the scale is said to be in.
fn first_input(source: &Input) -> usize {
    match source {
        Input::CountTrue(all) => all[0],
        Input::Number(input)
        | Input::Ratio(input, _)
        | Input::Change(input, _)
        | Input::Flag(input)
        | Input::DaysSince(input)
        | Input::DaysUntil(input)
        | Input::Category(input, _) => *input,
    }
}

/// What the value is, and what it should be: only worked out for the first row of a fault.
#[cold]
pub(super) fn describe<I: Inputs>(
    item: &ItemPlan,
    inputs: &I,
    row: usize,
    run: Run,
    finding: Finding,
) -> (Option<String>, String) {
    let column = inputs.column(finding.input);
    let shown = column.display(row);
    match (finding.code, &item.source) {
        (Code::ValueOutsideScale, _) => {
            let [worst, best] = item.manual.unwrap_or_default();
            let plain = matches!(item.source, Input::Number(_));
            let shown = if plain { shown } else { Some(value(item, inputs, row, run).to_string()) };
            (shown, format!("{worst} to {best}"))
        }
        (Code::ZeroDenominator, Input::Ratio(a, _)) => {
            let quotient = inputs.column(*a).display(row).map(|a| format!("{a} / 0"));
            (quotient, "a denominator other than 0, or null".into())
        }
        (Code::InvalidFlag, _) => (shown, "true, false, 0 or 1".into()),
        (Code::UnknownCategory, Input::Category(_, categories)) => {
            let listed = categories.names();
            let expected = format!("one of {}; or add a `default` to the map", listed.join(", "));
            (shown.map(|text| format!("{text:?}")), expected)
        }
        _ => describe_rule(&column, row, run, finding.code),
    }
}

/// What a value in a condition or a date is, and what it should be.
#[cold]
pub(in crate::health) fn describe_rule(
    column: &Column<'_>,
    row: usize,
    run: Run,
    code: Code,
) -> (Option<String>, String) {
    let shown = column.display(row);
    match code {
        Code::InvalidDate => (shown, "a date such as 2026-10-31".into()),
        Code::DateOutOfRange => (shown, "a moment within the calendar".into()),
        Code::DateAfterAsOf => {
            let day = column.day(row, run.zone).ok().flatten();
            (day.map(|day| day.to_string()), format!("a date up to {}", run.as_of))
        }
        _ => (shown, "a finite number".into()),
    }
}
