//! Callbacks of the program's, called while something goes on.

use std::future::Future;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Calls a callback, and keeps what it raises.
#[derive(Clone)]
pub(super) struct Teller {
    callback: Arc<Py<PyAny>>,
    raised: UnboundedSender<PyErr>,
}

/// What a callback raised.
pub(super) struct Raised(Option<UnboundedReceiver<PyErr>>);

/// The two ends of a callback, if there is one.
pub(super) fn telling(callback: Option<Py<PyAny>>) -> (Option<Teller>, Raised) {
    let Some(callback) = callback else { return (None, Raised(None)) };
    let (raised, receiver) = unbounded_channel();
    (Some(Teller { callback: Arc::new(callback), raised }), Raised(Some(receiver)))
}

impl Teller {
    /// Calls back. The GIL may be long in coming, and the callback may wait for other things that this runtime does.
    pub(super) fn tell(&self, facts: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>>) {
        let told = tokio::task::block_in_place(|| {
            crate::interpreter::call(|py| self.callback.call1(py, facts(py)?).map(drop))
        });
        if let Some(Err(error)) = told {
            // Nobody listens any more once another error has ended it.
            let _ = self.raised.send(error);
        }
    }
}

impl Raised {
    /// What comes of some work, unless its callback raises.
    pub(super) async fn or<T>(mut self, work: impl Future<Output = T>) -> Result<T, PyErr> {
        let Some(raised) = &mut self.0 else { return Ok(work.await) };
        tokio::select! {
            biased;
            Some(error) = raised.recv() => Err(error),
            done = work => raised.try_recv().map_or(Ok(done), Err),
        }
    }
}
