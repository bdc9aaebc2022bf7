//! Tables from choices: columns of every type and layout, with nulls at odd bit offsets and with faults.

use super::bytes::Bytes;
use cs_core::calendar::{Date, Zone};
use cs_core::table::{
    Bitmap, Bools, Column, Dictionary, InputRows, Ints, ResultColumn, ResultTable, Table, Text, TimeUnit, Value, Values,
};
use std::ops::Range;

/// The values of a column, owned.
#[derive(Clone)]
pub enum Store {
    F64(Vec<f64>),
    F32(Vec<f32>),
    I8(Vec<i8>),
    I64(Vec<i64>),
    U32(Vec<u32>),
    Bits(Vec<u8>, usize, usize),
    Bytes(Vec<u8>),
    Flags(Vec<bool>),
    Strs(Vec<&'static str>),
    Strings(Vec<String>),
    Offsets(Vec<i32>, Vec<u8>),
    Views(Vec<[u8; 16]>),
    Dictionary(Vec<i8>, Vec<&'static str>),
    Dates(Vec<i32>),
    Moments(Vec<i64>, TimeUnit, Option<Zone>),
    Durations(Vec<i64>, TimeUnit),
    Decimals(Vec<i128>, i8),
    Null(usize),
}

/// A column that owns its values; of the validity, the bytes and the bit that it starts at.
#[derive(Clone)]
pub struct Owned {
    store: Store,
    validity: Option<(Vec<u8>, usize)>,
}

/// Columns of one length, owned.
#[derive(Clone)]
pub struct Owner {
    columns: Vec<(String, Owned)>,
    rows: usize,
}

impl Store {
    fn values(&self) -> Values<'_> {
        match self {
            Self::F64(v) => Values::F64(v),
            Self::F32(v) => Values::F32(v),
            Self::I8(v) => Values::Int(Ints::I8(v)),
            Self::I64(v) => Values::Int(Ints::I64(v)),
            Self::U32(v) => Values::Int(Ints::U32(v)),
            Self::Bits(bytes, offset, len) => Values::Bool(Bools::Bits(Bitmap::new(bytes, *offset, *len).unwrap())),
            Self::Bytes(v) => Values::Bool(Bools::Bytes(v)),
            Self::Flags(v) => Values::Bool(Bools::Flags(v)),
            Self::Strs(v) => Values::Text(Text::Strs(v)),
            Self::Strings(v) => Values::Text(Text::Strings(v)),
            Self::Offsets(offsets, bytes) => Values::Text(Text::Offsets32 { offsets, bytes }),
            Self::Views(views) => Values::Text(Text::Views { views, buffers: &[] }),
            Self::Dictionary(keys, words) => {
                let dictionary = Dictionary { keys: Ints::I8(keys), words: Text::Strs(words), words_validity: None };
                Values::Dictionary(dictionary)
            }
            Self::Dates(v) => Values::Date(v),
            Self::Moments(values, unit, zone) => Values::Timestamp { values, unit: *unit, zone: *zone },
            Self::Durations(values, unit) => Values::Duration { values, unit: *unit },
            Self::Decimals(values, scale) => Values::Decimal { values, scale: *scale },
            Self::Null(rows) => Values::Null(*rows),
        }
    }

    /// Some of the rows.
    fn slice(&self, rows: Range<usize>) -> Self {
        match self {
            Self::F64(v) => Self::F64(v[rows].to_vec()),
            Self::F32(v) => Self::F32(v[rows].to_vec()),
            Self::I8(v) => Self::I8(v[rows].to_vec()),
            Self::I64(v) => Self::I64(v[rows].to_vec()),
            Self::U32(v) => Self::U32(v[rows].to_vec()),
            Self::Bits(bytes, offset, _) => Self::Bits(bytes.clone(), offset + rows.start, rows.len()),
            Self::Bytes(v) => Self::Bytes(v[rows].to_vec()),
            Self::Flags(v) => Self::Flags(v[rows].to_vec()),
            Self::Strs(v) => Self::Strs(v[rows].to_vec()),
            Self::Strings(v) => Self::Strings(v[rows].to_vec()),
            Self::Offsets(offsets, bytes) => Self::Offsets(offsets[rows.start..=rows.end].to_vec(), bytes.clone()),
            Self::Views(v) => Self::Views(v[rows].to_vec()),
            Self::Dictionary(keys, words) => Self::Dictionary(keys[rows].to_vec(), words.clone()),
            Self::Dates(v) => Self::Dates(v[rows].to_vec()),
            Self::Moments(v, unit, zone) => Self::Moments(v[rows].to_vec(), *unit, *zone),
            Self::Durations(v, unit) => Self::Durations(v[rows].to_vec(), *unit),
            Self::Decimals(v, scale) => Self::Decimals(v[rows].to_vec(), *scale),
            Self::Null(_) => Self::Null(rows.len()),
        }
    }
}

impl Owned {
    /// A column without nulls.
    pub fn new(store: Store) -> Self {
        Self { store, validity: None }
    }

