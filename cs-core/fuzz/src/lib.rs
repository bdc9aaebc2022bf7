//! What the targets check, shared with the tests of `cs-core`.

#[path = "../../tests/checks/mod.rs"]
pub mod checks;
