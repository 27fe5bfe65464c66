//! The log of requests.

use chrono::{DateTime, Utc};

use super::Fault;

/// How many requests the log keeps.
pub(super) const KEPT: usize = 10_000;
/// How much of a path it keeps, in characters.
pub(super) const PATH_KEPT: usize = 200;

/// One request as the sandbox saw it. It holds no content and no access key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Method, such as `POST`.
    pub method: String,
    /// Path without the query, at most its first 200 characters.
    pub path: String,
    /// How many bytes of body were received.
    pub body_length: u64,
    /// SHA-256 of the bytes of body that were received, in lower-case hexadecimal digits; the same as
    /// [`Checked::sha256_hex`](qlower_core::Checked::sha256_hex) when they are what was checked.
    pub body_sha256: String,
    /// The partner that the payload names, if the sandbox knows it. Its key may have been wrong.
    pub partner: Option<String>,
    /// When the request had been received, by this machine's clock.
    pub at: DateTime<Utc>,
    /// Whether the load was treated, that is: reached the items.
    pub processed: bool,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was answered with this HTTP status.
    Answered(u16),
    /// A scripted fault fired.
    Faulted(Fault),
    /// The client went away before its body was complete.
    Abandoned,
}
