//! The control connection of FTP: commands out, replies in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::ftp::error::Stage;
use crate::ftp::failure::Failure;
use crate::ftp::reply::{Reply, Unreadable};
use crate::ftp::wording::Told;

/// How many "please wait" replies to one command are waited for.
const PRELIMINARY: u32 = 16;

/// A connection, protected or not.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Whether it continues a session of TLS that was there before.
    pub(crate) fn continues(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// The control connection.
pub(crate) struct Control {
    stream: Stream,
    /// What has come and is not yet a whole reply. It outlives a reading that is given up.
    come: Vec<u8>,
    limit: Duration,
}

impl Control {
    pub(crate) const fn new(stream: Stream, limit: Duration) -> Self {
        Self { stream, come: Vec::new(), limit }
    }

    /// The stream, for TLS to be begun on it. What came before that must not count as said under TLS.
    pub(crate) fn into_plain(self) -> Result<TcpStream, Failure> {
        match self.stream {
            Stream::Plain(stream) if self.come.is_empty() => Ok(stream),
            _ => Err(Failure::untrusted(Told::fixed(
                "something was said between the agreement on TLS and its beginning",
                "quelque chose a été dit entre l'accord sur TLS et son début",
            ))),
        }
    }

    /// The next reply, however long it takes. Giving it up loses nothing.
    pub(crate) async fn next(&mut self) -> io::Result<Reply> {
        loop {
            match Reply::take(&mut self.come) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(Unreadable::NoCode) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        Told::fixed(
                            "this is not an FTP server, or it speaks TLS already",
                            "ce n'est pas un serveur FTP, ou il parle déjà TLS",
                        ),
                    ));
                }
                Err(Unreadable::TooLong) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        Told::fixed("a reply without end", "une réponse sans fin"),
                    ));
                }
            }
            if self.stream.read_buf(&mut self.come).await? == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    Told::fixed("the server closed the connection", "le serveur a fermé la connexion"),
                ));
            }
        }
    }

    /// The next reply, within a time limit.
    pub(crate) async fn reply(&mut self, stage: Stage, limit: Duration) -> Result<Reply, Failure> {
        match timeout(limit, self.next()).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(Failure::transport(stage, error)),
            Err(_) => Err(Failure::timeout(stage, limit)),
        }
    }

    /// Sends a command, and gives the reply to it, preliminary ones included.
    pub(crate) async fn ask(&mut self, stage: Stage, verb: &str, argument: &str) -> Result<Reply, Failure> {
        let mut line = zeroize::Zeroizing::new(String::with_capacity(verb.len() + argument.len() + 3));
        line.push_str(verb);
        if !argument.is_empty() || verb == "PASS" {
            line.push(' ');
            line.push_str(argument);
        }
        if line.contains(['\r', '\n', '\0']) {
            // Names and settings are checked before: this is the last door.
            let error = io::Error::new(
                io::ErrorKind::InvalidInput,
                Told::fixed("a line break in a command", "un saut de ligne dans une commande"),
            );
            return Err(Failure { retryable: false, perhaps_done: false, ..Failure::transport(stage, error) });
        }
        line.push_str("\r\n");
        let send = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        };
        match timeout(self.limit, send).await {
            Ok(Ok(())) => {}
            // A server that closes the connection may have said why.
            Ok(Err(error)) => {
                return match timeout(Duration::from_secs(1), self.next()).await {
                    Ok(Ok(reply)) if reply.code == 421 => Ok(reply),
                    _ => Err(Failure::transport(stage, error)),
                };
            }
            Err(_) => return Err(Failure::timeout(stage, self.limit)),
        }
        self.reply(stage, self.limit).await
    }

    /// Like [`ask`](Self::ask), without preliminary replies.
    pub(crate) async fn finish(&mut self, stage: Stage, verb: &str, argument: &str) -> Result<Reply, Failure> {
        let mut reply = self.ask(stage, verb, argument).await?;
        let mut preliminary = 0;
        while reply.is_preliminary() && preliminary < PRELIMINARY {
            preliminary += 1;
            reply = self.reply(stage, self.limit).await?;
        }
        // The server closes the connection with it, whatever was asked.
        if reply.code == 421 { Err(reply.refused(stage)) } else { Ok(reply) }
    }

    /// Like [`finish`](Self::finish), and anything but success is a failure.
    pub(crate) async fn order(&mut self, stage: Stage, verb: &str, argument: &str) -> Result<Reply, Failure> {
        let reply = self.finish(stage, verb, argument).await?;
        if reply.is_success() { Ok(reply) } else { Err(reply.refused(stage)) }
    }
}
