//! One account at a time, through memory that `lib/scorer.js` makes once.

use crate::error::{Failure, call};
use cs_core::calendar::Zone;
use cs_core::error::{Code, Issue};
use cs_core::health::OnError;
use cs_core::table::{Column, ResultColumn, Table, TimeUnit, Value, Values};
use cs_core::{ScoreOptions, Scorecard, Scorer};
use napi::Env;
use napi::bindgen_prelude::Float64ArraySlice;
use napi_derive::napi;

/// Scores one account at a time.
#[napi(js_name = "Scorer")]
pub struct NativeScorer {
    scorer: Scorer,
    names: Vec<String>,
    zone: Option<Zone>,
    reports_errors: bool,
    /// The results wanted, where they are not those that there are by default.
    selection: Option<Vec<String>>,
    /// Whether some are wanted that the options include or select.
    wants_more: bool,
    /// Tiers, statuses and codes that were met: JavaScript keeps them too, and they cross as numbers.
    words: Vec<String>,
}

/// Where the parts of a score stand in the output; the dimensions follow.
const SCORE: usize = 0;
const COVERAGE: usize = 1;
const TIER: usize = 2;
const STATUS: usize = 3;
const ERROR_CODE: usize = 4;
const ERROR_ITEM: usize = 5;
const RAW_SCORE: usize = 6;
const VARIANT: usize = 7;
const ADJUSTMENTS: usize = 8;
const STATE_CARD: usize = 9;
const STATE_TIER: usize = 10;
const STATE_CANDIDATE: usize = 11;
const STATE_STREAK: usize = 12;
const STATE_SCORE: usize = 13;
const STATE_AS_OF: usize = 14;
const DIMENSIONS: usize = 15;

impl NativeScorer {
    pub(super) fn new(card: &Scorecard, options: &ScoreOptions) -> Result<Self, Failure> {
        let in_table = |name: &str| options.columns.get(name).map_or(name, String::as_str).to_owned();
        let results = results(card, options)?;
        let by_default = options.select.is_none() && options.include.is_empty();
        Ok(Self {
            scorer: card.scorer(options)?,
            selection: (!by_default).then_some(results),
            wants_more: !by_default,
            names: card.columns().into_iter().map(in_table).collect(),
            zone: options.zone,
            reports_errors: options.on_error == OnError::Null,
            words: Vec::new(),
        })
    }
}

/// The results that the options ask for, as the core gives them for a table without rows; the account is
/// the caller's.
fn results(card: &Scorecard, options: &ScoreOptions) -> Result<Vec<String>, Failure> {
    let empty = options.input_columns(card).into_iter().map(|name| (name, Column::all_valid(Values::Null(0))));
    let scores = card.score(&Table::new(empty)?, options)?;
    let computed = |(name, column)| (!matches!(column, ResultColumn::Input { .. })).then_some(name);
    Ok(scores.into_columns().into_iter().filter_map(computed).collect())
}

#[napi]
impl NativeScorer {
    /// The columns in the order of the values, under their names in the data.
    #[napi(getter)]
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Whether faults are reported in the result instead of being thrown.
    #[napi(getter)]
    pub fn reports_errors(&self) -> bool {
        self.reports_errors
    }

    /// The results wanted; `null` for those that there are by default.
    #[napi(getter)]
    pub fn selection(&self) -> Option<Vec<String>> {
        self.selection.clone()
    }

    /// The words that numbers in the output stand for.
    #[napi(getter)]
    pub fn words(&self) -> Vec<String> {
        self.words.clone()
    }

    /// Scores numbers, NaN where missing, into `out`.
    #[napi]
    pub fn score_numbers(&mut self, env: &Env, numbers: &[f64], out: Float64ArraySlice<'_>) -> napi::Result<()> {
        call(env, || {
            let values: Vec<Value<'_>> = numbers.iter().map(|&number| Value::Number(number)).collect();
            self.write(&values, out)
        })
    }

    /// Scores values of any kind, which `tags` tells, into `out`.
    #[napi]
    pub fn score_values(
        &mut self,
        env: &Env,
        numbers: &[f64],
        tags: &[u8],
        texts: Option<Vec<String>>,
        out: Float64ArraySlice<'_>,
    ) -> napi::Result<()> {
        call(env, || {
            let texts = texts.unwrap_or_default();
            let text = |at: usize| texts.get(at).map_or("", String::as_str);
            let values = numbers.iter().zip(tags).enumerate();
            let values: Vec<Value<'_>> = values
                .map(|(at, (&number, &tag))| self.value(at, tag, number, text(at)))
                .collect::<Result<_, Failure>>()?;
            self.write(&values, out)
        })
    }
}

