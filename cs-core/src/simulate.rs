//! A synthetic book of customers with known truth.
//!
//! A [`Simulation`] is a document, checked once: how many accounts, which segments and plans, how often they leave and why.
//! Its tables are a pure function of the document: account number 17 of a seed is the same account in a book of a hundred and
//! of a hundred million, whatever rows were asked for before. So any size can be made as a stream, and what the library
//! finds in a book can be held against what made it.
//!
//! # Formula
//! Each account has a latent health z that moves from month to month, z′ = ρ·z + √(1 − ρ²)·ε with a standard normal ε. The
//! hazard of leaving in a month is proportional,
//!
//! λ = Λ·exp(−β·z − β²/2), Λ = −ln(1 − churn of the segment),
//!
//! so that its mean over the accounts is Λ, and a Cox model of z has the coefficient −β. A monthly plan ends at the end of
//! a month with the probability 1 − exp(−λ); a yearly one at its renewal with 1 − exp(−f·Σλ) over the months of the term,
//! where f is the factor of the first renewal, or 1. The usage items look at the same z, through noise of their own.
//!
//! # Examples
//! ```
//! use cs_core::simulate::Simulation;
//! let book = Simulation::from_json(r#"{"accounts": 200, "seed": 7}"#)?;
//! let subscriptions = book.table("subscriptions", 0..200)?;
//! assert_eq!(subscriptions.column("account").and_then(|c| c.text(0)), Some("a-000001"));
//! let rows: usize = book.stream("subscriptions", 64)?.map(|part| part.map(|part| part.rows())).sum::<Result<_, _>>()?;
//! assert_eq!(rows, subscriptions.rows());
//! # Ok::<(), cs_core::Error>(())
//! ```

mod document;
mod life;
mod model;
mod random;
mod read;
mod simulation;
mod tables;
#[cfg(test)]
mod tests;

pub use document::{
    Activity, Choice, Document, Health, Interval, Measure, Plan, Reactivation, Segment, Trial, UsageItem,
};
pub use simulation::{Parts, SCHEMA_VERSION, Simulation};
