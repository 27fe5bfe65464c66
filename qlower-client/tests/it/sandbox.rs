//! The sandbox as a server: what it listens to, what it endures, how it ends.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use qlower_client::sandbox::{Fault, Outcome, Sandbox};
use qlower_core::{ApiKey, CheckOptions, Checked, ModelName};
use serde_json::json;

use super::sandbox_http::{PATH, connect, exchange, load, post, receive, request};
use super::sandbox_payload::{merge, sections, transaction, transactions, with_header};

#[test]
fn the_environment_leads_to_the_loader() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    assert_eq!(sandbox.environment().loader_url().as_str(), format!("{}{PATH}", sandbox.url()));
    assert!(sandbox.address().ip().is_loopback());
}

#[test]
fn only_a_post_to_the_endpoint_is_a_load() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let mut stream = connect(&sandbox);
    let get = exchange(&mut stream, b"GET /api/third_party/loader HTTP/1.1\r\nhost: s\r\n\r\n").unwrap();
    assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
    let head = exchange(&mut stream, b"HEAD /api/third_party/loader HTTP/1.1\r\nhost: s\r\n\r\n").unwrap();
    assert_eq!((head.status, head.body.len()), (405, 0));
    for path in ["/", "/api/third_party/loader/", "/api/third_party"] {
        assert_eq!(exchange(&mut stream, &request("POST", path, "", b"{}")).unwrap().status, 404, "{path}");
    }
    let log: Vec<_> = sandbox.requests().into_iter().map(|record| (record.method, record.outcome)).collect();
    let answered = |method: &str, status| (method.to_owned(), Outcome::Answered(status));
    assert_eq!(
        log,
        [
            answered("GET", 405),
            answered("HEAD", 405),
            answered("POST", 404),
            answered("POST", 404),
            answered("POST", 404)
        ]
    );
}

#[test]
fn a_query_and_any_content_type_are_let_through() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let body = transactions([transaction("T1")]).to_string();
    for headers in ["", "content-type: text/plain\r\n", "content-type: application/json; charset=utf-8\r\n"] {
        let path = format!("{PATH}?source=test");
        assert_eq!(
            exchange(&mut connect(&sandbox), &request("POST", &path, headers, body.as_bytes())).unwrap().status,
            200
        );
    }
    assert_eq!(sandbox.requests()[0].path, PATH, "the query is not logged");
}

#[test]
fn a_body_over_the_limit_is_answered_as_a_proxy_would() {
    let body = transactions([transaction("T1")]).to_string();
    let sandbox = Sandbox::builder().max_body_bytes(body.len()).start_blocking().unwrap();
    let response = post(&sandbox, format!("{body} ")).unwrap();
    assert_eq!((response.status, response.header("content-type")), (413, Some("text/html")));
    assert!(response.text().contains("413 Payload Too Large"));
    assert!(sandbox.loaded(Sandbox::DEFAULT_PARTNER).is_empty());
    let record = sandbox.requests().pop().unwrap();
    assert_eq!(
        (record.outcome, record.body_length, record.processed),
        (Outcome::Answered(413), body.len() as u64 + 1, false)
    );

    assert_eq!(post(&sandbox, body).unwrap().status, 200, "up to the limit it passes");
}

#[test]
fn a_large_body_over_the_limit_gets_its_answer_and_the_connection_lives_on() {
    let sandbox = Sandbox::builder().max_body_bytes(1000).start_blocking().unwrap();
    let mut stream = connect(&sandbox);
    assert_eq!(exchange(&mut stream, &request("POST", PATH, "", &vec![b'x'; 30_000_000])).unwrap().status, 413);
    let small = transactions([transaction("T1")]).to_string();
    assert_eq!(exchange(&mut stream, &request("POST", PATH, "", small.as_bytes())).unwrap().status, 200);
}

#[test]
fn who_asks_before_sending_too_much_is_told_at_once() {
    let sandbox = Sandbox::builder().max_body_bytes(1000).start_blocking().unwrap();
    let mut stream = connect(&sandbox);
    let head =
        "POST /api/third_party/loader HTTP/1.1\r\nhost: s\r\nexpect: 100-continue\r\ncontent-length: 5000\r\n\r\n";
    assert_eq!(exchange(&mut stream, head.as_bytes()).unwrap().status, 413);

    let body = transactions([transaction("T1")]).to_string();
    let mut stream = connect(&sandbox);
    write!(stream, "POST {PATH} HTTP/1.1\r\nhost: s\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n", body.len())
        .unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(exchange(&mut stream, body.as_bytes()).unwrap().status, 200);
}

