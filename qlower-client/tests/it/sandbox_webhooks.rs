//! Webhooks of the sandbox: how they are sent, when again, and what is told of it.
#![expect(clippy::unwrap_used, reason = "a helper of tests: a missing value is a failed test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use qlower_client::sandbox::{
    AttemptOutcome, Delivery, DeliveryState, Order, ReleaseOrder, Sandbox, Unsettled, WebhookTarget,
};
use qlower_client::webhook::{RETRY_AFTER_SECONDS, is_delivered, is_tried_again};
use serde_json::json;

use super::sandbox_http::load;
use super::sandbox_payload::{transaction, transactions};
use super::sandbox_webhooks_receiver::{PATIENCE, Receiver, Reply, only, settled};

fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.event_id.as_deref().unwrap()).collect()
}

fn statuses(delivery: &Delivery) -> Vec<Option<u16>> {
    delivery.attempts.iter().map(|attempt| attempt.outcome.status()).collect()
}

#[test]
fn a_webhook_has_the_documented_form() {
    let receiver = Receiver::always(200);
    let key = "k".repeat(32);
    let sandbox =
        Sandbox::builder().webhook(receiver.target().secret("whsec_second").api_key(&*key)).start_blocking().unwrap();
    let emitted = sandbox.emit_order(Order::created()).unwrap();
    assert!(matches!(emitted.state, DeliveryState::Waiting { .. }));
    let delivery = only(&sandbox);

    let received = receiver.received();
    let [request] = received.as_slice() else { panic!("{received:?}") };
    assert_eq!(request.line, "POST /qlower HTTP/1.1");
    let mut names: Vec<_> = request.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["content-length", "content-type", "host", "user-agent", "x-api-key", "x-qlower-signature"],
        "and nothing else"
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some("Qlower-Partner-Notifier/1.0"));
    assert_eq!(request.header("x-api-key"), Some(&*key));
    assert_eq!(format!("http://{}/qlower", request.header("host").unwrap()), receiver.url());
    let signature = request.header("x-qlower-signature").unwrap();
    assert_eq!(signature.matches("v1=").count(), 2, "a signature for each secret");
    assert_eq!(signature.matches("t=").count(), 1);
    assert_eq!(request.verify().unwrap().secret(), 0);
    let second = qlower_client::webhook::verify(&["whsec_second"], signature, &request.body);
    assert!(second.is_ok());

    assert_eq!(request.body, delivery.body);
    assert_eq!((&delivery.body, &delivery.event_id), (&emitted.body, &emitted.event_id));
    assert_eq!(delivery.event_id.as_deref(), Some(&*request.event_id()));
    assert_eq!(delivery.event_type.as_deref(), Some("order.created"));
    assert_eq!((delivery.order_id, delivery.copy, &*delivery.partner), (Some(1), 0, Sandbox::DEFAULT_PARTNER));
    assert_eq!(delivery.url, receiver.url());
    assert_eq!(delivery.state, DeliveryState::Delivered);
    let [attempt] = delivery.attempts.as_slice() else { panic!("{delivery:?}") };
    assert_eq!(attempt.outcome, AttemptOutcome::Answered { status: 200, body: "status 200".into() });
    assert_eq!(attempt.signature.as_deref(), Some(signature));
    assert!(attempt.duration < PATIENCE && attempt.at >= delivery.emitted_at);
}

#[test]
fn without_secret_and_key_there_are_no_such_headers() {
    let receiver = Receiver::always(200);
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.set_webhook(WebhookTarget::new(receiver.url())).unwrap();
    sandbox.emit_ping().unwrap();
    assert_eq!(only(&sandbox).attempts[0].signature, None);
    let request = receiver.received().pop().unwrap();
    assert_eq!((request.header("x-api-key"), request.header("x-qlower-signature")), (None, None));
}

