//! The simulation document, all defaults filled in.

use serde::Serialize;
use std::collections::BTreeMap;

/// Texts by language code.
type Labels = BTreeMap<String, String>;

/// A simulation: what the accounts of a synthetic book are like and what happens to them.
///
/// Every field has a default, so `{}` is a book of 1000 accounts. Probabilities are for one month, counted from the day on
/// which the account began to pay.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename = "Simulation", deny_unknown_fields, default = "default_document")
)]
#[non_exhaustive]
pub struct Document {
    /// Version of the document format: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    pub schema_version: u64,
    /// Id of the simulation.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub simulation: String,
    /// Name of the simulation per language.
    pub labels: Labels,
    /// What all draws come from: another seed is another book.
    #[cfg_attr(feature = "schema", schemars(range(max = 9007199254740992u64)))]
    pub seed: u64,
    /// The number of accounts.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1000000000000u64)))]
    pub accounts: u64,
    /// The first day of the book, which is the first of a month.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date")))]
    pub from: String,
    /// How many months the book covers.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 600)))]
    pub months: u32,
    /// The currency of all amounts, by its code in ISO 4217.
    pub currency: String,
    /// The share of the accounts that are there on the first day; the others join on days spread over the months.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub opening: f64,
    /// By how much more accounts join in a month than in the one before: 0.02 for two in a hundred.
    #[cfg_attr(feature = "schema", schemars(range(min = -0.5, max = 0.5)))]
    pub growth: f64,
    /// Free days before an account that joins begins to pay.
    pub trial: Trial,
    /// The latent health of an account.
    pub health: Health,
    /// The kinds of customers.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub segments: Vec<Segment>,
    /// What they buy; an upgrade leads to the next dearer plan of the same interval, a downgrade to the next cheaper.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub plans: Vec<Plan>,
    /// What the hazard at the first renewal of a yearly subscription is multiplied with.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 100.0)))]
    pub first_renewal: f64,
    /// Monthly probability of an upgrade: more seats, or the next dearer plan.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub upgrade: f64,
    /// Monthly probability of a downgrade: fewer seats, or the next cheaper plan. Yearly plans do it at the renewal.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub downgrade: f64,
    /// The share of upgrades and downgrades that change the plan, where there is one to go to; the others change the seats.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub plan_change: f64,
    /// Coming back.
    pub reactivation: Reactivation,
    /// Why accounts leave or shrink.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub reasons: Vec<Choice>,
    /// The share of losses whose reason is in the book; the truth knows all.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub reason_given: f64,
    /// Who looks after the accounts.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub owners: Vec<Choice>,
    /// Where the accounts are.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 100)))]
    pub countries: Vec<Choice>,
    /// The days on which an account is active.
    pub activity: Activity,
    /// What is measured of each account at the end of each month.
    #[cfg_attr(feature = "schema", schemars(length(max = 64)))]
    pub usage: Vec<UsageItem>,
}

#[cfg(feature = "schema")]
fn default_document() -> Document {
    Document::default()
}

/// Free days before the account begins to pay.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields, default = "default_trial"))]
#[non_exhaustive]
pub struct Trial {
    /// The share of joining accounts that begin with a trial.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub share: f64,
    /// How long it lasts.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 90)))]
    pub days: u32,
}

impl Default for Trial {
    fn default() -> Self {
        Self { share: 0.2, days: 14 }
    }
}

#[cfg(feature = "schema")]
fn default_trial() -> Trial {
    Trial::default()
}

/// The latent health: a standard normal for each account and month, which nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields, default = "default_health"))]
#[non_exhaustive]
pub struct Health {
    /// The correlation of the health with that of the month before; 1 keeps it for life.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub persistence: f64,
    /// By how much the logarithm of the hazard of leaving falls with one unit of health.
    #[cfg_attr(feature = "schema", schemars(range(min = -3.0, max = 3.0)))]
    pub effect: f64,
}

impl Default for Health {
    fn default() -> Self {
        Self { persistence: 0.95, effect: 0.8 }
    }
}

#[cfg(feature = "schema")]
fn default_health() -> Health {
    Health::default()
}

