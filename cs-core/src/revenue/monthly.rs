//! What an amount per interval is a month.
