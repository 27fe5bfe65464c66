//! Failures before anything is sent.

use std::error::Error as StdError;
use std::fmt;

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
