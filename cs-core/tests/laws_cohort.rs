//! Laws of cohorts: against a naive count, and the product limit against Kaplan and Meier's estimator by risk sets.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use cs_core::calendar::{Date, Fiscal, PeriodKind};
use cs_core::revenue::{Operation, Partial, RevenuePolicy};
use cs_core::table::{Column, ResultTable, Table, Tables, Values};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts and days, some of them in no order.
type Log = Vec<(u8, i32)>;

const KINDS: [(&str, PeriodKind); 4] = [
    ("week", PeriodKind::Week),
    ("month", PeriodKind::Month),
    ("quarter", PeriodKind::Quarter),
    ("fiscal_month", PeriodKind::FiscalMonth),
];

fn origin() -> i32 {
    Date::parse("2024-01-01").unwrap().days()
}

fn horizon() -> i32 {
    Date::parse("2024-09-15").unwrap().days()
}

fn logs() -> impl Strategy<Value = Log> {
    prop::collection::vec((0u8..12, 0i32..258), 1..80)
}

/// A log has a day before the horizon.
fn sane(log: &Log) -> bool {
    log.iter().all(|(_, day)| origin() + day < horizon())
}

fn policy() -> RevenuePolicy {
    RevenuePolicy::from_json(r#"{"schema_version": 1, "policy": "laws", "calendar": {"start_month": 4}}"#).unwrap()
}

fn with_tables<T>(log: &[(u8, i32)], use_tables: impl FnOnce(&Tables<'_>) -> T) -> T {
    let accounts: Vec<i64> = log.iter().map(|(account, _)| i64::from(*account)).collect();
    let days: Vec<i32> = log.iter().map(|(_, day)| origin() + day).collect();
    let table =
        Table::new([("account", Column::from(&accounts[..])), ("date", Column::all_valid(Values::Date(&days)))]);
    use_tables(&Tables::new([("activity", vec![table.unwrap()])]))
}

fn options(more: Value) -> Value {
    let mut all = json!({"horizon": Date::from_days(horizon()).to_string()});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn cohorts(log: &[(u8, i32)], more: Value) -> ResultTable {
    with_tables(log, |tables| policy().run(Operation::Cohorts, tables, &options(more)).unwrap())
}

fn cell(table: &ResultTable, name: &str, row: usize) -> Value {
    table.column(name).unwrap().json(row).unwrap()
}

/// What a triangle should be: by cohort, its size, its complete ages, and the accounts' active ages.
struct Naive {
    cohorts: BTreeMap<String, (usize, Vec<BTreeSet<usize>>)>,
}

impl Naive {
    fn new(log: &Log, kind: PeriodKind) -> Self {
        let fiscal = Fiscal::Months { start_month: 4, name_by: cs_core::calendar::NameBy::Start };
        let first = log.iter().map(|(_, day)| origin() + day).min().unwrap();
        let periods = fiscal.periods(kind, Date::from_days(first), Date::from_days(horizon())).unwrap();
        let period = |day: i32| periods.iter().position(|p| (p.from.days()..p.to.days()).contains(&day)).unwrap();
        let mut active: BTreeMap<u8, BTreeSet<usize>> = BTreeMap::new();
        for (account, day) in log {
            active.entry(*account).or_default().insert(period(origin() + day));
        }
        let mut cohorts: BTreeMap<String, (usize, Vec<BTreeSet<usize>>)> = BTreeMap::new();
        for own in active.into_values() {
            let start = *own.first().unwrap();
            let mature = periods[start..].iter().filter(|period| period.to.days() <= horizon()).count();
            let entry = cohorts.entry(periods[start].label.clone()).or_insert((mature, Vec::new()));
            entry.1.push(own.into_iter().map(|period| period - start).collect());
        }
        Self { cohorts }
    }
}

/// Kaplan and Meier's estimator by its definition: the product over event times of one less events over those at risk.
///
/// Who was last active at age L leaves at L + 1, if that age was complete by the horizon; else it is censored after the last
/// complete age.
fn kaplan_meier(members: &[BTreeSet<usize>], mature: usize, age: usize) -> Option<f64> {
    let lives: Vec<(usize, bool)> = members
        .iter()
        .map(|own| {
            let last = *own.last().unwrap();
            if last + 1 < mature { (last + 1, true) } else { (mature - 1, false) }
        })
        .collect();
    let mut kept = 1.0;
    for time in 1..=age {
        let at_risk = lives.iter().filter(|(end, _)| *end >= time).count();
        let events = lives.iter().filter(|(end, event)| *event && *end == time).count();
        if at_risk == 0 {
            return (kept == 0.0).then_some(0.0);
        }
        kept *= 1.0 - events as f64 / at_risk as f64;
    }
    Some(kept)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn triangles_are_those_of_a_naive_count(log in logs(), kind in 0usize..4) {
        prop_assume!(sane(&log));
        let (name, kind) = KINDS[kind];
        let naive = Naive::new(&log, kind);
        for (form, bounded) in [("bounded", true), ("unbounded", false), ("rolling", false)] {
            let table = cohorts(&log, json!({"period": name, "kind": form}));
            let widest = naive.cohorts.values().map(|(mature, _)| *mature).max().unwrap();
            prop_assert_eq!(table.rows(), naive.cohorts.len() * widest);
            for row in 0..table.rows() {
                let (mature, members) = &naive.cohorts[cell(&table, "cohort", row).as_str().unwrap()];
                let age = cell(&table, "age", row).as_u64().unwrap() as usize;
                prop_assert_eq!(cell(&table, "size", row), json!(members.len()));
                if age >= *mature {
                    prop_assert_eq!(cell(&table, "retention", row), Value::Null);
                    prop_assert_eq!(cell(&table, "retention_reason", row), json!("immature"));
                    continue;
                }
                let kept = |own: &&BTreeSet<usize>| {
                    if bounded { own.contains(&age) } else { own.iter().any(|active| *active >= age) }
                };
                let kept = members.iter().filter(kept).count();
                prop_assert_eq!(cell(&table, "retained", row), json!(kept));
                prop_assert_eq!(cell(&table, "retention", row), json!(kept as f64 / members.len() as f64));
            }
        }
    }

    #[test]
    fn the_product_limit_is_kaplan_and_meiers(log in logs(), kind in 0usize..4) {
        prop_assume!(sane(&log));
        let (name, kind) = KINDS[kind];
        let naive = Naive::new(&log, kind);
        let rolling = json!({"period": name, "kind": "rolling", "censoring": "product_limit"});
        let table = cohorts(&log, rolling);
        for row in 0..table.rows() {
            let (mature, members) = &naive.cohorts[cell(&table, "cohort", row).as_str().unwrap()];
            let age = cell(&table, "age", row).as_u64().unwrap() as usize;
            let wanted = if age < *mature { kaplan_meier(members, *mature, age) } else { None };
            match (cell(&table, "retention", row).as_f64(), wanted) {
                // The same quotients in the same order: no more than a rounding for each age.
                (Some(found), Some(wanted)) => prop_assert!((found - wanted).abs() < 1e-14, "{found} {wanted}"),
                (found, wanted) => prop_assert_eq!(found, wanted),
            }
        }
    }

    #[test]
    fn all_cohorts_together_are_censored_at_their_own_ages(log in logs()) {
        prop_assume!(sane(&log));
        let naive = Naive::new(&log, PeriodKind::Month);
        let table = cohorts(&log, json!({"kind": "rolling", "censoring": "product_limit", "table": "means"}));
        // Risk sets over all accounts, each with the last complete age of its own cohort.
        let lives: Vec<(usize, bool)> = naive.cohorts.values().filter(|(mature, _)| *mature > 0).flat_map(|(mature, members)| {
            members.iter().map(move |own| {
                let last = *own.last().unwrap();
                if last + 1 < *mature { (last + 1, true) } else { (mature - 1, false) }
            })
        }).collect();
        let mut kept = 1.0;
        for row in 0..table.rows() {
            if row > 0 {
                let at_risk = lives.iter().filter(|(end, _)| *end >= row).count();
                let events = lives.iter().filter(|(end, event)| *event && *end == row).count();
                if at_risk == 0 {
                    break;
                }
                kept *= 1.0 - events as f64 / at_risk as f64;
            }
            let found = cell(&table, "pooled_mean", row).as_f64().unwrap();
            prop_assert!((found - kept).abs() < 1e-14, "{found} {kept}");
        }
    }

    #[test]
    fn means_are_sums_over_sums_and_means_of_rates(log in logs()) {
        prop_assume!(sane(&log));
        let triangle = cohorts(&log, json!({}));
        let means = cohorts(&log, json!({"table": "means"}));
        for row in 0..means.rows() {
            let known: Vec<usize> = (0..triangle.rows())
                .filter(|at| cell(&triangle, "age", *at) == cell(&means, "age", row))
                .filter(|at| !cell(&triangle, "retention", *at).is_null())
                .collect();
            let sum = |name: &str| known.iter().map(|at| cell(&triangle, name, *at).as_i64().unwrap()).sum::<i64>();
            prop_assert_eq!(cell(&means, "cohorts", row), json!(known.len()));
            prop_assert_eq!(cell(&means, "pooled_mean", row), json!(sum("retained") as f64 / sum("size") as f64));
            let rates: f64 = known.iter().map(|at| cell(&triangle, "retention", *at).as_f64().unwrap()).sum();
            let simple = cell(&means, "simple_mean", row).as_f64().unwrap();
            prop_assert!((simple - rates / known.len() as f64).abs() < 1e-14);
        }
    }

    #[test]
    fn rows_in_any_order_and_parts_are_one_pass(log in logs(), kind in 0usize..4, turn in 0usize..80) {
        prop_assume!(sane(&log));
        let more = json!({"period": KINDS[kind].0, "kind": "unbounded"});
        let whole = cohorts(&log, more.clone());
        let mut turned = log.clone();
        turned.rotate_left(turn % log.len());
        turned.reverse();
        prop_assert_eq!(&cohorts(&turned, more.clone()), &whole);
        let part = |even: bool| {
            let own: Log = log.iter().copied().filter(|(account, _)| (account % 2 == 0) == even).collect();
            let mut partial = Partial::new(&policy(), Operation::Cohorts, &options(more.clone())).unwrap();
            with_tables(&own, |tables| partial.update(tables)).unwrap();
            Partial::from_json(&partial.to_json().unwrap()).unwrap()
        };
        for even in [true, false] {
            let mut both = part(even);
            both.merge(&part(!even)).unwrap();
            prop_assert_eq!(&both.finish().unwrap(), &whole);
        }
    }

    #[test]
    fn a_cell_lists_as_many_accounts_as_it_counts(log in logs(), kind in 0usize..3) {
        prop_assume!(sane(&log));
        let form = ["bounded", "unbounded", "rolling"][kind];
        let triangle = cohorts(&log, json!({"kind": form}));
        for row in 0..triangle.rows() {
            let Some(retained) = cell(&triangle, "retained", row).as_u64() else { continue };
            let at = json!({"cohort": cell(&triangle, "cohort", row), "age": cell(&triangle, "age", row)});
            let more = json!({"kind": form, "of": "cohorts", "cell": at});
            let listed = with_tables(&log, |tables| policy().run(Operation::Accounts, tables, &options(more)).unwrap());
            prop_assert_eq!(listed.rows() as u64, retained);
        }
    }

    #[test]
    fn revenue_of_all_cohorts_is_the_mrr(paid in prop::collection::vec((0u8..6, 0usize..6, 0u32..500), 1..30)) {
        let mut months: BTreeMap<(u8, usize), u32> = BTreeMap::new();
        paid.iter().filter(|(.., amount)| *amount > 0).for_each(|(account, month, amount)| {
            months.insert((*account, *month), *amount);
        });
        prop_assume!(!months.is_empty());
        let accounts: Vec<i64> = months.keys().map(|(account, _)| i64::from(*account)).collect();
        let names: Vec<String> = months.keys().map(|(_, month)| format!("2024-{:02}", month + 1)).collect();
        let mrr: Vec<i64> = months.values().map(|amount| i64::from(*amount)).collect();
        let columns = [("account", Column::from(&accounts[..])), ("month", Column::from(&names[..])), ("mrr", Column::from(&mrr[..]))];
        let tables = Tables::new([("snapshots", vec![Table::new(columns).unwrap()])]);
        let policy = RevenuePolicy::from_json(r#"{"schema_version": 1, "policy": "laws", "currency": "JPY"}"#).unwrap();
        let options = json!({"measure": "revenue", "horizon": "2024-07-01"});
        let triangle = policy.run(Operation::Cohorts, &tables, &options).unwrap();
        for month in 0..6usize {
            let of_month = |row: &usize| {
                let start: usize = cell(&triangle, "cohort", *row).as_str().unwrap()[5..].parse().unwrap();
                start - 1 + cell(&triangle, "age", *row).as_u64().unwrap() as usize == month
            };
            let sum: i64 = (0..triangle.rows())
                .filter(of_month)
                .filter_map(|row| cell(&triangle, "retained", row).as_str().map(|text| text.parse::<i64>().unwrap()))
                .sum();
            let wanted: u32 = months.iter().filter(|((_, at), _)| *at == month).map(|(_, amount)| amount).sum();
            prop_assert_eq!(sum, i64::from(wanted));
        }
    }
}
