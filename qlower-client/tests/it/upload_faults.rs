//! Uploads to a store that misbehaves: every fault has fired, and it is clear what became of the object.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests: what is not as expected is a failed test")]

use std::time::Duration;

use qlower_client::error::{Stage, StoreError};
use qlower_client::sandbox::{S3Fault, S3Operation, Sandbox, SandboxBuilder};
use qlower_client::{
    Certainty, Checked, Client, ClientBuilder, Error, ErrorKind, RetryPolicy, Upload, UploadStatus, check_text,
};

use crate::support::{chain, quick};
use crate::tls::{Secure, authority_pem};

const PART: usize = 5 * 1024 * 1024;

fn sandbox() -> SandboxBuilder {
    Sandbox::builder().partner("acme", "k-1").s3_hold_loads(true)
}

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder(sandbox.environment())
        .s3_endpoint(sandbox.s3_endpoint())
        .access_key_id(Sandbox::DEFAULT_ACCESS_KEY_ID)
        .secret_access_key(Sandbox::DEFAULT_SECRET_ACCESS_KEY)
        .s3_part_size(PART)
        .s3_multipart_threshold(6_000_000)
        .retry(quick())
        .timeout(Duration::from_secs(20))
}

fn client(sandbox: &Sandbox) -> Client {
    builder(sandbox).build().unwrap()
}

fn payload(size: usize) -> Checked {
    let mut text =
        r#"{"inigPtynm": "acme", "apiKey": "k-1", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0",
        "transactions": [{"id": "T1", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850.0, "ref": "Loyer"}]}"#
            .to_owned();
    let end = text.len() - 1;
    text.insert_str(end, &" ".repeat(size.saturating_sub(text.len())));
    check_text(text).into_result().unwrap()
}

fn small() -> Checked {
    payload(0)
}

/// Four parts.
fn large() -> Checked {
    payload(3 * PART + 1)
}

fn refusal(error: &Error) -> &StoreError {
    let ErrorKind::Store(refusal) = error.kind() else { panic!("{error:?}") };
    refusal
}

fn commits(sandbox: &Sandbox, checked: &Checked) -> u64 {
    sandbox.commits("acme").get(&checked.object_key()).copied().unwrap_or(0)
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let faults =
        [S3Fault::SlowDown, S3Fault::InternalError, S3Fault::ConditionalRequestConflict, S3Fault::ResetDuringPut];
    for fault in faults {
        let sandbox = sandbox().start().await.unwrap();
        sandbox.fail_next_s3(fault.clone());
        let checked = small();
        let receipt = client(&sandbox).upload(&checked).await.unwrap();
        assert_eq!(sandbox.fired_s3(), std::slice::from_ref(&fault));
        assert_eq!((receipt.attempts(), receipt.already_there()), (2, false), "{fault:?}");
        assert!(receipt.etag().is_some());
        assert_eq!(commits(&sandbox, &checked), 1);
    }
}

#[tokio::test]
async fn the_retry_of_a_lost_write_finds_it_without_looking() {
    for (checked, fault) in [(small(), S3Fault::LostPutReply), (large(), S3Fault::LostCompleteReply)] {
        let sandbox = sandbox().s3_upload_only().start().await.unwrap();
        sandbox.fail_next_s3(fault.clone());
        let receipt = client(&sandbox).upload(&checked).await.unwrap();
        assert_eq!(sandbox.fired_s3(), std::slice::from_ref(&fault));
        assert_eq!((receipt.attempts(), receipt.certainty()), (2, Certainty::Processed));
        assert!(receipt.earlier_attempt_may_have_been_processed());
        assert_eq!(commits(&sandbox, &checked), 1, "one object, one arrival");
        let looked = sandbox.s3_requests().into_iter().any(|request| {
            matches!(
                request.operation,
                S3Operation::HeadObject | S3Operation::GetObject | S3Operation::ListObjectsV2 | S3Operation::ListParts
            )
        });
        assert!(!looked, "{:?}", sandbox.s3_requests());
        assert_eq!(sandbox.object_bytes("acme", receipt.key()).unwrap(), **checked.bytes());
    }
}

#[tokio::test]
async fn a_completed_upload_that_the_store_has_forgotten_is_a_success() {
    use qlower_client::sandbox::RepeatedComplete;

    let sandbox = sandbox().s3_repeated_complete(RepeatedComplete::NoSuchUpload).start().await.unwrap();
    sandbox.fail_next_s3(S3Fault::LostCompleteReply);
    let checked = large();
    let receipt = client(&sandbox).upload(&checked).await.unwrap();
    assert_eq!(sandbox.fired_s3(), [S3Fault::LostCompleteReply]);
    assert_eq!((receipt.certainty(), commits(&sandbox, &checked)), (Certainty::Processed, 1));
}

