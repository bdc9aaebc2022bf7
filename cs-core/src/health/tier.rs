//! Tiers that hold: from a score and what was before to the tier and what is kept for next time.

use super::document::Hysteresis;
use crate::calendar::Date;
use crate::error::Result;

/// No tier, or no candidate.
pub(super) const NONE: u8 = u8::MAX;

/// The state of an account's tier between two readings, with tiers by number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Held {
    /// [`NONE`] before the first reading.
    pub(super) tier: u8,
    /// Where the tier is about to go; [`NONE`] when it stays.
    pub(super) candidate: u8,
    /// Consecutive readings that point there.
    pub(super) streak: u32,
    /// The score of the last reading; NaN before the first.
    pub(super) score: f64,
    /// The day of the last reading.
    pub(super) as_of: Option<Date>,
}

impl Held {
    /// Before any reading.
    pub(super) const NEW: Self = Self { tier: NONE, candidate: NONE, streak: 0, score: f64::NAN, as_of: None };

    /// Whether there was no reading yet.
    pub(super) fn is_new(&self) -> bool {
        self.tier == NONE && self.score.is_nan()
    }

    /// A tier that was just taken.
    pub(super) fn at(tier: u8, score: f64, as_of: Option<Date>) -> Self {
        Self { tier, candidate: NONE, streak: 0, score, as_of }
    }
}

/// The state of an account's tier between two readings, for scoring one account at a time.
///
/// It is what the columns `state_card`, `state_tier`, `state_candidate`, `state_streak`, `state_score` and
/// `state_as_of` of a result hold.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TierState {
    /// The content hash of the card that made it.
    pub card: String,
    /// The tier's id; `None` before the first reading, and for a card without tiers.
    pub tier: Option<String>,
    /// The id of the tier that the last readings point to; `None` when they do not point away.
    pub candidate: Option<String>,
    /// How many consecutive readings point there.
    pub streak: u32,
    /// The score of the last reading.
    pub score: Option<f64>,
    /// The day of the last reading.
    pub as_of: Option<Date>,
}

/// The band that a score lies in, by number.
#[inline]
pub(super) fn band(edges: &[f64], score: f64) -> u8 {
    // The first tier holds whatever is below its edge, so only the others are counted.
    edges.iter().skip(1).fold(0, |tier, &edge| tier + u8::from(score >= edge))
}

/// One reading: the state after it.
///
/// Past an edge by the margin, and so often in a row as the dwell says, the tier moves; not beyond what
/// all those readings support. A second reading of the same day does not count as one more.
pub(super) fn advance(edges: &[f64], hysteresis: Hysteresis, before: Held, score: f64, as_of: Option<Date>) -> Held {
    if before.tier == NONE {
        return Held::at(band(edges, score), score, as_of);
    }
    let past = |margin: f64| edges.iter().skip(1).fold(0, |tier, &edge| tier + u8::from(score >= edge + margin));
    let (up, down) = (past(hysteresis.up.margin), past(-hysteresis.down.margin));
    let (target, dwell, rises) = if up > before.tier {
        (up, hysteresis.up.dwell, true)
    } else if down < before.tier {
        (down, hysteresis.down.dwell, false)
    } else {
        return Held::at(before.tier, score, as_of);
    };
    let same_day = as_of.is_some() && before.as_of == as_of;
    if same_day && before.candidate == NONE && dwell > 1 && score == before.score {
        // The run of this day moved the tier, and is run again: the way further begins with the next day.
        return before;
    }
    let goes_on =
        if rises { before.candidate != NONE && before.candidate > before.tier } else { before.candidate < before.tier };
    let (candidate, streak) = if goes_on {
        let nearer = if rises { target.min(before.candidate) } else { target.max(before.candidate) };
        (nearer, if same_day { before.streak.max(1) } else { before.streak.saturating_add(1) })
    } else {
        (target, 1)
    };
    if streak >= dwell {
        return Held::at(candidate, score, as_of);
    }
    Held { tier: before.tier, candidate, streak, score, as_of }
}

