//! The state that an earlier result kept for each account.

use super::account_columns;
use crate::calendar::{Date, Zone};
use crate::error::{Code, Error, Issue, Result};
use crate::health::kernel::Faults;
use crate::health::tier::{Held, NONE};
use crate::health::{ScoreOptions, Scorecard};
use crate::table::matching::Matcher;
use crate::table::{Column, Table, Values};

/// The columns that keep a state, as results name them.
pub(in crate::health) const STATE_COLUMNS: [&str; 6] =
    ["state_card", "state_tier", "state_candidate", "state_streak", "state_score", "state_as_of"];

/// An earlier result.
pub(in crate::health) struct Previous<'a> {
    matcher: Matcher<'a>,
    parts: Vec<Part<'a>>,
    starts: Vec<usize>,
    accepted: Vec<String>,
    as_of: Option<Date>,
}

/// The state columns of one batch.
struct Part<'a> {
    card: Words<'a, bool>,
    tier: Words<'a, Option<u8>>,
    candidate: Words<'a, Option<u8>>,
    streak: Column<'a>,
    score: Column<'a>,
    as_of: Words<'a, Option<Date>>,
}

/// A column of texts of which each means something; words of a dictionary are looked up once.
struct Words<'a, T> {
    column: Column<'a>,
    known: Vec<T>,
}

impl<'a, T: Copy> Words<'a, T> {
    fn new(column: Column<'a>, meaning: impl Fn(&[u8]) -> T) -> Self {
        let known = match column.values() {
            Values::Dictionary(dictionary) if dictionary.words.len() <= 4096 => {
                (0..dictionary.words.len()).map(|word| meaning(dictionary.words.get(word))).collect()
            }
            _ => Vec::new(),
        };
        Self { column, known }
    }

    /// The meaning of a row that is not null.
    #[inline]
    fn get(&self, row: usize, meaning: impl Fn(&[u8]) -> T) -> T {
        if let Values::Dictionary(dictionary) = self.column.values()
            && let Some(known) = usize::try_from(dictionary.keys.get(row)).ok().and_then(|key| self.known.get(key))
        {
            return *known;
        }
        meaning(self.column.text(row).unwrap_or(b""))
    }
}

