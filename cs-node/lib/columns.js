'use strict'
// Columns of typed or plain arrays, and rows, as flat buffers.
//
// Each column becomes a plain object `{ name, kind, values, … }` that src/table.rs reads. What cannot
// become one is described too (`kind: 'refused'`), so that the core words the error.

const TYPED = {
  Float64Array: 'f64',
  Float32Array: 'f32',
  Int8Array: 'i8',
  Int16Array: 'i16',
  Int32Array: 'i32',
  BigInt64Array: 'i64',
  Uint8Array: 'u8',
  Uint8ClampedArray: 'u8',
  Uint16Array: 'u16',
  Uint32Array: 'u32',
  BigUint64Array: 'u64',
}

const WORDS = { number: 'numbers', bigint: 'bigints', boolean: 'booleans', string: 'texts', date: 'Dates' }

/** The kind of one value; '' when it is missing. */
function kindOf(value) {
  if (value == null || value !== value) return ''
  const kind = typeof value
  if (kind !== 'object') return kind
  return Object.prototype.toString.call(value) === '[object Date]' ? 'date' : 'object'
}

/** The description of a column: any array. */
function describe(name, values) {
  const kind = ArrayBuffer.isView(values) ? TYPED[values[Symbol.toStringTag]] : undefined
  if (kind !== undefined) return { name, kind, values: values instanceof Uint8ClampedArray ? bytesOf(values) : values }
  if (Array.isArray(values)) return fromArray(name, values)
  const value = values === null ? 'null' : values?.[Symbol.toStringTag] ?? typeof values
  return { name, kind: 'refused', code: 'unsupported_column_type', value, expected: 'an array or a typed array' }
}

/** The same memory as plain bytes, which the core knows. */
const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

function fromArray(name, values) {
  const first = values.findIndex((value) => kindOf(value) !== '')
  if (first < 0) return { name, kind: 'null', length: values.length }
  const convert = CONVERT[kindOf(values[first])]
  if (convert === undefined) {
    const expected = 'numbers, bigints, booleans, texts or Dates'
    return { name, kind: 'refused', code: 'unsupported_column_type', rows: [first], value: describeValue(values[first]), expected }
  }
  return convert(name, values) ?? mixed(name, values, first)
}

function describeValue(value) {
  const kind = kindOf(value)
  if (kind === 'string') return JSON.stringify(value)
  if (kind === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  return kind in WORDS ? String(value) : `a ${kind}`
}

/** The refusal of a column whose values are not all of the kind of its first. */
function mixed(name, values, first) {
  const kind = kindOf(values[first])
  const rows = []
  let rowCount = 0
  values.forEach((value, row) => {
    const found = kindOf(value)
    if (found === '' || found === kind) return
    rowCount += 1
    if (rows.length < 5) rows.push(row)
  })
  const value = describeValue(values[rows[0]])
  return { name, kind: 'refused', code: 'mixed_types', rows, rowCount, value, expected: `${WORDS[kind]}, as in row ${first}` }
}

/** Collects which values are not missing, as bits, once the first missing one is met. */
class Validity {
  bits = undefined

  constructor(length) {
    this.length = length
  }

  missing(row) {
    this.bits ??= new Uint8Array((this.length + 7) >> 3).fill(255)
    this.bits[row >> 3] &= ~(1 << (row & 7))
  }
}

/** Fills `out` by `put`, which returns false for a value of another kind; undefined is then returned. */
function fill(values, put) {
  const validity = new Validity(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (value == null || value !== value) validity.missing(row)
    else if (!put(value, row)) return undefined
  }
  return validity
}

/** Numbers that are all whole, or NaN, as the core's whole numbers: maps and conditions may list them. */
function integers(name, values) {
  const narrow = values.every((value) => (value | 0) === value || value !== value)
  const out = narrow ? new Int32Array(values.length) : new BigInt64Array(values.length)
  const validity = fill(values, (value, row) => {
    out[row] = narrow ? value : BigInt(value)
    return true
  })
  return { name, kind: narrow ? 'i32' : 'i64', values: out, valid: validity.bits }
}

/** Each returns undefined when the values are of mixed kinds. */
const CONVERT = {
  number(name, values) {
    const out = new Float64Array(values.length)
    let whole = true
    for (let row = 0; row < values.length; row++) {
      const value = values[row]
      if (typeof value === 'number') {
        out[row] = value
        whole &&= Number.isSafeInteger(value) ? !Object.is(value, -0) : value !== value
      } else if (value == null) out[row] = NaN
      else return undefined
    }
    return whole ? integers(name, out) : { name, kind: 'f64', values: out }
  },

  boolean(name, values) {
    const out = new Uint8Array(values.length)
    const validity = fill(values, (value, row) => {
      out[row] = value === true ? 1 : 0
      return typeof value === 'boolean'
    })
    return validity && { name, kind: 'bool_bytes', values: out, valid: validity.bits }
  },

  bigint(name, values) {
    const out = new BigInt64Array(values.length)
    let beyond = -1
    const validity = fill(values, (value, row) => {
      if (typeof value !== 'bigint') return false
      out[row] = value
      if (out[row] !== value) beyond = row
      return true
    })
    if (validity === undefined) return undefined
    if (beyond < 0) return { name, kind: 'i64', values: out, valid: validity.bits }
    const refusal = { code: 'unsupported_column_type', rows: [beyond], value: String(values[beyond]) }
    return { name, kind: 'refused', ...refusal, expected: 'bigints of 64 bits' }
  },

  date(name, values) {
    const out = new BigInt64Array(values.length)
    let broken = -1
    const validity = fill(values, (value, row) => {
      if (kindOf(value) !== 'date') return false
      const moment = value.getTime()
      if (moment === moment) out[row] = BigInt(moment)
      else if (broken < 0) broken = row
      return true
    })
    if (validity === undefined) return undefined
    if (broken < 0) return { name, kind: 'timestamp', values: out, valid: validity.bits, perSecond: 1e3, zone: 'UTC' }
    return { name, kind: 'refused', code: 'invalid_date', rows: [broken], value: 'an invalid Date' }
  },

  string(name, values) {
    const validity = fill(values, (value) => typeof value === 'string')
    if (validity === undefined) return undefined
    return { name, ...encode(values), valid: validity.bits }
  },
}

/** Texts per step of encoding: enough to be quick, few enough for one string to hold. */
const STEP = 8192

/** Texts as UTF-8 one after another, with the place of each; what is missing is empty. */
function encode(values) {
  const offsets = new Float64Array(values.length + 1)
  const parts = []
  let end = 0
  for (let from = 0; from < values.length; from += STEP) {
    const texts = values.slice(from, from + STEP)
    for (let i = 0; i < texts.length; i++) if (typeof texts[i] !== 'string') texts[i] = ''
    const bytes = Buffer.from(texts.join(''))
    const length = placeEach(texts, bytes, offsets, from, end)
    parts.push(length === bytes.length ? bytes : Buffer.concat(texts.map((text) => Buffer.from(text))))
    end += length
  }
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts)
  if (end < 2 ** 31) return { kind: 'text32', offsets: Int32Array.from(offsets), values: bytes }
  return { kind: 'text64', offsets: BigInt64Array.from(offsets, BigInt), values: bytes }
}

