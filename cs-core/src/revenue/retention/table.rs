//! Retention as a table, and its sums.

use super::super::RevenuePolicy;
use super::super::book::Book;
use super::super::bridge::Place;
use super::super::document::Policy;
use super::super::options::PeriodOptions;
use super::formulas::{Evidence, Figure, Finder};
use crate::error::{Code, Issue, Result};
use crate::table::{ResultColumn, ResultTable, Texts};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the rates of all windows are made of, by place.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::revenue) struct RetentionSums {
    pub(super) windows: Vec<(i32, i32)>,
    pub(super) rows: BTreeMap<Place, Vec<Evidence>>,
}

/// The figures of a row.
struct Row {
    net: Figure,
    gross: Figure,
    logo: Figure,
    churn: Figure,
}

impl RetentionSums {
    pub(in crate::revenue) fn new(windows: Vec<(i32, i32)>) -> Self {
        Self { windows, rows: BTreeMap::new() }
    }

    /// Adds all customers of a book.
    ///
    /// # Errors
    /// `missing_rate`, `amount_too_large`.
    pub(in crate::revenue) fn add_book(&mut self, policy: &Policy, book: &Book) -> Result<()> {
        let windows = self.windows.clone();
        let mut finder = Finder::new(policy, book, &windows)?;
        for (at, window) in windows.iter().enumerate() {
            for (place, found) in finder.find(*window)? {
                let rows = self.rows.entry(place).or_insert_with(|| vec![Evidence::default(); windows.len()]);
                rows[at].merge(&found);
            }
        }
        Ok(())
    }

    /// Adds the sums of another part.
    pub(in crate::revenue) fn merge(&mut self, other: &Self) {
        for (place, found) in &other.rows {
            let count = self.windows.len();
            let rows = self.rows.entry(place.clone()).or_insert_with(|| vec![Evidence::default(); count]);
            rows.iter_mut().zip(found).for_each(|(sum, part)| sum.merge(part));
        }
    }

    /// The same windows, of nobody.
    pub(in crate::revenue) fn emptied(&self) -> Self {
        Self::new(self.windows.clone())
    }

    /// The largest sum, whatever its sign.
    pub(in crate::revenue) fn largest(&self) -> u128 {
        self.rows.values().flatten().map(Evidence::largest).max().unwrap_or(0)
    }

    /// The sums as JSON: a list of places and their evidence.
    pub(in crate::revenue) fn to_value(&self) -> Value {
        self.rows
            .iter()
            .map(|(place, rows)| json!([place, rows.iter().map(Evidence::to_value).collect::<Vec<_>>()]))
            .collect()
    }

    /// Reads the sums from their JSON.
    ///
    /// # Errors
    /// `wrong_type`.
    pub(in crate::revenue) fn read_value(&mut self, value: &Value) -> Result<()> {
        let wrong = || Issue::new(Code::WrongType).path("sums").expected("the sums of a partial");
        for entry in value.as_array().ok_or_else(wrong)? {
            let place: Place = serde_json::from_value(entry[0].clone()).map_err(|_| wrong())?;
            let rows: Option<Vec<Evidence>> =
                entry[1].as_array().and_then(|rows| rows.iter().map(Evidence::of_value).collect());
            let rows = rows
                .filter(|rows| rows.len() == self.windows.len() && place.scale <= 9 && !self.rows.contains_key(&place))
                .ok_or_else(wrong)?;
            self.rows.insert(place, rows);
        }
        Ok(())
    }

    /// A book of nobody has rows that say so, where its currency is known.
    pub(in crate::revenue) fn ensure_row(&mut self, policy: &Policy, options: &PeriodOptions) {
        let currency = policy.fx.map(|fx| fx.currency).or(policy.currency);
        if let Some(currency) = currency.filter(|_| self.rows.is_empty() && options.by.is_empty()) {
            let scale = policy.rounding.scale.unwrap_or(currency.exponent());
            let place = Place::new((currency.code().to_owned(), scale), &[]);
            self.rows.insert(place, vec![Evidence::default(); self.windows.len()]);
        }
    }

