//! Fitting the quantile curves of a card to a book.

mod sample;

use super::bind::Bound;
use super::compile::Program;
use super::engine::{Session, Work, scratches};
use super::explain::State;
use super::kernel::{BLOCK, Block, Faults, Inputs, Scratch, evaluate};
use super::{Book, ScoreOptions, Scorecard};
use crate::error::{Code, Error, Issue, Result};
use crate::table::Table;
use sample::Sample;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A quantile curve: that of an item in the card itself (0), or in a variant (1 and so on).
type Place = (usize, String);

impl Scorecard {
    /// A card like this one, with every quantile curve fitted to a book: its own curves, and those of its variants.
    ///
    /// The ranks are written into the card, so it is another card, with a hash of its own. Ranks of an earlier fit
    /// are replaced. All accounts of the book count for every curve, whichever variant scores them. An account counts
    /// with the value that its item would have in a score: what is missing, expired, not applicable or opted out is
    /// left out, and so are frozen accounts and, with [`OnError::Null`](super::OnError::Null), accounts whose data is
    /// in error. `rows` in the options chooses the accounts; `select` and `include` do nothing.
    ///
    /// # Formula
    /// The mid-rank of a value among n: (values below + half of those equal) / n. Each distinct value is a knot
    /// `[value, rank]`. Of d > 101 distinct values, 101 are: in rising order and counted from 0 those at the places
    /// ⌊k·(d − 1)/100⌋ for k = 0 … 100, the least and the greatest among them, each with its exact rank.
    ///
    /// With `by`, each segment that has at least 2 distinct values gets ranks among its own values. All others use
    /// `default`: the ranks among all values of the book.
    ///
    /// # Errors
    /// As [`Scorecard::score`]; `too_few_values` with the item when the book has fewer than 2 distinct values of it;
    /// `too_many_entries` for more than 1,000 segments. What a card may hold is checked as if it were read, so a fit
    /// of very many segments may be `document_too_complex`.
    ///
    /// # Examples
    /// Of the values 1, 2, 2 and 5, one is below 2 and two are equal: the rank of 2 is (1 + 2/2)/4 = 0.5. That of 5 is
    /// (3 + 1/2)/4 = 0.875, and 3.5, halfway between them, gets 0.6875.
    /// ```
    /// use cs_core::{ScoreOptions, Scorecard, table::{Column, Table}};
    /// let card = Scorecard::from_json(r#"{"schema_version": 1, "scorecard": "demo", "dimensions": [
    ///     {"id": "use", "items": [{"id": "seats", "curve": {"quantile": {}}}]}]}"#)?;
    /// let book = [5.0, 2.0, 1.0, 2.0];
    /// let fitted = card.fit(&[Table::new([("seats", Column::from(&book[..]))])?], &ScoreOptions::default())?;
    /// assert!(fitted.to_json().contains(r#""fitted":{"default":[[1,0.125],[2,0.5],[5,0.875]]}"#));
    /// assert_ne!(fitted.hash(), card.hash());
    /// let seats = [3.5];
    /// let scores = fitted.score(&Table::new([("seats", Column::from(&seats[..]))])?, &ScoreOptions::default())?;
    /// assert_eq!(scores.column("score").and_then(|c| c.numbers()), Some(&[68.75][..]));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn fit(&self, data: &[Table<'_>], options: &ScoreOptions) -> Result<Self> {
        let mut card = crate::document::from_json(self.to_json())?;
        let mut places = Vec::new();
        // No value depends on ranks, so any will do while values are read.
        quantiles(&mut card, &mut |place, curve| {
            curve["fitted"] = json!({ "default": [[0, 0], [1, 1]] });
            places.push(place);
        });
        let stand_in = Self::from_value(&card)?;
        let fitted = fitted(&stand_in, &places, data, options)?;
        quantiles(&mut card, &mut |place, curve| curve["fitted"] = json!(fitted.get(&place)));
        Self::from_value(&card)
    }
}

/// Goes through the quantile curves of a card.
fn quantiles(card: &mut Value, each: &mut impl FnMut(Place, &mut Value)) {
    for dimension in list(card, "dimensions") {
        in_dimension(dimension, each);
    }
    for (at, variant) in list(card, "variants").iter_mut().enumerate() {
        let curves = variant.get_mut("curves").and_then(Value::as_object_mut);
        for (id, curve) in curves.into_iter().flatten() {
            if let Some(quantile) = curve.get_mut("quantile") {
                each((at + 1, id.clone()), quantile);
            }
        }
    }
}

fn in_dimension(dimension: &mut Value, each: &mut impl FnMut(Place, &mut Value)) {
    for item in list(dimension, "items") {
        let id = item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(quantile) = item.get_mut("curve").and_then(|curve| curve.get_mut("quantile")) {
            each((0, id), quantile);
        }
    }
    for inner in list(dimension, "dimensions") {
        in_dimension(inner, each);
    }
}

