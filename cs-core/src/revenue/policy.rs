//! The checked policy: the only thing that computes.
