//! Python objects as documents, and back.

use crate::error::{Failure, Result};
use cs_core::document::LIMITS;
use cs_core::error::{Code, Issue};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDate, PyDict, PyFloat, PyInt, PyList, PyMapping, PyRange, PyString, PyTuple};
use serde_json::{Map, Number, Value};

/// Turns a tree of dicts, lists and scalars into a JSON value.
///
/// The depth and the number of values are cut off one past the limits of the core, which then
/// reports them: so neither a cycle nor a huge tree can exhaust the stack or the memory.
pub(crate) fn to_value(object: &Bound<'_, PyAny>) -> Result<Value> {
    Reader { path: Vec::new(), values: 0 }.value(object)
}

/// Options by their names.
pub(crate) fn to_options(options: &Bound<'_, PyDict>) -> Result<Value> {
    let mut map = Map::new();
    for (name, value) in options {
        let name: String = name.extract()?;
        let value = if name == ROWS { rows(&value)? } else { within(&name, None, &value)? };
        map.insert(name, value);
    }
    Ok(Value::Object(map))
}

/// The same without the row numbers, which may be many.
pub(crate) fn to_options_but_rows(options: &Bound<'_, PyDict>) -> Result<Value> {
    let options = options.copy()?;
    if options.contains(ROWS)? {
        options.del_item(ROWS)?;
    }
    to_options(&options)
}

const ROWS: &str = "rows";

/// Row numbers, from anything that can be listed; there may be more than a document may have values.
fn rows(object: &Bound<'_, PyAny>) -> Result<Value> {
    let Some(list) = listed(object)? else { return within(ROWS, None, object) };
    let mut values = Vec::with_capacity(list.len());
    for (index, item) in list.iter().enumerate() {
        let whole = item.cast_exact::<PyInt>().ok().and_then(|whole| whole.extract::<i64>().ok());
        values.push(match whole {
            Some(whole) => whole.into(),
            None => within(ROWS, Some(index), &item)?,
        });
    }
    Ok(Value::Array(values))
}

/// A list, or what becomes one: a tuple, a range, an array, a Series.
fn listed<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
    if let Ok(list) = object.cast::<PyList>() {
        return Ok(Some(list.clone()));
    }
    if object.is_instance_of::<PyTuple>() || object.is_instance_of::<PyRange>() {
        return object.py().get_type::<PyList>().call1((object,))?.cast_into().map(Some).map_err(PyErr::from);
    }
    for method in ["tolist", "to_list", "to_pylist"] {
        if object.hasattr(method)? {
            return Ok(object.call_method0(method)?.cast_into().ok());
        }
    }
    Ok(None)
}

/// A value under a name, or at a place in the list of that name.
fn within(name: &str, index: Option<usize>, object: &Bound<'_, PyAny>) -> Result<Value> {
    let path = std::iter::once(Step::Field(name.to_owned())).chain(index.map(Step::Index));
    Reader { path: path.collect(), values: 0 }.value(object)
}

/// A text; one with a lone surrogate, which is no Unicode, is of the wrong type.
pub(crate) fn unicode<'a>(text: &'a Bound<'_, PyString>, path: &str) -> Result<&'a str> {
    let issue = || Issue::new(Code::WrongType).path(path).value(SURROGATE).expected("Unicode");
    text.to_str().map_err(|_| issue().into())
}

/// A document's text.
pub(crate) fn source<'a>(text: &'a Bound<'_, PyString>) -> Result<&'a str> {
    let issue = || Issue::new(Code::DocumentSyntax).value(SURROGATE).expected("Unicode, in UTF-8 where it is a file");
    text.to_str().map_err(|_| issue().into())
}

pub(crate) const SURROGATE: &str = "a text with a lone surrogate";

enum Step {
    Field(String),
    Index(usize),
}

struct Reader {
    path: Vec<Step>,
    values: usize,
}

