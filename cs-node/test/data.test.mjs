// The data door: every kind of column gives the same scores.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { Scorecard } from 'customer-success'
import helpers from './helpers.cjs'

const { card, plain } = helpers
const points = Scorecard.fromJson(plain())
const scoresOf = (values, scorecard = points) => scorecard.scoreSync({ x: values }).column('score')

test('numbers of every width', () => {
  const types = [Float64Array, Float32Array, Int8Array, Int16Array, Int32Array, Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array]
  for (const Type of types) assert.deepEqual(scoresOf(Type.of(0, 7, 100)), [0, 7, 100], Type.name)
  for (const Type of [BigInt64Array, BigUint64Array]) assert.deepEqual(scoresOf(Type.of(0n, 7n, 100n)), [0, 7, 100], Type.name)
  assert.deepEqual(scoresOf(Buffer.from([1, 2])), [1, 2])
  assert.deepEqual(scoresOf([0, 7.5, 100]), [0, 7.5, 100])
  assert.deepEqual(scoresOf([0n, 7n, null]), [0, 7, null])
})

test('whole numbers of plain arrays can be listed in a map', () => {
  const map = Scorecard.fromJson(plain({ curve: { map: { 1: 10, 20000000000: 20, '-3': 30, default: 0 } } }))
  assert.deepEqual(scoresOf([1, null, 2e10, -3, NaN, 5], map), [10, null, 20, 30, null, 0])
  assert.deepEqual([1, 2e10, null, 4].map((x) => map.scoreOne({ x }).score), [10, 20, null, 0])
  assert.deepEqual(scoresOf([1, 2.5], map), [10, 0])
})

test('a view into a larger buffer, and shared memory', () => {
  const buffer = Float64Array.of(9, 1, 2, 9)
  assert.deepEqual(scoresOf(buffer.subarray(1, 3)), [1, 2])
  const shared = new Float64Array(new SharedArrayBuffer(16))
  shared.set([3, 4])
  assert.deepEqual(scoresOf(shared), [3, 4])
})

test('null, undefined, NaN and holes are missing', () => {
  // eslint-disable-next-line no-sparse-arrays
  assert.deepEqual(scoresOf([1, null, undefined, NaN, , 2]), [1, null, null, null, null, 2])
  assert.deepEqual(scoresOf(Float64Array.of(NaN, 5)), [null, 5])
  assert.deepEqual(scoresOf([null, undefined]), [null, null])
})

test('booleans, texts and dates', () => {
  const flag = Scorecard.fromJson(plain({ curve: { flag: { set: 90, unset: 10 } } }))
  assert.deepEqual(scoresOf([true, false, null, undefined], flag), [90, 10, null, null])
  assert.deepEqual(scoresOf(Uint8Array.of(1, 0), flag), [90, 10])
  const words = Scorecard.fromJson(plain({ curve: { map: { été: 30, 日本: 60, default: 0 } } }))
  assert.deepEqual(scoresOf(['été', null, '日本', '', 'x'], words), [30, null, 60, 0, 0])
  const days = Scorecard.fromJson(plain({ source: { days_since: 'on' }, curve: { points: [[0, 100], [100, 0]] } }))
  const on = (values, options) => days.scoreSync({ on: values }, { asOf: '2026-10-31', ...options }).column('score')
  assert.deepEqual(on(['2026-10-31', null, '2026-10-21']), [100, null, 90])
  // 20:00Z on the 30th is the 31st in Tokyo.
  const moments = [new Date('2026-10-30T20:00Z'), null]
  assert.deepEqual(on(moments), [99, null])
  assert.deepEqual(on(moments, { zone: 'Asia/Tokyo' }), [100, null])
  assert.throws(() => on([new Date(NaN)]), { code: 'invalid_date', context: { column: 'on', rows: [0], rowCount: 1, value: 'an invalid Date' } })
})

