// What users write, as the compiler sees it; `npm run typecheck` reads this, nothing runs it.
import { tableFromArrays } from 'apache-arrow'
import {
  chart,
  ResultTable,
  Scorecard,
  tierFlow,
  TierFlow,
  type BaseOptions,
  type CompareOptions,
  type CustomerSuccessError,
  type FlowOptions,
  type Include,
  type Issue,
  type JsonObject,
  type NextTierOptions,
  type One,
  type OneOptions,
  type ProjectOptions,
  type Scorer,
  type ScoreOptions,
  type WhatIfOptions,
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

const options: BaseOptions = { asOf: '2026-10-31', zone: '+09:00', onError: 'null', columns: { a: 'b' }, select: ['score'], threads: 0 }
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

const include: Include[] = ['raw_score', 'variant', 'adjustments', 'state']
const overrides = { id: ['a'], tier: ['Lv1'], note: ['n'], expires_on: ['2026-10-31'] }
const scoring: ScoreOptions = { include, previous: scores, overrides, acceptStateOf: [card.hash], expiredOverrides: 'raise', rows: [0] }
const steady: ResultTable = card.scoreSync(columns, scoring)
card.scoreSync(columns, { rows: Uint32Array.of(0), previous: null, overrides: undefined })
const comparing: CompareOptions = { asOfBefore: '2026-09-30', asOfAfter: '2026-10-31', other: card, previousBefore: scores, overridesAfter: overrides, onError: 'null' }
const comparison: ResultTable = await card.compare(columns, columns, { ...comparing, signal: AbortSignal.timeout(5) })
card.compareSync(columns, [{ a: 1 }], comparing)
const asking: NextTierOptions = { costs: { seats: 60 }, asOf: '2026-10-31', previous: scores }
const steps: ResultTable = await card.nextTier(columns, asking)
card.nextTierSync(columns, asking)
const worth: WhatIfOptions = { value: 'mrr' }
const counted: ResultTable = await card.whatIf(card, columns, worth)
card.whatIfSync(card, columns, worth)
const moved: ResultTable = await card.changes(scores, scores.toRows(), { columns: { id: 'key' } })
card.changesSync(scores, scores, { select: ['change'] })
const told: ResultTable = await card.drivers(columns, { asOf: '2026-10-31' })
card.driversSync(columns)
const fitted: Scorecard = await card.fit(columns, { signal: AbortSignal.timeout(5) })
const fittedNow: Scorecard = card.fitSync(columns)
const presets: string[] = [...Scorecard.presets(), ...Scorecard.templates(), Scorecard.presetAbout('dear')]
const preset: Scorecard = [Scorecard.preset('dear'), Scorecard.template('aiueo')][0]!

const counting: FlowOptions = { value: 'mrr', account: 'id' }
const flow: TierFlow = card.tierFlow(scores, scores.toColumns(), counting)
const listed: TierFlow = tierFlow(scores, scores, { ...counting, tiers: ['Lv1', 'Lv2'] })
const whole: TierFlow = tierFlow(scores, scores, { card, valueBefore: 'mrr', valueAfter: 'mrr' }).merge(listed)
const projecting: ProjectOptions = { interval: 0.9, entering: true, start: 'opening' }
const tables: ResultTable[] = [flow.matrix(), flow.summary(), flow.project(12, projecting), flow.steady()]
const kept: TierFlow = TierFlow.fromJSON(flow.toJSON())
const table: string = TierFlow.fromJSON(JSON.stringify(kept)).html()

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
const known: OneOptions = { previous: one, override: { points: 90, note: 'n' }, include: ['state'] }
const again: One = card.scoreOne({ a: 1 }, known)
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
// @ts-expect-error one day for each side
card.compareSync(columns, columns, { asOf: '2026-10-31' })
// @ts-expect-error the other card is a card
card.whatIfSync({}, columns)
// @ts-expect-error no such column on request
card.scoreSync(columns, { include: ['rawScore'] })
// @ts-expect-error rows are numbers
card.scoreSync(columns, { rows: ['a'] })
// @ts-expect-error one override for one account
card.scoreOne([1], { overrides: [] })
// @ts-expect-error a card, or tiers
tierFlow(scores, scores, { card, tiers: ['Lv1'] })
// @ts-expect-error tiers must be known
tierFlow(scores, scores, { value: 'mrr' })
// @ts-expect-error a flow is counted, not made
new TierFlow()
