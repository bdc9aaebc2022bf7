// What a card does with tables beside scoring: earlier results, overrides, comparing, next tiers, other cards, changes,
// drivers, fitting. The numbers are those of the guides, which work them out by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { ResultTable, Scorecard } from 'customer-success'

const document = () => ({
  schema_version: 1,
  scorecard: 'field_service',
  account: 'account',
  dimensions: [
    {
      id: 'usage',
      weight: 60,
      items: [
        { id: 'logins', curve: { points: [[0, 0], [20, 100]] } },
        { id: 'seats_in_use', source: { ratio: ['active', 'bought'] }, curve: { points: [[0, 0], [0.8, 100]] } },
      ],
    },
    { id: 'support', weight: 40, items: [{ id: 'tickets', curve: { linear: { from: [0, 100], to: [16, 0] } } }] },
  ],
  tiers: [{ id: 'at_risk', from: 0 }, { id: 'watch', from: 40 }, { id: 'healthy', from: 60 }],
  adjustments: [{ id: 'unpaid', when: { column: 'overdue_days', gt: 60 }, cap: 39, reason: { en: 'Invoice overdue' } }],
})
const card = Scorecard.fromJson(document())
const otherCard = () => {
  const other = document()
  other.dimensions[1].weight = 60
  return Scorecard.fromJson(other)
}
const before = {
  account: ['Acme', 'Birch', 'Cedar', 'Dune', 'Edda', 'Fjord'],
  logins: [15, 20, 16, 15, 10, 2],
  active: [4, 4, 8, 4, 4, 2],
  bought: [10, 10, 10, 10, 10, 10],
  tickets: [8, 0, 4, 8, 8, 12],
  overdue_days: [0, 0, 0, 0, 0, 0],
}
const after = {
  account: ['Acme', 'Birch', 'Cedar', 'Dune', 'Edda', 'Gale'],
  logins: [5, 20, 16, null, 10, 10],
  active: [4, null, 8, null, 4, 8],
  bought: [10, 10, 10, 10, 10, 10],
  tickets: [4, 0, 4, 8, 8, 2],
  overdue_days: [0, 0, 75, 0, 0, 0],
}

const toRows = (columns) => columns.account.map((_, at) => Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[at]])))
const toTyped = ({ account, ...rest }) => ({ account, ...Object.fromEntries(Object.entries(rest).map(([name, values]) => [name, Float64Array.from(values, (value) => value ?? NaN)])) })
const toArrow = (columns) => {
  const numbers = Object.entries(columns).filter(([name]) => name !== 'account').map(([name, values]) => [name, arrow.vectorFromArray(values, new arrow.Float64())])
  return new arrow.Table({ account: arrow.vectorFromArray(columns.account, new arrow.Utf8()), ...Object.fromEntries(numbers) })
}
const inChunks = (table) => table.slice(0, 1).concat(table.slice(1, 4), table.slice(4))
const FORMS = { columns: (data) => data, rows: toRows, typed: toTyped, arrow: toArrow, chunks: (data) => inChunks(toArrow(data)) }

/** Every operation: at once and by a promise, from one book or from two. */
const OPERATIONS = {
  score: (data, options) => [card.scoreSync(data, options), card.score(data, options)],
  explain: (data, options) => [card.explainSync(data, options), card.explain(data, options)],
  nextTier: (data, options) => [card.nextTierSync(data, options), card.nextTier(data, options)],
  whatIf: (data, options) => [card.whatIfSync(otherCard(), data, options), card.whatIf(otherCard(), data, options)],
  drivers: (data, options) => [card.driversSync(data, options), card.drivers(data, options)],
  compare: (data, options, later) => [card.compareSync(data, later, options), card.compare(data, later, options)],
  changes: (data, options, later) => {
    const [old, now] = [card.scoreSync(data), card.scoreSync(later)]
    return [card.changesSync(old, now, options), card.changes(old, now, options)]
  },
}

