/** A document as a plain value: what `JSON.parse` returns. */
export type JsonObject = { [key: string]: unknown }

/** The stable code of an error or finding, such as `'unknown_field'`; see the errors page of the docs. */
export type Code = string

/** What went wrong in general: `code` says it exactly. */
export type Kind =
  | 'invalid_document'
  | 'invalid_data'
  | 'out_of_range'
  | 'not_enough_data'
  | 'not_converged'
  | 'unsupported'
  | 'internal'

/** Where an issue stands and what would put it right; every field is optional. */
export interface Context {
  /** Path in the document, such as `dimensions[0].items[2].weight`. */
  path?: string
  /** Item of the scorecard. */
  item?: string
  /** Column, under its name in the data. */
  column?: string
  /** The first offending rows, counted from 0; at most 5. */
  rows?: number[]
  /** How many rows offend in all. */
  rowCount?: number
  /** What was found, written as text. */
  value?: string
  /** What was expected. */
  expected?: string
  /** What to do about it. */
  help?: string
}

/** One finding in a document or in data. */
export interface Issue extends Context {
  /** `'error'`: it cannot be used; `'warning'`: it probably does not say what its author means. */
  level: 'error' | 'warning'
  /** The stable code. */
  code: Code
  /** The finding as one sentence. */
  message: string
}

/**
 * What every function here throws, and every promise is rejected with: an `Error` with these fields.
 *
 * @example
 * try {
 *   Scorecard.fromJson({ schema_version: 1, scorecard: 'x', dimensons: [] })
 * } catch (error) {
 *   const { code, issues } = error as CustomerSuccessError
 *   console.log(code, issues.length) // unknown_field 2: `dimensons` is unknown, `dimensions` is missing
 * }
 */
export interface CustomerSuccessError extends Error {
  /** The code of the first issue; `'internal_error'` for a defect of this package. */
  code: Code
  /** The kind of the code. */
  kind: Kind
  /** The context of the first issue. */
  context: Context
  /** All issues, errors first. */
  issues: Issue[]
}

/** A typed array whose elements are numbers; NaN is missing. 64-bit integers beyond 2⁵³ are read as the nearest float. */
export type TypedColumn =
  | Float64Array
  | Float32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigUint64Array

/**
 * One value. `null`, `undefined` and NaN are missing; a `Date` is a moment, and the day on which it falls
 * is taken in UTC unless `zone` is given; a text such as `'2026-10-31'` is a day where the card reads one.
 */
export type Value = number | bigint | boolean | string | Date | null | undefined

/**
 * A column: a typed array, or an array of values of one kind (never numbers and bigints mixed). An array of
 * whole numbers is a column of whole numbers, which maps and conditions may list; a `Float64Array` is one of floats.
 */
export type ColumnData = TypedColumn | readonly Value[]

/** A table of apache-arrow (version 15 or later), known by its shape: this package does not depend on it. */
export interface ArrowTable {
  readonly schema: { readonly fields: readonly { readonly name: string }[] }
  readonly batches: readonly { readonly numRows: number }[]
  getChild(name: never): unknown
  getChildAt(index: number): unknown
}

/**
 * Data: columns by name (the quickest), row objects, an Arrow table, or a result of this package. Columns that the
 * card does not read are ignored; only fields of the objects' own count, not inherited ones.
 */
export type Data = { readonly [column: string]: ColumnData } | readonly object[] | ArrowTable | ResultTable

/** Result columns on request: `'state'` stands for the six `state_…` columns. */
export type Include = 'raw_score' | 'variant' | 'adjustments' | 'state'

/** Options that everything which scores accounts has; the core gives the defaults. */
export interface BaseOptions {
  /** The day of the score, such as `'2026-10-31'`, from which ages are counted; needed when the card asks for ages. */
  asOf?: string
  /** The zone whose calendar decides on which day a moment falls, such as `'Asia/Tokyo'` or `'+09:00'`; by default the column's own. */
  zone?: string
  /** What happens to rows whose data is in error: `'raise'` (default) fails, `'null'` gives them no score and the status `invalid`. */
  onError?: 'raise' | 'null'
  /** Where the data names a column otherwise than the card: card's name → data's name. */
  columns?: { readonly [cardName: string]: string }
  /** The result columns wanted, in order; by default all but those on request. */
  select?: readonly string[]
  /**
   * Result columns wanted beside those that are there by default: `raw_score` (before adjustments and overrides),
   * `variant` (null for the card itself), `adjustments` (the ids of those that counted, joined by commas), and the state
   * that the next call takes as `previous`.
   */
  include?: readonly Include[]
  /** Hashes of other cards whose states in `previous` may be taken over; those of any other card are an error. */
  acceptStateOf?: readonly string[]
  /** What happens to overrides that have run out: `'ignore'` (default) leaves them out, `'raise'` fails. */
  expiredOverrides?: 'ignore' | 'raise'
  /** Threads to use, 0 for all cores; 1 by default. The result is the same for any number. */
  threads?: number
}

/** Options of scoring a book of accounts. */
export interface ScoreOptions extends BaseOptions {
  /**
   * An earlier result with its `state_…` columns (see `include`), matched by account: tiers then hold as the card's
   * `hysteresis` says. Accounts that are not in it are new.
   */
  previous?: Data | null | undefined
  /**
   * Scores and tiers that are set by hand, matched by account: `points` or `tier`, `note` (required), and if known `author`
   * and `expires_on`, the last day on which it holds.
   */
  overrides?: Data | null | undefined
  /** Score only these rows, counted from 0, in this order: with the same bits as in a full run. */
  rows?: readonly number[] | Uint32Array | Int32Array
}

/** What a function that returns a promise takes beside its other options. */
export interface Abortable {
  /** Rejects the promise with an `AbortError` (`code` `'ABORT_ERR'`) when it aborts; no part of the result is kept. What is no signal is a `TypeError`. */
  signal?: AbortSignal
}

/** Options of scoring by a promise. */
export interface AsyncScoreOptions extends ScoreOptions, Abortable {}

/** Options of scoring one account. */
export interface OneOptions extends BaseOptions {
  /** The score of the account before, with its `state_…` fields (see `include`); the card must name an account column. */
  previous?: Row | null | undefined
  /** What was decided for the account by hand: `points` or `tier`, `note`, and if known `author` and `expires_on`. */
  override?: Row | null | undefined
}

