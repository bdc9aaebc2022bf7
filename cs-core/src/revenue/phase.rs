//! The phase of the business, with its evidence.
