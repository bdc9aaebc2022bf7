//! Invoice lines: an amount for some days of service.

use super::super::document::{Inclusion, Invoices};
use super::builder::{Builder, Entry, Kind};
use super::rows::{Field, Rows};
use crate::calendar::{Date, Month};
use crate::error::{Code, Result};
use crate::money::{Ratio, split};

pub(super) fn read<'a>(builder: &mut Builder<'a>, rows: &Rows<'a>) -> Result<()> {
    let (start, end, amount) = (rows.need("service_start")?, rows.need("service_end")?, rows.need("amount")?);
    let amounts = amount.amounts(builder.options.amounts)?;
    let counts_tax = builder.policy.tax == Inclusion::Include;
    let tax = rows.get("tax").filter(|_| counts_tax);
    let taxes = tax.as_ref().map(|field| field.amounts(builder.options.amounts)).transpose()?;
    let days = |row: usize| {
        [start.day(row).ok().flatten().map_or(0, i64::from), end.day(row).ok().flatten().map_or(0, i64::from)]
    };
    for row in builder.known(rows.rows, |_, row| days(row)) {
        let row = row as usize;
        let (entry, kind) = (builder.entry(row), builder.kind(row));
        let (Some(entry), Some(kind)) = (entry, kind) else { continue };
        let (Some(first), Some(last)) = (needed(builder, &start, row), needed(builder, &end, row)) else { continue };
        if last < first {
            builder.faults.at(Code::EndBeforeStart, &end, row, "a day from the start on");
            continue;
        }
        let (exponent, _) = builder.scales(entry.currency);
        let found = match amounts.get(row, exponent) {
            Ok(Some(found)) => found,
            Ok(None) => {
                builder.faults.add(Code::MissingAmount, &amount.name, row, None, "an amount");
                continue;
            }
            Err(code) => {
                builder.faults.at(code, &amount, row, "an amount such as 12.50");
                continue;
            }
        };
        let mut found = found;
        if let (Some(field), Some(taxes)) = (&tax, &taxes) {
            let with_tax = taxes
                .get(row, exponent)
                .and_then(|tax| found.add(tax.unwrap_or(Ratio::ZERO)).ok_or(Code::AmountTooLarge));
            match with_tax {
                Ok(with_tax) => found = with_tax,
                Err(code) => {
                    builder.faults.at(code, field, row, "an amount such as 12.50");
                    continue;
                }
            }
        }
        if builder.refuses(found < Ratio::ZERO, kind, &amount, row) {
            continue;
        }
        if !builder.counts(kind) {
            if kind != Kind::Credit {
                builder.bill(entry, first, Some(found), &amount);
            }
            continue;
        }
        if first == last {
            if builder.policy.zero_length == super::super::document::ZeroLength::Error {
                builder.faults.at(Code::ZeroLengthPeriod, &start, row, "an end after the start");
            }
            continue;
        }
        match builder.policy.invoices {
            Invoices::Term => over_months(builder, entry, first, last, found, &amount),
            Invoices::Days => over_days(builder, entry, first, last, found, &amount),
        }
    }
    Ok(())
}

/// A day that must be there.
fn needed(builder: &mut Builder<'_>, field: &Field<'_>, row: usize) -> Option<i32> {
    match field.day(row) {
        Ok(Some(day)) => return Some(day),
        Ok(None) if field.is_null(row) => builder.faults.add(Code::MissingDate, &field.name, row, None, "a date"),
        Ok(None) => builder.faults.at(Code::InvalidDate, field, row, "a date such as 2026-10-31"),
        Err(code) => builder.faults.at(code, field, row, "a date such as 2026-10-31"),
    }
    None
}

/// Adds an amount for whole months in equal parts that sum to it; for other spans at its rate per day.
pub(super) fn over_months(
    builder: &mut Builder<'_>,
    entry: Entry,
    start: i32,
    end: i32,
    amount: Ratio,
    field: &Field<'_>,
) {
    if end <= start {
        return;
    }
    let (first, last) = (Date::from_days(start), Date::from_days(end));
    let months = first.months_until(last).filter(|months| *months > 0);
    let Some(months) = months else {
        let days = i128::from(end) - i128::from(start);
        let monthly = amount.div(Ratio::integer(days)).and_then(|daily| daily.mul(builder.policy.normalise.day));
        match monthly {
            Some(monthly) => builder.push(entry, start, Some(end), monthly, field),
            None => builder.faults.at(Code::AmountTooLarge, field, entry.row as usize, ""),
        }
        return;
    };
    let spans = (0..months).map(|n| Some((first.plus_months(n)?.days(), first.plus_months(n + 1)?.days())));
    let spans: Vec<(i32, i32)> = spans.collect::<Option<_>>().unwrap_or_default();
    let weights = vec![1; spans.len()];
    spread(builder, entry, &spans, &weights, amount, field);
}

/// Adds to each calendar month what falls into it by days.
fn over_days(builder: &mut Builder<'_>, entry: Entry, start: i32, end: i32, amount: Ratio, field: &Field<'_>) {
    let (mut spans, mut weights) = (Vec::new(), Vec::new());
    let mut month = Month::of(Date::from_days(start));
    while let Some((first, next)) =
        month.and_then(|month| Some((month.first_day()?.days(), month.plus(1).first_day()?.days())))
    {
        if first >= end {
            break;
        }
        spans.push((first, next));
        weights.push(i128::from(end.min(next)) - i128::from(start.max(first)));
        month = month.map(|month| month.plus(1));
    }
    spread(builder, entry, &spans, &weights, amount, field);
}

/// Parts of an amount over spans of days; they sum to it exactly.
fn spread(
    builder: &mut Builder<'_>,
    entry: Entry,
    spans: &[(i32, i32)],
    weights: &[i128],
    amount: Ratio,
    field: &Field<'_>,
) {
    let (_, scale) = builder.scales(entry.currency);
    let minor = amount.rounded(scale, builder.policy.rounding.mode);
    let Some(parts) = minor.and_then(|minor| split(minor, weights)) else {
        return builder.faults.at(Code::AmountTooLarge, field, entry.row as usize, "");
    };
    for ((start, end), part) in spans.iter().zip(parts) {
        match i64::try_from(part) {
            Ok(part) => builder.push_minor(entry, *start, Some(*end), part, None),
            Err(_) => builder.faults.at(Code::AmountTooLarge, field, entry.row as usize, ""),
        }
    }
}
