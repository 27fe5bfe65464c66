//! A snapshot of what a partner has loaded.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use qlower_client::core::model::ModelName;
use qlower_client::sandbox::{Loaded as Snapshot, LoadedItem};

use crate::guard::guard;
use crate::value::to_python;

#[pyclass(module = "qlower._native", name = "SandboxLoaded", frozen)]
pub(super) struct Loaded(pub(super) Snapshot);

/// Model, id, account, parent and what was sent.
type Told<'py> = (&'static str, String, Option<String>, Option<(&'static str, String)>, Bound<'py, PyAny>);

fn told<'py>(py: Python<'py>, item: &LoadedItem) -> PyResult<Told<'py>> {
    let parent = item.parent().map(|(model, id)| (model.as_str(), id.to_owned()));
    let json = to_python(py, item.json())?;
    Ok((item.model().as_str(), item.id().to_owned(), item.account().map(str::to_owned), parent, json))
}

/// A model by its name on the wire (`transactions`) or that of its class (`Transaction`).
fn model(name: &str) -> PyResult<ModelName> {
    let found = ModelName::from_wire(name);
    found.or_else(|| ModelName::ALL.iter().copied().find(|model| model.type_name() == name)).ok_or_else(|| {
        let known: Vec<&str> = ModelName::ALL.iter().map(|model| model.as_str()).collect();
        PyValueError::new_err(format!("no model {name:?}; there are {}", known.join(", ")))
    })
}

#[pymethods]
impl Loaded {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        guard(py, || {
            let list = PyList::empty(py);
            for item in self.0.items() {
                list.append(told(py, item)?)?;
            }
            Ok(list)
        })
    }

    fn count(&self, py: Python<'_>, name: &str) -> PyResult<usize> {
        guard(py, || Ok(self.0.count(model(name)?)))
    }

    fn get<'py>(&self, py: Python<'py>, name: &str, item_id: &str) -> PyResult<Option<Told<'py>>> {
        guard(py, || self.0.get(model(name)?, item_id).map(|item| told(py, item)).transpose())
    }

    fn of_account(&self, email: &str) -> Self {
        Self(self.0.of_account(email))
    }

    /// E-mail address and `client` block of each account.
    fn accounts<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        guard(py, || {
            self.0.accounts().map(|account| Ok((account.email().to_owned(), to_python(py, account.json())?))).collect()
        })
    }

    fn erasure_requests(&self) -> Vec<String> {
        self.0.erasure_requests().map(str::to_owned).collect()
    }
}