/// A state with tiers by number.
pub(super) fn numbered(state: &TierState, tiers: &[String]) -> Result<Held> {
    use crate::error::{Code, Error, Issue, suggest};
    let number = |id: &Option<String>, column: &str| match id {
        None => Ok(NONE),
        Some(id) => tiers.iter().position(|tier| tier == id).map(|at| at as u8).ok_or_else(|| {
            let help = suggest(id, tiers.iter().map(String::as_str));
            Error::from(Issue::new(Code::InvalidState).column(column).value(format!("{id:?}")).help(help))
        }),
    };
    if let Some(score) = state.score.filter(|score| score.is_infinite()) {
        let issue = Issue::new(Code::InvalidState).column("state_score").value(score);
        return Err(issue.expected("a finite number").into());
    }
    Ok(Held {
        tier: number(&state.tier, "state_tier")?,
        candidate: number(&state.candidate, "state_candidate")?,
        streak: state.streak,
        score: state.score.unwrap_or(f64::NAN),
        as_of: state.as_of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::document::Margin;

    const EDGES: [f64; 4] = [0.0, 40.0, 65.0, 85.0];

    fn run(hysteresis: Hysteresis, scores: &[f64]) -> Vec<u8> {
        let mut held = Held::NEW;
        let day = |at: usize| Date::new(2026, 1, 1 + at as u32);
        scores
            .iter()
            .enumerate()
            .map(|(at, &score)| {
                held = advance(&EDGES, hysteresis, held, score, day(at));
                held.tier
            })
            .collect()
    }

    #[test]
    fn without_hysteresis_the_tier_is_the_band() {
        assert_eq!(run(Hysteresis::default(), &[39.9, 40.0, 100.0, 64.9, 0.0]), [0, 1, 3, 1, 0]);
    }

    #[test]
    fn down_takes_the_margin_and_two_readings() {
        let down = Margin { margin: 3.0, dwell: 2 };
        let hysteresis = Hysteresis { up: Margin::default(), down };
        // 63 is within the margin of 65; 61 is not, and counts when it is there twice in a row.
        assert_eq!(run(hysteresis, &[70.0, 63.0, 61.0, 63.0, 61.0, 61.0]), [2, 2, 2, 2, 2, 1]);
        // Both readings support Lv2 (number 1), only one Lv1.
        assert_eq!(run(hysteresis, &[70.0, 10.0, 50.0]), [2, 2, 1]);
    }

    #[test]
    fn the_same_day_counts_once() {
        let hysteresis = Hysteresis { up: Margin { margin: 0.0, dwell: 2 }, down: Margin::default() };
        let day = Date::new(2026, 1, 1);
        let first = advance(&EDGES, hysteresis, Held::at(0, 10.0, None), 50.0, day);
        let again = advance(&EDGES, hysteresis, first, 50.0, day);
        assert_eq!((first.streak, again), (1, first));
        let next = advance(&EDGES, hysteresis, again, 50.0, Date::new(2026, 1, 2));
        assert_eq!((next.tier, next.streak, next.candidate), (1, 0, NONE));
    }

    #[test]
    fn a_day_that_moved_the_tier_moves_nothing_when_it_is_run_again() {
        let down = Margin { margin: 3.0, dwell: 2 };
        let hysteresis = Hysteresis { up: Margin::default(), down };
        let first = advance(&EDGES, hysteresis, Held::at(3, 90.0, None), 70.0, Date::new(2026, 1, 1));
        let day = Date::new(2026, 1, 2);
        // Both readings support Lv3 (number 2), the second alone Lv1.
        let moved = advance(&EDGES, hysteresis, first, 10.0, day);
        assert_eq!((moved.tier, moved.candidate, moved.streak), (2, NONE, 0));
        assert_eq!(advance(&EDGES, hysteresis, moved, 10.0, day), moved);
        // Another score is another reading of that day.
        assert_eq!(advance(&EDGES, hysteresis, moved, 11.0, day).streak, 1);
    }

    #[test]
    fn a_candidate_that_is_the_tier_itself_is_none() {
        let hysteresis = Hysteresis { up: Margin::default(), down: Margin { margin: 0.0, dwell: 2 } };
        let broken = Held { candidate: 2, streak: 1, ..Held::at(2, 70.0, None) };
        let after = advance(&EDGES, hysteresis, broken, 50.0, None);
        assert_eq!((after.tier, after.candidate, after.streak), (2, 1, 1));
    }
}
