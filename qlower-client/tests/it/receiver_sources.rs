//! Senders that sign nothing.

use std::sync::{Arc, Mutex};

use qlower_client::receiver::{Keyclic, MemoryStore, Receiver, SettingsError, Source, Vehicle, serve};
use qlower_client::webhook::BasicUser;
use qlower_client::webhook::keyclic;
use qlower_client::webhook::vehicle::{Event, EventKind};
use tokio::net::{TcpListener, TcpStream};

use crate::log::Log;
use crate::receiver_support::{exchange, request};

const REPORT: &str = r#"{"event": "reportStateChanged", "payload": {"type": "report", "id": "R1", "state": "CLOSED"}}"#;
/// `imaging:p4ss` and `imaging:other`.
const GOOD: &str = "authorization: Basic aW1hZ2luZzpwNHNz\r\n";
const WRONG: &str = "authorization: Basic aW1hZ2luZzpvdGhlcg==\r\n";

fn users() -> [BasicUser; 2] {
    [BasicUser::new("other", "s3cr3t"), BasicUser::new("imaging", "p4ss")]
}

async fn served(router: axum::Router) -> impl AsyncFn(&str, &str, &str) -> (u16, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router, std::future::pending()));
    async move |path: &str, headers: &str, body: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let reply = exchange(&mut stream, request("POST", path, headers, body)).await;
        (reply.status, reply.body)
    }
}

fn keyclic(source: Keyclic, seen: &Arc<Mutex<Vec<String>>>) -> Receiver<Keyclic> {
    let seen = seen.clone();
    Receiver::builder(source)
        .handler(move |event: keyclic::Event| {
            seen.lock().unwrap().push(event.event.to_string());
            async { Ok(()) }
        })
        .store(MemoryStore::default())
        .build()
        .unwrap()
}

#[tokio::test]
async fn keyclic_at_an_address_that_nobody_guesses() {
    let log = Log::default();
    let _guard = log.listen();
    let seen = Arc::default();
    let receiver = keyclic(Keyclic::at_secret_path(["new-s3cr3t", "old-s3cr3t"]), &seen);
    let post = served(receiver.router("/webhooks/keyclic")).await;
    for (path, status) in [
        ("/webhooks/keyclic", 404),
        ("/webhooks/keyclic/", 404),
        ("/webhooks/keyclic/new-s3cr3t/more", 404),
        ("/webhooks/keyclic/guess", 401),
        ("/webhooks/keyclic/new-s3cr3", 401),
        ("/webhooks/keyclic/new-s3cr3t%20", 401),
        ("/webhooks/keyclic/%6eew-s3cr3t", 401),
    ] {
        assert_eq!(post(path, "", REPORT).await.0, status, "{path}");
    }
    assert!(log.text().contains("credential=\"path\" reason=\"mismatch\""), "{}", log.text());
    let handled = (200, r#"{"status":"handled"}"#.to_owned());
    let duplicate = (200, r#"{"status":"duplicate"}"#.to_owned());
    assert_eq!(post("/webhooks/keyclic/new-s3cr3t", "", REPORT).await, handled);
    assert_eq!(post("/webhooks/keyclic/old-s3cr3t?a=b", "", REPORT).await, duplicate);
    let reopened = REPORT.replace("CLOSED", "OPEN");
    assert_eq!(post("/webhooks/keyclic/new-s3cr3t", "", &reopened).await, handled, "another state is another event");
    assert_eq!(post("/webhooks/keyclic/new-s3cr3t", "", "{}").await.0, 500);
    assert_eq!(*seen.lock().unwrap(), ["report_state_changed"; 2]);
    // Of ours; hyper's own trace of the wire knows no better.
    let ours: Vec<_> = log.text().lines().filter(|line| line.contains("qlower_client")).map(str::to_owned).collect();
    assert!(ours.len() > 5 && ours.iter().all(|line| !line.contains("s3cr3t")), "{ours:?}");
}

#[tokio::test]
async fn keyclic_by_http_basic() {
    let seen = Arc::default();
    let post = served(keyclic(Keyclic::from_users(users()), &seen).router("/keyclic")).await;
    for headers in ["", "authorization: Bearer x\r\n", WRONG, &format!("{GOOD}{GOOD}"), &format!("{GOOD}{WRONG}")] {
        assert_eq!(post("/keyclic", headers, REPORT).await.0, 401, "{headers}");
    }
    assert_eq!(post("/keyclic/p4ss", GOOD, REPORT).await.0, 404);
    assert_eq!(post("/keyclic", GOOD, REPORT).await.0, 200);
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn vehicles_have_an_address_for_each_kind() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut router = axum::Router::new();
    for kind in [EventKind::VehicleProcessed, EventKind::NewData] {
        let seen = seen.clone();
        let receiver = Receiver::builder(Vehicle::new(kind, users()))
            .handler(move |event: Event| {
                seen.lock().unwrap().push((event.kind().name(), event.json()["vin"].to_string()));
                async { Ok(()) }
            })
            .own_transaction()
            .build()
            .unwrap();
        router = router.merge(receiver.router(&format!("/vehicle/{}", kind.name())));
    }
    let post = served(router).await;
    let body = r#"{"vin": "VF1RFB00066123456"}"#;
    assert_eq!(post("/vehicle/vehicle_processed", WRONG, body).await.0, 401);
    assert_eq!(post("/vehicle/vehicle_processed", GOOD, "{").await.0, 500);
    assert_eq!(post("/vehicle/vehicle_deleted", GOOD, body).await.0, 404);
    // Nothing tells one from the other: each is handled.
    for path in ["/vehicle/vehicle_processed", "/vehicle/vehicle_processed", "/vehicle/new_data"] {
        assert_eq!(post(path, GOOD, body).await.0, 200);
    }
    let vin = "\"VF1RFB00066123456\"".to_owned();
    let wanted = ["vehicle_processed", "vehicle_processed", "new_data"].map(|kind| (kind, vin.clone()));
    assert_eq!(*seen.lock().unwrap(), wanted);
}

#[test]
fn sources_without_a_usable_secret_are_refused() {
    let no_secret = Err(SettingsError::NoSecret);
    assert_eq!(Keyclic::at_secret_path([""; 0]).check(), no_secret);
    assert_eq!(Keyclic::at_secret_path([""]).check(), no_secret);
    assert_eq!(Keyclic::at_secret_path(["good", "a/b"]).check(), Err(SettingsError::PathSecret));
    assert_eq!(Keyclic::at_secret_path(["good"]).check(), Ok(()));
    for unusable in [vec![], vec![BasicUser::new("imaging", "")], vec![BasicUser::new("a:b", "p4ss")]] {
        assert_eq!(Keyclic::from_users(unusable.clone()).check(), no_secret);
        assert_eq!(Vehicle::new(EventKind::NewData, unusable).check(), no_secret);
    }
    let shown = format!("{:?}{:?}", Keyclic::at_secret_path(["s3cr3t"]), Vehicle::new(EventKind::NewData, users()));
    assert!(!shown.contains("s3cr3t") && !shown.contains("p4ss"), "{shown}");
}
