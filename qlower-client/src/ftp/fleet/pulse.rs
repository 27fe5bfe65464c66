//! What a delivery tells of itself while it runs, and whether its server is silent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::schedule::Ticket;
use crate::ftp::pace::Pace;
use crate::ftp::{Error, Receipt};

/// A server that takes less of a file counts as silent, in bytes a second.
const LEAST: f64 = 4096.0;

/// What happens to a job.
pub(super) enum Event {
    /// It would like to connect again.
    Asks(Ticket, oneshot::Sender<()>),
    /// Its connection is closed, and it waits for a better moment.
    Rests(Ticket),
    /// It has come to its end.
    Ended(Ticket, Ending),
}

/// How a job came to its end.
pub(super) enum Ending {
    Result(Result<Receipt, Error>),
    TimeUp,
    /// Its task ended without a result: it was stopped from here, or failed by a fault of the program.
    Lost,
}

/// Tells the end of a job in any case.
pub(super) struct End {
    ticket: Ticket,
    events: mpsc::UnboundedSender<Event>,
    ending: Ending,
}

impl End {
    pub(super) const fn new(ticket: Ticket, events: mpsc::UnboundedSender<Event>) -> Self {
        Self { ticket, events, ending: Ending::Lost }
    }

    pub(super) fn with(mut self, ending: Ending) {
        self.ending = ending;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // Whoever listens has gone only if the run was dropped.
        _ = self.events.send(Event::Ended(self.ticket, std::mem::replace(&mut self.ending, Ending::Lost)));
    }
}

/// What is seen of a connection from beside.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    connected: AtomicBool,
    answers: AtomicU64,
    bytes: AtomicU64,
}

/// A delivery's side of the run.
pub(super) struct Share {
    ticket: Ticket,
    events: mpsc::UnboundedSender<Event>,
    pulse: Arc<Pulse>,
    /// Whether it has made use of the turn that it had when it began.
    begun: AtomicBool,
}

impl Share {
    pub(super) const fn new(ticket: Ticket, events: mpsc::UnboundedSender<Event>, pulse: Arc<Pulse>) -> Self {
        Self { ticket, events, pulse, begun: AtomicBool::new(false) }
    }
}

#[async_trait]
impl Pace for Share {
    async fn turn(&self) {
        if self.begun.swap(true, Ordering::Relaxed) {
            let (go, wait) = oneshot::channel();
            _ = self.events.send(Event::Asks(self.ticket, go));
            _ = wait.await;
        }
        self.pulse.connected.store(true, Ordering::Relaxed);
    }

    fn answered(&self) {
        self.pulse.answers.fetch_add(1, Ordering::Relaxed);
    }

    fn took(&self, bytes: u64) {
        self.pulse.bytes.store(bytes, Ordering::Relaxed);
    }

    fn rest(&self) {
        self.pulse.connected.store(false, Ordering::Relaxed);
        _ = self.events.send(Event::Rests(self.ticket));
    }
}

/// What was seen of a connection when something happened last.
#[derive(Debug)]
pub(super) struct Beat {
    answers: u64,
    bytes: u64,
    heard: Instant,
}

impl Beat {
    pub(super) const fn new(now: Instant) -> Self {
        Self { answers: 0, bytes: 0, heard: now }
    }

    /// Whether nothing, or nearly nothing, has happened for a while. What is prepared on this machine is no silence.
    pub(super) fn is_silent(&mut self, pulse: &Pulse, now: Instant, after: Duration) -> bool {
        let (answers, bytes) = (pulse.answers.load(Ordering::Relaxed), pulse.bytes.load(Ordering::Relaxed));
        let enough = bytes.abs_diff(self.bytes) as f64 >= LEAST * after.as_secs_f64();
        if !pulse.connected.load(Ordering::Relaxed) || answers != self.answers || enough {
            *self = Self { answers, bytes, heard: now };
        }
        now.saturating_duration_since(self.heard) >= after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(1);

    #[test]
    fn silence_is_neither_an_answer_nor_bytes_for_a_while() {
        let (pulse, begin) = (Pulse::default(), Instant::now());
        let at = |ms| begin + Duration::from_millis(ms);
        let mut beat = Beat::new(begin);
        assert!(!beat.is_silent(&pulse, at(5000), AFTER), "it is not connected, so it is at work here");
        pulse.connected.store(true, Ordering::Relaxed);
        assert!(!beat.is_silent(&pulse, at(5999), AFTER));
        assert!(beat.is_silent(&pulse, at(6000), AFTER));

        pulse.answers.store(1, Ordering::Relaxed);
        assert!(!beat.is_silent(&pulse, at(6100), AFTER));
        assert!(beat.is_silent(&pulse, at(7100), AFTER));

        pulse.bytes.store(4096, Ordering::Relaxed);
        assert!(!beat.is_silent(&pulse, at(7200), AFTER));
        // A little now and then is none.
        for ms in (7300..8200).step_by(100) {
            pulse.bytes.fetch_add(100, Ordering::Relaxed);
            assert!(!beat.is_silent(&pulse, at(ms), AFTER), "{ms}");
        }
        assert!(beat.is_silent(&pulse, at(8200), AFTER));
        // The next file begins at zero.
        pulse.bytes.store(0, Ordering::Relaxed);
        assert!(!beat.is_silent(&pulse, at(8300), AFTER));
    }
}
