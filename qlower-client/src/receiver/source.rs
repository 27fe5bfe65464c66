//! Who sends, how it is verified, and what it tells.

use std::fmt;

use bytes::Bytes;
use http::HeaderMap;
use qlower_core::webhook::Refusal;

/// A sender of webhooks: what proves that one is genuine, and how its body is read.
pub trait Source: Send + Sync + 'static {
    /// What a body is read into.
    type Event: Clone + fmt::Debug + Send + Sync + 'static;

    /// Verifies headers and body as they came, at a moment in Unix seconds.
    ///
    /// # Errors
    /// A [`Refusal`] if it is not genuine.
    fn verify(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), Refusal>;

    /// Reads a body that was verified.
    ///
    /// # Errors
    /// [`Unreadable`] if it is genuine and cannot be read all the same.
    fn read(&self, body: &Bytes) -> Result<Self::Event, Unreadable>;

    /// What an event is known by when it comes again; `None` if nothing is.
    fn key(&self, event: &Self::Event) -> Option<String>;

    /// What kind of event it is, for lists and logs; `None` if it does not say.
    fn event_type(&self, _event: &Self::Event) -> Option<String> {
        None
    }

    /// Whether it is only a call to see that somebody answers: then no handler sees it.
    fn is_ping(&self, _event: &Self::Event) -> bool {
        false
    }
}

/// Why a genuine body cannot be read. It shows nothing of the body.
#[derive(Debug, thiserror::Error)]
#[error("the body of a genuine webhook cannot be read")]
pub struct Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Unreadable {
    /// With its cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
