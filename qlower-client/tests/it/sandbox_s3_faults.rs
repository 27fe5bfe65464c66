//! Every scripted fault of the S3 side: that it fired, what a client sees of it, and what was stored.
#![expect(clippy::unwrap_used, reason = "a helper of tests: a missing value is a failed test")]

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use qlower_client::sandbox::{S3Fault, S3Operation, S3Outcome, Sandbox};

use super::sandbox_s3_support::{
    BUCKET, KEY, PART, Put, assert_unanswered, builder, client, config, held, put, refusal, send_parts,
};

const PARTNER: &str = Sandbox::DEFAULT_PARTNER;

fn scripted(fault: S3Fault) -> Sandbox {
    let sandbox = held();
    sandbox.fail_next_s3(fault.clone());
    assert_eq!((sandbox.fired_s3(), sandbox.pending_s3_faults()), (vec![], vec![fault]));
    sandbox
}

async fn conditional(client: &Client) -> Put<PutObjectOutput, PutObjectError> {
    let put = client.put_object().bucket(BUCKET).key(KEY).if_none_match("*");
    put.body(ByteStream::from(vec![b'x'; 3_000_000])).send().await
}

/// The fault has fired, once, on the last request; so many objects were stored; and the next put goes well.
async fn assert_fired(sandbox: &Sandbox, fault: &S3Fault, stored: usize) {
    assert_eq!(sandbox.fired_s3(), std::slice::from_ref(fault));
    assert_eq!(sandbox.pending_s3_faults(), []);
    assert_eq!(sandbox.s3_requests().pop().unwrap().outcome, S3Outcome::Faulted(fault.clone()));
    assert_eq!(sandbox.objects(PARTNER).len(), stored);
    put(&client(sandbox), "next", *b"{}").await;
    assert_eq!(sandbox.objects(PARTNER).len(), stored + 1);
    assert_eq!(sandbox.s3_requests().pop().unwrap().outcome, S3Outcome::Answered(200));
}

#[tokio::test]
async fn refusals_have_status_and_code_and_the_body_of_the_real_store() {
    for (fault, status, code, told) in [
        (S3Fault::SlowDown, 503, "SlowDown", "<Message>Please reduce your request rate.</Message>"),
        (S3Fault::InternalError, 500, "InternalError", "<Resource>"),
        (S3Fault::AccessDenied, 403, "AccessDenied", "arn:aws:s3:::ql-loader-stg-sandbox/loader-1.json"),
        (S3Fault::InvalidAccessKeyId, 403, "InvalidAccessKeyId", "<AWSAccessKeyId>SANDBOX0ACCESS0KEY00<"),
        (S3Fault::SignatureDoesNotMatch, 403, "SignatureDoesNotMatch", "<StringToSign>AWS4-HMAC-SHA256\n"),
        (S3Fault::ExpiredToken, 400, "ExpiredToken", "<Token-0>t0ken</Token-0>"),
        (S3Fault::RequestTimeTooSkewed, 403, "RequestTimeTooSkewed", "<MaxAllowedSkewMilliseconds>"),
        (S3Fault::NoSuchBucket, 404, "NoSuchBucket", "<BucketName>ql-loader-stg-sandbox</BucketName>"),
        (S3Fault::PreconditionFailed, 412, "PreconditionFailed", "<Condition>If-None-Match</Condition>"),
        (S3Fault::ConditionalRequestConflict, 409, "ConditionalRequestConflict", "<Resource>"),
        (S3Fault::NotImplemented, 501, "NotImplemented", "<Resource>"),
    ] {
        let sandbox = scripted(fault.clone());
        let token = aws_sdk_s3::config::Credentials::new(
            Sandbox::DEFAULT_ACCESS_KEY_ID,
            Sandbox::DEFAULT_SECRET_ACCESS_KEY,
            Some("t0ken".into()),
            None,
            "test",
        );
        let error = conditional(&Client::from_conf(config(&sandbox).credentials_provider(token).build())).await;
        let error = error.unwrap_err();
        let raw = error.raw_response().unwrap();
        assert_eq!((raw.status().as_u16(), error.code()), (status, Some(code)));
        let body = String::from_utf8(raw.body().bytes().unwrap().to_vec()).unwrap();
        assert!(body.contains(told), "{body}");
        assert!(body.contains("<RequestId>") && body.contains("<HostId>"), "{body}");
        assert!(raw.headers().get("x-amz-request-id").is_some() && raw.headers().get("x-amz-id-2").is_some());
        assert_fired(&sandbox, &fault, 0).await;
    }
}

