//! One request to the S3 side: faults and the log before the operations, and the whole of the body read behind them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, EXPECT, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use s3s::Body;
use s3s::service::S3Service;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::body::{Tap, Tapped};
use super::call::Call;
use super::complaint::{self, Ids};
use super::fault::{Moment, S3Fault};
use super::record::{S3Outcome, S3RequestRecord};
use super::state::Command;
use crate::sandbox::service::Ending;
use crate::sandbox::state::Shared;

/// Serves the requests of one connection.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) shared: Arc<Shared>,
    pub(super) operations: S3Service,
    pub(super) ending: mpsc::Sender<Ending>,
}

/// Writes its request into the log when it is dropped, however that comes about.
struct Logged<'s> {
    shared: &'s Shared,
    tap: Arc<Tap>,
    record: Option<S3RequestRecord>,
}

impl Logged<'_> {
    fn outcome(&mut self, outcome: S3Outcome) {
        if let Some(record) = &mut self.record {
            // What a fault did is not hidden by how it was answered.
            if !matches!(record.outcome, S3Outcome::Faulted(_)) {
                record.outcome = outcome;
            }
        }
    }
}

impl Drop for Logged<'_> {
    fn drop(&mut self) {
        if let Some(mut record) = self.record.take() {
            record.body_length = self.tap.received();
            self.shared.state().s3.log(record);
        }
    }
}

/// What is needed to answer one request.
struct Visit<'v> {
    call: Call,
    now: DateTime<Utc>,
    ids: Ids,
    tap: Arc<Tap>,
    log: Logged<'v>,
    /// The client sends its body only when asked for it.
    waits: bool,
    announced: Option<u64>,
}

impl Front {
    pub(super) async fn serve(self, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
        let (head, body) = request.into_parts();
        let call = Call::of(&head);
        let now = DateTime::<Utc>::from(SystemTime::now());
        let ids = Ids::of(self.shared.s3.next_id());
        let tap = Arc::new(Tap::default());
        let record = S3RequestRecord {
            operation: call.operation,
            bucket: call.bucket.clone(),
            key: call.key.clone(),
            part_number: call.part_number,
            conditional: call.conditional,
            body_length: 0,
            at: now,
            outcome: S3Outcome::Abandoned,
        };
        let log = Logged { shared: &self.shared, tap: Arc::clone(&tap), record: Some(record) };
        let waits = head.headers.contains_key(EXPECT);
        let announced = hyper::body::Body::size_hint(&body).exact();
        let mut visit = Visit { call, now, ids, tap, log, waits, announced };

        let fault = self.shared.state().s3.fire(&visit.call, Moment::Arrival);
        let patience = self.shared.settings.read_timeout;
        let answered = match fault {
            Some(fault) => {
                visit.log.outcome(S3Outcome::Faulted(fault.clone()));
                timeout(patience, self.strike(&fault, &mut visit, body)).await
            }
            None => timeout(patience, self.work(&mut visit, Request::from_parts(head, body))).await,
        };
        let mut response = match answered {
            Ok(Next::Answer(response)) => response,
            Ok(Next::End(ending)) => return self.end(ending, visit.log).await,
            Ok(Next::Silence) => {
                drop(visit.log);
                return std::future::pending().await;
            }
            Err(_) => {
                let mut late = visit.refuse(StatusCode::BAD_REQUEST, "RequestTimeout");
                late.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                late
            }
        };
        visit.log.outcome(S3Outcome::Answered(response.status().as_u16()));
        visit.ids.put_into(response.headers_mut());

        if response.status().is_success() {
            let fault = self.shared.state().s3.fire(&visit.call, Moment::Done);
            if let Some(fault) = &fault {
                visit.log.outcome(S3Outcome::Faulted(fault.clone()));
            }
            match fault {
                Some(S3Fault::Slow { delay }) => sleep(delay).await,
                Some(_) => return self.end(Ending::Reset, visit.log).await,
                None => {}
            }
        }
        if visit.call.method == Method::HEAD && !response.status().is_success() {
            *response.body_mut() = Body::empty();
        }
        Ok(response)
    }

