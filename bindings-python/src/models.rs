//! Models of the core as objects of the package's classes, and back.

mod build;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyType};
use qlower_core::model::{MODELS, Model, ModelName};
use qlower_core::{Payload, secret};

use crate::guard::guard;

/// The `qlower.Payload` of a payload.
///
/// # Errors
/// What the classes raise.
pub(crate) fn payload_to_python<'py>(py: Python<'py>, payload: &Payload) -> PyResult<Bound<'py, PyAny>> {
    let text = py.detach(|| payload.to_json());
    build::payload(py, &text, &build::class(py, ModelName::Payload)?)
}

/// The canonical form of a model's object, and the model.
fn encode(object: &Bound<'_, PyAny>) -> PyResult<(&'static Model, Vec<u8>)> {
    let py = object.py();
    let name: String = object.get_type().getattr(intern!(py, "_model"))?.extract()?;
    let model = MODELS.iter().find(|model| model.name.as_str() == name);
    let model = *model.ok_or_else(|| PyTypeError::new_err(format!("there is no model {name}")))?;
    let mut out = Vec::new();
    crate::encode::object(model, object, &mut out)?;
    Ok((model, out))
}

/// A payload that holds one object and nothing else.
fn alone(model: &Model, object: &[u8]) -> Vec<u8> {
    let (before, after) = match model.name {
        ModelName::Payload => ("", ""),
        ModelName::ClientEntry => (r#"{"clients":["#, "]}"),
        ModelName::ClientAccount => (r#"{"clients":[{"client":"#, "}]}"),
        ModelName::Associate => (r#"{"declarants":[{"associates":["#, "]}]}"),
        ModelName::Declarant => (r#"{"declarants":["#, "]}"),
        ModelName::Property => (r#"{"properties":["#, "]}"),
        ModelName::Transaction => (r#"{"transactions":["#, "]}"),
        _ => (r#"{"documents":["#, "]}"),
    };
    [before.as_bytes(), object, after.as_bytes()].concat()
}

/// The canonical form.
#[pyfunction]
fn model_json<'py>(py: Python<'py>, model: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    guard(py, || Ok(PyBytes::new(py, &encode(model)?.1)))
}

/// Whether two objects of a model are the same as the core sees them: `1500` is `1500.00`.
#[pyfunction]
fn models_equal(py: Python<'_>, one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    guard(py, || {
        let ((model, one), (other_model, other)) = (encode(one)?, encode(other)?);
        if model.name != other_model.name {
            return Ok(false);
        }
        unless_interrupted(py, one.len(), move || {
            let read = |text: &[u8]| Payload::from_json(&alone(model, text)).ok();
            // What cannot be read without loss is compared as it stands.
            one == other || read(&one).is_some_and(|one| read(&other).is_some_and(|other| one == other))
        })
    })
}

/// Works without Python; so long that Ctrl-C must interrupt it where there is much text.
fn unless_interrupted<T: Send + 'static>(
    py: Python<'_>,
    size: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    if size < crate::source::LONG { Ok(py.detach(work)) } else { crate::wait::interruptible(py, work) }
}

/// `qlower.Payload.from_json`.
#[pyfunction]
fn payload_from_json<'py>(source: &Bound<'py, PyAny>, class: &Bound<'py, PyType>) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    guard(py, || {
        let text = crate::source::text(source)?;
        match unless_interrupted(py, text.len(), move || Payload::from_json(&text).map(|read| read.to_json()))? {
            Ok(text) => build::payload(py, &text, class),
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
    module.add_function(wrap_pyfunction!(model_json, module)?)?;
    module.add_function(wrap_pyfunction!(models_equal, module)?)?;
    module.add_function(wrap_pyfunction!(names_a_secret, module)?)?;
    module.add_function(wrap_pyfunction!(payload_from_json, module)?)
}
