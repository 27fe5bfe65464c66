//! A durable queue: events are kept first, answered, and handled in the background.

mod backoff;
mod builder;
mod dead;
mod error;
mod lock;
mod rows;
mod workers;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use qlower_core::webhook::Answer;
use tokio::sync::Notify;

use super::sqlite::{Database, now};
use super::telling::TARGET;
use super::{Intake, Received, Source};
use crate::chain::Chain;
use rows::{Fresh, Kept};
use workers::Workers;

pub use builder::SpoolBuilder;
pub use dead::DeadLetter;
pub use error::SpoolError;
pub use rows::SpoolCounts;

/// Keeps events in a SQLite file and answers at once; workers handle them in the background, and try again what fails.
///
/// It is an [`Intake`] for a receiver. Cheap to clone: all clones are the same spool.
///
/// - **Nothing is lost.** An event is on the disk (write-ahead log, `synchronous=FULL`) before it is answered 202. Whatever
///   comes meanwhile is written together, so that many connections share one wait for the disk.
/// - **Nothing is taken twice.** An event whose key is in the file is answered 200, and not kept again: as long as it waits or is
///   dead, and for the retention (30 days by default) after it was handled. One without a key is kept each time it comes. Keys
///   are those of one sender: use a file for each.
/// - **At least once.** What was being handled when the process was killed is handled again at the next start. For an effect
///   that happens once, the handler writes the event's id in the same transaction as its effect: see the example.
/// - **In no order.** Events are handled side by side, and what failed comes later. A handler that needs an order has to look at
///   the times in the events.
/// - **Tries.** A handler fails by an error, a panic, or by taking too long (60 s by default). The next try comes after 5 s, then
///   three times as long each time up to 1 h, a fifth more or less by chance; after 16 tries, about nine hours and a half, the
///   event is a [dead letter](Self::dead_letters). One that cannot be read is so at once.
/// - **One process works.** The workers hold a lock on a file beside the spool (`….workers`), which the system ends with the
///   process. A second one waits 5 s for it, and gets [`SpoolError::WorkersElsewhere`]. Any number of processes of the same
///   machine may take events: [`SpoolBuilder::accept_only`]; the workers see those within half a second.
/// - **Limits.** When 100 000 events wait, when the disk is full or the file fails, the answer is 503, and the sender tries again.
/// - **Personal data.** The file holds bodies as they came, until they are handled or discarded; then they are overwritten.
///   On Unix only its owner may read it. It has to be on a local disk.
///
/// # Example: an effect that happens once
/// ```
/// use std::sync::{Arc, Mutex};
///
/// use qlower_client::receiver::{HandlerError, Intake, Qlower, Received, Source, Spool};
/// use qlower_client::webhook::{Answer, Event, Verifier};
/// use rusqlite::Connection;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let accounts = Connection::open(folder.path().join("accounts.sqlite"))?;
/// accounts.execute_batch("CREATE TABLE handled (event_id TEXT PRIMARY KEY); CREATE TABLE sale (event_id TEXT);")?;
/// let accounts = Arc::new(Mutex::new(accounts));
///
/// let source = Arc::new(Qlower::new(Verifier::signed_by(["whsec_acme"])));
/// let in_handler = Arc::clone(&accounts);
/// let spool = Spool::builder(folder.path().join("webhooks.sqlite"), Arc::clone(&source))
///     .start(move |event: Event| {
///         let accounts = Arc::clone(&in_handler);
///         async move {
///             let mut accounts = accounts.lock().map_err(|_| "a handler has panicked")?;
///             let transaction = accounts.transaction()?;
///             // Nothing is inserted the second time: it was done by a process that did not live to note it.
///             if transaction.execute("INSERT OR IGNORE INTO handled VALUES (?1)", [event.id()])? == 1 {
///                 transaction.execute("INSERT INTO sale VALUES (?1)", [event.id()])?;
///             }
///             transaction.commit()?;
///             Ok::<(), HandlerError>(())
///         }
///     })
///     .await?;
///
/// // With a receiver: `Receiver::builder(source).intake(spool.clone())`. This is what it does:
/// let body = bytes::Bytes::from_static(br#"{"event_type": "order.refunded", "event_id": "evt_1"}"#);
/// for answer in [Answer::Accepted, Answer::Duplicate] {
///     let event = source.read(&body)?;
///     let received = Received { key: source.key(&event), event: Ok(event), body: body.clone() };
///     assert_eq!(spool.take(received).await, answer);
/// }
///
/// while spool.counts().await?.done < 1 {
///     tokio::time::sleep(std::time::Duration::from_millis(10)).await;
/// }
/// let sales: i64 = accounts.lock().unwrap().query_row("SELECT count(*) FROM sale", [], |row| row.get(0))?;
/// assert_eq!(sales, 1);
/// assert_eq!(spool.stop().await, 0);
/// # Ok(())
/// # }
/// ```
pub struct Spool<S: Source>(Arc<Shared<S>>);

