//! Laws of renewals, as users see them, on random contracts; forecasts against all outcomes there can be.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod common;

use common::Holder;
use cs_core::calendar::Date;
use cs_core::error::{Code, Error};
use cs_core::revenue::{Operation, RevenuePolicy};
use cs_core::table::{ResultTable, Tables};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The first of January 2024, and the day on which the contracts are known.
const START: i32 = 19_723;
const AS_OF: i32 = START + 100;

/// A contract in yen.
#[derive(Debug, Clone)]
struct Contract {
    name: usize,
    due: i32,
    amount: i64,
    closed: Option<i32>,
    outcome: Option<&'static str>,
    renewed: Option<i64>,
    probability: f64,
    auto_renew: bool,
    notice_days: Option<i32>,
    cancelled: Option<i32>,
}

fn contract() -> impl Strategy<Value = Contract> {
    let outcome = prop_oneof![Just(None), Just(Some("lost")), Just(Some("renewed")), Just(Some("renewed"))];
    let what = (START..START + 182, 0i64..40, prop::option::of(-40i32..60), outcome, prop::option::of(0i64..60));
    let notice = (0u8..=20, any::<bool>(), prop::option::of(0i32..90), prop::option::weighted(0.2, 0i32..182));
    (what, notice).prop_map(|((due, amount, after, outcome, renewed), (chance, auto_renew, notice_days, cancelled))| {
        Contract {
            name: 0,
            due,
            amount: amount * 50,
            closed: after.map(|after| due + after),
            outcome,
            renewed: renewed.map(|renewed| renewed * 50),
            probability: f64::from(chance) / 20.0,
            auto_renew,
            notice_days,
            cancelled: cancelled.map(|day| START + day),
        }
    })
}

fn contracts(most: usize) -> impl Strategy<Value = Vec<Contract>> {
    prop::collection::vec(contract(), 1..most).prop_map(|mut all| {
        all.iter_mut().enumerate().for_each(|(name, contract)| contract.name = name);
        all
    })
}

impl Contract {
    /// What is known of it: its outcome, unless it was closed later.
    fn known(&self) -> Option<&'static str> {
        self.outcome.filter(|_| self.closed.is_none_or(|closed| closed <= AS_OF))
    }

    fn renewed(&self) -> i64 {
        self.renewed.unwrap_or(self.amount)
    }

    fn bucket(&self, grace: i32) -> &'static str {
        match (self.known(), self.closed) {
            (None, _) => "open",
            (Some("lost"), _) => "lost",
            (_, Some(closed)) if closed < self.due => "early",
            (_, Some(closed)) if closed > self.due + grace => "late",
            _ => "on_time",
        }
    }

    fn is_committed(&self) -> bool {
        let passed = self.notice_days.is_some_and(|days| self.due - days < AS_OF);
        self.known().is_none() && self.auto_renew && passed && self.cancelled.is_none_or(|day| day > AS_OF)
    }
}

fn day(day: i32) -> String {
    Date::from_days(day).to_string()
}

fn table(contracts: &[Contract]) -> Value {
    let column = |kind: &str, of: &dyn Fn(&Contract) -> Value| json!({"type": kind, "values": contracts.iter().map(of).collect::<Vec<_>>()});
    json!({
        "account": column("text", &|c| json!(format!("a{}", c.name % 7))),
        "contract": column("text", &|c| json!(format!("c{}", c.name))),
        "due": column("date", &|c| json!(day(c.due))),
        "amount": column("i64", &|c| json!(c.amount)),
        "closed_at": column("date", &|c| json!(c.closed.map(day))),
        "outcome": column("text", &|c| json!(c.outcome)),
        "renewed_amount": column("i64", &|c| json!(c.renewed)),
        "probability": column("f64", &|c| json!(c.probability)),
        "auto_renew": column("bool", &|c| json!(c.auto_renew)),
        "notice_days": column("i64", &|c| json!(c.notice_days)),
        "cancel_requested_at": column("date", &|c| json!(c.cancelled.map(day))),
        "tier": column("text", &|c| json!(["x", "y", "z"][c.name % 3])),
    })
}

