//! States in the currency of the results.

use super::super::book::Book;
use super::super::document::{MissingRate, MovementsAt, Policy};
use super::super::timeline::{Cell, State, add, spread_by_floor};
use crate::calendar::Date;
use crate::error::{Code, Issue, Result};
use crate::money::{Ratio, Rounding};

/// Converts states of a book; without rates they stay as they are.
#[derive(Debug, Clone, Copy)]
pub(in crate::revenue) struct Convert<'a> {
    book: &'a Book,
    rounding: Rounding,
    scale: u8,
    missing: MissingRate,
    movements_at: MovementsAt,
}

impl<'a> Convert<'a> {
    pub(in crate::revenue) fn new(policy: &Policy, book: &'a Book) -> Self {
        let into = policy.fx.map(|fx| policy.rounding.scale.unwrap_or(fx.currency.exponent()));
        Self {
            book,
            rounding: policy.rounding.mode,
            scale: into.unwrap_or(0),
            missing: policy.fx.map_or(MissingRate::Error, |fx| fx.missing),
            movements_at: policy.fx.map_or(MovementsAt::Opening, |fx| fx.movements_at),
        }
    }

    /// What is converted.
    pub(in crate::revenue) fn book(&self) -> &'a Book {
        self.book
    }

    /// Whether there is anything to convert.
    pub(in crate::revenue) fn converts(&self) -> bool {
        self.book.rates.is_some()
    }

    /// The day whose rate movements have.
    pub(in crate::revenue) fn movement_day(&self, opening: i32, closing: i32) -> i32 {
        if self.movements_at == MovementsAt::Opening { opening } else { closing }
    }

    /// The state at the rates of a day, in the one currency 0; `None` when a rate is missing and that is allowed.
    ///
    /// # Errors
    /// `missing_rate`, `amount_too_large`.
    pub(in crate::revenue) fn at(&self, state: &State, day: i32) -> Result<Option<State>> {
        let Some(rates) = &self.book.rates else { return Ok(Some(state.clone())) };
        let mut cells = Vec::with_capacity(state.cells.len());
        for (place, (currency, own)) in self.book.currencies.iter().enumerate() {
            let parts: Vec<Cell> = state.cells.iter().filter(|cell| cell.currency as usize == place).copied().collect();
            if parts.is_empty() {
                continue;
            }
            let Some(rate) = rates.at(*currency, day) else {
                if self.missing == MissingRate::Null {
                    return Ok(None);
                }
                let value = format!("{} on {}", currency.code(), Date::from_days(day));
                return Err(Issue::new(Code::MissingRate).path("rates").value(value).into());
            };
            let too_large = || Issue::new(Code::AmountTooLarge).path("rates").value(currency.code());
            let sum: i128 = parts.iter().map(|cell| cell.minor).sum();
            let major = Ratio::new(sum, 10i128.pow(u32::from(*own))).and_then(|sum| sum.mul(rate));
            let total = major.and_then(|major| major.rounded(self.scale, self.rounding)).ok_or_else(too_large)?;
            let exact = |cell: &Cell| {
                let own = Ratio::new(cell.minor, 10i128.pow(u32::from(*own)));
                Some((cell.key, own?.mul(rate)?))
            };
            let exact: Vec<(u32, Ratio)> = parts.iter().map(exact).collect::<Option<_>>().ok_or_else(too_large)?;
            for (key, minor) in spread_by_floor(total, &exact, self.scale).ok_or_else(too_large)? {
                add(&mut cells, Cell { currency: 0, key, minor });
            }
        }
        Ok(Some(State { cells, live: state.live }))
    }

    /// The currency of a cell of a converted state, and its scale.
    pub(in crate::revenue) fn currency(&self, place: u32) -> (String, u8) {
        match &self.book.rates {
            Some(rates) => (rates.into.code().to_owned(), self.scale),
            None => {
                let known = self.book.currencies.get(place as usize);
                known.map_or_else(|| (String::new(), 0), |(currency, scale)| (currency.code().to_owned(), *scale))
            }
        }
    }
}
