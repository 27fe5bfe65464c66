//! One call of the source for all who ask.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use qlower_core::live::{Measurement, Unavailable};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Measuring, telling};

type Measured = Result<Measurement, Unavailable>;
type Measure = Arc<dyn Fn() -> Measuring + Send + Sync>;

pub(super) struct Call {
    measure: Measure,
    timeout: Duration,
    fresh_for: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What came of the last call, and when.
    last: Option<(Instant, Measured)>,
    running: Option<Running>,
}

#[derive(Clone)]
struct Running {
    deadline: Instant,
    outcome: watch::Receiver<Option<Measured>>,
}

/// Ends a call, however the task does.
struct End {
    call: Arc<Call>,
    tell: watch::Sender<Option<Measured>>,
    measured: Measured,
}

impl Call {
    pub(super) fn new(
        measure: Box<dyn Fn() -> Measuring + Send + Sync>,
        timeout: Duration,
        fresh_for: Duration,
    ) -> Self {
        Self { measure: measure.into(), timeout, fresh_for, state: Mutex::default() }
    }

    pub(super) fn timeout(&self, timeout: Duration) -> Self {
        Self { measure: Arc::clone(&self.measure), timeout, fresh_for: self.fresh_for, state: Mutex::default() }
    }

    pub(super) fn fresh_for(&self, fresh_for: Duration) -> Self {
        Self { measure: Arc::clone(&self.measure), timeout: self.timeout, fresh_for, state: Mutex::default() }
    }

    /// What the source gives, within its time.
    pub(super) async fn measured(self: &Arc<Self>) -> Measured {
        let Running { deadline, mut outcome } = match self.known_or_running() {
            Ok(measured) => return measured,
            Err(running) => running,
        };
        // The task keeps to the time itself, unless it does not get to run.
        match timeout_at(deadline, outcome.wait_for(Option::is_some)).await {
            Ok(Ok(measured)) => measured.clone().unwrap_or(Err(Unavailable)),
            Ok(Err(_)) | Err(_) => Err(Unavailable),
        }
    }

    /// A value that is fresh enough, or the call that is under way, which may have begun just now.
    fn known_or_running(self: &Arc<Self>) -> Result<Measured, Running> {
        let now = Instant::now();
        let (tell, outcome) = watch::channel(None);
        let running = {
            let mut state = self.state();
            match &state.last {
                Some((at, measured)) if now.duration_since(*at) < self.fresh_for => return Ok(measured.clone()),
                _ => {}
            }
            if let Some(running) = &state.running {
                return Err(running.clone());
            }
            let running = Running { deadline: now + self.timeout, outcome };
            state.running = Some(running.clone());
            running
        };
        let end = End { call: Arc::clone(self), tell, measured: Err(Unavailable) };
        // Not under the lock: a runtime that ends drops the task at once, and with it the end, which takes the lock.
        tokio::spawn(async move {
            let measured = match timeout(end.call.timeout, (end.call.measure)()).await {
                Ok(Ok(measured)) => Ok(dated(measured)),
                Ok(Err(error)) => {
                    telling::failed(&*error);
                    Err(Unavailable)
                }
                Err(_) => {
                    telling::too_long(end.call.timeout);
                    Err(Unavailable)
                }
            };
            end.with(measured);
        });
        Err(running)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    fn with(mut self, measured: Measured) {
        self.measured = measured;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if std::thread::panicking() {
            telling::panicked();
        }
        {
            let mut state = self.call.state();
            state.running = None;
            state.last = Some((Instant::now(), self.measured.clone()));
        }
        self.tell.send_replace(Some(self.measured.clone()));
    }
}

/// A value that does not say of when it is, is of now.
fn dated(measured: Measurement) -> Measurement {
    let now = || DateTime::<Utc>::from(SystemTime::now()).fixed_offset();
    Measurement { at: measured.at.or_else(|| Some(now())), ..measured }
}