#[test]
fn the_schedule_is_the_documented_one_at_the_speed_that_was_set() {
    // The whole of it, which is an hour and 42 minutes, in two seconds and a half.
    const SPEED: f64 = 2460.0;
    let receiver = Receiver::always(503);
    let sandbox = Sandbox::builder().webhook(receiver.target()).webhook_speed(SPEED).start_blocking().unwrap();
    sandbox.emit_order(Order::created()).unwrap();
    let delivery = only(&sandbox);

    assert_eq!(delivery.state, DeliveryState::TriedOut);
    assert_eq!(statuses(&delivery), [Some(503); 6]);
    let received = receiver.received();
    assert_eq!(received.len(), 6);
    for (pair, seconds) in received.windows(2).zip(RETRY_AFTER_SECONDS) {
        let (took, wanted) = (pair[1].at - pair[0].at, Duration::from_secs(seconds).div_f64(SPEED));
        assert!(took >= wanted, "{took:?} instead of {wanted:?}");
        assert!(took < wanted + Duration::from_secs(1), "{took:?} instead of {wanted:?}");
    }
    for request in &received {
        assert_eq!(request.body, delivery.body, "the same bytes");
        assert!(request.verify().is_ok());
    }
    assert_ne!(
        received[0].header("x-qlower-signature"),
        received[5].header("x-qlower-signature"),
        "signed anew, with another time"
    );
}

#[test]
fn what_waits_tells_when_its_next_try_is() {
    let receiver = Receiver::always(500);
    let sandbox = Sandbox::builder().webhook(receiver.target()).start_blocking().unwrap();
    sandbox.emit_order(Order::created()).unwrap();
    let begun = Instant::now();
    let delivery = loop {
        let delivery = sandbox.deliveries().remove(0);
        if !delivery.attempts.is_empty() {
            break delivery;
        }
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(2));
    };
    let DeliveryState::Waiting { next } = delivery.state else { panic!("{delivery:?}") };
    let wait = (next - delivery.attempts[0].at).to_std().unwrap();
    assert!((29..=32).contains(&wait.as_secs()), "{wait:?}, in real time");

    let error = sandbox.wait_for_deliveries_blocking(Duration::from_millis(50)).unwrap_err();
    assert_eq!(error, Unsettled { waiting: 1 });
    assert_eq!(error.to_string(), "1 webhooks are neither delivered nor given up");
}

#[test]
fn every_class_of_answers_has_its_consequence() {
    for status in
        [200, 201, 202, 204, 299, 300, 302, 304, 400, 401, 404, 408, 409, 410, 413, 422, 425, 429, 499, 500, 503, 599]
    {
        let receiver = Receiver::start(move |number, _| Reply::Status(if number == 0 { status } else { 200 }));
        let sandbox = receiver.sandbox();
        sandbox.emit_order(Order::created()).unwrap();
        let delivery = only(&sandbox);
        let (state, tries) = if is_delivered(status) {
            (DeliveryState::Delivered, vec![Some(status)])
        } else if is_tried_again(status) {
            (DeliveryState::Delivered, vec![Some(status), Some(200)])
        } else {
            (DeliveryState::Refused(status), vec![Some(status)])
        };
        assert_eq!((delivery.state, statuses(&delivery)), (state, tries), "{status}");
        assert_eq!(receiver.received().len(), delivery.attempts.len());
    }
}

#[test]
fn a_receiver_that_does_not_answer_is_tried_again() {
    let receiver = Receiver::start(|number, _| match number {
        0 => Reply::Silence,
        1 => Reply::Close,
        2 => Reply::Late(Duration::from_millis(600), 200),
        _ => Reply::Late(Duration::from_millis(10), 204),
    });
    let sandbox = receiver.builder().webhook_timeout(Duration::from_millis(200)).start_blocking().unwrap();
    sandbox.emit_order(Order::renewed()).unwrap();
    let delivery = only(&sandbox);
    let outcomes: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.outcome.name()).collect();
    assert_eq!(outcomes, ["timed_out", "failed", "timed_out", "answered"]);
    assert!(delivery.attempts[0].duration >= Duration::from_millis(200));
    assert_eq!(delivery.state, DeliveryState::Delivered);
}

