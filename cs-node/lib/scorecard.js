'use strict'
// The class `Scorecard`: conversion at the door, and leaving the event loop.

const native = require('../native.js')
const { abortable, throwIfAborted, withoutSignal } = require('./abort.js')
const { classOf, copyOf } = require('./columns.js')
const { prepare } = require('./data.js')
const { TierFlow } = require('./flow.js')
const { ResultTable } = require('./result.js')
const { Scorer } = require('./scorer.js')

const utf8 = new TextDecoder()

/** A document as text or value; bytes are read as UTF-8. */
const textOf = (document) => (ArrayBuffer.isView(document) ? utf8.decode(document) : document)

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value)

/** The options that are tables, and the roles under which the core knows them. */
const BESIDE = { previous: 'previous', overrides: 'overrides' }
const BESIDE_TWO = {
  previousBefore: 'previous_before',
  previousAfter: 'previous_after',
  overridesBefore: 'overrides_before',
  overridesAfter: 'overrides_after',
}

/** What the core reads as options, and the tables that were among them, by role. What is no object is for the core to refuse. */
function withoutTables(given, roles) {
  if (!isObject(given)) return { options: given, beside: {} }
  const options = { ...given }
  const beside = {}
  for (const [name, role] of Object.entries(roles)) {
    if (options[name] != null) beside[role] = options[name]
    delete options[name]
  }
  const rows = classOf(options.rows) === undefined ? undefined : copyOf(options.rows)
  if (rows !== undefined) options.rows = Array.from(rows)
  return { options, beside }
}

/** The native card of another one; that there is none may be for the core to refuse. */
const otherCard = (card) => (card == null ? undefined : Scorecard.native(card))

/** The other card among the options, and the rest. */
function withoutOther(given) {
  if (!isObject(given)) return { options: given }
  const { other, ...options } = given
  return { options, other: otherCard(other) }
}

const isPositional = (account) => Array.isArray(account) || ArrayBuffer.isView(account)

const scoreWith = (scorer, account) => (isPositional(account) ? scorer.score(account) : scorer.scoreObject(account))

class Scorecard {
  #card
  #scorer

