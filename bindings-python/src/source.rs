//! What can be checked, and the check of it.

use std::path::PathBuf;

use bytes::Bytes;
use chrono::NaiveDate;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use qlower_core::check::Inspection;
use qlower_core::{CheckOptions, Checked, Report, Strictness};

use crate::buffer::{self, Need};
use crate::origins::Origins;

/// Texts from this size on are checked in a thread of their own, so that Ctrl-C interrupts.
pub(crate) const LONG: usize = 4 << 20;

/// The options that an entry was given.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) check: CheckOptions,
    /// Whether they are those that hold when nothing is said.
    pub(crate) is_default: bool,
}

impl Options {
    /// What holds when nothing is said: as of today, with all processors.
    pub(crate) fn here_and_now() -> Self {
        Self { check: qlower_client::check_options(), is_default: true }
    }

    /// From the keywords of the Python entries.
    pub(crate) fn new(
        strict: bool,
        today: Option<&Bound<'_, PyAny>>,
        max_findings: Option<usize>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let is_default = !strict && today.is_none() && max_findings.is_none();
        let mut check = qlower_client::check_options();
        if let Some(today) = today {
            let processors = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
            check = CheckOptions::on(day(today)?).threads(processors);
        }
        if strict {
            check = check.strictness(Strictness::Strict);
        }
        if let Some(limit) = max_findings {
            check = check.max_findings(limit);
        }
        if let Some(threads) = threads {
            check = check.threads(threads);
        }
        Ok(Self { check, is_default })
    }
}

fn day(today: &Bound<'_, PyAny>) -> PyResult<NaiveDate> {
    let text = if today.is_instance_of::<PyString>() { today.clone() } else { today.call_method0("isoformat")? };
    let text: String = text.extract()?;
    let day = text.get(..10).filter(|_| text.len() == 10 || !today.is_instance_of::<PyString>());
    day.and_then(|day| day.parse().ok()).ok_or_else(|| {
        let attributes = PyDict::new(today.py());
        let _ = attributes.set_item("setting", "today");
        let message = format!("today must be a date, or text of the form YYYY-MM-DD, not {text:?}");
        crate::errors::raise(today.py(), "config", &message, Some(&attributes))
    })
}

/// The text of what is given as text: in memory, or by the path of a file.
pub(crate) fn text(object: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    match text_or_none(object, Need::Once)? {
        Some(text) => Ok(text),
        None => Err(PyTypeError::new_err(format!("no text: {}", object.get_type().fully_qualified_name()?))),
    }
}

fn text_or_none(object: &Bound<'_, PyAny>, need: Need) -> PyResult<Option<Bytes>> {
    if let Some(text) = buffer::text(object, need)? {
        return Ok(Some(text));
    }
    if object.hasattr("__fspath__")? { read(object).map(Some) } else { Ok(None) }
}

fn read(object: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    let py = object.py();
    let path: PathBuf = object.extract()?;
    let result = crate::wait::interruptible(py, move || std::fs::read(path))?;
    result.map(Bytes::from).map_err(|error| {
        let cause = PyErr::from(error);
        let attributes = PyDict::new(py);
        let message = format!("the file could not be read: {}", cause.value(py));
        let raised = match attributes.set_item("path", object.call_method0("__fspath__").ok()) {
            Ok(()) => crate::errors::raise(py, "file", &message, Some(&attributes)),
            Err(error) => error,
        };
        raised.set_cause(py, Some(cause));
        raised
    })
}

/// What came of a check.
pub(crate) struct Outcome<T> {
    pub(crate) result: T,
    pub(crate) origins: Option<Origins>,
}

/// Checks anything that can be checked.
pub(crate) fn check(object: &Bound<'_, PyAny>, options: &Options) -> PyResult<Outcome<Report>> {
    let py = object.py();
    let text = match crate::checked::of(object)? {
        Some(checked) => Some(checked.bytes().clone()),
        None => text_or_none(object, Need::Once)?,
    };
    match text {
        Some(text) => Ok(Outcome { result: check_text(py, text, options)?, origins: None }),
        None => {
            let Outcome { result, origins } = inspect_objects(object, options)?;
            Ok(Outcome { result: result.into_report(), origins })
        }
    }
}

fn check_text(py: Python<'_>, text: Bytes, options: &Options) -> PyResult<Report> {
    let options = options.check.clone();
    if text.len() < LONG {
        return Ok(py.detach(|| qlower_core::check(&text, &options)));
    }
    crate::wait::interruptible(py, move || qlower_core::check(&text, &options))
}

/// Checks anything that can be sent, and keeps its text.
pub(crate) fn inspect(object: &Bound<'_, PyAny>, options: &Options) -> PyResult<Outcome<Inspection>> {
    match text_or_none(object, Need::Kept)? {
        Some(text) => Ok(Outcome { result: inspect_text(object.py(), text, options)?, origins: None }),
        None => inspect_objects(object, options),
    }
}

/// Checks a payload of Python objects in its canonical form.
fn inspect_objects(object: &Bound<'_, PyAny>, options: &Options) -> PyResult<Outcome<Inspection>> {
    let Some(encoded) = crate::encode::payload(object)? else { return Err(unsupported(object)) };
    let inspection = inspect_text(object.py(), encoded.bytes, options)?;
    Ok(Outcome { result: inspection.without_places(), origins: Some(encoded.origins) })
}

pub(crate) fn inspect_text(py: Python<'_>, text: Bytes, options: &Options) -> PyResult<Inspection> {
    let options = options.check.clone();
    if text.len() < LONG {
        return Ok(py.detach(|| Checked::from_text(text, &options)));
    }
    crate::wait::interruptible(py, move || Checked::from_text(text, &options))
}

fn unsupported(object: &Bound<'_, PyAny>) -> PyErr {
    match object.get_type().fully_qualified_name() {
        Ok(name) => PyTypeError::new_err(format!(
            "a payload is wanted: qlower.Payload, a mapping, bytes, str, or the path of a file; not {name}"
        )),
        Err(error) => error,
    }
}
