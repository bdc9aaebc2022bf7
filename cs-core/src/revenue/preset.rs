//! Policies that come with the library.

use super::RevenuePolicy;
use crate::error::{Code, Issue, Result, suggest};

/// A policy that comes with the library.
struct Preset {
    name: &'static str,
    about: &'static str,
    json: &'static str,
}

macro_rules! presets {
    ($($name:literal: $about:literal;)*) => {
        &[$(Preset { name: $name, about: $about, json: include_str!(concat!("presets/", $name, ".json")) },)*]
    };
}

const PRESETS: &[Preset] = presets! {
    "default": "The defaults of this library: customers are accounts, movements are netted by period, retention is that of a cohort.";
    "chartmogul": "As ChartMogul's help describes its defaults: churn when the subscription ends, past due counts until cancelled, who moves to a free plan stays, rates by events with reactivation in the net one. Not its weekly or daily plans, nor prorated invoices.";
    "baremetrics": "As Baremetrics' help describes its defaults: the net of each day, past due counts for 30 days, free plans and full discounts are not customers. Not its churn rates, nor its quick ratio without reactivations.";
    "profitwell": "As Paddle's help describes ProfitWell Metrics: churn at the end of the paid term, who comes and goes within a month is left out, discounts, credits and metered use count. Not its exchange rates, nor its smoothed lifetime value.";
    "paddle": "As Paddle's help described the MRR of its own report: list prices without discounts, a day counts 30 times and a week 4.33 times, cancellations at once. Not tax and fees, which that report takes into account.";
    "stripe": "As Stripe's documentation describes Billing analytics: active and past due, without trials, tax, free plans and metered use, MRR at the end of the month, cancellations at once. Not coupons that end, which it does not subtract.";
    "maxio": "As Paddle's help describes Maxio (Chargify) beside its own product: cancellations at once, on hold counts on, back after more than 90 days is new. Not its delay of changes within a term.";
};

impl RevenuePolicy {
    /// A policy that comes with the library; start from it and change what is yours.
    ///
    /// # Errors
    /// `unknown_choice`, with the nearest name.
    ///
    /// # Examples
    /// ```
    /// use cs_core::revenue::RevenuePolicy;
    /// assert_eq!(RevenuePolicy::preset("default")?.hash(), RevenuePolicy::default().hash());
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn preset(name: &str) -> Result<Self> {
        Self::from_json(find(name)?.json)
    }

    /// The names that [`RevenuePolicy::preset`] takes.
    pub fn preset_names() -> Vec<&'static str> {
        PRESETS.iter().map(|preset| preset.name).collect()
    }

    /// What a preset is, in a sentence.
    ///
    /// # Errors
    /// `unknown_choice`.
    pub fn preset_about(name: &str) -> Result<&'static str> {
        find(name).map(|preset| preset.about)
    }
}

fn find(name: &str) -> Result<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| {
        let help = suggest(name, PRESETS.iter().map(|preset| preset.name));
        Issue::new(Code::UnknownChoice).path("preset").value(format!("{name:?}")).help(help).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revenue::document::*;

    #[test]
    fn all_load_under_their_names_with_nothing_to_doubt() {
        assert_eq!(RevenuePolicy::preset_names().len(), PRESETS.len());
        for preset in PRESETS {
            let policy = RevenuePolicy::preset(preset.name).unwrap();
            assert_eq!(policy.id(), preset.name);
            assert!(policy.warnings().is_empty(), "{}", preset.name);
            assert_eq!(RevenuePolicy::from_json(policy.to_json()).unwrap().hash(), policy.hash());
            assert_eq!(RevenuePolicy::preset_about(preset.name).unwrap(), preset.about);
        }
    }

    #[test]
    fn emulations_say_what_their_pages_say() {
        let of = |name| RevenuePolicy::preset(name).unwrap().document().clone();
        let (chartmogul, baremetrics, profitwell) = (of("chartmogul"), of("baremetrics"), of("profitwell"));
        assert_eq!(chartmogul.free_accounts, FreeAccounts::Count);
        assert_eq!(chartmogul.retention.net, NetFormula::EventsWithReactivation);
        assert_eq!(chartmogul.rounding.at, RoundAt::Line);
        assert_eq!((baremetrics.past_due_grace_days, baremetrics.netting), (Some(30), Netting::Day));
        assert_eq!((profitwell.kinds.usage, profitwell.netting), (Inclusion::Include, Netting::Period));
        let (paddle, stripe, maxio) = (of("paddle"), of("stripe"), of("maxio"));
        assert_eq!((paddle.discounts, paddle.cancellation), (Discounts::Ignore, Cancellation::Request));
        assert_eq!((stripe.boundary, stripe.past_due_grace_days), (Boundary::Last, None));
        assert_eq!((maxio.paused, maxio.reactivation.max_gap), (Paused::Keep, Some(Gap::Days(90))));
    }

    #[test]
    fn a_week_of_paddle_counts_as_its_page_says() {
        let month = |interval, count| {
            RevenuePolicy::preset("paddle").unwrap().monthly_amount("10", interval, count, "1", Some("USD")).unwrap()
        };
        assert_eq!(month("week", 1), "43.30");
        assert_eq!(month("day", 1), "300.00");
        assert_eq!(month("year", 1), "0.83");
    }

    #[test]
    fn an_unknown_name_is_met_with_the_nearest() {
        let error = RevenuePolicy::preset("strip").unwrap_err();
        assert_eq!(error.code(), Code::UnknownChoice);
        assert_eq!(error.context().help.as_deref(), Some("did you mean `stripe`?"));
    }
}
