//! Rows that come account by account: those of the last account wait for the rest of it.

use super::super::book::BOOKS;
use super::super::document::Level;
use super::super::options::BookOptions;
use super::Partial;
use crate::error::{Code, Error, Issue, Result};
use crate::table::{Column, Id, OwnedTable, Table, Tables, id};

/// The rows of the account that may go on, and what stands beside the book.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    role: String,
    rows: Vec<OwnedTable>,
    beside: Vec<(String, OwnedTable)>,
    /// The rows of all calls, by which faults are counted.
    seen: u64,
}

/// What makes rows belong together: a parent, or an account without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group<'a> {
    is_parent: bool,
    id: Id<'a>,
}

fn group<'a>(account: &Column<'a>, parent: Option<&Column<'a>>, row: usize) -> Group<'a> {
    match parent.filter(|parent| !parent.is_null(row)) {
        Some(parent) => Group { is_parent: true, id: id(parent, row) },
        None => Group { is_parent: false, id: id(account, row) },
    }
}

impl Held {
    fn len(&self) -> u64 {
        self.rows.iter().map(|table| table.rows() as u64).sum()
    }
}

impl Partial {
    /// Adds rows that come account by account, in any number of calls: the rows of an account stand next to each other, and
    /// may be cut between two calls. With `level: parent` they come parent by parent.
    ///
    /// The rows of the last account are kept until the next call, or until the partial is finished, merged into another or
    /// written as JSON, which sees it as complete. Rows in errors are counted through all calls.
    ///
    /// # Errors
    /// As [`Partial::update`]; `unsupported_in_partial` for merged accounts, which may lie in different calls.
    pub fn update_sorted(&mut self, tables: &Tables<'_>) -> Result<()> {
        tables.check_roles(self.operation.roles())?;
        if tables.get("merges").iter().any(|table| table.rows() > 0) {
            let issue = Issue::new(Code::UnsupportedInPartial).path("merges");
            return Err(issue
                .help("accounts that merge may come in different calls: give both in one `update`")
                .into());
        }
        let Some(role) = BOOKS.into_iter().chain(["activity"]).find(|role| tables.has(role)) else {
            return self.update(tables);
        };
        let held = self.held.clone();
        let kept: Vec<Table<'_>> = held.rows.iter().map(OwnedTable::view).collect();
        let batches: Vec<Table<'_>> = if held.role == role || kept.is_empty() {
            kept.into_iter().chain(tables.get(role).iter().cloned()).collect()
        } else {
            return Err(Issue::new(Code::BookRequired).value(format!("{}, {role}", held.role)).into());
        };
        let (whole, rest) = self.split(role, batches);
        let beside = || tables.iter().filter(|(other, _)| *other != role);
        let rows: usize = whole.iter().map(Table::rows).sum();
        if rows > 0 || rest.is_empty() {
            let others = beside().map(|(role, batches)| (role.to_owned(), batches.to_vec()));
            let call = Tables::new(std::iter::once((role.to_owned(), whole)).chain(others));
            let shift = held.seen.saturating_sub(held.len());
            self.update(&call).map_err(|error| shifted(error, shift))?;
        }
        self.held = Held {
            role: role.to_owned(),
            rows: rest.iter().map(OwnedTable::of).collect(),
            beside: beside()
                .flat_map(|(role, batches)| batches.iter().map(move |batch| (role.to_owned(), OwnedTable::of(batch))))
                .collect(),
            seen: held.seen + tables.get(role).iter().map(|table| table.rows() as u64).sum::<u64>(),
        };
        Ok(())
    }

    /// The partial with the account that was kept.
    pub(super) fn complete(&self) -> Result<Self> {
        let mut whole = self.clone();
        let held = std::mem::take(&mut whole.held);
        if held.len() == 0 {
            return Ok(whole);
        }
        let mut roles: Vec<(String, Vec<Table<'_>>)> =
            vec![(held.role.clone(), held.rows.iter().map(OwnedTable::view).collect())];
        for (role, table) in &held.beside {
            match roles.iter_mut().find(|(known, _)| known == role) {
                Some((_, batches)) => batches.push(table.view()),
                None => roles.push((role.clone(), vec![table.view()])),
            }
        }
        let shift = held.seen.saturating_sub(held.len());
        whole.update(&Tables::new(roles)).map_err(|error| shifted(error, shift))?;
        Ok(whole)
    }

    /// The rows of all accounts but the last, and those of the last.
    fn split<'a>(&self, role: &str, batches: Vec<Table<'a>>) -> (Vec<Table<'a>>, Vec<Table<'a>>) {
        let options = self.book_options();
        let parents = role != "activity" && self.policy.document().level == Level::Parent;
        // Without its columns the table is in error, which reading all of it says.
        let columns: Option<Vec<(Column<'a>, Option<Column<'a>>)>> = batches
            .iter()
            .map(|table| {
                let parent = if parents { table.column(options.table_name("parent")) } else { None };
                Some((table.column(options.table_name("account"))?, parent))
            })
            .collect();
        let Some(columns) = columns else { return (batches, Vec::new()) };
        let Some(last) = columns.iter().rev().find(|(account, _)| !account.is_empty()) else {
            return (batches, Vec::new());
        };
        let last = group(&last.0, last.1.as_ref(), last.0.len() - 1);
        let (mut whole, mut rest) = (Vec::new(), Vec::new());
        let mut going_on = true;
        for (table, (account, parent)) in batches.into_iter().zip(&columns).rev() {
            let rows = table.rows();
            let same = |row: &usize| group(account, parent.as_ref(), *row) == last;
            let own = if going_on { (0..rows).rev().take_while(same).count() } else { 0 };
            going_on &= own == rows;
            match (table.slice(0..rows - own), table.slice(rows - own..rows)) {
                (Some(before), Some(after)) => {
                    if before.rows() > 0 || own == 0 {
                        whole.push(before);
                    }
                    if own > 0 {
                        rest.push(after);
                    }
                }
                _ => whole.push(table),
            }
        }
        whole.reverse();
        rest.reverse();
        (whole, rest)
    }

    fn book_options(&self) -> &BookOptions {
        match &self.sums {
            super::Sums::Bridge(options, ..) => &options.book,
            super::Sums::Retention(options, _) => &options.book,
            super::Sums::Cohorts(options, _) => &options.book,
        }
    }
}

/// The error with its rows counted from the first call on.
fn shifted(error: Error, by: u64) -> Error {
    let mut issues = error.issues().to_vec();
    for issue in &mut issues {
        let beside = matches!(issue.context.path.as_deref(), Some("rates" | "merges"));
        issue.context.rows.iter_mut().filter(|_| !beside).for_each(|row| *row += by);
    }
    Error::from_issues(issues).unwrap_or(error)
}
