'use strict'
// Recurring revenue: policies, books of customers, and what is asked of them.

const native = require('../native.js')
const { abortable, throwIfAborted, withoutSignal } = require('./abort.js')
const { prepare } = require('./data.js')
const { ResultTable } = require('./result.js')

const utf8 = new TextDecoder()

/** A document as text or value; bytes are read as UTF-8. */
const textOf = (document) => (ArrayBuffer.isView(document) ? utf8.decode(document) : document)

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value)

class RevenuePolicy {
  #policy

  /** Use `fromJson`, `fromYaml`, `fromToml` or `preset`. */
  constructor(policy) {
    if (!(policy instanceof native.Policy)) {
      throw new TypeError(
        'use RevenuePolicy.fromYaml(text), RevenuePolicy.fromJson(value), RevenuePolicy.fromToml(text) or RevenuePolicy.preset(name)',
      )
    }
    this.#policy = policy
  }

  static fromJson(document) {
    return new RevenuePolicy(native.Policy.read('json', textOf(document)))
  }

  static fromYaml(text) {
    return new RevenuePolicy(native.Policy.read('yaml', textOf(text)))
  }

  static fromToml(text) {
    return new RevenuePolicy(native.Policy.read('toml', textOf(text)))
  }

  static preset(name) {
    return new RevenuePolicy(native.Policy.preset(String(name)))
  }

  static presets() {
    return native.Policy.presetNames()
  }

  static presetAbout(name) {
    return native.Policy.presetAbout(String(name))
  }

  static check(document) {
    return native.Policy.check('value', document)
  }

  static checkJson(text) {
    return native.Policy.check('json', textOf(text))
  }

  static checkYaml(text) {
    return native.Policy.check('yaml', textOf(text))
  }

  static checkToml(text) {
    return native.Policy.check('toml', textOf(text))
  }

  static schema() {
    return JSON.parse(native.Policy.schema())
  }

  get hash() {
    return this.#policy.hash
  }

  get id() {
    return this.#policy.id
  }

  get warnings() {
    return this.#policy.warnings
  }

  toJson() {
    return JSON.parse(this.#policy.json)
  }

  toJSON() {
    return this.toJson()
  }

  /** The native policy of whatever names one; the core's own when none is given. */
  static native(policy) {
    if (policy == null) return native.Policy.standard()
    if (policy instanceof RevenuePolicy) return policy.#policy
    return typeof policy === 'string' ? native.Policy.preset(policy) : native.Policy.read('value', policy)
  }
}

/** The options that are tables, by role. */
const BESIDE = ['rates', 'merges', 'contracts', 'probabilities']

/** The tables that are among the options, by role, and the rest. */
function withoutTables(given, roles) {
  if (!isObject(given)) return { beside: {}, rest: given }
  const rest = { ...given }
  const beside = {}
  for (const role of roles) {
    if (rest[role] != null) beside[role] = rest[role]
    delete rest[role]
  }
  return { beside, rest }
}

class Revenue {
  #book
  #policy
  #reading
  #tables

  /** Use `Revenue.fromSubscriptions` and the like. */
  constructor(book, data, options) {
    if (typeof book !== 'string') throw new TypeError('use Revenue.fromSubscriptions(data, options) or another of its kind')
    const { beside, rest } = withoutTables(options, BESIDE)
    const { policy, ...reading } = isObject(rest) ? rest : {}
    this.#policy = new RevenuePolicy(RevenuePolicy.native(policy))
    this.#book = book
    this.#reading = isObject(rest) ? reading : rest
    this.#tables = { ...beside, [book]: data }
  }

  static fromSubscriptions(data, options) {
    return new Revenue('subscriptions', data, options)
  }

  static fromInvoices(data, options) {
    return new Revenue('invoices', data, options)
  }

  static fromSnapshots(data, options) {
    return new Revenue('snapshots', data, options)
  }

  static fromMovements(data, options) {
    return new Revenue('movements', data, options)
  }

  static fromActivity(data, options) {
    return new Revenue('activity', data, options)
  }

  static fromContracts(data, options) {
    return new Revenue('contracts', data, options)
  }

  get policy() {
    return this.#policy
  }

