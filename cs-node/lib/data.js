'use strict'
// Whatever the caller calls data, as batches for the core.

const { types } = require('node:util')
const native = require('../native.js')
const { isTable, fromTable } = require('./arrow.js')
const { copyOf, describe, describeValue, fromColumns, fromRows, select } = require('./columns.js')
const { ResultTable } = require('./result.js')

/**
 * The batches of the columns named, and a function that gives back the caller's own column of a name.
 */
function prepare(data, wanted) {
  if (isTable(data)) {
    return { batches: unshare(fromTable(data, wanted)), input: (name) => data.getChild(name) }
  }
  if (data instanceof ResultTable) {
    const names = ResultTable.names(data)
    const own = (name) => (names.includes(name) ? ResultTable.describe(data, describe, [name]) : [])
    const batch = { rows: data.length, columns: select(names, wanted, data.length, own) }
    return { batches: unshare([batch]), input: (name) => (names.includes(name) ? copyOf(data.column(name)) : undefined) }
  }
  if (data === null || typeof data !== 'object' || ArrayBuffer.isView(data)) {
    const expected = 'an object of columns, an array of row objects, an Arrow table, or a result'
    native.refuse({ name: '', kind: 'refused', code: 'wrong_type', value: describeValue(data), expected })
  }
  const { batch, given } = Array.isArray(data) ? fromRows(data, wanted) : fromColumns(data, wanted)
  return { batches: unshare([batch]), input: (name) => copyOf(given.get(name)) }
}

/** Copies memory that other threads could write to while the core reads it. */
function unshare(batches) {
  const isShared = (value) => ArrayBuffer.isView(value) && types.isSharedArrayBuffer(value.buffer)
  for (const { columns } of batches) {
    for (const column of columns) {
      for (const part of [column, column.keys, column.words]) {
        if (part) for (const field of ['values', 'offsets', 'valid']) if (isShared(part[field])) part[field] = copyOf(part[field])
      }
    }
  }
  return batches
}

module.exports = { prepare }
