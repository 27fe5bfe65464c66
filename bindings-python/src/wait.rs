//! Long work without the GIL, which Ctrl-C interrupts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use pyo3::prelude::*;

use crate::interpreter;

/// How long a signal may go unnoticed.
const PULSE: Duration = Duration::from_millis(40);

/// Does work in a thread of its own while this one looks for signals. After one that raises, the work goes on to its end
/// unheeded.
///
/// # Errors
/// What a signal's handler raises; `qlower.InternalError` if the work panics.
pub(crate) fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let (done, mut result) = sync_channel(1);
    std::thread::Builder::new().name("qlower-check".to_owned()).spawn(move || {
        // Who asked may be gone by then.
        let _ = done.send(catch_unwind(AssertUnwindSafe(work)));
    })?;
    let call = interpreter::Call::begin();
    loop {
        let ((back, got), _inside) = call.apart(py, move || {
            let got = result.recv_timeout(PULSE);
            (result, got)
        });
        result = back;
        match got {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(panic)) => return Err(crate::guard::internal(py, &*panic)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(crate::errors::raise(py, "internal", "the work ended without a result", None));
            }
        }
    }
}
