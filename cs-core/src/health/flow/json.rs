//! Flows as JSON.

use super::options::read as read_with;
use super::{Cell, ENTERED, Flow, LEFT, SCHEMA_VERSION, Sum};
use crate::document::{Fields, Node};
use crate::error::{Code, Error, Issue, Result, suggest};
use serde::Serialize;
use serde_json::Value;

/// The most accounts that JSON holds exactly.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// A flow as it is written: only the ways that accounts went.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    schema_version: u64,
    card_hash: String,
    tiers: Vec<String>,
    value_before: bool,
    value_after: bool,
    moves: Vec<Written>,
}

/// The accounts that went one way; sums are written with what rounding took from them.
#[derive(Debug, Serialize)]
struct Written {
    from: String,
    to: String,
    accounts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_before: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_after: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gain: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gains: Option<u64>,
}

impl From<Flow> for Document {
    fn from(flow: Flow) -> Self {
        let mut moves = Vec::new();
        for (i, from) in flow.names(ENTERED).enumerate() {
            for (j, to) in flow.names(LEFT).enumerate() {
                let cell = flow.cell(i, j);
                if cell.accounts > 0 {
                    moves.push(written(&flow, from, to, cell));
                }
            }
        }
        let valued = flow.valued;
        Self {
            schema_version: SCHEMA_VERSION,
            moves,
            value_before: valued.before,
            value_after: valued.after,
            card_hash: flow.card_hash,
            tiers: flow.tiers,
        }
    }
}

fn written(flow: &Flow, from: &str, to: &str, cell: Cell) -> Written {
    let parts = |given: bool, sum: Sum| given.then_some([sum.sum, sum.rest]);
    let both = flow.valued.before && flow.valued.after;
    Written {
        from: from.into(),
        to: to.into(),
        accounts: cell.accounts,
        value_before: parts(flow.valued.before, cell.value_before),
        value_after: parts(flow.valued.after, cell.value_after),
        gain: parts(both, cell.gain),
        gains: both.then_some(cell.gains),
    }
}

pub(super) fn write(flow: &Flow) -> String {
    // All keys are texts and all numbers finite, so that nothing can fail.
    serde_json::to_string(flow).unwrap_or_default()
}

impl TryFrom<Value> for Flow {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        crate::document::check_limits(&value)?;
        read(&value)
    }
}

pub(super) fn read(value: &Value) -> Result<Flow> {
    read_with(value, flow)?.finite()
}

fn flow(node: &Node<'_>) -> Option<Flow> {
    let fields = node.fields(&["schema_version", "card_hash", "tiers", "value_before", "value_after", "moves"])?;
    let version = fields.need("schema_version").and_then(|node| version(&node));
    let hash = fields.get("card_hash").map_or(Some(""), |node| node.text());
    let tiers = fields.need("tiers").and_then(|node| tiers(&node));
    let flag = |name| fields.get(name).map_or(Some(false), |node| node.boolean());
    let values = [flag("value_before")?, flag("value_after")?];
    let moves = fields.need("moves").and_then(|node| node.elements());
    version?;
    let mut flow = match Flow::empty(&tiers?, values) {
        Ok(flow) => flow.with_card_hash(hash?),
        Err(error) => {
            let node = fields.get("tiers")?;
            error.issues().iter().for_each(|issue| node.report(issue.clone()));
            return None;
        }
    };
    for node in moves? {
        cell(&mut flow, &node)?;
    }
    Some(flow)
}

fn version(node: &Node<'_>) -> Option<()> {
    match node.value().as_u64() {
        Some(SCHEMA_VERSION) => return Some(()),
        Some(other) => node.report(Issue::new(Code::UnsupportedSchemaVersion).value(other).expected(SCHEMA_VERSION)),
        None => node.wrong_type("the number 1"),
    }
    None
}

fn tiers(node: &Node<'_>) -> Option<Vec<String>> {
    node.elements()?.iter().map(|node| node.text().map(str::to_owned)).collect()
}

/// Reads one way into its cell.
fn cell(flow: &mut Flow, node: &Node<'_>) -> Option<()> {
    let fields = node.fields(&["from", "to", "accounts", "value_before", "value_after", "gain", "gains"])?;
    let from = fields.need("from").and_then(|node| place(flow, &node, ENTERED));
    let to = fields.need("to").and_then(|node| place(flow, &node, LEFT));
    let accounts = fields.need("accounts").and_then(|node| whole(&node));
    let valued = flow.valued;
    let both = valued.before && valued.after;
    let read = Cell {
        value_before: sum(&fields, "value_before", valued.before)?,
        value_after: sum(&fields, "value_after", valued.after)?,
        gain: sum(&fields, "gain", both)?,
        gains: if both { fields.need("gains").and_then(|node| whole(&node))? } else { 0 },
        accounts: accounts?,
    };
    let (from, to) = (from?, to?);
    let place = flow.place(from, to);
    let outside = from == flow.outside() && to == flow.outside();
    match flow.cells.get_mut(place).filter(|cell| cell.accounts == 0 && !outside) {
        Some(cell) => *cell = read,
        None => {
            let code = if outside { Code::UnknownChoice } else { Code::DuplicateId };
            node.report(Issue::new(code).expected("each way once, and none from entered to left"));
            return None;
        }
    }
    Some(())
}

fn place(flow: &Flow, node: &Node<'_>, outside: &str) -> Option<usize> {
    let text = node.text()?;
    let place = flow.names(outside).position(|name| name == text);
    if place.is_none() {
        let names: Vec<&str> = flow.names(outside).collect();
        let help = suggest(text, names.iter().copied());
        node.report(Issue::new(Code::UnknownTier).value(format!("{text:?}")).help(help));
    }
    place
}

fn whole(node: &Node<'_>) -> Option<u64> {
    let number = node.number_in(0.0, LARGEST)?;
    if number.fract() != 0.0 {
        node.wrong_type("a whole number");
        return None;
    }
    Some(number as u64)
}

/// A sum that must be there if values were summed, and must not be otherwise.
fn sum(fields: &Fields<'_>, name: &str, given: bool) -> Option<Sum> {
    if given {
        let [sum, rest] = fields.need(name)?.pair()?;
        return Some(Sum { sum, rest });
    }
    match fields.get(name) {
        None => Some(Sum::default()),
        Some(node) => {
            node.report(Issue::new(Code::UnknownField).help("the flow says that it has no such values"));
            None
        }
    }
}
