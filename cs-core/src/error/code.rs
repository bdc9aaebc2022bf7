//! The table of codes: the only place where a code is spelled.

use serde::{Serialize, Serializer};
use std::fmt;

/// The few kinds of error; each is one exception class in Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A document (scorecard, options) cannot be read or contradicts itself.
    InvalidDocument,
    /// A table does not hold what the document asks for.
    InvalidData,
    /// A number lies outside the range that can be computed with.
    OutOfRange,
    /// There is too little data for the answer.
    NotEnoughData,
    /// An iteration did not settle.
    NotConverged,
    /// The build or the platform cannot do it.
    Unsupported,
}

impl ErrorKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::InvalidDocument,
        Self::InvalidData,
        Self::OutOfRange,
        Self::NotEnoughData,
        Self::NotConverged,
        Self::Unsupported,
    ];

    /// The kind in snake_case, as Node reports it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidDocument => "invalid_document",
            Self::InvalidData => "invalid_data",
            Self::OutOfRange => "out_of_range",
            Self::NotEnoughData => "not_enough_data",
            Self::NotConverged => "not_converged",
            Self::Unsupported => "unsupported",
        }
    }

    /// The class that Python raises.
    pub fn python_class(self) -> &'static str {
        match self {
            Self::InvalidDocument => "InvalidDocumentError",
            Self::InvalidData => "InvalidDataError",
            Self::OutOfRange => "OutOfRangeError",
            Self::NotEnoughData => "NotEnoughDataError",
            Self::NotConverged => "NotConvergedError",
            Self::Unsupported => "UnsupportedError",
        }
    }

    /// The built-in Python class from which [`python_class`](Self::python_class) also derives.
    pub fn python_builtin(self) -> &'static str {
        match self {
            Self::InvalidDocument | Self::InvalidData | Self::NotEnoughData => "ValueError",
            Self::OutOfRange => "OverflowError",
            Self::NotConverged => "ArithmeticError",
            Self::Unsupported => "NotImplementedError",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $kind:ident, $sentence:literal;)*) => {
        /// A stable code; [`Code::as_str`] is what Python and Node show as `code`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as text, such as `unknown_field`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The kind that the code belongs to.
            pub fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind,)* }
            }

            /// What is wrong, in a few words.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }

            /// What it means and what to do, as the errors page says it.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc, "\n",)*),)* }
            }
        }
    };
}

