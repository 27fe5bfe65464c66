//! Work at the same time, work that takes long, and senders that do not wait for it.

use std::sync::Arc;
use std::time::Duration;

use qlower_client::receiver::{Claim, DedupeStore, MemoryStore, Qlower, Receiver, ReceiverBuilder};
use qlower_client::webhook::Event;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use crate::receiver_support::{Failing, Reply, Seen, Site, order, receive, signed, soon, source, until};

/// A handler that waits at a gate.
#[derive(Clone)]
struct Gate {
    seen: Seen,
    done: Seen,
    open: Arc<Semaphore>,
}

impl Gate {
    fn new() -> Self {
        Self { seen: Seen::default(), done: Seen::default(), open: Arc::new(Semaphore::new(0)) }
    }

    fn builder(&self) -> ReceiverBuilder<Qlower> {
        let gate = self.clone();
        Receiver::builder(source()).handler(move |event: Event| {
            let gate = gate.clone();
            async move {
                gate.seen.add(&event);
                gate.open.acquire().await?.forget();
                gate.done.add(&event);
                if event.id() == Some("evt_fails") { Err("of the test".into()) } else { Ok(()) }
            }
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn duplicates_at_once_are_handled_once_and_answered_alike() {
    for (id, status) in [("evt_1", 200), ("evt_fails", 500)] {
        let gate = Gate::new();
        let site = Arc::new(Site::start(gate.builder().store(MemoryStore::default()).build().unwrap()).await);
        let barrier = Arc::new(tokio::sync::Barrier::new(20));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (site, barrier) = (site.clone(), barrier.clone());
                tokio::spawn(async move {
                    let mut stream = site.connect().await;
                    barrier.wait().await;
                    stream.write_all(&signed(order(id))).await.unwrap();
                    receive(&mut stream, false).await.unwrap()
                })
            })
            .collect();
        until(|| gate.seen.count() > 0).await;
        // The others have every chance to come in.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!((gate.seen.count(), gate.done.count(), site.receiver.under_way()), (1, 0, 1));
        gate.open.add_permits(1);
        for task in tasks {
            let Reply { status: told, .. } = soon(task).await.unwrap();
            assert_eq!(told, status);
        }
        assert_eq!((gate.done.count(), site.receiver.under_way()), (1, 0));
    }
}

/// Without a store, too, there is one at a time for each key.
#[tokio::test]
async fn own_transactions_of_one_key_do_not_meet() {
    let gate = Gate::new();
    let site = Site::start(gate.builder().own_transaction().build().unwrap()).await;
    let (mut first, mut second, mut other) = (site.connect().await, site.connect().await, site.connect().await);
    for (stream, id) in [(&mut first, "evt_1"), (&mut second, "evt_1"), (&mut other, "evt_2")] {
        stream.write_all(&signed(order(id))).await.unwrap();
    }
    until(|| gate.seen.count() == 2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut seen = gate.seen.all();
    seen.sort();
    assert_eq!(seen, ["evt_1", "evt_2"]);
    gate.open.add_permits(2);
    for stream in [&mut first, &mut second, &mut other] {
        assert_eq!(receive(stream, false).await.unwrap().status, 200);
    }
    assert_eq!(gate.seen.count(), 2);
}

#[tokio::test]
async fn what_takes_too_long_is_answered_and_goes_on() {
    for (id, then) in [("evt_1", r#"{"status":"duplicate"}"#), ("evt_fails", r#"{"status":"failed"}"#)] {
        let gate = Gate::new();
        let builder = gate.builder().store(MemoryStore::default()).handling_timeout(Duration::from_millis(150));
        let site = Site::start(builder.build().unwrap()).await;
        let reply = site.send(signed(order(id))).await;
        assert_eq!((reply.status, reply.body.as_str()), (503, r#"{"status":"busy"}"#));
        // A further try joins the work that is under way.
        assert_eq!(site.post(order(id)).await, 503);
        assert_eq!((gate.seen.count(), gate.done.count(), site.receiver.under_way()), (1, 0, 1));
        gate.open.add_permits(2);
        until(|| site.receiver.under_way() == 0).await;
        assert_eq!(gate.done.count(), 1);
        assert_eq!(site.send(signed(order(id))).await.body, then);
    }
}

#[tokio::test]
async fn a_sender_that_hangs_up_stops_nothing() {
    let gate = Gate::new();
    let store = Arc::new(MemoryStore::default());
    let site = Site::start(gate.builder().store(store.clone()).build().unwrap()).await;
    let mut stream = site.connect().await;
    stream.write_all(&signed(order("evt_1"))).await.unwrap();
    until(|| gate.seen.count() == 1).await;
    stream.set_zero_linger().unwrap();
    drop(stream);
    // The reset arrives before the gate opens.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(site.receiver.under_way(), 1);
    gate.open.add_permits(1);
    until(|| site.receiver.under_way() == 0).await;
    assert_eq!(gate.done.count(), 1);
    assert_eq!(store.claim("evt_1", Duration::from_secs(60)).await.unwrap(), Claim::Handled);
}

/// The future of an answer that is dropped, as other frameworks do with a request whose sender has gone.
#[tokio::test]
async fn an_answer_that_nobody_wants_any_more_stops_nothing() {
    let gate = Gate::new();
    let receiver = gate.builder().store(MemoryStore::default()).build().unwrap();
    let body = order("evt_1");
    let header =
        qlower_client::webhook::sign(crate::receiver_support::SECRET, body.as_bytes(), qlower_client::webhook::now());
    let answer = receiver.answer("POST", "/", [("X-Qlower-Signature", &header)], body.clone());
    let answer = tokio::time::timeout(Duration::from_millis(100), answer).await;
    assert!(answer.is_err(), "or else nothing is tested");
    assert_eq!(receiver.under_way(), 1);
    gate.open.add_permits(1);
    soon(receiver.finish()).await;
    assert_eq!((gate.done.count(), receiver.under_way()), (1, 0));
}

#[tokio::test]
async fn a_store_that_fails_after_a_failure_leaves_nothing_under_way() {
    let gate = Gate::new();
    gate.open.add_permits(10);
    let store = Failing::new(&["release"]);
    let site = Site::start(gate.builder().store(store.clone()).build().unwrap()).await;
    assert_eq!(site.post(order("evt_fails")).await, 500);
    // The claim is still there, until its lease is over.
    assert_eq!(site.post(order("evt_fails")).await, 503);
    assert_eq!((store.fired(), gate.done.count(), site.receiver.under_way()), (vec!["release"], 1, 0));
}

#[tokio::test]
async fn more_work_than_is_allowed_at_once_is_asked_for_again() {
    let gate = Gate::new();
    let site = Site::start(gate.builder().store(MemoryStore::default()).max_concurrency(2).build().unwrap()).await;
    let mut streams = [site.connect().await, site.connect().await];
    for (n, stream) in streams.iter_mut().enumerate() {
        stream.write_all(&signed(order(&format!("evt_{n}")))).await.unwrap();
    }
    until(|| gate.seen.count() == 2).await;
    assert_eq!(site.post(order("evt_more")).await, 503);
    // What is under way already is no more work.
    let mut again = site.connect().await;
    again.write_all(&signed(order("evt_1"))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    gate.open.add_permits(3);
    for stream in streams.iter_mut().chain([&mut again]) {
        assert_eq!(receive(stream, false).await.unwrap().status, 200);
    }
    assert_eq!(site.post(order("evt_more")).await, 200);
}

#[tokio::test]
async fn a_shutdown_lets_running_work_end() {
    let gate = Gate::new();
    let mut site = Site::start(gate.builder().store(MemoryStore::default()).build().unwrap()).await;
    let (mut busy, mut idle) = (site.connect().await, site.connect().await);
    busy.write_all(&signed(order("evt_1"))).await.unwrap();
    until(|| gate.seen.count() == 1).await;
    site.tell_to_stop();
    // The one without a request is closed at once.
    assert!(crate::receiver_support::is_closed(&mut idle).await);
    assert_eq!(gate.done.count(), 0);
    gate.open.add_permits(1);
    let reply = receive(&mut busy, false).await.unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.head.contains("connection: close"), "{reply:?}");
    let address = site.address;
    site.stopped().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn finishing_waits_for_work_that_nobody_waits_for() {
    let gate = Gate::new();
    let builder = gate.builder().store(MemoryStore::default()).handling_timeout(Duration::from_millis(50));
    let site = Site::start(builder.build().unwrap()).await;
    assert_eq!(site.post(order("evt_1")).await, 503);
    let receiver = site.receiver.clone();
    site.stopped().await;
    let finished = tokio::spawn(async move {
        receiver.finish().await;
        receiver.under_way()
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!finished.is_finished());
    gate.open.add_permits(1);
    assert_eq!(soon(finished).await.unwrap(), 0);
    assert_eq!(gate.done.count(), 1);
}
