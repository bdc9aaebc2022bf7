//! Comparing two books, or two cards: why a score changed.

use super::options::{FIELDS, parsed, read_fields};
use super::{Book, ScoreOptions, Scorecard};
use crate::calendar::Date;
use crate::document::{Node, Reader};
use crate::error::{Code, Error, Issue, Result};
use crate::table::ResultTable;
use serde_json::Value;

/// Options of [`Scorecard::compare`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CompareOptions {
    /// What both sides have in common; its `as_of` is not used.
    pub scoring: ScoreOptions,
    /// The day of the score before.
    pub as_of_before: Option<Date>,
    /// The day of the score after.
    pub as_of_after: Option<Date>,
}

impl CompareOptions {
    /// Reads options from a loose object: `as_of_before`, `as_of_after`, and those of scoring but `as_of`.
    ///
    /// # Errors
    /// As [`ScoreOptions::from_value`].
    pub fn from_value(value: &Value) -> Result<Self> {
        let reader = Reader::default();
        let options = read(&reader.root(value));
        match (Error::from_issues(reader.into_issues()), options) {
            (Some(error), _) => Err(error),
            (None, options) => Ok(options.unwrap_or_default()),
        }
    }
}

fn read(node: &Node<'_>) -> Option<CompareOptions> {
    let known: Vec<&str> =
        FIELDS.into_iter().filter(|field| *field != "as_of").chain(["as_of_before", "as_of_after"]).collect();
    let fields = node.fields(&known)?;
    let scoring = read_fields(&fields)?;
    let day = |name| fields.get(name).and_then(|node| parsed(&node, Date::parse));
    Some(CompareOptions { scoring, as_of_before: day("as_of_before"), as_of_after: day("as_of_after") })
}

impl Scorecard {
    /// Compares.
    ///
    /// # Errors
    /// Not yet.
    pub fn compare(
        &self,
        _before: Book<'_>,
        _after: Book<'_>,
        _other: Option<&Self>,
        _options: &CompareOptions,
    ) -> Result<ResultTable> {
        Err(Issue::new(Code::FeatureMissing).into())
    }
}
