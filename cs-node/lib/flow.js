'use strict'
// Flows between tiers: counts that the core keeps, and the tables that it makes of them.

const native = require('../native.js')
const { prepare } = require('./data.js')
const { ResultTable } = require('./result.js')

class TierFlow {
  #flow

  /** Use `Scorecard.tierFlow`, `tierFlow` or `TierFlow.fromJSON`. */
  constructor(flow) {
    if (!(flow instanceof native.Flow)) {
      throw new TypeError('use card.tierFlow(before, after), tierFlow(before, after, options) or TierFlow.fromJSON(value)')
    }
    this.#flow = flow
  }

  static fromJSON(document) {
    return new TierFlow(native.Flow.fromJson(document))
  }

  matrix() {
    return new ResultTable(this.#flow.matrix())
  }

  summary() {
    return new ResultTable(this.#flow.summary())
  }

  project(periods, options) {
    return new ResultTable(this.#flow.project(periods, options))
  }

  steady() {
    return new ResultTable(this.#flow.steady())
  }

  merge(other) {
    if (!(other instanceof TierFlow)) throw new TypeError('expected a TierFlow')
    return new TierFlow(this.#flow.merge(other.#flow))
  }

  html() {
    return this.#flow.html()
  }

  toJSON() {
    return JSON.parse(this.#flow.json)
  }

  /** The flow between two results by the tiers of a native card, or by those listed. */
  static count(before, after, options, { card, tiers }) {
    const [inBefore, inAfter] = native.Flow.wantedColumns(options, card)
    const results = [prepare(before, inBefore).batches, prepare(after, inAfter).batches]
    return new TierFlow(card === undefined ? native.Flow.fromResults(tiers, ...results, options) : card.tierFlow(...results, options))
  }
}

module.exports = { TierFlow }
