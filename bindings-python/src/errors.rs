//! From errors of the SDK to exceptions of the package.

use std::error::Error as StdError;
use std::io;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::core::address::InvalidEnvironment;
use qlower_client::{Error, ErrorKind, SplitError, split::Limit};

/// The exception of a kind that `qlower._errors.build` knows.
pub(crate) fn raise(py: Python<'_>, kind: &str, message: &str, attributes: Option<&Bound<'_, PyDict>>) -> PyErr {
    let built =
        py.import("qlower._errors").and_then(|errors| errors.call_method1("build", (kind, message, attributes)));
    match built {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// A setting that cannot be used. The message begins with its name, as the client's own do.
pub(crate) fn config(py: Python<'_>, setting: &str, problem: &str) -> PyErr {
    let attributes = PyDict::new(py);
    match attributes.set_item("setting", setting) {
        Ok(()) => raise(py, "config", &format!("{setting}: {problem}"), Some(&attributes)),
        Err(error) => error,
    }
}

/// The same, told in French too.
pub(crate) fn setting(py: Python<'_>, setting: &str, english: &str, french: &str) -> PyErr {
    let attributes = PyDict::new(py);
    let set = attributes
        .set_item("setting", setting)
        .and_then(|()| attributes.set_item("message_fr", format!("{setting} : {french}")));
    match set {
        Ok(()) => raise(py, "config", &format!("{setting}: {english}"), Some(&attributes)),
        Err(error) => error,
    }
}

/// A text that names no environment.
pub(crate) fn environment(py: Python<'_>, error: &InvalidEnvironment) -> PyErr {
    config(py, "environment", &error.to_string())
}

/// An error of the client.
pub(crate) fn client(py: Python<'_>, error: &Error) -> PyErr {
    let attributes = PyDict::new(py);
    let kind = match common(error, &attributes).and_then(|()| particulars(py, error, &attributes)) {
        Ok(kind) => kind,
        Err(error) => return error,
    };
    caused(py, raise(py, kind, &error.to_string(), Some(&attributes)), error.source())
}

/// What cannot be cut small enough.
pub(crate) fn split(py: Python<'_>, error: &SplitError) -> PyErr {
    let attributes = PyDict::new(py);
    let set = || -> PyResult<()> {
        attributes.set_item("pointer", error.pointer())?;
        attributes.set_item("model", error.model().as_str())?;
        attributes.set_item("id", error.id())?;
        attributes.set_item("size", error.size())?;
        attributes.set_item("limit", error.limit())?;
        attributes.set_item("unit", if error.unit() == Limit::Items { "items" } else { "bytes" })
    };
    match set() {
        Ok(()) => raise(py, "split", &error.to_string(), Some(&attributes)),
        Err(error) => error,
    }
}

/// Gives an exception its cause: the layers below, each an exception of its own.
pub(crate) fn caused(py: Python<'_>, raised: PyErr, source: Option<&(dyn StdError + 'static)>) -> PyErr {
    if let Some(source) = source {
        let below = match os_error(source) {
            Some(error) => error,
            None => caused(py, raise(py, "cause", &source.to_string(), None), source.source()),
        };
        raised.set_cause(py, Some(below));
    }
    raised
}

/// `OSError`, or what Python makes of the number, such as `ConnectionRefusedError`.
fn os_error(source: &(dyn StdError + 'static)) -> Option<PyErr> {
    let error = source.downcast_ref::<io::Error>()?;
    let number = error.raw_os_error()?;
    let said = io::Error::from_raw_os_error(number).to_string();
    let text = said.strip_suffix(&format!(" (os error {number})")).unwrap_or(&said).to_owned();
    // Windows has numbers of its own, which Python translates.
    Some(if cfg!(windows) {
        PyOSError::new_err((0, text, None::<&str>, number))
    } else {
        PyOSError::new_err((number, text))
    })
}

/// What every error of the client knows.
fn common(error: &Error, attributes: &Bound<'_, PyDict>) -> PyResult<()> {
    attributes.set_item("status", error.status())?;
    attributes.set_item("certainty", error.certainty().as_str())?;
    attributes.set_item("is_retryable", error.is_retryable())?;
    attributes.set_item("is_too_large", error.is_too_large())?;
    attributes.set_item("is_connect", error.is_connect())?;
    attributes.set_item("is_rejected", error.is_rejected())?;
    attributes.set_item("is_server_error", error.is_server_error())?;
    attributes.set_item("attempts", error.attempts())?;
    attributes.set_item("duration", error.duration().as_secs_f64())?;
    attributes.set_item("retry_after", error.retry_after().map(|wait| wait.as_secs_f64()))
}

/// What a kind of error knows besides, and the kind's name.
fn particulars(py: Python<'_>, error: &Error, attributes: &Bound<'_, PyDict>) -> PyResult<&'static str> {
    let set = |name: &str, value: Option<&str>| attributes.set_item(name, value);
    Ok(match error.kind() {
        ErrorKind::Validation(_) | ErrorKind::Item(_) => "validation",
        ErrorKind::Config(error) => {
            set("setting", Some(error.setting()))?;
            "config"
        }
        ErrorKind::TooLarge(error) => {
            attributes.set_item("size", error.size())?;
            attributes.set_item("limit", error.limit())?;
            "too_large"
        }
        ErrorKind::Transport(error) => {
            set("stage", Some(error.stage().as_str()))?;
            "transport"
        }
        ErrorKind::Timeout(error) => {
            set("stage", Some(error.stage().as_str()))?;
            attributes.set_item("limit", error.limit().as_secs_f64())?;
            "timeout"
        }
        ErrorKind::Api(error) => {
            let rejection = error.rejection();
            set("kind", rejection.kind().map(|kind| kind.as_str()))?;
            set("message", rejection.message())?;
            set("excerpt", Some(rejection.excerpt()))?;
            let details = rejection.details().map(|details| crate::value::to_python(py, details)).transpose()?;
            attributes.set_item("details", details)?;
            "api"
        }
        ErrorKind::UnreadableReply(error) => {
            set("excerpt", error.invalid().map(|invalid| invalid.excerpt()))?;
            "unreadable_reply"
        }
        ErrorKind::Store(error) => {
            set("operation", Some(error.operation()))?;
            set("bucket", Some(error.bucket()))?;
            set("code", error.code())?;
            set("request_id", error.request_id())?;
            set("bucket_region", error.bucket_region())?;
            "store"
        }
        ErrorKind::Writer(_) => "writer",
        ErrorKind::Batch(_) => {
            attributes.set_item("is_unfinished", error.is_unfinished_batch())?;
            attributes.set_item("is_finished", error.is_finished_batch())?;
            "batch"
        }
        ErrorKind::File(error) => {
            set("path", Some(&error.path().display().to_string()))?;
            "file"
        }
        _ => "base",
    })
}
