//! Who gets in on the sandbox's S3 side, and what he may do there.
#![expect(clippy::unwrap_used, reason = "a helper of tests: a missing value is a failed test")]

use std::net::TcpStream;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, Region, RuntimeComponents};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_smithy_runtime_api::box_error::BoxError;
use qlower_client::sandbox::{S3Permissions, Sandbox};

use super::sandbox_http::{Response, exchange, request};
use super::sandbox_s3_support::{BUCKET, KEY, builder, client, config, credentials, held, put, refusal, send_parts};

/// What a bare request is answered.
fn bare(sandbox: &Sandbox, method: &str, path: &str, headers: &str, body: &[u8]) -> Response {
    let mut stream = TcpStream::connect(sandbox.s3_address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    exchange(&mut stream, &request(method, path, headers, body)).unwrap()
}

#[tokio::test]
async fn only_the_right_key_pair_opens() {
    let sandbox = builder().s3_credentials("ID", "s3cr3t").start_blocking().unwrap();
    for (id, secret, refused) in [
        ("ID", "s3cr3t", None),
        ("ID", "wrong", Some("SignatureDoesNotMatch")),
        ("OTHER", "s3cr3t", Some("InvalidAccessKeyId")),
    ] {
        let client = Client::from_conf(config(&sandbox).credentials_provider(credentials(id, secret)).build());
        let answer = client.put_object().bucket(BUCKET).key(KEY).send().await;
        match refused {
            None => drop(answer.unwrap()),
            Some(code) => {
                let error = answer.unwrap_err();
                let body = error.raw_response().unwrap().body().bytes().unwrap().to_vec();
                let body = String::from_utf8(body).unwrap();
                assert_eq!((error.raw_response().unwrap().status().as_u16(), error.code()), (403, Some(code)));
                assert!(body.contains(&format!("<AWSAccessKeyId>{id}</AWSAccessKeyId>")), "{body}");
                assert!(body.contains("<RequestId>") && body.contains("<HostId>"), "{body}");
                assert_eq!(body.contains("<CanonicalRequest>PUT\n"), code == "SignatureDoesNotMatch", "{body}");
            }
        }
    }
    assert!(!format!("{sandbox:?} {:?}", builder().s3_credentials("ID", "s3cr3t")).contains("s3cr3t"));
    assert_eq!(sandbox.commits(Sandbox::DEFAULT_PARTNER)[KEY], 1);
}

#[tokio::test]
async fn a_request_without_a_signature_is_refused() {
    let sandbox = held();
    for (method, body) in [("GET", &b""[..]), ("PUT", b"{}")] {
        let answer = bare(&sandbox, method, &format!("/{BUCKET}/{KEY}"), "", body);
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("<Code>AccessDenied</Code>"), "{}", answer.text());
    }
    assert!(sandbox.objects(Sandbox::DEFAULT_PARTNER).is_empty());
}

#[tokio::test]
async fn a_signature_of_another_time_is_refused() {
    let sandbox = held();
    let client = client(&sandbox);
    for (start, expires, code) in [
        (SystemTime::now(), 60, None),
        (SystemTime::now() + Duration::from_secs(3600), 60, Some("RequestTimeTooSkewed")),
        (SystemTime::now() - Duration::from_secs(3600), 60, Some("AccessDenied")),
    ] {
        let presigning = PresigningConfig::builder().start_time(start).expires_in(Duration::from_secs(expires));
        let put = client.put_object().bucket(BUCKET).key(KEY).presigned(presigning.build().unwrap()).await.unwrap();
        let path = put.uri().strip_prefix(&sandbox.s3_endpoint()).unwrap();
        let host = sandbox.s3_address();
        let head = format!("PUT {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 2\r\n\r\n{{}}");
        let answer = exchange(&mut TcpStream::connect(host).unwrap(), head.as_bytes()).unwrap();
        assert_eq!(answer.status, if code.is_some() { 403 } else { 200 }, "{}", answer.text());
        if let Some(code) = code {
            assert!(answer.text().contains(&format!("<Code>{code}</Code>")), "{}", answer.text());
        }
    }
    assert_eq!(sandbox.commits(Sandbox::DEFAULT_PARTNER)[KEY], 1);
}

