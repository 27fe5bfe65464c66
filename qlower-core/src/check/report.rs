//! What a check found, in all.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{Finding, FindingCode, Render, Severity};
use crate::lang::Lang;
use crate::model::ModelName;

/// Which edition of the rules was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct RuleSet {
    /// Wire format.
    pub format: &'static str,
    /// Edition of Qlower's documentation.
    pub edition: &'static str,
    /// Month of that edition.
    pub date: &'static str,
}

impl RuleSet {
    /// The edition that this crate knows.
    pub const CURRENT: Self = Self { format: "2.0", edition: "2.2", date: "2026-08" };
}

/// How many items of a model there are, and how many findings they have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Count {
    /// Items in the payload.
    pub items: u64,
    /// Findings of severity error.
    pub errors: u64,
    /// Findings of severity warning.
    pub warnings: u64,
}

/// All findings of one check, in the order of the text.
///
/// `Display` is the plain rendering for people; [`Report::render`] has colours, French and the lines of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub(crate) findings: Vec<Finding>,
    pub(crate) counts: BTreeMap<ModelName, Count>,
    pub(crate) by_code: BTreeMap<(FindingCode, Severity), u64>,
    pub(crate) complete: bool,
}

impl Report {
    /// The findings, in the order of the text; at most as many as the options allow to keep.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings of severity error.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// The findings of severity warning.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Warning)
    }

    /// How many errors there are, those included that were not kept in detail.
    #[must_use]
    pub fn error_count(&self) -> u64 {
        self.counts.values().map(|count| count.errors).sum()
    }

    /// How many warnings there are, those included that were not kept in detail.
    #[must_use]
    pub fn warning_count(&self) -> u64 {
        self.counts.values().map(|count| count.warnings).sum()
    }

    /// How many findings were counted but not kept in detail.
    #[must_use]
    pub fn omitted(&self) -> u64 {
        (self.error_count() + self.warning_count()).saturating_sub(self.findings.len() as u64)
    }

    /// Whether the payload may be sent: every rule ran to the end, and there is no error.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.complete && self.error_count() == 0
    }

    /// Whether every rule ran over the whole input. Malformed JSON can stop a check.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Items and findings of each model that occurs.
    #[must_use]
    pub const fn counts(&self) -> &BTreeMap<ModelName, Count> {
        &self.counts
    }

    /// How often each kind of finding occurs.
    pub fn by_code(&self) -> impl Iterator<Item = (FindingCode, Severity, u64)> {
        self.by_code.iter().map(|((code, severity), count)| (*code, *severity, *count))
    }

    /// The edition of the rules that were applied.
    #[must_use]
    pub const fn rules(&self) -> RuleSet {
        RuleSet::CURRENT
    }

    /// The report as one JSON object, the same from every language.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Starts rendering for a terminal or a log.
    pub fn render(&self) -> Render<'_> {
        Render::new(self)
    }

    /// The report itself if it is valid.
    ///
    /// # Errors
    /// [`ValidationError`](super::ValidationError) with the report if there is an error in it.
    pub fn into_result(self) -> Result<Self, super::ValidationError> {
        if self.is_valid() { Ok(self) } else { Err(super::ValidationError::new(self)) }
    }

    /// The message of the first error, for a one-line summary.
    pub(crate) fn first_message(&self) -> String {
        self.errors().next().map(|finding| finding.message(Lang::En)).unwrap_or_default()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.render().finish().fmt(f)
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("is_valid", &self.is_valid())?;
        map.serialize_entry("is_complete", &self.complete)?;
        map.serialize_entry("rules", &self.rules())?;
        map.serialize_entry("counts", &self.counts)?;
        map.serialize_entry("omitted", &self.omitted())?;
        map.serialize_entry("findings", &self.findings)?;
        map.end()
    }
}
