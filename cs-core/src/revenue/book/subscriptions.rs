//! Subscription periods: an amount per interval, from a day to another.

use super::super::document::{Cancellation, Discounts, Overlaps, Paused, ZeroLength};
use super::super::monthly::{INTERVALS, monthly};
use super::builder::{Builder, Entry, Kind};
use super::invoices::over_months;
use super::rows::{Field, Money, Rows};
use crate::error::{Code, Result};
use crate::money::Ratio;
use std::collections::HashMap;

/// The columns of subscriptions.
struct Columns<'a> {
    start: Field<'a>,
    end: Option<Field<'a>>,
    amount: Field<'a>,
    amounts: Money<'a>,
    interval: Field<'a>,
    count: Option<Field<'a>>,
    quantity: Option<(Field<'a>, Money<'a>)>,
    discount_amount: Option<(Field<'a>, Money<'a>)>,
    discount_percent: Option<(Field<'a>, Money<'a>)>,
    discount_until: Option<Field<'a>>,
    status: Option<Field<'a>>,
    requested: Option<Field<'a>>,
}

/// A span of days; the end is open, or the day after the last.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: i32,
    end: Option<i32>,
}

pub(super) fn read<'a>(builder: &mut Builder<'a>, rows: &Rows<'a>) -> Result<()> {
    let amount = rows.need("amount")?;
    // A quantity or a percent is a number of any kind, and exact all the same.
    let plain = crate::money::Amounts { integers_major: true, float_scale: Some(9) };
    let with = |name: &str, how| rows.get(name).map(|field| field.amounts(how).map(|money| (field, money))).transpose();
    let columns = Columns {
        start: rows.need("start")?,
        end: rows.get("end"),
        amounts: amount.amounts(builder.options.amounts)?,
        amount,
        interval: rows.need("interval")?,
        count: rows.get("interval_count"),
        quantity: with("quantity", plain)?,
        discount_amount: with("discount_amount", builder.options.amounts)?,
        discount_percent: with("discount_percent", plain)?,
        discount_until: rows.get("discount_until"),
        status: rows.get("status"),
        requested: rows.get("requested_at"),
    };
    let known = builder.known(rows.rows, |_, row| [columns.start.day(row).ok().flatten().map_or(0, i64::from), 0]);
    let mut spans: HashMap<u32, Vec<(Span, u32)>> = HashMap::new();
    for row in known {
        let Some((entry, span)) = read_row(builder, &columns, row as usize) else { continue };
        if builder.policy.overlaps == Overlaps::Reject {
            spans.entry(entry.series).or_default().push((span, row));
        }
    }
    check_overlaps(builder, spans, &columns.start);
    Ok(())
}

/// Adds the lines of a row; returns its days, if it counts.
fn read_row(builder: &mut Builder<'_>, columns: &Columns<'_>, row: usize) -> Option<(Entry, Span)> {
    let entry = builder.entry(row);
    let kind = builder.kind(row);
    let span = span(builder, columns, row);
    let (entry, kind, span) = (entry?, kind?, span?);
    let span = in_force(builder, columns, row, span)?;
    let (exponent, _) = builder.scales(entry.currency);
    let amount = money(builder, &columns.amount, &columns.amounts, row, exponent)?;
    if builder.refuses(amount < Ratio::ZERO, kind, &columns.amount, row) {
        return None;
    }
    let quantity = quantity(builder, columns, row)?;
    if !builder.counts(kind) {
        if kind != Kind::Credit {
            builder.bill(entry, span.start, amount.mul(quantity), &columns.amount);
        }
        return None;
    }
    if matches!(kind, Kind::OneOff | Kind::Setup) {
        let Some(end) = span.end else {
            builder.faults.at(Code::MissingEnd, &columns.amount, row, "an end: the amount is spread over its period");
            return None;
        };
        let Some(whole) = amount.mul(quantity) else {
            builder.faults.at(Code::AmountTooLarge, &columns.amount, row, "");
            return None;
        };
        over_months(builder, entry, span.start, end, whole, &columns.amount);
        return Some((entry, span));
    }
    let factor = factor(builder, columns, row)?;
    let count = i128::from(count(builder, columns, row)?);
    let discount = discount(builder, columns, row, exponent)?;
    let mut add = |span: Span, amount: Ratio| {
        let monthly = monthly(amount, quantity, factor, count);
        match monthly {
            Some(monthly) => builder.push(entry, span.start, span.end, monthly, &columns.amount),
            None => builder.faults.at(Code::AmountTooLarge, &columns.amount, row, ""),
        }
    };
    for (span, amount) in discounted(discount, amount, span) {
        add(span, amount);
    }
    Some((entry, span))
}

