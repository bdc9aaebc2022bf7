'use strict'
// One account at a time: values go through scratch memory that is made once.

const native = require('../native.js')
const { classOf, describeValue, gone, isGone, kindOf, momentOf } = require('./columns.js')

/** What stands at a position of the scratch memory; src/health/one.rs reads the same numbers. */
const TAG = { '': 0, number: 1, boolean: 2, bigint: 3, string: 4, date: 5, whole: 6 }

/** What stands before the dimensions: score, coverage, tier, status, error code and error item, and then these. */
const FIXED = 15
const MORE = {
  raw_score: [6, 'number'],
  variant: [7, 'word'],
  adjustments: [8, 'word'],
  state_card: [9, 'word'],
  state_tier: [10, 'word'],
  state_candidate: [11, 'word'],
  state_streak: [12, 'number'],
  state_score: [13, 'number'],
  state_as_of: [14, 'word'],
}

const orNull = (value) => (value === value ? value : null)

function refuse(account) {
  const expected = 'an account as an object, or as an array of values by position'
  native.refuse({ name: '', kind: 'refused', code: 'wrong_type', value: describeValue(account), expected })
}

class Scorer {
  #scorer
  #names
  #reportsErrors
  #selection
  #dimensions
  #numbers
  #tags
  #out
  #words = []
  #blank
  #fail

  /** `fail` throws the error of a row that lacks a column. */
  constructor(card, options, fail) {
    this.#scorer = card.scorer(options)
    this.#names = this.#scorer.names
    this.#reportsErrors = this.#scorer.reportsErrors
    this.#selection = this.#scorer.selection
    const columns = card.outputColumns
    this.#dimensions = columns.slice(columns.lastIndexOf('coverage') + 1)
    this.#numbers = new Float64Array(this.#names.length)
    this.#tags = new Uint8Array(this.#names.length)
    this.#out = new Float64Array(FIXED + this.#dimensions.length)
    this.#fail = fail
    // A copy of this takes any id as a field of its own, even `__proto__`.
    this.#blank = Object.fromEntries(['score', 'tier', 'status', 'coverage', ...this.#dimensions].map((name) => [name, null]))
  }

  score(values) {
    const type = classOf(values)
    if (!Array.isArray(values) && type === undefined) refuse(values)
    if (type !== undefined && isGone(values)) native.refuse(gone(''))
    // Read first: a getter among them may score another account in the same scratch memory.
    if (type !== 'Float64Array') return this.#scoreValues([...values])
    // Copied: another thread may write to shared memory.
    const numbers = values.length === this.#names.length ? this.#numbers : new Float64Array(values.length)
    numbers.set(values)
    this.#scorer.scoreNumbers(numbers, this.#out)
    return this.#result()
  }

  scoreObject(row) {
    if (row === null || typeof row !== 'object') refuse(row)
    const values = new Array(this.#names.length)
    let complete = true
    for (let i = 0; i < values.length; i++) {
      const name = this.#names[i]
      if (Object.hasOwn(row, name)) values[i] = row[name]
      else complete = false
    }
    if (!complete) this.#fail(row, this.#names)
    return this.#scoreValues(values)
  }

  /** Scores values that no longer change; a wrong number of them is for the core to refuse. */
  #scoreValues(values) {
    const fits = values.length === this.#names.length
    const numbers = fits ? this.#numbers : new Float64Array(values.length)
    const tags = fits ? this.#tags : new Uint8Array(values.length)
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

  /** Writes a value that is no number, and returns its text, if it needs one; runs no code of the caller's. */
  #other(value, i, numbers, tags) {
    const kind = kindOf(value)
    tags[i] = TAG[kind] ?? 255
    numbers[i] = kind === 'boolean' ? Number(value) : kind === 'date' ? momentOf(value) : 0
    if (kind === 'boolean' || kind === 'date') return undefined
    return kind === 'string' ? value : describeValue(value)
  }

  #result() {
    const out = this.#out
    const result = { ...this.#blank }
    result.score = orNull(out[0])
    result.tier = this.#word(out[2])
    result.status = this.#word(out[3])
    result.coverage = orNull(out[1])
    for (let i = 0; i < this.#dimensions.length; i++) result[this.#dimensions[i]] = orNull(out[FIXED + i])
    if (this.#reportsErrors) {
      result.error_code = this.#word(out[4])
      result.error_item = this.#word(out[5])
    }
    return this.#selection ? Object.fromEntries(this.#selection.map((name) => [name, this.#wanted(result, name)])) : result
  }

  /** A result that is wanted: it may be one that is not there by default. */
  #wanted(result, name) {
    if (!Object.hasOwn(MORE, name)) return result[name]
    const [at, kind] = MORE[name]
    return kind === 'word' ? this.#word(this.#out[at]) : orNull(this.#out[at])
  }

  /** A word by its number; new ones are fetched once. */
  #word(index) {
    if (index !== index) return null
    if (index >= this.#words.length) this.#words = this.#scorer.words
    return this.#words[index]
  }
}

module.exports = { Scorer }
