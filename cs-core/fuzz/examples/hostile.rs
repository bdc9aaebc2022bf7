//! Measures the costliest cards: seconds to load, to score and to explain 10 accounts, and the most memory held.

use cs_core::table::{Column, Table};
use cs_core::{ScoreOptions, Scorecard};
use cs_core_fuzz::checks::hostile;
use std::time::Instant;

fn main() {
    let cards = hostile::cards();
    if let Some(number) = std::env::args().nth(1) {
        let (name, card) = &cards[number.parse::<usize>().expect("a number")];
        return measure(name, &card.to_string());
    }
    println!("{:24} {:>8} {:>8} {:>8} {:>8} {:>8}", "card", "MB", "load s", "score s", "explain", "peak MB");
    // Each in a process of its own, whose peak of memory is then its own.
    for number in 0..cards.len() {
        let program = std::env::current_exe().expect("this program");
        std::process::Command::new(program).arg(number.to_string()).status().expect("it runs");
    }
}

fn measure(name: &str, text: &str) {
    let base = memory();
    let start = Instant::now();
    let read = Scorecard::from_json(text);
    let load = start.elapsed().as_secs_f64();
    let megabytes = text.len() as f64 / 1e6;
    let card = match read {
        Ok(card) => card,
        Err(error) => {
            let said: String = error.to_string().chars().take(150).collect();
            return println!("{name:24} {megabytes:8.2} {load:8.3} {said}");
        }
    };
    let (numbers, ids) = ([3.0; 10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let columns =
        [("account", Column::from(&ids[..])), ("n", Column::from(&numbers[..])), ("t", Column::from(&["a"; 10][..]))];
    let table = Table::new(columns).expect("a table");
    let options = ScoreOptions::default();
    let start = Instant::now();
    card.score(&table, &options).expect("scores");
    let score = start.elapsed().as_secs_f64();
    let start = Instant::now();
    card.explain(&table, &options).expect("lines");
    let explain = start.elapsed().as_secs_f64();
    println!("{name:24} {megabytes:8.2} {load:8.3} {score:8.3} {explain:8.3} {:8}", memory() - base);
}

/// The most memory that this process held, in MB, where the system says it.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok()).map_or(0, |kilobytes| kilobytes / 1024)
}