/** Options of comparing; `asOf` is told by side. */
export interface CompareOptions extends Omit<BaseOptions, 'asOf' | 'include'> {
  /** The day for which `before` stands. */
  asOfBefore?: string
  /** The day for which `after` stands. */
  asOfAfter?: string
  /** The card that scores `after`; by default the same. */
  other?: Scorecard | null | undefined
  /** What was before `before`, as `previous` of `score`. */
  previousBefore?: Data | null | undefined
  /** What was before `after`. */
  previousAfter?: Data | null | undefined
  /** What was set by hand in `before`, as `overrides` of `score`. */
  overridesBefore?: Data | null | undefined
  /** What was set by hand in `after`. */
  overridesAfter?: Data | null | undefined
}

/** Options of asking for the next tier. */
export interface NextTierOptions extends Omit<ScoreOptions, 'include'> {
  /** What one unit of an item's raw value costs, by item id; the items are ranked by it. */
  costs?: { readonly [item: string]: number }
}

/** Options of scoring a book under another card. */
export interface WhatIfOptions extends Omit<ScoreOptions, 'include'> {
  /** The column with what each account is worth, such as its recurring revenue. */
  value?: string
}

/** Options of fitting a card. */
export type FitOptions = Omit<ScoreOptions, 'previous' | 'overrides' | 'include'>

/** Options of the changes between two results. */
export type ChangesOptions = Pick<BaseOptions, 'columns' | 'select'>

/** Options of counting a flow; columns are looked for in both results. */
export interface FlowOptions {
  /** The account column; by default the card's. */
  account?: string
  /** The column with what each account is worth, such as its recurring revenue. */
  value?: string
  /** The same where it has another name in `before`. */
  valueBefore?: string
  /** The same where it has another name in `after`. */
  valueAfter?: string
}

/** Options of projecting a flow. */
export interface ProjectOptions {
  /** How probable it is that a count lies from `low` to `high`; 0.9 by default. */
  interval?: number
  /** Whether in each period as many accounts enter as were observed; none do by default. */
  entering?: boolean
  /** The book of period 0: `'closing'` (default), the latest, or `'opening'`. */
  start?: 'closing' | 'opening'
}

/**
 * The score of one account: beside these fields one number per top dimension, under its id, and those that `include`
 * asks for. With `select` it has only the fields selected, in their order; the account, which the caller knows, is never
 * among them.
 */
export interface One {
  /** The score on the card's scale; null where there is none, as the status then says. */
  score: number | null
  /** The id of the tier; null without a score or without tiers. */
  tier: string | null
  /** `scored`, `grace`, `frozen`, `insufficient_data` or `invalid`. */
  status: string
  /** Share of the weight that has a usable value, 0 to 1; null when nothing applies. */
  coverage: number | null
  /** A top dimension on the card's scale; with `onError: 'null'` also `error_code` and `error_item`. */
  [dimension: string]: number | string | null
}

/** One account: its values by name, as in a row; only fields of its own count, not inherited ones. */
export type Row = { readonly [column: string]: unknown }

/** One account: its values in the order of `Scorecard.columns`. In a `Float64Array` NaN is missing. */
export type Positional = Float64Array | readonly Value[]

/** Scores one account at a time; made by `Scorecard.scorer`, it keeps its working memory from call to call. */
export interface Scorer {
  /**
   * Scores one account whose values stand in the order of `Scorecard.columns`: the quickest way.
   *
   * @throws `wrong_number_of_values`, and what `Scorecard.scoreSync` throws about types and values.
   * @example
   * card.columns // ['active', 'bought', 'logins']
   * card.scorer().score([12, 20, 0]).score // 48: 0.6 · 80 + 0.4 · 0, see `Scorecard`
   */
  score(values: Positional): One
  /**
   * Scores one account given as an object; the account's own name need not be in it.
   *
   * @throws `unknown_column` when a column is not there at all (say null or undefined for what is missing).
   * @example
   * card.scorer().scoreObject({ active: 12, bought: 20, logins: 0 }).tier // 'Lv2'
   */
  scoreObject(row: Row): One
}

/**
 * A result: named columns of one length. It is read lazily; numbers are handed over without a copy.
 *
 * Every result can be given where data is taken, such as the scores of last month as `previous`. What the columns are
 * is said at the functions that return it.
 */
export class ResultTable {
  private constructor()
  /** The number of rows. */
  readonly length: number
  /** The names of the columns, in order. */
  readonly columnNames: string[]
  /** The content hash of the card that made the result. */
  readonly cardHash: string
  /**
   * A column as an array; null where there is no value. The account column holds the caller's own values.
   *
   * @throws `unknown_column`.
   * @example
   * scores.column('tier') // ['Lv2', 'Lv1', null]
   */
  column(name: string): any[]
  /**
   * A column of numbers without a copy: NaN stands where `valid` is 0; `valid` is null when all are numbers.
   * Do not write into `values`: the table reads the same memory.
   *
   * @throws `unknown_column`; `wrong_column_type` for texts and for the account.
   * @example
   * scores.numbers('score') // { values: Float64Array [48, NaN], valid: Uint8Array [1, 0] }
   */
  numbers(name: string): { values: Float64Array; valid: Uint8Array | null }
  /** The rows as objects. */
  toRows(): { [column: string]: any }[]
  /** The columns as arrays. */
  toColumns(): { [column: string]: any[] }
  /** The columns as arrays that JSON can hold: `JSON.stringify(scores)` works; bigints become texts. */
  toJSON(): { [column: string]: any[] }
}

/**
 * A checked scorecard: how the columns of an account become a score and a tier.
 *
 * @example
 * // Two items of weights 60 and 40: 12 of 20 seats are 0.6, which gives 80 points; no log-in gives 0.
 * const card = Scorecard.fromYaml(`
 * schema_version: 1
 * scorecard: demo
 * dimensions:
 *   - id: use
 *     items:
 *       - {id: seats, source: {ratio: [active, bought]}, weight: 60, curve: {points: [[0, 0], [0.3, 40], [0.75, 100]]}}
 *       - {id: logins, weight: 40, curve: {bands: [{from: 0, points: 0}, {from: 5, points: 100}]}}
 * tiers: [{id: Lv1, from: 0}, {id: Lv2, from: 40}]
 * `)
 * const scores = await card.score({ active: [12], bought: [20], logins: [0] })
 * scores.toRows() // [{ score: 48, tier: 'Lv2', status: 'scored', coverage: 1, use: 48 }]
 */
