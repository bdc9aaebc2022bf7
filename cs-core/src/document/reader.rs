//! Walks a tree of values and collects everything that is wrong with it.

use super::LIMITS;
use crate::error::{Code, Error, Issue, Level, Result, suggest};
use serde_json::{Map, Value};
use std::cell::RefCell;

/// Collects issues while a document is read.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    issues: RefCell<Vec<Issue>>,
}

/// The most issues that one document reports.
const MOST_ISSUES: usize = 100;

impl Reader {
    /// Reads loose options: all that is wrong with them at once, or what was read.
    ///
    /// # Errors
    /// What `read` reports.
    pub(crate) fn options<T: Default>(value: &Value, read: impl FnOnce(&Node<'_>) -> Option<T>) -> Result<T> {
        let reader = Self::default();
        let options = read(&reader.root(value));
        match Error::from_issues(reader.into_issues()) {
            Some(error) => Err(error),
            None => Ok(options.unwrap_or_default()),
        }
    }

    pub(crate) fn root<'a>(&'a self, value: &'a Value) -> Node<'a> {
        Node { reader: self, value, path: String::new() }
    }

    pub(crate) fn push(&self, issue: Issue) {
        let mut issues = self.issues.borrow_mut();
        if issues.len() < MOST_ISSUES {
            issues.push(issue);
        }
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.issues.borrow().iter().any(|issue| issue.level == Level::Error)
    }

    pub(crate) fn into_issues(self) -> Vec<Issue> {
        self.issues.into_inner()
    }
}

/// A value with its path.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    reader: &'a Reader,
    value: &'a Value,
    path: String,
}

/// The fields of an object, all known by name.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    reader: &'a Reader,
    map: &'a Map<String, Value>,
    path: String,
    /// Whether there are fields that are not known.
    strange: bool,
}

impl<'a> Node<'a> {
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// Adds an issue at this path.
    pub(crate) fn report(&self, issue: Issue) {
        self.reader.push(issue.path(self.path.as_str()));
    }

    /// Adds an issue at a path below this one.
    pub(crate) fn report_under(&self, path: &str, issue: Issue) {
        self.reader.push(issue.path(join(&self.path, path)));
    }

    /// Adds a `wrong_type` issue at this path.
    pub(crate) fn wrong_type(&self, expected: &str) {
        let mut issue = Issue::new(Code::WrongType).value(show(self.value)).expected(expected);
        if let (Value::Bool(_) | Value::Number(_), "text" | "an id") = (self.value, expected) {
            issue = issue.help("put it in quotes if it is meant as text");
        }
        self.report(issue);
    }