test('texts of any letters keep their places', () => {
  const words = ['a', 'é', '日', '😀', '\ud83d', '\ude00', 'z', '']
  const texts = Array.from({ length: 20_000 }, (_, i) => `${words[i % words.length]}${i}`)
  const scorecard = Scorecard.fromJson({ ...plain(), account: 'id' })
  const scores = scorecard.explainSync({ id: texts, x: new Float64Array(texts.length) })
  assert.deepEqual(scores.column('id'), texts)
})

test('halves of letters stay apart', () => {
  const scorecard = Scorecard.fromJson({ ...plain(), account: 'id' })
  const id = ['\ud83d', '\ud83e', '\ude00', '\ufffd', 'é\ud83d', 'é\ud83e']
  assert.deepEqual(scorecard.scoreSync({ id, x: id.map((_, i) => i) }).column('id'), id)
  assert.throws(() => scorecard.scoreSync({ id: ['\ud83d', 'é', '\ud83d'], x: [1, 2, 3] }), { code: 'duplicate_account' })
  const words = Scorecard.fromJson(plain({ curve: { map: { '\ufffd': 30, '😀': 60, default: 0 } } }))
  assert.deepEqual(scoresOf(['\ufffd', '\ud83d', '\ude00', '😀'], words), [30, 0, 0, 60])
})

test('rows are columns', () => {
  const scorecard = Scorecard.fromJson(card())
  const rows = [
    { id: 1, active: 12, bought: 20, logins: 0, plan: 'pro', more: { deep: 1 } },
    { id: 2, bought: 20, plan: 'free', logins: 7 },
  ]
  const names = ['id', 'active', 'bought', 'logins', 'plan']
  const columns = Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]))
  assert.deepEqual(scorecard.scoreSync(rows).toRows(), scorecard.scoreSync(columns).toRows())
  assert.deepEqual(scorecard.scoreSync(rows).column('id'), [1, 2])
})

test('the account column comes back as it was given', () => {
  const scorecard = Scorecard.fromJson({ ...plain(), account: 'id' })
  const x = [1, 2]
  for (const id of [['a', 'b'], [7, 8], [7n, 2n ** 62n], Int32Array.of(5, 6)]) {
    assert.deepEqual(scorecard.scoreSync({ id, x }).column('id'), Array.from(id))
  }
  assert.deepEqual(scorecard.explainSync({ id: [7, 8], x }).column('id'), [7, 8])
  assert.deepEqual(scorecard.explainSync({ id: Float64Array.of(7, 8), x }).column('id'), [7, 8])
  assert.deepEqual(scorecard.explainSync({ id: ['a', 'b'], x }).column('id'), ['a', 'b'])
  const days = [new Date('2026-10-31T01:02:03.004Z'), new Date(-1)]
  for (const id of [[2n ** 62n, 2n ** 62n + 1n], BigInt64Array.of(-(2n ** 63n), 1n - 2n ** 63n), BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 2n), days]) {
    assert.deepEqual(scorecard.scoreSync({ id, x }).column('id'), [...id])
    if (Array.isArray(id)) assert.deepEqual(scorecard.scoreSync([{ id: id[0], x: 1 }]).column('id'), [id[0]])
    assert.deepEqual(scorecard.explainSync({ id, x }).column('id'), [...id])
  }
  assert.deepEqual(JSON.parse(JSON.stringify(scorecard.scoreSync({ id: [1n, 2n], x }))).id, ['1', '2'])
})

test('explanations repeat the account for each item', async () => {
  const scorecard = Scorecard.fromJson(card())
  const ids = [2n ** 53n + 1n, 2n ** 53n + 2n]
  const data = { id: ids, active: [12, 6], bought: [20, 20], logins: [0, 7], plan: ['pro', 'free'] }
  const expected = ids.flatMap((id) => [id, id, id])
  assert.deepEqual(scorecard.explainSync(data).column('id'), expected)
  assert.deepEqual((await scorecard.explain(data)).column('id'), expected)
  const { id, ...rest } = data
  assert.deepEqual(scorecard.explainSync({ ...rest, key: id }, { columns: { id: 'key' } }).column('key'), expected)
  const table = arrow.tableFromArrays({ ...rest, id: BigInt64Array.from(ids) })
  assert.deepEqual(scorecard.explainSync(table.slice(0, 1).concat(table.slice(1))).column('id'), expected)
  assert.throws(() => scorecard.explainSync(data).numbers('id'), { code: 'wrong_column_type' })
})

