//! Health scores: a scorecard, a table of accounts, and a score that explains itself.
//!
//! A [`Scorecard`] is a document, checked once. Scoring is a pure function of the card, a row and
//! `as_of`: no clock, no file, nothing of the other rows. See the crate's front page for an example.
//!
//! # Formula
//! Each item turns a raw value into points by its curve. A dimension is the weighted mean of its items
//! and dimensions that have points, and the score is the weighted mean of the top dimensions:
//!
//! S = Σ wᵢ·pᵢ / Σ wᵢ, over the i that have points.
//!
//! What has no points gives its weight to its siblings; a dimension with nothing left gives its weight
//! to the other dimensions. Coverage is the same mean with 1 for what has a usable value and 0 for what
//! lacks one, over all items that apply; below `min_coverage` there is no score.

mod bind;
mod book;
mod changes;
mod compare;
mod compile;
mod curve;
mod document;
mod drivers;
mod engine;
mod explain;
mod fit;
mod flow;
mod kernel;
mod next_tier;
mod one;
mod operation;
mod options;
mod pairs;
mod predicate;
mod preset;
mod read;
mod render;
mod scorecard;
mod tier;
mod what_if;

pub use book::Book;
pub use compare::CompareOptions;
pub use document::{
    Action, Adjustment, Aggregate, Band, Better, Compare, Curve, Decay, Dimension, Document, Grace, Group, Hysteresis,
    Item, ItemCurve, Literal, Margin, Missing, Mode, Op, Outside, Predicate, Quantile, Recency, Rounding, Source, Tier,
    Toward, Variant,
};
pub use explain::State;
pub use flow::{Flow, FlowOptions, ProjectOptions, Start};
pub use next_tier::NextTierOptions;
pub use one::{One, Scorer};
pub use operation::Operation;
pub use options::{Expired, Include, OnError, ScoreOptions};
pub use scorecard::{SCHEMA_VERSION, Scorecard};
pub use tier::TierState;
pub use what_if::WhatIfOptions;
