//! Connections that fail, and what is certain afterwards.
#![expect(clippy::panic, reason = "helpers of tests: what is not as expected is a failed test")]

use std::time::{Duration, Instant};

use qlower_client::error::Stage;
use qlower_client::{Certainty, Error, ErrorKind, RetryPolicy};

use crate::raw::{Act, Event, Raw, answer};
use crate::support::{SUCCESS, builder, chain, checked, client, large};

fn stage(error: &Error) -> Stage {
    match error.kind() {
        ErrorKind::Transport(error) => error.stage(),
        ErrorKind::Timeout(error) => error.stage(),
        other => panic!("{other:?}"),
    }
}

fn success() -> Act {
    Act::Answer(answer("200 OK", SUCCESS))
}

#[tokio::test]
async fn a_refused_connection_processed_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url).send(&checked()).await.unwrap_err();
    assert_eq!((error.attempts(), error.certainty(), stage(&error)), (3, Certainty::NotProcessed, Stage::Connect));
    assert!(error.is_connect() && error.is_retryable() && !error.is_timeout());
    let layers = chain(&error);
    let peer = url.strip_prefix("http://").unwrap();
    assert_eq!(layers[0], format!("no connection to {peer}; 3 attempts were made"));
    assert!(layers.last().unwrap().starts_with("Connection refused"), "{layers:?}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_processed_nothing() {
    // Reserved never to exist (RFC 6761).
    let error = builder("https://qlower.invalid")
        .ca_bundle(crate::tls::authority_pem())
        .build()
        .unwrap()
        .send(&checked())
        .await
        .unwrap_err();
    assert_eq!((error.attempts(), error.certainty(), stage(&error)), (3, Certainty::NotProcessed, Stage::Resolve));
    assert!(error.is_connect() && error.is_retryable());
    assert!(chain(&error)[0].starts_with("the address of qlower.invalid cannot be found"));
}

#[tokio::test]
async fn a_connection_lost_after_the_payload_is_uncertain_and_tried_again() {
    for (act, fault) in [(Act::Reset, "reset"), (Act::Close, "close")] {
        let server = Raw::start([act.clone(), success()]).await;
        let receipt = client(&server.url).send(&checked()).await.unwrap();
        assert_eq!((receipt.attempts(), server.fired()), (2, vec![fault]));
        assert!(receipt.earlier_attempt_may_have_been_processed());

        let server = Raw::start([act]).await;
        let client = builder(&server.url).retry(RetryPolicy::none()).build().unwrap();
        let error = client.send(&checked()).await.unwrap_err();
        assert_eq!((server.requests(), server.fired()), (1, vec![fault]), "not tried again below");
        assert_eq!((error.certainty(), stage(&error)), (Certainty::Unknown, Stage::Wait));
        assert!(error.is_retryable() && !error.is_connect());
        assert!(chain(&error).len() > 1, "{error:?}");
    }
}

#[tokio::test]
async fn a_used_connection_that_dies_under_a_payload_is_an_attempt() {
    let server = Raw::start([success(), Act::Reset, success()]).await;
    let client_ = client(&server.url);
    client_.send(&checked()).await.unwrap();
    let receipt = client_.send(&checked()).await.unwrap();
    assert_eq!((receipt.attempts(), server.fired()), (2, vec!["reset"]));
    assert!(receipt.earlier_attempt_may_have_been_processed());
    assert_eq!((server.connections(), server.requests()), (2, 3));

    let server = Raw::start([success(), Act::Close]).await;
    let client = builder(&server.url).retry(RetryPolicy::none()).build().unwrap();
    client.send(&checked()).await.unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    assert_eq!((error.attempts(), error.certainty(), server.fired()), (1, Certainty::Unknown, vec!["close"]));
    assert_eq!((server.connections(), server.requests()), (1, 2));
}

#[tokio::test]
async fn a_connection_lost_within_the_payload_processed_nothing() {
    let large = large();
    let server = Raw::start([Act::ResetAtHead, Act::ResetAtHead, Act::ResetAtHead]).await;
    let error = client(&server.url).send(&large).await.unwrap_err();
    assert_eq!((error.attempts(), server.fired()), (3, vec!["reset at head"; 3]));
    assert_eq!((error.certainty(), stage(&error)), (Certainty::NotProcessed, Stage::Send));
    assert!(error.is_retryable() && !error.is_connect());
    assert!(chain(&error)[0].contains("broke while the payload was being sent"));

    let server = Raw::start([Act::ResetAtHead, success()]).await;
    let receipt = client(&server.url).send(&large).await.unwrap();
    assert_eq!((receipt.attempts(), server.fired()), (2, vec!["reset at head"]));
    assert!(!receipt.earlier_attempt_may_have_been_processed());
}

#[tokio::test]
async fn silence_is_uncertain() {
    let server = Raw::start([Act::Silence, success()]).await;
    let client_ = builder(&server.url).timeout(Duration::from_millis(500)).build().unwrap();
    let start = Instant::now();
    let receipt = client_.send(&checked()).await.unwrap();
    assert_eq!((receipt.attempts(), server.fired()), (2, vec!["silence"]));
    assert!(receipt.earlier_attempt_may_have_been_processed());
    assert!(start.elapsed() >= Duration::from_millis(500) && start.elapsed() < Duration::from_secs(3));
    server.saw(Event::PeerClosed).await;

    let server = Raw::start([Act::Silence]).await;
    let client = builder(&server.url).timeout(Duration::from_millis(500)).retry(RetryPolicy::none()).build().unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    assert_eq!((error.certainty(), stage(&error), server.fired()), (Certainty::Unknown, Stage::Wait, vec!["silence"]));
    assert!(error.is_timeout() && error.is_retryable() && !error.is_connect());
    let peer = server.url.strip_prefix("http://").unwrap();
    assert_eq!(chain(&error), [format!("no answer from {peer} within 500ms; the payload may have been processed")]);
}

