//! Sending a payload in parts.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests: what is not as expected is a failed test"
)]

mod faulty_items;
mod random;

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use qlower_client::sandbox::{Fault, Outcome, RetryAfter, Sandbox};
use qlower_client::{
    Certainty, Client, ModelName, NotSent, OnFailure, PartOutcome, Parts, RetryPolicy, SendAllOptions, SentAll,
    SplitOptions, check_text,
};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::sandbox_payload::{declarant, document, merge, property, transaction, with_header};

const PARTNER: &str = Sandbox::DEFAULT_PARTNER;

fn client(sandbox: &Sandbox) -> Client {
    Client::builder(sandbox.environment()).retry(RetryPolicy::none()).build().unwrap()
}

fn options(concurrency: usize) -> SendAllOptions {
    SendAllOptions::default().concurrency(concurrency)
}

/// One item a part.
fn split(payload: Value) -> Parts {
    let whole = check_text(payload.to_string()).into_result().unwrap();
    whole.split(&SplitOptions::default().max_items(1)).unwrap()
}

fn of_property(id: &str, property: &str) -> Value {
    let mut item = transaction(id);
    merge(&mut item, json!({ "id-prty": property }));
    item
}

/// Transactions that need nothing, one a part.
fn independent(count: usize) -> Parts {
    let items: Vec<_> = (0..count).map(|n| of_property(&format!("T{n}"), "loaded before")).collect();
    split(with_header(json!({ "transactions": items })))
}

/// Parts: 0 D1, 1 P1 of D1, 2 P2, 3 T1 of P1, 4 T2 of P2, 5 F1 of P1.
fn dependent() -> Parts {
    let mut owned = property("P1", json!([]));
    merge(&mut owned, json!({ "declarantId": "D1" }));
    let parts = split(with_header(json!({
        "declarants": [declarant("D1", json!([]), json!([]))],
        "properties": [owned, property("P2", json!([]))],
        "transactions": [of_property("T1", "P1"), of_property("T2", "P2")],
        "documents": [document("F1")],
    })));
    let needs: Vec<_> = parts.iter().map(|part| part.depends_on().to_vec()).collect();
    assert_eq!(needs, [vec![], vec![0], vec![], vec![1], vec![2], vec![1]]);
    parts
}

/// When each part was received, by its number.
fn received(sandbox: &Sandbox, parts: &Parts) -> HashMap<usize, DateTime<Utc>> {
    let numbers: HashMap<_, _> = parts.iter().map(|part| (part.checked().sha256_hex(), part.number())).collect();
    sandbox.requests().into_iter().map(|record| (numbers[&record.body_sha256], record.at)).collect()
}

/// A short word for what became of each part.
fn states(sent: &SentAll) -> Vec<String> {
    let state = |outcome: &PartOutcome| match outcome {
        PartOutcome::Processed(_) => "processed".to_owned(),
        PartOutcome::Failed(error) => format!("failed {}", error.certainty()),
        PartOutcome::NotSent(NotSent::Stopped { by }) => format!("stopped by {by}"),
        PartOutcome::NotSent(NotSent::Needs { part }) => format!("needs {part}"),
        other => panic!("{other:?}"),
    };
    sent.parts().map(|(_, outcome)| state(outcome)).collect()
}

#[tokio::test]
async fn all_goes_well() {
    let sandbox = Sandbox::start().await.unwrap();
    let parts = dependent();
    let sent = client(&sandbox).send_all(&parts, &SendAllOptions::default()).await;
    assert!(sent.is_complete());
    assert_eq!((sent.certainty(), sent.remaining().len()), (Certainty::Processed, 0));
    assert_eq!(sent.to_string(), "6 parts: 6 treated, 0 failed, 0 not sent");
    let reply = sent.reply().unwrap();
    assert_eq!((reply.status().as_str(), reply.total_count(), reply.success_count()), ("SUCCESS", Some(6), Some(6)));
    let by_model: Vec<_> =
        reply.combined_result().iter().map(|result| (result.model_name(), result.success())).collect();
    let expected = [("declarants", 1), ("properties", 2), ("transactions", 2), ("documents", 1)];
    assert_eq!(by_model, expected.map(|(model, count)| (model, Some(count))));
    assert_eq!((sandbox.loads(), sandbox.loaded(PARTNER).len()), (6, 6));
    for ((part, receipt), number) in sent.processed().zip(0..) {
        assert_eq!((part.number(), receipt.payload_sha256()), (number, &*part.checked().sha256_hex()));
    }
}

#[tokio::test]
async fn a_part_starts_when_those_it_needs_are_answered() {
    let sandbox = Sandbox::start().await.unwrap();
    let delay = Duration::from_millis(150);
    sandbox.fail_next_n(Fault::Slow { delay }, 6);
    let parts = dependent();
    let sent = client(&sandbox).send_all(&parts, &options(6)).await;
    assert!(sent.is_complete());
    assert_eq!(sandbox.fired().len(), 6);
    let at = received(&sandbox, &parts);
    for part in &parts {
        for needed in part.depends_on() {
            // An answer leaves this long after its request was received.
            let answered = at[needed] + TimeDelta::from_std(delay).unwrap();
            assert!(at[&part.number()] >= answered, "{} before {needed} was answered: {at:?}", part.number());
        }
    }
    assert!(at[&4] < at[&3], "which does not wait for what it does not need: {at:?}");
}

