//! From loose values to a checked document, with everything that is wrong at once.

use super::document::{
    Activity, Choice, DEFAULT_CHURN, DEFAULT_SEATS, Document, Health, Interval, Measure, Plan, Reactivation, Segment,
    Trial, UsageItem,
};
use super::model::{self, MOST_SEATS, exponent};
use crate::document::{Fields, Node};
use crate::error::{Code, Issue, suggest};
use crate::table::write_decimal;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// The most accounts that a book can have.
const MOST_ACCOUNTS: u64 = 1_000_000_000_000;
/// Beyond this, floats skip some whole numbers, and the canonical form would not read back.
const LARGEST_SEED: u64 = 1 << 53;
const MOST_MONTHS: u32 = 600;
const MOST_CHOICES: usize = 100;
const MOST_ITEMS: usize = 64;
/// The highest price of a seat and month in minor units.
const HIGHEST_PRICE: i64 = 1_000_000_000_000;

/// Columns that stand beside the usage items.
const RESERVED: [&str; 2] = ["account", "month"];

/// Reads a simulation; `None` when there were errors, which the reader then holds.
pub(super) fn document(node: &Node<'_>) -> Option<Document> {
    let fields = node.fields(&[
        "schema_version",
        "simulation",
        "labels",
        "seed",
        "accounts",
        "from",
        "months",
        "currency",
        "opening",
        "growth",
        "trial",
        "health",
        "segments",
        "plans",
        "first_renewal",
        "upgrade",
        "downgrade",
        "plan_change",
        "reactivation",
        "reasons",
        "reason_given",
        "owners",
        "countries",
        "activity",
        "usage",
    ])?;
    let default = Document::default();
    let schema_version = read(&fields, "schema_version", default.schema_version, schema_version);
    let simulation = read(&fields, "simulation", default.simulation, |n| n.id());
    let labels = labels(&fields);
    let seed = read(&fields, "seed", default.seed, |n| whole(n, 0, LARGEST_SEED));
    let accounts = read(&fields, "accounts", default.accounts, |n| whole(n, 1, MOST_ACCOUNTS));
    let from = read(&fields, "from", default.from, first_of_month);
    let months = read(&fields, "months", default.months, |n| n.whole_in(1, MOST_MONTHS));
    let currency = read(&fields, "currency", default.currency, currency);
    // A wrong currency is one issue; prices are then read with the digits that they have.
    let scale = currency.as_deref().and_then(exponent);
    let opening = share(&fields, "opening", default.opening);
    let growth = read(&fields, "growth", default.growth, |n| n.number_in(-0.5, 0.5));
    let trial = read(&fields, "trial", default.trial, trial);
    let health = read(&fields, "health", default.health, health);
    let plans = match fields.get("plans") {
        Some(node) => each(&node, |n| plan(n, scale), |plan| &plan.id),
        None => Some(priced(default.plans, scale.unwrap_or(2))),
    };
    if let (Some(plans), Some(node)) = (&plans, fields.get("plans")) {
        some_weight(&node, plans.iter().map(|plan| plan.share));
    }
    let known: Option<Vec<&str>> = plans.as_ref().map(|plans| plans.iter().map(|plan| plan.id.as_str()).collect());
    let segments = match fields.get("segments") {
        Some(node) => each(&node, |n| segment(n, known.as_deref()), |segment| &segment.id),
        None => Some(default.segments),
    };
    if let (Some(segments), Some(node)) = (&segments, fields.get("segments")) {
        some_weight(&node, segments.iter().map(|segment| segment.share));
    }
    let first_renewal = read(&fields, "first_renewal", default.first_renewal, |n| n.number_in(0.0, 100.0));
    let upgrade = share(&fields, "upgrade", default.upgrade);
    let downgrade = share(&fields, "downgrade", default.downgrade);
    let plan_change = share(&fields, "plan_change", default.plan_change);
    let reactivation = read(&fields, "reactivation", default.reactivation, reactivation);
    let reasons = choices(&fields, "reasons", default.reasons);
    let reason_given = share(&fields, "reason_given", default.reason_given);
    let owners = choices(&fields, "owners", default.owners);
    let countries = choices(&fields, "countries", default.countries);
    let activity = read(&fields, "activity", default.activity, activity);
    let usage = read(&fields, "usage", default.usage, usage);
    Some(Document {
        schema_version: schema_version?,
        simulation: simulation?,
        labels: labels?,
        seed: seed?,
        accounts: accounts?,
        from: from?,
        months: months?,
        currency: currency?,
        opening: opening?,
        growth: growth?,
        trial: trial?,
        health: health?,
        segments: segments?,
        plans: plans?,
        first_renewal: first_renewal?,
        upgrade: upgrade?,
        downgrade: downgrade?,
        plan_change: plan_change?,
        reactivation: reactivation?,
        reasons: reasons?,
        reason_given: reason_given?,
        owners: owners?,
        countries: countries?,
        activity: activity?,
        usage: usage?,
    })
}

