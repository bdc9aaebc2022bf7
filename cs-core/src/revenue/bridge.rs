//! From opening to closing: the movements of recurring revenue.
