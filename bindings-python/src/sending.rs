//! From what the client gives to what Python gets.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use qlower_client::{Error, Object, Part, PartOutcome, Receipt, Reply, SentAll, UploadStatus};

use crate::{errors, reply, split};

/// A `qlower.Receipt` for what was sent by REST.
pub(crate) fn receipt(py: Python<'_>, result: Result<Receipt, Error>) -> PyResult<Py<PyAny>> {
    let receipt = result.map_err(|error| errors::client(py, &error))?;
    replied(py, &receipt).map(Bound::unbind)
}

fn replied<'py>(py: Python<'py>, receipt: &Receipt) -> PyResult<Bound<'py, PyAny>> {
    let facts = common(py, receipt)?;
    facts.set_item("reply", reply::wrap(py, receipt.reply().clone())?)?;
    py.import("qlower._receipt")?.call_method1("receipt", (facts,))
}

/// A `qlower.Receipt` for an upload.
pub(crate) fn uploaded(py: Python<'_>, result: Result<Receipt<Object>, Error>) -> PyResult<Py<PyAny>> {
    let receipt = result.map_err(|error| errors::client(py, &error))?;
    object(py, &receipt).map(Bound::unbind)
}

/// The same, of one that is there.
pub(crate) fn object<'py>(py: Python<'py>, receipt: &Receipt<Object>) -> PyResult<Bound<'py, PyAny>> {
    let facts = common(py, receipt)?;
    facts.set_item("bucket", receipt.bucket())?;
    facts.set_item("key", receipt.key())?;
    facts.set_item("etag", receipt.etag())?;
    facts.set_item("size", receipt.size())?;
    facts.set_item("already_there", receipt.already_there())?;
    py.import("qlower._receipt")?.call_method1("receipt", (facts,))
}

fn common<'py, O>(py: Python<'py>, receipt: &Receipt<O>) -> PyResult<Bound<'py, PyDict>> {
    let facts = PyDict::new(py);
    facts.set_item("certainty", receipt.certainty().as_str())?;
    facts.set_item("attempts", receipt.attempts())?;
    facts.set_item("duration", receipt.duration().as_secs_f64())?;
    facts.set_item("payload_sha256", receipt.payload_sha256())?;
    facts.set_item("earlier_attempt_may_have_been_processed", receipt.earlier_attempt_may_have_been_processed())?;
    Ok(facts)
}

/// A `qlower.UploadStatus`.
pub(crate) fn status(py: Python<'_>, result: Result<UploadStatus, Error>) -> PyResult<Py<PyAny>> {
    let status = result.map_err(|error| errors::client(py, &error))?;
    let (key, reason) = match &status {
        UploadStatus::Success { key } | UploadStatus::Failure { key } => (Some(key.as_str()), None),
        UploadStatus::Unknown { reason } => (None, Some(*reason)),
        _ => (None, None),
    };
    let class = py.import("qlower._receipt")?.getattr("UploadStatus")?;
    class.call1((status.as_str(), key, reason, status.is_final())).map(Bound::unbind)
}

/// A `qlower.SentAll`.
pub(crate) fn sent_all(py: Python<'_>, sent: &SentAll) -> PyResult<Py<PyAny>> {
    let parts = sent.parts().map(|(part, outcome)| sent_part(py, part, outcome));
    let parts = parts.collect::<PyResult<Vec<_>>>()?;
    let combined = sent.reply().map(|combined| reply::wrap(py, Reply::clone(combined))).transpose()?;
    py.import("qlower._split")?.call_method1("sent_all", (parts, combined)).map(Bound::unbind)
}

fn sent_part<'py>(py: Python<'py>, part: &Part, outcome: &PartOutcome) -> PyResult<Bound<'py, PyAny>> {
    let (mut receipt, mut error, mut reason) = (None, None, None);
    match outcome {
        PartOutcome::Processed(treated) => receipt = Some(replied(py, treated)?),
        PartOutcome::Failed(failed) => error = Some(errors::client(py, failed).into_value(py)),
        PartOutcome::NotSent(why) => reason = Some(why.to_string()),
        _ => {}
    }
    let class = py.import("qlower._split")?.getattr("SentPart")?;
    let part = split::wrap(py, part.clone())?;
    class.call1((part, outcome.certainty().as_str(), receipt, error, reason))
}