/// A field, or its default when it is not given.
fn read<T>(fields: &Fields<'_>, name: &str, default: T, read: impl FnOnce(&Node<'_>) -> Option<T>) -> Option<T> {
    fields.get(name).map_or(Some(default), |node| read(&node))
}

fn share(fields: &Fields<'_>, name: &str, default: f64) -> Option<f64> {
    read(fields, name, default, |node| node.number_in(0.0, 1.0))
}

fn schema_version(node: &Node<'_>) -> Option<u64> {
    let Some(version) = node.value().as_u64() else {
        node.wrong_type("the number 1");
        return None;
    };
    if version == super::SCHEMA_VERSION {
        return Some(version);
    }
    let issue = Issue::new(Code::UnsupportedSchemaVersion).value(version).expected(super::SCHEMA_VERSION);
    node.report(if version > super::SCHEMA_VERSION { issue.help("update the library") } else { issue });
    None
}

fn labels(fields: &Fields<'_>) -> Option<BTreeMap<String, String>> {
    let Some(node) = fields.get("labels").filter(|n| !n.value().as_object().is_some_and(|map| map.is_empty())) else {
        return Some(BTreeMap::new());
    };
    let entries = node.entries()?;
    entries.into_iter().map(|(language, text)| Some((language.to_owned(), text.text()?.to_owned()))).collect()
}

/// A whole number, which may be larger than 32 bits hold.
fn whole(node: &Node<'_>, low: u64, high: u64) -> Option<u64> {
    let number = node.number()?;
    if number.fract() != 0.0 {
        node.wrong_type("a whole number");
        return None;
    }
    if (low as f64..=high as f64).contains(&number) {
        return Some(number as u64);
    }
    node.report(Issue::new(Code::NumberOutOfRange).value(number).expected(format!("{low} to {high}")));
    None
}

fn first_of_month(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    if model::first_of_month(text).is_some() {
        return Some(text.to_owned());
    }
    let expected = "the first day of a month from 1900 to 2999, such as 2023-01-01";
    node.report(Issue::new(Code::InvalidDate).value(format!("{text:?}")).expected(expected));
    None
}

fn currency(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    if exponent(text).is_some() {
        return Some(text.to_owned());
    }
    node.report(
        Issue::new(Code::UnknownCurrency).value(format!("{text:?}")).expected("a code of ISO 4217, such as JPY"),
    );
    None
}

fn trial(node: &Node<'_>) -> Option<Trial> {
    let fields = node.fields(&["share", "days"])?;
    let default = Trial::default();
    let share = share(&fields, "share", default.share);
    let days = read(&fields, "days", default.days, |n| n.whole_in(1, 90));
    Some(Trial { share: share?, days: days? })
}

fn health(node: &Node<'_>) -> Option<Health> {
    let fields = node.fields(&["persistence", "effect"])?;
    let default = Health::default();
    let persistence = share(&fields, "persistence", default.persistence);
    let effect = read(&fields, "effect", default.effect, effect);
    Some(Health { persistence: persistence?, effect: effect? })
}

/// An effect on a logarithm: larger ones would make a few accounts all that happens.
fn effect(node: &Node<'_>) -> Option<f64> {
    node.number_in(-3.0, 3.0)
}

fn activity(node: &Node<'_>) -> Option<Activity> {
    let fields = node.fields(&["daily", "effect"])?;
    let default = Activity::default();
    let daily = read(&fields, "daily", default.daily, |n| n.number_in(0.0, 10.0));
    let effect = read(&fields, "effect", default.effect, effect);
    Some(Activity { daily: daily?, effect: effect? })
}

fn reactivation(node: &Node<'_>) -> Option<Reactivation> {
    let fields = node.fields(&["probability", "gap"])?;
    let default = Reactivation::default();
    let probability = share(&fields, "probability", default.probability);
    let gap = read(&fields, "gap", default.gap, |n| span(n, 1, MOST_MONTHS));
    Some(Reactivation { probability: probability?, gap: gap? })
}

/// A least and a most, `[low, high]`.
fn span(node: &Node<'_>, least: u32, most: u32) -> Option<[u32; 2]> {
    let [low, high] = node.pair()?;
    let whole = low.fract() == 0.0 && high.fract() == 0.0;
    let fits = whole && f64::from(least) <= low && low <= high && high <= f64::from(most);
    if !fits {
        let expected = format!("two whole numbers [least, most] from {least} to {most}");
        node.report(Issue::new(Code::NumberOutOfRange).value(node.value()).expected(expected));
    }
    fits.then_some([low as u32, high as u32])
}

