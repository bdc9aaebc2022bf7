//! A card made flat: numbered columns, items and steps that the kernel runs through.

use super::curve::{Compiled, DEFAULT};
use super::document::{Curve, Dimension, Document, Item, Missing, Outside, Source};
use super::predicate::Condition;
use std::collections::HashMap;

/// How far below `min_coverage` a coverage still counts as on it: a share that is 0.45 on paper may come
/// out as 0.44999999999999996.
const TOLERANCE: f64 = 1e-12;

/// A compiled card.
#[derive(Debug)]
pub(super) struct Plan {
    /// The column that names the account, which may be renamed like an input.
    pub(super) account: Option<String>,
    /// The columns that are read, by the card's names, in order of first use.
    pub(super) inputs: Vec<String>,
    /// Where each input stands among them.
    places: HashMap<String, usize>,
    pub(super) items: Vec<ItemPlan>,
    pub(super) dimensions: Vec<DimensionPlan>,
    pub(super) steps: Vec<Step>,
    /// Levels of dimensions, the card itself included.
    pub(super) levels: usize,
    pub(super) scale: [f64; 2],
    /// Less the tolerance.
    pub(super) min_coverage: f64,
    /// Lower bounds of the tiers.
    pub(super) edges: Vec<f64>,
    /// The counting weight of the whole card; `None` where it depends on the row.
    pub(super) counting: Option<f64>,
}

/// What the kernel does next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Begin a dimension.
    Open(usize),
    /// Add an item to the dimension at this level.
    Item(usize, usize),
    /// Finish a dimension, adding it to its parent.
    Close(usize),
}

#[derive(Debug)]
pub(super) struct DimensionPlan {
    pub(super) id: String,
    pub(super) weight: f64,
    /// 1 for top dimensions; the card itself is level 0.
    pub(super) level: usize,
    pub(super) parent: Option<usize>,
    /// Its place among the top dimensions.
    pub(super) top: Option<usize>,
    /// Whether covered weight is the same as weight in the score: only items, all with `exclude`.
    pub(super) covered_is_scored: bool,
    /// The counting weight, where no condition makes it depend on the row.
    pub(super) counting: Option<f64>,
}

impl DimensionPlan {
    /// Whether the weights in the score are all that needs to be summed: the others follow from them.
    #[inline]
    pub(super) fn is_simple(&self) -> bool {
        self.covered_is_scored && self.counting.is_some()
    }
}

#[derive(Debug)]
pub(super) struct ItemPlan {
    pub(super) id: String,
    pub(super) dimension: usize,
    pub(super) source: Input,
    pub(super) curve: Compiled,
    /// Whether the value must lie on the scale.
    pub(super) manual: bool,
    /// Whether the curve may exclude values.
    pub(super) excludes: bool,
    /// The weight as the card says it.
    pub(super) card_weight: f64,
    /// The weight beside its siblings, whole if that is possible.
    pub(super) weight: f64,
    /// Points where there is no value.
    pub(super) fill: Option<f64>,
    pub(super) freshness: Option<Freshness>,
    pub(super) applies: Option<Condition>,
    pub(super) opted_out: Option<Condition>,
}

impl ItemPlan {
    /// Whether anything but the value decides on the item's state.
    pub(super) fn is_conditional(&self) -> bool {
        self.freshness.is_some() || self.applies.is_some() || self.opted_out.is_some()
    }

    /// Whether the item asks for an age.
    pub(super) fn needs_as_of(&self) -> bool {
        self.freshness.is_some() || matches!(self.source, Input::DaysSince(_))
    }
}

/// A source with numbered columns.
#[derive(Debug)]
pub(super) enum Input {
    Number(usize),
    Ratio(usize, usize),
    DaysSince(usize),
    CountTrue(Vec<usize>),
    Flag(usize),
    Category(usize, Categories),
}

#[derive(Debug)]
pub(super) struct Freshness {
    pub(super) observed_at: usize,
    pub(super) warn_after: f64,
    pub(super) expire_after: f64,
}

/// Points per category.
#[derive(Debug)]
pub(super) struct Categories {
    /// Sorted by text.
    texts: Vec<(Box<[u8]>, f64)>,
    /// Those texts that are whole numbers, sorted.
    numbers: Vec<(i128, f64)>,
    default: Option<f64>,
}

