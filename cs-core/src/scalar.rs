//! Single figures by name: what the bindings call for one amount, one date, one rate.

use crate::calendar::{Date, Fiscal, Period, PeriodKind};
use crate::document::{Fields, Node, Reader};
use crate::error::{Code, Issue, Result, suggest};
use crate::money::{Currencies, Currency, Ratio, Rounding, check_weights, decimals, split};
use crate::revenue::RevenuePolicy;
use crate::table::write_decimal;
use serde_json::{Value, json};

type Scalar = fn(&Value) -> Result<Value>;

const NAMED: [(&str, Scalar); 9] = [
    ("currency_exponent", currency_exponent),
    ("round_money", round_money),
    ("split_money", split_money),
    ("monthly_amount", monthly_amount),
    ("add_months", add_months),
    ("periods", periods),
    ("period_of", period_of),
    ("monthly_churn", monthly_churn_of),
    ("annual_churn", annual_churn_of),
];

/// A figure by its name, from an object of options.
///
/// | name | options | value |
/// |---|---|---|
/// | `currency_exponent` | `currency`, `currencies` | decimals of the minor unit |
/// | `round_money` | `amount`, `currency`, `mode`, `scale` | a decimal text |
/// | `split_money` | `amount`, `weights`, `currency`, `scale` | decimal texts that sum to the amount |
/// | `monthly_amount` | `amount`, `interval`, `interval_count`, `quantity`, `currency`, `policy` | a decimal text |
/// | `add_months` | `date`, `months` | a date |
/// | `periods` | `period`, `from`, `to`, `calendar` | objects of `period`, `from`, `to` |
/// | `period_of` | `date`, `period`, `calendar` | the same, one |
/// | `monthly_churn` | `renewal_rate`, `term_months` | see [`monthly_churn`] |
/// | `annual_churn` | `monthly_churn` | see [`annual_churn`] |
///
/// Amounts are decimal texts; numbers are refused, since they may be floats.
///
/// # Errors
/// `unknown_choice` for another name; what is wrong with the options, all at once; `unknown_currency`, `invalid_amount`,
/// `amount_too_large`, `amount_too_precise` and the like with the path.
///
/// # Examples
/// ```
/// use cs_core::scalar::call;
/// use serde_json::json;
/// let parts = call("split_money", &json!({"amount": "100", "weights": ["1", "1", "1"], "currency": "JPY"}))?;
/// assert_eq!(parts, json!(["34", "33", "33"]));
/// assert_eq!(call("add_months", &json!({"date": "2024-01-31", "months": 1}))?, "2024-02-29");
/// # Ok::<(), cs_core::Error>(())
/// ```
pub fn call(name: &str, options: &Value) -> Result<Value> {
    let known = NAMED.iter().find(|(known, _)| *known == name);
    let (_, scalar) = known.ok_or_else(|| {
        let help = suggest(name, NAMED.iter().map(|(known, _)| *known));
        Issue::new(Code::UnknownChoice).value(format!("{name:?}")).help(help)
    })?;
    scalar(options)
}

/// The monthly churn that a renewal rate over a term comes to.
///
/// # Formula
/// c = 1 − R^(1/term), with R the renewal rate and the term in months.
///
/// # Examples
/// Of 80 % that renew a year, 1.84 % leave a month.
/// ```
/// assert!((cs_core::scalar::monthly_churn(0.8, 12.0) - 0.018423).abs() < 1e-6);
/// ```
pub fn monthly_churn(renewal_rate: f64, term_months: f64) -> f64 {
    1.0 - libm::pow(renewal_rate, 1.0 / term_months)
}

/// The annual churn that a monthly one comes to.
///
/// # Formula
/// 1 − (1 − c)^12.
///
/// # Examples
/// 2 % a month are 21.53 % a year.
/// ```
/// assert!((cs_core::scalar::annual_churn(0.02) - 0.215283).abs() < 1e-6);
/// ```
pub fn annual_churn(monthly_churn: f64) -> f64 {
    1.0 - libm::pow(1.0 - monthly_churn, 12.0)
}

