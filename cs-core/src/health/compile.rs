//! A card made flat: numbered columns, items and steps that the kernel runs through.

mod item;

pub(super) use item::{Categories, Drift, Input, ItemPlan};

use super::curve::HalfLives;
use super::document::{Action, Aggregate, Curve, Dimension, Document, Hysteresis, Item, Missing, Quantile, Rounding};
use super::predicate::Condition;
use std::collections::HashMap;

/// How far below `min_coverage` a coverage still counts as on it: a share that is 0.45 on paper may come
/// out as 0.44999999999999996.
const TOLERANCE: f64 = 1e-12;

/// The columns that a card reads, numbered in order of first use; and what its items share.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) list: Vec<String>,
    places: HashMap<String, usize>,
    half_lives: HalfLives,
}

impl Names {
    fn input(&mut self, name: &str) -> usize {
        if let Some(index) = self.places.get(name) {
            return *index;
        }
        let index = self.list.len();
        self.list.push(name.to_owned());
        self.places.insert(name.to_owned(), index);
        index
    }
}

/// A compiled card.
#[derive(Debug)]
pub(super) struct Program {
    /// The column that names the account, which may be renamed like an input.
    pub(super) account: Option<String>,
    names: Names,
    /// The card itself, and then each variant: their items, dimensions and steps are alike.
    pub(super) plans: Vec<Plan>,
    /// When each variant holds.
    pub(super) variants: Vec<Rule>,
    pub(super) grace: Option<GracePlan>,
    pub(super) frozen: Option<Rule>,
    pub(super) adjustments: Vec<AdjustmentPlan>,
    pub(super) hysteresis: Option<Hysteresis>,
    pub(super) rounding: Option<Rounding>,
    pub(super) scale: [f64; 2],
    /// The ids of the tiers, from low to high.
    pub(super) tiers: Vec<String>,
    /// An item whose quantiles are not fitted.
    pub(super) unfitted: Option<String>,
    /// What else than items data can be in error for.
    rules: Vec<String>,
}

/// A condition of the card, and the number of what it is for, counting on from the items.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) subject: usize,
    pub(super) when: Condition,
}

#[derive(Debug)]
pub(super) struct GracePlan {
    pub(super) subject: usize,
    pub(super) since: usize,
    pub(super) days: f64,
}

#[derive(Debug)]
pub(super) struct AdjustmentPlan {
    pub(super) id: String,
    pub(super) rule: Rule,
    pub(super) change: Change,
}

/// What an adjustment does.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    Cap(f64),
    Floor(f64),
    Add(f64),
    Multiply(f64),
    /// The number of a tier.
    Force(usize),
}

/// One way to score: the card's own, or that of a variant.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) items: Vec<ItemPlan>,
    pub(super) dimensions: Vec<DimensionPlan>,
    pub(super) steps: Vec<Step>,
    /// Levels of dimensions, the card itself included.
    pub(super) levels: usize,
    pub(super) scale: [f64; 2],
    pub(super) aggregate: Aggregate,
    /// Less the tolerance.
    pub(super) min_coverage: f64,
    /// Lower bounds of the tiers.
    pub(super) edges: Vec<f64>,
    /// Whether all parts are put together by the mean, without rounding.
    pub(super) plain: bool,
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
    pub(super) aggregate: Aggregate,
    pub(super) rounding: Option<Rounding>,
    /// Whether covered weight is the same as weight in the score: only items, all with `exclude`.
    pub(super) covered_is_scored: bool,
    /// The counting weight, where no condition makes it depend on the row.
    pub(super) counting: Option<f64>,
}

impl DimensionPlan {
    /// Whether the weights in the score are all that needs to be summed: the others follow from them.
    #[inline]
    pub(super) fn is_simple(&self) -> bool {
        self.covered_is_scored && self.counting.is_some() && self.aggregate.is_mean()
    }
}

