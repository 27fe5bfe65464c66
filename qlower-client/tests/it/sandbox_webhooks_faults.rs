//! What goes wrong with webhooks on demand: that it fired, and what the receiver sees of it.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of tests: a missing value is a failed test"
)]

use std::time::Duration;

use qlower_client::sandbox::{
    AttemptOutcome, Delivery, DeliveryState, Order, Sandbox, WebhookEdition, WebhookFault as Fault, WebhookTarget,
};
use qlower_client::webhook::Reason;

use super::sandbox_webhooks_receiver::{Received, Receiver, Reply, only};

/// One order that meets a fault, sent to a receiver that refuses what is not genuine.
#[track_caller]
fn fired(fault: Fault) -> (Delivery, Vec<Received>) {
    let key = "0123456789abcdef0123456789abcdef";
    let receiver = Receiver::start(move |_, request| {
        let genuine = request.verify().is_ok() && request.header("x-api-key") == Some(key);
        Reply::Status(if genuine { 200 } else { 401 })
    });
    let target = receiver.target().api_key(key);
    let sandbox = Sandbox::builder().webhook(target).webhook_speed(1e5).start_blocking().unwrap();
    sandbox.fail_next_webhook(fault.clone());
    assert_eq!((sandbox.fired_webhook_faults(), sandbox.pending_webhook_faults()), (vec![], vec![fault.clone()]));
    let emitted = sandbox.emit_order(Order::created()).unwrap();
    let delivery = only(&sandbox);
    assert_eq!((sandbox.fired_webhook_faults(), sandbox.pending_webhook_faults()), (vec![fault.clone()], vec![]));
    assert_eq!(delivery.attempts[0].fault, Some(fault));
    assert!(delivery.attempts[1..].iter().all(|attempt| attempt.fault.is_none()));
    assert_eq!(delivery.body, emitted.body, "what is recorded is what was emitted");
    (delivery, receiver.received())
}

#[test]
fn a_wrong_signature_is_wrong_in_the_way_that_was_asked_for() {
    for (fault, wrong) in [
        (Fault::MissingSignature, Reason::Missing),
        (Fault::MalformedSignature, Reason::Malformed),
        (Fault::WrongSignature, Reason::Mismatch),
        (Fault::OtherSecret, Reason::Mismatch),
        (Fault::AlteredBody, Reason::Mismatch),
    ] {
        let (delivery, received) = fired(fault.clone());
        assert_eq!(received[0].verify().unwrap_err().reason(), wrong, "{fault:?}");
        assert_eq!((delivery.state, received.len()), (DeliveryState::Refused(401), 1), "{fault:?}");
        assert_eq!(received[0].header("x-qlower-signature"), delivery.attempts[0].signature.as_deref());
        assert_eq!(received[0].body == delivery.body, fault != Fault::AlteredBody);
        assert_eq!(received[0].body.len(), delivery.body.len());
    }
}

#[test]
fn a_time_out_of_the_window_is_signed_rightly() {
    for (fault, sign) in [(Fault::OldTime, 1), (Fault::FutureTime, -1)] {
        let (_, received) = fired(fault.clone());
        let Reason::Expired { skew } = received[0].verify().unwrap_err().reason() else { panic!("{fault:?}") };
        assert!((305..=330).contains(&(skew * sign)), "{fault:?}: {skew}");
    }
}

#[test]
fn the_key_can_be_wrong_or_missing() {
    let (delivery, received) = fired(Fault::WrongApiKey);
    assert_eq!(received[0].header("x-api-key"), Some("00000000000000000000000000000000"));
    assert!(received[0].verify().is_ok());
    assert_eq!(delivery.state, DeliveryState::Refused(401));
    let (delivery, received) = fired(Fault::MissingApiKey);
    assert_eq!(received[0].header("x-api-key"), None);
    assert_eq!(delivery.state, DeliveryState::Refused(401));
}

#[test]
fn a_slow_body_comes_whole() {
    let (delivery, received) = fired(Fault::SlowBody { delay: Duration::from_millis(150) });
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 1));
    assert!(delivery.attempts[0].duration >= Duration::from_millis(150));
    assert_eq!(received[0].body, delivery.body);
}

#[test]
fn a_body_that_is_cut_comes_half_and_is_sent_again() {
    let (delivery, received) = fired(Fault::CutBody);
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 2));
    let AttemptOutcome::Failed(why) = &delivery.attempts[0].outcome else { panic!("{delivery:?}") };
    assert!(why.contains("as scripted"), "{why}");
    assert!(!received[0].complete && received[0].body.len() <= delivery.body.len() / 2);
    assert_eq!(received[1].body, delivery.body);
}

