//! Rows that outlive the call that brought them, and parts of tables.

#![allow(clippy::unnecessary_cast)] // one text for all widths

use super::{Bitmap, Bools, Column, Ints, Table, Text, TimeUnit, Values, each_width, pack};
use crate::calendar::Zone;
use std::borrow::Cow;
use std::ops::Range;

impl<'a> Bitmap<'a> {
    /// So many bits from one on, which all are there.
    fn slice(self, range: Range<usize>) -> Option<Self> {
        let (bytes, offset) = self.parts();
        Bitmap::new(bytes, offset + range.start, range.len()).ok().filter(|_| range.end <= self.len())
    }
}

impl<'a> Column<'a> {
    /// Some of its rows; `None` where it has fewer.
    pub(crate) fn slice(&self, range: Range<usize>) -> Option<Self> {
        let values = match self.values() {
            Values::F64(values) => Values::F64(values.get(range.clone())?),
            Values::F32(values) => Values::F32(values.get(range.clone())?),
            Values::Int(ints) => Values::Int(slice_ints(ints, range.clone())?),
            Values::Bool(Bools::Bits(bits)) => Values::Bool(Bools::Bits(bits.slice(range.clone())?)),
            Values::Bool(Bools::Bytes(bytes)) => Values::Bool(Bools::Bytes(bytes.get(range.clone())?)),
            Values::Bool(Bools::Flags(flags)) => Values::Bool(Bools::Flags(flags.get(range.clone())?)),
            Values::Text(text) => Values::Text(slice_text(text, range.clone())?),
            Values::Dictionary(mut dictionary) => {
                dictionary.keys = slice_ints(dictionary.keys, range.clone())?;
                Values::Dictionary(dictionary)
            }
            Values::Date(days) => Values::Date(days.get(range.clone())?),
            Values::Timestamp { values, unit, zone } => {
                Values::Timestamp { values: values.get(range.clone())?, unit, zone }
            }
            Values::Duration { values, unit } => Values::Duration { values: values.get(range.clone())?, unit },
            Values::Decimal { values, scale } => Values::Decimal { values: values.get(range.clone())?, scale },
            Values::Null(rows) => Values::Null(range.len().min(rows)),
        };
        let validity = match self.validity() {
            Some(bits) => Some(bits.slice(range)?),
            None => None,
        };
        Column::new(values, validity).ok()
    }
}

