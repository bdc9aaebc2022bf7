//! Recurring revenue: MRR, movements, retention, cohorts and renewals, exact to the minor unit.

// Tables of names and functions read best as they are.
#![allow(clippy::type_complexity)]

mod accounts;
mod book;
mod bridge;
mod cohort;
mod document;
mod metrics;
mod monthly;
mod mrr;
mod operation;
mod options;
mod partial;
mod phase;
mod policy;
mod preset;
mod read;
mod reasons;
mod renewal;
mod retention;
mod timeline;

pub use document::{
    Boundary, Cancellation, Discounts, FreeAccounts, GrossFormula, Inclusion, Invoices, Kinds, Level, LogoFormula,
    MissingRate, MixedCurrencies, MovementsAt, Negative, NetFormula, Netting, Normalise, Overlaps, Paused, Policy,
    Reactivation, RenewalPolicy, RetentionPolicy, RoundAt, RoundingPolicy, Timing, ZeroLength,
};
pub use operation::Operation;
pub use partial::Partial;
pub use policy::RevenuePolicy;
