//! Errors, findings and the one table of codes.
//!
//! Everything that can go wrong has a stable [`Code`]. A code belongs to one [`ErrorKind`], which is
//! what Python turns into an exception class and what callers match on. An [`Error`] carries one or
//! more [`Issue`]s, so that a document with five mistakes reports all five at once.

mod code;

pub use code::{Code, ErrorKind};

use serde::Serialize;
use std::fmt;

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How many offending rows an issue lists; [`Context::row_count`] counts them all.
pub const LISTED_ROWS: usize = 5;

/// How grave an [`Issue`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Level {
    /// The document or data cannot be used.
    Error,
    /// It can be used, but probably does not say what its author means.
    Warning,
}

/// Where an issue stands and what would put it right; every field is optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Context {
    /// Path in the document, such as `dimensions[0].items[2].weight`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Item of the scorecard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Column of the table, under its name in the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The first offending rows, counted from 0; at most [`LISTED_ROWS`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
    /// How many rows offend in all; 0 when the issue is not about rows.
    #[serde(skip_serializing_if = "is_zero")]
    pub row_count: u64,
    /// What was found, written as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// One finding: level, code, and where it is.
///
/// # Examples
/// ```
/// use cs_core::{Scorecard, error::Code};
/// let issues = Scorecard::check_json("{\"schema_version\": 1, \"scorecrad\": \"x\"}");
/// assert!(issues.iter().any(|issue| issue.code == Code::UnknownField));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    /// Error or warning.
    pub level: Level,
    /// The stable code.
    pub code: Code,
    /// Where it is and what to do.
    #[serde(flatten)]
    pub context: Context,
}

impl Issue {
    /// An issue of level [`Level::Error`] with an empty context.
    pub fn new(code: Code) -> Self {
        Self { level: Level::Error, code, context: Context::default() }
    }

    /// The same issue as a warning.
    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// Sets the path in the document.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.context.path = Some(path.into());
        self
    }

    /// Sets the item of the scorecard.
    pub fn item(mut self, item: impl Into<String>) -> Self {
        self.context.item = Some(item.into());
        self
    }

    /// Sets the column of the table.
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.context.column = Some(column.into());
        self
    }

    /// Sets the offending rows: the first few and their number in all.
    pub fn rows(mut self, first: impl IntoIterator<Item = u64>, count: u64) -> Self {
        self.context.rows = first.into_iter().take(LISTED_ROWS).collect();
        self.context.row_count = count;
        self
    }

    /// Sets what was found.
    pub fn value(mut self, value: impl fmt::Display) -> Self {
        self.context.value = Some(shorten(value.to_string()));
        self
    }

    /// Sets what was expected.
    pub fn expected(mut self, expected: impl fmt::Display) -> Self {
        self.context.expected = Some(expected.to_string());
        self
    }

    /// Sets what to do about it.
    pub fn help(mut self, help: impl fmt::Display) -> Self {
        self.context.help = Some(help.to_string());
        self
    }

    /// The issue as one sentence: what is wrong, where, what was found, what was expected, what to do.
    pub fn message(&self) -> String {
        self.to_string()
    }
}

