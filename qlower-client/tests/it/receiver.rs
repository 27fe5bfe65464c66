//! How each webhook is answered.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use qlower_client::receiver::{Claim, DedupeStore, MemoryStore, Qlower, Receiver};
use qlower_client::webhook::{Event, Verifier, now, sign};

use crate::log::Log;
use crate::receiver_support::{
    EMAIL, Failing, PATH, PING, SECRET, Seen, Site, builder, order, request, signature, signed, source,
};

fn recording(seen: &Seen) -> Receiver<Qlower> {
    let seen = seen.clone();
    let handler = move |event: Event| {
        let seen = seen.clone();
        async move {
            seen.add(&event);
            Ok(())
        }
    };
    Receiver::builder(source()).handler(handler).store(MemoryStore::default()).build().unwrap()
}

#[tokio::test]
async fn a_new_event_is_handled_once() {
    let seen = Seen::default();
    let site = Site::start(recording(&seen)).await;
    let reply = site.send(signed(order("evt_1"))).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"handled"}"#));
    assert!(reply.head.contains("content-type: application/json"), "{reply:?}");
    let reply = site.send(signed(order("evt_1"))).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"duplicate"}"#));
    assert_eq!(site.post(order("evt_2")).await, 200);
    assert_eq!(seen.all(), ["evt_1", "evt_2"]);
}

#[tokio::test]
async fn a_ping_reaches_no_handler_and_no_store() {
    let (seen, store) = (Seen::default(), Failing::new(&["claim", "complete", "release"]));
    let handler = seen.clone();
    let receiver = Receiver::builder(source())
        .handler(move |event: Event| {
            handler.add(&event);
            async { Ok(()) }
        })
        .store(store.clone())
        .build()
        .unwrap();
    let site = Site::start(receiver).await;
    let reply = site.send(signed(PING)).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"pong"}"#));
    assert_eq!((seen.count(), store.fired()), (0, vec![]));
    // Neither would have gone unnoticed.
    assert_eq!(site.post(order("evt_1")).await, 503);
    assert_eq!(store.fired(), ["claim"]);
}

