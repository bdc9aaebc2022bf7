//! What the contracts that are due will bring.

use super::super::RevenuePolicy;
use super::super::bridge::Place;
use super::contracts::{Contract, Outcome, read};
use super::distribution::{Chance, counts, normal, values};
use super::options::{Method, RenewalOptions};
use crate::calendar::{Date, Period};
use crate::error::{Code, Issue, Result};
use crate::table::{ResultColumn, ResultTable, Tables, Texts};
use std::collections::BTreeMap;

/// The contracts of a period and place.
#[derive(Debug, Clone, Default)]
struct Sums {
    contracts: i64,
    due: i128,
    /// Renewed, or to be renewed of itself: contracts and amounts.
    won: (i64, i128),
    committed: (i64, i128),
    lost: i128,
    upsell: i128,
    open: Vec<Chance>,
}

/// The expected value and its interval, in minor units; and the same of contracts.
struct Figures {
    expected: f64,
    low: i128,
    high: i128,
    expected_contracts: f64,
    contracts: [i64; 2],
    method: &'static str,
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &RenewalOptions) -> Result<ResultTable> {
    let as_of = options.as_of()?;
    let (contracts, _) = read(policy.document(), tables, options, as_of)?;
    let periods = periods(policy, options, &contracts)?;
    let mut sums: BTreeMap<(usize, Place), Sums> = BTreeMap::new();
    let mut missing = Vec::new();
    for contract in &contracts {
        let at = periods.partition_point(|period| period.to.days() <= contract.due);
        if periods.get(at).is_none_or(|period| period.from.days() > contract.due) {
            continue;
        }
        let sum = sums.entry((at, contract.place.clone())).or_default();
        if !sum.add(contract, as_of) {
            missing.push(contract.row as u64);
        }
    }
    if !missing.is_empty() {
        let count = missing.len() as u64;
        let issue = Issue::new(Code::MissingProbability).column("probability").rows(missing, count);
        return Err(issue.help("give `probability`, or `probability_by` with a table `probabilities`").into());
    }
    let figures: Vec<Figures> = sums.values().map(|sums| figures(sums, options)).collect::<Result<_>>()?;
    Ok(table(policy, options, &periods, &sums, &figures))
}

/// The periods asked for, or those from the first day on which something is due to the last.
fn periods(policy: &RevenuePolicy, options: &RenewalOptions, contracts: &[Contract]) -> Result<Vec<Period>> {
    let days = contracts.iter().map(|contract| contract.due);
    let first = options.periods.from.or_else(|| days.clone().min().map(Date::from_days));
    let end = options.periods.to.or_else(|| days.max().map(|day| Date::from_days(day.saturating_add(1))));
    match first.zip(end).filter(|(first, end)| first < end) {
        Some((first, end)) => policy.document().calendar.periods(options.periods.kind, first, end),
        None => Ok(Vec::new()),
    }
}

impl Sums {
    /// Adds a contract; `false` when it has no probability and needs one.
    fn add(&mut self, contract: &Contract, as_of: i32) -> bool {
        let minor = i128::from(contract.minor);
        self.contracts += 1;
        self.due += minor;
        match contract.outcome {
            Outcome::Renewed => {
                self.won.0 += 1;
                self.won.1 += minor.min(i128::from(contract.renewed));
                self.upsell += (i128::from(contract.renewed) - minor).max(0);
                // What is renewed for less has lost the rest.
                self.lost += (minor - i128::from(contract.renewed)).max(0);
            }
            Outcome::Lost => self.lost += minor,
            // Nobody can give notice any more.
            Outcome::Open
                if contract.auto_renew
                    && !contract.cancel_requested
                    && contract.notice_by().is_some_and(|last| last < as_of) =>
            {
                self.committed.0 += 1;
                self.committed.1 += minor;
            }
            Outcome::Open => match contract.probability {
                Some(probability) => self.open.push(Chance { probability, minor: contract.minor }),
                None => return false,
            },
        }
        true
    }

    fn open_amount(&self) -> i128 {
        self.open.iter().map(|chance| i128::from(chance.minor)).sum()
    }
}

