//! The body of a webhook on its way, in one piece or two.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::attempt::cut;

/// A body that may pause, or break off, when half of it has been sent.
pub(super) struct Outgoing {
    first: Bytes,
    then: Then,
    length: u64,
}

enum Then {
    Nothing,
    Rest { pause: Pause, rest: Bytes },
    Cut { pause: Pause },
}

/// A wait that begins when it is first asked whether it is over. Meanwhile what was given before is sent.
struct Pause {
    delay: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pause {
    const fn new(delay: Duration) -> Self {
        Self { delay, sleep: None }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.get_or_insert_with(|| Box::pin(sleep(self.delay))).as_mut().poll(cx)
    }
}

impl Outgoing {
    pub(super) fn whole(body: Bytes) -> Self {
        Self { length: body.len() as u64, first: body, then: Then::Nothing }
    }

    pub(super) fn slow(mut body: Bytes, delay: Duration) -> Self {
        let length = body.len() as u64;
        let first = body.split_to(body.len() / 2);
        Self { length, first, then: Then::Rest { pause: Pause::new(delay), rest: body } }
    }

    pub(super) fn cut(mut body: Bytes) -> Self {
        // Announces a byte at least, so that something is missing.
        let length = (body.len() as u64).max(1);
        let first = body.split_to(body.len() / 2);
        Self { length, first, then: Then::Cut { pause: Pause::new(Duration::from_millis(20)) } }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if !this.first.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.first)))));
        }
        match &mut this.then {
            Then::Nothing => Poll::Ready(None),
            Then::Cut { pause } => {
                ready!(pause.poll(cx));
                Poll::Ready(Some(Err(cut())))
            }
            Then::Rest { pause, rest } => {
                ready!(pause.poll(cx));
                let rest = std::mem::take(rest);
                this.then = Then::Nothing;
                Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_empty() && matches!(self.then, Then::Nothing)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
