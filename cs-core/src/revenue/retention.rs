//! Retention rates between two instants.
