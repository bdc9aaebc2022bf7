//! Curves as they are written.

use serde::Serialize;
use std::collections::BTreeMap;

/// How a raw value becomes points on the card's scale, and how an old reading loses its force.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Curve", extend("unevaluatedProperties" = false))
)]
#[non_exhaustive]
pub struct ItemCurve {
    /// The curve.
    #[serde(flatten)]
    pub kind: Curve,
    /// How its points drift while the reading grows old; by default they do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<Decay>,
}

/// How a raw value becomes points on the card's scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Curve {
    /// Steps: the points of the last band whose `from` is not above the value; below the first band,
    /// those of the first.
    Bands(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<Band>),
    /// Straight lines through `[x, y]`, constant beyond both ends.
    Points(#[cfg_attr(feature = "schema", schemars(length(min = 2)))] Vec<[f64; 2]>),
    /// One straight line.
    Linear {
        /// Start `[x, y]`.
        from: [f64; 2],
        /// End `[x, y]`, with a greater x.
        to: [f64; 2],
        /// What values before the start and beyond the end give.
        #[cfg_attr(feature = "schema", schemars(default))]
        outside: Outside,
    },
    /// A trapezoid: best between `full_from` and `full_to`, worst below `zero_below` and above `zero_above`.
    Range {
        /// At this and below, the worst score.
        zero_below: f64,
        /// From here on, the best.
        full_from: f64,
        /// Up to here, the best.
        full_to: f64,
        /// At this and above, the worst.
        zero_above: f64,
    },
    /// How long ago: best today, falling with the days.
    Recency(Recency),
    /// True or false.
    Flag {
        /// Points when true; by default the best score.
        #[cfg_attr(feature = "schema", schemars(with = "Option<f64>"))]
        set: f64,
        /// Points when false; by default the worst score.
        #[cfg_attr(feature = "schema", schemars(with = "Option<f64>"))]
        unset: f64,
    },
    /// Points per category; `default` stands for all others.
    Map(#[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))] BTreeMap<String, f64>),
    /// The value is already on the card's scale.
    Manual {},
    /// More is better, but less and less so: value / (value + half) of the way from the worst score to the best;
    /// below 0 the worst.
    Saturate {
        /// The value that gets half of the way; above 0.
        #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0)))]
        half: f64,
    },
    /// The rank of the value among the accounts that the card was fitted to.
    Quantile(Quantile),
}

/// One step of a `bands` curve: from here on, until the next band.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Band {
    /// Lower bound, included.
    pub from: f64,
    /// Upper bound, excluded; if given, it must be the next band's `from`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<f64>,
    /// Points in the band.
    pub points: f64,
}

/// What a `linear` curve gives outside its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outside {
    /// The points of the nearer end.
    #[default]
    Clamp,
    /// The worst score.
    Zero,
    /// Nothing: the value counts as missing.
    Exclude,
}

/// How points fall with the days.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Recency {
    /// Every so many days (above 0) the distance to the worst score halves.
    HalfLifeDays(f64),
    /// Straight lines through `[days, points]`.
    Points(#[cfg_attr(feature = "schema", schemars(length(min = 2)))] Vec<[f64; 2]>),
}

/// The points of an old reading drift towards a target.
///
/// # Formula
/// t + (p − t) · 2^(−age / half_life_days), with the points p, the target t and the age in days from
/// `observed_at` to `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Decay {
    /// Every so many days the distance to the target halves; above 0.
    #[cfg_attr(feature = "schema", schemars(extend("exclusiveMinimum" = 0)))]
    pub half_life_days: f64,
    /// Where the points drift to.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub toward: Toward,
}

/// Where the points of an old reading drift to.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Toward {
    /// The middle of the scale.
    #[default]
    Neutral,
    /// The worst score.
    Worst,
    /// The best score.
    Best,
    /// These points.
    Points(f64),
}

/// A curve of ranks: what share of the accounts lies below the value.
///
/// # Formula
/// The mid-rank of a value among n: (values below + half of those equal) / n; between two values of the
/// fit a straight line, beyond the ends constant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Quantile {
    /// Column whose values have quantiles of their own; by default all accounts share theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether more is better.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub better: Better,
    /// `[value, rank]` in rising order per segment, as a fit writes them; `default` stands for all other segments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fitted: Option<BTreeMap<String, Vec<[f64; 2]>>>,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Better {
    /// More is better.
    #[default]
    Higher,
    /// Less is better.
    Lower,
}
