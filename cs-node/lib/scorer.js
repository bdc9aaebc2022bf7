'use strict'
// One account at a time: values go through scratch memory that is made once.

const native = require('../native.js')
const { describeValue, kindOf } = require('./columns.js')

/** What stands at a position of the scratch memory; src/health/one.rs reads the same numbers. */
const TAG = { '': 0, number: 1, boolean: 2, bigint: 3, string: 4, date: 5, whole: 6 }

/** Score, coverage, tier, status, error code and error item; the dimensions follow. */
const FIXED = 6

const orNull = (value) => (value === value ? value : null)

function refuse(account) {
  const expected = 'an account as an object, or as an array of values by position'
  native.refuse({ name: '', kind: 'refused', code: 'wrong_type', value: describeValue(account ?? null), expected })
}

class Scorer {
  #scorer
  #names
  #reportsErrors
  #dimensions
  #numbers
  #tags
  #out
  #words = []
  #fail

  /** `fail` throws the error of a row that lacks a column. */
  constructor(card, options, fail) {
    this.#scorer = card.scorer(options)
    this.#names = this.#scorer.names
    this.#reportsErrors = this.#scorer.reportsErrors
    const columns = card.outputColumns
    this.#dimensions = columns.slice(columns.lastIndexOf('coverage') + 1)
    this.#numbers = new Float64Array(this.#names.length)
    this.#tags = new Uint8Array(this.#names.length)
    this.#out = new Float64Array(FIXED + this.#dimensions.length)
    this.#fail = fail
  }

  score(values) {
    if (!Array.isArray(values) && !ArrayBuffer.isView(values)) refuse(values)
    // A wrong number of values is for the core to refuse.
    const fits = values.length === this.#names.length
    const numbers = fits ? this.#numbers : new Float64Array(values.length)
    if (!(values instanceof Float64Array)) return this.#scoreValues(values, numbers, fits ? this.#tags : new Uint8Array(values.length))
    // Copied: another thread may write to shared memory.
    numbers.set(values)
    this.#scorer.scoreNumbers(numbers, this.#out)
    return this.#result()
  }

  scoreObject(row) {
    if (row === null || typeof row !== 'object') refuse(row)
    const values = this.#names.map((name) => row[name])
    if (values.includes(undefined)) this.#checkNames(row)
    return this.#scoreValues(values, this.#numbers, this.#tags)
  }

  #scoreValues(values, numbers, tags) {
    let texts
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      if (typeof value === 'number') {
        tags[i] = Number.isSafeInteger(value) ? TAG.whole : TAG.number
        numbers[i] = value
      } else if (value == null) tags[i] = 0
      else (texts ??= [])[i] = this.#other(value, i, numbers, tags)
    }
    this.#scorer.scoreValues(numbers, tags, texts && Array.from(texts, (text) => text ?? ''), this.#out)
    return this.#result()
  }

  /** Writes a value that is no number; returns its text, if it needs one. */
  #other(value, i, numbers, tags) {
    const kind = kindOf(value)
    tags[i] = TAG[kind] ?? 255
    numbers[i] = kind === 'boolean' || kind === 'date' ? Number(value) : 0
    return kind === 'boolean' || kind === 'date' ? undefined : typeof value === 'object' ? 'an object' : String(value)
  }

  #checkNames(row) {
    const unknown = this.#names.some((name) => !(name in row))
    if (unknown) this.#fail(row)
  }

  #result() {
    const out = this.#out
    const result = { score: orNull(out[0]), tier: this.#word(out[2]), status: this.#word(out[3]), coverage: orNull(out[1]) }
    for (let i = 0; i < this.#dimensions.length; i++) result[this.#dimensions[i]] = orNull(out[FIXED + i])
    if (this.#reportsErrors) {
      result.error_code = this.#word(out[4])
      result.error_item = this.#word(out[5])
    }
    return result
  }

  /** A word by its number; new ones are fetched once. */
  #word(index) {
    if (index !== index) return null
    if (index >= this.#words.length) this.#words = this.#scorer.words
    return this.#words[index]
  }
}

module.exports = { Scorer }
