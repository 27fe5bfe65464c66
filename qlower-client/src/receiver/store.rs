//! What remembers the events that were handled.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Claim {
    /// Nobody has handled it: it is the caller's now, for the time of the lease.
    New,
    /// It was handled.
    Handled,
    /// Somebody else is at it, and the lease still runs.
    Busy,
}

/// A store that cannot be read or written just now.
#[derive(Debug, thiserror::Error)]
#[error("the store of handled webhooks failed")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// With its cause.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Remembers which events were handled, so that one that comes again is handled once.
///
/// An event is claimed before the work, and completed after it, or released when the work has failed. Whoever dies in between
/// leaves a claim, which runs out after its lease: then the event is handled again when it comes again. So with a store alone
/// an effect may happen twice after a crash; where that must not be, the event's key goes into the same transaction as the
/// work.
///
/// Within one receiver there is one claim of a key at a time. Where several processes share a store, it has to know the claims
/// of each, so that what one of them releases late is not the newer claim of another.
#[async_trait]
pub trait DedupeStore: Send + Sync + 'static {
    /// Claims a key, in one step that no other claim can come between.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails: the event is then not handled, and the sender asked to try again.
    async fn claim(&self, key: &str, lease: Duration) -> Result<Claim, StoreError>;

    /// The work is done: the key is handled from now on.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    async fn complete(&self, key: &str) -> Result<(), StoreError>;

    /// The work has failed: the key may be claimed again at once.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails.
    async fn release(&self, key: &str) -> Result<(), StoreError>;
}

#[async_trait]
impl<S: DedupeStore + ?Sized> DedupeStore for Arc<S> {
    async fn claim(&self, key: &str, lease: Duration) -> Result<Claim, StoreError> {
        (**self).claim(key, lease).await
    }

    async fn complete(&self, key: &str) -> Result<(), StoreError> {
        (**self).complete(key).await
    }

    async fn release(&self, key: &str) -> Result<(), StoreError> {
        (**self).release(key).await
    }
}
