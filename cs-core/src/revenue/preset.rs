//! Policies that come with the library.