impl Reader {
    fn value(&mut self, object: &Bound<'_, PyAny>) -> Result<Value> {
        self.values += 1;
        if object.is_none() {
            return Ok(Value::Null);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return self.text(text).map(Value::String);
        }
        if let Ok(flag) = object.cast::<PyBool>() {
            return Ok(Value::Bool(flag.is_true()));
        }
        if object.is_instance_of::<PyInt>() {
            return self.whole(object);
        }
        if object.is_instance_of::<PyFloat>() {
            return self.number(object);
        }
        if let Ok(mapping) = object.cast::<PyMapping>() {
            return self.object(mapping);
        }
        if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
            return self.list(object);
        }
        self.other(object)
    }

    /// Whether what lies below may be left out, because the core refuses the document anyway.
    fn is_beyond_limits(&self) -> bool {
        self.path.len() > LIMITS.depth || self.values > LIMITS.values
    }

    fn object(&mut self, mapping: &Bound<'_, PyMapping>) -> Result<Value> {
        let mut map = Map::new();
        if self.is_beyond_limits() {
            return Ok(Value::Object(map));
        }
        // `items` is called once: a plain dict can change under a loop, its list of items cannot.
        for item in mapping.items()?.iter() {
            let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            let key = self.key(&key)?;
            self.path.push(Step::Field(key.clone()));
            let value = self.value(&value)?;
            self.path.pop();
            map.insert(key, value);
            if self.values > LIMITS.values {
                break;
            }
        }
        Ok(Value::Object(map))
    }

    fn list(&mut self, list: &Bound<'_, PyAny>) -> Result<Value> {
        let mut values = Vec::new();
        if self.is_beyond_limits() {
            return Ok(Value::Array(values));
        }
        for (index, item) in list.try_iter()?.enumerate() {
            self.path.push(Step::Index(index));
            values.push(self.value(&item?)?);
            self.path.pop();
            if self.values > LIMITS.values {
                break;
            }
        }
        Ok(Value::Array(values))
    }

    fn text(&self, text: &Bound<'_, PyString>) -> Result<String> {
        unicode(text, &self.path_text()).map(str::to_owned)
    }

    /// A key as text: numbers and booleans are spelled as YAML spells them.
    fn key(&self, key: &Bound<'_, PyAny>) -> Result<String> {
        if let Ok(text) = key.cast::<PyString>() {
            return self.text(text);
        }
        if let Ok(flag) = key.cast::<PyBool>() {
            return Ok(flag.is_true().to_string());
        }
        if key.extract::<i64>().is_ok() || key.is_instance_of::<PyFloat>() {
            return self.text(&key.str()?);
        }
        Err(self.refused(key, "a text as key"))
    }

    fn whole(&self, object: &Bound<'_, PyAny>) -> Result<Value> {
        match object.extract::<i64>() {
            Ok(whole) => Ok(whole.into()),
            Err(_) => self.number(object),
        }
    }

    fn number(&self, object: &Bound<'_, PyAny>) -> Result<Value> {
        let number = match object.extract::<f64>() {
            Ok(number) => number,
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
                return Err(self.not_finite("a whole number beyond all 64-bit floats"));
            }
            Err(error) => return Err(error.into()),
        };
        let finite = Number::from_f64(number).map(Value::Number);
        finite.ok_or_else(|| self.not_finite(&number.to_string()))
    }

    fn not_finite(&self, found: &str) -> Failure {
        let issue = Issue::new(Code::NumberOutOfRange).path(self.path_text()).value(found);
        issue.expected("a finite number").into()
    }

    /// Dates become ISO text, decimals plain text, numpy's scalars Python's.
    fn other(&mut self, object: &Bound<'_, PyAny>) -> Result<Value> {
        if object.is_instance_of::<PyDate>() {
            let iso = object.call_method0("isoformat")?.cast_into::<PyString>().map_err(PyErr::from)?;
            return self.text(&iso).map(Value::String);
        }
        let class = object.get_type();
        let module = class.module()?;
        if module == "decimal" {
            return self.text(&object.str()?).map(Value::String);
        }
        if module == "numpy" {
            let plain = object.call_method0("tolist")?;
            if !plain.get_type().is(&class) {
                return self.value(&plain);
            }
        }
        if object.hasattr("__fspath__")?
            && let Ok(path) = object.call_method0("__fspath__")?.cast::<PyString>()
        {
            return self.text(path).map(Value::String);
        }
        Err(self.refused(object, "a dict, list, text, number, boolean or None"))
    }

    fn refused(&self, object: &Bound<'_, PyAny>, expected: &str) -> Failure {
        let name =
            object.get_type().name().map_or_else(|_| "an object".into(), |name| name.to_string_lossy().into_owned());
        Issue::new(Code::WrongType).path(self.path_text()).value(name).expected(expected).into()
    }

    /// The path as the core writes it: `dimensions[0].items[2]`.
    fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Index(index) => text.push_str(&format!("[{index}]")),
                Step::Field(name) if text.is_empty() => text.push_str(name),
                Step::Field(name) => text.push_str(&format!(".{name}")),
            }
        }
        text
    }
}

/// A JSON value as Python objects. The value is the core's own, so its depth is small.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into_pyobject(py)?.into_any(),
            (None, Some(whole)) => whole.into_pyobject(py)?.into_any(),
            (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(values) => {
            let items: Vec<_> = values.iter().map(|value| to_python(py, value)).collect::<PyResult<_>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(map) => object_to_python(py, map)?,
    })
}

fn object_to_python<'py>(py: Python<'py>, map: &Map<String, Value>) -> PyResult<Bound<'py, PyAny>> {
    let dict = PyDict::new(py);
    for (key, value) in map {
        dict.set_item(key, to_python(py, value)?)?;
    }
    Ok(dict.into_any())
}