/// How many requests were under way when each was received: an answer leaves a `delay` after its request was received, at the
/// earliest.
fn under_way(sandbox: &Sandbox, delay: Duration) -> Vec<usize> {
    let at: Vec<_> = sandbox.requests().into_iter().map(|record| record.at).collect();
    let delay = TimeDelta::from_std(delay).unwrap();
    at.iter().map(|now| at.iter().filter(|then| **then <= *now && **then + delay > *now).count()).collect()
}

#[tokio::test]
async fn as_many_are_under_way_as_allowed_and_no_more() {
    for (options, bound) in [(SendAllOptions::default(), 4), (options(3), 3), (options(0), 1), (options(100), 9)] {
        let sandbox = Sandbox::start().await.unwrap();
        let delay = Duration::from_millis(if bound == 1 { 50 } else { 600 });
        sandbox.fail_next_n(Fault::Slow { delay }, 9);
        let sent = client(&sandbox).send_all(&independent(9), &options).await;
        assert!(sent.is_complete());
        assert_eq!(sandbox.fired().len(), 9);
        assert_eq!(under_way(&sandbox, delay).into_iter().max(), Some(bound));
    }
}

#[tokio::test]
async fn a_failure_stops_what_has_not_started() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next(Fault::Slow { delay: Duration::ZERO });
    sandbox.fail_next(Fault::TooManyRequests { retry_after: RetryAfter::None });
    let sent = client(&sandbox).send_all(&independent(4), &options(1)).await;
    assert_eq!(sandbox.fired().len(), 2);
    assert_eq!(states(&sent), ["processed", "failed not_processed", "stopped by 1", "stopped by 1"]);
    assert_eq!(sandbox.requests().len(), 2, "nothing more has left");
    assert!(!sent.is_complete());
    assert_eq!(sent.certainty(), Certainty::Unknown, "of the payload as a whole");
    assert_eq!(sent.to_string(), "4 parts: 1 treated, 1 failed, 2 not sent");
    assert_eq!(
        sent.failed().map(|(part, error)| (part.number(), error.status())).collect::<Vec<_>>(),
        [(1, Some(429))]
    );
    let unsent: Vec<_> = sent.unsent().map(|(part, why)| (part.number(), why.to_string())).collect();
    assert_eq!(unsent, [2, 3].map(|number| (number, "not sent, since part 1 had failed".to_owned())));
    assert_eq!(sent.reply().unwrap().total_count(), Some(1), "of what was treated");

    let again = client(&sandbox).send_all(&sent.remaining(), &options(2)).await;
    assert_eq!(again.parts().map(|(part, _)| part.number()).collect::<Vec<_>>(), [1, 2, 3]);
    let sent = sent.followed_by(again);
    assert!(sent.is_complete());
    assert_eq!(sent.reply().unwrap().total_count(), Some(4));
    assert_eq!((sandbox.loaded(PARTNER).len(), sandbox.requests().len()), (4, 5));
}

#[tokio::test]
async fn what_is_under_way_when_another_fails_is_awaited() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next(Fault::Slow { delay: Duration::from_millis(400) });
    sandbox.fail_next(Fault::InternalServerError);
    let sent = client(&sandbox).send_all(&independent(6), &options(2)).await;
    assert_eq!(sandbox.fired().len(), 2);
    let by = sent.failed().next().unwrap().0.number();
    let mut expected = vec![format!("stopped by {by}"); 6];
    expected[by] = "failed unknown".into();
    expected[1 - by] = "processed".into();
    assert_eq!(states(&sent), expected);
    assert_eq!(sandbox.requests().len(), 2);
}

#[tokio::test]
async fn going_on_spares_what_needs_the_failed_part() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next(Fault::ServiceUnavailable);
    let going_on = options(1).on_failure(OnFailure::Continue);
    let parts = dependent();
    let sent = client(&sandbox).send_all(&parts, &going_on).await;
    assert_eq!(sandbox.fired(), [Fault::ServiceUnavailable]);
    assert_eq!(states(&sent), ["failed unknown", "needs 0", "processed", "needs 1", "processed", "needs 1"]);
    assert_eq!(sandbox.requests().len(), 3);
    assert_eq!(sent.unsent().next().unwrap().1.to_string(), "not sent, since it needs part 0, which is not loaded");

    let again = client(&sandbox).send_all(&sent.remaining(), &going_on).await;
    assert_eq!(states(&again), ["processed"; 4]);
    let numbers: Vec<_> = again.parts().map(|(part, _)| part.number()).collect();
    assert_eq!(numbers, [0, 1, 3, 5]);
    let sent = sent.followed_by(again);
    assert_eq!((sent.is_complete(), sent.reply().unwrap().success_count()), (true, Some(6)));
    assert_eq!(sandbox.loaded(PARTNER).len(), 6);
}

