//! The checked policy: the only thing that computes.

use super::document::Policy;
use super::read;
use crate::document::{self, Reader};
use crate::error::{Code, Error, Issue, Result};
use serde_json::Value;
use std::sync::Arc;

/// The newest version of the policy format that this library reads.
pub(super) const SCHEMA_VERSION: u64 = 1;

/// How recurring revenue is counted: a checked document with its content hash. Cloning is cheap.
///
/// # Examples
/// 5,499 a year are 458.25 a month.
/// ```
/// use cs_core::revenue::RevenuePolicy;
/// let policy = RevenuePolicy::from_json(r#"{"schema_version": 1, "policy": "ours", "currency": "USD"}"#)?;
/// assert_eq!(policy.monthly_amount("5499", "year", 1, "1", None)?, "458.25");
/// # Ok::<(), cs_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RevenuePolicy {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    document: Policy,
    json: String,
    hash: String,
    warnings: Vec<Issue>,
}

impl Default for RevenuePolicy {
    /// The policy that holds when none is given: the preset `default`.
    fn default() -> Self {
        // The default document has a canonical form.
        Self::of(Policy::default(), Vec::new()).unwrap_or_else(|_| {
            let (document, json, hash) = (Policy::default(), String::new(), String::new());
            Self { inner: Arc::new(Inner { document, json, hash, warnings: Vec::new() }) }
        })
    }
}

impl RevenuePolicy {
    fn of(document: Policy, warnings: Vec<Issue>) -> Result<Self> {
        let json = document::canonical(&document)?;
        Ok(Self { inner: Arc::new(Inner { hash: document::sha256(&json), json, document, warnings }) })
    }

    /// Reads a policy from JSON text.
    ///
    /// # Errors
    /// `document_syntax`, `document_too_large`, `document_too_deep`, `document_too_complex`; or all that is wrong with the
    /// policy at once, see [`RevenuePolicy::check`].
    pub fn from_json(text: &str) -> Result<Self> {
        Self::from_value(&document::from_json(text)?)
    }

    /// Reads a policy from YAML text.
    ///
    /// # Errors
    /// As [`RevenuePolicy::from_json`].
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Result<Self> {
        Self::from_value(&document::from_yaml(text)?)
    }

    /// Reads a policy from TOML text.
    ///
    /// # Errors
    /// As [`RevenuePolicy::from_json`].
    #[cfg(feature = "toml")]
    pub fn from_toml(text: &str) -> Result<Self> {
        Self::from_value(&document::from_toml(text)?)
    }

    /// Reads a policy from a tree of values.
    ///
    /// # Errors
    /// All that is wrong with the policy at once, see [`RevenuePolicy::check`].
    pub fn from_value(value: &Value) -> Result<Self> {
        document::check_limits(value)?;
        let reader = Reader::default();
        let document = read::policy(&reader.root(value)).filter(|_| !reader.has_errors());
        let issues = reader.into_issues();
        let Some(document) = document else {
            return Err(Error::from_issues(issues).unwrap_or_else(|| Issue::new(Code::WrongType).into()));
        };
        Self::of(document, issues)
    }

    /// Everything that is wrong or doubtful in a policy, errors first; empty when it is fine.
    ///
    /// # Examples
    /// ```
    /// use cs_core::revenue::RevenuePolicy;
    /// let issues = RevenuePolicy::check(&serde_json::json!({"schema_version": 1, "policy": "x", "nettting": "day"}));
    /// assert_eq!(issues[0].context.help.as_deref(), Some("did you mean `netting`?"));
    /// ```
    pub fn check(value: &Value) -> Vec<Issue> {
        issues(Self::from_value(value))
    }

    /// As [`RevenuePolicy::check`], from JSON text.
    pub fn check_json(text: &str) -> Vec<Issue> {
        issues(Self::from_json(text))
    }

    /// As [`RevenuePolicy::check`], from YAML text.
    #[cfg(feature = "yaml")]
    pub fn check_yaml(text: &str) -> Vec<Issue> {
        issues(Self::from_yaml(text))
    }

    /// As [`RevenuePolicy::check`], from TOML text.
    #[cfg(feature = "toml")]
    pub fn check_toml(text: &str) -> Vec<Issue> {
        issues(Self::from_toml(text))
    }

    /// The JSON Schema (draft 2020-12) of policies.
    #[cfg(feature = "schema")]
    pub fn schema() -> Value {
        schemars::schema_for!(Policy).to_value()
    }

    /// The content hash: the SHA-256 of [`RevenuePolicy::to_json`], in hexadecimal.
    pub fn hash(&self) -> &str {
        &self.inner.hash
    }

    /// The policy's id.
    pub fn id(&self) -> &str {
        &self.inner.document.policy
    }

    /// The document with all defaults filled in.
    pub fn document(&self) -> &Policy {
        &self.inner.document
    }

    /// The document as canonical JSON (RFC 8785) with all defaults filled in.
    pub fn to_json(&self) -> &str {
        &self.inner.json
    }

    /// What is doubtful in the policy.
    pub fn warnings(&self) -> &[Issue] {
        &self.inner.warnings
    }
}

fn issues(read: Result<RevenuePolicy>) -> Vec<Issue> {
    match read {
        Ok(policy) => policy.warnings().to_vec(),
        Err(error) => error.issues().to_vec(),
    }
}
