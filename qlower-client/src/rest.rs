//! Sending by REST: attempts, and the loop around them.

use std::time::{Duration, SystemTime};

use qlower_core::Checked;
use qlower_core::reply::{Rejection, Reply};
use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use tokio::time::{Instant, sleep, timeout_at};

use crate::body::Handover;
use crate::client::Parts;
use crate::error::{ApiError, Discreet, Error, Problem, Trail, UnreadableReply};
use crate::failure::Failure;
use crate::receipt::{Certainty, Receipt};
use crate::retry::retry_after;

const JSON: &str = "application/json";

impl Parts {
    pub(crate) async fn send(&self, checked: &Checked) -> Result<Receipt, Error> {
        let start = Instant::now();
        let mut attempts = 0;
        let mut certainty = Certainty::NotProcessed;
        loop {
            attempts += 1;
            let failure = match self.attempt(checked).await {
                Ok(reply) => {
                    tracing::info!(attempt = attempts, status = %reply.status(), "treated");
                    return Ok(Receipt {
                        certainty: Certainty::Processed,
                        attempts,
                        duration: start.elapsed(),
                        payload_sha256: checked.sha256_hex(),
                        earlier_attempt_may_have_been_processed: certainty != Certainty::NotProcessed,
                        outcome: reply,
                    });
                }
                Err(failure) => failure,
            };
            certainty = certainty.max(failure.certainty);
            let duration = start.elapsed();
            let wait = failure
                .retryable
                .then(|| {
                    self.retry.next_wait(attempts, duration, failure.retry_after, |bound| fastrand::u64(0..=bound))
                })
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

    async fn attempt(&self, checked: &Checked) -> Result<Reply, Failure> {
        let deadline = deadline(self.route.timeout);
        let (body, progress) = Handover::new(checked.bytes().clone());
        let request = self
            .http
            .post(self.target.clone())
            .header(CONTENT_TYPE, JSON)
            .header(ACCEPT, JSON)
            .body(reqwest::Body::wrap(body));
        let response = match timeout_at(deadline, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.route.broken(error, &progress)),
            Err(_) => return Err(self.route.timed_out(&progress)),
        };
        let status = response.status().as_u16();
        tracing::debug!(status, "answered");
        if response.status().is_success() {
            let body = self.read(response, deadline).await;
            self.accepted(status, body, checked)
        } else {
            let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let asked = asked.and_then(|value| retry_after(value, SystemTime::now()));
            let body = self.read(response, deadline).await;
            // The status says enough to judge by: of a body that is cut off or too long, the beginning will do.
            let rejection = Rejection::parse(status, &body.bytes, Some(checked.api_key())).into();
            Err(Failure::refused(ApiError { status, rejection }, asked))
        }
    }

    fn accepted(&self, status: u16, body: Read, checked: &Checked) -> Result<Reply, Failure> {
        match body.end {
            End::Complete => {}
            End::TooLarge => {
                let problem = Problem::TooLarge { limit: self.max_reply_bytes };
                return Err(Failure::unreadable(UnreadableReply { status, problem }));
            }
            End::Broken(error) => return Err(self.route.broken_reply(error)),
            End::TimedOut => return Err(self.route.timed_out_reply()),
        }
        let mut reply = Reply::parse(&body.bytes, Some(checked.api_key()))
            .map_err(|error| Failure::unreadable(UnreadableReply { status, problem: Problem::Invalid(error) }))?;
        // Reading the payload again is for what is to be found in it.
        if !reply.errors().is_empty()
            && let Ok(payload) = checked.payload()
        {
            reply.tie(&payload);
        }
        Ok(reply)
    }

    async fn read(&self, mut response: Response, deadline: Instant) -> Read {
        let mut bytes = Vec::new();
        let end = loop {
            match timeout_at(deadline, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    let room = self.max_reply_bytes.saturating_sub(bytes.len());
                    bytes.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                    if chunk.len() > room {
                        break End::TooLarge;
                    }
                }
                Ok(Ok(None)) => break End::Complete,
                Ok(Err(error)) => break End::Broken(error),
                Err(_) => break End::TimedOut,
            }
        };
        Read { bytes, end }
    }
}

/// What was read of an answer's body.
struct Read {
    bytes: Vec<u8>,
    end: End,
}

enum End {
    Complete,
    TooLarge,
    Broken(reqwest::Error),
    TimedOut,
}

/// A limit beyond what the clock can count is as good as none.
fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(u64::from(u32::MAX)))
}
