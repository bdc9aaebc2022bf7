//! Whether the columns that a card reads are of types that it can read.

use super::ScoreOptions;
use super::compile::{Input, Program};
use super::kernel::Inputs;
use super::predicate::Condition;
use crate::error::{Code, Error, Issue, Result};
use crate::table::{Column, Table, Values};

/// What an item wants of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Number,
    Flag,
    Category,
    Day,
}

impl Class {
    fn fits(self, values: &Values<'_>) -> bool {
        let number = matches!(
            values,
            Values::F64(_) | Values::F32(_) | Values::Int(_) | Values::Decimal { .. } | Values::Duration { .. }
        );
        match (self, values) {
            (_, Values::Null(_)) => true,
            (Self::Number, _) => number,
            (Self::Flag, _) => number || matches!(values, Values::Bool(_)),
            (Self::Category, _) => {
                // Floats too: frames make floats of whole numbers with nulls.
                let float = matches!(values, Values::F64(_) | Values::F32(_));
                float || matches!(values, Values::Text(_) | Values::Dictionary(_) | Values::Bool(_) | Values::Int(_))
            }
            (Self::Day, _) => {
                matches!(values, Values::Date(_) | Values::Timestamp { .. } | Values::Text(_) | Values::Dictionary(_))
            }
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Number => "numbers",
            Self::Flag => "booleans, or 0 and 1",
            Self::Category => "texts, categories, booleans or whole numbers",
            Self::Day => "dates, timestamps, or texts such as 2026-10-31",
        }
    }
}

/// The columns of one table, in the order of the plan's inputs.
pub(super) struct Bound<'a> {
    columns: Vec<Column<'a>>,
}

impl Inputs for Bound<'_> {
    #[inline]
    fn column(&self, input: usize) -> Column<'_> {
        self.columns[input]
    }
}

/// How many unknown columns of one table get a suggestion.
const SUGGESTED: usize = 10;

/// Finds and checks the columns of a table.
pub(super) fn bind<'a>(program: &Program, table: &Table<'a>, options: &ScoreOptions) -> Result<Bound<'a>> {
    let mut issues = unknown_names(program, options);
    let mut columns = Vec::with_capacity(program.inputs().len());
    let places = table.places();
    for input in program.inputs() {
        let name = options.table_name(input);
        match places.get(name) {
            Some(column) => columns.push(*column),
            // Suggestions compare with every name: a table that is wholly another one gets a few.
            None if issues.len() < SUGGESTED => issues.push(table.unknown_column(name)),
            None => issues.push(Issue::new(Code::UnknownColumn).column(name)),
        }
    }
    let complete = issues.is_empty();
    let bound = Bound { columns };
    if complete {
        issues = check_types(program, &bound, |input| options.table_name(&program.inputs()[input]));
    }
    match Error::from_issues(issues) {
        Some(error) => Err(error),
        None => Ok(bound),
    }
}

/// A mapping from a name that the card does not use is a typo.
pub(super) fn unknown_names(program: &Program, options: &ScoreOptions) -> Vec<Issue> {
    let unknown = options.columns.keys().filter(|name| !program.reads(name));
    let unknown = unknown.filter(|name| !program.is_account(name));
    unknown
        .map(|name| {
            let help = crate::error::suggest(name, program.inputs().iter().map(String::as_str));
            Issue::new(Code::UnknownField).path(format!("columns.{name}")).help(help)
        })
        .collect()
}

/// What is wrong with the types of the columns; does not allocate when nothing is.
pub(super) fn check_types<'n>(program: &Program, inputs: &impl Inputs, name: impl Fn(usize) -> &'n str) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut wrong = |subject: &str, input: usize, expected: &str| {
        let column = inputs.column(input);
        // A column without a single value may be of any type: frames often make it floats.
        if !column.is_all_null() {
            let got = column.values().type_name();
            let issue = Issue::new(Code::WrongColumnType).item(subject).column(name(input));
            let issue = issue.value(got).expected(expected);
            // Variants read most columns as the card itself does.
            if !issues.contains(&issue) {
                issues.push(issue);
            }
        }
    };
    for item in program.plans.iter().flat_map(|plan| &plan.items) {
        let mut want = |input: usize, class: Class| {
            if !class.fits(&inputs.column(input).values()) {
                wrong(&item.id, input, class.expected());
            }
        };
        match &item.source {
            Input::Number(input) => want(*input, Class::Number),
            Input::Ratio(a, b) | Input::Change(a, b) => {
                want(*a, Class::Number);
                want(*b, Class::Number);
            }
            Input::DaysSince(input) | Input::DaysUntil(input) => want(*input, Class::Day),
            Input::CountTrue(all) => all.iter().for_each(|input| want(*input, Class::Flag)),
            Input::Flag(input) => want(*input, Class::Flag),
            Input::Category(input, _) => want(*input, Class::Category),
        }
        if let Some(freshness) = &item.freshness {
            want(freshness.observed_at, Class::Day);
        }
        for condition in [&item.applies, &item.opted_out].into_iter().flatten() {
            check_condition(condition, inputs, &mut |input, expected| wrong(&item.id, input, expected));
        }
        let by = item.ranks.as_ref().and_then(|ranks| ranks.by.as_ref());
        if let Some((by, _)) = by.filter(|(by, _)| !Class::Category.fits(&inputs.column(*by).values())) {
            wrong(&item.id, *by, Class::Category.expected());
        }
    }
    if let Some(grace) = &program.grace
        && !Class::Day.fits(&inputs.column(grace.since).values())
    {
        wrong(program.subject(grace.subject), grace.since, Class::Day.expected());
    }
    for rule in program.rules() {
        let subject = program.subject(rule.subject);
        check_condition(&rule.when, inputs, &mut |input, expected| wrong(subject, input, expected));
    }
    issues
}

fn check_condition(condition: &Condition, inputs: &impl Inputs, wrong: &mut impl FnMut(usize, &str)) {
    condition.tests(&mut |input, test| {
        let values = inputs.column(input).values();
        if let Some(expected) = test.constants().iter().find_map(|c| c.fits(&values, test.is_ordered()).err()) {
            wrong(input, expected);
        }
    });
}
