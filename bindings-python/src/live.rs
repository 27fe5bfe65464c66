//! Live readings: read, watched, examined and produced.

mod feed;
mod probe;
mod producer;
mod read;
mod settings;
mod watch;

use pyo3::prelude::*;
use qlower_client::core::live::{FRESH_FOR_SECONDS, shown_url};
use qlower_client::live::SOURCE_TIMEOUT;

use crate::guard::guard;

/// Seconds, of a number or a `timedelta`.
#[pyfunction]
fn live_seconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    guard(value.py(), || Ok(crate::settings::seconds(value, name)?.as_secs_f64()))
}

/// A URL without its secrets.
#[pyfunction]
fn live_shown_url(py: Python<'_>, url: &str) -> PyResult<String> {
    guard(py, || Ok(shown_url(url)))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("LIVE_TIMEOUT", SOURCE_TIMEOUT.as_secs_f64())?;
    module.add("LIVE_FRESH_FOR", FRESH_FOR_SECONDS)?;
    module.add_function(wrap_pyfunction!(live_seconds, module)?)?;
    module.add_function(wrap_pyfunction!(live_shown_url, module)?)?;
    read::register(module)?;
    probe::register(module)?;
    producer::register(module)?;
    module.add_class::<feed::Handle>()?;
    module.add_class::<watch::Handle>()
}
