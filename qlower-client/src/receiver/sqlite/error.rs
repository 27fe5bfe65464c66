//! What a SQLite file answers instead of doing its work.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

/// Why a file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqliteErrorKind {
    /// It cannot be opened or created: no such folder, no permission.
    NotOpened,
    /// It is another program's, or a file of another kind. It was left as it is.
    NotOurs,
    /// A later version of this SDK wrote it. It was left as it is.
    LaterVersion {
        /// The version of the file.
        found: i64,
        /// The latest version that this one reads.
        known: i64,
    },
    /// The disk is full, or the file has reached its limit.
    Full,
    /// It may not be written.
    ReadOnly,
    /// Another process held it locked for longer than the time to wait.
    Locked,
    /// It is damaged.
    Damaged,
    /// It is closed: its owner has stopped.
    Closed,
    /// Anything else: see the source.
    Other,
}

/// A SQLite file that cannot be read or written just now. Nothing was half written.
///
/// It shows the file's path, and nothing of its content.
#[derive(Clone, Debug)]
pub struct SqliteError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: SqliteErrorKind,
    path: PathBuf,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl SqliteError {
    pub(in crate::receiver) fn new(kind: SqliteErrorKind, path: &Path) -> Self {
        Self(Box::new(Inner { kind, path: path.to_owned(), source: None }))
    }

    pub(in crate::receiver) fn because(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(cause));
        self
    }

    pub(super) fn of(cause: rusqlite::Error, path: &Path) -> Self {
        Self::new(kind_of(&cause), path).because(cause)
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> SqliteErrorKind {
        self.0.kind
    }

    /// Which file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }
}

fn kind_of(error: &rusqlite::Error) -> SqliteErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => SqliteErrorKind::Full,
        Some(ErrorCode::ReadOnly) => SqliteErrorKind::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => SqliteErrorKind::Locked,
        Some(ErrorCode::DatabaseCorrupt) => SqliteErrorKind::Damaged,
        Some(ErrorCode::NotADatabase) => SqliteErrorKind::NotOurs,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => SqliteErrorKind::NotOpened,
        _ => SqliteErrorKind::Other,
    }
}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0.path.display();
        match self.0.kind {
            SqliteErrorKind::NotOpened => write!(f, "{path} cannot be opened"),
            SqliteErrorKind::NotOurs => write!(f, "{path} is not a file of this kind; it was left as it is"),
            SqliteErrorKind::LaterVersion { found, known } => {
                write!(
                    f,
                    "{path} has version {found}, and {known} is the latest that is known here; it was left as it is"
                )
            }
            SqliteErrorKind::Full => write!(f, "the disk is full, or {path} has reached its limit"),
            SqliteErrorKind::ReadOnly => write!(f, "{path} may not be written"),
            SqliteErrorKind::Locked => write!(f, "{path} is locked by another process"),
            SqliteErrorKind::Damaged => write!(f, "{path} is damaged"),
            SqliteErrorKind::Closed => write!(f, "{path} is closed"),
            SqliteErrorKind::Other => write!(f, "{path} cannot be used"),
        }
    }
}

impl Error for SqliteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_ref().map(|cause| &**cause as &(dyn Error + 'static))
    }
}
