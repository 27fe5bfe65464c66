//! What can go wrong with a webhook on its way, on demand.

use std::time::Duration;

use super::error::WebhookError;
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
    /// The fault of this name; the time is that of `slow_body` and `hang_up`, which need one.
    ///
    /// # Errors
    /// A [`WebhookError`] for a name that is none, and for a time that is missing or not needed.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use qlower_client::sandbox::WebhookFault;
    ///
    /// assert_eq!(WebhookFault::read("old_time", None), Ok(WebhookFault::OldTime));
    /// let second = Duration::from_secs(1);
    /// assert_eq!(WebhookFault::read("hang_up", Some(second)).unwrap().delay(), Some(second));
    /// ```
    pub fn read(name: &str, delay: Option<Duration>) -> Result<Self, WebhookError> {
        match (name, Self::named(name), delay) {
            (_, Some(fault), None) => Ok(fault),
            (_, Some(_), Some(_)) => Err(WebhookError::new("delay", format!("the fault {name} takes none"))),
            ("slow_body", None, Some(delay)) => Ok(Self::SlowBody { delay }),
            ("hang_up", None, Some(delay)) => Ok(Self::HangUp { delay }),
            ("slow_body" | "hang_up", None, None) => {
                Err(WebhookError::new("delay", format!("the fault {name} needs it")))
            }
            _ => Err(WebhookError::new("fault", format!("must be one of {}", Self::NAMES.join(", ")))),
        }
    }

    /// The time that belongs to it.
    #[must_use]
    pub const fn delay(&self) -> Option<Duration> {
        match self {
            Self::SlowBody { delay } | Self::HangUp { delay } => Some(*delay),
            _ => None,
        }
    }

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
