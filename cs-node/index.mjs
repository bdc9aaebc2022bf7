import customerSuccess from './index.js'

export const { Scorecard, ResultTable, TierFlow, tierFlow, chart } = customerSuccess
