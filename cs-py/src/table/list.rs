//! Python lists as columns, and Python scalars as single values.

use super::unsupported;
use crate::document::SURROGATE;
use crate::error::{Failure, Result};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray, Float64Array, Int64Array,
    LargeStringArray, NullArray, TimestampMicrosecondArray, UInt64Array,
};
use cs_core::calendar::Date;
use cs_core::error::{Code, Issue, LISTED_ROWS};
use cs_core::table::Value;
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyDate, PyDateAccess, PyDateTime, PyDelta, PyDeltaAccess, PyFloat, PyInt, PyList, PyString, PyTimeAccess,
    PyType, PyTzInfoAccess,
};
use std::sync::Arc;

/// What a Python scalar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Missing,
    Bool,
    Int,
    /// A whole number that takes more than 64 bits with sign, but not more than 128.
    Big,
    /// A whole number beyond that, which a 64-bit float may still stand for.
    Huge,
    Float,
    Text,
    Date,
    Time,
    Moment,
    Duration,
    /// What no column can hold.
    Other,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing values",
            Self::Bool => "booleans",
            Self::Int | Self::Big | Self::Huge | Self::Float => "numbers",
            Self::Text => "texts",
            Self::Date => "dates",
            Self::Time => "datetimes without a zone",
            Self::Moment => "datetimes with a zone",
            Self::Duration => "durations",
            Self::Other => "objects",
        }
    }
}

/// The kind of a scalar, and the scalar itself where it had to be unwrapped (numpy's own types).
fn classify<'py>(object: Bound<'py, PyAny>) -> Result<Cell<'py>> {
    let kind = if object.is_none() {
        Kind::Missing
    } else if let Ok(text) = object.cast::<PyString>() {
        if text.to_str().is_ok() { Kind::Text } else { Kind::Other }
    } else if object.is_instance_of::<PyFloat>() {
        // NaN stands for missing in columns of any kind: pandas writes it so.
        if object.extract::<f64>()?.is_nan() { Kind::Missing } else { Kind::Float }
    } else if object.is_instance_of::<PyBool>() {
        Kind::Bool
    } else if object.is_instance_of::<PyInt>() {
        whole(&object)
    } else {
        return classify_rare(object);
    };
    Ok((kind, object))
}

fn whole(object: &Bound<'_, PyAny>) -> Kind {
    if object.extract::<i64>().is_ok() {
        Kind::Int
    } else if object.extract::<i128>().is_ok() {
        Kind::Big
    } else if object.extract::<f64>().is_ok() {
        Kind::Huge
    } else {
        Kind::Other
    }
}

fn classify_rare<'py>(object: Bound<'py, PyAny>) -> Result<Cell<'py>> {
    let class = object.get_type();
    let module = class.module()?.to_string_lossy().into_owned();
    let root = module.split('.').next().unwrap_or_default();
    if is_not_a_value(&class, root)? {
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
    match root {
        "decimal" | "fractions" => fraction(object),
        "numpy" => scalar(object),
        _ => Ok((Kind::Other, object)),
    }
}

/// `pandas.NA`, `pandas.NaT` and `numpy.ma.masked`, each the only object of its class.
fn is_not_a_value(class: &Bound<'_, PyType>, root: &str) -> PyResult<bool> {
    let singletons: &[&str] = match root {
        "pandas" => &["NAType", "NaTType"],
        "numpy" => &["MaskedConstant"],
        _ => return Ok(false),
    };
    let name = class.name()?;
    Ok(singletons.iter().any(|singleton| name == *singleton))
}

/// A decimal or a fraction: the whole number that it is, else the nearest float.
fn fraction<'py>(object: Bound<'py, PyAny>) -> Result<Cell<'py>> {
    let py = object.py();
    let is_decimal = object.hasattr("adjusted")?;
    if is_decimal && object.call_method0("is_nan")?.extract()? {
        return Ok((Kind::Missing, object));
    }
    // A decimal of few digits may stand for a number of many.
    let short = !is_decimal
        || object.call_method0("is_finite")?.extract()? && object.call_method0("adjusted")?.extract::<i64>()? < DIGITS;
    if short {
        let whole = py.get_type::<PyInt>().call1((&object,))?;
        if whole.eq(&object)? {
            return classify(whole);
        }
    }
    // `float` rounds once, so 0.1 is the double 0.1 as in every other column.
    match py.get_type::<PyFloat>().call1((&object,)) {
        Ok(float) => classify(float),
        Err(error) if error.is_instance_of::<PyOverflowError>(py) => Ok((Kind::Other, object)),
        Err(error) => Err(error.into()),
    }
}

/// Decimal digits that every 128-bit number holds.
const DIGITS: i64 = 38;

/// A scalar of numpy, unwrapped.
fn scalar<'py>(object: Bound<'py, PyAny>) -> Result<Cell<'py>> {
    let class = object.get_type();
    if !object.is_instance(&object.py().import("numpy")?.getattr("generic")?)? {
        return Ok((Kind::Other, object)); // an array is no scalar
    }
    let name = class.name()?.to_string_lossy().into_owned();
    if name == "datetime64" || name == "timedelta64" {
        return Ok(match microseconds(&object, &name)? {
            Some(plain) => classify(plain)?,
            None => (Kind::Other, object),
        });
    }
    let plain = object.call_method0("item")?;
    if plain.get_type().is(&class) { Ok((Kind::Other, object)) } else { classify(plain) }
}

