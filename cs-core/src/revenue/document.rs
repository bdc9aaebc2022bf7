//! The policy as a typed document, all defaults filled in.

use crate::calendar::Fiscal;
use crate::money::{Currencies, Currency, Ratio, Rounding};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Choices that are spelled in snake_case.
macro_rules! choices {
    ($($(#[doc = $about:literal])* $name:ident { $first:ident = $first_text:literal $first_doc:literal, $($rest:ident = $text:literal $doc:literal,)* })*) => {$(
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub enum $name {
            #[doc = $first_doc]
            #[default]
            #[serde(rename = $first_text)]
            $first,
            $(#[doc = $doc] #[serde(rename = $text)] $rest,)*
        }

        impl $name {
            pub(super) const NAMED: &'static [(&'static str, Self)] = &[($first_text, Self::$first), $(($text, Self::$rest),)*];
        }
    )*};
}

choices! {
    /// What a customer is.
    Level {
        Account = "account" "One value of the column `account`.",
        Subscription = "subscription" "One subscription of an account.",
        Parent = "parent" "All accounts of one `parent`; an account without one stands for itself.",
    }
    /// At which instant of a period its MRR is taken.
    Boundary {
        First = "first" "On its first day.",
        Last = "last" "On its last day.",
        Overlap = "overlap" "On any day: the last amount that was in force.",
    }
    /// What is set off against each other before movements are labelled.
    Netting {
        Period = "period" "All that a customer does in a period.",
        Day = "day" "All that a customer does on one day.",
        None = "none" "Nothing: each line that ends or starts is a movement.",
    }
    /// When a cancellation counts.
    Cancellation {
        ServiceEnd = "service_end" "When the service ends.",
        Request = "request" "When it was asked for (`requested_at`).",
        DayAfter = "day_after" "On the day after the end, which is then the last day of service.",
    }
    /// What a paused subscription counts.
    Paused {
        Zero = "zero" "Nothing, as if it had ended.",
        Keep = "keep" "As if it were active.",
    }
    /// Whether customers who pay nothing are customers.
    FreeAccounts {
        Exclude = "exclude" "Live is who has MRR above zero.",
        Count = "count" "Live is who has a counting line in force, be it free.",
    }
    /// Whether something counts.
    Inclusion {
        Exclude = "exclude" "It does not count.",
        Include = "include" "It counts.",
    }
    /// What discounts do.
    Discounts {
        Apply = "apply" "They reduce the amount while they last.",
        Ignore = "ignore" "Nothing: list prices count.",
    }
    /// How invoice lines become MRR.
    Invoices {
        Term = "term" "Whole months of service get equal parts of the amount; other spans a rate per day.",
        Days = "days" "The amount is spread over its days, and a month counts what falls into it.",
    }
    /// What is rounded.
    RoundAt {
        Subscription = "subscription" "The sum of the lines of a subscription.",
        Line = "line" "Each line.",
        Account = "account" "The sum of a customer.",
        Total = "total" "The sum of the book, spread over the customers by largest remainder.",
    }
    /// What happens when two periods of one subscription overlap.
    Overlaps {
        Sum = "sum" "Both count.",
        Reject = "reject" "An error.",
    }
    /// What happens to periods that start and end on one day.
    ZeroLength {
        Ignore = "ignore" "They are left out.",
        Error = "error" "An error.",
    }
    /// What happens to recurring amounts below zero.
    Negative {
        Error = "error" "An error.",
        Allow = "allow" "They count.",
    }
    /// What happens to a customer with two currencies, where there are no rates.
    MixedCurrencies {
        Error = "error" "An error.",
        Separate = "separate" "It is a customer of its own in each.",
    }
    /// At whose rate movements are converted.
    MovementsAt {
        Opening = "opening" "That of the day before the period.",
        Closing = "closing" "That of its last day.",
    }
    /// What happens when a rate is missing.
    MissingRate {
        Error = "error" "An error.",
        Null = "null" "The row is null, with the reason `missing_rate`.",
    }
    /// How net revenue retention is computed.
    NetFormula {
        Cohort = "cohort" "MRR at the end over MRR at the start, of those live at the start.",
        Events = "events" "Opening and its expansion, contraction and churn over the opening, of all customers.",
        EventsWithReactivation = "events_with_reactivation" "The same with reactivation.",
        CompoundedMonthly = "compounded_monthly" "The product of the monthly rates.",
        TrailingMean = "trailing_mean" "The mean of the last twelve monthly rates.",
        Daily = "daily" "One plus the sum of the daily rates of change.",
    }
    /// How gross revenue retention is computed.
    GrossFormula {
        AccountMin = "account_min" "The lesser of start and end of each customer over the start.",
        AggregateMin = "aggregate_min" "The lesser of the sums over the start.",
        Events = "events" "Opening, contraction and churn over the opening, of all customers.",
        CompoundedMonthly = "compounded_monthly" "The product of the monthly rates.",
        TrailingMean = "trailing_mean" "The mean of the last twelve monthly rates.",
        Daily = "daily" "One plus the sum of the daily rates of loss.",
    }
    /// How logo retention is computed.
    LogoFormula {
        Cohort = "cohort" "Those live at both ends over those live at the start.",
        Events = "events" "Opening less all who churned over the opening.",
        CompoundedMonthly = "compounded_monthly" "The product of the monthly rates.",
        TrailingMean = "trailing_mean" "The mean of the last twelve monthly rates.",
        Daily = "daily" "One less the sum of the daily rates of churn.",
    }
    /// Which contracts a renewal rate of a period is about.
    Timing {
        Scheduled = "scheduled" "Those due in it, whenever they were closed.",
        Closed = "closed" "Those closed in it, over those due in it.",
    }
}

