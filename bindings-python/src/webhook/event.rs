//! Bodies read.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::webhook::{Event, InvalidEvent, keyclic, vehicle};
use serde_json::Value;

use super::given::body_of;
use crate::guard::guard;
use crate::value::to_python;

/// The normal form, the key to de-duplicate by, and whether it is a ping.
type Read<'py> = (Bound<'py, PyAny>, Option<String>, bool);

fn read<'py>(
    body: &Bound<'py, PyAny>,
    parse: impl FnOnce(&[u8]) -> Result<(Value, Option<String>, bool), InvalidEvent>,
) -> PyResult<Read<'py>> {
    let py = body.py();
    guard(py, || {
        let (told, key, is_ping) = parse(&body_of(body)?).map_err(|error| invalid(py, &error))?;
        Ok((to_python(py, &told)?, key, is_ping))
    })
}

/// An event of Qlower's.
#[pyfunction]
fn webhook_parse<'py>(body: &Bound<'py, PyAny>) -> PyResult<Read<'py>> {
    read(body, |body| {
        let event = Event::parse(body)?;
        Ok((event.told(), event.id().map(str::to_owned), event.is_ping()))
    })
}

/// An event of Keyclic's.
#[pyfunction]
fn webhook_parse_keyclic<'py>(body: &Bound<'py, PyAny>) -> PyResult<Read<'py>> {
    read(body, |body| {
        let event = keyclic::Event::parse(body)?;
        Ok((event.told(), Some(event.key()), false))
    })
}

/// An event of the vehicle platform, of the kind that its address stands for.
#[pyfunction]
fn webhook_parse_vehicle<'py>(kind: &str, body: &Bound<'py, PyAny>) -> PyResult<Read<'py>> {
    let kind = vehicle_kind(kind)?;
    read(body, |body| Ok((vehicle::Event::new(kind, body)?.told(), None, false)))
}

/// The name of a kind of event of the vehicle platform.
#[pyfunction]
fn webhook_vehicle_kind(kind: &str) -> PyResult<&'static str> {
    vehicle_kind(kind).map(vehicle::EventKind::name)
}

fn vehicle_kind(kind: &str) -> PyResult<vehicle::EventKind> {
    kind.parse().map_err(|error: vehicle::UnknownEventKind| PyValueError::new_err(error.to_string()))
}

fn invalid(py: Python<'_>, error: &InvalidEvent) -> PyErr {
    let attributes = PyDict::new(py);
    let set = || -> PyResult<()> {
        attributes.set_item("pointer", error.pointer())?;
        attributes.set_item("problem", error.problem().name())
    };
    match set() {
        Ok(()) => crate::errors::raise(py, "invalid_event", &error.to_string(), Some(&attributes)),
        Err(error) => error,
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(webhook_parse, module)?)?;
    module.add_function(wrap_pyfunction!(webhook_parse_keyclic, module)?)?;
    module.add_function(wrap_pyfunction!(webhook_parse_vehicle, module)?)?;
    module.add_function(wrap_pyfunction!(webhook_vehicle_kind, module)?)
}
