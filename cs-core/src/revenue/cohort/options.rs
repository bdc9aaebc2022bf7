//! Options of cohorts.

use super::super::options::{BOOK_FIELDS, BookOptions, PERIOD_FIELDS, PeriodOptions};
use crate::calendar::Period;
use crate::document::Reader;
use crate::error::{Code, Issue, Result};
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::revenue) enum Measure {
    #[default]
    Logos,
    Revenue,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::revenue) enum Kind {
    #[default]
    Bounded,
    Unbounded,
    Rolling,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::revenue) struct CohortOptions {
    pub(in crate::revenue) book: BookOptions,
    pub(in crate::revenue) periods: PeriodOptions,
    pub(in crate::revenue) measure: Measure,
    pub(in crate::revenue) kind: Kind,
    pub(in crate::revenue) product_limit: bool,
    /// Active is who is live on any day of a period, not at its end.
    pub(in crate::revenue) any_day: bool,
    /// The column of dates that decides the cohort; by default the first paid day does.
    pub(in crate::revenue) cohort_by: Option<String>,
    pub(in crate::revenue) ages: Option<usize>,
    pub(in crate::revenue) means: bool,
}

impl CohortOptions {
    pub(in crate::revenue) fn from_value(value: &Value) -> Result<Self> {
        let own = ["measure", "kind", "censoring", "active", "cohort_by", "ages", "table"];
        let options = Reader::options(value, |node| {
            let fields = node.fields(&[&BOOK_FIELDS[..], &PERIOD_FIELDS[..], &own[..]].concat())?;
            let measures = [("logos", Measure::Logos), ("revenue", Measure::Revenue)];
            let kinds = [("bounded", Kind::Bounded), ("unbounded", Kind::Unbounded), ("rolling", Kind::Rolling)];
            let flag = |name: &str, words: [(&str, bool); 2]| {
                fields.get(name).and_then(|node| node.choice(&words)).unwrap_or(false)
            };
            let cohort_by = fields.get("cohort_by").and_then(|node| node.text().map(str::to_owned));
            Some(Self {
                book: BookOptions::read(&fields),
                periods: PeriodOptions::read(&fields),
                measure: fields.get("measure").and_then(|node| node.choice(&measures)).unwrap_or_default(),
                kind: fields.get("kind").and_then(|node| node.choice(&kinds)).unwrap_or_default(),
                product_limit: flag("censoring", [("mask", false), ("product_limit", true)]),
                any_day: flag("active", [("closing", false), ("any", true)]),
                cohort_by: cohort_by.filter(|name| name != "first_paid"),
                ages: fields.get("ages").and_then(|node| node.whole_in(0, 100_000)).map(|ages| ages as usize),
                means: flag("table", [("triangle", false), ("means", true)]),
            })
        })?;
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        let unsupported =
            |path: &str, expected: &str| Err(Issue::new(Code::UnsupportedOption).path(path).expected(expected).into());
        if self.measure == Measure::Revenue && self.kind != Kind::Bounded {
            return unsupported("kind", "`bounded`, where revenue is measured");
        }
        if self.product_limit && self.kind != Kind::Rolling {
            return unsupported("censoring", "`kind: rolling`, where it is the product limit");
        }
        Ok(())
    }

    /// Whether cohorts of a period are asked for.
    pub(super) fn wants(&self, period: &Period) -> bool {
        let (from, to) = (self.periods.from, self.periods.to);
        from.is_none_or(|from| period.to > from) && to.is_none_or(|to| period.from < to)
    }

    /// An activity log has no revenue.
    pub(super) fn refuse_revenue(&self) -> Result<()> {
        if self.measure == Measure::Logos {
            return Ok(());
        }
        let issue = Issue::new(Code::UnsupportedOption).path("measure").value("revenue");
        Err(issue.expected("`logos`: a log of activity has no revenue").into())
    }
}
