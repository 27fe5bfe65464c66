//! What depends on the environment of the process: each test runs itself again in a process of its own.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what is not as expected is a failed test")]

use std::process::Command;

use qlower_client::{Client, Environment};

use crate::support::{KEY, builder, chain, checked, client, requests, server, success};
use crate::tls::{Secure, authority_pem};

const CHILD: &str = "QLOWER_TEST_CHILD";

/// Runs the test of that name again with these variables, unless this is already that run.
fn is_child(test: &str, variables: &[(&str, &str)]) -> bool {
    if std::env::var_os(CHILD).is_some() {
        return true;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("process::{test}"), "--nocapture"])
        .envs(variables.iter().copied())
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    false
}

#[test]
fn a_client_comes_from_the_environment() {
    let variables = [("QLOWER_ENVIRONMENT", "http://127.0.0.1:9"), ("QLOWER_PARTNER", "acme"), ("QLOWER_API_KEY", KEY)];
    if is_child("a_client_comes_from_the_environment", &variables) {
        let client = Client::from_env().unwrap();
        assert_eq!(client.environment(), &Environment::custom("http://127.0.0.1:9").unwrap());
        let shown = format!("{client:?}");
        assert!(shown.contains(r#"partner: Some("acme"), api_key: Some(ApiKey(***))"#), "{shown}");
        let shown = format!("{:?}", Client::builder(Environment::Production).partner("other").env().unwrap());
        assert!(shown.contains(r#"partner: Some("other"), api_key: Some(ApiKey(***))"#), "{shown}");
        assert!(!shown.contains(KEY));
    }
}

#[test]
fn a_machine_without_authorities_is_an_error_and_no_panic() {
    let variables = [("SSL_CERT_FILE", "does-not-exist.pem"), ("SSL_CERT_DIR", "does-not-exist")];
    if is_child("a_machine_without_authorities_is_an_error_and_no_panic", &variables) {
        let error = Client::builder(Environment::Staging).build().unwrap_err();
        assert!(error.is_config());
        assert!(
            chain(&error)[0].starts_with("ca_bundle: TLS cannot be set up with this machine's certificate authorities")
        );
        assert!(chain(&error).len() > 1);
        Client::builder(Environment::Staging).ca_bundle(authority_pem()).build().unwrap();
        Client::builder(Environment::custom("http://127.0.0.1:9").unwrap()).build().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorities_may_be_named_in_the_environment() {
    const URL: &str = "QLOWER_TEST_URL";
    if let Ok(url) = std::env::var(URL) {
        client(&url).send(&checked()).await.unwrap();
        // A bundle stands for all authorities: this process has made another one, which did not sign the server's.
        let error = builder(&url).ca_bundle(authority_pem()).build().unwrap().send(&checked()).await.unwrap_err();
        assert!(!error.is_retryable() && error.is_connect(), "{error}");
        return;
    }
    let server = Secure::start("127.0.0.1").await;
    // Unless they are named, this authority is not among those of the machine, if it has any.
    match builder(&server.url).build() {
        Ok(client) => assert!(!client.send(&checked()).await.unwrap_err().is_retryable()),
        Err(error) => assert!(error.is_config()),
    }
    let before = server.seen().1;
    let file = std::env::temp_dir().join(format!("qlower-environment-{}.pem", std::process::id()));
    std::fs::write(&file, authority_pem()).unwrap();
    let variables = [("SSL_CERT_FILE", file.to_str().unwrap()), ("SSL_CERT_DIR", ""), (URL, &server.url)];
    is_child("authorities_may_be_named_in_the_environment", &variables);
    std::fs::remove_file(&file).unwrap();
    assert_eq!((before, server.seen().1), (0, 1));
}

#[tokio::test]
async fn plain_http_takes_no_proxy_from_the_environment() {
    if std::env::var_os(CHILD).is_some() {
        let server = server(success()).await;
        client(&server.uri()).send(&checked()).await.unwrap();
        assert_eq!(requests(&server).await.len(), 1);
        // The variables count: with TLS the proxy is asked, and is not there.
        let error = builder("https://127.0.0.1:9")
            .ca_bundle(authority_pem())
            .build()
            .unwrap()
            .send(&checked())
            .await
            .unwrap_err();
        assert!(chain(&error).iter().any(|layer| layer.contains("tunnel")), "{:?}", chain(&error));
    }
    let nobody = "http://127.0.0.1:1";
    let variables =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].map(|name| (name, nobody));
    is_child("plain_http_takes_no_proxy_from_the_environment", &variables);
}
