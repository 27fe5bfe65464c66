//! No secret, and nothing of a payload, in anything that uploads show.

use qlower_client::sandbox::{S3Fault, Sandbox};
use qlower_client::{Client, ClientBuilder, ErrorKind, PayloadWriter, RetryPolicy, S3Sink, Upload};
use tracing_subscriber::util::SubscriberInitExt;

use crate::log::Log;
use crate::secrets::{error_text, nothing_secret, shown};
use crate::support::{KEY, checked, quick};

/// The sentinels of `secrets` are parts of these.
const SECRET: &str = "aws-s3cr3t-sentinel";
const TOKEN: &str = "token-s3cr3t-sentinel";

fn builder(sandbox: &Sandbox) -> ClientBuilder {
    Client::builder(sandbox.environment())
        .s3_endpoint(sandbox.s3_endpoint())
        .access_key_id("SANDBOX")
        .secret_access_key(SECRET)
        .retry(quick())
}

/// The runtime of this test has one thread, and the sandbox another, so the log holds what this test did.
#[tokio::test]
async fn no_secret_is_shown() {
    let log = Log::default();
    let _guard = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .set_default();
    let sandbox = Sandbox::builder().partner("acme", KEY).s3_credentials("SANDBOX", SECRET).start().await.unwrap();
    let checked = checked();
    let (client, with_token) = (builder(&sandbox).build().unwrap(), builder(&sandbox).session_token(TOKEN));
    let mut texts =
        vec![shown(&with_token), shown(&client), shown(&Upload::from(&checked)), shown(&S3Sink::from(&client))];
    texts.push(shown(&builder(&sandbox).s3_endpoint(format!("http://user:{SECRET}@127.0.0.1:9"))));

    sandbox.fail_next_s3(S3Fault::SlowDown);
    let receipt = client.upload(&checked).await.unwrap();
    assert_eq!((receipt.attempts(), sandbox.fired_s3().len()), (2, 1));
    texts.extend([shown(&receipt), serde_json::to_string(&receipt).unwrap()]);
    texts.push(shown(&client.upload_status(&receipt).await.unwrap()));

    let writer = PayloadWriter::builder("acme", KEY, "2025-02-01T02:00:00+01:00");
    texts.push(shown(&writer));
    texts.push(shown(&writer.s3(&client).unwrap()));

    for fault in [
        S3Fault::AccessDenied,
        S3Fault::SignatureDoesNotMatch,
        S3Fault::InvalidAccessKeyId,
        S3Fault::ExpiredToken,
        S3Fault::InternalError,
        S3Fault::ResetDuringPut,
    ] {
        sandbox.fail_next_s3(fault);
        let once = builder(&sandbox).retry(RetryPolicy::none()).build().unwrap();
        texts.push(error_text(&once.upload(&checked).await.unwrap_err()));
    }
    let refused = with_token.build().unwrap().upload(&checked).await;
    texts.extend(refused.err().map(|error| error_text(&error)));
    let wrong = builder(&sandbox).s3_endpoint(format!("http://user:{SECRET}@127.0.0.1:9")).build().unwrap_err();
    assert!(matches!(wrong.kind(), ErrorKind::Config(_)));
    texts.push(error_text(&wrong));

    texts.iter().for_each(|text| nothing_secret(text));
    let log = log.text();
    nothing_secret(&log);
    for expected in ["qlower.upload", "failed, will be tried again attempt=1", "uploaded attempt=2 already_there=false"]
    {
        assert!(log.contains(expected), "{expected:?} is not in {} bytes of log", log.len());
    }
}
