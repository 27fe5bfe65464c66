//! Those who watch a feed.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures::Stream;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::core::Lang;
use qlower_client::live::{State, Watch};
use tokio::sync::watch;

use crate::client::run;
use crate::errors;
use crate::guard::guard;
use crate::settings::seconds;
use crate::value::to_python;

/// A watch that several may wait for, one after the other, and that any of them may close.
pub(super) struct Shared {
    /// Of whoever waits: a watch wakes only one.
    turn: tokio::sync::Mutex<()>,
    watch: Mutex<Option<Watch>>,
    closed: watch::Sender<bool>,
}

impl From<Watch> for Shared {
    fn from(watch: Watch) -> Self {
        let turn = tokio::sync::Mutex::new(());
        Self { turn, watch: Mutex::new(Some(watch)), closed: watch::Sender::new(false) }
    }
}

enum Told {
    State(State),
    Closed,
    TimeUp(Duration),
}

impl Shared {
    fn watch(&self) -> MutexGuard<'_, Option<Watch>> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self, limit: Option<Duration>) -> Told {
        let mut closed = self.closed.subscribe();
        let next = async {
            let _turn = self.turn.lock().await;
            poll_fn(|context| match self.watch().as_mut() {
                Some(watch) => Pin::new(watch).poll_next(context).map(|state| state.map_or(Told::Closed, Told::State)),
                None => Poll::Ready(Told::Closed),
            })
            .await
        };
        let time_up = async {
            match limit {
                Some(limit) => {
                    tokio::time::sleep(limit).await;
                    Told::TimeUp(limit)
                }
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            // The sender lives as long as this does.
            _ = closed.wait_for(|closed| *closed) => Told::Closed,
            told = next => told,
            told = time_up => told,
        }
    }

    fn close(&self) {
        self.closed.send_replace(true);
        self.watch().take();
    }
}

/// What `qlower.live.Watch` stands on. It belongs to the process in which it began.
#[pyclass(frozen, module = "qlower._native", name = "LiveWatch")]
pub(super) struct Handle {
    process: u32,
    shared: Option<Arc<Shared>>,
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { process: std::process::id(), shared: Some(shared) }
    }

    fn ours(&self) -> Option<&Arc<Shared>> {
        self.shared.as_ref().filter(|_| self.process == std::process::id())
    }
}

#[pymethods]
impl Handle {
    /// The next state; `None` once it is closed.
    fn next(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>, background: bool) -> PyResult<Py<PyAny>> {
        guard(py, || {
            let Some(shared) = self.ours() else {
                return Err(errors::raise(py, "base", "the watch was begun in another process, before a fork", None));
            };
            let limit = timeout.map(|limit| seconds(limit, "timeout")).transpose()?;
            let shared = Arc::clone(shared);
            run(py, background, async move { shared.next(limit).await }, |py, told| match told {
                Told::State(state) => self::state(py, &state),
                Told::Closed => Ok(py.None()),
                Told::TimeUp(limit) => {
                    let attributes = PyDict::new(py);
                    attributes.set_item("limit", limit.as_secs_f64())?;
                    let message = format!("nothing new within {limit:?}");
                    Err(errors::raise(py, "timeout", &message, Some(&attributes)))
                }
            })
        })
    }

    /// The state of the moment.
    fn state(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        guard(py, || {
            let Some(shared) = self.ours() else { return Ok(None) };
            let seen = py.detach(|| shared.watch().as_ref().and_then(Watch::state));
            seen.map(|state| self::state(py, &state)).transpose()
        })
    }

    fn close(&self, py: Python<'_>) {
        if let Some(shared) = self.ours() {
            py.detach(|| shared.close());
        }
    }

    #[getter]
    fn is_closed(&self) -> bool {
        self.ours().is_none_or(|shared| *shared.closed.borrow())
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // It is the parent's: its poll belongs to a runtime that does not exist here.
            std::mem::forget(self.shared.take());
        }
    }
}

/// A `qlower.live.State`.
fn state(py: Python<'_>, state: &State) -> PyResult<Py<PyAny>> {
    let facts = to_python(py, &serde_json::to_value(state).unwrap_or_default())?;
    let texts = (state.text(Lang::En), state.text(Lang::Fr));
    let last = state.last().map(|last| (last.text(Lang::En), last.text(Lang::Fr))).unwrap_or_default();
    py.import("qlower._live_states")?.call_method1("state_of", (facts, texts, last)).map(Bound::unbind)
}
