//! Data in error: what, and where.

use super::source::Finding;
use crate::error::{Code, Issue, LISTED_ROWS};
use crate::health::compile::Program;

/// Which rows of a block have data in error.
#[derive(Debug)]
pub(in crate::health) struct Marks {
    pub(in crate::health) any: bool,
    /// Number, plus one, of a row's first fault; 0 where there is none.
    pub(in crate::health) first: Vec<u32>,
    /// Whether the item at hand is in error; only kept up for explanations.
    pub(super) item: Vec<bool>,
}

impl Marks {
    pub(in crate::health) fn new(rows: usize) -> Self {
        Self { any: false, first: vec![0; rows], item: vec![false; rows] }
    }

    /// Forgets all marks.
    #[inline]
    pub(in crate::health) fn clear(&mut self) {
        if self.any {
            self.first.fill(0);
            self.any = false;
        }
    }

    /// Takes over the marks of rows that stand elsewhere here.
    pub(in crate::health) fn merge(&mut self, other: &Self, places: impl Iterator<Item = u32>) {
        for (place, &number) in places.zip(&other.first).filter(|(_, number)| **number > 0) {
            self.mark(place as usize, number);
        }
    }

    pub(in crate::health) fn mark(&mut self, row: usize, number: u32) {
        self.any = true;
        self.item[row] = true;
        if self.first[row] == 0 {
            self.first[row] = number;
        }
    }
}

/// A kind of error in the data: which item or rule, code and column, and where.
#[derive(Debug, Clone)]
pub(in crate::health) struct Fault {
    pub(in crate::health) item: usize,
    pub(in crate::health) code: Code,
    pub(in crate::health) input: usize,
    rows: Vec<u64>,
    count: u64,
    value: Option<String>,
    expected: String,
}

/// The errors found so far.
#[derive(Debug, Default)]
pub(in crate::health) struct Faults {
    pub(in crate::health) list: Vec<Fault>,
    /// Rows in error, each with its first fault: code and item.
    pub(in crate::health) rows: Vec<(usize, Code, usize)>,
    /// Errors in what is given beside the data, whose rows are those of the other table.
    pub(in crate::health) beside: Vec<Issue>,
}

impl Faults {
    /// Notes an error and gives its number plus one; `describe` is asked for the first row only.
    pub(in crate::health) fn note(
        &mut self,
        item: usize,
        found: Finding,
        row: usize,
        describe: impl FnOnce() -> (Option<String>, String),
    ) -> u32 {
        let Finding { code, input } = found;
        let known = self.list.iter().position(|f| f.item == item && f.code == code && f.input == input);
        let at = known.unwrap_or_else(|| {
            let (value, expected) = describe();
            self.list.push(Fault { item, code, input, rows: Vec::new(), count: 0, value, expected });
            self.list.len() - 1
        });
        let fault = &mut self.list[at];
        fault.count += 1;
        if fault.rows.len() < LISTED_ROWS {
            fault.rows.push(row as u64);
        }
        at as u32 + 1
    }

    /// Notes an error in a row of another table.
    #[cold]
    pub(in crate::health) fn note_beside(&mut self, issue: Issue, row: u64) {
        self.add_beside(issue.rows([row], 1));
    }

    fn add_beside(&mut self, issue: Issue) {
        let same = |known: &&mut Issue| known.code == issue.code && known.context.column == issue.context.column;
        let Some(known) = self.beside.iter_mut().find(same) else { return self.beside.push(issue) };
        known.context.row_count += issue.context.row_count;
        let room = LISTED_ROWS - known.context.rows.len();
        known.context.rows.extend(issue.context.rows.iter().take(room));
    }

    /// Adds the errors of later rows.
    pub(in crate::health) fn append(&mut self, later: Self) {
        self.rows.extend(later.rows);
        later.beside.into_iter().for_each(|issue| self.add_beside(issue));
        for fault in later.list {
            let same = |f: &&mut Fault| f.item == fault.item && f.code == fault.code && f.input == fault.input;
            match self.list.iter_mut().find(same) {
                Some(known) => {
                    known.count += fault.count;
                    let room = LISTED_ROWS - known.rows.len();
                    known.rows.extend(fault.rows.into_iter().take(room));
                }
                None => self.list.push(fault),
            }
        }
    }

    /// The errors as issues, in the order of the card's items.
    pub(in crate::health) fn into_issues<'n>(
        mut self,
        program: &Program,
        name: impl Fn(usize) -> &'n str,
    ) -> Vec<Issue> {
        self.list.sort_by_key(|fault| (fault.item, fault.code, fault.input));
        let issue = |fault: Fault| {
            let mut issue = Issue::new(fault.code)
                .item(program.subject(fault.item))
                .column(name(fault.input))
                .rows(fault.rows, fault.count);
            issue.context.value = fault.value;
            issue.context.expected = Some(fault.expected);
            if fault.code == Code::InfiniteValue {
                issue = issue.help("give null for what is not known");
            }
            issue
        };
        self.list.into_iter().map(issue).collect()
    }

    /// Keeps which rows of a finished block are in error, under their places in the result.
    pub(in crate::health) fn keep_rows(&mut self, marks: &Marks, rows: usize, place: impl Fn(usize) -> usize) {
        if !marks.any {
            return;
        }
        for (i, &number) in marks.first[..rows].iter().enumerate().filter(|(_, number)| **number > 0) {
            let fault = &self.list[number as usize - 1];
            self.rows.push((place(i), fault.code, fault.item));
        }
    }
}
