//! What handles the events of a spool, in the background.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};

use super::backoff::Backoff;
use super::lock::Lock;
use super::rows::{self, Outcome, Taken};
use crate::chain::Chain;
use crate::receiver::handler::AnyHandler;
use crate::receiver::sqlite::{Database, SqliteError, after, now};
use crate::receiver::telling::TARGET;
use crate::receiver::{HandlerError, Source};

/// How often events are looked for that another process took.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Wait after the file has failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Events that are handled, but not noted yet, for each one that is being handled.
const OPEN_PER_SLOT: usize = 4;
/// Longest text of an error that is kept, in bytes.
const MAX_ERROR: usize = 2_000;

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) concurrency: u32,
    pub(super) handling_timeout: Duration,
    pub(super) stop_timeout: Duration,
    pub(super) backoff: Backoff,
}

/// Dropping it ends the workers as a crash would.
pub(super) struct Workers {
    stop: watch::Sender<bool>,
    task: JoinHandle<usize>,
}

impl Workers {
    /// Ends them; tells how many events were cut short.
    pub(super) async fn stop(self) -> usize {
        self.stop.send_replace(true);
        self.task.await.unwrap_or_default()
    }
}

pub(super) async fn start<S: Source>(
    database: Database,
    source: Arc<S>,
    handler: AnyHandler<S::Event>,
    limits: Limits,
    news: Arc<Notify>,
    lock: Lock,
) -> Result<Workers, SqliteError> {
    let max_tries = limits.backoff.max_tries;
    let (again, dead) = database.run(move |connection| rows::recover(connection, now(), max_tries)).await?;
    if again + dead > 0 {
        tracing::warn!(target: TARGET, again, dead, "events were being handled when the last process ended");
    }
    let (stop, stopped) = watch::channel(false);
    let shared = Arc::new(Shared { database, source, handler, limits, news });
    let task = tokio::spawn(async move {
        let cut_short = shared.work(stopped).await;
        drop(lock);
        cut_short
    });
    Ok(Workers { stop, task })
}

struct Shared<S: Source> {
    database: Database,
    source: Arc<S>,
    handler: AnyHandler<S::Event>,
    limits: Limits,
    news: Arc<Notify>,
}

/// Leave to handle an event, and to have it open until the outcome is noted.
type Leave = (OwnedSemaphorePermit, OwnedSemaphorePermit);

impl<S: Source> Shared<S> {
    async fn work(self: &Arc<Self>, mut stopped: watch::Receiver<bool>) -> usize {
        let mut tasks = JoinSet::new();
        self.hand_out(&mut tasks, &mut stopped).await;
        // The spool itself is gone.
        if stopped.has_changed().is_err() {
            return 0;
        }
        let end = Instant::now() + self.limits.stop_timeout;
        while let Ok(Some(_)) = timeout_at(end, tasks.join_next()).await {}
        tasks.shutdown().await;
        match self.database.run(|connection| rows::release(connection, now())).await {
            Ok(cut_short) => cut_short,
            Err(error) => {
                // They wait again when the next workers start.
                tracing::warn!(target: TARGET, error = %Chain(&error), "what was cut short could not be noted");
                0
            }
        }
    }

    /// Until it is to stop. What was taken by then is begun.
    async fn hand_out(self: &Arc<Self>, tasks: &mut JoinSet<()>, stopped: &mut watch::Receiver<bool>) {
        let concurrency = self.limits.concurrency as usize;
        let slots = Arc::new(Semaphore::new(concurrency));
        let open = Arc::new(Semaphore::new(concurrency.saturating_mul(OPEN_PER_SLOT).min(Semaphore::MAX_PERMITS)));
        loop {
            let leaves = tokio::select! {
                biased;
                () = ended(stopped) => return,
                leaves = leaves(&slots, &open) => leaves,
            };
            while tasks.try_join_next().is_some() {}
            let limit = u32::try_from(leaves.len()).unwrap_or(u32::MAX);
            let (taken, next) = match self.database.run(move |connection| rows::take(connection, now(), limit)).await {
                Ok(taken) => taken,
                Err(error) => {
                    tracing::error!(target: TARGET, error = %Chain(&error), "no event can be taken from the spool");
                    tokio::select! {
                        () = ended(stopped) => return,
                        () = sleep(PAUSE) => continue,
                    }
                }
            };
            let all = taken.len() < leaves.len();
            for (taken, leave) in taken.into_iter().zip(leaves) {
                let shared = Arc::clone(self);
                tasks.spawn(async move { shared.treat(taken, leave).await });
            }
            if all {
                let due = next
                    .map_or(LOOK_EVERY, |due| Duration::from_millis(due.saturating_sub(now()).try_into().unwrap_or(0)));
                tokio::select! {
                    () = ended(stopped) => return,
                    () = self.news.notified() => {}
                    () = sleep(due.min(LOOK_EVERY)) => {}
                }
            }
        }
    }

