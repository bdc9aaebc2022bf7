//! Python lists as columns, and Python scalars as single values.

use super::unsupported;
use crate::error::Result;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DurationMicrosecondArray, Float64Array, Int64Array, LargeStringArray,
    NullArray, TimestampMicrosecondArray,
};
use cs_core::calendar::Date;
use cs_core::error::{Code, Issue, LISTED_ROWS};
use cs_core::table::Value;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyFloat, PyInt, PyList, PyString, PyTzInfoAccess,
};
use std::sync::Arc;

/// What a Python scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Missing,
    Bool,
    Int,
    Float,
    Text,
    Date,
    Time,
    Moment,
    Duration,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing values",
            Self::Bool => "booleans",
            Self::Int | Self::Float => "numbers",
            Self::Text => "texts",
            Self::Date => "dates",
            Self::Time => "datetimes without a zone",
            Self::Moment => "datetimes with a zone",
            Self::Duration => "durations",
        }
    }
}

/// The kind of a scalar, and the scalar itself where it had to be unwrapped (numpy's own types).
fn classify<'py>(object: Bound<'py, PyAny>) -> Result<(Kind, Bound<'py, PyAny>)> {
    let kind = if object.is_none() {
        Kind::Missing
    } else if object.is_instance_of::<PyString>() {
        Kind::Text
    } else if object.is_instance_of::<PyFloat>() {
        // NaN stands for missing in columns of any kind: pandas writes it so.
        if object.extract::<f64>()?.is_nan() { Kind::Missing } else { Kind::Float }
    } else if object.is_instance_of::<PyBool>() {
        Kind::Bool
    } else if object.is_instance_of::<PyInt>() {
        if object.extract::<i64>().is_ok() { Kind::Int } else { Kind::Float }
    } else {
        return classify_rare(object);
    };
    Ok((kind, object))
}

fn classify_rare<'py>(object: Bound<'py, PyAny>) -> Result<(Kind, Bound<'py, PyAny>)> {
    if is_not_a_value(&object) {
        return Ok((Kind::Missing, object));
    }
    if let Ok(moment) = object.cast::<PyDateTime>() {
        let kind = if moment.get_tzinfo().is_some() { Kind::Moment } else { Kind::Time };
        return Ok((kind, object));
    }
    if object.is_instance_of::<PyDate>() {
        return Ok((Kind::Date, object));
    }
    if object.is_instance_of::<PyDelta>() {
        return Ok((Kind::Duration, object));
    }
    let class = object.get_type();
    let module = class.module()?;
    if module == "decimal" || module == "fractions" {
        // `float` rounds once, so 0.1 is the double 0.1 as in every other column.
        return classify(object.py().get_type::<PyFloat>().call1((object,))?);
    }
    if module == "numpy" {
        let name = class.name()?;
        let plain = if name == "datetime64" || name == "timedelta64" {
            object.call_method1("astype", (format!("{name}[us]"),))?.call_method0("item")?
        } else {
            object.call_method0("item")?
        };
        if !plain.get_type().is(&class) {
            return classify(plain);
        }
    }
    Err(unsupported(&class.name()?.to_string()).into())
}

/// `pandas.NA`, `pandas.NaT` and whatever else does not equal itself.
fn is_not_a_value(object: &Bound<'_, PyAny>) -> bool {
    match object.eq(object) {
        Ok(equal) => !equal,
        Err(_) => true, // `bool(pandas.NA)` raises
    }
}

/// A list of scalars of one kind as a column; whole numbers beside fractions are numbers.
pub(super) fn column(list: &Bound<'_, PyList>) -> Result<ArrayRef> {
    let mut cells = Vec::with_capacity(list.len());
    for item in list.iter() {
        cells.push(classify(item)?);
    }
    let kind = common(&cells)?;
    Ok(match kind {
        Kind::Missing => Arc::new(NullArray::new(cells.len())),
        Kind::Bool => Arc::new(BooleanArray::from(collect::<bool>(&cells)?)),
        Kind::Int => Arc::new(Int64Array::from(collect::<i64>(&cells)?)),
        Kind::Float => Arc::new(Float64Array::from(collect::<f64>(&cells)?)),
        Kind::Text => Arc::new(texts(&cells)?),
        Kind::Date => Arc::new(Date32Array::from(map(&cells, days)?)),
        Kind::Duration => Arc::new(DurationMicrosecondArray::from(map(&cells, duration)?)),
        Kind::Time => Arc::new(TimestampMicrosecondArray::from(map(&cells, wall_clock)?)),
        Kind::Moment => moments(&cells)?,
    })
}

type Cell<'py> = (Kind, Bound<'py, PyAny>);

