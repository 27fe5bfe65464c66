//! From errors of the SDK to exceptions of the package.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The exception of a kind that `qlower._errors.build` knows.
pub(crate) fn raise(py: Python<'_>, kind: &str, message: &str, attributes: Option<&Bound<'_, PyDict>>) -> PyErr {
    let built =
        py.import("qlower._errors").and_then(|errors| errors.call_method1("build", (kind, message, attributes)));
    match built {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
