//! Failures that the server tells, or tells unreadably.

use std::error::Error as StdError;
use std::fmt;

use qlower_core::reply::{InvalidReply, Rejection};

/// The server answered with a status other than 2xx.
///
/// What the answer says in detail may repeat what was sent, and is in [`rejection`](Self::rejection) only.
pub struct ApiError {
    pub(crate) status: u16,
    pub(crate) rejection: Box<Rejection>,
}

impl ApiError {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// What the answer says.
    #[must_use]
    pub const fn rejection(&self) -> &Rejection {
        &self.rejection
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)?;
        match self.status {
            300..=399 => f.write_str(" (redirections are not followed, since the payload carries the access key)"),
            401 | 403 => f.write_str(" (are the partner, the access key and the environment the right ones?)"),
            404 | 405 => f.write_str(" (is the environment's URL the right one?)"),
            407 => f.write_str(" (the proxy wants a user name and a password)"),
            413 => f.write_str(" (the payload is too large: cut it into parts (Checked::split), or upload it to S3)"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("kind", &self.rejection.kind())
            .field("message", &self.rejection.message())
            .finish_non_exhaustive()
    }
}

impl StdError for ApiError {}

/// The server answered with a 2xx status, but its reply cannot be read.
pub struct UnreadableReply {
    pub(crate) status: u16,
    pub(crate) problem: Problem,
}

pub(crate) enum Problem {
    TooLarge { limit: usize },
    Invalid(InvalidReply),
}

impl UnreadableReply {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// What is wrong with the reply; `None` if it exceeds [`max_reply_bytes`](crate::ClientBuilder::max_reply_bytes).
    #[must_use]
    pub const fn invalid(&self) -> Option<&InvalidReply> {
        match &self.problem {
            Problem::TooLarge { .. } => None,
            Problem::Invalid(error) => Some(error),
        }
    }
}

impl fmt::Display for UnreadableReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            Problem::TooLarge { limit } => {
                write!(f, "the reply with status {} has more than the {limit} bytes of max_reply_bytes", self.status)
            }
            Problem::Invalid(_) => write!(f, "the reply with status {} cannot be read", self.status),
        }
    }
}

impl fmt::Debug for UnreadableReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnreadableReply")
            .field("status", &self.status)
            .field("problem", &self.invalid().map(InvalidReply::problem))
            .finish_non_exhaustive()
    }
}

impl StdError for UnreadableReply {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.invalid().map(|error| error as _)
    }
}
