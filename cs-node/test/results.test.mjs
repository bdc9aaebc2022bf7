// Cards, results, single accounts and charts; batch = one = threads = chunks to the bit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { chart, ResultTable, Scorecard } from 'customer-success'
import helpers from './helpers.cjs'

const { card, plain } = helpers
const scorecard = Scorecard.fromJson(card())
const good = { id: ['a', 'b'], active: [12, null], bought: [20, 20], logins: [0, 7], plan: ['pro', 'free'] }

/** A card that no simple fraction fits, and accounts with a twentieth of the values missing. */
function book(rows) {
  const item = (i) => ({ id: `x${i}`, weight: 1 + (i % 3), curve: { points: [[0, 0], [3.1, 17.7], [7.3 + i / 10, 61.3], [20, 100]] } })
  const dimension = (d) => ({ id: `d${d}`, weight: d + 1.1, items: [0, 1, 2, 3, 4].map((i) => item(d * 5 + i)) })
  const document = { ...plain(), dimensions: [0, 1, 2, 3].map(dimension), tiers: card().tiers }
  let state = 12345
  const next = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648
  const column = () => Float64Array.from({ length: rows }, () => (next() < 0.05 ? NaN : next() * 25))
  const big = Scorecard.fromJson(document)
  return { big, data: Object.fromEntries(big.columns.map((name) => [name, column()])) }
}

test('batch, threads, chunks, rows and single accounts give the same bits', async () => {
  const rows = 1500
  const { big, data } = book(rows)
  const expected = big.scoreSync(data).toColumns()
  assert.ok(new Set(expected.score).size > 1000)
  assert.deepEqual(big.scoreSync(data, { threads: 2 }).toColumns(), expected)
  assert.deepEqual((await big.score(data, { threads: 0 })).toColumns(), expected)
  const names = big.columns
  const table = new arrow.Table(Object.fromEntries(names.map((name) => [name, arrow.makeVector(data[name])])))
  const chunked = table.slice(0, 1).concat(table.slice(1, 700)).concat(table.slice(700))
  for (const given of [table, chunked]) assert.deepEqual(big.scoreSync(given).toColumns(), expected)
  const objects = Array.from({ length: rows }, (_, row) => Object.fromEntries(names.map((name) => [name, data[name][row]])))
  assert.deepEqual(big.scoreSync(objects).toColumns(), expected)
  const scorer = big.scorer()
  const pick = (row) => Object.fromEntries(big.outputColumns.map((name) => [name, expected[name][row]]))
  objects.forEach((object, row) => {
    const values = names.map((name) => object[name])
    assert.deepEqual(scorer.scoreObject(object), pick(row))
    assert.deepEqual(scorer.score(values), pick(row))
    assert.deepEqual(scorer.score(Float64Array.from(values)), pick(row))
  })
})

test('explanations sum to the score', () => {
  const { big, data } = book(50)
  const scores = big.scoreSync(data).column('score')
  const lines = big.explainSync(data)
  assert.equal(lines.length, 50 * 20)
  const sums = new Float64Array(50)
  lines.column('contribution').forEach((value, line) => (sums[Math.floor(line / 20)] += value ?? 0))
  scores.forEach((score, row) => assert.ok(Math.abs(score - sums[row]) < 1e-7))
})

test('a card says what it is', () => {
  assert.match(scorecard.hash, /^[0-9a-f]{64}$/)
  assert.equal(scorecard.id, 'demo')
  assert.equal(scorecard.account, 'id')
  assert.equal(Scorecard.fromJson(plain()).account, null)
  assert.deepEqual(scorecard.columns, ['active', 'bought', 'logins', 'plan'])
  assert.deepEqual(scorecard.outputColumns, ['id', 'score', 'tier', 'status', 'coverage', 'use', 'fit'])
  assert.deepEqual(scorecard.warnings, [])
  const doubtful = Scorecard.fromJson(plain({ curve: { map: { a: 1 } } }))
  assert.deepEqual(doubtful.warnings.map(({ level, code }) => [level, code]), [['warning', 'map_without_default']])
  assert.equal(scorecard.toJson().min_coverage, 0.5)
  assert.equal(Scorecard.fromJson(JSON.stringify(scorecard)).hash, scorecard.hash)
  assert.equal(Scorecard.schema().title, 'Scorecard')
})