fn policy(timing: &str, grace: i32) -> RevenuePolicy {
    let renewals = json!({"timing": timing, "grace_days": grace});
    let document = json!({"schema_version": 1, "policy": "p", "currency": "JPY", "renewals": renewals});
    RevenuePolicy::from_value(&document).unwrap()
}

fn try_run(policy: &RevenuePolicy, operation: &str, table: &Value, options: Value) -> Result<ResultTable, Error> {
    let holder = Holder::of(table);
    let tables = Tables::new([("contracts", vec![holder.table()])]);
    policy.run(Operation::parse(operation).unwrap(), &tables, &options)
}

fn run(policy: &RevenuePolicy, operation: &str, table: &Value, options: &Value) -> ResultTable {
    let mut all = json!({"as_of": day(AS_OF)});
    let extra = options.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(extra);
    try_run(policy, operation, table, all).unwrap()
}

/// The figures of a column: whole numbers, yen, and floats.
fn figures(result: &ResultTable, name: &str) -> Vec<f64> {
    let column = result.column(name).unwrap_or_else(|| panic!("no column {name}"));
    let cell = |row| match column.json(row).unwrap() {
        Value::String(text) => text.parse().unwrap(),
        cell => cell.as_f64().unwrap_or(f64::NAN),
    };
    (0..result.rows()).map(cell).collect()
}

fn figure(result: &ResultTable, name: &str) -> f64 {
    figures(result, name)[0]
}

fn texts(result: &ResultTable, name: &str) -> Vec<Option<String>> {
    let column = result.column(name).unwrap();
    (0..result.rows()).map(|row| column.text(row).map(str::to_owned)).collect()
}

/// All cells that are not the caller's own.
fn cells(result: &ResultTable) -> Vec<Option<Value>> {
    result.columns().iter().flat_map(|(_, column)| (0..result.rows()).map(|row| column.json(row))).collect()
}

const BUCKETS: [&str; 5] = ["on_time", "early", "late", "lost", "open"];
const SUMS: [&str; 19] = [
    "due",
    "on_time",
    "early",
    "late",
    "lost",
    "open",
    "uplift",
    "downsell",
    "due_contracts",
    "on_time_contracts",
    "early_contracts",
    "late_contracts",
    "lost_contracts",
    "open_contracts",
    "gross_renewal_rate_numerator",
    "gross_renewal_rate_denominator",
    "net_renewal_rate_numerator",
    "net_renewal_rate_denominator",
    "renewal_rate_by_count_numerator",
];

/// The probability of each sum of those that renew, from the smallest sum up, by going through all outcomes.
fn all_outcomes(open: &[(f64, i64)]) -> Vec<(i64, f64)> {
    let mut sums: Vec<(i64, f64)> = (0u32..1 << open.len())
        .map(|outcome| {
            open.iter().enumerate().fold((0, 1.0), |(sum, chance), (at, (p, amount))| {
                if outcome >> at & 1 == 1 { (sum + amount, chance * p) } else { (sum, chance * (1.0 - p)) }
            })
        })
        .collect();
    sums.sort_by_key(|(sum, _)| *sum);
    sums
}

