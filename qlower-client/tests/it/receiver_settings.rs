//! Settings with which a receiver would not do its work.

use std::time::Duration;

use qlower_client::receiver::{MemoryStore, Qlower, Receiver, ReceiverBuilder, SettingsError};
use qlower_client::webhook::{Event, Verifier};

use crate::receiver_support::{builder, source};

type Change = fn(ReceiverBuilder<Qlower>) -> ReceiverBuilder<Qlower>;

fn bare() -> ReceiverBuilder<Qlower> {
    Receiver::builder(source())
}

#[test]
fn each_wrong_setting_is_named() {
    const SECOND: Duration = Duration::from_secs(1);
    let zero: [(Change, &str); 4] = [
        (|it| it.max_body_bytes(0), "the largest body is zero"),
        (|it| it.body_timeout(Duration::ZERO), "the body time-out is zero"),
        (|it| it.handling_timeout(Duration::ZERO), "the handling time-out is zero"),
        (|it| it.max_concurrency(0), "the number of events at once is zero"),
    ];
    for (change, message) in zero {
        assert_eq!(change(builder()).build().unwrap_err().to_string(), message);
    }
    let error = builder().handling_timeout(30 * SECOND).build().unwrap_err();
    assert_eq!(error, SettingsError::HandlingTimeout(30 * SECOND));
    assert!(error.to_string().contains("30 seconds that the sender waits"), "{error}");
    assert!(builder().handling_timeout(Duration::from_millis(29_999)).build().is_ok());
    let error = builder().handling_timeout(5 * SECOND).lease(5 * SECOND).build().unwrap_err();
    assert_eq!(error, SettingsError::Lease(5 * SECOND));
}

#[test]
fn what_takes_the_events_is_said_once() {
    let handler = async |_: Event| Ok(());
    assert_eq!(bare().build().unwrap_err(), SettingsError::NoHandler);
    assert_eq!(bare().store(MemoryStore::default()).build().unwrap_err(), SettingsError::NoHandler);
    assert_eq!(bare().handler(handler).build().unwrap_err(), SettingsError::NoStore);
    assert_eq!(builder().own_transaction().build().unwrap_err(), SettingsError::StoreAndOwnTransaction);
    assert_eq!(builder().intake(Nowhere).build().unwrap_err(), SettingsError::HandlerAndIntake);
    assert_eq!(bare().own_transaction().intake(Nowhere).build().unwrap_err(), SettingsError::HandlerAndIntake);
    assert!(bare().handler(handler).own_transaction().build().is_ok());
    assert!(bare().intake(Nowhere).build().is_ok());
}

struct Nowhere;

#[async_trait::async_trait]
impl qlower_client::receiver::Intake<Event> for Nowhere {
    async fn take(&self, _: qlower_client::receiver::Received<Event>) -> qlower_client::webhook::Answer {
        qlower_client::webhook::Answer::Busy
    }
}

#[test]
fn without_a_usable_secret_there_is_no_receiver() {
    let unusable = [
        Verifier::signed_by([""; 0]),
        Verifier::signed_by([""]),
        Verifier::keyed_by(""),
        Verifier::signed_by(["whsec_acme"]).and_api_key(""),
    ];
    for verifier in unusable {
        let built = Receiver::builder(Qlower::new(verifier)).handler(async |_: Event| Ok(())).own_transaction().build();
        assert_eq!(built.unwrap_err(), SettingsError::NoSecret);
    }
}
