//! Readings out of documents.

use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use qlower_client::core::Lang;
use qlower_client::core::live::{self, ReadingFault, Unit, ValuePath};

use crate::buffer::{self, Need};
use crate::guard::guard;
use crate::value::to_python;

/// What a document says, as its JSON; and the value in the unit that was agreed.
#[pyfunction]
fn live_read<'py>(
    body: &Bound<'py, PyAny>,
    path: &str,
    agreed: Option<&str>,
) -> PyResult<(Bound<'py, PyAny>, Option<f64>)> {
    let py = body.py();
    guard(py, || {
        let text = buffer::text(body, Need::Once)?;
        let text = text.ok_or_else(|| PyTypeError::new_err("body: expected bytes or str"))?;
        let path = parsed(py, path)?;
        let found = py.detach(|| live::read(&text, &path)).map_err(|fault| error(py, &fault))?;
        let agreed = agreed.map(|unit| found.value_in(&Unit::from_name(unit))).transpose();
        Ok((to_python(py, &found.to_value())?, agreed.map_err(|fault| error(py, &fault))?))
    })
}

/// A path, or the exception for one that is none.
pub(super) fn parsed(py: Python<'_>, path: &str) -> PyResult<ValuePath> {
    ValuePath::parse(path).map_err(|error| {
        let texts = (format!("path: {error}"), format!("path : {}", error.message(Lang::Fr)));
        let more = (error.code().as_str(), error.position(), error.suggestion());
        refused(py, "build_path_error", (texts.0, texts.1, more.0, more.1, more.2))
    })
}

/// An exception that `qlower._live_errors` makes.
pub(super) fn refused<'py>(py: Python<'py>, build: &str, parameters: impl PyCallArgs<'py>) -> PyErr {
    let built = py.import("qlower._live_errors").and_then(|module| module.call_method1(build, parameters));
    built.map_or_else(|failed| failed, PyErr::from_value)
}

fn error(py: Python<'_>, fault: &ReadingFault) -> PyErr {
    match to_python(py, &fault.to_value()) {
        Ok(told) => refused(py, "build_reading_error", (fault.message(Lang::En), told)),
        Err(failed) => failed,
    }
}

/// A value in another unit.
#[pyfunction]
fn live_convert(py: Python<'_>, value: f64, unit: &str, to: &str) -> PyResult<Option<f64>> {
    guard(py, || Ok(Unit::from_name(unit).convert(value, &Unit::from_name(to))))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(live_read, module)?)?;
    module.add_function(wrap_pyfunction!(live_convert, module)?)
}
