'use strict'
// Results: columns of the core, handed over without a copy and read lazily.

const native = require('../native.js')

/** Whether a row is not null: bits, or nothing when all are. */
const isValid = (bits, row) => bits === undefined || ((bits[row >> 3] >> (row & 7)) & 1) === 1

/** One byte per row, 0 where null. */
function bytesOf(bits, length) {
  const bytes = new Uint8Array(length)
  for (let row = 0; row < length; row++) bytes[row] = isValid(bits, row) ? 1 : 0
  return bytes
}

/** An array of one value per row: several times quicker than `Array.from` on millions of rows. */
function mapRows(length, at) {
  const out = new Array(length)
  for (let row = 0; row < length; row++) out[row] = at(row)
  return out
}

class ResultTable {
  #columns
  #accounts
  #read = new Map()

  /** `accounts` are the caller's own account columns, through which rows count, where the result has them. */
  constructor(result, accounts) {
    this.#columns = new Map(result.columns.map((column) => [column.name, column]))
    this.#accounts = accounts
    this.length = result.rows
    this.cardHash = result.cardHash
    this.columnNames = [...this.#columns.keys()]
  }

  #column(name) {
    const column = this.#columns.get(name)
    if (column !== undefined) return column
    const help = `there are: ${this.columnNames.join(', ')}`
    return native.refuse({ name: String(name), kind: 'refused', code: 'unknown_column', help })
  }

  column(name) {
    if (!this.#read.has(name)) this.#read.set(name, this.#values(this.#column(name)))
    return this.#read.get(name)
  }

  #values({ input, rows, numbers, codes, words, texts, valid }) {
    if (input !== undefined) {
      const [first, ...others] = this.#accounts
      const own = others.reduce((all, part) => all.concat(Array.from(part)), Array.from(first))
      return rows === undefined ? own : mapRows(this.length, (row) => own[rows[row]])
    }
    if (numbers !== undefined) {
      return mapRows(this.length, (row) => (isValid(valid, row) && numbers[row] === numbers[row] ? numbers[row] : null))
    }
    if (codes !== undefined) return mapRows(this.length, (row) => (isValid(valid, row) ? words[codes[row]] : null))
    return mapRows(this.length, (row) => texts[row] ?? null)
  }

  numbers(name) {
    const { numbers, valid } = this.#column(name)
    if (numbers === undefined) {
      native.refuse({ name, kind: 'refused', code: 'wrong_column_type', value: 'no numbers', help: 'read it with column()' })
    }
    return { values: numbers, valid: valid === undefined ? null : bytesOf(valid, this.length) }
  }

  toColumns() {
    return Object.fromEntries(this.columnNames.map((name) => [name, this.column(name)]))
  }

  toRows() {
    const columns = this.columnNames.map((name) => [name, this.column(name)])
    return Array.from({ length: this.length }, (_, row) =>
      Object.fromEntries(columns.map(([name, values]) => [name, values[row]])),
    )
  }

  toJSON() {
    const plain = (value) => (typeof value === 'bigint' ? String(value) : value)
    return Object.fromEntries(this.columnNames.map((name) => [name, this.column(name).map(plain)]))
  }

  /** The columns of these names as the core reads them; by default all but the account, which may be of any type. */
  static describe(table, describe, names = ResultTable.names(table).filter((name) => table.#column(name).input === undefined)) {
    return names.map((name) => {
      const { numbers, codes, words, valid } = table.#column(name)
      if (codes === undefined) return describe(name, numbers ?? table.column(name))
      return { name, kind: 'dictionary', keys: { kind: 'u8', values: codes }, words: describe('', words), valid }
    })
  }

  /** The names of the columns, whatever became of `columnNames`. */
  static names(table) {
    return [...table.#columns.keys()]
  }
}

module.exports = { ResultTable }
