//! The content of a staged file, for a connection to read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::JoinHandle;

use crate::ftp::error::ErrorKind;
use crate::ftp::local::{Alive, CHUNK, Local, fault};
use crate::ftp::stage::Origin;
use crate::ftp::wording::Told;

/// The content of a staged file from an offset on. Files are read and hashed on other threads, one piece ahead.
pub(crate) struct Sending {
    ready: Bytes,
    next: Option<JoinHandle<Piece>>,
    fault: Option<ErrorKind>,
}

/// A piece, and where the next one comes from; an empty one is the end.
type Piece = Result<(Bytes, Cursor), ErrorKind>;

enum Cursor {
    Local(Box<Local>),
    Temporary { file: Arc<Mutex<File>>, at: u64, end: u64 },
}

impl Sending {
    pub(crate) async fn open(origin: &Origin, size: u64, offset: u64) -> Result<Self, ErrorKind> {
        let cursor = match origin {
            Origin::Bytes(bytes) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                return Ok(Self { ready: bytes.slice(from..), next: None, fault: None });
            }
            Origin::Temporary(file) => Cursor::Temporary { file: Arc::clone(file), at: offset, end: size },
            Origin::File(path, measured) => {
                let (path, measured) = (path.clone(), *measured);
                let alive = Alive::default();
                let _waiting = alive.guard();
                let open = move || {
                    let mut local = Local::reopen(&path, &measured, &alive)?;
                    // What is there already is part of what has to be unchanged.
                    let mut before = offset.min(size);
                    let mut buffer = vec![0; CHUNK];
                    while before > 0 {
                        let most = usize::try_from(before).unwrap_or(usize::MAX).min(CHUNK);
                        let read = local.next(buffer.get_mut(..most).unwrap_or_default())?;
                        before = before.saturating_sub(read.try_into().unwrap_or(u64::MAX));
                    }
                    // Whoever reads it from here on, waits by reading.
                    local.detach();
                    Ok(Cursor::Local(Box::new(local)))
                };
                joined(tokio::task::spawn_blocking(open).await)?
            }
        };
        Ok(Self { ready: Bytes::new(), next: Some(cursor.ahead()), fault: None })
    }

    /// Why reading failed, if it did: then it was not the connection's fault.
    pub(crate) fn take_fault(&mut self) -> Option<ErrorKind> {
        self.fault.take()
    }
}

impl Cursor {
    /// Reads the next piece on another thread.
    fn ahead(self) -> JoinHandle<Piece> {
        tokio::task::spawn_blocking(move || self.piece())
    }

    fn piece(mut self) -> Piece {
        let mut buffer = vec![0; CHUNK];
        let read = match &mut self {
            Self::Local(local) => local.next(&mut buffer)?,
            Self::Temporary { file, at, end } => {
                let most = usize::try_from(end.saturating_sub(*at)).unwrap_or(usize::MAX).min(CHUNK);
                let read = read_at(file, *at, buffer.get_mut(..most).unwrap_or_default());
                let read = read.map_err(|error| fault(Path::new(TEMPORARY), error))?;
                *at = at.saturating_add(read.try_into().unwrap_or(u64::MAX));
                read
            }
        };
        buffer.truncate(read);
        Ok((buffer.into(), self))
    }
}

/// How errors call the archive, which has no name here.
pub(crate) const TEMPORARY: &str = "(temporary archive)";

/// Several may read the same file: each goes to its place first.
fn read_at(file: &Mutex<File>, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(buffer)?;
    Ok(buffer.len())
}

fn joined<T>(result: Result<Result<T, ErrorKind>, tokio::task::JoinError>) -> Result<T, ErrorKind> {
    result.unwrap_or_else(|error| Err(ErrorKind::Transport(Box::new(error))))
}

impl AsyncRead for Sending {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.fault.is_some() {
            return Poll::Ready(Err(unreadable()));
        }
        if self.ready.is_empty()
            && let Some(next) = &mut self.next
        {
            let piece = joined(ready!(Pin::new(next).poll(context)));
            self.next = None;
            match piece {
                Ok((piece, _)) if piece.is_empty() => {}
                Ok((piece, cursor)) => {
                    self.ready = piece;
                    self.next = Some(cursor.ahead());
                }
                Err(fault) => {
                    self.fault = Some(fault);
                    return Poll::Ready(Err(unreadable()));
                }
            }
        }
        let most = self.ready.len().min(to.remaining());
        to.put_slice(self.ready.get(..most).unwrap_or_default());
        self.ready.advance(most);
        Poll::Ready(Ok(()))
    }
}

fn unreadable() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        Told::fixed("what is sent could not be read", "ce qui est envoyé n'a pas pu être lu"),
    )
}
