//! The listening thread and its connections.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::SandboxError;
use super::service::{Ending, Service};
use super::state::Shared;

/// A thread that listens until it is stopped or dropped.
pub(super) struct Server {
    address: SocketAddr,
    #[cfg(feature = "sandbox-s3")]
    s3_address: SocketAddr,
    /// Dropping it ends the thread.
    stop: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(shared: Arc<Shared>) -> Result<Self, SandboxError> {
        let bind = || bind((Ipv4Addr::LOCALHOST, 0).into()).map_err(|error| SandboxError::new("a port", error));
        let (rest, address) = bind()?;
        #[cfg(feature = "sandbox-s3")]
        let (s3, s3_address) = bind()?;
        let listeners = Listeners {
            rest,
            #[cfg(feature = "sandbox-s3")]
            s3,
        };
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let (ready, started) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("qlower-sandbox".into()).spawn(move || {
            match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(serve(listeners, shared, stopped, ready)),
                Err(error) => _ = ready.send(Err(error)),
            }
            // Received once the runtime, and with it every connection, is gone.
            let _ = end.send(());
        });
        let thread = thread.map_err(|error| SandboxError::new("a thread", error))?;
        let started = started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread ended")));
        started.map_err(|error| SandboxError::new("an event loop", error))?;
        Ok(Self {
            address,
            #[cfg(feature = "sandbox-s3")]
            s3_address,
            stop: Some(stop),
            ended: Some(ended),
            thread: Some(thread),
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    #[cfg(feature = "sandbox-s3")]
    pub(super) const fn s3_address(&self) -> SocketAddr {
        self.s3_address
    }

    pub(super) async fn stop(&mut self) {
        self.stop = None;
        if let Some(ended) = self.ended.take() {
            let _ = ended.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Listeners {
    rest: std::net::TcpListener,
    #[cfg(feature = "sandbox-s3")]
    s3: std::net::TcpListener,
}

/// A port of this machine: a free one where `address` names none.
pub(super) fn bind(address: SocketAddr) -> io::Result<(std::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Hands a listener to the event loop, inside of which this is called.
pub(super) fn enlist(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

async fn serve(
    listeners: Listeners,
    shared: Arc<Shared>,
    stopped: oneshot::Receiver<()>,
    ready: SyncSender<io::Result<()>>,
) {
    let serve = async {
        let rest = enlist(listeners.rest)?;
        #[cfg(feature = "sandbox-s3")]
        let s3 = enlist(listeners.s3)?;
        let _ = ready.send(Ok(()));
        let places = Arc::new(Semaphore::new(shared.settings.max_connections));
        let served = accept(&rest, places, |stream| connection(stream, Arc::clone(&shared)));
        #[cfg(feature = "sandbox-s3")]
        let served = async { tokio::join!(served, super::s3::serve(s3, Arc::clone(&shared))) };
        tokio::select! {
            _ = stopped => {}
            _ = served => {}
            () = super::webhooks::send_all(Arc::clone(&shared)) => {}
        }
        Ok(())
    };
    if let Err(error) = serve.await {
        let _ = ready.send(Err(error));
    }
}

/// Takes connections for ever, as many at once as there are places.
pub(super) async fn accept<C>(listener: &TcpListener, places: Arc<Semaphore>, connection: impl Fn(TcpStream) -> C)
where
    C: Future<Output = io::Result<()>> + Send + 'static,
{
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = connection(stream);
                tokio::spawn(async move {
                    // What goes wrong with a connection is the client's to see.
                    let _ = connection.await;
                    drop(place);
                });
            }
            // Out of file descriptors, most likely: some will be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let patience = shared.settings.read_timeout;
    let (ending, mut ended) = mpsc::channel(1);
    let service = Service::new(shared, ending);
    let serve = move |request| -> Served<_> { Box::pin(service.clone().serve(request)) };
    converse(stream, patience, serve, ended.recv()).await
}

/// What a request comes to.
pub(super) type Served<B> = Pin<Box<dyn Future<Output = Result<Response<B>, Infallible>> + Send>>;

/// Serves one connection until it ends by itself, or as it is told to.
pub(super) async fn converse<B>(
    stream: TcpStream,
    patience: Duration,
    serve: impl Fn(Request<Incoming>) -> Served<B>,
    ended: impl Future<Output = Option<Ending>>,
) -> io::Result<()>
where
    B: Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    stream.set_nodelay(true)?;
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), service_fn(serve));
    let ending = tokio::select! {
        biased;
        Some(ending) = ended => ending,
        served = &mut connection => return served.map_err(io::Error::other),
    };
    let mut stream = connection.into_parts().io.into_inner();
    match ending {
        Ending::Reset => stream.set_zero_linger(),
        Ending::Close(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
    }
}
