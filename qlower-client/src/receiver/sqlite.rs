//! What remembers the events that were handled, in a SQLite file.

mod database;
mod error;
mod file;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::store::{Claim, DedupeStore, StoreError};
pub(in crate::receiver) use database::{Database, Upkeep};
pub use error::{SqliteError, SqliteErrorKind};
pub(in crate::receiver) use file::{Format, Limits};

/// How long a key is remembered after its event was handled, by default: 30 days. Qlower tries for some hours.
pub const RETENTION: Duration = Duration::from_secs(qlower_core::webhook::RETENTION_SECONDS);
/// Rows that are removed in one step.
pub(in crate::receiver) const PRUNED_AT_ONCE: u32 = 500;

static FORMAT: Format = Format {
    application: i32::from_be_bytes(*b"QlHd"),
    version: 1,
    schema: "
        CREATE TABLE event (
            key TEXT PRIMARY KEY NOT NULL,
            owner INTEGER NOT NULL,
            claimed_until INTEGER,
            handled_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX event_by_age ON event (coalesce(handled_at, claimed_until));
    ",
};

/// Remembers in a SQLite file which events were handled: a [`DedupeStore`] that survives the program, and that several processes
/// of one machine may share.
///
/// - What it tells is on the disk first (write-ahead log, `synchronous=FULL`). Whatever waits is written together, so that many
///   connections share one wait for the disk. The work is done on a thread of its own.
/// - A claim belongs to the store that made it, and ends with its lease; times are those of the machine's clock.
/// - Keys are forgotten after the retention, 30 days by default ([`RETENTION`]), a few at a time.
/// - The file holds keys, and nothing else of an event. On Unix only its owner may read it. It has to be on a local disk.
/// - A file of another program, or of a later version of this one, is never written to.
///
/// # Example: claimed, handled, known
/// ```
/// use std::time::Duration;
///
/// use qlower_client::receiver::{Claim, DedupeStore, SqliteStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path().join("handled.sqlite")).await?;
/// let lease = Duration::from_secs(600);
///
/// assert_eq!(store.claim("evt_1", lease).await?, Claim::New);
/// assert_eq!(store.claim("evt_1", lease).await?, Claim::Busy);
/// store.complete("evt_1").await?;
/// assert_eq!(store.claim("evt_1", lease).await?, Claim::Handled);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    database: Database,
    owner: i64,
}

impl SqliteStore {
    /// Opens a file, or makes a new one.
    ///
    /// # Errors
    /// [`SqliteError`] if it cannot be opened, is no file of this kind, or of a later version.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, SqliteError> {
        Self::builder(path).open().await
    }

    /// A store with settings of its own.
    pub fn builder(path: impl Into<PathBuf>) -> SqliteStoreBuilder {
        SqliteStoreBuilder { path: path.into(), retention: RETENTION, limits: Limits::default() }
    }
}

/// Settings of a [`SqliteStore`].
///
/// ```
/// use std::time::Duration;
///
/// use qlower_client::receiver::SqliteStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let builder = SqliteStore::builder(folder.path().join("handled.sqlite"));
/// let store = builder.retention(Duration::from_secs(7 * 24 * 60 * 60)).open().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SqliteStoreBuilder {
    path: PathBuf,
    retention: Duration,
    limits: Limits,
}

impl SqliteStoreBuilder {
    /// How long a key is remembered after its event was handled; [`RETENTION`] by default. It has to be longer than the sender
    /// tries.
    pub const fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// How large the file may grow, in bytes; 8 GiB by default. Then the store fails until keys are forgotten.
    pub const fn max_bytes(mut self, bytes: u64) -> Self {
        self.limits.max_bytes = bytes;
        self
    }

    /// How long to wait for other processes that write to the file; 5 s by default.
    pub const fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.limits.busy_timeout = timeout;
        self
    }

    /// Opens the file, or makes a new one.
    ///
    /// # Errors
    /// [`SqliteError`] if it cannot be opened, is no file of this kind, or of a later version.
    pub async fn open(self) -> Result<SqliteStore, SqliteError> {
        let retention = self.retention;
        let upkeep: Upkeep = Box::new(move |connection| prune(connection, retention));
        let database = Database::open(self.path, &FORMAT, self.limits, upkeep).await?;
        Ok(SqliteStore { database, owner: fastrand::i64(..) })
    }
}

#[async_trait]
impl DedupeStore for SqliteStore {
    async fn claim(&self, key: &str, lease: Duration) -> Result<Claim, StoreError> {
        let (key, owner) = (key.to_owned(), self.owner);
        let work = move |connection: &Connection| claim(connection, &key, owner, lease);
        self.database.run(work).await.map_err(StoreError::new)
    }

    async fn complete(&self, key: &str) -> Result<(), StoreError> {
        let (key, owner) = (key.to_owned(), self.owner);
        let work = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO event (key, owner, handled_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key) DO UPDATE SET claimed_until = NULL, handled_at = coalesce(handled_at, ?3)",
            )?;
            statement.execute(params![key, owner, now()]).map(drop)
        };
        self.database.run(work).await.map_err(StoreError::new)
    }

    async fn release(&self, key: &str) -> Result<(), StoreError> {
        let (key, owner) = (key.to_owned(), self.owner);
        let work = move |connection: &Connection| {
            let mut statement =
                connection.prepare_cached("DELETE FROM event WHERE key = ?1 AND owner = ?2 AND handled_at IS NULL")?;
            statement.execute(params![key, owner]).map(drop)
        };
        self.database.run(work).await.map_err(StoreError::new)
    }
}

fn claim(connection: &Connection, key: &str, owner: i64, lease: Duration) -> rusqlite::Result<Claim> {
    let now = now();
    let mut statement = connection.prepare_cached(
        "INSERT INTO event (key, owner, claimed_until) VALUES (?1, ?2, ?3)
         ON CONFLICT (key) DO UPDATE SET owner = ?2, claimed_until = ?3
             WHERE handled_at IS NULL AND claimed_until <= ?4",
    )?;
    if statement.execute(params![key, owner, after(now, lease), now])? == 1 {
        return Ok(Claim::New);
    }
    let mut statement = connection.prepare_cached("SELECT handled_at IS NOT NULL FROM event WHERE key = ?1")?;
    let handled: Option<bool> = statement.query_row([key], |row| row.get(0)).optional()?;
    Ok(if handled == Some(true) { Claim::Handled } else { Claim::Busy })
}

fn prune(connection: &Connection, retention: Duration) -> rusqlite::Result<bool> {
    let removed = connection.execute(
        "DELETE FROM event WHERE key IN
             (SELECT key FROM event WHERE coalesce(handled_at, claimed_until) < ?1 LIMIT ?2)",
        params![before(now(), retention), PRUNED_AT_ONCE],
    )?;
    Ok(removed == PRUNED_AT_ONCE as usize)
}

/// Milliseconds since 1970.
pub(in crate::receiver) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(in crate::receiver) fn after(moment: i64, wait: Duration) -> i64 {
    moment.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

pub(in crate::receiver) fn before(moment: i64, wait: Duration) -> i64 {
    moment.saturating_sub(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}