/// Cuts a quoted value to a length that fits in a sentence.
fn shorten(text: String) -> String {
    const LONGEST: usize = 120;
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = &self.context;
        if let Some(path) = &c.path {
            write!(f, "{}: ", if path.is_empty() { "document" } else { path })?;
        }
        f.write_str(self.code.sentence())?;
        if let Some(item) = &c.item {
            write!(f, " (item `{item}`)")?;
        }
        if let Some(column) = &c.column {
            // "unknown column `x`", but "the value is infinite in column `x`".
            let link = if self.code == Code::UnknownColumn { "" } else { " in column" };
            write!(f, "{link} `{column}`")?;
        }
        if !c.rows.is_empty() {
            let rows: Vec<String> = c.rows.iter().map(u64::to_string).collect();
            let (word, of) =
                if c.row_count == 1 { ("row", String::new()) } else { ("rows", format!(" ({} in all)", c.row_count)) };
            write!(f, " at {word} {}{of}", rows.join(", "))?;
        }
        if let Some(value) = &c.value {
            write!(f, ", got {value}")?;
        }
        if let Some(expected) = &c.expected {
            write!(f, ", expected {expected}")?;
        }
        if let Some(help) = &c.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

/// What went wrong: a stable code, its kind, and one or more issues.
///
/// # Examples
/// ```
/// use cs_core::{Scorecard, error::{Code, ErrorKind}};
/// let error = Scorecard::from_json("{").unwrap_err();
/// assert_eq!(error.code(), Code::DocumentSyntax);
/// assert_eq!(error.kind(), ErrorKind::InvalidDocument);
/// assert_eq!(error.issues().len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    // Boxed: results stay small on the hot path.
    issues: Box<[Issue]>,
}

impl Error {
    /// An error from issues; `None` when no issue is of level [`Level::Error`].
    ///
    /// Errors come before warnings; within a level the order is kept.
    pub fn from_issues(mut issues: Vec<Issue>) -> Option<Self> {
        issues.sort_by_key(|issue| issue.level == Level::Warning);
        let first = issues.first()?;
        (first.level == Level::Error).then(|| Self { issues: issues.into() })
    }

    /// The code of the first issue: stable across releases.
    pub fn code(&self) -> Code {
        self.issues[0].code
    }

    /// The kind of the code.
    pub fn kind(&self) -> ErrorKind {
        self.code().kind()
    }

    /// The context of the first issue.
    pub fn context(&self) -> &Context {
        &self.issues[0].context
    }

    /// All issues, errors first; never empty.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }
}

impl From<Issue> for Error {
    fn from(mut issue: Issue) -> Self {
        issue.level = Level::Error;
        Self { issues: Box::new([issue]) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [issue] = &*self.issues {
            return write!(f, "{issue} [{}]", issue.code);
        }
        write!(f, "{} issues:", self.issues.len())?;
        for issue in &self.issues {
            let mark = if issue.level == Level::Warning { "warning: " } else { "" };
            write!(f, "\n  {mark}{issue} [{}]", issue.code)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The nearest of `known` to `name`, if it is near enough to be a typo.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A hostile name must not cost a quadratic comparison.
    if name.len() > 64 {
        return None;
    }
    known
        .into_iter()
        // Texts whose lengths differ by more than the allowed edits need no comparison.
        .filter(|candidate| {
            candidate.len() <= 64 && candidate.len().abs_diff(name.len()) <= 4 * (1 + candidate.len() / 4)
        })
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean" for a name that is not among `known`, or the list of what is.
pub(crate) fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let list: Vec<&str> = known.into_iter().take(20).collect();
    if list.is_empty() {
        return "there are none".into();
    }
    format!("known: {}", list.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issue_reads_as_a_sentence() {
        let issue = Issue::new(Code::InfiniteValue).item("nps").column("nps_score").rows([3, 9], 2).value("inf");
        assert_eq!(
            issue.message(),
            "the value is infinite (item `nps`) in column `nps_score` at rows 3, 9 (2 in all), got inf"
        );
    }

    #[test]
    fn errors_come_first_and_warnings_alone_are_no_error() {
        let warning = Issue::new(Code::MapWithoutDefault).warning();
        assert!(Error::from_issues(vec![warning.clone()]).is_none());
        let error = Error::from_issues(vec![warning, Issue::new(Code::UnknownField)]).unwrap();
        assert_eq!(error.code(), Code::UnknownField);
        assert_eq!(error.issues().len(), 2);
    }

    #[test]
    fn nearest_finds_typos_only() {
        assert_eq!(nearest("wieght", ["weight", "curve"]), Some("weight"));
        assert_eq!(nearest("banana", ["weight", "curve"]), None);
        assert_eq!(nearest(&"w".repeat(100_000), ["weight"]), None);
    }
}