struct Shared<S: Source> {
    database: Database,
    source: Arc<S>,
    max_waiting: u64,
    news: Arc<Notify>,
    workers: Mutex<Option<Workers>>,
}

impl<S: Source> Spool<S> {
    /// A spool in this file, for the events of this sender.
    pub fn builder(path: impl Into<PathBuf>, source: S) -> SpoolBuilder<S> {
        SpoolBuilder::new(path.into(), source)
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.database.path()
    }

    /// How many events it holds.
    ///
    /// # Errors
    /// [`SpoolError::File`] if the file fails.
    pub async fn counts(&self) -> Result<SpoolCounts, SpoolError> {
        Ok(self.0.database.run(rows::counts).await?)
    }

    /// Stops the workers: they begin nothing more, and what is running may end within the
    /// [`stop_timeout`](SpoolBuilder::stop_timeout), 30 s by default. Tells how many events were cut short after that; they wait
    /// again.
    ///
    /// The spool still takes events, for the workers of the next start. Stop serving first, though.
    pub async fn stop(&self) -> usize {
        let workers = self.0.workers.lock().unwrap_or_else(PoisonError::into_inner).take();
        match workers {
            Some(workers) => workers.stop().await,
            None => 0,
        }
    }

    fn employ(&self, workers: Workers) {
        *self.0.workers.lock().unwrap_or_else(PoisonError::into_inner) = Some(workers);
    }

    fn database(&self) -> &Database {
        &self.0.database
    }

    fn wake(&self) {
        self.0.news.notify_one();
    }
}

#[async_trait]
impl<S: Source> Intake<S::Event> for Spool<S> {
    async fn take(&self, received: Received<S::Event>) -> Answer {
        let (event_type, dead) = match &received.event {
            Ok(event) => (self.0.source.event_type(event), None),
            Err(error) => (None, Some(workers::text(error))),
        };
        let max_waiting = self.0.max_waiting;
        let fresh = Fresh { key: received.key, event_type, body: received.body, dead };
        let kept = self.0.database.run_if_awaited(move |connection| rows::keep(connection, &fresh, now(), max_waiting));
        match kept.await {
            Ok(Kept::New) => {
                self.wake();
                Answer::Accepted
            }
            Ok(Kept::Known) => Answer::Duplicate,
            Ok(Kept::Full) => {
                tracing::error!(target: TARGET, max_waiting, "the spool is full; another try was asked for");
                Answer::Busy
            }
            Err(error) => {
                tracing::error!(target: TARGET, error = %Chain(&error), "an event could not be kept");
                Answer::Busy
            }
        }
    }
}

impl<S: Source> Clone for Spool<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Source> fmt::Debug for Spool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool")
            .field("path", &self.path())
            .field("max_waiting", &self.0.max_waiting)
            .finish_non_exhaustive()
    }
}