impl Categories {
    fn new(map: &std::collections::BTreeMap<String, f64>) -> Self {
        let listed = map.iter().filter(|(name, _)| *name != DEFAULT);
        let texts: Vec<(Box<[u8]>, f64)> =
            listed.clone().map(|(name, points)| (name.as_bytes().into(), *points)).collect();
        let mut numbers: Vec<(i128, f64)> =
            listed.filter_map(|(name, points)| Some((whole_number(name)?, *points))).collect();
        numbers.sort_by_key(|(number, _)| *number);
        Self { texts, numbers, default: map.get(DEFAULT).copied() }
    }

    #[inline]
    pub(super) fn text(&self, text: &[u8]) -> Option<f64> {
        let found = self.texts.binary_search_by(|(name, _)| name.as_ref().cmp(text));
        found.map_or(self.default, |at| Some(self.texts[at].1))
    }

    #[inline]
    pub(super) fn number(&self, number: i128) -> Option<f64> {
        let found = self.numbers.binary_search_by_key(&number, |(n, _)| *n);
        found.map_or(self.default, |at| Some(self.numbers[at].1))
    }

    /// A float that is a whole number; any other is not listed, and an infinite one is no category.
    #[inline]
    pub(super) fn float(&self, x: f64) -> Option<f64> {
        match x.is_finite() {
            true if x.trunc() == x => self.number(x as i128),
            true => self.default,
            false => None,
        }
    }

    /// The first categories listed, for messages.
    pub(super) fn names(&self) -> Vec<String> {
        self.texts.iter().take(20).map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect()
    }
}

/// The whole number that a category is, if it is written in the usual way: `01` is a text.
fn whole_number(name: &str) -> Option<i128> {
    name.parse().ok().filter(|number: &i128| number.to_string() == name)
}

impl Plan {
    pub(super) fn new(document: &Document) -> Self {
        let mut plan = Self {
            account: document.account.clone(),
            inputs: Vec::new(),
            places: HashMap::new(),
            items: Vec::new(),
            dimensions: Vec::new(),
            steps: Vec::new(),
            levels: 1,
            scale: document.scale,
            min_coverage: document.min_coverage - TOLERANCE,
            edges: document.tiers.iter().map(|tier| tier.from).collect(),
            counting: None,
        };
        let weights = whole(document.dimensions.iter().map(|dimension| dimension.weight).collect());
        let counting = document.dimensions.iter().zip(weights).enumerate().map(|(top, (dimension, weight))| {
            let index = plan.dimension(dimension, weight, 1, None, Some(top));
            plan.dimensions[index].counting.map(|_| weight)
        });
        let counting = sum(counting.collect::<Vec<_>>());
        plan.counting = counting;
        plan
    }

