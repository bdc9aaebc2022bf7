//! Tables of all shapes as one list of lines: what a unit pays a month, from when to when.
