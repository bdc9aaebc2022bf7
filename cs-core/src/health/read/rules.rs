//! Reading what a card says beside its items: rounding, hysteresis, variants, grace and adjustments.

use super::{CardReader, Fit, LARGEST, column, curve_fits, decay_fits, optional, predicate, texts, weight};
use crate::document::{Fields, Node};
use crate::error::{Code, Issue, suggest};
use crate::health::curve;
use crate::health::document::{
    Action, Adjustment, Dimension, Document, Grace, Hysteresis, ItemCurve, Margin, Mode, Predicate, Rounding, Tier,
    Variant,
};
use std::collections::{BTreeMap, HashSet};

const MOST_VARIANTS: usize = 20;
const MOST_ADJUSTMENTS: usize = 100;

/// What stands beside the items.
pub(super) struct Rules {
    hysteresis: Option<Hysteresis>,
    variants: Vec<Variant>,
    grace: Option<Grace>,
    frozen_when: Option<Predicate>,
    adjustments: Vec<Adjustment>,
}

/// Reads the rules of a card whose items and tiers were read; `None` when something is wrong.
pub(super) fn read(fields: &Fields<'_>, reader: &CardReader, tiers: Option<&[Tier]>) -> Option<Rules> {
    let hysteresis = optional(fields, "hysteresis", |n| hysteresis(n, reader.scale, tiers));
    let variants = list(fields, "variants", MOST_VARIANTS, |n| variant(n, reader, tiers), |v: &Variant| &v.id);
    let grace = optional(fields, "grace", grace);
    let frozen_when = optional(fields, "frozen_when", predicate::read);
    let adjustments =
        list(fields, "adjustments", MOST_ADJUSTMENTS, |n| adjustment(n, reader.scale, tiers), |a: &Adjustment| &a.id);
    Some(Rules {
        hysteresis: hysteresis?,
        variants: variants?,
        grace: grace?,
        frozen_when: frozen_when?,
        adjustments: adjustments?,
    })
}

/// The card with its rules; `None` when a variant does not fit it.
pub(super) fn complete(mut document: Document, rules: Rules, fields: &Fields<'_>) -> Option<Document> {
    document.hysteresis = rules.hysteresis;
    let nodes = fields.get("variants").and_then(|node| node.elements()).unwrap_or_default();
    let fit = rules.variants.iter().zip(&nodes).map(|(variant, node)| variant_fits(&document, variant, node));
    let fit = fit.fold(true, |all, fits| all & fits);
    document.variants = rules.variants;
    document.grace = rules.grace;
    document.frozen_when = rules.frozen_when;
    document.adjustments = rules.adjustments;
    fit.then_some(document)
}

