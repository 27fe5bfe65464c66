//! What a sandbox knows of its webhooks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use qlower_core::webhook::SENDER_TIMEOUT_SECONDS;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::error::WebhookError;
use super::ids::Ids;
use super::queue::Queue;
use super::target::{Target, WebhookTarget};

#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Settings {
    pub(super) everyone: Option<WebhookTarget>,
    pub(super) targets: BTreeMap<String, WebhookTarget>,
    pub(super) speed: f64,
    pub(super) timeout: Duration,
    pub(super) seed: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            everyone: None,
            targets: BTreeMap::new(),
            speed: 1.0,
            timeout: Duration::from_secs(SENDER_TIMEOUT_SECONDS),
            seed: None,
        }
    }
}

/// What tells the event loop that something has changed.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Control {
    pub(super) changed: watch::Sender<()>,
}

#[derive(Debug)]
pub(in crate::sandbox) struct State {
    pub(super) queue: Queue,
    pub(super) held: bool,
    pub(super) everyone: Option<Arc<Target>>,
    pub(super) targets: BTreeMap<String, Arc<Target>>,
    pub(super) ids: Ids,
    pub(super) waiters: Vec<Waiter>,
}

impl Control {
    /// Tells the event loop that there may be something to do.
    pub(in crate::sandbox) fn wake(&self) {
        self.changed.send_replace(());
    }
}

impl State {
    /// Sees whether the settings can be used.
    pub(in crate::sandbox) fn new<'p>(
        settings: &Settings,
        mut partners: impl Iterator<Item = &'p String>,
    ) -> Result<Self, WebhookError> {
        if !(settings.speed.is_finite() && settings.speed > 0.0) {
            return Err(WebhookError::new("webhook_speed", "must be a number above 0"));
        }
        if let Some(unknown) = settings.targets.keys().find(|id| !partners.any(|partner| partner == *id)) {
            return Err(no_partner(unknown));
        }
        let target = |target: &WebhookTarget| Target::try_from(target.clone()).map(Arc::new);
        let targets = settings.targets.iter().map(|(id, given)| Ok((id.clone(), target(given)?)));
        Ok(Self {
            queue: Queue::default(),
            held: false,
            everyone: settings.everyone.as_ref().map(target).transpose()?,
            targets: targets.collect::<Result<_, WebhookError>>()?,
            ids: Ids::new(settings.seed),
            waiters: Vec::new(),
        })
    }

    /// Forgets what was emitted.
    pub(in crate::sandbox) fn reset(&mut self) {
        self.queue.reset();
    }
}

pub(super) fn no_partner(id: &str) -> WebhookError {
    WebhookError::new("partner", format!("there is no partner {id:?}"))
}

/// Somebody who waits until everything is settled. The answer is how many are still open at the end.
#[derive(Debug)]
pub(super) struct Waiter {
    /// `None` to wait for ever.
    pub(super) deadline: Option<Instant>,
    pub(super) tell: Option<Tell>,
}

#[derive(Debug)]
pub(super) enum Tell {
    Later(oneshot::Sender<usize>),
    Thread(SyncSender<usize>),
}

impl Waiter {
    /// Answers, if it is time to.
    pub(super) fn is_answered(&mut self, open: usize, now: Instant) -> bool {
        let late = self.deadline.is_some_and(|deadline| deadline <= now);
        if open > 0 && !late {
            // Who does not listen any more need not be told.
            return matches!(&self.tell, Some(Tell::Later(sender)) if sender.is_closed());
        }
        match self.tell.take() {
            Some(Tell::Later(sender)) => _ = sender.send(open),
            Some(Tell::Thread(sender)) => _ = sender.try_send(open),
            None => {}
        }
        true
    }
}
