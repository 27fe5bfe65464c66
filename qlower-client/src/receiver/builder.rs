//! Settings of a receiver.

use std::sync::Arc;
use std::time::Duration;

use qlower_core::webhook::{
    BODY_TIMEOUT_SECONDS, HANDLING_TIMEOUT_SECONDS, LEASE_SECONDS, MAX_BODY_BYTES, MAX_CONCURRENCY,
    SENDER_TIMEOUT_SECONDS,
};

use super::direct::Direct;
use super::flights::Flights;
use super::handler::AnyHandler;
use super::{DedupeStore, Handler, Inner, Intake, Receiver, SettingsError, Source};

/// Chooses the settings of a [`Receiver`].
///
/// It wants either a [`handler`](Self::handler) with a [`store`](Self::store) (or the word that it keeps events
/// in its [`own_transaction`](Self::own_transaction)), or an [`intake`](Self::intake).
#[must_use]
pub struct ReceiverBuilder<S: Source> {
    source: S,
    handler: Option<AnyHandler<S::Event>>,
    store: Option<Box<dyn DedupeStore>>,
    own_transaction: bool,
    intake: Option<Arc<dyn Intake<S::Event>>>,
    lease: Duration,
    max_concurrency: u32,
    settings: Settings,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) max_body_bytes: usize,
    pub(super) body_timeout: Duration,
    pub(super) handling_timeout: Duration,
    pub(super) retry_refused: bool,
}

impl<S: Source> ReceiverBuilder<S> {
    pub(super) fn new(source: S) -> Self {
        Self {
            source,
            handler: None,
            store: None,
            own_transaction: false,
            intake: None,
            lease: Duration::from_secs(LEASE_SECONDS),
            max_concurrency: MAX_CONCURRENCY,
            settings: Settings {
                max_body_bytes: MAX_BODY_BYTES,
                body_timeout: Duration::from_secs(BODY_TIMEOUT_SECONDS),
                handling_timeout: Duration::from_secs(HANDLING_TIMEOUT_SECONDS),
                retry_refused: false,
            },
        }
    }

    /// Sets what is done with an event, while the sender waits.
    pub fn handler(mut self, handler: impl Handler<S::Event>) -> Self {
        self.handler = Some(AnyHandler::new(handler));
        self
    }

    /// Sets what remembers the events that the handler has handled.
    pub fn store(mut self, store: impl DedupeStore) -> Self {
        self.store = Some(Box::new(store));
        self
    }

    /// Says that the handler remembers events in its own transaction, and does nothing for one that it remembers: nothing else
    /// does an effect exactly once. Events that come again reach the handler, one at a time for each key.
    pub const fn own_transaction(mut self) -> Self {
        self.own_transaction = true;
        self
    }

    /// Sets what takes the events, instead of a handler: a queue that keeps them for later, for instance.
    pub fn intake(mut self, intake: impl Intake<S::Event>) -> Self {
        self.intake = Some(Arc::new(intake));
        self
    }

    /// Sets the largest body, in bytes; [`MAX_BODY_BYTES`] by default. A larger one is answered 413, and given up by its
    /// sender.
    pub const fn max_body_bytes(mut self, limit: usize) -> Self {
        self.settings.max_body_bytes = limit;
        self
    }

    /// Sets how long a body may take to arrive; [`BODY_TIMEOUT_SECONDS`] by default, and never longer than
    /// [`handling_timeout`](Self::handling_timeout). A later one is answered 408, and sent again.
    pub const fn body_timeout(mut self, timeout: Duration) -> Self {
        self.settings.body_timeout = timeout;
        self
    }

    /// Sets when a webhook is answered at the latest, counted from its head; [`HANDLING_TIMEOUT_SECONDS`] by default, and always
    /// less than [`SENDER_TIMEOUT_SECONDS`]. The work goes on after that; the sender is asked to try again, and finds it done.
    pub const fn handling_timeout(mut self, timeout: Duration) -> Self {
        self.settings.handling_timeout = timeout;
        self
    }

    /// Sets how long a claim of the store holds if this process dies over the work; [`LEASE_SECONDS`] by default. Work that takes
    /// longer may be begun again by another process.
    pub const fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how many events are worked on at once, those included that nobody waits for any more; 256 by default. A further one
    /// is answered 503, and sent again.
    pub const fn max_concurrency(mut self, limit: u32) -> Self {
        self.max_concurrency = limit;
        self
    }

    /// Has what is not genuine answered 503 instead of 401, so that it is sent again: for the hours in which a new secret is
    /// rolled out, and a wrong one would cost genuine webhooks. Not by default.
    pub const fn retry_refused(mut self, retry: bool) -> Self {
        self.settings.retry_refused = retry;
        self
    }

    /// Makes the receiver.
    ///
    /// # Errors
    /// [`SettingsError`] for settings with which nothing could be accepted, or something be lost.
    pub fn build(self) -> Result<Receiver<S>, SettingsError> {
        let Settings { max_body_bytes, body_timeout, handling_timeout, .. } = self.settings;
        for (name, is_zero) in [
            ("the largest body", max_body_bytes == 0),
            ("the body time-out", body_timeout.is_zero()),
            ("the handling time-out", handling_timeout.is_zero()),
            ("the number of events at once", self.max_concurrency == 0),
        ] {
            if is_zero {
                return Err(SettingsError::Zero(name));
            }
        }
        if handling_timeout >= Duration::from_secs(SENDER_TIMEOUT_SECONDS) {
            return Err(SettingsError::HandlingTimeout(handling_timeout));
        }
        if self.lease <= handling_timeout {
            return Err(SettingsError::Lease(self.lease));
        }
        self.source.check()?;
        let intake = match (self.intake, self.handler, self.store) {
            (Some(intake), None, None) if !self.own_transaction => intake,
            (Some(_), ..) => return Err(SettingsError::HandlerAndIntake),
            (None, None, _) => return Err(SettingsError::NoHandler),
            (None, Some(_), None) if !self.own_transaction => return Err(SettingsError::NoStore),
            (None, Some(_), Some(_)) if self.own_transaction => return Err(SettingsError::StoreAndOwnTransaction),
            (None, Some(handler), store) => Arc::new(Direct { handler, store, lease: self.lease }),
        };
        let flights = Arc::new(Flights::new(self.max_concurrency));
        Ok(Receiver(Arc::new(Inner { source: self.source, intake, flights, settings: self.settings })))
    }
}
