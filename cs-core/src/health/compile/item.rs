//! Items made flat.

use super::Names;
use crate::health::curve::{Compiled, DEFAULT, HalfLife, Ranks};
use crate::health::document::{Curve, Decay, Item, Missing, Outside, Source, Toward};
use crate::health::predicate::Condition;
use crate::health::read::SUMMANDS;
use std::collections::BTreeMap;

/// An item with numbered columns.
#[derive(Debug)]
pub(in crate::health) struct ItemPlan {
    pub(in crate::health) id: String,
    pub(in crate::health) dimension: usize,
    pub(in crate::health) source: Input,
    pub(in crate::health) curve: Compiled,
    /// What the value must lie within, where it is the points.
    pub(in crate::health) manual: Option<[f64; 2]>,
    /// Whether the curve may exclude values.
    pub(in crate::health) excludes: bool,
    /// The weight as the card says it.
    pub(in crate::health) card_weight: f64,
    /// The weight beside its siblings, whole if that is possible.
    pub(in crate::health) weight: f64,
    /// What takes the place of the curve, for ranks.
    pub(in crate::health) ranks: Option<Ranks>,
    /// Points where there is no value.
    pub(in crate::health) fill: Option<f64>,
    pub(in crate::health) decay: Option<Drift>,
    pub(in crate::health) freshness: Option<Freshness>,
    pub(in crate::health) applies: Option<Condition>,
    pub(in crate::health) opted_out: Option<Condition>,
}

impl ItemPlan {
    /// Whether anything but the value decides on the item's state.
    pub(in crate::health) fn is_conditional(&self) -> bool {
        self.freshness.is_some() || self.applies.is_some() || self.opted_out.is_some()
    }

    /// Whether the item asks for an age.
    pub(in crate::health) fn needs_as_of(&self) -> bool {
        self.freshness.is_some() || matches!(self.source, Input::DaysSince(_) | Input::DaysUntil(_))
    }
}

/// A source with numbered columns.
#[derive(Debug)]
pub(in crate::health) enum Input {
    Number(usize),
    Ratio(usize, usize),
    DaysSince(usize),
    DaysUntil(usize),
    Change(usize, usize),
    CountTrue(Vec<usize>),
    Flag(usize),
    Category(usize, Categories),
}

#[derive(Debug)]
pub(in crate::health) struct Freshness {
    pub(in crate::health) observed_at: usize,
    pub(in crate::health) warn_after: f64,
    pub(in crate::health) expire_after: f64,
}

/// How the points of an old reading drift.
#[derive(Debug)]
pub(in crate::health) struct Drift {
    pub(in crate::health) target: f64,
    pub(in crate::health) days: HalfLife,
}

impl Drift {
    /// What points have become after so many days.
    #[inline(always)]
    pub(in crate::health) fn after(&self, points: f64, days: f64) -> f64 {
        // Written so that a reading of the day has its points exactly.
        let drifted = points + (self.target - points) * (1.0 - self.days.left(days));
        // Rounding must not carry it past the target.
        drifted.clamp(points.min(self.target), points.max(self.target))
    }
}

/// Points per category.
#[derive(Debug)]
pub(in crate::health) struct Categories {
    /// Sorted by text.
    texts: Vec<(Box<[u8]>, f64)>,
    /// Those texts that are whole numbers, sorted.
    numbers: Vec<(i128, f64)>,
    default: Option<f64>,
}

impl Categories {
    pub(in crate::health) fn new(map: &BTreeMap<String, f64>) -> Self {
        let listed = map.iter().filter(|(name, _)| *name != DEFAULT);
        let texts: Vec<(Box<[u8]>, f64)> =
            listed.clone().map(|(name, points)| (name.as_bytes().into(), *points)).collect();
        let mut numbers: Vec<(i128, f64)> =
            listed.filter_map(|(name, points)| Some((whole_number(name)?, *points))).collect();
        numbers.sort_by_key(|(number, _)| *number);
        Self { texts, numbers, default: map.get(DEFAULT).copied() }
    }

    #[inline]
    pub(in crate::health) fn text(&self, text: &[u8]) -> Option<f64> {
        let found = self.texts.binary_search_by(|(name, _)| name.as_ref().cmp(text));
        found.map_or(self.default, |at| Some(self.texts[at].1))
    }

    #[inline]
    pub(in crate::health) fn number(&self, number: i128) -> Option<f64> {
        let found = self.numbers.binary_search_by_key(&number, |(n, _)| *n);
        found.map_or(self.default, |at| Some(self.numbers[at].1))
    }