test('JSON, YAML and TOML of one card hash alike', () => {
  const yaml = `
schema_version: 1
scorecard: plain
dimensions:
  - {id: d, items: [{id: x, curve: {points: [[0, 0], [100, 100]]}}]}`
  const toml = `
schema_version = 1
scorecard = "plain"
[[dimensions]]
id = "d"
[[dimensions.items]]
id = "x"
curve = {points = [[0, 0], [100.0, 100]]}`
  const { hash } = Scorecard.fromJson(plain())
  assert.equal(Scorecard.fromYaml(yaml).hash, hash)
  assert.equal(Scorecard.fromToml(toml).hash, hash)
})

test('a result in every form', () => {
  const scores = scorecard.scoreSync(good)
  assert.ok(scores instanceof ResultTable)
  assert.equal(scores.length, 2)
  assert.equal(scores.cardHash, scorecard.hash)
  // (3 · (0.6 · 80 + 0.4 · 0) + 70) / 4 = 53.5; without the ratio (3 · 100 + 20) / 4 = 80, of which 0.75 · 0.4 + 0.25 is covered.
  const rows = [
    { id: 'a', score: 53.5, tier: 'Lv2', status: 'scored', coverage: 1, use: 48, fit: 70 },
    { id: 'b', score: 80, tier: 'Lv2', status: 'scored', coverage: 0.55, use: 100, fit: 20 },
  ]
  assert.deepEqual(scores.toRows(), rows)
  assert.deepEqual(scores.toColumns().score, [53.5, 80])
  assert.deepEqual(JSON.parse(JSON.stringify(scores)).tier, ['Lv2', 'Lv2'])
  assert.deepEqual(scores.numbers('score'), { values: Float64Array.of(53.5, 80), valid: null })
  const partly = scorecard.scoreSync({ ...good, active: [12, null], logins: [0, null], plan: ['pro', null] })
  assert.deepEqual(partly.numbers('score'), { values: Float64Array.of(53.5, NaN), valid: Uint8Array.of(1, 0) })
  assert.deepEqual(partly.column('tier'), ['Lv2', null])
  assert.strictEqual(scores.column('score'), scores.column('score'), 'read once')
})

test('options reach the core', () => {
  const renamed = scorecard.scoreSync({ ...good, ACTIVE: good.active, key: good.id }, { columns: { active: 'ACTIVE', id: 'key' }, select: ['id', 'score'] })
  assert.deepEqual(renamed.columnNames.length, 2)
  assert.deepEqual(renamed.column('score'), [53.5, 80])
  const one = scorecard.scoreOne({ ACTIVE: 12, bought: 20, logins: 0, plan: 'pro' }, { columns: { active: 'ACTIVE' } })
  assert.equal(one.score, 53.5)
})

test('one account in every form', () => {
  const expected = { score: 53.5, tier: 'Lv2', status: 'scored', coverage: 1, use: 48, fit: 70 }
  assert.deepEqual(scorecard.scoreOne({ active: 12, bought: 20, logins: 0, plan: 'pro' }), expected)
  assert.deepEqual(scorecard.scoreOne([12, 20n, 0, 'pro']), expected)
  assert.deepEqual(scorecard.scoreOne({ id: 'a', active: 12, bought: 20, logins: 0, plan: 'pro' }, { onError: 'null' }), { ...expected, error_code: null, error_item: null })
  const faulty = scorecard.scoreOne([12, 0, 0, 'pro'], { onError: 'null' })
  assert.deepEqual([faulty.score, faulty.status, faulty.error_code, faulty.error_item], [null, 'invalid', 'zero_denominator', 'seats'])
  const dated = Scorecard.fromJson(plain({ source: { days_since: 'on' }, curve: { points: [[0, 100], [100, 0]] } }))
  const on = (value, zone) => dated.scoreOne([value], { asOf: '2026-10-31', ...(zone && { zone }) }).score
  assert.equal(on('2026-10-21'), 90)
  assert.equal(on(new Date('2026-10-30T20:00Z')), 99)
  assert.equal(on(new Date('2026-10-30T20:00Z'), 'Asia/Tokyo'), 100)
  assert.equal(on(null), null)
  const numbers = Scorecard.fromJson(plain())
  assert.equal(numbers.scoreOne(Float64Array.of(42)).score, 42)
  assert.equal(numbers.scoreOne(Float64Array.of(NaN)).score, null)
  assert.equal(numbers.scoreOne(Int8Array.of(42)).score, 42)
})