impl Program {
    pub(super) fn new(document: &Document) -> Self {
        let mut names = Names::default();
        let mut plans = vec![Plan::new(document, &mut names)];
        plans.extend(document.variants.iter().map(|v| Plan::new(&document.with_variant(v), &mut names)));
        let mut program = Self {
            account: document.account.clone(),
            names,
            plans,
            variants: Vec::new(),
            grace: None,
            frozen: None,
            adjustments: Vec::new(),
            hysteresis: document.hysteresis,
            rounding: document.rounding,
            scale: document.scale,
            tiers: document.tiers.iter().map(|tier| tier.id.clone()).collect(),
            unfitted: unfitted(document),
            rules: Vec::new(),
        };
        program.variants =
            document.variants.iter().map(|v| program.rule(format!("variants.{}", v.id), &v.when)).collect();
        program.grace = document.grace.as_ref().map(|grace| {
            let subject = program.subject_of("grace".into());
            GracePlan { subject, since: program.names.input(&grace.since), days: grace.days }
        });
        program.frozen = document.frozen_when.as_ref().map(|when| program.rule("frozen_when".into(), when));
        program.adjustments = document.adjustments.iter().map(|a| program.adjustment(a)).collect();
        program
    }

    fn rule(&mut self, name: String, when: &super::Predicate) -> Rule {
        let when = Condition::compile(when, &mut |column| self.names.input(column));
        Rule { subject: self.subject_of(name), when }
    }

    fn subject_of(&mut self, name: String) -> usize {
        self.rules.push(name);
        self.items().len() + self.rules.len() - 1
    }

    fn adjustment(&mut self, adjustment: &super::Adjustment) -> AdjustmentPlan {
        let change = match &adjustment.action {
            Action::Cap(points) => Change::Cap(*points),
            Action::Floor(points) => Change::Floor(*points),
            Action::Add(points) => Change::Add(*points),
            Action::Multiply(factor) => Change::Multiply(*factor),
            Action::ForceTier(id) => Change::Force(self.tiers.iter().position(|tier| tier == id).unwrap_or_default()),
        };
        let rule = self.rule(format!("adjustments.{}", adjustment.id), &adjustment.when);
        AdjustmentPlan { id: adjustment.id.clone(), rule, change }
    }

    /// The card's own way to score.
    pub(super) fn base(&self) -> &Plan {
        &self.plans[0]
    }

    pub(super) fn items(&self) -> &[ItemPlan] {
        &self.plans[0].items
    }

    /// The columns that are read, by the card's names, in order of first use.
    pub(super) fn inputs(&self) -> &[String] {
        &self.names.list
    }

    /// Whether the card reads a column of this name.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.names.places.contains_key(name)
    }

    pub(super) fn is_account(&self, name: &str) -> bool {
        self.account.as_deref() == Some(name)
    }

    /// The item or rule that data is in error for.
    pub(super) fn subject(&self, number: usize) -> &str {
        let items = self.items();
        match items.get(number) {
            Some(item) => &item.id,
            None => self.rules.get(number - items.len()).map_or("", String::as_str),
        }
    }

    /// The first item or rule that asks for an age.
    pub(super) fn asks_for_as_of(&self) -> Option<&str> {
        let all = self.plans.iter().flat_map(|plan| &plan.items);
        let item = all.filter(|item| item.needs_as_of()).map(|item| item.id.as_str()).next();
        item.or_else(|| self.grace.as_ref().map(|grace| self.subject(grace.subject)))
    }

    /// Every condition outside the items.
    pub(super) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.variants.iter().chain(&self.frozen).chain(self.adjustments.iter().map(|adjustment| &adjustment.rule))
    }

    /// Whether every account is scored in one way, and its tier follows from its score alone.
    pub(super) fn is_plain(&self) -> bool {
        self.plans.len() == 1
            && self.grace.is_none()
            && self.frozen.is_none()
            && self.adjustments.is_empty()
            && self.rounding.is_none()
    }
}

