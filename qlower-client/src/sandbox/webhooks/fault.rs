//! What can go wrong with a webhook on its way, on demand.

use std::time::Duration;

use super::target::Target;
use crate::sandbox::names::names;

/// A way in which one try to deliver a webhook goes wrong; see
/// [`Sandbox::fail_next_webhook`](crate::sandbox::Sandbox::fail_next_webhook).
///
/// What is sent is wrong as it says; what follows is up to the receiver's answer, as ever: after a 401 the event is given up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookFault {
    /// Sends no signature. Concerns targets with a secret.
    MissingSignature,
    /// Sends a signature without a time. Concerns targets with a secret.
    MalformedSignature,
    /// Sends a signature in which one bit is wrong. Concerns targets with a secret.
    WrongSignature,
    /// Signs with a secret that nobody agreed to. Concerns targets with a secret.
    OtherSecret,
    /// Signs rightly, but with a time ten seconds older than a receiver takes. Concerns targets with a secret.
    OldTime,
    /// Signs rightly, but with a time ten seconds further ahead than a receiver takes. Concerns targets with a secret.
    FutureTime,
    /// Changes a byte of the body after it was signed. Concerns targets with a secret.
    AlteredBody,
    /// Sends another key in `X-API-KEY`. Concerns targets with a key.
    WrongApiKey,
    /// Sends no `X-API-KEY`. Concerns targets with a key.
    MissingApiKey,
    /// Sends half of the body, waits, and sends the rest. The time counts against the sender's time-out.
    SlowBody {
        /// How long.
        delay: Duration,
    },
    /// Closes the connection when half of the body has been sent.
    CutBody,
    /// Sends everything, and closes the connection without waiting any longer for an answer.
    HangUp {
        /// How long after the beginning.
        delay: Duration,
    },
    /// Takes the answer for lost, whatever it was.
    LostAnswer,
}

names! { WebhookFault:
    "missing_signature" = MissingSignature,
    "malformed_signature" = MalformedSignature,
    "wrong_signature" = WrongSignature,
    "other_secret" = OtherSecret,
    "old_time" = OldTime,
    "future_time" = FutureTime,
    "altered_body" = AlteredBody,
    "wrong_api_key" = WrongApiKey,
    "missing_api_key" = MissingApiKey,
    "cut_body" = CutBody,
    "lost_answer" = LostAnswer,
    with
    "slow_body" = Self::SlowBody { .. },
    "hang_up" = Self::HangUp { .. },
}

impl WebhookFault {
    pub(super) fn concerns(&self, target: &Target) -> bool {
        match self {
            Self::MissingSignature
            | Self::MalformedSignature
            | Self::WrongSignature
            | Self::OtherSecret
            | Self::OldTime
            | Self::FutureTime
            | Self::AlteredBody => !target.secrets.is_empty(),
            Self::WrongApiKey | Self::MissingApiKey => target.api_key.is_some(),
            Self::SlowBody { .. } | Self::CutBody | Self::HangUp { .. } | Self::LostAnswer => true,
        }
    }
}
