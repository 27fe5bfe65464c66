//! Destinations, and deliveries to them.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use qlower_client::ftp::{self, DeliverOptions, Destination, DestinationBuilder, Error, Progress, Receipt};

use super::error;
use super::fleet::Source as FleetSource;
use super::given::{self, Files};
use super::telling::telling;
use crate::client::{run, stopped_or};
use crate::guard::guard;
use crate::process::PerProcess;
use crate::value::to_python;
use crate::{logging, wait};

/// What `qlower.ftp.Destination` stands on.
#[pyclass(frozen, module = "qlower._native", name = "FtpDestination")]
pub(super) struct Handle {
    source: Source,
    /// With what it keeps of TLS sessions, which is not shared with a parent or child.
    made: PerProcess<Destination>,
}

enum Source {
    Own(Box<DestinationBuilder>),
    Fleet(Arc<FleetSource>, String),
}

impl Handle {
    pub(super) fn of_fleet(fleet: Arc<FleetSource>, name: String) -> Self {
        Self { source: Source::Fleet(fleet, name), made: PerProcess::new() }
    }

    fn destination(&self, py: Python<'_>) -> PyResult<Destination> {
        match &self.source {
            Source::Own(builder) => {
                // Reading the certificate authorities of the system takes its time.
                let made = py.detach(|| self.made.get_or_make(|| builder.as_ref().clone().build()));
                made.map_err(|error| error::delivery(py, &error))
            }
            Source::Fleet(fleet, name) => self.made.get_or_make(|| fleet.destination(py, name)),
        }
    }
}

#[pymethods]
impl Handle {
    #[new]
    fn new(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = given.py();
        guard(py, || {
            let this = Self { source: Source::Own(Box::new(given::builder(given)?)), made: PerProcess::new() };
            this.destination(py)?;
            Ok(this)
        })
    }

    #[getter]
    fn host(&self, py: Python<'_>) -> PyResult<String> {
        guard(py, || Ok(self.destination(py)?.host().to_owned()))
    }

    #[getter]
    fn port(&self, py: Python<'_>) -> PyResult<u16> {
        guard(py, || Ok(self.destination(py)?.port()))
    }

    #[getter]
    fn protocol(&self, py: Python<'_>) -> PyResult<&'static str> {
        guard(py, || Ok(self.destination(py)?.protocol().as_str()))
    }

    /// The names, as JSON has them.
    fn plan<'py>(
        &self,
        py: Python<'py>,
        files: Files<'py>,
        variables: Vec<(String, String)>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guard(py, || {
            let (files, variables) = (given::outgoing(files)?, given::variables(variables));
            let destination = self.destination(py)?;
            let plan = wait::interruptible(py, move || destination.plan(&files, &variables))?;
            let plan = plan.map_err(|error| error::delivery(py, &error))?;
            to_python(py, &serde_json::to_value(&plan).unwrap_or_default())
        })
    }

    fn check(&self, py: Python<'_>, background: bool) -> PyResult<Py<PyAny>> {
        guard(py, || {
            let destination = self.destination(py)?;
            run(py, background, async move { destination.check().await }, |py, checked| {
                let protection = checked.map_err(|error| error::delivery(py, &error))?;
                Ok(protection.into_pyobject(py)?.into_any().unbind())
            })
        })
    }

    fn deliver(
        &self,
        py: Python<'_>,
        files: Files<'_>,
        variables: Vec<(String, String)>,
        details: Option<&str>,
        progress: Option<Py<PyAny>>,
        background: bool,
    ) -> PyResult<Py<PyAny>> {
        guard(py, || {
            logging::look(py);
            let (files, variables) = (given::outgoing(files)?, given::variables(variables));
            let mut options = DeliverOptions::default();
            if let Some(details) = given::details(py, details)? {
                options = options.details(details);
            }
            let (teller, raised) = telling(progress);
            if let Some(teller) = teller {
                options = options.progress(move |progress| teller.tell(|py| told(py, progress)));
            }
            let destination = self.destination(py)?;
            let delivered =
                async move { raised.or(ftp::deliver_with(&destination, &files, &variables, &options)).await };
            run(py, background, delivered, stopped_or(receipt))
        })
    }
}

/// The parameters of `qlower.ftp.Progress`.
fn told<'py>(py: Python<'py>, progress: &Progress) -> PyResult<Bound<'py, PyTuple>> {
    let Progress { attempt, file, files, path, sent, size, .. } = progress;
    (attempt, file, files, path, sent, size).into_pyobject(py)
}

/// A `qlower.ftp.Receipt`.
fn receipt(py: Python<'_>, delivered: Result<Receipt, Error>) -> PyResult<Py<PyAny>> {
    let receipt = delivered.map_err(|error| error::delivery(py, &error))?;
    let facts = to_python(py, &serde_json::to_value(&receipt).unwrap_or_default())?;
    py.import("qlower._ftp_receipt")?.call_method1("receipt_of", (facts,)).map(Bound::unbind)
}
