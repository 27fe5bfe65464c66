//! What may be sent: bytes that have passed the check.

use std::fmt;

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};
use sha2::{Digest, Sha256};

use super::{CheckOptions, Report, check};
use crate::model::{Payload, ReadError};
use crate::secret::ApiKey;
use crate::value::timestamp;

/// A payload that passed the check: exactly the bytes that will be sent, their hash, and the report.
///
/// Only a check makes one, and transports take nothing else. `Debug` shows no content.
///
/// # Example: a text is sent as it was checked
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::{Checked, CheckOptions};
///
/// let text = r#"{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0"}"#;
/// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
/// let checked = Checked::from_text(text, &options).into_result()?;
/// assert_eq!(checked.bytes(), text.as_bytes());
/// assert_eq!(checked.report().warning_count(), 1, "it is empty");
/// # Ok::<(), qlower_core::ValidationError>(())
/// ```
#[derive(Clone)]
pub struct Checked {
    bytes: Bytes,
    sha256: [u8; 32],
    report: Report,
    partner: String,
    api_key: ApiKey,
    created_at: DateTime<FixedOffset>,
}

/// What a check of something sendable gives: the report, and the bytes if they may be sent.
#[derive(Clone)]
#[must_use]
pub struct Inspection {
    bytes: Bytes,
    report: Report,
}

impl Inspection {
    /// What was found.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The report alone.
    #[must_use]
    pub fn into_report(self) -> Report {
        self.report
    }

    /// The same, its findings without line and column: for a text that a program made, which nobody would look into.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use qlower_core::{CheckOptions, Checked};
    ///
    /// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
    /// let inspection = Checked::from_text(r#"{"versionId": "3.0"}"#, &options);
    /// assert_eq!(inspection.report().findings()[0].line(), Some(1));
    /// assert_eq!(inspection.without_places().report().findings()[0].line(), None);
    /// ```
    pub fn without_places(mut self) -> Self {
        for finding in &mut self.report.findings {
            finding.place = None;
        }
        self
    }

    /// The sendable bytes.
    ///
    /// # Errors
    /// [`ValidationError`] with the whole report if there is an error in it.
    pub fn into_result(self) -> Result<Checked, ValidationError> {
        if !self.report.is_valid() {
            return Err(ValidationError::new(self.report));
        }
        let created_at = super::start::header(&self.bytes, "creDtTm");
        Ok(Checked {
            created_at: timestamp::read(created_at.as_bytes()).map(|reading| reading.instant).unwrap_or_default(),
            sha256: Sha256::digest(&self.bytes).into(),
            partner: super::start::header(&self.bytes, "inigPtynm"),
            api_key: super::start::header(&self.bytes, "apiKey").into(),
            bytes: self.bytes,
            report: self.report,
        })
    }
}

impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspection").field("bytes", &self.bytes.len()).field("report", &self.report).finish()
    }
}

impl Checked {
    /// Checks a text. What will be sent are its own bytes, without a byte order mark.
    pub fn from_text(text: impl Into<Bytes>, options: &CheckOptions) -> Inspection {
        let mut bytes = text.into();
        let report = check(&bytes, options);
        if bytes.starts_with(super::start::BYTE_ORDER_MARK) {
            bytes = bytes.slice(super::start::BYTE_ORDER_MARK.len()..);
        }
        Inspection { bytes, report }
    }

    /// A part of this payload, with the same header.
    pub(crate) fn part(&self, bytes: Bytes, report: Report) -> Self {
        Self {
            sha256: Sha256::digest(&bytes).into(),
            bytes,
            report,
            partner: self.partner.clone(),
            api_key: self.api_key.clone(),
            created_at: self.created_at,
        }
    }

    /// The bytes that will be sent. They hold the access key.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub const fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// SHA-256 of the bytes, in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What the check found: warnings at most.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// The partner's id in the header.
    #[must_use]
    pub fn partner(&self) -> &str {
        &self.partner
    }

    /// The access key in the header.
    #[must_use]
    pub const fn api_key(&self) -> &ApiKey {
        &self.api_key
    }

    /// When the payload was made, as the header says.
    #[must_use]
    pub const fn created_at(&self) -> &DateTime<FixedOffset> {
        &self.created_at
    }

    /// Key of the S3 object for it; see [`object_key`](crate::address::object_key).
    #[must_use]
    pub fn object_key(&self) -> String {
        crate::address::object_key(&self.created_at, &self.sha256)
    }

    /// The payload as models, read from the bytes.
    ///
    /// # Errors
    /// [`ReadError`], which a checked payload does not cause.
    pub fn payload(&self) -> Result<Payload, ReadError> {
        Payload::from_json(&self.bytes)
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("bytes", &self.bytes.len())
            .field("sha256", &self.sha256_hex())
            .finish_non_exhaustive()
    }
}

impl Payload {
    /// Checks this payload in its canonical wire form, which is what would be sent.
    ///
    /// Findings have no line and column: there is no text that a person wrote.
    pub fn check_with(&self, options: &CheckOptions) -> Inspection {
        let bytes = Bytes::from(self.to_json());
        let report = check(&bytes, options);
        Inspection { bytes, report }.without_places()
    }
}

/// A payload that must not be sent, and everything that is wrong with it.
///
/// ```
/// use chrono::NaiveDate;
/// use qlower_core::{CheckOptions, Payload};
///
/// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
/// let error = Payload::default().check_with(&options).into_result().unwrap_err();
/// assert_eq!(error.to_string(), "the payload has 3 errors; first: The required field \"inigPtynm\" is missing or blank.");
/// assert_eq!(error.report().error_count(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload has {} error{}; first: {}", .0.error_count(), if .0.error_count() == 1 { "" } else { "s" }, .0.first_message())]
pub struct ValidationError(Box<Report>);

impl ValidationError {
    pub(super) fn new(report: Report) -> Self {
        Self(Box::new(report))
    }

    /// What was found.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.0
    }

    /// What was found, by value.
    #[must_use]
    pub fn into_report(self) -> Report {
        *self.0
    }
}
