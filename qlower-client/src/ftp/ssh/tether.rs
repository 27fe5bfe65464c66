//! A connection that ends with whoever holds its other end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;

/// While it is held, the connection may go on.
pub(super) struct Hold(#[expect(dead_code, reason = "that it is dropped is what counts")] oneshot::Sender<()>);

/// The connection. The SSH library drives it by a task of its own, which during a key exchange, or while the other side takes
/// nothing, does not see that nobody is interested any more: it would wait for ever.
pub(super) struct Tethered<S> {
    stream: S,
    let_go: oneshot::Receiver<()>,
}

pub(super) fn tether<S>(stream: S) -> (Tethered<S>, Hold) {
    let (hold, let_go) = oneshot::channel();
    (Tethered { stream, let_go }, Hold(hold))
}

impl<S: Unpin> Tethered<S> {
    /// Both directions are driven by one task, so that it is woken whichever was asked last.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match Pin::new(&mut self.let_go).poll(context) {
            Poll::Pending => Ok(()),
            Poll::Ready(_) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Tethered<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, to)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tethered<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
