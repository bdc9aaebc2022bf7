//! What tells a tier from the next one.

use super::engine::{NO_PLAN, Scratches, Session, Work, choose, scratches};
use super::kernel::{BLOCK, Faults};
use super::tier::NONE;
use super::{Book, ScoreOptions, Scorecard};
use crate::error::{Code, Issue, Result};
use crate::table::{ResultColumn, ResultTable, Words};

/// The columns of the result.
const COLUMNS: [&str; 10] = [
    "tier",
    "next_tier",
    "item",
    "rank",
    "accounts",
    "next_accounts",
    "median",
    "next_median",
    "share_below",
    "effect_size",
];

impl Scorecard {
    /// Which items tell each tier from the next: where to begin, to move accounts up.
    ///
    /// One row for each tier but the top and each item, the greatest effect first: `tier`, `next_tier`, `item`, `rank`
    /// (1 has the greatest effect), `accounts` and `next_accounts` (those in which the item has points), `median` and
    /// `next_median` (of its points), `share_below`, `effect_size`. Accounts without a tier are left out, and so are
    /// frozen ones, whose items have no points. Items of equal effect stand in the order of the card, those without
    /// one last.
    ///
    /// # Formula
    /// `share_below` is the share of the tier's accounts whose points are below the median of the next tier.
    /// `effect_size` is Cliff's delta, over all pairs of an account x of the tier and an account y of the next:
    /// (pairs with y > x − pairs with y < x) / all pairs. 1 means that every account of the next tier has more points, 0 no
    /// difference. The median is the mean of the two middle values. What has no accounts to be computed from is null.
    ///
    /// # Errors
    /// As [`Scorecard::score_book`]; `missing_field` with the path `tiers` when the card has none.
    ///
    /// # Examples
    /// Two accounts with 20 and 50 points are in Lv1, two with 80 and 100 in Lv2: both are below the median 90, and in
    /// all four pairs the account of Lv2 has more.
    /// ```
    /// use cs_core::{ScoreOptions, Scorecard, health::Book, table::{Column, Table}};
    /// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
    ///     {"id": "use", "items": [{"id": "logins", "curve": {"points": [[0, 0], [10, 100]]}}]}],
    ///     "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": 60}]}"#)?;
    /// let logins = [10.0, 2.0, 8.0, 5.0];
    /// let data = [Table::new([("logins", Column::from(&logins[..]))])?];
    /// let drivers = card.drivers(Book::new(&data), &ScoreOptions::default())?;
    /// let first = |name| drivers.column(name).and_then(|c| c.numbers()).map(|n| n[0]);
    /// assert_eq!((first("median"), first("next_median")), (Some(35.0), Some(90.0)));
    /// assert_eq!((first("share_below"), first("effect_size")), (Some(1.0), Some(1.0)));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn drivers(&self, book: Book<'_>, options: &ScoreOptions) -> Result<ResultTable> {
        options.refuse_include()?;
        let names = choose(COLUMNS.map(str::to_owned).to_vec(), options)?;
        let tiers = self.tier_ids("tiers")?;
        let points = points(self, book, options)?;
        let items: Vec<String> = self.program().items().iter().map(|item| item.id.clone()).collect();
        let mut lines = Lines::new(&tiers, &items);
        for (tier, pair) in points.windows(2).enumerate() {
            let mut gaps: Vec<(usize, Gap)> =
                pair[0].iter().zip(&pair[1]).map(|(own, next)| Gap::new(own, next)).enumerate().collect();
            // A stable sort: ties stay in the order of the card; NaN is no effect.
            gaps.sort_by(|(_, a), (_, b)| b.sortable().total_cmp(&a.sortable()));
            gaps.iter().enumerate().for_each(|(rank, (item, gap))| lines.push(tier, *item, rank + 1, gap));
        }
        Ok(lines.into_table(self.hash()).chosen(&names))
    }

    /// The ids of the tiers, from worst to best.
    ///
    /// # Errors
    /// `missing_field` with this path when there are none.
    pub(super) fn tier_ids(&self, path: &str) -> Result<Vec<String>> {
        let tiers = &self.program().tiers;
        if tiers.is_empty() {
            return Err(Issue::new(Code::MissingField).path(path).help("the card must have tiers").into());
        }
        Ok(tiers.clone())
    }
}

/// The points of every item in each tier, sorted: by tier, then by item.
type Points = Vec<Vec<Vec<f64>>>;

