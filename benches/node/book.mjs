// The book that every benchmark scores: the card and the numbers of `benches/src/lib.rs`.

export const ITEMS = 20
export const NAMES = Array.from({ length: ITEMS }, (_, item) => `x${item}`)
export const DIMENSION_WEIGHTS = [20, 30, 40, 10]
export const PER_DIMENSION = ITEMS / DIMENSION_WEIGHTS.length
export const TIERS = [['Lv1', 0], ['Lv2', 40], ['Lv3', 50], ['Lv4', 60]]
export const MIN_COVERAGE = 0.5

/** The four points of an item's curve. */
export function points(item) {
  const shift = item % 5
  return [[shift, 0], [20 + shift, 40], [60 + shift, 80], [90 + shift, 100]]
}

/** The weight of an item in its dimension. */
export const weight = (item) => 1 + (item % 4)

/** The card as a document. */
export function card() {
  const item = (i) => ({ id: NAMES[i], weight: weight(i), curve: { points: points(i) } })
  const items = (d) => Array.from({ length: PER_DIMENSION }, (_, i) => item(d * PER_DIMENSION + i))
  return {
    schema_version: 1,
    scorecard: 'bench',
    dimensions: DIMENSION_WEIGHTS.map((weight, d) => ({ id: `d${d}`, weight, items: items(d) })),
    tiers: TIERS.map(([id, from]) => ({ id, from })),
  }
}

const MASK = (1n << 64n) - 1n

/** Numbers from 0 to 100, of which `missing` in 20 are NaN: the mixing step of SplitMix64. */
export function column(item, rows, missing = 1) {
  const values = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    let z = (BigInt(row * ITEMS + item + 1) * 0x9e3779b97f4a7c15n) & MASK
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK
    z ^= z >> 31n
    values[row] = z % 20n < BigInt(missing) ? NaN : (Number(z >> 11n) / 2 ** 53) * 100
  }
  return values
}

/** All columns by name. */
export function columns(rows, missing = 1) {
  return Object.fromEntries(NAMES.map((name, item) => [name, column(item, rows, missing)]))
}
