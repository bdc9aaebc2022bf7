//! Conditions over columns: reading, compiling, evaluating.

use super::document::{Compare, Group, Literal, Op, Predicate};
use super::kernel::{Block, Inputs};
use crate::calendar::{Date, Zone};
use crate::document::Node;
use crate::error::{Code, Issue};
use crate::table::{Bitmap, Column, Values, each_width};

const OPS: [&str; 9] = ["eq", "ne", "lt", "le", "gt", "ge", "in", "between", "is_null"];
const FIELDS: [&str; 13] =
    ["column", "eq", "ne", "lt", "le", "gt", "ge", "in", "between", "is_null", "all", "any", "not"];

/// Reads a condition.
pub(super) fn read(node: &Node<'_>) -> Option<Predicate> {
    let fields = node.fields(&FIELDS)?;
    let present = |names: &[&'static str]| -> Vec<&'static str> {
        names.iter().copied().filter(|name| fields.get(name).is_some()).collect()
    };
    let groups = present(&["all", "any", "not"]);
    let ops = present(&OPS);
    match (groups.as_slice(), fields.get("column"), ops.as_slice()) {
        ([name], None, []) => group(name, &fields.get(name)?).map(Predicate::Group),
        ([], Some(column), [name]) => {
            let column = super::read::column(&column);
            let op = op(name, &fields.get(name)?);
            Some(Predicate::Compare(Compare { column: column?, op: op? }))
        }
        _ => {
            let expected = format!("a column with one of {}; or one of all, any, not", OPS.join(", "));
            node.report(Issue::new(Code::InvalidPredicate).expected(expected));
            None
        }
    }
}

fn group(name: &str, node: &Node<'_>) -> Option<Group> {
    if name == "not" {
        return read(node).map(|inner| Group::Not(Box::new(inner)));
    }
    let parts: Vec<Option<Predicate>> = node.list()?.iter().map(read).collect();
    let parts = parts.into_iter().collect::<Option<Vec<_>>>()?;
    Some(if name == "all" { Group::All(parts) } else { Group::Any(parts) })
}

fn op(name: &str, node: &Node<'_>) -> Option<Op> {
    match name {
        "eq" => literal(node).map(Op::Eq),
        "ne" => literal(node).map(Op::Ne),
        "lt" => ordered(node).map(Op::Lt),
        "le" => ordered(node).map(Op::Le),
        "gt" => ordered(node).map(Op::Gt),
        "ge" => ordered(node).map(Op::Ge),
        "is_null" => node.boolean().map(Op::IsNull),
        "in" => one_of(node),
        _ => between(node),
    }
}

fn one_of(node: &Node<'_>) -> Option<Op> {
    let list = node.list()?;
    let literals = list.iter().map(literal).collect::<Option<Vec<_>>>()?;
    let kind = std::mem::discriminant(literals.first()?);
    if let Some(other) = literals.iter().position(|l| std::mem::discriminant(l) != kind) {
        list[other].wrong_type("the type of the entries before; put it in quotes if it is meant as text");
        return None;
    }
    Some(Op::In(literals))
}

fn between(node: &Node<'_>) -> Option<Op> {
    let list = node.list()?;
    let [low, high] = list.as_slice() else {
        node.wrong_type("two values [lowest, highest]");
        return None;
    };
    let (low, high) = (ordered(low)?, ordered(high)?);
    let rising = match (&low, &high) {
        (Literal::Number(a), Literal::Number(b)) => a <= b,
        (Literal::Text(a), Literal::Text(b)) => a <= b, // ISO dates sort as texts
        _ => false,
    };
    if !rising {
        node.report(Issue::new(Code::InvalidPredicate).expected("[lowest, highest] of one type, in rising order"));
    }
    rising.then_some(Op::Between([low, high]))
}

fn literal(node: &Node<'_>) -> Option<Literal> {
    use serde_json::Value as Json;
    match node.value() {
        Json::Bool(value) => Some(Literal::Bool(*value)),
        Json::Number(_) => node.number().map(Literal::Number),
        Json::String(text) => Some(Literal::Text(text.clone())),
        _ => {
            node.wrong_type("a number, a text, true or false");
            None
        }
    }
}

/// A literal that has an order: a number or an ISO date.
fn ordered(node: &Node<'_>) -> Option<Literal> {
    match literal(node)? {
        Literal::Bool(_) => {
            node.wrong_type("a number or an ISO date");
            None
        }
        Literal::Text(text) if Date::parse(&text).is_err() => {
            node.report(Issue::new(Code::InvalidDate).value(format!("{text:?}")).expected("a number or an ISO date"));
            None
        }
        literal => Some(literal),
    }
}

/// A condition whose columns are numbered and whose constants are parsed.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Test { input: usize, test: Test },
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    IsNull(bool),
    /// Equal to one of these, or to none.
    Among(Vec<Constant>, bool),
    /// Within bounds; each may be missing, and says whether it is included.
    Within {
        low: Option<(Constant, bool)>,
        high: Option<(Constant, bool)>,
    },
}

