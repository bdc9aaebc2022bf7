// The same typings through `require`.
import customerSuccess = require('customer-success')

const card: customerSuccess.Scorecard = customerSuccess.Scorecard.fromJson('{}')
const rows: object[] = card.scoreSync([]).toRows()
