//! Cards for people: HTML for notebooks, text for terminals.

use super::Scorecard;
use super::document::{Action, Curve, Dimension, Item, Margin, Source};
use std::fmt::Write;

/// Text made safe for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) fn html(card: &Scorecard) -> String {
    let document = card.document();
    let mut out = String::new();
    let [worst, best] = document.scale;
    let _ = write!(
        out,
        "<div class=\"customer-success\"><p><b>{}</b> · {worst} to {best} · min_coverage {} · <code>{}</code></p><table><thead><tr><th>dimension</th><th>item</th><th>weight</th><th>source</th><th>curve</th></tr></thead><tbody>",
        escape(card.id()),
        document.min_coverage,
        &card.hash()[..12],
    );
    for (level, dimension) in card.walk() {
        let _ = write!(
            out,
            "<tr><th style=\"text-align:left;padding-left:{}em\">{}</th><td></td><td>{}</td><td></td><td>{}</td></tr>",
            level + 1,
            escape(&dimension.id),
            dimension.weight,
            escape(&together(dimension).join(", ")),
        );
        for item in &dimension.items {
            let cells = [item.id.clone(), item.weight.to_string(), source(item), curve(item)];
            out.push_str("<tr><td></td>");
            cells.iter().for_each(|cell| {
                let _ = write!(out, "<td>{}</td>", escape(cell));
            });
            out.push_str("</tr>");
        }
    }
    out.push_str("</tbody></table>");
    let rules = rules(card);
    if !rules.is_empty() {
        out.push_str("<ul>");
        rules.iter().for_each(|rule| {
            let _ = write!(out, "<li>{}</li>", escape(rule));
        });
        out.push_str("</ul>");
    }
    if !document.tiers.is_empty() {
        out.push_str("<p>");
        for tier in &document.tiers {
            let color = tier.color.as_deref().unwrap_or("#888888");
            let _ = write!(
                out,
                "<span style=\"border-left:1em solid {color};padding:0 1em 0 .3em\">{} from {}</span>",
                escape(&tier.id),
                tier.from,
            );
        }
        out.push_str("</p>");
    }
    out.push_str("</div>");
    out
}

pub(super) fn summary(card: &Scorecard) -> String {
    let document = card.document();
    let [worst, best] = document.scale;
    let mut out = format!("Scorecard {} ({worst} to {best}, hash {})", card.id(), &card.hash()[..12]);
    for (level, dimension) in card.walk() {
        let indent = 2 * (level + 1);
        let _ = write!(out, "\n{:indent$}{}  weight {}", "", dimension.id, dimension.weight);
        together(dimension).iter().for_each(|word| {
            let _ = write!(out, "  {word}");
        });
        for item in &dimension.items {
            let (source, curve) = (source(item), curve(item));
            let _ = write!(out, "\n{:indent$}  {}  weight {}  {source} → {curve}", "", item.id, item.weight);
        }
    }
    let tiers: Vec<String> = document.tiers.iter().map(|tier| format!("{} from {}", tier.id, tier.from)).collect();
    if !tiers.is_empty() {
        let _ = write!(out, "\n  tiers: {}", tiers.join(", "));
    }
    rules(card).iter().for_each(|rule| {
        let _ = write!(out, "\n  {rule}");
    });
    out
}

/// What the card says beside its items and tiers, a line each.
fn rules(card: &Scorecard) -> Vec<String> {
    let document = card.document();
    let mut lines = Vec::new();
    if !document.aggregate.is_mean() {
        lines.push(format!("score: {} of the dimensions", document.aggregate.name()));
    }
    if let Some(rounding) = document.rounding {
        lines.push(format!("score rounded to {} decimals", rounding.decimals));
    }
    for variant in &document.variants {
        let parts = [
            ("weights", variant.weights.keys().collect::<Vec<_>>()),
            ("curves", variant.curves.keys().collect()),
            ("tiers", variant.tiers.keys().collect()),
        ];
        let changes: Vec<String> = parts
            .iter()
            .filter(|(_, ids)| !ids.is_empty())
            .map(|(what, ids)| {
                let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
                format!("{what} of {}", ids.join(", "))
            })
            .collect();
        lines.push(format!("variant {}: {}", variant.id, changes.join("; ")));
    }
    if let Some(grace) = &document.grace {
        lines.push(format!("grace: {} days since {}", grace.days, grace.since));
    }
    if document.frozen_when.is_some() {
        lines.push("frozen accounts keep their last score".into());
    }
    lines.extend(document.adjustments.iter().map(|adjustment| {
        let reason = adjustment.reason.get("en").or_else(|| adjustment.reason.values().next());
        let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("adjustment {}: {}{reason}", adjustment.id, action(&adjustment.action))
    }));
    if let Some(hysteresis) = document.hysteresis {
        let side = |margin: Margin| format!("{} points, {} readings", margin.margin, margin.dwell);
        lines.push(format!("hysteresis: up {}; down {}", side(hysteresis.up), side(hysteresis.down)));
    }
    lines
}

/// An adjustment in a few words.
pub(super) fn action(action: &Action) -> String {
    match action {
        Action::Cap(points) => format!("cap {points}"),
        Action::Floor(points) => format!("floor {points}"),
        Action::Add(points) => format!("add {points}"),
        Action::Multiply(factor) => format!("multiply {factor}"),
        Action::ForceTier(tier) => format!("force_tier {tier}"),
    }
}

/// How the parts of a dimension are put together, where it is not the plain mean.
fn together(dimension: &Dimension) -> Vec<String> {
    let aggregate = (!dimension.aggregate.is_mean()).then(|| dimension.aggregate.name().to_owned());
    let rounding = dimension.rounding.map(|rounding| format!("rounded to {} decimals", rounding.decimals));
    aggregate.into_iter().chain(rounding).collect()
}

fn source(item: &Item) -> String {
    match &item.source {
        Source::Column(column) => column.clone(),
        Source::Ratio([numerator, denominator]) => format!("{numerator} / {denominator}"),
        Source::DaysSince(column) => format!("days since {column}"),
        Source::DaysUntil(column) => format!("days until {column}"),
        Source::Change([now, earlier]) => format!("{now} − {earlier}"),
        Source::CountTrue(columns) => format!("count of {}", columns.join(", ")),
    }
}

fn curve(item: &Item) -> String {
    let kind = kind(&item.curve.kind);
    if item.curve.decay.is_some() { format!("{kind} with decay") } else { kind.to_owned() }
}

fn kind(curve: &Curve) -> &'static str {
    match curve {
        Curve::Bands(_) => "bands",
        Curve::Points(_) => "points",
        Curve::Linear { .. } => "linear",
        Curve::Range { .. } => "range",
        Curve::Recency(_) => "recency",
        Curve::Flag { .. } => "flag",
        Curve::Map(_) => "map",
        Curve::Manual {} => "manual",
        Curve::Saturate { .. } => "saturate",
        Curve::Quantile(_) => "quantile",
    }
}
