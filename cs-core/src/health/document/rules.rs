//! What a card says beside its items: rounding, hysteresis, variants, grace and adjustments.

use super::{ItemCurve, Labels, Predicate};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a number is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Rounding {
    /// Digits behind the point, 0 to 6.
    #[cfg_attr(feature = "schema", schemars(default, range(min = 0, max = 6)))]
    pub decimals: u8,
    /// What becomes of a number in the middle.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub mode: Mode,
}

/// What becomes of a number that lies in the middle of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mode {
    /// The even one of the two.
    #[default]
    HalfEven,
    /// The one farther from zero.
    HalfUp,
}

/// What a change of the score takes before the tier follows.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Hysteresis {
    /// On the way up.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub up: Margin,
    /// On the way down.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub down: Margin,
}

/// How far past the edge, and how often in a row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Margin {
    /// Points past the edge of the tier, 0 or more and less than the narrowest tier is wide.
    #[cfg_attr(feature = "schema", schemars(default, range(min = 0.0)))]
    pub margin: f64,
    /// Consecutive readings, 1 to 1000.
    #[cfg_attr(feature = "schema", schemars(default = "default_dwell", range(min = 1, max = 1000)))]
    pub dwell: u32,
}

impl Default for Margin {
    fn default() -> Self {
        Self { margin: 0.0, dwell: 1 }
    }
}

#[cfg(feature = "schema")]
fn default_dwell() -> u32 {
    Margin::default().dwell
}

/// How long an account is new.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Grace {
    /// Date column: when the account began. A later date than `as_of` is a data error.
    pub since: String,
    /// The account has the status `grace` while it is younger; days, 0 or more.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0)))]
    pub days: f64,
}

/// A rule that changes the score after it is computed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("unevaluatedProperties" = false)))]
#[non_exhaustive]
pub struct Adjustment {
    /// Id, unique among the adjustments.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// When it counts.
    pub when: Predicate,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
    /// Why, per language.
    #[cfg_attr(feature = "schema", schemars(extend("minProperties" = 1)))]
    pub reason: Labels,
}

/// What an adjustment does to the score, which then is kept on the scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// At most these points.
    Cap(f64),
    /// At least these points.
    Floor(f64),
    /// So many points more, or fewer.
    Add(f64),
    /// The height above the worst score times this; 0 or more.
    Multiply(#[cfg_attr(feature = "schema", schemars(range(min = 0.0)))] f64),
    /// This tier, whatever the score; the last one that counts wins.
    ForceTier(String),
}

/// Other weights, curves and tiers for some accounts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Variant {
    /// Id, unique among the variants.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// For whom.
    pub when: Predicate,
    /// Weights by the ids of dimensions and items.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub weights: BTreeMap<String, f64>,
    /// Curves by the ids of items.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub curves: BTreeMap<String, ItemCurve>,
    /// Lower bounds by the ids of tiers.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub tiers: BTreeMap<String, f64>,
}
