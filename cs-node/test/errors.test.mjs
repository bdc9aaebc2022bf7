// Bad input: a clear error with its code and place, nothing partial, no crash.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as arrow from 'apache-arrow'
import { Scorecard } from 'customer-success'
import helpers from './helpers.cjs'

const { card, plain } = helpers
const good = { id: ['a', 'b'], active: [12, 6], bought: [20, 20], logins: [0, 7], plan: ['pro', 'free'] }
const scorecard = Scorecard.fromJson(card())

/** Both ways fail alike: thrown, and as a rejection. */
async function fails(data, expected, options, using = scorecard) {
  const check = (error) => {
    assert.ok(error instanceof Error)
    const { context = {}, ...rest } = expected
    for (const [field, value] of Object.entries(rest)) assert.deepEqual(error[field], value, `${field}: ${error.message}`)
    for (const [field, value] of Object.entries(context)) assert.deepEqual(error.context[field], value, `${field}: ${error.message}`)
    assert.equal(error.issues[0].code, error.code)
    assert.ok(error.message.length > 0 && error.issues[0].message.length > 0)
    return true
  }
  assert.throws(() => using.scoreSync(data, options), check)
  assert.throws(() => using.explainSync(data, options), check)
  await assert.rejects(using.score(data, options), check)
  await assert.rejects(using.explain(data, options), check)
}

test('a typo in a field names the nearest one, and all issues come at once', () => {
  const document = card()
  document.dimensions[0].wieght = 1
  document.dimensions[0].items[0].weight = 'much'
  document.dimensions[1].items[0].weight = -1
  const issues = Scorecard.check(document)
  assert.deepEqual(issues.map(({ level, code, path }) => [level, code, path]).sort(), [
    ['error', 'negative_weight', 'dimensions[1].items[0].weight'],
    ['error', 'unknown_field', 'dimensions[0].wieght'],
    ['error', 'wrong_type', 'dimensions[0].items[0].weight'],
  ])
  assert.match(issues.find(({ code }) => code === 'unknown_field').help, /weight/)
  assert.throws(() => Scorecard.fromJson(document), (error) => error.issues.length === 3 && error.kind === 'invalid_document')
  assert.deepEqual(Scorecard.checkJson(JSON.stringify(document)), issues)
  assert.deepEqual(Scorecard.check(card()), [])
})

test('what JSON cannot say is a wrong type at its place', () => {
  for (const weight of [NaN, Infinity, () => 1, Symbol('x'), 2n ** 80n, new Date(0), 'x']) {
    const document = card()
    document.dimensions[0].weight = weight
    const placed = ({ code, context }) => code === 'wrong_type' && context.path === 'dimensions[0].weight'
    assert.throws(() => Scorecard.fromJson(document), placed, String(weight))
  }
  const document = card()
  document.dimensions[0].weight = undefined
  document.dimensions[1].weight = 1n
  assert.deepEqual(Scorecard.check(document), [])
  for (const wrong of [undefined, null, 3, [], () => 1]) assert.throws(() => Scorecard.fromJson(wrong), { kind: 'invalid_document' })
  for (const wrong of [undefined, null, 3]) assert.throws(() => Scorecard.fromYaml(wrong), { kind: 'invalid_document' })
})

test('weights, bands and points', () => {
  const code = (item) => Scorecard.check(plain(item)).map((issue) => issue.code)
  assert.deepEqual(code({ weight: 0 }), ['all_weights_zero'])
  assert.deepEqual(code({ curve: { bands: [{ from: 0, to: 5, points: 0 }, { from: 6, points: 1 }] } }), ['bands_gap'])
  assert.deepEqual(code({ curve: { bands: [{ from: 0, to: 7, points: 0 }, { from: 6, points: 1 }] } }), ['bands_overlap'])
  assert.deepEqual(code({ curve: { points: [[1, 0], [0, 1]] } }), ['points_unordered'])
})