  /** Use `fromYaml`, `fromJson` or `fromToml`. */
  constructor(card) {
    if (!(card instanceof native.Scorecard)) {
      throw new TypeError('use Scorecard.fromYaml(text), Scorecard.fromJson(value), Scorecard.fromToml(text) or Scorecard.preset(name)')
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

  static preset(name) {
    return new Scorecard(native.Scorecard.preset(String(name)))
  }

  static template(name) {
    return new Scorecard(native.Scorecard.template(String(name)))
  }

  static presets() {
    return native.Scorecard.presetNames()
  }

  static templates() {
    return native.Scorecard.templateNames()
  }

  static presetAbout(name) {
    return native.Scorecard.presetAbout(String(name))
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
    return this.#run('score', { data }, options)
  }

  scoreSync(data, options) {
    return this.#runSync('score', { data }, options)
  }

  async explain(data, options) {
    return this.#run('explain', { data }, options)
  }

  explainSync(data, options) {
    return this.#runSync('explain', { data }, options)
  }

  async compare(before, after, given) {
    const { options, other } = withoutOther(given)
    return this.#run('compare', { before, after }, options, other)
  }

  compareSync(before, after, given) {
    const { options, other } = withoutOther(given)
    return this.#runSync('compare', { before, after }, options, other)
  }

  async nextTier(data, options) {
    return this.#run('next_tier', { data }, options)
  }

  nextTierSync(data, options) {
    return this.#runSync('next_tier', { data }, options)
  }

  async whatIf(other, data, options) {
    return this.#run('what_if', { data }, options, otherCard(other))
  }

  whatIfSync(other, data, options) {
    return this.#runSync('what_if', { data }, options, otherCard(other))
  }

  async changes(before, after, options) {
    return this.#run('changes', { before, after }, options)
  }

  changesSync(before, after, options) {
    return this.#runSync('changes', { before, after }, options)
  }

  async drivers(data, options) {
    return this.#run('drivers', { data }, options)
  }

  driversSync(data, options) {
    return this.#runSync('drivers', { data }, options)
  }

  async fit(data, given) {
    const { signal, options: rest } = withoutSignal(given)
    throwIfAborted(signal)
    const { batches, options } = this.#prepareFit(data, rest)
    throwIfAborted(signal)
    const work = (cancel) => this.#card.fit(batches, options, cancel)
    return new Scorecard(await (signal == null ? work() : abortable(signal, work)))
  }

  fitSync(data, given) {
    const { batches, options } = this.#prepareFit(data, given)
    return new Scorecard(this.#card.fitSync(batches, options))
  }

  tierFlow(before, after, options) {
    return TierFlow.count(before, after, options, { card: this.#card })
  }

  scorer(options) {
    // A row that lacks a column is scored as a table of one row: the core then says what is unknown.
    return new Scorer(this.#card, options, (row, names) => this.scoreSync([this.#asData(row, names, options)], options))
  }

  scoreOne(account, given) {
    if (given === undefined) return scoreWith((this.#scorer ??= this.scorer()), account)
    if (!isObject(given)) return scoreWith(this.scorer(given), account)
    const { previous, override, ...options } = given
    const one = scoreWith(this.scorer(options), account)
    return previous == null && override == null ? one : this.#scoreKnown(account, previous, override, options)
  }

  /** Scores an account of which more is known than its data, by tables of one row; the data has been scored before. */
  #scoreKnown(account, previous, override, options) {
    const { names } = this.#card.scorer(options)
    const row = isPositional(account) ? Object.fromEntries(names.map((name, i) => [name, account[i]])) : account
    const data = this.#asData(row, names, options)
    const name = this.#accountIn(options)
    const beside = (known) => (known == null ? undefined : [name === undefined ? known : { ...known, [name]: data[name] }])
    const scores = this.scoreSync([data], { ...options, previous: beside(previous), overrides: beside(override) })
    const [one] = scores.toRows()
    delete one[name]
    return one
  }

  /** A row as data: the account need not be in it, unless an item reads it. */
  #asData(row, names, options) {
    const name = this.#accountIn(options)
    return name === undefined || names.includes(name) ? row : { [name]: '', ...row }
  }

  /** The account's name in the data; undefined where the card names none. */
  #accountIn(options) {
    return this.account === null ? undefined : this.#wanted('score', options).data[0]
  }

  /** The columns wanted of the tables of each role, the account first; the rows wanted do not matter. */
  #wanted(operation, options, other) {
    return this.#card.wantedColumns(operation, isObject(options) ? { ...options, rows: undefined } : options, other)
  }

  /** What a call gives to the core, and the caller's account columns as they are now, of one table after another. */
  #prepare(operation, data, given, other) {
    const { options, beside } = withoutTables(given, 'before' in data ? BESIDE_TWO : BESIDE)
    const wanted = this.#wanted(operation, options, other)
    const accounts = []
    const tables = Object.entries({ ...data, ...beside }).map(([role, given]) => {
      const { batches, input } = prepare(given, wanted[role] ?? [])
      if (this.account !== null && role in data) accounts.push(input(wanted[role][0]))
      return { role, batches }
    })
    return { tables, options, accounts }
  }

  #runSync(operation, data, given, other) {
    const { tables, options, accounts } = this.#prepare(operation, data, given, other)
    return new ResultTable(this.#card.runSync(operation, tables, options, other), accounts)
  }

  async #run(operation, data, given, other) {
    const { signal, options: rest } = withoutSignal(given)
    throwIfAborted(signal)
    const { tables, options, accounts } = this.#prepare(operation, data, rest, other)
    // Reading the data may have run a getter that aborts.
    throwIfAborted(signal)
    const work = (cancel) => this.#card.run(operation, tables, options, other, cancel)
    return new ResultTable(await (signal == null ? work() : abortable(signal, work)), accounts)
  }

  #prepareFit(data, given) {
    const { options } = withoutTables(given, {})
    return { batches: prepare(data, this.#wanted('score', options).data).batches, options }
  }

  /** The native card. */
  static native(card) {
    if (card instanceof Scorecard) return card.#card
    throw new TypeError('expected a Scorecard')
  }
}

/** Counts how accounts moved between two results, by the tiers of a card, or by tiers that are listed. */
function tierFlow(before, after, given) {
  if (!isObject(given)) return TierFlow.count(before, after, given, {})
  const { card, ...rest } = given
  if (card != null) return TierFlow.count(before, after, rest, { card: Scorecard.native(card) })
  const { tiers, ...options } = rest
  return TierFlow.count(before, after, options, { tiers })
}

module.exports = { Scorecard, tierFlow }
