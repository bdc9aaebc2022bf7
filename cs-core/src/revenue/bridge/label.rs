//! What a movement is called.

use super::super::document::Policy;
use super::super::timeline::State;

/// The kinds of movements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::revenue) enum Label {
    New,
    Reactivation,
    Expansion,
    Contraction,
    Churn,
}

/// All, with their names.
pub(in crate::revenue) const LABELS: [(&str, Label); 5] = [
    ("new", Label::New),
    ("reactivation", Label::Reactivation),
    ("expansion", Label::Expansion),
    ("contraction", Label::Contraction),
    ("churn", Label::Churn),
];

impl Label {
    pub(in crate::revenue) fn name(self) -> &'static str {
        LABELS.iter().find(|(_, label)| *label == self).map_or("", |(name, _)| name)
    }
}

/// When a customer was gone before it came, and when it comes again after it went.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Around {
    /// The first day on which it was not live any more, where it had been live before.
    pub(super) gone: Option<i32>,
    /// The first day of being live again.
    pub(super) back: Option<i32>,
}

/// The label of a step, if anything changed.
pub(super) fn label(policy: &Policy, before: &State, after: &State, change: i128, around: Around) -> Option<Label> {
    let reactivation = &policy.reactivation;
    match (before.live, after.live) {
        (false, true) => Some(match around {
            Around { gone: Some(gone), back: Some(back) } if reactivation.min_gap.exceeds(gone, back) => {
                Label::Expansion
            }
            Around { gone: Some(gone), back: Some(back) } => {
                if reactivation.max_gap.is_some_and(|gap| gap.is_exceeded(gone, back)) {
                    Label::New
                } else {
                    Label::Reactivation
                }
            }
            _ => Label::New,
        }),
        (true, false) => Some(match around {
            Around { gone: Some(gone), back: Some(back) } if reactivation.min_gap.exceeds(gone, back) => {
                Label::Contraction
            }
            _ => Label::Churn,
        }),
        _ if change > 0 => Some(Label::Expansion),
        _ if change < 0 => Some(Label::Contraction),
        _ => None,
    }
}
