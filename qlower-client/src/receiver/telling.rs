//! What is told to whoever runs the receiver: never a body, nor a secret.

use std::error::Error;

use qlower_core::webhook::{Answer, Refusal};

use super::Unreadable;

use crate::chain::Chain;

pub(super) const TARGET: &str = "qlower_client::receiver";

pub(super) fn refused(refusal: Refusal) {
    let (credential, reason) = (refusal.credential().name(), refusal.reason().name());
    tracing::warn!(target: TARGET, credential, reason, "refused: {refusal}");
}

pub(super) fn unreadable(problem: &Unreadable) {
    tracing::error!(target: TARGET, error = %Chain(problem), "genuine, but unreadable");
}

/// What the HTTP request alone gave cause for.
pub(super) fn not_taken(answer: Answer) {
    tracing::debug!(target: TARGET, status = answer.status(), "not taken: {}", answer.name());
}

pub(super) fn cut_off(error: &(dyn Error + 'static)) {
    tracing::debug!(target: TARGET, error = %Chain(error), "the body broke off");
}

pub(super) fn outcome(answer: Answer, event: Option<&str>) {
    match answer {
        Answer::Handled | Answer::Accepted | Answer::Duplicate => {
            tracing::info!(target: TARGET, event, "{}", answer.name());
        }
        _ => tracing::debug!(target: TARGET, event, status = answer.status(), "{}", answer.name()),
    }
}

pub(super) fn ping() {
    tracing::debug!(target: TARGET, "ping");
}

pub(super) fn failed(event: Option<&str>, error: &(dyn Error + 'static)) {
    tracing::error!(target: TARGET, event, error = %Chain(error), "failed");
}

pub(super) fn store_failed(step: &'static str, event: &str, error: &(dyn Error + 'static)) {
    tracing::error!(target: TARGET, step, event, error = %Chain(error), "the store of handled webhooks failed");
}

pub(super) fn too_long(event: Option<&str>) {
    tracing::warn!(target: TARGET, event, "takes too long to be answered; the work goes on");
}

pub(super) fn full() {
    tracing::warn!(target: TARGET, "too much work at once; another try was asked for");
}

pub(super) fn no_connection(error: &std::io::Error) {
    tracing::warn!(target: TARGET, error = %Chain(error), "a connection could not be taken");
}