/// Whether a sum is the smallest up to which there is the probability, a hair to either side.
fn is_quantile(found: i64, probability: f64, sums: &[(i64, f64)]) -> bool {
    let up_to = |most: i64| sums.iter().filter(|(sum, _)| *sum <= most).map(|(_, chance)| chance).sum::<f64>();
    let is_sum = sums.iter().any(|(sum, _)| *sum == found);
    is_sum && up_to(found) >= probability - 2e-12 && (found == 0 || up_to(found - 1) < probability)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn buckets_part_what_is_due(all in contracts(40), grace in 0i32..30) {
        let options = json!({"from": "2024-01-01", "to": "2024-07-01", "period": "year"});
        let result = run(&policy("scheduled", grace), "renewals", &table(&all), &options);
        for bucket in BUCKETS {
            let inside = all.iter().filter(|contract| contract.bucket(grace) == bucket);
            prop_assert_eq!(figure(&result, &format!("{bucket}_contracts")), inside.clone().count() as f64);
            prop_assert_eq!(figure(&result, bucket), inside.map(|contract| contract.amount).sum::<i64>() as f64);
        }
        let due: i64 = all.iter().map(|contract| contract.amount).sum();
        prop_assert_eq!(figure(&result, "due"), due as f64);
        let renewed: Vec<&Contract> = all.iter().filter(|contract| contract.known() == Some("renewed")).collect();
        let gross: i64 = renewed.iter().map(|contract| contract.renewed().min(contract.amount)).sum();
        let net: i64 = renewed.iter().map(|contract| contract.renewed()).sum();
        let kept: i64 = renewed.iter().map(|contract| contract.amount).sum();
        prop_assert_eq!(figure(&result, "uplift") + figure(&result, "downsell"), (net - kept) as f64);
        prop_assert_eq!(figure(&result, "downsell"), (gross - kept) as f64);
        prop_assert_eq!(figure(&result, "renewal_rate_by_count"), renewed.len() as f64 / all.len() as f64);
        if due == 0 {
            prop_assert_eq!(texts(&result, "gross_renewal_rate_reason"), [Some("zero_start".to_owned())]);
        } else {
            prop_assert_eq!(figure(&result, "gross_renewal_rate"), gross as f64 / due as f64);
            prop_assert_eq!(figure(&result, "net_renewal_rate"), net as f64 / due as f64);
            prop_assert!(gross <= due && gross <= net);
        }
    }

    #[test]
    fn a_quarter_is_the_sum_of_its_months(all in contracts(40), closed in any::<bool>()) {
        let policy = policy(if closed { "closed" } else { "scheduled" }, 5);
        let of = |period: &str| {
            let options = json!({"from": "2024-01-01", "to": "2024-07-01", "period": period});
            run(&policy, "renewals", &table(&all), &options)
        };
        let (months, quarters) = (of("month"), of("quarter"));
        let month_of = texts(&months, "period");
        for (row, quarter) in texts(&quarters, "period").into_iter().flatten().enumerate() {
            let first = if quarter == "2024-Q1" { "2024-01" } else { "2024-04" };
            let last = if quarter == "2024-Q1" { "2024-03" } else { "2024-06" };
            for name in SUMS {
                let parts = figures(&months, name).into_iter().zip(&month_of);
                let inside = parts.filter(|(_, month)| month.as_deref().is_some_and(|m| first <= m && m <= last));
                let sum: f64 = inside.map(|(figure, _)| figure).sum();
                prop_assert_eq!(figures(&quarters, name)[row], sum, "{} {}", quarter, name);
            }
        }
    }

    #[test]
    fn keys_sum_to_the_total(all in contracts(40)) {
        let policy = policy("scheduled", 0);
        let of = |by: Value| run(&policy, "renewals", &table(&all), &json!({"period": "year", "by": by}));
        let (total, parts) = (of(json!([])), of(json!(["tier"])));
        for name in SUMS {
            prop_assert_eq!(figure(&total, name), figures(&parts, name).iter().sum::<f64>(), "{}", name);
        }
    }

    #[test]
    fn a_forecast_is_that_of_all_outcomes(all in contracts(11), confidence in 0u8..=20) {
        let confidence = f64::from(confidence) / 20.0;
        let options = json!({"period": "year", "confidence": confidence});
        let result = run(&policy("scheduled", 0), "forecast", &table(&all), &options);
        let (mut won, mut committed, mut lost, mut upsell, mut sure) = (0, 0, 0, 0, 0);
        let mut open = Vec::new();
        for contract in &all {
            match contract.known() {
                Some("renewed") => {
                    won += contract.renewed().min(contract.amount);
                    lost += (contract.amount - contract.renewed()).max(0);
                    upsell += (contract.renewed() - contract.amount).max(0);
                    sure += 1;
                }
                Some(_) => lost += contract.amount,
                None if contract.is_committed() => {
                    committed += contract.amount;
                    sure += 1;
                }
                None => open.push((contract.probability, contract.amount)),
            }
        }
        let due: i64 = all.iter().map(|contract| contract.amount).sum();
        let open_amount: i64 = open.iter().map(|(_, amount)| amount).sum();
        let known = [("won", won), ("committed", committed), ("lost", lost), ("open", open_amount), ("upsell", upsell)];
        for (name, amount) in known.into_iter().chain([("due", due), ("contracts", all.len() as i64)]) {
            prop_assert_eq!(figure(&result, name), amount as f64, "{}", name);
        }
        prop_assert_eq!(won + committed + open_amount + lost, due);
        let sums = all_outcomes(&open);
        let expected: f64 = sums.iter().map(|(sum, chance)| *sum as f64 * chance).sum();
        prop_assert!((figure(&result, "expected") - (won + committed) as f64 - expected).abs() < 1e-8);
        let counts = all_outcomes(&open.iter().map(|(p, _)| (*p, 1)).collect::<Vec<_>>());
        for (name, tail) in [("low", (1.0 - confidence) / 2.0), ("high", (1.0 + confidence) / 2.0)] {
            let value = figure(&result, name) as i64 - won - committed;
            prop_assert!(is_quantile(value, tail, &sums), "{} {} of {:?}", name, value, open);
            let count = figure(&result, &format!("{name}_contracts")) as i64 - sure;
            prop_assert!(is_quantile(count, tail, &counts), "{} {} of {:?}", name, count, open);
        }
        prop_assert_eq!(texts(&result, "method"), [Some("exact".to_owned())]);
    }

    #[test]
    fn intervals_are_within_what_is_possible(all in contracts(60), normal in any::<bool>()) {
        let options = json!({"method": if normal { "normal" } else { "exact" }});
        let result = run(&policy("scheduled", 0), "forecast", &table(&all), &options);
        for row in 0..result.rows() {
            let of = |name: &str| figures(&result, name)[row];
            let certain = of("won") + of("committed");
            prop_assert_eq!(certain + of("open") + of("lost"), of("due"));
            prop_assert!(certain <= of("low") && of("low") <= of("high") && of("high") <= certain + of("open"));
            prop_assert!(of("low_contracts") <= of("high_contracts") && of("high_contracts") <= of("contracts"));
        }
    }

    #[test]
    fn many_equal_contracts_are_nearly_normal(n in 150usize..400, chance in 2u8..=18, amount in 1i64..5_000) {
        let one = Contract {
            name: 0, due: AS_OF + 3, amount, closed: None, outcome: None, renewed: None,
            probability: f64::from(chance) / 20.0, auto_renew: false, notice_days: None, cancelled: None,
        };
        let all: Vec<Contract> = (0..n).map(|name| Contract { name, ..one.clone() }).collect();
        let of = |method: &str| {
            let result = run(&policy("scheduled", 0), "forecast", &table(&all), &json!({"method": method}));
            [figure(&result, "low"), figure(&result, "high")]
        };
        let (exact, normal) = (of("exact"), of("normal"));
        // One contract is the step of the exact one; half of one covers the skewness.
        prop_assert!(exact.iter().zip(normal).all(|(a, b)| (a - b).abs() <= 1.5 * amount as f64), "{exact:?} {normal:?}");
    }

    #[test]
    fn rows_and_batches_do_not_matter(all in contracts(30), seed in any::<u64>()) {
        let mut other = all.clone();
        other.sort_by_key(|contract| (contract.name as u64 + 1).wrapping_mul(seed | 1) >> 7);
        let policy = policy("closed", 3);
        let options = json!({"by": ["tier"]});
        let whole = run(&policy, "renewals", &table(&all), &options);
        prop_assert_eq!(cells(&whole), cells(&run(&policy, "renewals", &table(&other), &options)));
        let rows: Vec<Holder> = (0..all.len()).map(|row| Holder::of_row(&table(&all), row)).collect();
        let tables = Tables::new([("contracts", rows.iter().map(Holder::table).collect::<Vec<_>>())]);
        for operation in [Operation::Renewals, Operation::RenewalCalendar, Operation::Forecast] {
            let options = json!({"as_of": day(AS_OF)});
            let batches = policy.run(operation, &tables, &options).unwrap();
            let whole = try_run(&policy, operation.name(), &table(&all), options).unwrap();
            prop_assert_eq!(cells(&batches), cells(&whole));
        }
    }

    #[test]
    fn the_calendar_lists_what_is_open(all in contracts(40), leads in prop::collection::vec(0u32..120, 1..5)) {
        let result = run(&policy("scheduled", 0), "renewal_calendar", &table(&all), &json!({"lead_days": leads}));
        let mut wanted: Vec<&Contract> = all
            .iter()
            .filter(|contract| contract.known().is_none() && contract.due >= AS_OF)
            .filter(|contract| leads.iter().any(|lead| contract.due - AS_OF <= *lead as i32))
            .collect();
        wanted.sort_by_key(|contract| contract.due);
        let names: Vec<_> = wanted.iter().map(|contract| Some(format!("c{}", contract.name))).collect();
        prop_assert_eq!(texts(&result, "contract"), names);
        for (row, contract) in wanted.iter().enumerate() {
            let days = contract.due - AS_OF;
            let lead = leads.iter().filter(|lead| **lead as i32 >= days).min().unwrap();
            prop_assert_eq!(figures(&result, "lead_days")[row], f64::from(*lead));
            let notice = result.column("days_to_notice").unwrap().whole(row);
            prop_assert_eq!(notice, contract.notice_days.map(|notice| i64::from(days - notice)));
            let asked = contract.cancelled.is_some_and(|day| day <= AS_OF);
            prop_assert_eq!(figures(&result, "cancel_requested")[row], f64::from(u8::from(asked)));
        }
    }

    #[test]
    fn the_last_that_is_known_counts(all in contracts(20)) {
        // Each contract was recorded lost before, and will be recorded lost again.
        let mut versions = Vec::new();
        let mut recorded = Vec::new();
        for contract in &all {
            let wrong = Contract { outcome: Some("lost"), amount: contract.amount + 7, closed: None, ..contract.clone() };
            versions.extend([wrong.clone(), contract.clone(), wrong]);
            recorded.extend([AS_OF - 9, AS_OF, AS_OF + 1].map(day));
        }
        let mut known = table(&versions);
        known["recorded_at"] = json!({"type": "date", "values": recorded});
        let policy = policy("scheduled", 0);
        for operation in ["renewals", "renewal_calendar", "forecast"] {
            let (a, b) = (run(&policy, operation, &known, &json!({})), run(&policy, operation, &table(&all), &json!({})));
            prop_assert_eq!(cells(&a), cells(&b));
        }
    }
}

