//! Failures of the connection.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// How far an attempt had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Looking up the host's address.
    Resolve,
    /// Connecting, to the host or its proxy, up to the first byte of the request.
    Connect,
    /// Agreeing on TLS and checking the certificate.
    Tls,
    /// Handing over the payload: the server does not have all of it.
    Send,
    /// Waiting for the answer: the server may have the payload.
    Wait,
    /// Reading the reply, whose status is 2xx.
    Reply,
}

impl Stage {
    /// Whether there was no connection yet.
    #[must_use]
    pub const fn is_connecting(self) -> bool {
        matches!(self, Self::Resolve | Self::Connect | Self::Tls)
    }

    /// Its name: `resolve`, `connect`, `tls`, `send`, `wait` or `reply`.
    ///
    /// ```
    /// assert_eq!(qlower_client::error::Stage::Tls.as_str(), "tls");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Reply => "reply",
        }
    }
}

/// No connection, or one that broke.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) stage: Stage,
    pub(crate) peer: Box<str>,
    pub(crate) source: Box<dyn StdError + Send + Sync>,
}

impl TransportError {
    /// How far the attempt had come.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = &self.peer;
        match self.stage {
            Stage::Resolve => write!(f, "the address of {peer} cannot be found"),
            Stage::Connect => write!(f, "no connection to {peer}"),
            Stage::Tls => write!(f, "no secure connection to {peer}"),
            Stage::Send => write!(f, "the connection to {peer} broke while the payload was being sent"),
            Stage::Wait => write!(f, "the connection to {peer} broke before an answer came"),
            Stage::Reply => write!(f, "the connection to {peer} broke within the reply"),
        }
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

/// Time was up.
#[derive(Debug)]
pub struct TimeoutError {
    pub(crate) stage: Stage,
    pub(crate) peer: Box<str>,
    pub(crate) limit: Duration,
}

impl TimeoutError {
    /// How far the attempt had come.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// The limit that was exceeded: [`connect_timeout`](crate::ClientBuilder::connect_timeout) or
    /// [`timeout`](crate::ClientBuilder::timeout).
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (peer, limit) = (&self.peer, self.limit);
        match self.stage {
            Stage::Resolve | Stage::Connect | Stage::Tls => write!(f, "no connection to {peer} within {limit:?}"),
            Stage::Send => write!(f, "the payload could not be sent to {peer} within {limit:?}"),
            Stage::Wait => write!(f, "no answer from {peer} within {limit:?}"),
            Stage::Reply => write!(f, "the reply of {peer} was not complete within {limit:?}"),
        }
    }
}

impl StdError for TimeoutError {}
