//! Sending through a proxy.

use qlower_client::error::Stage;
use qlower_client::{Certainty, Client, Environment, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::raw::{Act, Raw, read_head};
use crate::support::{PATH, builder, chain, checked, quick, requests, server, success};
use crate::tls::{Secure, authority_pem};

#[tokio::test]
async fn a_plain_request_goes_through_the_proxy_with_its_password() {
    let proxy = server(success()).await;
    // Nothing listens there: only the proxy can have answered.
    let url = proxy.uri().replace("http://", "http://agence:s3cr3t@");
    let client = builder("http://127.0.0.1:1").proxy(url).build().unwrap();
    client.send(&checked()).await.unwrap();
    let [request] = &requests(&proxy).await[..] else { panic!("one request") };
    assert_eq!(request.url.as_str(), format!("http://127.0.0.1:1{PATH}"));
    assert_eq!(request.headers.get("proxy-authorization").unwrap(), "Basic YWdlbmNlOnMzY3IzdA==");
    assert!(format!("{client:?}").contains("127.0.0.1:1 (through the proxy)"));
    assert!(!format!("{client:?}").contains("s3cr3t"));
}

#[tokio::test]
async fn tls_goes_through_a_tunnel_of_the_proxy() {
    let target = Secure::start("127.0.0.1").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://agence:s3cr3t@{}", listener.local_addr().unwrap());
    let tunnel = tokio::spawn(async move {
        let (mut inner, _) = listener.accept().await.unwrap();
        let (head, _, _) = read_head(&mut inner).await.unwrap();
        let address = head.split_whitespace().nth(1).unwrap();
        let mut outer = TcpStream::connect(address).await.unwrap();
        inner.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        let _ = copy_bidirectional(&mut inner, &mut outer).await;
        head
    });
    builder(&target.url).proxy(proxy).ca_bundle(authority_pem()).build().unwrap().send(&checked()).await.unwrap();
    let head = tunnel.await.unwrap();
    assert!(head.starts_with("CONNECT 127.0.0.1:"), "{head}");
    assert!(head.to_lowercase().contains("proxy-authorization: basic ywdlbmnlonmzy3izda=="), "{head}");
    assert_eq!(target.seen(), (1, 1));
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel_processed_nothing() {
    let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_owned();
    let proxy = Raw::start([
        Act::SendAndClose(refusal.clone()),
        Act::SendAndClose(refusal.clone()),
        Act::SendAndClose(refusal),
    ])
    .await;
    let client = builder("https://qlower.example").proxy(&proxy.url).ca_bundle(authority_pem()).build().unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    let ErrorKind::Transport(inner) = error.kind() else { panic!("{error:?}") };
    assert_eq!((inner.stage(), error.certainty(), error.attempts()), (Stage::Connect, Certainty::NotProcessed, 3));
    assert_eq!(proxy.fired(), ["send and close"; 3]);
    let layers = chain(&error);
    assert_eq!(layers[0], "no connection to qlower.example (through the proxy); 3 attempts were made");
    assert!(layers.iter().any(|layer| layer.contains("proxy authorization required")), "{layers:?}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_processed_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://agence:s3cr3t@{}", listener.local_addr().unwrap());
    drop(listener);
    let error = builder("https://qlower.example")
        .proxy(proxy)
        .ca_bundle(authority_pem())
        .build()
        .unwrap()
        .send(&checked())
        .await
        .unwrap_err();
    assert!(error.is_connect() && error.is_retryable());
    assert_eq!(error.certainty(), Certainty::NotProcessed);
    let text = format!("{error:?} {}", chain(&error).join(": "));
    assert!(!text.contains("s3cr3t"), "{text}");
}

#[test]
fn plain_http_to_this_machine_does_not_go_through_another_one() {
    let local = || Client::builder(Environment::custom("http://127.0.0.1:8080").unwrap()).retry(quick());
    let error = local().proxy("http://proxy.example:3128").build().unwrap_err();
    assert!(error.is_config() && error.to_string().starts_with("proxy: "), "{error}");
    local().proxy("http://localhost:3128").build().unwrap();
}

#[tokio::test]
async fn a_tunnel_that_breaks_within_the_handshake_processed_nothing() {
    let target = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, proxy) =
        (format!("https://{}", target.local_addr().unwrap()), format!("http://{}", listener.local_addr().unwrap()));
    let breaking = tokio::spawn(async move {
        let (mut inner, _) = listener.accept().await.unwrap();
        read_head(&mut inner).await.unwrap();
        inner.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        inner.read_u8().await.unwrap();
    });
    let client = builder(&url)
        .proxy(proxy)
        .ca_bundle(authority_pem())
        .retry(qlower_client::RetryPolicy::none())
        .build()
        .unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    breaking.await.unwrap();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(error.certainty(), Certainty::NotProcessed);
}
