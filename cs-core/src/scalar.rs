//! Single figures by name: what the bindings call for one amount, one date, one rate.

use crate::calendar::{Date, Fiscal, Period, PeriodKind};
use crate::document::{Fields, Node, Reader, check_limits};
use crate::error::{Code, Issue, Result, suggest};
use crate::money::{self, Currencies, Currency, Ratio, Rounding};
use crate::revenue::RevenuePolicy;
use crate::table::write_decimal;
use serde_json::{Value, json};

/// A figure: what it makes of its options.
type Figure = fn(&Value) -> Result<Value>;

/// The figures, by name.
const FIGURES: [(&str, Figure); 9] = [
    ("currency_exponent", currency_exponent),
    ("round_money", round_money),
    ("split_money", split_money),
    ("monthly_amount", monthly_amount),
    ("add_months", add_months),
    ("periods", periods),
    ("period_of", period_of),
    ("monthly_churn", monthly_churn),
    ("annual_churn", annual_churn),
];

/// One figure from options, by name.
///
/// Amounts are texts such as `"12.50"`, or whole numbers; both are major units. A float is no amount. Dates are ISO texts.
///
/// | name | options | gives |
/// |---|---|---|
/// | `currency_exponent` | `currency`, `currencies?` | the decimals of its minor unit |
/// | `round_money` | `amount`, `currency`, `scale?`, `mode?`, `currencies?` | the amount rounded |
/// | `split_money` | `amount`, `weights`, `currency`, `scale?`, `currencies?` | parts that sum to the amount |
/// | `monthly_amount` | `amount`, `interval`, `interval_count?`, `quantity?`, `currency?`, `policy?` | what it is a month |
/// | `add_months` | `date`, `months` | the day so many months later |
/// | `periods` | `period`, `from`, `to`, `calendar?` | the periods that hold a day of the window |
/// | `period_of` | `period`, `date`, `calendar?` | the period that holds the day |
/// | `monthly_churn` | `renewal_rate`, `term_months` | what is lost each month when R is renewed after a term |
/// | `annual_churn` | `monthly_churn` | what is lost in a year when c is lost each month |
///
/// # Formula
/// `split_money`: the largest remainder, of equals the earlier. `monthly_churn`: 1 − R^(1/term). `annual_churn`:
/// 1 − (1 − c)^12.
///
/// # Errors
/// `unknown_choice` for an unknown name, and what is wrong with the options, such as `missing_field`, `invalid_amount`,
/// `float_money`, `unknown_currency`, `amount_too_precise`, `amount_too_large`, `negative_weight`, `all_weights_zero`,
/// `invalid_quantity`, `unknown_interval`, `invalid_date`, `date_out_of_range`, `invalid_period`, `number_out_of_range`.
///
/// # Examples
/// ```
/// use cs_core::scalar::call;
/// use serde_json::json;
/// let parts = call("split_money", &json!({"amount": "100", "weights": [1, 1, 1], "currency": "JPY"}))?;
/// assert_eq!(parts, json!(["34", "33", "33"]));
/// let day = call("add_months", &json!({"date": "2024-01-31", "months": 1}))?;
/// assert_eq!(day, json!("2024-02-29"));
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn call(name: &str, options: &Value) -> Result<Value> {
    check_limits(options)?;
    let Some((_, figure)) = FIGURES.iter().find(|(known, _)| *known == name) else {
        let issue = Issue::new(Code::UnknownChoice).value(format!("the figure {name:?}"));
        return Err(issue.help(suggest(name, FIGURES.iter().map(|(known, _)| *known))).into());
    };
    figure(options)
}

fn currency_exponent(options: &Value) -> Result<Value> {
    let currency = read(options, &["currency", "currencies"], currency)?;
    Ok(json!(currency.exponent()))
}

