//! Failures before anything is sent.

use std::error::Error as StdError;
use std::fmt;

/// A setting that cannot be used, or that does not fit the payload.
#[derive(Debug)]
pub struct ConfigError {
    setting: &'static str,
    problem: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, problem: impl Into<String>) -> Self {
        Self { setting, problem: problem.into(), source: None }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The setting concerned, by its name in the builder or in the environment.
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.problem)
    }
}

impl StdError for ConfigError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// A payload larger than [`max_body_bytes`](crate::ClientBuilder::max_body_bytes).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooLargeError {
    pub(crate) size: usize,
    pub(crate) limit: usize,
}

impl TooLargeError {
    /// Bytes of the payload.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Bytes allowed.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }
}

impl fmt::Display for TooLargeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, limit } = self;
        write!(
            f,
            "the payload has {size} bytes, more than the {limit} of max_body_bytes: cut it into parts (Checked::split), or \
             upload it to S3"
        )
    }
}

impl StdError for TooLargeError {}