/// A constant with its reading as a date, if it has one.
#[derive(Debug, Clone)]
pub(super) enum Constant {
    Bool(bool),
    Number(f64),
    Text(Box<[u8]>, Option<Date>),
}

impl From<&Literal> for Constant {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(*value),
            Literal::Number(value) => Self::Number(*value),
            Literal::Text(text) => Self::Text(text.as_bytes().into(), Date::parse(text).ok()),
        }
    }
}

impl Condition {
    /// Numbers the columns by `input`.
    pub(super) fn compile(predicate: &Predicate, input: &mut impl FnMut(&str) -> usize) -> Self {
        match predicate {
            Predicate::Compare(Compare { column, op }) => Self::Test { input: input(column), test: Test::compile(op) },
            Predicate::Group(Group::Not(inner)) => Self::Not(Box::new(Self::compile(inner, input))),
            Predicate::Group(Group::All(parts)) => Self::All(parts.iter().map(|p| Self::compile(p, input)).collect()),
            Predicate::Group(Group::Any(parts)) => Self::Any(parts.iter().map(|p| Self::compile(p, input)).collect()),
        }
    }

    /// Whether the condition holds in a row.
    pub(super) fn holds(&self, inputs: &impl Inputs, row: usize, zone: Option<Zone>) -> bool {
        match self {
            Self::Test { input, test } => test.holds(&inputs.column(*input), row, zone),
            Self::All(parts) => parts.iter().all(|part| part.holds(inputs, row, zone)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(inputs, row, zone)),
            Self::Not(inner) => !inner.holds(inputs, row, zone),
        }
    }

    /// Fills a mask with the rows of a block for which the condition holds; says whether any value may be one
    /// that cannot be compared, which [`Condition::fault`] then finds.
    pub(super) fn fill(&self, inputs: &impl Inputs, block: Block<'_>, zone: Option<Zone>, mask: &mut [bool]) -> bool {
        match self {
            Self::Test { input, test } => test.fill(&inputs.column(*input), block, zone, mask),
            Self::Not(inner) => {
                let bad = inner.fill(inputs, block, zone, mask);
                mask.iter_mut().for_each(|holds| *holds = !*holds);
                bad
            }
            Self::All(parts) => Self::fill_parts(parts, inputs, block, zone, mask, |a, b| a & b),
            Self::Any(parts) => Self::fill_parts(parts, inputs, block, zone, mask, |a, b| a | b),
        }
    }

    fn fill_parts(
        parts: &[Self],
        inputs: &impl Inputs,
        block: Block<'_>,
        zone: Option<Zone>,
        mask: &mut [bool],
        join: impl Fn(bool, bool) -> bool,
    ) -> bool {
        let Some((first, others)) = parts.split_first() else { return false };
        let mut bad = first.fill(inputs, block, zone, mask);
        let mut next = vec![false; mask.len()];
        for part in others {
            bad |= part.fill(inputs, block, zone, &mut next);
            mask.iter_mut().zip(&next).for_each(|(a, &b)| *a = join(*a, b));
        }
        bad
    }

    /// The first column whose value in this row cannot be compared: it is infinite, or no date where a
    /// date is due.
    pub(super) fn fault(&self, inputs: &impl Inputs, row: usize, zone: Option<Zone>) -> Option<(usize, Code)> {
        let mut found = None;
        self.tests(&mut |input, test| {
            if found.is_some() || matches!(test, Test::IsNull(_)) {
                return;
            }
            let column = inputs.column(input);
            if test.compares_dates() {
                found = column.day(row, zone).err().map(|code| (input, code));
            } else if column.number(row).is_some_and(f64::is_infinite) {
                found = Some((input, Code::InfiniteValue));
            }
        });
        found
    }

