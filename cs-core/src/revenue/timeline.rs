//! The MRR of one unit as a step function.