/// Exchanges the body of a request that is already signed.
#[derive(Debug)]
struct Tamper;

impl Intercept for Tamper {
    fn name(&self) -> &'static str {
        "Tamper"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        *context.request_mut().body_mut() = SdkBody::from("[]");
        Ok(())
    }
}

#[tokio::test]
async fn a_body_that_is_not_the_signed_one_is_refused() {
    let sandbox = held();
    let tampered = Client::from_conf(config(&sandbox).interceptor(Tamper).build());
    let put = tampered.put_object().bucket(BUCKET).key(KEY).body(ByteStream::from_static(b"{}")).send().await;
    assert_eq!(refusal(put), (400, "XAmzContentSHA256Mismatch".into()));
    assert!(sandbox.objects(Sandbox::DEFAULT_PARTNER).is_empty());
}

#[tokio::test]
async fn another_region_is_redirected_and_another_bucket_unknown() {
    let sandbox = builder().partner("acme", "k").partner("Not a bucket", "k").start_blocking().unwrap();
    let elsewhere = Client::from_conf(config(&sandbox).region(Region::new("us-east-1")).build());
    let put = elsewhere.put_object().bucket("ql-loader-stg-acme").key(KEY).body(ByteStream::from_static(b"{}"));
    let error = put.send().await.unwrap_err();
    let raw = error.raw_response().unwrap();
    assert_eq!((raw.status().as_u16(), error.code()), (301, Some("PermanentRedirect")));
    assert_eq!(raw.headers().get("x-amz-bucket-region"), Some("eu-west-1"));

    let client = client(&sandbox);
    client.put_object().bucket("ql-loader-stg-acme").key(KEY).send().await.unwrap();
    for bucket in [BUCKET, "ql-loader-prod-acme", "elsewhere"] {
        let put = client.put_object().bucket(bucket).key(KEY).body(ByteStream::from_static(b"{}")).send().await;
        assert_eq!(refusal(put), (404, "NoSuchBucket".into()), "{bucket}");
        let list = client.list_objects_v2().bucket(bucket).send().await;
        assert_eq!(refusal(list), (404, "NoSuchBucket".into()), "{bucket}");
    }
    let there = builder().s3_region("us-east-1").partner("acme", "k").start_blocking().unwrap();
    let there = Client::from_conf(config(&there).region(Region::new("us-east-1")).build());
    there.put_object().bucket("ql-loader-stg-acme").key(KEY).send().await.unwrap();
}

#[tokio::test]
async fn a_key_that_may_only_upload_can_upload() {
    let sandbox = builder().s3_upload_only().start_blocking().unwrap();
    let client = client(&sandbox);
    let denied = || (403, "AccessDenied".to_owned());
    put(&client, KEY, *b"{}").await;
    let (id, parts) = send_parts(&client, "parts", &[b"{}".to_vec()]).await;
    let complete = client.complete_multipart_upload().bucket(BUCKET).key("parts").upload_id(&id);
    complete.multipart_upload(parts).send().await.unwrap();
    let (id, _) = send_parts(&client, "given-up", &[]).await;
    let list_parts = client.list_parts().bucket(BUCKET).key("given-up").upload_id(&id).send().await;
    assert_eq!(refusal(list_parts), denied());
    client.abort_multipart_upload().bucket(BUCKET).key("given-up").upload_id(&id).send().await.unwrap();

    assert_eq!(refusal(client.list_objects_v2().bucket(BUCKET).send().await), denied());
    assert_eq!(refusal(client.list_multipart_uploads().bucket(BUCKET).send().await), denied());
    assert_eq!(refusal(client.get_object().bucket(BUCKET).key(KEY).send().await), denied());
    assert_eq!(refusal(client.head_object().bucket(BUCKET).key(KEY).send().await).0, 403);
    assert_eq!(refusal(client.head_bucket().bucket(BUCKET).send().await).0, 403);
    assert_eq!(sandbox.objects(Sandbox::DEFAULT_PARTNER).len(), 2);
}

