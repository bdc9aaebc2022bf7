'use strict'
// The class `Scorecard`: conversion at the door, and leaving the event loop.

const native = require('../native.js')
const { describeValue } = require('./columns.js')
const { prepare } = require('./data.js')
const { ResultTable } = require('./result.js')
const { Scorer } = require('./scorer.js')

const utf8 = new TextDecoder()

/** What a promise is rejected with when its signal aborts, as Node's own functions do. */
function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}

/** Starts work that the signal cancels: the promise is rejected at once, and no result is kept. */
function abortable(signal, start) {
  return new Promise((resolve, reject) => {
    const cancel = new native.Cancel()
    const work = start(cancel)
    const abort = () => {
      cancel.cancel()
      reject(abortError(signal))
    }
    signal.addEventListener('abort', abort, { once: true })
    const done = () => signal.removeEventListener('abort', abort)
    work.then(resolve, reject).finally(done)
  })
}

/** The signal, and the options that the core reads. */
function withoutSignal(given) {
  if (given === null || typeof given !== 'object') return { options: given }
  const { signal, ...options } = given
  if (signal != null) checkSignal(signal)
  return { signal, options }
}

/** Refuses what is no signal, by what it can do: that of a library or of another realm is one too. */
function checkSignal(signal) {
  if (typeof signal === 'object' && typeof signal.aborted === 'boolean' && typeof signal.addEventListener === 'function') return
  const expected = 'expected an AbortSignal, such as AbortSignal.timeout(1000) or the `signal` of an AbortController'
  throw Object.assign(new TypeError(`signal: ${expected}; got ${describeValue(signal)}`), { code: 'ERR_INVALID_ARG_TYPE' })
}

function throwIfAborted(signal) {
  if (signal?.aborted) throw abortError(signal)
}

/** A document as text or value; bytes are read as UTF-8. */
const textOf = (document) => (ArrayBuffer.isView(document) ? utf8.decode(document) : document)

class Scorecard {
  #card
  #scorer

  /** Use `fromYaml`, `fromJson` or `fromToml`. */
  constructor(card) {
    if (!(card instanceof native.Scorecard)) {
      throw new TypeError('use Scorecard.fromYaml(text), Scorecard.fromJson(value) or Scorecard.fromToml(text)')
    }
    this.#card = card
  }

  static fromJson(document) {
    return new Scorecard(native.Scorecard.read('json', textOf(document)))
  }

  static fromYaml(text) {
    return new Scorecard(native.Scorecard.read('yaml', textOf(text)))
  }

  static fromToml(text) {
    return new Scorecard(native.Scorecard.read('toml', textOf(text)))
  }

  static check(document) {
    return native.Scorecard.check('value', document)
  }

  static checkJson(text) {
    return native.Scorecard.check('json', textOf(text))
  }

  static checkYaml(text) {
    return native.Scorecard.check('yaml', textOf(text))
  }

  static checkToml(text) {
    return native.Scorecard.check('toml', textOf(text))
  }

  static schema() {
    return JSON.parse(native.Scorecard.schema())
  }

  get hash() {
    return this.#card.hash
  }

  get id() {
    return this.#card.id
  }

  get warnings() {
    return this.#card.warnings
  }

  get account() {
    return this.#card.account ?? null
  }

  get columns() {
    return this.#card.columns
  }

  get outputColumns() {
    return this.#card.outputColumns
  }

  toJson() {
    return JSON.parse(this.#card.json)
  }

  toJSON() {
    return this.toJson()
  }

  async score(data, options) {
    return this.#run(false, data, options)
  }

  async explain(data, options) {
    return this.#run(true, data, options)
  }

  scoreSync(data, options) {
    return this.#runSync(false, data, options)
  }

  explainSync(data, options) {
    return this.#runSync(true, data, options)
  }

  scorer(options) {
    // A row that lacks a column is scored as a table of one row: the core then says what is unknown.
    const refuse = (row, names) => {
      const wanted = this.#card.inputColumns(options)
      // The account need not be there, unless an item reads it.
      const account = this.account === null || names.includes(wanted[0]) ? {} : { [wanted[0]]: '' }
      this.#card.runSync(false, prepare([{ ...account, ...row }], wanted).batches, options)
    }
    return new Scorer(this.#card, options, refuse)
  }

  scoreOne(data, options) {
    if (options === undefined) this.#scorer ??= this.scorer()
    const scorer = options === undefined ? this.#scorer : this.scorer(options)
    return Array.isArray(data) || ArrayBuffer.isView(data) ? scorer.score(data) : scorer.scoreObject(data)
  }

  /** The batches, and the caller's account column as it is now. */
  #prepare(data, options) {
    const wanted = this.#card.inputColumns(options)
    const { batches, input } = prepare(data, wanted)
    if (this.account === null) return { batches }
    // The core lists the account first, under its name in the table.
    return { batches, accounts: input(wanted[0]) }
  }

  #runSync(explain, data, options) {
    const { batches, accounts } = this.#prepare(data, options)
    return new ResultTable(this.#card.runSync(explain, batches, options), accounts)
  }

  async #run(explain, data, given) {
    const { signal, options } = withoutSignal(given)
    throwIfAborted(signal)
    const { batches, accounts } = this.#prepare(data, options)
    // Reading the data may have run a getter that aborts.
    throwIfAborted(signal)
    const work = (cancel) => this.#card.run(explain, batches, options, cancel)
    return new ResultTable(await (signal == null ? work() : abortable(signal, work)), accounts)
  }

  /** The native card, for charts. */
  static native(card) {
    if (card instanceof Scorecard) return card.#card
    throw new TypeError('expected a Scorecard')
  }
}

module.exports = { Scorecard }
