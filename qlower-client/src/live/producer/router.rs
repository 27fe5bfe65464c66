//! A producer as a service.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use qlower_core::live::{Answer, Incoming};
use tower_service::Service;

use super::LiveProducer;

impl LiveProducer {
    /// An axum router with this producer at a path, such as `/power`.
    ///
    /// # Panics
    /// As axum does for a path that is none: one without a `/` at its beginning, for instance.
    pub fn router(&self, path: &str) -> axum::Router {
        axum::Router::new().route_service(path, self.clone())
    }
}

impl<B: Send + 'static> Service<Request<B>> for LiveProducer {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    /// A body is not read.
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let producer = self.clone();
        let head = request.into_parts().0;
        Box::pin(async move {
            let headers: Vec<(&str, &[u8])> =
                head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let query = head.uri.query().unwrap_or_default();
            let request = Incoming { method: head.method.as_str(), query, headers: &headers };
            Ok(response(&producer.answer_to(&request).await))
        })
    }
}

fn response(answer: &Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(answer.body().as_bytes())));
    *response.status_mut() = StatusCode::from_u16(answer.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers() {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
