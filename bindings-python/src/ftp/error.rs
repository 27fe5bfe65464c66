//! From errors of deliveries to exceptions of the package.

use std::error::Error as StdError;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::core::Lang;
use qlower_client::core::naming::NamingError;
use qlower_client::ftp::{Error, ErrorKind, FleetError};

use crate::errors::{caused, raise};
use crate::value::to_python;

/// An error of a delivery, or of settings for one.
pub(super) fn delivery(py: Python<'_>, error: &Error) -> PyErr {
    caused(py, made(py, error).unwrap_or_else(|failed| failed), error.source())
}

fn made(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let message = error.to_string();
    let attributes = PyDict::new(py);
    let module = py.import("qlower._ftp_errors")?;
    match error.kind() {
        ErrorKind::Config { setting, .. } => {
            attributes.set_item("setting", setting)?;
            attributes.set_item("message_fr", error.message(Lang::Fr))?;
            return Ok(raise(py, "config", &message, Some(&attributes)));
        }
        ErrorKind::Naming(errors) => return naming(py, &message, &error.message(Lang::Fr), errors),
        ErrorKind::File { path, .. } => attributes.set_item("path", path.display().to_string())?,
        ErrorKind::Timeout(limit) => attributes.set_item("limit", limit.as_secs_f64())?,
        ErrorKind::SizeDiffers { sent, there } => {
            attributes.set_item("sent", sent)?;
            attributes.set_item("there", there)?;
        }
        _ => {}
    }
    // Those below have no texts of their own in French.
    attributes.set_item("message_fr", error.message_with_causes(Lang::Fr))?;
    attributes.set_item("stage", error.stage().map_or("unknown", |stage| stage.as_str()))?;
    attributes.set_item("code", error.reply_code())?;
    attributes.set_item("certainty", error.certainty().as_str())?;
    attributes.set_item("is_retryable", error.is_retryable())?;
    attributes.set_item("is_connect", error.is_connect())?;
    if let Some(path) = error.path() {
        attributes.set_item("path", path)?;
    }
    let receipt = to_python(py, &serde_json::to_value(error.receipt()).unwrap_or_default())?;
    let built = module.call_method1("build", (error.kind().as_str(), message, receipt, attributes))?;
    Ok(PyErr::from_value(built))
}

/// Names that cannot be made or used.
pub(super) fn naming(py: Python<'_>, message: &str, french: &str, errors: &[NamingError]) -> PyResult<PyErr> {
    let told = to_python(py, &serde_json::to_value(errors).unwrap_or_default())?;
    let module = py.import("qlower._ftp_errors")?;
    Ok(PyErr::from_value(module.call_method1("build_naming", (message, french, told))?))
}

/// An error of a fleet's file.
pub(super) fn fleet(py: Python<'_>, error: &FleetError) -> PyErr {
    let built = || -> PyResult<PyErr> {
        let told = super::fleet::mistakes(py, error.mistakes())?;
        let module = py.import("qlower._ftp_mistake")?;
        Ok(PyErr::from_value(module.call_method1("build_error", (error.to_string(), error.message(Lang::Fr), told))?))
    };
    caused(py, built().unwrap_or_else(|failed| failed), error.source())
}
