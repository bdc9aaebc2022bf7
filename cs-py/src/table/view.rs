//! Arrow arrays as views of the core, without a copy.

use super::unsupported;
use crate::error::Result;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal128Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{AnyDictionaryArray, Array, ArrayRef, StringViewArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit as Unit};
use cs_core::calendar::Zone;
use cs_core::table::{Bitmap, Bools, Column, Dictionary, Ints, Text, TimeUnit, Values};

/// The buffers that a view column, or the words of a dictionary of views, point into.
pub(super) fn data_buffers(array: &ArrayRef) -> Vec<&[u8]> {
    let words = array.as_any_dictionary_opt().map_or(array, |dictionary| dictionary.values());
    let views = words.as_string_view_opt();
    views.map_or_else(Vec::new, |views| views.data_buffers().iter().map(|buffer| buffer.as_slice()).collect())
}

/// The view of an array; `buffers` are its [`data_buffers`].
pub(super) fn column<'a>(array: &'a ArrayRef, buffers: &'a [&'a [u8]]) -> Result<Column<'a>> {
    let values = match array.data_type() {
        DataType::Null => Values::Null(array.len()),
        DataType::Dictionary(..) => Values::Dictionary(dictionary(array.as_any_dictionary(), buffers)?),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Values::Text(text(array, buffers)?),
        DataType::Boolean => {
            let bits = array.as_boolean().values();
            Values::Bool(Bools::Bits(Bitmap::new(bits.values(), bits.offset(), bits.len())?))
        }
        DataType::Float64 => Values::F64(numbers::<Float64Type>(array)),
        DataType::Float32 => Values::F32(numbers::<Float32Type>(array)),
        DataType::Decimal128(_, scale) => Values::Decimal { values: numbers::<Decimal128Type>(array), scale: *scale },
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Duration(_) => times(array)?,
        _ => Values::Int(ints(array)?),
    };
    Ok(Column::new(values, nulls(array.nulls())?)?)
}

fn nulls(nulls: Option<&NullBuffer>) -> Result<Option<Bitmap<'_>>> {
    let view = nulls.map(|nulls| Bitmap::new(nulls.validity(), nulls.offset(), nulls.len()));
    Ok(view.transpose()?)
}

fn numbers<T: ArrowPrimitiveType>(array: &ArrayRef) -> &[T::Native] {
    array.as_primitive::<T>().values()
}

fn ints(array: &dyn Array) -> Result<Ints<'_>> {
    macro_rules! of {
        ($type:ty) => {
            array.as_primitive::<$type>().values()
        };
    }
    Ok(match array.data_type() {
        DataType::Int8 => Ints::I8(of!(Int8Type)),
        DataType::Int16 => Ints::I16(of!(Int16Type)),
        DataType::Int32 => Ints::I32(of!(Int32Type)),
        DataType::Int64 => Ints::I64(of!(Int64Type)),
        DataType::UInt8 => Ints::U8(of!(UInt8Type)),
        DataType::UInt16 => Ints::U16(of!(UInt16Type)),
        DataType::UInt32 => Ints::U32(of!(UInt32Type)),
        DataType::UInt64 => Ints::U64(of!(UInt64Type)),
        other => return Err(unsupported(&other.to_string()).into()),
    })
}

fn times(array: &ArrayRef) -> Result<Values<'_>> {
    let unit = match array.data_type() {
        DataType::Timestamp(unit, _) | DataType::Duration(unit) => *unit,
        DataType::Date32 => return Ok(Values::Date(numbers::<Date32Type>(array))),
        _ => return Ok(wall_clock(numbers::<Date64Type>(array))),
    };
    let (moments, unit) = match (array.data_type(), unit) {
        (DataType::Timestamp(..), Unit::Second) => (numbers::<TimestampSecondType>(array), TimeUnit::Second),
        (DataType::Timestamp(..), Unit::Millisecond) => {
            (numbers::<TimestampMillisecondType>(array), TimeUnit::Millisecond)
        }
        (DataType::Timestamp(..), Unit::Microsecond) => {
            (numbers::<TimestampMicrosecondType>(array), TimeUnit::Microsecond)
        }
        (DataType::Timestamp(..), Unit::Nanosecond) => {
            (numbers::<TimestampNanosecondType>(array), TimeUnit::Nanosecond)
        }
        (_, Unit::Second) => (numbers::<DurationSecondType>(array), TimeUnit::Second),
        (_, Unit::Millisecond) => (numbers::<DurationMillisecondType>(array), TimeUnit::Millisecond),
        (_, Unit::Microsecond) => (numbers::<DurationMicrosecondType>(array), TimeUnit::Microsecond),
        (_, Unit::Nanosecond) => (numbers::<DurationNanosecondType>(array), TimeUnit::Nanosecond),
    };
    Ok(match array.data_type() {
        DataType::Timestamp(_, zone) => {
            let zone = zone.as_deref().map(Zone::parse).transpose()?;
            Values::Timestamp { values: moments, unit, zone }
        }
        _ => Values::Duration { values: moments, unit },
    })
}

/// Arrow's `date64` counts milliseconds.
fn wall_clock(values: &[i64]) -> Values<'_> {
    Values::Timestamp { values, unit: TimeUnit::Millisecond, zone: None }
}

fn text<'a>(array: &'a ArrayRef, buffers: &'a [&'a [u8]]) -> Result<Text<'a>> {
    Ok(match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            Text::Offsets32 { offsets: texts.value_offsets(), bytes: texts.value_data() }
        }
        DataType::LargeUtf8 => {
            let texts = array.as_string::<i64>();
            Text::Offsets64 { offsets: texts.value_offsets(), bytes: texts.value_data() }
        }
        DataType::Utf8View => Text::Views { views: views(array.as_string_view()), buffers },
        other => return Err(unsupported(&format!("categories of {other}")).into()),
    })
}

/// Arrow-rs holds views as u128; the core reads their bytes.
fn views(array: &StringViewArray) -> &[[u8; 16]] {
    let views: &[u128] = array.views();
    // SAFETY: u128 and [u8; 16] have the same size, every bit pattern is valid for both, and the
    // alignment of bytes is weaker. The producer wrote these bytes in Arrow's own layout.
    unsafe { std::slice::from_raw_parts(views.as_ptr().cast(), views.len()) }
}

fn dictionary<'a>(array: &'a dyn AnyDictionaryArray, buffers: &'a [&'a [u8]]) -> Result<Dictionary<'a>> {
    let words = array.values();
    Ok(Dictionary { keys: ints(array.keys())?, words: text(words, buffers)?, words_validity: nulls(words.nulls())? })
}
