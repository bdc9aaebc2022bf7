// The example of the README runs and prints what it says.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('the example of the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, code] = /```js\n(.*?)```/s.exec(readme)
  const cwd = new URL('.', import.meta.url)
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', code.replace('console.log(', 'console.log(JSON.stringify').replace('scores.toRows())', '(scores.toRows()))')], { cwd, encoding: 'utf8' })
  const said = code.split('\n').filter((line) => /^\/\/ [[ ]/.test(line)).map((line) => line.slice(3)).join(' ')
  assert.deepEqual(JSON.parse(printed), Function(`return ${said}`)())
})
