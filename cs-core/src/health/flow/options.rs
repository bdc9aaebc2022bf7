//! Options of counting and of projecting.

use crate::document::{Node, Reader};
use crate::error::{Code, Error, Issue, Result};
use serde_json::Value;

/// Which columns a flow is counted from; `tier` is always read.
///
/// # Examples
/// ```
/// use cs_core::health::FlowOptions;
/// let options = FlowOptions::new("id").value("mrr");
/// assert_eq!(options.value_before.as_deref(), Some("mrr"));
/// assert_eq!(options, FlowOptions::from_value(&serde_json::json!({"account": "id", "value": "mrr"}))?);
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowOptions {
    /// The account column, in both tables; by default the card's.
    pub account: Option<String>,
    /// The column of `before` with the recurring value; without one no values are summed there.
    pub value_before: Option<String>,
    /// The column of `after` with the recurring value.
    pub value_after: Option<String>,
}

impl FlowOptions {
    /// Counts accounts by this column, without values.
    pub fn new(account: impl Into<String>) -> Self {
        Self { account: Some(account.into()), ..Self::default() }
    }

    /// Also sums this column of both tables.
    pub fn value(mut self, column: impl Into<String>) -> Self {
        let column = column.into();
        self.value_before = Some(column.clone());
        self.value_after = Some(column);
        self
    }

    /// Reads options from a loose object: `account`, and `value` for both tables or `value_before` and
    /// `value_after` for one.
    ///
    /// # Errors
    /// All issues at once: `unknown_field`, `wrong_type`.
    pub fn from_value(value: &Value) -> Result<Self> {
        read(value, |node| {
            let fields = node.fields(&["account", "value", "value_before", "value_after"])?;
            let text = |name: &str| match fields.get(name) {
                Some(node) => node.text().map(|text| Some(text.to_owned())),
                None => Some(None),
            };
            let (account, value) = (text("account"), text("value"));
            let (before, after) = (text("value_before"), text("value_after"));
            let value = value?;
            Some(Self {
                account: account?,
                value_before: before?.or_else(|| value.clone()),
                value_after: after?.or(value),
            })
        })
    }
}

/// The book that a projection begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Start {
    /// The accounts that each tier had afterwards: the latest book there is.
    #[default]
    Closing,
    /// Those that it had before: period 1 can be held against what came.
    Opening,
}

/// How a flow is projected.
///
/// # Examples
/// ```
/// use cs_core::health::ProjectOptions;
/// let options = ProjectOptions { interval: 0.8, ..ProjectOptions::default() };
/// assert_eq!(options, ProjectOptions::from_value(&serde_json::json!({"interval": 0.8}))?);
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectOptions {
    /// How probable it is that the count lies from `low` to `high`; by default 0.9.
    pub interval: f64,
    /// Whether as many accounts as were observed enter in each period; by default none do.
    pub entering: bool,
    /// The book in period 0; by default the closing one.
    pub start: Start,
}

impl Default for ProjectOptions {
    fn default() -> Self {
        Self { interval: 0.9, entering: false, start: Start::Closing }
    }
}

impl ProjectOptions {
    /// Reads options from a loose object.
    ///
    /// # Errors
    /// All issues at once: `unknown_field`, `wrong_type`, `number_out_of_range`, `unknown_choice`.
    pub fn from_value(value: &Value) -> Result<Self> {
        read(value, |node| {
            let fields = node.fields(&["interval", "entering", "start"])?;
            let mut options = Self::default();
            if let Some(node) = fields.get("interval") {
                options.interval = node.number()?;
                if let Some(issue) = options.issue() {
                    node.report(issue);
                    return None;
                }
            }
            if let Some(node) = fields.get("entering") {
                options.entering = node.boolean()?;
            }
            if let Some(node) = fields.get("start") {
                options.start = node.choice(&[("closing", Start::Closing), ("opening", Start::Opening)])?;
            }
            Some(options)
        })
    }

    /// The issue of an interval that is not between 0 and 1.
    pub(super) fn issue(&self) -> Option<Issue> {
        if self.interval > 0.0 && self.interval < 1.0 {
            return None;
        }
        let issue = Issue::new(Code::NumberOutOfRange).path("interval").value(self.interval);
        Some(issue.expected("above 0 and below 1, such as 0.9"))
    }
}

/// What a reader makes of a value; an error when it finds issues.
pub(super) fn read<T>(value: &Value, read: impl Fn(&Node<'_>) -> Option<T>) -> Result<T> {
    let reader = Reader::default();
    let found = read(&reader.root(value));
    match (Error::from_issues(reader.into_issues()), found) {
        (None, Some(found)) => Ok(found),
        (Some(error), _) => Err(error),
        (None, None) => Err(Issue::new(Code::WrongType).path("").into()),
    }
}