/// A time between leaving and coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    Days(u32),
    Months(u32),
}

impl Serialize for Gap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Days(count) => serializer.serialize_str(&format!("{count} days")),
            Self::Months(count) => serializer.serialize_str(&format!("{count} months")),
        }
    }
}

/// How recurring revenue is counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RevenuePolicy", deny_unknown_fields))]
#[non_exhaustive]
pub struct Policy {
    /// Version of the document format: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    pub schema_version: u64,
    /// Id of the policy.
    pub policy: String,
    /// Name of the policy per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: BTreeMap<String, String>,
    /// The currency of data that has no column of currencies.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) currency: Option<Currency>,
    /// Decimals of currencies that are not in ISO 4217, or other than there.
    #[serde(serialize_with = "exponents")]
    #[cfg_attr(feature = "schema", schemars(default, with = "BTreeMap<String, u8>"))]
    pub(crate) currencies: Currencies,
    /// What a customer is.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub level: Level,
    /// At which instant of a period its MRR is taken; bridges and rates do not depend on it.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub boundary: Boundary,
    /// What is set off before movements are labelled.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub netting: Netting,
    /// Whether the data begins with the business, so that its first period may have new customers.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub history_complete: bool,
    /// Which returns are reactivations.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub reactivation: Reactivation,
    /// When a cancellation counts.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub cancellation: Cancellation,
    /// So many days of a past-due row count; by default all.
    #[cfg_attr(feature = "schema", schemars(range(max = 100_000)))]
    pub past_due_grace_days: Option<u32>,
    /// What a paused subscription counts.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub paused: Paused,
    /// Whether customers who pay nothing are customers.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub free_accounts: FreeAccounts,
    /// Which kinds of rows count beside recurring ones.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub kinds: Kinds,
    /// What discounts do.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub discounts: Discounts,
    /// Whether the tax of invoice lines counts.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub tax: Inclusion,
    /// How many months' worth an interval is.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub normalise: Normalise,
    /// How invoice lines become MRR.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub invoices: Invoices,
    /// What is rounded, to how many decimals, and how.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub rounding: RoundingPolicy,
    /// What happens when two periods of one subscription overlap.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub overlaps: Overlaps,
    /// What happens to periods without a day.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub zero_length: ZeroLength,
    /// What happens to recurring amounts below zero.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub negative: Negative,
    /// What happens to a customer with two currencies.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub mixed_currencies: MixedCurrencies,
    /// How currencies are converted, where there are rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fx: Option<Fx>,
    /// The reasons that rows may have; by default any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Vec<String>>,
    /// How retention is computed.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub retention: RetentionPolicy,
    /// How renewals are counted.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub renewals: RenewalPolicy,
    /// The fiscal calendar.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub calendar: Fiscal,
}

fn exponents<S: Serializer>(currencies: &Currencies, serializer: S) -> Result<S::Ok, S::Error> {
    currencies.named().serialize(serializer)
}

