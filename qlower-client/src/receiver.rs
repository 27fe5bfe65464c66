//! Endpoints that take webhooks: verified, handled once, and answered so that nothing is lost.
//!
//! A [`Receiver`] takes the webhooks of one sender ([`Qlower`], [`Keyclic`], [`Vehicle`], or a [`Source`] of your own): an
//! axum router, a tower service for any HTTP server, or a function for other frameworks ([`Receiver::answer`]). [`serve`] is a
//! small server with a limit for everything.
//!
//! # Example: orders of Qlower, beside other routes
//! ```
//! use qlower_client::receiver::{MemoryStore, Qlower, Receiver, SettingsError};
//! use qlower_client::webhook::{Event, Verifier};
//!
//! # fn example(secret: String) -> Result<axum::Router, SettingsError> {
//! let receiver = Receiver::builder(Qlower::new(Verifier::signed_by([secret])))
//!     .handler(async |event: Event| {
//!         if let Some(order) = event.order() {
//!             println!("order {} of {}", order.order_id, order.order.total_amount);
//!         }
//!         Ok(())
//!     })
//!     .store(MemoryStore::default())
//!     .build()?;
//! let app = axum::Router::new().merge(receiver.router("/webhooks/qlower"));
//! # Ok(app)
//! # }
//! # assert!(example("whsec_acme".into()).is_ok());
//! ```
//!
//! # Three ways to handle once
//!
//! Senders send again: after a failure, a time-out, or an answer that was lost. Qlower's events carry the same `event_id` then.
//!
//! | way | when | what happens twice |
//! | --- | --- | --- |
//! | [`handler`](ReceiverBuilder::handler) and [`store`](ReceiverBuilder::store) | the work is done in seconds, and a second time does no great harm (a mail) | the work whose process died, or whose store failed, between the work and the note of it |
//! | `handler` and [`own_transaction`](ReceiverBuilder::own_transaction) | the work is a change in your database | nothing: note and work are one transaction |
//! | [`intake`](ReceiverBuilder::intake) with a [`Spool`], a queue in a file | the work takes long, or what it needs may be away for longer than the sender tries | as with a handler, but the sender has its answer at once |
//!
//! In each of them one event is worked on once at a time in this process: a second delivery waits for the outcome of the first,
//! and is answered alike. The work goes on when the sender hangs up or the time for an answer is over.
//!
//! # Example: note and work in one transaction
//! ```
//! use std::sync::{Arc, Mutex, PoisonError};
//!
//! use qlower_client::receiver::{HandlerError, Qlower, Receiver};
//! use qlower_client::webhook::{Event, Verifier, now, sign};
//! use rusqlite::Connection;
//!
//! fn record(database: &mut Connection, event: &Event) -> Result<(), HandlerError> {
//!     let Some(order) = event.order() else { return Ok(()) };
//!     let transaction = database.transaction()?;
//!     let new = transaction.execute("INSERT INTO handled VALUES (?1) ON CONFLICT DO NOTHING", [event.id()])?;
//!     if new == 1 {
//!         let total = order.order.total_amount.to_string();
//!         transaction.execute("INSERT INTO sales VALUES (?1, ?2)", (order.order_id, total))?;
//!     }
//!     Ok(transaction.commit()?)
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let database = Connection::open_in_memory()?;
//! database.execute_batch("CREATE TABLE handled (event_id TEXT PRIMARY KEY); CREATE TABLE sales (order_id, total)")?;
//! let database = Arc::new(Mutex::new(database));
//!
//! let shared = Arc::clone(&database);
//! let receiver = Receiver::builder(Qlower::new(Verifier::signed_by(["whsec_acme"])))
//!     .handler(move |event: Event| {
//!         let database = Arc::clone(&shared);
//!         async move {
//!             // A database that waits for the disk belongs on a thread that may wait.
//!             let work = move || record(&mut database.lock().unwrap_or_else(PoisonError::into_inner), &event);
//!             tokio::task::spawn_blocking(work).await?
//!         }
//!     })
//!     .own_transaction()
//!     .build()?;
//!
//! let body = r#"{"event_type": "order.created", "event_id": "evt_1", "order_id": 3051,
//!     "timestamp": "2026-08-05T08:42:18+00:00", "customer": {"email": "marie.martin@example.com"},
//!     "order": {"total_amount": 315.0, "currency": "EUR", "payment_date": "2026-08-05T08:42:18+00:00",
//!         "is_subscription": true, "products": [], "coverage": []}}"#;
//! for _ in 0..2 {
//!     let headers = [("X-Qlower-Signature", sign("whsec_acme", body.as_bytes(), now()))];
//!     assert_eq!(receiver.answer("POST", "/", headers, body).await.status(), 200);
//! }
//! let database = database.lock().unwrap();
//! let sales = database.query_row("SELECT count(*), sum(total) FROM sales", (), |row| Ok((row.get(0)?, row.get(1)?)))?;
//! assert_eq!(sales, (1, 315.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is answered
//!
//! | what came | answer | what the sender does |
//! | --- | --- | --- |
//! | no `POST` | 405, with `Allow: POST` | |
//! | a content type that is not JSON | 415 | gives up |
//! | a body beyond the limit (1 MiB) | 413, at once if it was announced | gives up |
//! | a body that is not there in time (10 s) | 408 | tries again |
//! | what is not genuine | 401 without a detail; the reason is in the log | gives up |
//! | the same, while [`retry_refused`](ReceiverBuilder::retry_refused) is set | 503 | tries again |
//! | genuine, but unreadable | 500, and the log has the place; 202 where a [`Spool`] keeps it | tries again after 500 |
//! | a ping | 200, and no handler sees it | |
//! | an event that was handled | 200 | |
//! | a new event, handled | 200; 202 once a [`Spool`] has kept it | |
//! | a new event, and the handler fails or panics | 500 | tries again |
//! | one that another process works on | 503 | tries again |
//! | work that takes longer than 25 s | 503; it goes on | tries again, and finds it done |
//! | a store that fails, or too much work at once | 503 | tries again |
//!
//! # What is told
//!
//! By `tracing`, target `qlower_client::receiver`: `ERROR` for what failed or cannot be read (`error`, `event`), `WARN` for
//! what was refused (`credential`, `reason`) or takes too long, `INFO` for what was handled, accepted or a duplicate (`event`),
//! `DEBUG` for the rest. No body, secret or personal data is in it, unless a handler's own errors hold some.
//!
//! All of this comes with feature `receiver`.

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
mod spool;
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
pub use spool::{DeadLetter, Spool, SpoolBuilder, SpoolCounts, SpoolError};
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
