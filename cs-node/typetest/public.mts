// What users write, as the compiler sees it; `npm run typecheck` reads this, nothing runs it.
import { tableFromArrays } from 'apache-arrow'
import {
  chart,
  ResultTable,
  Scorecard,
  type CustomerSuccessError,
  type Issue,
  type JsonObject,
  type One,
  type Scorer,
  type ScoreOptions,
} from 'customer-success'

const card: Scorecard = Scorecard.fromYaml('')
Scorecard.fromJson('{}')
Scorecard.fromJson({ schema_version: 1 })
Scorecard.fromJson(new Uint8Array())
Scorecard.fromToml('')
const issues: Issue[] = [...Scorecard.check({}), ...Scorecard.checkJson(''), ...Scorecard.checkYaml(''), ...Scorecard.checkToml('')]
const level: 'error' | 'warning' | undefined = issues[0]?.level
const schema: JsonObject = Scorecard.schema()
const texts: string[] = [card.hash, card.id, ...card.columns, ...card.outputColumns]
const account: string | null = card.account
const warnings: Issue[] = card.warnings
const document: JsonObject = card.toJson()

const options: ScoreOptions = { asOf: '2026-10-31', zone: '+09:00', onError: 'null', columns: { a: 'b' }, select: ['score'], threads: 0 }
const columns = { a: Float64Array.of(1), b: [1, null], c: ['x', undefined], d: [new Date()], e: [1n], f: new BigInt64Array(1), g: [true] }
const scores: ResultTable = await card.score(columns, { ...options, signal: AbortSignal.timeout(5) })
card.scoreSync([{ a: 1, b: 'x' }], options)
card.scoreSync(tableFromArrays({ a: [1, 2] }))
interface Account {
  a: number
  b?: string
}
const accounts: Account[] = [{ a: 1 }]
card.scoreSync(accounts)
const explanation: ResultTable = card.explainSync(columns)
const later: Promise<ResultTable> = card.explain(columns)

const values: Float64Array = scores.numbers('score').values
const valid: Uint8Array | null = scores.numbers('score').valid
const rows: object[] = scores.toRows()
const length: number = scores.length + scores.column('score').length + scores.toColumns()['score']!.length
const names: string[] = [...scores.columnNames, scores.cardHash]

const scorer: Scorer = card.scorer(options)
const one: One = scorer.score([1, null, 'x'])
const number: number | null = scorer.score(Float64Array.of(1)).score
const tier: string | null = scorer.scoreObject({ a: 1 }).tier
card.scoreOne({ a: 1 }, options)
card.scoreOne([1])
const picture: JsonObject = chart.scoreDistribution(card, scores, { language: 'ja' })
chart.tierShares(card, scores.toRows())
chart.contributions(card, explanation)
chart.changeWaterfall(card, [{ cause: 'card', item: 'a', contribution: 1, before: null, after: null }])
chart.flowMatrix(card, { from: ['Lv1'], to: ['left'], accounts: [1] }, { language: 'ja' })
chart.flowBars(card, scores)
const bands: JsonObject = chart.projection(card, scores.toColumns())
chart.levelDrivers(card, scores.toRows())

try {
  card.scoreSync({})
} catch (error) {
  const { code, kind, context, issues } = error as CustomerSuccessError
  const column: string | undefined = context.column
  const all: string[] = [code, kind, ...issues.map((issue) => issue.message)]
}

// @ts-expect-error no AbortSignal
await card.score(columns, { signal: {} })
// @ts-expect-error a card is read, not made
new Scorecard()
// @ts-expect-error no such option
card.scoreSync(columns, { as_of: '2026-10-31' })
// @ts-expect-error one choice of two
card.scoreSync(columns, { onError: 'ignore' })
// @ts-expect-error the signal is for promises
card.scoreSync(columns, { signal: AbortSignal.timeout(5) })
// @ts-expect-error a column is an array
card.scoreSync({ a: 1 })
// @ts-expect-error data is no number
card.scoreSync(3)
