//! Reports as text, whole: for languages whose collector is to manage their memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::params::Params;
use super::{Count, Finding, FindingCode, Report, Severity};
use crate::model::ModelName;

#[derive(Serialize, Deserialize)]
struct Stored {
    findings: Vec<StoredFinding>,
    counts: Vec<(String, u64, u64, u64)>,
    by_code: Vec<(String, bool, u64)>,
    complete: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredFinding {
    code: String,
    is_error: bool,
    model: String,
    id: Option<Box<str>>,
    pointer: String,
    at: usize,
    place: Option<(u64, u64)>,
    params: Params,
}

impl Report {
    /// The whole report as text, for [`restore`](Self::restore) of the same edition of this crate: unlike its JSON it can be rendered
    /// again, and says nothing to anyone else.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use qlower_core::{CheckOptions, Report, check};
    ///
    /// let report = check(b"{}", &CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap()));
    /// assert_eq!(Report::restore(&report.store()), Some(report));
    /// assert_eq!(Report::restore("{}"), None);
    /// ```
    #[must_use]
    pub fn store(&self) -> String {
        let stored = Stored {
            findings: self.findings.iter().map(StoredFinding::of).collect(),
            counts: self
                .counts
                .iter()
                .map(|(model, count)| (model.as_str().to_owned(), count.items, count.errors, count.warnings))
                .collect(),
            by_code: self
                .by_code
                .iter()
                .map(|((code, severity), count)| (code.as_str().to_owned(), *severity == Severity::Error, *count))
                .collect(),
            complete: self.complete,
        };
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// The report that was stored; `None` of anything else.
    #[must_use]
    pub fn restore(stored: &str) -> Option<Self> {
        let stored: Stored = serde_json::from_str(stored).ok()?;
        let mut counts = BTreeMap::new();
        for (model, items, errors, warnings) in stored.counts {
            counts.insert(model_of(&model)?, Count { items, errors, warnings });
        }
        let mut by_code = BTreeMap::new();
        for (code, is_error, count) in stored.by_code {
            by_code.insert((FindingCode::from_code(&code)?, severity(is_error)), count);
        }
        let findings = stored.findings.into_iter().map(StoredFinding::finding).collect::<Option<_>>()?;
        Some(Self { findings, counts, by_code, complete: stored.complete })
    }
}

impl StoredFinding {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.as_str().to_owned(),
            is_error: finding.severity == Severity::Error,
            model: finding.model.as_str().to_owned(),
            id: finding.id.clone(),
            pointer: finding.pointer.clone(),
            at: finding.at,
            place: finding.place,
            params: finding.params.clone(),
        }
    }

    fn finding(self) -> Option<Finding> {
        Some(Finding {
            code: FindingCode::from_code(&self.code)?,
            severity: severity(self.is_error),
            model: model_of(&self.model)?,
            id: self.id,
            pointer: self.pointer,
            at: self.at,
            place: self.place,
            params: self.params,
        })
    }
}

fn model_of(name: &str) -> Option<ModelName> {
    ModelName::ALL.into_iter().find(|model| model.as_str() == name)
}

const fn severity(is_error: bool) -> Severity {
    if is_error { Severity::Error } else { Severity::Warning }
}

/// A closed list, by its name.
pub(super) mod list {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::codes::{CodeList, LISTS};

    #[expect(clippy::ref_option, reason = "serde demands it")]
    pub(crate) fn serialize<S: Serializer>(list: &Option<&'static CodeList>, serializer: S) -> Result<S::Ok, S::Error> {
        list.map(|list| list.name).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<&'static CodeList>, D::Error> {
        let Some(name) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        match LISTS.iter().copied().find(|list| list.name == name) {
            Some(list) => Ok(Some(list)),
            None => Err(serde::de::Error::custom("no such list")),
        }
    }
}