test('one account with the results selected', () => {
  const row = { id: 'a', active: 12, bought: 20, logins: 0, plan: 'pro' }
  assert.deepEqual(scorecard.scoreOne(row, { select: ['score'] }), { score: 53.5 })
  assert.deepEqual(scorecard.scoreOne([12, 20, 0, 'pro'], { select: ['score'] }), { score: 53.5 })
  assert.deepEqual(Object.entries(scorecard.scoreOne(row, { select: ['fit', 'id', 'tier'] })), [['fit', 70], ['tier', 'Lv2']])
  assert.deepEqual(scorecard.scorer({ select: ['error_code', 'use'], onError: 'null' }).score([12, 20, 0, 'pro']), { error_code: null, use: 48 })
  assert.deepEqual(scorecard.scoreOne(row, { select: ['id'] }), {})
  for (const [select, code] of [[['scroe'], 'unknown_choice'], [['error_code'], 'unknown_choice'], [['score', 'score'], 'duplicate_column'], [[], 'empty_list'], ['score', 'wrong_type']]) {
    assert.throws(() => scorecard.scoreSync([row], { select }), { code })
    assert.throws(() => scorecard.scoreOne(row, { select }), { code })
  }
})

test('a getter that scores another account does not disturb the first', () => {
  const using = Scorecard.fromJson({
    ...plain(),
    dimensions: [{ id: 'd', items: ['x', 'y', 'z'].map((id) => ({ id, curve: { points: [[0, 0], [100, 100]] } })) }],
  })
  const scorer = using.scorer()
  const trap = (target, name) => Object.defineProperty(target, name, { enumerable: true, get: () => scorer.score([90, 90, 90]).score })
  assert.equal(scorer.score(trap([30, null, 60], 1)).score, 60)
  assert.equal(scorer.scoreObject(trap({ x: 30, z: 60 }, 'y')).score, 60)
  const day = Object.assign(new Date(0), { valueOf: () => scorer.score([90, 90, 90]).score })
  assert.throws(() => scorer.score([30, 60, day]), { code: 'wrong_column_type' })
  const odd = Object.assign(() => 1, { toString: () => assert.fail('called') })
  assert.throws(() => scorer.score([30, 60, odd]), { code: 'unsupported_column_type' })
})

test('a dimension may have any name', () => {
  const named = { ...plain(), dimensions: [{ ...plain().dimensions[0], id: '__proto__' }, { id: 'constructor', items: [{ id: 'y', curve: { points: [[0, 0], [100, 100]] } }] }] }
  const using = Scorecard.fromJson(named)
  const scores = using.scoreSync({ x: [20], y: [40] })
  for (const one of [using.scoreOne({ x: 20, y: 40 }), using.scoreOne([20, 40], { select: using.outputColumns }), scores.toRows()[0]]) {
    assert.strictEqual(Object.getPrototypeOf(one), Object.prototype)
    assert.deepEqual(Object.getOwnPropertyDescriptor(one, '__proto__'), { value: 20, writable: true, enumerable: true, configurable: true })
    assert.equal(one.constructor, 40)
  }
  assert.deepEqual(scores.column('__proto__'), [20])
  assert.deepEqual(Object.keys(scores.toColumns()), using.outputColumns)
  assert.equal(JSON.parse(JSON.stringify(scores)).__proto__[0], 20)
  assert.equal({}.score, undefined)
})

