//! The webhooks of a sandbox: which wait, which are under way, which are settled.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use qlower_core::webhook::{RETRY_AFTER_SECONDS, is_delivered, is_tried_again};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::ReleaseOrder;
use super::error::WebhookError;
use super::fault::WebhookFault;
use super::ids::shuffle;
use super::record::{Attempt, AttemptOutcome, Delivery, DeliveryState};
use super::target::Target;

/// How many settled webhooks are kept, and how many may be open.
const KEPT: usize = 10_000;
/// How many bytes of bodies are kept.
const KEPT_BYTES: usize = 256 * 1024 * 1024;
/// How many tries go on at the same time.
const AT_ONCE: usize = 64;

/// A task that ends when this is dropped.
#[derive(Debug)]
struct Running(AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[derive(Debug)]
struct Entry {
    delivery: Delivery,
    target: Arc<Target>,
    /// The try that goes on.
    task: Option<Running>,
    /// How many duplicates follow once it was delivered.
    duplicates: u32,
}

/// What one try needs.
pub(super) struct Job {
    pub(super) body: Bytes,
    pub(super) content_type: String,
    pub(super) target: Arc<Target>,
    pub(super) fault: Option<WebhookFault>,
}

/// Everything about webhooks that is forgotten by a reset.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: BTreeMap<u64, Entry>,
    due: BTreeSet<(Instant, u64)>,
    settled: VecDeque<u64>,
    batches: Vec<VecDeque<u64>>,
    running: usize,
    bytes: usize,
    last: u64,
    pub(super) pending: VecDeque<WebhookFault>,
    pub(super) fired: Vec<WebhookFault>,
}

impl Queue {
    /// Forgets everything. Tries that are just ending must not meet others of the same number.
    pub(super) fn reset(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    pub(super) fn deliveries(&self) -> Vec<Delivery> {
        self.entries.values().map(|entry| entry.delivery.clone()).collect()
    }

    /// How many are neither delivered nor given up.
    pub(super) fn open(&self) -> usize {
        self.entries.len() - self.settled.len()
    }

    /// Takes webhooks in that are to be sent at once: one, and its duplicates.
    pub(super) fn add(
        &mut self,
        delivery: &Delivery,
        target: &Arc<Target>,
        duplicates: u32,
        at_once: u32,
    ) -> Result<(), WebhookError> {
        let count = usize::try_from(at_once).unwrap_or(usize::MAX).saturating_add(1);
        self.make_room(count, delivery.body.len().saturating_mul(count))?;
        for copy in 0..=at_once {
            let first = copy == 0;
            let delivery = Delivery { copy: delivery.copy + copy, ..delivery.clone() };
            self.push(delivery, Arc::clone(target), if first { duplicates } else { 0 });
        }
        Ok(())
    }

    /// Forgets settled webhooks until there is room, unless that cannot help.
    fn make_room(&mut self, count: usize, bytes: usize) -> Result<(), WebhookError> {
        let full = |entries: usize, held: usize| {
            entries.saturating_add(count) > KEPT || held.saturating_add(bytes) > KEPT_BYTES
        };
        let settled = |queue: &Self| {
            let bodies = queue.settled.iter().filter_map(|key| queue.entries.get(key));
            bodies.map(|entry| entry.delivery.body.len()).sum::<usize>()
        };
        if full(self.entries.len(), self.bytes) && full(self.open(), self.bytes.saturating_sub(settled(self))) {
            let problem = format!("more than {KEPT} webhooks, or {KEPT_BYTES} bytes, would wait to be sent");
            return Err(WebhookError::new("webhook", problem));
        }
        while full(self.entries.len(), self.bytes) {
            let Some(oldest) = self.settled.pop_front() else { break };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.bytes = self.bytes.saturating_sub(entry.delivery.body.len());
            }
        }
        Ok(())
    }

    fn push(&mut self, delivery: Delivery, target: Arc<Target>, duplicates: u32) {
        let now = Instant::now();
        self.last += 1;
        self.bytes += delivery.body.len();
        self.due.insert((now, self.last));
        self.entries.insert(self.last, Entry { delivery, target, task: None, duplicates });
    }

    /// The last webhook of an event that was emitted, for another duplicate.
    pub(super) fn last_of(&self, event_id: &str) -> Option<(Delivery, Arc<Target>)> {
        let mut entries = self.entries.values().rev();
        let entry = entries.find(|entry| entry.delivery.event_id.as_deref() == Some(event_id))?;
        Some((entry.delivery.clone(), Arc::clone(&entry.target)))
    }

