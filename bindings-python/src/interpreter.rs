//! Which of a process's interpreters this is, and threads that are in it while it ends.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::process::PerProcess;

/// How often an interpreter that ends looks again for threads that are in it: about a second in all.
const NAPS: usize = 1000;
const NAP: Duration = Duration::from_millis(1);

/// Threads that are in Python and have this module's frames below. An interpreter that ends tears them out of what they are in, and
/// the process dies of that: so it waits for them, and lets no further ones in.
#[derive(Default)]
struct Gate {
    inside: AtomicUsize,
    closed: AtomicBool,
    /// The thread that ends the interpreter, and may go on in it.
    closer: OnceLock<ThreadId>,
}

static GATE: PerProcess<Arc<Gate>> = PerProcess::new();

fn gate() -> Arc<Gate> {
    match GATE.get_or_make(|| Ok::<_, Infallible>(Arc::default())) {
        Ok(gate) => gate,
    }
}

/// While there is one, the interpreter does not end.
pub(crate) struct Inside(Arc<Gate>);

impl Inside {
    fn enter() -> Self {
        let gate = gate();
        gate.inside.fetch_add(1, Ordering::SeqCst);
        Self(gate)
    }
}

impl Gate {
    /// Whether the interpreter is at its end, for this thread.
    fn is_late(&self) -> bool {
        self.closed.load(Ordering::SeqCst) && self.closer.get() != Some(&thread::current().id())
    }
}

/// Whether the interpreter is at its end, so that this thread has to leave it.
pub(crate) fn is_late() -> bool {
    gate().is_late()
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Calls Python from a thread of the runtime, unless the interpreter is at its end.
pub(crate) fn call<T>(work: impl for<'py> FnOnce(Python<'py>) -> T) -> Option<T> {
    let inside = Inside::enter();
    if inside.0.is_late() {
        return None;
    }
    Python::try_attach(work)
}

/// A call of the program's, from its beginning.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    /// It began when the interpreter was at its end: of a thread that a function of `atexit` may be waiting for.
    is_last: bool,
}

impl Call {
    pub(crate) fn begin() -> Self {
        Self { is_last: is_late() }
    }

    /// Waits without the GIL. A thread of the program's own that comes back when the interpreter has come to its end meanwhile, as
    /// daemons do, stays where it is until the process is gone.
    pub(crate) fn apart<T: Send>(self, py: Python<'_>, work: impl FnOnce() -> T + Send) -> (T, Inside) {
        py.detach(|| {
            let done = work();
            let inside = Inside::enter();
            if inside.0.is_late() && !self.is_last {
                drop(inside);
                loop {
                    thread::park();
                }
            }
            (done, inside)
        })
    }
}

/// Waits for the threads that are in the interpreter, and lets no more in.
#[pyfunction]
fn _settle(py: Python<'_>) {
    let gate = gate();
    let _ = gate.closer.set(thread::current().id());
    gate.closed.store(true, Ordering::SeqCst);
    py.detach(|| {
        // Naps are counted, not time: in a process that stood still, those that are inside did so too.
        for _ in 0..NAPS {
            if gate.inside.load(Ordering::SeqCst) == 0 {
                break;
            }
            thread::sleep(NAP);
        }
    });
}

/// Refuses interpreters other than the first: what is loaded once for all of them would mix their objects up.
///
/// Python does so itself only from 3.12 on, and only for interpreters with a GIL of their own.
#[pyfunction]
fn require_main_interpreter(_py: Python<'_>) -> PyResult<()> {
    // SAFETY: this thread is attached to an interpreter, as the token says; both calls only read what is known of it.
    let id = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
    if id == 0 {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "qlower does not work in subinterpreters: use it in the main interpreter, or in a process of its own \
         (with mod_wsgi: WSGIApplicationGroup %{GLOBAL})",
    ))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let settle = wrap_pyfunction!(_settle, module)?;
    module.py().import("atexit")?.call_method1("register", (&settle,))?;
    module.add_function(settle)?;
    module.add_function(wrap_pyfunction!(require_main_interpreter, module)?)
}