    fn column(&self) -> Column<'_> {
        let values = self.store.values();
        let validity = self.validity.as_ref().map(|(bytes, at)| Bitmap::new(bytes, *at, values.len()).unwrap());
        Column::new(values, validity).unwrap()
    }

    fn slice(&self, rows: Range<usize>) -> Self {
        let validity = self.validity.clone().map(|(bytes, at)| (bytes, at + rows.start));
        Self { store: self.store.slice(rows), validity }
    }

    /// The same, valid where these bits are set.
    pub fn valid(mut self, bits: Vec<u8>) -> Self {
        self.validity = Some((bits, 0));
        self
    }

    /// The same with nulls, now and then.
    pub fn with_nulls(mut self, bytes: &mut Bytes<'_>) -> Self {
        let rows = self.store.values().len();
        if bytes.one_in(3) {
            let offset = bytes.below(13);
            let mut bits = bytes.take((offset + rows).div_ceil(8)).to_vec();
            bits.resize((offset + rows).div_ceil(8), 255);
            self.validity = Some((bits, offset));
        }
        self
    }

    /// A column whose kind its name tells, or now and then another one.
    pub fn random(bytes: &mut Bytes<'_>, name: &str, rows: usize) -> Self {
        let kind = if bytes.one_in(60) { bytes.pick(b"nbtd0") } else { name.as_bytes()[0] };
        let store = match kind {
            b'n' => numbers(bytes, rows),
            b'b' => booleans(bytes, rows),
            b't' => texts(bytes, rows),
            b'd' => days(bytes, rows),
            _ => Store::Null(rows),
        };
        Self::new(store).with_nulls(bytes)
    }
}

fn several<T>(rows: usize, make: impl FnMut() -> T) -> Vec<T> {
    std::iter::repeat_with(make).take(rows).collect()
}

fn numbers(bytes: &mut Bytes<'_>, rows: usize) -> Store {
    let unit = bytes.pick(&[TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Nanosecond]);
    match bytes.below(12) {
        0..=3 => Store::F64(several(rows, || bytes.number())),
        4 | 5 => Store::F64(several(rows, || f64::from(bytes.byte()) / 4.0)),
        6 => Store::F32(several(rows, || bytes.number() as f32)),
        7 => Store::I8(several(rows, || bytes.byte() as i8)),
        8 => Store::I64(several(rows, || bytes.number() as i64)),
        9 => Store::U32(several(rows, || u32::from(bytes.byte()))),
        10 => Store::Durations(several(rows, || (bytes.number() as i64).wrapping_mul(86_400)), unit),
        _ => {
            let scale = bytes.pick(&[0, 2, -2, 38, -38]);
            Store::Decimals(several(rows, || i128::from(bytes.word() as i64 >> 40)), scale)
        }
    }
}

fn booleans(bytes: &mut Bytes<'_>, rows: usize) -> Store {
    match bytes.below(6) {
        0 | 1 => Store::Flags(several(rows, || bytes.one_in(2))),
        2 => Store::Bytes(several(rows, || bytes.byte())),
        3 => {
            let offset = bytes.below(11);
            let mut bits = bytes.take((offset + rows).div_ceil(8)).to_vec();
            bits.resize((offset + rows).div_ceil(8), 0b1010_0101);
            Store::Bits(bits, offset, rows)
        }
        4 => Store::F64(several(rows, || if bytes.one_in(50) { 0.5 } else { f64::from(bytes.byte() % 2) })),
        _ => Store::I8(several(rows, || if bytes.one_in(50) { 2 } else { (bytes.byte() % 2) as i8 })),
    }
}

fn texts(bytes: &mut Bytes<'_>, rows: usize) -> Store {
    match bytes.below(8) {
        0 | 1 => Store::Strs(several(rows, || bytes.text())),
        2 => Store::Strings(several(rows, || bytes.text().into())),
        3 => {
            let all = several(rows, || bytes.text());
            let ends = all.iter().scan(0, |end, text| {
                *end += text.len() as i32;
                Some(*end)
            });
            Store::Offsets(std::iter::once(0).chain(ends).collect(), all.concat().into())
        }
        4 => Store::Views(several(rows, || {
            let text = bytes.text();
            let mut view = [0; 16];
            let len = text.len().min(12);
            view[0] = len as u8;
            view[4..4 + len].copy_from_slice(&text.as_bytes()[..len]);
            view
        })),
        5 | 6 => {
            let words = several(3, || bytes.text());
            Store::Dictionary(
                several(rows, || if bytes.one_in(40) { bytes.byte() as i8 } else { bytes.below(3) as i8 }),
                words,
            )
        }
        _ => Store::I64(several(rows, || bytes.pick(&[7, -1, 0, i64::MAX]))),
    }
}

