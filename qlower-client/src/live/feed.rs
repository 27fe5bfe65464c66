//! A feed: one producer, one poll, any number of watchers.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use qlower_core::live::shown_url;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::Instant;

use super::LiveFeedBuilder;
use super::backoff::Pace;
use super::fault::{FaultKind, FeedFault};
use super::learnt::Learnt;
use super::poll::Poller;
use super::run::{Guard, run};
use super::time::Time;
use super::watch::Watch;

/// A producer's value, asked for every few seconds while somebody watches.
///
/// All watchers of a feed and its clones share one poll. It starts with the first watcher, at once, and stops with the last one: then
/// no task and no connection is left. Watchers who come and go do not make polls more frequent.
///
/// A poll that fails shows as [`ConnectionError`](super::State::ConnectionError) at once, with the last value beside it, and a
/// later one that succeeds ends that by itself. The producer is asked once per
/// [`interval`](LiveFeedBuilder::interval); while it fails, ever less often up to once a minute, and not sooner than its
/// `Retry-After` says, up to an hour.
///
/// # What is certain
/// * A poll takes no longer than [`timeout`](LiveFeedBuilder::timeout), polls do not overlap, and at most 1 MiB is read of a reply.
/// * Redirections are followed three times, to the same scheme, host and port only. So credentials go nowhere else.
/// * Ages and waits do not depend on the machine's clock, which may jump. Only how old a value was on arrival, where the document says
///   when it was measured, is told by the header `Date` of the reply, or without it by the machine's clock.
/// * While the machine sleeps nobody polls. After that there is one poll, at once where the system's steady clock counts the sleep, and
///   else when the rest of the wait is over; until then a value may look as new as before the sleep.
/// * Hundreds of feeds cost little: those that trust the same authorities share them, and nothing else. The system's are looked up
///   again for feeds that are built a minute later.
/// * A watcher that does not look holds up no one, and then sees what is known at that moment.
///
/// # Example: two watchers, one poll
/// ```
/// use qlower_client::live::LiveFeed;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let feed = LiveFeed::builder("https://api.example/power", "current_power").unit("MW").build()?;
/// let (mut one, two) = (feed.watch(), feed.watch());
/// println!("{}", one.next().await);
/// assert_eq!(two.state().map(|state| state.as_str()), Some("reading"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LiveFeed(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) poller: Poller,
    pub(super) interval: Duration,
    pub(super) stale_after: Duration,
    /// What watchers see; who subscribes to it counts as a watcher.
    pub(super) learnt: watch::Sender<Learnt>,
    run: Mutex<Run>,
}

/// Whether there is a task that polls, and what outlives it.
pub(super) struct Run {
    pub(super) running: bool,
    /// Whether the task cannot work in its runtime.
    pub(super) unusable: bool,
    /// No poll before this moment, whoever comes and goes.
    pub(super) due: Option<Instant>,
    pub(super) pace: Pace,
}

impl LiveFeed {
    /// Starts the settings of a feed: the URL that answers with a JSON document, and the dotted path to the value in it, such as
    /// `current_power` or `measurements.0.value`.
    pub fn builder(url: impl Into<String>, path: impl Into<String>) -> LiveFeedBuilder {
        LiveFeedBuilder::new(url.into(), path.into())
    }

    pub(super) fn new(poller: Poller, interval: Duration, stale_after: Duration) -> Self {
        let run = Mutex::new(Run { running: false, unusable: false, due: None, pace: Pace::new(interval) });
        Self(Arc::new(Shared { poller, interval, stale_after, learnt: watch::Sender::new(Learnt::default()), run }))
    }

    /// Watches the feed. The first watcher makes it poll at once.
    ///
    /// Polling is a task of the tokio runtime in which this is called, or else the one in which [`Watch::next`] is.
    #[must_use]
    pub fn watch(&self) -> Watch {
        let watch = Watch::new(Arc::clone(&self.0));
        self.0.ensure_running();
        watch
    }

    /// How many watch at this moment.
    #[must_use]
    pub fn watchers(&self) -> usize {
        self.0.learnt.receiver_count()
    }

    /// The time from one poll to the next.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.0.interval
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn time(&self) -> &Time {
        &self.poller.time
    }

    pub(super) fn no_runtime(&self) -> FeedFault {
        FeedFault::new(FaultKind::NoRuntime, Arc::clone(&self.poller.peer))
    }

    /// Starts the task, if there is none. Whether there was one at least.
    pub(super) fn ensure_running(self: &Arc<Self>) -> bool {
        let mut state = self.lock();
        if state.running || state.unusable {
            return true;
        }
        let Ok(runtime) = Handle::try_current() else { return false };
        state.running = true;
        if state.due.is_none_or(|due| due <= self.time().now()) {
            // What was learnt before a pause is not of now; the first poll will tell.
            self.learnt.send_if_modified(Learnt::forget);
        }
        drop(state);
        // A runtime that is shutting down drops the task here, and the guard takes the lock.
        runtime.spawn(run(Guard::new(Arc::clone(self))));
        true
    }
}

impl fmt::Debug for LiveFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { poller, interval, stale_after, .. } = &*self.0;
        f.debug_struct("LiveFeed")
            .field("url", &shown_url(poller.url.as_str()))
            .field("path", &poller.path.to_string())
            .field("auth", &poller.auth)
            .field("interval", interval)
            .field("timeout", &poller.timeout)
            .field("stale_after", stale_after)
            .field("watchers", &self.watchers())
            .finish_non_exhaustive()
    }
}
