//! Why a webhook is not taken for genuine.

use std::fmt;

/// What is wrong with a credential. It tells nothing of the secret, nor of what would have been right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// There is none.
    Missing,
    /// It has not the form that is agreed: a part is absent, the time stands twice, or something is no number or not hexadecimal.
    Malformed,
    /// It is genuine, but its time is too far away.
    Expired {
        /// The receiver's time minus the signature's, in seconds: positive for an old one, negative for one that is ahead.
        skew: i64,
    },
    /// No secret gives it for these bytes.
    Mismatch,
}

impl Reason {
    /// Its name: `missing`, `malformed`, `expired` or `mismatch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Expired { .. } => "expired",
            Self::Mismatch => "mismatch",
        }
    }
}

/// Which of the credentials of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Credential {
    /// The signature, `X-Qlower-Signature`.
    Signature,
    /// The key, `X-API-KEY`.
    ApiKey,
    /// User and password of HTTP Basic, `Authorization`.
    Basic,
    /// The secret at the end of the address.
    Path,
}

impl Credential {
    /// Its name: `signature`, `api_key`, `basic` or `path`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::ApiKey => "api_key",
            Self::Basic => "basic",
            Self::Path => "path",
        }
    }
}

/// A webhook that is not taken for genuine: do not read its body.
///
/// It may be logged, and shown to whoever sent the webhook. For finding out what is wrong with a genuine one there is
/// [`explain()`](super::explain()).
///
/// ```
/// use qlower_core::webhook::{self, Reason};
///
/// let refusal = webhook::verify_at(&["whsec"], "", b"{}", 0).unwrap_err();
/// assert_eq!(refusal.reason(), Reason::Missing);
/// assert_eq!(refusal.to_string(), "the signature is missing");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    credential: Credential,
    reason: Reason,
}

impl Refusal {
    /// For whoever verifies by other means.
    #[must_use]
    pub const fn new(credential: Credential, reason: Reason) -> Self {
        Self { credential, reason }
    }

    /// Which credential it is about.
    #[must_use]
    pub const fn credential(self) -> Credential {
        self.credential
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn reason(self) -> Reason {
        self.reason
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.credential {
            Credential::Signature => "the signature",
            Credential::ApiKey => "the key in X-API-KEY",
            Credential::Basic => "the HTTP Basic user",
            Credential::Path => "the secret in the address",
        };
        match self.reason {
            Reason::Missing => write!(f, "{what} is missing"),
            Reason::Malformed => write!(f, "{what} has not the agreed form"),
            Reason::Expired { skew } if skew < 0 => {
                write!(f, "{what} is {} seconds ahead of this machine's clock", skew.unsigned_abs())
            }
            Reason::Expired { skew } => write!(f, "{what} is {skew} seconds old"),
            Reason::Mismatch => write!(f, "{what} does not match"),
        }
    }
}

impl std::error::Error for Refusal {}
