//! From loose values to a checked document, with everything that is wrong at once.

mod rules;

use super::curve::Scope;
use super::document::{
    Aggregate, Curve, DEFAULT_MIN_COVERAGE, DEFAULT_SCALE, DEFAULT_WEIGHT, Dimension, Document, Item, Labels, Missing,
    Source, Tier,
};
use super::{curve, predicate};
use crate::document::{Fields, LIMITS, Node, values};
use crate::error::{Code, Issue};
use std::collections::{HashMap, HashSet};

/// Columns of the results that no dimension may be named like.
const RESERVED: [&str; 9] =
    ["score", "tier", "status", "coverage", "raw_score", "variant", "adjustments", "error_code", "error_item"];
const RESERVED_PREFIX: &str = "state_";

/// Columns that stand beside the account in the results of some operation.
const BESIDE_ACCOUNT: [&str; 16] = [
    "dimension",
    "item",
    "line",
    "value",
    "state",
    "points",
    "weight",
    "effective_weight",
    "contribution",
    "next_tier",
    "rank",
    "needed",
    "needed_value",
    "needed_points",
    "cost",
    "reason",
];

/// Whether the account column must not have this name: a result would have two columns of it.
pub(super) fn clashes_with_results(account: &str, document: &Document) -> bool {
    is_result_column(account) || document.dimensions.iter().any(|dimension| dimension.id == account)
}

fn is_result_column(name: &str) -> bool {
    RESERVED.contains(&name) || BESIDE_ACCOUNT.contains(&name) || name.starts_with(RESERVED_PREFIX)
}

const MOST_DIMENSIONS: usize = 200;
const DEEPEST_DIMENSION: usize = 8;
const MOST_TIERS: usize = 12;

/// Values of a card, counted for itself and once for each variant.
const MOST_VALUES_OF_VARIANTS: usize = 2_000_000;

/// Reads a card; `None` when there were errors, which the reader then holds.
pub(super) fn card(node: &Node<'_>) -> Option<Document> {
    let fields = node.fields(&[
        "schema_version",
        "scorecard",
        "labels",
        "account",
        "scale",
        "min_coverage",
        "aggregate",
        "rounding",
        "dimensions",
        "tiers",
        "hysteresis",
        "variants",
        "grace",
        "frozen_when",
        "adjustments",
    ])?;
    if !variants_fit(node, &fields) {
        return None;
    }
    let schema_version = fields.need("schema_version").and_then(|n| schema_version(&n));
    let scorecard = fields.need("scorecard").and_then(|n| n.id());
    let account = fields.get("account").map(|n| column(&n));
    let scale = fields.get("scale").map_or(Some(DEFAULT_SCALE), |n| scale(&n));
    let min_coverage = fields.get("min_coverage").map_or(Some(DEFAULT_MIN_COVERAGE), |n| n.number_in(0.0, 1.0));
    // A wrong scale is one issue; points are then not held against it.
    let mut reader = CardReader { scale: scale.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]), ..CardReader::default() };
    let dimensions = fields.need("dimensions").and_then(|n| reader.dimensions(&n, 1, true));
    let aggregate = aggregate(&fields, reader.scale);
    let rounding = optional(&fields, "rounding", rules::rounding);
    let tiers = fields.get("tiers").map_or(Some(Vec::new()), |n| reader.tiers(&n));
    let rules = rules::read(&fields, &reader, tiers.as_deref());
    if let Some(Some(account)) = &account
        && (is_result_column(account) || reader.top.contains(account))
        && let Some(node) = fields.get("account")
    {
        node.report(Issue::new(Code::ReservedId).value(account).help("the results have a column of that name"));
    }
    let document = Document {
        schema_version: schema_version?,
        scorecard: scorecard?,
        labels: labels(&fields)?,
        account: account.map_or(Some(None), |a| a.map(Some))?,
        scale: scale?,
        min_coverage: min_coverage?,
        aggregate: aggregate?,
        rounding: rounding?,
        dimensions: dimensions?,
        tiers: tiers?,
        hysteresis: None,
        variants: Vec::new(),
        grace: None,
        frozen_when: None,
        adjustments: Vec::new(),
    };
    rules::complete(document, rules?, &fields)
}

