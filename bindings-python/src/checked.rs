//! What passed the check, held for `qlower.Checked`.

use std::sync::Arc;

use chrono::SecondsFormat;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyType};
use qlower_core::Checked;

use crate::guard::guard;
use crate::origins::Origins;
use crate::source::{self, Options};

/// What `qlower.Checked` stands on.
#[pyclass(frozen, module = "qlower._native", name = "Checked")]
pub(crate) struct Handle {
    checked: Checked,
    origins: Option<Arc<Origins>>,
}

#[pymethods]
impl Handle {
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.checked.bytes())
    }

    #[getter]
    fn size(&self) -> usize {
        self.checked.bytes().len()
    }

    #[getter]
    fn sha256(&self) -> String {
        self.checked.sha256_hex()
    }

    #[getter]
    fn partner(&self) -> &str {
        self.checked.partner()
    }

    #[getter]
    fn object_key(&self) -> String {
        self.checked.object_key()
    }

    /// In the form that `datetime.fromisoformat` reads.
    #[getter]
    fn created_at(&self) -> String {
        self.checked.created_at().to_rfc3339_opts(SecondsFormat::Micros, false)
    }

    /// The `qlower.Payload` that the bytes are.
    fn payload<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(py, || match py.detach(|| self.checked.payload()) {
            Ok(payload) => crate::models::payload_to_python(py, &payload),
            Err(error) => Err(crate::report::validation_error(py, error.report().clone(), None)),
        })
    }

    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(py, || crate::report::wrap_shared(py, Arc::new(self.checked.report().clone()), self.origins.clone()))
    }
}

/// The `qlower.Checked` of something checked.
pub(crate) fn wrap(py: Python<'_>, checked: Checked, origins: Option<Arc<Origins>>) -> PyResult<Bound<'_, PyAny>> {
    class(py)?.call_method1("_of", (Handle { checked, origins },))
}

fn class(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "qlower._check", "Checked")
}

/// What a `qlower.Checked` holds; `None` of anything else.
pub(crate) fn of(object: &Bound<'_, PyAny>) -> PyResult<Option<Checked>> {
    if !object.is_instance(class(object.py())?)? {
        return Ok(None);
    }
    let handle = object.getattr("_handle")?;
    Ok(Some(handle.cast::<Handle>()?.get().checked.clone()))
}

/// Something that may be sent, from anything that can be: a `qlower.Checked` is taken as it is, anything else is checked.
///
/// # Errors
/// `qlower.ValidationError` if there is an error in it.
pub(crate) fn extract(py: Python<'_>, object: &Bound<'_, PyAny>, options: &Options) -> PyResult<Checked> {
    extract_with_origins(py, object, options).map(|(checked, _)| checked)
}

fn extract_with_origins(
    py: Python<'_>,
    object: &Bound<'_, PyAny>,
    options: &Options,
) -> PyResult<(Checked, Option<Origins>)> {
    let outcome = match of(object)? {
        Some(checked) if options.is_default => return Ok((checked, None)),
        Some(checked) => {
            source::Outcome { result: source::inspect_text(py, checked.bytes().clone(), options)?, origins: None }
        }
        None => source::inspect(object, options)?,
    };
    match outcome.result.into_result() {
        Ok(checked) => Ok((checked, outcome.origins)),
        Err(error) => Err(crate::report::validation_error(py, error.into_report(), outcome.origins)),
    }
}

/// `qlower.check`.
#[pyfunction]
#[pyo3(signature = (source, strict=false, today=None, max_findings=None, threads=None))]
fn check<'py>(
    source: &Bound<'py, PyAny>,
    strict: bool,
    today: Option<&Bound<'py, PyAny>>,
    max_findings: Option<usize>,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    guard(py, || {
        let options = Options::new(strict, today, max_findings, threads)?;
        let outcome = source::check(source, &options)?;
        crate::report::wrap(py, outcome.result, outcome.origins)
    })
}

/// `qlower.checked`.
#[pyfunction]
#[pyo3(signature = (source, strict=false, today=None, max_findings=None, threads=None))]
fn checked<'py>(
    source: &Bound<'py, PyAny>,
    strict: bool,
    today: Option<&Bound<'py, PyAny>>,
    max_findings: Option<usize>,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = source.py();
    guard(py, || {
        let options = Options::new(strict, today, max_findings, threads)?;
        let (checked, origins) = extract_with_origins(py, source, &options)?;
        wrap(py, checked, origins.map(Arc::new))
    })
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Handle>()?;
    module.add_function(wrap_pyfunction!(check, module)?)?;
    module.add_function(wrap_pyfunction!(checked, module)?)
}