    async fn treat(&self, taken: Taken, (slot, open): Leave) {
        let outcome = self.outcome(&taken).await;
        drop(slot);
        let event_type = taken.event_type.as_deref();
        match &outcome {
            Outcome::Done => tracing::debug!(target: TARGET, event = taken.key, id = taken.id, event_type, "handled"),
            Outcome::Again { error, .. } => {
                tracing::warn!(target: TARGET, event = taken.key, id = taken.id, event_type, tries = taken.tries, error, "failed");
            }
            Outcome::Dead { error } => {
                tracing::error!(target: TARGET, event = taken.key, id = taken.id, event_type, tries = taken.tries, error, "given up");
            }
        }
        let (id, tries) = (taken.id, taken.tries);
        let note = move |connection: &Connection| rows::note(connection, id, tries, &outcome, now());
        // It happened: doing it again instead is for the case that this process ends.
        while let Err(error) = self.database.run(note.clone()).await {
            tracing::error!(target: TARGET, id, error = %Chain(&error), "an outcome could not be noted");
            sleep(PAUSE).await;
        }
        drop(open);
        self.news.notify_one();
    }

    async fn outcome(&self, taken: &Taken) -> Outcome {
        let event = match self.source.read(&taken.body) {
            Ok(event) => event,
            Err(error) => return Outcome::Dead { error: text(&error) },
        };
        if self.source.is_ping(&event) {
            return Outcome::Done;
        }
        if taken.key.is_none()
            && let Some(key) = self.source.key(&event)
        {
            let (id, event_type) = (taken.id, self.source.event_type(&event));
            let adopt = move |connection: &Connection| rows::adopt(connection, id, &key, event_type.as_deref());
            match self.database.run(adopt).await {
                Ok(true) => {}
                // It came in a readable form too.
                Ok(false) => return Outcome::Done,
                Err(error) => return self.failed(taken, text(&error)),
            }
        }
        match self.handler.run_within(event, self.limits.handling_timeout).await {
            Ok(()) => Outcome::Done,
            Err(error) => self.failed(taken, text_of(&error)),
        }
    }

    fn failed(&self, taken: &Taken, error: String) -> Outcome {
        match self.limits.backoff.after(taken.tries) {
            Some(wait) => Outcome::Again { at: after(now(), wait), error },
            None => Outcome::Dead { error },
        }
    }
}

/// Told to stop, or nobody is left to tell.
async fn ended(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// One at least, and as many as there are.
async fn leaves(slots: &Arc<Semaphore>, open: &Arc<Semaphore>) -> Vec<Leave> {
    let mut leaves = Vec::new();
    // Neither is ever closed.
    if let (Ok(open), Ok(slot)) = (Arc::clone(open).acquire_owned().await, Arc::clone(slots).acquire_owned().await) {
        leaves.push((slot, open));
    }
    while let (Ok(open), Ok(slot)) = (Arc::clone(open).try_acquire_owned(), Arc::clone(slots).try_acquire_owned()) {
        leaves.push((slot, open));
    }
    leaves
}

fn text_of(error: &HandlerError) -> String {
    text(&**error)
}

/// An error with its causes, as it is kept.
pub(super) fn text(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = Chain(error).to_string();
    if text.len() > MAX_ERROR {
        text.truncate(text.floor_char_boundary(MAX_ERROR));
        text.push('…');
    }
    text
}
