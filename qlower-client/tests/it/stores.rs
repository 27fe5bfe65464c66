//! The S3 stores of other makers, as `tools/stores.py` starts them, and what the tests of uploads take for granted.
//!
//! A test that needs one is `#[ignore = "needs the stores: ./test.sh tests"]`. It fails where the stores are not; it
//! never passes without them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what is not as expected is a failed test")]

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

fn variable(name: &str) -> String {
    let name = format!("QLOWER_TEST_{name}");
    std::env::var(&name).unwrap_or_else(|_| panic!("{name} is not set: run ./test.sh tests, see CONTRIBUTING.md"))
}

/// An access key and its secret.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A store that runs on this machine, with a bucket in it that other tests use too.
pub(crate) struct Store {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) bucket: String,
    /// May do everything.
    pub(crate) key: Key,
    /// May only write into the bucket, in a store that looks at keys.
    pub(crate) put_only: Key,
}

impl Store {
    fn of(name: &str) -> Self {
        let key = |prefix: &str| Key {
            id: variable(&format!("{prefix}_ACCESS_KEY_ID")),
            secret: variable(&format!("{prefix}_SECRET_ACCESS_KEY")),
        };
        Self {
            endpoint: variable(&format!("{name}_ENDPOINT")),
            region: variable("S3_REGION"),
            bucket: variable("S3_BUCKET"),
            key: key("S3"),
            put_only: key("S3_PUT_ONLY"),
        }
    }

    /// Looks at signatures, checksums and rights.
    pub(crate) fn seaweedfs() -> Self {
        Self::of("SEAWEEDFS")
    }

    /// Looks at none of them.
    pub(crate) fn moto() -> Self {
        Self::of("MOTO")
    }

    /// The plain SDK, to look at the store from beside.
    pub(crate) fn sdk(&self, key: &Key) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(Credentials::new(&key.id, &key.secret, None, None, "test"))
            .endpoint_url(&self.endpoint)
            .force_path_style(true)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }
}

/// Status and code of a refusal.
fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(
    answer: Result<T, SdkError<E>>,
) -> (u16, String) {
    let error = answer.unwrap_err();
    let status = error.raw_response().unwrap().status().as_u16();
    (status, error.code().unwrap_or_default().to_owned())
}

async fn keeps_what_it_is_given(store: Store, key: &str) {
    let sdk = store.sdk(&store.key);
    let put = || sdk.put_object().bucket(&store.bucket).key(key).body(ByteStream::from_static(b"{}"));
    put().if_none_match("*").send().await.unwrap();
    let kept = sdk.get_object().bucket(&store.bucket).key(key).send().await.unwrap();
    assert_eq!(kept.body.collect().await.unwrap().into_bytes().as_ref(), b"{}");
    assert_eq!(refusal(put().if_none_match("*").send().await), (412, "PreconditionFailed".to_owned()));
    assert_eq!(refusal(put().bucket("ql-loader-stg-nobody").send().await), (404, "NoSuchBucket".to_owned()));
}

#[tokio::test]
#[ignore = "needs the stores: ./test.sh tests"]
async fn seaweedfs_keeps_what_it_is_given() {
    keeps_what_it_is_given(Store::seaweedfs(), "stores/kept.json").await;
}

#[tokio::test]
#[ignore = "needs the stores: ./test.sh tests"]
async fn moto_keeps_what_it_is_given() {
    keeps_what_it_is_given(Store::moto(), "stores/kept.json").await;
}

#[tokio::test]
#[ignore = "needs the stores: ./test.sh tests"]
async fn seaweedfs_refuses_a_wrong_secret_and_a_wrong_checksum() {
    let store = Store::seaweedfs();
    let wrong = Key { secret: store.put_only.secret.clone(), ..store.key.clone() };
    let put = |key: &Key| {
        store
            .sdk(key)
            .put_object()
            .bucket(&store.bucket)
            .key("stores/refused.json")
            .body(ByteStream::from_static(b"{}"))
    };
    assert_eq!(refusal(put(&wrong).send().await), (403, "SignatureDoesNotMatch".to_owned()));
    let md5_of_nothing = "1B2M2Y8AsgTpgAmY7PhCfg==";
    assert_eq!(refusal(put(&store.key).content_md5(md5_of_nothing).send().await), (400, "BadDigest".to_owned()));
}

#[tokio::test]
#[ignore = "needs the stores: ./test.sh tests"]
async fn seaweedfs_lets_the_put_only_key_write_and_nothing_else() {
    let store = Store::seaweedfs();
    let (sdk, bucket, key) = (store.sdk(&store.put_only), &store.bucket, "stores/put-only.json");
    sdk.put_object().bucket(bucket).key(key).body(ByteStream::from_static(b"{}")).send().await.unwrap();

    let started = sdk.create_multipart_upload().bucket(bucket).key(key).send().await.unwrap();
    let id = started.upload_id().unwrap();
    let part = sdk.upload_part().bucket(bucket).key(key).upload_id(id).part_number(1);
    let part = part.body(ByteStream::from_static(b"[]")).send().await.unwrap();
    let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    let complete = sdk.complete_multipart_upload().bucket(bucket).key(key).upload_id(id).multipart_upload(parts);
    complete.send().await.unwrap();
    let started = sdk.create_multipart_upload().bucket(bucket).key(key).send().await.unwrap();
    let id = started.upload_id().unwrap();
    sdk.abort_multipart_upload().bucket(bucket).key(key).upload_id(id).send().await.unwrap();

    let denied = (403, "AccessDenied".to_owned());
    assert_eq!(refusal(sdk.get_object().bucket(bucket).key(key).send().await), denied);
    assert_eq!(refusal(sdk.list_objects_v2().bucket(bucket).send().await), denied);
    assert_eq!(refusal(sdk.head_object().bucket(bucket).key(key).send().await).0, 403);
    let kept = store.sdk(&store.key).get_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!(kept.body.collect().await.unwrap().into_bytes().as_ref(), b"[]");
}
