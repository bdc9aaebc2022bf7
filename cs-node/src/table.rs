//! The data door: flat buffers, as the glue describes them, as columns of the core.
//!
//! `lib/columns.js` and `lib/arrow.js` turn whatever a user has into plain objects of the form
//! `{name, kind, values, …}`. They are read here by reference, so that a synchronous call copies
//! nothing; before work leaves the event loop, [`Batch::into_owned`] copies them, because JavaScript
//! may write into a typed array while another thread reads it.

use crate::error::{Failure, call};
use cs_core::calendar::Zone;
use cs_core::error::{Code, Issue};
use cs_core::table::Tables;
use cs_core::table::{Bitmap, Bools, Column, Dictionary, Ints, Table, Text, TimeUnit, Values};
use napi::Env;
use napi::bindgen_prelude::{FromNapiValue, Object};
use napi_derive::napi;
use std::borrow::Cow;

/// Columns of one length.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    rows: usize,
    columns: Vec<Given<'a>>,
}

/// One column as it was given.
#[derive(Debug)]
struct Given<'a> {
    name: String,
    values: Flat<'a>,
    validity: Option<Bits<'a>>,
}

/// A bitmap that starts at any bit.
#[derive(Debug)]
struct Bits<'a> {
    bytes: Cow<'a, [u8]>,
    offset: usize,
    len: usize,
}

