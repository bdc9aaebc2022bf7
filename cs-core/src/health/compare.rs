//! Comparing two books, or two cards: why a score changed.

mod books;
mod lines;
mod rules;
mod tree;

use super::engine::{Session, check_rows, choose, result_name};
use super::options::{FIELDS, parsed, read_fields};
use super::{Book, ScoreOptions, Scorecard};
use crate::calendar::Date;
use crate::document::{Node, Reader};
use crate::error::{Code, Issue, Result};
use crate::table::{InputRows, ResultColumn, ResultTable};
use books::about;
use lines::Lines;
use serde_json::Value;

/// Options of [`Scorecard::compare`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CompareOptions {
    /// What both sides have in common; its `as_of`, `include` and `rows` are not used.
    pub scoring: ScoreOptions,
    /// The day of the score before.
    pub as_of_before: Option<Date>,
    /// The day of the score after.
    pub as_of_after: Option<Date>,
}

impl CompareOptions {
    /// Reads options from a loose object: `as_of_before`, `as_of_after`, and those of scoring but `as_of`,
    /// `include` and `rows`.
    ///
    /// # Errors
    /// As [`ScoreOptions::from_value`].
    pub fn from_value(value: &Value) -> Result<Self> {
        Reader::options(value, read)
    }
}

fn read(node: &Node<'_>) -> Option<CompareOptions> {
    let scoring = FIELDS.into_iter().filter(|field| !["as_of", "include", "rows"].contains(field));
    let known: Vec<&str> = scoring.chain(["as_of_before", "as_of_after"]).collect();
    let fields = node.fields(&known)?;
    let scoring = read_fields(&fields)?;
    let day = |name| fields.get(name).and_then(|node| parsed(&node, Date::parse));
    Some(CompareOptions { scoring, as_of_before: day("as_of_before"), as_of_after: day("as_of_after") })
}

/// The columns of a comparison, beside the account.
const COLUMNS: [&str; 5] = ["cause", "item", "before", "after", "contribution"];

impl CompareOptions {
    /// The options of scoring one day. A mapping of columns is only for the card that reads the column; one that
    /// neither card reads stays, to be refused.
    fn day(&self, card: &Scorecard, other: &Scorecard, day: usize) -> ScoreOptions {
        let reads = |card: &Scorecard, name: &str| card.program().reads(name) || card.program().is_account(name);
        let columns = self.scoring.columns.iter().filter(|(name, _)| reads(card, name) || !reads(other, name));
        ScoreOptions {
            as_of: [self.as_of_before, self.as_of_after][day],
            columns: columns.map(|(name, column)| (name.clone(), column.clone())).collect(),
            select: None,
            include: Vec::new(),
            rows: None,
            ..self.scoring.clone()
        }
    }
}

