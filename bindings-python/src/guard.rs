//! No panic leaves the module as anything but `qlower.InternalError`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

/// Runs what an entry does.
///
/// # Errors
/// What `work` raises; `qlower.InternalError` if it panics.
pub(crate) fn guard<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    // What it had in hand is dropped, and the classes of this module keep nothing half done.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(internal(py, &*panic)))
}

/// The exception for a panic.
pub(crate) fn internal(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = format!("a fault in the SDK itself, please report it: {}", said.unwrap_or("no message"));
    crate::errors::raise(py, "internal", &message, None)
}

/// Panics, so that tests can see what becomes of it.
#[pyfunction]
#[expect(clippy::panic, reason = "what it is for")]
fn _panic(py: Python<'_>, message: String) -> PyResult<()> {
    guard(py, || panic!("{message}"))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(_panic, module)?)
}
