//! One door to everything that a card does with tables, for callers that know names and loose options only.

use super::engine::{OVERRIDE_COLUMNS, STATE_COLUMNS};
use super::{Book, CompareOptions, NextTierOptions, ScoreOptions, Scorecard, WhatIfOptions};
use crate::error::{Code, Error, Issue, Result, suggest};
use crate::table::{ResultTable, Table};
use serde_json::Value;

/// What a card does with tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// [`Scorecard::score_book`].
    Score,
    /// [`Scorecard::explain_book`].
    Explain,
    /// [`Scorecard::compare`].
    Compare,
    /// [`Scorecard::next_tier`].
    NextTier,
    /// [`Scorecard::what_if`].
    WhatIf,
    /// [`Scorecard::changes`].
    Changes,
    /// [`Scorecard::drivers`].
    Drivers,
}

/// The tables of one call by what they are for; each may come in batches.
///
/// Roles: `data`, `previous`, `overrides`; and for what compares two books `before` and `after`, each with
/// `previous_…` and `overrides_…`.
#[derive(Debug, Clone, Default)]
pub struct Tables<'a> {
    roles: Vec<(String, Vec<Table<'a>>)>,
}

impl<'a> Tables<'a> {
    /// Tables by role.
    pub fn new<N: Into<String>>(roles: impl IntoIterator<Item = (N, Vec<Table<'a>>)>) -> Self {
        Self { roles: roles.into_iter().map(|(role, tables)| (role.into(), tables)).collect() }
    }

    /// The batches of a role; none when it is not given.
    pub fn get(&self, role: &str) -> &[Table<'a>] {
        self.roles.iter().find(|(name, _)| name == role).map_or(&[], |(_, tables)| tables)
    }

    /// The book whose roles end like this: an empty text, `_before` or `_after`.
    fn book(&self, side: &str) -> Book<'_> {
        let data = if side.is_empty() { "data" } else { side.trim_start_matches('_') };
        Book {
            data: self.get(data),
            previous: self.get(&format!("previous{side}")),
            overrides: self.get(&format!("overrides{side}")),
        }
    }
}

impl Operation {
    /// All, with their names.
    pub const NAMED: [(&'static str, Self); 7] = [
        ("score", Self::Score),
        ("explain", Self::Explain),
        ("compare", Self::Compare),
        ("next_tier", Self::NextTier),
        ("what_if", Self::WhatIf),
        ("changes", Self::Changes),
        ("drivers", Self::Drivers),
    ];

    /// Reads a name.
    ///
    /// # Errors
    /// `unknown_choice`.
    pub fn parse(name: &str) -> Result<Self> {
        let known = Self::NAMED.iter().find(|(known, _)| *known == name);
        known.map(|(_, operation)| *operation).ok_or_else(|| {
            let help = suggest(name, Self::NAMED.iter().map(|(known, _)| *known));
            Issue::new(Code::UnknownChoice).value(format!("{name:?}")).help(help).into()
        })
    }

    /// The roles that its tables may have.
    pub fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Score | Self::Explain | Self::NextTier | Self::WhatIf | Self::Drivers => {
                &["data", "previous", "overrides"]
            }
            Self::Compare => {
                &["before", "after", "previous_before", "previous_after", "overrides_before", "overrides_after"]
            }
            Self::Changes => &["before", "after"],
        }
    }
}

impl Scorecard {
    /// Does something with tables and loose options, as the bindings pass them.
    ///
    /// `other` is the second card of `compare` and `what_if`.
    ///
    /// # Errors
    /// Those of the options, of a role that the operation does not have (`unknown_field`), and of the method itself.
    pub fn run(
        &self,
        operation: Operation,
        other: Option<&Self>,
        tables: &Tables<'_>,
        options: &Value,
    ) -> Result<ResultTable> {
        check_roles(operation, tables)?;
        match operation {
            Operation::Score => self.score_book(tables.book(""), &ScoreOptions::from_value(options)?),
            Operation::Explain => self.explain_book(tables.book(""), &ScoreOptions::from_value(options)?),
            Operation::Compare => {
                let options = CompareOptions::from_value(options)?;
                self.compare(tables.book("_before"), tables.book("_after"), other, &options)
            }
            Operation::NextTier => self.next_tier(tables.book(""), &NextTierOptions::from_value(options)?),
            Operation::WhatIf => {
                let other =
                    other.ok_or_else(|| Issue::new(Code::MissingField).path("other").expected("another card"))?;
                self.what_if(other, tables.book(""), &WhatIfOptions::from_value(options)?)
            }
            Operation::Changes => {
                self.changes(tables.get("before"), tables.get("after"), &ScoreOptions::from_value(options)?)
            }
            Operation::Drivers => self.drivers(tables.book(""), &ScoreOptions::from_value(options)?),
        }
    }

    /// The columns that the tables of each role may be asked for, under their names in those tables; what is not
    /// among them is never read.
    ///
    /// # Errors
    /// Those of the options.
    pub fn wanted_columns(
        &self,
        operation: Operation,
        other: Option<&Self>,
        options: &Value,
    ) -> Result<Vec<(&'static str, Vec<String>)>> {
        let (scoring, value) = match operation {
            Operation::Compare => (CompareOptions::from_value(options)?.scoring, None),
            Operation::NextTier => (NextTierOptions::from_value(options)?.scoring, None),
            Operation::WhatIf => {
                let options = WhatIfOptions::from_value(options)?;
                (options.scoring, options.value)
            }
            _ => (ScoreOptions::from_value(options)?, None),
        };
        let account = self.account().map(|account| scoring.table_name(account).to_owned());
        let mut inputs = scoring.input_columns(self);
        for name in other.iter().flat_map(|other| scoring.input_columns(other)).chain(value) {
            if !inputs.contains(&name) {
                inputs.push(name);
            }
        }
        let beside = |columns: &[&str]| -> Vec<String> {
            account.iter().cloned().chain(columns.iter().map(|name| (*name).to_owned())).collect()
        };
        let of_role = |role: &'static str| {
            let columns = match role {
                _ if operation == Operation::Changes => beside(&["score", "tier", "status"]),
                _ if role.starts_with("previous") => beside(&STATE_COLUMNS),
                _ if role.starts_with("overrides") => beside(&OVERRIDE_COLUMNS),
                _ => inputs.clone(),
            };
            (role, columns)
        };
        Ok(operation.roles().iter().map(|role| of_role(role)).collect())
    }
}

/// A role that an operation does not have is a typo.
fn check_roles(operation: Operation, tables: &Tables<'_>) -> Result<()> {
    let unknown = tables.roles.iter().filter(|(role, _)| !operation.roles().contains(&role.as_str()));
    let issue = |(role, _): &(String, _)| {
        let help = suggest(role, operation.roles().iter().copied());
        Issue::new(Code::UnknownField).path(role.as_str()).help(help)
    };
    Error::from_issues(unknown.map(issue).collect()).map_or(Ok(()), Err)
}
