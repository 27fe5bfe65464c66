//! What goes on for an environment of Node, and ends with it: a thread that is terminated sends nothing any more.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::Env;
use tokio::task::AbortHandle;

thread_local! {
    /// Those of this thread, which has one environment, or a few where others embed Node.
    static KNOWN: RefCell<HashMap<usize, Arc<UnderWay>>> = RefCell::default();
}

/// The jobs of an environment.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<Jobs>);

#[derive(Debug, Default)]
struct Jobs {
    begun: u64,
    running: HashMap<u64, AbortHandle>,
}

impl UnderWay {
    /// That of an environment, in whose thread this runs.
    ///
    /// # Errors
    /// If Node takes no hook for its end.
    pub(crate) fn of(env: &Env) -> napi::Result<Arc<Self>> {
        let key = env.raw() as usize;
        if let Some(known) = KNOWN.with_borrow(|known| known.get(&key).map(Arc::clone)) {
            return Ok(known);
        }
        let new = Arc::new(Self::default());
        env.add_env_cleanup_hook(Arc::clone(&new), move |jobs| {
            jobs.abort();
            let _ = KNOWN.try_with(|known| known.borrow_mut().remove(&key));
        })?;
        KNOWN.with_borrow_mut(|known| known.insert(key, Arc::clone(&new)));
        Ok(new)
    }

    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a job: `spawn` is told its number, with which it has to say that it is [`done`](Self::done).
    pub(crate) fn begin(&self, spawn: impl FnOnce(u64) -> AbortHandle) {
        // Held until the job is known, so that it is not done before.
        let mut jobs = self.lock();
        jobs.begun += 1;
        let number = jobs.begun;
        let handle = spawn(number);
        jobs.running.insert(number, handle);
    }

    pub(crate) fn done(&self, number: u64) {
        self.lock().running.remove(&number);
    }

    fn abort(&self) {
        let running = std::mem::take(&mut self.lock().running);
        for job in running.into_values() {
            job.abort();
        }
    }
}
