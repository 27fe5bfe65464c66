//! What a check is asked for.

use std::num::NonZeroUsize;

use chrono::NaiveDate;

/// Whether warnings stand in the way of sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strictness {
    /// Errors only, the default.
    #[default]
    Normal,
    /// Warnings become errors.
    Strict,
}

/// Settings of a check.
///
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::{CheckOptions, Strictness};
///
/// let today = NaiveDate::from_ymd_opt(2025, 2, 1).unwrap();
/// let options = CheckOptions::on(today).strictness(Strictness::Strict).threads(2);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CheckOptions {
    pub(crate) today: NaiveDate,
    pub(crate) strictness: Strictness,
    pub(crate) max_findings: usize,
    pub(crate) threads: NonZeroUsize,
    /// Only what concerns the structure of the text is to be reported.
    pub(crate) structure_only: bool,
}

impl CheckOptions {
    /// Checks as of a day: a transaction after it lies in the future.
    pub const fn on(today: NaiveDate) -> Self {
        Self {
            today,
            strictness: Strictness::Normal,
            max_findings: 100_000,
            threads: NonZeroUsize::MIN,
            structure_only: false,
        }
    }

    /// Sets the strictness; normal by default.
    pub const fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// Limits how many findings are kept in detail, 100 000 by default, to bound the memory. The others are still counted, and the
    /// report says how many they are.
    pub const fn max_findings(mut self, limit: usize) -> Self {
        self.max_findings = limit;
        self
    }

    pub(crate) const fn structure_only(mut self) -> Self {
        self.structure_only = true;
        self
    }

    /// Lets the check use so many threads for the large arrays of a text, 1 by default. The report is the same.
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = match NonZeroUsize::new(threads) {
            Some(threads) => threads,
            None => NonZeroUsize::MIN,
        };
        self
    }
}
