//! Feeds.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::live::{LiveFeed, LiveFeedBuilder};

use super::settings::{Bundle, auth, bundle, refused};
use super::watch;
use crate::guard::guard;
use crate::process::PerProcess;
use crate::settings::Given;
use crate::{logging, runtime};

/// What `qlower.live.LiveFeed` stands on. A child of the process polls for itself.
#[pyclass(frozen, module = "qlower._native", name = "LiveFeed")]
pub(super) struct Handle {
    builder: LiveFeedBuilder,
    made: PerProcess<LiveFeed>,
}

impl Handle {
    fn feed(&self, py: Python<'_>) -> PyResult<LiveFeed> {
        // Reading the certificate authorities of the system takes its time.
        let made = py.detach(|| self.made.get_or_make(|| self.builder.clone().build()));
        made.map_err(|error| refused(py, &error))
    }
}

#[pymethods]
impl Handle {
    #[new]
    fn new(py: Python<'_>, url: &str, path: &str, given: &Bound<'_, PyDict>) -> PyResult<Self> {
        guard(py, || {
            super::read::parsed(py, path)?;
            let set = Given(given);
            let mut builder = LiveFeed::builder(url, path);
            if let Some(unit) = set.text("unit")? {
                builder = builder.unit(unit.as_str());
            }
            if let Some(unit) = set.text("show_in")? {
                builder = builder.show_in(unit.as_str());
            }
            if let Some(interval) = set.seconds("interval")? {
                builder = builder.interval(interval);
            }
            if let Some(limit) = set.seconds("timeout")? {
                builder = builder.timeout(limit);
            }
            if let Some(age) = set.seconds("stale_after")? {
                builder = builder.stale_after(age);
            }
            if let Some(auth) = auth(&set)? {
                builder = builder.auth(auth);
            }
            if set.is("allow_http")? {
                builder = builder.allow_http();
            }
            match bundle(&set)? {
                Some(Bundle::Pem(pem)) => builder = builder.ca_bundle(pem),
                Some(Bundle::File(path)) => builder = builder.ca_bundle_file(path),
                None => {}
            }
            if let Some(proxy) = set.text("proxy")? {
                builder = builder.proxy(proxy);
            }
            let this = Self { builder, made: PerProcess::new() };
            this.feed(py)?;
            Ok(this)
        })
    }

    /// How many watch it in this process.
    #[getter]
    fn watchers(&self) -> usize {
        self.made.get().map_or(0, |feed| feed.watchers())
    }

    fn watch(&self, py: Python<'_>) -> PyResult<watch::Handle> {
        guard(py, || {
            logging::look(py);
            let feed = self.feed(py)?;
            let runtime = runtime::handle(py)?;
            // The poll begins on the runtime.
            let _within = runtime.enter();
            Ok(watch::Handle::new(Arc::new(feed.watch().into())))
        })
    }
}