export class Scorecard {
  private constructor()
  /**
   * Reads a card from JSON text (or its bytes), or from a plain object.
   *
   * @throws `document_syntax`, `document_too_large` (above 4 MiB), `document_too_deep` (above 64 levels),
   * `document_too_complex`; or all that is wrong with the card at once, in `issues`.
   * @example
   * Scorecard.fromJson(await readFile('card.json', 'utf8')).hash
   */
  static fromJson(document: string | Uint8Array | object): Scorecard
  /**
   * Reads a card from YAML text, or its bytes.
   *
   * @throws As `fromJson`.
   */
  static fromYaml(text: string | Uint8Array): Scorecard
  /**
   * Reads a card from TOML text, or its bytes.
   *
   * @throws As `fromJson`.
   */
  static fromToml(text: string | Uint8Array): Scorecard
  /**
   * A card that comes with the package, ready to score; start from it and change what is yours.
   *
   * @throws `unknown_choice`, with the nearest name.
   * @example
   * Scorecard.preset('dear').toJson().dimensions
   */
  static preset(name: string): Scorecard
  /**
   * An empty card of a shape that teams use, to be filled in.
   *
   * @throws `unknown_choice`, with the nearest name.
   * @example
   * Scorecard.template('aiueo').toJson().dimensions
   */
  static template(name: string): Scorecard
  /** The names that `preset` takes. */
  static presets(): string[]
  /** The names that `template` takes. */
  static templates(): string[]
  /**
   * What a preset or a template is, in a sentence.
   *
   * @throws `unknown_choice`, with the nearest name.
   */
  static presetAbout(name: string): string
  /**
   * Everything that is wrong or doubtful in a card, errors first; empty when it is fine.
   *
   * @example
   * Scorecard.check({ schema_version: 1, scorecard: 'x', dimensons: [] }).map((issue) => [issue.code, issue.path])
   * // [['unknown_field', 'dimensons'], ['missing_field', 'dimensions']]
   */
  static check(document: unknown): Issue[]
  /** As `check`, from JSON text: a syntax error is an issue too. */
  static checkJson(text: string | Uint8Array): Issue[]
  /** As `check`, from YAML text. */
  static checkYaml(text: string | Uint8Array): Issue[]
  /** As `check`, from TOML text. */
  static checkToml(text: string | Uint8Array): Issue[]
  /** The JSON Schema (draft 2020-12) of scorecards. */
  static schema(): JsonObject

  /** The content hash, 64 hexadecimal digits: the JSON, YAML and TOML of one card hash alike. */
  readonly hash: string
  /** The card's id. */
  readonly id: string
  /** What is doubtful in the card. */
  readonly warnings: Issue[]
  /** The column that names the account; null when the card names none. */
  readonly account: string | null
  /** The columns that the card reads, without the account, in the order of positional scoring. */
  readonly columns: string[]
  /** The columns that scores have by default. */
  readonly outputColumns: string[]
  /** The document with all defaults filled in; reading it back gives the same hash. */
  toJson(): JsonObject
  /** The same, for `JSON.stringify(card)`. */
  toJSON(): JsonObject