test('hostile documents cost little', () => {
  const limit = (code) => ({ code, kind: 'invalid_document' })
  assert.throws(() => Scorecard.fromJson(`"${'x'.repeat(100 << 20)}"`), limit('document_too_large'))
  assert.throws(() => Scorecard.fromYaml('x'.repeat(100 << 20)), limit('document_too_large'))
  const nested = `${'['.repeat(10_000)}${']'.repeat(10_000)}`
  assert.throws(() => Scorecard.fromJson(nested), limit('document_too_deep'))
  assert.throws(() => Scorecard.fromYaml(nested), limit('document_too_deep'))
  assert.throws(() => Scorecard.fromToml(`a = ${nested}`), limit('document_too_deep'))
  let deep = {}
  for (let i = 0; i < 10_000; i++) deep = { deep }
  assert.throws(() => Scorecard.fromJson(deep), limit('document_too_deep'))
  const self = {}
  Object.assign(self, { a: self, b: [self, self], c: self })
  assert.throws(() => Scorecard.fromJson(self), (error) => ['document_too_deep', 'document_too_complex'].includes(error.code))
  assert.throws(() => Scorecard.fromJson(new Array(300_000).fill(0)), limit('document_too_complex'))
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 12; i++) {
    const [before, name] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)]
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`)
  }
  assert.throws(() => Scorecard.fromYaml(bomb.join('\n')), limit('document_too_complex'))
})

test('an untyped NO in YAML stays a text', () => {
  const text = (value) => `
