//! Laws of retention, of the figures of a period and of the phase, against plain sums over all customers.

#![allow(clippy::type_complexity, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::Holder;
use cs_core::calendar::Date;
use cs_core::revenue::{Operation, Partial, RevenuePolicy};
use cs_core::scalar::call;
use cs_core::table::{ResultTable, Tables};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The MRR in cents of each account, segment and month.
type Paid = Vec<[Vec<i64>; 2]>;

const SEGMENTS: [&str; 2] = ["large", "small"];

fn books() -> impl Strategy<Value = Paid> {
    let cell = || prop_oneof![2 => Just(0i64), 3 => 1i64..500, 1 => Just(100)];
    (3usize..11).prop_flat_map(move |months| {
        let segment = || prop::collection::vec(cell(), months);
        // Half of the accounts have one segment only.
        let account = (segment(), segment(), any::<bool>());
        let account = account.prop_map(|(a, b, both)| if both { [a, b] } else { [a.clone(), vec![0; b.len()]] });
        prop::collection::vec(account, 1..7)
    })
}

fn month(n: usize) -> String {
    format!("{}-{:02}", 2023 + n / 12, n % 12 + 1)
}

fn first_of(n: usize) -> String {
    month(n) + "-01"
}

fn snapshots<'a>(accounts: impl Iterator<Item = (usize, &'a [Vec<i64>; 2])>) -> Holder {
    let mut columns: [Vec<Value>; 4] = Default::default();
    for (id, account) in accounts {
        for (segment, paid) in account.iter().enumerate() {
            for (n, mrr) in paid.iter().enumerate().filter(|(_, mrr)| **mrr != 0) {
                let row = [json!(format!("a{id}")), json!(month(n)), json!(mrr), json!(SEGMENTS[segment])];
                columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
            }
        }
    }
    let [account, month, mrr, segment] = columns;
    Holder::of(&json!({
        "account": {"type": "text", "values": account}, "month": {"type": "text", "values": month},
        "mrr": {"type": "i64", "values": mrr}, "subscription": {"type": "text", "values": segment},
    }))
}

fn policy(retention: &Value) -> RevenuePolicy {
    let document = json!({"schema_version": 1, "policy": "laws", "currency": "USD", "retention": retention});
    RevenuePolicy::from_value(&document).unwrap()
}

fn formulas(net: &str, gross: &str, logo: &str) -> RevenuePolicy {
    policy(&json!({"net": net, "gross": gross, "logo": logo}))
}

