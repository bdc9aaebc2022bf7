//! One value, for scoring one account.

use super::{Bools, Column, Ints, Text, Values};
use crate::calendar::Date;

/// One value of one account.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Not known.
    Null,
    /// True or false.
    Bool(bool),
    /// A number; NaN counts as null.
    Number(f64),
    /// A whole number.
    Int(i64),
    /// A text or category.
    Text(&'a str),
    /// A calendar day.
    Date(Date),
}

impl<'a> Value<'a> {
    /// The value as a column of one row, without a copy.
    #[inline]
    pub(crate) fn column<'b>(&'b self) -> Column<'b>
    where
        'a: 'b,
    {
        let values = match self {
            Self::Null => Values::Null(1),
            Self::Bool(value) => Values::Bool(Bools::Flags(std::slice::from_ref(value))),
            Self::Number(value) => Values::F64(std::slice::from_ref(value)),
            Self::Int(value) => Values::Int(Ints::I64(std::slice::from_ref(value))),
            Self::Text(value) => Values::Text(Text::Strs(std::slice::from_ref(value))),
            Self::Date(value) => Values::Date(std::slice::from_ref(value.days_ref())),
        };
        Column::all_valid(values)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl From<Date> for Value<'_> {
    fn from(value: Date) -> Self {
        Self::Date(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