  /**
   * Scores every row off the event loop, on a copy of the columns that the card reads.
   *
   * The columns: the account under its own name, `score`, `tier` (if the card has tiers), `status`, `coverage`, one per
   * top dimension; then those that `include` asks for, and with `onError: 'null'` also `error_code` and `error_item`.
   *
   * @returns A promise; it is rejected with what `scoreSync` throws, or with an `AbortError`.
   * @example
   * const scores = await card.score(rows, { asOf: '2026-10-31', include: ['state'], signal: AbortSignal.timeout(1000) })
   * const next = await card.score(later, { asOf: '2026-11-30', include: ['state'], previous: scores }) // tiers that hold
   */
  score(data: Data, options?: AsyncScoreOptions): Promise<ResultTable>
  /**
   * Scores every row at once; typed arrays and Arrow buffers are read where they are.
   *
   * @throws `unknown_column`, `duplicate_column`, `wrong_column_type`, `mixed_types`, `unequal_lengths`,
   * `malformed_column` (such as a detached buffer), `as_of_required`, `null_account`, `duplicate_account`; and unless `onError` is `'null'`, `infinite_value`,
   * `zero_denominator`, `date_after_as_of`, `unknown_category`, `invalid_flag`, `invalid_date`,
   * `date_out_of_range`, `value_outside_scale`: each with `context.column` and the first `context.rows`. About `previous`:
   * `state_of_other_card`, `state_after_as_of`, `invalid_state`; about `overrides`: `override_without_note`,
   * `invalid_override`, `override_expired`, `duplicate_account`. `quantile_not_fitted` before `fit`.
   * @example
   * card.scoreSync({ active: Float64Array.of(12), bought: Int32Array.of(20), logins: [0] }).column('score') // [48]
   */
  scoreSync(data: Data, options?: ScoreOptions): ResultTable
  /**
   * Explains every score off the event loop: one row per account and item, in the order of the card, and one for whatever
   * else made the score, such as an adjustment.
   *
   * The columns: the account, `dimension`, `item`, `line` (`item`, `baseline`, `limit`, `rounding`, `adjustment`,
   * `override`, `frozen`), `value`, `state`, `points`, `weight`, `effective_weight`, `contribution`; an account's
   * contributions sum to its score.
   *
   * @returns A promise; it is rejected with what `scoreSync` throws, or with an `AbortError`.
   * @example
   * const lines = await card.explain({ active: [12], bought: [20], logins: [0] })
   * lines.column('contribution') // [48, 0]: 0.6 · 80 and 0.4 · 0
   */
  explain(data: Data, options?: AsyncScoreOptions): Promise<ResultTable>
  /**
   * Explains every score at once.
   *
   * @throws As `scoreSync`.
   */
  explainSync(data: Data, options?: ScoreOptions): ResultTable
  /**
   * Says why scores changed, off the event loop: one row per account and cause that moved it. Accounts must be in both
   * tables.
   *
   * The columns: the account, `cause` (`item_value`, `item_state`, `card`, `adjustment`, `override`, `rounding`, `frozen`,
   * `status`), `item`, `before`, `after`, `contribution`; an account's contributions sum to the change of its score.
   *
   * @returns A promise; it is rejected with what `scoreSync` throws, or with an `AbortError`.
   * @example
   * // 20 instead of 12 of 20 seats: from 48 to 0.6 · 100 + 0.4 · 0 = 60.
   * const before = { id: ['a'], active: [12], bought: [20], logins: [0] }
   * const lines = await card.compare(before, { ...before, active: [20] })
   * lines.toRows() // [{ id: 'a', cause: 'item_value', item: 'seats', before: '0.6', after: '1', contribution: 12 }]
   */
  compare(before: Data, after: Data, options?: CompareOptions & Abortable): Promise<ResultTable>
  /**
   * Says why scores changed, at once.
   *
   * @throws As `scoreSync`.
   */
  compareSync(before: Data, after: Data, options?: CompareOptions): ResultTable
  /**
   * Says, off the event loop, which value each item would need for the account to be in the next tier if all else stayed.
   * Accounts in the top tier, or without a tier, have no rows.
   *
   * The columns: the account, `tier`, `next_tier`, `item`, `rank` (1 is the cheapest; null if it cannot), `value`, `needed`
   * (as texts), `needed_value`, `points`, `needed_points`, `cost`, `reason` (why it cannot).
   *
   * @returns A promise; it is rejected with what `scoreSync` throws, or with an `AbortError`.
   * @example
   * const steps = await card.nextTier(book, { costs: { seats: 60, logins: 2 } })
   */
  nextTier(data: Data, options?: NextTierOptions & Abortable): Promise<ResultTable>
  /**
   * Says which value each item would need, at once.
   *
   * @throws As `scoreSync`.
   */
  nextTierSync(data: Data, options?: NextTierOptions): ResultTable
  /**
   * Scores a book under this card and another, off the event loop, and counts who goes from which tier to which.
   *
   * The columns: `from`, `to`, `accounts`, `value_before`, `value_after`, as of `TierFlow.matrix`.
   *
   * @returns A promise; it is rejected with what `scoreSync` throws, or with an `AbortError`.
   * @example
   * const document = card.toJson()
   * document.tiers[1].from = 50
   * const moves = await card.whatIf(Scorecard.fromJson(document), book, { value: 'mrr' })
   */
  whatIf(other: Scorecard, data: Data, options?: WhatIfOptions & Abortable): Promise<ResultTable>
  /**
   * Scores a book under this card and another, at once.
   *
   * @throws As `scoreSync`.
   */
  whatIfSync(other: Scorecard, data: Data, options?: WhatIfOptions): ResultTable
  /**
   * The accounts that changed between two results of `score`, off the event loop.
   *
   * The columns: the account, `change` (the gravest of `entered` or `left`, `status`, `tier`, `score`), `score_before`,
   * `score_after`, `tier_before`, `tier_after`, `status_before`, `status_after`.
   *
   * @returns A promise; it is rejected with what `changesSync` throws, or with an `AbortError`.
   * @example
   * const moved = await card.changes(await card.score(september), await card.score(october))
   */
  changes(before: Data, after: Data, options?: ChangesOptions & Abortable): Promise<ResultTable>
  /**
   * The accounts that changed between two results of `score`, at once.
   *
   * @throws `missing_field` when the card names no account; `unknown_column`, `wrong_column_type`, `null_account`,
   * `duplicate_account`.
   */
  changesSync(before: Data, after: Data, options?: ChangesOptions): ResultTable
  /**
   * Says what tells the accounts of one tier from those of the next, off the event loop: one row per tier and item.
   *
   * The columns: `tier`, `next_tier`, `item`, `rank`, `accounts`, `next_accounts`, `median`, `next_median` (of points),
   * `share_below` (of the tier's accounts, below the median of the next), `effect_size` (Cliff's delta).
   *
   * @returns A promise; it is rejected with what `scoreSync` throws, or with an `AbortError`.
   */
  drivers(data: Data, options?: Omit<ScoreOptions, 'include'> & Abortable): Promise<ResultTable>
  /**
   * Says what tells the accounts of one tier from those of the next, at once.
   *
   * @throws As `scoreSync`.
   */
  driversSync(data: Data, options?: Omit<ScoreOptions, 'include'>): ResultTable
  /**
   * A new card whose `quantile` curves are fitted to a book, off the event loop.
   *
   * @returns A promise; it is rejected with what `fitSync` throws, or with an `AbortError`.
   * @example
   * const fitted = await card.fit(book)
   * await writeFile('fitted.json', JSON.stringify(fitted))
   */
  fit(data: Data, options?: FitOptions & Abortable): Promise<Scorecard>
  /**
   * A new card whose `quantile` curves are fitted to a book, at once.
   *
   * @throws As `scoreSync`, and `too_few_values`.
   */
  fitSync(data: Data, options?: FitOptions): Scorecard
  /**
   * Counts how accounts moved between the card's tiers, from one result of `score` to the next. Where `value` is asked
   * for, both need that column too: add it to the rows, or to the columns, of the results.
   *
   * @throws As `tierFlow`.
   * @example
   * const flow = card.tierFlow(await card.score(september), await card.score(october))
   * flow.summary().column('promotion_rate')
   */
  tierFlow(before: Data, after: Data, options?: FlowOptions): TierFlow
  /**
   * Prepares to score one account at a time, for the quickest answer to a single request.
   *
   * @throws `as_of_required`, and what is wrong with the options.
   */
  scorer(options?: BaseOptions): Scorer
  /**
   * Scores one account, given by name or by position; with the same numbers as `scoreSync`. Where the score before it is
   * given, its tier holds as the card's `hysteresis` says.
   *
   * @throws As `Scorer.score` and `Scorer.scoreObject`; about `previous` and `override` as `scoreSync`.
   * @example
   * card.scoreOne({ active: 12, bought: 20, logins: 0 }) // { score: 48, tier: 'Lv2', status: 'scored', coverage: 1, use: 48 }
   */
  scoreOne(account: Row | Positional, options?: OneOptions): One
}

/**
 * How a book of accounts moved between tiers: counts, and sums of value, by the tier before and the tier after.
 *
 * @example
 * const flow = card.tierFlow(opening, closing, { value: 'mrr' })
 * const ahead = flow.project(4, { entering: true })
 */
export class TierFlow {
  private constructor()
  /**
   * Reads a flow from what `toJSON` returned, or from its text.
   *
   * @throws `document_syntax`, or all that is wrong with the fields at once.
   */
  static fromJSON(document: string | object): TierFlow
  /**
   * Where the accounts went, one row for each way: `from` (the tiers, `none`, `entered`), `to` (the tiers, `none`, `left`),
   * `accounts`, `value_before`, `value_after`. `none` is in the book, without a tier. The rows of a tier sum to its opening.
   */
  matrix(): ResultTable
  /**
   * What became of each tier: `tier`, `opening`, `stayed`, `promoted`, `demoted`, `untiered`, `left`, `entered`, `closing`,
   * `promotion_rate`, `demotion_rate`, `churn_rate`, `stay_rate` (over the opening), `expected_dwell` (periods),
   * `value_opening`, `value_closing`, `value_left`, `value_per_promotion`.
   */
  summary(): ResultTable
  /**
   * The book in each of the next periods if accounts go on moving as they did: `period` (from 0), `tier` (the tiers, `left`),
   * `accounts` (expected), `low`, `high`.
   *
   * @throws `empty_tier` when accounts reach a tier from which none was seen to move or stay; `number_out_of_range`.
   * @example
   * flow.project(12, { interval: 0.9, entering: false }).toRows()
   */
  project(periods: number, options?: ProjectOptions): ResultTable
  /**
   * What the flow comes to in the end, by `tier`: `expected_periods_to_churn` and `steady_accounts`, each with a `…_reason`
   * where it is null.
   */
  steady(): ResultTable
  /**
   * The flow of this part of a book and another. Split a book by account, never by date.
   *
   * @throws `unknown_tier` when the tiers differ, `missing_field` when only one has values.
   */
  merge(other: TierFlow): TierFlow
  /** The matrix as an HTML table. */
  html(): string
  /** The flow as a plain value, for `JSON.stringify(flow)`; `fromJSON` reads it. */
  toJSON(): JsonObject
}