#[tokio::test]
async fn a_server_that_stops_reading_processed_nothing() {
    let server = Raw::start([Act::StopReading]).await;
    let client = builder(&server.url).timeout(Duration::from_millis(500)).retry(RetryPolicy::none()).build().unwrap();
    let large = large();
    let error = client.send(&large).await.unwrap_err();
    assert_eq!(
        (error.certainty(), stage(&error), server.fired()),
        (Certainty::NotProcessed, Stage::Send, vec!["stop reading"])
    );
    assert!(error.is_timeout() && error.is_retryable());
    server.resume();
    server.saw(Event::PeerClosed).await;
    let cut = server
        .log()
        .into_iter()
        .find_map(|event| if let Event::CutOff { body, of } = event { Some((body, of)) } else { None });
    let (body, of) = cut.unwrap();
    assert!(body < of && of == large.bytes().len(), "{body} of {of}");
}

#[tokio::test]
async fn no_connection_within_its_time_processed_nothing() {
    // A full queue of connections that nobody accepts: the next one is not answered.
    let listener = tokio::net::TcpSocket::new_v4().unwrap();
    listener.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = listener.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(address)).await
    {
        queued.push(stream);
        assert!(queued.len() < 100, "connections are never refused here");
    }
    let client = builder(&format!("http://{address}"))
        .connect_timeout(Duration::from_millis(100))
        .retry(RetryPolicy::none())
        .build()
        .unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    assert!(error.duration() < Duration::from_secs(5), "{error:?}");
    assert_eq!((error.certainty(), stage(&error)), (Certainty::NotProcessed, Stage::Connect));
    assert!(error.is_timeout() && error.is_connect() && error.is_retryable());
    assert_eq!(chain(&error), [format!("no connection to {address} within 100ms")]);
}

#[tokio::test]
async fn a_reply_that_is_cut_off_is_uncertain() {
    let cut = answer("200 OK", SUCCESS);
    let cut = cut.split_at(cut.len() - 20).0.to_owned();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sta\r\n".to_owned();
    for (act, fault) in [
        (Act::SendAndClose(cut.clone()), "send and close"),
        (Act::SendAndReset(cut.clone()), "send and reset"),
        (Act::SendAndClose(chunked), "send and close"),
        (Act::SendAndStall(cut), "send and stall"),
    ] {
        let server = Raw::start([act.clone(), success()]).await;
        let client_ = builder(&server.url).timeout(Duration::from_millis(500)).build().unwrap();
        let receipt = client_.send(&checked()).await.unwrap();
        assert_eq!((receipt.attempts(), server.fired()), (2, vec![fault]));
        assert!(receipt.earlier_attempt_may_have_been_processed());

        let server = Raw::start([act]).await;
        let client =
            builder(&server.url).timeout(Duration::from_millis(500)).retry(RetryPolicy::none()).build().unwrap();
        let error = client.send(&checked()).await.unwrap_err();
        assert_eq!((error.certainty(), stage(&error), server.fired()), (Certainty::Unknown, Stage::Reply, vec![fault]));
        assert_eq!((error.is_timeout(), error.is_retryable()), (fault == "send and stall", true));
        chain(&error);
    }
}

#[tokio::test]
async fn a_refusal_counts_even_if_its_body_is_cut_off() {
    let refusal = answer("400 Bad Request", r#"{"status": "KO", "type": "KeyError", "message": "non"}"#);
    let cut = refusal.split_at(refusal.len() - 10).0.to_owned();
    for act in [Act::SendAndClose(cut.clone()), Act::SendAndReset(cut.clone()), Act::SendAndStall(cut)] {
        let server = Raw::start([act]).await;
        let client = builder(&server.url).timeout(Duration::from_millis(500)).build().unwrap();
        let error = client.send(&checked()).await.unwrap_err();
        assert_eq!((error.status(), error.attempts(), error.certainty()), (Some(400), 1, Certainty::NotProcessed));
        assert!(error.rejection().unwrap().excerpt().contains("KeyError"));
        assert_eq!(server.fired().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_before_the_payload_is_complete_counts() {
    // A gateway refuses by the announced length.
    let large = large();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gateway = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        let (_, announced, read) = crate::raw::read_head(&mut stream).await.unwrap();
        stream.write_all(answer("413 Content Too Large", "").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        (announced, read.len())
    });
    let error = client(&url).send(&large).await.unwrap_err();
    let (announced, read) = gateway.await.unwrap();
    assert!(announced == large.bytes().len() && read < announced);
    assert!(error.is_too_large() && !error.is_retryable());
    assert_eq!((error.status(), error.attempts(), error.certainty()), (Some(413), 1, Certainty::NotProcessed));
}

#[tokio::test]
async fn what_is_not_http_is_a_broken_connection() {
    let server = Raw::start([Act::SendAndClose("SSH-2.0-OpenSSH_9.2\r\n".to_owned())]).await;
    let client = builder(&server.url).retry(RetryPolicy::none()).build().unwrap();
    let error = client.send(&checked()).await.unwrap_err();
    assert_eq!((error.certainty(), stage(&error)), (Certainty::Unknown, Stage::Wait));
    assert_eq!(server.fired(), ["send and close"]);
}

#[tokio::test]
async fn a_reset_before_anything_is_read_is_tried_again() {
    let server = Raw::start([Act::ResetAtOnce, success()]).await;
    let receipt = client(&server.url).send(&checked()).await.unwrap();
    assert_eq!((receipt.attempts(), server.fired()), (2, vec!["reset at once"]));
}
