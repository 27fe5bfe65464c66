//! Fleets.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use qlower_client::core::Lang;
use qlower_client::ftp::{
    Destination, Fleet, FleetError, FleetOptions, FleetProgress, FleetSummary, Format, Job, JobResult, Mistake,
};

use super::given::{self, Files};
use super::telling::telling;
use super::{destination, error};
use crate::client::{run, stopped_or};
use crate::guard::guard;
use crate::process::PerProcess;
use crate::settings::Given;
use crate::value::to_python;
use crate::{errors, logging};

/// Where a fleet comes from, and what it is in this process: a child reads it anew.
pub(super) struct Source {
    text: Text,
    lenient: bool,
    made: PerProcess<Arc<Fleet>>,
}

enum Text {
    File(PathBuf),
    Given(String, Format),
}

impl Source {
    fn fleet(&self, py: Python<'_>) -> PyResult<Arc<Fleet>> {
        let made = py.detach(|| self.made.get_or_make(|| self.read().map(Arc::new)));
        made.map_err(|error| error::fleet(py, &error))
    }

    fn read(&self) -> Result<Fleet, FleetError> {
        match (&self.text, self.lenient) {
            (Text::File(path), false) => Fleet::open(path),
            (Text::File(path), true) => Fleet::open_lenient(path),
            (Text::Given(text, format), false) => Fleet::parse(text, *format),
            (Text::Given(text, format), true) => Fleet::parse_lenient(text, *format),
        }
    }

    pub(super) fn destination(&self, py: Python<'_>, name: &str) -> PyResult<Destination> {
        let fleet = self.fleet(py)?;
        fleet.destination(name).cloned().ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }
}

/// What `qlower.ftp.Fleet` stands on.
#[pyclass(frozen, module = "qlower._native", name = "FtpFleet")]
pub(super) struct Handle(Arc<Source>);

impl Handle {
    fn of(py: Python<'_>, text: Text, lenient: bool) -> PyResult<Self> {
        let source = Source { text, lenient, made: PerProcess::new() };
        source.fleet(py)?;
        Ok(Self(Arc::new(source)))
    }
}

/// Destination, files, variables and details of each job.
type Jobs<'py> = Vec<(String, Files<'py>, Vec<(String, String)>, Option<String>)>;

#[pymethods]
impl Handle {
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf, lenient: bool) -> PyResult<Self> {
        guard(py, || Self::of(py, Text::File(path), lenient))
    }

    #[staticmethod]
    fn parse(py: Python<'_>, text: String, form: &str, lenient: bool) -> PyResult<Self> {
        guard(py, || {
            let format = match form {
                "toml" => Format::Toml,
                "json" => Format::Json,
                _ => {
                    let (english, french) = ("must be \"toml\" or \"json\"", "doit être « toml » ou « json »");
                    return Err(errors::setting(py, "format", english, french));
                }
            };
            Self::of(py, Text::Given(text, format), lenient)
        })
    }

    #[getter]
    fn names(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        guard(py, || Ok(self.0.fleet(py)?.names().map(str::to_owned).collect()))
    }

    #[getter]
    fn mistakes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        guard(py, || mistakes(py, self.0.fleet(py)?.mistakes()))
    }

    fn destination(&self, py: Python<'_>, name: &str) -> PyResult<Option<destination::Handle>> {
        guard(py, || {
            let is_there = self.0.fleet(py)?.destination(name).is_some();
            Ok(is_there.then(|| destination::Handle::of_fleet(Arc::clone(&self.0), name.to_owned())))
        })
    }

    fn deliver(
        &self,
        py: Python<'_>,
        jobs: Jobs<'_>,
        given: &Bound<'_, PyDict>,
        progress: Option<Py<PyAny>>,
        background: bool,
    ) -> PyResult<Py<PyAny>> {
        guard(py, || {
            logging::look(py);
            let jobs = jobs.into_iter().map(|job| self::job(py, job)).collect::<PyResult<Vec<_>>>()?;
            let (teller, raised) = telling(progress);
            let mut options = options(given)?;
            if let Some(teller) = teller {
                options = options.progress(move |progress| teller.tell(|py| told(py, &progress)));
            }
            let fleet = self.0.fleet(py)?;
            let delivered = async move { raised.or(fleet.deliver_with(jobs, &options)).await };
            run(py, background, delivered, stopped_or(summary))
        })
    }
}

fn job(
    py: Python<'_>,
    (destination, files, variables, details): (String, Files<'_>, Vec<(String, String)>, Option<String>),
) -> PyResult<Job> {
    let job = Job::new(destination, given::outgoing(files)?, given::variables(variables));
    Ok(match given::details(py, details.as_deref())? {
        Some(details) => job.details(details),
        None => job,
    })
}

fn options(given: &Bound<'_, PyDict>) -> PyResult<FleetOptions> {
    let set = Given(given);
    let mut options = FleetOptions::default();
    if let Some(number) = set.number("concurrency")? {
        options = options.concurrency(number);
    }
    if let Some(number) = set.number("per_host")? {
        options = options.per_host(number);
    }
    if let Some(number) = set.number("silent")? {
        options = options.silent(number);
    }
    if let Some(time) = set.seconds("silent_after")? {
        options = options.silent_after(time);
    }
    if let Some(limit) = set.seconds("job_limit")? {
        options = options.job_limit(limit);
    }
    if let Some(limit) = set.seconds("deadline")? {
        options = options.deadline(limit);
    }
    Ok(options)
}

/// The parameters of `qlower.ftp.FleetProgress`.
fn told<'py>(py: Python<'py>, progress: &FleetProgress) -> PyResult<Bound<'py, PyTuple>> {
    let FleetProgress { destination, job, delivered, done, not_delivered, jobs, .. } = progress;
    (delivered, destination, done, job, jobs, not_delivered).into_pyobject(py)
}

/// JSON, text in English and French, and the exception of each job that failed.
fn summary(py: Python<'_>, summary: FleetSummary) -> PyResult<Py<PyAny>> {
    let facts = to_python(py, &serde_json::to_value(&summary).unwrap_or_default())?;
    let failures = PyDict::new(py);
    for outcome in summary.jobs() {
        if let JobResult::Failed(error) = &outcome.result {
            failures.set_item(outcome.job, error::delivery(py, error).into_value(py))?;
        }
    }
    let texts = (summary.text(Lang::En), summary.text(Lang::Fr));
    Ok((facts, texts, failures).into_pyobject(py)?.into_any().unbind())
}

/// JSON of each, and as one line in English and French.
pub(super) fn mistakes<'py>(py: Python<'py>, mistakes: &[Mistake]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for mistake in mistakes {
        let told = to_python(py, &serde_json::to_value(mistake).unwrap_or_default())?;
        told.set_item("text", mistake.text(Lang::En))?;
        told.set_item("text_fr", mistake.text(Lang::Fr))?;
        list.append(told)?;
    }
    Ok(list)
}
