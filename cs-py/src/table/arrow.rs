//! The Arrow C data interface: capsules in and out.

use super::{Chunks, unsupported};
use crate::error::{Failure, Result};
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::ffi_stream::{ArrayStreamReader, FFI_ArrowArrayStream};
use arrow_array::{Array, ArrayReader, ArrayRef, make_array, new_empty_array};
use arrow_schema::ArrowError;
use cs_core::error::{Code, Issue};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use std::ffi::CStr;

const STREAM: &CStr = c"arrow_array_stream";
const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";

/// The chunks of an object with `__arrow_c_stream__`.
pub(super) fn stream(object: &Bound<'_, PyAny>) -> Result<Chunks> {
    let capsule = object.call_method0("__arrow_c_stream__")?.cast_into::<PyCapsule>().map_err(PyErr::from)?;
    let pointer = capsule.pointer_checked(Some(STREAM))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name holds a valid stream; `from_raw` moves it out and leaves a
    // released one behind, which the capsule's destructor accepts.
    let reader = unsafe { ArrayStreamReader::from_raw(pointer.as_ptr()) }.map_err(refused)?;
    let data_type = reader.field().data_type().clone();
    let mut chunks = Chunks::new();
    for array in reader {
        let array = array.map_err(refused)?;
        if !array.is_empty() {
            chunks.push(array);
        }
    }
    if chunks.is_empty() {
        chunks.push(new_empty_array(&data_type));
    }
    Ok(chunks)
}

/// The array of an object with `__arrow_c_array__`.
pub(super) fn array(object: &Bound<'_, PyAny>) -> Result<ArrayRef> {
    let pair = object.call_method0("__arrow_c_array__")?.cast_into::<PyTuple>().map_err(PyErr::from)?;
    let capsule = |index| pair.get_item(index).and_then(|item| Ok(item.cast_into::<PyCapsule>()?));
    let (schema, array) = (capsule(0)?, capsule(1)?);
    let schema = schema.pointer_checked(Some(SCHEMA))?.cast::<FFI_ArrowSchema>();
    let array = array.pointer_checked(Some(ARRAY))?.cast::<FFI_ArrowArray>();
    // SAFETY: capsules of these names hold a schema, which is only read while its capsule lives, and
    // an array, which is moved out: a released one is left behind.
    let (schema, array) = unsafe { (schema.as_ref(), FFI_ArrowArray::from_raw(array.as_ptr())) };
    if array.is_released() || schema.release().is_none() {
        let issue = Issue::new(Code::MalformedColumn).value("an Arrow array that was already taken over");
        return Err(issue.help("`__arrow_c_array__` must export it anew for each call").into());
    }
    // SAFETY: neither was released, so the producer holds what they point to until we release it.
    let data = unsafe { from_ffi(array, schema) };
    Ok(make_array(data.map_err(refused)?))
}

/// An array as the pair of capsules that `__arrow_c_array__` returns.
pub(super) fn export<'py>(py: Python<'py>, array: &dyn Array) -> Result<Bound<'py, PyTuple>> {
    let (array, schema) = to_ffi(&array.to_data()).map_err(refused)?;
    let schema = PyCapsule::new_with_value(py, schema, SCHEMA)?;
    let array = PyCapsule::new_with_value(py, array, ARRAY)?;
    Ok(PyTuple::new(py, [schema, array])?)
}

/// Types that this Arrow does not know, and arrays that do not fit together.
pub(super) fn refused(error: ArrowError) -> Failure {
    let text = error.to_string();
    if text.contains("data type") || text.contains("not supported") || text.contains("is not valid") {
        return unsupported(&text).into();
    }
    Issue::new(Code::MalformedColumn).value(text).into()
}