#[test]
fn a_receiver_that_is_not_there_is_tried_six_times() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = WebhookTarget::new(format!("http://{free}/"));
    let sandbox = Sandbox::builder().webhook(target).webhook_speed(1e6).start_blocking().unwrap();
    sandbox.emit_order(Order::created()).unwrap();
    let delivery = only(&sandbox);
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::TriedOut, 6));
    for attempt in delivery.attempts {
        let AttemptOutcome::Failed(why) = attempt.outcome else { panic!("{attempt:?}") };
        assert!(!why.is_empty());
    }
}

#[test]
fn a_duplicate_follows_each_delivery() {
    let receiver = Receiver::start(|number, _| Reply::Status(if number == 0 { 503 } else { 200 }));
    let sandbox = receiver.sandbox();
    sandbox.emit_order(Order::created().duplicates(2)).unwrap();
    let deliveries = settled(&sandbox);
    assert_eq!(deliveries.iter().map(|delivery| delivery.copy).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(deliveries.iter().map(|delivery| delivery.attempts.len()).collect::<Vec<_>>(), [2, 1, 1]);
    let received = receiver.received();
    assert_eq!(received.len(), 4);
    assert!(received.iter().all(|request| request.body == received[0].body && request.verify().is_ok()));

    let again = sandbox.emit_again(deliveries[0].event_id.as_deref().unwrap()).unwrap();
    assert_eq!((again.copy, &again.body), (3, &deliveries[0].body));
    assert_eq!(settled(&sandbox).len(), 4);
    assert_eq!(receiver.received().len(), 5);
    let unknown = sandbox.emit_again("evt_none").unwrap_err();
    assert_eq!(unknown.to_string(), r#"event_id: no event "evt_none" was emitted"#);
}

#[test]
fn what_is_given_up_has_no_duplicates() {
    let receiver = Receiver::always(401);
    let sandbox = receiver.sandbox();
    sandbox.emit_order(Order::created().duplicates(2)).unwrap();
    assert_eq!(only(&sandbox).state, DeliveryState::Refused(401));
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn duplicates_come_at_the_same_time_if_so_wanted() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, peak) = (Arc::clone(&under_way), Arc::clone(&most));
    let receiver = Receiver::start(move |_, _| {
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let begun = Instant::now();
        while peak.load(Ordering::SeqCst) < 4 && begun.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(1));
        }
        now.fetch_sub(1, Ordering::SeqCst);
        Reply::Status(200)
    });
    let sandbox = receiver.sandbox();
    sandbox.emit_order(Order::created().duplicates_at_once(3)).unwrap();
    let deliveries = settled(&sandbox);
    assert_eq!(deliveries.len(), 4);
    assert_eq!(most.load(Ordering::SeqCst), 4, "all four were under way together");
    assert!(receiver.received().windows(2).all(|pair| pair[0].body == pair[1].body));
}

#[test]
fn what_is_held_back_leaves_in_the_order_that_was_asked_for() {
    for (order, wanted) in [
        (ReleaseOrder::AsEmitted, [0, 1, 2, 3, 4]),
        (ReleaseOrder::Reversed, [4, 3, 2, 1, 0]),
        (ReleaseOrder::Shuffled { seed: 7 }, shuffled(7)),
        (ReleaseOrder::Shuffled { seed: 7 }, shuffled(7)),
        (ReleaseOrder::Shuffled { seed: 8 }, shuffled(8)),
    ] {
        assert_eq!(released(order), wanted, "{order:?}");
    }
    assert_ne!(shuffled(7), shuffled(8));
}

fn shuffled(seed: u64) -> [usize; 5] {
    let order = released(ReleaseOrder::Shuffled { seed });
    let mut sorted = order;
    sorted.sort_unstable();
    assert_eq!(sorted, [0, 1, 2, 3, 4], "each of them once");
    order
}