for (const [name, run] of Object.entries(OPERATIONS)) {
  test(`${name} gives the same for data of every form, at once and by a promise`, async () => {
    const [wanted] = run(before, {}, after)
    assert.ok(wanted instanceof ResultTable)
    assert.ok(wanted.length > 0)
    assert.equal(wanted.cardHash, card.hash)
    for (const [form, make] of Object.entries(FORMS)) {
      const [now, later] = run(make(before), { threads: form === 'typed' ? 2 : 1 }, make(after))
      assert.deepEqual(now.toColumns(), wanted.toColumns(), form)
      assert.deepEqual((await later).toColumns(), wanted.toColumns(), form)
    }
  })
}

test('the columns of one name in the core and in the data', () => {
  const renamed = ({ account, logins, ...rest }) => ({ key: account, LOGINS: logins, ...rest })
  const options = { columns: { account: 'key', logins: 'LOGINS' } }
  const drop = (lines) => lines.toRows().map(({ key, account, ...line }) => ({ account: key ?? account, ...line }))
  assert.deepEqual(drop(card.compareSync(renamed(before), renamed(after), options)), card.compareSync(before, after).toRows())
  const costs = { logins: 2, seats_in_use: 60, tickets: 3 }
  assert.deepEqual(drop(card.nextTierSync(renamed(before), { ...options, costs })), card.nextTierSync(before, { costs }).toRows())
  const [old, now] = [renamed(before), renamed(after)].map((data) => card.scoreSync(data, options))
  const moved = card.changesSync(old, now, { columns: options.columns })
  assert.deepEqual(drop(moved), card.changesSync(card.scoreSync(before), card.scoreSync(after)).toRows())
})

const lines = (table, ...names) => table.toRows().map((row) => names.map((name) => row[name]))

const rounded = (line) => line.map((value) => (typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value))

test('compare says what moved a score', () => {
  const comparison = card.compareSync(before, after)
  assert.deepEqual(lines(comparison, 'account', 'cause', 'item', 'contribution').map(rounded), [
    ['Acme', 'item_value', 'logins', -15],
    ['Acme', 'item_value', 'tickets', 10],
    ['Birch', 'item_state', 'seats_in_use', 15],
    ['Cedar', 'adjustment', 'unpaid', -45],
    ['Dune', 'status', null, null],
  ])
  assert.deepEqual(lines(comparison, 'before', 'after')[0], ['15', '5'])
  const two = card.compareSync(before, after, { other: otherCard() })
  assert.deepEqual(lines(two, 'account', 'cause', 'contribution').slice(0, 3).map(rounded), [
    ['Acme', 'item_value', -13.75],
    ['Acme', 'item_value', 11.25],
    ['Acme', 'card', 1.25],
  ])
})

test('what was before and what was decided, on either side', () => {
  const overridesAfter = [{ account: 'Edda', points: 90, note: 'Signed for three years' }]
  const [line] = card.compareSync(before, after, { overridesAfter }).toRows().filter(({ account }) => account === 'Edda')
  assert.deepEqual([line.cause, line.contribution], ['override', 40])
  const none = card.compareSync(before, after, { overridesBefore: overridesAfter, overridesAfter: null, previousBefore: undefined })
  assert.equal(none.toRows().find(({ account }) => account === 'Edda').contribution, -40)
})

test('the account column of a result of two tables holds the values of both', () => {
  const id = (data, values) => ({ ...data, account: values })
  const [old, now] = [id(before, Int32Array.of(1, 2, 3, 4, 5, 6)), id(after, [1, 2, 3, 4, 5, 7])]
  const moved = card.changesSync(card.scoreSync(old), card.scoreSync(now))
  assert.deepEqual(lines(moved, 'account', 'change'), [[1, 'score'], [2, 'score'], [3, 'tier'], [4, 'status'], [7, 'entered'], [6, 'left']])
  const comparison = card.compareSync(old, now)
  old.account.fill(9)
  now.account.fill(9)
  assert.deepEqual(comparison.column('account'), [1, 1, 2, 3, 4])
})

