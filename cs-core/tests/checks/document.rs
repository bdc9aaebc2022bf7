//! Documents: any text is read or refused, and a card that was read reads back.

use cs_core::error::{Issue, Level};
use cs_core::{Result, Scorecard};

/// Reads bytes as JSON, or as YAML and TOML; and some JSON also as YAML, which it is.
pub fn document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if !text.starts_with('{') {
        #[cfg(feature = "yaml")]
        reads(Scorecard::from_yaml(text), || Scorecard::check_yaml(text));
        #[cfg(feature = "toml")]
        reads(Scorecard::from_toml(text), || Scorecard::check_toml(text));
        return;
    }
    let json = Scorecard::from_json(text);
    #[cfg(feature = "yaml")]
    if let (0, Ok(json)) = (text.len() % 8, &json)
        && let Ok(yaml) = Scorecard::from_yaml(text)
    {
        assert_eq!(yaml.hash(), json.hash());
    }
    reads(json, || Scorecard::check_json(text));
}

/// What was read is stable, and checking says the same as reading.
pub fn reads(read: Result<Scorecard>, check: impl FnOnce() -> Vec<Issue>) {
    let card = match read {
        Ok(card) => card,
        Err(error) => {
            assert!(error.issues().iter().any(|issue| issue.level == Level::Error), "an error without issues");
            return assert!(!error.to_string().is_empty());
        }
    };
    let again = Scorecard::from_json(card.to_json()).expect("the canonical form reads back");
    assert_eq!((again.hash(), again.to_json()), (card.hash(), card.to_json()));
    assert_eq!(again.warnings().len(), card.warnings().len());
    if card.to_json().len() % 8 == 0 {
        let issues = check();
        assert!(issues.iter().all(|issue| issue.level != Level::Error), "an accepted card with errors: {issues:?}");
        assert!(!card.html().is_empty() && !card.summary().is_empty());
    }
}