/// Reads the fields of a scalar; what is missing was reported.
fn read<T>(options: &Value, known: &[&str], read: impl FnOnce(&Fields<'_>) -> Option<T>) -> Result<T> {
    let found = Reader::options(options, |node| Some(read(&node.fields(known)?)))?;
    found.ok_or_else(|| Issue::new(Code::WrongType).into())
}

/// A decimal text.
fn amount(node: &Node<'_>, code: Code) -> Option<Ratio> {
    let text = node.text()?;
    let found = Ratio::parse_decimal(text.as_bytes());
    if found.is_none() {
        node.report(Issue::new(code).value(format!("{text:?}")).expected("a decimal such as 12.50"));
    }
    found
}

fn date(node: &Node<'_>) -> Option<Date> {
    let found = Date::parse(node.text()?);
    found.map_err(|error| error.issues().iter().for_each(|issue| node.report(issue.clone()))).ok()
}

fn currency(fields: &Fields<'_>, currencies: &Currencies) -> Option<Currency> {
    let node = fields.need("currency")?;
    let code = node.text()?;
    let found = currencies.get(code.as_bytes());
    if found.is_none() {
        node.report(Issue::new(Code::UnknownCurrency).value(format!("{code:?}")).expected("a code of ISO 4217"));
    }
    found
}

fn scale(fields: &Fields<'_>) -> Option<Option<u8>> {
    match fields.get("scale") {
        None => Some(None),
        Some(node) => node.whole_in(0, 9).map(|scale| Some(scale as u8)),
    }
}

fn currency_exponent(options: &Value) -> Result<Value> {
    let exponent = read(options, &["currency", "currencies"], |fields| {
        let mut all = Currencies::default();
        if let Some(node) = fields.get("currencies") {
            for (code, node) in node.entries()? {
                if all.set(code, node.whole_in(0, 6)? as u8).is_none() {
                    node.report(Issue::new(Code::UnknownCurrency).value(format!("{code:?}")));
                }
            }
        }
        currency(fields, &all).map(|currency| currency.exponent())
    })?;
    Ok(json!(exponent))
}

fn round_money(options: &Value) -> Result<Value> {
    let (amount, scale, mode) = read(options, &["amount", "currency", "mode", "scale"], |fields| {
        let amount = fields.need("amount").and_then(|node| amount(&node, Code::InvalidAmount));
        let currency = currency(fields, &Currencies::default());
        let scale = scale(fields);
        let mode = fields.get("mode").map_or(Some(Rounding::HalfEven), |node| node.choice(&Rounding::NAMED));
        Some((amount?, scale?.unwrap_or(currency?.exponent()), mode?))
    })?;
    let minor = amount.rounded(scale, mode).ok_or_else(|| Issue::new(Code::AmountTooLarge).path("amount"))?;
    Ok(json!(write_decimal(minor, scale)))
}

fn split_money(options: &Value) -> Result<Value> {
    let (amount, scale, weights) = read(options, &["amount", "weights", "currency", "scale"], |fields| {
        let amount = fields.need("amount").and_then(|node| amount(&node, Code::InvalidAmount));
        let weights = fields.need("weights").and_then(|node| {
            node.list()?.iter().map(|node| self::amount(node, Code::WrongType)).collect::<Option<Vec<_>>>()
        });
        let currency = currency(fields, &Currencies::default());
        let scale = scale(fields);
        Some((amount?, scale?.unwrap_or(currency?.exponent()), weights?))
    })?;
    let minor = amount.exactly(scale).ok_or_else(|| {
        Issue::new(Code::AmountTooPrecise).path("amount").value(options["amount"].clone()).expected(decimals(scale))
    })?;
    let too_large = || Issue::new(Code::AmountTooLarge).path("amount");
    let common = weights.iter().try_fold(1i128, |common, weight| {
        common.checked_mul(Ratio::new(common, weight.den())?.den())
    });
    let whole = common.and_then(|common| {
        weights.iter().map(|weight| weight.num().checked_mul(common / weight.den())).collect::<Option<Vec<_>>>()
    });
    let whole = whole.ok_or_else(too_large)?;
    check_weights(&whole)?;
    let parts = split(minor, &whole).ok_or_else(too_large)?;
    Ok(parts.into_iter().map(|part| json!(write_decimal(part, scale))).collect())
}

fn monthly_amount(options: &Value) -> Result<Value> {
    let known = ["amount", "interval", "interval_count", "quantity", "currency", "policy"];
    let (amount, interval, count, quantity, currency, policy) = read(options, &known, |fields| {
        let text = |name: &str| fields.need(name).and_then(|node| node.text().map(str::to_owned));
        let (amount, interval) = (text("amount"), text("interval"));
        let count = fields.get("interval_count").map_or(Some(1), |node| node.whole_in(1, 1_000_000));
        let optional = |name: &str| fields.get(name).map_or(Some(None), |node| node.text().map(|text| Some(text.to_owned())));
        let (quantity, currency) = (optional("quantity"), optional("currency"));
        let policy = fields.get("policy").map(|node| node.value().clone());
        Some((amount?, interval?, count?, quantity?, currency?, policy))
    })?;
    let policy = policy.map_or_else(|| Ok(RevenuePolicy::default()), |policy| RevenuePolicy::from_value(&policy))?;
    let quantity = quantity.unwrap_or_else(|| "1".to_owned());
    policy.monthly_amount(&amount, &interval, count, &quantity, currency.as_deref()).map(Value::from)
}

fn add_months(options: &Value) -> Result<Value> {
    let (date, months) = read(options, &["date", "months"], |fields| {
        let date = fields.need("date").and_then(|node| self::date(&node));
        let months = fields.need("months").and_then(|node| {
            let found = node.number_in(-1e6, 1e6)?;
            if found.fract() != 0.0 {
                node.wrong_type("a whole number");
                return None;
            }
            Some(found as i32)
        });
        Some((date?, months?))
    })?;
    let found = date.plus_months(months).ok_or_else(|| Issue::new(Code::DateOutOfRange).path("months").value(months))?;
    Ok(json!(found.to_string()))
}

fn calendar(fields: &Fields<'_>) -> Option<Fiscal> {
    fields.get("calendar").map_or_else(|| Some(Fiscal::default()), |node| Fiscal::read(&node))
}

fn kind(fields: &Fields<'_>) -> Option<PeriodKind> {
    fields.need("period").and_then(|node| node.choice(&PeriodKind::NAMED))
}

fn shown(period: &Period) -> Value {
    json!({"period": period.label, "from": period.from.to_string(), "to": period.to.to_string()})
}

fn periods(options: &Value) -> Result<Value> {
    let (fiscal, kind, from, to) = read(options, &["period", "from", "to", "calendar"], |fields| {
        let day = |name: &str| fields.need(name).and_then(|node| date(&node));
        let (kind, from, to) = (kind(fields), day("from"), day("to"));
        Some((calendar(fields)?, kind?, from?, to?))
    })?;
    Ok(fiscal.periods(kind, from, to)?.iter().map(shown).collect())
}

fn period_of(options: &Value) -> Result<Value> {
    let (fiscal, kind, date) = read(options, &["date", "period", "calendar"], |fields| {
        let (kind, date) = (kind(fields), fields.need("date").and_then(|node| date(&node)));
        Some((calendar(fields)?, kind?, date?))
    })?;
    Ok(shown(&fiscal.period_of(kind, date)?))
}

fn monthly_churn_of(options: &Value) -> Result<Value> {
    let churn = read(options, &["renewal_rate", "term_months"], |fields| {
        let rate = fields.need("renewal_rate").and_then(|node| node.number_in(0.0, 1.0));
        let term = fields.need("term_months").and_then(|node| node.positive());
        Some(monthly_churn(rate?, term?))
    })?;
    Ok(json!(churn))
}

fn annual_churn_of(options: &Value) -> Result<Value> {
    let churn = read(options, &["monthly_churn"], |fields| {
        fields.need("monthly_churn").and_then(|node| node.number_in(0.0, 1.0)).map(annual_churn)
    })?;
    Ok(json!(churn))
}