test('the account column is read once, and copied', () => {
  const scorecard = Scorecard.fromJson({ ...plain(), account: 'id' })
  let reads = 0
  const data = { get id() { return [`a${reads++}`] }, x: [1] }
  assert.deepEqual(scorecard.scoreSync(data).column('id'), ['a0'])
  const row = { get id() { return `b${reads++}` }, x: 1 }
  assert.deepEqual(scorecard.scoreSync([row]).column('id'), ['b1'])
  const id = Buffer.from([1, 2])
  const scores = scorecard.scoreSync({ id, x: [1, 2] })
  id.fill(9)
  assert.deepEqual(scores.column('id'), [1, 2], 'a slice of a Buffer is no copy')
})

test('typed arrays are known whatever they say', () => {
  for (const tag of ['Nonsense', 'Int8Array', 7, undefined]) {
    const values = Object.defineProperty(Float64Array.of(1, 2), Symbol.toStringTag, { value: tag })
    assert.deepEqual(scoresOf(values), [1, 2])
    assert.equal(points.scoreOne(Object.defineProperty(Float64Array.of(3), Symbol.toStringTag, { value: tag })).score, 3)
    const odd = Object.defineProperty(new DataView(new ArrayBuffer(8)), Symbol.toStringTag, { value: tag })
    assert.throws(() => scoresOf(odd), ({ code, context }) => code === 'unsupported_column_type' && context.value === 'a typed array: DataView')
  }
  const liar = { [Symbol.toStringTag]: 'Date' }
  assert.throws(() => scoresOf([liar]), ({ code, context }) => code === 'unsupported_column_type' && context.value === 'an object')
  const day = Object.assign(new Date(0), { getTime: () => 7, valueOf: () => 7 })
  const days = Scorecard.fromJson(plain({ source: { days_since: 'on' }, curve: { points: [[0, 100], [100, 0]] } }))
  const options = { asOf: '1970-01-11' }
  assert.equal(days.scoreSync({ on: [day] }, options).column('score')[0], 90)
  assert.equal(days.scoreOne([day], options).score, 90)
})

test('other columns are neither read nor checked', () => {
  assert.deepEqual(points.scoreSync({ x: [1], y: [{}, Symbol('y')], z: 3 }).column('score'), [1])
})

test('empty tables, one row, all missing', () => {
  const scorecard = Scorecard.fromJson(card())
  const none = { id: [], active: [], bought: [], logins: [], plan: [] }
  for (const data of [none, []]) {
    const scores = scorecard.scoreSync(data)
    assert.equal(scores.length, 0)
    assert.deepEqual(scores.columnNames, scorecard.outputColumns)
    assert.deepEqual(scores.toRows(), [])
  }
  const one = scorecard.scoreSync([{ id: 'a', active: null, bought: null, logins: null, plan: null }])
  assert.deepEqual(one.toRows(), [{ id: 'a', score: null, tier: null, status: 'insufficient_data', coverage: 0, use: null, fit: null }])
})

const vectorOf = (type, values) => arrow.vectorFromArray(values, type)

