//! The Node binding of `cs-core`.
//!
//! Only conversion, leaving the event loop and the mapping of errors happen here: every rule, default
//! and check is the core's. The JavaScript in `lib/` describes what it was given (arrays, rows, an Arrow
//! table) as flat buffers; [`table`] turns those into columns of the core without a copy. What a user
//! of the package sees is documented in `index.d.ts`.

mod chart;
mod document;
mod error;
mod health;
mod table;
