//! Why a poll failed.

mod words;

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use qlower_core::Lang;
use qlower_core::live::{ReadingFault, Unit};
use rustls::CertificateError;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::http::find;
pub(super) use words::{in_english, in_french};

/// Why a poll failed: what happened, and at which host.
///
/// It holds neither credentials nor the server's own words. As JSON: `{"code", "message", "message_fr"}`.
///
/// # Example: the reason beside "Connection error"
/// ```
/// use qlower_client::core::Lang;
/// use qlower_client::live::FeedFault;
///
/// # fn shown(fault: &FeedFault) -> String {
/// let reason = format!("{} ({})", fault.message(Lang::Fr), fault.code());
/// // pas de réponse de api.example en 3 s (timeout)
/// # reason
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FeedFault {
    kind: FaultKind,
    peer: Arc<str>,
}

/// What happened in a poll that failed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The host's name has no address.
    Dns,
    /// No connection: nobody listens there, or the way is blocked.
    Connect {
        /// What the operating system says.
        reason: io::ErrorKind,
    },
    /// No agreement on TLS, such as with a server that speaks plain http.
    Tls,
    /// The certificate is not one to trust.
    Certificate(CertificateProblem),
    /// The whole reply was not there in time.
    Timeout {
        /// The limit, [`timeout`](super::LiveFeedBuilder::timeout).
        limit: Duration,
        /// How far it had come.
        stage: TimeoutStage,
    },
    /// The connection broke, or what came is not HTTP.
    Broken {
        /// Whether the head of the reply had come.
        answered: bool,
    },
    /// The server answered with a status that is not a success.
    Status {
        /// The status, such as 401 or 503.
        status: u16,
        /// For how long it asks to be left alone, in the header `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The server redirects to where credentials must not go, or in circles.
    Redirect(RedirectProblem),
    /// The document is compressed, which was not asked for. It is not unpacked, as a small one may unpack to any size.
    Compressed,
    /// The value is too large for the unit in which it is to be shown.
    Unshowable {
        /// That unit, [`show_in`](super::LiveFeedBuilder::show_in).
        unit: Unit,
    },
    /// The document has no value to show.
    Reading(ReadingFault),
    /// Nobody polls, because there is no tokio runtime here, or it has no timers and network.
    NoRuntime,
}

/// How far a poll had come when time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutStage {
    /// There was no connection yet.
    Connect,
    /// There was no answer yet.
    Answer,
    /// The end of the reply was missing.
    Reply,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// It has expired.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It is for other hosts.
    WrongHost,
    /// No authority that is known here has issued it; it may be self-signed, or its chain is not complete.
    Untrusted,
    /// Its authority has revoked it.
    Revoked,
    /// Something else.
    Other,
}

/// Why a redirection is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RedirectProblem {
    /// It leads to another host or port.
    OtherHost,
    /// It leads from https to http.
    Downgrade,
    /// It leads from http to https on the same host: that URL is the one to set.
    Upgrade,
    /// It is one too many, or leads in circles.
    TooMany,
    /// It does not say where to.
    Nowhere,
}

impl FeedFault {
    pub(super) const fn new(kind: FaultKind, peer: Arc<str>) -> Self {
        Self { kind, peer }
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> &FaultKind {
        &self.kind
    }

    /// The host, with its port unless that is the scheme's own.
    #[must_use]
    pub fn peer(&self) -> &str {
        &self.peer
    }

    /// A stable name of the cause: `dns`, `connect`, `tls`, `certificate_expired` and the like, `timeout`, `broken`, `status`,
    /// `redirect_other_host` and the like, `compressed`, `no_runtime`, or the
    /// [code](qlower_core::live::ReadingCode) of what is wrong with the document, such as `not_a_number`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// What happened, as a sentence without a full stop.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        self.kind.message(&self.peer, lang)
    }
}

impl FaultKind {
    /// Of a request that failed before the head of its answer came, or while its body was read.
    pub(super) fn of(error: &reqwest::Error, answered: bool, limit: Duration) -> Self {
        if error.is_timeout() {
            let stage = match (error.is_connect(), answered) {
                (true, _) => TimeoutStage::Connect,
                (false, false) => TimeoutStage::Answer,
                (false, true) => TimeoutStage::Reply,
            };
            return Self::Timeout { limit, stage };
        }
        if !error.is_connect() {
            return Self::Broken { answered };
        }
        if error.is_dns() {
            return Self::Dns;
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return match tls {
                rustls::Error::InvalidCertificate(problem) => Self::Certificate(problem.into()),
                _ => Self::Tls,
            };
        }
        Self::Connect { reason: find::<io::Error>(error).map_or(io::ErrorKind::Other, io::Error::kind) }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect { .. } => "connect",
            Self::Tls => "tls",
            Self::Certificate(problem) => match problem {
                CertificateProblem::Expired => "certificate_expired",
                CertificateProblem::NotYetValid => "certificate_not_yet_valid",
                CertificateProblem::WrongHost => "certificate_wrong_host",
                CertificateProblem::Untrusted => "certificate_untrusted",
                CertificateProblem::Revoked => "certificate_revoked",
                CertificateProblem::Other => "certificate",
            },
            Self::Timeout { .. } => "timeout",
            Self::Broken { .. } => "broken",
            Self::Status { .. } => "status",
            Self::Redirect(problem) => match problem {
                RedirectProblem::OtherHost => "redirect_other_host",
                RedirectProblem::Downgrade => "redirect_downgrade",
                RedirectProblem::Upgrade => "redirect_upgrade",
                RedirectProblem::TooMany => "redirect_too_many",
                RedirectProblem::Nowhere => "redirect_nowhere",
            },
            Self::Compressed => "compressed",
            Self::Unshowable { .. } => "not_finite",
            Self::Reading(fault) => fault.code().as_str(),
            Self::NoRuntime => "no_runtime",
        }
    }
}

impl From<&CertificateError> for CertificateProblem {
    fn from(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::WrongHost,
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::Untrusted,
            CertificateError::Revoked => Self::Revoked,
            // Of a self-signed certificate, as they are usually made.
            CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => Self::Untrusted,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for FeedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl StdError for FeedFault {}

impl Serialize for FeedFault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("FeedFault", 3)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("message", &self.message(Lang::En))?;
        object.serialize_field("message_fr", &self.message(Lang::Fr))?;
        object.end()
    }
}
