//! Where an event goes once it is known to be genuine.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use qlower_core::webhook::Answer;

use super::Unreadable;

/// An event that was verified and is not a ping.
pub struct Received<E> {
    /// The event, or why it cannot be read.
    pub event: Result<E, Unreadable>,
    /// What it is known by when it comes again, if anything is.
    pub key: Option<String>,
    /// The body as it came.
    pub body: Bytes,
}

impl<E> fmt::Debug for Received<E> {
    /// Without what it tells, which may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, key, body } = self;
        let event = event.as_ref().map(|_| ());
        f.debug_struct("Received").field("event", &event).field("key", key).field("bytes", &body.len()).finish()
    }
}

/// Takes events: does the work at once, or keeps them for later.
///
/// A receiver calls it on a task of its own, which goes on when the sender hangs up or the time for an answer is over, and never
/// twice at once for the same key.
#[async_trait]
pub trait Intake<E>: Send + Sync + 'static {
    /// Takes one, and tells how it is to be answered.
    async fn take(&self, received: Received<E>) -> Answer;
}

#[async_trait]
impl<E: Send + 'static, I: Intake<E> + ?Sized> Intake<E> for Arc<I> {
    async fn take(&self, received: Received<E>) -> Answer {
        (**self).take(received).await
    }
}
