//! Bytes that wait for their turn: in memory as far as they are few, then in a temporary file without a name.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::{blocking, joined};
use crate::error::{Error, FileError};

/// So much is kept in memory, and written to the file at once.
const MEMORY: usize = 1 << 20;

/// Grows at its end. While one piece is being written to the file, the next one is gathered.
#[derive(Debug)]
pub(super) struct Spool {
    folder: Arc<Path>,
    buffer: Vec<u8>,
    /// The memory of the piece before, if it is not being written.
    spare: Vec<u8>,
    file: Option<File>,
    writing: Option<JoinHandle<Result<Piece, Error>>>,
    length: u64,
}

/// The file, and the memory of what was written to it.
type Piece = (File, Vec<u8>);

/// What a spool held, to be read from its beginning.
#[derive(Debug)]
pub(super) struct Stored {
    folder: Arc<Path>,
    file: Option<File>,
    in_file: u64,
    tail: Vec<u8>,
}

impl Spool {
    pub(super) const fn new(folder: Arc<Path>) -> Self {
        Self { folder, buffer: Vec::new(), spare: Vec::new(), file: None, writing: None, length: 0 }
    }

    #[inline]
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.length += bytes.len() as u64;
    }

    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.buffer.len() >= MEMORY
    }

    pub(super) const fn len(&self) -> u64 {
        self.length
    }

    /// Has what is in memory written, and waits only if the piece before is still being written.
    pub(super) async fn flush(&mut self) -> Result<(), Error> {
        self.settle().await?;
        let piece = std::mem::replace(&mut self.buffer, std::mem::take(&mut self.spare));
        let (file, folder) = (self.file.take(), Arc::clone(&self.folder));
        self.writing = Some(tokio::task::spawn_blocking(move || write(file, &folder, piece)));
        Ok(())
    }

    /// Waits for what is being written. If this future is dropped, nothing is lost.
    async fn settle(&mut self) -> Result<(), Error> {
        if let Some(writing) = &mut self.writing {
            let written = writing.await;
            self.writing = None;
            let (file, memory) = joined(written)?;
            (self.file, self.spare) = (Some(file), memory);
        }
        Ok(())
    }

    pub(super) async fn into_stored(mut self) -> Result<Stored, Error> {
        self.settle().await?;
        let Self { folder, buffer: tail, file, length, .. } = self;
        Ok(Stored { folder, file, in_file: length - tail.len() as u64, tail })
    }
}

fn write(file: Option<File>, folder: &Path, mut piece: Vec<u8>) -> Result<Piece, Error> {
    let failed = |error| Error::local(FileError::new("write a temporary file in", folder, error));
    let mut file = match file {
        Some(file) => file,
        None => tempfile::tempfile_in(folder).map_err(failed)?,
    };
    file.write_all(&piece).map_err(failed)?;
    piece.clear();
    Ok((file, piece))
}

impl Stored {
    /// Hands over everything in pieces, in order. Blocks.
    pub(super) fn read(mut self, mut take: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        if let Some(file) = &mut self.file {
            let failed = |error| Error::local(FileError::new("read a temporary file in", &*self.folder, error));
            file.rewind().map_err(failed)?;
            let mut piece = vec![0; MEMORY / 4];
            let mut left = self.in_file;
            while left > 0 {
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
                let count = match file.read(piece.get_mut(..most).unwrap_or_default()) {
                    Ok(0) => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(failed(error)),
                };
                take(piece.get(..count).unwrap_or_default())?;
                left -= count as u64;
            }
        }
        take(&self.tail)
    }
}

/// Items that wait until all others were pushed, each after its length and its number of items with an id.
#[derive(Debug)]
pub(super) struct Queue {
    spool: Spool,
}

/// Reads a queue from its beginning.
pub(super) struct Queued {
    reader: Option<Box<dyn Read + Send>>,
    folder: Arc<Path>,
    left: u64,
}

/// Items read from a queue.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// End of each item, and how many items with an id it is.
    items: Vec<(usize, u64)>,
}

impl Queue {
    pub(super) const fn new(folder: Arc<Path>) -> Self {
        Self { spool: Spool::new(folder) }
    }

    pub(super) fn append(&mut self, item: &[u8], items: u64) {
        self.spool.append(&(item.len() as u64).to_le_bytes());
        self.spool.append(&items.to_le_bytes());
        self.spool.append(item);
    }

    pub(super) const fn spool(&mut self) -> &mut Spool {
        &mut self.spool
    }

    pub(super) async fn into_queued(self) -> Result<Queued, Error> {
        let Stored { folder, file, in_file, tail } = self.spool.into_stored().await?;
        let left = in_file + tail.len() as u64;
        let tail = io::Cursor::new(tail);
        let reader: Box<dyn Read + Send> = match file {
            None => Box::new(tail),
            Some(mut file) => {
                file.rewind()
                    .map_err(|error| Error::local(FileError::new("read a temporary file in", &*folder, error)))?;
                Box::new(io::BufReader::with_capacity(MEMORY / 4, file.take(in_file)).chain(tail))
            }
        };
        Ok(Queued { reader: Some(reader), folder, left })
    }
}

impl Queued {
    /// The next items, of about a mebibyte; `None` after the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Block>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let Some(mut reader) = self.reader.take() else { return Ok(None) };
        let folder = Arc::clone(&self.folder);
        let left = self.left;
        let (reader, left, block) = blocking(move || {
            let mut left = left;
            let block = block(&mut reader, &mut left)
                .map_err(|error| Error::local(FileError::new("read a temporary file in", &*folder, error)))?;
            Ok((reader, left, block))
        })
        .await?;
        (self.reader, self.left) = (Some(reader), left);
        Ok(Some(block))
    }
}

fn block(reader: &mut impl Read, left: &mut u64) -> io::Result<Block> {
    let mut block = Block::default();
    while *left > 0 && block.bytes.len() < MEMORY {
        let mut number = [0; 8];
        reader.read_exact(&mut number)?;
        let length = u64::from_le_bytes(number);
        reader.read_exact(&mut number)?;
        let items = u64::from_le_bytes(number);
        let read = reader.by_ref().take(length).read_to_end(&mut block.bytes)?;
        if read as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        block.items.push((block.bytes.len(), items));
        *left = left.saturating_sub(length + 16);
    }
    Ok(block)
}

impl Block {
    pub(super) fn items(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let starts = std::iter::once(0).chain(self.items.iter().map(|(end, _)| *end));
        let items = starts.zip(&self.items);
        items.map(|(start, (end, items))| (self.bytes.get(start..*end).unwrap_or_default(), *items))
    }
}
