//! What it takes to reach the next tier.

use super::options::{FIELDS, read_fields};
use super::{Book, ScoreOptions, Scorecard};
use crate::document::{Node, Reader};
use crate::error::{Code, Error, Issue, Result};
use crate::table::ResultTable;
use serde_json::Value;
use std::collections::BTreeMap;

/// Options of [`Scorecard::next_tier`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct NextTierOptions {
    /// How the accounts are scored.
    pub scoring: ScoreOptions,
    /// What one unit of an item's raw value costs, by item id.
    pub costs: BTreeMap<String, f64>,
}

impl NextTierOptions {
    /// Reads options from a loose object: `costs` and those of scoring.
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

fn read(node: &Node<'_>) -> Option<NextTierOptions> {
    let known: Vec<&str> = FIELDS.into_iter().chain(["costs"]).collect();
    let fields = node.fields(&known)?;
    let scoring = read_fields(&fields)?;
    let costs = fields.get("costs").map_or(Some(BTreeMap::new()), |node| {
        let read = |(id, n): (&str, Node<'_>)| Some((id.to_owned(), n.number_in(0.0, 1e300)?));
        node.entries()?.into_iter().map(read).collect()
    });
    Some(NextTierOptions { scoring, costs: costs? })
}

impl Scorecard {
    /// Next tier.
    ///
    /// # Errors
    /// Not yet.
    pub fn next_tier(&self, _book: Book<'_>, _options: &NextTierOptions) -> Result<ResultTable> {
        Err(Issue::new(Code::FeatureMissing).into())
    }
}
