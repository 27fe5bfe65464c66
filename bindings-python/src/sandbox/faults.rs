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

macro_rules! plain {
    ($names:ident, $find:ident, $name_of:ident, $type:ty: $($name:literal = $fault:expr => $pattern:pat,)+ with $($other:literal),+) => {
        const $names: &[&str] = &[$($name,)+ $($other,)+];

        fn $find(name: &str) -> Option<$type> {
            match name {
                $($name => Some($fault),)+
                _ => None,
            }
        }

        fn $name_of(fault: &$type) -> Option<&'static str> {
            match fault {
                $($pattern => Some($name),)+
                _ => None,
            }
        }
    };
}

plain! { REST, plain_rest, plain_rest_name, Fault:
    "timeout" = Fault::Timeout => Fault::Timeout,
    "reset_before_processing" = Fault::ResetBeforeProcessing => Fault::ResetBeforeProcessing,
    "reset_after_processing" = Fault::ResetAfterProcessing => Fault::ResetAfterProcessing,
    "close_before_processing" = Fault::CloseBeforeProcessing => Fault::CloseBeforeProcessing,
    "internal_server_error" = Fault::InternalServerError => Fault::InternalServerError,
    "bad_gateway" = Fault::BadGateway => Fault::BadGateway,
    "service_unavailable" = Fault::ServiceUnavailable => Fault::ServiceUnavailable,
    "truncated_body" = Fault::TruncatedBody => Fault::TruncatedBody,
    with "too_many_requests", "slow", "status"
}

plain! { S3, plain_s3, plain_s3_name, S3Fault:
    "slow_down" = S3Fault::SlowDown => S3Fault::SlowDown,
    "internal_error" = S3Fault::InternalError => S3Fault::InternalError,
    "internal_error_inside_200" = S3Fault::InternalErrorInside200 => S3Fault::InternalErrorInside200,
    "access_denied" = S3Fault::AccessDenied => S3Fault::AccessDenied,
    "invalid_access_key_id" = S3Fault::InvalidAccessKeyId => S3Fault::InvalidAccessKeyId,
    "signature_does_not_match" = S3Fault::SignatureDoesNotMatch => S3Fault::SignatureDoesNotMatch,
    "expired_token" = S3Fault::ExpiredToken => S3Fault::ExpiredToken,
    "request_time_too_skewed" = S3Fault::RequestTimeTooSkewed => S3Fault::RequestTimeTooSkewed,
    "no_such_bucket" = S3Fault::NoSuchBucket => S3Fault::NoSuchBucket,
    "precondition_failed" = S3Fault::PreconditionFailed => S3Fault::PreconditionFailed,
    "conditional_request_conflict" = S3Fault::ConditionalRequestConflict => S3Fault::ConditionalRequestConflict,
    "not_implemented" = S3Fault::NotImplemented => S3Fault::NotImplemented,
    "reset_during_put" = S3Fault::ResetDuringPut => S3Fault::ResetDuringPut,
    "lost_put_reply" = S3Fault::LostPutReply => S3Fault::LostPutReply,
    "lost_complete_reply" = S3Fault::LostCompleteReply => S3Fault::LostCompleteReply,
    "timeout" = S3Fault::Timeout => S3Fault::Timeout,
    "vanish" = S3Fault::Vanish => S3Fault::Vanish,
    with "permanent_redirect", "reset_during_part", "slow"
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
        _ => plain_rest(name).ok_or_else(|| unknown(name, REST))?,
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
        other => Ok(told(py, plain_rest_name(other).unwrap_or("unknown"))),
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
        _ => plain_s3(name).ok_or_else(|| unknown(name, S3))?,
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
        other => Ok(told(py, plain_s3_name(other).unwrap_or("unknown"))),
    }
}

const OPERATIONS: &[(&str, S3Operation)] = &[
    ("PutObject", S3Operation::PutObject),
    ("CreateMultipartUpload", S3Operation::CreateMultipartUpload),
    ("UploadPart", S3Operation::UploadPart),
    ("CompleteMultipartUpload", S3Operation::CompleteMultipartUpload),
    ("AbortMultipartUpload", S3Operation::AbortMultipartUpload),
    ("HeadObject", S3Operation::HeadObject),
    ("GetObject", S3Operation::GetObject),
    ("HeadBucket", S3Operation::HeadBucket),
    ("ListObjectsV2", S3Operation::ListObjectsV2),
    ("ListParts", S3Operation::ListParts),
    ("ListMultipartUploads", S3Operation::ListMultipartUploads),
    ("DeleteObject", S3Operation::DeleteObject),
    ("Other", S3Operation::Other),
];

/// # Errors
/// `ValueError` for a name that is none.
pub(super) fn operation(name: &str) -> PyResult<S3Operation> {
    OPERATIONS.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation).ok_or_else(|| {
        let known: Vec<&str> = OPERATIONS.iter().map(|(name, _)| *name).collect();
        PyValueError::new_err(format!("no operation {name:?}; there are {}", known.join(", ")))
    })
}

pub(super) fn operation_name(operation: S3Operation) -> &'static str {
    OPERATIONS.iter().find(|(_, known)| *known == operation).map_or("Other", |(name, _)| name)
}
