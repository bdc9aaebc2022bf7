//! Contracts, read.

use super::super::book::{Faults, Field, Rows};
use super::super::bridge::Place;
use super::super::document::Policy;
use super::options::RenewalOptions;
use crate::error::{Code, Result};
use crate::money::Ratio;
use crate::table::{Interner, Tables};
use std::collections::{BTreeMap, HashMap};

/// What came of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Renewed,
    Lost,
    Open,
}

/// A contract that is or was due.
#[derive(Debug, Clone)]
pub(super) struct Contract {
    pub(super) row: usize,
    pub(super) place: Place,
    pub(super) due: i32,
    pub(super) minor: i64,
    pub(super) closed: Option<i32>,
    pub(super) outcome: Outcome,
    /// What it was renewed at.
    pub(super) renewed: i64,
    pub(super) notice_days: Option<i32>,
    pub(super) auto_renew: bool,
    pub(super) cancel_requested: bool,
    pub(super) probability: Option<f64>,
}

impl Contract {
    /// The last day on which notice can be given.
    pub(super) fn notice_by(&self) -> Option<i32> {
        self.notice_days.and_then(|days| self.due.checked_sub(days))
    }
}

/// The contracts of the tables, as they are known on a day, and the column of accounts.
///
/// # Errors
/// What is wrong with the rows.
pub(super) fn read(
    policy: &Policy,
    tables: &Tables<'_>,
    options: &RenewalOptions,
    as_of: i32,
) -> Result<(Vec<Contract>, String)> {
    let rows = Rows::new("contracts", tables.get("contracts"), &options.book)?;
    let (account, contract) = (rows.need("account")?, rows.need("contract")?);
    let (due, amount) = (rows.need("due")?, rows.need("amount")?);
    let amounts = amount.amounts(options.book.amounts)?;
    let renewed = rows.get("renewed_amount");
    let renewals = renewed.as_ref().map(|field| field.amounts(options.book.amounts)).transpose()?;
    let (closed, outcome, currency) = (rows.get("closed_at"), rows.get("outcome"), rows.get("currency"));
    let (notice, auto, cancel) = (rows.get("notice_days"), rows.get("auto_renew"), rows.get("cancel_requested_at"));
    let keys = options.periods.by.iter().map(|name| rows.need(name)).collect::<Result<Vec<_>>>()?;
    let chances = Chances::new(&rows, tables, options)?;
    let mut faults = Faults::default();
    let mut found = Vec::with_capacity(rows.rows);
    for row in known(&rows, &account, &contract, as_of, &mut faults)? {
        if account.is_null(row) {
            faults.add(Code::NullAccount, &account.name, row, None, "");
            continue;
        }
        let mut day = |field: &Field<'_>, needed: bool| match field.day(row) {
            Ok(None) if field.is_null(row) && !needed => Some(None),
            Ok(Some(day)) => Some(Some(day)),
            Ok(None) if field.is_null(row) => {
                faults.add(Code::MissingDate, &field.name, row, None, "a date");
                None
            }
            found => {
                faults.at(found.err().unwrap_or(Code::InvalidDate), field, row, "a date such as 2026-10-31");
                None
            }
        };
        let due_day = day(&due, true).flatten();
        let closed_day = closed.as_ref().map_or(Some(None), |field| day(field, false));
        let cancel_day = cancel.as_ref().map_or(Some(None), |field| day(field, false));
        let code = match &currency {
            Some(field) if !field.is_null(row) => field.text(row).and_then(|code| policy.currencies.get(code)),
            _ => policy.currency,
        };
        let Some(code) = code else {
            let name = currency.as_ref().map_or("currency", |field| field.name.as_str());
            let shown = currency.as_ref().and_then(|field| field.display(row));
            faults.add(Code::UnknownCurrency, name, row, shown, "a code of ISO 4217");
            continue;
        };
        let scale = policy.rounding.scale.unwrap_or(code.exponent());
        let mut money = |field: &Field<'_>, found: Result<Option<Ratio>, Code>| match found {
            Ok(Some(amount)) if amount >= Ratio::ZERO => {
                let minor = amount.rounded(scale, policy.rounding.mode).and_then(|minor| i64::try_from(minor).ok());
                if minor.is_none() {
                    faults.at(Code::AmountTooLarge, field, row, "");
                }
                minor
            }
            Ok(Some(_)) => {
                faults.at(Code::NegativeAmount, field, row, "an amount from 0 on");
                None
            }
            Ok(None) => {
                faults.add(Code::MissingAmount, &field.name, row, None, "an amount");
                None
            }
            Err(code) => {
                faults.at(code, field, row, "an amount such as 12.50");
                None
            }
        };
        let minor = money(&amount, amounts.get(row, code.exponent()));
        let renewed_at = renewed.as_ref().zip(renewals.as_ref()).filter(|(field, _)| !field.is_null(row));
        let renewed_at = renewed_at.map(|(field, money_of)| money(field, money_of.get(row, code.exponent())));
        let said = match outcome.as_ref().filter(|field| !field.is_null(row)) {
            None => Outcome::Open,
            Some(field) => match field.text(row) {
                Some(b"renewed") => Outcome::Renewed,
                Some(b"lost") => Outcome::Lost,
                _ => {
                    faults.at(Code::UnknownOutcome, field, row, "renewed, lost, or null while it is open");
                    continue;
                }
            },
        };
        let notice_days = notice.as_ref().and_then(|field| days_of(field, row, &mut faults));
        let auto_renew = auto.as_ref().is_some_and(|field| flag_of(field, row, &mut faults));
        let probability = chances.of(row, &mut faults);
        let (Some(due), Some(closed), Some(cancel), Some(minor)) = (due_day, closed_day, cancel_day, minor) else {
            continue;
        };
        // What was closed later was open then.
        let outcome = if closed.is_some_and(|closed| closed > as_of) { Outcome::Open } else { said };
        let shown: Vec<Option<String>> = keys.iter().map(|field| field.display(row)).collect();
        found.push(Contract {
            row,
            place: Place::new((code.code().to_owned(), scale), &shown),
            due,
            minor,
            closed: closed.filter(|_| outcome != Outcome::Open),
            outcome,
            renewed: renewed_at.map_or(minor, |renewed| renewed.unwrap_or(minor)),
            notice_days,
            auto_renew,
            cancel_requested: cancel.is_some_and(|day| day <= as_of),
            probability,
        });
    }
    faults.check("")?;
    Ok((found, account.name))
}