#[tokio::test]
async fn a_redirect_names_the_region() {
    let fault = S3Fault::PermanentRedirect { region: "eu-central-1".into() };
    let sandbox = scripted(fault.clone());
    let error = conditional(&client(&sandbox)).await.unwrap_err();
    let raw = error.raw_response().unwrap();
    assert_eq!((raw.status().as_u16(), error.code()), (301, Some("PermanentRedirect")));
    assert_eq!(raw.headers().get("x-amz-bucket-region"), Some("eu-central-1"));
    assert_fired(&sandbox, &fault, 0).await;
}

#[tokio::test]
async fn a_reset_during_a_put_stores_nothing() {
    let sandbox = scripted(S3Fault::ResetDuringPut);
    assert_unanswered(conditional(&client(&sandbox)).await);
    let received = sandbox.s3_requests().pop().unwrap().body_length;
    assert!((1_500_000..3_000_000).contains(&received), "in the middle: {received}");
    assert_fired(&sandbox, &S3Fault::ResetDuringPut, 0).await;
}

#[tokio::test]
async fn a_reset_during_a_part_waits_for_that_part() {
    let fault = S3Fault::ResetDuringPart { part_number: 2 };
    let sandbox = scripted(fault.clone());
    let client = client(&sandbox);
    let (id, _) = send_parts(&client, KEY, &[vec![b'a'; PART]]).await;
    assert_eq!(sandbox.fired_s3(), []);
    let second = || {
        let part = client.upload_part().bucket(BUCKET).key(KEY).upload_id(&id).part_number(2);
        part.body(ByteStream::from(vec![b'b'; PART])).send()
    };
    assert_unanswered(second().await);
    let received = sandbox.s3_requests().pop().unwrap().body_length;
    assert!((PART as u64 / 2..PART as u64).contains(&received), "in the middle: {received}");
    assert_eq!(sandbox.open_multipart_uploads(PARTNER)[0].parts, [(1, PART as u64)]);
    assert_fired(&sandbox, &fault, 0).await;
    second().await.unwrap();
    assert_eq!(sandbox.open_multipart_uploads(PARTNER)[0].parts.len(), 2);
}

#[tokio::test]
async fn a_lost_reply_leaves_the_object() {
    let sandbox = scripted(S3Fault::LostPutReply);
    assert_unanswered(conditional(&client(&sandbox)).await);
    assert_eq!(sandbox.objects(PARTNER)[0].size, 3_000_000);
    assert_eq!(refusal(conditional(&client(&sandbox)).await), (412, "PreconditionFailed".into()), "it is one's own");
    assert_eq!(sandbox.commits(PARTNER)[KEY], 1);
    assert_eq!(sandbox.fired_s3(), [S3Fault::LostPutReply]);
}

#[tokio::test]
async fn a_lost_reply_waits_for_a_success() {
    let sandbox = held();
    let client = client(&sandbox);
    conditional(&client).await.unwrap();
    sandbox.fail_next_s3(S3Fault::LostPutReply);
    assert_eq!(refusal(conditional(&client).await).0, 412);
    assert_eq!((sandbox.fired_s3().len(), sandbox.pending_s3_faults().len()), (0, 1));
}

