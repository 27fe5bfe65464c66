//! How far deliveries have come, for a callback in JavaScript.
//!
//! JavaScript asks for each step in turn, so that nothing here holds a function of it. Where it is slower than a delivery, a step
//! makes way for a later one about the same, so that what waits is bounded by the number of files.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use serde::Serialize;
use tokio::sync::Notify;

use crate::job::{self, Limits};

/// The steps of one call.
#[napi]
#[derive(Debug)]
pub struct FtpProgress {
    steps: Arc<Steps>,
    /// Goes to what is delivered; when that is over, there are no more steps.
    teller: Mutex<Option<Teller>>,
}

#[derive(Debug, Default)]
struct Steps {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    steps: VecDeque<Step>,
    is_over: bool,
}

#[derive(Debug)]
struct Step {
    json: String,
    /// About what it is; an end is about nothing else.
    about: Option<(u32, usize)>,
}

/// Tells of steps.
#[derive(Debug)]
pub(super) struct Teller(Arc<Steps>);

impl Steps {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self) -> Option<String> {
        loop {
            // Before the look, so that what is told after it is not missed.
            let changed = self.changed.notified();
            {
                let mut waiting = self.lock();
                if let Some(step) = waiting.steps.pop_front() {
                    return Some(step.json);
                }
                if waiting.is_over {
                    return None;
                }
            }
            changed.await;
        }
    }
}

impl Teller {
    /// A step, as JSON. One that waits, and is about the same, makes way.
    pub(super) fn tell(&self, about: Option<(u32, usize)>, step: &impl Serialize) {
        let Ok(json) = serde_json::to_string(step) else { return };
        let mut waiting = self.0.lock();
        if about.is_some() && waiting.steps.back().is_some_and(|last| last.about == about) {
            waiting.steps.pop_back();
        }
        waiting.steps.push_back(Step { json, about });
        drop(waiting);
        self.0.changed.notify_one();
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.changed.notify_one();
    }
}

#[napi]
impl FtpProgress {
    /// For one call.
    #[napi(constructor)]
    pub fn new() -> Self {
        let steps = Arc::<Steps>::default();
        Self { teller: Mutex::new(Some(Teller(Arc::clone(&steps)))), steps }
    }

    /// The next step, as JSON; `null` if there is none any more.
    #[napi(ts_return_type = "Promise<Outcome<string | null>>")]
    pub fn next<'e>(&self, env: &'e Env) -> napi::Result<Object<'e>> {
        let steps = Arc::clone(&self.steps);
        job::start(env, Limits::default(), async move { Ok(steps.next().await) }, Ok)
    }
}

impl FtpProgress {
    /// For what is delivered, once.
    pub(super) fn teller(&self) -> Option<Teller> {
        self.teller.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
