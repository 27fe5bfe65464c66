//! Failures of this machine's disk.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file or folder on this machine could not be used.
#[derive(Debug)]
pub struct FileError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl FileError {
    pub(crate) fn new(doing: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self { doing, path: path.into(), source }
    }

    /// The file or folder; of a temporary file without a name, the folder in which it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was being done to it, such as "write".
    #[must_use]
    pub const fn doing(&self) -> &'static str {
        self.doing
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn io_kind(&self) -> io::ErrorKind {
        self.source.kind()
    }

    const fn advice(kind: io::ErrorKind) -> &'static str {
        match kind {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                ": there is no room for it; make room, or name a folder on another disk"
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ": that is not allowed; give this program the right to, or name another folder"
            }
            io::ErrorKind::NotFound => ": it is not there",
            io::ErrorKind::UnexpectedEof => ": it is shorter than what was written to it",
            _ => "",
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {} {}{}", self.doing, self.path.display(), Self::advice(self.source.kind()))
    }
}

impl StdError for FileError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.source)
    }
}
