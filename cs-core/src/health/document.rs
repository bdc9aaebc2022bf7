//! The scorecard document: what is written by hand, with all defaults filled in.

mod curve;
mod rules;

pub use curve::{Band, Better, Curve, Decay, ItemCurve, Outside, Quantile, Recency, Toward};
pub use rules::{Action, Adjustment, Grace, Hysteresis, Margin, Mode, Rounding, Variant};

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
    /// How the points of the dimensions become the score.
    #[serde(skip_serializing_if = "Aggregate::is_mean")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub aggregate: Aggregate,
    /// How the score is rounded, after adjustments and overrides; by default it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// The groups of items that make the score.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub dimensions: Vec<Dimension>,
    /// Bands of the score, from low to high: none, or 2 to 12.
    #[cfg_attr(feature = "schema", schemars(default, length(max = 12)))]
    pub tiers: Vec<Tier>,
    /// What a change of the score takes before the tier follows; by default the tier follows at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hysteresis: Option<Hysteresis>,
    /// Weights, curves and tiers for some accounts; the first that holds counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default, length(max = 20)))]
    pub variants: Vec<Variant>,
    /// How long an account is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Grace>,
    /// Accounts for which this holds keep their last score and are not looked at any further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_when: Option<Predicate>,
    /// Rules that change the score after it is computed, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default, length(max = 100)))]
    pub adjustments: Vec<Adjustment>,
}

impl Document {
    /// The card as it is for the accounts of a variant: with its weights, curves and tiers.
    pub(crate) fn with_variant(&self, variant: &Variant) -> Self {
        fn reweigh(dimensions: &mut [Dimension], variant: &Variant) {
            for dimension in dimensions {
                dimension.weight = variant.weights.get(&dimension.id).copied().unwrap_or(dimension.weight);
                for item in &mut dimension.items {
                    item.weight = variant.weights.get(&item.id).copied().unwrap_or(item.weight);
                    if let Some(curve) = variant.curves.get(&item.id) {
                        item.curve = curve.clone();
                    }
                }
                reweigh(&mut dimension.dimensions, variant);
            }
        }
        let mut made = self.clone();
        reweigh(&mut made.dimensions, variant);
        for tier in &mut made.tiers {
            tier.from = variant.tiers.get(&tier.id).copied().unwrap_or(tier.from);
        }
        made.variants.clear();
        made
    }
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
    /// How its points are rounded before they go any further; by default they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// Dimensions within it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub dimensions: Vec<Dimension>,
    /// Items within it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub items: Vec<Item>,
}

/// How the points of the parts become one number.
///
/// Parts without points are left out; `Min`, `Max` and `Geometric` also leave out parts of weight 0.
///
/// # Formula
/// With points pᵢ, weights wᵢ, the worst score a and the best b:
/// mean Σ wᵢpᵢ / Σ wᵢ; geometric a + (b − a) · Π ((pᵢ − a) / (b − a))^(wᵢ / Σ w); sum start + Σ wᵢpᵢ.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Aggregate {
    /// The weighted mean.
    #[default]
    Mean,
    /// The least; weights only say what counts at all.
    Min,
    /// The greatest; weights only say what counts at all.
    Max,
    /// The weighted geometric mean of the heights above the worst score; one part at the worst gives the worst.
    Geometric,
    /// The sum of weight times points, from `start` on, kept within `min` and `max`. Points may lie outside the scale.
    Sum {
        /// What the sum begins with; by default 0.
        start: f64,
        /// The least that it can be; by default the worst score.
        min: f64,
        /// The most that it can be; by default the best score.
        max: f64,
    },
}

impl Aggregate {
    pub(crate) fn is_mean(&self) -> bool {
        *self == Self::Mean
    }

    /// Its name, as a card spells it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Geometric => "geometric",
            Self::Sum { .. } => "sum",
        }
    }

    pub(crate) fn is_sum(&self) -> bool {
        matches!(self, Self::Sum { .. })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Aggregate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Aggregate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "How the points of the parts become one number.",
            "oneOf": [
                {"enum": ["mean", "min", "max", "geometric", "sum"]},
                {
                    "type": "object",
                    "description": "The sum of weight times points, from `start` on, kept within `min` and `max`.",
                    "properties": {
                        "sum": {
                            "type": "object",
                            "properties": {
                                "start": {"description": "What the sum begins with.", "type": "number", "default": 0},
                                "min": {"description": "The least that it can be; by default the worst score.", "type": "number"},
                                "max": {"description": "The most that it can be; by default the best score.", "type": "number"}
                            },
                            "additionalProperties": false
                        }
                    },
                    "required": ["sum"],
                    "additionalProperties": false
                }
            ]
        })
    }
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
    pub curve: ItemCurve,
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
    /// Days from `as_of` to a date column; negative where the date has passed.
    DaysUntil(String),
    /// The first column less the second, which holds an earlier reading of it.
    Change([String; 2]),
    /// How many of these flags are set; null flags count as not set, unless all are null.
    CountTrue(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Vec<String>),
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
