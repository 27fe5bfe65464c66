//! Where an event goes once it is known to be genuine.

use async_trait::async_trait;
use bytes::Bytes;
use qlower_core::webhook::Answer;

/// An event that was verified and is not a ping.
#[derive(Clone, Debug)]
pub struct Received<E> {
    /// The event; `None` if it cannot be read.
    pub event: Option<E>,
    /// What it is known by when it comes again, if anything is.
    pub key: Option<String>,
    /// The body as it came.
    pub body: Bytes,
}

/// Takes events: does the work at once, or keeps them for later.
#[async_trait]
pub trait Intake<E>: Send + Sync + 'static {
    /// Takes one, and tells how it is to be answered. It has to come to an end by itself, in less time than the sender waits.
    async fn take(&self, received: Received<E>) -> Answer;
}
