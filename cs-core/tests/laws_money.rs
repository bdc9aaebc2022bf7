//! Laws of money and time, as users see them, on random input.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use chrono::{Datelike, Months, NaiveDate};
use cs_core::calendar::{Date, EndRule, Fiscal, Month, NameBy, PeriodKind, Weekday, Weeks};
use cs_core::money::{Rounding, round, split_amount};
use cs_core::scalar::call;
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

const CURRENCIES: [(&str, u32); 4] = [("JPY", 0), ("USD", 2), ("KWD", 3), ("CLF", 4)];

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn day() -> impl Strategy<Value = Date> {
    (-200_000i32..400_000).prop_map(Date::from_days)
}

fn chrono(day: Date) -> NaiveDate {
    NaiveDate::parse_from_str(&day.to_string(), "%Y-%m-%d").unwrap()
}

fn name_by() -> impl Strategy<Value = NameBy> {
    prop_oneof![Just(NameBy::Start), Just(NameBy::End)]
}

fn by_weeks() -> impl Strategy<Value = (Fiscal, u32, usize, EndRule)> {
    let weeks = prop_oneof![Just(Weeks::W445), Just(Weeks::W454), Just(Weeks::W544)];
    let rule = prop_oneof![Just(EndRule::Last), Just(EndRule::Nearest)];
    (weeks, 1u32..=12, 0usize..7, rule, name_by()).prop_map(|(weeks, year_end_month, weekday, rule, name_by)| {
        let fiscal = Fiscal::Weeks { weeks, year_end_month, weekday: WEEKDAYS[weekday], rule, name_by };
        (fiscal, year_end_month, weekday, rule)
    })
}

fn fiscal() -> impl Strategy<Value = Fiscal> {
    let months = (1u32..=12, name_by()).prop_map(|(start_month, name_by)| Fiscal::Months { start_month, name_by });
    prop_oneof![months, by_weeks().prop_map(|(fiscal, ..)| fiscal)]
}

fn kind() -> impl Strategy<Value = PeriodKind> {
    (0..PeriodKind::NAMED.len()).prop_map(|n| PeriodKind::NAMED[n].1)
}

