// Tables of vectors as users of the package give them.
import assert from 'node:assert/strict'
import * as arrow from 'apache-arrow'

const SPECIAL = { inf: Infinity, '-inf': -Infinity, nan: NaN }

const float = (value) => SPECIAL[value] ?? value
const each = (values, convert) => values.map((value) => (value === null ? null : convert(value)))

/** A decimal text as Arrow's four words. */
function decimal(text, scale) {
  const [whole, fraction = ''] = text.split('.')
  const bits = BigInt.asUintN(128, BigInt(whole + fraction.padEnd(scale, '0')))
  return Uint32Array.from([0n, 32n, 64n, 96n], (shift) => Number((bits >> shift) & 0xffffffffn))
}

export const ARROW = {
  f64: ({ values }) => arrow.vectorFromArray(each(values, float), new arrow.Float64()),
  f32: ({ values }) => arrow.vectorFromArray(each(values, float), new arrow.Float32()),
  i64: ({ values }) => arrow.vectorFromArray(each(values, BigInt), new arrow.Int64()),
  bool: ({ values }) => arrow.vectorFromArray(values, new arrow.Bool()),
  text: ({ values }) => arrow.vectorFromArray(values, new arrow.Utf8()),
  dictionary: ({ values }) => arrow.vectorFromArray(values, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())),
  date: ({ values }) => arrow.vectorFromArray(each(values, (day) => new Date(day)), new arrow.DateDay()),
  timestamp: ({ values, zone = 'UTC' }) => arrow.vectorFromArray(each(values, (at) => new Date(at)), new arrow.TimestampMillisecond(zone)),
  decimal: ({ values, scale }) => arrow.vectorFromArray(each(values, (text) => decimal(text, scale)), new arrow.Decimal(scale, 38)),
  null: ({ values }) => arrow.vectorFromArray(values, new arrow.Null()),
}

export const PLAIN = {
  f64: ({ values }) => each(values, float),
  f32: ({ values }) => each(values, (value) => Math.fround(float(value))),
  i64: ({ values }) => (values.every((value) => value === null || Number.isSafeInteger(value)) ? values : each(values, BigInt)),
  timestamp: ({ values }) => each(values, (at) => new Date(at)),
  decimal: ({ values }) => each(values, Number),
}

export const build = (table, makers) =>
  Object.fromEntries(Object.entries(table).map(([name, column]) => [name, (makers[column.type] ?? ((c) => c.values))(column)]))

/** What plain arrays say otherwise: a moment's zone is an option, and values are written as numbers or texts. */
export const typeIn = (table, ...types) => Object.values(table).some(({ type, zone }) => types.includes(type) || (types.includes('zone') && zone))

export function checkError(error, expected, fields) {
  const { context } = error
  const got = { ...context, code: error.code, kind: error.kind, row_count: context.rowCount ?? 0, codes: error.issues.map(({ code }) => code) }
  for (const [key, wanted] of Object.entries(expected)) {
    if (fields === undefined || fields.includes(key)) assert.deepEqual(got[key] ?? (key === 'rows' ? [] : null), wanted, `${key}: ${error.message}`)
  }
  return true
}

export const PLACE = ['code', 'kind', 'column', 'item', 'path', 'rows', 'row_count', 'codes']

export function inChunks(table) {
  const rows = Array.from({ length: table.numRows }, (_, row) => table.slice(row, row + 1))
  return rows.length < 2 ? table : rows[0].concat(...rows.slice(1))
}
