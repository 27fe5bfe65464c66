//! What a producer answers.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use qlower_client::core::Lang;
use qlower_client::core::live::{
    Access, Admitted, Answer, Form, Incoming, Measurement, Producer, ProducerBuilder, ProducerError, Unavailable,
};
use qlower_client::core::webhook::BasicUser;

use crate::errors;
use crate::guard::guard;

/// What `qlower.live.Producer` stands on.
#[pyclass(frozen, module = "qlower._native", name = "LiveProducer")]
struct Handle(Producer);

/// A request for which a value is wanted.
#[pyclass(frozen, module = "qlower._native", name = "LiveAdmitted")]
struct Asked(Admitted);

/// Status, outcome, headers and body.
type Told<'py> = (u16, &'static str, Vec<(String, String)>, Bound<'py, PyBytes>);

#[pymethods]
impl Handle {
    #[new]
    fn new(
        py: Python<'_>,
        accesses: Vec<Vec<String>>,
        origins: Option<Vec<String>>,
        any_origin: bool,
        form: Option<&str>,
        unit: Option<&str>,
    ) -> PyResult<Self> {
        guard(py, || {
            let mut builder = Producer::builder();
            for access in &accesses {
                builder = with_access(py, builder, access)?;
            }
            if let Some(origins) = origins {
                builder = builder.origins(origins);
            }
            if any_origin {
                builder = builder.any_origin();
            }
            if let Some(name) = form {
                let known = |or| Form::ALL.map(|form| format!("{:?}", form.as_str())).join(or);
                let told = || (format!("must be {}", known(" or ")), format!("doit être {}", known(" ou ")));
                let refused = || errors::setting(py, "form", &told().0, &told().1);
                builder = builder.form(Form::from_name(name).ok_or_else(refused)?);
            }
            if let Some(unit) = unit {
                builder = builder.unit(unit);
            }
            builder.build().map(Self).map_err(|error| refused(py, &error))
        })
    }

    /// Where its value stands in its document.
    #[getter]
    fn path(&self) -> String {
        self.0.form().path().to_string()
    }

    /// The answer, if no value is wanted for it; else what to answer by.
    fn gate<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        query: &[u8],
        headers: Vec<(String, Bound<'py, PyBytes>)>,
    ) -> PyResult<Bound<'py, PyAny>> {
        guard(py, || {
            let query = String::from_utf8_lossy(query);
            let headers: Vec<(&str, &[u8])> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            Ok(match self.0.gate(&Incoming { method, query: &query, headers: &headers }) {
                Ok(admitted) => Bound::new(py, Asked(admitted))?.into_any(),
                Err(answer) => told(py, &answer).into_pyobject(py)?.into_any(),
            })
        })
    }

    /// The answer, with a value, its unit and its time, or without one.
    fn answer<'py>(
        &self,
        py: Python<'py>,
        asked: &Asked,
        measured: Option<(f64, Option<String>, Option<String>)>,
    ) -> PyResult<Told<'py>> {
        guard(py, || {
            let measured = match measured {
                Some((value, unit, at)) => {
                    let mut measured = Measurement::new(value);
                    if let Some(unit) = unit {
                        measured = measured.unit(unit.as_str());
                    }
                    if let Some(at) = at {
                        let moment = chrono::DateTime::parse_from_rfc3339(&at);
                        measured = measured.at(moment.map_err(|_| errors::config(py, "at", "is no time"))?);
                    }
                    Ok(measured)
                }
                None => Err(Unavailable),
            };
            Ok(told(py, &self.0.answer(&asked.0, measured)))
        })
    }
}

fn told<'py>(py: Python<'py>, answer: &Answer) -> Told<'py> {
    let headers = answer.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (answer.status(), answer.outcome().as_str(), headers, PyBytes::new(py, answer.body().as_bytes()))
}

fn with_access(py: Python<'_>, builder: ProducerBuilder, parts: &[String]) -> PyResult<ProducerBuilder> {
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Ok(builder.access(match *parts.as_slice() {
        ["bearer", token] => Access::bearer([token]),
        ["api_key", key] => Access::api_key([key]),
        ["query", name, value] => Access::query(name, [value]),
        ["basic", user, password] => Access::basic([BasicUser::new(user, password)]),
        _ => return Err(errors::config(py, "auth", "must be Bearer, ApiKey, Query or Basic")),
    }))
}

fn refused(py: Python<'_>, error: &ProducerError) -> PyErr {
    let setting = match error {
        ProducerError::Access(_) => "auth",
        ProducerError::Unit => "unit",
        _ => "origins",
    };
    let suggestion = match error {
        ProducerError::Origin { suggestion, .. } => suggestion.as_deref(),
        _ => None,
    };
    let message = format!("{setting}: {error}");
    let french = format!("{setting} : {}", error.message(Lang::Fr));
    super::read::refused(py, "build_producer_error", (message, french, setting, error.code(), suggestion))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Asked>()?;
    module.add_class::<Handle>()
}
