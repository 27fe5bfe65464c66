//! What feeds and probes are told of an endpoint.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use qlower_client::core::Lang;
use qlower_client::live::{Auth, SettingError};

use crate::errors;
use crate::settings::Given;

/// The exception for a setting.
pub(super) fn refused(py: Python<'_>, error: &SettingError) -> PyErr {
    let attributes = pyo3::types::PyDict::new(py);
    let set = attributes
        .set_item("setting", error.setting())
        .and_then(|()| attributes.set_item("message_fr", error.message(Lang::Fr)));
    let raised = match set {
        Ok(()) => errors::raise(py, "config", &error.to_string(), Some(&attributes)),
        Err(error) => error,
    };
    errors::caused(py, raised, std::error::Error::source(error))
}

/// Credentials, of their kind and what belongs to it.
pub(super) fn auth(set: &Given<'_, '_>) -> PyResult<Option<Auth>> {
    let Some(given) = set.any("auth")? else { return Ok(None) };
    let parts: Vec<String> = given.extract().map_err(|_| PyTypeError::new_err("auth: no text that can be encoded"))?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Ok(Some(match *parts.as_slice() {
        ["bearer", token] => Auth::bearer(token),
        ["api_key", key] => Auth::api_key(key),
        ["query", name, value] => Auth::query(name, value),
        ["header", name, value] => Auth::header(name, value),
        ["basic", user, password] => Auth::basic(user, password),
        _ => return Err(PyTypeError::new_err("auth: no such kind")),
    }))
}

pub(super) enum Bundle {
    Pem(Vec<u8>),
    File(PathBuf),
}

/// Certificate authorities: PEM text, or a file.
pub(super) fn bundle(set: &Given<'_, '_>) -> PyResult<Option<Bundle>> {
    let Some(given) = set.any("ca_bundle")? else { return Ok(None) };
    if let Ok(pem) = given.cast::<PyBytes>() {
        return Ok(Some(Bundle::Pem(pem.as_bytes().to_vec())));
    }
    let problem = "must be the path of a file, or bytes with PEM text";
    given.extract().map(Bundle::File).map(Some).map_err(|_| errors::config(given.py(), "ca_bundle", problem))
}