fn slice_ints(ints: Ints<'_>, range: Range<usize>) -> Option<Ints<'_>> {
    Some(match ints {
        Ints::I8(values) => Ints::I8(values.get(range)?),
        Ints::I16(values) => Ints::I16(values.get(range)?),
        Ints::I32(values) => Ints::I32(values.get(range)?),
        Ints::I64(values) => Ints::I64(values.get(range)?),
        Ints::U8(values) => Ints::U8(values.get(range)?),
        Ints::U16(values) => Ints::U16(values.get(range)?),
        Ints::U32(values) => Ints::U32(values.get(range)?),
        Ints::U64(values) => Ints::U64(values.get(range)?),
    })
}

fn slice_text(text: Text<'_>, range: Range<usize>) -> Option<Text<'_>> {
    Some(match text {
        Text::Strs(texts) => Text::Strs(texts.get(range)?),
        Text::Strings(texts) => Text::Strings(texts.get(range)?),
        Text::Offsets32 { offsets, bytes } => {
            Text::Offsets32 { offsets: offsets.get(range.start..range.end + 1)?, bytes }
        }
        Text::Offsets64 { offsets, bytes } => {
            Text::Offsets64 { offsets: offsets.get(range.start..range.end + 1)?, bytes }
        }
        Text::Views { views, buffers } => Text::Views { views: views.get(range)?, buffers },
    })
}

impl<'a> Table<'a> {
    /// Some of its rows; `None` where it has fewer.
    pub(crate) fn slice(&self, range: Range<usize>) -> Option<Self> {
        let columns: Option<Vec<Column<'a>>> = self.columns.iter().map(|column| column.slice(range.clone())).collect();
        Table::with_rows(self.names.clone(), columns?, range.len()).ok()
    }
}

/// A column that owns its values.
#[derive(Debug, Clone)]
struct OwnedColumn {
    values: OwnedValues,
    validity: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
enum OwnedValues {
    F64(Vec<f64>),
    F32(Vec<f32>),
    Int(Vec<i64>),
    /// Those that may have no room in the others.
    Large(Vec<u64>),
    Bool(Vec<bool>),
    /// Texts and categories: their bytes one after another.
    Text(Vec<i64>, Vec<u8>),
    Date(Vec<i32>),
    Timestamp(Vec<i64>, TimeUnit, Option<Zone>),
    Duration(Vec<i64>, TimeUnit),
    Decimal(Vec<i128>, i8),
    Null(usize),
}

impl OwnedColumn {
    fn of(column: &Column<'_>) -> Self {
        let rows = 0..column.len();
        let values = match column.values() {
            Values::F64(values) => OwnedValues::F64(values.to_vec()),
            Values::F32(values) => OwnedValues::F32(values.to_vec()),
            Values::Int(Ints::U64(values)) => OwnedValues::Large(values.to_vec()),
            Values::Int(ints) => {
                OwnedValues::Int(each_width!(ints, values => values.iter().map(|value| *value as i64).collect()))
            }
            Values::Bool(bools) => OwnedValues::Bool(rows.clone().map(|row| bools.get(row)).collect()),
            Values::Text(_) | Values::Dictionary(_) => {
                let (mut offsets, mut bytes) = (vec![0], Vec::new());
                for row in rows.clone() {
                    bytes.extend_from_slice(column.text(row).unwrap_or_default());
                    offsets.push(bytes.len() as i64);
                }
                OwnedValues::Text(offsets, bytes)
            }
            Values::Date(values) => OwnedValues::Date(values.to_vec()),
            Values::Timestamp { values, unit, zone } => OwnedValues::Timestamp(values.to_vec(), unit, zone),
            Values::Duration { values, unit } => OwnedValues::Duration(values.to_vec(), unit),
            Values::Decimal { values, scale } => OwnedValues::Decimal(values.to_vec(), scale),
            Values::Null(rows) => OwnedValues::Null(rows),
        };
        let valid: Vec<bool> = rows.map(|row| !column.is_null(row)).collect();
        Self { values, validity: pack(&valid, |valid| *valid) }
    }

    fn view(&self) -> Column<'_> {
        let values = match &self.values {
            OwnedValues::F64(values) => Values::F64(values),
            OwnedValues::F32(values) => Values::F32(values),
            OwnedValues::Int(values) => Values::Int(Ints::I64(values)),
            OwnedValues::Large(values) => Values::Int(Ints::U64(values)),
            OwnedValues::Bool(flags) => Values::Bool(Bools::Flags(flags)),
            OwnedValues::Text(offsets, bytes) => Values::Text(Text::Offsets64 { offsets, bytes }),
            OwnedValues::Date(values) => Values::Date(values),
            OwnedValues::Timestamp(values, unit, zone) => Values::Timestamp { values, unit: *unit, zone: *zone },
            OwnedValues::Duration(values, unit) => Values::Duration { values, unit: *unit },
            OwnedValues::Decimal(values, scale) => Values::Decimal { values, scale: *scale },
            OwnedValues::Null(rows) => Values::Null(*rows),
        };
        let bits = self.validity.as_ref().and_then(|bits| Bitmap::new(bits, 0, values.len()).ok());
        // The bitmap was made of as many rows.
        Column::new(values, bits).unwrap_or(Column::all_valid(values))
    }
}

/// A table that owns its columns.
#[derive(Debug, Clone)]
pub(crate) struct OwnedTable {
    names: Vec<String>,
    columns: Vec<OwnedColumn>,
    rows: usize,
}

impl OwnedTable {
    pub(crate) fn of(table: &Table<'_>) -> Self {
        Self {
            names: table.names().map(str::to_owned).collect(),
            columns: table.columns.iter().map(OwnedColumn::of).collect(),
            rows: table.rows(),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The table as others are given.
    pub(crate) fn view(&self) -> Table<'_> {
        Table {
            names: self.names.iter().map(|name| Cow::Borrowed(name.as_str())).collect(),
            columns: self.columns.iter().map(OwnedColumn::view).collect(),
            rows: self.rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dictionary;
    use super::*;

    #[test]
    fn parts_and_copies_hold_the_same_rows() {
        let bits = [0b1011_0101u8];
        let valid = Bitmap::new(&bits, 1, 6).unwrap();
        let flags = Bitmap::new(&bits, 2, 6).unwrap();
        let offsets = [0i32, 1, 1, 3, 4, 4, 6];
        let keys = Ints::U8(&[0, 1, 9, 1, 0, 1]);
        let columns = [
            Values::F64(&[1.5, f64::NAN, 3.0, 4.0, -0.0, 6.0]),
            Values::Int(Ints::I16(&[1, 2, 3, 4, 5, -6])),
            Values::Int(Ints::U64(&[1, 2, 3, 4, 5, u64::MAX])),
            Values::Bool(Bools::Bits(flags)),
            Values::Text(Text::Offsets32 { offsets: &offsets, bytes: b"abcdef" }),
            Values::Dictionary(Dictionary { keys, words: Text::Strs(&["x", "y"]), words_validity: None }),
            Values::Date(&[1, 2, 3, 4, 5, 6]),
            Values::Timestamp { values: &[0, 1, 2, 3, 4, 5], unit: TimeUnit::Second, zone: Some(Zone::UTC) },
            Values::Decimal { values: &[1, 2, 3, 4, 5, 6], scale: 1 },
            Values::Null(6),
        ];
        for values in columns {
            for validity in [None, Some(valid)] {
                let column = Column::new(values, validity).unwrap();
                let table = Table::new([("x", column)]).unwrap();
                let part = table.slice(2..5).unwrap();
                let owned = OwnedTable::of(&part);
                for (row, whole) in (2..5).enumerate() {
                    let expected = (column.is_null(whole), column.display(whole));
                    for table in [&part, &owned.view()] {
                        let found = table.column("x").unwrap();
                        assert_eq!((found.is_null(row), found.display(row)), expected, "{values:?} {whole}");
                    }
                }
                assert_eq!((part.rows(), owned.rows()), (3, 3));
                assert!(table.slice(4..7).is_none() || matches!(values, Values::Null(_)));
            }
        }
    }
}