impl<'a> Previous<'a> {
    pub(in crate::health) fn new(
        card: &Scorecard,
        tables: &[Table<'a>],
        options: &ScoreOptions,
    ) -> Result<Option<Self>> {
        if tables.is_empty() {
            return Ok(None);
        }
        let (name, accounts) = account_columns(card, tables, options, "previous")?;
        if let Some(issue) = crate::table::unique::check_accounts(&name, &accounts) {
            return Err(issue.help("this is the earlier result").into());
        }
        let matcher = Matcher::new(&name, &accounts)?;
        let mut accepted = vec![card.hash().to_owned()];
        accepted.extend(options.accept_state_of.iter().cloned());
        let tiers = &card.program().tiers;
        let parts = tables.iter().map(|table| Part::new(table, tiers, &accepted)).collect::<Result<Vec<_>>>()?;
        let starts = tables
            .iter()
            .scan(0, |end, table| {
                let start = *end;
                *end += table.rows();
                Some(start)
            })
            .collect();
        Ok(Some(Self { matcher, parts, starts, accepted, as_of: options.as_of }))
    }

    /// The row of the earlier result that holds an account.
    #[inline]
    pub(in crate::health) fn find(&self, account: &Column<'_>, row: usize, hint: usize) -> Option<u32> {
        self.matcher.find(account, row, hint)
    }

    pub(in crate::health) fn accepts(&self, name: &str, columns: &[Column<'_>]) -> Result<()> {
        self.matcher.accepts(name, columns)
    }

    /// The state in a row; what cannot be read is noted.
    pub(in crate::health) fn state(&self, row: u32, tiers: &[String], faults: &mut Faults) -> Held {
        let row = row as usize;
        let at = self.starts.partition_point(|&start| start <= row).saturating_sub(1);
        let part = &self.parts[at];
        part.state(row - self.starts[at], self, tiers).unwrap_or_else(|error| {
            error.issues().iter().for_each(|issue| faults.note_beside(issue.clone(), row as u64));
            Held::NEW
        })
    }
}

impl<'a> Part<'a> {
    fn new(table: &Table<'a>, tiers: &[String], accepted: &[String]) -> Result<Self> {
        let column = |name: &str| {
            table.column(name).ok_or_else(|| {
                let help = "score with include: state, and keep those columns for the next time";
                Error::from(Issue::new(Code::UnknownColumn).column(name).help(help))
            })
        };
        let [card, tier, candidate, streak, score, as_of] = STATE_COLUMNS.map(column);
        let (streak, score) = (numeric(streak?, "state_streak")?, numeric(score?, "state_score")?);
        let text = |column: Column<'a>, name: &str| {
            let fits = matches!(column.values(), Values::Text(_) | Values::Dictionary(_));
            if fits || column.is_all_null() { Ok(column) } else { Err(wrong(name, &column, "texts")) }
        };
        Ok(Self {
            card: Words::new(text(card?, "state_card")?, |word| is_accepted(accepted, word)),
            tier: Words::new(text(tier?, "state_tier")?, |word| number_of(tiers, word)),
            candidate: Words::new(text(candidate?, "state_candidate")?, |word| number_of(tiers, word)),
            streak,
            score,
            as_of: Words::new(as_of?, Date::parse_bytes),
        })
    }

    fn state(&self, row: usize, previous: &Previous<'_>, tiers: &[String]) -> Result<Held> {
        if self.card.column.is_null(row) || !self.card.get(row, |word| is_accepted(&previous.accepted, word)) {
            let found = self.card.column.display(row).unwrap_or_else(|| "none".into());
            let expected = format!("that of this card, {}", previous.accepted[0]);
            let help = "score afresh without the earlier result, or list the other card in accept_state_of";
            return Err(Issue::new(Code::StateOfOtherCard)
                .column("state_card")
                .value(found)
                .expected(expected)
                .help(help)
                .into());
        }
        let tier = tier_of(&self.tier, row, tiers, "state_tier")?;
        let candidate = tier_of(&self.candidate, row, tiers, "state_candidate")?;
        let streak = self.streak.number(row).unwrap_or(0.0);
        if !(0.0..=f64::from(u32::MAX)).contains(&streak) || streak.fract() != 0.0 {
            let issue = Issue::new(Code::InvalidState).column("state_streak").value(streak);
            return Err(issue.expected("a whole number, 0 or more").into());
        }
        let score = self.score.number(row).unwrap_or(f64::NAN);
        if score.is_infinite() {
            let issue = Issue::new(Code::InvalidState).column("state_score").value(score);
            return Err(issue.expected("a finite number").into());
        }
        let as_of = self.day(row)?;
        if let (Some(then), Some(now)) = (as_of, previous.as_of)
            && then > now
        {
            let issue = Issue::new(Code::StateAfterAsOf).column("state_as_of").value(then);
            return Err(issue.expected(format!("a day up to {now}")).into());
        }
        Ok(Held { tier, candidate, streak: streak as u32, score, as_of })
    }

    fn day(&self, row: usize) -> Result<Option<Date>> {
        if self.as_of.column.is_null(row) {
            return Ok(None);
        }
        let day = match self.as_of.column.values() {
            Values::Text(_) | Values::Dictionary(_) => self.as_of.get(row, Date::parse_bytes),
            _ => self.as_of.column.day(row, None::<Zone>).ok().flatten(),
        };
        day.map(Some).ok_or_else(|| {
            let found = self.as_of.column.display(row).unwrap_or_default();
            Issue::new(Code::InvalidState)
                .column("state_as_of")
                .value(format!("{found:?}"))
                .expected("a date such as 2026-10-31")
                .into()
        })
    }
}

fn is_accepted(accepted: &[String], hash: &[u8]) -> bool {
    accepted.iter().any(|accepted| accepted.as_bytes() == hash)
}

fn number_of(tiers: &[String], word: &[u8]) -> Option<u8> {
    tiers.iter().position(|tier| tier.as_bytes() == word).map(|at| at as u8)
}

fn tier_of(words: &Words<'_, Option<u8>>, row: usize, tiers: &[String], name: &str) -> Result<u8> {
    if words.column.is_null(row) {
        return Ok(NONE);
    }
    words.get(row, |word| number_of(tiers, word)).ok_or_else(|| {
        let found = words.column.display(row).unwrap_or_default();
        let known = format!("one of {}", tiers.join(", "));
        Issue::new(Code::InvalidState).column(name).value(format!("{found:?}")).expected(known).into()
    })
}

fn numeric<'a>(column: Column<'a>, name: &str) -> Result<Column<'a>> {
    let fits = matches!(
        column.values(),
        Values::F64(_) | Values::F32(_) | Values::Int(_) | Values::Decimal { .. } | Values::Null(_)
    );
    if fits || column.is_all_null() { Ok(column) } else { Err(wrong(name, &column, "numbers")) }
}

fn wrong(name: &str, column: &Column<'_>, expected: &str) -> Error {
    let issue = Issue::new(Code::WrongColumnType).column(name).value(column.values().type_name());
    issue.expected(expected).into()
}