fn round_money(options: &Value) -> Result<Value> {
    let (amount, scale, mode) = read(options, &["amount", "currency", "scale", "mode", "currencies"], |fields| {
        let mode = fields.get("mode").map_or(Some(Rounding::default()), |node| node.choice(&Rounding::NAMED));
        let (amount, scale) = (amount(fields), scale(fields));
        Some((amount?, scale?, mode?))
    })?;
    let minor = amount.rounded(scale, mode).ok_or_else(too_large)?;
    Ok(json!(write_decimal(minor, scale)))
}

fn split_money(options: &Value) -> Result<Value> {
    let (amount, scale, weights) =
        read(options, &["amount", "weights", "currency", "scale", "currencies"], |fields| {
            let (amount, scale, weights) = (amount(fields), scale(fields), weights(fields));
            Some((amount?, scale?, weights?))
        })?;
    let too_precise = || Issue::new(Code::AmountTooPrecise).path("amount").expected(money::decimals(scale));
    if amount.den() != 1 && 10i128.pow(u32::from(scale)) % amount.den() != 0 {
        return Err(too_precise().value(shown(&options["amount"])).into());
    }
    let parts = amount.exactly(scale).zip(Ratio::whole(&weights));
    let parts = parts.and_then(|(minor, weights)| money::split(minor, &weights)).ok_or_else(too_large)?;
    Ok(parts.into_iter().map(|part| json!(write_decimal(part, scale))).collect())
}

fn monthly_amount(options: &Value) -> Result<Value> {
    let known = ["amount", "interval", "interval_count", "quantity", "currency", "policy"];
    let (policy, amount, interval, count, quantity, currency) = read(options, &known, |fields| {
        let policy = fields.get("policy").map_or_else(|| Some(RevenuePolicy::default()), |node| policy(&node));
        if policy.as_ref().is_some_and(|policy| policy.document().currency.is_none()) {
            fields.need("currency");
        }
        let currency = fields.get("currency").map_or(Some(None), |node| node.text().map(|code| Some(code.to_owned())));
        let amount = amount(fields);
        let interval = fields.need("interval").and_then(|node| node.text().map(str::to_owned));
        let count = fields.get("interval_count").map_or(Some(1), |node| count(&node));
        let quantity =
            fields.get("quantity").map_or(Some(Ratio::ONE), |node| exact(&node, Code::InvalidQuantity, shortest));
        Some((policy?, amount?, interval?, count?, quantity?, currency?))
    })?;
    policy.monthly(amount, &interval, count, quantity, currency.as_deref()).map(Value::String)
}

fn add_months(options: &Value) -> Result<Value> {
    let (date, months) = read(options, &["date", "months"], |fields| {
        let months = fields.need("months").and_then(|node| {
            let months = node.value().as_i64();
            if months.is_none() {
                node.wrong_type("a whole number");
            }
            months
        });
        Some((day(fields, "date")?, months?))
    })?;
    let later = i32::try_from(months).ok().and_then(|months| date.plus_months(months));
    match later {
        Some(later) => written(later),
        None => Err(out_of_range(format!("{date} and {months} months")).into()),
    }
}

fn periods(options: &Value) -> Result<Value> {
    let (kind, from, to, calendar) = read(options, &["period", "from", "to", "calendar"], |fields| {
        let (kind, from, to) = (kind(fields), day(fields, "from"), day(fields, "to"));
        let calendar = calendar(fields);
        Some((kind?, from?, to?, calendar?))
    })?;
    calendar.periods(kind, from, to)?.iter().map(period).collect()
}

fn period_of(options: &Value) -> Result<Value> {
    let (kind, date, calendar) = read(options, &["period", "date", "calendar"], |fields| {
        let (kind, date, calendar) = (kind(fields), day(fields, "date"), calendar(fields));
        Some((kind?, date?, calendar?))
    })?;
    period(&calendar.period_of(kind, date)?)
}

