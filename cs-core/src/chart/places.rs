//! Where accounts can be: in a tier of the card, in none, or outside the book.

use super::distinct;
use crate::health::{Scorecard, Tier};
use serde_json::{Value, json};

/// Colours of tiers that name none, from worst to best.
const COLORS: [&str; 12] = [
    "#c0392b", "#e67e22", "#f1c40f", "#27ae60", "#16a085", "#2980b9", "#34495e", "#8e44ad", "#7f8c8d", "#d35400",
    "#2c3e50", "#95a5a6",
];

/// A place beside the tiers: its id in tables, its name and its colour.
pub(super) type Beside = (&'static str, &'static str, &'static str);

/// Accounts without a tier.
pub(super) const NONE: Beside = ("none", "—", "#bdc3c7");
/// Accounts that were not in the book before.
pub(super) const ENTERED: Beside = ("entered", "entered", "#85c1e9");
/// Accounts that are in the book no longer.
pub(super) const LEFT: Beside = ("left", "left", "#95a5a6");

/// One place.
pub(super) struct Place {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) color: String,
}

/// The card's tiers from worst to best, then the places beside them, then what else a table names.
pub(super) struct Places {
    pub(super) all: Vec<Place>,
    /// How many of them are tiers of the card.
    pub(super) tiers: usize,
}

impl Places {
    pub(super) fn new(card: &Scorecard, language: Option<&str>, beside: &[Beside]) -> Self {
        let tiers = &card.document().tiers;
        let taken: Vec<&str> = beside.iter().map(|&(_, name, _)| name).collect();
        let names = distinct(tiers.iter().map(|tier| (tier.id.as_str(), &tier.labels)), &taken, language);
        let color = |(i, tier): (usize, &Tier)| tier.color.clone().unwrap_or_else(|| COLORS[i % COLORS.len()].into());
        let colors = tiers.iter().enumerate().map(color);
        let mut all: Vec<Place> =
            names.into_iter().zip(colors).map(|((id, name), color)| Place { id: id.into(), name, color }).collect();
        let beside = beside.iter().map(|&(id, name, color)| (id.to_owned(), name.to_owned(), color.to_owned()));
        all.extend(beside.map(|(id, name, color)| Place { id, name, color }));
        Self { all, tiers: tiers.len() }
    }

    /// The place of this id.
    pub(super) fn find(&self, id: &[u8]) -> Option<usize> {
        self.all.iter().position(|place| place.id.as_bytes() == id)
    }

    /// The place of this id; one that the card does not know stands under its id, in grey.
    pub(super) fn find_or_add(&mut self, id: &str) -> usize {
        self.find(id.as_bytes()).unwrap_or_else(|| {
            self.all.push(Place { id: id.into(), name: id.into(), color: NONE.2.into() });
            self.all.len() - 1
        })
    }

    /// Whether the place is a tier of the card.
    pub(super) fn is_tier(&self, place: usize) -> bool {
        place < self.tiers
    }

    pub(super) fn name(&self, place: usize) -> &str {
        &self.all[place].name
    }

    /// The colour channel of a field that holds names: the places of these numbers, each in its own colour.
    pub(super) fn color(&self, field: &str, shown: impl IntoIterator<Item = usize>) -> Value {
        let (names, colors): (Vec<&str>, Vec<&str>) =
            shown.into_iter().map(|place| (self.name(place), self.all[place].color.as_str())).unzip();
        json!({"field": field, "type": "nominal", "title": null, "scale": {"domain": names, "range": colors}})
    }
}