#[tokio::test]
async fn each_permission_can_be_taken_away() {
    let all = S3Permissions::ALL;
    for (permissions, [put, abort, list, head, get]) in [
        (all, [true, true, true, true, true]),
        (all.put(false), [false, true, true, true, true]),
        (all.abort(false), [true, false, true, true, true]),
        (all.list(false), [true, true, false, true, true]),
        (all.head(false), [true, true, true, false, true]),
        (all.get(false), [true, true, true, true, false]),
    ] {
        let sandbox = builder().s3_permissions(permissions).start_blocking().unwrap();
        let client = client(&sandbox);
        let is_denied = |status: Option<u16>| status == Some(403);
        let put_answer = client.put_object().bucket(BUCKET).key(KEY).send().await;
        assert_eq!(is_denied(status(&put_answer)), !put, "{permissions:?}");
        let create = client.create_multipart_upload().bucket(BUCKET).key(KEY).send().await;
        assert_eq!(is_denied(status(&create)), !put, "{permissions:?}");
        let aborted = client.abort_multipart_upload().bucket(BUCKET).key(KEY).upload_id("unknown").send().await;
        assert_eq!(is_denied(status(&aborted)), !abort, "{permissions:?}");
        let listed = client.list_objects_v2().bucket(BUCKET).send().await;
        assert_eq!(is_denied(status(&listed)), !list, "{permissions:?}");
        let headed = client.head_object().bucket(BUCKET).key(KEY).send().await;
        assert_eq!(is_denied(status(&headed)), !head, "{permissions:?}");
        let got = client.get_object().bucket(BUCKET).key(KEY).send().await;
        assert_eq!(is_denied(status(&got)), !get, "{permissions:?}");
    }
}

/// HTTP status of a refusal.
fn status<T, E>(answer: &super::sandbox_s3_support::Put<T, E>) -> Option<u16> {
    Some(answer.as_ref().err()?.raw_response()?.status().as_u16())
}

#[tokio::test]
async fn who_may_not_list_is_not_told_what_there_is_not() {
    let sandbox = builder().s3_permissions(S3Permissions::ALL.list(false)).start_blocking().unwrap();
    let client = client(&sandbox);
    let missing = client.get_object().bucket(BUCKET).key("missing").send().await;
    assert_eq!(refusal(missing), (403, "AccessDenied".into()));
    assert_eq!(refusal(client.head_object().bucket(BUCKET).key("missing").send().await).0, 403);
    put(&client, KEY, *b"{}").await;
    client.head_object().bucket(BUCKET).key(KEY).send().await.unwrap();
}

#[tokio::test]
async fn nobody_may_delete_or_copy() {
    let sandbox = held();
    let client = client(&sandbox);
    put(&client, KEY, *b"{}").await;
    let denied = || (403, "AccessDenied".to_owned());
    assert_eq!(refusal(client.delete_object().bucket(BUCKET).key(KEY).send().await), denied());
    let objects = ObjectIdentifier::builder().key(KEY).build().unwrap();
    let delete = Delete::builder().objects(objects).build().unwrap();
    assert_eq!(refusal(client.delete_objects().bucket(BUCKET).delete(delete).send().await), denied());
    let copy = client.copy_object().bucket(BUCKET).key("copy").copy_source(format!("{BUCKET}/{KEY}"));
    assert_eq!(refusal(copy.send().await), denied());
    assert_eq!(refusal(client.create_bucket().bucket("mine").send().await), denied());
    assert_eq!(refusal(client.list_buckets().send().await), denied());
    assert_eq!(sandbox.objects(Sandbox::DEFAULT_PARTNER).len(), 1);
}

#[tokio::test]
async fn who_asks_before_sending_too_much_is_told_at_once() {
    let sandbox = builder().s3_upload_only().start_blocking().unwrap();
    let mut stream = TcpStream::connect(sandbox.s3_address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head =
        format!("PUT /{BUCKET}/{KEY} HTTP/1.1\r\nhost: s\r\nexpect: 100-continue\r\ncontent-length: 5000000\r\n\r\n");
    assert_eq!(exchange(&mut stream, head.as_bytes()).unwrap().status, 403);
    let large = bare(&sandbox, "PUT", &format!("/{BUCKET}/{KEY}"), "", &vec![b'x'; 30_000_000]);
    assert_eq!(large.status, 403, "read to its end, or the answer would be lost");
}