/// A list whose entries have ids of their own.
fn list<T>(
    fields: &Fields<'_>,
    name: &str,
    most: usize,
    read: impl Fn(&Node<'_>) -> Option<T>,
    id: impl Fn(&T) -> &String,
) -> Option<Vec<T>> {
    let Some(node) = fields.get(name) else { return Some(Vec::new()) };
    let nodes = node.elements()?;
    if nodes.len() > most {
        node.report(Issue::new(Code::TooManyEntries).value(nodes.len()).expected(format!("at most {most}")));
        return None;
    }
    let all: Vec<Option<T>> = nodes.iter().map(read).collect();
    let mut seen = HashSet::new();
    for (entry, node) in all.iter().zip(&nodes) {
        if let Some(id) = entry.as_ref().map(&id).filter(|id| !seen.insert((*id).clone())) {
            node.report(Issue::new(Code::DuplicateId).value(format!("{id:?}")));
        }
    }
    all.into_iter().collect()
}

/// Reads how a number is rounded.
pub(super) fn rounding(node: &Node<'_>) -> Option<Rounding> {
    let fields = node.fields(&["decimals", "mode"])?;
    let decimals = fields.get("decimals").map_or(Some(0), |n| n.whole_in(0, 6));
    let mode = fields
        .get("mode")
        .map_or(Some(Mode::HalfEven), |n| n.choice(&[("half_even", Mode::HalfEven), ("half_up", Mode::HalfUp)]));
    Some(Rounding { decimals: decimals? as u8, mode: mode? })
}

fn hysteresis(node: &Node<'_>, scale: [f64; 2], tiers: Option<&[Tier]>) -> Option<Hysteresis> {
    let fields = node.fields(&["up", "down"])?;
    if tiers.is_some_and(<[Tier]>::is_empty) {
        node.report(Issue::new(Code::MissingField).expected("tiers, which the hysteresis is for"));
        return None;
    }
    let narrowest = tiers.map_or(f64::INFINITY, |tiers| narrowest(tiers, scale));
    let margin = |name| fields.get(name).map_or(Some(Margin::default()), |n| margin(&n, narrowest));
    let (up, down) = (margin("up"), margin("down"));
    Some(Hysteresis { up: up?, down: down? })
}

fn margin(node: &Node<'_>, narrowest: f64) -> Option<Margin> {
    let fields = node.fields(&["margin", "dwell"])?;
    let margin = fields.get("margin").map_or(Some(0.0), |n| {
        let margin = n.number_in(0.0, LARGEST)?;
        if margin > 0.0 && margin >= narrowest {
            let expected = format!("less than {narrowest}, the width of the narrowest tier");
            n.report(Issue::new(Code::HysteresisTooWide).value(margin).expected(expected));
            return None;
        }
        Some(margin)
    });
    let dwell = fields.get("dwell").map_or(Some(1), |n| n.whole_in(1, 1000));
    Some(Margin { margin: margin?, dwell: dwell? })
}

/// The width of the narrowest tier.
fn narrowest(tiers: &[Tier], [_, best]: [f64; 2]) -> f64 {
    let ends = tiers.iter().skip(1).map(|tier| tier.from).chain([best]);
    tiers.iter().zip(ends).map(|(tier, end)| end - tier.from).fold(f64::INFINITY, f64::min)
}

fn grace(node: &Node<'_>) -> Option<Grace> {
    let fields = node.fields(&["since", "days"])?;
    let since = fields.need("since").and_then(|n| column(&n));
    let days = fields.need("days").and_then(|n| n.number_in(0.0, LARGEST));
    Some(Grace { since: since?, days: days? })
}

const ACTIONS: [&str; 5] = ["cap", "floor", "add", "multiply", "force_tier"];

fn adjustment(node: &Node<'_>, scale: [f64; 2], tiers: Option<&[Tier]>) -> Option<Adjustment> {
    let fields = node.fields(&["id", "when", "cap", "floor", "add", "multiply", "force_tier", "reason"])?;
    let id = fields.need("id").and_then(|n| n.id());
    let when = fields.need("when").and_then(|n| predicate::read(&n));
    let reason = fields.need("reason").and_then(|n| {
        let reason = texts(&fields, "reason")?;
        if reason.is_empty() {
            n.report(Issue::new(Code::EmptyList).expected("a text in at least one language"));
        }
        (!reason.is_empty()).then_some(reason)
    });
    let action = fields.only(&ACTIONS).and_then(|(name, node)| action(name, &node, scale, tiers));
    Some(Adjustment { id: id?, when: when?, action: action?, reason: reason? })
}

fn action(name: &str, node: &Node<'_>, scale: [f64; 2], tiers: Option<&[Tier]>) -> Option<Action> {
    match name {
        "cap" => node.number_in(scale[0], scale[1]).map(Action::Cap),
        "floor" => node.number_in(scale[0], scale[1]).map(Action::Floor),
        "add" => node.number_in(-LARGEST, LARGEST).map(Action::Add),
        "multiply" => node.number_in(0.0, 1e12).map(Action::Multiply),
        _ => {
            let tier = node.text()?;
            known_tier(node, tier, tiers).then(|| Action::ForceTier(tier.to_owned()))
        }
    }
}

/// Whether the card has the tier; tiers that could not be read are not held against the name.
fn known_tier(node: &Node<'_>, tier: &str, tiers: Option<&[Tier]>) -> bool {
    let Some(tiers) = tiers.filter(|tiers| !tiers.iter().any(|known| known.id == tier)) else { return true };
    let help = suggest(tier, tiers.iter().map(|tier| tier.id.as_str()));
    node.report(Issue::new(Code::UnknownId).value(format!("{tier:?}")).expected("a tier of the card").help(help));
    false
}

fn variant(node: &Node<'_>, reader: &CardReader, tiers: Option<&[Tier]>) -> Option<Variant> {
    let fields = node.fields(&["id", "when", "weights", "curves", "tiers"])?;
    let id = fields.need("id").and_then(|n| n.id());
    let when = fields.need("when").and_then(|n| predicate::read(&n));
    let weights = map(&fields, "weights", |id, n| {
        let weight = weight(n);
        known(n, id, reader, false).and(weight)
    });
    let curves = map(&fields, "curves", |id, n| item_curve(id, n, reader));
    let edges = map(&fields, "tiers", |id, n| {
        let from = n.number();
        known_tier(n, id, tiers).then_some(from)?
    });
    Some(Variant { id: id?, when: when?, weights: weights?, curves: curves?, tiers: edges? })
}

/// Values by id; none when the field is not there, or empty as the canonical form would leave it out.
fn map<T>(fields: &Fields<'_>, name: &str, read: impl Fn(&str, &Node<'_>) -> Option<T>) -> Option<BTreeMap<String, T>> {
    let Some(node) = fields.get(name).filter(|n| !n.value().as_object().is_some_and(serde_json::Map::is_empty)) else {
        return Some(BTreeMap::new());
    };
    let read: Vec<_> = node.entries()?.into_iter().map(|(id, n)| Some((id.to_owned(), read(id, &n)?))).collect();
    read.into_iter().collect()
}