    /// Those that are due, as many as may begin.
    pub(super) fn take_due(&mut self, now: Instant) -> Vec<u64> {
        let mut taken = Vec::new();
        while let Some(&(due, key)) = self.due.first() {
            if due > now || self.running + taken.len() >= AT_ONCE {
                break;
            }
            self.due.pop_first();
            taken.push(key);
        }
        taken
    }

    /// When the next one is due; `None` if too many go on already.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().filter(|_| self.running < AT_ONCE).map(|(due, _)| *due)
    }

    /// Puts those that are due in a batch of their own, which is sent one after the other.
    pub(super) fn release(&mut self, order: ReleaseOrder) -> usize {
        let now = Instant::now();
        let mut batch = Vec::new();
        while let Some(&(due, key)) = self.due.first().filter(|(due, _)| *due <= now) {
            self.due.remove(&(due, key));
            batch.push(key);
        }
        batch.sort_unstable();
        match order {
            ReleaseOrder::AsEmitted => {}
            ReleaseOrder::Reversed => batch.reverse(),
            ReleaseOrder::Shuffled { seed } => shuffle(&mut batch, seed),
        }
        let count = batch.len();
        if count > 0 {
            self.batches.push(batch.into());
        }
        count
    }

    pub(super) fn take_batches(&mut self) -> Vec<VecDeque<u64>> {
        std::mem::take(&mut self.batches)
    }

    /// Lets those wait again that were released.
    pub(super) fn hold(&mut self, batch: impl IntoIterator<Item = u64>) {
        let now = Instant::now();
        self.due.extend(batch.into_iter().filter(|key| self.entries.contains_key(key)).map(|key| (now, key)));
    }

    /// Marks one as being sent, by a task.
    pub(super) fn begin(&mut self, key: u64, task: AbortHandle) {
        let task = Running(task);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.task = Some(task);
            entry.delivery.state = DeliveryState::Sending;
            self.running += 1;
        }
    }

    pub(super) fn is_open(&self, key: u64) -> bool {
        self.entries.get(&key).is_some_and(|entry| !entry.delivery.state.is_settled())
    }

    /// What to send now. The fault counts as fired from here on.
    pub(super) fn job(&mut self, key: u64) -> Option<Job> {
        let entry = self.entries.get(&key)?;
        let concerned = self.pending.iter().position(|fault| fault.concerns(&entry.target));
        let fault = concerned.and_then(|index| self.pending.remove(index));
        self.fired.extend(fault.clone());
        Some(Job {
            body: entry.delivery.body.clone(),
            content_type: entry.delivery.content_type.clone(),
            target: Arc::clone(&entry.target),
            fault,
        })
    }

    /// Keeps what a try came to, and says what follows from it.
    pub(super) fn finish(&mut self, key: u64, attempt: Attempt, speed: f64, now: DateTime<Utc>) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let status = attempt.outcome.status();
        let wait = RETRY_AFTER_SECONDS.get(entry.delivery.attempts.len());
        entry.delivery.attempts.push(attempt);
        entry.task = None;
        self.running = self.running.saturating_sub(1);
        let state = match (status, wait) {
            (Some(status), _) if is_delivered(status) => DeliveryState::Delivered,
            (Some(status), _) if !is_tried_again(status) => DeliveryState::Refused(status),
            (_, None) => DeliveryState::TriedOut,
            (_, Some(&seconds)) => {
                let wait = quickened(seconds, speed);
                let due = Instant::now() + wait;
                self.due.insert((due, key));
                DeliveryState::Waiting { next: now + wait }
            }
        };
        entry.delivery.state = state;
        if !state.is_settled() {
            return;
        }
        self.settled.push_back(key);
        if state == DeliveryState::Delivered
            && let Some(left) = entry.duplicates.checked_sub(1)
        {
            let delivery = entry.delivery.again(now);
            let target = Arc::clone(&entry.target);
            // There is room: at worst this very webhook's, which is settled.
            if self.make_room(1, delivery.body.len()).is_ok() {
                self.push(delivery, target, left);
            }
        }
    }
}

impl Delivery {
    /// The same event once more.
    pub(super) fn again(&self, now: DateTime<Utc>) -> Self {
        Self {
            copy: self.copy + 1,
            emitted_at: now,
            state: DeliveryState::Waiting { next: now },
            attempts: Vec::new(),
            ..self.clone()
        }
    }
}

/// A time of the schedule, at most a year.
fn quickened(seconds: u64, speed: f64) -> Duration {
    const LONGEST: Duration = Duration::from_secs(86_400 * 365);
    #[expect(clippy::cast_precision_loss, reason = "at most some thousand seconds")]
    let seconds = seconds as f64 / speed;
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
}

impl AttemptOutcome {
    pub(super) fn failed(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Failed(crate::chain::Chain(error).to_string())
    }
}