/// A kind of customers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Segment {
    /// Id, unique among the segments.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// Name per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// How many of the accounts belong to it, beside the other segments.
    #[cfg_attr(feature = "schema", schemars(default = "one", range(min = 0.0)))]
    pub share: f64,
    /// Monthly probability of leaving of an account whose hazard is the mean of the segment.
    #[cfg_attr(feature = "schema", schemars(default = "default_churn", range(min = 0.0, max = 0.99)))]
    pub churn: f64,
    /// The least and the most seats with which an account begins.
    #[cfg_attr(feature = "schema", schemars(default = "default_seats"))]
    pub seats: [u32; 2],
    /// How its accounts choose between the plans, by weight; without it, by the shares of the plans.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub plans: BTreeMap<String, f64>,
}

/// Something to subscribe to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Plan {
    /// Id, unique among the plans.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// Name per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// The price of a seat for a month, as text: `12.50`.
    pub monthly: String,
    /// For how long it is bought.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub interval: Interval,
    /// How many of the accounts choose it, beside the other plans.
    #[cfg_attr(feature = "schema", schemars(default = "one", range(min = 0.0)))]
    pub share: f64,
}

/// For how long a plan is bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Interval {
    /// From month to month.
    #[default]
    Month,
    /// For twelve months; an account can leave at the renewal only.
    Year,
}

impl Interval {
    pub(super) fn months(self) -> u32 {
        match self {
            Self::Month => 1,
            Self::Year => 12,
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// Coming back after leaving.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, default = "default_reactivation")
)]
#[non_exhaustive]
pub struct Reactivation {
    /// Monthly probability of coming back, while the gap lasts.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1.0)))]
    pub probability: f64,
    /// The shortest and the longest gap in months.
    pub gap: [u32; 2],
}

impl Default for Reactivation {
    fn default() -> Self {
        Self { probability: 0.03, gap: [2, 12] }
    }
}

#[cfg(feature = "schema")]
fn default_reactivation() -> Reactivation {
    Reactivation::default()
}

/// One of several that are drawn by weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Choice {
    /// Id, unique in its list.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// Name per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// Weight beside the others.
    #[cfg_attr(feature = "schema", schemars(default = "one", range(min = 0.0)))]
    pub weight: f64,
}

/// The days on which an account is active.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(deny_unknown_fields, default = "default_activity")
)]
#[non_exhaustive]
pub struct Activity {
    /// The chance of a day, as a rate: a day is active with the probability 1 − exp(−daily·exp(effect·z − effect²/2)).
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 10.0)))]
    pub daily: f64,
    /// By how much the logarithm of the rate rises with one unit of health.
    #[cfg_attr(feature = "schema", schemars(range(min = -3.0, max = 3.0)))]
    pub effect: f64,
}

impl Default for Activity {
    fn default() -> Self {
        Self { daily: 0.3, effect: 0.7 }
    }
}

#[cfg(feature = "schema")]
fn default_activity() -> Activity {
    Activity::default()
}

/// Something that is measured of an account at the end of each month in which it pays.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct UsageItem {
    /// Id, which is the name of its column.
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[A-Za-z_][A-Za-z0-9_]{0,63}$")))]
    pub id: String,
    /// Name per language.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub labels: Labels,
    /// What it is.
    pub measure: Measure,
    /// The value at a middling health: the share of the seats in use, the mean of a count, the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// What one unit of health adds: to the log odds of the share, to the logarithm of the mean of a count, to the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = -1000.0, max = 1000.0)))]
    pub effect: Option<f64>,
    /// The standard deviation of the noise, in the unit of the effect; not for counts, which have their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0, max = 1000.0)))]
    pub noise: Option<f64>,
    /// The least and the most that a score can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[i32; 2]>,
    /// The share of months in which it is not known.
    #[cfg_attr(feature = "schema", schemars(default, range(min = 0.0, max = 1.0)))]
    pub missing: f64,
}

