//! One try: a request of its own connection, as Qlower is documented to send it.

use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use qlower_core::webhook::{self, API_KEY_HEADER, SIGNATURE_HEADER, TOLERANCE_SECONDS};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::fault::WebhookFault;
use super::outgoing::Outgoing;
use super::queue::Job;
use super::record::AttemptOutcome;
use super::target::Target;

/// How much of an answer's body is kept, in bytes; more is not read.
const EXCERPT: usize = 1024;

type Failure = Box<dyn Error + Send + Sync>;

/// Sends once, and gives what it came to and the signature that was sent.
pub(super) async fn attempt(job: &Job, limit: Duration) -> (AttemptOutcome, Option<String>) {
    let signature = signature(job, crate::webhook::now());
    let exchange = exchange(job, signature.as_deref());
    let outcome = match timeout(limit, exchange).await {
        Err(_) => AttemptOutcome::TimedOut,
        Ok(Err(error)) => AttemptOutcome::failed(&*error),
        Ok(Ok(_)) if matches!(job.fault, Some(WebhookFault::LostAnswer)) => {
            AttemptOutcome::Failed("the answer was lost, as scripted".into())
        }
        Ok(Ok(outcome)) => outcome,
    };
    (outcome, signature)
}

async fn exchange(job: &Job, signature: Option<&str>) -> Result<AttemptOutcome, Failure> {
    let request = request(job, signature)?;
    let stream = TcpStream::connect(job.target.addresses.as_slice()).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) =
        http1::Builder::new().title_case_headers(true).handshake::<_, Outgoing>(TokioIo::new(stream)).await?;
    let mut connection = std::pin::pin!(connection);
    let answer = async {
        let answer = sender.send_request(request).await?;
        Ok::<_, Failure>(read(answer).await)
    };
    let hang_up = async {
        match job.fault {
            Some(WebhookFault::HangUp { delay }) => sleep(delay).await,
            _ => std::future::pending().await,
        }
    };
    let mut answer = std::pin::pin!(answer);
    let mut hang_up = std::pin::pin!(hang_up);
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            () = &mut hang_up => return Err("the connection was closed without waiting for an answer, as scripted".into()),
            answer = &mut answer => return answer,
            // Its error is told to who waits for the answer, too.
            _ = &mut connection, if open => open = false,
        }
    }
}

async fn read(answer: Response<Incoming>) -> AttemptOutcome {
    let status = answer.status().as_u16();
    let mut body = answer.into_body();
    let mut kept = Vec::new();
    // The status is what counts: of a body that breaks off, the beginning is kept.
    while let Some(Ok(frame)) = body.frame().await {
        if let Ok(data) = frame.into_data() {
            kept.extend_from_slice(&data);
        }
        if kept.len() >= EXCERPT {
            kept.truncate(EXCERPT);
            break;
        }
    }
    AttemptOutcome::Answered { status, body: String::from_utf8_lossy(&kept).into_owned() }
}

fn request(job: &Job, signature: Option<&str>) -> Result<Request<Outgoing>, Failure> {
    let Job { target, fault, .. } = job;
    let mut request = Request::post(&target.path)
        .header(HOST, &target.host)
        .header(CONTENT_TYPE, &job.content_type)
        .header(USER_AGENT, webhook::USER_AGENT);
    match (fault, &target.api_key) {
        (Some(WebhookFault::MissingApiKey), _) | (_, None) => {}
        (Some(WebhookFault::WrongApiKey), Some(key)) => {
            request = request.header(API_KEY_HEADER, "0".repeat(key.len()));
        }
        (_, Some(key)) => request = request.header(API_KEY_HEADER, key),
    }
    if let Some(signature) = signature {
        request = request.header(HeaderName::try_from(SIGNATURE_HEADER)?, HeaderValue::try_from(signature)?);
    }
    let body = match fault {
        Some(WebhookFault::AlteredBody) => altered(&job.body),
        _ => job.body.clone(),
    };
    let body = match fault {
        Some(WebhookFault::SlowBody { delay }) => Outgoing::slow(body, *delay),
        Some(WebhookFault::CutBody) => Outgoing::cut(body),
        _ => Outgoing::whole(body),
    };
    Ok(request.body(body)?)
}

/// The value of the signature's header at a moment, with the fault in it; `None` if there is none.
fn signature(job: &Job, now: i64) -> Option<String> {
    use WebhookFault as Fault;
    let beyond = i64::try_from(TOLERANCE_SECONDS).unwrap_or(i64::MAX).saturating_add(10);
    let sign = |at| signed(&job.target, &job.body, at);
    match job.fault {
        _ if job.target.secrets.is_empty() => None,
        Some(Fault::MissingSignature) => None,
        Some(Fault::MalformedSignature) => sign(now).and_then(|header| Some(header.split_once(',')?.1.to_owned())),
        Some(Fault::WrongSignature) => sign(now).map(|header| with_wrong_digits(&header)),
        Some(Fault::OtherSecret) => Some(webhook::sign("whsec_agreed_with_nobody", &job.body, now)),
        Some(Fault::OldTime) => sign(now.saturating_sub(beyond)),
        Some(Fault::FutureTime) => sign(now.saturating_add(beyond)),
        _ => sign(now),
    }
}

/// The time once, and a `v1` part for each secret.
fn signed(target: &Target, body: &[u8], at: i64) -> Option<String> {
    let mut header: Option<String> = None;
    for secret in &target.secrets {
        let one = webhook::sign(secret, body, at);
        header = Some(match header {
            None => one,
            Some(header) => format!("{header},{}", one.split_once(',')?.1),
        });
    }
    header
}

/// Each signature with another last digit.
fn with_wrong_digits(header: &str) -> String {
    let parts = header.split(',').map(|part| match part.split_at_checked(part.len().saturating_sub(1)) {
        Some((rest, digit)) if part.starts_with("v1=") => format!("{rest}{}", if digit == "0" { '1' } else { '0' }),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(",")
}

/// A byte in the middle changed; of an empty body, one added.
fn altered(body: &Bytes) -> Bytes {
    let mut body = body.to_vec();
    let middle = body.len() / 2;
    match body.get_mut(middle) {
        Some(byte) => *byte ^= 1,
        None => body.push(b' '),
    }
    body.into()
}

pub(super) fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the connection was cut, as scripted")
}
