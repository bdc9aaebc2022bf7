//! Losses by reason.