#[test]
fn a_chunked_body_is_read_and_limited_like_any_other() {
    let sandbox = Sandbox::builder().max_body_bytes(1000).start_blocking().unwrap();
    let chunked = |body: &str| {
        let mut request = format!("POST {PATH} HTTP/1.1\r\nhost: s\r\ntransfer-encoding: chunked\r\n\r\n");
        for chunk in body.as_bytes().chunks(100) {
            request += &format!("{:x}\r\n{}\r\n", chunk.len(), std::str::from_utf8(chunk).unwrap());
        }
        request + "0\r\n\r\n"
    };
    let body = transactions([transaction("T1")]).to_string();
    let mut stream = connect(&sandbox);
    assert_eq!(exchange(&mut stream, chunked(&body).as_bytes()).unwrap().json()["status"], "SUCCESS");
    assert_eq!(exchange(&mut stream, chunked(&" ".repeat(1001)).as_bytes()).unwrap().status, 413);
    assert_eq!(sandbox.requests()[0].body_length, body.len() as u64);
}

#[test]
fn the_log_tells_what_was_received_and_never_the_key() {
    let sandbox = Sandbox::builder().partner("acme", ApiKey::from("k-s3cr3t")).start_blocking().unwrap();
    let mut payload = with_header(sections());
    merge(&mut payload, json!({ "inigPtynm": "acme", "apiKey": "k-s3cr3t" }));
    let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
    let checked = Checked::from_text(payload.to_string(), &options).into_result().unwrap();
    let before = now();
    post(&sandbox, checked.bytes()).unwrap();
    let record = sandbox.requests().pop().unwrap();
    assert_eq!((&*record.method, &*record.path, record.partner.as_deref()), ("POST", PATH, Some("acme")));
    assert_eq!((record.body_length, record.body_sha256), (checked.bytes().len() as u64, checked.sha256_hex()));
    assert!(record.at >= before && record.at <= now());
    assert_eq!((record.outcome, record.processed), (Outcome::Answered(200), true));

    // Partner and key exchanged by mistake, and a key in the query.
    merge(&mut payload, json!({ "inigPtynm": "k-s3cr3t", "apiKey": "acme" }));
    let swapped = exchange(
        &mut connect(&sandbox),
        &request("POST", &format!("{PATH}?k=k-s3cr3t"), "x: k-s3cr3t\r\n", payload.to_string().as_bytes()),
    );
    let swapped = swapped.unwrap();
    assert_eq!(swapped.status, 400);
    assert_eq!(sandbox.requests()[1].partner, None);
    let seen = format!("{sandbox:?} {:?} {:?} {}", sandbox.requests(), sandbox.loaded("acme"), swapped.text());
    assert!(!seen.contains("s3cr3t"), "{seen}");
}

#[test]
fn one_connection_carries_many_loads() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let mut stream = connect(&sandbox);
    for number in 0..50 {
        let body = transactions([transaction(&format!("T{number}"))]).to_string();
        assert_eq!(exchange(&mut stream, &request("POST", PATH, "", body.as_bytes())).unwrap().status, 200);
    }
    assert_eq!((sandbox.loads(), sandbox.loaded(Sandbox::DEFAULT_PARTNER).len()), (50, 50));
}

#[test]
fn hanging_clients_hold_up_nobody() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let hanging: Vec<TcpStream> =
        ["", "PO", "POST /api/third_party/loader HTTP/1.1\r\nhost: s\r\ncontent-length: 100\r\n\r\n{\"inig"]
            .iter()
            .cycle()
            .take(200)
            .map(|start| {
                let mut stream = connect(&sandbox);
                stream.write_all(start.as_bytes()).unwrap();
                stream
            })
            .collect();
    let started = Instant::now();
    assert_eq!(load(&sandbox, &transactions([transaction("T1")])).0, 200);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(hanging.len(), 200);
}

