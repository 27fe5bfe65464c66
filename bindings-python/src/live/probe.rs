//! Endpoints examined.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::core::Lang;
use qlower_client::live::probe;

use super::settings::{Bundle, auth, bundle, refused};
use crate::client::run;
use crate::guard::guard;
use crate::settings::Given;
use crate::value::to_python;

/// A report, as its JSON, and as a table in English and in French.
#[pyfunction]
fn live_probe(
    py: Python<'_>,
    url: &str,
    path: &str,
    given: &Bound<'_, PyDict>,
    background: bool,
) -> PyResult<Py<PyAny>> {
    guard(py, || {
        super::read::parsed(py, path)?;
        let set = Given(given);
        let mut probe = probe(url, path);
        if let Some(unit) = set.text("unit")? {
            probe = probe.unit(unit.as_str());
        }
        if let Some(auth) = auth(&set)? {
            probe = probe.auth(auth);
        }
        if set.is("allow_http")? {
            probe = probe.allow_http();
        }
        if let Some(origin) = set.text("origin")? {
            probe = probe.origin(origin);
        }
        if let Some(limit) = set.seconds("timeout")? {
            probe = probe.timeout(limit);
        }
        match bundle(&set)? {
            Some(Bundle::Pem(pem)) => probe = probe.ca_bundle(pem),
            Some(Bundle::File(path)) => probe = probe.ca_bundle_file(path),
            None => {}
        }
        if let Some(proxy) = set.text("proxy")? {
            probe = probe.proxy(proxy);
        }
        run(py, background, async move { probe.run().await }, |py, report| {
            let report = report.map_err(|error| refused(py, &error))?;
            let facts = to_python(py, &report.to_value())?;
            let texts = (facts, report.text(Lang::En), report.text(Lang::Fr));
            Ok(texts.into_pyobject(py)?.into_any().unbind())
        })
    })
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(live_probe, module)?)
}
