// The conformance vectors of the core: each case by Arrow buffers, which have every type, and as plain
// arrays, as users write them. Results agree to the bit.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { Scorecard } from 'customer-success'

// The vectors are the core's; here they must all be met.
const FOLDER = new URL('../../cs-core/tests/vectors/health/', import.meta.url)
const SPECIAL = { inf: Infinity, '-inf': -Infinity, nan: NaN }
const READ = { json: 'Json', yaml: 'Yaml', toml: 'Toml' }

const float = (value) => SPECIAL[value] ?? value
const each = (values, convert) => values.map((value) => (value === null ? null : convert(value)))

/** A decimal text as Arrow's four words. */
function decimal(text, scale) {
  const [whole, fraction = ''] = text.split('.')
  const bits = BigInt.asUintN(128, BigInt(whole + fraction.padEnd(scale, '0')))
  return Uint32Array.from([0n, 32n, 64n, 96n], (shift) => Number((bits >> shift) & 0xffffffffn))
}

const ARROW = {
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

const PLAIN = {
  f64: ({ values }) => each(values, float),
  f32: ({ values }) => each(values, (value) => Math.fround(float(value))),
  i64: ({ values }) => (values.every((value) => value === null || Number.isSafeInteger(value)) ? values : each(values, BigInt)),
  timestamp: ({ values }) => each(values, (at) => new Date(at)),
  decimal: ({ values }) => each(values, Number),
}

const build = (table, makers) =>
  Object.fromEntries(Object.entries(table).map(([name, column]) => [name, (makers[column.type] ?? ((c) => c.values))(column)]))

/** What plain arrays say otherwise: a moment's zone is an option, and values are written as numbers or texts. */
const typeIn = (table, ...types) => Object.values(table).some(({ type, zone }) => types.includes(type) || (types.includes('zone') && zone))

const OPTION = { as_of: 'asOf', on_error: 'onError' }
const optionsOf = (options = {}) => Object.fromEntries(Object.entries(options).map(([key, value]) => [OPTION[key] ?? key, value]))

function load({ card, card_text: text }) {
  return text === undefined ? Scorecard.fromJson(card) : Scorecard[`from${READ[text.format]}`](text.text)
}

function issuesOf({ card, card_text: text }) {
  return text === undefined ? Scorecard.check(card) : Scorecard[`check${READ[text.format]}`](text.text)
}

/** Accounts are written as texts in vectors. */
function compare(result, expected, skip = []) {
  for (const [name, wanted] of Object.entries(expected)) {
    if (skip.includes(name)) continue
    const got = result.column(name).map((value, row) => (typeof wanted[row] === 'string' ? String(value) : value))
    // Object.is: the bits of numbers, which are never NaN here.
    const same = got.length === wanted.length && got.every((value, row) => Object.is(value, wanted[row]))
    if (!same) assert.deepStrictEqual(got, wanted, name)
  }
}

function checkError(error, expected, fields) {
  const { context } = error
  const got = { ...context, code: error.code, kind: error.kind, row_count: context.rowCount ?? 0, codes: error.issues.map(({ code }) => code) }
  for (const [key, wanted] of Object.entries(expected)) {
    if (fields === undefined || fields.includes(key)) assert.deepEqual(got[key] ?? (key === 'rows' ? [] : null), wanted, `${key}: ${error.message}`)
  }
  return true
}

const PLACE = ['code', 'kind', 'column', 'item', 'path', 'rows', 'row_count', 'codes']

function runData(data, given, { skip, fields }) {
  const { expect } = given
  const options = optionsOf(given.options)
  if (expect.error) {
    return assert.throws(() => load(given).scoreSync(data, options), (error) => checkError(error, expect.error, fields))
  }
  const card = load(given)
  const result = expect.explanation ? card.explainSync(data, options) : card.scoreSync(data, options)
  if (expect.columns) assert.deepEqual(result.columnNames, expect.columns)
  compare(result, expect.explanation ?? expect.scores ?? {}, skip)
}

/** Each account alone gives what all of them give together. */
function runOneByOne(data, given) {
  const options = optionsOf(given.options)
  if (!given.expect.scores || options.select) return
  const card = load(given)
  const scorer = card.scorer(options)
  const names = Object.keys(data)
  card.scoreSync(data, options).toRows().forEach((row, at) => {
    const one = scorer.scoreObject(Object.fromEntries(names.map((name) => [name, data[name][at]])))
    for (const [name, value] of Object.entries(one)) assert.ok(Object.is(value, row[name] ?? null), `${name} of row ${at} alone: ${value}`)
  })
}

function run(given) {
  const { expect, table } = given
  if (expect.issues) {
    const found = issuesOf(given).map(({ level, code, path = null }) => ({ level, code, path }))
    assert.deepEqual(found, expect.issues.map(({ level, code, path = null }) => ({ level, code, path })))
  }
  if (expect.hash) assert.equal(load(given).hash, expect.hash)
  if (!expect.scores && !expect.explanation && !expect.error && !expect.columns) return
  if (table === undefined) return runData({}, given, {})
  runData(new arrow.Table(build(table, ARROW)), given, {})
  if (typeIn(table, 'zone')) return
  const plain = build(table, PLAIN)
  runOneByOne(plain, given)
  runData(plain, given, { skip: typeIn(table, 'f32', 'decimal', 'timestamp') ? ['value'] : [], fields: PLACE })
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json')).sort()) {
  const { about, cases } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
  test(`${file}: ${about}`, async (t) => {
    for (const given of cases) {
      const skip = given.only && !given.only.includes('node') ? `only ${given.only.join(', ')}` : false
      await t.test(given.name, { skip }, () => run(given))
    }
  })
}