codes! {
    /// The text is not valid JSON, YAML or TOML. The message names line and column.
    DocumentSyntax = "document_syntax", InvalidDocument, "the document cannot be parsed";
    /// The text is longer than 4 MiB. Scorecards are written by hand; keep data in tables.
    DocumentTooLarge = "document_too_large", InvalidDocument, "the document is too large";
    /// Lists and objects nest deeper than 64 levels.
    DocumentTooDeep = "document_too_deep", InvalidDocument, "the document nests too deeply";
    /// The document holds more values than allowed, counting what YAML aliases expand to.
    DocumentTooComplex = "document_too_complex", InvalidDocument, "the document holds too many values";
    /// `schema_version` is newer than this library reads. Update the library.
    UnsupportedSchemaVersion = "unsupported_schema_version", InvalidDocument, "the schema version is not supported";
    /// The field does not exist here; the message names the nearest one that does.
    UnknownField = "unknown_field", InvalidDocument, "unknown field";
    /// A field that has no default is not there.
    MissingField = "missing_field", InvalidDocument, "a required field is missing";
    /// The value has another type than the field takes, such as text where a number is due.
    WrongType = "wrong_type", InvalidDocument, "wrong type";
    /// The word is not one of those that the field takes; the message lists them.
    UnknownChoice = "unknown_choice", InvalidDocument, "unknown choice";
    /// The number lies outside the range that the field takes.
    NumberOutOfRange = "number_out_of_range", InvalidDocument, "the number is out of range";
    /// The list or map must not be empty.
    EmptyList = "empty_list", InvalidDocument, "the list is empty";
    /// The list is longer than its limit.
    TooManyEntries = "too_many_entries", InvalidDocument, "the list is too long";
    /// Ids are ASCII letters, digits and underscores, do not start with a digit and have at most 64 characters.
    InvalidId = "invalid_id", InvalidDocument, "the id is not well formed";
    /// Dimension and item ids are unique across the card, so that each can be named alone.
    DuplicateId = "duplicate_id", InvalidDocument, "the id is used twice";
    /// The id would clash with a column of the results, such as `score`.
    ReservedId = "reserved_id", InvalidDocument, "the id is reserved";
    /// Weights are zero or more; zero reports an item without counting it.
    NegativeWeight = "negative_weight", InvalidDocument, "the weight is negative";
    /// At least one weight in each list must be above zero.
    AllWeightsZero = "all_weights_zero", InvalidDocument, "all weights are zero";
    /// The scale must rise: its first number is the worst score, its second the best.
    InvalidScale = "invalid_scale", InvalidDocument, "the scale does not rise";
    /// A band ends below the start of the next one; values between them would have no points.
    BandsGap = "bands_gap", InvalidDocument, "there is a gap between bands";
    /// A band ends above the start of the next one; values between them would have two.
    BandsOverlap = "bands_overlap", InvalidDocument, "bands overlap";
    /// Bands must be listed from low to high.
    BandsUnordered = "bands_unordered", InvalidDocument, "bands are not in rising order";
    /// The x of points must rise strictly.
    PointsUnordered = "points_unordered", InvalidDocument, "x values are not in rising order";
    /// Points that a curve gives must lie on the card's scale.
    PointsOutsideScale = "points_outside_scale", InvalidDocument, "points lie outside the scale";
    /// Tiers must be listed from low to high.
    TiersUnordered = "tiers_unordered", InvalidDocument, "tiers are not in rising order";
    /// The first tier must start at the bottom of the scale, and every tier must start on it.
    TiersOutsideScale = "tiers_outside_scale", InvalidDocument, "tiers do not fit the scale";
    /// The curve cannot read this source, such as a flag curve on days.
    CurveSourceMismatch = "curve_source_mismatch", InvalidDocument, "the curve does not fit the source";
    /// A map curve has no `default`: a category that it does not list will be a data error. A warning.
    MapWithoutDefault = "map_without_default", InvalidDocument, "the map has no default";
    /// A condition names a column and exactly one comparison, or is exactly one of `all`, `any`, `not`.
    InvalidPredicate = "invalid_predicate", InvalidDocument, "the condition is not well formed";
    /// A variant, a cost or a tier names a dimension, item or tier that the card does not have.
    UnknownId = "unknown_id", InvalidDocument, "the card has no such id";
    /// The margin of hysteresis is not smaller than the narrowest tier, which could then never be reached.
    HysteresisTooWide = "hysteresis_too_wide", InvalidDocument, "the margin is as wide as a tier";
    /// A quantile curve knows its quantiles only after `fit`. A warning when the card is read, an error when it scores.
    QuantileNotFitted = "quantile_not_fitted", InvalidDocument, "the quantile curve is not fitted";
    /// The text is no ISO date (`2026-10-31`).
    InvalidDate = "invalid_date", InvalidData, "not an ISO date";
    /// The zone is neither `UTC`, nor an offset such as `+09:00`, nor a name of the time zone database.
    UnknownZone = "unknown_zone", InvalidDocument, "unknown time zone";
    /// The card asks for the age of a date, so `as_of` must be given.
    AsOfRequired = "as_of_required", InvalidDocument, "as_of is required";
    /// The card asks for a column that the table does not have; the message names the nearest one.
    UnknownColumn = "unknown_column", InvalidData, "unknown column";
    /// The table has two columns of one name.
    DuplicateColumn = "duplicate_column", InvalidData, "the column name is used twice";
    /// The column's type does not fit its use in the card.
    WrongColumnType = "wrong_column_type", InvalidData, "wrong column type";
    /// A column mixes types, such as numbers and texts in one pandas object column.
    MixedTypes = "mixed_types", InvalidData, "the values are of mixed types";
    /// The columns of a table must be of one length.
    UnequalLengths = "unequal_lengths", InvalidData, "columns have unequal lengths";
    /// A buffer is shorter than its length says, or an offset points outside it.
    MalformedColumn = "malformed_column", InvalidData, "the column's buffers do not fit together";
    /// The column's type cannot be read at all, such as nested lists.
    UnsupportedColumnType = "unsupported_column_type", Unsupported, "the column type is not supported";
    /// Infinities are not data. Use null for what is not known.
    InfiniteValue = "infinite_value", InvalidData, "the value is infinite";
    /// A ratio divides a number other than zero by zero. Zero by zero is missing.
    ZeroDenominator = "zero_denominator", InvalidData, "the denominator of the ratio is zero";
    /// A date whose age is asked for lies after `as_of`.
    DateAfterAsOf = "date_after_as_of", InvalidData, "the date lies after as_of";
    /// The map curve does not list the category and has no `default`.
    UnknownCategory = "unknown_category", InvalidData, "the category is not in the map";
    /// A flag must be true, false, 0 or 1.
    InvalidFlag = "invalid_flag", InvalidData, "the flag is neither 0 nor 1";
    /// A `manual` item must already be on the card's scale.
    ValueOutsideScale = "value_outside_scale", InvalidData, "the value lies outside the card's scale";
    /// An account stands in two rows. Scores are per account: aggregate first.
    DuplicateAccount = "duplicate_account", InvalidData, "the account stands in more than one row";
    /// A row has no account.
    NullAccount = "null_account", InvalidData, "the account is missing";
    /// One account is given by position: as many values as the card has inputs.
    WrongNumberOfValues = "wrong_number_of_values", InvalidData, "the number of values does not fit the card";
    /// An override has no note. What sets a score by hand must say why.
    OverrideWithoutNote = "override_without_note", InvalidData, "the override has no note";
    /// The override has run out and the call asks to be told. By default such overrides are left out.
    OverrideExpired = "override_expired", InvalidData, "the override has expired";
    /// An override sets points on the card's scale, or one of its tiers, and not both.
    InvalidOverride = "invalid_override", InvalidData, "the override sets neither points nor a tier of the card";
    /// The previous state was made with another card. Score afresh, or list that card's hash in `accept_state_of`.
    StateOfOtherCard = "state_of_other_card", InvalidData, "the previous state belongs to another card";
    /// The previous state is later than `as_of`: readings must come in the order of their days.
    StateAfterAsOf = "state_after_as_of", InvalidData, "the previous state is later than as_of";
    /// The previous state names no tier of the card, or its streak is no whole number from 0 on.
    InvalidState = "invalid_state", InvalidData, "the previous state cannot be read";
    /// A tier in a result is none of the tiers that were named.
    UnknownTier = "unknown_tier", InvalidData, "the tier is not one of the card's";
    /// The data does not say up to which day it is complete: an open subscription or a log of movements needs `horizon`.
    HorizonRequired = "horizon_required", InvalidDocument, "a horizon is required";
    /// The horizon lies before the first day of the data, so that nothing would be known.
    HorizonBeforeData = "horizon_before_data", InvalidData, "the horizon lies before the data";
    /// A window must begin before it ends.
    InvalidPeriod = "invalid_period", InvalidDocument, "the period does not begin before it ends";
    /// Give exactly one of `subscriptions`, `invoices`, `snapshots`, `movements`.
    BookRequired = "book_required", InvalidDocument, "exactly one book is required";
    /// The option does not go with the others, such as revenue cohorts of an activity log.
    UnsupportedOption = "unsupported_option", InvalidDocument, "the options do not go together";
    /// Partials merge when they were made with the same policy, operation and options.
    PartialMismatch = "partial_mismatch", InvalidDocument, "the partials do not belong together";
    /// The period ends before it starts.
    EndBeforeStart = "end_before_start", InvalidData, "the end lies before the start";
    /// Two periods of one subscription overlap, and the policy rejects that.
    OverlappingPeriods = "overlapping_periods", InvalidData, "periods of one subscription overlap";
    /// The period starts and ends on one day, and the policy rejects that.
    ZeroLengthPeriod = "zero_length_period", InvalidData, "the period has no length";
    /// A recurring charge that is spread over its period needs an end.
    MissingEnd = "missing_end", InvalidData, "the end is missing";
    /// A date that is required is null.
    MissingDate = "missing_date", InvalidData, "the date is missing";
    /// An account has two rows for one month. Aggregate first, or name the column that tells them apart.
    DuplicateAccountMonth = "duplicate_account_month", InvalidData, "the account has two rows for one month";
    /// A contract stands in two rows.
    DuplicateContract = "duplicate_contract", InvalidData, "the contract stands in more than one row";
    /// The month is neither a date nor a text such as `2026-10`.
    InvalidMonth = "invalid_month", InvalidData, "not a month";
    /// The interval is not `day`, `week`, `month`, `quarter` or `year`. Nothing is ever taken as monthly by default.
    UnknownInterval = "unknown_interval", InvalidData, "unknown interval";
    /// The currency is missing, or neither in ISO 4217 nor among the policy's `currencies`.
    UnknownCurrency = "unknown_currency", InvalidData, "unknown currency";
    /// A customer has amounts in two currencies. Give rates, or say `mixed_currencies: separate`.
    MixedCurrencies = "mixed_currencies", InvalidData, "a customer has several currencies and there are no rates";
    /// There is no rate for the currency on or before the day. A missing rate is never taken as 1.
    MissingRate = "missing_rate", InvalidData, "there is no exchange rate";
    /// A rate must be a number above zero.
    InvalidRate = "invalid_rate", InvalidData, "the exchange rate is not above zero";
    /// A recurring amount is below zero. Give it the kind `credit`, or say `negative: allow`.
    NegativeAmount = "negative_amount", InvalidData, "the recurring amount is negative";
    /// The movements of a customer sum to less than nothing.
    NegativeMrr = "negative_mrr", InvalidData, "the movements sum to a negative MRR";
    /// The sign of the movement does not fit its kind: gains are positive, losses negative.
    MovementSign = "movement_sign", InvalidData, "the sign of the movement does not fit its kind";
    /// An amount that is required is null.
    MissingAmount = "missing_amount", InvalidData, "the amount is missing";
    /// The text is no decimal number such as `12.50`.
    InvalidAmount = "invalid_amount", InvalidData, "not an amount";
    /// The amount has more decimals than its currency. Say `rounding.scale` to keep them.
    AmountTooPrecise = "amount_too_precise", InvalidData, "the amount has more decimals than its currency";
    /// Floats are not exact. Give decimals, texts or minor units, or state `float_scale`, to which they are rounded.
    FloatMoney = "float_money", InvalidData, "the amounts are floats";
    /// A quantity or count is no number in its range: quantities from 0, interval counts from 1, percents from 0 to 100.
    InvalidQuantity = "invalid_quantity", InvalidData, "the quantity is out of range";
    /// The reason is not among the policy's `reasons`.
    UnknownReason = "unknown_reason", InvalidData, "the reason is not in the policy's list";
    /// The kind of the row is not one that the table can have.
    UnknownKind = "unknown_kind", InvalidData, "unknown kind";
    /// The status is not `active`, `trial`, `past_due` or `paused`.
    UnknownStatus = "unknown_status", InvalidData, "unknown status";
    /// The outcome is neither `renewed` nor `lost`; leave it null while the contract is open.
    UnknownOutcome = "unknown_outcome", InvalidData, "unknown outcome";
    /// Merged accounts lead back to themselves.
    MergeCycle = "merge_cycle", InvalidData, "the merges go round in a circle";
    /// A probability lies between 0 and 1.
    InvalidProbability = "invalid_probability", InvalidData, "the probability is not between 0 and 1";
    /// An open contract has no probability of renewal, neither of its own nor by its group.
    MissingProbability = "missing_probability", InvalidData, "the probability is missing";
    /// An amount or a sum does not fit into 64 bits of minor units.
    AmountTooLarge = "amount_too_large", OutOfRange, "the amount is too large";
    /// What needs the whole book at once cannot be computed in parts.
    UnsupportedInPartial = "unsupported_in_partial", Unsupported, "this cannot be computed in parts";
    /// A fit needs at least two different values.
    TooFewValues = "too_few_values", NotEnoughData, "there are too few values";
    /// The projection reaches a tier of which no account was observed, so nothing is known of where they go.
    EmptyTier = "empty_tier", NotEnoughData, "no account was observed in the tier";
    /// The table has more rows than can be counted here (2³¹ − 1).
    TooManyRows = "too_many_rows", OutOfRange, "the table has too many rows";
    /// A date or timestamp lies outside the years −262143 to 262142.
    DateOutOfRange = "date_out_of_range", OutOfRange, "the date is out of range";
    /// This build was made without the feature that is needed, such as `yaml` or `tz`.
    FeatureMissing = "feature_missing", Unsupported, "the build lacks a feature";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or(())
    }
}
