//! How far an upload has come, for a callback in JavaScript.
//!
//! JavaScript asks for each step in turn, so that nothing here holds a function of it: nothing keeps a program alive, and a worker
//! may end at any moment.

use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use qlower_client::UploadProgress;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::job::{self, Limits};

/// The steps of one upload, or of several.
#[napi]
#[derive(Debug)]
pub struct Progress {
    steps: Arc<tokio::sync::Mutex<UnboundedReceiver<Step>>>,
    /// Goes to what is uploaded; when that is over, there are no more steps.
    teller: Mutex<Option<Teller>>,
}

/// A step.
#[napi(object, object_from_js = false)]
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Of which file, counted from 0.
    pub file: u32,
    /// Bytes that the store has acknowledged.
    pub done: f64,
    /// Bytes in all.
    pub total: f64,
}

/// Tells of steps.
#[derive(Clone, Debug)]
pub(crate) struct Teller(UnboundedSender<Step>);

impl Teller {
    /// Of a file that is counted from 0.
    #[expect(clippy::cast_precision_loss, reason = "no file is that long")]
    pub(crate) fn tell(&self, file: usize, progress: UploadProgress) {
        let file = u32::try_from(file).unwrap_or(u32::MAX);
        // Nobody may be there to hear it.
        let _ = self.0.send(Step { file, done: progress.done() as f64, total: progress.total() as f64 });
    }
}

#[napi]
impl Progress {
    /// For one call.
    #[napi(constructor)]
    pub fn new() -> Self {
        let (teller, steps) = mpsc::unbounded_channel();
        Self { steps: Arc::new(tokio::sync::Mutex::new(steps)), teller: Mutex::new(Some(Teller(teller))) }
    }

    /// The next step; `null` if there is none any more.
    #[napi(ts_return_type = "Promise<Outcome<Step | null>>")]
    pub fn next<'e>(&self, env: &'e Env) -> napi::Result<Object<'e>> {
        let steps = Arc::clone(&self.steps);
        job::start(env, Limits::default(), async move { Ok(steps.lock().await.recv().await) }, Ok)
    }
}

impl Progress {
    /// For what is uploaded, once.
    pub(crate) fn teller(&self) -> Option<Teller> {
        self.teller.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
