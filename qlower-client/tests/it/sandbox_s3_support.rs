//! The official S3 client, pointed at a sandbox.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a helper of tests: a missing value is a failed test")]

use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Credentials, Region, RequestChecksumCalculation};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use qlower_client::sandbox::{S3Load, Sandbox, SandboxBuilder};

/// Bucket of [`Sandbox::DEFAULT_PARTNER`].
pub(crate) const BUCKET: &str = "ql-loader-stg-sandbox";
pub(crate) const KEY: &str = "loader-1.json";
/// The smallest part but for the last.
pub(crate) const PART: usize = 5 * 1024 * 1024;

/// A sandbox whose loads wait.
pub(crate) fn held() -> Sandbox {
    builder().start_blocking().unwrap()
}

pub(crate) fn builder() -> SandboxBuilder {
    Sandbox::builder().s3_hold_loads(true)
}

/// Settings of a client that tries once and sends no checksum that is not asked for.
pub(crate) fn config(sandbox: &Sandbox) -> Builder {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .endpoint_url(sandbox.s3_endpoint())
        .force_path_style(true)
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials(Sandbox::DEFAULT_ACCESS_KEY_ID, Sandbox::DEFAULT_SECRET_ACCESS_KEY))
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .retry_config(RetryConfig::disabled())
        // Longer than any test: a failed one does not hang.
        .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_secs(30)).build())
}

pub(crate) fn credentials(id: &str, secret: &str) -> Credentials {
    Credentials::new(id, secret, None, None, "test")
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    Client::from_conf(config(sandbox).build())
}

pub(crate) type Put<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// Status and code of a refusal; the code is empty where there is no body.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    answer: Put<T, E>,
) -> (u16, String) {
    let error = answer.expect_err("refused");
    let status = error.raw_response().expect("an answer").status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

/// Whether there was no answer at all.
#[track_caller]
pub(crate) fn assert_unanswered<T: std::fmt::Debug, E: std::fmt::Debug>(answer: Put<T, E>) {
    let error = answer.expect_err("no answer");
    assert!(matches!(error, SdkError::DispatchFailure(_) | SdkError::ResponseError(_)), "{error:?}");
}

pub(crate) async fn put(client: &Client, key: &str, body: impl Into<Vec<u8>>) {
    client.put_object().bucket(BUCKET).key(key).body(ByteStream::from(body.into())).send().await.unwrap();
}

/// Begins an upload and sends these parts. Returns its id, and what completes it.
pub(crate) async fn send_parts(client: &Client, key: &str, parts: &[Vec<u8>]) -> (String, CompletedMultipartUpload) {
    let created = client.create_multipart_upload().bucket(BUCKET).key(key).send().await.unwrap();
    let id = created.upload_id().unwrap().to_owned();
    let mut completed = Vec::new();
    for (number, part) in (1..).zip(parts) {
        let sent = client.upload_part().bucket(BUCKET).key(key).upload_id(&id).part_number(number);
        let sent = sent.body(ByteStream::from(part.clone())).send().await.unwrap();
        completed.push(CompletedPart::builder().part_number(number).e_tag(sent.e_tag().unwrap()).build());
    }
    (id, CompletedMultipartUpload::builder().set_parts(Some(completed)).build())
}

/// Waits until so many files were loaded.
pub(crate) async fn loads(sandbox: &Sandbox, count: usize) -> Vec<S3Load> {
    let begun = Instant::now();
    while sandbox.s3_loads().len() < count {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", sandbox.s3_loads());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    sandbox.s3_loads()
}

/// Waits until something holds.
pub(crate) async fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never came to be");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
