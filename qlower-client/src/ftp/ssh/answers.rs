//! What an SFTP server answers, before the library reads it: each status in the form that the library knows.
//!
//! The library takes the statuses of version 3 with their texts, and ends the connection over any other. Servers send those of later
//! versions as well, such as 15 for a quota that is used up, and some leave the texts away.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use russh_sftp::protocol::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// `SSH_FXP_STATUS`
const STATUS: u8 = 101;

/// The length of what follows, and its kind.
const HEAD: usize = 5;

/// Request and code; the texts follow.
const FIXED: usize = 8;

/// More than a status with its texts has; a longer one is left to the library's limit for packets.
const MOST: usize = 64 * 1024;

/// The stream of an SFTP server.
pub(super) struct Answers<S> {
    stream: S,
    /// What has come of a head, or of a status.
    come: Vec<u8>,
    /// What the library gets next.
    out: BytesMut,
    /// How much of a packet goes on as it comes.
    passing: usize,
}

impl<S> Answers<S> {
    pub(super) fn of(stream: S) -> Self {
        Self { stream, come: Vec::new(), out: BytesMut::new(), passing: 0 }
    }

    /// How many bytes of what comes next are needed before anything can be passed on.
    fn wanted(&self) -> usize {
        match self.come.as_slice() {
            [a, b, c, d, STATUS, ..] => (HEAD - 1).saturating_add(length([*a, *b, *c, *d])),
            _ => HEAD,
        }
    }

    /// Passes on what has come, if it is enough.
    fn sort(&mut self) {
        let [a, b, c, d, kind, ..] = *self.come.as_slice() else { return };
        let rest = length([a, b, c, d]).saturating_sub(1);
        let status = kind == STATUS && (FIXED..MOST).contains(&rest);
        if status && self.come.len() < HEAD + rest {
            return;
        }
        if status {
            self.out.extend(status_of_version_3(self.come.get(HEAD..).unwrap_or_default()));
        } else {
            self.out.extend_from_slice(&self.come);
            self.passing = rest;
        }
        self.come.clear();
    }
}

fn length(bytes: [u8; 4]) -> usize {
    usize::try_from(u32::from_be_bytes(bytes)).unwrap_or(usize::MAX)
}

/// A status as the library takes it. The server's own words are left away: they are not shown. Where the library does not know the
/// code, it stands in their place.
fn status_of_version_3(body: &[u8]) -> Vec<u8> {
    let (id, rest) = body.split_at(body.len().min(4));
    let code = rest.first_chunk().map_or(StatusCode::Failure as u32, |code| u32::from_be_bytes(*code));
    let (code, text) = if code <= StatusCode::OpUnsupported as u32 {
        (code, String::new())
    } else {
        (StatusCode::Failure as u32, code.to_string())
    };
    let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let mut packet = Vec::with_capacity(HEAD + FIXED + 8 + text.len());
    packet.extend(word(1 + FIXED + 8 + text.len()));
    packet.push(STATUS);
    packet.extend(id);
    packet.extend(code.to_be_bytes());
    packet.extend(word(text.len()));
    packet.extend(text.as_bytes());
    packet.extend(word(0));
    packet
}

/// The code that stands in the place of a server's words.
pub(super) fn code_in(text: &str) -> Option<u32> {
    text.parse().ok()
}

impl<S: AsyncRead + Unpin> AsyncRead for Answers<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if !this.out.is_empty() {
                let most = this.out.len().min(to.remaining());
                to.put_slice(this.out.get(..most).unwrap_or_default());
                this.out.advance(most);
                return Poll::Ready(Ok(()));
            }
            if this.passing > 0 {
                let most = this.passing.min(to.remaining());
                let mut part = ReadBuf::new(to.initialize_unfilled_to(most));
                ready!(Pin::new(&mut this.stream).poll_read(context, &mut part))?;
                let read = part.filled().len();
                to.advance(read);
                this.passing -= read;
                return Poll::Ready(Ok(()));
            }
            let mut piece = [0; 1024];
            let most = this.wanted().saturating_sub(this.come.len()).min(piece.len());
            let mut part = ReadBuf::new(piece.get_mut(..most).unwrap_or_default());
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut part))?;
            if part.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.come.extend_from_slice(part.filled());
            this.sort();
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Answers<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut packet = (body.len() as u32 + 1).to_be_bytes().to_vec();
        packet.push(kind);
        packet.extend(body);
        packet
    }

    fn sent(code: u32, texts: &[u8]) -> Vec<u8> {
        packet(STATUS, &[&7_u32.to_be_bytes()[..], &code.to_be_bytes(), texts].concat())
    }

    /// A status as the library wants it.
    fn wanted(code: u32, text: &str) -> Vec<u8> {
        let length = text.len() as u32;
        sent(code, &[&length.to_be_bytes()[..], text.as_bytes(), &0_u32.to_be_bytes()].concat())
    }

    /// What the library gets if the bytes come in pieces of this size.
    async fn read(bytes: &[u8], piece: usize) -> Vec<u8> {
        let (mut server, client) = tokio::io::duplex(piece);
        let bytes = bytes.to_vec();
        let send = async move {
            use tokio::io::AsyncWriteExt;
            server.write_all(&bytes).await.unwrap();
        };
        let (mut answers, mut all) = (Answers::of(client), Vec::new());
        let (_, result) = tokio::join!(send, answers.read_to_end(&mut all));
        result.unwrap();
        all
    }

    #[tokio::test]
    async fn statuses_get_the_form_of_version_3_and_all_else_goes_through() {
        let words = [&3_u32.to_be_bytes()[..], b"why", &0_u32.to_be_bytes()].concat();
        let long = [&40_000_u32.to_be_bytes()[..], &[b'x'; 40_000], &0_u32.to_be_bytes()].concat();
        let other = packet(102, &[1; 5000]);
        let empty = packet(105, b"");
        // No request, no code: the library says what it makes of that.
        let cut = packet(STATUS, &[0; 7]);
        for (from_server, to_library) in [
            (sent(0, &words), wanted(0, "")),
            (sent(3, &words), wanted(3, "")),
            (sent(8, &words), wanted(8, "")),
            (sent(9, &words), wanted(4, "9")),
            (sent(15, &words), wanted(4, "15")),
            (sent(u32::MAX, &words), wanted(4, "4294967295")),
            (sent(3, b""), wanted(3, "")),
            (sent(14, b""), wanted(4, "14")),
            (sent(14, &long), wanted(4, "14")),
            // Whatever stands where the texts should be, such as a code in the server's words.
            (sent(4, &[&2_u32.to_be_bytes()[..], b"15", &0_u32.to_be_bytes()].concat()), wanted(4, "")),
            (other.clone(), other.clone()),
            (empty.clone(), empty.clone()),
            (cut.clone(), cut.clone()),
        ] {
            let twice = [&from_server[..], &other, &from_server, &empty].concat();
            let expected = [&to_library[..], &other, &to_library, &empty].concat();
            for piece in [1, 3, 7, 1000, 100_000] {
                assert_eq!(read(&twice, piece).await, expected, "{piece} at once");
            }
        }
    }

    #[tokio::test]
    async fn a_status_without_end_is_not_kept() {
        let mut endless = (u32::MAX).to_be_bytes().to_vec();
        endless.push(STATUS);
        endless.resize(200_000, 1);
        assert_eq!(read(&endless, 1000).await, endless, "the library refuses it by its length");
        // A connection that ends within a status gives nothing of it.
        assert_eq!(read(&sent(3, b"")[..8], 100).await, b"");
    }
}