proptest! {
    #[test]
    fn amounts_round_to_their_currency(mantissa in any::<i64>(), scale in 0u32..=10, currency in 0..CURRENCIES.len()) {
        let ((code, exponent), amount) = (CURRENCIES[currency], Decimal::new(mantissa, scale));
        let modes = [
            (Rounding::HalfEven, "half_even", RoundingStrategy::MidpointNearestEven),
            (Rounding::HalfUp, "half_up", RoundingStrategy::MidpointAwayFromZero),
        ];
        for (rounding, mode, strategy) in modes {
            let found = round(amount, code, rounding).unwrap();
            prop_assert_eq!(found, amount.round_dp_with_strategy(exponent, strategy));
            prop_assert_eq!(found.scale(), exponent);
            let options = json!({"amount": amount.to_string(), "currency": code, "mode": mode});
            let text: Decimal = call("round_money", &options).unwrap().as_str().unwrap().parse().unwrap();
            prop_assert_eq!((text, text.scale()), (found, exponent));
        }
    }

    #[test]
    fn parts_sum_to_the_amount(minor in any::<i32>(), weights in prop::collection::vec(0i64..1000, 1..20), currency in 0..CURRENCIES.len()) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let (code, exponent) = CURRENCIES[currency];
        let amount = Decimal::new(minor.into(), exponent);
        let parts = split_amount(amount, code, &weights).unwrap();
        prop_assert_eq!(parts.iter().sum::<Decimal>(), amount);
        let (unit, sum) = (Decimal::new(1, exponent), Decimal::from(weights.iter().sum::<i64>()));
        for (part, weight) in parts.iter().zip(&weights) {
            prop_assert!((part * sum - amount * Decimal::from(*weight)).abs() < unit * sum);
        }
        // Weights count by their proportions alone, be they texts, wholes or decimals.
        let tenths: Vec<Value> = weights.iter().map(|weight| json!(Decimal::new(*weight, 1).to_string())).collect();
        let options = json!({"amount": amount.to_string(), "weights": tenths, "currency": code});
        let texts: Vec<Decimal> =
            call("split_money", &options).unwrap().as_array().unwrap().iter().map(|part| part.as_str().unwrap().parse().unwrap()).collect();
        prop_assert_eq!(texts, parts);
    }

    #[test]
    fn months_are_counted_from_the_anchor(anchor in day(), n in -600i32..600) {
        let found = anchor.plus_months(n).unwrap();
        // No month is skipped, and the day is the anchor's or the month's last.
        let month = Month::of(found).unwrap();
        prop_assert_eq!(month.months_since(Month::of(anchor).unwrap()), n);
        prop_assert_eq!(found.parts().unwrap().2, anchor.parts().unwrap().2.min(month.days()));
        let base = chrono(anchor);
        let months = Months::new(n.unsigned_abs());
        let wanted = if n < 0 { base.checked_sub_months(months) } else { base.checked_add_months(months) };
        prop_assert_eq!(chrono(found), wanted.unwrap());
        prop_assert!(anchor.plus_months(n + 1).unwrap() > found);
        // The count is found again; the day after an end that was cut short is no whole number of months away.
        prop_assert_eq!(anchor.months_until(found), Some(n));
        let next = Date::from_days(found.days() + 1);
        prop_assert!(anchor.months_until(next).is_none_or(|months| anchor.plus_months(months) == Some(next)));
    }

    #[test]
    fn months_and_dates_read_back(date in day()) {
        let month = Month::of(date).unwrap();
        prop_assert_eq!(Month::parse(&month.to_string()).unwrap(), month);
        prop_assert_eq!(Month::parse(&date.to_string()).unwrap(), month);
        let first = month.first_day().unwrap();
        prop_assert!(first <= date && date < month.plus(1).first_day().unwrap());
        prop_assert_eq!(i64::from(month.days()), month.plus(1).first_day().unwrap().days_since(first));
        let (year, number, day) = date.parts().unwrap();
        prop_assert_eq!(Date::new(year, number, day), Some(date));
    }

    #[test]
    fn periods_tile_time(fiscal in fiscal(), kind in kind(), from in day(), days in 1i32..1200) {
        let to = Date::from_days(from.days() + days);
        let periods = fiscal.periods(kind, from, to).unwrap();
        prop_assert!(periods[0].from <= from && from < periods[0].to);
        let last = periods.last().unwrap();
        prop_assert!(last.from < to && to <= last.to);
        prop_assert!(periods.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].label != pair[1].label));
        for period in &periods {
            prop_assert!(period.from < period.to);
            let final_day = Date::from_days(period.to.days() - 1);
            prop_assert_eq!(&fiscal.period_of(kind, period.from).unwrap(), period);
            prop_assert_eq!(&fiscal.period_of(kind, final_day).unwrap(), period);
        }
        // The same by name.
        let name = PeriodKind::NAMED.iter().find(|(_, known)| *known == kind).unwrap().0;
        let calendar = serde_json::to_value(fiscal).unwrap();
        let options = json!({"period": name, "from": from.to_string(), "to": to.to_string(), "calendar": calendar});
        let found = call("periods", &options).unwrap();
        let labels: Vec<&str> = found.as_array().unwrap().iter().map(|period| period["period"].as_str().unwrap()).collect();
        prop_assert_eq!(labels, periods.iter().map(|period| period.label.as_str()).collect::<Vec<_>>());
    }

    #[test]
    fn weeks_are_those_of_iso_8601(date in day()) {
        let week = chrono(date).iso_week();
        let found = Fiscal::default().period_of(PeriodKind::Week, date).unwrap();
        prop_assert_eq!(found.label, format!("{:04}-W{:02}", week.year(), week.week()));
        prop_assert_eq!(chrono(found.from).weekday(), chrono::Weekday::Mon);
        prop_assert_eq!(found.to.days_since(found.from), 7);
    }

    #[test]
    fn quarters_of_years_of_months_have_three(start_month in 1u32..=12, name_by in name_by(), date in day()) {
        let fiscal = Fiscal::Months { start_month, name_by };
        for (kind, months) in [(PeriodKind::FiscalMonth, 1), (PeriodKind::FiscalQuarter, 3), (PeriodKind::FiscalYear, 12)] {
            let found = fiscal.period_of(kind, date).unwrap();
            prop_assert_eq!(found.from.plus_months(months), Some(found.to));
            let (_, month, day) = found.from.parts().unwrap();
            prop_assert_eq!((day, (month + 12 - start_month) % months as u32), (1, 0));
        }
    }

    #[test]
    fn years_of_weeks_end_where_their_rule_says((fiscal, month, weekday, rule) in by_weeks(), date in day()) {
        let year = fiscal.period_of(PeriodKind::FiscalYear, date).unwrap();
        prop_assert!(matches!(year.to.days_since(year.from), 364 | 371));
        let end = chrono(Date::from_days(year.to.days() - 1));
        prop_assert_eq!(end.weekday().num_days_from_monday() as usize, weekday);
        // Every day from three before the month's last to three after is nearer than the others of its name.
        let near = |end: NaiveDate| (-3..=3).any(|off| {
            let day = end + chrono::TimeDelta::days(off);
            day.month() == month && (day + chrono::TimeDelta::days(1)).month() != month
        });
        let within = match rule {
            EndRule::Last => end.month() == month && (end + chrono::TimeDelta::days(7)).month() != month,
            _ => near(end),
        };
        prop_assert!(within);

        // Twelve months of 4 or 5 weeks, the last of up to 6; four quarters of 13, the last of up to 14.
        let months = fiscal.periods(PeriodKind::FiscalMonth, year.from, year.to).unwrap();
        let quarters = fiscal.periods(PeriodKind::FiscalQuarter, year.from, year.to).unwrap();
        prop_assert_eq!((months.len(), quarters.len()), (12, 4));
        let extra = i64::from(year.to.days_since(year.from) == 371);
        for (n, quarter) in quarters.iter().enumerate() {
            let weeks: Vec<i64> = months[3 * n..3 * n + 3].iter().map(|month| month.to.days_since(month.from) / 7).collect();
            let long = if n == 3 { extra } else { 0 };
            prop_assert_eq!(weeks.iter().sum::<i64>(), 13 + long);
            prop_assert_eq!(quarter.to.days_since(quarter.from), 7 * (13 + long));
            prop_assert_eq!(quarter.from, months[3 * n].from);
        }

        // Years are named one after the other.
        let number = |label: &str| label[2..].parse::<i32>().unwrap();
        let next = fiscal.period_of(PeriodKind::FiscalYear, year.to).unwrap();
        prop_assert_eq!(number(&next.label), number(&year.label) + 1);
    }

    #[test]
    fn no_options_make_it_fall_over(name in 0usize..9, text in "[-0-9./e]{0,12}", number in any::<i64>(), float in any::<f64>()) {
        let name = ["currency_exponent", "round_money", "split_money", "monthly_amount", "add_months", "periods",
            "period_of", "monthly_churn", "annual_churn"][name];
        for value in [json!(text), json!(number), json!(float), json!(null), json!([text, number])] {
            let options = json!({
                "amount": value, "weights": value, "currency": "JPY", "interval": "week", "interval_count": value,
                "quantity": value, "date": "2024-01-31", "months": value, "renewal_rate": value, "term_months": value,
                "monthly_churn": value,
            });
            let known = |key: &str| match name {
                "round_money" => matches!(key, "amount" | "currency"),
                "split_money" => matches!(key, "amount" | "currency" | "weights"),
                "monthly_amount" => matches!(key, "amount" | "currency" | "interval" | "interval_count" | "quantity"),
                "add_months" => matches!(key, "date" | "months"),
                "monthly_churn" => matches!(key, "renewal_rate" | "term_months"),
                "annual_churn" => key == "monthly_churn",
                _ => true,
            };
            let kept: serde_json::Map<String, Value> =
                options.as_object().unwrap().iter().filter(|(key, _)| known(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
            if let Ok(found) = call(name, &Value::Object(kept)) {
                prop_assert!(!found.is_null());
                prop_assert!(found.as_f64().is_none_or(f64::is_finite));
            }
        }
    }
}

/// The retail calendar of the National Retail Federation (<https://www.nrf.com/resources/4-5-4-calendar>): its years of 53
/// weeks were fiscal 2012, 2017 and 2023, and that of 2023 ended on 3 February 2024.
#[test]
fn the_retail_calendar_is_as_published() {
    let calendar = |rule: &str| json!({"weeks": "4-5-4", "year_end_month": 1, "weekday": "saturday", "rule": rule, "name_by": "start"});
    let years = |rule: &str| {
        let options =
            json!({"period": "fiscal_year", "from": "2007-06-01", "to": "2024-06-01", "calendar": calendar(rule)});
        let found = call("periods", &options).unwrap();
        found.as_array().unwrap().clone()
    };
    let length = |year: &Value| {
        let day = |key: &str| Date::parse(year[key].as_str().unwrap()).unwrap();
        day("to").days_since(day("from")) / 7
    };
    let nearest = years("nearest");
    let long: Vec<&Value> = nearest.iter().filter(|year| length(year) == 53).map(|year| &year["period"]).collect();
    assert_eq!(long, ["FY2012", "FY2017", "FY2023"]);
    assert_eq!(nearest[16], json!({"period": "FY2023", "from": "2023-01-29", "to": "2024-02-04"}));
    assert_eq!(nearest[10], json!({"period": "FY2017", "from": "2017-01-29", "to": "2018-02-04"}));
    // With the last Saturday of January the year ended a week earlier, and had 52 weeks.
    let last = years("last");
    assert_eq!(last[16], json!({"period": "FY2023", "from": "2023-01-29", "to": "2024-01-28"}));
    assert_ne!(nearest, last);
}
