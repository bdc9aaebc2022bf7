//! The same sums as the general path, on books of all kinds.

use super::super::super::RevenuePolicy;
use super::super::super::book::Book;
use super::*;
use crate::table::{Bitmap, Dictionary, Ints, Text};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Rows as (account, month, amount).
type Row = (i64, i32, i64);

fn general(policy: &Policy, tables: &Tables<'_>, options: &BridgeOptions) -> Result<(BridgeSums, Grid)> {
    let book = Book::read(policy, tables, &options.book, &options.periods.by)?;
    let grid = Grid::new(policy, &book, &options.periods)?;
    let mut sums = BridgeSums::new(grid.shown().len());
    sums.add_book(policy, &book, &grid)?;
    sums.ensure_row(policy, &options.periods);
    Ok((sums, grid))
}

fn policy(more: &Value) -> RevenuePolicy {
    let mut document = json!({"schema_version": 1, "policy": "p", "currency": "JPY"});
    let own = document.as_object_mut().unwrap();
    own.extend(more.as_object().unwrap().clone());
    RevenuePolicy::from_value(&document).unwrap()
}

fn day(month: i32) -> i32 {
    Date::parse("2023-11-01").unwrap().plus_months(month).unwrap().days()
}

/// How columns are typed and rows ordered.
#[derive(Debug, Clone, Copy)]
struct Layout {
    order: usize,
    ids: usize,
    months: usize,
    amounts: usize,
    cut: usize,
}

/// Both paths on the same rows; whether the fast one had an answer.
fn both(rows: &[Row], layout: Layout, policy: &RevenuePolicy, options: &Value) -> bool {
    let mut rows = rows.to_vec();
    match layout.order {
        0 => rows.sort_unstable(),
        1 => rows.sort_by_key(|(account, month, _)| (*month, *account)),
        _ => {}
    }
    // Far apart, so that numbers do not stand for themselves.
    let spread = if layout.ids == 1 { 1 << 40 } else { 1 };
    let ids: Vec<i64> = rows.iter().map(|row| row.0 * spread - 5).collect();
    let names: Vec<String> = rows.iter().map(|row| format!("account {:03}", row.0)).collect();
    let views: Vec<[u8; 16]> = names
        .iter()
        .map(|name| {
            let mut view = [0u8; 16];
            view[0] = 11;
            view[4..15].copy_from_slice(name.as_bytes());
            view
        })
        .collect();
    let days: Vec<i32> = rows.iter().map(|row| day(row.1) + row.0.rem_euclid(28) as i32).collect();
    let texts: Vec<String> =
        rows.iter().map(|row| Month::of(Date::from_days(day(row.1))).unwrap().to_string()).collect();
    let amounts: Vec<i64> = rows.iter().map(|row| row.2).collect();
    let decimals: Vec<i128> = rows.iter().map(|row| i128::from(row.2) * 100).collect();
    let shorts: Vec<i32> = rows.iter().map(|row| row.2 as i32).collect();
    let cut = layout.cut.min(rows.len());
    let table = |part: std::ops::Range<usize>| {
        let account = match layout.ids {
            0 | 1 => Column::from(&ids[part.clone()]),
            2 => Column::from(&names[part.clone()]),
            _ => Column::all_valid(Values::Text(Text::Views { views: &views[part.clone()], buffers: &[] })),
        };
        let month = match layout.months {
            0 => Column::all_valid(Values::Date(&days[part.clone()])),
            _ => Column::from(&texts[part.clone()]),
        };
        let mrr = match layout.amounts {
            0 => Column::from(&amounts[part.clone()]),
            1 => Column::all_valid(Values::Decimal { values: &decimals[part], scale: 2 }),
            _ => Column::all_valid(Values::Int(Ints::I32(&shorts[part]))),
        };
        Table::new([("account", account), ("month", month), ("mrr", mrr)]).unwrap()
    };
    let tables = Tables::new([("snapshots", vec![table(0..cut), table(cut..rows.len())])]);
    compare(&tables, policy, options)
}

fn compare(tables: &Tables<'_>, policy: &RevenuePolicy, options: &Value) -> bool {
    let options = BridgeOptions::from_value(options).unwrap();
    let expected = general(policy.document(), tables, &options);
    let Some((found, grid)) = sums(policy.document(), tables, &options).unwrap() else { return false };
    let (expected, expected_grid) = expected.unwrap();
    assert_eq!(found.rows, expected.rows);
    assert_eq!(grid.shown(), expected_grid.shown());
    true
}

fn layouts() -> impl Strategy<Value = Layout> {
    (0usize..3, 0usize..4, 0usize..2, 0usize..3, 0usize..40).prop_map(|(order, ids, months, amounts, cut)| Layout {
        order,
        ids,
        months,
        amounts,
        cut,
    })
}

fn policies() -> impl Strategy<Value = Value> {
    let gaps = ["0 days", "32 days", "2 months", "3 months"];
    (0..4usize, 0..3usize, any::<bool>(), any::<bool>()).prop_map(move |(least, most, free, complete)| {
        let most = [Value::Null, json!("61 days"), json!("3 months")][most].clone();
        json!({
            "reactivation": {"min_gap": gaps[least], "max_gap": most},
            "free_accounts": if free { "count" } else { "exclude" },
            "history_complete": complete,
        })
    })
}