/// Texts as a column.
fn column(values: &[&str]) -> Value {
    let value = |value: &&str| if value.is_empty() { Value::Null } else { json!(value) };
    json!({"type": "text", "values": values.iter().map(value).collect::<Vec<_>>()})
}

#[test]
fn what_was_due_in_january_and_closed_in_february() {
    let table = json!({
        "account": column(&["a", "b"]), "contract": column(&["1", "2"]), "amount": column(&["100", "100"]),
        "due": column(&["2024-01-31", "2024-02-15"]), "closed_at": column(&["2024-02-05", "2024-02-15"]),
        "outcome": column(&["renewed", "renewed"]),
    });
    let rates = |timing: &str, period: &str| {
        let result = run(&policy(timing, 0), "renewals", &table, &json!({"period": period}));
        figures(&result, "gross_renewal_rate")
    };
    assert_eq!(rates("closed", "month"), [0.0, 2.0]);
    assert_eq!(rates("closed", "quarter"), [1.0]);
    assert_eq!(rates("scheduled", "month"), [1.0, 1.0]);
}

#[test]
fn some_renew_for_more() {
    let table = json!({
        "account": column(&["a", "b"]), "contract": column(&["1", "2"]), "amount": column(&["12000", "3000"]),
        "due": column(&["2024-01-31", "2024-01-15"]), "outcome": column(&["renewed", "lost"]),
        "renewed_amount": column(&["13200", ""]),
    });
    let result = run(&policy("scheduled", 0), "renewals", &table, &json!({}));
    assert_eq!((figure(&result, "gross_renewal_rate"), figure(&result, "net_renewal_rate")), (0.8, 0.88));
    assert_eq!((figure(&result, "uplift"), figure(&result, "downsell")), (1200.0, 0.0));
}

