import customerSuccess from './index.js'

export const {
  Scorecard,
  ResultTable,
  TierFlow,
  tierFlow,
  chart,
  RevenuePolicy,
  Revenue,
  Partial,
  Simulation,
  currencyExponent,
  roundMoney,
  splitMoney,
  monthlyAmount,
  addMonths,
  periods,
  periodOf,
  monthlyChurn,
  annualChurn,
} = customerSuccess
