//! MRR at instants.
