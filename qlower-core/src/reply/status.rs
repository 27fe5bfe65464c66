//! What became of a payload.

use std::fmt;

/// What became of a payload; wire key `status`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Every item was accepted.
    Success,
    /// Some items were accepted, some failed.
    PartialSuccess,
    /// Every item failed.
    Error,
    /// One that this edition does not know, as it came; empty if none was stated.
    Other(String),
}

impl Status {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Success => "SUCCESS",
            Self::PartialSuccess => "PARTIAL_SUCCESS",
            Self::Error => "ERROR",
            Self::Other(name) => name,
        }
    }

    pub(super) fn from_wire(name: &str) -> Self {
        let known = [Self::Success, Self::PartialSuccess, Self::Error];
        let status = known.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(name.trim()));
        status.unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
