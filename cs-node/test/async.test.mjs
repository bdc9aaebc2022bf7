// Promises: off the event loop, on a copy, abortable.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Scorecard } from 'customer-success'
import helpers from './helpers.cjs'

const scorecard = Scorecard.fromJson({ ...helpers.plain(), account: 'id' })
const rows = 300_000
const large = () => ({ id: Int32Array.from({ length: rows }, (_, i) => i ^ 1), x: new Float64Array(rows).fill(50) })

test('the event loop turns during a large score', async () => {
  let turns = 0
  let scoring = true
  const scores = scorecard.score(large()).finally(() => (scoring = false))
  while (scoring) {
    await turn()
    turns += 1
  }
  assert.equal((await scores).length, rows)
  assert.ok(turns > 1)
})

test('what is written into the data after the call does not count', async () => {
  const data = { id: ['a', 'b', 'c'], x: Float64Array.of(1, 2, 3) }
  const typed = large()
  const promises = [scorecard.score(data), scorecard.score(typed)]
  data.x.fill(99)
  data.id[0] = 'z'
  typed.x.fill(Infinity)
  typed.id.fill(7)
  const [scores, many] = await Promise.all(promises)
  assert.deepEqual(scores.toRows().map(({ id, score }) => [id, score]), [['a', 1], ['b', 2], ['c', 3]])
  assert.ok(many.numbers('score').values.every((score) => score === 50))
  assert.equal(many.column('id')[0], 1)
})

test('the account column of a synchronous score is kept as it was', () => {
  const data = { id: Int32Array.of(1, 2), x: [1, 2] }
  const scores = scorecard.scoreSync(data)
  data.id.fill(9)
  assert.deepEqual(scores.column('id'), [1, 2])
})

const aborted = (reason) => (error) => {
  assert.equal(error.name, 'AbortError')
  assert.equal(error.code, 'ABORT_ERR')
  assert.equal(error.cause, reason)
  return true
}

test('a signal that has aborted rejects before anything is read', async () => {
  const data = { get x() { throw new Error('read') } }
  await assert.rejects(scorecard.score(data, { signal: AbortSignal.abort('why') }), aborted('why'))
  await assert.rejects(scorecard.explain(data, { signal: AbortSignal.abort('why') }), aborted('why'))
})

test('a signal that aborts during work rejects, and leaves no listener', async () => {
  const controller = new AbortController()
  const promises = Array.from({ length: 8 }, () => scorecard.score(large(), { signal: controller.signal }))
  controller.abort('enough')
  for (const result of await Promise.allSettled(promises)) {
    assert.equal(result.status, 'rejected')
    aborted('enough')(result.reason)
  }
  const unused = new AbortController()
  assert.equal((await scorecard.score({ id: [1], x: [5] }, { signal: unused.signal })).column('score')[0], 5)
  unused.abort()
})

test('what is no signal is refused, before anything is read', async () => {
  const data = { get x() { throw new Error('read') } }
  const expected = { name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE', message: /^signal: expected an AbortSignal, such as .*; got / }
  for (const signal of [{}, { aborted: false }, 7, 'stop', () => 1, new AbortController()]) {
    await assert.rejects(scorecard.score(data, { signal }), expected)
    await assert.rejects(scorecard.explain(data, { signal }), expected)
  }
  for (const signal of [undefined, null]) assert.equal((await scorecard.score({ id: [1], x: [5] }, { signal })).length, 1)
})

test('a signal that aborts while data is read rejects', async () => {
  const controller = new AbortController()
  const data = { id: [1], get x() { controller.abort('now'); return [5] } }
  await assert.rejects(scorecard.score(data, { signal: controller.signal }), aborted('now'))
})

test('many at once', async () => {
  const data = large()
  const scores = await Promise.all(Array.from({ length: 6 }, (_, i) => scorecard.score({ ...data, x: new Float64Array(rows).fill(i) }, { threads: 2 })))
  scores.forEach((score, i) => assert.equal(score.numbers('score').values[rows - 1], i))
})
