// Scoring through Node, beside plain JavaScript doing the same work; see `benches/README.md`.
// It fails when they score differently.

import { createRequire } from 'node:module'
import { Scorecard } from '../../cs-node/index.mjs'
import * as book from './book.mjs'

const ROWS = Number(process.env.BENCH_ROWS ?? 1_000_000)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9)
const OPTIONS = { select: ['score', 'tier'], threads: 1 }
const TOLERANCE = 1e-9

// --- peers ------------------------------------------------------------------------------------------------------------

/**
 * The same work in plain JavaScript: column at a time on blocks that stay in the cache, one branch for each line.
 * `Math.min` of `Math.max` for the lines is about as quick; going row by row is no quicker.
 */
function inJavaScript(data, block = 1024) {
  const columns = book.NAMES.map((name) => data[name])
  const rows = columns[0].length
  const total = book.DIMENSION_WEIGHTS.reduce((a, b) => a + b)
  const items = columns.map((values, item) => {
    const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = book.points(item)
    const weight = book.weight(item)
    const line = (xa, ya, xb, yb) => {
      const slope = (yb - ya) / (xb - xa)
      return [slope * weight, (ya - slope * xa) * weight]
    }
    const lines = [line(x0, y0, x1, y1), line(x1, y1, x2, y2), line(x2, y2, x3, y3)]
    return { values, weight, x: [x0, x1, x2, x3], first: y0 * weight, last: y3 * weight, lines }
  })
  const dimensions = book.DIMENSION_WEIGHTS.map((weight, d) => {
    const own = items.slice(d * book.PER_DIMENSION, (d + 1) * book.PER_DIMENSION)
    return { weight, items: own, share: weight / total / own.reduce((sum, item) => sum + item.weight, 0) }
  })
  const [, [, second], [, third], [, fourth]] = book.TIERS

  function add({ values, weight, x: [x0, x1, x2, x3], first, last, lines: [[k1, c1], [k2, c2], [k3, c3]] }, start, end, sums, weights) {
    for (let row = start; row < end; row++) {
      const x = values[row]
      if (x !== x) continue
      const at = row - start
      weights[at] += weight
      if (x < x1) sums[at] += x < x0 ? first : k1 * x + c1
      else if (x < x2) sums[at] += k2 * x + c2
      else sums[at] += x < x3 ? k3 * x + c3 : last
    }
  }

  return () => {
    const scores = new Float64Array(rows)
    const tiers = new Int8Array(rows)
    const [sums, weights, top, bottom, coverage] = Array.from({ length: 5 }, () => new Float64Array(block))
    for (let start = 0; start < rows; start += block) {
      const end = Math.min(start + block, rows)
      top.fill(0)
      bottom.fill(0)
      coverage.fill(0)
      for (const dimension of dimensions) {
        sums.fill(0)
        weights.fill(0)
        for (const item of dimension.items) add(item, start, end, sums, weights)
        const { weight, share } = dimension
        for (let at = 0; at < end - start; at++) {
          const left = weights[at]
          if (left === 0) continue
          top[at] += (weight * sums[at]) / left
          bottom[at] += weight
          coverage[at] += left * share
        }
      }
      for (let row = start; row < end; row++) {
        const at = row - start
        const score = coverage[at] >= book.MIN_COVERAGE ? top[at] / bottom[at] : NaN
        scores[row] = score
        tiers[row] = score !== score ? -1 : score >= fourth ? 3 : score >= third ? 2 : score >= second ? 1 : 0
      }
    }
    return { scores, tiers }
  }
}

/** Reads every number once: the floor, in JavaScript. */
function readOnly(data) {
  const sum = (values) => {
    let [a, b, c, d] = [0, 0, 0, 0]
    const end = values.length - (values.length % 4)
    for (let i = 0; i < end; i += 4) {
      a += values[i]
      b += values[i + 1]
      c += values[i + 2]
      d += values[i + 3]
    }
    for (let i = end; i < values.length; i++) a += values[i]
    return a + b + c + d
  }
  const columns = Object.values(data)
  return () => columns.map(sum)
}