fn list<'v>(value: &'v mut Value, field: &str) -> &'v mut [Value] {
    value.get_mut(field).and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// The knots of each curve by segment.
type Fitted = BTreeMap<Place, BTreeMap<String, Vec<[f64; 2]>>>;

fn fitted(card: &Scorecard, places: &[Place], data: &[Table<'_>], options: &ScoreOptions) -> Result<Fitted> {
    let mut targets: Vec<Target<'_>> = places.iter().filter_map(|place| Target::new(card.program(), place)).collect();
    read(card, &mut targets, data, options)?;
    let (mut fitted, mut issues) = (Fitted::new(), Vec::new());
    for target in targets {
        match target.sample.fitted() {
            Ok(knots) => _ = fitted.insert(target.place.clone(), knots),
            Err(issue) => {
                issues.push(about(target.place, target.by.map(|by| &*card.program().inputs()[by]), *issue, options))
            }
        }
    }
    Error::from_issues(issues).map_or(Ok(fitted), Err)
}

/// The issue with what it is about: the item, the curve of a variant, the column of segments.
fn about((plan, id): &Place, by: Option<&str>, issue: Issue, options: &ScoreOptions) -> Issue {
    let mut issue = issue.item(id.as_str());
    if let Some(variant) = plan.checked_sub(1) {
        issue = issue.path(format!("variants[{variant}].curves.{id}"));
    }
    match by.filter(|_| issue.code == Code::TooManyEntries) {
        Some(by) => issue.column(options.table_name(by)),
        None => issue,
    }
}

/// Adds the values of a book to the targets.
fn read(card: &Scorecard, targets: &mut [Target<'_>], data: &[Table<'_>], options: &ScoreOptions) -> Result<()> {
    let session = Session::new(card, Book::new(data), options)?;
    let program = session.program;
    let mut plain = scratches(program, session.rows, false);
    let mut traced = scratches(program, session.rows, true);
    let mut work = Work::new(program, session.rows.min(BLOCK));
    let (mut faults, mut beside) = (Faults::default(), Faults::default());
    session.each_block(|batch, block| {
        session.settle(batch, block, &mut plain, &mut work, &mut faults);
        for (at, (plan, scratch)) in program.plans.iter().zip(&mut traced).enumerate() {
            let mut own = targets.iter_mut().filter(|target| target.place.0 == at).peekable();
            if own.peek().is_some() {
                // What is in error for a variant that does not score the account is no error.
                evaluate(plan, &session.bound[batch], block, session.run, scratch, &mut beside);
                own.for_each(|target| target.take(&session.bound[batch], block, scratch, &work));
            }
        }
    })?;
    session.raise(&mut faults)
}

/// A curve with the values that it is fitted to.
struct Target<'p> {
    place: &'p Place,
    item: usize,
    /// The input that tells the segment.
    by: Option<usize>,
    sample: Sample,
}

impl<'p> Target<'p> {
    fn new(program: &Program, place: &'p Place) -> Option<Self> {
        let items = &program.plans.get(place.0)?.items;
        let item = items.iter().position(|item| item.id == place.1)?;
        let by = items[item].ranks.as_ref()?.by.as_ref().map(|(by, _)| *by);
        Some(Self { place, item, by, sample: Sample::default() })
    }

