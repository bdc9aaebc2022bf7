//! Numerics that several rooms need.

mod normal;
mod student;

pub(crate) use normal::lower_quantile;
pub(crate) use student::student_quantile;
