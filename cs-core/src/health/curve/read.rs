//! Reading curves from a card.

use super::DEFAULT;
use crate::document::Node;
use crate::error::{Code, Issue};
use crate::health::document::{Band, Better, Curve, Decay, ItemCurve, Outside, Quantile, Recency, Toward};
use std::collections::BTreeMap;

/// What a curve can be, and last what may stand beside one.
const FIELDS: [&str; 11] =
    ["bands", "points", "linear", "range", "recency", "flag", "map", "manual", "saturate", "quantile", "decay"];

/// The scale, and what points may be: in a sum they may lie outside it.
pub(in crate::health) struct Scope {
    pub(in crate::health) scale: [f64; 2],
    pub(in crate::health) bounds: [f64; 2],
}

impl Scope {
    /// Points within the bounds.
    pub(in crate::health) fn points(&self, node: &Node<'_>) -> Option<f64> {
        points_within(node, node.number()?, self.bounds)
    }
}

/// x of knots stay within this, so that differences of them stay finite.
const LARGEST_X: f64 = 1e300;

/// Reads a curve whose points must lie on the scale.
pub(in crate::health) fn read(node: &Node<'_>, scope: &Scope) -> Option<ItemCurve> {
    let fields = node.fields(&FIELDS)?;
    let decay = fields.get("decay").map_or(Some(None), |n| decay(&n, scope).map(Some));
    let (name, value) = fields.only(&FIELDS[..FIELDS.len() - 1])?;
    let kind = kind(name, &value, scope);
    Some(ItemCurve { kind: kind?, decay: decay? })
}

fn kind(name: &str, value: &Node<'_>, scope: &Scope) -> Option<Curve> {
    match name {
        "bands" => bands(value, scope).map(Curve::Bands),
        "points" => knots(value, scope).map(Curve::Points),
        "linear" => linear(value, scope),
        "range" => range(value, scope.scale),
        "recency" => recency(value, scope).map(Curve::Recency),
        "flag" => flag(value, scope),
        "map" => map(value, scope),
        "saturate" => {
            let half = value.fields(&["half"])?.need("half")?;
            Some(Curve::Saturate { half: x_in_range(&half, half.positive()?)? })
        }
        "quantile" => quantile(value).map(Curve::Quantile),
        _ => value.fields(&[]).map(|_| Curve::Manual {}),
    }
}

fn decay(node: &Node<'_>, scope: &Scope) -> Option<Decay> {
    let fields = node.fields(&["half_life_days", "toward"])?;
    let half_life_days = fields.need("half_life_days").and_then(|n| n.positive());
    let toward = fields.get("toward").map_or(Some(Toward::Neutral), |n| toward(&n, scope));
    Some(Decay { half_life_days: half_life_days?, toward: toward? })
}

fn toward(node: &Node<'_>, scope: &Scope) -> Option<Toward> {
    if node.value().is_object() {
        return scope.points(&node.fields(&["points"])?.need("points")?).map(Toward::Points);
    }
    node.choice(&[("neutral", Toward::Neutral), ("worst", Toward::Worst), ("best", Toward::Best)])
}

fn quantile(node: &Node<'_>) -> Option<Quantile> {
    let fields = node.fields(&["by", "better", "fitted"])?;
    let by = fields.get("by").map_or(Some(None), |n| crate::health::read::column(&n).map(Some));
    let better = fields
        .get("better")
        .map_or(Some(Better::Higher), |n| n.choice(&[("higher", Better::Higher), ("lower", Better::Lower)]));
    let fitted = fields.get("fitted").map_or(Some(None), |n| fitted(&n).map(Some));
    if matches!(fitted, Some(None)) {
        let issue = Issue::new(Code::QuantileNotFitted).warning();
        node.report(issue.help("fit the card to a book before it scores"));
    }
    Some(Quantile { by: by?, better: better?, fitted: fitted? })
}

/// Quantiles by segment, of which one is for all that are not listed.
fn fitted(node: &Node<'_>) -> Option<BTreeMap<String, Vec<[f64; 2]>>> {
    let entries = node.entries()?;
    let all: Vec<Option<_>> = entries.iter().map(|(name, n)| Some(((*name).to_owned(), quantiles(n)?))).collect();
    let all = all.into_iter().collect::<Option<BTreeMap<_, _>>>()?;
    if !all.contains_key(DEFAULT) {
        // As a field that must be there.
        node.fields(&entries.iter().map(|(name, _)| *name).collect::<Vec<_>>())?.need(DEFAULT)?;
    }
    Some(all)
}

