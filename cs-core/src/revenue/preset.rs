//! Policies that come with the library.

use super::RevenuePolicy;
use crate::error::{Code, Issue, Result, suggest};

/// A policy that comes with the library.
struct Preset {
    name: &'static str,
    about: &'static str,
    json: &'static str,
}

const PRESETS: [Preset; 1] = [Preset {
    name: "default",
    about: "The defaults of this library: customers are accounts, movements are netted by period, retention is that of a cohort.",
    json: r#"{"schema_version": 1, "policy": "default"}"#,
}];

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
