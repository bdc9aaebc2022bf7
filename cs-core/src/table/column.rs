//! One column: borrowed values with validity.

use super::{Bitmap, Text};
use crate::calendar::{Date, Zone};
use crate::error::{Code, Issue, Result};

/// Whole numbers of any width, borrowed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
#[allow(missing_docs)] // the names say it all
pub enum Ints<'a> {
    I8(&'a [i8]),
    I16(&'a [i16]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    U8(&'a [u8]),
    U16(&'a [u16]),
    U32(&'a [u32]),
    U64(&'a [u64]),
}

/// Runs one expression for whichever width the numbers have.
macro_rules! each_width {
    ($ints:expr, $slice:ident => $body:expr) => {
        match $ints {
            $crate::table::Ints::I8($slice) => $body,
            $crate::table::Ints::I16($slice) => $body,
            $crate::table::Ints::I32($slice) => $body,
            $crate::table::Ints::I64($slice) => $body,
            $crate::table::Ints::U8($slice) => $body,
            $crate::table::Ints::U16($slice) => $body,
            $crate::table::Ints::U32($slice) => $body,
            $crate::table::Ints::U64($slice) => $body,
        }
    };
}
pub(crate) use each_width;

impl Ints<'_> {
    /// The number of values.
    pub fn len(&self) -> usize {
        each_width!(self, slice => slice.len())
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number at `index`; 0 beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> i128 {
        each_width!(self, slice => slice.get(index).map_or(0, |&n| i128::from(n)))
    }
}

/// Booleans, borrowed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Bools<'a> {
    /// One bit each, as Arrow has them.
    Bits(Bitmap<'a>),
    /// One byte each, as NumPy and typed arrays have them; anything but 0 is true.
    Bytes(&'a [u8]),
    /// Rust booleans.
    Flags(&'a [bool]),
}

impl Bools<'_> {
    /// The number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::Bits(bits) => bits.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Flags(flags) => flags.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `index`; false beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        match self {
            Self::Bits(bits) => bits.get(index),
            Self::Bytes(bytes) => bytes.get(index).is_some_and(|&byte| byte != 0),
            Self::Flags(flags) => flags.get(index).copied().unwrap_or(false),
        }
    }
}

/// A column of categories: each row is a key into a list of words.
#[derive(Debug, Clone, Copy)]
pub struct Dictionary<'a> {
    /// One key per row; a key outside `words` reads as null, as pandas writes it (−1).
    pub keys: Ints<'a>,
    /// The words.
    pub words: Text<'a>,
    /// Which words are not null.
    pub words_validity: Option<Bitmap<'a>>,
}

impl<'a> Dictionary<'a> {
    /// The word of row `index`; `None` when the word is null or the key points outside the list.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        let key = usize::try_from(self.keys.get(index)).ok()?;
        let valid = key < self.words.len() && self.words_validity.is_none_or(|bits| bits.get(key));
        valid.then(|| self.words.get(key))
    }
}

/// The unit that a timestamp or duration counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it all
pub enum TimeUnit {
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl TimeUnit {
    /// How many units a second has.
    pub fn per_second(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Millisecond => 1_000,
            Self::Microsecond => 1_000_000,
            Self::Nanosecond => 1_000_000_000,
        }
    }
}