    /// The object's fields; fields that are not `known` are issues.
    pub(crate) fn fields(&self, known: &[&str]) -> Option<Fields<'a>> {
        let Value::Object(map) = self.value else {
            self.wrong_type("an object");
            return None;
        };
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            let issue = Issue::new(Code::UnknownField).help(suggest(name, known.iter().copied()));
            self.reader.push(issue.path(join(&self.path, name)));
        }
        let strange = map.keys().any(|name| !known.contains(&name.as_str()));
        Some(Fields { reader: self.reader, map, path: self.path.clone(), strange })
    }

    /// The object's entries, whatever their names; at least one.
    pub(crate) fn entries(&self) -> Option<Vec<(&'a str, Node<'a>)>> {
        let Value::Object(map) = self.value else {
            self.wrong_type("an object");
            return None;
        };
        let node = |(name, value): (&'a String, &'a Value)| {
            (name.as_str(), Node { reader: self.reader, value, path: join(&self.path, name) })
        };
        self.bounded(map.len()).then(|| map.iter().map(node).collect())
    }

    /// The list's elements; an empty or overlong list is an issue.
    pub(crate) fn list(&self) -> Option<Vec<Node<'a>>> {
        let list = self.elements()?;
        self.bounded(list.len()).then_some(list)
    }

    /// The list's elements, of which there may be none.
    pub(crate) fn elements(&self) -> Option<Vec<Node<'a>>> {
        let Value::Array(list) = self.value else {
            self.wrong_type("a list");
            return None;
        };
        let node = |(i, value)| Node { reader: self.reader, value, path: format!("{}[{i}]", self.path) };
        Some(list.iter().enumerate().map(node).collect())
    }

    fn bounded(&self, len: usize) -> bool {
        if len == 0 {
            self.report(Issue::new(Code::EmptyList).expected("at least one entry"));
        } else if len > LIMITS.entries {
            self.report(Issue::new(Code::TooManyEntries).value(len).expected(format!("at most {}", LIMITS.entries)));
        }
        (1..=LIMITS.entries).contains(&len)
    }

    /// A finite number. A whole one must be written as a float writes it, so that the canonical form reads back.
    pub(crate) fn number(&self) -> Option<f64> {
        const LARGEST: u64 = 1 << 53;
        let number = self.value.as_f64().filter(|x| x.is_finite());
        if number.is_none() {
            self.wrong_type("a number");
        }
        let whole = self.value.as_u64().or_else(|| self.value.as_i64().map(i64::unsigned_abs));
        if whole.is_some_and(|whole| whole > LARGEST && (whole as f64).to_string() != whole.to_string()) {
            let expected = "a number that floats have: beyond 2^53 they skip some whole ones";
            self.report(Issue::new(Code::NumberOutOfRange).value(self.value).expected(expected));
            return None;
        }
        number
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong_type("text");
        }
        text
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        let boolean = self.value.as_bool();
        if boolean.is_none() {
            self.wrong_type("true or false");
        }
        boolean
    }

    /// A number within a range, both ends included.
    pub(crate) fn number_in(&self, low: f64, high: f64) -> Option<f64> {
        let number = self.number()?;
        if (low..=high).contains(&number) {
            return Some(number);
        }
        let expected = if high.is_finite() { format!("{low} to {high}") } else { format!("at least {low}") };
        self.report(Issue::new(Code::NumberOutOfRange).value(number).expected(expected));
        None
    }

    /// A whole number within a range, both ends included.
    pub(crate) fn whole_in(&self, low: u32, high: u32) -> Option<u32> {
        let number = self.number_in(f64::from(low), f64::from(high))?;
        if number.fract() != 0.0 {
            self.wrong_type("a whole number");
            return None;
        }
        Some(number as u32)
    }

    /// A list of whole numbers within bounds, of which there may be very many: paths are made for wrong ones only.
    pub(crate) fn wholes_in(&self, low: u32, high: u32) -> Option<Vec<u32>> {
        let fits = |n: &u32| (low..=high).contains(n);
        let whole = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(fits);
        let all = self.value.as_array().and_then(|list| list.iter().map(whole).collect());
        all.or_else(|| self.elements()?.iter().map(|node| node.whole_in(low, high)).collect())
    }

    /// A number above zero.
    pub(crate) fn positive(&self) -> Option<f64> {
        let number = self.number()?;
        if number > 0.0 {
            return Some(number);
        }
        self.report(Issue::new(Code::NumberOutOfRange).value(number).expected("a number above 0"));
        None
    }

    /// One of a few words.
    pub(crate) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == text) {
            return Some(*choice);
        }
        let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let help = suggest(text, known.iter().copied());
        self.report(Issue::new(Code::UnknownChoice).value(format!("{text:?}")).expected(known.join(", ")).help(help));
        None
    }

    /// A pair of finite numbers, `[x, y]`.
    pub(crate) fn pair(&self) -> Option<[f64; 2]> {
        if let Some([x, y]) = self.value.as_array().map(Vec::as_slice)
            && let (Some(x), Some(y)) = (x.as_f64(), y.as_f64())
            && x.is_finite()
            && y.is_finite()
        {
            return Some([x, y]);
        }
        self.wrong_type("two numbers [x, y]");
        None
    }

    /// An id in snake_case.
    pub(crate) fn id(&self) -> Option<String> {
        let Some(text) = self.value.as_str() else {
            self.wrong_type("an id");
            return None;
        };
        let shape = |(i, c): (usize, char)| matches!(c, 'a'..='z' | 'A'..='Z' | '_') || i > 0 && c.is_ascii_digit();
        if !text.is_empty() && text.len() <= 64 && text.chars().enumerate().all(shape) {
            return Some(text.into());
        }
        let expected = "letters, digits and underscores, beginning with a letter, at most 64";
        self.report(Issue::new(Code::InvalidId).value(format!("{text:?}")).expected(expected));
        None
    }
}

impl<'a> Fields<'a> {
    /// Adds an issue at the object's path.
    pub(crate) fn report(&self, issue: Issue) {
        self.reader.push(issue.path(self.path.as_str()));
    }

    /// The field; `None` when it is not there or null.
    pub(crate) fn get(&self, name: &str) -> Option<Node<'a>> {
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Node { reader: self.reader, value, path: join(&self.path, name) })
    }

    /// The field; when it is not there, an issue.
    pub(crate) fn need(&self, name: &str) -> Option<Node<'a>> {
        let node = self.get(name);
        if node.is_none() {
            self.reader.push(Issue::new(Code::MissingField).path(join(&self.path, name)));
        }
        node
    }

    /// The single field of these of which an object must have exactly one.
    pub(crate) fn only(&self, known: &[&str]) -> Option<(&'a str, Node<'a>)> {
        let mut present = self.map.iter().filter(|(name, _)| known.contains(&name.as_str()));
        match (present.next(), present.next()) {
            (Some((name, value)), None) => {
                Some((name, Node { reader: self.reader, value, path: join(&self.path, name) }))
            }
            (None, _) if self.strange => None, // reported as unknown fields
            (found, _) => {
                let expected = format!("exactly one of {}", known.join(", "));
                let code = if found.is_none() { Code::MissingField } else { Code::WrongType };
                self.report(Issue::new(code).expected(expected));
                None
            }
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// A value as a message shows it.
fn show(value: &Value) -> String {
    match value {
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "an object".into(),
        Value::String(text) => format!("the text {text:?}"),
        other => other.to_string(),
    }
}