/// Of a base of 1,000,000 a quarter is due: 80 % of that renews, 95 % of the base stays.
#[test]
fn renewal_is_not_retention() {
    let table = json!({
        "account": column(&["b", "c"]), "contract": column(&["1", "2"]), "amount": column(&["200000", "50000"]),
        "due": column(&["2024-01-31", "2024-01-15"]), "outcome": column(&["renewed", "lost"]),
    });
    let result = run(&policy("scheduled", 0), "renewals", &table, &json!({}));
    assert_eq!(figure(&result, "gross_renewal_rate"), 0.8);
    let book = Holder::of(&json!({
        "account": column(&["a", "b", "c", "a", "b"]), "mrr": column(&["750000", "200000", "50000", "750000", "200000"]),
        "month": column(&["2023-12", "2023-12", "2023-12", "2024-01", "2024-01"]),
    }));
    let tables = Tables::new([("snapshots", vec![book.table()])]);
    let options = json!({"window": "whole", "from": "2024-01-01", "to": "2024-02-01"});
    let result = policy("scheduled", 0).run(Operation::Retention, &tables, &options).unwrap();
    assert_eq!(figure(&result, "net_revenue_retention"), 0.95);
    assert_eq!(figure(&result, "gross_revenue_retention"), 0.95);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let good = |name: &str, values: &[&str]| {
        let mut table = json!({
            "account": column(&["a", "b"]), "contract": column(&["1", "2"]), "amount": column(&["12", "3"]),
            "due": column(&["2024-05-31", "2024-05-15"]), "probability": column(&["0.5", "0.5"]),
        });
        table[name] = column(values);
        try_run(&policy("scheduled", 0), "forecast", &table, json!({"as_of": "2024-05-01"}))
    };
    assert!(good("auto_renew", &["true", "0"]).is_ok());
    assert!(good("notice_days", &["30", ""]).is_ok());
    for (name, value, code) in [
        ("auto_renew", "maybe", Code::WrongColumnType),
        ("notice_days", "a month", Code::InvalidQuantity),
        ("notice_days", "-1", Code::InvalidQuantity),
        ("due", "", Code::MissingDate),
        ("due", "31/05/2024", Code::InvalidDate),
        ("closed_at", "soon", Code::InvalidDate),
        ("amount", "", Code::MissingAmount),
        ("amount", "-1", Code::NegativeAmount),
        ("amount", "twelve", Code::InvalidAmount),
        ("outcome", "won", Code::UnknownOutcome),
        ("probability", "1.5", Code::InvalidProbability),
        ("recorded_at", "", Code::MissingDate),
        ("recorded_at", "soon", Code::InvalidDate),
    ] {
        let first = if name == "outcome" { "renewed" } else { "2024-04-01" };
        let first = match name {
            "auto_renew" => "true",
            "notice_days" | "amount" => "1",
            "probability" => "1",
            _ => first,
        };
        let error = good(name, &[first, value]).expect_err(value);
        let context = error.context();
        assert_eq!((error.code(), context.column.as_deref(), context.row_count), (code, Some(name), 1), "{value}");
        assert_eq!(context.rows.as_slice(), [1], "{name} {value}");
    }
}

#[test]
fn a_group_has_one_probability() {
    let table = Holder::of(&json!({
        "account": column(&["a"]), "contract": column(&["1"]), "amount": column(&["1000"]),
        "due": column(&["2024-05-31"]), "tier": column(&["gold"]),
    }));
    let of = |chances: &[&str]| {
        let groups = Holder::of(&json!({"tier": column(&["gold", "gold"]), "probability": column(chances)}));
        let tables = Tables::new([("contracts", vec![table.table()]), ("probabilities", vec![groups.table()])]);
        let options = json!({"as_of": "2024-05-01", "probability_by": "tier"});
        policy("scheduled", 0).run(Operation::Forecast, &tables, &options)
    };
    assert_eq!(figure(&of(&["0.9", "0.9"]).unwrap(), "expected"), 900.0);
    let error = of(&["0.9", "0.8"]).unwrap_err();
    assert_eq!((error.code(), error.context().rows.as_slice()), (Code::InvalidProbability, &[1u64][..]));
}