/// The days of a row, by when its cancellation counts.
fn span(builder: &mut Builder<'_>, columns: &Columns<'_>, row: usize) -> Option<Span> {
    let start = day(builder, &columns.start, row)?;
    let Some(start) = start else {
        builder.faults.add(Code::MissingDate, &columns.start.name, row, None, "the first day");
        return None;
    };
    let mut end = columns.end.as_ref().map_or(Some(None), |field| day(builder, field, row))?;
    if let (Some(field), Some(end)) = (&columns.end, end)
        && end < start
    {
        builder.faults.at(Code::EndBeforeStart, field, row, "a day from the start on");
        return None;
    }
    if end == Some(start) {
        if builder.policy.zero_length == ZeroLength::Error {
            builder.faults.at(Code::ZeroLengthPeriod, &columns.start, row, "an end after the start");
        }
        return None;
    }
    match builder.policy.cancellation {
        Cancellation::ServiceEnd => {}
        Cancellation::DayAfter => end = end.map(|end| end.saturating_add(1)),
        Cancellation::Request => {
            if let Some(requested) = columns.requested.as_ref().map_or(Some(None), |field| day(builder, field, row))? {
                end = Some(end.map_or(requested, |end| end.min(requested)).max(start));
            }
        }
    }
    Some(Span { start, end })
}

/// A day; `None` when it is wrong, `Some(None)` when null.
fn day(builder: &mut Builder<'_>, field: &Field<'_>, row: usize) -> Option<Option<i32>> {
    match field.day(row) {
        Ok(None) if !field.is_null(row) => {
            builder.faults.at(Code::InvalidDate, field, row, "a date such as 2026-10-31")
        }
        Ok(day) => return Some(day),
        Err(code) => builder.faults.at(code, field, row, "a date such as 2026-10-31"),
    }
    None
}

/// The part of a row's days in which its status counts.
fn in_force(builder: &mut Builder<'_>, columns: &Columns<'_>, row: usize, span: Span) -> Option<Span> {
    let field = columns.status.as_ref().filter(|field| !field.is_null(row));
    match field.map_or(Some(&b"active"[..]), |field| field.text(row)) {
        Some(b"active") => Some(span),
        Some(b"trial") => None,
        Some(b"paused") => (builder.policy.paused == Paused::Keep).then_some(span),
        Some(b"past_due") => {
            let Some(days) = builder.policy.past_due_grace_days else { return Some(span) };
            let last = span.start.saturating_add(i32::try_from(days).unwrap_or(i32::MAX));
            let end = Some(span.end.map_or(last, |end| end.min(last)));
            (last > span.start).then_some(Span { end, ..span })
        }
        _ => {
            if let Some(field) = field {
                builder.faults.at(Code::UnknownStatus, field, row, "active, trial, past_due, paused");
            }
            None
        }
    }
}

/// An amount that is required.
fn money(builder: &mut Builder<'_>, field: &Field<'_>, amounts: &Money<'_>, row: usize, exponent: u8) -> Option<Ratio> {
    match amounts.get(row, exponent) {
        Ok(Some(amount)) => return Some(amount),
        Ok(None) => builder.faults.add(Code::MissingAmount, &field.name, row, None, "an amount"),
        Err(code) => builder.faults.at(code, field, row, "an amount such as 12.50"),
    }
    None
}

/// How many are bought: from 0 on, 1 where nothing is said.
fn quantity(builder: &mut Builder<'_>, columns: &Columns<'_>, row: usize) -> Option<Ratio> {
    let Some((field, amounts)) = &columns.quantity else { return Some(Ratio::ONE) };
    match amounts.get(row, 0) {
        Ok(None) => Some(Ratio::ONE),
        Ok(Some(quantity)) if quantity >= Ratio::ZERO => Some(quantity),
        _ => {
            builder.faults.at(Code::InvalidQuantity, field, row, "a number from 0 on");
            None
        }
    }
}

