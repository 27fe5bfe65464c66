//! One suite for every store: SeaweedFS and moto, which are others' work, and the sandbox.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: what is not as expected is a failed test")]

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use qlower_client::sandbox::Sandbox;
use qlower_client::{
    Certainty, Checked, Client, ClientBuilder, Environment, ErrorKind, Upload, UploadStatus, check_text,
};

use crate::stores::{Key, Store};
use crate::support::{chain, quick};

/// A store, and what it is beside.
struct Target {
    store: Store,
    looks_at_keys: bool,
    _sandbox: Option<Sandbox>,
}

fn seaweedfs() -> Target {
    Target { store: Store::seaweedfs(), looks_at_keys: true, _sandbox: None }
}

fn moto() -> Target {
    Target { store: Store::moto(), looks_at_keys: false, _sandbox: None }
}

fn sandbox() -> Target {
    let sandbox = Sandbox::builder().partner("acme", "k-1").s3_hold_loads(true).start_blocking().unwrap();
    let key =
        Key { id: Sandbox::DEFAULT_ACCESS_KEY_ID.to_owned(), secret: Sandbox::DEFAULT_SECRET_ACCESS_KEY.to_owned() };
    let store = Store {
        endpoint: sandbox.s3_endpoint(),
        region: "eu-west-1".to_owned(),
        bucket: "ql-loader-stg-acme".to_owned(),
        put_only: key.clone(),
        key,
    };
    Target { store, looks_at_keys: true, _sandbox: Some(sandbox) }
}

impl Target {
    fn builder(&self, key: &Key) -> ClientBuilder {
        Client::builder(Environment::Staging)
            .s3_endpoint(&self.store.endpoint)
            .region(&self.store.region)
            .access_key_id(&key.id)
            .secret_access_key(&key.secret)
            .s3_part_size(5 * 1024 * 1024)
            .s3_multipart_threshold(6 * 1024 * 1024)
            .retry(quick())
            .timeout(Duration::from_secs(30))
    }

    fn client(&self) -> Client {
        self.builder(&self.store.key).build().unwrap()
    }

    /// The store's content as the AWS SDK shows it, without anything of ours between.
    fn admin(&self) -> aws_sdk_s3::Client {
        self.store.sdk(&self.store.key)
    }

    async fn content(&self, bucket: &str, key: &str) -> (Bytes, String, String) {
        let got = self.admin().get_object().bucket(bucket).key(key).send().await.unwrap();
        let (tag, kind) = (got.e_tag().unwrap().to_owned(), got.content_type().unwrap().to_owned());
        (got.body.collect().await.unwrap().into_bytes(), tag, kind)
    }

    async fn unfinished(&self, key: &str) -> usize {
        let listed = self.admin().list_multipart_uploads().bucket(&self.store.bucket).send().await.unwrap();
        listed.uploads().iter().filter(|upload| upload.key() == Some(key)).count()
    }
}

