//! What stands beside a book: exchange rates and merged accounts.

use super::super::document::{Level, MixedCurrencies, Policy};
use super::super::options::BookOptions;
use super::Book;
use super::rows::{Faults, Rows};
use crate::error::{Code, Issue, Result};
use crate::money::{Currency, Ratio};
use crate::table::Tables;
use std::collections::{BTreeMap, HashMap};

/// Exchange rates into one currency, each in force until the next.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::revenue) struct Rates {
    pub(in crate::revenue) into: Currency,
    by_currency: BTreeMap<Currency, Vec<(i32, Ratio)>>,
}

impl Rates {
    pub(super) fn read(policy: &Policy, tables: &Tables<'_>, options: &BookOptions) -> Result<Option<Self>> {
        if !tables.has("rates") {
            return Ok(None);
        }
        let Some(fx) = policy.fx else {
            let issue = Issue::new(Code::MissingField).path("fx").expected("the currency into which rates convert");
            return Err(issue.help("give the policy `fx: {currency: …}`").into());
        };
        // The names of columns are those of the book; rates have their own.
        let own = BookOptions { columns: BTreeMap::new(), ..options.clone() };
        let rows = Rows::new("rates", tables.get("rates"), &own)?;
        let (currency, date, rate) = (rows.need("currency")?, rows.need("date")?, rows.need("rate")?);
        let how = crate::money::Amounts { integers_major: true, float_scale: Some(12) };
        let rates = rate.amounts(how)?;
        let mut faults = Faults::default();
        let mut by_currency: BTreeMap<Currency, Vec<(i32, Ratio)>> = BTreeMap::new();
        for row in 0..rows.rows {
            let code = currency.text(row).and_then(|code| policy.currencies.get(code));
            let day = date.day(row).ok().flatten();
            let value = rates.get(row, 0).ok().flatten().filter(|rate| *rate > Ratio::ZERO);
            match (code, day, value) {
                (Some(code), Some(day), Some(value)) => by_currency.entry(code).or_default().push((day, value)),
                (None, ..) => faults.at(Code::UnknownCurrency, &currency, row, "a code of ISO 4217"),
                (_, None, _) => faults.at(Code::InvalidDate, &date, row, "a date such as 2026-10-31"),
                _ => faults.at(Code::InvalidRate, &rate, row, "a number above 0"),
            }
        }
        faults.check("rates")?;
        by_currency.values_mut().for_each(|rates| rates.sort_by_key(|(day, _)| *day));
        Ok(Some(Self { into: fx.currency, by_currency }))
    }

    /// The rate that is in force on a day; 1 for the currency itself.
    pub(in crate::revenue) fn at(&self, currency: Currency, day: i32) -> Option<Ratio> {
        if currency == self.into {
            return Some(Ratio::ONE);
        }
        let rates = self.by_currency.get(&currency)?;
        let next = rates.partition_point(|(from, _)| *from <= day);
        rates.get(next.checked_sub(1)?).map(|(_, rate)| *rate)
    }
}

/// Which units became part of which, and when.
///
/// # Errors
/// `unsupported_option` where customers are not accounts; `merge_cycle`, `invalid_date`.
pub(super) fn merges(
    policy: &Policy,
    book: &Book,
    tables: &Tables<'_>,
    options: &BookOptions,
    rows: &Rows<'_>,
) -> Result<Vec<(u32, u32, i32)>> {
    if !tables.has("merges") {
        return Ok(Vec::new());
    }
    let separate = policy.mixed_currencies == MixedCurrencies::Separate && book.rates.is_none();
    if policy.level != Level::Account || separate {
        let issue = Issue::new(Code::UnsupportedOption).path("merges");
        return Err(issue.expected("`level: account`, and one customer per account: merges are of accounts").into());
    }
    let own = BookOptions { columns: BTreeMap::new(), ..options.clone() };
    let merges = Rows::new("merges", tables.get("merges"), &own)?;
    let (from, to, date) = (merges.need("from")?, merges.need("to")?, merges.need("date")?);
    let account = rows.need("account")?;
    let named = |unit: u32| book.units.get(unit as usize).and_then(|unit| account.display(unit.row as usize));
    let units: HashMap<String, u32> =
        (0..book.units.len() as u32).filter_map(|unit| Some((named(unit)?, unit))).collect();
    let mut faults = Faults::default();
    let mut found: BTreeMap<u32, (u32, i32)> = BTreeMap::new();
    for row in 0..merges.rows {
        let day = match date.day(row) {
            Ok(Some(day)) => day,
            _ => {
                faults.at(Code::InvalidDate, &date, row, "a date such as 2026-10-31");
                continue;
            }
        };
        let unit = |field: &super::rows::Field<'_>| field.display(row).and_then(|name| units.get(&name).copied());
        // An account that has no row in the book has nothing to move.
        let (Some(old), Some(new)) = (unit(&from), unit(&to)) else { continue };
        let mut at = new;
        let mut round = at == old;
        while let Some((next, _)) = found.get(&at).filter(|_| !round) {
            at = *next;
            round = at == old;
        }
        if round {
            faults.at(Code::MergeCycle, &from, row, "accounts that end in one another");
            continue;
        }
        found.insert(old, (new, day));
    }
    faults.check("merges")?;
    Ok(found.into_iter().map(|(old, (new, day))| (old, new, day)).collect())
}