fn item_curve(id: &str, node: &Node<'_>, reader: &CardReader) -> Option<ItemCurve> {
    let fit = known(node, id, reader, true)?;
    let fit = fit?;
    let read = curve::read(node, &reader.scope(fit.in_sum))?;
    curve_fits(node, &read.kind, &fit.source);
    decay_fits(node, read.decay.is_some(), &fit);
    Some(read)
}

/// What is known of an id: of an item, what its curve must fit. `None` when there is no such id.
fn known(node: &Node<'_>, id: &str, reader: &CardReader, item: bool) -> Option<Option<Fit>> {
    if let Some(found) = reader.ids.get(id).filter(|found| found.is_some() || !item) {
        return Some(found.clone());
    }
    let ids = reader.ids.iter().filter(|(_, found)| found.is_some() || !item).map(|(id, _)| id.as_str());
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    let expected = if item { "an item of the card" } else { "a dimension or an item of the card" };
    let help = suggest(id, ids.iter().copied());
    node.report(Issue::new(Code::UnknownId).value(format!("{id:?}")).expected(expected).help(help));
    None
}

/// Whether the card is still a card with the variant's weights and tiers.
fn variant_fits(document: &Document, variant: &Variant, node: &Node<'_>) -> bool {
    let made = document.with_variant(variant);
    let report = |issue: Issue| {
        node.report(issue);
        false
    };
    if made.dimensions.iter().all(|d| d.weight == 0.0) || made.dimensions.iter().any(nothing_counts) {
        return report(Issue::new(Code::AllWeightsZero).expected("at least one weight above 0 in each list"));
    }
    if made.tiers.windows(2).any(|pair| pair[0].from >= pair[1].from) {
        return report(Issue::new(Code::TiersUnordered).expected("rising lower bounds"));
    }
    let [worst, best] = made.scale;
    let bottom = made.tiers.first().is_none_or(|tier| tier.from == worst);
    if !bottom || made.tiers.iter().any(|tier| !(worst..=best).contains(&tier.from)) {
        let expected = format!("the first tier at {worst}, all others up to {best}");
        return report(Issue::new(Code::TiersOutsideScale).expected(expected));
    }
    let narrowest = narrowest(&made.tiers, made.scale);
    let margin = document.hysteresis.map_or(0.0, |h| h.up.margin.max(h.down.margin));
    if margin > 0.0 && margin >= narrowest {
        let expected = format!("less than {narrowest}, the width of the variant's narrowest tier");
        return report(Issue::new(Code::HysteresisTooWide).value(margin).expected(expected));
    }
    true
}

fn nothing_counts(dimension: &Dimension) -> bool {
    let parts = dimension.dimensions.iter().map(|d| d.weight).chain(dimension.items.iter().map(|i| i.weight));
    parts.fold(0.0, f64::max) == 0.0 || dimension.dimensions.iter().any(nothing_counts)
}
