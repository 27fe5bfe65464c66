//! What became of each webhook.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

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

impl Delivery {
    /// All but the body as JSON, for programs in other languages: members by the names of the fields, times as texts in RFC 3339,
    /// spans of time in seconds. `state` is a name, beside which `next_attempt_at` may stand; of an attempt, `outcome` is a name,
    /// beside which there are `status` and `answer`, or `error`.
    ///
    /// ```
    /// use qlower_client::sandbox::{Sandbox, WebhookTarget};
    ///
    /// let sandbox = Sandbox::builder().webhook(WebhookTarget::new("http://localhost:9/")).start_blocking()?;
    /// sandbox.hold_webhooks();
    /// let told = sandbox.emit_ping()?.told();
    /// assert_eq!((&told["event_type"], &told["state"]), (&"ping".into(), &"waiting".into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn told(&self) -> Value {
        let next = match self.state {
            DeliveryState::Waiting { next } => Some(instant(next)),
            _ => None,
        };
        json!({
            "event_id": self.event_id,
            "event_type": self.event_type,
            "order_id": self.order_id,
            "partner": self.partner,
            "url": self.url,
            "copy": self.copy,
            "content_type": self.content_type,
            "emitted_at": instant(self.emitted_at),
            "state": self.state.name(),
            "next_attempt_at": next,
            "attempts": self.attempts.iter().map(Attempt::told).collect::<Vec<_>>(),
        })
    }
}

impl Attempt {
    fn told(&self) -> Value {
        let (answer, error) = match &self.outcome {
            AttemptOutcome::Answered { body, .. } => (Some(body), None),
            AttemptOutcome::TimedOut => (None, None),
            AttemptOutcome::Failed(error) => (None, Some(error)),
        };
        json!({
            "at": instant(self.at),
            "duration": self.duration.as_secs_f64(),
            "signature": self.signature,
            "fault": self.fault.as_ref().map(WebhookFault::told),
            "outcome": self.outcome.name(),
            "status": self.outcome.status(),
            "answer": answer,
            "error": error,
        })
    }
}

impl WebhookFault {
    /// Its name, and the time that belongs to it in seconds, as JSON.
    ///
    /// ```
    /// use qlower_client::sandbox::WebhookFault;
    ///
    /// assert_eq!(WebhookFault::CutBody.told(), serde_json::json!({ "name": "cut_body", "delay": null }));
    /// ```
    #[must_use]
    pub fn told(&self) -> Value {
        json!({ "name": self.name(), "delay": self.delay().map(|delay| delay.as_secs_f64()) })
    }
}

/// With the microseconds that other languages keep.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
