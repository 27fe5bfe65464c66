//! What a request's head asks for.

use hyper::header::{AUTHORIZATION, HeaderName, IF_NONE_MATCH};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

use super::record::S3Operation;

/// Longest key of S3.
const KEY_KEPT: usize = 1024;

/// A request as far as its head tells, before anything is verified.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) operation: S3Operation,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) part_number: Option<u32>,
    pub(super) upload_id: Option<String>,
    pub(super) conditional: bool,
    pub(super) path: String,
    pub(super) method: Method,
    pub(super) access_key_id: String,
    pub(super) region: Option<String>,
    pub(super) signature: String,
    pub(super) signed_headers: String,
    pub(super) date: String,
    pub(super) token: Option<String>,
    pub(super) content_sha256: String,
}

impl Call {
    pub(super) fn of(head: &Parts) -> Self {
        let path = head.uri.path();
        let (bucket, key) = path.trim_start_matches('/').split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
        let query: Vec<(&str, &str)> = head
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        let asked = |name: &str| query.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let text = |name: HeaderName| text(&head.headers, &name).to_owned();
        let authorization = text(AUTHORIZATION);
        let credential = field(&authorization, "Credential=");
        let mut scope = credential.split('/');
        Self {
            operation: operation(head, key, asked),
            bucket: bucket.chars().take(KEY_KEPT).collect(),
            key: key.chars().take(KEY_KEPT).collect(),
            part_number: asked("partNumber").and_then(|number| number.parse().ok()),
            upload_id: asked("uploadId").map(|id| id.chars().take(KEY_KEPT).collect()),
            conditional: head.headers.contains_key(IF_NONE_MATCH),
            path: path.chars().take(2 * KEY_KEPT).collect(),
            method: head.method.clone(),
            access_key_id: scope.next().unwrap_or_default().to_owned(),
            region: scope.nth(1).map(str::to_owned),
            signature: field(&authorization, "Signature=").to_owned(),
            signed_headers: field(&authorization, "SignedHeaders=").to_owned(),
            date: text(HeaderName::from_static("x-amz-date")),
            token: head
                .headers
                .get("x-amz-security-token")
                .and_then(|value| value.to_str().ok())
                .map(|token| token.chars().take(4 * KEY_KEPT).collect()),
            content_sha256: text(HeaderName::from_static("x-amz-content-sha256")),
        }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// One field of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
fn field<'a>(authorization: &'a str, name: &str) -> &'a str {
    let (_, rest) = authorization.split_once(name).unwrap_or_default();
    rest.split([',', ' ']).next().unwrap_or_default()
}

fn operation<'q>(head: &Parts, key: &str, asked: impl Fn(&str) -> Option<&'q str>) -> S3Operation {
    let has = |name: &str| asked(name).is_some();
    match (&head.method, key.is_empty()) {
        (&Method::PUT, false) if has("uploadId") && has("partNumber") => S3Operation::UploadPart,
        (&Method::PUT, false) if !head.headers.contains_key("x-amz-copy-source") => S3Operation::PutObject,
        (&Method::POST, false) if has("uploads") => S3Operation::CreateMultipartUpload,
        (&Method::POST, false) if has("uploadId") => S3Operation::CompleteMultipartUpload,
        (&Method::DELETE, false) if has("uploadId") => S3Operation::AbortMultipartUpload,
        (&Method::DELETE, false) => S3Operation::DeleteObject,
        (&Method::HEAD, false) => S3Operation::HeadObject,
        (&Method::HEAD, true) => S3Operation::HeadBucket,
        (&Method::GET, false) if has("uploadId") => S3Operation::ListParts,
        (&Method::GET, false) => S3Operation::GetObject,
        (&Method::GET, true) if has("uploads") => S3Operation::ListMultipartUploads,
        (&Method::GET, true) if asked("list-type") == Some("2") => S3Operation::ListObjectsV2,
        _ => S3Operation::Other,
    }
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn call(method: &str, address: &str) -> Call {
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header(AUTHORIZATION, "AWS4-HMAC-SHA256 Credential=KEY/20250201/eu-west-3/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=0a1b");
        Call::of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn method_and_address_tell_the_operation() {
        for (method, address, operation) in [
            ("PUT", "/b/k?x-id=PutObject", S3Operation::PutObject),
            ("PUT", "/b/k?partNumber=3&uploadId=u", S3Operation::UploadPart),
            ("PUT", "/b", S3Operation::Other),
            ("POST", "/b/k?uploads", S3Operation::CreateMultipartUpload),
            ("POST", "/b/k?uploadId=u", S3Operation::CompleteMultipartUpload),
            ("POST", "/b?delete", S3Operation::Other),
            ("DELETE", "/b/k?uploadId=u", S3Operation::AbortMultipartUpload),
            ("DELETE", "/b/k", S3Operation::DeleteObject),
            ("HEAD", "/b/k", S3Operation::HeadObject),
            ("HEAD", "/b/", S3Operation::HeadBucket),
            ("GET", "/b/k/l", S3Operation::GetObject),
            ("GET", "/b/k?uploadId=u", S3Operation::ListParts),
            ("GET", "/b/?uploads", S3Operation::ListMultipartUploads),
            ("GET", "/b/?list-type=2&prefix=k", S3Operation::ListObjectsV2),
            ("GET", "/b/", S3Operation::Other),
            ("GET", "/", S3Operation::Other),
        ] {
            assert_eq!(call(method, address).operation, operation, "{method} {address}");
        }
        assert_eq!(call("PUT", "/b/k?partNumber=3&uploadId=u").part_number, Some(3));
    }

    #[test]
    fn the_signature_tells_key_and_region() {
        let call = call("GET", "/b/a/k");
        assert_eq!((&*call.access_key_id, call.region.as_deref()), ("KEY", Some("eu-west-3")));
        assert_eq!((&*call.signed_headers, &*call.signature), ("host;x-amz-date", "0a1b"));
        assert_eq!((&*call.bucket, &*call.key), ("b", "a/k"));
    }
}
