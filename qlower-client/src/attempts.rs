//! The loop around attempts.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::error::{Discreet, Error, Trail};
use crate::failure::Failure;
use crate::receipt::Certainty;
use crate::retry::RetryPolicy;

/// What an attempt brought, and what had happened before it.
pub(crate) struct Achieved<T> {
    pub(crate) value: T,
    pub(crate) attempts: u32,
    pub(crate) duration: Duration,
    /// The least favourable certainty of the attempts that failed.
    pub(crate) before: Certainty,
}

/// Attempts until one succeeds or the policy gives up. Each is told the least favourable certainty so far.
pub(crate) async fn attempts<T, F>(
    policy: &RetryPolicy,
    mut attempt: impl FnMut(Certainty) -> F,
) -> Result<Achieved<T>, Error>
where
    F: Future<Output = Result<T, Failure>>,
{
    let start = Instant::now();
    let mut attempts = 0;
    let mut certainty = Certainty::NotProcessed;
    loop {
        attempts += 1;
        let failure = match attempt(certainty).await {
            Ok(value) => return Ok(Achieved { value, attempts, duration: start.elapsed(), before: certainty }),
            Err(failure) => failure,
        };
        certainty = certainty.max(failure.certainty);
        let duration = start.elapsed();
        let wait = failure
            .retryable
            .then(|| policy.next_wait(attempts, duration, failure.retry_after, |bound| fastrand::u64(0..=bound)))
            .flatten();
        let Some(wait) = wait else {
            tracing::warn!(attempt = attempts, certainty = %certainty, error = %Discreet(&failure.kind), "failed");
            let trail = Trail { certainty, attempts, duration, retry_after: failure.retry_after };
            return Err(Error::on_the_way(failure.kind, failure.retryable, trail));
        };
        tracing::warn!(
            attempt = attempts,
            certainty = %failure.certainty,
            error = %Discreet(&failure.kind),
            wait_ms = wait.as_millis() as u64,
            "failed, will be tried again",
        );
        sleep(wait).await;
    }
}
