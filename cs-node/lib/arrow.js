'use strict'
// Tables of apache-arrow by their buffers, without depending on the package: a table is whatever has
// `getChild` and a schema. Each chunk is one batch.

const { describe, gone, isGone, select } = require('./columns.js')

/** Type ids of the Arrow format, as apache-arrow has them. */
const TYPE = { DICTIONARY: -1, NULL: 1, INT: 2, FLOAT: 3, UTF8: 5, BOOL: 6, DECIMAL: 7, DATE: 8, TIMESTAMP: 10, DURATION: 18, LARGE_UTF8: 20, UTF8_VIEW: 24 }

/** By the unit that a type carries: seconds to nanoseconds. */
const PER_SECOND = [1, 1e3, 1e6, 1e9]

function isTable(data) {
  return typeof data?.getChildAt === 'function' && Array.isArray(data.schema?.fields)
}

/** The batches of a table: one for each of its chunks, or an empty one. */
function fromTable(table, wanted) {
  const names = table.schema.fields.map((field) => field.name)
  // A name that stands twice gives two columns, which the core refuses.
  const places = (name) => names.flatMap((other, place) => (other === name ? [place] : []))
  const batch = (rows, make) => ({ rows, columns: select(names, wanted, rows, (name) => places(name).map((place) => make(name, place))) })
  if (table.batches.length === 0) return [batch(0, (name) => ({ name, kind: 'null', length: 0 }))]
  const chunks = new Map(wanted.flatMap(places).map((place) => [place, table.getChildAt(place).data]))
  return table.batches.map(({ numRows }, chunk) => batch(numRows, (name, place) => fromData(name, chunks.get(place)[chunk])))
}

/** One chunk of a column. */
function fromData(name, data) {
  if ([data.values, data.valueOffsets, data.nullBitmap].some((view) => ArrayBuffer.isView(view) && isGone(view))) return gone(name)
  const column = { name, ...values(data) }
  // Arrow leaves the bitmap out, or empty, where nothing is null.
  if (data.nullBitmap?.length > 0) Object.assign(column, { valid: data.nullBitmap, validOffset: data.offset })
  return column
}

function values(data) {
  const { type, length } = data
  switch (type.typeId) {
    case TYPE.NULL:
      return { kind: 'null', length }
    case TYPE.INT:
      return integers(type, data)
    case TYPE.FLOAT:
      return floats(data)
    case TYPE.UTF8:
      return { kind: 'text32', offsets: data.valueOffsets.subarray(0, length + 1), values: data.values }
    case TYPE.LARGE_UTF8:
      return { kind: 'text64', offsets: data.valueOffsets.subarray(0, length + 1), values: data.values }
    case TYPE.UTF8_VIEW:
      return unpack(data)
    case TYPE.BOOL:
      return { kind: 'bool_bits', values: data.values, offset: data.offset, length }
    case TYPE.DECIMAL:
      return decimals(type, data)
    case TYPE.DATE:
      return type.unit === 0 ? { kind: 'date', values: data.values.subarray(0, length) } : dayInMilliseconds(data)
    case TYPE.TIMESTAMP: {
      const moments = { kind: 'timestamp', values: wide(data, length), perSecond: PER_SECOND[type.unit] }
      return type.timezone ? { ...moments, zone: type.timezone } : moments
    }
    case TYPE.DURATION:
      return { kind: 'duration', values: wide(data, length), perSecond: PER_SECOND[type.unit] }
    case TYPE.DICTIONARY:
      return dictionary(type, data)
    default:
      return refuse(type)
  }
}

function refuse(type) {
  return { kind: 'refused', code: 'unsupported_column_type', value: `the Arrow type ${type}` }
}

/** A date in milliseconds has no zone: it is a wall-clock time. */
function dayInMilliseconds(data) {
  return { kind: 'timestamp', values: wide(data, data.length), perSecond: 1e3 }
}

function integers(type, data) {
  const kind = `${type.isSigned ? 'i' : 'u'}${type.bitWidth}`
  if (type.bitWidth < 64) return { kind, values: data.values.subarray(0, data.length) }
  const signed = wide(data, data.length)
  const values = type.isSigned ? signed : new BigUint64Array(signed.buffer, signed.byteOffset, signed.length)
  return { kind, values }
}

/** 64-bit values; old versions of apache-arrow keep them as pairs of 32 bits. */
function wide({ values }, length) {
  if (values instanceof BigInt64Array) return values.subarray(0, length)
  return new BigInt64Array(values.buffer, values.byteOffset, length)
}

function floats(data) {
  const values = data.values.subarray(0, data.length)
  if (values instanceof Float64Array) return { kind: 'f64', values }
  if (values instanceof Float32Array) return { kind: 'f32', values }
  return refuse(data.type)
}

function decimals(type, data) {
  if (type.bitWidth !== 128) return refuse(type)
  return { kind: 'decimal', values: data.values.subarray(0, data.length * 4), scale: type.scale }
}

function dictionary(type, data) {
  const keys = integers(type.indices, data)
  const chunks = data.dictionary.data
  // A dictionary that grew from batch to batch has several chunks.
  const words = chunks.length === 1 ? fromData('', chunks[0]) : describe('', [...data.dictionary])
  const texts = words.kind === 'text32' || words.kind === 'text64' || words.kind === 'null'
  return texts ? { kind: 'dictionary', keys, words } : refuse(type)
}

/** Views, text by text. */
function unpack(data) {
  const texts = Array.from({ length: data.length }, (_, row) => textOfView(data, row))
  const { name, valid, ...flat } = describe('', texts)
  return flat
}

/** A text of a view: up to 12 bytes stand in it, longer ones in one of the buffers. */
function textOfView(data, row) {
  const view = new DataView(data.values.buffer, data.values.byteOffset + row * 16, 16)
  const length = view.getInt32(0, true)
  if (length <= 12) return Buffer.from(view.buffer, view.byteOffset + 4, length).toString()
  const from = view.getInt32(12, true)
  return Buffer.from(data.variadicBuffers[view.getInt32(8, true)].subarray(from, from + length)).toString()
}

module.exports = { fromTable, isTable }
