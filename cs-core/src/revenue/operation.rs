//! The one door for bindings: an operation by name, tables by role, loose options.
