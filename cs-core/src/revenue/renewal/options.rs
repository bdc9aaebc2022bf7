//! Options of renewals.

use super::super::operation::Operation;
use super::super::options::{BOOK_FIELDS, BookOptions, PERIOD_FIELDS, PeriodOptions};
use crate::calendar::Date;
use crate::document::Reader;
use crate::error::{Code, Issue, Result};
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Method {
    #[default]
    Auto,
    Exact,
    Normal,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct RenewalOptions {
    pub(super) book: BookOptions,
    pub(super) periods: PeriodOptions,
    pub(super) lead_days: Vec<u32>,
    pub(super) probability: Option<f64>,
    pub(super) probability_by: Option<String>,
    pub(super) confidence: f64,
    pub(super) method: Method,
}

impl Default for RenewalOptions {
    fn default() -> Self {
        Self {
            book: BookOptions::default(),
            periods: PeriodOptions::default(),
            lead_days: vec![180, 90, 60, 30],
            probability: None,
            probability_by: None,
            confidence: 0.9,
            method: Method::Auto,
        }
    }
}

/// Reads the options of an operation.
pub(super) fn read(operation: Operation, value: &Value) -> Result<RenewalOptions> {
    let own: &[&str] = match operation {
        Operation::RenewalCalendar => &["lead_days"],
        Operation::Forecast => &["probability", "probability_by", "confidence", "method"],
        _ => &[],
    };
    let periods: &[&str] = if operation == Operation::RenewalCalendar { &[] } else { &PERIOD_FIELDS };
    Reader::options(value, |node| {
        let fields = node.fields(&[&BOOK_FIELDS[..], periods, own].concat())?;
        let usual = RenewalOptions::default();
        let lead = fields.get("lead_days").and_then(|node| node.wholes_in(0, 100_000)).filter(|days| !days.is_empty());
        let probability = fields.get("probability").and_then(|node| {
            let found = node.text()?.parse::<f64>().ok().filter(|p| (0.0..=1.0).contains(p));
            if found.is_none() {
                node.report(
                    Issue::new(Code::InvalidProbability).value(node.value()).expected("a text from \"0\" to \"1\""),
                );
            }
            found
        });
        let words = [("auto", Method::Auto), ("exact", Method::Exact), ("normal", Method::Normal)];
        Some(RenewalOptions {
            book: BookOptions::read(&fields),
            periods: PeriodOptions::read(&fields),
            lead_days: lead.unwrap_or(usual.lead_days),
            probability,
            probability_by: fields.get("probability_by").and_then(|node| node.text().map(str::to_owned)),
            confidence: fields.get("confidence").and_then(|node| node.number_in(0.0, 1.0)).unwrap_or(usual.confidence),
            method: fields.get("method").and_then(|node| node.choice(&words)).unwrap_or_default(),
        })
    })
}

impl RenewalOptions {
    /// The day on which it is known: what closed later is open.
    ///
    /// # Errors
    /// `as_of_required`.
    pub(super) fn as_of(&self) -> Result<i32> {
        let day = self.book.as_of.or(self.book.horizon).map(Date::days);
        day.ok_or_else(|| Issue::new(Code::AsOfRequired).path("as_of").expected("the day on which it is known").into())
    }
}