    /// Calls `visit` with each input and its test.
    pub(super) fn tests<'a>(&'a self, visit: &mut impl FnMut(usize, &'a Test)) {
        match self {
            Self::Test { input, test } => visit(*input, test),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.tests(visit)),
            Self::Not(inner) => inner.tests(visit),
        }
    }
}

impl Test {
    fn compile(op: &Op) -> Self {
        let within = |low: Option<(&Literal, bool)>, high: Option<(&Literal, bool)>| {
            let bound = |(literal, included): (&Literal, bool)| (Constant::from(literal), included);
            Self::Within { low: low.map(bound), high: high.map(bound) }
        };
        match op {
            Op::IsNull(wanted) => Self::IsNull(*wanted),
            Op::Eq(literal) => Self::Among(vec![literal.into()], true),
            Op::Ne(literal) => Self::Among(vec![literal.into()], false),
            Op::In(literals) => Self::Among(literals.iter().map(Constant::from).collect(), true),
            Op::Lt(high) => within(None, Some((high, false))),
            Op::Le(high) => within(None, Some((high, true))),
            Op::Gt(low) => within(Some((low, false)), None),
            Op::Ge(low) => within(Some((low, true)), None),
            Op::Between([low, high]) => within(Some((low, true)), Some((high, true))),
        }
    }

    fn holds(&self, column: &Column<'_>, row: usize, zone: Option<Zone>) -> bool {
        match self {
            Self::IsNull(wanted) => column.is_null(row) == *wanted,
            _ if column.is_null(row) => false,
            Self::Among(constants, wanted) => constants.iter().any(|c| c.equals(column, row, zone)) == *wanted,
            Self::Within { low, high } => {
                let above = |(c, included): &(Constant, bool)| {
                    c.compare(column, row, zone).is_some_and(|o| o.is_gt() || *included && o.is_eq())
                };
                let below = |(c, included): &(Constant, bool)| {
                    c.compare(column, row, zone).is_some_and(|o| o.is_lt() || *included && o.is_eq())
                };
                low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
            }
        }
    }

    /// As [`Condition::fill`], for one column: floats and words are compared in bulk, all else row by row.
    #[allow(clippy::unnecessary_fallible_conversions)] // keys of any width
    fn fill(&self, column: &Column<'_>, block: Block<'_>, zone: Option<Zone>, mask: &mut [bool]) -> bool {
        match (column.values(), self) {
            (Values::F64(values), _) if block.picks.is_none() => {
                let values = values.get(block.start..block.start + mask.len()).unwrap_or(&[]);
                if let Some(bad) = self.fill_floats(values, column.validity(), block.start, mask) {
                    return bad;
                }
            }
            (Values::Dictionary(dictionary), Self::Among(constants, wanted)) if dictionary.words.len() <= 256 => {
                let is =
                    |word: &[u8]| constants.iter().any(|c| matches!(c, Constant::Text(text, _) if **text == *word));
                let valid = |word| dictionary.words_validity.is_none_or(|bits| bits.get(word));
                let words: Vec<bool> = (0..dictionary.words.len())
                    .map(|word| valid(word) && is(dictionary.words.get(word)) == *wanted)
                    .collect();
                each_width!(dictionary.keys, keys => for (i, holds) in mask.iter_mut().enumerate() {
                    let key = keys.get(block.row(i)).and_then(|&key| usize::try_from(key).ok());
                    *holds = key.and_then(|key| words.get(key)).copied().unwrap_or(false);
                });
                if let Some(bits) = column.validity() {
                    mask.iter_mut().enumerate().for_each(|(i, holds)| *holds &= bits.get(block.row(i)));
                }
                return false;
            }
            (Values::Bool(bools), Self::Among(constants, wanted)) if column.validity().is_none() => {
                if let [Constant::Bool(value)] = constants.as_slice() {
                    let target = *value == *wanted;
                    mask.iter_mut().enumerate().for_each(|(i, holds)| *holds = bools.get(block.row(i)) == target);
                    return false;
                }
            }
            _ => {}
        }
        for (i, holds) in mask.iter_mut().enumerate() {
            *holds = self.holds(column, block.row(i), zone);
        }
        let floats = matches!(column.values(), Values::F64(_) | Values::F32(_));
        !matches!(self, Self::IsNull(_)) && (floats || self.compares_dates())
    }

