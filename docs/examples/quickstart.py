import customer_success as cs

card = cs.Scorecard.from_yaml("""
schema_version: 1
scorecard: quickstart
account: account
dimensions:
  - {id: usage, weight: 60, items: [{id: logins, curve: {points: [[0, 0], [20, 100]]}}]}
  - {id: support, weight: 40, items: [{id: tickets, curve: {linear: {from: [0, 100], to: [16, 0]}}}]}
tiers: [{id: at_risk, from: 0}, {id: healthy, from: 60}]
""")
scores = card.score({"account": ["Acme", "Birch", "Cedar"], "logins": [5.0, 18.0, 14.0], "tickets": [8.0, 0.0, None]})
for account, score, tier in zip(scores["account"], scores["score"], scores["tier"], strict=True):
    print(f"{account} {score:.1f} {tier}")
