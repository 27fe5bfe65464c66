//! Parts of a payload.

use pyo3::prelude::*;
use qlower_client::core::SplitOptions;
use qlower_client::{Part, Parts};

use crate::guard::guard;
use crate::source::Options;
use crate::{checked, errors};

/// What `qlower.Part` stands on.
#[pyclass(frozen, module = "qlower._native", name = "Part")]
pub(crate) struct Handle(Part);

#[pymethods]
impl Handle {
    #[getter]
    fn number(&self) -> usize {
        self.0.number()
    }

    #[getter]
    fn items(&self) -> u64 {
        self.0.items()
    }

    #[getter]
    fn depends_on(&self) -> Vec<usize> {
        self.0.depends_on().to_vec()
    }

    fn checked<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(py, || checked::wrap(py, self.0.checked().clone(), None))
    }

    fn pointer_in_whole(&self, pointer: &str) -> Option<String> {
        self.0.pointer_in_whole(pointer)
    }
}

impl Handle {
    pub(crate) const fn part(&self) -> &Part {
        &self.0
    }
}

/// A `qlower.Part`.
pub(crate) fn wrap(py: Python<'_>, part: Part) -> PyResult<Bound<'_, PyAny>> {
    py.import("qlower._split")?.call_method1("part", (Handle(part),))
}

/// The parts that a list of handles stands for.
pub(crate) fn parts(handles: &[PyRef<'_, Handle>]) -> Parts {
    handles.iter().map(|handle| handle.0.clone()).collect()
}

/// `qlower.split`.
#[pyfunction]
fn split<'py>(
    source: &Bound<'py, PyAny>,
    max_bytes: Option<usize>,
    max_items: Option<u64>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = source.py();
    guard(py, || {
        let checked = checked::extract(py, source, &Options::here_and_now())?;
        let mut options = SplitOptions::default();
        if let Some(bytes) = max_bytes {
            options = options.max_bytes(bytes);
        }
        if let Some(items) = max_items {
            options = options.max_items(items);
        }
        let parts = crate::wait::interruptible(py, move || checked.split(&options))?;
        let parts = parts.map_err(|error| errors::split(py, &error))?;
        parts.into_iter().map(|part| wrap(py, part)).collect()
    })
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Handle>()?;
    module.add_function(wrap_pyfunction!(split, module)?)
}