/// Whether the variants, each of which is compiled as a card of its own, do not come to too much.
fn variants_fit(node: &Node<'_>, fields: &Fields<'_>) -> bool {
    let Some(variants) = fields.get("variants") else { return true };
    let count = variants.value().as_array().map_or(0, Vec::len);
    let values = values(node.value()).saturating_mul(count + 1);
    if values > MOST_VALUES_OF_VARIANTS {
        let expected = format!("a card whose values times the variants are at most {MOST_VALUES_OF_VARIANTS}");
        variants.report(Issue::new(Code::DocumentTooComplex).value(values).expected(expected));
    }
    values <= MOST_VALUES_OF_VARIANTS
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

fn scale(node: &Node<'_>) -> Option<[f64; 2]> {
    let [low, high] = node.pair()?;
    if low < high && low >= -LARGEST_SCORE && high <= LARGEST_SCORE {
        return Some([low, high]);
    }
    let expected = format!("[worst, best], rising, within ±{LARGEST_SCORE:e}");
    node.report(Issue::new(Code::InvalidScale).value(format!("[{low}, {high}]")).expected(expected));
    None
}

/// Scores stay within this, so that sums of them times weights, and products of two, stay finite.
const LARGEST_SCORE: f64 = 1e100;

/// Numbers in a card stay below this, so that sums and differences of them stay finite.
const LARGEST: f64 = 1e300;

fn labels(fields: &Fields<'_>) -> Option<Labels> {
    texts(fields, "labels")
}

/// Texts by language; none given, or `{}`, as the canonical form writes it, are no texts.
fn texts(fields: &Fields<'_>, name: &str) -> Option<Labels> {
    let Some(node) = fields.get(name).filter(|n| !n.value().as_object().is_some_and(|map| map.is_empty())) else {
        return Some(Labels::new());
    };
    let entries = node.entries()?;
    entries.into_iter().map(|(language, text)| Some((language.to_owned(), text.text()?.to_owned()))).collect()
}

/// A column's name: any text that is not empty.
pub(super) fn column(node: &Node<'_>) -> Option<String> {
    let name = node.text()?;
    if name.is_empty() {
        node.report(Issue::new(Code::EmptyList).expected("the name of a column"));
        return None;
    }
    Some(name.to_owned())
}

/// How parts are put together; `sum` alone takes all its defaults.
fn aggregate(fields: &Fields<'_>, [worst, best]: [f64; 2]) -> Option<Aggregate> {
    let Some(node) = fields.get("aggregate") else { return Some(Aggregate::Mean) };
    let sum = Aggregate::Sum { start: 0.0, min: worst, max: best };
    if !node.value().is_object() {
        return node.choice(&[
            ("mean", Aggregate::Mean),
            ("min", Aggregate::Min),
            ("max", Aggregate::Max),
            ("geometric", Aggregate::Geometric),
            ("sum", sum),
        ]);
    }
    let fields = node.fields(&["sum"])?.need("sum")?.fields(&["start", "min", "max"])?;
    let on_scale = |name, default| fields.get(name).map_or(Some(default), |n| n.number_in(worst, best));
    let start = fields.get("start").map_or(Some(0.0), |n| n.number_in(SUMMANDS[0], SUMMANDS[1]));
    let (min, max) = (on_scale("min", worst), on_scale("max", best));
    let (start, min, max) = (start?, min?, max?);
    if min >= max {
        fields.report(Issue::new(Code::NumberOutOfRange).value(format!("{min} to {max}")).expected("min below max"));
        return None;
    }
    Some(Aggregate::Sum { start, min, max })
}

/// What points in a sum may be, so that sums of them are finite and keep their digits.
pub(super) const SUMMANDS: [f64; 2] = [-1e12, 1e12];

/// A list of column names, each once.
fn columns(node: &Node<'_>) -> Option<Vec<String>> {
    let names: Option<Vec<String>> = node.list()?.iter().map(column).collect();
    let names = names?;
    let mut seen = HashSet::new();
    if let Some(twice) = names.iter().find(|name| !seen.insert(name.as_str())) {
        node.report(Issue::new(Code::DuplicateId).value(format!("{twice:?}")));
        return None;
    }
    Some(names)
}

/// Reads dimensions and items, knowing the scale and the ids so far.
#[derive(Default)]
pub(super) struct CardReader {
    scale: [f64; 2],
    /// Every id, and for items what a curve of theirs must fit.
    ids: HashMap<String, Option<Fit>>,
    /// Ids of the top dimensions.
    top: HashSet<String>,
    dimensions: usize,
    /// Items so far.
    count: usize,
}

/// What the curve of an item must fit.
#[derive(Clone)]
struct Fit {
    source: Source,
    in_sum: bool,
    dated: bool,
}

impl CardReader {
    fn dimensions(&mut self, node: &Node<'_>, depth: usize, required: bool) -> Option<Vec<Dimension>> {
        let list = if required { node.list()? } else { node.elements()? };
        self.dimensions += list.len();
        if depth > DEEPEST_DIMENSION || self.dimensions > MOST_DIMENSIONS {
            let expected = format!("at most {MOST_DIMENSIONS} dimensions, {DEEPEST_DIMENSION} levels deep");
            node.report(Issue::new(Code::TooManyEntries).expected(expected));
            return None;
        }
        let read: Vec<Option<Dimension>> = list.iter().map(|n| self.dimension(n, depth)).collect();
        if required {
            weights_count(node, read.iter().map(|d| d.as_ref().map(|d| d.weight)));
        }
        read.into_iter().collect()
    }

    fn dimension(&mut self, node: &Node<'_>, depth: usize) -> Option<Dimension> {
        let fields = node.fields(&["id", "labels", "weight", "aggregate", "rounding", "dimensions", "items"])?;
        let id = fields.need("id").and_then(|n| self.new_id(&n, depth == 1));
        let weight = fields.get("weight").map_or(Some(DEFAULT_WEIGHT), |n| weight(&n));
        let aggregate = aggregate(&fields, self.scale);
        let rounding = optional(&fields, "rounding", rules::rounding);
        let in_sum = aggregate.is_some_and(|aggregate| aggregate.is_sum());
        let dimensions = fields.get("dimensions").map_or(Some(Vec::new()), |n| self.dimensions(&n, depth + 1, false));
        let items = fields.get("items").map_or(Some(Vec::new()), |n| self.items(&n, in_sum));
        let (dimensions, items) = (dimensions?, items?);
        if dimensions.is_empty() && items.is_empty() {
            fields.report(Issue::new(Code::EmptyList).expected("at least one item or dimension"));
            return None;
        }
        let parts = dimensions.iter().map(|d| d.weight).chain(items.iter().map(|i| i.weight));
        weights_count(node, parts.map(Some));
        Some(Dimension {
            id: id?,
            labels: labels(&fields)?,
            weight: weight?,
            aggregate: aggregate?,
            rounding: rounding?,
            dimensions,
            items,
        })
    }

    fn items(&mut self, node: &Node<'_>, in_sum: bool) -> Option<Vec<Item>> {
        let list = node.elements()?;
        self.count += list.len();
        if self.count > LIMITS.entries {
            let expected = format!("at most {} items in a card", LIMITS.entries);
            node.report(Issue::new(Code::TooManyEntries).value(self.count).expected(expected));
            return None;
        }
        let read: Vec<Option<Item>> = list.iter().map(|n| self.item(n, in_sum)).collect();
        read.into_iter().collect()
    }

    fn item(&mut self, node: &Node<'_>, in_sum: bool) -> Option<Item> {
        let fields = node.fields(&[
            "id",
            "labels",
            "source",
            "curve",
            "weight",
            "missing",
            "observed_at",
            "warn_after_days",
            "expire_after_days",
            "applies_when",
            "opted_out_when",
        ])?;
        let id = fields.need("id").and_then(|n| self.new_id(&n, false));
        let source = match fields.get("source") {
            Some(node) => source(&node),
            None => id.clone().map(Source::Column),
        };
        let scope = self.scope(in_sum);
        let dated = fields.get("observed_at").is_some();
        let curve_node = fields.need("curve");
        let curve = curve_node.as_ref().and_then(|n| curve::read(n, &scope));
        let decays = curve.as_ref().is_some_and(|curve| curve.decay.is_some());
        if let (Some(id), Some(source)) = (&id, &source) {
            let fit = Fit { source: source.clone(), in_sum, dated };
            if let (Some(curve), Some(node)) = (&curve, &curve_node) {
                curve_fits(node, &curve.kind, source);
                decay_fits(node, decays, &fit);
            }
            self.ids.insert(id.clone(), Some(fit));
        }
        let weight = fields.get("weight").map_or(Some(DEFAULT_WEIGHT), |n| weight(&n));
        let missing = fields.get("missing").map_or(Some(Missing::Exclude), |n| missing(&n, &scope));
        let observed_at = optional(&fields, "observed_at", column);
        let days = |name| optional(&fields, name, |n| n.number_in(0.0, LARGEST));
        let (warn_after_days, expire_after_days) = (days("warn_after_days"), days("expire_after_days"));
        freshness(&fields, warn_after_days.flatten(), expire_after_days.flatten(), decays);
        let applies_when = optional(&fields, "applies_when", predicate::read);
        let opted_out_when = optional(&fields, "opted_out_when", predicate::read);
        Some(Item {
            id: id?,
            labels: labels(&fields)?,
            source: source?,
            curve: curve?,
            weight: weight?,
            missing: missing?,
            observed_at: observed_at?,
            warn_after_days: warn_after_days?,
            expire_after_days: expire_after_days?,
            applies_when: applies_when?,
            opted_out_when: opted_out_when?,
        })
    }

    /// An id that the card does not have yet.
    fn new_id(&mut self, node: &Node<'_>, is_column: bool) -> Option<String> {
        let id = node.id()?;
        if self.ids.insert(id.clone(), None).is_some() {
            node.report(Issue::new(Code::DuplicateId).value(format!("{id:?}")).help("ids are unique across the card"));
            return None;
        }
        if is_column && (RESERVED.contains(&id.as_str()) || id.starts_with(RESERVED_PREFIX)) {
            let help = format!("results have these columns: {}, {RESERVED_PREFIX}…", RESERVED.join(", "));
            node.report(Issue::new(Code::ReservedId).value(format!("{id:?}")).help(help));
            return None;
        }
        if is_column {
            self.top.insert(id.clone());
        }
        Some(id)
    }

    /// What points may be, within or outside a sum.
    fn scope(&self, in_sum: bool) -> Scope {
        let bounds = if in_sum { SUMMANDS } else { self.scale };
        Scope { scale: self.scale, bounds }
    }

    fn tiers(&self, node: &Node<'_>) -> Option<Vec<Tier>> {
        let list = node.elements()?;
        if list.len() == 1 || list.len() > MOST_TIERS {
            let expected = format!("none, or 2 to {MOST_TIERS}");
            let code = if list.len() == 1 { Code::EmptyList } else { Code::TooManyEntries };
            node.report(Issue::new(code).value(format!("{} tiers", list.len())).expected(expected));
            return None;
        }
        let tiers: Vec<Option<Tier>> = list.iter().map(tier).collect();
        let tiers: Vec<Tier> = tiers.into_iter().collect::<Option<_>>()?;
        self.check_tiers(&list, &tiers).then_some(tiers)
    }

    fn check_tiers(&self, nodes: &[Node<'_>], tiers: &[Tier]) -> bool {
        let [low, high] = self.scale;
        let mut good = true;
        let mut ids = HashSet::new();
        for (i, (node, tier)) in nodes.iter().zip(tiers).enumerate() {
            let previous = i.checked_sub(1).map(|before| tiers[before].from);
            let issue = if !ids.insert(&tier.id) {
                Issue::new(Code::DuplicateId).value(format!("{:?}", tier.id))
            } else if previous.is_some_and(|from| tier.from <= from) {
                Issue::new(Code::TiersUnordered).value(tier.from).expected("a `from` above that of the tier before")
            } else if low.is_finite() && (i == 0 && tier.from != low || tier.from > high || tier.from < low) {
                let expected =
                    if i == 0 { format!("{low}, the bottom of the scale") } else { format!("{low} to {high}") };
                Issue::new(Code::TiersOutsideScale).value(tier.from).expected(expected)
            } else {
                continue;
            };
            node.report(issue);
            good = false;
        }
        good
    }
}

fn missing(node: &Node<'_>, scope: &Scope) -> Option<Missing> {
    if node.value().is_string() {
        return node.choice(&[
            ("exclude", Missing::Exclude),
            ("neutral", Missing::Neutral),
            ("worst", Missing::Worst),
            ("best", Missing::Best),
        ]);
    }
    if !node.value().is_object() {
        node.wrong_type("exclude, neutral, worst, best or {points: …}");
        return None;
    }
    let points = node.fields(&["points"])?.need("points")?;
    scope.points(&points).map(Missing::Points)
}

/// An optional field: `Some(None)` when it is not there, `None` when it is wrong.
fn optional<T>(fields: &Fields<'_>, name: &str, read: impl Fn(&Node<'_>) -> Option<T>) -> Option<Option<T>> {
    fields.get(name).map_or(Some(None), |node| read(&node).map(Some))
}

fn freshness(fields: &Fields<'_>, warn: Option<f64>, expire: Option<f64>, decays: bool) {
    let dated = fields.get("observed_at").is_some();
    if dated && warn.is_none() && expire.is_none() && !decays {
        let expected = "warn_after_days or expire_after_days beside observed_at, or a curve with decay";
        fields.report(Issue::new(Code::MissingField).expected(expected));
    }
    if !dated && (warn.is_some() || expire.is_some()) {
        fields.report(Issue::new(Code::MissingField).expected("observed_at, the date column that ages are taken from"));
    }
    if let (Some(warn), Some(expire), Some(node)) = (warn, expire, fields.get("expire_after_days"))
        && expire < warn
    {
        node.report(Issue::new(Code::NumberOutOfRange).value(expire).expected("at least warn_after_days"));
    }
}

fn weight(node: &Node<'_>) -> Option<f64> {
    let weight = node.number()?;
    if weight < 0.0 {
        node.report(Issue::new(Code::NegativeWeight).value(weight).expected("0 or more"));
        return None;
    }
    if weight > 1e12 || weight > 0.0 && weight < 1e-12 {
        node.report(Issue::new(Code::NumberOutOfRange).value(weight).expected("0, or 1e-12 to 1e12"));
        return None;
    }
    Some(weight)
}

/// At least one of the weights must count; those that could not be read are not held against the list.
fn weights_count(node: &Node<'_>, mut weights: impl Iterator<Item = Option<f64>>) {
    if weights.all(|weight| weight == Some(0.0)) {
        node.report(Issue::new(Code::AllWeightsZero).expected("at least one weight above 0"));
    }
}

fn source(node: &Node<'_>) -> Option<Source> {
    const KNOWN: [&str; 6] = ["column", "ratio", "days_since", "days_until", "change", "count_true"];
    let (name, value) = node.fields(&KNOWN)?.only(&KNOWN)?;
    match name {
        "column" => column(&value).map(Source::Column),
        "days_since" => column(&value).map(Source::DaysSince),
        "days_until" => column(&value).map(Source::DaysUntil),
        "count_true" => columns(&value).map(Source::CountTrue),
        "change" => two_columns(&value, "two columns [now, earlier]").map(Source::Change),
        _ => two_columns(&value, "two columns [numerator, denominator]").map(Source::Ratio),
    }
}

fn two_columns(node: &Node<'_>, expected: &str) -> Option<[String; 2]> {
    let columns = node.list()?.iter().map(column).collect::<Option<Vec<_>>>()?;
    columns.try_into().map_err(|_| node.wrong_type(expected)).ok()
}

/// An old reading needs a date.
fn decay_fits(node: &Node<'_>, decays: bool, fit: &Fit) {
    if decays && !fit.dated {
        let expected = "observed_at on the item, the date column that the age is taken from";
        node.report(Issue::new(Code::MissingField).expected(expected));
    }
}

/// Flags and categories are read from columns; ages from dates.
fn curve_fits(node: &Node<'_>, curve: &Curve, source: &Source) {
    let fits = match curve {
        Curve::Flag { .. } | Curve::Map(_) => matches!(source, Source::Column(_)),
        Curve::Recency(_) => matches!(source, Source::Column(_) | Source::DaysSince(_)),
        _ => true,
    };
    if !fits {
        node.report(Issue::new(Code::CurveSourceMismatch).expected(match curve {
            Curve::Recency(_) => "a source of days: days_since, or a column of days",
            _ => "the source to be a column",
        }));
    }
}

fn tier(node: &Node<'_>) -> Option<Tier> {
    let fields = node.fields(&["id", "labels", "from", "color"])?;
    let id = fields.need("id").and_then(|n| n.id());
    let from = fields.need("from").and_then(|n| n.number());
    let color = optional(&fields, "color", |n| {
        let text = n.text()?;
        let hex = text.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|c| c.is_ascii_hexdigit()));
        if hex.is_none() {
            n.wrong_type("a colour such as \"#27ae60\"");
        }
        hex.map(|_| text.to_owned())
    });
    Some(Tier { id: id?, labels: labels(&fields)?, from: from?, color: color? })
}