#[tokio::test]
async fn all_failures_are_met_when_going_on() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next_n(Fault::Status(403), 3);
    let sent = client(&sandbox).send_all(&independent(3), &options(2).on_failure(OnFailure::Continue)).await;
    assert_eq!(sandbox.fired().len(), 3);
    assert_eq!(states(&sent), ["failed not_processed"; 3]);
    assert_eq!(sent.certainty(), Certainty::NotProcessed);
    assert!(sent.reply().is_none());
    assert_eq!(sent.remaining().len(), 3);
    assert!(sandbox.loaded(PARTNER).is_empty());
}

#[tokio::test]
async fn what_became_of_a_part_may_be_unknown() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next(Fault::ResetAfterProcessing);
    let sent = client(&sandbox).send_all(&independent(2), &options(1)).await;
    assert_eq!(sandbox.fired(), [Fault::ResetAfterProcessing]);
    assert_eq!(states(&sent), ["failed unknown", "stopped by 0"]);
    assert_eq!((sent.certainty(), sent.is_complete()), (Certainty::Unknown, false));
    assert_eq!(sandbox.loaded(PARTNER).count(ModelName::Transaction), 1, "it was treated");
    assert_eq!(sent.remaining().len(), 2, "it may not have been");

    // A later refusal says nothing of the first time.
    sandbox.fail_next_n(Fault::Status(401), 2);
    let refused = client(&sandbox).send_all(&sent.remaining(), &options(2).on_failure(OnFailure::Continue)).await;
    assert_eq!(states(&refused), ["failed not_processed"; 2]);
    let sent = sent.followed_by(refused);
    assert_eq!(states(&sent), ["failed unknown", "failed not_processed"]);

    let again = client(&sandbox).send_all(&sent.remaining(), &options(2)).await;
    let sent = sent.followed_by(again);
    assert_eq!((sent.certainty(), sent.is_complete()), (Certainty::Processed, true));
    assert_eq!(sandbox.loaded(PARTNER).len(), 2, "nothing is created twice");
}

#[tokio::test]
async fn each_part_has_its_retries() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next_n(Fault::BadGateway, 2);
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(1));
    let client = Client::builder(sandbox.environment()).retry(retry).build().unwrap();
    let sent = client.send_all(&independent(3), &options(1)).await;
    assert_eq!(sandbox.fired().len(), 2);
    let attempts: Vec<_> = sent.processed().map(|(_, receipt)| receipt.attempts()).collect();
    assert_eq!(attempts, [3, 1, 1]);
}

#[tokio::test]
async fn a_part_larger_than_the_client_sends_is_a_failure_of_that_part() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Client::builder(sandbox.environment()).max_body_bytes(100).build().unwrap();
    let sent = client.send_all(&independent(2), &options(1)).await;
    assert_eq!(states(&sent), ["failed not_processed", "stopped by 0"]);
    assert!(sent.failed().all(|(_, error)| error.is_too_large() && error.to_string().contains("Checked::split")));
    assert_eq!(sandbox.requests(), []);
}

#[tokio::test]
async fn giving_up_ends_everything() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.fail_next_n(Fault::Timeout, 3);
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    {
        let client = client(&sandbox);
        let parts = independent(20);
        let options = options(3);
        let mut sending = Box::pin(client.send_all(&parts, &options));
        let received = async {
            while sandbox.requests().len() < 3 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            sent = &mut sending => panic!("{sent}"),
            () = received => {}
        }
        assert!(tokio::runtime::Handle::current().metrics().num_alive_tasks() > before, "the connections have tasks");
    }
    let gone = async {
        while tokio::runtime::Handle::current().metrics().num_alive_tasks() > before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(5), gone).await.expect("tasks are left");
    assert_eq!((sandbox.requests().len(), sandbox.loads()), (3, 0));
    assert!(sandbox.requests().iter().all(|record| record.outcome == Outcome::Faulted(Fault::Timeout)));
}

#[tokio::test]
async fn nothing_to_send_is_sent_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut parts = independent(2);
    parts.retain(|_| false);
    let sent = client(&sandbox).send_all(&parts, &options(1)).await;
    assert!(sent.is_complete() && sent.reply().is_none());
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn it_may_move_between_threads_and_shows_no_secret() {
    fn sends<T: Send>(value: T) -> T {
        value
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let sandbox = Sandbox::builder().start_blocking().unwrap();
    sandbox.fail_next(Fault::Status(400));
    let (client, parts, options) = (client(&sandbox), independent(3), options(2).on_failure(OnFailure::Continue));
    let sent = runtime.block_on(sends(client.send_all(&parts, &options)));
    let shown = format!("{sent:?} {sent} {parts:?}");
    assert!(shown.contains("Processed") && shown.contains("Failed"), "{shown}");
    assert!(!shown.contains(Sandbox::DEFAULT_API_KEY) && !shown.contains("Loyer janvier"), "{shown}");
}