/** The tiers of a flow: those of a card, or the ids listed from worst to best. */
export type FlowTiers = { card: Scorecard; tiers?: never } | { tiers: readonly string[]; card?: never }

/**
 * Counts how accounts moved between tiers from one result to the next, matched by the account column: the card's, or
 * that which `account` names.
 *
 * @throws `duplicate_account`, `null_account`, `unknown_tier` and `infinite_value` with the rows; `unknown_column`,
 * `wrong_column_type`, with the path `before` or `after`; `missing_field` when no account is named.
 * @example
 * const before = { id: ['a', 'b'], tier: ['low', 'high'] }
 * const after = { id: ['a'], tier: ['high'] }
 * const flow = tierFlow(before, after, { tiers: ['low', 'high'], account: 'id' })
 * flow.summary().column('promoted') // [1, 0]
 * flow.summary().column('left') // [0, 1]
 */
export function tierFlow(before: Data, after: Data, options: FlowOptions & FlowTiers): TierFlow

/** Options of charts. */
export interface ChartOptions {
  /** The language of labels, such as `'ja'`. */
  language?: string
}

/** Charts of results as Vega-Lite v6 documents, ready for vega-embed; the core draws them, so they are the same in every language. */
export const chart: {
  /**
   * The distribution of scores, coloured by tier.
   *
   * @throws `unknown_column`, `wrong_column_type` when the columns are not those of scores.
   */
  scoreDistribution(card: Scorecard, scores: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * The share of accounts in each tier.
   *
   * @throws As `scoreDistribution`.
   */
  tierShares(card: Scorecard, scores: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * What each item contributes to the score of one account: pass the explanation of that account alone.
   *
   * @throws As `scoreDistribution`.
   */
  contributions(card: Scorecard, explanation: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * Why the score of one account moved: a bar per cause, the largest first, from zero to the whole change.
   * Pass the comparison of that account alone: `cause`, `item`, `contribution`, `before`, `after`.
   *
   * @throws As `scoreDistribution`; `infinite_value`.
   * @example
   * chart.changeWaterfall(card, [
   *   { cause: 'item_value', item: 'logins', contribution: 5, before: '3', after: '7' },
   *   { cause: 'item_value', item: 'seats', contribution: -15, before: '9', after: '4' },
   * ]).data.values.map((bar) => bar.end) // [-15, -10, -10]: seats, log-ins, in all
   */
  changeWaterfall(card: Scorecard, comparison: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * Who moved from which tier to which: a heat map of a flow's matrix (`from`, `to`, `accounts`), with counts.
   * Who stayed is on the diagonal, promotions are right of it, demotions left.
   *
   * @throws As `changeWaterfall`.
   * @example
   * chart.flowMatrix(card, { from: ['Lv1', 'Lv1'], to: ['Lv1', 'Lv2'], accounts: [6, 2] }).data.values[1]
   * // { from: 'Lv1', to: 'Lv2', accounts: 2, share: 0.25, move: 'promoted' }
   */
  flowMatrix(card: Scorecard, matrix: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * The same moves as ribbons between the tiers before and after, the best on top.
   *
   * @throws As `changeWaterfall`.
   */
  flowBars(card: Scorecard, matrix: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * How many accounts each tier will have: a line per tier over the periods, with its interval as a band, from
   * the projection of a flow (`period`, `tier`, `accounts`, `low`, `high`).
   *
   * @throws As `changeWaterfall`.
   */
  projection(card: Scorecard, projection: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * Which items set each tier apart from the next: a panel per tier, a bar per item, the strongest first, from
   * drivers (`tier`, `next_tier`, `item`, `effect_size`, `share_below`).
   *
   * @throws As `changeWaterfall`.
   */
  levelDrivers(card: Scorecard, drivers: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * Where the MRR went: bars from the opening through the movements to the closing, of rows of a bridge in one currency.
   *
   * @throws `unknown_column`, `mixed_currencies`, `invalid_amount`.
   */
  bridgeWaterfall(bridge: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * What was won and lost in each period of a bridge: gains stacked above zero, losses below.
   *
   * @throws `unknown_column`, `invalid_amount`.
   */
  mrrMovements(bridge: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * The MRR of each period, stacked by the column that the table was broken down by.
   *
   * @throws As `mrrMovements`.
   */
  mrrStack(mrr: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * How much of each cohort was there at each age; cells that are not known yet stay empty.
   *
   * @throws As `mrrMovements`.
   */
  cohortHeatMap(cohorts: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * Net and gross revenue retention and logo retention as lines over the ends of their windows.
   *
   * @throws As `mrrMovements`.
   */
  retentionLines(retention: ResultTable | Data, options?: ChartOptions): JsonObject
  /**
   * What comes up for renewal, month by month, by how far it lies ahead.
   *
   * @throws As `mrrMovements`.
   */
  renewalCalendar(calendar: ResultTable | Data, options?: ChartOptions): JsonObject
}

/** A date: a `Date`, whose UTC day counts, or a text such as `'2026-10-31'`. */
export type Day = string | Date

/** An exact amount in major units, as text; a BigInt is a whole amount. Numbers are refused: they are not exact. */
export type Amount = string | bigint

/** A policy: checked, as a document, or by the name of a preset. */
export type PolicyLike = RevenuePolicy | JsonObject | string

/**
 * How recurring revenue is counted: a checked document with a content hash. No two public systems agree on MRR, churn and
 * retention; each difference is a switch here, and every result carries the hash of its policy (`ResultTable.cardHash`).
 *
 * @example
 * const policy = RevenuePolicy.fromYaml('schema_version: 1\npolicy: thirty_days\nnormalise: {day: "30"}')
 * monthlyAmount('10', 'day', { currency: 'USD', policy }) // '300.00'
 */
export class RevenuePolicy {
  private constructor()
  /**
   * Reads a policy from JSON text or a value.
   *
   * @throws `document_syntax`, or all that is wrong with the fields at once.
   */
  static fromJson(document: string | Uint8Array | object): RevenuePolicy
  /**
   * Reads a policy from YAML 1.2 text.
   *
   * @throws As `fromJson`.
   */
  static fromYaml(text: string | Uint8Array): RevenuePolicy
  /**
   * Reads a policy from TOML text.
   *
   * @throws As `fromJson`.
   */
  static fromToml(text: string | Uint8Array): RevenuePolicy
  /**
   * A policy that comes with the package: `'default'`, or one that counts as a public system does.
   *
   * @throws `unknown_choice`.
   */
  static preset(name: string): RevenuePolicy
  /** The names that `preset` takes. */
  static presets(): string[]
  /**
   * What a preset reproduces, and by which public page.
   *
   * @throws `unknown_choice`.
   */
  static presetAbout(name: string): string
  /** Everything that is wrong or doubtful in a policy given as a value; never throws for its content. */
  static check(document: unknown): Issue[]
  /** The same for JSON text. */
  static checkJson(text: string | Uint8Array): Issue[]
  /** The same for YAML text. */
  static checkYaml(text: string | Uint8Array): Issue[]
  /** The same for TOML text. */
  static checkToml(text: string | Uint8Array): Issue[]
  /** The JSON Schema of policies. */
  static schema(): JsonObject
  /** The content hash: 64 hexadecimal digits that change when the meaning of the policy does. */
  readonly hash: string
  /** The id of the policy. */
  readonly id: string
  /** What is probably not meant as it is written. */
  readonly warnings: Issue[]
  /** The policy with all defaults filled in. */
  toJson(): JsonObject
  /** The same, for `JSON.stringify`. */
  toJSON(): JsonObject
}

/** How a book is read: the same for all shapes; what is left out is the core's to decide. */
export interface RevenueOptions {
  /** How the book is counted; by default the preset `default`. */
  policy?: PolicyLike
  /** Exchange rates: `currency`, `date`, `rate` (units of the policy's reporting currency for 1). */
  rates?: Data
  /** Merged accounts: `from`, `to`, `date`. */
  merges?: Data
  /** Contracts, for renewals beside a book. */
  contracts?: Data
  /** Probabilities of renewal: the column that `probabilityBy` names, and `probability`. */
  probabilities?: Data
  /** The day from which on nothing is known. Open subscriptions and movements need it. */
  horizon?: Day
  /** The day on which it is known: what has a later `recorded_at` is left out. Renewals need it. */
  asOf?: Day
  /** The zone whose calendar decides the day of a moment. */
  zone?: string
  /** Our names of columns → yours. */
  columns?: Record<string, string>
  /** Decimals that amounts in floats are rounded to; without it floats are refused. */
  floatScale?: number
  /** Whether whole numbers and BigInts are minor units, such as cents (the default), or major ones. */
  integers?: 'minor' | 'major'
  /** The day from which on the data is complete; by default its first. */
  historyStart?: Day
}

/** A kind of period. */
export type PeriodKind =
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'fiscal_month'
  | 'fiscal_quarter'
  | 'fiscal_year'

/** Which periods a table has. */
export interface PeriodOptions {
  /** By default `'month'`. */
  period?: PeriodKind
  /** The first day; by default that of the data. */
  from?: Day
  /** The day after the last; by default the horizon. */
  to?: Day
  /** Columns to break down by. */
  by?: readonly string[]
}

/** Options of `Revenue.mrr`. */
export interface MrrOptions extends PeriodOptions {
  /** Days, instead of periods. */
  at?: readonly Day[]
}

/** Options of `Revenue.retention`. */
export interface RetentionOptions extends PeriodOptions {
  /** Months, 12 by default; `'whole'` for one row from `from` to `to`. */
  window?: number | 'whole'
}

/** Options of `Revenue.phase`. */
export interface PhaseOptions extends PeriodOptions {
  /** How many of the last periods count, 12 by default. */
  window?: number
  /** Of the intervals, 0.9 by default. */
  confidence?: number
}

/** Options of `Revenue.cohorts`. */
export interface CohortOptions extends PeriodOptions {
  /** By default `'logos'`. */
  measure?: 'logos' | 'revenue'
  /** `'bounded'` (the default): active in just that period; `'unbounded'`: in that or a later one; `'rolling'`: the same, with `censoring`. */
  kind?: 'bounded' | 'unbounded' | 'rolling'
  /** For rolling cohorts; by default `'mask'`. */
  censoring?: 'mask' | 'product_limit'
  /** `'closing'` (the default): live at the end of the period; `'any'`: on some day of it. */
  active?: 'closing' | 'any'
  /** `'first_paid'` (the default), or a column of dates. */
  cohortBy?: string
  /** The highest age. */
  ages?: number
  /** By default `'triangle'`. */
  table?: 'triangle' | 'means'
}

/** Options of `Revenue.renewalCalendar`. */
export interface RenewalCalendarOptions {
  /** How far ahead, in steps; 180, 90, 60 and 30 by default. */
  leadDays?: readonly number[]
}

/** Options of `Revenue.forecast`. */
export interface ForecastOptions extends PeriodOptions {
  /** The one probability of renewal, as text, where no other is given. */
  probability?: string
  /** The column of the contracts whose value has a probability in `probabilities`. */
  probabilityBy?: string
  /** Of the interval, 0.9 by default. */
  confidence?: number
  /** By default `'auto'`: exact where that is feasible. */
  method?: 'auto' | 'exact' | 'normal'
}

/** A cell of another table, whose accounts are asked for. */
export type Cell = Record<string, string | number | null>

/**
 * A book of customers, and how it is counted. Each question has two forms: a promise, computed off the event loop on a copy of the
 * data, and `…Sync`, at once. Money comes out as exact decimal texts, days as ISO texts, counts as numbers.
 *
 * Columns are those of the core, in snake_case; `columns` maps them to yours. Amounts go in as decimal texts in major units, or as
 * whole numbers or BigInts in minor units.
 *
 * @example
 * const revenue = Revenue.fromSubscriptions(
 *   [{ account: 'a', start: '2024-01-10', end: '2024-04-01', amount: '100', interval: 'month', currency: 'USD' }],
 *   { policy: { schema_version: 1, policy: 'all', history_complete: true } },
 * )
 * const bridge = await revenue.bridge()
 * bridge.column('new') // ['100.00', '0.00', '0.00']
 */
export class Revenue {
  private constructor()
  /**
   * A book of subscription periods: `account`, `start`, `end` (null while open), `amount` per interval, `interval` (`'day'`,
   * `'week'`, `'month'`, `'quarter'`, `'year'`); where there also `interval_count`, `quantity`, `currency`, `subscription`, `product`,
   * `parent`, `discount_amount`, `discount_percent`, `discount_until`, `kind`, `status`, `requested_at`, `reason`, `recorded_at`.
   *
   * @throws What is wrong with the policy; what is wrong with the data is thrown by the methods.
   */
  static fromSubscriptions(data: Data, options?: RevenueOptions): Revenue
  /**
   * A book of invoice lines: `account`, `service_start`, `service_end` (the day after the last), `amount`; where there also `tax`,
   * `kind`, `currency`, `subscription`, `product`, `parent`, `reason`, `recorded_at`.
   *
   * @throws As `fromSubscriptions`.
   */
  static fromInvoices(data: Data, options?: RevenueOptions): Revenue
  /**
   * A book of account-months: `account`, `month` (any day of it, or a text such as `'2024-01'`), `mrr`. A missing month is zero.
   *
   * @throws As `fromSubscriptions`.
   */
  static fromSnapshots(data: Data, options?: RevenueOptions): Revenue
  /**
   * A book of movements: `account`, `date`, `delta` (signed).
   *
   * @throws As `fromSubscriptions`.
   */
  static fromMovements(data: Data, options?: RevenueOptions): Revenue
  /**
   * A log of activity, for `cohorts` alone: `account`, `date`.
   *
   * @throws As `fromSubscriptions`.
   */
  static fromActivity(data: Data, options?: RevenueOptions): Revenue
  /**
   * Contracts, for renewals alone: `account`, `contract`, `due`, `amount`; where there also `currency`, `closed_at`, `outcome`
   * (`'renewed'`, `'lost'`, null while open), `renewed_amount`, `notice_days`, `auto_renew`, `cancel_requested_at`, `probability`,
   * `recorded_at`.
   *
   * @throws As `fromSubscriptions`.
   */
  static fromContracts(data: Data, options?: RevenueOptions): Revenue
  /** How the book is counted. */
  readonly policy: RevenuePolicy
  /**
   * MRR and paying accounts in each period, at the instant that the policy's `boundary` names: `period`, `from`, `to` (or `date`), `currency`,
   * the columns of `by`, `mrr`, `accounts`.
   *
   * @returns A promise; it is rejected with what `mrrSync` throws, or with an `AbortError`.
   */
  mrr(options?: MrrOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  mrrSync(options?: MrrOptions): ResultTable
  /**
   * From opening to closing: `opening` + `new` + `reactivation` + `expansion` + `contraction` + `churn` + `transfer` + `fx` =
   * `closing`, exactly; losses are negative. Beside them the counts `…_accounts`. The first period of the data has no movements,
   * unless the policy says `history_complete`.
   *
   * @returns A promise; it is rejected with what `bridgeSync` throws, or with an `AbortError`.
   */
  bridge(options?: PeriodOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  bridgeSync(options?: PeriodOptions): ResultTable
  /**
   * Churn and contraction by reason: `reason`, `churn`, `churn_accounts`, `contraction`, `contraction_accounts`.
   *
   * @returns A promise; it is rejected with what `reasonsSync` throws, or with an `AbortError`.
   */
  reasons(options?: PeriodOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  reasonsSync(options?: PeriodOptions): ResultTable
  /**
   * The figures of each period: `mrr`, `arr`, `accounts`, `arpa`, `net_new_mrr`, `growth`, `quick_ratio`, `gross_mrr_churn`,
   * `net_mrr_churn`, `logo_churn`, `recurring_share`, with `…_reason` where one is undefined.
   *
   * @returns A promise; it is rejected with what `metricsSync` throws, or with an `AbortError`.
   */
  metrics(options?: PeriodOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  metricsSync(options?: PeriodOptions): ResultTable
  /**
   * Net and gross revenue retention and logo retention over a window that ends with each period, each with `…_numerator`,
   * `…_denominator` and `…_reason`; and `warnings`.
   *
   * @returns A promise; it is rejected with what `retentionSync` throws, or with an `AbortError`.
   */
  retention(options?: RetentionOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  retentionSync(options?: RetentionOptions): ResultTable
  /**
   * The phase of the business (`growth`, `mature`, `decline`) with its evidence, one row per currency.
   *
   * @returns A promise; it is rejected with what `phaseSync` throws, or with an `AbortError`.
   */
  phase(options?: PhaseOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  phaseSync(options?: PhaseOptions): ResultTable
  /**
   * Who is still there, or what is still paid, by the period of the first payment and by age: `cohort`, `from`, `age`, `size`,
   * `retained`, `retention`, `retention_reason`; cells beyond the horizon are null with the reason `immature`.
   *
   * @returns A promise; it is rejected with what `cohortsSync` throws, or with an `AbortError`.
   */
  cohorts(options?: CohortOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  cohortsSync(options?: CohortOptions): ResultTable
  /**
   * What became of the contracts that were due in each period, and the renewal rates.
   *
   * @returns A promise; it is rejected with what `renewalsSync` throws, or with an `AbortError`.
   */
  renewals(options?: PeriodOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  renewalsSync(options?: PeriodOptions): ResultTable
  /**
   * The open contracts that will be due, in the order of their days.
   *
   * @returns A promise; it is rejected with what `renewalCalendarSync` throws, or with an `AbortError`.
   */
  renewalCalendar(options?: RenewalCalendarOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  renewalCalendarSync(options?: RenewalCalendarOptions): ResultTable
  /**
   * What the contracts that are due will bring: `won`, `committed`, `open`, `lost`, `expected`, `low`, `high`, and the same by count.
   *
   * @returns A promise; it is rejected with what `forecastSync` throws, or with an `AbortError`.
   */
  forecast(options?: ForecastOptions & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws What is wrong with the options, or with the data: code, column and rows.
   */
  forecastSync(options?: ForecastOptions): ResultTable
  /**
   * The accounts behind a cell of the table `of` (`'bridge'`, `'retention'`, `'cohorts'`), made with the same options.
   *
   * @returns A promise; it is rejected with what `accountsSync` throws, or with an `AbortError`.
   * @example
   * await revenue.accounts('bridge', { period: '2024-04', label: 'churn' })
   */
  accounts(of: 'bridge' | 'retention' | 'cohorts', cell?: Cell, options?: PeriodOptions & JsonObject & Abortable): Promise<ResultTable>
  /**
   * The same at once.
   *
   * @throws As `bridgeSync`.
   */
  accountsSync(of: 'bridge' | 'retention' | 'cohorts', cell?: Cell, options?: PeriodOptions & JsonObject): ResultTable
}

/** The shapes of a book that a `Partial` takes. */
export type Book = 'subscriptions' | 'invoices' | 'snapshots' | 'movements' | 'activity'

/** Options of a `Partial`: those of reading and of the operation. */
export type PartialOptions = Omit<RevenueOptions, 'rates' | 'merges' | 'contracts' | 'probabilities'> &
  RetentionOptions &
  CohortOptions

/**
 * Sums of a part of a book, which merge in any order to what one pass over everything gives, to the last bit: for streams larger
 * than memory. `from`, `to`, `horizon` are needed, and `historyStart` unless the policy says `history_complete`.
 *
 * @example
 * const part = new Partial('bridge', 'snapshots', { policy, from: '2024-01-01', to: '2024-03-01', horizon: '2024-03-01', historyStart: '2024-01-01' })
 * part.update({ account: ['a', 'b'], month: ['2024-01', '2024-01'], mrr: ['7', '7'] })
 * part.finish().column('churn') // ['0', '-14'], where the policy's currency is the yen
 */
export class Partial {
  /**
   * A partial of nothing yet.
   *
   * @throws `missing_field`, and what is wrong with the options.
   */
  constructor(operation: 'bridge' | 'retention' | 'cohorts', book: Book, options: PartialOptions)
  /**
   * Reads a partial from what `toJSON` returned, or from its text.
   *
   * @throws `document_syntax`, or all that is wrong with the fields.
   */
  static fromJSON(document: string | object, book: Book): Partial
  /**
   * Adds the rows of whole accounts, in any order; no account may come again in another update.
   *
   * @throws As `Revenue.bridgeSync`; the partial stays as it was.
   */
  update(data: Data, options?: { rates?: Data; merges?: Data }): void
  /**
   * Adds the next rows of a stream that is grouped by account: the last account may go on in the next data.
   *
   * @throws As `update`.
   */
  updateSorted(data: Data, options?: { rates?: Data; merges?: Data }): void
  /**
   * The sums of this part and another; the two stay as they are.
   *
   * @throws `partial_mismatch`.
   */
  merge(other: Partial): Partial
  /** The table; it may be asked for again after more updates. */
  finish(): ResultTable
  /** The partial as a plain value, for `JSON.stringify(partial)`; `fromJSON` reads it. */
  toJSON(): JsonObject
}

/**
 * A synthetic book of customers, and the truth that made it; the same seed gives the same book everywhere.
 *
 * @example
 * const book = new Simulation({ accounts: 100, seed: 7 })
 * book.table('subscriptions').column('account')
 */
export class Simulation {
  /**
   * Reads the document of a simulation; what is left out has its default.
   *
   * @throws All that is wrong with the fields at once.
   */
  constructor(document?: JsonObject)
  /** The names of the tables. */
  static tables(): string[]
  /** How many accounts the book has. */
  readonly accounts: number
  /** The content hash of the document. */
  readonly hash: string
  /** The document with all defaults filled in. */
  toJson(): JsonObject
  /** The same, for `JSON.stringify`. */
  toJSON(): JsonObject
  /**
   * A table of the book, of the accounts numbered `from` to before `to`, by default of all.
   *
   * @throws `unknown_choice` when there is no such table; `number_out_of_range`.
   */
  table(name: string, options?: { from?: number; to?: number }): ResultTable
  /**
   * The same in parts of so many accounts, 10,000 by default.
   *
   * @throws As `table`.
   */
  stream(name: string, options?: { accounts?: number }): Generator<ResultTable>
}

/**
 * How many decimals a currency has, by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD.
 *
 * @throws `unknown_currency`.
 */
export function currencyExponent(currency: string, options?: { currencies?: Record<string, number> }): number
/**
 * An amount rounded to the decimals of its currency, at ties by default to the even digit.
 *
 * @throws `invalid_amount`, `unknown_currency`, `amount_too_large`.
 * @example
 * roundMoney('2.345', 'USD') // '2.34'
 * roundMoney('2.345', 'USD', { mode: 'half_up' }) // '2.35'
 */
export function roundMoney(
  amount: Amount,
  currency: string,
  options?: { mode?: 'half_even' | 'half_up'; scale?: number },
): string
/**
 * Parts of an amount in proportion to weights, which sum to the amount exactly, by the method of the largest remainder.
 *
 * @throws `invalid_amount`, `unknown_currency`, `amount_too_precise`, `negative_weight`, `all_weights_zero`.
 * @example
 * splitMoney('100', ['1', '1', '1'], 'JPY') // ['34', '33', '33']
 */
export function splitMoney(
  amount: Amount,
  weights: readonly Amount[],
  currency: string,
  options?: { scale?: number },
): string[]
/**
 * What an amount per interval is a month.
 *
 * @throws `unknown_interval`, `invalid_amount`, `unknown_currency`.
 * @example
 * monthlyAmount('300', 'month', { intervalCount: 3, currency: 'USD' }) // '100.00'
 * monthlyAmount('5499', 'year', { currency: 'USD' }) // '458.25'
 */
export function monthlyAmount(
  amount: Amount,
  interval: 'day' | 'week' | 'month' | 'quarter' | 'year',
  options?: { intervalCount?: number; quantity?: Amount; currency?: string; policy?: PolicyLike },
): string
/**
 * The day so many months after a date: the same day, or the month's last.
 *
 * @throws `invalid_date`, `date_out_of_range`.
 * @example
 * addMonths('2024-01-31', 1) // '2024-02-29'
 */
export function addMonths(date: Day, months: number): string
/** A period: its label, its first day, and the day after its last. */
export interface Period {
  period: string
  from: string
  to: string
}
/**
 * The periods that hold the days from one date to before another. A fiscal calendar is spelled as in a policy.
 *
 * @throws `invalid_period`, `unknown_choice`, and what is wrong with the calendar.
 * @example
 * periods('fiscal_year', '2024-04-01', '2025-04-01', { calendar: { start_month: 4 } })
 * // [{ period: 'FY2024', from: '2024-04-01', to: '2025-04-01' }]
 */
export function periods(period: PeriodKind, from: Day, to: Day, options?: { calendar?: JsonObject }): Period[]
/**
 * The period that holds a day.
 *
 * @throws As `periods`.
 */
export function periodOf(date: Day, period: PeriodKind, options?: { calendar?: JsonObject }): Period
/**
 * The monthly churn that a renewal rate over a term comes to: 1 − R^(1/term).
 *
 * @throws `number_out_of_range`.
 */
export function monthlyChurn(renewalRate: number, termMonths: number): number
/**
 * The annual churn that a monthly one comes to: 1 − (1 − c)^12.
 *
 * @throws `number_out_of_range`.
 */
export function annualChurn(monthlyChurn: number): number