/// The one kind of all cells that are not missing.
fn common(cells: &[Cell<'_>]) -> Result<Kind> {
    let mut found = Kind::Missing;
    for (kind, _) in cells {
        found = match (found, *kind) {
            (Kind::Missing, kind) => kind,
            (found, Kind::Missing) => found,
            (Kind::Int, Kind::Float) | (Kind::Float, Kind::Int) => Kind::Float,
            (found, kind) if found == kind => found,
            (found, kind) => return Err(mixed(cells, found, kind).into()),
        };
    }
    Ok(found)
}

fn mixed(cells: &[Cell<'_>], first: Kind, second: Kind) -> Issue {
    let strange = |kind: Kind| kind != Kind::Missing && kind.name() != first.name();
    let rows: Vec<u64> = (0u64..).zip(cells).filter(|(_, (kind, _))| strange(*kind)).map(|(row, _)| row).collect();
    let count = rows.len() as u64;
    let issue = Issue::new(Code::MixedTypes).rows(rows.into_iter().take(LISTED_ROWS), count);
    issue.value(format!("{} among {}", second.name(), first.name())).expected("values of one type")
}

fn map<T>(cells: &[Cell<'_>], read: impl Fn(&Bound<'_, PyAny>) -> PyResult<T>) -> PyResult<Vec<Option<T>>> {
    let cell = |(kind, object): &Cell<'_>| if *kind == Kind::Missing { Ok(None) } else { read(object).map(Some) };
    cells.iter().map(cell).collect()
}

fn collect<'py, T>(cells: &[Cell<'py>]) -> PyResult<Vec<Option<T>>>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    let cell = |(kind, object): &Cell<'py>| if *kind == Kind::Missing { Ok(None) } else { object.extract().map(Some) };
    cells.iter().map(cell).collect()
}

fn texts(cells: &[Cell<'_>]) -> PyResult<LargeStringArray> {
    let mut texts: Vec<Option<&str>> = Vec::with_capacity(cells.len());
    for (kind, object) in cells {
        texts.push(if *kind == Kind::Missing { None } else { Some(object.cast::<PyString>()?.to_str()?) });
    }
    Ok(LargeStringArray::from(texts))
}

/// Days since 1970-01-01.
fn days(object: &Bound<'_, PyAny>) -> PyResult<i32> {
    let date = object.cast::<PyDate>()?;
    let day = Date::new(date.get_year(), date.get_month().into(), date.get_day().into());
    Ok(day.map_or(0, Date::days)) // a Python date always exists
}

fn duration(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    let delta = object.cast::<PyDelta>()?;
    let seconds = i64::from(delta.get_days()) * 86_400 + i64::from(delta.get_seconds());
    Ok(seconds * 1_000_000 + i64::from(delta.get_microseconds()))
}

/// Microseconds of the wall clock, of which only the day is used.
fn wall_clock(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    Ok(i64::from(days(object)?) * 86_400_000_000)
}

fn moments(cells: &[Cell<'_>]) -> Result<ArrayRef> {
    let mut zone: Option<String> = None;
    for (row, (kind, object)) in (0u64..).zip(cells) {
        if *kind == Kind::Missing {
            continue;
        }
        let name = zone_name(object)?;
        match &zone {
            Some(first) if *first != name => {
                let issue = Issue::new(Code::MixedTypes).rows([row], 1).value(format!("the zone {name} after {first}"));
                return Err(issue.expected("datetimes of one zone").into());
            }
            _ => zone = Some(name),
        }
    }
    let values = map(cells, moment)?;
    Ok(Arc::new(TimestampMicrosecondArray::from(values).with_timezone_opt(zone)))
}

/// The name of a datetime's zone as the core reads it: Python writes fixed offsets as `UTC+09:00`.
fn zone_name(object: &Bound<'_, PyAny>) -> PyResult<String> {
    let name: String = object.getattr("tzinfo")?.str()?.extract()?;
    Ok(name.strip_prefix("UTC").filter(|rest| !rest.is_empty()).map_or(name.clone(), Into::into))
}

fn moment(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    let offset = duration(&object.call_method0("utcoffset")?)?;
    let part = |name: &str| object.getattr(name)?.extract::<i64>();
    let seconds = part("hour")? * 3600 + part("minute")? * 60 + part("second")?;
    Ok(wall_clock(object)? + seconds * 1_000_000 + part("microsecond")? - offset)
}

/// A scalar as a single value of the core; `None` for what only a column can hold (datetimes with a
/// zone, durations).
pub(crate) fn one<'a>(object: &'a Bound<'_, PyAny>) -> Result<Option<Value<'a>>> {
    if let Ok(number) = object.cast_exact::<PyFloat>() {
        return Ok(Some(Value::Number(number.extract()?)));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Some(Value::Text(text.to_str()?)));
    }
    let (kind, plain) = classify(object.clone())?;
    Ok(match kind {
        Kind::Missing => Some(Value::Null),
        Kind::Bool => Some(Value::Bool(plain.extract()?)),
        Kind::Int => Some(Value::Int(plain.extract()?)),
        Kind::Float => Some(Value::Number(plain.extract()?)),
        Kind::Date | Kind::Time => Some(Value::Date(Date::from_days(days(&plain)?))),
        // A str of numpy unwraps to a copy, which a borrowed value cannot hold.
        Kind::Text | Kind::Moment | Kind::Duration => None,
    })
}
