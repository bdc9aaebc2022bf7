//! Cards to start from: presets, emulations of how products count, and empty templates.

use super::Scorecard;
use crate::error::{Code, Issue, Result, suggest};

/// A card that comes with the library.
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
    "dear": "Deployment, engagement, adoption and ROI, with the experience of the customer reported beside them.";
    "prove": "Product, risk, outcomes, voice and engagement at 25/50/10/5/10; a red sentiment makes the account red.";
    "rfm": "Recency, frequency and monetary value as ranks within a book; fit it to a book before it can score.";
    "point_grid": "Items give points that total 100; what is not known gives none.";
    "three_colors": "Good, average or poor at 100, 60 or 0, with each dimension and the score rounded to whole points.";
    "zero_to_ten": "From 0 to 10: starts at 5 and is moved by factors within limits.";
    "poor_concerning_healthy": "Each item is poor, concerning or healthy at 0, 5 or 10; means of means.";
    "one_five_ten_min": "Items at 1, 5 or 10; the worst item of each group speaks for it.";
    "one_five_ten_max": "Items at 1, 5 or 10; the best item of each group speaks for it.";
};

const TEMPLATES: &[Preset] = presets! {
    "aiueo": "Five empty slots for teams that use the あいうえお scheme; what they mean is yours to fill in.";
};

impl Scorecard {
    /// A card that comes with the library, ready to score; start from it and change what is yours.
    ///
    /// # Errors
    /// `unknown_choice`, with the nearest name.
    ///
    /// # Examples
    /// ```
    /// use cs_core::Scorecard;
    /// let card = Scorecard::preset("dear")?;
    /// let weights: Vec<_> = card.document().dimensions.iter().map(|d| (d.id.as_str(), d.weight)).collect();
    /// assert_eq!(
    ///     weights,
    ///     [("deployment", 20.0), ("engagement", 20.0), ("adoption", 30.0), ("roi", 30.0), ("experience", 0.0)]
    /// );
    /// let error = Scorecard::preset("daer").unwrap_err();
    /// assert_eq!(error.context().help.as_deref(), Some("did you mean `dear`?"));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn preset(name: &str) -> Result<Self> {
        Self::from_json(find(PRESETS, name)?.json)
    }

    /// An empty card of a shape that teams use, to be filled in.
    ///
    /// # Errors
    /// `unknown_choice`, with the nearest name.
    ///
    /// # Examples
    /// ```
    /// use cs_core::Scorecard;
    /// let card = Scorecard::template("aiueo")?;
    /// let ids: Vec<_> = card.document().dimensions.iter().map(|d| d.id.as_str()).collect();
    /// assert_eq!(ids, ["a", "i", "u", "e", "o"]);
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn template(name: &str) -> Result<Self> {
        Self::from_json(find(TEMPLATES, name)?.json)
    }

    /// The names that [`Scorecard::preset`] takes.
    ///
    /// # Examples
    /// ```
    /// use cs_core::Scorecard;
    /// assert_eq!(Scorecard::preset_names()[..3], ["dear", "prove", "rfm"]);
    /// ```
    pub fn preset_names() -> Vec<&'static str> {
        names(PRESETS).collect()
    }

    /// The names that [`Scorecard::template`] takes.
    ///
    /// # Examples
    /// ```
    /// use cs_core::Scorecard;
    /// assert_eq!(Scorecard::template_names(), ["aiueo"]);
    /// ```
    pub fn template_names() -> Vec<&'static str> {
        names(TEMPLATES).collect()
    }

    /// What a preset or a template is, in a sentence.
    ///
    /// # Errors
    /// `unknown_choice`, with the nearest name.
    ///
    /// # Examples
    /// ```
    /// use cs_core::Scorecard;
    /// assert!(Scorecard::preset_about("zero_to_ten")?.starts_with("From 0 to 10"));
    /// # Ok::<(), cs_core::Error>(())
    /// ```
    pub fn preset_about(name: &str) -> Result<&'static str> {
        let template = TEMPLATES.iter().find(|template| template.name == name);
        template.map_or_else(|| find(PRESETS, name), Ok).map(|preset| preset.about)
    }
}

fn names(presets: &[Preset]) -> impl Iterator<Item = &'static str> + Clone {
    presets.iter().map(|preset| preset.name)
}