test('changes take results, their rows, their columns, and Arrow tables', () => {
  const [old, now] = [card.scoreSync(before), card.scoreSync(after)]
  const wanted = card.changesSync(old, now).toRows()
  assert.deepEqual(wanted.map(({ account, change }) => [account, change]), [
    ['Acme', 'score'],
    ['Birch', 'score'],
    ['Cedar', 'tier'],
    ['Dune', 'status'],
    ['Gale', 'entered'],
    ['Fjord', 'left'],
  ])
  assert.deepEqual(card.changesSync(old.toRows(), now.toColumns()).toRows(), wanted)
  const { account, score, tier, status } = now.toColumns()
  const texts = (values) => arrow.vectorFromArray(values, new arrow.Utf8())
  const table = new arrow.Table({ account: texts(account), score: arrow.vectorFromArray(score, new arrow.Float64()), tier: texts(tier), status: texts(status) })
  assert.deepEqual(card.changesSync(old, table).toRows(), wanted)
  assert.deepEqual(card.changesSync(old, now, { select: ['account', 'change'] }).columnNames, ['account', 'change'])
})

test('what an account needs for the next tier', () => {
  const book = { account: ['Acme', 'Birch', 'Cedar'], logins: [5, 5, 20], active: [4, 2, 8], bought: [10, 10, 10], tickets: [4, 16, 0], overdue_days: [0, 0, 0] }
  const steps = card.nextTierSync(book, { costs: { logins: 2, seats_in_use: 60, tickets: 3 } })
  assert.deepEqual(lines(steps, 'item', 'rank', 'needed_value', 'cost').slice(0, 3).map(rounded), [
    ['tickets', 1, 1, 9],
    ['logins', 2, 10, 10],
    ['seats_in_use', 3, 0.6, 12],
  ])
  assert.ok(!steps.column('account').includes('Cedar'))
  assert.throws(() => card.nextTierSync(book, { costs: { tickets: -1 } }), { code: 'number_out_of_range' })
})

test('a book under another card', () => {
  const mrr = [500, 700, 900, 300, 200, 100]
  const moves = card.whatIfSync(otherCard(), { ...before, mrr }, { value: 'mrr' })
  assert.deepEqual(moves.columnNames, ['from', 'to', 'accounts', 'value_before', 'value_after'])
  const sum = (name) => moves.column(name).reduce((all, value) => all + value, 0)
  assert.deepEqual([sum('accounts'), sum('value_before'), sum('value_after')], [6, 2700, 2700])
  assert.throws(() => card.whatIfSync({}, before), TypeError)
  assert.throws(() => card.whatIfSync(undefined, before), { code: 'missing_field' })
  assert.throws(() => card.compareSync(before, after, { other: {} }), TypeError)
})

