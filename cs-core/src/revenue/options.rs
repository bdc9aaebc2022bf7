//! Options of the operations on revenue.
