//! One request: read it, log it, answer it or let it fail.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::EXPECT;
use hyper::{Method, Request, Response};
use qlower_core::Environment;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::answer::Answer;
use super::load::{Body, Verdict, keep};
use super::record::PATH_KEPT;
use super::state::Shared;
use super::{Fault, Outcome, RequestRecord};

/// How a connection ends when no ordinary answer is given.
#[derive(Debug)]
pub(super) enum Ending {
    Reset,
    /// Writes these bytes, then closes.
    Close(Bytes),
}

type Answered = Response<Full<Bytes>>;

/// Serves the requests of one connection.
#[derive(Clone)]
pub(super) struct Service {
    shared: Arc<Shared>,
    ending: mpsc::Sender<Ending>,
}

struct Received {
    /// `None` if it was over the limit.
    bytes: Option<Bytes>,
    length: u64,
    sha256: String,
    end: End,
}

enum End {
    Complete,
    Late,
    Gone,
}

impl Service {
    pub(super) const fn new(shared: Arc<Shared>, ending: mpsc::Sender<Ending>) -> Self {
        Self { shared, ending }
    }

    pub(super) async fn serve(self, request: Request<Incoming>) -> Result<Answered, Infallible> {
        let (head, body) = request.into_parts();
        let is_loader = head.uri.path() == loader_path();
        // Who waits for "100 Continue" has sent nothing yet, and need not.
        let announced = hyper::body::Body::size_hint(&body).exact();
        let limit = self.shared.settings.max_body_bytes;
        let refused = head.headers.contains_key(EXPECT) && announced.is_some_and(|length| length > limit as u64);
        let received =
            if refused { Received::nothing() } else { receive(body, limit, self.shared.settings.read_timeout).await };

        let now = DateTime::<Utc>::from(SystemTime::now());
        let mut record = RequestRecord {
            method: head.method.to_string(),
            path: head.uri.path().chars().take(PATH_KEPT).collect(),
            body_length: received.length,
            body_sha256: received.sha256,
            partner: None,
            at: now,
            processed: false,
            outcome: Outcome::Abandoned,
        };
        let answer = match (received.end, received.bytes) {
            (End::Gone, _) => {
                self.shared.state().log(record);
                return self.end(Ending::Close(Bytes::new())).await;
            }
            (End::Late, _) => Answer::too_late(),
            _ if !is_loader => Answer::not_found(),
            _ if head.method != Method::POST => Answer::wrong_method(),
            (End::Complete, None) => Answer::too_large(),
            (End::Complete, Some(bytes)) => return self.load(&bytes, record, now).await,
        };
        record.outcome = Outcome::Answered(answer.status.as_u16());
        self.shared.state().log(record);
        Ok(answer.into_response())
    }

    async fn load(&self, bytes: &[u8], mut record: RequestRecord, now: DateTime<Utc>) -> Result<Answered, Infallible> {
        let body = Body::read(bytes);
        record.partner = body.partner(&self.shared.settings);
        let fault = self.shared.state().fire();
        let answer = match &fault {
            Some(fault) if !fault.processes() => None,
            _ => {
                let (answer, processed) = self.treat(&body, now);
                record.processed = processed;
                Some(answer)
            }
        };
        record.outcome = match (&fault, &answer) {
            (Some(fault), _) => Outcome::Faulted(fault.clone()),
            (None, Some(answer)) => Outcome::Answered(answer.status.as_u16()),
            (None, None) => Outcome::Abandoned,
        };
        self.shared.state().log(record);
        drop(body);
        let Some(fault) = fault else { return Ok(answer.unwrap_or_else(Answer::internal_error).into_response()) };
        self.fail(fault, answer.unwrap_or_else(Answer::internal_error)).await
    }

    /// Treats a load; says whether it reached the items.
    fn treat(&self, body: &Body<'_>, now: DateTime<Utc>) -> (Answer, bool) {
        match body.judge(&self.shared.settings, now) {
            Verdict::Refused(answer) => (answer, false),
            Verdict::Treated { partner, tree, failures } => {
                let mut state = self.shared.state();
                state.loads += 1;
                let store = state.stores.entry(partner.to_owned()).or_default();
                (keep(&tree, &failures, store, now), true)
            }
        }
    }

    /// Lets a fault happen; `answer` is what would have been answered.
    async fn fail(&self, fault: Fault, answer: Answer) -> Result<Answered, Infallible> {
        let answer = match fault {
            Fault::Timeout => std::future::pending().await,
            Fault::ResetBeforeProcessing | Fault::ResetAfterProcessing => return self.end(Ending::Reset).await,
            Fault::CloseBeforeProcessing => return self.end(Ending::Close(Bytes::new())).await,
            Fault::TruncatedBody => return self.end(Ending::Close(answer.truncated())).await,
            Fault::Status(status) => {
                let head = format!("HTTP/1.1 {status:03} Scripted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                return self.end(Ending::Close(head.into())).await;
            }
            Fault::Slow { delay } => {
                sleep(delay).await;
                answer
            }
            Fault::TooManyRequests { retry_after } => Answer::too_many_requests(retry_after),
            Fault::InternalServerError => Answer::internal_error(),
            Fault::BadGateway => Answer::bad_gateway(),
            Fault::ServiceUnavailable => Answer::unavailable(),
        };
        Ok(answer.into_response())
    }

    /// Asks for the connection's end, which drops this very future.
    async fn end(&self, ending: Ending) -> Result<Answered, Infallible> {
        let _ = self.ending.send(ending).await;
        std::future::pending().await
    }
}

impl Received {
    fn nothing() -> Self {
        Self { bytes: None, length: 0, sha256: hex(&Sha256::new().finalize()), end: End::Complete }
    }
}

/// Reads a body to its end. What is over the limit is not kept, but read all the same: closing on a client that still sends would
/// reset the connection and lose the answer.
async fn receive(mut body: Incoming, limit: usize, patience: Duration) -> Received {
    let mut hash = Sha256::new();
    let mut length = 0;
    let mut kept = Some(BytesMut::new());
    let read = timeout(patience, async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return End::Gone };
            let Ok(data) = frame.into_data() else { continue };
            hash.update(&data);
            length += data.len() as u64;
            kept = kept.take().filter(|kept| kept.len() + data.len() <= limit);
            if let Some(kept) = &mut kept {
                kept.extend_from_slice(&data);
            }
        }
        End::Complete
    });
    let end = read.await.unwrap_or(End::Late);
    Received { bytes: kept.map(BytesMut::freeze), length, sha256: hex(&hash.finalize()), end }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn loader_path() -> String {
    Environment::Staging.loader_url().path().to_owned()
}