/// The values of a column, borrowed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Values<'a> {
    /// 64-bit floats; NaN counts as missing.
    F64(&'a [f64]),
    /// 32-bit floats, read as the f64 of the same value; NaN counts as missing.
    F32(&'a [f32]),
    /// Whole numbers; above 2⁵³ they are read as the nearest f64.
    Int(Ints<'a>),
    /// Booleans.
    Bool(Bools<'a>),
    /// Texts.
    Text(Text<'a>),
    /// Categories.
    Dictionary(Dictionary<'a>),
    /// Days since 1970-01-01.
    Date(&'a [i32]),
    /// Moments or wall-clock times; used as the day on which they fall.
    Timestamp {
        /// Units since 1970-01-01T00:00.
        values: &'a [i64],
        /// What one unit is.
        unit: TimeUnit,
        /// The zone whose calendar decides the day of a moment; `None` for wall-clock times.
        zone: Option<Zone>,
    },
    /// Durations, read as days.
    Duration {
        /// Units.
        values: &'a [i64],
        /// What one unit is.
        unit: TimeUnit,
    },
    /// Decimals: each is its integer divided by 10^scale.
    Decimal {
        /// The integers.
        values: &'a [i128],
        /// Digits behind the point, −38 to 38.
        scale: i8,
    },
    /// So many nulls, of no type.
    Null(usize),
}

impl Values<'_> {
    /// The number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::Int(ints) => ints.len(),
            Self::Bool(bools) => bools.len(),
            Self::Text(text) => text.len(),
            Self::Dictionary(dictionary) => dictionary.keys.len(),
            Self::Date(values) => values.len(),
            Self::Timestamp { values, .. } | Self::Duration { values, .. } => values.len(),
            Self::Decimal { values, .. } => values.len(),
            Self::Null(len) => *len,
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type in words, for messages.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::F64(_) => "64-bit floats",
            Self::F32(_) => "32-bit floats",
            Self::Int(_) => "whole numbers",
            Self::Bool(_) => "booleans",
            Self::Text(_) => "texts",
            Self::Dictionary(_) => "categories",
            Self::Date(_) => "dates",
            Self::Timestamp { .. } => "timestamps",
            Self::Duration { .. } => "durations",
            Self::Decimal { .. } => "decimals",
            Self::Null(_) => "nulls",
        }
    }
}

/// A column: borrowed values and which of them are valid.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    values: Values<'a>,
    validity: Option<Bitmap<'a>>,
}

impl<'a> Column<'a> {
    /// A column of values; where `validity` is false the value is null.
    ///
    /// # Errors
    /// `unequal_lengths` when the bitmap has another length than the values, `out_of_range` scale of a
    /// decimal as `malformed_column`.
    pub fn new(values: Values<'a>, validity: Option<Bitmap<'a>>) -> Result<Self> {
        if let Some(bits) = validity.filter(|bits| bits.len() != values.len()) {
            return Err(Issue::new(Code::UnequalLengths)
                .value(format!("a validity bitmap of {} rows", bits.len()))
                .expected(format!("{} rows", values.len()))
                .into());
        }
        if let Values::Decimal { scale, .. } = values
            && !(-38..=38).contains(&scale)
        {
            let issue = Issue::new(Code::MalformedColumn).value(format!("a decimal scale of {scale}"));
            return Err(issue.expected("−38 to 38").into());
        }
        Ok(Self { values, validity })
    }

    /// A column without nulls (NaN aside).
    pub fn all_valid(values: Values<'a>) -> Self {
        Self { values, validity: None }
    }

    /// The values.
    pub fn values(&self) -> Values<'a> {
        self.values
    }

    /// Which values are valid; `None` when all are.
    pub fn validity(&self) -> Option<Bitmap<'a>> {
        self.validity
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any row is null; floats, categories and columns of nulls are looked at row by row.
    pub(crate) fn has_nulls(&self) -> bool {
        match self.values() {
            Values::F64(_) | Values::F32(_) | Values::Dictionary(_) | Values::Null(_) => {
                (0..self.len()).any(|row| self.is_null(row))
            }
            _ => self.validity().is_some_and(|valid| valid.count_false() > 0),
        }
    }

    /// Whether row `index` is null; NaN counts as null.
    #[inline]
    pub fn is_null(&self, index: usize) -> bool {
        if self.validity.is_some_and(|bits| !bits.get(index)) {
            return true;
        }
        match self.values {
            Values::F64(values) => values.get(index).is_none_or(|x| x.is_nan()),
            Values::F32(values) => values.get(index).is_none_or(|x| x.is_nan()),
            Values::Dictionary(dictionary) => dictionary.get(index).is_none(),
            Values::Null(_) => true,
            _ => false,
        }
    }

    /// Whether every row is null.
    pub fn is_all_null(&self) -> bool {
        (0..self.len()).all(|row| self.is_null(row))
    }

    /// The number in row `index`: floats, whole numbers, decimals, durations (in days), booleans as 0
    /// and 1; `None` when null or of another type.
    #[inline]
    pub fn number(&self, index: usize) -> Option<f64> {
        if self.is_null(index) {
            return None;
        }
        match self.values {
            Values::F64(values) => values.get(index).copied(),
            Values::F32(values) => values.get(index).map(|&x| f64::from(x)),
            Values::Int(ints) => Some(each_width!(ints, slice => slice.get(index).map_or(0.0, |&n| n as f64))),
            Values::Bool(bools) => Some(f64::from(u8::from(bools.get(index)))),
            Values::Duration { values, unit } => {
                values.get(index).map(|&n| n as f64 / (86_400 * unit.per_second()) as f64)
            }
            Values::Decimal { values, scale } => values.get(index).map(|&n| decimal(n, scale)),
            _ => None,
        }
    }

    /// The text in row `index`, of texts and categories.
    #[inline]
    pub fn text(&self, index: usize) -> Option<&'a [u8]> {
        if self.validity.is_some_and(|bits| !bits.get(index)) {
            return None;
        }
        match self.values {
            Values::Text(text) => Some(text.get(index)),
            Values::Dictionary(dictionary) => dictionary.get(index),
            _ => None,
        }
    }

    /// The day in row `index`: dates, timestamps in their zone (or in `zone`, where moments are given
    /// and it is set), and texts in ISO form.
    ///
    /// `Ok(None)` when null or of a type without days.
    ///
    /// # Errors
    /// `invalid_date` for a text that is no date, `date_out_of_range` for a timestamp beyond the calendar.
    pub fn day(&self, index: usize, zone: Option<Zone>) -> Result<Option<Date>, Code> {
        if self.is_null(index) {
            return Ok(None);
        }
        match self.values {
            Values::Date(values) => Ok(values.get(index).map(|&days| Date::from_days(days))),
            Values::Timestamp { values, unit, zone: own } => {
                let Some(&moment) = values.get(index) else { return Ok(None) };
                let zone = own.map(|own| zone.unwrap_or(own));
                Date::of_timestamp(moment, unit.per_second(), zone).map(Some).ok_or(Code::DateOutOfRange)
            }
            _ => match self.text(index) {
                None => Ok(None),
                Some(text) => Date::parse_bytes(text).map(Some).ok_or(Code::InvalidDate),
            },
        }
    }

    /// Row `index` written as text, for explanations and messages; `None` when null.
    pub fn display(&self, index: usize) -> Option<String> {
        if self.is_null(index) {
            return None;
        }
        match self.values {
            Values::Bool(bools) => Some(bools.get(index).to_string()),
            Values::Int(ints) => Some(ints.get(index).to_string()),
            Values::Decimal { values, scale } => values.get(index).map(|&n| decimal_text(n, scale)),
            Values::F32(values) => values.get(index).map(f32::to_string),
            Values::Date(_) | Values::Timestamp { .. } => {
                self.day(index, None).ok().flatten().map(|day| day.to_string())
            }
            Values::Text(_) | Values::Dictionary(_) => {
                self.text(index).map(|text| String::from_utf8_lossy(text).into_owned())
            }
            _ => self.number(index).map(|x| x.to_string()),
        }
    }
}

