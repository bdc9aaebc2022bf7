//! The scorecard document: what is written by hand, with all defaults filled in.

use serde::Serialize;
use std::collections::BTreeMap;

/// Texts by language code, such as `{en: Deployment, ja: 導入}`.
pub type Labels = BTreeMap<String, String>;

/// A scorecard: how the columns of an account become a score and a tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Scorecard", deny_unknown_fields))]
#[non_exhaustive]
pub struct Document {
    /// Version of the document format: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    pub schema_version: u64,
    /// Id of the card.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub scorecard: String,
    /// Name of the card per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// Column that names the account. When it is given, an account may stand in one row only, and the
    /// results carry the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Worst and best score.
    #[cfg_attr(feature = "schema", schemars(default = "default_scale"))]
    pub scale: [f64; 2],
    /// Share of the weight that must have a usable value, 0 to 1; below it (by more than 1e-12)
    /// there is no score.
    #[cfg_attr(feature = "schema", schemars(default = "default_min_coverage", range(min = 0.0, max = 1.0)))]
    pub min_coverage: f64,
    /// The groups of items that the score is the weighted mean of.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub dimensions: Vec<Dimension>,
    /// Bands of the score, from low to high: none, or 2 to 12.
    #[cfg_attr(feature = "schema", schemars(default, length(max = 12)))]
    pub tiers: Vec<Tier>,
}

#[cfg(feature = "schema")]
fn default_scale() -> [f64; 2] {
    DEFAULT_SCALE
}

#[cfg(feature = "schema")]
fn default_min_coverage() -> f64 {
    DEFAULT_MIN_COVERAGE
}

pub(crate) const DEFAULT_SCALE: [f64; 2] = [0.0, 100.0];
pub(crate) const DEFAULT_MIN_COVERAGE: f64 = 0.5;
pub(crate) const DEFAULT_WEIGHT: f64 = 1.0;

#[cfg(feature = "schema")]
fn default_weight() -> f64 {
    DEFAULT_WEIGHT
}

/// A named group of items and of further dimensions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Dimension {
    /// Id, unique among the card's dimensions and items.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// Name per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// Weight beside its siblings, 0 or more; 0 reports the dimension without counting it.
    #[cfg_attr(feature = "schema", schemars(default = "default_weight", range(min = 0.0)))]
    pub weight: f64,
    /// How the points of its parts become one number.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub aggregate: Aggregate,
    /// Dimensions within it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub dimensions: Vec<Dimension>,
    /// Items within it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub items: Vec<Item>,
}

/// How the points of a dimension's parts become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Aggregate {
    /// The weighted mean.
    #[default]
    Mean,
}

/// One measured thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Item {
    /// Id, unique among the card's dimensions and items.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// Name per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// Where the raw value comes from; by default the column named like the item.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Source>"))]
    pub source: Source,
    /// How the raw value becomes points.
    pub curve: Curve,
    /// Weight beside its siblings, 0 or more; 0 reports the item without counting it.
    #[cfg_attr(feature = "schema", schemars(default = "default_weight", range(min = 0.0)))]
    pub weight: f64,
    /// What a missing or expired value counts as.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub missing: Missing,
    /// Date column that says when the value was observed; where it is null, the value counts as fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_at: Option<String>,
    /// Older values are flagged as stale; days, 0 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0)))]
    pub warn_after_days: Option<f64>,
    /// Older values count as missing; days, 0 or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0)))]
    pub expire_after_days: Option<f64>,
    /// The item applies only to accounts for which this holds; elsewhere its weight goes to its siblings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applies_when: Option<Predicate>,
    /// The account has opted out where this holds; there the item's weight goes to its siblings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opted_out_when: Option<Predicate>,
}

/// Where a raw value comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// A column.
    Column(String),
    /// The first column divided by the second; 0/0 is missing, x/0 a data error.
    Ratio([String; 2]),
    /// Days from a date column to `as_of`; a later date is a data error.
    DaysSince(String),
    /// How many of these flags are set; null flags count as not set, unless all are null.
    CountTrue(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<String>),
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

/// What a missing or expired value counts as.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// Nothing; its weight goes to its siblings.
    #[default]
    Exclude,
    /// The middle of the scale.
    Neutral,
    /// The worst score.
    Worst,
    /// The best score.
    Best,
    /// These points.
    Points(f64),
}

/// A condition over columns; what is missing satisfies no comparison, only `is_null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[non_exhaustive]
pub enum Predicate {
    /// One comparison.
    Compare(Compare),
    /// Several conditions.
    Group(Group),
}

/// A column and what it is compared with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("unevaluatedProperties" = false)))]
#[non_exhaustive]
pub struct Compare {
    /// The column.
    pub column: String,
    /// The comparison.
    #[serde(flatten)]
    pub op: Op,
}

/// Several conditions as one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Group {
    /// All hold.
    All(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<Predicate>),
    /// At least one holds.
    Any(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<Predicate>),
    /// It does not hold.
    Not(Box<Predicate>),
}

/// A comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// Equal.
    Eq(Literal),
    /// Not equal, and not missing.
    Ne(Literal),
    /// Less than; a number or an ISO date. A text that is compared with a date and is none is a data error.
    Lt(Literal),
    /// At most.
    Le(Literal),
    /// Greater than.
    Gt(Literal),
    /// At least.
    Ge(Literal),
    /// Equal to one of these.
    In(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<Literal>),
    /// At least the first and at most the second.
    Between([Literal; 2]),
    /// Missing (true) or not (false).
    IsNull(bool),
}

/// A constant in a condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[non_exhaustive]
pub enum Literal {
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text, category or ISO date.
    Text(String),
}

/// A band of the score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Tier {
    /// Id, unique among the tiers.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// Name per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// Lower bound, included; the first tier starts at the bottom of the scale.
    pub from: f64,
    /// Colour for pictures, such as `#27ae60`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^#[0-9A-Fa-f]{6}$")))]
    pub color: Option<String>,
}
