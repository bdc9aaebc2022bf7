//! What the charts say, in English and Japanese.

/// A word of a chart in a language; English where the language is not known.
pub(super) fn word(id: &'static str, language: Option<&str>) -> &'static str {
    let found = WORDS.iter().find(|(word, ..)| *word == id);
    match (found, language) {
        (Some((_, _, ja)), Some("ja")) => ja,
        (Some((_, en, _)), _) => en,
        (None, _) => id,
    }
}

const WORDS: [(&str, &str, &str); 28] = [
    ("opening", "opening", "期首"),
    ("new", "new", "新規"),
    ("reactivation", "reactivation", "復活"),
    ("expansion", "expansion", "アップセル"),
    ("contraction", "contraction", "ダウンセル"),
    ("churn", "churn", "解約"),
    ("transfer", "transfer", "移管"),
    ("fx", "exchange rates", "為替"),
    ("closing", "closing", "期末"),
    ("bridge", "Where the MRR went", "MRRの増減"),
    ("movements", "Movements of MRR", "MRRの変動"),
    ("mrr", "MRR", "MRR（月次経常収益）"),
    ("period", "period", "期間"),
    ("cohort", "cohort", "コホート"),
    ("age", "age in periods", "経過期間"),
    ("retention", "retention", "継続率"),
    ("size", "size", "規模"),
    ("retained", "retained", "継続"),
    ("cohorts", "Retention by cohort", "コホート別継続率"),
    ("rates", "Retention over the window", "継続率の推移"),
    ("net_revenue_retention", "net revenue retention", "売上継続率（NRR）"),
    ("gross_revenue_retention", "gross revenue retention", "売上維持率（GRR）"),
    ("logo_retention", "logo retention", "顧客継続率"),
    ("window_end", "end of the window", "期間の末日"),
    ("renewals", "Contracts that come up for renewal", "更新予定の契約"),
    ("due", "due", "更新日"),
    ("amount", "amount due", "更新対象額"),
    ("lead_days", "days ahead", "残り日数"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_there_once_in_both_languages() {
        for (i, (id, en, ja)) in WORDS.iter().enumerate() {
            assert!(!en.is_empty() && !ja.is_empty());
            assert!(WORDS[i + 1..].iter().all(|(other, ..)| other != id), "{id}");
        }
        assert_eq!((word("churn", Some("ja")), word("churn", Some("fr")), word("no", None)), ("解約", "churn", "no"));
    }
}
