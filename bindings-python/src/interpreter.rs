//! Which of a process's interpreters this is.

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;

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
    module.add_function(wrap_pyfunction!(require_main_interpreter, module)?)
}