/// The options of a book of these months that has been known since the first of them.
fn options(months: usize, more: &Value) -> Value {
    let mut options = json!({"horizon": first_of(months), "history_start": first_of(0)});
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

fn run(policy: &RevenuePolicy, operation: &str, paid: &Paid, more: &Value) -> ResultTable {
    let holder = snapshots(paid.iter().enumerate());
    let tables = Tables::new([("snapshots", vec![holder.table()])]);
    policy.run(Operation::parse(operation).unwrap(), &tables, &options(paid[0][0].len(), more)).unwrap()
}

fn cell(table: &ResultTable, name: &str, row: usize) -> Value {
    table.column(name).unwrap_or_else(|| panic!("no column {name}")).json(row).unwrap()
}

/// A decimal of two digits in cents.
fn cents(table: &ResultTable, name: &str, row: usize) -> i64 {
    cell(table, name, row).as_str().unwrap().replace('.', "").parse().unwrap()
}

/// The row of a window that ends with month `end`.
fn row_of(table: &ResultTable, end: usize) -> Option<usize> {
    (0..table.rows()).find(|row| cell(table, "to", *row) == json!(first_of(end)))
}

fn total(account: &[Vec<i64>; 2], month: usize) -> i64 {
    account[0][month] + account[1][month]
}

/// Numerator and denominator, or why there is no quotient.
type Parts = (i64, i64, &'static str);

fn quotient((numerator, denominator, reason): Parts) -> Result<f64, &'static str> {
    if denominator == 0 { Err(reason) } else { Ok(numerator as f64 / denominator as f64) }
}

/// What one step from month to month does to an account.
#[derive(Default, Clone, Copy)]
struct Moved {
    opening: i64,
    expansion: i64,
    contraction: i64,
    churn: i64,
    reactivation: i64,
    open: i64,
    lost: i64,
}

fn moved(paid: &Paid, to: usize) -> Moved {
    let mut sum = Moved::default();
    for account in paid {
        let (before, after) = (total(account, to - 1), total(account, to));
        sum.opening += before;
        sum.open += i64::from(before > 0);
        match (before > 0, after > 0) {
            (true, false) => {
                sum.churn -= before;
                sum.lost += 1;
            }
            (true, true) if after > before => sum.expansion += after - before,
            (true, true) => sum.contraction += after - before,
            (false, true) if (0..to - 1).any(|month| total(account, month) > 0) => sum.reactivation += after,
            _ => {}
        }
    }
    sum
}

/// Net, gross and logo retention from the last month before a window to its last month.
fn cohort(paid: &Paid, before: usize, last: usize) -> [Parts; 3] {
    let live: Vec<(i64, i64)> =
        paid.iter().map(|account| (total(account, before), total(account, last))).filter(|(m, _)| *m > 0).collect();
    let start = live.iter().map(|(a, _)| a).sum();
    let net = live.iter().map(|(_, b)| b).sum();
    let gross = live.iter().map(|(a, b)| a.min(b)).sum();
    let still = live.iter().filter(|(_, b)| *b > 0).count() as i64;
    let reason = "empty_cohort";
    [(net, start, reason), (gross, start, reason), (still, live.len() as i64, reason)]
}

/// Every formula by its name: the rates of net, gross and logo retention.
fn expected(name: &str, paid: &Paid, end: usize, window: usize) -> [Result<f64, &'static str>; 3] {
    let (before, last) = (end - window - 1, end - 1);
    let months = || (end - window..end).map(|month| cohort(paid, month - 1, month));
    let steps: Vec<Moved> = (end - window..end).map(|month| moved(paid, month)).collect();
    let each = |of: fn(&Moved) -> i64| steps.iter().map(of).sum::<i64>();
    let of_months = |fold: &dyn Fn(Vec<f64>) -> f64| {
        [0, 1, 2].map(|figure| months().map(|month| quotient(month[figure])).collect::<Result<_, _>>().map(fold))
    };
    let by_day = |moved: fn(&Moved) -> i64, base: fn(&Moved) -> i64| {
        let days: Vec<&Moved> = steps.iter().filter(|step| base(step) > 0).collect();
        let sum: f64 = days.iter().map(|step| moved(step) as f64 / base(step) as f64).sum();
        if days.is_empty() { Err("empty_cohort") } else { Ok(1.0 + sum) }
    };
    let events = |moved: i64| quotient((steps[0].opening + moved, steps[0].opening, "empty_cohort"));
    match name {
        "cohort" => cohort(paid, before, last).map(quotient),
        "compounded_monthly" => of_months(&|months| months.iter().product()),
        "trailing_mean" => of_months(&|months| {
            let last = &months[months.len().saturating_sub(12)..];
            last.iter().sum::<f64>() / last.len() as f64
        }),
        "events" => [
            events(each(|m| m.expansion + m.contraction + m.churn)),
            events(each(|m| m.contraction + m.churn)),
            quotient((steps[0].open - each(|m| m.lost), steps[0].open, "empty_cohort")),
        ],
        "events_with_reactivation" => {
            let net = events(each(|m| m.expansion + m.contraction + m.churn + m.reactivation));
            [net, Err(""), Err("")]
        }
        "aggregate_min" => {
            let [(end, start, reason), ..] = cohort(paid, before, last);
            [Err(""), quotient((end.min(start), start, reason)), Err("")]
        }
        // Nothing happens but on the first of a month; on other days there is a base all the same.
        "daily" => {
            let sums = [
                by_day(|m| m.expansion + m.contraction + m.churn, |m| m.opening),
                by_day(|m| m.contraction + m.churn, |m| m.opening),
                by_day(|m| -m.lost, |m| m.open),
            ];
            let ever = (before..end).any(|month| paid.iter().any(|account| total(account, month) > 0));
            sums.map(|sum| if ever && sum.is_err() { Ok(1.0) } else { sum })
        }
        _ => unreachable!(),
    }
}

const FIGURES: [&str; 3] = ["net_revenue_retention", "gross_revenue_retention", "logo_retention"];

fn check(table: &ResultTable, row: usize, name: &str, wanted: Result<f64, &str>) -> Result<(), TestCaseError> {
    let (got, reason) = (cell(table, name, row), cell(table, &format!("{name}_reason"), row));
    match wanted {
        Ok(rate) => {
            let got = got.as_f64().ok_or_else(|| TestCaseError::fail(format!("{name}: {reason}, not {rate}")))?;
            prop_assert!((got - rate).abs() <= 1e-12 * (1.0 + rate.abs()), "{name}: {got}, not {rate}");
            prop_assert!(reason.is_null());
        }
        Err(wanted) => prop_assert_eq!((got, reason), (Value::Null, json!(wanted)), "{}", name),
    }
    Ok(())
}

/// The policies that have each formula once: the names of net, gross and logo.
const POLICIES: [[&str; 3]; 6] = [
    ["cohort", "account_min", "cohort"],
    ["events", "events", "events"],
    ["compounded_monthly", "compounded_monthly", "compounded_monthly"],
    ["trailing_mean", "trailing_mean", "trailing_mean"],
    ["daily", "daily", "daily"],
    ["events_with_reactivation", "aggregate_min", "cohort"],
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_formula_is_its_sum_over_all_accounts(paid in books(), window in 1usize..6, which in 0..POLICIES.len()) {
        let [net, gross, logo] = POLICIES[which];
        let table = run(&formulas(net, gross, logo), "retention", &paid, &json!({"window": window}));
        let months = paid[0][0].len();
        let mut rows = 0;
        for end in window + 1..=months {
            let Some(row) = row_of(&table, end) else {
                // Only a place where nobody paid anything has no rows.
                let paying = paid.iter().any(|account| (0..months).any(|month| total(account, month) > 0));
                prop_assert!(!paying || table.rows() == 0 || end <= window);
                continue;
            };
            rows += 1;
            let name = if gross == "account_min" { "cohort" } else { gross };
            let wanted = [
                expected(net, &paid, end, window)[0],
                expected(name, &paid, end, window)[1],
                expected(logo, &paid, end, window)[2],
            ];
            for (figure, wanted) in FIGURES.into_iter().zip(wanted) {
                check(&table, row, figure, wanted)?;
            }
            check(&table, row, "logo_churn", wanted[2].map(|logo| 1.0 - logo))?;
            let mut warnings = Vec::new();
            for ((figure, rate), upper) in FIGURES.into_iter().zip(wanted).zip([f64::INFINITY, 1.0, 1.0]) {
                // What is one to the last digits may lie on either side.
                if rate.is_ok_and(|rate| rate < -1e-9) { warnings.push(format!("{figure}_below_zero")); }
                if rate.is_ok_and(|rate| rate > upper + 1e-9) { warnings.push(format!("{figure}_above_one")); }
            }
            let near = |rate: &Result<f64, &str>| rate.is_ok_and(|r| r.abs() <= 1e-9 || (r - 1.0).abs() <= 1e-9);
            if !wanted.iter().any(near) {
                let wanted = if warnings.is_empty() { Value::Null } else { json!(warnings.join(",")) };
                prop_assert_eq!(cell(&table, "warnings", row), wanted);
            }
        }
        prop_assert_eq!(rows, table.rows());
    }

    #[test]
    fn numerators_and_denominators_are_exact(paid in books(), window in 1usize..6) {
        let policy = policy(&json!({}));
        let table = run(&policy, "retention", &paid, &json!({"window": window}));
        for end in window + 1..=paid[0][0].len() {
            let Some(row) = row_of(&table, end) else { continue };
            let [net, gross, logo] = cohort(&paid, end - window - 1, end - 1);
            for (name, (numerator, denominator, _)) in [(FIGURES[0], net), (FIGURES[1], gross)] {
                prop_assert_eq!(cents(&table, &format!("{name}_numerator"), row), numerator);
                prop_assert_eq!(cents(&table, &format!("{name}_denominator"), row), denominator);
            }
            prop_assert_eq!(cell(&table, "logo_retention_numerator", row), json!(logo.0));
            prop_assert_eq!(cell(&table, "logo_retention_denominator", row), json!(logo.1));
            prop_assert_eq!(cell(&table, "logo_churn_numerator", row), json!(logo.1 - logo.0));
            if logo.1 > 0 {
                let rate = |name: &str| cell(&table, name, row).as_f64().unwrap();
                let gross = rate(FIGURES[1]);
                prop_assert!((0.0..=1.0).contains(&gross) && gross <= rate(FIGURES[0]));
                prop_assert!((0.0..=1.0).contains(&rate(FIGURES[2])));
            }
        }
    }

    #[test]
    fn segments_sum_to_the_whole(paid in books(), window in 1usize..6) {
        let policy = policy(&json!({}));
        let whole = run(&policy, "retention", &paid, &json!({"window": window}));
        let by = run(&policy, "retention", &paid, &json!({"window": window, "by": ["subscription"]}));
        for row in 0..whole.rows() {
            let same = |other: &usize| cell(&by, "to", *other) == cell(&whole, "to", row);
            let rows: Vec<usize> = (0..by.rows()).filter(same).collect();
            for name in &FIGURES[..2] {
                for part in ["numerator", "denominator"] {
                    let name = format!("{name}_{part}");
                    let sum: i64 = rows.iter().map(|row| cents(&by, &name, *row)).sum();
                    prop_assert_eq!(sum, cents(&whole, &name, row), "{}", name);
                }
            }
            for row in rows.into_iter().filter(|row| !cell(&by, FIGURES[1], *row).is_null()) {
                let rate = |name: &str| cell(&by, name, row).as_f64().unwrap();
                prop_assert!((0.0..=1.0).contains(&rate(FIGURES[1])) && rate(FIGURES[1]) <= rate(FIGURES[0]));
            }
        }
    }

    #[test]
    fn over_one_month_compounding_and_the_mean_are_the_cohort(paid in books()) {
        let plain = run(&formulas("cohort", "account_min", "cohort"), "retention", &paid, &json!({"window": 1}));
        for formula in ["compounded_monthly", "trailing_mean"] {
            let other = run(&formulas(formula, formula, formula), "retention", &paid, &json!({"window": 1}));
            prop_assert_eq!(plain.rows(), other.rows());
            for name in FIGURES.iter().flat_map(|name| [(*name).to_owned(), format!("{name}_reason")]) {
                for row in 0..plain.rows() {
                    prop_assert_eq!(cell(&plain, &name, row), cell(&other, &name, row));
                }
            }
        }
    }

    #[test]
    fn parts_merge_to_the_whole(paid in books(), window in 1usize..4, cut in 0usize..7, which in 0..POLICIES.len()) {
        let [net, gross, logo] = POLICIES[which];
        let (policy, months) = (formulas(net, gross, logo), paid[0][0].len());
        let bounds = json!({"window": window, "from": first_of(0), "to": first_of(months), "by": ["subscription"]});
        let whole = run(&policy, "retention", &paid, &bounds);
        let part = |accounts: std::ops::Range<usize>| {
            let mut partial = Partial::new(&policy, Operation::Retention, &options(months, &bounds)).unwrap();
            let holder = snapshots(paid.iter().enumerate().filter(|(id, _)| accounts.contains(id)));
            partial.update(&Tables::new([("snapshots", vec![holder.table()])])).unwrap();
            Partial::from_json(&partial.to_json().unwrap()).unwrap()
        };
        let cut = cut.min(paid.len());
        for (mut one, other) in [(part(0..cut), part(cut..7)), (part(cut..7), part(0..cut))] {
            one.merge(&other).unwrap();
            let merged = one.finish().unwrap();
            prop_assert_eq!(whole.rows(), merged.rows());
            for (name, column) in whole.columns() {
                for row in 0..whole.rows() {
                    prop_assert_eq!(column.json(row), merged.column(name).unwrap().json(row), "{}", name);
                }
            }
        }
    }

    #[test]
    fn a_whole_window_compares_its_two_ends(
        lines in prop::collection::vec((0usize..5, 0i32..300, 1i32..200, 1i64..1_000), 1..14), from in 1i32..250, length in 1i32..150,
    ) {
        let day = |day: i32| Date::from_days(19_358 + day).to_string();
        let column = |kind: &str, values: Vec<Value>| json!({"type": kind, "values": values});
        let of = |value: &dyn Fn(&(usize, i32, i32, i64)) -> Value| lines.iter().map(value).collect::<Vec<_>>();
        let table = Holder::of(&json!({
            "account": column("text", of(&|line| json!(format!("a{}", line.0)))),
            "start": column("date", of(&|line| json!(day(line.1)))),
            "end": column("date", of(&|line| json!(day(line.1 + line.2)))),
            "amount": column("i64", of(&|line| json!(line.3))),
            "interval": column("text", of(&|_| json!("month"))),
        }));
        let tables = Tables::new([("subscriptions", vec![table.table()])]);
        let options = json!({"window": "whole", "from": day(from), "to": day(from + length), "horizon": day(600)});
        let result = policy(&json!({})).run(Operation::Retention, &tables, &options).unwrap();
        let mrr = |account: usize, day: i32| -> i64 {
            lines.iter().filter(|l| l.0 == account && l.1 <= day && day < l.1 + l.2).map(|l| l.3).sum()
        };
        let ends: Vec<(i64, i64)> = (0..5)
            .map(|account| (mrr(account, from - 1), mrr(account, from + length - 1)))
            .filter(|(start, _)| *start > 0)
            .collect();
        if ends.is_empty() {
            prop_assert!((0..result.rows()).all(|row| cell(&result, "logo_retention_reason", row) == json!("empty_cohort")));
        } else {
            prop_assert_eq!(result.rows(), 1);
            prop_assert_eq!(cell(&result, "from", 0), json!(day(from)));
            prop_assert_eq!(cell(&result, "to", 0), json!(day(from + length)));
            let sum = |of: fn(&(i64, i64)) -> i64| ends.iter().map(of).sum::<i64>();
            prop_assert_eq!(cents(&result, "net_revenue_retention_numerator", 0), sum(|(_, end)| *end));
            prop_assert_eq!(cents(&result, "net_revenue_retention_denominator", 0), sum(|(start, _)| *start));
            prop_assert_eq!(cents(&result, "gross_revenue_retention_numerator", 0), sum(|(start, end)| *start.min(end)));
            prop_assert_eq!(cell(&result, "logo_retention_numerator", 0), json!(sum(|(_, end)| i64::from(*end > 0))));
            prop_assert_eq!(cell(&result, "logo_retention_denominator", 0), json!(ends.len()));
        }
    }

    #[test]
    fn churn_of_a_month_undoes_that_of_a_year(churn in 0.0f64..0.9, rate in 0.001f64..1.0, term in 1u32..60) {
        let figure = |name: &str, options: &Value| call(name, options).unwrap().as_f64().unwrap();
        let year = figure("annual_churn", &json!({"monthly_churn": churn}));
        let month = figure("monthly_churn", &json!({"renewal_rate": 1.0 - year, "term_months": 12}));
        // One less a number close to one keeps few digits of the rest.
        prop_assert!((month - churn).abs() <= 1e-15 / (1.0 - year), "{} comes back as {}", churn, month);
        let monthly = figure("monthly_churn", &json!({"renewal_rate": rate, "term_months": term}));
        prop_assert!(((1.0 - monthly).powi(term as i32) - rate).abs() <= 1e-13);
    }

    #[test]
    fn figures_of_a_period_follow_from_its_bridge(paid in books()) {
        let policy = policy(&json!({}));
        let (bridge, metrics) = (run(&policy, "bridge", &paid, &json!({})), run(&policy, "metrics", &paid, &json!({})));
        prop_assert_eq!(bridge.rows(), metrics.rows());
        for row in 0..bridge.rows() {
            let money = |name: &str| cents(&bridge, name, row);
            let count = |name: &str| cell(&bridge, name, row).as_i64().unwrap();
            let won = money("new") + money("reactivation") + money("expansion");
            let lost = -money("contraction") - money("churn");
            prop_assert_eq!(cents(&metrics, "mrr", row), money("closing"));
            prop_assert_eq!(cents(&metrics, "arr", row), 12 * money("closing"));
            prop_assert_eq!(cents(&metrics, "net_new_mrr", row), won - lost);
            prop_assert_eq!(cents(&metrics, "net_new_mrr", row), money("closing") - money("opening"));
            let accounts = count("closing_accounts");
            prop_assert_eq!(cell(&metrics, "accounts", row), json!(accounts));
            let (opening, none) = (money("opening"), "zero_start");
            check(&metrics, row, "arpa", quotient((money("closing"), 100 * accounts, "empty_cohort")))?;
            check(&metrics, row, "growth", quotient((won - lost, opening, none)))?;
            check(&metrics, row, "quick_ratio", quotient((won, lost, "no_losses")))?;
            check(&metrics, row, "gross_mrr_churn", quotient((lost, opening, none)))?;
            check(&metrics, row, "net_mrr_churn", quotient((lost - money("expansion"), opening, none)))?;
            let logos = (count("churn_accounts"), count("opening_accounts"), "empty_cohort");
            check(&metrics, row, "logo_churn", quotient(logos))?;
            check(&metrics, row, "recurring_share", quotient((money("closing"), money("closing"), none)))?;
        }
    }

    #[test]
    fn the_phase_rests_on_least_squares_and_students_t(paid in books(), window in 1usize..14) {
        // Two-sided 90 %: any table of Student's t, by degrees of freedom from 1 on.
        const T95: [f64; 12] = [
            6.313_752, 2.919_986, 2.353_363, 2.131_847, 2.015_048, 1.943_180, 1.894_579, 1.859_548, 1.833_113, 1.812_461,
            1.795_885, 1.782_288,
        ];
        let policy = policy(&json!({}));
        let bridge = run(&policy, "bridge", &paid, &json!({}));
        let phase = run(&policy, "phase", &paid, &json!({"window": window}));
        if phase.rows() == 0 {
            prop_assert_eq!(bridge.rows(), 0);
            return Ok(());
        }
        // The first month of the data is opening only: nothing was seen to move in it.
        let usable: Vec<usize> = (1..bridge.rows()).filter(|row| cents(&bridge, "opening", *row) > 0).collect();
        let usable = &usable[usable.len().saturating_sub(window)..];
        prop_assert_eq!(cell(&phase, "periods", 0), json!(usable.len()));
        if usable.len() < 3 {
            prop_assert_eq!(cell(&phase, "phase", 0), Value::Null);
            prop_assert_eq!(cell(&phase, "phase_reason", 0), json!("too_few_periods"));
            return Ok(());
        }
        let sums: [(&str, &[(&str, f64)]); 3] = [
            ("churn_rate", &[("churn", -1.0), ("contraction", -1.0)]),
            ("new_rate", &[("new", 1.0), ("reactivation", 1.0)]),
            ("net_rate", &[("new", 1.0), ("reactivation", 1.0), ("expansion", 1.0), ("contraction", 1.0), ("churn", 1.0)]),
        ];
        let n = usable.len() as f64;
        for (name, labels) in sums {
            let y = |row: usize| {
                let moved: f64 = labels.iter().map(|(label, sign)| sign * cents(&bridge, label, row) as f64).sum();
                moved / cents(&bridge, "opening", row) as f64
            };
            // The normal equations, without centring: (XᵀX) b = Xᵀy for the columns one and the number of the period.
            let (mut sx, mut sxx, mut sy, mut sxy, mut syy) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for row in usable {
                let (x, y) = (*row as f64, y(*row));
                (sx, sxx, sy, sxy, syy) = (sx + x, sxx + x * x, sy + y, sxy + x * y, syy + y * y);
            }
            let determinant = n * sxx - sx * sx;
            let slope = (n * sxy - sx * sy) / determinant;
            let intercept = (sxx * sy - sx * sxy) / determinant;
            let residuals: f64 = usable.iter().map(|row| y(*row) - intercept - slope * *row as f64).map(|e| e * e).sum();
            let of_slope = T95[usable.len() - 3] * (residuals / (n - 2.0) * n / determinant).sqrt();
            let mean = sy / n;
            let of_mean = T95[usable.len() - 2] * ((syy - n * mean * mean).max(0.0) / (n - 1.0) / n).sqrt();
            for (part, wanted) in [
                ("mean", mean), ("mean_low", mean - of_mean), ("mean_high", mean + of_mean),
                ("slope", slope), ("slope_low", slope - of_slope), ("slope_high", slope + of_slope),
            ] {
                let got = cell(&phase, &format!("{name}_{part}"), 0).as_f64().unwrap();
                let scale = wanted.abs() + of_slope + of_mean + mean.abs();
                prop_assert!((got - wanted).abs() <= 1e-6 * scale + 1e-7, "{name}_{part}: {got}, not {wanted}");
            }
        }
        let net = |part: &str| cell(&phase, &format!("net_rate_{part}"), 0).as_f64().unwrap();
        let wanted = if net("mean_low") > 0.0 { "growth" } else if net("mean_high") < 0.0 { "decline" } else { "mature" };
        prop_assert_eq!(cell(&phase, "phase", 0), json!(wanted));
        prop_assert_eq!(cell(&phase, "phase_reason", 0), Value::Null);
    }
}