#[tokio::test]
async fn a_lost_write_that_may_not_be_repeated_is_unknown() {
    let sandbox = sandbox().start().await.unwrap();
    sandbox.fail_next_s3(S3Fault::LostPutReply);
    let client = builder(&sandbox).retry(RetryPolicy::none()).build().unwrap();
    let error = client.upload(&small()).await.unwrap_err();
    assert_eq!(sandbox.fired_s3(), [S3Fault::LostPutReply]);
    assert_eq!((error.certainty(), error.is_retryable(), error.attempts()), (Certainty::Unknown, true, 1));
    assert!(error.to_string().ends_with("; the payload may have been processed"), "{error}");
    assert!(client.upload(&small()).await.unwrap().already_there(), "a later run learns of it");
    assert_eq!(commits(&sandbox, &small()), 1);
}

#[tokio::test]
async fn a_lost_write_under_a_chosen_key_stays_unknown() {
    let sandbox = sandbox().start().await.unwrap();
    sandbox.fail_next_s3(S3Fault::LostPutReply);
    let error = client(&sandbox).upload(Upload::from(&small()).key("mine.json")).await.unwrap_err();
    assert_eq!(sandbox.fired_s3(), [S3Fault::LostPutReply]);
    assert_eq!((refusal(&error).status(), error.certainty()), (412, Certainty::Unknown), "whose object is it?");
}

#[tokio::test]
async fn one_part_is_repeated_and_not_the_others() {
    let sandbox = sandbox().start().await.unwrap();
    sandbox.fail_next_s3(S3Fault::ResetDuringPart { part_number: 3 });
    sandbox.fail_next_s3_on(S3Operation::UploadPart, S3Fault::SlowDown);
    sandbox.fail_next_s3_on(S3Operation::CreateMultipartUpload, S3Fault::InternalError);
    let checked = large();
    let receipt = client(&sandbox).upload(&checked).await.unwrap();
    assert_eq!(sandbox.fired_s3().len(), 3, "{:?}", sandbox.fired_s3());
    let parts = sandbox.s3_requests().into_iter().filter(|request| request.operation == S3Operation::UploadPart);
    assert_eq!(parts.count(), 4 + 2);
    assert_eq!(sandbox.object_bytes("acme", receipt.key()).unwrap(), **checked.bytes());
    assert_eq!(sandbox.open_multipart_uploads("acme").len(), 0);
}

#[tokio::test]
async fn an_error_within_a_success_is_no_success() {
    let sandbox = sandbox().start().await.unwrap();
    sandbox.fail_next_s3(S3Fault::InternalErrorInside200);
    let checked = large();
    let receipt = client(&sandbox).upload(&checked).await.unwrap();
    assert_eq!(sandbox.fired_s3(), [S3Fault::InternalErrorInside200]);
    assert_eq!((receipt.attempts(), commits(&sandbox, &checked)), (2, 1));

    sandbox.fail_next_s3_n(S3Fault::InternalErrorInside200, 3);
    let other = payload(3 * PART + 2);
    let error = client(&sandbox).upload(&other).await.unwrap_err();
    assert_eq!((refusal(&error).code(), refusal(&error).status()), (Some("InternalError"), 200));
    assert_eq!((error.certainty(), error.is_server_error()), (Certainty::Unknown, true));
    assert_eq!((commits(&sandbox, &other), sandbox.open_multipart_uploads("acme").len()), (0, 0));
}

