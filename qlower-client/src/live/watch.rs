//! One who watches.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::sync::watch::Receiver;

use super::feed::Shared;
use super::learnt::Learnt;
use super::state::{ConnectionError, State};

type Waiting = Pin<Box<dyn Future<Output = Receiver<Learnt>> + Send + Sync>>;

/// One who watches a [`LiveFeed`](super::LiveFeed), as long as this lives.
///
/// It is a stream as well, which never ends.
pub struct Watch {
    shared: Arc<Shared>,
    /// Ends when there may be something new.
    waiting: Waiting,
    seen: u64,
    told_no_runtime: bool,
}

impl Watch {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let receiver = shared.learnt.subscribe();
        Self { shared, waiting: Box::pin(async { receiver }), seen: 0, told_no_runtime: false }
    }

    /// Waits for the next state: what is known already, the first time; after that, what each poll brings, also if nothing changed.
    ///
    /// States that come while nobody waits are passed over: this gives the newest. It may be dropped and called again without
    /// losing one. It takes no longer than a minute or so, unless the server asked for more.
    pub async fn next(&mut self) -> State {
        poll_fn(|context| self.poll_state(context)).await
    }

    /// What is known at this moment; `None` before the first poll has ended.
    #[must_use]
    pub fn state(&self) -> Option<State> {
        self.shared.learnt.borrow().state(self.shared.time().now(), self.shared.stale_after)
    }

    fn poll_state(&mut self, context: &mut Context<'_>) -> Poll<State> {
        loop {
            // Where the last task went down with its runtime, another one is needed.
            if !self.shared.ensure_running() && !std::mem::replace(&mut self.told_no_runtime, true) {
                return Poll::Ready(self.no_runtime());
            }
            {
                let learnt = self.shared.learnt.borrow();
                if learnt.news() > self.seen
                    && let Some(state) = learnt.state(self.shared.time().now(), self.shared.stale_after)
                {
                    self.seen = learnt.news();
                    return Poll::Ready(state);
                }
            }
            let mut receiver = ready!(self.waiting.as_mut().poll(context));
            self.waiting = Box::pin(async move {
                // The sender lives as long as the watch.
                _ = receiver.changed().await;
                receiver
            });
        }
    }

    fn no_runtime(&self) -> State {
        let cause = self.shared.no_runtime();
        State::ConnectionError(ConnectionError { cause, failing_for: Duration::ZERO, last: None })
    }
}

impl Stream for Watch {
    type Item = State;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<State>> {
        self.poll_state(context).map(Some)
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("state", &self.state()).finish_non_exhaustive()
    }
}
