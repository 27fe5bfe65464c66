//! One poll.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset};
use http::StatusCode;
use http::header::{ACCEPT, AGE, CONTENT_ENCODING, DATE, HeaderMap, HeaderValue, LOCATION, ORIGIN, RETRY_AFTER};
use qlower_core::live::{Found, MAX_DOCUMENT_BYTES, ReadingFault, Unit, ValuePath, read};
use reqwest::Response;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::Auth;
use super::fault::{FaultKind, FeedFault, RedirectProblem, TimeoutStage};
use super::time::Time;
use crate::retry_after::retry_after;

/// So many redirections are followed.
const REDIRECTIONS: usize = 3;

/// What is asked, and how.
pub(super) struct Poller {
    pub(super) http: reqwest::Client,
    pub(super) url: Url,
    pub(super) peer: Arc<str>,
    pub(super) path: ValuePath,
    pub(super) auth: Auth,
    pub(super) timeout: Duration,
    pub(super) unit: Option<Unit>,
    pub(super) show_in: Option<Unit>,
    pub(super) time: Time,
}

/// What a poll brought, as it is shown.
pub(super) struct Polled {
    pub(super) value: f64,
    pub(super) unit: Option<Unit>,
    pub(super) at: Option<DateTime<FixedOffset>>,
    /// How old it was on arrival.
    pub(super) age: Duration,
}

pub(super) struct Failed {
    pub(super) fault: FeedFault,
    pub(super) retry_after: Option<Duration>,
}

impl Poller {
    pub(super) async fn poll(&self) -> Result<Polled, Failed> {
        let limit = Limit::starting_now(self.timeout);
        let polled = async {
            let response = get(&self.http, &self.url, &self.auth, None, limit).await?;
            if !response.status().is_success() {
                return Err(status(response.status(), response.headers(), &self.time));
            }
            let headers = response.headers().clone();
            let body = body(response, limit).await?;
            let found = read(&body, &self.path).map_err(FaultKind::Reading)?;
            self.shown(&found, &headers)
        };
        polled.await.map_err(|kind| {
            let retry_after = match kind {
                FaultKind::Status { retry_after, .. } => retry_after,
                _ => None,
            };
            Failed { fault: FeedFault::new(kind, Arc::clone(&self.peer)), retry_after }
        })
    }

    fn shown(&self, found: &Found, headers: &HeaderMap) -> Result<Polled, FaultKind> {
        let (value, unit) = match (self.unit.as_ref().or(self.show_in.as_ref()), &self.show_in) {
            (None, _) => (found.value, found.unit.clone()),
            (Some(agreed), show_in) => {
                let unit = show_in.as_ref().unwrap_or(agreed);
                let value = found.value_in(agreed).map_err(FaultKind::Reading)?;
                let unshowable = || FaultKind::Unshowable { unit: unit.clone() };
                (agreed.convert(value, unit).ok_or_else(unshowable)?, Some(unit.clone()))
            }
        };
        let age = found.timestamp.map_or(Duration::ZERO, |at| age(at, headers, &self.time));
        Ok(Polled { value, unit, at: found.timestamp, age })
    }
}

/// Until when a whole reply has to be there.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) until: Instant,
    pub(super) limit: Duration,
}

impl Limit {
    pub(super) fn starting_now(limit: Duration) -> Self {
        Self { until: Instant::now() + limit, limit }
    }

    pub(super) const fn exceeded(self, stage: TimeoutStage) -> FaultKind {
        FaultKind::Timeout { limit: self.limit, stage }
    }
}

/// Asks for a document, with redirections to the same origin. The answer may have any other status.
pub(super) async fn get(
    http: &reqwest::Client,
    url: &Url,
    auth: &Auth,
    origin: Option<&HeaderValue>,
    limit: Limit,
) -> Result<Response, FaultKind> {
    let mut at = url.clone();
    for _ in 0..=REDIRECTIONS {
        let mut request = auth.apply(http.get(auth.url(&at)).header(ACCEPT, "application/json"));
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        let response = match timeout_at(limit.until, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(FaultKind::of(&error, false, limit.limit)),
            Err(_) => return Err(limit.exceeded(TimeoutStage::Answer)),
        };
        if !is_redirection(response.status()) {
            return Ok(response);
        }
        at = next(&at, response.headers()).map_err(FaultKind::Redirect)?;
    }
    Err(FaultKind::Redirect(RedirectProblem::TooMany))
}

fn is_redirection(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirection leads, if it may be followed.
fn next(from: &Url, headers: &HeaderMap) -> Result<Url, RedirectProblem> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| from.join(location).ok()).ok_or(RedirectProblem::Nowhere)?;
    if to.origin() == from.origin() {
        // What stands in the URL like that would become a header.
        let plain = to.username().is_empty() && to.password().is_none();
        return if plain { Ok(to) } else { Err(RedirectProblem::Nowhere) };
    }
    Err(match (from.scheme(), to.scheme()) {
        ("https", "http") => RedirectProblem::Downgrade,
        ("http", "https") if from.host() == to.host() => RedirectProblem::Upgrade,
        _ => RedirectProblem::OtherHost,
    })
}

fn status(status: StatusCode, headers: &HeaderMap, time: &Time) -> FaultKind {
    let now = sent(headers).unwrap_or_else(|| time.date());
    let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = asked.and_then(|asked| retry_after(asked, now));
    FaultKind::Status { status: status.as_u16(), retry_after }
}

/// The document, as far as it may go.
pub(super) async fn body(mut response: Response, limit: Limit) -> Result<Vec<u8>, FaultKind> {
    let too_large = || FaultKind::Reading(ReadingFault::too_large());
    if response
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        return Err(FaultKind::Compressed);
    }
    if response.content_length().is_some_and(|length| length > MAX_DOCUMENT_BYTES as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        match timeout_at(limit.until, response.chunk()).await {
            Ok(Ok(Some(chunk))) if chunk.len() > MAX_DOCUMENT_BYTES.saturating_sub(bytes.len()) => {
                return Err(too_large());
            }
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            Ok(Ok(None)) => return Ok(bytes),
            Ok(Err(error)) => return Err(FaultKind::of(&error, true, limit.limit)),
            Err(_) => return Err(limit.exceeded(TimeoutStage::Reply)),
        }
    }
}

/// How old a value is whose document says when it was measured: by the clock over there, if the reply tells it, so that one here
/// that is wrong does no harm.
pub(super) fn age(at: DateTime<FixedOffset>, headers: &HeaderMap, time: &Time) -> Duration {
    let kept = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
    let now = match sent(headers) {
        Some(sent) => sent.checked_add(kept.unwrap_or_default()).unwrap_or(sent),
        None => time.date(),
    };
    // In numbers, since not every time that a document may name is one of this system.
    let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let at = u128::try_from(at.timestamp_millis()).unwrap_or_default();
    Duration::from_millis(u64::try_from(now.saturating_sub(at)).unwrap_or(u64::MAX))
}

fn sent(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}
