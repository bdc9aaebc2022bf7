//! Aggregates of parts of a book, which merge.