  /** What a call gives to the core, and the caller's own account column. */
  #prepare(operation, given) {
    const options = given === undefined || isObject(given) ? { ...this.#reading, ...given } : given
    const policy = RevenuePolicy.native(this.#policy)
    const wanted = policy.wantedColumns(operation, options)
    let accounts = []
    const tables = Object.entries(this.#tables)
      .filter(([role]) => role in wanted)
      .map(([role, data]) => {
        const { batches, input } = prepare(data, wanted[role])
        if (role === this.#book) accounts = [input(wanted[role][0])]
        return { role, batches }
      })
    return { policy, tables, options, accounts }
  }

  #runSync(operation, given) {
    const { policy, tables, options, accounts } = this.#prepare(operation, given)
    return new ResultTable(policy.runSync(operation, tables, options), accounts)
  }

  async #run(operation, given) {
    const { signal, options: rest } = withoutSignal(given)
    throwIfAborted(signal)
    const { policy, tables, options, accounts } = this.#prepare(operation, rest)
    // Reading the data may have run a getter that aborts.
    throwIfAborted(signal)
    const work = (cancel) => policy.run(operation, tables, options, cancel)
    return new ResultTable(await (signal == null ? work() : abortable(signal, work)), accounts)
  }

  async mrr(options) {
    return this.#run('mrr', options)
  }

  mrrSync(options) {
    return this.#runSync('mrr', options)
  }

  async bridge(options) {
    return this.#run('bridge', options)
  }

  bridgeSync(options) {
    return this.#runSync('bridge', options)
  }

  async reasons(options) {
    return this.#run('reasons', options)
  }

  reasonsSync(options) {
    return this.#runSync('reasons', options)
  }

  async metrics(options) {
    return this.#run('metrics', options)
  }

  metricsSync(options) {
    return this.#runSync('metrics', options)
  }

  async retention(options) {
    return this.#run('retention', options)
  }

  retentionSync(options) {
    return this.#runSync('retention', options)
  }

  async phase(options) {
    return this.#run('phase', options)
  }

  phaseSync(options) {
    return this.#runSync('phase', options)
  }

  async cohorts(options) {
    return this.#run('cohorts', options)
  }

  cohortsSync(options) {
    return this.#runSync('cohorts', options)
  }

  async renewals(options) {
    return this.#run('renewals', options)
  }

  renewalsSync(options) {
    return this.#runSync('renewals', options)
  }

  async renewalCalendar(options) {
    return this.#run('renewal_calendar', options)
  }

  renewalCalendarSync(options) {
    return this.#runSync('renewal_calendar', options)
  }

  async forecast(options) {
    return this.#run('forecast', options)
  }

  forecastSync(options) {
    return this.#runSync('forecast', options)
  }

  async accounts(of, cell, options) {
    return this.#run('accounts', { ...options, of, cell })
  }

  accountsSync(of, cell, options) {
    return this.#runSync('accounts', { ...options, of, cell })
  }
}

class Partial {
  #partial
  #book

  constructor(operation, book, options) {
    this.#book = String(book)
    if (operation instanceof native.Partial) {
      this.#partial = operation
      return
    }
    const { policy, ...rest } = isObject(options) ? options : {}
    this.#partial = native.Partial.of(RevenuePolicy.native(policy), String(operation), isObject(options) ? rest : options)
  }

  static fromJSON(document, book) {
    const text = typeof document === 'string' ? document : JSON.stringify(document)
    return new Partial(native.Partial.fromJson(text), book)
  }

  toJSON() {
    return JSON.parse(this.#partial.toJson())
  }

  #update(data, options, grouped) {
    const { beside } = withoutTables(options, ['rates', 'merges'])
    const wanted = this.#partial.wantedColumns()
    const tables = Object.entries({ [this.#book]: data, ...beside }).map(([role, given]) => {
      return { role, batches: prepare(given, wanted[role] ?? []).batches }
    })
    this.#partial.update(tables, grouped)
  }

  update(data, options) {
    this.#update(data, options, false)
  }

  updateSorted(data, options) {
    this.#update(data, options, true)
  }

  merge(other) {
    if (!(other instanceof Partial)) throw new TypeError('expected a Partial')
    return new Partial(this.#partial.merged(other.#partial), this.#book)
  }

  finish() {
    return new ResultTable(this.#partial.finish(), [])
  }
}

class Simulation {
  #simulation

  constructor(document = {}) {
    this.#simulation = native.Simulation.read(document)
  }

  static tables() {
    return native.Simulation.tableNames()
  }

  get accounts() {
    return this.#simulation.accounts
  }

  get hash() {
    return this.#simulation.hash
  }

  toJson() {
    return JSON.parse(this.#simulation.json)
  }

  toJSON() {
    return this.toJson()
  }

  table(name, { from = 0, to = this.accounts } = {}) {
    return new ResultTable(this.#simulation.table(String(name), from, to), [])
  }

  *stream(name, { accounts = 10_000 } = {}) {
    for (let from = 0; from < this.accounts; from += accounts) {
      yield this.table(name, { from, to: Math.min(from + accounts, this.accounts) })
    }
  }
}

/** Whole amounts may be BigInts. */
const amount = (value) => (typeof value === 'bigint' ? String(value) : value)

const currencyExponent = (currency, options) => native.scalar('currency_exponent', { ...options, currency })

const roundMoney = (value, currency, options) => native.scalar('round_money', { ...options, amount: amount(value), currency })

const splitMoney = (value, weights, currency, options) =>
  native.scalar('split_money', { ...options, amount: amount(value), weights: Array.from(weights, amount), currency })

const monthlyAmount = (value, interval, { policy, quantity, ...options } = {}) =>
  native.scalar('monthly_amount', {
    ...options,
    amount: amount(value),
    interval,
    quantity: amount(quantity),
    policy: policy == null ? undefined : new RevenuePolicy(RevenuePolicy.native(policy)).toJson(),
  })

const addMonths = (date, months) => native.scalar('add_months', { date, months })

const periods = (period, from, to, options) => native.scalar('periods', { ...options, period, from, to })

const periodOf = (date, period, options) => native.scalar('period_of', { ...options, date, period })

const monthlyChurn = (renewalRate, termMonths) => native.scalar('monthly_churn', { renewalRate, termMonths })

const annualChurn = (churn) => native.scalar('annual_churn', { monthlyChurn: churn })

module.exports = {
  RevenuePolicy,
  Revenue,
  Partial,
  Simulation,
  currencyExponent,
  roundMoney,
  splitMoney,
  monthlyAmount,
  addMonths,
  periods,
  periodOf,
  monthlyChurn,
  annualChurn,
}