#[tokio::test]
async fn a_store_without_conditional_writes_is_written_to_without() {
    for checked in [small(), large()] {
        let sandbox = sandbox().start().await.unwrap();
        sandbox.fail_next_s3(S3Fault::NotImplemented);
        let receipt = client(&sandbox).upload(&checked).await.unwrap();
        assert_eq!(sandbox.fired_s3(), [S3Fault::NotImplemented]);
        assert_eq!((receipt.attempts(), commits(&sandbox, &checked)), (1, 1));
        let conditional: Vec<bool> = sandbox
            .s3_requests()
            .iter()
            .filter(|request| {
                matches!(request.operation, S3Operation::PutObject | S3Operation::CompleteMultipartUpload)
            })
            .map(|request| request.conditional)
            .collect();
        assert_eq!(conditional, [true, false]);
    }
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    for (fault, code, status, advice) in [
        (S3Fault::AccessDenied, "AccessDenied", 403, "ask Qlower whether these keys may put into this bucket"),
        (S3Fault::InvalidAccessKeyId, "InvalidAccessKeyId", 403, "no such access_key_id here"),
        (S3Fault::SignatureDoesNotMatch, "SignatureDoesNotMatch", 403, "see that secret_access_key belongs to"),
        (S3Fault::ExpiredToken, "ExpiredToken", 400, "get new ones"),
        (S3Fault::RequestTimeTooSkewed, "RequestTimeTooSkewed", 403, "this machine's clock is"),
        (S3Fault::NoSuchBucket, "NoSuchBucket", 404, "there is no such bucket"),
        (
            S3Fault::PermanentRedirect { region: "eu-west-3".to_owned() },
            "PermanentRedirect",
            301,
            "set region to \"eu-west-3\"",
        ),
    ] {
        for checked in [small(), large()] {
            let sandbox = sandbox().start().await.unwrap();
            sandbox.fail_next_s3(fault.clone());
            let error = client(&sandbox).upload(&checked).await.unwrap_err();
            assert_eq!(sandbox.fired_s3(), std::slice::from_ref(&fault));
            assert_eq!((refusal(&error).code(), refusal(&error).status()), (Some(code), status));
            assert_eq!((error.certainty(), error.attempts()), (Certainty::NotProcessed, 1), "{error}");
            assert!(!error.is_retryable() && error.is_rejected());
            assert!(error.to_string().contains(advice), "{error}");
            assert!(error.to_string().contains("ql-loader-stg-acme"), "{error}");
            assert_eq!(commits(&sandbox, &checked), 0);
            // What the store says in its own words names the key, the request and the host.
            let shown = format!("{error} {error:?} {:?}", chain(&error));
            for told in [Sandbox::DEFAULT_ACCESS_KEY_ID, "<Error>", "HostId", Sandbox::DEFAULT_SECRET_ACCESS_KEY] {
                assert!(!shown.contains(told), "{told} in {shown}");
            }
        }
    }
}

#[tokio::test]
async fn a_region_that_is_not_the_buckets_is_named() {
    let sandbox = sandbox().s3_region("eu-west-3").start().await.unwrap();
    let error = client(&sandbox).upload(&small()).await.unwrap_err();
    assert_eq!(refusal(&error).bucket_region(), Some("eu-west-3"), "{error:?}");
    let right = builder(&sandbox).region("eu-west-3").build().unwrap();
    right.upload(&small()).await.unwrap();
}

#[tokio::test]
async fn a_store_that_vanishes_leaves_no_doubt() {
    let sandbox = sandbox().start().await.unwrap();
    sandbox.fail_next_s3_on(S3Operation::UploadPart, S3Fault::Vanish);
    let checked = large();
    let error = client(&sandbox).upload(&checked).await.unwrap_err();
    assert_eq!(sandbox.fired_s3(), [S3Fault::Vanish]);
    assert!(matches!(error.kind(), ErrorKind::Transport(_)), "{error:?}");
    assert_eq!((error.certainty(), error.is_retryable()), (Certainty::NotProcessed, true));
    sandbox.restore_s3().unwrap();
    client(&sandbox).upload(&checked).await.unwrap();
    assert_eq!(commits(&sandbox, &checked), 1);
}

#[tokio::test]
async fn a_silent_store_is_a_time_out() {
    let sandbox = sandbox().start().await.unwrap();
    sandbox.fail_next_s3(S3Fault::Timeout);
    let client = builder(&sandbox).timeout(Duration::from_millis(300)).retry(RetryPolicy::none()).build().unwrap();
    let error = client.upload(&small()).await.unwrap_err();
    assert_eq!(sandbox.fired_s3(), [S3Fault::Timeout]);
    let ErrorKind::Timeout(late) = error.kind() else { panic!("{error:?}") };
    assert_eq!((late.stage(), error.certainty()), (Stage::Wait, Certainty::Unknown));
}

#[tokio::test]
async fn a_failed_upload_leaves_no_parts() {
    let sandbox = sandbox().start().await.unwrap();
    for _ in 0..quick_attempts() {
        sandbox.fail_next_s3(S3Fault::ResetDuringPart { part_number: 4 });
    }
    let checked = large();
    let error = client(&sandbox).upload(&checked).await.unwrap_err();
    assert_eq!(sandbox.pending_s3_faults(), []);
    assert_eq!((error.certainty(), error.attempts()), (Certainty::NotProcessed, 3));
    assert_eq!((commits(&sandbox, &checked), sandbox.open_multipart_uploads("acme").len()), (0, 0));
}

const fn quick_attempts() -> usize {
    3
}

