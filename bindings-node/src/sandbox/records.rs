//! Requests, objects and loads as JSON. Moments are milliseconds since 1970.

use qlower_client::sandbox::{OpenUpload, Outcome, RequestRecord, S3Load, S3Outcome, S3RequestRecord, StoredObject};
use serde_json::{Value, json};

use super::faults::{list, rest_json, s3_json};

pub(super) fn requests(records: &[RequestRecord]) -> String {
    list(records, |record| {
        let (status, fault) = match &record.outcome {
            Outcome::Answered(status) => (Some(status), None),
            Outcome::Faulted(fault) => (None, Some(rest_json(fault))),
            _ => (None, None),
        };
        json!({
            "method": record.method,
            "path": record.path,
            "bodyLength": record.body_length,
            "bodySha256": record.body_sha256,
            "partner": record.partner,
            "at": record.at.timestamp_millis(),
            "processed": record.processed,
            "status": status,
            "fault": fault,
        })
    })
}

pub(super) fn s3_requests(records: &[S3RequestRecord]) -> String {
    list(records, |record| {
        let (status, fault) = match &record.outcome {
            S3Outcome::Answered(status) => (Some(status), None),
            S3Outcome::Faulted(fault) => (None, Some(s3_json(fault))),
            _ => (None, None),
        };
        json!({
            "operation": record.operation.name(),
            "bucket": record.bucket,
            "key": record.key,
            "partNumber": record.part_number,
            "conditional": record.conditional,
            "bodyLength": record.body_length,
            "at": record.at.timestamp_millis(),
            "status": status,
            "fault": fault,
        })
    })
}

pub(super) fn objects(records: &[StoredObject]) -> String {
    list(records, |record| {
        json!({
            "key": record.key,
            "size": record.size,
            "etag": record.etag,
            "sha256": record.sha256,
            "contentType": record.content_type,
            "state": record.state.as_str(),
        })
    })
}

pub(super) fn open_uploads(records: &[OpenUpload]) -> String {
    list(records, |record| {
        let parts = record.parts.iter().map(|(number, size)| json!({ "number": number, "size": size }));
        json!({ "key": record.key, "uploadId": record.upload_id, "parts": parts.collect::<Vec<Value>>() })
    })
}

pub(super) fn s3_loads(records: &[S3Load]) -> String {
    list(records, |record| {
        json!({
            "partner": record.partner,
            "key": record.key,
            "movedTo": record.moved_to,
            "at": record.at.timestamp_millis(),
            "state": record.state.as_str(),
            "successCount": record.success_count,
            "failedCount": record.failed_count,
            "reply": record.reply,
        })
    })
}