/// A list whose entries have ids of their own.
fn each<T>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Option<T>, id: impl Fn(&T) -> &String) -> Option<Vec<T>> {
    let list = node.list()?;
    if list.len() > MOST_CHOICES {
        let expected = format!("at most {MOST_CHOICES}");
        node.report(Issue::new(Code::TooManyEntries).value(list.len()).expected(expected));
        return None;
    }
    let mut seen = HashSet::new();
    let read: Vec<Option<T>> = list
        .iter()
        .map(|node| {
            let entry = read(node)?;
            if seen.insert(id(&entry).clone()) {
                return Some(entry);
            }
            node.report(Issue::new(Code::DuplicateId).value(format!("{:?}", id(&entry))));
            None
        })
        .collect();
    read.into_iter().collect()
}

/// Weights of which all are zero choose nothing.
fn some_weight(node: &Node<'_>, mut weights: impl Iterator<Item = f64>) {
    if !weights.any(|weight| weight > 0.0) {
        node.report(Issue::new(Code::AllWeightsZero));
    }
}

fn weight(node: &Node<'_>) -> Option<f64> {
    let weight = node.number()?;
    if weight < 0.0 {
        node.report(Issue::new(Code::NegativeWeight).value(weight));
        return None;
    }
    // Sums of weights stay finite.
    node.number_in(0.0, 1e12)
}

fn choices(fields: &Fields<'_>, name: &str, default: Vec<Choice>) -> Option<Vec<Choice>> {
    let Some(node) = fields.get(name) else { return Some(default) };
    let choices = each(&node, choice, |choice| &choice.id)?;
    some_weight(&node, choices.iter().map(|choice| choice.weight));
    Some(choices)
}

fn choice(node: &Node<'_>) -> Option<Choice> {
    let fields = node.fields(&["id", "labels", "weight"])?;
    let id = fields.need("id").and_then(|n| n.id());
    let labels = labels(&fields);
    let weight = read(&fields, "weight", 1.0, weight);
    Some(Choice { id: id?, labels: labels?, weight: weight? })
}

fn segment(node: &Node<'_>, plans: Option<&[&str]>) -> Option<Segment> {
    let fields = node.fields(&["id", "labels", "share", "churn", "seats", "plans"])?;
    let id = fields.need("id").and_then(|n| n.id());
    let labels = labels(&fields);
    let share = read(&fields, "share", 1.0, weight);
    let churn = read(&fields, "churn", DEFAULT_CHURN, |n| n.number_in(0.0, 0.99));
    let seats = read(&fields, "seats", DEFAULT_SEATS, |n| span(n, 1, MOST_SEATS));
    let plans = read(&fields, "plans", BTreeMap::new(), |n| plan_weights(n, plans));
    Some(Segment { id: id?, labels: labels?, share: share?, churn: churn?, seats: seats?, plans: plans? })
}

fn plan_weights(node: &Node<'_>, known: Option<&[&str]>) -> Option<BTreeMap<String, f64>> {
    let entries = node.entries()?;
    let read: Vec<Option<(String, f64)>> = entries
        .iter()
        .map(|(id, node)| {
            if let Some(known) = known.filter(|known| !known.contains(id)) {
                let help = suggest(id, known.iter().copied());
                node.report(Issue::new(Code::UnknownId).value(format!("{id:?}")).help(help));
                return None;
            }
            Some(((*id).to_owned(), weight(node)?))
        })
        .collect();
    let weights: BTreeMap<String, f64> = read.into_iter().collect::<Option<_>>()?;
    some_weight(node, weights.values().copied());
    Some(weights)
}

fn plan(node: &Node<'_>, scale: Option<u8>) -> Option<Plan> {
    let fields = node.fields(&["id", "labels", "monthly", "interval", "share"])?;
    let id = fields.need("id").and_then(|n| n.id());
    let labels = labels(&fields);
    let monthly = fields.need("monthly").and_then(|n| price(&n, scale));
    let words = [("month", Interval::Month), ("year", Interval::Year)];
    let interval = read(&fields, "interval", Interval::Month, |n| n.choice(&words));
    let share = read(&fields, "share", 1.0, weight);
    Some(Plan { id: id?, labels: labels?, monthly: monthly?, interval: interval?, share: share? })
}

/// A price with all the digits of its currency.
fn price(node: &Node<'_>, scale: Option<u8>) -> Option<String> {
    let text = node.text()?;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let point = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let plain = digits > 0 && text.bytes().all(|c| c.is_ascii_digit() || c == b'.') && digits + 1 >= text.len();
    if !plain || text.starts_with('.') || text.ends_with('.') {
        let issue = Issue::new(Code::InvalidAmount).value(format!("{text:?}"));
        node.report(issue.expected("an amount of 0 or more, such as \"12.50\""));
        return None;
    }
    let scale = scale?;
    if point > usize::from(scale) {
        node.report(Issue::new(Code::AmountTooPrecise).value(text).expected(format!("at most {scale} decimals")));
        return None;
    }
    match model::minor(text, scale).filter(|minor| *minor <= HIGHEST_PRICE) {
        Some(minor) => Some(write_decimal(minor.into(), scale)),
        None => {
            let expected = write_decimal(HIGHEST_PRICE.into(), scale);
            node.report(Issue::new(Code::NumberOutOfRange).value(text).expected(format!("at most {expected}")));
            None
        }
    }
}