/// A payload that no other test has, so many bytes long at least.
fn payload(name: &str, size: usize) -> Checked {
    let mut text = format!(
        r#"{{"inigPtynm": "acme", "apiKey": "k-1", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
        "transactions": [{{"id": "{name}", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.0, "ref": "Loyer"}}]}}"#
    );
    let nonce = std::process::id();
    let end = text.len() - 1;
    text.insert_str(end, &format!(r#", "note": "{nonce}""#));
    let end = text.len() - 1;
    text.insert_str(end, &" ".repeat(size.saturating_sub(text.len())));
    check_text(text).into_result().unwrap()
}

async fn puts_small_payloads(store: &Target) {
    let checked = payload("small", 5000);
    let receipt = store.client().upload(&checked).await.unwrap();
    assert_eq!(receipt.bucket(), "ql-loader-stg-acme");
    assert_eq!(receipt.key(), checked.object_key());
    assert_eq!((receipt.certainty(), receipt.attempts()), (Certainty::Processed, 1));
    assert_eq!(receipt.size(), checked.bytes().len() as u64);
    assert_eq!(receipt.payload_sha256(), checked.sha256_hex());
    assert!(!receipt.already_there());
    let (bytes, tag, kind) = store.content(receipt.bucket(), receipt.key()).await;
    assert_eq!(bytes, checked.bytes());
    assert_eq!(Some(&*tag), receipt.etag());
    assert_eq!(kind, "application/json");
}

async fn puts_the_same_payload_once(store: &Target) {
    for (name, size) in [("once", 5000), ("once-in-parts", 7_000_000)] {
        let checked = payload(name, size);
        assert!(!store.client().upload(&checked).await.unwrap().already_there());
        let (_, tag, _) = store.content("ql-loader-stg-acme", &checked.object_key()).await;
        let again = store.client().upload(&checked).await.unwrap();
        assert!(again.already_there(), "{name}");
        assert_eq!((again.etag(), again.certainty()), (None, Certainty::Processed));
        let (bytes, same_tag, _) = store.content(again.bucket(), again.key()).await;
        assert_eq!((bytes, same_tag), (checked.bytes().clone(), tag));
        assert_eq!(store.unfinished(again.key()).await, 0, "parts that are not needed are given up");
    }
}

async fn puts_large_payloads_in_parts(store: &Target) {
    let checked = payload("parts", 17_000_000);
    let told = Mutex::new(Vec::new());
    let upload = Upload::from(&checked).on_progress(|progress| told.lock().unwrap().push(progress));
    let receipt = store.client().upload(upload).await.unwrap();
    let (bytes, tag, kind) = store.content(receipt.bucket(), receipt.key()).await;
    assert_eq!(bytes, checked.bytes());
    assert_eq!(Some(&*tag), receipt.etag());
    assert!(tag.ends_with("-4\""), "four parts: {tag}");
    assert_eq!(kind, "application/json");
    let told = told.into_inner().unwrap();
    let done: Vec<u64> = told.iter().map(|progress| progress.done()).collect();
    assert_eq!(done.len(), 5);
    assert!(done.is_sorted() && done.first() == Some(&0) && done.last() == Some(&receipt.size()), "{done:?}");
    assert!(told.iter().all(|progress| progress.total() == receipt.size()));
}

async fn does_not_overwrite_under_a_chosen_key(store: &Target) {
    let (first, second) = (payload("first", 0), payload("second", 0));
    let key = format!("chosen-{}.json", std::process::id());
    let receipt = store.client().upload(Upload::from(&first).key(&key)).await.unwrap();
    assert_eq!(receipt.key(), key);
    let error = store.client().upload(Upload::from(&second).key(&key)).await.unwrap_err();
    let ErrorKind::Store(refusal) = error.kind() else { panic!("{error:?}") };
    assert_eq!((refusal.code(), refusal.status()), (Some("PreconditionFailed"), 412));
    assert_eq!(error.certainty(), Certainty::NotProcessed);
    assert_eq!(store.content(receipt.bucket(), &key).await.0, first.bytes());
}

async fn says_that_there_is_no_bucket(store: &Target) {
    let text = String::from_utf8(payload("nobody", 0).bytes().to_vec()).unwrap().replace("\"acme\"", "\"nobody\"");
    let error = store.client().upload(&check_text(text).into_result().unwrap()).await.unwrap_err();
    let ErrorKind::Store(refusal) = error.kind() else { panic!("{error:?}") };
    assert_eq!((refusal.code(), refusal.status()), (Some("NoSuchBucket"), 404));
    assert_eq!((error.certainty(), error.attempts()), (Certainty::NotProcessed, 1));
    assert_eq!(
        chain(&error),
        [
            "PutObject in bucket \"ql-loader-stg-nobody\" failed with NoSuchBucket (HTTP 404): there is no such bucket: see that \
             partner, environment and s3_endpoint are the right ones"
        ]
    );
}

async fn says_what_is_wrong_with_the_keys(store: &Target) {
    assert!(store.looks_at_keys, "this store would take any");
    let Key { id, secret } = store.store.key.clone();
    for (key, code) in [
        (Key { id, secret: "wrong-s3cr3t".to_owned() }, "SignatureDoesNotMatch"),
        (Key { id: "NOBODYSKEY".to_owned(), secret: secret.clone() }, "InvalidAccessKeyId"),
    ] {
        let error = store.builder(&key).build().unwrap().upload(&payload("keys", 0)).await.unwrap_err();
        let ErrorKind::Store(refusal) = error.kind() else { panic!("{error:?}") };
        assert_eq!((refusal.code(), refusal.status()), (Some(code), 403));
        assert_eq!((error.certainty(), error.is_retryable()), (Certainty::NotProcessed, false));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cr3t") && !shown.contains(&secret) && !shown.contains("NOBODYSKEY"), "{shown}");
    }
}

async fn needs_no_permission_but_to_put(store: &Target) {
    let client = store.builder(&store.store.put_only).build().unwrap();
    for (name, size) in [("put-only", 0), ("put-only-in-parts", 7_000_000)] {
        let checked = payload(name, size);
        let receipt = client.upload(&checked).await.unwrap();
        assert_eq!(store.content(receipt.bucket(), receipt.key()).await.0, checked.bytes());
        assert!(client.upload(&checked).await.unwrap().already_there());
        let status = client.wait_for(&receipt, Duration::from_secs(60)).await.unwrap();
        assert_eq!(status, UploadStatus::Unknown { reason: "no list permission" });
    }
}

async fn aborts_what_is_dropped(store: &Target) {
    let checked = payload("dropped", 40_000_000);
    let client = store.builder(&store.store.key).s3_concurrency(1).build().unwrap();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let task = tokio::spawn({
        let checked = checked.clone();
        async move {
            client.upload(Upload::from(&checked).on_progress(move |progress| _ = tell.send(progress.done()))).await
        }
    });
    while told.recv().await.unwrap() == 0 {}
    assert_eq!(store.unfinished(&checked.object_key()).await, 1, "it has begun");
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    for _ in 0..100 {
        if store.unfinished(&checked.object_key()).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the store still holds the parts");
}

/// Plays Qlower: moves the object as documented, with the date in its name.
async fn tells_where_an_upload_is(store: &Target) {
    let client = store.client();
    for (name, target) in [("won", "success/{stem}-2025-02-02.json"), ("lost", "failure/2025-02-02_{stem}.json")] {
        let checked = payload(name, 0);
        let receipt = client.upload(&checked).await.unwrap();
        assert_eq!(client.upload_status(&receipt).await.unwrap(), UploadStatus::Pending);
        assert_eq!(client.wait_for(&receipt, Duration::from_millis(10)).await.unwrap(), UploadStatus::Pending);
        let target = target.replace("{stem}", receipt.key().strip_suffix(".json").unwrap());
        let admin = store.admin();
        let source = format!("{}/{}", receipt.bucket(), receipt.key());
        admin.copy_object().copy_source(source).bucket(receipt.bucket()).key(&target).send().await.unwrap();
        admin.delete_object().bucket(receipt.bucket()).key(receipt.key()).send().await.unwrap();
        let status = client.wait_for(&receipt, Duration::from_secs(5)).await.unwrap();
        let expected = match name {
            "won" => UploadStatus::Success { key: target.clone() },
            _ => UploadStatus::Failure { key: target.clone() },
        };
        assert_eq!(status, expected);
        // A run that does not know of the first one finds what Qlower has moved.
        assert!(client.upload(Upload::from(&checked).resume()).await.unwrap().already_there());
        let listed = admin.list_objects_v2().bucket(receipt.bucket()).prefix(receipt.key()).send().await.unwrap();
        assert_eq!(listed.contents().len(), 0, "no second copy");
        admin.delete_object().bucket(receipt.bucket()).key(&target).send().await.unwrap();
        let status = client.upload_status(&receipt).await.unwrap();
        assert_eq!(status, UploadStatus::Unknown { reason: "the object is nowhere in the bucket" });
        assert!(!client.upload(Upload::from(&checked).resume()).await.unwrap().already_there(), "now it is uploaded");
    }
}

macro_rules! suite {
    ($store:ident, $attribute:meta: $($test:ident),* $(,)?) => {
        mod $store {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[$attribute]
            async fn $test() {
                super::$test(&super::$store()).await;
            }
        )*}
    };
}

suite!(
    sandbox, cfg(all()): puts_small_payloads,
    puts_the_same_payload_once,
    puts_large_payloads_in_parts,
    does_not_overwrite_under_a_chosen_key,
    says_that_there_is_no_bucket,
    says_what_is_wrong_with_the_keys,
    aborts_what_is_dropped,
);
suite!(
    seaweedfs, ignore = "needs the stores: ./test.sh tests": puts_small_payloads,
    puts_the_same_payload_once,
    puts_large_payloads_in_parts,
    does_not_overwrite_under_a_chosen_key,
    says_that_there_is_no_bucket,
    says_what_is_wrong_with_the_keys,
    needs_no_permission_but_to_put,
    aborts_what_is_dropped,
    tells_where_an_upload_is,
);
suite!(
    moto, ignore = "needs the stores: ./test.sh tests": puts_small_payloads,
    puts_the_same_payload_once,
    puts_large_payloads_in_parts,
    does_not_overwrite_under_a_chosen_key,
    says_that_there_is_no_bucket,
    aborts_what_is_dropped,
    tells_where_an_upload_is,
);