    /// Lets the operations answer, and reads what they left of the body: closing on a client that still sends would lose the
    /// answer.
    async fn work(&self, visit: &mut Visit<'_>, request: Request<Incoming>) -> Next {
        let settings = &self.shared.settings.s3;
        let (head, mut body) = request.into_parts();
        let elsewhere = visit.call.region.as_ref().is_some_and(|region| *region != settings.region);
        if elsewhere {
            visit.discard(&mut body).await;
            return Next::Answer(complaint::redirect(&settings.region, &visit.call, visit.now, &visit.ids));
        }
        let (tapped, mut rest) = Tapped::new(body, Arc::clone(&visit.tap));
        let answered = self.operations.call(Request::from_parts(head, Body::http_body(tapped))).await;
        if let Ok(mut rest) = rest.try_recv() {
            visit.discard(&mut rest).await;
        }
        if visit.tap.gone() {
            return Next::End(Ending::Close(Bytes::new()));
        }
        Next::Answer(match answered {
            Ok(response) if response.status().is_client_error() || response.status().is_server_error() => {
                visit.dress(response)
            }
            Ok(response) => response,
            Err(_) => visit.refuse(StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        })
    }

    /// Lets a fault happen instead of what was asked.
    async fn strike(&self, fault: &S3Fault, visit: &mut Visit<'_>, mut body: Incoming) -> Next {
        match fault {
            S3Fault::Vanish => {
                let _ = self.shared.s3.commands.send(Command::Vanish(None));
                return Next::Silence;
            }
            S3Fault::ResetDuringPart { .. } | S3Fault::ResetDuringPut => {
                let half = visit.announced.map_or(1, |length| length / 2);
                visit.tap.drain(&mut body, half).await;
                return Next::End(Ending::Reset);
            }
            _ => visit.discard(&mut body).await,
        }
        if visit.tap.gone() {
            return Next::End(Ending::Close(Bytes::new()));
        }
        let (status, code) = match fault {
            S3Fault::Timeout => return Next::Silence,
            S3Fault::PermanentRedirect { region } => {
                return Next::Answer(complaint::redirect(region, &visit.call, visit.now, &visit.ids));
            }
            S3Fault::InternalErrorInside200 => (StatusCode::OK, "InternalError"),
            S3Fault::SlowDown => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
            S3Fault::AccessDenied => (StatusCode::FORBIDDEN, "AccessDenied"),
            S3Fault::InvalidAccessKeyId => (StatusCode::FORBIDDEN, "InvalidAccessKeyId"),
            S3Fault::SignatureDoesNotMatch => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
            S3Fault::ExpiredToken => (StatusCode::BAD_REQUEST, "ExpiredToken"),
            S3Fault::RequestTimeTooSkewed => (StatusCode::FORBIDDEN, "RequestTimeTooSkewed"),
            S3Fault::NoSuchBucket => (StatusCode::NOT_FOUND, "NoSuchBucket"),
            S3Fault::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
            S3Fault::ConditionalRequestConflict => (StatusCode::CONFLICT, "ConditionalRequestConflict"),
            S3Fault::NotImplemented => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        };
        Next::Answer(visit.refuse(status, code))
    }

    /// Asks for the connection's end, which drops this very future.
    async fn end(&self, ending: Ending, log: Logged<'_>) -> Result<Response<Body>, Infallible> {
        drop(log);
        let _ = self.ending.send(ending).await;
        std::future::pending().await
    }
}

enum Next {
    Answer(Response<Body>),
    End(Ending),
    /// No answer, ever.
    Silence,
}

impl Visit<'_> {
    /// Reads a body to its end, unless the client waits to be asked for it.
    async fn discard(&self, body: &mut Incoming) {
        if !self.waits || self.tap.asked_for() {
            self.tap.drain(body, u64::MAX).await;
        }
    }

    fn refuse(&self, status: StatusCode, code: &str) -> Response<Body> {
        complaint::refuse(status, code, None, &self.call, self.now, &self.ids)
    }

    /// Puts into an error what the real store tells as well.
    fn dress(&self, response: Response<Body>) -> Response<Body> {
        let is_xml = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().ends_with(b"/xml"));
        let read = response.body().bytes().filter(|_| is_xml).and_then(|body| complaint::read(&body));
        match read {
            Some((code, message)) => {
                complaint::refuse(response.status(), &code, message.as_deref(), &self.call, self.now, &self.ids)
            }
            None => response,
        }
    }
}
