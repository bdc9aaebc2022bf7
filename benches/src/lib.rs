//! The book that every benchmark scores: the same card and the same numbers in Rust, Python and Node.

pub mod full;

use cs_core::Scorecard;
use serde_json::{Value, json};

/// Items of the card, spread over four dimensions.
pub const ITEMS: usize = 20;

/// The card: 20 items with curves of four points, four dimensions, four tiers.
pub fn card_document(account: Option<&str>) -> Value {
    let item = |i: usize| {
        let shift = (i % 5) as f64;
        json!({"id": format!("x{i}"), "weight": 1 + i % 4,
               "curve": {"points": [[shift, 0], [20.0 + shift, 40], [60.0 + shift, 80], [90.0 + shift, 100]]}})
    };
    let dimension = |d: usize| {
        let items: Vec<Value> = (0..ITEMS / 4).map(|i| item(d * (ITEMS / 4) + i)).collect();
        let weight = [20, 30, 40, 10][d];
        json!({"id": format!("d{d}"), "weight": weight, "items": items})
    };
    let dimensions: Vec<Value> = (0..4).map(dimension).collect();
    let tiers: Vec<Value> =
        [("Lv1", 0), ("Lv2", 40), ("Lv3", 50), ("Lv4", 60)].map(|(id, from)| json!({"id": id, "from": from})).to_vec();
    let mut card = json!({"schema_version": 1, "scorecard": "bench", "dimensions": dimensions, "tiers": tiers});
    if let Some(account) = account {
        card["account"] = json!(account);
    }
    card
}

/// The card, checked.
///
/// # Errors
/// None, unless the card above is wrong.
pub fn card(account: Option<&str>) -> cs_core::Result<Scorecard> {
    Scorecard::from_value(&card_document(account))
}

/// One column of numbers from 0 to 100, of which 5 % are missing (NaN): the mixing step of SplitMix64,
/// so that Python and Node can make the same numbers.
pub fn column(item: usize, rows: usize) -> Vec<f64> {
    (0..rows as u64).map(|row| value(row.wrapping_mul(ITEMS as u64).wrapping_add(item as u64))).collect()
}

fn value(seed: u64) -> f64 {
    let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let z = z ^ (z >> 31);
    if z.is_multiple_of(20) { f64::NAN } else { (z >> 11) as f64 / (1u64 << 53) as f64 * 100.0 }
}

/// The sum of all values: reads every byte once, as the floor of what scoring can take.
pub fn read_all(columns: &[Vec<f64>]) -> f64 {
    let sum = |column: &Vec<f64>| {
        let mut lanes = [0.0; 16];
        for chunk in column.chunks_exact(16) {
            lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane += x);
        }
        lanes.iter().sum::<f64>()
    };
    columns.iter().map(sum).sum()
}
