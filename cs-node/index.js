'use strict'

const { Scorecard } = require('./lib/scorecard.js')
const { ResultTable } = require('./lib/result.js')
const { chart } = require('./lib/chart.js')

module.exports = { Scorecard, ResultTable, chart }
