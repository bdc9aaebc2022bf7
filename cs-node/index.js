'use strict'

const { Scorecard, tierFlow } = require('./lib/scorecard.js')
const { TierFlow } = require('./lib/flow.js')
const { ResultTable } = require('./lib/result.js')
const { chart } = require('./lib/chart.js')
const revenue = require('./lib/revenue.js')

module.exports = { Scorecard, ResultTable, TierFlow, tierFlow, chart, ...revenue }