/** The columns as a table of apache-arrow, with nulls in bitmaps. */
function toArrow(data) {
  const arrow = createRequire(new URL('../../cs-node/package.json', import.meta.url))('apache-arrow')
  const vector = (values) => {
    const nullBitmap = new Uint8Array(Math.ceil(values.length / 64) * 8)
    let nullCount = 0
    values.forEach((x, row) => (x === x ? (nullBitmap[row >> 3] |= 1 << (row & 7)) : nullCount++))
    const made = { type: new arrow.Float64(), length: values.length, nullCount, nullBitmap, data: values }
    return new arrow.Vector([arrow.makeData(made)])
  }
  return new arrow.Table(Object.fromEntries(Object.entries(data).map(([name, values]) => [name, vector(values)])))
}

// --- checks -----------------------------------------------------------------------------------------------------------

const TIER_NUMBERS = new Map(book.TIERS.map(([name], number) => [name, number]))

/** Our result as the peer has it. */
function plain(result) {
  if (result.scores) return result
  const tiers = Int8Array.from(result.column('tier'), (tier) => TIER_NUMBERS.get(tier) ?? -1)
  return { scores: result.numbers('score').values, tiers }
}

/** Ends the run unless both score alike within the tolerance. */
function check(name, expected, found, tolerance) {
  const [a, b] = [plain(expected), plain(found)]
  if (a.scores.length !== b.scores.length) throw new Error(`${name}: ${b.scores.length} rows`)
  for (let row = 0; row < a.scores.length; row++) {
    const [x, y] = [a.scores[row], b.scores[row]]
    const close = Number.isNaN(x) ? Number.isNaN(y) : Math.abs(x - y) <= tolerance
    if (!close || a.tiers[row] !== b.tiers[row]) {
      throw new Error(`${name}: row ${row} has ${y} (${b.tiers[row]}), expected ${x} (${a.tiers[row]})`)
    }
  }
}

/** The bits of all scores, folded into one number; nulls count as 0. */
function fingerprint(result) {
  const words = new Uint32Array(result.numbers('score').values.map((x) => (x === x ? x : 0)).buffer)
  const folded = [0, 0]
  words.forEach((word, at) => (folded[at & 1] ^= word))
  return [folded[1], folded[0]].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

// --- timing -----------------------------------------------------------------------------------------------------------

/** Times all lines in turn, round after round, so that a busy moment of the machine hits all alike. */
async function interleaved(lines) {
  const taken = new Map(Object.keys(lines).map((name) => [name, []]))
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(lines)) {
      globalThis.gc?.()
      const start = performance.now()
      const result = run()
      if (result instanceof Promise) await result
      const time = performance.now() - start
      if (round >= 0) taken.get(name).push(time) // the first rounds compile
    }
  }
  return new Map([...taken].map(([name, times]) => [name, best(times)]))
}

function best(times) {
  times.sort((a, b) => a - b)
  return { best: times[0], median: times[times.length >> 1] }
}

function ratios(title, times, ours, floor) {
  console.log(`\n### ${title}\n`)
  console.log('| line | × ours | × the floor | ms, this machine: best | median |\n|---|--:|--:|--:|--:|')
  for (const [name, time] of times) {
    const numbers = [time.best / times.get(ours).best, time.best / times.get(floor).best].map((x) => x.toFixed(2))
    console.log(`| ${[name, ...numbers, time.best.toFixed(1), time.median.toFixed(1)].join(' | ')} |`)
  }
}

const aim = (text, measured, met) => console.log(`- ${text}: ${measured}, ${met ? 'met' : '**not met**'}`)

/** The best time of one call, in microseconds. */
function microseconds(run, number = 50_000) {
  let least = Infinity
  for (let round = -2; round < 9; round++) {
    const start = performance.now()
    for (let i = 0; i < number; i++) run(i)
    if (round >= 0) least = Math.min(least, ((performance.now() - start) / number) * 1e3)
  }
  return least
}

// --- the run ----------------------------------------------------------------------------------------------------------

