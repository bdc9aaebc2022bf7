//! Account-months: what an account pays in a month.

use super::super::document::Negative;
use super::builder::{Builder, Kind};
use super::rows::{Field, Rows};
use crate::calendar::{Date, Month};
use crate::error::{Code, Result};
use std::collections::HashMap;

pub(super) fn read<'a>(builder: &mut Builder<'a>, rows: &Rows<'a>) -> Result<()> {
    let (month, mrr) = (rows.need("month")?, rows.need("mrr")?);
    let amounts = mrr.amounts(builder.options.amounts)?;
    let product = rows.get("product");
    let mut months = Months::default();
    let known = builder.known(rows.rows, |_, row| {
        [month_of(&month, row).map_or(0, |month| i64::from(month.plus(0).parts().0 * 12 + month.parts().1 as i32)), 0]
    });
    let mut seen: HashMap<(u32, u32, i32, Option<String>), ()> = HashMap::with_capacity(known.len());
    for row in known {
        let row = row as usize;
        let Some(entry) = builder.entry(row) else { continue };
        let Some((start, end)) = months.days(&month, row) else {
            builder.faults.at(Code::InvalidMonth, &month, row, "a month such as 2026-10, or a date in it");
            continue;
        };
        let (exponent, scale) = builder.scales(entry.currency);
        let amount = match amounts.minor(row, scale, exponent) {
            Ok(Some(amount)) => amount,
            Ok(None) => {
                builder.faults.add(Code::MissingAmount, &mrr.name, row, None, "an amount; leave the row out for none");
                continue;
            }
            Err(code) => {
                builder.faults.at(code, &mrr, row, &crate::money::expected(code, scale));
                continue;
            }
        };
        if amount < 0 && builder.policy.negative == Negative::Error && builder.kind(row) == Some(Kind::Recurring) {
            builder.faults.at(Code::NegativeAmount, &mrr, row, "an amount from 0 on");
            continue;
        }
        let own = product.as_ref().and_then(|field| field.display(row));
        // Where there is a subscription its group tells the rows apart.
        let group = if rows_have_subscription(rows) { entry.group } else { 0 };
        if seen.insert((entry.unit, group, start, own), ()).is_some() {
            builder.faults.at(Code::DuplicateAccountMonth, &month, row, "one row per account and month");
            continue;
        }
        builder.push_minor(entry, start, Some(end), amount, None);
    }
    Ok(())
}

fn rows_have_subscription(rows: &Rows<'_>) -> bool {
    rows.get("subscription").is_some()
}

fn month_of(field: &Field<'_>, row: usize) -> Option<Month> {
    match field.text(row) {
        Some(text) => Month::parse_bytes(text),
        None => field.day(row).ok().flatten().and_then(|day| Month::of(Date::from_days(day))),
    }
}

/// The first day of a month, and of the next: mostly those of the row before.
#[derive(Debug, Default)]
struct Months {
    known: Option<(i32, i32)>,
}

impl Months {
    fn days(&mut self, field: &Field<'_>, row: usize) -> Option<(i32, i32)> {
        if field.text(row).is_none() {
            let day = field.day(row).ok().flatten()?;
            if let Some((start, end)) = self.known.filter(|(start, end)| (*start..*end).contains(&day)) {
                return Some((start, end));
            }
        }
        let month = month_of(field, row)?;
        self.known = Some((month.first_day()?.days(), month.plus(1).first_day()?.days()));
        self.known
    }
}
