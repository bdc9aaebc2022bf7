//! Reading a policy: all that is wrong with it at once.

use super::document::*;
use super::policy::SCHEMA_VERSION;
use crate::calendar::Fiscal;
use crate::document::{Fields, Node};
use crate::error::{Code, Issue};
use crate::money::{Currencies, Ratio, Rounding};

const FIELDS: [&str; 29] = [
    "schema_version",
    "policy",
    "labels",
    "currency",
    "currencies",
    "level",
    "boundary",
    "netting",
    "history_complete",
    "reactivation",
    "cancellation",
    "past_due_grace_days",
    "paused",
    "free_accounts",
    "kinds",
    "discounts",
    "tax",
    "normalise",
    "invoices",
    "rounding",
    "overlaps",
    "zero_length",
    "negative",
    "mixed_currencies",
    "fx",
    "reasons",
    "retention",
    "renewals",
    "calendar",
];

/// Reads a whole policy; what is wrong is reported, and then something else may stand in its place.
pub(super) fn policy(node: &Node<'_>) -> Option<Policy> {
    let fields = node.fields(&FIELDS)?;
    let version = fields.need("schema_version").and_then(|node| version(&node));
    let id = fields.need("policy").and_then(|node| node.id());
    // As the canonical form has it, there may be none.
    let filled =
        |name: &str| fields.get(name).filter(|node| !node.value().as_object().is_some_and(serde_json::Map::is_empty));
    let currencies = filled("currencies").map_or_else(Currencies::default, |node| Currencies::read(&node));
    let currency = fields.get("currency").and_then(|node| currencies.find(&node));
    let days = fields.get("past_due_grace_days").and_then(|node| node.whole_in(0, 100_000));
    Some(Policy {
        currency,
        level: choice(&fields, "level", Level::NAMED),
        boundary: choice(&fields, "boundary", Boundary::NAMED),
        netting: choice(&fields, "netting", Netting::NAMED),
        history_complete: fields.get("history_complete").and_then(|node| node.boolean()).unwrap_or(false),
        reactivation: fields.get("reactivation").and_then(|node| reactivation(&node)).unwrap_or_default(),
        cancellation: choice(&fields, "cancellation", Cancellation::NAMED),
        past_due_grace_days: days,
        paused: choice(&fields, "paused", Paused::NAMED),
        free_accounts: choice(&fields, "free_accounts", FreeAccounts::NAMED),
        kinds: fields.get("kinds").and_then(|node| kinds(&node)).unwrap_or_default(),
        discounts: choice(&fields, "discounts", Discounts::NAMED),
        tax: choice(&fields, "tax", Inclusion::NAMED),
        normalise: fields.get("normalise").and_then(|node| normalise(&node)).unwrap_or_default(),
        invoices: choice(&fields, "invoices", Invoices::NAMED),
        rounding: fields.get("rounding").and_then(|node| rounding(&node)).unwrap_or_default(),
        overlaps: choice(&fields, "overlaps", Overlaps::NAMED),
        zero_length: choice(&fields, "zero_length", ZeroLength::NAMED),
        negative: choice(&fields, "negative", Negative::NAMED),
        mixed_currencies: choice(&fields, "mixed_currencies", MixedCurrencies::NAMED),
        fx: fields.get("fx").and_then(|node| fx(&node, &currencies)),
        reasons: fields.get("reasons").and_then(|node| texts(&node)),
        retention: fields.get("retention").and_then(|node| retention(&node)).unwrap_or_default(),
        renewals: fields.get("renewals").and_then(|node| renewals(&node)).unwrap_or_default(),
        calendar: fields.get("calendar").and_then(|node| Fiscal::read(&node)).unwrap_or_default(),
        labels: filled("labels").and_then(|node| labels(&node)).unwrap_or_default(),
        schema_version: version?,
        policy: id?,
        currencies,
    })
}

fn version(node: &Node<'_>) -> Option<u64> {
    let version = node.whole_in(1, u32::MAX)?;
    if u64::from(version) > SCHEMA_VERSION {
        node.report(Issue::new(Code::UnsupportedSchemaVersion).value(version).expected(SCHEMA_VERSION));
        return None;
    }
    Some(u64::from(version))
}

fn choice<T: Copy + Default>(fields: &Fields<'_>, name: &str, named: &[(&str, T)]) -> T {
    fields.get(name).and_then(|node| node.choice(named)).unwrap_or_default()
}

