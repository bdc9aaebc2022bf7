//! What the fuzz targets check. `cs-core/fuzz` feeds it what a fuzzer invents, and the test `corpus` the inputs that
//! are kept.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bytes;
mod cards;
mod data;
mod document;
pub mod hostile;
mod operations;
mod results;
mod structured;
mod table;

pub use document::document;
pub use operations::operations;
pub use structured::structured;
pub use table::table;
