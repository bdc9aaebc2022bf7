#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod calendar;
pub mod chart;
pub mod document;
pub mod error;
pub mod health;
pub mod money;
pub mod revenue;
pub mod scalar;
pub mod simulate;
mod stat;
pub mod table;

pub use error::{Error, Result};
pub use health::{One, ScoreOptions, Scorecard, Scorer};
