//! The client.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use qlower_client::{
    Checked, Client, ClientBuilder, Error, Object, OnFailure, PayloadFile, Receipt, SendAllOptions, Upload,
    UploadProgress,
};
use tokio::sync::mpsc;

use crate::guard::guard;
use crate::job::{self, Job};
use crate::process::PerProcess;
use crate::source::Options;
use crate::{checked, errors, logging, sending, settings, split, writer};

/// What `qlower.Client` and `qlower.AsyncClient` stand on.
///
/// Each entry that sends either waits for the end, or gives a [`Job`] if it is to go on in the background.
#[pyclass(frozen, module = "qlower._native", name = "Client")]
pub(crate) struct Handle {
    builder: ClientBuilder,
    client: PerProcess<Client>,
}

impl Handle {
    /// The client of this process: connections are not shared with a parent or child.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<Client> {
        // Reading the certificate authorities of the system takes its time.
        let client = py.detach(|| self.client.get_or_make(|| self.builder.clone().build()));
        client.map_err(|error| errors::client(py, &error))
    }
}

#[pymethods]
impl Handle {
    #[new]
    fn new(given: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = given.py();
        guard(py, || {
            let this = Self { builder: settings::builder(given)?, client: PerProcess::new() };
            this.client(py)?;
            Ok(this)
        })
    }

    #[getter]
    fn environment(&self, py: Python<'_>) -> PyResult<String> {
        guard(py, || Ok(self.client(py)?.environment().to_string()))
    }

    fn send(&self, source: &Bound<'_, PyAny>, background: bool) -> PyResult<Py<PyAny>> {
        let py = source.py();
        guard(py, || {
            let checked = checked::extract(py, source, &Options::here_and_now())?;
            let client = self.client(py)?;
            run(py, background, async move { client.send(&checked).await }, sending::receipt)
        })
    }

    fn send_all(
        &self,
        py: Python<'_>,
        parts: Vec<PyRef<'_, split::Handle>>,
        concurrency: Option<usize>,
        on_failure: &str,
        background: bool,
    ) -> PyResult<Py<PyAny>> {
        guard(py, || {
            let mut options = SendAllOptions::default().on_failure(match on_failure {
                "stop" => OnFailure::Stop,
                "continue" => OnFailure::Continue,
                _ => return Err(errors::config(py, "on_failure", "must be \"stop\" or \"continue\"")),
            });
            if let Some(parts) = concurrency {
                options = options.concurrency(parts);
            }
            let parts = split::parts(&parts);
            let client = self.client(py)?;
            let sent = async move { client.send_all(&parts, &options).await };
            run(py, background, sent, |py, sent| sending::sent_all(py, &sent))
        })
    }

    fn upload(
        &self,
        source: &Bound<'_, PyAny>,
        key: Option<String>,
        resume: bool,
        on_progress: Option<Py<PyAny>>,
        background: bool,
    ) -> PyResult<Py<PyAny>> {
        let py = source.py();
        guard(py, || {
            let source = match writer::file_of(source)? {
                Some(file) => Source::File(file),
                None => Source::Checked(checked::extract(py, source, &Options::here_and_now())?),
            };
            let client = self.client(py)?;
            let uploaded = upload(client, source, key, resume, on_progress);
            run(py, background, uploaded, stopped_or(sending::uploaded))
        })
    }

    fn upload_status(&self, py: Python<'_>, receipt: &[u8], background: bool) -> PyResult<Py<PyAny>> {
        guard(py, || {
            let (client, receipt) = (self.client(py)?, kept(py, receipt)?);
            run(py, background, async move { client.upload_status(&receipt).await }, sending::status)
        })
    }

    fn wait_for(
        &self,
        receipt: &Bound<'_, PyBytes>,
        timeout: &Bound<'_, PyAny>,
        background: bool,
    ) -> PyResult<Py<PyAny>> {
        let py = receipt.py();
        guard(py, || {
            let limit = settings::seconds(timeout, "timeout")?;
            let (client, receipt) = (self.client(py)?, kept(py, receipt.as_bytes())?);
            run(py, background, async move { client.wait_for(&receipt, limit).await }, sending::status)
        })
    }
}

/// Waits for something, or gives the job that it is.
pub(crate) fn run<F, C>(py: Python<'_>, background: bool, future: F, convert: C) -> PyResult<Py<PyAny>>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
    C: FnOnce(Python<'_>, F::Output) -> PyResult<Py<PyAny>> + Send + 'static,
{
    logging::look(py);
    if background {
        return Ok(Py::new(py, Job::spawn(py, future, convert)?)?.into_any());
    }
    convert(py, job::wait(py, future)?)
}

/// What is uploaded.
pub(crate) enum Source {
    Checked(Checked),
    File(PayloadFile),
}

type Uploaded = Result<Result<Receipt<Object>, Error>, PyErr>;

/// Uploads, and stops if the callback raises.
pub(crate) async fn upload(
    client: Client,
    source: Source,
    key: Option<String>,
    resume: bool,
    on_progress: Option<Py<PyAny>>,
) -> Uploaded {
    let (stop, mut stopped) = mpsc::unbounded_channel();
    let mut upload = match &source {
        Source::Checked(checked) => Upload::from(checked),
        Source::File(file) => Upload::from(file),
    };
    if let Some(key) = key {
        upload = upload.key(key);
    }
    if resume {
        upload = upload.resume();
    }
    if let Some(callback) = on_progress {
        let callback = Arc::new(callback);
        upload = upload.on_progress(move |progress| {
            if let Err(error) = tell(&callback, progress) {
                // Nobody listens any more once another error has ended it.
                let _ = stop.send(error);
            }
        });
    }
    tokio::select! {
        biased;
        Some(error) = stopped.recv() => Err(error),
        done = client.upload(upload) => stopped.try_recv().map_or(Ok(done), Err),
    }
}

/// Calls back. The GIL may be long in coming, and the callback may wait for other things that this runtime does.
pub(crate) fn tell(callback: &Py<PyAny>, progress: UploadProgress) -> PyResult<()> {
    let told = tokio::task::block_in_place(|| {
        crate::interpreter::call(|py| callback.call1(py, (progress.done(), progress.total())).map(drop))
    });
    told.unwrap_or(Ok(()))
}

/// A conversion of what no callback has stopped.
pub(crate) fn stopped_or<T>(
    convert: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
) -> impl FnOnce(Python<'_>, Result<T, PyErr>) -> PyResult<Py<PyAny>> + Send + 'static {
    move |py, result| convert(py, result?)
}

fn kept(py: Python<'_>, receipt: &[u8]) -> PyResult<Receipt<Object>> {
    serde_json::from_slice(receipt)
        .map_err(|_| errors::config(py, "receipt", "must be one that upload gave, or its to_dict()"))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Handle>()
}
