//! One finding: what, where, and what would be right.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::FindingCode;
use super::params::Params;
use crate::lang::Lang;
use crate::model::ModelName;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// Qlower would reject it or silently drop it: nothing may be sent.
    Error,
    /// Qlower accepts it, but a careful partner wants to see it.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A mistake, or something to look at, with its place.
///
/// `Display` is the English message alone. The access key never occurs in a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) code: FindingCode,
    pub(crate) severity: Severity,
    pub(crate) model: ModelName,
    pub(crate) id: Option<Box<str>>,
    pub(crate) pointer: String,
    pub(crate) at: usize,
    pub(crate) place: Option<(u64, u64)>,
    pub(crate) params: Params,
}

impl Finding {
    /// What kind of finding it is.
    #[must_use]
    pub const fn code(&self) -> FindingCode {
        self.code
    }

    /// Error or warning, after [`Strictness`](super::Strictness).
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The model of the item concerned; `payload` for the header and the text as a whole.
    #[must_use]
    pub const fn model(&self) -> ModelName {
        self.model
    }

    /// The partner's id of the item concerned, where it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// JSON Pointer (RFC 6901) of the value; of a missing field, where it would stand.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// Line of the value in the text, from 1; `None` for typed input. Of a missing field: of its object.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        self.place.map(|(line, _)| line)
    }

    /// Column of the value in its line, in characters, from 1; `None` for typed input.
    #[must_use]
    pub fn column(&self) -> Option<u64> {
        self.place.map(|(_, column)| column)
    }

    /// The wire key of the field concerned, where it is about one.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.params.field.as_deref()
    }

    /// The message in one language.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        self.params.fill(self.code.template(lang), lang)
    }

    /// The values that would be accepted, where they are a short closed list.
    pub fn accepted(&self) -> impl Iterator<Item = &'static str> {
        self.params.accepted.into_iter().flat_map(|list| list.active()).map(|entry| entry.code)
    }

    /// What was probably meant: a value, or the nearest known key.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.params.suggestion.as_deref()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.as_str())?;
        map.serialize_entry("severity", self.severity.as_str())?;
        map.serialize_entry("model", &self.model)?;
        map.serialize_entry("id", &self.id())?;
        map.serialize_entry("pointer", &self.pointer)?;
        if let Some((line, column)) = self.place {
            map.serialize_entry("line", &line)?;
            map.serialize_entry("column", &column)?;
        }
        map.serialize_entry("message", &self.message(Lang::En))?;
        map.serialize_entry("message_fr", &self.message(Lang::Fr))?;
        let accepted: Vec<_> = self.accepted().collect();
        if !accepted.is_empty() {
            map.serialize_entry("accepted", &accepted)?;
        }
        if let Some(suggestion) = self.suggestion() {
            map.serialize_entry("suggestion", suggestion)?;
        }
        map.end()
    }
}
