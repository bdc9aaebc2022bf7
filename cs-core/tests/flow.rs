//! Flow between tiers: laws on random books, brute force, simulation, and figures worked by hand.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use cs_core::error::Code;
use cs_core::health::{Flow, FlowOptions, ProjectOptions, Start};
use cs_core::table::{Column, Dictionary, Ints, ResultTable, Table, Text, Values};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

const TIERS: [&str; 3] = ["Lv1", "Lv2", "Lv3"];

fn tiers(count: usize) -> Vec<String> {
    TIERS[..count].iter().map(ToString::to_string).collect()
}

/// A flow of these counts: from each tier to each tier and `left`, and the accounts that entered.
fn flow(counts: &[Vec<u32>], entering: &[u32]) -> Flow {
    let tiers = tiers(counts.len());
    let mut moves = Vec::new();
    for (from, row) in tiers.iter().zip(counts) {
        for (to, accounts) in tiers.iter().map(String::as_str).chain(["left"]).zip(row) {
            moves.push(json!({"from": from, "to": to, "accounts": accounts}));
        }
    }
    for (to, accounts) in tiers.iter().zip(entering) {
        moves.push(json!({"from": "entered", "to": to, "accounts": accounts}));
    }
    let flow = json!({"schema_version": 1, "tiers": tiers, "moves": moves});
    Flow::from_json(&flow.to_string()).unwrap()
}

fn numbers<'a>(table: &'a ResultTable, name: &str) -> &'a [f64] {
    table.column(name).unwrap().numbers().unwrap()
}

fn json_of(table: &ResultTable) -> Json {
    table.to_json(|_, _| None)
}

/// One account of a random book: its tier and value before and after, where it is in the book.
type Reading = Option<(Option<usize>, Option<f64>)>;

#[derive(Debug, Clone)]
struct Book(Vec<(Reading, Reading)>);

/// A side of the book as columns.
#[derive(Debug, Default, Clone)]
struct Columns {
    accounts: Vec<i64>,
    tiers: Vec<i32>,
    values: Vec<f64>,
}

impl Columns {
    fn of(rows: impl Iterator<Item = (i64, (Option<usize>, Option<f64>))>) -> Self {
        let mut columns = Self::default();
        for (account, (tier, value)) in rows {
            columns.accounts.push(account);
            columns.tiers.push(tier.map_or(-1, |tier| tier as i32));
            columns.values.push(value.unwrap_or(f64::NAN));
        }
        columns
    }

    fn table(&self) -> Table<'_> {
        let words = Text::Strs(&TIERS);
        let tiers = Dictionary { keys: Ints::I32(&self.tiers), words, words_validity: None };
        Table::new([
            ("id", Column::from(&self.accounts[..])),
            ("tier", Column::all_valid(Values::Dictionary(tiers))),
            ("mrr", Column::from(&self.values[..])),
        ])
        .unwrap()
    }
}

impl Book {
    /// Both sides of some of the accounts; `after` stands in the opposite order.
    fn sides(&self, of: impl Fn(usize) -> bool) -> [Columns; 2] {
        let rows = || self.0.iter().enumerate().filter(|(i, _)| of(*i));
        let before = rows().filter_map(|(i, (before, _))| Some((i as i64, (*before)?)));
        let after = rows().rev().filter_map(|(i, (_, after))| Some((i as i64, (*after)?)));
        [Columns::of(before), Columns::of(after)]
    }

    fn flow_of(&self, of: impl Fn(usize) -> bool) -> Flow {
        let [before, after] = self.sides(of);
        let options = FlowOptions::new("id").value("mrr");
        Flow::from_results(&tiers(3), &[before.table()], &[after.table()], &options).unwrap()
    }

    fn flow(&self) -> Flow {
        self.flow_of(|_| true)
    }
}

fn book() -> impl Strategy<Value = Book> {
    let reading = || {
        let value = prop::option::weighted(0.8, (-1e6..1e6f64).prop_map(|x| (x * 100.0).round() / 100.0));
        prop::option::weighted(0.8, (prop::option::weighted(0.8, 0usize..3), value))
    };
    prop::collection::vec((reading(), reading()), 0..120).prop_map(Book)
}

