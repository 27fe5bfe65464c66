//! Refusals of the S3 store.

use std::error::Error as StdError;
use std::fmt;

/// The S3 store refused a request, or failed.
///
/// It has the store's error code and request id, not its own words, which may repeat what was sent.
///
/// | code | what to do |
/// | --- | --- |
/// | `AccessDenied` | ask Qlower whether the keys may put into this bucket, and whether partner and environment are the right ones |
/// | `InvalidAccessKeyId`, `SignatureDoesNotMatch` | correct `access_key_id` or `secret_access_key` |
/// | `ExpiredToken`, `InvalidToken`, `TokenRefreshRequired` | get new temporary credentials |
/// | `RequestTimeTooSkewed`, `RequestExpired` | set this machine's clock |
/// | `NoSuchBucket` | correct partner, environment or `s3_endpoint` |
/// | `PermanentRedirect`, `AuthorizationHeaderMalformed`, `IllegalLocationConstraintException` | set `region` to that of the bucket |
/// | `PreconditionFailed` | another object has this key already: choose another one |
/// | `EntityTooLarge` | write smaller files |
#[derive(Clone, PartialEq, Eq)]
pub struct StoreError(pub(crate) Box<Refusal>);

/// What is known of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) operation: &'static str,
    pub(crate) bucket: Box<str>,
    pub(crate) status: u16,
    pub(crate) code: Option<Box<str>>,
    pub(crate) request_id: Option<Box<str>>,
    pub(crate) region: Option<Box<str>>,
    pub(crate) clock_behind_seconds: Option<i64>,
}

impl StoreError {
    /// The S3 operation, such as `PutObject`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.0.bucket
    }

    /// The HTTP status. It is 200 if the store failed after it had begun to answer.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The store's error code, such as `AccessDenied`, if it gave a readable one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The store's name for the request, which its operators ask for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The region in which the bucket is, if the store said so.
    #[must_use]
    pub fn bucket_region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// What a person should do about it.
    fn advice(&self) -> Option<String> {
        Some(match (self.code().unwrap_or_default(), self.status()) {
            ("AccessDenied" | "AllAccessDisabled" | "AccountProblem", _) | ("", 401 | 403) => {
                "ask Qlower whether these keys may put into this bucket, and see that partner and environment are the right ones"
                    .to_owned()
            }
            ("InvalidAccessKeyId", _) => "no such access_key_id here: see that it is the one of this environment".to_owned(),
            ("SignatureDoesNotMatch", _) => "see that secret_access_key belongs to access_key_id, and has no blank around it".to_owned(),
            ("ExpiredToken" | "InvalidToken" | "TokenRefreshRequired", _) => {
                "the temporary credentials are used up: get new ones".to_owned()
            }
            ("RequestTimeTooSkewed" | "RequestExpired", _) => match self.0.clock_behind_seconds {
                Some(behind @ 1..) => format!("this machine's clock is {behind} s behind the store's: set it"),
                Some(behind @ ..=-1) => format!("this machine's clock is {} s ahead of the store's: set it", behind.unsigned_abs()),
                _ => "this machine's clock is wrong: set it".to_owned(),
            },
            ("NoSuchBucket", _) => {
                "there is no such bucket: see that partner, environment and s3_endpoint are the right ones".to_owned()
            }
            ("PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _)
            | (_, 301 | 307 | 308) => match self.bucket_region() {
                Some(region) => format!("the bucket is in another region: set region to {region:?}"),
                None => "the bucket is in another region: set region to the bucket's".to_owned(),
            },
            ("PreconditionFailed", _) | (_, 412) => "another object has this key already: choose another one".to_owned(),
            ("EntityTooLarge" | "MaxMessageLengthExceeded", _) | (_, 413) => "write smaller files".to_owned(),
            ("SlowDown" | "ServiceUnavailable" | "Throttling" | "RequestLimitExceeded", _) | (_, 429 | 503) => {
                "the store is busy: try again later".to_owned()
            }
            ("", 200..=299) => "the answer is not that of an S3 store: see that s3_endpoint is the right one".to_owned(),
            _ => return None,
        })
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refusal { operation, bucket, status, .. } = &*self.0;
        write!(f, "{operation} in bucket {bucket:?} failed with ")?;
        match self.code() {
            Some(code) => write!(f, "{code} (HTTP {status})")?,
            None => write!(f, "HTTP {status}")?,
        }
        if let Some(advice) = self.advice() {
            write!(f, ": {advice}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for StoreError {}
