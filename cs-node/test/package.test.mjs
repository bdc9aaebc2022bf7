// The package as others load it, and its typings beside what it exports.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import * as esm from 'customer-success'

const require = createRequire(import.meta.url)
const here = (path) => new URL(path, import.meta.url)

test('ESM and CommonJS give the same things', () => {
  const cjs = require('customer-success')
  assert.deepEqual(Object.keys(esm).sort(), [
    'Partial',
    'ResultTable',
    'Revenue',
    'RevenuePolicy',
    'Scorecard',
    'Simulation',
    'TierFlow',
    'addMonths',
    'annualChurn',
    'chart',
    'currencyExponent',
    'monthlyAmount',
    'monthlyChurn',
    'periodOf',
    'periods',
    'roundMoney',
    'splitMoney',
    'tierFlow',
  ])
  for (const name of Object.keys(esm)) assert.strictEqual(esm[name], cjs[name])
})

test('a fresh process loads it either way', () => {
  const run = (type, code) => execFileSync(process.execPath, [`--input-type=${type}`, '-e', code], { cwd: here('.'), encoding: 'utf8' })
  assert.equal(run('commonjs', "console.log(typeof require('customer-success').Scorecard.schema())"), 'object\n')
  assert.equal(run('module', "import { Scorecard } from 'customer-success'; console.log(typeof Scorecard.schema())"), 'object\n')
})

test('worker threads score too', async () => {
  const code = `
    const { Scorecard } = require('customer-success')
    const { plain } = require('./helpers.cjs')
    const scores = Scorecard.fromJson(plain()).scoreSync({ x: [42] })
    require('node:worker_threads').parentPort.postMessage(scores.column('score'))`
  const worker = new Worker(`process.chdir; ${code.replace("'./helpers.cjs'", JSON.stringify(here('helpers.cjs').pathname)).replace("'customer-success'", JSON.stringify(here('../index.js').pathname))}`, { eval: true })
  const [score] = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  assert.equal(score, 42)
  await worker.terminate()
})

test('every member is in the typings, and every typing is a member', () => {
  const typings = readFileSync(here('../index.d.ts'), 'utf8')
  const declared = (name, keyword) => {
    const body = new RegExp(`export ${keyword} ${name}[^{]*{\\n(.*?)\\n}`, 's').exec(typings)[1]
    const members = body.replace(/\/\*\*.*?\*\//gs, '').matchAll(/^ {2}(?:static |readonly )*(\w+)[(:]/gm)
    return [...new Set([...members].map(([, member]) => member))].filter((member) => member !== 'private').sort()
  }
  const members = (object) => Object.getOwnPropertyNames(object).filter((name) => !['length', 'name', 'prototype', 'native', 'describe', 'names', 'count'].includes(name))
  const table = esm.Scorecard.fromJson(require('./helpers.cjs').plain()).scoreSync({ x: [1] })
  const expected = {
    Scorecard: [...members(esm.Scorecard), ...members(esm.Scorecard.prototype)],
    TierFlow: [...members(esm.TierFlow), ...members(esm.TierFlow.prototype)],
    ResultTable: [...Object.keys(table), ...members(esm.ResultTable.prototype)],
    chart: Object.keys(esm.chart),
  }
  for (const [name, found] of Object.entries(expected)) {
    const keyword = name === 'chart' ? 'const' : 'class'
    const unique = [...new Set(found)].filter((member) => member !== 'constructor').sort()
    assert.deepEqual(declared(name, keyword).filter((member) => member !== 'constructor'), unique, name)
  }
})
