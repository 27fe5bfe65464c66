//! Opening a file: only a new one or one of the same kind, in a mode in which what is committed lasts.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::error::{SqliteError, SqliteErrorKind};

/// What a file holds, and in which edition.
pub(in crate::receiver) struct Format {
    /// Told to SQLite, which keeps it in the file's head.
    pub(in crate::receiver) application: i32,
    pub(in crate::receiver) version: i64,
    pub(in crate::receiver) schema: &'static str,
}

/// How a file is used.
#[derive(Clone, Debug)]
pub(in crate::receiver) struct Limits {
    pub(in crate::receiver) max_bytes: u64,
    pub(in crate::receiver) busy_timeout: Duration,
}

/// How long a write waits for other processes.
pub(in crate::receiver) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Largest file.
pub(in crate::receiver) const MAX_BYTES: u64 = 8 << 30;

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: MAX_BYTES, busy_timeout: BUSY_TIMEOUT }
    }
}

pub(super) fn open(path: &Path, format: &Format, limits: &Limits) -> Result<Connection, SqliteError> {
    create(path).map_err(|error| SqliteError::new(SqliteErrorKind::NotOpened, path).because(error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| SqliteError::of(error, path))?;
    let failed = |error| SqliteError::of(error, path);
    connection.busy_timeout(limits.busy_timeout).map_err(failed)?;
    identify(&mut connection, path, format)?;
    if connection.is_readonly("main").map_err(failed)? {
        return Err(SqliteError::new(SqliteErrorKind::ReadOnly, path));
    }
    let mode = write_ahead(&connection, limits.busy_timeout).map_err(failed)?;
    if mode != "wal" {
        let cause = std::io::Error::other(format!("it cannot be shared where it is: journal mode {mode}"));
        return Err(SqliteError::new(SqliteErrorKind::NotOpened, path).because(cause));
    }
    settle(&connection, limits).map_err(failed)?;
    Ok(connection)
}

/// Made by hand, so that nobody else may read it at any moment; what SQLite puts beside it has the same mode. One that is there
/// is not touched: to close it would end the locks that this process has on it.
fn create(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        opened => opened.map(drop),
    }
}

/// Looks at the file before anything is written to it.
fn identify(connection: &mut Connection, path: &Path, format: &Format) -> Result<(), SqliteError> {
    let failed = |error| SqliteError::of(error, path);
    // In a transaction, so that nobody makes the file between two looks at it.
    let look = connection.transaction().map_err(failed)?;
    if known(&look, path, format)? {
        return Ok(());
    }
    look.commit().map_err(failed)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    if !known(&transaction, path, format)? {
        transaction.execute_batch(format.schema).map_err(failed)?;
        transaction.pragma_update(None, "application_id", format.application).map_err(failed)?;
        transaction.pragma_update(None, "user_version", format.version).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

/// Whether it is of this kind; not, if it is empty.
fn known(connection: &Connection, path: &Path, format: &Format) -> Result<bool, SqliteError> {
    let failed = |error| SqliteError::of(error, path);
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id").map_err(failed)?, number("user_version").map_err(failed)?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if application == 0 && version == 0 && tables == 0 {
        return Ok(false);
    }
    if application != i64::from(format.application) {
        return Err(SqliteError::new(SqliteErrorKind::NotOurs, path));
    }
    if version > format.version {
        let kind = SqliteErrorKind::LaterVersion { found: version, known: format.version };
        return Err(SqliteError::new(kind, path));
    }
    if version != format.version {
        return Err(SqliteError::new(SqliteErrorKind::NotOurs, path));
    }
    Ok(true)
}

/// While another process does the same, this one fails without waiting.
fn write_ahead(connection: &Connection, limit: Duration) -> rusqlite::Result<String> {
    let begin = Instant::now();
    loop {
        let mode = connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0));
        match mode {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begin.elapsed() < limit => {
                std::thread::sleep(Duration::from_millis(10));
            }
            mode => return mode,
        }
    }
}

fn settle(connection: &Connection, limits: &Limits) -> rusqlite::Result<()> {
    // A commit is on the disk when it returns; on macOS that takes a call of its own.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    // What is removed is overwritten.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages =
        u32::try_from(limits.max_bytes / u64::from(page.max(512))).unwrap_or(u32::MAX - 1).clamp(1, u32::MAX - 1);
    connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
}
