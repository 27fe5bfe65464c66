//! Replies.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use qlower_client::core::Lang;
use qlower_client::reply::ItemError;
use qlower_client::{Payload, Reply};

use crate::guard::guard;
use crate::source::Options;
use crate::{checked, errors, split, value};

/// What `qlower.Reply` stands on.
#[pyclass(frozen, module = "qlower._native", name = "Reply")]
pub(crate) struct Handle(Reply);

#[pymethods]
impl Handle {
    /// From what `to_kept` gave.
    #[staticmethod]
    fn from_kept(py: Python<'_>, text: &str) -> PyResult<Self> {
        guard(py, || {
            let reply = Reply::from_kept(text);
            reply.map(Self).map_err(|_| errors::raise(py, "base", "this is no reply that was pickled", None))
        })
    }

    fn to_kept(&self, py: Python<'_>) -> PyResult<String> {
        guard(py, || self.0.to_kept().map_err(|error| errors::raise(py, "base", &error.to_string(), None)))
    }

    #[getter]
    fn status(&self) -> &str {
        self.0.status().as_str()
    }

    #[getter]
    fn total_count(&self) -> Option<u64> {
        self.0.total_count()
    }

    #[getter]
    fn success_count(&self) -> Option<u64> {
        self.0.success_count()
    }

    #[getter]
    fn failed_count(&self) -> Option<u64> {
        self.0.failed_count()
    }

    #[getter]
    fn end_date(&self) -> Option<&str> {
        self.0.end_date()
    }

    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.raw())
    }

    #[getter]
    fn has_failures(&self) -> bool {
        self.0.has_failures()
    }

    #[getter]
    fn all_failed(&self) -> bool {
        self.0.all_failed()
    }

    #[getter]
    fn unnamed_failures(&self) -> u64 {
        self.0.unnamed_failures()
    }

    fn errors<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        guard(py, || self.0.errors().iter().map(|error| item_error(py, error)).collect())
    }

    fn combined_result(&self) -> Vec<(String, Option<u64>, Option<u64>)> {
        let results = self.0.combined_result().iter();
        results.map(|result| (result.model_name().to_owned(), result.success(), result.error())).collect()
    }

    fn summary(&self, py: Python<'_>, lang: &str) -> PyResult<String> {
        guard(py, || {
            let lang: Lang = lang.parse().map_err(|_| errors::config(py, "lang", "must be \"en\" or \"fr\""))?;
            Ok(self.0.summary(lang))
        })
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(py, || {
            let json = serde_json::to_value(&self.0);
            value::to_python(py, &json.map_err(|error| errors::raise(py, "base", &error.to_string(), None))?)
        })
    }

    /// The canonical JSON of a payload of what failed.
    fn failed_only<'py>(&self, payload: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let py = payload.py();
        guard(py, || {
            let sent = sent(payload)?;
            let failed = py.detach(|| self.0.failed_only(&sent).to_json());
            Ok(PyBytes::new(py, failed.as_ref()))
        })
    }
}

/// The payload that was sent, from anything that can be.
fn sent(payload: &Bound<'_, PyAny>) -> PyResult<Payload> {
    let py = payload.py();
    let checked = checked::extract(py, payload, &Options::here_and_now())?;
    let read = py.detach(|| checked.payload());
    read.map_err(|error| errors::raise(py, "internal", &format!("a checked payload is unreadable: {error}"), None))
}

fn item_error<'py>(py: Python<'py>, error: &ItemError) -> PyResult<Bound<'py, PyDict>> {
    let facts = PyDict::new(py);
    facts.set_item("model", error.model_name())?;
    facts.set_item("id", error.id())?;
    facts.set_item("type", error.kind())?;
    facts.set_item("field", error.field())?;
    facts.set_item("reason", error.reason())?;
    facts.set_item("message", error.message())?;
    facts.set_item("created_at", error.created_at())?;
    facts.set_item("pointer", error.pointer())?;
    facts.set_item("pointers", error.sent().map(|sent| sent.pointers().to_vec()).unwrap_or_default())?;
    facts.set_item("_text", error.to_string())?;
    Ok(facts)
}

/// A `qlower.Reply`.
pub(crate) fn wrap(py: Python<'_>, reply: Reply) -> PyResult<Bound<'_, PyAny>> {
    py.import("qlower._reply")?.call_method1("reply", (Handle(reply),))
}

/// One reply of those to several parts.
#[pyfunction]
fn combine(parts: Vec<(PyRef<'_, split::Handle>, PyRef<'_, Handle>)>) -> Option<Handle> {
    Reply::combine(parts.iter().map(|(part, reply)| (part.part(), &reply.0))).map(Handle)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(combine, module)?)?;
    module.add_class::<Handle>()
}