    /// Whether the card reads a column of this name.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    pub(super) fn is_account(&self, name: &str) -> bool {
        self.account.as_deref() == Some(name)
    }

    fn input(&mut self, name: &str) -> usize {
        if let Some(index) = self.places.get(name) {
            return *index;
        }
        let index = self.inputs.len();
        self.inputs.push(name.to_owned());
        self.places.insert(name.to_owned(), index);
        index
    }

    fn dimension(
        &mut self,
        dimension: &Dimension,
        weight: f64,
        level: usize,
        parent: Option<usize>,
        top: Option<usize>,
    ) -> usize {
        let index = self.dimensions.len();
        self.dimensions.push(DimensionPlan {
            id: dimension.id.clone(),
            weight,
            level,
            parent,
            top,
            covered_is_scored: dimension.dimensions.is_empty()
                && dimension.items.iter().all(|item| item.missing == Missing::Exclude),
            counting: None,
        });
        self.levels = self.levels.max(level + 1);
        self.steps.push(Step::Open(index));
        let mut counting = Vec::new();
        let parts = dimension.dimensions.iter().map(|d| d.weight).chain(dimension.items.iter().map(|i| i.weight));
        let mut weights = whole(parts.collect()).into_iter();
        for (part, weight) in dimension.dimensions.iter().zip(&mut weights) {
            let inner = self.dimension(part, weight, level + 1, Some(index), None);
            counting.push(self.dimensions[inner].counting.map(|_| weight));
        }
        for (item, weight) in dimension.items.iter().zip(weights) {
            let plan = self.item(item, weight, index);
            counting.push((plan.applies.is_none() && plan.opted_out.is_none()).then_some(plan.weight));
            self.steps.push(Step::Item(self.items.len(), level));
            self.items.push(plan);
        }
        self.steps.push(Step::Close(index));
        // Added up in the order in which the kernel adds, so that full coverage is exactly 1.
        self.dimensions[index].counting = sum(counting);
        index
    }

    fn item(&mut self, item: &Item, weight: f64, dimension: usize) -> ItemPlan {
        let [worst, best] = self.scale;
        let source = self.source(item);
        let freshness = item.observed_at.as_ref().map(|column| Freshness {
            observed_at: self.input(column),
            warn_after: item.warn_after_days.unwrap_or(f64::INFINITY),
            expire_after: item.expire_after_days.unwrap_or(f64::INFINITY),
        });
        let mut condition =
            |predicate: &Option<_>| predicate.as_ref().map(|p| Condition::compile(p, &mut |name| self.input(name)));
        let (applies, opted_out) = (condition(&item.applies_when), condition(&item.opted_out_when));
        ItemPlan {
            id: item.id.clone(),
            dimension,
            source,
            curve: Compiled::new(&item.curve, self.scale),
            manual: matches!(item.curve, Curve::Manual {}),
            excludes: matches!(item.curve, Curve::Linear { outside: Outside::Exclude, .. }),
            card_weight: item.weight,
            weight,
            fill: match item.missing {
                Missing::Exclude => None,
                Missing::Neutral => Some(worst / 2.0 + best / 2.0),
                Missing::Worst => Some(worst),
                Missing::Best => Some(best),
                Missing::Points(points) => Some(points),
            },
            freshness,
            applies,
            opted_out,
        }
    }

    fn source(&mut self, item: &Item) -> Input {
        match (&item.source, &item.curve) {
            (Source::Column(column), Curve::Map(map)) => Input::Category(self.input(column), Categories::new(map)),
            (Source::Column(column), Curve::Flag { .. }) => Input::Flag(self.input(column)),
            (Source::Column(column), _) => Input::Number(self.input(column)),
            (Source::Ratio([numerator, denominator]), _) => {
                Input::Ratio(self.input(numerator), self.input(denominator))
            }
            (Source::DaysSince(column), _) => Input::DaysSince(self.input(column)),
            (Source::CountTrue(columns), _) => Input::CountTrue(columns.iter().map(|c| self.input(c)).collect()),
        }
    }

    /// The top dimensions, in order.
    pub(super) fn tops(&self) -> impl Iterator<Item = &DimensionPlan> {
        self.dimensions.iter().filter(|dimension| dimension.top.is_some())
    }
}

/// Sibling weights times the power of ten that makes them whole; as they are if there is none.
///
/// Only their proportions matter, and sums of whole numbers are exact: with weights 0.1, 0.2 and 0.7,
/// which binary fractions only come near, a mean that is 60 would otherwise come out just below it.
fn whole(weights: Vec<f64>) -> Vec<f64> {
    const LARGEST: f64 = 1e9; // leaves room for sums of products with points
    let scaled = |power: f64| -> Option<Vec<f64>> {
        let whole = |weight: &f64| {
            let whole = (weight * power).round();
            (whole <= LARGEST && whole / power == *weight).then_some(whole)
        };
        weights.iter().map(whole).collect()
    };
    let found = (0..=9).find_map(|digits| scaled(10f64.powi(digits)));
    found.unwrap_or(weights)
}

/// The sum in order, if all are there.
fn sum(weights: Vec<Option<f64>>) -> Option<f64> {
    weights.into_iter().try_fold(0.0, |sum, weight| Some(sum + weight?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_weights_become_whole() {
        assert_eq!(whole(vec![0.1, 0.2, 0.7]), [1.0, 2.0, 7.0]);
        assert_eq!(whole(vec![60.0, 0.0, 12.5]), [600.0, 0.0, 125.0]);
        assert_eq!(whole(vec![1.0, 3.0]), [1.0, 3.0]);
        assert_eq!(whole(vec![1.0 / 3.0, 1.0]), [1.0 / 3.0, 1.0], "a third has no power of ten");
        assert_eq!(whole(vec![1e12, 1e-9]), [1e12, 1e-9]);
    }
}
