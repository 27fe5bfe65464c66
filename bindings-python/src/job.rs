//! Work on the runtime, and waiting for it: the GIL released, Ctrl-C heard.

use std::pin::pin;
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinError, JoinHandle};
use tokio::time::timeout;

use crate::guard::{guard, internal};
use crate::{errors, interpreter, logging, runtime};

/// How long a signal may go unnoticed.
const TICK: Duration = Duration::from_millis(50);
/// How long an interrupted call waits for what it began to be gone.
const GRACE: Duration = Duration::from_millis(25);

/// Waits for something that is polled here, so that it may borrow. It is dropped when a signal's handler raises.
///
/// # Errors
/// What a signal's handler raises: `KeyboardInterrupt` after Ctrl-C.
pub(crate) fn wait_here<F>(py: Python<'_>, future: F) -> PyResult<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    let handle = runtime::handle(py)?;
    let mut future = pin!(future);
    let call = interpreter::Call::begin();
    loop {
        let (seen, _inside) = call.apart(py, || handle.block_on(async { timeout(TICK, future.as_mut()).await }));
        logging::deliver(py)?;
        match seen {
            Ok(output) => return Ok(output),
            Err(_) => py.check_signals()?,
        }
    }
}

/// Runs something on the runtime, where it goes on whatever Python does meanwhile, and waits for it.
///
/// # Errors
/// What a signal's handler raises: `KeyboardInterrupt` after Ctrl-C. It is then cancelled. `qlower.InternalError` if it
/// panics.
pub(crate) fn wait<F>(py: Python<'_>, future: F) -> PyResult<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let handle = runtime::handle(py)?;
    let task = handle.spawn(future);
    join(py, &handle, task)
}

fn join<T: Send + 'static>(py: Python<'_>, handle: &Handle, mut task: JoinHandle<T>) -> PyResult<T> {
    match wait_here(py, &mut task) {
        Ok(joined) => joined.map_err(|error| ended(py, error)),
        Err(signal) => {
            task.abort();
            // Nothing of it goes on when the caller learns of the signal.
            let _ = py.detach(|| handle.block_on(async { timeout(GRACE, task).await }));
            Err(signal)
        }
    }
}

/// The exception for a task that gave no result.
pub(crate) fn ended(py: Python<'_>, error: JoinError) -> PyErr {
    match error.try_into_panic() {
        Ok(panic) => internal(py, &*panic),
        Err(_) => errors::raise(py, "base", "it was cancelled", None),
    }
}

/// What becomes of a job's output, with the GIL.
type Outcome = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// Something that goes on in the background until it is done, cancelled, or forgotten.
#[pyclass(frozen, module = "qlower._native")]
pub(crate) struct Job {
    pid: u32,
    handle: Handle,
    task: Mutex<Option<JoinHandle<Outcome>>>,
    abort: AbortHandle,
    end: Arc<End>,
}

impl Job {
    /// Starts it. `convert` makes a Python object of the output, when that is asked for.
    pub(crate) fn spawn<F, C>(py: Python<'_>, future: F, convert: C) -> PyResult<Self>
    where
        F: Future + Send + 'static,
        F::Output: Send,
        C: FnOnce(Python<'_>, F::Output) -> PyResult<Py<PyAny>> + Send + 'static,
    {
        let handle = runtime::handle(py)?;
        let end = Arc::new(End { handle: handle.clone(), callback: Mutex::new(Callback::None) });
        let at_end = AtEnd(Arc::clone(&end));
        let task = handle.spawn(async move {
            let _at_end = at_end;
            let output = future.await;
            Box::new(move |py: Python<'_>| convert(py, output)) as Outcome
        });
        let abort = task.abort_handle();
        Ok(Self { pid: process::id(), handle, task: Mutex::new(Some(task)), abort, end })
    }

    fn is_ours(&self) -> bool {
        self.pid == process::id()
    }
}

#[pymethods]
impl Job {
    /// Waits for the end, and gives what came of it, once.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guard(py, || {
            if !self.is_ours() {
                return Err(errors::raise(py, "base", "it was begun in another process, before a fork", None));
            }
            let task = lock(&self.task).take();
            let Some(task) = task else {
                return Err(errors::raise(py, "base", "its result was taken before", None));
            };
            join(py, &self.handle, task)?(py)
        })
    }

    /// Stops it; nothing happens if it is done.
    fn cancel(&self) {
        if self.is_ours() {
            self.abort.abort();
        }
    }

    /// Has something called, without arguments and in any thread, when it is done or cancelled; at once, if it is so already.
    fn on_done(&self, py: Python<'_>, callback: Py<PyAny>) -> PyResult<()> {
        guard(py, || {
            let mut place = lock(&self.end.callback);
            if matches!(*place, Callback::Called) {
                drop(place);
                return callback.call0(py).map(drop);
            }
            *place = Callback::Waits(callback);
            Ok(())
        })
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel();
    }
}

struct End {
    handle: Handle,
    callback: Mutex<Callback>,
}

enum Callback {
    None,
    Waits(Py<PyAny>),
    Called,
}

/// Calls back when it is dropped, which is when the work is over, however it went.
struct AtEnd(Arc<End>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        let waiting = std::mem::replace(&mut *lock(&self.0.callback), Callback::Called);
        if let Callback::Waits(callback) = waiting {
            // Not in a thread that others need for their input and output: the GIL may be long in coming.
            self.0.handle.spawn_blocking(move || {
                crate::interpreter::call(|py| {
                    if let Err(error) = callback.call0(py) {
                        error.write_unraisable(py, None);
                    }
                    drop(callback);
                })
            });
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Job>()
}
