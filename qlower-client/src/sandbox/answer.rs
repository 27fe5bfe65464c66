//! What goes back over the wire.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, FixedOffset, Utc};
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use qlower_core::ModelName;
use qlower_core::value::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::RetryAfter;

/// An answer: status, body, and what the body is.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
    media_type: Option<&'static str>,
    header: Option<(HeaderName, HeaderValue)>,
}

/// Why a load was refused as a whole: the `type` of a 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    WrongFormat,
    KeyError,
    ValidationError,
    ValueError,
}

/// One line of `errors`.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) model: ModelName,
    pub(super) r#type: &'static str,
    pub(super) error: String,
    pub(super) created_at: String,
    pub(super) id: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(super) struct Tally {
    pub(super) success: u64,
    pub(super) error: u64,
}

#[derive(Serialize)]
struct LoadResult<'a> {
    status: &'static str,
    total_count: u64,
    success_count: u64,
    failed_count: u64,
    end_date: String,
    errors: &'a [Line],
    combined_result: Vec<ModelResult>,
}

#[derive(Serialize)]
struct ModelResult {
    model: ModelName,
    item: Tally,
}

impl Answer {
    fn new(status: StatusCode, media_type: Option<&'static str>, body: impl Into<Bytes>) -> Self {
        Self { status, media_type, body: body.into(), header: None }
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Self {
        // Texts, numbers and string keys always serialise.
        Self::new(status, Some("application/json"), serde_json::to_vec(body).unwrap_or_default())
    }

    fn html(status: StatusCode) -> Self {
        let title = status.to_string();
        let page = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
        );
        Self::new(status, Some("text/html"), page)
    }

    /// The 200 that tells what became of the items.
    pub(super) fn result(tallies: &BTreeMap<ModelName, Tally>, errors: &[Line], end: DateTime<Utc>) -> Self {
        let success_count = tallies.values().map(|tally| tally.success).sum();
        let failed_count = tallies.values().map(|tally| tally.error).sum();
        let status = match (success_count, failed_count) {
            (_, 0) => "SUCCESS",
            (0, _) => "ERROR",
            _ => "PARTIAL_SUCCESS",
        };
        Self::json(
            StatusCode::OK,
            &LoadResult {
                status,
                total_count: success_count + failed_count,
                success_count,
                failed_count,
                end_date: end.format("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
                errors,
                combined_result: tallies
                    .iter()
                    .map(|(model, item)| ModelResult { model: *model, item: *item })
                    .collect(),
            },
        )
    }

    pub(super) fn refused(refusal: Refusal, detail: &str) -> Self {
        let (kind, message) = match refusal {
            Refusal::WrongFormat => ("WrongFormat", "Format JSON invalide"),
            Refusal::KeyError => ("KeyError", "Clé manquante"),
            Refusal::ValidationError => ("ValidationError", "Données invalides"),
            Refusal::ValueError => ("ValueError", "Valeur incorrecte"),
        };
        Self::json(
            StatusCode::BAD_REQUEST,
            &json!({ "status": "KO", "type": kind, "message": message, "errors": detail }),
        )
    }

    pub(super) fn internal_error() -> Self {
        Self::json(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({
                "status": "KO",
                "type": "InternalServerError",
                "message": "Erreur interne du serveur",
                "error": "Panne simulée",
            }),
        )
    }

    pub(super) fn too_many_requests(retry_after: RetryAfter) -> Self {
        let value = retry_after.header().and_then(|text| HeaderValue::try_from(text).ok());
        let answer = Self::json(StatusCode::TOO_MANY_REQUESTS, &json!({ "detail": "Too Many Requests" }));
        Self { header: value.map(|value| (RETRY_AFTER, value)), ..answer }
    }

    pub(super) fn bad_gateway() -> Self {
        Self::html(StatusCode::BAD_GATEWAY)
    }

    pub(super) fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, None, Bytes::new())
    }

    pub(super) fn too_large() -> Self {
        Self::html(StatusCode::PAYLOAD_TOO_LARGE)
    }

    pub(super) fn too_late() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, None, Bytes::new())
    }

    pub(super) fn not_found() -> Self {
        Self::json(StatusCode::NOT_FOUND, &json!({ "detail": "Not Found" }))
    }

    pub(super) fn wrong_method() -> Self {
        let answer = Self::json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "detail": "Method Not Allowed" }));
        Self { header: Some((ALLOW, HeaderValue::from_static("POST"))), ..answer }
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let media_type = self.media_type.map(|media_type| (CONTENT_TYPE, HeaderValue::from_static(media_type)));
        response.headers_mut().extend(media_type.into_iter().chain(self.header));
        response
    }

    /// The bytes of a response that announces its whole length and breaks off in the middle of the body.
    pub(super) fn truncated(&self) -> Bytes {
        let mut bytes = format!(
            "HTTP/1.1 {}\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
            self.status,
            self.media_type.unwrap_or("text/plain"),
            self.body.len(),
        )
        .into_bytes();
        bytes.extend_from_slice(self.body.get(..self.body.len() / 2).unwrap_or_default());
        bytes.into()
    }
}

/// An instant on the clocks of Paris.
pub(super) fn in_paris(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    // The core knows the offset of a Paris clock time; one hour at the changes of the clock is uncertain, and of no consequence.
    let winter_time = (at.naive_utc() + chrono::TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%S").to_string();
    let offset =
        Timestamp::from(winter_time).value().map_or_else(|| chrono::Offset::fix(&Utc), |known| *known.offset());
    at.with_timezone(&offset)
}

/// Paris time under the label of UTC, as the service writes it.
pub(super) fn created_at(at: DateTime<Utc>) -> String {
    in_paris(at).format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn clocks_are_an_hour_or_two_apart() {
        assert_eq!(created_at(at("2025-12-02T09:46:28.480939Z")), "2025-12-02T10:46:28.480939Z");
        assert_eq!(created_at(at("2025-07-02T22:46:28Z")), "2025-07-03T00:46:28.000000Z");
        let answer = Answer::result(&BTreeMap::new(), &[], at("2025-12-02T09:46:28.526977Z"));
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["end_date"], "2025-12-02T09:46:28.526977");
    }

    #[test]
    fn the_status_follows_from_the_counts() {
        for (success, error, status) in
            [(0, 0, "SUCCESS"), (2, 0, "SUCCESS"), (1, 1, "PARTIAL_SUCCESS"), (0, 3, "ERROR")]
        {
            let tallies = BTreeMap::from([(ModelName::Transaction, Tally { success, error })]);
            let answer = Answer::result(&tallies, &[], at("2025-12-02T09:46:28Z"));
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!((&body["status"], &body["total_count"]), (&json!(status), &json!(success + error)));
            assert_eq!(
                body["combined_result"],
                json!([{ "model": "transactions", "item": { "success": success, "error": error } }])
            );
        }
    }

    #[test]
    fn a_truncated_response_announces_more_than_it_sends() {
        let answer = Answer::refused(Refusal::KeyError, "x");
        let bytes = answer.truncated();
        let text = std::str::from_utf8(&bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", answer.body.len())), "{head}");
        assert_eq!(body.len(), answer.body.len() / 2);
    }
}