/// What a usage item measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measure {
    /// The last day on which the account was active, as in the table `activity`.
    LastActive,
    /// The seats that are paid for, as in the table `subscriptions`.
    Seats,
    /// Seats in use: a share of those paid for, rounded. Defaults: mean 0.7, effect 0.6, noise 0.5.
    ActiveSeats,
    /// A count, such as tickets or incidents, with the Poisson distribution. Defaults: mean 2, effect −0.3.
    Count,
    /// A score in whole numbers, such as the answer to a survey. Defaults: mean 7, effect 1, noise 1.5, range 0 to 10.
    Score,
}

#[cfg(feature = "schema")]
fn one() -> f64 {
    1.0
}

#[cfg(feature = "schema")]
fn default_churn() -> f64 {
    DEFAULT_CHURN
}

#[cfg(feature = "schema")]
fn default_seats() -> [u32; 2] {
    DEFAULT_SEATS
}

pub(super) const DEFAULT_CHURN: f64 = 0.02;
pub(super) const DEFAULT_SEATS: [u32; 2] = [1, 20];

impl Default for Document {
    fn default() -> Self {
        let segment = |id: &str, share, churn, seats| Segment {
            id: id.into(),
            labels: Labels::new(),
            share,
            churn,
            seats,
            plans: BTreeMap::new(),
        };
        let plan = |id: &str, monthly: &str, interval, share| Plan {
            id: id.into(),
            labels: Labels::new(),
            monthly: monthly.into(),
            interval,
            share,
        };
        let choices = |list: &[(&str, f64)]| {
            list.iter()
                .map(|(id, weight)| Choice { id: (*id).into(), labels: Labels::new(), weight: *weight })
                .collect()
        };
        Self {
            schema_version: super::SCHEMA_VERSION,
            simulation: "default".into(),
            labels: Labels::new(),
            seed: 1,
            accounts: 1000,
            from: "2023-01-01".into(),
            months: 36,
            currency: "USD".into(),
            opening: 0.3,
            growth: 0.01,
            trial: Trial::default(),
            health: Health::default(),
            segments: vec![
                segment("small", 6.0, 0.03, [2, 20]),
                segment("middle", 3.0, 0.015, [20, 100]),
                segment("large", 1.0, 0.006, [100, 500]),
            ],
            plans: vec![
                plan("basic", "15.00", Interval::Month, 4.0),
                plan("pro", "29.00", Interval::Month, 2.0),
                plan("basic_yearly", "12.50", Interval::Year, 2.0),
                plan("pro_yearly", "24.00", Interval::Year, 2.0),
            ],
            first_renewal: 1.5,
            upgrade: 0.02,
            downgrade: 0.008,
            plan_change: 0.3,
            reactivation: Reactivation::default(),
            reasons: choices(&[
                ("price", 30.0),
                ("competitor", 20.0),
                ("missing_feature", 15.0),
                ("low_use", 25.0),
                ("closed_down", 10.0),
            ]),
            reason_given: 0.9,
            owners: choices(&[("aoki", 1.0), ("baba", 1.0), ("chiba", 1.0), ("doi", 1.0)]),
            countries: choices(&[("JP", 5.0), ("US", 3.0), ("DE", 2.0)]),
            activity: Activity::default(),
            usage: UsageItem::defaults(),
        }
    }
}

impl UsageItem {
    /// An item with the defaults of its measure.
    pub(super) fn new(id: String, measure: Measure) -> Self {
        let (mean, effect, noise, range) = match measure {
            Measure::LastActive | Measure::Seats => (None, None, None, None),
            Measure::ActiveSeats => (Some(0.7), Some(0.6), Some(0.5), None),
            Measure::Count => (Some(2.0), Some(-0.3), None, None),
            Measure::Score => (Some(7.0), Some(1.0), Some(1.5), Some([0, 10])),
        };
        Self { id, labels: Labels::new(), measure, mean, effect, noise, range, missing: 0.0 }
    }

    fn defaults() -> Vec<Self> {
        let mut items: Vec<Self> = [
            ("last_login_on", Measure::LastActive),
            ("active_seats", Measure::ActiveSeats),
            ("purchased_seats", Measure::Seats),
            ("tickets_per_month", Measure::Count),
            ("nps", Measure::Score),
        ]
        .map(|(id, measure)| Self::new(id.into(), measure))
        .into();
        if let Some(nps) = items.last_mut() {
            nps.missing = 0.6; // few answer
        }
        items
    }
}
