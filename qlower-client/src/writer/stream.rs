//! One document into anything that takes bytes.

use std::io::{Read, Seek};

use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::blocking;
use super::sink::{Finished, Place, Sink};
use crate::error::{Error, FileError};

/// Writes one document to an [`AsyncWrite`]. Made by [`PayloadWriterBuilder::stream`](super::PayloadWriterBuilder::stream).
#[derive(Debug)]
pub struct Stream<W>(pub(super) W);

/// What was written to a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// Bytes.
    pub size: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
    /// How many items with an id are in it.
    pub items: u64,
}

/// Bytes that are read from the file at once.
const PIECE: usize = 1 << 18;

impl<W: AsyncWrite + Unpin + Send + 'static> Sink for Stream<W> {
    type Receipt = Document;
    type Output = W;

    const ROLLS_OVER: bool = false;

    fn place(&self) -> Place {
        Place::Unnamed
    }

    async fn file(&mut self, finished: Finished) -> Result<Document, Error> {
        let Finished { mut file, size, sha256, items, .. } = finished;
        let failed = |error| Error::local(FileError::new("read back", "a temporary file", error));
        let mut piece = vec![0; PIECE];
        let mut left = size;
        let mut first = true;
        while left > 0 {
            let read;
            (file, piece, read) = blocking(move || {
                if first {
                    file.rewind().map_err(failed)?;
                }
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
                file.read_exact(piece.get_mut(..most).unwrap_or_default()).map_err(failed)?;
                Ok((file, piece, most))
            })
            .await?;
            first = false;
            self.0.write_all(piece.get(..read).unwrap_or_default()).await.map_err(unwritable)?;
            left -= read as u64;
        }
        self.0.flush().await.map_err(unwritable)?;
        Ok(Document { size, sha256, items })
    }

    async fn finish(self, _: &[Document]) -> Result<W, Error> {
        Ok(self.0)
    }
}

fn unwritable(error: std::io::Error) -> Error {
    Error::local(FileError::new("write to", "the stream", error))
}
