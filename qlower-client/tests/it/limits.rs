//! What is refused before anything leaves, and how much of an answer is read.
#![expect(clippy::panic, reason = "helpers of tests: what is not as expected is a failed test")]

use std::error::Error as _;
use std::time::Duration;

use qlower_client::error::ConfigError;
use qlower_client::{Certainty, Check, Client, ClientBuilder, Environment, Error, ErrorKind, Payload};

use crate::support::{KEY, builder, chain, checked, json, requests, server, success};

fn config(error: &Error) -> &ConfigError {
    assert!(error.is_config() && !error.is_retryable());
    assert_eq!((error.certainty(), error.attempts(), error.duration()), (Certainty::NotProcessed, 0, Duration::ZERO));
    match error.kind() {
        ErrorKind::Config(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_payload_over_the_limit_is_refused_without_a_request() {
    let server = server(success()).await;
    let checked = checked();
    let size = checked.bytes().len();

    let client = builder(&server.uri()).max_body_bytes(size - 1).build().unwrap();
    let error = client.send(&checked).await.unwrap_err();
    assert!(error.is_too_large() && !error.is_retryable() && error.status().is_none());
    assert_eq!((error.certainty(), error.attempts()), (Certainty::NotProcessed, 0));
    let ErrorKind::TooLarge(inner) = error.kind() else { panic!("{error:?}") };
    assert_eq!((inner.size(), inner.limit()), (size, size - 1));
    let expected = format!(
        "the payload has {size} bytes, more than the {} of max_body_bytes: cut it into parts (Checked::split), or upload it to S3",
        size - 1
    );
    assert_eq!(chain(&error), [expected]);
    assert_eq!(requests(&server).await.len(), 0);

    let client = builder(&server.uri()).max_body_bytes(size).build().unwrap();
    client.send(&checked).await.unwrap();
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_payload_of_another_partner_or_key_is_refused_without_a_request() {
    let server = server(success()).await;
    let refused: [(&str, ClientBuilder); 2] = [
        ("partner", builder(&server.uri()).partner("other").api_key(KEY)),
        ("api_key", builder(&server.uri()).partner("acme").api_key("k-s3cr3t-of-another")),
    ];
    for (setting, builder) in refused {
        let error = builder.build().unwrap().send(&checked()).await.unwrap_err();
        assert_eq!(config(&error).setting(), setting);
        assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    }
    assert_eq!(requests(&server).await.len(), 0);

    builder(&server.uri()).partner("acme").api_key(KEY).build().unwrap().send(&checked()).await.unwrap();
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn a_reply_over_the_limit_is_not_read_to_its_end() {
    let body = format!(r#"{{"status": "SUCCESS", "padding": "{}"}}"#, "x".repeat(100_000));
    let size = body.len();
    let server = server(json(200, &body)).await;

    let error = builder(&server.uri()).max_reply_bytes(size - 1).build().unwrap().send(&checked()).await.unwrap_err();
    assert_eq!((error.status(), error.certainty(), error.attempts()), (Some(200), Certainty::Unknown, 1));
    let ErrorKind::UnreadableReply(inner) = error.kind() else { panic!("{error:?}") };
    assert!(inner.invalid().is_none() && !error.is_retryable());
    assert!(chain(&error)[0].contains("of max_reply_bytes"), "{error}");

    let receipt = builder(&server.uri()).max_reply_bytes(size).build().unwrap().send(&checked()).await.unwrap();
    assert_eq!(receipt.reply().raw().len(), size);
}

#[tokio::test]
async fn of_a_long_refusal_the_beginning_is_kept() {
    let page = format!("<html><h1>Forbidden</h1>{}</html>", "x".repeat(100_000));
    let server = server(wiremock::ResponseTemplate::new(403).set_body_raw(page, "text/html")).await;
    let error = builder(&server.uri()).max_reply_bytes(1000).build().unwrap().send(&checked()).await.unwrap_err();
    assert_eq!(error.status(), Some(403));
    let rejection = error.rejection().unwrap();
    assert_eq!(rejection.raw().len(), 1000);
    assert!(rejection.excerpt().starts_with("Forbidden"));
}

#[test]
fn unusable_settings_are_named() {
    let staging = || Client::builder(Environment::Staging);
    for (setting, builder) in [
        ("timeout", staging().timeout(Duration::ZERO)),
        ("connect_timeout", staging().connect_timeout(Duration::ZERO)),
        ("user_agent", staging().user_agent("a\r\nX-Evil: 1")),
        ("user_agent", staging().user_agent("agence é")),
        ("user_agent", staging().user_agent(" ")),
        ("proxy", staging().proxy("proxy.example:3128")),
        ("proxy", staging().proxy("ftp://proxy.example")),
        ("proxy", staging().proxy("socks5://user:s3cr3t@proxy.example")),
        ("proxy", staging().proxy("http://user:s3cr3t@:99999")),
        ("ca_bundle", staging().ca_bundle("")),
        ("ca_bundle", staging().ca_bundle("no PEM at all")),
        ("ca_bundle", staging().ca_bundle("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
        ("ca_bundle", staging().ca_bundle("-----BEGIN CERTIFICATE-----\n")),
        ("ca_bundle", staging().ca_bundle_file("does-not-exist.pem")),
        ("ca_bundle", staging().ca_bundle_file(".")),
    ] {
        let shown = format!("{builder:?}");
        let error = builder.build().unwrap_err();
        assert_eq!(config(&error).setting(), setting, "{error}");
        let text = format!("{error:?} {} {shown}", chain(&error).join(": "));
        assert!(!text.contains("s3cr3t"), "{text}");
    }
    let error = staging().ca_bundle_file("does-not-exist.pem").build().unwrap_err();
    assert!(error.source().unwrap().is::<std::io::Error>());
}

#[test]
fn time_limits_may_be_as_long_as_one_likes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = server(success()).await;
        let client = builder(&server.uri()).timeout(Duration::MAX).connect_timeout(Duration::MAX).build().unwrap();
        client.send(&checked()).await.unwrap();
    });
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    let client = builder("http://127.0.0.1:9").build().unwrap();
    let checked = checked();
    let mut send = Box::pin(client.send(&checked));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = send.as_mut().poll(&mut context) else { panic!("not ready") };
    assert_eq!(config(&error).to_string(), "runtime: sending needs a Tokio runtime");
}

#[test]
fn a_payload_with_errors_converts_into_the_same_error_type() {
    fn checked() -> Result<(), Error> {
        Payload::default().check().into_result()?;
        Ok(())
    }
    let error = checked().unwrap_err();
    assert!(error.is_validation());
    assert_eq!((error.certainty(), error.attempts()), (Certainty::NotProcessed, 0));
    let ErrorKind::Validation(inner) = error.kind() else { panic!("{error:?}") };
    assert_eq!(chain(&error), [inner.to_string()]);
    let ErrorKind::Validation(inner) = error.into_kind() else { panic!("not the same") };
    assert_eq!(inner.report().error_count(), 3);
}
