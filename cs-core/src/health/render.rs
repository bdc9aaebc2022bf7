//! Cards for people: HTML for notebooks, text for terminals.

use super::Scorecard;
use super::document::{Curve, Item, Source};
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
            "<tr><th style=\"text-align:left;padding-left:{}em\">{}</th><td></td><td>{}</td><td></td><td></td></tr>",
            level + 1,
            escape(&dimension.id),
            dimension.weight,
        );
        for item in &dimension.items {
            let cells = [item.id.clone(), item.weight.to_string(), source(item), curve(&item.curve.kind).to_owned()];
            out.push_str("<tr><td></td>");
            cells.iter().for_each(|cell| {
                let _ = write!(out, "<td>{}</td>", escape(cell));
            });
            out.push_str("</tr>");
        }
    }
    out.push_str("</tbody></table>");
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
        for item in &dimension.items {
            let (source, curve) = (source(item), curve(&item.curve.kind));
            let _ = write!(out, "\n{:indent$}  {}  weight {}  {source} → {curve}", "", item.id, item.weight);
        }
    }
    let tiers: Vec<String> = document.tiers.iter().map(|tier| format!("{} from {}", tier.id, tier.from)).collect();
    if !tiers.is_empty() {
        let _ = write!(out, "\n  tiers: {}", tiers.join(", "));
    }
    out
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

fn curve(curve: &Curve) -> &'static str {
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
