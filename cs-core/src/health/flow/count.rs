//! Counting a flow from two results.

use super::super::pairs::{Offenders, Side, pairs};
use super::{Flow, FlowOptions, Move};
use crate::error::{Code, Error, Issue, Result, suggest};
use crate::table::Table;

pub(super) fn count(
    tiers: &[String],
    before: &[Table<'_>],
    after: &[Table<'_>],
    options: &FlowOptions,
) -> Result<Flow> {
    let account = options.account.as_deref().ok_or_else(|| Issue::new(Code::MissingField).path("account"))?;
    let values = [&options.value_before, &options.value_after];
    let mut flow = Flow::empty(tiers, values.map(Option::is_some))?;
    let sides = [Side::new("before", before, account)?, Side::new("after", after, account)?];
    let mut issues = Vec::new();
    let mut read = |at: usize| Reading::new(&sides[at], tiers, values[at].as_deref(), &mut issues);
    let (old, new) = (read(0)?, read(1)?);
    if let Some(error) = Error::from_issues(issues) {
        return Err(error);
    }
    let outside = flow.outside();
    pairs(account, &sides[0], &sides[1], |before, after| {
        flow.add(Move {
            from: before.map_or(outside, |row| usize::from(old.tiers[row])),
            to: after.map_or(outside, |row| usize::from(new.tiers[row])),
            value_before: old.value(before),
            value_after: new.value(after),
        });
    })?;
    flow.finite()
}

/// What is read of one result: the tier of each row by its place, with `none` behind them, and its value.
struct Reading {
    tiers: Vec<u8>,
    values: Option<Vec<f64>>,
}

impl Reading {
    fn new(side: &Side<'_, '_>, tiers: &[String], value: Option<&str>, issues: &mut Vec<Issue>) -> Result<Self> {
        let places = places(side, tiers, issues)?;
        let values = value.map(|name| side.numbers(name, issues)).transpose()?;
        Ok(Self { tiers: places, values })
    }

    fn value(&self, row: Option<usize>) -> f64 {
        self.values.as_ref().zip(row).map_or(f64::NAN, |(values, row)| values[row])
    }
}

/// The place of each row's tier; texts that are none of the tiers are added to the issues.
fn places(side: &Side<'_, '_>, tiers: &[String], issues: &mut Vec<Issue>) -> Result<Vec<u8>> {
    let texts = side.texts("tier")?;
    let none = tiers.len() as u8;
    let mut unknown = (Offenders::default(), None);
    let mut places = Vec::with_capacity(side.rows());
    for row in 0..side.rows() {
        let text = texts.text(row);
        let place = text.map(|text| tiers.iter().position(|tier| tier.as_bytes() == text));
        if place == Some(None) {
            unknown.0.add(row);
            unknown.1 = unknown.1.or(text);
        }
        places.push(place.flatten().map_or(none, |place| place as u8));
    }
    let (offenders, first) = unknown;
    issues.extend(offenders.into_issue(Code::UnknownTier).map(|issue| {
        let text = String::from_utf8_lossy(first.unwrap_or_default());
        let help = suggest(&text, tiers.iter().map(String::as_str));
        issue.path(side.role()).column("tier").value(format!("{text:?}")).help(help)
    }));
    Ok(places)
}