    /// The rates as a table: a row for each window and place.
    pub(in crate::revenue) fn table(&self, policy: &RevenuePolicy, by: &[String]) -> ResultTable {
        let formulas = &policy.document().retention;
        let all = (0..self.windows.len())
            .flat_map(|at| self.rows.iter().filter_map(move |(place, rows)| Some((at, place, rows.get(at)?))));
        let rows: Vec<(usize, &Place, Row)> = all
            .map(|(at, place, found)| {
                let logo = found.logo(formulas.logo);
                let churn = Figure {
                    rate: logo.parts.map_or(logo.rate.map(|rate| 1.0 - rate), |(kept, all)| {
                        super::super::metrics::rate(all - kept, all, "empty_cohort")
                    }),
                    parts: logo.parts.map(|(kept, all)| (all - kept, all)),
                };
                (at, place, Row { net: found.net(formulas.net), gross: found.gross(formulas.gross), logo, churn })
            })
            .collect();
        let mut columns = self.frame(by, &rows);
        let scale = self.rows.keys().map(|place| place.scale).max().unwrap_or(0);
        for (name, money, of) in FIGURES {
            let rates = rows.iter().map(|(.., row)| of(row).rate.unwrap_or(f64::NAN)).collect();
            columns.push((name.to_owned(), ResultColumn::from_nan(rates)));
            for (part, pick) in [("numerator", 0), ("denominator", 1)] {
                let parts = rows.iter().map(|(_, place, row)| {
                    let (numerator, denominator) = of(row).parts?;
                    Some((place.scale, if pick == 0 { numerator } else { denominator }))
                });
                let column = if money {
                    ResultColumn::decimals(
                        parts.map(|part| part.map(|(own, n)| n * 10i128.pow(u32::from(scale - own)))),
                        scale,
                    )
                } else {
                    ResultColumn::ints(parts.map(|part| part.and_then(|(_, n)| i64::try_from(n).ok())))
                };
                columns.push((format!("{name}_{part}"), column));
            }
            let reasons = rows.iter().map(|(.., row)| of(row).rate.err()).collect::<Texts>();
            columns.push((format!("{name}_reason"), ResultColumn::Text(reasons)));
        }
        let warnings = rows.iter().map(|(.., row)| warnings(row)).collect::<Texts>();
        columns.push(("warnings".to_owned(), ResultColumn::Text(warnings)));
        ResultTable::new(columns, rows.len(), policy.hash())
    }

    fn frame(&self, by: &[String], rows: &[(usize, &Place, Row)]) -> Vec<(String, ResultColumn)> {
        let window = |at: usize| self.windows.get(at).copied();
        let from = rows.iter().map(|(at, ..)| window(*at).map(|(from, _)| from));
        let to = rows.iter().map(|(at, ..)| window(*at).map(|(_, to)| to));
        let currency = rows.iter().map(|(_, place, _)| Some(place.currency.as_str())).collect::<Texts>();
        let mut columns = vec![
            ("from".to_owned(), ResultColumn::dates(from)),
            ("to".to_owned(), ResultColumn::dates(to)),
            ("currency".to_owned(), ResultColumn::Text(currency)),
        ];
        for (at, name) in by.iter().enumerate() {
            let keys = rows.iter().map(|(_, place, _)| place.key(at)).collect::<Texts>();
            columns.push((name.clone(), ResultColumn::Text(keys)));
        }
        columns
    }
}

/// The figures by name: whether they are of money, and which they are.
const FIGURES: [(&str, bool, fn(&Row) -> &Figure); 4] = [
    ("net_revenue_retention", true, |row| &row.net),
    ("gross_revenue_retention", true, |row| &row.gross),
    ("logo_retention", false, |row| &row.logo),
    ("logo_churn", false, |row| &row.churn),
];

/// What lies where the usual formula never does.
fn warnings(row: &Row) -> Option<String> {
    let mut found = Vec::new();
    let mut check = |name: &str, figure: &Figure, upper: bool| match figure.rate {
        Ok(rate) if rate < 0.0 => found.push(format!("{name}_below_zero")),
        Ok(rate) if upper && rate > 1.0 => found.push(format!("{name}_above_one")),
        _ => {}
    };
    check("net_revenue_retention", &row.net, false);
    check("gross_revenue_retention", &row.gross, true);
    check("logo_retention", &row.logo, true);
    (!found.is_empty()).then(|| found.join(","))
}
