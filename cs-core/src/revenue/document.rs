//! The policy as a typed document, all defaults filled in.

/// What a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Level {
    Subscription,
    #[default]
    Account,
    Parent,
}

/// At which instant of a period its MRR is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Boundary {
    #[default]
    First,
    Last,
    Overlap,
}

/// What is set off against each other before movements are labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Netting {
    None,
    Day,
    #[default]
    Period,
}

/// When a cancellation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Cancellation {
    Request,
    #[default]
    ServiceEnd,
    DayAfter,
}

/// What is rounded to the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum RoundAt {
    Line,
    #[default]
    Subscription,
    Account,
    Total,
}

/// A time between leaving and coming back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    Days(u32),
    Months(u32),
}

/// At whose rate movements are converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum MovementsAt {
    #[default]
    Opening,
    Closing,
}

/// How net revenue retention is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum NetFormula {
    #[default]
    Cohort,
    Events,
    EventsWithReactivation,
    CompoundedMonthly,
    TrailingMean,
    Daily,
}

/// How gross revenue retention is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum GrossFormula {
    #[default]
    AccountMin,
    AggregateMin,
    Events,
    CompoundedMonthly,
    TrailingMean,
    Daily,
}

/// How logo retention is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogoFormula {
    #[default]
    Cohort,
    Events,
    CompoundedMonthly,
    TrailingMean,
    Daily,
}

/// Which contracts a renewal rate of a period is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Timing {
    #[default]
    Scheduled,
    Closed,
}
