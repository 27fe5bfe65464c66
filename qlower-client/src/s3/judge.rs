//! Judging the AWS SDK's errors: what happened, whether the object may be there, whether another try makes sense.

use std::time::SystemTime;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::{RequestId, RequestIdExt};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::connector::carried;
use crate::error::{ConfigError, Refusal, StoreError};
use crate::failure::Failure;
use crate::receipt::Certainty;
use crate::retry_after::retry_after;

/// What a request does, as far as its failures are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It can make the object.
    Commits,
    /// It cannot.
    Prepares,
}

/// Why a request failed, where that decides how to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// There is an object with this key.
    Exists,
    /// The upload in parts is no longer known: it was completed or aborted.
    NoSuchUpload,
    /// The store does not know conditional writes.
    NotImplemented,
    /// These keys may not do that.
    Denied,
    /// Nothing is there.
    NotFound,
    Other,
}

/// The last word of a store's answer.
pub(super) fn judge<E>(
    error: SdkError<E, HttpResponse>,
    operation: &'static str,
    bucket: &str,
    effect: Effect,
) -> (Reason, Failure)
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if let Some(mut failure) = carried(&error) {
        if effect == Effect::Prepares {
            failure.certainty = Certainty::NotProcessed;
        }
        return (Reason::Other, failure);
    }
    let Some(response) = error.raw_response() else {
        // The SDK could not make a request of it. Its words say nothing of the content: endpoint, region, signature.
        let kind = ConfigError::new("s3", format!("{operation} in bucket {bucket:?} could not be prepared"));
        return (Reason::Other, Failure::local(kind.into()));
    };
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name);
    let code = error.code().filter(|code| is_code(code));
    let refusal = Refusal {
        operation,
        bucket: bucket.into(),
        status,
        code: code.map(Into::into),
        request_id: error
            .request_id()
            .or_else(|| error.extended_request_id())
            .filter(|id| id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic()))
            .map(Into::into),
        region: header("x-amz-bucket-region").filter(|region| is_code(region)).map(Into::into),
        clock_behind_seconds: header("date").and_then(|date| behind(date, SystemTime::now())),
    };
    let reason = match (code.unwrap_or_default(), status) {
        ("NoSuchUpload", _) => Reason::NoSuchUpload,
        ("PreconditionFailed", _) | (_, 412) => Reason::Exists,
        ("NotImplemented", _) | (_, 501) => Reason::NotImplemented,
        ("AccessDenied", _) | (_, 401 | 403) => Reason::Denied,
        ("NoSuchKey", _) | ("", 404) => Reason::NotFound,
        _ => Reason::Other,
    };
    let retryable = match code.unwrap_or_default() {
        "SlowDown"
        | "InternalError"
        | "ServiceUnavailable"
        | "RequestTimeout"
        | "Throttling"
        | "RequestLimitExceeded"
        | "OperationAborted"
        | "ConditionalRequestConflict"
        | "BadDigest"
        | "XAmzContentSHA256Mismatch"
        | "IncompleteBody" => true,
        _ => matches!(status, 200..=299 | 408 | 425 | 429 | 500 | 502 | 503 | 504),
    };
    let certainty = match status {
        300..=499 => Certainty::NotProcessed,
        _ if effect == Effect::Prepares => Certainty::NotProcessed,
        _ => Certainty::Unknown,
    };
    let asked = header("retry-after").and_then(|value| retry_after(value, SystemTime::now()));
    (reason, Failure { kind: StoreError(Box::new(refusal)).into(), certainty, retryable, retry_after: asked })
}

/// Whether it is a mere name, so that it may be shown.
fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// By how many seconds this machine's clock is behind an HTTP date, if it is worth mentioning.
fn behind(date: &str, now: SystemTime) -> Option<i64> {
    let theirs = httpdate::parse_http_date(date).ok()?;
    let seconds = match theirs.duration_since(now) {
        Ok(behind) => i64::try_from(behind.as_secs()).ok()?,
        Err(ahead) => -i64::try_from(ahead.duration().as_secs()).ok()?,
    };
    (seconds.abs() > 60).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_names_are_shown() {
        for name in ["AccessDenied", "eu-west-1", "Some_Code.V2"] {
            assert!(is_code(name), "{name}");
        }
        for text in ["", "two words", "<xml>", "a\nb", "clé", &"x".repeat(65)] {
            assert!(!is_code(text), "{text}");
        }
    }

    #[test]
    fn a_clock_is_compared_with_the_date_of_the_answer() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(behind("Sun, 06 Nov 1994 09:49:37 GMT", now), Some(3600));
        assert_eq!(behind("Sun, 06 Nov 1994 07:49:37 GMT", now), Some(-3600));
        assert_eq!(behind("Sun, 06 Nov 1994 08:49:40 GMT", now), None);
        assert_eq!(behind("soon", now), None);
    }
}
