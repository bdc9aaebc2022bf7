//! The whole book under another card.

use super::engine::choose;
use super::flow::Cross;
use super::options::{FIELDS, read_fields};
use super::pairs::Side;
use super::{Book, ScoreOptions, Scorecard};
use crate::document::{Node, Reader};
use crate::error::{Error, Result};
use crate::table::ResultTable;
use serde_json::Value;

/// Options of [`Scorecard::what_if`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WhatIfOptions {
    /// How the accounts are scored.
    pub scoring: ScoreOptions,
    /// Column of the data that holds what each account is worth, such as its recurring revenue.
    pub value: Option<String>,
}

impl WhatIfOptions {
    /// Reads options from a loose object: `value` and those of scoring.
    ///
    /// # Errors
    /// As [`ScoreOptions::from_value`].
    pub fn from_value(value: &Value) -> Result<Self> {
        Reader::options(value, read)
    }
}

fn read(node: &Node<'_>) -> Option<WhatIfOptions> {
    let known: Vec<&str> = FIELDS.into_iter().chain(["value"]).collect();
    let fields = node.fields(&known)?;
    let scoring = read_fields(&fields)?;
    let value = fields.get("value").map_or(Some(None), |node| node.text().map(|text| Some(text.to_owned())));
    Some(WhatIfOptions { scoring, value: value? })
}

impl Scorecard {
    /// The whole book under another card: which accounts would be in which tier, and what they are worth.
    ///
    /// The result is the matrix of a [`Flow`](super::Flow::matrix), from the tier under this card to the tier under the other:
    /// `from` (the tiers of this card, `none`, `entered`), `to` (those of the other card, `none`, `left`), `accounts`,
    /// `value_before`, `value_after`. It is one book, so both values are the same, and nobody enters or leaves. The rows of a tier
    /// sum to its accounts.
    ///
    /// An earlier result in the book counts for this card alone: a state belongs to the card that made it. Without one
    /// the difference is that of the cards alone. Overrides stand under both cards. Columns are renamed for the card
    /// that reads them.
    ///
    /// # Errors
    /// As [`Scorecard::score_book`], for either card; `missing_field` with the path `tiers` or `other.tiers` when a
    /// card has none; `unknown_column`, `wrong_column_type` and `infinite_value` with the path `data` for the values.
    ///
    /// # Examples
    /// The account with 60 points is in Lv2 while that begins at 50, and in Lv1 once it begins at 70.
    /// ```
    /// use cs_core::{Scorecard, health::{Book, WhatIfOptions}, table::{Column, Table}};
    /// let card = |edge: u32| Scorecard::from_value(&serde_json::json!({"schema_version": 1, "scorecard": "demo",
    ///     "dimensions": [{"id": "use", "items": [{"id": "points", "curve": {"manual": {}}}]}],
    ///     "tiers": [{"id": "Lv1", "from": 0}, {"id": "Lv2", "from": edge}]}));
    /// let (points, mrr) = ([60.0, 90.0], [500.0, 200.0]);
    /// let data = [Table::new([("points", Column::from(&points[..])), ("mrr", Column::from(&mrr[..]))])?];
    /// let options = WhatIfOptions::from_value(&serde_json::json!({"value": "mrr"}))?;
    /// let moves = card(50)?.what_if(&card(70)?, Book::new(&data), &options)?.to_json(|_, _| None);
    /// // From Lv1 to Lv1, Lv2, none, left; then from Lv2.
    /// assert_eq!(moves["accounts"].as_array().map(|a| a[..6].to_vec()).unwrap_or_default(), [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    /// assert_eq!((&moves["from"][4], &moves["to"][4], &moves["value_after"][4]), (&"Lv2".into(), &"Lv1".into(), &500.0.into()));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn what_if(&self, other: &Self, book: Book<'_>, options: &WhatIfOptions) -> Result<ResultTable> {
        options.scoring.refuse_include()?;
        let names = choose(Cross::COLUMNS.map(str::to_owned).to_vec(), &options.scoring)?;
        let (from, to) = (self.tier_ids("tiers")?, other.tier_ids("other.tiers")?);
        let values = options.value.as_deref().map(|name| values(book, name, &options.scoring)).transpose()?;
        let before = tiers(self, other, book, &options.scoring)?;
        let after = tiers(other, self, Book { previous: &[], ..book }, &options.scoring)?;
        let mut cross = Cross::new(from, to, values.is_some());
        for (row, (before, after)) in before.iter().zip(&after).enumerate() {
            cross.add(*before, *after, values.as_ref().map_or(f64::NAN, |values| values[row]));
        }
        Ok(cross.matrix(self.hash())?.chosen(&names))
    }
}

/// The tier of each account by its place, under a card whose columns the options may rename, as they may those of
/// the one beside it.
fn tiers(card: &Scorecard, beside: &Scorecard, book: Book<'_>, options: &ScoreOptions) -> Result<Vec<Option<usize>>> {
    let reads = |card: &Scorecard, name: &str| card.program().reads(name) || card.program().is_account(name);
    let mut options = ScoreOptions { select: Some(vec!["tier".into()]), include: Vec::new(), ..options.clone() };
    options.columns.retain(|name, _| reads(card, name) || !reads(beside, name));
    let result = card.score_book(book, &options)?;
    let ids = &card.program().tiers;
    let place = |row| {
        let tier = result.column("tier").and_then(|column| column.text(row))?;
        ids.iter().position(|id| id == tier)
    };
    Ok((0..result.rows()).map(place).collect())
}

/// What each account that is scored is worth.
fn values(book: Book<'_>, name: &str, options: &ScoreOptions) -> Result<Vec<f64>> {
    let mut issues = Vec::new();
    let all = Side::without_accounts("data", book.data).numbers(name, &mut issues)?;
    match (Error::from_issues(issues), &options.rows) {
        (Some(error), _) => Err(error),
        // A row beyond the data is an error of scoring.
        (None, Some(rows)) => Ok(rows.iter().map(|row| all.get(*row as usize).copied().unwrap_or(f64::NAN)).collect()),
        (None, None) => Ok(all),
    }
}
