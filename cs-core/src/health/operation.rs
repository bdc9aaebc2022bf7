//! One door to everything that a card does with tables, for callers that know names and loose options only.

use super::engine::{OVERRIDE_COLUMNS, STATE_COLUMNS};
use super::{Book, CompareOptions, NextTierOptions, ScoreOptions, Scorecard, WhatIfOptions};
use crate::error::{Code, Issue, Result, suggest};
use crate::table::{ResultTable, Tables};
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

/// The book of some tables whose roles end like this: an empty text, `_before` or `_after`.
fn book<'a>(tables: &'a Tables<'_>, side: &str) -> Book<'a> {
    let data = if side.is_empty() { "data" } else { side.trim_start_matches('_') };
    Book {
        data: tables.get(data),
        previous: tables.get(&format!("previous{side}")),
        overrides: tables.get(&format!("overrides{side}")),
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
        tables.check_roles(operation.roles())?;
        match operation {
            Operation::Score => self.score_book(book(tables, ""), &ScoreOptions::from_value(options)?),
            Operation::Explain => self.explain_book(book(tables, ""), &ScoreOptions::from_value(options)?),
            Operation::Compare => {
                let options = CompareOptions::from_value(options)?;
                self.compare(book(tables, "_before"), book(tables, "_after"), other, &options)
            }
            Operation::NextTier => self.next_tier(book(tables, ""), &NextTierOptions::from_value(options)?),
            Operation::WhatIf => {
                let other =
                    other.ok_or_else(|| Issue::new(Code::MissingField).path("other").expected("another card"))?;
                self.what_if(other, book(tables, ""), &WhatIfOptions::from_value(options)?)
            }
            Operation::Changes => {
                self.changes(tables.get("before"), tables.get("after"), &ScoreOptions::from_value(options)?)
            }
            Operation::Drivers => self.drivers(book(tables, ""), &ScoreOptions::from_value(options)?),
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
