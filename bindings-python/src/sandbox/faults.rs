//! Faults by name, with their parameters, both ways.

use chrono::{DateTime, Utc};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use qlower_client::sandbox::{Fault, RetryAfter, S3Fault, S3Operation};

use super::settings::seconds;

/// The parameters of one fault, each asked for once.
struct Parameters<'a, 'py> {
    fault: &'a str,
    given: &'a Bound<'py, PyDict>,
    known: Vec<&'static str>,
}

impl<'a, 'py> Parameters<'a, 'py> {
    fn new(fault: &'a str, given: &'a Bound<'py, PyDict>) -> Self {
        Self { fault, given, known: Vec::new() }
    }

    fn optional<T>(&mut self, name: &'static str) -> PyResult<Option<T>>
    where
        T: for<'b> FromPyObject<'b, 'py, Error = PyErr>,
    {
        self.known.push(name);
        self.given.get_item(name)?.map(|value| value.extract::<T>()).transpose()
    }

    fn required<T>(&mut self, name: &'static str) -> PyResult<T>
    where
        T: for<'b> FromPyObject<'b, 'py, Error = PyErr>,
    {
        let fault = self.fault;
        self.optional(name)?.ok_or_else(|| PyTypeError::new_err(format!("the fault {fault} needs {name}")))
    }

    /// Refuses what the fault does not know.
    fn done<T>(self, fault: T) -> PyResult<T> {
        for name in self.given.keys() {
            let name: String = name.extract()?;
            if !self.known.contains(&name.as_str()) {
                return Err(PyTypeError::new_err(format!("the fault {} takes no {name}", self.fault)));
            }
        }
        Ok(fault)
    }
}

/// A name and its parameters, as Python is told of a fault.
type Told<'py> = (&'static str, Bound<'py, PyDict>);

fn told<'py>(py: Python<'py>, name: &'static str) -> Told<'py> {
    (name, PyDict::new(py))
}

fn told_with<'py>(
    py: Python<'py>,
    name: &'static str,
    parameter: &str,
    value: impl IntoPyObject<'py>,
) -> PyResult<Told<'py>> {
    let parameters = PyDict::new(py);
    parameters.set_item(parameter, value)?;
    Ok((name, parameters))
}

pub(super) fn list<'py, T>(
    py: Python<'py>,
    faults: Vec<T>,
    one: fn(Python<'py>, &T) -> PyResult<Told<'py>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for fault in &faults {
        list.append(one(py, fault)?)?;
    }
    Ok(list)
}

fn unknown(name: &str, known: &[&str]) -> PyErr {
    PyValueError::new_err(format!("no fault {name:?}; there are {}", known.join(", ")))
}

/// # Errors
/// `ValueError` for a name that is none; `TypeError` for a parameter that is missing, unknown or of another type.
pub(super) fn rest(name: &str, parameters: &Bound<'_, PyDict>) -> PyResult<Fault> {
    let mut given = Parameters::new(name, parameters);
    let fault = match name {
        "too_many_requests" => {
            let seconds = given.optional::<u64>("retry_after")?.map(RetryAfter::Seconds);
            let date = given.optional::<i64>("retry_at")?.map(|at| {
                DateTime::<Utc>::from_timestamp(at, 0)
                    .map(RetryAfter::HttpDate)
                    .ok_or_else(|| PyValueError::new_err("retry_after: this date is out of range"))
            });
            Fault::TooManyRequests { retry_after: date.transpose()?.or(seconds).unwrap_or(RetryAfter::None) }
        }
        "slow" => Fault::Slow { delay: seconds("delay", given.required("delay")?)? },
        "status" => Fault::Status(given.required("status")?),
        _ => Fault::named(name).ok_or_else(|| unknown(name, Fault::NAMES))?,
    };
    given.done(fault)
}

pub(super) fn rest_to_python<'py>(py: Python<'py>, fault: &Fault) -> PyResult<Told<'py>> {
    match fault {
        Fault::TooManyRequests { retry_after: RetryAfter::Seconds(seconds) } => {
            told_with(py, "too_many_requests", "retry_after", seconds)
        }
        Fault::TooManyRequests { retry_after: RetryAfter::HttpDate(at) } => {
            told_with(py, "too_many_requests", "retry_at", at.timestamp())
        }
        Fault::TooManyRequests { .. } => Ok(told(py, "too_many_requests")),
        Fault::Slow { delay } => told_with(py, "slow", "delay", delay.as_secs_f64()),
        Fault::Status(status) => told_with(py, "status", "status", status),
        other => Ok(told(py, other.name())),
    }
}

/// # Errors
/// As [`rest`].
pub(super) fn s3(name: &str, parameters: &Bound<'_, PyDict>) -> PyResult<S3Fault> {
    let mut given = Parameters::new(name, parameters);
    let fault = match name {
        "permanent_redirect" => S3Fault::PermanentRedirect { region: given.required("region")? },
        "reset_during_part" => S3Fault::ResetDuringPart { part_number: given.required("part_number")? },
        "slow" => S3Fault::Slow { delay: seconds("delay", given.required("delay")?)? },
        _ => S3Fault::named(name).ok_or_else(|| unknown(name, S3Fault::NAMES))?,
    };
    given.done(fault)
}

pub(super) fn s3_to_python<'py>(py: Python<'py>, fault: &S3Fault) -> PyResult<Told<'py>> {
    match fault {
        S3Fault::PermanentRedirect { region } => {
            told_with(py, "permanent_redirect", "region", PyString::new(py, region))
        }
        S3Fault::ResetDuringPart { part_number } => told_with(py, "reset_during_part", "part_number", part_number),
        S3Fault::Slow { delay } => told_with(py, "slow", "delay", delay.as_secs_f64()),
        other => Ok(told(py, other.name())),
    }
}

/// # Errors
/// `ValueError` for a name that is none.
pub(super) fn operation(name: &str) -> PyResult<S3Operation> {
    S3Operation::named(name).ok_or_else(|| {
        let known: Vec<&str> = S3Operation::ALL.iter().map(|operation| operation.name()).collect();
        PyValueError::new_err(format!("no operation {name:?}; there are {}", known.join(", ")))
    })
}