fn factor(builder: &mut Builder<'_>, columns: &Columns<'_>, row: usize) -> Option<Ratio> {
    let found = columns.interval.text(row).and_then(|interval| builder.policy.normalise.factor(interval));
    if found.is_none() {
        builder.faults.at(Code::UnknownInterval, &columns.interval, row, &INTERVALS.join(", "));
    }
    found
}

/// So many intervals per amount: from 1 on, 1 where nothing is said.
fn count(builder: &mut Builder<'_>, columns: &Columns<'_>, row: usize) -> Option<u32> {
    let Some(field) = columns.count.as_ref().filter(|field| !field.is_null(row)) else { return Some(1) };
    let whole = field.number(row).filter(|n| n.fract() == 0.0 && (1.0..=1e6).contains(n));
    if whole.is_none() {
        builder.faults.at(Code::InvalidQuantity, field, row, "a whole number from 1 on");
    }
    whole.map(|n| n as u32)
}

/// What a row says of discounts.
#[derive(Debug, Clone, Copy)]
struct Discount {
    amount: Ratio,
    percent: Ratio,
    until: Option<i32>,
}

fn discount(builder: &mut Builder<'_>, columns: &Columns<'_>, row: usize, exponent: u8) -> Option<Discount> {
    let none = Discount { amount: Ratio::ZERO, percent: Ratio::ZERO, until: None };
    if builder.policy.discounts == Discounts::Ignore {
        return Some(none);
    }
    let mut value = |column: &Option<(Field<'_>, Money<'_>)>, exponent, most: Option<i128>| {
        let Some((field, amounts)) = column else { return Some(Ratio::ZERO) };
        let fits = |value: &Ratio| *value >= Ratio::ZERO && most.is_none_or(|most| *value <= Ratio::integer(most));
        match amounts.get(row, exponent) {
            Ok(None) => Some(Ratio::ZERO),
            Ok(Some(value)) if fits(&value) => Some(value),
            _ => {
                let expected = if most.is_some() { "a percentage from 0 to 100" } else { "an amount from 0 on" };
                builder.faults.at(Code::InvalidQuantity, field, row, expected);
                None
            }
        }
    };
    let amount = value(&columns.discount_amount, exponent, None);
    let percent = value(&columns.discount_percent, 0, Some(100));
    let until = columns.discount_until.as_ref().map_or(Some(None), |field| day(builder, field, row));
    Some(Discount { amount: amount?, percent: percent?, until: until? })
}

/// A row as the part with its discount, and the part after it.
fn discounted(discount: Discount, amount: Ratio, span: Span) -> Vec<(Span, Ratio)> {
    if discount.amount == Ratio::ZERO && discount.percent == Ratio::ZERO {
        return vec![(span, amount)];
    }
    let share = Ratio::ONE.sub(discount.percent.div(Ratio::integer(100)).unwrap_or(Ratio::ZERO)).unwrap_or(Ratio::ZERO);
    let reduced = amount.mul(share).and_then(|amount| amount.sub(discount.amount)).unwrap_or(Ratio::ZERO);
    // A discount gives nothing back.
    let reduced = if amount >= Ratio::ZERO { reduced.max(Ratio::ZERO) } else { reduced };
    match discount.until {
        Some(until) if until <= span.start => vec![(span, amount)],
        Some(until) if span.end.is_none_or(|end| until < end) => {
            vec![(Span { end: Some(until), ..span }, reduced), (Span { start: until, ..span }, amount)]
        }
        _ => vec![(span, reduced)],
    }
}

/// Refuses periods of one subscription that overlap.
fn check_overlaps(builder: &mut Builder<'_>, spans: HashMap<u32, Vec<(Span, u32)>>, start: &Field<'_>) {
    let mut rows: Vec<u32> = Vec::new();
    for mut spans in spans.into_values() {
        spans.sort_by_key(|(span, row)| (span.start, *row));
        for pair in spans.windows(2) {
            let [(before, first), (after, second)] = pair else { continue };
            if before.end.is_none_or(|end| after.start < end) {
                rows.extend([*first, *second]);
            }
        }
    }
    rows.sort_unstable();
    rows.dedup();
    for row in rows {
        builder.faults.at(
            Code::OverlappingPeriods,
            start,
            row as usize,
            "periods of one subscription one after another",
        );
    }
}
