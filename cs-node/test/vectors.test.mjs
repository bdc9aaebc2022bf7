// The conformance vectors of the core: each case by Arrow buffers, which have every type, and as plain
// arrays, as users write them. Results agree to the bit.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { Scorecard } from 'customer-success'
import { ARROW, PLACE, PLAIN, build, checkError, inChunks, typeIn } from './tables.mjs'

// The vectors are the core's; here they must all be met.
const FOLDER = new URL('../../cs-core/tests/vectors/health/', import.meta.url)
const READ = { json: 'Json', yaml: 'Yaml', toml: 'Toml' }

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const optionsOf = (options = {}) => Object.fromEntries(Object.entries(options).map(([key, value]) => [camel(key), value]))

function load({ card, card_text: text, preset, template, fitted }) {
  if (preset !== undefined) return withKnots(Scorecard.preset(preset), fitted)
  if (template !== undefined) return Scorecard.template(template)
  return text === undefined ? Scorecard.fromJson(card) : Scorecard[`from${READ[text.format]}`](text.text)
}

/** The card with these knots in the `quantile` curves of its items, as a fit would put them. */
function withKnots(card, knots) {
  if (knots === undefined) return card
  const document = card.toJson()
  for (const { id, curve } of document.dimensions.flatMap(({ items }) => items)) {
    if (Object.hasOwn(knots, id)) curve.quantile.fitted = knots[id]
  }
  return Scorecard.fromJson(document)
}

