//! Why a spool does not do what it was asked for.

use std::path::PathBuf;

use crate::receiver::sqlite::SqliteError;

/// Why a spool does not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] SqliteError),
    /// Workers of another process, or of another spool of this one, are at this file already. This spool could only take events:
    /// [`SpoolBuilder::accept_only`](crate::receiver::SpoolBuilder::accept_only).
    #[error("the workers of {path} run already{}", process.map(|id| format!(", in process {id}")).unwrap_or_default())]
    WorkersElsewhere {
        /// The spool's file.
        path: PathBuf,
        /// The process, where that can be told.
        process: Option<u32>,
    },
    /// The file beside it, which keeps other workers away, cannot be made or locked.
    #[error("{path} cannot be locked")]
    NotLocked {
        /// The file beside the spool's.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no dead letter of this number.
    #[error("{0} is no dead letter")]
    NoDeadLetter(i64),
    /// A setting with which nothing would ever be done.
    #[error("{0} is zero")]
    Zero(&'static str),
}
