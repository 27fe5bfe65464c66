//! Sends what is due, on the event loop of the sandbox.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::attempt::attempt;
use super::record::Attempt;
use crate::sandbox::state::Shared;

/// Sends webhooks for ever. Each try is a task of its own: a slow receiver holds up nobody else.
pub(in crate::sandbox) async fn send_all(shared: Arc<Shared>) {
    let mut changed = shared.webhooks.changed.subscribe();
    let _end = End(&shared);
    loop {
        changed.borrow_and_update();
        let wake = step(&shared);
        tokio::select! {
            // The sender is in `shared`: there is always one.
            _ = changed.changed() => {}
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
        }
    }
}

/// With the event loop ends what would tell those who wait.
struct End<'s>(&'s Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.state().webhooks.waiters.clear();
    }
}

/// Begins what is due, and tells those who wait. Gives the moment at which there is something to do again.
fn step(shared: &Arc<Shared>) -> Option<Instant> {
    let mut state = shared.state();
    let webhooks = &mut state.webhooks;
    let now = Instant::now();
    for batch in webhooks.queue.take_batches() {
        tokio::spawn(release(Arc::clone(shared), batch));
    }
    let mut wake = None;
    if !webhooks.held {
        for key in webhooks.queue.take_due(now) {
            let task = begin(shared, key);
            webhooks.queue.begin(key, task.abort_handle());
        }
        wake = webhooks.queue.next_due();
    }
    let open = webhooks.queue.open();
    webhooks.waiters.retain_mut(|waiter| !waiter.is_answered(open, now));
    let deadline = webhooks.waiters.iter().filter_map(|waiter| waiter.deadline).min();
    wake.into_iter().chain(deadline).min()
}

fn begin(shared: &Arc<Shared>, key: u64) -> JoinHandle<()> {
    tokio::spawn(send(Arc::clone(shared), key))
}

/// Sends one after the other, each when the one before has been answered.
async fn release(shared: Arc<Shared>, mut batch: VecDeque<u64>) {
    while let Some(key) = batch.pop_front() {
        let task = {
            let mut state = shared.state();
            let webhooks = &mut state.webhooks;
            if webhooks.held {
                webhooks.queue.hold(std::iter::once(key).chain(batch));
                return;
            }
            if !webhooks.queue.is_open(key) {
                continue;
            }
            let task = begin(&shared, key);
            webhooks.queue.begin(key, task.abort_handle());
            task
        };
        // Its end is what counts, not how it came about.
        let _ = task.await;
    }
}

async fn send(shared: Arc<Shared>, key: u64) {
    let Some(job) = shared.state().webhooks.queue.job(key) else { return };
    let at = now();
    let begun = Instant::now();
    let settings = &shared.settings.webhooks;
    let (outcome, signature) = attempt(&job, settings.timeout).await;
    let attempt = Attempt { at, duration: begun.elapsed(), signature, fault: job.fault, outcome };
    shared.state().webhooks.queue.finish(key, attempt, settings.speed, now());
    shared.webhooks.wake();
}

pub(super) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
