//! What cannot be cut small enough.

use std::fmt;

use crate::model::ModelName;

/// Something that no part can take: an item with all that is nested in it, the header, or an entry of `clients` without its items.
///
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::split::{Limit, SplitOptions};
/// use qlower_core::{CheckOptions, Checked};
///
/// let text = r#"{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0", "transactions": [
///     {"id": "T1", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850, "ref": "Loyer"}]}"#;
/// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
/// let checked = Checked::from_text(text, &options).into_result()?;
///
/// let error = checked.split(&SplitOptions::default().max_bytes(150)).unwrap_err();
/// assert_eq!((error.pointer(), error.id()), ("/transactions/0", Some("T1")));
/// assert_eq!((error.unit(), error.size(), error.limit()), (Limit::Bytes, 197, 150));
/// assert!(checked.split(&SplitOptions::default().max_bytes(197)).is_ok());
/// # Ok::<(), qlower_core::ValidationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    refused: Refused,
    unit: Limit,
    size: u64,
    limit: u64,
}

/// What is too large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) pointer: String,
    pub(super) model: ModelName,
    pub(super) id: Option<String>,
}

/// Which limit is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`SplitOptions::max_bytes`](super::SplitOptions::max_bytes).
    Bytes,
    /// [`SplitOptions::max_items`](super::SplitOptions::max_items).
    Items,
}

impl SplitError {
    pub(super) fn bytes(refused: Refused, size: usize, limit: usize) -> Self {
        Self(Box::new(Inner { refused, unit: Limit::Bytes, size: size as u64, limit: limit as u64 }))
    }

    pub(super) fn items(refused: Refused, size: u64, limit: u64) -> Self {
        Self(Box::new(Inner { refused, unit: Limit::Items, size, limit }))
    }

    /// JSON Pointer to it; empty for the header.
    #[must_use]
    pub fn pointer(&self) -> &str {
        &self.0.refused.pointer
    }

    /// Its model; `payload` for the header.
    #[must_use]
    pub fn model(&self) -> ModelName {
        self.0.refused.model
    }

    /// Its id; of an entry of `clients`, the e-mail address of the account; `None` for the header.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.refused.id.as_deref()
    }

    /// The size of the smallest part that could hold it, header included: in bytes, or in items.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// The size that is allowed, in the same unit.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.0.limit
    }

    /// The unit of both.
    #[must_use]
    pub fn unit(&self) -> Limit {
        self.0.unit
    }
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.model() {
            ModelName::Payload => f.write_str("the header")?,
            model => {
                let id: String =
                    self.id().unwrap_or_default().chars().take(60).filter(|char| !char.is_control()).collect();
                write!(f, "{model} \"{id}\" at {}", self.pointer())?;
            }
        }
        let Inner { size, limit, unit, .. } = &*self.0;
        let unit = match unit {
            Limit::Bytes => "bytes",
            Limit::Items => "items",
        };
        write!(f, " cannot be cut, and needs a part of {size} {unit}, more than the {limit} allowed")
    }
}

impl std::error::Error for SplitError {}
