//! The listening thread and its connections.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::SandboxError;
use super::service::{Ending, Service};
use super::state::Shared;

/// A thread that listens until it is stopped or dropped.
pub(super) struct Server {
    address: SocketAddr,
    /// Dropping it ends the thread.
    stop: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(shared: Arc<Shared>) -> Result<Self, SandboxError> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .map_err(|error| SandboxError::new("a port", error))?;
        let address = listener.local_addr().map_err(|error| SandboxError::new("a port", error))?;
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let (ready, started) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("qlower-sandbox".into()).spawn(move || {
            match prepare(listener) {
                Ok((runtime, listener)) => {
                    let _ = ready.send(Ok(()));
                    runtime.block_on(listen(listener, shared, stopped));
                }
                Err(error) => _ = ready.send(Err(error)),
            }
            // Received once the runtime, and with it every connection, is gone.
            let _ = end.send(());
        });
        let thread = thread.map_err(|error| SandboxError::new("a thread", error))?;
        let started = started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread ended")));
        started.map_err(|error| SandboxError::new("an event loop", error))?;
        Ok(Self { address, stop: Some(stop), ended: Some(ended), thread: Some(thread) })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
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

fn prepare(listener: std::net::TcpListener) -> io::Result<(Runtime, TcpListener)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    listener.set_nonblocking(true)?;
    let guard = runtime.enter();
    let listener = TcpListener::from_std(listener)?;
    drop(guard);
    Ok((runtime, listener))
}

async fn listen(listener: TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let places = Arc::new(Semaphore::new(shared.settings.max_connections));
    let accept = async {
        // The semaphore is never closed.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let shared = Arc::clone(&shared);
                    tokio::spawn(async move {
                        // What goes wrong with a connection is the client's to see.
                        let _ = connection(stream, shared).await;
                        drop(place);
                    });
                }
                // Out of file descriptors, most likely: some will be closed.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::select! {
        _ = stopped => {}
        () = accept => {}
    }
}

type Served = Pin<
    Box<
        dyn Future<Output = Result<hyper::Response<http_body_util::Full<bytes::Bytes>>, std::convert::Infallible>>
            + Send,
    >,
>;

async fn connection(stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let patience = shared.settings.read_timeout;
    let (ending, mut ended) = mpsc::channel(1);
    let service = Service::new(shared, ending);
    let mut connection = http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(patience).serve_connection(
        TokioIo::new(stream),
        service_fn(move |request| -> Served { Box::pin(service.clone().serve(request)) }),
    );
    let ending = tokio::select! {
        biased;
        Some(ending) = ended.recv() => ending,
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
