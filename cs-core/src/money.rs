//! Exact money: currencies, rationals, rounding, and parts that sum to the whole.