fn days(bytes: &mut Bytes<'_>, rows: usize) -> Store {
    let zones = [None, Some(Zone::UTC), Some(Zone::parse("+09:00").unwrap()), Some(zone("America/New_York"))];
    match bytes.below(6) {
        0..=2 => Store::Dates(several(rows, || bytes.day())),
        3 => Store::Strs(several(rows, || {
            bytes.pick(&["2026-01-01", "2026-02-28", "2026-10-31T08:00", "0001-01-01", "no"])
        })),
        _ => {
            let (unit, zone) = (bytes.pick(&[TimeUnit::Second, TimeUnit::Microsecond]), bytes.pick(&zones));
            let moment = |bytes: &mut Bytes<'_>| match bytes.byte() {
                254 | 255 => bytes.word() as i64,
                _ => (i64::from(bytes.day()) * 86_400 + i64::from(bytes.byte()) * 337).wrapping_mul(unit.per_second()),
            };
            Store::Moments(several(rows, || moment(bytes)), unit, zone)
        }
    }
}

/// A named zone, in a build that knows names.
fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap_or(Zone::UTC)
}

impl Owner {
    pub fn new(columns: Vec<(String, Owned)>, rows: usize) -> Self {
        Self { columns, rows }
    }

    /// The columns that a card reads, with accounts numbered from `first`.
    pub fn random(bytes: &mut Bytes<'_>, names: &[&str], first: usize, rows: usize) -> Self {
        let read = |name: &&str| ((*name).to_owned(), Owned::random(bytes, name, rows));
        let mut columns: Vec<_> = names.iter().filter(|name| **name != "account").map(read).collect();
        columns.push(("account".into(), accounts(bytes, first, rows)));
        Self { columns, rows }
    }

    pub fn table(&self) -> Table<'_> {
        let columns = self.columns.iter().map(|(name, owned)| (name.as_str(), owned.column()));
        let (names, columns): (Vec<_>, Vec<_>) = columns.map(|(name, column)| (name.into(), column)).unzip();
        Table::with_rows(names, columns, self.rows).unwrap()
    }

    pub fn slice(&self, rows: Range<usize>) -> Self {
        let columns = self.columns.iter().map(|(name, owned)| (name.clone(), owned.slice(rows.clone())));
        Self { columns: columns.collect(), rows: rows.len() }
    }
}

/// Accounts, each once; or now and then twice.
pub fn accounts(bytes: &mut Bytes<'_>, first: usize, rows: usize) -> Owned {
    let twice = bytes.one_in(100);
    let number = |row: usize| if twice { 0 } else { (first + row) as i64 };
    let store = match bytes.below(if first == 0 { 3 } else { 2 }) {
        0 => Store::Strings((0..rows).map(|row| format!("account {}", number(row))).collect()),
        1 => Store::Strings((0..rows).map(|row| format!("{}", number(row))).collect()),
        _ => Store::I64((0..rows).map(number).collect()),
    };
    Owned::new(store)
}

/// A result as a table, with the column that it took from the input.
pub fn as_table<'a>(result: &'a ResultTable, input: &Table<'a>) -> Option<Table<'a>> {
    let column = |column: &'a ResultColumn| {
        Some(match column {
            ResultColumn::Input { column, rows: InputRows::Each } => input.column(column)?,
            ResultColumn::Number { values, validity } => {
                let bits = validity.as_deref().map(|bytes| Bitmap::new(bytes, 0, values.len()).unwrap());
                Column::new(Values::F64(values), bits).unwrap()
            }
            ResultColumn::Label(labels) => {
                let (keys, words) = (Ints::U8(&labels.codes), Text::Strings(&labels.words));
                let values = Values::Dictionary(Dictionary { keys, words, words_validity: None });
                let bits = labels.validity.as_deref();
                Column::new(values, bits.map(|bytes| Bitmap::new(bytes, 0, labels.codes.len()).unwrap())).unwrap()
            }
            ResultColumn::Text(texts) => {
                let values = Values::Text(Text::Offsets64 { offsets: &texts.offsets, bytes: &texts.bytes });
                Column::new(values, Some(Bitmap::new(&texts.validity, 0, texts.len()).unwrap())).unwrap()
            }
            _ => return None,
        })
    };
    let columns: Option<Vec<_>> = result.columns().iter().map(|(name, c)| Some((name.as_str(), column(c)?))).collect();
    Table::new(columns?).ok()
}

/// The values of a row in the order of these names; `None` where one value cannot say what the column says.
pub fn row<'a>(table: &Table<'a>, names: &[&str], row: usize, zone: Option<Zone>) -> Option<Vec<Value<'a>>> {
    let value = |name: &&str| {
        let column = table.column(name)?;
        if column.is_null(row) {
            return Some(Value::Null);
        }
        Some(match column.values() {
            Values::Bool(bools) => bools.get(row).into(),
            Values::Int(ints) => i64::try_from(ints.get(row)).ok()?.into(),
            Values::Text(_) | Values::Dictionary(_) => std::str::from_utf8(column.text(row)?).ok()?.into(),
            Values::Date(_) | Values::Timestamp { .. } => column.day(row, zone).ok()??.into(),
            Values::F64(_) | Values::F32(_) => column.number(row)?.into(),
            _ => return None,
        })
    };
    names.iter().map(value).collect()
}

/// The first day of all choices, or one near it; none now and then.
pub fn as_of(bytes: &mut Bytes<'_>) -> Option<Date> {
    match bytes.below(16) {
        15 => None,
        14 => Some(Date::from_days(bytes.day())),
        near => Some(Date::from_days(20_520 + 10 * near as i32)),
    }
}
