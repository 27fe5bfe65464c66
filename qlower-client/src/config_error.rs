//! A setting that cannot be used.

use std::error::Error as StdError;
use std::fmt;

#[cfg(any(feature = "ftp", feature = "live-feed"))]
use qlower_core::Lang;

/// A setting that cannot be used, or that does not fit the payload.
#[derive(Debug)]
pub struct ConfigError {
    setting: &'static str,
    problem: String,
    #[cfg_attr(
        not(any(feature = "ftp", feature = "live-feed")),
        allow(dead_code, reason = "deliveries and readings tell it")
    )]
    french: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, problem: impl Into<String>) -> Self {
        Self { setting, problem: problem.into(), french: None, source: None }
    }

    pub(crate) fn in_french(mut self, problem: impl Into<String>) -> Self {
        self.french = Some(problem.into());
        self
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

#[cfg(any(feature = "ftp", feature = "live-feed"))]
impl ConfigError {
    /// The text; `Display` is the English one. Settings of readings are told in French too, those of a [`Client`](crate::Client)
    /// in English alone.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        match (lang, &self.french) {
            (Lang::Fr, Some(problem)) => format!("{} : {problem}", self.setting),
            _ => self.to_string(),
        }
    }
}

#[cfg(feature = "ftp")]
impl ConfigError {
    pub(crate) fn problem(&self) -> crate::ftp::Wording {
        (self.problem.clone(), self.french.as_ref().unwrap_or(&self.problem).clone()).into()
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