/// Which of five orders came as the first, the second and so on.
fn released(order: ReleaseOrder) -> [usize; 5] {
    // Whoever is first takes longest.
    let receiver = Receiver::start(|number, _| Reply::Late(Duration::from_millis(20 - 4 * number as u64), 200));
    let sandbox = receiver.sandbox();
    sandbox.hold_webhooks();
    let emitted: Vec<_> = (0..5).map(|_| sandbox.emit_order(Order::created()).unwrap().event_id.unwrap()).collect();
    std::thread::sleep(Duration::from_millis(30));
    assert!(receiver.received().is_empty(), "nothing leaves");
    assert_eq!(sandbox.release_webhooks(order), 5);
    assert_eq!(ids(&settled(&sandbox)), emitted, "records stay in the order of emission");
    let came: Vec<_> = receiver.received().iter().map(super::sandbox_webhooks_receiver::Received::event_id).collect();
    let places = came.iter().map(|id| emitted.iter().position(|emitted| emitted == id).unwrap());
    places.collect::<Vec<_>>().try_into().unwrap()
}

#[test]
fn what_is_released_can_be_held_again() {
    let receiver = Receiver::start(|_, _| Reply::Late(Duration::from_millis(60), 200));
    let sandbox = receiver.sandbox();
    sandbox.hold_webhooks();
    for _ in 0..3 {
        sandbox.emit_ping().unwrap();
    }
    sandbox.release_webhooks(ReleaseOrder::AsEmitted);
    receiver.wait_for(1);
    sandbox.hold_webhooks();
    let waiting = sandbox.wait_for_deliveries_blocking(Duration::from_millis(300)).unwrap_err();
    assert_eq!((waiting.waiting, receiver.received().len()), (2, 1), "what was under way went on");
    assert_eq!(sandbox.release_webhooks(ReleaseOrder::Reversed), 2);
    assert_eq!(settled(&sandbox).len(), 3);
}

#[test]
fn a_sandbox_that_is_stopped_sends_nothing_more() {
    let receiver = Receiver::start(|number, _| if number == 0 { Reply::Silence } else { Reply::Status(503) });
    let sandbox = receiver.builder().webhook_speed(300.0).start_blocking().unwrap();
    sandbox.emit_order(Order::created()).unwrap();
    receiver.wait_for(1);
    sandbox.emit_order(Order::created()).unwrap();
    receiver.wait_for(3);
    let begun = Instant::now();
    drop(sandbox);
    assert!(begun.elapsed() < Duration::from_secs(1), "it waits for no answer");
    assert!(receiver.wait_until_left(1) < Duration::from_secs(1));
    let before = receiver.received().len();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(receiver.received().len(), before);
}

#[test]
fn a_reset_forgets_webhooks_and_sends_them_no_more() {
    let receiver = Receiver::start(|number, _| if number == 0 { Reply::Silence } else { Reply::Status(200) });
    let sandbox = receiver.sandbox();
    let first = sandbox.emit_order(Order::created()).unwrap();
    receiver.wait_for(1);
    sandbox.fail_next_webhook(qlower_client::sandbox::WebhookFault::LostAnswer);
    sandbox.reset();
    assert!(receiver.wait_until_left(1) < Duration::from_secs(1), "what was being sent was given up");
    assert_eq!((sandbox.deliveries(), sandbox.pending_webhook_faults()), (vec![], vec![]));
    assert_eq!(settled(&sandbox), []);

    let second = sandbox.emit_order(Order::created()).unwrap();
    assert_ne!((&second.event_id, second.order_id), (&first.event_id, first.order_id));
    assert_eq!(only(&sandbox).event_id, second.event_id);
    assert_eq!(receiver.received().len(), 2);
}