/// `[value, rank]` in rising order.
fn quantiles(node: &Node<'_>) -> Option<Vec<[f64; 2]>> {
    let list = node.list()?;
    let read: Vec<Option<[f64; 2]>> = list.iter().map(quantile_knot).collect();
    let knots = read.into_iter().collect::<Option<Vec<_>>>()?;
    for (pair, node) in knots.windows(2).zip(&list[1..]) {
        if !further_right(pair[0], pair[1]) {
            unordered(node, pair[1][0], pair[0][0]);
            return None;
        }
        if pair[1][1] <= pair[0][1] {
            let expected = format!("a rank above {}", pair[0][1]);
            node.report(Issue::new(Code::PointsUnordered).value(pair[1][1]).expected(expected));
            return None;
        }
    }
    Some(knots)
}

fn quantile_knot(node: &Node<'_>) -> Option<[f64; 2]> {
    let [x, rank] = node.pair()?;
    let x = x_in_range(node, x)?;
    if (0.0..=1.0).contains(&rank) {
        return Some([x, rank]);
    }
    node.report(Issue::new(Code::NumberOutOfRange).value(rank).expected("a rank, 0 to 1"));
    None
}

/// The points, if they lie within bounds.
pub(in crate::health) fn points_within(node: &Node<'_>, points: f64, [low, high]: [f64; 2]) -> Option<f64> {
    if (low..=high).contains(&points) {
        return Some(points);
    }
    node.report(Issue::new(Code::PointsOutsideScale).value(points).expected(format!("{low} to {high}")));
    None
}

fn x_in_range(node: &Node<'_>, x: f64) -> Option<f64> {
    if x.abs() <= LARGEST_X {
        return Some(x);
    }
    node.report(Issue::new(Code::NumberOutOfRange).value(x).expected(format!("−{LARGEST_X:e} to {LARGEST_X:e}")));
    None
}

/// A number that is an x: any finite number of sensible size.
fn x(node: &Node<'_>) -> Option<f64> {
    x_in_range(node, node.number()?)
}

fn knot(node: &Node<'_>, scope: &Scope) -> Option<[f64; 2]> {
    let [x, y] = node.pair()?;
    Some([x_in_range(node, x)?, points_within(node, y, scope.bounds)?])
}

/// Whether the second point lies to the right of the first, far enough for a finite slope.
fn further_right(a: [f64; 2], b: [f64; 2]) -> bool {
    b[0] > a[0] && ((b[1] - a[1]) / (b[0] - a[0])).is_finite()
}

fn unordered(node: &Node<'_>, x: f64, before: f64) {
    node.report(Issue::new(Code::PointsUnordered).value(x).expected(format!("an x above {before}")));
}

fn knots(node: &Node<'_>, scope: &Scope) -> Option<Vec<[f64; 2]>> {
    let list = node.list()?;
    if list.len() < 2 {
        node.report(Issue::new(Code::EmptyList).value("one point").expected("at least two"));
        return None;
    }
    let read: Vec<Option<[f64; 2]>> = list.iter().map(|n| knot(n, scope)).collect();
    let knots = read.into_iter().collect::<Option<Vec<_>>>()?;
    let mut rising = true;
    for (pair, node) in knots.windows(2).zip(&list[1..]) {
        if !further_right(pair[0], pair[1]) {
            unordered(node, pair[1][0], pair[0][0]);
            rising = false;
        }
    }
    rising.then_some(knots)
}

fn bands(node: &Node<'_>, scope: &Scope) -> Option<Vec<Band>> {
    let list = node.list()?;
    let read: Vec<Option<Band>> = list.iter().map(|n| band(n, scope)).collect();
    let bands = read.into_iter().collect::<Option<Vec<_>>>()?;
    let mut good = true;
    for (i, band) in bands.iter().enumerate() {
        if let Some(code) = band_fault(band, bands.get(i + 1)) {
            list[i].report(band_issue(code, band, bands.get(i + 1)));
            good = false;
        }
    }
    good.then_some(bands)
}

