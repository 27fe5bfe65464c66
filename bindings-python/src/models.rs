//! Models of the core as objects of the package's classes, and back.

mod build;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use qlower_core::model::ModelName;
use qlower_core::{Payload, secret};

use crate::guard::guard;

/// The `qlower.Payload` of a payload.
///
/// # Errors
/// What the classes raise.
#[allow(dead_code, reason = "the client that takes it is to come")]
pub(crate) fn payload_to_python<'py>(py: Python<'py>, payload: &Payload) -> PyResult<Bound<'py, PyAny>> {
    build::payload(py, payload, &build::class(py, ModelName::Payload)?)
}

/// Whether a class is one of the models, or derived from one.
#[allow(dead_code, reason = "the encoder that asks is to come")]
pub(crate) fn is_model(kind: &Bound<'_, PyType>) -> PyResult<bool> {
    static BASE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    kind.is_subclass(BASE.import(kind.py(), "qlower._model", "Model")?)
}

/// `qlower.Payload.from_json`.
#[pyfunction]
fn payload_from_json<'py>(source: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    guard(py, || {
        let text = crate::source::text(source)?;
        match py.detach(|| Payload::from_json(&text)) {
            Ok(payload) => build::payload(py, &payload, class),
            Err(error) => Err(crate::report::validation_error(py, error.report().clone(), None)),
        }
    })
}

/// Whether a key is `apiKey` in whatever spelling.
#[pyfunction]
fn names_a_secret(key: &str) -> bool {
    secret::names_a_secret(key)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(names_a_secret, module)?)?;
    module.add_function(wrap_pyfunction!(payload_from_json, module)?)
}
