//! The accounts behind a cell of a bridge, a retention table or a cohort triangle.
