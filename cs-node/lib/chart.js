'use strict'
// Charts: Vega-Lite documents that the core draws.

const native = require('../native.js')
const { describe } = require('./columns.js')
const { isTable } = require('./arrow.js')
const { prepare } = require('./data.js')
const { ResultTable } = require('./result.js')
const { Scorecard } = require('./scorecard.js')

/** All columns of a result, or of what a caller made of one, as one batch. */
function batchOf(data) {
  if (data instanceof ResultTable) return { rows: data.length, columns: ResultTable.describe(data, describe) }
  if (isTable(data)) {
    return { rows: data.numRows, columns: data.schema.fields.map(({ name }, place) => describe(name, [...data.getChildAt(place)])) }
  }
  const names = Array.isArray(data) ? new Set(data.flatMap((row) => Object.keys(row ?? {}))) : Object.keys(data ?? {})
  return prepare(data, [...names]).batches[0]
}

function draw(name, card, data, options) {
  return JSON.parse(native.chart(name, Scorecard.native(card), batchOf(data), options?.language))
}

const drawRevenue = (name) => (data, options) => JSON.parse(native.revenueChart(name, batchOf(data), options?.language))

const chart = {
  scoreDistribution: (card, scores, options) => draw('scoreDistribution', card, scores, options),
  tierShares: (card, scores, options) => draw('tierShares', card, scores, options),
  contributions: (card, explanation, options) => draw('contributions', card, explanation, options),
  changeWaterfall: (card, comparison, options) => draw('changeWaterfall', card, comparison, options),
  flowMatrix: (card, matrix, options) => draw('flowMatrix', card, matrix, options),
  flowBars: (card, matrix, options) => draw('flowBars', card, matrix, options),
  projection: (card, projection, options) => draw('projection', card, projection, options),
  levelDrivers: (card, drivers, options) => draw('levelDrivers', card, drivers, options),
  bridgeWaterfall: drawRevenue('bridge_waterfall'),
  mrrMovements: drawRevenue('mrr_movements'),
  mrrStack: drawRevenue('mrr_stack'),
  cohortHeatMap: drawRevenue('cohort_heat_map'),
  retentionLines: drawRevenue('retention_lines'),
  renewalCalendar: drawRevenue('renewal_calendar'),
}

module.exports = { chart }