impl Column<'_> {
    /// Writes row `index` as [`Column::display`] does; says whether there is anything.
    pub(crate) fn write(&self, index: usize, out: &mut Vec<u8>) -> bool {
        if self.is_null(index) {
            return false;
        }
        match self.values {
            Values::F64(values) => values.get(index).iter().for_each(|x| write_number(**x, out)),
            Values::Text(_) | Values::Dictionary(_) => {
                let text = self.text(index).unwrap_or(b"");
                match std::str::from_utf8(text) {
                    Ok(_) => out.extend_from_slice(text),
                    Err(_) => out.extend_from_slice(String::from_utf8_lossy(text).as_bytes()),
                }
            }
            _ => out.extend_from_slice(self.display(index).unwrap_or_default().as_bytes()),
        }
        true
    }
}

/// Writes a number as `to_string` does, faster where it can.
pub(crate) fn write_number(x: f64, out: &mut Vec<u8>) {
    use std::io::Write;
    if x.trunc() == x && x.abs() < 1e15 {
        // The sign of −0 is written too.
        if x == 0.0 && x.is_sign_negative() {
            out.push(b'-');
        }
        let mut digits = [0u8; 16];
        let mut at = digits.len();
        let mut rest = x.abs() as u64;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if x < 0.0 {
            out.push(b'-');
        }
        out.extend_from_slice(&digits[at..]);
        return;
    }
    if (1e-5..1e15).contains(&x.abs()) {
        // Both write the shortest digits that read back; without an exponent they are the same.
        return out.extend_from_slice(zmij::Buffer::new().format_finite(x).as_bytes());
    }
    // Writing to memory cannot fail.
    let _ = write!(out, "{x}");
}

