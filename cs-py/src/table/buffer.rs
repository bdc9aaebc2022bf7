//! NumPy arrays and other objects with the buffer protocol, without a copy.

use super::{Chunks, arrow, chunks, single, unsupported};
use crate::error::{Failure, Result};
use arrow_array::types::{ArrowDictionaryKeyType, ArrowPrimitiveType};
use arrow_array::types::{
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowNativeTypeOp, BooleanArray, DictionaryArray, NullArray, PrimitiveArray, cast::AsArray,
    downcast_integer_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use cs_core::calendar::Date;
use cs_core::error::{Code, Issue, LISTED_ROWS};
use pyo3::buffer::{ElementType, PyUntypedBuffer};
use pyo3::prelude::*;
use std::ptr::NonNull;
use std::sync::Arc;

/// What NumPy writes for "not a time".
const NAT: i64 = i64::MIN;

/// A one-dimensional, gapless buffer in native byte order as an array; `None` for anything else.
pub(super) fn column(object: &Bound<'_, PyAny>) -> Result<Option<ArrayRef>> {
    let Ok(buffer) = PyUntypedBuffer::get(object) else { return Ok(None) };
    let foreign = matches!(buffer.format().to_bytes(), [b'>' | b'!', ..]);
    if foreign || buffer.dimensions() != 1 || !buffer.is_c_contiguous() {
        return Ok(None);
    }
    use ElementType::{Bool, Float, SignedInteger, UnsignedInteger};
    Ok(match ElementType::from_format(buffer.format()) {
        Float { bytes: 8 } => primitive::<Float64Type>(buffer),
        Float { bytes: 4 } => primitive::<Float32Type>(buffer),
        SignedInteger { bytes: 1 } => primitive::<Int8Type>(buffer),
        SignedInteger { bytes: 2 } => primitive::<Int16Type>(buffer),
        SignedInteger { bytes: 4 } => primitive::<Int32Type>(buffer),
        SignedInteger { bytes: 8 } => primitive::<Int64Type>(buffer),
        UnsignedInteger { bytes: 1 } => primitive::<UInt8Type>(buffer),
        UnsignedInteger { bytes: 2 } => primitive::<UInt16Type>(buffer),
        UnsignedInteger { bytes: 4 } => primitive::<UInt32Type>(buffer),
        UnsignedInteger { bytes: 8 } => primitive::<UInt64Type>(buffer),
        Bool => bytes_of(buffer).map(|bytes| Arc::new(BooleanArray::new(bits(&bytes, |byte| byte != 0), None)) as _),
        _ => None,
    })
}

/// 64-bit counts of `step` units since 1970 in which the smallest number is "not a time".
pub(super) fn timestamps(object: &Bound<'_, PyAny>, unit: &str, step: i64, zone: Option<String>) -> Result<ArrayRef> {
    let (values, nulls, unit) = times(object, unit, step, true)?;
    let zone: Option<Arc<str>> = zone.map(Into::into);
    Ok(match unit {
        "s" => Arc::new(PrimitiveArray::<TimestampSecondType>::new(values, nulls).with_timezone_opt(zone)),
        "ms" => Arc::new(PrimitiveArray::<TimestampMillisecondType>::new(values, nulls).with_timezone_opt(zone)),
        "us" => Arc::new(PrimitiveArray::<TimestampMicrosecondType>::new(values, nulls).with_timezone_opt(zone)),
        "ns" => Arc::new(PrimitiveArray::<TimestampNanosecondType>::new(values, nulls).with_timezone_opt(zone)),
        _ => return Err(unsupported(&format!("timestamps in {unit}")).into()),
    })
}

/// The same for durations.
pub(super) fn durations(object: &Bound<'_, PyAny>, unit: &str, step: i64) -> Result<ArrayRef> {
    let (values, nulls, unit) = times(object, unit, step, false)?;
    Ok(match unit {
        "s" => Arc::new(PrimitiveArray::<DurationSecondType>::new(values, nulls)),
        "ms" => Arc::new(PrimitiveArray::<DurationMillisecondType>::new(values, nulls)),
        "us" => Arc::new(PrimitiveArray::<DurationMicrosecondType>::new(values, nulls)),
        "ns" => Arc::new(PrimitiveArray::<DurationNanosecondType>::new(values, nulls)),
        _ => return Err(unsupported(&format!("durations in {unit}")).into()),
    })
}

type Times<'a> = (ScalarBuffer<i64>, Option<NullBuffer>, &'a str);

/// Counts in a unit that Arrow has; only other units and steps are converted.
fn times<'a>(object: &Bound<'_, PyAny>, unit: &'a str, step: i64, moments: bool) -> Result<Times<'a>> {
    let array = whole(object)?;
    let values = array.as_primitive_opt::<Int64Type>().ok_or_else(malformed)?.values().clone();
    let nulls = values.contains(&NAT).then(|| bits(&values, |value| value != NAT).into());
    let fine =
        |parts: i128| move |count: i64| i64::try_from((i128::from(count) * i128::from(step)).div_euclid(parts)).ok();
    let coarse = |seconds: i64| move |count: i64| count.checked_mul(step)?.checked_mul(seconds);
    let months = |months: i64| move |count: i64| first_of_month(count.checked_mul(step)?.checked_mul(months)?);
    let (values, unit) = match unit {
        "s" | "ms" | "us" | "ns" if step == 1 => (values, unit),
        "s" | "ms" | "us" | "ns" => (convert(&values, unit, coarse(1))?, unit),
        "ps" => (convert(&values, unit, fine(1_000))?, "ns"),
        "fs" => (convert(&values, unit, fine(1_000_000))?, "ns"),
        "as" => (convert(&values, unit, fine(1_000_000_000))?, "ns"),
        "m" => (convert(&values, unit, coarse(60))?, "s"),
        "h" => (convert(&values, unit, coarse(3_600))?, "s"),
        "D" => (convert(&values, unit, coarse(86_400))?, "s"),
        "W" => (convert(&values, unit, coarse(7 * 86_400))?, "s"),
        "M" if moments => (convert(&values, unit, months(1))?, "s"),
        "Y" if moments => (convert(&values, unit, months(12))?, "s"),
        _ => return Err(unsupported(&format!("times in {unit}")).into()),
    };
    Ok((values, nulls, unit))
}

