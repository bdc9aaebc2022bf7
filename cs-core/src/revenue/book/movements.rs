//! A log of movements: signed changes of MRR.

use super::NO_REASON;
use super::builder::{Builder, Entry};
use super::rows::Rows;
use crate::error::{Code, Result};
use std::collections::BTreeMap;

/// What each kind of movement may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Gain,
    Loss,
    Any,
}

/// The changes of one account and subscription: by day and row.
type Changes = BTreeMap<(i32, u32), (i64, Entry)>;

pub(super) fn read<'a>(builder: &mut Builder<'a>, rows: &Rows<'a>) -> Result<()> {
    let (date, delta) = (rows.need("date")?, rows.need("delta")?);
    let amounts = delta.amounts(builder.options.amounts)?;
    let kind = rows.get("kind");
    let mut logs: BTreeMap<(u32, u32, u32), Changes> = BTreeMap::new();
    // What an account is broken down by may change; what it has bought is summed for itself.
    let apart = rows.get("subscription").is_some() || rows.get("product").is_some();
    for row in builder.known(rows.rows, |_, row| [row as i64, 0]) {
        let row = row as usize;
        let Some(entry) = builder.entry(row) else { continue };
        let day = match date.day(row) {
            Ok(Some(day)) => day,
            Ok(None) if date.is_null(row) => {
                builder.faults.add(Code::MissingDate, &date.name, row, None, "the day of the movement");
                continue;
            }
            found => {
                builder.faults.at(found.err().unwrap_or(Code::InvalidDate), &date, row, "a date such as 2026-10-31");
                continue;
            }
        };
        let (exponent, scale) = builder.scales(entry.currency);
        let change = match amounts.minor(row, scale, exponent) {
            Ok(Some(change)) => change,
            Ok(None) => {
                builder.faults.add(Code::MissingAmount, &delta.name, row, None, "an amount");
                continue;
            }
            Err(code) => {
                builder.faults.at(code, &delta, row, &crate::money::expected(code, scale));
                continue;
            }
        };
        let sign = match kind.as_ref().filter(|field| !field.is_null(row)) {
            None => Sign::Any,
            Some(field) => match field.text(row) {
                Some(b"new" | b"reactivation" | b"expansion") => Sign::Gain,
                Some(b"contraction" | b"churn") => Sign::Loss,
                Some(b"transfer") => Sign::Any,
                _ => {
                    let expected = "new, reactivation, expansion, contraction, churn, transfer";
                    builder.faults.at(Code::UnknownKind, field, row, expected);
                    continue;
                }
            },
        };
        if (sign == Sign::Gain && change < 0) || (sign == Sign::Loss && change > 0) {
            builder.faults.at(Code::MovementSign, &delta, row, "gains above zero, losses below");
            continue;
        }
        let series = if apart { entry.series } else { 0 };
        let log = logs.entry((entry.unit, series, entry.currency)).or_default();
        log.insert((day, row as u32), (change, entry));
    }
    for log in logs.into_values() {
        add(builder, log, &delta);
    }
    Ok(())
}

/// Adds the running sums of a log as lines.
fn add(builder: &mut Builder<'_>, log: Changes, delta: &super::rows::Field<'_>) {
    let mut running = 0i64;
    let changes: Vec<((i32, u32), (i64, Entry))> = log.into_iter().collect();
    for (place, ((day, row), (change, entry))) in changes.iter().enumerate() {
        let Some(sum) = running.checked_add(*change) else {
            return builder.faults.at(Code::AmountTooLarge, delta, *row as usize, "");
        };
        running = sum;
        let next = changes.get(place + 1);
        if running < 0 && next.is_none_or(|((next, _), _)| next > day) {
            return builder.faults.at(Code::NegativeMrr, delta, *row as usize, "movements that sum to zero or more");
        }
        if next.is_some_and(|((next, _), _)| next == day) {
            continue;
        }
        // A line ends with the movement that follows; its reason is why.
        let end = next.map(|((next, _), _)| *next);
        let reason = next.filter(|(_, (change, _))| *change < 0).map_or(NO_REASON, |(_, (_, next))| next.reason);
        if running != 0 {
            builder.push_minor(Entry { reason, ..*entry }, *day, end, running, None);
        }
    }
}
