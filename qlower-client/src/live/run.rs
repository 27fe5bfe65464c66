//! The task that polls.

use std::sync::Arc;

use tokio::select;
use tokio::time::Instant;

use super::feed::Shared;
use super::poll::{Failed, Polled};

/// Says that the task is gone, also when its runtime drops it.
pub(super) struct Guard {
    shared: Arc<Shared>,
    ended: bool,
}

impl Guard {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared, ended: false }
    }

    /// Ends when nobody watches any more; from then on the next watcher starts a new task.
    async fn unwatched(&mut self) {
        loop {
            self.shared.learnt.closed().await;
            let mut run = self.shared.lock();
            if self.shared.learnt.receiver_count() == 0 {
                run.running = false;
                self.ended = true;
                return;
            }
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let unusable = std::thread::panicking();
        let mut run = self.shared.lock();
        run.running = false;
        // Without timers or network, tokio panics: it would do so again and again.
        run.unusable |= unusable;
        drop(run);
        let now = self.shared.time().now();
        self.shared.learnt.send_modify(|learnt| {
            if unusable {
                learnt.failed(self.shared.no_runtime(), now);
            }
            // Otherwise, watchers in another runtime start a new task there.
        });
    }
}

pub(super) async fn run(mut guard: Guard) {
    let shared = Arc::clone(&guard.shared);
    loop {
        let due = shared.lock().due;
        if let Some(due) = due
            && !wait(&shared, &mut guard, due).await
        {
            return;
        }
        let started = shared.time().now();
        // Also if nobody sees the end of it.
        shared.lock().due = Some(started + shared.interval);
        let polled = select! {
            biased;
            () = guard.unwatched() => return,
            polled = shared.poller.poll() => polled,
        };
        learn(&shared, polled, started);
    }
}

/// Waits until the next poll, and meanwhile says when the value turns stale. `false` when nobody watches any more.
async fn wait(shared: &Shared, guard: &mut Guard, due: Instant) -> bool {
    loop {
        let stale =
            shared.learnt.borrow().turns_stale(shared.time().now(), shared.stale_after).filter(|stale| *stale < due);
        select! {
            biased;
            () = guard.unwatched() => return false,
            () = shared.time().sleep_until(stale.unwrap_or(due)) => match stale {
                Some(_) => shared.learnt.send_modify(super::learnt::Learnt::turned_stale),
                None => return true,
            },
        }
    }
}

fn learn(shared: &Shared, polled: Result<Polled, Failed>, started: Instant) {
    let (draw, now) = (fastrand::f64(), shared.time().now());
    let was_failing = shared.learnt.borrow().is_failing();
    let host = &*shared.poller.peer;
    let mut run = shared.lock();
    let wait = match &polled {
        Ok(_) => run.pace.succeeded(draw),
        Err(failed) => run.pace.failed(failed.retry_after, draw),
    };
    run.due = started.checked_add(wait);
    drop(run);
    match polled {
        Ok(polled) => {
            if was_failing {
                tracing::info!(host, "answers again");
            }
            shared.learnt.send_modify(|learnt| learnt.succeeded(polled, now, shared.stale_after));
        }
        Err(failed) => {
            let (code, wait_ms) = (failed.fault.code(), wait.as_millis());
            if was_failing {
                tracing::debug!(host, code, wait_ms, "still no reading");
            } else {
                tracing::warn!(host, code, wait_ms, "no reading");
            }
            shared.learnt.send_modify(|learnt| learnt.failed(failed.fault, started));
        }
    }
}
