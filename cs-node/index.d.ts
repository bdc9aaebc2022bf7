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
 * Data: columns by name (the quickest), row objects, or an Arrow table. Columns that the card does not read are
 * ignored; only fields of the objects' own count, not inherited ones.
 */
export type Data = { readonly [column: string]: ColumnData } | readonly object[] | ArrowTable

/** Options of scoring; the core gives the defaults. */
export interface ScoreOptions {
  /** The day of the score, such as `'2026-10-31'`, from which ages are counted; needed when the card asks for ages. */
  asOf?: string
  /** The zone whose calendar decides on which day a moment falls, such as `'Asia/Tokyo'` or `'+09:00'`; by default the column's own. */
  zone?: string
  /** What happens to rows whose data is in error: `'raise'` (default) fails, `'null'` gives them no score and the status `invalid`. */
  onError?: 'raise' | 'null'
  /** Where the data names a column otherwise than the card: card's name → data's name. */
  columns?: { readonly [cardName: string]: string }
  /** The result columns wanted, in order; by default all. */
  select?: readonly string[]
  /** Threads to use, 0 for all cores; 1 by default. The result is the same for any number. */
  threads?: number
}

/** Options of the functions that return a promise. */
export interface AsyncScoreOptions extends ScoreOptions {
  /** Rejects the promise with an `AbortError` (`code` `'ABORT_ERR'`) when it aborts; no part of the result is kept. What is no signal is a `TypeError`. */
  signal?: AbortSignal
}

/**
 * The score of one account: beside these fields one number per top dimension, under its id. With `select` it has
 * only the fields selected, in their order; the account, which the caller knows, is never among them.
 */
export interface One {
  /** The score on the card's scale; null unless the status is `scored`. */
  score: number | null
  /** The id of the tier; null without a score or without tiers. */
  tier: string | null
  /** `scored`, `insufficient_data` or `invalid`. */
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
 * Scores: the account under its own name, `score`, `tier`, `status`, `coverage`, one per top dimension;
 * with `onError: 'null'` also `error_code` and `error_item`.
 * Explanations: one row per account and item with the account, `dimension`, `item`, `line`, `value`,
 * `state`, `points`, `weight`, `effective_weight`, `contribution`; an account's contributions sum to its score.
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
   * @returns A promise; it is rejected with what `scoreSync` throws, or with an `AbortError`.
   * @example
   * const scores = await card.score(rows, { asOf: '2026-10-31', signal: AbortSignal.timeout(1000) })
   */
  score(data: Data, options?: AsyncScoreOptions): Promise<ResultTable>
  /**
   * Scores every row at once; typed arrays and Arrow buffers are read where they are.
   *
   * @throws `unknown_column`, `duplicate_column`, `wrong_column_type`, `mixed_types`, `unequal_lengths`,
   * `malformed_column` (such as a detached buffer), `as_of_required`, `null_account`, `duplicate_account`; and unless `onError` is `'null'`, `infinite_value`,
   * `zero_denominator`, `date_after_as_of`, `unknown_category`, `invalid_flag`, `invalid_date`,
   * `date_out_of_range`, `value_outside_scale`: each with `context.column` and the first `context.rows`.
   * @example
   * card.scoreSync({ active: Float64Array.of(12), bought: Int32Array.of(20), logins: [0] }).column('score') // [48]
   */
  scoreSync(data: Data, options?: ScoreOptions): ResultTable
  /**
   * Explains every score off the event loop: one row per account and item, in the order of the card.
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
   * Prepares to score one account at a time, for the quickest answer to a single request.
   *
   * @throws `as_of_required`, and what is wrong with the options.
   */
  scorer(options?: ScoreOptions): Scorer
  /**
   * Scores one account, given by name or by position; with the same numbers as `scoreSync`.
   *
   * @throws As `Scorer.score` and `Scorer.scoreObject`.
   * @example
   * card.scoreOne({ active: 12, bought: 20, logins: 0 }) // { score: 48, tier: 'Lv2', status: 'scored', coverage: 1, use: 48 }
   */
  scoreOne(account: Row | Positional, options?: ScoreOptions): One
}

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
}
