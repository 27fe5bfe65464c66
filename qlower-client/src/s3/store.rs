//! The requests to a store: one attempt each.

use aws_runtime::auth::PayloadSigningOverride;
use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Builder, ConfigBag, Credentials, Intercept, Region, RequestChecksumCalculation,
    ResponseChecksumValidation, RuntimeComponents, StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use qlower_core::Environment;

use super::connector::Connector;
use super::judge::{Effect, Reason, judge};
use super::settings::Settings;
use crate::error::{ConfigError, Refusal, StoreError};
use crate::failure::Failure;
use crate::http::is_loopback;
use crate::receipt::Certainty;

const JSON: &str = "application/json";

/// A store, with credentials.
#[derive(Clone)]
pub(crate) struct Store {
    sdk: aws_sdk_s3::Client,
    /// Whether nobody on the way can change what is not signed: by TLS, or because it does not leave this machine.
    safe: bool,
}

/// Names an object.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) bucket: String,
    pub(super) key: String,
}

pub(super) type Attempt<T> = Result<T, (Reason, Failure)>;

impl Store {
    pub(super) fn new(
        settings: &Settings,
        environment: &Environment,
        connector: Connector,
    ) -> Result<Self, ConfigError> {
        let missing = |setting| {
            let problem = "not given: set it, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and call env()";
            ConfigError::new(setting, problem)
        };
        let given = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let id = given(settings.access_key_id.as_deref()).ok_or_else(|| missing("access_key_id"))?;
        let secret = given(settings.secret_access_key.as_ref().map(|secret| secret.as_str()))
            .ok_or_else(|| missing("secret_access_key"))?;
        let token = given(settings.session_token.as_ref().map(|token| token.as_str()));
        let target = settings.target(environment)?;
        let mut config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region().to_owned()))
            .credentials_provider(Credentials::new(id, secret, token, None, "qlower-client"))
            .force_path_style(settings.path_style())
            .http_client(connector.into_client())
            // Time limits and retries are this crate's, which knows what may be repeated.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            // Other stores refuse checksums in trailers.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if settings.endpoint()?.is_some() {
            config = config.endpoint_url(target.as_str());
        }
        Ok(Self {
            sdk: aws_sdk_s3::Client::from_conf(config.build()),
            safe: target.scheme() == "https" || is_loopback(&target),
        })
    }

    /// Puts an object, whose SHA-256 is known, in one request; gives its tag.
    pub(super) async fn put(
        &self,
        place: &Place,
        bytes: Bytes,
        sha256_hex: &str,
        conditional: bool,
    ) -> Attempt<Option<String>> {
        let sent = self
            .sdk
            .put_object()
            .bucket(&place.bucket)
            .key(&place.key)
            .content_type(JSON)
            .set_if_none_match(conditional.then(|| "*".to_owned()))
            .body(ByteStream::new(SdkBody::from(bytes)))
            .customize()
            .interceptor(Signed(PayloadSigningOverride::Precomputed(sha256_hex.to_owned())))
            .send()
            .await;
        match sent {
            Ok(output) if output.e_tag.is_some() => Ok(output.e_tag),
            // Something else may have answered in the store's place.
            Ok(_) => {
                let (reason, failure) = unusable("PutObject", place);
                Err((reason, Failure { certainty: Certainty::Unknown, ..failure }))
            }
            Err(error) => Err(judge(error, "PutObject", &place.bucket, Effect::Commits)),
        }
    }

    /// Begins an upload in parts; gives its id.
    pub(super) async fn create(&self, place: &Place) -> Attempt<String> {
        let operation = "CreateMultipartUpload";
        let sent = self
            .sdk
            .create_multipart_upload()
            .bucket(&place.bucket)
            .key(&place.key)
            .content_type(JSON)
            .send()
            .await
            .map_err(|error| judge(error, operation, &place.bucket, Effect::Prepares))?;
        sent.upload_id.ok_or_else(|| unusable(operation, place))
    }

    /// Uploads a part, counted from 1; gives its tag.
    pub(super) async fn part(&self, place: &Place, upload: &str, number: i32, bytes: Bytes) -> Attempt<CompletedPart> {
        let operation = "UploadPart";
        let request = self
            .sdk
            .upload_part()
            .bucket(&place.bucket)
            .key(&place.key)
            .upload_id(upload)
            .part_number(number)
            .body(ByteStream::new(SdkBody::from(bytes)));
        let sent = if self.safe {
            request.customize().interceptor(Signed(PayloadSigningOverride::UnsignedPayload)).send().await
        } else {
            request.send().await
        };
        let sent = sent.map_err(|error| judge(error, operation, &place.bucket, Effect::Prepares))?;
        let tag = sent.e_tag.ok_or_else(|| unusable(operation, place))?;
        Ok(CompletedPart::builder().part_number(number).e_tag(tag).build())
    }

    /// Makes an object of its parts; gives its tag.
    pub(super) async fn complete(
        &self,
        place: &Place,
        upload: &str,
        parts: &[CompletedPart],
        conditional: bool,
    ) -> Attempt<Option<String>> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build();
        let sent = self
            .sdk
            .complete_multipart_upload()
            .bucket(&place.bucket)
            .key(&place.key)
            .upload_id(upload)
            .multipart_upload(parts)
            .set_if_none_match(conditional.then(|| "*".to_owned()))
            .send()
            .await;
        match sent {
            Ok(output) => Ok(output.e_tag),
            Err(error) => Err(judge(error, "CompleteMultipartUpload", &place.bucket, Effect::Commits)),
        }
    }

    /// Gives an upload in parts up, so that the store does not keep the parts.
    pub(super) async fn abort(&self, place: &Place, upload: &str) -> Attempt<()> {
        let sent =
            self.sdk.abort_multipart_upload().bucket(&place.bucket).key(&place.key).upload_id(upload).send().await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => Err(judge(error, "AbortMultipartUpload", &place.bucket, Effect::Prepares)),
        }
    }

    /// The keys with a prefix, a page at a time; and the token of the next page.
    pub(super) async fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<String>,
    ) -> Attempt<(Vec<String>, Option<String>)> {
        let sent = self
            .sdk
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .set_continuation_token(after)
            .send()
            .await
            .map_err(|error| judge(error, "ListObjectsV2", bucket, Effect::Prepares))?;
        let keys = sent.contents.unwrap_or_default().into_iter().filter_map(|object| object.key).collect();
        Ok((keys, sent.next_continuation_token.filter(|_| sent.is_truncated == Some(true))))
    }
}

/// A store that leaves out what it must say.
fn unusable(operation: &'static str, place: &Place) -> (Reason, Failure) {
    let refusal = Refusal {
        operation,
        bucket: place.bucket.as_str().into(),
        status: 200,
        code: None,
        request_id: None,
        region: None,
        clock_behind_seconds: None,
    };
    (Reason::Other, Failure::local(StoreError(Box::new(refusal)).into()))
}

/// How the body is signed.
#[derive(Debug)]
struct Signed(PayloadSigningOverride);

impl Intercept for Signed {
    fn name(&self) -> &'static str {
        "Signed"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        bag.interceptor_state().store_put(self.0.clone());
        Ok(())
    }
}
