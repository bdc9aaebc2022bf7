//! The Node binding of `cs-core`.
//!
//! Only conversion, leaving the event loop and the mapping of errors happen here: every rule, default
//! and check is the core's. The JavaScript in `lib/` describes what it was given (arrays, rows, an Arrow
//! table) as flat buffers; [`table`] turns those into columns of the core without a copy. What a user
//! of the package sees is documented in `index.d.ts`.

// napi-derive leaves the exports out of test builds, where nothing then calls them.
#![cfg_attr(test, allow(dead_code))]

mod chart;
mod document;
mod error;
mod health;
mod result;
mod revenue;
mod table;
