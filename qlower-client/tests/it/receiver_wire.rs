//! HTTP as it should not be.

use std::time::{Duration, Instant};

use qlower_client::receiver::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::receiver_support::{
    PATH, Site, builder, exchange, is_closed, order, receive, request, signature, signed, soon, until,
};

const JSON: &str = "content-type: application/json\r\n";

async fn site() -> Site {
    Site::start(builder().build().unwrap()).await
}

/// A genuine request in chunks.
fn chunked(body: &str, chunk: usize) -> Vec<u8> {
    let mut bytes =
        format!("POST {PATH} HTTP/1.1\r\nhost: partner\r\n{JSON}{}transfer-encoding: chunked\r\n\r\n", signature(body))
            .into_bytes();
    for chunk in body.as_bytes().chunks(chunk) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

#[tokio::test]
async fn only_posts_are_taken() {
    let site = site().await;
    for method in ["GET", "HEAD", "PUT", "OPTIONS", "DELETE", "PATCH", "BREW"] {
        for body in ["", "{}"] {
            let reply = site.send(request(method, PATH, &signature(body), body)).await;
            assert_eq!(reply.status, 405, "{method}");
            assert!(reply.head.contains("allow: post\r\n"), "{method}: {reply:?}");
            assert_eq!(reply.body, if method == "HEAD" { "" } else { r#"{"status":"not_post"}"# });
        }
    }
}

#[tokio::test]
async fn only_its_path_is_served() {
    let site = site().await;
    for path in
        ["/", "/webhooks", "/webhooks/qlower/", "/webhooks/qlower/more", "/webhooks//qlower", "/webhooks/Qlower"]
    {
        assert_eq!(site.send(request("POST", path, &signature("{}"), "{}")).await.status, 404, "{path}");
    }
    let path = format!("{PATH}?from=qlower");
    assert_eq!(site.send(request("POST", &path, &signature(order("e")), order("e"))).await.status, 200);
}

#[tokio::test]
async fn a_body_is_json_or_has_no_type() {
    let site = site().await;
    let post = async |headers: &str| {
        site.send(request("POST", PATH, &format!("{headers}{}", signature(order("evt_1"))), order("evt_1")))
            .await
            .status
    };
    for wrong in ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonp", "", "\u{e9}"] {
        assert_eq!(post(&format!("content-type: {wrong}\r\n")).await, 415, "{wrong}");
    }
    assert_eq!(post("content-type: application/json\r\ncontent-type: text/plain\r\n").await, 415);
    for right in ["application/json", "Application/JSON ; charset=UTF-8", "application/cloudevents+json"] {
        assert_eq!(post(&format!("content-type: {right}\r\n")).await, 200, "{right}");
    }
    assert_eq!(post("").await, 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_at_once_and_the_answer_arrives() {
    let site = Site::start(builder().max_body_bytes(1000).build().unwrap()).await;
    // By its announcement: not a byte of it was sent.
    let mut stream = site.connect().await;
    let head = format!("POST {PATH} HTTP/1.1\r\nhost: partner\r\ncontent-length: 1001\r\n\r\n");
    assert_eq!(exchange(&mut stream, head).await.status, 413);
    // Without one, on the way.
    let large = " ".repeat(5000);
    assert_eq!(site.send(chunked(&large, 400)).await.status, 413);
    // To one who writes all of it before reading: more than the buffers of two sockets hold.
    let site = self::site().await;
    let large = " ".repeat(12 * 1024 * 1024);
    for request in [request("POST", PATH, "", &large), chunked(&large, 100_000)] {
        let mut stream = site.connect().await;
        soon(stream.write_all(&request)).await.unwrap();
        assert_eq!(receive(&mut stream, false).await.unwrap().status, 413);
        // And the connection is fit for the next.
        assert_eq!(exchange(&mut stream, signed(order("evt_1"))).await.status, 200);
    }
}

#[tokio::test]
async fn the_limit_is_for_what_is_larger() {
    let body = order("evt_1");
    let site = Site::start(builder().max_body_bytes(body.len()).build().unwrap()).await;
    for (n, request) in [signed(&body), chunked(&body, 7)].into_iter().enumerate() {
        assert_eq!(site.send(request).await.status, 200, "{n}");
    }
    let larger = format!("{body} ");
    assert_eq!(site.post(&larger).await, 413);
    assert_eq!(site.send(chunked(&larger, larger.len())).await.status, 413);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_waits_before_the_body_is_told_to_go_on_or_not() {
    let site = Site::start(builder().max_body_bytes(1000).build().unwrap()).await;
    let body = order("evt_1");
    let expect = |length: usize, method: &str| {
        let (headers, length) = (signature(&body), length.to_string());
        format!(
            "{method} {PATH} HTTP/1.1\r\nhost: p\r\n{headers}expect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let mut stream = site.connect().await;
    stream.write_all(expect(body.len(), "POST").as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    soon(stream.read_exact(&mut go_on)).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(exchange(&mut stream, &body).await.status, 200);
    // Whichever thread is the quicker.
    let start = Instant::now();
    for _ in 0..50 {
        for (request, status) in [(expect(1001, "POST"), 413), (expect(10, "PUT"), 405)] {
            let mut stream = site.connect().await;
            assert_eq!(exchange(&mut stream, request).await.status, status, "not 100");
            // Nobody knows whether what comes next is the body.
            assert!(is_closed(&mut stream).await);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(8), "at once, and not when the time for a body is over");
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_order() {
    let site = site().await;
    let mut stream = site.connect().await;
    let mut row = Vec::new();
    for id in ["evt_1", "evt_2", "evt_1"] {
        row.extend(signed(order(id)));
    }
    row.extend(request("GET", PATH, "", ""));
    stream.write_all(&row).await.unwrap();
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(receive(&mut stream, false).await.unwrap().body);
    }
    let told: Vec<_> = told.iter().map(|body| body.split('"').nth(3).unwrap()).collect();
    assert_eq!(told, ["handled", "handled", "duplicate", "not_post"]);
}

#[tokio::test]
async fn a_slow_head_is_cut_off() {
    let limits = Server::default().head_timeout(Duration::from_millis(300));
    let site = Site::start_with(builder().build().unwrap(), limits).await;
    let (mut stream, mut silent, mut done) = (site.connect().await, site.connect().await, site.connect().await);
    assert_eq!(exchange(&mut done, signed(order("evt_1"))).await.status, 200);
    let start = Instant::now();
    let head = signed(order("evt_2"));
    let mut sent = 0;
    // A byte now and then, each well within the limit.
    for byte in head.chunks(1) {
        if stream.write_all(byte).await.is_err() {
            break;
        }
        sent += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(sent < head.len(), "cut off while it was sending");
    assert!(is_closed(&mut silent).await && is_closed(&mut done).await);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_slow_body_is_asked_for_again() {
    let site = Site::start(builder().body_timeout(Duration::from_millis(200)).build().unwrap()).await;
    let mut stream = site.connect().await;
    let request = signed(order("evt_1"));
    let (most, last) = request.split_at(request.len() - 1);
    let reply = exchange(&mut stream, most).await;
    assert_eq!((reply.status, reply.body.as_str()), (408, r#"{"status":"too_slow"}"#));
    // Too late: what comes now is no request.
    let _ = stream.write_all(last).await;
    assert!(is_closed(&mut stream).await);
    assert_eq!(site.receiver.under_way(), 0);
    assert_eq!(site.send(signed(order("evt_1"))).await.body, r#"{"status":"handled"}"#);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_taken() {
    let site = site().await;
    let request = signed(order("evt_1"));
    let mut stream = site.connect().await;
    stream.write_all(&request[..request.len() - 1]).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = soon(stream.read_to_end(&mut rest)).await;
    assert!(!String::from_utf8_lossy(&rest).contains(" 200 "), "{rest:?}");
    assert_eq!(site.send(signed(order("evt_1"))).await.body, r#"{"status":"handled"}"#, "for the first time");
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let site = site().await;
    for nonsense in [
        "\x16\x03\x01\x02\x00\x01\x00\x01",
        "POST\r\n\r\n",
        "POST /webhooks/qlower HTTP/1.1\r\nhost: p\r\ncontent-length: -1\r\n\r\n",
        "POST /webhooks/qlower HTTP/1.1\r\nhost: p\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "POST /webhooks/qlower HTTP/1.1\r\nhost: p\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "POST /webhooks/qlower HTTP/9.9\r\n\r\n",
    ] {
        let mut stream = site.connect().await;
        stream.write_all(nonsense.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut told = Vec::new();
        let _ = soon(stream.read_to_end(&mut told)).await;
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 4"), "{nonsense:?}: {told}");
    }
    assert_eq!(site.post(order("evt_1")).await, 200);
}

#[tokio::test]
async fn heads_have_a_limit() {
    let site = site().await;
    let with = |length: usize| {
        let headers = format!("x-filler: {}\r\n{}", "x".repeat(length), signature(order("evt_1")));
        request("POST", PATH, &headers, order("evt_1"))
    };
    assert_eq!(site.send(with(60_000)).await.status, 200);
    let signature = format!("x-qlower-signature: {}\r\n", "v1=00,".repeat(10_000));
    assert_eq!(site.send(request("POST", PATH, &signature, order("evt_2"))).await.status, 401);
    let mut stream = site.connect().await;
    let _ = stream.write_all(&with(200_000)).await;
    assert!(receive(&mut stream, false).await.is_none_or(|reply| reply.status == 431));
    assert_eq!(site.post(order("evt_2")).await, 200);
}

#[tokio::test]
async fn a_thousand_connections_that_say_nothing_hold_up_nobody_for_long() {
    let limits = Server::default().max_connections(20).head_timeout(Duration::from_millis(100));
    let site = Site::start_with(builder().build().unwrap(), limits).await;
    let mut silent = Vec::new();
    for _ in 0..1000 {
        // The queue of the system may be full.
        let Ok(Ok(stream)) =
            tokio::time::timeout(Duration::from_millis(500), tokio::net::TcpStream::connect(site.address)).await
        else {
            break;
        };
        silent.push(stream);
    }
    assert!(silent.len() > 100, "{}", silent.len());
    assert_eq!(site.receiver.under_way(), 0);
    let mut closed = 0;
    for stream in &mut silent {
        closed += usize::from(is_closed(stream).await);
    }
    assert_eq!(closed, silent.len(), "each was closed in its turn");
    assert_eq!(site.post(order("evt_1")).await, 200);
    until(|| site.receiver.under_way() == 0).await;
}

/// While all places are taken, a further connection waits, and is served as soon as there is one.
#[tokio::test]
async fn the_limit_of_connections_holds() {
    let limits = Server::default().max_connections(2).head_timeout(Duration::from_millis(600));
    let site = Site::start_with(builder().build().unwrap(), limits).await;
    let (_one, _two) = (site.connect().await, site.connect().await);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let start = Instant::now();
    assert_eq!(site.post(order("evt_1")).await, 200);
    assert!(start.elapsed() > Duration::from_millis(300), "{:?}: it did not wait", start.elapsed());
}
