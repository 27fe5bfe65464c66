//! The report of a check, held for `qlower.Report`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use qlower_core::{Finding, Lang, Report};

use crate::guard::guard;
use crate::origins::{Origins, Place};

/// Field, row and column name of a finding.
type Detail = (Option<String>, Option<u64>, Option<String>);

/// What `qlower.Report` stands on.
#[pyclass(frozen, module = "qlower._native", name = "Report")]
pub(crate) struct Handle {
    report: Arc<Report>,
    origins: Option<Arc<Origins>>,
}

#[pymethods]
impl Handle {
    #[getter]
    fn is_valid(&self) -> bool {
        self.report.is_valid()
    }

    #[getter]
    fn is_complete(&self) -> bool {
        self.report.is_complete()
    }

    #[getter]
    fn error_count(&self) -> u64 {
        self.report.error_count()
    }

    #[getter]
    fn warning_count(&self) -> u64 {
        self.report.warning_count()
    }

    #[getter]
    fn omitted(&self) -> u64 {
        self.report.omitted()
    }

    /// The core's own JSON: without rows and column names.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        let report = Arc::clone(&self.report);
        guard(py, || Ok(py.detach(move || report.to_json())))
    }

    /// Of each finding its field, row and column name.
    fn details(&self, py: Python<'_>) -> PyResult<Vec<Detail>> {
        guard(py, || {
            let fields = self.report.findings().iter().map(|finding| finding.field().map(str::to_owned));
            Ok(match &self.origins {
                None => fields.map(|field| (field, None, None)).collect(),
                Some(origins) => {
                    let places = self.report.findings().iter().map(|finding| origins.place(finding));
                    fields.zip(places).map(|(field, place)| (field, place.row, place.column)).collect()
                }
            })
        })
    }

    /// The rendering for people, with the lines of a source if there is one.
    #[pyo3(signature = (lang, colors, per_group=None, source=None, name=None))]
    fn render(
        &self,
        py: Python<'_>,
        lang: &str,
        colors: bool,
        per_group: Option<usize>,
        source: Option<&Bound<'_, PyAny>>,
        name: Option<&str>,
    ) -> PyResult<String> {
        guard(py, || {
            let lang: Lang = lang.parse().map_err(|error: qlower_core::lang::UnknownLang| {
                pyo3::exceptions::PyValueError::new_err(error.to_string())
            })?;
            let text = source.map(|source| crate::source::text(source)).transpose()?;
            Ok(py.detach(|| {
                let note = |finding: &Finding| note(&self.origins.as_ref()?.place(finding), lang);
                let mut render = self.report.render().lang(lang).colors(colors).note(&note);
                if let Some(per_group) = per_group {
                    render = render.per_group(per_group);
                }
                if let Some(text) = &text {
                    render = render.source(name.unwrap_or("-"), text);
                }
                render.finish().to_string()
            }))
        })
    }

    /// What an exception for this report says; `None` if the report is valid.
    fn complaint(&self, py: Python<'_>) -> PyResult<Option<String>> {
        guard(py, || Ok(complaint(&self.report)))
    }
}

/// What a rendering says of a place in the caller's data.
fn note(place: &Place, lang: Lang) -> Option<String> {
    let Place { row, column } = place;
    match (lang, row, column) {
        (_, None, _) => None,
        (Lang::Fr, Some(row), None) => Some(format!("ligne de données {row}")),
        (Lang::Fr, Some(row), Some(column)) => Some(format!("ligne de données {row}, colonne « {column} »")),
        (_, Some(row), None) => Some(format!("row {row}")),
        (_, Some(row), Some(column)) => Some(format!("row {row}, column {column:?}")),
    }
}

fn complaint(report: &Report) -> Option<String> {
    report.clone().into_result().err().map(|error| error.to_string())
}

/// The `qlower.Report` of a report.
pub(crate) fn wrap(py: Python<'_>, report: Report, origins: Option<Origins>) -> PyResult<Bound<'_, PyAny>> {
    wrap_shared(py, Arc::new(report), origins.map(Arc::new))
}

pub(crate) fn wrap_shared(
    py: Python<'_>,
    report: Arc<Report>,
    origins: Option<Arc<Origins>>,
) -> PyResult<Bound<'_, PyAny>> {
    static WRAP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let wrap =
        WRAP.get_or_try_init(py, || py.import("qlower._report")?.getattr("Report")?.getattr("_of").map(Bound::unbind))?;
    wrap.bind(py).call1((Handle { report, origins },))
}

/// The `qlower.ValidationError` of a report with an error in it.
pub(crate) fn validation_error(py: Python<'_>, report: Report, origins: Option<Origins>) -> PyErr {
    let message = complaint(&report).unwrap_or_default();
    let raised = || -> PyResult<PyErr> {
        let attributes = PyDict::new(py);
        attributes.set_item("report", wrap(py, report, origins)?)?;
        Ok(crate::errors::raise(py, "validation", &message, Some(&attributes)))
    };
    raised().unwrap_or_else(|error| error)
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Handle>()
}