/// Which returns are reactivations: those after a gap within these limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Reactivation {
    /// Such as `"30 days"` or `"2 months"`; who is back sooner was not lost: the loss is a contraction, the return an expansion.
    #[cfg_attr(feature = "schema", schemars(with = "String", default = "no_gap"))]
    pub(crate) min_gap: Gap,
    /// Who is back later is new; by default nobody is.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) max_gap: Option<Gap>,
}

#[cfg(feature = "schema")]
fn no_gap() -> String {
    "0 days".to_owned()
}

impl Default for Reactivation {
    fn default() -> Self {
        Self { min_gap: Gap::Days(0), max_gap: None }
    }
}

/// Which kinds of rows count beside recurring ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Kinds {
    /// Metered usage.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub usage: Inclusion,
    /// Single sales; included, they are spread over their period.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub one_off: Inclusion,
    /// Set-up fees; included, they are spread over their period.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub setup: Inclusion,
    /// Credits, which are negative amounts.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub credit: Inclusion,
}

/// How many months' worth one interval is, as text: a whole number, a decimal or a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Normalise {
    /// Of an amount per day; 365/12 by default.
    #[serde(serialize_with = "fraction")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) day: Ratio,
    /// Of an amount per week; 52/12 by default.
    #[serde(serialize_with = "fraction")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) week: Ratio,
    /// Of an amount per month; 1 by default.
    #[serde(serialize_with = "fraction")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) month: Ratio,
    /// Of an amount per year; 1/12 by default.
    #[serde(serialize_with = "fraction")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(crate) year: Ratio,
}

fn fraction<S: Serializer>(ratio: &Ratio, serializer: S) -> Result<S::Ok, S::Error> {
    if ratio.den() == 1 {
        return serializer.serialize_str(&ratio.num().to_string());
    }
    serializer.serialize_str(&format!("{}/{}", ratio.num(), ratio.den()))
}

impl Default for Normalise {
    fn default() -> Self {
        let ratio = |num, den| Ratio::new(num, den).unwrap_or(Ratio::ONE);
        Self { day: ratio(365, 12), week: ratio(52, 12), month: Ratio::ONE, year: ratio(1, 12) }
    }
}

/// What is rounded, to how many decimals, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct RoundingPolicy {
    /// Decimals, 0 to 9; by default those of the currency.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 9)))]
    pub scale: Option<u8>,
    /// What happens to ties.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub mode: Rounding,
    /// What is rounded.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub at: RoundAt,
}

/// How currencies are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Fx {
    /// The currency of the results.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) currency: Currency,
    /// At whose rate movements are converted.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) movements_at: MovementsAt,
    /// What happens when a rate is missing.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) missing: MissingRate,
}

/// How retention is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct RetentionPolicy {
    /// Net revenue retention.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub net: NetFormula,
    /// Gross revenue retention.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub gross: GrossFormula,
    /// Logo retention.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub logo: LogoFormula,
}

/// How renewals are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct RenewalPolicy {
    /// Which contracts a period is about.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub timing: Timing,
    /// So many days after the due day still count as on time.
    #[cfg_attr(feature = "schema", schemars(default, range(max = 100_000)))]
    pub grace_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            schema_version: 1,
            policy: "default".to_owned(),
            labels: BTreeMap::new(),
            currency: None,
            currencies: Currencies::default(),
            level: Level::default(),
            boundary: Boundary::default(),
            netting: Netting::default(),
            history_complete: false,
            reactivation: Reactivation::default(),
            cancellation: Cancellation::default(),
            past_due_grace_days: None,
            paused: Paused::default(),
            free_accounts: FreeAccounts::default(),
            kinds: Kinds::default(),
            discounts: Discounts::default(),
            tax: Inclusion::default(),
            normalise: Normalise::default(),
            invoices: Invoices::default(),
            rounding: RoundingPolicy::default(),
            overlaps: Overlaps::default(),
            zero_length: ZeroLength::default(),
            negative: Negative::default(),
            mixed_currencies: MixedCurrencies::default(),
            fx: None,
            reasons: None,
            retention: RetentionPolicy::default(),
            renewals: RenewalPolicy::default(),
            calendar: Fiscal::default(),
        }
    }
}