#[tokio::test]
async fn a_lost_reply_to_a_completion_leaves_the_object_too() {
    let sandbox = scripted(S3Fault::LostCompleteReply);
    let client = client(&sandbox);
    let (id, parts) = send_parts(&client, KEY, &[b"{}".to_vec()]).await;
    let complete = || {
        let complete = client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id);
        complete.multipart_upload(parts.clone()).send()
    };
    assert_unanswered(complete().await);
    assert!(sandbox.open_multipart_uploads(PARTNER).is_empty());
    assert_fired(&sandbox, &S3Fault::LostCompleteReply, 1).await;
    complete().await.unwrap();
    assert_eq!(sandbox.commits(PARTNER)[KEY], 1);
}

#[tokio::test]
async fn an_error_inside_200_completes_nothing() {
    let sandbox = scripted(S3Fault::InternalErrorInside200);
    let client = client(&sandbox);
    let (id, parts) = send_parts(&client, KEY, &[b"{}".to_vec()]).await;
    let complete = || {
        let complete = client.complete_multipart_upload().bucket(BUCKET).key(KEY).upload_id(&id);
        complete.multipart_upload(parts.clone()).send()
    };
    let error = complete().await.unwrap_err();
    let raw = error.raw_response().unwrap();
    assert_eq!((raw.status().as_u16(), error.code()), (200, Some("InternalError")));
    assert_eq!(sandbox.open_multipart_uploads(PARTNER).len(), 1);
    assert_fired(&sandbox, &S3Fault::InternalErrorInside200, 0).await;
    complete().await.unwrap();
}

#[tokio::test]
async fn a_slow_answer_is_a_right_one() {
    let fault = S3Fault::Slow { delay: Duration::from_millis(300) };
    let sandbox = scripted(fault.clone());
    let begun = Instant::now();
    conditional(&client(&sandbox)).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert_fired(&sandbox, &fault, 1).await;
}

#[tokio::test]
async fn a_time_out_never_answers() {
    let sandbox = scripted(S3Fault::Timeout);
    let patience = TimeoutConfig::builder().operation_timeout(Duration::from_millis(500)).build();
    let impatient = Client::from_conf(config(&sandbox).timeout_config(patience).build());
    let error = conditional(&impatient).await.unwrap_err();
    assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
    assert_eq!(sandbox.s3_requests().pop().unwrap().body_length, 3_000_000);
    assert_fired(&sandbox, &S3Fault::Timeout, 0).await;
}

