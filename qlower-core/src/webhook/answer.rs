//! How a webhook is answered, so that its sender does the right thing.

/// What a receiver answers. A sender takes 2xx for delivered, tries again after 5xx and 408, and gives up after other 4xx: so a
/// fault of the receiver's own is never answered 4xx.
///
/// ```
/// use qlower_core::webhook::{Answer, is_delivered, is_tried_again};
///
/// assert!(is_delivered(Answer::Duplicate.status()));
/// assert!(is_tried_again(Answer::Failed.status()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// The work is done: 200.
    Handled,
    /// It is durably kept, and the work will be done: 202.
    Accepted,
    /// It was handled, or accepted, before: 200.
    Duplicate,
    /// A ping, to which nothing is to be done: 200.
    Pong,
    /// It is not genuine: 401.
    Refused,
    /// It is not at this address: 404.
    NotFound,
    /// It is no `POST`: 405.
    NotPost,
    /// Its body did not arrive in time: 408, after which it is tried again.
    TooSlow,
    /// Its body is too large: 413.
    TooLarge,
    /// Its content type is not JSON: 415.
    NotJson,
    /// The work failed: 500.
    Failed,
    /// It is genuine, but cannot be read by this version: 500, so that it is not lost while that is looked into.
    Unreadable,
    /// It cannot be treated just now, or takes too long: 503.
    Busy,
}

impl Answer {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Handled,
        Self::Accepted,
        Self::Duplicate,
        Self::Pong,
        Self::Refused,
        Self::NotFound,
        Self::NotPost,
        Self::TooSlow,
        Self::TooLarge,
        Self::NotJson,
        Self::Failed,
        Self::Unreadable,
        Self::Busy,
    ];

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Handled | Self::Duplicate | Self::Pong => 200,
            Self::Accepted => 202,
            Self::Refused => 401,
            Self::NotFound => 404,
            Self::NotPost => 405,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
            Self::NotJson => 415,
            Self::Failed | Self::Unreadable => 500,
            Self::Busy => 503,
        }
    }

    /// Its name, such as `too_large`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Pong => "pong",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
            Self::NotPost => "not_post",
            Self::TooSlow => "too_slow",
            Self::TooLarge => "too_large",
            Self::NotJson => "not_json",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
            Self::Busy => "busy",
        }
    }

    /// The body, JSON: `{"status":"<name>"}`. It tells the sender nothing that helps to forge.
    #[must_use]
    pub fn body(self) -> String {
        format!(r#"{{"status":"{}"}}"#, self.name())
    }
}
