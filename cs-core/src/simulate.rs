//! A synthetic book of customers with known truth.
