//! No secret, and nothing of a payload, in anything that is shown.
#![expect(clippy::panic, reason = "helpers of tests: what is not as expected is a failed test")]

use std::fmt::Debug;

use qlower_client::{Client, Environment, Error, RetryPolicy};
use tracing_subscriber::util::SubscriberInitExt;
use wiremock::ResponseTemplate;

use crate::log::Log;
use crate::raw::{Act, Raw, answer};
use crate::support::{KEY, REFERENCE, SUCCESS, builder, chain, checked, json, quick, server, server_in_turn, success};
use crate::tls::{Secure, authority_pem};

const PASSWORD: &str = "pr0xy-s3cr3t-sentinel";
/// `agence:pr0xy-s3cr3t-sentinel`, as a proxy gets it.
const BASIC: &str = "YWdlbmNlOnByMHh5LXMzY3IzdC1zZW50aW5lbA";

pub(crate) fn nothing_secret(text: &str) {
    for secret in [KEY, "s3cr3t", PASSWORD, BASIC, REFERENCE] {
        if let Some(at) = text.find(secret) {
            let around: String = text[at.saturating_sub(200)..].chars().take(400).collect();
            panic!("{secret:?} is shown: {around}");
        }
    }
}

pub(crate) fn shown(value: &impl Debug) -> String {
    format!("{value:?} {value:#?}")
}

pub(crate) fn error_text(error: &Error) -> String {
    format!("{} {} {}", shown(error), shown(error.kind()), chain(error).join(": "))
}

/// The runtime of this test has one thread, so the log holds what this test did, and nothing of other tests.
#[tokio::test]
async fn no_secret_is_shown() {
    let log = Log::default();
    // Of every crate, at every level.
    let _guard = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(log.clone())
        .set_default();
    let checked = checked();
    assert!(checked.bytes().windows(KEY.len()).any(|window| window == KEY.as_bytes()), "or else nothing is tested");
    let mut texts = vec![shown(&checked)];

    // Settings.
    let settings = Client::builder(Environment::Production)
        .partner("acme")
        .api_key(KEY)
        .ca_bundle(authority_pem())
        .proxy(format!("http://agence:{PASSWORD}@127.0.0.1:3128"));
    texts.push(shown(&settings));
    texts.push(shown(&settings.build().unwrap()));
    texts.push(shown(&builder("http://127.0.0.1:9").proxy(format!("http://agence:{PASSWORD}@"))));

    // A success after failures, through a proxy that wants a password.
    let proxy = server_in_turn(vec![ResponseTemplate::new(503), ResponseTemplate::new(429), success()]).await;
    let url = proxy.uri().replace("http://", &format!("http://agence:{PASSWORD}@"));
    let client = builder("http://127.0.0.1:1").proxy(url).partner("acme").api_key(KEY).build().unwrap();
    let receipt = client.send(&checked).await.unwrap();
    texts.extend([shown(&client), shown(&receipt), serde_json::to_string(&receipt).unwrap()]);
    assert_eq!(receipt.attempts(), 3);

    // A tunnel through a proxy, which refuses.
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_owned();
    let proxy = Raw::start([Act::SendAndClose(refusal)]).await;
    let url = proxy.url.replace("http://", &format!("http://agence:{PASSWORD}@"));
    let tunnel = builder("https://qlower.example").proxy(url).ca_bundle(authority_pem()).retry(RetryPolicy::none());
    let tunnel = tunnel.build().unwrap();
    texts.push(error_text(&tunnel.send(&checked).await.unwrap_err()));
    assert_eq!(proxy.fired().len(), 1);

    // TLS, trusted and not.
    let secure = Secure::start("127.0.0.1").await;
    let receipt = builder(&secure.url).ca_bundle(authority_pem()).build().unwrap().send(&checked).await.unwrap();
    texts.push(shown(&receipt));
    let secure = Secure::start("other.example").await;
    texts.push(error_text(
        &builder(&secure.url).ca_bundle(authority_pem()).build().unwrap().send(&checked).await.unwrap_err(),
    ));

    // Answers that repeat the key.
    let item = format!(
        r#"{{"status": "ERROR", "end_date": "{KEY}", "errors": [{{"model": "transactions", "id": "T1", "type": "{KEY}", "error": "clé {KEY}"}}]}}"#
    );
    let receipt = builder(&server(json(200, &item)).await.uri()).build().unwrap().send(&checked).await.unwrap();
    assert!(receipt.reply().errors()[0].message().contains("***"), "the key was masked, not missing");
    texts.extend([shown(&receipt), serde_json::to_string(&receipt).unwrap(), receipt.reply().to_string()]);
    for (status, body) in [
        (200, format!("<html>{KEY}</html>")),
        (200, format!("[\"{KEY}\"]")),
        (
            400,
            format!(
                r#"{{"status": "KO", "type": "{KEY}", "message": "clé {KEY} inconnue", "errors": {{"apiKey": "{KEY}"}}}}"#
            ),
        ),
        (500, format!("<html><h1>{KEY}</h1></html>")),
        (403, KEY.to_owned()),
    ] {
        let error =
            builder(&server(json(status, &body)).await.uri()).build().unwrap().send(&checked).await.unwrap_err();
        texts.push(error_text(&error));
        texts.extend(error.rejection().map(|rejection| format!("{rejection} {}", shown(rejection))));
    }

    // An answer that repeats something of the payload: its reader wants to see it, a log must not.
    let body = format!(r#"{{"status": "KO", "type": "ValueError", "message": "input_value='{REFERENCE}'"}}"#);
    let error = builder(&server(json(400, &body)).await.uri()).build().unwrap().send(&checked).await.unwrap_err();
    assert!(error.to_string().contains(REFERENCE));

    // Refusals before sending.
    let own = || builder("http://127.0.0.1:9");
    for builder in [own().max_body_bytes(9), own().partner("other"), own().api_key("k-s3cr3t-of-another")] {
        texts.push(error_text(&builder.build().unwrap().send(&checked).await.unwrap_err()));
    }

    // Broken connections.
    for act in [
        Act::Reset,
        Act::Close,
        Act::ResetAtHead,
        Act::SendAndClose("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_owned()),
    ] {
        let raw = Raw::start([act]).await;
        let error = builder(&raw.url).retry(RetryPolicy::none()).build().unwrap().send(&checked).await.unwrap_err();
        assert_eq!(raw.fired().len(), 1);
        texts.push(error_text(&error));
    }
    let raw = Raw::start([Act::Reset, Act::Answer(answer("200 OK", SUCCESS))]).await;
    texts.push(shown(&builder(&raw.url).retry(quick()).build().unwrap().send(&checked).await.unwrap()));

    texts.iter().for_each(|text| nothing_secret(text));
    let log = log.text();
    nothing_secret(&log);
    // That the log holds what it should, from this crate and from those underneath.
    for expected in [
        "qlower.send",
        &format!("sha256={}", checked.sha256_hex()),
        "failed, will be tried again attempt=1 certainty=unknown error=HTTP 503 wait_ms=",
        "treated attempt=3 status=SUCCESS",
        "reqwest::connect",
    ] {
        assert!(log.contains(expected), "{expected:?} is not in {} bytes of log", log.len());
    }
}