#[tokio::test]
async fn a_store_that_vanishes_is_gone_until_it_is_restored() {
    let sandbox = held();
    let client = client(&sandbox);
    let (id, _) = send_parts(&client, KEY, &[vec![b'a'; PART]]).await;
    let mut idle = TcpStream::connect(sandbox.s3_address()).unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    sandbox.fail_next_s3_on(S3Operation::UploadPart, S3Fault::Vanish);
    client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    let part = || client.upload_part().bucket(BUCKET).key(KEY).upload_id(&id).part_number(2).send();
    assert_unanswered(part().await);
    assert_eq!(sandbox.fired_s3(), [S3Fault::Vanish]);
    let cut = std::io::Read::read(&mut idle, &mut [0]).unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::ConnectionReset);
    for _ in 0..2 {
        assert_unanswered(part().await);
        assert_eq!(TcpStream::connect(sandbox.s3_address()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
    assert_eq!(super::sandbox_http::post(&sandbox, "{").unwrap().status, 400, "REST is still there");

    sandbox.restore_s3().unwrap();
    sandbox.restore_s3().unwrap();
    assert_eq!(sandbox.open_multipart_uploads(PARTNER)[0].parts.len(), 1, "what it held has stayed");
    part().await.unwrap();
}

#[tokio::test]
async fn a_port_that_was_taken_in_the_meantime_is_told() {
    let sandbox = held();
    sandbox.vanish_s3();
    sandbox.vanish_s3();
    let taken = TcpListener::bind(sandbox.s3_address()).unwrap();
    let error = sandbox.restore_s3().unwrap_err();
    assert!(error.to_string().contains("S3 port"), "{error}");
    drop(taken);
    sandbox.restore_s3().unwrap();
    put(&client(&sandbox), KEY, *b"{}").await;
    sandbox.vanish_s3();
    drop(sandbox);
}

#[tokio::test]
async fn a_request_meets_the_first_fault_that_concerns_it() {
    let sandbox = held();
    let client = client(&sandbox);
    sandbox.fail_next_s3(S3Fault::ResetDuringPart { part_number: 9 });
    sandbox.fail_next_s3(S3Fault::NotImplemented);
    sandbox.fail_next_s3_on(S3Operation::HeadObject, S3Fault::AccessDenied);
    sandbox.fail_next_s3_n(S3Fault::SlowDown, 2);
    put_plain(&client, 503).await;
    assert_eq!(refusal(conditional(&client).await).0, 501);
    assert_eq!(refusal(client.head_object().bucket(BUCKET).key(KEY).send().await).0, 403);
    put_plain(&client, 503).await;
    put(&client, KEY, *b"{}").await;
    assert_eq!(
        sandbox.fired_s3(),
        [S3Fault::SlowDown, S3Fault::NotImplemented, S3Fault::AccessDenied, S3Fault::SlowDown]
    );
    assert_eq!(sandbox.pending_s3_faults(), [S3Fault::ResetDuringPart { part_number: 9 }]);
}

async fn put_plain(client: &Client, status: u16) {
    assert_eq!(refusal(client.put_object().bucket(BUCKET).key(KEY).send().await).0, status);
}

#[tokio::test]
async fn a_client_that_leaves_is_logged_as_such_and_stores_nothing() {
    let sandbox = held();
    let mut stream = TcpStream::connect(sandbox.s3_address()).unwrap();
    let head = format!("PUT /{BUCKET}/{KEY} HTTP/1.1\r\nhost: s\r\ncontent-length: 100\r\n\r\nabcd");
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    drop(stream);
    super::sandbox_s3_support::until(|| !sandbox.s3_requests().is_empty()).await;
    assert_eq!(sandbox.s3_requests()[0].outcome, S3Outcome::Abandoned);
    assert!(sandbox.objects(PARTNER).is_empty());
}

#[tokio::test]
async fn a_late_body_is_turned_away() {
    let sandbox = builder().read_timeout(Duration::from_millis(100)).start_blocking().unwrap();
    let mut stream = TcpStream::connect(sandbox.s3_address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let head = format!("PUT /{BUCKET}/{KEY} HTTP/1.1\r\nhost: s\r\ncontent-length: 100\r\n\r\nabcd");
    let answer = super::sandbox_http::exchange(&mut stream, head.as_bytes()).unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("<Code>RequestTimeout</Code>"), "{}", answer.text());
    let record = sandbox.s3_requests().pop().unwrap();
    assert_eq!((record.outcome, record.body_length), (S3Outcome::Answered(400), 4));
}

#[tokio::test]
async fn many_uploads_at_once_are_all_stored() {
    let sandbox = held();
    let client = client(&sandbox);
    let puts: Vec<_> = (0..50)
        .map(|number| {
            let put = client.put_object().bucket(BUCKET).key(format!("many-{number}.json"));
            tokio::spawn(put.body(ByteStream::from(vec![b'x'; 100_000])).send())
        })
        .collect();
    for put in puts {
        put.await.unwrap().unwrap();
    }
    assert_eq!(sandbox.objects(PARTNER).len(), 50);
    assert!(sandbox.commits(PARTNER).values().all(|count| *count == 1));
    // One of two writers to the same key wins.
    let racers: Vec<_> =
        std::iter::repeat_n(client, 8).map(|client| tokio::spawn(async move { conditional(&client).await })).collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert_eq!(error.code(), Some("PreconditionFailed")),
        }
    }
    assert_eq!((won, sandbox.commits(PARTNER)[KEY]), (1, 1));
}