fn find<'a>(presets: &'a [Preset], name: &str) -> Result<&'a Preset> {
    presets.iter().find(|preset| preset.name == name).ok_or_else(|| {
        let help = suggest(name, names(presets));
        Issue::new(Code::UnknownChoice).value(format!("{name:?}")).help(help).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Date;
    use crate::health::ScoreOptions;
    use crate::health::document::{Curve, Dimension, Labels};
    use crate::table::{Column, Table, Values};

    fn all() -> impl Iterator<Item = (&'static Preset, Scorecard)> {
        let read = |preset: &'static Preset| (preset, Scorecard::from_json(preset.json).unwrap());
        PRESETS.iter().chain(TEMPLATES).map(read)
    }

    /// Every dimension of a card, depth first.
    fn dimensions(card: &Scorecard) -> Vec<&Dimension> {
        card.walk().into_iter().map(|(_, dimension)| dimension).collect()
    }

    #[test]
    fn all_load_under_their_names_with_nothing_to_doubt() {
        for (preset, card) in all() {
            assert_eq!(card.id(), preset.name);
            let doubts: Vec<_> = card.warnings().iter().map(|issue| issue.code).collect();
            let expected: &[Code] = if preset.name == "rfm" { &[Code::QuantileNotFitted; 3] } else { &[] };
            assert_eq!(doubts, expected, "{}", preset.name);
            assert_eq!(Scorecard::preset_about(preset.name).unwrap(), preset.about);
        }
        for name in Scorecard::preset_names() {
            assert_eq!(Scorecard::preset(name).unwrap().id(), name);
        }
        for name in Scorecard::template_names() {
            assert_eq!(Scorecard::template(name).unwrap().id(), name);
        }
    }

    #[test]
    fn all_labels_are_in_both_languages() {
        let both = |labels: &Labels| labels.keys().eq(["en", "ja"]) && labels.values().all(|text| !text.is_empty());
        for (preset, card) in all() {
            let document = card.document();
            assert!(both(&document.labels), "{}", preset.name);
            for dimension in dimensions(&card) {
                assert!(both(&dimension.labels), "{}: {}", preset.name, dimension.id);
                for item in &dimension.items {
                    assert!(both(&item.labels), "{}: {}", preset.name, item.id);
                }
            }
            assert!(document.tiers.iter().all(|tier| both(&tier.labels)), "{}", preset.name);
            assert!(document.adjustments.iter().all(|rule| both(&rule.reason)), "{}", preset.name);
        }
    }

    #[test]
    fn prove_weighs_as_it_is_described() {
        let card = Scorecard::preset("prove").unwrap();
        let weights: Vec<f64> = card.document().dimensions.iter().map(|d| d.weight).collect();
        assert_eq!(weights, [25.0, 50.0, 10.0, 5.0, 10.0]);
    }

    #[test]
    fn the_points_of_the_grid_total_100() {
        let card = Scorecard::preset("point_grid").unwrap();
        let most = |curve: &Curve| match curve {
            Curve::Bands(bands) => bands.iter().map(|band| band.points).fold(0.0, f64::max),
            Curve::Flag { set, .. } => *set,
            _ => f64::NAN,
        };
        let of_each: Vec<f64> =
            dimensions(&card).iter().map(|d| d.items.iter().map(|item| most(&item.curve.kind)).sum()).collect();
        assert_eq!(of_each, [40.0, 25.0, 20.0, 15.0]);
    }

    #[test]
    fn rfm_scores_once_it_is_fitted() {
        let days: Vec<i32> = ["2026-10-21", "2026-10-11", "2026-10-11", "2026-09-21"]
            .map(|day| Date::parse(day).unwrap().days())
            .to_vec();
        let (purchases, amount) = ([10.0, 4.0, 4.0, 2.0], [800.0, 200.0, 200.0, 100.0]);
        let book = Table::new([
            ("account_id", Column::from(&["a", "b", "c", "d"][..])),
            ("last_purchase_on", Column::new(Values::Date(&days), None).unwrap()),
            ("purchases", Column::from(&purchases[..])),
            ("amount", Column::from(&amount[..])),
        ])
        .unwrap();
        let options = ScoreOptions { as_of: Some(Date::parse("2026-10-31").unwrap()), ..ScoreOptions::default() };
        let card = Scorecard::preset("rfm").unwrap().fit(std::slice::from_ref(&book), &options).unwrap();
        assert!(card.warnings().is_empty());
        let scores = card.score(&book, &options).unwrap();
        assert_eq!(scores.column("score").and_then(|c| c.numbers()), Some(&[87.5, 50.0, 50.0, 12.5][..]));
    }

    #[test]
    fn the_template_says_nothing_of_its_slots() {
        let card = Scorecard::template("aiueo").unwrap();
        let labels: Vec<&str> = dimensions(&card).iter().flat_map(|d| d.labels.values().map(String::as_str)).collect();
        assert_eq!(labels, ["あ", "あ", "い", "い", "う", "う", "え", "え", "お", "お"]);
        assert!(dimensions(&card).iter().all(|d| d.items.iter().all(|item| item.curve.kind == Curve::Manual {})));
        assert!(card.document().tiers.is_empty());
    }

    #[test]
    fn an_unknown_name_is_met_with_the_nearest() {
        let error = Scorecard::preset("prov").unwrap_err();
        assert_eq!(error.code(), Code::UnknownChoice);
        assert_eq!(error.context().help.as_deref(), Some("did you mean `prove`?"));
        let error = Scorecard::template("dear").unwrap_err();
        assert_eq!(error.context().help.as_deref(), Some("known: aiueo"));
        assert!(Scorecard::preset("aiueo").is_err());
        assert!(Scorecard::preset_about("x").is_err());
    }
}