/// The number in a row, or that which its text says.
fn number_of(field: &Field<'_>, row: usize) -> Option<f64> {
    let text = || field.text(row).and_then(|text| std::str::from_utf8(text).ok()?.trim().parse::<f64>().ok());
    field.number(row).or_else(text)
}

/// Days of notice; a text that is none must not pass for no notice at all.
fn days_of(field: &Field<'_>, row: usize, faults: &mut Faults) -> Option<i32> {
    if field.is_null(row) {
        return None;
    }
    let days = number_of(field, row).filter(|days| (0.0..=100_000.0).contains(days) && days.fract() == 0.0);
    if days.is_none() {
        faults.at(Code::InvalidQuantity, field, row, "whole days from 0 on");
    }
    days.map(|days| days as i32)
}

/// A yes or no: a boolean, 0 or 1, or the text of one; null is no.
fn flag_of(field: &Field<'_>, row: usize, faults: &mut Faults) -> bool {
    if field.is_null(row) {
        return false;
    }
    let flag = match field.text(row) {
        Some(b"true" | b"1") => Some(true),
        Some(b"false" | b"0") => Some(false),
        Some(_) => None,
        None => field.number(row).filter(|flag| *flag == 0.0 || *flag == 1.0).map(|flag| flag == 1.0),
    };
    if flag.is_none() {
        faults.at(Code::WrongColumnType, field, row, "true or false");
    }
    flag.unwrap_or(false)
}