schema_version: 1
scorecard: plain
dimensions:
  - id: d
    items:
      - {id: x, curve: {map: {${value}: 70, default: 0}}}`
  assert.deepEqual(Scorecard.fromYaml(text('NO')).scoreSync({ x: ['NO', 'false'] }).column('score'), [70, 0])
  assert.throws(() => Scorecard.fromYaml(text('NO').replace('NO: 70', 'a: NO')), { code: 'wrong_type' })
})

test('documents may come as bytes; broken ones say where', () => {
  const bytes = Buffer.from(JSON.stringify(card()))
  assert.equal(Scorecard.fromJson(bytes).hash, scorecard.hash)
  assert.equal(Scorecard.fromYaml(bytes).hash, scorecard.hash, 'JSON is YAML')
  assert.throws(() => Scorecard.fromJson('{'), { code: 'document_syntax' })
  assert.throws(() => Scorecard.fromYaml('a: [1'), { code: 'document_syntax' })
  assert.throws(() => Scorecard.fromToml('a = '), { code: 'document_syntax' })
  assert.equal(Scorecard.checkYaml('a: [1')[0].code, 'document_syntax')
  assert.equal(Scorecard.checkToml('a = ')[0].code, 'document_syntax')
})

test('unknown columns name the nearest one', async () => {
  const { active, ...rest } = good
  const expected = { code: 'unknown_column', kind: 'invalid_data', context: { column: 'active', help: 'did you mean `activ`?' } }
  await fails({ ...rest, activ: active }, expected)
  await fails([{ id: 'a', activ: 1, bought: 2, logins: 3, plan: 'pro' }], expected)
  await fails(good, { code: 'unknown_column', context: { column: 'aktiv' } }, { columns: { active: 'aktiv' } })
  await fails({}, { code: 'unknown_column' })
})

test('columns of the wrong kind', async () => {
  await fails({ ...good, logins: ['a', 'b'] }, { code: 'wrong_column_type', context: { column: 'logins' } })
  await fails({ ...good, logins: [1, 'b'] }, { code: 'mixed_types', context: { column: 'logins', rows: [1], rowCount: 1 } })
  await fails({ ...good, logins: [1, 2n] }, { code: 'mixed_types', context: { column: 'logins', rows: [1] } })
  await fails({ ...good, logins: [null, true, 0] }, { code: 'mixed_types', context: { column: 'logins', rows: [2] } })
  await fails({ ...good, logins: [{}, 1] }, { code: 'unsupported_column_type', kind: 'unsupported', context: { column: 'logins', rows: [0] } })
  await fails({ ...good, logins: 3 }, { code: 'unsupported_column_type', context: { column: 'logins' } })
  await fails({ ...good, logins: new DataView(new ArrayBuffer(8)) }, { code: 'unsupported_column_type' })
  await fails({ ...good, logins: [2n ** 70n, 1n] }, { code: 'unsupported_column_type', context: { rows: [0] } })
  for (const data of [null, undefined, 3, 'x', new Float64Array(2)]) await fails(data, { code: 'wrong_type' })
  await fails([{ id: 'a' }, 3], { code: 'mixed_types', context: { rows: [1] } })
})

test('columns of unequal length', async () => {
  await fails({ ...good, logins: Float64Array.of(1) }, { code: 'unequal_lengths', context: { column: 'logins' } })
  await fails({ ...good, active: Float64Array.of(1, 2, 3), bought: new Int8Array(4) }, { code: 'unequal_lengths' })
})

test('a typed array without its memory', async () => {
  const moved = (values) => {
    structuredClone(values.buffer, { transfer: [values.buffer] })
    return values
  }
  const expected = { code: 'malformed_column', kind: 'invalid_data' }
  const detached = moved(Float64Array.of(1, 2))
  await fails({ x: detached }, { ...expected, context: { column: 'x' } }, undefined, Scorecard.fromJson(plain()))
  await fails({ ...good, logins: detached }, { ...expected, context: { column: 'logins' } })
  await fails({ ...good, id: moved(Int32Array.of(1, 2)) }, { ...expected, context: { column: 'id' } })
  const buffer = new ArrayBuffer(16, { maxByteLength: 16 })
  const shrunk = new Float64Array(buffer, 0, 2)
  buffer.resize(8)
  await fails({ ...good, logins: shrunk }, { ...expected, context: { column: 'logins' } })
  const values = Float64Array.of(1, 2)
  const table = new arrow.Table({ x: arrow.makeVector(values) })
  moved(values)
  await fails(table, { ...expected, context: { column: 'x' } }, undefined, Scorecard.fromJson(plain()))
  assert.throws(() => Scorecard.fromJson(plain()).scoreOne(detached), { code: 'malformed_column' })
  assert.deepEqual(Scorecard.fromJson(plain()).scoreSync({ x: new Float64Array(0) }).length, 0)
})

test('an Arrow table with a name twice', async () => {
  const field = (name) => new arrow.Field(name, new arrow.Float64(), true)
  const twice = (...names) => {
    const children = names.map((_, i) => arrow.makeData({ type: new arrow.Float64(), data: Float64Array.of(i, i + 1) }))
    const schema = new arrow.Schema(names.map(field))
    const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length: 2, nullCount: 0, children })
    return new arrow.Table(schema, new arrow.RecordBatch(schema, data))
  }
  const using = Scorecard.fromJson(plain())
  await fails(twice('x', 'y', 'x'), { code: 'duplicate_column', context: { column: 'x' } }, undefined, using)
  assert.deepEqual(using.scoreSync(twice('y', 'x', 'y')).column('score'), [1, 2], 'columns that are not read may')
  await fails(twice('y', 'z', 'y'), { code: 'unknown_column', context: { column: 'x' } }, undefined, using)
})

test('names that every object inherits are unknown columns', async () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    const using = Scorecard.fromJson(plain({ id: name }))
    const expected = { code: 'unknown_column', context: { column: name } }
    await fails({ y: [1] }, expected, undefined, using)
    await fails([{ y: 1 }], expected, undefined, using)
    for (const row of [{}, { y: 1 }, Object.create({ [name]: 5 })]) {
      assert.throws(() => using.scoreOne(row), ({ code, context }) => code === 'unknown_column' && context.column === name)
    }
    const own = (value) => Object.fromEntries([[name, value]])
    assert.equal(using.scoreSync(own([7])).column('score')[0], 7)
    assert.equal(using.scoreSync([own(7)]).column('score')[0], 7)
    assert.equal(using.scoreOne(own(7)).score, 7)
    assert.equal(using.scoreOne(own(undefined)).score, null)
  }
  const listed = Scorecard.fromJson({ ...plain({ id: 'id' }), account: 'id' })
  assert.throws(() => listed.scoreOne({ y: 1 }), { code: 'unknown_column' }, 'an account that is read must be there')
})

test('infinities, zero denominators, unknown categories, both ways', async () => {
  const strict = card()
  strict.dimensions[1].items[0].curve.map = { free: 20, pro: 70 }
  const using = Scorecard.fromJson(strict)
  const cases = [
    [{ logins: [Infinity, 1] }, 'infinite_value', 'logins', 'logins'],
    [{ logins: Float64Array.of(-Infinity, 1) }, 'infinite_value', 'logins', 'logins'],
    [{ bought: [0, 20] }, 'zero_denominator', 'bought', 'seats'],
    [{ plan: ['basic', 'pro'] }, 'unknown_category', 'plan', 'plan'],
  ]
  for (const [change, code, column, item] of cases) {
    await fails({ ...good, ...change }, { code, kind: 'invalid_data', context: { column, item, rows: [0], rowCount: 1 } }, undefined, using)
    const scores = using.scoreSync({ ...good, ...change }, { onError: 'null' })
    assert.deepEqual(scores.column('status'), ['invalid', 'scored'])
    assert.deepEqual(scores.column('error_code'), [code, null])
    assert.deepEqual(scores.column('error_item'), [item, null])
    assert.equal(scores.column('score')[0], null)
  }
  assert.equal(using.scoreSync({ ...good, active: [0, 1], bought: [0, 1] }).column('status')[0], 'scored', '0/0 is missing')
})

test('accounts stand in one row', async () => {
  await fails({ ...good, id: ['a', 'a'] }, { code: 'duplicate_account', context: { column: 'id', rows: [1] } })
  await fails({ ...good, id: ['a', null] }, { code: 'null_account', context: { column: 'id', rows: [1] } })
})

test('dates and asOf', async () => {
  const using = Scorecard.fromJson(plain({ source: { days_since: 'on' }, curve: { points: [[0, 100], [100, 0]] } }))
  const late = { on: ['2026-10-31', '2026-11-02'] }
  await fails(late, { code: 'date_after_as_of', context: { column: 'on', rows: [1] } }, { asOf: '2026-10-31' }, using)
  await fails(late, { code: 'as_of_required' }, {}, using)
  await fails(late, { code: 'invalid_date' }, { asOf: '31.10.2026' }, using)
  await fails({ on: ['yesterday'] }, { code: 'invalid_date', context: { column: 'on', rows: [0] } }, { asOf: '2026-10-31' }, using)
  await fails(late, { code: 'unknown_zone' }, { asOf: '2026-10-31', zone: 'Mars/Base' }, using)
})

test('options are checked by the core', async () => {
  await fails(good, { code: 'unknown_field', kind: 'invalid_document' }, { onErr: 'null' })
  await fails(good, { code: 'unknown_choice' }, { onError: 'ignore' })
  await fails(good, { code: 'wrong_type' }, { threads: 'two' })
  await fails(good, { code: 'wrong_type' }, 7)
  assert.throws(() => scorecard.scoreSync(good, { signal: new AbortController().signal }), { code: 'unknown_field' })
})

test('results refuse what they do not have', () => {
  const scores = scorecard.scoreSync(good)
  assert.throws(() => scores.column('scroe'), { code: 'unknown_column' })
  assert.throws(() => scores.numbers('tier'), { code: 'wrong_column_type' })
  assert.throws(() => new Scorecard(), TypeError)
})

test('one account', () => {
  const scorer = scorecard.scorer()
  assert.throws(() => scorer.score([1, 2]), { code: 'wrong_number_of_values' })
  assert.throws(() => scorer.score(Float64Array.of(1)), { code: 'wrong_number_of_values' })
  assert.throws(() => scorer.score([1, 2, 'x', 'pro']), { code: 'wrong_column_type' })
  assert.throws(() => scorer.score([1, 2, {}, 'pro']), { code: 'unsupported_column_type' })
  assert.throws(() => scorer.score([Infinity, 2, 3, 'pro']), ({ code, context }) => code === 'infinite_value' && context.column === 'active')
  assert.throws(() => scorer.scoreObject({ actve: 1, bought: 2, logins: 3, plan: 'pro' }), { code: 'unknown_column' })
  for (const wrong of [null, undefined, 3]) assert.throws(() => scorecard.scoreOne(wrong), { code: 'wrong_type' })
  assert.throws(() => scorer.score(7), { code: 'wrong_type' })
  assert.equal(scorer.scoreObject({ active: null, bought: undefined, logins: 5, plan: 'pro' }).status, 'scored')
})