    /// Adds the values with which the item enters the scores of a block.
    fn take(&mut self, inputs: &Bound<'_>, block: Block<'_>, scratch: &Scratch, work: &Work) {
        let Some(trace) = &scratch.trace else { return };
        let by = self.by.map(|by| inputs.column(by));
        let (values, states) = (&trace.values[self.item], &trace.states[self.item]);
        for i in (0..block.rows).filter(|&i| work.counts(i)) {
            if matches!(states[i], State::Present | State::Stale) {
                self.sample.push(values[i], by.as_ref().map(|column| (column, block.row(i))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Column;

    fn fit(card: Value, columns: &[(&str, Column<'_>)], options: &Value) -> Result<Value> {
        let table = Table::new(columns.iter().copied()).unwrap();
        let card = Scorecard::from_value(&card).unwrap();
        let fitted = card.fit(&[table], &ScoreOptions::from_value(options).unwrap())?;
        assert!(fitted.warnings().iter().all(|issue| issue.code != Code::QuantileNotFitted));
        Ok(serde_json::from_str(fitted.to_json()).unwrap())
    }

    fn card(item: &Value) -> Value {
        json!({"schema_version": 1, "scorecard": "s", "dimensions": [{"id": "d", "items": [item]}]})
    }

    #[test]
    fn what_does_not_count_is_left_out() {
        let mut card =
            card(&json!({"id": "x", "curve": {"quantile": {}}, "observed_at": "seen", "expire_after_days": 30,
            "applies_when": {"column": "x", "lt": 100}, "opted_out_when": {"column": "out", "eq": 1}}));
        card["frozen_when"] = json!({"column": "out", "eq": 2});
        let x = [1.0, 2.0, 3.0, 4.0, f64::NAN, 500.0, 6.0];
        let seen = ["2026-10-01", "2026-10-01", "2026-01-01", "2026-10-01", "2026-10-01", "2026-10-01", "2026-10-01"];
        let out = [0.0, 1.0, 0.0, 2.0, 0.0, 0.0, 0.0];
        let columns = [("x", Column::from(&x[..])), ("seen", Column::from(&seen[..])), ("out", Column::from(&out[..]))];
        let fitted = fit(card, &columns, &json!({"as_of": "2026-10-10"})).unwrap();
        let knots = &fitted["dimensions"][0]["items"][0]["curve"]["quantile"]["fitted"];
        assert_eq!(knots, &json!({"default": [[1, 0.25], [6, 0.75]]}));
    }

    #[test]
    fn curves_of_variants_are_fitted_to_the_whole_book() {
        let mut card = card(&json!({"id": "x", "curve": {"points": [[0, 0], [9, 100]]}}));
        card["variants"] = json!([{"id": "small", "when": {"column": "size", "lt": 5},
            "curves": {"x": {"quantile": {"better": "lower", "by": "size"}}}}]);
        let (x, size) = ([1.0, 2.0, 4.0, 8.0], [9.0, 9.0, 1.0, 1.5]);
        let columns = [("x", Column::from(&x[..])), ("size", Column::from(&size[..]))];
        let fitted = fit(card.clone(), &columns, &json!({})).unwrap();
        let expected = json!({"9": [[1, 0.25], [2, 0.75]],
            "default": [[1, 0.125], [2, 0.375], [4, 0.625], [8, 0.875]]});
        assert_eq!(fitted["variants"][0]["curves"]["x"]["quantile"]["fitted"], expected);
        let x = [f64::NAN; 4];
        let columns = [("x", Column::from(&x[..])), ("size", Column::from(&size[..]))];
        let error = fit(card, &columns, &json!({})).unwrap_err();
        let context = error.context();
        assert_eq!((error.code(), context.item.as_deref()), (Code::TooFewValues, Some("x")));
        assert_eq!(context.path.as_deref(), Some("variants[0].curves.x"));
    }

    #[test]
    fn errors_are_those_of_scoring() {
        let x = [1.0, f64::INFINITY, 2.0];
        let columns = [("x", Column::from(&x[..]))];
        let item = json!({"id": "x", "curve": {"quantile": {}}});
        let error = fit(card(&item), &columns, &json!({})).unwrap_err();
        assert_eq!((error.code(), error.context().rows.as_slice()), (Code::InfiniteValue, &[1][..]));
        let fitted = fit(card(&item), &columns, &json!({"on_error": "null"})).unwrap();
        let knots = &fitted["dimensions"][0]["items"][0]["curve"]["quantile"]["fitted"]["default"];
        assert_eq!(knots, &json!([[1, 0.25], [2, 0.75]]));
        assert_eq!(fit(card(&item), &columns, &json!({"rows": [0, 2]})).unwrap(), fitted);
        let segments = json!({"id": "x", "curve": {"quantile": {"by": "x"}}});
        let ids: Vec<f64> = (0..1001).map(f64::from).collect();
        let error = fit(card(&segments), &[("x", Column::from(&ids[..]))], &json!({})).unwrap_err();
        assert_eq!((error.code(), error.context().column.as_deref()), (Code::TooManyEntries, Some("x")));
    }

    #[test]
    fn a_fit_replaces_a_fit_and_a_card_without_ranks_is_its_own() {
        let item = json!({"id": "x", "curve": {"quantile": {}}});
        let (first, second) = ([1.0, 2.0], [5.0, 7.0]);
        let once = fit(card(&item), &[("x", Column::from(&first[..]))], &json!({})).unwrap();
        let again = fit(once, &[("x", Column::from(&second[..]))], &json!({})).unwrap();
        assert_eq!(again, fit(card(&item), &[("x", Column::from(&second[..]))], &json!({})).unwrap());
        let plain = Scorecard::from_value(&card(&json!({"id": "x", "curve": {"manual": {}}}))).unwrap();
        let table = Table::new([("x", Column::from(&first[..]))]).unwrap();
        assert_eq!(plain.fit(&[table], &ScoreOptions::default()).unwrap(), plain);
    }
}