fn points(card: &Scorecard, book: Book<'_>, options: &ScoreOptions) -> Result<Points> {
    let session = Session::new(card, book, options)?;
    let program = session.program;
    let mut scratches = scratches(program, session.rows, true);
    let mut work = Work::new(program, session.rows.min(BLOCK));
    let mut faults = Faults::default();
    let mut points = vec![vec![Vec::new(); program.items().len()]; program.tiers.len()];
    session.each_block(|batch, block| {
        session.settle(batch, block, &mut scratches, &mut work, &mut faults);
        (0..block.rows).for_each(|i| take(&mut points, &scratches, &work, i));
    })?;
    session.raise(&mut faults)?;
    points.iter_mut().flatten().for_each(|points| points.sort_unstable_by(f64::total_cmp));
    Ok(points)
}

/// Adds the points of one account's items to its tier.
fn take(points: &mut Points, scratches: &Scratches, work: &Work, i: usize) {
    let (tier, plan, at) = (work.tier[i], work.plan_of[i], work.place[i] as usize);
    if tier == NONE || plan == NO_PLAN {
        return;
    }
    let trace = scratches.get(usize::from(plan)).and_then(|scratch| scratch.trace.as_ref());
    let (Some(trace), Some(points)) = (trace, points.get_mut(usize::from(tier))) else { return };
    for (points, of_item) in points.iter_mut().zip(&trace.points) {
        if !of_item[at].is_nan() {
            // The two zeros are one value.
            points.push(of_item[at] + 0.0);
        }
    }
}

/// How the points of an item differ between a tier and the next; NaN where there is nothing to compute from.
#[derive(Debug, Clone, Copy)]
struct Gap {
    accounts: usize,
    next_accounts: usize,
    median: f64,
    next_median: f64,
    share_below: f64,
    effect_size: f64,
}

impl Gap {
    /// Both in rising order.
    fn new(own: &[f64], next: &[f64]) -> Self {
        let next_median = median(next);
        let below = own.partition_point(|points| *points < next_median);
        let known = !own.is_empty() && !next.is_empty();
        Self {
            accounts: own.len(),
            next_accounts: next.len(),
            median: median(own),
            next_median,
            share_below: if known { below as f64 / own.len() as f64 } else { f64::NAN },
            effect_size: if known { cliffs_delta(own, next) } else { f64::NAN },
        }
    }

    /// The effect, below all others where there is none.
    fn sortable(&self) -> f64 {
        // A zero of either sign is no difference.
        if self.effect_size.is_nan() { f64::NEG_INFINITY } else { self.effect_size + 0.0 }
    }
}

/// The mean of the two middle values.
fn median(sorted: &[f64]) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let (low, high) = (sorted[last / 2], sorted[sorted.len() / 2]);
    (low + high) / 2.0
}

/// (Pairs in which the second is greater − pairs in which it is less) / all pairs; both in rising order.
fn cliffs_delta(first: &[f64], second: &[f64]) -> f64 {
    let (mut below, mut up_to) = (0, 0);
    let mut balance = 0i128;
    for y in second {
        while first.get(below).is_some_and(|x| x < y) {
            below += 1;
        }
        while first.get(up_to).is_some_and(|x| x <= y) {
            up_to += 1;
        }
        balance += below as i128 - (first.len() - up_to) as i128;
    }
    balance as f64 / (first.len() as f64 * second.len() as f64)
}

/// The result while it is filled.
struct Lines {
    words: [Words; 3],
    numbers: [Vec<f64>; 7],
}

impl Lines {
    fn new(tiers: &[String], items: &[String]) -> Self {
        let rows = (tiers.len() - 1) * items.len();
        let words = |words: &[String]| Words::new(words.to_vec(), rows);
        Self { words: [words(tiers), words(tiers), words(items)], numbers: Default::default() }
    }

    fn push(&mut self, tier: usize, item: usize, rank: usize, gap: &Gap) {
        let places = [tier, tier + 1, item];
        self.words.iter_mut().zip(places).for_each(|(words, place)| words.push(Some(place)));
        let numbers = [
            rank as f64,
            gap.accounts as f64,
            gap.next_accounts as f64,
            gap.median,
            gap.next_median,
            gap.share_below,
            gap.effect_size,
        ];
        self.numbers.iter_mut().zip(numbers).for_each(|(column, number)| column.push(number));
    }

