//! What became of each webhook.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::fault::WebhookFault;

/// One webhook at one moment: what was emitted, and every try to deliver it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The event's id, the same for every try and every duplicate; `None` for a ping and for raw bytes.
    pub event_id: Option<String>,
    /// The event's type, such as `order.created`; `None` for raw bytes.
    pub event_type: Option<String>,
    /// The order's number; `None` for a ping and for raw bytes.
    pub order_id: Option<u64>,
    /// Whose webhook it is.
    pub partner: String,
    /// Where it goes.
    pub url: String,
    /// Which duplicate it is; 0 for the first.
    pub copy: u32,
    /// Its `Content-Type`.
    pub content_type: String,
    /// The bytes of its body, the same for every try.
    pub body: Bytes,
    /// When it was emitted, by this machine's clock.
    pub emitted_at: DateTime<Utc>,
    /// Where it stands.
    pub state: DeliveryState,
    /// The tries so far, in order.
    pub attempts: Vec<Attempt>,
}

/// Where a webhook stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryState {
    /// It waits for its next try.
    Waiting {
        /// When that is due; webhooks that are held back may be sent later.
        next: DateTime<Utc>,
    },
    /// It is being sent.
    Sending,
    /// It was answered 2xx.
    Delivered,
    /// It is not tried again, since its last answer was this status: a receiver that wants it again answers 5xx.
    Refused(u16),
    /// It is not tried again, since every try of the schedule failed.
    TriedOut,
}

impl DeliveryState {
    /// The names of all of them.
    pub const NAMES: &'static [&'static str] = &["waiting", "sending", "delivered", "refused", "tried_out"];

    /// Its name, in words with underscores.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Refused(_) => "refused",
            Self::TriedOut => "tried_out",
        }
    }

    /// Whether nothing more is sent: it was delivered, or given up.
    ///
    /// ```
    /// use qlower_client::sandbox::DeliveryState;
    ///
    /// assert!(DeliveryState::Refused(401).is_settled());
    /// ```
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        matches!(self, Self::Delivered | Self::Refused(_) | Self::TriedOut)
    }
}

/// One try to deliver a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// When it began, by this machine's clock.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub duration: Duration,
    /// The value of `X-Qlower-Signature` that was sent; each try is signed anew.
    pub signature: Option<String>,
    /// The fault that fired.
    pub fault: Option<WebhookFault>,
    /// What it came to.
    pub outcome: AttemptOutcome,
}

/// What a try came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// It was answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The answer's body, at most its first KiB.
        body: String,
    },
    /// There was no answer in time.
    TimedOut,
    /// There was no answer, for this reason.
    Failed(String),
}

impl AttemptOutcome {
    /// The names of all of them.
    pub const NAMES: &'static [&'static str] = &["answered", "timed_out", "failed"];

    /// Its name, in words with underscores.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Answered { .. } => "answered",
            Self::TimedOut => "timed_out",
            Self::Failed(_) => "failed",
        }
    }

    /// The HTTP status, if it was answered.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Answered { status, .. } => Some(*status),
            _ => None,
        }
    }
}
