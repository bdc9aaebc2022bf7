//! The phase of the business, with its evidence.

use super::RevenuePolicy;
use super::bridge::{BridgeOptions, BridgeRow, Label, Place, sums};
use super::metrics::net_new;
use super::options::{BOOK_FIELDS, BookOptions, PERIOD_FIELDS, PeriodOptions};
use crate::document::Reader;
use crate::error::Result;
use crate::money::quotient;
use crate::stat::student_quantile;
use crate::table::{ResultColumn, ResultTable, Tables, Texts};
use serde_json::Value;

#[derive(Debug, Clone)]
struct PhaseOptions {
    bridge: BridgeOptions,
    window: usize,
    confidence: f64,
}

impl Default for PhaseOptions {
    fn default() -> Self {
        Self { bridge: BridgeOptions::default(), window: 12, confidence: 0.9 }
    }
}

fn read(value: &Value) -> Result<PhaseOptions> {
    Reader::options(value, |node| {
        let fields = node.fields(&[&BOOK_FIELDS[..], &PERIOD_FIELDS[..], &["window", "confidence"]].concat())?;
        let window = fields.get("window").and_then(|node| node.whole_in(1, 100_000)).unwrap_or(12);
        let confidence = fields.get("confidence").and_then(|node| node.number_in(0.5, 0.999)).unwrap_or(0.9);
        let bridge = BridgeOptions { book: BookOptions::read(&fields), periods: PeriodOptions::read(&fields) };
        Some(PhaseOptions { bridge, window: window as usize, confidence })
    })
}

/// How the book is read, and the columns that are read beside its own.
pub(super) fn reads(options: &Value) -> Result<(BookOptions, Vec<String>)> {
    read(options).map(|options| (options.bridge.book, options.bridge.periods.by))
}

/// The rates that are looked at, each over the opening.
const RATES: [(&str, fn(&BridgeRow) -> i128); 3] = [
    ("churn_rate", |row| -row.of(Label::Churn) - row.of(Label::Contraction)),
    ("new_rate", |row| row.of(Label::New) + row.of(Label::Reactivation)),
    ("net_rate", net_new),
];

/// The mean and the slope of a series, with their intervals.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Trend {
    mean: f64,
    mean_low: f64,
    mean_high: f64,
    slope: f64,
    slope_low: f64,
    slope_high: f64,
}

pub(super) fn run(policy: &RevenuePolicy, tables: &Tables<'_>, options: &Value) -> Result<ResultTable> {
    let options = read(options)?;
    let (sums, grid) = sums(policy, tables, &options.bridge)?;
    let rows: Vec<(&Place, usize, Option<[Trend; 3]>)> = sums
        .rows
        .iter()
        .map(|(place, rows)| {
            let usable: Vec<(usize, &BridgeRow)> = rows
                .iter()
                .enumerate()
                .filter(|(at, row)| row.opening() > 0 && !row.missing && grid.opening_only() != Some(*at))
                .collect();
            let last = &usable[usable.len().saturating_sub(options.window)..];
            (place, last.len(), trends(last, options.confidence))
        })
        .collect();
    let texts = |values: &mut dyn Iterator<Item = Option<&str>>| ResultColumn::Text(values.collect::<Texts>());
    let mut columns =
        vec![("currency".to_owned(), texts(&mut rows.iter().map(|(place, ..)| Some(place.currency.as_str()))))];
    for (at, name) in options.bridge.periods.by.iter().enumerate() {
        columns.push((name.clone(), texts(&mut rows.iter().map(|(place, ..)| place.key(at)))));
    }
    columns.push(("phase".to_owned(), texts(&mut rows.iter().map(|(.., trends)| trends.as_ref().map(phase)))));
    let reason = &mut rows.iter().map(|(.., trends)| trends.is_none().then_some("too_few_periods"));
    columns.push(("phase_reason".to_owned(), texts(reason)));
    columns.push(("periods".to_owned(), ResultColumn::ints(rows.iter().map(|(_, count, _)| Some(*count as i64)))));
    let parts: [(&str, fn(&Trend) -> f64); 6] = [
        ("mean", |trend| trend.mean),
        ("mean_low", |trend| trend.mean_low),
        ("mean_high", |trend| trend.mean_high),
        ("slope", |trend| trend.slope),
        ("slope_low", |trend| trend.slope_low),
        ("slope_high", |trend| trend.slope_high),
    ];
    for (at, (name, _)) in RATES.iter().enumerate() {
        for (part, of) in parts {
            let values = rows.iter().map(|(.., trends)| trends.as_ref().map_or(f64::NAN, |trends| of(&trends[at])));
            columns.push((format!("{name}_{part}"), ResultColumn::from_nan(values.collect())));
        }
    }
    Ok(ResultTable::new(columns, rows.len(), policy.hash()))
}

/// Growth where the net rate is surely above zero, decline where it is surely below, else maturity.
fn phase(trends: &[Trend; 3]) -> &'static str {
    let [.., net] = trends;
    if net.mean_low > 0.0 {
        "growth"
    } else if net.mean_high < 0.0 {
        "decline"
    } else {
        "mature"
    }
}

/// The trends of the rates; three periods are the fewest of which one can speak.
fn trends(rows: &[(usize, &BridgeRow)], confidence: f64) -> Option<[Trend; 3]> {
    if rows.len() < 3 {
        return None;
    }
    let series = |of: fn(&BridgeRow) -> i128| {
        let points: Vec<(f64, f64)> =
            rows.iter().map(|(at, row)| (*at as f64, quotient(of(row), row.opening()))).collect();
        trend(&points, confidence)
    };
    let [(_, churn), (_, new), (_, net)] = RATES;
    Some([series(churn), series(new), series(net)])
}

/// Least squares, with intervals by Student's t.
fn trend(points: &[(f64, f64)], confidence: f64) -> Trend {
    let n = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / n;
    let mean = points.iter().map(|(_, y)| y).sum::<f64>() / n;
    let sxx: f64 = points.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    let sxy: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean)).sum();
    let slope = sxy / sxx;
    let residuals: f64 = points.iter().map(|(x, y)| y - mean - slope * (x - mean_x)).map(|r| r * r).sum();
    let spread: f64 = points.iter().map(|(_, y)| (y - mean) * (y - mean)).sum();
    let upper = (1.0 + confidence) / 2.0;
    let of_slope = student_quantile(upper, n - 2.0) * libm::sqrt(residuals / (n - 2.0) / sxx);
    let of_mean = student_quantile(upper, n - 1.0) * libm::sqrt(spread / (n - 1.0) / n);
    Trend {
        mean,
        mean_low: mean - of_mean,
        mean_high: mean + of_mean,
        slope,
        slope_low: slope - of_slope,
        slope_high: slope + of_slope,
    }
}
