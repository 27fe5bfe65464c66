//! The load of what has arrived.

use std::sync::Arc;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use hyper::StatusCode;
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};

use super::record::{ObjectState, S3Load};
use crate::sandbox::answer::{Answer, Refusal};
use crate::sandbox::load::{Body, Verdict, keep};
use crate::sandbox::state::Shared;

/// An object that came to a bucket's root.
#[derive(Debug)]
pub(super) struct Arrival {
    partner: String,
    key: String,
    id: u64,
    due: Instant,
}

/// Lets a new object be loaded in its time, if it lies where objects are loaded.
pub(super) fn announce(shared: &Shared, partner: &str, key: &str, id: u64) {
    let due = Instant::now().checked_add(shared.settings.s3.load_delay);
    let (ObjectState::Pending, Some(due)) = (ObjectState::of(key), due) else { return };
    let arrival = Arrival { partner: partner.to_owned(), key: key.to_owned(), id, due };
    // The receiver is gone only when the sandbox is.
    let _ = shared.s3.arrivals.send(arrival);
}

/// Loads one object after the other, in the order of their arrival.
pub(super) async fn load_all(shared: Arc<Shared>, mut arrivals: UnboundedReceiver<Arrival>) {
    let mut hold = shared.s3.hold.subscribe();
    while let Some(arrival) = arrivals.recv().await {
        sleep_until(arrival.due).await;
        if hold.wait_for(|hold| !hold).await.is_err() {
            return;
        }
        let shared = Arc::clone(&shared);
        // Away from the event loop: a large file takes a while.
        let _ = spawn_blocking(move || load(&shared, &arrival)).await;
    }
}

fn load(shared: &Shared, arrival: &Arrival) {
    let Arrival { partner, key, id, .. } = arrival;
    let found = |shared: &Shared| {
        let mut state = shared.state();
        let object = state.s3.bucket(partner).objects.get(key).filter(|object| object.id == *id);
        object.map(|object| Arc::clone(&object.content))
    };
    // Overwritten since, or forgotten.
    let Some(content) = found(shared) else { return };
    let bytes = content.in_one_piece();
    let now = DateTime::<Utc>::from(SystemTime::now());
    let body = Body::read(&bytes);
    let verdict = body.judge(&shared.settings, now);

    let mut state = shared.state();
    if state.s3.bucket(partner).objects.get(key).is_none_or(|object| object.id != *id) {
        return;
    }
    let answer = match verdict {
        Verdict::Refused(answer) => answer,
        Verdict::Treated { partner: named, .. } if named != partner => {
            Answer::refused(Refusal::ValueError, "the bucket of another partner")
        }
        Verdict::Treated { tree, failures, .. } => {
            state.loads += 1;
            keep(&tree, &failures, state.stores.entry(partner.clone()).or_default(), now)
        }
    };
    let reply: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let count = |key: &str| reply.get(key).and_then(Value::as_u64).unwrap_or_default();
    let well = answer.status == StatusCode::OK && count("failed_count") == 0;
    let outcome = if well { ObjectState::Success } else { ObjectState::Failure };
    if let Some(moved_to) = state.s3.bucket(partner).archive(key, outcome, now) {
        state.s3.log_load(S3Load {
            partner: partner.clone(),
            key: key.clone(),
            moved_to,
            at: now,
            state: outcome,
            success_count: count("success_count"),
            failed_count: count("failed_count"),
            reply: String::from_utf8_lossy(&answer.body).into_owned(),
        });
    }
}