fn labels(node: &Node<'_>) -> Option<std::collections::BTreeMap<String, String>> {
    node.entries()?.into_iter().map(|(language, node)| Some((language.to_owned(), node.text()?.to_owned()))).collect()
}

fn texts(node: &Node<'_>) -> Option<Vec<String>> {
    node.list()?.iter().map(|node| node.text().map(str::to_owned)).collect()
}

fn reactivation(node: &Node<'_>) -> Option<Reactivation> {
    let fields = node.fields(&["min_gap", "max_gap"])?;
    let min_gap = fields.get("min_gap").map_or(Some(Gap::Days(0)), |node| gap(&node));
    let max_gap = fields.get("max_gap").map(|node| gap(&node));
    Some(Reactivation { min_gap: min_gap?, max_gap: max_gap.flatten() })
}

fn gap(node: &Node<'_>) -> Option<Gap> {
    let text = node.text()?;
    let parts = text.split_once(' ').and_then(|(count, unit)| Some((count.parse::<u32>().ok()?, unit)));
    match parts.filter(|(count, _)| *count <= 100_000) {
        Some((count, "day" | "days")) => Some(Gap::Days(count)),
        Some((count, "month" | "months")) => Some(Gap::Months(count)),
        _ => {
            node.wrong_type("a time such as \"30 days\" or \"2 months\"");
            None
        }
    }
}

fn kinds(node: &Node<'_>) -> Option<Kinds> {
    let fields = node.fields(&["usage", "one_off", "setup", "credit"])?;
    let kind = |name| choice(&fields, name, Inclusion::NAMED);
    Some(Kinds { usage: kind("usage"), one_off: kind("one_off"), setup: kind("setup"), credit: kind("credit") })
}

fn normalise(node: &Node<'_>) -> Option<Normalise> {
    let fields = node.fields(&["day", "week", "month", "year"])?;
    let usual = Normalise::default();
    let factor = |name, usual| fields.get(name).and_then(|node| ratio(&node)).unwrap_or(usual);
    Some(Normalise {
        day: factor("day", usual.day),
        week: factor("week", usual.week),
        month: factor("month", usual.month),
        year: factor("year", usual.year),
    })
}

/// A number as text, from 0 on.
fn ratio(node: &Node<'_>) -> Option<Ratio> {
    let text = node.text()?;
    let found = Ratio::parse(text.as_bytes()).filter(|ratio| *ratio >= Ratio::ZERO);
    if found.is_none() {
        let issue = Issue::new(Code::NumberOutOfRange).value(format!("{text:?}"));
        node.report(issue.expected("a number from 0 on, such as \"30\", \"4.33\" or \"52/12\""));
    }
    found
}

fn rounding(node: &Node<'_>) -> Option<RoundingPolicy> {
    let fields = node.fields(&["scale", "mode", "at"])?;
    let scale = fields.get("scale").and_then(|node| node.whole_in(0, 9)).map(|scale| scale as u8);
    Some(RoundingPolicy {
        scale,
        mode: choice(&fields, "mode", &Rounding::NAMED),
        at: choice(&fields, "at", RoundAt::NAMED),
    })
}

fn fx(node: &Node<'_>, currencies: &Currencies) -> Option<Fx> {
    let fields = node.fields(&["currency", "movements_at", "missing"])?;
    let currency = fields.need("currency").and_then(|node| currencies.find(&node));
    let movements_at = choice(&fields, "movements_at", MovementsAt::NAMED);
    Some(Fx { currency: currency?, movements_at, missing: choice(&fields, "missing", MissingRate::NAMED) })
}

fn retention(node: &Node<'_>) -> Option<RetentionPolicy> {
    let fields = node.fields(&["net", "gross", "logo"])?;
    Some(RetentionPolicy {
        net: choice(&fields, "net", NetFormula::NAMED),
        gross: choice(&fields, "gross", GrossFormula::NAMED),
        logo: choice(&fields, "logo", LogoFormula::NAMED),
    })
}

fn renewals(node: &Node<'_>) -> Option<RenewalPolicy> {
    let fields = node.fields(&["timing", "grace_days"])?;
    let grace_days = fields.get("grace_days").and_then(|node| node.whole_in(0, 100_000)).unwrap_or(0);
    Some(RenewalPolicy { timing: choice(&fields, "timing", Timing::NAMED), grace_days })
}