test('tiers hold from one result to the next', async () => {
  const steady = Scorecard.fromJson({
    schema_version: 1,
    scorecard: 'steady',
    account: 'account',
    dimensions: [{ id: 'health', items: [{ id: 'reading', curve: { manual: {} } }] }],
    tiers: document().tiers,
    hysteresis: { up: { margin: 0, dwell: 1 }, down: { margin: 3, dwell: 2 } },
  })
  const readings = [62, 59, 61, 56, 58, 55, 54]
  const tiers = ['healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'watch']
  const day = (at) => `2026-0${at + 1}-28`
  const forms = [(scores) => scores, (scores) => scores.toRows(), (scores) => scores.toColumns(), (scores) => JSON.parse(JSON.stringify(scores))]
  for (const form of forms) {
    let scores
    let one
    for (const [at, reading] of readings.entries()) {
      const data = { account: Int32Array.of(7), reading: [reading] }
      const options = { asOf: day(at), include: ['state'] }
      scores = await steady.score(data, { ...options, previous: scores && form(scores) })
      one = steady.scoreOne({ reading }, { ...options, previous: one })
      const { account, ...row } = scores.toRows()[0]
      assert.equal(account, 7)
      assert.equal(row.tier, tiers[at])
      assert.deepEqual(one, row, 'one account has the same state')
      assert.deepEqual(steady.scoreOne([reading], options).state_score, reading)
    }
  }
  const first = steady.scoreSync({ account: ['a'], reading: [62] }, { include: ['state'] })
  const other = Scorecard.fromJson({ ...steady.toJson(), labels: { en: 'Renamed' } })
  const next = { account: ['a'], reading: [58] }
  assert.throws(() => other.scoreSync(next, { previous: first }), { code: 'state_of_other_card' })
  assert.equal(other.scoreSync(next, { previous: first, acceptStateOf: [steady.hash] }).column('tier')[0], 'healthy')
  assert.throws(() => steady.scoreSync(next, { previous: steady.scoreSync(next) }), { code: 'unknown_column' })
  assert.throws(() => steady.scoreOne({ reading: 1 }, { previous: { score: 1 } }), { code: 'unknown_column' })
})

test('overrides in every form, for many and for one', () => {
  const overrides = { account: ['Acme'], tier: ['at_risk'], note: ['They talk to a rival'], author: ['M. Sato'], expires_on: ['2026-10-31'] }
  const texts = Object.fromEntries(Object.entries(overrides).map(([name, values]) => [name, arrow.vectorFromArray(values, new arrow.Utf8())]))
  const on = (asOf, given, more) => card.scoreSync(before, { asOf, overrides: given, ...more }).column('tier')[0]
  for (const given of [overrides, toRows(overrides), new arrow.Table(texts)]) {
    assert.equal(on('2026-10-31', given), 'at_risk')
    assert.equal(on('2026-11-01', given), 'watch')
    assert.throws(() => on('2026-11-01', given, { expiredOverrides: 'raise' }), { code: 'override_expired' })
  }
  const [acme] = toRows(before)
  const [override] = toRows(overrides)
  assert.equal(card.scoreOne(acme, { asOf: '2026-10-31', override }).tier, 'at_risk')
  assert.equal(card.scoreOne(acme, { asOf: '2026-11-01', override }).tier, 'watch')
  const { account, ...nameless } = acme
  const points = { points: 90, note: 'Signed' }
  assert.equal(card.scoreOne(nameless, { override: points }).score, 90)
  assert.equal(card.scoreOne(card.columns.map((name) => acme[name]), { override: points }).tier, 'healthy')
  assert.deepEqual(Object.keys(card.scoreOne(acme, { override: points, select: ['account', 'tier'] })), ['tier'])
  assert.throws(() => card.scoreOne(acme, { override: { points: 90 } }), { code: 'unknown_column' })
  assert.throws(() => card.scoreOne(acme, { override: { points: 90, note: ' ' } }), { code: 'override_without_note' })
  assert.throws(() => card.scoreOne([1], { override: points }), { code: 'wrong_number_of_values' })
})

test('columns on request', () => {
  const include = ['raw_score', 'variant', 'adjustments', 'state']
  const scores = card.scoreSync(after, { include, asOf: '2026-10-31', onError: 'null' })
  const rows = scores.toRows()
  assert.deepEqual([rows[2].raw_score, rows[2].score, rows[2].adjustments, rows[2].state_tier], [84, 39, 'unpaid', 'at_risk'])
  const scorer = card.scorer({ include, asOf: '2026-10-31', onError: 'null' })
  toRows(after).forEach((account, at) => {
    const { account: _, ...wanted } = rows[at]
    assert.deepEqual(Object.entries(scorer.scoreObject(account)), Object.entries(wanted))
  })
  assert.deepEqual(card.scoreOne(toRows(after)[2], { select: ['state_streak', 'raw_score'] }), { state_streak: 0, raw_score: 84 })
  assert.throws(() => card.scoreSync(after, { include: ['rawScore'] }), { code: 'unknown_choice' })
})

test('rows, in every form', async () => {
  const all = card.scoreSync(after).toRows()
  const wanted = [all[4], all[0]]
  for (const rows of [[4, 0], Uint32Array.of(4, 0), Int32Array.of(4, 0)]) {
    assert.deepEqual(card.scoreSync(after, { rows }).toRows(), wanted)
    assert.deepEqual((await card.score(toArrow(after), { rows })).toRows(), wanted)
  }
  for (const [rows, code] of [[[6], 'number_out_of_range'], [[-1], 'number_out_of_range'], [[0.5], 'wrong_type'], ['all', 'wrong_type'], [[null], 'wrong_type']]) {
    assert.throws(() => card.scoreSync(after, { rows }), { code })
  }
  const many = 300_000
  const big = Scorecard.fromJson({ schema_version: 1, scorecard: 'big', dimensions: [{ id: 'd', items: [{ id: 'x', curve: { points: [[0, 0], [100, 100]] } }] }] })
  const rows = Uint32Array.from({ length: many }, (_, at) => many - 1 - at)
  const scores = big.scoreSync({ x: Float64Array.from({ length: many }, (_, at) => at % 100) }, { rows })
  assert.equal(scores.length, many)
  assert.deepEqual([...scores.numbers('score').values.slice(-3)], [2, 1, 0])
  const names = Object.fromEntries(Array.from({ length: 200_001 }, (_, at) => [`x${at}`, 'x']))
  assert.throws(() => big.scoreSync({ x: [1] }, { columns: names }), { code: 'document_too_complex' })
})

test('a card is fitted to a book', async () => {
  const unfitted = Scorecard.fromJson({
    schema_version: 1,
    scorecard: 'ranks',
    dimensions: [{ id: 'd', items: [{ id: 'x', curve: { quantile: {} } }] }],
  })
  assert.throws(() => unfitted.scoreSync({ x: [1] }), { code: 'quantile_not_fitted' })
  const book = { x: Float64Array.of(10, 20, 30, 40) }
  const fitted = unfitted.fitSync(book)
  assert.ok(fitted instanceof Scorecard)
  // Mid-ranks: (0 + 0.5) / 4 and so on.
  assert.deepEqual(fitted.scoreSync(book).column('score'), [12.5, 37.5, 62.5, 87.5])
  assert.equal((await unfitted.fit(toArrow({ account: [], ...book }).select(['x']))).hash, fitted.hash)
  assert.notEqual(fitted.hash, unfitted.hash)
  assert.equal(unfitted.fitSync(book, { rows: Uint32Array.of(1, 2) }).hash, unfitted.fitSync({ x: [20, 30] }).hash)
  assert.throws(() => unfitted.fitSync({ x: [] }), { code: 'too_few_values' })
  assert.throws(() => unfitted.fitSync({ y: [1] }), { code: 'unknown_column' })
  await assert.rejects(unfitted.fit(book, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  const data = { x: Float64Array.of(10, 20, 30, 40) }
  const promise = unfitted.fit(data)
  data.x.fill(0)
  assert.equal((await promise).hash, fitted.hash, 'fitted to a copy')
})

test('promises are made on a copy, and end when a signal aborts', async () => {
  const data = () => ({ ...toTyped(before), account: Int32Array.of(1, 2, 3, 4, 5, 6) })
  const wanted = card.compareSync(data(), { ...data(), logins: Float64Array.of(1, 2, 3, 4, 5, 6) }).toRows()
  const [old, now] = [data(), { ...data(), logins: Float64Array.of(1, 2, 3, 4, 5, 6) }]
  const overrides = [{ account: 1, points: 9, note: 'n' }]
  const promises = [card.compare(old, now), card.score(old, { overrides, include: ['state'] })]
  old.logins.fill(0)
  old.account.fill(0)
  now.logins.fill(0)
  overrides[0].points = 50
  assert.deepEqual((await promises[0]).toRows(), wanted)
  assert.equal((await promises[1]).column('score')[0], 9)
  const aborted = { name: 'AbortError', code: 'ABORT_ERR' }
  const signal = AbortSignal.abort()
  const trap = { get account() { throw new Error('read') } }
  for (const run of [card.explain, card.nextTier, card.drivers]) await assert.rejects(run.call(card, trap, { signal }), aborted)
  for (const run of [card.compare, card.changes]) await assert.rejects(run.call(card, trap, trap, { signal }), aborted)
  await assert.rejects(card.whatIf(otherCard(), trap, { signal }), aborted)
  const controller = new AbortController()
  const later = card.compare(before, after, { signal: controller.signal, other: otherCard() })
  controller.abort()
  await assert.rejects(later, aborted)
})

test('memory that other threads may write to is copied first', () => {
  const shared = (values) => {
    const own = new Float64Array(new SharedArrayBuffer(8 * values.length))
    own.set(values)
    return own
  }
  const data = { ...before, logins: shared(before.logins), tickets: shared(before.tickets) }
  assert.deepEqual(card.compareSync(data, { ...after, tickets: shared(after.tickets) }).toRows(), card.compareSync(before, after).toRows())
  const rows = new Uint32Array(new SharedArrayBuffer(4))
  assert.deepEqual(card.scoreSync(before, { rows }).toRows(), card.scoreSync(before).toRows().slice(0, 1))
})

test('a result is data as it is', async () => {
  const scores = card.scoreSync(before, { include: ['state', 'adjustments'] })
  const wanted = card.scoreSync(before, { previous: scores.toRows(), include: ['state'] }).toRows()
  assert.deepEqual(card.scoreSync(before, { previous: scores, include: ['state'] }).toRows(), wanted)
  const later = card.score(before, { previous: scores, include: ['state'] })
  scores.column('account')[0] = 'Zeta'
  scores.numbers('state_score').values.fill(0)
  assert.deepEqual((await later).toRows(), wanted)
  const flat = Scorecard.fromJson({ schema_version: 1, scorecard: 'flat', account: 'account', dimensions: [{ id: 'd', items: [{ id: 'score', curve: { manual: {} } }] }] })
  assert.deepEqual(flat.scoreSync(card.scoreSync(after)).column('score'), card.scoreSync(after).column('score'))
  assert.throws(() => card.scoreSync(scores), (error) => error.code === 'unknown_column' && assert.equal(error.context.column, 'logins') === undefined)
})

test('tables and options that are not known are refused', () => {
  const unknown = (call) => assert.throws(call, { code: 'unknown_field' })
  unknown(() => card.scoreSync(before, { previus: before }))
  unknown(() => card.compareSync(before, after, { previous: before }))
  unknown(() => card.compareSync(before, after, { asOf: '2026-10-31' }))
  unknown(() => card.changesSync(before, after, { previous: before }))
  unknown(() => card.whatIfSync(otherCard(), before, { costs: {} }))
  unknown(() => card.fitSync(before, { overrides: [] }))
  unknown(() => card.scoreOne(toRows(before)[0], { overrides: [] }))
  for (const options of [5, 'x', [], true]) {
    assert.throws(() => card.scoreSync(before, options), { code: 'wrong_type' })
    assert.throws(() => card.compareSync(before, after, options), { code: 'wrong_type' })
    assert.throws(() => card.scoreOne(toRows(before)[0], options), { code: 'wrong_type' })
  }
  for (const previous of [5, 'x', () => 1, new Float64Array(3)]) assert.throws(() => card.scoreSync(before, { previous }), { code: 'wrong_type' })
  assert.throws(() => card.compareSync(before, null), { code: 'wrong_type' })
  assert.throws(() => card.compareSync(before, { ...after, logins: undefined }), { code: 'unsupported_column_type' })
  const nameless = Scorecard.fromJson({ ...document(), account: undefined })
  assert.throws(() => nameless.compareSync(before, after), { code: 'missing_field' })
  assert.throws(() => nameless.scoreSync(before, { previous: before }), { code: 'missing_field' })
  assert.throws(() => nameless.scoreOne(toRows(before)[0], { override: { points: 1, note: 'n' } }), { code: 'missing_field' })
})

test('presets and templates', () => {
  for (const name of Scorecard.presets()) {
    assert.equal(typeof Scorecard.preset(name).id, 'string')
    assert.ok(Scorecard.presetAbout(name).endsWith('.'))
  }
  assert.ok(Scorecard.presets().includes('dear'))
  for (const name of Scorecard.templates()) assert.ok(Scorecard.template(name) instanceof Scorecard)
  for (const name of ['daer', 5, undefined]) {
    assert.throws(() => Scorecard.preset(name), { code: 'unknown_choice' })
    assert.throws(() => Scorecard.template(name), { code: 'unknown_choice' })
    assert.throws(() => Scorecard.presetAbout(name), { code: 'unknown_choice' })
  }
})