/// The plans that the library comes with, in a currency with so many digits: 15.00 or 1500.
fn priced(mut plans: Vec<Plan>, scale: u8) -> Vec<Plan> {
    for plan in &mut plans {
        let cents = model::minor(&plan.monthly, 2).unwrap_or_default();
        let minor = i128::from(cents) * 10i128.pow(u32::from(scale.saturating_sub(2)));
        plan.monthly = write_decimal(minor, scale);
    }
    plans
}

fn usage(node: &Node<'_>) -> Option<Vec<UsageItem>> {
    if node.value().as_array().is_some_and(Vec::is_empty) {
        return Some(Vec::new());
    }
    let items = each(node, item, |item| &item.id)?;
    if items.len() > MOST_ITEMS {
        let expected = format!("at most {MOST_ITEMS}");
        node.report(Issue::new(Code::TooManyEntries).value(items.len()).expected(expected));
        return None;
    }
    Some(items)
}

fn item(node: &Node<'_>) -> Option<UsageItem> {
    let measure = measure(node.value());
    let own: &[&str] = match measure {
        Some(Measure::LastActive | Measure::Seats) => &[],
        Some(Measure::ActiveSeats) => &["mean", "effect", "noise"],
        Some(Measure::Count) => &["mean", "effect"],
        Some(Measure::Score) | None => &["mean", "effect", "noise", "range"],
    };
    let known: Vec<&str> = ["id", "labels", "measure", "missing"].iter().chain(own).copied().collect();
    let fields = node.fields(&known)?;
    let id = fields.need("id").and_then(|n| free_id(&n));
    let measure = fields.need("measure").and_then(|n| n.choice(&MEASURES));
    let labels = labels(&fields);
    let missing = share(&fields, "missing", 0.0);
    let (id, measure, labels, missing) = (id?, measure?, labels?, missing?);
    let default = UsageItem::new(id, measure);
    let means = match measure {
        Measure::ActiveSeats => [0.001, 0.999],
        Measure::Count => [0.0, 100.0],
        _ => [-1e6, 1e6],
    };
    let mean = optional(&fields, "mean", default.mean, |n| n.number_in(means[0], means[1]));
    let effect = optional(&fields, "effect", default.effect, |n| match measure {
        Measure::Count => effect(n),
        _ => n.number_in(-1000.0, 1000.0),
    });
    let noise = optional(&fields, "noise", default.noise, |n| n.number_in(0.0, 1000.0));
    let range = optional(&fields, "range", default.range, score_range);
    Some(UsageItem { labels, mean: mean?, effect: effect?, noise: noise?, range: range?, missing, ..default })
}

const MEASURES: [(&str, Measure); 5] = [
    ("last_active", Measure::LastActive),
    ("seats", Measure::Seats),
    ("active_seats", Measure::ActiveSeats),
    ("count", Measure::Count),
    ("score", Measure::Score),
];

/// What an item measures, as far as that can be told before it is read.
fn measure(value: &Value) -> Option<Measure> {
    let word = value.get("measure")?.as_str()?;
    MEASURES.iter().find(|(name, _)| *name == word).map(|(_, measure)| *measure)
}

fn free_id(node: &Node<'_>) -> Option<String> {
    let id = node.id()?;
    if RESERVED.contains(&id.as_str()) {
        node.report(Issue::new(Code::ReservedId).value(&id).help("the usage table has a column of that name"));
        return None;
    }
    Some(id)
}

/// A field that only some items have.
fn optional<T>(
    fields: &Fields<'_>,
    name: &str,
    default: Option<T>,
    read: impl FnOnce(&Node<'_>) -> Option<T>,
) -> Option<Option<T>> {
    match fields.get(name) {
        Some(node) => read(&node).map(Some),
        None => Some(default),
    }
}

fn score_range(node: &Node<'_>) -> Option<[i32; 2]> {
    let [low, high] = node.pair()?;
    let whole = low.fract() == 0.0 && high.fract() == 0.0;
    if whole && -1e6 <= low && low < high && high <= 1e6 {
        return Some([low as i32, high as i32]);
    }
    let expected = "two whole numbers [least, most] from -1000000 to 1000000, the least first";
    node.report(Issue::new(Code::NumberOutOfRange).value(node.value()).expected(expected));
    None
}
