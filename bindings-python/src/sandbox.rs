//! The stand-in for Qlower, as `qlower.Sandbox` holds it.

mod faults;
mod loaded;
mod records;
mod settings;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use qlower_client::sandbox::Sandbox as Server;

use crate::guard::guard;

/// A running sandbox, until it is closed. It belongs to the process that started it.
#[pyclass(module = "qlower._native", name = "Sandbox", frozen)]
struct Sandbox(Arc<Held>);

/// The server, as long as it runs.
struct Held {
    server: Mutex<Option<Arc<Server>>>,
    process: u32,
}

/// What the sandbox keeps of it is shown to nobody once it is closed, or in a child of the process, where its thread is missing.
fn gone(py: Python<'_>, why: &str) -> PyErr {
    crate::errors::raise(py, "sandbox", why, None)
}

impl Held {
    /// Does something with the running server, while other threads of Python go on.
    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&Server) -> T + Send) -> PyResult<T> {
        guard(py, || {
            if self.process != std::process::id() {
                return Err(gone(py, "the sandbox belongs to the process that started it, not to its children"));
            }
            let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let server = server.ok_or_else(|| gone(py, "the sandbox is closed"))?;
            Ok(py.detach(move || work(&server)))
        })
    }

    fn take(&self) -> Option<Arc<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[pymethods]
impl Sandbox {
    #[new]
    fn new(py: Python<'_>, settings: &Bound<'_, PyDict>) -> PyResult<Self> {
        guard(py, || {
            let builder = settings::builder(py, settings)?;
            let server = py.detach(|| builder.start_blocking()).map_err(|error| {
                if let Some(setting) = error.setting() {
                    return webhooks::refused(setting);
                }
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                gone(py, &format!("{error}{cause}"))
            })?;
            let server = Mutex::new(Some(Arc::new(server)));
            Ok(Self(Arc::new(Held { server, process: std::process::id() })))
        })
    }

    /// Stops the server; what another thread is asking of it just now is still answered.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        guard(py, || {
            if self.0.process == std::process::id() {
                let server = self.0.take();
                py.detach(|| drop(server));
            }
            Ok(())
        })
    }

    fn webhooks(&self) -> webhooks::Webhooks {
        webhooks::Webhooks(Arc::clone(&self.0))
    }

    #[getter]
    fn url(&self, py: Python<'_>) -> PyResult<String> {
        self.0.with(py, |server| server.url().to_owned())
    }

    #[getter]
    fn s3_endpoint(&self, py: Python<'_>) -> PyResult<String> {
        self.0.with(py, Server::s3_endpoint)
    }

    #[getter]
    fn loads(&self, py: Python<'_>) -> PyResult<u64> {
        self.0.with(py, Server::loads)
    }

    fn loaded(&self, py: Python<'_>, partner: &str) -> PyResult<loaded::Loaded> {
        self.0.with(py, |server| loaded::Loaded(server.loaded(partner)))
    }

    fn requests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        records::requests(py, self.0.with(py, Server::requests)?)
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.0.with(py, Server::reset)
    }

    fn fail_next(&self, py: Python<'_>, name: &str, parameters: &Bound<'_, PyDict>, times: usize) -> PyResult<()> {
        let fault = faults::rest(name, parameters)?;
        self.0.with(py, |server| server.fail_next_n(fault, times))
    }

    fn fired<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        faults::list(py, self.0.with(py, Server::fired)?, faults::rest_to_python)
    }

    fn pending_faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        faults::list(py, self.0.with(py, Server::pending_faults)?, faults::rest_to_python)
    }

    fn fail_next_s3(
        &self,
        py: Python<'_>,
        name: &str,
        parameters: &Bound<'_, PyDict>,
        times: usize,
        on: Option<&str>,
    ) -> PyResult<()> {
        let fault = faults::s3(name, parameters)?;
        let on = on.map(faults::operation).transpose()?;
        self.0.with(py, |server| match on {
            None => server.fail_next_s3_n(fault, times),
            Some(operation) => (0..times).for_each(|_| server.fail_next_s3_on(operation, fault.clone())),
        })
    }

    fn fired_s3<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        faults::list(py, self.0.with(py, Server::fired_s3)?, faults::s3_to_python)
    }

    fn pending_s3_faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        faults::list(py, self.0.with(py, Server::pending_s3_faults)?, faults::s3_to_python)
    }

    fn objects<'py>(&self, py: Python<'py>, partner: &str) -> PyResult<Bound<'py, PyList>> {
        records::objects(py, self.0.with(py, |server| server.objects(partner))?)
    }

    fn object_bytes<'py>(&self, py: Python<'py>, partner: &str, key: &str) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let content = self.0.with(py, |server| server.object_bytes(partner, key))?;
        Ok(content.map(|content| PyBytes::new(py, &content)))
    }

    fn commits(&self, py: Python<'_>, partner: &str) -> PyResult<BTreeMap<String, u64>> {
        self.0.with(py, |server| server.commits(partner))
    }

    fn open_multipart_uploads<'py>(&self, py: Python<'py>, partner: &str) -> PyResult<Bound<'py, PyList>> {
        records::open_uploads(py, self.0.with(py, |server| server.open_multipart_uploads(partner))?)
    }

    fn s3_loads<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        records::s3_loads(py, self.0.with(py, Server::s3_loads)?)
    }

    fn s3_requests<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        records::s3_requests(py, self.0.with(py, Server::s3_requests)?)
    }

    fn hold_s3_loads(&self, py: Python<'_>, hold: bool) -> PyResult<()> {
        self.0.with(py, |server| server.hold_s3_loads(hold))
    }

    fn vanish_s3(&self, py: Python<'_>) -> PyResult<()> {
        self.0.with(py, Server::vanish_s3)
    }

    fn restore_s3(&self, py: Python<'_>) -> PyResult<()> {
        let restored = self.0.with(py, |server| server.restore_s3())?;
        restored.map_err(|error| gone(py, &error.to_string()))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let Some(server) = self.0.take() else { return };
        if self.0.process != std::process::id() {
            // Its thread does not exist in a child: to wait for it would be to wait for ever.
            std::mem::forget(server);
            return;
        }
        // The server's thread may be about to log, for which it needs what this thread holds.
        let mut server = Some(server);
        let _ = Python::try_attach(|py| py.detach(|| drop(server.take())));
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("SANDBOX_PARTNER", Server::DEFAULT_PARTNER)?;
    module.add("SANDBOX_API_KEY", Server::DEFAULT_API_KEY)?;
    module.add("SANDBOX_ACCESS_KEY_ID", Server::DEFAULT_ACCESS_KEY_ID)?;
    module.add("SANDBOX_SECRET_ACCESS_KEY", Server::DEFAULT_SECRET_ACCESS_KEY)?;
    module.add_class::<loaded::Loaded>()?;
    module.add_class::<webhooks::Webhooks>()?;
    module.add_class::<Sandbox>()
}
