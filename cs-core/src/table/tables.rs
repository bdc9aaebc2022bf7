//! The tables of one call.

use super::Table;
use crate::error::{Code, Error, Issue, Result, suggest};

/// The tables of one call by what they are for; each may come in batches.
///
/// For scorecards the roles are `data`, `previous`, `overrides`; and for what compares two books `before` and `after`,
/// each with `previous_…` and `overrides_…`. For revenue see the roles of its operations.
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

    /// The roles with their batches.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[Table<'a>])> {
        self.roles.iter().map(|(role, tables)| (role.as_str(), tables.as_slice()))
    }

    /// Whether a role is given, be its batches empty.
    pub(crate) fn has(&self, role: &str) -> bool {
        self.roles.iter().any(|(name, _)| name == role)
    }

    /// A role that an operation does not have is a typo.
    pub(crate) fn check_roles(&self, known: &[&str]) -> Result<()> {
        let unknown = self.roles.iter().filter(|(role, _)| !known.contains(&role.as_str()));
        let issue = |(role, _): &(String, _)| {
            let help = suggest(role, known.iter().copied());
            Issue::new(Code::UnknownField).path(role.as_str()).help(help)
        };
        Error::from_issues(unknown.map(issue).collect()).map_or(Ok(()), Err)
    }
}
