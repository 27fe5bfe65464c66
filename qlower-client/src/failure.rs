//! Judging a failed attempt: what it is, whether Qlower may have treated the payload, whether another try makes sense.
//!
//! This is the only place where that is decided; the retry loop reads it.

use std::time::Duration;

use url::Url;

use crate::body::Progress;
use crate::error::{ApiError, ErrorKind, Stage, TimeoutError, TransportError, UnreadableReply};
use crate::http::{address, find};
use crate::receipt::Certainty;

/// A failed attempt.
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) certainty: Certainty,
    pub(crate) retryable: bool,
    pub(crate) retry_after: Option<Duration>,
}

/// Where the payload goes, for messages, and the time limits.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) peer: Box<str>,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
}

impl Route {
    pub(crate) fn new(target: &Url, proxied: bool, timeout: Duration, connect_timeout: Duration) -> Self {
        let via = if proxied { " (through the proxy)" } else { "" };
        Self { peer: format!("{}{via}", address(target)).into(), timeout, connect_timeout }
    }

    /// The request failed before the head of an answer came.
    pub(crate) fn broken(&self, error: reqwest::Error, progress: &Progress) -> Failure {
        let tls = find::<rustls::Error>(&error);
        let untrusted = matches!(tls, Some(rustls::Error::InvalidCertificate(_)));
        let stage = if !error.is_connect() {
            after_connecting(progress)
        } else if error.is_dns() {
            Stage::Resolve
        } else if tls.is_some() {
            Stage::Tls
        } else {
            Stage::Connect
        };
        if error.is_connect() && error.is_timeout() {
            return self.late(stage, self.connect_timeout);
        }
        self.transport(stage, error, !untrusted)
    }

    /// Time was up before the head of an answer came.
    pub(crate) fn timed_out(&self, progress: &Progress) -> Failure {
        self.late(after_connecting(progress), self.timeout)
    }

    /// The connection broke within a reply.
    pub(crate) fn broken_reply(&self, error: reqwest::Error) -> Failure {
        self.transport(Stage::Reply, error, true)
    }

    /// Time was up within a reply.
    pub(crate) fn timed_out_reply(&self) -> Failure {
        self.late(Stage::Reply, self.timeout)
    }

    fn transport(&self, stage: Stage, error: reqwest::Error, retryable: bool) -> Failure {
        let source = Box::new(error.without_url());
        let kind = TransportError { stage, peer: self.peer.clone(), source }.into();
        Failure { kind, certainty: reached(stage), retryable, retry_after: None }
    }

    fn late(&self, stage: Stage, limit: Duration) -> Failure {
        let kind = TimeoutError { stage, peer: self.peer.clone(), limit }.into();
        Failure { kind, certainty: reached(stage), retryable: true, retry_after: None }
    }
}

impl Failure {
    /// The server answered with a status other than 2xx.
    pub(crate) fn refused(error: ApiError, retry_after: Option<Duration>) -> Self {
        let status = error.status();
        let certainty = match status {
            // A redirection that keeps the method asks for the same request elsewhere. After the other ones, and
            // after 5xx, the payload had arrived.
            307 | 308 | 400..=499 => Certainty::NotProcessed,
            _ => Certainty::Unknown,
        };
        let retryable = matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504);
        Self { kind: error.into(), certainty, retryable, retry_after }
    }

    /// It never came to a request.
    #[cfg(feature = "s3")]
    pub(crate) const fn local(kind: ErrorKind) -> Self {
        Self { kind, certainty: Certainty::NotProcessed, retryable: false, retry_after: None }
    }

    /// No request could be made of what was asked.
    #[cfg(feature = "s3")]
    pub(crate) fn unsendable(route: &Route, source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self::local(TransportError { stage: Stage::Send, peer: route.peer.clone(), source }.into())
    }

    /// A 2xx whose reply cannot be read. Another machine may have answered in Qlower's place, so nothing is certain.
    pub(crate) fn unreadable(error: UnreadableReply) -> Self {
        Self { kind: error.into(), certainty: Certainty::Unknown, retryable: false, retry_after: None }
    }
}

fn after_connecting(progress: &Progress) -> Stage {
    if progress.all_taken() { Stage::Wait } else { Stage::Send }
}

fn reached(stage: Stage) -> Certainty {
    match stage {
        Stage::Wait | Stage::Reply => Certainty::Unknown,
        Stage::Resolve | Stage::Connect | Stage::Tls | Stage::Send => Certainty::NotProcessed,
    }
}