impl<'a> From<&'a [f64]> for Column<'a> {
    fn from(values: &'a [f64]) -> Self {
        Self::all_valid(Values::F64(values))
    }
}

impl<'a> From<&'a [i64]> for Column<'a> {
    fn from(values: &'a [i64]) -> Self {
        Self::all_valid(Values::Int(Ints::I64(values)))
    }
}

impl<'a> From<&'a [bool]> for Column<'a> {
    fn from(values: &'a [bool]) -> Self {
        Self::all_valid(Values::Bool(Bools::Flags(values)))
    }
}

impl<'a> From<&'a [&'a str]> for Column<'a> {
    fn from(values: &'a [&'a str]) -> Self {
        Self::all_valid(Values::Text(Text::Strs(values)))
    }
}

impl<'a> From<&'a [String]> for Column<'a> {
    fn from(values: &'a [String]) -> Self {
        Self::all_valid(Values::Text(Text::Strings(values)))
    }
}

/// The powers of ten that an f64 holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The f64 nearest to an integer over a power of ten.
fn decimal(n: i128, scale: i8) -> f64 {
    const LARGEST: u128 = 1 << 53;
    match EXACT_POWERS.get(usize::from(scale.unsigned_abs())) {
        // Both parts are exact, so the result is rounded once.
        Some(power) if n.unsigned_abs() <= LARGEST && scale >= 0 => n as f64 / power,
        Some(power) if n.unsigned_abs() <= LARGEST => n as f64 * power,
        // Reading text rounds correctly, whatever the digits.
        _ => decimal_text(n, scale).parse().unwrap_or(f64::NAN),
    }
}

/// A decimal written out with all its digits.
fn decimal_text(n: i128, scale: i8) -> String {
    let digits = n.unsigned_abs().to_string();
    let sign = if n < 0 { "-" } else { "" };
    if scale <= 0 {
        let zeros = if n == 0 { 0 } else { usize::from(scale.unsigned_abs()) };
        return format!("{sign}{digits}{}", "0".repeat(zeros));
    }
    let scale = usize::from(scale.unsigned_abs());
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_read_exactly() {
        let column = Column::all_valid(Values::Decimal { values: &[12_345, -5, 0], scale: 2 });
        assert_eq!(column.number(0), Some(123.45));
        assert_eq!(column.display(0).as_deref(), Some("123.45"));
        assert_eq!(column.display(1).as_deref(), Some("-0.05"));
        assert_eq!(column.display(2).as_deref(), Some("0.00"));
        for (n, scale) in [(3 * 10i128.pow(22), 25), (3, 3), (3 * 10i128.pow(27), 30)] {
            assert_eq!(Column::all_valid(Values::Decimal { values: &[n], scale }).number(0), Some(0.003));
        }
        let column = Column::all_valid(Values::Decimal { values: &[12], scale: -3 });
        assert_eq!(column.number(0), Some(12_000.0));
        assert_eq!(column.display(0).as_deref(), Some("12000"));
    }

    #[test]
    fn a_timestamp_is_the_day_in_its_zone() {
        // 2026-10-31T20:00Z is 1 November in Tokyo.
        let moment = [(20_757 * 24 + 20) * 3_600_000];
        let zone = Zone::parse("+09:00").unwrap();
        let at = |zone, over| {
            let values = Values::Timestamp { values: &moment, unit: TimeUnit::Millisecond, zone };
            Column::all_valid(values).day(0, over).unwrap().unwrap().to_string()
        };
        assert_eq!(at(Some(Zone::UTC), None), "2026-10-31");
        assert_eq!(at(Some(zone), None), "2026-11-01");
        assert_eq!(at(Some(Zone::UTC), Some(zone)), "2026-11-01");
        assert_eq!(at(None, Some(zone)), "2026-10-31", "a wall-clock time has no zone to change");
    }

    #[test]
    fn corrupt_dictionary_keys_and_offsets_read_as_nothing() {
        let dictionary = Dictionary { keys: Ints::I8(&[0, -1, 9]), words: Text::Strs(&["a"]), words_validity: None };
        let column = Column::all_valid(Values::Dictionary(dictionary));
        assert_eq!([column.is_null(0), column.is_null(1), column.is_null(2)], [false, true, true]);
        let text = Text::Offsets32 { offsets: &[5, 2, -3, 900], bytes: b"hello" };
        assert_eq!([text.get(0), text.get(1), text.get(2), text.get(3)], [b""; 4]);
    }
}