fn figures(sums: &Sums, options: &RenewalOptions) -> Result<Figures> {
    let certain = sums.won.1 + sums.committed.1;
    let sure = sums.won.0 + sums.committed.0;
    let (low, high) = ((1.0 - options.confidence) / 2.0, (1.0 + options.confidence) / 2.0);
    let expected: f64 = sums.open.iter().map(|chance| chance.probability * chance.minor as f64).sum();
    let renewals: f64 = sums.open.iter().map(|chance| chance.probability).sum();
    let by_count = counts(&sums.open);
    let exact = if options.method == Method::Normal { None } else { values(&sums.open) };
    if exact.is_none() && options.method == Method::Exact {
        let issue = Issue::new(Code::UnsupportedOption).path("method").value("exact");
        return Err(issue.help("there are too many different amounts: say `auto` or `normal`").into());
    }
    let (from, to, method) = match exact {
        Some((distribution, divisor)) => {
            let at = |p| distribution.quantile(p) as i128 * i128::from(divisor);
            (at(low), at(high), "exact")
        }
        None => {
            let (from, to) = normal(&sums.open, options.confidence);
            (from.round() as i128, (to.round() as i128).min(sums.open_amount()), "normal")
        }
    };
    Ok(Figures {
        expected: certain as f64 + expected,
        low: certain + from,
        high: certain + to,
        expected_contracts: sure as f64 + renewals,
        contracts: [low, high].map(|p| sure + by_count.quantile(p) as i64),
        method,
    })
}

fn table(
    policy: &RevenuePolicy,
    options: &RenewalOptions,
    periods: &[Period],
    sums: &BTreeMap<(usize, Place), Sums>,
    figures: &[Figures],
) -> ResultTable {
    let rows: Vec<((&usize, &Place), &Sums, &Figures)> =
        sums.iter().zip(figures).map(|(((at, place), sums), figures)| ((at, place), sums, figures)).collect();
    let texts = |of: &mut dyn Iterator<Item = Option<&str>>| ResultColumn::Text(of.collect::<Texts>());
    let period = |at: &usize| periods.get(*at);
    let mut columns = vec![
        ("period".to_owned(), texts(&mut rows.iter().map(|((at, _), ..)| period(at).map(|p| p.label.as_str())))),
        ("from".to_owned(), ResultColumn::dates(rows.iter().map(|((at, _), ..)| period(at).map(|p| p.from.days())))),
        ("to".to_owned(), ResultColumn::dates(rows.iter().map(|((at, _), ..)| period(at).map(|p| p.to.days())))),
        ("currency".to_owned(), texts(&mut rows.iter().map(|((_, place), ..)| Some(place.currency.as_str())))),
    ];
    for (at, name) in options.periods.by.iter().enumerate() {
        columns.push((name.clone(), texts(&mut rows.iter().map(|((_, place), ..)| place.key(at)))));
    }
    columns.push(("contracts".to_owned(), ResultColumn::ints(rows.iter().map(|(_, sums, _)| Some(sums.contracts)))));
    let scale = sums.keys().map(|(_, place)| place.scale).max().unwrap_or(0);
    let money = |of: &dyn Fn(&Sums, &Figures) -> i128| {
        let scaled = rows
            .iter()
            .map(|((_, place), sums, figures)| Some(of(sums, figures) * 10i128.pow(u32::from(scale - place.scale))));
        ResultColumn::decimals(scaled, scale)
    };
    let count = |of: fn(&Figures) -> i64| ResultColumn::ints(rows.iter().map(move |(.., figures)| Some(of(figures))));
    let expected = rows.iter().map(|((_, place), _, figures)| figures.expected / 10f64.powi(i32::from(place.scale)));
    let renewals = rows.iter().map(|(.., figures)| figures.expected_contracts);
    let own = [
        ("due", money(&|sums, _| sums.due)),
        ("won", money(&|sums, _| sums.won.1)),
        ("committed", money(&|sums, _| sums.committed.1)),
        ("open", money(&|sums, _| sums.open_amount())),
        ("lost", money(&|sums, _| sums.lost)),
        ("expected", ResultColumn::from_nan(expected.collect())),
        ("low", money(&|_, figures| figures.low)),
        ("high", money(&|_, figures| figures.high)),
        ("expected_contracts", ResultColumn::from_nan(renewals.collect())),
        ("low_contracts", count(|figures| figures.contracts[0])),
        ("high_contracts", count(|figures| figures.contracts[1])),
        ("method", texts(&mut rows.iter().map(|(.., figures)| Some(figures.method)))),
        ("upsell", money(&|sums, _| sums.upsell)),
    ];
    columns.extend(own.map(|(name, column)| (name.to_owned(), column)));
    ResultTable::new(columns, rows.len(), policy.hash())
}
