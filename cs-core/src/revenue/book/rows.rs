//! The rows of a role, and what is wrong with them.

use super::super::options::BookOptions;
use crate::calendar::Zone;
use crate::error::{Code, Error, Issue, LISTED_ROWS, Result};
use crate::money::{AmountReader, Amounts, Ratio};
use crate::table::{Column, Stack, Table};

/// The batches of a role.
#[derive(Debug)]
pub(in crate::revenue) struct Rows<'a> {
    pub(in crate::revenue) role: &'static str,
    pub(in crate::revenue) rows: usize,
    tables: &'a [Table<'a>],
    options: &'a BookOptions,
}

/// A column of all batches, under its name in the table.
#[derive(Debug)]
pub(in crate::revenue) struct Field<'a> {
    pub(in crate::revenue) name: String,
    batches: Vec<Column<'a>>,
    stack: Stack<'a>,
    zone: Option<Zone>,
}

impl<'a> Rows<'a> {
    pub(in crate::revenue) fn new(
        role: &'static str,
        tables: &'a [Table<'a>],
        options: &'a BookOptions,
    ) -> Result<Self> {
        let rows = tables.iter().map(Table::rows).sum();
        if rows > crate::table::MAX_ROWS {
            return Err(Issue::new(Code::TooManyRows).path(role).value(rows).into());
        }
        Ok(Self { role, rows, tables, options })
    }

    /// The column of this name, if all batches have it.
    pub(in crate::revenue) fn get(&self, name: &str) -> Option<Field<'a>> {
        let own = self.options.table_name(name);
        let batches: Option<Vec<Column<'a>>> = self.tables.iter().map(|table| table.column(own)).collect();
        let batches = batches.filter(|batches| !batches.is_empty())?;
        Some(Field { name: own.to_owned(), stack: Stack::new(&batches), batches, zone: self.options.zone })
    }

    /// The column of this name.
    ///
    /// # Errors
    /// `unknown_column`; none where there is no batch, and thus no row.
    pub(in crate::revenue) fn need(&self, name: &str) -> Result<Field<'a>> {
        if let Some(field) = self.get(name) {
            return Ok(field);
        }
        let own = self.options.table_name(name);
        match self.tables.iter().find(|table| table.column(own).is_none()) {
            Some(table) => Err(table.unknown_column(own).path(self.role).into()),
            None => Ok(Field { name: own.to_owned(), batches: Vec::new(), stack: Stack::new(&[]), zone: None }),
        }
    }
}

impl<'a> Field<'a> {
    pub(in crate::revenue) fn stack(&self) -> Stack<'a> {
        Stack::new(&self.batches)
    }

    #[inline]
    pub(in crate::revenue) fn is_null(&self, row: usize) -> bool {
        let (column, row) = self.stack.place(row);
        column.is_null(row)
    }

    /// The text in a row, of texts and categories.
    #[inline]
    pub(in crate::revenue) fn text(&self, row: usize) -> Option<&'a [u8]> {
        self.stack.text(row)
    }

    /// Whatever stands in a row, as text.
    pub(in crate::revenue) fn display(&self, row: usize) -> Option<String> {
        let (column, row) = self.stack.place(row);
        column.display(row)
    }

    #[inline]
    pub(in crate::revenue) fn day(&self, row: usize) -> Result<Option<i32>, Code> {
        let (column, row) = self.stack.place(row);
        Ok(column.day(row, self.zone)?.map(|day| day.days()))
    }

    pub(in crate::revenue) fn number(&self, row: usize) -> Option<f64> {
        let (column, row) = self.stack.place(row);
        column.number(row)
    }

    /// Readers of amounts, one per batch.
    ///
    /// # Errors
    /// `float_money`, `wrong_column_type`.
    pub(in crate::revenue) fn amounts(&self, how: Amounts) -> Result<Money<'a>> {
        let reader = |column: &Column<'a>| {
            AmountReader::new(*column, how).map_err(|issue| Error::from(issue.column(self.name.as_str())))
        };
        let readers = self.batches.iter().map(reader).collect::<Result<_>>()?;
        Ok(Money { readers, starts: self.starts() })
    }

    fn starts(&self) -> Vec<usize> {
        let mut rows = 0;
        let start = |column: &Column<'a>| {
            let start = rows;
            rows += column.len();
            start
        };
        self.batches.iter().map(start).collect()
    }
}

/// The amounts of a column of all batches.
#[derive(Debug)]
pub(in crate::revenue) struct Money<'a> {
    readers: Vec<AmountReader<'a>>,
    starts: Vec<usize>,
}

impl Money<'_> {
    #[inline]
    fn place(&self, row: usize) -> (usize, usize) {
        if self.starts.len() == 1 {
            return (0, row);
        }
        let batch = self.starts.partition_point(|start| *start <= row).saturating_sub(1);
        (batch, row - self.starts.get(batch).unwrap_or(&0))
    }

    /// The amount in a row in major units.
    #[inline]
    pub(in crate::revenue) fn get(&self, row: usize, exponent: u8) -> Result<Option<Ratio>, Code> {
        let (batch, row) = self.place(row);
        self.readers.get(batch).map_or(Ok(None), |reader| reader.get(row, exponent))
    }

    /// The amount in a row in units of 10^−scale.
    #[inline]
    pub(in crate::revenue) fn minor(&self, row: usize, scale: u8, exponent: u8) -> Result<Option<i64>, Code> {
        let (batch, row) = self.place(row);
        self.readers.get(batch).map_or(Ok(None), |reader| reader.minor(row, scale, exponent))
    }
}

/// What is wrong with rows: each kind of fault once, with its first rows.
#[derive(Debug, Default)]
pub(in crate::revenue) struct Faults {
    found: Vec<Fault>,
}

#[derive(Debug)]
struct Fault {
    code: Code,
    column: String,
    rows: Vec<u64>,
    count: u64,
    value: Option<String>,
    expected: Option<String>,
}

impl Faults {
    /// Adds a row; the value found and what was expected are those of the first.
    #[cold]
    pub(in crate::revenue) fn add(
        &mut self,
        code: Code,
        column: &str,
        row: usize,
        value: Option<String>,
        expected: &str,
    ) {
        let place = self.found.iter().position(|fault| fault.code == code && fault.column == column);
        let place = place.unwrap_or_else(|| {
            let expected = Some(expected.to_owned()).filter(|text| !text.is_empty());
            self.found.push(Fault { code, column: column.to_owned(), rows: Vec::new(), count: 0, value, expected });
            self.found.len() - 1
        });
        let Some(fault) = self.found.get_mut(place) else { return };
        fault.count += 1;
        if fault.rows.len() < LISTED_ROWS {
            fault.rows.push(row as u64);
        }
    }

    /// Adds a row of a column, showing what stands there.
    #[cold]
    pub(in crate::revenue) fn at(&mut self, code: Code, field: &Field<'_>, row: usize, expected: &str) {
        let value = field.display(row).map(|value| format!("{value:?}"));
        self.add(code, &field.name, row, value, expected);
    }

    /// An error of all of them, if there are any.
    pub(in crate::revenue) fn check(self, role: &str) -> Result<()> {
        let issue = |fault: Fault| {
            let mut issue = Issue::new(fault.code).column(fault.column).rows(fault.rows, fault.count);
            issue.context.value = fault.value;
            issue.context.expected = fault.expected;
            if role.is_empty() { issue } else { issue.path(role) }
        };
        Error::from_issues(self.found.into_iter().map(issue).collect()).map_or(Ok(()), Err)
    }
}
