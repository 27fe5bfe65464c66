//! What is told to whoever runs the producer: never a query, nor the value of a header.

use std::error::Error;
use std::time::Duration;

use qlower_core::live::{Answer, Outcome};

use crate::chain::Chain;

const TARGET: &str = "qlower_client::live";

pub(super) fn failed(error: &(dyn Error + 'static)) {
    tracing::warn!(target: TARGET, error = %Chain(error), "the source gives no value");
}

pub(super) fn too_long(limit: Duration) {
    tracing::warn!(target: TARGET, ?limit, "the source takes too long");
}

/// What it panicked with may hold anything, and is on standard error already.
pub(super) fn panicked() {
    tracing::warn!(target: TARGET, "the source panicked");
}

pub(super) fn answered(answer: &Answer) {
    let (status, outcome) = (answer.status(), answer.outcome());
    let name = outcome.as_str();
    match outcome {
        Outcome::WrongCredentials | Outcome::NoCredentials => {
            tracing::warn!(target: TARGET, status, outcome = name, "refused");
        }
        Outcome::NotFinite | Outcome::UnitMismatch => {
            tracing::warn!(target: TARGET, status, outcome = name, "the source's value cannot be given out");
        }
        _ => tracing::debug!(target: TARGET, status, outcome = name, "answered"),
    }
}
