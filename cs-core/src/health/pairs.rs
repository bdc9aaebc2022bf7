//! Two tables of accounts side by side: which row of one is which row of the other.

use crate::error::{Code, Error, Issue, LISTED_ROWS, Result};
use crate::table::matching::Matcher;
use crate::table::unique::check_accounts;
use crate::table::{Column, MAX_ROWS, Stack, Table, Values};

/// The batches of one role, such as `before`, with their accounts checked.
///
/// Rows count through the batches.
#[derive(Debug)]
pub(super) struct Side<'t, 'a> {
    role: &'static str,
    batches: &'t [Table<'a>],
    accounts: Vec<Column<'a>>,
    rows: usize,
}

impl<'t, 'a> Side<'t, 'a> {
    /// Finds and checks the accounts of a role.
    ///
    /// # Errors
    /// `unknown_column`, `null_account`, `duplicate_account`, `wrong_column_type`, `too_many_rows`; each
    /// with the role as its path.
    pub(super) fn new(role: &'static str, batches: &'t [Table<'a>], account: &str) -> Result<Self> {
        let rows = batches.iter().map(Table::rows).sum();
        if rows > MAX_ROWS {
            let issue = Issue::new(Code::TooManyRows).path(role).value(rows);
            return Err(issue.expected(format!("at most {MAX_ROWS}")).into());
        }
        let mut side = Self { role, batches, accounts: Vec::new(), rows };
        side.accounts = side.columns(account)?;
        match check_accounts(account, &side.accounts) {
            Some(issue) => Err(issue.path(role).into()),
            None => Ok(side),
        }
    }

    /// The batches of a role whose accounts do not matter.
    pub(super) fn without_accounts(role: &'static str, batches: &'t [Table<'a>]) -> Self {
        Self { role, batches, accounts: Vec::new(), rows: batches.iter().map(Table::rows).sum() }
    }

    /// The role, which is the path of issues.
    pub(super) fn role(&self) -> &'static str {
        self.role
    }

    /// The rows of all batches.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether any batch has such a column.
    pub(super) fn has(&self, name: &str) -> bool {
        self.batches.iter().any(|table| table.column(name).is_some())
    }

    fn columns(&self, name: &str) -> Result<Vec<Column<'a>>> {
        let find = |table: &Table<'a>| {
            table.column(name).ok_or_else(|| Error::from(table.unknown_column(name).path(self.role)))
        };
        self.batches.iter().map(find).collect()
    }

    /// A column of texts or categories; nulls of any type will do.
    ///
    /// # Errors
    /// `unknown_column`, `wrong_column_type`.
    pub(super) fn texts(&self, name: &str) -> Result<Stack<'a>> {
        let columns = self.columns(name)?;
        let fits = |column: &Column<'_>| matches!(column.values(), Values::Text(_) | Values::Dictionary(_));
        self.check_types(name, &columns, "texts", fits)?;
        Ok(Stack::new(&columns))
    }

    /// A column of numbers, NaN where null; infinities are added to the issues.
    ///
    /// # Errors
    /// `unknown_column`, `wrong_column_type`.
    pub(super) fn numbers(&self, name: &str, issues: &mut Vec<Issue>) -> Result<Vec<f64>> {
        let columns = self.columns(name)?;
        let fits = |column: &Column<'_>| {
            matches!(column.values(), Values::F64(_) | Values::F32(_) | Values::Int(_) | Values::Decimal { .. })
        };
        self.check_types(name, &columns, "numbers", fits)?;
        let mut numbers = Vec::with_capacity(self.rows);
        for column in &columns {
            numbers.extend((0..column.len()).map(|row| column.number(row).unwrap_or(f64::NAN)));
        }
        let mut found = Offenders::default();
        numbers.iter().enumerate().filter(|(_, x)| x.is_infinite()).for_each(|(row, _)| found.add(row));
        issues.extend(found.into_issue(Code::InfiniteValue).map(|issue| issue.path(self.role).column(name)));
        Ok(numbers)
    }

    fn check_types(
        &self,
        name: &str,
        columns: &[Column<'_>],
        expected: &str,
        fits: impl Fn(&Column<'_>) -> bool,
    ) -> Result<()> {
        let Some(wrong) = columns.iter().find(|column| !fits(column) && !column.is_all_null()) else { return Ok(()) };
        let issue = Issue::new(Code::WrongColumnType).path(self.role).column(name);
        Err(issue.value(wrong.values().type_name()).expected(expected).into())
    }
}

/// Rows that offend: the first few, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Offenders {
    first: Vec<u64>,
    count: u64,
}

impl Offenders {
    pub(super) fn add(&mut self, row: usize) {
        self.count += 1;
        if self.first.len() < LISTED_ROWS {
            self.first.push(row as u64);
        }
    }

    /// The issue of these rows; `None` when no row offends.
    pub(super) fn into_issue(self, code: Code) -> Option<Issue> {
        (self.count > 0).then(|| Issue::new(code).rows(self.first, self.count))
    }
}

/// Calls `each(row of before, row of after)` for every account: those of `after` in their order, then
/// those that left in the order of `before`.
///
/// # Errors
/// `wrong_column_type` when the accounts of the two sides are of different types.
pub(super) fn pairs(
    account: &str,
    before: &Side<'_, '_>,
    after: &Side<'_, '_>,
    mut each: impl FnMut(Option<usize>, Option<usize>),
) -> Result<()> {
    let matcher = Matcher::new(account, &before.accounts)?;
    matcher.accepts(account, &after.accounts)?;
    let mut stays = vec![false; before.rows()];
    let (mut hint, mut row) = (0, 0);
    for column in &after.accounts {
        for at in 0..column.len() {
            let earlier = matcher.find(column, at, hint).map(|earlier| earlier as usize);
            if let Some(earlier) = earlier {
                stays[earlier] = true;
                hint = earlier + 1;
            }
            each(earlier, Some(row));
            row += 1;
        }
    }
    stays.iter().enumerate().filter(|(_, stays)| !**stays).for_each(|(row, _)| each(Some(row), None));
    Ok(())
}
