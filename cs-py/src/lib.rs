//! Binding of the core.
