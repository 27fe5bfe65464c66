//! Requests read, and answers written.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{ALLOW, CONTENT_TYPE, EXPECT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use qlower_core::webhook::{Answer, is_json};
use tokio::time::{Instant, timeout};
use tower_service::Service;

use super::{Receiver, Source, telling};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How many times its limit of a body that is too large is read off the wire, so that the sender comes to read the answer.
const DISCARDED_LIMITS: usize = 16;

impl<S, B> Service<Request<B>> for Receiver<S>
where
    S: Source,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let receiver = self.clone();
        Box::pin(async move { Ok(response(receiver.serve(request).await)) })
    }
}

impl<S: Source> Receiver<S> {
    async fn serve<B>(&self, request: Request<B>) -> Answer
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let settings = &self.0.settings;
        let deadline = Instant::now() + settings.handling_timeout;
        let body_timeout = settings.body_timeout.min(settings.handling_timeout);
        let (head, body) = request.into_parts();
        let mut body = Box::pin(body);
        let read = match preliminary(&head.method, &head.headers) {
            Some(answer) => Err(answer),
            None => read(&mut body, settings.max_body_bytes, body_timeout).await,
        };
        match read {
            Ok(bytes) => self.judge(head.uri.path(), &head.headers, bytes, deadline).await,
            Err(answer) => {
                telling::not_taken(answer);
                // Who waits for "100 Continue" has sent nothing yet, and need not.
                if answer != Answer::TooSlow && !body.is_end_stream() && !head.headers.contains_key(EXPECT) {
                    let limit = settings.max_body_bytes.saturating_mul(DISCARDED_LIMITS);
                    tokio::spawn(discard(body, limit, body_timeout));
                }
                answer
            }
        }
    }
}

/// What is to be answered whatever the body is.
pub(super) fn preliminary(method: &Method, headers: &HeaderMap) -> Option<Answer> {
    if *method != Method::POST {
        return Some(Answer::NotPost);
    }
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    (!types.all(|value| is_json(value.as_bytes()))).then_some(Answer::NotJson)
}

async fn read<B>(body: &mut Pin<Box<B>>, limit: usize, within: Duration) -> Result<Bytes, Answer>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    if body.size_hint().lower() > limit as u64 {
        return Err(Answer::TooLarge);
    }
    let read = async {
        let mut kept = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                telling::cut_off(&*error.into());
                Answer::TooSlow
            })?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes::Buf::remaining(&data) > limit - kept.len() {
                return Err(Answer::TooLarge);
            }
            kept.put(data);
        }
        Ok(kept.freeze())
    };
    timeout(within, read).await.unwrap_or(Err(Answer::TooSlow))
}

/// Reads a body that nobody wants: closing on a sender that still writes would reset the connection, and lose the answer.
async fn discard<B: Body>(mut body: Pin<Box<B>>, limit: usize, within: Duration) {
    let read = async {
        let mut left = limit;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, bytes::Buf::remaining);
            let Some(rest) = left.checked_sub(length) else { return };
            left = rest;
        }
    };
    let _ = timeout(within, read).await;
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body())));
    *response.status_mut() = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if answer == Answer::NotPost {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    response
}
