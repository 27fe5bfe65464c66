//! What the S3 side holds, and the ways in which its owner reaches it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};

use s3s::{S3Error, S3ErrorCode, S3Result};
use tokio::sync::{mpsc, watch};

use super::arrival::Arrival;
use super::bucket::Bucket;
use super::call::Call;
use super::fault::{Moment, S3Fault, Scripted};
use super::record::{S3Load, S3RequestRecord};
use crate::sandbox::record::KEPT;

/// Everything that [`Sandbox::reset`](crate::sandbox::Sandbox::reset) forgets of it. Buckets go by the partner's name.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct State {
    pub(super) buckets: BTreeMap<String, Bucket>,
    pub(super) requests: VecDeque<S3RequestRecord>,
    pub(super) loads: VecDeque<S3Load>,
    pub(super) pending: Vec<Scripted>,
    pub(super) fired: Vec<S3Fault>,
}

impl State {
    pub(super) fn bucket(&mut self, partner: &str) -> &mut Bucket {
        self.buckets.entry(partner.to_owned()).or_default()
    }

    /// Whether there is room for so many bytes more.
    pub(super) fn room(&self, bytes: usize, limit: u64) -> S3Result<()> {
        let used: u64 = self.buckets.values().map(Bucket::weight).sum();
        if used.saturating_add(bytes as u64) <= limit {
            return Ok(());
        }
        let code = S3ErrorCode::Custom("QuotaExceeded".into());
        let mut full = S3Error::with_message(code, "The sandbox holds as much as it may");
        full.set_status_code(hyper::StatusCode::FORBIDDEN);
        Err(full)
    }

    /// Takes the first scripted fault that strikes this request now: from here on it counts as fired.
    pub(super) fn fire(&mut self, call: &Call, moment: Moment) -> Option<S3Fault> {
        let at = self.pending.iter().position(|scripted| scripted.strikes(call, moment))?;
        let fault = self.pending.remove(at).fault;
        self.fired.push(fault.clone());
        Some(fault)
    }

    pub(super) fn log(&mut self, record: S3RequestRecord) {
        keep(&mut self.requests, record);
    }

    pub(super) fn log_load(&mut self, load: S3Load) {
        keep(&mut self.loads, load);
    }
}

fn keep<T>(log: &mut VecDeque<T>, record: T) {
    if log.len() >= KEPT {
        log.pop_front();
    }
    log.push_back(record);
}

/// What the owner, or a fault, asks of the listener.
#[derive(Debug)]
pub(super) enum Command {
    Vanish(Option<SyncSender<io::Result<()>>>),
    Restore(SyncSender<io::Result<()>>),
}

/// The ways into the server's thread.
#[derive(Debug)]
pub(in crate::sandbox) struct Control {
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) arrivals: mpsc::UnboundedSender<Arrival>,
    pub(super) hold: watch::Sender<bool>,
    inbox: Mutex<Option<Inbox>>,
    last_id: AtomicU64,
}

/// Their other ends.
#[derive(Debug)]
pub(super) struct Inbox {
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    pub(super) arrivals: mpsc::UnboundedReceiver<Arrival>,
}

impl Control {
    pub(in crate::sandbox) fn new(hold: bool) -> Self {
        let (commands, commanded) = mpsc::unbounded_channel();
        let (arrivals, arrived) = mpsc::unbounded_channel();
        let inbox = Inbox { commands: commanded, arrivals: arrived };
        Self {
            commands,
            arrivals,
            hold: watch::Sender::new(hold),
            inbox: Mutex::new(Some(inbox)),
            last_id: AtomicU64::new(0),
        }
    }

    /// For the server, once.
    pub(super) fn take_inbox(&self) -> Option<Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A number that was not given out before.
    pub(super) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed)
    }
}