test('charts take a result, its rows or its columns', () => {
  const scores = scorecard.scoreSync(good)
  for (const draw of [chart.scoreDistribution, chart.tierShares]) {
    const picture = draw(scorecard, scores)
    assert.match(picture.$schema, /vega-lite\/v6/)
    assert.deepEqual(draw(scorecard, scores.toRows()), picture)
    assert.deepEqual(draw(scorecard, scores.toColumns()), picture)
    assert.deepEqual(draw(scorecard, scores, { language: 'ja' }).$schema, picture.$schema)
  }
  const alone = scorecard.explainSync([{ id: 'a', active: 12, bought: 20, logins: 0, plan: 'pro' }])
  assert.deepEqual(chart.contributions(scorecard, alone.toRows()), chart.contributions(scorecard, alone))
  const table = arrow.tableFromArrays({ score: [53.5, 80], tier: ['Lv2', 'Lv2'] })
  assert.deepEqual(chart.tierShares(scorecard, table), chart.tierShares(scorecard, scores))
  assert.throws(() => chart.tierShares(scorecard, { x: [1] }), { code: 'unknown_column' })
  assert.throws(() => chart.tierShares({}, scores), TypeError)
})

test('charts of changes, flows, projections and drivers', () => {
  const tables = {
    changeWaterfall: [
      { cause: 'item_value', item: 'logins', contribution: 5, before: '3', after: '7' },
      { cause: 'item_state', item: 'plan', contribution: -15, before: 'present', after: 'missing' },
      { cause: 'status', item: null, contribution: null, before: 'scored', after: 'invalid' },
    ],
    flowMatrix: [
      { from: 'Lv1', to: 'Lv1', accounts: 6 },
      { from: 'Lv1', to: 'Lv2', accounts: 2 },
      { from: 'Lv2', to: 'left', accounts: 1 },
      { from: 'entered', to: 'Lv2', accounts: 3 },
    ],
    projection: [
      { period: 0, tier: 'Lv2', accounts: 10, low: 10, high: 10 },
      { period: 1, tier: 'Lv2', accounts: 8, low: 6.5, high: 9.5 },
      { period: 1, tier: 'left', accounts: 2, low: 0.5, high: 3.5 },
    ],
    levelDrivers: [
      { tier: 'Lv1', next_tier: 'Lv2', item: 'logins', effect_size: 0.25, share_below: 0.5 },
      { tier: 'Lv1', next_tier: 'Lv2', item: 'plan', effect_size: 0.75, share_below: 0.9 },
    ],
  }
  tables.flowBars = tables.flowMatrix
  const pictures = {}
  for (const [name, rows] of Object.entries(tables)) {
    const columns = Object.fromEntries(Object.keys(rows[0]).map((key) => [key, rows.map((row) => row[key])]))
    const picture = (pictures[name] = chart[name](scorecard, rows))
    assert.match(picture.$schema, /vega-lite\/v6/)
    assert.deepEqual(chart[name](scorecard, columns, { language: 'ja' }), picture)
    for (const lacking of Object.keys(columns)) {
      const { [lacking]: _, ...others } = columns
      assert.throws(() => chart[name](scorecard, others), (error) => error.code === 'unknown_column' && error.context.column === lacking)
    }
  }
  assert.deepEqual(pictures.changeWaterfall.data.values.map((bar) => bar.line), ['plan (item state)', 'logins', 'change of the score'])
  assert.deepEqual(pictures.changeWaterfall.data.values.map((bar) => bar.end), [-15, -10, -10])
  assert.deepEqual(pictures.flowMatrix.data.values.map((cell) => cell.move), ['stayed', 'promoted', 'left', 'entered'])
  assert.equal(pictures.flowMatrix.data.values[1].share, 0.25)
  assert.deepEqual(pictures.flowBars.datasets.places.map((place) => place.accounts), [3, 8, 1, 1, 6, 5])
  assert.deepEqual(pictures.projection.encoding.color.scale.domain, ['Lv2', 'left'])
  assert.deepEqual(pictures.levelDrivers.vconcat[0].data.values.map((bar) => bar.item), ['plan', 'logins'])
})
