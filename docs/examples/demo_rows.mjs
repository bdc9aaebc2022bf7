// Scores the rows that demo.py wrote and counts the book that it describes, and leaves the results where demo.py compares them.
//
//   node demo_rows.mjs CARD.yaml ROWS.json BOOK.json OUT
//
// ROWS.json is an object of columns. OUT.f64 gets the scores as little-endian doubles, NaN where there is none;
// OUT.json gets the tiers and the statuses.
// BOOK.json has a simulation and its horizon. OUT.revenue.json gets the bridge and the retention of that book: numbers by the
// 16 hexadecimal digits of their doubles, the rest as texts.
import { readFileSync, writeFileSync } from "node:fs";
import { Revenue, Scorecard, Simulation } from "customer-success";

const [cardFile, rowsFile, bookFile, out] = process.argv.slice(2);
const card = Scorecard.fromYaml(readFileSync(cardFile, "utf8"));
const scores = await card.score(JSON.parse(readFileSync(rowsFile, "utf8")));

const numbers = scores.numbers("score").values;
const bytes = new DataView(new ArrayBuffer(8 * numbers.length));
numbers.forEach((score, row) => bytes.setFloat64(8 * row, score, true));
writeFileSync(`${out}.f64`, new Uint8Array(bytes.buffer));
writeFileSync(`${out}.json`, JSON.stringify({ tier: scores.column("tier"), status: scores.column("status") }));

const { simulation, horizon } = JSON.parse(readFileSync(bookFile, "utf8"));
const book = new Simulation(simulation);
const revenue = Revenue.fromSubscriptions(book.table("subscriptions").toColumns(), { horizon });

function hex(number) {
  const double = new DataView(new ArrayBuffer(8));
  double.setFloat64(0, number);
  return double.getBigUint64(0).toString(16).padStart(16, "0");
}

function texts(table) {
  const cell = (value) => (typeof value === "number" ? hex(value) : value);
  return Object.fromEntries(table.columnNames.map((name) => [name, table.column(name).map(cell)]));
}

const hashes = { book: book.hash, policy: revenue.policy.hash };
const [bridge, retention] = [texts(await revenue.bridge()), texts(await revenue.retention())];
writeFileSync(`${out}.revenue.json`, JSON.stringify({ hashes, bridge, retention }));