#[test]
fn an_answer_that_is_lost_or_not_waited_for_leads_to_another_try() {
    for fault in [Fault::LostAnswer, Fault::HangUp { delay: Duration::from_millis(100) }] {
        let receiver = Receiver::start(|_, _| Reply::Late(Duration::from_millis(300), 200));
        let sandbox = receiver.sandbox();
        sandbox.fail_next_webhook(fault.clone());
        sandbox.emit_order(Order::created()).unwrap();
        let delivery = only(&sandbox);
        assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 2), "{fault:?}");
        let AttemptOutcome::Failed(why) = &delivery.attempts[0].outcome else { panic!("{delivery:?}") };
        assert!(why.contains("as scripted"), "{why}");
        assert_eq!(delivery.attempts[0].duration >= Duration::from_millis(300), fault == Fault::LostAnswer);
        let received = receiver.received();
        assert!(received.iter().all(|request| request.complete && request.body == delivery.body));
        assert_eq!(received.len(), 2, "the receiver had it both times");
    }
}

#[test]
fn a_fault_waits_for_a_try_that_it_concerns() {
    let receiver = Receiver::always(200);
    let sandbox = Sandbox::builder().webhook(WebhookTarget::new(receiver.url())).start_blocking().unwrap();
    sandbox.fail_next_webhook_n(Fault::OldTime, 2);
    sandbox.fail_next_webhook(Fault::WrongApiKey);
    sandbox.emit_ping().unwrap();
    assert_eq!(only(&sandbox).attempts[0].fault, None, "there is neither a secret nor a key");
    assert_eq!(sandbox.pending_webhook_faults(), [Fault::OldTime, Fault::OldTime, Fault::WrongApiKey]);
    sandbox.set_webhook(receiver.target()).unwrap();
    sandbox.emit_ping().unwrap();
    super::sandbox_webhooks_receiver::settled(&sandbox);
    assert_eq!(sandbox.fired_webhook_faults(), [Fault::OldTime]);
    assert_eq!(sandbox.pending_webhook_faults(), [Fault::OldTime, Fault::WrongApiKey]);
}

#[test]
fn every_name_is_that_of_one_fault() {
    let plain = Fault::NAMES.iter().filter_map(|name| Fault::named(name).map(|fault| (name, fault)));
    assert!(plain.clone().all(|(name, fault)| fault.name() == *name));
    assert_eq!((plain.count(), Fault::NAMES.len()), (11, 13));
    assert_eq!(Fault::SlowBody { delay: Duration::ZERO }.name(), "slow_body");
}

#[test]
fn a_target_must_be_on_this_machine() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    for url in
        ["http://127.0.0.1:1", "http://127.1.2.3/x?y=1", "http://[::1]:80/", "http://localhost", "HTTP://LOCALHOST/"]
    {
        assert_eq!(sandbox.set_webhook(WebhookTarget::new(url)), Ok(()), "{url}");
    }
    for url in [
        "",
        "qlower",
        "https://127.0.0.1/",
        "https://example.com/",
        "http://example.com/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://[::2]/",
        "http://user@localhost/",
        "http://user:pw@localhost/",
        "ftp://localhost/",
        "http://localhost.example.com/",
        "file:///etc/passwd",
        "unix:/tmp/socket",
        "http://",
        "http://[::ffff:10.0.0.1]/",
    ] {
        let error = sandbox.set_webhook(WebhookTarget::new(url)).unwrap_err();
        assert_eq!(error.place(), "webhook/url", "{url}");
        assert!(Sandbox::builder().webhook(WebhookTarget::new(url)).start_blocking().unwrap_err().setting().is_some());
    }
}

#[test]
fn secrets_and_keys_must_be_of_use_and_are_never_shown() {
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    let target = || WebhookTarget::new("http://localhost/s3cr3t-path?s3cr3t");
    let refused = |target| sandbox.set_webhook(target).unwrap_err();
    assert_eq!(refused(target().secret("a").secret("")).place(), "webhook/secrets");
    let odd = "s3cr3t".repeat(5) + "é";
    for key in
        ["", &*"s3cr3t".repeat(5), &*(odd.clone() + "é"), &*"s3cr3t\n".repeat(6), &*format!(" {} ", "s3cr3t".repeat(6))]
    {
        let error = refused(target().api_key(key));
        assert_eq!(error.place(), "webhook/api_key", "{key:?}");
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
    let whole = target().secret("s3cr3t").api_key("s3cr3t".repeat(6)).edition(WebhookEdition::V2_1);
    let builder = Sandbox::builder().webhook(whole.clone()).webhook_for(Sandbox::DEFAULT_PARTNER, whole.clone());
    let started = builder.clone().start_blocking().unwrap();
    let order = Order::created().to(whole.clone());
    let text = format!("{whole:?} {builder:?} {started:?} {order:?} {whole:#?}");
    assert!(!text.contains("s3cr3t"), "{text}");
    let error = WebhookTarget::from_json(r#"{"url": "http://localhost/", "secrets": [["s3cr3t"]]}"#).unwrap_err();
    assert_eq!(error.place(), "secrets/0");
    assert!(!error.to_string().contains("s3cr3t"), "{error}");
}
