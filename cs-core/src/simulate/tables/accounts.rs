//! `accounts`: one row for each.

use super::{Facts, Ids, Rows, days, named, of_choices, of_segments};
use crate::simulate::document::Document;
use crate::simulate::life::{Life, Lives};
use crate::table::{ResultColumn, Words};

#[derive(Debug)]
pub(super) struct Accounts {
    facts: Facts,
    account: Ids,
    segment: Words,
    owner: Words,
    country: Words,
    joined: Vec<i32>,
}

impl Accounts {
    pub(super) fn new(document: &Document) -> Self {
        Self {
            facts: Facts::new(document),
            account: Ids::default(),
            segment: of_segments(&document.segments),
            owner: of_choices(&document.owners),
            country: of_choices(&document.countries),
            joined: Vec::new(),
        }
    }
}

impl Rows for Accounts {
    fn add(&mut self, lives: &Lives<'_>, life: &Life) {
        self.account.account(life.account);
        self.segment.push(Some(life.segment));
        self.owner.push(Some(self.facts.owner(lives, life.account)));
        self.country.push(Some(self.facts.country(lives, life.account)));
        self.joined.push(life.joined);
    }

    fn rows(&self) -> usize {
        self.joined.len()
    }

    fn finish(self: Box<Self>) -> Vec<(String, ResultColumn)> {
        named([
            ("account", ResultColumn::Text(self.account.0)),
            ("segment", self.segment.into_column()),
            ("owner", self.owner.into_column()),
            ("country", self.country.into_column()),
            ("joined", days(self.joined)),
        ])
    }
}