fn unfitted(document: &Document) -> Option<String> {
    fn search(dimension: &Dimension) -> Option<&Item> {
        let bare = |item: &&Item| matches!(item.curve.kind, Curve::Quantile(Quantile { fitted: None, .. }));
        dimension.items.iter().find(bare).or_else(|| dimension.dimensions.iter().find_map(search))
    }
    let own = document.dimensions.iter().find_map(search).map(|item| item.id.clone());
    own.or_else(|| {
        document.variants.iter().flat_map(|v| &v.curves).find_map(|(id, curve)| {
            matches!(curve.kind, Curve::Quantile(Quantile { fitted: None, .. })).then(|| id.clone())
        })
    })
}

impl Plan {
    fn new(document: &Document, names: &mut Names) -> Self {
        let mut plan = Self {
            items: Vec::new(),
            dimensions: Vec::new(),
            steps: Vec::new(),
            levels: 1,
            scale: document.scale,
            aggregate: document.aggregate,
            min_coverage: document.min_coverage - TOLERANCE,
            edges: document.tiers.iter().map(|tier| tier.from).collect(),
            plain: false,
        };
        let weights = weights(document.aggregate, document.dimensions.iter().map(|dimension| dimension.weight));
        for (top, (dimension, weight)) in document.dimensions.iter().zip(weights).enumerate() {
            plan.dimension(dimension, weight, 1, None, Some(top), names);
        }
        let plain = |dimension: &DimensionPlan| dimension.aggregate.is_mean() && dimension.rounding.is_none();
        plan.plain = plan.aggregate.is_mean() && plan.dimensions.iter().all(plain);
        plan
    }

    fn dimension(
        &mut self,
        dimension: &Dimension,
        weight: f64,
        level: usize,
        parent: Option<usize>,
        top: Option<usize>,
        names: &mut Names,
    ) -> usize {
        let index = self.dimensions.len();
        self.dimensions.push(DimensionPlan {
            id: dimension.id.clone(),
            weight,
            level,
            parent,
            top,
            aggregate: dimension.aggregate,
            rounding: dimension.rounding,
            covered_is_scored: dimension.dimensions.is_empty()
                && dimension.items.iter().all(|item| item.missing == Missing::Exclude),
            counting: None,
        });
        self.levels = self.levels.max(level + 1);
        self.steps.push(Step::Open(index));
        let mut counting = Vec::new();
        let parts = dimension.dimensions.iter().map(|d| d.weight).chain(dimension.items.iter().map(|i| i.weight));
        let mut weights = weights(dimension.aggregate, parts).into_iter();
        for (part, weight) in dimension.dimensions.iter().zip(&mut weights) {
            let inner = self.dimension(part, weight, level + 1, Some(index), None, names);
            counting.push(self.dimensions[inner].counting.map(|_| weight));
        }
        let in_sum = dimension.aggregate.is_sum();
        for (item, weight) in dimension.items.iter().zip(weights) {
            let plan = ItemPlan::new(item, weight, index, self.scale, in_sum, names);
            counting.push((plan.applies.is_none() && plan.opted_out.is_none()).then_some(plan.weight));
            self.steps.push(Step::Item(self.items.len(), level));
            self.items.push(plan);
        }
        self.steps.push(Step::Close(index));
        // Added up in the order in which the kernel adds, so that full coverage is exactly 1.
        self.dimensions[index].counting = sum(counting);
        index
    }

    /// The top dimensions, in order.
    pub(super) fn tops(&self) -> impl Iterator<Item = &DimensionPlan> {
        self.dimensions.iter().filter(|dimension| dimension.top.is_some())
    }
}

/// The weights of siblings: whole if possible, unless a sum takes them as they are.
fn weights(aggregate: Aggregate, weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let weights: Vec<f64> = weights.collect();
    if aggregate.is_sum() { weights } else { whole(weights) }
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
