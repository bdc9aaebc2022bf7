import customerSuccess from './index.js'

export const { Scorecard, ResultTable, chart } = customerSuccess
