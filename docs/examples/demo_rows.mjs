// Scores the rows that demo.py wrote, and leaves the results where demo.py compares them.
//
//   node demo_rows.mjs CARD.yaml ROWS.json OUT
//
// ROWS.json is an object of columns. OUT.f64 gets the scores as little-endian doubles, NaN where there is none;
// OUT.json gets the tiers and the statuses.
import { readFileSync, writeFileSync } from "node:fs";
import { Scorecard } from "customer-success";

const [cardFile, rowsFile, out] = process.argv.slice(2);
const card = Scorecard.fromYaml(readFileSync(cardFile, "utf8"));
const scores = await card.score(JSON.parse(readFileSync(rowsFile, "utf8")));

const numbers = scores.numbers("score").values;
const bytes = new DataView(new ArrayBuffer(8 * numbers.length));
numbers.forEach((score, row) => bytes.setFloat64(8 * row, score, true));
writeFileSync(`${out}.f64`, new Uint8Array(bytes.buffer));
writeFileSync(`${out}.json`, JSON.stringify({ tier: scores.column("tier"), status: scores.column("status") }));
