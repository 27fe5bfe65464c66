//! One thread that owns a file, and writes whatever waits in one transaction.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::error::{SqliteError, SqliteErrorKind};
use super::file::{self, Format, Limits};

/// Operations that may wait.
const QUEUE: usize = 512;
/// Operations of one transaction.
const BATCH: usize = 256;
const UPKEEP_EVERY: Duration = Duration::from_secs(60);

/// Removes what is past its time in small steps; tells whether there may be more.
pub(in crate::receiver) type Upkeep = Box<dyn Fn(&Connection) -> rusqlite::Result<bool> + Send>;

/// A handle; the file is closed when the last one is gone, and what was asked for by then is done.
#[derive(Clone)]
pub(in crate::receiver) struct Database {
    queue: mpsc::Sender<Box<dyn Operation>>,
    path: Arc<Path>,
}

impl Database {
    pub(in crate::receiver) async fn open(
        path: PathBuf,
        format: &'static Format,
        limits: Limits,
        upkeep: Upkeep,
    ) -> Result<Self, SqliteError> {
        let (queue, operations) = mpsc::channel(QUEUE);
        let (opened, outcome) = oneshot::channel();
        let path: Arc<Path> = path.into();
        let file = Arc::clone(&path);
        let work = move || match file::open(&file, format, &limits) {
            Ok(connection) => {
                if opened.send(Ok(())).is_ok() {
                    Owner { connection, file, upkeep, due: Instant::now() }.serve(operations);
                }
            }
            Err(error) => drop(opened.send(Err(error))),
        };
        let closed = |path: &Path| SqliteError::new(SqliteErrorKind::Closed, path);
        std::thread::Builder::new()
            .name("qlower-sqlite".to_owned())
            .spawn(work)
            .map_err(|error| closed(&path).because(error))?;
        outcome.await.unwrap_or_else(|_| Err(closed(&path)))?;
        Ok(Self { queue, path })
    }

    /// Does something, and returns once it is on the disk. It is done even if nobody waits for it any more.
    pub(in crate::receiver) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SqliteError> {
        self.queued(work, false).await
    }

    /// Does something, unless nobody waits for it any more when its turn comes.
    pub(in crate::receiver) async fn run_if_awaited<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SqliteError> {
        self.queued(work, true).await
    }

    async fn queued<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
        lapses: bool,
    ) -> Result<T, SqliteError> {
        let (reply, outcome) = oneshot::channel();
        let task = Task { work, result: None, reply, lapses };
        let closed = || SqliteError::new(SqliteErrorKind::Closed, &self.path);
        self.queue.send(Box::new(task)).await.map_err(|_| closed())?;
        outcome.await.unwrap_or_else(|_| Err(closed()))
    }

    pub(in crate::receiver) fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("path", &self.path).finish_non_exhaustive()
    }
}

/// It may be run twice: again by itself, after the transaction that it shared with others has failed.
trait Operation: Send {
    fn is_wanted(&self) -> bool;
    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()>;
    fn end(self: Box<Self>, failure: Option<SqliteError>);
}

struct Task<F, T> {
    work: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, SqliteError>>,
    lapses: bool,
}

impl<F, T> Operation for Task<F, T>
where
    F: Fn(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn is_wanted(&self) -> bool {
        !(self.lapses && self.reply.is_closed())
    }

    fn run(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.result = Some((self.work)(connection)?);
        Ok(())
    }

    fn end(self: Box<Self>, failure: Option<SqliteError>) {
        // Whoever asked may be gone; the work is done all the same.
        let _gone = match (failure, self.result) {
            (None, Some(result)) => self.reply.send(Ok(result)),
            (Some(failure), _) => self.reply.send(Err(failure)),
            (None, None) => return,
        };
    }
}

struct Owner {
    connection: Connection,
    file: Arc<Path>,
    upkeep: Upkeep,
    due: Instant,
}

/// Where a transaction failed.
enum Failed {
    /// Before any of the work: waiting for it once is enough.
    Begin(rusqlite::Error),
    Work(rusqlite::Error),
}

impl Owner {
    fn serve(mut self, mut operations: mpsc::Receiver<Box<dyn Operation>>) {
        let mut batch = Vec::with_capacity(BATCH);
        // While one transaction goes to the disk, those who come meanwhile wait for the next.
        while operations.blocking_recv_many(&mut batch, BATCH) > 0 {
            batch.retain(|operation| operation.is_wanted());
            self.run(std::mem::take(&mut batch));
            self.keep_up();
        }
    }

    fn run(&mut self, mut batch: Vec<Box<dyn Operation>>) {
        if batch.is_empty() {
            return;
        }
        match self.together(&mut batch) {
            Ok(()) => batch.into_iter().for_each(|operation| operation.end(None)),
            Err(Failed::Work(_)) if batch.len() > 1 => {
                for operation in batch {
                    self.run(vec![operation]);
                }
            }
            Err(Failed::Begin(error) | Failed::Work(error)) => {
                let error = SqliteError::of(error, &self.file);
                batch.into_iter().for_each(|operation| operation.end(Some(error.clone())));
            }
        }
    }

    fn together(&mut self, batch: &mut [Box<dyn Operation>]) -> Result<(), Failed> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failed::Begin)?;
        for operation in batch {
            operation.run(&transaction).map_err(Failed::Work)?;
        }
        transaction.commit().map_err(Failed::Work)
    }

    fn keep_up(&mut self) {
        if Instant::now() < self.due {
            return;
        }
        let more = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).and_then(|transaction| {
            let more = (self.upkeep)(&transaction)?;
            transaction.commit().map(|()| more)
        });
        let wait = match more {
            Ok(true) => Duration::from_millis(100),
            Ok(false) => UPKEEP_EVERY,
            Err(error) => {
                let error = SqliteError::of(error, &self.file);
                tracing::warn!(error = &error as &dyn std::error::Error, "what is past its time could not be removed");
                UPKEEP_EVERY
            }
        };
        self.due = Instant::now() + wait;
    }
}