    /// One pass over floats, for tests of numbers.
    fn fill_floats(&self, values: &[f64], bits: Option<Bitmap<'_>>, start: usize, mask: &mut [bool]) -> Option<bool> {
        let number = |bound: &Option<(Constant, bool)>, none: f64| match bound {
            None => Some((none, true)),
            Some((Constant::Number(x), included)) => Some((*x, *included)),
            Some(_) => None,
        };
        match self {
            Self::Within { low, high } => {
                let ((low, from), (high, to)) = (number(low, f64::NEG_INFINITY)?, number(high, f64::INFINITY)?);
                for (holds, &x) in mask.iter_mut().zip(values) {
                    *holds = ((x > low) | (from & (x == low))) & ((x < high) | (to & (x == high)));
                }
            }
            Self::Among(constants, wanted) => {
                let [Constant::Number(wanted_number)] = constants.as_slice() else { return None };
                for (holds, &x) in mask.iter_mut().zip(values) {
                    *holds = !x.is_nan() & ((x == *wanted_number) == *wanted);
                }
            }
            Self::IsNull(_) => return None,
        }
        if let Some(bits) = bits {
            mask.iter_mut().enumerate().for_each(|(i, holds)| *holds &= bits.get(start + i));
        }
        Some(values.iter().fold(false, |any, x| any | x.is_infinite()))
    }

    /// The constants, for checking them against a column's type.
    pub(super) fn constants(&self) -> Vec<&Constant> {
        match self {
            Self::IsNull(_) => Vec::new(),
            Self::Among(constants, _) => constants.iter().collect(),
            Self::Within { low, high } => low.iter().chain(high).map(|(constant, _)| constant).collect(),
        }
    }

    /// Whether the test asks for an order of dates.
    fn compares_dates(&self) -> bool {
        match self {
            Self::Within { low, high } => {
                low.iter().chain(high).any(|(constant, _)| matches!(constant, Constant::Text(_, Some(_))))
            }
            _ => false,
        }
    }

    /// Whether the test asks for an order.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Self::Within { .. })
    }
}

impl Constant {
    /// Whether a column of these values can be compared with the constant, or what it should hold.
    pub(super) fn fits(&self, values: &Values<'_>, ordered: bool) -> Result<(), &'static str> {
        let numeric = matches!(
            values,
            Values::F64(_) | Values::F32(_) | Values::Int(_) | Values::Decimal { .. } | Values::Duration { .. }
        );
        let day = matches!(values, Values::Date(_) | Values::Timestamp { .. });
        let text = matches!(values, Values::Text(_) | Values::Dictionary(_));
        let (fits, expected) = match self {
            Self::Bool(_) => (matches!(values, Values::Bool(_)), "booleans, as it is compared with true or false"),
            Self::Number(_) => (numeric, "numbers, as it is compared with a number"),
            Self::Text(_, _) if ordered => (day || text, "dates, as it is compared with a date"),
            Self::Text(_, Some(_)) => (day || text, "texts or dates, as it is compared with a date"),
            Self::Text(_, None) => (text, "texts, as it is compared with a text"),
        };
        if fits || matches!(values, Values::Null(_)) { Ok(()) } else { Err(expected) }
    }

    fn equals(&self, column: &Column<'_>, row: usize, zone: Option<Zone>) -> bool {
        match (self, column.values()) {
            (Self::Bool(value), _) => column.number(row) == Some(f64::from(u8::from(*value))),
            (Self::Number(value), _) => column.number(row) == Some(*value),
            (Self::Text(_, Some(date)), Values::Date(_) | Values::Timestamp { .. }) => {
                column.day(row, zone) == Ok(Some(*date))
            }
            (Self::Text(text, _), _) => column.text(row) == Some(text),
        }
    }

    fn compare(&self, column: &Column<'_>, row: usize, zone: Option<Zone>) -> Option<std::cmp::Ordering> {
        match self {
            Self::Number(value) => column.number(row)?.partial_cmp(value),
            Self::Text(_, date) => column.day(row, zone).ok()??.partial_cmp(date.as_ref()?),
            Self::Bool(_) => None,
        }
    }
}
