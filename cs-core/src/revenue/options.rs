//! Options of the operations on revenue.

use crate::calendar::{Date, Period, PeriodKind, Zone};
use crate::document::{Fields, Node};
use crate::error::{Code, Issue, Result};
use crate::money::Amounts;
use std::collections::BTreeMap;

/// The fields of [`BookOptions`].
pub(super) const BOOK_FIELDS: [&str; 7] =
    ["columns", "zone", "horizon", "as_of", "float_scale", "integers", "history_start"];

/// The fields of [`PeriodOptions`].
pub(super) const PERIOD_FIELDS: [&str; 4] = ["period", "from", "to", "by"];

/// How a book is read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct BookOptions {
    /// Our names of columns → the table's.
    pub(super) columns: BTreeMap<String, String>,
    pub(super) zone: Option<Zone>,
    /// The day from which on nothing is known.
    pub(super) horizon: Option<Date>,
    /// The day on which it is known.
    pub(super) as_of: Option<Date>,
    pub(super) amounts: Amounts,
    pub(super) history_start: Option<Date>,
    /// The rows are a part of the book. Where they all lie beyond the horizon, others do not.
    pub(super) part: bool,
}

/// Which periods a table has, and by what it is broken down.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PeriodOptions {
    pub(super) kind: PeriodKind,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) by: Vec<String>,
}

impl BookOptions {
    /// The table's name of a column of ours.
    pub(super) fn table_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.columns.get(name).map_or(name, String::as_str)
    }

    /// Reads them among other fields; what is wrong is reported.
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let columns = fields.get("columns").filter(|node| !node.value().as_object().is_some_and(|map| map.is_empty()));
        let pairs = columns.and_then(|node| node.entries());
        let pair = |(name, node): (&str, Node<'_>)| Some((name.to_owned(), node.text()?.to_owned()));
        let scale = fields.get("float_scale").and_then(|node| node.whole_in(0, 9));
        let integers = fields.get("integers").and_then(|node| node.choice(&[("minor", false), ("major", true)]));
        Self {
            columns: pairs.into_iter().flatten().filter_map(pair).collect(),
            zone: fields.get("zone").and_then(|node| parsed(&node, Zone::parse)),
            horizon: day(fields, "horizon"),
            as_of: day(fields, "as_of"),
            amounts: Amounts { integers_major: integers.unwrap_or(false), float_scale: scale.map(|scale| scale as u8) },
            history_start: day(fields, "history_start"),
            part: false,
        }
    }
}

impl PeriodOptions {
    /// Reads them among other fields; what is wrong is reported.
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        let options = Self {
            kind: fields.get("period").and_then(|node| node.choice(&PeriodKind::NAMED)).unwrap_or_default(),
            from: day(fields, "from"),
            to: day(fields, "to"),
            by: fields.get("by").and_then(|node| names(&node)).unwrap_or_default(),
        };
        if let (Some(from), Some(to)) = (options.from, options.to)
            && from >= to
        {
            let issue = Issue::new(Code::InvalidPeriod).value(format!("{from} to {to}"));
            fields.report(issue.expected("`from` before `to`"));
        }
        options
    }
}

/// A field that is a day.
pub(super) fn day(fields: &Fields<'_>, name: &str) -> Option<Date> {
    fields.get(name).and_then(|node| parsed(&node, Date::parse))
}

/// A list of names, of which none stands twice.
pub(super) fn names(node: &Node<'_>) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for node in node.elements()? {
        let name = node.text()?.to_owned();
        if names.contains(&name) {
            node.report(Issue::new(Code::DuplicateId).value(format!("{name:?}")));
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// A text that is parsed further; its issue is reported at the node.
fn parsed<T>(node: &Node<'_>, parse: impl Fn(&str) -> Result<T>) -> Option<T> {
    parse(node.text()?).map_err(|error| error.issues().iter().for_each(|issue| node.report(issue.clone()))).ok()
}

/// Periods as far as the data goes: the last one ends where the horizon cuts it.
pub(super) fn cut(mut periods: Vec<Period>, horizon: i32) -> Vec<Period> {
    periods.retain(|period| period.from.days() < horizon);
    if let Some(last) = periods.last_mut()
        && last.to.days() > horizon
    {
        last.to = Date::from_days(horizon);
    }
    periods
}
