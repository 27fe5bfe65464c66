//! A file that has its name when it is whole.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tempfile::NamedTempFile;
use tokio::io::AsyncWrite;

/// A temporary file beside the place where it is to be, readable by its owner alone.
pub(crate) struct Disk {
    file: NamedTempFile<File>,
    path: PathBuf,
}

impl Disk {
    pub(super) fn create(path: PathBuf) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Made here, so that the error is that of the operating system, without the temporary name that nobody knows.
        let file = tempfile::Builder::new().prefix(".qlower-").suffix(".part").make_in(folder, make)?;
        Ok(Self { file, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, once it is on the disk. What was there before is replaced.
    pub(super) fn keep(self) -> io::Result<PathBuf> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path)?;
        Ok(self.path)
    }
}

fn make(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Pieces are small, and the system takes them at once: no other thread is needed for that.
impl AsyncWrite for Disk {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, piece: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.file.write(piece))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.file.flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}