fn band(node: &Node<'_>, scope: &Scope) -> Option<Band> {
    let fields = node.fields(&["from", "to", "points"])?;
    let from = fields.need("from").and_then(|n| x(&n));
    let to = fields.get("to").map_or(Some(None), |n| x(&n).map(Some));
    let points = fields.need("points").and_then(|n| scope.points(&n));
    Some(Band { from: from?, to: to?, points: points? })
}

fn band_fault(band: &Band, next: Option<&Band>) -> Option<Code> {
    if band.to.is_some_and(|to| to <= band.from) || next.is_some_and(|next| next.from <= band.from) {
        return Some(Code::BandsUnordered);
    }
    let (to, next) = (band.to?, next?.from);
    if to < next {
        Some(Code::BandsGap)
    } else if to > next {
        Some(Code::BandsOverlap)
    } else {
        None
    }
}

fn band_issue(code: Code, band: &Band, next: Option<&Band>) -> Issue {
    let next = next.map_or(String::new(), |next| format!("; the next starts at {}", next.from));
    let to = band.to.map_or(String::new(), |to| format!(" to {to}"));
    Issue::new(code)
        .value(format!("a band from {}{to}{next}", band.from))
        .expected("each band to end where the next starts")
}

fn linear(node: &Node<'_>, scope: &Scope) -> Option<Curve> {
    let fields = node.fields(&["from", "to", "outside"])?;
    let from = fields.need("from").and_then(|n| knot(&n, scope));
    let to_node = fields.need("to");
    let to = to_node.as_ref().and_then(|n| knot(n, scope));
    let outside = fields.get("outside").map_or(Some(Outside::Clamp), |n| {
        n.choice(&[("clamp", Outside::Clamp), ("zero", Outside::Zero), ("exclude", Outside::Exclude)])
    });
    let (from, to, outside) = (from?, to?, outside?);
    if !further_right(from, to) {
        unordered(&to_node?, to[0], from[0]);
        return None;
    }
    Some(Curve::Linear { from, to, outside })
}

fn range(node: &Node<'_>, scale: [f64; 2]) -> Option<Curve> {
    let [worst, best] = scale.map(|bound| bound.clamp(-LARGEST_X, LARGEST_X));
    let fields = node.fields(&["zero_below", "full_from", "full_to", "zero_above"])?;
    let number = |name| fields.need(name).and_then(|n| x(&n));
    let edges = [number("zero_below"), number("full_from"), number("full_to"), number("zero_above")];
    let [Some(zero_below), Some(full_from), Some(full_to), Some(zero_above)] = edges else { return None };
    let edges_rise = |a: f64, b: f64| further_right([a, worst], [b, best]);
    if !(edges_rise(zero_below, full_from) && full_from <= full_to && edges_rise(full_to, zero_above)) {
        let got = format!("{zero_below}, {full_from}, {full_to}, {zero_above}");
        let expected = "zero_below < full_from ≤ full_to < zero_above";
        node.report(Issue::new(Code::PointsUnordered).value(got).expected(expected));
        return None;
    }
    Some(Curve::Range { zero_below, full_from, full_to, zero_above })
}

fn recency(node: &Node<'_>, scope: &Scope) -> Option<Recency> {
    const KNOWN: [&str; 2] = ["half_life_days", "points"];
    let (name, value) = node.fields(&KNOWN)?.only(&KNOWN)?;
    if name == "points" {
        knots(&value, scope).map(Recency::Points)
    } else {
        value.positive().map(Recency::HalfLifeDays)
    }
}

fn flag(node: &Node<'_>, scope: &Scope) -> Option<Curve> {
    let fields = node.fields(&["set", "unset"])?;
    let points = |name, default| fields.get(name).map_or(Some(default), |n| scope.points(&n));
    let (set, unset) = (points("set", scope.scale[1]), points("unset", scope.scale[0]));
    Some(Curve::Flag { set: set?, unset: unset? })
}

fn map(node: &Node<'_>, scope: &Scope) -> Option<Curve> {
    let entries = node.entries()?;
    let read: Vec<Option<(String, f64)>> =
        entries.iter().map(|(name, n)| Some(((*name).to_owned(), scope.points(n)?))).collect();
    let map = read.into_iter().collect::<Option<BTreeMap<_, _>>>()?;
    if !map.contains_key(DEFAULT) {
        let help = "any other category will be an error; add `default` to give it points";
        node.report(Issue::new(Code::MapWithoutDefault).warning().help(help));
    }
    Some(Curve::Map(map))
}