function issuesOf(given) {
  const { card, card_text: text } = given
  if (text !== undefined) return Scorecard[`check${READ[text.format]}`](text.text)
  return card === undefined ? load(given).warnings : Scorecard.check(card)
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

/** Columns with texts of raw values, which plain arrays may write otherwise. */
const RAW = ['value', 'before', 'after', 'needed']

/** How a table is given: by Arrow buffers, by those in chunks of one row, or as plain arrays. */
const WAYS = {
  arrow: { make: (table) => new arrow.Table(build(table, ARROW)), skip: [] },
  chunks: { make: (table) => inChunks(new arrow.Table(build(table, ARROW))), skip: [], fields: PLACE },
  plain: { make: (table) => build(table, PLAIN), skip: RAW, fields: PLACE },
}

/** The columns of results whose texts depend on how the tables were given. */
const skipped = ({ skip }, tables) => (tables.some((table) => typeIn(table, 'f32', 'decimal', 'timestamp')) ? skip : [])

/** What the call returns is as expected; returns it, unless an error is. */
function check(expect, way, tables, call) {
  if (expect.error) return void assert.throws(call, (error) => checkError(error, expect.error, way.fields))
  const result = call()
  if (expect.columns) assert.deepEqual(result.columnNames, expect.columns)
  compare(result, expect.explanation ?? expect.result ?? expect.scores ?? {}, skipped(way, tables))
  return result
}

/** One reading of a card, or its explanation; `previous` may be the result of the reading before. */
function read(given, way, previous) {
  const { expect, table = {}, overrides } = given
  const before = previous ?? (given.previous && way.make(given.previous))
  const beside = { ...(before && { previous: before }), ...(overrides && { overrides: way.make(overrides) }) }
  const options = { ...optionsOf(given.options), ...beside }
  const data = given.table === undefined ? {} : way.make(table)
  const tables = [table, overrides, given.previous].filter(Boolean)
  const method = expect.explanation ? 'explainSync' : 'scoreSync'
  return check(expect, way, tables, () => load(given)[method](data, options))
}

/** Each account alone, with what was before it and what was decided for it, gives what all of them give together. */
function readOneByOne(given) {
  const { select, rows, ...options } = optionsOf(given.options)
  if (!given.expect.scores || select || rows) return
  const data = build(given.table, PLAIN)
  const card = load(given)
  const key = options.columns?.[card.account] ?? card.account
  const rowsOf = (table) => {
    const columns = build(table ?? {}, PLAIN)
    const count = Object.values(columns)[0]?.length ?? 0
    return Array.from({ length: count }, (_, at) => Object.fromEntries(Object.keys(columns).map((name) => [name, columns[name][at]])))
  }
  const beside = { previous: rowsOf(given.previous), overrides: rowsOf(given.overrides) }
  const tables = Object.fromEntries(Object.entries(beside).filter(([, list]) => list.length > 0))
  const scorer = card.scorer(options)
  const names = Object.keys(data)
  card.scoreSync(data, { ...options, ...tables }).toRows().forEach((row, at) => {
    const account = Object.fromEntries(names.map((name) => [name, data[name][at]]))
    const rowsAbout = (list) => list.filter((other) => other[key] === account[key])
    // There may be an expired override beside the one in force.
    if (rowsAbout(beside.overrides).length > 1) return
    const known = (list) => rowsAbout(list)[0]
    const [previous, override] = [known(beside.previous), known(beside.overrides)]
    const one = previous || override ? card.scoreOne(account, { ...options, previous, override }) : scorer.scoreObject(account)
    for (const [name, value] of Object.entries(one)) assert.ok(Object.is(value, row[name] ?? null), `${name} of row ${at} alone: ${value}`)
  })
}

const METHODS = {
  flow,
  score: (card, { data, ...beside }, options) => card.scoreSync(data, { ...options, ...beside }),
  explain: (card, { data, ...beside }, options) => card.explainSync(data, { ...options, ...beside }),
  next_tier: (card, { data, ...beside }, options) => card.nextTierSync(data, { ...options, ...beside }),
  drivers: (card, { data, ...beside }, options) => card.driversSync(data, { ...options, ...beside }),
  what_if: (card, { data, ...beside }, options, other) => card.whatIfSync(other, data, { ...options, ...beside }),
  compare: (card, { before, after, ...beside }, options, other) => card.compareSync(before, after, { ...options, ...beside, other }),
  changes: (card, { before, after, ...beside }, options) => card.changesSync(before, after, { ...options, ...beside }),
}

/** One of the tables of a flow; in vectors its name and its options stand among those of counting. */
function flow(card, { before, after }, { table, periods, interval, entering, start, ...counting }) {
  const options = Object.fromEntries(Object.entries({ interval, entering, start }).filter(([, value]) => value !== undefined))
  return card.tierFlow(before, after, counting)[table](...(table === 'project' ? [periods, options] : []))
}

/** A fitted card, compared by its hash. */
function runFit(given, way) {
  const { expect, tables } = given
  // Plain arrays have no dates, only texts.
  if (way === WAYS.plain && expect.error?.code === 'wrong_column_type' && typeIn(tables.data, 'date')) return
  const fit = () => load(given).fitSync(way.make(tables.data), optionsOf(given.options))
  if (expect.error) return assert.throws(fit, (error) => checkError(error, expect.error, way.fields))
  assert.equal(fit().hash, Scorecard.fromJson(expect.card).hash)
}

/** Another operation, with tables by role. */
function runCall(given, way) {
  if (given.call === 'fit') return runFit(given, way)
  const tables = Object.fromEntries(Object.entries(given.tables).map(([role, table]) => [camel(role), way.make(table)]))
  const call = () => METHODS[given.call](load(given), tables, optionsOf(given.options), given.other && Scorecard.fromJson(given.other))
  check(given.expect, way, Object.values(given.tables), call)
}

/** Puts the hashes of the cards where a vector names them. */
function withHashes(given) {
  const text = JSON.stringify(given)
  if (!text.includes('"$hash"') && !text.includes('"$other_hash"')) return given
  const other = given.other && Scorecard.fromJson(given.other).hash
  return JSON.parse(text.replaceAll('"$hash"', `"${load(given).hash}"`).replaceAll('"$other_hash"', `"${other}"`))
}

function run(vector) {
  const given = withHashes(vector)
  const { readings, expect = {} } = given
  if (expect.issues) {
    const found = issuesOf(given).map(({ level, code, path = null }) => ({ level, code, path }))
    return assert.deepEqual(found, expect.issues.map(({ level, code, path = null }) => ({ level, code, path })))
  }
  if (expect.hash) return assert.equal(load(given).hash, expect.hash)
  const chain = readings?.map((reading) => ({ ...given, ...reading }))
  const tables = chain ? chain.flatMap((reading) => [reading.table, reading.overrides ?? {}]) : Object.values(given.tables ?? { table: given.table ?? {}, previous: given.previous ?? {}, overrides: given.overrides ?? {} })
  for (const way of ways(tables)) {
    if (given.call) runCall(given, way)
    else if (chain) chain.reduce((previous, reading) => read(reading, way, previous), undefined)
    else read(given, way)
  }
  if (!given.call && !chain && given.table && !typeIn(given.table, 'zone')) readOneByOne(given)
}

/** A moment's zone is an option where there are only plain arrays. */
function ways(tables) {
  return tables.some((table) => typeIn(table, 'zone')) ? [WAYS.arrow, WAYS.chunks] : [WAYS.arrow, WAYS.chunks, WAYS.plain]
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