    fn into_table(self, card_hash: &str) -> ResultTable {
        let rows = self.numbers[0].len();
        let words = self.words.into_iter().map(Words::into_column);
        let numbers = self.numbers.into_iter().map(ResultColumn::from_nan);
        let columns = COLUMNS.map(str::to_owned).into_iter().zip(words.chain(numbers));
        ResultTable::new(columns.collect(), rows, card_hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Table};
    use serde_json::{Value, json};

    #[test]
    fn deltas_by_hand() {
        // 1 < 2, 1 < 3, 3 > 2, 3 = 3: (2 − 1) / 4.
        assert_eq!(cliffs_delta(&[1.0, 3.0], &[2.0, 3.0]), 0.25);
        assert_eq!(cliffs_delta(&[5.0, 5.0], &[5.0]), 0.0);
        assert_eq!(cliffs_delta(&[9.0], &[1.0, 2.0, 9.0]), -2.0 / 3.0);
        assert_eq!(cliffs_delta(&[-1.0, 0.0], &[1.0]), 1.0);
    }

    #[test]
    fn medians_by_hand() {
        assert_eq!([median(&[7.0]), median(&[1.0, 4.0]), median(&[1.0, 2.0, 9.0])], [7.0, 2.5, 2.0]);
        assert!(median(&[]).is_nan());
    }

    fn card() -> Scorecard {
        let item = |id: &str| json!({"id": id, "curve": {"manual": {}}});
        Scorecard::from_value(&json!({"schema_version": 1, "scorecard": "s", "min_coverage": 0.5, "dimensions": [
            {"id": "d", "items": [item("a"), item("b")]}],
            "tiers": [{"id": "low", "from": 0}, {"id": "mid", "from": 40}, {"id": "top", "from": 70}]}))
        .unwrap()
    }

    fn drivers(a: &[f64], b: &[f64], options: &Value) -> Result<Value> {
        let data = [Table::new([("a", Column::from(a)), ("b", Column::from(b))]).unwrap()];
        let table = card().drivers(Book::new(&data), &ScoreOptions::from_value(options).unwrap())?;
        Ok(table.to_json(|_, _| None))
    }

    #[test]
    fn the_item_that_tells_most_comes_first() {
        // Scores 20, 30 and 45, 65, 50: the second of `mid` has no `b`, the last account has neither.
        let a = [20.0, 20.0, 30.0, 65.0, 30.0, f64::NAN];
        let b = [20.0, 40.0, 60.0, f64::NAN, 70.0, f64::NAN];
        let expected = json!({
            "tier": ["low", "low", "mid", "mid"],
            "next_tier": ["mid", "mid", "top", "top"],
            "item": ["a", "b", "a", "b"],
            "rank": [1.0, 2.0, 1.0, 2.0],
            "accounts": [2.0, 2.0, 3.0, 2.0],
            "next_accounts": [3.0, 2.0, 0.0, 0.0],
            "median": [20.0, 30.0, 30.0, 65.0],
            "next_median": [30.0, 65.0, null, null],
            "share_below": [1.0, 1.0, null, null],
            "effect_size": [1.0, 1.0, null, null],
        });
        assert_eq!(drivers(&a, &b, &json!({})).unwrap(), expected);
        let chosen = drivers(&a, &b, &json!({"select": ["effect_size", "item"], "rows": [1, 2]})).unwrap();
        assert_eq!(chosen["item"], json!(["a", "b", "a", "b"]));
        assert_eq!(chosen.as_object().unwrap().len(), 2);
    }

    #[test]
    fn an_effect_the_wrong_way_comes_last() {
        let (a, b) = ([30.0, 30.0, 20.0, 20.0], [10.0, 20.0, 80.0, 90.0]);
        let found = drivers(&a, &b, &json!({})).unwrap();
        assert_eq!((&found["item"][0], &found["effect_size"][0]), (&json!("b"), &json!(1.0)));
        assert_eq!((&found["item"][1], &found["effect_size"][1]), (&json!("a"), &json!(-1.0)));
        assert_eq!(found["share_below"][1], json!(0.0));
    }

    #[test]
    fn a_book_of_nobody_and_a_card_without_tiers() {
        let found = drivers(&[], &[], &json!({})).unwrap();
        assert_eq!(found["accounts"], json!([0.0, 0.0, 0.0, 0.0]));
        assert_eq!(found["median"], json!([null, null, null, null]));
        let mut bare: Value = serde_json::from_str(card().to_json()).unwrap();
        bare.as_object_mut().unwrap().remove("tiers");
        let error = Scorecard::from_value(&bare).unwrap().drivers(Book::default(), &ScoreOptions::default());
        let error = error.unwrap_err();
        assert_eq!((error.code(), error.context().path.as_deref()), (Code::MissingField, Some("tiers")));
    }
}