/// The values of a column in flat buffers, borrowed from JavaScript or owned.
#[derive(Debug)]
enum Flat<'a> {
    F64(Cow<'a, [f64]>),
    F32(Cow<'a, [f32]>),
    Int(Whole<'a>),
    BoolBits(Bits<'a>),
    BoolBytes(Cow<'a, [u8]>),
    Text32 { offsets: Cow<'a, [i32]>, bytes: Cow<'a, [u8]> },
    Text64 { offsets: Cow<'a, [i64]>, bytes: Cow<'a, [u8]> },
    Dictionary { keys: Whole<'a>, words: Box<Given<'a>> },
    Date(Cow<'a, [i32]>),
    Timestamp { values: Cow<'a, [i64]>, unit: TimeUnit, zone: Option<Zone> },
    Duration { values: Cow<'a, [i64]>, unit: TimeUnit },
    Decimal { values: Vec<i128>, scale: i8 },
    Null(usize),
}

/// Whole numbers of any width.
#[derive(Debug)]
enum Whole<'a> {
    I8(Cow<'a, [i8]>),
    I16(Cow<'a, [i16]>),
    I32(Cow<'a, [i32]>),
    I64(Cow<'a, [i64]>),
    U8(Cow<'a, [u8]>),
    U16(Cow<'a, [u16]>),
    U32(Cow<'a, [u32]>),
    U64(Cow<'a, [u64]>),
}

/// Reads the batches of one call.
///
/// # Safety
/// The result borrows the memory of typed arrays: until it is dropped or owned, no JavaScript may run
/// that could write to, detach or free them, and none of them may be shared with another thread.
pub(crate) unsafe fn read_batches<'a>(batches: Vec<Object<'a>>) -> Result<Vec<Batch<'a>>, Failure> {
    batches.iter().map(Batch::read).collect()
}

/// The batches of one table, and what the table is for.
#[derive(Debug)]
pub(crate) struct Role<'a> {
    name: String,
    batches: Vec<Batch<'a>>,
}

/// Reads the tables of one call, each `{role, batches}`.
///
/// # Safety
/// As [`read_batches`].
pub(crate) unsafe fn read_roles<'a>(tables: Vec<Object<'a>>) -> Result<Vec<Role<'a>>, Failure> {
    let read = |table: &Object<'a>| {
        // SAFETY: the caller's.
        let batches = unsafe { read_batches(required(table, "batches")?) }?;
        Ok(Role { name: required(table, "role")?, batches })
    };
    tables.iter().map(read).collect()
}

impl Role<'_> {
    /// The same with its own memory.
    pub(crate) fn into_owned(self) -> Role<'static> {
        Role { name: self.name, batches: self.batches.into_iter().map(Batch::into_owned).collect() }
    }
}

/// All tables as the core takes them, without a copy.
pub(crate) fn by_role<'t>(roles: &'t [Role<'_>]) -> Result<Tables<'t>, Failure> {
    let read = |role: &'t Role<'_>| Ok((role.name.as_str(), tables(&role.batches)?));
    Ok(Tables::new(roles.iter().map(read).collect::<Result<Vec<_>, Failure>>()?))
}

impl<'a> Batch<'a> {
    fn read(object: &Object<'a>) -> Result<Self, Failure> {
        let columns: Vec<Object<'a>> = required(object, "columns")?;
        Ok(Self {
            rows: required::<f64>(object, "rows")? as usize,
            columns: columns.iter().map(Given::read).collect::<Result<_, _>>()?,
        })
    }

    /// The batch as a table of the core, without a copy.
    pub(crate) fn table(&self) -> Result<Table<'_>, Failure> {
        let names = self.columns.iter().map(|column| Cow::Borrowed(column.name.as_str())).collect();
        let columns = self.columns.iter().map(Given::column).collect::<Result<_, _>>()?;
        Ok(Table::with_rows(names, columns, self.rows)?)
    }

    /// The same batch with its own memory.
    pub(crate) fn into_owned(self) -> Batch<'static> {
        Batch { rows: self.rows, columns: self.columns.into_iter().map(Given::into_owned).collect() }
    }
}

/// All batches as tables.
pub(crate) fn tables<'t>(batches: &'t [Batch<'_>]) -> Result<Vec<Table<'t>>, Failure> {
    batches.iter().map(Batch::table).collect()
}

fn required<T: FromNapiValue>(object: &Object<'_>, field: &str) -> Result<T, Failure> {
    let missing = || napi::Error::from_reason(format!("the column description lacks `{field}`"));
    Ok(object.get(field)?.ok_or_else(missing)?)
}

/// A typed array by reference.
fn slice<'a, T: Clone>(object: &Object<'a>, field: &str) -> Result<Cow<'a, [T]>, Failure>
where
    &'a [T]: FromNapiValue,
{
    required::<&'a [T]>(object, field).map(Cow::Borrowed)
}

impl<'a> Given<'a> {
    fn read(object: &Object<'a>) -> Result<Self, Failure> {
        let name: String = required(object, "name")?;
        let kind: String = required(object, "kind")?;
        let values = Flat::read(&name, &kind, object)?;
        Ok(Self { name, validity: Bits::validity(object, values.len())?, values })
    }

    fn column(&self) -> Result<Column<'_>, Failure> {
        let validity = self.validity.as_ref().map(Bits::view).transpose()?;
        Ok(Column::new(self.values.view()?, validity)?)
    }

    fn into_owned(self) -> Given<'static> {
        let validity = self.validity.map(Bits::into_owned);
        Given { name: self.name, values: self.values.into_owned(), validity }
    }
}

impl<'a> Bits<'a> {
    /// The bitmap `valid`, which starts at bit `validOffset`.
    fn validity(object: &Object<'a>, len: usize) -> Result<Option<Self>, Failure> {
        let Some(bytes) = object.get::<&'a [u8]>("valid")? else { return Ok(None) };
        Ok(Some(Self { bytes: Cow::Borrowed(bytes), offset: offset(object, "validOffset")?, len }))
    }

    fn view(&self) -> Result<Bitmap<'_>, Failure> {
        Ok(Bitmap::new(&self.bytes, self.offset, self.len)?)
    }

    fn into_owned(self) -> Bits<'static> {
        Bits { bytes: own(self.bytes), offset: self.offset, len: self.len }
    }
}

fn offset(object: &Object<'_>, field: &str) -> Result<usize, Failure> {
    Ok(object.get::<f64>(field)?.unwrap_or(0.0) as usize)
}

fn own<T: Clone>(values: Cow<'_, [T]>) -> Cow<'static, [T]> {
    Cow::Owned(values.into_owned())
}

impl<'a> Flat<'a> {
    fn read(name: &str, kind: &str, object: &Object<'a>) -> Result<Self, Failure> {
        Ok(match kind {
            "f64" => Self::F64(slice(object, "values")?),
            "f32" => Self::F32(slice(object, "values")?),
            "bool_bits" => {
                let (bytes, len) = (slice(object, "values")?, required::<f64>(object, "length")? as usize);
                Self::BoolBits(Bits { bytes, offset: offset(object, "offset")?, len })
            }
            "bool_bytes" => Self::BoolBytes(slice(object, "values")?),
            "text32" => Self::Text32 { offsets: slice(object, "offsets")?, bytes: slice(object, "values")? },
            "text64" => Self::Text64 { offsets: slice(object, "offsets")?, bytes: slice(object, "values")? },
            "dictionary" => Self::dictionary(object)?,
            "date" => Self::Date(slice(object, "values")?),
            "timestamp" => {
                let zone = object.get::<String>("zone")?.map(|zone| Zone::parse(&zone)).transpose()?;
                Self::Timestamp { values: slice(object, "values")?, unit: unit(object)?, zone }
            }
            "duration" => Self::Duration { values: slice(object, "values")?, unit: unit(object)? },
            "decimal" => Self::decimal(object)?,
            "null" => Self::Null(required::<f64>(object, "length")? as usize),
            "refused" => return Err(refused(name, object)?.into()),
            width => Self::Int(Whole::read(width, object)?),
        })
    }

    fn dictionary(object: &Object<'a>) -> Result<Self, Failure> {
        let keys: Object<'a> = required(object, "keys")?;
        let words = Given::read(&required(object, "words")?)?;
        let width: String = required(&keys, "kind")?;
        Ok(Self::Dictionary { keys: Whole::read(&width, &keys)?, words: Box::new(words) })
    }

    /// Arrow's 128-bit decimals: four words each, the lowest first; they are not aligned for `i128`.
    fn decimal(object: &Object<'a>) -> Result<Self, Failure> {
        let words = slice::<u32>(object, "values")?;
        let number = |four: &[u32]| four.iter().rev().fold(0u128, |n, &word| n << 32 | u128::from(word)) as i128;
        let scale = required::<f64>(object, "scale")? as i8;
        Ok(Self::Decimal { values: words.chunks_exact(4).map(number).collect(), scale })
    }

    fn len(&self) -> usize {
        match self {
            Self::F64(values) => values.len(),
            Self::F32(values) => values.len(),
            Self::Int(whole) | Self::Dictionary { keys: whole, .. } => whole.view().len(),
            Self::BoolBits(bits) => bits.len,
            Self::BoolBytes(bytes) => bytes.len(),
            Self::Text32 { offsets, .. } => offsets.len().saturating_sub(1),
            Self::Text64 { offsets, .. } => offsets.len().saturating_sub(1),
            Self::Date(values) => values.len(),
            Self::Timestamp { values, .. } | Self::Duration { values, .. } => values.len(),
            Self::Decimal { values, .. } => values.len(),
            Self::Null(len) => *len,
        }
    }

    fn view(&self) -> Result<Values<'_>, Failure> {
        Ok(match self {
            Self::F64(values) => Values::F64(values),
            Self::F32(values) => Values::F32(values),
            Self::Int(whole) => Values::Int(whole.view()),
            Self::BoolBits(bits) => Values::Bool(Bools::Bits(bits.view()?)),
            Self::BoolBytes(bytes) => Values::Bool(Bools::Bytes(bytes)),
            Self::Text32 { .. } | Self::Text64 { .. } => Values::Text(self.text()),
            Self::Dictionary { keys, words } => Values::Dictionary(Dictionary {
                keys: keys.view(),
                words: words.values.text(),
                words_validity: words.validity.as_ref().map(Bits::view).transpose()?,
            }),
            Self::Date(values) => Values::Date(values),
            Self::Timestamp { values, unit, zone } => Values::Timestamp { values, unit: *unit, zone: *zone },
            Self::Duration { values, unit } => Values::Duration { values, unit: *unit },
            Self::Decimal { values, scale } => Values::Decimal { values, scale: *scale },
            Self::Null(len) => Values::Null(*len),
        })
    }

    /// The texts; none of another kind.
    fn text(&self) -> Text<'_> {
        match self {
            Self::Text32 { offsets, bytes } => Text::Offsets32 { offsets, bytes },
            Self::Text64 { offsets, bytes } => Text::Offsets64 { offsets, bytes },
            _ => Text::Strs(&[]),
        }
    }

    fn into_owned(self) -> Flat<'static> {
        match self {
            Self::F64(values) => Flat::F64(own(values)),
            Self::F32(values) => Flat::F32(own(values)),
            Self::Int(whole) => Flat::Int(whole.into_owned()),
            Self::BoolBits(bits) => Flat::BoolBits(bits.into_owned()),
            Self::BoolBytes(bytes) => Flat::BoolBytes(own(bytes)),
            Self::Text32 { offsets, bytes } => Flat::Text32 { offsets: own(offsets), bytes: own(bytes) },
            Self::Text64 { offsets, bytes } => Flat::Text64 { offsets: own(offsets), bytes: own(bytes) },
            Self::Dictionary { keys, words } => {
                Flat::Dictionary { keys: keys.into_owned(), words: Box::new(words.into_owned()) }
            }
            Self::Date(values) => Flat::Date(own(values)),
            Self::Timestamp { values, unit, zone } => Flat::Timestamp { values: own(values), unit, zone },
            Self::Duration { values, unit } => Flat::Duration { values: own(values), unit },
            Self::Decimal { values, scale } => Flat::Decimal { values, scale },
            Self::Null(len) => Flat::Null(len),
        }
    }
}

