//! The Python package `customer_success`: a thin binding of `cs-core`.
//!
//! Nothing is computed, checked or defaulted here; this crate converts, lets go of the interpreter
//! while the core works, and turns errors into exceptions.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod call;
mod chart;
mod document;
mod error;
mod health;
mod revenue;
mod table;

use pyo3::prelude::*;

/// The compiled part of `customer_success`.
#[pymodule]
mod _core {
    #[pymodule_export]
    use crate::chart::{chart, revenue_chart};
    #[pymodule_export]
    use crate::health::{Card, Flow, Scorer, check, check_text, schema};
    #[pymodule_export]
    use crate::revenue::{Partial, Policy, Simulation, check_policy, check_policy_text, policy_schema, scalar};
    #[pymodule_export]
    use crate::table::{Buffer, Column, ResultFrame};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
