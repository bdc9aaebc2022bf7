// The conformance vectors of revenue, money and the calendar: each case by Arrow buffers and as plain arrays.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Partial, Revenue, RevenuePolicy } from 'customer-success'
import { ARROW, PLAIN, build, checkError, inChunks, PLACE, typeIn } from './tables.mjs'
import * as arrow from 'apache-arrow'

const native = createRequire(import.meta.url)('../native.js')

const VECTORS = new URL('../../cs-core/tests/vectors/', import.meta.url)
const BOOKS = {
  subscriptions: Revenue.fromSubscriptions,
  invoices: Revenue.fromInvoices,
  snapshots: Revenue.fromSnapshots,
  movements: Revenue.fromMovements,
  activity: Revenue.fromActivity,
  contracts: Revenue.fromContracts,
}
const READING = ['columns', 'zone', 'horizon', 'as_of', 'float_scale', 'integers', 'history_start']
const READ = { json: 'Json', yaml: 'Yaml', toml: 'Toml' }

// Amounts stay exact: decimals as texts.
const PLAIN_MONEY = { ...PLAIN, decimal: ({ values }) => values }

const WAYS = {
  arrow: (table) => new arrow.Table(build(table, ARROW)),
  chunks: (table) => inChunks(new arrow.Table(build(table, ARROW))),
  plain: (table) => build(table, PLAIN_MONEY),
}

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())

function policyOf({ policy, preset, policy_text: text }) {
  if (preset !== undefined) return RevenuePolicy.preset(preset)
  if (text !== undefined) return RevenuePolicy[`from${READ[text.format]}`](text.text)
  return policy === undefined ? undefined : RevenuePolicy.fromJson(policy)
}

/** The options of reading, and those of the call. */
function optionsOf({ options = {} }) {
  const sides = [{}, {}]
  for (const [name, value] of Object.entries(options)) sides[READING.includes(name) ? 0 : 1][camel(name)] = value
  return sides
}

function call(given, make) {
  const tables = Object.fromEntries(Object.entries(given.tables ?? {}).map(([role, table]) => [role, make(table)]))
  const [reading, options] = optionsOf(given)
  const book = Object.keys(BOOKS).find((role) => role in tables && role !== 'contracts') ?? 'contracts'
  const { [book]: data = {}, ...beside } = tables
  const revenue = BOOKS[book](data, { ...reading, ...beside, policy: policyOf(given) })
  if (given.call !== 'accounts') return revenue[`${camel(given.call)}Sync`](options)
  const { of, cell, ...rest } = options
  return revenue.accountsSync(of, cell, rest)
}

function partsOf(given, make) {
  const [reading, options] = optionsOf(given)
  return given.parts.map((tables) => {
    const book = Object.keys(BOOKS).find((role) => role in tables)
    const { [book]: data, ...beside } = Object.fromEntries(Object.entries(tables).map(([role, table]) => [role, make(table)]))
    const part = new Partial(given.call, book, { ...reading, ...options, policy: policyOf(given) })
    part.update(data, beside)
    return { part, book }
  })
}

function close(got, wanted, tolerance) {
  if (typeof wanted !== 'number' || typeof got !== 'number' || !tolerance) return Object.is(got, wanted)
  return Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted))
}

function compare(result, { result: expected, columns, tolerance = 0 }) {
  if (columns) assert.deepEqual(result.columnNames, columns)
  for (const [name, wanted] of Object.entries(expected)) {
    const got = result.column(name).map((value, row) => {
      if (value instanceof Date) return value.toISOString().slice(0, 10)
      return typeof wanted[row] === 'string' ? String(value) : value
    })
    const same = got.length === wanted.length && got.every((value, row) => close(value, wanted[row], tolerance))
    if (!same) assert.deepStrictEqual(got, wanted, name)
  }
}

function run(given) {
  const { expect } = given
  if (expect.issues) {
    const found = RevenuePolicy.check(given.policy).map(({ level, code, path = null }) => ({ level, code, path }))
    return assert.deepEqual(found, expect.issues.map(({ level, code, path = null }) => ({ level, code, path })))
  }
  if (expect.hash) return assert.equal(policyOf(given).hash, expect.hash)
  const all = (given.parts ?? [given.tables ?? {}]).flatMap((tables) => Object.values(tables))
  for (const [way, make] of Object.entries(WAYS)) {
    // A moment's zone is an option where there are only plain arrays.
    if (way === 'plain' && all.some((table) => typeIn(table, 'zone'))) continue
    const work = () => (given.parts ? partsOf(given, make) : call(given, make))
    if (expect.error) {
      assert.throws(work, (error) => checkError(error, expect.error, PLACE))
      continue
    }
    if (!given.parts) {
      compare(work(), expect)
      continue
    }
    for (const parts of [work(), work().reverse()]) {
      const whole = parts.map(({ part, book }) => Partial.fromJSON(JSON.stringify(part), book)).reduce((sum, part) => sum.merge(part))
      compare(whole.finish(), expect)
    }
  }
}

function runScalar({ call, options, expect }) {
  const work = () => native.scalar(call, options)
  if (expect.error) return assert.throws(work, (error) => checkError(error, expect.error, PLACE))
  const got = work()
  if (typeof expect.value === 'number') return assert.ok(close(got, expect.value, expect.tolerance ?? 0), `${got} for ${expect.value}`)
  assert.deepEqual(got, expect.value)
}

for (const folder of ['revenue', 'money', 'calendar']) {
  const place = new URL(`${folder}/`, VECTORS)
  const files = existsSync(place) ? readdirSync(place).filter((name) => name.endsWith('.json')).sort() : []
  test(`there are vectors of ${folder}`, () => assert.ok(files.length > 0))
  for (const file of files) {
    const { about, cases } = JSON.parse(readFileSync(new URL(file, place), 'utf8'))
    test(`${folder}/${file}: ${about}`, async (t) => {
      for (const given of cases) {
        const skip = given.only && !given.only.includes('node') ? `only ${given.only.join(', ')}` : false
        await t.test(given.name, { skip }, () => (folder === 'revenue' ? run(given) : runScalar(given)))
      }
    })
  }
}