impl NativeScorer {
    fn value<'t>(&self, at: usize, tag: u8, number: f64, text: &'t str) -> Result<Value<'t>, Failure> {
        let name = || self.names.get(at).cloned().unwrap_or_default();
        Ok(match tag {
            0 => Value::Null,
            1 => Value::Number(number),
            2 => Value::Bool(number != 0.0),
            3 => Value::Int(text.parse().map_err(|_| wide(name(), text))?),
            4 => Value::Text(text),
            5 => day(number, self.zone).map_err(|code| Issue::new(code).column(name()).value("a Date"))?,
            6 => Value::Int(number as i64),
            _ => return Err(Issue::new(Code::UnsupportedColumnType).column(name()).value(text).into()),
        })
    }

    fn write(&mut self, values: &[Value<'_>], mut out: Float64ArraySlice<'_>) -> Result<(), Failure> {
        let Self { scorer, words, wants_more, .. } = self;
        let one = scorer.score(values)?;
        // SAFETY: the glue makes this array for the scorer alone and gives it to nobody else, and no
        // JavaScript runs while it is borrowed here.
        let out = unsafe { out.as_mut() };
        let mut put = |at: usize, number: f64| {
            if let Some(place) = out.get_mut(at) {
                *place = number;
            }
        };
        let (code, item) = one.error.unzip();
        put(SCORE, one.score.unwrap_or(f64::NAN));
        put(COVERAGE, one.coverage.unwrap_or(f64::NAN));
        put(TIER, number_of(words, one.tier));
        put(STATUS, number_of(words, Some(one.status)));
        put(ERROR_CODE, number_of(words, code.map(Code::as_str)));
        put(ERROR_ITEM, number_of(words, item));
        for (at, (_, score)) in one.dimensions().enumerate() {
            put(DIMENSIONS + at, score.unwrap_or(f64::NAN));
        }
        if *wants_more {
            let fired: Vec<&str> = one.adjustments().collect();
            let fired = (!fired.is_empty()).then(|| fired.join(", "));
            let state = one.state();
            let day = state.as_of.map(|day| day.to_string());
            let is_new = state.tier.is_none() && state.score.is_none();
            put(RAW_SCORE, one.raw_score.unwrap_or(f64::NAN));
            put(VARIANT, number_of(words, one.variant));
            put(ADJUSTMENTS, number_of(words, fired.as_deref()));
            put(STATE_CARD, number_of(words, Some(&state.card)));
            put(STATE_TIER, number_of(words, state.tier.as_deref()));
            put(STATE_CANDIDATE, number_of(words, state.candidate.as_deref()));
            put(STATE_STREAK, if is_new { f64::NAN } else { f64::from(state.streak) });
            put(STATE_SCORE, state.score.unwrap_or(f64::NAN));
            put(STATE_AS_OF, number_of(words, day.as_deref()));
        }
        Ok(())
    }
}

/// The number of a word, a new one if it was not met before; NaN for none. There are few words.
fn number_of(words: &mut Vec<String>, word: Option<&str>) -> f64 {
    let Some(word) = word else { return f64::NAN };
    let known = words.iter().position(|known| known == word);
    let index = known.unwrap_or_else(|| {
        words.push(word.to_owned());
        words.len() - 1
    });
    index as f64
}

fn wide(name: String, text: &str) -> Issue {
    Issue::new(Code::UnsupportedColumnType).column(name).value(text).expected("bigints of 64 bits")
}

/// The day of a moment in milliseconds, in the zone or in UTC: as a column of `Date`s has it.
fn day(milliseconds: f64, zone: Option<Zone>) -> Result<Value<'static>, Code> {
    if milliseconds.is_nan() {
        return Err(Code::InvalidDate);
    }
    let moment = [milliseconds as i64];
    let values = Values::Timestamp { values: &moment, unit: TimeUnit::Millisecond, zone: Some(Zone::UTC) };
    let day = Column::all_valid(values).day(0, zone)?;
    Ok(day.map_or(Value::Null, Value::Date))
}
