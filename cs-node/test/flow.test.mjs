// Flows between tiers; the numbers are those of the guide.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { ResultTable, Scorecard, TierFlow, tierFlow } from 'customer-success'

const card = Scorecard.fromJson({
  schema_version: 1,
  scorecard: 'one_item',
  account: 'account',
  dimensions: [{ id: 'use', items: [{ id: 'points', curve: { manual: {} } }] }],
  tiers: [{ id: 'at_risk', from: 0 }, { id: 'watch', from: 40 }, { id: 'healthy', from: 60 }],
})
const moves = [
  ['at_risk', 'at_risk', 5], ['at_risk', 'watch', 3], ['at_risk', null, 2],
  ['watch', 'at_risk', 4], ['watch', 'watch', 12], ['watch', 'healthy', 3], ['watch', null, 1],
  ['healthy', 'watch', 2], ['healthy', 'healthy', 18], [null, 'watch', 4],
]
const pairs = moves.flatMap(([from, to, accounts]) => Array(accounts).fill([from, to]))
const POINTS = { at_risk: 20, watch: 50, healthy: 80 }
const MRR = { at_risk: 80, watch: 100, healthy: 150 }
const book = (side) => pairs.flatMap((pair, account) => (pair[side] ? [{ account, points: POINTS[pair[side]], mrr: MRR[pair[side]] }] : []))
const withMrr = (rows) => card.scoreSync(rows).toRows().map((row, at) => ({ ...row, mrr: rows[at].mrr }))
const [before, after] = [book(0), book(1)]
const [opening, closing] = [withMrr(before), withMrr(after)]

test('counts, rates, and what follows', () => {
  const flow = card.tierFlow(opening, closing, { value: 'mrr' })
  assert.ok(flow instanceof TierFlow)
  const matrix = flow.matrix()
  assert.ok(matrix instanceof ResultTable)
  assert.equal(matrix.cardHash, card.hash)
  assert.deepEqual(matrix.columnNames, ['from', 'to', 'accounts', 'value_before', 'value_after'])
  const cell = (from, to) => matrix.toRows().find((row) => row.from === from && row.to === to)
  assert.deepEqual(cell('watch', 'healthy'), { from: 'watch', to: 'healthy', accounts: 3, value_before: 300, value_after: 450 })
  assert.equal(cell('entered', 'watch').accounts, 4)
  const summary = flow.summary()
  assert.deepEqual(summary.column('promotion_rate'), [0.3, 0.15, 0])
  assert.deepEqual(summary.column('value_per_promotion'), [20, 50, null])
  const near = (got, wanted) => got.forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) < 0.06, `${got} and ${wanted}`))
  const ahead = flow.project(1, { interval: 0.9, entering: false })
  assert.deepEqual(ahead.columnNames, ['period', 'tier', 'accounts', 'low', 'high'])
  near(ahead.column('accounts'), [9, 21, 21, 0, 8.7, 17.4, 22.1, 2.9])
  near(ahead.column('low').slice(4), [3.2, 10.5, 17, 0])
  assert.deepEqual(flow.project(0, { start: 'opening' }).column('accounts'), [10, 20, 20, 0])
  const steady = flow.steady()
  near(steady.column('expected_periods_to_churn'), [15.4, 22.3, 32.3])
  near(steady.column('steady_accounts'), [12.3, 30.8, 46.2])
  assert.match(flow.html(), /<table/)
})

test('results in every form give one flow', () => {
  const wanted = JSON.stringify(card.tierFlow(opening, closing))
  const results = [before, after].map((rows) => card.scoreSync(rows))
  const texts = (values) => arrow.vectorFromArray(values, new arrow.Utf8())
  const table = (rows) => new arrow.Table({ account: arrow.vectorFromArray(rows.map(({ account }) => account), new arrow.Int32()), tier: texts(rows.map(({ tier }) => tier)) })
  const chunked = (rows) => table(rows).slice(0, 7).concat(table(rows).slice(7))
  for (const [old, now] of [results, results.map((scores) => scores.toColumns()), [table(opening), chunked(closing)]]) {
    assert.equal(JSON.stringify(card.tierFlow(old, now)), wanted)
    assert.equal(JSON.stringify(tierFlow(old, now, { card })), wanted)
  }
  const listed = tierFlow(...results, { tiers: ['at_risk', 'watch', 'healthy'], account: 'account' })
  assert.deepEqual(listed.matrix().toColumns(), card.tierFlow(...results).matrix().toColumns())
  const named = closing.map(({ mrr, ...row }) => ({ ...row, revenue: mrr }))
  const flow = card.tierFlow(opening, named, { valueBefore: 'mrr', valueAfter: 'revenue' })
  assert.deepEqual(flow.toJSON(), card.tierFlow(opening, closing, { value: 'mrr' }).toJSON())
})

test('parts of a book merge, and are kept as JSON', () => {
  const half = pairs.length / 2
  const part = (rows, low, high) => rows.filter(({ account }) => account >= low && account < high)
  const flow = (low, high) => card.tierFlow(part(opening, low, high), part(closing, low, high), { value: 'mrr' })
  const kept = TierFlow.fromJSON(JSON.parse(JSON.stringify(flow(0, half))))
  const whole = kept.merge(TierFlow.fromJSON(JSON.stringify(flow(half, pairs.length))))
  assert.deepEqual(whole.toJSON(), flow(0, pairs.length).toJSON())
  assert.throws(() => whole.merge({}), TypeError)
  assert.throws(() => whole.merge(card.tierFlow(opening, closing)), { code: 'missing_field' })
  assert.throws(() => whole.merge(tierFlow([], [], { tiers: ['a'], account: 'account' })), { code: 'unknown_tier' })
})

test('what cannot be counted', () => {
  const fails = (call, code) => assert.throws(call, (error) => error.code === code || assert.fail(`${error.code}: ${error.message}`))
  fails(() => card.tierFlow(opening, closing, { value: 'arr' }), 'unknown_column')
  fails(() => card.tierFlow(opening, [...closing, closing[0]]), 'duplicate_account')
  fails(() => card.tierFlow(opening, [{ account: 1, tier: 'great' }]), 'unknown_tier')
  fails(() => card.tierFlow(opening, closing, { valeu: 'mrr' }), 'unknown_field')
  fails(() => card.tierFlow(opening, closing, 5), 'wrong_type')
  fails(() => card.tierFlow(opening, null), 'wrong_type')
  fails(() => tierFlow(opening, closing, { account: 'account' }), 'wrong_type')
  fails(() => tierFlow(opening, closing, { tiers: ['at_risk', 'watch', 'healthy'] }), 'missing_field')
  fails(() => tierFlow(opening, closing, { card, tiers: ['a'] }), 'unknown_field')
  assert.throws(() => tierFlow(opening, closing, { card: {} }), TypeError)
  assert.throws(() => new TierFlow(), TypeError)
  const flow = card.tierFlow(opening, closing)
  for (const periods of [-1, 1001, 1e12]) fails(() => flow.project(periods), 'number_out_of_range')
  for (const periods of [0.5, NaN, '3', null, undefined]) fails(() => flow.project(periods), 'wrong_type')
  fails(() => flow.project(1, { interval: 2 }), 'number_out_of_range')
  fails(() => flow.project(1, { intervall: 0.5 }), 'unknown_field')
  fails(() => TierFlow.fromJSON('{'), 'document_syntax')
  fails(() => TierFlow.fromJSON({ schema_version: 1 }), 'missing_field')
  fails(() => TierFlow.fromJSON({ schema_version: 1, tiers: [], moves: [], x: 1 }), 'unknown_field')
})
