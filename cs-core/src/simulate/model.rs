//! The document made ready for drawing: days, prices, cumulative weights, rates.

use super::document::{Document, Interval};
use super::random::Stream;
use crate::calendar::Date;
use crate::money::Currency;

/// No account has more seats than this, however often it grows.
pub(super) const MOST_SEATS: u32 = 100_000;

/// Months beyond the end of the book that are needed: terms of a year that run over it.
const MARGIN: u32 = 14;

/// The digits behind the point of a currency of ISO 4217.
pub(super) fn exponent(code: &str) -> Option<u8> {
    Currency::parse(code).ok().map(|currency| currency.exponent())
}

/// Year and month of a date that is the first of a month.
pub(super) fn first_of_month(text: &str) -> Option<(i32, u32)> {
    let date = Date::parse(text).ok().filter(|date| text.len() == 10 && date.to_string() == text)?;
    let (year, month) = (text.get(0..4)?.parse().ok()?, text.get(5..7)?.parse().ok()?);
    (Date::new(year, month, 1) == Some(date) && (1900..3000).contains(&year)).then_some((year, month))
}

/// The amount in minor units; `None` when it does not fit.
pub(super) fn minor(text: &str, scale: u8) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let missing = usize::from(scale).checked_sub(fraction.len())?;
    let digits = format!("{whole}{fraction}{:0<missing$}", "");
    digits.parse().ok()
}

/// A choice by weight.
#[derive(Debug)]
pub(super) struct Weights {
    /// The sums of the weights so far.
    sums: Vec<f64>,
}

impl Weights {
    pub(super) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let sums = weights.into_iter().map(|weight| {
            sum += weight;
            sum
        });
        Self { sums: sums.collect() }
    }

    /// The number of the choice that a draw between 0 and 1 falls on.
    #[inline]
    pub(super) fn pick(&self, uniform: f64) -> usize {
        let at = uniform * self.sums.last().copied().unwrap_or_default();
        // The last is taken only if it has a weight: the sums before it are then below the whole.
        self.sums.iter().position(|sum| at < *sum).unwrap_or(0)
    }
}

/// A plan as it is drawn from.
#[derive(Debug)]
pub(super) struct PlanModel {
    pub interval: Interval,
    /// The price of a seat for one interval in minor units.
    pub amount: i64,
    /// Where an upgrade and a downgrade lead.
    pub above: Option<usize>,
    pub below: Option<usize>,
}

/// A segment as it is drawn from.
#[derive(Debug)]
pub(super) struct SegmentModel {
    /// Λ, the mean hazard of a month.
    pub hazard: f64,
    pub seats: [u32; 2],
    pub plans: Weights,
}

/// What every account is drawn from.
#[derive(Debug)]
pub(super) struct Model {
    /// The first day of each month, from the first of the book to some beyond its end.
    firsts: Vec<i32>,
    pub months: u32,
    pub joining: Weights,
    pub by_segment: Weights,
    pub segments: Vec<SegmentModel>,
    pub plans: Vec<PlanModel>,
    pub reasons: Weights,
    pub owners: Weights,
    pub countries: Weights,
    /// √(1 − ρ²), by which the health is stirred.
    pub stir: f64,
    pub life: Stream,
}

impl Model {
    pub(super) fn new(document: &Document) -> Self {
        let scale = exponent(&document.currency).unwrap_or(2);
        let (year, month) = first_of_month(&document.from).unwrap_or((1970, 1));
        let plans: Vec<PlanModel> = (0..document.plans.len()).map(|at| plan(document, at, scale)).collect();
        let segments = document.segments.iter().map(|segment| SegmentModel {
            hazard: -libm::log1p(-segment.churn),
            seats: segment.seats,
            plans: Weights::new(document.plans.iter().map(|plan| match segment.plans.is_empty() {
                true => plan.share,
                false => segment.plans.get(&plan.id).copied().unwrap_or_default(),
            })),
        });
        let rho = document.health.persistence;
        Self {
            firsts: firsts(year, month, document.months + MARGIN),
            months: document.months,
            joining: Weights::new(joining(document)),
            by_segment: Weights::new(document.segments.iter().map(|segment| segment.share)),
            segments: segments.collect(),
            plans,
            reasons: Weights::new(document.reasons.iter().map(|reason| reason.weight)),
            owners: Weights::new(document.owners.iter().map(|owner| owner.weight)),
            countries: Weights::new(document.countries.iter().map(|country| country.weight)),
            stir: (1.0 - rho * rho).sqrt(),
            life: Stream::new(document.seed, "life"),
        }
    }