#[tokio::test]
async fn without_a_key_each_one_is_handled() {
    let seen = Seen::default();
    let site = Site::start(recording(&seen)).await;
    for _ in 0..2 {
        assert_eq!(site.post(r#"{"event_type": "order.refunded"}"#).await, 200);
    }
    assert_eq!(seen.all(), ["no id", "no id"]);
}

#[tokio::test]
async fn what_is_not_genuine_is_refused_without_a_detail() {
    let seen = Seen::default();
    let site = Site::start(recording(&seen)).await;
    let body = order("evt_1");
    let good = sign(SECRET, body.as_bytes(), now());
    let (time, code) = good.split_once(',').unwrap();
    for signature in [
        String::new(),
        "x-qlower-signature: \r\n".to_owned(),
        format!("x-qlower-signature: {time}\r\n"),
        format!("x-qlower-signature: {}\r\n", sign("whsec_other", body.as_bytes(), now())),
        format!("x-qlower-signature: {}\r\n", sign(SECRET, b"{}", now())),
        format!("x-qlower-signature: {}\r\n", sign(SECRET, body.as_bytes(), now() - 400)),
        format!("x-qlower-signature: {}\r\n", sign(SECRET, body.as_bytes(), now() + 400)),
        // Two lines are one value, in which the time stands twice.
        format!("x-qlower-signature: {good}\r\nx-qlower-signature: {good}\r\n"),
        // Not UTF-8, which a header need not be.
        "x-qlower-signature: t=1,v1=\u{e9}\r\n".to_owned(),
    ] {
        let reply = site.send(request("POST", PATH, &signature, &body)).await;
        assert_eq!((reply.status, reply.body.as_str()), (401, r#"{"status":"refused"}"#), "{signature}");
    }
    assert_eq!(seen.count(), 0);
    // One value that came in two lines is genuine.
    let parts = format!("x-qlower-signature: {time}\r\nX-Qlower-Signature: {code}\r\n");
    assert_eq!(site.send(request("POST", PATH, &parts, &body)).await.status, 200);
}

#[tokio::test]
async fn a_key_that_was_agreed_must_come_once() {
    let key = "0123456789abcdef0123456789abcdef";
    let log = Log::default();
    let _guard = log.listen();
    let receiver = Receiver::builder(Qlower::new(Verifier::signed_by([SECRET]).and_api_key(key)))
        .handler(async |_: Event| Ok(()))
        .store(MemoryStore::default())
        .build()
        .unwrap();
    let site = Site::start(receiver).await;
    let body = order("evt_1");
    let post = async |keys: &str| site.send(request("POST", PATH, &format!("{}{keys}", signature(&body)), &body)).await;
    for (keys, reason) in [
        (String::new(), "missing"),
        (format!("x-api-key: {key}\r\nx-api-key: {key}\r\n"), "malformed"),
        (format!("x-api-key: {key}\r\nx-api-key: other\r\n"), "malformed"),
        ("x-api-key: other\r\n".to_owned(), "mismatch"),
    ] {
        log.clear();
        assert_eq!(post(&keys).await.status, 401, "{keys}");
        assert!(log.text().contains("credential=\"api_key\""), "{}", log.text());
        assert!(log.text().contains(&format!("reason=\"{reason}\"")), "{keys}: {}", log.text());
    }
    assert_eq!(post(&format!("X-API-KEY: {key}\r\n")).await.status, 200);
}

#[tokio::test]
async fn while_a_secret_is_rolled_out_nothing_is_given_up() {
    let site = Site::start(builder().retry_refused(true).build().unwrap()).await;
    assert_eq!(site.send(request("POST", PATH, "", order("evt_1"))).await.status, 503);
    assert_eq!(site.post(order("evt_1")).await, 200);
}

#[tokio::test]
async fn genuine_but_unreadable_is_kept_by_the_sender_and_logged_with_its_place() {
    let log = Log::default();
    let _guard = log.listen();
    let seen = Seen::default();
    let site = Site::start(recording(&seen)).await;
    let body = order("evt_1").replace("\"order_id\": 3051, ", "");
    let reply = site.send(signed(&body)).await;
    assert_eq!((reply.status, reply.body.as_str()), (500, r#"{"status":"unreadable"}"#));
    assert!(log.text().contains("/order_id"), "{}", log.text());
    for body in [b"not json".as_slice(), b"\xff\xfe\x00", b"", b"[]"] {
        assert_eq!(site.post(body).await, 500, "{body:?}");
    }
    assert_eq!(seen.count(), 0);
}

#[tokio::test]
async fn a_failure_is_tried_again_and_never_told() {
    let failing = std::sync::Arc::new(AtomicBool::new(true));
    let fails = failing.clone();
    let log = Log::default();
    let _guard = log.listen();
    let receiver = Receiver::builder(source())
        .handler(move |event: Event| {
            let fails = fails.load(SeqCst);
            async move {
                match event.id() {
                    Some("evt_panic") if fails => panic!("of the test"),
                    _ if fails => Err(std::io::Error::other("the database is away").into()),
                    _ => Ok(()),
                }
            }
        })
        .store(MemoryStore::default())
        .build()
        .unwrap();
    let site = Site::start(receiver).await;
    for id in ["evt_error", "evt_panic"] {
        let reply = site.send(signed(order(id))).await;
        assert_eq!((reply.status, reply.body.as_str()), (500, r#"{"status":"failed"}"#));
    }
    assert!(log.text().contains("the database is away"), "{}", log.text());
    assert!(log.text().contains("the handler panicked"), "{}", log.text());
    // The claims were given back: a further try is work again.
    failing.store(false, SeqCst);
    for id in ["evt_error", "evt_panic"] {
        assert_eq!(site.send(signed(order(id))).await.body, r#"{"status":"handled"}"#);
    }
    assert_eq!(site.receiver.under_way(), 0);
}

#[tokio::test]
async fn a_handler_that_panics_before_there_is_a_future_fails_alike() {
    let store = std::sync::Arc::new(MemoryStore::default());
    let receiver = Receiver::builder(source())
        .handler(|_: Event| -> std::future::Ready<_> { panic!("of the test") })
        .store(store.clone())
        .build()
        .unwrap();
    let site = Site::start(receiver).await;
    assert_eq!(site.post(order("evt_1")).await, 500);
    assert_eq!(store.claim("evt_1", Duration::from_secs(60)).await.unwrap(), Claim::New);
    assert_eq!(site.receiver.under_way(), 0);
}

#[tokio::test]
async fn a_store_that_fails_is_no_fault_of_the_senders() {
    for (steps, fails, status, fired) in [
        (&["claim"][..], false, 503, vec!["claim"]),
        (&["complete"], false, 503, vec!["complete"]),
        (&["release"], true, 500, vec!["release"]),
    ] {
        let (store, seen) = (Failing::new(steps), Seen::default());
        let handler = seen.clone();
        let receiver = Receiver::builder(source())
            .handler(move |event: Event| {
                handler.add(&event);
                async move { if fails { Err("of the test".into()) } else { Ok(()) } }
            })
            .store(store.clone())
            .build()
            .unwrap();
        let site = Site::start(receiver).await;
        assert_eq!(site.post(order("evt_1")).await, status, "{steps:?}");
        assert_eq!(store.fired(), fired);
        assert_eq!(seen.count(), usize::from(steps != ["claim"]), "not handled without a claim");
        assert_eq!(site.receiver.under_way(), 0);
    }
}

#[tokio::test]
async fn what_another_process_works_on_is_asked_for_again() {
    let store = std::sync::Arc::new(MemoryStore::default());
    let seen = Seen::default();
    let handler = seen.clone();
    let receiver = Receiver::builder(source())
        .handler(move |event: Event| {
            handler.add(&event);
            async { Ok(()) }
        })
        .store(store.clone())
        .build()
        .unwrap();
    let site = Site::start(receiver).await;
    assert_eq!(store.claim("evt_1", Duration::from_secs(600)).await.unwrap(), Claim::New);
    assert_eq!(site.send(signed(order("evt_1"))).await.body, r#"{"status":"busy"}"#);
    store.release("evt_1").await.unwrap();
    // One that died: its lease is over.
    assert_eq!(store.claim("evt_1", Duration::from_millis(1)).await.unwrap(), Claim::New);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(site.send(signed(order("evt_1"))).await.body, r#"{"status":"handled"}"#);
    assert_eq!(seen.all(), ["evt_1"]);
}

#[tokio::test]
async fn a_handler_with_its_own_transaction_sees_what_comes_again() {
    let seen = Seen::default();
    let handler = seen.clone();
    let receiver = Receiver::builder(source())
        .handler(move |event: Event| {
            handler.add(&event);
            async { Ok(()) }
        })
        .own_transaction()
        .build()
        .unwrap();
    let site = Site::start(receiver).await;
    for _ in 0..2 {
        assert_eq!(site.send(signed(order("evt_1"))).await.body, r#"{"status":"handled"}"#);
    }
    assert_eq!(seen.all(), ["evt_1", "evt_1"]);
}

/// What other frameworks call once they have the body.
#[tokio::test]
async fn a_body_that_was_read_already_is_answered_alike() {
    let seen = Seen::default();
    let receiver = recording(&seen);
    let body = order("evt_1");
    let header = sign(SECRET, body.as_bytes(), now());
    let json = ("Content-Type", b"application/json".as_slice());
    let all = [json, ("X-Qlower-Signature", header.as_bytes())];
    let names = async |method: &str, headers: &[(&str, &[u8])], body: &str| {
        receiver.answer(method, "/", headers.iter().copied(), body.to_owned()).await.name()
    };
    assert_eq!(names("GET", &all, &body).await, "not_post");
    assert_eq!(names("\u{e9} ", &all, &body).await, "not_post");
    assert_eq!(names("POST", &[("content-type", b"text/plain")], &body).await, "not_json");
    assert_eq!(names("POST", &[json, ("x-qlower-signature", b"\x00\xff")], &body).await, "refused");
    assert_eq!(names("POST", &all, &"x".repeat(2_000_000)).await, "too_large");
    assert_eq!(names("POST", &all, &body).await, "handled");
    assert_eq!(names("POST", &all, &body).await, "duplicate");
    assert_eq!(seen.all(), ["evt_1"]);
}

#[tokio::test]
async fn nothing_secret_or_personal_is_logged() {
    let log = Log::default();
    let _guard = log.listen();
    let site = Site::start(builder().build().unwrap()).await;
    for id in ["evt_1", "evt_1"] {
        assert_eq!(site.post(order(id)).await, 200);
    }
    assert_eq!(site.post(order("evt_2").replace("3051", "\"no number\"")).await, 500);
    assert_eq!(site.send(request("POST", PATH, "x-qlower-signature: t=1,v1=00\r\n", order("evt_3"))).await.status, 401);
    let shown = format!("{}{:?}{:?}", log.text(), site.receiver, source());
    for said in ["handled", "duplicate", "refused", "unreadable", "evt_1", "qlower_client::receiver"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    for secret in [SECRET, EMAIL] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
