//! The whole book under another card.

use super::options::{FIELDS, read_fields};
use super::{Book, ScoreOptions, Scorecard};
use crate::document::{Node, Reader};
use crate::error::{Code, Error, Issue, Result};
use crate::table::{ResultTable, Table};
use serde_json::Value;

/// Options of [`Scorecard::what_if`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WhatIfOptions {
    /// How the accounts are scored.
    pub scoring: ScoreOptions,
    /// Column of the data that holds what each account is worth, such as its recurring revenue.
    pub value: Option<String>,
}

impl WhatIfOptions {
    /// Reads options from a loose object: `value` and those of scoring.
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

fn read(node: &Node<'_>) -> Option<WhatIfOptions> {
    let known: Vec<&str> = FIELDS.into_iter().chain(["value"]).collect();
    let fields = node.fields(&known)?;
    let scoring = read_fields(&fields)?;
    let value = fields.get("value").map_or(Some(None), |node| node.text().map(|text| Some(text.to_owned())));
    Some(WhatIfOptions { scoring, value: value? })
}

impl Scorecard {
    /// What if.
    ///
    /// # Errors
    /// Not yet.
    pub fn what_if(&self, _other: &Self, _book: Book<'_>, _options: &WhatIfOptions) -> Result<ResultTable> {
        Err(Issue::new(Code::FeatureMissing).into())
    }

    /// Drivers.
    ///
    /// # Errors
    /// Not yet.
    pub fn drivers(&self, _book: Book<'_>, _options: &ScoreOptions) -> Result<ResultTable> {
        Err(Issue::new(Code::FeatureMissing).into())
    }

    /// Fit.
    ///
    /// # Errors
    /// Not yet.
    pub fn fit(&self, _data: &[Table<'_>], _options: &ScoreOptions) -> Result<Self> {
        Err(Issue::new(Code::FeatureMissing).into())
    }

    /// Changes.
    ///
    /// # Errors
    /// Not yet.
    pub fn changes(&self, _before: &[Table<'_>], _after: &[Table<'_>], _options: &ScoreOptions) -> Result<ResultTable> {
        Err(Issue::new(Code::FeatureMissing).into())
    }
}