    /// The first day of a month of the book, counted from 0.
    #[inline]
    pub(super) fn first(&self, month: u32) -> i32 {
        let last = self.firsts.len() - 1;
        self.firsts[last.min(month as usize)]
    }

    pub(super) fn days_of(&self, month: u32) -> u32 {
        (self.first(month + 1) - self.first(month)) as u32
    }

    /// The day after the last of the book.
    pub(super) fn horizon(&self) -> i32 {
        self.first(self.months)
    }

    /// The day of a month that lies on the account's day, counted from 0, or the month's last day.
    #[inline]
    pub(super) fn anchored(&self, month: u32, day: u32) -> i32 {
        let first = self.first(month);
        first + (day as i32).min(self.first(month + 1) - first - 1)
    }

    /// Month, and day in it counted from 0, of a date that lies in the book.
    pub(super) fn month_of(&self, date: i32) -> (u32, u32) {
        let month = self.firsts.partition_point(|first| *first <= date).saturating_sub(1) as u32;
        (month, (date - self.first(month)) as u32)
    }
}

/// The first days of so many months.
fn firsts(year: i32, month: u32, count: u32) -> Vec<i32> {
    let start = year * 12 + month as i32 - 1;
    let first = |n: i32| Date::new(n.div_euclid(12), n.rem_euclid(12) as u32 + 1, 1).map(Date::days);
    // Years up to 2999 and 600 months more are all within the calendar.
    (start..start + count as i32).filter_map(first).collect()
}

/// The weights by which joining accounts spread over the months.
fn joining(document: &Document) -> impl Iterator<Item = f64> {
    let factor = 1.0 + document.growth;
    std::iter::successors(Some(1.0), move |weight| Some(weight * factor)).take(document.months as usize)
}

fn plan(document: &Document, at: usize, scale: u8) -> PlanModel {
    let plan = &document.plans[at];
    let price = |at: usize| minor(&document.plans[at].monthly, scale).unwrap_or_default();
    let alike = || (0..document.plans.len()).filter(|other| document.plans[*other].interval == plan.interval);
    PlanModel {
        interval: plan.interval,
        amount: price(at) * i64::from(plan.interval.months()),
        above: alike().filter(|other| price(*other) > price(at)).min_by_key(|other| price(*other)),
        below: alike().filter(|other| price(*other) < price(at)).max_by_key(|other| price(*other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_pick_in_proportion() {
        let weights = Weights::new([1.0, 0.0, 3.0]);
        let picked: Vec<usize> = [0.1, 0.2499, 0.2501, 0.9999].iter().map(|u| weights.pick(*u)).collect();
        assert_eq!(picked, [0, 0, 2, 2]);
        // A last choice without weight is never taken.
        assert_eq!(Weights::new([1.0, 0.0]).pick(1.0 - f64::EPSILON / 2.0), 0);
    }

    #[test]
    fn days_are_anchored() {
        let model = Model::new(&Document { from: "2024-01-01".into(), ..Document::default() });
        let day = |month, day| Date::from_days(model.anchored(month, day)).to_string();
        // 31 January and one, two, thirteen months.
        assert_eq!(
            [day(0, 30), day(1, 30), day(2, 30), day(13, 30)],
            ["2024-01-31", "2024-02-29", "2024-03-31", "2025-02-28"]
        );
        assert_eq!(model.month_of(model.anchored(1, 28)), (1, 28));
        assert_eq!(Date::from_days(model.horizon()).to_string(), "2027-01-01");
    }

    #[test]
    fn firsts_of_months_and_prices() {
        assert_eq!(first_of_month("2024-12-01"), Some((2024, 12)));
        for text in ["2024-12-02", "2024-12-01T00:00", "2024-13-01", "24-01-01", "0001-01-01"] {
            assert_eq!(first_of_month(text), None, "{text}");
        }
        assert_eq!((minor("12.5", 2), minor("7", 0), minor("7.5", 0)), (Some(1250), Some(7), None));
        assert_eq!((exponent("JPY"), exponent("KWD"), exponent("ABC")), (Some(0), Some(3), None));
    }
}