/** Writes where each text ends; returns the length of them all. */
function placeEach(texts, bytes, offsets, from, start) {
  const letters = texts.reduce((sum, text) => sum + text.length, 0)
  // As many bytes as letters: all are ASCII, and lengths need no look at the letters.
  const size = letters === bytes.length ? (text) => text.length : (text) => Buffer.byteLength(text)
  let end = start
  for (let i = 0; i < texts.length; i++) {
    end += size(texts[i])
    offsets[from + i + 1] = end
  }
  return end - start
}

/** Names of a column list that the data has; nulls stand for the others when one is missing. */
function select(names, wanted, has, make, rows) {
  const columns = wanted.filter(has).map(make)
  if (columns.length === wanted.length) return columns
  // The core will say that the column is unknown, and suggest a name that there is.
  const others = names.filter((name) => !wanted.includes(name))
  return columns.concat(others.map((name) => ({ name, kind: 'null', length: rows(columns) })))
}

/** The batch of an object of columns. */
function fromColumns(data, wanted) {
  const names = Object.keys(data)
  const lengthOf = (values) => values?.length ?? 0
  const rows = wanted.filter((name) => Object.hasOwn(data, name)).map((name) => lengthOf(data[name]))[0]
  const count = rows ?? lengthOf(data[names[0]])
  const columns = select(names, wanted, (name) => Object.hasOwn(data, name), (name) => describe(name, data[name]), () => count)
  return { rows: count, columns }
}

/** The batch of an array of row objects; a column is there when a row has it. */
function fromRows(data, wanted) {
  const odd = data.findIndex((row) => row === null || typeof row !== 'object' || Array.isArray(row))
  if (odd >= 0) {
    const refusal = { code: 'mixed_types', rows: [odd], value: describeValue(data[odd] ?? null), expected: 'row objects' }
    return { rows: data.length, columns: [{ name: '', kind: 'refused', ...refusal }] }
  }
  const has = (name) => data.length === 0 || data.some((row) => Object.hasOwn(row, name))
  const names = () => [...new Set(data.flatMap((row) => Object.keys(row)))]
  const make = (name) => describe(name, data.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined)))
  const complete = wanted.every(has)
  return { rows: data.length, columns: select(complete ? [] : names(), wanted, has, make, () => data.length) }
}

/** Whole account numbers as integers, so that an explanation shows them as numbers. */
function wholeAccounts(column) {
  return column.kind === 'f64' && column.values.every(Number.isSafeInteger) ? integers(column.name, column.values) : column
}

module.exports = { describe, describeValue, fromColumns, fromRows, kindOf, select, wholeAccounts }
