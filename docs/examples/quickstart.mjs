import { Scorecard } from "customer-success";

const card = Scorecard.fromYaml(`
schema_version: 1
scorecard: quickstart
account: account
dimensions:
  - {id: usage, weight: 60, items: [{id: logins, curve: {points: [[0, 0], [20, 100]]}}]}
  - {id: support, weight: 40, items: [{id: tickets, curve: {linear: {from: [0, 100], to: [16, 0]}}}]}
tiers: [{id: at_risk, from: 0}, {id: healthy, from: 60}]
`);
const scores = card.scoreSync({ account: ["Acme", "Birch", "Cedar"], logins: [5, 18, 14], tickets: [8, 0, null] });
for (const { account, score, tier } of scores.toRows()) {
  console.log(account, score.toFixed(1), tier);
}