fn options() -> impl Strategy<Value = Value> {
    (0..4usize, 0..3usize, 0..3usize, 0..2usize).prop_map(|(horizon, from, to, kind)| {
        let kind = ["month", "fiscal_month"][kind];
        let mut options = json!({"period": kind});
        let mut set = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                options[name] = json!(value);
            }
        };
        set("horizon", [None, Some("2024-03-01"), Some("2024-03-15"), Some("2026-01-01")][horizon]);
        set("from", [None, Some("2023-06-01"), Some("2024-01-20")][from]);
        set("to", [None, Some("2024-04-02"), Some("2030-01-01")][to]);
        options
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_sums_are_those_of_the_general_path(
        rows in prop::collection::btree_map((0i64..6, 0i32..9), prop_oneof![Just(0i64), Just(5), 1i64..4], 1..40),
        layout in layouts(),
        policy_fields in policies(),
        option_fields in options(),
        shuffle in any::<u64>(),
    ) {
        let mut rows: Vec<Row> = rows.into_iter().map(|((account, month), amount)| (account, month, amount)).collect();
        // Some order that is none.
        rows.sort_by_key(|row| (row.0 as u64 * 31 + row.1 as u64 * 7 + 1).wrapping_mul(shuffle | 1).rotate_left(20));
        let starts_in_time = rows.iter().any(|row| row.1 < 4);
        prop_assume!(starts_in_time);
        prop_assert!(both(&rows, layout, &policy(&policy_fields), &option_fields));
    }
}

#[test]
fn what_is_not_plain_is_left_to_the_general_path() {
    let sorted = Layout { order: 2, ids: 0, months: 0, amounts: 0, cut: 1 };
    let run = |rows: &[Row]| both(rows, sorted, &policy(&json!({})), &json!({}));
    assert!(run(&[(1, 0, 5), (1, 1, 5), (2, 0, 3)]));
    // Not in order, but plain.
    assert!(run(&[(2, 0, 5), (1, 1, 5), (1, 0, 3)]));
    let quarters = json!({"period": "quarter"});
    assert!(!both(&[(1, 0, 5)], sorted, &policy(&json!({})), &quarters));
    assert!(!both(&[(1, 0, 5)], sorted, &policy(&json!({"netting": "day"})), &json!({})));
    let tables = |mrr: &[i64], months: &[&str], valid: u8| {
        let accounts = vec![7i64; mrr.len()];
        let bits = [valid];
        let mrr = Column::new(Column::from(mrr).values(), Some(Bitmap::new(&bits, 0, mrr.len()).unwrap())).unwrap();
        let table = Table::new([("account", (&accounts[..]).into()), ("month", months.into()), ("mrr", mrr)]).unwrap();
        let tables = Tables::new([("snapshots", vec![table])]);
        let policy = policy(&json!({}));
        sums(policy.document(), &tables, &BridgeOptions::default()).unwrap().is_some()
    };
    assert!(tables(&[1, 2], &["2024-01", "2024-02"], 3));
    assert!(!tables(&[1, 2], &["2024-01", "2024-02"], 1), "a null");
    assert!(!tables(&[1, -2], &["2024-01", "2024-02"], 3), "a negative amount");
    assert!(!tables(&[1, 2], &["2024-01", "2024-01"], 3), "a month twice");
    assert!(!tables(&[1, 2], &["2024-01", "January"], 3), "no month");
    assert!(!tables(&[1, 2], &["2024-01", "0024-01"], 3), "months too far apart");
}

#[test]
fn a_currency_that_is_one_is_plain() {
    let accounts = [1i64, 2];
    let run = |codes: Column<'_>| {
        let months = ["2024-01", "2024-02"];
        let columns = [
            ("account", (&accounts[..]).into()),
            ("month", (&months[..]).into()),
            ("mrr", (&accounts[..]).into()),
            ("currency", codes),
        ];
        let tables = Tables::new([("snapshots", vec![Table::new(columns).unwrap()])]);
        compare(&tables, &policy(&json!({})), &json!({}))
    };
    assert!(run((&["KWD", "KWD"][..]).into()));
    assert!(!run((&["KWD", "JPY"][..]).into()));
    let dictionary =
        |keys, words| Column::all_valid(Values::Dictionary(Dictionary { keys, words, words_validity: None }));
    assert!(run(dictionary(Ints::U8(&[0, 0]), Text::Strs(&["USD"]))));
    assert!(run(dictionary(Ints::U8(&[1, 1]), Text::Strs(&["JPY", "USD"]))));
    assert!(!run(dictionary(Ints::U8(&[0, 1]), Text::Strs(&["JPY", "USD"]))));
}

#[test]
fn large_amounts_in_no_order_are_exact() {
    let sorted = Layout { order: 2, ids: 0, months: 0, amounts: 0, cut: 1 };
    let large = i64::MAX;
    assert!(both(&[(1, 0, large), (2, 0, large), (3, 0, large)], sorted, &policy(&json!({})), &json!({})));
    assert!(!both(&[(2, 0, large), (1, 0, large)], sorted, &policy(&json!({})), &json!({})));
    let most = (1 << 48) - 1;
    assert!(both(&[(2, 0, most), (1, 0, most), (1, 1, 1)], sorted, &policy(&json!({})), &json!({})));
}

#[test]
fn months_far_apart_are_sorted() {
    let rows: Vec<Row> = (0..40).map(|i| (i % 3, (i as i32 * 37) % 600, i + 1)).collect();
    let sorted = Layout { order: 2, ids: 0, months: 0, amounts: 0, cut: 9 };
    assert!(both(&rows, sorted, &policy(&json!({})), &json!({})));
}