fn monthly_churn(options: &Value) -> Result<Value> {
    let (rate, term) = read(options, &["renewal_rate", "term_months"], |fields| {
        let rate = fields.need("renewal_rate").and_then(|node| node.number_in(0.0, 1.0));
        let term = fields.need("term_months").and_then(|node| node.whole_in(1, 1200));
        Some((rate?, term?))
    })?;
    Ok(json!(1.0 - libm::pow(rate, 1.0 / f64::from(term))))
}

fn annual_churn(options: &Value) -> Result<Value> {
    let churn = read(options, &["monthly_churn"], |fields| fields.need("monthly_churn")?.number_in(0.0, 1.0))?;
    Ok(json!(1.0 - libm::pow(1.0 - churn, 12.0)))
}

/// Reads fields: all that is wrong with them at once, or what was read.
fn read<T>(options: &Value, known: &[&str], make: impl FnOnce(&Fields<'_>) -> Option<T>) -> Result<T> {
    let read = Reader::options(options, |node| Some(make(&node.fields(known)?)))?;
    // What is not read is reported; this only says so to the compiler.
    read.ok_or_else(|| Issue::new(Code::WrongType).into())
}

/// The currency by its code, which is needed.
fn currency(fields: &Fields<'_>) -> Option<Currency> {
    let currencies = fields.get("currencies").map(|node| Currencies::read(&node)).unwrap_or_default();
    currencies.find(&fields.need("currency")?)
}

/// The decimals that were asked for, or those of the currency.
fn scale(fields: &Fields<'_>) -> Option<u8> {
    let currency = currency(fields);
    let scale = fields.get("scale").map(|node| node.whole_in(0, 9).map(|scale| scale as u8));
    scale.unwrap_or(currency.map(|currency| currency.exponent())).filter(|_| currency.is_some())
}

fn amount(fields: &Fields<'_>) -> Option<Ratio> {
    let node = fields.need("amount")?;
    exact(&node, Code::InvalidAmount, |_| Err(Code::FloatMoney))
}

/// Weights from 0 on, not all 0.
fn weights(fields: &Fields<'_>) -> Option<Vec<Ratio>> {
    let node = fields.need("weights")?;
    let mut weights = Vec::new();
    for node in node.list()? {
        let weight = exact(&node, Code::InvalidQuantity, shortest)?;
        if weight < Ratio::ZERO {
            node.report(Issue::new(Code::NegativeWeight).value(shown(node.value())));
            return None;
        }
        weights.push(weight);
    }
    if weights.iter().all(|weight| *weight == Ratio::ZERO) {
        node.report(Issue::new(Code::AllWeightsZero));
        return None;
    }
    Some(weights)
}

/// How many intervals, from 1 on.
fn count(node: &Node<'_>) -> Option<u32> {
    let count = node.value().as_i64().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
    if count.is_none() {
        node.report(Issue::new(Code::InvalidQuantity).value(shown(node.value())).expected("a whole number from 1 on"));
    }
    count
}

/// An exact number: a decimal text or a whole number, or what becomes of a float.
fn exact(node: &Node<'_>, invalid: Code, float: impl FnOnce(f64) -> Result<Ratio, Code>) -> Option<Ratio> {
    let found = match node.value() {
        Value::String(text) => money::read_text(text.as_bytes()),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => Ok(Ratio::integer(whole.into())),
            (_, Some(whole), _) => Ok(Ratio::integer(whole.into())),
            (.., number) => float(number.unwrap_or(f64::INFINITY)),
        },
        _ => {
            node.wrong_type("a text such as \"12.50\", or a whole number");
            return None;
        }
    };
    let report = |code| {
        let code = if code == Code::InvalidAmount { invalid } else { code };
        node.report(
            Issue::new(code).value(shown(node.value())).expected("a text such as \"12.50\", or a whole number"),
        );
    };
    found.map_err(report).ok()
}

/// A float as the shortest decimal that reads as it: 0.1 is a tenth.
fn shortest(number: f64) -> Result<Ratio, Code> {
    money::read_text(format!("{number}").as_bytes())
}

