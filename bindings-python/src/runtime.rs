//! The Tokio runtime of this process.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;

use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::errors;
use crate::process::PerProcess;

/// Most of the work is waiting; encoding and checking have threads of their own.
const MOST_THREADS: usize = 4;

static RUNTIME: PerProcess<Arc<Runtime>> = PerProcess::new();

/// The runtime of this process, started when it is first asked for. It is never shut down: its threads end with the process.
///
/// # Errors
/// `qlower.QlowerError` if the system gives no threads.
pub(crate) fn handle(py: Python<'_>) -> PyResult<Handle> {
    let runtime = RUNTIME.get_or_make(|| start().map(Arc::new));
    match runtime {
        Ok(runtime) => Ok(runtime.handle().clone()),
        Err(error) => {
            let raised = errors::raise(py, "base", "no threads could be started for sending", None);
            raised.set_cause(py, Some(error.into()));
            Err(raised)
        }
    }
}

fn start() -> std::io::Result<Runtime> {
    let threads = available_parallelism().map_or(1, NonZeroUsize::get).min(MOST_THREADS);
    Builder::new_multi_thread().worker_threads(threads).thread_name("qlower").enable_all().build()
}

/// Does something that may take long, if there is a runtime.
pub(crate) fn in_background(work: impl FnOnce() + Send + 'static) {
    if let Some(runtime) = RUNTIME.get() {
        runtime.handle().spawn_blocking(work);
    }
}
