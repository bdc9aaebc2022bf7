'use strict'
// Whatever the caller calls data, as batches for the core.

const native = require('../native.js')
const { isTable, fromTable } = require('./arrow.js')
const { describeValue, fromColumns, fromRows, wholeAccounts } = require('./columns.js')

/**
 * The batches of the columns named, and a function that gives back the caller's own column of a name.
 */
function prepare(data, wanted) {
  if (isTable(data)) {
    return { batches: unshare(fromTable(data, wanted)), input: (name) => data.getChild(name) }
  }
  if (Array.isArray(data)) {
    return { batches: unshare([fromRows(data, wanted)]), input: (name) => data.map((row) => row?.[name]) }
  }
  if (data === null || typeof data !== 'object' || ArrayBuffer.isView(data)) {
    const expected = 'an object of columns, an array of row objects, or an Arrow table'
    native.refuse({ name: '', kind: 'refused', code: 'wrong_type', value: describeValue(data ?? null), expected })
  }
  return { batches: unshare([fromColumns(data, wanted)]), input: (name) => data[name]?.slice?.() }
}

/** The account column of each batch with whole numbers as integers. */
function withWholeAccounts(batches, account) {
  return batches.map(({ rows, columns }) => ({
    rows,
    columns: columns.map((column) => (column.name === account ? wholeAccounts(column) : column)),
  }))
}

/** Copies memory that other threads could write to while the core reads it. */
function unshare(batches) {
  if (typeof SharedArrayBuffer === 'undefined') return batches
  const own = (value) => (ArrayBuffer.isView(value) && value.buffer instanceof SharedArrayBuffer ? value.slice() : value)
  for (const { columns } of batches) {
    for (const column of columns) {
      for (const part of [column, column.keys, column.words]) {
        if (part) for (const field of ['values', 'offsets', 'valid']) if (part[field]) part[field] = own(part[field])
      }
    }
  }
  return batches
}

module.exports = { prepare, withWholeAccounts }
