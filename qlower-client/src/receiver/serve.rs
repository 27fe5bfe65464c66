//! A small HTTP server for receivers: HTTP/1.1, with a limit for everything.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tower_service::Service;

use super::telling;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Largest head of a request, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long a connection is kept that is always in use, before it has to be opened anew.
const LIFETIME: Duration = Duration::from_secs(300);

/// Serves a receiver, or a router with receivers in it, until `shutdown` comes to an end: [`Server`] with its default limits.
///
/// It speaks HTTP/1.1 without TLS: put it behind the proxy that ends TLS.
///
/// # Example: until it is told to stop
/// ```
/// use qlower_client::receiver::{MemoryStore, Qlower, Receiver, serve};
/// use qlower_client::webhook::{Event, Verifier};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let receiver = Receiver::builder(Qlower::new(Verifier::signed_by(["whsec_acme"])))
///     .handler(async |_: Event| Ok(()))
///     .store(MemoryStore::default())
///     .build()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let served = tokio::spawn(serve(listener, receiver.router("/webhooks/qlower"), async { drop(stopped.await) }));
///
/// drop(stop); // on Ctrl-C, say
/// served.await?;
/// receiver.finish().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn serve<S, B>(listener: TcpListener, service: S, shutdown: impl Future<Output = ()>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    Server::default().serve(listener, service, shutdown).await;
}

/// The limits of [`serve`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Server {
    max_connections: u32,
    head_timeout: Duration,
    grace: Duration,
}

impl Default for Server {
    fn default() -> Self {
        Self { max_connections: 256, head_timeout: Duration::from_secs(10), grace: Duration::from_secs(40) }
    }
}

impl Server {
    /// Sets how many connections are served at once, 256 by default and 1 at least. Further ones wait until one is closed. Each
    /// holds at most a body and a head.
    pub const fn max_connections(mut self, limit: u32) -> Self {
        self.max_connections = if limit == 0 { 1 } else { limit };
        self
    }

    /// Sets how long a connection may be silent, or take over the head of a request, 10 seconds by default. Then it is closed.
    pub const fn head_timeout(mut self, timeout: Duration) -> Self {
        self.head_timeout = timeout;
        self
    }

    /// Sets how long requests under way have after the shutdown to be answered, 40 seconds by default. Then their connections
    /// are closed.
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Serves until `shutdown` comes to an end; then takes no more, answers what is under way, and returns. Work that goes on
    /// without a sender is waited for by [`Receiver::finish`](super::Receiver::finish).
    pub async fn serve<S, B>(self, listener: TcpListener, service: S, shutdown: impl Future<Output = ()>)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let places = Arc::new(Semaphore::new(self.max_connections as usize));
        // Dropping it tells the connections.
        let (stop, stopped) = watch::channel(());
        let accept = async {
            // The semaphore is never closed.
            while let Ok(place) = Arc::clone(&places).acquire_owned().await {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let connection = self.clone().converse(stream, service.clone(), stopped.clone());
                        tokio::spawn(async move {
                            connection.await;
                            drop(place);
                        });
                    }
                    Err(error) => {
                        telling::no_connection(&error);
                        // Out of file descriptors, most likely: some will be closed.
                        sleep(Duration::from_millis(50)).await;
                    }
                }
            }
        };
        tokio::select! {
            () = shutdown => {}
            () = accept => {}
        }
        drop(listener);
        drop(stop);
        let _ = places.acquire_many(self.max_connections).await;
    }

    async fn converse<S, B>(self, stream: TcpStream, service: S, mut stopped: watch::Receiver<()>)
    where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        // Only a matter of speed.
        let _ = stream.set_nodelay(true);
        let call = service_fn(move |request| {
            let mut service = service.clone();
            async move {
                poll_fn(|context| service.poll_ready(context)).await?;
                service.call(request).await
            }
        });
        let mut connection = std::pin::pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.head_timeout)
                .max_buf_size(MAX_HEAD_BYTES)
                .serve_connection(TokioIo::new(stream), call)
        );
        // What goes wrong with a connection is the sender's to see.
        tokio::select! {
            _ = &mut connection => return,
            _ = stopped.changed() => {}
            () = sleep(LIFETIME) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = timeout(self.grace, connection).await;
    }
}