#[tokio::test]
async fn loads_are_waited_for() {
    let sandbox =
        Sandbox::builder().partner("acme", "k-1").s3_load_delay(Duration::from_millis(300)).start().await.unwrap();
    let client = client(&sandbox);
    let receipt = client.upload(&small()).await.unwrap();
    assert_eq!(client.upload_status(&receipt).await.unwrap(), UploadStatus::Pending);
    let status = client.wait_for(&receipt, Duration::from_secs(20)).await.unwrap();
    let UploadStatus::Success { key } = &status else { panic!("{status}") };
    assert!(key.starts_with("success/loader-1738393200000-"), "{key}");
    assert_eq!(sandbox.loaded("acme").len(), 1);

    let text = String::from_utf8(small().bytes().to_vec()).unwrap().replace("k-1", "another-key");
    let receipt = client.upload(&check_text(text).into_result().unwrap()).await.unwrap();
    let status = client.wait_for(&receipt, Duration::from_secs(20)).await.unwrap();
    assert!(matches!(status, UploadStatus::Failure { .. }), "{status}");
}

#[tokio::test]
async fn a_key_that_may_only_put_does_not_tell() {
    let sandbox = sandbox().s3_upload_only().start().await.unwrap();
    let client = client(&sandbox);
    let receipt = client.upload(Upload::from(&large()).resume()).await.unwrap();
    let status = client.wait_for(&receipt, Duration::from_secs(60)).await.unwrap();
    assert_eq!(status, UploadStatus::Unknown { reason: "no list permission" });
    assert_eq!(status.to_string(), "unknown (no list permission)");
}

#[tokio::test]
async fn nothing_leaves_without_what_is_needed() {
    let sandbox = sandbox().start().await.unwrap();
    let bare = Client::builder(sandbox.environment()).s3_endpoint(sandbox.s3_endpoint());
    let error = bare.clone().build().unwrap().upload(&small()).await.unwrap_err();
    assert!(error.is_config() && error.to_string().starts_with("access_key_id: not given"), "{error}");
    let error = bare.access_key_id("id").build().unwrap().upload(&small()).await.unwrap_err();
    assert!(error.to_string().starts_with("secret_access_key: not given"), "{error}");

    let text = String::from_utf8(small().bytes().to_vec()).unwrap().replace("\"acme\"", "\"Acme & fils\"");
    let error = client(&sandbox).upload(&check_text(text).into_result().unwrap()).await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("\"Acme & fils\""), "{error}");

    let error = builder(&sandbox).partner("other").build().unwrap().upload(&small()).await.unwrap_err();
    assert!(error.is_config(), "{error}");
    assert_eq!(sandbox.s3_requests(), []);

    for (wrong, setting) in [
        (builder(&sandbox).s3_endpoint("http://192.0.2.1:9000"), "s3_endpoint: not usable"),
        (builder(&sandbox).s3_part_size(5), "s3_part_size: must be from 5 MiB to 5 GiB"),
        (builder(&sandbox).s3_concurrency(0), "s3_concurrency: must be from 1 to 64"),
        (builder(&sandbox).s3_multipart_threshold(u64::MAX), "s3_multipart_threshold: must be 5 GiB at most"),
        (builder(&sandbox).region("Europe (Paris)"), "region: not the name of a region, such as eu-west-1"),
    ] {
        assert_eq!(wrong.build().unwrap_err().to_string(), setting);
    }
}

#[tokio::test]
async fn tls_is_verified_and_another_server_is_no_store() {
    let server = Secure::start("127.0.0.1").await;
    let own = |sandbox: &Sandbox| builder(sandbox).s3_endpoint(&server.url).retry(RetryPolicy::none());
    let sandbox = sandbox().start().await.unwrap();
    let trusting = own(&sandbox).ca_bundle(authority_pem()).build().unwrap();
    let error = trusting.upload(&small()).await.unwrap_err();
    assert_eq!(server.seen(), (1, 1), "it was sent");
    assert_eq!((refusal(&error).status(), refusal(&error).code()), (200, None));
    assert_eq!((error.certainty(), error.is_retryable()), (Certainty::Unknown, false));
    assert!(error.to_string().contains("the answer is not that of an S3 store"), "{error}");

    let error = own(&sandbox).build().unwrap().upload(&small()).await.unwrap_err();
    let ErrorKind::Transport(broken) = error.kind() else { panic!("{error:?}") };
    assert_eq!((broken.stage(), error.certainty()), (Stage::Tls, Certainty::NotProcessed));
    assert_eq!(server.seen(), (2, 1), "nothing was sent");
}

#[tokio::test]
async fn a_proxy_carries_uploads_too() {
    let sandbox = sandbox().start().await.unwrap();
    // Nothing listens at the store's own address; the sandbox takes the whole URL for its own, as a proxy would.
    let proxied = builder(&sandbox).s3_endpoint("http://127.0.0.1:1").proxy(sandbox.s3_endpoint()).build().unwrap();
    proxied.upload(&small()).await.unwrap();
    assert_eq!((sandbox.s3_requests().len(), commits(&sandbox, &small())), (1, 1));
}