/// A time of numpy as one of Python; `None` for what Python's cannot hold.
fn microseconds<'py>(object: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let dtype: String = object.getattr("dtype")?.getattr("str")?.extract()?;
    if name == "timedelta64" && dtype.trim_end_matches(']').ends_with(['Y', 'M']) {
        return Ok(None); // years and months have no fixed length
    }
    let to = |unit: &str, object: &Bound<'py, PyAny>| object.call_method1("astype", (format!("{name}[{unit}]"),));
    let exact = to("us", object)?;
    let plain = exact.call_method0("item")?;
    if plain.is_none() {
        return Ok(Some(plain));
    }
    // numpy wraps around, and gives a bare number where Python has no such time
    let wrapped = !to("D", &exact)?.eq(to("D", object)?)?;
    let known = plain.is_instance_of::<PyDate>() || plain.is_instance_of::<PyDelta>();
    Ok((known && !wrapped).then_some(plain))
}

/// A list of scalars of one kind as a column; whole numbers beside fractions are numbers.
pub(super) fn column(list: &Bound<'_, PyList>) -> Result<ArrayRef> {
    let mut cells = Vec::with_capacity(list.len());
    for item in list.iter() {
        cells.push(classify(item)?);
    }
    Ok(match common(&cells)? {
        Kind::Missing => Arc::new(NullArray::new(cells.len())),
        Kind::Bool => Arc::new(BooleanArray::from(collect::<bool>(&cells)?)),
        Kind::Int => Arc::new(Int64Array::from(collect::<i64>(&cells)?)),
        Kind::Big => big(collect::<i128>(&cells)?)?,
        Kind::Float => Arc::new(Float64Array::from(collect::<f64>(&cells)?)),
        Kind::Text => Arc::new(texts(&cells)?),
        Kind::Date => Arc::new(Date32Array::from(map(&cells, days)?)),
        Kind::Duration => Arc::new(DurationMicrosecondArray::from(map(&cells, duration)?)),
        Kind::Time => Arc::new(TimestampMicrosecondArray::from(map(&cells, wall_clock)?)),
        Kind::Moment => moments(&cells)?,
        kind @ (Kind::Huge | Kind::Other) => return Err(unreadable(&cells, kind)),
    })
}

/// Whole numbers, exactly.
fn big(values: Vec<Option<i128>>) -> Result<ArrayRef> {
    let narrow = |value: &Option<i128>| value.map(u64::try_from).transpose();
    if let Ok(values) = values.iter().map(narrow).collect::<std::result::Result<Vec<_>, _>>() {
        return Ok(Arc::new(UInt64Array::from(values)));
    }
    let decimals = Decimal128Array::from(values).with_precision_and_scale(38, 0);
    Ok(Arc::new(decimals.map_err(super::arrow::refused)?))
}

/// The cells of a kind that no column can hold.
fn unreadable(cells: &[Cell<'_>], kind: Kind) -> Failure {
    let found = || (0u64..).zip(cells).filter(|(_, cell)| cell.0 == kind);
    let what = found().next().map_or_else(String::new, |(_, (_, object))| {
        let class = || object.get_type().name().map_or("an object".into(), |name| name.to_string_lossy().into_owned());
        match kind {
            Kind::Huge => format!("a whole number of more than {DIGITS} digits"),
            _ if object.is_instance_of::<PyInt>() => "a whole number beyond all 64-bit floats".into(),
            _ if object.is_instance_of::<PyString>() => SURROGATE.into(),
            _ => class(),
        }
    });
    let rows: Vec<u64> = found().map(|(row, _)| row).take(LISTED_ROWS).collect();
    unsupported(&what).rows(rows, found().count() as u64).into()
}

type Cell<'py> = (Kind, Bound<'py, PyAny>);

/// The one kind of all cells that are not missing.
fn common(cells: &[Cell<'_>]) -> Result<Kind> {
    if cells.iter().any(|(kind, _)| *kind == Kind::Other) {
        return Ok(Kind::Other);
    }
    let mut found = Kind::Missing;
    for (kind, _) in cells {
        found = match (found, *kind) {
            (Kind::Missing, kind) => kind,
            (found, Kind::Missing) => found,
            (found, kind) if found == kind => found,
            (found, kind) if found.name() == kind.name() => found.max(kind), // numbers: the widest
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

/// Microseconds of the wall clock since 1970-01-01T00:00.
fn wall_clock(object: &Bound<'_, PyAny>) -> PyResult<i64> {
    let time = object.cast::<PyDateTime>()?;
    let seconds = [u32::from(time.get_hour()) * 3600, u32::from(time.get_minute()) * 60, time.get_second().into()];
    let seconds = i64::from(days(object)?) * 86_400 + i64::from(seconds.iter().sum::<u32>());
    Ok(seconds * 1_000_000 + i64::from(time.get_microsecond()))
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
    Ok(wall_clock(object)? - offset)
}

/// A scalar as a single value of the core; `None` for what only a column can hold (datetimes with a
/// zone, durations, large numbers) or refuse.
pub(crate) fn one<'a>(object: &'a Bound<'_, PyAny>) -> Result<Option<Value<'a>>> {
    if let Ok(number) = object.cast_exact::<PyFloat>() {
        return Ok(Some(Value::Number(number.extract()?)));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(text.to_str().ok().map(Value::Text));
    }
    let (kind, plain) = classify(object.clone())?;
    Ok(match kind {
        Kind::Missing => Some(Value::Null),
        Kind::Bool => Some(Value::Bool(plain.extract()?)),
        Kind::Int => Some(Value::Int(plain.extract()?)),
        Kind::Float => Some(Value::Number(plain.extract()?)),
        Kind::Date | Kind::Time => Some(Value::Date(Date::from_days(days(&plain)?))),
        // A str of numpy unwraps to a copy, which a borrowed value cannot hold.
        Kind::Text => None,
        Kind::Big | Kind::Huge | Kind::Moment | Kind::Duration | Kind::Other => None,
    })
}