/// A policy inside the options; what is wrong with it is reported under its own path.
fn policy(node: &Node<'_>) -> Option<RevenuePolicy> {
    let report = |issue: &Issue| {
        let path = issue.context.path.as_deref().unwrap_or_default();
        node.report_under(path, issue.clone());
    };
    RevenuePolicy::from_value(node.value()).map_err(|error| error.issues().iter().for_each(report)).ok()
}

fn day(fields: &Fields<'_>, name: &str) -> Option<Date> {
    Date::read(&fields.need(name)?)
}

fn kind(fields: &Fields<'_>) -> Option<PeriodKind> {
    fields.need("period")?.choice(&PeriodKind::NAMED)
}

fn calendar(fields: &Fields<'_>) -> Option<Fiscal> {
    fields.get("calendar").map_or(Some(Fiscal::default()), |node| Fiscal::read(&node))
}

fn period(period: &Period) -> Result<Value> {
    Ok(json!({ "period": period.label, "from": written(period.from)?, "to": written(period.to)? }))
}

/// A day as ISO text, which has four digits for the year.
fn written(day: Date) -> Result<Value> {
    let fits = day.parts().is_some_and(|(year, ..)| (1..=9999).contains(&year));
    if fits { Ok(json!(day.to_string())) } else { Err(out_of_range(day.to_string()).into()) }
}

fn out_of_range(found: String) -> Issue {
    Issue::new(Code::DateOutOfRange).value(found).expected("a day of the years 1 to 9999")
}

fn too_large() -> Issue {
    Issue::new(Code::AmountTooLarge).path("amount")
}

