//! Settings of a spool.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use super::backoff::Backoff;
use super::error::SpoolError;
use super::lock::Lock;
use super::rows::{self, FORMAT};
use super::workers::{self, Limits};
use super::{Shared, Spool};
use crate::receiver::handler::AnyHandler;
use crate::receiver::sqlite::{self, Database, RETENTION, Upkeep, before, now};
use crate::receiver::{Handler, Source};

/// Settings of a [`Spool`]; the defaults do for most.
#[derive(Debug)]
#[must_use]
pub struct SpoolBuilder<S: Source> {
    path: PathBuf,
    source: S,
    file: sqlite::Limits,
    retention: Duration,
    max_waiting: u64,
    lock_timeout: Duration,
    workers: Limits,
}

impl<S: Source> SpoolBuilder<S> {
    pub(super) fn new(path: PathBuf, source: S) -> Self {
        Self {
            path,
            source,
            file: sqlite::Limits::default(),
            retention: RETENTION,
            max_waiting: 100_000,
            lock_timeout: Duration::from_secs(5),
            workers: Limits {
                concurrency: 16,
                handling_timeout: Duration::from_secs(60),
                stop_timeout: Duration::from_secs(30),
                backoff: Backoff::default(),
            },
        }
    }

    /// How many events are handled at once; 16 by default.
    pub const fn concurrency(mut self, events: u32) -> Self {
        self.workers.concurrency = events;
        self
    }

    /// How long a handler may take; 60 s by default. Then it is cancelled where it waits next, and has failed.
    pub const fn handling_timeout(mut self, timeout: Duration) -> Self {
        self.workers.handling_timeout = timeout;
        self
    }

    /// How often an event is tried before it is a dead letter; 16 by default, with the default waits over about nine hours and a
    /// half. A try that the process did not survive counts.
    pub const fn max_tries(mut self, tries: u32) -> Self {
        self.workers.backoff.max_tries = tries;
        self
    }

    /// The wait after a first failed try; 5 s by default. Each further one is three times as long, up to
    /// [`max_delay`](Self::max_delay), and all are up to a fifth longer or shorter by chance.
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.workers.backoff.base_delay = delay;
        self
    }

    /// The longest wait between tries; 1 h by default.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.workers.backoff.max_delay = delay;
        self
    }

    /// How many events may wait; 100 000 by default. Further ones are answered 503, and sent again later.
    pub const fn max_waiting(mut self, events: u64) -> Self {
        self.max_waiting = events;
        self
    }

    /// How large the file may grow, in bytes; 8 GiB by default. Further events are answered 503.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.file.max_bytes = bytes;
        self
    }

    /// How long the keys of handled events are remembered; [`RETENTION`] by default. It has to be longer than the sender tries.
    pub const fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// How long to wait for other processes that write to the file; 5 s by default.
    pub const fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.file.busy_timeout = timeout;
        self
    }

    /// How long [`start`](Self::start) waits for the workers of another process to end; 5 s by default.
    pub const fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// How long [`Spool::stop`] lets running work go on; 30 s by default.
    pub const fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.workers.stop_timeout = timeout;
        self
    }

    /// Opens the file, or makes a new one, and starts workers: what waits, and what was being handled when the last process
    /// ended, is handled. It wants a Tokio runtime.
    ///
    /// # Errors
    /// [`SpoolError::WorkersElsewhere`] if another process runs workers; [`SpoolError::File`] if the file cannot be opened, or
    /// is none of this kind and version; [`SpoolError::Zero`] for a setting with which nothing would be done.
    pub async fn start(self, handler: impl Handler<S::Event>) -> Result<Spool<S>, SpoolError> {
        for (name, zero) in [
            ("the number of events at once", self.workers.concurrency == 0),
            ("the number of tries", self.workers.backoff.max_tries == 0),
            ("the handling time-out", self.workers.handling_timeout.is_zero()),
        ] {
            if zero {
                return Err(SpoolError::Zero(name));
            }
        }
        let (limits, patience) = (self.workers, self.lock_timeout);
        let spool = self.open().await?;
        let Shared { database, source, news, .. } = &*spool.0;
        let lock = Lock::acquire(database.path(), patience).await?;
        let (source, news) = (Arc::clone(source), Arc::clone(news));
        let handler = AnyHandler::new(handler);
        let workers = workers::start(database.clone(), source, handler, limits, news, lock).await?;
        spool.employ(workers);
        Ok(spool)
    }

    /// Opens the file, or makes a new one, to take events that another process handles. There may be any number of these.
    ///
    /// # Errors
    /// [`SpoolError::File`] if the file cannot be opened, or is none of this kind and version; [`SpoolError::Zero`] for a
    /// setting with which nothing would be taken.
    pub async fn accept_only(self) -> Result<Spool<S>, SpoolError> {
        self.open().await
    }

    async fn open(self) -> Result<Spool<S>, SpoolError> {
        if self.max_waiting == 0 {
            return Err(SpoolError::Zero("the number of events that may wait"));
        }
        let retention = self.retention;
        let upkeep: Upkeep = Box::new(move |connection| rows::prune(connection, before(now(), retention)));
        let database = Database::open(self.path, &FORMAT, self.file, upkeep).await?;
        Ok(Spool(Arc::new(Shared {
            database,
            source: Arc::new(self.source),
            max_waiting: self.max_waiting,
            news: Arc::new(Notify::new()),
            workers: Mutex::new(None),
        })))
    }
}