/// Runs one expression for whichever width the numbers have.
macro_rules! each_width {
    ($whole:expr, $make:ident, $values:ident => $body:expr) => {
        match $whole {
            Whole::I8($values) => $make::I8($body),
            Whole::I16($values) => $make::I16($body),
            Whole::I32($values) => $make::I32($body),
            Whole::I64($values) => $make::I64($body),
            Whole::U8($values) => $make::U8($body),
            Whole::U16($values) => $make::U16($body),
            Whole::U32($values) => $make::U32($body),
            Whole::U64($values) => $make::U64($body),
        }
    };
}

impl<'a> Whole<'a> {
    fn read(width: &str, object: &Object<'a>) -> Result<Self, Failure> {
        Ok(match width {
            "i8" => Self::I8(slice(object, "values")?),
            "i16" => Self::I16(slice(object, "values")?),
            "i32" => Self::I32(slice(object, "values")?),
            "i64" => Self::I64(slice(object, "values")?),
            "u8" => Self::U8(slice(object, "values")?),
            "u16" => Self::U16(slice(object, "values")?),
            "u32" => Self::U32(slice(object, "values")?),
            "u64" => Self::U64(slice(object, "values")?),
            other => return Err(napi::Error::from_reason(format!("no columns of kind `{other}`")).into()),
        })
    }