/// Counts of 1 to 3 tiers in which every tier was observed, and the accounts that entered.
fn counts() -> impl Strategy<Value = (Vec<Vec<u32>>, Vec<u32>)> {
    (1usize..4).prop_flat_map(|tiers| {
        let row = prop::collection::vec(0u32..40, tiers + 1).prop_filter("observed", |row| row.iter().any(|c| *c > 0));
        (prop::collection::vec(row, tiers), prop::collection::vec(0u32..20, tiers))
    })
}

/// Counts in which accounts leave from every tier.
fn leaving() -> impl Strategy<Value = (Vec<Vec<u32>>, Vec<u32>)> {
    counts().prop_map(|(mut counts, entering)| {
        counts.iter_mut().for_each(|row| *row.last_mut().unwrap() += 1);
        (counts, entering)
    })
}

type Matrix = Vec<Vec<f64>>;

/// The shares of a chain, with `left` as its last place.
fn shares(counts: &[Vec<u32>]) -> Matrix {
    let share = |row: &Vec<u32>| {
        let sum: u32 = row.iter().sum();
        row.iter().map(|count| f64::from(*count) / f64::from(sum)).collect()
    };
    let mut shares: Matrix = counts.iter().map(share).collect();
    shares.push((0..=counts.len()).map(|i| if i == counts.len() { 1.0 } else { 0.0 }).collect());
    shares
}

fn times(a: &Matrix, b: &Matrix) -> Matrix {
    let cell = |row: &Vec<f64>, j: usize| row.iter().zip(b).map(|(x, other)| x * other[j]).sum();
    a.iter().map(|row| (0..b[0].len()).map(|j| cell(row, j)).collect()).collect()
}