#[test]
fn late_requests_are_turned_away() {
    let sandbox = Sandbox::builder().read_timeout(Duration::from_millis(100)).start_blocking().unwrap();
    let mut late_head = connect(&sandbox);
    late_head.write_all(b"POST /api/third_party/lo").unwrap();
    let mut late_body = connect(&sandbox);
    late_body.write_all(b"POST /api/third_party/loader HTTP/1.1\r\nhost: s\r\ncontent-length: 100\r\n\r\n{").unwrap();
    let mut idle = connect(&sandbox);

    let mut rest = Vec::new();
    late_head.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{rest:?}");
    assert_eq!(receive(&mut late_body, false).unwrap().status, 408);
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    let record = sandbox.requests().pop().unwrap();
    assert_eq!((record.outcome, record.body_length), (Outcome::Answered(408), 1));
}

#[test]
fn a_client_that_leaves_in_mid_body_is_logged_as_such() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.fail_next(Fault::BadGateway);
    let mut stream = connect(&sandbox);
    stream.write_all(b"POST /api/third_party/loader HTTP/1.1\r\nhost: s\r\ncontent-length: 100\r\n\r\n{\"a\"").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0, "no answer");
    let record = sandbox.requests().pop().unwrap();
    assert_eq!((record.outcome, record.body_length), (Outcome::Abandoned, 4));
    assert_eq!(sandbox.fired(), [], "it was no load");
}

#[test]
fn connections_over_the_limit_wait_for_a_place() {
    let sandbox = Sandbox::builder().max_connections(1).start_blocking().unwrap();
    let mut first = connect(&sandbox);
    let body = transactions([transaction("T1")]).to_string();
    exchange(&mut first, &request("POST", PATH, "", body.as_bytes())).unwrap();

    let mut second = connect(&sandbox);
    second.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let waiting = exchange(&mut second, &request("POST", PATH, "", body.as_bytes())).unwrap_err();
    assert!(matches!(waiting.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{waiting}");
    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    assert_eq!(receive(&mut second, false).unwrap().status, 200);
}

#[test]
fn two_hundred_loads_at_once_are_all_answered() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    std::thread::scope(|scope| {
        for number in 0..200 {
            let sandbox = &sandbox;
            scope.spawn(move || {
                // Every id comes twice.
                let (status, body) = load(sandbox, &transactions([transaction(&format!("T{}", number / 2))]));
                assert_eq!((status, &body["status"]), (200, &json!("SUCCESS")));
            });
        }
    });
    assert_eq!((sandbox.loads(), sandbox.requests().len()), (200, 200));
    assert_eq!(sandbox.loaded(Sandbox::DEFAULT_PARTNER).count(ModelName::Transaction), 100);
}

#[test]
fn two_sandboxes_know_nothing_of_each_other() {
    let [one, two] = [(); 2].map(|()| Sandbox::builder().start_blocking().unwrap());
    assert_ne!(one.address(), two.address());
    one.fail_next(Fault::Timeout);
    assert_eq!(load(&two, &transactions([transaction("T1")])).0, 200);
    assert_eq!((one.loads(), one.requests().len(), one.pending_faults().len()), (0, 0, 1));
    assert_eq!((two.loads(), two.requests().len(), two.fired().len()), (1, 1, 0));
    drop(one);
    assert_eq!(load(&two, &transactions([transaction("T2")])).0, 200);
}

#[test]
fn dropping_closes_the_port_and_what_is_pending() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.fail_next(Fault::Timeout);
    let address = sandbox.address();
    let mut pending = connect(&sandbox);
    pending.write_all(&request("POST", PATH, "", transactions([transaction("T1")]).to_string().as_bytes())).unwrap();
    while sandbox.fired().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(sandbox);
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(pending.read(&mut [0; 16]).unwrap(), 0, "closed, not left hanging");
    drop(std::net::TcpListener::bind(address).expect("the port is free again"));
}

#[tokio::test]
async fn it_starts_and_stops_inside_a_runtime() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.address();
    drop(tokio::net::TcpStream::connect(address).await.unwrap());
    sandbox.stop().await;
    assert_eq!(tokio::net::TcpStream::connect(address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);

    let dropped = Sandbox::start().await.unwrap();
    let address = dropped.address();
    drop(dropped);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

fn now() -> DateTime<Utc> {
    std::time::SystemTime::now().into()
}