#[test]
fn a_slow_receiver_holds_up_neither_loads_nor_other_webhooks() {
    let slow = Receiver::start(|_, _| Reply::Silence);
    let quick = Receiver::always(200);
    let sandbox = slow.sandbox();
    for _ in 0..8 {
        sandbox.emit_order(Order::created()).unwrap();
    }
    slow.wait_for(8);
    let begun = Instant::now();
    assert_eq!(load(&sandbox, &transactions([transaction("T1")])).1["status"], "SUCCESS");
    sandbox.emit_order(Order::created().to(quick.target())).unwrap();
    quick.wait_for(1);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn many_webhooks_all_arrive() {
    let receiver = Receiver::start(|number, _| Reply::Status(if number % 3 == 0 { 503 } else { 200 }));
    let sandbox = receiver.sandbox();
    for _ in 0..300 {
        sandbox.emit_order(Order::created()).unwrap();
    }
    let deliveries = settled(&sandbox);
    assert_eq!(deliveries.len(), 300);
    assert!(deliveries.iter().all(|delivery| delivery.state.is_settled()));
    let tries: usize = deliveries.iter().map(|delivery| delivery.attempts.len()).sum();
    assert_eq!(receiver.received().len(), tries, "every try is recorded, and no other");
    let numbers: Vec<_> = deliveries.iter().map(|delivery| delivery.order_id.unwrap()).collect();
    assert_eq!(numbers, (1..=300).collect::<Vec<_>>());
}

#[test]
fn memory_has_a_limit() {
    let receiver = Receiver::always(200);
    let sandbox = receiver.sandbox();
    let large = vec![b' '; 64 * 1024 * 1024];
    sandbox.hold_webhooks();
    for _ in 0..4 {
        sandbox.emit_raw(&large, "text/plain").unwrap();
    }
    let full = sandbox.emit_ping().unwrap_err();
    assert_eq!(full.place(), "webhook", "{full}");
    assert!(sandbox.emit_raw([large.as_slice(), b" "].concat(), "text/plain").is_err());
    sandbox.release_webhooks(ReleaseOrder::AsEmitted);
    settled(&sandbox);
    sandbox.emit_ping().unwrap();
    assert_eq!(settled(&sandbox).len(), 4, "the oldest of those that are settled gave way");
    let many = sandbox.emit_order(Order::created().duplicates_at_once(u32::MAX)).unwrap_err();
    assert_eq!(many.place(), "webhook", "{many}");
    assert_eq!(sandbox.deliveries().len(), 4, "nothing gave way in vain");
}

#[tokio::test]
async fn waiting_needs_no_thread() {
    let receiver = Receiver::start(|_, _| Reply::Late(Duration::from_millis(20), 200));
    let sandbox = receiver.builder().start().await.unwrap();
    assert_eq!(sandbox.wait_for_deliveries(Duration::ZERO).await, Ok(vec![]), "nothing to wait for");
    sandbox.emit_order(Order::created()).unwrap();
    assert_eq!(sandbox.wait_for_deliveries(Duration::from_millis(1)).await, Err(Unsettled { waiting: 1 }));
    let deliveries = sandbox.wait_for_deliveries(Duration::MAX).await.unwrap();
    assert_eq!(deliveries[0].state, DeliveryState::Delivered);
    sandbox.stop().await;
}

#[test]
fn each_partner_has_a_target_of_its_own() {
    let (ours, theirs) = (Receiver::always(200), Receiver::always(200));
    let sandbox = Sandbox::builder()
        .partner("acme", "k-1")
        .partner("dupont", "k-2")
        .partner("zola", "k-3")
        .webhook_for("dupont", ours.target())
        .start_blocking()
        .unwrap();
    assert_eq!(sandbox.emit_order(Order::created()).unwrap().partner, "dupont", "the first that has a target");
    let error = sandbox.emit_order(Order::created().partner("zola")).unwrap_err();
    assert_eq!(error.to_string(), r#"webhook: partner "zola" has no target; set one first"#);
    sandbox.set_webhook_for("zola", theirs.target()).unwrap();
    sandbox.emit_order(Order::created().partner("zola")).unwrap();
    settled(&sandbox);
    assert_eq!((ours.received().len(), theirs.received().len()), (1, 1));
    assert_eq!(theirs.received()[0].path(), "/qlower");

    let unknown = json!("partner: there is no partner \"nobody\"");
    assert_eq!(
        sandbox.emit_order(Order::created().partner("nobody")).unwrap_err().to_string(),
        unknown.as_str().unwrap()
    );
    assert!(sandbox.set_webhook_for("nobody", theirs.target()).is_err());
    let start = Sandbox::builder().webhook_for("nobody", theirs.target()).start_blocking().unwrap_err();
    assert_eq!(start.setting().unwrap().to_string(), unknown.as_str().unwrap());
}