/// P⁰ to Pⁿ.
fn powers(p: &Matrix, n: usize) -> Vec<Matrix> {
    let unit = (0..p.len()).map(|i| (0..p.len()).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let mut powers: Vec<Matrix> = vec![unit];
    (0..n).for_each(|k| powers.push(times(&powers[k], p)));
    powers
}

fn close(x: f64, y: f64, tolerance: f64) -> bool {
    (x - y).abs() <= tolerance * (1.0 + y.abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_matrix_counts_what_a_map_counts(book in book()) {
        let mut expected: BTreeMap<(String, String), (u64, f64, f64)> = BTreeMap::new();
        let name = |reading: &Reading, outside: &str| match reading {
            None => outside.to_owned(),
            Some((tier, _)) => tier.map_or("none", |tier| TIERS[tier]).to_owned(),
        };
        let value = |reading: &Reading| reading.and_then(|(_, value)| value).unwrap_or(0.0);
        for (before, after) in book.0.iter().filter(|(before, after)| before.is_some() || after.is_some()) {
            let cell = expected.entry((name(before, "entered"), name(after, "left"))).or_default();
            *cell = (cell.0 + 1, cell.1 + value(before), cell.2 + value(after));
        }
        let matrix = book.flow().matrix();
        prop_assert_eq!(matrix.rows(), 24);
        for row in 0..matrix.rows() {
            let text = |name: &str| matrix.column(name).unwrap().text(row).unwrap().to_owned();
            let (count, before, after) = expected.remove(&(text("from"), text("to"))).unwrap_or_default();
            prop_assert_eq!(numbers(&matrix, "accounts")[row], count as f64);
            prop_assert!(close(numbers(&matrix, "value_before")[row], before, 1e-7));
            prop_assert!(close(numbers(&matrix, "value_after")[row], after, 1e-7));
        }
        prop_assert!(expected.is_empty());
    }

    #[test]
    fn rows_sum_to_the_opening_book_and_columns_to_the_closing(book in book()) {
        let summary = book.flow().summary();
        for tier in 0..3 {
            let at = |name: &str| numbers(&summary, name)[tier];
            let count = |side: fn(&(Reading, Reading)) -> Reading| {
                book.0.iter().filter(|row| side(row).is_some_and(|(t, _)| t == Some(tier))).count() as f64
            };
            let opening: f64 = ["stayed", "promoted", "demoted", "untiered", "left"].map(at).iter().sum();
            prop_assert_eq!(at("opening"), opening);
            prop_assert_eq!(opening, count(|row| row.0));
            prop_assert_eq!(at("closing"), count(|row| row.1));
            prop_assert_eq!(at("stay_rate").is_nan(), opening == 0.0);
            prop_assert!(opening == 0.0 || close(at("stay_rate"), at("stayed") / opening, 1e-15));
            let dwell = 1.0 / (1.0 - at("stay_rate"));
            prop_assert!(at("expected_dwell").is_nan() || close(at("expected_dwell"), dwell, 1e-12));
        }
    }

    #[test]
    fn parts_merge_to_the_whole_in_any_order(book in book(), parts in 1usize..5, turn in 0usize..4) {
        let whole = book.flow();
        let mut flows: Vec<Flow> = (0..parts).map(|part| book.flow_of(|i| i % parts == part)).collect();
        flows.rotate_left(turn % parts);
        // Each part takes the way through JSON.
        let back = |flow: &Flow| Flow::from_json(&flow.to_json()).unwrap();
        prop_assert!(flows.iter().all(|flow| back(flow) == *flow));
        let first = flows.remove(0);
        let merged = flows.iter().fold(first, |all, part| all.merge(&back(part)).unwrap());
        let (whole, merged) = (whole.matrix(), merged.matrix());
        prop_assert_eq!(numbers(&whole, "accounts"), numbers(&merged, "accounts"));
        for name in ["value_before", "value_after"] {
            // Sums of hundredths, each rounded once: only the last digit may differ.
            let near = |(a, b): (&f64, &f64)| close(*a, *b, 1e-14);
            prop_assert!(numbers(&whole, name).iter().zip(numbers(&merged, name)).all(near));
        }
    }

    #[test]
    fn batches_do_not_matter(book in book(), cut in 0.0..1.0f64) {
        let [before, after] = book.sides(|_| true);
        let split = |columns: &Columns| {
            let at = (cut * columns.accounts.len() as f64) as usize;
            let part = |range: std::ops::Range<usize>| Columns {
                accounts: columns.accounts[range.clone()].to_vec(),
                tiers: columns.tiers[range.clone()].to_vec(),
                values: columns.values[range].to_vec(),
            };
            [part(0..at), part(at..at), part(at..columns.accounts.len())]
        };
        let (before, after) = (split(&before), split(&after));
        let (before, after) = (before.each_ref().map(Columns::table), after.each_ref().map(Columns::table));
        let options = FlowOptions::new("id").value("mrr");
        prop_assert_eq!(Flow::from_results(&tiers(3), &before, &after, &options).unwrap(), book.flow());
    }

    #[test]
    fn one_period_is_what_was_observed((counts, entering) in counts(), enter in any::<bool>()) {
        let options = ProjectOptions { entering: enter, start: Start::Opening, ..ProjectOptions::default() };
        let flow = flow(&counts, &entering);
        let book = flow.project(1, &options).unwrap();
        let size = counts.len() + 1;
        for to in 0..size {
            let moved: u32 = counts.iter().map(|row| row[to]).sum();
            let more = if enter { entering.get(to).copied().unwrap_or(0) } else { 0 };
            let row = size + to;
            prop_assert!(close(numbers(&book, "accounts")[row], f64::from(moved + more), 1e-13));
            prop_assert!(numbers(&book, "low")[row] <= numbers(&book, "accounts")[row]);
            prop_assert!(numbers(&book, "high")[row] >= numbers(&book, "accounts")[row]);
        }
        prop_assert_eq!(&numbers(&book, "low")[..size], &numbers(&book, "high")[..size], "the opening book is known");
    }

    #[test]
    fn projections_are_powers_and_intervals_the_sums_of_the_formula(
        (counts, entering) in leaving(), n in 1usize..7, enter in any::<bool>(), closing in any::<bool>(),
    ) {
        let start = if closing { Start::Closing } else { Start::Opening };
        let options = ProjectOptions { interval: 0.95, entering: enter, start };
        let book = flow(&counts, &entering).project(n, &options).unwrap();
        let (p, size) = (shares(&counts), counts.len() + 1);
        let powers = powers(&p, n);
        let opening: Vec<f64> = counts.iter().map(|row| row.iter().sum::<u32>().into()).collect();
        let arrived = |to: usize| f64::from(counts.iter().map(|row| row[to]).sum::<u32>() + entering[to]);
        let first = |tier: usize| if closing { arrived(tier) } else { opening[tier] };
        let first: Vec<f64> = (0..counts.len()).map(first).chain([0.0]).collect();
        let enters: Vec<f64> = entering.iter().map(|e| if enter { f64::from(*e) } else { 0.0 }).chain([0.0]).collect();
        // The part of the book after k periods that was there, and that entered.
        let there = |k: usize| times(&vec![first.clone()], &powers[k]).remove(0);
        let entered = |k: usize| -> Vec<f64> {
            (0..size).map(|j| (0..k).map(|s| times(&vec![enters.clone()], &powers[s])[0][j]).sum()).collect()
        };
        let all = |k: usize, j: usize| there(k)[j] + entered(k)[j];
        let process = |j: usize| -> f64 {
            let moved = |i: usize| first[i] * powers[n][i][j] * (1.0 - powers[n][i][j]);
            (0..counts.len()).map(moved).sum()
        };
        let slope = |a: usize, b: usize, j: usize| -> f64 {
            (0..n).map(|k| all(k, a) * powers[n - 1 - k][b][j]).sum()
        };
        let tier_estimation = |a: usize, j: usize| {
            let square: f64 = (0..size).map(|b| p[a][b] * slope(a, b, j).powi(2)).sum();
            let mean: f64 = (0..size).map(|b| p[a][b] * slope(a, b, j)).sum();
            (square - mean * mean).max(0.0) / opening[a]
        };
        for j in 0..size {
            let estimation: f64 = (0..counts.len()).map(|a| tier_estimation(a, j)).sum();
            let width = 1.959_963_984_540_054 * (process(j) + entered(n)[j] + estimation).sqrt();
            let row = n * size + j;
            prop_assert!(close(numbers(&book, "accounts")[row], all(n, j), 1e-12));
            let [x, low, high] = ["accounts", "low", "high"].map(|name| numbers(&book, name)[row]);
            // Squares: the sums above lose digits where they nearly cancel.
            prop_assert!(close((high - x).powi(2), width * width, 1e-8));
            prop_assert!(low == 0.0 || close(x - low, high - x, 1e-9));
            prop_assert!(low >= 0.0 && (low > 0.0 || high >= 2.0 * x * (1.0 - 1e-9)));
        }
    }

    #[test]
    fn periods_to_churn_are_the_sum_of_all_periods((counts, entering) in leaving()) {
        let steady = flow(&counts, &entering).steady();
        let p = shares(&counts);
        let left = counts.len();
        // Σ_n P(still there after n periods), until nothing is left to sum.
        let mut still = vec![vec![0.0; left + 1]; left];
        still.iter_mut().enumerate().for_each(|(i, row)| row[i] = 1.0);
        let mut sums = vec![vec![0.0; left]; left];
        for _ in 0..20_000 {
            for (sum, row) in sums.iter_mut().zip(&still) {
                sum.iter_mut().zip(row).for_each(|(sum, share)| *sum += share);
            }
            if still.iter().all(|row| row[..left].iter().sum::<f64>() < 1e-14) {
                break;
            }
            still = times(&still, &p);
        }
        for tier in 0..left {
            let periods: f64 = sums[tier].iter().sum();
            prop_assert!(close(numbers(&steady, "expected_periods_to_churn")[tier], periods, 1e-9));
            let accounts: f64 = entering.iter().zip(&sums).map(|(e, row)| f64::from(*e) * row[tier]).sum();
            prop_assert!(close(numbers(&steady, "steady_accounts")[tier], accounts, 1e-9));
        }
    }

    #[test]
    fn the_steady_book_stays((counts, entering) in leaving()) {
        // One more period, with those who enter, gives the same book.
        let steady = flow(&counts, &entering).steady();
        let book = vec![numbers(&steady, "steady_accounts").iter().copied().chain([0.0]).collect::<Vec<_>>()];
        let next = times(&book, &shares(&counts));
        for (tier, e) in entering.iter().enumerate() {
            prop_assert!(close(next[0][tier] + f64::from(*e), book[0][tier], 1e-10));
        }
    }

    #[test]
    fn where_nobody_moves_nothing_changes(sizes in prop::collection::vec(1u32..1_000_000, 3), n in 0usize..30) {
        let counts: Vec<Vec<u32>> =
            (0..3).map(|i| (0..4).map(|j| if i == j { sizes[i] } else { 0 }).collect()).collect();
        let flow = flow(&counts, &[0, 0, 0]);
        let book = flow.project(n, &ProjectOptions { entering: true, ..ProjectOptions::default() }).unwrap();
        let expected: Vec<f64> = sizes.iter().map(|x| f64::from(*x)).chain([0.0]).collect();
        let expected = expected.repeat(n + 1);
        for name in ["accounts", "low", "high"] {
            prop_assert_eq!(numbers(&book, name), &expected[..]);
        }
    }
}

/// A small generator of random numbers from 0 to 1 (a linear congruence, its high bits).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A place drawn with these shares.
    fn place(&mut self, shares: &[f64]) -> usize {
        let mut x = self.next();
        shares
            .iter()
            .position(|share| {
                x -= share;
                x < 0.0
            })
            .unwrap_or(shares.len() - 1)
    }

    /// A number from a Poisson distribution (Knuth's product of uniform numbers).
    fn poisson(&mut self, mean: f64) -> u32 {
        let (mut product, mut count) = (self.next(), 0);
        while product > (-mean).exp() {
            product *= self.next();
            count += 1;
        }
        count
    }
}

const TRUE_SHARES: [[f64; 4]; 4] =
    [[0.70, 0.15, 0.05, 0.10], [0.15, 0.65, 0.16, 0.04], [0.02, 0.10, 0.85, 0.03], [0.0, 0.0, 0.0, 1.0]];

/// Moves accounts for one period; the counts from each tier to each place.
fn step(random: &mut Random, book: &[u32; 4]) -> [[u32; 4]; 4] {
    let mut counts = [[0; 4]; 4];
    for (tier, accounts) in book.iter().enumerate() {
        (0..*accounts).for_each(|_| counts[tier][random.place(&TRUE_SHARES[tier])] += 1);
    }
    counts
}

fn arrive(counts: &[[u32; 4]; 4]) -> [u32; 4] {
    std::array::from_fn(|to| counts.iter().map(|row| row[to]).sum())
}

/// How often the interval of a projection from one observed period holds the book of a run of its own.
fn coverage(seed: u64, periods: usize, interval: f64) -> [f64; 4] {
    const RUNS: u32 = 3_000;
    const OPENING: [u32; 4] = [120, 150, 130, 0];
    let mut random = Random(seed);
    let mut held = [0u32; 4];
    for _ in 0..RUNS {
        let observed = step(&mut random, &OPENING);
        let counts: Vec<Vec<u32>> = observed[..3].iter().map(|row| row.to_vec()).collect();
        let options = ProjectOptions { interval, ..ProjectOptions::default() };
        let projected = flow(&counts, &[0; 3]).project(periods, &options).unwrap();
        let closing = {
            let mut book = arrive(&observed);
            book[3] = 0;
            book
        };
        let book = (0..periods).fold(closing, |book, _| arrive(&step(&mut random, &book)));
        for (tier, held) in held.iter_mut().enumerate() {
            let row = periods * 4 + tier;
            let range = numbers(&projected, "low")[row]..=numbers(&projected, "high")[row];
            *held += u32::from(range.contains(&f64::from(book[tier])));
        }
    }
    held.map(|held| f64::from(held) / f64::from(RUNS))
}

#[test]
fn intervals_hold_as_often_as_they_say() {
    // Three thousand runs have a standard error of 0.0055 at 0.9; counts are whole, shares estimated.
    for (seed, periods, interval, tolerance) in [(1, 1, 0.9, 0.025), (2, 4, 0.9, 0.025), (3, 3, 0.5, 0.04)] {
        for covered in coverage(seed, periods, interval) {
            assert!((covered - interval).abs() < tolerance, "{interval} over {periods} periods holds in {covered}");
        }
    }
}

#[test]
fn accounts_that_enter_vary_as_the_formula_says() {
    // No accounts at first and known shares: only those who enter by chance vary.
    let (mut random, rate, periods, runs) = (Random(7), [9.0, 5.0, 2.0], 3, 6_000);
    let (mut sums, mut squares) = ([0.0; 4], [0.0; 4]);
    for _ in 0..runs {
        let mut book = [0u32; 4];
        for _ in 0..periods {
            book = arrive(&step(&mut random, &book));
            book.iter_mut().zip(rate).for_each(|(accounts, rate)| *accounts += random.poisson(rate));
        }
        for tier in 0..4 {
            sums[tier] += f64::from(book[tier]);
            squares[tier] += f64::from(book[tier]).powi(2);
        }
    }
    let p: Matrix = TRUE_SHARES.iter().map(|row| row.to_vec()).collect();
    let powers = powers(&p, periods);
    let rate = vec![rate.into_iter().chain([0.0]).collect::<Vec<f64>>()];
    for tier in 0..4 {
        let expected: f64 = (0..periods).map(|s| times(&rate, &powers[s])[0][tier]).sum();
        let mean = sums[tier] / f64::from(runs);
        let variance = squares[tier] / f64::from(runs) - mean * mean;
        assert!((mean / expected - 1.0).abs() < 0.02, "{mean} for {expected}");
        assert!((variance / expected - 1.0).abs() < 0.06, "variance {variance} for {expected}");
    }
}

/// Ten accounts before: 6 in Lv1, 3 in Lv2, 1 without a tier. Two enter, two leave.
fn worked() -> Flow {
    let before = [
        ("a", Some(0), 10.0),
        ("b", Some(0), 20.0),
        ("c", Some(0), 30.0),
        ("d", Some(0), 40.0),
        ("e", Some(0), f64::NAN),
        ("f", Some(0), 60.0),
        ("g", Some(1), 100.0),
        ("h", Some(1), 200.0),
        ("i", Some(1), 300.0),
        ("j", None, 5.0),
    ];
    let after = [
        ("a", Some(0), 11.0),
        ("b", Some(1), 26.0),
        ("c", Some(1), 34.0),
        ("d", None, 40.0),
        ("e", Some(1), 50.0),
        ("g", Some(1), 110.0),
        ("h", Some(0), 150.0),
        ("j", Some(0), 6.0),
        ("k", Some(0), 7.0),
        ("l", Some(1), 8.0),
    ];
    let sides = [&before, &after].map(|rows| {
        let accounts: Vec<&str> = rows.iter().map(|row| row.0).collect();
        let keys: Vec<i32> = rows.iter().map(|row| row.1.unwrap_or(-1)).collect();
        let values: Vec<f64> = rows.iter().map(|row| row.2).collect();
        (accounts, keys, values)
    });
    let tables = sides.each_ref().map(|(accounts, keys, values)| {
        let tiers = Dictionary { keys: Ints::I32(keys), words: Text::Strs(&TIERS), words_validity: None };
        Table::new([
            ("id", Column::from(&accounts[..])),
            ("tier", Column::all_valid(Values::Dictionary(tiers))),
            ("mrr", Column::from(&values[..])),
        ])
        .unwrap()
    });
    let [before, after] = tables;
    Flow::from_results(&tiers(2), &[before], &[after], &FlowOptions::new("id").value("mrr")).unwrap()
}

#[test]
fn worked_by_hand() {
    let flow = worked().with_card_hash("abc");
    assert_eq!((flow.card_hash(), flow.tiers()), ("abc", &tiers(2)[..]));
    assert_eq!(
        json_of(&flow.matrix()),
        json!({
            "from": ["Lv1", "Lv1", "Lv1", "Lv1", "Lv2", "Lv2", "Lv2", "Lv2", "none", "none", "none", "none",
                     "entered", "entered", "entered"],
            "to": ["Lv1", "Lv2", "none", "left", "Lv1", "Lv2", "none", "left", "Lv1", "Lv2", "none", "left",
                   "Lv1", "Lv2", "none"],
            "accounts": [1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0],
            "value_before": [10.0, 50.0, 40.0, 60.0, 200.0, 100.0, 0.0, 300.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            "value_after": [11.0, 110.0, 40.0, 0.0, 150.0, 110.0, 0.0, 0.0, 6.0, 0.0, 0.0, 0.0, 7.0, 8.0, 0.0],
        })
    );
    assert_eq!(
        json_of(&flow.summary()),
        json!({
            "tier": ["Lv1", "Lv2"], "opening": [6.0, 3.0], "stayed": [1.0, 1.0], "promoted": [3.0, 0.0],
            "demoted": [0.0, 1.0], "untiered": [1.0, 0.0], "left": [1.0, 1.0], "entered": [1.0, 1.0],
            "closing": [4.0, 5.0], "promotion_rate": [0.5, 0.0], "demotion_rate": [0.0, 1.0 / 3.0],
            "churn_rate": [1.0 / 6.0, 1.0 / 3.0], "stay_rate": [1.0 / 6.0, 1.0 / 3.0], "expected_dwell": [1.2, 1.5],
            "value_opening": [160.0, 600.0], "value_closing": [174.0, 228.0], "value_left": [60.0, 300.0],
            // b gained 6 and c gained 4; what e paid before is not known.
            "value_per_promotion": [5.0, null],
        })
    );
    // Of the five of Lv1 that kept a tier or left, 1 stays and 3 rise: 6·1/5 + 3·1/3, 6·3/5 + 3·1/3, 6·1/5 + 3·1/3.
    let opening = ProjectOptions { start: Start::Opening, ..ProjectOptions::default() };
    let book = flow.project(1, &opening).unwrap();
    let expected = [6.0, 3.0, 0.0, 6.0 / 5.0 + 1.0, 18.0 / 5.0 + 1.0, 6.0 / 5.0 + 1.0];
    assert!(numbers(&book, "accounts").iter().zip(expected).all(|(x, y)| close(*x, y, 1e-15)));
    // From the closing book, 4 and 5: 4·1/5 + 5·1/3, 4·3/5 + 5·1/3, 4·1/5 + 5·1/3.
    let book = flow.project(1, &ProjectOptions::default()).unwrap();
    let expected = [4.0, 5.0, 0.0, 4.0 / 5.0 + 5.0 / 3.0, 12.0 / 5.0 + 5.0 / 3.0, 4.0 / 5.0 + 5.0 / 3.0];
    assert!(numbers(&book, "accounts").iter().zip(expected).all(|(x, y)| close(*x, y, 1e-15)));
    // (I − Q)·t = 1: 4/5·t₁ − 3/5·t₂ = 1 and −1/3·t₁ + 2/3·t₂ = 1 are solved by Cramer's rule.
    let determinant = 4.0 / 5.0 * 2.0 / 3.0 - 3.0 / 5.0 / 3.0;
    let periods = [(2.0 / 3.0 + 3.0 / 5.0) / determinant, (4.0 / 5.0 + 1.0 / 3.0) / determinant];
    let steady = flow.steady();
    assert!(numbers(&steady, "expected_periods_to_churn").iter().zip(periods).all(|(x, y)| close(*x, y, 1e-14)));
}

#[test]
fn the_book_of_the_how_to() {
    // 50 accounts of which 3 leave, and 4 that enter; to one digit, as the page shows them.
    let flow = flow(&[vec![5, 3, 0, 2], vec![4, 12, 3, 1], vec![0, 2, 18, 0]], &[0, 4, 0]);
    let book = flow.project(12, &ProjectOptions::default()).unwrap();
    let period = |n: usize, name: &str| -> Vec<f64> {
        numbers(&book, name)[4 * n..4 * n + 4].iter().map(|x| (x * 10.0).round() / 10.0).collect()
    };
    assert_eq!(period(0, "accounts"), [9.0, 21.0, 21.0, 0.0]);
    assert_eq!(period(1, "accounts"), [8.7, 17.4, 22.1, 2.9]);
    assert_eq!((period(1, "low"), period(1, "high")), (vec![3.2, 10.5, 17.0, 0.0], vec![14.2, 24.3, 27.1, 6.4]));
    assert_eq!(period(12, "accounts"), [3.5, 8.0, 18.0, 21.5]);
    assert_eq!((period(12, "low"), period(12, "high")), (vec![0.0, 0.0, 1.8, 5.9], vec![8.5, 16.0, 34.2, 37.1]));
    let steady = flow.steady();
    let rounded =
        |name: &str| -> Vec<f64> { numbers(&steady, name).iter().map(|x| (x * 10.0).round() / 10.0).collect() };
    assert_eq!(rounded("expected_periods_to_churn"), [15.4, 22.3, 32.3]);
    assert_eq!(rounded("steady_accounts"), [12.3, 30.8, 46.2]);
}

#[test]
fn where_nobody_leaves_there_is_a_reason() {
    // Lv1 may rise to Lv2, where all stay; Lv3 was never observed.
    let steady = flow(&[vec![5, 3, 0, 2], vec![0, 4, 0, 0], vec![0, 0, 0, 0]], &[2, 1, 0]).steady();
    assert_eq!(
        json_of(&steady),
        json!({
            "tier": TIERS,
            "expected_periods_to_churn": [null, null, null],
            "expected_periods_to_churn_reason": ["never_leaves", "never_leaves", "empty_tier"],
            "steady_accounts": [4.0, null, null],
            "steady_accounts_reason": [null, "never_leaves", "empty_tier"],
        })
    );
    // Lv1 leads to Lv3, of which nothing is known.
    let steady = flow(&[vec![5, 0, 3, 2], vec![0, 3, 0, 1], vec![0, 0, 0, 0]], &[1, 1, 0]).steady();
    assert_eq!(json_of(&steady)["expected_periods_to_churn"], json!([null, 4.0, null]));
    assert_eq!(json_of(&steady)["expected_periods_to_churn_reason"], json!(["empty_tier", null, "empty_tier"]));
    assert_eq!(json_of(&steady)["steady_accounts_reason"], json!(["empty_tier", "empty_tier", "empty_tier"]));
}

#[test]
fn a_tier_without_observations_cannot_be_projected() {
    let flow = flow(&[vec![5, 3, 2], vec![0, 0, 0]], &[0, 1]);
    let error = flow.project(1, &ProjectOptions::default()).unwrap_err();
    assert_eq!((error.code(), error.context().path.as_deref()), (Code::EmptyTier, Some("periods")));
    let opening = ProjectOptions { start: Start::Opening, ..ProjectOptions::default() };
    let error = flow.project(2, &opening).unwrap_err();
    assert!(error.to_string().contains("\"Lv2\" with accounts before period 2"), "{error}");
    // What the last period brings goes nowhere yet.
    assert_eq!(flow.project(1, &opening).unwrap().rows(), 6);
    assert_eq!(flow.project(0, &ProjectOptions::default()).unwrap().rows(), 3);
    // A tier whose accounts have all lost their tier.
    let moves = r#"[{"from": "Lv1", "to": "none", "accounts": 3}]"#;
    let flow = Flow::from_json(&format!(r#"{{"schema_version": 1, "tiers": ["Lv1"], "moves": {moves}}}"#)).unwrap();
    assert_eq!(flow.project(1, &opening).unwrap_err().code(), Code::EmptyTier);
}

#[test]
fn an_empty_book_flows_nowhere() {
    let flow = Flow::from_results(&tiers(2), &[], &[], &FlowOptions::new("id")).unwrap();
    assert_eq!(flow.matrix().rows(), 15);
    assert!(numbers(&flow.summary(), "stay_rate").iter().all(|rate| rate.is_nan()));
    assert!(numbers(&flow.matrix(), "value_before").iter().all(|value| value.is_nan()));
    assert_eq!(numbers(&flow.project(5, &ProjectOptions::default()).unwrap(), "high"), [0.0; 18]);
}

#[test]
fn notebooks_show_the_matrix() {
    let html = worked().html();
    assert!(html.contains("<th style=\"text-align:left\">Lv1</th><td style=\"text-align:right\">1</td><td style=\"text-align:right\">3</td>"));
    assert_eq!(html.matches("<tr>").count(), 5);
    assert_eq!(html.matches("<td").count(), 16);
}