    /// A float that is a whole number; any other is not listed, and an infinite one is no category.
    #[inline]
    pub(in crate::health) fn float(&self, x: f64) -> Option<f64> {
        match x.is_finite() {
            true if x.trunc() == x => self.number(x as i128),
            true => self.default,
            false => None,
        }
    }

    /// The categories listed with their points, in order of their texts.
    pub(in crate::health) fn listed(&self) -> impl Iterator<Item = (&[u8], f64)> {
        self.texts.iter().map(|(name, points)| (name.as_ref(), *points))
    }

    /// The points of a category that is not listed.
    pub(in crate::health) fn default(&self) -> Option<f64> {
        self.default
    }

    /// Whether the text is a category that numbers can stand for.
    pub(in crate::health) fn is_number(text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok_and(|text| whole_number(text).is_some())
    }

    /// The first categories listed, for messages.
    pub(in crate::health) fn names(&self) -> Vec<String> {
        self.texts.iter().take(20).map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
    }
}

/// The whole number that a category is, if it is written in the usual way: `01` is a text.
fn whole_number(name: &str) -> Option<i128> {
    name.parse().ok().filter(|number: &i128| number.to_string() == name)
}

impl ItemPlan {
    /// `in_sum`: whether the item is a part of a sum, whose points may lie anywhere.
    pub(super) fn new(
        item: &Item,
        weight: f64,
        dimension: usize,
        scale: [f64; 2],
        in_sum: bool,
        names: &mut Names,
    ) -> Self {
        let [worst, best] = scale;
        let source = source(item, names);
        let freshness = item.observed_at.as_ref().map(|column| Freshness {
            observed_at: names.input(column),
            warn_after: item.warn_after_days.unwrap_or(f64::INFINITY),
            expire_after: item.expire_after_days.unwrap_or(f64::INFINITY),
        });
        let mut condition =
            |predicate: &Option<_>| predicate.as_ref().map(|p| Condition::compile(p, &mut |name| names.input(name)));
        let (applies, opted_out) = (condition(&item.applies_when), condition(&item.opted_out_when));
        let neutral = worst / 2.0 + best / 2.0;
        Self {
            id: item.id.clone(),
            dimension,
            source,
            curve: Compiled::new(&item.curve.kind, scale, &mut names.half_lives),
            ranks: ranks(item, scale, names),
            manual: matches!(item.curve.kind, Curve::Manual {}).then_some(if in_sum { SUMMANDS } else { scale }),
            excludes: matches!(item.curve.kind, Curve::Linear { outside: Outside::Exclude, .. }),
            card_weight: item.weight,
            weight,
            fill: match item.missing {
                Missing::Exclude => None,
                Missing::Neutral => Some(neutral),
                Missing::Worst => Some(worst),
                Missing::Best => Some(best),
                Missing::Points(points) => Some(points),
            },
            decay: item.curve.decay.map(|Decay { half_life_days, toward }| Drift {
                target: match toward {
                    Toward::Neutral => neutral,
                    Toward::Worst => worst,
                    Toward::Best => best,
                    Toward::Points(points) => points,
                },
                days: names.half_lives.get(half_life_days),
            }),
            freshness,
            applies,
            opted_out,
        }
    }
}

fn ranks(item: &Item, scale: [f64; 2], names: &mut Names) -> Option<Ranks> {
    let Curve::Quantile(curve) = &item.curve.kind else { return None };
    let by = curve.by.as_ref().map(|by| names.input(by));
    Ranks::new(curve, by, scale)
}

fn source(item: &Item, names: &mut Names) -> Input {
    match (&item.source, &item.curve.kind) {
        (Source::Column(column), Curve::Map(map)) => Input::Category(names.input(column), Categories::new(map)),
        (Source::Column(column), Curve::Flag { .. }) => Input::Flag(names.input(column)),
        (Source::Column(column), _) => Input::Number(names.input(column)),
        (Source::Ratio([numerator, denominator]), _) => Input::Ratio(names.input(numerator), names.input(denominator)),
        (Source::Change([now, earlier]), _) => Input::Change(names.input(now), names.input(earlier)),
        (Source::DaysSince(column), _) => Input::DaysSince(names.input(column)),
        (Source::DaysUntil(column), _) => Input::DaysUntil(names.input(column)),
        (Source::CountTrue(columns), _) => Input::CountTrue(columns.iter().map(|c| names.input(c)).collect()),
    }
}
