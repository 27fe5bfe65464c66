//! Requests, objects and loads as dicts.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use qlower_client::sandbox::{OpenUpload, Outcome, RequestRecord, S3Load, S3Outcome, S3RequestRecord, StoredObject};

use super::faults;
use crate::guard::guard;

fn list<'py, T>(
    py: Python<'py>,
    records: Vec<T>,
    fill: impl Fn(&Bound<'py, PyDict>, T) -> PyResult<()>,
) -> PyResult<Bound<'py, PyList>> {
    guard(py, || {
        let list = PyList::empty(py);
        for record in records {
            let dict = PyDict::new(py);
            fill(&dict, record)?;
            list.append(dict)?;
        }
        Ok(list)
    })
}

/// Seconds since 1970, to the microsecond: what `datetime` holds.
#[expect(clippy::cast_precision_loss, reason = "exact until the year 2255")]
fn instant(at: chrono::DateTime<chrono::Utc>) -> f64 {
    at.timestamp_micros() as f64 / 1e6
}

pub(super) fn requests(py: Python<'_>, records: Vec<RequestRecord>) -> PyResult<Bound<'_, PyList>> {
    list(py, records, |dict, record| {
        dict.set_item("method", record.method)?;
        dict.set_item("path", record.path)?;
        dict.set_item("body_length", record.body_length)?;
        dict.set_item("body_sha256", record.body_sha256)?;
        dict.set_item("partner", record.partner)?;
        dict.set_item("at", instant(record.at))?;
        dict.set_item("processed", record.processed)?;
        let (status, fault) = match record.outcome {
            Outcome::Answered(status) => (Some(status), None),
            Outcome::Faulted(fault) => (None, Some(faults::rest_to_python(py, &fault)?)),
            _ => (None, None),
        };
        dict.set_item("status", status)?;
        dict.set_item("fault", fault)
    })
}

pub(super) fn s3_requests(py: Python<'_>, records: Vec<S3RequestRecord>) -> PyResult<Bound<'_, PyList>> {
    list(py, records, |dict, record| {
        dict.set_item("operation", record.operation.name())?;
        dict.set_item("bucket", record.bucket)?;
        dict.set_item("key", record.key)?;
        dict.set_item("part_number", record.part_number)?;
        dict.set_item("conditional", record.conditional)?;
        dict.set_item("body_length", record.body_length)?;
        dict.set_item("at", instant(record.at))?;
        let (status, fault) = match record.outcome {
            S3Outcome::Answered(status) => (Some(status), None),
            S3Outcome::Faulted(fault) => (None, Some(faults::s3_to_python(py, &fault)?)),
            _ => (None, None),
        };
        dict.set_item("status", status)?;
        dict.set_item("fault", fault)
    })
}

pub(super) fn objects(py: Python<'_>, records: Vec<StoredObject>) -> PyResult<Bound<'_, PyList>> {
    list(py, records, |dict, record| {
        dict.set_item("key", record.key)?;
        dict.set_item("size", record.size)?;
        dict.set_item("etag", record.etag)?;
        dict.set_item("sha256", record.sha256)?;
        dict.set_item("content_type", record.content_type)?;
        dict.set_item("state", record.state.as_str())
    })
}

pub(super) fn open_uploads(py: Python<'_>, records: Vec<OpenUpload>) -> PyResult<Bound<'_, PyList>> {
    list(py, records, |dict, record| {
        dict.set_item("key", record.key)?;
        dict.set_item("upload_id", record.upload_id)?;
        dict.set_item("parts", record.parts)
    })
}

pub(super) fn s3_loads(py: Python<'_>, records: Vec<S3Load>) -> PyResult<Bound<'_, PyList>> {
    list(py, records, |dict, record| {
        dict.set_item("partner", record.partner)?;
        dict.set_item("key", record.key)?;
        dict.set_item("moved_to", record.moved_to)?;
        dict.set_item("at", instant(record.at))?;
        dict.set_item("state", record.state.as_str())?;
        dict.set_item("success_count", record.success_count)?;
        dict.set_item("failed_count", record.failed_count)?;
        dict.set_item("reply", record.reply)
    })
}
