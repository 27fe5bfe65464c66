//! Where the bytes of an upload come from.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::error::{Error, FileError};

/// The content of one object.
#[derive(Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    /// An open file, and its name for messages.
    File(Arc<File>, Arc<Path>),
}

/// Reads a content once, from the beginning to the end, and hashes what it reads.
pub(super) struct Reader {
    content: Content,
    at: u64,
    size: u64,
    hash: Option<Sha256>,
}

impl Reader {
    /// What is in memory is the content that was checked; a file may have changed since.
    pub(super) fn new(content: Content, size: u64) -> Self {
        let hash = matches!(content, Content::File(..)).then(Sha256::new);
        Self { content, at: 0, size, hash }
    }

    /// The next bytes: so many, or those that are left.
    pub(super) async fn next(mut self, size: usize) -> Result<(Self, Bytes), Error> {
        let left = usize::try_from(self.size - self.at).unwrap_or(usize::MAX);
        let size = size.min(left);
        let bytes = match &self.content {
            Content::Memory(bytes) => {
                let start = usize::try_from(self.at).unwrap_or(usize::MAX).min(bytes.len());
                bytes.slice(start..bytes.len().min(start.saturating_add(size)))
            }
            Content::File(file, path) => {
                let (file, at, hash) = (Arc::clone(file), self.at, self.hash.take());
                let read = tokio::task::spawn_blocking(move || {
                    let mut buffer = vec![0; size];
                    read_exact_at(&file, &mut buffer, at)?;
                    let hash = hash.map(|mut hash| {
                        hash.update(&buffer);
                        hash
                    });
                    io::Result::Ok((Bytes::from(buffer), hash))
                });
                let (bytes, hash) = read
                    .await
                    .unwrap_or_else(|error| Err(io::Error::other(error)))
                    .map_err(|error| Error::local(FileError::new("read", &**path, error)))?;
                self.hash = hash;
                bytes
            }
        };
        self.at += bytes.len() as u64;
        Ok((self, bytes))
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.at >= self.size
    }

    /// Whether all that was read is what was announced.
    pub(super) fn finish(self, announced: &[u8; 32]) -> Result<(), Error> {
        if let (Some(hash), Content::File(_, path)) = (self.hash, &self.content)
            && <[u8; 32]>::from(hash.finalize()) != *announced
        {
            let changed = io::Error::new(io::ErrorKind::InvalidData, "its content is not what was checked");
            return Err(Error::local(FileError::new("upload", &**path, changed)));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, at) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = buffer.get_mut(read..).unwrap_or_default();
                at += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn read_exact_at(mut file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(buffer)
}
