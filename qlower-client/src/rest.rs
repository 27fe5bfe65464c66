//! Sending by REST.

use std::time::{Duration, SystemTime};

use qlower_core::Checked;
use qlower_core::reply::{Rejection, Reply};
use reqwest::Response;
use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use tokio::time::{Instant, timeout_at};

use crate::attempts::attempts;
use crate::body::Handover;
use crate::client::Parts;
use crate::error::{ApiError, Error, Problem, UnreadableReply};
use crate::failure::{Failure, Route};
use crate::receipt::{Certainty, Receipt};
use crate::retry_after::retry_after;

const JSON: &str = "application/json";

impl Parts {
    pub(crate) async fn send(&self, checked: &Checked) -> Result<Receipt, Error> {
        let achieved = attempts(&self.retry, |_| self.attempt(checked)).await?;
        tracing::info!(attempt = achieved.attempts, status = %achieved.value.status(), "treated");
        Ok(Receipt {
            certainty: Certainty::Processed,
            attempts: achieved.attempts,
            duration: achieved.duration,
            payload_sha256: checked.sha256_hex(),
            earlier_attempt_may_have_been_processed: achieved.before != Certainty::NotProcessed,
            outcome: achieved.value,
        })
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
            let body = read(response, self.max_reply_bytes, deadline).await;
            self.accepted(status, body, checked)
        } else {
            let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let asked = asked.and_then(|value| retry_after(value, SystemTime::now()));
            let body = read(response, self.max_reply_bytes, deadline).await;
            // The status says enough to judge by: of a body that is cut off or too long, the beginning will do.
            let rejection = Rejection::parse(status, &body.bytes, Some(checked.api_key())).into();
            Err(Failure::refused(ApiError { status, rejection }, asked))
        }
    }

    fn accepted(&self, status: u16, body: Read, checked: &Checked) -> Result<Reply, Failure> {
        let body = body.complete(status, self.max_reply_bytes, &self.route)?;
        let mut reply = Reply::parse(&body, Some(checked.api_key()))
            .map_err(|error| Failure::unreadable(UnreadableReply { status, problem: Problem::Invalid(error) }))?;
        // Reading the payload again is for what is to be found in it.
        if !reply.errors().is_empty()
            && let Ok(payload) = checked.payload()
        {
            reply.tie(&payload);
        }
        Ok(reply)
    }
}

/// Reads an answer's body, up to a limit and a point in time.
pub(crate) async fn read(mut response: Response, limit: usize, deadline: Instant) -> Read {
    let mut bytes = Vec::new();
    let end = loop {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = limit.saturating_sub(bytes.len());
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

/// What was read of an answer's body.
pub(crate) struct Read {
    bytes: Vec<u8>,
    end: End,
}

impl Read {
    /// The whole of it, or why it is not whole.
    pub(crate) fn complete(self, status: u16, limit: usize, route: &Route) -> Result<Vec<u8>, Failure> {
        match self.end {
            End::Complete => Ok(self.bytes),
            End::TooLarge => Err(Failure::unreadable(UnreadableReply { status, problem: Problem::TooLarge { limit } })),
            End::Broken(error) => Err(route.broken_reply(error)),
            End::TimedOut => Err(route.timed_out_reply()),
        }
    }
}

enum End {
    Complete,
    TooLarge,
    Broken(reqwest::Error),
    TimedOut,
}

/// A limit beyond what the clock can count is as good as none.
pub(crate) fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(u64::from(u32::MAX)))
}
