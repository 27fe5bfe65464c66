//! Error answers in S3's form, with all that the real store puts into them.

use std::fmt::Write as _;

use base64_simd::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use s3s::Body;
use sha2::{Digest, Sha256};

use super::call::Call;

/// Number of the invented account that owns everything.
const ACCOUNT: &str = "123456789012";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");
const REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");

/// The two ids that every answer of S3 carries.
pub(super) struct Ids {
    request: String,
    host: String,
}

impl Ids {
    pub(super) fn of(number: u64) -> Self {
        let hash = Sha256::digest(number.to_be_bytes());
        let request = hash.iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        });
        Self { request, host: STANDARD.encode_to_string([hash.as_slice(), hash.as_slice()].concat()) }
    }

    pub(super) fn put_into(&self, headers: &mut HeaderMap) {
        for (name, id) in [(REQUEST_ID, &self.request), (HOST_ID, &self.host)] {
            headers.extend(HeaderValue::from_str(id).ok().map(|id| (name, id)));
        }
    }
}

/// The answer to a request that is refused, dressed with what the real store would tell.
pub(super) fn refuse(
    status: StatusCode,
    code: &str,
    message: Option<&str>,
    call: &Call,
    now: DateTime<Utc>,
    ids: &Ids,
) -> Response<Body> {
    let message = match code {
        "AccessDenied" => format!(
            "User: arn:aws:iam::{ACCOUNT}:user/loader is not authorized to perform: s3:{} on resource: \"arn:aws:s3:::{}/{}\" \
             because no identity-based policy allows the s3:{} action",
            call.operation.name(),
            call.bucket,
            call.key,
            call.operation.name(),
        ),
        _ => message.unwrap_or_else(|| standard(code)).to_owned(),
    };
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    let mut put = |name: &str, value: &str| {
        let _ = write!(text, "<{name}>{}</{name}>", escaped(value));
    };
    put("Code", code);
    put("Message", &message);
    for (name, value) in details(code, call, now) {
        put(name, &value);
    }
    put("RequestId", &ids.request);
    put("HostId", &ids.host);
    text.push_str("</Error>");
    let mut response = Response::new(Body::from(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// Sends a client to the region where the bucket is.
pub(super) fn redirect(region: &str, call: &Call, now: DateTime<Utc>, ids: &Ids) -> Response<Body> {
    let mut response = refuse(StatusCode::MOVED_PERMANENTLY, "PermanentRedirect", None, call, now, ids);
    response.headers_mut().extend(HeaderValue::from_str(region).ok().map(|region| (REGION, region)));
    response
}

fn standard(code: &str) -> &'static str {
    match code {
        "SlowDown" => "Please reduce your request rate.",
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidAccessKeyId" => "The AWS Access Key Id you provided does not exist in our records.",
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        }
        "ExpiredToken" => "The provided token has expired.",
        "RequestTimeTooSkewed" => "The difference between the request time and the current time is too large.",
        "RequestTimeout" => {
            "Your socket connection to the server was not read from or written to within the timeout period. Idle connections \
             will be closed."
        }
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        }
        "PermanentRedirect" => {
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future \
             requests to this endpoint."
        }
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        "ConditionalRequestConflict" => {
            "The conditional request cannot succeed due to a conflicting operation against this resource."
        }
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "EntityTooLarge" => "Your proposed upload exceeds the maximum allowed size",
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "InvalidPart" => {
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity \
             tag may not match the part's entity tag."
        }
        "InvalidPartOrder" => "The list of parts was not in ascending order. Parts must be ordered by part number.",
        _ => "The request was refused.",
    }
}

fn details(code: &str, call: &Call, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let key_id = ("AWSAccessKeyId", call.access_key_id.clone());
    match code {
        "InvalidAccessKeyId" => vec![key_id],
        "SignatureDoesNotMatch" => {
            let day = call.date.get(..8).unwrap_or_default();
            let region = call.region.as_deref().unwrap_or_default();
            let canonical =
                format!("{}\n{}\n\n{}\n{}", call.method, call.path, call.signed_headers, call.content_sha256);
            let hash = Sha256::digest(&canonical).iter().fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            });
            let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{day}/{region}/s3/aws4_request\n{hash}", call.date);
            vec![
                key_id,
                ("StringToSign", to_sign),
                ("SignatureProvided", call.signature.clone()),
                ("CanonicalRequest", canonical),
            ]
        }
        "ExpiredToken" => vec![("Token-0", call.token.clone().unwrap_or_default())],
        "RequestTimeTooSkewed" => vec![
            ("RequestTime", call.date.clone()),
            ("ServerTime", now.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
            ("MaxAllowedSkewMilliseconds", "900000".to_owned()),
        ],
        "NoSuchBucket" => vec![("BucketName", call.bucket.clone())],
        "NoSuchKey" => vec![("Key", call.key.clone())],
        "NoSuchUpload" => vec![("UploadId", call.upload_id.clone().unwrap_or_default())],
        "PermanentRedirect" => {
            vec![("Endpoint", format!("{}.s3.amazonaws.com", call.bucket)), ("Bucket", call.bucket.clone())]
        }
        "PreconditionFailed" => vec![("Condition", "If-None-Match".to_owned())],
        _ => vec![("Resource", call.path.clone())],
    }
}

/// Code and message of an error's body.
pub(super) fn read(body: &[u8]) -> Option<(String, Option<String>)> {
    let text = std::str::from_utf8(body).ok()?;
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let content = rest.split_once(&format!("</{name}>"))?.0;
        // `&amp;` last: it may stand before any of the others.
        let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
        Some(marks.iter().fold(content.to_owned(), |text, (mark, plain)| text.replace(mark, plain)))
    };
    Some((element("Code")?, element("Message")))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