test('Arrow columns by their buffers', () => {
  const numbers = [new arrow.Float64(), new arrow.Float32(), new arrow.Int8(), new arrow.Int32(), new arrow.Uint16()]
  for (const type of numbers) assert.deepEqual(scoresOfVector(vectorOf(type, [0, 7, null, 100])), [0, 7, null, 100], String(type))
  for (const type of [new arrow.Int64(), new arrow.Uint64()]) {
    assert.deepEqual(scoresOfVector(vectorOf(type, [0n, null, 100n])), [0, null, 100], String(type))
  }
  const cents = vectorOf(new arrow.Decimal(2, 20), [1250n, null].map((n) => n && new Uint32Array([Number(n), 0, 0, 0])))
  assert.deepEqual(scoresOfVector(cents), [12.5, null])
  const flag = Scorecard.fromJson(plain({ curve: { flag: { set: 90, unset: 10 } } }))
  assert.deepEqual(scoresOfVector(vectorOf(new arrow.Bool(), [true, null, false]), flag), [90, null, 10])
  const words = Scorecard.fromJson(plain({ curve: { map: { a: 30, 日本: 60 } } }))
  const dictionary = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())
  for (const type of [new arrow.Utf8(), new arrow.LargeUtf8(), dictionary]) {
    assert.deepEqual(scoresOfVector(vectorOf(type, ['a', null, '日本']), words), [30, null, 60], String(type))
  }
})

function scoresOfVector(vector, scorecard = points, options = {}) {
  const name = scorecard.columns[0]
  const scores = scorecard.scoreSync(new arrow.Table({ [name]: vector }), options)
  return scores.column('score')
}

test('Arrow dates and timestamps', () => {
  const days = Scorecard.fromJson(plain({ source: { days_since: 'on' }, curve: { points: [[0, 100], [100, 0]] } }))
  const at = (type, zone) => {
    const moment = new Date('2026-10-30T20:00Z')
    const options = zone ? { asOf: '2026-10-31', zone } : { asOf: '2026-10-31' }
    return scoresOfVector(vectorOf(type, [moment, null]), days, options)
  }
  assert.deepEqual(at(new arrow.DateDay()), [99, null])
  assert.deepEqual(at(new arrow.DateMillisecond()), [99, null])
  for (const Type of [arrow.TimestampMillisecond]) {
    assert.deepEqual(at(new Type()), [99, null], 'a wall-clock time')
    assert.deepEqual(at(new Type(), '+09:00'), [99, null], 'a wall-clock time has no zone to change')
    assert.deepEqual(at(new Type('Asia/Tokyo')), [100, null])
    assert.deepEqual(at(new Type('UTC'), '+09:00'), [100, null])
  }
})

test('Arrow tables of several chunks and slices', () => {
  const scorecard = Scorecard.fromJson(card())
  const make = (ids) => arrow.tableFromArrays({
    id: ids.map((i) => `a${i}`),
    active: ids.map((i) => (i % 5 ? i : null)),
    bought: ids.map(() => 40),
    logins: Int32Array.from(ids),
    plan: ids.map((i) => (i % 2 ? 'pro' : 'free')),
  })
  const range = (from, to) => Array.from({ length: to - from }, (_, i) => from + i)
  const whole = make(range(0, 37))
  const expected = scorecard.scoreSync(whole).toRows()
  assert.equal(expected.length, 37)
  // Dictionaries of different chunks differ, and slices start at any bit.
  const parts = whole.slice(0, 3).concat(whole.slice(3, 20)).concat(whole.slice(20))
  assert.equal(parts.batches.length, 3)
  assert.deepEqual(scorecard.scoreSync(parts).toRows(), expected)
  assert.deepEqual(scorecard.scoreSync(whole.slice(5, 30)).toRows(), expected.slice(5, 30))
  assert.deepEqual(scorecard.scoreSync(arrow.tableFromIPC(arrow.tableToIPC(parts))).toRows(), expected)
  assert.deepEqual(scorecard.explainSync(parts).toColumns(), scorecard.explainSync(whole).toColumns())
  assert.throws(() => scorecard.scoreSync(whole.concat(whole)), { code: 'duplicate_account' })
})

test('Arrow types that cannot be scored are refused', () => {
  const list = vectorOf(new arrow.List(new arrow.Field('item', new arrow.Float64())), [[1], [2]])
  assert.throws(() => scoresOfVector(list), { code: 'unsupported_column_type', kind: 'unsupported' })
})
