'use strict'
// Cards that several tests share.

/** Two items of weights 60 and 40 in one dimension, and one in another; Lv2 starts at 40. */
const card = () => ({
  schema_version: 1,
  scorecard: 'demo',
  account: 'id',
  dimensions: [
    {
      id: 'use',
      weight: 3,
      items: [
        { id: 'seats', source: { ratio: ['active', 'bought'] }, weight: 60, curve: { points: [[0, 0], [0.3, 40], [0.75, 100]] } },
        { id: 'logins', weight: 40, curve: { bands: [{ from: 0, points: 0 }, { from: 5, points: 100 }] } },
      ],
    },
    { id: 'fit', weight: 1, items: [{ id: 'plan', curve: { map: { free: 20, pro: 70, default: 0 } } }] },
  ],
  tiers: [{ id: 'Lv1', from: 0 }, { id: 'Lv2', from: 40 }],
})

/** One item whose points are its value. */
const plain = (item = {}) => ({
  schema_version: 1,
  scorecard: 'plain',
  dimensions: [{ id: 'd', items: [{ id: 'x', curve: { points: [[0, 0], [100, 100]] }, ...item }] }],
})

module.exports = { card, plain }
