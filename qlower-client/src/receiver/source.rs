//! Who sends, how it is verified, and what it tells.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use qlower_core::webhook::Refusal;

use super::SettingsError;

/// A webhook as it came.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Delivery<'a> {
    /// The path that was called; behind a router, the part that it left.
    pub path: &'a str,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a Bytes,
    /// When it came, in Unix seconds.
    pub now: i64,
}

impl fmt::Debug for Delivery<'_> {
    /// Without what may be secret or personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { headers, body, now, .. } = self;
        write!(f, "Delivery({} headers, {} bytes, at {now})", headers.len(), body.len())
    }
}

/// A sender of webhooks: what proves that one is genuine, and how its body is read.
pub trait Source: Send + Sync + 'static {
    /// What a body is read into.
    type Event: fmt::Debug + Send + Sync + 'static;

    /// Whether anything can be accepted with these settings at all. A receiver asks once, before it takes anything.
    ///
    /// # Errors
    /// What is wrong with them.
    fn check(&self) -> Result<(), SettingsError> {
        Ok(())
    }

    /// Whether the address goes on after the path it is mounted at, by one segment that [`Source::verify`] judges.
    fn has_secret_segment(&self) -> bool {
        false
    }

    /// Verifies headers and body as they came.
    ///
    /// # Errors
    /// A [`Refusal`] if it is not genuine.
    fn verify(&self, delivery: &Delivery<'_>) -> Result<(), Refusal>;

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

impl<S: Source + ?Sized> Source for Arc<S> {
    type Event = S::Event;

    fn check(&self) -> Result<(), SettingsError> {
        (**self).check()
    }

    fn has_secret_segment(&self) -> bool {
        (**self).has_secret_segment()
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        (**self).verify(delivery)
    }

    fn read(&self, body: &Bytes) -> Result<Self::Event, Unreadable> {
        (**self).read(body)
    }

    fn key(&self, event: &Self::Event) -> Option<String> {
        (**self).key(event)
    }

    fn event_type(&self, event: &Self::Event) -> Option<String> {
        (**self).event_type(event)
    }

    fn is_ping(&self, event: &Self::Event) -> bool {
        (**self).is_ping(event)
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
