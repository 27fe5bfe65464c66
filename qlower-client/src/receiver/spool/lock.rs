//! Only one process runs workers on a file: whoever holds the lock on the file beside it. The system ends it with the process,
//! however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::error::SpoolError;

const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Held as long as it lives.
pub(super) struct Lock(#[expect(dead_code, reason = "closing it ends the lock")] File);

impl Lock {
    /// Waits for those who hold it to end, for so long.
    pub(super) async fn acquire(spool: &Path, patience: Duration) -> Result<Self, SpoolError> {
        // By whatever name it was called.
        let spool = std::fs::canonicalize(spool).unwrap_or_else(|_| spool.to_owned());
        let mut path = spool.clone().into_os_string();
        path.push(".workers");
        let path = PathBuf::from(path);
        let failed = |source| SpoolError::NotLocked { path: path.clone(), source };
        let mut file = open(&path).map_err(failed)?;
        let end = Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => {
                    note(&mut file).map_err(failed)?;
                    return Ok(Self(file));
                }
                Err(TryLockError::WouldBlock) if Instant::now() < end => tokio::time::sleep(LOOK_AGAIN).await,
                Err(TryLockError::WouldBlock) => {
                    return Err(SpoolError::WorkersElsewhere { path: spool, process: holder(&mut file) });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn note(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}", std::process::id())
}

/// On Windows, what is locked cannot be read.
fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
