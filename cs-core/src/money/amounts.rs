//! Amounts in columns.

use super::Ratio;
use crate::error::{Code, Issue};
use crate::table::{Column, Values};

/// How amounts in columns are to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    /// Whole numbers are major units, not minor ones.
    pub(crate) integers_major: bool,
    /// Floats are rounded to so many decimals; without it they are refused.
    pub(crate) float_scale: Option<u8>,
}

/// Reads an amount such as `-12.50`; `invalid_amount` or, for more digits than there is room for, `amount_too_large`.
pub(crate) fn read_text(text: &[u8]) -> Result<Ratio, Code> {
    let long = || text.len() > 30 && text.iter().all(|c| c.is_ascii_digit() || b"+-.".contains(c));
    Ratio::parse_decimal(text).ok_or_else(|| if long() { Code::AmountTooLarge } else { Code::InvalidAmount })
}

/// Reads exact amounts from a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AmountReader<'a> {
    column: Column<'a>,
    how: Amounts,
}

impl<'a> AmountReader<'a> {
    /// A reader of decimals, texts, whole numbers, or floats with a stated scale.
    pub(crate) fn new(column: Column<'a>, how: Amounts) -> Result<Self, Issue> {
        match column.values() {
            Values::F64(_) | Values::F32(_) if how.float_scale.is_none() => {
                let help = "give decimals, texts or minor units, or state `float_scale`";
                Err(Issue::new(Code::FloatMoney).value(column.values().type_name()).help(help))
            }
            Values::F64(_) | Values::F32(_) | Values::Int(_) | Values::Decimal { .. } => Ok(Self { column, how }),
            Values::Text(_) | Values::Dictionary(_) | Values::Null(_) => Ok(Self { column, how }),
            other => {
                let issue = Issue::new(Code::WrongColumnType).value(other.type_name());
                Err(issue.expected("decimals, texts, or whole numbers of minor units"))
            }
        }
    }

    /// The amount in a row in major units; `None` when null. Whole numbers count minor units of so many decimals.
    #[inline]
    pub(crate) fn get(&self, row: usize, exponent: u8) -> Result<Option<Ratio>, Code> {
        if self.column.is_null(row) {
            return Ok(None);
        }
        let power = |digits: u8| 10i128.checked_pow(u32::from(digits)).ok_or(Code::AmountTooLarge);
        let made = match self.column.values() {
            Values::Int(ints) if self.how.integers_major => Some(Ratio::integer(ints.get(row))),
            Values::Int(ints) => Ratio::new(ints.get(row), power(exponent)?),
            Values::Decimal { values, scale } => {
                let value = values.get(row).copied().unwrap_or_default();
                match u8::try_from(scale) {
                    Ok(scale) => Ratio::new(value, power(scale)?),
                    Err(_) => value.checked_mul(power(scale.unsigned_abs())?).map(Ratio::integer),
                }
            }
            Values::F64(_) | Values::F32(_) => return self.float(row).map(Some),
            _ => {
                return read_text(self.column.text(row).unwrap_or_default()).map(Some);
            }
        };
        made.map(Some).ok_or(Code::AmountTooLarge)
    }

    /// The shortest decimal that reads as the float, rounded to the scale that was stated.
    fn float(&self, row: usize) -> Result<Ratio, Code> {
        let scale = self.how.float_scale.ok_or(Code::FloatMoney)?;
        let number = self.column.number(row).filter(|number| number.is_finite()).ok_or(Code::InfiniteValue)?;
        if number.abs() >= 1e18 {
            return Err(Code::AmountTooLarge);
        }
        let exact = Ratio::parse_decimal(format!("{number}").as_bytes()).ok_or(Code::InvalidAmount)?;
        let rounded = exact.rounded(scale, super::Rounding::HalfEven).ok_or(Code::AmountTooLarge)?;
        Ratio::new(rounded, 10i128.pow(u32::from(scale))).ok_or(Code::AmountTooLarge)
    }

    /// The amount in a row in units of 10^−scale, where it is whole in them; `None` when null.
    #[inline]
    pub(crate) fn minor(&self, row: usize, scale: u8, exponent: u8) -> Result<Option<i64>, Code> {
        if let (Values::Int(ints), false, true) = (self.column.values(), self.how.integers_major, scale == exponent) {
            let null = self.column.is_null(row);
            return if null {
                Ok(None)
            } else {
                i64::try_from(ints.get(row)).map(Some).map_err(|_| Code::AmountTooLarge)
            };
        }
        if let Values::Decimal { values, scale: own } = self.column.values()
            && u8::try_from(own) == Ok(scale)
            && !self.column.is_null(row)
        {
            let value = values.get(row).copied().unwrap_or_default();
            return i64::try_from(value).map(Some).map_err(|_| Code::AmountTooLarge);
        }
        let Some(amount) = self.get(row, exponent)? else { return Ok(None) };
        let minor = amount.exactly(scale).ok_or(Code::AmountTooPrecise)?;
        i64::try_from(minor).map(Some).map_err(|_| Code::AmountTooLarge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(column: Column<'_>, how: Amounts) -> Vec<Result<Option<i64>, Code>> {
        let reader = AmountReader::new(column, how).unwrap();
        (0..column.len()).map(|row| reader.minor(row, 2, 2)).collect()
    }

    #[test]
    fn every_type_reads_exactly() {
        let plain = Amounts::default();
        assert_eq!(
            read(Column::from(&["12.5", "-3", "0.10"][..]), plain),
            [Ok(Some(1250)), Ok(Some(-300)), Ok(Some(10))]
        );
        assert_eq!(read(Column::from(&[1250i64][..]), plain), [Ok(Some(1250))]);
        let major = Amounts { integers_major: true, ..plain };
        assert_eq!(read(Column::from(&[1250i64][..]), major), [Ok(Some(125_000))]);
        let decimals = Column::all_valid(Values::Decimal { values: &[12_345], scale: 3 });
        assert_eq!(read(decimals, plain), [Err(Code::AmountTooPrecise)]);
        let tens = Column::all_valid(Values::Decimal { values: &[3], scale: -1 });
        assert_eq!(read(tens, plain), [Ok(Some(3000))]);
        assert_eq!(
            read(Column::from(&["x", "1.005"][..]), plain),
            [Err(Code::InvalidAmount), Err(Code::AmountTooPrecise)]
        );
    }

    #[test]
    fn floats_need_a_scale() {
        let floats = [0.1 + 0.2, 1.005, f64::NAN, f64::INFINITY];
        let error = AmountReader::new(Column::from(&floats[..]), Amounts::default()).unwrap_err();
        assert_eq!(error.code, Code::FloatMoney);
        let how = Amounts { float_scale: Some(2), ..Amounts::default() };
        // 1.005 is the shortest decimal of its float: a tie, which goes to the even digit.
        let found = read(Column::from(&floats[..]), how);
        assert_eq!(found, [Ok(Some(30)), Ok(Some(100)), Ok(None), Err(Code::InfiniteValue)]);
    }
}
