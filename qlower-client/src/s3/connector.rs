//! The connections of the AWS SDK: those of this crate, so that proxy, certificate authorities, time limits and the judging of
//! failures are the same as by REST.

use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::{Headers, StatusCode};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::header::EXPECT;
use tokio::time::timeout_at;

use crate::body::{PIECE, Progress};
use crate::failure::{Failure, Route};
use crate::rest::{deadline, read};

/// Carries the requests of the AWS SDK.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    pub(super) http: reqwest::Client,
    pub(super) route: Arc<Route>,
    pub(super) max_reply_bytes: usize,
}

impl Connector {
    pub(super) fn into_client(self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self);
        http_client_fn(move |_, _| connector.clone())
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let deadline = deadline(self.route.timeout);
        let invalid = |error: Box<dyn std::error::Error + Send + Sync>| Failure::unsendable(&self.route, error);
        let mut request = request.try_into_http1x().map_err(|error| invalid(error.into()))?;
        // Its purpose is to hold the body back until the server asks for it, which is not done here.
        request.headers_mut().remove(EXPECT);
        let all_taken = Arc::new(AtomicBool::new(false));
        let progress = Progress::of(&all_taken);
        let request = request.map(|body| reqwest::Body::wrap(Metered { body, piece: Bytes::new(), all_taken }));
        let request = reqwest::Request::try_from(request).map_err(|error| invalid(error.into()))?;
        let response = match timeout_at(deadline, self.http.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.route.broken(error, &progress)),
            Err(_) => return Err(self.route.timed_out(&progress)),
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = read(response, self.max_reply_bytes, deadline).await;
        let body = body.complete(status, self.max_reply_bytes, &self.route)?;
        let status = StatusCode::try_from(status).map_err(|error| invalid(error.into()))?;
        let mut response = HttpResponse::new(status, SdkBody::from(body));
        *response.headers_mut() = Headers::try_from(headers).map_err(|error| invalid(error.into()))?;
        Ok(response)
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            connector.exchange(request).await.map_err(|failure| ConnectorError::other(Carried::boxed(failure), None))
        })
    }
}

/// A failure on its way through the AWS SDK.
struct Carried(Mutex<Option<Failure>>);

impl Carried {
    fn boxed(failure: Failure) -> Box<Self> {
        Box::new(Self(Mutex::new(Some(failure))))
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carried")
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the exchange failed")
    }
}

impl std::error::Error for Carried {}

/// The failure that the connector met, from within the SDK's error.
pub(super) fn carried(error: &(dyn std::error::Error + 'static)) -> Option<Failure> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(carried) = error.downcast_ref::<Carried>() {
            return carried.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        next = error.source();
    }
    None
}

/// A body given to the transport piece by piece, so that it is known how much was taken.
struct Metered {
    body: SdkBody,
    piece: Bytes,
    all_taken: Arc<AtomicBool>,
}

impl Body for Metered {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        while this.piece.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.piece = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    this.all_taken.store(true, Ordering::Release);
                    return Poll::Ready(None);
                }
            }
        }
        let piece = this.piece.split_to(PIECE.min(this.piece.len()));
        if this.piece.is_empty() && this.body.is_end_stream() {
            this.all_taken.store(true, Ordering::Release);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        let end = self.piece.is_empty() && self.body.is_end_stream();
        if end {
            self.all_taken.store(true, Ordering::Release);
        }
        end
    }

    fn size_hint(&self) -> SizeHint {
        match self.body.content_length() {
            Some(rest) => SizeHint::with_exact(rest + self.piece.len() as u64),
            None => SizeHint::default(),
        }
    }
}
