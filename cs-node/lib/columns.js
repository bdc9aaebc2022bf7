'use strict'
// Columns of typed or plain arrays, and rows, as flat buffers.
//
// Each column becomes a plain object `{ name, kind, values, … }` that src/table.rs reads. What cannot
// become one is described too (`kind: 'refused'`), so that the core words the error.

const { types } = require('node:util')

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype)
const nameOf = Object.getOwnPropertyDescriptor(TypedArray, Symbol.toStringTag).get

/** The class of a typed array, whatever its properties say; undefined for any other value. */
const classOf = (value) => (ArrayBuffer.isView(value) ? nameOf.call(value) : undefined)

/** The moment of a Date, whatever its properties say. */
const momentOf = (date) => Date.prototype.getTime.call(date)

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
  return types.isDate(value) ? 'date' : 'object'
}

/** The description of a column: any array. */
function describe(name, values) {
  const type = classOf(values)
  const kind = TYPED[type]
  if (kind !== undefined && isGone(values)) return gone(name)
  if (kind !== undefined) return { name, kind, values: type === 'Uint8ClampedArray' ? bytesOf(values) : values }
  if (Array.isArray(values)) return fromArray(name, values)
  const expected = 'an array or a typed array'
  return { name, kind: 'refused', code: 'unsupported_column_type', value: describeValue(values), expected }
}

/** Whether a typed array has lost its memory: it then looks empty, and its own methods throw. */
function isGone(values) {
  try {
    TypedArray.keys.call(values)
    return false
  } catch {
    return true
  }
}

/** The refusal of a typed array that has lost its memory. */
function gone(name) {
  const help = 'score before the buffer is transferred or shrunk, or pass a copy'
  return { name, kind: 'refused', code: 'malformed_column', value: 'a typed array whose buffer is detached', help }
}

/** The values as they are now, in memory of their own; undefined when they are no array. */
function copyOf(values) {
  // Not the method of the value: that of a Buffer does not copy.
  if (classOf(values) !== undefined && !isGone(values)) return TypedArray.slice.call(values)
  return Array.isArray(values) ? values.slice() : undefined
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

/** A value in words; runs no code of the caller's. */
function describeValue(value) {
  const kind = value == null ? 'null' : typeof value
  if (kind === 'string') return JSON.stringify(value)
  if (kind === 'function' || kind === 'symbol') return `a ${kind}`
  if (kind !== 'object') return String(value)
  if (types.isDate(value)) return Date.prototype.toString.call(value)
  if (Array.isArray(value)) return 'an array'
  return ArrayBuffer.isView(value) ? `a typed array: ${classOf(value) ?? 'DataView'}` : 'an object'
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
      const moment = momentOf(value)
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
    // As many bytes as letters: all are ASCII, and lengths need no look at the letters.
    const ascii = bytes.length === texts.reduce((sum, text) => sum + text.length, 0)
    const length = placeEach(texts, ascii, offsets, from, end)
    const whole = ascii || (length === bytes.length && texts.every((text) => text.isWellFormed()))
    parts.push(whole ? bytes : Buffer.concat(texts.map(bytesOfText)))
    end += length
  }
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts)
  if (end < 2 ** 31) return { kind: 'text32', offsets: Int32Array.from(offsets), values: bytes }
  return { kind: 'text64', offsets: BigInt64Array.from(offsets, BigInt), values: bytes }
}

/** A text as UTF-8; half a letter (a lone surrogate) as three bytes of its own, so that texts that differ stay apart. */
function bytesOfText(text) {
  if (text.isWellFormed()) return Buffer.from(text)
  const half = (unit) => Buffer.of(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 63), 0x80 | (unit & 63))
  return Buffer.concat(Array.from(text, (letter) => (letter.isWellFormed() ? Buffer.from(letter) : half(letter.charCodeAt(0)))))
}

/** Writes where each text ends; returns the length of them all. */
function placeEach(texts, ascii, offsets, from, start) {
  const size = ascii ? (text) => text.length : (text) => Buffer.byteLength(text)
  let end = start
  for (let i = 0; i < texts.length; i++) {
    end += size(texts[i])
    offsets[from + i + 1] = end
  }
  return end - start
}

/**
 * The columns wanted that the data has, by `make`, which gives a list of them; when one is missing, nulls
 * stand for the others, so that the core can suggest a name that there is.
 */
function select(names, wanted, rows, make) {
  const found = wanted.map(make)
  const columns = found.flat()
  if (found.every((list) => list.length > 0)) return columns
  // Names as the core has them, where they must differ.
  const others = new Set(names.filter((name) => !wanted.includes(name)).map((name) => name.toWellFormed()))
  return columns.concat([...others].map((name) => ({ name, kind: 'null', length: rows })))
}

const describeOwn = (given) => (name) => (given.has(name) ? [describe(name, given.get(name))] : [])

/** The batch of an object of columns, and the columns as they were given. */
function fromColumns(data, wanted) {
  // Each is read once, before any is looked at: it may be a getter.
  const given = new Map(wanted.filter((name) => Object.hasOwn(data, name)).map((name) => [name, data[name]]))
  const [first] = given.values()
  const rows = Array.isArray(first) || classOf(first) !== undefined ? first.length : 0
  return { batch: { rows, columns: select(Object.keys(data), wanted, rows, describeOwn(given)) }, given }
}

/** The batch of an array of row objects, and its columns; a column is there when a row has it. */
function fromRows(data, wanted) {
  const rows = data.length
  const odd = data.findIndex((row) => row === null || typeof row !== 'object' || Array.isArray(row))
  if (odd >= 0) {
    const refusal = { code: 'mixed_types', rows: [odd], value: describeValue(data[odd]), expected: 'row objects' }
    return { batch: { rows, columns: [{ name: '', kind: 'refused', ...refusal }] }, given: new Map() }
  }
  const has = (name) => rows === 0 || data.some((row) => Object.hasOwn(row, name))
  const read = (name) => data.map((row) => (Object.hasOwn(row, name) ? row[name] : undefined))
  const given = new Map(wanted.filter(has).map((name) => [name, read(name)]))
  const names = given.size === wanted.length ? [] : [...new Set(data.flatMap((row) => Object.keys(row)))]
  return { batch: { rows, columns: select(names, wanted, rows, describeOwn(given)) }, given }
}

module.exports = { classOf, copyOf, describe, describeValue, fromColumns, fromRows, gone, isGone, kindOf, momentOf, select }
