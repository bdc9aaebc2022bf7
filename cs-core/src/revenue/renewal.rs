//! Renewals: what is due, what came of it, what to expect.