impl Scorecard {
    /// Says why scores changed: from the book `before`, scored by this card, to the book `after`, scored by `other`
    /// or by this card too.
    ///
    /// Accounts that stand in both books have a line for each cause that moved, in the order of `after`; the others
    /// are not looked at. Columns: the account (`after`'s rows, counted on from those of `before`), `cause`, `item`
    /// (the id of an item or an adjustment), `before` and `after` (texts), `contribution`. Causes:
    ///
    /// | cause | what moved | `before`, `after` |
    /// |---|---|---|
    /// | `item_value` | the value of an item | raw values |
    /// | `item_state` | an item came, went, or lacks a value for another reason | states |
    /// | `card` | the card, or the variant that scores the account | `card` or `card/variant` |
    /// | `adjustment` | what an adjustment changed | what it says, such as `cap 39` |
    /// | `override` | what a person decided | notes |
    /// | `rounding` | what rounding changed | null |
    /// | `frozen` | the account is frozen on one day or both, and nothing is known of the causes | statuses |
    /// | `status` | there is no score on one day or both; the contribution is null | statuses |
    ///
    /// Where an override stands in for a score that was not computed, the whole change is its.
    ///
    /// # Formula
    /// The contributions of an account add up to its score after less its score before, within 1e-9 of the scale.
    /// They do not depend on the order of items, and change sign when the days change places. With weights ω and
    /// points p in the score, ω′ and p′ after, Ω = Σω:
    ///
    /// * `mean`: an item that stayed has ω·(p′ − p)·½(1/Ω + 1/Ω′); one that came or went ω′(p′ − M)/Ω′ − ω(p − M)/Ω,
    ///   where M = Σω·½(p + p′)/Σω over those that stayed.
    /// * `min`, `max`: the Shapley value, the mean over all orders in which the parts could have changed.
    /// * `geometric`: the mean's rule for the logarithms of the heights, times the logarithmic mean of both results.
    ///   If one result is the worst score, the change belongs to the parts that are at the worst on that day.
    /// * `sum`: w·p′ − w·p, scaled to what the limits leave of the change.
    ///
    /// A dimension hands what it did in its parent to its parts in proportion. Between two cards, or two variants,
    /// items have the mean of what they did under each, and `card` ½[(B − A) before + (B − A) after].
    /// If a card finds no points on one of the days, the whole change of the score is the card's.
    ///
    /// # Errors
    /// Those of [`Scorecard::score_book`] for either book, of which a message says which it is about; with two
    /// cards, also where one cannot read the other's book. `missing_field` if a card does not name its accounts.
    ///
    /// # Examples
    /// Two items of weights 60 and 40. Log-ins rise from 20 to 70 points: 0.4·50 = 20. Seats stay.
    /// ```
    /// use cs_core::health::{Book, CompareOptions};
    /// use cs_core::{Scorecard, table::{Column, Table}};
    /// let card = Scorecard::from_json(r#"{
    ///   "schema_version": 1, "scorecard": "demo", "account": "id",
    ///   "dimensions": [{"id": "use", "items": [
    ///     {"id": "seats", "weight": 60, "curve": {"points": [[0, 0], [100, 100]]}},
    ///     {"id": "logins", "weight": 40, "curve": {"points": [[0, 0], [10, 100]]}}]}]
    /// }"#)?;
    /// let (ids, seats, logins) = (["a"], [80.0], [[2.0], [7.0]]);
    /// let day = |logins| Table::new([
    ///     ("id", Column::from(&ids[..])), ("seats", Column::from(&seats[..])), ("logins", Column::from(logins)),
    /// ]);
    /// let (before, after) = (day(&logins[0][..])?, day(&logins[1][..])?);
    /// let (before, after) = (std::slice::from_ref(&before), std::slice::from_ref(&after));
    /// let lines = card.compare(Book::new(before), Book::new(after), None, &CompareOptions::default())?;
    /// assert_eq!(lines.rows(), 1);
    /// assert_eq!(lines.column("cause").and_then(|c| c.text(0)), Some("item_value"));
    /// assert_eq!(lines.column("item").and_then(|c| c.text(0)), Some("logins"));
    /// assert_eq!(lines.column("before").and_then(|c| c.text(0)), Some("2"));
    /// assert_eq!(lines.column("contribution").and_then(|c| c.numbers()), Some(&[20.0][..]));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn compare(
        &self,
        before: Book<'_>,
        after: Book<'_>,
        other: Option<&Self>,
        options: &CompareOptions,
    ) -> Result<ResultTable> {
        let cards = [self, other.filter(|other| *other != self).unwrap_or(self)];
        let days = [options.day(cards[0], cards[1], 0), options.day(cards[1], cards[0], 1)];
        check_account(cards[0], "account", &days[0])?;
        check_account(cards[1], "other.account", &days[1])?;
        let known = cards[1].account().into_iter().chain(COLUMNS).map(str::to_owned).collect();
        let names = choose(known, &options.scoring)?;
        let session = |book, day: usize| Session::new(cards[day], book, &days[day]).map_err(|error| about(error, day));
        let (before, after) = (session(before, 0)?, session(after, 1)?);
        let mut lines = Lines::new(cards[0], cards[1], &names, before.rows.min(after.rows));
        books::compare(&before, &after, &mut lines)?;
        let rows = lines.rows();
        check_rows(rows)?;
        let (accounts, mut columns) = lines.into_columns();
        if let Some(name) = cards[1].account() {
            let column = days[1].table_name(name).to_owned();
            columns.push((name.to_owned(), ResultColumn::Input { column, rows: InputRows::Take(accounts) }));
        }
        let chosen = names.iter().filter_map(|name| {
            let at = columns.iter().position(|(other, _)| other == name)?;
            Some((result_name(cards[1], name, &days[1]), columns.swap_remove(at).1))
        });
        Ok(ResultTable::new(chosen.collect(), rows, cards[1].hash()))
    }
}

/// A card that does not name its accounts cannot find them again.
fn check_account(card: &Scorecard, path: &str, options: &ScoreOptions) -> Result<()> {
    let Some(account) = card.account() else {
        let issue = Issue::new(Code::MissingField).path(path);
        return Err(issue.help("the card must name the account column, by which the books are matched").into());
    };
    let name = options.table_name(account);
    if COLUMNS.contains(&name) {
        let issue = Issue::new(Code::ReservedId).path(path).value(format!("{name:?}"));
        return Err(issue.help("the result has a column of that name: rename the account column").into());
    }
    Ok(())
}
