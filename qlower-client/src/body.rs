//! A request body that knows how much of it the transport has taken.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The transport buffers some hundred kilobytes, and asks for the next piece when there is room: small pieces keep
/// what it has taken close to what it has written.
pub(crate) const PIECE: usize = 64 * 1024;

/// Bytes given to the transport piece by piece, without copying them.
pub(crate) struct Handover {
    rest: Bytes,
    all_taken: Arc<AtomicBool>,
}

/// Tells, after the body itself is gone, whether its last byte was taken.
///
/// While it was not, the server cannot have the whole payload. Once it was, the server may have it.
#[derive(Clone)]
pub(crate) struct Progress(Arc<AtomicBool>);

impl Progress {
    #[cfg(feature = "s3")]
    pub(crate) fn of(all_taken: &Arc<AtomicBool>) -> Self {
        Self(Arc::clone(all_taken))
    }

    pub(crate) fn all_taken(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Handover {
    pub(crate) fn new(bytes: Bytes) -> (Self, Progress) {
        let all_taken = Arc::new(AtomicBool::new(bytes.is_empty()));
        (Self { rest: bytes, all_taken: Arc::clone(&all_taken) }, Progress(all_taken))
    }
}

impl Body for Handover {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = this.rest.split_to(PIECE.min(this.rest.len()));
        if this.rest.is_empty() {
            this.all_taken.store(true, Ordering::Release);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    /// Exact, so that the request has a `Content-Length`.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn pieces_are_the_bytes_themselves_and_the_last_one_completes_the_handover() {
        let bytes = Bytes::from((0..PIECE * 2 + 1).map(|n| n as u8).collect::<Vec<_>>());
        let (mut body, progress) = Handover::new(bytes.clone());
        let mut context = Context::from_waker(Waker::noop());
        let mut at = 0;
        assert_eq!(body.size_hint().exact(), Some(bytes.len() as u64));
        while let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut context) {
            let piece = frame.into_data().unwrap();
            assert_eq!(piece.as_ptr(), bytes[at..].as_ptr(), "not copied");
            at += piece.len();
            assert_eq!(progress.all_taken(), at == bytes.len());
            assert_eq!(body.size_hint().exact(), Some((bytes.len() - at) as u64));
        }
        assert_eq!(at, bytes.len());
        assert!(body.is_end_stream());
    }
}
