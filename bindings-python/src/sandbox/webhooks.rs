//! Webhooks: what is emitted, and what became of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use qlower_client::sandbox::{
    Delivery, Order, ReleaseOrder, Sandbox as Server, WebhookError, WebhookFault, WebhookTarget,
};

use super::Held;
use super::settings::seconds;
use crate::value::to_python;

/// How long a signal, or the end of the sandbox, may go unnoticed.
const PULSE: Duration = Duration::from_millis(40);

pub(super) fn refused(error: &WebhookError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// # Errors
/// `ValueError` that names the place.
pub(super) fn target(json: &str) -> PyResult<WebhookTarget> {
    WebhookTarget::from_json(json).map_err(|error| refused(&error))
}

fn delivery<'py>(py: Python<'py>, delivery: &Delivery) -> PyResult<Bound<'py, PyAny>> {
    let told = to_python(py, &delivery.told())?;
    told.set_item("body", PyBytes::new(py, &delivery.body))?;
    Ok(told)
}

fn deliveries<'py>(py: Python<'py>, deliveries: &[Delivery]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for one in deliveries {
        list.append(delivery(py, one)?)?;
    }
    Ok(list)
}

fn faults<'py>(py: Python<'py>, faults: &[WebhookFault]) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for fault in faults {
        list.append(to_python(py, &fault.told())?)?;
    }
    Ok(list)
}

/// The webhooks of a sandbox.
#[pyclass(module = "qlower._native", name = "SandboxWebhooks", frozen)]
pub(super) struct Webhooks(pub(super) Arc<Held>);

impl Webhooks {
    fn emit<'py>(
        &self,
        py: Python<'py>,
        emit: impl FnOnce(&Server) -> Result<Delivery, WebhookError> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        let emitted = self.0.with(py, emit)?;
        delivery(py, &emitted.map_err(|error| refused(&error))?)
    }
}

#[pymethods]
impl Webhooks {
    fn set_webhook(&self, py: Python<'_>, json: &str, partner: Option<&str>) -> PyResult<()> {
        let target = target(json)?;
        let set = self.0.with(py, |server| match partner {
            None => server.set_webhook(target),
            Some(partner) => server.set_webhook_for(partner, target),
        })?;
        set.map_err(|error| refused(&error))
    }

    fn emit_order<'py>(&self, py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
        let order = Order::from_json(json).map_err(|error| refused(&error))?;
        self.emit(py, |server| server.emit_order(order))
    }

    fn emit_ping<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.emit(py, Server::emit_ping)
    }

    fn emit_raw<'py>(&self, py: Python<'py>, body: Vec<u8>, content_type: &str) -> PyResult<Bound<'py, PyAny>> {
        self.emit(py, |server| server.emit_raw(body, content_type))
    }

    fn emit_again<'py>(&self, py: Python<'py>, event_id: &str) -> PyResult<Bound<'py, PyAny>> {
        self.emit(py, |server| server.emit_again(event_id))
    }

    fn deliveries<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        deliveries(py, &self.0.with(py, Server::deliveries)?)
    }

    fn wait_for_deliveries<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Bound<'py, PyList>> {
        let limit = seconds("timeout", timeout.unwrap_or(f64::INFINITY))?;
        let deadline = Instant::now().checked_add(limit);
        loop {
            let left = deadline.map_or(PULSE, |deadline| deadline.saturating_duration_since(Instant::now()));
            // The sandbox is let go in between, so that another thread can close it.
            match self.0.with(py, |server| server.wait_for_deliveries_blocking(left.min(PULSE)))? {
                Ok(settled) => return deliveries(py, &settled),
                Err(error) if left.is_zero() => {
                    let attributes = PyDict::new(py);
                    attributes.set_item("limit", limit.as_secs_f64())?;
                    return Err(crate::errors::raise(py, "timeout", &error.to_string(), Some(&attributes)));
                }
                Err(_) => py.check_signals()?,
            }
        }
    }

    fn hold_webhooks(&self, py: Python<'_>) -> PyResult<()> {
        self.0.with(py, Server::hold_webhooks)
    }

    fn release_webhooks(&self, py: Python<'_>, order: &str, seed: Option<u64>) -> PyResult<usize> {
        let order = ReleaseOrder::read(order, seed).map_err(|error| refused(&error))?;
        self.0.with(py, |server| server.release_webhooks(order))
    }

    fn fail_next_webhook(&self, py: Python<'_>, name: &str, delay: Option<f64>, times: usize) -> PyResult<()> {
        let delay = delay.map(|delay| seconds("delay", delay)).transpose()?;
        let fault = WebhookFault::read(name, delay).map_err(|error| refused(&error))?;
        self.0.with(py, |server| server.fail_next_webhook_n(fault, times))
    }

    fn fired_webhook_faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        faults(py, &self.0.with(py, Server::fired_webhook_faults)?)
    }

    fn pending_webhook_faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        faults(py, &self.0.with(py, Server::pending_webhook_faults)?)
    }
}