/// A value as a message shows it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("{text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str, options: Value) -> (String, Option<String>) {
        let error = call(name, &options).unwrap_err();
        (error.code().to_string(), error.context().path.clone())
    }

    fn is(found: (String, Option<String>), code: &str, path: &str) {
        assert_eq!(found, (code.to_owned(), Some(path.to_owned())));
    }

    #[test]
    fn amounts_are_exact() {
        let round =
            |amount: Value, currency: &str| call("round_money", &json!({"amount": amount, "currency": currency}));
        assert_eq!(round(json!("2.345"), "USD").unwrap(), "2.34");
        assert_eq!(round(json!(-7), "KWD").unwrap(), "-7.000");
        assert_eq!(round(json!("-0.004"), "USD").unwrap(), "0.00");
        assert_eq!(round(json!("99999999999999999999999999.5"), "JPY").unwrap(), "100000000000000000000000000");
        let options = json!({"amount": "-2.345", "currency": "USD", "mode": "half_up"});
        assert_eq!(call("round_money", &options).unwrap(), "-2.35");
        let options = json!({"amount": "1.23456", "currency": "USD", "scale": 4});
        assert_eq!(call("round_money", &options).unwrap(), "1.2346");
        let own = json!({"amount": "1.5", "currency": "XTS", "currencies": {"XTS": 3}});
        assert_eq!(call("round_money", &own).unwrap(), "1.500");

        is(code("round_money", json!({"amount": 1.5, "currency": "USD"})), "float_money", "amount");
        is(code("round_money", json!({"amount": "1,5", "currency": "USD"})), "invalid_amount", "amount");
        is(code("round_money", json!({"amount": "9".repeat(60), "currency": "USD"})), "amount_too_large", "amount");
        is(code("round_money", json!({"amount": "9".repeat(38), "currency": "USD"})), "amount_too_large", "amount");
        is(code("round_money", json!({"amount": true, "currency": "USD"})), "wrong_type", "amount");
        is(code("round_money", json!({"amount": "1", "currency": "usd"})), "unknown_currency", "currency");
        is(code("round_money", json!({"amount": "1"})), "missing_field", "currency");
        is(code("round_money", json!({"amount": "1", "currency": "USD", "scale": 10})), "number_out_of_range", "scale");
        // All that is wrong at once.
        let error = call("round_money", &json!({"amount": 0.5, "currency": "?", "mode": "up"})).unwrap_err();
        let mut codes: Vec<&str> = error.issues().iter().map(|issue| issue.code.as_str()).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["float_money", "unknown_choice", "unknown_currency"]);
    }

    #[test]
    fn parts_follow_decimal_weights() {
        let split = |amount: &str, weights: Value, currency: &str| {
            call("split_money", &json!({"amount": amount, "weights": weights, "currency": currency}))
        };
        assert_eq!(split("100", json!([1, 1, 1]), "JPY").unwrap(), json!(["34", "33", "33"]));
        assert_eq!(split("-0.05", json!(["0.5", 0.5]), "USD").unwrap(), json!(["-0.03", "-0.02"]));
        // Shares of 10.00 by 0.1, 0.2 and 0.7, which are no floats here.
        assert_eq!(split("10", json!(["0.1", "0.2", "0.7"]), "USD").unwrap(), json!(["1.00", "2.00", "7.00"]));
        let weights = |weights| json!({"amount": "1", "weights": weights, "currency": "USD"});
        is(code("split_money", weights(json!([1, -1]))), "negative_weight", "weights[1]");
        is(code("split_money", weights(json!([0, "0.0"]))), "all_weights_zero", "weights");
        is(code("split_money", weights(json!([]))), "empty_list", "weights");
        is(code("split_money", weights(json!(["a"]))), "invalid_quantity", "weights[0]");
        let precise = json!({"amount": "1.005", "weights": [1], "currency": "USD"});
        is(code("split_money", precise), "amount_too_precise", "amount");
        let large = json!({"amount": "9".repeat(38), "weights": [1], "currency": "USD"});
        is(code("split_money", large), "amount_too_large", "amount");
    }

    #[test]
    fn worked_months() {
        let monthly = |more: Value| {
            let mut options = json!({"currency": "USD"});
            options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            call("monthly_amount", &options)
        };
        // 1000 a year is 83.33, 300 for 3 months 100, 50 for 2 weeks 50 × 52/12 ÷ 2 = 108.33, 5499 a year 458.25.
        assert_eq!(monthly(json!({"amount": "1000", "interval": "year"})).unwrap(), "83.33");
        assert_eq!(monthly(json!({"amount": 300, "interval": "month", "interval_count": 3})).unwrap(), "100.00");
        assert_eq!(monthly(json!({"amount": "300", "interval": "quarter"})).unwrap(), "100.00");
        assert_eq!(monthly(json!({"amount": "50", "interval": "week", "interval_count": 2})).unwrap(), "108.33");
        assert_eq!(monthly(json!({"amount": "5499", "interval": "year", "quantity": "1"})).unwrap(), "458.25");
        assert_eq!(monthly(json!({"amount": "10", "interval": "month", "quantity": 2.5})).unwrap(), "25.00");
        let policy = json!({"schema_version": 1, "policy": "p", "normalise": {"week": "4"}, "rounding": {"scale": 0}});
        let options = json!({"amount": "50", "interval": "week", "policy": policy});
        assert_eq!(monthly(options).unwrap(), "200");

        let fault = |more: Value| {
            let error = monthly(more).unwrap_err();
            (error.code().to_string(), error.context().path.clone())
        };
        is(fault(json!({"amount": "1", "interval": "fortnight"})), "unknown_interval", "interval");
        is(fault(json!({"amount": "1", "interval": "day", "interval_count": 0})), "invalid_quantity", "interval_count");
        is(fault(json!({"amount": "1", "interval": "day", "quantity": "-1"})), "invalid_quantity", "quantity");
        is(fault(json!({"amount": 1.5, "interval": "day"})), "float_money", "amount");
        is(fault(json!({"amount": "1", "interval": "day", "currency": "???"})), "unknown_currency", "currency");
        is(code("monthly_amount", json!({"amount": "1", "interval": "day"})), "missing_field", "currency");
        let policy = json!({"schema_version": 1, "policy": "p", "normalise": {"week": "-4"}});
        let options = json!({"amount": "50", "interval": "week", "policy": policy});
        is(fault(options), "number_out_of_range", "policy.normalise.week");
    }

    #[test]
    fn dates_stay_within_four_digits() {
        let add = |date: &str, months: i64| call("add_months", &json!({"date": date, "months": months}));
        assert_eq!(add("2023-01-31", 1).unwrap(), "2023-02-28");
        assert_eq!(add("2024-02-29", -12).unwrap(), "2023-02-28");
        assert_eq!(add("9999-12-31", 1).unwrap_err().code(), Code::DateOutOfRange);
        assert_eq!(add("0001-01-31", -1).unwrap_err().code(), Code::DateOutOfRange);
        assert_eq!(add("2024-01-31", i64::MAX).unwrap_err().code(), Code::DateOutOfRange);
        is(code("add_months", json!({"date": "2024-02-30", "months": 1})), "invalid_date", "date");
        is(code("add_months", json!({"date": "2024-02-01", "months": 1.5})), "wrong_type", "months");
        let last = json!({"period": "month", "date": "9999-12-31"});
        assert_eq!(call("period_of", &last).unwrap_err().code(), Code::DateOutOfRange);
    }

    #[test]
    fn periods_by_calendar() {
        let options = json!({"period": "fiscal_year", "date": "2025-03-31", "calendar": {"start_month": 4}});
        let wanted = json!({"period": "FY2024", "from": "2024-04-01", "to": "2025-04-01"});
        assert_eq!(call("period_of", &options).unwrap(), wanted);
        let options = json!({"period": "quarter", "from": "2024-03-31", "to": "2024-04-02"});
        let wanted = json!([
            {"period": "2024-Q1", "from": "2024-01-01", "to": "2024-04-01"},
            {"period": "2024-Q2", "from": "2024-04-01", "to": "2024-07-01"},
        ]);
        assert_eq!(call("periods", &options).unwrap(), wanted);
        let none = json!({"period": "day", "from": "2024-03-31", "to": "2024-03-31"});
        assert_eq!(call("periods", &none).unwrap_err().code(), Code::InvalidPeriod);
        is(code("period_of", json!({"period": "mnth", "date": "2024-01-01"})), "unknown_choice", "period");
        let calendar = json!({"weeks": "4-5-4", "year_end_month": 13, "weekday": "saturday"});
        let options = json!({"period": "day", "date": "2024-01-01", "calendar": calendar});
        is(code("period_of", options), "number_out_of_range", "calendar.year_end_month");
    }

    #[test]
    fn churn_goes_both_ways() {
        let monthly = |rate: f64, term: u32| {
            call("monthly_churn", &json!({"renewal_rate": rate, "term_months": term})).unwrap().as_f64().unwrap()
        };
        let annual = |churn: f64| call("annual_churn", &json!({"monthly_churn": churn})).unwrap().as_f64().unwrap();
        // 0.8 = (1 − c)^12 with c = 0.01842…, and back.
        assert!((monthly(0.8, 12) - 0.018_423_47).abs() < 1e-8);
        assert!((annual(monthly(0.8, 12)) - 0.2).abs() < 1e-15);
        assert_eq!((monthly(1.0, 12), monthly(0.0, 12), monthly(0.75, 1)), (0.0, 1.0, 0.25));
        assert_eq!((annual(0.0), annual(1.0)), (0.0, 1.0));
        is(code("annual_churn", json!({"monthly_churn": 1.5})), "number_out_of_range", "monthly_churn");
        is(code("monthly_churn", json!({"renewal_rate": 0.5, "term_months": 0})), "number_out_of_range", "term_months");
    }

    #[test]
    fn unknown_names_are_told_the_nearest() {
        let error = call("round_mony", &json!({})).unwrap_err();
        assert_eq!(error.code(), Code::UnknownChoice);
        assert_eq!(error.context().help.as_deref(), Some("did you mean `round_money`?"));
        assert_eq!(call("add_months", &json!([])).unwrap_err().code(), Code::WrongType);
    }
}
