//! Endpoints that take webhooks: verified, handled once, and answered so that nothing is lost.

mod builder;
mod direct;
mod error;
mod flights;
mod handler;
mod http;
mod intake;
mod keyclic;
mod memory;
mod qlower;
mod serve;
mod source;
mod sqlite;
mod store;
mod telling;
mod vehicle;

use std::fmt;
use std::sync::Arc;

use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use bytes::Bytes;
use qlower_core::webhook::Answer;
use tokio::time::Instant;

use builder::Settings;
use flights::Flights;

pub use builder::ReceiverBuilder;
pub use error::SettingsError;
pub use handler::{Handler, HandlerError};
pub use intake::{Intake, Received};
pub use keyclic::Keyclic;
pub use memory::MemoryStore;
pub use qlower::Qlower;
pub use serve::{Server, serve};
pub use source::{Delivery, Source, Unreadable};
pub use sqlite::{RETENTION, SqliteError, SqliteErrorKind, SqliteStore, SqliteStoreBuilder};
pub use store::{Claim, DedupeStore, StoreError};
pub use vehicle::Vehicle;

/// Takes the webhooks of one sender: verifies them, hands each new one over once, and answers.
///
/// It is a [`tower_service::Service`] of any HTTP request, and cheap to clone: all clones share what they have under way. It
/// wants a Tokio runtime.
pub struct Receiver<S: Source>(Arc<Inner<S>>);

struct Inner<S: Source> {
    source: S,
    intake: Arc<dyn Intake<S::Event>>,
    flights: Arc<Flights>,
    settings: Settings,
}

impl<S: Source> Receiver<S> {
    /// Chooses settings, the defaults of which do for most.
    pub fn builder(source: S) -> ReceiverBuilder<S> {
        ReceiverBuilder::new(source)
    }

    /// An axum router with this receiver at a path, such as `/webhooks/qlower`; behind it comes one more segment if the source
    /// has a secret there.
    ///
    /// # Panics
    /// As axum does for a path that is none: one without a `/` at its beginning, for instance.
    pub fn router(&self, path: &str) -> axum::Router {
        let path = if self.0.source.has_secret_segment() { format!("{path}/{{secret}}") } else { path.to_owned() };
        axum::Router::new().route_service(&path, self.clone())
    }

    /// Judges a webhook whose body was read already, for other frameworks. What they have to see to: a limit for bodies, and the
    /// time in which one has to arrive; the answer's [`status`](Answer::status) and [`body`](Answer::body), with
    /// `Content-Type: application/json`; `Allow: POST` beside 405.
    ///
    /// The headers come as they were received, one item a line; the path is for sources that have a secret in it.
    pub async fn answer<N, V>(
        &self,
        method: &str,
        path: &str,
        headers: impl IntoIterator<Item = (N, V)>,
        body: impl Into<Bytes>,
    ) -> Answer
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]>,
    {
        let deadline = Instant::now() + self.0.settings.handling_timeout;
        // What is no header proves nothing.
        let headers: HeaderMap = headers
            .into_iter()
            .filter_map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_ref()).ok()?;
                Some((name, HeaderValue::from_bytes(value.as_ref()).ok()?))
            })
            .collect();
        let body = body.into();
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let too_large = (body.len() > self.0.settings.max_body_bytes).then_some(Answer::TooLarge);
        if let Some(answer) = http::preliminary(&method, &headers).or(too_large) {
            telling::not_taken(answer);
            return answer;
        }
        self.judge(path, &headers, body, deadline).await
    }

    /// Waits until all work is done, that included for which nobody waits any more. What comes meanwhile is answered 503.
    pub async fn finish(&self) {
        self.0.flights.land().await;
    }

    /// How many events are worked on just now.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.0.flights.count()
    }

    async fn judge(&self, path: &str, headers: &HeaderMap, body: Bytes, deadline: Instant) -> Answer {
        let Inner { source, intake, flights, settings } = &*self.0;
        let delivery = Delivery { path, headers, body: &body, now: crate::webhook::now() };
        if let Err(refusal) = source.verify(&delivery) {
            telling::refused(refusal);
            return if settings.retry_refused { Answer::Busy } else { Answer::Refused };
        }
        let event = source.read(&body);
        let key = match &event {
            Ok(event) if source.is_ping(event) => {
                telling::ping();
                return Answer::Pong;
            }
            Ok(event) => source.key(event),
            Err(problem) => {
                telling::unreadable(problem);
                None
            }
        };
        let intake = Arc::clone(intake);
        let received = Received { event, key: key.clone(), body };
        flights.take(key, deadline, async move { intake.take(received).await }).await
    }
}

impl<S: Source> Clone for Receiver<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Source> fmt::Debug for Receiver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("settings", &self.0.settings).field("under_way", &self.under_way()).finish()
    }
}