/// Every count converted; those that a 64-bit number cannot hold are refused.
fn convert(values: &[i64], unit: &str, to: impl Fn(i64) -> Option<i64>) -> Result<ScalarBuffer<i64>> {
    let converted: Vec<Option<i64>> =
        values.iter().map(|&value| if value == NAT { Some(NAT) } else { to(value) }).collect();
    let far = || (0u64..).zip(&converted).filter(|(_, value)| value.is_none()).map(|(row, _)| row);
    if let Some(first) = far().next() {
        let issue = Issue::new(Code::DateOutOfRange).rows(far().take(LISTED_ROWS), far().count() as u64);
        return Err(issue.value(format!("{} {unit}", values[first as usize])).into());
    }
    Ok(converted.into_iter().flatten().collect())
}

/// The second at which a month begins, counted from January 1970; `None` beyond the calendar.
fn first_of_month(months: i64) -> Option<i64> {
    let year = i32::try_from(1970 + months.div_euclid(12)).ok()?;
    let day = Date::new(year, months.rem_euclid(12) as u32 + 1, 1)?;
    Some(i64::from(day.days()) * 86_400)
}

/// Values beside a mask in which true means missing, as pandas' nullable types have them.
pub(super) fn masked(object: &Bound<'_, PyAny>, mask: &Bound<'_, PyAny>) -> Result<ArrayRef> {
    let (array, mask) = (whole(object)?, whole(mask)?);
    let missing = mask.as_boolean_opt().ok_or_else(malformed)?;
    if array.data_type().is_null() {
        return Ok(array);
    }
    let nulls = (missing.true_count() > 0).then(|| NullBuffer::new(!missing.values()));
    // what is missing by itself, such as "not a time", stays missing
    let nulls = NullBuffer::union(array.nulls(), nulls.as_ref());
    let data = array.to_data().into_builder().nulls(nulls).build().map_err(arrow::refused)?;
    Ok(arrow_array::make_array(data))
}

/// Codes into a list of words; a negative code is missing.
pub(super) fn categories(object: &Bound<'_, PyAny>, words: &ArrayRef) -> Result<ArrayRef> {
    let array = whole(object)?;
    if words.is_empty() {
        return Ok(Arc::new(NullArray::new(array.len()))); // every code is negative
    }
    let codes = &*array;
    downcast_integer_array!(
        codes => dictionary(codes, words),
        _ => Err(malformed())
    )
}

fn dictionary<K>(codes: &PrimitiveArray<K>, words: &ArrayRef) -> Result<ArrayRef>
where
    K: ArrowDictionaryKeyType,
    K::Native: ArrowNativeTypeOp,
{
    let zero = K::Native::ZERO;
    let nulls = bits(codes.values(), |code| !code.is_lt(zero)).into();
    let codes = PrimitiveArray::<K>::new(codes.values().clone(), Some(nulls));
    Ok(Arc::new(DictionaryArray::try_new(codes, words.clone()).map_err(arrow::refused)?))
}

fn whole(object: &Bound<'_, PyAny>) -> Result<ArrayRef> {
    let found: Chunks = chunks(object)?;
    Ok(single(found))
}

fn malformed() -> Failure {
    Issue::new(Code::MalformedColumn).into()
}

fn primitive<T: ArrowPrimitiveType>(buffer: PyUntypedBuffer) -> Option<ArrayRef> {
    let rows = buffer.item_count();
    let bytes = bytes_of(buffer)?;
    let misaligned = bytes.as_ptr().align_offset(align_of::<T::Native>()) != 0;
    if misaligned || bytes.len() != rows * size_of::<T::Native>() {
        return None;
    }
    Some(Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::new(bytes, 0, rows), None)))
}

/// The memory of a gapless Python buffer, which is held until the last array over it is gone.
fn bytes_of(buffer: PyUntypedBuffer) -> Option<Buffer> {
    let length = buffer.len_bytes();
    if length == 0 {
        return Some(Buffer::from_vec(Vec::<u64>::new()));
    }
    let pointer = NonNull::new(buffer.buf_ptr().cast::<u8>())?;
    // SAFETY: the buffer is gapless (checked by `column`), so `length` bytes lie behind the pointer,
    // and Python keeps them in place while `Held` holds the export. Python code may still write to
    // them from another thread; as with every user of the buffer protocol that is the caller's to
    // avoid, and a torn number is a number.
    Some(unsafe { Buffer::from_custom_allocation(pointer, length, Arc::new(Held(buffer))) })
}

/// Keeps the export of a buffer alive; dropping it attaches to the interpreter by itself.
struct Held(#[allow(dead_code)] PyUntypedBuffer);

impl std::panic::RefUnwindSafe for Held {}

/// One bit per value.
fn bits<T: Copy>(values: &[T], holds: impl Fn(T) -> bool) -> BooleanBuffer {
    BooleanBuffer::collect_bool(values.len(), |index| holds(values[index]))
}