    fn view(&self) -> Ints<'_> {
        each_width!(self, Ints, values => values)
    }

    fn into_owned(self) -> Whole<'static> {
        each_width!(self, Whole, values => own(values))
    }
}

fn unit(object: &Object<'_>) -> Result<TimeUnit, Failure> {
    Ok(match required::<f64>(object, "perSecond")? {
        1e3 => TimeUnit::Millisecond,
        1e6 => TimeUnit::Microsecond,
        1e9 => TimeUnit::Nanosecond,
        _ => TimeUnit::Second,
    })
}

/// What the glue could not turn into a column, as an issue with the core's code.
fn refused(name: &str, object: &Object<'_>) -> Result<Issue, Failure> {
    let code: String = required(object, "code")?;
    let mut issue = Issue::new(code.parse().unwrap_or(Code::UnsupportedColumnType));
    if !name.is_empty() {
        issue = issue.column(name);
    }
    if let Some(rows) = object.get::<Vec<f64>>("rows")? {
        let count = object.get::<f64>("rowCount")?.unwrap_or(rows.len() as f64);
        issue = issue.rows(rows.iter().map(|&row| row as u64), count as u64);
    }
    for (field, set) in TEXTS {
        if let Some(text) = object.get::<String>(field)? {
            issue = set(issue, text);
        }
    }
    Ok(issue)
}

type SetText = fn(Issue, String) -> Issue;

/// The texts of a refusal and where they go.
const TEXTS: [(&str, SetText); 3] = [
    ("value", |issue, text| issue.value(text)),
    ("expected", |issue, text| issue.expected(text)),
    ("help", |issue, text| issue.help(text)),
];

/// Throws the core's error for a column that the glue refuses.
#[napi]
pub fn refuse(env: &Env, column: Object<'_>) -> napi::Result<()> {
    call(env, || {
        let name: String = required(&column, "name")?;
        Err(refused(&name, &column)?.into())
    })
}
