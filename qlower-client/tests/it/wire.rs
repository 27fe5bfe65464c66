//! What goes onto the wire.

use qlower_client::{Certainty, Client, Environment, check_text};
use wiremock::ResponseTemplate;

use crate::raw::{Act, Event, Raw, answer};
use crate::support::{PATH, SUCCESS, builder, checked, client, requests, server, success};

#[tokio::test]
async fn the_request_is_the_checked_bytes_with_two_headers_that_matter() {
    let server = server(success()).await;
    let checked = checked();
    let client = builder(&server.uri()).user_agent("acme-erp/3.2").build().unwrap();
    let receipt = client.send(&checked).await.unwrap();

    let [request] = &requests(&server).await[..] else { panic!("one request") };
    assert!(request.body == checked.bytes()[..]);
    assert_eq!(receipt.payload_sha256(), checked.sha256_hex());
    assert_eq!((request.method.as_str(), request.url.path(), request.url.query()), ("POST", PATH, None));
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("content-length"), Some(checked.bytes().len().to_string().as_str()));
    assert_eq!(header("user-agent"), Some(concat!("qlower-client/", env!("CARGO_PKG_VERSION"), " acme-erp/3.2")));
    let mut names: Vec<_> = request.headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "content-length", "content-type", "host", "user-agent"], "no other header");
}

#[tokio::test]
async fn a_text_goes_as_it_was_written() {
    let text = "\u{feff}{ \"inigPtynm\": \"acme\",\t\"apiKey\":\"k\", \"creDtTm\": \"2025-02-01T08:00:00+01:00\", \"versionId\": \"2.0\" }\n";
    let server = server(success()).await;
    let checked = check_text(text).into_result().unwrap();
    client(&server.uri()).send(&checked).await.unwrap();
    assert_eq!(requests(&server).await[0].body, text.trim_start_matches('\u{feff}').as_bytes());
}

#[tokio::test]
async fn a_large_payload_arrives_whole() {
    let server = server(success()).await;
    let large = crate::support::large();
    client(&server.uri()).send(&large).await.unwrap();
    assert!(requests(&server).await[0].body == large.bytes()[..]);
}

#[tokio::test]
async fn a_base_path_is_kept() {
    let server = wiremock::MockServer::start().await;
    let error = client(&format!("{}/gateway/v1/", server.uri())).send(&checked()).await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert_eq!(requests(&server).await[0].url.path(), format!("/gateway/v1{PATH}"));
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    for (status, certainty) in [
        (301, Certainty::Unknown),
        (303, Certainty::Unknown),
        (307, Certainty::NotProcessed),
        (308, Certainty::NotProcessed),
    ] {
        let target = server(success()).await;
        let moved = ResponseTemplate::new(status).insert_header("Location", format!("{}{PATH}", target.uri()));
        let first = server(moved).await;
        let error = client(&first.uri()).send(&checked()).await.unwrap_err();
        assert_eq!((error.status(), error.certainty(), error.attempts()), (Some(status), certainty, 1));
        assert!(error.to_string().contains("redirections are not followed"), "{error}");
        assert!(!error.is_rejected() && !error.is_server_error() && !error.is_retryable());
        assert_eq!((requests(&first).await.len(), requests(&target).await.len()), (1, 0));
    }
}

#[tokio::test]
async fn connections_are_used_again_and_shared_by_clones() {
    let server = Raw::start([Act::Answer(answer("200 OK", SUCCESS)), Act::Answer(answer("200 OK", SUCCESS))]).await;
    let client = client(&server.url);
    client.send(&checked()).await.unwrap();
    client.clone().send(&checked()).await.unwrap();
    assert_eq!((server.connections(), server.requests()), (1, 2));
}

#[tokio::test]
async fn an_idle_connection_that_was_closed_costs_no_attempt() {
    let server =
        Raw::start([Act::SendAndClose(answer("200 OK", SUCCESS)), Act::Answer(answer("200 OK", SUCCESS))]).await;
    let client = builder(&server.url).retry(qlower_client::RetryPolicy::none()).build().unwrap();
    client.send(&checked()).await.unwrap();
    server.saw(Event::Fired("send and close")).await;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let receipt = client.send(&checked()).await.unwrap();
    assert_eq!((receipt.attempts(), server.connections(), server.requests()), (1, 2, 2));
}

#[test]
fn plain_http_is_for_this_machine() {
    assert!(Environment::custom("http://qlower.example").is_err());
    let named = qlower_client::core::address::BaseUrl::insecure("http://qlower.example").unwrap();
    Client::builder(Environment::Custom(named)).build().unwrap();
}