/// The rows that count: of each contract the one recorded last, by the day on which it is known.
fn known(
    rows: &Rows<'_>,
    account: &Field<'_>,
    contract: &Field<'_>,
    as_of: i32,
    faults: &mut Faults,
) -> Result<Vec<usize>> {
    let recorded = rows.get("recorded_at");
    let (mut accounts, mut contracts) = (Interner::new(account.stack()), Interner::new(contract.stack()));
    let mut latest: BTreeMap<(u32, u32), (i32, usize)> = BTreeMap::new();
    for row in 0..rows.rows {
        let place = (accounts.intern(row), contracts.intern(row));
        let Some(field) = &recorded else {
            if latest.insert(place, (0, row)).is_some() {
                faults.at(Code::DuplicateContract, contract, row, "one row per contract, or a column `recorded_at`");
            }
            continue;
        };
        let day = match field.day(row) {
            Ok(Some(day)) => day,
            found => {
                let code = found.err().unwrap_or(Code::MissingDate);
                faults.at(code, field, row, "the day on which it was recorded");
                continue;
            }
        };
        if day <= as_of {
            let known = latest.entry(place).or_insert((day, row));
            if day >= known.0 {
                *known = (day, row);
            }
        }
    }
    let mut rows: Vec<usize> = latest.into_values().map(|(_, row)| row).collect();
    rows.sort_unstable();
    Ok(rows)
}

/// Where probabilities of renewal come from: the contract, its group, or one for all.
struct Chances<'a> {
    own: Option<Field<'a>>,
    group: Option<(Field<'a>, HashMap<String, f64>)>,
    all: Option<f64>,
}

impl<'a> Chances<'a> {
    fn new(rows: &Rows<'a>, tables: &Tables<'_>, options: &RenewalOptions) -> Result<Self> {
        let group = match &options.probability_by {
            Some(name) => Some((rows.need(name)?, groups(name, tables, options)?)),
            None => None,
        };
        Ok(Self { own: rows.get("probability"), group, all: options.probability })
    }

    fn of(&self, row: usize, faults: &mut Faults) -> Option<f64> {
        if let Some(field) = self.own.as_ref().filter(|field| !field.is_null(row)) {
            let found = chance(field, row);
            if found.is_none() {
                faults.at(Code::InvalidProbability, field, row, "a number from 0 to 1");
            }
            return found;
        }
        let group = self.group.as_ref().and_then(|(field, known)| known.get(&field.display(row)?).copied());
        group.or(self.all)
    }
}

/// A probability: a number or its text.
fn chance(field: &Field<'_>, row: usize) -> Option<f64> {
    number_of(field, row).filter(|chance| (0.0..=1.0).contains(chance))
}

fn groups(name: &str, tables: &Tables<'_>, options: &RenewalOptions) -> Result<HashMap<String, f64>> {
    let own = super::super::options::BookOptions { columns: BTreeMap::new(), ..options.book.clone() };
    let rows = Rows::new("probabilities", tables.get("probabilities"), &own)?;
    let (group, probability) = (rows.need(name)?, rows.need("probability")?);
    let mut faults = Faults::default();
    let mut known = HashMap::new();
    for row in 0..rows.rows {
        match (group.display(row), chance(&probability, row)) {
            // Which of two would count would depend on their order.
            (Some(group), Some(chance)) if known.insert(group.clone(), chance).is_some_and(|other| other != chance) => {
                faults.at(Code::InvalidProbability, &probability, row, &format!("one probability for {group:?}"));
            }
            (Some(_), Some(_)) => {}
            (_, None) => faults.at(Code::InvalidProbability, &probability, row, "a number from 0 to 1"),
            (None, _) => {}
        }
    }
    faults.check("probabilities")?;
    Ok(known)
}
