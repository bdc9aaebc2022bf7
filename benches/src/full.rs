//! A card that uses everything, and the book that it scores.

use crate::{ITEMS, column};
use cs_core::table::{Bools, Column, Dictionary, Ints, Table, Text, Values};
use serde_json::{Value, json};

/// The day of the scores.
pub const AS_OF: &str = "2026-10-31";

/// 20 items with every kind of curve and source, two variants, three adjustments, grace and hysteresis.
pub fn card_document() -> Value {
    let curve = |i: usize| match i {
        0 => json!({"bands": [{"from": 0, "points": 0}, {"from": 20, "points": 40}, {"from": 60, "points": 100}]}),
        1 => json!({"linear": {"from": [0, 0], "to": [100, 100], "outside": "zero"}}),
        2 => json!({"range": {"zero_below": 0, "full_from": 20, "full_to": 60, "zero_above": 100}}),
        3 => json!({"saturate": {"half": 30}}),
        4 => json!({"recency": {"half_life_days": 30}}),
        5 => json!({"flag": {}}),
        6 => json!({"map": {"free": 20, "pro": 70, "enterprise": 100, "default": 0}}),
        7 => json!({"quantile": {"by": "plan", "fitted": {"default": quantiles(1.0), "pro": quantiles(0.8)}}}),
        8 => json!({"points": [[0, 0], [40, 60], [100, 100]], "decay": {"half_life_days": 60}}),
        9 => json!({"manual": {}}),
        _ => {
            let shift = (i % 5) as f64;
            json!({"points": [[shift, 0], [20.0 + shift, 40], [60.0 + shift, 80], [90.0 + shift, 100]]})
        }
    };
    let item = |i: usize| {
        let mut item = json!({"id": format!("x{i}"), "weight": 1 + i % 4, "curve": curve(i)});
        match i {
            4 => item["source"] = json!({"days_since": "seen_on"}),
            5 => item["source"] = json!({"column": "sso"}),
            6 => item["source"] = json!({"column": "plan"}),
            8 => item["observed_at"] = json!("seen_on"),
            10 => item["source"] = json!({"ratio": ["x10", "x11"]}),
            12 => item["source"] = json!({"change": ["x12", "x13"]}),
            14 => item["applies_when"] = json!({"column": "plan", "in": ["pro", "enterprise"]}),
            16 => item["missing"] = json!("neutral"),
            _ => {}
        }
        item
    };
    let dimension = |d: usize| {
        let items: Vec<Value> = (0..ITEMS / 4).map(|i| item(d * (ITEMS / 4) + i)).collect();
        let weight = [20, 30, 40, 10][d];
        json!({"id": format!("d{d}"), "weight": weight, "items": items})
    };
    let dimensions: Vec<Value> = (0..4).map(dimension).collect();
    json!({
        "schema_version": 1, "scorecard": "full", "account": "id", "dimensions": dimensions,
        "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 40}, {"id": "Lv3", "from": 50}, {"id": "Lv4", "from": 60}],
        "hysteresis": {"up": {"margin": 0, "dwell": 1}, "down": {"margin": 3, "dwell": 2}},
        "variants": [
            {"id": "enterprise", "when": {"column": "plan", "eq": "enterprise"}, "weights": {"d0": 40},
             "curves": {"x11": {"points": [[0, 0], [100, 100]]}}},
            {"id": "free", "when": {"column": "plan", "eq": "free"}, "weights": {"d3": 5}, "tiers": {"Lv4": 70}},
        ],
        "adjustments": [
            {"id": "unpaid", "when": {"column": "x15", "gt": 95}, "cap": 39, "reason": {"en": "Invoice overdue"}},
            {"id": "champion_left", "when": {"all": [{"column": "x16", "lt": 5}, {"column": "sso", "eq": false}]},
             "add": -15, "reason": {"en": "Champion left"}},
            {"id": "reference", "when": {"column": "x17", "ge": 98}, "multiply": 1.1, "reason": {"en": "Reference"}},
        ],
    })
}

/// 101 quantiles of numbers from 0 to 100 times a factor.
fn quantiles(factor: f64) -> Vec<[f64; 2]> {
    (0..=100).map(|i| [f64::from(i) * factor, (f64::from(i) + 0.5) / 101.0]).collect()
}

/// The columns of the book.
#[derive(Debug)]
pub struct Book {
    ids: Vec<i64>,
    numbers: Vec<Vec<f64>>,
    plans: Vec<u8>,
    sso: Vec<u8>,
    seen_on: Vec<i32>,
}

impl Book {
    /// So many accounts; `shift` of the values makes another day.
    pub fn new(rows: usize, shift: f64) -> Self {
        let own = |item: usize| {
            let mut values = column(item, rows);
            if matches!(item, 11 | 13) {
                values.iter_mut().for_each(|x| *x += 1.0); // no zero to divide by
            }
            values.iter_mut().for_each(|x| *x = (*x + shift).min(100.0));
            values
        };
        let spread = |row: usize, by: usize| row.wrapping_mul(7_919) % by;
        Self {
            ids: (0..rows as i64).collect(),
            numbers: (0..ITEMS).map(own).collect(),
            plans: (0..rows).map(|row| spread(row, 3) as u8).collect(),
            sso: (0..rows).map(|row| (spread(row, 10) < 7) as u8).collect(),
            // 2026-10-31 is day 20757.
            seen_on: (0..rows).map(|row| 20_757 - spread(row, 400) as i32).collect(),
        }
    }

    /// The book as a table.
    ///
    /// # Errors
    /// None: the columns are of one length.
    pub fn table(&self) -> cs_core::Result<Table<'_>> {
        self.part(0..self.ids.len())
    }

    /// Some rows of the book as a table.
    ///
    /// # Errors
    /// None: the columns are of one length.
    pub fn part(&self, rows: std::ops::Range<usize>) -> cs_core::Result<Table<'_>> {
        const PLANS: &[&str] = &["free", "pro", "enterprise"];
        let names = (0..ITEMS).filter(|item| !matches!(item, 4..=6)).map(|item| format!("x{item}"));
        let numbers = self.numbers.iter().enumerate().filter(|(item, _)| !matches!(item, 4..=6)).map(|(_, c)| c);
        let plan =
            Dictionary { keys: Ints::U8(&self.plans[rows.clone()]), words: Text::Strs(PLANS), words_validity: None };
        let others = [
            ("id".to_owned(), Column::from(&self.ids[rows.clone()])),
            ("plan".to_owned(), Column::all_valid(Values::Dictionary(plan))),
            ("sso".to_owned(), Column::all_valid(Values::Bool(Bools::Bytes(&self.sso[rows.clone()])))),
            ("seen_on".to_owned(), Column::all_valid(Values::Date(&self.seen_on[rows.clone()]))),
        ];
        let columns = names.zip(numbers.map(|c| Column::from(&c[rows.clone()]))).chain(others);
        Table::new(columns)
    }
}
