//! Faults that a test can script.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::names::names;

/// A way in which one load goes wrong; see [`Sandbox::fail_next`](super::Sandbox::fail_next).
///
/// Each says whether the load was treated, because that is what a client cannot know: after a fault that treats, the items are
/// loaded although the client saw a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Never answers, until the client gives up. Not treated. For a load that is treated and then not answered in time, use
    /// [`Fault::Slow`].
    Timeout,
    /// Resets the connection (TCP RST) without treating the load.
    ResetBeforeProcessing,
    /// Treats the load, then resets the connection (TCP RST) instead of answering.
    ResetAfterProcessing,
    /// Closes the connection in an orderly way (TCP FIN) without an answer. Not treated.
    CloseBeforeProcessing,
    /// Answers 429, and asks for patience. Not treated.
    TooManyRequests {
        /// The `Retry-After` header.
        retry_after: RetryAfter,
    },
    /// Answers 500 in the documented form. Not treated.
    InternalServerError,
    /// Answers 502 with a page of HTML, as a proxy does. Not treated.
    BadGateway,
    /// Answers 503 with an empty body. Not treated.
    ServiceUnavailable,
    /// Treats the load at once and answers rightly, but late.
    Slow {
        /// How late.
        delay: Duration,
    },
    /// Treats the load, answers 200, announces the whole length, sends half of the body, and closes.
    TruncatedBody,
    /// Answers this status with an empty body, and closes. Not treated. The number is sent as it is, even where HTTP knows no
    /// such status.
    Status(u16),
}

impl Fault {
    /// Whether the load is treated nevertheless.
    ///
    /// ```
    /// use qlower_client::sandbox::Fault;
    ///
    /// assert!(Fault::ResetAfterProcessing.processes());
    /// assert!(!Fault::ResetBeforeProcessing.processes());
    /// ```
    #[must_use]
    pub const fn processes(&self) -> bool {
        matches!(self, Self::ResetAfterProcessing | Self::Slow { .. } | Self::TruncatedBody)
    }
}

names! { Fault:
    "timeout" = Timeout,
    "reset_before_processing" = ResetBeforeProcessing,
    "reset_after_processing" = ResetAfterProcessing,
    "close_before_processing" = CloseBeforeProcessing,
    "internal_server_error" = InternalServerError,
    "bad_gateway" = BadGateway,
    "service_unavailable" = ServiceUnavailable,
    "truncated_body" = TruncatedBody,
    with
    "too_many_requests" = Self::TooManyRequests { .. },
    "slow" = Self::Slow { .. },
    "status" = Self::Status(_),
}

/// The `Retry-After` header of [`Fault::TooManyRequests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// No such header.
    None,
    /// A number of seconds.
    Seconds(u64),
    /// An HTTP date, in whole seconds; it may lie in the past.
    HttpDate(DateTime<Utc>),
}

impl RetryAfter {
    /// The header's text.
    pub(super) fn header(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Seconds(seconds) => Some(seconds.to_string()),
            Self::HttpDate(at) => Some(at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_http_date_has_the_form_of_rfc_9110() {
        let at = DateTime::from_timestamp(784_111_777, 0).unwrap();
        assert_eq!(RetryAfter::HttpDate(at).header().unwrap(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(RetryAfter::Seconds(7).header().unwrap(), "7");
        assert_eq!(RetryAfter::None.header(), None);
    }
}
