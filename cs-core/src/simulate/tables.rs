//! The tables that a book is written as.

mod accounts;
mod activity;
mod contracts;
mod subscriptions;
mod truth;
mod usage;

use super::document::{Choice, Document, Plan, Segment};
use super::life::{Life, Lives};
use super::random::Stream;
use crate::error::{Code, Issue, Result, suggest};
use crate::table::{MAX_ROWS, ResultColumn, Texts, Words};
use std::ops::Range;

/// The names of the tables.
pub(super) const TABLES: [&str; 7] =
    ["accounts", "subscriptions", "contracts", "activity", "usage", "truth", "hazards"];

/// A table by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Accounts,
    Subscriptions,
    Contracts,
    Activity,
    Usage,
    Truth,
    Hazards,
}

impl Name {
    /// In the order of [`TABLES`].
    const ALL: [Self; 7] =
        [Self::Accounts, Self::Subscriptions, Self::Contracts, Self::Activity, Self::Usage, Self::Truth, Self::Hazards];

    pub(super) fn parse(text: &str) -> Result<Self> {
        let found = TABLES.iter().zip(Self::ALL).find(|(name, _)| **name == text);
        found.map(|(_, name)| name).ok_or_else(|| {
            let issue = Issue::new(Code::UnknownChoice).path("name").value(format!("{text:?}"));
            issue.expected(TABLES.join(", ")).help(suggest(text, TABLES)).into()
        })
    }
}

/// A table while it is filled.
trait Rows {
    /// Adds the rows of an account.
    fn add(&mut self, lives: &Lives<'_>, life: &Life);

    /// The number of rows so far.
    fn rows(&self) -> usize;

    /// The columns in order.
    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)>;
}

/// The rows of these accounts, and how many there are.
pub(super) fn fill(
    name: Name,
    lives: &Lives<'_>,
    accounts: Range<u64>,
) -> Result<(Vec<(String, ResultColumn)>, usize)> {
    let document = lives.document;
    let mut rows: Box<dyn Rows> = match name {
        Name::Accounts => Box::new(accounts::Accounts::new(document)),
        Name::Subscriptions => Box::new(subscriptions::Subscriptions::new(document)),
        Name::Contracts => Box::new(contracts::Contracts::new(document)),
        Name::Activity => Box::new(activity::Activity::new(document)),
        Name::Usage => Box::new(usage::Usage::new(document)),
        Name::Truth => Box::new(truth::Truth::new(document)),
        Name::Hazards => Box::new(truth::Hazards::new(document)),
    };
    let mut life = Life::default();
    for account in accounts {
        lives.draw(account, &mut life);
        rows.add(lives, &life);
        if rows.rows() > MAX_ROWS {
            let issue = Issue::new(Code::TooManyRows).expected(format!("at most {MAX_ROWS}"));
            return Err(issue.help("ask for fewer accounts at a time, as a stream does").into());
        }
    }
    let count = rows.rows();
    Ok((rows.finish(), count))
}

/// A column of ids such as `a-000001`, or `s-000001-2` for the second of an account.
#[derive(Debug, Default)]
struct Ids(Texts);

impl Ids {
    fn push(&mut self, letter: u8, account: u64, number: Option<u32>) {
        self.0.push_with(|bytes| {
            bytes.extend_from_slice(&[letter, b'-']);
            digits(bytes, account + 1, 6);
            if let Some(number) = number {
                bytes.push(b'-');
                digits(bytes, number.into(), 1);
            }
            true
        });
    }

    fn account(&mut self, account: u64) {
        self.push(b'a', account, None);
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Writes a number with at least so many digits.
fn digits(bytes: &mut Vec<u8>, mut number: u64, least: usize) {
    let mut buffer = [b'0'; 20];
    let mut at = buffer.len();
    while number > 0 || buffer.len() - at < least {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    bytes.extend_from_slice(&buffer[at..]);
}

fn words<'a>(ids: impl IntoIterator<Item = &'a str>) -> Words {
    Words::new(ids.into_iter().map(str::to_owned).collect(), 0)
}

fn of_segments(segments: &[Segment]) -> Words {
    words(segments.iter().map(|segment| segment.id.as_str()))
}

fn of_plans(plans: &[Plan]) -> Words {
    words(plans.iter().map(|plan| plan.id.as_str()))
}

fn of_choices(choices: &[Choice]) -> Words {
    words(choices.iter().map(|choice| choice.id.as_str()))
}

/// What is known of an account beside its life; drawn from a stream of its own.
#[derive(Debug, Clone, Copy)]
struct Facts(Stream);

impl Facts {
    fn new(document: &Document) -> Self {
        Self(Stream::new(document.seed, "accounts"))
    }

    fn owner(self, lives: &Lives<'_>, account: u64) -> usize {
        lives.model.owners.pick(self.0.account(account).uniform(0))
    }

    fn country(self, lives: &Lives<'_>, account: u64) -> usize {
        lives.model.countries.pick(self.0.account(account).uniform(1))
    }
}

/// Names the columns.
fn named<const N: usize>(columns: [(&str, ResultColumn); N]) -> Vec<(String, ResultColumn)> {
    columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()
}

/// Whole numbers, none of them null.
fn whole(values: Vec<i64>) -> ResultColumn {
    ResultColumn::Int { values, validity: None }
}

/// Days, none of them null.
fn days(values: Vec<i32>) -> ResultColumn {
    ResultColumn::Date { values, validity: None }
}

/// Numbers, none of them null.
fn numbers(values: Vec<f64>) -> ResultColumn {
    ResultColumn::Number { values, validity: None }
}