async function manyAccounts() {
  const card = Scorecard.fromJson(book.card())
  const data = book.columns(ROWS)
  const table = toArrow(data)
  const peer = inJavaScript(data)

  const expected = card.scoreSync(data, OPTIONS)
  check('score', expected, await card.score(data, OPTIONS), 0)
  check('two threads', expected, card.scoreSync(data, { ...OPTIONS, threads: 2 }), 0)
  check('Arrow', expected, card.scoreSync(table, OPTIONS), 0)
  check('JavaScript', expected, peer(), TOLERANCE)
  const hard = book.columns(Math.min(ROWS, 50_000), 12) // most rows lack the coverage, some lack dimensions
  check('JavaScript, many missing', card.scoreSync(hard, OPTIONS), inJavaScript(hard)(), TOLERANCE)

  const read = (result) => [result.numbers('score'), result.column('tier')]
  let held = []
  const ours = 'customer-success, `scoreSync`, typed arrays'
  const js = 'plain JavaScript'
  const floor = 'read only: JavaScript sum'
  const times = await interleaved({
    [ours]: () => card.scoreSync(data, OPTIONS),
    'customer-success, `scoreSync`, two threads': () => card.scoreSync(data, { ...OPTIONS, threads: 2 }),
    'customer-success, `scoreSync`, tiers read as strings': () => read(card.scoreSync(data, OPTIONS)),
    'customer-success, `scoreSync`, apache-arrow table': () => card.scoreSync(table, OPTIONS),
    'customer-success, `score` (copies, off the event loop)': () => {
      const start = performance.now()
      const promise = card.score(data, OPTIONS)
      held.push(performance.now() - start)
      return promise
    },
    [js]: peer,
    [floor]: readOnly(data),
  })
  times.set('of `score`: the event loop is held for', best(held.slice(2)))
  console.log(`\nFingerprint of the scores: ${fingerprint(expected)}, the same in Python.`)
  ratios(`${ROWS.toLocaleString('en')} accounts × ${book.ITEMS} items, one thread`, times, ours, floor)
  console.log()
  const faster = times.get(js).best / times.get(ours).best
  aim('4× faster than plain JavaScript', `${faster.toFixed(1)}×`, faster >= 4)
}

function oneAccount() {
  const card = Scorecard.fromJson(book.card())
  const scorer = card.scorer()
  const rows = Array.from({ length: 64 }, (_, row) => book.NAMES.map((_, item) => SAMPLE[item][row]))
  const typed = rows.map((row) => Float64Array.from(row))
  const arrays = rows.map((row) => row.map((x) => (x === x ? x : null)))
  const objects = arrays.map((row) => Object.fromEntries(book.NAMES.map((name, item) => [name, row[item]])))
  const scores = card.scoreSync(objects).toRows()
  rows.forEach((_, row) => {
    for (const one of [scorer.score(typed[row]), scorer.score(arrays[row]), scorer.scoreObject(objects[row])]) {
      if (JSON.stringify(one) !== JSON.stringify(scores[row])) throw new Error(`row ${row} alone scores differently`)
    }
  })
  const taken = {
    'by position, `Float64Array`': microseconds((i) => scorer.score(typed[i & 63])),
    'by position, array with nulls': microseconds((i) => scorer.score(arrays[i & 63])),
    'by object': microseconds((i) => scorer.scoreObject(objects[i & 63])),
    '`scoreOne(object)`': microseconds((i) => card.scoreOne(objects[i & 63])),
  }
  console.log(`\n### One account, ${book.ITEMS} items\n\n| line | µs, this machine |\n|---|--:|`)
  for (const [name, time] of Object.entries(taken)) console.log(`| ${name} | ${time.toFixed(1)} |`)
  console.log()
  for (const [name, time] of Object.entries(taken).slice(0, 2)) {
    aim(`${name}: at most 5 µs`, `${time.toFixed(1)} µs`, time <= 5)
  }
}

const SAMPLE = book.NAMES.map((_, item) => book.column(item, 64))

console.log(`## Node ${process.versions.node}`)
await manyAccounts()
oneAccount()
