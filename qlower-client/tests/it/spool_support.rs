//! Spools, what they are given, and handlers that do as they are told.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use qlower_client::receiver::{
    Handler, HandlerError, Intake, Qlower, Received, Source, Spool, SpoolBuilder, SpoolCounts,
};
use qlower_client::webhook::{Answer, Event};

use crate::receiver_support::{soon, source, until};

pub(crate) type QlowerSpool = Spool<Qlower>;

/// In a folder, with hardly any wait between tries.
pub(crate) fn spool(folder: &Path) -> SpoolBuilder<Qlower> {
    Spool::builder(folder.join("spool.sqlite"), source())
        .base_delay(Duration::from_millis(1))
        .max_delay(Duration::from_millis(2))
        .lock_timeout(Duration::from_secs(2))
}

pub(crate) fn small(id: &str) -> String {
    format!(r#"{{"event_type": "order.refunded", "event_id": "{id}"}}"#)
}

/// What a receiver hands over for this body.
pub(crate) async fn offer(spool: &QlowerSpool, body: impl Into<String>) -> Answer {
    let (body, source) = (bytes::Bytes::from(body.into()), source());
    let event = source.read(&body);
    let key = event.as_ref().ok().and_then(|event| source.key(event));
    soon(spool.take(Received { event, key, body })).await
}

pub(crate) async fn counts(spool: &QlowerSpool) -> SpoolCounts {
    soon(spool.counts()).await.unwrap()
}

/// Waiting, running, done, dead.
pub(crate) async fn numbers(spool: &QlowerSpool) -> [u64; 4] {
    let SpoolCounts { waiting, running, done, dead, .. } = counts(spool).await;
    [waiting, running, done, dead]
}

/// Waits until it holds these.
pub(crate) async fn reaches(spool: &QlowerSpool, wanted: [u64; 4]) {
    let mut seen = [0; 4];
    for _ in 0..5_000 {
        seen = numbers(spool).await;
        if seen == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(seen, wanted, "waiting, running, done, dead");
}

/// As if the process had ended: returns once the system would let another one work.
pub(crate) async fn crash(spool: QlowerSpool) {
    let lock = std::fs::File::open(format!("{}.workers", spool.path().display())).unwrap();
    drop(spool);
    until(|| lock.try_lock().is_ok()).await;
}

/// What a handler does with an event the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Fail,
    Panic,
    Hang,
}

/// A handler by a plan: what is not in it succeeds.
#[derive(Clone, Default)]
pub(crate) struct Plan {
    acts: Arc<Mutex<HashMap<String, VecDeque<Act>>>>,
    began: Arc<Mutex<Vec<String>>>,
    done: Arc<Mutex<Vec<String>>>,
}

impl Plan {
    pub(crate) fn add(&self, id: &str, act: Act) {
        self.acts.lock().unwrap().entry(id.to_owned()).or_default().push_back(act);
    }

    pub(crate) fn clear(&self) {
        self.acts.lock().unwrap().clear();
    }

    /// How many acts are left, and how many runs began.
    pub(crate) fn left(&self) -> (usize, usize) {
        let acts = self.acts.lock().unwrap();
        (acts.values().map(VecDeque::len).sum(), self.began.lock().unwrap().len())
    }

    /// Each run, from its beginning.
    pub(crate) fn began(&self) -> Vec<String> {
        self.began.lock().unwrap().clone()
    }

    /// Each run that succeeded.
    pub(crate) fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }

    pub(crate) fn handler(&self) -> impl Handler<Event> {
        let plan = self.clone();
        move |event: Event| {
            let plan = plan.clone();
            async move { plan.act(event.id().unwrap_or("no id")).await }
        }
    }

    #[expect(clippy::panic, reason = "that is what it is to do")]
    async fn act(&self, id: &str) -> Result<(), HandlerError> {
        let act = {
            let mut acts = self.acts.lock().unwrap();
            self.began.lock().unwrap().push(id.to_owned());
            acts.get_mut(id).and_then(VecDeque::pop_front)
        };
        match act {
            Some(Act::Fail) => return Err(format!("no table for {id}").into()),
            Some(Act::Panic) => panic!("a handler that panics, as it is to"),
            Some(Act::Hang) => std::future::pending().await,
            None => {}
        }
        self.done.lock().unwrap().push(id.to_owned());
        Ok(())
    }
}
